//! `cargo xtask bench [LOG]`: how fast logs are read, as a ratio to another reader in the same run, and
//! how fast JSON lines are read, configurations are loaded and decide, and Sigma rules are looked for.
//! `cargo xtask bench json` is the second alone, `cargo xtask bench config [NAME]` the third, for the
//! configurations whose names hold a text, and `cargo xtask bench sigma` the fourth.
//!
//! Without a log it makes one of 256 MiB from the examples, outside the repository's own files.
//! The figures are the best of several runs: a shared machine only ever adds time.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::{large_log, root};

/// Larger than the caches of most machines, small enough for every disk.
const SIZE_MIB: usize = 256;

/// Makes the log where none is given, and runs every benchmark on it.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => {
            logs(made_log()?)?;
            sigma()?;
            json()?;
            configurations(&[])
        }
        ["json"] => json(),
        ["sigma"] => sigma(),
        ["config", ref names @ ..] if names.len() < 2 => configurations(names),
        [log] => logs(std::path::absolute(log)?),
        _ => bail!(
            "usage: cargo xtask bench [LOG]\n       cargo xtask bench json\n       cargo xtask bench config [NAME]\n       cargo xtask bench sigma"
        ),
    }
}

fn configurations(names: &[&str]) -> Result<()> {
    let bench = ["bench", "--quiet", "--package", "threadhunt", "--bench", "config"];
    cargo(Command::new("cargo").args(bench).args(names))
}

fn json() -> Result<()> {
    cargo(Command::new("cargo").args(["bench", "--quiet", "--package", "threadhunt", "--bench", "json"]))
}

fn logs(log: PathBuf) -> Result<()> {
    let program = program()?;
    cargo(
        Command::new("cargo")
            .args(["bench", "--quiet", "--package", "threadhunt", "--bench", "evtx"])
            .env("THREADHUNT_BENCH_LOG", &log)
            .env("THREADHUNT_BENCH_PROGRAM", program),
    )
}

/// Deciding over rules alone, then `scan --sigma` as a whole beside another engine.
fn sigma() -> Result<()> {
    let program = program()?;
    cargo(Command::new("cargo").args(["bench", "--quiet", "--package", "threadhunt", "--bench", "sigma"]))?;
    cargo(
        Command::new("cargo")
            .args(["bench", "--quiet", "--package", "sigma-oracle", "--bench", "scan"])
            .env("THREADHUNT_BENCH_PROGRAM", program),
    )
}

/// The program, built for speed.
fn program() -> Result<PathBuf> {
    cargo(Command::new("cargo").args(["build", "--quiet", "--release", "--package", "threadhunt-cli"]))?;
    Ok(root().join("target/release").join(format!("threadhunt{}", std::env::consts::EXE_SUFFIX)))
}

fn cargo(command: &mut Command) -> Result<()> {
    let status = command.current_dir(root()).status().context("cargo cannot be run")?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}

/// A large log from the examples, kept in the target directory for the next time.
fn made_log() -> Result<PathBuf> {
    let log = root().join(format!("target/bench-{SIZE_MIB}.evtx"));
    if !log.exists() {
        let records = large_log::make(&log, SIZE_MIB, &large_log::example_logs()?)?;
        println!("made {} of {records} records from examples/", log.display());
    }
    Ok(log)
}
