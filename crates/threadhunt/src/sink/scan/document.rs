//! What documents for other programs are made of: objects without empty members, and parts of values.
//!
//! A member that says nothing is left out, since the programs that take such documents read an
//! empty text or list as a value.

use serde_json::{Map, Value, json};

use crate::event::FileTime;
use crate::report::{Finding, Moment, Start};

/// The name and version under which documents say who made them.
pub(super) const PRODUCT: &str = "Threadhunt";
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// An object of members in this order, without those that are null or an empty text, list or object.
pub(super) fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let members = members.into_iter().filter(|(_, value)| !is_nothing(value));
    Value::Object(members.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Milliseconds since 1970; `None` for times that no clock shows.
pub(super) fn millis(time: FileTime) -> Option<i64> {
    time.timestamp().map(jiff::Timestamp::as_millisecond)
}

/// The time of a moment, where it has one.
pub(super) fn time_of(moment: Option<Moment>) -> Option<FileTime> {
    moment.map(|moment| moment.time)
}

/// Domain and name of an account.
pub(super) fn account(user: &str) -> (Option<&str>, &str) {
    user.split_once('\\').map_or((None, user), |(domain, name)| (Some(domain), name))
}

/// A start in our own words.
pub(super) fn start(start: &Start) -> Value {
    object([
        ("class", json!(&*start.class)),
        ("kind", json!(start.kind.name())),
        ("module", json!(start.module.as_deref())),
        ("function", json!(start.function.as_deref())),
        ("addresses", start.addresses.iter().map(|address| json!(&**address)).collect()),
        ("count", json!(start.count)),
    ])
}

/// The ledger in our own words: its sum, and each entry that adds something.
pub(super) fn ledger(finding: &Finding) -> Value {
    let ledger = &finding.judgement.ledger;
    let entries = ledger.entries.iter().filter(|entry| entry.adds.value() != 0.0);
    let entry = |entry: &crate::report::Entry| json!({"rule": &*entry.rule, "adds": entry.adds.value()});
    json!({"prior": ledger.prior.value(), "entries": entries.map(entry).collect::<Vec<_>>(), "sum": ledger.sum.value()})
}

/// The steps of the chain in words.
pub(super) fn chain(finding: &Finding) -> Value {
    let steps = finding.judgement.chain.iter();
    steps.map(|step| json!(format!("{} ({}): {}", step.kind.name(), step.state.name(), step.text))).collect()
}

/// Where the records of the threads lie.
pub(super) fn records(finding: &Finding) -> Value {
    let record = |evidence: &crate::report::Evidence| {
        object([
            ("file", json!(evidence.origin.file)),
            ("member", json!(evidence.origin.member)),
            ("record_id", json!(evidence.record_id)),
            ("offset", json!(evidence.offset)),
        ])
    };
    finding.thread_records().into_iter().map(record).collect()
}

/// What would make it harmless, and what is odd about it.
pub(super) fn remarks(finding: &Finding) -> [(&'static str, Value); 2] {
    let judgement = &finding.judgement;
    [
        ("benign_if", judgement.benign_if.iter().map(|text| json!(&**text)).collect()),
        ("notes", judgement.notes.iter().map(|text| json!(text)).collect()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_nothing_is_left_out() {
        let made = object([
            ("a", json!("")),
            ("b", json!([])),
            ("c", json!({})),
            ("d", json!(null)),
            ("e", json!(0)),
            ("f", json!(false)),
        ]);
        assert_eq!(made.to_string(), r#"{"e":0,"f":false}"#);
        assert_eq!((account(r"CORP\anna"), account("anna")), ((Some("CORP"), "anna"), (None, "anna")));
    }
}
