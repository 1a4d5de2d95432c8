//! The crowd: what is kept where a log has more pairs than details can be kept of.
//!
//! Every thread has a strength, which is the verdict over it alone, without any other event. In the
//! first reading a pair counts as strong as its strongest thread. The best of every pattern have
//! places first, so that one product cannot take them all, then the strongest; events 8 are then read
//! again, for the details of those, and the rest is counted by pattern. So what is kept follows from
//! the set of events, whatever their order, and memory from the limits here.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use super::context::Contexts;
use super::judge::{KnownPrograms, judge};
use super::pairs::{MAX_STARTS, Pair, PairKey, address_of, keep_smaller};
use super::patterns::{self, Counted, Key, computer_id};
use super::{RemoteThread, Rules};
use crate::event::{FileTime, ProcessGuid};
use crate::report::{ComputerNames, Moment, Score, Severity, StartKind};

/// Pairs of which details are kept.
pub(super) const MAX_PAIRS: usize = 16_384;
/// Starts of all pairs together, beyond which there is a crowd, too.
pub(super) const MAX_ALL_STARTS: usize = 65_536;
/// Starts of each kind that are kept of a pair in a crowd, the strongest.
pub(super) const CROWD_STARTS: usize = 3;
/// Pairs of every pattern that have a place before the strongest of all.
const SHARE: usize = 16;
/// Patterns whose best pairs are known; more than there are places, so that each has its first.
const MAX_PATTERNS: usize = 65_536;
/// Patterns that are counted apart, each once for every verdict.
const MAX_GROUPS: usize = 8_192;
/// Computers of a pattern that are told apart; with more, their number is a least.
const MAX_COMPUTERS: usize = 65_536;
/// Verdicts kept for the next thread of the same shape.
const MAX_VERDICTS: usize = 16_384;

/// Programs kept for the next thread of the same.
const MAX_PROGRAMS: usize = 4_096;

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

/// How grave something is.
pub(super) type Verdict = (Severity, Score);

/// What is thought of a thread alone.
#[derive(Debug)]
pub(super) struct Alone {
    /// How strong it is.
    pub(super) verdict: Verdict,
    /// The same where its pattern is prevalent.
    prevalent: Verdict,
    pattern: Arc<Key>,
    /// The pattern's digest, of this run.
    digest: u64,
}

/// Judges threads alone, those of one shape once.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    /// The rules that judge; those of the library unless others are given.
    pub(super) rules: Option<Box<Rules>>,
    known: HashMap<Shape, Arc<Alone>>,
    programs: KnownPrograms,
    /// Without any: a thread is judged alone.
    contexts: Contexts,
    digests: RandomState,
}

impl Verdicts {
    /// The verdict over a thread.
    pub(super) fn of(&mut self, thread: &RemoteThread) -> Arc<Alone> {
        let shape = Shape::of(thread);
        if let Some(alone) = self.known.get(&shape) {
            return Arc::clone(alone);
        }
        if self.known.len() >= MAX_VERDICTS {
            self.known.clear();
        }
        if self.programs.len() >= MAX_PROGRAMS {
            self.programs.clear();
        }
        let alone = Arc::new(self.judge(thread));
        self.known.insert(shape, Arc::clone(&alone));
        alone
    }

    fn judge(&mut self, thread: &RemoteThread) -> Alone {
        let rules = self.rules.as_deref().unwrap_or_else(|| Rules::builtin());
        let (pair_key, mut pair) = (PairKey::of(thread), Pair::default());
        pair.add(thread.clone(), MAX_STARTS, Verdict::default());
        let finding = pair.finish(&pair_key, &self.contexts);
        let mut findings = [(pair_key, finding)];
        let ends = judge(rules, &self.contexts, &[], None, &mut findings, &mut self.programs);
        let [(_, mut finding)] = findings;
        let pattern = match ends.as_slice() {
            [[source, target]] => patterns::key(&finding, source, target),
            _ => Key::default(),
        };
        let verdict = (finding.judgement.severity, finding.judgement.score);
        patterns::lower(rules, &mut finding, 0);
        let prevalent = (finding.judgement.severity, finding.judgement.score);
        Alone { verdict, prevalent, digest: self.digests.hash_one(&pattern), pattern: Arc::new(pattern) }
    }
}

/// How strong a thread is, and of which pair; the smallest is the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    verdict: Reverse<Verdict>,
    untimed: bool,
    time: Option<Moment>,
    record: Option<u64>,
    /// The id of the pair: should two have the same, both have a place.
    pair: u64,
}

