//! The EVTX reader against the `evtx` crate on one large log: ratios of the same run.
//!
//! `cargo xtask bench` makes the log and calls this; `THREADHUNT_BENCH_LOG` names another one.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use evtx::{EvtxParser, ParserSettings};
use threadhunt::event::{Batch, Projection, Want};
use threadhunt::sink;
use threadhunt::source::{Inputs, Options, run};

/// Best of several runs, in seconds.
fn best(runs: usize, mut work: impl FnMut() -> u64) -> (f64, u64) {
    let mut result = 0;
    let seconds = (0..runs)
        .map(|_| {
            let start = Instant::now();
            result = work();
            start.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min);
    (seconds, result)
}

fn ours(
    path: &Path,
    threads: usize,
    projection: &Projection,
    stage: impl Fn(&mut Batch) -> u64 + Sync,
) -> u64 {
    let inputs = Inputs::named([path]);
    let options = Options {
        projection: projection.clone(),
        threads: NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN),
        ..Options::default()
    };
    let mut sum = 0;
    run(&inputs, &options, &stage, &mut |delivery| {
        sum += delivery.output;
        ControlFlow::Continue(())
    });
    sum
}

fn main() {
    let Some(path) = std::env::var_os("THREADHUNT_BENCH_LOG") else {
        println!("THREADHUNT_BENCH_LOG names no log; run cargo xtask bench");
        return;
    };
    let path = Path::new(&path);
    let size = std::fs::metadata(path).map_or(0, |data| data.len()) as f64 / 1e6;
    let runs = 5;
    let event_8 = Projection::nothing().with([8], Want::All);
    let format = sink::format("jsonl", &[]).expect("a format");
    let print = |batch: &mut Batch| {
        let mut out = Vec::new();
        batch.events().for_each(|event| format.record(threadhunt::event::Record::Sysmon(event), &mut out));
        out.len() as u64
    };
    let (peer, peer_bytes) = best(runs, || peer_jsonl(path));
    println!("{size:.0} MB; best of {runs}");
    println!(
        "{:<44} {peer:>7.3} s {:>6.0} MB/s  1.00x  {peer_bytes} bytes",
        "evtx crate, JSON of every record",
        size / peer
    );
    let rows: [(&str, usize, &Projection); 4] = [
        ("threadhunt, event 8 as JSON lines, 1 thread", 1, &event_8),
        ("threadhunt, event 8 as JSON lines, 2 threads", 2, &event_8),
        ("threadhunt, all events as JSON lines, 1 thread", 1, &Projection::sysmon()),
        ("threadhunt, all events as JSON lines, 2 threads", 2, &Projection::sysmon()),
    ];
    for (name, threads, projection) in rows {
        let (time, bytes) = best(runs, || ours(path, threads, projection, print));
        println!("{name:<44} {time:>7.3} s {:>6.0} MB/s {:>5.2}x  {bytes} bytes", size / time, peer / time);
    }
}

/// What `evtx_dump -t 1 -o jsonl` does.
fn peer_jsonl(path: &Path) -> u64 {
    let mut parser =
        EvtxParser::from_path(path).expect("a log").with_configuration(ParserSettings::new().num_threads(1));
    parser.chunks_json_bytes(false).map(|chunk| chunk.data.len() as u64).sum()
}
