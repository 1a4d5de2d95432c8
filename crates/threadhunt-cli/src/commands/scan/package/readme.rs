//! The package's README: what it is, which findings are in it, and which files they are from.
//!
//! For people who never saw this program. Names out of logs and paths are made safe to print. There
//! is no time in it, so that the same findings of the same files make the same package.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::File;
use std::sync::atomic::AtomicBool;

use threadhunt::report::{Finding, printable};
use threadhunt::source::{Input, Inputs};

use super::{CARD, JSON, Packed, RECORDS, SUMS, digest};
use crate::summary::count;

/// The whole text.
pub(super) fn text(packed: &[Packed<'_>], left_out: usize, inputs: &Inputs, stop: &AtomicBool) -> String {
    let mut out = String::new();
    // Writing into a text cannot fail.
    let _ = head(&mut out);
    let _ = findings(packed, left_out, &mut out);
    let _ = sources(packed, inputs, stop, &mut out);
    out
}

fn head(out: &mut String) -> std::fmt::Result {
    writeln!(out, "Threadhunt {}: findings with their records\n", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "Each folder is one finding: the remote threads of one process in one other process.\n")?;
    writeln!(out, "  {CARD}      the finding and its reasons, to read")?;
    writeln!(out, "  {JSON}  the same for programs (threadhunt scan --format jsonl)")?;
    writeln!(
        out,
        "  {RECORDS}  the records it rests on, as a Windows event log: of the threads the earliest 32 and"
    )?;
    writeln!(
        out,
        "                the first and the last at each start; the events around them and the creation"
    )?;
    writeln!(out, "                of the processes; by time")?;
    writeln!(out, "\n{SUMS} has the digest of every file: sha256sum -c {SUMS}\n")?;
    writeln!(out, "A finding says what records are consistent with. It is no proof of what happened.\n")?;
    let command: Vec<String> = std::env::args_os().map(|arg| quoted(&arg.to_string_lossy())).collect();
    writeln!(out, "Made by:\n\n  {}\n", command.join(" "))
}

/// An argument as a shell would need it.
fn quoted(arg: &str) -> String {
    let arg = printable(arg);
    if arg.is_empty() || arg.contains(|c: char| c.is_whitespace() || "'\"$`*?".contains(c)) {
        format!("'{}'", arg.replace('\'', r"'\''"))
    } else {
        arg.into_owned()
    }
}

fn findings(packed: &[Packed<'_>], left_out: usize, out: &mut String) -> std::fmt::Result {
    match packed.len() as u64 {
        0 => writeln!(out, "No finding is in this package.")?,
        findings => writeln!(out, "{}, the worst first:\n", count(findings, "finding", "findings"))?,
    }
    for Packed { finding, written, missing } in packed {
        let judgement = &finding.judgement;
        let time = finding.first.map_or("no time".to_owned(), |moment| moment.time.to_string());
        let severity = judgement.severity.name();
        let computer = printable(&finding.computer);
        writeln!(
            out,
            "  {}  {severity} {}  {computer}  {time}",
            finding.spelled_id(),
            judgement.score.points()
        )?;
        writeln!(out, "    {}", printable(&judgement.title))?;
        let missing = match missing {
            0 => String::new(),
            missing => format!("; {} could not be written", count(*missing, "record", "records")),
        };
        writeln!(out, "    {}{}{missing}", count(*written, "record", "records"), beyond(finding))?;
    }
    if left_out > 0 {
        let rest = count(left_out as u64, "more finding is", "more findings are");
        writeln!(out, "\n{rest} not in this package: of lower severity, accepted, or not asked for.")?;
    }
    writeln!(out)
}

/// How many records a finding has that it does not name.
fn beyond(finding: &Finding) -> String {
    let kept = finding.thread_records().len() as u64;
    match finding.evidence.offered().saturating_sub(kept) {
        0 => String::new(),
        more => format!("; {} of its threads not kept", count(more, "further record", "further records")),
    }
}

/// The files that records are from, with the digest of each as it is now.
fn sources(packed: &[Packed<'_>], inputs: &Inputs, stop: &AtomicBool, out: &mut String) -> std::fmt::Result {
    let mut files: BTreeMap<&str, u64> = BTreeMap::new();
    for evidence in packed.iter().flat_map(|done| done.finding.records()) {
        *files.entry(&evidence.origin.file).or_default() += 1;
    }
    writeln!(out, "From {} (SHA-256):\n", count(files.len() as u64, "file", "files"))?;
    let is_spooled = |file: &str| {
        inputs
            .0
            .iter()
            .any(|input| matches!(input, Input::Spooled(spool) if spool.name().to_string_lossy() == file))
    };
    for file in files.keys() {
        let sum = if is_spooled(file) { "read once, no digest".to_owned() } else { file_digest(file, stop) };
        writeln!(out, "  {sum}  {}", printable(file))?;
    }
    Ok(())
}

fn file_digest(file: &str, stop: &AtomicBool) -> String {
    let digest = File::open(file).and_then(|file| digest(file, stop));
    digest.unwrap_or_else(|error| format!("no digest: {error}"))
}
