//! Text from a log made safe to look at.
//!
//! Every value is attacker-controlled: escape sequences drive terminals, and bidirectional
//! marks make a path read as another one (Unicode TR 36). Such characters are shown as
//! escapes; everything else stays as it is.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with control, format and bidirectional characters shown as `\u{…}`.
///
/// ```
/// assert_eq!(threadhunt::report::printable("a\u{1b}[2Jb"), r"a\u{1b}[2Jb");
/// ```
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_unsafe(c) {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Controls, line and paragraph separators, bidirectional and zero-width marks, tags.
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Characters by which a spreadsheet knows a formula, in full width.
const FULL_WIDTH: &[&str] = &["＝", "＋", "－", "＠"];

/// Whether a spreadsheet might run a cell with this text, but for apostrophes that stand before it.
pub(crate) fn starts_formula(cell: &[u8]) -> bool {
    let cell = &cell[cell.iter().take_while(|byte| **byte == b'\'').count()..];
    match cell.first() {
        Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\n') => true,
        // Full width forms, which some spreadsheets take for the narrow ones.
        Some(0xef) => FULL_WIDTH.iter().any(|mark| cell.starts_with(mark.as_bytes())),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{printable, starts_formula};

    #[test]
    fn formulas_are_seen_behind_apostrophes() {
        for (cell, runs) in [("=1", true), ("'=1", true), ("''@a", true), ("＝1", true), ("\tx", true)] {
            assert_eq!(starts_formula(cell.as_bytes()), runs, "{cell}");
        }
        for cell in ["", "'", "a=1", "'a", "é"] {
            assert!(!starts_formula(cell.as_bytes()), "{cell}");
        }
    }

    #[test]
    fn ordinary_text_is_borrowed() {
        assert!(matches!(printable(r"C:\Users\Jörg\日本\x.exe"), std::borrow::Cow::Borrowed(_)));
    }

    #[test]
    fn what_drives_a_terminal_is_shown() {
        assert_eq!(printable("\u{1b}]0;x\u{7}\u{9b}31m\n"), r"\u{1b}]0;x\u{7}\u{9b}31m\u{a}");
        assert_eq!(printable("gpj.\u{202e}exe"), r"gpj.\u{202e}exe");
    }
}
