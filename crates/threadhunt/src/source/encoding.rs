//! UTF-8 and UTF-16 in, UTF-8 out, with the places of the input kept.
//!
//! A lone surrogate becomes the three bytes that UTF-8 would have for it (WTF-8), so that
//! the decoder sees where one stood: it replaces it and says so. Every UTF-16 unit can be
//! counted in the output, so offsets of the input stay exact.
//!
//! Lines that end in a lone CR, as old Macs and some exports write them, become lines that end in LF
//! where a reader says so ([`LoneCr`]): one byte for one byte, so offsets stay and lines are counted.

use std::borrow::Cow;
use std::io::{self, Read};

use crate::event::{DamageCode, RecordBuilder};

/// U+FEFF in UTF-8.
pub(in crate::source) const BOM: &[u8] = b"\xef\xbb\xbf";

/// What of some bytes is no text, as far as something is to be said of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::source) struct NoText {
    /// What was replaced.
    pub(in crate::source) replaced: Option<&'static str>,
    /// Whether there are NUL bytes, which are kept.
    pub(in crate::source) has_nul: bool,
}

impl NoText {
    /// What is to be said of this text; what was replaced in it is known.
    pub(in crate::source) fn of(text: &str, replaced: Option<&'static str>) -> Self {
        Self { replaced, has_nul: memchr::memchr(0, text.as_bytes()).is_some() }
    }

    /// Says it of a record.
    pub(in crate::source) fn note(self, builder: &mut RecordBuilder<'_>) {
        self.replaced.iter().for_each(|what| builder.note(*what));
        self.oddities().for_each(|(code, what)| builder.odd(code, "", what));
    }

    /// What is odd about it.
    pub(in crate::source) fn oddities(self) -> impl Iterator<Item = (DamageCode, &'static str)> {
        let nul = self.has_nul.then_some((DamageCode::Nul, "NUL bytes within its text, which are kept"));
        self.replaced.map(|what| (DamageCode::Encoding, what)).into_iter().chain(nul)
    }
}

/// How the input is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16 { big_endian: bool },
}

/// What a CR without LF is in an input whose first piece has no LF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum LoneCr {
    /// A character as others are.
    IsText,
    /// The end of a line.
    EndsLine,
    /// The end of a line, but within a string of JSON, where it stays; no string holds one before a brace.
    EndsLineOutsideStrings,
}

/// What is done with a lone CR, once the first piece showed what it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct LineEnds {
    /// Whether the first piece is still to come.
    is_unknown: bool,
    /// Whether a CR of the last piece waits for what follows it.
    is_held: bool,
    /// Within a string of JSON, and there behind a backslash.
    in_string: bool,
    is_escaped: bool,
}

impl LineEnds {
    /// Makes LF of the lone CRs behind a place; one at the end is held back.
    fn translate(&mut self, lone_cr: LoneCr, text: &mut Vec<u8>, from: usize) {
        if text.len() > from && text.last() == Some(&b'\r') {
            text.pop();
            self.is_held = true;
        }
        for at in from..text.len() {
            let next = text.get(at + 1).copied();
            match text[at] {
                b'\r' if next != Some(b'\n') && (!self.in_string || next == Some(b'{')) => {
                    text[at] = b'\n';
                    (self.in_string, self.is_escaped) = (false, false);
                }
                byte if lone_cr == LoneCr::EndsLineOutsideStrings => self.in_json(byte),
                _ => {}
            }
        }
    }

    fn in_json(&mut self, byte: u8) {
        let was_escaped = std::mem::take(&mut self.is_escaped);
        match byte {
            b'"' if !was_escaped => self.in_string = !self.in_string,
            b'\\' if self.in_string => self.is_escaped = !was_escaped,
            _ => {}
        }
    }
}

/// Whether lines of a text end in a lone CR, and none in LF.
fn has_lone_cr(text: &[u8]) -> bool {
    memchr::memchr(b'\n', text).is_none() && memchr::memchr(b'\r', text).is_some_and(|at| at + 1 < text.len())
}

/// The input's encoding, and what a piece of it left for the next one.
#[derive(Clone, Debug)]
pub(in crate::source) struct Input {
    encoding: Encoding,
    lone_cr: LoneCr,
    ends: LineEnds,
    /// Length of the byte order mark that is still to be left out.
    bom: usize,
    odd: Option<u8>,
    high: Option<u16>,
}

