//! `threadhunt config diff`: what one configuration does and another does not.
//!
//! The rules are compared by what they do, and where logs are given, their verdicts too.

mod events;
mod json;
mod text;

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::Resettable;
use clap::{Args, ValueEnum};
use threadhunt::config::{Config, ConfigDiff, Policy};

use super::decide::refuse_stdin_for_both;
use super::draw::Lines;
use super::{Loaded, SysmonArgs, refuse_stdin_twice};
use crate::exit;
use crate::input::InputArgs;
use crate::output::{Output, UntilClosed};
use crate::reading::conclude;
use crate::voice::Voice;

/// Compare two Sysmon configurations by what they do
///
/// Says which rules, options, filters and groups were added, removed or changed, by meaning: how
/// they are laid out and spelled, and an order that changes neither a verdict nor a name, are no
/// difference. With logs, also which events only one of the two would have logged, and which get
/// another name.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
#[command(mut_arg("paths", |arg| arg.value_name("LOG").required_unless_present(Resettable::Reset)))]
pub(crate) struct DiffArgs {
    /// The old configuration; `-` is standard input
    #[arg(value_name = "OLD")]
    old: PathBuf,

    /// The new configuration
    #[arg(value_name = "NEW")]
    new: PathBuf,

    #[command(flatten)]
    input: InputArgs,

    #[command(flatten)]
    sysmon: SysmonArgs,

    /// Form of the output
    #[arg(long, value_enum, default_value_t = Form::Text, value_name = "FORM", help_heading = "Output")]
    format: Form,

    /// Exit with 1 where anything differs
    #[arg(long, help_heading = "Output")]
    exit_code: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// For eyes: rules with their lines, by event
    Text,
    /// One object
    Json,
}

const EXAMPLES: &str = "\
Examples:
  threadhunt config diff old.xml new.xml
  threadhunt config diff old.xml new.xml Sysmon.evtx
  threadhunt config diff --exit-code --format json old.xml new.xml > changes.json
  git show HEAD:sysmon.xml | threadhunt config diff - sysmon.xml";

/// One of the two configurations.
struct Side<'s> {
    name: &'s str,
    config: &'s Config,
    lines: Lines<'s>,
}

impl<'s> Side<'s> {
    fn new(loaded: &'s Loaded) -> Self {
        let config = &loaded.parsed.config;
        Self { name: &loaded.name, config, lines: Lines::new(&config.text) }
    }
}

/// Compares the configurations.
pub(crate) fn run(args: &DiffArgs, voice: &Voice) -> anyhow::Result<ExitCode> {
    refuse_stdin_twice([&args.old, &args.new])?;
    [&args.old, &args.new].into_iter().try_for_each(|path| refuse_stdin_for_both(path, &args.input))?;
    let (old, new) = (args.sysmon.load(&args.old)?, args.sysmon.load(&args.new)?);
    let (Some(old_policy), Some(new_policy)) = (old.parsed.policy(), new.parsed.policy()) else {
        [&old, &new]
            .into_iter()
            .filter(|file| !file.parsed.is_accepted())
            .for_each(|file| file.complain(voice));
        return Ok(exit::USAGE.into());
    };
    let sides = [Side::new(&old), Side::new(&new)];
    for side in &sides {
        left_out(side, voice);
    }
    let diff = ConfigDiff::new(sides[0].config, sides[1].config);
    let policies: [&Policy; 2] = [&old_policy, &new_policy];
    let read = args.input.is_given().then(|| events::read(args, policies, voice)).transpose()?;
    let events = read.as_ref().map(|(events, _)| events);
    let mut out = BufWriter::new(UntilClosed::new(Output::stdout()));
    match args.format {
        Form::Text => text::print(&mut out, &sides, &diff, events, voice.color_results),
        Form::Json => json::print(&mut out, &sides, &diff, events),
    }
    .and_then(|()| out.flush())?;
    let status = read.as_ref().map_or(exit::SUCCESS, |(_, totals)| conclude(&args.input, voice, totals));
    let differs = !diff.is_empty() || events.is_some_and(events::Compared::differ);
    let failed = args.exit_code && differs && status != exit::INTERRUPTED;
    Ok(if failed { exit::FINDINGS } else { status }.into())
}

/// Says what is not compared.
fn left_out(side: &Side<'_>, voice: &Voice) {
    let filters = side.config.filters.iter().filter(|filter| filter.bound.is_none());
    let places: Vec<String> = filters.map(|filter| side.lines.line(filter.span.start).to_string()).collect();
    if !places.is_empty() {
        voice.note(&format!(
            "{} has filters that Sysmon leaves out and that are not compared, at line {}",
            side.name,
            places.join(", ")
        ));
    }
}
