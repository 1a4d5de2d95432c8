//! The project's own tasks, one file each; `cargo xtask` alone lists them.

mod codegen;

use std::path::Path;
use std::process::ExitCode;

/// A task: its name, what it does in one line, and the function that does it.
type Task = (&'static str, &'static str, fn(&[String]) -> anyhow::Result<()>);

const TASKS: &[Task] =
    &[("codegen", "write the Rust tables made from data/ (--check: only compare)", codegen::run)];

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to its user")]
fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = args.split_first() else {
        for (name, doc, _) in TASKS {
            println!("cargo xtask {name:<10} {doc}");
        }
        return ExitCode::SUCCESS;
    };
    let Some((_, _, run)) = TASKS.iter().find(|task| task.0 == name) else {
        eprintln!("error: there is no task `{name}`; `cargo xtask` lists them");
        return ExitCode::from(2);
    };
    match run(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Returns the root of the workspace.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace")
}
