//! Escaping: text out of the log into an output's buffer, eight characters at a time.
//!
//! Nearly all text of a log is ASCII, and few characters need escaping, so a block of eight is
//! packed into a `u64`, looked at as a whole and copied up to the first character that is
//! special. Everything beyond ASCII goes one character at a time, which is right for every
//! text and slower. `examples/format_speed.rs` tells what each format makes of it.

use crate::event::{Utf16, Value, ascii_prefix};

/// What a format escapes, and how.
pub(super) trait Escape {
    /// The high bit of each of eight ASCII bytes that [`push`](Self::push) has to treat.
    fn special(block: u64) -> u64;

    /// What stands before a special character that is escaped by one byte in front of it.
    #[inline]
    fn prefix(_special: u8) -> Option<u8> {
        None
    }

    /// Appends a special character, or any beyond ASCII; a lone surrogate is an error with its unit.
    fn push(&mut self, unit: Result<char, u16>, out: &mut Vec<u8>);
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Marks the ASCII bytes below `limit`, which is ASCII too.
#[inline]
pub(super) fn below(block: u64, limit: u8) -> u64 {
    !((block | HIGH) - ONES * u64::from(limit)) & HIGH
}

/// Marks the ASCII bytes that are `byte`.
#[inline]
pub(super) fn equal(block: u64, byte: u8) -> u64 {
    below(block ^ (ONES * u64::from(byte)), 1)
}

/// Marks the control characters of ASCII. A byte beyond ASCII may spoil the marks above it, never
/// those below, and blocks are looked at only up to the first such byte.
#[inline]
pub(super) fn control(block: u64) -> u64 {
    below(block, 0x20) | block.wrapping_add(ONES) & HIGH
}

/// Appends a value, escaped; numbers and their like have nothing to escape.
#[inline]
pub(super) fn push_value(value: Value<'_>, escape: &mut impl Escape, out: &mut Vec<u8>) {
    match value {
        Value::Utf16(text) => push_utf16(text, escape, out),
        Value::Utf8(text) => push_utf8(text, escape, out),
        _ => value.push_to(out),
    }
}

/// Appends UTF-16 text, escaped.
pub(super) fn push_utf16<E: Escape>(text: Utf16<'_>, escape: &mut E, out: &mut Vec<u8>) {
    out.reserve(text.len() + text.len() / 4 + 16);
    let mut rest = text.as_bytes();
    while let Some(block) = rest.first_chunk() {
        rest = push_units(rest, block, escape, out);
    }
    while !rest.is_empty() {
        let mut block = [0; 16];
        block[..rest.len()].copy_from_slice(rest);
        rest = push_units(rest, &block, escape, out);
    }
}

/// Appends what is ASCII of the first eight units, or one character, and returns the rest.
#[inline]
fn push_units<'t, E: Escape>(
    rest: &'t [u8],
    block: &[u8; 16],
    escape: &mut E,
    out: &mut Vec<u8>,
) -> &'t [u8] {
    let (ascii, len) = ascii_prefix(block);
    let len = len.min(rest.len() / 2);
    if len == 0 {
        return push_unit(rest, escape, out);
    }
    push_block(ascii, len, escape, out);
    &rest[2 * len..]
}

/// Appends UTF-8 text, escaped.
pub(super) fn push_utf8<E: Escape>(text: &str, escape: &mut E, out: &mut Vec<u8>) {
    out.reserve(text.len() + 8);
    let mut rest = text;
    while !rest.is_empty() {
        let available = rest.len().min(8);
        let mut block = [0; 8];
        block[..available].copy_from_slice(&rest.as_bytes()[..available]);
        let ascii_len = (u64::from_le_bytes(block) & HIGH).trailing_zeros() as usize / 8;
        rest = match ascii_len.min(available) {
            0 => {
                let mut chars = rest.chars();
                chars.next().into_iter().for_each(|c| escape.push(Ok(c), out));
                chars.as_str()
            }
            len => {
                push_block(block, len, escape, out);
                &rest[len..]
            }
        };
    }
}

