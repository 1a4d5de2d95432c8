//! Documents in the vocabulary of OSSEM (2019), as HELK's pipeline wrote them to Elasticsearch.
//!
//! Paths are in lower case and their backslashes doubled, which the original message beside
//! them is not; the creation time of the event is `@event_date_creation`.

use crate::event::SystemField as F;
use crate::source::json::form::Form;
use crate::source::json::layout::{LAYOUT, Layout, Other};
use crate::source::json::shape::{Read, Row, has, whole};
use crate::source::json::spelling::Spelling;

pub(in crate::source::json) static OSSEM_ES: Row = Row {
    shape: whole("ossem-es", "documents of HELK's pipeline, in the vocabulary of OSSEM"),
    signatures: &[
        &[has("event_id"), has("source_name"), has("process_path")],
        &[has("event_id"), has("source_name"), has("@event_date_creation")],
    ],
    read: Read::Layout(&Layout {
        system: &[
            (F::ProviderName, &["source_name"]),
            (F::ProviderGuid, &["provider_guid"]),
            (F::EventId, &["event_id"]),
            (F::Version, &["version"]),
            (F::Level, &["level"]),
            (F::TimeCreated, &["@timestamp"]),
            (F::EventRecordId, &["record_number"]),
            (F::ThreadId, &["thread_id"]),
            (F::Channel, &["log_name"]),
            (F::Computer, &["host_name"]),
            (F::UserId, &["user_reporter_sid"]),
        ],
        others: &[
            same("rule_name", "RuleName"),
            Other { path: "@event_date_creation", field: "UtcTime", events: &[], form: Form::UtcTime },
            same("process_guid", "SourceProcessGuid"),
            same("process_guid", "SourceProcessGUID"),
            same("process_id", "SourceProcessId"),
            same("process_path", "SourceImage"),
            same("process_target_guid", "TargetProcessGuid"),
            same("process_target_guid", "TargetProcessGUID"),
            same("process_target_id", "TargetProcessId"),
            same("process_target_path", "TargetImage"),
            same("target_process_guid", "TargetProcessGuid"),
            same("target_process_guid", "TargetProcessGUID"),
            same("target_process_id", "TargetProcessId"),
            same("target_process_path", "TargetImage"),
            same("thread_new_id", "NewThreadId"),
            same("thread_start_address", "StartAddress"),
            same("thread_start_module", "StartModule"),
            same("thread_start_function", "StartFunction"),
            same("process_granted_access", "GrantedAccess"),
            same("process_call_trace", "CallTrace"),
            same("process_guid", "ProcessGuid"),
            same("process_id", "ProcessId"),
            same("process_path", "Image"),
            same("process_command_line", "CommandLine"),
            same("process_current_directory", "CurrentDirectory"),
            same("process_parent_guid", "ParentProcessGuid"),
            same("process_parent_id", "ParentProcessId"),
            same("process_parent_path", "ParentImage"),
            same("process_parent_command_line", "ParentCommandLine"),
        ],
        spelling: Spelling::Doubled,
        ..LAYOUT
    }),
};

const fn same(path: &'static str, field: &'static str) -> Other {
    Other { path, field, events: &[], form: Form::Same }
}
