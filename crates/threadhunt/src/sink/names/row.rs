//! One event type as a typed row in a vocabulary's names, for tables that others write.
//!
//! The columns are those of the CSV. Where the vocabulary keeps the type of a field, its column has it: whole
//! numbers, truth values, times. A value that is not of its column's type is not bent to it: it stands in
//! `other`, the last column, under its path.

use super::Naming;
use super::make::Made;
use super::plan::{Origin, Run, Take};
use super::table::{Cell, Row, SEPARATOR, add_paths, cells};
use crate::event::{Event, FileTime, SystemField, Value};
use crate::schema::names::{Make, NoneValue, is_number};
use crate::schema::{EventSchema, FieldId, FieldType, fields};

/// The columns of an event type in a vocabulary's names, and what stands in them.
#[derive(Clone, Debug)]
pub struct NamedRow {
    none: NoneValue,
    columns: Vec<NamedColumn>,
    row: Row,
}

/// A column of it.
#[derive(Clone, Debug)]
pub struct NamedColumn {
    /// The path in the vocabulary's document, such as `process.pid`.
    pub name: String,
    /// What it holds.
    pub kind: NamedKind,
    /// Whether events are looked up by it: their time, computer, or the GUID of a process.
    pub is_key: bool,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedKind {
    /// Text; of a list all parts.
    Text,
    /// A whole number of 0 or more, of at most 32 bits.
    Number32,
    /// A whole number of 0 or more, of at most 63 bits.
    Number63,
    /// A truth value.
    Bool,
    /// An instant.
    Time,
}

/// A value of its column's kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NamedCell<'c> {
    /// A text, or a value as it prints.
    Text(Value<'c>),
    /// A number of the kind.
    Number(u64),
    /// A truth value.
    Bool(bool),
    /// An instant.
    Time(FileTime),
}

/// The column of what has no column of its own, as `Name=value; …`.
const OTHER: &str = "other";

impl NamedRow {
    /// The row of an event type; of `None`, that of records that no schema describes.
    pub fn new(naming: Naming, event: Option<&'static EventSchema>) -> Self {
        let cells = cells(naming, event);
        let mut names = Vec::new();
        add_paths(&mut names, &cells);
        let row = Row::new(&names, cells);
        let column = |(name, cell): (String, &Cell)| NamedColumn {
            name,
            kind: cell.kind(event),
            is_key: cell.is_key(),
        };
        let mut columns: Vec<NamedColumn> = names.into_iter().zip(&row.cells).map(column).collect();
        columns.push(NamedColumn { name: OTHER.to_owned(), kind: NamedKind::Text, is_key: false });
        Self { none: naming.vocabulary.none, columns, row }
    }

    /// The columns in order.
    pub fn columns(&self) -> &[NamedColumn] {
        &self.columns
    }

    /// Gives the cells of an event in the order of the columns.
    pub fn fill(&self, event: &Event<'_>, put: &mut dyn FnMut(Option<NamedCell<'_>>)) {
        let mut run = Run::new(event, self.none);
        let mut misfits = Vec::new();
        for (column, made) in self.columns.iter().zip(self.row.make(&mut run)) {
            match made {
                None => put(None),
                Some(made) => column.put(made, &mut misfits, put),
            }
        }
        let mut other = self.row.other(&run);
        other.extend(misfits);
        let other = other.join(SEPARATOR);
        put(Some(NamedCell::Text(Value::Utf8(&other))).filter(|_| !other.is_empty()));
    }
}

impl NamedColumn {
    /// Gives what was made as a cell; what the column cannot hold, or not all of, is a misfit.
    fn put(&self, made: Made<'_>, misfits: &mut Vec<String>, put: &mut dyn FnMut(Option<NamedCell<'_>>)) {
        match (self.kind, &made) {
            (NamedKind::Text, Made::Text(value) | Made::Typed(value)) => put(Some(NamedCell::Text(*value))),
            (NamedKind::Text, _) => put(Some(NamedCell::Text(Value::Utf8(&made.spelled())))),
            _ => {
                let fitting = self.kind.fit(&made);
                put(fitting);
                if !fitting.is_some_and(NamedCell::is_whole) {
                    misfits.push(format!("{}={}", self.name, made.spelled()));
                }
            }
        }
    }
}

