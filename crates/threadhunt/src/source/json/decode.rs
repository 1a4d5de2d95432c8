//! Decodes a block: every value in it, each by itself.
//!
//! A value ends where its brackets do. Between values may stand what belongs to arrays and
//! wrappers, and `Record 5` lines, as `evtx_dump` writes them; a line of text with an object in it
//! gives the object. Behind a value that is broken, reading goes on with the next line that
//! begins like it.

use std::borrow::Cow;
use std::ops::Range;

use super::block::{BlockText, Cursor};
use super::parse::{self, Json, Trouble};
use super::plan::Plan;
use super::shape;
use super::skim::{Found, Glance, Passed};
use super::{MAX_VALUE, Reading, resume, wrapper};
use crate::event::{Batch, Damage, DamageCode, LayoutCache, RecordBuilder};
use crate::source::encoding::NoText;
use crate::source::{BlockHead, Options, Workshop, text};

mod record;

use record::Record;
pub(super) use record::{has_repeated_key, unopened};

/// Envelopes within envelopes.
const MAX_ENVELOPES: usize = 8;

/// Decodes a block, which is the batch's input, into the batch.
pub(super) fn decode(head: BlockHead, batch: &mut Batch, workshop: &mut Workshop<'_>) {
    let input = batch.shared_input();
    Decoder::new(&BlockText::new(&input), head, batch, workshop).run();
}

/// Longest text before a value on its line: the head of a line of syslog.
const MAX_HEAD: usize = 512;

/// Where the next value that may be a record begins.
///
/// Other text may stand before it on its line, but no bytes that are none.
pub(super) fn start_of_value(text: &str) -> Option<usize> {
    let mut start = text.len() - skip_between(text).len();
    loop {
        let rest = &text[start..];
        if rest.starts_with(['{', '"']) {
            return Some(start);
        }
        let line = rest.split_inclusive('\n').next().filter(|line| !line.is_empty())?;
        if let Some(at) = line.find("{\"").filter(|at| *at <= MAX_HEAD) {
            return (!line[..at].contains(|c: char| c.is_control() && c != '\t')).then_some(start + at);
        }
        start += line.len();
        start += rest[line.len()..].len() - skip_between(&rest[line.len()..]).len();
    }
}

/// The text behind what may stand between values.
fn skip_between(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\r', '\n', ',', '[', ']', '}', ':', '\u{feff}', RECORD_SEPARATOR])
}

/// What stands before each value of a JSON text sequence (RFC 7464).
pub(super) const RECORD_SEPARATOR: char = '\u{1e}';

/// A block on its way into a batch.
pub(super) struct Decoder<'t, 'o, 'w> {
    block: &'t BlockText<'t>,
    text: &'t str,
    at: usize,
    cursor: Cursor<'t>,
    /// End of the line on which the last value began.
    line_end: usize,
    batch: &'w mut Batch,
    workshop: &'w mut Workshop<'o>,
    /// Whether a record of no known shape was met before.
    unknown: bool,
    /// Whether a brace at the margin begins a record, wherever it is.
    margins_count: bool,
    /// Where the next line begins that has a brace at its margin, if that is behind.
    margin: usize,
    /// Characters before the block on the line on which it begins.
    first_column: usize,
    /// A place whose column is known, and the characters before it on its line.
    column: (usize, usize),
    /// Where the next NUL byte is, and the next escape of one.
    nul: [usize; 2],
    /// Whether the input begins with this text.
    is_first: bool,
    /// Whether values stand in a list that is the value of a name, such as `"fields":["a","b"]` beside records.
    is_in_named: bool,
}

impl<'t, 'o, 'w> Decoder<'t, 'o, 'w> {
    pub(super) fn new(
        block: &'t BlockText<'t>,
        head: BlockHead,
        batch: &'w mut Batch,
        workshop: &'w mut Workshop<'o>,
    ) -> Self {
        workshop.json.begin();
        Self {
            block,
            text: &block.text,
            at: 0,
            cursor: Cursor::new(block, head),
            line_end: 0,
            batch,
            workshop,
            unknown: false,
            margins_count: false,
            margin: 0,
            first_column: head.column,
            column: (0, head.column),
            nul: NULS.map(|next| next(&block.text, 0)),
            is_first: head.offset == 0,
            is_in_named: false,
        }
    }

