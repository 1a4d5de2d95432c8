//! A record as a row of its table.
//!
//! A row is filled once and then given to whichever writer; its buffers are used again. It
//! knows whether the cells say everything that the record says: only then it can do without
//! `raw`.

use std::ops::Range;

use threadhunt::event::{Event, FieldName, FileTime, Record, Value};
use threadhunt::sink::{Format, Jsonl, NamedCell, NamedRow};

use crate::table::{Column, Kind, Source, Table};

/// A cell, borrowed from its row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'r> {
    /// The record does not say.
    Null,
    Text(&'r str),
    /// At most 63 bits.
    Integer(u64),
    Bool(bool),
    /// Microseconds since 1970 UTC.
    Instant(i64),
}

#[derive(Clone, Debug)]
enum Slot {
    Null,
    Text(Range<usize>),
    Integer(u64),
    Bool(bool),
    Instant(i64),
}

/// One row.
#[derive(Default)]
pub(crate) struct Row {
    slots: Vec<Slot>,
    /// The texts, one after the other.
    text: Vec<u8>,
    /// Whether the cells say everything.
    is_whole: bool,
    /// Characters of all rows so far that no cell could hold.
    replaced: u64,
}

impl Row {
    /// Fills the row from a record, which must belong to the table.
    pub(crate) fn fill(&mut self, table: &Table, record: Record<'_>, raw: &Jsonl) {
        let event = record.view();
        self.slots.clear();
        self.text.clear();
        if let Some(named) = &table.named {
            return self.fill_named(named, &event);
        }
        self.is_whole = has_columns(table, &event);
        for column in &table.columns {
            let slot = self.slot(column, &event);
            self.slots.push(slot);
        }
        if !self.is_whole
            && let Some(at) = table.columns.iter().position(|column| column.source == Source::Raw)
        {
            self.slots[at] = self.write(|out| {
                raw.record(record, out);
                out.pop();
            });
        }
    }

    /// Fills the row in a vocabulary's names, where `other` has what no column holds.
    fn fill_named(&mut self, named: &NamedRow, event: &Event<'_>) {
        named.fill(event, &mut |cell| {
            let slot = match cell {
                None => Slot::Null,
                Some(NamedCell::Text(value)) => self.write(|out| value.push_to(out)),
                Some(NamedCell::Number(number)) => Slot::Integer(number),
                Some(NamedCell::Bool(truth)) => Slot::Bool(truth),
                Some(NamedCell::Time(time)) => instant(time),
            };
            self.slots.push(slot);
        });
        if String::from_utf8_lossy(&self.text).contains(char::REPLACEMENT_CHARACTER) {
            self.replaced += event.lone_surrogates().map(|text| text.lone_surrogates() as u64).sum::<u64>();
        }
    }

    /// How many characters of all rows so far no cell could hold: lone surrogates, where nothing says what they were.
    pub(crate) fn replaced(&self) -> u64 {
        self.replaced
    }

    /// Bytes that the cells take, about.
    pub(crate) fn size(&self) -> usize {
        self.text.len() + self.slots.len() * size_of::<u64>()
    }

    /// The cells in the order of the columns.
    pub(crate) fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        self.slots.iter().map(|slot| match slot {
            Slot::Null => Cell::Null,
            // Written from text, or through one that replaces what is none.
            Slot::Text(range) => {
                Cell::Text(std::str::from_utf8(&self.text[range.clone()]).unwrap_or_default())
            }
            Slot::Integer(number) => Cell::Integer(*number),
            Slot::Bool(truth) => Cell::Bool(*truth),
            Slot::Instant(instant) => Cell::Instant(*instant),
        })
    }

    fn slot(&mut self, column: &Column, event: &Event<'_>) -> Slot {
        let place = event.place();
        match column.source {
            Source::Time => event.time().map_or(Slot::Null, instant),
            Source::System(field) => self.value(column.kind, event.system(field)),
            Source::Field(field) => self.value(column.kind, event.get(field)),
            Source::Notes => self.notes(event),
            Source::File => self.write(|out| out.extend_from_slice(place.origin.file.as_bytes())),
            Source::Member => match &place.origin.member {
                Some(member) => self.write(|out| out.extend_from_slice(member.as_bytes())),
                None => Slot::Null,
            },
            Source::Offset => Slot::Integer(place.offset),
            Source::Line => place.line.map_or(Slot::Null, Slot::Integer),
            Source::Recovered => Slot::Bool(place.recovered),
            Source::Raw | Source::Unknown | Source::Named { .. } => Slot::Null,
        }
    }

    /// The cell of a value; one that the column cannot hold is left to `raw`.
    fn value(&mut self, kind: Kind, value: Option<Value<'_>>) -> Slot {
        let Some(value) = value else { return Slot::Null };
        match (kind, value) {
            (Kind::Integer32, Value::Unsigned(number)) if u32::try_from(number).is_ok() => {
                Slot::Integer(number)
            }
            // SQLite has no larger ones.
            (Kind::Integer64, Value::Unsigned(number)) if i64::try_from(number).is_ok() => {
                Slot::Integer(number)
            }
            (Kind::Bool, Value::Bool(truth)) => Slot::Bool(truth),
            // Truth values are texts in most kinds of logs, and come back as texts.
            (Kind::Bool, value) if value.is("true") => Slot::Bool(true),
            (Kind::Bool, value) if value.is("false") => Slot::Bool(false),
            // A number would come back as a text.
            (Kind::Text, Value::Unsigned(_) | Value::Signed(_)) => self.incomplete(),
            (Kind::Text, Value::Utf16(text)) if !text.is_valid() => self.incomplete(),
            (Kind::Text, value) => self.write(|out| value.push_to(out)),
            _ => self.incomplete(),
        }
    }

    fn notes(&mut self, event: &Event<'_>) -> Slot {
        let notes: Vec<&str> = event.notes().collect();
        if notes.is_empty() {
            return Slot::Null;
        }
        // Texts are JSON, whatever they hold.
        let json = serde_json::to_vec(&notes).unwrap_or_default();
        self.write(|out| out.extend_from_slice(&json))
    }

    fn incomplete(&mut self) -> Slot {
        self.is_whole = false;
        Slot::Null
    }

    fn write(&mut self, fill: impl FnOnce(&mut Vec<u8>)) -> Slot {
        let start = self.text.len();
        fill(&mut self.text);
        Slot::Text(start..self.text.len())
    }
}

/// An instant, where the calendar has it.
fn instant(time: FileTime) -> Slot {
    time.timestamp().map_or(Slot::Null, |instant| Slot::Instant(instant.as_microsecond()))
}

/// Whether all that the record carries has a column, whatever the values.
fn has_columns(table: &Table, event: &Event<'_>) -> bool {
    event.has_plain_data()
        && event.tree().next().is_none()
        && event.data().all(|(name, _)| match name {
            FieldName::Known(field) => table.place(*field).is_some(),
            FieldName::Other(_) => false,
        })
}
