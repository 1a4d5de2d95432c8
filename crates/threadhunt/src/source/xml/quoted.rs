//! Events that were put into a quoted string as a whole.
//!
//! Exports of log platforms hold such: a CSV column, where quotes are doubled, or one JSON
//! string with many events in it, `"<Event …>\n<Event …>"`, as in Splunk's public attack
//! data. What stands before the event and how it is written decide together: in a Windows
//! event that was not quoted, paths hold backslashes that are no JSON escapes.

/// How an event was quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoting {
    Json,
    Csv,
}

/// The event as it was before it was quoted, or `None` when it was not.
pub(super) fn unquote(before: &[u8], event: &str) -> Option<(Quoting, String)> {
    let in_string = before.ends_with(b"\"");
    if !in_string && !matches!(before, [.., b'\\', b'n' | b'r' | b't']) {
        return None;
    }
    if event.contains('\\')
        && let Some(plain) = from_json(event)
    {
        return Some((Quoting::Json, plain));
    }
    let doubled = in_string && event.contains('"') && !event.replace("\"\"", "").contains('"');
    doubled.then(|| (Quoting::Csv, event.replace("\"\"", "\"")))
}

/// Undoes the escapes of a JSON string's inside; `None` when it is none.
fn from_json(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr2(b'\\', b'"', rest.as_bytes()) {
        plain.push_str(&rest[..at]);
        let (c, len) = escape(&rest[at..])?;
        plain.push(c);
        rest = &rest[at + len..];
    }
    plain.push_str(rest);
    Some(plain)
}

/// The character that an escape at the beginning of the text stands for, and its length.
fn escape(text: &str) -> Option<(char, usize)> {
    let c = match text.as_bytes() {
        [b'\\', c @ (b'"' | b'\\' | b'/'), ..] => char::from(*c),
        [b'\\', b'n', ..] => '\n',
        [b'\\', b'r', ..] => '\r',
        [b'\\', b't', ..] => '\t',
        [b'\\', b'b', ..] => '\u{8}',
        [b'\\', b'f', ..] => '\u{c}',
        [b'\\', b'u', ..] => return unicode_escape(text),
        _ => return None,
    };
    Some((c, 2))
}

fn unicode_escape(text: &str) -> Option<(char, usize)> {
    let unit = |text: &str| {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
    };
    let first = unit(text)?;
    if let Some(c) = char::from_u32(u32::from(first)) {
        return Some((c, 6));
    }
    let second = text.get(6..).and_then(unit);
    match char::decode_utf16([first, second.unwrap_or(0)]).next() {
        Some(Ok(c)) => Some((c, 12)),
        _ => Some((char::REPLACEMENT_CHARACTER, 6)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, event: &str, expected: Option<(Quoting, &str)>) {
        let found = unquote(before.as_bytes(), event);
        assert_eq!(
            found.as_ref().map(|(quoting, text)| (*quoting, text.as_str())),
            expected,
            "{before:?} {event:?}"
        );
    }

    #[test]
    fn json_strings() {
        check(
            "\"",
            r#"C:\\a \"b\" \ud83d\ude00\u00e9 \ud83d"#,
            Some((Quoting::Json, "C:\\a \"b\" 😀é \u{fffd}")),
        );
        check("x\\n", r"C:\\a", Some((Quoting::Json, r"C:\a")));
        check("\"", r"C:\Windows", None);
        check("\"", r"\u12", None);
        check("\"", r"\u+123", None);
        check("", r"C:\\a", None);
    }

    #[test]
    fn csv_cells() {
        check(",\"", r#"<a b=""c"">C:\x"#, Some((Quoting::Csv, r#"<a b="c">C:\x"#)));
        check(",\"", r#"<a b="c">"#, None);
        check(",", r#"<a b=""c"">"#, None);
    }
}
