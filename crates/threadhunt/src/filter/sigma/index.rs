//! The index: which rules an event can fit, found by one search of each field for the literals of all rules.
//!
//! A rule that fits an event has, for each of its *needs*, one of the need's literals in the event. The
//! literals of all rules on one field are one automaton; each hit marks the needs that it fills, and a rule
//! whose needs are all filled is a candidate that is then decided in full. A rule without any need (only
//! negations or regular expressions) is always one. Nothing is decided here: the index may name too many
//! rules and never too few, which a test holds against deciding every rule.

use std::collections::{BTreeMap, HashMap};

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::check::Check;
use super::compile::{Expr, Tables};
use super::logsource::Kind;
use super::pattern::Anchor;
use super::subject::Subject;

/// Shorter literals stand in nearly every text.
const MIN_LITERAL: usize = 2;
/// Most needs of a rule that are marked: as many as a mask has bits.
const MAX_NEEDS: usize = 32;

/// One of these literals must be there.
type Need = Vec<Literal>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Literal {
    subject: u16,
    bytes: Vec<u8>,
    anchor: At,
}

/// An [`Anchor`] that can be sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    Whole,
    Start,
    End,
    Anywhere,
}

impl From<Anchor> for At {
    fn from(anchor: Anchor) -> Self {
        match anchor {
            Anchor::Whole => Self::Whole,
            Anchor::Start => Self::Start,
            Anchor::End => Self::End,
            Anchor::Anywhere => Self::Anywhere,
        }
    }
}

impl From<At> for Anchor {
    fn from(at: At) -> Self {
        match at {
            At::Whole => Self::Whole,
            At::Start => Self::Start,
            At::End => Self::End,
            At::Anywhere => Self::Anywhere,
        }
    }
}

/// What a hit of a literal fills: a need of a rule.
#[derive(Clone, Copy, Debug)]
struct Posting {
    rule: u32,
    need: u32,
    anchor: Anchor,
}

/// The literals of all rules on one field of one kind of event.
#[derive(Debug)]
struct FieldIndex {
    subject: u16,
    automaton: AhoCorasick,
    /// By pattern.
    postings: Vec<Box<[Posting]>>,
    /// Where the patterns' marks begin among all of the kind.
    first_mark: usize,
}

/// The rules of one kind of event.
#[derive(Debug, Default)]
pub(super) struct KindIndex {
    /// Rules without needs.
    always: Vec<u32>,
    fields: Vec<FieldIndex>,
    marks: usize,
}

/// What one evaluation marks; kept from event to event for its memory.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// By rule, the needs that are filled.
    filled: Vec<u32>,
    touched: Vec<u32>,
    /// By pattern, the event of which it was last seen.
    seen: Vec<u32>,
    event: u32,
}

impl Marks {
    fn begin(&mut self, rules: usize, patterns: usize) {
        self.filled.resize(rules.max(self.filled.len()), 0);
        for rule in self.touched.drain(..) {
            self.filled[rule as usize] = 0;
        }
        if self.seen.len() < patterns {
            self.seen.resize(patterns, 0);
        }
        self.event = self.event.wrapping_add(1);
        if self.event == 0 {
            self.seen.fill(0);
            self.event = 1;
        }
    }
}

impl KindIndex {
    /// The index of rules for one kind of event, and each rule's needs as a mask.
    pub(super) fn build(rules: &[(u32, &Expr)], tables: &Tables, masks: &mut [u32]) -> Result<Self, String> {
        let mut index = Self::default();
        let mut by_field: BTreeMap<u16, BTreeMap<Vec<u8>, Vec<Posting>>> = BTreeMap::new();
        for (rule, expr) in rules {
            let needs = chosen(needs(expr, tables));
            if needs.is_empty() {
                index.always.push(*rule);
            }
            masks[*rule as usize] = u32::MAX.checked_shr(32 - needs.len() as u32).unwrap_or(0);
            for (place, need) in needs.into_iter().enumerate() {
                for Literal { subject, bytes, anchor } in need {
                    let posting = Posting { rule: *rule, need: 1 << place, anchor: anchor.into() };
                    by_field.entry(subject).or_default().entry(bytes).or_default().push(posting);
                }
            }
        }
        for (subject, literals) in by_field {
            let automaton = AhoCorasick::builder()
                .kind(Some(AhoCorasickKind::ContiguousNFA))
                .build(literals.keys())
                .map_err(|error| format!("the rules hold more literals than can be searched: {error}"))?;
            let first_mark = index.marks;
            index.marks += literals.len();
            let postings = literals.into_values().map(Vec::into_boxed_slice).collect();
            index.fields.push(FieldIndex { subject, automaton, postings, first_mark });
        }
        Ok(index)
    }

