//! Attributes that take one of a few values.

use super::{OnMatch, Relation};

/// Values of `onmatch`.
pub(super) const ON_MATCH: &[(&str, OnMatch)] =
    &[("include", OnMatch::Include), ("exclude", OnMatch::Exclude)];

/// Values of `default`, the older attribute: what happens to events that do not match.
pub(super) const DEFAULT: &[(&str, OnMatch)] =
    &[("include", OnMatch::Exclude), ("exclude", OnMatch::Include)];

/// Values of `groupRelation` on a `RuleGroup`.
pub(super) const RELATION: &[(&str, Relation)] = &[("or", Relation::Or), ("and", Relation::And)];

/// Reads a value that the grammar lists. Blanks around it do not count, since XML takes them off
/// where the declaration is known.
pub(super) fn choose<T: Copy>(table: &[(&'static str, T)], text: &str) -> Option<T> {
    let text = text.trim_matches(' ');
    table.iter().find(|(name, _)| *name == text).map(|(_, value)| *value)
}

/// The values in words, `include` or `exclude`.
pub(super) fn words<T>(table: &[(&'static str, T)]) -> String {
    let names: Vec<String> = table.iter().map(|(name, _)| format!("`{name}`")).collect();
    names.join(" or ")
}
