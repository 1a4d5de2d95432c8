//! `threadhunt config run`: which events of a log a configuration would have logged.
//!
//! Workers decide, set the name that Sysmon would set, and format; here their bytes are only
//! copied. What each rule did is counted beside, and told at the end.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use clap::Args;
use serde::Serialize;
use threadhunt::config::{Decider, Decision, Policy, Verdict};
use threadhunt::event::{Batch, Projection, Record};
use threadhunt::sink::{self, Format};
use threadhunt::source::Totals;

use super::usage::{Tally, tell};
use super::{Loaded, SysmonArgs, draw};
use crate::commands::events::{format_names, log};
use crate::exit;
use crate::input::InputArgs;
use crate::output::{OutputArgs, width};
use crate::reading::{Reading, conclude};
use crate::voice::Voice;

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
    let loaded = args.sysmon.load(&args.config)?;
    let Some(policy) = loaded.parsed.policy() else {
        complain(&loaded, voice);
        return Ok(exit::USAGE.into());
    };
    let judge =
        Judge { policy: &policy, idle: Mutex::default(), dropped: args.dropped, tally: Mutex::default() };
    let totals = match args.format.as_str() {
        log::NAME => {
            let select = |batch: &mut Batch| judge.keep(batch);
            log::write(&args.output, reading(args, voice, true), None, &select)?
        }
        name => print(args, name, &judge, voice)?,
    };
    let tally = judge.tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    tell(&loaded.parsed.config, &tally, voice);
    Ok(conclude(&args.input, voice, &totals).into())
}

/// Says why Sysmon would refuse the configuration.
fn complain(loaded: &Loaded, voice: &Voice) {
    let renderer = draw::renderer(voice.color, width());
    let lines = draw::Lines::new(&loaded.parsed.config.text);
    let complaints = loaded.parsed.diagnostics.iter();
    for error in complaints.filter(|complaint| complaint.level() == threadhunt::report::Level::Error) {
        voice.line(&draw::draw(&renderer, loaded, &lines, error));
    }
}

fn reading<'a>(args: &'a RunArgs, voice: &'a Voice, progress: bool) -> Reading<'a> {
    Reading { args: &args.input, voice, projection: Projection::sysmon(), progress }
}

/// Prints the events in a format of the table, or the verdicts.
fn print(args: &RunArgs, format: &str, judge: &Judge<'_>, voice: &Voice) -> anyhow::Result<Totals> {
    let format = sink::format(format, &[]).with_context(|| format!("no format `{format}`"))?;
    let mut output = args.output.open()?;
    let mut frame = Vec::new();
    if !args.verdicts {
        format.begin(&mut frame);
    }
    output.write_all(&frame)?;
    let stage = |batch: &mut Batch| match args.verdicts {
        true => judge.verdicts(batch),
        false => judge.formatted(batch, &*format),
    };
    let totals = reading(args, voice, !args.output.is_stdout()).run(&stage, &mut |delivery, _| {
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

/// Decides, on the workers.
struct Judge<'d> {
    policy: &'d Policy,
    /// Those that no worker uses at the moment.
    idle: Mutex<Vec<Decider<'d>>>,
    /// Whether the events that are dropped are kept, and not the others.
    dropped: bool,
    tally: Mutex<Tally>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A verdict in JSON; the names are a promise.
#[derive(Serialize)]
struct Line<'v> {
    logged: bool,
    rule_name: &'v str,
}

impl<'d> Judge<'d> {
    /// The verdicts on the events of a batch, with the indices of their records.
    fn decide(&self, batch: &Batch) -> Vec<(u32, Verdict<'d>)> {
        let mut decider = lock(&self.idle).pop().unwrap_or_else(|| self.policy.decider());
        let records = (0u32..).zip(batch.records());
        let events = records.filter_map(|(index, record)| match record {
            Record::Sysmon(event) => Some((index, decider.decide(&event))),
            Record::Other(_) => None,
        });
        let verdicts: Vec<_> = events.collect();
        lock(&self.idle).push(decider);
        lock(&self.tally).add(verdicts.iter().map(|(_, verdict)| verdict));
        verdicts
    }

    /// Names the events that are logged, and returns which records to keep.
    fn keep(&self, batch: &mut Batch) -> Vec<u32> {
        let mut kept = Vec::new();
        for (index, verdict) in self.decide(batch) {
            if verdict.logged == self.dropped {
                continue;
            }
            if verdict.logged && verdict.decision != Decision::Unfiltered {
                let name = if verdict.rule_name.is_empty() { "-" } else { verdict.rule_name };
                batch.set_rule_name(index as usize, name);
            }
            kept.push(index);
        }
        kept
    }

    fn formatted(&self, batch: &mut Batch, format: &dyn Format) -> Vec<u8> {
        let mut bytes = Vec::new();
        for index in self.keep(batch) {
            format.record(batch.record_at(index as usize), &mut bytes);
        }
        bytes
    }

    fn verdicts(&self, batch: &Batch) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (_, verdict) in self.decide(batch) {
            let rule_name = if verdict.logged { verdict.rule_name } else { "" };
            let line = Line { logged: verdict.logged, rule_name };
            bytes.extend(serde_json::to_vec(&line).expect("a text and a truth value are JSON"));
            bytes.push(b'\n');
        }
        bytes
    }
}
