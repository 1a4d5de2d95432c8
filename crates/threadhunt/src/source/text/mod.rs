//! Events as text: what people copy, what PowerShell lists, what syslog carries.
//!
//! A text is lines; which of them begin a record is the business of [`group`], and each kind of
//! record has a file of its own that fills a record from its lines. All of them end in the message
//! of the event or in its XML, for which there is one reader each. Texts of several kinds may
//! stand in one file, JSON and XML among them; and where the readers of those meet lines that are
//! neither, they ask here ([`is_among`], [`read_among`], [`read_between`]). What belongs to no record is
//! reported where it could be part of one.
//!
//! `split` cuts streams of every kind of text, CSV and CLIXML too, which have folders of their own.

use std::borrow::Cow;
use std::io::{self, Read};

use super::encoding::{self, Input, LoneCr, NoText, input_len, to_text};
use super::{BlockHead, Emit, Family, Format, SNIFF_LEN, Shape, Workshop, json, message, xml};
use crate::event::{Batch, Damage, DamageCode, Oddity, RecordBuilder, Slot, SystemField, Value};
use crate::schema::{self, FieldId};

pub(crate) mod clixml;
pub(crate) mod csv;
mod event_viewer;
mod frame;
mod group;
pub(crate) mod journal;
mod listing;
mod own;
mod split;
mod splunk;
mod syslog;
mod system;

#[cfg(test)]
mod tests;

use group::{Grouper, Kind, LastBegin};
use split::{MAX_RECORD, Records};

/// Lines of text as a kind of log.
pub(crate) const FORMAT: Format =
    Format { name: "text", shapes: NAMES, recognise, split, ranges: None, decode };

/// A kind of record, the shape that people know it as, and how its lines are read.
struct Row {
    kind: Kind,
    shape: Shape,
    read: for<'a> fn(&str, RecordBuilder<'a>) -> Filled<'a>,
}

const fn row(
    kind: Kind,
    name: &'static str,
    about: &'static str,
    read: for<'a> fn(&str, RecordBuilder<'a>) -> Filled<'a>,
) -> Row {
    let partial = matches!(kind, Kind::Message);
    Row { kind, shape: Shape { name, family: Family::Text, about, partial }, read }
}

/// What a record says that is Sysmon's, in some case of letters.
const SYSMON: &[u8] = b"sysmon";

/// What XML among other texts counts as.
const XML: &str = "event-xml";

static ROWS: [Row; 6] = [
    row(
        Kind::Syslog,
        "syslog",
        "lines of syslog or of containers with XML, JSON or a message: sysmonforlinux, rsyslog, NXLog, Snare, kubectl",
        read_syslog,
    ),
    row(Kind::Splunk, "splunk-text", "Splunk's rendering: LogName=, EventCode= … Message=", splunk::read),
    row(Kind::EventViewer, "event-viewer-text", "what Event Viewer copies as text", event_viewer::read),
    row(Kind::Listing, "format-list", "Get-WinEvent | Format-List", listing::read),
    row(
        Kind::Own,
        "threadhunt-text",
        "our own text: when, where and which record, then the message",
        own::read,
    ),
    row(Kind::Message, "message-text", "the message of the event alone", finish_message),
];

static NAMES: &[&Shape] =
    &[&ROWS[0].shape, &ROWS[1].shape, &ROWS[2].shape, &ROWS[3].shape, &ROWS[4].shape, &ROWS[5].shape];

