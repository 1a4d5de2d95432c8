//! One event on its way through the fast form.
//!
//! Whatever is known of the event is marked with the number of the decision, so that nothing has to
//! be cleared between events and nothing is allocated once the working memory has its size.

use super::compile::{Condition, Conjunction, EventIndex, Filter, NEVER};
use super::field::Found;
use crate::config::policy::{Subject, is_string};
use crate::schema::fields;

/// Working memory, for events of any id.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    /// The number of the decision.
    generation: u32,
    fields: Vec<FieldState>,
    tests: Vec<TestState>,
    lists: Vec<ListState>,
    /// Branches whose anchor holds, each with the place of the one before it of its list.
    candidates: Vec<(u32, u32)>,
    /// Tests that were found to hold.
    hits: Vec<u32>,
    found: Found,
}

#[derive(Clone, Debug, Default)]
struct FieldState {
    loaded: u32,
    scanned: u32,
    /// Folded.
    text: String,
}

/// What is known of a test; nothing, unless it is of this decision.
#[derive(Clone, Copy, Debug, Default)]
struct TestState {
    generation: u32,
    is_true: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct ListState {
    generation: u32,
    is_decided: bool,
    /// The first branch of one condition that holds; once it is decided, of all.
    first: u32,
    candidate: u32,
}

const NONE: u32 = u32::MAX;

/// How far a filter got whose items all have to match.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reached {
    /// The item that failed.
    Item(u32),
    End,
}

pub(super) struct Run<'r, 'p, S> {
    pub(super) index: &'p EventIndex,
    scratch: &'r mut Scratch,
    subject: &'r S,
}

impl<'r, 'p, S: Subject> Run<'r, 'p, S> {
    /// Begins a decision; `None` where a field is absent that may fail a filter.
    pub(super) fn begin(index: &'p EventIndex, scratch: &'r mut Scratch, subject: &'r S) -> Option<Self> {
        scratch.begin(index);
        let mut run = Self { index, scratch, subject };
        let mut required = (0..).zip(&index.fields).filter(|(_, field)| field.is_required);
        required.all(|(at, _)| run.load(at)).then_some(run)
    }

    /// The filter that matches, and the branch that sufficed where one is enough.
    pub(super) fn decide(&mut self) -> Option<(usize, Option<u32>)> {
        let index = self.index;
        index.filters.iter().enumerate().find_map(|(at, filter)| match filter {
            Filter::Any(list) => Some((at, Some(self.first(*list)?))),
            Filter::All(conjunction) => {
                let is_empty = conjunction.lists.is_empty() && conjunction.rules.is_empty();
                (!is_empty && self.reached(conjunction) == Reached::End).then_some((at, None))
            }
        })
    }

    pub(super) fn reached(&mut self, conjunction: &Conjunction) -> Reached {
        let missed = conjunction.lists.iter().find(|(list, _)| self.first(*list).is_none());
        let reached = missed.map_or(Reached::End, |(_, last)| Reached::Item(*last));
        let index = self.index;
        let item = |branch: &u32| Reached::Item(index.branches[*branch as usize].item);
        let mut tried = conjunction.rules.iter().take_while(|branch| item(branch) < reached);
        tried.find(|branch| !self.all(**branch)).map_or(reached, item)
    }

    /// The first branch of a list that holds.
    pub(super) fn first(&mut self, list: u32) -> Option<u32> {
        let index = self.index;
        let described = &index.lists[list as usize];
        self.scan_all(described.fields);
        let state = *self.scratch.list(list);
        if state.is_decided {
            return Some(state.first).filter(|branch| *branch != NONE);
        }
        let (mut first, mut candidate) = (state.first, state.candidate);
        while candidate != NONE {
            let (branch, before) = self.scratch.candidates[candidate as usize];
            if branch < first && self.all(branch) {
                first = branch;
            }
            candidate = before;
        }
        let mut unanchored = described.unanchored.iter().take_while(|branch| **branch < first);
        if let Some(branch) = unanchored.find(|branch| self.all(**branch)) {
            first = *branch;
        }
        *self.scratch.list(list) = ListState { is_decided: true, first, ..state };
        Some(first).filter(|branch| *branch != NONE)
    }

