//! `journalctl -o json`: Sysmon for Linux writes events as XML to syslog.
//!
//! Without `MESSAGE` as text there is an array of its bytes. Other services' lines are no events.

use crate::source::json::shape::{Read, Row, array, beginning, equal, has, whole};

pub(in crate::source::json) static JOURNALD: Row = Row {
    shape: whole("journald", "journalctl -o json"),
    signatures: &[
        &[has("SYSLOG_IDENTIFIER"), beginning("MESSAGE", "<Event")],
        &[equal("SYSLOG_IDENTIFIER", "sysmon"), has("MESSAGE")],
        &[has("__REALTIME_TIMESTAMP"), array("MESSAGE")],
    ],
    read: Read::Xml("MESSAGE"),
};
