//! Documents that hold a list of records: answers of an index or of a web interface.
//!
//! Small ones are parsed as a whole and looked into. One that is larger than any record is opened by the
//! splitter, and one that is broken or cut off by the decoder: both need to know where its list begins.

use super::parse::{self, Json, Kind, Member};
use super::shape;

/// Keys under which lists of records stand, and the objects around them.
const KEYS: &[&str] = &[
    // Elasticsearch and OpenSearch: `hits.hits[]`, several answers in `responses[]`.
    "hits",
    "responses",
    // OData: Azure, Microsoft Graph.
    "value",
    // Azure Monitor's diagnostic settings.
    "records",
    "Records",
    // The OpenTelemetry Collector's file exporter.
    "resourceLogs",
    "scopeLogs",
    "logRecords",
    // `wevtutil` or PowerShell by way of a converter, and interfaces of many products.
    "Events",
    "events",
    "items",
    // What is pushed to Loki: lists of a time and a line each.
    "streams",
    // Kusto: tables of columns and rows.
    "tables",
    "Tables",
    "logs",
    "results",
    "rows",
];

/// Keys of lists that are often something else: these count where a record of a known shape is among them.
const OTHER_KEYS: &[&str] = &["alerts", "data", "docs"];

/// The lists of records in a document that is no record itself.
pub(super) fn lists<'j, 'l>(members: &'j [Member<'l>]) -> impl Iterator<Item = &'j Json<'l>> {
    members.iter().filter(|member| is_list_of_records(member)).map(|(_, value)| value)
}

/// Whether a member is such a list, or an object that may hold one.
pub(super) fn is_list_of_records((key, value): &Member<'_>) -> bool {
    may_be_list(key, value) && is_list(value)
}

/// Whether a key is one under which lists stand, or this value is one by what is in it.
fn may_be_list(key: &str, value: &Json<'_>) -> bool {
    // By their keys alone, since a record may have such lists itself, at any depth.
    let is_record = |value: &Json<'_>| value.members().is_some_and(|record| shape::by_keys(record).is_some());
    let has_records = || value.values().is_some_and(|values| values.iter().any(is_record));
    KEYS.contains(&key) || OTHER_KEYS.contains(&key) && has_records()
}

/// What a line of a bulk request may do with the document on the next line (Elasticsearch and OpenSearch, `_bulk`).
const ACTIONS: [&str; 4] = ["index", "create", "update", "delete"];

/// What such a line may say of where to and how.
const ACTION_KEYS: &[&str] = &[
    "_id",
    "_index",
    "_routing",
    "_type",
    "_version",
    "dynamic_templates",
    "if_primary_term",
    "if_seq_no",
    "list_executed_pipelines",
    "pipeline",
    "require_alias",
    "require_data_stream",
    "retry_on_conflict",
    "routing",
    "version",
    "version_type",
];

/// Whether an object is the action before a document of a bulk request: it holds nothing of an event.
pub(super) fn is_bulk_action(members: &[Member<'_>]) -> bool {
    let [(action, Json { kind: Kind::Object(about), .. })] = members else { return false };
    ACTIONS.contains(&&**action) && about.iter().all(|(key, _)| ACTION_KEYS.contains(&&**key))
}

/// Whether a document is an answer without records: it has a list for them, and all such lists are empty.
pub(super) fn is_empty(members: &[Member<'_>]) -> bool {
    fn is_empty_list(value: &Json<'_>) -> Option<bool> {
        match &value.kind {
            Kind::Object(members) => Some(is_empty(members)),
            Kind::Array(values) => Some(values.iter().all(|value| is_empty_list(value) == Some(true))),
            _ => None,
        }
    }
    let named = members.iter().filter(|(key, _)| KEYS.contains(&&**key));
    let lists: Vec<bool> = named.filter_map(|(_, value)| is_empty_list(value)).collect();
    !lists.is_empty() && lists.iter().all(|is_empty| *is_empty)
}

/// Whether a value is a list of objects, or an object that may hold one.
fn is_list(value: &Json<'_>) -> bool {
    match &value.kind {
        Kind::Object(members) => lists(members).next().is_some(),
        Kind::Array(values) => values.first().is_some_and(|first| matches!(first.kind, Kind::Object(_))),
        _ => false,
    }
}

/// Where the list of records in a document begins, and the brackets open there.
///
/// The document may go on behind this text, or be broken: the list is the one that breaks off, or the first.
pub(super) fn open(begun: &[u8]) -> Option<(usize, usize)> {
    open_text(text_of(begun)?)
}

/// The same, where the beginning of the document is text.
pub(super) fn open_text(text: &str) -> Option<(usize, usize)> {
    let start = text.find('{')?;
    let (json, ..) = parse::parse_begun(&text[start..])?;
    let (raw, level) = last_list(&json, 0).or_else(|| first_list(&json, 0))?;
    // A record of a known shape may have lists of such names, and they are its own.
    shape::find(json.members()?).is_none_or(shape::is_fallback).then_some(())?;
    Some((raw.as_ptr() as usize - text.as_ptr() as usize + 1, level))
}

/// The text at the beginning; all that is asked for is there, and what cannot be text is no wrapper.
pub(super) fn text_of(begun: &[u8]) -> Option<&str> {
    match std::str::from_utf8(begun) {
        Ok(text) => Some(text),
        Err(error) => std::str::from_utf8(&begun[..error.valid_up_to()]).ok(),
    }
}

/// The list that breaks off at the end, and its depth.
fn last_list<'l>(json: &Json<'l>, depth: usize) -> Option<(&'l str, usize)> {
    match &json.kind {
        Kind::Array(values) if values.is_empty() || is_list(json) => Some((json.raw, depth + 1)),
        Kind::Object(members) => {
            let (_, last) = members.last().filter(|(key, value)| may_be_list(key, value))?;
            last_list(last, depth + 1)
        }
        _ => None,
    }
}

/// The first list of objects, and its depth.
fn first_list<'l>(json: &Json<'l>, depth: usize) -> Option<(&'l str, usize)> {
    match &json.kind {
        Kind::Array(_) if is_list(json) => Some((json.raw, depth + 1)),
        Kind::Object(members) => {
            let mut named = members.iter().filter(|(key, value)| may_be_list(key, value));
            named.find_map(|(_, value)| first_list(value, depth + 1))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_opened_at_its_list() {
        let text = r#"{"took":5,"hits":{"total":2,"hits":[{"a":[1]},{"b":"#;
        assert_eq!(open(text.as_bytes()), Some((text.find("{\"a\"").expect("a record"), 3)));
        let text = r#" {"value": [ {"a":1"#;
        assert_eq!(open(text.as_bytes()), Some((text.find(" {\"a\"").expect("a record"), 2)));
        let text = "{\n \"value\" : [\n";
        assert_eq!(open(text.as_bytes()), Some((text.len() - 1, 2)));
        let text = r#"{"hits":{"total":1,"hits":[{"a":1}]},"aggregations":{"x":tru"#;
        assert_eq!(open(text.as_bytes()), Some((text.find("{\"a\"").expect("a record"), 3)));
        for other in [r#"{"fields":{"a":"x"#, r#"{"value":[1,2"#, r#"{"a":1}"#, r#"{"a":["#, "x"] {
            assert_eq!(open(other.as_bytes()), None, "{other}");
        }
    }
}