/// Whether a record begins in these bytes that is Sysmon's by more than its first line, or all
/// lines are syslog's: Sysmon's may come later.
///
/// What stands before it must be text: archives may hold texts, too.
fn recognise(head: &[u8]) -> bool {
    let mut text = Vec::with_capacity(head.len() + 1);
    Input::detect_with(head, LoneCr::EndsLine).push(head, &mut text);
    // The last line is as whole as it will be.
    text.push(b'\n');
    let is_control = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    let control = text.iter().position(is_control).unwrap_or(text.len());
    for (at, kind) in group::begins(&text).take_while(|(at, kind)| *at <= control && *kind != Kind::Xml) {
        if is_telling(kind, &String::from_utf8_lossy(&text[at..])) {
            return true;
        }
    }
    let mut lines = text.split_inclusive(|byte| *byte == b'\n').rev().skip(1).peekable();
    let is_syslog = |line: &[u8]| Grouper::default().next(line) == Some(Kind::Syslog);
    head.len() >= SNIFF_LEN && control == text.len() && lines.peek().is_some() && lines.all(is_syslog)
}

/// Whether a text that begins like a record of this kind goes on like one of Sysmon's.
fn is_telling(kind: Kind, text: &str) -> bool {
    match kind {
        Kind::Message => message::parse(text).is_some_and(|message| message.is_telling()),
        Kind::Splunk => text.contains("LogName=") && text.contains("EventCode="),
        Kind::EventViewer => text.contains("Event ID:"),
        Kind::Own => own::is_telling(text),
        Kind::Journal if !journal::is_entry(text.as_bytes()) => false,
        Kind::Syslog | Kind::Listing | Kind::Journal => {
            text.to_ascii_lowercase().contains("sysmon") || message::find(text, text.len()).is_some()
        }
        Kind::Objects => {
            text.contains("schemas.microsoft.com/powershell/")
                || text.contains("Eventing.Reader.EventLogRecord")
        }
        Kind::Table => true,
        Kind::Xml | Kind::Json | Kind::Foreign => false,
    }
}

/// Whether a text is an event as Splunk's forwarder renders it, by its beginning.
pub(in crate::source) fn is_rendering(text: &str) -> bool {
    let mut lines = text.trim_ascii_start().lines();
    let is_begun = |line: &str| splunk::begins(line.trim_end());
    let first = lines.next().unwrap_or_default();
    is_begun(first) || splunk::is_date(first) && lines.next().is_some_and(is_begun)
}

fn split(input: &mut dyn Read, emit: &mut Emit<'_>) -> io::Result<()> {
    split::split(&mut Lines::default(), input, emit)
}

/// Records of lines, cut where one begins.
#[derive(Default)]
struct Lines(LastBegin);

impl Records for Lines {
    fn cut(&mut self, text: &[u8]) -> usize {
        let Some(cut) = self.0.of(text) else { return 0 };
        self.0 = LastBegin::default();
        cut
    }

    fn next(&mut self, text: &[u8]) -> Option<usize> {
        self.0 = LastBegin::default();
        // What stands at the beginning is no whole line.
        group::begins(text).map(|(at, _)| at).find(|at| *at > 0)
    }
}

fn decode(head: BlockHead, batch: &mut Batch, workshop: &mut Workshop<'_>) {
    let input = batch.shared_input();
    let (is_wide, text) = match input.strip_prefix(encoding::BOM) {
        Some(text) => (true, text),
        None => (false, &input[..]),
    };
    let mut reader = Reader { among: Among::Texts, is_wide, place: head, batch, workshop };
    each_record(text, |kind, lines| reader.record(kind, lines));
}

/// Gives the records of a text with their kinds, and what stands before the first one.
///
/// Lines of JSON that follow each other come as one.
fn each_record<'t>(text: &'t [u8], mut each: impl FnMut(Option<Kind>, &'t [u8])) {
    let mut grouper = Grouper::default();
    let (mut kind, mut from, mut at) = (None, 0, 0);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if let Some(next) = grouper.next(line).filter(|next| (kind, *next) != (Some(Kind::Json), Kind::Json))
        {
            each(kind, &text[from..at]);
            (kind, from) = (Some(next), at);
        }
        at += line.len();
    }
    each(kind, &text[from..]);
}

