//! Text of an event as written, and as meant.
//!
//! References to the five predefined entities and to characters are resolved; a lone `&` or
//! an entity that somebody declared stays as it is. Line ends become LF (XML 1.0, 2.11),
//! and blanks of attributes become spaces (3.3.3) unless they were written as references.

use std::borrow::Cow;

/// Remarks on an event: what had to be decided or replaced, each once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::source) struct Remarks(u8);

macro_rules! remarks {
    ($($name:ident = $bit:literal, $text:literal;)*) => {
        impl Remarks {
            $(pub(super) const $name: Self = Self(1 << $bit);)*
            const TEXTS: &[(Self, &str)] = &[$((Self::$name, $text),)*];
        }
    };
}

remarks! {
    ENTITY = 0, "an unknown entity or a bare & was kept as it is";
    UNESCAPED = 1, "a value holds an unescaped < and was taken as it is";
    JSON = 2, "the event was quoted as a JSON string; its escapes were undone";
    CSV = 3, "the event was quoted as a CSV cell; its doubled quotes were undone";
    SURROGATE = 5, "a lone surrogate was replaced by U+FFFD";
    FORBIDDEN = 4, "a reference to a character that XML forbids was resolved";
}

impl Remarks {
    /// Adds a remark.
    pub(super) fn add(&mut self, remark: Self) {
        self.0 |= remark.0;
    }

    /// The remarks in words.
    pub(in crate::source) fn texts(self) -> impl Iterator<Item = &'static str> {
        Self::TEXTS.iter().filter(move |(remark, _)| self.0 & remark.0 != 0).map(|(_, text)| *text)
    }
}

/// The text of an element as meant.
pub(in crate::source) fn content<'t>(raw: &'t str, remarks: &mut Remarks) -> Cow<'t, str> {
    match memchr::memchr2(b'&', b'\r', raw.as_bytes()) {
        None => Cow::Borrowed(raw),
        Some(_) => Cow::Owned(resolve(&line_ends(raw), remarks)),
    }
}

/// The value of an attribute as meant.
pub(super) fn attribute<'t>(raw: &'t str, remarks: &mut Remarks) -> Cow<'t, str> {
    if !raw.bytes().any(|byte| matches!(byte, b'&' | b'\r' | b'\n' | b'\t')) {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(resolve(&line_ends(raw).replace(['\n', '\t'], " "), remarks))
}

/// The text with LF as the only line end.
pub(super) fn line_ends(raw: &str) -> Cow<'_, str> {
    match memchr::memchr(b'\r', raw.as_bytes()) {
        None => Cow::Borrowed(raw),
        Some(_) => Cow::Owned(raw.replace("\r\n", "\n").replace('\r', "\n")),
    }
}

fn resolve(raw: &str, remarks: &mut Remarks) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let (c, len) = reference(rest, remarks).unwrap_or_else(|| {
            remarks.add(Remarks::ENTITY);
            ('&', 1)
        });
        text.push(c);
        rest = &rest[len..];
    }
    text.push_str(rest);
    text
}

/// Longest reference: `&#x10ffff;` with some leading zeros.
const MAX_REFERENCE: usize = 16;

/// The character that a reference at the beginning of the text stands for, and its length.
fn reference(text: &str, remarks: &mut Remarks) -> Option<(char, usize)> {
    let window = &text.as_bytes()[..text.len().min(MAX_REFERENCE)];
    let end = memchr::memchr(b';', window)?;
    let c = match &text[1..end] {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        name => return character(name.strip_prefix('#')?, &text[end + 1..], end + 1, remarks),
    };
    Some((c, end + 1))
}

/// The character with this number. Two surrogates in a row are one character: some writers
/// escape UTF-16 unit by unit.
fn character(digits: &str, after: &str, len: usize, remarks: &mut Remarks) -> Option<(char, usize)> {
    let code = number(digits)?;
    if let Some(c) = char::from_u32(code) {
        if !matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..) {
            remarks.add(Remarks::FORBIDDEN);
        }
        return Some((c, len));
    }
    let high = u16::try_from(code).ok()?;
    if let Some((low, low_len)) = next_number(after) {
        let low = u16::try_from(low).unwrap_or(0);
        if let Some(Ok(c)) = char::decode_utf16([high, low]).next() {
            return Some((c, len + low_len));
        }
    }
    remarks.add(Remarks::SURROGATE);
    Some((char::REPLACEMENT_CHARACTER, len))
}

fn next_number(text: &str) -> Option<(u32, usize)> {
    let rest = text.strip_prefix("&#")?;
    let end = memchr::memchr(b';', &rest.as_bytes()[..rest.len().min(MAX_REFERENCE)])?;
    Some((number(&rest[..end])?, end + 3))
}

fn number(digits: &str) -> Option<u32> {
    let (digits, radix) = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (digits, 10),
    };
    let plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u32::from_str_radix(digits, radix).ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, expected: &str, remark: Option<Remarks>) {
        let mut remarks = Remarks::default();
        assert_eq!(content(raw, &mut remarks), expected);
        assert_eq!(remarks, remark.unwrap_or_default(), "{raw:?}");
    }

    #[test]
    fn references_are_resolved() {
        check("&lt;unknown process&gt; &amp;amp; &quot;&apos;", "<unknown process> &amp; \"'", None);
        check("&#65;&#x1F600;&#X41;", "A😀A", None);
        check("&#13;&#10;", "\r\n", None);
        check("&#xd83d;&#xde00;", "😀", None);
    }

    #[test]
    fn what_xml_forbids_is_resolved_with_a_remark() {
        check("&#x1b;[2J&#0;", "\u{1b}[2J\0", Some(Remarks::FORBIDDEN));
        check("&#xd83d;x", "\u{fffd}x", Some(Remarks::SURROGATE));
    }

    #[test]
    fn what_is_no_reference_stays() {
        for raw in [
            "&",
            "a & b",
            "&unknown;",
            "&#;",
            "&#x;",
            "&#x110000;",
            "&#+5;",
            "&é;",
            "&#99999999999;",
            "&日本語日本語;",
        ] {
            check(raw, raw, Some(Remarks::ENTITY));
        }
    }

    #[test]
    fn line_ends_are_those_of_xml() {
        check("a\r\nb\rc\n", "a\nb\nc\n", None);
        assert_eq!(attribute("a\r\nb\t&#10;", &mut Remarks::default()), "a b \n");
    }
}
