//! Detection: from batches of events to findings and coverage.
//!
//! Work is cut so that it runs on many threads and its result depends on none of them:
//! [`extract`] looks at one batch and needs no memory; a [`Scan`] takes what it found, in any
//! order. Then comes a second look at the inputs: [`Scan::wanted`] says which processes take part
//! in remote threads, [`Wanted::extract`] finds what other events say of them. [`Rules`] judge.
//! Who wants the records of findings whole, and not only where they lie, looks for what is
//! [`Sought`] a third time.
//!
//! ```
//! use threadhunt::detect::{Copies, Rules, Scan, extract};
//! use threadhunt::event::Batch;
//!
//! let batch = Batch::default(); // as a reader filled it, with `detect::projection()`
//! let mut scan = Scan::new(Copies::Once);
//! scan.add(extract(&batch));
//! assert!(scan.wanted().is_none(), "nothing to look for a second time");
//! assert!(scan.finish(Rules::builtin()).findings.is_empty());
//! ```
//!
//! Sigma rules are looked for in the first reading, by a [`SigmaSearch`] in the workers and a [`SigmaScan`].
//! What a finding and its judgement are stands in [`report`](crate::report).

use std::sync::Arc;

use crate::event::{Batch, Event, FieldSet, Projection, Want};
use crate::schema::fields;

mod accept;
mod against;
mod baseline;
mod chain;
mod context;
mod coverage;
mod crowd;
mod duplicates;
mod ends;
mod exhibits;
mod judge;
mod ledger;
mod pairs;
mod paths;
mod patterns;
mod remote_thread;
mod rules;
mod scan;
mod sigma;
mod stack;
mod story;

pub use accept::{AcceptError, Accepted, Answers, CountedUse, EntryUse, NotWritable, entry_text, in_days};
pub use against::Against;
pub use baseline::{
    Baseline, BaselineError, Learner, MAX_HABITS, MAX_HOST_DAYS, Sightings, Unlearned, sightings,
};
pub use context::{Context, Wanted};
pub use exhibits::Sought;
pub use remote_thread::{Process, RemoteThread, StartFacts};
pub use rules::{Reference, Rule, Rules, WeightsError};
pub use scan::{Copies, Scan};
pub use sigma::{SigmaFacts, SigmaLimits, SigmaScan, SigmaSearch};
pub use stack::{MAX_STACK_ROWS, STACK_COLUMNS, Spelling, Stack, StackColumn, StackPlan, Stacked};
pub use story::{AskedFor, Cast, Graph, Kin, Telling, Told, Who};

use coverage::HostFacts;

/// What [`extract`] needs to be filled: events 8 and 25 and the sensor's own wholly, of others the
/// `System` section and `UtcTime`.
pub fn projection() -> Projection {
    let time: FieldSet = [fields::UTC_TIME].into_iter().collect();
    Projection::nothing().with_sysmon(Want::Fields(time)).with([4, 8, 16, 25, 255], Want::All)
}

/// What a scan keeps of one batch.
#[derive(Debug, Default)]
pub struct BatchFacts {
    threads: Vec<RemoteThread>,
    hosts: Vec<HostFacts>,
}

impl BatchFacts {
    /// The remote threads of the batch.
    pub fn threads(&self) -> &[RemoteThread] {
        &self.threads
    }
}

/// Which records of a batch a scan looks at.
#[derive(Clone, Copy, Debug, Default)]
pub enum Kept<'k> {
    /// All of them.
    #[default]
    All,
    /// Those at these indices, which ascend: what a configuration logs. The rest was in the log all
    /// the same, so it leaves no gap in what the log covers.
    Only(&'k [u32]),
}

impl Kept<'_> {
    fn holds(self, index: u32) -> bool {
        match self {
            Self::All => true,
            Self::Only(kept) => kept.binary_search(&index).is_ok(),
        }
    }
}

/// Looks at one batch; any worker may.
pub fn extract(batch: &Batch) -> BatchFacts {
    extract_kept(batch, Kept::All)
}

/// Looks at one batch as if it held only some of its records.
pub fn extract_kept(batch: &Batch, kept: Kept<'_>) -> BatchFacts {
    extract_against(batch, kept, &Against::default())
}

/// Looks at one batch, and at what configurations would have dropped of it.
pub fn extract_against(batch: &Batch, kept: Kept<'_>, against: &Against) -> BatchFacts {
    let events = indexed(batch).filter(|(index, _)| kept.holds(*index));
    let mut deciders = against.deciders();
    let thread = |(_, event): (u32, Event<'_>)| {
        let thread = RemoteThread::read(&event)?;
        Some(RemoteThread { dropped: deciders.look(&event), ..thread })
    };
    BatchFacts { threads: events.filter_map(thread).collect(), hosts: coverage::extract(batch, kept) }
}

/// The Sysmon events of a batch with the indices of their records.
fn indexed(batch: &Batch) -> impl Iterator<Item = (u32, Event<'_>)> {
    (0..).zip(batch.records()).filter_map(|(index, record)| Some((index, record.into_event()?)))
}

/// The line of what is wrong in a person's file, from 1, and what that is, in one line.
fn toml_fault(text: &str, error: &toml::de::Error) -> (usize, String) {
    let before = error.span().and_then(|span| text.as_bytes().get(..span.start)).unwrap_or_default();
    (1 + memchr::memchr_iter(b'\n', before).count(), error.message().trim_end().replace('\n', ", "))
}

/// Text in the spelling under which computers, paths and functions are compared.
fn folded(text: &str) -> Arc<str> {
    text.to_lowercase().into()
}
