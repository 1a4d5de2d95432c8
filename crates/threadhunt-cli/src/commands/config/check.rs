//! `threadhunt config check`: what is wrong with a configuration, and what it makes of each event.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Serialize;
use threadhunt::config::{Outlook, TagSummary};
use threadhunt::report::{Diagnostic, Level};

use super::draw::{self, Lines};
use super::sarif::Sarif;
use super::{Loaded, SysmonArgs, refuse_stdin_twice};
use crate::output::{Output, UntilClosed, columns, folded, hanging};
use crate::summary::count;
use crate::voice::Voice;
use crate::{exit, json};

/// Check a Sysmon configuration: what Sysmon refuses, and what it takes but does not mean
///
/// Every complaint has a place and a reason. Errors are what Sysmon refuses or dies of; warnings,
/// what it takes without a word and probably was not meant. The exit status is 1 where there is an
/// error.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CheckArgs {
    /// Configurations; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    #[command(flatten)]
    sysmon: SysmonArgs,

    /// Form of the output
    #[arg(long, value_enum, default_value_t = Form::Text, value_name = "FORM")]
    format: Form,

    /// What else makes the exit status 1
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// For eyes: complaints with their lines, then what becomes of each event
    Text,
    /// One object a line and file
    Json,
    /// SARIF 2.1.0 for code scanning, one run for all files
    Sarif,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// Warnings, as errors do
    Warnings,
}

