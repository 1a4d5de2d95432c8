//! The pipeline over real logs: one thread and many give the same, in the same order.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests may fail, and say why they were skipped")]

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use threadhunt::event::{Batch, DamageCode};
use threadhunt::source::{Inputs, Limits, Options, Totals, run};

/// The folder of real logs beside the workspace, unless it is not there.
fn logs() -> Option<PathBuf> {
    let shared = std::env::var_os("THREADHUNT_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let logs = shared.join("data/evtx");
    if !logs.is_dir() {
        println!("skipped: no {}", logs.display());
        return None;
    }
    Some(logs)
}

/// What comes out of each batch, and the totals without the time.
fn read(inputs: &Inputs, options: &Options, mut enough: impl FnMut(usize) -> bool) -> (Vec<String>, Totals) {
    let describe = |batch: &mut Batch| {
        let place =
            |event: threadhunt::event::Event<'_>| format!("{:?} {:?}", event.place(), event.record_id());
        (batch.events().map(place).collect::<Vec<_>>(), format!("{:?}", batch.damages))
    };
    let mut seen = Vec::new();
    let totals = run(inputs, options, &describe, &mut |delivery| {
        seen.push(format!("{} {:?}", delivery.batch.origin, delivery.output));
        if enough(seen.len()) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    (seen, Totals { elapsed: Default::default(), ..totals })
}

fn with_threads(threads: usize) -> Options {
    Options { threads: NonZeroUsize::new(threads).unwrap(), ..Options::default() }
}

#[test]
fn order_and_totals_do_not_depend_on_threads() {
    let Some(logs) = logs() else { return };
    let inputs = Inputs::named([logs]);
    let (alone, totals) = read(&inputs, &with_threads(1), |_| false);
    assert!(totals.files > 10 && totals.counts.sysmon[8] > 0, "{totals:?}");
    for threads in [2, 5] {
        assert_eq!(read(&inputs, &with_threads(threads), |_| false), (alone.clone(), totals.clone()));
    }
}

#[test]
fn who_has_enough_gets_no_more() {
    let Some(logs) = logs() else { return };
    let inputs = Inputs::named([logs]);
    let (alone, totals) = read(&inputs, &with_threads(1), |count| count == 7);
    assert_eq!(alone.len(), 7);
    assert_eq!(read(&inputs, &with_threads(4), |count| count == 7), (alone, totals));
}

#[test]
fn a_stopped_run_ends_and_says_so() {
    let Some(logs) = logs() else { return };
    for threads in [1, 3] {
        let options = with_threads(threads);
        let stop = options.stop.clone();
        let (seen, totals) = read(&Inputs::named([logs.clone()]), &options, |count| {
            stop.store(count >= 2, Ordering::Relaxed);
            false
        });
        assert!(
            totals.stopped && seen.len() >= 2 && seen.len() <= 2 + 4 * threads,
            "{} of {threads}",
            seen.len()
        );
    }
}

#[test]
#[should_panic(expected = "panicked")]
fn a_stage_that_panics_does_not_hang_the_run() {
    let Some(logs) = logs() else { panic!("panicked: not tried") };
    run(
        &Inputs::named([logs]),
        &with_threads(2),
        &|_: &mut Batch| -> () { panic!("stage failed") },
        &mut |_| ControlFlow::Continue(()),
    );
}

#[test]
fn lists_are_lines_or_separated_by_nul() {
    let mut inputs = Inputs::default();
    inputs.add_list(b"a b\r\n\n*.evtx\n-");
    let mut nul = Inputs::default();
    nul.add_list(b"a b\0*.evtx\0-\0");
    assert_eq!(inputs, nul);
    assert_eq!(inputs.0.len(), 3);
}

#[test]
fn a_bomb_is_given_up_and_what_came_before_is_kept() {
    let mut bomb = br#"{"id":8,"fields":{"RuleName":"-"}}"#.to_vec();
    bomb.resize(4 << 20, b'\n');
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bomb.zst");
    std::fs::write(&path, zstd::encode_all(&bomb[..], 1).unwrap()).unwrap();
    let limits = Limits { free: 1 << 20, ..Limits::default() };
    let mut damages = Vec::new();
    let options = Options { limits, ..Options::default() };
    let totals = run(&Inputs::named([path]), &options, &|_: &mut Batch| (), &mut |delivery| {
        damages.extend(delivery.batch.damages.iter().map(|damage| (damage.code, damage.reason.to_string())));
        ControlFlow::Continue(())
    });
    assert_eq!(
        damages,
        [(
            DamageCode::Expansion,
            "unpacks to more than 250 times its size; --max-ratio N allows more".to_owned()
        )]
    );
    assert_eq!((totals.counts.sysmon[8], totals.losses), (1, 1));
}
