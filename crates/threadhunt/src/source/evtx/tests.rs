//! Tests of the EVTX reader against real logs, where they are at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::*;
use crate::event::{Counts, Event, Projection, Severity, SystemField, Value, Want};
use crate::schema::{FieldId, fields};
use crate::source::{Options, read_bytes};

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
            decode_by(
                way,
                BlockHead { offset: offset as u64, total, ..BlockHead::default() },
                &mut batch,
                &mut workshop,
            );
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

/// One of the project's own logs.
fn example(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)).unwrap()
}

/// Decodes the chunks of a log without its file header.
fn decode_chunks(chunks: &[u8], way: Way) -> Batch {
    let options = Options::default();
    let mut workshop = Workshop::new(&options);
    let mut batch = Batch::default();
    batch.load(chunks.to_vec());
    decode_by(way, BlockHead { offset: FILE_HEAD as u64, ..BlockHead::default() }, &mut batch, &mut workshop);
    batch
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn replace_all(bytes: &mut [u8], from: &str, to: &str) {
    let (from, to) = (utf16(from), utf16(to));
    let places: Vec<usize> = memchr::memmem::find_iter(bytes, &from).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(&to);
    }
}

#[test]
fn a_forged_template_is_not_taken_for_the_one_it_names() {
    // The same GUID, size and structure, but two fields have exchanged their names.
    let log = example("ws-anna.evtx");
    let honest = &log[FILE_HEAD..FILE_HEAD + CHUNK];
    let mut forged = honest.to_vec();
    for (from, to) in
        [("SourceImage", "~~~~~~~~~~~"), ("TargetImage", "SourceImage"), ("~~~~~~~~~~~", "TargetImage")]
    {
        replace_all(&mut forged, from, to);
    }
    let batch = decode_chunks(&[honest, &forged].concat(), Way::Planned);
    let images: Vec<_> = batch
        .events()
        .filter(|event| event.id() == 8)
        .map(|event| (event.known(fields::SOURCE_IMAGE).unwrap(), event.known(fields::TARGET_IMAGE).unwrap()))
        .collect();
    let (first, second) = images.split_at(images.len() / 2);
    assert!(first.len() > 2);
    for ((source, target), (forged_source, forged_target)) in first.iter().zip(second) {
        assert_eq!((source, target), (forged_target, forged_source));
    }
}

#[test]
fn plans_and_tokens_say_the_same_of_the_examples() {
    for name in ["ws-anna.evtx", "ws-ben.evtx", "ws-cara.evtx", "other-provider.evtx", "damaged.evtx"] {
        let chunks = &example(name)[FILE_HEAD..];
        let (planned, plain) = (decode_chunks(chunks, Way::Planned), decode_chunks(chunks, Way::Plain));
        assert!(!planned.is_empty(), "{name}");
        assert_eq!(texts(&planned), texts(&plain), "{name}");
        assert_eq!(planned.damages, plain.damages, "{name}");
    }
}

/// A record's place and text, for comparison with another reading.
fn placed(batch: &Batch) -> BTreeMap<u64, String> {
    batch.records().map(|record| record.view().place().offset).zip(texts(batch)).collect()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    /// Whatever happens to some bytes: records elsewhere come out as they were, and what is missing is said.
    #[test]
    fn damage_stays_where_it_is(
        at in 0usize..2 * CHUNK,
        damage in proptest::collection::vec(proptest::prelude::any::<u8>(), 1..200),
    ) {
        let log = example("ws-anna.evtx");
        let whole = &log[FILE_HEAD..FILE_HEAD + 2 * CHUNK];
        let mut damaged = whole.to_vec();
        let end = (at + damage.len()).min(damaged.len());
        damaged[at..end].copy_from_slice(&damage[..end - at]);
        let before = placed(&decode_chunks(whole, Way::Planned));
        let batch = decode_chunks(&damaged, Way::Planned);
        let after = placed(&batch);
        let plain = placed(&decode_chunks(&damaged, Way::Plain));
        let difference = after.iter().zip(&plain).find(|(planned, plain)| planned != plain);
        proptest::prop_assert_eq!(difference, None);
        proptest::prop_assert_eq!(after.len(), plain.len());
        let lost = before.keys().filter(|offset| !after.contains_key(*offset)).count();
        let said = batch.damages.iter().filter(|damage| damage.code.severity() == Severity::Loss).count();
        proptest::prop_assert!(lost == 0 || said > 0, "{} records lost without a word", lost);
        // Another chunk's records have nothing to do with it.
        let hit = FILE_HEAD + at / CHUNK * CHUNK..FILE_HEAD + end.next_multiple_of(CHUNK);
        let elsewhere = |offset: &u64| !hit.contains(&(*offset as usize));
        for (offset, text) in before.iter().filter(|(offset, _)| elsewhere(offset)) {
            proptest::prop_assert_eq!(Some(text), after.get(offset));
        }
    }
}

