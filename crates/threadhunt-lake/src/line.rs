//! A row back into a line of JSON, which the library's own reader takes.
//!
//! The keys are those of `docs/json-lines.md`. A row that has `raw` is that line already.

use std::io::{self, Read};

use serde_json::{Map, Value as Json, json};

use crate::cell::Cell;
use crate::table::{Column, Source};

/// Appends a row as a line, unless it has nothing of a record.
pub(crate) fn push_line<'c>(columns: &[Column], cells: impl Iterator<Item = Cell<'c>>, out: &mut Vec<u8>) {
    let (mut line, mut fields) = (Map::new(), Map::new());
    let mut put = |column: &Column, cell: Cell<'_>| match column.source {
        Source::System(field) => drop(line.insert(field.name().to_owned(), to_json(cell))),
        Source::Field(_) | Source::Unknown => drop(fields.insert(column.name.clone(), field_json(cell))),
        Source::Notes => drop(line.insert("notes".to_owned(), notes(cell))),
        Source::Recovered if cell == Cell::Bool(true) => {
            line.insert("source".to_owned(), json!({ "recovered": true }));
        }
        // Where the record was read first, and what follows from other columns.
        _ => {}
    };
    for (column, cell) in columns.iter().zip(cells) {
        match (column.source, cell) {
            (_, Cell::Null) => {}
            (Source::Raw, Cell::Text(raw)) => {
                // A line must be one, whoever made the table.
                out.extend(raw.bytes().map(|byte| if byte == b'\n' { b' ' } else { byte }));
                return out.push(b'\n');
            }
            (_, cell) => put(column, cell),
        }
    }
    line.insert("fields".to_owned(), Json::Object(fields));
    out.extend(Json::Object(line).to_string().into_bytes());
    out.push(b'\n');
}

fn to_json(cell: Cell<'_>) -> Json {
    match cell {
        Cell::Null => Json::Null,
        Cell::Text(text) => text.into(),
        Cell::Integer(number) => number.into(),
        Cell::Bool(truth) => truth.into(),
        Cell::Instant(instant) => instant.into(),
    }
}

/// Truth values are texts among the fields.
fn field_json(cell: Cell<'_>) -> Json {
    match cell {
        Cell::Bool(truth) => truth.to_string().into(),
        cell => to_json(cell),
    }
}

fn notes(cell: Cell<'_>) -> Json {
    let Cell::Text(text) = cell else { return Json::Null };
    serde_json::from_str(text).unwrap_or_else(|_| json!([text]))
}

/// What gives rows, some at a time.
pub(crate) trait Rows {
    /// Appends the next lines; nothing appended means that there are no more.
    fn more(&mut self, out: &mut Vec<u8>) -> io::Result<()>;
}

/// Rows as a stream of lines.
pub(crate) struct Lines<R> {
    rows: R,
    buffer: Vec<u8>,
    /// How much of the buffer was given out.
    given: usize,
}

impl<R: Rows> Lines<R> {
    pub(crate) fn new(rows: R) -> Self {
        Self { rows, buffer: Vec::new(), given: 0 }
    }
}

impl<R: Rows> Read for Lines<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given == self.buffer.len() {
            self.buffer.clear();
            self.given = 0;
            self.rows.more(&mut self.buffer)?;
        }
        let mut rest = &self.buffer[self.given..];
        let count = rest.read(out)?;
        self.given += count;
        Ok(count)
    }
}
