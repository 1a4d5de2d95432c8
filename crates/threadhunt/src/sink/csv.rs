//! CSV: a table with one record a row, safe to open in a spreadsheet.
//!
//! The columns are `time`, `computer`, `record_id`, `event_id`, `event`, then the fields of the
//! events asked for in schema order, each once, and `other` for whatever else a record holds, as
//! `Name=value; …`. Rows end with a line feed; cells are quoted where RFC 4180 demands it.
//!
//! A text that a spreadsheet would run as a formula (`=`, `+`, `-`, `@`, tab, line end at its
//! beginning, or one of the four in full width) gets an apostrophe before it, except for the lone
//! `-` by which Sysmon says "none"; so does a text where apostrophes stand before one of them, so
//! that exactly one is to be taken away by who reads the table back. The names of the columns are ours and stand
//! as they are. Line ends and tabs stay; other control characters and marks that reorder text are shown as
//! `\u{…}`, since a table is looked at on terminals too.
//!
//! A table is for looking and counting. It can be read back, as far as it goes: the rest of the
//! system fields, types and what was shown as an escape come back through JSON lines only.

use super::Format;
use super::escape::{Escape, control, push_plain, push_value};
use super::forest::Forest;
use crate::event::{Event, FieldName, FieldSet, Record, SystemField, Value};
use crate::report::starts_formula;
use crate::schema::{self, FieldId};

/// Appends a record as a row.
#[derive(Clone, Debug)]
pub struct Csv {
    columns: Vec<FieldId>,
    column_set: FieldSet,
}

impl Csv {
    /// A table with the columns of the Sysmon events `ids`; none named means all.
    ///
    /// Fields that only older layouts of an event have are among `other`.
    pub fn new(ids: &[u16]) -> Self {
        let wanted = |id: u16| ids.is_empty() || ids.contains(&id);
        let mut columns = Vec::new();
        for event in schema::events().iter().filter(|event| wanted(event.id)) {
            for field in event.fields {
                if !columns.contains(&field.id) {
                    columns.push(field.id);
                }
            }
        }
        let column_set = columns.iter().copied().collect();
        Self { columns, column_set }
    }
}

impl Format for Csv {
    fn begin(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"time,computer,record_id,event_id,event,");
        self.columns.iter().for_each(|field| push_column(field.name(), out));
        out.extend_from_slice(b"other\n");
    }

    fn record(&self, record: Record<'_>, out: &mut Vec<u8>) {
        let event = record.view();
        use SystemField as F;
        for field in [F::TimeCreated, F::Computer, F::EventRecordId, F::EventId] {
            push_cell(event.system(field), out);
        }
        push_cell(event.schema().map(|schema| Value::Utf8(schema.tag)), out);
        let is_sysmon = event.platform().is_some();
        for field in &self.columns {
            push_cell(event.get(*field).filter(|_| is_sysmon), out);
        }
        let other = self.other(&event);
        push_cell(Some(Value::Utf8(&other)).filter(|_| !other.is_empty()), out);
        out.pop();
        out.push(b'\n');
    }
}

impl Csv {
    /// What has no column, as `Name=value; …`; of a record of another provider, all its data.
    fn other(&self, event: &Event<'_>) -> String {
        let mut parts = Vec::new();
        let mut seen = FieldSet::default();
        if event.platform().is_none() {
            parts.extend(event.system(SystemField::ProviderName).map(|name| format!("Provider={name}")));
        }
        for (name, value) in event.data() {
            match name {
                FieldName::Known(field)
                    if event.platform().is_some()
                        && self.column_set.contains(*field)
                        && !seen.contains(*field) =>
                {
                    seen.insert(*field);
                }
                name if name.as_str().is_empty() => parts.push(value.to_string()),
                name => parts.push(format!("{}={value}", name.as_str())),
            }
        }
        let leaves = Forest::of(event).map(|forest| forest.leaves()).unwrap_or_default();
        parts.extend(leaves.iter().map(|(path, value)| format!("{path}={value}")));
        parts.join("; ")
    }
}

/// Appends the name of a column and the comma after it.
///
/// Names are ours, so none is kept from being run: `@timestamp` has to be found under that name.
pub(super) fn push_column(name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.push(b',');
}

/// Appends a cell and the comma after it.
pub(super) fn push_cell(value: Option<Value<'_>>, out: &mut Vec<u8>) {
    let start = out.len();
    match value {
        None => {}
        Some(value @ (Value::Utf16(_) | Value::Utf8(_))) => {
            push_value(value, &mut CellText, out);
            guard(start, out);
        }
        Some(value) => push_value(value, &mut CellText, out),
    }
    out.push(b',');
}

/// Makes a cell of the text from `start` on: apostrophe and quotes where they are needed.
fn guard(start: usize, out: &mut Vec<u8>) {
    let cell = &out[start..];
    let runs = cell != b"-" && starts_formula(cell);
    let quoted = memchr::memchr3(b',', b'"', b'\n', cell).is_some() || memchr::memchr(b'\r', cell).is_some();
    if !runs && !quoted {
        return;
    }
    let text = out.split_off(start);
    if quoted {
        out.push(b'"');
    }
    if runs {
        out.push(b'\'');
    }
    for byte in text {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    if quoted {
        out.push(b'"');
    }
}

/// Text within a cell.
struct CellText;

impl Escape for CellText {
    #[inline]
    fn special(block: u64) -> u64 {
        control(block)
    }

    fn push(&mut self, unit: Result<char, u16>, out: &mut Vec<u8>) {
        match unit {
            Ok(c @ ('\t' | '\n' | '\r')) => push_plain(c, out),
            unit => super::text::Printable.push(unit, out),
        }
    }
}
