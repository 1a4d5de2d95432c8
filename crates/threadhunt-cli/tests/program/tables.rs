//! `--format parquet` and `--format sqlite`, and reading both back.
#![cfg(feature = "lake")]

use std::fs;
use std::process::Command;

use super::{Folder, log, record_line, run};

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
fn tables_in_every_vocabulary_are_written_and_those_of_others_refused_as_logs() {
    let folder = Folder::new();
    let path = folder.file("log.jsonl", log(0..3));
    for names in ["sysmon", "ossem", "ossem-dd", "ecs", "ocsf", "car", "splunk", "udm"] {
        for format in ["parquet", "sqlite", "csv"] {
            let table = folder.arg(&format!("{names}.{format}"));
            run(&["events", "--format", format, "--names", names, "-o", &table, &path]).exits(0);
            let ran = run(&["events", "--format", "jsonl", "--stats", "json", &table, &path]);
            if names == "sysmon" {
                let ran = ran.exits(0);
                assert_eq!(ran.ids(), [0, 1, 2, 0, 1, 2]);
                let shape = if format == "csv" { "threadhunt-csv" } else { format };
                assert_eq!(ran.stats()["shapes"][shape], 3);
            } else {
                let whose = if format == "csv" { "others" } else { names };
                let reason = format!("in the names of {whose}, which is for queries");
                let ran =
                    ran.exits(3).says(&["lost[unknown-shape]", &table, &reason, "write it without --names"]);
                assert_eq!(ran.ids(), [0, 1, 2]);
            }
        }
    }
    // Where it was only found it is a loss, too: it does hold events.
    let found = folder.arg("");
    run(&["events", "--format", "jsonl", "-q", &found]).exits(3).says(&["ecs.sqlite", "in the names of ecs"]);
}

#[test]
fn a_directory_of_parquet_in_the_names_of_others() {
    let folder = Folder::new();
    let other = record_line(1, 4, "Microsoft-Windows-Sysmon", "x") + &record_line(1, 5, "Other", "x");
    let path = folder.file("log.jsonl", log(0..3) + &other);
    let out = folder.arg("out/");
    run(&["events", "--all-providers", "--format", "parquet", "--names", "ecs", "-o", &out, &path]).exits(0);
    for name in ["event_1", "event_8", "other"] {
        assert!(folder.path(&format!("out/{name}.parquet")).is_file(), "{name}");
    }
    run(&["events", "--format", "parquet", "--names", "ocsf", "-o", &out, &path]).exits(2).says(&["--force"]);
}

#[test]
fn tables_are_among_the_shapes_and_cannot_be_forced() {
    let shapes = run(&["shapes"]).exits(0).out;
    for name in ["parquet ", "sqlite ", "threadhunt-csv "] {
        assert!(shapes.lines().any(|line| line.starts_with(name)), "{name}");
    }
    run(&["events", "--shape", "Parquet", "x"]).exits(2).says(&["parquet is known by its first bytes alone"]);
}

#[test]
fn a_failed_table_leaves_no_file() {
    let folder = Folder::new();
    let sysmon = "Microsoft-Windows-Sysmon";
    let path = folder.file("log.jsonl", log(0..3) + &record_line(1, 4, sysmon, "x"));
    for (format, name) in [("parquet", "event_8.parquet"), ("evtx", "8-CreateRemoteThread.evtx")] {
        // The second file of the directory cannot be made.
        fs::create_dir_all(folder.path(format).join(name)).unwrap();
        let out = folder.arg(format);
        run(&["events", "--all", "--format", format, "-o", &out, &path]).exits(2).says(&[name, "directory"]);
        assert_eq!(fs::read_dir(folder.path(format)).unwrap().count(), 1, "only what was there");
    }
    let readable = folder.arg("missing/a.db");
    let ran = run(&["events", "--format", "sqlite", "-o", &readable, &path]).exits(2);
    ran.says(&["cannot write to", &readable, "there is no directory"]).keeps_quiet_on(".part");
    assert!(!folder.path("missing").exists());
}

/// A disk that takes no more, here by a limit of the shell: told of once, with the file that was asked for.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_takes_no_more_is_told_of_once() {
    let folder = Folder::new();
    let path = folder.file("log.jsonl", log(0..3000));
    for format in ["jsonl", "csv", "evtx", "parquet", "sqlite"] {
        let out = folder.arg(&format!("out.{format}"));
        let limited = "trap '' XFSZ; ulimit -f 8; exec \"$0\" events --format \"$1\" -q -o \"$2\" \"$3\"";
        let program = env!("CARGO_BIN_EXE_threadhunt");
        let ran = Command::new("sh").args(["-c", limited, program, format, &out, &path]).output().unwrap();
        let said = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(2), "{said}");
        assert_eq!(said.matches(&format!("cannot write to {out}: ")).count(), 1, "{said}");
        assert!(!said.contains(".part") && !said.contains("External"), "{said}");
        assert!(!folder.path(&format!("out.{format}")).exists());
    }
}

/// What is there already ends the reading at the first event that would go there, not at its end.
#[test]
fn a_file_that_is_there_is_found_before_all_is_read() {
    let folder = Folder::new();
    let first = folder.file("a.jsonl", log([1]));
    let later = folder.file("b.jsonl", b"{\"no\": 1}\n".repeat(3));
    for format in ["jsonl", "csv", "evtx", "parquet"] {
        let out = folder.arg(&format!("{format}/"));
        let args = ["events", "--format", format, "-o", &out, "--threads", "1", &first, &later];
        run(&args).exits(3).says(&["b.jsonl"]);
        run(&args).exits(2).says(&["it exists; --force replaces it"]).keeps_quiet_on("b.jsonl");
        run(&[&args[..], &["--force"]].concat()).exits(3);
    }
}

#[test]
fn a_table_needs_a_place() {
    for (arguments, reason) in [
        (&["--format", "parquet"][..], "name a file or a directory"),
        (&["--format", "sqlite"], "name a file with --output"),
        (&["--format", "sqlite", "-o", "nowhere/"], "a database is one file"),
        (&["--format", "sqlite", "-o", "."], "such as ./events.db"),
        (&["--format", "parquet", "--all", "-o", "x.parquet"], "a Parquet file holds one event type"),
        (&["--format", "sqlite", "--names", "car", "--all", "-o", "x.db"], "car has names for event 8 only"),
    ] {
        run(&[&["events"], arguments, &[EXAMPLES]].concat()).exits(2).says(&[reason]);
    }
}

#[test]
fn characters_that_a_table_cannot_hold_are_told_of() {
    let folder = Folder::new();
    let log = folder
        .file("a.jsonl", "{\"id\":8,\"fields\":{\"TargetImage\":\"c\\ud800\",\"Future\":\"\\udc00\"}}\n");
    for (format, out) in [("sqlite", "a.db"), ("parquet", "a.parquet"), ("parquet", "lake/")] {
        for (names, is_told) in [("ecs", true), ("ossem", true), ("sysmon", false)] {
            let out = folder.path(&format!("{names}-{out}"));
            let out = out.to_str().expect("a name in Unicode");
            let ran = run(&["events", "--format", format, "--names", names, "-o", out, &log]).exits(0);
            if is_told {
                ran.says(&["warning: 2 characters", "--format jsonl without --names keeps all"]);
            } else {
                ran.keeps_quiet_on("cannot hold");
            }
        }
    }
}
