//! BinXML values: type and bytes become a slot.
//!
//! A slot points into the chunk wherever it can; texts stay UTF-16. Windows stores some
//! texts with their terminator: trailing NULs are no part of a value.

use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::binxml::Broken;
use super::bytes::{u16_at, u32_at, u64_at};
use crate::event::{Batch, FileTime, Slot, Span};

/// Value types ([MS-EVEN6] 2.2.12.4) that the decoder names.
pub(super) const NULL: u8 = 0x00;
pub(super) const GUID: u8 = 0x0f;
pub(super) const STRING: u8 = 0x01;
pub(super) const ANSI: u8 = 0x02;
pub(super) const SYSTEM_TIME: u8 = 0x12;
pub(super) const BINXML: u8 = 0x21;
/// Added to a type: an array of it.
pub(super) const ARRAY: u8 = 0x80;

/// The empty text.
pub(super) const EMPTY: Slot = Slot::Utf16(Span::EMPTY);

/// A value whose bytes lie at `at` in `input`; types that need an arena are `None`.
///
/// `input` is the batch's whole input, not the chunk, so that spans point into it.
#[inline]
pub(super) fn slot(input: &[u8], kind: u8, at: usize, len: usize) -> Result<Option<Slot>, Broken> {
    let bytes = input.get(at..at + len).ok_or(Broken::Short("value"))?;
    let size = Broken::Value(kind);
    Ok(Some(match kind {
        NULL => Slot::Absent,
        STRING => Slot::Utf16(Span::input(at, text_len(bytes))),
        0x03 => Slot::Signed(i64::from(*bytes.first().ok_or(size)? as i8)),
        0x04 => Slot::Unsigned(u64::from(*bytes.first().ok_or(size)?)),
        0x05 => Slot::Signed(i64::from(u16_at(bytes, 0).ok_or(size)? as i16)),
        0x06 => Slot::Unsigned(u64::from(u16_at(bytes, 0).ok_or(size)?)),
        0x07 => Slot::Signed(i64::from(u32_at(bytes, 0).ok_or(size)? as i32)),
        0x08 => Slot::Unsigned(u64::from(u32_at(bytes, 0).ok_or(size)?)),
        0x09 => Slot::Signed(u64_at(bytes, 0).ok_or(size)? as i64),
        0x0a => Slot::Unsigned(u64_at(bytes, 0).ok_or(size)?),
        0x0b => Slot::Float32(f32::from_bits(u32_at(bytes, 0).ok_or(size)?)),
        0x0c => Slot::Float64(f64::from_bits(u64_at(bytes, 0).ok_or(size)?)),
        0x0d => Slot::Bool(bytes.iter().any(|byte| *byte != 0)),
        0x0e => Slot::Binary(Span::input(at, len)),
        0x0f if len == 16 => Slot::Guid(Span::input(at, len)),
        0x10 if len == 4 => Slot::Hex(u64::from(u32_at(bytes, 0).ok_or(size)?)),
        0x10 => Slot::Hex(u64_at(bytes, 0).ok_or(size)?),
        0x11 => Slot::Time(u64_at(bytes, 0).ok_or(size)?),
        0x13 => Slot::Sid(Span::input(at, sid_len(bytes).ok_or(size)?)),
        0x14 => Slot::Hex(u64::from(u32_at(bytes, 0).ok_or(size)?)),
        0x15 => Slot::Hex(u64_at(bytes, 0).ok_or(size)?),
        0x0f => return Err(size),
        ANSI | SYSTEM_TIME => return Ok(None),
        // Handles and XML in text hold no value that could be printed (MS-EVEN6 names them only).
        0x20 | 0x23 => Slot::Binary(Span::input(at, len)),
        _ if kind & ARRAY != 0 || kind == BINXML => return Ok(None),
        other => return Err(Broken::ValueType(other)),
    }))
}

/// Length of a text without trailing NULs.
#[inline]
fn text_len(bytes: &[u8]) -> usize {
    let mut len = bytes.len() & !1;
    while len >= 2 && bytes[len - 2..len] == [0, 0] {
        len -= 2;
    }
    len
}

/// Length of the SID at the head of some bytes: values may carry more behind it.
fn sid_len(bytes: &[u8]) -> Option<usize> {
    let len = 8 + 4 * usize::from(*bytes.get(1)?);
    (len <= bytes.len()).then_some(len)
}

/// A value of the types that need an arena: ANSI text and the broken-down time.
pub(super) fn slot_in_arena(batch: &mut Batch, kind: u8, bytes: &[u8]) -> Result<Slot, Broken> {
    match kind {
        ANSI => {
            let text: String =
                bytes.iter().filter(|byte| **byte != 0).map(|byte| windows_1252(*byte)).collect();
            Ok(batch.push_text(&text))
        }
        SYSTEM_TIME => system_time(bytes).map(|time| Slot::Time(time.0)).ok_or(Broken::Value(kind)),
        _ => Err(Broken::ValueType(kind)),
    }
}

/// SYSTEMTIME: year, month, day of week, day, hour, minute, second, milliseconds.
fn system_time(bytes: &[u8]) -> Option<FileTime> {
    let part = |index: usize| u16_at(bytes, 2 * index).and_then(|part| i16::try_from(part).ok());
    let small = |index: usize| part(index).and_then(|part| i8::try_from(part).ok());
    let nanos = i32::from(part(7)?).checked_mul(1_000_000)?;
    let civil = DateTime::new(part(0)?, small(1)?, small(3)?, small(4)?, small(5)?, small(6)?, nanos).ok()?;
    FileTime::from_timestamp(Offset::UTC.to_timestamp(civil).ok()?)
}

/// The characters of 0x80 to 0x9f in code page 1252 (unicode.org, CP1252.TXT); zero: undefined.
const CODE_PAGE: [u16; 32] = [
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,
    0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
    0x0153, 0, 0x017e, 0x0178,
];

/// The character of a byte; the log does not say which code page, so the most common one is taken.
fn windows_1252(byte: u8) -> char {
    let unit = byte.checked_sub(0x80).and_then(|index| CODE_PAGE.get(usize::from(index)));
    match unit {
        Some(&unit) if unit != 0 => char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system_time_of(parts: [u16; 8]) -> Option<String> {
        let bytes: Vec<u8> = parts.into_iter().flat_map(u16::to_le_bytes).collect();
        system_time(&bytes).map(|time| time.to_string())
    }

    #[test]
    fn a_broken_down_time_is_an_instant_or_nothing() {
        let time = system_time_of([2019, 4, 6, 27, 0, 10, 32, 363]);
        assert_eq!(time.as_deref(), Some("2019-04-27T00:10:32.3630000Z"));
        for damaged in [[2019, 4, 6, 27, 0, 10, 32, 32767], [2019, 13, 6, 27, 0, 10, 32, 0], [u16::MAX; 8]] {
            assert_eq!(system_time_of(damaged), None, "{damaged:?}");
        }
    }

    #[test]
    fn code_page_1252_has_its_own_middle() {
        assert_eq!(
            "\u{20ac}\u{153}é\u{81}",
            [0x80, 0x9c, 0xe9, 0x81].map(windows_1252).iter().collect::<String>()
        );
    }
}
