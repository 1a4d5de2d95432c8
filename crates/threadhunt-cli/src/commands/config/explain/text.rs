//! An explanation for eyes: the verdict in a sentence, the values that were seen, then the walk.
//!
//! What holds, what nearly does and what decided is always shown; runs of what is far from holding,
//! or was not looked at, become one row unless everything is asked for.

use threadhunt::config::{
    Condition, ConditionSteps, Explanation, FilterOutcome, FilterSteps, Item, ItemSteps, Operator, Outcome,
    Relation, SeenField, Skipped,
};
use threadhunt::event::Event;
use threadhunt::report::printable;

use super::super::words::{Words, fate_of, shortened, subject};
use super::sheet::{BOLD, DIM, Look, Mark, Row, Sheet};
use crate::summary::count;

/// Rows of a run that does not hold and stays as it is.
const MAX_RUN: usize = 3;
/// Fields named for a run.
const MAX_FIELDS: usize = 3;
/// Characters of a list's item, or of a name.
const MAX_WORD: usize = 60;

/// Appends an explanation.
pub(super) fn push(
    words: &Words<'_>,
    look: Look,
    event: &Event<'_>,
    explanation: &Explanation<'_>,
    is_first: bool,
    out: &mut Vec<u8>,
) {
    let sheet = Sheet::new(look, words.last_line(), out);
    let mut page = Page { words, explanation, id: event.id(), sheet };
    if !is_first {
        page.sheet.line("");
    }
    page.headline(event);
    page.values();
    page.filters();
    page.names();
}

/// One explanation in the making.
struct Page<'p> {
    words: &'p Words<'p>,
    explanation: &'p Explanation<'p>,
    id: u16,
    sheet: Sheet<'p>,
}

