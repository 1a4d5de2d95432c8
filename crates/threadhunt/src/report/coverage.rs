//! What the inputs cover: without it, an empty result is worth nothing.
//!
//! One [`Coverage`] per computer: the span of time, the events seen, what is missing among
//! the record ids, and what the sensor said of itself (configuration changes, stops, errors).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Moment, Sample};
use crate::event::{FileTime, Guid, Origin};

/// What the inputs hold of one computer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The computer as logged; empty where the records name none.
    pub computer: Arc<str>,
    /// When the oldest event happened, or else was recorded.
    pub first: Option<FileTime>,
    /// When the newest event happened, or else was recorded.
    pub last: Option<FileTime>,
    /// Sysmon records by event id, copies included.
    pub events: BTreeMap<u16, u64>,
    /// Records among them that were found in slack.
    pub recovered: u64,
    /// Further records of events 8 that were counted once, included above.
    pub copies: u64,
    /// Its channels, by name.
    pub channels: Vec<ChannelCoverage>,
    /// Configurations that came into force (event 16).
    pub configurations: Sample<Configuration, 16>,
    /// Starts and stops of the service (event 4).
    pub service: Sample<ServiceState, 16>,
    /// Whether a stop is among the states of the service, listed or not.
    pub stopped: bool,
    /// Errors of the sensor (event 255).
    pub errors: Sample<SensorError, 8>,
    /// Schema versions that the service named (event 4).
    pub schema_versions: Sample<Arc<str>, 8>,
    /// Records without any time.
    pub undated: u64,
    /// Records whose `UtcTime` and `TimeCreated` lie more than a day apart.
    pub doubtful: u64,
    /// Processes whose image was tampered with (event 25).
    pub tampering: Tampering,
}

/// The processes of a computer whose image was tampered with, by events 25.
///
/// Hollowing needs no remote thread, so such a process need not take part in any finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tampering {
    /// How many there are.
    pub processes: u64,
    /// How many of them are neither source nor target of a remote thread with a finding.
    pub elsewhere: u64,
    /// The first of these.
    pub examples: Sample<TamperedProcess, 4>,
    /// Whether there were too many to count them all.
    pub has_more: bool,
}

/// A process whose image was tampered with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TamperedProcess {
    /// When that was told of first.
    pub at: Option<Moment>,
    /// The process; `None` where the record has only its pid.
    pub guid: Option<Guid>,
    /// Its pid.
    pub pid: Option<u64>,
    /// Its program.
    pub image: Option<Arc<str>>,
    /// What Sysmon saw, such as `Image is replaced`.
    pub kind: Option<Arc<str>>,
    /// The log that told of it.
    pub origin: Arc<Origin>,
}

impl Coverage {
    /// All Sysmon records.
    pub fn total(&self) -> u64 {
        self.events.values().sum()
    }

    /// Number of records of one event.
    pub fn seen(&self, id: u16) -> u64 {
        self.events.get(&id).copied().unwrap_or(0)
    }
}

/// The record ids of one channel of one computer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelCoverage {
    /// The channel; empty where the records name none.
    pub channel: Arc<str>,
    /// Records that have an id, without those found in slack.
    pub records: u64,
    /// Records without one, as some exports write them.
    pub without_id: u64,
    /// The smallest and the largest id.
    pub ids: Option<(u64, u64)>,
    /// Different ids; `None` when there are too many gaps to keep.
    pub different: Option<u64>,
    /// Number of gaps between the ids.
    pub gaps: u64,
    /// Ids that lie in gaps.
    pub missing: u64,
    /// The widest gaps, widest first.
    pub widest: Vec<Gap>,
}

/// Below this many gaps nothing is said about filters: logs lose single records.
const FEW_GAPS: u64 = 8;
/// An export of chosen ids leaves short runs; a whole log has thousands of records between gaps.
const SHORT_RUN: u64 = 50;

impl ChannelCoverage {
    /// Whether the gaps look like those of a filtered export: many, with few records between.
    pub fn looks_filtered(&self) -> bool {
        match self.different {
            Some(different) => self.gaps >= FEW_GAPS && different / (self.gaps + 1) < SHORT_RUN,
            None => true,
        }
    }

    /// Records whose id came before: copies, or a log that was cleared and began anew.
    pub fn repeated(&self) -> u64 {
        self.different.map_or(0, |different| self.records.saturating_sub(different))
    }
}

/// Record ids that are missing, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The first missing id.
    pub from: u64,
    /// The last missing id.
    pub to: u64,
}

impl Gap {
    /// How many ids are missing.
    pub fn missing(self) -> u64 {
        (self.to - self.from).saturating_add(1)
    }
}

/// A configuration that came into force.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Configuration {
    /// When.
    pub at: Option<Moment>,
    /// The file, or the command line that named it.
    pub file: Option<Arc<str>>,
    /// Its hash.
    pub hash: Option<Arc<str>>,
}

/// A state that the service entered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceState {
    /// When.
    pub at: Option<Moment>,
    /// `Started` or `Stopped`.
    pub state: Option<Arc<str>>,
    /// Sysmon's version.
    pub version: Option<Arc<str>>,
}

/// An error that the sensor reported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SensorError {
    /// When.
    pub at: Option<Moment>,
    /// The error's name.
    pub name: Option<Arc<str>>,
    /// What it said.
    pub description: Option<Arc<str>>,
}
