//! Accepted patterns: a person's list of what is known, with reason, owner and expiry.
//!
//! An entry names a source, a target and where threads start. A finding is accepted when entries
//! that fit its source and target name *each* of its starts, so that a known hook never covers for
//! an unknown start of the same pair; it counts for the entry that names the strongest one. An
//! entry may record the severity that was accepted: what has become worse is not.
//!
//! Paths are compared in the spelling of the rules ([`paths::clean`]), or with users and versions
//! folded as patterns have them. `docs/accept.md` documents the file.

use std::sync::Arc;

use super::paths;
use super::patterns::split;
use crate::event::{FileTime, UNKNOWN_PROCESS, Wildcard};
use crate::report::{Acceptance, Finding, Party, Scanned, Severity, Start};

mod file;
mod write;

pub use file::AcceptError;
pub use write::{Answers, NotWritable, entry_text, in_days};

/// A list of accepted patterns.
#[derive(Clone, Debug, Default)]
pub struct Accepted {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    acceptance: Arc<Acceptance>,
    source: Wildcard,
    target: Wildcard,
    /// Start classes; none for any.
    classes: Vec<String>,
    /// Module and function.
    place: Option<(Wildcard, Wildcard)>,
    computer: Option<Wildcard>,
    user: Option<Wildcard>,
    max_severity: Option<Severity>,
}

/// What came of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryUse {
    /// The entry.
    pub acceptance: Arc<Acceptance>,
    /// Whether it has expired, and so was not applied.
    pub expired: bool,
    /// How many findings it accepts, or helps to accept.
    pub findings: u64,
    /// How many findings it would accept if they were not worse than what was accepted.
    pub worse: u64,
}

impl Accepted {
    /// Marks what is accepted at a time, and parts the patterns so that each is accepted as a whole
    /// or not at all; gives what came of the entries, in order.
    pub fn apply(&self, scanned: &mut Scanned, now: FileTime) -> Vec<EntryUse> {
        let today = day(now);
        let mut uses: Vec<EntryUse> = self.entries.iter().map(|entry| EntryUse::new(entry, &today)).collect();
        for finding in &mut scanned.findings {
            finding.accepted = self.accept(finding, &mut uses);
        }
        split(scanned);
        uses
    }

    /// The entry of the finding's strongest start, where entries name all of its starts.
    fn accept(&self, finding: &Finding, uses: &mut [EntryUse]) -> Option<Arc<Acceptance>> {
        let ends = [Spellings::of(&finding.source), Spellings::of(&finding.target)];
        let fits = |at: &usize| !uses[*at].expired && self.entries[*at].fits(finding, &ends);
        let fitting: Vec<usize> = (0..self.entries.len()).filter(fits).collect();
        // Starts beyond those listed were not judged, and nobody can have accepted them.
        if fitting.is_empty() || finding.threads_elsewhere > 0 {
            return None;
        }
        let severity = finding.judgement.severity;
        let bears = |at: usize| self.entries[at].max_severity.is_none_or(|most| severity <= most);
        let find = |start: &Start| {
            let names = |at: &&usize| self.entries[**at].names(start);
            fitting.iter().filter(names).max_by_key(|at| (bears(**at), std::cmp::Reverse(**at))).copied()
        };
        let named: Option<Vec<usize>> = finding.starts.iter().map(find).collect();
        let mut named = named.filter(|named| !named.is_empty())?;
        let strongest = named.get(finding.judgement.start).copied();
        named.sort_unstable();
        named.dedup();
        let is_borne = named.iter().all(|at| bears(*at));
        for at in named {
            match (is_borne, bears(at)) {
                (true, _) => uses[at].findings += 1,
                (false, false) => uses[at].worse += 1,
                (false, true) => {}
            }
        }
        strongest.filter(|_| is_borne).map(|at| Arc::clone(&self.entries[at].acceptance))
    }
}

impl EntryUse {
    fn new(entry: &Entry, today: &str) -> Self {
        let acceptance = Arc::clone(&entry.acceptance);
        // Days of four-digit years have the order of their texts.
        let expired = &*acceptance.expires < today;
        Self { acceptance, expired, findings: 0, worse: 0 }
    }
}

/// A program's path as entries are compared with it.
struct Spellings {
    clean: String,
    folded: String,
}

impl Spellings {
    fn of(party: &Party) -> Self {
        let Some(image) = party.image.as_deref() else {
            return Self { clean: UNKNOWN_PROCESS.to_owned(), folded: String::new() };
        };
        let clean = paths::clean(image);
        Self { folded: paths::folded(&clean), clean }
    }

    fn fit(&self, pattern: &Wildcard) -> bool {
        pattern.matches(&self.clean) || pattern.matches(&self.folded)
    }
}

impl Entry {
    fn fits(&self, finding: &Finding, [source, target]: &[Spellings; 2]) -> bool {
        self.computer.as_ref().is_none_or(|computer| computer.matches(&finding.computer))
            && source.fit(&self.source)
            && target.fit(&self.target)
            && self.user.as_ref().is_none_or(|user| is_run_by(&finding.source, user))
    }

    fn names(&self, start: &Start) -> bool {
        let is_of_class = self.classes.is_empty() || self.classes.iter().any(|class| **class == *start.class);
        let text = |text: &Option<Arc<str>>| text.as_deref().map(str::to_owned);
        let is_at = |(module, function): &(Wildcard, Wildcard)| {
            text(&start.module).is_some_and(|text| module.matches(&paths::clean(&text)))
                && text(&start.function).is_some_and(|text| function.matches(&text))
        };
        is_of_class && self.place.as_ref().is_none_or(is_at)
    }
}

/// Whether every account of a process, as far as any is known, fits.
fn is_run_by(party: &Party, user: &Wildcard) -> bool {
    let mut users = party.users.iter().chain(party.facts.user.as_ref()).peekable();
    users.peek().is_some() && !party.users.has_more() && users.all(|name| user.matches(name))
}

/// The day of a time.
fn day(time: FileTime) -> String {
    time.to_string().chars().take(10).collect()
}

#[cfg(test)]
mod tests;
