//! A configuration's bytes as text, as far as Sysmon can read them.
//!
//! Sysmon looks at the first two bytes: a byte order mark FF FE, or a zero in second place, is
//! UTF-16LE; everything else is taken for UTF-8 (`xml.cpp`). Before the XML parser sees the text,
//! what could make it work without bound is refused: sizes no configuration has.

use std::ops::Range;

use super::stranger;
use crate::report::{Diagnostic, DiagnosticCode};

/// Bytes of the largest file that is taken for a configuration; the largest public one has half a megabyte.
pub const MAX_BYTES: usize = 4 << 20;
/// No element of the grammar has more than three; the parser compares each with each.
const MAX_ATTRIBUTES: u32 = 256;
/// The grammar has none; the parser copies all of them into each element.
const MAX_NAMESPACES: usize = 64;

/// How the text of a configuration is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, the low byte first.
    Utf16Le,
}

impl Encoding {
    /// The name that IANA has registered.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
        }
    }

    /// What Sysmon takes the bytes for.
    pub(super) fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0xff, 0xfe, ..] | [_, 0, ..] => Self::Utf16Le,
            _ => Self::Utf8,
        }
    }
}

/// The bytes as text, with a complaint where they are none that Sysmon reads.
pub(super) fn decode(bytes: &[u8]) -> Result<String, Diagnostic> {
    if let Some(complaint) = stranger::by_bytes(bytes) {
        return Err(complaint);
    }
    if bytes.len() > MAX_BYTES {
        let message = format!("the file has more than {} MiB, which no configuration has", MAX_BYTES >> 20);
        return Err(Diagnostic::new(DiagnosticCode::TooLarge, 0..0, message));
    }
    match Encoding::of(bytes) {
        Encoding::Utf16Le => utf16(bytes.strip_prefix(b"\xff\xfe").unwrap_or(bytes)),
        Encoding::Utf8 => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<String, Diagnostic> {
    let complaint = |message: String| Diagnostic::new(DiagnosticCode::Encoding, 0..0, message);
    if let [0xfe, 0xff, ..] | [0, _, ..] = bytes {
        let message = "the file is UTF-16 with the high byte first, which Sysmon cannot read";
        return Err(complaint(message.to_owned()).help("save it as UTF-8"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let message = format!("the byte at {:#x} is not UTF-8", error.valid_up_to());
        complaint(message).help("save the file as UTF-8")
    })?;
    Ok(text.to_owned())
}

fn utf16(bytes: &[u8]) -> Result<String, Diagnostic> {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    match text {
        Ok(text) if bytes.len().is_multiple_of(2) => Ok(text),
        Ok(_) => {
            Err(Diagnostic::new(DiagnosticCode::Encoding, 0..0, "the UTF-16 text ends within a character"))
        }
        Err(error) => {
            let message =
                format!("the UTF-16 text holds {:#x} alone, half of a character", error.unpaired_surrogate());
            Err(Diagnostic::new(DiagnosticCode::Encoding, 0..0, message))
        }
    }
}

/// Refuses what would keep the XML parser busy without bound.
pub(super) fn check_bounds(text: &str) -> Result<(), Diagnostic> {
    let refuse = |at: usize, message: &str| Diagnostic::new(DiagnosticCode::TooLarge, at..at, message);
    if let Some((at, _)) = text.match_indices("xmlns").nth(MAX_NAMESPACES) {
        return Err(refuse(at, "there are more namespaces than a configuration has: none is allowed"));
    }
    match crowded_element(text.as_bytes()) {
        Some(at) => Err(refuse(at, "an element has more attributes than a configuration has")),
        None => Ok(()),
    }
}

/// Where an element begins that has too many attributes: `=` and a quote, before another element.
fn crowded_element(bytes: &[u8]) -> Option<usize> {
    let (mut start, mut count, mut after_sign) = (0, 0, false);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'<' => (start, count, after_sign) = (at, 0, false),
            b'=' => after_sign = true,
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b'"' | b'\'' if after_sign => (count, after_sign) = (count + 1, false),
            _ => after_sign = false,
        }
        if count > MAX_ATTRIBUTES {
            return Some(start);
        }
    }
    None
}

/// A range made fit for the text: within it, and on the borders of characters.
pub(super) fn fit(text: &str, span: Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start);
    start..text.ceil_char_boundary(span.end).max(start)
}

/// A value as MSXML gave it: trimmed, and runs of blanks within it as one blank.
pub(super) fn collapse(value: &str) -> String {
    let blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let words: Vec<&str> = value.split(blank).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_two_bytes_decide() {
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        assert_eq!(decode(&wide("\u{feff}<é/>")).unwrap(), "<é/>");
        assert_eq!(decode(&wide("<é/>")).unwrap(), "<é/>");
        assert_eq!(decode("\u{feff}<é/>".as_bytes()).unwrap(), "\u{feff}<é/>");
        let refused: [&[u8]; 4] = [b"\xfe\xff\0<", b"<\xff/>", b"\xff\xfe<", b"\xff\xfe\0\xd8"];
        for bytes in refused {
            assert_eq!(decode(bytes).unwrap_err().code, DiagnosticCode::Encoding, "{bytes:?}");
        }
        assert!(decode(&vec![b' '; MAX_BYTES + 1]).is_err());
    }

    #[test]
    fn crowds_are_refused_before_parsing() {
        let attributes: String = (0..300).map(|n| format!(" a{n} = '{n}'")).collect();
        assert!(check_bounds(&format!("<a {attributes}/>")).is_err());
        assert!(check_bounds(&"<a xmlns='x'>".repeat(100)).is_err());
        assert!(check_bounds(&format!("<!-- {} --><a b='c'/>", "=".repeat(5000))).is_ok());
    }

    #[test]
    fn msxml_collapsed_blanks() {
        assert_eq!(collapse("\n  a \t b\n"), "a b");
        assert_eq!(collapse(" \n"), "");
        assert_eq!(collapse("a\u{a0}b "), "a\u{a0}b");
    }
}
