//! The judgement of a finding: how bad, how sure, and the ledger that says why.
//!
//! A ledger is a sum that a person can do again by hand: a prior, and of each group of evidence
//! what it adds, in bits. Numbers are whole tenths, so that equal evidence gives equal results
//! on every machine. `detect` does the sums; these types hold and spell them.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::{Evidence, Other};
use crate::event::FileTime;

/// How much a finding deserves a look. Later ones are worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing speaks for an injection.
    #[default]
    Info,
    /// Little does.
    Low,
    /// Look when there is time, or a known product does it.
    Medium,
    /// Injection-shaped.
    High,
    /// Injection-shaped by its start, and by something else that is independent of it.
    Critical,
}

impl Severity {
    /// All, least first.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The stable name, as printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// One step less.
    pub fn lower(self) -> Self {
        Self::ALL[(self as usize).saturating_sub(1)]
    }
}

/// How much of what the judgement rests on is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// A program, a GUID or the start is unknown, or the records contradict each other.
    #[default]
    Low,
    /// The event 8 is complete.
    Medium,
    /// Other events bear it out: the creation of a process and a link of the chain.
    High,
}

impl Confidence {
    /// The stable name, as printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Evidence in tenths of a bit: +1 bit doubles the odds of an injection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bits(i32);

impl Bits {
    /// No evidence either way.
    pub const ZERO: Self = Self(0);
    /// More than this is no evidence any more but a mistake in a table.
    const MOST: f64 = 99.0;

    /// Rounds to tenths; `None` for what is no number, or beyond 99 either way.
    pub fn new(bits: f64) -> Option<Self> {
        (bits.abs() <= Self::MOST).then(|| Self((bits * 10.0).round() as i32))
    }

    /// As a number.
    pub fn value(self) -> f64 {
        f64::from(self.0) / 10.0
    }
}

impl std::ops::Add for Bits {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::ops::Sub for Bits {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl std::ops::Neg for Bits {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl std::iter::Sum for Bits {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, |sum, bits| sum + bits)
    }
}

/// `+7`, `−6`, `+5.1`, `0`, with a true minus.
impl fmt::Display for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.0 {
            0 => "",
            1.. => "+",
            _ => "−",
        };
        let (whole, tenth) = (self.0.unsigned_abs() / 10, self.0.unsigned_abs() % 10);
        match tenth {
            0 => write!(f, "{sign}{whole}"),
            _ => write!(f, "{sign}{whole}.{tenth}"),
        }
    }
}

/// 0 to 100 in tenths of a point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(u16);

impl Score {
    /// The score of a sum of bits, `100 / (1 + 2^−bits)`, rounded down.
    pub fn of(bits: Bits) -> Self {
        Self((1000.0 / (1.0 + (-bits.value()).exp2())).floor() as u16)
    }

    /// The largest score below a number of points.
    pub fn below(points: f64) -> Self {
        Self(((points * 10.0).ceil() as u16).saturating_sub(1))
    }

    /// As a number from 0 to 100.
    pub fn value(self) -> f64 {
        f64::from(self.0) / 10.0
    }

    /// Whole points, rounded down, so that 94.9 does not look like 95.
    pub fn points(self) -> u16 {
        self.0 / 10
    }
}

/// A kind of evidence. Of each the strongest entry counts, but for [`Chain`](Self::Chain) and
/// [`Rarity`](Self::Rarity), whose entries add up to a cap; see [`Ledger`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Where the thread starts.
    Start,
    /// Who created it.
    Source,
    /// Where it runs.
    Target,
    /// How old the target was.
    Age,
    /// Under whose accounts.
    Users,
    /// What else the two processes did; these entries add up, to a cap.
    Chain,
    /// How rare it is by a baseline; capped, so that it never makes a `high` alone.
    Rarity,
    /// What speaks for a known product, or for what is common by a baseline.
    Credit,
}

impl Group {
    /// All, as they stand in a ledger.
    pub const ALL: [Self; 8] = [
        Self::Start,
        Self::Source,
        Self::Target,
        Self::Age,
        Self::Users,
        Self::Chain,
        Self::Rarity,
        Self::Credit,
    ];

    /// The stable name, as printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Source => "source",
            Self::Target => "target",
            Self::Age => "age",
            Self::Users => "users",
            Self::Chain => "chain",
            Self::Rarity => "rarity",
            Self::Credit => "credit",
        }
    }
}

/// A piece of evidence in a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its kind.
    pub group: Group,
    /// The rule that holds, or the measure that was taken; `threadhunt rules show` documents it.
    pub rule: Arc<str>,
    /// What the rule says in a few words.
    pub title: Arc<str>,
    /// The weight of the rule.
    pub bits: Bits,
    /// What it adds to the sum: less than its weight where something outweighs or caps it.
    pub adds: Bits,
}

/// Why the severity is lower than the sum alone would make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The worst that it may be.
    pub severity: Severity,
    /// Why.
    pub reason: Cow<'static, str>,
}

/// The sum of the evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Where the sum begins.
    pub prior: Bits,
    /// All evidence that holds, by group, the strongest first.
    pub entries: Vec<Entry>,
    /// The prior and all that the entries add.
    pub sum: Bits,
    /// What keeps the severity down.
    pub limits: Vec<Limit>,
}