/// Ranks pairs while it is read how many there are.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    /// The best of all, by pair.
    best: HashMap<u64, Rank>,
    /// What is not stronger than this is not among the best.
    bar: Option<Rank>,
    /// The best of each pattern, by the pattern's digest.
    shares: HashMap<u64, Share>,
    /// A pattern that has nothing stronger than this is not among those that are known.
    share_bar: Option<Rank>,
}

/// The best pairs of a pattern.
#[derive(Debug, Default)]
struct Share {
    best: Vec<Rank>,
    threads: u64,
}

impl Share {
    fn add(&mut self, rank: Rank) {
        self.threads += 1;
        if self.best.len() == SHARE && self.best.last().is_some_and(|last| rank >= *last) {
            return;
        }
        match self.best.iter_mut().find(|known| known.pair == rank.pair) {
            Some(known) => *known = rank.min(*known),
            None => {
                // Where patterns are many, most of them have one pair.
                if self.best.is_empty() {
                    self.best.reserve_exact(1);
                }
                self.best.push(rank);
            }
        }
        self.best.sort_unstable();
        self.best.truncate(SHARE);
    }
}

impl Crowd {
    /// Takes a thread.
    pub(super) fn add(&mut self, key: &PairKey, thread: &RemoteThread, alone: &Alone) {
        let rank = Rank {
            verdict: Reverse(alone.verdict),
            untimed: thread.at.is_none(),
            time: thread.at,
            record: thread.evidence.record_id,
            pair: key.id(),
        };
        self.add_to_share(alone.digest, rank);
        if self.bar.is_some_and(|bar| rank >= bar) {
            return;
        }
        let best = self.best.entry(rank.pair).or_insert(rank);
        *best = rank.min(*best);
        if self.best.len() >= 2 * MAX_PAIRS {
            self.prune();
        }
    }

    fn add_to_share(&mut self, pattern: u64, rank: Rank) {
        if self.share_bar.is_some_and(|bar| rank >= bar) && !self.shares.contains_key(&pattern) {
            return;
        }
        self.shares.entry(pattern).or_default().add(rank);
        if self.shares.len() >= 2 * MAX_PATTERNS {
            self.prune_shares();
        }
    }

    /// Keeps the strongest pairs.
    fn prune(&mut self) {
        if self.best.len() <= MAX_PAIRS {
            return;
        }
        let mut ranks: Vec<Rank> = self.best.values().copied().collect();
        let (_, bar, _) = ranks.select_nth_unstable(MAX_PAIRS);
        let bar = *bar;
        self.best.retain(|_, rank| *rank < bar);
        self.bar = Some(bar);
    }

    /// Keeps the patterns of the strongest pairs.
    fn prune_shares(&mut self) {
        if self.shares.len() <= MAX_PATTERNS {
            return;
        }
        let mut firsts: Vec<Rank> =
            self.shares.values().filter_map(|share| share.best.first()).copied().collect();
        firsts.sort_unstable();
        let Some(bar) = firsts.get(MAX_PATTERNS).copied() else { return };
        self.shares.retain(|_, share| share.best.first().is_some_and(|first| *first < bar));
        self.share_bar = Some(bar);
    }

    /// The pairs of which details are kept: the best of each pattern, then the strongest of all.
    pub(super) fn choose(mut self) -> Chosen {
        self.prune();
        self.prune_shares();
        let shares = self.ranked_shares();
        let rounds =
            (0..SHARE).flat_map(|round| shares.iter().filter_map(move |share| share.best.get(round)));
        let mut strongest: Vec<&Rank> = self.best.values().collect();
        strongest.sort_unstable();
        let mut pairs = HashSet::new();
        for rank in rounds.chain(strongest) {
            if pairs.len() == MAX_PAIRS {
                break;
            }
            pairs.insert(rank.pair);
        }
        Chosen { pairs, ..Chosen::default() }
    }

    /// Patterns by their strength, of equals the rarest first.
    fn ranked_shares(&self) -> Vec<&Share> {
        let mut shares: Vec<&Share> = self.shares.values().filter(|share| !share.best.is_empty()).collect();
        // Threads of a pattern that came and went are not known, so rarity would depend on the order.
        let rarity = |share: &Share| if self.share_bar.is_none() { share.threads } else { 0 };
        shares.sort_by_key(|share| (share.best[0].verdict, rarity(share), share.best[0]));
        shares
    }
}

