//! `threadhunt config explain`: why a configuration logs an event or drops it.
//!
//! Workers select; what is printed is made here, in order and up to the limit, from the same walk
//! that decides. The tree for people is in [`text`], the objects for programs in [`json`].

mod json;
mod sheet;
mod text;

use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use threadhunt::event::{Batch, Record};
use threadhunt::filter::{Kinds, Selection};

use super::SysmonArgs;
use super::decide::refuse_stdin_for_both;
use super::words::Words;
use crate::commands::events::{Ids, NarrowArgs, parse_ids};
use crate::exit;
use crate::input::InputArgs;
use crate::output::{OutputArgs, width};
use crate::reading::{Reading, conclude};
use crate::summary::count;
use crate::voice::Voice;

/// Say why a Sysmon configuration logs an event or drops it
///
/// For each event the verdict and its reason in a sentence, the values that the conditions saw, and
/// every filter in the order in which Sysmon tries it, with what came of each condition, which one
/// decided and where the name came from. What does not hold and is far from it is summed up; -v
/// shows all. Logs may also hold bare events: {"id":8,"fields":{"SourceImage":"C:\\x.exe"}}.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExplainArgs {
    /// The configuration
    #[arg(value_name = "FILE")]
    config: PathBuf,

    #[command(flatten)]
    input: InputArgs,

    #[command(flatten)]
    sysmon: SysmonArgs,

    /// Only events with these ids or tags, such as `8` or `1,CreateRemoteThread`
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = parse_ids, help_heading = "Selection")]
    id: Vec<Ids>,

    #[command(flatten)]
    narrow: NarrowArgs,

    /// Explain the first N events
    #[arg(long, value_name = "N", default_value_t = 10, help_heading = "Output")]
    limit: u64,

    /// Form of the output
    #[arg(long, value_enum, default_value_t = Form::Text, value_name = "FORM", help_heading = "Output")]
    format: Form,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// For eyes: a sentence, then the walk as a tree
    Text,
    /// One object a line and event
    Json,
}

const EXAMPLES: &str = "\
Examples:
  threadhunt config explain sysmonconfig.xml --id 8 Sysmon.evtx
  threadhunt config explain sysmonconfig.xml --where EventRecordID=9122 -v Sysmon.evtx
  echo '{\"id\":8,\"fields\":{\"SourceImage\":\"C:\\\\a.exe\"}}' | threadhunt config explain sysmonconfig.xml -";

/// Explains the events.
pub(super) fn run(args: &ExplainArgs, voice: &Voice) -> anyhow::Result<ExitCode> {
    let kinds = if args.id.is_empty() { Kinds::Sysmon } else { Ids::kinds(&args.id) };
    let selection = args.narrow.selection(kinds)?;
    refuse_stdin_for_both(&args.config, &args.input)?;
    let loaded = args.sysmon.load(&args.config)?;
    let Some(policy) = loaded.parsed.policy() else {
        loaded.complain(voice);
        return Ok(exit::USAGE.into());
    };
    let words = Words::new(&loaded.parsed.config);
    let color = voice.color_results && args.output.is_stdout();
    let look = sheet::Look { width: width(), color, all: voice.verbose };
    args.output.spare(args.input.read_paths()?.iter().chain([&args.config]))?;
    let mut output = args.output.open()?;
    let (mut found, mut bytes) = (0, Vec::new());
    let progress = !args.output.is_stdout();
    let reading = Reading { args: &args.input, voice, projection: selection.projection(), progress };
    let select = |batch: &mut Batch| selected(&selection, batch);
    let totals = reading.run(&select, &mut |delivery, _| {
        for index in delivery.output {
            found += 1;
            let Record::Sysmon(event) = delivery.batch.record_at(index) else { continue };
            if found > args.limit {
                continue;
            }
            let explanation = policy.explain(&event);
            bytes.clear();
            match args.format {
                Form::Text => text::push(&words, look, &event, &explanation, found == 1, &mut bytes),
                Form::Json => json::push(&words, &loaded.name, &event, &explanation, &mut bytes),
            }
            output.write_all(&bytes)?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if !totals.stopped {
        output.finish()?;
    }
    let left = found.saturating_sub(args.limit);
    if left > 0 {
        voice.note(&format!("{} not explained (--limit {found})", count(left, "more event", "more events")));
    }
    Ok(conclude(&args.input, voice, &totals).into())
}

/// The indices of the records that are asked for.
fn selected(selection: &Selection, batch: &Batch) -> Vec<usize> {
    let mut scratch = Vec::new();
    let records = batch.records().enumerate();
    records.filter(|(_, record)| selection.holds(*record, &mut scratch)).map(|(index, _)| index).collect()
}
