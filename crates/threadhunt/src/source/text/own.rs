//! Our own text (`events --format text`): a line that says when, where and which record, and the message.
//!
//! `2024-03-14T09:26:53.5890000Z  web01  record 7  Microsoft-Windows-Sysmon/Operational`, two blanks between the
//! parts. The time has a zone and is taken over. A record that the schema does not know, or
//! another provider's, has `Provider event 12:` for a title. What the writer showed as an escape stays
//! one. A head by itself, without the message, is a record that was lost.

use jiff::Timestamp;

use super::{Filled, Refused, finish_message, system};
use crate::event::{RecordBuilder, SystemField};
use crate::source::message;

use SystemField as F;

/// What stands between the parts of a head.
const GAP: &str = "  ";

/// What stands before the number of a record.
const RECORD: &str = "record ";

/// What stands in the title of a record without one of its own, between provider and id.
const EVENT: &str = " event ";

/// The parts of a head: time, computer, record and channel; the last may be missing.
struct Head<'t> {
    time: &'t str,
    computer: &'t str,
    record: &'t str,
    channel: Option<&'t str>,
}

/// The head that a line is; `None` where it is none, and where it lacks what shows that it is ours.
fn head(line: &str) -> Option<Head<'_>> {
    let mut parts = line.trim_end().split(GAP);
    let time = parts.next().filter(|time| time.ends_with('Z') && time.parse::<Timestamp>().is_ok())?;
    let computer = parts.next().filter(|computer| !computer.is_empty() && !computer.contains(' '))?;
    let record = parts.next()?.strip_prefix(RECORD)?;
    let is_number = !record.is_empty() && record.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Head { time, computer, record, channel: parts.next() })
}

/// Whether a line is a head.
pub(super) fn begins(line: &str) -> bool {
    // Asked of every line, so most are told by their first bytes.
    line.as_bytes().first().is_some_and(u8::is_ascii_digit) && line.contains(RECORD) && head(line).is_some()
}

/// Whether a head is followed by a message of Sysmon's.
pub(super) fn is_telling(text: &str) -> bool {
    text.split_once('\n').is_some_and(|(_, message)| message::parse(message).is_some())
}

pub(super) fn read<'a>(text: &str, mut builder: RecordBuilder<'a>) -> Filled<'a> {
    let (line, message) = text.split_once('\n').unwrap_or((text, ""));
    if message.trim().is_empty() {
        return (
            builder,
            Err(Refused::malformed("the head of a record of our own text, and no record behind it")),
        );
    }
    if let Some(head) = head(line) {
        let channel = head.channel.unwrap_or_default();
        for (field, value) in [
            (F::TimeCreated, head.time),
            (F::Computer, head.computer),
            (F::EventRecordId, head.record),
            (F::Channel, channel),
        ] {
            system::set(&mut builder, field, value);
        }
    }
    match unnamed(message) {
        Some((provider, id)) => {
            system::set(&mut builder, F::ProviderName, provider);
            system::set(&mut builder, F::EventId, id);
            lines(message, &mut builder);
            (builder, Ok(()))
        }
        None => finish_message(message, builder),
    }
}

/// Provider and id in the title of a record that has none of its own.
fn unnamed(message: &str) -> Option<(&str, &str)> {
    let title = message.lines().next()?.trim_end().strip_suffix(':')?;
    let (provider, id) = title.rsplit_once(EVENT)?;
    (id.parse::<u16>().is_ok() && !provider.is_empty()).then_some((provider, id))
}

/// The `Name: value` lines behind a title, each a value by itself.
fn lines(message: &str, builder: &mut RecordBuilder<'_>) {
    for line in message.lines().skip(1) {
        if let Some(note) = line.strip_prefix(message::NOTE) {
            builder.note(note);
        } else if let Some((name, value)) =
            line.split_once(": ").or_else(|| Some((line.strip_suffix(':')?, "")))
        {
            let slot = builder.batch().push_text(value);
            builder.data(name, slot);
        }
    }
}
