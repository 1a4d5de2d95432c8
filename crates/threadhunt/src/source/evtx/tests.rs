//! Tests of the EVTX reader against real logs, where they are at hand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::*;
use crate::event::{Event, Record, SystemField};
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

fn decode_file(path: &Path, options: &Options) -> Batch {
    let mut batch = Batch::default();
    let bytes = std::fs::read(path).unwrap();
    let total = Some(bytes.len() as u64);
    let mut workshop = Workshop::new(options);
    let mut damages = Vec::new();
    let first = first_chunk(&bytes).min(bytes.len());
    if first > 0 {
        batch.load(bytes[..first].to_vec());
        decode(BlockHead { offset: 0, line: 0, total }, &mut batch, &mut workshop);
        damages.append(&mut batch.damages);
    }
    batch.load(bytes[first..].to_vec());
    decode(BlockHead { offset: first as u64, line: 0, total }, &mut batch, &mut workshop);
    damages.append(&mut batch.damages);
    batch.damages = damages;
    batch
}

#[test]
fn every_intact_record_of_damaged_logs_is_recovered() {
    let Some(shared) = shared() else { return };
    let expected = std::fs::read_to_string(shared.join("data/derived/corrupt/expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
    for case in expected.as_array().unwrap() {
        let path = shared.join("data").join(case["path"].as_str().unwrap());
        let batch = decode_file(&path, &Options::default());
        let ids = |key: &str| -> Vec<u64> {
            case[key].as_array().unwrap().iter().map(|id| id.as_str().unwrap().parse().unwrap()).collect()
        };
        let intact = ids("intact_event_record_ids");
        let damaged = ids("damaged_event_record_ids");
        let found: Vec<u64> = batch.events().filter_map(|event| event.record_id()).collect();
        let missing: Vec<_> = intact.iter().filter(|id| !found.contains(id)).collect();
        let invented: Vec<_> = found.iter().filter(|id| !intact.contains(id)).collect();
        println!(
            "{}: {} found; missing {missing:?}; beyond {invented:?}; damaged {}",
            path.file_name().unwrap().display(),
            found.len(),
            damaged.len()
        );
        for damage in &batch.damages {
            println!("   {:?} {:x?} {:?} {}", damage.code, damage.offset, damage.record_id, damage.reason);
        }
    }
    panic!();
}

#[test]
fn counts() {
    let Some(shared) = shared() else { return };
    for path in logs(&shared.join("data/evtx")) {
        let batch = decode_file(&path, &Options::default());
        let recovered = batch.records().filter(|r| r.view().place().recovered).count();
        println!(
            "{}: {} records, {} sysmon, {recovered} recovered",
            path.file_name().unwrap().display(),
            batch.len(),
            batch.events().count()
        );
        for damage in batch.damages.iter().take(12) {
            println!("   {:?} {:x?} {:?} {}", damage.code, damage.offset, damage.record_id, damage.reason);
        }
    }
    panic!();
}
