//! `threadhunt events`: prints events, filtered, in a format of choice.
//!
//! What is asked for is known before reading, so that nothing else is decoded. Workers
//! filter and format; here their bytes are only copied, in order, up to the limit.

use std::io::Write;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, ensure};
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{ArgGroup, Args};
use threadhunt::event::{Batch, FileTime, Wildcard};
use threadhunt::filter::{Condition, Kinds, Selection};
use threadhunt::schema::{Platform, Topic, find};
use threadhunt::sink::evtx::{EvtxWriteError, EvtxWriter};
use threadhunt::sink::{self, Format};
use threadhunt::source::{Stage, Totals};

use crate::input::InputArgs;
use crate::output::{Output, OutputArgs};
use crate::reading::{Reading, Reporter, conclude};
use crate::summary::count;
use crate::voice::Voice;

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

    /// Stop after N events
    #[arg(long, value_name = "N", help_heading = "Output")]
    limit: Option<u64>,

    /// Form of the output
    #[arg(long, value_parser = format_names(), default_value = "text", help_heading = "Output")]
    format: String,

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
  zcat export.xml.gz | threadhunt events --format csv -o threads.csv -";

/// Event ids of one argument: a tag may stand for several.
#[derive(Clone, Debug)]
struct Ids(Vec<u16>);

fn parse_ids(text: &str) -> Result<Ids, String> {
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

/// The one format that has memory, so that workers cannot write it.
const EVTX: &str = "evtx";

/// The formats of the library's table, and event logs.
fn format_names() -> PossibleValuesParser {
    let names = sink::FORMATS.iter().map(|row| PossibleValue::new(row.name).help(row.doc));
    PossibleValuesParser::new(
        names.chain([PossibleValue::new(EVTX).help("a Windows event log; needs -o FILE")]),
    )
}

impl SelectArgs {
    fn selection(&self) -> anyhow::Result<Selection> {
        let conditions = self.conditions.iter().map(|text| Condition::parse(text, self.all_providers));
        let conditions = conditions.collect::<Result<_, _>>().context("--where")?;
        let computers = self.computer.iter().map(|name| Wildcard::new(name)).collect();
        Ok(Selection { kinds: self.kinds(), from: self.from, to: self.to, computers, conditions })
    }

    fn kinds(&self) -> Kinds {
        if self.all_providers {
            return Kinds::All;
        }
        if self.all {
            return Kinds::Sysmon;
        }
        let mut ids: Vec<u16> = self.id.iter().flat_map(|ids| ids.0.iter().copied()).collect();
        ids.sort_unstable();
        ids.dedup();
        Kinds::Ids(ids)
    }
}

/// Prints the events.
pub(crate) fn run(args: &EventsArgs, voice: &Voice) -> anyhow::Result<ExitCode> {
    let selection = args.select.selection()?;
    let ids = if let Kinds::Ids(ids) = &selection.kinds { &ids[..] } else { &[] };
    let format = sink::format(&args.format, ids);
    let mut printer = Printer::begin(args.output.open()?, format.as_deref())?;
    let mut left = args.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let select = Select { selection: &selection, format: format.as_deref(), spare: Mutex::default() };
    let reading = Reading {
        args: &args.input,
        voice,
        projection: selection.projection(),
        progress: !args.output.is_stdout(),
    };
    let totals = reading.run(&select, &mut |delivery, reporter| {
        let kept = &delivery.output.records;
        let kept = &kept[..kept.len().min(left)];
        left -= kept.len();
        printer.print(kept, &delivery.output.bytes, delivery.batch, reporter)?;
        select.recycle(delivery.output);
        Ok(if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    // What was interrupted is not complete, and a file must not look as if it were.
    if !totals.stopped {
        printer.end(format.as_deref())?;
    }
    tell_of_others(&selection, &totals, voice);
    Ok(conclude(&args.input, voice, &totals).into())
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
    selection: &'s Selection,
    /// `None` where the records are written in order, by [`Printer`].
    format: Option<&'s dyn Format>,
    /// Buffers that were printed and can be used again.
    spare: Mutex<Vec<Kept>>,
}

/// What a batch has to print.
#[derive(Debug, Default)]
struct Kept {
    records: Vec<KeptRecord>,
    bytes: Vec<u8>,
}

/// A record that passed.
#[derive(Debug)]
struct KeptRecord {
    /// Its place in the batch.
    index: usize,
    /// Where it ends in the bytes.
    end: usize,
}

impl Stage for Select<'_> {
    type Output = Kept;

    fn process(&self, batch: &mut Batch) -> Kept {
        let mut kept = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let mut scratch = Vec::new();
        for (index, record) in batch.records().enumerate() {
            if !self.selection.holds(record, &mut scratch) {
                continue;
            }
            if let Some(format) = self.format {
                format.record(record, &mut kept.bytes);
            }
            kept.records.push(KeptRecord { index, end: kept.bytes.len() });
        }
        kept
    }
}

impl Select<'_> {
    fn recycle(&self, mut kept: Kept) {
        kept.bytes.clear();
        kept.records.clear();
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(kept);
    }
}

/// Writes what was kept.
enum Printer {
    /// Bytes of a format.
    Bytes(Output),
    /// An event log.
    Log(Box<EvtxWriter<Output>>),
}

impl Printer {
    fn begin(output: Output, format: Option<&dyn Format>) -> anyhow::Result<Self> {
        let Some(format) = format else {
            ensure!(output.can_seek(), "an event log can only be written to a file: name it with -o FILE");
            return Ok(Self::Log(Box::new(EvtxWriter::new(output)?)));
        };
        let mut output = output;
        let mut bytes = Vec::new();
        format.begin(&mut bytes);
        output.write_all(&bytes)?;
        Ok(Self::Bytes(output))
    }

    fn print(
        &mut self,
        kept: &[KeptRecord],
        bytes: &[u8],
        batch: &Batch,
        reporter: &mut Reporter<'_>,
    ) -> anyhow::Result<()> {
        match self {
            Self::Bytes(output) => output.write_all(&bytes[..kept.last().map_or(0, |record| record.end)])?,
            Self::Log(writer) => {
                for record in kept {
                    match writer.write(batch.record_at(record.index)) {
                        Err(EvtxWriteError::Refused(damage)) => reporter.refuse(&batch.origin, &damage),
                        written => written?,
                    }
                }
            }
        }
        Ok(())
    }

    fn end(self, format: Option<&dyn Format>) -> anyhow::Result<()> {
        let output = match self {
            Self::Log(writer) => writer.finish()?,
            Self::Bytes(mut output) => {
                let mut bytes = Vec::new();
                if let Some(format) = format {
                    format.end(&mut bytes);
                }
                output.write_all(&bytes)?;
                output
            }
        };
        output.finish()
    }
}
