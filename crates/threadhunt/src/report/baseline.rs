//! What a baseline knows, as `detect` tells it and sinks print it.

use std::sync::Arc;

/// A baseline in numbers, with all that it knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaselineOverview {
    /// Computers with any remote thread: only these count where something is called rare.
    pub hosts: u64,
    /// Computers with events of Sysmon's, but without any remote thread.
    pub silent_hosts: u64,
    /// Days on which any computer logged.
    pub days: u64,
    /// The first of them, such as `2020-10-17`.
    pub first: Option<String>,
    /// The last of them.
    pub last: Option<String>,
    /// Where older days were dropped for want of room: the first that was kept.
    pub since: Option<String>,
    /// Days of computers, all together.
    pub host_days: u64,
    /// What sources did, by source, start and target.
    pub habits: Vec<KnownHabit>,
}

/// A source that started threads in a target, in one manner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownHabit {
    /// The source's path, without users and versions.
    pub source: Arc<str>,
    /// The start class.
    pub class: Arc<str>,
    /// The module's file name, where the start is in one.
    pub module: Arc<str>,
    /// The function, where it is one.
    pub function: Arc<str>,
    /// The target's path, as the source's.
    pub target: Arc<str>,
    /// Computers on which it was seen.
    pub hosts: u64,
    /// Days on which it was seen on any.
    pub days: u64,
    /// Days of computers on which it was seen.
    pub host_days: u64,
    /// The first day.
    pub first: String,
    /// The last day.
    pub last: String,
}
