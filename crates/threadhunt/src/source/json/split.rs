//! Cuts a stream of JSON between records, wherever line ends are.
//!
//! Most files hold an object a line, or objects that begin at the margin: a cut before a line
//! that begins with `{` is right for all of them and is found from the end of what was read. Where
//! there is no such line (an array on one line, indented elements, objects one behind the other)
//! strings and brackets are counted instead. A document that is larger than any record must be a
//! list of records within a wrapper, such as an answer of Elasticsearch: it is left open, and its
//! elements are cut. Within the rows of a table every block begins with the table's columns.
//!
//! Cuts are for memory and for workers only: what a record is decides the decoder.
//!
//! A list that is cut off between two of its records has only whole ones: that it is never closed is all
//! that tells of those that are missing, so it is an error at the end.

use std::io::{self, Read};
use std::ops::ControlFlow;

use memchr::memmem;

use super::{LONE_CR, MAX_VALUE, resume, rows, wrapper};
use crate::source::encoding::{self, Input, input_len};
use crate::source::{Block, Emit, text};

/// Bytes read at once; a block is the whole records among them.
const BLOCK_LEN: usize = 512 << 10;

/// Lists in lists that are opened one by one: `responses[]` with `hits.hits[]` in each are two. Each opening takes
/// little out of a full buffer, so that more of them would let it grow.
const MAX_OPENINGS: usize = 8;

pub(super) fn split(input: &mut dyn Read, emit: &mut Emit<'_>) -> io::Result<()> {
    let mut splitter = Splitter {
        input,
        encoding: None,
        emit,
        buffer: Vec::new(),
        offset: 0,
        line: 1,
        column: 0,
        brackets: None,
        is_open: None,
        head: None,
        openings: 0,
    };
    while splitter.step()?.is_continue() {}
    Ok(())
}

/// Cuts a stream between records.
struct Splitter<'s, 'e> {
    input: &'s mut dyn Read,
    /// Known as soon as something was read.
    encoding: Option<Input>,
    emit: &'s mut Emit<'e>,
    buffer: Vec<u8>,
    offset: u64,
    line: u64,
    column: usize,
    /// Brackets counted so far, where lines do not tell records apart.
    brackets: Option<Brackets>,
    /// Whether the input is a list of records that goes on; not known before the first cut.
    is_open: Option<bool>,
    /// Within the rows of a table, what makes a table of some of them.
    head: Option<Vec<u8>>,
    /// Lists that were opened since the last block.
    openings: usize,
}

impl Splitter<'_, '_> {
    /// Reads once and emits what is whole; `Break` at the end.
    fn step(&mut self) -> io::Result<ControlFlow<()>> {
        let is_first = self.encoding.is_none();
        let read = self.fill();
        let at_end = !matches!(read, Ok(len) if len > 0);
        if is_first && !self.open_table() && is_one_line(&self.buffer) {
            self.brackets = Some(Brackets::default());
        }
        let boundary = self.boundary();
        // What ends within this block is not looked at any more.
        let is_cut = at_end && self.list_end().is_none() && self.lacks_end();
        let flow = match boundary {
            end if self.head.is_some() && (at_end || end.is_some() || self.list_end().is_some()) => {
                self.end_rows(end, at_end)
            }
            _ if at_end => self.emit(self.buffer.len()),
            Some(end) => self.emit(end),
            None if self.buffer.len() > MAX_VALUE => self.oversized()?,
            None => ControlFlow::Continue(()),
        };
        read?;
        match flow {
            ControlFlow::Continue(()) if is_cut => Err(unclosed()),
            _ if at_end => Ok(ControlFlow::Break(())),
            flow => Ok(flow),
        }
    }

    /// Whether a list of records goes on behind the last of what is left, which is whole.
    fn lacks_end(&self) -> bool {
        match (self.is_open, &self.brackets) {
            (None, _) => begins_list(&self.buffer).is_some_and(|list| list.is_within_list()),
            (_, Some(brackets)) => brackets.is_within_list(),
            // What is left begins with a record, and closes the list where that ends.
            (Some(is_open), None) => is_open && Brackets::within(&self.buffer, 0, 1).is_within_list(),
        }
    }

