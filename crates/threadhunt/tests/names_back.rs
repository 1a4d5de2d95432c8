//! Our own documents in the names of others, read back.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeMap;

use serde_json::json;
use threadhunt::event::{Batch, SystemField};
use threadhunt::schema::names::{vocabularies, vocabulary};
use threadhunt::schema::{self, EventSchema, FieldType, Platform};
use threadhunt::sink::{Choice, Naming, format_row};
use threadhunt::source::{Options, read_bytes};

/// A record as text by name: the fields of `System`, then those of the event.
type Record = BTreeMap<String, String>;

fn records(batch: &Batch, out: &mut Vec<Record>) {
    out.extend(batch.records().map(|record| {
        let event = record.view();
        let system = SystemField::all()
            .filter_map(|field| Some((format!("System/{}", field.name()), event.system(field)?.to_string())));
        let data = event.data().map(|(name, value)| (name.as_str().to_owned(), value.to_string()));
        system.chain(data).filter(|(_, text)| !matches!(&**text, "" | "-")).collect()
    }));
}

/// What was read of a log: records, the names of their shapes, damages.
fn read(log: &str) -> (Vec<Record>, Vec<(&'static str, u64)>, Vec<String>) {
    let (mut out, mut shapes, mut damages) = (Vec::new(), Vec::new(), Vec::new());
    read_bytes(log, &Options::default(), &mut |batch| {
        records(batch, &mut out);
        shapes.extend(batch.counts.shapes.iter().map(|(name, count)| (*name, *count)));
        damages.extend(batch.damages.iter().map(|damage| damage.reason.to_string()));
    });
    (out, shapes, damages)
}

fn written(format: &str, naming: Naming, log: &str) -> String {
    let choice = Choice { naming: Some(naming), ..Choice::default() };
    let format = format_row(format).unwrap().with(&choice);
    let mut out = Vec::new();
    format.begin(&mut out);
    read_bytes(log, &Options::default(), &mut |batch| {
        batch.records().for_each(|record| format.record(record, &mut out));
    });
    format.end(&mut out);
    String::from_utf8(out).unwrap()
}

/// A value that no other field of the event has.
fn value(field: &schema::FieldSchema, at: usize) -> serde_json::Value {
    let text = match (field.name, field.field_type()) {
        ("Hashes" | "Hash", _) => format!("SHA1={at:040X},MD5={at:032X},SHA256={at:064X},IMPHASH={at:032X}"),
        ("User" | "ParentUser" | "SourceUser" | "TargetUser", _) => format!(r"CORP\user{at}"),
        ("SourceIp" | "DestinationIp", _) => format!("fe80:0:0:0:0:0:0:{at}"),
        ("QueryStatus", _) => "9003".to_owned(),
        (_, FieldType::Integer) => return json!(1000 + at),
        (_, FieldType::Bool) => ["true", "false"][at % 2].to_owned(),
        (_, FieldType::Date) => format!("2026-03-03 09:12:{at:02}.489"),
        (_, FieldType::Path) => format!(r"C:\folder {at}\file.exe"),
        (_, FieldType::Guid) => format!("{{747f3d96-0b1a-5f8a-0000-{at:012}}}"),
        (_, FieldType::Hex) => format!("0x{at:016X}"),
        _ => format!("text {at}"),
    };
    json!(text)
}

fn filled(event: &EventSchema) -> String {
    let fields = event.fields.iter().enumerate();
    let fields: serde_json::Map<_, _> =
        fields.map(|(at, field)| (field.name.to_owned(), value(field, at + 1))).collect();
    let line = json!({
        "event_id": event.id, "version": 2, "record_id": 4711, "time": "2026-03-03T09:12:59.123Z",
        "computer": "WS-1.corp.example", "channel": "Microsoft-Windows-Sysmon/Operational",
        "provider": "Microsoft-Windows-Sysmon",
        "system": {
            "provider_guid": "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}", "level": 4, "task": event.id, "opcode": 0,
            "keywords": "0x8000000000000000", "process_id": 2336, "thread_id": 3652, "user_id": "S-1-5-18",
        },
        "fields": fields,
    });
    format!("{line}\n")
}

fn windows() -> impl Iterator<Item = &'static EventSchema> {
    schema::events().iter().filter(|event| event.platform == Platform::Windows)
}

