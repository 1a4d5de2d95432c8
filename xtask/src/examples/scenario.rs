//! The scenario as written: `examples/scenario.toml`.
//!
//! Hosts with their processes and events, in words close to Sysmon's own; what a record needs
//! beyond that is worked out in [`story`](super::story).

use std::collections::BTreeMap;

use serde::Deserialize;

/// Texts of fields by name.
pub(super) type Fields = BTreeMap<String, String>;

/// The whole scenario.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    /// The day on which all times lie, `2026-03-03`.
    pub(super) date: String,
    /// Values of fields that nothing else determines, by event tag or `all`.
    pub(super) defaults: BTreeMap<String, Fields>,
    pub(super) user: Vec<User>,
    pub(super) image: Vec<Image>,
    pub(super) function: Vec<Function>,
    pub(super) host: Vec<Host>,
    pub(super) foreign: Vec<Foreign>,
    pub(super) damaged: Vec<Damaged>,
}

/// An account with its logon session.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct User {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) logon: u64,
    pub(super) session: u32,
    pub(super) integrity: String,
}

/// What a file says of itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Image {
    pub(super) path: String,
    /// `FileVersion`, `Description`, `Product`, `Company`, `OriginalFileName`, signature.
    pub(super) fields: Fields,
}

/// An exported function and its distance from its module's base.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) module: String,
    pub(super) offset: u64,
}

/// A host and what was logged on it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Host {
    pub(super) name: String,
    /// Where its log goes, and copies of it.
    pub(super) files: Vec<String>,
    /// The host's part of its process GUIDs.
    pub(super) machine: u32,
    pub(super) boot: u16,
    /// Schema of its Sysmon, which decides about the fields.
    pub(super) schema: String,
    pub(super) sysmon_pid: u32,
    pub(super) first_record: u64,
    /// Base addresses of modules since boot, by file name.
    pub(super) bases: BTreeMap<String, u64>,
    pub(super) processes: Vec<Process>,
    pub(super) events: Vec<Event>,
    #[serde(default)]
    pub(super) routines: Vec<Routine>,
}

/// A process and its life.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Process {
    #[serde(default)]
    pub(super) key: String,
    pub(super) image: String,
    pub(super) user: String,
    pub(super) parent: Option<String>,
    pub(super) command: Option<String>,
    pub(super) pid: Option<u32>,
    /// When it started; not given in routines.
    #[serde(default)]
    pub(super) at: String,
    pub(super) ends: Option<String>,
    /// Whether event 1 is in the log; processes older than the log have none.
    #[serde(default)]
    pub(super) unlogged: bool,
    /// How much later than the process its event 1 was written.
    pub(super) delay_ms: Option<u64>,
    #[serde(default)]
    pub(super) fields: Fields,
}

/// An event that happened once, or once for each target.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Event {
    #[serde(default)]
    pub(super) at: String,
    /// Its configuration tag.
    pub(super) event: String,
    pub(super) process: Option<String>,
    pub(super) source: Option<String>,
    pub(super) target: Option<String>,
    /// One event for each of these, a millisecond apart.
    #[serde(default)]
    pub(super) targets: Vec<String>,
    /// Sysmon does not know the target yet.
    #[serde(default)]
    pub(super) unknown_target: bool,
    /// `LoadLibraryW`, or an address outside of all modules.
    pub(super) start: Option<String>,
    /// How often, two milliseconds apart.
    #[serde(default = "once")]
    pub(super) times: u64,
    /// How many records were lost before this one.
    #[serde(default)]
    pub(super) lost_before: u64,
    pub(super) delay_ms: Option<u64>,
    #[serde(default)]
    pub(super) fields: Fields,
}

fn once() -> u64 {
    1
}

/// What happens again and again: a process that runs, or an event.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Routine {
    pub(super) from: String,
    pub(super) to: String,
    /// Seconds between two.
    pub(super) every: u64,
    pub(super) run: Option<Process>,
    /// Seconds that the process lives.
    #[serde(default)]
    pub(super) lives: u64,
    pub(super) event: Option<Event>,
}

/// A record of another provider, with `UserData`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Foreign {
    pub(super) file: String,
    pub(super) at: String,
    pub(super) host: String,
    pub(super) provider: String,
    pub(super) guid: String,
    pub(super) channel: String,
    pub(super) id: u64,
    pub(super) record: u64,
    /// The element below `UserData`.
    pub(super) element: String,
    /// Its children, name and text.
    pub(super) values: Vec<(String, String)>,
}

/// A log that is damaged on purpose.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Damaged {
    pub(super) file: String,
    /// The sound log that it is made from.
    pub(super) from: String,
    /// The chunk, from 0, whose mark is overwritten.
    pub(super) chunk_without_mark: usize,
    /// The record of the last chunk, from 0, in whose middle the file ends.
    pub(super) ends_in_record: usize,
}
