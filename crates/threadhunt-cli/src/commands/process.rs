//! `threadhunt process`: the story of one process, from all events of the inputs.
//!
//! The inputs are read twice, as by `scan`: for who started whom and who injected into whom, and
//! then for what those did who belong to the story. A pid that names several processes gives a list
//! to choose from, since nothing tells which one is meant.

use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use threadhunt::detect::{AskedFor, Cast, Graph, Telling, Who};
use threadhunt::event::{Batch, Guid, Wildcard};
use threadhunt::report::{Candidate, Story};
use threadhunt::sink::scan::{write_candidates, write_candidates_jsonl, write_story, write_story_jsonl};
use threadhunt::source::{Inputs, Options, Totals, run as read_again};

use crate::exit;
use crate::input::InputArgs;
use crate::interrupt;
use crate::output::OutputArgs;
use crate::reading::{Reading, conclude};
use crate::summary::{count, grouped};
use crate::voice::Voice;

/// Tell the story of one process: who started it, what it did, who created threads in it, where it went on
///
/// Ancestors, and what Sysmon's events show of the process in the order of time; what its children did,
/// and the processes in which it created threads, stands below the event that leads to them. What the
/// input does not say stays unknown, and is said to be.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ProcessArgs {
    /// Its ProcessGuid, with or without braces, or its pid; a pid that names several gives a list
    #[arg(value_name = "GUID|PID", value_parser = parse_who)]
    process: Who,

    #[command(flatten)]
    input: InputArgs,

    /// Only processes of this computer; `*` and `?` stand for anything
    #[arg(long, value_name = "NAME", help_heading = "Selection")]
    computer: Option<String>,

    /// How many steps children and targets are followed, and those who created threads in it traced back
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(0..=i64::from(Story::MAX_DEPTH)), help_heading = "Selection")]
    depth: u8,

    /// Lines of each process and kind of event; the rest is counted
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=256), help_heading = "Output")]
    limit: u16,

    /// Form of the output
    #[arg(long, value_enum, default_value_t = Form::Text, value_name = "FORM", help_heading = "Output")]
    format: Form,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For eyes: a tree in time
    Text,
    /// An object a line: the story, then its processes
    Jsonl,
}

fn parse_who(text: &str) -> Result<Who, String> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let pid = hexadecimal.map_or_else(|| text.parse().ok(), |digits| u64::from_str_radix(digits, 16).ok());
    let guid = || Guid::parse(text).filter(|guid| !guid.is_nil()).map(Who::Guid);
    pid.map(Who::Pid).or_else(guid).ok_or_else(|| "a ProcessGuid or a pid".to_owned())
}

const EXAMPLES: &str = "\
Examples:
  threadhunt process 6012 Sysmon.evtx
  threadhunt process {747f3d96-d8e5-5f8a-0000-0010e1bc7200} evidence/
  threadhunt process 4 --computer 'ws-anna*' --format jsonl evidence/";

/// Reads the inputs and tells the story.
pub(crate) fn run(args: &ProcessArgs, voice: &Voice) -> anyhow::Result<ExitCode> {
    let sought = AskedFor { who: args.process, computer: args.computer.as_deref().map(Wildcard::new) };
    let inputs = args.input.inputs()?;
    args.output.spare(args.input.read_paths()?)?;
    let output = args.output.open()?;
    let stop = interrupt::stop_flag()?;
    let inputs = inputs.spooled(&stop);
    let options = args.input.options(AskedFor::projection(), stop);
    let (graph, mut totals) = gather(args, voice, &sought, (&inputs, &options))?;
    let (candidates, total) = (graph.candidates(), graph.meant());
    let without_guid = graph.without_guid();
    let mut out = BufWriter::new(output);
    match candidates.as_slice() {
        _ if totals.stopped => {}
        [] => voice.error(&anyhow!(missing(args.process, without_guid))),
        [asked] => {
            let cast = graph.cast(asked, args.depth.into());
            drop(graph);
            let story = tell(args, cast, (&inputs, &options), &mut totals);
            print_story(args, voice, &story, &mut out)?;
        }
        several => {
            voice.line(&format!(
                "{} this name; ask for one by its GUID, or with --computer",
                listed(several.len() as u64, total)
            ));
            print_candidates(args, voice, (several, total), &mut out)?;
        }
    }
    let is_missing = candidates.is_empty() && !totals.stopped;
    if !is_missing && without_guid > 0 {
        voice.note(&nameless(args.process, without_guid));
    }
    out.flush()?;
    let output = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    // What was interrupted is not complete, and a file must not look as if it were.
    if !totals.stopped && !is_missing {
        output.finish()?;
    }
    let code = conclude(&args.input, voice, &totals);
    Ok(if is_missing { exit::USAGE } else { code }.into())
}

/// Why there is nothing to tell.
fn missing(who: Who, without_guid: u64) -> String {
    let others = if without_guid > 0 { format!("; {}", nameless(who, without_guid)) } else { String::new() };
    format!("no such process in the input{others}")
}

/// `3 records name pid 100 without a ProcessGuid, so whose they are cannot be told`.
fn nameless(who: Who, records: u64) -> String {
    let Who::Pid(pid) = who else { return String::new() };
    let records = count(records, "record names", "records name");
    format!("{records} pid {pid} without a ProcessGuid, so whose they are cannot be told")
}

/// How many processes there are to choose from, and how many of them are listed.
fn listed(listed: u64, (total, is_least): (u64, bool)) -> String {
    if listed == total {
        return count(total, "process has", "processes have");
    }
    let least = if is_least { "at least " } else { "" };
    format!("{} shown of {least}{} that have", grouped(listed), grouped(total))
}

fn gather(
    args: &ProcessArgs,
    voice: &Voice,
    sought: &AskedFor,
    (inputs, options): (&Inputs, &Options),
) -> anyhow::Result<(Graph, Totals)> {
    let mut graph = Graph::default();
    let reading =
        Reading { args: &args.input, voice, projection: options.projection.clone(), progress: true };
    let kin = |batch: &mut Batch| sought.extract(batch);
    let totals = reading.read(inputs, options, &kin, &mut |delivery, _| {
        graph.add(delivery.output);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok((graph, totals))
}

/// The second reading: its damages were told of in the first, and its events counted.
fn tell(
    args: &ProcessArgs,
    cast: Cast,
    (inputs, options): (&Inputs, &Options),
    totals: &mut Totals,
) -> Story {
    let options = Options { projection: Cast::projection(), ..options.clone() };
    let mut telling = Telling::new(cast.clone());
    let told = |batch: &mut Batch| cast.extract(batch);
    let again = read_again(inputs, &options, &told, &mut |delivery| {
        telling.add(delivery.output);
        ControlFlow::Continue(())
    });
    totals.elapsed += again.elapsed;
    totals.stopped |= again.stopped;
    telling.finish(args.limit.into())
}

fn print_story(args: &ProcessArgs, voice: &Voice, story: &Story, out: &mut dyn Write) -> anyhow::Result<()> {
    match args.format {
        Form::Text => write_story(story, args.output.look(voice), out)?,
        Form::Jsonl => write_story_jsonl(story, out)?,
    }
    Ok(())
}

fn print_candidates(
    args: &ProcessArgs,
    voice: &Voice,
    (candidates, total): (&[Candidate], (u64, bool)),
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    match args.format {
        Form::Text => write_candidates(candidates, args.output.look(voice), out)?,
        Form::Jsonl => write_candidates_jsonl(candidates, total, out)?,
    }
    Ok(())
}
