//! Findings and coverage as JSON lines: `docs/scan-json.md` documents the objects.
//!
//! The structs here are the promise, not the types of `report`: those may be renamed freely.
//! What is not known is left out. Characters that drive a terminal or turn text around are
//! written as `\u` escapes, which say the same to every JSON parser.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};

use crate::event::{FileTime, Guid, technique};
use crate::report;
use crate::report::{Clock, Moment, Sample, Scanned, is_unsafe};

mod held;
mod judged;
mod story;
mod tampered;

pub use story::{write as write_story, write_candidates};
mod sigma;

/// The version of the objects: raised when a key changes its meaning or goes, not when one comes.
const SCHEMA_VERSION: u32 = 1;

/// Writes an object per finding, the worst first, then one per pattern, per finding of a Sigma rule, and
/// per computer.
pub fn write(scanned: &Scanned, out: &mut dyn Write) -> io::Result<()> {
    for place in scanned.worst_first() {
        let finding =
            Finding { held_against: scanned.against.len() as u64, ..Finding::from(&scanned.findings[place]) };
        write_line(&finding, out)?;
    }
    for pattern in &scanned.patterns {
        write_line(&judged::Pattern::new(pattern, &scanned.findings), out)?;
    }
    for finding in &scanned.sigma {
        write_line(&sigma::Finding::from(finding), out)?;
    }
    for coverage in &scanned.coverage {
        write_line(&Coverage::from(coverage), out)?;
    }
    Ok(())
}

/// Writes the object of one finding.
pub fn write_finding(finding: &report::Finding, out: &mut dyn Write) -> io::Result<()> {
    write_line(&Finding::from(finding), out)
}

/// Writes an object as a line that is safe to look at.
pub(in crate::sink) fn write_line(object: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Harmless(CompactFormatter));
    object.serialize(&mut serializer)?;
    writeln!(out)
}

/// Escapes what JSON would let through and a terminal would obey.
struct Harmless(CompactFormatter);

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_unsafe(*c)) {
            self.0.write_string_fragment(out, &rest[..at])?;
            c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))?;
            rest = &rest[at + c.len_utf8()..];
        }
        self.0.write_string_fragment(out, rest)
    }
}

#[derive(Serialize)]
struct Finding<'a> {
    kind: &'static str,
    schema_version: u32,
    id: String,
    severity: &'static str,
    score: f64,
    confidence: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    technique: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    rule_techniques: Vec<&'a str>,
    title: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    computer: &'a str,
    source: Party<'a>,
    target: Party<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<Start<'a>>,
    starts: Vec<Start<'a>>,
    #[serde(skip_serializing_if = "is_zero")]
    threads_elsewhere: u64,
    count: u64,
    #[serde(skip_serializing_if = "is_zero")]
    copies: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<&'static str>,
    ledger: judged::Ledger<'a>,
    chain: Vec<judged::Step<'a>>,
    hidden_by: Vec<held::HiddenBy<'a>>,
    benign_if: Vec<&'a str>,
    notes: &'a [Cow<'static, str>],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    rule_names: Vec<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    thread_ids: Vec<u64>,
    evidence: Vec<Evidence<'a>>,
    evidence_total: u64,
    #[serde(skip_serializing_if = "is_zero")]
    held_against: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<held::Acceptance<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    sigma: Vec<sigma::Named<'a>>,
}

impl<'a> From<&'a report::Finding> for Finding<'a> {
    fn from(finding: &'a report::Finding) -> Self {
        Self {
            kind: "finding",
            schema_version: SCHEMA_VERSION,
            id: finding.spelled_id(),
            severity: finding.judgement.severity.name(),
            score: finding.judgement.score.value(),
            confidence: finding.judgement.confidence.name(),
            technique: finding.judgement.technique.as_deref(),
            rule_techniques: rule_techniques(finding),
            title: &finding.judgement.title,
            computer: &finding.computer,
            source: Party::from(&finding.source),
            target: Party::from(&finding.target),
            start: finding.start().map(Start::from),
            starts: finding.starts.iter().map(Start::from).collect(),
            threads_elsewhere: finding.threads_elsewhere,
            count: finding.count,
            copies: finding.copies,
            first: finding.first.map(|moment| moment.time.to_string()),
            last: finding.last.map(|moment| moment.time.to_string()),
            clock: clock(finding),
            ledger: judged::Ledger::from(&finding.judgement.ledger),
            chain: finding.judgement.chain.iter().map(judged::Step::from).collect(),
            hidden_by: finding.hidden_by.iter().map(held::HiddenBy::from).collect(),
            benign_if: finding.judgement.benign_if.iter().map(|text| &**text).collect(),
            notes: &finding.judgement.notes,
            rule_names: texts(&finding.rule_names),
            thread_ids: finding.threads(),
            evidence: finding.thread_records().into_iter().map(Evidence::from).collect(),
            evidence_total: finding.evidence.offered(),
            held_against: 0,
            accepted: finding.accepted.as_deref().map(held::Acceptance::from),
            sigma: finding.sigma.iter().map(|rule| sigma::Named::from(&**rule)).collect(),
        }
    }
}

