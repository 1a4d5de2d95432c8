//! What runs: the filters of each event, tried in Sysmon's order.
//!
//! This is the plain tree, the one that explains: a walk over filters, items and conditions as
//! `rules.c` has it (`FilterEventRules`, `MatchFilterGroup`, `CombineGroupDone`), with one slot for
//! the name, which every matching condition overwrites and nothing clears.
//!
//! Excluding filters are tried first, each kind from the last in the file to the first, and the
//! first that matches decides. Where none does, a single filter decides by its kind, and two or
//! more drop the event.
//!
//! The walk tells an [`Observer`] of each step, so that what explains ([`super::explain`]) is what
//! decides; where nobody listens, telling costs nothing.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use super::explain::Outcome;
use super::index::EventIndex;
use super::layouts::Layouts;
use super::operator::Test;
use super::{Condition, Config, Filter, Item, OnMatch, Relation, Rule};
use crate::event::{Event, FieldSet};
use crate::schema::{FieldId, FieldType, fields};

/// An event as far as a policy looks at it.
pub trait Subject {
    /// The event id.
    fn id(&self) -> u16;

    /// The field's text, as Sysmon prints it; `None` where the event has none.
    ///
    /// For a string, none means `-`; for a number, a GUID or a truth value it fails the filter.
    fn text(&self, field: FieldId) -> Option<Cow<'_, str>>;

    /// Appends the field's text to what is empty, and says whether the event has one.
    ///
    /// The same text as of [`text`](Self::text), for those who can do without another allocation.
    fn push_text(&self, field: FieldId, out: &mut String) -> bool {
        let text = self.text(field);
        text.iter().for_each(|text| out.push_str(text));
        text.is_some()
    }
}

/// An event from a log. Sysmon never compares an empty string: what older versions logged as empty is `-`.
impl Subject for Event<'_> {
    fn id(&self) -> u16 {
        Event::id(self)
    }

    fn text(&self, field: FieldId) -> Option<Cow<'_, str>> {
        self.known(field)
    }

    fn push_text(&self, field: FieldId, out: &mut String) -> bool {
        let Some(value) = self.get(field).filter(|value| !value.is_none()) else { return false };
        let mut bytes = std::mem::take(out).into_bytes();
        value.push_to(&mut bytes);
        *out = String::from_utf8(bytes).unwrap_or_default();
        true
    }
}

/// What a policy says of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict<'p> {
    /// Whether it is logged.
    pub logged: bool,
    /// The name that the deciding filter leaves, empty for none. Only a logged event carries it,
    /// and Sysmon prints `-` for none.
    pub rule_name: &'p str,
    /// What decided.
    pub decision: Decision,
    /// The field that failed the last of the filters that failed: it has no value, and is no string.
    pub failed: Option<FieldId>,
}

/// What decided over an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// No configuration filters such an event, or no Sysmon knows it.
    Unfiltered,
    /// The configuration has no filter for it.
    NoFilter,
    /// A filter matched.
    Filter {
        /// Its index in [`Config::filters`].
        filter: usize,
        /// The index among its items of the one that sufficed; `None` where all were needed.
        item: Option<usize>,
    },
    /// The single filter, by not matching: its index in [`Config::filters`].
    Unmatched(usize),
    /// None of several filters matched.
    NoneOfSeveral,
}

/// A configuration, ready to decide.
///
/// ```
/// use threadhunt::config::{Imitated, parse};
/// let text = br#"<Sysmon schemaversion="4.90"><EventFiltering>
///   <CreateRemoteThread onmatch="exclude"><StartModule condition="end with">\kernel32.dll</StartModule></CreateRemoteThread>
/// </EventFiltering></Sysmon>"#;
/// let policy = parse(text, Imitated::default()).policy().expect("a configuration that Sysmon takes");
/// # let mut batches = 0;
/// # threadhunt::source::read_bytes(
/// #     br#"{"id":8,"fields":{"StartModule":"C:\\Windows\\System32\\KERNEL32.DLL"}}"#,
/// #     &Default::default(),
/// #     &mut |batch| for event in batch.events() { batches += 1;
/// // An event 8 whose StartModule is C:\Windows\System32\KERNEL32.DLL
/// assert!(!policy.decide(&event).logged);
/// # });
/// # assert_eq!(batches, 1);
/// ```
#[derive(Clone, Debug)]
pub struct Policy {
    /// Filters of each tag in the order in which they are tried.
    tags: Vec<Vec<PolicyFilter>>,
    /// Events by id.
    events: Vec<Option<PolicyEvent>>,
}

