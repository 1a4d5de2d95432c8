//! `threadhunt dictionary`: which events there are, which fields they carry, and what the fields say.
//!
//! Looks the topic up and prints its page; both are the library's, see `threadhunt::schema`. Here is
//! only what concerns the shell: the arguments, and the width of the terminal that reads along.

use std::io::{self, IsTerminal as _, Write};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use threadhunt::schema::{Platform, find, page};

/// Look up Sysmon's events and fields
///
/// Without a topic the events are listed. A topic is an event id (8), an event's configuration tag
/// (CreateRemoteThread, RegistryEvent), a field (StartModule) or a standard name (process_guid); case
/// does not matter. A field is shown wherever it occurs.
#[derive(Args, Debug)]
pub(crate) struct DictionaryArgs {
    /// Event id, configuration tag, field or standard name
    topic: Option<String>,

    /// Form of the output: a table to read, a Markdown page to publish, JSON or CSV to process
    #[arg(long, value_enum, default_value_t = Form::Table)]
    format: Form,

    /// Whose events: Sysmon for Linux writes fewer
    #[arg(long, value_enum, default_value_t = System::Windows)]
    platform: System,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    Table,
    Json,
    Markdown,
    Csv,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum System {
    Windows,
    Linux,
}

/// Prints the page of the topic. A topic that nothing is called is a mistake in the command line.
pub(crate) fn run(args: &DictionaryArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let platform = match args.platform {
        System::Windows => Platform::Windows,
        System::Linux => Platform::Linux,
    };
    let format = match args.format {
        Form::Table => page::Format::Table { width: terminal_width() },
        Form::Json => page::Format::Json,
        Form::Markdown => page::Format::Markdown,
        Form::Csv => page::Format::Csv,
    };
    let text = match &args.topic {
        Some(name) => page::topic(&find(platform, name)?, format),
        None => page::list(platform, format),
    };
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the columns of the terminal on stdout, or `None` when stdout leads elsewhere.
fn terminal_width() -> Option<usize> {
    let stdout = io::stdout();
    let columns = stdout.is_terminal().then(|| terminal_size::terminal_size_of(&stdout)).flatten()?.0.0;
    Some(usize::from(columns))
}