/// Whether a record of Sysmon's begins with the first of these lines, in which the reader of JSON finds no value.
pub(in crate::source) fn is_among(text: &[u8]) -> bool {
    let line = text.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    // This is asked of every line in vain, so no more than the first record is looked at.
    let first = || {
        let next = group::begins(text).map(|(at, _)| at).find(|at| *at > 0);
        &text[..next.unwrap_or(text.len())]
    };
    match Grouper::default().next(line) {
        None | Some(Kind::Json) => false,
        // A declaration and a root stand before the first event, on lines of their own.
        Some(Kind::Xml) => xml::begins_event(&text[..text.len().min(MAX_PROLOG)]),
        // A head of our own text alone is a record that was lost, as its reader says.
        Some(Kind::Own) => true,
        Some(kind) => is_telling(kind, &String::from_utf8_lossy(first())),
    }
}

/// Where the last record begins among whole lines, if not with the first.
pub(in crate::source) fn last_among(text: &[u8]) -> Option<usize> {
    group::begins(text).last().map(|(at, _)| at).filter(|at| *at > 0)
}

/// Reads such lines: XML, syslog and other texts among JSON.
pub(in crate::source) fn read_among(
    (text, is_wide): (&[u8], bool),
    place: BlockHead,
    batch: &mut Batch,
    workshop: &mut Workshop<'_>,
) {
    let mut reader = Reader { among: Among::Texts, is_wide, place, batch, workshop };
    each_record(text, |kind, lines| {
        reader.record(kind.filter(|kind| *kind != Kind::Json), lines);
    });
}

/// Reads whole lines between events as XML: JSON and messages among them.
///
/// What heads an event, such as a line of syslog or the text above it in Event Viewer, is none. Words
/// that are neither are told of, each stretch of them: programs write such files, so they may be a record.
pub(in crate::source) fn read_between(
    (text, is_wide): (&[u8], bool),
    place: BlockHead,
    batch: &mut Batch,
    workshop: &mut Workshop<'_>,
) {
    let mut reader = Reader { among: Among::Events, is_wide, place, batch, workshop };
    each_record(text, |kind, lines| match kind {
        Some(kind) if is_between(kind, lines) => reader.record(Some(kind), lines),
        // The text of an event above its XML.
        Some(Kind::EventViewer) => reader.objects_in(lines),
        Some(Kind::Syslog) => {
            let (head, rest) =
                lines.split_at(memchr::memchr(b'\n', lines).map_or(lines.len(), |end| end + 1));
            reader.objects_in(head);
            reader.beside(rest);
        }
        _ => reader.beside(lines),
    });
}

/// Says of what follows an event on its line that it goes on with a `<` that begins no markup.
pub(in crate::source) fn tell_of_no_markup(
    (rest, is_wide): (&[u8], bool),
    place: BlockHead,
    batch: &mut Batch,
    workshop: &mut Workshop<'_>,
) {
    let mut reader = Reader { among: Among::Events, is_wide, place, batch, workshop };
    if let Some((at, words)) = frame::no_markup(rest) {
        reader.tell_of_words(&rest[..at], &words);
    }
}

/// Whether anything stands in lines between events as XML that is neither markup nor known.
pub(in crate::source) fn has_words(lines: &[u8]) -> bool {
    frame::words(lines, |_| false).is_some()
}

/// Whether lines between events as XML are a record by themselves, of this kind.
fn is_between(kind: Kind, lines: &[u8]) -> bool {
    let text = || String::from_utf8_lossy(lines);
    match kind {
        Kind::Json | Kind::Own => true,
        Kind::Message | Kind::Splunk | Kind::Listing | Kind::Objects | Kind::Table | Kind::Journal => {
            is_telling(kind, &text())
        }
        Kind::Syslog => message::find(&text(), REACH).is_some(),
        Kind::EventViewer => !event_viewer::heads_xml(&text()) && is_telling(kind, &text()),
        Kind::Xml | Kind::Foreign => false,
    }
}

