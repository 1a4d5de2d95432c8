//! Names for processes that event 8 calls `<unknown process>`.
//!
//! Sysmon does not know a process that was created milliseconds before; event 1 of the same
//! process GUID names it, and may come later in the log with a later time. Holding the name of
//! every process until the end would take memory without bound, so the inputs are read twice,
//! and the second time only where a name is missing: then just event 1 (and event 5, the end
//! of the process, which outlives a log that was cleared) with two fields each.
//!
//! Names never cross computers.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::folded;
use super::remote_thread::image;
use crate::event::{Batch, Event, FieldSet, FileTime, Guid, Projection, Want};
use crate::report::Naming;
use crate::schema::fields;

/// The processes that need a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub(super) guids: HashSet<Guid>,
}

/// A name that was found.
#[derive(Clone, Debug)]
pub struct Name {
    process: (Arc<str>, Guid),
    rank: Rank,
}

/// Which of several names is taken: the smallest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    naming: Naming,
    recorded: Option<FileTime>,
    image: Arc<str>,
}

/// Which events name a process, by the fields `ProcessGuid` and `Image`.
const NAMING_EVENTS: [(u16, Naming); 2] = [(1, Naming::Creation), (5, Naming::Termination)];

impl Wanted {
    /// What [`extract`](Self::extract) needs to be filled.
    pub fn projection() -> Projection {
        let fields: FieldSet = [fields::PROCESS_GUID, fields::IMAGE].into_iter().collect();
        Projection::nothing().with(NAMING_EVENTS.map(|(id, _)| id), Want::Fields(fields))
    }

    /// How many processes need a name.
    pub fn len(&self) -> usize {
        self.guids.len()
    }

    /// Whether no process needs a name.
    pub fn is_empty(&self) -> bool {
        self.guids.is_empty()
    }

    /// The names that a batch holds; any worker may look.
    pub fn extract(&self, batch: &Batch) -> Vec<Name> {
        batch.events().filter_map(|event| self.name(&event)).collect()
    }

    fn name(&self, event: &Event<'_>) -> Option<Name> {
        let (_, naming) = NAMING_EVENTS.into_iter().find(|(id, _)| *id == event.id())?;
        let guid = event.guid(fields::PROCESS_GUID).filter(|guid| self.guids.contains(guid))?;
        let rank = Rank { naming, recorded: event.time_created(), image: image(event, fields::IMAGE)? };
        Some(Name { process: (folded(&event.computer()), guid), rank })
    }
}

/// The best name of each process so far.
#[derive(Debug, Default)]
pub(super) struct Names {
    best: HashMap<(Arc<str>, Guid), Rank>,
}

impl Names {
    /// Takes a name, if none is better.
    pub(super) fn add(&mut self, name: Name) {
        let best = self.best.entry(name.process).or_insert_with(|| name.rank.clone());
        if name.rank < *best {
            *best = name.rank;
        }
    }

    /// Takes the name that another remote thread of the process told.
    pub(super) fn add_told(&mut self, computer: Arc<str>, guid: Guid, image: Arc<str>) {
        self.add(Name {
            process: (computer, guid),
            rank: Rank { naming: Naming::OtherThread, recorded: None, image },
        });
    }

    /// The name of a process and what told it.
    pub(super) fn get(&self, computer: &Arc<str>, guid: Guid) -> Option<(Naming, Arc<str>)> {
        self.best.get(&(Arc::clone(computer), guid)).map(|rank| (rank.naming, Arc::clone(&rank.image)))
    }
}
