//! All that is asked of one field, answered in one look at its text.

use std::collections::{BTreeMap, HashMap};

use aho_corasick::automaton::{Automaton, OverlappingState};
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, Input};

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

/// Texts with what follows from each of them.
#[derive(Clone, Debug, Default)]
struct Table {
    ids: HashMap<Box<[u8]>, u32>,
    /// One bit for each length that occurs, the last for all that are longer: most texts have none of them.
    lengths: [u64; 4],
    tests: Postings,
}

impl Table {
    fn new(keys: Keys<'_>) -> Self {
        let (keys, tests) = keys.finish();
        let mut table = Self { tests, ..Self::default() };
        for (id, key) in (0..).zip(keys) {
            let (word, bit) = length_bit(key.len());
            table.lengths[word] |= bit;
            table.ids.insert(key.into(), id);
        }
        table
    }

    fn find(&self, text: &[u8], hit: &mut impl FnMut(u32)) {
        let (word, bit) = length_bit(text.len());
        if self.lengths[word] & bit == 0 {
            return;
        }
        if let Some(id) = self.ids.get(text) {
            self.tests.of(*id as usize).iter().for_each(|test| hit(*test));
        }
    }
}

fn length_bit(len: usize) -> (usize, u64) {
    let len = len.min(255);
    (len / 64, 1 << (len % 64))
}

/// Texts, sorted and each once, with the tests that follow from them.
#[derive(Default)]
struct Keys<'t>(BTreeMap<std::borrow::Cow<'t, [u8]>, Vec<u32>>);

impl<'t> Keys<'t> {
    fn add(&mut self, text: &'t str, value: u32) {
        self.0.entry(text.as_bytes().into()).or_default().push(value);
    }

    fn add_reversed(&mut self, text: &str, value: u32) {
        let reversed: Vec<u8> = text.bytes().rev().collect();
        self.0.entry(reversed.into()).or_default().push(value);
    }

    fn finish(self) -> (Vec<std::borrow::Cow<'t, [u8]>>, Postings) {
        let (mut keys, mut pairs) = (Vec::new(), Vec::new());
        for (id, (key, mut values)) in (0..).zip(self.0) {
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
        let (keys, tests) = keys.finish();
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

/// All texts that a field is searched for.
#[derive(Clone, Debug)]
struct Needles {
    automaton: NFA,
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
    fn search(&self, text: &str, found: &mut Found, hit: &mut impl FnMut(u32)) {
        found.needles.clear();
        found.needles.resize(self.count.div_ceil(64), 0);
        found.sums.clear();
        found.sums.resize(self.sums.len(), 0);
        let input = Input::new(text).anchored(Anchored::No);
        let (mut state, mut missing) = (OverlappingState::start(), self.count);
        while missing > 0 && self.automaton.try_find_overlapping(&input, &mut state).is_ok() {
            let Some(needle) = state.get_match().map(|found| found.pattern().as_usize()) else { return };
            let (word, bit) = (needle / 64, 1 << (needle % 64));
            if found.needles[word] & bit != 0 {
                continue;
            }
            found.needles[word] |= bit;
            missing -= 1;
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
        if !self.named.ids.is_empty() {
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
            needles.search(text, found, &mut hit);
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
        let (needles, outcomes) = self.needles.finish();
        let automaton = (!needles.is_empty())
            .then(|| NFA::new(&needles).expect("few enough texts by the limits of `compile`"));
        FieldIndex {
            equal: Table::new(self.equal),
            named: Table::new(self.named),
            prefixes: AffixTable::new(self.prefixes),
            suffixes: AffixTable::new(self.suffixes),
            needles: automaton.map(|automaton| Needles {
                automaton,
                count: needles.len(),
                outcomes,
                sums: self.sums,
            }),
        }
    }
}
