//! `threadhunt sigma check`: which rules can fit Sysmon's events, which never will, and why.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Serialize;
use threadhunt::filter::sigma::{Entry, EntryKind, Loaded, Standing};
use threadhunt::report::printable;

use super::Reading;
use crate::output::{Output, UntilClosed, columns, folded, hanging};
use crate::summary::count;
use crate::voice::Voice;
use crate::{exit, json};

/// Check Sigma rules: which can fit Sysmon's events, and which never will
///
/// Lists every rule that cannot be used, or that no event of Sysmon's can fit, with the reason. Rules
/// of other logs are counted; --all lists them too, and the rules that are ready. The exit status is 1
/// where a rule cannot be used.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CheckArgs {
    /// Files of rules, directories and archives with .yml files in them; `-` is standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    reading: Reading,

    /// Form of the output
    #[arg(long, value_enum, default_value_t = Form::Text, value_name = "FORM")]
    format: Form,

    /// List every rule, also those that are ready or of other logs
    #[arg(long)]
    all: bool,

    /// What else makes the exit status 1
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// For eyes: a line for each rule with its place and reason, then the counts
    Text,
    /// One object a line and rule
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// Rules that no event can fit
    Never,
}

const EXAMPLES: &str = "\
Examples:
  threadhunt sigma check sigma/rules/windows
  threadhunt sigma check --all --format json sigma/rules | jq -r .standing | sort | uniq -c
  threadhunt sigma check --deny never my-rules/
  threadhunt sigma check --placeholder 'Domain_Controllers=DC01,DC02' rule.yml";

/// Checks the rules.
pub(crate) fn run(args: &CheckArgs, voice: &Voice) -> anyhow::Result<ExitCode> {
    let (loaded, unreadable) = args.reading.load(&args.paths, voice)?;
    let mut out = BufWriter::new(UntilClosed::new(Output::stdout()));
    let listed = loaded.entries.iter().filter(|entry| args.all || is_complaint(entry));
    match args.format {
        Form::Text => {
            listed.clone().try_for_each(|entry| line(&mut out, entry))?;
            if listed.count() > 0 {
                writeln!(out)?;
            }
            writeln!(out, "{}", folded(&totals(&loaded), columns(&io::stdout()), "  ").join("\n"))?;
        }
        Form::Json => {
            for entry in listed {
                writeln!(out, "{}", json::line(&checked(entry)))?;
            }
        }
    }
    out.flush()?;
    let failed = |entry: &Entry| match entry.standing {
        Standing::Refused(_) => true,
        Standing::Never(_) => args.deny == Some(Deny::Never),
        _ => false,
    };
    Ok(if loaded.entries.iter().any(failed) {
        exit::FINDINGS
    } else if unreadable > 0 {
        exit::LOSS
    } else {
        exit::SUCCESS
    }
    .into())
}

/// Whether its author should look at it.
fn is_complaint(entry: &Entry) -> bool {
    match entry.standing {
        Standing::Refused(_) | Standing::Never(_) => true,
        Standing::Ready => !entry.notes.is_empty(),
        Standing::OtherLog(_) => false,
    }
}

/// The word and the reason of a standing.
fn words(standing: &Standing) -> (&'static str, &str) {
    match standing {
        Standing::Ready => ("ready", ""),
        Standing::OtherLog(other) => ("other-log", other),
        Standing::Never(reason) => ("never", reason),
        Standing::Refused(reason) => ("refused", reason),
    }
}

fn line(out: &mut impl Write, entry: &Entry) -> io::Result<()> {
    let (word, reason) = words(&entry.standing);
    let Entry { file, line, title, notes, .. } = entry;
    let columns = columns(&io::stdout());
    let title = if title.is_empty() { String::new() } else { format!("  {}", printable(title)) };
    write!(out, "{}", hanging(&format!("{word:<9}  "), &format!("{file}:{line}{title}"), columns))?;
    let remarks =
        Some(reason).filter(|reason| !reason.is_empty()).into_iter().chain(notes.iter().map(String::as_str));
    for remark in remarks {
        write!(out, "\n{}", hanging("           ", &printable(remark), columns))?;
    }
    writeln!(out)
}

fn totals(loaded: &Loaded) -> String {
    let counted = |is: &dyn Fn(&Entry) -> bool, what: &str| {
        count(loaded.entries.iter().filter(|entry| is(entry)).count() as u64, what, what)
    };
    let of = |word: &'static str, what: &str| counted(&|entry| words(&entry.standing).0 == word, what);
    format!(
        "{}: {} ({}), {}, {}, {}",
        count(loaded.entries.len() as u64, "rule", "rules"),
        of("ready", "ready"),
        counted(&|entry| entry.standing.is_ready() && !entry.notes.is_empty(), "with remarks"),
        of("other-log", "of other logs"),
        of("never", "that no event can fit"),
        of("refused", "that cannot be used"),
    )
}

/// A rule in JSON; the names are a promise.
#[derive(Serialize)]
struct Checked<'c> {
    version: u32,
    file: &'c str,
    line: usize,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'c str>,
    title: &'c str,
    standing: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'c str,
    notes: &'c [String],
}

fn checked(entry: &Entry) -> Checked<'_> {
    let (standing, reason) = words(&entry.standing);
    Checked {
        version: 1,
        file: &entry.file,
        line: entry.line,
        kind: match entry.kind {
            EntryKind::Rule => "rule",
            EntryKind::Correlation => "correlation",
            EntryKind::Filter => "filter",
        },
        id: entry.id.as_deref(),
        title: &entry.title,
        standing,
        reason,
        notes: &entry.notes,
    }
}