/// What the configuration's rules claim; the judgement's own technique is another matter.
fn rule_techniques(finding: &report::Finding) -> Vec<&str> {
    let mut ids: Vec<&str> =
        finding.rule_names.iter().filter_map(|name| technique(name)).map(|technique| technique.id).collect();
    ids.dedup();
    ids
}

/// `record` where a time is not Sysmon's own.
fn clock(finding: &report::Finding) -> Option<&'static str> {
    let recorded = |moment: &Moment| moment.clock == Clock::Record;
    finding.first.iter().chain(&finding.last).any(recorded).then_some("record")
}

/// How a process is named.
#[derive(Serialize)]
struct Process<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    guid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
}

impl<'a> Process<'a> {
    fn new(guid: Option<Guid>, pid: Option<u64>, image: Option<&'a str>) -> Self {
        Self { guid: guid.map(|guid| guid.to_string()), pid, image }
    }
}

impl<'a> From<&'a report::Other> for Process<'a> {
    fn from(other: &'a report::Other) -> Self {
        Self::new(other.guid, other.pid, other.image.as_deref())
    }
}

#[derive(Serialize)]
struct Party<'a> {
    #[serde(flatten)]
    process: Process<'a>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    image_resolved: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_from_event: Option<u16>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    other_images: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    other_users: Vec<&'a str>,
    #[serde(flatten)]
    facts: judged::ProcessFacts<'a>,
}

impl<'a> From<&'a report::Party> for Party<'a> {
    fn from(party: &'a report::Party) -> Self {
        let users = texts(&party.users);
        Self {
            process: Process::new(party.guid, party.pid, party.image.as_deref()),
            image_resolved: party.naming.event_id().is_some(),
            image_from_event: party.naming.event_id(),
            other_images: texts(&party.other_images),
            user: users.first().copied().or(party.facts.user.as_deref()),
            other_users: users.into_iter().skip(1).collect(),
            facts: judged::ProcessFacts::from(&party.facts),
        }
    }
}

#[derive(Serialize)]
struct Start<'a> {
    class: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset_low16: Option<String>,
    count: u64,
    addresses: Vec<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    more_addresses: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    thread_ids: Vec<u64>,
    evidence: Vec<Evidence<'a>>,
}

impl<'a> From<&'a report::Start> for Start<'a> {
    fn from(start: &'a report::Start) -> Self {
        Self {
            class: &start.class,
            kind: start.kind.name(),
            module: start.module.as_deref(),
            function: start.function.as_deref(),
            offset_low16: start.low16.map(|low| format!("0x{low:04x}")),
            count: start.count,
            addresses: texts(&start.addresses),
            more_addresses: start.addresses.has_more(),
            first: start.first.map(|moment| moment.time.to_string()),
            last: start.last.map(|moment| moment.time.to_string()),
            thread_ids: start.threads(),
            evidence: start.evidence().map(Evidence::from).collect(),
        }
    }
}

#[derive(Serialize)]
struct Evidence<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record_id: Option<u64>,
    offset: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    recovered: bool,
}

impl<'a> From<&'a report::Evidence> for Evidence<'a> {
    fn from(evidence: &'a report::Evidence) -> Self {
        Self {
            file: &evidence.origin.file,
            member: evidence.origin.member.as_deref(),
            record_id: evidence.record_id,
            offset: evidence.offset,
            line: evidence.line,
            recovered: evidence.recovered,
        }
    }
}

