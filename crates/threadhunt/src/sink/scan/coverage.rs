//! The coverage below the findings: what a silent log is worth, computer by computer.
//!
//! A computer with nothing odd takes two lines. What weakens the result has a line of its own:
//! no event 8, missing record ids, stops, errors, changed configurations.

use std::io::{self, Write};

use super::cell::Cell;
use super::look::{Look, brief, computer_name, counted, grouped, labelled, plain, to_second, wrapped};
use super::tampered;
use crate::report::{ChannelCoverage, Coverage, Gap, Moment, Scanned};

/// Computers above which each has one line, unless all is asked for.
const MANY: usize = 5;

/// How much is told of each computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// All there is.
    Whole,
    /// A line, where there are many computers.
    Folded,
}

/// The caution, said once: an empty result is no proof of innocence.
const CAUTION: &str = "Event 8 does not see every injection: docs/what-event-8-sees.md in Threadhunt's sources says \
                       which techniques leave which events.";

/// Columns before a line's text.
const INDENT: usize = 13;

/// Writes the coverage of each computer and the caution.
pub(super) fn write(scanned: &Scanned, extent: Extent, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let many = scanned.coverage.len() > MANY;
    let is_folded = many && extent == Extent::Folded;
    let silent = scanned.coverage.iter().filter(|coverage| coverage.seen(8) == 0).count();
    writeln!(out, "{}", look.bold("Coverage"))?;
    if scanned.coverage.is_empty() {
        writeln!(out, "  {}", look.warning("no Sysmon event in the input: nothing can be said"))?;
    } else if many {
        let hosts = grouped(scanned.coverage.len() as u64);
        writeln!(out, "  {hosts} computers, {} without any event 8", grouped(silent as u64))?;
    }
    for coverage in &scanned.coverage {
        let mut lines = Lines { look, out };
        if is_folded { lines.write_folded(coverage)? } else { lines.write_computer(coverage)? }
    }
    if is_folded {
        writeln!(out, "  {}", look.dim("more of each: --show all, or the JSON lines"))?;
    }
    writeln!(out)?;
    for line in wrapped(CAUTION, look.width) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// Labelled lines, wrapped.
struct Lines<'a> {
    look: Look,
    out: &'a mut dyn Write,
}

impl Lines<'_> {
    /// `HOST  2020-10-17 11:43:29 to 11:44:02, 37 Sysmon events, no event 8`
    fn write_folded(&mut self, coverage: &Coverage) -> io::Result<()> {
        let has_gaps = coverage.channels.iter().any(|channel| !channel_is_whole(channel));
        let weak = [
            (coverage.seen(8) == 0, "no event 8"),
            (coverage.doubtful > 0, "clock set"),
            (coverage.copies > 0, "copies"),
            (has_gaps, "gaps"),
            (coverage.stopped, "was stopped"),
            (!coverage.errors.is_empty(), "errors"),
            (coverage.tampering.processes > 0, "tampered processes"),
        ];
        let weak: String =
            weak.iter().filter(|(holds, _)| *holds).map(|(_, word)| format!(", {word}")).collect();
        let line = format!("{}  {}", self.name(coverage), span(coverage));
        writeln!(self.out, "{line}{}", self.look.warning(&weak))
    }

    fn name(&self, coverage: &Coverage) -> String {
        Cell::new("", &computer_name(&coverage.computer), "").squeeze(self.look.width)
    }

    fn write_computer(&mut self, coverage: &Coverage) -> io::Result<()> {
        let head = format!("{}  {}", self.name(coverage), span(coverage));
        for line in wrapped(&head, self.look.width) {
            writeln!(self.out, "{line}")?;
        }
        self.line("events", &events(coverage))?;
        if coverage.seen(8) == 0 {
            self.warning("event 8", "never seen: silence proves nothing there")?;
        }
        if coverage.doubtful > 0 {
            let records = counted(coverage.doubtful, "record");
            let told =
                "by when it happened and when it was recorded: a clock was set, or an export changed it";
            self.warning("clock", &format!("{records} more than a day apart {told}"))?;
        }
        if coverage.copies > 0 {
            self.line(
                "copies",
                &format!("{} of events 8 counted once", counted(coverage.copies, "further record")),
            )?;
        }
        if coverage.recovered > 0 {
            self.line("recovered", &format!("{} found in slack", counted(coverage.recovered, "record")))?;
        }
        if let Some(told) = tampered::of_computer(&coverage.tampering) {
            self.line("tampered", &told)?;
        }
        for channel in coverage.channels.iter().filter(|channel| !channel_is_whole(channel)) {
            self.line("gaps", &gaps(channel, coverage.channels.len() > 1))?;
        }
        self.write_told(coverage)
    }

    /// What the sensor said of itself.
    fn write_told(&mut self, coverage: &Coverage) -> io::Result<()> {
        for configuration in coverage.configurations.iter() {
            let hash = configuration.hash.iter().map(|hash| format!(", {}", brief(hash))).collect::<String>();
            let file = configuration.file.as_deref().map_or("a file not named".to_owned(), brief);
            self.line("config", &format!("changed {} to {file}{hash}", when(configuration.at)))?;
        }
        self.more("config", coverage.configurations.has_more())?;
        for state in coverage.service.iter() {
            let version = state
                .version
                .iter()
                .map(|version| format!(" (Sysmon {})", brief(version)))
                .collect::<String>();
            let word = state.state.as_deref().map_or("changed".to_owned(), brief);
            let text = format!("{word} {}{version}", when(state.at));
            self.line("service", &text)?;
        }
        self.more("service", coverage.service.has_more())?;
        if coverage.stopped {
            self.warning("service", "was stopped: what happened until its next start was not logged")?;
        }
        for error in coverage.errors.iter() {
            let parts: Vec<String> =
                error.name.iter().chain(&error.description).map(|text| brief(text)).collect();
            self.warning("error", &format!("{}: {}", when(error.at), parts.join(", ")))?;
        }
        self.more("error", coverage.errors.has_more())
    }

    fn more(&mut self, label: &str, is_more: bool) -> io::Result<()> {
        if is_more {
            self.line(label, "and more: see the JSON lines, or the events themselves")
        } else {
            Ok(())
        }
    }

    fn line(&mut self, label: &str, text: &str) -> io::Result<()> {
        labelled(self.look, INDENT, (label, text), plain, self.out)
    }

    fn warning(&mut self, label: &str, text: &str) -> io::Result<()> {
        labelled(self.look, INDENT, (label, text), Look::warning, self.out)
    }
}

