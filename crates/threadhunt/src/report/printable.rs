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

#[cfg(test)]
mod tests {
    use super::printable;

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
