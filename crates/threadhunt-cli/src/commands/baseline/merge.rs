//! `threadhunt baseline merge`: several baselines as one.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use threadhunt::detect::Baseline;

use super::read;
use crate::output::OutputArgs;

/// Put baselines together
///
/// What several of them know counts once, so the result is that of building from all their logs.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct MergeArgs {
    /// Baselines; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    #[command(flatten)]
    output: OutputArgs,
}

const EXAMPLES: &str = "\
Examples:
  threadhunt baseline merge march.baseline april.baseline -o spring.baseline";

/// Reads all, and writes one.
pub(super) fn run(args: &MergeArgs) -> anyhow::Result<ExitCode> {
    let mut whole = Baseline::default();
    for path in &args.files {
        whole.merge(read(path)?)?;
    }
    let mut output = args.output.open()?;
    output.write_all(&whole.write())?;
    output.flush()?;
    output.finish()?;
    Ok(ExitCode::SUCCESS)
}
