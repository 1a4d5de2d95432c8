//! JSON of what we say ourselves: safe to look at, as all that is printed.
//!
//! JSON has escapes for every character, so what would drive a terminal or reorder a text is written
//! as one; whoever parses the line gets the text as it was.

use std::io::{self, Write};

use clap::ValueEnum;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use threadhunt::report::printable;

/// How a table of the library is printed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Form {
    /// For eyes
    Text,
    /// For programs
    Json,
}

/// A value as one line, without its end.
pub(crate) fn line(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    let written = value.serialize(&mut Serializer::with_formatter(&mut bytes, Safe));
    written.expect("texts, numbers and truth values under fixed names are JSON");
    String::from_utf8(bytes).expect("JSON is written as UTF-8")
}

/// A value over several lines, for people too, with the end of the last one.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value);
    let text = text.expect("texts, numbers and truth values under fixed names are JSON");
    let mut safe = String::with_capacity(text.len() + 1);
    // Strings have no line ends of their own, and nothing but strings has other characters than ASCII.
    for c in text.chars() {
        if c == '\n' || printable(c.encode_utf8(&mut [0; 4])).len() == c.len_utf8() {
            safe.push(c);
        } else {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| safe.push_str(&format!("\\u{unit:04x}")));
        }
    }
    safe.push('\n');
    safe
}

/// The compact form, with the characters escaped that [`printable`] shows as escapes.
struct Safe;

impl Formatter for Safe {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let is_safe = |text: &str| printable(text).len() == text.len();
        if is_safe(fragment) {
            return writer.write_all(fragment.as_bytes());
        }
        for c in fragment.chars() {
            if is_safe(c.encode_utf8(&mut [0; 4])) {
                write!(writer, "{c}")?;
            } else {
                c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(writer, "\\u{unit:04x}"))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{line, pretty};

    #[test]
    fn what_is_unsafe_is_escaped_and_comes_back() {
        let text = "a\u{9b}31m\u{202e}\u{1b}\"\\\u{e0001}ä🦀\n";
        let json = line(&text);
        assert_eq!(json, r#""a\u009b31m\u202e\u001b\"\\\udb40\udc01ä🦀\n""#);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        assert_eq!(pretty(&[text]), format!("[\n  {json}\n]\n"));
    }
}
