//! `baseline build`, `show` and `merge`, and `scan --baseline`.

use super::{Folder, run, run_with};

/// An agent that hooks Explorer on a host and a day of October, as a JSON line.
fn agent(host: u32, day: u32, module: &str) -> String {
    let fields = serde_json::json!({
        "UtcTime": format!("2020-10-{day:02} 12:00:00.000"),
        "SourceImage": r"C:\Program Files\Ours\agent.exe",
        "TargetImage": r"C:\Windows\explorer.exe",
        "StartAddress": "0x00007FFA10000000",
        "StartModule": module,
        "StartFunction": if module == "-" { "-" } else { "LoadLibraryW" },
    });
    let line = serde_json::json!({
        "event_id": 8,
        "record_id": day,
        "time": format!("2020-10-{day:02}T12:00:00.0000000Z"),
        "computer": format!("WS{host}"),
        "channel": "Microsoft-Windows-Sysmon/Operational",
        "provider": "Microsoft-Windows-Sysmon",
        "fields": fields,
    });
    format!("{line}\n")
}

const KERNEL32: &str = r"C:\Windows\System32\kernel32.dll";

fn fleet(hosts: std::ops::Range<u32>) -> String {
    hosts.flat_map(|host| (1..=14).map(move |day| agent(host, day, KERNEL32))).collect()
}

/// Builds a baseline from a log and gives its path.
fn built(folder: &Folder, name: &str, log: &str) -> String {
    let path = folder.arg(name);
    run_with(&["baseline", "build", "-o", &path, "-"], log.as_bytes()).exits(0).says(&["habit", "learnt"]);
    path
}

#[test]
fn of_nothing_no_baseline_is_built() {
    let folder = Folder::new();
    let path = folder.arg("a");
    run_with(&["baseline", "build", "-o", &path, "-"], b"").exits(3).says(&["no baseline was written"]);
    run_with(&["baseline", "build", "-o", &path, "-"], b"{\"event_id\": 8,\n").exits(3);
    assert!(!folder.path("a").exists());
}

#[test]
fn what_is_built_can_be_shown() {
    let folder = Folder::new();
    let path = built(&folder, "a", &fleet(0..3));
    let shown = run(&["baseline", "show", &path]).exits(0);
    assert!(
        shown.out.starts_with("3 hosts, 14 days from 2020-10-01 to 2020-10-14, 42 host-days\n"),
        "{shown:?}"
    );
    assert!(shown.out.contains("load-library") && shown.out.ends_with("\n1 habit\n"), "{shown:?}");
    let lines = run(&["baseline", "show", "--format", "jsonl", &path]).exits(0).out;
    let objects: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((objects.len(), &objects[0]["hosts"], &objects[1]["host_days"]), (2, &3.into(), &42.into()));
    run(&["baseline", "build", "-o", &path, &path]).exits(2).says(&["--force"]);
}

#[test]
fn merging_is_building_from_all() {
    let folder = Folder::new();
    let (left, right) = (built(&folder, "left", &fleet(0..3)), built(&folder, "right", &fleet(2..5)));
    let whole = run_with(&["baseline", "build", "-"], fleet(0..5).as_bytes()).exits(0).out;
    assert_eq!(run(&["baseline", "merge", &left, &right]).exits(0).out, whole);
    assert_eq!(run(&["baseline", "merge", &right, &left, &left]).exits(0).out, whole);
}

#[test]
fn a_scan_weighs_what_is_rare_and_what_is_common() {
    let folder = Folder::new();
    let known = built(&folder, "known", &fleet(0..20));
    let scan = |module: &str, args: &[&str]| {
        let log = agent(1, 20, module);
        run_with(&[&["scan", "--format", "jsonl"], args, &["-"]].concat(), log.as_bytes()).exits(0).out
    };
    let finding =
        |out: &str| -> serde_json::Value { serde_json::from_str(out.lines().next().unwrap()).unwrap() };
    let with = ["--baseline", known.as_str()];
    let (plain, rare) = (finding(&scan("-", &[])), finding(&scan("-", &with)));
    assert!(rare["score"].as_f64() > plain["score"].as_f64());
    let entries = rare["ledger"]["entries"].as_array().unwrap();
    let entry = |rule: &str| entries.iter().find(|entry| entry["rule"] == rule).cloned();
    assert_eq!(entry("rare-start").unwrap()["title"], "rare start (0 of 280 host-days of this source)");
    assert!(entry("common-behaviour").is_none());
    let usual = finding(&scan(KERNEL32, &with));
    assert!(usual["score"].as_f64() < finding(&scan(KERNEL32, &[]))["score"].as_f64());
}

#[test]
fn what_is_no_baseline_is_refused() {
    let folder = Folder::new();
    let log = folder.file("log.jsonl", agent(1, 1, "-"));
    let cut = folder.file("cut", &std::fs::read(built(&folder, "whole", &fleet(0..2))).unwrap()[..300]);
    let newer = folder.file("newer", "{\"kind\":\"threadhunt-baseline\",\"version\":7}\n");
    for (path, reason) in [
        (&log, "it is no baseline"),
        (&cut, "the end is missing"),
        (&newer, "version 7, and this program reads up to 1"),
    ] {
        run(&["baseline", "show", path]).exits(2).says(&["cannot use the baseline", reason]);
        run(&["baseline", "merge", path]).exits(2).says(&[reason]);
        run(&["scan", "--baseline", path, &log]).exits(2).says(&[reason]);
    }
    run(&["scan", "--baseline", "-", "-"]).exits(2).says(&["cannot be both a log and the baseline"]);
    run(&["scan", "--baseline", &folder.arg("none"), &log])
        .exits(2)
        .says(&["cannot use the baseline", "none"]);
}

/// Rules with a class of their own, and a scan without them.
#[test]
fn other_rules_are_told_of() {
    let folder = Folder::new();
    let weights = "[[rule]]\nname='ours'\ngroup='start'\nbits=1\ntitle='t'\nmeaning='m'\nreason='r'\nsource='s'\ntest={start=['function']}\n";
    let weights = folder.file("ours.toml", weights);
    let log = folder.file("log.jsonl", fleet(0..2));
    let path = folder.arg("known");
    run(&["baseline", "build", "--weights", &weights, "-o", &path, &log]).exits(0);
    run(&["scan", "--baseline", &path, &log])
        .exits(0)
        .says(&["learnt by other rules", "no start class ours"]);
    run(&["scan", "--weights", &weights, "--baseline", &path, &log]).exits(0).keeps_quiet_on("other rules");
}

#[test]
fn a_log_that_cannot_be_read_is_told_of() {
    let folder = Folder::new();
    let path = folder.arg("known");
    let log = folder.file("log.jsonl", fleet(0..1));
    run(&["baseline", "build", "-o", &path, &log, &folder.arg("none.evtx")]).exits(3).says(&["none.evtx"]);
    run(&["baseline", "show", &path]).exits(0);
}
