//! The story of a process for eyes: who it is, where it comes from, and what it did, by time.
//!
//! What children and targets did stands below the deed that leads to them, indented; each process
//! is told once. What is only counted has a line with its count. The shape is no promise: programs
//! read JSON lines.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use super::cards::{party, process};
use super::look::{Look, broken, computer_name, counted, grouped, labelled, padded, plain, to_second};
use crate::event::{FileTime, Guid};
use crate::report::{Candidate, Deed, Other, Party, Role, Story, StoryProcess, Way, printable};

/// Columns before the text of a head's line.
const INDENT: usize = 11;

/// Writes a list of the processes among which to choose.
pub fn write_candidates(candidates: &[Candidate], look: Look, out: &mut dyn Write) -> io::Result<()> {
    let look = look.within_reason();
    for candidate in candidates {
        let guid = candidate.guid.to_string();
        let span = format!("{} to {}", time(candidate.first), time(candidate.last));
        let image = candidate.image.as_deref().unwrap_or("<unknown process>");
        let pid = candidate.pid.map(|pid| format!(" ({pid})")).unwrap_or_default();
        let text = format!("{span}   {}   {image}{pid}", computer_name(&candidate.computer));
        writeln!(out, "{}", look.bold(&guid))?;
        broken(&printable(&text), look.width - 2).iter().try_for_each(|line| writeln!(out, "  {line}"))?;
    }
    Ok(())
}

/// Writes a story.
pub fn write(story: &Story, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let look = look.within_reason();
    let by_guid = story.processes.iter().filter_map(|process| Some((process.party.guid?, process)));
    let mut teller = Teller { story, by_guid: by_guid.collect(), told: HashSet::new(), look, out };
    let Some(asked) = story.processes.first() else { return Ok(()) };
    teller.head(asked)?;
    teller.origin(asked)?;
    teller.told.extend(asked.party.guid);
    writeln!(teller.out, "\n{}", look.bold("what it did"))?;
    teller.deeds(asked, None, 0)?;
    teller.rest()?;
    teller.end()
}

struct Teller<'a> {
    story: &'a Story,
    by_guid: HashMap<Guid, &'a StoryProcess>,
    told: HashSet<Guid>,
    look: Look,
    out: &'a mut dyn Write,
}

