//! Targets: whose threads an event in or on a target can have to do with.
//!
//! A target may have threads of many sources, each a pair of its own: what happens there is put
//! down to the pairs whose own threads lie within reach, and to no other. An id belongs to the
//! thread that got it last, an address in no module to the start that lies closest before it.

use super::times::{Span, Times};
use super::{FOLLOW, LONGEST_BEFORE};
use crate::event::FileTime;

/// Pairs that one event is put down to: where more are in reach, those that began last.
const MAX_PAIRS: usize = 256;
/// Starts looked at before an address.
const MAX_BEFORE: usize = 64;

/// A target and the pairs that it is in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::detect) struct Target {
    /// By id, once [`finished`](Self::finish).
    pairs: Vec<Within>,
    /// Ids of threads, with their times and pairs.
    threads: Vec<Known>,
    /// Where threads start that lie in no module, with their times and pairs.
    starts: Vec<Known>,
    reach: Reach,
    /// When the pair began that began last.
    last_begin: Option<FileTime>,
    /// Whether console control was started in it, which a planted handler would abuse.
    pub(in crate::detect) console: bool,
}

/// A pair, as its target knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::detect) struct Within {
    pub(in crate::detect) pair: u64,
    /// When its threads began.
    pub(in crate::detect) times: Times,
    /// When those began that load a DLL.
    pub(in crate::detect) loads: Times,
}

/// An id or an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Known {
    what: u64,
    since: FileTime,
    pair: u64,
}

/// A pair and how far its nearest thread is.
pub(super) type Nearby = (u64, u64);

impl Target {
    /// Takes a pair, with the ids of its threads and its starts in no module.
    pub(in crate::detect) fn add(
        &mut self,
        within: Within,
        threads: impl Iterator<Item = (u64, FileTime)>,
        starts: impl Iterator<Item = (u64, FileTime)>,
    ) {
        let known = |(what, since)| Known { what, since, pair: within.pair };
        self.threads.extend(threads.map(known));
        self.starts.extend(starts.map(known));
        self.pairs.push(within);
    }

    /// Brings all in order, after the last pair.
    pub(in crate::detect) fn finish(&mut self) {
        self.pairs.sort_unstable_by_key(|within| within.pair);
        self.last_begin = self.pairs.iter().filter_map(|within| within.times.first()).max();
        self.threads.sort_unstable();
        self.starts.sort_unstable();
        self.reach = Reach::of(&self.pairs);
    }

    /// The pairs that have a thread so near, at most so much after or before a time.
    pub(super) fn near(&self, time: FileTime, before: u64, after: u64) -> Vec<Nearby> {
        self.near_by(time, before, after, |within| &within.times)
    }

    /// The same of the threads that load a DLL.
    pub(super) fn near_loads(&self, time: FileTime, before: u64, after: u64) -> Vec<Nearby> {
        self.near_by(time, before, after, |within| &within.loads)
    }

    fn near_by(
        &self,
        time: FileTime,
        before: u64,
        after: u64,
        times: impl Fn(&Within) -> &Times,
    ) -> Vec<Nearby> {
        let within = |place: usize| {
            let within = &self.pairs[place];
            Some((within.pair, times(within).near(time, before, after)?))
        };
        self.reach.around(time, before, after).into_iter().filter_map(within).collect()
    }

    /// The pair whose thread has an id at a time: the last that got it.
    pub(super) fn thread(&self, id: u64, time: FileTime) -> Option<u64> {
        let end = self.threads.partition_point(|known| (known.what, known.since) <= (id, time));
        let known = self.threads[..end].last()?;
        (known.what == id).then_some(known.pair)
    }

    /// Whether any thread starts in no module.
    pub(super) fn has_starts(&self) -> bool {
        !self.starts.is_empty()
    }

    /// The start that lies closest before an address: how far before, and its pair.
    pub(super) fn start(&self, at: u64, time: FileTime) -> Option<(u64, u64)> {
        let end = self.starts.partition_point(|known| known.what <= at);
        let mut before = self.starts[..end].iter().rev().take(MAX_BEFORE);
        before.find(|known| known.since <= time).map(|known| (at - known.what, known.pair))
    }

    /// When the pair began that began last.
    pub(super) fn last_begin(&self) -> Option<FileTime> {
        self.last_begin
    }
}

/// Finds the stretches around a time without looking at all: a tree of the latest ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Reach {
    /// By their beginning, with the places of their pairs.
    stretches: Vec<(Span, usize)>,
    /// The latest end below each node; the children of node n are 2n and 2n + 1, the root is 1.
    ends: Vec<u64>,
}

