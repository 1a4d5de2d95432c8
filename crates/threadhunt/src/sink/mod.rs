//! Sinks: from records to bytes.
//!
//! A [`Format`] turns one record after another into bytes. It has no memory (`&self`), so
//! workers format into their batch's own buffer and whoever writes only copies. The formats
//! stand in one table, [`FORMATS`]; adding one means adding a file and a row.
//!
//! Values are escaped straight out of the log's UTF-16, without a `String` between (see
//! `escape`). Nothing here knows where records came from, and nothing a record holds can
//! drive a terminal, a spreadsheet or a browser: controls and marks that reorder text come
//! out as escapes in every format.
//!
//! An event log is no such format: [`evtx`] writes one in order, record after record.

use crate::event::Record;

mod csv;
mod escape;
pub mod evtx;
mod forest;
mod jsonl;
pub mod scan;
mod text;
mod xml;

#[cfg(test)]
mod tests;

pub use csv::Csv;
pub use jsonl::{Jsonl, push_bare};
pub use text::Text;
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
}

/// A row of the table of formats.
#[derive(Clone, Copy, Debug)]
pub struct FormatRow {
    /// The name on the command line.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub doc: &'static str,
    make: fn(&[u16]) -> Box<dyn Format>,
}

/// The formats by name, the one for people first.
pub static FORMATS: &[FormatRow] = &[
    FormatRow { name: "text", doc: "Sysmon's own message form, for people", make: |_| Box::new(Text) },
    FormatRow {
        name: "jsonl",
        doc: "JSON lines, one record each, lossless",
        make: |_| Box::new(Jsonl::default()),
    },
    FormatRow {
        name: "csv",
        doc: "a table, safe to open in a spreadsheet",
        make: |ids| Box::new(Csv::new(ids)),
    },
    FormatRow { name: "xml", doc: "event XML as Windows shows it", make: |_| Box::new(Xml) },
];

impl FormatRow {
    /// The format for an output of the Sysmon events `ids`; none named means all.
    pub fn format(&self, ids: &[u16]) -> Box<dyn Format> {
        (self.make)(ids)
    }
}

/// The format of that name for an output of the Sysmon events `ids` (none named means all).
pub fn format(name: &str, ids: &[u16]) -> Option<Box<dyn Format>> {
    FORMATS.iter().find(|row| row.name == name).map(|row| row.format(ids))
}
