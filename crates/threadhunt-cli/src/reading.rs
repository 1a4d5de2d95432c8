//! Reading for a command: runs the pipeline, tells of damage as it comes, and sums up.
//!
//! Damage is told in the order of the inputs, a line each, and counted beyond the first
//! [`SHOWN`] lines of a file; what is odd in records that were read, a line for each kind and input
//! behind it. A log that was named and holds nothing of Sysmon's is told of,
//! too: no result from it means something else than no result from a Sysmon log.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use threadhunt::event::{Batch, Counts, Damage, DamageCode, Oddities, Oddity, Origin, Projection, Severity};
use threadhunt::report::Report;
use threadhunt::source::{Delivery, Input, Inputs, Options, Stage, Totals, run};

use crate::input::{InputArgs, StatsForm};
use crate::progress::Progress;
use crate::summary;
use crate::summary::count;
use crate::voice::Voice;
use crate::{exit, interrupt};

/// Lines on one file before the rest is only counted.
const SHOWN: u64 = 20;

/// How a command reads.
pub(crate) struct Reading<'a> {
    pub(crate) args: &'a InputArgs,
    pub(crate) voice: &'a Voice,
    pub(crate) projection: Projection,
    /// Whether a line of progress would not get in the way of results.
    pub(crate) progress: bool,
}

/// What takes results in order, and may `Break` when it has enough.
pub(crate) type Consume<'c, O> =
    dyn FnMut(Delivery<'_, O>, &mut Reporter<'_>) -> anyhow::Result<ControlFlow<()>> + 'c;

impl Reading<'_> {
    /// Reads all inputs; fails only where the command fails.
    pub(crate) fn run<S: Stage>(
        self,
        stage: &S,
        consume: &mut Consume<'_, S::Output>,
    ) -> anyhow::Result<Totals> {
        let inputs = self.args.inputs()?;
        let options = self.args.options(self.projection.clone(), interrupt::stop_flag()?);
        self.read(&inputs, &options, stage, consume)
    }

    /// Reads inputs that were made ready before.
    pub(crate) fn read<S: Stage>(
        self,
        inputs: &Inputs,
        options: &Options,
        stage: &S,
        consume: &mut Consume<'_, S::Output>,
    ) -> anyhow::Result<Totals> {
        let mut reporter = Reporter::new(self.voice, inputs, self.progress);
        let mut failure = None;
        let mut totals = run(inputs, options, stage, &mut |delivery| {
            reporter.look(delivery.batch);
            let flow = consume(delivery, &mut reporter).unwrap_or_else(|error| {
                failure = Some(error);
                ControlFlow::Break(())
            });
            reporter.is_cut |= flow.is_break();
            flow
        });
        reporter.is_cut |= totals.stopped;
        reporter.end();
        totals.losses += reporter.refused;
        failure.map_or(Ok(totals), Err)
    }
}

/// Prints the summary and gives the exit code.
pub(crate) fn conclude(args: &InputArgs, voice: &Voice, totals: &Totals) -> u8 {
    match args.stats {
        Some(StatsForm::Json) => voice.line(&summary::json(totals)),
        None if !voice.quiet => voice.line(&summary::sentence(totals)),
        None => {}
    }
    exit::of_reading(totals, args.strict)
}

/// The shape of records that do not say whose they are.
const MESSAGES: &str = "message-text";

/// Says that messages are not known as copies: which computer they are of stands nowhere in them.
pub(crate) fn tell_of_messages(totals: &Totals, voice: &Voice) {
    let shapes = &totals.counts.shapes;
    let messages = shapes.iter().find(|(name, _)| *name == MESSAGES).map_or(0, |(_, count)| *count);
    if messages > 0 && shapes.len() > 1 {
        let what = count(messages, "message says", "messages say");
        voice.note(&format!(
            "{what} no computer; an event that lies in another record, too, is counted once more"
        ));
    }
}

