//! UTF-16LE text as it lies in a log.
//!
//! Nearly all of it is ASCII, so the readers here look at eight units at once and fall back
//! to decoding for the rest. Lone surrogates are possible (a path may hold any units) and
//! never lost silently: decoding yields them as errors that the caller must treat.

use std::fmt;

/// UTF-16LE text; an odd last byte is no part of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Utf16<'b>(&'b [u8]);

/// The bits of eight UTF-16LE units that are zero in ASCII text.
const NOT_ASCII: u128 = u128::from_le_bytes([
    0x80, 0xff, 0x80, 0xff, 0x80, 0xff, 0x80, 0xff, 0x80, 0xff, 0x80, 0xff, 0x80, 0xff, 0x80, 0xff,
]);

impl<'b> Utf16<'b> {
    /// Views little-endian UTF-16 bytes as text.
    pub fn new(bytes: &'b [u8]) -> Self {
        Self(&bytes[..bytes.len() & !1])
    }

    /// The bytes, an even number.
    pub fn as_bytes(self) -> &'b [u8] {
        self.0
    }

    /// Number of UTF-16 units.
    pub fn len(self) -> usize {
        self.0.len() / 2
    }

    /// Whether there is no unit.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The units in order.
    pub fn units(self) -> impl Iterator<Item = u16> + Clone + 'b {
        self.0.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
    }

    /// The characters in order; a lone surrogate is an error holding its unit.
    pub fn chars(self) -> impl Iterator<Item = Result<char, u16>> + 'b {
        char::decode_utf16(self.units()).map(|unit| unit.map_err(|error| error.unpaired_surrogate()))
    }

    /// Whether the text has no lone surrogate, so that UTF-8 can hold it.
    pub fn is_valid(self) -> bool {
        self.chars().all(|unit| unit.is_ok())
    }

    /// How many lone surrogates it has.
    pub fn lone_surrogates(self) -> usize {
        self.chars().filter(Result::is_err).count()
    }

    /// Whether the text is `other`, unit for unit.
    pub fn eq_str(self, other: &str) -> bool {
        self.units().eq(other.encode_utf16())
    }

    /// The text in a buffer, where it is ASCII and fits.
    pub(super) fn to_ascii<const LEN: usize>(self, buffer: &mut [u8; LEN]) -> Option<&str> {
        let into = buffer.get_mut(..self.len())?;
        for (to, unit) in into.iter_mut().zip(self.units()) {
            *to = u8::try_from(unit).ok().filter(u8::is_ascii)?;
        }
        std::str::from_utf8(into).ok()
    }

    /// Appends the text as UTF-8; a lone surrogate becomes U+FFFD.
    pub fn push_to(self, out: &mut Vec<u8>) {
        let rest = self.push_ascii_blocks(out);
        let ascii = rest.units().take_while(|unit| *unit < 0x80).count();
        out.extend(rest.units().take(ascii).map(|unit| unit as u8));
        for unit in Self(&rest.0[2 * ascii..]).chars() {
            let mut buffer = [0; 4];
            out.extend_from_slice(
                unit.unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut buffer).as_bytes(),
            );
        }
    }

    /// Appends the leading blocks of eight ASCII units and returns what is left.
    fn push_ascii_blocks(self, out: &mut Vec<u8>) -> Self {
        out.reserve(self.len());
        let mut rest = self.0;
        while let Some((block, tail)) = rest.split_first_chunk::<16>() {
            let Some(ascii) = ascii_block(block) else { break };
            out.extend_from_slice(&ascii);
            rest = tail;
        }
        Self(rest)
    }
}

/// The eight ASCII characters of a block of UTF-16LE, or `None` when one is not ASCII.
#[inline]
pub(crate) fn ascii_block(block: &[u8; 16]) -> Option<[u8; 8]> {
    if u128::from_le_bytes(*block) & NOT_ASCII != 0 {
        return None;
    }
    let b = block;
    Some([b[0], b[2], b[4], b[6], b[8], b[10], b[12], b[14]])
}

/// The leading ASCII characters of a block of UTF-16LE: the units' low bytes, and how many.
#[inline]
pub(crate) fn ascii_prefix(block: &[u8; 16]) -> ([u8; 8], usize) {
    let units = u128::from_le_bytes(*block);
    let beyond = units & NOT_ASCII;
    let low = u64::from(low_bytes(units as u64)) | u64::from(low_bytes((units >> 64) as u64)) << 32;
    (low.to_le_bytes(), beyond.trailing_zeros() as usize / 16)
}

/// The low bytes of four units, packed.
#[inline]
fn low_bytes(units: u64) -> u32 {
    let pairs = units & 0x00ff_00ff_00ff_00ff;
    let pairs = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    (pairs | pairs >> 16) as u32
}

impl fmt::Display for Utf16<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some((block, tail)) = rest.split_first_chunk::<16>()
            && let Some(ascii) = ascii_block(block)
        {
            f.write_str(std::str::from_utf8(&ascii).map_err(|_| fmt::Error)?)?;
            rest = tail;
        }
        Self(rest)
            .chars()
            .try_for_each(|unit| fmt::Write::write_char(f, unit.unwrap_or(char::REPLACEMENT_CHARACTER)))
    }
}

impl fmt::Debug for Utf16<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[track_caller]
    fn check(text: &str) {
        let bytes = utf16(text);
        let mut out = Vec::new();
        Utf16::new(&bytes).push_to(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), text);
        assert_eq!(Utf16::new(&bytes).to_string(), text);
        assert!(Utf16::new(&bytes).eq_str(text));
    }

    #[test]
    fn transcodes_ascii_and_the_rest() {
        for text in
            ["", "a", r"C:\Windows\System32\csrss.exe", "0123456789abcdéf", "😀 C:\\Users\\Jörg\\x.exe"]
        {
            check(text);
        }
    }

    #[test]
    fn lone_surrogates_are_seen() {
        let bytes = [0x41, 0, 0x00, 0xd8];
        assert!(!Utf16::new(&bytes).is_valid());
        assert_eq!(Utf16::new(&bytes).to_string(), "A\u{fffd}");
    }
}
