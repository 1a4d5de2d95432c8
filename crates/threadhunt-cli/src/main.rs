//! The program `threadhunt`: remote threads in Windows event logs.
//!
//! Parses the command line, runs one command and turns its outcome into an exit code: 0 when all went
//! well, 2 when the command line asks for something that does not exist.

mod commands;

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use commands::dictionary::{self, DictionaryArgs};

/// Remote threads in Windows event logs.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Dictionary(DictionaryArgs),
}

#[expect(clippy::print_stderr, reason = "a program tells its user what went wrong")]
fn main() -> ExitCode {
    let Cli { command } = Cli::parse();
    let mut out = io::stdout().lock();
    let outcome = match &command {
        Command::Dictionary(args) => dictionary::run(args, &mut out),
    };
    outcome.unwrap_or_else(|error| {
        if is_broken_pipe(&error) {
            return ExitCode::SUCCESS;
        }
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}

/// A reader that has seen enough, such as `head`, closes the pipe: that is no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref())
        .any(|e: &io::Error| e.kind() == io::ErrorKind::BrokenPipe)
}
