//! What a scan found: remote threads, one finding per pair of processes.
//!
//! The types are plain data: `detect` fills them, sinks print them, and neither knows the
//! other. Texts are as logged and unsafe to print as they are. Lists are [`Sample`]s, so that
//! a finding has a bounded size and does not depend on the order of the inputs.
//!
//! A finding says what the records establish; its [`Judgement`] what they are consistent with.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use super::{
    Acceptance, Coverage, HiddenBy, Judgement, LeftOut, Pattern, ProcessFacts, Sample, SigmaFinding,
    SigmaRule, grouped,
};
use crate::event::{Event, FileTime, Guid, Origin};

/// Everything that a scan has to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    /// By first time, then computer.
    pub findings: Vec<Finding>,
    /// The findings rolled up, worst first.
    pub patterns: Vec<Pattern>,
    /// By computer.
    pub coverage: Vec<Coverage>,
    /// The configurations that findings were held against, as they were named.
    pub against: Vec<Arc<str>>,
    /// What Sigma rules found, the gravest first; empty unless rules were given.
    pub sigma: Vec<SigmaFinding>,
    /// What was asked to be left out of it, a wish each, also where that was nothing.
    pub left_out: Vec<LeftOut>,
}

impl Scanned {
    /// Keeps only findings that are wanted, and of the patterns what is left; gives how many went.
    pub fn retain(&mut self, wanted: impl Fn(&Finding) -> bool) -> usize {
        let keep: Vec<bool> = self.findings.iter().map(wanted).collect();
        let mut next = 0;
        let places: Vec<Option<usize>> = keep
            .iter()
            .map(|keep| {
                keep.then(|| {
                    next += 1;
                    next - 1
                })
            })
            .collect();
        let before = self.findings.len();
        let counts: Vec<u64> = self.findings.iter().map(|finding| finding.count).collect();
        let mut keeps = keep.iter();
        self.findings.retain(|_| keeps.next().is_some_and(|keep| *keep));
        for pattern in &mut self.patterns {
            let gone = pattern.findings.iter().filter(|place| places[**place].is_none());
            pattern.threads -= gone.map(|place| counts[*place]).sum::<u64>();
            pattern.findings = pattern.findings.iter().filter_map(|place| places[*place]).collect();
            pattern.take_counted_severity();
        }
        // What is only counted cannot be asked, and stays: see `leave_out`.
        self.patterns.retain(|pattern| !pattern.findings.is_empty() || pattern.counted > 0);
        before - self.findings.len()
    }

    /// Whether a finding has an id that begins so, be it one that was left out.
    pub fn knows(&self, beginning: &str) -> bool {
        self.findings.iter().any(|finding| finding.has_id(beginning))
            || self.sigma.iter().any(|finding| finding.has_id(beginning))
            || self.left_out.iter().any(|left| left.has_id(beginning))
    }

    /// The places of the findings, worst first; equals in the order of time.
    pub fn worst_first(&self) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.findings.len()).collect();
        places.sort_by_key(|place| {
            let judgement = &self.findings[*place].judgement;
            std::cmp::Reverse((judgement.severity, judgement.score))
        });
        places
    }
}

/// The remote threads that one process created in another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Follows from computer, source and target alone, so it is the same in every run.
    pub id: u64,
    /// The computer as logged; empty where the records name none.
    pub computer: Arc<str>,
    /// Who created the threads.
    pub source: Party,
    /// Where they run.
    pub target: Party,
    /// Where they start, the most frequent first.
    pub starts: Vec<Start>,
    /// Threads whose start is not listed, because the pair has too many different ones.
    pub threads_elsewhere: u64,
    /// Number of threads, that is of events 8.
    pub count: u64,
    /// Further records of the same events, not counted above.
    pub copies: u64,
    /// The first thread.
    pub first: Option<Moment>,
    /// The last thread.
    pub last: Option<Moment>,
    /// What the configuration's rules said.
    pub rule_names: Sample<Arc<str>, 8>,
    /// The smallest ids of new threads; [`threads`](Self::threads) has those that matter most first.
    pub thread_ids: Sample<u64, 16>,
    /// The earliest records of threads, copies among them; [`thread_records`](Self::thread_records) has
    /// those first that the judgement rests on.
    pub evidence: Sample<Evidence, 32>,
    /// What is thought of it.
    pub judgement: Judgement,
    /// What the configurations that it was held against would have hidden of it.
    pub hidden_by: Vec<HiddenBy>,
    /// The entry of a person's list by which it is accepted.
    pub accepted: Option<Arc<Acceptance>>,
    /// The Sigma rules that its events fit, the gravest first; they change no judgement.
    pub sigma: Vec<Arc<SigmaRule>>,
}

