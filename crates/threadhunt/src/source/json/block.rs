//! The text of a block, and where each part of it was in the input.
//!
//! What is no text is replaced by U+FFFD, and every record that such a place concerns says so. A
//! cursor goes through the text once and counts offsets and lines of the input as it goes.

use std::borrow::Cow;

use crate::source::BlockHead;
use crate::source::encoding::{BOM, BYTES_REPLACED, SURROGATES_REPLACED, input_len, replace_surrogates};

/// A replaced part of the input: where the replacement is in the text, and how long the part was.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: usize,
    len: usize,
}

/// U+FFFD in UTF-8.
const REPLACEMENT_LEN: usize = 3;

/// The text of a block.
#[derive(Debug)]
pub(super) struct BlockText<'b> {
    pub(super) text: Cow<'b, str>,
    bytes: &'b [u8],
    is_wide: bool,
    marks: Vec<Mark>,
}

impl<'b> BlockText<'b> {
    pub(super) fn new(block: &'b [u8]) -> Self {
        let wide = block.strip_prefix(BOM);
        Self::of(wide.unwrap_or(block), wide.is_some())
    }

    /// The text of a part of a block.
    pub(super) fn of(bytes: &'b [u8], is_wide: bool) -> Self {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Self { text: Cow::Borrowed(text), bytes, is_wide, marks: Vec::new() };
        }
        let mut text = String::with_capacity(bytes.len());
        let mut marks = Vec::new();
        if is_wide {
            let mut replaced = bytes.to_vec();
            replace_surrogates(&mut replaced);
            let changed = bytes.iter().zip(&replaced).enumerate().filter(|(_, (a, b))| a != b);
            marks.extend(changed.map(|(at, _)| Mark { at, len: REPLACEMENT_LEN }));
            text.push_str(&String::from_utf8_lossy(&replaced));
        } else {
            for chunk in bytes.utf8_chunks() {
                text.push_str(chunk.valid());
                if !chunk.invalid().is_empty() {
                    marks.push(Mark { at: text.len(), len: chunk.invalid().len() });
                    text.push(char::REPLACEMENT_CHARACTER);
                }
            }
        }
        Self { text: Cow::Owned(text), bytes, is_wide, marks }
    }

    /// Whether the input is UTF-16.
    pub(super) fn is_wide(&self) -> bool {
        self.is_wide
    }

    /// What is to be said of a record that lies here; nothing where all of it was text.
    pub(super) fn remark(&self, range: std::ops::Range<usize>) -> Option<&'static str> {
        let first = self.marks.partition_point(|mark| mark.at < range.start);
        self.marks.get(first).filter(|mark| mark.at < range.end)?;
        Some(if self.is_wide { SURROGATES_REPLACED } else { BYTES_REPLACED })
    }
}

/// A place in a block's text, and where that is in the input.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'t> {
    text: &'t BlockText<'t>,
    at: usize,
    next_mark: usize,
    /// The same place in the block's bytes.
    raw: usize,
    offset: u64,
    line: u64,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t BlockText<'t>, head: BlockHead) -> Self {
        Self { text, at: 0, next_mark: 0, raw: 0, offset: head.offset, line: head.line }
    }

    /// Moves on to a place of the text; one that lies before changes nothing.
    pub(super) fn go_to(&mut self, at: usize) {
        let passed = &self.text.text.as_bytes()[self.at..at.max(self.at)];
        self.offset += input_len(passed, self.text.is_wide);
        self.raw += passed.len();
        self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.at = at.max(self.at);
        while let Some(mark) = self.text.marks.get(self.next_mark).filter(|mark| mark.at < self.at) {
            self.offset = self.offset + mark.len as u64 - REPLACEMENT_LEN as u64;
            self.raw = self.raw + mark.len - REPLACEMENT_LEN;
            self.next_mark += 1;
        }
    }

    /// The place in the input.
    pub(super) fn place(&self) -> BlockHead {
        BlockHead { offset: self.offset, line: self.line, ..BlockHead::default() }
    }

    /// The bytes from here to a place of the text, as they are in the block.
    pub(super) fn bytes_to(&self, at: usize) -> &'t [u8] {
        let mut ahead = self.clone();
        ahead.go_to(at);
        &self.text.bytes[self.raw..ahead.raw]
    }

    /// The place in the input of something behind, without going there.
    pub(super) fn place_at(&self, at: usize) -> BlockHead {
        let mut ahead = self.clone();
        ahead.go_to(at);
        ahead.place()
    }
}
