//! Correlations: rules over what other rules find, within a span of time and a group of values.
//!
//! Workers note what a correlation has to know of each fitting event, an [`Observation`]; the
//! [`Correlator`] gathers them in any order and decides at the end, in the order of time, so the result
//! depends on neither files nor threads. It keeps `MAX_OBSERVATIONS`, the earliest ones, and says how many
//! more there were. Copies of an event are one, unless each record counts.
//!
//! A correlation is reported once for each burst: with the observation that fulfils it, it begins anew.
//! `event_count` and `value_count` slide a window that ends at each observation; where a condition sets
//! an upper bound, windows begin at an observation and are judged when they are over. What the
//! specification calls extended conditions, correlations of correlations, sums and percentiles are refused.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use rsigma_parser::{ConditionOperator, CorrelationCondition, CorrelationRule, CorrelationType, WindowMode};

use super::compile::Tables;
use super::evaluate::Subjected;
use super::load::{Standing, events};
use super::rules::{Compiled, Found, RuleSet};
use super::subject::Subject;
use crate::event::{Content, Event};
use crate::report::{Evidence, Moment, SigmaRule};

/// Most observations that are kept: about 250 bytes each.
const MAX_OBSERVATIONS: usize = 1 << 19;
/// How many more are gathered before the latest are given up.
const SLACK: usize = MAX_OBSERVATIONS / 4;
/// Most rules of one correlation, and fields of its group.
const MAX_PARTS: usize = 64;
const TICKS_PER_SECOND: u64 = 10_000_000;

/// A compiled correlation.
#[derive(Debug)]
pub(super) struct Correlation {
    about: Arc<SigmaRule>,
    form: Form,
    /// Its rules in order, by place.
    rules: Vec<u32>,
    /// Its group, by rule: where each field's value is.
    group: Vec<Vec<u16>>,
    names: Vec<String>,
    /// 100 ns.
    span: u64,
}

#[derive(Debug)]
enum Form {
    Events(Bounds),
    Values(Bounds, Vec<u16>),
    Together,
    InOrder,
}

/// The comparisons that a count has to pass.
#[derive(Debug)]
struct Bounds(Vec<(ConditionOperator, u64)>);

impl Bounds {
    fn hold(&self, count: u64) -> bool {
        self.0.iter().all(|(operator, bound)| match operator {
            ConditionOperator::Lt => count < *bound,
            ConditionOperator::Lte => count <= *bound,
            ConditionOperator::Gt => count > *bound,
            ConditionOperator::Gte => count >= *bound,
            ConditionOperator::Eq => count == *bound,
            ConditionOperator::Neq => count != *bound,
        })
    }

    /// Whether no number that something is counted to passes them: what is not there is not counted.
    fn exclude_each_other(&self) -> bool {
        // Between the bounds, or next to one.
        let next = |bound: u64| [bound.saturating_sub(1), bound, bound.saturating_add(1)];
        let mut counts = self.0.iter().flat_map(|(_, bound)| next(*bound)).chain([1]);
        !counts.any(|count| count > 0 && self.hold(count))
    }

    /// Whether more can never be too many.
    fn only_rise(&self) -> bool {
        self.0.iter().all(|(operator, _)| matches!(operator, ConditionOperator::Gt | ConditionOperator::Gte))
    }
}

/// What a correlation has to know of an event that fits one of its rules.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Observation {
    correlation: u32,
    group: Vec<String>,
    at: Moment,
    /// Which of its rules.
    step: u32,
    value: Vec<String>,
    computer: Arc<str>,
    evidence: Evidence,
    content: Content,
}

impl Observation {
    /// What it is of: copies of an event have this in common.
    fn subject(&self) -> (u32, u32, Moment, Content, &[String]) {
        (self.correlation, self.step, self.at, self.content, &self.group)
    }
}

