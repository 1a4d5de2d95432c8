//! Patterns: findings that say the same, across processes and computers.
//!
//! One product that hooks every process is one line and not ten thousand. What is normalised
//! (user names, versions) is for grouping only; the findings keep what was logged.

use std::sync::Arc;

use super::{Acceptance, ComputerNames, Moment, Score, Severity};

/// Findings with the same normalised source, target and start class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The source's path, normalised; empty where it is unknown.
    pub source: Arc<str>,
    /// The target's path, normalised; empty where it is unknown.
    pub target: Arc<str>,
    /// The class of the strongest start.
    pub class: Arc<str>,
    /// The worst severity among the findings and what is only counted.
    pub severity: Severity,
    /// The highest score among them.
    pub score: Score,
    /// Their places among all findings, worst first; none where pairs are only counted.
    pub findings: Vec<usize>,
    /// Their threads.
    pub threads: u64,
    /// How many computers they are on.
    pub computers: u64,
    /// Some of the computers, each in one spelling as logged.
    pub computer_names: ComputerNames,
    /// The first thread.
    pub first: Option<Moment>,
    /// The last thread.
    pub last: Option<Moment>,
    /// The entry of a person's list by which all of it is accepted, findings and what is only counted.
    pub accepted: Option<Arc<Acceptance>>,
    /// Further pairs, of which there is no finding because there were too many: their threads and
    /// computers are in `threads` and `computers`.
    pub counted: u64,
    /// What the gravest of the further pairs is by its threads alone.
    pub counted_worst: Option<(Severity, Score)>,
    /// The ATT&CK technique that the class is consistent with.
    pub technique: Option<Arc<str>>,
}

impl Pattern {
    /// Whether this is what is counted beyond all patterns, and has no names.
    pub fn is_nameless_rest(&self) -> bool {
        self.counted > 0 && self.findings.is_empty() && self.class.is_empty()
    }

    /// Makes the severity that of the further pairs, where there are no findings left.
    pub(crate) fn take_counted_severity(&mut self) {
        if let (true, Some(worst)) = (self.findings.is_empty(), self.counted_worst) {
            (self.severity, self.score) = worst;
        }
    }
}
