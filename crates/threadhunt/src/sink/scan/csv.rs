//! Findings as CSV: one row per pair and start, in fixed columns, the worst pair first, then one per
//! pattern with pairs that are only counted, then one per finding of a Sigma rule, which leave columns
//! empty that they have nothing for.
//!
//! A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return
//! (OWASP, "CSV Injection"), so such cells begin with an apostrophe; a lone `-` stays. Coverage
//! has no place in rows like these and is not written.

use std::borrow::Cow;
use std::io::{self, Write};

use super::cards::crowd_title;
use crate::report::{
    Evidence, Finding, HiddenBy, Moment, Party, Pattern, Scanned, SigmaFinding, SigmaProcess, Start,
    is_unsafe,
};

/// A column: its name and what stands in it.
type Column = (&'static str, fn(&Row<'_>) -> String);

struct Row<'a> {
    finding: &'a Finding,
    start: &'a Start,
}

impl<'a> Row<'a> {
    /// The first record of the start: the others are in the JSON lines.
    fn evidence(&self) -> Option<&'a Evidence> {
        self.start.evidence().next()
    }
}

const COLUMNS: &[Column] = &[
    ("id", |row| row.finding.spelled_id()),
    ("severity", |row| row.finding.judgement.severity.name().to_owned()),
    ("score", |row| row.finding.judgement.score.value().to_string()),
    ("confidence", |row| row.finding.judgement.confidence.name().to_owned()),
    ("technique", |row| optional(row.finding.judgement.technique.as_ref())),
    ("title", |row| row.finding.judgement.title.clone()),
    ("computer", |row| row.finding.computer.to_string()),
    ("first", |row| time(row.finding.first)),
    ("last", |row| time(row.finding.last)),
    ("threads", |row| row.finding.count.to_string()),
    ("copies", |row| row.finding.copies.to_string()),
    ("source_image", |row| image(&row.finding.source)),
    ("source_pid", |row| optional(row.finding.source.pid)),
    ("source_guid", |row| optional(row.finding.source.guid)),
    ("source_user", |row| joined(row.finding.source.users.iter())),
    ("source_image_from", |row| optional(row.finding.source.naming.event_id())),
    ("target_image", |row| image(&row.finding.target)),
    ("target_pid", |row| optional(row.finding.target.pid)),
    ("target_guid", |row| optional(row.finding.target.guid)),
    ("target_user", |row| joined(row.finding.target.users.iter())),
    ("target_image_from", |row| optional(row.finding.target.naming.event_id())),
    ("start_class", |row| row.start.class.to_string()),
    ("start_kind", |row| row.start.kind.name().to_owned()),
    ("start_module", |row| optional(row.start.module.as_ref())),
    ("start_function", |row| optional(row.start.function.as_ref())),
    ("start_offset_low16", |row| row.start.low16.map(|low| format!("0x{low:04x}")).unwrap_or_default()),
    ("start_address", |row| optional(row.start.addresses.iter().next())),
    ("start_threads", |row| row.start.count.to_string()),
    ("rule_names", |row| joined(row.finding.rule_names.iter())),
    ("file", |row| row.evidence().map(file).unwrap_or_default()),
    ("member", |row| row.evidence().and_then(member).unwrap_or_default()),
    ("record_id", |row| optional(row.evidence().and_then(|evidence| evidence.record_id))),
    ("accepted", |row| {
        row.finding.accepted.as_ref().map(|entry| entry.reason.to_string()).unwrap_or_default()
    }),
    ("sigma_rules", |row| {
        row.finding.sigma.iter().map(|rule| rule.title.as_str()).collect::<Vec<_>>().join("; ")
    }),
    (SIGMA_MATCHES, |_| String::new()),
    ("hidden_by", |row| row.finding.hidden_by.iter().map(hidden).collect::<Vec<_>>().join("; ")),
    (COUNTED_PAIRS, |_| String::new()),
    ("thread_id", |row| optional(row.start.records.first().and_then(|record| record.thread_id))),
];

/// Pairs of a pattern of which there is no row, because there were too many.
const COUNTED_PAIRS: &str = "counted_pairs";

/// What a row of a pattern has in the same columns; the others stay empty.
const OF_CROWD: &[SparseColumn<Pattern>] = &[
    ("severity", |pattern| {
        pattern.counted_worst.map(|(severity, _)| severity.name().to_owned()).unwrap_or_default()
    }),
    ("score", |pattern| optional(pattern.counted_worst.map(|(_, score)| score.value()))),
    ("title", |pattern| format!("only counted: {}", crowd_title(pattern))),
    ("source_image", |pattern| pattern.source.to_string()),
    ("target_image", |pattern| pattern.target.to_string()),
    ("start_class", |pattern| pattern.class.to_string()),
    ("accepted", |pattern| {
        pattern.accepted.as_ref().map(|entry| entry.reason.to_string()).unwrap_or_default()
    }),
    (COUNTED_PAIRS, |pattern| pattern.counted.to_string()),
];

