//! `threadhunt config run`: which events of a log a configuration would have logged.
//!
//! Workers decide, set the name that Sysmon would set, and format; here their bytes are only
//! copied. What each rule did is counted beside, and told at the end.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use serde::Serialize;
use threadhunt::event::Batch;
use threadhunt::sink::{self, Format};
use threadhunt::source::Totals;

use super::SysmonArgs;
use super::decide::{Decider, refuse_stdin_for_both, set_names};
use super::usage::tell;
use crate::commands::events::{format_names, ordered};
use crate::input::InputArgs;
use crate::output::OutputArgs;
use crate::reading::{Reading, conclude};
use crate::voice::Voice;
use crate::{exit, json};

/// Print the events that a Sysmon configuration would have logged
///
/// Each gets the RuleName that Sysmon would have given it. Logs may also hold bare events, one JSON
/// object a line: {"id":8,"fields":{"SourceImage":"C:\\x.exe"}}. A log holds only what another
/// configuration let through, so this says what a configuration would drop, not what it would add.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RunArgs {
    /// The configuration
    #[arg(value_name = "FILE")]
    config: PathBuf,

    #[command(flatten)]
    input: InputArgs,

    #[command(flatten)]
    sysmon: SysmonArgs,

    /// Print the events that would have been dropped instead
    #[arg(long, help_heading = "Output")]
    dropped: bool,

    /// Print one JSON object for each event, in order: {"logged":true,"rule_name":"…"}
    #[arg(long, conflicts_with_all = ["format", "dropped"], help_heading = "Output")]
    verdicts: bool,

    /// Form of the output
    #[arg(long, value_parser = format_names(), default_value = "text", help_heading = "Output")]
    format: String,

    #[command(flatten)]
    output: OutputArgs,
}

const EXAMPLES: &str = "\
Examples:
  threadhunt config run sysmonconfig.xml Sysmon.evtx
  threadhunt config run sysmonconfig.xml --dropped --format jsonl logs/
  threadhunt config run sysmonconfig.xml --verdicts events.jsonl";

/// Runs the configuration over the logs.
pub(crate) fn run(args: &RunArgs, voice: &Voice) -> anyhow::Result<ExitCode> {
    refuse_stdin_for_both(&args.config, &args.input)?;
    let loaded = args.sysmon.load(&args.config)?;
    let Some(policy) = loaded.parsed.policy() else {
        loaded.complain(voice);
        return Ok(exit::USAGE.into());
    };
    let decider = Decider::new(policy);
    let totals = match ordered::find(&args.format) {
        Some(row) => {
            let select = |batch: &mut Batch| keep(&decider, !args.dropped, batch);
            let reading = reading(args, voice, &decider, true);
            let wanted = ordered::Wanted { output: &args.output, ids: &[], naming: None };
            ordered::write(row, wanted, reading, None, &select)?
        }
        None => print(args, &args.format, &decider, voice)?,
    };
    tell(&loaded.parsed.config, &decider.into_tally(), voice);
    Ok(conclude(&args.input, voice, &totals).into())
}

fn reading<'a>(args: &'a RunArgs, voice: &'a Voice, decider: &Decider, progress: bool) -> Reading<'a> {
    let projection = match args.verdicts {
        true => decider.for_verdicts(),
        false => decider.for_events(!args.dropped),
    };
    Reading { args: &args.input, voice, projection, progress }
}

/// Prints the events in a format of the table, or the verdicts.
fn print(args: &RunArgs, format: &str, decider: &Decider, voice: &Voice) -> anyhow::Result<Totals> {
    let format = sink::format(format, &[]).with_context(|| format!("no format `{format}`"))?;
    args.output.spare(args.input.read_paths()?.iter().chain([&args.config]))?;
    let mut output = args.output.open()?;
    let mut frame = Vec::new();
    if !args.verdicts {
        format.begin(&mut frame);
    }
    output.write_all(&frame)?;
    let stage = |batch: &mut Batch| match args.verdicts {
        true => verdicts(decider, batch),
        false => formatted(decider, !args.dropped, batch, &*format),
    };
    let totals =
        reading(args, voice, decider, !args.output.is_stdout()).run(&stage, &mut |delivery, _| {
            output.write_all(&delivery.output)?;
            Ok(ControlFlow::Continue(()))
        })?;
    frame.clear();
    if !args.verdicts {
        format.end(&mut frame);
    }
    output.write_all(&frame)?;
    // What was interrupted is not complete, and a file must not look as if it were.
    if !totals.stopped {
        output.finish()?;
    }
    Ok(totals)
}

/// A verdict in JSON; the names are a promise.
#[derive(Serialize)]
struct Line<'v> {
    logged: bool,
    rule_name: &'v str,
}

/// The indices of the records that are printed; those that are logged have their names.
fn keep(decider: &Decider, logged: bool, batch: &mut Batch) -> Vec<u32> {
    decider.count_unseen(batch, logged);
    let verdicts = decider.decide(batch, |_| true);
    if logged {
        set_names(batch, &verdicts);
    }
    verdicts.iter().filter(|(_, verdict)| verdict.logged == logged).map(|(index, _)| *index).collect()
}

fn formatted(decider: &Decider, logged: bool, batch: &mut Batch, format: &dyn Format) -> Vec<u8> {
    let mut bytes = Vec::new();
    for index in keep(decider, logged, batch) {
        format.record(batch.record_at(index as usize), &mut bytes);
    }
    bytes
}

fn verdicts(decider: &Decider, batch: &Batch) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (_, verdict) in decider.decide(batch, |_| true) {
        let rule_name = if verdict.logged { verdict.rule_name } else { "" };
        let line = Line { logged: verdict.logged, rule_name };
        bytes.extend_from_slice(json::line(&line).as_bytes());
        bytes.push(b'\n');
    }
    bytes
}
