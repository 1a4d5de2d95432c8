//! What other tools found: their detections, which carry as much of the event as their rules show.
//!
//! Chainsaw has the whole document beside its finding. Hayabusa's `Details` are named by the rule,
//! here those of its rules for event 8; channels are abbreviated. Defender's `DeviceEvents` come
//! from another sensor than Sysmon: they are records of theirs, not made into events of Sysmon.

use super::event_document::document;
use crate::event::SystemField as F;
use crate::source::json::form::Form;
use crate::source::json::layout::{Data, Envelope, LAYOUT, Layout, Other};
use crate::source::json::shape::{Read, Row, equal, has, object, partial, whole};

pub(in crate::source::json) static CHAINSAW_HUNT: Row = Row {
    shape: whole("chainsaw-hunt", "chainsaw hunt: a detection with the event beside"),
    signatures: &[&[object("document/data/Event/System")]],
    read: Read::Layout(&Layout {
        data: &[Data::Shuffled("document/data/Event/EventData")],
        trees: &["document/data/Event/UserData"],
        ..document!("document/data/Event/System")
    }),
};

pub(in crate::source::json) static HAYABUSA: Row = Row {
    shape: partial("hayabusa", "Hayabusa's timeline: a detection, with what its rule shows"),
    signatures: &[&[has("RuleTitle"), has("EventID"), equal("Channel", "Sysmon")]],
    read: Read::Layout(&Layout {
        system: &[
            (F::EventId, &["EventID"]),
            (F::TimeCreated, &["Timestamp"]),
            (F::EventRecordId, &["RecordID"]),
            (F::Computer, &["Computer"]),
        ],
        always: &[
            (F::ProviderName, "Microsoft-Windows-Sysmon"),
            (F::Channel, "Microsoft-Windows-Sysmon/Operational"),
        ],
        others: &[
            from_rule("Details/SrcProc", "SourceImage"),
            from_rule("Details/TgtProc", "TargetImage"),
            from_rule("Details/SrcPID", "SourceProcessId"),
            from_rule("Details/TgtPID", "TargetProcessId"),
            from_rule("Details/SrcPGUID", "SourceProcessGuid"),
            from_rule("Details/TgtPGUID", "TargetProcessGuid"),
            from_rule("Details/SrcPGUID", "SourceProcessGUID"),
            from_rule("Details/TgtPGUID", "TargetProcessGUID"),
            from_rule("ExtraFieldInfo/NewThreadId", "NewThreadId"),
            from_rule("ExtraFieldInfo/StartAddress", "StartAddress"),
            from_rule("ExtraFieldInfo/StartModule", "StartModule"),
            from_rule("ExtraFieldInfo/StartFunction", "StartFunction"),
            from_rule("ExtraFieldInfo/SourceUser", "SourceUser"),
            from_rule("ExtraFieldInfo/TargetUser", "TargetUser"),
        ],
        note: Some("read in part: a detection of Hayabusa has only what its rule shows"),
        ..LAYOUT
    }),
};

const fn from_rule(path: &'static str, field: &'static str) -> Other {
    Other { path, field, events: &[], form: Form::Same }
}

pub(in crate::source::json) static DEFENDER: Row = Row {
    shape: partial("defender-deviceevents", "Defender's table DeviceEvents: another sensor's record"),
    signatures: &[&[has("ActionType"), has("DeviceName")], &[has("ActionType"), has("InitiatingProcessId")]],
    read: Read::Layout(&Layout {
        system: &[(F::TimeCreated, &["Timestamp", "TimeGenerated"]), (F::Computer, &["DeviceName"])],
        always: &[(F::ProviderName, "Microsoft Defender for Endpoint")],
        data: &[Data::Beside(&Envelope::new(&["Timestamp", "TimeGenerated", "DeviceName"]))],
        note: Some("read in part: Defender's record of an action, not an event of Sysmon"),
        ..LAYOUT
    }),
};
