//! The program against the `evtx` crate on one large log: ratios of the same run.
//!
//! `cargo xtask bench` builds the program, makes the log and calls this. The peer does what
//! `evtx_dump -t 1 -o jsonl` does, without starting a process; ours is the whole program.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use evtx::{EvtxParser, ParserSettings};

/// Runs of each row, of which the best counts: a shared machine only ever adds time.
const RUNS: usize = 7;

/// What is measured: name, arguments.
const ROWS: &[(&str, &[&str])] = &[
    ("events --id 8 --format jsonl", &["events", "--id", "8", "--format", "jsonl"]),
    ("events --all --format jsonl", &["events", "--all", "--format", "jsonl"]),
    ("scan", &["scan"]),
];

fn main() {
    let (Some(log), Some(program)) =
        (std::env::var_os("THREADHUNT_BENCH_LOG"), std::env::var_os("THREADHUNT_BENCH_PROGRAM"))
    else {
        println!("no log and no program are named; run cargo xtask bench");
        return;
    };
    let (log, program) = (Path::new(&log), Path::new(&program));
    let size = std::fs::metadata(log).map_or(0, |data| data.len()) as f64 / 1e6;
    println!("{size:.0} MB, best of {RUNS}; ratios to the evtx crate 0.15.1 writing JSON on one thread");
    let peer = best(|| peer(log));
    println!("{:<34} {peer:>7.3} s {:>6.0} MB/s", "evtx crate, JSON of every record", size / peer);
    for (name, args) in ROWS {
        let times = ["1", "2"].map(|threads| best(|| ours(program, args, threads, log)));
        for (threads, time) in [1, 2].into_iter().zip(times) {
            println!(
                "{name:<30} {threads:>2}t {time:>8.3} s {:>6.0} MB/s {:>6.2}x",
                size / time,
                peer / time
            );
        }
        println!("{:<34} {:>6.2}x the speed of one thread", "  two threads", times[0] / times[1]);
    }
}

/// Best of several runs, in seconds.
fn best(mut work: impl FnMut()) -> f64 {
    let timed = (0..RUNS).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    });
    timed.fold(f64::INFINITY, f64::min)
}

fn ours(program: &Path, args: &[&str], threads: &str, log: &Path) {
    let mut command = Command::new(program);
    command.args(args).args(["--quiet", "--threads", threads]).arg(log);
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("the program runs");
    assert!(status.success(), "{command:?}: {status}");
}

fn peer(log: &Path) {
    let settings = ParserSettings::new().num_threads(1);
    let mut parser = EvtxParser::from_path(log).expect("a log").with_configuration(settings);
    let bytes: usize = parser.chunks_json_bytes(false).map(|chunk| chunk.data.len()).sum();
    assert!(bytes > 0, "the peer wrote something");
}
