//! Converters of EVTX files that keep the document: `Event` with `System` and `EventData`.
//!
//! They differ in where attributes are: under `#attributes` (`evtx_dump`, also from Python), in a
//! member of their own (its `--separate-json-attributes`, and chainsaw's dump), or among the rest
//! (golang-evtx, WHIDS). Velociraptor's `parse_evtx` has no `Event` around it and a number of
//! seconds for the time. The event logs of open-xp-rules have a list of `Name` and `text`.

use crate::event::SystemField as F;
use crate::source::json::layout::{Data, LAYOUT, Layout};
use crate::source::json::shape::{Read, Row, array, has, object, whole};

pub(in crate::source::json) static EVTX_DUMP: Row = Row {
    shape: whole("evtx_dump", "evtx_dump and the evtx module of Python"),
    signatures: &[
        &[has("Event/System/Provider/#attributes")],
        &[has("Event/System/TimeCreated/#attributes")],
    ],
    read: Read::Layout(&DOCUMENT),
};

pub(in crate::source::json) static EVTX_DUMP_SEPARATE: Row = Row {
    shape: whole("evtx_dump-separate", "evtx_dump --separate-json-attributes, chainsaw dump"),
    signatures: &[&[has("Event/System/Provider_attributes")], &[has("Event/System/TimeCreated_attributes")]],
    read: Read::Layout(&DOCUMENT),
};

pub(in crate::source::json) static GOLANG_EVTX: Row = Row {
    shape: whole("golang-evtx", "golang-evtx and WHIDS"),
    signatures: &[&[object("Event/System")]],
    read: Read::Layout(&Layout { data: &[Data::Shuffled("Event/EventData")], ..DOCUMENT }),
};

pub(in crate::source::json) static PT_EVENTLOG: Row = Row {
    shape: whole("pt-eventlog", "raw events of MaxPatrol SIEM, as in open-xp-rules"),
    signatures: &[&[object("Event/System"), array("Event/EventData/Data")]],
    read: Read::Layout(&Layout {
        data: &[
            Data::Named("Event/EventData/Data", "Name", "text"),
            Data::Positional("Event/EventData/Data", "text"),
        ],
        ..DOCUMENT
    }),
};

/// `xq`, Python's `xmltodict` and others make members of attributes whose names begin with `@`.
pub(in crate::source::json) static XMLTODICT: Row = Row {
    shape: whole("xmltodict", "event XML made into JSON by xmltodict, xq and the like"),
    signatures: &[&[has("Event/System/Provider/@Name")], &[has("Event/System/TimeCreated/@SystemTime")]],
    read: Read::Layout(&Layout {
        system: &[
            (F::ProviderName, &["Event/System/Provider/@Name"]),
            (F::ProviderGuid, &["Event/System/Provider/@Guid"]),
            (F::EventSourceName, &["Event/System/Provider/@EventSourceName"]),
            (F::EventId, &["Event/System/EventID/#text", "Event/System/EventID"]),
            (F::Qualifiers, &["Event/System/EventID/@Qualifiers"]),
            (F::Version, &["Event/System/Version"]),
            (F::Level, &["Event/System/Level"]),
            (F::Task, &["Event/System/Task"]),
            (F::Opcode, &["Event/System/Opcode"]),
            (F::Keywords, &["Event/System/Keywords"]),
            (F::TimeCreated, &["Event/System/TimeCreated/@SystemTime"]),
            (F::EventRecordId, &["Event/System/EventRecordID"]),
            (F::ActivityId, &["Event/System/Correlation/@ActivityID"]),
            (F::RelatedActivityId, &["Event/System/Correlation/@RelatedActivityID"]),
            (F::ProcessId, &["Event/System/Execution/@ProcessID"]),
            (F::ThreadId, &["Event/System/Execution/@ThreadID"]),
            (F::Channel, &["Event/System/Channel"]),
            (F::Computer, &["Event/System/Computer"]),
            (F::UserId, &["Event/System/Security/@UserID"]),
        ],
        data: &[
            Data::Named("Event/EventData/Data", "@Name", "#text"),
            Data::Positional("Event/EventData/Data", "#text"),
        ],
        trees: &["Event/UserData"],
        ..LAYOUT
    }),
};

