//! The judgement's part of the JSON objects: ledger, chain, process facts and patterns.

use serde::Serialize;

use super::held::Acceptance;
use super::{Evidence, Process, SCHEMA_VERSION, is_zero};
use crate::report;

#[derive(Serialize)]
pub(super) struct Ledger<'a> {
    prior: f64,
    entries: Vec<Entry<'a>>,
    sum: f64,
    limits: Vec<Limit<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    group: &'static str,
    rule: &'a str,
    title: &'a str,
    bits: f64,
    adds: f64,
}

#[derive(Serialize)]
struct Limit<'a> {
    severity: &'static str,
    reason: &'a str,
}

impl<'a> From<&'a report::Ledger> for Ledger<'a> {
    fn from(ledger: &'a report::Ledger) -> Self {
        let entry = |entry: &'a report::Entry| Entry {
            group: entry.group.name(),
            rule: &entry.rule,
            title: &entry.title,
            bits: entry.bits.value(),
            adds: entry.adds.value(),
        };
        let limit =
            |limit: &'a report::Limit| Limit { severity: limit.severity.name(), reason: &limit.reason };
        Self {
            prior: ledger.prior.value(),
            entries: ledger.entries.iter().map(entry).collect(),
            sum: ledger.sum.value(),
            limits: ledger.limits.iter().map(limit).collect(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Step<'a> {
    step: &'static str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    process: Option<Process<'a>>,
}

impl<'a> From<&'a report::Step> for Step<'a> {
    fn from(step: &'a report::Step) -> Self {
        Self {
            step: step.kind.name(),
            state: step.state.name(),
            time: step.time.map(|time| time.to_string()),
            text: &step.text,
            evidence: step.evidence.as_ref().map(Evidence::from),
            finding: step.hop.as_ref().map(|hop| report::spelled_finding_id(hop.finding)),
            process: step.hop.as_ref().map(|hop| Process::from(&hop.process)),
        }
    }
}

#[derive(Serialize)]
pub(super) struct ProcessFacts<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_from: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command_line: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hashes: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_file_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<Parent<'a>>,
}

#[derive(Serialize)]
struct Parent<'a> {
    #[serde(flatten)]
    process: Process<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command_line: Option<&'a str>,
}

impl<'a> From<&'a report::ProcessFacts> for ProcessFacts<'a> {
    fn from(facts: &'a report::ProcessFacts) -> Self {
        let parent = |parent: &'a report::Parent| Parent {
            process: Process::new(parent.guid, parent.pid, parent.image.as_deref()),
            command_line: parent.command_line.as_deref(),
        };
        Self {
            created: facts.created.map(|created| created.time().to_string()),
            created_from: facts.created.map(report::Created::told_by),
            ended: facts.ended.map(|time| time.to_string()),
            command_line: facts.command_line.as_deref(),
            hashes: facts.hashes.as_deref(),
            company: facts.company.as_deref(),
            original_file_name: facts.original_file_name.as_deref(),
            parent: facts.parent.as_ref().map(parent),
        }
    }
}

/// Findings that a pattern names; the others are counted.
const MAX_IDS: usize = 32;

#[derive(Serialize)]
pub(super) struct Pattern<'a> {
    kind: &'static str,
    schema_version: u32,
    severity: &'static str,
    score: f64,
    #[serde(skip_serializing_if = "str::is_empty")]
    source: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    target: &'a str,
    class: &'a str,
    findings: Vec<String>,
    findings_total: usize,
    #[serde(skip_serializing_if = "is_zero")]
    counted_pairs: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    counted_severity: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counted_score: Option<f64>,
    threads: u64,
    computers: u64,
    computer_names: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<Acceptance<'a>>,
}

impl<'a> Pattern<'a> {
    pub(super) fn new(pattern: &'a report::Pattern, findings: &[report::Finding]) -> Self {
        let ids = pattern.findings.iter().filter_map(|place| findings.get(*place));
        Self {
            kind: "pattern",
            schema_version: SCHEMA_VERSION,
            severity: pattern.severity.name(),
            score: pattern.score.value(),
            source: &pattern.source,
            target: &pattern.target,
            class: &pattern.class,
            findings: ids.take(MAX_IDS).map(report::Finding::spelled_id).collect(),
            findings_total: pattern.findings.len(),
            counted_pairs: pattern.counted,
            counted_severity: pattern.counted_worst.map(|(severity, _)| severity.name()),
            counted_score: pattern.counted_worst.map(|(_, score)| score.value()),
            threads: pattern.threads,
            computers: pattern.computers,
            // A record without a computer has no name to list.
            computer_names: pattern
                .computer_names
                .iter()
                .map(|name| &**name)
                .filter(|name| !name.is_empty())
                .collect(),
            first: pattern.first.map(|moment| moment.time.to_string()),
            last: pattern.last.map(|moment| moment.time.to_string()),
            accepted: pattern.accepted.as_deref().map(Acceptance::from),
        }
    }
}