/// The bits of eight UTF-16LE units that are zero in ASCII text.
const NOT_ASCII: u128 = 0xff80_ff80_ff80_ff80_ff80_ff80_ff80_ff80;

impl Input {
    /// Knows the encoding by a byte order mark, or by where the zeros of ASCII characters lie
    /// (XML 1.0, appendix F.1); a declaration's `encoding` is not asked.
    pub(in crate::source) fn detect(head: &[u8]) -> Self {
        let (encoding, bom) = match head {
            [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
            [0xff, 0xfe, ..] => (Encoding::Utf16 { big_endian: false }, 2),
            [0xfe, 0xff, ..] => (Encoding::Utf16 { big_endian: true }, 2),
            [1..=0x7f, 0, 1..=0x7f, 0, ..] => (Encoding::Utf16 { big_endian: false }, 0),
            [0, 1..=0x7f, 0, 1..=0x7f, ..] => (Encoding::Utf16 { big_endian: true }, 0),
            _ => (Encoding::Utf8, 0),
        };
        Self { encoding, lone_cr: LoneCr::IsText, ends: LineEnds::default(), bom, odd: None, high: None }
    }

    /// The same, for an input where a lone CR may end lines.
    pub(in crate::source) fn detect_with(head: &[u8], lone_cr: LoneCr) -> Self {
        let ends = LineEnds { is_unknown: lone_cr != LoneCr::IsText, ..LineEnds::default() };
        Self { lone_cr, ends, ..Self::detect(head) }
    }

    /// Reads the next piece, of at most `len` bytes, into a buffer as UTF-8; returns how many were read.
    ///
    /// The first piece says what the encoding is, and the offset begins behind its mark.
    pub(in crate::source) fn fill(
        known: &mut Option<Self>,
        lone_cr: LoneCr,
        input: &mut dyn Read,
        len: usize,
        offset: &mut u64,
        buffer: &mut Vec<u8>,
    ) -> io::Result<usize> {
        if let Some(Self { encoding: Encoding::Utf8, lone_cr: LoneCr::IsText, bom: 0, .. }) = known {
            buffer.reserve(len);
            return input.take(len as u64).read_to_end(buffer);
        }
        let mut piece = Vec::new();
        let read = input.take(len as u64).read_to_end(&mut piece);
        let encoding = known.get_or_insert_with(|| {
            let encoding = Self::detect_with(&piece, lone_cr);
            *offset = encoding.bom_len() as u64;
            encoding
        });
        encoding.push(&piece, buffer);
        if !matches!(read, Ok(len) if len > 0) {
            encoding.finish(buffer);
        }
        read
    }

    /// Length of the byte order mark.
    pub(in crate::source) fn bom_len(&self) -> usize {
        self.bom
    }

    /// Whether the input is UTF-16.
    pub(in crate::source) fn is_wide(&self) -> bool {
        self.encoding != Encoding::Utf8
    }

    /// Appends the next piece of the input as UTF-8.
    pub(in crate::source) fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let piece = piece.get(std::mem::take(&mut self.bom)..).unwrap_or_default();
        let from = out.len();
        out.extend(std::mem::take(&mut self.ends.is_held).then_some(b'\r'));
        match self.encoding {
            Encoding::Utf8 => out.extend_from_slice(piece),
            Encoding::Utf16 { big_endian } => self.push_wide(piece, big_endian, out),
        }
        if std::mem::take(&mut self.ends.is_unknown) && !has_lone_cr(&out[from..]) {
            self.lone_cr = LoneCr::IsText;
        }
        if self.lone_cr != LoneCr::IsText {
            self.ends.translate(self.lone_cr, out, from);
        }
    }

