//! `threadhunt sigma`: rules in Sigma's form.
//!
//! [`Reading`] reads the files of rules that arguments name, for `scan` too; `check` says what becomes of
//! each rule.

mod check;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, ensure};
use clap::{Args, Subcommand};
use threadhunt::filter::sigma::{Loaded, Loader, MAX_BYTES, Policy};
use threadhunt::report::printable;
use threadhunt::source::{Limits, read_members};

use crate::voice::Voice;

/// Work with Sigma rules
///
/// Rules are read in the form that SigmaHQ publishes and decided over Sysmon's events.
#[derive(Args, Debug)]
pub(crate) struct SigmaArgs {
    #[command(subcommand)]
    command: SigmaCommand,
}

#[derive(Debug, Subcommand)]
enum SigmaCommand {
    Check(check::CheckArgs),
}

/// Runs the command below `sigma` that was asked for.
pub(crate) fn run(args: &SigmaArgs, voice: &Voice) -> anyhow::Result<ExitCode> {
    match &args.command {
        SigmaCommand::Check(args) => check::run(args, voice),
    }
}

/// How rules are read.
#[derive(Args, Debug)]
pub(in crate::commands) struct Reading {
    /// Take each log to the letter: absent, empty and `-` are three things, not one
    #[arg(long)]
    pub(in crate::commands) strict: bool,

    /// Values of a placeholder that rules ask for with `expand`
    #[arg(long = "placeholder", value_name = "NAME=VALUE,...", value_parser = placeholder)]
    pub(in crate::commands) placeholders: Vec<(String, Vec<String>)>,
}

/// Reads `NAME=VALUE,...`.
pub(in crate::commands) fn placeholder(text: &str) -> Result<(String, Vec<String>), String> {
    let (name, values) = text.split_once('=').ok_or("it is not of the form NAME=VALUE,...")?;
    Ok((name.trim_matches('%').to_owned(), values.split(',').map(str::to_owned).collect()))
}

/// Deepest directory below one that is named, and most files: a tree of rules has 7 and 4,000.
const MAX_DEPTH: usize = 32;
const MAX_FILES: usize = 100_000;
/// Bytes that an archive of rules may unpack to: SigmaHQ's whole set has 20 million.
const MAX_UNPACKED: u64 = 256 << 20;

impl Reading {
    /// Loads all rules of files, directories and archives; gives how many files could not be read, which
    /// was told.
    pub(in crate::commands) fn load(
        &self,
        paths: &[PathBuf],
        voice: &Voice,
    ) -> anyhow::Result<(Loaded, u64)> {
        let mut loader = Loader::new(if self.strict { Policy::Strict } else { Policy::Alike });
        for (name, values) in &self.placeholders {
            loader.placeholder(name, values.iter().cloned());
        }
        let mut unreadable = 0;
        for path in files(paths)? {
            let name = printable(&path.to_string_lossy()).into_owned();
            if let Err(error) = add_file(&path, &name, &mut loader) {
                unreadable += 1;
                voice.error(&error.context(format!("cannot read {name}")));
            }
        }
        Ok((loader.finish(), unreadable))
    }
}

/// Adds a file of rules, or the rules of an archive.
fn add_file(path: &Path, name: &str, loader: &mut Loader) -> anyhow::Result<()> {
    if path.as_os_str() == "-" {
        add_text(name, &read(std::io::stdin().lock())?, loader);
        return Ok(());
    }
    let mut members: Vec<(String, Vec<u8>)> = Vec::new();
    let mut failure = None;
    let limits = Limits { unpacked: MAX_UNPACKED, ..Limits::default() };
    let is_archive = read_members(fs::File::open(path)?, limits, &mut |member, bytes| {
        if !is_rule(Path::new(member)) {
            return ControlFlow::Continue(());
        }
        match bytes.map_err(anyhow::Error::from).and_then(read) {
            Ok(bytes) if members.len() < MAX_FILES => members.push((member.to_owned(), bytes)),
            Ok(_) => failure = Some(anyhow!("there are more than {MAX_FILES} files of rules")),
            Err(error) => failure = Some(error.context(printable(member).into_owned())),
        }
        if failure.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if !is_archive {
        add_text(name, &read(fs::File::open(path)?)?, loader);
        return Ok(());
    }
    ensure!(!members.is_empty() || failure.is_some(), "there is no .yml file in this archive");
    // In the order of their paths, as from a directory.
    members.sort();
    members
        .iter()
        .for_each(|(member, bytes)| add_text(&format!("{name}!{}", printable(member)), bytes, loader));
    failure.map_or(Ok(()), Err)
}

fn add_text(name: &str, bytes: &[u8], loader: &mut Loader) {
    match std::str::from_utf8(bytes) {
        Ok(text) => loader.add(name, text.trim_start_matches('\u{feff}')),
        Err(_) => loader.refuse(name, 1, "it is not UTF-8 text".to_owned()),
    }
}

/// The files that are named, and those with rules below directories, in the order of their paths.
fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            files.push(path.clone());
            continue;
        }
        let about = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
        if about.is_dir() {
            let before = files.len();
            add_below(path, MAX_DEPTH, &mut files)?;
            ensure!(files.len() > before, "there is no .yml file below {}", path.display());
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn add_below(directory: &Path, depth: usize, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let list = || {
        fs::read_dir(directory)?
            .map(|entry| Ok(entry?.path()))
            .collect::<std::io::Result<BTreeSet<PathBuf>>>()
    };
    for path in list().with_context(|| format!("cannot list {}", directory.display()))? {
        // A link may lead back up.
        let Ok(about) = fs::symlink_metadata(&path) else { continue };
        if about.is_dir() && depth > 0 {
            add_below(&path, depth - 1, files)?;
        } else if is_rule(&path) && fs::metadata(&path).is_ok_and(|about| about.is_file()) {
            files.push(path);
            ensure!(files.len() <= MAX_FILES, "there are more than {MAX_FILES} files of rules");
        }
    }
    Ok(())
}

/// Whether a path ends like one of a rule.
fn is_rule(path: &Path) -> bool {
    let is =
        |ending: &str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(OsStr::new(ending)));
    is("yml") || is("yaml")
}

fn read(input: impl Read) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    ensure!(bytes.len() <= MAX_BYTES, "it has more than {} MiB", MAX_BYTES >> 20);
    Ok(bytes)
}
