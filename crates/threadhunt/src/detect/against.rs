//! Against configurations: which lines of them would have hidden remote threads.
//!
//! In the first reading each thread is decided over by each configuration, by its index. What
//! decided is a small key, of which a pair keeps few of each configuration and counts the rest,
//! so neither the size of a configuration nor the order of the inputs matters. Words are made of
//! the keys at the end. Nothing is left out for being hidden: that is what `--config` does.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use crate::config::{Config, Decider, Decision, OnMatch, Policy};
use crate::event::Event;
use crate::report::{HiddenBy, HiddenWhy};
use crate::schema::FieldId;

/// Configurations that threads are held against.
#[derive(Debug, Default)]
pub struct Against {
    candidates: Vec<Candidate>,
}

#[derive(Debug)]
struct Candidate {
    name: Arc<str>,
    config: Config,
    policy: Policy,
    /// Where the lines of the text begin.
    lines: Vec<usize>,
}

impl Against {
    /// Adds a configuration under the name that findings will give it.
    pub fn add(&mut self, name: &str, config: Config, policy: Policy) {
        let breaks = config.text.match_indices('\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(breaks).collect();
        self.candidates.push(Candidate { name: name.into(), config, policy, lines });
    }

    /// What the configurations are called, in order.
    pub fn names(&self) -> Vec<Arc<str>> {
        self.candidates.iter().map(|candidate| Arc::clone(&candidate.name)).collect()
    }

    /// What decides, for one thread of the program.
    pub(super) fn deciders(&self) -> Deciders<'_> {
        Deciders(self.candidates.iter().map(|candidate| candidate.policy.decider()).collect())
    }

    /// In words, in the order of the configurations, what hides most first.
    pub(super) fn tell(&self, drops: &Drops, known: &mut Words) -> Vec<HiddenBy> {
        let mut told = Vec::new();
        for (at, tally) in &drops.0 {
            let Some(candidate) = self.candidates.get(*at) else { continue };
            let first = told.len();
            for (cause, threads) in &tally.causes {
                let hidden = known.entry((*at, *cause)).or_insert_with(|| candidate.describe(*cause));
                told.push(HiddenBy { threads: *threads, ..hidden.clone() });
            }
            told[first..].sort_by_key(|hidden| std::cmp::Reverse(hidden.threads));
            let rest = tally.threads - tally.causes.values().sum::<u64>();
            told.extend((rest > 0).then(|| HiddenBy {
                threads: rest,
                ..candidate.hidden(HiddenWhy::OtherRules, None, String::new())
            }));
        }
        told
    }
}

/// What was said of causes before: many pairs share them.
pub(super) type Words = HashMap<(usize, Cause), HiddenBy>;

/// Deciders of the configurations, in order.
pub(super) struct Deciders<'a>(Vec<Decider<'a>>);

impl Deciders<'_> {
    /// What would have dropped the event.
    pub(super) fn look(&mut self, event: &Event<'_>) -> Vec<(usize, Cause)> {
        let dropped = |(at, decider): (usize, &mut Decider<'_>)| {
            let verdict = decider.decide(event);
            (!verdict.logged).then_some((at, Cause { decision: verdict.decision, failed: verdict.failed }))
        };
        self.0.iter_mut().enumerate().filter_map(dropped).collect()
    }
}

/// What in a configuration dropped a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Cause {
    decision: Decision,
    failed: Option<FieldId>,
}

/// Causes that are told apart of each pair and configuration, the first in the file.
const MAX_CAUSES: usize = 8;
/// Characters of a rule in words.
const MAX_WORDS: usize = 200;

/// The threads of a pair that configurations would have dropped, by configuration.
#[derive(Debug, Default)]
pub(super) struct Drops(BTreeMap<usize, DropTally>);

#[derive(Debug, Default)]
struct DropTally {
    threads: u64,
    causes: BTreeMap<Cause, u64>,
}

impl Drops {
    /// Takes what would have dropped a thread.
    pub(super) fn add(&mut self, dropped: Vec<(usize, Cause)>) {
        for (at, cause) in dropped {
            let tally = self.0.entry(at).or_default();
            tally.threads += 1;
            *tally.causes.entry(cause).or_default() += 1;
            if tally.causes.len() > MAX_CAUSES {
                tally.causes.pop_last();
            }
        }
    }
}

impl Candidate {
    fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at)
    }

    fn hidden(&self, why: HiddenWhy, line: Option<usize>, rule: String) -> HiddenBy {
        let rule = match rule.char_indices().nth(MAX_WORDS) {
            Some((end, _)) => format!("{}…", &rule[..end]),
            None => rule,
        };
        HiddenBy { configuration: Arc::clone(&self.name), line, why, rule: rule.into(), threads: 0 }
    }

    fn describe(&self, cause: Cause) -> HiddenBy {
        let filters = &self.config.filters;
        match cause.decision {
            Decision::Filter { filter, item } => {
                let filter = &filters[filter];
                let item = item.map(|item| &filter.items[item]);
                let span = item.map_or(&filter.span, |item| item.span());
                self.hidden(HiddenWhy::Excluded, Some(self.line(span.start)), filter.in_words(item))
            }
            Decision::Unmatched(filter) => self.unmatched(filter, cause.failed),
            Decision::NoneOfSeveral => {
                let of_tag = |filter: &&_| self.is_of_threads(filter);
                let all: Vec<_> = filters.iter().filter(of_tag).collect();
                let line = all.first().map(|filter| self.line(filter.span.start));
                let tag = all.first().map_or("", |filter| filter.tag.value);
                let words = format!("{tag}: none of {} filters matches", all.len());
                self.hidden(HiddenWhy::NotIncluded, line, words)
            }
            Decision::NoFilter => self.hidden(HiddenWhy::NoFilter, None, String::new()),
            Decision::Unfiltered => self.hidden(HiddenWhy::NoEvent, None, String::new()),
        }
    }

    fn unmatched(&self, filter: usize, failed: Option<FieldId>) -> HiddenBy {
        let filter = &self.config.filters[filter];
        let line = Some(self.line(filter.span.start));
        let words = format!("{} {}", filter.tag.value, OnMatch::Include.name());
        match failed {
            None => self.hidden(HiddenWhy::NotIncluded, line, words),
            Some(field) => {
                self.hidden(HiddenWhy::GivenUp, line, format!("{words}: no {} in the event", field.name()))
            }
        }
    }

    /// Whether a filter takes part in deciding over event 8.
    fn is_of_threads(&self, filter: &crate::config::Filter) -> bool {
        filter.bound == Some(8)
    }
}
