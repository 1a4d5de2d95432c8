//! Making the fast form of the filters of one event.
//!
//! A *branch* is what suffices or is needed as a whole: a loose condition, or the conditions of a
//! Rule that all have to hold. A *list* is a sequence of branches of which the first that holds
//! counts: the items of a filter that is an alternative, the conditions of a Rule that is one, and
//! the loose conditions on one field of a filter whose items all have to match.
//!
//! Each branch of a list waits for its anchor: of its positive conditions that can be looked up,
//! the one that the fewest branches have. Only what is an anchor, and long lists of texts, goes
//! into the indices of fields; everything else is asked when a branch is looked at. A branch
//! without an anchor is looked at for every event.
//!
//! Conditions on a field that the event has at another place never hold, and are kept as such.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::field::{FieldIndex, Postings};
use crate::config::Relation;
use crate::config::operator::{Kind, Test};
use crate::config::policy::{PolicyCondition, PolicyFilter, PolicyItem, is_string};
use crate::schema::FieldId;

/// Bytes of texts of one event that are looked up, with their overhead: eight times the largest public
/// configuration, all of it on one event.
const MAX_BYTES: usize = 8 << 20;
/// Longer texts are not looked up: few fit into a configuration, and none into most fields.
const MAX_TEXT: usize = 4096;
/// What an entry of a table takes besides its text.
const ENTRY: usize = 48;
/// Lengths of the texts that one field is searched for: no more of them can end at one place.
const MAX_LENGTHS: usize = 256;
/// Bytes of those texts, times their lengths: more is never stored as matches of the automaton's states.
const MAX_MATCHES: usize = 16 << 20;
/// Lists of texts that are tried one by one.
const SHORT_LIST: usize = 4;
/// Texts of at most this length are in so many others that other anchors are better.
const SHORT_TEXT: usize = 3;

/// The test of a condition that never holds.
pub(super) const NEVER: u32 = u32::MAX;
/// The name that leaves the slot as it is.
const NO_NAME: u32 = 0;

/// The filters of one event.
#[derive(Clone, Debug)]
pub(in crate::config) struct EventIndex {
    pub(super) fields: Vec<Field>,
    pub(super) tests: Vec<IndexedTest>,
    pub(super) conditions: Vec<Condition>,
    pub(super) branches: Vec<Branch>,
    pub(super) lists: Vec<List>,
    pub(super) filters: Vec<Filter>,
    /// Branches by their anchors, which are tests.
    pub(super) anchored: Postings,
    /// Branches that may leave a name when they fail, by the tests that have to hold for that.
    pub(super) leaking: Postings,
    names: Vec<Box<str>>,
}

/// A field that conditions ask for.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) id: FieldId,
    /// Whether an event without it is left to the plain tree.
    pub(super) is_required: bool,
    pub(super) index: FieldIndex,
}

/// Something that is asked of a field, by however many conditions.
#[derive(Clone, Debug)]
pub(super) struct IndexedTest {
    pub(super) field: u32,
    /// Whether the field's index answers it.
    pub(super) is_looked_up: bool,
    pub(super) test: Arc<Test>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Condition {
    pub(super) test: u32,
    pub(super) wanted: bool,
    pub(super) name: u32,
}

impl Condition {
    pub(super) fn is_named(self) -> bool {
        self.name != NO_NAME
    }

