//! Cuts a stream of text into blocks of whole records.
//!
//! A kind of text says where its records end ([`Records`]); everything else is done here, once:
//! UTF-16 becomes UTF-8 (a block then begins with U+FEFF, which others never do), offsets and
//! lines are counted, and memory is bounded. A record beyond [`MAX_RECORD`] is cut, so that the
//! decoder can report it, and the rest of it is passed over.

use std::io::{self, Read};
use std::ops::ControlFlow;

use crate::source::encoding::{self, Input, LoneCr, input_len};
use crate::source::{Block, Emit};

/// Longest record. One of a log has at most 64 KiB, which escapes and words could make 1 MiB.
pub(super) const MAX_RECORD: usize = 4 << 20;

/// Bytes read at once; a block is the whole records among them.
const BLOCK_LEN: usize = 512 << 10;

/// Where the records of a kind of text end.
pub(super) trait Records {
    /// What a lone CR is; where it ends lines, LF stands for it in every block.
    fn lone_cr(&self) -> LoneCr {
        LoneCr::EndsLine
    }

    /// How many lines end in these bytes.
    fn lines(&self, text: &[u8]) -> u64 {
        memchr::memchr_iter(b'\n', text).count() as u64
    }

    /// Length of what stands before all records and is given to every block, such as the names
    /// of columns. Asked once, of the beginning of the text.
    fn head(&mut self, text: &[u8]) -> usize {
        let _ = text;
        0
    }

    /// Length of the whole records at the beginning of the text, 0 where the first has no end yet.
    fn cut(&mut self, text: &[u8]) -> usize;

    /// Where in the rest of a record that is too long the next one begins; `None` when not in
    /// this text.
    fn next(&mut self, text: &[u8]) -> Option<usize>;
}

/// Cuts a stream into blocks.
pub(super) fn split(records: &mut dyn Records, input: &mut dyn Read, emit: &mut Emit<'_>) -> io::Result<()> {
    let mut splitter =
        Splitter { records, input, encoding: None, emit, buffer: Vec::new(), head: None, offset: 0, line: 1 };
    while splitter.step()?.is_continue() {}
    Ok(())
}

struct Splitter<'s, 'e> {
    records: &'s mut dyn Records,
    input: &'s mut dyn Read,
    /// Known as soon as something was read.
    encoding: Option<Input>,
    emit: &'s mut Emit<'e>,
    buffer: Vec<u8>,
    /// What every block begins with, known as soon as something was read.
    head: Option<Vec<u8>>,
    offset: u64,
    line: u64,
}

impl Splitter<'_, '_> {
    /// Reads once and emits what is whole; `Break` at the end.
    fn step(&mut self) -> io::Result<ControlFlow<()>> {
        let read = self.fill();
        let at_end = !matches!(read, Ok(len) if len > 0);
        if self.head.is_none() {
            self.take_head();
        }
        let whole = if at_end { self.buffer.len() } else { self.records.cut(&self.buffer) };
        let flow = match whole {
            0 if self.buffer.len() > MAX_RECORD => self.cut_record()?,
            len => self.emit(len),
        };
        read?;
        Ok(if at_end { ControlFlow::Break(()) } else { flow })
    }

    /// Reads once into the buffer, as UTF-8; returns how many bytes were read.
    fn fill(&mut self) -> io::Result<usize> {
        let (encoding, offset) = (&mut self.encoding, &mut self.offset);
        Input::fill(encoding, self.records.lone_cr(), self.input, BLOCK_LEN, offset, &mut self.buffer)
    }

    fn take_head(&mut self) {
        let len = self.records.head(&self.buffer);
        let mut head = self.pass(len);
        if self.is_wide() {
            head.splice(..0, encoding::BOM.iter().copied());
        }
        self.head = Some(head);
    }

    fn is_wide(&self) -> bool {
        self.encoding.as_ref().is_some_and(Input::is_wide)
    }

    /// Takes the first bytes out of the buffer and counts them.
    fn pass(&mut self, len: usize) -> Vec<u8> {
        let rest = self.buffer.split_off(len);
        let bytes = std::mem::replace(&mut self.buffer, rest);
        self.offset += input_len(&bytes, self.is_wide());
        self.line += self.records.lines(&bytes);
        bytes
    }

    /// Emits the first bytes of the buffer as a block.
    fn emit(&mut self, len: usize) -> ControlFlow<()> {
        if len == 0 {
            return ControlFlow::Continue(());
        }
        let (offset, line) = (self.offset, self.line);
        let records = self.pass(len);
        let mut bytes = self.head.clone().unwrap_or_default();
        bytes.extend_from_slice(&records);
        (self.emit)(Block { offset, line, column: 0, bytes })
    }

    /// Emits the beginning of a record that is too long, and drops the rest of it.
    fn cut_record(&mut self) -> io::Result<ControlFlow<()>> {
        let flow = self.emit(MAX_RECORD + 1);
        loop {
            let next = self.records.next(&self.buffer);
            // What may be the beginning of the next record stays.
            let keep = memchr::memrchr(b'\n', &self.buffer).filter(|at| self.buffer.len() - at < MAX_RECORD);
            self.pass(next.or(keep).unwrap_or(self.buffer.len()));
            if next.is_some() {
                return Ok(flow);
            }
            if self.fill()? == 0 {
                self.pass_to_last();
                return Ok(flow);
            }
        }
    }
    /// At the end of the input, goes on to a record that has no line end.
    fn pass_to_last(&mut self) {
        let line = [&self.buffer[..], b"\n"].concat();
        let next = self.records.next(&line).filter(|at| *at < self.buffer.len());
        self.pass(next.unwrap_or(self.buffer.len()));
    }
}
