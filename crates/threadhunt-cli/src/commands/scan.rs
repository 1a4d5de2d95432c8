//! `threadhunt scan`: which remote threads look like injections, why, and what the logs cover.
//!
//! The inputs are read twice: for the threads, and then for what other events say of the
//! processes; so what can be read only once is put aside first. Damage is told of in the first
//! reading. Workers extract; here their facts are gathered in order.

mod baseline;
mod exhibits;
mod package;
mod page;

use std::io::BufWriter;
use std::io::Write;
use std::ops::ControlFlow;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use threadhunt::detect::{self, Copies, Kept, Scan, Wanted};
use threadhunt::event::{Batch, Projection, technique};
use threadhunt::report::{Exhibits, Finding, Scanned, Severity};
use threadhunt::sink::check_index;
use threadhunt::sink::scan::{
    Show, write_cards, write_csv, write_ecs, write_html, write_jsonl, write_navigator, write_ocsf,
    write_table, write_timesketch,
};
use threadhunt::source::{Inputs, Options, Totals, run as read_again};

use super::config::decide::{Lens, Through, ThroughArgs};
use crate::commands::rules::WeightsArgs;
use crate::input::InputArgs;
use crate::output::{Output, OutputArgs};
use crate::reading::{Reading, conclude};
use crate::summary::count;
use crate::voice::Voice;
use crate::{exit, interrupt};

/// Find threads that look like injections, and say why
///
/// Every pair of processes is judged by where the threads start, who created them, in what, when,
/// and what other events show; `threadhunt rules` documents every weight. The worst come first;
/// then comes what the logs cover: a log without any event 8 proves nothing. Copies of a log count once.
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

    #[command(flatten)]
    weights: WeightsArgs,

    #[command(flatten)]
    baseline: baseline::BaselineArgs,

    /// Leave out findings below SEVERITY: info, low, medium, high or critical
    #[arg(long, value_name = "SEVERITY", value_parser = parse_severity, help_heading = "Judgement")]
    min_severity: Option<Severity>,

    /// Leave out findings of other techniques than ID, such as T1055; it covers T1055.001 too
    #[arg(long, value_name = "ID", value_parser = parse_technique, help_heading = "Judgement")]
    technique: Option<String>,

    /// Exit with status 1 when a finding is of this severity or a worse one
    #[arg(long, value_name = "SEVERITY", value_parser = parse_severity, help_heading = "Judgement")]
    fail_on: Option<Severity>,

    /// Cards for every pattern (`all`), or everything on the findings whose id begins with ID
    #[arg(long, value_name = "all|ID", value_parser = parse_show, help_heading = "Output")]
    show: Option<Show>,

    /// Form of the output
    #[arg(long, value_enum, default_value_t = Form::Cards, value_name = "FORM", help_heading = "Output")]
    format: Form,

    /// Put an action for this index or data stream before each alert, for the bulk interface of Elasticsearch
    #[arg(long, value_name = "NAME", value_parser = parse_index, help_heading = "Output")]
    index: Option<String>,

    #[command(flatten)]
    package: package::PackageArgs,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For eyes, worst first: a card for each pattern of medium severity and above, the rest counted
    Cards,
    /// For eyes, by computer and time: a row for each pair of processes
    Table,
    /// An object a line: findings, patterns, coverage
    Jsonl,
    /// A row for each pair of processes and start; without coverage
    Csv,
    /// For eyes, in a browser: one file with everything, which needs no network; for `-o report.html`
    Html,
    /// A layer for the ATT&CK Navigator
    Navigator,
    /// JSON lines that Timesketch imports as they are: a line for each time of a finding
    Timesketch,
    /// Alerts in the Elastic Common Schema, one a line; --index makes them bulk documents
    EcsAlert,
    /// OCSF Detection Findings, one a line
    Ocsf,
}

fn parse_index(name: &str) -> Result<String, String> {
    check_index(name).map(|()| name.to_owned()).map_err(|rule| format!("the name of an index {rule}"))
}

fn parse_severity(text: &str) -> Result<Severity, String> {
    let named = Severity::ALL.into_iter().find(|severity| severity.name().eq_ignore_ascii_case(text));
    named.ok_or_else(|| "one of info, low, medium, high, critical".to_owned())
}

fn parse_technique(text: &str) -> Result<String, String> {
    let whole = technique(text).filter(|technique| technique.id == text);
    whole
        .map(|technique| technique.id.to_uppercase())
        .ok_or_else(|| "an id such as T1055 or T1055.001".to_owned())
}

fn parse_show(text: &str) -> Result<Show, String> {
    if text == "all" {
        return Ok(Show::All);
    }
    let digits = text.strip_prefix("F-").or_else(|| text.strip_prefix("f-")).unwrap_or(text);
    let is_id = (1..=16).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| Show::One(text.to_owned())).ok_or_else(|| "`all`, or an id such as F-3a91".to_owned())
}

const EXAMPLES: &str = "\
Examples:
  threadhunt scan Sysmon.evtx
  threadhunt scan --show F-3a91 Sysmon.evtx                    all that is known of one finding
  threadhunt scan --fail-on high evidence/                     exit status 1 if there is one
  threadhunt scan --format jsonl -o findings.jsonl evidence/ shadow-copies/
  threadhunt scan --format html -o report.html evidence/       a page to read and to hand over
  threadhunt scan --config sysmonconfig.xml Sysmon.evtx
  threadhunt scan --package case-17/ evidence/                 findings with their records
  threadhunt scan --format navigator -o layer.json evidence/
  threadhunt scan --format ecs-alert --index alerts-threadhunt evidence/ > alerts.ndjson
  threadhunt scan --baseline march.baseline evidence/
  zcat export.xml.gz | threadhunt scan -";