    /// Reads once into the buffer, as UTF-8; returns how many bytes were read.
    fn fill(&mut self) -> io::Result<usize> {
        let (encoding, offset) = (&mut self.encoding, &mut self.offset);
        Input::fill(encoding, LONE_CR, self.input, BLOCK_LEN, offset, &mut self.buffer)
    }

    /// Where the last record in the buffer ends, as far as that is known.
    fn boundary(&mut self) -> Option<usize> {
        match &mut self.brackets {
            Some(brackets) => brackets.scan(&self.buffer, Stop::AtLast),
            None => last_margin(&self.buffer),
        }
    }

    /// Goes into the rows of a table, where one begins; says whether it does.
    fn open_table(&mut self) -> bool {
        let Some(rows::Opening { len, level, head }) = rows::open(&self.buffer) else { return false };
        self.take(len);
        self.brackets = Some(Brackets { is_table: true, ..Brackets::in_list(level) });
        self.head = Some(head);
        true
    }

    /// Where the rows of a table end, if they do.
    fn list_end(&self) -> Option<usize> {
        self.brackets.as_ref().and_then(|brackets| brackets.list_end)
    }

    /// Emits the rows up to an end, and goes out of the table with them all; at the end of the input emits the
    /// rest, too.
    fn end_rows(&mut self, end: Option<usize>, at_end: bool) -> ControlFlow<()> {
        let is_over = at_end || self.list_end().is_some();
        end.map_or(ControlFlow::Continue(()), |end| self.emit_rows(end, rows::TAIL))?;
        let is_blank = self.buffer.iter().all(|byte| byte.is_ascii_whitespace() || *byte == b',');
        if self.list_end().is_none() && at_end && !is_blank {
            // A row that breaks off: as one that is not closed it is one loss.
            return self.emit_rows(self.buffer.len(), b"");
        }
        if let Some(brackets) = self.brackets.as_mut().filter(|_| is_over) {
            (brackets.is_table, brackets.list_end) = (false, None);
            self.head = None;
        }
        if at_end { self.emit(self.buffer.len()) } else { ControlFlow::Continue(()) }
    }

    /// Emits the first `len` bytes of the buffer, which are rows, as a table of their own.
    ///
    /// Its head is counted as if it lay before them, so that offsets are those of the rows.
    fn emit_rows(&mut self, len: usize, tail: &[u8]) -> ControlFlow<()> {
        let head = self.head.clone().unwrap_or_default();
        let mut block = self.take(len);
        // What stood between these rows and those before.
        if let Some(comma) = block.bytes.iter_mut().find(|byte| !byte.is_ascii_whitespace()) {
            *comma = if *comma == b',' { b' ' } else { *comma };
        }
        block.offset = block.offset.saturating_sub(input_len(&head, self.is_wide()));
        block.column = block.column.saturating_sub(head.iter().filter(|byte| **byte & 0xc0 != 0x80).count());
        let mark = if self.is_wide() { encoding::BOM } else { &[] };
        block.bytes = [mark, &head, &block.bytes, tail].concat();
        (self.emit)(block)
    }

    /// Whether the input is UTF-16.
    fn is_wide(&self) -> bool {
        self.encoding.as_ref().is_some_and(Input::is_wide)
    }

    /// Takes the first `len` bytes out of the buffer, as a block without the marks of the encoding.
    fn take(&mut self, len: usize) -> Block {
        let rest = self.buffer.split_off(len);
        let bytes = std::mem::replace(&mut self.buffer, rest);
        self.is_open = Some(match self.is_open {
            Some(is_open) => is_open && !may_close_list(&bytes),
            None => begins_list(&bytes).is_some(),
        });
        let block = Block { offset: self.offset, line: self.line, column: self.column, bytes };
        let (line, before) = match memchr::memrchr(b'\n', &block.bytes) {
            Some(end) => (&block.bytes[end + 1..], 0),
            None => (&*block.bytes, self.column),
        };
        // A mark of the encoding is no character.
        let line = line.strip_prefix(encoding::BOM).unwrap_or(line);
        self.column = before + line.iter().filter(|byte| *byte & 0xc0 != 0x80).count();
        self.offset += input_len(&block.bytes, self.is_wide());
        self.line += memchr::memchr_iter(b'\n', &block.bytes).count() as u64;
        if let Some(brackets) = &mut self.brackets {
            brackets.forget(len);
        }
        block
    }