    /// What is to be said of the record that lies here, because of bytes that are no text.
    fn no_text(&mut self, range: Range<usize>) -> NoText {
        for (place, next) in self.nul.iter_mut().zip(NULS) {
            if *place < range.start {
                *place = next(self.text, range.start);
            }
        }
        let has_nul = self.nul.iter().any(|place| *place < range.end);
        NoText { replaced: self.block.remark(range), has_nul }
    }

    /// Reads a value of a known shape that lies elsewhere.
    pub(super) fn known(&mut self, json: &Json<'_>, place: BlockHead) {
        Record { decoder: self, no_text: NoText::default(), place: Some(place), envelopes: 0 }.any(json);
    }

    /// Reads all values.
    pub(super) fn run(&mut self) {
        loop {
            let start = self.at;
            self.at = self.text.len() - skip_between(&self.text[self.at..]).len();
            self.look_between(start);
            self.note_list(start);
            match self.text.as_bytes().get(self.at) {
                None => return,
                Some(b'{') => self.value(),
                Some(b'"') => self.string(),
                Some(0) => self.nothing(),
                Some(_) => self.words(),
            }
        }
    }

    /// Tells of lists in lists that hold nothing, deeper than anything is read.
    fn look_between(&mut self, start: usize) {
        let passed = &self.text[start..self.at];
        if passed.len() > 2 * parse::MAX_DEPTH && passed.contains(']') {
            let deep = "[".repeat(parse::MAX_DEPTH + 1);
            if let Some(at) = passed.find(&deep) {
                self.cursor.go_to(start + at);
                self.damage_at(start + at, DamageCode::Limit, parse::TOO_DEEP);
            }
        }
    }

    /// Keeps in mind whether what follows is in a list that is the value of a name.
    fn note_list(&mut self, start: usize) {
        let passed = &self.text[start..self.at];
        if let Some(at) = passed.rfind(['[', ']', '}']) {
            self.is_in_named = passed[at..].starts_with('[') && passed[..at].trim_ascii_end().ends_with(':');
        }
    }

