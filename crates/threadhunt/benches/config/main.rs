//! Configurations: how fast they are loaded, and how many events a second they decide over.
//!
//! The index is compared with the plain tree in the same run, and with what the engine that
//! Microsoft published does for the same configurations (its figures are of another run, on one
//! thread of a shared machine with two cores). Public configurations and events are read from a
//! folder `shared` beside the project, where there is one; [`generated`] ones are always there.
//! An argument chooses the configurations whose names it is part of.
//! Events of the examples come from a decoded log, as UTF-16, the others from memory.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints its figures, or fails")]

mod generated;
mod hostile;

use std::borrow::Cow;
use std::fs;
use std::hint::black_box;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::Value;
use threadhunt::config::{Imitated, Policy, Subject, parse};
use threadhunt::event::Event;
use threadhunt::schema::FieldId;

/// Runs of each row, of which the best counts: a shared machine only ever adds time.
const RUNS: usize = 7;
/// No run is shorter, in seconds.
const SHORTEST: f64 = 0.02;
const IDS: [u16; 2] = [1, 8];
const SIZES: [usize; 3] = [100, 1_000, 10_000];

/// Public configurations, and events a second of the published engine for each of [`IDS`].
const PUBLIC: [(&str, [f64; 2]); 4] = [
    ("SwiftOnSecurity__sysmonconfig-export", [347e3, 2.9e6]),
    ("Neo23x0__sysmonconfig-export", [237e3, 2.1e6]),
    ("olafhartong__sysmonconfig", [52e3, 2.5e6]),
    ("ion-storm__sysmonconfig-export", [20e3, 1.2e6]),
];

/// An event in memory.
struct Bare {
    id: u16,
    texts: Vec<Option<String>>,
}

impl Subject for Bare {
    fn id(&self) -> u16 {
        self.id
    }

    fn text(&self, field: FieldId) -> Option<Cow<'_, str>> {
        self.texts[field.index()].as_deref().map(Cow::Borrowed)
    }
}

struct Configuration {
    name: String,
    bytes: Vec<u8>,
    engine: Option<[f64; 2]>,
}

fn main() {
    let shared = shared();
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let mut configurations = configurations(shared.as_deref());
    configurations.retain(|configuration| configuration.name.contains(&only));
    println!("best of {RUNS}, one thread");
    loading(&configurations);
    hostility(&only);
    let bare = shared.map(|folder| bare(&folder.join("vectors/public-configs/events.jsonl.gz")));
    if bare.is_none() {
        println!("no folder `shared`: no public configurations and no public events");
    }
    println!("\n{:<38} {:>9}  events/s    plain tree     published engine", "", "");
    for configuration in &configurations {
        let policy = parse(&configuration.bytes, Imitated::default()).policy().unwrap();
        for (at, id) in IDS.into_iter().enumerate() {
            let engine = configuration.engine.map(|figures| figures[at]);
            if let Some(events) = &bare {
                let events: Vec<&Bare> = events.iter().filter(|event| event.id == id).collect();
                row(&configuration.name, id, "memory", engine, measure(&policy, &events));
            }
            row(&configuration.name, id, "log", engine, of_logs(&policy, id));
        }
    }
}

fn shared() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("THREADHUNT_SHARED").map_or_else(beside, PathBuf::from);
    folder.join("vectors").is_dir().then_some(folder)
}

fn configurations(shared: Option<&Path>) -> Vec<Configuration> {
    let public = PUBLIC.iter().filter_map(|(name, engine)| {
        let bytes = fs::read(shared?.join(format!("vectors/public-configs/{name}.xml"))).ok()?;
        let name = name.split("__").next().unwrap().to_owned();
        Some(Configuration { name, bytes, engine: Some(*engine) })
    });
    let generated = SIZES.iter().map(|rules| Configuration {
        name: format!("generated, {rules} rules"),
        bytes: generated::configuration(*rules).into_bytes(),
        engine: None,
    });
    public.chain(generated).collect()
}

fn loading(configurations: &[Configuration]) {
    let ours = Configuration {
        name: "generated, 400 KB".to_owned(),
        bytes: generated::configuration(1_480).into_bytes(),
        engine: None,
    };
    println!("\n{:<38} {:>9}  {:>10}  {:>10}", "", "KB", "parse, ms", "compile, ms");
    for configuration in configurations.iter().chain([&ours]) {
        let parsed = best(|| drop(black_box(parse(&configuration.bytes, Imitated::default()))));
        let parsed_once = parse(&configuration.bytes, Imitated::default());
        let compiled = best(|| parsed_once.policy().unwrap().prepare());
        let size = configuration.bytes.len() as f64 / 1e3;
        println!("{:<38} {size:>9.0}  {:>10.1}  {:>10.1}", configuration.name, parsed * 1e3, compiled * 1e3);
    }
}