/// What is counted together; in the order of strength.
type Group = (Reverse<Verdict>, Arc<Key>);

/// The pairs of which details are kept, and the count of the others.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// By the pair's id.
    pairs: HashSet<u64>,
    groups: BTreeMap<Group, Tally>,
    /// What is in none of the groups.
    others: Option<Tally>,
    /// Pair and pattern that were counted, by their digests.
    seen: HashSet<(u64, u64)>,
}

/// Threads that are only counted.
#[derive(Debug, Default)]
struct Tally {
    verdict: Verdict,
    prevalent: Verdict,
    /// The pattern's digest.
    pattern: u64,
    threads: u64,
    computers: BTreeSet<u64>,
    names: ComputerNames,
    first: Option<Moment>,
    last: Option<Moment>,
}

impl Tally {
    fn add(&mut self, key: &PairKey, thread: &RemoteThread) {
        self.threads += 1;
        self.computers.insert(computer_id(key.computer()));
        if self.computers.len() > MAX_COMPUTERS {
            self.computers.pop_last();
        }
        self.names.offer(key.computer(), &thread.computer);
        keep_smaller(&mut self.first, thread.at);
        self.last = self.last.max(thread.at);
    }

    fn join(&mut self, other: Self) {
        self.verdict = self.verdict.max(other.verdict);
        self.prevalent = self.prevalent.max(other.prevalent);
        self.threads += other.threads;
        self.computers.extend(other.computers);
        while self.computers.len() > MAX_COMPUTERS {
            self.computers.pop_last();
        }
        self.names.merge(&other.names);
        keep_smaller(&mut self.first, other.first);
        self.last = self.last.max(other.last);
    }

    fn counted(self, pairs: u64) -> Counted {
        Counted {
            verdict: self.verdict,
            prevalent: self.prevalent,
            pairs,
            threads: self.threads,
            computers: self.computers,
            computer_names: self.names,
            first: self.first,
            last: self.last,
        }
    }
}

impl Chosen {
    /// Whether details are kept of a pair.
    pub(super) fn keeps(&self, key: &PairKey) -> bool {
        self.pairs.contains(&key.id())
    }

    /// Counts a thread of another pair.
    pub(super) fn count(&mut self, key: &PairKey, thread: &RemoteThread, alone: &Alone) {
        self.seen.insert((key.id(), alone.digest));
        let group = (Reverse(alone.verdict), Arc::clone(&alone.pattern));
        if let Some(known) = self.groups.get_mut(&group) {
            known.add(key, thread);
            return;
        }
        let mut tally = Tally {
            verdict: alone.verdict,
            prevalent: alone.prevalent,
            pattern: alone.digest,
            ..Tally::default()
        };
        tally.add(key, thread);
        self.add_group(group, tally);
    }

    /// Counts the weakest group with the others where there are too many: it cannot come back.
    fn add_group(&mut self, group: Group, tally: Tally) {
        self.groups.insert(group, tally);
        if self.groups.len() > MAX_GROUPS
            && let Some((_, weakest)) = self.groups.pop_last()
        {
            match &mut self.others {
                Some(others) => others.join(weakest),
                None => self.others = Some(weakest),
            }
        }
    }

    /// The counts by pattern; what is in none is a pattern without names.
    pub(super) fn finish(self) -> BTreeMap<Key, Counted> {
        let mut all: BTreeMap<Arc<Key>, Tally> = BTreeMap::new();
        for ((_, key), tally) in self.groups {
            // Same pattern, another verdict: the first one is as grave or graver.
            match all.get_mut(&key) {
                Some(known) => known.join(tally),
                None => drop(all.insert(key, tally)),
            }
        }
        // Only now, since it is not known before which patterns stay.
        let mut pairs: HashMap<u64, u64> = all.values().map(|tally| (tally.pattern, 0)).collect();
        let mut elsewhere = 0;
        for (_, pattern) in self.seen {
            *pairs.get_mut(&pattern).unwrap_or(&mut elsewhere) += 1;
        }
        let one = |(key, tally): (Arc<Key>, Tally)| {
            let pairs = pairs.get(&tally.pattern).copied().unwrap_or_default();
            ((*key).clone(), tally.counted(pairs))
        };
        let mut counted: BTreeMap<Key, Counted> = all.into_iter().map(one).collect();
        if let Some(others) = self.others {
            counted.insert(Key::default(), others.counted(elsewhere));
        }
        counted
    }
}
