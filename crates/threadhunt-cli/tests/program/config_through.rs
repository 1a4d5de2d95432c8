//! `events --config` and `scan --config`: only what a configuration would log, under its names.

use serde_json::Value;

use super::{Folder, log, record_line, run, run_with};

const SYSMON: &str = "Microsoft-Windows-Sysmon";

/// Logs threads that begin in a thread with an odd number, and processes of evil.exe.
fn config(folder: &Folder) -> String {
    let odd: String = [1, 3, 5, 7].map(|id| format!("<NewThreadId>{id}</NewThreadId>")).concat();
    let text = format!(
        "<Sysmon schemaversion=\"4.90\"><EventFiltering><RuleGroup name=\"technique_id=T1055\" groupRelation=\"or\">\
         <CreateRemoteThread onmatch=\"include\">{odd}</CreateRemoteThread>\
         <ProcessCreate onmatch=\"include\"><Image condition=\"image\">evil.exe</Image></ProcessCreate>\
         </RuleGroup></EventFiltering></Sysmon>"
    );
    folder.file("config.xml", text)
}

#[test]
fn events_are_those_that_are_logged_with_their_names() {
    let folder = Folder::new();
    let (config, events) = (config(&folder), folder.file("log.jsonl", log(0..6)));
    let args = ["events", "--format", "jsonl", "--config", &config];
    let ran =
        run(&[&args[..], &[&events]].concat()).exits(0).says(&["config.xml drops 3 of 6 events asked for"]);
    assert_eq!(ran.ids(), [1, 3, 5]);
    for line in ran.out.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["fields"]["RuleName"], "technique_id=T1055");
    }
    let ran =
        run(&[&args[..], &["--where", "NewThreadId=*", "--computer", "WS01*", &events]].concat()).exits(0);
    assert_eq!(ran.says(&["drops 0 of 3 events asked for"]).ids(), [1, 3, 5]);
    let named =
        run(&[&args[..], &["--where", "RuleName=*T1055*", "--limit", "2", &events]].concat()).exits(0);
    assert_eq!(named.ids(), [1, 3], "conditions see the new names");
}

#[test]
fn other_providers_are_no_business_of_a_configuration() {
    let folder = Folder::new();
    let other = log(0..2) + &record_line(1, 2, "Other", "x") + &record_line(1, 3, SYSMON, "x");
    let (config, events) = (config(&folder), folder.file("log.jsonl", other));
    let ran = run(&["events", "--all-providers", "--format", "jsonl", "--config", &config, &events]).exits(0);
    assert_eq!(ran.says(&["drops 2 of 3"]).ids(), [1, 2]);
    let out = folder.arg("out.evtx");
    run(&["events", "--format", "evtx", "-o", &out, "--config", &config, &events]).exits(0);
    let read = run(&["events", "--format", "jsonl", &out]).exits(0);
    assert!(read.ids() == [1] && read.out.contains("technique_id=T1055"), "{read:#?}");
}

#[test]
fn a_scan_finds_what_would_have_been_logged() {
    let folder = Folder::new();
    let (config, events) = (config(&folder), folder.file("log.jsonl", log(0..6)));
    let args = ["scan", "--format", "jsonl", "--no-dedup"];
    let count = |out: &str| -> u64 {
        let objects = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        objects.filter_map(|object| object["count"].as_u64()).sum()
    };
    let channels = |out: &str| -> Vec<Value> {
        let objects = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        objects.map(|object| object["channels"].clone()).filter(Value::is_array).collect()
    };
    let whole = run(&[&args[..], &[&events]].concat()).exits(0).out;
    assert_eq!(count(&whole), 6);
    let ran = run(&[&args[..], &["--config", &config, &events]].concat()).exits(0);
    assert_eq!(count(&ran.out), 3, "{ran:#?}");
    assert_eq!(channels(&ran.out), channels(&whole), "what is dropped leaves no gap in the log");
    let none = folder.file("none.xml", "<Sysmon schemaversion=\"4.90\"/>");
    let silent = run(&["scan", "--config", &none, &events]).exits(0);
    assert!(silent.out.contains("never seen: silence proves nothing"), "{silent:#?}");
    assert!(ran.out.contains("T1055") && ran.err.contains("drops 3 of 6 events"), "{ran:#?}");
}

