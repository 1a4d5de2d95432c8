//! Checks of single filters: what stands twice, and alternatives that leave nothing out.

use std::collections::HashSet;

use super::cover;
use crate::config::parse::Complaints;
use crate::config::{Condition, Config, Filter, Item, Operator, Relation};
use crate::report::{Diagnostic, DiagnosticCode as Code};
use crate::schema::FieldId;

/// Looks at one filter.
pub(super) fn check(config: &Config, filter: &Filter, complaints: &mut Complaints) {
    let loose = || filter.items.iter().filter_map(loose);
    duplicates(loose(), complaints);
    for item in &filter.items {
        if let Item::Rule(rule) = item {
            duplicates(rule.conditions.iter(), complaints);
        }
    }
    if config.relation(filter) == Relation::And {
        negative_alternatives(loose(), complaints);
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
