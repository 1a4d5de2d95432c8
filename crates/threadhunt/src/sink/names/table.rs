//! The same documents as a table: a column for each path, the union over the events asked for.
//!
//! Columns come in the order of the mappings, events in the order of the schema, each path once. A field without
//! a place has the column that the unmapped would have it under, such as `winlog.event_data.StartAddress`, and
//! `other` holds what has no column at all.
//!
//! [`NamedTable`] writes CSV of several event types; [`NamedRow`](super::NamedRow) is one event type, typed, for
//! tables that others write.

use super::Naming;
use super::make::Made;
use super::plan::{Content, Name, PerEvent, Run, Take, document};
use crate::event::{Event, FieldName, FieldSet, Record, Value};
use crate::schema::names::{Make, NoneValue};
use crate::schema::{self, EventSchema, FieldId};
use crate::sink::Format;
use crate::sink::csv::{push_cell, push_column};
use crate::sink::forest::Forest;
use crate::sink::lone::{self, Replaced};

/// Appends a record as a row in a vocabulary's names.
#[derive(Clone, Debug)]
pub struct NamedTable {
    none: NoneValue,
    columns: Vec<String>,
    plans: PerEvent<Row>,
    replaced: Replaced,
}

/// How the row of an event type is made.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// What stands in each column.
    pub(super) cells: Vec<Cell>,
    /// Fields that have a column of their own among the unmapped.
    unmapped: FieldSet,
}

