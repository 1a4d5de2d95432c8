//! `threadhunt events`: prints events, filtered, in a format of choice.
//!
//! What is asked for is known before reading, so that nothing else is decoded. Workers
//! filter and format; here their bytes are only copied, in order, up to the limit.

mod folder;
mod log;
mod names;
pub(super) mod ordered;
#[cfg(feature = "lake")]
mod tables;

use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{ArgGroup, Args};
use threadhunt::event::{Batch, FileTime, Projection, Record, Wildcard};
use threadhunt::filter::{Condition, Kinds, Selection};
use threadhunt::schema::{Platform, Topic, find};
use threadhunt::sink::{self, Choice, Format, Naming};
use threadhunt::source::{Stage, Totals};

use super::config::decide::{Lens, Through, ThroughArgs};
use crate::input::InputArgs;
use crate::output::{Output, OutputArgs};
use crate::reading::{Reading, conclude};
use crate::summary::count;
use crate::voice::Voice;
use crate::{exit, interrupt};

/// Print events
///
/// Remote threads (event 8) unless told otherwise. Times are UTC. A span holds its beginning and not
/// its end: `--from 2020-10-17 --to 2020-10-18` is that one day.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("kinds").args(["id", "all", "all_providers"]), after_help = EXAMPLES)]
pub(crate) struct EventsArgs {
    #[command(flatten)]
    input: InputArgs,

    #[command(flatten)]
    select: SelectArgs,

    #[command(flatten)]
    through: ThroughArgs,

    /// Stop after N events
    #[arg(long, value_name = "N", help_heading = "Output")]
    limit: Option<u64>,

    /// Form of the output
    ///
    /// Where --output is a directory, or ends with `/`, each event type has a file there, such as
    /// `8-CreateRemoteThread.jsonl`.
    #[arg(long, value_parser = format_names(), default_value = "text", help_heading = "Output")]
    format: String,

    #[command(flatten)]
    names: names::NameArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Which events.
#[derive(Args, Debug)]
#[command(next_help_heading = "Selection")]
struct SelectArgs {
    /// Sysmon events with these ids or tags, such as `8` or `1,CreateRemoteThread`
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = parse_ids, default_value = "8")]
    id: Vec<Ids>,

    /// All Sysmon events
    #[arg(long)]
    all: bool,

    /// Every record of every provider
    #[arg(long)]
    all_providers: bool,

    #[command(flatten)]
    narrow: NarrowArgs,
}

/// Which of them.
#[derive(Args, Debug)]
#[command(next_help_heading = "Selection")]
pub(super) struct NarrowArgs {
    /// Only of this time or later: `2020-10-17`, `2020-10-17 11:43`, or RFC 3339
    ///
    /// The time of an event is its UtcTime, or that of its record where it has none.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    from: Option<FileTime>,

    /// Only before this time
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    to: Option<FileTime>,

    /// Only of this computer; with `*` and `?`, letter case ignored; repeated: any of them
    #[arg(long, value_name = "NAME")]
    computer: Vec<String>,

