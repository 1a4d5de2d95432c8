//! The published rules of SigmaHQ on real logs: what becomes of each, and that the index loses nothing.
//!
//! Rules and logs lie beside the workspace; without them the tests say that they were skipped.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests may fail, and say why they were skipped")]

use std::collections::BTreeMap;
use std::io::Read;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use threadhunt::event::Batch;
use threadhunt::filter::sigma::{Loaded, Loader, Policy, RuleSet, Scratch, Standing};
use threadhunt::source::{Inputs, Options, run};

fn shared() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("THREADHUNT_SHARED").map_or_else(beside, PathBuf::from);
    if !shared.is_dir() {
        println!("skipped: no {}", shared.display());
        return None;
    }
    Some(shared)
}

/// The rules whose path begins so.
fn load(shared: &Path, beginnings: &[&str]) -> Loaded {
    let file = std::fs::File::open(shared.join("sigma/windows-rules.tar.gz")).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut texts = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        if path.ends_with(".yml") && beginnings.iter().any(|beginning| path.starts_with(beginning)) {
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            texts.insert(path, text);
        }
    }
    let mut loader = Loader::new(Policy::Alike);
    texts.iter().for_each(|(path, text)| loader.add(path, text));
    loader.finish()
}

fn count(loaded: &Loaded, is: fn(&Standing) -> bool) -> usize {
    loaded.entries.iter().filter(|entry| is(&entry.standing)).count()
}

#[test]
fn every_published_rule_loads() {
    let Some(shared) = shared() else { return };
    for (beginning, files) in [("rules/", 2407), ("rules-threat-hunting/", 0), ("rules-emerging-threats/", 0)]
    {
        let loaded = load(&shared, &[beginning]);
        let refused: Vec<_> =
            loaded.entries.iter().filter(|entry| matches!(entry.standing, Standing::Refused(_))).collect();
        assert!(refused.is_empty(), "{refused:#?}");
        assert!(files == 0 || loaded.entries.len() == files, "{} entries", loaded.entries.len());
        let ready = count(&loaded, Standing::is_ready);
        let never = count(&loaded, |standing| matches!(standing, Standing::Never(_)));
        let other = count(&loaded, |standing| matches!(standing, Standing::OtherLog(_)));
        println!(
            "{beginning}: {ready} ready, {never} never, {other} of other logs, {} unindexed",
            loaded.rules.unindexed()
        );
        for entry in &loaded.entries {
            if let Standing::Never(reason) = &entry.standing {
                println!("  never: {}:{}: {reason}", entry.file, entry.line);
            }
        }
        assert_eq!(ready, loaded.rules.len());
        assert_eq!(ready + never + other, loaded.entries.len());
    }
}

/// Compares every so many events of a folder; says how many, and how many matches they have.
fn compare(rules: &RuleSet, folder: PathBuf, step: usize) -> (u64, u64) {
    let compared = Mutex::new((0_u64, 0_u64));
    let compare = |batch: &mut Batch| {
        let (mut scratch, mut plain) = (Scratch::default(), Scratch::default());
        for event in batch.events().step_by(step) {
            let fitting = rules.fitting(&event, &mut scratch);
            assert_eq!(fitting, rules.fitting_plainly(&event, &mut plain), "{event:?}");
            let mut sums = compared.lock().unwrap();
            sums.0 += 1;
            sums.1 += fitting.len() as u64;
        }
    };
    let threads = NonZeroUsize::new(2).unwrap();
    let options = Options { projection: rules.projection(), threads, ..Options::default() };
    run(&Inputs::named([folder]), &options, &compare, &mut |_| ControlFlow::Continue(()));
    compared.into_inner().unwrap()
}

#[test]
fn the_index_finds_what_deciding_every_rule_finds() {
    let Some(shared) = shared() else { return };
    let rules = load(&shared, &["rules"]).rules;
    // All events of the large folder would take minutes in a build for tests; the benchmark compares them.
    for (folder, step) in [("data/evtx", 1), ("data/json", 31)] {
        let (events, matches) = compare(&rules, shared.join(folder), step);
        println!("{folder}: {events} events, {matches} matches");
        assert!(events > 500 && matches > 10);
    }
}
