//! The judgement over public recordings and constructed cases whose answer is known.
//!
//! This shows that the judgement is consistent with what is known of some recordings, most of
//! which were looked at while the weights were chosen. It is no measurement of accuracy: the
//! innocent side of public recordings is narrow, and no rate of false positives follows from it.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde_json::Value;
use threadhunt::detect::Copies;
use threadhunt::report::{Finding, Severity};

use crate::log::{Entry, scan};

/// The folder of known answers beside the workspace, unless it is not there.
fn truth() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let truth = std::env::var_os("THREADHUNT_SHARED").map_or_else(beside, PathBuf::from).join("data/truth");
    if !truth.is_dir() {
        println!("skipped: no {}", truth.display());
        return None;
    }
    Some(truth)
}

fn rows(path: &Path) -> Vec<Value> {
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// An event 8 with the fields of an object.
fn event(fields: &Value, record_id: u64) -> Entry {
    let fields: Vec<(String, String)> = fields
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect();
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Entry::new(8, record_id, &fields)
}

/// How a finding is told in a failure: everything that led to it.
fn told(finding: &Finding) -> String {
    let judgement = &finding.judgement;
    let entries: Vec<String> =
        judgement.ledger.entries.iter().map(|entry| format!("{} {}", entry.adds, entry.rule)).collect();
    format!(
        "{} {} [{}] sum {} limits {:?}",
        judgement.severity.name(),
        judgement.title,
        entries.join(", "),
        judgement.ledger.sum,
        judgement.ledger.limits
    )
}

/// Every record alone, by its values; other events that would help are not given.
fn alone(row: &Value) -> Finding {
    let entry = event(&row["canonical"], row["EventRecordID"].as_u64().unwrap_or(1));
    let scanned = scan(&[("a.evtx", vec![entry])], Copies::Once);
    scanned.findings.into_iter().next().expect("one event, one finding")
}

#[test]
fn every_attack_is_high_and_no_benign_group_is_above_low() {
    let Some(truth) = truth() else { return };
    let mut incidents: BTreeMap<String, Severity> = BTreeMap::new();
    let mut benign: HashMap<String, String> = HashMap::new();
    for row in rows(&truth.join("event8.jsonl")) {
        let finding = alone(&row);
        let severity = finding.judgement.severity;
        let incident = row["incident"].as_str().unwrap().to_owned();
        match row["label"].as_str().unwrap() {
            "attack" => {
                println!("{incident}: {}", told(&finding));
                let worst = incidents.entry(incident).or_default();
                *worst = (*worst).max(severity);
            }
            "benign" => {
                assert!(severity <= Severity::Low, "{}", told(&finding));
                benign.insert(incident, told(&finding));
            }
            label => panic!("label {label}"),
        }
    }
    println!("{benign:#?}");
    let missed: Vec<_> = incidents.iter().filter(|(_, worst)| **worst < Severity::High).collect();
    assert!(missed.is_empty(), "{missed:?}");
    assert_eq!((incidents.len(), benign.len()), (13, 3), "incidents and groups of benign events");
}

/// The creation second of the GUIDs of constructed cases, and the time of their threads: all that
/// a constructed case says is how old the target was.
const CREATED: i64 = 0x5f8a_0000;

fn constructed(row: &Value) -> Finding {
    let age = row["target_age_seconds"].as_f64().unwrap();
    let time = jiff::Timestamp::from_millisecond(CREATED * 1000 + (age * 1000.0) as i64).unwrap();
    let mut entry = event(&row["fields"], 1);
    entry.set("UtcTime", &time.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string());
    entry.set("SourceProcessGuid", "{747f3d96-0000-5f89-0000-000000000001}");
    entry.set("TargetProcessGuid", "{747f3d96-0000-5f8a-0000-000000000002}");
    scan(&[("a.evtx", vec![entry])], Copies::Once)
        .findings
        .into_iter()
        .next()
        .expect("one event, one finding")
}

#[test]
fn constructed_cases_get_what_they_should() {
    let Some(truth) = truth() else { return };
    let mut wrong = Vec::new();
    let rows = rows(&truth.join("constructed-cases.jsonl"));
    for row in &rows {
        let finding = constructed(row);
        println!("{}: {}", row["name"], told(&finding));
        let severity = finding.judgement.severity;
        let right = match row["expect"].as_str().unwrap() {
            ">=high" => severity >= Severity::High,
            "<=medium" => severity <= Severity::Medium,
            "<=low" => severity <= Severity::Low,
            expect => panic!("expect {expect}"),
        };
        if !right {
            wrong.push(format!("{} {}: {}", row["name"], row["expect"], told(&finding)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(rows.len(), 30);
}

/// Reports hold few fields: a `*` or a blank is not known, and the note of one names the account.
#[test]
fn reported_false_positives_stay_at_medium_and_reported_attacks_do_not() {
    let Some(truth) = truth() else { return };
    let text = std::fs::read_to_string(truth.join("reported-false-positives.tsv")).unwrap();
    let (mut attacks, mut others) = (0, 0);
    let told_verdicts =
        include_str!("../../../../docs/judgement.md").split("### The reports, one by one").nth(1);
    let mut told_verdicts = told_verdicts.unwrap().lines().filter(|line| line.starts_with("| `"));
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let names = ["SourceImage", "TargetImage", "StartModule", "StartFunction", "StartAddress"];
        let mut entry = Entry::thread(1, &[]);
        for (name, cell) in names.iter().zip(&cells) {
            entry.set(name, if *cell == "*" { "-" } else { cell });
        }
        if cells.get(7).is_some_and(|note| note.contains(r"SourceUser NT AUTHORITY\SYSTEM")) {
            entry.set("SourceUser", r"NT AUTHORITY\SYSTEM");
        }
        entry.set("TargetProcessGuid", "{747f3d96-0000-5f8a-0000-000000000002}");
        let scanned = scan(&[("a.evtx", vec![entry])], Copies::Once);
        let finding = &scanned.findings[0];
        println!("{} {}", cells[5], told(finding));
        let attack = if cells[5].starts_with("ATTACK") { "yes" } else { "no" };
        let (source, target) = (finding.source.name(), finding.target.name());
        let verdict = finding.judgement.severity.name();
        let row = format!("| `{source}` → `{target}` | {attack} | `{verdict}` | ");
        let documented = told_verdicts.next().unwrap_or_default();
        assert!(
            documented.starts_with(&row) && documented.len() > row.len() + 10,
            "{row} is not {documented}"
        );
        if cells[5].starts_with("ATTACK") {
            attacks += 1;
            assert!(finding.judgement.severity >= Severity::High, "{}", told(finding));
        } else {
            others += 1;
            assert!(finding.judgement.severity <= Severity::Medium, "{}", told(finding));
        }
    }
    assert_eq!((attacks, others), (4, 16));
    assert_eq!(told_verdicts.next(), None, "every verdict is of a report");
}
