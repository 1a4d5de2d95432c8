//! Why an event is logged or dropped: the whole walk, each step with its result.
//!
//! A recorder listens to the walk that decides ([`super::policy`]), so an explanation cannot say
//! anything else than the verdict. What the walk did not come to look at is filled in behind it,
//! with the reason. Steps are indices into the [`Config`](super::Config), where fields, operators,
//! values and places stand; how they read is up to who prints them.

use std::borrow::Cow;

use super::policy::{Observer, PolicyFilter, PolicyItem};
use super::{Decision, Policy, Relation, Subject, Verdict};
use crate::schema::FieldId;

/// A verdict and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation<'p> {
    /// The verdict, the one of [`Policy::decide`].
    pub verdict: Verdict<'p>,
    /// The filters of the event in the order in which they are tried.
    pub filters: Vec<FilterSteps<'p>>,
    /// The fields that conditions asked for, in the order in which they did.
    pub fields: Vec<SeenField>,
}

/// A filter and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterSteps<'p> {
    /// Its index in [`Config::filters`](super::Config::filters).
    pub index: usize,
    /// What came of it.
    pub outcome: FilterOutcome,
    /// Its items in order; blank Rules, which Sysmon does not know of, are left out.
    pub items: Vec<ItemSteps<'p>>,
}

/// What came of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterOutcome {
    /// It matched, and so decided.
    Matched,
    /// It did not match.
    Unmatched,
    /// Sysmon gave it up: it asks for this field, which has no value and is no string.
    GivenUp(FieldId),
    /// One before it had decided.
    NotTried,
}

/// An item of a filter and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemSteps<'p> {
    /// Its index in [`Filter::items`](super::Filter::items).
    pub index: usize,
    /// What came of it.
    pub outcome: Outcome,
    /// Its conditions, as [`Item::conditions`](super::Item::conditions) has them: one, or those of the Rule.
    pub conditions: Vec<ConditionSteps<'p>>,
}

/// A condition and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConditionSteps<'p> {
    /// What came of it.
    pub outcome: Outcome,
    /// The name that it left in the slot; empty where it left none.
    pub name: &'p str,
}

/// What came of an item or a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It holds.
    Held,
    /// It does not hold.
    Failed,
    /// It does not hold, which is forgiven: a later loose condition on the same field may instead.
    Forgiven,
    /// It does not hold, whatever it asks: the filter is read after the layout of another event of
    /// the shared tag, which has the field in another place.
    OtherEvent,
    /// The field has no value and is no string, for which Sysmon gives up the filter.
    NoValue,
    /// It was not looked at.
    Skipped(Skipped),
}

/// Why something was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Skipped {
    /// One before it holds, and one is enough.
    Enough,
    /// One before it does not hold, and all are needed.
    Lost,
    /// Another loose condition on the same field holds.
    SameField,
    /// The filter was given up before.
    GivenUp,
    /// Another filter had decided before.
    Decided,
}

impl Outcome {
    /// The stable name, as printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Failed => "failed",
            Self::Forgiven => "forgiven",
            Self::OtherEvent => "other-event",
            Self::NoValue => "no-value",
            Self::Skipped(_) => "skipped",
        }
    }
}

impl Skipped {
    /// The stable name, as printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Enough => "enough",
            Self::Lost => "lost",
            Self::SameField => "same-field",
            Self::GivenUp => "given-up",
            Self::Decided => "decided",
        }
    }
}

impl FilterOutcome {
    /// The stable name, as printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Unmatched => "unmatched",
            Self::GivenUp(_) => "given-up",
            Self::NotTried => "not-tried",
        }
    }
}

/// A field that conditions asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenField {
    /// The field.
    pub field: FieldId,
    /// Its text as the event has it; `None` where it has none.
    pub given: Option<String>,
    /// Its text as it was compared, folded; `None` where Sysmon gave up for want of it.
    pub compared: Option<String>,
}

