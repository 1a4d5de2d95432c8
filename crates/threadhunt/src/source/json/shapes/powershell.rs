//! PowerShell: `Get-WinEvent | ConvertTo-Json`.
//!
//! `Properties` are values without names, in the order of the manifest that the log was written
//! with. The time is `/Date(…)/` in Windows PowerShell and RFC 3339 in PowerShell 7.

use crate::event::SystemField as F;
use crate::source::json::layout::{Data, LAYOUT, Layout};
use crate::source::json::shape::{Read, Row, has, whole};

pub(in crate::source::json) static GET_WINEVENT: Row = Row {
    shape: whole("get-winevent-json", "Get-WinEvent | ConvertTo-Json"),
    signatures: &[
        &[has("Id"), has("ProviderName"), has("Properties")],
        &[has("Id"), has("ProviderName"), has("LogName")],
        &[has("Id"), has("ProviderName"), has("Message")],
    ],
    read: Read::Layout(&Layout {
        system: &[
            (F::ProviderName, &["ProviderName"]),
            (F::ProviderGuid, &["ProviderId"]),
            (F::EventId, &["Id"]),
            (F::Qualifiers, &["Qualifiers"]),
            (F::Version, &["Version"]),
            (F::Level, &["Level", "LevelDisplayName"]),
            (F::Task, &["Task"]),
            (F::Opcode, &["Opcode"]),
            (F::Keywords, &["Keywords"]),
            (F::TimeCreated, &["TimeCreated/DateTime", "TimeCreated/value", "TimeCreated"]),
            (F::EventRecordId, &["RecordId"]),
            (F::ActivityId, &["ActivityId"]),
            (F::RelatedActivityId, &["RelatedActivityId"]),
            (F::ProcessId, &["ProcessId"]),
            (F::ThreadId, &["ThreadId"]),
            (F::Channel, &["LogName"]),
            (F::Computer, &["MachineName"]),
            (F::UserId, &["UserId/Value", "UserId"]),
        ],
        // By name before by place.
        data: &[Data::Message("Message"), Data::Positional("Properties", "Value")],
        ..LAYOUT
    }),
};
