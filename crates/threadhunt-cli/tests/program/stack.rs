//! `stack`: limits, sorting and forms.

use super::{Folder, log, run, run_with};

#[test]
fn rows_are_limited_and_the_rest_is_told() {
    // Each record has a thread id of its own, and two computers take turns.
    let log = log(1..=5);
    let stacked = |args: &[&str]| run_with(&[&["stack"], args, &["-"]].concat(), log.as_bytes()).exits(0).out;
    assert!(stacked(&["--by", "computer"]).ends_with("\n2 rows; 5 threads, 2 pairs, 2 computers, 1 day\n"));
    let one = stacked(&["--by", "computer", "--sort", "threads", "--most", "--limit", "1"]);
    assert!(one.contains("ws01.corp.example") && !one.contains("ws02"), "{one}");
    assert!(one.contains("1 of 2 rows; 5 threads"), "{one}");
    let rarest = stacked(&["--by", "computer", "--sort", "threads", "--limit", "1"]);
    assert!(rarest.contains("ws02"), "{rarest}");
    assert!(stacked(&["--by", "computer", "--verbatim"]).contains("WS01.corp.example"));
}

#[test]
fn a_column_that_is_named_twice_is_refused() {
    let log = log(1..=1);
    run_with(&["stack", "--by", "source,target,source", "-"], log.as_bytes())
        .exits(2)
        .says(&["--by names source twice"]);
}

#[test]
fn every_form_has_all_rows() {
    let log = log(1..=4);
    let stacked = |format: &str| {
        run_with(&["stack", "--by", "computer,source", "--format", format, "-"], log.as_bytes()).exits(0).out
    };
    let csv = stacked("csv");
    assert!(csv.starts_with("computer,source,computers,days,pairs,threads,first,last\nws01.corp.example,c:\\temp\\inject.exe,1,1,"), "{csv}");
    let json = stacked("jsonl");
    assert_eq!((csv.lines().count(), json.lines().count()), (3, 3));
    let total: serde_json::Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&total["kind"], &total["threads"], &total["all_rows"]),
        (&"total".into(), &4.into(), &2.into())
    );
}

#[test]
fn a_log_without_remote_threads_says_so() {
    let folder = Folder::new();
    let empty = folder.file("log.jsonl", super::record_line(1, 1, "Microsoft-Windows-Sysmon", "a.exe"));
    assert_eq!(run(&["stack", &empty]).exits(0).out, "no remote threads found\n");
}

#[test]
fn an_unknown_column_is_refused_with_the_known_ones() {
    run(&["stack", "--by", "sauce", "x"]).exits(2).says(&["sauce"]);
    let help = run(&["stack", "--help"]).exits(0).out;
    assert!(help.contains("rule-name:") || help.contains("- rule-name"), "{help}");
}

#[test]
fn copies_count_once_unless_asked() {
    let folder = Folder::new();
    let path = folder.file("log.jsonl", log(1..=3));
    let threads =
        |args: &[&str]| run(&[&["stack", "--by", "start"], args, &[&path, &path]].concat()).exits(0).out;
    assert!(threads(&[]).contains("1 row; 3 threads"));
    assert!(threads(&["--no-dedup"]).contains("1 row; 6 threads"));
}

/// A message says no computer, so nothing proves that it is a copy of another record.
#[test]
fn messages_beside_a_log_are_said_to_count_once_more() {
    let folder = Folder::new();
    let logged = folder.file("in/log.jsonl", log(1..=1));
    let text = run(&["events", &logged]).exits(0).out;
    let message = text.split_once('\n').expect("a head").1.to_owned();
    let copied = folder.file("in/copied.txt", message);
    let note = "1 message says no computer; an event that lies in another record, too, is counted once more";
    run(&["stack", "--by", "source", &logged, &copied]).exits(0).says(&[note]);
    run(&["stack", "--by", "source", &copied]).exits(0).keeps_quiet_on("says no computer");
}