    /// Emits the first `len` bytes of the buffer as a block.
    fn emit(&mut self, len: usize) -> ControlFlow<()> {
        self.openings = 0;
        if len == 0 {
            return ControlFlow::Continue(());
        }
        let mut block = self.take(len);
        if self.is_wide() {
            block.bytes.splice(..0, encoding::BOM.iter().copied());
        } else {
            let marks = block.bytes.chunks_exact(3).take_while(|chunk| *chunk == encoding::BOM).count() * 3;
            block.bytes.drain(..marks);
            block.offset += marks as u64;
        }
        (self.emit)(block)
    }

    /// Goes on where the buffer is full without an end of a record.
    fn oversized(&mut self) -> io::Result<ControlFlow<()>> {
        if self.head.is_some() {
            return self.cut_value();
        }
        if self.brackets.is_none() {
            let level = usize::from(self.is_open == Some(true));
            self.brackets = Some(Brackets::in_list(level));
            return Ok(match self.boundary() {
                Some(end) => self.emit(end),
                None => ControlFlow::Continue(()),
            });
        }
        if let Some(len) = self.idle_len() {
            let openings = self.openings;
            let flow = self.emit(len);
            self.openings = if len > MAX_VALUE / 2 { 0 } else { openings + 1 };
            return Ok(flow);
        }
        match wrapper::open(&self.buffer).filter(|_| self.openings < MAX_OPENINGS) {
            Some((len, level)) => {
                self.openings += 1;
                self.take(len);
                self.brackets = Some(Brackets::in_list(level));
                Ok(ControlFlow::Continue(()))
            }
            None => self.cut_list(),
        }
    }

    /// Length of what stands before a value that has no end yet, and is none: words, blanks, numbers of a list.
    fn idle_len(&self) -> Option<usize> {
        let brackets = self.brackets.as_ref().filter(|_| self.openings < MAX_OPENINGS)?;
        let len = match brackets.begun {
            Some(begun) => begun,
            None if brackets.level > 0 => brackets.at,
            None => {
                let lines = memchr::memrchr(b'\n', &self.buffer[..brackets.at]).map_or(0, |end| end + 1);
                // Other texts have records of several lines.
                let near = lines.saturating_sub(BLOCK_LEN);
                text::last_among(&self.buffer[near..lines]).map_or(lines, |at| near + at)
            }
        };
        (len > 0).then_some(len)
    }

    /// Emits what lies before the last record of a list, where brackets do not say where records end.
    fn cut_list(&mut self) -> io::Result<ControlFlow<()>> {
        let level = self.brackets.as_ref().map_or(0, |brackets| brackets.level);
        let last = || resume::last_like(&self.buffer[..=MAX_VALUE]);
        let Some(at) = (level > 0).then(last).flatten() else { return self.cut_value() };
        let flow = self.emit(at);
        self.brackets = Some(Brackets::in_list(level));
        Ok(flow)
    }

    /// Emits the beginning of a value that is too long, and drops the rest of it.
    fn cut_value(&mut self) -> io::Result<ControlFlow<()>> {
        let rest = self.buffer.split_off(MAX_VALUE + 1);
        let len = MAX_VALUE + 1;
        let flow = if self.head.is_some() { self.emit_rows(len, b"") } else { self.emit(len) };
        self.buffer = rest;
        loop {
            let end = match &mut self.brackets {
                // A line of words, and none of the values behind it.
                Some(Brackets { begun: None, level: 0, .. }) => {
                    memchr::memchr(b'\n', &self.buffer).map(|end| end + 1)
                }
                Some(brackets) => brackets.scan(&self.buffer, Stop::AtFirst),
                None => Some(0),
            };
            let len = end.unwrap_or(self.buffer.len());
            self.take(len);
            if end.is_some() || self.fill()? == 0 {
                return Ok(flow);
            }
        }
    }
}