/// Scans the inputs and prints what was found.
pub(crate) fn run(args: &ScanArgs, voice: &Voice) -> anyhow::Result<ExitCode> {
    let lens = match args.through.load(&args.input, voice)? {
        Through::Refused => return Ok(exit::USAGE.into()),
        Through::Logged(lens) => Some(lens),
        Through::All => None,
    };
    // An interrupt while the list is awaited ends the program at once: there is nothing to tidy yet.
    anyhow::ensure!(
        args.show.is_none() || args.format == Form::Cards,
        "--show chooses among cards; --format {} has no cards",
        args.format.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    );
    anyhow::ensure!(
        args.index.is_none() || args.format == Form::EcsAlert,
        "--index is for --format ecs-alert; the other formats have no index"
    );
    let is_page = args.format == Form::Html;
    if is_page {
        page::check(&args.output)?;
    }
    let package = args.package.open(args.output.force())?;
    let rules = args.weights.rules()?;
    let known = args.baseline.load(&args.input, &rules, voice)?;
    let inputs = args.input.inputs()?;
    let output = args.output.open()?;
    let stop = interrupt::stop_flag()?;
    let inputs = inputs.spooled(&stop);
    let options = args.input.options(projection(detect::projection(), lens.as_deref()), stop);
    let mut scan = Scan::new(if args.no_dedup { Copies::Each } else { Copies::Once });
    scan = baseline::comparing(scan, known);
    let mut totals = gather(args, voice, (&inputs, &options), lens.as_deref(), &mut scan)?;
    if let Some(wanted) = scan.wanted().filter(|_| !totals.stopped) {
        let again = look_up(&wanted, (&inputs, &options), lens.as_deref(), &mut scan);
        totals.elapsed += again.elapsed;
        totals.stopped |= again.stopped;
    }
    let mut scanned = scan.finish(&rules);
    let left_out = scanned.retain(|finding| is_wanted(args, finding));
    if left_out > 0 {
        voice.note(&format!("{} left out, as asked", count(left_out as u64, "finding", "findings")));
    }
    if let Some(package) = package.filter(|_| !totals.stopped) {
        let wanted = package::Wanted { show: args.show.as_ref(), least: args.min_severity };
        package.write(&scanned, wanted, (&inputs, &options), voice, &mut totals)?;
    }
    let exhibits =
        if is_page { page::exhibits(&scanned, &inputs, &options, &mut totals) } else { Exhibits::default() };
    print(args, voice, (&scanned, &exhibits), output, totals.stopped)?;
    lens.iter().for_each(|lens| lens.tell(voice));
    let code = conclude(&args.input, voice, &totals);
    Ok(outcome(args, &scanned, code).into())
}

fn is_wanted(args: &ScanArgs, finding: &Finding) -> bool {
    let judgement = &finding.judgement;
    let of_technique = |wanted: &String| {
        let found = judgement.technique.as_deref().and_then(|id| id.strip_prefix(wanted.as_str()));
        found.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    args.min_severity.is_none_or(|least| judgement.severity >= least)
        && args.technique.as_ref().is_none_or(of_technique)
}

/// An interruption outweighs what was found; what was found outweighs what could not be read.
fn outcome(args: &ScanArgs, scanned: &Scanned, code: u8) -> u8 {
    let fails = |severity| scanned.findings.iter().any(|finding| finding.judgement.severity >= severity);
    let failed = args.fail_on.is_some_and(fails);
    if failed && code != exit::INTERRUPTED { exit::FINDINGS } else { code }
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
    let context = |batch: &mut Batch| {
        if let Some(lens) = lens {
            let kept = lens.look(batch, |_| false);
            batch.retain(&kept);
        }
        wanted.extract(batch)
    };
    read_again(inputs, &options, &context, &mut |delivery| {
        scan.add_context(delivery.output);
        ControlFlow::Continue(())
    })
}

fn print(
    args: &ScanArgs,
    voice: &Voice,
    (scanned, exhibits): (&Scanned, &Exhibits),
    output: Output,
    stopped: bool,
) -> anyhow::Result<()> {
    let mut out = BufWriter::new(output);
    match args.format {
        Form::Cards => {
            write_cards(
                scanned,
                args.show.as_ref().unwrap_or(&Show::Worst),
                args.output.look(voice),
                &mut out,
            )?;
        }
        Form::Table => write_table(scanned, args.output.look(voice), &mut out)?,
        Form::Jsonl => write_jsonl(scanned, &mut out)?,
        Form::Csv => write_csv(scanned, &mut out)?,
        Form::Html => write_html(scanned, exhibits, &mut out)?,
        Form::Navigator => write_navigator(scanned, &mut out)?,
        Form::Timesketch => write_timesketch(scanned, &mut out)?,
        Form::EcsAlert => write_ecs(scanned, args.index.as_deref(), &mut out)?,
        Form::Ocsf => write_ocsf(scanned, &mut out)?,
    }
    out.flush()?;
    let output = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    // What was interrupted is not complete, and a file must not look as if it were.
    if stopped { Ok(()) } else { output.finish() }
}
