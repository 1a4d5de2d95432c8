//! The commands, one file each.

use std::process::ExitCode;

use crate::args::Command;
use crate::output::Output;
use crate::voice::Voice;

pub(crate) mod baseline;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod dictionary;
pub(crate) mod events;
pub(crate) mod man;
pub(crate) mod process;
pub(crate) mod rules;
pub(crate) mod scan;
pub(crate) mod shapes;
pub(crate) mod sigma;
pub(crate) mod stack;

/// Runs the command that was asked for.
pub(crate) fn run(command: &Command, voice: &Voice) -> anyhow::Result<ExitCode> {
    match command {
        Command::Scan(args) => scan::run(args, voice),
        Command::Stack(args) => stack::run(args, voice),
        Command::Baseline(args) => baseline::run(args, voice),
        Command::Process(args) => process::run(args, voice),
        Command::Events(args) => events::run(args, voice),
        Command::Config(args) => config::run(args, voice),
        Command::Rules(args) => rules::run(args, &mut Output::stdout()),
        Command::Sigma(args) => sigma::run(args, voice),
        Command::Dictionary(args) => dictionary::run(args, &mut Output::stdout()),
        Command::Shapes(args) => shapes::run(args, &mut Output::stdout()),
        Command::Completions(args) => completions::run(args, &mut Output::stdout()),
        Command::Man(args) => man::run(args, &mut Output::stdout()),
    }
}
