//! `threadhunt events` in the names of others, and into a directory.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use super::{Folder, Ran, log, record_line, run, shared};

fn events(args: &[&str]) -> Ran {
    run(&[&["events"], args].concat())
}

fn lines(ran: &Ran) -> Vec<Value> {
    ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_vocabulary_is_written_by_every_format_that_renames() {
    let folder = Folder::new();
    let path = folder.file("log.jsonl", log(0..3));
    for names in ["sysmon", "ossem", "ossem-dd", "ecs", "ocsf", "car", "splunk", "udm"] {
        for (format, count) in [("jsonl", 3), ("csv", 4), ("bulk", 6)] {
            let ran = events(&["--format", format, "--names", names, &path]).exits(0);
            assert_eq!(ran.out.lines().count(), count, "{names} as {format}: {ran:#?}");
        }
    }
    let help = run(&["events", "--help"]).exits(0).out;
    for part in ["--names", "ossem-dd", "--ecs-action", "--index", "timesketch", "bulk", "--names ossem"] {
        assert!(help.contains(part), "{part}");
    }
}

#[test]
fn names_go_with_formats_that_rename_only() {
    let folder = Folder::new();
    let path = folder.file("log.jsonl", log(0..3));
    let out = folder.arg("out.evtx");
    for format in ["text", "xml", "timesketch", "evtx"] {
        for names in ["sysmon", "ecs"] {
            let args = ["--format", format, "--names", names, "-o", &out, &path];
            let ran = events(&args).exits(2).says(&["error", format, "jsonl, csv, bulk"]);
            assert_eq!(ran.out, "");
        }
    }
    assert!(!folder.path("out.evtx").exists());
    events(&["--names", "ecs", &path]).exits(2).says(&["text has names of its own"]);
    for (args, reason) in [
        (&["--format", "jsonl", "--names", "stix"][..], "possible values: sysmon, ossem"),
        (
            &["--format", "jsonl", "--names", "ocsf", "--all"],
            "for every event there are sysmon, ossem, ossem-dd, ecs",
        ),
        (&["--format", "jsonl", "--names", "car", "--id", "8,10"], "car has names for event 8 only"),
        (&["--format", "jsonl", "--names", "ossem", "--ecs-action", "short"], "--names ecs"),
        (&["--format", "jsonl", "--index", "x"], "--index is for --format bulk"),
        (&["--format", "bulk", "--index", "Sysmon"], "no upper-case letters"),
    ] {
        let ran = events(&[args, &[&path]].concat()).exits(2).says(&[reason]);
        assert_eq!(ran.out, "");
    }
}

#[test]
fn bulk_is_idempotent_and_of_ecs_unless_told_otherwise() {
    let folder = Folder::new();
    let path = folder.file("log.jsonl", log(0..3));
    let xml = folder.arg("log.xml");
    events(&["--format", "xml", "-o", &xml, &path]).exits(0);
    let ids = |args: &[&str]| -> Vec<Value> {
        let lines = lines(&events(&[&["--format", "bulk"], args].concat()).exits(0));
        lines.chunks(2).map(|pair| pair[0]["create"].clone()).collect()
    };
    let first = ids(&[&path]);
    assert_eq!(first[0]["_index"], "logs-windows.sysmon_operational-default");
    let distinct: BTreeSet<_> = first.iter().map(|action| action["_id"].to_string()).collect();
    assert_eq!(distinct.len(), 3);
    assert_eq!(ids(&["--threads", "2", &xml]), first, "from another shape");
    assert!(ids(&["--index", "mine", &path]).iter().all(|action| action["_index"] == "mine"));
    assert!(ids(&["--names", "ossem", &path]).iter().all(|action| action["_index"] == "sysmon-ossem"));
    let documents = lines(&events(&["--format", "bulk", "--ecs-action", "short", &path]));
    assert_eq!(documents[1]["event"]["action"], "CreateRemoteThread");
}

#[test]
fn an_event_has_one_id_whatever_it_was_read_from() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/ws-anna.evtx");
    let folder = Folder::new();
    let ids = |path: &str| -> Vec<String> {
        let ran = events(&["--all", "--format", "bulk", "-q", path]).exits(0);
        let actions = lines(&ran).into_iter().step_by(2);
        actions.map(|action| action["create"]["_id"].as_str().unwrap().to_owned()).collect()
    };
    let of_log = ids(example);
    assert_eq!(of_log.iter().collect::<BTreeSet<_>>().len(), of_log.len());
    assert!(of_log.len() > 100);
    for format in ["jsonl", "xml", "evtx"] {
        let copy = folder.arg(&format!("copy.{format}"));
        events(&["--all", "--format", format, "-q", "-o", &copy, example]).exits(0);
        assert_eq!(ids(&copy), of_log, "{format}");
    }
}