/// The same for a row that has only some of the columns.
type SparseColumn<T> = (&'static str, fn(&T) -> String);

/// Number of events that fit a rule.
const SIGMA_MATCHES: &str = "sigma_matches";

/// What a row of a Sigma rule has in the same columns; the others stay empty.
const OF_SIGMA: &[SparseColumn<SigmaFinding>] = &[
    ("id", SigmaFinding::spelled_id),
    ("severity", |finding| finding.severity().name().to_owned()),
    ("technique", |finding| finding.rule.techniques().collect::<Vec<_>>().join("; ")),
    ("title", |finding| finding.rule.title.clone()),
    ("computer", |finding| finding.computer.to_string()),
    ("first", |finding| time(finding.first)),
    ("last", |finding| time(finding.last)),
    ("copies", |finding| finding.copies.to_string()),
    ("source_image", |finding| optional(first_process(finding).and_then(|process| process.image.as_ref()))),
    ("source_pid", |finding| optional(first_process(finding).and_then(|process| process.pid))),
    ("source_guid", |finding| optional(first_process(finding).and_then(|process| process.guid))),
    ("file", |finding| finding.evidence.iter().next().map(file).unwrap_or_default()),
    ("member", |finding| finding.evidence.iter().next().and_then(member).unwrap_or_default()),
    ("record_id", |finding| optional(finding.evidence.iter().next().and_then(|evidence| evidence.record_id))),
    ("sigma_rules", |finding| finding.rule.id.clone().unwrap_or_default()),
    (SIGMA_MATCHES, |finding| finding.count.to_string()),
];

fn first_process(finding: &SigmaFinding) -> Option<&SigmaProcess> {
    finding.processes.iter().next()
}

/// `sysmon.xml:412 excluded 3`: configuration and line, why, and how many of the finding's threads.
fn hidden(by: &HiddenBy) -> String {
    let line = by.line.map(|line| format!(":{line}")).unwrap_or_default();
    format!("{}{line} {} {}", by.configuration, by.why.name(), by.threads)
}

fn file(evidence: &Evidence) -> String {
    evidence.origin.file.clone()
}

fn member(evidence: &Evidence) -> Option<String> {
    evidence.origin.member.clone()
}

/// Writes the header, a row per pair and start, and a row per finding of a Sigma rule.
pub fn write(scanned: &Scanned, out: &mut dyn Write) -> io::Result<()> {
    let names = COLUMNS.iter().map(|(name, _)| (*name).to_owned());
    write_row(names, out)?;
    for finding in scanned.worst_first().into_iter().map(|place| &scanned.findings[place]) {
        for start in &finding.starts {
            let row = Row { finding, start };
            write_row(COLUMNS.iter().map(|(_, text)| text(&row)), out)?;
        }
    }
    for pattern in scanned.patterns.iter().filter(|pattern| pattern.counted > 0) {
        write_sparse(OF_CROWD, pattern, out)?;
    }
    scanned.sigma.iter().try_for_each(|finding| write_sparse(OF_SIGMA, finding, out))
}

/// A row of what has only some of the columns.
fn write_sparse<T>(columns: &[SparseColumn<T>], row: &T, out: &mut dyn Write) -> io::Result<()> {
    let cell = |name: &str| columns.iter().find(|(column, _)| *column == name);
    let cells = COLUMNS.iter().map(|(name, _)| cell(name).map_or_else(String::new, |(_, text)| text(row)));
    write_row(cells, out)
}

pub(in crate::sink) fn write_row(cells: impl Iterator<Item = String>, out: &mut dyn Write) -> io::Result<()> {
    for (place, cell) in cells.enumerate() {
        let comma = if place == 0 { "" } else { "," };
        write!(out, "{comma}{}", quoted(&safe(&cell)))?;
    }
    writeln!(out)
}

fn time(moment: Option<Moment>) -> String {
    optional(moment.map(|moment| moment.time))
}

fn image(party: &Party) -> String {
    optional(party.image.as_ref())
}

fn optional(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn joined<'a>(texts: impl Iterator<Item = &'a std::sync::Arc<str>>) -> String {
    texts.map(|text| &**text).collect::<Vec<_>>().join("; ")
}

/// A cell that neither a spreadsheet runs nor a terminal obeys.
fn safe(cell: &str) -> Cow<'_, str> {
    let escaped =
        if cell.chars().any(is_unsafe) { crate::report::printable(cell) } else { Cow::Borrowed(cell) };
    match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') if cell != "-" => Cow::Owned(format!("'{escaped}")),
        _ => escaped,
    }
}

/// Quotes after RFC 4180, only where needed.
fn quoted(cell: &str) -> Cow<'_, str> {
    if cell.contains([',', '"', '\n', '\r']) {
        return Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")));
    }
    Cow::Borrowed(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_rules_stand_in_known_columns() {
        let known = |name: &str| COLUMNS.iter().any(|(column, _)| *column == name);
        assert!(OF_SIGMA.iter().all(|(name, _)| known(name)));
        assert!(OF_CROWD.iter().all(|(name, _)| known(name)));
    }

    #[test]
    fn cells_are_not_run() {
        for (cell, expected) in [
            ("=1+1", "'=1+1"),
            ("-", "-"),
            ("-2", "'-2"),
            ("@x", "'@x"),
            ("\tx", r"'\u{9}x"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("=\"x\"", "\"'=\"\"x\"\"\""),
            ("plain", "plain"),
        ] {
            assert_eq!(quoted(&safe(cell)), expected);
        }
    }
}