fn unclosed() -> io::Error {
    let reason = "the JSON is cut off: its list of records has no end; records may be missing";
    io::Error::new(io::ErrorKind::UnexpectedEof, reason)
}

/// The brackets at the end of a text that begins with a list of records, alone or in a document.
fn begins_list(text: &[u8]) -> Option<Brackets> {
    let inner = text.strip_prefix(encoding::BOM).unwrap_or(text).trim_ascii_start();
    let (at, level) = match inner.first()? {
        b'[' => (text.len() - inner.len() + 1, 1),
        b'{' => wrapper::open(text)?,
        _ => return None,
    };
    let list = Brackets::within(text, at, level);
    // What is closed in a document need not be closed as far as the document itself.
    Some(list).filter(|list| list.level == level)
}

/// Whether a list may end in a text in which records begin at the margin: their own lists are indented.
fn may_close_list(text: &[u8]) -> bool {
    [&b"\n]"[..], b"}]\n", b"}]\r\n"].iter().any(|end| memmem::find(text, end).is_some())
}

/// Whether an array begins on the first line, and goes on there.
fn is_one_line(head: &[u8]) -> bool {
    let start = head.strip_prefix(encoding::BOM).unwrap_or(head).trim_ascii_start();
    let inner = start.strip_prefix(b"[").unwrap_or_default();
    !inner.is_empty() && !matches!(inner.trim_ascii_start().first(), Some(b'{') if is_margin(inner))
}

/// Whether the first thing behind blanks stands at the margin of a new line.
fn is_margin(text: &[u8]) -> bool {
    let blanks = &text[..text.len() - text.trim_ascii_start().len()];
    blanks.ends_with(b"\n")
}

/// Where the last line begins that has a brace at its margin.
fn last_margin(buffer: &[u8]) -> Option<usize> {
    let mut end = buffer.len();
    while let Some(at) = memchr::memrchr(b'\n', &buffer[..end]) {
        if buffer.get(at + 1) == Some(&b'{') {
            return Some(at + 1);
        }
        end = at;
    }
    None
}

/// Whether other text begins with a byte outside of all brackets.
fn begins_words(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !byte.is_ascii_control() && !b"{}[]\",:".contains(&byte)
}

/// Which end of a record is sought.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    AtFirst,
    AtLast,
}

/// Counts brackets outside of strings.
#[derive(Clone, Debug, Default)]
struct Brackets {
    /// Everything before this place of the buffer was looked at.
    at: usize,
    depth: usize,
    /// Depth at which records begin: 1 in an array.
    level: usize,
    /// Where the value began that is open at this depth.
    begun: Option<usize>,
    in_string: bool,
    /// Where the last record ended.
    end: Option<usize>,
    /// The innermost brackets that are open, the last in the lowest bit; 1 is a brace.
    kinds: u64,
    /// Whether a record is broken: brackets that were taken for text or for others may have closed the list.
    is_doubtful: bool,
    /// Whether records are lists, the rows of a table.
    is_table: bool,
    /// Where the list of the rows ended.
    list_end: Option<usize>,
}

/// The brackets around a record of a list: an array, which a document may hold.
const LIST: u64 = !1;

impl Brackets {
    /// Those before the first record of a list; level 0 is no list.
    fn in_list(level: usize) -> Self {
        Self { depth: level, level, kinds: LIST, ..Self::default() }
    }

    /// Those that are open at the end of a text, of which some are at a place within a list.
    fn within(text: &[u8], at: usize, level: usize) -> Self {
        let mut brackets = Self { at, ..Self::in_list(level) };
        brackets.scan(text, Stop::AtLast);
        brackets
    }

    /// Whether a list is open, and no record in it.
    fn is_within_list(&self) -> bool {
        !self.is_doubtful && self.level > 0 && self.depth == self.level && !self.in_string
    }

