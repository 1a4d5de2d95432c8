//! Tables as Kusto answers: the names of the columns once, then each row as a list.
//!
//! Log Analytics and Sentinel give `tables` with `columns` and `rows`
//! (learn.microsoft.com/azure/azure-monitor/logs/api/response-format), Azure Data Explorer `Tables` in version 1 and a
//! list of frames in version 2 (learn.microsoft.com/kusto/api/rest/response-v2). Rows become objects with the names
//! as keys, and are what these say; tables about the query hold no events.

use crate::source::json::shape::{Read, Row, array, has, whole};

pub(in crate::source::json) static KUSTO: Row = Row {
    shape: whole("kusto", "envelope: columns and rows, as Log Analytics, Sentinel and Data Explorer answer"),
    signatures: &[
        &[array("columns"), array("rows")],
        &[array("Columns"), array("Rows")],
        &[has("FrameType"), has("Version")],
        &[has("FrameType"), has("TableId")],
        &[has("FrameType"), has("HasErrors")],
    ],
    read: Read::Rows,
};
