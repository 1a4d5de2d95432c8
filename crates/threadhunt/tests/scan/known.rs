//! What people decided beforehand: accepted patterns, and configurations that would have hidden.

use std::sync::Arc;

use threadhunt::config::{Imitated, parse};
use threadhunt::detect::{
    Accepted, Against, Answers, Copies, CountedUse, EntryUse, Kept, NotWritable, Rules, Scan, entry_text,
    extract_against,
};
use threadhunt::event::FileTime;
use threadhunt::report::{HiddenWhy, Pattern, Scanned};

use crate::crowd::crowd;
use crate::log::{Entry, batch, scan};

/// The findings of some threads, held against configurations.
fn against(entries: &[Vec<Entry>], configs: &[&str]) -> Scanned {
    let mut against = Against::default();
    for (place, filters) in configs.iter().enumerate() {
        let text = format!(
            "<Sysmon schemaversion=\"4.90\">\n<EventFiltering>\n{filters}\n</EventFiltering></Sysmon>"
        );
        let parsed = parse(text.as_bytes(), Imitated::default());
        let policy = parsed.policy().expect("a configuration that Sysmon takes");
        against.add(&format!("{place}.xml"), parsed.config, policy);
    }
    let against = Arc::new(against);
    let mut scan = Scan::new(Copies::Once).held_against(Arc::clone(&against));
    for entries in entries {
        let batch = batch("a", entries, &threadhunt::detect::projection());
        scan.add(extract_against(&batch, Kept::All, &against));
    }
    scan.finish(Rules::builtin())
}

/// What hides the only finding: configuration, line, why and threads.
#[track_caller]
fn check(entries: &[Vec<Entry>], config: &str, expected: &[(&str, Option<usize>, HiddenWhy, u64)]) {
    let scanned = against(entries, &[config]);
    let hidden = &scanned.findings[0].hidden_by;
    let told: Vec<_> = hidden
        .iter()
        .map(|hidden| (&*hidden.configuration, hidden.line, hidden.why, hidden.threads))
        .collect();
    assert_eq!(told, expected);
}

fn thread(record_id: u64, module: &str) -> Entry {
    Entry::thread(record_id, &[("StartModule", module), ("NewThreadId", &record_id.to_string())])
}

const EXCLUDES: &str = r#"<RuleGroup groupRelation="or"><CreateRemoteThread onmatch="exclude">
<StartModule condition="end with">\a.dll</StartModule>
<StartModule condition="end with">\b.dll</StartModule>
</CreateRemoteThread></RuleGroup>"#;

#[test]
fn the_line_that_hides_is_named_with_its_threads() {
    let three =
        [vec![thread(1, r"C:\a.dll"), thread(2, r"C:\b.dll"), thread(3, r"C:\a.dll"), thread(4, "-")]];
    let expected = [("0.xml", Some(4), HiddenWhy::Excluded, 2), ("0.xml", Some(5), HiddenWhy::Excluded, 1)];
    check(&three, EXCLUDES, &expected);
    let scanned = against(&three, &[EXCLUDES]);
    assert_eq!(
        &*scanned.findings[0].hidden_by[0].rule,
        r"CreateRemoteThread exclude: StartModule end with `\a.dll`"
    );
}

#[test]
fn what_does_not_include_hides_too() {
    let one = [vec![thread(1, "-")]];
    let include = "<RuleGroup groupRelation=\"or\"><CreateRemoteThread onmatch=\"include\"><StartModule>x</StartModule></CreateRemoteThread></RuleGroup>";
    check(&one, include, &[("0.xml", Some(3), HiddenWhy::NotIncluded, 1)]);
    check(&one, "", &[("0.xml", None, HiddenWhy::NoFilter, 1)]);
    check(&one, &format!("{include}\n{EXCLUDES}"), &[("0.xml", Some(3), HiddenWhy::NotIncluded, 1)]);
    check(&one, EXCLUDES, &[]);
}