#[test]
fn real_events_have_one_id_in_all_their_shapes() {
    let Some(data) = shared().map(|shared| shared.join("data")).filter(|data| data.is_dir()) else { return };
    let ran = events(&["--format", "bulk", "--names", "sysmon", "-q", data.to_str().unwrap()]);
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let lines = lines(&ran);
    for pair in lines.chunks(2) {
        let (event, fields) = (&pair[1], &pair[1]["fields"]);
        let host = event["computer"].as_str().unwrap_or_default().to_lowercase();
        let host = host.split('.').next().unwrap_or_default();
        let key = ["UtcTime", "NewThreadId", "SourceProcessId", "StartAddress"].map(|name| &fields[name]);
        ids.entry(format!("{host} {key:?}")).or_default().insert(pair[0]["create"]["_id"].to_string());
    }
    assert!(ids.len() > 200 && lines.len() / 2 > 4 * ids.len(), "{} of {}", ids.len(), lines.len() / 2);
    let several: Vec<_> = ids.iter().filter(|(_, ids)| ids.len() > 1).map(|(key, _)| key).collect();
    // Of this event one tool wrote the paths in lower case, so the content differs.
    let [changed] = several[..] else { panic!("{several:?}") };
    assert!(changed.contains("2019-05-18 22:15:33.007"), "{changed}");
}

#[test]
fn lines_for_timesketch_have_what_its_import_needs() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/ws-anna.evtx");
    let ran = events(&["--all-providers", "--format", "timesketch", example]).exits(0);
    let lines = lines(&ran);
    assert!(lines.len() > 100);
    for line in &lines {
        let text = |key: &str| line[key].as_str().unwrap_or_else(|| panic!("no {key} in {line}"));
        assert!(!text("message").is_empty() && !text("timestamp_desc").is_empty(), "{line}");
        // Microseconds since 1970, and the same instant in ISO 8601 with the zone.
        let instant: jiff::Timestamp = text("datetime").parse().unwrap();
        assert_eq!(line["timestamp"], instant.as_microsecond(), "{line}");
        assert!(text("datetime").ends_with("+00:00"), "{line}");
    }
}

