//! From a host of the scenario to its log entries: every field of every event, in the order in
//! which Sysmon wrote them.
//!
//! A field has the value that the event names, or the one that follows from its processes, its
//! files and its start address, or the scenario's default; a field without any is an error.
//! Nothing is random: what has to look so is hashed from names and places.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow, bail};
use threadhunt::event::FileTime;
use threadhunt::schema::{self, EventSchema, FieldSchema, Platform};

use super::scenario::{Event, Fields, Host, Process, Routine, Scenario, User};

/// A record to be.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) schema: &'static EventSchema,
    pub(super) version: u8,
    /// `TimeCreated`.
    pub(super) written: u64,
    /// Records lost before this one.
    pub(super) lost_before: u64,
    /// Fields in order.
    pub(super) fields: Vec<(&'static FieldSchema, String)>,
}

const MILLISECOND: u64 = 10_000;
const SECOND: u64 = 1000 * MILLISECOND;

/// The log entries of a host in the order of the log.
pub(super) fn entries(scenario: &Scenario, host: &Host) -> Result<Vec<Entry>> {
    let mut story = Story { scenario, host, processes: BTreeMap::new(), entries: Vec::new() };
    for process in &host.processes {
        story.process(process, story.ticks(&process.at)?)?;
    }
    for event in &host.events {
        story.event(event, story.ticks(&event.at)?)?;
    }
    for (number, routine) in host.routines.iter().enumerate() {
        story.routine(number, routine)?;
    }
    story.entries.sort_by_key(|entry| entry.written);
    Ok(story.entries)
}

/// A process as its events tell of it.
#[derive(Clone, Debug)]
struct Known {
    guid: String,
    pid: u32,
    image: String,
    command: String,
    user: String,
}

struct Story<'s> {
    scenario: &'s Scenario,
    host: &'s Host,
    processes: BTreeMap<String, Known>,
    entries: Vec<Entry>,
}

