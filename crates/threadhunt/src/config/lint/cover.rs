//! What was tried before: finds quickly whether something in it holds whenever a condition does.
//!
//! Literals lie by kind, so that a question costs about its own length: equal texts and names in
//! hash tables, beginnings and ends in sorted sets of which none begins another, parts by their
//! first bytes. What would cost more is answered with no.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::literal::{Kind, Literal, Shape, last_component};
use crate::config::{Condition, Operator};
use crate::schema::FieldId;

/// Where something stands that decides first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// Index of the filter in the order of trial.
    pub(super) filter: usize,
    pub(super) span: Range<usize>,
    /// Whether it holds for every event.
    pub(super) always: bool,
}

/// A condition by its meaning.
pub(super) type Key = (FieldId, Operator, String);

/// What a condition is, whatever its letter case.
pub(super) fn key(condition: &Condition) -> Key {
    (condition.field.value, condition.operator.value, condition.value.value.to_ascii_lowercase())
}

/// What a condition asks, worked out once.
#[derive(Debug)]
pub(super) struct Meaning {
    pub(super) key: Key,
    shape: Shape,
}

impl Meaning {
    /// What the condition asks.
    pub(super) fn of(condition: &Condition) -> Self {
        Self { key: key(condition), shape: Shape::of(condition) }
    }
}

/// Everything that decides before.
#[derive(Debug, Default)]
pub(super) struct Cover {
    fields: HashMap<FieldId, FieldCover>,
    conditions: HashMap<Key, Source>,
    /// Rules of which all conditions have to hold, by their sorted conditions.
    rules: HashMap<Vec<Key>, Source>,
    /// What holds for every event whose tag has the field.
    always: Option<Source>,
}

/// What was tried before on one field.
#[derive(Debug, Default)]
struct FieldCover {
    exact: HashMap<(Kind, bool, String), Source>,
    /// None of them begins another one.
    begins: BTreeMap<String, Source>,
    /// Reversed bytes; none of them begins another one.
    ends: BTreeMap<Vec<u8>, Source>,
    parts: Parts,
    /// The first few negative ones.
    negative: Vec<(Literal, Source)>,
    always: Option<Source>,
}

/// Negative literals that are held against each positive one.
const MAX_NEGATIVE: usize = 8;

impl Cover {
    /// Adds a condition that decides by itself; `everywhere` says that every event of the tag has its field.
    pub(super) fn add(&mut self, meaning: &Meaning, everywhere: bool, source: &Source) {
        self.conditions.entry(meaning.key.clone()).or_insert_with(|| source.clone());
        let literals = match &meaning.shape {
            Shape::Any(literals) => literals,
            Shape::All(literals) if literals.len() == 1 => literals,
            Shape::All(_) | Shape::Opaque => return,
        };
        let field = self.fields.entry(meaning.key.0).or_default();
        for literal in literals {
            if literal.is_always() && everywhere {
                self.always.get_or_insert_with(|| Source { always: true, ..source.clone() });
            }
            field.add(literal, source);
        }
    }

    /// Adds a Rule of which all conditions have to hold.
    pub(super) fn add_rule(&mut self, meanings: &[Meaning], source: &Source) {
        self.rules.entry(keys(meanings)).or_insert_with(|| source.clone());
    }

    /// What holds for every event.
    pub(super) fn always(&self) -> Option<&Source> {
        self.always.as_ref()
    }

    /// What holds whenever the condition does.
    pub(super) fn covers(&self, meaning: &Meaning) -> Option<&Source> {
        let field = self.fields.get(&meaning.key.0);
        if let Some(same) = self.conditions.get(&meaning.key) {
            return Some(same);
        }
        match &meaning.shape {
            Shape::Any(literals) => {
                let mut found = literals.iter().map(|literal| field?.covers(literal));
                let first = found.next()??;
                found.all(|source| source.is_some()).then_some(first)
            }
            Shape::All(literals) => literals.iter().find_map(|literal| field?.covers(literal)),
            Shape::Opaque => None,
        }
    }

    /// A Rule before that has the same conditions, all of which have to hold.
    pub(super) fn covers_rule(&self, meanings: &[Meaning]) -> Option<&Source> {
        if self.rules.is_empty() { None } else { self.rules.get(&keys(meanings)) }
    }
}

