//! Winlogbeat, and what Elastic's integration makes of the same events.
//!
//! Version 6 has everything at the top, 7 and 8 under `winlog`; ids are numbers in 7 and texts in
//! 8. Empty values are left out. Elastic's ingest pipeline (elastic/integrations,
//! `sysmon_operational`) moves the source process to `process`, the rule's name to `rule.name` and
//! `UtcTime` to `@timestamp`, and leaves the rest in `winlog.event_data`, so a pipeline that did
//! not run leaves all of it there. A `UtcTime` that is no time stays. Time: `@timestamp` is that
//! of the record to the millisecond, but `UtcTime` once the pipeline took it.

use crate::event::{Slot, SystemField as F};
use crate::schema;
use crate::source::json::form::Form;
use crate::source::json::layout::{Data, LAYOUT, Layout, Other};
use crate::source::json::shape::{Key, Read, Row, has, lacks, number, object, text_like, whole};

pub(in crate::source::json) static ELASTIC: Row = Row {
    shape: whole("elastic-ecs", "Elastic's integration for Sysmon, and the sysmon module of Winlogbeat"),
    // Sysmon's events have a UtcTime and GUIDs until the pipeline takes them away; not all have a process.
    // Winlogbeat itself gives no category and no type: where neither shows that the pipeline ran, `process` and
    // `@timestamp` may be anything's. Our own documents say that they are ours where they are not plainly of an event
    // of Sysmon whose time was taken.
    signatures: &[
        &[object("threadhunt"), object("winlog")],
        &[
            object("winlog/event_data"),
            has("process/entity_id"),
            lacks("winlog/event_data/UtcTime"),
            lacks("winlog/event_data/SourceProcessGuid"),
            lacks("winlog/event_data/SourceProcessGUID"),
            lacks("winlog/event_data/ProcessGuid"),
        ],
        &[object("winlog"), has("process/entity_id"), has("event/code"), lacks("winlog/event_data")],
        &[SYSMON, object("winlog/event_data"), has("event/category"), lacks("winlog/event_data/UtcTime")],
        &[SYSMON, object("winlog/event_data"), has("event/type"), lacks("winlog/event_data/UtcTime")],
        // The process was taken, and its time was not.
        &[
            SYSMON,
            object("winlog/event_data"),
            has("event/category"),
            has("process/entity_id"),
            lacks("winlog/event_data/SourceProcessGuid"),
            lacks("winlog/event_data/SourceProcessGUID"),
            lacks("winlog/event_data/ProcessGuid"),
        ],
        &[
            SYSMON,
            object("winlog/event_data"),
            has("event/category"),
            has("process/executable"),
            lacks("winlog/event_data/SourceImage"),
            lacks("winlog/event_data/Image"),
        ],
        &[SYSMON, has("event/category"), lacks("winlog/event_data")],
        &[SYSMON, has("event/type"), lacks("winlog/event_data")],
    ],
    read: Read::Layout(&Layout {
        system: &[
            PROVIDER,
            GUID,
            EVENT_ID,
            VERSION,
            LEVEL,
            TASK,
            OPCODE,
            RECORD_ID,
            ACTIVITY,
            RELATED,
            PROCESS,
            THREAD,
            CHANNEL,
            COMPUTER,
            USER,
            KEYWORDS,
            (F::TimeCreated, &["winlog/time_created", "event/created"]),
        ],
        implied: IMPLIED,
        data: &[Data::Shuffled("winlog/event_data")],
        others: FROM_ECS,
        // Our own documents.
        ours: Some("threadhunt"),
        ..LAYOUT
    }),
};

pub(in crate::source::json) static WINLOGBEAT_8: Row = Row {
    shape: whole("winlogbeat-8", "Winlogbeat 8"),
    signatures: &[&[has("winlog/event_id"), has("winlog/provider_name")], &[object("winlog/event_data")]],
    read: Read::Layout(&WINLOGBEAT),
};

pub(in crate::source::json) static WINLOGBEAT_7: Row = Row {
    shape: whole("winlogbeat-7", "Winlogbeat 7"),
    signatures: &[&[number("winlog/event_id")]],
    read: Read::Layout(&WINLOGBEAT),
};

pub(in crate::source::json) static WINLOGBEAT_6: Row = Row {
    shape: whole("winlogbeat-6", "Winlogbeat 5 and 6"),
    signatures: &[
        &[has("event_id"), has("log_name"), has("source_name")],
        &[has("event_data"), has("log_name")],
    ],
    read: Read::Layout(&Layout {
        system: &[
            (F::ProviderName, &["source_name"]),
            (F::ProviderGuid, &["provider_guid"]),
            (F::EventId, &["event_id"]),
            (F::Version, &["version"]),
            (F::Level, &["level"]),
            (F::TimeCreated, &["@timestamp"]),
            (F::EventRecordId, &["record_number", "record_id"]),
            (F::ActivityId, &["activity_id"]),
            (F::RelatedActivityId, &["related_activity_id"]),
            (F::ProcessId, &["process_id"]),
            (F::ThreadId, &["thread_id"]),
            (F::Channel, &["log_name"]),
            (F::Computer, &["computer_name"]),
            (F::UserId, &["user/identifier"]),
        ],
        data: &[Data::Shuffled("event_data"), Data::Rendering("message")],
        ..LAYOUT
    }),
};

/// An event of Sysmon, on Windows or Linux.
const SYSMON: Key = text_like("winlog/provider_name", |name| schema::provider(name).is_some());

/// A row of a layout's system fields.
type At = (F, &'static [&'static str]);