#[test]
fn copies_and_order_change_nothing() {
    let first = vec![thread(1, r"C:\a.dll"), thread(2, "-")];
    let second = vec![thread(3, r"C:\b.dll"), thread(1, r"C:\a.dll")];
    let one = against(&[first.clone(), second.clone()], &[EXCLUDES, ""]);
    let other = against(&[second, first], &[EXCLUDES, ""]);
    assert_eq!(one.findings[0].hidden_by, other.findings[0].hidden_by);
    let threads: Vec<u64> = one.findings[0].hidden_by.iter().map(|hidden| hidden.threads).collect();
    assert_eq!(threads, [1, 1, 3], "one thread was there twice");
    assert_eq!(one.against.len(), 2);
}

#[test]
fn many_rules_of_one_pair_are_summed_up() {
    let rules: String = (0..20)
        .map(|at| format!("<StartModule condition=\"end with\">\\{at:02}.dll</StartModule>\n"))
        .collect();
    let config = format!(
        "<RuleGroup groupRelation=\"or\"><CreateRemoteThread onmatch=\"exclude\">\n{rules}</CreateRemoteThread></RuleGroup>"
    );
    let threads: Vec<Entry> = (0..20).map(|at| thread(at, &format!(r"C:\{at:02}.dll"))).collect();
    let turned: Vec<Entry> = threads.iter().rev().cloned().collect();
    let [one, other] =
        [threads, turned].map(|threads| against(&[threads], &[&config]).findings.remove(0).hidden_by);
    assert_eq!(one, other);
    assert_eq!((one.len(), one[0].line, one[8].why, one[8].threads), (9, Some(4), HiddenWhy::OtherRules, 12));
}

const NOW: &str = "2026-06-30T12:00:00Z";

/// What is accepted of an ordinary log by an entry with some lines.
fn accepted(lines: &str, entries: Vec<Entry>) -> (Scanned, Vec<EntryUse>) {
    let mut scanned = scan(&[("a", entries)], Copies::Once);
    let text = format!("[[accept]]\nreason = 'r'\nowner = 'o'\n{lines}");
    let list = Accepted::parse(&text, Rules::builtin()).unwrap();
    let uses = list.apply(&mut scanned, FileTime::parse(NOW).unwrap());
    (scanned, uses)
}

/// The same of a scan.
fn accepted_of(lines: &str, scanned: &mut Scanned) -> Vec<EntryUse> {
    let text = format!("[[accept]]\nreason = 'r'\nowner = 'o'\nexpires = 2026-12-31\n{lines}");
    let list = Accepted::parse(&text, Rules::builtin()).unwrap();
    list.apply(scanned, FileTime::parse(NOW).unwrap())
}

#[test]
fn what_is_only_counted_is_accepted_where_that_can_be_told() {
    let mut all = crowd(16_500, 16_500);
    all.iter_mut().for_each(|entry| entry.set("SourceImage", r"C:\Users\Ann\Downloads\agent.exe"));
    let found = scan(&[("a", all)], Copies::Once);
    let product = "source = 'C:\\Users\\*\\agent.exe'\ntarget = '*'\n";
    let class = format!("{product}start = 'load-library'\n");
    let none = CountedUse::default();
    let all = CountedUse { pairs: 116, ..none };
    let unknown = CountedUse { unknown: 116, ..none };
    for (lines, findings, expected) in [
        (class.clone(), 16_384, all),
        (format!("{class}computer = 'ho?t'"), 16_384, all),
        (format!("{class}computer = 'other'"), 0, none),
        (format!("{class}max_severity = 'info'"), 0, CountedUse { worse: 116, ..none }),
        (format!("{class}user = '*'"), 0, unknown),
        (format!("{product}module = '*'\nfunction = 'LoadLibraryW'"), 16_384, unknown),
        (class.replace('*', "Ann\\Downloads").replacen("'Ann\\Downloads'", "'*'", 1), 16_384, unknown),
        (class.replace("load-library", "no-module"), 0, none),
    ] {
        let mut scanned = found.clone();
        let uses = accepted_of(&lines, &mut scanned);
        assert_eq!((uses[0].findings, uses[0].counted), (findings, expected), "{lines}");
        let open: u64 =
            scanned.patterns.iter().filter(|part| part.accepted.is_none()).map(|part| part.counted).sum();
        assert_eq!(open, 116 - expected.pairs, "{lines}");
        assert_eq!(scanned.patterns.iter().map(|part| part.threads).sum::<u64>(), 16_500, "{lines}");
    }
    let mut whole = found.clone();
    accepted_of(&class, &mut whole);
    assert_eq!(
        (whole.patterns.len(), whole.patterns[0].counted, whole.patterns[0].findings.len()),
        (1, 116, 16_384)
    );
    what_is_left_of_a_pattern_can_be_written(found, product);
}

