//! The dictionary as CSV (RFC 4180, with line feeds).
//!
//! Names stand as they are, so that they can be looked up: only they begin with `@`, and a spreadsheet knows no
//! function of these names. A sample such as `-bash` is kept from being run.

use super::{Occurrence, rows};
use crate::schema::EventSchema;

const EVENT_HEADER: [&str; 9] = [
    "event_id",
    "event",
    "title",
    "version",
    "since",
    "filterable",
    "logged_without_filter",
    "message",
    "description",
];

const FIELD_HEADER: [&str; 9] = [
    "event_id",
    "event",
    "standard_name",
    "field_name",
    "type",
    "description",
    "sample_value",
    "since",
    "inferred",
];

pub(super) fn list(events: &[&EventSchema]) -> String {
    let mut out = line(&EVENT_HEADER);
    for event in events {
        out += &line(&[
            &event.id.to_string(),
            event.tag,
            event.title,
            &event.version.to_string(),
            event.since,
            &event.filterable.to_string(),
            &event.logged_without_filter.to_string(),
            event.template,
            event.doc,
        ]);
    }
    out
}

pub(super) fn events(events: &[&'static EventSchema]) -> String {
    let all: Vec<Occurrence> =
        events.iter().flat_map(|event| event.all_fields().map(|field| (*event, field))).collect();
    fields(&all)
}

pub(super) fn fields(fields: &[Occurrence]) -> String {
    let mut out = line(&FIELD_HEADER);
    for (event, field) in fields {
        let inferred = field.inferred.unwrap_or_default();
        for row in rows(field) {
            out += &line(&[
                &event.id.to_string(),
                event.tag,
                row.standard_name,
                row.field_name,
                row.field_type,
                row.description,
                row.sample,
                &row.since,
                inferred,
            ]);
        }
    }
    out
}

pub(super) fn line(cells: &[&str]) -> String {
    cells.iter().map(|text| cell(text)).collect::<Vec<_>>().join(",") + "\n"
}

/// Quotes a cell where CSV demands it, and disarms one that a spreadsheet would run as a formula.
///
/// A lone `-` is text to every spreadsheet and stays.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '\t', '\r']) && text != "-";
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_disarmed() {
        for (text, expected) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("@timestamp", "@timestamp"),
            ("=1,2", "\"'=1,2\""),
            ("-bash", "'-bash"),
            ("-", "-"),
            ("", ""),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
