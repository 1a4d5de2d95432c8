//! What Sigma rules found, as JSON objects.

use serde::Serialize;

use super::{Evidence, Process, SCHEMA_VERSION, is_zero, texts};
use crate::report;
use crate::report::{Clock, SigmaLevel};

#[derive(Serialize)]
pub(super) struct Finding<'a> {
    kind: &'static str,
    schema_version: u32,
    id: String,
    severity: &'static str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<&'a str>,
    techniques: Vec<String>,
    tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    logsource: Option<&'a str>,
    rule_file: &'a str,
    rule_line: usize,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    correlation: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    computer: &'a str,
    count: u64,
    #[serde(skip_serializing_if = "is_zero")]
    copies: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<&'static str>,
    fields: Vec<Field<'a>>,
    processes: Vec<ProcessInRole<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    more_processes: bool,
    evidence: Vec<Evidence<'a>>,
    evidence_total: u64,
}

impl<'a> From<&'a report::SigmaFinding> for Finding<'a> {
    fn from(finding: &'a report::SigmaFinding) -> Self {
        let rule = &finding.rule;
        let is_recorded = |moment: &report::Moment| moment.clock == Clock::Record;
        Self {
            kind: "sigma",
            schema_version: SCHEMA_VERSION,
            id: finding.spelled_id(),
            severity: finding.severity().name(),
            title: &rule.title,
            rule_id: rule.id.as_deref(),
            level: rule.level.map(SigmaLevel::name),
            status: rule.status.as_deref(),
            author: rule.author.as_deref(),
            techniques: rule.techniques().collect(),
            tags: &rule.tags,
            logsource: rule.log_source.as_deref(),
            rule_file: &rule.file,
            rule_line: rule.line,
            correlation: finding.correlates,
            computer: &finding.computer,
            count: finding.count,
            copies: finding.copies,
            first: finding.first.map(|moment| moment.time.to_string()),
            last: finding.last.map(|moment| moment.time.to_string()),
            clock: finding.first.iter().chain(&finding.last).any(is_recorded).then_some("record"),
            fields: finding.fields.iter().map(Field::from).collect(),
            processes: finding.processes.iter().map(ProcessInRole::from).collect(),
            more_processes: finding.processes.has_more(),
            evidence: finding.evidence.iter().map(Evidence::from).collect(),
            evidence_total: finding.evidence.offered(),
        }
    }
}

#[derive(Serialize)]
struct Field<'a> {
    name: &'a str,
    values: Vec<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    more_values: bool,
}

impl<'a> From<&'a report::SigmaField> for Field<'a> {
    fn from(field: &'a report::SigmaField) -> Self {
        Self { name: &field.name, values: texts(&field.values), more_values: field.values.has_more() }
    }
}

#[derive(Serialize)]
struct ProcessInRole<'a> {
    role: &'static str,
    #[serde(flatten)]
    process: Process<'a>,
}

impl<'a> From<&'a report::SigmaProcess> for ProcessInRole<'a> {
    fn from(process: &'a report::SigmaProcess) -> Self {
        Self {
            role: process.role.name(),
            process: Process::new(process.guid, process.pid, process.image.as_deref()),
        }
    }
}

/// A rule that the events of a pair of processes fit.
#[derive(Serialize)]
pub(super) struct Named<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_id: Option<&'a str>,
    title: &'a str,
    severity: &'static str,
}

impl<'a> From<&'a report::SigmaRule> for Named<'a> {
    fn from(rule: &'a report::SigmaRule) -> Self {
        Self { rule_id: rule.id.as_deref(), title: &rule.title, severity: rule.severity().name() }
    }
}
