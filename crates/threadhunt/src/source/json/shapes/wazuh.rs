//! Wazuh: what its agent makes of the event channel, alone and within an alert.
//!
//! The first letter of every name is lower case and every value a text; some versions double
//! backslashes in the data (wazuh/wazuh issue 2587 and public 4.x alerts). Empty values are left out.

use crate::event::SystemField as F;
use crate::source::json::layout::{Data, LAYOUT, Layout};
use crate::source::json::shape::{Read, Row, object, whole};
use crate::source::json::spelling::Spelling;

pub(in crate::source::json) static ALERT: Row = Row {
    shape: whole("wazuh-alert", "Wazuh's alerts and archives"),
    signatures: &[&[object("data/win/system")], &[object("_source/data/win/system")]],
    read: Read::Layout(&LAYOUT_ALERT),
};

pub(in crate::source::json) static EVENT: Row = Row {
    shape: whole("wazuh", "what Wazuh's agent makes of the event channel"),
    signatures: &[&[object("win/system")]],
    read: Read::Layout(&LAYOUT_EVENT),
};

macro_rules! layout {
    ($win:literal) => {
        Layout {
            system: &[
                (F::ProviderName, &[concat!($win, "/system/providerName")]),
                (F::ProviderGuid, &[concat!($win, "/system/providerGuid")]),
                (F::EventSourceName, &[concat!($win, "/system/eventSourceName")]),
                (F::EventId, &[concat!($win, "/system/eventID")]),
                (F::Version, &[concat!($win, "/system/version")]),
                (F::Level, &[concat!($win, "/system/level")]),
                (F::Task, &[concat!($win, "/system/task")]),
                (F::Opcode, &[concat!($win, "/system/opcode")]),
                (F::Keywords, &[concat!($win, "/system/keywords")]),
                (F::TimeCreated, &[concat!($win, "/system/systemTime")]),
                (F::EventRecordId, &[concat!($win, "/system/eventRecordID")]),
                (F::ProcessId, &[concat!($win, "/system/processID")]),
                (F::ThreadId, &[concat!($win, "/system/threadID")]),
                (F::Channel, &[concat!($win, "/system/channel")]),
                (F::Computer, &[concat!($win, "/system/computer")]),
                (F::UserId, &[concat!($win, "/system/userID")]),
            ],
            data: &[
                Data::Shuffled(concat!($win, "/eventdata")),
                Data::Shuffled(concat!($win, "/eventData")),
                Data::Rendering(concat!($win, "/system/message")),
            ],
            spelling: Spelling::Doubled,
            ..LAYOUT
        }
    };
}

static LAYOUT_ALERT: Layout = layout!("data/win");
static LAYOUT_EVENT: Layout = layout!("win");
