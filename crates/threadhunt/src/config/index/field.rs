//! All that is asked of one field, answered in one look at its text.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use aho_corasick::Input;
use aho_corasick::automaton::{Automaton, OverlappingState};
use aho_corasick::dfa::DFA;
use aho_corasick::nfa::contiguous::NFA;
use memchr::memmem::Finder;

use super::affix::Affixes;
use crate::config::operator::{Kind, Parts};

/// Lists of numbers by key, in one piece.
#[derive(Clone, Debug, Default)]
pub(super) struct Postings {
    starts: Vec<u32>,
    values: Vec<u32>,
}

impl Postings {
    /// Makes the lists of pairs of key and value; keys are below a count.
    pub(super) fn new(keys: usize, pairs: &[(u32, u32)]) -> Self {
        let mut starts = vec![0; keys + 1];
        for (key, _) in pairs {
            starts[*key as usize + 1] += 1;
        }
        for at in 0..keys {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut values = vec![0; pairs.len()];
        for (key, value) in pairs {
            values[next[*key as usize] as usize] = *value;
            next[*key as usize] += 1;
        }
        Self { starts, values }
    }

    pub(super) fn of(&self, key: usize) -> &[u32] {
        &self.values[self.starts[key] as usize..self.starts[key + 1] as usize]
    }
}

/// Whole texts with what follows from each of them, by length: most texts have none of those that occur.
///
/// Searching among the few of one length is faster than hashing, and no input makes it slow.
#[derive(Clone, Debug, Default)]
struct Table {
    /// For each length the number of the first key that is not shorter, and where its bytes begin.
    lengths: Vec<(u32, u32)>,
    bytes: Vec<u8>,
    tests: Postings,
}

impl Table {
    fn new(keys: Keys<'_>) -> Self {
        let (keys, tests) = keys.finish(<[u8]>::len);
        let mut table = Self { tests, ..Self::default() };
        for (id, key) in (0..).zip(&keys) {
            while table.lengths.len() <= key.len() {
                table.lengths.push((id, table.bytes.len() as u32));
            }
            table.bytes.extend_from_slice(key);
        }
        if !keys.is_empty() {
            table.lengths.push((keys.len() as u32, table.bytes.len() as u32));
        }
        table
    }

    fn find(&self, text: &[u8], hit: &mut impl FnMut(u32)) {
        let (Some((first, start)), Some((end, _))) =
            (self.lengths.get(text.len()), self.lengths.get(text.len() + 1))
        else {
            return;
        };
        let key = |at: u32| {
            let start = *start as usize + (at - first) as usize * text.len();
            &self.bytes[start..start + text.len()]
        };
        let (mut low, mut high) = (*first, *end);
        while low < high {
            let middle = u32::midpoint(low, high);
            match key(middle).cmp(text) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return self.tests.of(middle as usize).iter().for_each(|test| hit(*test)),
            }
        }
    }
}

/// Texts, sorted and each once, with the tests that follow from them.
#[derive(Default)]
struct Keys<'t>(BTreeMap<Cow<'t, [u8]>, Vec<u32>>);

impl<'t> Keys<'t> {
    fn add(&mut self, text: &'t str, value: u32) {
        self.0.entry(text.as_bytes().into()).or_default().push(value);
    }

    fn add_reversed(&mut self, text: &str, value: u32) {
        let reversed: Vec<u8> = text.bytes().rev().collect();
        self.0.entry(reversed.into()).or_default().push(value);
    }

    /// The keys, sorted by a number and among equals by their bytes, and what follows from each.
    fn finish(self, order: fn(&[u8]) -> usize) -> (Vec<Cow<'t, [u8]>>, Postings) {
        let mut sorted: Vec<_> = self.0.into_iter().collect();
        sorted.sort_by_key(|(key, _)| order(key));
        let (mut keys, mut pairs) = (Vec::new(), Vec::new());
        for (id, (key, mut values)) in (0..).zip(sorted) {
            values.dedup();
            pairs.extend(values.into_iter().map(|value| (id, value)));
            keys.push(key);
        }
        let postings = Postings::new(keys.len(), &pairs);
        (keys, postings)
    }
}

