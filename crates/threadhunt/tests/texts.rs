//! Texts that other tools wrote: each gives the events of its twin, under its own name.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests may fail, and say why they were skipped")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use threadhunt::event::{Damage, SystemField, Value};
use threadhunt::source::{Options, read_bytes};

/// A folder of samples beside the workspace, unless it is not there.
fn shared(below: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("THREADHUNT_SHARED").map_or_else(beside, PathBuf::from).join(below);
    if !folder.is_dir() {
        println!("skipped: no {}", folder.display());
        return None;
    }
    Some(folder)
}

/// An event: id, computer where known, and all fields, where nothing, empty and `-` are one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    id: u16,
    computer: String,
    record: Option<u64>,
    fields: BTreeMap<String, String>,
    notes: Vec<String>,
}

#[derive(Debug, Default)]
struct Outcome {
    events: Vec<Found>,
    shapes: Vec<(&'static str, u64)>,
    damages: Vec<Damage>,
}

fn read(bytes: &[u8]) -> Outcome {
    let mut outcome = Outcome::default();
    read_bytes(bytes, &Options::default(), &mut |batch| {
        outcome.damages.extend(batch.damages.iter().cloned());
        for (name, count) in &batch.counts.shapes {
            match outcome.shapes.iter_mut().find(|(known, _)| known == name) {
                Some((_, sum)) => *sum += count,
                None => outcome.shapes.push((name, *count)),
            }
        }
        outcome.events.extend(batch.events().map(|event| {
            Found {
                id: event.id(),
                computer: event.computer().into_owned(),
                record: event.system(SystemField::EventRecordId).and_then(Value::as_u64),
                fields: event
                    .data()
                    .map(|(name, value)| (name.as_str().to_owned(), canonical(&value.to_text())))
                    .collect(),
                notes: event.notes().map(str::to_owned).collect(),
            }
        }));
    });
    outcome
}

fn canonical(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

/// The canonical fields of the truth's events 8 of a log, with their computers, by record.
fn truth(log: &str) -> Vec<(String, u64, BTreeMap<String, String>)> {
    let text = fs::read_to_string(shared("data/truth").unwrap().join("event8.jsonl")).unwrap();
    let rows = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let wanted = rows.filter(|row| row["path"] == log);
    let field =
        |(name, value): (&String, &serde_json::Value)| (name.clone(), value.as_str().unwrap().to_owned());
    wanted
        .map(|row| {
            let fields = row["canonical"].as_object().unwrap().iter().map(field).collect();
            (row["Computer"].as_str().unwrap().to_owned(), row["EventRecordID"].as_u64().unwrap(), fields)
        })
        .collect()
}

#[test]
fn derived_texts_are_the_events_of_the_truth() {
    let Some(derived) = shared("data/derived") else { return };
    for (folder, shape, is_whole) in [
        ("message-text", "message-text", false),
        ("splunk-text", "splunk-text", true),
        ("evtx_dump-xml", "event-xml", true),
        ("xml-eventviewer", "event-xml", true),
        ("xml-unescaped", "event-xml", true),
        ("xml-utf16", "event-xml", true),
        ("xml-wevtutil", "event-xml", true),
    ] {
        for entry in fs::read_dir(derived.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let log = format!("evtx/event8/{}.evtx", path.file_stem().unwrap().to_str().unwrap());
            let truth = truth(&log);
            let outcome = read(&fs::read(&path).unwrap());
            assert_eq!(outcome.damages, [], "{path:?}");
            assert_eq!(outcome.shapes, [(shape, outcome.events.len() as u64)], "{path:?}");
            let events: Vec<_> = outcome.events.into_iter().filter(|event| event.id == 8).collect();
            assert_eq!(events.len(), truth.len(), "{path:?}");
            for (event, (computer, record, fields)) in events.into_iter().zip(truth) {
                assert_eq!(event.fields, fields, "{path:?}");
                if is_whole {
                    assert_eq!((event.computer, event.record), (computer, Some(record)), "{path:?}");
                }
            }
        }
    }
}

#[test]
fn samples_are_their_twins_under_their_own_names() {
    let Some(samples) = shared("reference/input-shapes") else { return };
    let sample = |name: &str| read(&fs::read(samples.join(name)).unwrap());
    let details = sample("xml-eventviewer-details.xml").events;
    let seed = sample("xml-seed-page.xml").events;
    for (name, shape, twin, is_whole) in [
        ("powershell-format-list.txt", "format-list", &details, false),
        ("powershell-export-clixml.xml", "export-clixml", &details, true),
        ("xml-eventviewer-copy-with-dashes.txt", "event-xml", &seed, true),
        ("xml-eventviewer-saveas.xml", "event-xml", &details, true),
        ("xml-wevtutil-qe.xml", "event-xml", &details, true),
        ("xml-wef-forwarded.xml", "event-xml", &details, true),
        ("xml-wevtutil-e-sysmonview.xml", "event-xml", &details, true),
    ] {
        let outcome = sample(name);
        assert_eq!(outcome.damages, [], "{name}");
        assert_eq!(outcome.shapes, [(shape, outcome.events.len() as u64)], "{name}");
        let (event, twin) = (&outcome.events[0], &twin[0]);
        assert_eq!((event.id, &event.fields), (twin.id, &twin.fields), "{name}");
        if is_whole {
            assert_eq!((&event.computer, event.record), (&twin.computer, twin.record), "{name}");
        }
    }
    let outcome = sample("sysmonforlinux-syslog.log");
    assert_eq!((outcome.shapes, outcome.damages), (vec![("syslog", 2)], vec![]));
    assert_eq!(outcome.events.iter().map(|event| event.id).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(sample("splunk-xmlwineventlog.log").shapes, [("event-xml", 1)]);
}

#[test]
fn splunk_exports_of_attack_data_are_read() {
    let Some(folder) = shared("data/shapes/splunk-xml") else { return };
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let outcome = read(&fs::read(&path).unwrap());
        assert_eq!(outcome.damages, [], "{path:?}");
        assert!(!outcome.events.is_empty(), "{path:?}");
        assert_eq!(outcome.shapes.len(), 1, "{path:?}");
    }
}

/// The records of a sample that have one line, or can be given one.
fn lines_of(path: &std::path::Path) -> Vec<String> {
    let bytes = fs::read(path).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}');
    let is_one = |line: &&str| {
        line.starts_with('{') && line.ends_with('}')
            || line.starts_with("<Event") && line.ends_with("</Event>")
    };
    let lines: Vec<_> = text.lines().map(str::trim_end).filter(is_one).map(str::to_owned).collect();
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(json) => vec![json.to_string()],
        Err(_) => lines,
    }
}