impl Page<'_> {
    /// The verdict, and which event it was.
    fn headline(&mut self, event: &Event<'_>) {
        let fate = fate_of(&self.explanation.verdict);
        let reason = self.words.reason(self.id, self.explanation);
        self.sheet.sentence(&format!("{} is {fate}, because {reason}", subject(event)), Some(BOLD));
        let place = event.place();
        let mut parts = vec![printable(&place.origin.to_string()).into_owned()];
        parts.extend(place.line.map(|line| format!("line {line}")));
        parts.extend(event.record_id().map(|record| format!("record {record}")));
        parts.extend(event.time().map(|time| time.to_string()));
        let computer = Some(event.computer()).filter(|name| !name.is_empty());
        parts.extend(computer.map(|name| shortened(&name, MAX_WORD)));
        self.sheet.sentence(&parts.join(", "), Some(DIM));
    }

    /// The values that conditions asked for.
    fn values(&mut self) {
        let seen = &self.explanation.fields;
        let Some(name_width) = seen.iter().map(|seen| seen.field.name().len()).max() else { return };
        self.sheet.line("");
        for seen in seen {
            let (text, remark) = value(seen);
            self.sheet.value(seen.field.name(), name_width, &printable(text), remark);
        }
    }

    fn filters(&mut self) {
        let is_shown =
            |steps: &&FilterSteps<'_>| self.sheet.shows_all() || steps.outcome != FilterOutcome::NotTried;
        let (shown, rest): (Vec<_>, Vec<_>) = self.explanation.filters.iter().partition(is_shown);
        for steps in shown {
            self.filter(steps);
        }
        let lines: Vec<usize> = rest.iter().map(|steps| self.words.filter(steps.index)).collect();
        if let Some(lines) = range(&lines) {
            let filters = count(rest.len() as u64, "more filter", "more filters");
            let text = format!("{filters}, not tried since one has decided ({lines})");
            self.sheet.line("");
            self.sheet.row(&Row::plain(None, 0, Mark::Skipped, text));
        }
    }

    fn filter(&mut self, steps: &FilterSteps<'_>) {
        let filter = &self.words.config.filters[steps.index];
        let kind = if self.words.is_exclude(steps.index) { "exclude" } else { "include" };
        let items = match (self.words.config.relation(filter), steps.items.len()) {
            (_, 0) => "empty".to_owned(),
            (_, 1) => "one item".to_owned(),
            (Relation::Or, len) => format!("any of {len}"),
            (Relation::And, len) => format!("all of {len}"),
        };
        let outcome = match steps.outcome {
            FilterOutcome::Matched => "matches".to_owned(),
            FilterOutcome::Unmatched => "does not match".to_owned(),
            FilterOutcome::GivenUp(field) => format!("given up, since {} has no value", field.name()),
            FilterOutcome::NotTried => "not tried, since one has decided".to_owned(),
        };
        let text = format!("{kind} {}, {items}: {outcome}", filter.tag.value);
        let mark = match steps.outcome {
            FilterOutcome::Matched => Mark::Held,
            FilterOutcome::Unmatched | FilterOutcome::GivenUp(_) => Mark::Failed,
            FilterOutcome::NotTried => Mark::Skipped,
        };
        self.sheet.line("");
        self.sheet.row(&Row::plain(Some(self.words.filter(steps.index)), 0, mark, text));
        let line = |found: &ItemSteps<'_>| self.words.item(steps.index, found.index);
        let entries =
            steps.items.iter().map(|found| Entry::item(found, &filter.items[found.index], line(found)));
        let entries: Vec<Entry<'_>> = entries.collect();
        self.entries(&entries, 1, filter.bound);
    }

    /// The entries of a filter or a Rule, with runs of what is of no interest as one row.
    fn entries(&mut self, entries: &[Entry<'_>], depth: usize, bound: Option<u16>) {
        let interests: Vec<Interest> = entries.iter().map(|entry| self.interest(entry)).collect();
        let mut at = 0;
        while at < entries.len() {
            let interest = interests[at];
            let len = interests[at..].iter().take_while(|other| **other == interest).count();
            let run = &entries[at..at + len];
            let is_long = match interest {
                Interest::Shown => false,
                Interest::Far => len > MAX_RUN,
                Interest::Skipped(_) => len > 1,
            };
            if is_long && !self.sheet.shows_all() {
                self.run(run, interest, depth);
            } else {
                run.iter().for_each(|entry| self.entry(entry, depth, bound));
            }
            at += len;
        }
    }

    /// Whether somebody who wonders about the decision wants to see an entry.
    fn interest(&self, entry: &Entry<'_>) -> Interest {
        match entry.outcome {
            Outcome::Skipped(why) => return Interest::Skipped(why),
            Outcome::Failed | Outcome::Forgiven => {}
            Outcome::Held | Outcome::OtherEvent | Outcome::NoValue => return Interest::Shown,
        }
        let mut steps = entry.conditions.iter().zip(entry.steps);
        let is_near = steps.any(|(condition, step)| match step.outcome {
            Outcome::Held => true,
            Outcome::Failed => self.words.remarks(self.explanation, step.outcome, condition).near.is_some(),
            _ => false,
        });
        if is_near { Interest::Shown } else { Interest::Far }
    }

    /// One row for many entries.
    fn run(&mut self, entries: &[Entry<'_>], interest: Interest, depth: usize) {
        let lines: Vec<usize> = entries.iter().map(|entry| entry.line).collect();
        let lines = range(&lines).unwrap_or_default();
        let number = entries.len();
        if let Interest::Skipped(why) = interest {
            let text = |since| format!("{number} more, not looked at{since} ({lines})");
            let text = Some(text(since(why)))
                .filter(|text| self.sheet.fits(depth, text))
                .unwrap_or_else(|| text(""));
            return self.sheet.row(&Row::plain(None, depth, Mark::Skipped, text));
        }
        let is_rule = entries.iter().any(|entry| entry.rule.is_some());
        let noun = if is_rule { "items" } else { "conditions" };
        let text = |shown| format!("{number} {noun}{} do not hold ({lines})", fields(entries, shown));
        let fitting = (1..=MAX_FIELDS).rev().map(text).find(|text| self.sheet.fits(depth, text));
        let text = fitting.unwrap_or_else(|| text(0));
        self.sheet.row(&Row::plain(None, depth, Mark::Failed, text));
    }

    fn entry(&mut self, entry: &Entry<'_>, depth: usize, bound: Option<u16>) {
        let steps = entry.conditions.iter().zip(entry.steps);
        let Some((name, relation)) = entry.rule else {
            return steps
                .for_each(|(condition, step)| self.condition(condition, *step, entry.outcome, depth, bound));
        };
        let name = if name.is_empty() { String::new() } else { format!(" `{}`", shortened(name, MAX_WORD)) };
        let relation = match (relation, entry.conditions.len()) {
            (_, 1) => "one condition".to_owned(),
            (Relation::Or, len) => format!("any of {len}"),
            (Relation::And, len) => format!("all of {len}"),
        };
        let is_skipped = matches!(entry.outcome, Outcome::Skipped(_));
        let why = if is_skipped { ", not looked at" } else { "" };
        let text = format!("Rule{name}, {relation}{why}");
        self.sheet.row(&Row::plain(Some(entry.line), depth, mark(entry.outcome), text));
        if is_skipped && !self.sheet.shows_all() {
            return;
        }
        let parts =
            steps.map(|(condition, step)| Entry::condition(condition, step, self.words.condition(condition)));
        let parts: Vec<Entry<'_>> = parts.collect();
        self.entries(&parts, depth + 1, bound);
    }

    fn condition(
        &mut self,
        condition: &Condition,
        step: ConditionSteps<'_>,
        outcome: Outcome,
        depth: usize,
        bound: Option<u16>,
    ) {
        let field = condition.field.value.name();
        let mut remarks = self.remarks(condition, step);
        match outcome {
            Outcome::Forgiven => remarks.push(format!("forgiven: another on {field} follows")),
            Outcome::OtherEvent => remarks.push(format!(
                "never for event {}: the filter is read after event {}, where {field} has another place",
                self.id,
                bound.unwrap_or_default()
            )),
            Outcome::NoValue => remarks.push("no value: Sysmon gives up the filter".to_owned()),
            Outcome::Skipped(Skipped::SameField) => {
                remarks.push(format!("not needed: another on {field} holds"));
            }
            Outcome::Skipped(_) => remarks.push("not looked at".to_owned()),
            Outcome::Held | Outcome::Failed => {}
        }
        self.sheet.row(&Row {
            line: Some(self.words.condition(condition)),
            depth,
            mark: mark(outcome),
            text: format!("{field} {} ", condition.operator.value.name()),
            value: Some(shown(&condition.value.value)),
            remark: remarks.join("; "),
        });
    }

    /// What helps to understand what came of a condition.
    fn remarks(&self, condition: &Condition, step: ConditionSteps<'_>) -> Vec<String> {
        let mut remarks = Vec::new();
        if !step.name.is_empty() {
            remarks.push(format!("names it `{}`", shortened(step.name, MAX_WORD)));
        }
        let value = &condition.value.value;
        let found = self.words.remarks(self.explanation, step.outcome, condition);
        if let Some(item) = found.item.filter(|item| item.len() < value.len()) {
            let verb = match condition.operator.value {
                Operator::ContainsAll | Operator::ExcludesAll => "lacks",
                Operator::IsAny => "is",
                _ => "has",
            };
            remarks.push(format!("{verb} `{}`", shortened(item, MAX_WORD)));
        }
        remarks.extend(found.near.map(|near| near.words().to_owned()));
        remarks
    }

    /// Where the name came from, where that is not plain from the row that decided.
    fn names(&mut self) {
        let Some(source) = self.explanation.name_source() else { return };
        let is_alone = self.explanation.names().all(|other| other.name == source.name);
        let line = self.words.source(&source);
        let text = match (self.explanation.has_leaked_name(), is_alone) {
            (true, _) => format!(
                "The name is of line {line}, which did not decide: Sysmon never takes back a name once it is set."
            ),
            (false, false) => format!("The name is of line {line}: of several the last one counts."),
            (false, true) => return,
        };
        self.sheet.line("");
        self.sheet.sentence(&text, None);
    }
}

/// A value's text, and what is to be said of it.
fn value(seen: &SeenField) -> (&str, &'static str) {
    match (&seen.given, &seen.compared) {
        (_, None) => ("", "no value"),
        (None, Some(compared)) => (compared, " (none)"),
        (Some(given), Some(compared)) if given.eq_ignore_ascii_case(compared) => (given, ""),
        (Some(_), Some(compared)) => (compared, " (not known to filters)"),
    }
}

fn mark(outcome: Outcome) -> Mark {
    match outcome {
        Outcome::Held => Mark::Held,
        Outcome::Skipped(_) => Mark::Skipped,
        Outcome::Failed | Outcome::Forgiven | Outcome::OtherEvent | Outcome::NoValue => Mark::Failed,
    }
}

/// What a run is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Interest {
    Shown,
    Far,
    Skipped(Skipped),
}