/// Affixes with the tests that follow from each.
#[derive(Clone, Debug, Default)]
struct AffixTable {
    affixes: Affixes,
    tests: Postings,
}

impl AffixTable {
    fn new(keys: Keys<'_>) -> Self {
        let (keys, tests) = keys.finish(|_| 0);
        Self { affixes: Affixes::new(keys.iter().map(|key| &**key)), tests }
    }

    fn find(&self, text: &[u8], hit: &mut impl FnMut(u32)) {
        self.affixes.find(text, |at| self.tests.of(at).iter().for_each(|test| hit(*test)));
    }
}

/// A test that holds when all of several needles are found.
#[derive(Clone, Copy, Debug)]
struct Sum {
    test: u32,
    needles: u32,
}

/// Marks a value of `Needles::outcomes` as the index of a sum; otherwise it is a test.
const IS_SUM: u32 = 1 << 31;

/// As many needles are searched for faster one by one than all at once.
const FEW: usize = 3;
/// Bytes of needles for which an automaton with a row for each state is small, some 200 bytes for each,
/// and soon made; it is twice as fast.
const MAX_DFA: usize = 2048;

#[derive(Clone, Debug)]
enum Searcher {
    Few(Vec<Finder<'static>>),
    Some(Box<DFA>),
    Many(Box<NFA>),
}

/// All texts that a field is searched for.
#[derive(Clone, Debug)]
struct Needles {
    searcher: Searcher,
    count: usize,
    /// What each needle brings about.
    outcomes: Postings,
    sums: Vec<Sum>,
}

/// What was found in the text that is being searched.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// The needles; only those of the last text are set.
    needles: Vec<u64>,
    /// How many needles of each sum.
    sums: Vec<u32>,
    reversed: Vec<u8>,
}

impl Needles {
    fn new(keys: Keys<'_>, sums: Vec<Sum>) -> Option<Self> {
        let (needles, outcomes) = keys.finish(|_| 0);
        let searcher = match needles.len() {
            0 => return None,
            1..=FEW => Searcher::Few(needles.iter().map(|key| Finder::new(key).into_owned()).collect()),
            _ if needles.iter().map(|needle| needle.len()).sum::<usize>() <= MAX_DFA => {
                let automaton = DFA::builder().prefilter(false).build(&needles);
                Searcher::Some(Box::new(automaton.expect("no more texts than `Budget` admits")))
            }
            _ => Searcher::Many(Box::new(NFA::new(&needles).expect("no more texts than `Budget` admits"))),
        };
        Some(Self { searcher, count: needles.len(), outcomes, sums })
    }

    fn search(&self, text: &[u8], found: &mut Found, hit: &mut impl FnMut(u32)) {
        found.sums.clear();
        found.sums.resize(self.sums.len(), 0);
        match &self.searcher {
            Searcher::Few(finders) => {
                let there = finders.iter().enumerate().filter(|(_, finder)| finder.find(text).is_some());
                there.for_each(|(needle, _)| self.note(needle, found, hit));
            }
            Searcher::Some(automaton) => self.run(&**automaton, text, found, hit),
            Searcher::Many(automaton) => self.run(&**automaton, text, found, hit),
        }
    }

    fn run(&self, automaton: &impl Automaton, text: &[u8], found: &mut Found, hit: &mut impl FnMut(u32)) {
        found.needles.clear();
        found.needles.resize(self.count.div_ceil(64), 0);
        let input = Input::new(text);
        let (mut state, mut missing) = (OverlappingState::start(), self.count);
        while missing > 0 && automaton.try_find_overlapping(&input, &mut state).is_ok() {
            let Some(needle) = state.get_match().map(|found| found.pattern().as_usize()) else { return };
            let (word, bit) = (needle / 64, 1 << (needle % 64));
            if found.needles[word] & bit == 0 {
                found.needles[word] |= bit;
                missing -= 1;
                self.note(needle, found, hit);
            }
        }
    }

