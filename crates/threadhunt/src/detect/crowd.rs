//! The crowd: what is kept where a log has more pairs than details can be kept of.
//!
//! Every thread has a strength, which is the verdict over it alone, without any other event. In the
//! first reading a pair counts as strong as its strongest thread, and the strongest pairs are chosen;
//! events 8 are then read again, for the details of those, and the rest is counted by pattern. So
//! what is kept follows from the set of events, whatever their order, and memory from the limits here.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use super::context::Contexts;
use super::judge::judge;
use super::pairs::{MAX_STARTS, Pair, PairKey, StartKey, address_of};
use super::patterns::{self, join};
use super::{RemoteThread, Rules};
use crate::event::{FileTime, ProcessGuid};
use crate::report::{Moment, Pattern, Sample, Score, Severity, StartKind};

/// Pairs of which details are kept.
pub(super) const MAX_PAIRS: usize = 16_384;
/// Starts of all pairs together, beyond which there is a crowd, too.
pub(super) const MAX_ALL_STARTS: usize = 65_536;
/// Starts of each kind that are kept of a pair in a crowd, beside its strongest.
pub(super) const CROWD_STARTS: usize = 2;
/// Shapes that are counted apart.
const MAX_SHAPES: usize = 8_192;
/// Verdicts kept for the next thread of the same shape.
const MAX_VERDICTS: usize = 65_536;

/// All that the verdict over a thread alone depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Shape {
    kind: StartKind,
    /// Images and accounts of source and target, module and function.
    texts: [Option<Arc<str>>; 6],
    low16: Option<u16>,
    /// Characters of the address, and whether it lies beyond 4 GiB.
    width: (usize, bool),
    /// The target's age in seconds, as far as it matters.
    age: Option<i64>,
}

/// Ages beyond this are one: no rule asks for more.
const OLD: i64 = 3600;

impl Shape {
    fn of(thread: &RemoteThread) -> Self {
        let start = &thread.start;
        let texts = [
            &thread.source.image,
            &thread.target.image,
            &thread.source.user,
            &thread.target.user,
            &start.module,
            &start.function,
        ];
        let address = start.address.as_deref().unwrap_or_default();
        Self {
            kind: start.kind,
            texts: texts.map(Clone::clone),
            low16: start.low16.filter(|_| start.kind == StartKind::NoModule),
            width: (address.len(), address_of(address).is_some_and(|at| at >> 32 != 0)),
            age: age(thread).filter(|_| start.kind == StartKind::NoModule),
        }
    }
}

/// The target's age in tenths of a second, cut at both ends.
fn age(thread: &RemoteThread) -> Option<i64> {
    const TENTH: i64 = 1_000_000;
    let created = thread.target.guid.and_then(ProcessGuid::decode)?.created();
    let created = FileTime::from_timestamp(created)?;
    let ticks = thread.at?.time.0 as i64 - created.0 as i64;
    Some((ticks.div_euclid(TENTH)).clamp(-OLD, OLD))
}

/// What is thought of a thread alone.
type Verdict = (Severity, Score);

/// How strong a pair is; the smallest is the strongest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    verdict: Reverse<Verdict>,
    untimed: bool,
    time: Option<Moment>,
    record: Option<u64>,
    pair: u64,
    start: StartKey,
}

/// Ranks pairs while it is read how many there are.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    /// The rules that rank; those of the library unless others are given.
    pub(super) rules: Option<Box<Rules>>,
    verdicts: HashMap<Shape, Verdict>,
    best: HashMap<PairKey, Rank>,
    /// What is not stronger than this is not among the strongest.
    bar: Option<Rank>,
}

impl Crowd {
    /// Takes a thread.
    pub(super) fn add(&mut self, key: &PairKey, thread: &RemoteThread) {
        let rank = Rank {
            verdict: Reverse(self.verdict(thread)),
            untimed: thread.at.is_none(),
            time: thread.at,
            record: thread.evidence.record_id,
            pair: key.id(),
            start: StartKey::of(&thread.start),
        };
        if self.bar.as_ref().is_some_and(|bar| rank >= *bar) {
            return;
        }
        match self.best.get_mut(key) {
            Some(best) if rank < *best => *best = rank,
            Some(_) => {}
            None => drop(self.best.insert(key.clone(), rank)),
        }
        if self.best.len() >= 2 * MAX_PAIRS {
            self.prune();
        }
    }

    fn verdict(&mut self, thread: &RemoteThread) -> Verdict {
        let shape = Shape::of(thread);
        if let Some(verdict) = self.verdicts.get(&shape) {
            return *verdict;
        }
        if self.verdicts.len() >= MAX_VERDICTS {
            self.verdicts.clear();
        }
        let alone = alone(self.rules(), thread);
        let verdict = (alone.severity, alone.score);
        self.verdicts.insert(shape, verdict);
        verdict
    }

    fn rules(&self) -> &Rules {
        self.rules.as_deref().unwrap_or_else(|| Rules::builtin())
    }