#[derive(Clone, Debug)]
pub(super) struct PolicyEvent {
    tag: usize,
    logged_without_filter: bool,
    pub(super) layout: Vec<FieldId>,
    /// The filters' fast form, made for the first event.
    pub(super) index: OnceLock<EventIndex>,
}

#[derive(Clone, Debug)]
pub(super) struct PolicyFilter {
    /// Index in the configuration.
    pub(super) index: usize,
    pub(super) on_match: OnMatch,
    pub(super) relation: Relation,
    /// Items with their indices in the configuration.
    pub(super) items: Vec<(usize, PolicyItem)>,
}

#[derive(Clone, Debug)]
pub(super) enum PolicyItem {
    Condition {
        condition: PolicyCondition,
        /// Whether a later loose condition of the filter is on the same field.
        has_later: bool,
    },
    Rule(Relation, Vec<PolicyCondition>),
}

#[derive(Clone, Debug)]
pub(super) struct PolicyCondition {
    pub(super) field: FieldId,
    /// Place of the field in the event that the filter is bound to.
    pub(super) place: usize,
    pub(super) test: Arc<Test>,
    /// The name it leaves; empty leaves what is there.
    pub(super) name: String,
}

impl Policy {
    /// Makes what runs of what was written.
    pub(super) fn new(config: &Config) -> Self {
        let layouts = Layouts::of(config.imitated.schema());
        let mut policy = Self { tags: Vec::new(), events: Vec::new() };
        for (index, tag) in layouts.tags().enumerate() {
            policy.tags.push(filters(config, tag.name, &layouts));
            for event in &tag.events {
                let id = usize::from(event.id);
                policy.events.resize(policy.events.len().max(id + 1), None);
                policy.events[id] = Some(PolicyEvent {
                    tag: index,
                    logged_without_filter: event.logged_without_filter,
                    layout: event.fields.clone(),
                    index: OnceLock::new(),
                });
            }
        }
        policy
    }

    /// Decides over an event.
    ///
    /// Events 4, 16 and 255 are always logged; an id that the imitated Sysmon does not know, never.
    pub fn decide(&self, subject: &impl Subject) -> Verdict<'_> {
        self.walk(subject, &mut ())
    }

    /// Decides, and tells of each step.
    pub(super) fn walk<'p>(
        &'p self,
        subject: &impl Subject,
        observer: &mut impl Observer<'p>,
    ) -> Verdict<'p> {
        let id = subject.id();
        let by = |logged, decision| Verdict { logged, rule_name: "", decision, failed: None };
        let Some(event) = self.event(id) else {
            return by(ALWAYS_LOGGED.contains(&id), Decision::Unfiltered);
        };
        let filters = &self.tags[event.tag];
        let mut walk = Walk { subject, observer, layout: &event.layout, slot: "", known: Vec::new() };
        let mut failed = None;
        for filter in filters {
            match walk.filter(filter) {
                Ok(Some(decision)) => {
                    let logged = filter.on_match == OnMatch::Include;
                    return Verdict { rule_name: printed(walk.slot), failed, ..by(logged, decision) };
                }
                Ok(None) => {}
                Err(Unresolved(field)) => failed = Some(field),
            }
        }
        Verdict { failed, ..event.unmatched(filters) }
    }

    /// What is known of events of an id that filters may decide over, and those filters in order.
    pub(super) fn filtered(&self, id: u16) -> Option<(&PolicyEvent, &[PolicyFilter])> {
        let event = self.event(id)?;
        let filters = &self.tags[event.tag][..];
        (!filters.is_empty()).then_some((event, filters))
    }
}

impl PolicyEvent {
    /// The verdict where no filter matches.
    pub(super) fn unmatched(&self, filters: &[PolicyFilter]) -> Verdict<'static> {
        let (logged, decision) = match filters {
            [] => (self.logged_without_filter, Decision::NoFilter),
            [only] => (only.on_match == OnMatch::Exclude, Decision::Unmatched(only.index)),
            _ => (false, Decision::NoneOfSeveral),
        };
        Verdict { logged, rule_name: "", decision, failed: None }
    }
}

impl Policy {
    fn event(&self, id: u16) -> Option<&PolicyEvent> {
        self.events.get(usize::from(id))?.as_ref()
    }

    /// The filters of an event in the order in which they are tried.
    pub(super) fn filters(&self, id: u16) -> &[PolicyFilter] {
        self.event(id).map_or(&[], |event| &self.tags[event.tag])
    }