/// An item, or a condition of a Rule.
struct Entry<'e> {
    line: usize,
    outcome: Outcome,
    /// Name and relation, of a Rule.
    rule: Option<(&'e str, Relation)>,
    conditions: &'e [Condition],
    steps: &'e [ConditionSteps<'e>],
}

impl<'e> Entry<'e> {
    fn item(steps: &'e ItemSteps<'e>, item: &'e Item, line: usize) -> Self {
        let rule = match item {
            Item::Condition(_) => None,
            Item::Rule(rule) => Some((rule.name.as_ref().map_or("", |name| &*name.value), rule.relation())),
        };
        let outcome = match (&rule, &steps.conditions[..], steps.outcome) {
            (None, [only], Outcome::Failed) => only.outcome,
            (.., outcome) => outcome,
        };
        Self { line, outcome, rule, conditions: item.conditions(), steps: &steps.conditions }
    }

    fn condition(condition: &'e Condition, step: &'e ConditionSteps<'e>, line: usize) -> Self {
        let (conditions, steps) = (std::slice::from_ref(condition), std::slice::from_ref(step));
        Self { line, outcome: step.outcome, rule: None, conditions, steps }
    }
}

/// Why something was not looked at, as the end of a clause.
fn since(why: Skipped) -> &'static str {
    match why {
        Skipped::Enough => " since one is enough",
        Skipped::Lost => " since one that is needed does not hold",
        Skipped::SameField => " since another on its field holds",
        Skipped::GivenUp | Skipped::Decided => "",
    }
}

