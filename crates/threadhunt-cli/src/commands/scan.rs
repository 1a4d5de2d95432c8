//! `threadhunt scan`: which remote threads look like injections, why, and what the logs cover.
//!
//! The inputs are read twice: for the threads, and then for what other events say of the
//! processes; so what can be read only once is put aside first. Damage is told of in the first
//! reading. Workers extract; here their facts are gathered in order.

mod accept;
mod against;
mod baseline;
mod exhibits;
mod package;
mod page;
mod review;
mod sigma;

use std::io::BufWriter;
use std::io::Write;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use threadhunt::detect::{self, Against, Copies, Kept, Scan, Wanted};
use threadhunt::event::{Batch, Projection, Want, technique};
use threadhunt::report::{Exhibits, Finding, Scanned, Severity, Wish};
use threadhunt::sink::check_index;
use threadhunt::sink::scan::{
    Show, write_cards, write_csv, write_ecs, write_html, write_jsonl, write_navigator, write_ocsf,
    write_table, write_timesketch,
};
use threadhunt::source::{Inputs, Options, Totals, run as read_again};

use self::accept::AcceptArgs;
use self::against::AgainstArgs;
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
    against: AgainstArgs,

    #[command(flatten)]
    weights: WeightsArgs,

    #[command(flatten)]
    baseline: baseline::BaselineArgs,

    #[command(flatten)]
    accept: AcceptArgs,

    #[command(flatten)]
    sigma: sigma::SigmaArgs,

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
    /// An object a line: findings, patterns, what Sigma rules found, coverage
    Jsonl,
    /// A row for each pair of processes and start, and for each finding of a Sigma rule; without coverage
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

impl Form {
    /// Whether it shows what Sigma rules found; the others are made of pairs of processes alone.
    fn has_sigma(self) -> bool {
        matches!(self, Self::Cards | Self::Table | Self::Jsonl | Self::Csv | Self::Html)
    }
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
    let marks = ["F-", "f-", "S-", "s-"];
    let digits = marks.iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text);
    let is_id = (1..=16).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id
        .then(|| Show::One(text.to_owned()))
        .ok_or_else(|| "`all`, or an id such as F-3a91 or S-3a91".to_owned())
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
  threadhunt scan --against new.xml --against old.xml Sysmon.evtx   what they would have hidden
  threadhunt scan --review --accept accepted.toml evidence/    decide what is known, pattern by pattern
  threadhunt scan --accept accepted.toml --fail-on high evidence/
  threadhunt scan --sigma sigma/rules/windows Sysmon.evtx      what Sigma rules find, too
  zcat export.xml.gz | threadhunt scan -";

