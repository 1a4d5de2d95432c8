//! How fast all of SigmaHQ's Windows rules are decided, on one thread, without reading and decoding.
//!
//! Rules and logs lie in the folder `shared` beside the checkout; without it there is nothing to measure.
//! Every event is also decided without the index, once: the rules that fit must be the same.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::io::Read;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use threadhunt::event::Batch;
use threadhunt::filter::sigma::{Loader, Policy, RuleSet, Scratch};
use threadhunt::source::{Inputs, Options, run};

/// Rounds of each batch, of which the best counts: a shared machine only ever adds time.
const ROUNDS: usize = 7;

#[derive(Default)]
struct Sums {
    events: u64,
    matches: u64,
    indexed: Duration,
    plain: Duration,
}

fn main() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("THREADHUNT_SHARED").map_or_else(beside, PathBuf::from);
    if !shared.is_dir() {
        println!("sigma: no {}", shared.display());
        return;
    }
    let texts = texts(&shared);
    let start = Instant::now();
    let mut loader = Loader::new(Policy::Alike);
    texts.iter().for_each(|(path, text)| loader.add(path, text));
    let rules = loader.finish().rules;
    println!(
        "sigma: {} texts, {} rules for Sysmon, loaded in {:.2?}",
        texts.len(),
        rules.len(),
        start.elapsed()
    );
    let sums = Mutex::new(std::collections::BTreeMap::<u16, Sums>::new());
    let measured = |batch: &mut Batch| measure(&rules, batch, &sums);
    let options =
        Options { projection: rules.projection(), threads: NonZeroUsize::MIN, ..Options::default() };
    run(
        &Inputs::named([shared.join("data/evtx"), shared.join("data/json")]),
        &options,
        &measured,
        &mut |_| ControlFlow::Continue(()),
    );
    print(&sums.lock().expect("no worker panicked"));
}

/// The texts of `rules/windows`.
fn texts(shared: &Path) -> Vec<(String, String)> {
    let file = std::fs::File::open(shared.join("sigma/windows-rules.tar.gz")).expect("the archive of rules");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut texts = Vec::new();
    for entry in archive.entries().expect("an archive") {
        let mut entry = entry.expect("an archive");
        let path = entry.path().expect("a path").to_string_lossy().into_owned();
        if path.starts_with("rules/windows/") && path.ends_with(".yml") {
            let mut text = String::new();
            entry.read_to_string(&mut text).expect("UTF-8");
            texts.push((path, text));
        }
    }
    texts
}

fn measure(rules: &RuleSet, batch: &Batch, sums: &Mutex<std::collections::BTreeMap<u16, Sums>>) {
    let mut scratch = Scratch::default();
    let events: Vec<_> = batch.events().collect();
    for of_one_id in events.chunk_by(|a, b| a.id() == b.id()) {
        let mut best = Duration::MAX;
        let mut fitting = Vec::new();
        for _ in 0..ROUNDS {
            let start = Instant::now();
            fitting = of_one_id.iter().map(|event| rules.fitting(event, &mut scratch)).collect();
            best = best.min(start.elapsed());
        }
        let start = Instant::now();
        let plainly: Vec<_> =
            of_one_id.iter().map(|event| rules.fitting_plainly(event, &mut scratch)).collect();
        let plain = start.elapsed();
        assert_eq!(fitting, plainly, "the index and the plain form differ");
        let mut sums = sums.lock().expect("no worker panicked");
        let sum = sums.entry(of_one_id[0].id()).or_default();
        sum.events += of_one_id.len() as u64;
        sum.matches += fitting.iter().map(|rules| rules.len() as u64).sum::<u64>();
        sum.indexed += best;
        sum.plain += plain;
    }
}

fn print(sums: &std::collections::BTreeMap<u16, Sums>) {
    let mut all = Sums::default();
    let row = |name: &str, sum: &Sums| {
        let rate = |time: Duration| sum.events as f64 / time.as_secs_f64();
        println!(
            "{name:>9} {:>8} events {:>6} matches {:>10.0} events/s {:>10.0} without the index",
            sum.events,
            sum.matches,
            rate(sum.indexed),
            rate(sum.plain)
        );
    };
    for (id, sum) in sums {
        row(&format!("event {id}"), sum);
        all.events += sum.events;
        all.matches += sum.matches;
        all.indexed += sum.indexed;
        all.plain += sum.plain;
    }
    row("all", &all);
}
