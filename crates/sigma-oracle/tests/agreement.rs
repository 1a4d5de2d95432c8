//! Every published rule on every real event: our matches are those of rsigma-eval, but for what is listed.
//!
//! Read to the letter ([`Policy::Strict`]) both must agree. Under the policy that people get, further
//! events match because absent, empty and `-` are one; these rules are listed one by one with the reason.
//! Rules and logs lie beside the workspace; without them the tests say that they were skipped.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests may fail, and say why they were skipped")]

mod oracle;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;

use threadhunt::event::Batch;
use threadhunt::filter::sigma::{Loader, Policy, RuleSet, Scratch};
use threadhunt::schema::Platform;
use threadhunt::source::{Inputs, Options, run};

use oracle::{Name, Oracle, shared, texts};

/// A rule that has matches with us and none with them, and why. No rule has it the other way round.
type Difference = (&'static str, &'static str);

/// What differs to the letter.
const STRICT: &[Difference] = &[(
    "Renamed ProcDump Execution",
    r"` /accepteula` with `windash`: the specification exchanges dashes and slashes alike, and so does pySigma \
     (`\B[-/]\b`); rsigma-eval begins with `-` only and does not find ` -accepteula`",
)];

/// What else differs under the policy that people get.
const ALIKE: &[Difference] = &[
    (
        "HackTool - CACTUSTORCH Remote Thread Creation",
        "`StartModule: null`: the field is there, empty in old logs and `-` since about version 12",
    ),
    ("Password Dumper Remote Thread in LSASS", "`StartModule: ''`, where current Sysmon writes `-`"),
];

fn ours(texts: &BTreeMap<String, String>, policy: Policy) -> RuleSet {
    let mut loader = Loader::new(policy);
    texts.iter().for_each(|(path, text)| loader.add(path, text));
    loader.finish().rules
}

/// By title: matches that only we have, that only they have, and an event to look at.
type Differences = BTreeMap<String, (u64, u64, String)>;

/// Compares over all logs and says how many events and matches there were.
fn compare(shared: &Path, policy: Policy) -> (Differences, u64, u64) {
    let texts = texts(shared);
    let (rules, oracle) = (ours(&texts, policy), Oracle::new(&texts));
    let sums = Mutex::new((Differences::new(), 0_u64, 0_u64));
    let stage = |batch: &mut Batch| {
        let mut scratch = Scratch::default();
        for event in batch.events().filter(|event| event.platform() == Some(Platform::Windows)) {
            let fitting = rules.fitting(&event, &mut scratch).into_iter();
            let name = |place| (rules.rule(place).title.clone(), rules.rule(place).id.clone());
            let ours: BTreeSet<Name> = fitting.map(name).collect();
            let theirs = oracle.evaluated(&oracle.prepared(&event));
            let mut sums = sums.lock().unwrap();
            sums.1 += 1;
            sums.2 += theirs.len() as u64;
            for name in ours.symmetric_difference(&theirs) {
                let of_rule = sums.0.entry(name.0.clone()).or_insert_with(|| (0, 0, format!("{event:?}")));
                if ours.contains(name) { of_rule.0 += 1 } else { of_rule.1 += 1 }
            }
        }
    };
    let options = Options {
        projection: rules.projection(),
        threads: NonZeroUsize::new(2).unwrap(),
        ..Options::default()
    };
    run(&Inputs::named([shared.join("data")]), &options, &stage, &mut |_| ControlFlow::Continue(()));
    sums.into_inner().unwrap()
}

#[track_caller]
fn check(policy: Policy, expected: &[&[Difference]]) {
    let Some(shared) = shared() else { return };
    let (differences, events, matches) = compare(&shared, policy);
    println!("{policy:?}: {events} events, {matches} matches of theirs, {} rules differ", differences.len());
    let expected: BTreeSet<&str> = expected.iter().copied().flatten().map(|(title, _)| *title).collect();
    let found: BTreeSet<&str> = differences.keys().map(String::as_str).collect();
    assert_eq!(found, expected, "{differences:#?}");
    for (title, (ours, theirs, event)) in &differences {
        println!("  {title}: {ours} matches more");
        assert_eq!(*theirs, 0, "{title} has matches that we lack, such as {event}");
    }
    assert!(events > 50_000 && matches > 4_000, "there is something to compare");
}

#[test]
fn to_the_letter_both_agree() {
    check(Policy::Strict, &[STRICT]);
}

#[test]
fn what_is_null_in_every_spelling_adds_what_is_listed() {
    check(Policy::Alike, &[STRICT, ALIKE]);
}
