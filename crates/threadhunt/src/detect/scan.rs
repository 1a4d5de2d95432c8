//! The scan: takes the facts of batches in any order and makes findings and coverage of them.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use super::against::{Against, Words};
use super::baseline::{Baseline, Expectation};
use super::context::{CONTEXT_EVENTS, Context, Contexts, Wanted};
use super::coverage::Hosts;
use super::duplicates::Duplicates;
use super::judge::judge;
use super::pairs::{Pair, PairKey};
use super::patterns::{Prevalence, patterns};
use super::{BatchFacts, Process, RemoteThread, Rules};
use crate::event::Guid;
use crate::report::{Finding, Scanned};

/// What to do with further records of one event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Copies {
    /// Copies and shadow copies of a log are ordinary: an event counts once.
    #[default]
    Once,
    /// Every record counts.
    Each,
}

/// A scan in the making.
#[derive(Debug, Default)]
pub struct Scan {
    /// `None` when every record counts.
    duplicates: Option<Duplicates>,
    pairs: HashMap<PairKey, Pair>,
    hosts: Hosts,
    contexts: Contexts,
    texts: HashSet<Arc<str>>,
    baseline: Option<Baseline>,
    against: Arc<Against>,
}

impl Scan {
    /// An empty scan.
    pub fn new(copies: Copies) -> Self {
        Self { duplicates: (copies == Copies::Once).then(Duplicates::default), ..Self::default() }
    }

    /// Compares what is found with a baseline.
    pub fn with_baseline(self, baseline: Baseline) -> Self {
        Self { baseline: Some(baseline), ..self }
    }

    /// The same, which says of findings what configurations would have hidden; batches are looked at by
    /// [`extract_against`](super::extract_against) with the same ones.
    #[must_use]
    pub fn held_against(self, against: Arc<Against>) -> Self {
        Self { against, ..self }
    }

    /// Takes what was found in a batch.
    pub fn add(&mut self, facts: BatchFacts) {
        for thread in facts.threads {
            self.add_thread(thread);
        }
        for host in facts.hosts {
            self.hosts.add(host);
        }
    }

    fn add_thread(&mut self, mut thread: RemoteThread) {
        self.share_texts(&mut thread);
        let is_new = self
            .duplicates
            .as_mut()
            .is_none_or(|seen| seen.is_new(thread.content, thread.evidence.record_id));
        let key = PairKey::of(&thread);
        if !is_new {
            self.hosts.add_copy(key.computer());
        }
        let pair = self.pairs.entry(key).or_default();
        if is_new { pair.add(thread) } else { pair.add_copy(thread) }
    }

    /// Keeps one allocation of each text: images, modules and users repeat all the time.
    fn share_texts(&mut self, thread: &mut RemoteThread) {
        let process = |process: &'_ mut Process| [process.image.take(), process.user.take()];
        let [source_image, source_user] = process(&mut thread.source);
        let [target_image, target_user] = process(&mut thread.target);
        thread.source.image = self.shared(source_image);
        thread.source.user = self.shared(source_user);
        thread.target.image = self.shared(target_image);
        thread.target.user = self.shared(target_user);
        thread.start.module = self.shared(thread.start.module.take());
        thread.start.function = self.shared(thread.start.function.take());
        thread.rule_name = self.shared(thread.rule_name.take());
    }

    fn shared(&mut self, text: Option<Arc<str>>) -> Option<Arc<str>> {
        let text = text?;
        if let Some(known) = self.texts.get(&text) {
            return Some(Arc::clone(known));
        }
        self.texts.insert(Arc::clone(&text));
        Some(text)
    }

    /// What a second reading of the inputs should look for; `None` when it could find nothing.
    pub fn wanted(&self) -> Option<Wanted> {
        let mut wanted = Wanted::default();
        self.pairs.iter().for_each(|(key, pair)| pair.want(key, &mut wanted));
        (!wanted.is_empty() && self.hosts.have_any(&CONTEXT_EVENTS)).then_some(wanted)
    }

    /// Takes what the second reading found.
    pub fn add_context(&mut self, contexts: impl IntoIterator<Item = Context>) {
        contexts.into_iter().for_each(|context| self.contexts.add(context));
    }

    /// Everything that was found, judged by rules.
    pub fn finish(mut self, rules: &Rules) -> Scanned {
        self.take_told_names();
        let contexts = self.contexts;
        let mut words = Words::new();
        let mut findings: Vec<(PairKey, Finding)> = self
            .pairs
            .into_iter()
            .map(|(key, pair)| {
                let hidden_by = self.against.tell(pair.drops(), &mut words);
                let finding = Finding { hidden_by, ..pair.finish(&key, &contexts) };
                (key, finding)
            })
            .collect();
        findings.sort_by(|a, b| order(&a.1).cmp(&order(&b.1)));
        let coverage = self.hosts.finish();
        let mut expectation = self.baseline.as_ref().map(Expectation::new);
        let is_enough = |known: &Expectation<'_>| known.hosts() >= rules.model.prevalent_computers;
        let prevalence = if expectation.as_ref().is_some_and(is_enough) {
            Prevalence::Baseline
        } else {
            Prevalence::Input
        };
        let programs = judge(rules, &contexts, &coverage, expectation.as_mut(), &mut findings);
        let mut findings: Vec<Finding> = findings.into_iter().map(|(_, finding)| finding).collect();
        let patterns = patterns(rules, &programs, prevalence, &mut findings);
        Scanned { findings, patterns, coverage, against: self.against.names(), sigma: Vec::new() }
    }

    /// A process without a name in one pair may have one in another.
    fn take_told_names(&mut self) {
        let nameless: HashSet<Guid> = self.pairs.iter().flat_map(|(key, pair)| pair.nameless(key)).collect();
        for (key, pair) in &self.pairs {
            for (guid, image) in pair.named(key).filter(|(guid, _)| nameless.contains(guid)) {
                self.contexts.add_told(Arc::clone(key.computer()), guid, image);
            }
        }
    }
}

/// By first time (none last), computer, and what else keeps the order the same in every run.
fn order(finding: &Finding) -> impl Ord {
    (
        finding.first.is_none(),
        finding.first,
        Arc::clone(&finding.computer),
        finding.source.pid,
        finding.target.pid,
        finding.id,
    )
}