    fn note(&self, needle: usize, found: &mut Found, hit: &mut impl FnMut(u32)) {
        for outcome in self.outcomes.of(needle) {
            if outcome & IS_SUM == 0 {
                hit(*outcome);
                continue;
            }
            let at = (outcome & !IS_SUM) as usize;
            found.sums[at] += 1;
            if found.sums[at] == self.sums[at].needles {
                hit(self.sums[at].test);
            }
        }
    }
}

/// Everything that is asked of one field.
#[derive(Clone, Debug, Default)]
pub(super) struct FieldIndex {
    /// Whole texts.
    equal: Table,
    /// Last components of paths.
    named: Table,
    prefixes: AffixTable,
    suffixes: AffixTable,
    needles: Option<Needles>,
}

impl FieldIndex {
    /// Makes the index of tests, which are not sorting and have no empty items.
    pub(super) fn new<'k>(tests: impl Iterator<Item = (u32, &'k Kind)>) -> Self {
        let mut maker = Maker::default();
        tests.for_each(|(test, kind)| maker.add(test, kind));
        maker.finish()
    }

    /// Calls for each test that holds of a text, for some more than once.
    pub(super) fn scan(&self, text: &str, found: &mut Found, mut hit: impl FnMut(u32)) {
        let bytes = text.as_bytes();
        self.equal.find(bytes, &mut hit);
        if !self.named.lengths.is_empty() {
            let start = memchr::memrchr(b'\\', bytes).map_or(0, |at| at + 1);
            self.named.find(&bytes[start..], &mut hit);
        }
        if !self.prefixes.affixes.is_empty() {
            self.prefixes.find(bytes, &mut hit);
        }
        if !self.suffixes.affixes.is_empty() {
            found.reversed.clear();
            found.reversed.extend(bytes.iter().rev().take(self.suffixes.affixes.longest()));
            self.suffixes.find(&found.reversed, &mut hit);
        }
        if let Some(needles) = &self.needles {
            needles.search(bytes, found, &mut hit);
        }
    }
}

#[derive(Default)]
struct Maker<'k> {
    equal: Keys<'k>,
    named: Keys<'k>,
    prefixes: Keys<'k>,
    suffixes: Keys<'k>,
    needles: Keys<'k>,
    sums: Vec<Sum>,
}

impl<'k> Maker<'k> {
    fn add(&mut self, test: u32, kind: &'k Kind) {
        match kind {
            Kind::Equals(value) => self.equal.add(value, test),
            Kind::EqualsAny(list) => list.split(';').for_each(|item| self.equal.add(item, test)),
            Kind::Named(name) => self.named.add(name, test),
            Kind::Begins(value) => self.prefixes.add(value, test),
            Kind::Ends(value) => self.suffixes.add_reversed(value, test),
            Kind::HasAny(parts) => parts.items().for_each(|item| self.needles.add(item, test)),
            Kind::HasAll(parts) => self.add_sum(test, parts),
            Kind::Sorts(..) => {}
        }
    }

    fn add_sum(&mut self, test: u32, parts: &'k Parts) {
        let mut items: Vec<&str> = parts.items().collect();
        items.sort_unstable();
        items.dedup();
        let outcome = IS_SUM | self.sums.len() as u32;
        items.iter().for_each(|item| self.needles.add(item, outcome));
        self.sums.push(Sum { test, needles: items.len() as u32 });
    }

    fn finish(self) -> FieldIndex {
        FieldIndex {
            equal: Table::new(self.equal),
            named: Table::new(self.named),
            prefixes: AffixTable::new(self.prefixes),
            suffixes: AffixTable::new(self.suffixes),
            needles: Needles::new(self.needles, self.sums),
        }
    }
}
