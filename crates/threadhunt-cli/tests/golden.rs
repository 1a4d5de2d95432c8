//! Golden outputs of every command on the example logs: what a person or a pipeline gets, to the byte.
//!
//! Runs from the workspace's root, so that paths in the output are those of the README. A change of an
//! output shows as a changed file in `golden/`; `INSTA_UPDATE=always cargo test --test golden` accepts it.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Standard output, then standard error without what differs between runs, then the exit status.
#[track_caller]
fn check(name: &str, args: &[&str]) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_threadhunt")).args(args).current_dir(root()).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    let err: Vec<_> = err.lines().map(without_speed).collect();
    let code = output.status.code().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let text = format!(
        "$ threadhunt {}\n{out}---- standard error\n{}\n---- exit {code}\n",
        args.join(" "),
        err.join("\n")
    );
    insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

/// The summary ends with seconds and speed, which no two runs share.
fn without_speed(line: &str) -> &str {
    match line.rsplit_once(" lost, ") {
        Some((_, speed)) if speed.ends_with("MB/s") => &line[..line.len() - speed.len()],
        _ => line,
    }
}

#[test]
fn scan_as_a_table() {
    check("scan-table", &["scan", "examples"]);
}

#[test]
fn scan_as_json_lines() {
    check("scan-jsonl", &["scan", "--format", "jsonl", "examples/ws-anna.evtx", "examples/srv-files.evtx"]);
}

#[test]
fn scan_as_csv() {
    check("scan-csv", &["scan", "--format", "csv", "examples"]);
}

#[test]
fn events_in_every_format() {
    for format in ["text", "jsonl", "csv", "xml"] {
        let args = ["events", "--format", format, "--where", "StartModule=-", "examples/ws-anna.evtx"];
        check(&format!("events-{format}"), &args);
    }
}

#[test]
fn events_of_several_ids() {
    check("events-ids-csv", &["events", "--id", "4,16,255", "--format", "csv", "examples/ws-ben.evtx"]);
    check("events-all-text", &["events", "--all", "--limit", "5", "examples/ws-cara.evtx"]);
}

#[test]
fn records_of_other_providers() {
    for format in ["text", "jsonl", "xml"] {
        let args = ["events", "--all-providers", "--format", format, "examples/other-provider.evtx"];
        check(&format!("events-other-{format}"), &args);
    }
}

#[test]
fn a_damaged_log() {
    check("events-damaged", &["events", "--format", "csv", "--id", "10", "examples/damaged.evtx"]);
}

#[test]
fn the_shapes() {
    check("shapes-text", &["shapes"]);
    check("shapes-json", &["shapes", "--format", "json"]);
}

#[test]
fn the_dictionary() {
    check("dictionary-8", &["dictionary", "8"]);
    check("dictionary-field", &["dictionary", "StartModule"]);
}

#[test]
fn formats_are_read_back_as_the_same_events() {
    let folder = tempfile::tempdir().unwrap();
    let events = |format: &str, input: &str, out: &Path| {
        let status = Command::new(env!("CARGO_BIN_EXE_threadhunt"))
            .args(["events", "--all-providers", "-q", "--format", format, "--force", "-o"])
            .arg(out)
            .arg(input)
            .current_dir(root())
            .status()
            .unwrap();
        assert!(status.success(), "{format} of {input}");
    };
    for log in ["examples/ws-anna.evtx", "examples/ws-ben.evtx", "examples/other-provider.evtx"] {
        let lines = folder.path().join("direct.jsonl");
        events("jsonl", log, &lines);
        for format in ["jsonl", "xml", "evtx"] {
            let (there, back) = (folder.path().join(format), folder.path().join("back.jsonl"));
            events(format, log, &there);
            events("jsonl", there.to_str().unwrap(), &back);
            assert_eq!(without_source(&lines), without_source(&back), "{log} by way of {format}");
        }
    }
}

/// Lines without where they were read from, which is another place each time.
fn without_source(lines: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(lines).unwrap();
    text.lines().map(|line| line.rsplit_once(",\"source\":").unwrap().0.to_owned()).collect()
}