/// Whether JSON that is read lies in a line.
fn holds_object(line: &[u8]) -> bool {
    memchr::memmem::find(line, b"{\"").is_some_and(|at| is_of_interest(&line[at..]))
}

/// Cuts lines between events that grow; each is looked at once, as long as they begin at the same place.
#[derive(Debug, Default)]
pub(in crate::source) struct Between {
    start: usize,
    last: LastBegin,
}

impl Between {
    /// Length of the whole records at the beginning of the lines that begin at `start` of a buffer, as far as
    /// the last one that begins there.
    pub(in crate::source) fn last_record(&mut self, start: usize, lines: &[u8]) -> usize {
        if start != self.start {
            *self = Self { start, ..Self::default() };
        }
        self.last.of(lines).unwrap_or_else(|| clixml::whole_objects(lines))
    }
}

/// A record in the making, and whether one could be made.
type Filled<'a> = (RecordBuilder<'a>, Result<(), Refused>);

/// Why no record of Sysmon's is made.
#[derive(Debug, PartialEq, Eq)]
enum Refused {
    /// Something is wrong.
    Damage(DamageCode, Cow<'static, str>),
    /// It is proven to be something else.
    Other,
}

impl Refused {
    fn malformed(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Damage(DamageCode::Malformed, reason.into())
    }
}

/// What words stand among that are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Among {
    /// Texts, beside which people write things: a warning.
    Texts,
    /// Events as XML, which programs write, so that they may be a record: a loss.
    Events,
}

/// Reads the records of a block.
struct Reader<'r, 'w> {
    among: Among,
    is_wide: bool,
    place: BlockHead,
    batch: &'r mut Batch,
    workshop: &'r mut Workshop<'w>,
}

impl Reader<'_, '_> {
    /// Reads the lines of a record, or passes those by that belong to none, and goes on behind them.
    fn record(&mut self, kind: Option<Kind>, lines: &[u8]) {
        if let Some(reason) = kind.and_then(|kind| self.not_asked(kind)) {
            self.refuse(DamageCode::OtherShape, reason);
            return self.pass(lines);
        }
        let row = ROWS.iter().find(|row| Some(row.kind) == kind);
        match (kind, row) {
            (Some(Kind::Json), _) => self.json(lines),
            (Some(Kind::Xml), _) => self.xml_lines(lines),
            (Some(Kind::Objects), _) => return self.objects_among(lines),
            (Some(Kind::Table), _) => return self.table_among(lines),
            (Some(Kind::Journal), _) => return self.entry_among(lines),
            (Some(Kind::Syslog), Some(row)) => return self.syslog(row, lines),
            (_, Some(_)) if lines.len() > MAX_RECORD => self.too_long(),
            (_, Some(row)) => self.lines(row, lines),
            (_, None) => return self.others(lines),
        }
        self.pass(lines);
    }

    /// Why records of this kind are not read: a shape is asked for that they cannot have.
    ///
    /// What is asked for may lie within a line of syslog.
    fn not_asked(&self, kind: Kind) -> Option<String> {
        let asked = self.workshop.options.shape?;
        let (found, fits) = match kind {
            Kind::Json => (json::FORMAT.name, asked.family == Family::Json),
            Kind::Xml => (XML, asked.name == XML),
            Kind::Objects => (clixml::SHAPE.name, asked.name == clixml::SHAPE.name),
            Kind::Journal => (journal::SHAPE.name, asked.name == journal::SHAPE.name),
            Kind::Syslog if asked.family != Family::Text => return None,
            _ => {
                let shape = &ROWS.iter().find(|row| row.kind == kind)?.shape;
                (shape.name, shape.name == asked.name)
            }
        };
        (!fits).then(|| format!("{} was asked for, and this is {found}", asked.name))
    }