    /// The fields that are looked at to decide over events with this id.
    pub fn fields(&self, id: u16) -> FieldSet {
        let Some(event) = self.event(id) else { return FieldSet::default() };
        let items = self.tags[event.tag].iter().flat_map(|filter| &filter.items);
        let conditions = items.flat_map(|(_, item)| match item {
            PolicyItem::Condition { condition, .. } => std::slice::from_ref(condition),
            PolicyItem::Rule(_, conditions) => conditions,
        });
        // What lies elsewhere in this event does not match, and a rule's name is not known yet.
        let asks = |condition: &&PolicyCondition| {
            event.layout.get(condition.place) == Some(&condition.field)
                && condition.field != fields::RULE_NAME
        };
        conditions.filter(asks).map(|condition| condition.field).collect()
    }

    /// The verdict on every event with this id, where none of its values matters.
    pub fn settled(&self, id: u16) -> Option<Verdict<'_>> {
        self.fields(id).is_empty().then(|| self.decide(&NoValue(id)))
    }
}

/// An event without values.
struct NoValue(u16);

impl Subject for NoValue {
    fn id(&self) -> u16 {
        self.0
    }

    fn text(&self, _: FieldId) -> Option<Cow<'_, str>> {
        None
    }
}

/// Events that no filter reaches (`EventProcess`).
const ALWAYS_LOGGED: [u16; 3] = [4, 16, 255];

/// The filters of a tag in the order in which they are tried.
fn filters(config: &Config, tag: &str, layouts: &Layouts) -> Vec<PolicyFilter> {
    let of_tag = config.filters.iter().enumerate().rev().filter(|(_, filter)| filter.tag.value == tag);
    let mut filters: Vec<_> =
        of_tag.filter_map(|(index, filter)| policy_filter(config, index, filter, layouts)).collect();
    filters.sort_by_key(|filter| filter.on_match == OnMatch::Include);
    filters
}

/// A filter that runs; `None` for one that Sysmon leaves out.
fn policy_filter(config: &Config, index: usize, filter: &Filter, layouts: &Layouts) -> Option<PolicyFilter> {
    let on_match = filter.on_match.as_ref()?.value;
    let bound = layouts.tag(filter.tag.value)?.events.iter().find(|event| Some(event.id) == filter.bound)?;
    let make = |rule: Option<&Rule>, condition: &Condition| {
        let field = condition.field.value;
        let place = bound.fields.iter().position(|candidate| *candidate == field)?;
        let test = Arc::new(Test::new(condition.operator.value, &condition.value.value));
        let name = config.rule_name(filter, rule, condition).to_owned();
        Some(PolicyCondition { field, place, test, name })
    };
    let mut items = Vec::new();
    // From the end, so that what comes later is known.
    let mut later = HashSet::new();
    for (at, item) in filter.items.iter().enumerate().rev() {
        let item = match item {
            Item::Condition(condition) => PolicyItem::Condition {
                condition: make(None, condition)?,
                has_later: !later.insert(condition.field.value),
            },
            Item::Rule(rule) if rule.conditions.is_empty() => continue,
            Item::Rule(rule) => {
                let conditions = rule.conditions.iter().map(|condition| make(Some(rule), condition));
                PolicyItem::Rule(rule.relation(), conditions.collect::<Option<_>>()?)
            }
        };
        items.push((at, item));
    }
    items.reverse();
    Some(PolicyFilter { index, on_match, relation: config.relation(filter), items })
}

/// The name in the slot, where it is one: `-` is printed like none.
pub(super) fn printed(slot: &str) -> &str {
    if slot == "-" { "" } else { slot }
}

/// What is told of a walk, step by step. An item stands between `enter` and `leave`, with its
/// conditions in order; what is not told of was not looked at.
pub(super) trait Observer<'p> {
    /// A filter is tried.
    fn filter(&mut self) {}
    /// It matched or not, or was given up for want of a field.
    fn result(&mut self, _matches: Result<bool, FieldId>) {}
    /// An item of the filter is looked at: its index in the configuration.
    fn enter(&mut self, _item: usize) {}
    /// A condition of the item was looked at; where it holds, with the name that it leaves.
    fn condition(&mut self, _outcome: Outcome, _name: &'p str) {}
    /// The item holds or not.
    fn leave(&mut self, _outcome: Outcome) {}
    /// The item, which does not hold, is forgiven for one on its field that is still to come.
    fn forgive(&mut self) {}
    /// An item is passed over, since another one on its field holds.
    fn pass(&mut self, _item: usize) {}
    /// A field was asked for; its text, folded, where it has one.
    fn field(&mut self, _field: FieldId, _text: Option<&str>) {}
}

/// Nobody listens.
impl Observer<'_> for () {}

/// Whether a field without a value is `-`, and fails no filter.
pub(super) fn is_string(field: FieldId) -> bool {
    !matches!(field.field_type(), FieldType::Guid | FieldType::Integer | FieldType::Hex | FieldType::Bool)
}

/// A field without a value that is no string: Sysmon gives up the filter.
struct Unresolved(FieldId);

