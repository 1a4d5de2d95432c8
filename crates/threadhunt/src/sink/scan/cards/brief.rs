//! The words of a card: each line as short as it can be without being wrong.
//!
//! A card gives base names, the first sentence, and the strongest evidence; `--show ID` has the rest.
//! What belongs together (a term of the sum, a step of the chain) is held together by blanks that do
//! not break, as long as it fits in a line.

use unicode_width::UnicodeWidthStr;

use super::{offset, party, proof, shortened};
use crate::event::FileTime;
use crate::report::{
    Bits, Entry, Evidence, Finding, Ledger, Limit, Other, Party, Step, StepKind, StepState, printable,
};
use crate::sink::scan::cell::{Cell, spread};
use crate::sink::scan::look::{GAP, broken, counted, grouped, place};

/// Characters of arguments, users and values that a card shows.
const MAX_VALUE: usize = 80;
/// Terms of a sum that a card names at the least.
const LEAST_TERMS: usize = 3;
/// Columns of a sum that are worth further lines, where lines are short.
const LEAST_SUM: usize = 220;
/// Columns that show more of two paths than their names.
const LEAST_FOLDERS: usize = 12;
/// Between the steps of anything.
const ARROW: &str = " → ";

/// `thread 7872 starts at 0x930000, no module. Consistent with code that was written into the target`,
/// with as much of the meaning as fits on a line.
pub(super) fn what(finding: &Finding, room: usize) -> String {
    let Some(start) = finding.start() else { return String::new() };
    let all = finding.starts.len() > 1 || finding.count > 1;
    let of_all = || format!("{} of {}", grouped(start.count), counted(finding.count, "thread"));
    let thread = start.records.first().and_then(|record| record.thread_id).filter(|_| start.count == 1);
    let threads = match thread {
        Some(thread) if !all => format!("thread {thread} starts at "),
        Some(thread) => format!("thread {thread}, {}, at ", of_all()),
        _ if finding.starts.len() > 1 => format!("{} at ", of_all()),
        _ => format!("{} start at ", counted(start.count, "thread")),
    };
    let place = place(start, false).fit(room.saturating_sub(threads.width() + 2));
    let head = format!("{threads}{place}. ");
    let left = room.saturating_sub(head.width());
    format!("{head}{}", gist(&finding.judgement.meaning, left))
}

/// The first sentence, or where that is too long its first clause.
fn gist(meaning: &str, room: usize) -> &str {
    let sentence = meaning.split_once(". ").map_or(meaning, |(first, _)| first).trim_end_matches('.');
    let clause = |mark: &str| sentence.split_once(mark).map_or(sentence, |(first, _)| first);
    let clauses = [sentence, clause("; "), clause(": ")];
    let shortest = clauses.iter().copied().min_by_key(|clause| clause.len()).unwrap_or(sentence);
    clauses.into_iter().find(|clause| clause.width() <= room).unwrap_or(shortest)
}

/// Both programs, their accounts, and how the source was started: in one line where shorter paths allow it.
pub(super) fn who(finding: &Finding, room: usize) -> String {
    let (source, target) = (&finding.source, &finding.target);
    let account = |party: &Party| {
        party.user().map(|user| format!(" as {}", shortened(user, MAX_VALUE))).unwrap_or_default()
    };
    let (own, other) = (account(source), account(target));
    let is_one = own == other;
    let other = if is_one { other.replacen(" as", ", both as", 1) } else { other };
    let parent = source.facts.parent.as_ref().and_then(|parent| parent.image.as_deref());
    let parent = parent.map(|parent| format!("started by {}", base(parent)));
    let rest: Vec<String> = parent.into_iter().chain(command(source)).collect();
    let rest = if rest.is_empty() { String::new() } else { format!("; {}", rest.join(", ")) };
    let after_source = if is_one { "" } else { &own };
    let cell = |party: &Party, after: &str| {
        Cell::new("", party.image.as_deref().unwrap_or("<unknown process>"), &printable(after))
    };
    let (source, target) = (cell(source, after_source), cell(target, &other));
    let line = room.saturating_sub(ARROW.width() + rest.width());
    let least = source.least() + target.least();
    // What follows has a line of its own where it would leave no room for any directory.
    let line = if least + LEAST_FOLDERS <= line { line } else { room.saturating_sub(ARROW.width()) };
    let [a, b] = spread([(source.least(), source.full()), (target.least(), target.full())], line);
    format!("{}{ARROW}{}{rest}", source.fit(a), target.fit(b))
}

