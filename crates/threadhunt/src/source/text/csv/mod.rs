//! Tables: CSV with names of columns in the first row, separated by commas, semicolons or tabs.
//!
//! A table is known by the names of its columns ([`columns`]); a cell may be a field, a whole event
//! in XML, a message, JSON. Every block begins with the row of names, so that it can be read alone.
//! Cells may hold line ends. What is wrong with one row ([`rows`]) does not concern the next.

use std::borrow::Cow;
use std::io::{self, Read};

use super::split::{self, Records};
use super::{Among, Filled, REACH, Reader, Refused, finish_message, read_body, splunk, system};
use crate::event::{Batch, DamageCode, RecordBuilder, Slot, SystemField};
use crate::report::starts_formula;
use crate::schema::{self, EventSchema, Platform};
use crate::source::clock::{self, Clock};
use crate::source::encoding::{self, Input, LoneCr, NoText, to_text};
use crate::source::{BlockHead, Emit, Format, Shape, Workshop, json, message, xml};

mod columns;
mod ours;
mod rows;

use columns::{Role, TABLES, Table};
use rows::{Kind, LineEnd, MAX_CELLS, Rows};

/// Tables as a kind of log.
pub(crate) const FORMAT: Format =
    Format { name: "csv", shapes: SHAPES, recognise, split, ranges: None, decode };

static SHAPES: &[&Shape] = &[
    &TABLES[0].shape,
    &TABLES[1].shape,
    &TABLES[2].shape,
    &TABLES[3].shape,
    &TABLES[4].shape,
    &TABLES[5].shape,
    &TABLES[6].shape,
    &TABLES[7].shape,
];

/// What may separate cells.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How Microsoft's portals end the name of a column whose times are in UTC.
const IN_UTC: &str = " [UTC]";

/// Characters of a column's name that a sentence shows.
const MAX_SHOWN: usize = 40;

/// Longest name of a column.
const MAX_NAME: usize = 128;

/// The row of names.
struct Header {
    delimiter: u8,
    line_end: LineEnd,
    names: Vec<String>,
    /// Its length, with what stands before it.
    len: usize,
}

impl Header {
    /// Reads the names; `None` where the first row is none of names.
    fn read(text: &[u8]) -> Option<Self> {
        let mut at = text.len() - text.trim_ascii_start().len();
        let mut separator = None;
        // Excel's `sep=;` and PowerShell's `#TYPE …` may stand before.
        for _ in 0..2 {
            let line = first_line(&text[at..]);
            match line.trim_ascii_end() {
                [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', separated] => separator = Some(*separated),
                line if line.starts_with(b"#TYPE ") => {}
                _ => break,
            }
            at += line.len();
        }
        let count = |delimiter: &u8| memchr::memchr_iter(*delimiter, first_line(&text[at..])).count();
        let delimiter = separator.or_else(|| DELIMITERS.into_iter().rev().max_by_key(count))?;
        let mut rows = Rows::new(&text[at..], (delimiter, LineEnd::Lf), None, true);
        let (_, range) = rows.next().filter(|(kind, _)| *kind == Kind::Whole)?;
        let names: Vec<String> =
            rows.cells().map(|cell| unguarded(String::from_utf8_lossy(cell).trim()).to_owned()).collect();
        let is_name = |name: &String| {
            name.len() <= MAX_NAME
                && !name.contains(['<', '{', ':', '=', '\u{fffd}'])
                && !name.contains(char::is_control)
        };
        let is_header = names.len() > 1 && names.iter().all(is_name);
        let (row, rest) = text.split_at(at + range.end);
        let (line_end, rest_of_end) = match (row.last(), rest.first()) {
            (Some(b'\r'), Some(b'\n')) => (LineEnd::Lf, 1),
            (Some(b'\r'), _) => (LineEnd::Cr, 0),
            _ => (LineEnd::Lf, 0),
        };
        let len = row.len() + rest_of_end;
        is_header.then(|| Self { delimiter, line_end, names: columns::complete(names), len })
    }

    fn rows<'t>(&self, text: &'t [u8], is_whole: bool) -> Rows<'t> {
        Rows::new(text, (self.delimiter, self.line_end), Some(self.names.len()), is_whole)
    }
}

/// The first line, whatever ends it, with its end.
fn first_line(text: &[u8]) -> &[u8] {
    let Some(end) = memchr::memchr2(b'\r', b'\n', text) else { return text };
    &text[..=end + usize::from(text[end..].starts_with(b"\r\n"))]
}