/// Names of the files in a directory.
fn files(folder: &Folder, name: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder.path(name)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Events 8, 1, one that the schema does not know, and a record of another provider.
fn mixed(folder: &Folder) -> String {
    let sysmon = "Microsoft-Windows-Sysmon";
    let records = [(1, 10, sysmon), (77, 11, sysmon), (8, 12, "Other"), (8, 13, sysmon)];
    let records = records.map(|(id, record, provider)| record_line(id, record, provider, "x"));
    folder.file("mixed.jsonl", log(0..2) + &records.concat())
}

#[test]
fn a_file_that_timesketch_would_not_take_is_told_of() {
    let folder = Folder::new();
    let path = folder.file("log.jsonl", log(0..1));
    let events = |name: &str| events(&["--format", "timesketch", "-o", &folder.arg(name), &path]).exits(0);
    events("a.json").says(&["note", ".jsonl"]);
    events("b.jsonl").keeps_quiet_on("Timesketch");
    events("c/").keeps_quiet_on("Timesketch");
    assert!(folder.path("c/8-CreateRemoteThread.jsonl").exists());
}

#[test]
fn a_directory_gets_a_file_for_each_type() {
    let folder = Folder::new();
    let path = mixed(&folder);
    let out = folder.arg("out/");
    events(&["--all-providers", "--format", "jsonl", "-o", &out, &path]).exits(0);
    let expected =
        ["1-ProcessCreate.jsonl", "8-CreateRemoteThread.jsonl", "other-providers.jsonl", "unknown.jsonl"];
    assert_eq!(files(&folder, "out"), expected.map(str::to_owned).into());
    let count = |name: &str| fs::read_to_string(folder.path("out").join(name)).unwrap().lines().count();
    assert_eq!(expected.map(count), [1, 3, 1, 1]);
    let whole = run(&["events", "--all-providers", "--format", "jsonl", &path]).out;
    let threads = fs::read_to_string(folder.path("out/8-CreateRemoteThread.jsonl")).unwrap();
    assert!(threads.lines().all(|line| whole.contains(line)));
    // What is there is kept, and nothing beside it is left.
    events(&["--format", "jsonl", "-o", &out, &path])
        .exits(2)
        .says(&["8-CreateRemoteThread.jsonl", "--force"]);
    assert_eq!(fs::read_to_string(folder.path("out/8-CreateRemoteThread.jsonl")).unwrap(), threads);
    assert_eq!(files(&folder, "out").len(), 4);
    events(&["--format", "jsonl", "--limit", "1", "--force", "-o", &out, &path]).exits(0);
    assert_eq!(count("8-CreateRemoteThread.jsonl"), 1);
}

#[test]
fn what_is_in_a_directory_is_replaced_only_by_force_in_every_format() {
    let folder = Folder::new();
    let path = mixed(&folder);
    let tables = if cfg!(feature = "lake") { &["parquet"][..] } else { &[] };
    for format in ["text", "jsonl", "csv", "xml", "bulk", "timesketch", "evtx"].iter().chain(tables) {
        let out = folder.arg(&format!("{format}/"));
        let args = ["--all", "--format", format, "-o", &out];
        events(&[&args[..], &[&path]].concat()).exits(0);
        let content = || -> Vec<_> {
            let names = files(&folder, format).into_iter();
            names.map(|name| (fs::read(folder.path(format).join(&name)).unwrap(), name)).collect()
        };
        let first = content();
        let ends = [("text", "txt"), ("bulk", "ndjson"), ("timesketch", "jsonl")];
        let end = ends.iter().find(|(name, _)| name == format).map_or(*format, |(_, end)| end);
        let expected = match *format {
            "parquet" => ["event_1.parquet", "event_8.parquet", "other.parquet"].map(str::to_owned),
            _ => ["1-ProcessCreate", "8-CreateRemoteThread", "unknown"].map(|name| format!("{name}.{end}")),
        };
        assert_eq!(first.iter().map(|(_, name)| name).collect::<Vec<_>>(), expected.each_ref());
        let limited = [&args[..], &["--limit", "1", &path]].concat();
        events(&limited).exits(2).says(&["--force", &expected[1]]);
        assert!(content() == first, "{format} keeps what is there");
        events(&[&limited[..], &["--force"]].concat()).exits(0);
        let second = content();
        assert!(second.len() == 3 && second[0] == first[0] && second[1] != first[1], "{format}");
    }
}

#[test]
fn files_of_a_directory_are_framed_each() {
    let folder = Folder::new();
    let path = mixed(&folder);
    for format in ["xml", "csv"] {
        let out = folder.arg(&format!("{format}/"));
        events(&["--all", "--format", format, "-o", &out, &path]).exits(0);
    }
    let xml = fs::read_to_string(folder.path("xml/1-ProcessCreate.xml")).unwrap();
    assert!(xml.starts_with("<Events>\n") && xml.ends_with("</Events>\n"), "{xml}");
    let csv = fs::read_to_string(folder.path("csv/8-CreateRemoteThread.csv")).unwrap();
    assert!(csv.lines().next().unwrap().ends_with("SourceUser,TargetUser,other"), "{csv}");
    let out = folder.arg("named/");
    events(&["--all", "--format", "csv", "--names", "ossem", "-o", &out, &path]).exits(0);
    let csv = fs::read_to_string(folder.path("named/8-CreateRemoteThread.csv")).unwrap();
    assert!(csv.contains("thread_start_module") && !csv.contains("process_command_line"), "{csv}");
}

#[test]
fn a_failed_run_leaves_no_file_in_the_directory() {
    let folder = Folder::new();
    let path = mixed(&folder);
    fs::create_dir_all(folder.path("out/8-CreateRemoteThread.jsonl")).unwrap();
    let out = folder.arg("out");
    let ran = events(&["--all", "--format", "jsonl", "-o", &out, &path]).exits(2);
    ran.says(&["cannot write to", "8-CreateRemoteThread.jsonl", "directory"]);
    assert_eq!(files(&folder, "out").len(), 1, "only what was there");
}
