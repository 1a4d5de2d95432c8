//! Which lines of a text belong together: where a record begins, by its first line alone.
//!
//! Texts of several kinds may follow each other, so every line is asked whether it begins a record
//! of any kind; the lines up to the next such line are the record. What is decided depends on the
//! line, on whether the one before was blank, and on the lines of the record it might belong to, so
//! a stream cut at beginnings of records gives the same records as the whole.
//!
//! A value may hold lines that look like anything, so a message ends at a line of something else
//! only behind its last field, or where all of its fields were there.

use super::{clixml, csv, event_viewer, frame, journal, listing, own, splunk, syslog};
use crate::source::message;

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The message alone.
    Message,
    /// `LogName=…` lines and the message.
    Splunk,
    /// Our own text: a line that says when and where, and the message.
    Own,
    /// `Name : value` lines of PowerShell.
    Listing,
    /// What Event Viewer copies: `Log Name:` lines, the message, the XML.
    EventViewer,
    /// A line of syslog or of a container's log, and what follows without a head of its own.
    Syslog,
    /// An `<Event>` element.
    Xml,
    /// JSON: lines of it, or an indented value.
    Json,
    /// Objects as PowerShell serialises them, each beginning a record.
    Objects,
    /// A table, from the names of its columns on.
    Table,
    /// An entry of a journal's export.
    Journal,
    /// Lines that end a message and begin no record: titles, prompts, what follows a blank line.
    Foreign,
}

impl Kind {
    /// Whether lines of such a record may be anything, so that one of them proves little.
    fn is_free(self) -> bool {
        matches!(self, Self::Message | Self::Own | Self::Splunk | Self::Listing | Self::EventViewer)
    }
}

/// Longest part of a line that is looked at.
const REACH: usize = 1024;

/// Goes over the lines of a text.
#[derive(Clone, Debug)]
pub(super) struct Grouper {
    /// The kind of the record that the last line belongs to.
    kind: Option<Kind>,
    after_blank: bool,
    /// Whether that record waits for its head: only its date was there.
    is_date_only: bool,
    /// Whether that record may hold a message of its own.
    awaits_message: bool,
    /// Whether the last field of a message was there, so that what follows need not be a part of it.
    is_over: bool,
    /// Whether the line was a part of one in a container's log, and of which stream.
    begun: Option<syslog::Stream>,
    /// Which properties that record has, where it is a list of them.
    properties: u32,
    /// Which fields its message has, where it may have one of many lines.
    message: message::Progress,
}

impl Default for Grouper {
    fn default() -> Self {
        Self {
            kind: None,
            after_blank: true,
            is_date_only: false,
            awaits_message: false,
            is_over: false,
            begun: None,
            properties: 0,
            message: message::Progress::default(),
        }
    }
}

impl Grouper {
    /// Goes on to the next line, and says which kind of record it begins, if one.
    pub(super) fn next(&mut self, line: &[u8]) -> Option<Kind> {
        let reach = &line[..line.len().min(REACH)];
        let piece = syslog::piece(reach);
        let line = String::from_utf8_lossy(reach);
        let line = line.trim_end_matches(['\n', '\r']).trim_start_matches('\u{feff}');
        // The next part of a line goes on with it.
        let goes_on = piece.is_some_and(|piece| self.begun == Some(piece.stream));
        let begins = if goes_on { None } else { self.begins(line) };
        self.begun = piece.filter(|piece| piece.goes_on).map(|piece| piece.stream);
        if begins.is_some() {
            self.kind = begins;
            self.awaits_message = matches!(begins, Some(Kind::EventViewer | Kind::Own));
            (self.is_over, self.properties) = (false, 0);
            self.message = message::Progress::default();
        } else if is_title(line) {
            self.awaits_message = false;
        }
        if self.kind == Some(Kind::Listing) {
            self.properties |= listing::bit(line);
        }
        if self.kind.is_some_and(Kind::is_free) {
            self.message.pass(line);
        }
        if let Some(is_last) = message::is_last_field(line) {
            self.is_over = is_last || self.message.is_whole_at(line);
        }
        self.is_date_only = begins == Some(Kind::Splunk) && splunk::is_date(line);
        self.after_blank = line.trim().is_empty();
        begins
    }

    fn begins(&self, line: &str) -> Option<Kind> {
        let in_viewer = self.kind == Some(Kind::EventViewer);
        let first = *line.as_bytes().first()?;
        if clixml::begins(line) && self.may_be_others() {
            return Some(Kind::Objects);
        }
        if first.is_ascii_whitespace() {
            return None;
        }
        let is_row = self.kind == Some(Kind::Table) && line.contains(',');
        let is_again = self.properties & listing::bit(line) > 0;
        if !is_row && syslog::head(line).is_some() {
            Some(Kind::Syslog)
        } else if splunk::is_date(line) || splunk::begins(line) && !self.is_date_only {
            Some(Kind::Splunk)
        } else if own::begins(line) {
            Some(Kind::Own)
        } else if event_viewer::begins(line) {
            Some(Kind::EventViewer)
        } else if (self.after_blank || is_again) && listing::begins(line) {
            Some(Kind::Listing)
        } else if is_event_tag(line) && !in_viewer {
            Some(Kind::Xml)
        } else if self.begins_json(line) {
            Some(Kind::Json)
        } else if is_title(line) && !self.awaits_message {
            Some(Kind::Message)
        } else if self.may_be_others() && self.begins_entry(line) {
            Some(Kind::Journal)
        } else if self.may_be_others() && csv::begins(line) {
            Some(Kind::Table)
        } else if self.is_foreign(line) {
            Some(Kind::Foreign)
        } else {
            None
        }
    }

