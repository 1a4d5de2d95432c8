//! The statements that make tables, indexes and views.

use threadhunt::event::SystemField;
use threadhunt::schema::names::{self, Make, Mapping, vocabulary};

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

/// The vocabulary of the views.
const OSSEM: &str = "ossem";

/// Shows the table in the vocabulary of OSSEM, with the values that `--names ossem` writes, and the table's `raw`:
/// a value that no column of the table holds is only there.
///
/// None for records that no schema describes, and where the table has other names already.
pub(super) fn view(table: &Table) -> Option<String> {
    let event = table.schema.filter(|_| table.named.is_none())?;
    let mut columns: Vec<(&str, Vec<String>)> = Vec::new();
    for mapping in vocabulary(OSSEM)?.mappings(Some(event)) {
        let Some(value) = value(table, &mapping) else { continue };
        match columns.iter_mut().find(|(name, _)| *name == mapping.name) {
            Some((_, values)) => values.push(value),
            None => columns.push((mapping.name, vec![value])),
        }
    }
    // Of several sources the first that says something counts.
    let column = |(name, values): &(&str, Vec<String>)| match &values[..] {
        [value] => format!("{value} AS {}", quoted(name)),
        values => format!("coalesce({}) AS {}", values.join(", "), quoted(name)),
    };
    let mut columns: Vec<String> = columns.iter().map(column).collect();
    let raw = table.columns.iter().filter(|column| column.source == Source::Raw);
    columns.extend(raw.map(|column| quoted(&column.name)));
    let (view, name) = (quoted(&format!("ossem_{}", table.name)), quoted(&table.name));
    Some(format!("CREATE VIEW {view} AS SELECT {} FROM {name}", columns.join(", ")))
}

/// What a mapping makes of a column of the table; `None` for the unmapped, which have no name.
fn value(table: &Table, mapping: &Mapping) -> Option<String> {
    let source = match mapping.source {
        names::Source::Field(field) => Source::Field(field),
        names::Source::System(element, attribute) => Source::System(SystemField::find(element, attribute)?),
        _ => return None,
    };
    let column = table.columns.iter().find(|column| column.source == source)?;
    let value = quoted(&column.name);
    match mapping.make {
        // The columns have these types.
        Make::Text | Make::Typed | Make::Copy | Make::Integer | Make::Boolean => Some(value),
        Make::Time => Some(time(&value)),
        Make::Basename => Some(basename(&value)),
        _ => None,
    }
}

/// A time as documents have it: `2020-10-17T11:43:39.998Z`, with seven digits where they say more; null where the
/// calendar has no such time.
///
/// Read is what `FileTime::parse` reads: RFC 3339 with `T`, `t` or a blank, with any offset from UTC or none, and
/// what lacks seconds or the clock. Each `FROM` names what the one around it needs.
fn time(value: &str) -> String {
    let iso = "'%Y-%m-%dT%H:%M:%S'";
    let whole = format!(
        "SELECT CASE WHEN length({value}) = 10 THEN {value} || 'T00:00:00' \
         WHEN substr({value}, 17, 1) <> ':' THEN substr({value}, 1, 16) || ':00' || substr({value}, 17) \
         ELSE {value} END AS v"
    );
    let parts = format!(
        "SELECT substr(v, 1, 10) || replace(upper(substr(v, 11, 1)), ' ', 'T') || substr(v, 12, 8) AS civil, \
         substr(v, 20) AS rest, ltrim(substr(v, 20), '.,0123456789') AS zone FROM ({whole})"
    );
    let offset = format!(
        "SELECT civil, CASE WHEN rest <> zone THEN substr(rest, 2, length(rest) - length(zone) - 1) ELSE '' END AS digits, \
         rest <> zone AS has_fraction, \
         CASE WHEN upper(zone) IN ('', 'Z') THEN '' WHEN zone GLOB '[+-][0-9][0-9]' THEN zone || ':00' \
         WHEN zone GLOB '[+-][0-9][0-9][0-9][0-9]' THEN substr(zone, 1, 3) || ':' || substr(zone, 4) \
         WHEN zone GLOB '[+-][0-9][0-9]:[0-9][0-9]' THEN zone END AS zone, \
         substr(rest, 1, 1) IN ('.', ',') AS is_fraction FROM ({parts})"
    );
    let utc = format!(
        "SELECT civil, has_fraction, is_fraction, digits, substr(digits || '0000000', 1, 7) AS ticks, \
         strftime({iso}, civil || zone) AS utc FROM ({offset})"
    );
    // SQLite moves a day that does not exist to the next month. The last second is that of documents' calendar.
    format!(
        "(SELECT CASE WHEN strftime({iso}, civil) = civil AND utc BETWEEN '1601' AND '9999-12-30T22:00:00' \
         AND (NOT has_fraction OR is_fraction AND length(digits) BETWEEN 1 AND 9 AND digits NOT GLOB '*[^0-9]*') \
         THEN utc || '.' || CASE WHEN ticks LIKE '%0000' THEN substr(ticks, 1, 3) ELSE ticks END || 'Z' END FROM ({utc}))"
    )
}

/// The last part of a path; the whole where that would be nothing, and null where there is none.
fn basename(value: &str) -> String {
    // Trimmed are all characters but those that separate.
    let directory = format!(r"rtrim({value}, replace(replace({value}, '\', ''), '/', ''))");
    let name = format!("substr({value}, length({directory}) + 1)");
    format!("nullif(coalesce(nullif({name}, ''), nullif({value}, '')), '-')")
}