/// One event on its way through the filters.
struct Walk<'w, 'p, S, O> {
    subject: &'w S,
    observer: &'w mut O,
    layout: &'w [FieldId],
    /// The name that the last matching condition left.
    slot: &'p str,
    /// Texts of fields that were asked for, folded.
    known: Vec<(FieldId, String)>,
}

impl<'p, S: Subject, O: Observer<'p>> Walk<'_, 'p, S, O> {
    /// Tries a filter; `None` where it does not match.
    fn filter(&mut self, filter: &'p PolicyFilter) -> Result<Option<Decision>, Unresolved> {
        self.observer.filter();
        let by = |item| Decision::Filter { filter: filter.index, item };
        let decision = match filter.relation {
            Relation::Or => self.any(&filter.items).map(|found| found.map(|item| by(Some(item)))),
            Relation::And => self.all(&filter.items).map(|holds| holds.then(|| by(None))),
        };
        self.observer.result(decision.as_ref().map(Option::is_some).map_err(|Unresolved(field)| *field));
        decision
    }

    /// The index in the configuration of the first item that matches.
    fn any(&mut self, items: &'p [(usize, PolicyItem)]) -> Result<Option<usize>, Unresolved> {
        for (index, item) in items {
            if self.item(*index, item)? {
                return Ok(Some(*index));
            }
        }
        Ok(None)
    }

    /// All items have to match, but loose conditions on one field are alternatives wherever they stand.
    fn all(&mut self, items: &'p [(usize, PolicyItem)]) -> Result<bool, Unresolved> {
        let mut matched: Vec<FieldId> = Vec::new();
        for (index, item) in items {
            match item {
                PolicyItem::Condition { condition, .. } if matched.contains(&condition.field) => {
                    self.observer.pass(*index);
                }
                PolicyItem::Condition { condition, has_later } => {
                    if self.item(*index, item)? {
                        matched.push(condition.field);
                    } else if *has_later {
                        self.observer.forgive();
                    } else {
                        return Ok(false);
                    }
                }
                PolicyItem::Rule(..) => {
                    if !self.item(*index, item)? {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(!items.is_empty())
    }

    fn item(&mut self, index: usize, item: &'p PolicyItem) -> Result<bool, Unresolved> {
        self.observer.enter(index);
        let holds = match item {
            PolicyItem::Condition { condition, .. } => self.condition(condition),
            PolicyItem::Rule(relation, conditions) => self.rule(*relation, conditions),
        };
        self.observer.leave(match holds {
            Ok(true) => Outcome::Held,
            Ok(false) => Outcome::Failed,
            Err(_) => Outcome::NoValue,
        });
        holds
    }

    fn rule(&mut self, relation: Relation, conditions: &'p [PolicyCondition]) -> Result<bool, Unresolved> {
        let decides = relation == Relation::Or;
        for condition in conditions {
            if self.condition(condition)? == decides {
                return Ok(decides);
            }
        }
        Ok(!decides)
    }

    /// Whether a condition holds, in which case it leaves its name.
    ///
    /// The filter may be bound to another event of the tag. Then the condition does not match,
    /// whatever it asks, unless this event has the same field at the same place.
    fn condition(&mut self, condition: &'p PolicyCondition) -> Result<bool, Unresolved> {
        if self.layout.get(condition.place) != Some(&condition.field) {
            self.observer.condition(Outcome::OtherEvent, "");
            return Ok(false);
        }
        let holds = self.text(condition.field).map(|text| condition.test.holds(text));
        match holds {
            Ok(true) => {
                self.observer.condition(Outcome::Held, &condition.name);
                if !condition.name.is_empty() {
                    self.slot = &condition.name;
                }
            }
            Ok(false) => self.observer.condition(Outcome::Failed, ""),
            Err(_) => self.observer.condition(Outcome::NoValue, ""),
        }
        holds
    }

    /// The field's text, folded.
    fn text(&mut self, field: FieldId) -> Result<&str, Unresolved> {
        let at = match self.known.iter().position(|(known, _)| *known == field) {
            Some(at) => at,
            None => {
                let text = self.resolve(field);
                self.observer.field(field, text.as_deref());
                self.known.push((field, text.ok_or(Unresolved(field))?));
                self.known.len() - 1
            }
        };
        Ok(&self.known[at].1)
    }

    fn resolve(&self, field: FieldId) -> Option<String> {
        // The name is not known while the filters run.
        if field == fields::RULE_NAME {
            return Some("-".to_owned());
        }
        match self.subject.text(field) {
            Some(text) => Some(text.to_ascii_lowercase()),
            None => is_string(field).then(|| "-".to_owned()),
        }
    }
}