fn recognise(head: &[u8]) -> bool {
    let mut text = Vec::with_capacity(head.len());
    Input::detect(head).push(head, &mut text);
    let text = text.strip_prefix(encoding::BOM).unwrap_or(&text);
    let Some(header) = Header::read(text) else { return false };
    let rows = &text[header.len..];
    columns::find(&header.names, false).is_some() || has_text(rows) || is_object(&header, rows)
}

/// Whether an event stands in this text, in XML or as a message.
fn has_text(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    xml::has_event(text.as_bytes()) || message::find(&text, text.len()).is_some()
}

/// Whether the first row is an object of a known shape, with the columns as keys.
fn is_object(header: &Header, text: &[u8]) -> bool {
    let mut rows = header.rows(text, true);
    let Some((Kind::Whole, _)) = rows.next() else { return false };
    let cells: Vec<_> = rows.cells().map(String::from_utf8_lossy).collect();
    let cells = header.names.iter().map(String::as_str).zip(cells.iter().map(|cell| &**cell));
    json::is_known_row(cells.filter(|(_, cell)| !cell.is_empty()))
}

fn split(input: &mut dyn Read, emit: &mut Emit<'_>) -> io::Result<()> {
    split::split(&mut RowEnds { header: None }, input, emit)
}

/// Records of a table: its rows.
struct RowEnds {
    header: Option<Header>,
}

impl Records for RowEnds {
    /// A cell may hold one, so rows are told apart here.
    fn lone_cr(&self) -> LoneCr {
        LoneCr::IsText
    }

    fn lines(&self, text: &[u8]) -> u64 {
        self.header.as_ref().map_or(LineEnd::Lf, |header| header.line_end).count(text)
    }

    fn head(&mut self, text: &[u8]) -> usize {
        self.header = Header::read(text);
        self.header.as_ref().map_or(0, |header| header.len)
    }

    fn cut(&mut self, text: &[u8]) -> usize {
        // Without names nothing can be read: what goes beyond one record is passed over as a whole.
        let Some(header) = &self.header else { return 0 };
        let mut rows = header.rows(text, false);
        while rows.next().is_some() {}
        rows.position()
    }

    fn next(&mut self, text: &[u8]) -> Option<usize> {
        self.header.as_ref().and_then(|header| memchr::memchr(header.line_end.byte(), text)).map(|at| at + 1)
    }
}

fn decode(head: BlockHead, batch: &mut Batch, workshop: &mut Workshop<'_>) {
    let input = batch.shared_input();
    let (is_wide, text) = match input.strip_prefix(encoding::BOM) {
        Some(text) => (true, text),
        None => (false, &input[..]),
    };
    let mut reader = Reader { among: Among::Texts, is_wide, place: head, batch, workshop };
    let Some(header) = Header::read(text) else {
        return reader.refuse(DamageCode::Limit, format!("a row of names with more than {MAX_CELLS} cells"));
    };
    reader.rows(&header, &text[header.len..]);
}

/// First columns of our own tables.
const OURS: &str = "time,computer,record_id,event_id,";

/// Whether a line has the names of a table's columns.
///
/// Every line of a text is asked, so most are not looked at twice.
pub(super) fn begins(line: &str) -> bool {
    let is_list = || DELIMITERS.iter().any(|byte| memchr::memchr_iter(*byte, line.as_bytes()).count() > 2);
    let may_be = |line: &str| !line.contains([':', '<', '{', '=']) && is_list();
    line.starts_with(OURS)
        || may_be(line)
            && Header::read(line.as_bytes())
                .is_some_and(|header| columns::find(&header.names, false).is_some())
}

/// What is said of a row that is cut.
const CUT_ROW: &str = "the last row is cut short: it has no line end, and fewer cells than there are columns";

/// A row, its cells as text, and what in each was none.
struct Row<'r> {
    table: &'static Table,
    names: &'r [String],
    roles: &'r [Role],
    cells: Vec<(Cow<'r, str>, NoText)>,
}

impl Reader<'_, '_> {
    /// Reads a table among lines of other kinds.
    pub(super) fn table_among(&mut self, lines: &[u8]) {
        let Some(header) = Header::read(lines) else { return self.others(lines) };
        self.pass(&lines[..header.len]);
        self.rows(&header, &lines[header.len..]);
    }

