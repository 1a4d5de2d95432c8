//! Any JSON in which some text is the message of a Sysmon event.
//!
//! Sysmon's messages exist in English only and begin with a title that no other provider has, so
//! the text says which event it is. Computer, record id and channel are taken from where
//! collectors have them; what else the document holds is not looked at.

use crate::event::{DamageCode, Slot, SystemField as F};
use crate::source::json::layout::{LAYOUT, Layout};
use crate::source::json::parse::{Json, Kind, Member};
use crate::source::json::{Reading, Refused};
use crate::source::message as rendered;

/// Where collectors have what the message does not say.
static AROUND: Layout = Layout {
    system: &[
        (F::EventRecordId, &["RecordNumber", "RecordId", "EventRecordID", "record_id", "RecordID"]),
        (F::Channel, &["Channel", "channel", "LogName", "EventLog", "log_name"]),
        (
            F::Computer,
            &[
                "Computer",
                "computer",
                "ComputerName",
                "computer_name",
                "MachineName",
                "Hostname",
                "hostname",
                "host/name",
                "host",
            ],
        ),
    ],
    always: &[(F::ProviderName, "Microsoft-Windows-Sysmon")],
    note: Some("read in part: from the message alone"),
    ..LAYOUT
};

pub(in crate::source::json) fn message(
    members: &[Member<'_>],
    reading: &mut Reading<'_>,
) -> Result<(), Refused> {
    let text = message_in(members);
    let Some(message) = text.and_then(rendered::parse) else {
        return Err(Refused(DamageCode::Malformed, "its message cannot be taken apart".into()));
    };
    let id = Slot::Unsigned(message.schema.id.into());
    reading.builder.system(F::EventId, id);
    AROUND.read(members, reading)?;
    message.fill(&mut reading.builder);
    reading.is_empty = false;
    Ok(())
}

/// The message that the record is read of.
pub(in crate::source::json) fn message_in<'j>(members: &'j [Member<'_>]) -> Option<&'j str> {
    find(members, 0)
}

const MAX_DEPTH: usize = 3;

/// The first text that has a message, from where it begins.
fn find<'j>(members: &'j [Member<'_>], depth: usize) -> Option<&'j str> {
    members.iter().find_map(|(_, value)| in_value(value, depth))
}

fn in_value<'j>(json: &'j Json<'_>, depth: usize) -> Option<&'j str> {
    match &json.kind {
        Kind::Text(_) => super::super::shape::message_in(Json::text(json)?),
        Kind::Object(inner) if depth < MAX_DEPTH => find(inner, depth + 1),
        Kind::Array(values) if depth < MAX_DEPTH => {
            values.iter().find_map(|value| in_value(value, depth + 1))
        }
        _ => None,
    }
}
