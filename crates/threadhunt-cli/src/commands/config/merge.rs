//! `threadhunt config merge`: several configurations made one, and what changes by that.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use threadhunt::config::{MergeCode, MergeFinding, MergeLevel, Parsed, merge};

use super::draw::{self, Lines, Place};
use super::{Loaded, SysmonArgs, refuse_stdin_twice};
use crate::exit;
use crate::output::{OutputArgs, columns};
use crate::summary::count;
use crate::voice::Voice;

/// Merge Sysmon configurations into one, and say what changes by that
///
/// An event is logged where some file includes it and none excludes it; where no file includes
/// anything of that event, where none excludes it. A file without a filter for an event has no say
/// in it. Names and comments are kept, duplicates are not, and the first file's name wins. Where the
/// result would do something else than one of the files, that is told, and the worst is refused.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct MergeArgs {
    /// Configurations, in order; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    #[command(flatten)]
    sysmon: SysmonArgs,

    /// Merge in spite of this error; may be given more than once
    #[arg(long, value_name = "CODE", value_parser = allowable(), value_delimiter = ',')]
    allow: Vec<String>,

    /// What else is refused
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// Warnings, as errors are
    Warnings,
}

/// The codes that can be allowed.
fn allowable() -> PossibleValuesParser {
    let codes = MergeCode::all().filter(|code| code.level() > MergeLevel::Note && code.can_be_allowed());
    codes.map(MergeCode::name).collect::<Vec<_>>().into()
}

const EXAMPLES: &str = "\
Examples:
  threadhunt config merge base.xml local.xml -o sysmonconfig.xml
  threadhunt config merge --allow lost-default modules/*/*.xml -o sysmonconfig.xml
  threadhunt config merge --deny warnings a.xml b.xml > merged.xml";

/// Findings of one code that are drawn; the rest is counted.
const SHOWN: usize = 10;

/// Merges the configurations.
pub(crate) fn run(args: &MergeArgs, voice: &Voice) -> anyhow::Result<ExitCode> {
    refuse_stdin_twice(&args.files)?;
    let files: Vec<Loaded> =
        args.files.iter().map(|path| args.sysmon.load(path)).collect::<Result<_, _>>()?;
    let parsed: Vec<&Parsed> = files.iter().map(|file| &file.parsed).collect();
    let Some(merged) = merge(&parsed) else {
        files.iter().filter(|file| !file.parsed.is_accepted()).for_each(|file| file.complain(voice));
        return Ok(exit::USAGE.into());
    };
    let refused = tell(args, &files, &merged.findings, voice);
    let Some(text) = merged.text.filter(|_| !refused) else {
        voice.line("nothing is written");
        return Ok(exit::FINDINGS.into());
    };
    let mut output = args.output.open()?;
    output.write_all(text.as_bytes())?;
    output.finish()?;
    Ok(exit::SUCCESS.into())
}

/// Says what was found, and whether it is refused.
fn tell(args: &MergeArgs, files: &[Loaded], findings: &[MergeFinding], voice: &Voice) -> bool {
    let lines: Vec<Lines<'_>> = files.iter().map(|file| Lines::new(&file.parsed.config.text)).collect();
    let pen = draw::pen(voice.color, columns(&io::stderr()));
    let is_allowed = |code: MergeCode| args.allow.iter().any(|allowed| allowed == code.name());
    let mut refused = false;
    for of_code in findings.chunk_by(|a, b| a.code == b.code) {
        let code = of_code[0].code;
        let denied = code.level() == MergeLevel::Warning && args.deny == Some(Deny::Warnings);
        let refuses = (code.level() == MergeLevel::Error || denied) && !is_allowed(code);
        refused |= refuses;
        let loud = voice.verbose || code.level() > MergeLevel::Note;
        if voice.quiet && !refuses || !loud {
            continue;
        }
        let shown = if voice.verbose { of_code.len() } else { SHOWN.min(of_code.len()) };
        for finding in &of_code[..shown] {
            let place = |(file, span): &(usize, std::ops::Range<usize>)| Place {
                name: &files[*file].name,
                lines: &lines[*file],
                span: span.clone(),
            };
            let places: Vec<Place<'_>> = finding.places.iter().map(place).collect();
            let level = match code.level() {
                MergeLevel::Error if refuses => draw::Look::ERROR,
                MergeLevel::Note => draw::Look::NOTE,
                _ => draw::Look::WARNING,
            };
            let help = finding.help.as_deref();
            voice.line(&draw::draw_places(&pen, level, code.name(), &finding.message, &places, help));
        }
        if shown < of_code.len() {
            let more = (of_code.len() - shown) as u64;
            voice.note(&format!(
                "{} of {}; -v shows them",
                count(more, "more place", "more places"),
                code.name()
            ));
        }
        if refuses && code.can_be_allowed() {
            voice.note(&format!("--allow {} merges nevertheless", code.name()));
        }
    }
    notes(findings, voice);
    refused
}

/// Sums up what is merely worth knowing.
fn notes(findings: &[MergeFinding], voice: &Voice) {
    if voice.verbose {
        return;
    }
    let mut notes: Vec<_> =
        findings.iter().map(|finding| finding.code).filter(|code| code.level() == MergeLevel::Note).collect();
    notes.sort_unstable();
    for of_code in notes.chunk_by(|a, b| a == b) {
        let places = count(of_code.len() as u64, "place", "places");
        voice.note(&format!("{}: {}, {places}; -v shows them", of_code[0].name(), of_code[0].title()));
    }
}
