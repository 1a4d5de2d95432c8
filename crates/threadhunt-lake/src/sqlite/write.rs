//! Writing SQLite.

use std::path::Path;

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql, params};
use threadhunt::event::Record;
use threadhunt::schema::Platform;
use threadhunt::sink::Jsonl;

use super::{APPLICATION_ID, NAMED_APPLICATION_ID, schema};
use crate::WriteError;
use crate::cell::{Cell, Row};
use crate::table::{Table, Tables};

/// Rows of a transaction.
const TRANSACTION_ROWS: u32 = 50_000;

/// Writes records into a new database; see the module's head.
///
/// Meant for a file that nobody knows yet: nothing protects it from a crash before
/// [`finish`](Self::finish).
pub struct SqliteWriter {
    tables: Tables,
    connection: Connection,
    /// The statement that adds a row, for each table that there is by now.
    inserts: Vec<Option<String>>,
    seq: i64,
    rows: u32,
    row: Row,
    raw: Jsonl,
}

impl SqliteWriter {
    /// Begins a database in a file that is new or empty.
    pub fn new(path: &Path, tables: &Tables) -> Result<Self, WriteError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        let id = if tables.vocabulary.is_some() { NAMED_APPLICATION_ID } else { APPLICATION_ID };
        connection.execute_batch(&format!(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; \
             PRAGMA application_id = {id}; PRAGMA user_version = 1; BEGIN"
        ))?;
        connection.execute(schema::TABLES, [])?;
        if let Some(vocabulary) = tables.vocabulary {
            connection.execute(schema::NAMES, [])?;
            let names = params![vocabulary.name, vocabulary.version, vocabulary.title];
            connection.execute("INSERT INTO names VALUES (?, ?, ?)", names)?;
        }
        connection.set_prepared_statement_cache_capacity(tables.all().len());
        Ok(Self {
            tables: tables.clone(),
            connection,
            inserts: vec![None; tables.all().len()],
            seq: 0,
            rows: 0,
            row: Row::default(),
            raw: Jsonl::default(),
        })
    }

    /// Adds a record to its table.
    pub fn write(&mut self, record: Record<'_>) -> Result<(), WriteError> {
        let index = Table::of(&record.view());
        let table = &self.tables.all()[index];
        if self.inserts[index].is_none() {
            self.create(table)?;
            self.inserts[index] = Some(schema::insert(table));
        }
        self.row.fill(table, record, &self.raw);
        let insert = self.inserts[index].as_deref().unwrap_or_default();
        let mut statement = self.connection.prepare_cached(insert)?;
        self.seq += 1;
        statement.raw_bind_parameter(1, self.seq)?;
        for (place, cell) in (2..).zip(self.row.cells()) {
            statement.raw_bind_parameter(place, cell)?;
        }
        statement.raw_execute()?;
        drop(statement);
        self.rows += 1;
        if self.rows == TRANSACTION_ROWS {
            self.connection.execute_batch("COMMIT; BEGIN")?;
            self.rows = 0;
        }
        Ok(())
    }

    /// How many characters of the records so far no cell could hold, and are U+FFFD.
    pub fn replaced(&self) -> u64 {
        self.row.replaced()
    }

    /// Makes indexes and views, and closes the database.
    pub fn finish(self) -> Result<(), WriteError> {
        let written = self.tables.all().iter().zip(&self.inserts).filter(|(_, insert)| insert.is_some());
        for (table, _) in written {
            for statement in schema::indexes(table).chain(schema::view(table)) {
                self.connection.execute(&statement, [])?;
            }
        }
        self.connection.execute_batch("COMMIT; PRAGMA optimize")?;
        self.connection.close().map_err(|(_, error)| error.into())
    }

    fn create(&self, table: &Table) -> Result<(), WriteError> {
        self.connection.execute(&schema::table(table), [])?;
        let of_schema = table.schema.map(|schema| (schema.platform, schema.id));
        self.connection.execute(
            "INSERT INTO tables VALUES (?, ?, ?, ?)",
            params![
                table.name,
                of_schema.map(|(platform, _): (Platform, u16)| platform.name()),
                of_schema.map(|(_, id)| id),
                table.title()
            ],
        )?;
        Ok(())
    }
}

impl std::fmt::Debug for SqliteWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteWriter").field("seq", &self.seq).finish_non_exhaustive()
    }
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            // A row holds none beyond 63 bits.
            Self::Integer(number) => ToSqlOutput::Owned(Value::Integer(number.cast_signed())),
            Self::Bool(truth) => ToSqlOutput::Owned(Value::Integer((*truth).into())),
            Self::Instant(instant) => ToSqlOutput::Owned(Value::Text(spelled(*instant))),
        })
    }
}

/// An instant as SQLite's own functions read it; what lies beyond the year 9999 as it is.
fn spelled(micros: i64) -> String {
    match jiff::Timestamp::from_microsecond(micros) {
        Ok(instant) => instant.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string(),
        Err(_) => micros.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use threadhunt::source::{Options, read_bytes};

    use super::*;

    #[test]
    fn a_full_database_is_told_of_once() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut writer =
            SqliteWriter::new(&directory.path().join("a.db"), &Tables::own()).expect("a database");
        writer.connection.execute_batch("COMMIT; PRAGMA max_page_count = 8; BEGIN").expect("a bound");
        let line = r#"{"event_id":8,"provider":"Microsoft-Windows-Sysmon","fields":{"SourceImage":"a"}}"#;
        let mut result = Ok(());
        read_bytes(format!("{line}\n").repeat(2000), &Options::default(), &mut |batch| {
            for record in batch.records() {
                if result.is_ok() {
                    result = writer.write(record);
                }
            }
        });
        let error = result.expect_err("it is full");
        assert_eq!(error.to_string(), "cannot write the database: database or disk is full");
        assert!(error.source().is_none(), "{:?}", error.source());
    }
}
