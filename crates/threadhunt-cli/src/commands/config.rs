//! `threadhunt config`: what a Sysmon configuration does, before it is rolled out.
//!
//! One file for each command below it. All read a configuration as one Sysmon does, which
//! `--sysmon` names, and draw its complaints the same way.

pub(crate) mod check;
pub(super) mod decide;
pub(crate) mod diff;
mod draw;
mod explain;
pub(crate) mod fmt;
pub(crate) mod merge;
pub(crate) mod run;
mod sarif;
mod test;
mod usage;
mod words;

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use threadhunt::config::{Imitated, MAX_BYTES, Parsed, parse};
use threadhunt::report::{Level, printable};

use crate::output::columns;
use crate::voice::Voice;

/// Work with Sysmon configurations
///
/// A configuration is read and decided over exactly as Sysmon does, without Windows.
#[derive(Args, Debug)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    Check(check::CheckArgs),
    Diff(diff::DiffArgs),
    Fmt(fmt::FmtArgs),
    Merge(merge::MergeArgs),
    Run(run::RunArgs),
    Explain(explain::ExplainArgs),
    Test(test::TestArgs),
}

/// Whose reading of a configuration is followed.
#[derive(Args, Clone, Copy, Debug)]
struct SysmonArgs {
    /// The Sysmon to imitate: a product version such as 13.2, or a schema version such as 4.81
    ///
    /// Up to 13.2 blanks around values do not count; later they do. The default is the newest.
    #[arg(long, value_name = "VERSION", default_value_t)]
    sysmon: Imitated,
}

/// A configuration and where it was read.
struct Loaded {
    /// Safe to print.
    name: String,
    /// Bytes that were read.
    length: usize,
    parsed: Parsed,
}

impl SysmonArgs {
    fn load(self, path: &Path) -> anyhow::Result<Loaded> {
        Ok(self.load_bytes(path)?.1)
    }

    /// The configuration and the bytes that it was read from.
    fn load_bytes(self, path: &Path) -> anyhow::Result<(Vec<u8>, Loaded)> {
        let name = printable(&path.to_string_lossy()).into_owned();
        let bytes = read(path).with_context(|| format!("cannot read the configuration {name}"))?;
        let (length, parsed) = (bytes.len(), parse(&bytes, self.sysmon));
        Ok((bytes, Loaded { name, length, parsed }))
    }
}

impl Loaded {
    /// Says why Sysmon would refuse the configuration.
    fn complain(&self, voice: &Voice) {
        let pen = draw::pen(voice.color, columns(&io::stderr()));
        let lines = draw::Lines::new(&self.parsed.config.text);
        let errors = self.parsed.diagnostics.iter().filter(|complaint| complaint.level() == Level::Error);
        for error in errors {
            voice.line(&draw::draw(&pen, self, &lines, error));
        }
    }
}

/// Reads a file as far as a configuration may go and one byte more, by which a larger one is refused.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let limit = MAX_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    match path.as_os_str() == "-" {
        true => io::stdin().take(limit).read_to_end(&mut bytes)?,
        false => std::fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?,
    };
    Ok(bytes)
}

/// Refuses paths of which more than one is standard input: it can be read once.
fn refuse_stdin_twice<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) -> anyhow::Result<()> {
    let from_stdin = paths.into_iter().filter(|path| path.as_os_str() == "-").count();
    ensure!(from_stdin <= 1, "standard input can be read once, and `-` is given {from_stdin} times");
    Ok(())
}

/// Runs the command that was asked for.
pub(crate) fn run(args: &ConfigArgs, voice: &Voice) -> anyhow::Result<ExitCode> {
    match &args.command {
        ConfigCommand::Check(args) => check::run(args, voice),
        ConfigCommand::Diff(args) => diff::run(args, voice),
        ConfigCommand::Fmt(args) => fmt::run(args, voice),
        ConfigCommand::Merge(args) => merge::run(args, voice),
        ConfigCommand::Run(args) => run::run(args, voice),
        ConfigCommand::Explain(args) => explain::run(args, voice),
        ConfigCommand::Test(args) => test::run(args, voice),
    }
}
