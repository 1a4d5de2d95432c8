//! Records of our own, one of each shape, in all the ways in which JSON is laid out.

use std::path::PathBuf;

use threadhunt::source::{Family, Shape, shapes};

use crate::{Record, read};

/// The event that every record was.
const EVENT: &[(&str, &str)] = &[
    ("UtcTime", "2024-03-14 09:26:53.589"),
    ("SourceProcessGuid", "{a98268c1-9586-5acd-0000-001070a20000}"),
    ("SourceProcessId", "684"),
    ("SourceImage", r"C:\Users\anna\AppData\Local\Temp\tool.exe"),
    ("TargetProcessGuid", "{a98268c1-9c2e-5acd-0000-00100266ab00}"),
    ("TargetProcessId", "240"),
    ("TargetImage", "<unknown process>"),
    ("NewThreadId", "2336"),
    ("StartAddress", "0x00007FFA356A7E40"),
    ("StartModule", r"C:\Windows\System32\KERNEL32.DLL"),
    ("StartFunction", "LoadLibraryW"),
    ("SourceUser", r"CORP\anna"),
    ("TargetUser", r"CORP\anna"),
];

/// Envelopes, and the shape of what is in ours.
const ENVELOPES: &[(&str, &str)] = &[
    ("elasticsearch-hit", "elastic-ecs"),
    ("elasticsearch-fields", "winlogbeat-8"),
    ("dotted-names", "winlogbeat-8"),
    ("pt-envelope", "pt-eventlog"),
    ("splunk-export-raw", "splunk-text"),
    ("splunk-hec-object", "winlogbeat-8"),
    ("json-in-json", "winlogbeat-8"),
    ("record-in-json", "evtx_dump"),
    ("kusto", "sentinel-event"),
];

/// Fields that a shape lacks, because it is partial or because its record is.
const LACKING: &[(&str, &[&str])] = &[
    ("hayabusa", &["UtcTime", "StartModule", "StartFunction", "SourceUser", "TargetUser"]),
    ("ossem-es", &["SourceUser", "TargetUser"]),
];

pub(crate) fn record(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/shapes/records");
    std::fs::read_to_string(folder.join(format!("{name}.json")))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// All names of shapes in JSON, and the name that is counted for our record of each.
fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    shapes().filter(|shape| shape.family == Family::Json).map(|shape| {
        let inner = ENVELOPES.iter().find(|(name, _)| *name == shape.name);
        (shape.name, inner.map_or(shape.name, |(_, inner)| inner))
    })
}

/// Those that give the event.
fn readable() -> impl Iterator<Item = (&'static str, &'static str)> {
    names().filter(|(name, _)| !["timesketch", "defender-deviceevents"].contains(name))
}

/// What the record says, without what says nothing.
fn said(record: &Record) -> Vec<(&str, &str)> {
    let data = record.data.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    data.filter(|(_, value)| !matches!(*value, "" | "-")).collect()
}

#[test]
fn every_shape_has_a_record_that_gives_the_event() {
    for (name, counted) in readable() {
        let seen = read(record(name).as_bytes());
        assert_eq!((seen.shapes, seen.damages), (vec![(counted, 1)], vec![]), "{name}");
        let lacking =
            LACKING.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, lacking)| lacking);
        let expected: Vec<_> = EVENT.iter().copied().filter(|(field, _)| !lacking.contains(field)).collect();
        assert_eq!(said(&seen.events[0]), expected, "{name}");
        assert_eq!((seen.events[0].id, &*seen.events[0].provider), (8, "Microsoft-Windows-Sysmon"), "{name}");
    }
}

#[test]
fn system_fields_are_found() {
    let there = |name: &str, field: &str| match name {
        "bare" => field == "computer",
        "message-in-json" => ["computer", "record_id"].contains(&field),
        "kusto" | "sentinel-event" | "sentinel-securityevent" | "mordor-flat" => field != "record_id",
        _ => true,
    };
    for (name, _) in readable() {
        let event = &read(record(name).as_bytes()).events[0];
        for (field, value) in [("computer", "ws-anna.corp.example"), ("record_id", "4711")] {
            let found = event.system.get(field).map(String::as_str);
            assert_eq!(found, there(name, field).then_some(value), "{field} of {name}");
        }
        let time = event.system.get("time").map(|time| &time[..19]);
        let expected = match name {
            "bare" | "message-in-json" | "nxlog" | "splunk-export-raw" => None,
            "mordor-flat" | "azure-monitor" => Some("2024-03-14T02:26:53"),
            _ => Some("2024-03-14T09:26:53"),
        };
        assert_eq!(time, expected, "{name}");
    }
}

