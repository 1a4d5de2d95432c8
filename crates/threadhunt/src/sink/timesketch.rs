//! Timesketch: JSON lines that it imports as they are.
//!
//! It asks for `message`, `datetime` and `timestamp_desc`, takes every other key as a column, and wants the file
//! to be called `….jsonl` (its documentation, "Import timelines: JSONL"). `data_type` and the names of the
//! record's own values are those of plaso's `windows:evtx:record`, so that analysers for event logs see them; the
//! event's fields keep Sysmon's names. A record without a time has plaso's words for that, "Not a time", at 1970.

use std::collections::HashSet;

use super::Format;
use super::escape::push_value;
use super::forest::Forest;
use super::jsonl::{
    JsonText, close, push_content, push_key, push_list, push_notes, push_odd, push_scalar, push_string,
};
use super::lone::Replaced;
use crate::event::{Event, FieldName, FileTime, Record, SystemField, Value, technique};
use crate::schema::{FieldId, FieldType, fields};

/// Appends a record as a line of JSON.
#[derive(Clone, Debug, Default)]
pub struct Timesketch {
    replaced: Replaced,
}

/// The record's own values under plaso's names (`parsers/winevtx.py`), texts first.
const SYSTEM: &[(&str, SystemField)] = &[
    ("source_name", SystemField::ProviderName),
    ("provider_identifier", SystemField::ProviderGuid),
    ("channel", SystemField::Channel),
    ("hostname", SystemField::Computer),
    ("computer_name", SystemField::Computer),
    ("user_sid", SystemField::UserId),
    ("event_identifier", SystemField::EventId),
    ("event_version", SystemField::Version),
    ("event_level", SystemField::Level),
    ("record_number", SystemField::EventRecordId),
];

impl Format for Timesketch {
    fn record(&self, record: Record<'_>, out: &mut Vec<u8>) {
        let event = record.view();
        let start = out.len();
        out.extend_from_slice(b"{\"message\":\"");
        push_message(&event, out);
        out.extend_from_slice(b"\",");
        push_time(&event, out);
        push_key("data_type", out);
        push_string("windows:evtx:record", out);
        out.push(b',');
        for (key, field) in SYSTEM {
            if let Some(value) = event.system(*field) {
                push_key(key, out);
                push_scalar(value, out);
                out.push(b',');
            }
        }
        push_data(&event, out);
        if let Some(forest) = Forest::of(&event) {
            push_key("user_data", out);
            push_content(&forest, forest.top(), out);
            out.push(b',');
        }
        push_tag(&event, out);
        push_notes(&event, out);
        if event.place().recovered {
            out.extend_from_slice(b"\"recovered\":true,");
        }
        close(b'}', out);
        self.replaced.replace(start, out);
        out.push(b'\n');
    }

    fn replaced(&self) -> u64 {
        self.replaced.count()
    }
}

/// What stands for the meaning of a time that is none.
pub(super) const NO_TIME: &str = "Not a time";

/// `datetime` and `timestamp` of a time, or of 1970 where there is none.
pub(super) fn spelled(time: Option<FileTime>) -> (String, i64) {
    let time = time.filter(|time| time.timestamp().is_some());
    let micros = time.and_then(FileTime::timestamp).map_or(0, jiff::Timestamp::as_microsecond);
    let text = time.map_or_else(|| "1970-01-01T00:00:00.000000".to_owned(), |time| time.to_string());
    // Seven digits are one more than Python reads.
    (format!("{}+00:00", text.get(..26).unwrap_or(&text)), micros)
}

fn push_time(event: &Event<'_>, out: &mut Vec<u8>) {
    let time = event.time().filter(|time| time.timestamp().is_some());
    let (text, micros) = spelled(time);
    push_key("datetime", out);
    push_string(&text, out);
    out.extend_from_slice(format!(",\"timestamp\":{micros},").as_bytes());
    push_key("timestamp_desc", out);
    match (time, event.schema()) {
        (None, _) => push_string(NO_TIME, out),
        (Some(_), Some(schema)) => push_string(&format!("Sysmon {}", schema.tag), out),
        (Some(_), None) => push_string("Content Modification Time", out),
    }
    out.push(b',');
}