/// What the command line says beyond the program.
fn command(party: &Party) -> Option<String> {
    let (command, image) = (party.facts.command_line.as_deref()?.trim(), party.image.as_deref()?);
    let rest = command.strip_prefix('"').unwrap_or(command);
    let is_image = |image: &str| {
        let begins = rest.get(..image.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(image));
        begins && !rest[image.len()..].starts_with(|c: char| c.is_alphanumeric())
    };
    let name = base(image);
    let Some(image) = [image, &name].into_iter().find(|image| is_image(image)) else {
        return Some(format!("command line {}", shortened(command, MAX_VALUE)));
    };
    let arguments = rest[image.len()..].trim_start_matches('"').trim();
    (!arguments.is_empty()).then(|| format!("run with {}", shortened(arguments, MAX_VALUE)))
}

/// `−6 prior  +7 start in no module  = +1 bit`, and what keeps the severity below that. The weakest
/// terms are one where all would take more than two lines.
pub(super) fn sum(ledger: &Ledger, room: usize) -> String {
    let mut order: Vec<&Entry> = ledger.entries.iter().filter(|entry| entry.adds != Bits::ZERO).collect();
    // By what a rule weighs, not by what a cap left of it: of two links each is a reason of its own.
    let strength = |entry: &Entry| (entry.bits.value().abs(), entry.adds.value().abs());
    order.sort_by(|a, b| {
        let ((a, a_adds), (b, b_adds)) = (strength(a), strength(b));
        b.total_cmp(&a).then(b_adds.total_cmp(&a_adds))
    });
    let lines = LEAST_SUM.div_ceil(room.max(1)).max(2);
    let limits = |spell: fn(&str) -> &str| {
        let limit = |limit: &Limit| format!(", at most {}: {}", limit.severity.name(), spell(&limit.reason));
        ledger.limits.iter().map(limit).collect::<String>()
    };
    let most = order.len();
    let whole = folded_sum(ledger, &order, most, room) + &limits(|reason| reason);
    // Folding a single term saves nothing.
    let fewer = (LEAST_TERMS.min(most)..=most).rev().filter(|shown| shown + 1 != most);
    let short = fewer.map(|shown| folded_sum(ledger, &order, shown, room) + &limits(clause));
    let fits = |text: &String| broken(text, room).len() <= lines;
    let all: Vec<String> = std::iter::once(whole).chain(short).collect();
    all.iter().find(|text| fits(text)).or(all.last()).cloned().unwrap_or_default()
}

/// What stands before a colon; `--show ID` has the rest.
fn clause(reason: &str) -> &str {
    reason.split_once(": ").map_or(reason, |(first, _)| first)
}

/// The sum with its strongest terms, in the order of the ledger.
fn folded_sum(ledger: &Ledger, order: &[&Entry], shown: usize, room: usize) -> String {
    let (strong, weak) = order.split_at(shown);
    let is_shown = |entry: &&Entry| strong.iter().any(|strong| std::ptr::eq(*strong, *entry));
    let terms = ledger.entries.iter().filter(is_shown).map(term);
    let rest = (!weak.is_empty()).then(|| {
        let adds: Bits = weak.iter().map(|entry| entry.adds).sum();
        format!("{} by {} more", signed(adds), weak.len())
    });
    let prior = format!("{} prior", ledger.prior);
    let noun = if ledger.sum.value().abs() == 1.0 { "bit" } else { "bits" };
    let total = format!("= {} {noun}", ledger.sum);
    let all = std::iter::once(prior).chain(terms).chain(rest).chain([total]);
    all.map(|text| together(&text, room)).collect::<Vec<_>>().join("  ")
}

/// `+7 start in no module`, `+2 of +5 opened lsass`: what was cut says of how much.
fn term(entry: &Entry) -> String {
    match entry.adds == entry.bits {
        true => format!("{} {}", entry.adds, entry.title),
        false => format!("{} of {} {}", entry.adds, entry.bits, entry.title),
    }
}

/// Bits with their sign, and nothing as `+0`.
pub(super) fn signed(bits: Bits) -> String {
    if bits == Bits::ZERO { "+0".to_owned() } else { bits.to_string() }
}

/// Through which processes an injection came and went on, where it did.
pub(super) fn hops(finding: &Finding) -> Option<String> {
    let at = at(finding);
    // What came after the judged threads did not lead to them, and what came before does not follow.
    let (first, last) = finding.start().map_or((None, None), |start| (start.first, start.last));
    let in_order = |step: &&Step| match (step.kind, step.time) {
        (StepKind::HopIn, Some(time)) => last.is_none_or(|last| time <= last.time),
        (_, Some(time)) => first.is_none_or(|first| first.time <= time),
        (_, None) => true,
    };
    let hop = |kind: StepKind| {
        let step = finding.judgement.chain.iter().find(|step| step.kind == kind).filter(in_order)?;
        let Other { guid, pid, image } = step.hop.as_ref()?.process.clone();
        let far = party(&Party { guid, pid, image, ..Party::default() });
        Some((far, step.time.zip(at).map(|(time, at)| offset(time, at)).unwrap_or_default()))
    };
    let (before, after) = (hop(StepKind::HopIn), hop(StepKind::HopOut));
    if before.is_none() && after.is_none() {
        return None;
    }
    let before = before.map(|(name, offset)| format!("{name}{offset}"));
    let after = after.map(|(name, offset)| format!("{name}{offset}"));
    let ends = [party(&finding.source), party(&finding.target)];
    Some(before.into_iter().chain(ends).chain(after).collect::<Vec<_>>().join(" → "))
}

