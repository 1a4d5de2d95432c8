//! Reading databases that were written here.
//!
//! A database may be hostile, and lies where evidence lies: it is opened read-only and as one
//! that nobody changes, so that nothing is written beside it, its schema is not trusted, and
//! only tables of known names are asked for known columns.

use std::collections::VecDeque;
use std::fmt::Write;
use std::io::{self, Read};
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use super::schema::quoted;
use super::{APPLICATION_ID, NAMED_APPLICATION_ID};
use crate::cell::Cell;
use crate::line::{Lines, Rows, push_line};
use crate::table::{Column, Kind, Source, Table, not_read_back};

/// Rows of a table that are asked for at once.
const PAGE_ROWS: usize = 256;
/// Bytes of a value. A record of a log has at most 64 KiB.
const MAX_VALUE: i32 = 16 << 20;

/// Opens a database as lines of JSON.
pub(super) fn lines(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    let database = Database::open(path)?;
    Ok(Box::new(Lines::new(database)))
}

/// The records of all tables, merged by their numbers.
struct Database {
    connection: Connection,
    tables: Vec<Cursor>,
    /// Whether all rows were read, and what they were read from was looked at as a whole.
    is_checked: bool,
}

/// Where reading is in one table.
struct Cursor {
    name: &'static str,
    columns: Vec<Column>,
    /// Selects the next rows after a number.
    select: String,
    /// Number of the last row that was asked for.
    last: i64,
    /// Rows at hand, by number.
    ready: VecDeque<(i64, Vec<u8>)>,
    at_end: bool,
}

impl Database {
    fn open(path: &Path) -> io::Result<Self> {
        let flags =
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let connection = Connection::open_with_flags(uri(path), flags).map_err(invalid)?;
        for (setting, on) in [
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
            (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        ] {
            connection.set_db_config(setting, on).map_err(invalid)?;
        }
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_VALUE).map_err(invalid)?;
        let id: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(invalid)?;
        if id == NAMED_APPLICATION_ID {
            let names = connection.query_row("SELECT name FROM names", [], |row| row.get(0));
            return Err(not_read_back(&names.unwrap_or_else(|_| String::new())));
        }
        if id != APPLICATION_ID {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "a database that this program did not write",
            ));
        }
        let present = |table: &&Table| {
            let found = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?";
            connection.query_row(found, [&table.name], |row| row.get(0)).map(|count: i64| count > 0)
        };
        let mut tables = Vec::new();
        for table in Table::all() {
            if present(&table).map_err(invalid)? {
                tables.push(Cursor::new(&connection, table)?);
            }
        }
        Ok(Self { connection, tables, is_checked: false })
    }
}

impl Rows for Database {
    fn more(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        for _ in 0..PAGE_ROWS {
            for table in &mut self.tables {
                table.fill(&self.connection)?;
            }
            let with_rows = self.tables.iter_mut().filter(|table| !table.ready.is_empty());
            let Some(next) = with_rows.min_by_key(|table| table.ready.front().map(|(seq, _)| *seq)) else {
                break;
            };
            if let Some((_, line)) = next.ready.pop_front() {
                out.extend(line);
            }
        }
        if out.is_empty() && !std::mem::replace(&mut self.is_checked, true) { self.check() } else { Ok(()) }
    }
}

impl Database {
    /// A page whose number of rows was changed reads without an error: only the whole shows it.
    fn check(&self) -> io::Result<()> {
        let found: String =
            self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(invalid)?;
        if found == "ok" {
            return Ok(());
        }
        Err(invalid(format!(
            "the database is damaged, and rows may be missing: {}",
            found.replace('\n', " ")
        )))
    }
}

impl Cursor {
    fn new(connection: &Connection, table: &'static Table) -> io::Result<Self> {
        let columns = columns(connection, table).map_err(invalid)?;
        let names: String = columns.iter().map(|column| format!(", {}", quoted(&column.name))).collect();
        let select = format!(
            "SELECT seq{names} FROM {} WHERE seq > ? ORDER BY seq LIMIT {PAGE_ROWS}",
            quoted(&table.name)
        );
        Ok(Self { name: &table.name, columns, select, last: i64::MIN, ready: VecDeque::new(), at_end: false })
    }

    /// Asks for more rows where there are none at hand.
    fn fill(&mut self, connection: &Connection) -> io::Result<()> {
        if self.at_end || !self.ready.is_empty() {
            return Ok(());
        }
        self.page(connection)
            .map_err(|error| invalid(format!("the table {} cannot be read: {error}", self.name)))?;
        self.at_end = self.ready.len() < PAGE_ROWS;
        Ok(())
    }

    fn page(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(&self.select)?;
        let mut rows = statement.query([self.last])?;
        while let Some(row) = rows.next()? {
            let seq = row.get(0)?;
            let mut values = Vec::with_capacity(self.columns.len());
            for place in 1..=self.columns.len() {
                values.push(row.get_ref(place)?);
            }
            let typed = || self.columns.iter().zip(&values);
            let odd = typed().map(|(column, value)| match cell(column.kind, *value) {
                Some(_) => String::new(),
                None => as_text(*value),
            });
            let odd: Vec<String> = odd.collect();
            let cells = typed()
                .zip(&odd)
                .map(|((column, value), odd)| cell(column.kind, *value).unwrap_or(Cell::Text(odd)));
            let mut line = Vec::new();
            push_line(&self.columns, cells, &mut line);
            self.ready.push_back((seq, line));
            self.last = seq;
        }
        Ok(())
    }
}

/// The columns that the table has in this database.
fn columns(connection: &Connection, table: &Table) -> rusqlite::Result<Vec<Column>> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?)")?;
    let names = statement.query_map([&table.name], |row| row.get::<_, String>(0))?;
    let mut columns = Vec::new();
    for name in names {
        let name = name?;
        let known = table.columns.iter().find(|column| column.name == name);
        match known {
            Some(column) => columns.push(column.clone()),
            None if name == "seq" => {}
            None => columns.push(Column { name, kind: Kind::Text, source: Source::Unknown }),
        }
    }
    Ok(columns)
}

/// A value as it was written; `None` for one that this program never writes.
fn cell<'r>(kind: Kind, value: ValueRef<'r>) -> Option<Cell<'r>> {
    match (kind, value) {
        (_, ValueRef::Null) => Some(Cell::Null),
        (Kind::Bool, ValueRef::Integer(number)) => Some(Cell::Bool(number != 0)),
        (Kind::Integer32 | Kind::Integer64, ValueRef::Integer(number)) => {
            u64::try_from(number).ok().map(Cell::Integer)
        }
        (Kind::Text | Kind::Instant, ValueRef::Text(bytes)) => {
            std::str::from_utf8(bytes).ok().map(Cell::Text)
        }
        _ => None,
    }
}

/// A value that its column is not made for, as text: SQLite lets anybody put anything anywhere.
fn as_text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The path as SQLite's URI of a file that nobody changes.
fn uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                uri.push(char::from(*byte));
            }
            // A text takes whatever is written to it.
            _ => drop(write!(uri, "%{byte:02X}")),
        }
    }
    uri + "?immutable=1"
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