#[derive(Serialize)]
struct Coverage<'a> {
    kind: &'static str,
    schema_version: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    computer: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
    records: u64,
    events: &'a BTreeMap<u16, u64>,
    event_8_seen: bool,
    #[serde(skip_serializing_if = "is_zero")]
    recovered: u64,
    #[serde(skip_serializing_if = "is_zero")]
    copies: u64,
    channels: Vec<Channel<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    configurations: Vec<Told<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    service: Vec<Told<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: Vec<Told<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    schema_versions: Vec<&'a str>,
    #[serde(skip_serializing_if = "is_zero")]
    undated: u64,
    #[serde(skip_serializing_if = "is_zero")]
    doubtful: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tampered: Option<tampered::Tampering<'a>>,
}

impl<'a> From<&'a report::Coverage> for Coverage<'a> {
    fn from(coverage: &'a report::Coverage) -> Self {
        Self {
            kind: "coverage",
            schema_version: SCHEMA_VERSION,
            computer: &coverage.computer,
            first: coverage.first.map(|time| time.to_string()),
            last: coverage.last.map(|time| time.to_string()),
            records: coverage.total(),
            events: &coverage.events,
            event_8_seen: coverage.seen(8) > 0,
            recovered: coverage.recovered,
            copies: coverage.copies,
            channels: coverage.channels.iter().map(Channel::from).collect(),
            configurations: coverage.configurations.iter().map(Told::from).collect(),
            service: coverage.service.iter().map(Told::from).collect(),
            errors: coverage.errors.iter().map(Told::from).collect(),
            schema_versions: texts(&coverage.schema_versions),
            undated: coverage.undated,
            doubtful: coverage.doubtful,
            tampered: (coverage.tampering.processes > 0)
                .then(|| tampered::Tampering::from(&coverage.tampering)),
        }
    }
}

#[derive(Serialize)]
struct Channel<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    channel: &'a str,
    records: u64,
    #[serde(skip_serializing_if = "is_zero")]
    records_without_id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    different_ids: Option<u64>,
    repeated_ids: u64,
    gaps: u64,
    missing_ids: u64,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    widest_gaps: Vec<Gap>,
    looks_filtered: bool,
}

#[derive(Serialize)]
struct Gap {
    from: u64,
    to: u64,
}

impl<'a> From<&'a report::ChannelCoverage> for Channel<'a> {
    fn from(channel: &'a report::ChannelCoverage) -> Self {
        Self {
            channel: &channel.channel,
            records: channel.records,
            records_without_id: channel.without_id,
            first_id: channel.ids.map(|(first, _)| first),
            last_id: channel.ids.map(|(_, last)| last),
            different_ids: channel.different,
            repeated_ids: channel.repeated(),
            gaps: channel.gaps,
            missing_ids: channel.missing,
            widest_gaps: channel.widest.iter().map(|gap| Gap { from: gap.from, to: gap.to }).collect(),
            looks_filtered: channel.looks_filtered(),
        }
    }
}

/// What the sensor said of itself.
#[derive(Serialize, Default)]
struct Told<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

impl Told<'_> {
    fn at(moment: Option<Moment>) -> Self {
        Self { time: moment.map(|moment| FileTime::to_string(&moment.time)), ..Self::default() }
    }
}

impl<'a> From<&'a report::Configuration> for Told<'a> {
    fn from(told: &'a report::Configuration) -> Self {
        Self { file: told.file.as_deref(), hash: told.hash.as_deref(), ..Self::at(told.at) }
    }
}

impl<'a> From<&'a report::ServiceState> for Told<'a> {
    fn from(told: &'a report::ServiceState) -> Self {
        Self { state: told.state.as_deref(), version: told.version.as_deref(), ..Self::at(told.at) }
    }
}

impl<'a> From<&'a report::SensorError> for Told<'a> {
    fn from(told: &'a report::SensorError) -> Self {
        Self { name: told.name.as_deref(), description: told.description.as_deref(), ..Self::at(told.at) }
    }
}

fn texts<const N: usize>(sample: &Sample<std::sync::Arc<str>, N>) -> Vec<&str> {
    sample.iter().map(|text| &**text).collect()
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
