//! `--format parquet` and `--format sqlite`, and reading both back.
#![cfg(feature = "lake")]

use std::fs;

use super::run;

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");

/// All events of the examples as JSON lines, without where they were read.
fn events(paths: &[&str]) -> Vec<String> {
    let ran = run(&[&["events", "--all", "--format", "jsonl", "-q"], paths].concat());
    let event = |line: &str| line.split(",\"source\":").next().unwrap_or_default().to_owned();
    ran.out.lines().map(event).collect()
}

#[test]
fn a_database_is_a_log_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("events.db");
    let path = path.to_str().expect("a name in Unicode");
    // One of the examples is damaged.
    run(&["events", "--all", "--format", "sqlite", "-o", path, "-q", EXAMPLES]).exits(3);
    assert_eq!(events(&[path]), events(&[EXAMPLES]));
    assert_eq!(fs::read_dir(directory.path()).expect("entries").count(), 1);
    run(&["events", "--all", "--format", "sqlite", "-o", path, "-q", EXAMPLES]).exits(2).says(&["--force"]);
}

#[test]
fn a_directory_of_parquet_is_logs_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().to_str().expect("a name in Unicode");
    run(&["events", "--all", "--format", "parquet", "-o", path, "-q", EXAMPLES]);
    assert!(directory.path().join("event_8.parquet").is_file());
    let (mut found, mut expected) = (events(&[path]), events(&[EXAMPLES]));
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_table_needs_a_place() {
    for (arguments, reason) in [
        (&["--format", "parquet"][..], "name a file or a directory"),
        (&["--format", "sqlite"], "name a file with --output"),
        (&["--format", "parquet", "--all", "-o", "x.parquet"], "a Parquet file holds one event type"),
        (&["--format", "sqlite", "--names", "ecs", "-o", "x.db"], "names of its own"),
    ] {
        run(&[&["events"], arguments, &[EXAMPLES]].concat()).exits(2).says(&[reason]);
    }
}