/// Scans the inputs and prints what was found.
pub(crate) fn run(args: &ScanArgs, voice: &Voice) -> anyhow::Result<ExitCode> {
    let lens = match args.through.load(&args.input, voice)? {
        Through::Refused => return Ok(exit::USAGE.into()),
        Through::Logged(lens) => Some(lens),
        Through::All => None,
    };
    let Some(against) = args.against.load(&args.through, &args.input, voice)? else {
        return Ok(exit::USAGE.into());
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
    let Some(accepted) = args.accept.load(&rules, voice)? else { return Ok(exit::USAGE.into()) };
    let answers = args.accept.answers(&args.input)?;
    let sigma = args.sigma.load(&args.input, voice)?;
    let inputs = args.input.inputs()?;
    let output = args.output.open()?;
    let stop = interrupt::stop_flag()?;
    let inputs = inputs.spooled(&stop);
    let wanted = detect::projection();
    let wanted = sigma.as_ref().map_or(wanted.clone(), |rules| rules.projection(&wanted));
    let options = args.input.options(projection(wanted, lens.as_deref()), stop);
    let copies = if args.no_dedup { Copies::Each } else { Copies::Once };
    let scan = Scan::new(copies).ranked_by(&rules).held_against(Arc::clone(&against));
    let mut scan = baseline::comparing(scan, known);
    let mut hunt = sigma.as_ref().map(|rules| rules.hunt(copies));
    let eyes = Eyes { lens: lens.as_deref(), against: &against };
    let mut totals = gather(args, voice, (&inputs, &options), eyes, (&mut scan, hunt.as_mut()))?;
    if !totals.stopped && scan.choose() {
        voice.note("more pairs than details are kept of: the best of each pattern and the strongest are read again, the others counted");
        let again = gather_again((&inputs, &options), eyes, &mut scan);
        totals.elapsed += again.elapsed;
        totals.stopped |= again.stopped;
    }
    if let Some(wanted) = scan.wanted().filter(|_| !totals.stopped) {
        let again = look_up(&wanted, (&inputs, &options), lens.as_deref(), &mut scan);
        totals.elapsed += again.elapsed;
        totals.stopped |= again.stopped;
    }
    let mut scanned = scan.finish(&rules);
    totals.losses += hunt.map_or(0, |hunt| hunt.finish(&mut scanned, voice));
    args.accept.apply(&accepted, &mut scanned, voice);
    leave_out_accepted(args.format, &mut scanned, voice);
    let left_out: usize = wishes(args).map(|wish| scanned.leave_out(wish)).sum();
    if let Some(least) = args.min_severity {
        scanned.patterns.retain(|pattern| !pattern.findings.is_empty() || pattern.severity >= least);
    }
    if left_out > 0 {
        voice.note(&format!("{} left out, as asked", count(left_out as u64, "finding", "findings")));
    }
    if let Some(package) = package.filter(|_| !totals.stopped) {
        let wanted = package::Wanted { show: args.show.as_ref(), least: args.min_severity };
        package.write(&scanned, wanted, (&inputs, &options), voice, &mut totals)?;
    }
    if let Some(answers) = answers {
        let ends = totals.stopped || args.accept.review(&scanned, &rules, voice, (answers, &options.stop))?;
        totals.stopped |= ends;
    } else {
        tell_of_crowd(args.format, &scanned, voice);
        if !args.format.has_sigma() {
            sigma::tell_of_omission(&scanned, voice);
        }
        let exhibits = if is_page {
            page::exhibits(&scanned, &inputs, &options, &mut totals)
        } else {
            Exhibits::default()
        };
        print(args, voice, (&scanned, &exhibits), output, totals.stopped)?;
    }
    lens.iter().for_each(|lens| lens.tell(voice));
    let code = conclude(&args.input, voice, &totals);
    Ok(outcome(args, &scanned, code).into())
}

/// What other programs alarm by has no place for what is accepted.
fn leave_out_accepted(form: Form, scanned: &mut Scanned, voice: &Voice) {
    if !matches!(form, Form::Navigator | Form::Timesketch | Form::EcsAlert | Form::Ocsf) {
        return;
    }
    let accepted = scanned.retain(|finding| finding.accepted.is_none());
    if accepted > 0 {
        let findings = count(accepted as u64, "accepted finding", "accepted findings");
        voice.note(&format!("{findings} left out of this form; JSON lines have them"));
    }
}

/// Forms that have one entry for each finding have none for what is only counted.
fn tell_of_crowd(form: Form, scanned: &Scanned, voice: &Voice) {
    let counted = scanned.patterns.iter().map(|pattern| pattern.counted).sum::<u64>();
    if counted > 0 && matches!(form, Form::Navigator | Form::Timesketch | Form::EcsAlert | Form::Ocsf) {
        let pairs = count(counted, "pair", "pairs");
        voice.note(&format!(
            "{pairs} only counted, without an entry in this form; JSON lines have the patterns"
        ));
    }
}

/// What findings have to be like to stay.
fn wishes(args: &ScanArgs) -> impl Iterator<Item = Wish> {
    let severity = args.min_severity.map(Wish::AtLeast);
    severity.into_iter().chain(args.technique.clone().map(Wish::Technique))
}

/// An interruption outweighs what was found; what was found outweighs what could not be read.
fn outcome(args: &ScanArgs, scanned: &Scanned, code: u8) -> u8 {
    let is_open = |finding: &&Finding| finding.accepted.is_none();
    let fails = |severity| {
        scanned.findings.iter().filter(is_open).any(|finding| finding.judgement.severity >= severity)
            // What is only counted cannot have been accepted.
            || scanned.patterns.iter().filter_map(|pattern| pattern.counted_worst).any(|worst| worst.0 >= severity)
            || scanned.sigma.iter().any(|finding| finding.severity() >= severity)
    };
    let failed = args.fail_on.is_some_and(fails);
    if failed && code != exit::INTERRUPTED { exit::FINDINGS } else { code }
}

/// What is wanted, and what the configuration needs to decide over it.
fn projection(wanted: Projection, lens: Option<&Lens>) -> Projection {
    lens.map_or(wanted.clone(), |lens| lens.projection(wanted))
}

/// Configurations: the one to look through, and those to hold what is seen against.
#[derive(Clone, Copy)]
struct Eyes<'a> {
    lens: Option<&'a Lens>,
    against: &'a Against,
}

fn gather(
    args: &ScanArgs,
    voice: &Voice,
    (inputs, options): (&Inputs, &Options),
    Eyes { lens, against }: Eyes<'_>,
    (scan, mut hunt): (&mut Scan, Option<&mut sigma::Hunt<'_>>),
) -> anyhow::Result<Totals> {
    let rules = hunt.as_ref().map(|hunt| hunt.rules);
    let reading =
        Reading { args: &args.input, voice, projection: options.projection.clone(), progress: true };
    let facts = |batch: &mut Batch| {
        let kept = lens.map(|lens| lens.look(batch, |_| true));
        let kept = kept.as_deref().map_or(Kept::All, Kept::Only);
        (detect::extract_against(batch, kept, against), rules.map(|rules| rules.extract(batch, kept)))
    };
    reading.read(inputs, options, &facts, &mut |delivery, _| {
        let (threads, of_rules) = delivery.output;
        scan.add(threads);
        if let (Some(hunt), Some(facts)) = (hunt.as_deref_mut(), of_rules) {
            hunt.add(facts);
        }
        Ok(ControlFlow::Continue(()))
    })
}

/// Events 8 once more, for the details of the strongest pairs.
fn gather_again(
    (inputs, options): (&Inputs, &Options),
    Eyes { lens, against }: Eyes<'_>,
    scan: &mut Scan,
) -> Totals {
    let threads = Projection::nothing().with([8], Want::All);
    let options = Options { projection: projection(threads, lens), ..options.clone() };
    // What the configuration drops was counted in the first reading.
    let facts = |batch: &mut Batch| {
        let kept = lens.map(|lens| lens.look(batch, |_| false));
        detect::extract_against(batch, kept.as_deref().map_or(Kept::All, Kept::Only), against)
    };
    read_again(inputs, &options, &facts, &mut |delivery| {
        scan.add(delivery.output);
        ControlFlow::Continue(())
    })
}

/// The second reading: its damages were told of in the first, and its events counted.
fn look_up(
    wanted: &Wanted,
    (inputs, options): (&Inputs, &Options),
    lens: Option<&Lens>,
    scan: &mut Scan,
) -> Totals {
    let options = Options { projection: projection(wanted.narrow(), lens), ..options.clone() };
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
        Form::Table => write_table(scanned, args.output.table_look(voice), &mut out)?,
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