/// Which condition left a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameSource<'p> {
    /// Index of its filter in [`Config::filters`](super::Config::filters).
    pub filter: usize,
    /// Index of its item in [`Filter::items`](super::Filter::items).
    pub item: usize,
    /// Index of the condition in [`Item::conditions`](super::Item::conditions).
    pub condition: usize,
    /// The name.
    pub name: &'p str,
}

impl<'p> Explanation<'p> {
    /// The names that conditions left in the slot, in the order in which they did; the last one counts.
    pub fn names(&self) -> impl Iterator<Item = NameSource<'p>> + '_ {
        self.conditions()
            .filter(|(_, step)| !step.name.is_empty())
            .map(|((filter, item, condition), step)| NameSource { filter, item, condition, name: step.name })
    }

    /// Where the name of a logged event comes from; `None` where it has none.
    pub fn name_source(&self) -> Option<NameSource<'p>> {
        let is_named = self.verdict.logged && !self.verdict.rule_name.is_empty();
        self.names().last().filter(|_| is_named)
    }

    /// Whether the name is that of a rule that did not decide: Sysmon never clears the slot.
    pub fn has_leaked_name(&self) -> bool {
        let Decision::Filter { filter, item } = self.verdict.decision else { return false };
        self.name_source()
            .is_some_and(|source| source.filter != filter || item.is_some_and(|item| item != source.item))
    }

    /// The conditions that hold, as indices of filter, item and condition, in the order of the walk.
    pub fn held(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        self.conditions().filter(|(_, step)| step.outcome == Outcome::Held).map(|(place, _)| place)
    }

    /// The field's text as it was compared, where a condition asked for it and it has one.
    pub fn compared(&self, field: FieldId) -> Option<&str> {
        self.fields.iter().find(|seen| seen.field == field)?.compared.as_deref()
    }

    fn conditions(&self) -> impl Iterator<Item = ((usize, usize, usize), ConditionSteps<'p>)> + '_ {
        self.filters.iter().flat_map(|filter| {
            filter.items.iter().flat_map(|item| {
                let steps = item.conditions.iter().enumerate();
                steps.map(|(index, step)| ((filter.index, item.index, index), *step))
            })
        })
    }
}

impl Policy {
    /// Decides over an event and says why.
    ///
    /// ```
    /// use threadhunt::config::{FilterOutcome, Imitated, Subject, parse};
    /// struct Thread;
    /// impl Subject for Thread {
    ///     fn id(&self) -> u16 { 8 }
    ///     fn text(&self, _: threadhunt::schema::FieldId) -> Option<std::borrow::Cow<'_, str>> { None }
    /// }
    /// let text = br#"<Sysmon schemaversion="4.90"><EventFiltering>
    ///   <CreateRemoteThread onmatch="exclude"><NewThreadId>1</NewThreadId></CreateRemoteThread>
    /// </EventFiltering></Sysmon>"#;
    /// let policy = parse(text, Imitated::default()).policy().expect("a configuration that Sysmon takes");
    /// let explanation = policy.explain(&Thread);
    /// assert!(explanation.verdict.logged);
    /// assert!(matches!(explanation.filters[0].outcome, FilterOutcome::GivenUp(_)));
    /// ```
    pub fn explain(&self, subject: &impl Subject) -> Explanation<'_> {
        let mut recorder = Recorder::default();
        let verdict = self.walk(subject, &mut recorder);
        let Recorder { tried, fields } = recorder;
        let mut tried = tried.into_iter();
        let filters = self.filters(subject.id()).iter().map(|filter| steps(filter, tried.next()));
        let seen = |(field, compared): (FieldId, _)| SeenField {
            field,
            given: subject.text(field).map(Cow::into_owned),
            compared,
        };
        Explanation { verdict, filters: filters.collect(), fields: fields.into_iter().map(seen).collect() }
    }
}

/// What the walk told.
#[derive(Default)]
struct Recorder<'p> {
    tried: Vec<Tried<'p>>,
    fields: Vec<(FieldId, Option<String>)>,
}