impl Teller<'_> {
    fn head(&mut self, asked: &StoryProcess) -> io::Result<()> {
        let computer = computer_name(&self.story.computer);
        let head = format!("{}   {computer}", party(&asked.party));
        writeln!(self.out, "{}", self.look.bold(&head))?;
        let mut label = "process";
        for part in process(&asked.party) {
            self.line(label, &part)?;
            label = "";
        }
        Ok(())
    }

    fn line(&mut self, label: &str, text: &str) -> io::Result<()> {
        labelled(self.look, INDENT, (label, text), plain, self.out)
    }

    /// Who started it, and who created threads in it.
    fn origin(&mut self, asked: &StoryProcess) -> io::Result<()> {
        let story = self.story;
        let of = |role: Role| story.processes.iter().filter(move |process| process.role == role);
        let mut label = "started";
        for (at, ancestor) in of(Role::Ancestor).enumerate() {
            let by = if at == 0 { "by" } else { "which was started by" };
            // Its child's event 1 names it where its own is not in the input.
            self.line(label, &format!("{by} {}", brief(&self.named(&ancestor.party))))?;
            label = "";
        }
        let parent = asked.party.facts.parent.as_ref();
        if label == "started" {
            let text = match parent.and_then(|parent| parent.image.as_deref()) {
                Some(image) => format!("by {image}"),
                None => "by whom is unknown: no event 1 of it in the input".to_owned(),
            };
            self.line(label, &text)?;
        }
        let mut label = "threads";
        for creator in of(Role::ThreadCreator) {
            let word = if label.is_empty() { "and" } else { "in it, directly or through others, by" };
            self.line(label, &format!("{word} {}", brief(&creator.party)))?;
            label = "";
        }
        match self.story.beyond.creators {
            0 => Ok(()),
            some => {
                let deeper = self.deeper().map(|option| format!(": {option}")).unwrap_or_default();
                self.line(label, &format!("through others by {}{deeper}", processes(some)))
            }
        }
    }

    /// The process with the name that its child's event 1 gives it, where nothing else does.
    fn named(&self, ancestor: &Party) -> Party {
        let parents = self.story.processes.iter().filter_map(|process| process.party.facts.parent.as_ref());
        let told =
            parents.filter(|parent| parent.guid == ancestor.guid).find(|parent| parent.image.is_some());
        let image = ancestor.image.clone().or_else(|| told?.image.clone());
        Party { image, pid: ancestor.pid.or_else(|| told?.pid), ..ancestor.clone() }
    }

    /// Followers to whom no deed leads that is shown: those of whom there is anything to tell.
    fn rest(&mut self) -> io::Result<()> {
        let mut silent = 0;
        let story = self.story;
        for process in story.processes.iter().filter(|process| process.role == Role::Follower) {
            if !process.party.guid.is_none_or(|guid| self.told.insert(guid)) {
                continue;
            }
            if process.deeds.is_empty() && process.more.is_empty() {
                silent += 1;
                continue;
            }
            writeln!(self.out, "\n{}", self.look.bold(&party(&process.party)))?;
            self.deeds(process, None, 0)?;
        }
        if silent == 0 {
            return Ok(());
        }
        let of = match silent {
            1 => "one further process".to_owned(),
            many => format!("{many} further processes"),
        };
        writeln!(self.out, "\nof {of} that it led to the input says nothing else")
    }

    /// What a process did, and below it what those did to whom it led; not again what led to it.
    fn deeds(&mut self, process: &StoryProcess, from: Option<Guid>, level: usize) -> io::Result<()> {
        if process.deeds.is_empty() && process.more.is_empty() && from.is_none() {
            self.told_line(level, "nothing in the input")?;
        }
        let led = |deed: &&Deed| {
            let other = deed.other.as_ref().and_then(|other| other.guid);
            from.is_some() && other == from && deed.way == Way::Suffered
        };
        if process.before > 0 {
            let are = if process.before == 1 { "is" } else { "are" };
            // What a target did before the thread came has nothing to do with it.
            let text = format!("{} before the thread {are} left out", counted(process.before, "event"));
            self.told_line(level, &text)?;
        }
        for deed in process.deeds.iter().filter(|deed| !led(deed)) {
            self.told_line(level, &self.in_words(deed))?;
            let other = deed.other.as_ref().and_then(|other| other.guid);
            if deed.untold > 0 && other.is_some_and(|guid| self.told.insert(guid)) {
                self.told_line(level + 1, &self.went_on(deed))?;
            }
            let next = deed
                .other
                .as_ref()
                .filter(|_| deed.leads() && level < self.story.depth)
                .and_then(|other| other.guid);
            let next = next.and_then(|guid| self.by_guid.get(&guid)).copied();
            let Some(next) = next.filter(|next| next.role == Role::Follower) else { continue };
            if next.party.guid.is_some_and(|guid| self.told.insert(guid)) {
                self.deeds(next, process.party.guid, level + 1)?;
            }
        }
        for (event, count) in &process.more {
            self.told_line(level, &format!("and {} of event {event}", counted(*count, "more record")))?;
        }
        match process.party.facts.ended {
            Some(at) => self.told_line(level, &format!("{}  5   ended", time(Some(at)))),
            None => Ok(()),
        }
    }

    fn told_line(&mut self, level: usize, text: &str) -> io::Result<()> {
        let guides = "│  ".repeat(level);
        let room = self.look.width.saturating_sub(2 + 3 * level).max(20);
        let mut hang = "";
        for line in broken(&printable(text), room.saturating_sub(HANG.len())) {
            writeln!(self.out, "  {}{hang}{line}", self.look.dim(&guides))?;
            hang = HANG;
        }
        Ok(())
    }

    /// `2026-03-03 09:12:40Z  8   created a thread in explorer.exe (5128) at …`.
    fn in_words(&self, deed: &Deed) -> String {
        let id = padded(&deed.event.to_string(), 3);
        let other = deed.other.as_ref().map(|other| format!(" {}", self.name(other))).unwrap_or_default();
        let text = if deed.text.is_empty() { String::new() } else { format!(" {}", deed.text) };
        let times = match deed.count {
            1 => String::new(),
            count => format!("  ×{count}, last {}", time(deed.last)),
        };
        format!("{}  {id} {}{other}{text}{times}", time(deed.first), deed.words())
    }

    /// That the story goes on beyond the depth, and how to read on.
    fn went_on(&self, deed: &Deed) -> String {
        let other = deed.other.as_ref();
        let name = other.map(|other| self.name(other)).unwrap_or_default();
        let guid = other.and_then(|other| other.guid).map(|guid| guid.to_string()).unwrap_or_default();
        let deeper = self.deeper().map(|option| format!("{option}, or ")).unwrap_or_default();
        format!("{name} went on to {}: {deeper}threadhunt process {guid}", processes(deed.untold))
    }

    /// The option that shows one step more.
    fn deeper(&self) -> Option<String> {
        let depth = self.story.depth + 1;
        (depth <= Story::MAX_DEPTH.into()).then(|| format!("--depth {depth}"))
    }

    fn name(&self, other: &Other) -> String {
        let known = other.guid.and_then(|guid| self.by_guid.get(&guid)).map(|process| &process.party);
        let image = other.image.clone().or_else(|| known?.image.clone());
        let pid = other.pid.or_else(|| known?.pid);
        party(&Party { guid: other.guid, pid, image, ..Party::default() }).replace('\u{a0}', " ")
    }

    fn end(&mut self) -> io::Result<()> {
        let beyond = self.story.beyond.followers;
        let told = [
            (beyond > 0).then(|| {
                let one = if beyond == 1 { "is" } else { "are" };
                format!("{} beyond --depth {} {one} not told of", processes(beyond), self.story.depth)
            }),
            (self.story.untold > 0).then(|| {
                let belong = if self.story.untold == 1 { "belongs" } else { "belong" };
                format!("{} {belong} to it, beyond what is followed", processes(self.story.untold))
            }),
            self.story
                .incomplete
                .then(|| "the input has more processes than are remembered: links may be missing".to_owned()),
        ];
        for line in told.iter().flatten() {
            writeln!(self.out, "\n{}", self.look.warning(line))?;
        }
        Ok(())
    }
}

/// Before the second line of a deed.
const HANG: &str = "    ";

fn processes(number: u64) -> String {
    match number {
        1 => "1 more process".to_owned(),
        many => format!("{} more processes", grouped(many)),
    }
}

/// A process in a line.
fn brief(process: &Party) -> String {
    let image = process.image.as_deref().unwrap_or("<unknown process>");
    let pid = process.pid.map(|pid| format!(" ({pid})")).unwrap_or_default();
    let created = process.facts.created.map(|created| format!(", created {}", time(Some(created.time()))));
    let user = process.user().map(|user| format!(" as {user}")).unwrap_or_default();
    format!("{image}{pid}{user}{}", created.unwrap_or_default())
}

fn time(time: Option<FileTime>) -> String {
    time.map_or_else(|| "at an unknown time  ".to_owned(), |time| format!("{}Z", to_second(time)))
}
