//! Flat records: system fields, the collector's own and the event's side by side.
//!
//! NXLog's `im_msvistalog` escapes values as XML does, repeats the source's process id as
//! `ProcessId`, and writes `EventTime` in local time without a zone. The exports of Mordor and of
//! Security-Datasets by PowerShell label a local time as UTC: in all of them `TimeCreated` is hours
//! before `UtcTime`.

use crate::event::SystemField as F;
use crate::source::json::form::Form;
use crate::source::json::layout::{Data, Envelope, LAYOUT, Layout, Other, Trust};
use crate::source::json::shape::{Read, Row, array, equal, has, one_of, whole};
use crate::source::json::spelling::Spelling;

pub(in crate::source::json) static NXLOG: Row = Row {
    shape: whole("nxlog", "NXLog's im_msvistalog, also by way of Logstash; the Mordor datasets of 2020"),
    signatures: &[
        &[equal("SourceModuleType", "im_msvistalog"), has("EventID")],
        &[has("EventID"), has("SourceName"), has("ExecutionProcessID")],
        &[has("EventID"), has("SourceName"), has("EventTime")],
    ],
    read: Read::Layout(&Layout {
        system: &[
            (F::ProviderName, &["SourceName"]),
            (F::ProviderGuid, &["ProviderGuid"]),
            (F::EventId, &["EventID"]),
            (F::Version, &["Version"]),
            (F::Level, &["LevelValue"]),
            (F::Task, &["Task", "TaskValue"]),
            (F::Opcode, &["OpcodeValue"]),
            (F::Keywords, &["Keywords"]),
            (F::TimeCreated, &["EventTime"]),
            (F::EventRecordId, &["RecordNumber", "RecordID"]),
            (F::ActivityId, &["ActivityID"]),
            (F::RelatedActivityId, &["RelatedActivityID"]),
            (F::ProcessId, &["ExecutionProcessID"]),
            (F::ThreadId, &["ThreadID", "ExecutionThreadID"]),
            (F::Channel, &["Channel"]),
            (F::Computer, &["Hostname"]),
            (F::UserId, &["UserID"]),
        ],
        data: &[Data::Beside(&NXLOG_ENVELOPE)],
        others: &[Other {
            path: "Message",
            field: "EventType",
            events: &[],
            form: Form::InMessage("EventType"),
        }],
        spelling: Spelling::Entities,
        ..LAYOUT
    }),
};

/// Members that are NXLog's, Logstash's, or system fields. A field of the event by such a name is
/// its field all the same: `EventType` of a registry event is no severity, unless it says so.
static NXLOG_ENVELOPE: Envelope = NXLOG_NAMES.but_for(&[("EventType", NXLOG_TYPES)]);

/// What `EventType` is where NXLog means the kind of event that Windows has.
const NXLOG_TYPES: &[&str] =
    &["AUDIT_FAILURE", "AUDIT_SUCCESS", "CRITICAL", "ERROR", "INFO", "SUCCESS", "VERBOSE", "WARNING"];

const NXLOG_NAMES: Envelope = Envelope::new(&[
    "@timestamp",
    "@version",
    "AccountName",
    "AccountType",
    "ActivityID",
    "Category",
    "Channel",
    "Domain",
    "ERROR_EVT_UNRESOLVED",
    "EventID",
    "EventReceivedTime",
    "EventTime",
    "EventType",
    "EventTypeOrignal",
    "ExecutionProcessID",
    "ExecutionThreadID",
    "Hostname",
    "Keywords",
    "Level",
    "LevelValue",
    "Message",
    "MessageSourceAddress",
    "Opcode",
    "OpcodeValue",
    "ProcessId",
    "ProcessID",
    "ProviderGuid",
    "RecordID",
    "RecordNumber",
    "RelatedActivityID",
    "Severity",
    "SeverityValue",
    "SourceModuleName",
    "SourceModuleType",
    "SourceName",
    "Task",
    "TaskValue",
    "ThreadID",
    "UserID",
    "Version",
    "host",
    "port",
    "tags",
]);

/// Fluent Bit's plugin before `winevtlog`, by the older interface of Windows.
pub(in crate::source::json) static WINLOG: Row = Row {
    shape: whole("fluent-bit-winlog", "Fluent Bit's older plugin winlog"),
    signatures: &[&[has("EventID"), has("SourceName"), has("ComputerName"), array("StringInserts")]],
    read: Read::Layout(&Layout {
        system: &[
            (F::ProviderName, &["SourceName"]),
            (F::EventId, &["EventID"]),
            (F::Qualifiers, &["Qualifiers"]),
            (F::Task, &["EventCategory"]),
            (F::TimeCreated, &["TimeGenerated"]),
            (F::EventRecordId, &["RecordNumber"]),
            (F::Channel, &["Channel"]),
            (F::Computer, &["ComputerName"]),
            (F::UserId, &["Sid"]),
        ],
        // By name before by place.
        data: &[Data::Message("Message"), Data::Positional("StringInserts", "")],
        ..LAYOUT
    }),
};

