//! `threadhunt scan`: which processes created threads in which others, and what the logs cover.
//!
//! The inputs are read once, and a second time only where event 8 leaves a process without a
//! name; so what can be read only once is put aside first. Damage is told of in the first
//! reading. Workers extract; here their facts are gathered in order.

use std::io::BufWriter;
use std::io::Write;
use std::ops::ControlFlow;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use threadhunt::detect::{self, Copies, Kept, Scan, Wanted};
use threadhunt::event::{Batch, Projection};
use threadhunt::report::Scanned;
use threadhunt::sink::scan::{Look, write_csv, write_jsonl, write_table};
use threadhunt::source::{Inputs, Options, Totals, run as read_again};

use super::config::decide::{Lens, Through, ThroughArgs};
use crate::input::InputArgs;
use crate::output::{DEFAULT_WIDTH, Output, OutputArgs, width};
use crate::reading::{Reading, conclude};
use crate::voice::Voice;
use crate::{exit, interrupt};

/// Find remote threads: which processes created threads in which others
///
/// One result for each source and target process, then what the logs cover: a log without any event
/// 8 proves nothing. Copies of a log count once.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ScanArgs {
    #[command(flatten)]
    input: InputArgs,

    /// Count every record, also where several hold one event, as in copies and shadow copies
    #[arg(long, help_heading = "Reading")]
    no_dedup: bool,

    #[command(flatten)]
    through: ThroughArgs,

    /// Form of the output
    #[arg(long, value_enum, default_value_t = Form::Table, value_name = "FORM", help_heading = "Output")]
    format: Form,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// For eyes: as wide as the terminal
    Table,
    /// An object a line: findings, then coverage
    Jsonl,
    /// A row for each pair of processes and start; without coverage
    Csv,
}

const EXAMPLES: &str = "\
Examples:
  threadhunt scan Sysmon.evtx
  threadhunt scan --format jsonl -o findings.jsonl evidence/ shadow-copies/
  threadhunt scan --config sysmonconfig.xml Sysmon.evtx
  zcat export.xml.gz | threadhunt scan -";

/// Scans the inputs and prints what was found.
pub(crate) fn run(args: &ScanArgs, voice: &Voice) -> anyhow::Result<ExitCode> {
    let lens = match args.through.load(&args.input, voice)? {
        Through::Refused => return Ok(exit::USAGE.into()),
        Through::Logged(lens) => Some(lens),
        Through::All => None,
    };
    // An interrupt while the list is awaited ends the program at once: there is nothing to tidy yet.
    let inputs = args.input.inputs()?;
    let output = args.output.open()?;
    let stop = interrupt::stop_flag()?;
    let inputs = inputs.spooled(&stop);
    let options = args.input.options(projection(detect::projection(), lens.as_deref()), stop);
    let mut scan = Scan::new(if args.no_dedup { Copies::Each } else { Copies::Once });
    let mut totals = gather(args, voice, (&inputs, &options), lens.as_deref(), &mut scan)?;
    if let Some(wanted) = scan.wanted().filter(|_| !totals.stopped) {
        let again = look_up(&wanted, (&inputs, &options), lens.as_deref(), &mut scan);
        totals.elapsed += again.elapsed;
        totals.stopped |= again.stopped;
    }
    print(args, voice, &scan.finish(), output, totals.stopped)?;
    lens.iter().for_each(|lens| lens.tell(voice));
    Ok(conclude(&args.input, voice, &totals).into())
}

/// What is wanted, and what the configuration needs to decide over it.
fn projection(wanted: Projection, lens: Option<&Lens>) -> Projection {
    lens.map_or(wanted.clone(), |lens| lens.projection(wanted))
}

fn gather(
    args: &ScanArgs,
    voice: &Voice,
    (inputs, options): (&Inputs, &Options),
    lens: Option<&Lens>,
    scan: &mut Scan,
) -> anyhow::Result<Totals> {
    let reading =
        Reading { args: &args.input, voice, projection: options.projection.clone(), progress: true };
    let facts = |batch: &mut Batch| match lens {
        Some(lens) => {
            let kept = lens.look(batch, |_| true);
            detect::extract_kept(batch, Kept::Only(&kept))
        }
        None => detect::extract(batch),
    };
    reading.read(inputs, options, &facts, &mut |delivery, _| {
        scan.add(delivery.output);
        Ok(ControlFlow::Continue(()))
    })
}

/// The second reading: its damages were told of in the first, and its events counted.
fn look_up(
    wanted: &Wanted,
    (inputs, options): (&Inputs, &Options),
    lens: Option<&Lens>,
    scan: &mut Scan,
) -> Totals {
    let options = Options { projection: projection(Wanted::projection(), lens), ..options.clone() };
    let names = |batch: &mut Batch| {
        if let Some(lens) = lens {
            let kept = lens.look(batch, |_| false);
            batch.retain(&kept);
        }
        wanted.extract(batch)
    };
    read_again(inputs, &options, &names, &mut |delivery| {
        scan.add_context(delivery.output);
        ControlFlow::Continue(())
    })
}

fn print(
    args: &ScanArgs,
    voice: &Voice,
    scanned: &Scanned,
    output: Output,
    stopped: bool,
) -> anyhow::Result<()> {
    let mut out = BufWriter::new(output);
    match args.format {
        Form::Table => write_table(scanned, look(args, voice), &mut out)?,
        Form::Jsonl => write_jsonl(scanned, &mut out)?,
        Form::Csv => write_csv(scanned, &mut out)?,
    }
    out.flush()?;
    let output = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    // What was interrupted is not complete, and a file must not look as if it were.
    if stopped { Ok(()) } else { output.finish() }
}

/// As wide and as coloured as what will show it.
fn look(args: &ScanArgs, voice: &Voice) -> Look {
    let is_stdout = args.output.is_stdout();
    let width = if is_stdout { width() } else { DEFAULT_WIDTH };
    Look { width, color: voice.color_results && is_stdout }
}
