//! Splunk: the envelope of the HTTP event collector, and what `search -output json` exports.
//!
//! The fields of the add-on stand in a search's answer, or alone on a line, as our own documents in its names have them.
//! The event itself is XML (source type `XmlWinEventLog`), or was cut into fields at search time.

use crate::event::SystemField as F;
use crate::source::json::layout::{Data, LAYOUT, Layout};
use crate::source::json::shape::{Read, Row, beginning, has, object, text_like, whole};
use crate::source::text::is_rendering;

pub(in crate::source::json) static HEC: Row = Row {
    shape: whole("splunk-hec", "Splunk's HTTP event collector with XML as the event"),
    signatures: &[
        &[has("sourcetype"), beginning("event", "<Event")],
        &[has("time"), beginning("event", "<Event")],
    ],
    read: Read::Xml("event"),
};

pub(in crate::source::json) static HEC_OBJECT: Row = Row {
    shape: whole(
        "splunk-hec-object",
        "envelope: Splunk's HTTP event collector with JSON or text as the event",
    ),
    signatures: &[
        &[has("sourcetype"), object("event")],
        &[has("sourcetype"), beginning("event", "{")],
        &[text_like("event", is_rendering)],
    ],
    read: Read::Within("event"),
};

/// The text that Splunk's forwarder makes of an event, or JSON.
pub(in crate::source::json) static EXPORT_RAW: Row = Row {
    shape: whole("splunk-export-raw", "envelope: Splunk's search export with the raw event as text or JSON"),
    signatures: &[&[text_like("result/_raw", is_rendering)], &[beginning("result/_raw", "{")]],
    read: Read::Within("result/_raw"),
};

pub(in crate::source::json) static EXPORT: Row = Row {
    shape: whole("splunk-export", "Splunk's search export with the raw event"),
    signatures: &[&[beginning("result/_raw", "<Event")]],
    read: Read::Xml("result/_raw"),
};

pub(in crate::source::json) static EXPORT_FIELDS: Row = Row {
    shape: whole("splunk-export-fields", "Splunk's search export of extracted fields"),
    signatures: &[
        &[has("result/EventCode"), has("result/UtcTime")],
        &[has("result/EventID"), has("result/UtcTime")],
    ],
    read: Read::Layout(&FIELDS),
};

static FIELDS: Layout = Layout {
    system: &[
        (F::ProviderName, &["result/Name", "result/SourceName"]),
        (F::ProviderGuid, &["result/Guid"]),
        (F::EventId, &["result/EventID", "result/EventCode"]),
        (F::Version, &["result/Version"]),
        (F::Level, &["result/Level"]),
        (F::TimeCreated, &["result/SystemTime", "result/TimeCreated"]),
        (F::EventRecordId, &["result/EventRecordID", "result/RecordNumber"]),
        (F::ProcessId, &["result/ProcessID"]),
        (F::ThreadId, &["result/ThreadID"]),
        (F::Channel, &["result/Channel", "result/LogName"]),
        (F::Computer, &["result/Computer", "result/ComputerName"]),
        (F::UserId, &["result/UserID"]),
    ],
    // Only fields of the event are wanted of the hundred that a search adds.
    data: &[Data::Fields("result")],
    ..LAYOUT
};

pub(in crate::source::json) static NAMED: Row = Row {
    shape: whole(
        "splunk-fields",
        "events in the names of Splunk's add-on, as events --names splunk writes them",
    ),
    signatures: &[&[has("vendor_product"), has("signature_id"), has("EventID")]],
    read: Read::Layout(&Layout {
        system: &[
            (F::ProviderName, &["Name"]),
            (F::ProviderGuid, &["Guid"]),
            (F::EventId, &["EventID", "EventCode"]),
            (F::Version, &["Version"]),
            (F::Level, &["Level"]),
            (F::Task, &["Task"]),
            (F::Opcode, &["Opcode"]),
            (F::Keywords, &["Keywords"]),
            (F::TimeCreated, &["SystemTime", "TimeCreated"]),
            (F::EventRecordId, &["EventRecordID"]),
            (F::ProcessId, &["ProcessID"]),
            (F::ThreadId, &["ThreadID"]),
            (F::Channel, &["Channel"]),
            (F::Computer, &["Computer"]),
            (F::UserId, &["UserID"]),
        ],
        // The add-on's own names say the same once more: the source as the parent, the target as the process.
        data: &[Data::Fields("")],
        ours: Some("unmapped"),
        ..LAYOUT
    }),
};