impl Reach {
    fn of(pairs: &[Within]) -> Self {
        // No two stretches of a pair are in reach at once, or hardly so.
        let stretches = |(place, within): (usize, &Within)| {
            within.times.stretches(FOLLOW + LONGEST_BEFORE).into_iter().map(move |span| (span, place))
        };
        let mut stretches: Vec<(Span, usize)> = pairs.iter().enumerate().flat_map(stretches).collect();
        stretches.sort_unstable();
        let leaves = stretches.len().next_power_of_two();
        let mut ends = vec![0; 2 * leaves];
        for (leaf, (span, _)) in ends[leaves..].iter_mut().zip(&stretches) {
            *leaf = span.last.0;
        }
        for node in (1..leaves).rev() {
            ends[node] = ends[2 * node].max(ends[2 * node + 1]);
        }
        Self { stretches, ends }
    }

    /// The places of the pairs of stretches that end after a time or so much before, and begin
    /// before it or so much after; those that begin last, in order.
    fn around(&self, time: FileTime, before: u64, after: u64) -> Vec<usize> {
        let latest = time.0.saturating_add(before);
        let end = self.stretches.partition_point(|(span, _)| span.first.0 <= latest);
        let mut found = Vec::new();
        self.collect(1, 0..self.ends.len() / 2, end, time.0.saturating_sub(after), &mut found);
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Goes down from a node over the stretches in a range, from the last; as deep as the tree.
    fn collect(
        &self,
        node: usize,
        range: std::ops::Range<usize>,
        end: usize,
        least: u64,
        found: &mut Vec<usize>,
    ) {
        if range.start >= end || found.len() == MAX_PAIRS || self.ends[node] < least {
            return;
        }
        if range.len() == 1 {
            return found.push(self.stretches[range.start].1);
        }
        let middle = range.start + range.len() / 2;
        self.collect(2 * node + 1, middle..range.end, end, least, found);
        self.collect(2 * node, range.start..middle, end, least, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(pairs: &[&[u64]]) -> Target {
        let mut target = Target::default();
        for (pair, times) in (0..).zip(pairs) {
            let mut within = Within { pair, times: Times::default(), loads: Times::default() };
            times.iter().for_each(|time| within.times.add(FileTime(*time)));
            target.add(within, times.iter().map(|time| (9, FileTime(*time))), std::iter::empty());
        }
        target.finish();
        target
    }

    #[test]
    fn only_pairs_in_reach_are_named() {
        const HOUR: u64 = 36_000_000_000;
        let target = target(&[&[HOUR, 5 * HOUR], &[3 * HOUR], &[3 * HOUR + 10, 9 * HOUR]]);
        for (time, before, after, expected) in [
            (HOUR, 0, 0, vec![(0, 0)]),
            (HOUR - 7, 7, 0, vec![(0, 7)]),
            (HOUR - 7, 6, FOLLOW, vec![]),
            (3 * HOUR + 5, 0, FOLLOW, vec![(1, 5)]),
            (3 * HOUR + 5, 5, FOLLOW, vec![(1, 5), (2, 5)]),
            (3 * HOUR + FOLLOW + 10, 0, FOLLOW, vec![(2, FOLLOW)]),
            (5 * HOUR + 1, 0, FOLLOW, vec![(0, 1)]),
            (20 * HOUR, LONGEST_BEFORE, FOLLOW, vec![]),
        ] {
            assert_eq!(target.near(FileTime(time), before, after), expected, "{time} -{before} +{after}");
        }
        let at = |time| target.thread(9, FileTime(time));
        assert_eq!([at(HOUR - 1), at(HOUR), at(4 * HOUR), at(6 * HOUR)], [None, Some(0), Some(2), Some(0)]);
        assert_eq!(target.thread(8, FileTime(HOUR)), None);
        assert_eq!(Target::default().near(FileTime(0), 0, 0), []);
    }

    /// Twice as many sources, and twice as much that happens in their target, are twice the work.
    #[test]
    fn what_a_crowd_costs_grows_as_it_does() {
        let named = |sources: u64| -> usize {
            let times: Vec<[u64; 1]> = (0..sources).map(|time| [time]).collect();
            let pairs: Vec<&[u64]> = times.iter().map(|times| &times[..]).collect();
            let target = target(&pairs);
            (0..sources).map(|time| target.near(FileTime(time), 0, FOLLOW).len()).sum()
        };
        let (once, twice) = (named(1000), named(2000));
        assert!(twice < 3 * once, "{once} and {twice}");
    }

    #[test]
    fn of_a_crowd_those_that_began_last_are_named() {
        let times: Vec<[u64; 1]> = (0..1000).map(|time| [time]).collect();
        let pairs: Vec<&[u64]> = times.iter().map(|times| &times[..]).collect();
        let near = target(&pairs).near(FileTime(800), 0, FOLLOW);
        assert_eq!(near.len(), MAX_PAIRS);
        assert_eq!(near.iter().map(|(pair, _)| *pair).max(), Some(800));
    }
}
