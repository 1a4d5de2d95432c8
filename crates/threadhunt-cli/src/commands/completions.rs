//! `threadhunt completions`: a script that teaches a shell our command line.

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

/// Print a shell's completion script
///
/// For bash: `threadhunt completions bash > /etc/bash_completion.d/threadhunt`; for the others where
/// they look for such scripts.
#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub(crate) fn run(args: &CompletionsArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    // Into memory first: the generator panics where its output fails, as a closed pipe does.
    let mut script = Vec::new();
    generate(args.shell, &mut crate::args::Args::command(), "threadhunt", &mut script);
    out.write_all(&script)?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
