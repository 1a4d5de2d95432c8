//! Cuts a stream into blocks that end where events end.
//!
//! What stands between two events, such as JSON, objects or texts, is not cut: a block ends at the
//! beginning of the line on which an event stands, or right behind one where the next stands on
//! the same line. Only where that goes on for longer than a block, it ends where a record of
//! another kind begins.
//!
//! The buffer holds one block, or two events where those are longer, so memory is bounded by
//! [`MAX_EVENT`] whatever the input. A block of an input in UTF-16 begins with U+FEFF, which a
//! block otherwise never does: the decoder then counts offsets in UTF-16.
//!
//! An export that is cut between two of its events has only whole ones: that its root is never closed is
//! all that tells of those that are missing, so it is an error at the end.

use std::io::{self, Read};
use std::ops::ControlFlow;

use memchr::memmem;

use super::decode::{LOOK_BACK, start_of_lines};
use super::extent::{Kind, MAX_EVENT, Rest, Scanner, is_begun, is_name_byte};
use crate::source::encoding::{BOM, Input, utf16_len};
use crate::source::{Block, Emit, text};

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
        while let Some(at) = splitter.walk(rest) {
            if splitter.cut(at, emit).is_break() {
                return Ok(());
            }
        }
        if rest == Rest::End {
            let unclosed = splitter.unclosed();
            let flow = splitter.cut(splitter.buffer.len(), emit);
            outcome?;
            return unclosed.filter(|_| flow.is_continue()).map_or(Ok(()), Err);
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

/// Longest name of a root that is looked for and shown.
const MAX_ROOT: usize = 64;

/// What is known of the element in which all events lie.
#[derive(Debug)]
enum Root {
    /// Nothing was cut yet.
    Unknown,
    /// It goes on, and has this name.
    Open(Vec<u8>),
    /// There is none, or it has ended.
    None,
}

impl Root {
    /// What is known of it behind this text, which begins the input where nothing is known.
    fn behind(&self, text: &[u8]) -> Self {
        let name = match self {
            Self::Unknown => super::root(text).filter(|name| name.len() <= MAX_ROOT),
            Self::Open(name) => Some(&name[..]),
            Self::None => None,
        };
        name.filter(|name| !has_end(text, name)).map_or(Self::None, |name| Self::Open(name.to_vec()))
    }
}

/// What lies between the input and the blocks.
#[derive(Debug)]
struct Splitter {
    sizes: Sizes,
    input: Input,
    /// Text that is in no block yet.
    buffer: Vec<u8>,
    /// How much of it was looked at for events; no event lies across.
    walked: usize,
    /// Where the last event ends of those, and the last place between events where it may be cut.
    behind: usize,
    between: usize,
    /// Whether that event breaks off within a line, so that what stands before the next one is a part of it.
    breaks_off: bool,
    /// What is known of the lines behind the last event.
    lines: text::Between,
    /// Offset and line of its first byte in the input.
    offset: u64,
    line: u64,
    root: Root,
}

impl Splitter {
    fn new(sizes: Sizes, input: Input) -> Self {
        let buffer = if input.is_wide() { BOM.to_vec() } else { Vec::new() };
        let mark = buffer.len();
        Self {
            sizes,
            walked: mark,
            behind: mark,
            between: mark,
            breaks_off: false,
            lines: text::Between::default(),
            offset: input.bom_len() as u64,
            line: 1,
            buffer,
            input,
            root: Root::Unknown,
        }
    }

    /// Takes the next piece of the input.
    fn push(&mut self, piece: &[u8], rest: Rest) {
        self.input.push(piece, &mut self.buffer);
        if rest == Rest::End {
            self.input.finish(&mut self.buffer);
        }
    }

    /// What is to be said of a root that goes on behind the last of what is left, which is whole.
    fn unclosed(&self) -> Option<io::Error> {
        let text = &self.buffer[self.mark()..];
        let Root::Open(name) = self.root.behind(text) else { return None };
        let behind_last = memmem::rfind(text, b"</Event>").map_or(text, |at| &text[at + 1..]);
        let begun = memchr::memrchr(b'<', behind_last).is_some_and(|at| is_begun(&behind_last[at..]));
        let is_told_of = begun
            || memmem::find(behind_last, b"<Event>").is_some()
            || memmem::find(behind_last, b"<Event ").is_some();
        let what =
            format!("the export is cut off: its element {} has no end tag", String::from_utf8_lossy(&name));
        (!is_told_of).then(|| io::Error::new(io::ErrorKind::UnexpectedEof, what))
    }

    /// Length of the mark at the beginning of the buffer.
    fn mark(&self) -> usize {
        if self.input.is_wide() { BOM.len() } else { 0 }
    }

    /// Goes on over whole events until a block is full, and returns where it is to be cut.
    fn walk(&mut self, rest: Rest) -> Option<usize> {
        let mut scanner = Scanner::new(&self.buffer, self.walked, rest);
        // The mark counts on neither side: an event that ends just within it would never be cut.
        let mark = self.mark();
        let is_full = |at: usize| at - mark >= self.sizes.block;
        while !is_full(scanner.position()) || self.between == mark {
            let Some(extent) = scanner.next() else { break };
            let gap = &self.buffer[self.behind..extent.range.start];
            if self.behind > mark
                && !self.breaks_off
                && let Some(len) = head_of_gap(gap)
            {
                self.between = self.behind + len;
            } else if self.behind - mark >= self.sizes.block.saturating_add(MAX_EVENT) {
                self.between = self.behind;
            }
            self.behind = extent.range.end;
            self.breaks_off = extent.kind == Kind::Cut && !self.buffer[..self.behind].ends_with(b"\n");
        }
        self.walked = scanner.position();
        match self.between {
            at if at > mark => is_full(self.walked).then_some(at),
            _ => self.cut_of_gap(),
        }
    }

    /// Where what stands behind the last event is cut, if that is longer than a block: where another
    /// record begins.
    fn cut_of_gap(&mut self) -> Option<usize> {
        let (mark, len) = (self.mark(), self.walked - self.behind);
        if len < self.sizes.block {
            return None;
        }
        let start = start_of_lines(&self.buffer, self.behind, self.walked);
        let cut = start + self.lines.last_record(start, &self.buffer[start..self.walked]);
        // The line of the event before may go on.
        let is_line = start < self.walked || self.buffer[..start].ends_with(b"\n");
        if cut > mark && is_line && !has_open_tag(&self.buffer[self.behind..cut]) {
            return Some(cut);
        }
        (len > MAX_EVENT.max(self.sizes.block)).then_some(self.walked)
    }

    /// Gives out the first bytes of the buffer.
    fn cut(&mut self, at: usize, emit: &mut Emit<'_>) -> ControlFlow<()> {
        let mark = self.mark();
        let mut rest = Vec::with_capacity(mark + self.buffer.len() - at + self.sizes.read);
        rest.extend_from_slice(&self.buffer[..mark]);
        rest.extend_from_slice(&self.buffer[at..]);
        self.buffer.truncate(at);
        let mut bytes = std::mem::replace(&mut self.buffer, rest);
        self.root = self.root.behind(&bytes[mark..]);
        // What was looked at behind the last event holds none.
        self.walked = if at < self.behind { mark } else { mark + self.walked.saturating_sub(at) };
        (self.behind, self.between) = (mark, mark);
        self.lines = text::Between::default();
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

/// How much of what stands between two events may be cut from the second one: all lines before its own.
///
/// Where something there looks like the tag of an event that was begun, nothing.
fn head_of_gap(gap: &[u8]) -> Option<usize> {
    let len = memchr::memrchr(b'\n', gap).map_or(0, |end| end + 1);
    (!has_open_tag(&gap[..len])).then_some(len)
}

/// Whether a text, ended here, would end in what may be a tag of an event.
fn has_open_tag(text: &[u8]) -> bool {
    let open = memchr::memrchr2(b'<', b'>', text).filter(|at| text[*at] == b'<');
    open.is_some_and(|at| memmem::find(&text[at..], b"Event").is_some())
}

/// Whether an element of this name ends in a text, with a prefix or without.
fn has_end(text: &[u8], name: &[u8]) -> bool {
    memmem::find_iter(text, name).any(|at| {
        let near = &text[at.saturating_sub(LOOK_BACK)..at];
        // A name of one letter is found everywhere, so what costs least is asked first.
        matches!(near.last(), Some(b'/' | b':'))
            && text.get(at + name.len()).is_none_or(|byte| !is_name_byte(*byte))
            && near
                .iter()
                .rposition(|byte| !is_name_byte(*byte))
                .is_some_and(|at| near[..=at].ends_with(b"</"))
    })
}