/// When the judged start began, from which a card counts.
fn at(finding: &Finding) -> Option<FileTime> {
    finding.start().and_then(|start| start.first).map(|moment| moment.time)
}

/// Steps in their order; those that no record shows in brackets. Hops have a line of their own.
pub(super) fn chain(finding: &Finding, room: usize) -> String {
    let at = at(finding);
    let is_hop = |step: &&Step| matches!(step.kind, StepKind::HopIn | StepKind::HopOut);
    let steps = finding.judgement.chain.iter().filter(|step| !is_hop(step));
    let mut has_begun = false;
    let words: Vec<String> = steps
        .map(|step| {
            has_begun |= step.kind == StepKind::Thread;
            printable(&brief_step(step, at, has_begun)).into_owned()
        })
        .collect();
    let last = words.len().saturating_sub(1);
    // An arrow stands at the end of a line and not at the beginning of the next.
    let arrow = |(at, text): (usize, &String)| {
        let arrow = if at < last { " →" } else { "" };
        together(&format!("{text}{arrow}"), room)
    };
    words.iter().enumerate().map(arrow).collect::<Vec<_>>().join(" ")
}

/// `7 load vshelper.dll +537 ms`: by which event, what, and how far from the thread.
fn brief_step(step: &Step, at: Option<FileTime>, has_begun: bool) -> String {
    let offset = || step.time.zip(at).map(|(time, at)| offset(time, at)).unwrap_or_default();
    let event = step.evidence.as_ref().map(|evidence| format!("{} ", evidence.event_id)).unwrap_or_default();
    match (step.kind, step.state) {
        (StepKind::Thread, _) => "8 thread".to_owned(),
        (StepKind::Write, StepState::Inferred) => "[write: never logged]".to_owned(),
        (StepKind::Follow, _) => format!("[{}]", off(&step.text)),
        (kind, StepState::NotLogged) => format!("[{}: {}]", kind.name(), step.text),
        (kind, _) => format!("{event}{}{}", deed(kind, step, has_begun), offset()),
    }
}

/// `events 3, 11, 22 off` as `3 event types off`: the coverage says which.
fn off(text: &str) -> String {
    match text.matches(", ").count() + 1 {
        ..=2 => text.to_owned(),
        types => format!("{types} event types off"),
    }
}

/// What was done, with the base name of what it was done to.
fn deed(kind: StepKind, step: &Step, has_begun: bool) -> String {
    let image = step.image.as_deref().map(base);
    let object = image.as_deref().unwrap_or(&step.text);
    let told = object.split_once("; ").map_or(object, |(first, _)| first);
    let told = told.strip_prefix("access ").unwrap_or(told);
    let last = |text: &'_ str| text.rsplit('\\').next().map_or(0, |last| text.len() - last.len());
    let object = shortened(if kind == StepKind::Persist { &told[last(told)..] } else { told }, MAX_VALUE / 2);
    match kind {
        StepKind::Origin if has_begun => format!("DLL written by {object}"),
        StepKind::Origin => format!("written by {object}"),
        StepKind::Spawn => "started the target".to_owned(),
        StepKind::Act => format!("thread opened {object}"),
        StepKind::Memory => format!("code opened {object}"),
        _ => format!("{} {object}", kind.name()),
    }
}

/// Where the first record lies, and how many more there are.
pub(super) fn records(evidence: Option<&Evidence>, offered: u64) -> String {
    evidence.map(proof).unwrap_or_default() + &more(offered)
}

/// ` and 3 more records`, behind the first of them.
pub(super) fn more(offered: u64) -> String {
    match offered.saturating_sub(1) {
        0 => String::new(),
        more => format!(" and {}", counted(more, "more record")),
    }
}

/// Where a record lies below a directory, within a width: directories give way, the file's name never.
pub(super) fn record_place(evidence: &Evidence, root: &str, room: usize) -> String {
    let whole = proof(evidence);
    let below = whole.strip_prefix(root).unwrap_or(&whole);
    // The number of the record stands behind the last blank.
    let (path, number) = below
        .rsplit_once(" #")
        .map_or((below, String::new()), |(path, number)| (path, format!(" #{number}")));
    Cell::new("", path, &number).fit(room).replace(' ', "\u{a0}")
}

/// Parts of a card's line, with a gap between them.
pub(super) fn parts(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(GAP)
}