fn span(coverage: &Coverage) -> String {
    let undated = match coverage.undated {
        0 => String::new(),
        _ if coverage.first.is_none() => String::new(),
        some => format!(", {} without time", counted(some, "record")),
    };
    let records = format!("{}{undated}", counted(coverage.total(), "Sysmon event"));
    match (coverage.first, coverage.last) {
        (Some(first), Some(last)) => {
            let (first, last) = (to_second(first), to_second(last));
            let day_ends = first.find(' ').map_or(0, |at| at + 1);
            let last = last.strip_prefix(&first[..day_ends]).unwrap_or(&last);
            format!("{first} to {last}, {records}")
        }
        _ => format!("no times, {records}"),
    }
}

fn events(coverage: &Coverage) -> String {
    let parts: Vec<String> =
        coverage.events.iter().map(|(id, count)| format!("{id}:\u{a0}{}", grouped(*count))).collect();
    parts.join("  ")
}

fn channel_is_whole(channel: &ChannelCoverage) -> bool {
    channel.gaps == 0 && channel.different.is_some() && channel.without_id == 0 && channel.repeated() == 0
}

fn gaps(channel: &ChannelCoverage, named: bool) -> String {
    let mut parts = Vec::new();
    match channel.different {
        None => parts.push("too many gaps in the record ids to count".to_owned()),
        Some(_) if channel.gaps > 0 => parts.push(missing(channel)),
        Some(_) => {}
    }
    if channel.looks_filtered() {
        parts.push("looks like a filtered export".to_owned());
    }
    if channel.repeated() > 0 {
        parts.push(format!(
            "{} with an id met before: copies, or a log that was cleared",
            counted(channel.repeated(), "record")
        ));
    }
    if channel.without_id > 0 {
        parts.push(format!("{} without an id", counted(channel.without_id, "record")));
    }
    let channel = if named { format!("{}: ", brief(&channel.channel)) } else { String::new() };
    format!("{channel}{}", parts.join("; "))
}

fn missing(channel: &ChannelCoverage) -> String {
    let ranges: Vec<String> = channel.widest.iter().map(range).collect();
    let which = if channel.gaps as usize > ranges.len() { "widest " } else { "" };
    let ids = counted(channel.missing, "record id");
    format!("{ids} missing in {} ({which}{})", counted(channel.gaps, "gap"), ranges.join(", "))
}

fn range(gap: &Gap) -> String {
    if gap.from == gap.to { gap.from.to_string() } else { format!("{}-{}", gap.from, gap.to) }
}

fn when(moment: Option<Moment>) -> String {
    moment.map_or_else(|| "at an unknown time".to_owned(), |moment| to_second(moment.time))
}
