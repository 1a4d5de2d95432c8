//! Splunk's text of a Windows event: `Name=value` lines and the message behind `Message=`.
//!
//! This is how its forwarder renders events (`renderXml = 0`). Before the lines stands a date in
//! the zone of the host, which is not said; the numbers of level and keywords are words here.

use super::{Filled, Refused, finish_message, system};
use crate::event::{RecordBuilder, SystemField};

use SystemField as F;

/// The lines that are system fields.
const LINES: &[(&str, SystemField)] = &[
    ("LogName", F::Channel),
    ("EventCode", F::EventId),
    ("ComputerName", F::Computer),
    ("Sid", F::UserId),
    ("SourceName", F::ProviderName),
    ("Type", F::Level),
    ("RecordNumber", F::EventRecordId),
];

/// Whether a line is the first of the named ones.
pub(super) fn begins(line: &str) -> bool {
    line.starts_with("LogName=")
}

/// Whether a line is a date alone: `04/27/2019 06:55:04 PM`, a fraction or not.
pub(super) fn is_date(line: &str) -> bool {
    let line = line.trim_end();
    let shape = |(at, byte): (usize, u8)| match at {
        2 | 5 => byte == b'/',
        10 => byte == b' ',
        13 | 16 => byte == b':',
        _ => byte.is_ascii_digit(),
    };
    let Some((clock, rest)) = line.as_bytes().split_at_checked(19) else { return false };
    let fraction = rest.iter().take_while(|byte| matches!(byte, b'.' | b'0'..=b'9')).count();
    clock.iter().copied().enumerate().all(shape) && matches!(&rest[fraction..], b" AM" | b" PM" | b"")
}

pub(super) fn read<'a>(text: &str, mut builder: RecordBuilder<'a>) -> Filled<'a> {
    let (head, message) = text.split_once("Message=").unwrap_or((text, ""));
    let mut has_lines = false;
    for line in head.lines() {
        match line.split_once('=') {
            Some((name, value)) => {
                has_lines = true;
                if let Some((_, field)) = LINES.iter().find(|(known, _)| *known == name) {
                    system::set(&mut builder, *field, value);
                }
            }
            None if is_date(line) => system::set(&mut builder, F::TimeCreated, line),
            None => {}
        }
    }
    if !has_lines {
        return (builder, Err(Refused::malformed("a date without the lines of an event")));
    }
    finish_message(message, builder)
}