/// A pattern without any finding has a class, and that is what an entry needs.
fn what_is_left_of_a_pattern_can_be_written(mut scanned: Scanned, product: &str) {
    accepted_of(&format!("{product}module = '*'\nfunction = 'LoadLibraryW'"), &mut scanned);
    let left = scanned.patterns.iter().find(|part| part.findings.is_empty()).unwrap();
    let (now, answers) =
        (FileTime::parse(NOW).unwrap(), Answers { reason: "r", owner: "o", expires: "2026-12-31" });
    let text = entry_text(&scanned, left, answers, now, Rules::builtin()).unwrap();
    assert!(text.contains("start = ['load-library']") && text.contains("pairs 116,"), "{text}");
    let list = Accepted::parse(&text, Rules::builtin()).unwrap();
    let uses = list.apply(&mut scanned, now);
    assert_eq!(uses[0].counted.pairs, 116);
    let rest = Pattern { class: "".into(), findings: Vec::new(), counted: 3, ..scanned.patterns[0].clone() };
    let refused = entry_text(&scanned, &rest, answers, now, Rules::builtin());
    assert_eq!(refused, Err(NotWritable::Nameless));
}

#[test]
fn a_computer_of_a_pattern_has_one_name() {
    let named = |(n, name): (u64, &&str)| {
        let source = format!("{{747f3d96-d8e5-5f8a-0000-{n:012x}}}");
        Entry::thread(n, &[("SourceProcessGuid", source.as_str())]).on(name)
    };
    let entries: Vec<Entry> =
        (1..).zip(&["h1", "H1", "h1.corp.local", "H1.CORP.LOCAL", "H1."]).map(named).collect();
    let scanned = scan(&[("a", entries)], Copies::Once);
    let names: Vec<&str> = scanned.patterns[0].computer_names.iter().map(|name| &**name).collect();
    assert_eq!((names, scanned.patterns[0].computers), (vec!["H1", "H1.", "H1.CORP.LOCAL"], 3));
}

/// Whether the finding of one ordinary thread is accepted.
#[track_caller]
fn accepts(lines: &str, expected: bool) {
    let (scanned, uses) = accepted(lines, vec![Entry::thread(1, &[])]);
    assert_eq!(scanned.findings[0].accepted.is_some(), expected, "{lines}");
    assert_eq!(uses[0].findings, u64::from(expected));
    assert_eq!(scanned.patterns[0].accepted, scanned.findings[0].accepted);
}

const WHOLE: &str =
    "source = '*\\winword.exe'\ntarget = 'C:/Windows/SysWOW64/explorer.exe'\nstart = 'no-module-unsure'\n";

#[test]
fn an_entry_fits_normalised_paths() {
    accepts(&format!("{WHOLE}expires = 2026-12-31"), true);
    let folded = r"c:\users\<user>\appdata\roaming\winword.exe";
    accepts(&format!("{}expires = 2026-12-31", WHOLE.replace(r"*\winword.exe", folded)), true);
    accepts(&format!("{}expires = 2026-12-31", WHOLE.replace(r"*\winword.exe", "winword.exe")), false);
    accepts(&format!("{}expires = 2026-12-31", WHOLE.replace("no-module-unsure", "load-library")), false);
    accepts(&format!("{WHOLE}computer = 'ho?t'\nexpires = 2026-12-31"), true);
    accepts(&format!("{WHOLE}computer = 'other'\nexpires = 2026-12-31"), false);
    accepts(&format!("{WHOLE}user = '*'\nexpires = 2026-12-31"), false);
}