    /// How many rules are decided for every event.
    pub(super) fn always(&self) -> usize {
        self.always.len()
    }

    /// Appends the rules that an event may fit, given its fields' folded texts.
    pub(super) fn candidates(
        &self,
        masks: &[u32],
        marks: &mut Marks,
        mut search: impl FnMut(u16, &mut dyn FnMut(&[u8])),
        out: &mut Vec<u32>,
    ) {
        marks.begin(masks.len(), self.marks);
        out.extend_from_slice(&self.always);
        for field in &self.fields {
            search(field.subject, &mut |text| field.mark(text, masks, marks, out));
        }
        out.sort_unstable();
    }
}

impl FieldIndex {
    fn mark(&self, text: &[u8], masks: &[u32], marks: &mut Marks, out: &mut Vec<u32>) {
        for hit in self.automaton.find_overlapping_iter(text) {
            let pattern = hit.pattern().as_usize();
            // A second hit can only matter to what must stand in a certain place.
            let seen = &mut marks.seen[self.first_mark + pattern];
            let again = *seen == marks.event;
            *seen = marks.event;
            for posting in &self.postings[pattern] {
                if again && posting.anchor == Anchor::Anywhere {
                    continue;
                }
                if !posting.anchor.holds(hit.start(), hit.end(), text.len()) {
                    continue;
                }
                let filled = &mut marks.filled[posting.rule as usize];
                if *filled & posting.need != 0 {
                    continue;
                }
                if *filled == 0 {
                    marks.touched.push(posting.rule);
                }
                *filled |= posting.need;
                if *filled == masks[posting.rule as usize] {
                    out.push(posting.rule);
                }
            }
        }
    }
}

/// The most telling needs, at most as many as are marked.
fn chosen(mut needs: Vec<Need>) -> Vec<Need> {
    needs.retain(|need| need.iter().all(|literal| literal.bytes.len() >= MIN_LITERAL));
    for need in &mut needs {
        need.sort();
        need.dedup();
    }
    needs.sort_by_cached_key(|need| std::cmp::Reverse(telling(need)));
    needs.dedup();
    needs.truncate(MAX_NEEDS);
    needs
}

/// How telling a need is: long literals before short ones, few before many.
fn telling(need: &Need) -> (usize, std::cmp::Reverse<usize>) {
    let shortest = need.iter().map(|literal| literal.bytes.len()).min().unwrap_or(0);
    (shortest.min(8), std::cmp::Reverse(need.len()))
}

/// What an event that fits must hold; nothing where that cannot be said.
fn needs(expr: &Expr, tables: &Tables) -> Vec<Need> {
    match expr {
        Expr::Test(test) => of_test(*test, tables),
        Expr::Not(_) => Vec::new(),
        Expr::All(parts) => parts.iter().flat_map(|part| needs(part, tables)).collect(),
        Expr::Any(parts) => of_any(parts, tables),
        Expr::AtLeast(0, _) => Vec::new(),
        // Whatever the number, one of them holds.
        Expr::AtLeast(_, parts) => of_any(parts, tables),
    }
}

/// One of the parts holds, so one of their most telling needs is filled.
fn of_any(parts: &[Expr], tables: &Tables) -> Vec<Need> {
    let mut union = Need::new();
    for part in parts {
        let best = needs(part, tables).into_iter().max_by_key(telling);
        match best {
            Some(need) => union.extend(need),
            None => return Vec::new(),
        }
    }
    if union.is_empty() { Vec::new() } else { vec![union] }
}

fn of_test(test: u32, tables: &Tables) -> Vec<Need> {
    let test = &tables.tests[test as usize];
    let Check::Text(pattern) = &test.check else { return Vec::new() };
    // A field without a value fits what asks for none, and has no literal.
    if pattern.asks_for_none() || tables.subjects[usize::from(test.subject)] == Subject::Any {
        return Vec::new();
    }
    match pattern.needle() {
        Some((anchor, bytes)) => vec![vec![Literal { subject: test.subject, bytes, anchor: anchor.into() }]],
        None => Vec::new(),
    }
}

/// The indices of all kinds.
pub(super) type Indices = HashMap<Kind, KindIndex>;
