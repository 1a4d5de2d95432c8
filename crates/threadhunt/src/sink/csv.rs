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
//! `\u{…}`, since a table is looked at on terminals too. So is a brace behind `\u`, and in `other` whatever
//! would be taken for its structure: whoever reads the table back finds no escape that is not one of ours.
//!
//! A table is for looking and counting. It can be read back, as far as it goes: `docs/tables.md` says
//! what comes back through JSON lines only.

use super::Format;
use super::escape::{Escape, control, equal, push_plain, push_value};
use super::forest::Forest;
use crate::event::{Event, FieldName, FieldSet, Record, SystemField, Value};
use crate::report::starts_formula;
use crate::schema::{self, FieldId, Platform};

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
        self.push_other(&event, out);
        out.push(b'\n');
    }
}

impl Csv {
    /// Appends what has no column, as `Name=value; …`; of a record of another provider, all its data.
    fn push_other(&self, event: &Event<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        if let Some(provider) = event.system(SystemField::ProviderName).filter(|_| !is_plain(event)) {
            push_part(start, PROVIDER, provider, out);
        }
        let mut seen = FieldSet::default();
        for (name, value) in event.data() {
            match name {
                FieldName::Known(field)
                    if event.platform().is_some()
                        && self.column_set.contains(*field)
                        && !seen.contains(*field) =>
                {
                    seen.insert(*field);
                }
                // Behind an escape it is not the provider of the record.
                name if name.as_str() == PROVIDER => push_part(start, "\\u{50}rovider", value, out),
                name => push_part(start, &escaped_name(name.as_str()), value, out),
            }
        }
        let leaves = Forest::of(event).map(|forest| forest.leaves()).unwrap_or_default();
        leaves.iter().for_each(|(path, value)| push_part(start, &escaped_name(path), *value, out));
        guard(start, out);
    }
}

/// Under which name `other` says who wrote the record.
const PROVIDER: &str = "Provider";

/// Whether the column `event` says who wrote the record: an event of Windows that the schema knows.
fn is_plain(event: &Event<'_>) -> bool {
    event.platform() == Some(Platform::Windows) && event.schema().is_some()
}

/// A name within `other`.
fn escaped_name(name: &str) -> String {
    let mut out = Vec::new();
    push_value(Value::Utf8(name), &mut Part { hides_equal: true }, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Appends a part of `other`, which began at `start`; a value without a name stands alone.
fn push_part(start: usize, name: &str, value: Value<'_>, out: &mut Vec<u8>) {
    if out.len() > start {
        out.extend_from_slice(b"; ");
    }
    out.extend_from_slice(name.as_bytes());
    if !name.is_empty() {
        out.push(b'=');
    }
    push_value(value, &mut Part { hides_equal: name.is_empty() }, out);
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
        control(block) | equal(block, b'{')
    }

    fn push(&mut self, unit: Result<char, u16>, out: &mut Vec<u8>) {
        match unit {
            Ok(c @ ('\t' | '\n' | '\r')) => push_plain(c, out),
            Ok('{') if out.ends_with(b"\\u") => push_escape('{'.into(), out),
            Err(unit) => push_escape(unit.into(), out),
            unit => super::text::Printable.push(unit, out),
        }
    }
}

/// Text within a part of `other`, where `; ` and the first `=` have a meaning.
struct Part {
    /// Whether a `=` would make a name of what stands before it.
    hides_equal: bool,
}

impl Escape for Part {
    #[inline]
    fn special(block: u64) -> u64 {
        CellText::special(block) | equal(block, b' ') | equal(block, b'=')
    }

    fn push(&mut self, unit: Result<char, u16>, out: &mut Vec<u8>) {
        match unit {
            Ok(' ') if out.ends_with(b";") => push_escape(' '.into(), out),
            Ok('=') if self.hides_equal => push_escape('='.into(), out),
            unit => CellText.push(unit, out),
        }
    }
}

fn push_escape(unit: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("\\u{{{unit:x}}}").as_bytes());
}
