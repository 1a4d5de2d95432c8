//! Microsoft Sentinel: three tables of Log Analytics that Sysmon's events land in, and a flat export.
//!
//! `Event` has the data as XML within a `DataItem`, `WindowsEvent` as an object, `SecurityEvent`,
//! into which Sysmon is routed rarely, as XML again. Exports of Azure's monitoring agent (public ones
//! of 2022) have fields, message and XML side by side, and a local time labelled as UTC.

use crate::event::SystemField as F;
use crate::source::json::layout::{Data, LAYOUT, Layout, Trust};
use crate::source::json::shape::{Read, Row, beginning, equal, has, object, partial, text, whole};

pub(in crate::source::json) static EVENT: Row = Row {
    shape: whole("sentinel-event", "Sentinel's table Event"),
    signatures: &[
        &[equal("Type", "Event"), has("EventID"), has("Source")],
        &[has("EventLog"), has("EventID"), has("Source")],
        &[has("EventID"), beginning("EventData", "<DataItem")],
    ],
    read: Read::Layout(&Layout {
        system: &[
            (F::ProviderName, &["Source"]),
            (F::EventId, &["EventID"]),
            (F::Level, &["EventLevel", "EventLevelName"]),
            (F::TimeCreated, &["TimeGenerated [UTC]", "TimeGenerated"]),
            (F::Channel, &["EventLog"]),
            (F::Computer, &["Computer"]),
        ],
        data: &[Data::Fragment("EventData"), Data::Rendering("RenderedDescription")],
        ..LAYOUT
    }),
};

pub(in crate::source::json) static WINDOWS_EVENT: Row = Row {
    shape: whole("sentinel-windowsevent", "Sentinel's table WindowsEvent"),
    signatures: &[
        &[equal("Type", "WindowsEvent"), has("EventID")],
        &[has("Provider"), has("EventID"), object("EventData")],
        &[has("Provider"), has("EventID"), beginning("EventData", "{")],
    ],
    read: Read::Layout(&Layout {
        system: &[
            (F::ProviderName, &["Provider"]),
            (F::EventId, &["EventID"]),
            (F::Version, &["Version"]),
            (F::Level, &["EventLevel", "EventLevelName"]),
            (F::Task, &["Task"]),
            (F::Opcode, &["Opcode"]),
            (F::Keywords, &["Keywords"]),
            (F::TimeCreated, &["TimeCreated", "TimeGenerated [UTC]", "TimeGenerated"]),
            (F::EventRecordId, &["EventRecordId", "EventRecordID"]),
            (F::ProcessId, &["SystemProcessId"]),
            (F::ThreadId, &["SystemThreadId"]),
            (F::Channel, &["Channel"]),
            (F::Computer, &["Computer"]),
            (F::UserId, &["SystemUserId"]),
        ],
        data: &[Data::Shuffled("EventData"), Data::Text("EventData", &Data::Shuffled(""))],
        ..LAYOUT
    }),
};

pub(in crate::source::json) static SECURITY_EVENT: Row = Row {
    shape: partial(
        "sentinel-securityevent",
        "Sentinel's table SecurityEvent, into which Sysmon is routed rarely: system fields in part",
    ),
    signatures: &[
        &[equal("Type", "SecurityEvent"), has("EventID")],
        &[has("EventSourceName"), has("EventID"), has("Activity")],
    ],
    read: Read::Layout(&Layout {
        system: &[
            (F::ProviderName, &["EventSourceName"]),
            (F::EventId, &["EventID"]),
            (F::Level, &["Level"]),
            (F::Task, &["Task"]),
            (F::TimeCreated, &["TimeGenerated [UTC]", "TimeGenerated"]),
            (F::EventRecordId, &["EventRecordId"]),
            (F::Channel, &["Channel"]),
            (F::Computer, &["Computer"]),
        ],
        data: &[Data::Fragment("EventData")],
        note: Some("read in part: the table SecurityEvent has a part of the system fields"),
        ..LAYOUT
    }),
};

pub(in crate::source::json) static MONITOR_AGENT: Row = Row {
    shape: whole("azure-monitor", "flat exports of Azure's monitoring agent, with EventData as XML beside"),
    signatures: &[&[has("EventID"), has("Provider"), text("EventData"), has("Channel")]],
    read: Read::Layout(&Layout {
        system: &[
            (F::ProviderName, &["Provider"]),
            (F::ProviderGuid, &["ProviderGuid"]),
            (F::EventId, &["EventID"]),
            (F::Level, &["Level"]),
            (F::Task, &["Task"]),
            (F::Keywords, &["Keywords"]),
            (F::TimeCreated, &["TimeCreated"]),
            (F::EventRecordId, &["EventRecordID"]),
            (F::Channel, &["Channel"]),
            (F::Computer, &["Computer"]),
        ],
        data: &[Data::Fragment("EventData"), Data::Rendering("Message")],
        trust: Trust::Zone,
        ..LAYOUT
    }),
};
