//! The file of a baseline: JSON lines, the same bytes for the same knowledge; `docs/baseline.md` documents them.
//!
//! A head with the version, a line a computer, a line a habit, and an end with the digest of all
//! before it, so that a file that was cut or changed by accident is not taken for a whole one. The
//! reader believes nothing else: every number is checked, and what a line can make us keep is
//! counted against the limits of a baseline as it is read.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::btree_map::Entry;
use std::fmt::Write;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::day::{Day, Host, HostDay};
use super::habit::{Behaviour, Habit};
use super::{Baseline, MAX_HABITS, MAX_HOST_DAYS};
use crate::report::is_unsafe;

/// The kind that the head names.
const KIND: &str = "threadhunt-baseline";
/// The version that this library writes, and the newest that it reads.
const VERSION: u32 = 1;

/// Why a baseline cannot be read, or not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// The first line is no head of a baseline.
    #[error("it is no baseline: the first line is not that of one; `threadhunt baseline build` makes them")]
    NotABaseline,
    /// Written by a newer program.
    #[error(
        "it is of version {version}, and this program reads up to {VERSION}: use the program that wrote it"
    )]
    Newer {
        /// Its version.
        version: u32,
    },
    /// It was cut, or changed by something else than this program.
    #[error("line {line}: {what}; the file is damaged, build it again or take another copy")]
    Damaged {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// Another value, such as a future key, in a line.
    #[error("line {line}: {what}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong, in the words of the JSON parser.
        what: String,
    },
    /// More host-days than a baseline has, in a file.
    #[error("it holds more than {MAX_HOST_DAYS} host-days, which no baseline of this program does")]
    TooLarge,
    /// The last day alone fills it.
    #[error("the last day alone has more than {MAX_HOST_DAYS} host-days: learn from fewer logs at a time")]
    DayTooLarge,
    /// More habits than a baseline keeps.
    #[error("there are more than {MAX_HABITS} different habits, which is no baseline of anything")]
    TooManyHabits,
}

/// The first line. Other keys are refused, but only once the version is known.
#[derive(Serialize, Deserialize)]
struct Head {
    kind: String,
    version: u32,
    #[serde(default)]
    since: Option<String>,
}

/// A computer and its days, runs of days as `first..last`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HostLine {
    host: String,
    days: Vec<String>,
}

/// A habit: by day the computers on which it was seen, as ranges of their places in the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HabitLine {
    source: String,
    class: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    module: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    function: String,
    target: String,
    seen: BTreeMap<String, String>,
}

/// The last line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    sha256: String,
}

impl Baseline {
    /// The baseline as a file.
    pub fn write(&self) -> Vec<u8> {
        let mut out = String::new();
        let since = self.since.map(|day| day.to_string());
        push_line(&Head { kind: KIND.to_owned(), version: VERSION, since }, &mut out);
        for (host, days) in &self.hosts {
            push_line(&HostLine { host: host.to_string(), days: runs_of_days(days) }, &mut out);
        }
        let places: BTreeMap<Host, usize> =
            self.hosts.keys().enumerate().map(|(place, host)| (*host, place)).collect();
        for (habit, seen) in &self.habits {
            push_line(&HabitLine::new(habit, seen, &places), &mut out);
        }
        Self::sealed(out.as_bytes())
    }

