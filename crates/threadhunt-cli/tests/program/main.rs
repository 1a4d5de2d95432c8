//! The program's manners: what it prints where, and with which exit status.
//!
//! Inputs are written by the tests, as JSON lines where the kind of log does not matter.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests may fail, and say why they were skipped")]

mod bad_input;
mod baseline;
mod bombs;
mod config;
mod config_cases;
mod config_explain;
mod config_input;
mod config_reshape;
mod config_sarif;
mod config_through;
mod containers;
mod event_log;
mod events;
mod inputs;
#[cfg(unix)]
mod interrupted;
mod members;
mod names;
mod odd_values;
mod package;
mod process;
mod scan_manners;
mod scan_sigma;
mod sigma;
mod stack;
mod tables;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What a run of the program left.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_threadhunt"));
    command.args(args).env_remove("NO_COLOR");
    command
}

/// Runs the program with bytes on its standard input.
fn run_with(args: &[&str], input: &[u8]) -> Ran {
    let mut command = command(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn run(args: &[&str]) -> Ran {
    run_with(args, b"")
}

impl Ran {
    /// The exit status was this, and the last line the summary.
    #[track_caller]
    fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Some line on standard error has all these parts.
    #[track_caller]
    fn says(self, parts: &[&str]) -> Self {
        assert!(
            self.err.lines().any(|line| parts.iter().all(|part| line.contains(part))),
            "{parts:?}: {self:#?}"
        );
        self
    }

    #[track_caller]
    fn keeps_quiet_on(self, part: &str) -> Self {
        assert!(!self.err.contains(part), "{part}: {self:#?}");
        self
    }

    /// The record ids of the JSON lines on standard output, in order.
    #[track_caller]
    fn ids(&self) -> Vec<u64> {
        let id = |line: &str| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["record_id"].as_u64().unwrap()
        };
        self.out.lines().map(id).collect()
    }

    /// The summary in its JSON form, which is the last line.
    #[track_caller]
    fn stats(&self) -> serde_json::Value {
        serde_json::from_str(self.err.lines().last().expect("a last line")).unwrap()
    }
}

/// A folder of logs for one test.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The path as an argument.
    fn arg(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Writes a file and gives its path as an argument.
    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        self.arg(name)
    }
}

/// An event 8 as a JSON line.
fn remote_thread(record: u64) -> String {
    record_line(8, record, "Microsoft-Windows-Sysmon", r"C:\Temp\inject.exe")
}

fn record_line(id: u16, record: u64, provider: &str, image: &str) -> String {
    let fields = serde_json::json!({
        "RuleName": "-",
        "UtcTime": format!("2020-10-17 11:{:02}:{:02}.000", record / 60 % 60, record % 60),
        "SourceImage": image,
        "TargetImage": r"C:\Windows\System32\lsass.exe",
        "NewThreadId": record,
        "StartModule": "",
    });
    let line = serde_json::json!({
        "event_id": id,
        "record_id": record,
        "time": "2020-10-17T12:00:00.0000000Z",
        "computer": if record.is_multiple_of(2) { "WS02" } else { "WS01.corp.example" },
        "channel": "Microsoft-Windows-Sysmon/Operational",
        "provider": provider,
        "fields": fields,
    });
    format!("{line}\n")
}

/// A log with these event 8 records.
fn log(records: impl IntoIterator<Item = u64>) -> String {
    records.into_iter().map(remote_thread).collect()
}

/// An EVTX file header without chunks, with these flags.
fn evtx_header(flags: u32) -> Vec<u8> {
    let mut header = vec![0; 4096];
    header[..8].copy_from_slice(b"ElfFile\0");
    header[24] = 1;
    header[32] = 128;
    header[36..42].copy_from_slice(&[1, 0, 3, 0, 0, 0x10]);
    let mut sum = flate2::Crc::new();
    sum.update(&header[..120]);
    header[120..124].copy_from_slice(&flags.to_le_bytes());
    header[124..128].copy_from_slice(&sum.sum().to_le_bytes());
    header
}

fn shared() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("THREADHUNT_SHARED").map_or_else(beside, PathBuf::from);
    if !shared.is_dir() {
        println!("skipped: no {}", shared.display());
        return None;
    }
    Some(shared)
}
