//! JSON lines, version 1: one record a line, lossless. `docs/json-lines.md` is its description.
//!
//! Written by hand into the buffer, for speed: keys are made once, texts are escaped straight
//! out of UTF-16. Integers are JSON numbers, every other value is the exact text; what is not
//! known is left out. Beside what JSON demands, characters that drive a terminal or reorder
//! text are written as `\u` escapes. A lone surrogate becomes U+FFFD, and `surrogates` says which it
//! was ([`lone`]), so nothing is lost.
//!
//! The reader of this format is `source::json`; a test holds the two together.

use std::collections::HashSet;

use super::Format;
use super::escape::{Escape, control, equal, push_plain, push_utf8, push_value};
use super::forest::{Forest, Item};
use super::lone;
use crate::event::{Event, FieldName, Place, Record, SystemField, Value};
use crate::report::is_unsafe;
use crate::schema::FieldId;

/// Appends a record as a line of JSON.
#[derive(Clone, Debug)]
pub struct Jsonl {
    /// `"Name":` for each field of the schema.
    fields: Box<[Box<[u8]>]>,
    /// `"name":` for each system field.
    system: Box<[Box<[u8]>]>,
}

impl Default for Jsonl {
    fn default() -> Self {
        let key = |name: &str| {
            let mut out = Vec::new();
            push_key(name, &mut out);
            out.into_boxed_slice()
        };
        Self {
            fields: FieldId::all().map(|field| key(field.name())).collect(),
            system: SystemField::all().map(|field| key(field.name())).collect(),
        }
    }
}

/// System fields that stand at the top of an object, after `event_id` and `event`.
const TOP: &[SystemField] = &[
    SystemField::Version,
    SystemField::EventRecordId,
    SystemField::TimeCreated,
    SystemField::Computer,
    SystemField::Channel,
    SystemField::ProviderName,
];

/// System fields that stand in the object `system`.
const BELOW: &[SystemField] = &[
    SystemField::Level,
    SystemField::Task,
    SystemField::Opcode,
    SystemField::Keywords,
    SystemField::ProcessId,
    SystemField::ThreadId,
    SystemField::UserId,
    SystemField::ProviderGuid,
    SystemField::EventSourceName,
    SystemField::Qualifiers,
    SystemField::ActivityId,
    SystemField::RelatedActivityId,
    SystemField::ProcessorId,
    SystemField::SessionId,
    SystemField::KernelTime,
    SystemField::UserTime,
    SystemField::ProcessorTime,
];

impl Format for Jsonl {
    fn record(&self, record: Record<'_>, out: &mut Vec<u8>) {
        let event = record.view();
        let start = out.len();
        out.push(b'{');
        self.push_system(&event, &[SystemField::EventId], out);
        if let Some(schema) = event.schema() {
            push_key("event", out);
            push_string(schema.tag, out);
            out.push(b',');
        }
        self.push_system(&event, TOP, out);
        push_object(b"\"system\":{", out, |out| self.push_system(&event, BELOW, out));
        if event.has_plain_data() {
            push_object(b"\"fields\":{", out, |out| {
                event.data().for_each(|datum| self.push_datum(datum, out));
            });
        } else {
            self.push_odd_data(&event, out);
        }
        if let Some(forest) = Forest::of(&event) {
            push_key("user_data", out);
            push_content(&forest, forest.top(), out);
            out.push(b',');
        }
        push_notes(&event, out);
        push_place(&event.place(), out);
        push_units(&lone::replace(start, out), out);
        close(b'}', out);
        out.push(b'\n');
    }
}

impl Jsonl {
    fn push_system(&self, event: &Event<'_>, fields: &[SystemField], out: &mut Vec<u8>) {
        for field in fields {
            if let Some(value) = event.system(*field) {
                out.extend_from_slice(&self.system[field.index()]);
                push_typed(*field, value, out);
                out.push(b',');
            }
        }
    }