/// Text with the first of some endings that stands in its last line, or else with the last of them.
pub(super) fn beside(text: String, endings: &[&str], room: usize) -> String {
    let with = |ending: &&str| parts([text.clone(), together(ending, room)]);
    let lines = broken(&text, room).len().max(1);
    let fits = |text: &String| broken(text, room).len() == lines;
    let mut all = endings.iter().map(with);
    all.clone().find(fits).or_else(|| all.next_back()).unwrap_or(text)
}

/// Text that is not broken, unless it is longer than a line.
pub(super) fn together(text: &str, room: usize) -> String {
    if text.width() <= room { text.replace(' ', "\u{a0}") } else { text.to_owned() }
}

/// The last part of a path, safe to print.
fn base(path: &str) -> String {
    Cell::new("", path, "").fit(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_command(line: &str, expected: Option<&str>) {
        let mut party = Party { image: Some(r"C:\Tools\a b.exe".into()), ..Party::default() };
        party.facts.command_line = Some(line.into());
        assert_eq!(command(&party).as_deref(), expected, "{line}");
    }

    #[test]
    fn a_command_line_that_says_no_more_is_left_out() {
        check_command(r"C:\Tools\a b.exe", None);
        check_command(r#""c:\tools\A B.exe" "#, None);
        check_command("\"a b.exe\"", None);
        check_command(r#""C:\Tools\a b.exe" -q x"#, Some("run with -q x"));
        check_command("a b.exe -q", Some("run with -q"));
        check_command(r"C:\Other\a b.exe -q", Some(r"command line C:\Other\a b.exe -q"));
        check_command("a b.exes", Some("command line a b.exes"));
        check_command("é", Some("command line é"));
    }

    #[test]
    fn as_much_of_a_meaning_as_fits() {
        let meaning = "Consistent with code: that was written; but young. Java does it.";
        assert_eq!(gist(meaning, 99), "Consistent with code: that was written; but young");
        assert_eq!(gist(meaning, 40), "Consistent with code: that was written");
        assert_eq!(gist(meaning, 30), "Consistent with code");
        assert_eq!(gist(meaning, 3), "Consistent with code");
        assert_eq!(gist("", 3), "");
    }

    fn entry(adds: f64, bits: f64, title: &str) -> Entry {
        let bit = |value| Bits::new(value).unwrap();
        Entry {
            group: crate::report::Group::Chain,
            rule: title.into(),
            title: title.into(),
            bits: bit(bits),
            adds: bit(adds),
        }
    }

    /// A link of the chain is as strong as its rule, whatever a cap left of it.
    #[test]
    fn what_is_folded_is_the_weakest() {
        let mut entries: Vec<Entry> =
            (1..=14).map(|at| entry(2.0, 2.0, &format!("something at {at}"))).collect();
        entries.push(entry(1.0, 5.0, "the thread opened lsass"));
        let [prior, sum] = [-6.0, 23.0].map(|value| Bits::new(value).unwrap());
        let ledger = Ledger { prior, entries, sum, limits: Vec::new() };
        let told = super::sum(&ledger, 60).replace('\u{a0}', " ");
        assert!(
            told.contains("+1 of +5 the thread opened lsass") && told.contains(" more  = +23 bits"),
            "{told}"
        );
    }

    #[test]
    fn many_events_that_are_off_are_counted() {
        assert_eq!(off("event 10 off"), "event 10 off");
        assert_eq!(off("events 13, 17 off"), "events 13, 17 off");
        assert_eq!(off("events 1, 3, 11, 13, 17, 22 off"), "6 event types off");
    }

    /// −6 + 2 + 6 × 1 = +2: what is folded is in the sum, and what was cut says so.
    #[test]
    fn a_folded_sum_is_still_a_sum() {
        let mut entries: Vec<Entry> = (1..=6).map(|at| entry(1.0, 1.0, &format!("t{at}"))).collect();
        entries.push(entry(2.0, 5.0, "cut"));
        entries.push(entry(0.0, 3.0, "nothing"));
        let [prior, sum] = [-6.0, 2.0].map(|value| Bits::new(value).unwrap());
        let ledger = Ledger { prior, entries, sum, limits: Vec::new() };
        let spelled = |room| super::sum(&ledger, room).replace('\u{a0}', " ");
        let whole = "−6 prior  +1 t1  +1 t2  +1 t3  +1 t4  +1 t5  +1 t6  +2 of +5 cut  = +2 bits";
        assert_eq!(spelled(80), whole);
        let order: Vec<&Entry> = ledger.entries.iter().filter(|entry| entry.adds != Bits::ZERO).collect();
        let folded = folded_sum(&ledger, &order, 4, 80).replace('\u{a0}', " ");
        assert_eq!(folded, "−6 prior  +1 t1  +1 t2  +1 t3  +1 t4  +4 by 3 more  = +2 bits");
    }
}