    /// Reads a line of syslog, and what follows without a head of its own.
    fn syslog(&mut self, row: &Row, lines: &[u8]) {
        let is_begun = syslog::piece(lines).is_some_and(|piece| piece.goes_on);
        let (line, rest) = if is_begun {
            let (whole, rest) = syslog::whole_line(lines);
            (Cow::Owned(whole), rest)
        } else {
            let (line, rest) = one_line(lines);
            (Cow::Borrowed(line), rest)
        };
        if line.len() > MAX_RECORD {
            self.too_long();
        } else {
            self.lines(row, &line);
        }
        self.pass(&lines[..lines.len() - rest.len()]);
        self.others(rest);
    }

    fn too_long(&mut self) {
        self.refuse(DamageCode::Limit, format!("a record of more than {} MiB", MAX_RECORD >> 20));
    }

    /// Goes over lines that begin no record; where an event lies in one all the same, it is read.
    fn others(&mut self, lines: &[u8]) {
        if xml::has_event(lines) {
            return self.record(Some(Kind::Xml), lines);
        }
        self.beside(lines);
    }

    /// Goes over lines that are no record, and says so where they are not known.
    fn beside(&mut self, lines: &[u8]) {
        if let Some(reason) = stray(lines) {
            self.refuse(DamageCode::Malformed, reason);
        } else if let Some((at, words)) = frame::words(lines, holds_object) {
            self.tell_of_words(&lines[..at], &words);
        }
        self.objects_in(lines);
    }

    /// Says that these words stand behind what was passed.
    fn tell_of_words(&mut self, passed: &[u8], words: &str) {
        let (offset, line) = self.place_of(passed);
        let what = no_record(words);
        match self.among {
            Among::Texts => {
                self.batch.oddities.add(Oddity::new(DamageCode::Words, "", what, (offset, line)));
            }
            Among::Events => {
                self.batch.damages.push(Damage::at(DamageCode::UnknownShape, offset, what).on_line(line));
            }
        }
    }

    /// The offset and line behind these bytes.
    fn place_of(&self, passed: &[u8]) -> (u64, u64) {
        let lines = memchr::memchr_iter(b'\n', passed).count() as u64;
        (self.place.offset + input_len(passed, self.is_wide), self.place.line + lines)
    }

