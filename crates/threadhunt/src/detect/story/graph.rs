//! The first reading: which processes are meant, who started whom, who created threads in whom.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use super::Key;
use crate::detect::ends::{ENDS, End, OWN, PARENT, SOURCE, TARGET};
use crate::detect::folded;
use crate::detect::remote_thread::{image, moment};
use crate::event::{Batch, Event, FieldSet, FileTime, Guid, Projection, Want, Wildcard};
use crate::report::Candidate;
use crate::schema::fields;

/// What a process is asked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Its GUID, which is one process on a computer.
    Guid(Guid),
    /// Its pid, which is reused.
    Pid(u64),
}

/// Which process is asked for.
#[derive(Clone, Debug)]
pub struct AskedFor {
    /// Its name.
    pub who: Who,
    /// Its computer; any, unless given.
    pub computer: Option<Wildcard>,
}

/// What an event says of the kin of processes.
#[derive(Clone, Debug)]
pub struct Kin {
    computer: Arc<str>,
    said: Said,
}

#[derive(Clone, Debug)]
enum Said {
    /// A process was created by a parent.
    Born { child: Guid, parent: Guid, at: Option<FileTime> },
    /// A process created a thread in another one.
    Thread { source: Guid, target: Guid, at: Option<FileTime> },
    /// An event names a process that is asked for.
    Meant(Candidate),
    /// So many records have the pid that is asked for, and no GUID for it.
    WithoutGuid(u64),
}

impl AskedFor {
    /// What [`extract`](Self::extract) needs to be filled.
    pub fn projection() -> Projection {
        let set = |ends: &[&End]| -> FieldSet {
            ends.iter().flat_map(|end| end.fields()).chain([fields::UTC_TIME]).collect()
        };
        Projection::nothing()
            .with_sysmon(Want::Fields(set(&[&OWN])))
            .with([1], Want::Fields(set(&[&OWN, &PARENT])))
            .with([8, 10], Want::Fields(set(&[&SOURCE, &TARGET])))
            .with([4, 6, 16, 255], Want::Count)
    }

    /// What a batch says; any worker may look.
    pub fn extract(&self, batch: &Batch) -> Vec<Kin> {
        let mut found = Vec::new();
        let mut meant: HashMap<Key, Candidate> = HashMap::new();
        let mut without_guid = 0;
        for event in batch.events() {
            let computer = event.computer();
            if self.computer.as_ref().is_some_and(|wanted| !wanted.matches(&computer)) {
                continue;
            }
            let said = said(&event);
            found.extend(said.map(|said| Kin { computer: folded(&computer), said }));
            without_guid += u64::from(self.is_meant_without_guid(&event));
            for candidate in self.meant(&event) {
                let known = meant.entry((folded(&computer), candidate.guid));
                known.and_modify(|known| merge(known, &candidate)).or_insert(candidate);
            }
        }
        if without_guid > 0 {
            found.push(Kin { computer: "".into(), said: Said::WithoutGuid(without_guid) });
        }
        found.extend(
            meant
                .into_iter()
                .map(|((computer, _), candidate)| Kin { computer, said: Said::Meant(candidate) }),
        );
        found
    }

    fn is_meant_without_guid(&self, event: &Event<'_>) -> bool {
        let Who::Pid(pid) = self.who else { return false };
        ENDS.into_iter().any(|end| end.pid(event) == Some(pid) && end.guid(event).is_none())
    }

    /// The processes that an event names and that are asked for.
    fn meant(&self, event: &Event<'_>) -> impl Iterator<Item = Candidate> {
        ENDS.into_iter().filter_map(|end| {
            let guid = end.guid(event)?;
            let is_meant = match self.who {
                Who::Guid(wanted) => guid == wanted,
                Who::Pid(pid) => end.pid(event) == Some(pid),
            };
            let at = moment(event).map(|moment| moment.time);
            is_meant.then(|| Candidate {
                computer: event.computer().into(),
                guid,
                pid: end.pid(event),
                image: image(event, end.image),
                first: at,
                last: at,
            })
        })
    }
}

fn said(event: &Event<'_>) -> Option<Said> {
    let at = moment(event).map(|moment| moment.time);
    match event.id() {
        1 => Some(Said::Born { child: OWN.guid(event)?, parent: PARENT.guid(event)?, at }),
        8 => Some(Said::Thread { source: SOURCE.guid(event)?, target: TARGET.guid(event)?, at }),
        _ => None,
    }
}

/// The smaller of each, so that the order of events does not matter.
fn merge(known: &mut Candidate, other: &Candidate) {
    known.computer = known.computer.clone().min(other.computer.clone());
    known.pid = [known.pid, other.pid].into_iter().flatten().min();
    known.image = [known.image.take(), other.image.clone()].into_iter().flatten().min();
    known.first = known.first.into_iter().chain(other.first).min();
    known.last = known.last.max(other.last);
}

