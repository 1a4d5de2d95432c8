//! The same documents as a table: a column for each path, the union over the events asked for.
//!
//! Columns come in the order of the mappings, events in the order of the schema, each path once. A field without
//! a place has the column that the unmapped would have it under, such as `winlog.event_data.StartAddress`, and
//! `other` holds what has no column at all. Constants that only stand beside values have none.

use super::Naming;
use super::make::Made;
use super::plan::{Content, Name, PerEvent, Run, Take, document};
use crate::event::{FieldName, FieldSet, Record, Value};
use crate::schema::names::NoneValue;
use crate::schema::{self, EventSchema, FieldId};
use crate::sink::Format;
use crate::sink::csv::push_cell;
use crate::sink::forest::Forest;

/// Appends a record as a row in a vocabulary's names.
#[derive(Clone, Debug)]
pub struct NamedTable {
    none: NoneValue,
    columns: Vec<String>,
    plans: PerEvent<Row>,
}

/// How the row of an event type is made.
#[derive(Clone, Debug, Default)]
struct Row {
    /// What stands in each column.
    cells: Vec<Cell>,
    /// Fields that have a column of their own among the unmapped.
    unmapped: FieldSet,
}

#[derive(Clone, Debug, Default)]
enum Cell {
    #[default]
    Empty,
    /// The first of these that yields something, or all of a list.
    Takes {
        takes: Vec<Take>,
        is_list: bool,
    },
    Constant(&'static str),
    Unmapped(FieldId),
}

impl NamedTable {
    /// A table for the Sysmon events `ids`; none named means all.
    pub fn new(naming: Naming, ids: &[u16]) -> Self {
        let wanted = |event: &&EventSchema| ids.is_empty() || ids.contains(&event.id);
        let mut columns = Vec::new();
        for event in schema::events().iter().filter(wanted) {
            for (path, _) in cells(naming, Some(event)) {
                if !columns.contains(&path) {
                    columns.push(path);
                }
            }
        }
        if columns.is_empty() {
            columns.extend(cells(naming, None).into_iter().map(|(path, _)| path));
        }
        let plans = PerEvent::new(|event| Row::new(&columns, cells(naming, event)));
        Self { none: naming.vocabulary.none, columns, plans }
    }
}

impl Row {
    fn new(columns: &[String], cells: Vec<(String, Cell)>) -> Self {
        let mut row = Self { cells: vec![Cell::Empty; columns.len()], unmapped: FieldSet::default() };
        for (path, cell) in cells {
            if let Some(column) = columns.iter().position(|column| *column == path) {
                if let Cell::Unmapped(field) = cell {
                    row.unmapped.insert(field);
                }
                row.cells[column] = cell;
            }
        }
        row
    }
}

/// The paths of an event's document with what stands there.
fn cells(naming: Naming, event: Option<&'static EventSchema>) -> Vec<(String, Cell)> {
    let mut cells = Vec::new();
    collect(&document(naming, event), "", event, &mut cells);
    let told: FieldSet = cells.iter().flat_map(|(_, cell)| cell.whole_fields()).collect();
    cells.retain(|(_, cell)| !matches!(cell, Cell::Unmapped(field) if told.contains(*field)));
    cells
}

fn collect(name: &Name, path: &str, event: Option<&'static EventSchema>, cells: &mut Vec<(String, Cell)>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    for member in &name.members {
        let path = below(&member.key);
        match &member.content {
            Content::Takes(takes) => {
                cells.push((path, Cell::Takes { takes: takes.clone(), is_list: member.is_list }));
            }
            Content::Constant(text) => cells.push((path, Cell::Constant(text))),
            Content::Nothing | Content::Data(_) => collect(member, &path, event, cells),
            Content::Beside(_) | Content::Remains | Content::Trees | Content::Notes | Content::Recovered => {}
        }
    }
    if let Content::Data(_) = name.content {
        let fields = event.into_iter().flat_map(|event| event.fields);
        cells.extend(fields.map(|field| (below(field.name), Cell::Unmapped(field.id))));
    }
}

impl Cell {
    /// The fields that the cell can tell in whole.
    fn whole_fields(&self) -> impl Iterator<Item = FieldId> {
        let takes = if let Self::Takes { takes, .. } = self { &takes[..] } else { &[] };
        takes.iter().filter_map(Take::whole_field)
    }
}

impl Format for NamedTable {
    fn begin(&self, out: &mut Vec<u8>) {
        for column in &self.columns {
            push_cell(Some(Value::Utf8(column)), out);
        }
        out.extend_from_slice(b"other\n");
    }

    fn record(&self, record: Record<'_>, out: &mut Vec<u8>) {
        let event = record.view();
        let mut run = Run::new(&event, self.none);
        let row = self.plans.of(&event);
        for cell in &row.cells {
            push(cell, &mut run, out);
        }
        let other = row.other(&run);
        push_cell(Some(Value::Utf8(&other)).filter(|_| !other.is_empty()), out);
        out.pop();
        out.push(b'\n');
    }
}

fn push(cell: &Cell, run: &mut Run<'_, '_>, out: &mut Vec<u8>) {
    match cell {
        Cell::Empty => push_cell(None, out),
        Cell::Constant(text) => push_cell(Some(Value::Utf8(text)), out),
        Cell::Unmapped(field) => {
            let value = run.event.get(*field);
            push_cell(value.filter(|value| run.keeps(*value)), out);
        }
        Cell::Takes { takes, is_list: false } => match takes.iter().find_map(|take| run.make(take)) {
            Some(Made::Text(value) | Made::Typed(value)) => push_cell(Some(value), out),
            Some(made) => push_cell(Some(Value::Utf8(&spelled(made))), out),
            None => push_cell(None, out),
        },
        Cell::Takes { takes, is_list: true } => {
            let parts: Vec<String> = takes.iter().filter_map(|take| run.make(take)).map(spelled).collect();
            let text = parts.join("; ");
            push_cell(Some(Value::Utf8(&text)).filter(|_| !text.is_empty()), out);
        }
    }
}

fn spelled(made: Made<'_>) -> String {
    match made {
        Made::Text(value) | Made::Typed(value) => value.to_string(),
        Made::Own(text) | Made::Number(text) => text,
        Made::Literal(text) => text.to_owned(),
        Made::Bool(truth) => truth.to_string(),
        Made::Pairs(pairs) => {
            pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
        }
        Made::Items(items) => items.join("; "),
    }
}

impl Row {
    /// What has no column, as `Name=value; …`.
    fn other(&self, run: &Run<'_, '_>) -> String {
        let mut seen = FieldSet::default();
        let mut parts = Vec::new();
        for (name, value) in run.rest() {
            match name {
                FieldName::Known(field) if self.unmapped.contains(*field) && !seen.contains(*field) => {
                    seen.insert(*field);
                }
                name if name.as_str().is_empty() => parts.push(value.to_string()),
                name => parts.push(format!("{}={value}", name.as_str())),
            }
        }
        parts.extend(run.remains().map(|(field, value)| format!("system.{}={value}", field.name())));
        let leaves = Forest::of(run.event).map(|forest| forest.leaves()).unwrap_or_default();
        parts.extend(leaves.iter().map(|(path, value)| format!("{path}={value}")));
        parts.extend(run.event.notes().map(|note| format!("note={note}")));
        if run.event.place().recovered {
            parts.push("recovered=true".to_owned());
        }
        parts.join("; ")
    }
}
