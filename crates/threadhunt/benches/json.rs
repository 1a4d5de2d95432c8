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

/// What is made, the shape that it is, and whether the order of keys changes from line to line.
const SHAPES: &[(&str, &str, Line, bool)] = &[
    ("nxlog", "nxlog", nxlog, false),
    ("nxlog, any order", "nxlog", nxlog, true),
    ("winlogbeat-8", "winlogbeat-8", winlogbeat, false),
    ("winlogbeat-8, any order", "winlogbeat-8", winlogbeat, true),
];

fn main() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    println!("200 MB, one thread, best of {RUNS}; ratios to serde_json::Value of every line");
    for (title, shape, line, is_shuffled) in SHAPES {
        let path = folder.join(format!("bench-{shape}-{is_shuffled}.jsonl"));
        let events = make(&path, *line, *is_shuffled);
        let peer = best(|| peer(&path));
        println!(
            "{:<44} {peer:>7.3} s {:>6.0} MB/s",
            format!("{title}, serde_json::Value"),
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
                "{:<44} {time:>7.3} s {speed:>6.0} MB/s {:>6.2}x",
                format!("{title}, {name}"),
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
fn make(path: &Path, line: Line, is_shuffled: bool) -> u64 {
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
    let mut seed = 1;
    for line in lines.iter().cycle() {
        if text.len() >= SIZE {
            break;
        }
        if is_shuffled {
            let line = serde_json::from_str(line).expect("JSON");
            push_shuffled(&line, &mut text, &mut seed);
            text.push('\n');
        } else {
            text.push_str(line);
        }
        count += 1;
    }
    std::fs::write(path, text).expect("room for the file");
    count
}

/// Appends a value with the members of its objects in an order of its own.
fn push_shuffled(value: &Value, text: &mut String, seed: &mut u64) {
    let Value::Object(members) = value else { return text.push_str(&value.to_string()) };
    let mut members: Vec<_> = members.iter().collect();
    for at in (1..members.len()).rev() {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        members.swap(at, (*seed >> 33) as usize % (at + 1));
    }
    text.push('{');
    for (at, (key, value)) in members.into_iter().enumerate() {
        text.push_str(if at == 0 { "" } else { "," });
        text.push_str(&Value::from(key.as_str()).to_string());
        text.push(':');
        push_shuffled(value, text, seed);
    }
    text.push('}');
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
