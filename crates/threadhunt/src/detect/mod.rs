//! Detection: from batches of events to findings and coverage.
//!
//! Work is cut so that it runs on many threads and its result depends on none of them:
//! [`extract`] looks at one batch and needs no memory; a [`Scan`] takes what it found, in any
//! order. Processes that event 8 calls `<unknown process>` need a second look at the inputs,
//! and only then: [`Scan::wanted`] says whose names are missing, [`Wanted::extract`] finds them.
//!
//! ```
//! use threadhunt::detect::{Copies, Scan, extract};
//! use threadhunt::event::Batch;
//!
//! let batch = Batch::default(); // as a reader filled it, with `detect::projection()`
//! let mut scan = Scan::new(Copies::Once);
//! scan.add(extract(&batch));
//! assert!(scan.wanted().is_none(), "no process without a name");
//! assert!(scan.finish().findings.is_empty());
//! ```
//!
//! What a finding is stands in [`report`](crate::report); judging it is not done here yet.

use std::sync::Arc;

use crate::event::{Batch, Projection, Want};

mod coverage;
mod duplicates;
mod pairs;
mod remote_thread;
mod scan;
mod unknown;

pub use remote_thread::{Process, RemoteThread, StartFacts};
pub use scan::{Copies, Scan};
pub use unknown::{Name, Wanted};

use coverage::HostFacts;

/// What [`extract`] needs to be filled: events 8 and the sensor's own wholly, of others the
/// `System` section.
pub fn projection() -> Projection {
    Projection::nothing().with_sysmon(Want::System).with([4, 8, 16, 255], Want::All)
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

/// Looks at one batch; any worker may.
pub fn extract(batch: &Batch) -> BatchFacts {
    BatchFacts {
        threads: batch.events().filter_map(|event| RemoteThread::read(&event)).collect(),
        hosts: coverage::extract(batch),
    }
}

/// Text in the spelling under which computers, paths and functions are compared.
fn folded(text: &str) -> Arc<str> {
    text.to_lowercase().into()
}
