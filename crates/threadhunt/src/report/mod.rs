//! Reports: what people are told about damage, in words with place and remedy.
//!
//! Readers note a [`Damage`] with a code; here it becomes a line that names the file, the
//! offset, the reason and what to do, safe to print on a terminal. A [`Diagnostic`] is the
//! same for files that people write.

use std::fmt;

use crate::event;
use crate::event::{Damage, Origin};

mod accepted;
mod baseline;
mod computers;
mod coverage;
mod diagnostic;
mod exhibits;
mod finding;
mod grouped;
mod hidden;
mod judgement;
mod left_out;
mod pattern;
mod printable;
mod process;
mod sample;
mod sigma;
mod stack;
mod story;

pub use accepted::Acceptance;
pub use baseline::{BaselineOverview, KnownHabit};
pub use computers::ComputerNames;
pub use coverage::{
    ChannelCoverage, Configuration, Coverage, Gap, SensorError, ServiceState, TamperedProcess, Tampering,
};
pub use diagnostic::{Diagnostic, DiagnosticCode, Level, Related};
pub use exhibits::Exhibits;
pub use finding::{
    Clock, Evidence, Finding, Moment, Naming, Party, Scanned, Start, StartKind, ThreadRecord,
    spelled_finding_id,
};
pub use grouped::grouped;
pub use hidden::{HiddenBy, HiddenWhy};
pub use judgement::{
    Bits, Confidence, Entry, Group, Hop, Judgement, Ledger, Limit, Score, Severity, Step, StepKind, StepState,
};
pub use left_out::{LeftOut, Wish};
pub use pattern::Pattern;
pub use printable::printable;
pub(crate) use printable::{is_unsafe, starts_formula};
pub use process::{Created, Parent, ProcessFacts};
pub use sample::Sample;
pub use sigma::{SigmaField, SigmaFinding, SigmaLevel, SigmaProcess, SigmaRole, SigmaRule};
pub use stack::{StackOrder, StackRow, StackTable};
pub use story::{Beyond, Candidate, Deed, Other, Role, Story, StoryProcess, Way};

/// A damage together with the input in which it was met.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The input.
    pub origin: &'a Origin,
    /// What was met.
    pub damage: &'a Damage,
}

impl Report<'_> {
    /// Whether something was lost.
    pub fn severity(&self) -> event::Severity {
        self.damage.code.severity()
    }
}

/// One line: `lost[record] file.evtx at 0x1200 (record 17): reason; remedy`.
impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let damage = self.damage;
        let word = match self.severity() {
            event::Severity::Warning => "warning",
            event::Severity::Loss => "lost",
        };
        write!(f, "{word}[{}] {}", damage.code.name(), printable(&self.origin.to_string()))?;
        if let Some(line) = damage.line {
            write!(f, " line {line}")?;
        } else if let Some(offset) = damage.offset {
            write!(f, " at {offset:#x}")?;
        }
        if let Some(id) = damage.record_id {
            write!(f, " (record {id})")?;
        }
        write!(f, ": {}; {}", printable(&damage.reason), damage.code.remedy())
    }
}
