//! Checks of all filters of a tag together: silence, names that leak, events that share the tag.

use super::{is_include, running};
use crate::config::layouts::Tag;
use crate::config::parse::Complaints;
use crate::config::{Condition, Config, Filter, Item, Relation, Rule, Spanned};
use crate::report::{Diagnostic, DiagnosticCode as Code};

/// Looks at the filters of one tag.
pub(super) fn check(config: &Config, tag: &Tag, complaints: &mut Complaints) {
    let filters = running(config, tag.name);
    silent_event(tag, &filters, complaints);
    leaking_name(config, &filters, complaints);
    for filter in filters {
        shared_tag(tag, filter, complaints);
    }
}

/// Several filters, none of which includes anything: what matches none of several is dropped.
fn silent_event(tag: &Tag, filters: &[&Filter], complaints: &mut Complaints) {
    let includes = |filter: &&Filter| is_include(filter) && filter.conditions().next().is_some();
    if filters.len() < 2 || filters.iter().any(includes) {
        return;
    }
    // In the order of trial the last in the file is the first.
    let last = filters.iter().max_by_key(|filter| filter.span.start);
    let message = format!(
        "{} is never logged: with several filters, an event is logged only if one includes it",
        tag.name
    );
    let complaint = last.map(|filter| Diagnostic::new(Code::SilentEvent, filter.tag.span.clone(), message));
    complaint.into_iter().for_each(|c| complaints.push(c.help("merge the excluding filters into one")));
}

/// A name that conditions leave before their filter fails, and that a later match without one shows.
fn leaking_name(config: &Config, filters: &[&Filter], complaints: &mut Complaints) {
    // Only what is tried before the last filter that has a rule without a name can leak into one.
    let nameless = |filter: &&Filter| is_include(filter) && has_nameless(config, filter);
    let last = filters.iter().rposition(nameless).unwrap_or(0);
    for filter in &filters[..last] {
        if let Some(name) = left_behind(config, filter) {
            let message =
                format!("the name `{}` can appear on events that another filter includes", name.value);
            let complaint = Diagnostic::new(Code::LeakingName, name.span.clone(), message);
            complaints.push(complaint.help(
                "Sysmon keeps the name of a condition that matched when the rest did not; name the other filter's rules",
            ));
        }
    }
}

fn has_nameless(config: &Config, filter: &Filter) -> bool {
    let nameless =
        |rule: Option<&Rule>, condition: &Condition| config.rule_name(filter, rule, condition).is_empty();
    filter.items.iter().any(|item| match item {
        Item::Condition(condition) => nameless(None, condition),
        Item::Rule(rule) => rule.conditions.iter().any(|condition| nameless(Some(rule), condition)),
    })
}

/// The first name that a filter leaves when it fails halfway: a condition with others to follow.
pub(in crate::config) fn left_behind<'c>(
    config: &'c Config,
    filter: &'c Filter,
) -> Option<&'c Spanned<String>> {
    let group = || config.groups.get(filter.group?)?.name.as_ref();
    let named = |rule: Option<&'c Rule>, condition: &'c Condition| {
        let name = condition.name.as_ref().or(rule.and_then(|rule| rule.name.as_ref())).or_else(group);
        name.filter(|name| !name.value.is_empty())
    };
    let is_and = config.relation(filter) == Relation::And;
    let last = filter.items.len().saturating_sub(1);
    filter.items.iter().enumerate().find_map(|(at, item)| match item {
        Item::Condition(condition) => named(None, condition).filter(|_| is_and && at < last),
        Item::Rule(rule) => {
            let all = rule.relation.as_ref().is_some_and(|relation| relation.value == Relation::And);
            let open = if is_and && at < last {
                rule.conditions.len()
            } else {
                rule.conditions.len().saturating_sub(1)
            };
            let open = if all || is_and && at < last { open } else { 0 };
            rule.conditions[..open].iter().find_map(|condition| named(Some(rule), condition))
        }
    })
}

/// Fields that another event of the tag has too, but at another place, where Sysmon does not find them.
fn shared_tag(tag: &Tag, filter: &Filter, complaints: &mut Complaints) {
    let Some(bound) = tag.events.iter().find(|event| Some(event.id) == filter.bound) else { return };
    let mut told = Vec::new();
    for condition in filter.conditions() {
        let field = condition.field.value;
        let place = bound.fields.iter().position(|candidate| *candidate == field);
        let elsewhere =
            |fields: &[_]| fields.contains(&field) && place.and_then(|at| fields.get(at)) != Some(&field);
        let missed: Vec<String> =
            tag.events.iter().filter(|e| elsewhere(&e.fields)).map(|e| e.id.to_string()).collect();
        if missed.is_empty() || told.contains(&field) {
            continue;
        }
        told.push(field);
        let message = format!(
            "this filter is read after the layout of event {}, so {} does not work for event {}",
            bound.id,
            field.name(),
            missed.join(" and ")
        );
        complaints.push(Diagnostic::new(Code::SharedTag, condition.field.span.clone(), message));
    }
}
