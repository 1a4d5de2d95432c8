//! Interrupted runs: exit status 130, and nothing is left of what was begun, in whatever format.
//!
//! The program reads from a pipe that stays open, so that it is in the middle of its work whenever the interrupt
//! comes. An interrupt that comes while another is obeyed ends the program at once.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Folder, command, log};

/// How long the slowest machine may take for a step.
const PATIENCE: Duration = Duration::from_secs(60);

const FORMATS: &[&str] = &[
    "text",
    "jsonl",
    "csv",
    "xml",
    "bulk",
    "timesketch",
    "evtx",
    #[cfg(feature = "lake")]
    "parquet",
    #[cfg(feature = "lake")]
    "sqlite",
];

/// Whether a file in the making is in a directory or one below it.
fn has_begun(directory: &Path) -> bool {
    // A directory may go while it is looked at.
    let entries = fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.into_iter().any(|path| path.extension().is_some_and(|end| end == "part") || has_begun(&path))
}

/// Waits until something holds, and gives up after a while.
#[track_caller]
fn wait(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).stderr(Stdio::null()).status();
    // The second one may come when the program has gone.
    sent.unwrap();
}

/// Interrupts a run that has begun to write to this output, so often; nothing of it may be left.
#[track_caller]
fn check(format: &str, output: &str, times: u32) {
    let folder = Folder::new();
    let output = folder.arg(output);
    let mut child = command(&["events", "--format", format, "-o", &output, "-q", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let records = log(0..200);
    wait("a file is begun", || {
        stdin.write_all(records.as_bytes()).unwrap();
        has_begun(folder.0.path())
    });
    (0..times).for_each(|_| interrupt(&child));
    wait("the program ends, though its input does not", || child.try_wait().unwrap().is_some());
    assert_eq!(child.wait().unwrap().code(), Some(130), "{format} to {output}");
    let left: Vec<_> = fs::read_dir(folder.0.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "{format} to {output}, interrupted {times} times: {left:?}");
}

#[test]
fn an_interrupted_file_leaves_nothing() {
    FORMATS.iter().for_each(|format| check(format, "out", 1));
}

#[test]
fn an_interrupted_directory_leaves_nothing() {
    FORMATS.iter().filter(|format| **format != "sqlite").for_each(|format| check(format, "new/", 1));
    check("jsonl", "new/and/deep/", 1);
}

#[test]
fn a_second_interrupt_leaves_nothing_either() {
    for times in [2, 3] {
        FORMATS.iter().for_each(|format| check(format, "out", times));
        check("jsonl", "new/", times);
    }
}