    /// Reads the JSON behind whatever stands at the beginning of lines.
    fn objects_in(&mut self, lines: &[u8]) {
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            if let Some(at) = memchr::memmem::find(line, b"{\"").filter(|at| is_of_interest(&line[*at..])) {
                self.pass(&line[..at]);
                if let Some(reason) = self.not_asked(Kind::Json) {
                    self.refuse(DamageCode::OtherShape, reason);
                } else {
                    json::read_lines((&line[at..], self.is_wide), self.place, self.batch, self.workshop);
                }
                self.pass(&line[at..]);
            } else {
                self.pass(line);
            }
        }
    }

    /// Reads the events as XML in lines, and what stands between them.
    fn xml_lines(&mut self, lines: &[u8]) {
        let before = self.batch.counts.without_shape();
        xml::read_lines((lines, self.is_wide), self.place, self.batch, self.workshop);
        let count = self.batch.counts.without_shape() - before;
        self.batch.counts.add_shape(XML, count);
    }

    fn lines(&mut self, row: &Row, lines: &[u8]) {
        let (text, no_text) = to_text(lines);
        let text = text.trim_start_matches('\u{feff}');
        let shape = Some(row.shape.name);
        let before = self.batch.counts.total();
        let has_whole = match row.kind {
            Kind::EventViewer => self.xml(shape, text),
            Kind::Syslog => {
                let body = syslog::head(text).map_or(text, |head| head.body);
                let mut bodies = [Some(body), object_in(body)].into_iter().flatten();
                bodies.any(|body| self.embedded(shape, body) || self.broken(text, body))
            }
            _ => false,
        };
        if !has_whole {
            let is_open = row.kind == Kind::Listing && !lines.ends_with(b"\n");
            return self.build(shape, no_text, |mut builder| {
                if is_open {
                    builder.note(NO_LINE_END);
                }
                (row.read)(text, builder)
            });
        }
        self.tell(no_text, self.batch.counts.total() - before);
    }

    /// Says of records that lay within others what in those was no text.
    fn tell(&mut self, no_text: NoText, records: u64) {
        let place = (self.place.offset, self.place.line);
        for (code, what) in no_text.oddities().filter(|_| records > 0) {
            self.batch.oddities.add(Oddity { records, ..Oddity::new(code, "", what, place) });
        }
    }

    /// Reads lines of JSON, each as its own shape; those of other programs are none of Sysmon's.
    fn json(&mut self, lines: &[u8]) {
        if is_of_interest(lines) {
            json::read_lines((lines, self.is_wide), self.place, self.batch, self.workshop);
        } else {
            let objects = 1 + memchr::memmem::find_iter(lines, "\n{").count();
            (0..objects).for_each(|_| self.batch.counts.add(None));
        }
    }

    /// Reads the events in a text that are XML, and counts them as this shape, if the format has
    /// others; false when there is none.
    fn xml(&mut self, shape: Option<&'static str>, text: &str) -> bool {
        let before = self.batch.counts.total();
        let found = xml::read_embedded(text, self.place, self.batch, self.workshop);
        let count = self.batch.counts.total() - before;
        shape.iter().for_each(|shape| self.batch.counts.add_shape(shape, count));
        found
    }

    /// Reads the events in a text that are XML or JSON, in the same way.
    fn embedded(&mut self, shape: Option<&'static str>, text: &str) -> bool {
        let (shapes, before) = (self.batch.counts.shapes.clone(), self.batch.counts.total());
        let mut json = |text| json::read_embedded(text, self.place, self.batch, self.workshop);
        let Some(mut rest) = json(text.trim()) else {
            return self.xml(shape, text.trim());
        };
        // Words may stand between several.
        while let Some(behind) = rest.find("{\"").and_then(|at| json(&rest[at..])) {
            rest = behind;
        }
        self.count_as(shape, shapes, before);
        self.xml(shape, rest);
        true
    }

    /// Tells of JSON at the end of a text that is broken, where it may be of Sysmon; says whether it did.
    fn broken(&mut self, text: &str, rest: &str) -> bool {
        let rest = rest.trim();
        let is_begun = rest.starts_with("{\"") && is_of_interest(rest.as_bytes()) && !json::is_whole(rest);
        if is_begun {
            let column = self.place.column + text.trim_end().chars().count() - rest.chars().count();
            self.refuse(DamageCode::Malformed, format!("the JSON from column {} on is broken", column + 1));
        }
        is_begun
    }

    /// Counts the records that were read since by another name than that of the reader.
    fn count_as(&mut self, shape: Option<&'static str>, shapes: Vec<(&'static str, u64)>, before: u64) {
        let counts = &mut self.batch.counts;
        let count = counts.total() - before;
        counts.shapes = shapes;
        shape.iter().for_each(|shape| counts.add_shape(shape, count));
    }

    /// Makes a record at this place; what is refused is reported, what is another's counted.
    fn build(
        &mut self,
        shape: Option<&'static str>,
        no_text: NoText,
        fill: impl for<'a> FnOnce(RecordBuilder<'a>) -> Filled<'a>,
    ) {
        let doubtful = self.batch.counts.doubtful_times;
        let mut builder = RecordBuilder::new(self.batch, &mut self.workshop.layouts, self.place.offset);
        builder.on_line(self.place.line);
        no_text.note(&mut builder);
        let (mut builder, result) = fill(builder);
        if result.is_ok() {
            builder.finish(&self.workshop.options.projection);
        } else {
            builder.batch().counts.doubtful_times = doubtful;
            builder.abandon();
        }
        match result {
            Ok(()) => {}
            Err(Refused::Other) => self.batch.counts.add(None),
            Err(Refused::Damage(code, reason)) => return self.refuse(code, reason),
        }
        shape.iter().for_each(|shape| self.batch.counts.add_shape(shape, 1));
    }

    /// Reports what is at this place.
    fn refuse(&mut self, code: DamageCode, reason: impl Into<Cow<'static, str>>) {
        self.batch.damages.push(Damage::at(code, self.place.offset, reason).on_line(self.place.line));
    }

    /// Goes on behind these bytes.
    fn pass(&mut self, bytes: &[u8]) {
        self.pass_lines(bytes, memchr::memchr_iter(b'\n', bytes).count() as u64);
    }

    /// The same where it is known how many lines end in them.
    fn pass_lines(&mut self, bytes: &[u8], lines: u64) {
        self.place.offset += input_len(bytes, self.is_wide);
        self.place.line += lines;
    }
}