/// A correlation that came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correlated {
    /// The correlation's place in [`RuleSet::correlating`].
    pub correlation: usize,
    /// The fields of the group with their values.
    pub group: Vec<(String, String)>,
    /// The computer of the first event.
    pub computer: Arc<str>,
    /// The first event.
    pub first: Moment,
    /// The last event.
    pub last: Moment,
    /// The records of the first and the last event.
    pub evidence: [Evidence; 2],
    /// Events, values or rules: what was counted.
    pub count: u64,
}

impl Correlation {
    /// Compiles a correlation over rules; those that it names fall silent unless it says otherwise.
    pub(super) fn compile(
        rule: &CorrelationRule,
        about: Arc<SigmaRule>,
        compiled: &mut [Compiled],
        tables: &mut Tables,
    ) -> Result<Self, Standing> {
        let (form, rules) = Self::resolve(rule, compiled, tables).map_err(Standing::Refused)?;
        let group = rule.rules.iter().map(|name| group_of(rule, name, tables));
        let group = group.collect::<Result<Vec<_>, _>>().map_err(Standing::Refused)?;
        never(rule, &form, (&rules, &group), compiled, tables).map_err(Standing::Never)?;
        for place in rules.iter().filter(|_| !rule.generate) {
            compiled[*place as usize].is_silent = true;
        }
        let span = rule.timespan.seconds.saturating_mul(TICKS_PER_SECOND);
        Ok(Self { about, form, rules, group, names: rule.group_by.clone(), span })
    }

    /// What it counts, and the places of its rules.
    fn resolve(
        rule: &CorrelationRule,
        compiled: &[Compiled],
        tables: &mut Tables,
    ) -> Result<(Form, Vec<u32>), String> {
        if rule.window != WindowMode::Sliding {
            return Err(format!("windows of the kind `{}` are not part of Sigma", rule.window.as_str()));
        }
        if rule.rules.is_empty() || rule.rules.len() > MAX_PARTS || rule.group_by.len() > MAX_PARTS {
            return Err(format!("a correlation has 1 to {MAX_PARTS} rules and at most as many fields"));
        }
        let form = form(rule, tables)?;
        let mut rules = Vec::new();
        for name in &rule.rules {
            let place = compiled.iter().position(|compiled| compiled.is_called(name));
            let place =
                place.ok_or_else(|| format!("`{name}` is no rule over single events that can fit"))?;
            rules.push(u32::try_from(place).map_err(|_| "too many rules".to_owned())?);
        }
        Ok((form, rules))
    }

    /// What it says of itself.
    pub(super) fn about(&self) -> &Arc<SigmaRule> {
        &self.about
    }

    /// The rules that it watches, with their places in its own order.
    pub(super) fn watched(&self) -> impl Iterator<Item = (u32, u32)> {
        (0..).zip(self.rules.iter().copied())
    }

    /// What it has to know of an event as one of its rules; nothing of one without a time.
    pub(super) fn observe(
        &self,
        (correlation, step): (u32, u32),
        event: &Event<'_>,
        subjected: &mut Subjected<'_, '_>,
    ) -> Option<Observation> {
        let at = Moment::of(event)?;
        let group = self.group[step as usize].iter().map(|subject| subjected.grouped(*subject)).collect();
        let value = match &self.form {
            Form::Values(_, fields) => fields.iter().map(|field| subjected.grouped(*field)).collect(),
            _ => Vec::new(),
        };
        Some(Observation {
            correlation,
            group,
            at,
            step,
            value,
            computer: event.computer().into(),
            evidence: Evidence::of(event, Some(at)),
            content: Content::of(event),
        })
    }