/// Tells of damage while reading goes on.
pub(crate) struct Reporter<'a> {
    voice: &'a Voice,
    progress: Progress,
    /// Inputs as they were named.
    named: HashSet<String>,
    file: FileReport,
    /// The input at hand, which may be a member of an archive, and what is odd in it so far.
    input: (Arc<Origin>, Oddities),
    /// Records that the output could not take.
    refused: u64,
    /// Whether reading ended before the inputs did.
    is_cut: bool,
}

/// What there was to say on one file.
#[derive(Default)]
struct FileReport {
    name: String,
    counts: Counts,
    /// Damages of whatever kind.
    damages: u64,
    told: u64,
    untold: u64,
    /// Whether a record of no known shape was told of.
    has_unknown: bool,
}

impl<'a> Reporter<'a> {
    fn new(voice: &'a Voice, inputs: &Inputs, progress: bool) -> Self {
        let name = |input: &Input| match input {
            Input::Stdin => "-".to_owned(),
            Input::Named(path) | Input::Listed(path) => display(path),
            Input::Spooled(spool) => display(spool.name()),
        };
        Self {
            voice,
            progress: Progress::new(progress && !voice.quiet),
            named: inputs.0.iter().map(name).collect(),
            file: FileReport::default(),
            input: Default::default(),
            refused: 0,
            is_cut: false,
        }
    }

    fn look(&mut self, batch: &Batch) {
        self.progress.advance(&batch.origin, batch.input().len());
        if batch.origin != self.input.0 {
            self.end_input();
            self.input.0 = Arc::clone(&batch.origin);
        }
        if batch.origin.file != self.file.name {
            self.end_file();
            self.file.name.clone_from(&batch.origin.file);
        }
        self.file.counts.merge(&batch.counts);
        for damage in &batch.damages {
            self.tell(&batch.origin, damage);
        }
        self.input.1.merge(&batch.oddities);
    }

    /// Says what is odd in records of an input that were read.
    fn end_input(&mut self) {
        let (origin, oddities) = std::mem::take(&mut self.input);
        for damage in oddities.iter().map(Oddity::damage) {
            self.tell(&origin, &damage);
        }
    }

    /// Tells of a record that the output could not take; it counts as lost.
    pub(crate) fn refuse(&mut self, origin: &Origin, damage: &Damage) {
        self.refused += 1;
        self.tell(origin, damage);
    }

    fn tell(&mut self, origin: &Origin, damage: &Damage) {
        self.file.damages += 1;
        let report = Report { origin, damage };
        let hidden = match damage.code {
            DamageCode::Skipped => !self.voice.verbose,
            _ => self.voice.quiet && report.severity() == Severity::Warning,
        };
        if hidden {
            return;
        }
        // One record of no known shape stands for all: an export of an index may hold millions.
        let is_known =
            damage.code == DamageCode::UnknownShape && std::mem::replace(&mut self.file.has_unknown, true);
        if (is_known || self.file.told == SHOWN) && !self.voice.verbose {
            self.file.untold += 1;
            return;
        }
        self.file.told += 1;
        self.progress.aside(|| self.voice.report(&report));
    }

    /// Says what can only be said of a whole file.
    fn end_file(&mut self) {
        let file = std::mem::take(&mut self.file);
        if file.untold > 0 {
            let rest = format!("{} more lines on {}; -v shows them", file.untold, file.name);
            self.progress.aside(|| self.voice.note(&rest));
        }
        if self.is_cut
            || file.damages > 0
            || file.counts.sysmon_total() > 0
            || !self.named.contains(&file.name)
        {
            return;
        }
        let others = count(file.counts.others, "record of another provider", "records of other providers");
        let what = match file.counts.others {
            0 => "no record".to_owned(),
            _ => format!("no Sysmon event, but {others}"),
        };
        self.progress.aside(|| self.voice.note(&format!("{} holds {what}", file.name)));
    }

    fn end(&mut self) {
        self.end_input();
        self.end_file();
        self.progress.end();
    }
}

fn display(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