    /// Goes on to the end of a record or of the buffer; returns where the last record ended.
    fn scan(&mut self, buffer: &[u8], stop: Stop) -> Option<usize> {
        while let Some(byte) = buffer.get(self.at).copied() {
            if stop == Stop::AtFirst && self.end.is_some() || self.list_end.is_some() {
                break;
            }
            if self.in_string {
                let Some(found) = memchr::memchr3(b'"', b'\\', b'\n', &buffer[self.at..]) else {
                    self.at = buffer.len();
                    break;
                };
                self.at += found;
                if !self.in_string_at(buffer) {
                    break;
                }
                continue;
            }
            if self.depth == 0 && begins_words(byte) {
                if self.pass_words(buffer) {
                    continue;
                }
                break;
            }
            if self.depth == self.level && b"\"{[".contains(&byte) {
                self.begun = Some(self.at);
            }
            match byte {
                b'"' => self.in_string = true,
                b'[' if self.depth == 0 => (self.depth, self.level, self.kinds) = (1, 1, LIST),
                b'{' | b'[' => {
                    self.depth += 1;
                    self.kinds = self.kinds << 1 | u64::from(byte == b'{');
                }
                b'}' | b']' => self.close(byte),
                b'\n' if buffer.get(self.at + 1) == Some(&b'{') => self.begin_anew(),
                _ => {}
            }
            self.at += 1;
        }
        self.end
    }

    /// Moves past a byte in a string that may end it; false when the next one is not there yet.
    fn in_string_at(&mut self, buffer: &[u8]) -> bool {
        match buffer[self.at] {
            b'\\' if self.at + 1 == buffer.len() => return false,
            b'\\' => self.at += 1,
            b'"' => {
                self.in_string = false;
                self.begun = self.begun.filter(|_| self.depth != self.level);
            }
            // No string holds a line end: it broke off.
            _ => self.begin_anew(),
        }
        self.at += 1;
        true
    }

    /// Moves past other text, to the end of its line or to an object in it; false where the end is not there yet.
    ///
    /// Braces and quotes of XML and of messages are no brackets, and no record ends there.
    fn pass_words(&mut self, buffer: &[u8]) -> bool {
        let rest = &buffer[self.at..];
        let Some(len) = memchr::memchr(b'\n', rest) else { return false };
        let line = &rest[..len];
        let tag = line.strip_prefix(b"- ").unwrap_or(line);
        let is_xml = matches!(tag, [b'<', letter, ..] if letter.is_ascii_alphabetic());
        if self.at > 0 && (tag.starts_with(b"<Event ") || tag.starts_with(b"<Event>")) {
            self.end = Some(self.at);
        }
        let object = memmem::find(line, b"{\"").filter(|_| !is_xml);
        self.at += object.unwrap_or(len);
        // The brace or the line end is the next to be looked at, so each step goes on.
        true
    }

    fn close(&mut self, byte: u8) {
        self.is_doubtful |= self.kinds & 1 != u64::from(byte == b'}');
        self.kinds >>= 1;
        self.depth = self.depth.saturating_sub(1);
        if self.is_table && self.depth < self.level {
            self.list_end = Some(self.at);
        }
        self.level = self.level.min(self.depth);
        self.begun = self.begun.filter(|_| self.depth != self.level);
        let last = if self.is_table { b']' } else { b'}' };
        if byte == last && self.depth == self.level && self.list_end.is_none() {
            self.end = Some(self.at + 1);
        }
    }

    /// A record broke off at a line end: another one begins.
    fn begin_anew(&mut self) {
        self.is_doubtful |= self.in_string || self.depth != self.level;
        self.in_string = false;
        self.begun = None;
        self.depth = self.level;
        self.kinds = LIST;
        self.end = Some(self.at + 1);
    }

    /// The first bytes of the buffer went.
    fn forget(&mut self, len: usize) {
        self.at = self.at.saturating_sub(len);
        self.begun = self.begun.map(|begun| begun.saturating_sub(len));
        self.end = self.end.and_then(|end| end.checked_sub(len)).filter(|end| *end > 0);
    }
}
