//! Envelopes: documents that hold one record of another shape, which is what counts.
//!
//! Elasticsearch's `_source` as elasticdump and `_search` write it, and its `fields` as Kibana asks for them; names
//! with dots; the envelope of the normalisation tests of open-xp-rules, whose `body` is JSON as text.

use crate::source::json::shape::{Read, Row, equal, has, lacks, object, text, whole};

pub(in crate::source::json) static ELASTICSEARCH_HIT: Row = Row {
    shape: whole("elasticsearch-hit", "envelope: _source of an index export, or of an answer's hits"),
    signatures: &[&[object("_source")]],
    read: Read::Within("_source"),
};

pub(in crate::source::json) static ELASTICSEARCH_FIELDS: Row = Row {
    shape: whole("elasticsearch-fields", "envelope: fields of an answer's hits, each value in a list"),
    signatures: &[&[has("_index"), object("fields"), lacks("_source")]],
    read: Read::Within("fields"),
};

/// Known by what the names stand for.
pub(in crate::source::json) static DOTTED: Row = Row {
    shape: whole("dotted-names", "envelope: names such as winlog.event_data.Image, as in Kibana's tables"),
    signatures: &[],
    read: Read::Dotted,
};

pub(in crate::source::json) static PT_ENVELOPE: Row = Row {
    shape: whole("pt-envelope", "envelope: the body of a raw event of MaxPatrol SIEM"),
    signatures: &[&[text("body"), equal("mime", "application/x-pt-eventlog")]],
    read: Read::Within("body"),
};