fn keys(meanings: &[Meaning]) -> Vec<Key> {
    let mut keys: Vec<Key> = meanings.iter().map(|meaning| meaning.key.clone()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

impl FieldCover {
    fn add(&mut self, literal: &Literal, source: &Source) {
        if literal.is_always() {
            self.always.get_or_insert_with(|| source.clone());
            return;
        }
        let text = literal.text.as_str();
        match (literal.negated, literal.kind) {
            (true, _) if self.negative.len() < MAX_NEGATIVE => {
                self.negative.push((literal.clone(), source.clone()));
            }
            (false, Kind::Begins) => add_beginning(&mut self.begins, text.to_owned(), source),
            (false, Kind::Ends) => add_beginning(&mut self.ends, reversed(text), source),
            (false, Kind::Has) => self.parts.add(text, source),
            _ => {}
        }
        self.exact
            .entry((literal.kind, literal.negated, literal.text.clone()))
            .or_insert_with(|| source.clone());
    }

    fn covers(&self, literal: &Literal) -> Option<&Source> {
        let exact = |kind, negated, text: &str| self.exact.get(&(kind, negated, text.to_owned()));
        let text = literal.text.as_str();
        let same = self.always.as_ref().or_else(|| exact(literal.kind, literal.negated, text));
        if literal.negated || same.is_some() {
            return same;
        }
        let begins = || {
            self.begins.range(..=text.to_owned()).next_back().filter(|(start, _)| text.starts_with(*start))
        };
        let ends = || {
            let text = reversed(text);
            let found = self.ends.range(..=text.clone()).next_back();
            found.filter(|(end, _)| text.starts_with(end)).map(|(_, source)| source)
        };
        let named = || exact(Kind::Named, false, last_component(text));
        let by_kind = match literal.kind {
            Kind::Equals => named().or_else(|| begins().map(|(_, source)| source)).or_else(ends),
            Kind::Begins => begins().map(|(_, source)| source),
            Kind::Ends if text.contains('\\') => ends().or_else(named),
            Kind::Ends | Kind::Named => ends(),
            Kind::Has => None,
        };
        let barred =
            || self.negative.iter().find(|(before, _)| literal.implies(before)).map(|(_, source)| source);
        by_kind.or_else(|| self.parts.within(text)).or_else(barred)
    }
}

fn reversed(text: &str) -> Vec<u8> {
    text.bytes().rev().collect()
}

/// Adds a beginning, unless a shorter one is there; longer ones go.
fn add_beginning<T: Ord + Clone + AsRef<[u8]>>(set: &mut BTreeMap<T, Source>, text: T, source: &Source) {
    let begins = |longer: &T, start: &T| longer.as_ref().starts_with(start.as_ref());
    // Since none begins another one, only the last that is not behind the text can begin it.
    if set.range(..=text.clone()).next_back().is_some_and(|(before, _)| begins(&text, before)) {
        return;
    }
    let next = |set: &BTreeMap<T, Source>| set.range(text.clone()..).next().map(|(after, _)| after.clone());
    while let Some(longer) = next(set).filter(|after| begins(after, &text)) {
        set.remove(&longer);
    }
    set.insert(text, source.clone());
}

/// Bytes that parts are found by.
const HEAD: usize = 4;
/// Parts with the same first bytes that are tried at one place.
const MAX_SAME: usize = 8;
/// Longest part that is looked for: each may be compared at every place of a text.
const MAX_PART: usize = 64;

/// Texts that are looked for within others.
#[derive(Debug, Default)]
struct Parts {
    /// By their first bytes, as many as they have up to [`HEAD`].
    heads: HashMap<[u8; HEAD + 1], Vec<(String, Source)>>,
    /// First pairs of bytes that any part of two or more begins with, a bit each.
    pairs: Vec<u64>,
    /// Whether there is a part of one byte.
    has_single: bool,
}

impl Parts {
    fn add(&mut self, text: &str, source: &Source) {
        if text.len() > MAX_PART {
            return;
        }
        let bytes = text.as_bytes();
        if let [first, second, ..] = bytes {
            let bit = pair(*first, *second);
            self.pairs.resize(1 << 10, 0);
            self.pairs[bit / 64] |= 1 << (bit % 64);
        } else {
            self.has_single = true;
        }
        let same = self.heads.entry(head(bytes, bytes.len().min(HEAD))).or_default();
        if same.len() < MAX_SAME && same.iter().all(|(there, _)| there != text) {
            same.push((text.to_owned(), source.clone()));
        }
    }

    /// Some part that lies within the text.
    fn within(&self, text: &str) -> Option<&Source> {
        if self.heads.is_empty() {
            return None;
        }
        let bytes = text.as_bytes();
        (0..bytes.len()).find_map(|at| {
            let rest = &bytes[at..];
            let longest = match rest {
                [first, second, ..] => {
                    let bit = pair(*first, *second);
                    let there = self.pairs.get(bit / 64).is_some_and(|bits| bits >> (bit % 64) & 1 == 1);
                    if there { rest.len().min(HEAD) } else { 1 }
                }
                _ => 1,
            };
            let shortest = if self.has_single { 1 } else { 2 };
            (shortest..=longest).find_map(|len| {
                let same = self.heads.get(&head(rest, len))?;
                same.iter().find(|(part, _)| rest.starts_with(part.as_bytes())).map(|(_, source)| source)
            })
        })
    }
}

fn pair(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}

/// The first bytes with their number, which tells short parts from the beginnings of longer ones.
fn head(bytes: &[u8], len: usize) -> [u8; HEAD + 1] {
    let mut head = [0; HEAD + 1];
    head[..len].copy_from_slice(&bytes[..len]);
    head[HEAD] = len as u8;
    head
}