pub(in crate::source::json) static VELOCIRAPTOR: Row = Row {
    shape: whole("velociraptor", "Velociraptor's parse_evtx"),
    signatures: &[
        &[has("System/EventID/Value")],
        &[has("System/Provider/Name"), has("System/EventRecordID")],
    ],
    read: Read::Layout(&document!("System")),
};

/// Where a document has its system fields and data, whatever stands before `System`.
macro_rules! document {
    ($system:literal) => {
        Layout {
            system: &[
                (
                    F::ProviderName,
                    &[
                        concat!($system, "/Provider/#attributes/Name"),
                        concat!($system, "/Provider_attributes/Name"),
                        concat!($system, "/Provider/Name"),
                    ],
                ),
                (
                    F::ProviderGuid,
                    &[
                        concat!($system, "/Provider/#attributes/Guid"),
                        concat!($system, "/Provider_attributes/Guid"),
                        concat!($system, "/Provider/Guid"),
                    ],
                ),
                (
                    F::EventSourceName,
                    &[
                        concat!($system, "/Provider/#attributes/EventSourceName"),
                        concat!($system, "/Provider_attributes/EventSourceName"),
                        concat!($system, "/Provider/EventSourceName"),
                    ],
                ),
                (
                    F::EventId,
                    &[
                        concat!($system, "/EventID/#text"),
                        concat!($system, "/EventID/Value"),
                        concat!($system, "/EventID"),
                    ],
                ),
                (
                    F::Qualifiers,
                    &[
                        concat!($system, "/EventID/#attributes/Qualifiers"),
                        concat!($system, "/EventID_attributes/Qualifiers"),
                        concat!($system, "/EventID/Qualifiers"),
                    ],
                ),
                (F::Version, &[concat!($system, "/Version")]),
                (F::Level, &[concat!($system, "/Level")]),
                (F::Task, &[concat!($system, "/Task")]),
                (F::Opcode, &[concat!($system, "/Opcode")]),
                (F::Keywords, &[concat!($system, "/Keywords")]),
                (
                    F::TimeCreated,
                    &[
                        concat!($system, "/TimeCreated/#attributes/SystemTime"),
                        concat!($system, "/TimeCreated_attributes/SystemTime"),
                        concat!($system, "/TimeCreated/SystemTime"),
                    ],
                ),
                (F::EventRecordId, &[concat!($system, "/EventRecordID")]),
                (
                    F::ActivityId,
                    &[
                        concat!($system, "/Correlation/#attributes/ActivityID"),
                        concat!($system, "/Correlation_attributes/ActivityID"),
                        concat!($system, "/Correlation/ActivityID"),
                    ],
                ),
                (
                    F::RelatedActivityId,
                    &[
                        concat!($system, "/Correlation/#attributes/RelatedActivityID"),
                        concat!($system, "/Correlation_attributes/RelatedActivityID"),
                        concat!($system, "/Correlation/RelatedActivityID"),
                    ],
                ),
                (
                    F::ProcessId,
                    &[
                        concat!($system, "/Execution/#attributes/ProcessID"),
                        concat!($system, "/Execution_attributes/ProcessID"),
                        concat!($system, "/Execution/ProcessID"),
                    ],
                ),
                (
                    F::ThreadId,
                    &[
                        concat!($system, "/Execution/#attributes/ThreadID"),
                        concat!($system, "/Execution_attributes/ThreadID"),
                        concat!($system, "/Execution/ThreadID"),
                    ],
                ),
                (F::Channel, &[concat!($system, "/Channel")]),
                (F::Computer, &[concat!($system, "/Computer")]),
                (
                    F::UserId,
                    &[
                        concat!($system, "/Security/#attributes/UserID"),
                        concat!($system, "/Security_attributes/UserID"),
                        concat!($system, "/Security/UserID"),
                    ],
                ),
            ],
            data: &[Data::Object("EventData")],
            trees: &["UserData"],
            ..LAYOUT
        }
    };
}
pub(in crate::source::json) use document;

const DOCUMENT: Layout = Layout {
    data: &[Data::Positional("Event/EventData/Data/#text", ""), Data::Object("Event/EventData")],
    trees: &["Event/UserData"],
    ..document!("Event/System")
};
