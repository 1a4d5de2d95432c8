//! Patterns: findings rolled up by normalised source, target and start class.
//!
//! What is seen on many computers is more often a product than an attack, so a pattern on many
//! of them goes one severity down, and says so; never where credentials are the target. Where a
//! baseline knows enough computers it is asked instead, see `baseline`: what is on many computers
//! today and was on none before is no product but an outbreak.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::crowd::Verdict;
use super::folded;
use super::judge::Ends;
use super::ledger::verdict;
use super::pairs::stable_id;
use super::paths;
use super::rules::{Program, Rule, Rules};
use crate::report::{Acceptance, ComputerNames, Finding, Group, Limit, Moment, Pattern, Scanned, Severity};

/// Source, target and class.
pub(super) type Key = (String, String, Arc<str>);

/// What is asked how prevalent a pattern is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prevalence {
    /// The findings themselves.
    Input,
    /// A baseline, which has been asked already.
    Baseline,
}

/// Rolls findings up, the worst pattern first; lowers those that are prevalent in the input.
pub(super) fn patterns(
    rules: &Rules,
    ends: &[Ends],
    prevalence: Prevalence,
    findings: &mut [Finding],
    counted: BTreeMap<Key, Counted>,
) -> Vec<Pattern> {
    let mut groups: BTreeMap<Key, (Vec<usize>, Option<Counted>)> =
        counted.into_iter().map(|(key, counted)| (key, (Vec::new(), Some(counted)))).collect();
    for (place, (finding, [source, target])) in findings.iter().zip(ends).enumerate() {
        groups.entry(key(finding, source, target)).or_default().0.push(place);
    }
    let one = |(key, (places, counted)): (Key, (Vec<usize>, Option<Counted>))| {
        let mut all = computers(&places, findings);
        all.extend(counted.iter().flat_map(|counted| &counted.computers));
        let computers = all.len() as u64;
        // What has no name is no pattern, and on many computers by its nature.
        let is_prevalent = prevalence == Prevalence::Input
            && computers >= rules.model.prevalent_computers
            && key != Key::default();
        if is_prevalent {
            places.iter().for_each(|place| lower(rules, &mut findings[*place], computers));
        }
        let technique = rules.get(&key.2).and_then(|class| class.technique().cloned());
        let mut pattern = Pattern { computers, technique, ..pattern(key, places, findings) };
        counted.into_iter().for_each(|counted| counted.join(&mut pattern, is_prevalent));
        pattern
    };
    worst_first(groups.into_iter().map(one).collect())
}

/// What a finding is grouped by.
pub(super) fn key(finding: &Finding, source: &Program, target: &Program) -> Key {
    let class = finding.start().map(|start| Arc::clone(&start.class)).unwrap_or_default();
    (paths::folded(&source.path), paths::folded(&target.path), class)
}

/// Pairs of a pattern that are only counted.
#[derive(Debug)]
pub(super) struct Counted {
    /// The gravest verdict over one of their threads alone.
    pub(super) verdict: Verdict,
    /// The same where the pattern is prevalent.
    pub(super) prevalent: Verdict,
    pub(super) pairs: u64,
    pub(super) threads: u64,
    /// By [`computer_id`].
    pub(super) computers: BTreeSet<u64>,
    pub(super) computer_names: ComputerNames,
    pub(super) first: Option<Moment>,
    pub(super) last: Option<Moment>,
}

impl Counted {
    /// Adds these pairs to their pattern, which has the number of computers already.
    fn join(self, pattern: &mut Pattern, is_prevalent: bool) {
        let verdict = if is_prevalent { self.prevalent } else { self.verdict };
        pattern.threads += self.threads;
        pattern.counted = self.pairs;
        pattern.counted_worst = Some(verdict);
        pattern.computer_names.merge(&self.computer_names);
        pattern.first = pattern.first.into_iter().chain(self.first).min();
        pattern.last = pattern.last.max(self.last);
        (pattern.severity, pattern.score) = verdict.max((pattern.severity, pattern.score));
    }
}

