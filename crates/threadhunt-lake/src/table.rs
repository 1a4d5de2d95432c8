//! The tables: one for each event type of the dictionary, and one for all other records.
//!
//! Columns come in this order: the time of the event as an instant, the fields of `System`,
//! the event's own fields under Sysmon's names, where the record was read, and `raw`. Event
//! fields keep their names; those of `System` that could be taken for one begin with `system_`.
//! No two names of a table differ in case alone, since SQL does not tell those apart.
//!
//! The same tables exist in the names of other vocabularies. These are for those who query: what
//! they hold is not spelled as the log spelled it, so they are not read back.

use std::io;
use std::sync::{Arc, LazyLock};

use threadhunt::event::{Event, SystemField};
use threadhunt::schema::names::{Vocabulary, vocabulary};
use threadhunt::schema::{self, EventSchema, FieldId, FieldType, Platform};
use threadhunt::sink::{NamedColumn, NamedKind, NamedRow, Naming};

/// A table of one event type, or of the records that none describes.
#[derive(Debug)]
pub struct Table {
    /// Its name, such as `event_8` or `linux_event_1`.
    pub name: String,
    /// The event type; `None` for the table of other records.
    pub schema: Option<&'static EventSchema>,
    /// The columns in order.
    pub columns: Vec<Column>,
    /// The place of each field of the dictionary among the columns.
    places: Vec<Option<u16>>,
    /// What fills the columns of a table in the names of another vocabulary.
    pub(crate) named: Option<NamedRow>,
}

/// The tables of one naming: one for each event type, and last that of other records.
#[derive(Clone, Debug)]
pub struct Tables {
    /// Whose names the columns have, where they are not Sysmon's.
    pub(crate) vocabulary: Option<&'static Vocabulary>,
    named: Arc<[Table]>,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// What fills it.
    pub(crate) source: Source,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, as Windows prints the value; GUIDs and hexadecimal numbers too.
    Text,
    /// An unsigned integer of at most 32 bits.
    Integer32,
    /// An unsigned integer of at most 63 bits.
    Integer64,
    /// A truth value.
    Bool,
    /// An instant, in microseconds since 1970 UTC.
    Instant,
}

/// What fills a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The time of the event: `UtcTime`, or that of the record.
    Time,
    System(SystemField),
    Field(FieldId),
    /// The notes, as a JSON array.
    Notes,
    File,
    Member,
    Offset,
    Line,
    Recovered,
    /// The row in a vocabulary's names; whether events are looked up by it.
    Named {
        is_key: bool,
    },
    /// The whole record as JSON, where the other columns do not hold all of it.
    Raw,
    /// Something of a newer program: taken for a field under the column's name.
    Unknown,
}

/// What stands before the event's own fields, beside the other fields of `System`.
const FIRST: &[(&str, Kind, Source)] = &[
    ("timestamp", Kind::Instant, Source::Time),
    ("computer", Kind::Text, Source::System(SystemField::Computer)),
    ("channel", Kind::Text, Source::System(SystemField::Channel)),
    ("provider", Kind::Text, Source::System(SystemField::ProviderName)),
    ("event_id", Kind::Integer32, Source::System(SystemField::EventId)),
    ("record_id", Kind::Integer64, Source::System(SystemField::EventRecordId)),
    ("time_created", Kind::Text, Source::System(SystemField::TimeCreated)),
];

/// What stands after the event's own fields.
const LAST: &[(&str, Kind, Source)] = &[
    ("notes", Kind::Text, Source::Notes),
    ("source_file", Kind::Text, Source::File),
    ("source_member", Kind::Text, Source::Member),
    ("source_offset", Kind::Integer64, Source::Offset),
    ("source_line", Kind::Integer64, Source::Line),
    ("recovered", Kind::Bool, Source::Recovered),
    ("raw", Kind::Text, Source::Raw),
];

impl Tables {
    /// The tables in Sysmon's names, which can be read back.
    pub fn own() -> Self {
        Self { vocabulary: None, named: Arc::new([]) }
    }