    /// Whether all conditions of a branch hold.
    fn all(&mut self, branch: u32) -> bool {
        let index = self.index;
        index.conditions[index.branches[branch as usize].conditions()].iter().all(|found| self.holds(*found))
    }

    pub(super) fn holds(&mut self, condition: Condition) -> bool {
        condition.test != NEVER && self.is_true(condition.test) == condition.wanted
    }

    fn is_true(&mut self, test: u32) -> bool {
        let index = self.index;
        let described = &index.tests[test as usize];
        if described.is_looked_up {
            self.scan_all(1 << described.field);
        }
        let state = self.scratch.tests[test as usize];
        if described.is_looked_up || state.generation == self.scratch.generation {
            return state.generation == self.scratch.generation && state.is_true;
        }
        self.load(described.field as usize);
        let is_true = described.test.kind.is_true(&self.scratch.fields[described.field as usize].text);
        self.scratch.tests[test as usize] = TestState { generation: self.scratch.generation, is_true };
        is_true
    }

    /// The tests that were found to hold, from a place on.
    pub(super) fn hit(&self, at: usize) -> Option<u32> {
        self.scratch.hits.get(at).copied()
    }

    /// Makes a field's text known; `false` where it has none and is no string.
    fn load(&mut self, field: usize) -> bool {
        let id = self.index.fields[field].id;
        let state = &mut self.scratch.fields[field];
        if state.loaded == self.scratch.generation {
            return true;
        }
        state.loaded = self.scratch.generation;
        state.text.clear();
        // The name is not known while the filters run.
        if id != fields::RULE_NAME && self.subject.push_text(id, &mut state.text) {
            state.text.make_ascii_lowercase();
            return true;
        }
        state.text.push('-');
        is_string(id)
    }

    /// Looks at the fields of a set of bits, those that were not looked at.
    #[inline]
    pub(super) fn scan_all(&mut self, mut fields: u64) {
        while fields != 0 {
            let field = fields.trailing_zeros() as usize;
            fields &= fields - 1;
            if self.scratch.fields[field].scanned != self.scratch.generation {
                self.scan(field);
            }
        }
    }

    fn scan(&mut self, field: usize) {
        self.load(field);
        let (index, scratch) = (self.index, &mut *self.scratch);
        scratch.fields[field].scanned = scratch.generation;
        let text = std::mem::take(&mut scratch.fields[field].text);
        let mut found = std::mem::take(&mut scratch.found);
        index.fields[field].index.scan(&text, &mut found, |test| scratch.note(index, test));
        scratch.found = found;
        scratch.fields[field].text = text;
    }
}

impl Scratch {
    fn begin(&mut self, index: &EventIndex) {
        self.generation = self.generation.wrapping_add(1);
        if self.generation == 0 {
            // Marks of four thousand million decisions ago would pass for new ones.
            *self = Self { generation: 1, ..Self::default() };
        }
        grow(&mut self.fields, index.fields.len());
        grow(&mut self.tests, index.tests.len());
        grow(&mut self.lists, index.lists.len());
        self.candidates.clear();
        self.hits.clear();
    }

    fn list(&mut self, list: u32) -> &mut ListState {
        let state = &mut self.lists[list as usize];
        if state.generation != self.generation {
            *state =
                ListState { generation: self.generation, is_decided: false, first: NONE, candidate: NONE };
        }
        state
    }

    /// Notes a test that holds, and the branches that wait for it.
    fn note(&mut self, index: &EventIndex, test: u32) {
        let state = &mut self.tests[test as usize];
        if state.generation == self.generation {
            return;
        }
        *state = TestState { generation: self.generation, is_true: true };
        self.hits.push(test);
        for id in index.anchored.of(test as usize) {
            let branch = &index.branches[*id as usize];
            let next = self.candidates.len() as u32;
            let state = self.list(branch.list);
            if *id >= state.first {
                continue;
            }
            if branch.end - branch.start == 1 {
                state.first = *id;
            } else {
                let before = std::mem::replace(&mut state.candidate, next);
                self.candidates.push((*id, before));
            }
        }
    }
}

fn grow<T: Clone + Default>(states: &mut Vec<T>, len: usize) {
    if states.len() < len {
        states.resize(len, T::default());
    }
}
