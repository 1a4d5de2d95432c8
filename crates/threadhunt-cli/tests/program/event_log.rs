//! `threadhunt events --format evtx`: a log from logs.

use std::fs;

use super::{Folder, log, record_line, run};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/ws-anna.evtx");

fn jsonl(path: &str) -> String {
    let out = run(&["events", "--all-providers", "--format", "jsonl", path]).exits(0).out;
    // All but the place, which is another.
    let before_source = |line: &str| line.split(",\"source\":").next().unwrap().to_owned() + "\n";
    out.lines().map(before_source).collect()
}

#[test]
fn a_whole_log_reads_back_the_same() {
    let folder = Folder::new();
    let copy = folder.arg("copy.evtx");
    run(&["events", "--all", "--format", "evtx", "-o", &copy, EXAMPLE]).exits(0);
    let before = jsonl(EXAMPLE);
    assert_eq!(before.lines().count(), 134);
    assert_eq!(jsonl(&copy), before);
}

#[test]
fn a_subset_holds_what_was_asked_for() {
    let folder = Folder::new();
    let subset = folder.arg("subset.evtx");
    run(&["events", "--where", "StartFunction=LoadLibraryW", "--format", "evtx", "-o", &subset, EXAMPLE])
        .exits(0);
    assert_eq!(run(&["events", "--all-providers", "--format", "jsonl", &subset]).exits(0).ids(), [48294]);
}

#[test]
fn other_kinds_of_logs_become_event_logs() {
    let folder = Folder::new();
    let source = folder.file("a.jsonl", log(0..40) + &record_line(8, 77, "Other", "x"));
    let made = folder.arg("made.evtx");
    run(&["events", "--all-providers", "--limit", "41", "--format", "evtx", "-o", &made, &source]).exits(0);
    assert_eq!(jsonl(&made), jsonl(&source));
    run(&["events", "--limit", "3", "--force", "--format", "evtx", "-o", &made, &source]).exits(0);
    assert_eq!(jsonl(&made).lines().count(), 3);
}

#[test]
fn a_directory_gets_a_log_for_each_type() {
    let folder = Folder::new();
    let sysmon = "Microsoft-Windows-Sysmon";
    let more = [(1, 10, sysmon), (77, 11, sysmon), (8, 12, "Other"), (8, 13, sysmon)];
    let more: String =
        more.iter().map(|(id, record, provider)| record_line(*id, *record, provider, "x")).collect();
    let source = folder.file("a.jsonl", log(0..2) + &more);
    let out = folder.arg("out/");
    run(&["events", "--all-providers", "--format", "evtx", "-o", &out, &source]).exits(0);
    let mut names: Vec<_> =
        fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let expected =
        ["1-ProcessCreate.evtx", "8-CreateRemoteThread.evtx", "other-providers.evtx", "unknown.evtx"];
    assert_eq!(names, expected);
    let ids = |name: &str| {
        let path = folder.arg(&format!("out/{name}"));
        run(&["events", "--all-providers", "--format", "jsonl", &path]).exits(0).ids()
    };
    assert_eq!(expected.map(ids), [vec![10], vec![0, 1, 13], vec![12], vec![11]]);
    // What is there is kept, whatever else could be written.
    run(&["events", "--all", "--format", "evtx", "-o", &out, &source]).exits(2).says(&["--force"]);
    run(&["events", "--limit", "1", "--force", "--format", "evtx", "-o", &out, &source]).exits(0);
    assert_eq!(ids("8-CreateRemoteThread.evtx"), [0]);
}

#[test]
fn standard_output_is_refused() {
    for args in
        [&["events", "--format", "evtx", EXAMPLE][..], &["events", "--format", "evtx", "-o", "-", EXAMPLE]]
    {
        let ran = run(args).exits(2).says(&["standard output", "--output"]);
        assert_eq!(ran.out, "");
    }
}

#[test]
fn a_record_that_no_log_holds_is_a_loss() {
    let folder = Folder::new();
    let huge = record_line(8, 5, "Microsoft-Windows-Sysmon", &"x".repeat(40_000));
    let source = folder.file("a.jsonl", log(0..5) + &huge + &log(6..8));
    let made = folder.arg("made.evtx");
    run(&["events", "--format", "evtx", "-o", &made, &source]).exits(3).says(&["lost[limit]", "(record 5)"]);
    assert_eq!(run(&["events", "--format", "jsonl", &made]).exits(0).ids(), [0, 1, 2, 3, 4, 6, 7]);
    assert!(fs::metadata(&made).is_ok());
}