    fn push_wide(&mut self, mut piece: &[u8], big_endian: bool, out: &mut Vec<u8>) {
        let unit =
            |pair: [u8; 2]| if big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) };
        if let (Some(first), Some((second, rest))) = (self.odd, piece.split_first()) {
            self.odd = None;
            self.push_unit(unit([first, *second]), out);
            piece = rest;
        }
        let mut blocks = piece.chunks_exact(16);
        for block in &mut blocks {
            if self.high.is_none() && push_ascii(block, big_endian, out) {
                continue;
            }
            block.chunks_exact(2).for_each(|pair| self.push_unit(unit([pair[0], pair[1]]), out));
        }
        let mut pairs = blocks.remainder().chunks_exact(2);
        (&mut pairs).for_each(|pair| self.push_unit(unit([pair[0], pair[1]]), out));
        if let [odd] = pairs.remainder() {
            self.odd = Some(*odd);
        }
    }

    fn push_unit(&mut self, unit: u16, out: &mut Vec<u8>) {
        match (self.high.take(), unit) {
            (Some(high), 0xdc00..=0xdfff) => {
                let code = 0x1_0000 + (u32::from(high - 0xd800) << 10) + u32::from(unit - 0xdc00);
                return push_code(code, out);
            }
            (Some(high), _) => push_code(u32::from(high), out),
            (None, _) => {}
        }
        match unit {
            0xd800..=0xdbff => self.high = Some(unit),
            _ => push_code(u32::from(unit), out),
        }
    }

    /// Appends what the end of the input leaves over: a lone surrogate, or half a unit.
    pub(in crate::source) fn finish(&mut self, out: &mut Vec<u8>) {
        out.extend(std::mem::take(&mut self.ends.is_held).then_some(b'\n'));
        if let Some(high) = self.high.take() {
            push_code(u32::from(high), out);
        }
        if self.odd.take().is_some() {
            push_code(u32::from(char::REPLACEMENT_CHARACTER), out);
        }
    }
}

/// Appends eight units that are ASCII; false, and nothing, when one is not.
fn push_ascii(block: &[u8], big_endian: bool, out: &mut Vec<u8>) -> bool {
    let Ok(bytes) = <[u8; 16]>::try_from(block) else { return false };
    let units = if big_endian { u128::from_be_bytes(bytes) } else { u128::from_le_bytes(bytes) };
    if units & NOT_ASCII != 0 {
        return false;
    }
    let mut ascii = [0; 8];
    ascii.iter_mut().zip(bytes.chunks_exact(2)).for_each(|(to, pair)| *to = pair[0] | pair[1]);
    out.extend_from_slice(&ascii);
    true
}

/// Appends a code point as UTF-8 would have it, surrogates included.
fn push_code(code: u32, out: &mut Vec<u8>) {
    match char::from_u32(code) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend_from_slice(&[
            0xe0 | (code >> 12) as u8,
            0x80 | (code >> 6 & 63) as u8,
            0x80 | (code & 63) as u8,
        ]),
    }
}

/// How many bytes of UTF-16 made this text: two for each character, four outside the basic plane.
pub(in crate::source) fn utf16_len(text: &[u8]) -> u64 {
    text.iter().map(|byte| 2 * u64::from(byte & 0xc0 != 0x80) + 2 * u64::from(*byte >= 0xf0)).sum()
}

/// How many bytes of the input became this text.
pub(in crate::source) fn input_len(text: &[u8], is_wide: bool) -> u64 {
    if is_wide { utf16_len(text) } else { text.len() as u64 }
}

/// What is said of lone surrogates and of other bytes that are replaced.
pub(in crate::source) const SURROGATES_REPLACED: &str = "lone surrogates replaced by U+FFFD";
pub(in crate::source) const BYTES_REPLACED: &str = "bytes that are not UTF-8 replaced by U+FFFD";

/// The bytes as text, and what in them is none.
pub(in crate::source) fn to_text(bytes: &[u8]) -> (Cow<'_, str>, NoText) {
    let (text, replaced) = replaced(bytes);
    let no_text = NoText::of(&text, replaced);
    (text, no_text)
}

fn replaced(bytes: &[u8]) -> (Cow<'_, str>, Option<&'static str>) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (Cow::Borrowed(text), None);
    }
    let mut bytes = bytes.to_vec();
    replace_surrogates(&mut bytes);
    match String::from_utf8(bytes) {
        Ok(text) => (Cow::Owned(text), Some(SURROGATES_REPLACED)),
        Err(error) => {
            (Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned()), Some(BYTES_REPLACED))
        }
    }
}