#[test]
fn partial_shapes_say_so() {
    let is_ours =
        |shape: &&Shape| shape.family == Family::Json && shape.partial && shape.name != "timesketch";
    for shape in shapes().filter(is_ours) {
        let seen = read(record(shape.name).as_bytes());
        let notes: Vec<_> = seen.events.iter().flat_map(|event| &event.notes).collect();
        assert!(notes.iter().any(|note| note.starts_with("read in part: ")), "{}: {notes:?}", shape.name);
    }
}

#[test]
fn another_sensor_is_no_sysmon() {
    let seen = read(record("defender-deviceevents").as_bytes());
    assert_eq!(seen.events[0].provider, "Microsoft Defender for Endpoint");
    assert!(seen.events[0].data.contains(&("ActionType".into(), "CreateRemoteThreadApiCall".into())));
    let seen = read(record("timesketch").as_bytes());
    assert!(seen.events.is_empty() && seen.damages[0].contains("is an output"), "{:?}", seen.damages);
}

/// The same records in another layout: all are found, each as what it is.
#[track_caller]
fn check_layout(text: &[u8], what: &str) {
    let seen = read(text);
    assert_eq!(seen.damages, [""; 0], "{what}");
    assert_eq!(seen.events.len(), readable().count(), "{what}");
    for (event, (name, _)) in seen.events.iter().zip(readable()) {
        assert_eq!(event.canonical("TargetProcessId"), "240", "{name} {what}");
    }
}

#[test]
fn layouts_of_json_do_not_matter() {
    let records: Vec<String> = readable().map(|(name, _)| record(name).trim().to_owned()).collect();
    let indented = |record: &String| {
        let value: serde_json::Value = serde_json::from_str(record).unwrap();
        serde_json::to_string_pretty(&value).unwrap()
    };
    let pretty: Vec<String> = records.iter().map(indented).collect();
    let all = records.join(",");
    check_layout(records.join("\n").as_bytes(), "lines");
    check_layout((records.join("\r\n\r\n") + "\r\n").as_bytes(), "lines with CR and blank ones");
    check_layout(records.concat().as_bytes(), "one behind the other");
    check_layout(format!("[{all}]").as_bytes(), "an array on a line");
    check_layout(format!("[\n{}\n]\n", records.join(",\n")).as_bytes(), "an array of lines");
    check_layout(pretty.join("\n").as_bytes(), "indented");
    check_layout(format!("[\n{}\n]", pretty.join(",\n")).as_bytes(), "an array of indented ones");
    let deep = serde_json::to_string_pretty(
        &serde_json::from_str::<serde_json::Value>(&format!("[{all}]")).unwrap(),
    );
    check_layout(deep.unwrap().as_bytes(), "an indented array");
    check_layout(format!("{{\"value\":[{all}]}}").as_bytes(), "an answer");
    check_layout(
        format!("{{\"took\":1,\"hits\":{{\"total\":2,\"hits\":[{all}]}},\"a\":{{\"b\":[1]}}}}").as_bytes(),
        "hits",
    );
    let numbered: String =
        pretty.iter().enumerate().map(|(at, record)| format!("Record {at}\n{record}\n")).collect();
    check_layout(numbered.as_bytes(), "numbered");
    let headed: String =
        records.iter().map(|record| format!("<13>Mar 14 09:26:53 ws-anna app: {record}\n")).collect();
    check_layout(headed.as_bytes(), "behind a head of syslog");
    let wide: Vec<u8> =
        format!("\u{feff}{}", pretty.join("\r\n")).encode_utf16().flat_map(u16::to_le_bytes).collect();
    check_layout(&wide, "UTF-16");
}

#[test]
fn a_large_answer_is_read_record_by_record() {
    let record = record("winlogbeat-8");
    let count = 9 * (1 << 20) / record.len();
    let all = vec![record.trim(); count].join(",");
    for text in [
        format!("[{all}]"),
        format!(
            "{{\"took\":1,\"hits\":{{\"total\":{{\"value\":2}},\"hits\":[{all}]}},\"aggregations\":{{\"a\":{{\"b\":[1]}}}}}}"
        ),
        format!("{{\n  \"value\" : [\n{all}]}}"),
        all.replace("},{\"@timestamp", "}{\"@timestamp"),
    ] {
        let mut largest = 0;
        let mut records = 0;
        threadhunt::source::read_bytes(text, &threadhunt::source::Options::default(), &mut |batch| {
            largest = largest.max(batch.input().len());
            records += batch.len();
            assert_eq!(batch.damages, []);
        });
        assert_eq!(records, count);
        assert!(largest < 8 << 20, "{largest}");
    }
}
