//! How fast `scan --sigma` is with all of SigmaHQ's Windows rules, and the other engine in the same run.
//!
//! The events of public recordings are written into one event log, which the program reads, decodes, decides
//! and gathers on one thread; loading the rules is measured apart. Of the other engine only its decisions are
//! measured, over events that it finds in memory. Rules and recordings lie in the folder `shared` beside the
//! checkout; the program is named by `THREADHUNT_BENCH_PROGRAM`.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints its figures, and may fail")]

#[path = "../tests/oracle/mod.rs"]
mod oracle;

use std::ffi::OsString;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use threadhunt::event::{Batch, Projection};
use threadhunt::schema::Platform;
use threadhunt::source::{Inputs, Options, run};

use oracle::{Oracle, Prepared, shared, texts};

/// Runs of the program, of which the best counts: a shared machine only ever adds time.
const RUNS: usize = 5;

fn main() {
    let Some(shared) = shared() else { return };
    let Some(program) = std::env::var_os("THREADHUNT_BENCH_PROGRAM") else {
        println!("sigma: cargo xtask bench sigma names the program");
        return;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (log, one) = (folder.join("recordings.evtx"), folder.join("one.evtx"));
    let recordings = [shared.join("data/evtx"), shared.join("data/json")];
    let copy = |to: &Path, which: &[&str]| {
        let mut command = Command::new(&program);
        command.args(["events", "-q", "--all", "--force", "--format", "evtx"]).args(which).arg("-o").arg(to);
        command.args(&recordings).output().unwrap()
    };
    copy(&log, &[]);
    copy(&one, &["--limit", "1"]);
    let rules = shared.join("sigma/windows-rules.tar.gz");
    let scan = |log: &Path| best(&program, &rules, log);
    let (loading, _) = scan(&one);
    let (whole, output) = scan(&log);
    let stats = String::from_utf8_lossy(&output.stderr);
    let stats: serde_json::Value = serde_json::from_str(stats.lines().last().unwrap()).unwrap();
    let events = stats["sysmon_events"].as_f64().unwrap();
    let ours = events / whole.saturating_sub(loading).as_secs_f64();
    println!(
        "scan --sigma: {events} events, {ours:.0} events/s, and {loading:.2?} to load the rules; {:.0} events/s with it",
        events / whole.as_secs_f64()
    );
    let theirs = other(&shared, &log);
    println!(
        "rsigma-eval:  {theirs:.0} events/s, decisions alone; scan --sigma is {:.1} times as fast",
        ours / theirs
    );
}

/// The shortest time of a scan on one thread, and what it said.
fn best(program: &OsString, rules: &Path, log: &Path) -> (Duration, Output) {
    let mut best: Option<(Duration, Output)> = None;
    for _ in 0..RUNS {
        let start = Instant::now();
        let mut command = Command::new(program);
        command.args(["scan", "-q", "--stats", "json", "--threads", "1", "--format", "jsonl", "--sigma"]);
        let output = command.arg(rules).arg(log).output().unwrap();
        let time = start.elapsed();
        assert!(matches!(output.status.code(), Some(0 | 3)), "{output:?}");
        if best.as_ref().is_none_or(|(least, _)| time < *least) {
            best = Some((time, output));
        }
    }
    best.unwrap()
}

/// Events a second of the other engine.
fn other(shared: &Path, log: &Path) -> f64 {
    let texts = texts(shared);
    let oracle = Oracle::new(&texts);
    let prepared = Mutex::new(Vec::<Prepared>::new());
    let stage = |batch: &mut Batch| {
        let events = batch.events().filter(|event| event.platform() == Some(Platform::Windows));
        prepared.lock().unwrap().extend(events.map(|event| oracle.prepared(&event)));
    };
    let options = Options { projection: Projection::sysmon(), ..Options::default() };
    run(&Inputs::named([log]), &options, &stage, &mut |_| ControlFlow::Continue(()));
    let prepared = prepared.into_inner().unwrap();
    let start = Instant::now();
    let matches: usize = prepared.iter().map(|event| oracle.evaluated(event).len()).sum();
    assert!(matches > 0, "there is something to find");
    prepared.len() as f64 / start.elapsed().as_secs_f64()
}