const EXAMPLES: &str = "\
Examples:
  threadhunt config check sysmonconfig.xml
  threadhunt config check --sysmon 13.2 --deny warnings *.xml
  threadhunt config check --format sarif configs/*.xml > sysmon.sarif
  curl -s https://example.org/sysmon.xml | threadhunt config check -";

/// Checks the configurations.
pub(crate) fn run(args: &CheckArgs, voice: &Voice) -> anyhow::Result<ExitCode> {
    refuse_stdin_twice(&args.files)?;
    let mut out = BufWriter::new(UntilClosed::new(Output::stdout()));
    let mut sarif = Sarif::new();
    let mut status = exit::SUCCESS;
    for path in &args.files {
        let loaded = match args.sysmon.load(path) {
            Ok(loaded) => loaded,
            Err(error) => {
                status = exit::USAGE;
                voice.error(&error);
                sarif.add_unreadable(path, &format!("{error:#}"));
                continue;
            }
        };
        let warned = !loaded.parsed.diagnostics.is_empty() && args.deny == Some(Deny::Warnings);
        if status == exit::SUCCESS && (warned || !loaded.parsed.is_accepted()) {
            status = exit::FINDINGS;
        }
        match args.format {
            Form::Text => text(&mut out, &loaded, voice)?,
            Form::Json => writeln!(out, "{}", json::line(&checked(&loaded)))?,
            Form::Sarif => sarif.add(path, &loaded),
        }
    }
    if let Form::Sarif = args.format {
        writeln!(out, "{}", json::line(&sarif))?;
    }
    out.flush()?;
    Ok(status.into())
}

fn text(out: &mut impl Write, loaded: &Loaded, voice: &Voice) -> io::Result<()> {
    let (parsed, summary) = (&loaded.parsed, loaded.parsed.config.summary());
    let headline = match summary.iter().find(|tag| tag.ids.contains(&REMOTE_THREAD)) {
        _ if !parsed.is_accepted() => format!("refused by the Sysmon of schema {}", parsed.config.imitated),
        Some(threads) => format!("event 8: {}", sentence(threads)),
        None => "event 8: off".to_owned(),
    };
    let columns = columns(&io::stdout());
    let headline = folded(&format!("{}: {headline}", loaded.name), columns, "  ");
    writeln!(out, "{}\n", headline.join("\n"))?;
    let pen = draw::pen(voice.color_results, columns);
    let lines = Lines::new(&parsed.config.text);
    for complaint in &parsed.diagnostics {
        writeln!(out, "{}\n", draw::draw(&pen, loaded, &lines, complaint))?;
    }
    if parsed.is_accepted() {
        table(out, &summary, columns)?;
    }
    writeln!(out, "{}", totals(loaded))
}

/// Sysmon's event for a thread that a process created in another one.
const REMOTE_THREAD: u16 = 8;

fn table(out: &mut impl Write, summary: &[TagSummary], columns: Option<usize>) -> io::Result<()> {
    for tag in summary {
        let ids: Vec<String> = tag.ids.iter().map(u16::to_string).collect();
        let head = format!("{:>8}  {:<22}  ", ids.join(","), tag.tag);
        writeln!(out, "{}", hanging(&head, &sentence(tag), columns))?;
    }
    writeln!(out)
}

/// What becomes of an event, in words.
pub(super) fn sentence(tag: &TagSummary) -> String {
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let exclusions = count(number(tag.exclusions), "exclusion", "exclusions");
    let inclusions = count(number(tag.inclusions), "inclusion", "inclusions");
    match (tag.outlook, tag.filters) {
        (Outlook::Off, 0) => "off, no filter".to_owned(),
        (Outlook::On, 0) => "on, no filter".to_owned(),
        (Outlook::Off, 1) => "off".to_owned(),
        (Outlook::Off, filters) => format!("off, since none of {filters} filters includes anything"),
        (Outlook::On, _) => format!("on, {exclusions}"),
        (Outlook::Included, _) if tag.exclusions == 0 => format!("what is included, {inclusions}"),
        (Outlook::Included, _) => format!("what is included, {inclusions}, {exclusions}"),
    }
}

fn totals(loaded: &Loaded) -> String {
    let parsed = &loaded.parsed;
    let of = |level| parsed.diagnostics.iter().filter(|complaint| complaint.level() == level).count() as u64;
    let mut text = format!(
        "{}, {}",
        count(of(Level::Error), "error", "errors"),
        count(of(Level::Warning), "warning", "warnings")
    );
    if parsed.omitted > 0 {
        text += &format!(", {} more left out", parsed.omitted);
    }
    text
}

/// A file's check in JSON; the names are a promise.
#[derive(Serialize)]
struct Checked<'c> {
    version: u32,
    file: &'c str,
    sysmon: String,
    accepted: bool,
    events: Vec<CheckedTag>,
    diagnostics: Vec<CheckedPlace<'c>>,
    omitted: usize,
}

#[derive(Serialize)]
struct CheckedTag {
    tag: &'static str,
    ids: Vec<u16>,
    outlook: &'static str,
    filters: usize,
    inclusions: usize,
    exclusions: usize,
}

#[derive(Serialize)]
struct CheckedPlace<'c> {
    code: &'static str,
    level: &'static str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    message: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'c str>,
}

fn checked(loaded: &Loaded) -> Checked<'_> {
    let parsed = &loaded.parsed;
    let tag = |tag: TagSummary| CheckedTag {
        tag: tag.tag,
        ids: tag.ids,
        outlook: tag.outlook.name(),
        filters: tag.filters,
        inclusions: tag.inclusions,
        exclusions: tag.exclusions,
    };
    let lines = Lines::new(&parsed.config.text);
    Checked {
        version: 1,
        file: &loaded.name,
        sysmon: parsed.config.imitated.to_string(),
        accepted: parsed.is_accepted(),
        events: if parsed.is_accepted() {
            parsed.config.summary().into_iter().map(tag).collect()
        } else {
            Vec::new()
        },
        diagnostics: parsed.diagnostics.iter().map(|complaint| place(&lines, complaint)).collect(),
        omitted: parsed.omitted,
    }
}

fn place<'c>(lines: &Lines<'_>, complaint: &'c Diagnostic) -> CheckedPlace<'c> {
    let span = &complaint.span;
    CheckedPlace {
        code: complaint.code.name(),
        level: complaint.level().name(),
        line: lines.line(span.start),
        column: lines.column(span.start),
        end_line: lines.line(span.end),
        end_column: lines.column(span.end),
        message: &complaint.message,
        help: complaint.help.as_deref(),
    }
}
