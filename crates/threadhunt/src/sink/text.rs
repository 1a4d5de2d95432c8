//! Text for people: Sysmon's own message form under a line that says when and where.
//!
//! The message is what Event Viewer shows for a Sysmon event: the first line from the manifest,
//! then `Name: value` lines in the record's order. Records that the schema does not know, and
//! those of other providers, get a first line of the same manner. A value is always one line:
//! whatever could drive a terminal or begin a new line is shown as an escape.

use super::Format;
use super::escape::{Escape, control, push_plain, push_utf8, push_value};
use super::forest::{Forest, Item};
use crate::event::{Event, Record, SystemField, Value};
use crate::report::is_unsafe;

/// Appends a record as a message, with a blank line after it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Text;

impl Format for Text {
    fn record(&self, record: Record<'_>, out: &mut Vec<u8>) {
        let event = record.view();
        push_head(&event, out);
        push_title(&event, out);
        for (name, value) in event.data() {
            push_line(if name.as_str().is_empty() { "Data" } else { name.as_str() }, value, out);
        }
        if let Some(forest) = Forest::of(&event) {
            for (path, value) in forest.leaves() {
                push_line(&path, value, out);
            }
        }
        event.notes().for_each(|note| push_line("(note)", Value::Utf8(note), out));
        out.push(b'\n');
    }
}

/// Time, computer, record and channel, as far as they are known.
fn push_head(event: &Event<'_>, out: &mut Vec<u8>) {
    use SystemField as F;
    let start = out.len();
    for (label, field) in
        [("", F::TimeCreated), ("", F::Computer), ("record ", F::EventRecordId), ("", F::Channel)]
    {
        let Some(value) = event.system(field).filter(|value| !value.is("")) else { continue };
        push_gap(start, out);
        push_utf8(label, &mut Printable, out);
        push_value(value, &mut Printable, out);
    }
    if event.place().recovered {
        push_gap(start, out);
        out.extend_from_slice(b"recovered");
    }
    if out.len() > start {
        out.push(b'\n');
    }
}

fn push_gap(start: usize, out: &mut Vec<u8>) {
    if out.len() > start {
        out.extend_from_slice(b"  ");
    }
}

fn push_title(event: &Event<'_>, out: &mut Vec<u8>) {
    match event.schema() {
        Some(schema) => out.extend_from_slice(schema.template.as_bytes()),
        None => {
            let provider = event.system(SystemField::ProviderName).unwrap_or(Value::Utf8("unknown provider"));
            push_value(provider, &mut Printable, out);
            out.extend_from_slice(b" event ");
            push_value(event.system(SystemField::EventId).unwrap_or(Value::Utf8("?")), &mut Printable, out);
        }
    }
    out.extend_from_slice(b":\n");
}

fn push_line(name: &str, value: Value<'_>, out: &mut Vec<u8>) {
    push_utf8(name, &mut Printable, out);
    out.extend_from_slice(b": ");
    push_value(value, &mut Printable, out);
    out.push(b'\n');
}

impl<'b> Forest<'b> {
    /// Every attribute and text of the trees under its path, such as `UserData/Event/@version`.
    pub(super) fn leaves(&self) -> Vec<(String, Value<'b>)> {
        let mut leaves = Vec::new();
        self.collect_leaves(self.top(), &mut String::new(), &mut leaves);
        leaves
    }

    fn collect_leaves(
        &self,
        content: std::ops::Range<usize>,
        path: &mut String,
        leaves: &mut Vec<(String, Value<'b>)>,
    ) {
        let len = path.len();
        for item in self.items(content) {
            match item {
                Item::Text(value) => leaves.push((path.clone(), value)),
                Item::Attribute(name, value) => leaves.push((format!("{path}/@{name}"), value)),
                Item::Element(name, content) => {
                    path.push_str(if len == 0 { "" } else { "/" });
                    path.push_str(name);
                    self.collect_leaves(content, path, leaves);
                    path.truncate(len);
                }
            }
        }
    }
}

/// Text safe to look at: as [`report::printable`](crate::report::printable), without a `String`.
pub(super) struct Printable;

impl Escape for Printable {
    #[inline]
    fn special(block: u64) -> u64 {
        control(block)
    }

    fn push(&mut self, unit: Result<char, u16>, out: &mut Vec<u8>) {
        match unit {
            Ok(c) if is_unsafe(c) => out.extend_from_slice(format!("\\u{{{:x}}}", u32::from(c)).as_bytes()),
            Ok(c) => push_plain(c, out),
            Err(_) => push_plain(char::REPLACEMENT_CHARACTER, out),
        }
    }
}
