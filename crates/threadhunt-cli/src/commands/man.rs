//! `threadhunt man`: the manual page, made from the same definitions as `--help`.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, CommandFactory};
use clap_mangen::Man;

/// Print the manual page
///
/// `threadhunt man | man -l -` shows it; a command's own page comes with its name:
/// `threadhunt man events`.
#[derive(Args, Debug)]
pub(crate) struct ManArgs {
    /// The command whose page is wanted
    command: Option<String>,
}

/// Prints the page.
pub(crate) fn run(args: &ManArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let mut program = crate::args::Args::command();
    // Completes the definitions: names of commands with the program's before them, global arguments.
    program.build();
    let command = match &args.command {
        None => program,
        Some(name) => {
            let found = program.find_subcommand(name).cloned();
            found.with_context(|| format!("there is no command `{name}`; see threadhunt --help"))?
        }
    };
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    out.write_all(&page)?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
