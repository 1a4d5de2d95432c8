//! Checks of single filters: what stands twice, what makes the rest superfluous.

use std::collections::HashSet;

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
    match config.relation(filter) {
        Relation::Or => unreachable(&filter.items, complaints),
        Relation::And => negative_alternatives(loose(), complaints),
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
        let key =
            (condition.field.value, condition.operator.value, condition.value.value.to_ascii_lowercase());
        if !seen.insert(key) {
            let message =
                format!("the same condition on {} stands here before", condition.field.value.name());
            complaints.push(Diagnostic::new(Code::Duplicate, condition.value.span.clone(), message));
        }
    }
}

/// What stands behind a condition that always holds.
fn unreachable(items: &[Item], complaints: &mut Complaints) {
    use Operator as O;
    let always = |condition: &Condition| {
        let operator = condition.operator.value;
        condition.value.value.is_empty()
            && matches!(operator, O::Contains | O::BeginWith | O::EndWith | O::IsNot)
            || operator == O::ContainsAny && condition.value.value.ends_with(';')
    };
    let Some(at) = items.iter().position(|item| loose(item).is_some_and(always)) else { return };
    if let Some(behind) = items.get(at + 1).and_then(|item| item.conditions().first()) {
        let message = "nothing from here on is tried, since a condition before it always holds";
        complaints.push(Diagnostic::new(Code::Unreachable, behind.field.span.clone(), message));
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
