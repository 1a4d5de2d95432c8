//! Our own documents in the names of others, read back.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeMap;

use serde_json::json;
use threadhunt::event::{Batch, SystemField};
use threadhunt::schema::names::{vocabularies, vocabulary};
use threadhunt::schema::{self, EventSchema, FieldType, PROVIDERS, Platform};
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
    format!("{}\n", record(event))
}

/// A record of the event with a value in each field, as a line of our own.
fn record(event: &EventSchema) -> serde_json::Value {
    let fields = event.fields.iter().enumerate();
    let fields: serde_json::Map<_, _> =
        fields.map(|(at, field)| (field.name.to_owned(), value(field, at + 1))).collect();
    let provider = PROVIDERS.iter().find(|provider| provider.platform == event.platform).unwrap();
    json!({
        "event_id": event.id, "version": 2, "record_id": 4711, "time": "2026-03-03T09:12:59.123Z",
        "computer": "WS-1.corp.example", "channel": provider.channel, "provider": provider.name,
        "system": {
            "provider_guid": provider.guid, "level": 4, "task": event.id, "opcode": 0,
            "keywords": "0x8000000000000000", "process_id": 2336, "thread_id": 3652, "user_id": "S-1-5-18",
        },
        "fields": fields,
    })
}

fn windows() -> impl Iterator<Item = &'static EventSchema> {
    schema::events().iter().filter(|event| event.platform == Platform::Windows)
}

fn naming(name: &str) -> Naming {
    Naming::new(vocabulary(name).unwrap())
}