    /// Decides over the observations of one group, which are in order of time.
    fn decide<'o>(&self, seen: &'o [Observation]) -> Vec<Burst<'o>> {
        match &self.form {
            Form::Events(bounds) => self.count(seen, bounds, |window| window.len() as u64),
            Form::Values(bounds, _) => self.count(seen, bounds, distinct),
            Form::Together => self.together(seen),
            Form::InOrder => self.in_order(seen),
        }
    }

    fn is_within(&self, first: &Observation, last: &Observation) -> bool {
        last.at.time.0.saturating_sub(first.at.time.0) <= self.span
    }

    fn count<'o>(
        &self,
        seen: &'o [Observation],
        bounds: &Bounds,
        counted: impl Fn(&Window<'o>) -> u64,
    ) -> Vec<Burst<'o>> {
        let mut found = Vec::new();
        let mut window = Window::default();
        let rises = bounds.only_rise();
        let judge = |window: &mut Window<'o>, found: &mut Vec<_>| {
            let count = counted(window);
            if let (true, Some(first), Some(last)) = (bounds.hold(count), window.first(), window.last()) {
                found.push((first, last, count));
                window.clear();
            }
        };
        for observation in seen {
            if rises {
                while window.first().is_some_and(|first| !self.is_within(first, observation)) {
                    window.pop();
                }
                window.push(observation);
                judge(&mut window, &mut found);
            } else {
                if window.first().is_some_and(|first| !self.is_within(first, observation)) {
                    judge(&mut window, &mut found);
                    window.clear();
                }
                window.push(observation);
            }
        }
        if !rises {
            judge(&mut window, &mut found);
        }
        found
    }

    /// Every rule was seen within the span.
    fn together<'o>(&self, seen: &'o [Observation]) -> Vec<Burst<'o>> {
        let mut found = Vec::new();
        let mut last: BTreeMap<u32, &Observation> = BTreeMap::new();
        for observation in seen {
            last.insert(observation.step, observation);
            last.retain(|_, earlier| self.is_within(earlier, observation));
            let first = last.values().copied().min_by_key(|earlier| earlier.at);
            if let (true, Some(first)) = (last.len() == self.rules.len(), first) {
                found.push((first, observation, last.len() as u64));
                last.clear();
            }
        }
        found
    }

    /// Every rule was seen within the span, each after the one before it.
    fn in_order<'o>(&self, seen: &'o [Observation]) -> Vec<Burst<'o>> {
        let steps = self.rules.len();
        let mut found = Vec::new();
        // By step, the latest beginning of a sequence that got so far.
        let mut begun: Vec<Option<&Observation>> = vec![None; steps];
        for observation in seen {
            let step = observation.step as usize;
            let beginning = if step == 0 { Some(observation) } else { begun[step - 1] };
            let Some(beginning) = beginning.filter(|first| self.is_within(first, observation)) else {
                continue;
            };
            begun[step] = Some(beginning);
            if step + 1 == steps {
                found.push((beginning, observation, steps as u64));
                begun.fill(None);
            }
        }
        found
    }
}

/// The first and last event of a correlation that came about, and what was counted.
type Burst<'o> = (&'o Observation, &'o Observation, u64);

fn form(rule: &CorrelationRule, tables: &mut Tables) -> Result<Form, String> {
    let CorrelationCondition::Threshold { predicates, field, .. } = &rule.condition else {
        return Err("a condition over the names of rules is not supported".to_owned());
    };
    let bounds = || Bounds(predicates.clone());
    match rule.correlation_type {
        CorrelationType::EventCount => Ok(Form::Events(bounds())),
        CorrelationType::ValueCount => {
            let names = field.as_ref().ok_or("`value_count` needs a `field` in its condition")?;
            if names.len() > MAX_PARTS {
                return Err(format!("more than {MAX_PARTS} fields"));
            }
            let fields =
                names.iter().map(|name| tables.subject(Subject::find(name))).collect::<Result<_, _>>()?;
            Ok(Form::Values(bounds(), fields))
        }
        CorrelationType::Temporal => Ok(Form::Together),
        CorrelationType::TemporalOrdered => Ok(Form::InOrder),
        other => Err(format!("correlations of the type `{}` are not supported", other.as_str())),
    }
}