/// Appends the first `len` (1 to 8) of eight ASCII characters.
///
/// Plain runs are copied as a whole block and cut; behind a special character the block is
/// shifted, so that nothing is looked at twice.
#[inline]
fn push_block<E: Escape>(ascii: [u8; 8], len: usize, escape: &mut E, out: &mut Vec<u8>) {
    let mut block = u64::from_le_bytes(ascii);
    let mut marks = E::special(block);
    let mut left = len;
    loop {
        let plain = (marks.trailing_zeros() as usize / 8).min(left);
        let end = out.len() + plain;
        out.extend_from_slice(&block.to_le_bytes());
        out.truncate(end);
        if plain == left {
            return;
        }
        let special = (block >> (8 * plain)) as u8;
        match E::prefix(special) {
            Some(prefix) => out.extend_from_slice(&[prefix, special]),
            None => escape.push(Ok(char::from(special)), out),
        }
        left -= plain + 1;
        if left == 0 {
            return;
        }
        block >>= 8 * (plain + 1);
        marks >>= 8 * (plain + 1);
    }
}

/// Appends the first character of UTF-16 bytes, which is beyond ASCII, and returns the rest.
fn push_unit<'t, E: Escape>(bytes: &'t [u8], escape: &mut E, out: &mut Vec<u8>) -> &'t [u8] {
    let Some(first) = Utf16::new(bytes.get(..4).unwrap_or(bytes)).chars().next() else { return &[] };
    escape.push(first, out);
    &bytes[2 * first.map_or(1, char::len_utf16)..]
}

/// Appends a character as UTF-8.
pub(super) fn push_plain(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Brackets what is special, so that a test sees it.
    struct Brackets;

    impl Escape for Brackets {
        fn special(block: u64) -> u64 {
            control(block) | equal(block, b'\\')
        }

        fn push(&mut self, unit: Result<char, u16>, out: &mut Vec<u8>) {
            let text = match unit {
                Ok(c) if c.is_control() || c == '\\' => format!("[{:x}]", u32::from(c)),
                Ok(c) => c.to_string(),
                Err(unit) => format!("<{unit:x}>"),
            };
            out.extend_from_slice(text.as_bytes());
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for value in [Value::Utf8(text), Value::Utf16(Utf16::new(&units))] {
            let mut out = Vec::new();
            push_value(value, &mut Brackets, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{value:?}");
        }
    }

    #[test]
    fn special_characters_are_found_wherever_they_stand() {
        for before in 0..20 {
            for after in 0..20 {
                let (before, after) = ("a".repeat(before), "b".repeat(after));
                for (special, shown) in
                    [("\\", "[5c]"), ("\0", "[0]"), ("\u{7f}\u{1f}", "[7f][1f]"), ("é\n😀", "é[a]😀")]
                {
                    check(&format!("{before}{special}{after}"), &format!("{before}{shown}{after}"));
                }
            }
        }
    }

    #[test]
    fn lone_surrogates_are_errors_wherever_they_stand() {
        for before in 0..20 {
            let mut units = vec![0x61; before];
            units.extend([0xd800, 0x62, 0xdc00, 0xd83d, 0xde00, 0xd83d]);
            let bytes: Vec<u8> = units.into_iter().flat_map(u16::to_le_bytes).collect();
            let mut out = Vec::new();
            push_utf16(Utf16::new(&bytes), &mut Brackets, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), "a".repeat(before) + "<d800>b<dc00>😀<d83d>");
        }
    }

    #[test]
    fn marks_are_exact_for_every_byte() {
        for byte in 0..0x80u8 {
            let block = u64::from_le_bytes([b'a', byte, b'z', byte, b'0', b'~', byte, b' ']);
            let expected = if byte < 0x20 || byte == 0x7f { 0x0080_0000_8000_8000 } else { 0 };
            assert_eq!(control(block), expected, "{byte:#x}");
            assert_eq!(equal(block, byte) & 0x0080_0000_8000_8000, 0x0080_0000_8000_8000, "{byte:#x}");
        }
    }
}
