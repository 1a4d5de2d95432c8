//! The foreign shapes, a small file for each tool or family of tools.
//!
//! A file holds what distinguishes the shape and where its values are; the rows are gathered in
//! [`shape`](super::shape). Layouts come from the tools' sources and documentation and from public
//! files; what is from where stands in each file.

pub(super) mod collectors;
pub(super) mod detections;
pub(super) mod embedded;
pub(super) mod envelope;
pub(super) mod event_document;
pub(super) mod evtxecmd;
pub(super) mod flat;
pub(super) mod journald;
pub(super) mod kusto;
pub(super) mod ossem;
pub(super) mod plaso;
pub(super) mod powershell;
pub(super) mod sentinel;
pub(super) mod splunk;
pub(super) mod wazuh;
pub(super) mod winlogbeat;