/// The line of syslog at the beginning of lines, and what follows it.
///
/// It goes on over lines where its own end is no end: a title alone, an element or object left open.
fn one_line(lines: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = lines.split_at(memchr::memchr(b'\n', lines).map_or(lines.len(), |end| end + 1));
    let is_open = matches!(line.trim_ascii_end().last(), Some(b':' | b'>' | b'{' | b','));
    let goes_on = is_open && memchr::memmem::find(line, b"</Event>").is_none();
    if goes_on { (lines, &[]) } else { (line, rest) }
}

/// The JSON behind words or in a list in the body of a line, where no message stands before it whose value
/// it could be.
fn object_in(body: &str) -> Option<&str> {
    let list = body.trim_start_matches(['[', ' ', '\t', '\r', '\n']);
    let at = if list.starts_with('{') { body.len() - list.len() } else { body.find("{\"")? };
    (at > 0 && message::find(&body[..at], REACH).is_none()).then(|| &body[at..])
}

/// Whether lines of JSON may be of Sysmon: they name it, or are of a shape that need not.
fn is_of_interest(lines: &[u8]) -> bool {
    lines.windows(SYSMON.len()).any(|part| part.eq_ignore_ascii_case(SYSMON))
        || (json::FORMAT.recognise)(lines)
}

/// Whether a line alone shows that a record other than XML begins.
pub(in crate::source) fn begins_record(line: &[u8]) -> bool {
    Grouper::default()
        .next(line)
        .is_some_and(|kind| matches!(kind, Kind::Json | Kind::Syslog | Kind::Message | Kind::Objects))
}

/// What is said of words between records.
fn no_record(words: &str) -> String {
    format!("words that belong to no record, such as {words:?}")
}

/// What is wrong with lines that belong to no record: something, where two of them are fields of an event.
fn stray(lines: &[u8]) -> Option<String> {
    let (text, _) = to_text(lines);
    let is_field =
        |line: &&str| line.split_once(':').is_some_and(|(name, _)| FieldId::from_name(name.trim()).is_some());
    let mut fields = text.lines().filter(is_field);
    let (first, _) = (fields.next()?, fields.next()?);
    let shown: String = first.trim().chars().take(64).collect();
    Some(format!("lines that belong to no record, such as {shown:?}"))
}

/// What is said of a list that the input ends in: PowerShell ends its last line, a copy of it may not.
const NO_LINE_END: &str = "the text ends without a line end: its last value may be cut";

/// How far behind the beginning of a document its first event is looked for.
const MAX_PROLOG: usize = 16 << 10;

/// How far into a line a message may begin: Snare has a dozen fields before it.
const REACH: usize = 4096;

/// Reads a line of syslog that holds a message.
fn read_syslog<'a>(text: &str, builder: RecordBuilder<'a>) -> Filled<'a> {
    match syslog::head(text) {
        Some(head) => read_body(head.body, (head.host, head.program), builder),
        None => (builder, Err(Refused::Other)),
    }
}

