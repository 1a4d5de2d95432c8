//! Tests of the EVTX reader against real logs, where they are at hand.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::*;
use crate::event::Severity;
use crate::schema::FieldId;
use crate::source::Options;

/// Logs of other projects stay outside the repository; without them these tests say so and pass.
fn shared() -> Option<PathBuf> {
    let place = std::env::var_os("THREADHUNT_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    if place.join("data").is_dir() {
        return Some(place);
    }
    eprintln!("skipped: no logs at {}", place.display());
    None
}

fn logs(place: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(place).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(logs(&path));
        } else if path.extension().is_some_and(|extension| extension == "evtx") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn decode_file(path: &Path, way: Way) -> Batch {
    let bytes = std::fs::read(path).unwrap();
    let total = Some(bytes.len() as u64);
    let options = Options::default();
    let mut workshop = Workshop::new(&options);
    let mut batch = Batch::default();
    let mut damages = Vec::new();
    let first = first_chunk(&bytes).min(bytes.len());
    for (offset, part) in [(0, &bytes[..first]), (first, &bytes[first..])] {
        if !part.is_empty() {
            batch.load(part.to_vec());
            decode_by(way, BlockHead { offset: offset as u64, line: 0, total }, &mut batch, &mut workshop);
            damages.append(&mut batch.damages);
        }
    }
    batch.damages = damages;
    batch
}

fn ids(case: &serde_json::Value, key: &str) -> BTreeSet<u64> {
    case[key].as_array().unwrap().iter().map(|id| id.as_str().unwrap().parse().unwrap()).collect()
}

#[test]
fn every_intact_record_of_damaged_logs_is_recovered() {
    let Some(shared) = shared() else { return };
    let expected = std::fs::read_to_string(shared.join("data/derived/corrupt/expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
    for case in expected.as_array().unwrap() {
        let name = case["path"].as_str().unwrap();
        let batch = decode_file(&shared.join("data").join(name), Way::Planned);
        let (intact, damaged) = (ids(case, "intact_event_record_ids"), ids(case, "damaged_event_record_ids"));
        let found: BTreeSet<u64> = batch.events().filter_map(|event| event.record_id()).collect();
        assert!(intact.is_subset(&found), "{name}: missing {:?}", intact.difference(&found));
        // Of the damaged ones only those come out whose head alone lost its size; the record is whole.
        let beyond: Vec<_> = found.difference(&intact).collect();
        let whole_but_for_size = name.contains("record_size_");
        assert!(beyond.is_empty() || whole_but_for_size, "{name}: invented {beyond:?}");
        assert!(beyond.iter().all(|id| damaged.contains(id)), "{name}: invented {beyond:?}");
        let lost = batch.damages.iter().any(|damage| damage.code.severity() == Severity::Loss);
        let empty = std::fs::metadata(shared.join("data").join(name)).unwrap().len() == 0;
        assert_eq!(lost, !damaged.is_empty() && beyond.is_empty() && !empty, "{name}: {:?}", batch.damages);
    }
}

#[test]
fn a_record_whose_size_is_wrong_in_its_head_is_the_one_that_was_written() {
    let Some(shared) = shared() else { return };
    let whole = decode_file(
        &shared.join("data/evtx/event8/de_unmanagedpowershell_psinject_sysmon_7_8_10.evtx"),
        Way::Planned,
    );
    for name in ["size_zero", "size_huge"] {
        let damaged = decode_file(
            &shared.join(format!("data/derived/corrupt/psinject__record_{name}.evtx")),
            Way::Planned,
        );
        assert_eq!(texts(&damaged), texts(&whole));
    }
}

/// Every record as text.
fn texts(batch: &Batch) -> Vec<String> {
    batch
        .records()
        .map(|record| {
            let event = record.view();
            format!("{event:?} {:?}", event.tree().collect::<Vec<_>>())
        })
        .collect()
}

#[test]
fn plans_and_tokens_say_the_same() {
    let Some(shared) = shared() else { return };
    let mut records = 0;
    for folder in ["data/evtx", "data/derived/corrupt"] {
        for log in logs(&shared.join(folder)) {
            let (planned, plain) = (decode_file(&log, Way::Planned), decode_file(&log, Way::Plain));
            assert_eq!(planned.counts, plain.counts, "{}", log.display());
            assert_eq!(planned.damages, plain.damages, "{}", log.display());
            let (planned, plain) = (texts(&planned), texts(&plain));
            for (index, (a, b)) in planned.iter().zip(&plain).enumerate() {
                assert_eq!(a, b, "record {index} of {}", log.display());
            }
            records += planned.len();
        }
    }
    assert!(records > 8_000, "{records} records were compared");
}

#[test]
fn ground_truth() {
    let Some(shared) = shared() else { return };
    let truth = std::fs::read_to_string(shared.join("data/truth/event8.jsonl")).unwrap();
    let mut seen = 0;
    for row in truth.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()) {
        if row["shape"] != "evtx" {
            continue;
        }
        let batch = decode_file(&shared.join("data").join(row["path"].as_str().unwrap()), Way::Planned);
        let id = row["EventRecordID"].as_u64().unwrap();
        let event = batch
            .events()
            .find(|event| event.id() == 8 && event.record_id() == Some(id))
            .expect("the row's record");
        assert_eq!(event.computer(), row["Computer"].as_str().unwrap());
        assert_eq!(event.time_created().unwrap().to_string(), row["TimeCreated"].as_str().unwrap());
        for (name, value) in row["canonical"].as_object().unwrap() {
            let ours = FieldId::from_name(name).and_then(|field| event.known(field)).unwrap_or("-".into());
            assert_eq!(ours, value.as_str().unwrap(), "{name} of record {id}");
        }
        seen += 1;
    }
    assert_eq!(seen, 92);
}
