//! Findings as alerts in the Elastic Common Schema: a document a line, or what the bulk interface takes.
//!
//! `process` is the source. ECS has no second process, so the target stands in `Target.process`, where
//! Elastic's own endpoint has it in its alerts ("Elastic Defend", exported fields of alerts). What ECS has
//! no name for is below `threadhunt`. The id follows from computer, source and target, so to load a
//! finding twice makes no second document.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::attack::{Words, described};
use super::document::{PRODUCT, VERSION, account, chain, ledger, object, records, remarks, start, time_of};
use super::jsonl::write_line;
use crate::event::FileTime;
use crate::report::{Finding, Parent, Party, Scanned, Severity, StartKind};
use crate::schema::names::vocabulary;
use crate::sink::names::{basename, computed_hashes, cut_to_millis};

/// Writes an alert per finding, the worst first; for an index or data stream, each behind its action.
pub fn write(scanned: &Scanned, index: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    for finding in scanned.worst_first().into_iter().map(|place| &scanned.findings[place]) {
        if let Some(index) = index {
            write_line(&json!({"create": {"_index": index, "_id": finding.spelled_id()}}), out)?;
        }
        write_line(&document(finding), out)?;
    }
    Ok(())
}

fn document(finding: &Finding) -> Value {
    let user = finding.source.user().map_or(Value::Null, |user| account_of(user));
    object([
        ("@timestamp", time(time_of(finding.first))),
        ("message", json!(finding.judgement.title)),
        ("ecs", json!({"version": vocabulary("ecs").map(|ecs| ecs.version)})),
        ("event", event(finding)),
        ("rule", rule(finding)),
        ("threat", threat(finding)),
        ("host", object([("name", json!(&*finding.computer)), ("hostname", json!(&*finding.computer))])),
        ("user", user),
        ("process", process(&finding.source, Value::Null)),
        ("Target", object([("process", process(&finding.target, thread(finding)))])),
        ("related", related(finding)),
        ("threadhunt", own(finding)),
    ])
}

/// The numbers that Elastic's prebuilt rules give their severities.
fn severity(severity: Severity) -> u64 {
    match severity {
        Severity::Info => 0,
        Severity::Low => 21,
        Severity::Medium => 47,
        Severity::High => 73,
        Severity::Critical => 99,
    }
}

fn event(finding: &Finding) -> Value {
    let judgement = &finding.judgement;
    object([
        ("kind", json!("alert")),
        ("category", json!(["process", "intrusion_detection"])),
        ("type", json!(["info"])),
        ("action", json!("remote-thread")),
        ("id", json!(finding.spelled_id())),
        ("module", json!("threadhunt")),
        ("dataset", json!("threadhunt.finding")),
        ("provider", json!(PRODUCT)),
        ("code", json!("8")),
        ("severity", json!(severity(judgement.severity))),
        ("risk_score", json!(judgement.score.value())),
        ("reason", json!(&*judgement.meaning)),
        ("start", time(time_of(finding.first))),
        ("end", time(time_of(finding.last))),
    ])
}

fn rule(finding: &Finding) -> Value {
    object([
        ("id", json!(finding.start().map(|start| &*start.class))),
        ("name", json!(finding.start_title())),
        ("description", json!(&*finding.judgement.meaning)),
        ("category", json!("remote thread")),
        ("ruleset", json!(PRODUCT)),
        ("version", json!(VERSION)),
    ])
}

const WORDS: Words = Words { id: "id", link: "reference", lists: true };

fn threat(finding: &Finding) -> Value {
    let Some(id) = finding.judgement.technique.as_deref() else { return Value::Null };
    let (mut technique, sub) = described(id, &WORDS);
    if let Some(sub) = sub {
        technique["subtechnique"] = sub;
    }
    json!({"framework": "MITRE ATT&CK", "technique": technique})
}