/// The documents of our own ECS in the ways in which an index gives them back.
fn documents(log: &str) -> [(&'static str, String); 4] {
    let lines = written("jsonl", naming("ecs"), log);
    let hit = |line: &str| format!(r#"{{"_index":"i","_id":"1","_source":{line}}}"#);
    let hits: Vec<_> = lines.lines().map(hit).collect();
    let answer = format!(r#"{{"took":1,"hits":{{"total":1,"hits":[{}]}}}}"#, hits.join(","));
    let fields = |line: &str| {
        let (document, mut fields) = (serde_json::from_str(line).unwrap(), serde_json::Map::new());
        flatten("", &document, &mut fields);
        json!({"_index": "i", "_id": "1", "fields": fields}).to_string() + "\n"
    };
    let fields = lines.lines().map(fields).collect();
    let bulk = written("bulk", naming("ecs"), log);
    [("answer", answer), ("bulk", bulk), ("jsonl", lines), ("fields", fields)]
}

/// Each value as a list under its names with dots.
fn flatten(names: &str, value: &serde_json::Value, fields: &mut serde_json::Map<String, serde_json::Value>) {
    match value {
        serde_json::Value::Object(members) => members.iter().for_each(|(name, value)| {
            let dot = if names.is_empty() { "" } else { "." };
            flatten(&format!("{names}{dot}{name}"), value, fields);
        }),
        serde_json::Value::Array(_) => drop(fields.insert(names.to_owned(), value.clone())),
        _ => drop(fields.insert(names.to_owned(), json!([value]))),
    }
}

#[test]
fn every_field_of_every_event_comes_back_from_documents_of_ecs() {
    for event in schema::events() {
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

/// The lines in our own JSON, which have all of a record, of a log and of its documents; without where they lie.
fn lines(log: &str) -> Vec<serde_json::Value> {
    let lines = written("jsonl", naming("sysmon"), log);
    let line = |line: &str| {
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        let source = line["source"].take();
        line["source"] = json!({"recovered": source["recovered"]});
        line
    };
    lines.lines().map(line).collect()
}

#[track_caller]
fn check_all_come_back(records: &[serde_json::Value]) {
    let log: String = records.iter().map(|record| format!("{record}\n")).collect();
    let expected = lines(&log);
    assert_eq!(expected.len(), records.len());
    for (way, documents) in documents(&log) {
        let found = lines(&documents);
        for ((found, expected), record) in found.iter().zip(&expected).zip(records) {
            assert_eq!(found, expected, "{way}: {record}");
        }
        let (_, shapes, _) = read(&documents);
        assert_eq!(shapes.iter().map(|(_, count)| count).sum::<u64>(), expected.len() as u64, "{way}");
        assert!(shapes.iter().all(|(name, _)| *name == "elastic-ecs"), "{way}: {shapes:?}");
    }
}

fn without(record: &serde_json::Value, name: &str) -> serde_json::Value {
    let mut record = record.clone();
    record.as_object_mut().unwrap().remove(name);
    record
}

/// All events that have fields, each with a value in all of them.
fn whole_records() -> impl Iterator<Item = serde_json::Value> {
    schema::events().iter().filter(|event| !event.fields.is_empty()).map(record)
}

/// A `UtcTime` that is no time stays in `winlog.event_data`, and all else is where it always is.
#[test]
fn a_time_that_is_none_takes_nothing_else_with_it() {
    let mut records = Vec::new();
    for mut record in whole_records() {
        for utc_time in ["2026-03-03 07:59:60.000", "3/3/2026 07:59:02", "0001-01-01 00:00:00.000", "x"] {
            record["fields"]["UtcTime"] = json!(utc_time);
            let mut without_guids = record.clone();
            let fields = without_guids["fields"].as_object_mut().unwrap();
            fields.retain(|name, _| !name.to_lowercase().ends_with("guid"));
            records.extend([without(&record, "time"), without(&without_guids, "time")]);
            records.extend([record.clone(), without_guids]);
        }
    }
    check_all_come_back(&records);
}

#[test]
fn the_time_of_an_event_comes_back_whichever_it_is() {
    let mut records = Vec::new();
    for mut record in whole_records() {
        let mut without_utc_time = record.clone();
        without_utc_time["fields"].as_object_mut().unwrap().remove("UtcTime");
        record["time"] = json!("2026-03-03T04:12:59.123Z");
        for record in [record, without_utc_time] {
            records.extend([without(&record, "time"), record]);
        }
    }
    check_all_come_back(&records);
}

#[test]
fn single_fields_come_back_from_documents_of_ecs() {
    let mut records = Vec::new();
    for whole in whole_records() {
        for (name, value) in whole["fields"].as_object().unwrap() {
            let mut record = whole.clone();
            record["fields"] = json!({"UtcTime": "2026-03-03 09:12:40.489", name: value});
            records.push(record);
        }
    }
    let mut bare = without(&whole_records().next().unwrap(), "fields");
    bare["notes"] = json!(["read in part: none of the fields of event 1"]);
    records.push(bare);
    check_all_come_back(&records);
}

#[test]
fn records_of_other_providers_come_back_from_documents_of_ecs() {
    let record = json!({
        "event_id": 4624, "version": 1, "record_id": 5, "time": "2026-03-03T09:12:59.123Z", "computer": "WS-1",
        "channel": "Security", "provider": "Microsoft-Windows-Security-Auditing",
        "fields": {"TargetUserName": "ada", "RuleName": "r", "UtcTime": "2026-03-03 09:12:40.489", "User": r"CORP\ada"},
    });
    let mut records = vec![record.clone()];
    for system in [
        json!({"level": 0, "task": 12544, "opcode": 0, "keywords": "0x8020000000000000"}),
        json!({"level": 4, "opcode": 1, "keywords": "0x8000000000000000"}),
        json!({"opcode": 2, "event_source_name": "x", "qualifiers": 16384, "processor_id": 1}),
        json!({"opcode": 0}),
        json!({"task": 8, "opcode": 11, "provider_guid": "{54849625-5478-4994-a5ba-3e3b0328c30d}"}),
    ] {
        let mut record = record.clone();
        record["system"] = system;
        let mut noted = record.clone();
        noted["notes"] = json!(["one remark", "another"]);
        noted["source"] = json!({"file": "a.evtx", "recovered": true});
        // One of Sysmon's that the schema does not know.
        let mut unknown = record.clone();
        (unknown["provider"], unknown["event_id"]) = (json!("Microsoft-Windows-Sysmon"), json!(77));
        for record in [record, noted, unknown] {
            let timeless = without(&record, "time");
            records.extend([without(&record, "fields"), without(&timeless, "fields"), timeless, record]);
        }
    }
    records.push(json!({"event_id": 5446, "provider": "x", "system": {"opcode": 0}}));
    records.push(json!({
        "event_id": 5446, "channel": "security", "system": {"task": 3}, "source": {"file": "a", "recovered": false},
    }));
    check_all_come_back(&records);
}

/// Only where it is not plain, since such documents are read slower.
#[test]
fn documents_say_which_time_is_theirs_where_it_is_not_plain() {
    let time_of = |line: &serde_json::Value| {
        let document = &documents(&format!("{line}\n"))[2].1;
        let document: serde_json::Value = serde_json::from_str(document).unwrap();
        (document["@timestamp"].as_str().map(str::to_owned), document["threadhunt"].clone())
    };
    let mut line = record(schema::event(Platform::Windows, 8).unwrap());
    line["fields"]["UtcTime"] = json!("2026-03-03 09:12:40.489");
    assert_eq!(time_of(&line), (Some("2026-03-03T09:12:40.489Z".to_owned()), json!(null)));
    line["time"] = json!("2026-03-03T09:12:40.488Z");
    assert_eq!(time_of(&line), (Some("2026-03-03T09:12:40.489Z".to_owned()), json!({"time_of": "UtcTime"})));
    line["fields"]["UtcTime"] = json!("9999-99-99");
    assert_eq!(
        time_of(&line),
        (Some("2026-03-03T09:12:40.488Z".to_owned()), json!({"time_of": "TimeCreated"}))
    );
    line["time"] = json!(null);
    assert_eq!(time_of(&line), (None, json!({"time_of": "none"})));
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
    let with_text = with(16, &json!({"opcode": 0}), &json!({"Configuration": "a\u{fffd}b"}));
    let (found, _, _) = read(&documents(&with_text.replace('\u{fffd}', "\\ud800"))[2].1);
    assert_eq!(found[0]["Configuration"], "a\u{fffd}b", "no Unicode");
    assert_eq!(found[0]["System/keywords"], "0x8000000000000000", "that of all events of Sysmon");
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