const PROVIDER: At = (F::ProviderName, &["winlog/provider_name", "event/provider"]);
const GUID: At = (F::ProviderGuid, &["winlog/provider_guid"]);
const EVENT_ID: At = (F::EventId, &["winlog/event_id", "event/code"]);
const VERSION: At = (F::Version, &["winlog/version"]);
const LEVEL: At = (F::Level, &["log/level"]);
const RECORD_ID: At = (F::EventRecordId, &["winlog/record_id"]);
const PROCESS: At = (F::ProcessId, &["winlog/process/pid"]);
const THREAD: At = (F::ThreadId, &["winlog/process/thread/id"]);
const CHANNEL: At = (F::Channel, &["winlog/channel"]);
const COMPUTER: At = (F::Computer, &["winlog/computer_name", "host/name"]);
/// Names, in Winlogbeat; a mask where something else writes the documents.
const KEYWORDS: At = (F::Keywords, &["winlog/keywords"]);
const USER: At = (F::UserId, &["winlog/user/identifier", "user/id"]);
/// Texts, of which those of Sysmon are known.
const TASK: At = (F::Task, &["winlog/task"]);
const OPCODE: At = (F::Opcode, &["winlog/opcode"]);
const ACTIVITY: At = (F::ActivityId, &["winlog/activity_id"]);
const RELATED: At = (F::RelatedActivityId, &["winlog/related_activity_id"]);

/// The keywords of all of Sysmon's events have no name in its manifest, so nobody writes one: a record that says
/// its opcode had them.
const IMPLIED: &[(F, Slot, F)] = &[(F::Keywords, Slot::Hex(0x8000_0000_0000_0000), F::Opcode)];

const WINLOGBEAT: Layout = Layout {
    system: &[
        PROVIDER,
        GUID,
        EVENT_ID,
        VERSION,
        LEVEL,
        TASK,
        OPCODE,
        RECORD_ID,
        ACTIVITY,
        RELATED,
        PROCESS,
        THREAD,
        CHANNEL,
        COMPUTER,
        USER,
        KEYWORDS,
        (F::TimeCreated, &["@timestamp"]),
    ],
    implied: IMPLIED,
    data: &[Data::Shuffled("winlog/event_data"), Data::Rendering("message")],
    ..LAYOUT
};

/// Events whose process is called the source: in ECS it is the process.
const SOURCES: &[u16] = &[8, 10];

const fn other(path: &'static str, field: &'static str) -> Other {
    Other { path, field, events: &[], form: Form::Same }
}

const fn of_source(path: &'static str, field: &'static str) -> Other {
    Other { path, field, events: SOURCES, form: Form::Same }
}

/// A field that is in another form since; of these events, or of all that have it.
const fn formed(path: &'static str, field: &'static str, events: &'static [u16], form: Form) -> Other {
    Other { path, field, events, form }
}

/// Fields that the pipeline moved, and where they are since.
///
/// Not among them: `network.protocol`, which may be the name of either port.
const FROM_ECS: &[Other] = &[
    other("rule/name", "RuleName"),
    Other { path: "@timestamp", field: "UtcTime", events: &[], form: Form::Timestamp },
    of_source("process/entity_id", "SourceProcessGuid"),
    of_source("process/entity_id", "SourceProcessGUID"),
    of_source("process/pid", "SourceProcessId"),
    of_source("process/thread/id", "SourceThreadId"),
    of_source("process/executable", "SourceImage"),
    other("process/entity_id", "ProcessGuid"),
    other("process/pid", "ProcessId"),
    other("process/executable", "Image"),
    other("process/command_line", "CommandLine"),
    other("process/working_directory", "CurrentDirectory"),
    other("process/parent/entity_id", "ParentProcessGuid"),
    other("process/parent/pid", "ParentProcessId"),
    other("process/parent/executable", "ParentImage"),
    other("process/parent/command_line", "ParentCommandLine"),
    other("file/path", "TargetFilename"),
    other("dll/path", "ImageLoaded"),
    other("file/path", "ImageLoaded"),
    other("process/pe/original_file_name", "OriginalFileName"),
    other("file/pe/original_file_name", "OriginalFileName"),
    other("network/transport", "Protocol"),
    other("source/ip", "SourceIp"),
    other("source/port", "SourcePort"),
    other("source/domain", "SourceHostname"),
    other("destination/ip", "DestinationIp"),
    other("destination/port", "DestinationPort"),
    other("destination/domain", "DestinationHostname"),
    other("dns/question/name", "QueryName"),
    formed("sysmon/dns/status", "QueryStatus", &[], Form::WordOrValue("QueryStatus")),
    other("file/name", "PipeName"),
    formed("user", "User", &[], Form::Account),
    formed("process", "Hashes", &[1, 23, 24, 25], Form::Hashes),
    formed("file", "Hashes", &[6, 7, 26, 29], Form::Hashes),
    formed("dll", "Hashes", &[7], Form::Hashes),
    formed("file", "Hash", &[15], Form::Hashes),
    other("dll/pe/original_file_name", "OriginalFileName"),
    other("file/path", "Device"),
    other("registry/path", "TargetObject"),
    formed("network/direction", "Initiated", &[], Form::Word("Initiated")),
    formed("network/type", "SourceIsIpv6", &[], Form::Word("SourceIsIpv6")),
    other("sysmon/file/archived", "Archived"),
    other("sysmon/file/is_executable", "IsExecutable"),
    formed("process/executable", "Destination", &[20], Form::Same),
    // A message as Windows renders it has several lines.
    formed("message", "Type", &[25], Form::Line),
    formed("error/code", "ID", &[255], Form::Same),
];
