//! Names that leak: what conditions leave in the one slot though what they stand in does not match.
//!
//! A name leaks where something can fail after one of its conditions held, and something tried later
//! can include the event without a name of its own, in the same filter or in another one. Which
//! events there are is not asked, so a warning says what can happen, and none that it cannot.

use std::collections::HashMap;

use super::is_include;
use crate::config::parse::Complaints;
use crate::config::{Condition, Config, Filter, Item, Relation, Rule, Spanned};
use crate::report::{Diagnostic, DiagnosticCode as Code};
use crate::schema::FieldId;

/// Looks at the filters of one tag, in the order in which they are tried.
pub(super) fn check(config: &Config, filters: &[&Filter], complaints: &mut Complaints) {
    // Backwards: what is tried later and can show a name.
    let mut later: Option<Shows<'_>> = None;
    for filter in filters.iter().rev() {
        let found = match config.relation(filter) {
            Relation::Or => alternatives(config, filter, &mut later),
            Relation::And => together(config, filter, &mut later),
        };
        if let Some((name, shows)) = found {
            complaints.push(complaint(filter, name, &shows));
        }
    }
}

/// Something that includes events without a name.
#[derive(Clone, Copy)]
struct Shows<'c> {
    filter: &'c Filter,
    /// The item that suffices, or the first of several that are needed.
    item: &'c Item,
}

fn complaint(filter: &Filter, name: &Spanned<String>, shows: &Shows<'_>) -> Diagnostic {
    let here = std::ptr::eq(filter, shows.filter);
    let by = if here { "another rule of the filter" } else { "another filter" };
    let message = format!("the name `{}` can appear on events that {by} includes", name.value);
    Diagnostic::new(Code::LeakingName, name.span.clone(), message)
        .help("Sysmon keeps the name of a condition that matched when the rest did not; name what is tried later")
        .related(shows.item.conditions()[0].field.span.clone(), "this has no name, and shows what is left")
}

/// The first name that a filter whose items are alternatives leaves to something that shows it.
fn alternatives<'c>(
    config: &'c Config,
    filter: &'c Filter,
    later: &mut Option<Shows<'c>>,
) -> Option<(&'c Spanned<String>, Shows<'c>)> {
    let mut found = None;
    for item in filter.items.iter().rev() {
        found = (*later).and_then(|shows| Some((left_by(config, filter, item, false)?, shows))).or(found);
        if is_include(filter) && is_nameless(config, filter, item) {
            *later = Some(Shows { filter, item });
        }
    }
    found
}

/// The same of a filter that needs all of its items: its names are its own where it matches.
fn together<'c>(
    config: &'c Config,
    filter: &'c Filter,
    later: &mut Option<Shows<'c>>,
) -> Option<(&'c Spanned<String>, Shows<'c>)> {
    let found = (*later).and_then(|shows| Some((left_behind(config, filter)?, shows)));
    // Of the loose conditions on a field, one is enough.
    let mut fields = HashMap::new();
    let mut rules = true;
    for item in &filter.items {
        let nameless = is_nameless(config, filter, item);
        match item {
            Item::Condition(condition) => *fields.entry(condition.field.value).or_insert(false) |= nameless,
            Item::Rule(rule) => rules &= nameless || rule.conditions.is_empty(),
        }
    }
    let first = filter.items.iter().find(|item| is_nameless(config, filter, item));
    if is_include(filter) && rules && fields.into_values().all(|nameless| nameless) {
        *later = first.map(|item| Shows { filter, item }).or(*later);
    }
    found
}

/// Whether an item can hold without leaving a name.
fn is_nameless(config: &Config, filter: &Filter, item: &Item) -> bool {
    let is_open = |rule, condition| config.rule_name(filter, rule, condition).is_empty();
    match item {
        Item::Condition(condition) => is_open(None, condition),
        Item::Rule(rule) => {
            let mut conditions = rule.conditions.iter();
            match rule.relation() {
                Relation::Or => conditions.any(|condition| is_open(Some(rule), condition)),
                Relation::And => {
                    !rule.conditions.is_empty() && conditions.all(|condition| is_open(Some(rule), condition))
                }
            }
        }
    }
}

/// The first name that a filter leaves when it fails halfway: a condition with others to follow.
pub(in crate::config) fn left_behind<'c>(
    config: &'c Config,
    filter: &'c Filter,
) -> Option<&'c Spanned<String>> {
    let is_and = config.relation(filter) == Relation::And;
    let items: Vec<&Item> = filter.items.iter().filter(|item| !item.conditions().is_empty()).collect();
    // Loose conditions on one field at the end of the filter are alternatives: what follows the
    // one that holds is not asked.
    let at_end = items.last().and_then(|item| loose_field(item));
    let others = items.iter().rposition(|item| loose_field(item) != at_end).unwrap_or(0);
    items.iter().enumerate().find_map(|(at, item)| {
        let is_at_end = at_end.is_some() && loose_field(item) == at_end;
        let is_followed = is_and && if is_at_end { at < others } else { at + 1 < items.len() };
        left_by(config, filter, item, is_followed)
    })
}

fn loose_field(item: &Item) -> Option<FieldId> {
    match item {
        Item::Condition(condition) => Some(condition.field.value),
        Item::Rule(_) => None,
    }
}

/// The first name that an item leaves when it fails, or something that is needed with it.
fn left_by<'c>(
    config: &'c Config,
    filter: &'c Filter,
    item: &'c Item,
    is_followed: bool,
) -> Option<&'c Spanned<String>> {
    let named = |rule: Option<&'c Rule>, condition: &'c Condition| {
        config.naming(filter, rule, condition).filter(|name| !name.value.is_empty())
    };
    match item {
        Item::Condition(condition) => named(None, condition).filter(|_| is_followed),
        Item::Rule(rule) => {
            let open = match (is_followed, rule.relation()) {
                (true, _) => rule.conditions.len(),
                (false, Relation::And) => rule.conditions.len().saturating_sub(1),
                (false, Relation::Or) => 0,
            };
            rule.conditions[..open].iter().find_map(|condition| named(Some(rule), condition))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::lint::reach::tests::{configuration, each_event, read};
    use crate::report::DiagnosticCode as Code;
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;

    /// A configuration with more names: of Rules, of groups, or of both.
    fn named(filters: &str, kind: usize) -> String {
        let rules =
            if kind & 1 == 1 { filters.replace("<Rule ", "<Rule name=\"r\" ") } else { filters.to_owned() };
        if kind & 2 == 2 { rules.replacen("<RuleGroup ", "<RuleGroup name=\"g\" ", 1) } else { rules }
    }

    #[test]
    fn every_name_that_leaks_is_told_of() {
        let mut runner = TestRunner::deterministic();
        let (mut leaking, mut told) = (0, 0);
        for round in 0..1500 {
            let filters = named(&configuration().new_tree(&mut runner).unwrap().current(), round % 4);
            let parsed = read(&filters);
            let policy = parsed.policy().unwrap();
            let warned = parsed.diagnostics.iter().any(|complaint| complaint.code == Code::LeakingName);
            let mut leaks = false;
            each_event(|event| leaks = leaks || policy.explain(event).has_leaked_name());
            assert!(warned || !leaks, "{filters}");
            leaking += usize::from(leaks);
            told += usize::from(warned);
        }
        assert!(leaking > 50 && told < leaking * 4, "{leaking} leak, {told} are told of");
    }
}