    /// The lines of a baseline with the end that vouches for them: for tests of readers, since whatever
    /// lacks it is refused before it is looked at.
    #[doc(hidden)]
    pub fn sealed(lines: &[u8]) -> Vec<u8> {
        let mut end = String::new();
        // A line that is not ended would run into the last one.
        let newline: &[u8] = if lines.ends_with(b"\n") { b"" } else { b"\n" };
        let lines = [lines, newline].concat();
        push_line(&End { sha256: digest(&lines) }, &mut end);
        [lines.as_slice(), end.as_bytes()].concat()
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// When it is no baseline, a newer one, a damaged one, or one that no program of ours has written.
    pub fn read(bytes: &[u8]) -> Result<Self, BaselineError> {
        let text = std::str::from_utf8(bytes).map_err(|_| BaselineError::NotABaseline)?;
        let (head, rest) = text.split_once('\n').unwrap_or((text, ""));
        let mut reader = Reader::new(head)?;
        let end = rest.strip_suffix('\n').map(|rest| rest.rfind('\n').map_or(0, |at| at + 1));
        let lines = || text.lines().count();
        let (rest, end) = match end {
            Some(at) => rest.split_at(at),
            None => return Err(BaselineError::Damaged { line: lines(), what: "the end is missing" }),
        };
        let Ok(End { sha256 }) = serde_json::from_str(end) else {
            return Err(BaselineError::Damaged { line: lines(), what: "the end is missing" });
        };
        if sha256 != digest(&bytes[..bytes.len() - end.len()]) {
            return Err(BaselineError::Damaged { line: lines(), what: "the digest is that of another file" });
        }
        for (line, text) in (2..).zip(rest.lines()) {
            reader.line(text).map_err(|wrong| wrong.at(line))?;
        }
        reader.baseline.trim()?;
        Ok(reader.baseline)
    }
}

impl HabitLine {
    fn new(habit: &Habit, seen: &BTreeSet<HostDay>, places: &BTreeMap<Host, usize>) -> Self {
        let mut by_day: BTreeMap<Day, Vec<usize>> = BTreeMap::new();
        for (host, day) in seen {
            // Hosts come in their order, and so do their places.
            by_day.entry(*day).or_default().extend(places.get(host));
        }
        let Behaviour { class, module, function } = &habit.behaviour;
        Self {
            source: habit.source.to_string(),
            class: class.to_string(),
            module: module.to_string(),
            function: function.to_string(),
            target: habit.target.to_string(),
            seen: by_day.into_iter().map(|(day, hosts)| (day.to_string(), ranges(&hosts))).collect(),
        }
    }
}

/// Ascending numbers in runs, the ends of each.
fn runs(numbers: impl IntoIterator<Item = usize>) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    runs
}

/// `0-3,7`
fn ranges(numbers: &[usize]) -> String {
    let mut out = String::new();
    for (first, last) in runs(numbers.iter().copied()) {
        let comma = if out.is_empty() { "" } else { "," };
        // Writing to a String cannot fail.
        let _ =
            if first == last { write!(out, "{comma}{first}") } else { write!(out, "{comma}{first}-{last}") };
    }
    out
}

fn runs_of_days(days: &BTreeSet<Day>) -> Vec<String> {
    let day = |number: usize| Day(number as u16);
    let spelled = |(first, last)| match first == last {
        true => day(first).to_string(),
        false => format!("{}..{}", day(first), day(last)),
    };
    runs(days.iter().map(|day| usize::from(day.0))).into_iter().map(spelled).collect()
}