fn naming(name: &str) -> Naming {
    Naming::new(vocabulary(name).unwrap())
}

/// The documents of our own ECS in the ways in which an index gives them back.
fn documents(log: &str) -> [(&'static str, String); 3] {
    let lines = written("jsonl", naming("ecs"), log);
    let hit = |line: &str| format!(r#"{{"_index":"i","_id":"1","_source":{line}}}"#);
    let hits: Vec<_> = lines.lines().map(hit).collect();
    let answer = format!(r#"{{"took":1,"hits":{{"total":1,"hits":[{}]}}}}"#, hits.join(","));
    [("answer", answer), ("bulk", written("bulk", naming("ecs"), log)), ("jsonl", lines)]
}

#[test]
fn every_field_of_every_event_comes_back_from_documents_of_ecs() {
    for event in windows() {
        let log = filled(event);
        let (expected, _, _) = read(&log);
        assert!(expected[0].len() > event.fields.len() + 10, "{expected:?}");
        for (way, documents) in documents(&log) {
            let (found, shapes, damages) = read(&documents);
            assert_eq!((shapes, damages), (vec![("elastic-ecs", 1)], vec![]), "{way}: {documents}");
            assert_eq!(found, expected, "event {} by {way}: {documents}", event.id);
        }
    }
}

/// An event with these fields and parts of `System`.
fn with(id: u16, system: &serde_json::Value, fields: &serde_json::Value) -> String {
    let mut line = json!({
        "event_id": id, "provider": "Microsoft-Windows-Sysmon", "time": "2026-03-03T09:12:59.123Z",
        "system": system, "fields": fields,
    });
    line["fields"]["UtcTime"] = fields.get("UtcTime").cloned().unwrap_or(json!("2026-03-03 09:12:40.489"));
    format!("{line}\n")
}

#[track_caller]
fn check_comes_back(id: u16, system: &serde_json::Value, fields: &serde_json::Value) {
    let log = with(id, system, fields);
    let (expected, _, _) = read(&log);
    for (way, documents) in documents(&log) {
        assert_eq!(read(&documents).0, expected, "{way}: {documents}");
    }
}

#[test]
fn hashes_that_cannot_be_told_from_their_parts_come_back_too() {
    let all = "SHA1=AB,MD5=CD,SHA256=EF,IMPHASH=0A";
    for hashes in [
        all,
        "MD5=CD,SHA256=EF,IMPHASH=0A",
        "SHA256=EF",
        "IMPHASH=0A",
        "SHA1=AB,IMPHASH=00000000",
        "MD5=cd",
        "md5=CD",
        "SHA256=EF,MD5=CD",
        "MD5=CD,MD5=CD",
        "MD5=00",
        "no hash",
        "SSDEEP=AB",
        "IMPHASH=0A,SSDEEP=AB",
    ] {
        for id in [1, 6, 7, 23, 24, 26, 27, 28, 29] {
            check_comes_back(id, &json!({}), &json!({"Hashes": hashes}));
        }
        check_comes_back(15, &json!({}), &json!({"Hash": hashes}));
    }
    let document = &documents(&with(1, &json!({}), &json!({"Hashes": all})))[2].1;
    let document: serde_json::Value = serde_json::from_str(document).unwrap();
    assert_eq!(document["process"]["hash"], json!({"sha1": "ab", "md5": "cd", "sha256": "ef"}));
    assert_eq!(
        (&document["process"]["pe"]["imphash"], &document["winlog"]["event_data"]["Hashes"]),
        (&json!("0a"), &json!(null))
    );
    assert_eq!(document["related"]["hash"], json!(["ab", "cd", "ef", "0a"]));
}

#[test]
fn odd_values_of_fields_and_of_system_come_back_from_documents_of_ecs() {
    for user in ["ada", r"CORP\ada", r"A\B\C", r"\ada", r"CORP\", r"NT AUTHORITY\SYSTEM"] {
        check_comes_back(1, &json!({}), &json!({"User": user}));
    }
    for (id, fields) in [
        (3, json!({"SourceIp": "192.0.2.1", "DestinationIp": "::1", "DestinationPortName": "https"})),
        (
            3,
            json!({"SourcePortName": "https", "Initiated": "TRUE", "SourceIsIpv6": "perhaps", "SourcePort": "x"}),
        ),
        (22, json!({"QueryStatus": "0"})),
        (22, json!({"QueryStatus": "123456"})),
        (23, json!({"Archived": "maybe", "IsExecutable": "true"})),
        (8, json!({"SourceImage": "-", "TargetImage": "<unknown process>", "Future": "field"})),
    ] {
        check_comes_back(id, &json!({}), &fields);
    }
    for system in [
        json!({"task": 7, "opcode": 2, "level": 0, "keywords": "0x77"}),
        json!({"task": 8, "opcode": 77, "level": 3, "keywords": "0x8000000000000001"}),
        json!({"opcode": 0, "keywords": "0x8000000000000000", "processor_id": 3}),
        json!({"activity_id": "{747f3d96-0b1a-5f8a-0000-000000000001}", "task": 8}),
        json!({}),
    ] {
        check_comes_back(8, &system, &json!({"SourceImage": "a"}));
    }
}

/// What `docs/names.md` says that documents of ECS lose.
#[test]
fn documents_of_ecs_lose_only_what_is_said() {
    let log = with(
        8,
        &json!({"keywords": "0x8000000000000000"}),
        &json!({"SourceProcessGuid": "{00000000-0000-0000-0000-000000000000}", "UtcTime": "2026-03-03T09:12:40.4891237Z"}),
    )
    .replace("09:12:59.123Z", "09:12:59.1234567Z");
    let (found, _, damages) = read(&documents(&log)[2].1);
    assert_eq!(damages, [""; 0]);
    let get = |name: &str| found[0].get(name).map(String::as_str);
    assert_eq!(get("SourceProcessGuid"), None, "a GUID of zeros says nothing");
    assert_eq!(get("UtcTime"), Some("2026-03-03 09:12:40.489"), "cut, and spelled as Sysmon does");
    assert_eq!(get("System/time"), Some("2026-03-03T09:12:59.1230000Z"), "cut to milliseconds");
    assert_eq!(get("System/keywords"), None, "of a record without opcode");
    let (found, _, _) = read(&documents(&with(8, &json!({}), &json!({"UtcTime": "-"})))[2].1);
    assert_eq!(
        found[0].get("UtcTime").map(String::as_str),
        Some("2026-03-03 09:12:59.123"),
        "the record's time"
    );
}

#[test]
fn documents_of_elastic_give_hashes_in_the_order_of_sysmon() {
    let document = json!({
        "@timestamp": "2026-03-03T09:12:40.489Z", "event": {"code": "7", "created": "2026-03-03T09:12:59.123Z"},
        "winlog": {
            "event_id": "7", "provider_name": "Microsoft-Windows-Sysmon", "task": "Image loaded (rule: ImageLoad)",
            "opcode": "Info", "event_data": {"Signed": "true"},
        },
        "process": {"entity_id": "{747f3d96-0b1a-5f8a-0000-000000000001}", "hash": {"md5": "00ff"}},
        "dll": {"hash": {"md5": "cd", "sha1": "ab", "sha256": "ef"}, "pe": {"imphash": "0a"}, "path": r"C:\a.dll"},
        "user": {"id": "S-1-5-18", "domain": "CORP", "name": "ada"},
    });
    let (found, shapes, _) = read(&document.to_string());
    assert_eq!(shapes, [("elastic-ecs", 1)]);
    for (name, text) in [
        ("Hashes", "SHA1=AB,MD5=CD,SHA256=EF,IMPHASH=0A"),
        ("ImageLoaded", r"C:\a.dll"),
        ("User", r"CORP\ada"),
        ("System/task", "7"),
        ("System/opcode", "0"),
        ("System/keywords", "0x8000000000000000"),
        ("System/time", "2026-03-03T09:12:59.1230000Z"),
        ("UtcTime", "2026-03-03 09:12:40.489"),
    ] {
        assert_eq!(found[0].get(name).map(String::as_str), Some(text), "{name}");
    }
}

/// Lines of one form are read by a plan, which must find what the plain path finds.
#[test]
fn many_documents_of_ecs_come_back_alike() {
    let log: String = (0..40)
        .map(|at| {
            with(
                1,
                &json!({"task": 1}),
                &json!({"User": format!(r"CORP\user{at}"), "Hashes": format!("MD5={at:032X}")}),
            )
        })
        .collect();
    let (expected, _, _) = read(&log);
    let (found, shapes, damages) = read(&written("jsonl", naming("ecs"), &log));
    assert!(
        shapes.iter().all(|(name, _)| *name == "elastic-ecs") && damages.is_empty(),
        "{shapes:?} {damages:?}"
    );
    assert_eq!(found.len(), 40);
    // The first has no hash that was computed, and so another form.
    assert_eq!(found, expected);
}

#[test]
fn names_of_others_are_read_right_or_not_at_all() {
    for vocabulary in vocabularies().iter().filter(|vocabulary| !vocabulary.is_own()) {
        for event in windows().filter(|event| vocabulary.covers(Some(event.id))) {
            let log = filled(event);
            let (expected, _, _) = read(&log);
            for format in ["jsonl", "bulk", "csv"] {
                let written = written(format, Naming::new(vocabulary), &log);
                let (found, _, damages) = read(&written);
                let what = format!("{} of {} as {format}", event.id, vocabulary.name);
                match (&found[..], &damages[..]) {
                    ([], [reason]) if format == "csv" => {
                        assert!(
                            reason.contains("not read back; write it without --names"),
                            "{what}: {reason}"
                        );
                    }
                    ([], [_, ..]) => {
                        assert!(!["ecs", "splunk"].contains(&vocabulary.name), "{what}: {damages:?}");
                    }
                    ([found], []) => assert_eq!(*found, expected[0], "{what}"),
                    other => panic!("{what}: {other:?}"),
                }
            }
        }
    }
}

/// In Splunk's names `process` is the target, and `Version` and `Name` are of the record.
#[test]
fn columns_that_are_no_fields_of_the_event_are_left_out() {
    let table = "EventCode,UtcTime,SourceProcessGuid,SourceImage,TargetImage,process_path,Version,Name\n\
                 8,2026-03-03 09:12:40.489,{747f3d96-0b1a-5f8a-0000-000000000001},a.exe,b.exe,b.exe,2,Microsoft-Windows-Sysmon\n";
    let (found, shapes, damages) = read(table);
    assert_eq!((shapes, damages), (vec![("fields-csv", 1)], vec![]));
    let get = |name: &str| found[0].get(name).map(String::as_str);
    assert_eq!((get("SourceImage"), get("TargetImage")), (Some("a.exe"), Some("b.exe")));
    assert_eq!((get("Version"), get("Name"), get("process_path")), (None, None, None));
}

/// In Sysmon's own names a CSV is read back, and an apostrophe before a formula is no part of its cell.
#[test]
fn cells_that_a_spreadsheet_would_run_come_back_as_they_were() {
    let texts = [
        "=1+1",
        "+1",
        "-1",
        "@x",
        "\tx",
        "\nx",
        "\u{ff1d}1",
        "'=x",
        "''=x",
        "'-",
        "'",
        "'x",
        "=a,\"b\"\nc",
        "=a; b=c",
        "-",
    ];
    for text in texts {
        let fields = json!({"SourceImage": text, "RuleName": "r", "Unknown": text, "StartFunction": text});
        let log = with(8, &json!({}), &fields);
        let (expected, _, _) = read(&log);
        let table = written("csv", naming("sysmon"), &log);
        let (found, shapes, damages) = read(&table);
        assert_eq!((shapes, damages), (vec![("threadhunt-csv", 1)], vec![]), "{table}");
        assert_eq!(found, expected, "{table}");
    }
    // Names of columns may have one, too.
    let table = "'@x,EventID,UtcTime,SourceProcessGuid,SourceImage\n1,8,2026-03-03 09:12:40.489,{747f3d96-0b1a-5f8a-0000-000000000001},a\n";
    let (found, _, damages) = read(table);
    assert_eq!((found[0]["SourceImage"].as_str(), damages.len()), ("a", 0), "{damages:?}");
}
