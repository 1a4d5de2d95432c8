//! Cuts a stream of JSON between records, wherever line ends are.
//!
//! Most files hold an object a line, or objects that begin at the margin: a cut before a line
//! that begins with `{` is right for all of them and is found from the end of what was read. Where
//! there is no such line (an array on one line, indented elements, objects one behind the other)
//! strings and brackets are counted instead. A document that is larger than any record must be a
//! list of records within a wrapper, such as an answer of Elasticsearch: it is left open, and its
//! elements are cut.
//!
//! Cuts are for memory and for workers only: what a record is decides the decoder.

use std::io::{self, Read};
use std::ops::ControlFlow;

use super::{MAX_VALUE, wrapper};
use crate::source::encoding::{self, Input, input_len};
use crate::source::{Block, Emit};

/// Bytes read at once; a block is the whole records among them.
const BLOCK_LEN: usize = 512 << 10;

pub(super) fn split(input: &mut dyn Read, emit: &mut Emit<'_>) -> io::Result<()> {
    let mut splitter =
        Splitter { input, encoding: None, emit, buffer: Vec::new(), offset: 0, line: 1, brackets: None };
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
    /// Brackets counted so far, where lines do not tell records apart.
    brackets: Option<Brackets>,
}

impl Splitter<'_, '_> {
    /// Reads once and emits what is whole; `Break` at the end.
    fn step(&mut self) -> io::Result<ControlFlow<()>> {
        let is_first = self.encoding.is_none();
        let read = self.fill();
        let at_end = !matches!(read, Ok(len) if len > 0);
        if is_first && is_one_line(&self.buffer) {
            self.brackets = Some(Brackets::default());
        }
        let flow = match self.boundary() {
            _ if at_end => self.emit(self.buffer.len()),
            Some(end) => self.emit(end),
            None if self.buffer.len() > MAX_VALUE => self.oversized()?,
            None => ControlFlow::Continue(()),
        };
        read?;
        Ok(if at_end { ControlFlow::Break(()) } else { flow })
    }

    /// Reads once into the buffer, as UTF-8; returns how many bytes were read.
    fn fill(&mut self) -> io::Result<usize> {
        let (encoding, offset) = (&mut self.encoding, &mut self.offset);
        Input::fill(encoding, self.input, BLOCK_LEN, offset, &mut self.buffer)
    }

    /// Where the last record in the buffer ends, as far as that is known.
    fn boundary(&mut self) -> Option<usize> {
        match &mut self.brackets {
            Some(brackets) => brackets.scan(&self.buffer, Stop::AtLast),
            None => last_margin(&self.buffer),
        }
    }

    /// Whether the input is UTF-16.
    fn is_wide(&self) -> bool {
        self.encoding.as_ref().is_some_and(Input::is_wide)
    }

    /// Takes the first `len` bytes out of the buffer, as a block without the marks of the encoding.
    fn take(&mut self, len: usize) -> Block {
        let rest = self.buffer.split_off(len);
        let bytes = std::mem::replace(&mut self.buffer, rest);
        let block = Block { offset: self.offset, line: self.line, bytes };
        self.offset += input_len(&block.bytes, self.is_wide());
        self.line += memchr::memchr_iter(b'\n', &block.bytes).count() as u64;
        if let Some(brackets) = &mut self.brackets {
            brackets.forget(len);
        }
        block
    }

    /// Emits the first `len` bytes of the buffer as a block.
    fn emit(&mut self, len: usize) -> ControlFlow<()> {
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
        if self.brackets.is_none() {
            self.brackets = Some(Brackets::default());
            return Ok(match self.boundary() {
                Some(end) => self.emit(end),
                None => ControlFlow::Continue(()),
            });
        }
        match wrapper::open(&self.buffer) {
            Some((len, level)) => {
                self.take(len);
                self.brackets = Some(Brackets { depth: level, level, ..Brackets::default() });
                Ok(ControlFlow::Continue(()))
            }
            None => self.cut_value(),
        }
    }

    /// Emits the beginning of a value that is too long, and drops the rest of it.
    fn cut_value(&mut self) -> io::Result<ControlFlow<()>> {
        let rest = self.buffer.split_off(MAX_VALUE + 1);
        let flow = self.emit(MAX_VALUE + 1);
        self.buffer = rest;
        loop {
            let end = match &mut self.brackets {
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
    in_string: bool,
    /// Where the last record ended.
    end: Option<usize>,
}

impl Brackets {
    /// Goes on to the end of a record or of the buffer; returns where the last record ended.
    fn scan(&mut self, buffer: &[u8], stop: Stop) -> Option<usize> {
        while let Some(byte) = buffer.get(self.at).copied() {
            if stop == Stop::AtFirst && self.end.is_some() {
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
            match byte {
                b'"' => self.in_string = true,
                b'[' if self.depth == 0 => (self.depth, self.level) = (1, 1),
                b'{' | b'[' => self.depth += 1,
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
            b'"' => self.in_string = false,
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
        let object = memchr::memmem::find(line, b"{\"").filter(|_| !is_xml);
        self.at += object.unwrap_or(len);
        // The brace or the line end is the next to be looked at, so each step goes on.
        true
    }

    fn close(&mut self, byte: u8) {
        self.depth = self.depth.saturating_sub(1);
        self.level = self.level.min(self.depth);
        if byte == b'}' && self.depth == self.level {
            self.end = Some(self.at + 1);
        }
    }

    /// A record broke off at a line end: another one begins.
    fn begin_anew(&mut self) {
        self.in_string = false;
        self.depth = self.level;
        self.end = Some(self.at + 1);
    }

    /// The first bytes of the buffer went.
    fn forget(&mut self, len: usize) {
        self.at = self.at.saturating_sub(len);
        self.end = self.end.and_then(|end| end.checked_sub(len)).filter(|end| *end > 0);
    }
}
