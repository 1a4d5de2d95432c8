//! Every published rule on every real event: our matches are those of rsigma-eval, but for what is listed.
//!
//! Read to the letter ([`Policy::Strict`]) both must agree. Under the policy that people get, further
//! events match because absent, empty and `-` are one; these rules are listed one by one with the reason.
//! Rules and logs lie beside the workspace; without them the tests say that they were skipped.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests may fail, and say why they were skipped")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rsigma_eval::Engine;
use rsigma_eval::event::JsonEvent;
use rsigma_parser::{LogSource, SigmaRule, parse_sigma_yaml};
use serde::Deserialize;
use threadhunt::event::{Batch, Event, SystemField};
use threadhunt::filter::sigma::{Loader, Policy, RuleSet, Scratch};
use threadhunt::schema::Platform;
use threadhunt::source::{Inputs, Options, run};

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

/// A rule's title and id.
type Name = (String, Option<String>);

fn shared() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("THREADHUNT_SHARED").map_or_else(beside, PathBuf::from);
    if !shared.is_dir() {
        println!("skipped: no {}", shared.display());
        return None;
    }
    Some(shared)
}

fn texts(shared: &Path) -> BTreeMap<String, String> {
    let file = std::fs::File::open(shared.join("sigma/windows-rules.tar.gz")).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut texts = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        if path.ends_with(".yml") {
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            texts.insert(path, text);
        }
    }
    texts
}

/// Our table of log sources: which categories an event id has, and the kinds of it that are meant.
#[derive(Deserialize)]
struct LogSources {
    category: Vec<Category>,
}

#[derive(Deserialize)]
struct Category {
    name: String,
    events: Vec<u16>,
    #[serde(default)]
    event_types: Vec<String>,
}

struct Oracle {
    engine: Engine,
    sources: LogSources,
}

impl Oracle {
    fn new(texts: &BTreeMap<String, String>) -> Self {
        let rules: Vec<SigmaRule> =
            texts.values().flat_map(|text| parse_sigma_yaml(text).unwrap().rules).collect();
        let mut engine = Engine::new();
        // Two rules have placeholders without values; they are of another log.
        let refused = engine.add_rules(&rules);
        println!("rsigma-eval refuses {} of {} rules", refused.len(), rules.len());
        let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("../threadhunt/data/sigma/logsources.toml");
        Self { engine, sources: toml::from_str(&std::fs::read_to_string(table).unwrap()).unwrap() }
    }

    /// The rules that fit.
    fn fitting(&self, event: &Event<'_>) -> BTreeSet<Name> {
        let (json, kind) = flat(event);
        let mut names = BTreeSet::new();
        let means = |category: &&Category| {
            category.events.contains(&event.id())
                && (category.event_types.is_empty() || category.event_types.contains(&kind))
        };
        let categories =
            self.sources.category.iter().filter(means).map(|category| Some(category.name.clone()));
        for category in categories.chain([None]) {
            let source = LogSource {
                category,
                product: Some("windows".to_owned()),
                service: Some("sysmon".to_owned()),
                ..LogSource::default()
            };
            let results = self.engine.evaluate_with_logsource(&JsonEvent::borrow(&json), &source);
            names.extend(results.into_iter().map(|result| (result.header.rule_title, result.header.rule_id)));
        }
        names
    }
}

/// The event as engines get it from common readers: an object of strings; and its `EventType`.
fn flat(event: &Event<'_>) -> (serde_json::Value, String) {
    let mut fields = serde_json::Map::new();
    fields.insert("EventID".to_owned(), event.id().into());
    for (name, field) in [("Provider_Name", SystemField::ProviderName), ("Computer", SystemField::Computer)] {
        if let Some(value) = event.system(field) {
            fields.insert(name.to_owned(), value.to_string().into());
        }
    }
    for (name, value) in event.data() {
        fields.entry(name.as_str()).or_insert_with(|| value.to_string().into());
    }
    let kind = fields.get("EventType").and_then(|value| value.as_str()).unwrap_or_default().to_owned();
    (fields.into(), kind)
}

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
            let theirs = oracle.fitting(&event);
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
