//! Patterns: findings rolled up by normalised source, target and start class.
//!
//! What is seen on many computers is more often a product than an attack, so a pattern on many
//! of them goes one severity down, and says so; never where credentials are the target. Where a
//! baseline knows enough computers it is asked instead, see `baseline`: what is on many computers
//! today and was on none before is no product but an outbreak.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::HashSet;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::folded;
use super::judge::Ends;
use super::ledger::verdict;
use super::paths;
use super::rules::{Program, Rule, Rules};
use crate::report::{Acceptance, Finding, Group, Limit, Pattern, Sample, Scanned, Severity};

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
    counted: Vec<Pattern>,
) -> Vec<Pattern> {
    let mut groups: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for (place, (finding, [source, target])) in findings.iter().zip(ends).enumerate() {
        groups.entry(key(finding, source, target)).or_default().push(place);
    }
    let one = |(key, places): (Key, Vec<usize>)| {
        let computers = computers(&places, findings);
        if prevalence == Prevalence::Input && computers >= rules.model.prevalent_computers {
            places.iter().for_each(|place| lower(rules, &mut findings[*place], computers));
        }
        (key.clone(), pattern(key, places, findings))
    };
    let mut all: BTreeMap<Key, Pattern> = groups.into_iter().map(one).collect();
    for counted in counted {
        let key = (counted.source.to_string(), counted.target.to_string(), Arc::clone(&counted.class));
        match all.entry(key) {
            Entry::Vacant(place) => drop(place.insert(counted)),
            Entry::Occupied(place) => join(place.into_mut(), counted),
        }
    }
    worst_first(all.into_values().collect())
}

/// What a finding is grouped by.
pub(super) fn key(finding: &Finding, source: &Program, target: &Program) -> Key {
    let class = finding.start().map(|start| Arc::clone(&start.class)).unwrap_or_default();
    (paths::folded(&source.path), paths::folded(&target.path), class)
}

/// Adds pairs that are only counted.
pub(super) fn join(pattern: &mut Pattern, counted: Pattern) {
    pattern.threads += counted.threads;
    pattern.counted += counted.counted;
    pattern.computers = pattern.computers.max(counted.computers);
    counted.computer_names.iter().for_each(|name| pattern.computer_names.offer(Arc::clone(name)));
    pattern.first = pattern.first.into_iter().chain(counted.first).min();
    pattern.last = pattern.last.max(counted.last);
    if (counted.severity, counted.score) > (pattern.severity, pattern.score) {
        (pattern.severity, pattern.score) = (counted.severity, counted.score);
    }
}

/// Parts patterns by what their findings are accepted by, so that each is accepted as a whole or not.
pub(super) fn split(scanned: &mut Scanned) {
    let findings = &scanned.findings;
    let mut patterns = Vec::with_capacity(scanned.patterns.len());
    for whole in std::mem::take(&mut scanned.patterns) {
        let mut parts: BTreeMap<Option<Arc<Acceptance>>, Vec<usize>> = BTreeMap::new();
        let known: u64 = whole.findings.iter().map(|place| findings[*place].count).sum();
        for place in &whole.findings {
            let place = *place;
            parts.entry(findings[place].accepted.clone()).or_default().push(place);
        }
        let key = (whole.source.to_string(), whole.target.to_string(), Arc::clone(&whole.class));
        let part = |(accepted, places)| Pattern { accepted, ..pattern(key.clone(), places, findings) };
        patterns.extend(parts.into_iter().map(part));
        // Nobody can say whether what is only counted would be accepted.
        let counted = Pattern { findings: Vec::new(), threads: whole.threads - known, ..whole };
        patterns.extend((counted.counted > 0).then_some(counted));
    }
    scanned.patterns = worst_first(patterns);
}

/// Equals stand in the order of time.
fn worst_first(mut patterns: Vec<Pattern>) -> Vec<Pattern> {
    patterns.sort_by_key(|pattern| (Reverse((pattern.severity, pattern.score)), pattern.first));
    patterns
}

fn computers(places: &[usize], findings: &[Finding]) -> u64 {
    let all: HashSet<Arc<str>> = places.iter().map(|place| folded(&findings[*place].computer)).collect();
    all.len() as u64
}

fn pattern(key: Key, mut places: Vec<usize>, findings: &[Finding]) -> Pattern {
    let computers = computers(&places, findings);
    // The sort is stable, so equals stay in the order of time.
    places.sort_by_key(|place| {
        let judgement = &findings[*place].judgement;
        Reverse((judgement.severity, judgement.score))
    });
    let all = || places.iter().map(|place| &findings[*place]);
    let mut computer_names = Sample::default();
    all().for_each(|finding| computer_names.offer(Arc::clone(&finding.computer)));
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
    }
}

/// One severity down for what is prevalent, where that could change what is looked at.
fn lower(rules: &Rules, finding: &mut Finding, computers: u64) {
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