    /// The rest of the line on which a value begins.
    fn line(&mut self) -> &'t str {
        if self.at >= self.line_end {
            let rest = &self.text.as_bytes()[self.at..];
            self.line_end = memchr::memchr(b'\n', rest).map_or(self.text.len(), |len| self.at + len);
        }
        &self.text[self.at..self.line_end]
    }

    /// A value in braces.
    fn value(&mut self) {
        let is_new = match self.glance() {
            Some(Glance::Passed(passed)) => return self.pass(&passed),
            Some(Glance::Planned(plan)) if self.by_plan(&plan) => return,
            glance => matches!(glance, Some(Glance::Unknown)),
        };
        let parsed = self.parse();
        let start = self.at;
        match parsed {
            Ok((_, len)) if len > MAX_VALUE => {
                if !self.open(len) {
                    self.oversized(start);
                    self.at += len;
                }
            }
            Ok((json, len)) => {
                self.cursor.go_to(start);
                let no_text = self.no_text(start..start + len);
                let members = json.members().unwrap_or_default();
                let before = (self.batch.counts.total(), self.batch.counts.others, self.batch.len());
                Record { decoder: self, no_text, place: None, envelopes: 0 }.object(&json, members);
                if is_new {
                    self.learn(&json, before);
                }
                self.at += len;
            }
            // What is too deep is no list, and opened one by one its brackets would take long.
            Err((trouble, len)) if trouble.what != parse::TOO_DEEP && self.open(len) => {}
            Err((trouble, _)) => {
                self.at = resume::behind_broken(self.text, start..self.line_end, start + trouble.at);
                match self.at - start > MAX_VALUE {
                    true => self.oversized(start),
                    false => self.trouble(start, &trouble),
                }
            }
        }
    }

    fn oversized(&mut self, start: usize) {
        self.cursor.go_to(start);
        let reason = format!("a value of more than {} MiB", MAX_VALUE >> 20);
        self.damage_at(start, DamageCode::Limit, reason);
    }

    /// Goes to the list of records in a document that cannot be read as a whole, whose length is given.
    ///
    /// Each record costs only itself then; what is behind the list is told of where it is broken.
    fn open(&mut self, len: usize) -> bool {
        let list = wrapper::open_text(&self.text[self.at..self.at + len]);
        self.at += list.map_or(0, |(begin, _)| begin);
        self.is_in_named &= list.is_none();
        list.is_some()
    }

    /// The rest of the line, without what may stand behind a value alone on it.
    fn lone_value(&mut self) -> &'t str {
        let line = self.line().trim_ascii_end();
        line.strip_suffix(',').unwrap_or(line)
    }

    /// Looks at a line that is one object, where nothing else is asked for.
    fn glance(&mut self) -> Option<Glance> {
        if self.workshop.options.shape.is_some() {
            return None;
        }
        let line = self.lone_value();
        // A line with bytes that are no text says so whatever it is, which the plain path sees to.
        if !line.ends_with('}') || self.no_text(self.at..self.at + line.len()) != NoText::default() {
            return None;
        }
        let Workshop { options, json, .. } = &mut *self.workshop;
        Some(json.glance(line, &options.projection))
    }

    /// Counts a record that nobody wants.
    fn pass(&mut self, passed: &Passed) {
        self.batch.counts.add(passed.sysmon);
        self.batch.counts.add_shape(passed.shape, 1);
        self.at = self.line_end;
    }

    /// Reads a line by a plan; false where the line takes the plain path.
    fn by_plan(&mut self, plan: &Plan) -> bool {
        let (start, line) = (self.at, self.lone_value());
        self.cursor.go_to(start);
        let place = self.cursor.place_at(start + plan.begin(self.workshop.json.scalars()));
        let Workshop { options, layouts, json, .. } = &mut *self.workshop;
        let mut reading = begun(self.batch, layouts, place, options);
        if plan.read(line, json.scalars(), &mut reading).is_none() {
            reading.builder.abandon();
            return false;
        }
        reading.builder.batch().counts.add_shape(plan.shape, 1);
        reading.finish(options);
        self.at = self.line_end;
        true
    }

    /// Learns what the plain path found, where that was one record by a table.
    fn learn(&mut self, json: &Json<'_>, (total, others, len): (u64, u64, usize)) {
        let line = self.lone_value();
        if self.batch.counts.total() == total + 1
            && let Some((shape, layout, json)) = shape::find_layout(json, MAX_ENVELOPES)
        {
            let is_sysmon = self.batch.counts.others == others;
            let names = self.batch.last_layout().filter(|_| self.batch.len() == len + 1);
            self.workshop.json.learn(line, &Found { shape, layout, json, is_sysmon }, names);
        }
    }

    /// Parses the value that begins here; a broken one comes with the length of what belongs to it.
    fn parse(&mut self) -> Result<(Json<'t>, usize), (Trouble, usize)> {
        let line = self.line().trim_ascii_end();
        match parse::parse(line) {
            Ok(parsed) => return Ok(parsed),
            // Within its line: more lines would not mend it.
            Err(trouble) if trouble.at < line.len() || trouble.is_limit => return Err((trouble, line.len())),
            Err(_) => {}
        }
        let rest = &self.text[self.at..];
        let margin = self.margin() - self.at;
        // A brace alone on its line begins an indented value, or one whose inner braces are at the
        // margin too; the latter is tried until it was in vain once, so that the time has a bound.
        let end = if line == "{" && !self.margins_count { rest.len() } else { margin };
        parse::parse(rest[..end].trim_ascii_end()).map_err(|trouble| {
            self.margins_count = true;
            (trouble, margin)
        })
    }

    /// A string: events as XML or JSON in it, or the name of something in a wrapper.
    fn string(&mut self) {
        let start = self.at;
        let line = self.line();
        match parse::parse(line) {
            Ok((json, len)) => {
                let is_name = line[len..].trim_ascii_start().starts_with(':');
                if is_name && self.is_headless() {
                    return self.headless();
                }
                if !is_name {
                    self.cursor.go_to(start);
                    let no_text = self.no_text(start..start + len);
                    Record { decoder: self, no_text, place: None, envelopes: 0 }.any(&json);
                }
                self.at += len;
            }
            Err(trouble) => {
                self.trouble(start, &trouble);
                self.at = self.line_end;
            }
        }
    }

    /// Zeros, as a file has them that was not written to its end.
    fn nothing(&mut self) {
        let len = self.text[self.at..].bytes().take_while(|byte| *byte == 0).count();
        self.cursor.go_to(self.at);
        self.damage_at(self.at, DamageCode::Malformed, format!("{len} NUL bytes where a record should be"));
        self.at += len;
    }

    /// A line that is no JSON, or not from its beginning.
    fn words(&mut self) {
        let line = self.line();
        if self.bare_element(line) {
            return;
        }
        let object = line.find("{\"");
        if self.others(object.is_some()) {
            return;
        }
        if let Some(found) = object {
            let is_value = || self.is_behind(&[':']) && self.text[..self.at].contains('"');
            if line[..found].trim_ascii_end().ends_with("\":") && !is_value() {
                return self.headless();
            }
            self.at += found;
            return;
        }
        let is_title = line
            .strip_prefix("Record ")
            .is_some_and(|number| number.trim_ascii_end().bytes().all(|byte| byte.is_ascii_digit()));
        let is_value = self.is_beside()
            && parse::parse(line).is_ok_and(|(_, len)| line[len..].trim_start().starts_with([',', '}', ']']));
        if is_value {
            // A number or word of a wrapper that the list does not concern.
            self.at += line.find([',', '}', ']']).unwrap_or(line.len());
            return;
        }
        if !is_title {
            self.cursor.go_to(self.at);
            self.damage_at(self.at, DamageCode::Malformed, "no JSON object");
        }
        self.at = self.line_end;
    }

    /// Whether what begins here is the value of a name: it stands beside the records of an answer.
    fn is_beside(&self) -> bool {
        let name = self.text[..self.at].trim_ascii_end().strip_suffix(':');
        name.is_some_and(|name| !name.is_empty() && !name.trim_end_matches(' ').ends_with('\n'))
    }

    /// Whether one of these is the last thing before what begins here.
    fn is_behind(&self, marks: &[char]) -> bool {
        self.text[..self.at].trim_ascii_end().ends_with(marks)
    }

    /// Whether a name stands where no object can have it.
    fn is_headless(&self) -> bool {
        let before = self.text[..self.at].trim_ascii_end();
        let Some(before) = before.strip_suffix(',') else { return !before.ends_with(['{', '[']) };
        let before = before.trim_end_matches([' ', '\t', '\r']);
        before.ends_with('\n') || before.is_empty() && self.is_first
    }

    /// A line that goes on with the members of an object which does not begin anywhere.
    fn headless(&mut self) {
        self.cursor.go_to(self.at);
        self.damage_at(self.at, DamageCode::Malformed, "the beginning of the record is missing");
        self.at = self.line_end;
    }

    /// A number or word in a list of records; false where there is none.
    fn bare_element(&mut self, line: &str) -> bool {
        let begins = self.text[..self.at].trim_ascii_end().ends_with([',', '[']);
        let value = begins.then(|| parse::parse(line).ok()).flatten();
        let is_end = |len: usize| line[len..].trim_ascii_start().starts_with([',', ']']);
        let is_scalar = |(json, len): &(Json<'_>, usize)| json.members().is_none() && is_end(*len);
        let Some((json, len)) = value.filter(is_scalar) else { return false };
        Record { decoder: self, no_text: NoText::default(), place: None, envelopes: 0 }.unknown(&json, &[]);
        self.at += len;
        true
    }

    /// Lines of XML or text, up to the next object at the margin; false when there are none.
    ///
    /// A line with an object in it is the head of one, if it is not XML.
    fn others(&mut self, has_object: bool) -> bool {
        let rest = &self.text[self.at..];
        let begins_line = self.at == 0 || self.text[..self.at].ends_with('\n');
        if !begins_line || has_object && !rest.trim_start_matches("- ").starts_with('<') {
            return false;
        }
        let end = self.margin();
        if !text::is_among(&self.text.as_bytes()[self.at..end]) {
            return false;
        }
        self.cursor.go_to(self.at);
        let lines = (self.cursor.bytes_to(end), self.block.is_wide());
        text::read_among(lines, self.cursor.place(), self.batch, self.workshop);
        self.at = end;
        true
    }

    fn damage_at(&mut self, at: usize, code: DamageCode, reason: impl Into<Cow<'static, str>>) {
        let place = self.cursor.place_at(at);
        self.complain(place, code, reason);
    }

    fn complain(&mut self, place: BlockHead, code: DamageCode, reason: impl Into<Cow<'static, str>>) {
        self.batch.damages.push(Damage::at(code, place.offset, reason).on_line(place.line));
    }

    /// What the parser met in the value that begins here, with the column in characters.
    fn trouble(&mut self, start: usize, trouble: &Trouble) {
        self.cursor.go_to(start);
        let at = start + trouble.at;
        let column = self.column(at);
        let code = if trouble.is_limit { DamageCode::Limit } else { DamageCode::Malformed };
        self.damage_at(at, code, format!("column {column}: {}", trouble.what));
    }

    /// The column of a place, counted on from the last one that was asked for.
    fn column(&mut self, at: usize) -> usize {
        let (known, before) = self.column;
        let (from, before) = if known <= at { (known, before) } else { (0, self.first_column) };
        let passed = &self.text.as_bytes()[from..at];
        let (line, before) = memchr::memrchr(b'\n', passed).map_or((from, before), |end| (from + end + 1, 0));
        let count = before + self.text.get(line..at).map_or(0, |text| text.chars().count());
        self.column = (at, count);
        count + 1
    }

    /// Where the next line begins that has a brace at its margin.
    fn margin(&mut self) -> usize {
        if self.margin <= self.at {
            let rest = &self.text.as_bytes()[self.at..];
            self.margin = memchr::memmem::find(rest, b"\n{").map_or(self.text.len(), |at| self.at + at + 1);
        }
        self.margin
    }
}

/// A record that begins at a place.
fn begun<'a>(
    batch: &'a mut Batch,
    layouts: &'a mut LayoutCache,
    place: BlockHead,
    options: &'a Options,
) -> Reading<'a> {
    let mut builder = RecordBuilder::new(batch, layouts, place.offset);
    builder.on_line(place.line);
    Reading::new(builder, &options.projection)
}

/// Where the next NUL is at or behind a place: as a byte, and as an escape.
const NULS: [fn(&str, usize) -> usize; 2] = [next_nul, next_nul_escape];

fn next_nul(text: &str, from: usize) -> usize {
    memchr::memchr(0, &text.as_bytes()[from..]).map_or(usize::MAX, |at| from + at)
}

fn next_nul_escape(text: &str, from: usize) -> usize {
    let mut escapes = memchr::memmem::find_iter(&text.as_bytes()[from..], NUL_ESCAPE).map(|at| from + at);
    escapes.find(|at| !is_escaped(&text[..*at])).unwrap_or(usize::MAX)
}

const NUL_ESCAPE: &[u8] = br"\u0000";

/// Whether a backslash before the end escapes what comes behind.
fn is_escaped(before: &str) -> bool {
    before.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}
