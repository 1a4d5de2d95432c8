//! Tests of lists: what is refused and where, and what entries written by us say.

use super::*;
use crate::detect::Rules;
use crate::report::Pattern;

const WHOLE: &str = r"[[accept]]
source = 'C:\Program Files\Vendor\agent.exe'
target = '*'
start = 'load-library'
reason = 'hooks every program'
owner = 'anna'
expires = 2027-01-31
";

#[track_caller]
fn check(text: &str, expected: &[(usize, &str)]) {
    let errors = Accepted::parse(text, Rules::builtin()).map(|_| ()).err().unwrap_or_default();
    let told: Vec<(usize, &str)> = errors.iter().map(|error| (error.line, error.message.as_str())).collect();
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for ((line, message), (at, part)) in told.iter().zip(expected) {
        assert!(line == at && message.contains(part), "{line}: {message}");
    }
}

#[test]
fn what_says_too_little_is_refused_with_its_place() {
    check(WHOLE, &[]);
    check("", &[]);
    check(&WHOLE.replace("start = 'load-library'\n", ""), &[(1, "names no start")]);
    check(&format!("# ours\n\n{}", WHOLE.replace("'load-library'", "'load-libary'")), &[(6, "load-libary")]);
    check(&WHOLE.replace("'load-library'", "[]"), &[(4, "start is a class")]);
    check(&WHOLE.replace("'anna'", "' '"), &[(6, "owner is empty: it is who")]);
    check(&WHOLE.replace("2027-01-31", "2027-02-31"), &[(7, "")]);
    check(&WHOLE.replace("2027-01-31", "'tomorrow'"), &[(7, "expires is a day")]);
    check(&WHOLE.replace("2027-01-31", "2027-01-31T00:00:00Z"), &[(7, "expires is a day")]);
    check(&format!("{WHOLE}ticket = 1\n"), &[(8, "unknown field `ticket`")]);
    check(&format!("{WHOLE}max_severity = 'worst'\n"), &[(8, "max_severity is one of")]);
    check(&format!("{WHOLE}module = 'x'\n"), &[(8, "module and function")]);
    let any = format!("{}module = '*'\nfunction = '**'\n", WHOLE.replace("start = 'load-library'\n", ""));
    check(&any, &[(7, "when both are any")]);
    let two = format!("{WHOLE}max_severity = 'worst'\n").replace("2027-01-31", "1").replace("'*'", "''");
    check(&two, &[(3, "target is empty"), (7, "expires is a day"), (8, "max_severity is one of")]);
    check(
        "[[accept]]\n",
        &[(1, "source"), (1, "target"), (1, "start"), (1, "reason"), (1, "owner"), (1, "expires")],
    );
    check(
        &format!("{WHOLE}[[accept]]\nsource = ''"),
        &[(8, "target"), (8, "start"), (8, "reason"), (8, "owner"), (8, "expires"), (9, "source")],
    );
    check("[[acept]]\n", &[(1, "acept")]);
}

fn answers(reason: &str) -> Answers<'_> {
    Answers { reason, owner: "anna", expires: "2027-01-31" }
}

fn pattern(source: &str) -> Pattern {
    Pattern {
        source: source.into(),
        target: "".into(),
        class: "no-module".into(),
        severity: Severity::Medium,
        score: crate::report::Score::below(80.0),
        findings: Vec::new(),
        threads: 3,
        computers: 1,
        computer_names: Default::default(),
        first: None,
        last: None,
        counted: 3,
        counted_worst: None,
        accepted: None,
        technique: None,
    }
}

#[test]
fn strings_come_back_as_they_were() {
    for reason in [r"C:\x", "it's \"so\"", "\u{1b}[2J\u{202e}\n\t", "日本 🦀", "]]\n[[accept]]\nowner = 'x'"]
    {
        let text = entry_text(
            &Scanned::default(),
            &pattern(r"c:\users\<user>\x.exe"),
            answers(reason),
            FileTime(0),
            Rules::builtin(),
        );
        let text = text.unwrap();
        let list = Accepted::parse(&text, Rules::builtin()).unwrap();
        assert_eq!(list.entries.len(), 1);
        assert_eq!(&*list.entries[0].acceptance.reason, reason);
        assert!(!text.chars().any(|c| c != '\n' && crate::report::is_unsafe(c)), "{text}");
    }
}

#[test]
fn a_path_of_a_log_is_no_pattern() {
    for source in [r"c:\*", r"c:\users\?\x.exe"] {
        let refused =
            entry_text(&Scanned::default(), &pattern(source), answers("r"), FileTime(0), Rules::builtin());
        assert_eq!(refused, Err(NotWritable::Wildcard));
    }
}

#[test]
fn a_user_in_an_entry_cannot_be_told_in_a_folded_path() {
    let folded = r"c:\users\<user>\appdata\app-<v>\x.exe";
    for (entry, expected) in [
        (r"C:\Users\<user>\AppData\app-<v>\x.exe", Some(true)),
        (r"*\x.exe", Some(true)),
        (r"C:\Users\bob\AppData\app-1.2\x.exe", None),
        (r"C:\Users\b*\AppData\app-1.2\x.exe", None),
        (r"C:\Users\bob\AppData\app-1.2\y.exe", Some(false)),
        (r"C:\Windows\x.exe", Some(false)),
    ] {
        assert_eq!(fits_folded(&Path::new(entry), folded), expected, "{entry}");
    }
    assert_eq!(fits_folded(&Path::new(UNKNOWN_PROCESS), ""), Some(true));
}

#[test]
fn days_are_counted_on_the_calendar() {
    let now = FileTime::parse("2026-11-22T05:00:00Z").unwrap();
    assert_eq!((in_days(now, 180), in_days(now, 0)), ("2027-05-21".to_owned(), "2026-11-22".to_owned()));
    assert_eq!(in_days(FileTime(u64::MAX), 180), "9999-12-31");
}
