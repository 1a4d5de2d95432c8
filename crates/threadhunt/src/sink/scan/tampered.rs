//! Processes whose image was tampered with (event 25), in words.
//!
//! Hollowing and its kin need no remote thread, so such a process may be in no finding; then a scan
//! that is silent about it would look like a clean one. Cards, table and page share the sentence.

use std::io::{self, Write};

use super::look::{Look, brief, computer_name, counted, grouped, wrapped};
use crate::report::{Scanned, TamperedProcess, Tampering, printable};

/// Processes that a line names.
const MAX_NAMED: usize = 3;

/// What is to be told over all computers, line by line: the sentence, and then how to look at each process that
/// it names, as a command of its own that is not to be broken.
pub fn told(scanned: &Scanned) -> Vec<String> {
    let all = scanned.coverage.iter().flat_map(|coverage| coverage.tampering.examples.iter());
    line(scanned).into_iter().chain(all.take(MAX_NAMED).filter_map(story)).collect()
}

/// Writes a line of it: a sentence in as many lines as it takes, a command in one.
pub(super) fn write(line: &str, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let is_command = line.starts_with(' ');
    let lines = if is_command { vec![line.to_owned()] } else { wrapped(&printable(line), look.width) };
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}

/// `3 processes were tampered with (event 25), 1 of them in no finding: a.exe (12) on HOST`, over all computers;
/// `None` where there were none.
fn line(scanned: &Scanned) -> Option<String> {
    let all = || scanned.coverage.iter().map(|coverage| &coverage.tampering);
    let total: u64 = all().map(|tampering| tampering.processes).sum();
    let elsewhere: u64 = all().map(|tampering| tampering.elsewhere).sum();
    let is_least = all().any(|tampering| tampering.has_more);
    let of_host = |coverage: &'_ crate::report::Coverage| {
        let computer = computer_name(&coverage.computer);
        let named = |process: &TamperedProcess| format!("{} on {computer}", name(process));
        coverage.tampering.examples.iter().map(named).collect::<Vec<_>>()
    };
    let named: Vec<String> = scanned.coverage.iter().flat_map(of_host).take(MAX_NAMED).collect();
    sentence(total, elsewhere, is_least, &named)
}

/// The same of one computer, for its coverage.
pub(super) fn of_computer(tampering: &Tampering) -> Option<String> {
    let named: Vec<String> = tampering.examples.iter().take(MAX_NAMED).map(name).collect();
    sentence(tampering.processes, tampering.elsewhere, tampering.has_more, &named)
}

fn sentence(total: u64, elsewhere: u64, is_least: bool, named: &[String]) -> Option<String> {
    if total == 0 {
        return None;
    }
    let least = if is_least { "at least " } else { "" };
    let were = match total {
        1 => "1 process was".to_owned(),
        many => format!("{} processes were", grouped(many)),
    };
    let more = elsewhere.saturating_sub(named.len() as u64);
    let more = if more > 0 { format!("; and {}", counted(more, "other")) } else { String::new() };
    let rest = match (elsewhere, total) {
        (0, 1) => "; it is in a finding".to_owned(),
        (0, _) => "; all are in findings".to_owned(),
        (_, 1) => format!(" and is in no finding: {}", named.join("; ")),
        (some, _) => format!(", {} of them in no finding: {}{more}", grouped(some), named.join("; ")),
    };
    Some(format!("{least}{were} tampered with (event 25){rest}"))
}

/// `a.exe (12)`, safe to print.
fn name(process: &TamperedProcess) -> String {
    let image = process.image.as_deref().unwrap_or("<unknown process>");
    let base = image.rsplit(['\\', '/']).next().unwrap_or(image);
    let pid = process.pid.map(|pid| format!(" ({pid})")).unwrap_or_default();
    format!("{}{pid}", brief(base))
}

/// How to look at it: `  threadhunt process {…} Sysmon.evtx`.
fn story(process: &TamperedProcess) -> Option<String> {
    let log = printable(&process.origin.file).into_owned();
    process.guid.map(|guid| format!("  threadhunt process {guid} {log}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_counts_and_names() {
        let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(sentence(0, 0, false, &[]), None);
        let check = |(total, elsewhere, least), names: &[&str], expected: &str| {
            assert_eq!(sentence(total, elsewhere, least, &named(names)).as_deref(), Some(expected));
        };
        check((1, 0, false), &[], "1 process was tampered with (event 25); it is in a finding");
        check(
            (1, 1, false),
            &["a (1)"],
            "1 process was tampered with (event 25) and is in no finding: a (1)",
        );
        check((3, 0, false), &[], "3 processes were tampered with (event 25); all are in findings");
        check(
            (5000, 4, true),
            &["a", "b", "c"],
            "at least 5,000 processes were tampered with (event 25), 4 of them in no finding: a; b; c; and 1 other",
        );
    }
}