impl NamedKind {
    /// What was made as a cell of a kind that is no text.
    fn fit(self, made: &Made<'_>) -> Option<NamedCell<'static>> {
        match self {
            Self::Text => None,
            Self::Number32 => {
                number(made).filter(|number| u32::try_from(*number).is_ok()).map(NamedCell::Number)
            }
            Self::Number63 => {
                number(made).filter(|number| i64::try_from(*number).is_ok()).map(NamedCell::Number)
            }
            Self::Bool => match made {
                Made::Bool(truth) | Made::Typed(Value::Bool(truth)) => Some(NamedCell::Bool(*truth)),
                _ => None,
            },
            Self::Time => match made {
                Made::Own(text) => FileTime::parse(text).map(NamedCell::Time),
                _ => None,
            },
        }
    }

    /// The kind of a field that keeps its type.
    fn of_field(event: Option<&'static EventSchema>, field: FieldId) -> Self {
        let bits = event.and_then(|event| event.field(field)).and_then(|field| field.bits);
        match field.field_type() {
            FieldType::Integer if bits == Some(64) => Self::Number63,
            FieldType::Integer => Self::Number32,
            FieldType::Bool => Self::Bool,
            _ => Self::Text,
        }
    }

    /// The kind of texts of the vocabulary.
    fn of_words<'w>(mut words: impl Iterator<Item = &'w str>) -> Self {
        if words.all(|word| word.is_empty() || is_number(word)) { Self::Number63 } else { Self::Text }
    }
}

/// The number that was made, if it is one.
fn number(made: &Made<'_>) -> Option<u64> {
    match made {
        Made::Typed(Value::Unsigned(number)) => Some(*number),
        Made::Number(text) => text.parse().ok(),
        Made::Literal(text) => text.parse().ok(),
        _ => None,
    }
}

impl NamedCell<'_> {
    /// Whether a table whose instants are microseconds keeps all of it.
    fn is_whole(self) -> bool {
        !matches!(self, Self::Time(time) if !time.0.is_multiple_of(TICKS_PER_MICRO))
    }
}

const TICKS_PER_MICRO: u64 = 10;

impl Cell {
    /// The kind of all that may stand in it.
    fn kind(&self, event: Option<&'static EventSchema>) -> NamedKind {
        match self {
            Self::Empty | Self::Constants(_) | Self::Takes { is_list: true, .. } => NamedKind::Text,
            Self::Constant(text) | Self::Beside(text, _) => NamedKind::of_words([*text].into_iter()),
            Self::Unmapped(field, Make::Typed) => NamedKind::of_field(event, *field),
            Self::Unmapped(..) => NamedKind::Text,
            Self::Takes { takes, is_list: false } => {
                let mut kinds = takes.iter().map(|take| take.kind(event));
                let first = kinds.next().unwrap_or(NamedKind::Text);
                if kinds.all(|kind| kind == first) { first } else { NamedKind::Text }
            }
        }
    }

    fn is_key(&self) -> bool {
        let is_key = |field: FieldId| {
            field == fields::UTC_TIME || field.name().to_ascii_lowercase().ends_with("processguid")
        };
        match self {
            Self::Unmapped(field, _) => is_key(*field),
            Self::Takes { takes, is_list: false } => takes.iter().any(|take| match take.origin {
                Origin::Field(field) => is_key(field),
                Origin::Time => true,
                Origin::System(field) => field == SystemField::Computer,
                Origin::Task(_) | Origin::Word(_) => false,
            }),
            _ => false,
        }
    }
}

impl Take {
    /// The kind of what it yields.
    fn kind(&self, event: Option<&'static EventSchema>) -> NamedKind {
        match (self.make, self.origin) {
            (Make::Integer, Origin::Field(field)) => match NamedKind::of_field(event, field) {
                NamedKind::Number32 => NamedKind::Number32,
                _ => NamedKind::Number63,
            },
            (Make::Integer | Make::Millis, _) => NamedKind::Number63,
            (Make::Typed, Origin::Field(field)) => NamedKind::of_field(event, field),
            (Make::Boolean, _) => NamedKind::Bool,
            (Make::TimeMillis, _) | (Make::Time, Origin::Time | Origin::Field(_)) => NamedKind::Time,
            (Make::Choice(pairs), _) => NamedKind::of_words(pairs.iter().map(|(_, word)| *word)),
            (Make::Constant(text), _) => NamedKind::of_words([text].into_iter()),
            _ => NamedKind::Text,
        }
    }
}
