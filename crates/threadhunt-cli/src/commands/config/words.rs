//! A decision in words: what event it was, what became of it, and the short reason.
//!
//! For one who looks at the configuration beside it, the reason is a line. Names and values come
//! from files that anyone may have written, so everything here is safe to print.

use threadhunt::config::{
    Condition, Config, Decision, Explanation, FilterOutcome, FilterSteps, Item, NameSource, Near, OnMatch,
    Outcome, Relation, Rule, Verdict,
};
use threadhunt::event::Event;
use threadhunt::report::printable;
use threadhunt::schema::{FieldId, fields};

use super::draw::Lines;

/// A configuration and where its lines are.
pub(super) struct Words<'c> {
    pub(super) config: &'c Config,
    lines: Lines<'c>,
}

/// What helps to understand what came of a condition.
pub(super) struct Remarks<'c> {
    /// The item of its list that settled it.
    pub(super) item: Option<&'c str>,
    /// What little keeps it from holding.
    pub(super) near: Option<Near>,
}

/// Fields that say who did it, and to what: of each the first that the event has.
const ACTORS: &[FieldId] = &[fields::SOURCE_IMAGE, fields::IMAGE];
const OBJECTS: &[FieldId] = &[
    fields::TARGET_IMAGE,
    fields::TARGET_OBJECT,
    fields::TARGET_FILENAME,
    fields::IMAGE_LOADED,
    fields::QUERY_NAME,
    fields::PIPE_NAME,
    fields::DESTINATION_HOSTNAME,
    fields::DESTINATION_IP,
];

/// Characters of a name of an actor or object, or of a rule, in a sentence.
const MAX_NAME: usize = 100;

/// The event in a few words: `event 8 WINWORD.EXE → explorer.exe`.
pub(super) fn subject(event: &Event<'_>) -> String {
    let first = |candidates: &[FieldId]| {
        let text = candidates.iter().find_map(|field| event.known(*field))?;
        let name = text.trim_end_matches('\\').rsplit('\\').next().unwrap_or_default();
        Some(shortened(name, MAX_NAME))
    };
    let id = event.id();
    match (first(ACTORS), first(OBJECTS)) {
        (Some(actor), Some(object)) => format!("event {id} {actor} → {object}"),
        (Some(only), None) | (None, Some(only)) => format!("event {id} {only}"),
        (None, None) => format!("event {id}"),
    }
}

/// What became of an event: `logged as ⟨name⟩`, `logged` or `dropped`.
pub(super) fn fate(logged: bool, rule_name: &str) -> String {
    match (logged, rule_name) {
        (false, _) => "dropped".to_owned(),
        (true, "") => "logged".to_owned(),
        (true, name) => format!("logged as `{}`", shortened(name, MAX_NAME)),
    }
}

/// What became of an event: the name of one that is dropped is never printed.
pub(super) fn fate_of(verdict: &Verdict<'_>) -> String {
    fate(verdict.logged, verdict.rule_name)
}

/// Printable text without the length of a forged value.
pub(super) fn shortened(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", printable(&text[..end])),
        None => printable(text).into_owned(),
    }
}

impl<'c> Words<'c> {
    pub(super) fn new(config: &'c Config) -> Self {
        Self { config, lines: Lines::new(&config.text) }
    }

    /// The number of the last line.
    pub(super) fn last_line(&self) -> usize {
        self.lines.line(self.config.text.len())
    }

    /// The line of a filter.
    pub(super) fn filter(&self, filter: usize) -> usize {
        self.lines.line(self.config.filters[filter].span.start)
    }

    /// The line of an item of a filter.
    pub(super) fn item(&self, filter: usize, item: usize) -> usize {
        match &self.config.filters[filter].items[item] {
            Item::Condition(condition) => self.condition(condition),
            Item::Rule(rule) => self.rule(rule),
        }
    }

    /// The line of a Rule.
    pub(super) fn rule(&self, rule: &Rule) -> usize {
        self.lines.line(rule.span.start)
    }

    /// The line of a condition.
    pub(super) fn condition(&self, condition: &Condition) -> usize {
        self.lines.line(condition.span.start)
    }

    /// The line of the condition that left a name.
    pub(super) fn source(&self, source: &NameSource<'_>) -> usize {
        let filter = &self.config.filters[source.filter];
        self.condition(&filter.items[source.item].conditions()[source.condition])
    }

    pub(super) fn is_exclude(&self, filter: usize) -> bool {
        let on_match = self.config.filters[filter].on_match.as_ref();
        on_match.is_some_and(|on_match| on_match.value == OnMatch::Exclude)
    }

    /// The line that decided, where one did: of the item that was enough, or of the filter.
    pub(super) fn decided_by(&self, decision: Decision) -> Option<usize> {
        match decision {
            Decision::Filter { filter, item: Some(item) } => Some(self.item(filter, item)),
            Decision::Filter { filter, item: None } | Decision::Unmatched(filter) => {
                Some(self.filter(filter))
            }
            Decision::Unfiltered | Decision::NoFilter | Decision::NoneOfSeveral => None,
        }
    }