impl Finding {
    /// What is to be said of threads at starts beyond those that were judged.
    pub fn unjudged(&self) -> Option<String> {
        let noun = if self.threads_elsewhere == 1 { "thread" } else { "threads" };
        let verb = if self.threads_elsewhere == 1 { "was" } else { "were" };
        let threads = grouped(self.threads_elsewhere);
        (self.threads_elsewhere > 0).then(|| format!("{threads} {noun} at further starts {verb} not judged"))
    }

    /// The id as people quote it: `F-` and 16 hex digits.
    pub fn spelled_id(&self) -> String {
        spelled_finding_id(self.id)
    }

    /// Whether its id begins so, as people quote it: with or without `F-`, in whatever letter case.
    pub fn has_id(&self, beginning: &str) -> bool {
        begins(self.id, "F-", beginning)
    }

    /// The records that bear on it, each once, those first that the judgement rests on: the first and the
    /// last of the strongest start, those of the chain (for a hop that of the other process' creation,
    /// too), of the creation, the end and the name of its processes, then the earliest of its threads, and
    /// the first and the last of every other start. As many as were kept, so a bounded number.
    pub fn records(&self) -> Vec<&Evidence> {
        let steps = self.judgement.chain.iter().flat_map(|step| step.evidence.iter().chain(&step.further));
        let ends = [&self.source, &self.target].into_iter().flat_map(Party::records);
        let strongest = self.start().into_iter().flat_map(Start::evidence);
        let others = self.starts.iter().flat_map(Start::evidence);
        each_once(strongest.chain(steps).chain(ends).chain(&self.evidence).chain(others))
    }

    /// Records of its threads, each once: the first and the last of the strongest start, then the earliest.
    pub fn thread_records(&self) -> Vec<&Evidence> {
        each_once(self.start().into_iter().flat_map(Start::evidence).chain(&self.evidence))
    }

    /// Ids of its threads, each once: of the first and the last thread of the strongest start, then the
    /// smallest.
    pub fn threads(&self) -> Vec<u64> {
        let strongest = self.start().into_iter().flat_map(|start| &start.records);
        each_once(strongest.filter_map(|record| record.thread_id).chain(self.thread_ids.iter().copied()))
    }

    /// What the rule says that holds for the strongest start; its class where nothing of it was weighed.
    pub fn start_title(&self) -> Option<&str> {
        let class = &self.start()?.class;
        let entry = self.judgement.ledger.entries.iter().find(|entry| entry.rule == *class);
        Some(entry.map_or(class, |entry| &entry.title))
    }

    /// The strongest start; `None` only for a finding without starts, which no event makes.
    pub fn start(&self) -> Option<&Start> {
        self.starts.get(self.judgement.start)
    }
}

/// Values without repetition, in their order.
fn each_once<T: Clone + Eq + Hash>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = HashSet::new();
    values.filter(|value| seen.insert(value.clone())).collect()
}

/// A finding's id as people quote it: `F-` and 16 hex digits.
pub fn spelled_finding_id(id: u64) -> String {
    format!("F-{id:016x}")
}

/// Whether an id begins so, with or without its mark, in whatever letter case.
pub(super) fn begins(id: u64, mark: &str, beginning: &str) -> bool {
    let beginning = beginning.to_ascii_lowercase();
    let digits = beginning.strip_prefix(&mark.to_ascii_lowercase()).unwrap_or(&beginning);
    format!("{id:016x}").starts_with(digits)
}

/// A process at one end of a remote thread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// What makes it this process; without it, the pid and the image must do.
    pub guid: Option<Guid>,
    /// Its pid, which is reused.
    pub pid: Option<u64>,
    /// Its program, where anything names it.
    pub image: Option<Arc<str>>,
    /// What named the program.
    pub naming: Naming,
    /// Other programs under the same GUID, which only a fault or a forgery brings about.
    pub other_images: Sample<Arc<str>, 4>,
    /// The accounts it ran under.
    pub users: Sample<Arc<str>, 4>,
    /// What other events say of it.
    pub facts: ProcessFacts,
    /// The record that named the program, where it is none of the finding's threads.
    pub named_by: Option<Evidence>,
}

/// What named a process' program.
///
/// The order is that of trust: the event itself, then the process' own event, then others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Naming {
    /// The event 8 itself.
    #[default]
    Direct,
    /// Event 1, the creation of the process; event 8 said `<unknown process>`.
    Creation,
    /// Event 5, the end of the process.
    Termination,
    /// Another event 8 in which the process takes part.
    OtherThread,
}

impl Naming {
    /// The event id that named the program, where it was not the event 8 itself.
    pub fn event_id(self) -> Option<u16> {
        match self {
            Self::Direct => None,
            Self::Creation => Some(1),
            Self::Termination => Some(5),
            Self::OtherThread => Some(8),
        }
    }
}