#[test]
fn an_entry_holds_until_the_end_of_its_last_day() {
    accepts(&format!("{WHOLE}expires = 2026-06-30"), true);
    accepts(&format!("{WHOLE}expires = '2026-06-29'"), false);
    assert!(accepted(&format!("{WHOLE}expires = 2026-06-29"), vec![Entry::thread(1, &[])]).1[0].expired);
}

#[test]
fn what_has_become_worse_is_not_accepted() {
    accepts(&format!("{WHOLE}max_severity = 'critical'\nexpires = 2026-12-31"), true);
    accepts(&format!("{WHOLE}max_severity = 'low'\nexpires = 2026-12-31"), false);
    let (_, uses) =
        accepted(&format!("{WHOLE}max_severity = 'low'\nexpires = 2026-12-31"), vec![Entry::thread(1, &[])]);
    assert_eq!((uses[0].worse, uses[0].findings), (1, 0));
}

#[test]
fn an_unknown_start_is_not_covered_by_a_known_one() {
    let hook = [("StartModule", r"C:\Windows\System32\kernel32.dll"), ("StartFunction", "LoadLibraryW")];
    let both = vec![Entry::thread(1, &hook), Entry::thread(2, &[])];
    let library = WHOLE.replace("'no-module-unsure'", "'load-library'");
    let (scanned, _) = accepted(&format!("{library}expires = 2026-12-31"), both.clone());
    assert_eq!(scanned.findings[0].accepted, None);
    let named = WHOLE.replace("'no-module-unsure'", "['load-library', 'no-module-unsure']");
    let (scanned, _) = accepted(&format!("{named}expires = 2026-12-31"), both.clone());
    assert!(scanned.findings[0].accepted.is_some());
    let by_function =
        WHOLE.replace("start = 'no-module-unsure'", "module = '*\\kernel32.dll'\nfunction = 'LoadLibrary?'");
    let (scanned, _) = accepted(&format!("{by_function}expires = 2026-12-31"), vec![both[0].clone()]);
    assert!(scanned.findings[0].accepted.is_some());
}

#[test]
fn a_pattern_is_parted_by_what_is_accepted() {
    let elsewhere = Entry::thread(2, &[]).on("OTHER");
    let lines = format!("{WHOLE}computer = 'host'\nexpires = 2026-12-31");
    let (scanned, uses) = accepted(&lines, vec![Entry::thread(1, &[]), elsewhere]);
    let parts: Vec<_> =
        scanned.patterns.iter().map(|part| (part.accepted.is_some(), part.threads, part.computers)).collect();
    assert_eq!(parts.len(), 2);
    assert!(parts.contains(&(true, 1, 1)) && parts.contains(&(false, 1, 1)));
    assert_eq!(uses[0].findings, 1);
}

#[test]
fn an_entry_of_our_own_accepts_what_it_was_made_of() {
    let mut scanned = scan(&[("a", vec![Entry::thread(1, &[])])], Copies::Once);
    let now = FileTime::parse(NOW).unwrap();
    let answers = Answers { reason: "it's \"known\"", owner: "anna", expires: "2026-12-31" };
    let text = entry_text(&scanned, &scanned.patterns[0], answers, now, Rules::builtin()).unwrap();
    let uses = Accepted::parse(&text, Rules::builtin()).unwrap().apply(&mut scanned, now);
    assert_eq!(uses[0].findings, 1, "{text}");
    assert_eq!(scanned.findings[0].accepted.as_ref().unwrap().reason.as_ref(), "it's \"known\"");
}
