//! What Event Viewer copies as text: lines that name the log, the message, and mostly the XML.
//!
//! The XML says everything, so where it is there, it is read and nothing else is. Its names are
//! those of the English version, which is the one that Sysmon's messages stand in; the date is in
//! the zone and in the manner of the country of whoever copied it.

use super::{Filled, finish_message, system};
use crate::event::{RecordBuilder, SystemField};

use SystemField as F;

const LINES: &[(&str, SystemField)] = &[
    ("Log Name", F::Channel),
    ("Source", F::ProviderName),
    ("Date", F::TimeCreated),
    ("Event ID", F::EventId),
    ("Level", F::Level),
    ("Computer", F::Computer),
];

/// The line behind which the message stands.
const MESSAGE: &str = "Description:";

/// Whether a line is the first one.
pub(super) fn begins(line: &str) -> bool {
    line.starts_with("Log Name:")
}

/// The line behind which the XML stands.
const XML: &str = "Event Xml:";

/// Whether a text is all that stands above the XML of the same event.
pub(super) fn heads_xml(text: &str) -> bool {
    text.trim_end().ends_with(XML)
}

/// Reads what holds no XML.
pub(super) fn read<'a>(text: &str, mut builder: RecordBuilder<'a>) -> Filled<'a> {
    let (head, message) = text.split_once(MESSAGE).unwrap_or((text, ""));
    for line in head.lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        if let Some((_, field)) = LINES.iter().find(|(known, _)| *known == name.trim()) {
            system::set(&mut builder, *field, value);
        }
    }
    finish_message(message, builder)
}
