//! What a third reading looks for: the records of findings, to be handed over or shown whole.
//!
//! Only files that hold one of them need to be read, and of those only the events with their ids
//! are decoded. Records are found again by where they lie, so the inputs must be as they were; a
//! record that is gone is missing in the result and nothing else takes its place.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::indexed;
use crate::event::{Batch, Origin, Projection, Want};
use crate::report::Finding;

/// Where the records of findings lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// Offsets and event ids of each file.
    places: HashMap<Arc<Origin>, HashSet<(u64, u16)>>,
    ids: BTreeSet<u16>,
}

/// Records that are looked for at once: of ordinary size, they take some 200 MB.
const MAX_RECORDS: usize = 1 << 16;

impl Sought {
    /// Looks for the records of these findings.
    pub fn of<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Self {
        Self::foremost(findings, usize::MAX)
    }

    /// Looks for so many records of each of these findings, those first that its judgement rests on.
    pub fn foremost<'f>(findings: impl IntoIterator<Item = &'f Finding>, most: usize) -> Self {
        let mut sought = Self::default();
        for evidence in findings.into_iter().flat_map(|finding| finding.records().into_iter().take(most)) {
            let places = sought.places.entry(Arc::clone(&evidence.origin)).or_default();
            places.insert((evidence.offset, evidence.event_id));
            sought.ids.insert(evidence.event_id);
        }
        sought
    }

    /// Findings in portions whose records can be held at once; mostly that is one.
    pub fn portions<'a, 'f>(findings: &'a [&'f Finding]) -> impl Iterator<Item = &'a [&'f Finding]> {
        let mut records = 0;
        findings.chunk_by(move |one, next| {
            records += one.records().len();
            let fits = records + next.records().len() <= MAX_RECORDS;
            records = if fits { records } else { 0 };
            fits
        })
    }

    /// The files that have to be read, as origins name them.
    pub fn files(&self) -> BTreeSet<&str> {
        self.places.keys().map(|origin| origin.file.as_str()).collect()
    }

    /// What [`pick`](Self::pick) needs to be filled.
    pub fn projection(&self) -> Projection {
        Projection::nothing().with(self.ids.iter().copied(), Want::All)
    }

    /// The records of a batch that are looked for, for [`Exhibits`](crate::report::Exhibits).
    pub fn pick(&self, batch: &Batch) -> Option<Batch> {
        let places = self.places.get(&batch.origin)?;
        let picked = indexed(batch).filter(|(_, event)| places.contains(&(event.place().offset, event.id())));
        let picked: Vec<u32> = picked.map(|(index, _)| index).collect();
        (!picked.is_empty()).then(|| batch.excerpt(&picked))
    }
}
