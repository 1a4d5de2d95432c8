//! NUL bytes behind the last record of an input.
//!
//! A file that was given its size before it was filled, or that a crash left with blocks that were
//! never written, ends in them, however many there are. They are no records, so they do not
//! reach the formats of text; and since records may have been meant to stand there, they are told of.
//! NUL bytes with something behind them are passed on as they are: what they mean says the format.

use std::io::{self, Read};

use super::Format;
use super::encoding::Input;
use crate::event::{Damage, DamageCode};

/// Reads an input up to the NUL bytes at its end.
pub(super) struct Padded<'r> {
    inner: &'r mut dyn Read,
    /// Whether they are looked for: what a binary log ends with is its own business.
    is_text: bool,
    /// Whether a character has two bytes, one of which may be NUL; not known before the first byte.
    is_wide: Option<bool>,
    /// How much was passed on.
    offset: u64,
    /// NUL bytes that were met behind that and not passed on.
    held: u64,
    /// Those of them that turned out not to be the end, and what stands behind them.
    due: u64,
    behind: io::Cursor<Vec<u8>>,
}

impl<'r> Padded<'r> {
    /// The input of a format.
    pub(super) fn new(inner: &'r mut dyn Read, format: &Format) -> Self {
        let is_text = format.ranges.is_none();
        Self { inner, is_text, is_wide: None, offset: 0, held: 0, due: 0, behind: io::Cursor::default() }
    }

    /// What is to be said of an input that was read to its end.
    pub(super) fn damage(&self) -> Option<Damage> {
        let reason = format!(
            "{} NUL bytes at the end: space that was set aside, or records that were never written",
            self.held
        );
        (self.held > 0).then(|| Damage::at(DamageCode::Padding, self.offset, reason))
    }

    /// Passes on NUL bytes that are not the end, then what stands behind them.
    fn give_due(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.due == 0 {
            return self.behind.read(buffer);
        }
        let len = usize::try_from(self.due).unwrap_or(usize::MAX).min(buffer.len());
        buffer[..len].fill(0);
        self.due -= len as u64;
        Ok(len)
    }

    /// Length of some bytes without the NUL bytes at their end that may be the end of the input.
    fn len_without_end(&self, bytes: &[u8]) -> usize {
        let len = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        // The second half of a character.
        let end = self.offset + self.held + len as u64;
        let is_half = self.is_wide == Some(true) && (len > 0 || self.held == 0) && end % 2 == 1;
        bytes.len().min(len + usize::from(is_half))
    }

    /// Reads on, until there is something to pass on or the input ends.
    fn read_on(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.inner.read(buffer)?;
            let bytes = &buffer[..count];
            if count > 0 && self.is_wide.is_none() {
                self.is_wide = Some(Input::detect(bytes).is_wide());
            }
            let len = self.len_without_end(bytes);
            let zeros = (count - len) as u64;
            if len == 0 && count > 0 {
                self.held += zeros;
                continue;
            }
            if len > 0 && self.held > 0 {
                self.due = std::mem::take(&mut self.held);
                self.behind = io::Cursor::new(bytes[..len].to_vec());
                self.held = zeros;
                return self.give_due(buffer);
            }
            self.held += zeros;
            return Ok(len);
        }
    }
}

impl Read for Padded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.is_text || buffer.is_empty() {
            return self.inner.read(buffer);
        }
        let has_due = self.due > 0 || self.behind.position() < self.behind.get_ref().len() as u64;
        let count = if has_due { self.give_due(buffer)? } else { self.read_on(buffer)? };
        self.offset += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;
    use crate::source::{evtx, json};

    /// Gives its pieces one by one.
    struct Pieces(VecDeque<Vec<u8>>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some(mut piece) = self.0.pop_front() else { return Ok(0) };
            let rest = piece.split_off(piece.len().min(buffer.len()));
            buffer[..piece.len()].copy_from_slice(&piece);
            if !rest.is_empty() {
                self.0.push_front(rest);
            }
            Ok(piece.len())
        }
    }

    /// What is passed on of an input in pieces of a size, and where the padding begins.
    fn passed(input: &[u8], format: &Format, size: usize) -> (Vec<u8>, Option<u64>) {
        let mut pieces = Pieces(input.chunks(size).map(<[u8]>::to_vec).collect());
        let mut padded = Padded::new(&mut pieces, format);
        let mut out = Vec::new();
        padded.read_to_end(&mut out).unwrap();
        (out, padded.damage().and_then(|damage| damage.offset))
    }

    #[test]
    fn padding_is_left_out_and_other_nul_bytes_are_not() {
        for (input, len) in [
            (&b"abcd\0\0\0"[..], 4),
            (b"abcd\0\0x\0", 7),
            (b"abcd", 4),
            // UTF-16: the last character is whole.
            (b"a\0b\0c\0\0\0", 6),
            (b"a\0b\0c\0", 6),
            (b"\0a\0b\0c\0\0", 6),
            (b"a\0b\0\0\0c\0\0\0\0\0", 8),
        ] {
            for size in [4, 5, 100] {
                let offset = (len < input.len()).then_some(len as u64);
                assert_eq!(passed(input, &json::FORMAT, size), (input[..len].to_vec(), offset), "{input:?}");
                assert_eq!(passed(input, &evtx::FORMAT, size), (input.to_vec(), None));
            }
        }
    }

    proptest! {
        #[test]
        fn any_pieces_give_the_same(input in prop::collection::vec(prop::sample::select(vec![0, 0, b'a']), 0..60), size in 4usize..20) {
            let input = [b"abcd", &input[..]].concat();
            let len = input.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            let expected = (input[..len].to_vec(), (len < input.len()).then_some(len as u64));
            prop_assert_eq!(passed(&input, &json::FORMAT, size), expected);
        }
    }
}
