//! The statements that make tables, indexes and views.

use threadhunt::schema::{Derive, FieldSchema};

use crate::table::{Kind, Source, Table};

/// The table of tables.
pub(super) const TABLES: &str = "CREATE TABLE tables (name TEXT PRIMARY KEY, platform TEXT, event_id INTEGER, \
     title TEXT NOT NULL) WITHOUT ROWID";

/// The table that says whose names the columns have.
pub(super) const NAMES: &str = "CREATE TABLE names (name TEXT PRIMARY KEY, version TEXT NOT NULL, title TEXT NOT NULL) \
     WITHOUT ROWID";

/// A name between quotes, as SQL has them.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Makes a table.
pub(super) fn table(table: &Table) -> String {
    let columns = table.columns.iter().map(|column| {
        let kind = match column.kind {
            Kind::Text | Kind::Instant => "TEXT",
            Kind::Integer32 | Kind::Integer64 | Kind::Bool => "INTEGER",
        };
        format!(", {} {kind}", quoted(&column.name))
    });
    format!("CREATE TABLE {} (seq INTEGER PRIMARY KEY{})", quoted(&table.name), columns.collect::<String>())
}

/// Adds a row.
pub(super) fn insert(table: &Table) -> String {
    let places = ", ?".repeat(table.columns.len());
    format!("INSERT INTO {} VALUES (?{places})", quoted(&table.name))
}

/// Indexes on time, host and the GUIDs of processes; made at the end, which is faster.
pub(super) fn indexes(table: &Table) -> impl Iterator<Item = String> {
    let is_guid = |name: &str| name.to_ascii_lowercase().ends_with("processguid");
    let wanted = table.columns.iter().filter(move |column| match column.source {
        Source::Time => true,
        Source::System(_) => column.name == "computer",
        Source::Field(_) => is_guid(&column.name),
        Source::Named { is_key } => is_key,
        _ => false,
    });
    wanted.map(|column| {
        let index = quoted(&format!("{}_{}", table.name, column.name));
        format!("CREATE INDEX {index} ON {} ({})", quoted(&table.name), quoted(&column.name))
    })
}

/// Shows the table in the vocabulary of OSSEM; none where the vocabulary has no such event, or the table has other
/// names already.
pub(super) fn view(table: &Table) -> Option<String> {
    let fields = table.schema.filter(|_| table.named.is_none())?.fields.iter();
    let mut columns: Vec<String> =
        SYSTEM_NAMES.iter().map(|(name, column)| format!("{} AS {}", quoted(column), quoted(name))).collect();
    columns.extend(fields.flat_map(standard_columns));
    let (view, name) = (quoted(&format!("ossem_{}", table.name)), quoted(&table.name));
    Some(format!("CREATE VIEW {view} AS SELECT {} FROM {name}", columns.join(", ")))
}

/// Names of OSSEM, as of April 2020, for what every record has.
const SYSTEM_NAMES: &[(&str, &str)] = &[
    ("event_id", "event_id"),
    ("host_name", "computer"),
    ("event_recorded_time", "time_created"),
    ("event_uid", "record_id"),
];

fn standard_columns(field: &FieldSchema) -> impl Iterator<Item = String> {
    let column = quoted(field.name);
    field.standard_names.iter().map(move |standard| {
        let value = match standard.derive {
            None => column.clone(),
            // What follows the last backslash: trimmed are all characters but that one.
            Some(Derive::Basename) => {
                format!(r"replace({column}, rtrim({column}, replace({column}, '\', '')), '')")
            }
        };
        format!("{value} AS {}", quoted(standard.name))
    })
}