    /// The tables in a vocabulary's names; in Sysmon's where these are asked for.
    pub fn named(naming: Naming) -> Self {
        if naming.vocabulary.is_own() {
            return Self::own();
        }
        let types = schema::events().iter().map(Some).chain([None]);
        let named = types.map(|schema| Table::named(naming, schema)).collect();
        Self { vocabulary: Some(naming.vocabulary), named }
    }

    /// The tables, in the order of [`Table::all`].
    pub fn all(&self) -> &[Table] {
        if self.vocabulary.is_some() { &self.named } else { Table::all() }
    }
}

/// Why a table in these names is not read back, as [`Foreign::lines`](threadhunt::source::Foreign) says it.
pub(crate) fn not_read_back(name: &str) -> io::Error {
    // A name in a file is anybody's: only one of ours is shown.
    let whose = vocabulary(name).map_or("another vocabulary", |vocabulary| vocabulary.name);
    let reason = format!(
        "a table in the names of {whose}, which is for queries and is not read back; write it without --names"
    );
    io::Error::new(io::ErrorKind::InvalidInput, reason)
}

impl Table {
    /// All tables: those of Windows by id, those of Linux, and last that of other records.
    pub fn all() -> &'static [Table] {
        static TABLES: LazyLock<Vec<Table>> =
            LazyLock::new(|| schema::events().iter().map(Some).chain([None]).map(Table::new).collect());
        &TABLES
    }

    /// The table that a record belongs to, as its index in [`all`](Self::all).
    pub fn of(event: &Event<'_>) -> usize {
        let known = event
            .schema()
            .and_then(|schema| schema::events().iter().position(|candidate| std::ptr::eq(candidate, schema)));
        known.unwrap_or(schema::events().len())
    }

    /// The table of the events of Windows with that id, as its index in [`all`](Self::all).
    pub fn of_id(id: u16) -> usize {
        let known = |schema: &EventSchema| schema.platform == Platform::Windows && schema.id == id;
        schema::events().iter().position(known).unwrap_or(schema::events().len())
    }

    /// The table of that name, as its index in [`all`](Self::all).
    pub(crate) fn find(name: &str) -> Option<usize> {
        Self::all().iter().position(|table| table.name == name)
    }

    /// What the table holds, in words.
    pub fn title(&self) -> &'static str {
        self.schema.map_or("records that no schema describes", |schema| schema.title)
    }

    fn new(schema: Option<&'static EventSchema>) -> Self {
        let fixed = |(name, kind, source): &(&str, Kind, Source)| Column {
            name: (*name).to_owned(),
            kind: *kind,
            source: *source,
        };
        let mut columns: Vec<Column> = FIRST.iter().map(fixed).collect();
        columns.extend(SystemField::all().filter(|field| !is_first(*field)).map(system_column));
        let mut places = vec![None; FieldId::COUNT];
        for field in schema.into_iter().flat_map(EventSchema::all_fields) {
            places[field.id.index()] = u16::try_from(columns.len()).ok();
            columns.push(Column {
                name: field.name.to_owned(),
                kind: kind_of(field.field_type(), field.bits),
                source: Source::Field(field.id),
            });
        }
        columns.extend(LAST.iter().map(fixed));
        Self { name: table_name(schema), schema, columns, places, named: None }
    }

    fn named(naming: Naming, schema: Option<&'static EventSchema>) -> Self {
        let row = NamedRow::new(naming, schema);
        let columns = row.columns().iter().map(named_column).collect();
        Self { name: table_name(schema), schema, columns, places: Vec::new(), named: Some(row) }
    }

    /// The place of a field among the columns.
    pub(crate) fn place(&self, field: FieldId) -> Option<usize> {
        self.places[field.index()].map(usize::from)
    }
}

