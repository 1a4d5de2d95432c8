//! `threadhunt sigma`: rules in Sigma's form.
//!
//! [`Rules`] reads the files of rules that arguments name; `check` says what becomes of each rule.

mod check;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, ensure};
use clap::{Args, Subcommand};
use threadhunt::filter::sigma::{Loaded, Loader, MAX_BYTES, Policy};
use threadhunt::report::printable;

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
struct Reading {
    /// Take each log to the letter: absent, empty and `-` are three things, not one
    #[arg(long)]
    strict: bool,

    /// Values of a placeholder that rules ask for with `expand`
    #[arg(long = "placeholder", value_name = "NAME=VALUE,...", value_parser = placeholder)]
    placeholders: Vec<(String, Vec<String>)>,
}

fn placeholder(text: &str) -> Result<(String, Vec<String>), String> {
    let (name, values) = text.split_once('=').ok_or("it is not of the form NAME=VALUE,...")?;
    Ok((name.trim_matches('%').to_owned(), values.split(',').map(str::to_owned).collect()))
}

/// Deepest directory below one that is named, and most files: a tree of rules has 7 and 4,000.
const MAX_DEPTH: usize = 32;
const MAX_FILES: usize = 100_000;

impl Reading {
    /// Loads all rules of files and directories. A file that cannot be read is told of, and counted.
    fn load(&self, paths: &[PathBuf], voice: &Voice) -> anyhow::Result<(Loaded, u64)> {
        let mut loader = Loader::new(if self.strict { Policy::Strict } else { Policy::Alike });
        for (name, values) in &self.placeholders {
            loader.placeholder(name, values.iter().cloned());
        }
        let mut unreadable = 0;
        for path in files(paths)? {
            let name = printable(&path.to_string_lossy()).into_owned();
            match read(&path) {
                Ok(bytes) => match std::str::from_utf8(&bytes) {
                    Ok(text) => loader.add(&name, text.trim_start_matches('\u{feff}')),
                    Err(_) => loader.refuse(&name, 1, "it is not UTF-8 text".to_owned()),
                },
                Err(error) => {
                    unreadable += 1;
                    voice.error(&error.context(format!("cannot read {name}")));
                }
            }
        }
        Ok((loader.finish(), unreadable))
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
        let is_rule = path.extension().is_some_and(|ending| {
            ending.eq_ignore_ascii_case(OsStr::new("yml")) || ending.eq_ignore_ascii_case(OsStr::new("yaml"))
        });
        if about.is_dir() && depth > 0 {
            add_below(&path, depth - 1, files)?;
        } else if is_rule && fs::metadata(&path).is_ok_and(|about| about.is_file()) {
            files.push(path);
            ensure!(files.len() <= MAX_FILES, "there are more than {MAX_FILES} files of rules");
        }
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = MAX_BYTES as u64 + 1;
    if path.as_os_str() == "-" {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
    } else {
        fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    }
    if bytes.len() > MAX_BYTES {
        return Err(anyhow!("it has more than {} MiB", MAX_BYTES >> 20));
    }
    Ok(bytes)
}
