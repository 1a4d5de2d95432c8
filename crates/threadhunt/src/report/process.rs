//! What other events say of a process that takes part in a remote thread.
//!
//! All of it is optional: a log without event 1 leaves the creation time that the GUID holds,
//! and nothing else. Long texts are cut, with an ellipsis at the end.

use std::sync::Arc;

use super::Evidence;
use crate::event::{FileTime, Guid};

/// What is known of a process beside its event 8.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProcessFacts {
    /// When it was created.
    pub created: Option<Created>,
    /// When it ended, by event 5.
    pub ended: Option<FileTime>,
    /// Its command line, by event 1 like all that follows.
    pub command_line: Option<Arc<str>>,
    /// The process that created it.
    pub parent: Option<Parent>,
    /// Hashes of its program.
    pub hashes: Option<Arc<str>>,
    /// Who made the program, as the program claims.
    pub company: Option<Arc<str>>,
    /// The name that the program was built under.
    pub original_file_name: Option<Arc<str>>,
    /// Its account.
    pub user: Option<Arc<str>>,
    /// The record of its event 1.
    pub record: Option<Evidence>,
    /// Its program, by event 1.
    pub image: Option<Arc<str>>,
    /// The record of its event 5.
    pub end_record: Option<Evidence>,
}

impl ProcessFacts {
    /// Whether its event 1 is in the input.
    pub fn has_creation(&self) -> bool {
        matches!(self.created, Some(Created::Logged(_)))
    }
}

/// The creation of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// By event 1.
    Logged(FileTime),
    /// By its GUID, to the second.
    Guid(FileTime),
}

impl Created {
    /// The time.
    pub fn time(self) -> FileTime {
        match self {
            Self::Logged(time) | Self::Guid(time) => time,
        }
    }

    /// The stable name of what told it, as printed.
    pub fn told_by(self) -> &'static str {
        match self {
            Self::Logged(_) => "event-1",
            Self::Guid(_) => "guid",
        }
    }
}

/// The parent of a process, as its event 1 names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parent {
    /// Its GUID.
    pub guid: Option<Guid>,
    /// Its pid.
    pub pid: Option<u64>,
    /// Its program.
    pub image: Option<Arc<str>>,
    /// Its command line.
    pub command_line: Option<Arc<str>>,
}
