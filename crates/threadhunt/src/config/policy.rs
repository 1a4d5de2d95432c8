//! What runs: the filters of each event, tried in Sysmon's order.
//!
//! This is the plain tree, the one that explains: a walk over filters, items and conditions as
//! `rules.c` has it (`FilterEventRules`, `MatchFilterGroup`, `CombineGroupDone`), with one slot for
//! the name, which every matching condition overwrites and nothing clears.
//!
//! Excluding filters are tried first, each kind from the last in the file to the first, and the
//! first that matches decides. Where none does, a single filter decides by its kind, and two or
//! more drop the event.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use super::index::EventIndex;
use super::layouts::Layouts;
use super::operator::Test;
use super::{Condition, Config, Filter, Item, OnMatch, Relation, Rule};
use crate::event::Event;
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
        let id = subject.id();
        let by = |logged, decision| Verdict { logged, rule_name: "", decision, failed: None };
        let Some(event) = self.events.get(usize::from(id)).and_then(Option::as_ref) else {
            return by(ALWAYS_LOGGED.contains(&id), Decision::Unfiltered);
        };
        let filters = &self.tags[event.tag];
        let mut walk = Walk { subject, layout: &event.layout, slot: "", known: Vec::new() };
        let mut failed = None;
        for filter in filters {
            match walk.filter(filter) {
                Ok(Some(decision)) => {
                    let logged = filter.on_match == OnMatch::Include;
                    return Verdict { rule_name: walk.slot, failed, ..by(logged, decision) };
                }
                Ok(None) => {}
                Err(Unresolved(field)) => failed = Some(field),
            }
        }
        Verdict { failed, ..event.unmatched(filters) }
    }

    /// What is known of events of an id that filters may decide over, and those filters in order.
    pub(super) fn filtered(&self, id: u16) -> Option<(&PolicyEvent, &[PolicyFilter])> {
        let event = self.events.get(usize::from(id))?.as_ref()?;
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
                let relation = rule.relation.as_ref().map_or(Relation::Or, |relation| relation.value);
                let conditions = rule.conditions.iter().map(|condition| make(Some(rule), condition));
                PolicyItem::Rule(relation, conditions.collect::<Option<_>>()?)
            }
        };
        items.push((at, item));
    }
    items.reverse();
    Some(PolicyFilter { index, on_match, relation: config.relation(filter), items })
}

/// A field without a value that is no string: Sysmon gives up the filter.
struct Unresolved(FieldId);

/// One event on its way through the filters.
struct Walk<'w, 'p, S> {
    subject: &'w S,
    layout: &'w [FieldId],
    /// The name that the last matching condition left.
    slot: &'p str,
    /// Texts of fields that were asked for, folded.
    known: Vec<(FieldId, String)>,
}

impl<'p, S: Subject> Walk<'_, 'p, S> {
    /// Tries a filter; `None` where it does not match.
    fn filter(&mut self, filter: &'p PolicyFilter) -> Result<Option<Decision>, Unresolved> {
        let by = |item| Decision::Filter { filter: filter.index, item };
        match filter.relation {
            Relation::Or => Ok(self.any(&filter.items)?.map(|item| by(Some(item)))),
            Relation::And => Ok(self.all(&filter.items)?.then(|| by(None))),
        }
    }

    /// The index in the configuration of the first item that matches.
    fn any(&mut self, items: &'p [(usize, PolicyItem)]) -> Result<Option<usize>, Unresolved> {
        for (index, item) in items {
            if self.item(item)? {
                return Ok(Some(*index));
            }
        }
        Ok(None)
    }

    /// All items have to match, but loose conditions on one field are alternatives wherever they stand.
    fn all(&mut self, items: &'p [(usize, PolicyItem)]) -> Result<bool, Unresolved> {
        let mut matched: Vec<FieldId> = Vec::new();
        for (_, item) in items {
            match item {
                PolicyItem::Condition { condition, .. } if matched.contains(&condition.field) => {}
                PolicyItem::Condition { condition, has_later } => {
                    if self.condition(condition)? {
                        matched.push(condition.field);
                    } else if !has_later {
                        return Ok(false);
                    }
                }
                PolicyItem::Rule(..) => {
                    if !self.item(item)? {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(!items.is_empty())
    }

    fn item(&mut self, item: &'p PolicyItem) -> Result<bool, Unresolved> {
        let (relation, conditions) = match item {
            PolicyItem::Condition { condition, .. } => return self.condition(condition),
            PolicyItem::Rule(relation, conditions) => (relation, conditions),
        };
        let decides = *relation == Relation::Or;
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
            return Ok(false);
        }
        let holds = condition.test.holds(self.text(condition.field)?);
        if holds && !condition.name.is_empty() {
            self.slot = &condition.name;
        }
        Ok(holds)
    }

    /// The field's text, folded.
    fn text(&mut self, field: FieldId) -> Result<&str, Unresolved> {
        let at = match self.known.iter().position(|(known, _)| *known == field) {
            Some(at) => at,
            None => {
                let text = self.resolve(field).ok_or(Unresolved(field))?;
                self.known.push((field, text));
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

/// Whether a field without a value is `-`, and not a failure.
pub(super) fn is_string(field: FieldId) -> bool {
    !matches!(field.field_type(), FieldType::Guid | FieldType::Integer | FieldType::Hex | FieldType::Bool)
}