    fn is_positive(self) -> bool {
        self.wanted && self.test != NEVER
    }
}

#[derive(Clone, Debug)]
pub(super) struct Branch {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Index in the configuration of the filter's item that it is or belongs to.
    pub(super) item: u32,
    /// The list that it is found by.
    pub(super) list: u32,
}

impl Branch {
    pub(super) fn conditions(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Branches of which the first that holds counts.
#[derive(Clone, Debug, Default)]
pub(super) struct List {
    pub(super) branches: Range<u32>,
    /// Bits of the fields that anchors of its branches are on.
    pub(super) fields: u64,
    /// Branches without an anchor, in order.
    pub(super) unanchored: Vec<u32>,
    /// The same of branches that may leave a name when they fail.
    pub(super) leak_fields: u64,
    pub(super) leaking_unanchored: Vec<u32>,
    pub(super) may_leak: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Filter {
    /// The list of its items.
    Any(u32),
    All(Conjunction),
}

/// A filter whose items all have to match.
#[derive(Clone, Debug, Default)]
pub(super) struct Conjunction {
    /// Lists, each with the item at which the filter fails when none of it holds, by that item.
    pub(super) lists: Vec<(u32, u32)>,
    /// Branches of Rules, in order.
    pub(super) rules: Vec<u32>,
    /// Whether any condition has a name.
    pub(super) is_named: bool,
}

impl EventIndex {
    /// Makes the fast form of an event's filters, which are in the order in which they are tried.
    pub(in crate::config) fn new(layout: &[FieldId], filters: &[PolicyFilter]) -> Self {
        let mut compiler = Compiler::new(layout);
        let filters = filters.iter().map(|filter| compiler.filter(filter)).collect();
        compiler.finish(filters)
    }

    /// The index in the configuration of the item that a branch is or belongs to.
    pub(super) fn item(&self, branch: u32) -> usize {
        self.branches[branch as usize].item as usize
    }

    pub(super) fn name(&self, condition: Condition) -> &str {
        &self.names[condition.name as usize]
    }

    /// The name that a branch leaves that holds: its last.
    pub(super) fn last_name(&self, branch: u32) -> Option<&str> {
        let conditions = &self.conditions[self.branches[branch as usize].conditions()];
        conditions.iter().rfind(|condition| condition.is_named()).map(|condition| self.name(*condition))
    }
}

/// What a test asks, to find equal ones.
type Key<'k> = (u32, std::mem::Discriminant<Kind>, bool, &'k str);

struct Compiler<'k> {
    layout: &'k [FieldId],
    fields: Vec<FieldId>,
    tests: Vec<IndexedTest>,
    known: HashMap<Key<'k>, u32>,
    conditions: Vec<Condition>,
    branches: Vec<Branch>,
    lists: Vec<List>,
    names: Vec<Box<str>>,
    name_ids: HashMap<&'k str, u32>,
    budget: Budget,
}

const UNLISTED: u32 = u32::MAX;

impl<'k> Compiler<'k> {
    fn new(layout: &'k [FieldId]) -> Self {
        Self {
            layout,
            fields: Vec::new(),
            tests: Vec::new(),
            known: HashMap::new(),
            conditions: Vec::new(),
            branches: Vec::new(),
            lists: Vec::new(),
            names: vec!["".into()],
            name_ids: HashMap::from([("", NO_NAME)]),
            budget: Budget::default(),
        }
    }

    fn filter(&mut self, filter: &'k PolicyFilter) -> Filter {
        match filter.relation {
            Relation::Or => {
                let items = filter.items.iter();
                let branches = items.flat_map(|(at, item)| branches(*at, item)).collect();
                Filter::Any(self.list(branches))
            }
            Relation::And => Filter::All(self.conjunction(filter)),
        }
    }