/// Births and pairs that are remembered, each. Beyond it those with the largest GUIDs go.
const MAX_LINKS: usize = 1 << 20;
/// Processes of one pid that are listed.
const MAX_CANDIDATES: usize = 1000;
/// Processes of one pid that are counted; beyond it their number is a least.
const MAX_MEANT: usize = 1 << 20;

/// Who started whom, and who created threads in whom.
#[derive(Debug, Default)]
pub struct Graph {
    /// By child: its parent, and when.
    born: BTreeMap<Key, (Option<FileTime>, Guid)>,
    /// By source and target: the first thread.
    threads: BTreeMap<(Key, Guid), Option<FileTime>>,
    meant: BTreeMap<Key, Candidate>,
    /// All that are meant, by digest, once there are more than are listed.
    counted: HashSet<u64>,
    digests: RandomState,
    without_guid: u64,
    computers: HashSet<Arc<str>>,
    incomplete: bool,
}

impl Graph {
    /// Takes what was found in a batch.
    pub fn add(&mut self, found: impl IntoIterator<Item = Kin>) {
        for Kin { computer, said } in found {
            if let Said::WithoutGuid(records) = said {
                self.without_guid += records;
                continue;
            }
            let computer = self.shared(computer);
            match said {
                Said::WithoutGuid(_) => {}
                Said::Born { child, parent, at } => {
                    let born = self.born.entry((computer, child)).or_insert((at, parent));
                    // Two parents of one process are a fault or a forgery; any order must give the same.
                    *born = (*born).min((at, parent));
                }
                Said::Thread { source, target, at } => {
                    let first = self.threads.entry(((computer, source), target)).or_insert(at);
                    *first = (*first).into_iter().chain(at).min();
                }
                Said::Meant(candidate) => self.add_meant(computer, candidate),
            }
            self.trim();
        }
    }

    fn trim(&mut self) {
        if self.born.len() > MAX_LINKS {
            self.born.pop_last();
            self.incomplete = true;
        }
        if self.threads.len() > MAX_LINKS {
            self.threads.pop_last();
            self.incomplete = true;
        }
    }

    fn add_meant(&mut self, computer: Arc<str>, candidate: Candidate) {
        let key = (computer, candidate.guid);
        if !self.counted.is_empty() && self.counted.len() < MAX_MEANT {
            self.counted.insert(self.digests.hash_one(&key));
        }
        let known = self.meant.entry(key);
        known.and_modify(|known| merge(known, &candidate)).or_insert(candidate);
        if self.meant.len() <= MAX_CANDIDATES {
            return;
        }
        if self.counted.is_empty() {
            self.counted = self.meant.keys().map(|key| self.digests.hash_one(key)).collect();
        }
        self.meant.pop_last();
    }

    fn shared(&mut self, computer: Arc<str>) -> Arc<str> {
        if let Some(known) = self.computers.get(&computer) {
            return Arc::clone(known);
        }
        self.computers.insert(Arc::clone(&computer));
        computer
    }

    /// The processes that are meant, by time.
    pub fn candidates(&self) -> Vec<Candidate> {
        let mut all: Vec<Candidate> = self.meant.values().cloned().collect();
        all.sort_by_key(|candidate| (candidate.first.is_none(), candidate.first, candidate.guid));
        all
    }

    /// How many processes are meant, listed or not, and whether that is a least.
    pub fn meant(&self) -> (u64, bool) {
        (self.counted.len().max(self.meant.len()) as u64, self.counted.len() >= MAX_MEANT)
    }

    /// Records that have the pid that is asked for, and no GUID for it.
    pub fn without_guid(&self) -> u64 {
        self.without_guid
    }

    /// Whether there was more than is remembered.
    pub(super) fn is_incomplete(&self) -> bool {
        self.incomplete
    }

    pub(super) fn parent(&self, child: &Key) -> Option<Guid> {
        self.born.get(child).map(|(_, parent)| *parent)
    }

    /// The births of a computer: parent, child, when.
    pub(super) fn births(&self, computer: &Arc<str>) -> impl Iterator<Item = (Guid, Guid, Option<FileTime>)> {
        let of_computer = self.born.iter().filter(move |((on, _), _)| on == computer);
        of_computer.map(|((_, child), (at, parent))| (*parent, *child, *at)).filter(|(a, b, _)| a != b)
    }

    /// The pairs of a computer: source, target, first thread.
    pub(super) fn threads(
        &self,
        computer: &Arc<str>,
    ) -> impl Iterator<Item = (Guid, Guid, Option<FileTime>)> {
        let of_computer = self.threads.iter().filter(move |(((on, _), _), _)| on == computer);
        of_computer.map(|(((_, source), target), at)| (*source, *target, *at)).filter(|(a, b, _)| a != b)
    }
}