/// A folded computer as it is counted.
pub(super) fn computer_id(computer: &str) -> u64 {
    stable_id(computer)
}

/// Parts patterns by what their findings are accepted by, and what is only counted of them by another
/// question, so that each is accepted as a whole or not.
pub(super) fn split(
    scanned: &mut Scanned,
    mut accept_counted: impl FnMut(&Pattern) -> Option<Arc<Acceptance>>,
) {
    let findings = &scanned.findings;
    let mut patterns = Vec::with_capacity(scanned.patterns.len());
    for whole in std::mem::take(&mut scanned.patterns) {
        let by = if whole.counted > 0 { accept_counted(&whole) } else { None };
        let mut parts: BTreeMap<Option<Arc<Acceptance>>, Vec<usize>> = BTreeMap::new();
        let known: u64 = whole.findings.iter().map(|place| findings[*place].count).sum();
        for place in &whole.findings {
            let place = *place;
            parts.entry(findings[place].accepted.clone()).or_default().push(place);
        }
        if parts.keys().all(|part| *part == by) {
            patterns.push(Pattern { accepted: by, ..whole });
            continue;
        }
        let key = (whole.source.to_string(), whole.target.to_string(), Arc::clone(&whole.class));
        let technique = &whole.technique;
        let part = |(accepted, places)| Pattern {
            accepted,
            technique: technique.clone(),
            ..pattern(key.clone(), places, findings)
        };
        patterns.extend(parts.into_iter().map(part));
        let mut counted =
            Pattern { findings: Vec::new(), threads: whole.threads - known, accepted: by, ..whole };
        counted.take_counted_severity();
        patterns.extend((counted.counted > 0).then_some(counted));
    }
    scanned.patterns = worst_first(patterns);
}

/// Equals stand in the order of time.
fn worst_first(mut patterns: Vec<Pattern>) -> Vec<Pattern> {
    patterns.sort_by_key(|pattern| (Reverse((pattern.severity, pattern.score)), pattern.first));
    patterns
}

fn computers(places: &[usize], findings: &[Finding]) -> BTreeSet<u64> {
    places.iter().map(|place| computer_id(&folded(&findings[*place].computer))).collect()
}

fn pattern(key: Key, mut places: Vec<usize>, findings: &[Finding]) -> Pattern {
    let computers = computers(&places, findings).len() as u64;
    // The sort is stable, so equals stay in the order of time.
    places.sort_by_key(|place| {
        let judgement = &findings[*place].judgement;
        Reverse((judgement.severity, judgement.score))
    });
    let all = || places.iter().map(|place| &findings[*place]);
    let mut computer_names = ComputerNames::default();
    all().for_each(|finding| computer_names.offer(&folded(&finding.computer), &finding.computer));
    let worst = places.first().map(|place| &findings[*place].judgement);
    Pattern {
        source: key.0.into(),
        target: key.1.into(),
        class: key.2,
        severity: worst.map(|judgement| judgement.severity).unwrap_or_default(),
        score: worst.map(|judgement| judgement.score).unwrap_or_default(),
        threads: all().map(|finding| finding.count).sum(),
        computers,
        computer_names,
        first: all().filter_map(|finding| finding.first).min(),
        last: all().filter_map(|finding| finding.last).max(),
        findings: places,
        accepted: None,
        counted: 0,
        counted_worst: None,
        technique: None,
    }
}

/// One severity below what the other limits leave for what is prevalent, where that could change what
/// is looked at.
pub(super) fn lower(rules: &Rules, finding: &mut Finding, computers: u64) {
    let judgement = &mut finding.judgement;
    let credential = |name: &str| rules.get(name).is_some_and(Rule::is_credential);
    let guarded =
        judgement.ledger.entries.iter().any(|entry| entry.group == Group::Target && credential(&entry.rule));
    if guarded || judgement.severity < Severity::Medium {
        return;
    }
    let reason = format!("the same on {computers} computers: more often a product than an attack").into();
    judgement.ledger.limits.push(Limit { severity: judgement.severity.lower(), reason });
    (judgement.severity, judgement.score) = verdict(&rules.model, &judgement.ledger);
}