/// Whether words name Sysmon, in some case of letters.
fn names_sysmon(words: &str) -> bool {
    words.as_bytes().windows(SYSMON.len()).any(|part| part.eq_ignore_ascii_case(SYSMON))
}

/// Whether a line is the first of an event on several: a title without fields, or a bracket.
fn is_begun(line: &str) -> bool {
    let title = || {
        message::find(line, line.len()) == Some(0)
            && message::parse(line).is_none_or(|it| it.fields.is_empty())
    };
    matches!(line, "{" | "[" | "[{") || line.ends_with(':') && title()
}

/// Reads the message in a line of some other log, which a program on a host wrote.
///
/// Where neither the program nor the words before it name Sysmon, the message itself has to tell.
fn read_body<'a>(body: &str, (host, program): (&str, &str), mut builder: RecordBuilder<'a>) -> Filled<'a> {
    // Behind a date alone: what a program printed on several lines.
    if (host, program) == ("", "") && is_begun(body.trim()) {
        let what =
            "an event on several lines, each with a head of its own; put them together without the heads";
        return (builder, Err(Refused::malformed(what)));
    }
    // JSON of no known shape is not words with a message in them.
    let found = message::find(body, REACH).filter(|_| !body.trim_ascii_start().starts_with('{'));
    let Some(at) = found else { return (builder, Err(Refused::Other)) };
    if names_sysmon(program) || names_sysmon(&body[..at]) {
        system::set(&mut builder, SystemField::ProviderName, schema::PROVIDERS[0].name);
    } else if !message::parse(&body[at..]).is_some_and(|message| message.is_telling()) {
        return (builder, Err(Refused::Other));
    }
    if !host.is_empty() && host != "-" {
        system::set(&mut builder, SystemField::Computer, host);
        builder.note("the computer is the host that the line names");
    }
    finish_message(&body[at..], builder)
}

/// Gives a record the fields of its message, and what the message says of who wrote it.
///
/// Whatever the system fields say of provider and id holds; where they say nothing, the message
/// shows that it is Sysmon's. Where they say that it is another's, the message is a datum.
fn finish_message<'a>(text: &str, mut builder: RecordBuilder<'a>) -> Filled<'a> {
    let text_of = |builder: &mut RecordBuilder<'a>, field| {
        let slot = builder.system_slot(field);
        builder.batch().value(slot).map(|value| value.to_text().into_owned())
    };
    let provider = text_of(&mut builder, SystemField::ProviderName);
    if provider.as_deref().is_some_and(|name| schema::provider(name).is_none()) {
        let slot = builder.batch().push_text(text.trim());
        builder.data("Message", slot);
        return (builder, Ok(()));
    }
    let Some(message) = message::parse(text) else {
        return (builder, Err(Refused::malformed("no message of a known event")));
    };
    if provider.is_none() {
        let channel = text_of(&mut builder, SystemField::Channel);
        if !channel.is_some_and(|channel| names_sysmon(&channel)) && !message.is_telling() {
            let reason = "nothing says that it is Sysmon's: no provider, and too few fields in its message";
            return (builder, Err(Refused::malformed(reason)));
        }
        system::set(&mut builder, SystemField::ProviderName, schema::PROVIDERS[0].name);
    }
    let slot = builder.system_slot(SystemField::EventId);
    let id = builder.batch().value(slot).and_then(Value::as_u64);
    let of_message = u64::from(message.schema.id);
    match id {
        None => system::set(&mut builder, SystemField::EventId, &of_message.to_string()),
        Some(id) if id != of_message => {
            let reason = format!("two values of event_id: {id}, and the message is that of {of_message}");
            return (builder, Err(Refused::malformed(reason)));
        }
        Some(_) => {}
    }
    if builder.system_slot(SystemField::Computer) == Slot::Absent {
        let what = if provider.is_none() { "from the message alone" } else { "no computer is named" };
        builder.note(format!("read in part: {what}"));
    }
    message.fill(&mut builder);
    (builder, Ok(()))
}