/// Where the group's fields are in the events of one of the rules.
fn group_of(rule: &CorrelationRule, name: &str, tables: &mut Tables) -> Result<Vec<u16>, String> {
    let field = |field: &String| {
        let alias = rule.aliases.iter().find(|alias| alias.alias == *field);
        let named = alias.and_then(|alias| alias.mapping.get(name)).unwrap_or(field);
        tables.subject(Subject::find(named))
    };
    rule.group_by.iter().map(field).collect()
}

/// Refuses what no events can bring about: a field that the events of one of its rules do not have, or bounds
/// that exclude each other.
fn never(
    rule: &CorrelationRule,
    form: &Form,
    (places, groups): (&[u32], &[Vec<u16>]),
    compiled: &[Compiled],
    tables: &Tables,
) -> Result<(), String> {
    let counted = match form {
        Form::Values(_, fields) => fields.as_slice(),
        _ => &[],
    };
    for (place, group) in places.iter().zip(groups) {
        let watched = &compiled[*place as usize];
        let lacks = |subject: &&u16| {
            let subject = &tables.subjects[usize::from(**subject)];
            !watched.kinds.iter().any(|kind| subject.is_written(*kind))
        };
        for (fields, what) in [(group.as_slice(), "groups by"), (counted, "counts values of")] {
            if let Some(subject) = fields.iter().find(lacks) {
                let name = tables.subjects[usize::from(*subject)].name();
                return Err(format!("it {what} `{name}`, which {} does not have", events(&watched.kinds)));
            }
        }
    }
    match form {
        Form::Events(bounds) | Form::Values(bounds, _) if bounds.exclude_each_other() => {
            Err(format!("no number fits its condition for `{}`", rule.correlation_type.as_str()))
        }
        _ => Ok(()),
    }
}

/// Observations of a window, and how often each value is among them.
#[derive(Default)]
struct Window<'o> {
    seen: VecDeque<&'o Observation>,
    values: HashMap<&'o [String], u32>,
}

impl<'o> Window<'o> {
    fn push(&mut self, observation: &'o Observation) {
        self.seen.push_back(observation);
        *self.values.entry(&observation.value).or_default() += 1;
    }

    fn pop(&mut self) {
        let Some(observation) = self.seen.pop_front() else { return };
        if let Some(count) = self.values.get_mut(observation.value.as_slice()) {
            *count -= 1;
            if *count == 0 {
                self.values.remove(observation.value.as_slice());
            }
        }
    }

    fn clear(&mut self) {
        self.seen.clear();
        self.values.clear();
    }

    fn len(&self) -> usize {
        self.seen.len()
    }

    fn first(&self) -> Option<&'o Observation> {
        self.seen.front().copied()
    }

    fn last(&self) -> Option<&'o Observation> {
        self.seen.back().copied()
    }
}

fn distinct(window: &Window<'_>) -> u64 {
    window.values.len() as u64
}

/// Gathers what workers found and decides over it at the end.
#[derive(Debug, Default)]
pub struct Correlator {
    seen: Vec<Observation>,
    left_out: u64,
    counts_copies: bool,
}

impl Correlator {
    /// One for which every record counts, copies of an event too.
    pub fn of_each_record() -> Self {
        Self { counts_copies: true, ..Self::default() }
    }

    /// Takes a batch's observations, in any order.
    pub fn add(&mut self, found: &mut Found) {
        self.seen.append(&mut found.observations);
        if self.seen.len() > MAX_OBSERVATIONS + SLACK {
            self.give_up_the_latest();
        }
    }

    /// Keeps the earliest, whatever the order in which they came.
    fn give_up_the_latest(&mut self) {
        let Some(too_many) = self.seen.len().checked_sub(MAX_OBSERVATIONS).filter(|count| *count > 0) else {
            return;
        };
        self.seen.select_nth_unstable_by(MAX_OBSERVATIONS, |a, b| (a.at, a).cmp(&(b.at, b)));
        self.seen.truncate(MAX_OBSERVATIONS);
        self.left_out += too_many as u64;
    }

