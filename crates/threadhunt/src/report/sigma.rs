//! What Sigma rules found: one finding per rule and computer, however many events fit.
//!
//! A rule says itself how grave a match is and what it is about; nothing is judged here. What
//! grows with a log (values, processes, records) is a [`Sample`], so that a rule that fits
//! everything makes a finding no larger than one that fits a single event.

use std::cmp::Reverse;
use std::fmt;
use std::sync::Arc;

use super::finding::begins;
use super::{Evidence, Moment, Sample, Severity};
use crate::event::{Guid, technique};

/// How grave a rule's author finds a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are Sigma's")]
pub enum SigmaLevel {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

impl SigmaLevel {
    /// The name as rules write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The severity of the same name.
    pub fn severity(self) -> Severity {
        match self {
            Self::Informational => Severity::Info,
            Self::Low => Severity::Low,
            Self::Medium => Severity::Medium,
            Self::High => Severity::High,
            Self::Critical => Severity::Critical,
        }
    }
}

impl fmt::Display for SigmaLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a rule says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SigmaRule {
    /// Its id, a UUID where authors keep to the form.
    pub id: Option<String>,
    /// Its title.
    pub title: String,
    /// How grave a match is; rules may leave it open.
    pub level: Option<SigmaLevel>,
    /// Its tags, such as `attack.t1055`.
    pub tags: Vec<String>,
    /// The file that it came from, as named to the loader.
    pub file: String,
    /// The line in the file where its document begins, from 1.
    pub line: usize,
    /// How far it has matured: `stable`, `test`, `experimental` and so on.
    pub status: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// The log that it speaks of, such as `windows/create_remote_thread`; none for correlations.
    pub log_source: Option<String>,
}

impl SigmaRule {
    /// The severity of its level; of a rule that has none it is medium, so that a match is seen.
    pub fn severity(&self) -> Severity {
        self.level.map_or(Severity::Medium, SigmaLevel::severity)
    }

    /// The ATT&CK techniques among its tags, in capitals.
    pub fn techniques(&self) -> impl Iterator<Item = String> {
        let named = |tag: &String| {
            let id = tag.to_ascii_uppercase().strip_prefix("ATTACK.")?.to_owned();
            technique(&id).is_some_and(|found| found.id == id).then_some(id)
        };
        self.tags.iter().filter_map(named)
    }

    /// Its place among rules: the gravest first, then by title and what else tells it apart.
    pub fn order(&self) -> impl Ord + '_ {
        (Reverse(self.severity()), &self.title, &self.id, &self.file, self.line)
    }
}

/// What a rule found on a computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigmaFinding {
    /// Follows from the rule and the computer alone, so it is the same in every run.
    pub id: u64,
    /// The rule.
    pub rule: Arc<SigmaRule>,
    /// Whether it is a rule over what other rules find.
    pub correlates: bool,
    /// The computer as logged; empty where the records name none. Of a correlation, that of its first event.
    pub computer: Arc<str>,
    /// Number of events that fit; of a correlation, how often it came about.
    pub count: u64,
    /// Further records of the same events, not counted above.
    pub copies: u64,
    /// The first event.
    pub first: Option<Moment>,
    /// The last event.
    pub last: Option<Moment>,
    /// The fields that made events fit; of a correlation, those of its group.
    pub fields: Vec<SigmaField>,
    /// The processes that the events speak of.
    pub processes: Sample<SigmaProcess, 8>,
    /// The records, copies among them; of a correlation, the first and last of each time.
    pub evidence: Sample<Evidence, 16>,
}

/// A field that made events fit, with some of its values, cut where they are long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigmaField {
    /// Its name as Sysmon writes it.
    pub name: Arc<str>,
    /// Its values as logged.
    pub values: Sample<Arc<str>, 3>,
}

/// A process that an event speaks of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SigmaProcess {
    /// What it is in the event.
    pub role: SigmaRole,
    /// Its program, where the event names it.
    pub image: Option<Arc<str>>,
    /// Its pid, which is reused.
    pub pid: Option<u64>,
    /// What makes it this process.
    pub guid: Option<Guid>,
}

/// What a process is in an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SigmaRole {
    /// The process that the event is about.
    Process,
    /// The one that acts upon another.
    Source,
    /// The one that is acted upon.
    Target,
}

impl SigmaRole {
    /// The stable name, as printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Source => "source",
            Self::Target => "target",
        }
    }
}

impl SigmaFinding {
    /// The id as people quote it: `S-` and 16 hex digits.
    pub fn spelled_id(&self) -> String {
        format!("S-{:016x}", self.id)
    }

    /// Whether its id begins so, as people quote it: with or without `S-`, in whatever letter case.
    pub fn has_id(&self, beginning: &str) -> bool {
        begins(self.id, "S-", beginning)
    }

    /// How grave it is, by its rule.
    pub fn severity(&self) -> Severity {
        self.rule.severity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn techniques_are_those_of_the_tags() {
        let tags =
            ["attack.t1055", "attack.T1055.001", "attack.execution", "t1059", "attack.t10", "cve.2020"];
        let rule = SigmaRule { tags: tags.map(str::to_owned).to_vec(), ..SigmaRule::default() };
        assert_eq!(rule.techniques().collect::<Vec<_>>(), ["T1055", "T1055.001"]);
    }

    #[test]
    fn a_rule_without_a_level_is_seen() {
        let severity = |level| SigmaRule { level, ..SigmaRule::default() }.severity();
        assert_eq!(severity(None), Severity::Medium);
        assert_eq!(severity(Some(SigmaLevel::Informational)), Severity::Info);
    }
}