/// The fields of a run in words, as many as are to be shown: ` on A, B and 2 more`.
fn fields(entries: &[Entry<'_>], shown: usize) -> String {
    let mut names: Vec<&str> = Vec::new();
    for condition in entries.iter().flat_map(|entry| entry.conditions) {
        let name = condition.field.value.name();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(shown);
    names.truncate(shown);
    match (names.split_last(), more) {
        (None, _) => String::new(),
        (Some((last, [])), 0) => format!(" on {last}"),
        (Some((last, rest)), 0) => format!(" on {} and {last}", rest.join(", ")),
        _ => format!(" on {} and {more} more", names.join(", ")),
    }
}

/// Lines from the first to the last: `line 4`, `lines 4–90`.
fn range(lines: &[usize]) -> Option<String> {
    let (first, last) = (lines.iter().min()?, lines.iter().max()?);
    Some(if first == last { format!("line {first}") } else { format!("lines {first}–{last}") })
}

/// A condition's value, safe to print, with a sign for all blanks before or behind it.
fn shown(value: &str) -> String {
    let sign = |is_there: bool| if is_there { "␣" } else { "" };
    let start = value.trim_start();
    let trimmed = start.trim_end();
    let (before, behind) = (sign(start.len() < value.len()), sign(trimmed.len() < start.len()));
    format!("{before}{}{behind}", printable(trimmed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_around_a_value_are_seen() {
        assert_eq!(shown("\n  a b\t"), "␣a b␣");
        assert_eq!(shown("a\n\u{1b}"), "a\\u{a}\\u{1b}");
        assert_eq!((&*shown(""), &*shown("  ")), ("", "␣"));
    }

    #[test]
    fn lines_of_a_run() {
        assert_eq!(range(&[9, 4, 7]).as_deref(), Some("lines 4–9"));
        assert_eq!(range(&[4]).as_deref(), Some("line 4"));
        assert_eq!(range(&[]), None);
    }
}