    fn rows(&mut self, header: &Header, text: &[u8]) {
        // It was recognised, so what it is not by its names it is by its cells.
        let table = columns::find(&header.names, true).unwrap_or(&TABLES[0]);
        if let Some(asked) = self.workshop.options.shape.filter(|asked| asked.name != table.shape.name) {
            let reason = format!("{} was asked for, and this is {}", asked.name, table.shape.name);
            self.refuse(DamageCode::OtherShape, reason);
            return self.pass_rows(header, text);
        }
        if let Some(refusal) = table.refusal {
            self.refuse(DamageCode::UnknownShape, refusal);
            return self.pass_rows(header, text);
        }
        // Behind the last column may stand a message.
        let roles = header.names.iter().map(|name| table.role(name)).chain([Role::Text]).collect::<Vec<_>>();
        let mut rows = header.rows(text, true);
        let mut at = 0;
        while let Some((kind, range)) = rows.next() {
            self.pass_rows(header, &text[at..range.start]);
            match kind {
                Kind::Whole => {
                    let cells = rows.cells().map(to_text).collect();
                    let row = Row { table, names: &header.names, roles: &roles, cells };
                    let known = self.batch.damages.len();
                    self.row(&row);
                    if row.is_cut(&text[range.clone()]) && self.batch.damages.len() == known {
                        self.refuse(DamageCode::Truncated, CUT_ROW);
                    }
                }
                Kind::Broken => self.refuse(
                    DamageCode::Malformed,
                    "a row whose quotes do not match its columns; reading goes on with the next line",
                ),
                Kind::TooWide => {
                    self.refuse(DamageCode::Limit, format!("a row of more than {MAX_CELLS} cells"));
                }
            }
            self.pass_rows(header, &text[range.clone()]);
            at = range.end;
        }
        self.pass_rows(header, &text[at..]);
    }

    fn pass_rows(&mut self, header: &Header, text: &[u8]) {
        self.pass_lines(text, header.line_end.count(text));
    }

    fn row(&mut self, row: &Row<'_>) {
        let (cells, columns) = (row.cells.len(), row.names.len());
        if cells > columns && !row.ends_in_message() {
            let reason = format!("a row of {cells} cells, and there are {columns} columns");
            return self.refuse(DamageCode::Malformed, reason);
        }
        let shape = row.table.shape.name;
        let no_text = NoText {
            replaced: row.cells.iter().find_map(|(_, no_text)| no_text.replaced),
            has_nul: row.cells.iter().any(|(_, no_text)| no_text.has_nul),
        };
        let before = self.batch.counts.total();
        if row.all(&Role::Text).any(|text| self.embedded(Some(shape), text))
            || row.table.is_json && self.row_object(row)
        {
            return self.tell(no_text, self.batch.counts.total() - before);
        }
        self.build(Some(shape), no_text, |mut builder| {
            if cells < columns {
                builder.note(format!("the row has {cells} cells, and there are {columns} columns"));
            }
            row.set_cells(&mut builder);
            (row.table.finish)(row, builder)
        });
    }

    /// Reads a row as an object, its columns as keys; false where no such object is known.
    fn row_object(&mut self, row: &Row<'_>) -> bool {
        let (shapes, before) = (self.batch.counts.shapes.clone(), self.batch.counts.total());
        let cells: Vec<_> = row.object().collect();
        let cells = cells.iter().map(|(name, text)| (*name, &**text));
        let is_known = json::read_row(cells, self.place, self.batch, self.workshop);
        self.count_as(Some(row.table.shape.name), shapes, before);
        is_known
    }
}