    /// Keeps the strongest.
    fn prune(&mut self) {
        if self.best.len() <= MAX_PAIRS {
            return;
        }
        let mut ranks: Vec<&Rank> = self.best.values().collect();
        let (_, bar, _) = ranks.select_nth_unstable(MAX_PAIRS);
        let bar = bar.clone();
        self.best.retain(|_, rank| *rank < bar);
        self.bar = Some(bar);
    }

    /// The strongest pairs, and what is to be counted of the others.
    pub(super) fn choose(mut self) -> Chosen {
        self.prune();
        let pairs = std::mem::take(&mut self.best).into_iter().map(|(key, rank)| (key, rank.start)).collect();
        Chosen { pairs, crowd: self, ..Chosen::default() }
    }
}

/// A thread alone, judged, as a pattern of one pair that is only counted.
fn alone(rules: &Rules, thread: &RemoteThread) -> Pattern {
    let (pair_key, mut pair, contexts) = (PairKey::of(thread), Pair::default(), Contexts::default());
    pair.add(thread.clone(), MAX_STARTS, None);
    let finding = pair.finish(&pair_key, &contexts);
    let mut findings = [(pair_key, finding)];
    let ends = judge(rules, &contexts, &[], None, &mut findings);
    let [(_, finding)] = findings;
    let (source, target, class) = match ends.as_slice() {
        [[source, target]] => patterns::key(&finding, source, target),
        _ => Default::default(),
    };
    Pattern {
        source: source.into(),
        target: target.into(),
        class,
        severity: finding.judgement.severity,
        score: finding.judgement.score,
        findings: Vec::new(),
        threads: 0,
        computers: 0,
        computer_names: Sample::default(),
        first: None,
        last: None,
        accepted: None,
        counted: 0,
    }
}

/// The pairs of which details are kept, and the count of the others.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// With the start that is kept in any case.
    pairs: HashMap<PairKey, StartKey>,
    crowd: Crowd,
    shapes: HashMap<Shape, Pattern>,
    bar: Option<(Reverse<Verdict>, Shape)>,
    /// What is in none of the shapes.
    others: Option<Pattern>,
    /// Digests of pair and shape, and of computer and shape, that were counted.
    seen: HashSet<u64>,
    keys: RandomState,
}

impl Chosen {
    /// The start to be kept of a pair, if details are kept of it.
    pub(super) fn start(&self, key: &PairKey) -> Option<&StartKey> {
        self.pairs.get(key)
    }

    /// Counts a thread of another pair.
    pub(super) fn count(&mut self, key: &PairKey, thread: &RemoteThread) {
        let shape = Shape::of(thread);
        let one = Pattern {
            threads: 1,
            counted: u64::from(self.seen.insert(self.keys.hash_one((key, &shape)))),
            computers: u64::from(self.seen.insert(self.keys.hash_one((key.computer(), &shape)))),
            first: thread.at,
            last: thread.at,
            ..self.pattern(&shape, thread)
        };
        let verdict = Reverse((one.severity, one.score));
        if self.bar.as_ref().is_some_and(|bar| (verdict, &shape) >= (bar.0, &bar.1)) {
            return self.lump(one);
        }
        let known = self.shapes.entry(shape).or_insert_with(|| Pattern {
            computers: 0,
            threads: 0,
            counted: 0,
            ..one.clone()
        });
        let computers = known.computers + one.computers;
        join(known, one);
        known.computers = computers;
        known.computer_names.offer(Arc::clone(&thread.computer));
        if self.shapes.len() >= 2 * MAX_SHAPES {
            self.prune();
        }
    }

    /// What a thread is counted under, without any count.
    fn pattern(&mut self, shape: &Shape, thread: &RemoteThread) -> Pattern {
        match self.shapes.get(shape) {
            Some(known) => {
                Pattern { threads: 0, counted: 0, computer_names: Sample::default(), ..known.clone() }
            }
            None => alone(self.crowd.rules(), thread),
        }
    }

    /// Counts what has no shape of its own.
    fn lump(&mut self, pattern: Pattern) {
        let lump =
            Pattern { source: Arc::default(), target: Arc::default(), class: Arc::default(), ..pattern };
        match &mut self.others {
            Some(others) => join(others, lump),
            None => self.others = Some(lump),
        }
    }

    /// Keeps the strongest shapes apart.
    fn prune(&mut self) {
        if self.shapes.len() <= MAX_SHAPES {
            return;
        }
        let rank =
            |shape: &Shape, pattern: &Pattern| (Reverse((pattern.severity, pattern.score)), shape.clone());
        let mut ranks: Vec<_> = self.shapes.iter().map(|(shape, pattern)| rank(shape, pattern)).collect();
        let (_, bar, _) = ranks.select_nth_unstable(MAX_SHAPES);
        let bar = bar.clone();
        let gone: Vec<Pattern> = self
            .shapes
            .extract_if(|shape, pattern| rank(shape, pattern) >= bar)
            .map(|(_, gone)| gone)
            .collect();
        gone.into_iter().for_each(|gone| self.lump(gone));
        self.bar = Some(bar);
    }

    /// The counts.
    pub(super) fn finish(mut self) -> Vec<Pattern> {
        self.prune();
        self.shapes.into_values().chain(self.others).collect()
    }
}