/// The second reading of a scan looks for names in events that the configuration may drop.
#[test]
fn names_come_only_from_events_that_would_have_been_logged() {
    let folder = Folder::new();
    let guid = "{a98268c1-9586-5acd-0000-001070a20000}";
    let event = |id: u16, record: u64, fields: Value| {
        let mut event: Value = serde_json::from_str(&record_line(id, record, SYSMON, "x")).unwrap();
        event["fields"] = fields;
        format!("{event}\n")
    };
    let thread = serde_json::json!({
        "UtcTime": "2020-10-17 11:00:01.000", "SourceProcessGuid": guid, "SourceImage": "<unknown process>",
        "TargetImage": "C:\\t.exe", "NewThreadId": 1,
    });
    let events = |image: &str| {
        let process = serde_json::json!({
            "UtcTime": "2020-10-17 11:00:00.000", "ProcessGuid": guid, "Image": image,
        });
        folder.file("log.jsonl", event(8, 1, thread.clone()) + &event(1, 3, process))
    };
    let config = config(&folder);
    let scan = |events: &str| run(&["scan", "--format", "jsonl", "--config", &config, events]).exits(0).out;
    assert!(scan(&events(r"C:\evil.exe")).contains("evil.exe"));
    assert!(!scan(&events(r"C:\other.exe")).contains("other.exe"), "event 1 of other.exe is dropped");
}

#[test]
fn an_unusable_configuration_ends_it_before_anything_is_read() {
    let folder = Folder::new();
    let bad = folder
        .file("bad.xml", "<Sysmon schemaversion=\"4.90\"><EventFiltering><Foo/></EventFiltering></Sysmon>");
    for name in ["events", "scan"] {
        let out = folder.arg("out");
        let ran = run(&[name, "--config", &bad, "-o", &out, &folder.arg("absent.evtx")]).exits(2);
        ran.says(&["error[unknown-element]"]).keeps_quiet_on("absent.evtx");
        assert!(!folder.path("out").exists());
        run(&[name, "--config", &folder.arg("none.xml"), "x"])
            .exits(2)
            .says(&["cannot read the configuration"]);
        run(&[name, "--config", "-", "-"]).exits(2).says(&["standard input cannot be both"]);
        run(&[name, "--sysmon", "13.2", "x"]).exits(2).says(&["--config <FILE>"]);
    }
}

#[test]
fn the_imitated_sysmon_counts() {
    let folder = Folder::new();
    let text = "<Sysmon schemaversion=\"4.22\"><EventFiltering><CreateRemoteThread onmatch=\"include\">\
        <NewThreadId>\n 1 \n</NewThreadId></CreateRemoteThread></EventFiltering></Sysmon>";
    let (config, events) = (folder.file("config.xml", text), folder.file("log.jsonl", log(0..3)));
    let ids = |sysmon: &str| {
        let args = ["events", "--format", "jsonl", "--config", &config, "--sysmon", sysmon, &events];
        run(&args).exits(0).ids()
    };
    assert_eq!((ids("13.2"), ids("15.15")), (vec![1], vec![]));
}

/// What the id alone settles is not decoded by `config run`, and is counted all the same.
#[test]
fn what_is_not_decoded_is_counted() {
    let folder = Folder::new();
    let kinds: String =
        [(3, 6), (8, 1), (1, 7), (300, 8), (4, 9)].map(|(id, n)| record_line(id, n, SYSMON, "x")).concat();
    let config = config(&folder);
    let args = |rest: &[&'static str]| [&["config", "run", "--format", "jsonl"], rest].concat();
    let with = |rest| run_with(&[&args(rest)[..], &[&config, "-"]].concat(), kinds.as_bytes()).exits(0);
    let logged = with(&[]);
    assert_eq!(logged.ids(), [1, 9]);
    logged.says(&["2 of 5 events logged"]);
    let dropped = with(&["--dropped"]);
    assert_eq!(dropped.ids(), [6, 7, 8]);
    dropped.says(&["2 of 5 events logged"]);
    let verdicts = run_with(&["config", "run", "--verdicts", &config, "-"], kinds.as_bytes()).exits(0);
    let logged: Vec<bool> = verdicts.out.lines().map(|line| line.contains("true")).collect();
    assert_eq!(logged, [false, true, false, false, true]);
}