fn named_column(column: &NamedColumn) -> Column {
    let kind = match column.kind {
        NamedKind::Text => Kind::Text,
        NamedKind::Number32 => Kind::Integer32,
        NamedKind::Number63 => Kind::Integer64,
        NamedKind::Bool => Kind::Bool,
        NamedKind::Time => Kind::Instant,
    };
    Column { name: column.name.clone(), kind, source: Source::Named { is_key: column.is_key } }
}

fn table_name(schema: Option<&EventSchema>) -> String {
    match schema.map(|schema| (schema.platform, schema.id)) {
        None => "other".to_owned(),
        Some((Platform::Windows, id)) => format!("event_{id}"),
        Some((Platform::Linux, id)) => format!("linux_event_{id}"),
    }
}

fn is_first(field: SystemField) -> bool {
    FIRST.iter().any(|(_, _, source)| *source == Source::System(field))
}

fn system_column(field: SystemField) -> Column {
    let kind = if field.is_number() { Kind::Integer64 } else { Kind::Text };
    Column { name: format!("system_{}", field.name()), kind, source: Source::System(field) }
}

fn kind_of(field_type: FieldType, bits: Option<u8>) -> Kind {
    match field_type {
        FieldType::Integer if bits == Some(64) => Kind::Integer64,
        FieldType::Integer => Kind::Integer32,
        FieldType::Bool => Kind::Bool,
        _ => Kind::Text,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use threadhunt::schema::names::vocabularies;

    use super::*;

    #[test]
    fn names_are_unique_whatever_their_case() {
        for vocabulary in vocabularies() {
            let mut names = HashSet::new();
            for table in Tables::named(Naming::new(vocabulary)).all() {
                assert!(names.insert(table.name.to_lowercase()), "{}", table.name);
                // What a database has before all columns.
                let mut columns = HashSet::from(["seq".to_owned()]);
                for column in &table.columns {
                    let is_new = columns.insert(column.name.to_lowercase());
                    assert!(is_new, "{}: {}.{}", vocabulary.name, table.name, column.name);
                }
            }
        }
    }

    #[test]
    fn columns_in_other_names_keep_their_types() {
        let kind = |names: &str, column: &str| {
            let tables = Tables::named(Naming::new(vocabulary(names).expect("a vocabulary")));
            let table = &tables.all()[Table::of_id(8)];
            table.columns.iter().find(|candidate| candidate.name == column).map(|column| column.kind)
        };
        for (names, column, expected) in [
            ("ecs", "@timestamp", Kind::Instant),
            ("ecs", "process.pid", Kind::Integer32),
            ("ecs", "process.executable", Kind::Text),
            ("ecs", "winlog.event_data.NewThreadId", Kind::Text),
            ("ocsf", "class_uid", Kind::Integer64),
            ("ocsf", "severity_id", Kind::Integer64),
            ("ocsf", "time", Kind::Integer64),
            ("ocsf", "process.pid", Kind::Integer32),
            ("ossem", "@timestamp", Kind::Instant),
            ("ossem", "process_id", Kind::Integer32),
            ("ossem-dd", "ProcessId", Kind::Integer32),
            ("udm", "principal.process.pid", Kind::Text),
            ("car", "other", Kind::Text),
        ] {
            assert_eq!(kind(names, column), Some(expected), "{names}: {column}");
        }
    }

    #[test]
    fn every_field_of_system_and_of_the_event_has_a_column() {
        let table = &Table::all()[Table::find("event_8").expect("event 8 is in the dictionary")];
        for field in SystemField::all() {
            assert!(table.columns.iter().any(|column| column.source == Source::System(field)), "{field:?}");
        }
        for field in table.schema.expect("of the dictionary").all_fields() {
            let place = table.place(field.id).expect("a column");
            assert_eq!(table.columns[place].name, field.name);
        }
        let kind =
            |name: &str| table.columns.iter().find(|column| column.name == name).map(|column| column.kind);
        assert_eq!(kind("SourceProcessId"), Some(Kind::Integer32));
        assert_eq!(kind("SourceProcessGuid"), Some(Kind::Text));
        assert_eq!(kind("StartAddress"), Some(Kind::Text));
    }
}
