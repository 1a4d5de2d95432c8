//! Cuts a stream into blocks that end where events end.
//!
//! The buffer holds one block, or one event where that is longer, so memory is bounded by
//! [`MAX_EVENT`](super::extent::MAX_EVENT) whatever the input. A block of an input in
//! UTF-16 begins with U+FEFF, which a block otherwise never does: the decoder then counts
//! offsets in UTF-16.
//!
//! An export that is cut between two of its events has only whole ones: that its root `Events` is never
//! closed is all that tells of those that are missing, so it is an error at the end.

use std::io::{self, Read};
use std::ops::ControlFlow;

use memchr::memmem;

use super::decode::LOOK_BACK;
use super::extent::{Rest, Scanner, is_name_byte};
use crate::source::encoding::{BOM, Input, utf16_len};
use crate::source::{Block, Emit};

/// Bytes after which a block ends, and bytes read at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) block: usize,
    pub(super) read: usize,
}

const SIZES: Sizes = Sizes { block: 1 << 20, read: 256 << 10 };

/// Cuts a stream into blocks.
pub(super) fn split(input: &mut dyn Read, emit: &mut Emit<'_>) -> io::Result<()> {
    split_by(SIZES, input, emit)
}

/// The same with other sizes.
pub(super) fn split_by(sizes: Sizes, input: &mut dyn Read, emit: &mut Emit<'_>) -> io::Result<()> {
    let mut piece = Vec::new();
    let mut outcome = read(input, sizes.read.max(4), &mut piece);
    let mut splitter = Splitter::new(sizes, Input::detect(&piece));
    loop {
        let rest = if matches!(outcome, Ok(Rest::More)) { Rest::More } else { Rest::End };
        splitter.push(&piece, rest);
        while splitter.walk(rest) >= sizes.block {
            if splitter.cut(splitter.walked, emit).is_break() {
                return Ok(());
            }
        }
        if rest == Rest::End {
            let is_cut = splitter.lacks_end();
            let flow = splitter.cut(splitter.buffer.len(), emit);
            outcome?;
            return if is_cut && flow.is_continue() { Err(unclosed()) } else { Ok(()) };
        }
        outcome = read(input, sizes.read, &mut piece);
    }
}

/// Reads the next piece; where that fails, what was read before is in it all the same.
fn read(input: &mut dyn Read, len: usize, piece: &mut Vec<u8>) -> io::Result<Rest> {
    piece.clear();
    let count = input.take(len as u64).read_to_end(piece)?;
    Ok(if count < len { Rest::End } else { Rest::More })
}

fn unclosed() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the export is cut off: its element Events has no end tag")
}

/// What lies between the input and the blocks.
#[derive(Debug)]
struct Splitter {
    sizes: Sizes,
    input: Input,
    /// Text that is in no block yet.
    buffer: Vec<u8>,
    /// How much of it is known to be cut between events at its end.
    walked: usize,
    /// Offset and line of its first byte in the input.
    offset: u64,
    line: u64,
    /// Whether the root is an element `Events` that goes on; not known before the first cut.
    is_open: Option<bool>,
}

impl Splitter {
    fn new(sizes: Sizes, input: Input) -> Self {
        let buffer = if input.is_wide() { BOM.to_vec() } else { Vec::new() };
        Self {
            sizes,
            walked: buffer.len(),
            offset: input.bom_len() as u64,
            line: 1,
            buffer,
            input,
            is_open: None,
        }
    }

    /// Takes the next piece of the input.
    fn push(&mut self, piece: &[u8], rest: Rest) {
        self.input.push(piece, &mut self.buffer);
        if rest == Rest::End {
            self.input.finish(&mut self.buffer);
        }
    }

    /// Whether the root goes on behind the last of what is left, which is whole.
    fn lacks_end(&self) -> bool {
        let text = &self.buffer[self.mark()..];
        let behind_last = memmem::rfind(text, b"</Event>").map_or(text, |at| &text[at + 1..]);
        self.is_open.unwrap_or_else(|| super::opens_events(text))
            && !has_root_end(text)
            && memmem::find(behind_last, b"<Event>").is_none()
            && memmem::find(behind_last, b"<Event ").is_none()
    }

    /// Length of the mark at the beginning of the buffer.
    fn mark(&self) -> usize {
        if self.input.is_wide() { BOM.len() } else { 0 }
    }

    /// Goes on over whole events until a block is full, and returns how much may be cut.
    fn walk(&mut self, rest: Rest) -> usize {
        let mut scanner = Scanner::new(&self.buffer, self.walked, rest);
        let mark = self.mark();
        // The mark counts on neither side: an event that ends just within it would never be cut.
        while scanner.position() - mark < self.sizes.block && scanner.next().is_some() {}
        self.walked = scanner.position();
        self.walked - mark
    }

    /// Gives out the first bytes of the buffer.
    fn cut(&mut self, at: usize, emit: &mut Emit<'_>) -> ControlFlow<()> {
        let mark = self.mark();
        let mut rest = Vec::with_capacity(mark + self.buffer.len() - at + self.sizes.read);
        rest.extend_from_slice(&self.buffer[..mark]);
        rest.extend_from_slice(&self.buffer[at..]);
        self.buffer.truncate(at);
        let mut bytes = std::mem::replace(&mut self.buffer, rest);
        let is_open = self.is_open.unwrap_or_else(|| super::opens_events(&bytes[mark..]));
        self.is_open = Some(is_open && !has_root_end(&bytes));
        self.walked = mark;
        let (mut offset, line) = (self.offset, self.line);
        self.line += memchr::memchr_iter(b'\n', &bytes).count() as u64;
        self.offset += if mark > 0 { utf16_len(&bytes[mark..]) } else { bytes.len() as u64 };
        if mark == 0 {
            let marks = bytes.chunks_exact(BOM.len()).take_while(|chunk| *chunk == BOM).count() * BOM.len();
            bytes.drain(..marks);
            offset += marks as u64;
        }
        if bytes[mark..].trim_ascii().is_empty() {
            return ControlFlow::Continue(());
        }
        emit(Block { offset, line, column: 0, bytes })
    }
}

/// Whether an element `Events` ends in a text, with a prefix or without.
fn has_root_end(text: &[u8]) -> bool {
    memmem::find_iter(text, b"Events").any(|at| {
        let near = &text[at.saturating_sub(LOOK_BACK)..at];
        let name = near.iter().rposition(|byte| !is_name_byte(*byte));
        name.is_some_and(|before| near[..=before].ends_with(b"</"))
    })
}