/// Appends a line of JSON that is safe to look at: what would drive a terminal is an escape.
fn push_line(line: &impl Serialize, out: &mut String) {
    let text = serde_json::to_string(line).expect("texts and numbers under fixed names are JSON");
    for c in text.chars() {
        if is_unsafe(c) {
            // Beyond ASCII, JSON has characters only within strings, where an escape says the same.
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out.push('\n');
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// What is wrong with a line.
enum Wrong {
    Json(serde_json::Error),
    What(&'static str),
    Whole(BaselineError),
}

impl Wrong {
    fn at(self, line: usize) -> BaselineError {
        match self {
            Self::Json(error) => BaselineError::Line { line, what: error.to_string() },
            Self::What(what) => BaselineError::Damaged { line, what },
            Self::Whole(error) => error,
        }
    }
}

/// A baseline that is being read.
struct Reader {
    baseline: Baseline,
    /// The computers by their places.
    hosts: Vec<Host>,
    /// Host-days read, repeated ones too: what bounds the work.
    taken: usize,
}

impl Reader {
    fn new(head: &str) -> Result<Self, BaselineError> {
        let head: Head = serde_json::from_str(head).map_err(|_| BaselineError::NotABaseline)?;
        match head.version {
            _ if head.kind != KIND => return Err(BaselineError::NotABaseline),
            VERSION => {}
            version => return Err(BaselineError::Newer { version }),
        }
        let since = match head.since.as_deref().map(Day::parse) {
            Some(None) => return Err(BaselineError::Damaged { line: 1, what: "`since` is no day" }),
            since => since.flatten(),
        };
        let baseline = Baseline { since, ..Baseline::default() };
        Ok(Self { baseline, hosts: Vec::new(), taken: 0 })
    }

    fn line(&mut self, text: &str) -> Result<(), Wrong> {
        // Both kinds of line begin with a key of their own, as they are written.
        if text.starts_with(r#"{"host":"#) {
            self.host(&serde_json::from_str(text).map_err(Wrong::Json)?)
        } else {
            self.habit(serde_json::from_str(text).map_err(Wrong::Json)?)
        }
    }

    fn host(&mut self, line: &HostLine) -> Result<(), Wrong> {
        let host = Host::parse(&line.host).ok_or(Wrong::What("the host is no digest"))?;
        if !self.baseline.habits.is_empty() {
            return Err(Wrong::What("a host after the habits"));
        }
        let mut days = BTreeSet::new();
        for run in &line.days {
            let (first, last) = run.split_once("..").unwrap_or((run, run));
            let (Some(first), Some(last)) = (Day::parse(first), Day::parse(last)) else {
                return Err(Wrong::What("a day that is none"));
            };
            self.take(usize::from(last.0.saturating_sub(first.0)) + 1)?;
            days.extend((first.0..=last.0).map(Day));
        }
        match self.baseline.hosts.entry(host) {
            Entry::Vacant(place) => place.insert(days),
            Entry::Occupied(_) => return Err(Wrong::What("a host that stands there twice")),
        };
        self.hosts.push(host);
        Ok(())
    }

    fn habit(&mut self, line: HabitLine) -> Result<(), Wrong> {
        let seen = self.seen(&line.seen)?;
        if seen.is_empty() || line.source.is_empty() || line.target.is_empty() || line.class.is_empty() {
            return Err(Wrong::What("a habit without source, class, target or days"));
        }
        if self.baseline.habits.len() >= MAX_HABITS {
            return Err(Wrong::Whole(BaselineError::TooManyHabits));
        }
        let behaviour = Behaviour {
            class: line.class.into(),
            module: line.module.into(),
            function: line.function.into(),
        };
        let habit = Habit { source: line.source.into(), behaviour, target: line.target.into() };
        match self.baseline.habits.insert(habit, seen) {
            None => Ok(()),
            Some(_) => Err(Wrong::What("a habit that stands there twice")),
        }
    }

    /// The host-days of a habit, all of which must be days on which the host logged.
    fn seen(&mut self, by_day: &BTreeMap<String, String>) -> Result<BTreeSet<HostDay>, Wrong> {
        let mut seen = BTreeSet::new();
        for (day, ranges) in by_day {
            let day = Day::parse(day).ok_or(Wrong::What("a day that is none"))?;
            for range in ranges.split(',') {
                for host in self.hosts_of(range)? {
                    if !self.baseline.hosts.get(&host).is_some_and(|days| days.contains(&day)) {
                        return Err(Wrong::What("something seen on a day without logs"));
                    }
                    seen.insert((host, day));
                }
            }
        }
        Ok(seen)
    }

    /// The computers at the places of a range such as `0-3` or `7`.
    fn hosts_of(&mut self, range: &str) -> Result<Vec<Host>, Wrong> {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let hosts = first.parse().ok().zip(last.parse().ok());
        let hosts =
            hosts.and_then(|(first, last): (usize, usize)| self.hosts.get(first..last.checked_add(1)?));
        let hosts = hosts.ok_or(Wrong::What("a host that is not there"))?.to_vec();
        self.take(hosts.len())?;
        Ok(hosts)
    }

    fn take(&mut self, host_days: usize) -> Result<(), Wrong> {
        self.taken += host_days;
        if self.taken > MAX_HOST_DAYS { Err(Wrong::Whole(BaselineError::TooLarge)) } else { Ok(()) }
    }
}
