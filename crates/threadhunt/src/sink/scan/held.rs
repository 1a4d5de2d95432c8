//! What people decided beforehand about findings, in words: what is accepted, what is left out, and what
//! configurations would have hidden.
//!
//! Cards, table and page share it. Nothing that is accepted or left out goes without a line that counts it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::look::{counted, grouped};
use crate::report::{Acceptance, Finding, HiddenBy, HiddenWhy, LeftOut, Pattern, Scanned};

/// Says that there is none where nothing was found, and how many findings were asked to be left out.
pub(super) fn left_out_lines(scanned: &Scanned) -> Vec<String> {
    let mut lines = Vec::new();
    let left_out = |left: &LeftOut| !left.findings.is_empty() || left.counted > 0;
    let is_empty = scanned.findings.is_empty() && scanned.patterns.is_empty();
    if is_empty && !scanned.left_out.iter().any(left_out) {
        lines.push("no remote threads found".to_owned());
    }
    for LeftOut { wish, findings, sigma, counted: pairs } in &scanned.left_out {
        for (gone, what) in
            [(findings, ""), (sigma, " of Sigma rules")].into_iter().filter(|(gone, _)| !gone.is_empty())
        {
            let gone = counted(gone.len() as u64, "finding");
            lines.push(format!("{gone}{what} left out ({})", wish.words()));
        }
        if *pairs > 0 {
            lines.push(format!("{} only counted left out ({})", counted(*pairs, "pair"), wish.words()));
        }
    }
    lines
}

/// A line for each entry that accepts something, in the order of the list.
pub(super) fn accepted_lines(scanned: &Scanned) -> Vec<String> {
    let mut entries: BTreeMap<&Acceptance, Vec<&Pattern>> = BTreeMap::new();
    for pattern in &scanned.patterns {
        let entry = pattern.accepted.as_deref();
        entry.into_iter().for_each(|entry| entries.entry(entry).or_default().push(pattern));
    }
    let line = |(entry, patterns): (&Acceptance, Vec<&Pattern>)| {
        let pairs: u64 = patterns.iter().map(|pattern| pattern.findings.len() as u64 + pattern.counted).sum();
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

/// How many pairs each configuration would have hidden, that findings were held against.
pub(super) fn against_lines(scanned: &Scanned) -> Vec<String> {
    let line = |name: &Arc<str>| {
        let threads = |finding: &Finding| {
            let of_it = finding.hidden_by.iter().filter(|hidden| hidden.configuration == *name);
            of_it.map(|hidden| hidden.threads).sum::<u64>()
        };
        let hidden = scanned.findings.iter().filter(|finding| threads(finding) > 0).count() as u64;
        let wholly =
            scanned.findings.iter().filter(|finding| threads(finding) == finding.count).count() as u64;
        let all = counted(scanned.findings.len() as u64, "pair");
        match hidden {
            0 => format!("{name} would have hidden none of {all}"),
            _ => format!(
                "{name} would have hidden {} of {all}, {} wholly: --format csv says by which line",
                grouped(hidden),
                grouped(wholly)
            ),
        }
    };
    scanned.against.iter().map(line).collect()
}

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