/// A step of the chain of events around a remote thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it is.
    pub kind: StepKind,
    /// How it is known.
    pub state: StepState,
    /// When.
    pub time: Option<FileTime>,
    /// What is known of it, in words; values in it are as logged.
    pub text: Cow<'static, str>,
    /// The record.
    pub evidence: Option<Evidence>,
    /// The other finding, of the kinds [`HopIn`](StepKind::HopIn) and [`HopOut`](StepKind::HopOut).
    pub hop: Option<Hop>,
    /// The program or file that the record names beside source and target, as logged: what was loaded,
    /// opened or started, or of an [`Origin`](StepKind::Origin) who wrote it.
    pub image: Option<Arc<str>>,
    /// Further records on which its words rest.
    pub further: Vec<Evidence>,
}

/// The finding by which an injection came to a source, or went on from a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The other finding's id.
    pub finding: u64,
    /// The process where it comes from, or goes to.
    pub process: Other,
}

/// What a step of the chain is, in the order in which injections go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepKind {
    /// Something had been injected into the source.
    HopIn,
    /// The source's program, or the DLL, was written.
    Origin,
    /// The source created the target.
    Spawn,
    /// The source opened the target.
    Handle,
    /// Memory of the target was allocated and written.
    Write,
    /// The remote thread itself.
    Thread,
    /// A DLL was loaded into the target.
    Load,
    /// The new thread opened a process.
    Act,
    /// Code at the start of the new thread, or behind it, opened a process.
    Memory,
    /// The target's image was tampered with.
    Tamper,
    /// The target started a program.
    Child,
    /// The target connected to another computer.
    Connect,
    /// The target asked for a name.
    Query,
    /// The target used a pipe of attack tools.
    Pipe,
    /// The target wrote what starts again with Windows.
    Persist,
    /// The target opened lsass.
    Lsass,
    /// Whatever the target did afterwards.
    Follow,
    /// The target went on to inject.
    HopOut,
}

impl StepKind {
    /// The stable name, as printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::HopIn => "hop-in",
            Self::Origin => "origin",
            Self::Spawn => "spawn",
            Self::Handle => "handle",
            Self::Write => "write",
            Self::Thread => "thread",
            Self::Load => "load",
            Self::Act => "act",
            Self::Memory => "memory",
            Self::Tamper => "tamper",
            Self::Child => "child",
            Self::Connect => "connect",
            Self::Query => "query",
            Self::Pipe => "pipe",
            Self::Persist => "persist",
            Self::Lsass => "lsass",
            Self::Follow => "follow-on",
            Self::HopOut => "hop-out",
        }
    }
}

/// How a step is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepState {
    /// A record shows it.
    Seen,
    /// No event shows it; it must have happened if this was an injection of the usual kind.
    Inferred,
    /// The input holds no event of the kind that would show it, for this computer.
    NotLogged,
}

impl StepState {
    /// The stable name, as printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Inferred => "inferred",
            Self::NotLogged => "not-logged",
        }
    }
}

/// What is thought of a finding, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// How bad.
    pub severity: Severity,
    /// The same as a number; always within the severity's band.
    pub score: Score,
    /// How much of it is known.
    pub confidence: Confidence,
    /// The ATT&CK technique that the start is consistent with; none where the start is harmless.
    pub technique: Option<Arc<str>>,
    /// The finding in a line; values in it are as logged.
    pub title: String,
    /// What the strongest start is consistent with.
    pub meaning: Arc<str>,
    /// The place of the strongest start among the finding's starts.
    pub start: usize,
    /// The sum for that start.
    pub ledger: Ledger,
    /// What is known of the events around it, in the order of an injection.
    pub chain: Vec<Step>,
    /// What would make it harmless.
    pub benign_if: Vec<Arc<str>>,
    /// What is odd about the records, or unknown; the gravest first.
    pub notes: Vec<Cow<'static, str>>,
    /// How many of the notes, from the first, tell of what cannot be right or was not judged.
    pub doubts: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(value: f64) -> Bits {
        Bits::new(value).unwrap()
    }

    #[test]
    fn bits_print_with_their_sign() {
        for (value, text) in [(7.0, "+7"), (-6.0, "−6"), (5.1, "+5.1"), (0.0, "0"), (-0.5, "−0.5")] {
            assert_eq!(bits(value).to_string(), text);
        }
        assert_eq!((Bits::new(f64::NAN), Bits::new(f64::INFINITY), Bits::new(100.0)), (None, None, None));
    }

    /// 2^1.9 = 3.7321, 3.7321 / 4.7321 = 0.78868; the others are 2^n / (1 + 2^n).
    #[test]
    fn scores_are_those_of_the_formula() {
        for (sum, points) in
            [(0.0, 50.0), (2.0, 80.0), (1.9, 78.8), (-2.0, 20.0), (3.0, 88.8), (5.0, 96.9), (-6.0, 1.5)]
        {
            assert_eq!(Score::of(bits(sum)).value(), points, "{sum} bits");
        }
        assert_eq!((Score::of(bits(99.0)).points(), Score::of(bits(-99.0)).points()), (100, 0));
        assert_eq!(Score::below(80.0).value(), 79.9);
    }

    #[test]
    fn severities_are_ordered() {
        assert!(Severity::ALL.windows(2).all(|pair| pair[0] < pair[1] && pair[1].lower() == pair[0]));
        assert_eq!(Severity::Info.lower(), Severity::Info);
    }
}