    fn conjunction(&mut self, filter: &'k PolicyFilter) -> Conjunction {
        let mut conjunction = Conjunction::default();
        let mut loose: Vec<(FieldId, Vec<Written<'k>>)> = Vec::new();
        for (at, item) in &filter.items {
            match item {
                PolicyItem::Condition { condition, .. } => {
                    let written = (*at, std::slice::from_ref(condition));
                    match loose.iter_mut().find(|(field, _)| *field == condition.field) {
                        Some((_, branches)) => branches.push(written),
                        None => loose.push((condition.field, vec![written])),
                    }
                }
                PolicyItem::Rule(Relation::Or, _) => {
                    conjunction.lists.push((self.list(branches(*at, item).collect()), *at as u32));
                }
                PolicyItem::Rule(Relation::And, conditions) => {
                    let branch = self.branch((*at, conditions), UNLISTED);
                    conjunction.rules.push(branch);
                }
            }
        }
        for (_, branches) in loose {
            let last = branches.last().map_or(0, |(at, _)| *at as u32);
            conjunction.lists.push((self.list(branches), last));
        }
        conjunction.lists.sort_by_key(|(_, last)| *last);
        let mut all = filter.items.iter().flat_map(|(at, item)| branches(*at, item));
        conjunction.is_named =
            all.any(|(_, conditions)| conditions.iter().any(|found| !found.name.is_empty()));
        conjunction
    }

    fn list(&mut self, written: Vec<Written<'k>>) -> u32 {
        let list = self.lists.len() as u32;
        let start = self.branches.len() as u32;
        for branch in written {
            self.branch(branch, list);
        }
        self.lists.push(List { branches: start..self.branches.len() as u32, ..List::default() });
        list
    }

    fn branch(&mut self, (item, conditions): Written<'k>, list: u32) -> u32 {
        let start = self.conditions.len() as u32;
        for condition in conditions {
            let condition = self.condition(condition);
            self.conditions.push(condition);
        }
        self.branches.push(Branch { start, end: self.conditions.len() as u32, item: item as u32, list });
        self.branches.len() as u32 - 1
    }

    fn condition(&mut self, condition: &'k PolicyCondition) -> Condition {
        let name = *self.name_ids.entry(&condition.name).or_insert_with(|| {
            self.names.push(condition.name.as_str().into());
            self.names.len() as u32 - 1
        });
        let is_there = self.layout.get(condition.place) == Some(&condition.field);
        let test = if is_there { self.test(condition) } else { NEVER };
        Condition { test, wanted: condition.test.wanted, name }
    }

    fn test(&mut self, condition: &'k PolicyCondition) -> u32 {
        let field = self.fields.iter().position(|field| *field == condition.field).unwrap_or_else(|| {
            self.fields.push(condition.field);
            self.fields.len() - 1
        });
        let field = field as u32;
        let (meaning, value) = condition.test.kind.key();
        let key = (field, std::mem::discriminant(&condition.test.kind), meaning, value);
        *self.known.entry(key).or_insert_with(|| {
            let test = Arc::clone(&condition.test);
            self.tests.push(IndexedTest { field, is_looked_up: false, test });
            self.tests.len() as u32 - 1
        })
    }

    fn finish(mut self, filters: Vec<Filter>) -> EventIndex {
        let (anchored, leaking) = self.anchors();
        for test in &mut self.tests {
            test.is_looked_up |= is_long(&test.test.kind) && self.budget.admits(test);
        }
        let field = |(at, id): (usize, &FieldId)| {
            let of_field = |(_, test): &(u32, &IndexedTest)| test.field as usize == at && test.is_looked_up;
            let looked_up = (0..).zip(&self.tests).filter(of_field).map(|(id, test)| (id, &test.test.kind));
            Field { id: *id, is_required: !is_string(*id), index: FieldIndex::new(looked_up) }
        };
        EventIndex {
            fields: self.fields.iter().enumerate().map(field).collect(),
            anchored: Postings::new(self.tests.len(), &anchored),
            leaking: Postings::new(self.tests.len(), &leaking),
            tests: self.tests,
            conditions: self.conditions,
            branches: self.branches,
            lists: self.lists,
            filters,
            names: self.names,
        }
    }

    /// Chooses what each branch waits for, and what for its leaking; pairs of test and branch.
    fn anchors(&mut self) -> (Pairs, Pairs) {
        let mut frequencies = vec![0u32; self.tests.len()];
        for condition in self.conditions.iter().filter(|condition| condition.is_positive()) {
            frequencies[condition.test as usize] += 1;
        }
        let (mut anchored, mut leaking) = (Vec::new(), Vec::new());
        for id in 0..self.branches.len() as u32 {
            let branch = &self.branches[id as usize];
            let (conditions, list) = (branch.conditions(), branch.list as usize);
            if list == UNLISTED as usize {
                continue;
            }
            if let Some(leak) = self.leak(conditions.clone()) {
                let anchor = self.anchor(leak, &frequencies);
                let field = self.field_bit(anchor);
                let list = &mut self.lists[list];
                list.may_leak = true;
                list.leak_fields |= field;
                match anchor {
                    Some(test) => leaking.push((test, id)),
                    None => list.leaking_unanchored.push(id),
                }
            }
            if self.conditions[conditions.clone()].iter().any(|condition| condition.test == NEVER) {
                continue;
            }
            let anchor = self.anchor(conditions, &frequencies);
            let field = self.field_bit(anchor);
            let list = &mut self.lists[list];
            list.fields |= field;
            match anchor {
                Some(test) => anchored.push((test, id)),
                None => list.unanchored.push(id),
            }
        }
        (anchored, leaking)
    }

    /// The conditions that have to hold for a branch to leave a name when it fails.
    fn leak(&self, conditions: Range<usize>) -> Option<Range<usize>> {
        let first = self.conditions[conditions.clone()].iter().position(|condition| condition.is_named())?;
        let leak = conditions.start..conditions.start + first + 1;
        let may_hold = self.conditions[leak.clone()].iter().all(|condition| condition.test != NEVER);
        (leak.end < conditions.end && may_hold).then_some(leak)
    }

    fn anchor(&mut self, conditions: Range<usize>, frequencies: &[u32]) -> Option<u32> {
        let positive = self.conditions[conditions].iter().filter(|condition| condition.is_positive());
        let mut tests: Vec<u32> = positive.map(|condition| condition.test).collect();
        tests.sort_by_key(|test| {
            commonness(&self.tests[*test as usize].test.kind, frequencies[*test as usize])
        });
        tests.into_iter().find(|test| {
            let test = &mut self.tests[*test as usize];
            test.is_looked_up |= self.budget.admits(test);
            test.is_looked_up
        })
    }

    fn field_bit(&self, test: Option<u32>) -> u64 {
        test.map_or(0, |test| 1 << self.tests[test as usize].field)
    }
}

type Pairs = Vec<(u32, u32)>;

/// A branch before it is compiled: the index of its item, and its conditions.
type Written<'k> = (usize, &'k [PolicyCondition]);

/// The branches of an item, where one is enough.
fn branches(at: usize, item: &PolicyItem) -> impl Iterator<Item = Written<'_>> {
    let (conditions, size) = match item {
        PolicyItem::Condition { condition, .. } => (std::slice::from_ref(condition), 1),
        PolicyItem::Rule(Relation::Or, conditions) => (&conditions[..], 1),
        PolicyItem::Rule(Relation::And, conditions) => (&conditions[..], conditions.len()),
    };
    conditions.chunks(size.max(1)).map(move |conditions| (at, conditions))
}

/// How often a test is expected to hold, compared with others.
fn commonness(kind: &Kind, frequency: u32) -> u64 {
    let is_short = match kind {
        Kind::HasAny(parts) => parts.items().any(|item| item.len() <= SHORT_TEXT),
        Kind::HasAll(parts) => parts.items().all(|item| item.len() <= SHORT_TEXT),
        Kind::Begins(value) | Kind::Ends(value) => value.len() <= SHORT_TEXT,
        Kind::Equals(_) | Kind::EqualsAny(_) | Kind::Named(_) | Kind::Sorts(..) => false,
    };
    u64::from(frequency) * if is_short { 64 } else { 1 }
}

/// Whether a test is a list so long that it is looked up even where it is no anchor.
fn is_long(kind: &Kind) -> bool {
    match kind {
        Kind::HasAny(parts) | Kind::HasAll(parts) => parts.items().nth(SHORT_LIST).is_some(),
        Kind::EqualsAny(list) => list.split(';').nth(SHORT_LIST).is_some(),
        _ => false,
    }
}

/// The texts that are looked up for a kind; `None` where it is not a matter of looking up.
fn texts(kind: &Kind) -> Option<Box<dyn Iterator<Item = &str> + '_>> {
    match kind {
        Kind::Sorts(..) => None,
        Kind::Equals(value) | Kind::Begins(value) | Kind::Ends(value) | Kind::Named(value) => {
            Some(Box::new(std::iter::once(value.as_str())))
        }
        Kind::EqualsAny(list) => Some(Box::new(list.split(';'))),
        Kind::HasAny(parts) | Kind::HasAll(parts) => {
            let is_plain = !parts.has_rests() && parts.items().all(|item| !item.is_empty());
            is_plain.then(|| Box::new(parts.items()) as Box<dyn Iterator<Item = &str>>)
        }
    }
}

