//! What people decided beforehand about findings, in words: what is accepted, and what configurations
//! would have hidden.
//!
//! Cards and table share it. Nothing that is accepted goes without a line that counts it.

use std::collections::BTreeMap;

use super::look::counted;
use crate::report::{Acceptance, Finding, HiddenBy, HiddenWhy, Pattern, Scanned};

/// A line for each entry that accepts something, in the order of the list.
pub(super) fn accepted_lines(scanned: &Scanned) -> Vec<String> {
    let mut entries: BTreeMap<&Acceptance, Vec<&Pattern>> = BTreeMap::new();
    for pattern in &scanned.patterns {
        let entry = pattern.accepted.as_deref();
        entry.into_iter().for_each(|entry| entries.entry(entry).or_default().push(pattern));
    }
    let line = |(entry, patterns): (&Acceptance, Vec<&Pattern>)| {
        let pairs: u64 = patterns.iter().map(|pattern| pattern.findings.len() as u64).sum();
        let threads = patterns.iter().map(|pattern| pattern.threads).sum();
        format!(
            "{} accepted: {}, {} ({})",
            counted(patterns.len() as u64, "pattern"),
            counted(pairs, "pair"),
            counted(threads, "thread"),
            accepted(entry)
        )
    };
    entries.into_iter().map(line).collect()
}

/// Who accepted it, until when and why.
pub(super) fn accepted(entry: &Acceptance) -> String {
    let Acceptance { entry, line, reason, owner, expires } = entry;
    format!("owner {owner}, until {expires}, entry {entry} in line {line}: {reason}")
}

/// Reasons that are listed on a card; `--show ID` and the JSON lines have all.
const MAX_REASONS: usize = 3;

/// Which configurations would have hidden threads of a finding; `None` where it was held against none.
pub(super) fn hidden(finding: &Finding, against: usize, all: bool) -> Option<String> {
    if against == 0 {
        return None;
    }
    if finding.hidden_by.is_empty() {
        return Some(format!("by none of {} given", counted(against as u64, "configuration")));
    }
    let shown = if all { usize::MAX } else { MAX_REASONS };
    let mut reasons: Vec<String> =
        finding.hidden_by.iter().take(shown).map(|hidden| reason(hidden, finding.count)).collect();
    let rest = finding.hidden_by.len().saturating_sub(shown);
    if rest > 0 {
        reasons.push(format!("and {}: --show ID", counted(rest as u64, "more reason")));
    }
    let mut names: Vec<&str> = finding.hidden_by.iter().map(|hidden| &*hidden.configuration).collect();
    names.dedup();
    let of = if names.len() < against { format!("{} of {against}: ", names.len()) } else { String::new() };
    Some(format!("by {of}{}", reasons.join("; ")))
}

/// `sysmon.xml:412, exclude … (all 3 threads)`.
fn reason(hidden: &HiddenBy, count: u64) -> String {
    let line = hidden.line.map(|line| format!(":{line}")).unwrap_or_default();
    let why = match hidden.why {
        HiddenWhy::Excluded => format!(" excludes \u{201c}{}\u{201d}", hidden.rule),
        HiddenWhy::NotIncluded => format!(" does not include it ({})", hidden.rule),
        HiddenWhy::GivenUp => format!(" gives up its filter ({})", hidden.rule),
        HiddenWhy::NoFilter => " has no filter for event 8, which is off by default".to_owned(),
        HiddenWhy::NoEvent => " is for a Sysmon without event 8".to_owned(),
        HiddenWhy::OtherRules => " drops it by further rules".to_owned(),
    };
    let threads = match (hidden.threads, count) {
        (1, 1) => "the only thread".to_owned(),
        (threads, all) if threads == all => format!("all {}", counted(all, "thread")),
        (threads, all) => format!("{threads} of {}", counted(all, "thread")),
    };
    format!("{}{line}{why} ({threads})", hidden.configuration)
}
