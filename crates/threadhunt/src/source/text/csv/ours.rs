//! What our own tables do to texts, undone: escapes, and what has no column of its own.
//!
//! The writer (`sink::csv`) shows as `\u{…}` what drives a terminal and what would be taken for an escape or
//! for a separator, so every `\u{…}` of such a table is one of its escapes.

use std::borrow::Cow;

use super::super::system;
use crate::event::{RecordBuilder, Slot, SystemField};

/// A text of a cell, as it was before the table.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Text<'t> {
    Utf8(Cow<'t, str>),
    /// UTF-16LE, for what UTF-8 cannot hold.
    Wide(Vec<u8>),
}

impl<'t> From<&'t str> for Text<'t> {
    fn from(text: &'t str) -> Self {
        Self::Utf8(text.into())
    }
}

impl Text<'_> {
    /// The text; a lone surrogate becomes U+FFFD.
    pub(super) fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Utf8(text) => Cow::Borrowed(text),
            Self::Wide(units) => Cow::Owned(crate::event::Utf16::new(units).to_string()),
        }
    }

    /// Puts the text into a record's batch.
    pub(super) fn push(&self, builder: &mut RecordBuilder<'_>) -> Slot {
        match self {
            Self::Utf8(text) => builder.batch().push_text(text),
            Self::Wide(units) => builder.batch().push_utf16(units),
        }
    }
}

/// Takes escapes back; what is none stays.
pub(super) fn read(text: &str) -> Text<'_> {
    if !text.contains(OPEN) {
        return text.into();
    }
    let (mut units, mut rest) = (Vec::new(), text);
    let mut is_wide = false;
    while let Some(at) = rest.find(OPEN) {
        units.extend(rest[..at].encode_utf16());
        rest = &rest[at..];
        let (code, len) = escape(rest).unwrap_or((u32::from('\\'), 1));
        match char::from_u32(code) {
            Some(c) => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
            None => {
                is_wide = true;
                units.push(code as u16);
            }
        }
        rest = &rest[len..];
    }
    units.extend(rest.encode_utf16());
    if is_wide {
        return Text::Wide(units.into_iter().flat_map(u16::to_le_bytes).collect());
    }
    Text::Utf8(String::from_utf16_lossy(&units).into())
}

/// What begins an escape.
const OPEN: &str = "\\u{";

/// Digits of an escape.
const MAX_DIGITS: usize = 6;

/// The character or surrogate of the escape at the beginning of a text, and the length of the escape.
fn escape(text: &str) -> Option<(u32, usize)> {
    let behind = text.strip_prefix(OPEN)?;
    let len = behind.bytes().take(MAX_DIGITS).take_while(u8::is_ascii_hexdigit).count();
    let (digits, end) = behind.split_at(len);
    let code = u32::from_str_radix(digits, 16).ok().filter(|code| *code <= 0x10_ffff)?;
    end.starts_with('}').then_some((code, OPEN.len() + len + 1))
}

/// Adds what stands as `Name=value; …`: who wrote the record, and data without a column.
pub(super) fn fill_other(text: &str, builder: &mut RecordBuilder<'_>) {
    for part in text.split("; ") {
        let (name, value) = part.split_once('=').unwrap_or(("", part));
        let text = read(value);
        if name == "Provider" && builder.system_slot(SystemField::ProviderName) == Slot::Absent {
            system::set(builder, SystemField::ProviderName, &text.to_text());
            continue;
        }
        let slot = text.push(builder);
        builder.data(&read(name).to_text(), slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_taken_back_and_nothing_else() {
        for (cell, text) in [
            (r"C:\users\u{7b}x", r"C:\users\u{7b}x".replace("\\u{7b}", "{")),
            (r"a\u{1b}[2J\u{202e}", "a\u{1b}[2J\u{202e}".to_owned()),
            (r"\u\u{7b}1b}", r"\u{1b}".to_owned()),
            (r"\u{} \u{x} \u{110000} \u{", r"\u{} \u{x} \u{110000} \u{".to_owned()),
        ] {
            assert_eq!(read(cell), Text::Utf8(text.into()), "{cell}");
        }
        assert_eq!(read(r"a\u{d800}"), Text::Wide(vec![0x61, 0, 0, 0xd8]));
    }
}
