//! JSON lines against `serde_json::Value` on one large file: ratios of the same run.
//!
//! The file is made of the events of `examples/` in the layout of NXLog, and again in that of
//! Winlogbeat, with the message that Windows renders in each, as they are in practice. One thread;
//! the peer parses every line and drops it.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Map, Value, json};
use threadhunt::event::{Batch, Event, Projection, SystemField, Want};
use threadhunt::source::{Inputs, Options, read_bytes, run};

/// Runs of each row, of which the best counts: a shared machine only ever adds time.
const RUNS: usize = 5;

const SIZE: usize = 200_000_000;

/// Makes a line of an event.
type Line = fn(&Event<'_>) -> Value;

const SHAPES: &[(&str, Line)] = &[("nxlog", nxlog), ("winlogbeat-8", winlogbeat)];

fn main() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    println!("200 MB, one thread, best of {RUNS}; ratios to serde_json::Value of every line");
    for (shape, line) in SHAPES {
        let path = folder.join(format!("bench-{shape}.jsonl"));
        let events = make(&path, *line);
        let peer = best(|| peer(&path));
        println!(
            "{:<34} {peer:>7.3} s {:>6.0} MB/s",
            format!("{shape}, serde_json::Value"),
            SIZE as f64 / 1e6 / peer
        );
        for (name, projection) in [
            ("event 8 only", Projection::nothing().with([8], Want::All)),
            ("all of Sysmon", Projection::sysmon()),
        ] {
            let options = Options { projection, ..Options::default() };
            let time = best(|| assert_eq!(ours(&path, &options, shape), events, "records of {shape}"));
            let speed = SIZE as f64 / 1e6 / time;
            println!(
                "{:<34} {time:>7.3} s {speed:>6.0} MB/s {:>6.2}x",
                format!("{shape}, {name}"),
                peer / time
            );
        }
    }
}

/// Best of several runs, in seconds.
fn best(mut work: impl FnMut()) -> f64 {
    let timed = (0..RUNS).map(|_| {
        let (start, before) = (Instant::now(), processor_seconds());
        work();
        match (before, processor_seconds()) {
            (Some(before), Some(after)) => after - before,
            _ => start.elapsed().as_secs_f64(),
        }
    });
    timed.fold(f64::INFINITY, f64::min)
}

/// Seconds that this process had a processor, where Linux tells them: other work does not count.
fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanoseconds: f64 = text.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

/// Reads the file; returns how many records were met.
fn ours(path: &Path, options: &Options, shape: &str) -> u64 {
    let totals =
        run(&Inputs::named([path]), options, &|_: &mut Batch| (), &mut |_| ControlFlow::Continue(()));
    assert_eq!((totals.losses, totals.counts.shapes.len()), (0, 1), "{totals:?}");
    assert_eq!(totals.counts.shapes[0].0, shape);
    totals.counts.total()
}

fn peer(path: &Path) {
    let text = std::fs::read_to_string(path).expect("a file");
    for line in text.lines() {
        let value: Value = serde_json::from_str(line).expect("JSON");
        assert!(value.is_object());
    }
}

/// Writes the examples' events again and again; returns how many lines there are.
fn make(path: &Path, line: Line) -> u64 {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut lines = Vec::new();
    let mut logs: Vec<_> =
        std::fs::read_dir(folder).expect("examples").map(|entry| entry.expect("a file").path()).collect();
    logs.retain(|path| path.extension().is_some_and(|end| end == "evtx"));
    logs.sort();
    for log in logs {
        let bytes = std::fs::read(log).expect("a log");
        read_bytes(bytes, &Options::default(), &mut |batch| {
            lines.extend(
                batch
                    .events()
                    .filter(|event| event.schema().is_some())
                    .map(|event| line(&event).to_string() + "\n"),
            );
        });
    }
    let (mut text, mut count) = (String::with_capacity(SIZE + 10_000), 0);
    for line in lines.iter().cycle() {
        if text.len() >= SIZE {
            break;
        }
        text.push_str(line);
        count += 1;
    }
    std::fs::write(path, text).expect("room for the file");
    count
}

fn system(event: &Event<'_>, field: SystemField) -> String {
    event.system(field).map(|value| value.to_text().into_owned()).unwrap_or_default()
}

fn fields(event: &Event<'_>) -> Map<String, Value> {
    event.data().map(|(name, value)| (name.as_str().to_owned(), value.to_text().into())).collect()
}

fn message(event: &Event<'_>) -> String {
    let title = event.schema().map(|schema| schema.template).unwrap_or_default();
    let lines = event.data().map(|(name, value)| format!("{}: {value}", name.as_str()));
    format!("{title}:\r\n{}", lines.collect::<Vec<_>>().join("\r\n"))
}

fn nxlog(event: &Event<'_>) -> Value {
    let mut line = fields(event);
    let task = event.schema().map(|schema| schema.task_text).unwrap_or_default();
    let more = json!({
        "EventTime": "2024-03-14 10:26:53", "Hostname": event.computer(), "Keywords": i64::MIN, "EventType": "INFO",
        "SeverityValue": 2, "Severity": "INFO", "EventID": event.id(), "SourceName": "Microsoft-Windows-Sysmon",
        "ProviderGuid": "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}", "Version": 5, "Task": event.id(), "OpcodeValue": 0,
        "RecordNumber": event.record_id(), "ExecutionProcessID": 3204, "ThreadID": 4100,
        "Channel": "Microsoft-Windows-Sysmon/Operational", "Domain": "NT AUTHORITY", "AccountName": "SYSTEM",
        "UserID": "S-1-5-18", "AccountType": "User", "Message": message(event), "Category": task, "Opcode": "Info",
        "EventReceivedTime": "2024-03-14 10:26:55", "SourceModuleName": "eventlog", "SourceModuleType": "im_msvistalog",
    });
    for (key, value) in more.as_object().expect("an object") {
        line.entry(key.clone()).or_insert_with(|| value.clone());
    }
    line.into()
}

fn winlogbeat(event: &Event<'_>) -> Value {
    let action = event.schema().map(|schema| schema.task_text).unwrap_or_default();
    json!({
        "@timestamp": system(event, SystemField::TimeCreated),
        "@metadata": {"beat": "winlogbeat", "type": "_doc", "version": "8.14.0"},
        "agent": {"type": "winlogbeat", "version": "8.14.0", "name": event.computer()}, "ecs": {"version": "8.0.0"},
        "event": {"kind": "event", "code": event.id().to_string(), "provider": "Microsoft-Windows-Sysmon", "action": action},
        "host": {"name": event.computer()}, "log": {"level": "information"}, "message": message(event),
        "winlog": {
            "api": "wineventlog", "channel": "Microsoft-Windows-Sysmon/Operational", "computer_name": event.computer(),
            "event_data": fields(event), "event_id": event.id().to_string(), "opcode": "Info",
            "process": {"pid": 3204, "thread": {"id": 4100}}, "provider_guid": "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}",
            "provider_name": "Microsoft-Windows-Sysmon", "record_id": event.record_id(), "task": action,
            "user": {"domain": "NT AUTHORITY", "identifier": "S-1-5-18", "name": "SYSTEM", "type": "User"}, "version": 5,
        },
    })
}
