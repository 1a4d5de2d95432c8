//! `threadhunt config test`: unit tests for a configuration, and how to come by them.
//!
//! A case is a bare event with what is expected of it ([`case`]); `--record` writes cases from real
//! logs and today's verdicts ([`record`]). The report is on standard output, like any result.

mod case;
mod record;

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use clap::{Args, ValueEnum};
use serde::Serialize;
use threadhunt::config::Policy;
use threadhunt::event::Event;
use threadhunt::report::printable;

use self::case::{Case, Expect};
use super::words::{Words, fate_of, shortened, subject};
use super::{Loaded, SysmonArgs, refuse_stdin_twice};
use crate::input::LimitArgs;
use crate::output::{Output, OutputArgs, UntilClosed};
use crate::summary::count;
use crate::voice::Voice;
use crate::{exit, json};

/// Test a Sysmon configuration with events and what is expected of them
///
/// A case is one JSON object a line: a bare event with `expect`, of which a key that is absent is
/// not checked, and with a `name` if you like:
/// {"name":"…","id":8,"fields":{"SourceImage":"C:\\x.exe"},"expect":{"logged":true,"rule_name":"…"}}.
/// -v lists the cases that pass too. The exit status is 1 where a case fails, and 2 where one is
/// malformed or there is none.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct TestArgs {
    /// The configuration
    #[arg(value_name = "FILE")]
    config: PathBuf,

    /// Files of cases, or logs with --record; `-` is standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// Write cases from logs and today's verdicts: one for each way in which events are decided
    #[arg(long)]
    record: bool,

    #[command(flatten)]
    limits: LimitArgs,

    #[command(flatten)]
    sysmon: SysmonArgs,

    /// Form of the report
    #[arg(
        long,
        value_enum,
        default_value_t = Form::Text,
        value_name = "FORM",
        conflicts_with = "record",
        help_heading = "Output"
    )]
    format: Form,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// For eyes: the cases that fail, and a summary
    Text,
    /// One object a line and case
    Json,
}

const EXAMPLES: &str = "\
Examples:
  threadhunt config test sysmonconfig.xml cases.jsonl
  threadhunt config test sysmonconfig.xml --record Sysmon.evtx -o cases.jsonl
  threadhunt events --id 8 --format jsonl logs/ | threadhunt config test sysmonconfig.xml --record - -o cases.jsonl";

/// Runs the cases, or records them.
pub(super) fn run(args: &TestArgs, voice: &Voice) -> anyhow::Result<ExitCode> {
    refuse_stdin_twice(args.paths.iter().chain([&args.config]))?;
    let loaded = args.sysmon.load(&args.config)?;
    let Some(policy) = loaded.parsed.policy() else {
        loaded.complain(voice);
        return Ok(exit::USAGE.into());
    };
    if args.record {
        return record::run(&args.paths, &args.limits, &args.output, &policy, voice);
    }
    args.output.spare(args.paths.iter().chain([&args.config]))?;
    let mut report = Report {
        words: Words::new(&loaded.parsed.config),
        policy: &policy,
        form: args.format,
        voice,
        output: UntilClosed::new(args.output.open()?),
        warned: HashSet::new(),
        passed: 0,
        failed: 0,
        malformed: 0,
    };
    for path in &args.paths {
        report.file(path)?;
    }
    report.end(&loaded)
}

/// The report in the making.
struct Report<'r> {
    words: Words<'r>,
    policy: &'r Policy,
    form: Form,
    voice: &'r Voice,
    output: UntilClosed<Output>,
    /// Event ids and names in cases that were warned of.
    warned: HashSet<(u16, String)>,
    passed: u64,
    failed: u64,
    malformed: u64,
}

/// What came of a case in JSON; the names are a promise.
#[derive(Serialize)]
struct Tested<'t> {
    version: u32,
    file: &'t str,
    line: u64,
    name: &'t str,
    passed: bool,
    expected: &'t Expect,
    got: Got<'t>,
    reason: String,
}

#[derive(Serialize)]
struct Got<'t> {
    logged: bool,
    rule_name: &'t str,
}

impl Report<'_> {
    fn file(&mut self, path: &Path) -> anyhow::Result<()> {
        let name = printable(&path.to_string_lossy()).into_owned();
        let unread = || format!("cannot read the cases {name}");
        let mut lines = case::lines(path).with_context(unread)?;
        let mut number = 0;
        while let Some((at, line)) = lines.read().with_context(unread)? {
            number += 1;
            let read = case::read(line, &mut |case, event| self.case(&name, at, case, event));
            match read {
                Ok(done) => done?,
                Err(reason) => {
                    self.malformed += 1;
                    self.voice.error(&anyhow!("{name}:{at}: {reason}"));
                }
            }
        }
        if number == 0 {
            bail!("{name} holds no case");
        }
        Ok(())
    }

    /// Warns of names in a case that are probably misspelt, of each once.
    fn warn(&mut self, file: &str, line: u64, event: &Event<'_>) {
        for (name, text) in case::strange_names(event) {
            if self.warned.insert((event.id(), name)) {
                self.voice.warn(&format!("{file}:{line}: {text}"));
            }
        }
    }

    fn case(&mut self, file: &str, line: u64, case: &Case, event: &Event<'_>) -> anyhow::Result<()> {
        self.warn(file, line, event);
        let explanation = self.policy.explain(event);
        let verdict = &explanation.verdict;
        let rule_name = if verdict.logged { verdict.rule_name } else { "" };
        let passed = case.expect.is_met(verdict.logged, rule_name);
        *(if passed { &mut self.passed } else { &mut self.failed }) += 1;
        let name = case.name.clone().unwrap_or_else(|| subject(event));
        let reason = || self.words.reason(event.id(), &explanation);
        match self.form {
            Form::Text if passed && !self.voice.verbose => {}
            Form::Text => {
                let word = if passed { "ok    " } else { "FAILED" };
                writeln!(self.output, "{word} {file}:{line}: {}", shortened(&name, MAX_NAME))?;
                if !passed {
                    let got = case.expect.words_for(&fate_of(verdict), verdict.logged, rule_name);
                    writeln!(self.output, "  expected  {}", case.expect)?;
                    writeln!(self.output, "  got       {got}, because {}", reason())?;
                }
            }
            Form::Json => {
                let got = Got { logged: verdict.logged, rule_name };
                let (name, expected) = (&*name, &case.expect);
                let tested = Tested { version: 1, file, line, name, passed, expected, got, reason: reason() };
                writeln!(self.output, "{}", json::line(&tested))?;
            }
        }
        Ok(())
    }

    /// Sums up, and gives the exit status.
    fn end(mut self, loaded: &Loaded) -> anyhow::Result<ExitCode> {
        let cases = count(self.passed + self.failed, "case", "cases");
        let imitated = loaded.parsed.config.imitated;
        if let Form::Text = self.form {
            match self.failed {
                0 => writeln!(self.output, "{cases} passed (Sysmon of schema {imitated})")?,
                failed => writeln!(self.output, "{failed} of {cases} failed (Sysmon of schema {imitated})")?,
            }
        }
        self.output.finish()?;
        Ok(match (self.malformed, self.failed) {
            (0, 0) => exit::SUCCESS,
            (0, _) => exit::FINDINGS,
            _ => exit::USAGE,
        }
        .into())
    }
}

/// Characters of a case's name.
const MAX_NAME: usize = 200;