    fn push_datum(&self, (name, value): (&FieldName, Value<'_>), out: &mut Vec<u8>) {
        match name {
            FieldName::Known(field) => out.extend_from_slice(&self.fields[field.index()]),
            FieldName::Other(name) => push_key(name, out),
        }
        push_scalar(value, out);
        out.push(b',');
    }

    /// Data of which some have no name, or the same: those go to `data`, with their place where
    /// something of `fields` comes after them.
    fn push_odd_data(&self, event: &Event<'_>, out: &mut Vec<u8>) {
        let mut seen = HashSet::new();
        let mut odd = Vec::new();
        let mut last_field = 0;
        push_object(b"\"fields\":{", out, |out| {
            for (at, (name, value)) in event.data().enumerate() {
                if name.as_str().is_empty() || !seen.insert(name) {
                    odd.push((at, name, value));
                } else {
                    last_field = at;
                    self.push_datum((name, value), out);
                }
            }
        });
        push_list(b"\"data\":[", out, |out| {
            for (at, name, value) in odd {
                push_odd((at < last_field).then_some(at), name, value, out);
                out.push(b',');
            }
        });
    }
}

/// Appends the members of a bare event, `"id":8,"fields":{…}`, each value as the text it is compared as.
///
/// What reads bare events reads the same values, those of an event of any kind of log.
pub fn push_bare(event: &Event<'_>, out: &mut Vec<u8>) {
    push_key("id", out);
    Value::Unsigned(event.id().into()).push_to(out);
    out.push(b',');
    push_key("fields", out);
    out.push(b'{');
    for (name, value) in event.data() {
        push_key(name.as_str(), out);
        out.push(b'"');
        push_value(value, &mut JsonText, out);
        out.extend_from_slice(b"\",");
    }
    close(b'}', out);
}

/// An entry of `data`: the bare value where nothing else is to be said.
pub(super) fn push_odd(at: Option<usize>, name: &FieldName, value: Value<'_>, out: &mut Vec<u8>) {
    if at.is_none() && name.as_str().is_empty() {
        return push_scalar(value, out);
    }
    out.push(b'{');
    if let Some(at) = at {
        push_key("at", out);
        push_scalar(Value::Unsigned(at as u64), out);
        out.push(b',');
    }
    if !name.as_str().is_empty() {
        push_key("name", out);
        push_string(name.as_str(), out);
        out.push(b',');
    }
    push_key("value", out);
    push_scalar(value, out);
    out.push(b'}');
}

pub(super) fn push_notes(event: &Event<'_>, out: &mut Vec<u8>) {
    push_list(b"\"notes\":[", out, |out| {
        for note in event.notes() {
            push_string(note, out);
            out.push(b',');
        }
    });
}

/// Appends what stood at each U+FFFD of a line, where one of them was a lone surrogate.
fn push_units(units: &[u16], out: &mut Vec<u8>) {
    if units.is_empty() {
        return;
    }
    out.push(b',');
    push_key(lone::KEY, out);
    push_filled(b"[", b']', out, |out| {
        units.iter().for_each(|unit| out.extend_from_slice(format!("\"{unit:04x}\",").as_bytes()));
    });
}

fn push_place(place: &Place<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"source\":{\"file\":");
    push_string(&place.origin.file, out);
    if let Some(member) = &place.origin.member {
        out.extend_from_slice(b",\"member\":");
        push_string(member, out);
    }
    out.extend_from_slice(b",\"offset\":");
    push_scalar(Value::Unsigned(place.offset), out);
    if let Some(line) = place.line {
        out.extend_from_slice(b",\"line\":");
        push_scalar(Value::Unsigned(line), out);
    }
    out.extend_from_slice(if place.recovered { b",\"recovered\":true}" } else { b",\"recovered\":false}" });
}

/// The content of an element that holds more than one text, or of the whole: an object.
///
/// Items of one key that follow each other are an array; where they are apart, key order could
/// not keep their order, and all items become objects of one key in the array `#children`.
pub(super) fn push_content(forest: &Forest<'_>, content: std::ops::Range<usize>, out: &mut Vec<u8>) {
    let items: Vec<Item<'_>> = forest.items(content).collect();
    let mut seen = HashSet::new();
    let mut groups = items.chunk_by(same_key);
    if !groups.all(|group| seen.insert(item_key(&group[0]))) {
        out.push(b'{');
        push_list(b"\"#children\":[", out, |out| {
            for item in &items {
                out.push(b'{');
                push_item_key(item, out);
                push_item_value(forest, item, out);
                out.extend_from_slice(b"},");
            }
        });
        return close(b'}', out);
    }
    out.push(b'{');
    for group in items.chunk_by(same_key) {
        push_item_key(&group[0], out);
        if group.len() > 1 {
            out.push(b'[');
        }
        for item in group {
            push_item_value(forest, item, out);
            out.push(b',');
        }
        if group.len() > 1 {
            close(b']', out);
            out.push(b',');
        }
    }
    close(b'}', out);
}

fn same_key(left: &Item<'_>, right: &Item<'_>) -> bool {
    item_key(left) == item_key(right)
}

