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
mod readings;
mod review;
mod sigma;

use std::io::BufWriter;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::ensure;
use clap::{Args, ValueEnum};
use threadhunt::detect::{self, Accepted, Against, Baseline, Copies, Rules, Scan};
use threadhunt::event::{Projection, technique};
use threadhunt::report::{Exhibits, Finding, Pattern, Scanned, Severity, Wish, printable};
use threadhunt::sink::check_index;
use threadhunt::sink::scan::{
    Show, tampering_told, write_cards, write_csv, write_ecs, write_html, write_jsonl, write_navigator,
    write_ocsf, write_table, write_timesketch,
};
use threadhunt::source::{Inputs, Totals};

use self::accept::AcceptArgs;
use self::against::AgainstArgs;
use self::readings::{Readings, projection};
use super::config::decide::{Lens, Through, ThroughArgs};
use crate::commands::rules::WeightsArgs;
use crate::input::InputArgs;
use crate::output::{Output, OutputArgs, is_broken_pipe};
use crate::reading::{conclude, tell_of_messages};
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

    /// Cards for every pattern (`all`), or everything on the findings whose id begins with ID, of which there must be one
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

impl Form {
    /// Whether it shows what the inputs cover, and with that processes that were tampered with.
    fn has_coverage(self) -> bool {
        matches!(self, Self::Cards | Self::Table | Self::Jsonl | Self::Html)
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
    args.check()?;
    let inputs = args.input.inputs()?;
    let Some(mut given) = Given::load(args, &inputs, voice)? else { return Ok(exit::USAGE.into()) };
    args.output.spare(args.input.read_paths()?)?;
    let output = args.output.open()?;
    let stop = interrupt::stop_flag()?;
    let inputs = inputs.spooled(&stop);
    let options = args.input.options(given.projection(), stop);
    let baseline = given.baseline.take();
    let readings = Readings {
        args: &args.input,
        voice,
        inputs: &inputs,
        options: &options,
        lens: given.lens.as_deref(),
        against: &given.against,
    };
    let (mut scanned, mut totals) = given.scan(args, &readings, baseline)?;
    args.accept.apply(&given.accepted, &mut scanned, voice);
    args.leave_out(&mut scanned, voice);
    args.expect_shown(&scanned, &totals)?;
    if let Some(package) = given.package.filter(|_| !totals.stopped) {
        let wanted = package::Wanted { show: args.show.as_ref(), least: args.min_severity };
        package.write(&scanned, wanted, (&inputs, &options), voice, &mut totals)?;
    }
    if let Some(answers) = given.answers {
        let ends =
            totals.stopped || args.accept.review(&scanned, &given.rules, voice, (answers, &options.stop))?;
        totals.stopped |= ends;
    } else {
        // Who reads on has seen enough, but what was found and lost still is the exit status.
        show(args, &scanned, &readings, output, &mut totals).or_else(|error| {
            match is_broken_pipe(&error) {
                true => Ok(()),
                false => Err(error),
            }
        })?;
    }
    given.lens.iter().for_each(|lens| lens.tell(voice));
    tell_of_messages(&totals, voice);
    let code = conclude(&args.input, voice, &totals);
    Ok(outcome(args, &scanned, code).into())
}

impl ScanArgs {
    /// Refuses options that ask for what the output has no place for.
    fn check(&self) -> anyhow::Result<()> {
        ensure!(
            self.show.is_none() || self.format == Form::Cards,
            "--show chooses among cards; --format {} has no cards",
            self.format.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
        );
        ensure!(
            self.index.is_none() || self.format == Form::EcsAlert,
            "--index is for --format ecs-alert; the other formats have no index"
        );
        if self.format == Form::Html { page::check(&self.output) } else { Ok(()) }
    }

    /// Refuses an id that no finding has: who asks for one thing has named it wrongly, or reads other logs.
    fn expect_shown(&self, scanned: &Scanned, totals: &Totals) -> anyhow::Result<()> {
        let Some(Show::One(id)) = &self.show else { return Ok(()) };
        ensure!(
            totals.stopped || scanned.knows(id),
            "no finding has an id that begins with {}",
            printable(id)
        );
        Ok(())
    }

    fn copies(&self) -> Copies {
        if self.no_dedup { Copies::Each } else { Copies::Once }
    }

    /// What findings have to be like to stay.
    fn wishes(&self) -> impl Iterator<Item = Wish> {
        let severity = self.min_severity.map(Wish::AtLeast);
        severity.into_iter().chain(self.technique.clone().map(Wish::Technique))
    }

