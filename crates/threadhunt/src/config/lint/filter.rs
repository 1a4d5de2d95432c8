//! Checks of single filters: what stands twice, and alternatives that leave nothing out.

use std::collections::HashSet;

use super::cover;
use crate::config::parse::Complaints;
use crate::config::{Condition, Config, Filter, Item, Operator, Relation, Rule, Spanned};
use crate::report::{Diagnostic, DiagnosticCode as Code};
use crate::schema::FieldId;

/// Looks at one filter.
pub(super) fn check(config: &Config, filter: &Filter, complaints: &mut Complaints) {
    let loose = || filter.items.iter().filter_map(loose);
    duplicates(loose(), complaints);
    for item in &filter.items {
        if let Item::Rule(rule) = item {
            duplicates(rule.conditions.iter(), complaints);
            unstated_relation(rule, complaints);
        }
        empty_names(config, filter, item, complaints);
    }
    if config.relation(filter) == Relation::And {
        negative_alternatives(loose(), complaints);
        if filter.group.is_none() && filter.bound.is_some() {
            unstated_need(filter, complaints);
        }
    }
}

fn loose(item: &Item) -> Option<&Condition> {
    match item {
        Item::Condition(condition) => Some(condition),
        Item::Rule(_) => None,
    }
}

fn duplicates<'c>(conditions: impl Iterator<Item = &'c Condition>, complaints: &mut Complaints) {
    let mut seen = HashSet::new();
    for condition in conditions {
        if !seen.insert(cover::key(condition)) {
            let message =
                format!("the same condition on {} stands here before", condition.field.value.name());
            complaints.push(Diagnostic::new(Code::Duplicate, condition.value.span.clone(), message));
        }
    }
}

/// Conditions on several fields without a word on how they stand together: one of them is enough.
fn unstated_relation(rule: &Rule, complaints: &mut Complaints) {
    let first = rule.conditions.first().map(|condition| condition.field.value);
    let other = rule.conditions.iter().find(|condition| Some(condition.field.value) != first);
    if let (None, Some(other)) = (&rule.relation, other) {
        let message = "this Rule says not how its conditions stand together, so one of them is enough";
        let complaint = Diagnostic::new(Code::RuleRelation, other.field.span.clone(), message);
        complaints.push(complaint.help("write groupRelation=\"and\" or groupRelation=\"or\""));
    }
}

/// Several things that are needed, in a filter that stands in no group which says so.
fn unstated_need(filter: &Filter, complaints: &mut Complaints) {
    let mut items = filter.items.iter().filter(|item| !item.conditions().is_empty());
    let first = items.next().and_then(loose).map(|condition| condition.field.value);
    let is_alternative =
        |item: &&Item| first.is_some() && loose(item).map(|condition| condition.field.value) == first;
    let Some(other) = items.find(|item| !is_alternative(item)) else { return };
    let message =
        "without a RuleGroup this filter needs all of its rules: above schema 4.10 that is the default";
    let complaint = Diagnostic::new(Code::FilterRelation, filter.tag.span.clone(), message);
    complaints.push(
        complaint
            .related(other.conditions()[0].field.span.clone(), "this is needed beside what stands before it")
            .help(
                "put the filter into a `<RuleGroup groupRelation=\"or\">` if one is enough, or \"and\" to say that all are needed",
            ),
    );
}

/// Names that are present and empty, and hide those of the Rule or the group.
fn empty_names(config: &Config, filter: &Filter, item: &Item, complaints: &mut Complaints) {
    let group = filter.group.and_then(|index| config.groups.get(index)).and_then(|group| group.name.as_ref());
    let rule = match item {
        Item::Condition(_) => None,
        Item::Rule(rule) => rule.name.as_ref(),
    };
    let mut check = |own: Option<&Spanned<String>>, around: Option<&Spanned<String>>| {
        if let (Some(own), Some(around)) = (own, around)
            && own.value.is_empty()
            && !around.value.is_empty()
        {
            let message = format!("the empty name hides `{}`", around.value);
            let complaint = Diagnostic::new(Code::EmptyName, own.span.clone(), message);
            complaints.push(complaint.related(around.span.clone(), "the name that is hidden"));
        }
    };
    check(rule, group);
    for condition in item.conditions() {
        check(condition.name.as_ref(), rule.or(group));
    }
}

/// Conditions such as `is not a` and `is not b` on one field: as alternatives, one always holds.
fn negative_alternatives<'c>(conditions: impl Iterator<Item = &'c Condition>, complaints: &mut Complaints) {
    let mut seen: HashSet<(FieldId, Operator)> = HashSet::new();
    let negative = [Operator::IsNot, Operator::NotBeginWith, Operator::NotEndWith];
    for condition in conditions.filter(|condition| negative.contains(&condition.operator.value)) {
        if !seen.insert((condition.field.value, condition.operator.value)) {
            let field = condition.field.value.name();
            let message = format!(
                "conditions on {field} that stand loose are alternatives, and one of these nearly always holds"
            );
            let complaint = Diagnostic::new(Code::AlwaysMatches, condition.operator.span.clone(), message);
            complaints.push(complaint.help("put them in a Rule with groupRelation=\"and\""));
        }
    }
}
