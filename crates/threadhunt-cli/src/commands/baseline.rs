//! `threadhunt baseline`: what computers ordinarily do, learnt from logs, looked at and put together.
//!
//! A baseline is a file of its own, see `docs/baseline.md`. `scan --baseline` compares with it.

mod build;
mod merge;
mod show;

pub(crate) use show::TABLE_ROWS;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use threadhunt::detect::{Baseline, Rules};

use crate::voice::Voice;

/// Learn what computers ordinarily do, for `scan --baseline`
///
/// A baseline knows on which days of which computers a source started threads in a target, and how.
/// It holds no accounts and no command lines, and computers by a digest of their names; paths of
/// programs stand in it, without users and versions.
#[derive(Args, Debug)]
pub(crate) struct BaselineArgs {
    #[command(subcommand)]
    command: BaselineCommand,
}

#[derive(Debug, Subcommand)]
enum BaselineCommand {
    Build(build::BuildArgs),
    Show(show::ShowArgs),
    Merge(merge::MergeArgs),
}

/// Runs the command below `baseline` that was asked for.
pub(crate) fn run(args: &BaselineArgs, voice: &Voice) -> anyhow::Result<ExitCode> {
    match &args.command {
        BaselineCommand::Build(args) => build::run(args, voice),
        BaselineCommand::Show(args) => show::run(args, voice),
        BaselineCommand::Merge(args) => merge::run(args),
    }
}

/// Four million host-days take some 100 MB as JSON at the worst; what is larger is no baseline.
const MAX_BYTES: u64 = 1 << 28;

/// Reads a baseline; `-` is standard input.
pub(crate) fn read(path: &Path) -> anyhow::Result<Baseline> {
    let named = || format!("cannot use the baseline {}", path.display());
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes).with_context(named)?;
    } else {
        File::open(path)
            .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
            .with_context(named)?;
    }
    ensure!(bytes.len() as u64 <= MAX_BYTES, "{}: it has more than {} MiB", named(), MAX_BYTES >> 20);
    Baseline::read(&bytes).with_context(named)
}

/// Warns where a baseline was learnt by rules with other start classes.
pub(crate) fn note_foreign_classes(baseline: &Baseline, rules: &Rules, path: &Path, voice: &Voice) {
    let foreign = baseline.foreign_classes(rules);
    let Some(first) = foreign.first() else { return };
    let more = if foreign.len() > 1 { format!(" and {} more", foreign.len() - 1) } else { String::new() };
    voice.warn(&format!(
        "{} was learnt by other rules: there is no start class {first}{more}, and what it knows of such starts \
         is not found; build it again, with the same --weights as the scan",
        path.display()
    ));
}