/// A filter that was tried, with the items that the walk came to.
struct Tried<'p> {
    outcome: FilterOutcome,
    items: Vec<ItemSteps<'p>>,
}

impl<'p> Recorder<'p> {
    fn items(&mut self) -> &mut Vec<ItemSteps<'p>> {
        &mut self.tried.last_mut().expect("a filter is told of before its items").items
    }

    fn item(&mut self) -> &mut ItemSteps<'p> {
        self.items().last_mut().expect("an item is told of before what is in it")
    }
}

impl<'p> Observer<'p> for Recorder<'p> {
    fn filter(&mut self) {
        self.tried.push(Tried { outcome: FilterOutcome::Unmatched, items: Vec::new() });
    }

    fn result(&mut self, matches: Result<bool, FieldId>) {
        let tried = self.tried.last_mut().expect("a filter is told of before its result");
        tried.outcome = match matches {
            Ok(true) => FilterOutcome::Matched,
            Ok(false) => FilterOutcome::Unmatched,
            Err(field) => FilterOutcome::GivenUp(field),
        };
    }

    fn enter(&mut self, item: usize) {
        self.items().push(ItemSteps { index: item, outcome: Outcome::Failed, conditions: Vec::new() });
    }

    fn condition(&mut self, outcome: Outcome, name: &'p str) {
        self.item().conditions.push(ConditionSteps { outcome, name });
    }

    fn leave(&mut self, outcome: Outcome) {
        self.item().outcome = outcome;
    }

    fn forgive(&mut self) {
        self.item().outcome = Outcome::Forgiven;
    }

    fn pass(&mut self, item: usize) {
        let outcome = Outcome::Skipped(Skipped::SameField);
        self.items().push(ItemSteps { index: item, outcome, conditions: Vec::new() });
    }

    fn field(&mut self, field: FieldId, text: Option<&str>) {
        if self.fields.iter().all(|(seen, _)| *seen != field) {
            self.fields.push((field, text.map(str::to_owned)));
        }
    }
}

/// All of a filter: what was told of it, and what the walk did not come to.
fn steps<'p>(filter: &'p PolicyFilter, tried: Option<Tried<'p>>) -> FilterSteps<'p> {
    let (outcome, told) = match tried {
        Some(tried) => (tried.outcome, tried.items),
        None => (FilterOutcome::NotTried, Vec::new()),
    };
    let rest = match outcome {
        FilterOutcome::GivenUp(_) => Skipped::GivenUp,
        FilterOutcome::NotTried => Skipped::Decided,
        _ => ended_by(filter.relation),
    };
    // The walk goes from item to item and stops somewhere.
    let mut told = told.into_iter();
    let items = filter.items.iter().map(|(index, item)| {
        let skipped = || ItemSteps { index: *index, outcome: Outcome::Skipped(rest), conditions: Vec::new() };
        let steps = told.next().unwrap_or_else(skipped);
        filled(steps, item)
    });
    FilterSteps { index: filter.index, outcome, items: items.collect() }
}

/// The item with the conditions that were not looked at.
fn filled<'p>(mut steps: ItemSteps<'p>, item: &PolicyItem) -> ItemSteps<'p> {
    let (relation, len) = match item {
        PolicyItem::Condition { .. } => (Relation::And, 1),
        PolicyItem::Rule(relation, conditions) => (*relation, conditions.len()),
    };
    let outcome = match steps.outcome {
        Outcome::Skipped(_) => steps.outcome,
        Outcome::NoValue => Outcome::Skipped(Skipped::GivenUp),
        _ => Outcome::Skipped(ended_by(relation)),
    };
    steps.conditions.resize(len, ConditionSteps { outcome, name: "" });
    steps
}

/// Why a list of alternatives, or of what is needed altogether, was left before its end.
fn ended_by(relation: Relation) -> Skipped {
    match relation {
        Relation::Or => Skipped::Enough,
        Relation::And => Skipped::Lost,
    }
}

#[cfg(test)]
mod tests;
