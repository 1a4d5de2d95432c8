//! Findings as OCSF Detection Findings (category 2, class 2004), a document a line.
//!
//! As everywhere in OCSF, the source is the actor's process and the target is `process`. The uid
//! follows from computer, source and target. What the class has no name for is in `unmapped`. The
//! time is that of the first thread and not that of the run, so that two runs say the same; 0
//! stands for a finding without any time, since the class demands one.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::attack::{Words, described};
use super::document::{
    PRODUCT, VERSION, account, chain, ledger, millis, object, records, remarks, start, time_of,
};
use super::jsonl::write_line;
use crate::event::{FileTime, Guid};
use crate::report::{Confidence, Finding, Parent, Party, Scanned, Severity};
use crate::schema::names::vocabulary;
use crate::sink::names::{basename, computed_hashes};

/// Writes a Detection Finding per finding, the worst first.
pub fn write(scanned: &Scanned, out: &mut dyn Write) -> io::Result<()> {
    let findings = scanned.worst_first().into_iter().map(|place| &scanned.findings[place]);
    findings.map(document).try_for_each(|document| write_line(&document, out))
}

fn document(finding: &Finding) -> Value {
    let judgement = &finding.judgement;
    let (severity, severity_id) = severity(judgement.severity);
    let (confidence, confidence_id) = confidence(judgement.confidence);
    let [benign_if, notes] = remarks(finding);
    object([
        ("category_uid", json!(2)),
        ("category_name", json!("Findings")),
        ("class_uid", json!(2004)),
        ("class_name", json!("Detection Finding")),
        ("activity_id", json!(1)),
        ("activity_name", json!("Create")),
        ("type_uid", json!(200_401)),
        ("type_name", json!("Detection Finding: Create")),
        ("time", json!(ms(time_of(finding.first)).unwrap_or(0))),
        ("start_time", json!(ms(time_of(finding.first)))),
        ("end_time", json!(ms(time_of(finding.last)))),
        ("count", json!(finding.count)),
        ("message", json!(judgement.title)),
        ("severity_id", json!(severity_id)),
        ("severity", json!(severity)),
        ("confidence_id", json!(confidence_id)),
        ("confidence", json!(confidence)),
        // Risk levels are the severities, counted from 0.
        ("risk_level_id", json!(severity_id - 1)),
        ("risk_score", json!(judgement.score.points())),
        ("is_alert", json!(judgement.severity >= Severity::Medium)),
        ("status_id", json!(1)),
        ("status", json!("New")),
        ("metadata", metadata(finding)),
        ("device", device(finding)),
        ("finding_info", info(finding)),
        ("evidences", json!([evidence(finding)])),
        ("unmapped", object([("ledger", ledger(finding)), ("chain", chain(finding)), benign_if, notes])),
    ])
}

/// Caption and number (dictionary, `severity_id`).
fn severity(severity: Severity) -> (&'static str, u8) {
    match severity {
        Severity::Info => ("Informational", 1),
        Severity::Low => ("Low", 2),
        Severity::Medium => ("Medium", 3),
        Severity::High => ("High", 4),
        Severity::Critical => ("Critical", 5),
    }
}

/// Caption and number (dictionary, `confidence_id`).
fn confidence(confidence: Confidence) -> (&'static str, u8) {
    match confidence {
        Confidence::Low => ("Low", 1),
        Confidence::Medium => ("Medium", 2),
        Confidence::High => ("High", 3),
    }
}

fn metadata(finding: &Finding) -> Value {
    json!({
        "version": vocabulary("ocsf").map(|ocsf| ocsf.version),
        "product": {"name": PRODUCT, "vendor_name": PRODUCT, "version": VERSION},
        "uid": finding.spelled_id(),
        "event_code": "8",
    })
}

/// Of which kind it is, no event says.
fn device(finding: &Finding) -> Value {
    match &*finding.computer {
        "" => Value::Null,
        name => json!({"hostname": name, "type_id": 0}),
    }
}

const WORDS: Words = Words { id: "uid", link: "src_url", lists: false };

