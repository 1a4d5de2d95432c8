//! Plaso's JSON lines, which keep the event as XML, and Timesketch's, which do not keep it.

use crate::event::DamageCode;
use crate::source::json::parse::Member;
use crate::source::json::shape::{Read, Row, equal, has, partial, text, whole};
use crate::source::json::{Reading, Refused};

pub(in crate::source::json) static PLASO: Row = Row {
    shape: whole("plaso", "log2timeline's json_line, with the event as XML"),
    signatures: &[&[equal("data_type", "windows:evtx:record"), text("xml_string")]],
    read: Read::Xml("xml_string"),
};

pub(in crate::source::json) static TIMESKETCH: Row = Row {
    shape: partial(
        "timesketch",
        "Timesketch's lines: known, and not read, since they do not say which event it was",
    ),
    signatures: &[&[has("message"), has("datetime"), has("timestamp_desc")]],
    read: Read::By(refuse),
};

fn refuse(_members: &[Member<'_>], _reading: &mut Reading<'_>) -> Result<(), Refused> {
    let reason = "a timeline for Timesketch is an output, and does not say which event it was; read the log it was made from";
    Err(Refused(DamageCode::UnknownShape, reason.into()))
}
