//! Tools that are not part of the Rust distribution: which version we use, and how to get them.
//!
//! A tool is installed the first time a task needs it and never upgraded behind anyone's back: a version
//! other than the pinned one is used as it is, and said.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// A cargo subcommand from crates.io.
pub(crate) struct Tool {
    subcommand: &'static str,
    version: &'static str,
}

/// Checks licences, forbidden crates and sources.
pub(crate) const DENY: Tool = Tool { subcommand: "deny", version: "0.20.2" };
/// Builds and runs fuzz targets.
pub(crate) const FUZZ: Tool = Tool { subcommand: "fuzz", version: "0.13.2" };

impl Tool {
    /// Makes sure that the tool can be run, by installing it when it is missing.
    pub(crate) fn provide(&self) -> Result<()> {
        let Self { subcommand, version } = self;
        if let Some(found) = self.installed() {
            if found != *version {
                println!("cargo-{subcommand} is {found}; the project is tested with {version}");
            }
            return Ok(());
        }
        println!("cargo-{subcommand} is missing: installing {version}");
        let package = format!("cargo-{subcommand}@{version}");
        let status = Command::new("cargo").args(["install", "--locked", &package]).status();
        ensure!(status.context("cargo cannot be run")?.success(), "could not install {package}");
        Ok(())
    }

    /// The version that is installed, from the last word of `cargo-deny 0.20.2`.
    fn installed(&self) -> Option<String> {
        let mut command = Command::new("cargo");
        let output = command.args([self.subcommand, "--version"]).stderr(Stdio::null()).output().ok()?;
        let text = output.status.success().then(|| String::from_utf8(output.stdout).ok())??;
        text.split_whitespace().last().map(str::to_owned)
    }
}