    /// Only where this field fits this value; with `*` and `?`, letter case ignored; repeated: all of them
    ///
    /// The field is one of Sysmon's (`threadhunt dictionary` lists them) or of the record's system
    /// section. An empty value asks for a field that is there and empty, or `-`.
    #[arg(long = "where", value_name = "FIELD=VALUE")]
    conditions: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  threadhunt events Sysmon.evtx
  threadhunt events --id 1,8,10 --format jsonl evidence.zip
  threadhunt events --where 'SourceImage=*\\Temp\\*' --computer 'ws*' logs/
  threadhunt events --all --computer srv-1 --format evtx -o srv-1.evtx forwarded.evtx
  threadhunt events --config sysmonconfig.xml --where 'RuleName=*T1055*' Sysmon.evtx
  zcat export.xml.gz | threadhunt events --format csv -o threads.csv -
  threadhunt events --format jsonl --names ossem Sysmon.evtx
  threadhunt events --all --format bulk --names ecs logs/ > sysmon.ndjson
  threadhunt events --all --format csv -o events/ evidence.zip
  threadhunt events --all --format parquet --names ecs -o lake/ evidence/";

/// The format whose files have to have a name of their kind.
const TIMESKETCH: &str = "timesketch";

/// Event ids of one argument: a tag may stand for several.
#[derive(Clone, Debug)]
pub(super) struct Ids(Vec<u16>);

impl Ids {
    /// The ids of several arguments, each once.
    pub(super) fn kinds(ids: &[Self]) -> Kinds {
        let mut ids: Vec<u16> = ids.iter().flat_map(|ids| ids.0.iter().copied()).collect();
        ids.sort_unstable();
        ids.dedup();
        Kinds::Ids(ids)
    }
}

pub(super) fn parse_ids(text: &str) -> Result<Ids, String> {
    if let Ok(id) = text.trim().parse() {
        return Ok(Ids(vec![id]));
    }
    match find(Platform::Windows, text.trim()) {
        Ok(Topic::Events(events)) => Ok(Ids(events.iter().map(|event| event.id).collect())),
        Ok(Topic::Fields(_)) => Err("it is a field, not an event".to_owned()),
        Err(unknown) => Err(unknown.to_string()),
    }
}

fn parse_time(text: &str) -> Result<FileTime, String> {
    FileTime::parse(text)
        .ok_or_else(|| "a time such as 2020-10-17, 2020-10-17 11:43 or 2020-10-17T11:43:00Z".to_owned())
}

/// The formats of the library's table, and those that are no formats of single records.
pub(super) fn format_names() -> PossibleValuesParser {
    let rows = sink::FORMATS.iter().map(|row| PossibleValue::new(row.name).help(row.doc));
    PossibleValuesParser::new(rows.chain(ordered::names()))
}

impl SelectArgs {
    fn selection(&self) -> anyhow::Result<Selection> {
        self.narrow.selection(match (self.all_providers, self.all) {
            (true, _) => Kinds::All,
            (_, true) => Kinds::Sysmon,
            _ => Ids::kinds(&self.id),
        })
    }
}

impl NarrowArgs {
    /// These kinds of records, narrowed.
    pub(super) fn selection(&self, kinds: Kinds) -> anyhow::Result<Selection> {
        let any_field = kinds == Kinds::All;
        let conditions = self.conditions.iter().map(|text| Condition::parse(text, any_field));
        let conditions = conditions.collect::<Result<_, _>>().context("--where")?;
        let computers = self.computer.iter().map(|name| Wildcard::new(name)).collect();
        Ok(Selection { kinds, from: self.from, to: self.to, computers, conditions })
    }
}

/// Prints the events.
pub(crate) fn run(args: &EventsArgs, voice: &Voice) -> anyhow::Result<ExitCode> {
    let selection = args.select.selection()?;
    args.names.refuse_others(&args.format)?;
    let lens = match args.through.load(&args.input, voice)? {
        Through::Refused => return Ok(exit::USAGE.into()),
        Through::Logged(lens) => Some(lens),
        Through::All => None,
    };
    let view = View { selection: &selection, lens: lens.as_deref() };
    args.output.spare(args.input.read_paths()?)?;
    // Files are begun before reading does.
    interrupt::stop_flag()?;
    let totals = match ordered::find(&args.format) {
        Some(row) => write_in_order(args, row, view, voice)?,
        None => print(args, &args.format, view, voice)?,
    };
    // Up to a limit, how far the workers had looked ahead is chance.
    lens.iter().filter(|_| args.limit.is_none()).for_each(|lens| lens.tell(voice));
    tell_of_others(&selection, &totals, voice);
    if args.format == TIMESKETCH && args.output.lacks_extension("jsonl") {
        voice.note("Timesketch imports files whose name ends in .jsonl");
    }
    Ok(conclude(&args.input, voice, &totals).into())
}

/// What is seen of the inputs.
#[derive(Clone, Copy)]
struct View<'v> {
    selection: &'v Selection,
    lens: Option<&'v Lens>,
}

impl<'v> View<'v> {
    /// The ids that are asked for; none where there are many.
    fn ids(self) -> &'v [u16] {
        if let Kinds::Ids(ids) = &self.selection.kinds { ids } else { &[] }
    }

    fn projection(self) -> Projection {
        let wanted = self.selection.projection();
        self.lens.map_or(wanted.clone(), |lens| lens.projection(wanted))
    }

    /// Leaves in the batch what the configuration logs, and returns which of that is asked for.
    ///
    /// The selection looks at events as they are after that, so it may ask for new names.
    fn select<'b>(self, batch: &'b mut Batch) -> impl Iterator<Item = (u32, Record<'b>)> {
        let mut scratch = Vec::new();
        if let Some(lens) = self.lens {
            let kept = lens.look(batch, |event| self.selection.holds(Record::Sysmon(event), &mut scratch));
            batch.retain(&kept);
        }
        let records = (0u32..).zip(batch.records());
        records.filter(move |(_, record)| self.selection.holds(*record, &mut scratch))
    }
}

/// Writes the events into an event log or a table.
fn write_in_order(
    args: &EventsArgs,
    row: &ordered::Row,
    view: View<'_>,
    voice: &Voice,
) -> anyhow::Result<Totals> {
    let reading = Reading { args: &args.input, voice, projection: view.projection(), progress: true };
    let select = |batch: &mut Batch| view.select(batch).map(|(index, _)| index).collect();
    let naming = args.names.naming(row.name, view.selection)?;
    let wanted = ordered::Wanted { output: &args.output, ids: view.ids(), naming };
    ordered::write(row, wanted, reading, args.limit, &select)
}