    /// Keeps one observation of each event: as many as it has record ids, of each the first in place.
    fn drop_copies(&mut self) {
        if self.counts_copies {
            return;
        }
        let place = |observation: &Observation| observation.evidence.record_id;
        // Records without an id come last, where it is known whether any has one.
        self.seen.sort_unstable_by(|a, b| {
            let key = |observation: &Observation| (place(observation).is_none(), place(observation));
            (a.subject(), key(a), &a.evidence).cmp(&(b.subject(), key(b), &b.evidence))
        });
        self.seen.dedup_by(|later, kept| {
            later.subject() == kept.subject() && (place(later).is_none() || place(later) == place(kept))
        });
    }

    /// The correlations that came about, by correlation, group and time; and how many observations were
    /// too many to be kept.
    pub fn finish(mut self, rules: &RuleSet) -> (Vec<Correlated>, u64) {
        self.give_up_the_latest();
        self.drop_copies();
        self.seen.sort_unstable();
        let groups = self.seen.chunk_by(|a, b| a.correlation == b.correlation && a.group == b.group);
        let mut found = Vec::new();
        for group in groups {
            let place = group[0].correlation as usize;
            let Some(correlation) = rules.correlations().get(place) else { continue };
            let named = correlation.names.iter().cloned().zip(group[0].group.iter().cloned());
            let named: Vec<(String, String)> = named.collect();
            found.extend(correlation.decide(group).into_iter().map(|(first, last, count)| Correlated {
                correlation: place,
                group: named.clone(),
                computer: Arc::clone(&first.computer),
                first: first.at,
                last: last.at,
                evidence: [first.evidence.clone(), last.evidence.clone()],
                count,
            }));
        }
        (found, self.left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::FileTime;
    use crate::report::Clock;

    fn observation(time: u64, record_id: Option<u64>) -> Observation {
        let evidence = Evidence {
            time: Some(FileTime(time)),
            record_id,
            origin: Arc::default(),
            offset: time,
            line: None,
            recovered: false,
            event_id: 8,
        };
        Observation {
            correlation: 0,
            group: Vec::new(),
            at: Moment { time: FileTime(time), clock: Clock::Event },
            step: 0,
            value: Vec::new(),
            computer: Arc::default(),
            evidence,
            content: Content::default(),
        }
    }

    fn ids(records: &[(u64, Option<u64>)]) -> Vec<Option<u64>> {
        let mut correlator = Correlator::default();
        let mut observations: Vec<_> = records.iter().map(|(time, id)| observation(*time, *id)).collect();
        correlator.add(&mut Found { observations: std::mem::take(&mut observations), ..Found::default() });
        correlator.drop_copies();
        correlator.seen.iter().map(|seen| seen.evidence.record_id).collect()
    }

    #[test]
    fn copies_of_an_event_are_one_observation() {
        assert_eq!(ids(&[(1, Some(7)), (1, Some(7)), (1, None)]), [Some(7)]);
        assert_eq!(ids(&[(1, None), (1, Some(8)), (1, Some(7))]), [Some(7), Some(8)]);
        assert_eq!(ids(&[(1, None), (1, None), (2, None)]), [None, None]);
    }

    #[test]
    fn the_earliest_are_kept_whatever_comes_first() {
        let all = (MAX_OBSERVATIONS + SLACK + 7) as u64;
        for reversed in [false, true] {
            let mut correlator = Correlator::default();
            let times: Box<dyn Iterator<Item = u64>> =
                if reversed { Box::new((0..all).rev()) } else { Box::new(0..all) };
            for time in times {
                let observations = vec![observation(time, None)];
                correlator.add(&mut Found { observations, ..Found::default() });
            }
            correlator.give_up_the_latest();
            assert_eq!(correlator.left_out, SLACK as u64 + 7);
            let latest = correlator.seen.iter().map(|seen| seen.at.time.0).max();
            assert_eq!(latest, Some(MAX_OBSERVATIONS as u64 - 1));
        }
    }
}
