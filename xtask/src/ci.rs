//! Everything that must hold before a change is merged, as a table of steps.
//!
//! The first failure stops, with the command that repeats it: what a machine runs and what a person runs
//! are the same. Steps are ordered so that cheap ones fail first, and chosen so that they share artefacts:
//! clippy and rustdoc use the same metadata of all dependencies, there is one test build, and the fuzz
//! targets, a workspace of their own, are checked into the same target folder and not linked. The
//! architecture tests are ordinary tests of this crate, so the test step runs them.
//!
//! Advisories are not looked up here: an advisory published today must not turn yesterday's change red.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::fuzz;
use crate::tools::{DENY, Tool};

/// One step. `command` is what a person would type at the root of the workspace, without quoting.
struct Step {
    name: &'static str,
    command: &'static str,
    environment: &'static [(&'static str, &'static str)],
    tool: Option<&'static Tool>,
    /// Whether there is anything to do: a task that is not in the table has no output to check.
    applies: fn() -> bool,
}

const PLAIN: Step = Step { name: "", command: "", environment: &[], tool: None, applies: || true };

const STEPS: &[Step] = &[
    Step { name: "format", command: "cargo fmt --all --check", ..PLAIN },
    Step {
        name: "licences and bans",
        command: "cargo deny --all-features check licenses bans sources",
        tool: Some(&DENY),
        ..PLAIN
    },
    Step {
        name: "clippy",
        command: "cargo clippy --workspace --all-targets --locked -- -D warnings",
        ..PLAIN
    },
    Step { name: "generated code", command: "cargo xtask codegen --check", ..PLAIN },
    Step { name: "example logs", command: "cargo xtask examples --check", ..PLAIN },
    Step { name: "tests", command: "cargo test --workspace --locked", ..PLAIN },
    Step {
        name: "documentation",
        command: "cargo doc --workspace --no-deps --locked",
        environment: &[("RUSTDOCFLAGS", "-D warnings")],
        ..PLAIN
    },
    Step {
        name: "fuzz format",
        command: "cargo fmt --manifest-path fuzz/Cargo.toml --check",
        applies: fuzz::has_targets,
        ..PLAIN
    },
    Step {
        name: "fuzz targets",
        command: "cargo clippy --manifest-path fuzz/Cargo.toml --target-dir target \
                  --no-default-features --no-deps --locked -- -D warnings",
        applies: fuzz::has_targets,
        ..PLAIN
    },
];

/// Runs every step; stops at the first that fails.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    ensure!(arguments.is_empty(), "usage: cargo xtask ci");
    let start = Instant::now();
    let mut done = 0;
    for step in STEPS.iter().filter(|step| (step.applies)()) {
        println!("\n== {}: {}", step.name, step.line());
        let step_start = Instant::now();
        let passed = step.run()?;
        let seconds = seconds(step_start.elapsed());
        if !passed {
            println!("== {}: FAILED after {seconds}", step.name);
            bail!("step {:?} failed; repeat it with: {}", step.name, step.line());
        }
        println!("== {}: ok, {seconds}", step.name);
        done += 1;
    }
    println!("\nci: {done} steps ok, {}", seconds(start.elapsed()));
    Ok(())
}

impl Step {
    /// The step as a line for a shell.
    fn line(&self) -> String {
        let environment = self.environment.iter().map(|(name, value)| format!("{name}='{value}' "));
        environment.chain([self.command.to_owned()]).collect()
    }

    fn run(&self) -> Result<bool> {
        if let Some(tool) = self.tool {
            tool.provide()?;
        }
        let mut words = self.command.split_whitespace();
        let program = words.next().expect("every step names a program");
        let status = Command::new(program).args(words).envs(self.environment.iter().copied()).status();
        Ok(status.with_context(|| format!("{program} cannot be run"))?.success())
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