fn info(finding: &Finding) -> Value {
    let judgement = &finding.judgement;
    let attack = judgement.technique.as_deref().map(|id| {
        let (technique, sub) = described(id, &WORDS);
        object([("technique", technique), ("sub_technique", json!(sub))])
    });
    let analytic = object([
        ("uid", json!(finding.start().map(|start| &*start.class))),
        ("name", json!(finding.start_title())),
        ("type_id", json!(1)),
        ("type", json!("Rule")),
        ("version", json!(VERSION)),
    ]);
    object([
        ("uid", json!(finding.spelled_id())),
        ("title", json!(judgement.title)),
        ("desc", json!(&*judgement.meaning)),
        ("types", json!(["Remote thread"])),
        ("first_seen_time", json!(ms(time_of(finding.first)))),
        ("last_seen_time", json!(ms(time_of(finding.last)))),
        ("analytic", analytic),
        ("attacks", attack.into_iter().collect()),
        ("data_sources", json!(["Sysmon"])),
    ])
}

/// Who, into what, and from where on.
fn evidence(finding: &Finding) -> Value {
    let source = process(&finding.source, None);
    let user = finding.source.user().map_or(Value::Null, |user| account_of(user));
    // A finding may have many threads, and the attribute is one.
    let thread = match finding.threads().as_slice() {
        [thread] => Some(*thread),
        _ => None,
    };
    let threads = finding.threads().into_iter().map(|id| json!(id)).collect();
    object([
        ("actor", object([("process", source), ("user", user)])),
        ("process", process(&finding.target, thread)),
        (
            "data",
            object([
                ("start", finding.start().map_or(Value::Null, start)),
                ("thread_ids", threads),
                ("records", records(finding)),
            ]),
        ),
    ])
}

/// A process; nothing where neither pid nor GUID tells which one, since the schema demands one of them.
fn process(party: &Party, thread: Option<u64>) -> Value {
    let facts = &party.facts;
    let file = file(
        party.image.as_deref(),
        [
            ("company_name", json!(facts.company.as_deref())),
            ("internal_name", json!(facts.original_file_name.as_deref())),
            ("hashes", facts.hashes.as_deref().map_or(Value::Null, hashes)),
        ],
    );
    identified(
        party.guid,
        party.pid,
        party.image.as_deref(),
        [
            ("cmd_line", json!(facts.command_line.as_deref())),
            ("file", file),
            ("user", party.user().map_or(Value::Null, |user| account_of(user))),
            ("created_time", json!(ms(facts.created.map(crate::report::Created::time)))),
            ("terminated_time", json!(ms(facts.ended))),
            ("ptid", json!(thread.filter(|thread| i64::try_from(*thread).is_ok()))),
            ("parent_process", facts.parent.as_ref().map_or(Value::Null, parent)),
        ],
    )
}

fn parent(parent: &Parent) -> Value {
    let image = parent.image.as_deref();
    let rest = [("cmd_line", json!(parent.command_line.as_deref())), ("file", file(image, []))];
    identified(parent.guid, parent.pid, image, rest)
}

fn identified<const N: usize>(
    guid: Option<Guid>,
    pid: Option<u64>,
    image: Option<&str>,
    rest: [(&str, Value); N],
) -> Value {
    // Pids have 32 bits; the schema takes no larger numbers than signed ones of 64.
    let pid = pid.and_then(|pid| u32::try_from(pid).ok());
    if guid.is_none() && pid.is_none() {
        return Value::Null;
    }
    let mut made = object([
        ("uid", json!(guid.map(|guid| guid.to_string()))),
        ("pid", json!(pid)),
        ("name", json!(image.map(basename))),
        ("path", json!(image)),
    ]);
    merge(&mut made, object(rest));
    made
}

fn file<const N: usize>(path: Option<&str>, rest: [(&str, Value); N]) -> Value {
    let Some(path) = path.filter(|path| !path.is_empty()) else { return Value::Null };
    let mut made = json!({"name": basename(path), "path": path, "type_id": 0});
    merge(&mut made, object(rest));
    made
}

/// The members of one object behind those of another.
fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

/// Hashes with the numbers of their algorithms (object `fingerprint`, `algorithm_id`).
fn hashes(text: &str) -> Value {
    let number = |name: &str| match name {
        "md5" => 1,
        "sha1" => 2,
        "sha256" => 3,
        _ => 99,
    };
    let hash = |(name, value): (String, String)| json!({"algorithm_id": number(&name), "algorithm": name.to_uppercase(), "value": value});
    computed_hashes(text).into_iter().map(hash).collect()
}

fn account_of(user: &str) -> Value {
    let (domain, name) = account(user);
    match name {
        // The schema demands a name, and a domain alone is none.
        "" => Value::Null,
        _ => object([("name", json!(name)), ("domain", json!(domain))]),
    }
}

fn ms(time: Option<FileTime>) -> Option<i64> {
    time.and_then(millis)
}
