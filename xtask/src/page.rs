//! The page of `scan --format html`, made of its sources in `crates/threadhunt/web`.
//!
//! Node makes it, with packages that the lock file there pins; they are fetched once. What is made
//! is committed, so that building Threadhunt needs no Node; a test of the program compares it where
//! there is one.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The sources; the result lies in `crates/threadhunt/data/html`.
const WEB: &str = "crates/threadhunt/web";

/// Builds the page; with `--check`, fails when it is out of date.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    ensure!(matches!(arguments, [] | [_]), "usage: cargo xtask page [--check]");
    ensure!(arguments.iter().all(|argument| argument == "--check"), "usage: cargo xtask page [--check]");
    if !Path::new(WEB).join("node_modules").is_dir() {
        step(Command::new("npm").args(["ci", "--ignore-scripts"]))?;
    }
    step(Command::new("node").arg("build.mjs").args(arguments))
}

fn step(command: &mut Command) -> Result<()> {
    let status = command.current_dir(WEB).status();
    let status = status.with_context(|| format!("{} cannot be run", command.get_program().display()))?;
    ensure!(status.success(), "{command:?} fails");
    Ok(())
}