pub(in crate::source::json) static MORDOR: Row = Row {
    shape: whole("mordor-flat", "flat exports by PowerShell, as in Security-Datasets since 2020"),
    signatures: &[
        &[has("EventID"), has("SourceName"), has("Channel")],
        &[has("EventID"), has("SourceName"), has("Hostname")],
        &[has("EventID"), has("SourceName"), has("TimeCreated")],
    ],
    read: Read::Layout(&Layout {
        system: &[
            (F::ProviderName, &["SourceName"]),
            (F::ProviderGuid, &["ProviderGuid"]),
            (F::EventId, &["EventID"]),
            (F::Version, &["Version"]),
            (F::Level, &["Level"]),
            (F::Task, &["Task"]),
            (F::Opcode, &["Opcode"]),
            (F::Keywords, &["Keywords"]),
            (F::TimeCreated, &["TimeCreated", "@timestamp"]),
            (F::EventRecordId, &["EventRecordID", "RecordNumber"]),
            (F::Channel, &["Channel"]),
            (F::Computer, &["Hostname", "Computer"]),
            (F::UserId, &["UserID"]),
        ],
        data: &[Data::Beside(&MORDOR_ENVELOPE)],
        trust: Trust::Zone,
        ..LAYOUT
    }),
};

static MORDOR_ENVELOPE: Envelope = Envelope::new(&[
    "@timestamp",
    "@version",
    "Channel",
    "Computer",
    "EventID",
    "EventRecordID",
    "Hostname",
    "Keywords",
    "Level",
    "Message",
    "Opcode",
    "ProviderGuid",
    "RecordNumber",
    "SourceName",
    "Task",
    "TimeCreated",
    "UserID",
    "Version",
    "host",
    "port",
    "tags",
]);

/// Where records of nobody in particular have their id, and what shows that they are Sysmon's: at the top, or
/// in an object.
const FIELDS_IDS: &[&str] = &["EventID", "EventId", "event_id", "EventCode"];
const FIELDS_TIMES: &[&str] = &[
    "UtcTime",
    "EventData/UtcTime",
    "data/UtcTime",
    "event_data/UtcTime",
    "eventdata/UtcTime",
    "fields/UtcTime",
];
const FIELDS_GUIDS: &[&str] = &[
    "ProcessGuid",
    "EventData/ProcessGuid",
    "data/ProcessGuid",
    "event_data/ProcessGuid",
    "eventdata/ProcessGuid",
    "fields/ProcessGuid",
    "SourceProcessGUID",
    "EventData/SourceProcessGUID",
    "data/SourceProcessGUID",
    "event_data/SourceProcessGUID",
    "eventdata/SourceProcessGUID",
    "fields/SourceProcessGUID",
    "SourceProcessGuid",
    "EventData/SourceProcessGuid",
    "data/SourceProcessGuid",
    "event_data/SourceProcessGuid",
    "eventdata/SourceProcessGuid",
    "fields/SourceProcessGuid",
];

const FIELDS_PROVIDERS: &[&str] = &[
    "Provider/Name",
    "Provider/@Name",
    "Provider/#attributes/Name",
    "Provider",
    "ProviderName",
    "provider_name",
    "SourceName",
    "source_name",
    "provider",
    "event/provider",
];

/// What nobody in particular writes: exports of tables, queries and scripts. `UtcTime` and a process
/// GUID beside an event id are Sysmon's alone, so the provider may be missing; where a GUID, a channel or any name
/// of a provider is another's, so is the record.
pub(in crate::source::json) static FIELDS: Row = Row {
    shape: whole("fields-json", "records with an id and Sysmon's fields by their names, whoever wrote them"),
    signatures: &[&[one_of(FIELDS_IDS), one_of(FIELDS_TIMES), one_of(FIELDS_GUIDS)]],
    read: Read::Layout(&Layout {
        system: &[
            (F::ProviderName, FIELDS_PROVIDERS),
            (F::ProviderGuid, &["ProviderGuid"]),
            (F::EventId, FIELDS_IDS),
            (F::Version, &["Version"]),
            (F::Keywords, &["Keywords"]),
            (F::TimeCreated, &["TimeCreated", "SystemTime", "@timestamp"]),
            (F::EventRecordId, &["EventRecordID", "EventRecordId", "RecordID", "RecordNumber", "record_id"]),
            (F::Channel, &["Channel", "channel", "LogName", "log_name"]),
            (F::Computer, &["Computer", "ComputerName", "computer", "computer_name", "Hostname", "hostname"]),
            (F::UserId, &["UserID"]),
        ],
        data: &[
            Data::Shuffled("event_data"),
            Data::Shuffled("EventData"),
            Data::Shuffled("fields"),
            Data::Shuffled("data"),
            Data::Beside(&FIELDS_ENVELOPE),
        ],
        trust: Trust::Zone,
        ..LAYOUT
    }),
};

static FIELDS_ENVELOPE: Envelope = Envelope::new(&[
    "@timestamp",
    "@version",
    "Channel",
    "Computer",
    "ComputerName",
    "EventCode",
    "EventID",
    "EventId",
    "EventRecordID",
    "EventRecordId",
    "Hostname",
    "Keywords",
    "Level",
    "LogName",
    "Message",
    "Opcode",
    "Provider",
    "ProviderGuid",
    "ProviderName",
    "RecordID",
    "RecordNumber",
    "SourceName",
    "SystemTime",
    "Task",
    "TimeCreated",
    "UserID",
    "Version",
    "channel",
    "computer",
    "computer_name",
    "event_id",
    "host",
    "hostname",
    "log_name",
    "port",
    "provider_name",
    "record_id",
    "source",
    "source_name",
    "sourcetype",
    "system",
    "tags",
]);