    /// Leaves out what was not asked for, and says how much that was.
    fn leave_out(&self, scanned: &mut Scanned, voice: &Voice) {
        leave_out_accepted(self.format, scanned, voice);
        let left_out: usize = self.wishes().map(|wish| scanned.leave_out(wish)).sum();
        let counted: u64 = scanned.left_out.iter().map(|left| left.counted).sum();
        for (number, one, many) in [
            (left_out as u64, "finding", "findings"),
            (counted, "pair that is only counted", "pairs that are only counted"),
        ] {
            if number > 0 {
                voice.note(&format!("{} left out, as asked", count(number, one, many)));
            }
        }
    }
}

/// What was given beside the inputs; all of it is read before any log.
struct Given {
    lens: Option<Box<Lens>>,
    against: Arc<Against>,
    package: Option<package::Package>,
    rules: Rules,
    baseline: Option<Baseline>,
    accepted: Accepted,
    answers: Option<review::Lines>,
    sigma: Option<sigma::Rules>,
}

impl Given {
    /// Reads it; `None` where a part of it is refused, which was told.
    fn load(args: &ScanArgs, inputs: &Inputs, voice: &Voice) -> anyhow::Result<Option<Self>> {
        let lens = match args.through.load(&args.input, voice)? {
            Through::Refused => return Ok(None),
            Through::Logged(lens) => Some(lens),
            Through::All => None,
        };
        let Some(against) = args.against.load(&args.through, &args.input, voice)? else { return Ok(None) };
        let package = args.package.open(args.output.force(), inputs)?;
        let rules = args.weights.rules()?;
        let baseline = args.baseline.load(&args.input, &rules, voice)?;
        let Some(accepted) = args.accept.load(&rules, voice)? else { return Ok(None) };
        let answers = args.accept.answers(&args.input)?;
        let sigma = args.sigma.load(&args.input, voice)?;
        Ok(Some(Self { lens, against, package, rules, baseline, accepted, answers, sigma }))
    }

    /// What has to be decoded in the first reading.
    fn projection(&self) -> Projection {
        let wanted = detect::projection();
        let wanted = self.sigma.as_ref().map_or(wanted.clone(), |rules| rules.projection(&wanted));
        projection(wanted, self.lens.as_deref())
    }

    /// Reads the inputs and judges what is found.
    fn scan(
        &self,
        args: &ScanArgs,
        readings: &Readings<'_>,
        baseline: Option<Baseline>,
    ) -> anyhow::Result<(Scanned, Totals)> {
        let scan = Scan::new(args.copies()).ranked_by(&self.rules).held_against(Arc::clone(&self.against));
        let mut scan = baseline::comparing(scan, baseline);
        let mut hunt = self.sigma.as_ref().map(|rules| rules.hunt(args.copies()));
        let mut totals = readings.read(&mut scan, hunt.as_mut())?;
        let mut scanned = scan.finish(&self.rules);
        totals.losses += hunt.map_or(0, |hunt| hunt.finish(&mut scanned, readings.voice));
        Ok((scanned, totals))
    }
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
    let counted = open_patterns(scanned).map(|pattern| pattern.counted).sum::<u64>();
    if counted > 0 && matches!(form, Form::Navigator | Form::Timesketch | Form::EcsAlert | Form::Ocsf) {
        let pairs = count(counted, "pair", "pairs");
        voice.note(&format!(
            "{pairs} only counted, without an entry in this form; JSON lines have the patterns"
        ));
    }
}

/// The patterns that nobody accepted.
fn open_patterns(scanned: &Scanned) -> impl Iterator<Item = &Pattern> {
    scanned.patterns.iter().filter(|pattern| pattern.accepted.is_none())
}

/// An interruption outweighs what was found; what was found outweighs what could not be read.
fn outcome(args: &ScanArgs, scanned: &Scanned, code: u8) -> u8 {
    let is_open = |finding: &&Finding| finding.accepted.is_none();
    let fails = |severity| {
        scanned.findings.iter().filter(is_open).any(|finding| finding.judgement.severity >= severity)
            || open_patterns(scanned)
                .filter_map(|pattern| pattern.counted_worst)
                .any(|worst| worst.0 >= severity)
            || scanned.sigma.iter().any(|finding| finding.severity() >= severity)
    };
    let failed = args.fail_on.is_some_and(fails);
    if failed && code != exit::INTERRUPTED { exit::FINDINGS } else { code }
}

/// Prints what was found, and says what the form has no place for.
fn show(
    args: &ScanArgs,
    scanned: &Scanned,
    readings: &Readings<'_>,
    output: Output,
    totals: &mut Totals,
) -> anyhow::Result<()> {
    tell_of_crowd(args.format, scanned, readings.voice);
    if !args.format.has_sigma() {
        sigma::tell_of_omission(scanned, readings.voice);
    }
    if !args.format.has_coverage() {
        tampering_told(scanned).iter().for_each(|line| readings.voice.note(line.trim_start()));
    }
    let exhibits = match args.format {
        Form::Html => page::exhibits(scanned, readings.inputs, readings.options, totals),
        _ => Exhibits::default(),
    };
    print(args, readings.voice, (scanned, &exhibits), output, totals.stopped)
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