fn process(party: &Party, thread: Value) -> Value {
    let facts = &party.facts;
    let (hashes, import) = split_hashes(facts.hashes.as_deref());
    let created = facts.created.map(crate::report::Created::time);
    let user = party.user().map_or(Value::Null, |user| account_of(user));
    let pe = object([
        ("company", json!(facts.company.as_deref())),
        ("original_file_name", json!(facts.original_file_name.as_deref())),
        ("imphash", json!(import)),
    ]);
    object([
        ("entity_id", json!(party.guid.map(|guid| guid.to_string()))),
        ("pid", long(party.pid)),
        ("executable", json!(party.image.as_deref())),
        ("name", json!(party.image.as_deref().map(basename))),
        ("command_line", json!(facts.command_line.as_deref())),
        ("start", time(created)),
        ("end", time(facts.ended)),
        ("hash", hashes),
        ("pe", pe),
        ("user", user),
        ("thread", thread),
        ("parent", facts.parent.as_ref().map_or(Value::Null, parent)),
    ])
}

fn parent(parent: &Parent) -> Value {
    object([
        ("entity_id", json!(parent.guid.map(|guid| guid.to_string()))),
        ("pid", long(parent.pid)),
        ("executable", json!(parent.image.as_deref())),
        ("name", json!(parent.image.as_deref().map(basename))),
        ("command_line", json!(parent.command_line.as_deref())),
    ])
}

/// The new threads; the address as a number, as Elastic's endpoint writes it, where there is but one.
fn thread(finding: &Finding) -> Value {
    let start = finding.start().filter(|_| finding.starts.len() == 1);
    let address = start.and_then(|start| match start.addresses.as_slice() {
        [address] => u64::from_str_radix(address.strip_prefix("0x")?, 16).ok(),
        _ => None,
    });
    let module = start.and_then(|start| match start.kind {
        StartKind::NoModule => Some("Unbacked"),
        _ => start.module.as_deref(),
    });
    object([
        ("id", finding.threads().into_iter().map(|id| long(Some(id))).filter(Value::is_number).collect()),
        ("Ext", object([("start_address", long(address)), ("start_address_module", json!(module))])),
    ])
}

/// Hashes by algorithm, and the import hash, which ECS has elsewhere.
fn split_hashes(text: Option<&str>) -> (Value, Option<String>) {
    let mut pairs = text.map(computed_hashes).unwrap_or_default();
    let import = pairs.iter().position(|(name, _)| name == "imphash").map(|place| pairs.remove(place).1);
    // A forged name must not become a field of an index.
    pairs.retain(|(name, _)| HASHES.contains(&name.as_str()));
    (Value::Object(pairs.into_iter().map(|(name, value)| (name, json!(value))).collect()), import)
}

/// The hashes of Sysmon that ECS has fields for, beside the import hash.
const HASHES: [&str; 3] = ["md5", "sha1", "sha256"];

/// A number where it fits a `long`; for a larger one an index refuses the whole document.
fn long(number: Option<u64>) -> Value {
    json!(number.and_then(|number| i64::try_from(number).ok()))
}

fn account_of(user: &str) -> Value {
    let (domain, name) = account(user);
    object([("name", json!(name)), ("domain", json!(domain))])
}

/// What an analyst searches by, from all fields.
fn related(finding: &Finding) -> Value {
    let parties = [&finding.source, &finding.target];
    let mut users: Vec<&str> =
        parties.iter().filter_map(|party| party.user()).map(|user| account(user).1).collect();
    users.sort_unstable();
    users.dedup();
    let hashes = parties.iter().filter_map(|party| party.facts.hashes.as_deref()).flat_map(computed_hashes);
    let mut hashes: Vec<String> = hashes.map(|(_, value)| value).collect();
    hashes.sort_unstable();
    hashes.dedup();
    let hosts: Vec<&str> = Some(&*finding.computer).into_iter().filter(|name| !name.is_empty()).collect();
    object([("hosts", json!(hosts)), ("user", json!(users)), ("hash", json!(hashes))])
}

fn own(finding: &Finding) -> Value {
    let judgement = &finding.judgement;
    let [benign_if, notes] = remarks(finding);
    object([
        ("severity", json!(judgement.severity.name())),
        ("confidence", json!(judgement.confidence.name())),
        ("threads", json!(finding.count)),
        ("start", finding.start().map_or(Value::Null, start)),
        ("ledger", ledger(finding)),
        ("chain", chain(finding)),
        benign_if,
        notes,
        ("records", records(finding)),
    ])
}

fn time(time: Option<FileTime>) -> Value {
    json!(time.and_then(cut_to_millis))
}