    /// Why, in a clause: `line 12 excludes it`.
    pub(super) fn reason(&self, id: u16, explanation: &Explanation<'_>) -> String {
        let verdict = &explanation.verdict;
        let acts = |filter| if self.is_exclude(filter) { "excludes" } else { "includes" };
        match verdict.decision {
            Decision::Filter { filter, item: Some(item) } => {
                format!("line {} {} it", self.item(filter, item), acts(filter)) + &self.leak(explanation)
            }
            Decision::Filter { filter, item: None } => {
                format!("the filter of line {} {} it", self.filter(filter), acts(filter))
                    + &self.leak(explanation)
            }
            Decision::Unmatched(filter) => {
                let line = self.filter(filter);
                match explanation.filters.first().map(|steps| steps.outcome) {
                    Some(FilterOutcome::GivenUp(field)) => {
                        let name = field.name();
                        format!(
                            "it has no {name}, for want of which Sysmon gives up the filter of line {line}"
                        )
                    }
                    _ => {
                        let near = self.near_miss(explanation);
                        format!("nothing in the filter of line {line} {} it{near}", acts(filter))
                    }
                }
            }
            Decision::NoneOfSeveral => {
                let filters = explanation.filters.iter();
                let mut lines: Vec<usize> = filters.map(|steps| self.filter(steps.index)).collect();
                lines.sort_unstable();
                let near = match explanation.filters.iter().all(|steps| self.is_exclude(steps.index)) {
                    true => ", and of several Sysmon logs only what one includes".to_owned(),
                    false => self.near_miss(explanation),
                };
                let clause =
                    format!("none of its {} filters matches ({})", lines.len(), list_of_lines(&lines));
                clause + &near + &self.given_up(explanation)
            }
            Decision::NoFilter if verdict.logged => {
                format!("no filter is for event {id}, which is on by default")
            }
            Decision::NoFilter => format!("no filter is for event {id}, which is off by default"),
            Decision::Unfiltered if verdict.logged => format!("no filter reaches event {id}"),
            Decision::Unfiltered => {
                format!("the Sysmon of schema {} has no event {id}", self.config.imitated)
            }
        }
    }

    /// What else is to be said of a condition that was looked at.
    pub(super) fn remarks(
        &self,
        explanation: &Explanation<'_>,
        outcome: Outcome,
        condition: &'c Condition,
    ) -> Remarks<'c> {
        let text = explanation.compared(condition.field.value).unwrap_or_default();
        match outcome {
            Outcome::Held => Remarks { item: condition.deciding_item(text), near: None },
            Outcome::Failed => Remarks { item: condition.deciding_item(text), near: condition.near(text) },
            _ => Remarks { item: None, near: None },
        }
    }

    /// The first condition that would have been enough and all but holds.
    fn near_miss(&self, explanation: &Explanation<'_>) -> String {
        let alternatives = |steps: &&FilterSteps<'_>| {
            self.config.relation(&self.config.filters[steps.index]) == Relation::Or
        };
        let filters = explanation.filters.iter().filter(alternatives);
        let items = filters.flat_map(|steps| steps.items.iter().map(|item| (steps.index, item)));
        let near = items.filter(|(_, item)| item.outcome == Outcome::Failed).find_map(|(filter, item)| {
            let Item::Condition(condition) = &self.config.filters[filter].items[item.index] else {
                return None;
            };
            let near = condition.near(explanation.compared(condition.field.value)?)?;
            // Many programs share a file name.
            (near != Near::FileName).then(|| (self.condition(condition), near.words()))
        });
        near.map_or_else(String::new, |(line, words)| format!("; line {line} {words}"))
    }

    /// Which of several filters was given up.
    fn given_up(&self, explanation: &Explanation<'_>) -> String {
        let given_up = explanation.filters.iter().find_map(|steps| match steps.outcome {
            FilterOutcome::GivenUp(field) => Some((self.filter(steps.index), field.name())),
            _ => None,
        });
        given_up.map_or_else(String::new, |(line, field)| {
            format!("; Sysmon gives up the filter of line {line} for want of {field}")
        })
    }

    /// Whose the name is, where it is not of what decided.
    fn leak(&self, explanation: &Explanation<'_>) -> String {
        match explanation.name_source().filter(|_| explanation.has_leaked_name()) {
            Some(source) => format!("; the name is left over from line {}", self.source(&source)),
            None => String::new(),
        }
    }
}

/// Lines that are shown of many.
const MAX_LINES: usize = 5;

/// `line 4`, `lines 4 and 9`, `lines 4, 9, 12, 17, 20 and 30 more`.
fn list_of_lines(lines: &[usize]) -> String {
    let shown: Vec<String> = lines.iter().take(MAX_LINES).map(usize::to_string).collect();
    match (&shown[..], lines.len() - shown.len()) {
        ([only], 0) => format!("line {only}"),
        ([rest @ .., last], 0) => format!("lines {} and {last}", rest.join(", ")),
        (_, more) => format!("lines {} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_lines_end() {
        assert_eq!(list_of_lines(&[4]), "line 4");
        assert_eq!(list_of_lines(&[4, 9]), "lines 4 and 9");
        assert_eq!(list_of_lines(&[4, 9, 12]), "lines 4, 9 and 12");
        assert_eq!(list_of_lines(&[1; 7]), "lines 1, 1, 1, 1, 1 and 2 more");
    }

    #[test]
    fn long_and_hostile_names_are_safe() {
        assert_eq!(shortened("a\u{1b}bc", 3), "a\\u{1b}b…");
        assert_eq!(fate(true, "x"), "logged as `x`");
        assert_eq!(fate(false, "x"), "dropped");
    }
}