/// Replaces lone surrogates by U+FFFD, which has as many bytes; returns whether there were any.
pub(in crate::source) fn replace_surrogates(text: &mut [u8]) -> bool {
    let mut found = false;
    let mut at = 0;
    while let Some(next) = memchr::memchr(0xed, &text[at..]) {
        at += next;
        if matches!(text[at..], [_, 0xa0..=0xbf, 0x80..=0xbf, ..]) {
            text[at..at + 3].copy_from_slice(b"\xef\xbf\xbd");
            found = true;
        }
        at += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    /// Transcodes in pieces of every small size, both byte orders, with and without a mark.
    #[track_caller]
    fn check(units: &[u16], expected: &[u8]) {
        for (big_endian, bom) in [(false, false), (false, true), (true, false), (true, true)] {
            let unit = |unit: u16| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
            let bytes: Vec<u8> =
                bom.then_some(0xfeff).into_iter().chain(units.iter().copied()).flat_map(unit).collect();
            for size in [1, 2, 3, 5, 16, 17, 1000] {
                let mut input = Input::detect(&bytes);
                assert!(input.is_wide());
                let mut rest = &bytes[input.bom_len()..];
                input.bom = 0;
                let mut out = Vec::new();
                while !rest.is_empty() {
                    let (piece, tail) = rest.split_at(size.min(rest.len()));
                    input.push(piece, &mut out);
                    rest = tail;
                }
                input.finish(&mut out);
                assert_eq!(out, expected, "pieces of {size}");
                assert_eq!(utf16_len(&out), 2 * units.len() as u64);
            }
        }
    }

    #[test]
    fn transcodes_in_any_pieces() {
        for text in ["<Event>", "<a>0123456789abcdef Jörg 日本 😀😀 x</a>", "<a>0123456789abcde😀"] {
            check(&units(text), text.as_bytes());
        }
    }

    #[test]
    fn lone_surrogates_stay_visible() {
        for (lone, bytes) in [(0xd83d, b"\xed\xa0\xbd"), (0xde00, b"\xed\xb8\x80")] {
            let text = [units("<a>"), vec![lone], units("b😀")].concat();
            let expected = [b"<a>", &bytes[..], "b😀".as_bytes()].concat();
            check(&text, &expected);
            let mut replaced = expected;
            assert!(replace_surrogates(&mut replaced));
            assert_eq!(replaced, "<a>\u{fffd}b😀".as_bytes());
        }
        assert!(!replace_surrogates(&mut "<a>\u{d7ff}".to_owned().into_bytes()));
    }

    /// What an input becomes, in pieces of this size behind its first one.
    fn translated(text: &str, lone_cr: LoneCr, first: usize, size: usize) -> String {
        let mut out = Vec::new();
        let (head, rest) = text.as_bytes().split_at(first.min(text.len()));
        let mut input = Input::detect_with(head, lone_cr);
        input.push(head, &mut out);
        rest.chunks(size).for_each(|piece| input.push(piece, &mut out));
        input.finish(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_lone_cr_ends_lines_where_the_first_piece_has_no_other_end() {
        for (first, text, lines, json) in [
            (3, "a\rb\r", "a\nb\n", "a\nb\n"),
            (3, "a\rb\r\nc\rd", "a\nb\r\nc\nd", "a\nb\r\nc\nd"),
            (3, "a\rb\r\r", "a\nb\n\n", "a\nb\n\n"),
            // A string of JSON may hold one; one that broke off ends before the next brace.
            (5, "{\"a\rb\\\"\r\":1}\r{", "{\"a\nb\\\"\n\":1}\n{", "{\"a\rb\\\"\r\":1}\n{"),
            (3, "[\r{\"a\r{\"b\":1}\rc", "[\n{\"a\n{\"b\":1}\nc", "[\n{\"a\n{\"b\":1}\nc"),
        ] {
            for size in 1..5 {
                assert_eq!(translated(text, LoneCr::EndsLine, first, size), lines, "{text:?} {size}");
                let outside = translated(text, LoneCr::EndsLineOutsideStrings, first, size);
                assert_eq!(outside, json, "{text:?} {size}");
                assert_eq!(translated(text, LoneCr::IsText, first, size), text);
            }
        }
        for text in ["a\nb\rc", "a\r\nb\rc", "abcd\re"] {
            assert_eq!(translated(text, LoneCr::EndsLine, 3, 1), text, "the first piece decides");
        }
    }

    #[test]
    fn utf8_is_left_alone() {
        let mut out = Vec::new();
        Input::detect(b"\xef\xbb\xbf<a>").push(b"\xef\xbb\xbf<a>", &mut out);
        assert_eq!(out, b"<a>");
    }
}
