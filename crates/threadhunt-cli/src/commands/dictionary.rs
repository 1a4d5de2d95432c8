//! `threadhunt dictionary`: which events there are, which fields they carry, and what the fields say.
//!
//! Looks the topic up and prints its page; both are the library's, see `threadhunt::schema`. Here is
//! only what concerns the shell: the arguments, and the width of the terminal that reads along.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, ValueEnum};
use threadhunt::schema::{Platform, Topic, find, page};

use crate::output::columns;

/// Look up Sysmon's events and fields
///
/// Without a topic the events are listed. A topic is an event id (8), an event's configuration tag
/// (CreateRemoteThread, RegistryEvent), a field (StartModule) or a standard name (process_guid); case
/// does not matter. A field is shown wherever it occurs.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DictionaryArgs {
    /// Event id, configuration tag, field or standard name
    topic: Option<String>,

    /// What each vocabulary calls the fields of the event, side by side: the names of `events --names`
    #[arg(long, requires = "topic")]
    crosswalk: bool,

    /// Form of the output: a table to read, a Markdown page to publish, JSON or CSV to process
    #[arg(long, value_enum, default_value_t = Form::Table)]
    format: Form,

    /// Whose events: Sysmon for Linux writes fewer
    #[arg(long, value_enum, default_value_t = System::Windows)]
    platform: System,
}

const EXAMPLES: &str = "\
Examples:
  threadhunt dictionary 8
  threadhunt dictionary StartModule
  threadhunt dictionary 8 --crosswalk
  threadhunt dictionary 8 --crosswalk --format csv";

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
        Form::Table => page::Format::Table { width: columns(&io::stdout()) },
        Form::Json => page::Format::Json,
        Form::Markdown => page::Format::Markdown,
        Form::Csv => page::Format::Csv,
    };
    let text = match &args.topic {
        Some(name) if args.crosswalk => crosswalk(&find(platform, name)?, name, format)?,
        Some(name) => page::topic(&find(platform, name)?, format),
        None => page::list(platform, format),
    };
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The crosswalk of the events that a name stands for.
fn crosswalk(topic: &Topic, name: &str, format: page::Format) -> anyhow::Result<String> {
    match topic {
        Topic::Events(events) => Ok(page::crosswalk(events, format)),
        Topic::Fields(_) => bail!("--crosswalk is for events; `{name}` is a field"),
    }
}