/// Prints the events in a format of the table.
fn print(args: &EventsArgs, format: &str, view: View<'_>, voice: &Voice) -> anyhow::Result<Totals> {
    let row = sink::format_row(format).with_context(|| format!("no format `{format}`"))?;
    let naming = args.names.naming(format, view.selection)?;
    let choice = Choice { ids: view.ids(), naming, index: args.names.index() };
    if let Some(directory) = args.output.directory() {
        let made = args.output.make_directory(directory)?;
        let reading = Reading { args: &args.input, voice, projection: view.projection(), progress: true };
        let types = folder::Types::new(view, row, &choice);
        let totals = folder::print(&args.output, directory, reading, &types, args.limit)?;
        tell_of_replaced(types.replaced(), choice.naming, voice);
        if !totals.stopped {
            made.keep();
        }
        return Ok(totals);
    }
    let format = row.with(&choice);
    let mut printer = Printer { output: args.output.open()?, left: args.limit };
    printer.frame(|out| format.begin(out))?;
    let select = Select { view, format: &*format, spare: Mutex::default() };
    let reading = Reading {
        args: &args.input,
        voice,
        projection: view.projection(),
        // Only a terminal would mix the results with it.
        progress: !(args.output.is_stdout() && io::stdout().is_terminal()),
    };
    let totals = reading.run(&select, &mut |delivery, _| {
        let flow = printer.print(&delivery.output)?;
        select.recycle(delivery.output);
        Ok(flow)
    })?;
    tell_of_replaced(format.replaced(), choice.naming, voice);
    printer.frame(|out| format.end(out))?;
    // What was interrupted is not complete, and a file must not look as if it were.
    if !totals.stopped {
        printer.output.finish()?;
    }
    Ok(totals)
}

/// Warns of characters that the format could not hold.
fn tell_of_replaced(replaced: u64, naming: Option<Naming>, voice: &Voice) {
    if replaced > 0 {
        let what = count(replaced, "character", "characters");
        let names =
            if naming.is_some_and(|naming| !naming.vocabulary.is_own()) { " without --names" } else { "" };
        voice.warn(&format!(
            "{what} that the format cannot hold written as U+FFFD; --format jsonl{names} keeps all"
        ));
    }
}

/// Says what there was beside the events asked for.
fn tell_of_others(selection: &Selection, totals: &Totals, voice: &Voice) {
    let counts = &totals.counts;
    let unasked = |(id, count): (u16, &u64)| if selection.wants(Some(id)) { 0 } else { *count };
    let sysmon: u64 = (0..).zip(&counts.sysmon).map(unasked).sum();
    let others = if selection.wants(None) { 0 } else { counts.others };
    let mut parts = Vec::new();
    if sysmon > 0 {
        parts.push(format!("{} (--all)", count(sysmon, "other Sysmon event", "other Sysmon events")));
    }
    if others > 0 {
        let text = count(others, "record of another provider", "records of other providers");
        parts.push(format!("{text} (--all-providers)"));
    }
    if !parts.is_empty() {
        voice.note(&format!("not asked for: {}", parts.join(", ")));
    }
}

/// Filters and formats, on the workers.
struct Select<'s> {
    view: View<'s>,
    format: &'s dyn Format,
    /// Buffers that were printed and can be used again.
    spare: Mutex<Vec<Kept>>,
}

/// What a batch has to print.
#[derive(Debug, Default)]
struct Kept {
    bytes: Vec<u8>,
    /// Where each record ends in the bytes.
    ends: Vec<usize>,
}

impl Stage for Select<'_> {
    type Output = Kept;

    fn process(&self, batch: &mut Batch) -> Kept {
        let mut kept = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        for (_, record) in self.view.select(batch) {
            self.format.record(record, &mut kept.bytes);
            kept.ends.push(kept.bytes.len());
        }
        kept
    }
}

impl Select<'_> {
    fn recycle(&self, mut kept: Kept) {
        kept.bytes.clear();
        kept.ends.clear();
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(kept);
    }
}

/// Writes what was kept, up to the limit.
struct Printer {
    output: Output,
    /// How many records may still be printed.
    left: Option<u64>,
}

impl Printer {
    fn print(&mut self, kept: &Kept) -> anyhow::Result<ControlFlow<()>> {
        let Some(left) = &mut self.left else {
            self.output.write_all(&kept.bytes)?;
            return Ok(ControlFlow::Continue(()));
        };
        let keep = kept.ends.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
        let end = keep.checked_sub(1).map_or(0, |last| kept.ends[last]);
        *left -= keep as u64;
        self.output.write_all(&kept.bytes[..end])?;
        Ok(if *left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    /// Writes what stands before or after all records.
    fn frame(&mut self, fill: impl FnOnce(&mut Vec<u8>)) -> anyhow::Result<()> {
        let mut bytes = Vec::new();
        fill(&mut bytes);
        Ok(self.output.write_all(&bytes)?)
    }
}
