//! The rule set: all compiled rules, and what events they fit.

use std::collections::HashMap;
use std::sync::Arc;

use super::check::Policy;
use super::compile::{Expr, Tables};
use super::correlation::{Correlation, Observation};
use super::evaluate::{Scratch, Subjected};
use super::index::{Indices, KindIndex};
use super::logsource::Kind;
use super::subject::Subject;
use crate::event::{Batch, Event, Projection, Want};
use crate::report::SigmaRule;

/// A compiled rule.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) rule: Arc<SigmaRule>,
    /// Whether it only serves correlations and has no matches of its own.
    pub(super) is_silent: bool,
    pub(super) name: Option<String>,
    pub(super) kinds: Vec<Kind>,
    pub(super) expr: Expr,
}

/// An event that fits a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The rule's place in [`RuleSet::rules`].
    pub rule: usize,
    /// The record's place in its batch.
    pub record: usize,
    /// The fields that made it fit, with their values as logged. A field that only a negation asks for
    /// is none of them, and keywords name none.
    pub fields: Vec<(String, String)>,
}

/// What a worker finds in a batch.
#[derive(Debug, Default)]
pub struct Found {
    /// Matches in the order of the records, then of the rules.
    pub matches: Vec<Match>,
    /// What correlations have to know.
    pub(super) observations: Vec<Observation>,
}

/// Rules that were compiled together; shared by all workers.
#[derive(Debug, Default)]
pub struct RuleSet {
    rules: Vec<Compiled>,
    tables: Tables,
    indices: Indices,
    /// By rule: the needs that make it a candidate.
    masks: Vec<u32>,
    policy: Policy,
    correlations: Vec<Correlation>,
    /// By rule: the correlations that watch it, and as which of their rules.
    watched: HashMap<u32, Vec<(u32, u32)>>,
}

impl RuleSet {
    pub(super) fn new(rules: Vec<Compiled>, tables: Tables, policy: Policy) -> Result<Self, String> {
        let mut masks = vec![0; rules.len()];
        let mut by_kind: HashMap<Kind, Vec<(u32, &Expr)>> = HashMap::new();
        for (place, rule) in (0..).zip(&rules) {
            for kind in &rule.kinds {
                by_kind.entry(*kind).or_default().push((place, &rule.expr));
            }
        }
        let mut indices = Indices::new();
        for (kind, rules) in &by_kind {
            indices.insert(*kind, KindIndex::build(rules, &tables, &mut masks)?);
        }
        Ok(Self { rules, tables, indices, masks, policy, ..Self::default() })
    }

    pub(super) fn watch(&mut self, correlations: Vec<Correlation>) {
        for (place, correlation) in (0..).zip(&correlations) {
            for (step, rule) in correlation.watched() {
                self.watched.entry(rule).or_default().push((place, step));
            }
        }
        self.correlations = correlations;
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What the rules say of themselves, by place.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = &SigmaRule> {
        self.rules.iter().map(|compiled| &*compiled.rule)
    }

    /// The rule at a place below [`len`](Self::len).
    pub fn rule(&self, place: usize) -> &Arc<SigmaRule> {
        &self.rules[place].rule
    }

    /// What the correlations say of themselves, by place.
    pub fn correlating(&self) -> impl ExactSizeIterator<Item = &Arc<SigmaRule>> {
        self.correlations.iter().map(Correlation::about)
    }

    pub(super) fn correlations(&self) -> &[Correlation] {
        &self.correlations
    }

    /// How many rules are decided for every event of some kind: those that no literal announces.
    pub fn unindexed(&self) -> usize {
        self.indices.values().map(KindIndex::always).sum()
    }

    /// What has to be decoded: the kinds of events that rules speak of, wholly.
    pub fn projection(&self) -> Projection {
        Projection::nothing().with(self.indices.keys().map(|(_, id)| *id), Want::All)
    }

    /// The rules that an event fits, by their places in ascending order; silent rules too.
    pub fn fitting(&self, event: &Event<'_>, scratch: &mut Scratch) -> Vec<usize> {
        let mut fitting = Vec::new();
        self.each(event, scratch, &mut |rule, _| fitting.push(rule as usize));
        fitting
    }

    /// Everything that a batch's events fit.
    pub fn search(&self, batch: &Batch, scratch: &mut Scratch) -> Found {
        self.search_kept(batch, |_| true, scratch)
    }

    /// As [`search`](Self::search), of the records that are kept.
    pub fn search_kept(&self, batch: &Batch, kept: impl Fn(usize) -> bool, scratch: &mut Scratch) -> Found {
        let mut found = Found::default();
        for (record, event) in batch.records().enumerate() {
            let Some(event) = event.into_event().filter(|_| kept(record)) else { continue };
            self.each(&event, scratch, &mut |rule, subjected| {
                let compiled = &self.rules[rule as usize];
                if !compiled.is_silent {
                    let fields = self.reasons(&compiled.expr, subjected);
                    found.matches.push(Match { rule: rule as usize, record, fields });
                }
                for (correlation, step) in self.watched.get(&rule).into_iter().flatten() {
                    let watching = &self.correlations[*correlation as usize];
                    found.observations.extend(watching.observe((*correlation, *step), &event, subjected));
                }
            });
        }
        found
    }

    /// Calls for every rule that the event fits.
    fn each(
        &self,
        event: &Event<'_>,
        scratch: &mut Scratch,
        see: &mut dyn FnMut(u32, &mut Subjected<'_, '_>),
    ) {
        let Some(index) = event.platform().and_then(|platform| self.indices.get(&(platform, event.id())))
        else {
            return;
        };
        let (mut subjected, marks, candidates) = Subjected::begin(event, &self.tables, self.policy, scratch);
        index.candidates(&self.masks, marks, |subject, see| subjected.folded(subject, see), candidates);
        for rule in candidates.iter() {
            if subjected.fits(&self.rules[*rule as usize].expr) {
                see(*rule, &mut subjected);
            }
        }
    }

    fn reasons(&self, expr: &Expr, subjected: &mut Subjected<'_, '_>) -> Vec<(String, String)> {
        let mut subjects = Vec::new();
        subjected.reasons(expr, &mut subjects);
        let named = |subject: u16| {
            (self.tables.subjects[usize::from(subject)].name().to_owned(), subjected.raw(subject))
        };
        subjects.retain(|subject| self.tables.subjects[usize::from(*subject)] != Subject::Any);
        subjects.into_iter().map(named).collect()
    }

    /// The rules that an event fits, each decided in full: the plain form of [`fitting`](Self::fitting).
    #[doc(hidden)]
    pub fn fitting_plainly(&self, event: &Event<'_>, scratch: &mut Scratch) -> Vec<usize> {
        let Some(kind) = event.platform().map(|platform| (platform, event.id())) else { return Vec::new() };
        let (mut subjected, ..) = Subjected::begin(event, &self.tables, self.policy, scratch);
        let mut fits = |rule: &Compiled| rule.kinds.contains(&kind) && subjected.fits(&rule.expr);
        self.rules.iter().enumerate().filter_map(|(place, rule)| fits(rule).then_some(place)).collect()
    }
}