/// A place where remote threads start.
///
/// The address itself says little, since modules move at every boot; its low 16 bits stay,
/// because modules and allocations are aligned to 64 KiB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// What is known of the place.
    pub kind: StartKind,
    /// Its class: the first rule of the start classes that holds.
    pub class: Arc<str>,
    /// The module that holds it, as far as Sysmon could infer.
    pub module: Option<Arc<str>>,
    /// The exported function that it is, as far as Sysmon could infer.
    pub function: Option<Arc<str>>,
    /// The address' low 16 bits, where no function names the place.
    pub low16: Option<u16>,
    /// Number of threads.
    pub count: u64,
    /// The addresses as logged.
    pub addresses: Sample<Arc<str>, 8>,
    /// Its first thread.
    pub first: Option<Moment>,
    /// Its last thread.
    pub last: Option<Moment>,
    /// The records of its first and its last thread, which are one where they are the same.
    pub records: Vec<ThreadRecord>,
}

/// The record of a thread, and the thread's id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ThreadRecord {
    /// Where it lies.
    pub evidence: Evidence,
    /// The new thread's id.
    pub thread_id: Option<u64>,
}

/// What is known of a start, most telling first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StartKind {
    /// In no module that Sysmon could see, in the part of the address space that is the process' own.
    NoModule,
    /// A module, at no exported function.
    Module,
    /// An exported function of a module.
    Function,
    /// In no module that Sysmon could see, in the kernel's part of the address space.
    Kernel,
    /// Neither module nor address is in the record.
    Unknown,
}

impl StartKind {
    /// The stable name, as printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Module => "module",
            Self::NoModule => "no-module",
            Self::Kernel => "kernel",
            Self::Unknown => "unknown",
        }
    }
}

/// A time and the clock that told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// The time.
    pub time: FileTime,
    /// The clock.
    pub clock: Clock,
}

/// Which clock told a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clock {
    /// Sysmon's own `UtcTime`: when it happened.
    Event,
    /// `TimeCreated`: when the record was written, for want of the other.
    Record,
}

/// Where a record of a finding lies; ordered by time, then place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evidence {
    /// When it happened, or was recorded.
    pub time: Option<FileTime>,
    /// The record's id.
    pub record_id: Option<u64>,
    /// The file or member.
    pub origin: Arc<Origin>,
    /// Byte offset in it.
    pub offset: u64,
    /// Line in it, where it has lines.
    pub line: Option<u64>,
    /// Whether it was found where no living record should be.
    pub recovered: bool,
    /// The event's id.
    pub event_id: u16,
}

impl Moment {
    /// When an event happened, or else when it was recorded.
    pub fn of(event: &Event<'_>) -> Option<Self> {
        let happened = event.utc_time().map(|time| Self { time: time.0, clock: Clock::Event });
        happened.or_else(|| event.time_created().map(|time| Self { time, clock: Clock::Record }))
    }
}

impl Evidence {
    /// Where an event lies that happened at a moment.
    pub fn of(event: &Event<'_>, at: Option<Moment>) -> Self {
        let place = event.place();
        Self {
            time: at.map(|moment| moment.time),
            record_id: event.record_id(),
            origin: Arc::clone(event.origin()),
            offset: place.offset,
            line: place.line,
            recovered: place.recovered,
            event_id: event.id(),
        }
    }
}

impl Start {
    /// The ids of its first and its last thread, which copies of a record share.
    pub fn threads(&self) -> Vec<u64> {
        each_once(self.records.iter().filter_map(|record| record.thread_id))
    }

    /// Where its first and its last record lie.
    pub fn evidence(&self) -> impl Iterator<Item = &Evidence> {
        self.records.iter().map(|record| &record.evidence)
    }

    /// Whether the function is the one that the console's control events start.
    pub fn is_console_control(&self) -> bool {
        self.function.as_deref().is_some_and(|function| function.eq_ignore_ascii_case("CtrlRoutine"))
    }
}

impl Party {
    /// The records from which it is known, beside those of threads.
    fn records(&self) -> impl Iterator<Item = &Evidence> {
        let ProcessFacts { record, end_record, .. } = &self.facts;
        [record, end_record, &self.named_by].into_iter().flatten()
    }

    /// Its account, by the event 8 or else by its event 1.
    pub fn user(&self) -> Option<&Arc<str>> {
        self.users.as_slice().first().or(self.facts.user.as_ref())
    }

    /// The program's file name, as logged; `<unknown process>` where nothing names it.
    pub fn name(&self) -> &str {
        let name = self.image.as_deref().map(|image| image.rsplit(['\\', '/']).next().unwrap_or(image));
        name.unwrap_or("<unknown process>")
    }
}
