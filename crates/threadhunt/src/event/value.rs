//! A value of an event, borrowed from its batch.

use std::borrow::Cow;
use std::fmt;

use super::{FileTime, Guid, Utf16};

/// A value, and how it prints: as current Windows prints it.
///
/// Whether a value is a number or a text follows from how the log held it and from what the
/// manifest types; what does not parse as its type stays the text that it was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'b> {
    /// Text as it lies in a log.
    Utf16(Utf16<'b>),
    /// Text.
    Utf8(&'b str),
    /// An unsigned integer.
    Unsigned(u64),
    /// A signed integer.
    Signed(i64),
    /// An integer printed as `0x` and lower-case digits.
    Hex(u64),
    /// `true` or `false`.
    Bool(bool),
    /// A single-precision number.
    Float32(f32),
    /// A double-precision number.
    Float64(f64),
    /// An instant.
    Time(FileTime),
    /// A GUID, printed in lower case within braces.
    Guid(Guid),
    /// A security identifier.
    Sid(Sid<'b>),
    /// Bytes, printed as upper-case hex digits.
    Binary(&'b [u8]),
}

impl<'b> Value<'b> {
    /// The value's text; a lone surrogate becomes U+FFFD.
    pub fn to_text(self) -> Cow<'b, str> {
        match self {
            Self::Utf8(text) => Cow::Borrowed(text),
            _ => {
                let mut out = Vec::new();
                self.push_to(&mut out);
                Cow::Owned(String::from_utf8(out).unwrap_or_default())
            }
        }
    }

    /// Appends the value's text as UTF-8, unescaped; a lone surrogate becomes U+FFFD.
    pub fn push_to(self, out: &mut Vec<u8>) {
        match self {
            Self::Utf16(text) => text.push_to(out),
            Self::Utf8(text) => out.extend_from_slice(text.as_bytes()),
            Self::Unsigned(number) => push_unsigned(out, number),
            Self::Signed(number) => {
                if number < 0 {
                    out.push(b'-');
                }
                push_unsigned(out, number.unsigned_abs());
            }
            Self::Hex(number) => push_hex(out, number),
            Self::Bool(truth) => out.extend_from_slice(if truth { b"true" } else { b"false" }),
            Self::Float32(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Self::Float64(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Self::Time(time) => time.push_to(out),
            Self::Guid(guid) => out.extend_from_slice(&guid.to_ascii()),
            Self::Sid(sid) => sid.push_to(out),
            Self::Binary(bytes) => {
                out.extend(bytes.iter().flat_map(|byte| [upper_digit(byte >> 4), upper_digit(byte & 15)]));
            }
        }
    }

    /// Whether the value's text is `other`, exactly.
    pub fn is(self, other: &str) -> bool {
        match self {
            Self::Utf16(text) => text.eq_str(other),
            Self::Utf8(text) => text == other,
            _ => self.to_text() == other,
        }
    }

    /// Whether the value says "none": empty or `-`.
    ///
    /// Sysmon wrote `""` before about version 12 and `-` since (`EventSetFieldS`).
    pub fn is_none(self) -> bool {
        match self {
            Self::Utf16(text) => text.is_empty() || text.eq_str("-"),
            Self::Utf8(text) => matches!(text, "" | "-"),
            _ => false,
        }
    }

    /// The value as an unsigned number: an integer, or a text that spells one.
    pub fn as_u64(self) -> Option<u64> {
        match self {
            Self::Unsigned(number) | Self::Hex(number) => Some(number),
            Self::Signed(number) => u64::try_from(number).ok(),
            Self::Utf16(_) | Self::Utf8(_) => parse_number(&self.to_text()),
            _ => None,
        }
    }

    /// The value as a GUID: a GUID, or a text that spells one.
    pub fn as_guid(self) -> Option<Guid> {
        match self {
            Self::Guid(guid) => Some(guid),
            Self::Utf16(text) if (36..=38).contains(&text.len()) => Guid::parse(&self.to_text()),
            Self::Utf8(text) => Guid::parse(text),
            _ => None,
        }
    }

    /// The value as an instant: a FILETIME, or a text that spells one.
    pub fn as_time(self) -> Option<FileTime> {
        match self {
            Self::Time(time) => Some(time),
            Self::Utf8(text) => FileTime::parse(text),
            Self::Utf16(text) => {
                let mut ascii = [0; LONGEST_TIME];
                match text.to_ascii(&mut ascii) {
                    Some(text) => FileTime::parse(text),
                    None => FileTime::parse(&self.to_text()),
                }
            }
            _ => None,
        }
    }
}

/// No time that is usual is longer: `2019-04-27T00:10:32.379011500+00:00`.
const LONGEST_TIME: usize = 35;

fn parse_number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn upper_digit(nibble: u8) -> u8 {
    b"0123456789ABCDEF"[usize::from(nibble)]
}

fn push_unsigned(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

fn push_hex(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(b"0x");
    let digits = 16 - (number | 1).leading_zeros() as usize / 4;
    out.extend((0..digits).rev().map(|place| b"0123456789abcdef"[(number >> (4 * place)) as usize & 15]));
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

/// A binary security identifier: revision, count, authority (big-endian), sub-authorities.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sid<'b>(&'b [u8]);

impl<'b> Sid<'b> {
    /// Views bytes as a SID; `None` unless their length is what their count says.
    pub fn new(bytes: &'b [u8]) -> Option<Self> {
        let count = usize::from(*bytes.get(1)?);
        (bytes.len() == 8 + 4 * count).then_some(Self(bytes))
    }

    /// Appends the printed form, `S-1-5-18`.
    pub fn push_to(self, out: &mut Vec<u8>) {
        let authority = self.0[2..8].iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        let parts =
            self.0[8..].chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        out.extend_from_slice(b"S-");
        push_unsigned(out, u64::from(self.0[0]));
        for part in std::iter::once(authority).chain(parts.map(u64::from)) {
            out.push(b'-');
            push_unsigned(out, part);
        }
    }

    /// The bytes.
    pub fn as_bytes(self) -> &'b [u8] {
        self.0
    }
}

impl fmt::Display for Sid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::with_capacity(48);
        self.push_to(&mut out);
        f.write_str(&String::from_utf8_lossy(&out))
    }
}

impl fmt::Debug for Sid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_print_as_windows_prints_them() {
        for (value, text) in [
            (Value::Hex(0), "0x0"),
            (Value::Hex(0xf4be), "0xf4be"),
            (Value::Hex(u64::MAX), "0xffffffffffffffff"),
            (Value::Hex(0x8000_0000_0000_0000), "0x8000000000000000"),
            (Value::Unsigned(0), "0"),
            (Value::Unsigned(u64::MAX), "18446744073709551615"),
            (Value::Signed(i64::MIN), "-9223372036854775808"),
            (Value::Bool(true), "true"),
            (Value::Binary(&[0x0a, 0xff]), "0AFF"),
            (Value::Sid(Sid::new(&[1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]).unwrap()), "S-1-5-18"),
        ] {
            assert_eq!(value.to_string(), text);
        }
    }

    #[test]
    fn none_has_two_spellings() {
        assert!(Value::Utf8("").is_none());
        assert!(Value::Utf16(Utf16::new(b"-\0")).is_none());
        assert!(!Value::Utf8("--").is_none());
    }

    #[test]
    fn a_sid_of_wrong_length_is_none() {
        assert_eq!(Sid::new(&[1, 2, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]), None);
        assert_eq!(Sid::new(&[]), None);
    }
}
