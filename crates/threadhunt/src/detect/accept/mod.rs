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
use crate::report::{Acceptance, Finding, Party, Pattern, Scanned, Severity, Start};

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
    source: Path,
    target: Path,
    /// Start classes; none for any.
    classes: Vec<String>,
    /// Module and function.
    place: Option<(Wildcard, Wildcard)>,
    computer: Option<Wildcard>,
    user: Option<Wildcard>,
    max_severity: Option<Severity>,
}

/// A path as an entry has it.
#[derive(Clone, Debug)]
struct Path {
    text: String,
    pattern: Wildcard,
}

impl Path {
    fn new(text: &str) -> Self {
        let text = paths::clean(text);
        Self { pattern: Wildcard::new(&text), text }
    }
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
    /// The same of pairs that are only counted.
    pub counted: CountedUse,
}

/// What came of an entry among the pairs that are only counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CountedUse {
    /// How many it accepts.
    pub pairs: u64,
    /// How many it would accept if they were not worse than what was accepted.
    pub worse: u64,
    /// Of how many it cannot be told whether it fits: it asks for what is not known of them.
    pub unknown: u64,
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
        split(scanned, |pattern| self.accept_counted(pattern, &mut uses));
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

impl Accepted {
    /// The entry that accepts the pairs of a pattern that are only counted: the first that fits.
    ///
    /// Each of their starts is counted with the pattern of its own class, so one class has to be named.
    fn accept_counted(&self, pattern: &Pattern, uses: &mut [EntryUse]) -> Option<Arc<Acceptance>> {
        // It has no names that an entry could fit.
        if pattern.is_nameless_rest() {
            return None;
        }
        let severity = pattern.counted_worst.map(|(severity, _)| severity).unwrap_or_default();
        let bears = |entry: &Entry| entry.max_severity.is_none_or(|most| severity <= most);
        let (mut worse, mut unknown) = (None, None);
        for (at, entry) in self.entries.iter().enumerate().filter(|(at, _)| !uses[*at].expired) {
            match entry.fits_counted(pattern) {
                Some(true) if bears(entry) => {
                    uses[at].counted.pairs += pattern.counted;
                    return Some(Arc::clone(&entry.acceptance));
                }
                Some(true) => worse = worse.or(Some(at)),
                None => unknown = unknown.or(Some(at)),
                Some(false) => {}
            }
        }
        if let Some(at) = worse {
            uses[at].counted.worse += pattern.counted;
        } else if let Some(at) = unknown {
            uses[at].counted.unknown += pattern.counted;
        }
        None
    }
}

impl EntryUse {
    fn new(entry: &Entry, today: &str) -> Self {
        let acceptance = Arc::clone(&entry.acceptance);
        // Days of four-digit years have the order of their texts.
        let expired = &*acceptance.expires < today;
        Self { acceptance, expired, findings: 0, worse: 0, counted: CountedUse::default() }
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

/// Whether an entry fits all programs of a folded path; `None` where it may fit some of them.
fn fits_folded(path: &Path, folded: &str) -> Option<bool> {
    if path.pattern.matches(if folded.is_empty() { UNKNOWN_PROCESS } else { folded }) {
        return Some(true);
    }
    // An entry that names a user or a version, of which the path has only that there was one.
    let any = paths::PLACEHOLDERS.iter().fold(folded.to_owned(), |text, part| text.replace(part, "*"));
    let may = any != folded && Wildcard::new(&any).matches(&path.text);
    if may { None } else { Some(false) }
}

/// Whether a name fits every computer of a pattern; `None` where that is not known.
fn fits_computers(name: &Wildcard, pattern: &Pattern) -> Option<bool> {
    let all = &pattern.computer_names;
    let fitting = all.iter().filter(|computer| name.matches(computer)).count();
    match (fitting, all.has_more()) {
        (0, false) => Some(false),
        (some, false) if some == all.iter().count() => Some(true),
        _ => None,
    }
}

impl Entry {
    fn fits(&self, finding: &Finding, [source, target]: &[Spellings; 2]) -> bool {
        self.computer.as_ref().is_none_or(|computer| computer.matches(&finding.computer))
            && source.fit(&self.source.pattern)
            && target.fit(&self.target.pattern)
            && self.user.as_ref().is_none_or(|user| is_run_by(&finding.source, user))
    }

    /// Whether it fits all pairs of a pattern that are only counted; `None` where that cannot be told.
    fn fits_counted(&self, pattern: &Pattern) -> Option<bool> {
        let is_of_class =
            self.classes.is_empty() || self.classes.iter().any(|class| **class == *pattern.class);
        // Users, modules and functions of such pairs are not known.
        let untold = (self.user.is_some() || self.place.is_some()).then_some(None);
        let parts = [
            Some(Some(is_of_class)),
            Some(fits_folded(&self.source, &pattern.source)),
            Some(fits_folded(&self.target, &pattern.target)),
            self.computer.as_ref().map(|computer| fits_computers(computer, pattern)),
            untold,
        ];
        let parts = || parts.iter().flatten();
        if parts().any(|part| *part == Some(false)) {
            return Some(false);
        }
        parts().all(Option::is_some).then_some(true)
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
