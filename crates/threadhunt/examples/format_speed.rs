//! How fast each format writes: `cargo run --release -p threadhunt --example format_speed -- LOG…`
//!
//! Each log is read into batches; every record of a batch is formatted again and again on one
//! thread, and the rate is told in bytes of the log and in bytes written. Reading is not timed.
#![allow(clippy::print_stdout, reason = "a program for people who measure")]

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use threadhunt::event::Batch;
use threadhunt::schema::names::vocabularies;
use threadhunt::sink;
use threadhunt::source::{Options, read_bytes};

const ROUNDS: u32 = 40;

#[derive(Default)]
struct Tally {
    time: Duration,
    written: usize,
}

fn main() -> std::io::Result<()> {
    let mut formats: Vec<_> =
        sink::FORMATS.iter().map(|row| (row.name.to_owned(), row.format(&[]))).collect();
    let others = vocabularies().iter().filter(|vocabulary| !vocabulary.is_own());
    formats.extend(others.map(|vocabulary| {
        let lines: Box<dyn sink::Format> = Box::new(sink::NamedLines::new(sink::Naming::new(vocabulary)));
        (format!("as {}", vocabulary.name), lines)
    }));
    let mut tallies: Vec<Tally> = formats.iter().map(|_| Tally::default()).collect();
    let mut read = 0;
    let mut records = 0;
    for path in std::env::args_os().skip(1) {
        read_bytes(std::fs::read(path)?, &Options::default(), &mut |batch| {
            read += batch.input().len();
            records += batch.len();
            for ((_, format), tally) in formats.iter().zip(&mut tallies) {
                time(&**format, batch, tally);
            }
        });
    }
    println!("{records} records, {read} bytes");
    for ((name, _), tally) in formats.iter().zip(&tallies) {
        let seconds = tally.time.as_secs_f64();
        let rate = |bytes: usize| bytes as f64 * f64::from(ROUNDS) / seconds / 1e6;
        let nanos = seconds * 1e9 / f64::from(ROUNDS) / records as f64;
        println!(
            "{name:11} {:7.0} MB/s of log {:7.0} MB/s written {nanos:6.0} ns a record",
            rate(read),
            rate(tally.written)
        );
    }
    Ok(())
}

/// Formats a batch some times, the first of which is not timed.
fn time(format: &dyn sink::Format, batch: &Batch, tally: &mut Tally) {
    let mut out = Vec::new();
    let mut start = Duration::ZERO;
    for round in 0..=ROUNDS {
        if round == 1 {
            start = clock();
        }
        out.clear();
        batch.records().for_each(|record| format.record(record, &mut out));
    }
    tally.time += clock() - start;
    tally.written += out.len();
}

/// The time this thread was on a processor, where the system says so: other people use the machine too.
fn clock() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let on_processor = || {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    };
    on_processor().unwrap_or_else(|| START.elapsed())
}