/// Parts of the message of a remote thread: the word before a value, the value, the word behind it.
const THREAD: &[(&str, FieldId, &str)] = &[
    (" ", fields::SOURCE_IMAGE, ""),
    (" (", fields::SOURCE_PROCESS_ID, ")"),
    (" -> ", fields::TARGET_IMAGE, ""),
    (" (", fields::TARGET_PROCESS_ID, ")"),
    (" thread ", fields::NEW_THREAD_ID, ""),
    (" start ", fields::START_ADDRESS, ""),
    (" in ", fields::START_MODULE, ""),
    ("!", fields::START_FUNCTION, ""),
];

/// A line to read: who did what to whom, within a JSON string.
fn push_message(event: &Event<'_>, out: &mut Vec<u8>) {
    match event.schema() {
        Some(schema) => out.extend_from_slice(schema.tag.as_bytes()),
        None => {
            for field in [SystemField::ProviderName, SystemField::EventId] {
                push_value(event.system(field).unwrap_or(Value::Utf8("?")), &mut JsonText, out);
                out.push(b' ');
            }
            out.pop();
        }
    }
    if event.id() == 8 && event.schema().is_some() {
        for (before, field, behind) in THREAD {
            if let Some(value) = event.get(*field).filter(|value| !value.is_none()) {
                out.extend_from_slice(before.as_bytes());
                push_value(value, &mut JsonText, out);
                out.extend_from_slice(behind.as_bytes());
            }
        }
        return;
    }
    for (name, value) in event.data().filter(|(name, value)| is_telling(name) && !value.is_none()) {
        out.push(b' ');
        if !name.as_str().is_empty() {
            push_value(Value::Utf8(name.as_str()), &mut JsonText, out);
            out.push(b'=');
        }
        push_value(value, &mut JsonText, out);
    }
}

/// Whether a datum belongs into a line that people read: GUIDs do not, nor what has a column anyway.
fn is_telling(name: &FieldName) -> bool {
    let FieldName::Known(field) = name else { return true };
    field.field_type() != FieldType::Guid && ![fields::UTC_TIME, fields::RULE_NAME].contains(field)
}

/// Keys of ours that a log might use as a name.
fn is_ours(name: &str) -> bool {
    const KEYS: &[&str] = &[
        "message",
        "datetime",
        "timestamp",
        "timestamp_desc",
        "data_type",
        "data",
        "user_data",
        "tag",
        "notes",
        "recovered",
    ];
    KEYS.contains(&name) || SYSTEM.iter().any(|(key, _)| *key == name) || name.starts_with('_')
}

/// The data under their own names; those whose name is no name, or taken, in a list.
fn push_data(event: &Event<'_>, out: &mut Vec<u8>) {
    let mut seen = HashSet::new();
    let mut odd = Vec::new();
    for (name, value) in event.data() {
        let is_odd = match name {
            FieldName::Known(_) => false,
            FieldName::Other(name) => name.is_empty() || is_ours(name),
        };
        if is_odd || !event.has_plain_data() && !seen.insert(name) {
            odd.push((name, value));
            continue;
        }
        push_key(name.as_str(), out);
        push_scalar(value, out);
        out.push(b',');
    }
    push_list(b"\"data\":[", out, |out| {
        for (name, value) in odd {
            push_odd(None, name, value, out);
            out.push(b',');
        }
    });
}

/// The technique that the rule's name claims, as the tag that Timesketch shows.
fn push_tag(event: &Event<'_>, out: &mut Vec<u8>) {
    let Some(rule) = event.known(fields::RULE_NAME) else { return };
    let Some(found) = technique(&rule) else { return };
    push_list(b"\"tag\":[", out, |out| {
        push_string(found.id, out);
        out.push(b',');
    });
}
