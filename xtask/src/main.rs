//! The project's own tasks: `cargo xtask` lists them, `cargo xtask NAME` runs one.
//!
//! A task is a file in this folder and a line in [`TASKS`]. A task that writes files which are committed
//! also understands `--check`: write nothing, and fail when the committed files are out of date. `ci` runs
//! every check there is, in the order of its own table.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "talking to a person is what these tasks do")]

mod bench;
mod ci;
mod codegen;
mod examples;
mod fuzz;
mod large_log;
mod page;
mod tools;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};

/// One task: what is typed, what it takes, what it does, and the function that does it.
pub(crate) struct Task {
    pub(crate) name: &'static str,
    pub(crate) arguments: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: fn(&[String]) -> Result<()>,
}

/// Every task, in the order of the list that `cargo xtask` prints.
#[rustfmt::skip]
pub(crate) const TASKS: &[Task] = &[
    Task { name: "bench", arguments: "[LOG|config]", about: "how fast logs are read and configurations decide, against others", run: bench::run },
    Task { name: "ci", arguments: "", about: "everything that must hold before a change is merged", run: ci::run },
    Task { name: "codegen", arguments: "[--check]", about: "write the Rust tables made from data/", run: codegen::run },
    Task { name: "examples", arguments: "[--check]", about: "write the logs of examples/ from their scenario", run: examples::run },
    Task { name: "fuzz", arguments: "TARGET [SECONDS]", about: "fuzz one target, starting from real logs", run: fuzz::run },
    Task { name: "large-log", arguments: "OUT SIZE_MIB [FILE…]", about: "make a large log by repeating the chunks of others", run: large_log::run },
    Task { name: "page", arguments: "[--check]", about: "build the page of `scan --format html` from its sources, with Node", run: page::run },
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let Some(name) = arguments.next() else {
        list();
        return Ok(());
    };
    let Some(task) = TASKS.iter().find(|task| task.name == name) else {
        list();
        bail!("there is no task {name:?}");
    };
    std::env::set_current_dir(root())?;
    (task.run)(&arguments.collect::<Vec<_>>())
}

/// The root of the workspace. Tasks run there, wherever `cargo xtask` was typed.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace")
}

fn list() {
    println!("usage: cargo xtask TASK\n");
    for Task { name, arguments, about, .. } in TASKS {
        println!("  {:<24}{about}", format!("{name} {arguments}"));
    }
}