/// What is left for the texts of one event.
#[derive(Default)]
struct Budget {
    bytes: usize,
    /// Of each field, what it is searched for.
    searched: HashMap<u32, Searched>,
}

#[derive(Default)]
struct Searched {
    bytes: usize,
    lengths: HashSet<usize>,
}

impl Budget {
    /// Whether a test is looked up from now on: its kind can be, and there is room.
    fn admits(&mut self, test: &IndexedTest) -> bool {
        if test.is_looked_up {
            return true;
        }
        let Some(texts) = texts(&test.test.kind) else { return false };
        let (count, longest, bytes) = texts.fold((0, 0, 0), |(count, longest, bytes), text| {
            (count + 1, text.len().max(longest), bytes + text.len())
        });
        let size = bytes + count * ENTRY;
        if longest > MAX_TEXT {
            return false;
        }
        let fits = self.bytes + size <= MAX_BYTES && self.searches(test);
        self.bytes += if fits { size } else { 0 };
        fits
    }

    fn searches(&mut self, test: &IndexedTest) -> bool {
        let (Kind::HasAny(parts) | Kind::HasAll(parts)) = &test.test.kind else { return true };
        let searched = self.searched.entry(test.field).or_default();
        let new: HashSet<usize> =
            parts.items().map(str::len).filter(|len| !searched.lengths.contains(len)).collect();
        let lengths = searched.lengths.len() + new.len();
        let bytes = searched.bytes + parts.value.len();
        let fits = lengths <= MAX_LENGTHS && bytes * lengths <= MAX_MATCHES;
        if fits {
            searched.bytes = bytes;
            searched.lengths.extend(new);
        }
        fits
    }
}
