//! The verdict in one line, the last that cards and table print: what a terminal shows when they are through.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::look::{Look, counted, grouped, wrapped};
use crate::report::{LeftOut, Pattern, Scanned, Severity, SigmaFinding};

/// Writes the line, with a blank one before it.
pub(super) fn write(scanned: &Scanned, look: Look, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    wrapped(&line(scanned), look.width).iter().try_for_each(|line| writeln!(out, "{}", look.bold(line)))
}

/// `5 critical, 4 high, 12 medium patterns on 3 computers; 7 patterns below medium; 2 accepted`
pub(super) fn line(scanned: &Scanned) -> String {
    let open: Vec<&Pattern> = scanned.patterns.iter().filter(|pattern| pattern.accepted.is_none()).collect();
    let (loud, quiet): (Vec<&Pattern>, Vec<&Pattern>) =
        open.iter().copied().partition(|pattern| pattern.severity >= Severity::Medium);
    let accepted = scanned.patterns.len() - open.len();
    let gone: u64 = scanned.left_out.iter().map(gone).sum();
    // Of what was left out nothing is said but how much it is.
    let nothing = (loud.is_empty() && gone == 0).then(|| "nothing of medium severity or above".to_owned());
    let below =
        (!quiet.is_empty()).then(|| format!("{} below medium", counted(quiet.len() as u64, "pattern")));
    let gone = (gone > 0).then(|| format!("{} left out", counted(gone, "finding")));
    let accepted = (accepted > 0).then(|| format!("{} accepted", grouped(accepted as u64)));
    let sigma = severities(scanned.sigma.iter().map(SigmaFinding::severity));
    let sigma = (!sigma.is_empty()).then(|| format!("Sigma: {sigma}"));
    let tampered: u64 = scanned.coverage.iter().map(|coverage| coverage.tampering.elsewhere).sum();
    let tampered = (tampered > 0).then(|| format!("{} tampered with, in no finding", processes(tampered)));
    let silent = scanned.coverage.iter().filter(|coverage| coverage.seen(8) == 0).count() as u64;
    let silent = (silent > 0).then(|| format!("no event 8 on {}", counted(silent, "computer")));
    let parts = [grave(scanned, &loud), nothing, below, gone, accepted, sigma, tampered, silent];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn gone(left: &LeftOut) -> u64 {
    (left.findings.len() + left.sigma.len()) as u64 + left.counted
}

fn processes(number: u64) -> String {
    if number == 1 { "1 process".to_owned() } else { format!("{} processes", grouped(number)) }
}

/// Patterns of medium severity and above, and on how many computers.
fn grave(scanned: &Scanned, loud: &[&Pattern]) -> Option<String> {
    if loud.is_empty() {
        return None;
    }
    let findings = loud.iter().flat_map(|pattern| &pattern.findings);
    let named = findings.filter_map(|place| scanned.findings.get(*place));
    let computers: BTreeSet<String> = named.map(|finding| finding.computer.to_lowercase()).collect();
    // Of what is only counted, the computers are too.
    let most = loud.iter().map(|pattern| pattern.computers).max().unwrap_or_default();
    let computers = (computers.len() as u64).max(most);
    let least = if loud.iter().any(|pattern| pattern.counted > 0) { "at least " } else { "" };
    let noun = if loud.len() == 1 { "pattern" } else { "patterns" };
    let severities = severities(loud.iter().map(|pattern| pattern.severity));
    Some(format!("{severities} {noun} on {least}{}", counted(computers, "computer")))
}

/// `5 critical, 4 high`, the worst first.
fn severities(all: impl Iterator<Item = Severity>) -> String {
    let all: Vec<Severity> = all.collect();
    let of = |severity: &Severity| all.iter().filter(|each| *each == severity).count() as u64;
    let found = Severity::ALL.iter().rev().filter(|severity| of(severity) > 0);
    found
        .map(|severity| format!("{} {}", grouped(of(severity)), severity.name()))
        .collect::<Vec<_>>()
        .join(", ")
}