/// The mark and name that an item's key is made of.
fn item_key<'b>(item: &Item<'b>) -> (&'static str, &'b str) {
    match item {
        Item::Attribute(name, _) => ("@", name),
        Item::Text(_) => ("#text", ""),
        // No XML name begins so, but those of a damaged or forged log may.
        Item::Element(name, _) if name.starts_with(['@', '#']) => ("#element:", name),
        Item::Element(name, _) => ("", name),
    }
}

fn push_item_key(item: &Item<'_>, out: &mut Vec<u8>) {
    let (mark, name) = item_key(item);
    out.push(b'"');
    out.extend_from_slice(mark.as_bytes());
    push_utf8(name, &mut JsonText, out);
    out.extend_from_slice(b"\":");
}

fn push_item_value(forest: &Forest<'_>, item: &Item<'_>, out: &mut Vec<u8>) {
    let content = match item {
        Item::Attribute(_, value) | Item::Text(value) => return push_scalar(*value, out),
        Item::Element(_, content) => content.clone(),
    };
    let mut items = forest.items(content.clone());
    match (items.next(), items.next()) {
        (None, _) => out.extend_from_slice(b"null"),
        (Some(Item::Text(value)), None) => push_scalar(value, out),
        _ => push_content(forest, content, out),
    }
}

/// Appends `"key":{…},`, or nothing when the object would be empty.
pub(super) fn push_object(open: &[u8], out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    push_filled(open, b'}', out, fill);
}

/// Appends `"key":[…],`, or nothing when the array would be empty.
pub(super) fn push_list(open: &[u8], out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    push_filled(open, b']', out, fill);
}

fn push_filled(open: &[u8], end: u8, out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(open);
    fill(out);
    if out.len() == start + open.len() {
        return out.truncate(start);
    }
    close(end, out);
    out.push(b',');
}

/// Ends an object or array: the comma after its last member makes way for the bracket.
pub(super) fn close(end: u8, out: &mut Vec<u8>) {
    match out.last_mut() {
        Some(last) if *last == b',' => *last = end,
        _ => out.push(end),
    }
}

pub(super) fn push_key(name: &str, out: &mut Vec<u8>) {
    push_string(name, out);
    out.push(b':');
}

pub(super) fn push_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    push_utf8(text, &mut JsonText, out);
    out.push(b'"');
}

#[inline]
pub(super) fn push_scalar(value: Value<'_>, out: &mut Vec<u8>) {
    if matches!(value, Value::Unsigned(_) | Value::Signed(_)) {
        return value.push_to(out);
    }
    out.push(b'"');
    push_value(value, &mut JsonText, out);
    out.push(b'"');
}

/// A system field as the type that the format promises for it, whatever type the log gave it.
#[inline]
pub(super) fn push_typed(field: SystemField, value: Value<'_>, out: &mut Vec<u8>) {
    match (field.is_number(), value) {
        (true, Value::Utf8(_) | Value::Utf16(_)) => match decimal(value) {
            Some(number) => Value::Unsigned(number).push_to(out),
            None => push_scalar(value, out),
        },
        (false, Value::Unsigned(_) | Value::Signed(_)) => {
            out.push(b'"');
            value.push_to(out);
            out.push(b'"');
        }
        _ => push_scalar(value, out),
    }
}

/// The number that a text spells, where it prints as the same text.
fn decimal(text: Value<'_>) -> Option<u64> {
    let text = text.to_text();
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

/// Text within a JSON string.
pub(super) struct JsonText;

impl Escape for JsonText {
    #[inline]
    fn special(block: u64) -> u64 {
        control(block) | equal(block, b'"') | equal(block, b'\\')
    }

    #[inline]
    fn prefix(special: u8) -> Option<u8> {
        matches!(special, b'"' | b'\\').then_some(b'\\')
    }

    #[inline]
    fn push(&mut self, unit: Result<char, u16>, out: &mut Vec<u8>) {
        match unit {
            Ok('\\') => out.extend_from_slice(br"\\"),
            Ok('"') => out.extend_from_slice(br#"\""#),
            Ok('\n') => out.extend_from_slice(br"\n"),
            Ok('\r') => out.extend_from_slice(br"\r"),
            Ok('\t') => out.extend_from_slice(br"\t"),
            Ok(c) if is_unsafe(c) => {
                c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| push_escape(*unit, out));
            }
            Ok(c) => push_plain(c, out),
            Err(unit) => push_escape(unit, out),
        }
    }
}

fn push_escape(unit: u16, out: &mut Vec<u8>) {
    out.extend_from_slice(br"\u");
    out.extend([12, 8, 4, 0].map(|shift| b"0123456789abcdef"[usize::from(unit >> shift & 15)]));
}