/// What `kubectl`, `docker`, `ts`, containerd and rsyslog put before a line changes no event.
#[test]
fn samples_behind_heads_are_the_same_events() {
    let Some(samples) = shared("reference/input-shapes") else { return };
    let mut count = 0;
    for entry in fs::read_dir(samples).unwrap() {
        let path = entry.unwrap().path();
        for line in lines_of(&path) {
            let alone = read(line.as_bytes());
            if alone.events.is_empty() {
                continue;
            }
            for head in [
                "2022-09-22T20:00:00.123456789Z ",
                "Sep 22 20:00:00 ",
                "<13>Sep 22 20:00:00 ",
                "2022-09-22T20:00:00.123456789Z stdout F ",
                "Sep 22 20:00:00 web01 sysmon: @cee: ",
                "<13>1 2022-09-22T20:00:00Z web01 sysmon 1 - - ",
            ] {
                for (text, times) in
                    [(format!("{head}{line}"), 1), (format!("{head}{line} {line}\n{head}{line}\n"), 3)]
                {
                    let found = read(text.as_bytes());
                    assert_eq!(
                        found.events.len(),
                        times * alone.events.len(),
                        "{path:?} {head}: {:?}",
                        found.damages
                    );
                    for (event, twin) in found.events.iter().zip(alone.events.iter().cycle()) {
                        assert_eq!(event, twin, "{path:?} {head}");
                    }
                    assert_eq!(
                        found.damages.len(),
                        times * alone.damages.len(),
                        "{path:?} {head}: {:?}",
                        found.damages
                    );
                }
            }
            count += 1;
        }
    }
    assert!(count > 30, "{count} lines");
}

/// Blanks that a console put at the ends of lines change no event of a text.
#[test]
fn derived_texts_with_blanks_behind_their_lines_are_the_same_events() {
    let Some(derived) = shared("data/derived") else { return };
    for folder in ["message-text", "splunk-text"] {
        for entry in fs::read_dir(derived.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
            let (alone, padded) = (read(text.as_bytes()), read(text.replace('\n', "  \n").as_bytes()));
            assert_eq!((alone.events.len(), padded.damages), (padded.events.len(), vec![]), "{path:?}");
            for (event, twin) in padded.events.iter().zip(&alone.events) {
                assert_eq!((event.id, &event.fields), (twin.id, &twin.fields), "{path:?}");
            }
        }
    }
}
