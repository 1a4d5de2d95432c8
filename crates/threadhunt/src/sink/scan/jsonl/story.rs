//! Stories as JSON lines: `docs/process.md` documents the objects.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::{Evidence, Party, Process, is_zero, write_line};
use crate::report;

/// The version of the objects: raised when a key changes its meaning or goes, not when one comes.
const SCHEMA_VERSION: u32 = 1;

/// Writes an object for the story, then one for each of its processes, the one asked for first.
pub fn write(story: &report::Story, out: &mut dyn Write) -> io::Result<()> {
    write_line(&Story::from(story), out)?;
    story.processes.iter().try_for_each(|process| write_line(&StoryProcess::new(story, process), out))
}

/// Writes an object with the number of processes among which to choose (all of them, and whether that
/// is a least), then one for each that is listed.
pub fn write_candidates(
    candidates: &[report::Candidate],
    (total, is_least): (u64, bool),
    out: &mut dyn Write,
) -> io::Result<()> {
    let all = Candidates {
        kind: "candidates",
        schema_version: SCHEMA_VERSION,
        total,
        listed: candidates.len(),
        is_least,
    };
    write_line(&all, out)?;
    candidates.iter().try_for_each(|candidate| write_line(&Candidate::from(candidate), out))
}

#[derive(Serialize)]
struct Candidates {
    kind: &'static str,
    schema_version: u32,
    total: u64,
    listed: usize,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_least: bool,
}

#[derive(Serialize)]
struct Candidate<'a> {
    kind: &'static str,
    schema_version: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    computer: &'a str,
    guid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
}

impl<'a> From<&'a report::Candidate> for Candidate<'a> {
    fn from(candidate: &'a report::Candidate) -> Self {
        Self {
            kind: "candidate",
            schema_version: SCHEMA_VERSION,
            computer: &candidate.computer,
            guid: candidate.guid.to_string(),
            pid: candidate.pid,
            image: candidate.image.as_deref(),
            first: candidate.first.map(|time| time.to_string()),
            last: candidate.last.map(|time| time.to_string()),
        }
    }
}

#[derive(Serialize)]
struct Story<'a> {
    kind: &'static str,
    schema_version: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    computer: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    guid: Option<String>,
    processes: usize,
    depth: usize,
    #[serde(skip_serializing_if = "is_zero")]
    untold: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    incomplete: bool,
    #[serde(skip_serializing_if = "is_zero")]
    beyond_followers: u64,
    #[serde(skip_serializing_if = "is_zero")]
    beyond_creators: u64,
}

impl<'a> From<&'a report::Story> for Story<'a> {
    fn from(story: &'a report::Story) -> Self {
        let asked = story.processes.first().and_then(|process| process.party.guid);
        Self {
            kind: "story",
            schema_version: SCHEMA_VERSION,
            computer: &story.computer,
            guid: asked.map(|guid| guid.to_string()),
            processes: story.processes.len(),
            depth: story.depth,
            untold: story.untold,
            incomplete: story.incomplete,
            beyond_followers: story.beyond.followers,
            beyond_creators: story.beyond.creators,
        }
    }
}

#[derive(Serialize)]
struct StoryProcess<'a> {
    kind: &'static str,
    schema_version: u32,
    role: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    computer: &'a str,
    #[serde(flatten)]
    party: Party<'a>,
    deeds: Vec<Deed<'a>>,
    /// By event id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    more: BTreeMap<u16, u64>,
    #[serde(skip_serializing_if = "is_zero")]
    before: u64,
}

impl<'a> StoryProcess<'a> {
    fn new(story: &'a report::Story, process: &'a report::StoryProcess) -> Self {
        Self {
            kind: "process",
            schema_version: SCHEMA_VERSION,
            role: process.role.name(),
            computer: &story.computer,
            party: Party::from(&process.party),
            deeds: process.deeds.iter().map(Deed::from).collect(),
            more: process.more.iter().copied().collect(),
            before: process.before,
        }
    }
}

#[derive(Serialize)]
struct Deed<'a> {
    event: u16,
    way: &'static str,
    words: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<Process<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    text: &'a str,
    count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
    evidence: Evidence<'a>,
    #[serde(skip_serializing_if = "is_zero")]
    untold: u64,
}

impl<'a> From<&'a report::Deed> for Deed<'a> {
    fn from(deed: &'a report::Deed) -> Self {
        Self {
            event: deed.event,
            way: deed.way.name(),
            words: deed.words(),
            other: deed.other.as_ref().map(Process::from),
            text: &deed.text,
            count: deed.count,
            first: deed.first.map(|time| time.to_string()),
            last: deed.last.map(|time| time.to_string()),
            evidence: Evidence::from(&deed.evidence),
            untold: deed.untold,
        }
    }
}