/// What stands in a column.
#[derive(Clone, Debug, Default)]
pub(super) enum Cell {
    #[default]
    Empty,
    /// The first of these that yields something, or all of a list.
    Takes {
        takes: Vec<Take>,
        is_list: bool,
    },
    Constant(&'static str),
    /// The parts of a list.
    Constants(&'static str),
    /// What stands there where one of these other columns of the same object holds something.
    Beside(&'static str, Vec<usize>),
    /// A field among the unmapped, as text or as a number.
    Unmapped(FieldId, Make),
}

impl NamedTable {
    /// A table for the Sysmon events `ids`; none named means all.
    pub fn new(naming: Naming, ids: &[u16]) -> Self {
        let wanted = |event: &&EventSchema| ids.is_empty() || ids.contains(&event.id);
        let mut columns = Vec::new();
        for event in schema::events().iter().filter(wanted) {
            add_paths(&mut columns, &cells(naming, Some(event)));
        }
        if columns.is_empty() {
            add_paths(&mut columns, &cells(naming, None));
        }
        let plans = PerEvent::new(|event| Row::new(&columns, cells(naming, event)));
        Self { none: naming.vocabulary.none, columns, plans, replaced: Replaced::default() }
    }
}

/// Adds the paths that are new.
pub(super) fn add_paths(columns: &mut Vec<String>, cells: &[(String, Cell)]) {
    for (path, _) in cells {
        if !columns.contains(path) {
            columns.push(path.clone());
        }
    }
}

impl Row {
    pub(super) fn new(columns: &[String], cells: Vec<(String, Cell)>) -> Self {
        let mut row = Self { cells: vec![Cell::Empty; columns.len()], unmapped: FieldSet::default() };
        for (path, cell) in cells {
            if let Some(column) = columns.iter().position(|column| *column == path) {
                if let Cell::Unmapped(field, _) = cell {
                    row.unmapped.insert(field);
                }
                row.cells[column] = cell;
            }
        }
        row.link(columns);
        row
    }

    /// Tells constants that only stand beside values where these are: as in a document, within the same object.
    fn link(&mut self, columns: &[String]) {
        let holds = |(_, cell): &(usize, &Cell)| !matches!(cell, Cell::Empty | Cell::Beside(..));
        let holders: Vec<usize> = self.cells.iter().enumerate().filter(holds).map(|(at, _)| at).collect();
        for (column, cell) in columns.iter().zip(&mut self.cells) {
            if let Cell::Beside(_, places) = cell {
                let object = column.rfind('.').map_or("", |end| &column[..=end]);
                *places = holders.iter().copied().filter(|at| columns[*at].starts_with(object)).collect();
            }
        }
    }

    /// What an event has for each cell.
    pub(super) fn make<'b>(&self, run: &mut Run<'_, 'b>) -> Vec<Option<Made<'b>>> {
        let mut made: Vec<_> = self.cells.iter().map(|cell| cell.make(run)).collect();
        for (at, cell) in self.cells.iter().enumerate() {
            if let Cell::Beside(text, places) = cell
                && places.iter().any(|place| made[*place].is_some())
            {
                made[at] = Some(Made::Literal(text));
            }
        }
        made
    }
}

/// The paths of an event's document with what stands there.
pub(super) fn cells(naming: Naming, event: Option<&'static EventSchema>) -> Vec<(String, Cell)> {
    let mut cells = Vec::new();
    collect(&document(naming, event), "", event, &mut cells);
    let told: FieldSet = cells.iter().flat_map(|(_, cell)| cell.whole_fields()).collect();
    cells.retain(|(_, cell)| !matches!(cell, Cell::Unmapped(field, _) if told.contains(*field)));
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
            Content::Constant(text) if member.is_list => cells.push((path, Cell::Constants(text))),
            Content::Constant(text) => cells.push((path, Cell::Constant(text))),
            Content::Beside(text) => cells.push((path, Cell::Beside(text, Vec::new()))),
            Content::Nothing | Content::Data(_) => collect(member, &path, event, cells),
            // What says how a document is read back has no place in tables, which are not.
            Content::TimeOf | Content::Remains | Content::Trees | Content::Notes | Content::Recovered => {}
        }
    }
    if let Content::Data(make) = name.content {
        let fields = event.into_iter().flat_map(|event| event.fields);
        cells.extend(fields.map(|field| (below(field.name), Cell::Unmapped(field.id, make))));
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
        self.columns.iter().for_each(|column| push_column(column, out));
        out.extend_from_slice(b"other\n");
    }

    fn record(&self, record: Record<'_>, out: &mut Vec<u8>) {
        let event = record.view();
        let start = out.len();
        let mut run = Run::new(&event, self.none);
        let row = self.plans.of(&event);
        for made in row.make(&mut run) {
            match made {
                None => push_cell(None, out),
                Some(Made::Text(value) | Made::Typed(value)) => push_cell(Some(value), out),
                Some(made) => push_cell(Some(Value::Utf8(&made.spelled())), out),
            }
        }
        let other = row.other(&run).join(SEPARATOR);
        push_cell(Some(Value::Utf8(&other)).filter(|_| !other.is_empty()), out);
        out.pop();
        if lone::may_be_replaced(&out[start..]) {
            let shown = row.shown(&event, self.none);
            self.replaced
                .add_lost(event.lone_surrogates().filter(|text| !shown.contains(&Value::Utf16(*text))));
        }
        out.push(b'\n');
    }

    fn replaced(&self) -> u64 {
        self.replaced.count()
    }
}

/// What stands between the parts of a list, and of `other`.
pub(super) const SEPARATOR: &str = "; ";

impl Cell {
    /// What the event has for the cell, unless that depends on other cells.
    fn make<'b>(&self, run: &mut Run<'_, 'b>) -> Option<Made<'b>> {
        match self {
            Self::Empty | Self::Beside(..) => None,
            Self::Constant(text) => Some(Made::Literal(text)),
            Self::Constants(texts) => Some(Made::Own(texts.replace(' ', SEPARATOR))),
            Self::Unmapped(field, _) => {
                run.event.get(*field).filter(|value| run.keeps(*value)).map(Made::Typed)
            }
            Self::Takes { takes, is_list: false } => takes.iter().find_map(|take| run.make(take)),
            Self::Takes { takes, is_list: true } => {
                let parts: Vec<_> =
                    takes.iter().filter_map(|take| run.make(take)).map(Made::spelled).collect();
                Some(Made::Own(parts.join(SEPARATOR))).filter(|_| !parts.is_empty())
            }
        }
    }
}

impl Row {
    /// The values that stand in a cell as they are; lone surrogates are shown there.
    fn shown<'b>(&self, event: &Event<'b>, none: NoneValue) -> Vec<Value<'b>> {
        let mut run = Run::new(event, none);
        let made = self.cells.iter().filter_map(|cell| cell.make(&mut run));
        made.filter_map(|made| match made {
            Made::Text(value) | Made::Typed(value) => Some(value),
            _ => None,
        })
        .collect()
    }

    /// What has no column, as `Name=value` each.
    pub(super) fn other(&self, run: &Run<'_, '_>) -> Vec<String> {
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
        parts
    }
}