/// The values of each record by place.
fn values(batch: &Batch) -> BTreeMap<u64, Vec<String>> {
    let of = |event: &Event<'_>| {
        let system = SystemField::all().map(|field| format!("{:?}", event.system(field).map(Value::to_text)));
        system.chain(event.data().map(|(name, value)| format!("{}={value}", name.as_str()))).collect()
    };
    batch.records().map(|record| (record.view().place().offset, of(&record.view()))).collect()
}

#[test]
fn a_flipped_bit_changes_one_value_or_loses_the_record() {
    // Every byte of a record in the middle of a chunk: where a size is hit, all values behind it would move.
    let log = example("ws-anna.evtx");
    let chunk = &log[FILE_HEAD..FILE_HEAD + CHUNK];
    let whole = values(&decode_chunks(chunk, Way::Planned));
    let offsets: Vec<u64> = whole.keys().copied().collect();
    let middle = offsets.len() / 2;
    let (start, end) = (offsets[middle] as usize - FILE_HEAD, offsets[middle + 1] as usize - FILE_HEAD);
    let mut lost = 0;
    for at in start..end {
        for bit in [2, 16] {
            let mut damaged = chunk.to_vec();
            damaged[at] ^= bit;
            let found = values(&decode_chunks(&damaged, Way::Planned));
            let Some(ours) = found.get(&offsets[middle]) else {
                lost += 1;
                continue;
            };
            let changed = ours.iter().zip(&whole[&offsets[middle]]).filter(|(now, then)| now != then).count();
            assert!(changed <= 1, "{changed} values changed by bit {bit} of byte {at:#x}: {ours:?}");
        }
    }
    assert!(lost > 50, "{lost} times the record was lost");
}

#[test]
fn what_is_only_counted_is_counted_alike() {
    let Some(shared) = shared() else { return };
    for log in logs(&shared.join("data/evtx")) {
        let bytes = std::fs::read(&log).unwrap();
        let count = |projection: Projection| {
            let mut counts = Counts::default();
            let options = Options { projection, ..Options::default() };
            read_bytes(&bytes, &options, &mut |batch| counts.merge(&batch.counts));
            counts
        };
        let all = count(Projection::everything());
        assert_eq!(all.recovered, count(Projection::nothing()).recovered, "{}", log.display());
        assert_eq!(
            all.recovered,
            count(Projection::nothing().with([8], Want::All)).recovered,
            "{}",
            log.display()
        );
    }
}

/// A chunk without checksums all of whose records lie behind the end.
fn all_stale() -> Vec<u8> {
    let mut chunk = example("ws-anna.evtx")[FILE_HEAD..FILE_HEAD + CHUNK].to_vec();
    chunk[48..52].copy_from_slice(&512u32.to_le_bytes());
    chunk[120] |= 4;
    chunk
}

#[test]
fn a_stale_record_whose_names_were_overwritten_is_none() {
    let mut chunk = all_stale();
    let before = decode_chunks(&chunk, Way::Planned);
    assert!(before.len() > 5 && before.events().all(|event| event.place().recovered));
    replace_all(&mut chunk, "EventData", "EventDate");
    for way in [Way::Planned, Way::Plain] {
        let after = decode_chunks(&chunk, way);
        assert_eq!(texts(&after), [""; 0]);
        assert!(after.damages.iter().any(|damage| damage.code == DamageCode::Slack), "{:?}", after.damages);
    }
}

/// Stale records whose names were overwritten are remarked; what lives is whole.
#[test]
fn remains_that_are_too_many_are_no_loss() {
    let Some(shared) = shared() else { return };
    let name = "rundll32_hollowing_wermgr_masquerading.evtx";
    let Some(path) = logs(&shared.join("data")).into_iter().find(|path| path.ends_with(name)) else {
        eprintln!("skipped: no {name}");
        return;
    };
    let damages = decode_file(&path, Way::Planned).damages;
    let slack = damages.iter().filter(|damage| damage.code == DamageCode::Slack);
    assert!(slack.count() > 0, "{damages:?}");
    assert!(damages.iter().all(|damage| damage.code.severity() == Severity::Warning), "{damages:?}");
}
