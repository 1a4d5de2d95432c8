//! Sinks: from records to bytes.
//!
//! A [`Format`] turns one record after another into bytes. It has no memory (`&self`) but for a
//! count of what it could not hold, so workers format into their batch's own buffer and whoever writes only copies. The formats
//! stand in one table, [`FORMATS`]; adding one means adding a file and a row.
//!
//! Values are escaped straight out of the log's UTF-16, without a `String` between (see
//! `escape`). Nothing here knows where records came from, and nothing a record holds can
//! drive a terminal, a spreadsheet or a browser: controls and marks that reorder text come
//! out as escapes in every format.
//!
//! An event log is no such format: [`evtx`] writes one in order, record after record.

use crate::event::Record;
use crate::schema::names::vocabulary;

pub mod baseline;
mod bulk;
mod csv;
mod escape;
pub mod evtx;
mod forest;
mod grid;
mod jsonl;
mod lone;
mod names;
pub mod scan;
pub mod stack;
mod text;
mod timesketch;
mod xml;

#[cfg(test)]
mod tests;

pub use bulk::{Bulk, check_index};
pub use csv::Csv;
pub use jsonl::{Jsonl, push_bare};
pub use names::{ActionForm, NamedCell, NamedColumn, NamedKind, NamedLines, NamedRow, NamedTable, Naming};
pub use text::Text;
pub use timesketch::Timesketch;
pub use xml::Xml;

/// A way to write records.
///
/// ```
/// use threadhunt::{event::Batch, sink};
/// let format = sink::format("xml", &[8]).expect("a format of the table");
/// let mut out = Vec::new();
/// format.begin(&mut out);
/// for record in Batch::default().records() {
///     format.record(record, &mut out);
/// }
/// format.end(&mut out);
/// assert_eq!(out, b"<Events>\n</Events>\n");
/// ```
pub trait Format: Sync + Send {
    /// Appends what stands before the first record; once for a whole output.
    fn begin(&self, _out: &mut Vec<u8>) {}

    /// Appends a record.
    fn record(&self, record: Record<'_>, out: &mut Vec<u8>);

    /// Appends what stands after the last record; once for a whole output.
    fn end(&self, _out: &mut Vec<u8>) {}

    /// How many characters of the records so far it could not hold, and wrote as U+FFFD.
    fn replaced(&self) -> u64 {
        0
    }
}

/// What an output is to be, beside its format.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choice<'c> {
    /// The Sysmon events it is for; none named means all.
    pub ids: &'c [u16],
    /// In whose names, for formats that rename; `None` leaves it to the format.
    pub naming: Option<Naming>,
    /// The index or data stream that documents go to; `None` takes the vocabulary's.
    pub index: Option<&'c str>,
}

/// A row of the table of formats.
#[derive(Clone, Copy, Debug)]
pub struct FormatRow {
    /// The name on the command line.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub doc: &'static str,
    /// What files of it are called at their end.
    pub extension: &'static str,
    /// Whether it can write in the names of other vocabularies.
    pub renames: bool,
    make: fn(&Choice<'_>) -> Box<dyn Format>,
}

/// The formats by name, the one for people first.
pub static FORMATS: &[FormatRow] = &[
    FormatRow {
        name: "text",
        doc: "Sysmon's own message form, for people",
        extension: "txt",
        renames: false,
        make: |_| Box::new(Text),
    },
    FormatRow {
        name: "jsonl",
        doc: "JSON lines, one record each, lossless",
        extension: "jsonl",
        renames: true,
        make: |choice| lines(choice.naming),
    },
    FormatRow {
        name: "csv",
        doc: "a table, safe to open in a spreadsheet",
        extension: "csv",
        renames: true,
        make: table,
    },
    FormatRow {
        name: "xml",
        doc: "event XML as Windows shows it",
        extension: "xml",
        renames: false,
        make: |_| Box::new(Xml::default()),
    },
    FormatRow {
        name: "bulk",
        doc: "for the bulk interface of Elasticsearch and OpenSearch; in the names of ecs unless told otherwise",
        extension: "ndjson",
        renames: true,
        make: bulk,
    },
    FormatRow {
        name: "timesketch",
        doc: "JSON lines that Timesketch imports as they are",
        extension: "jsonl",
        renames: false,
        make: |_| Box::new(Timesketch::default()),
    },
];

/// JSON lines: our own, which are Sysmon's names, or documents of another vocabulary.
fn lines(naming: Option<Naming>) -> Box<dyn Format> {
    match naming.filter(|naming| !naming.vocabulary.is_own()) {
        Some(naming) => Box::new(NamedLines::new(naming)),
        None => Box::new(Jsonl::default()),
    }
}

fn table(choice: &Choice<'_>) -> Box<dyn Format> {
    match choice.naming.filter(|naming| !naming.vocabulary.is_own()) {
        Some(naming) => Box::new(NamedTable::new(naming, choice.ids)),
        None => Box::new(Csv::new(choice.ids)),
    }
}

/// The vocabulary of bulk documents where none is named: data streams demand its `@timestamp`.
const BULK_NAMES: &str = "ecs";

fn bulk(choice: &Choice<'_>) -> Box<dyn Format> {
    let naming = choice.naming.or_else(|| vocabulary(BULK_NAMES).map(Naming::new));
    let index = choice.index.or(naming.map(|naming| naming.vocabulary.index));
    Box::new(Bulk::new(index.unwrap_or_default(), lines(naming)))
}

impl FormatRow {
    /// The format for an output of the Sysmon events `ids`; none named means all.
    pub fn format(&self, ids: &[u16]) -> Box<dyn Format> {
        self.with(&Choice { ids, ..Choice::default() })
    }

    /// The format for an output of choice. Formats that do not rename ignore names.
    pub fn with(&self, choice: &Choice<'_>) -> Box<dyn Format> {
        (self.make)(choice)
    }
}

/// The row of that name.
pub fn format_row(name: &str) -> Option<&'static FormatRow> {
    FORMATS.iter().find(|row| row.name == name)
}

/// The format of that name for an output of the Sysmon events `ids` (none named means all).
pub fn format(name: &str, ids: &[u16]) -> Option<Box<dyn Format>> {
    format_row(name).map(|row| row.format(ids))
}
