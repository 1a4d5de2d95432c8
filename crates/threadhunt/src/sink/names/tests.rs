//! Documents of every vocabulary, from batches built value by value.

#![allow(clippy::print_stdout, reason = "a test says why it was skipped")]

use serde_json::{Value as Json, json};

use super::{ActionForm, NamedCell, NamedRow, Naming};
use crate::event::{Batch, RecordBuilder, Slot, SystemField as F};
use crate::schema::names::{vocabularies, vocabulary};
use crate::schema::{EventSchema, FieldSchema, FieldType, Platform, event, events};
use crate::sink::tests::{build, data, hostile, other, remote_thread, system};
use crate::sink::{Choice, format_row};

fn written(format: &str, choice: &Choice<'_>, batch: &Batch) -> String {
    let format = format_row(format).expect("a format of the table").with(choice);
    let mut out = Vec::new();
    format.begin(&mut out);
    batch.records().for_each(|record| format.record(record, &mut out));
    format.end(&mut out);
    String::from_utf8(out).expect("formats write UTF-8")
}

fn naming(vocabulary: &str) -> Naming {
    Naming::new(self::vocabulary(vocabulary).expect("a vocabulary"))
}

fn document(names: &str, fill: impl FnOnce(&mut RecordBuilder<'_>)) -> Json {
    document_as(naming(names), fill)
}

fn document_as(naming: Naming, fill: impl FnOnce(&mut RecordBuilder<'_>)) -> Json {
    let line = written("jsonl", &Choice { naming: Some(naming), ..Choice::default() }, &build(fill));
    assert_eq!(line.matches('\n').count(), 1, "{line}");
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

/// A Sysmon record with a head and these data.
fn sysmon(builder: &mut RecordBuilder<'_>, id: &str, fields: &[(&str, &str)]) {
    for (field, text) in [(F::ProviderName, "Microsoft-Windows-Sysmon"), (F::EventId, id), (F::Level, "4")] {
        system(builder, field, text);
    }
    system(builder, F::Computer, "WS-1.corp.example");
    builder.time_created("2026-03-03T09:12:40.5010000Z");
    fields.iter().for_each(|(name, text)| data(builder, name, text));
}

/// Event 8 of the newest layout, of which nothing is known of the start.
fn newest(builder: &mut RecordBuilder<'_>) {
    let fields = [
        ("RuleName", "technique_id=T1055.003,technique_name=Thread Execution Hijacking"),
        ("UtcTime", "2026-03-03 09:12:40.489"),
        ("SourceProcessGuid", "{00000000-0000-0000-0000-000000000000}"),
        ("SourceProcessId", "0604"),
        ("SourceImage", r"C:\Temp\a.exe"),
        ("TargetProcessGuid", "{9a2b6c4e-5f10-69a6-0000-0010bbbc0000}"),
        ("TargetProcessId", "820"),
        ("TargetImage", "<unknown process>"),
        ("NewThreadId", "17"),
        ("StartAddress", "0x00000000005F0000"),
        ("StartModule", "-"),
        ("StartFunction", "-"),
        ("SourceUser", r"CORP\ada"),
        ("TargetUser", r"NT AUTHORITY\SYSTEM"),
    ];
    sysmon(builder, "8", &fields);
}

#[test]
fn a_document_of_every_vocabulary() {
    for vocabulary in vocabularies() {
        let documents = [remote_thread, newest].map(|event| {
            serde_json::to_string_pretty(&document(vocabulary.name, event)).expect("JSON prints")
        });
        insta::assert_snapshot!(vocabulary.name, documents.join("\n"));
    }
}

#[test]
fn a_row_of_every_vocabulary() {
    for vocabulary in vocabularies() {
        let choice = Choice { ids: &[8], naming: Some(naming(vocabulary.name)), index: None };
        let rows = [remote_thread, newest].map(|event| written("csv", &choice, &build(event)));
        let (header, second) = rows[1].split_once('\n').expect("a header");
        assert!(rows[0].starts_with(header), "one header for all");
        insta::assert_snapshot!(format!("{}.csv", vocabulary.name), format!("{}{second}", rows[0]));
    }
}

/// What stands at a path of the document of the seed's event, in which csrss.exe acts on services.exe.
#[track_caller]
fn check_direction(names: &str, source: &[&str], target: &[&str]) {
    let document = document(names, remote_thread);
    let at = |path: &str| document.pointer(&format!("/{}", path.replace('.', "/"))).cloned();
    for (paths, image) in [(source, "csrss.exe"), (target, "services.exe")] {
        for path in paths {
            let value = at(path).unwrap_or_else(|| panic!("{names}: no {path} in {document}"));
            assert!(value.as_str().is_some_and(|text| text.ends_with(image)), "{names}: {path} is {value}");
        }
    }
}

#[test]
fn process_is_the_source_in_ossem_ecs_and_car() {
    check_direction("ossem", &["process_path", "process_name"], &["target_process_path"]);
    check_direction("ossem-dd", &["ProcessFilePath"], &["TargetProcessFilePath"]);
    check_direction("ecs", &["process.executable", "process.name"], &["winlog.event_data.TargetImage"]);
    check_direction("udm", &["principal.process.file.full_path"], &["target.process.file.full_path"]);
    let car = document("car", remote_thread);
    assert_eq!((&car["src_pid"], &car["tgt_pid"]), (&json!(604), &json!(804)));
}

#[test]
fn process_is_the_target_in_ocsf_and_splunk() {
    check_direction("ocsf", &["actor.process.path", "actor.process.file.name"], &["process.path"]);
    check_direction("splunk", &["parent_process_path", "parent_process_name"], &["process_path"]);
    let ocsf = document("ocsf", remote_thread);
    assert_eq!((&ocsf["actor"]["process"]["pid"], &ocsf["process"]["pid"]), (&json!(604), &json!(804)));
    assert_eq!(ocsf["process"]["ptid"], 6992);
}

/// Every text that a JSON value holds, keys not counted.
fn texts(json: &Json, out: &mut Vec<String>) {
    match json {
        Json::Object(members) => members.values().for_each(|member| texts(member, out)),
        Json::Array(items) => items.iter().for_each(|item| texts(item, out)),
        Json::String(text) => out.push(text.clone()),
        other => out.push(other.to_string()),
    }
}

#[test]
fn no_value_is_lost_in_any_vocabulary() {
    let fields = [
        ("RuleName", "r1"),
        ("UtcTime", "yesterday"),
        ("SourceProcessGuid", "no guid"),
        ("SourceProcessId", "0604"),
        ("SourceImage", "s1"),
        ("SourceImage", "s2"),
        ("TargetProcessId", "x1"),
        ("TargetProcessGUID", "g2"),
        ("TargetProcessGuid", "g1"),
        ("NewThreadId", "99999999999999999999999"),
        ("StartModule", "m1"),
        ("StartModule", "m2"),
        ("SourceUser", "u1"),
        ("user_data", "d1"),
        ("data", "d2"),
        ("system", "d3"),
        ("", "d4"),
        ("Future", "f1"),
    ];
    for vocabulary in vocabularies() {
        let fill = |builder: &mut RecordBuilder<'_>| {
            sysmon(builder, "8", &fields);
            builder.system(F::Keywords, Slot::Hex(0x77));
            builder.system(F::ProcessorId, Slot::Unsigned(31337));
        };
        let document = document(vocabulary.name, fill);
        let mut found = Vec::new();
        texts(&document, &mut found);
        let system = ["0x77", "31337", "WS-1.corp.example"];
        for value in fields.iter().map(|(_, value)| *value).chain(system) {
            assert!(found.iter().any(|text| text == value), "{}: {value} in {document}", vocabulary.name);
        }
        let choice = Choice { ids: &[8], naming: Some(naming(vocabulary.name)), index: None };
        let row = written("csv", &choice, &build(fill));
        let cells = typed_row(vocabulary.name, fill);
        for (_, value) in fields {
            assert!(row.contains(value), "{}: {value} in {row}", vocabulary.name);
            let is_there = cells.iter().any(|(_, cell)| cell.contains(value));
            assert!(vocabulary.is_own() || is_there, "{}: {value} in {cells:?}", vocabulary.name);
        }
    }
}

/// The columns of the typed row of event 8 that are not null, with what they hold.
fn typed_row(names: &str, fill: impl FnOnce(&mut RecordBuilder<'_>)) -> Vec<(String, String)> {
    typed_row_of(8, names, fill)
}

fn typed_row_of(id: u16, names: &str, fill: impl FnOnce(&mut RecordBuilder<'_>)) -> Vec<(String, String)> {
    let row = NamedRow::new(naming(names), event(Platform::Windows, id));
    let batch = build(fill);
    let mut cells = Vec::new();
    row.fill(&batch.record_at(0).view(), &mut |cell| {
        cells.push(cell.map(|cell| match cell {
            NamedCell::Text(value) => value.to_string(),
            cell => format!("{cell:?}"),
        }));
    });
    assert_eq!(cells.len(), row.columns().len(), "a cell for each column");
    let names = row.columns().iter().map(|column| column.name.clone());
    names.zip(cells).filter_map(|(name, cell)| Some((name, cell?))).collect()
}

#[test]
fn the_columns_of_a_typed_row_are_those_of_the_csv() {
    for vocabulary in vocabularies().iter().filter(|vocabulary| !vocabulary.is_own()) {
        let choice = Choice { ids: &[8], naming: Some(naming(vocabulary.name)), index: None };
        let csv = written("csv", &choice, &Batch::default());
        let row = NamedRow::new(naming(vocabulary.name), event(Platform::Windows, 8));
        let names: Vec<_> = row.columns().iter().map(|column| &column.name[..]).collect();
        let csv: Vec<_> = csv.trim_end().split(',').collect();
        assert_eq!(csv, names, "{}", vocabulary.name);
    }
}

#[test]
fn names_of_columns_stand_as_they_are_and_need_no_quotes() {
    for vocabulary in vocabularies() {
        let all = Choice { ids: &[], naming: Some(naming(vocabulary.name)), index: None };
        let header = written("csv", &all, &Batch::default());
        let plain = |c: char| c.is_ascii_alphanumeric() || "_.@[]".contains(c);
        let odd = header.trim_end().split(',').find(|name| name.is_empty() || !name.chars().all(plain));
        assert_eq!(odd, None, "{}", vocabulary.name);
        assert_eq!(header.matches('\n').count(), 1);
    }
    let choice = Choice { ids: &[8], naming: Some(naming("ecs")), index: None };
    let table = written("csv", &choice, &build(|builder| sysmon(builder, "8", &[("SourceImage", "=1+1")])));
    let (header, row) = table.split_once('\n').expect("a header");
    assert!(header.starts_with("@timestamp,"), "{header}");
    assert!(row.contains(",'=1+1,"), "a value is kept from being run: {row}");
}

#[test]
fn what_a_typed_column_cannot_hold_is_in_other() {
    let row = typed_row("ecs", remote_thread);
    let cell = |name: &str| row.iter().find(|(column, _)| column == name).map(|(_, cell)| &cell[..]);
    assert_eq!(cell("process.pid"), Some("Number(604)"));
    assert!(cell("@timestamp").is_some_and(|cell| cell.starts_with("Time(")), "{row:?}");
    let row = typed_row("ossem", |builder| {
        sysmon(builder, "8", &[("SourceImage", "a")]);
        builder.data("SourceProcessId", Slot::Unsigned(1 << 40));
        builder.data("NewThreadId", Slot::Unsigned(7));
    });
    let cell = |name: &str| row.iter().find(|(column, _)| column == name).map(|(_, cell)| &cell[..]);
    assert_eq!(cell("process_id"), None, "{row:?}");
    assert!(cell("other").is_some_and(|other| other.contains("process_id=1099511627776")), "{row:?}");
}

#[test]
fn values_that_do_not_fit_are_with_the_unmapped() {
    let ossem = document("ossem", newest);
    assert_eq!((&ossem["process_id"], &ossem["unmapped"]["SourceProcessId"]), (&Json::Null, &json!("0604")));
    assert_eq!(ossem["thread_start_module"], "-");
    let ocsf = document("ocsf", newest);
    assert_eq!((ocsf["module"].get("file"), &ocsf["unmapped"]["StartModule"]), (None, &json!("-")));
    assert_eq!(ocsf["unmapped"]["TargetImage"], "<unknown process>");
    assert_eq!(ocsf["process"]["pid"], 820);
    assert_eq!(ocsf["attacks"][0]["sub_technique"]["uid"], "T1055.003");
    let udm = document("udm", newest);
    assert_eq!(
        (&udm["additional"]["StartModule"], &udm["target"]["process"]["pid"]),
        (&json!("-"), &json!("820"))
    );
    let ecs = document("ecs", newest);
    assert_eq!(ecs["winlog"]["event_data"].get("StartModule"), None);
    assert_eq!(ecs["process"].get("entity_id"), None, "a GUID of zeros is none to Elastic");
    assert_eq!(ecs["winlog"]["event_data"]["SourceProcessId"], "0604");
}

#[test]
fn the_action_has_a_long_and_a_short_form() {
    let long = document("ecs", remote_thread);
    assert_eq!(long["event"]["action"], "CreateRemoteThread detected (rule: CreateRemoteThread)");
    let short = document_as(Naming { action: ActionForm::Short, ..naming("ecs") }, remote_thread);
    assert_eq!(short["event"]["action"], "CreateRemoteThread");
    assert_eq!(short["winlog"]["task"], long["event"]["action"]);
}

#[test]
fn records_of_others_and_hostile_ones_are_documents_too() {
    for names in ["ossem", "ossem-dd", "ecs"] {
        let other = document(names, other);
        let mut found = Vec::new();
        texts(&other, &mut found);
        assert!(
            ["first", "x", "y", "last", "Jörg", "mixed"]
                .iter()
                .all(|text| found.contains(&(*text).to_owned()))
        );
        let hostile =
            written("jsonl", &Choice { naming: Some(naming(names)), ..Choice::default() }, &build(hostile));
        assert!(!hostile.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\u{7f}']), "{hostile}");
        assert!(
            hostile.contains(r#""recovered":true"#) && hostile.contains(r#"["odd -- note-"]"#),
            "{hostile}"
        );
    }
}

#[test]
fn what_elastic_derives_of_other_events() {
    let process = document("ecs", |builder| {
        sysmon(
            builder,
            "1",
            &[
                ("UtcTime", "2026-03-03 09:12:40.489"),
                ("ProcessId", "7"),
                ("Image", r"C:\Windows\a.exe"),
                ("Company", "Example"),
                ("CommandLine", "a.exe /x"),
                ("User", r"CORP\ada"),
                ("Hashes", "MD5=0A,IMPHASH=0B"),
                ("ParentImage", r"C:\b.exe"),
            ],
        );
    });
    let expected = json!({
        "pid": 7, "executable": r"C:\Windows\a.exe", "name": "a.exe", "command_line": "a.exe /x",
        "hash": {"md5": "0a"}, "pe": {"imphash": "0b", "company": "Example"},
        "parent": {"executable": r"C:\b.exe", "name": "b.exe"},
    });
    assert_eq!(process["process"], expected);
    assert_eq!(process["related"], json!({"user": ["ada"], "hash": ["0a", "0b"]}));
    assert_eq!(process["user"], json!({"domain": "CORP", "name": "ada"}));
    assert_eq!(process["winlog"]["event_data"], json!({"Company": "Example"}));
    let network = document("ecs", |builder| {
        sysmon(
            builder,
            "3",
            &[
                ("Initiated", "true"),
                ("SourceIsIpv6", "false"),
                ("SourceIp", "10.0.0.1"),
                ("DestinationIp", "nowhere"),
                ("DestinationPort", "443"),
                ("SourcePortName", "-"),
                ("DestinationPortName", "https"),
            ],
        );
    });
    assert_eq!(network["network"], json!({"protocol": "https", "direction": "egress", "type": "ipv4"}));
    assert_eq!(network["event"]["type"], json!(["start", "connection", "protocol"]));
    assert_eq!(
        (&network["source"], &network["destination"]),
        (&json!({"ip": "10.0.0.1"}), &json!({"port": 443}))
    );
    assert_eq!(
        network["winlog"]["event_data"],
        json!({"DestinationIp": "nowhere", "DestinationPortName": "https"})
    );
    let registry = document("ecs", |builder| {
        sysmon(builder, "13", &[("TargetObject", r"HKLM\Software\x\Run"), ("Details", "v")]);
    });
    let expected = json!({
        "path": r"HKLM\Software\x\Run", "hive": "HKLM", "key": r"Software\x\Run", "value": "Run",
    });
    assert_eq!(registry["registry"], expected);
    let dns = document("ecs", |builder| {
        sysmon(builder, "22", &[("QueryStatus", "9003"), ("QueryName", "x.example")]);
    });
    assert_eq!(dns["sysmon"]["dns"]["status"], "DNS_ERROR_RCODE_NAME_ERROR");
}

/// The line of a sample of Elastic's integration, where the samples are at hand.
fn elastics_sample() -> Option<Json> {
    let beside = || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("THREADHUNT_SHARED").map_or_else(beside, std::path::PathBuf::from);
    let path = shared.join("reference/input-shapes/elastic-integration-ecs.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no {}", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).expect("a line of JSON"))
}

#[test]
fn ecs_is_the_document_of_elastics_pipeline() {
    let Some(mut sample) = elastics_sample() else { return };
    let text = |path: &str| {
        let value = sample.pointer(path).unwrap_or_else(|| panic!("{path} in the sample"));
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    };
    let document = document_as(Naming { action: ActionForm::Short, ..naming("ecs") }, |builder| {
        for (field, path) in [
            (F::ProviderName, "/event/provider"),
            (F::ProviderGuid, "/winlog/provider_guid"),
            (F::EventId, "/winlog/event_id"),
            (F::Version, "/winlog/version"),
            (F::EventRecordId, "/winlog/record_id"),
            (F::ProcessId, "/winlog/process/pid"),
            (F::ThreadId, "/winlog/process/thread/id"),
            (F::Channel, "/winlog/channel"),
            (F::Computer, "/winlog/computer_name"),
            (F::UserId, "/winlog/user/identifier"),
        ] {
            system(builder, field, &text(path));
        }
        for (field, number) in [(F::Level, 4), (F::Task, 8), (F::Opcode, 0)] {
            builder.system(field, Slot::Unsigned(number));
        }
        builder.system(F::Keywords, Slot::Hex(0x8000_0000_0000_0000));
        builder.time_created(&text("/event/created"));
        data(builder, "RuleName", "-");
        data(builder, "UtcTime", &text("/@timestamp").replace('T', " ").replace('Z', ""));
        for (name, path) in [
            ("SourceProcessGuid", "/process/entity_id"),
            ("SourceProcessId", "/process/pid"),
            ("SourceImage", "/process/executable"),
            ("TargetProcessGuid", "/winlog/event_data/TargetProcessGUID"),
        ] {
            data(builder, name, &text(path));
        }
        for name in
            ["TargetProcessId", "TargetImage", "NewThreadId", "StartAddress", "StartModule", "StartFunction"]
        {
            data(builder, name, &text(&format!("/winlog/event_data/{name}")));
        }
    });
    // The pipeline passes on winlogbeat's text of the task, which the sample lacks.
    sample["winlog"]["task"] = json!("CreateRemoteThread detected (rule: CreateRemoteThread)");
    assert_eq!(document, sample);
}

#[test]
fn a_bulk_document_has_the_id_of_its_event() {
    let id = |fill: &dyn Fn(&mut RecordBuilder<'_>), naming: Option<Naming>| {
        let lines = written("bulk", &Choice { naming, ..Choice::default() }, &build(fill));
        let action = lines.lines().next().expect("an action").to_owned();
        let action: Json = serde_json::from_str(&action).expect("JSON");
        assert_eq!(lines.lines().count(), 2, "{lines}");
        action["create"]["_id"].as_str().expect("an id").to_owned()
    };
    let plain = id(&newest, None);
    assert_eq!(plain.len(), 32);
    assert_eq!(id(&newest, Some(naming("sysmon"))), plain, "the names do not change which event it is");
    // Digested with SHA-256, so the same in every run and on every machine.
    assert_eq!(plain, "67aaf3c1e20e850ab916d3c3f44d1b33");
    let spelled = |builder: &mut RecordBuilder<'_>| {
        newest(builder);
        system(builder, F::Computer, "ws-1.CORP.example");
    };
    assert_eq!(id(&spelled, None), plain);
    let of = |record: u64| {
        move |builder: &mut RecordBuilder<'_>| {
            newest(builder);
            builder.system(F::EventRecordId, Slot::Unsigned(record));
        }
    };
    assert!(id(&of(1), None) != id(&of(2), None) && id(&of(1), None) != plain);
    let choice = Choice { index: Some("logs-x"), ..Choice::default() };
    assert!(written("bulk", &choice, &build(newest)).starts_with(r#"{"create":{"_index":"logs-x","_id":""#));
}

#[test]
fn timesketch_has_what_its_import_asks_for() {
    let line = written("timesketch", &Choice::default(), &build(newest));
    let line: Json = serde_json::from_str(&line).expect("JSON");
    assert_eq!(
        line["message"],
        r"CreateRemoteThread C:\Temp\a.exe (0604) -> <unknown process> (820) thread 17 start 0x00000000005F0000"
    );
    assert_eq!(line["datetime"], "2026-03-03T09:12:40.489000+00:00");
    assert_eq!(line["timestamp"], 1_772_529_160_489_000_i64);
    assert_eq!(line["timestamp_desc"], "Sysmon CreateRemoteThread");
    assert_eq!((&line["hostname"], &line["tag"]), (&json!("WS-1.corp.example"), &json!(["T1055.003"])));
    let line = written("timesketch", &Choice::default(), &build(other));
    let line: Json = serde_json::from_str(&line).expect("JSON");
    assert_eq!((&line["timestamp"], &line["timestamp_desc"]), (&json!(0), &json!("Not a time")));
    let line = written("timesketch", &Choice::default(), &build(hostile));
    assert!(!line.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\u{7f}']), "{line}");
}

#[test]
fn a_table_of_several_events_has_each_column_once() {
    let choice = Choice { ids: &[8, 10], naming: Some(naming("ossem")), index: None };
    let header = written("csv", &choice, &Batch::default());
    let columns: Vec<&str> = header.trim_end().split(',').collect();
    let distinct: std::collections::HashSet<_> = columns.iter().collect();
    assert_eq!(distinct.len(), columns.len());
    let place = |name: &str| columns.iter().position(|column| *column == name).expect(name);
    let ordered = [
        "process_guid",
        "process_path",
        "target_process_guid",
        "thread_start_function",
        "process_call_trace",
    ];
    assert!(ordered.windows(2).all(|pair| place(pair[0]) < place(pair[1])), "{header}");
}

/// A value of the type of a field.
fn typical(field: &FieldSchema) -> &'static str {
    match field.field_type() {
        FieldType::Integer => "17",
        FieldType::Date => "2026-03-03 09:12:40.489",
        FieldType::Bool => "true",
        FieldType::Path => r"C:\Temp\a.exe",
        FieldType::Guid => "{9a2b6c4e-5f10-69a6-0000-0010bbbc0000}",
        _ => "text",
    }
}

#[test]
fn every_event_has_the_common_part_of_ecs_and_all_names_of_ossem() {
    for event in events().iter().filter(|event| event.platform == Platform::Windows) {
        let fields: Vec<_> = event.all_fields().map(|field| (field.name, typical(field))).collect();
        let fill = |builder: &mut RecordBuilder<'_>| sysmon(builder, &event.id.to_string(), &fields);
        let ecs = document("ecs", fill);
        let at =
            |path: &str| ecs.pointer(path).unwrap_or_else(|| panic!("event {}: no {path}: {ecs}", event.id));
        assert_eq!(at("/event/code"), &event.id.to_string());
        assert_eq!(at("/event/action"), event.task_text);
        assert_eq!(
            (at("/event/kind"), at("/event/provider")),
            (&json!("event"), &json!("Microsoft-Windows-Sysmon"))
        );
        assert_eq!(
            (at("/host/name"), at("/log/level")),
            (&json!("WS-1.corp.example"), &json!("information"))
        );
        assert_eq!(at("/@timestamp"), "2026-03-03T09:12:40.489Z");
        let ossem = document("ossem", fill);
        for field in event.all_fields() {
            for name in field.standard_names {
                assert!(ossem.get(name.name).is_some(), "event {}: no {} in {ossem}", event.id, name.name);
            }
            let is_told = !field.standard_names.is_empty() || ossem["unmapped"].get(field.name).is_some();
            assert!(is_told, "event {}: {}", event.id, field.name);
        }
    }
}

/// The path of every value of a document; the parts of a list have its path.
fn paths(json: &Json, path: &str, out: &mut Vec<String>) {
    match json {
        Json::Object(members) => members.iter().for_each(|(key, member)| {
            let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            paths(member, &below, out);
        }),
        Json::Array(items) => items.iter().for_each(|item| paths(item, path, out)),
        _ => out.push(path.to_owned()),
    }
}

/// Asserts that a row holds something exactly where the document does; `other` has what fits no name.
#[track_caller]
fn check_columns(names: &str, id: u16, fill: impl Fn(&mut RecordBuilder<'_>) + Copy) {
    let mut expected = Vec::new();
    paths(&document(names, fill), "", &mut expected);
    // It says how a document is read back, and tables in the names of others are not.
    expected.retain(|path| path != "threadhunt.time_of");
    let row = typed_row_of(id, names, fill);
    let is_shown = |path: &str, column: &str| {
        path == column || path.strip_prefix(column).is_some_and(|below| below.starts_with('.'))
    };
    let other = row.iter().find(|(column, _)| column == "other").map_or("", |(_, cell)| cell);
    for path in &expected {
        let key = path.rsplit('.').next().unwrap_or(path);
        let shown =
            row.iter().any(|(column, _)| is_shown(path, column)) || other.contains(&format!("{key}="));
        assert!(shown, "{names}, event {id}: no column for {path} in {row:?}");
    }
    for (column, cell) in row.iter().filter(|(column, _)| column != "other") {
        let there = expected.iter().any(|path| is_shown(path, column));
        assert!(there, "{names}, event {id}: no {column}, which is {cell}, in the document");
    }
}

#[test]
fn the_columns_are_the_paths_of_the_documents() {
    for vocabulary in vocabularies().iter().filter(|vocabulary| !vocabulary.is_own()) {
        check_columns(vocabulary.name, 8, remote_thread);
        check_columns(vocabulary.name, 8, newest);
        check_columns(vocabulary.name, 8, |builder| sysmon(builder, "8", &[]));
        let windows = |event: &&EventSchema| event.platform == Platform::Windows;
        for event in events().iter().filter(windows).filter(|event| vocabulary.covers(Some(event.id))) {
            let fields: Vec<_> = event.all_fields().map(|field| (field.name, typical(field))).collect();
            check_columns(vocabulary.name, event.id, |builder| {
                sysmon(builder, &event.id.to_string(), &fields);
            });
        }
    }
}

#[test]
fn a_row_has_the_constants_of_the_objects_it_has() {
    let cells = |fields: &[(&str, &str)]| -> Vec<_> {
        let row = typed_row("ocsf", |builder| sysmon(builder, "8", fields));
        row.into_iter()
            .map(|(name, _)| name)
            .filter(|name| name.ends_with("_type_id") || name.contains(".type_id"))
            .collect()
    };
    let always = ["injection_type_id", "device.type_id"];
    assert_eq!(cells(&[]), always);
    assert_eq!(cells(&[("TargetImage", "a")]), [&always[..], &["process.file.type_id"]].concat());
    let module = ["module.load_type_id"];
    assert_eq!(cells(&[("StartFunction", "f")]), [&always[..], &module].concat());
    let module = ["module.file.type_id", "module.load_type_id"];
    assert_eq!(cells(&[("StartModule", "m")]), [&always[..], &module].concat());
}

#[test]
fn the_parts_of_a_constant_list_are_told_apart() {
    let choice = Choice { ids: &[12], naming: Some(naming("ecs")), index: None };
    let table = written("csv", &choice, &build(|builder| sysmon(builder, "12", &[])));
    assert!(table.contains(",configuration; registry,"), "{table}");
}

/// Names that meet each other in some document: Sysmon's, of event 8 and of others, and our own keys.
const NAMES: &[&str] = &[
    "RuleName",
    "UtcTime",
    "SourceProcessGuid",
    "SourceProcessGUID",
    "SourceProcessId",
    "SourceImage",
    "TargetProcessGuid",
    "TargetProcessGUID",
    "TargetImage",
    "NewThreadId",
    "StartModule",
    "SourceUser",
    "User",
    "Hashes",
    "SequenceNumber",
    "data",
    "system",
    "user_data",
    "notes",
    "recovered",
    "unmapped",
    "",
    "New",
];

proptest::proptest! {
    /// Values are all different, so that one which another overwrites is missed.
    #[test]
    fn no_value_is_overwritten(
        names in proptest::collection::vec(proptest::sample::select(NAMES), 0..12),
        id in proptest::sample::select(&["8", "1", "10", "77"][..]),
    ) {
        for vocabulary in vocabularies().iter().filter(|row| row.covers(id.parse().ok())) {
            let document = document(vocabulary.name, |builder| {
                sysmon(builder, id, &[]);
                for (at, name) in names.iter().enumerate() {
                    data(builder, name, &format!("value{at}"));
                }
            });
            let mut found = Vec::new();
            texts(&document, &mut found);
            for at in 0..names.len() {
                let value = format!("value{at}");
                proptest::prop_assert!(found.contains(&value), "{}: {value} of {names:?} in {document}", vocabulary.name);
            }
        }
    }
}
