//! The program `threadhunt`: remote threads in Windows event logs.
//!
//! Parses the command line, runs one command and turns its outcome into an exit code, see
//! [`exit`]. Results go to standard output, everything else to standard error.

mod args;
mod commands;
mod exit;
mod input;
mod interrupt;
mod json;
mod output;
mod pending;
mod progress;
mod reading;
mod summary;
mod voice;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    #[cfg(feature = "lake")]
    threadhunt_lake::silence_caught_panics();
    let args = args::Args::parse();
    let voice = voice::Voice::new(&args.voice);
    commands::run(&args.command, &voice).unwrap_or_else(|error| {
        if output::is_broken_pipe(&error) {
            return ExitCode::SUCCESS;
        }
        voice.error(&error);
        exit::USAGE.into()
    })
}
