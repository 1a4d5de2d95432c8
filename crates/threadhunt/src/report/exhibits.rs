//! Exhibits: records that findings rest on, kept whole.
//!
//! A finding knows where its records lie and holds none of them. Who hands findings over, or shows
//! what was logged, has the records fetched by another reading; here they are kept until they are
//! written, in whatever form. What is kept is bounded, and what was not kept can be asked for.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Evidence, Finding};
use crate::event::{Batch, Event, Origin};

/// Whole records, found by where they lie.
#[derive(Debug, Default)]
pub struct Exhibits {
    batches: Vec<Batch>,
    /// The batch and the index in it.
    places: HashMap<Spot, (usize, usize)>,
    size: usize,
    left_out: u64,
}

/// Where a record lies, and which one it is, for inputs where several lie in one place.
type Spot = (Arc<Origin>, u64, Option<u64>, Option<u64>, u16);

/// Bytes kept: some hundred thousand ordinary records, or four thousand of the largest in an event log.
const MAX_SIZE: usize = 256 << 20;

impl Exhibits {
    /// Takes records that nobody else holds; what goes beyond the limit is counted and dropped.
    ///
    /// Of several records in one place the first one counts.
    pub fn add(&mut self, batch: Batch) {
        self.size = self.size.saturating_add(batch.size());
        if self.size > MAX_SIZE {
            self.left_out += batch.len() as u64;
            return;
        }
        for (index, event) in batch.events().enumerate() {
            self.places.entry(spot_of(&event)).or_insert((self.batches.len(), index));
        }
        self.batches.push(batch);
    }

    /// How many records there was no room for.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The record of a piece of evidence; `None` where it was not fetched.
    pub fn get(&self, evidence: &Evidence) -> Option<Event<'_>> {
        let (batch, index) = *self.places.get(&spot(evidence))?;
        self.batches.get(batch)?.record_at(index).into_event()
    }

    /// The records of a finding in the order of [`Finding::records`], each where it was fetched.
    pub fn of<'e, 'f: 'e>(
        &'e self,
        finding: &'f Finding,
    ) -> impl Iterator<Item = (&'f Evidence, Option<Event<'e>>)> {
        finding.records().into_iter().map(|evidence| (evidence, self.get(evidence)))
    }
}

fn spot(evidence: &Evidence) -> Spot {
    let Evidence { origin, offset, line, record_id, event_id, .. } = evidence;
    (Arc::clone(origin), *offset, *line, *record_id, *event_id)
}

fn spot_of(event: &Event<'_>) -> Spot {
    let place = event.place();
    (Arc::clone(event.origin()), place.offset, place.line, event.record_id(), event.id())
}
