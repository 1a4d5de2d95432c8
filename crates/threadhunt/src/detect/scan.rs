//! The scan: takes the facts of batches in any order and makes findings and coverage of them.

use std::collections::HashSet;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::against::{Against, Words};
use super::baseline::{Baseline, Expectation};
use super::context::{CONTEXT_EVENTS, Context, Contexts, Wanted};
use super::coverage::Hosts;
use super::crowd::{CROWD_STARTS, Chosen, Crowd, MAX_ALL_STARTS, MAX_PAIRS, Verdicts};
use super::duplicates::Duplicates;
use super::judge::{KnownPrograms, judge};
use super::pairs::{MAX_STARTS, Pair, PairKey};
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

/// Texts that are kept to be shared.
const MAX_TEXTS: usize = 65_536;

impl Default for Stage {
    fn default() -> Self {
        Self::All(0)
    }
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
    verdicts: Verdicts,
    crowd: Crowd,
    stage: Stage,
}

/// How much is kept of events 8.
#[derive(Debug)]
enum Stage {
    /// Everything, and how many starts that is.
    All(usize),
    /// Which pairs are to be kept.
    Ranks,
    /// Everything of the chosen pairs, the others counted.
    Chosen(Box<Chosen>),
}

impl Scan {
    /// An empty scan.
    pub fn new(copies: Copies) -> Self {
        let duplicates = (copies == Copies::Once).then(Duplicates::default);
        Self { duplicates, ..Self::default() }
    }

    /// The same, which ranks pairs by other rules where there are too many to keep all.
    #[must_use]
    pub fn ranked_by(mut self, rules: &Rules) -> Self {
        self.verdicts.rules = Some(Box::new(rules.clone()));
        self
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
        if !matches!(self.stage, Stage::Chosen(_)) {
            facts.hosts.into_iter().for_each(|host| self.hosts.add(host));
        }
    }

    /// Whether there are more pairs than details are kept of. Then the same batches are to be
    /// [added](Self::add) once more: for the details of the strongest pairs, and the others' count.
    pub fn choose(&mut self) -> bool {
        if !matches!(self.stage, Stage::Ranks) {
            return false;
        }
        self.duplicates = self.duplicates.is_some().then(Duplicates::default);
        self.stage = Stage::Chosen(Box::new(std::mem::take(&mut self.crowd).choose()));
        true
    }

    fn add_thread(&mut self, mut thread: RemoteThread) {
        let is_new = self
            .duplicates
            .as_mut()
            .is_none_or(|seen| seen.is_new(thread.content, thread.evidence.record_id));
        let key = PairKey::of(&thread);
        self.share_texts(&mut thread);
        let alone = is_new.then(|| self.verdicts.of(&thread));
        if !matches!(self.stage, Stage::Chosen(_)) {
            match &alone {
                Some(alone) => self.crowd.add(&key, &thread, alone),
                None => self.hosts.add_copy(key.computer()),
            }
        }
        let most = match &mut self.stage {
            Stage::Ranks => return,
            Stage::All(_) => MAX_STARTS,
            Stage::Chosen(chosen) if chosen.keeps(&key) => CROWD_STARTS,
            Stage::Chosen(chosen) => {
                alone.iter().for_each(|alone| chosen.count(&key, &thread, alone));
                return;
            }
        };
        let pair = self.pairs.entry(key).or_default();
        let before = pair.start_count();
        match alone {
            Some(alone) => pair.add(thread, most, alone.verdict),
            None => {
                let strength = self.verdicts.of(&thread).verdict;
                pair.add_copy(thread, strength);
            }
        }
        let grown = pair.start_count() - before;
        if let Stage::All(starts) = &mut self.stage {
            *starts += grown;
            if *starts > MAX_ALL_STARTS || self.pairs.len() > MAX_PAIRS {
                self.stage = Stage::Ranks;
                (self.pairs, self.texts) = Default::default();
            }
        }
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
        if self.texts.len() >= MAX_TEXTS {
            self.texts.clear();
        }
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
        (!wanted.is_empty() && self.hosts.have_any(&CONTEXT_EVENTS)).then(|| wanted.finish())
    }

    /// Takes what the second reading found.
    pub fn add_context(&mut self, contexts: impl IntoIterator<Item = Context>) {
        contexts.into_iter().for_each(|context| self.contexts.add(context));
    }

    /// Everything that was found, judged by rules.
    pub fn finish(mut self, rules: &Rules) -> Scanned {
        self.take_told_names();
        let counted = match self.stage {
            Stage::All(_) | Stage::Ranks => BTreeMap::new(),
            Stage::Chosen(chosen) => chosen.finish(),
        };
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
        let ends = |(key, finding): &(PairKey, Finding)| {
            [finding.source.guid, finding.target.guid].map(|guid| (Arc::clone(key.computer()), guid))
        };
        let found: HashSet<(Arc<str>, Option<Guid>)> = findings.iter().flat_map(ends).collect();
        let coverage =
            self.hosts.finish(|computer, guid| found.contains(&(Arc::clone(computer), Some(guid))));
        let mut expectation = self.baseline.as_ref().map(Expectation::new);
        let is_enough = |known: &Expectation<'_>| known.hosts() >= rules.model.prevalent_computers;
        let prevalence = if expectation.as_ref().is_some_and(is_enough) {
            Prevalence::Baseline
        } else {
            Prevalence::Input
        };
        let mut known = KnownPrograms::new();
        let programs = judge(rules, &contexts, &coverage, expectation.as_mut(), &mut findings, &mut known);
        let mut findings: Vec<Finding> = findings.into_iter().map(|(_, finding)| finding).collect();
        let patterns = patterns(rules, &programs, prevalence, &mut findings, counted);
        Scanned {
            findings,
            patterns,
            coverage,
            against: self.against.names(),
            sigma: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// A process without a name in one pair may have one in another.
    fn take_told_names(&mut self) {
        let nameless: HashSet<Guid> = self.pairs.iter().flat_map(|(key, pair)| pair.nameless(key)).collect();
        for (key, pair) in &self.pairs {
            for (guid, image, record) in pair.named(key).filter(|(guid, ..)| nameless.contains(guid)) {
                self.contexts.add_told(Arc::clone(key.computer()), guid, image, record.cloned());
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
