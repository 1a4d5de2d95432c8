//! EvtxECmd: columns of its maps, and the data as JSON text under `Payload`.
//!
//! `ProcessId` and `ThreadId` are those of the service that wrote the record.

use crate::event::SystemField as F;
use crate::source::json::layout::{Data, LAYOUT, Layout};
use crate::source::json::shape::{Read, Row, has, whole};

pub(in crate::source::json) static EVTXECMD: Row = Row {
    shape: whole("evtxecmd", "EvtxECmd --json"),
    signatures: &[
        &[has("Payload"), has("MapDescription"), has("EventId")],
        &[has("Payload"), has("Provider"), has("EventRecordId")],
    ],
    read: Read::Layout(&Layout {
        system: &[
            (F::ProviderName, &["Provider"]),
            (F::EventId, &["EventId"]),
            (F::Level, &["Level"]),
            (F::Keywords, &["Keywords"]),
            (F::TimeCreated, &["TimeCreated"]),
            (F::EventRecordId, &["EventRecordId"]),
            (F::ProcessId, &["ProcessId"]),
            (F::ThreadId, &["ThreadId"]),
            (F::Channel, &["Channel"]),
            (F::Computer, &["Computer"]),
            (F::UserId, &["UserId"]),
        ],
        data: &[Data::Text("Payload", &Data::Named("EventData/Data", "@Name", "#text"))],
        ..LAYOUT
    }),
};