impl Row<'_> {
    /// Whether one more cell than there are names holds a message, as in tables of Event Viewer in other languages.
    fn ends_in_message(&self) -> bool {
        let last = self.cells.last().filter(|_| self.cells.len() == self.names.len() + 1);
        last.is_some_and(|(text, _)| message::find(text, REACH) == Some(0))
    }

    /// Whether the text of the row breaks off: a row that has a line end has all cells that it was given.
    fn is_cut(&self, text: &[u8]) -> bool {
        self.cells.len() < self.names.len() && !text.ends_with(b"\n") && !text.ends_with(b"\r")
    }

    /// Names and cells, without what is empty. A time whose column says that it is in UTC says so itself.
    fn object(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        let cells = self.names.iter().zip(&self.cells).filter(|(_, (text, _))| !text.is_empty());
        cells.map(|(name, (text, _))| {
            let is_in_utc = self.table.in_utc == Some(name) || name.ends_with(IN_UTC);
            let time = is_in_utc.then(|| clock::read_utc(text));
            let Some(Clock::Instant(time)) = time else { return (&**name, Cow::Borrowed(&**text)) };
            (&**name, time.to_string().into())
        })
    }

    fn with_roles(&self) -> impl Iterator<Item = (&Role, &str)> {
        self.roles.iter().zip(self.cells.iter().map(|(text, _)| &**text))
    }

    /// The cells of a role that hold something.
    fn all(&self, role: &Role) -> impl Iterator<Item = &str> {
        self.with_roles()
            .filter(move |(known, text)| *known == role && !text.is_empty())
            .map(|(_, text)| text)
    }

    fn first(&self, role: &Role) -> Option<&str> {
        self.all(role).next()
    }

    /// Sets what a cell says by itself: system fields and data. An empty cell says nothing.
    fn set_cells(&self, builder: &mut RecordBuilder<'_>) {
        let cells = || self.with_roles().filter(|(_, text)| !text.is_empty());
        let plain =
            |text| if self.table.is_guarded { ours::read(unguarded(text)) } else { ours::Text::from(text) };
        if !self.table.is_guarded {
            // It is not ours.
            builder.take_fractions();
        }
        for (role, text) in cells() {
            if let Role::System(field) = role {
                system::set(builder, *field, &plain(text).to_text());
            }
        }
        let schema = schema_of(builder).filter(|_| self.table.is_strict);
        for (role, text) in cells() {
            let Role::Datum(field) = role else { continue };
            if schema.is_some_and(|schema| schema.all_fields().all(|known| known.id != *field)) {
                builder.note(format!("the column {} left out: the event has no such field", field.name()));
                continue;
            }
            let slot = plain(text).push(builder);
            builder.data(field.name(), slot);
        }
    }

    /// The end of a row whose fields have columns.
    fn finish_fields<'a>(&self, mut builder: RecordBuilder<'a>) -> Filled<'a> {
        if let Some(other) = self.first(&Role::Other) {
            ours::fill_other(unguarded(other), &mut builder);
        }
        let is_sysmon = !self.roles.contains(&Role::Event) || self.first(&Role::Event).is_some();
        if is_sysmon && builder.system_slot(SystemField::ProviderName) == Slot::Absent {
            let name = schema::PROVIDERS.first().map_or("", |provider| provider.name);
            system::set(&mut builder, SystemField::ProviderName, name);
        }
        if builder.system_slot(SystemField::EventId) == Slot::Absent {
            return (builder, Err(Refused::malformed("a row without the id of an event")));
        }
        (builder, Ok(()))
    }

    /// The end of a row with the message.
    fn finish_message<'a>(&self, builder: RecordBuilder<'a>) -> Filled<'a> {
        finish_message(self.first(&Role::Message).unwrap_or_default(), builder)
    }

    /// The end of a row that holds an event as some other text has it, but XML.
    fn finish_text<'a>(&self, mut builder: RecordBuilder<'a>) -> Filled<'a> {
        for text in self.all(&Role::Text) {
            if text.contains("LogName=") {
                return splunk::read(text, builder);
            }
            if let Some(at) = message::find(text, REACH) {
                let cells = self.names.iter().zip(&self.cells).map(|(name, (cell, _))| (&**name, &**cell));
                if message::parse(&text[at..]).is_some_and(|found| !json::is_message_of_row(&found, cells)) {
                    return (builder, Err(Refused::Other));
                }
                if let Some(host) = self.first(&Role::Host) {
                    system::set(&mut builder, SystemField::Computer, host);
                }
                return read_body(text, ("", ""), builder);
            }
        }
        let cells = || self.names.iter().zip(&self.cells);
        match cells().find(|(name, (cell, _))| json::is_closed(name) && has_text(cell.as_bytes())) {
            Some((name, _)) => {
                let name = name.chars().take(MAX_SHOWN).collect::<String>();
                let reason = format!("the text of {name} {}", json::NOT_READ);
                (builder, Err(Refused::Damage(DamageCode::UnknownShape, reason.into())))
            }
            None => (builder, Err(Refused::Other)),
        }
    }
}

/// The event of Sysmon's that a row says to be, with the provider or without one.
fn schema_of(builder: &mut RecordBuilder<'_>) -> Option<&'static EventSchema> {
    let [id, provider] =
        [SystemField::EventId, SystemField::ProviderName].map(|field| builder.system_slot(field));
    let batch = builder.batch();
    let platform = match batch.value(provider) {
        Some(name) => schema::provider(&name.to_text())?.platform,
        None => Platform::Windows,
    };
    schema::event(platform, u16::try_from(batch.value(id)?.as_u64()?).ok()?)
}

/// The text of a cell before an apostrophe kept a spreadsheet from running it.
fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if starts_formula(rest.as_bytes()) => rest,
        _ => text,
    }
}