/// What the worst files cost: to load once, and to decide over one event of each of [`IDS`] and 12.
fn hostility(only: &str) {
    println!("\n{:<38} {:>9}  {:>10}  {:>10}  {:>10}", "", "KB", "parse, ms", "compile, ms", "3 events, ms");
    let chosen = hostile::configurations().filter(|(name, _)| name.contains(only));
    for (name, text) in chosen {
        let timed = |start: Instant| start.elapsed().as_secs_f64() * 1e3;
        let start = Instant::now();
        let parsed = parse(text.as_bytes(), Imitated::default());
        let parsing = timed(start);
        print!("{name:<38} {:>9}  {parsing:>10.1}", text.len() / 1000);
        let start = Instant::now();
        let Some(policy) = parsed.policy() else {
            println!("  refused");
            continue;
        };
        policy.prepare();
        let compiling = timed(start);
        let start = Instant::now();
        let mut decider = policy.decider();
        for id in [1, 8, 12] {
            let texts =
                vec![Some(r"C:\Windows\System32\svchost.exe -k netsvcs 123".to_owned()); FieldId::COUNT];
            black_box(decider.decide(&Bare { id, texts }));
        }
        println!("  {compiling:>10.1}  {:>10.1}", timed(start));
    }
}

/// Seconds for one event: by the index, and by the plain tree.
type Cost = (f64, f64);

fn row(name: &str, id: u16, source: &str, engine: Option<f64>, (index, plain): Cost) {
    print!("{name:<22} event {id} {source:<7} {:>10}  {:>10.0} {:>6.1}x", "", 1.0 / index, plain / index);
    match engine {
        Some(engine) => println!("  {engine:>12.0} {:>6.1}x", 1.0 / index / engine),
        None => println!(),
    }
}

fn measure(policy: &Policy, events: &[&impl Subject]) -> Cost {
    let mut decider = policy.decider();
    for event in events {
        assert_eq!(decider.decide(*event), policy.decide(*event));
    }
    let index = per_event(events, |event| {
        black_box(decider.decide(event));
    });
    let plain = per_event(events, |event| {
        black_box(policy.decide(event));
    });
    (index, plain)
}

/// The cost over events of the examples, which lie in their batches as the reader left them.
fn of_logs(policy: &Policy, id: u16) -> Cost {
    let (mut sums, mut count) = ((0.0, 0.0), 0);
    for name in ["srv-files", "ws-anna", "ws-ben", "ws-cara"] {
        let log = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../examples/{name}.evtx"));
        threadhunt::source::read_bytes(fs::read(log).unwrap(), &Default::default(), &mut |batch| {
            let events: Vec<Event<'_>> = batch.events().filter(|event| event.id() == id).collect();
            let events: Vec<&Event<'_>> = events.iter().collect();
            if !events.is_empty() {
                let cost = measure(policy, &events);
                sums = (sums.0 + cost.0 * events.len() as f64, sums.1 + cost.1 * events.len() as f64);
                count += events.len();
            }
        });
    }
    (sums.0 / f64::from(count as u32), sums.1 / f64::from(count as u32))
}

fn per_event<S: Subject>(events: &[&S], mut decide: impl FnMut(&S)) -> f64 {
    let start = Instant::now();
    events.iter().for_each(|event| decide(event));
    let passes = (SHORTEST / start.elapsed().as_secs_f64()).ceil().clamp(1.0, 1e5) as usize;
    let seconds = best(|| (0..passes).for_each(|_| events.iter().for_each(|event| decide(event))));
    seconds / (passes * events.len()) as f64
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

/// The public events.
fn bare(path: &Path) -> Vec<Bare> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(&fs::read(path).unwrap()[..]).read_to_string(&mut text).unwrap();
    let event = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        let mut texts = vec![None; FieldId::COUNT];
        for (name, value) in value["fields"].as_object().unwrap() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if let Some(field) = FieldId::from_name(name).filter(|_| !text.is_empty()) {
                texts[field.index()] = Some(text);
            }
        }
        Bare { id: value["id"].as_u64().unwrap() as u16, texts }
    };
    text.lines().map(event).collect()
}
