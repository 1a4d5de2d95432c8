//! The story of a process: who started it, what it did, who injected into it and where it went on.
//!
//! `detect` fills it from two readings of the inputs. Processes refer to each other by their GUIDs;
//! what a process did is a list of deeds, bounded for each kind of event, with the rest counted.
//! Texts are as logged and unsafe to print as they are.

use std::sync::Arc;

use super::{Evidence, Party};
use crate::event::{FileTime, Guid};

/// A process that was asked for, as the first reading found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The computer as logged.
    pub computer: Arc<str>,
    /// Its GUID.
    pub guid: Guid,
    /// Its pid.
    pub pid: Option<u64>,
    /// Its program, where anything names it.
    pub image: Option<Arc<str>>,
    /// The first event that names it.
    pub first: Option<FileTime>,
    /// The last event that names it.
    pub last: Option<FileTime>,
}

/// A process and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// The computer as logged.
    pub computer: Arc<str>,
    /// The process that was asked for first, then the others, those of one role together.
    pub processes: Vec<StoryProcess>,
    /// How deep children and targets are followed.
    pub depth: usize,
    /// Processes that would belong to it, beyond the limit.
    pub untold: u64,
    /// Whether the input has more processes or pairs than are remembered, so that links may be missing.
    pub incomplete: bool,
    /// Processes that lie one step beyond the depth.
    pub beyond: Beyond,
}

/// Processes that lie one step beyond the depth of a story.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beyond {
    /// Children and targets of those whose story is told.
    pub followers: u64,
    /// Those that created threads in the last of the thread creators.
    pub creators: u64,
}

impl Story {
    /// The greatest depth that can be asked for.
    pub const MAX_DEPTH: u8 = 32;

    /// The process of a GUID.
    pub fn process(&self, guid: Guid) -> Option<&StoryProcess> {
        self.processes.iter().find(|process| process.party.guid == Some(guid))
    }
}

/// Why a process is part of a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It was asked for.
    Asked,
    /// It started the one that was asked for, or one that did; the nearest first.
    Ancestor,
    /// It created threads in the one that was asked for, or in one that did.
    ThreadCreator,
    /// It was started by one whose story is told, or got a thread from it.
    Follower,
}

impl Role {
    /// The stable name, as printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Ancestor => "ancestor",
            Self::ThreadCreator => "thread-creator",
            Self::Follower => "follower",
        }
    }
}

/// A process of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryProcess {
    /// Who it is.
    pub party: Party,
    /// Why it is part of the story.
    pub role: Role,
    /// What it did and what was done to it, by time; empty where its story is not told.
    pub deeds: Vec<Deed>,
    /// Events that are only counted, by id: those beyond the limit, and modules that are ordinary.
    pub more: Vec<(u16, u64)>,
    /// Events before the first thread that made it part of the story, which are not told.
    pub before: u64,
}

/// Who acts in a deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// The process did it.
    Did,
    /// It was done to the process.
    Suffered,
}

impl Way {
    /// The stable name, as printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Did => "did",
            Self::Suffered => "suffered",
        }
    }
}

/// The process at the other end of a deed.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Other {
    /// Its GUID.
    pub guid: Option<Guid>,
    /// Its pid.
    pub pid: Option<u64>,
    /// Its program.
    pub image: Option<Arc<str>>,
}

/// What a process did, once or several times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// The event that shows it.
    pub event: u16,
    /// Who acts.
    pub way: Way,
    /// The other process, of events that have one.
    pub other: Option<Other>,
    /// What it is about: a file, an address, a name.
    pub text: Arc<str>,
    /// How many events.
    pub count: u64,
    /// The first of them.
    pub first: Option<FileTime>,
    /// The last of them.
    pub last: Option<FileTime>,
    /// The first record.
    pub evidence: Evidence,
    /// Children and targets of the other process, which are not told because it lies beyond the depth.
    pub untold: u64,
}

/// What events say that a process did, in words.
const WORDS: &[(u16, Way, &str)] = &[
    (1, Way::Did, "started"),
    (2, Way::Did, "changed the creation time of"),
    (3, Way::Did, "connected"),
    (7, Way::Did, "loaded"),
    (8, Way::Did, "created a thread in"),
    (8, Way::Suffered, "got a thread from"),
    (9, Way::Did, "read the raw device"),
    (10, Way::Did, "opened"),
    (10, Way::Suffered, "was opened by"),
    (11, Way::Did, "created"),
    (12, Way::Did, "changed the registry:"),
    (13, Way::Did, "set"),
    (14, Way::Did, "renamed"),
    (15, Way::Did, "wrote the stream"),
    (17, Way::Did, "created the pipe"),
    (18, Way::Did, "connected to the pipe"),
    (22, Way::Did, "resolved"),
    (23, Way::Did, "deleted"),
    (24, Way::Did, "changed the clipboard"),
    (25, Way::Did, "was tampered with:"),
    (26, Way::Did, "deleted"),
    (27, Way::Did, "was kept from creating"),
    (28, Way::Did, "was kept from shredding"),
    (29, Way::Did, "created the program"),
];

impl Deed {
    /// The deed as a verb.
    pub fn words(&self) -> &'static str {
        let found = WORDS.iter().find(|(event, way, _)| (*event, *way) == (self.event, self.way));
        found.map_or("did", |(_, _, words)| words)
    }

    /// Whether it leads to a process whose story belongs here: a child, or the target of a thread.
    pub fn leads(&self) -> bool {
        self.way == Way::Did && matches!(self.event, 1 | 8)
    }
}