    /// Whether what stands here is surely no part of a value. Those of lists are indented.
    fn may_be_others(&self) -> bool {
        self.is_over || self.kind == Some(Kind::Listing) || !self.kind.is_some_and(Kind::is_free)
    }

    /// Within an entry, only a cursor begins the next without a blank line.
    fn begins_entry(&self, line: &str) -> bool {
        let may_begin = self.kind != Some(Kind::Journal) || self.after_blank;
        journal::begins(line) || may_begin && journal::may_begin(line)
    }

    /// A bracket alone begins a value only where it cannot go on with a message: a command line
    /// may hold a script.
    fn begins_json(&self, line: &str) -> bool {
        let may_be_script = !self.may_be_others() && !self.after_blank;
        is_object(line) || !may_be_script && matches!(line.trim_end(), "{" | "[" | "[{")
    }

    /// Whether a line ends a message without beginning a record.
    fn is_foreign(&self, line: &str) -> bool {
        let in_message = matches!(self.kind, Some(Kind::Message | Kind::Own | Kind::Splunk | Kind::Listing));
        let is_part = || message::is_last_field(line).is_some() || listing::is_property(line);
        in_message && self.may_be_others() && (frame::ends_message(line) || self.after_blank && !is_part())
    }
}

/// Whether a line is the beginning of an object with a first member, in a list or not.
fn is_object(line: &str) -> bool {
    line.strip_prefix('[').unwrap_or(line).starts_with("{\"")
}

/// Whether XML with an element `Event` begins the line, behind the mark of a copied tree or not.
///
/// A declaration or a root may stand before it, on a line of their own or not.
fn is_event_tag(line: &str) -> bool {
    let tag = line.strip_prefix("- ").unwrap_or(line);
    let has_event = || line.contains("<Event ") || line.contains("<Event>");
    tag.starts_with("<?xml") || tag.starts_with("<Events") || is_tag(tag) && has_event()
}

/// Whether an element begins the text: `<` and a letter, where a line of syslog has a digit.
fn is_tag(text: &str) -> bool {
    text.strip_prefix('<').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Whether a message begins at the beginning of the line.
fn is_title(line: &str) -> bool {
    message::find(line, REACH) == Some(0)
}

/// The lines of a text that begin a record: where, and of which kind.
///
/// The last line may not be whole: it is looked at when more of it would change nothing.
pub(super) fn begins(text: &[u8]) -> impl Iterator<Item = (usize, Kind)> {
    let mut grouper = Grouper::default();
    let mut at = 0;
    text.split_inclusive(|byte| *byte == b'\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let is_known = line.ends_with(b"\n") || line.len() >= REACH;
        let kind = is_known.then(|| grouper.next(line)).flatten();
        kind.map(|kind| (start, kind))
    })
}

/// Finds the last beginning of a record in a text that grows, and looks at each of its lines once.
#[derive(Debug, Default)]
pub(super) struct LastBegin {
    grouper: Grouper,
    /// Up to where there are whole lines that were looked at.
    at: usize,
    last: usize,
}

impl LastBegin {
    /// Where the last record begins, as [`begins`] says; the text is the one before and what follows it.
    pub(super) fn of(&mut self, text: &[u8]) -> Option<usize> {
        while let Some(len) = memchr::memchr(b'\n', text.get(self.at..).unwrap_or_default()) {
            let end = self.at + len + 1;
            if self.grouper.next(&text[self.at..end]).is_some() {
                self.last = self.at;
            }
            self.at = end;
        }
        let tail = text.get(self.at..).unwrap_or_default();
        let is_begin = tail.len() >= REACH && self.grouper.clone().next(tail).is_some();
        let last = if is_begin { self.at } else { self.last };
        (last > 0).then_some(last)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn last(text: &[u8]) -> Option<usize> {
        begins(text).last().map(|(at, _)| at).filter(|at| *at > 0)
    }

    #[test]
    fn a_text_that_grows_has_the_same_last_record() {
        let record = "Message : CreateRemoteThread detected:\n  RuleName: -\nId : 8\na : b\n\n";
        let text = record.repeat(3)
            + "x : "
            + &"y".repeat(2 * REACH)
            + "\n\nId : 8\n"
            + "{\""
            + &"z".repeat(2 * REACH);
        for step in [1, 7, 100, 1500] {
            let mut grown = LastBegin::default();
            for end in (0..text.len()).step_by(step) {
                let text = &text.as_bytes()[..end];
                assert_eq!(grown.of(text), last(text), "{step} {end}");
            }
        }
    }

    /// The least time of some runs.
    fn time(run: impl Fn()) -> Duration {
        let each = (0..3).map(|_| {
            let started = Instant::now();
            run();
            started.elapsed()
        });
        each.min().unwrap_or_default()
    }

    #[test]
    fn lines_of_a_text_that_grows_are_looked_at_once() {
        let text = "Id : 8\n".to_owned() + &"a : b\n".repeat(5000);
        let text = text.as_bytes();
        let steps = 100;
        let whole = time(|| assert_eq!(last(text), None));
        let grown = time(|| {
            let mut grown = LastBegin::default();
            (1..=steps).for_each(|step| assert_eq!(grown.of(&text[..text.len() * step / steps]), None));
        });
        // Looked at from the beginning at each step, it would be fifty times.
        assert!(grown < 10 * whole, "{grown:?}, at once {whole:?}");
    }
}