impl Story<'_> {
    fn ticks(&self, time: &str) -> Result<u64> {
        let text = format!("{}T{time}Z", self.scenario.date);
        Ok(FileTime::parse(&text).with_context(|| format!("{text} is no time"))?.0)
    }

    fn user(&self, key: &str) -> Result<&User> {
        self.scenario.user.iter().find(|user| user.key == key).with_context(|| format!("no user {key}"))
    }

    fn known(&self, key: &str) -> Result<&Known> {
        self.processes.get(key).with_context(|| format!("no process {key} on {} so far", self.host.name))
    }

    /// Starts a process, and ends it if it ends.
    fn process(&mut self, process: &Process, at: u64) -> Result<()> {
        let key =
            if process.key.is_empty() { format!("{}#{at}", process.image) } else { process.key.clone() };
        let user = self.user(&process.user)?;
        let seed = hash(&[&self.host.name, &key]);
        let known = Known {
            guid: self.guid(at, u64::from(self.host.boot) << 48 | (self.processes.len() as u64 * 7 + 40)),
            pid: process.pid.unwrap_or((1000 + seed % 7000) as u32 * 4),
            image: process.image.clone(),
            command: process.command.clone().unwrap_or_else(|| process.image.clone()),
            user: user.name.clone(),
        };
        let mut fields = process.fields.clone();
        let logon = self.guid(self.ticks("05:00:00")? + user.logon % 3600 * SECOND, user.logon);
        let mut set = |name: &str, value: String| {
            fields.entry(name.to_owned()).or_insert(value);
        };
        set("CommandLine", known.command.clone());
        set("LogonGuid", logon);
        set("LogonId", format!("{:#x}", user.logon));
        set("TerminalSessionId", user.session.to_string());
        set("IntegrityLevel", user.integrity.clone());
        if let Some(parent) = &process.parent {
            let parent = self.known(parent)?;
            set("ParentProcessGuid", parent.guid.clone());
            set("ParentProcessId", parent.pid.to_string());
            set("ParentImage", parent.image.clone());
            set("ParentCommandLine", parent.command.clone());
            set("ParentUser", parent.user.clone());
        }
        self.processes.insert(key.clone(), known);
        if !process.unlogged {
            let event = Event { delay_ms: process.delay_ms, fields, ..plain("ProcessCreate", &key) };
            self.event(&event, at)?;
        }
        match &process.ends {
            Some(ends) => self.event(&plain("ProcessTerminate", &key), self.ticks(ends)?),
            None => Ok(()),
        }
    }

    fn guid(&self, created: u64, key: u64) -> String {
        let machine = self.host.machine;
        let seconds = (created / SECOND - 11_644_473_600) as u32;
        let key: Vec<String> = key.to_le_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        format!(
            "{{{machine:08x}-{:04x}-{:04x}-{}-{}}}",
            seconds & 0xffff,
            seconds >> 16,
            key[..2].concat(),
            key[2..].concat()
        )
    }

    fn routine(&mut self, number: usize, routine: &Routine) -> Result<()> {
        let (mut at, to) = (self.ticks(&routine.from)?, self.ticks(&routine.to)?);
        while at < to {
            // Up to a quarter earlier or later, so that nothing ticks like a clock.
            let swing = routine.every * 1000 / 4;
            let shift = hash(&[&self.host.name, &number.to_string(), &at.to_string()]) % (2 * swing);
            let moment = at + shift * MILLISECOND;
            if let Some(process) = &routine.run {
                let key = format!("{}#{moment}", process.image);
                self.process(&Process { key: key.clone(), ..process.clone() }, moment)?;
                self.event(&plain("ProcessTerminate", &key), moment + routine.lives * SECOND)?;
            }
            if let Some(event) = &routine.event {
                self.event(event, moment)?;
            }
            at += routine.every * SECOND;
        }
        Ok(())
    }

    /// An event, as often and for as many targets as it says.
    fn event(&mut self, event: &Event, at: u64) -> Result<()> {
        let targets: Vec<Option<&String>> = match event.targets.is_empty() {
            true => vec![event.target.as_ref()],
            false => event.targets.iter().map(Some).collect(),
        };
        for time in 0..event.times {
            for (place, target) in targets.iter().enumerate() {
                let at = at + (2 * time + place as u64) * MILLISECOND;
                self.one_event(event, target.map(String::as_str), at)
                    .with_context(|| format!("{} at {} on {}", event.event, event.at, self.host.name))?;
            }
        }
        Ok(())
    }

    fn one_event(&mut self, event: &Event, target: Option<&str>, at: u64) -> Result<()> {
        let schema = schema::events()
            .iter()
            .find(|schema| schema.platform == Platform::Windows && schema.tag == event.event)
            .with_context(|| format!("no event {}", event.event))?;
        let own = release(&self.host.schema)?;
        let known = |since: &str| release(since).is_ok_and(|since| since <= own);
        let gone = |field: &FieldSchema| field.removed.is_some_and(known);
        let values = self.values(event, target, at)?;
        let mut fields = Vec::new();
        for field in schema.fields.iter().filter(|field| known(field.since) && !gone(field)) {
            let value = self.value(event, &values, field.name);
            fields.push((field, value.with_context(|| format!("nothing says what {} is", field.name))?));
        }
        let seed = hash(&[&self.host.name, &at.to_string(), &self.entries.len().to_string()]);
        let delay = event.delay_ms.unwrap_or(3 + seed % 11) * MILLISECOND + seed % MILLISECOND;
        let version = schema.versions.iter().rfind(|(since, _)| known(since)).map(|(_, version)| *version);
        self.entries.push(Entry {
            schema,
            version: version.unwrap_or(schema.version),
            written: at + delay,
            lost_before: event.lost_before,
            fields,
        });
        Ok(())
    }

    /// The value of a field: as the event says, as follows from it, or the default.
    fn value(&self, event: &Event, values: &Fields, name: &str) -> Option<String> {
        let default = |kind: &str| self.scenario.defaults.get(kind)?.get(name);
        let value = event.fields.get(name).or_else(|| values.get(name));
        value.or_else(|| default(&event.event)).or_else(|| default("all")).cloned()
    }

    /// What follows from the event's time, processes, files and start address.
    fn values(&self, event: &Event, target: Option<&str>, at: u64) -> Result<Fields> {
        let mut values = Fields::new();
        let mut set = |name: String, value: &str| values.insert(name, value.to_owned());
        set("UtcTime".into(), &utc_time(at));
        for (key, role) in
            [(event.process.as_deref(), ""), (event.source.as_deref(), "Source"), (target, "Target")]
        {
            let Some(key) = key else { continue };
            let known = self.known(key)?;
            let unknown = role == "Target" && event.unknown_target;
            set(format!("{role}ProcessGuid"), &known.guid);
            set(format!("{role}ProcessGUID"), &known.guid);
            set(format!("{role}ProcessId"), &known.pid.to_string());
            set(format!("{role}Image"), if unknown { "<unknown process>" } else { &known.image });
            set(format!("{role}User"), if unknown { "-" } else { &known.user });
        }
        let file = event.fields.get("ImageLoaded").or(values.get("Image")).cloned().unwrap_or_default();
        if let Some(image) = self.scenario.image.iter().find(|image| image.path.eq_ignore_ascii_case(&file)) {
            values.extend(image.fields.clone());
        }
        values.insert("Hashes".into(), hashes(&file));
        let seed = hash(&[&self.host.name, target.unwrap_or_default(), &at.to_string()]);
        values.insert("NewThreadId".into(), (4 * (500 + seed % 3000)).to_string());
        values.insert("SourceThreadId".into(), (4 * (500 + seed % 2777)).to_string());
        values.insert("CreationUtcTime".into(), utc_time(at));
        if let Some(start) = &event.start {
            self.start(start, &mut values)?;
        }
        Ok(values)
    }

    fn start(&self, start: &str, values: &mut Fields) -> Result<()> {
        if start.starts_with("0x") {
            values.insert("StartAddress".into(), start.to_owned());
            return Ok(());
        }
        let function = self.scenario.function.iter().find(|function| function.name == start);
        let function = function.with_context(|| format!("no function {start}"))?;
        let file = function.module.rsplit('\\').next().unwrap_or_default();
        let base =
            self.host.bases.get(file).ok_or_else(|| anyhow!("{} has no base of {file}", self.host.name))?;
        values.insert(
            "StartAddress".into(),
            format!("{:#018X}", base + function.offset).replacen("0X", "0x", 1),
        );
        values.insert("StartModule".into(), function.module.clone());
        values.insert("StartFunction".into(), function.name.clone());
        Ok(())
    }
}

/// An event that tells of one process only.
fn plain(tag: &str, process: &str) -> Event {
    Event {
        at: String::new(),
        event: tag.to_owned(),
        process: Some(process.to_owned()),
        source: None,
        target: None,
        targets: Vec::new(),
        unknown_target: false,
        start: None,
        times: 1,
        lost_before: 0,
        delay_ms: None,
        fields: Fields::new(),
    }
}

/// A schema's version, `4.90`, for comparison.
fn release(version: &str) -> Result<(u32, u32)> {
    match version.split_once('.') {
        Some((major, minor)) => Ok((major.parse()?, minor.parse()?)),
        None => bail!("{version} is no version of the schema"),
    }
}

/// Sysmon's form of a time, to the millisecond.
fn utc_time(ticks: u64) -> String {
    threadhunt::event::UtcTime(FileTime(ticks)).to_string()
}

/// An invented hash: the same for the same path.
fn hashes(path: &str) -> String {
    let word = |part: &str| format!("{:016X}", hash(&[&path.to_lowercase(), part]));
    format!("SHA256={}{}{}{}", word("1"), word("2"), word("3"), word("4"))
}

/// A number that looks random and is not: FNV-1a of 64 bits, then mixed.
fn hash(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    (hash ^ hash >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 1
}
