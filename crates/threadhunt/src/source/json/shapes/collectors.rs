//! Collectors with one layout each: Vector, the OpenTelemetry Collector, Fluent Bit.
//!
//! Vector's keys are those of its source `windows_event_log` (vectordotdev/vector); the Collector's
//! those of the receiver `windowseventlog`, whose data are a list of one-key maps, or a map in older
//! versions, or, raw, the event as XML. Fluent Bit's `winevtlog` has values without names unless
//! `event_data_as_map` is set.

use crate::event::SystemField as F;
use crate::source::json::layout::{Data, LAYOUT, Layout};
use crate::source::json::shape::{Read, Row, array, beginning, equal, has, object, whole};

pub(in crate::source::json) static VECTOR: Row = Row {
    shape: whole("vector", "Vector's windows_event_log"),
    signatures: &[
        &[equal("source_type", "windows_event_log"), has("event_id")],
        &[has("provider_name"), has("event_id"), object("event_data")],
    ],
    read: Read::Layout(&Layout {
        system: &[
            (F::ProviderName, &["provider_name"]),
            (F::ProviderGuid, &["provider_guid"]),
            (F::EventId, &["event_id"]),
            (F::Version, &["version"]),
            (F::Level, &["level_value", "level"]),
            (F::Task, &["task"]),
            (F::Opcode, &["opcode"]),
            (F::Keywords, &["keywords"]),
            (F::TimeCreated, &["timestamp", "@timestamp"]),
            (F::EventRecordId, &["record_id"]),
            (F::ActivityId, &["activity_id"]),
            (F::RelatedActivityId, &["related_activity_id"]),
            (F::ProcessId, &["process_id"]),
            (F::ThreadId, &["thread_id"]),
            (F::Channel, &["channel"]),
            (F::Computer, &["computer", "host"]),
            (F::UserId, &["user_id"]),
        ],
        data: &[
            Data::Shuffled("event_data"),
            Data::Positional("string_inserts", ""),
            Data::Rendering("message"),
        ],
        ..LAYOUT
    }),
};

pub(in crate::source::json) static OTEL: Row = Row {
    shape: whole("otel", "the OpenTelemetry Collector's windowseventlog receiver"),
    signatures: &[
        &[has("event_id/id"), has("provider/name")],
        &[has("body/event_id/id"), has("body/provider/name")],
    ],
    read: Read::Layout(&OTEL_LAYOUT),
};

static OTEL_LAYOUT: Layout = Layout {
    system: &[
        (F::ProviderName, &["provider/name", "body/provider/name"]),
        (F::ProviderGuid, &["provider/guid", "body/provider/guid"]),
        (F::EventSourceName, &["provider/event_source", "body/provider/event_source"]),
        (F::EventId, &["event_id/id", "body/event_id/id"]),
        (F::Qualifiers, &["event_id/qualifiers", "body/event_id/qualifiers"]),
        (F::Version, &["version", "body/version"]),
        (F::Level, &["level", "body/level"]),
        (F::Keywords, &["keywords", "body/keywords"]),
        (F::TimeCreated, &["system_time", "body/system_time"]),
        (F::EventRecordId, &["record_id", "body/record_id"]),
        (F::ProcessId, &["execution/process_id", "body/execution/process_id"]),
        (F::ThreadId, &["execution/thread_id", "body/execution/thread_id"]),
        (F::Channel, &["channel", "body/channel"]),
        (F::Computer, &["computer", "body/computer"]),
        (F::UserId, &["security/user_id", "body/security/user_id"]),
    ],
    data: &[
        Data::Pairs("event_data/data"),
        Data::Pairs("body/event_data/data"),
        Data::Shuffled("event_data"),
        Data::Shuffled("body/event_data"),
        Data::Rendering("message"),
        Data::Rendering("body/message"),
    ],
    ..LAYOUT
};

pub(in crate::source::json) static OTLP_TEXT: Row = Row {
    shape: whole("otlp-xml", "log records of OpenTelemetry with the event as XML"),
    signatures: &[&[beginning("body/stringValue", "<Event")]],
    read: Read::Xml("body/stringValue"),
};

pub(in crate::source::json) static FLUENT_BIT: Row = Row {
    shape: whole("fluent-bit", "Fluent Bit's winevtlog"),
    signatures: &[
        &[has("ProviderName"), has("EventID"), array("StringInserts")],
        &[has("ProviderName"), has("EventID"), object("EventData")],
        &[has("ProviderName"), has("EventID"), has("Channel")],
    ],
    read: Read::Layout(&Layout {
        system: &[
            (F::ProviderName, &["ProviderName"]),
            (F::ProviderGuid, &["ProviderGuid"]),
            (F::EventId, &["EventID"]),
            (F::Qualifiers, &["Qualifiers"]),
            (F::Version, &["Version"]),
            (F::Level, &["Level"]),
            (F::Task, &["Task"]),
            (F::Opcode, &["Opcode"]),
            (F::Keywords, &["Keywords"]),
            (F::TimeCreated, &["TimeCreated"]),
            (F::EventRecordId, &["EventRecordID"]),
            (F::ActivityId, &["ActivityID"]),
            (F::RelatedActivityId, &["RelatedActivityID"]),
            (F::ProcessId, &["ProcessID"]),
            (F::ThreadId, &["ThreadID"]),
            (F::Channel, &["Channel"]),
            (F::Computer, &["Computer"]),
            (F::UserId, &["UserID"]),
        ],
        data: &[Data::Shuffled("EventData"), Data::Message("Message"), Data::Positional("StringInserts", "")],
        ..LAYOUT
    }),
};
