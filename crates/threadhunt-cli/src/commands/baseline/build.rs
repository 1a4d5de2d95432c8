//! `threadhunt baseline build`: a baseline out of logs.

use std::io::Write;
use std::ops::ControlFlow;
use std::process::ExitCode;

use clap::Args;
use threadhunt::detect::{Learner, Unlearned, sightings};
use threadhunt::event::Batch;

use crate::commands::rules::WeightsArgs;
use crate::exit;
use crate::input::InputArgs;
use crate::output::OutputArgs;
use crate::reading::{Reading, conclude};
use crate::summary::count;
use crate::voice::Voice;

/// Learn a baseline from logs
///
/// Take logs of ordinary days, of as many computers as there are; what an attacker did on these days
/// passes for ordinary. Copies of a log change nothing.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct BuildArgs {
    #[command(flatten)]
    input: InputArgs,

    #[command(flatten)]
    weights: WeightsArgs,

    #[command(flatten)]
    output: OutputArgs,
}

const EXAMPLES: &str = "\
Examples:
  threadhunt baseline build logs-of-march/ -o march.baseline
  threadhunt scan --baseline march.baseline evidence/";

/// Learns and writes.
pub(super) fn run(args: &BuildArgs, voice: &Voice) -> anyhow::Result<ExitCode> {
    let rules = args.weights.rules()?;
    args.output.spare(args.input.read_paths()?)?;
    let mut output = args.output.open()?;
    let mut learner = Learner::default();
    let reading = Reading {
        args: &args.input,
        voice,
        projection: Learner::projection(),
        progress: !args.output.is_stdout(),
    };
    let totals = reading.run(&|batch: &mut Batch| sightings(&rules, batch), &mut |delivery, _| {
        learner.add(delivery.output)?;
        Ok(ControlFlow::Continue(()))
    })?;
    let (baseline, unlearned) = learner.finish()?;
    let known = baseline.overview();
    if known.hosts == 0 && !totals.stopped {
        tell(unlearned, voice);
        voice.line("nothing learnt: the input has no Sysmon event with a time; no baseline was written");
        let read = conclude(&args.input, voice, &totals);
        return Ok(if read == exit::SUCCESS { exit::USAGE } else { read }.into());
    }
    // What was interrupted is not complete, and a file must not look as if it were.
    if !totals.stopped {
        output.write_all(&baseline.write())?;
        output.flush()?;
        output.finish()?;
    }
    tell(unlearned, voice);
    voice.note(&format!(
        "{} of {} and {} learnt",
        count(known.habits.len() as u64, "habit", "habits"),
        count(known.hosts, "host", "hosts"),
        count(known.days, "day", "days"),
    ));
    if let Some(since) = known.since {
        voice.warn(&format!("days before {since} were dropped: a baseline has no room for more"));
    }
    Ok(conclude(&args.input, voice, &totals).into())
}

fn tell(unlearned: Unlearned, voice: &Voice) {
    let Unlearned { nameless, undated } = unlearned;
    let threads = |number| count(number, "remote thread", "remote threads");
    if nameless > 0 {
        voice.note(&format!("nothing learnt from {} whose source or target has no name", threads(nameless)));
    }
    if undated > 0 {
        voice.note(&format!("nothing learnt from {} without a time between 1970 and 2149", threads(undated)));
    }
}
