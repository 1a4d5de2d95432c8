//! Just enough Rust to judge its shape: text without comments and strings, and without tests.
//!
//! Everything that is taken out is replaced by spaces and line ends stay, so an offset or a line in the
//! masked text is the same in the file. This is no parser: macros that hold unbalanced brackets in odd
//! tokens would confuse it, and rustfmt's style is taken for granted.

use std::ops::Range;

/// Whether a file holds nothing but tests.
pub(crate) fn is_test_file(path: &str) -> bool {
    path.split('/').any(|part| part == "tests" || part == "tests.rs")
}

/// The text with comments, strings and character literals blanked.
pub(crate) fn mask(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut masked = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = at + skipped(bytes, at);
        for byte in &mut masked[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        // A word is passed in one step: the `r` of `for` is no start of a raw string.
        at = if end > at { end } else { at + word(bytes, at).max(1) };
    }
    String::from_utf8(masked).expect("whole characters are blanked")
}

/// How many bytes at `at` belong to a comment or literal that starts there.
fn skipped(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    match rest {
        [b'/', b'/', ..] => rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => block_comment(rest),
        [b'"', ..] => quoted(rest, 1),
        [b'b' | b'c', b'"', ..] => quoted(rest, 2),
        [b'b', b'\'', ..] => 1 + character(&rest[1..]),
        [b'\'', ..] => character(rest),
        [b'r', ..] => raw_string(rest, 1),
        [b'b' | b'c', b'r', ..] => raw_string(rest, 2),
        _ => 0,
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// Length of a string whose content starts at `start`.
fn quoted(rest: &[u8], start: usize) -> usize {
    let mut at = start;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// Length of a character literal, or 0 for a lifetime.
fn character(rest: &[u8]) -> usize {
    let close = |from: usize| rest.iter().skip(from).position(|&byte| byte == b'\'').map(|at| from + at + 1);
    match rest {
        [_, b'\\', _, ..] => close(3).unwrap_or(0),
        [_, first, ..] => {
            let width = match first {
                0xf0.. => 4,
                0xe0.. => 3,
                0xc0.. => 2,
                _ => 1,
            };
            if rest.get(1 + width) == Some(&b'\'') { 2 + width } else { 0 }
        }
        _ => 0,
    }
}

/// Length of `r"…"` or `r#"…"#` whose marks start at `start`, or 0 for a word such as `r#type`.
fn raw_string(rest: &[u8], start: usize) -> usize {
    let marks = rest[start..].iter().take_while(|&&byte| byte == b'#').count();
    if rest.get(start + marks) != Some(&b'"') {
        return 0;
    }
    let close = [&b"\""[..], &b"#".repeat(marks)].concat();
    let content = start + marks + 1;
    let found = rest[content..].windows(close.len()).position(|window| window == close);
    found.map_or(rest.len(), |at| content + at + close.len())
}

fn word(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().take_while(|&&byte| is_word(byte)).count()
}

pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Masked text with every item under `#[cfg(test)]` blanked as well.
pub(crate) fn without_tests(masked: &str) -> String {
    let mut rest = masked.as_bytes().to_vec();
    for (start, attribute) in masked.match_indices("#[cfg(test)]") {
        let end = body(masked, start + attribute.len()).end;
        for byte in &mut rest[start..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    String::from_utf8(rest).expect("whole characters are blanked")
}

/// The braces of the item that follows `from`, or an empty range behind its `;`.
pub(crate) fn body(masked: &str, from: usize) -> Range<usize> {
    let (mut depth, mut open) = (0_usize, None);
    for (at, byte) in masked.bytes().enumerate().skip(from) {
        match byte {
            b'{' if depth == 0 && open.is_none() => (depth, open) = (1, Some(at)),
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b';' if depth == 0 => return at + 1..at + 1,
            _ => {}
        }
        if let (Some(open), 0) = (open, depth) {
            return open..at + 1;
        }
    }
    masked.len()..masked.len()
}

/// The line of an offset, from 1.
pub(crate) fn line(text: &str, offset: usize) -> usize {
    1 + text.as_bytes()[..offset].iter().filter(|&&byte| byte == b'\n').count()
}

/// Where `name` stands as a whole word.
pub(crate) fn words<'text>(text: &'text str, name: &'text str) -> impl Iterator<Item = usize> + 'text {
    let bytes = text.as_bytes();
    let ends = move |at: usize| !bytes.get(at).copied().is_some_and(is_word);
    let starts = move |at: usize| at == 0 || ends(at - 1);
    text.match_indices(name).map(|(at, _)| at).filter(move |&at| starts(at) && ends(at + name.len()))
}

#[cfg(test)]
mod tests {
    use super::{mask, without_tests};

    #[track_caller]
    fn check(text: &str, kept: &str) {
        let masked = mask(text);
        assert_eq!(masked.len(), text.len());
        assert_eq!(masked.split_whitespace().collect::<Vec<_>>().join(" "), kept);
    }

    #[test]
    fn comments_go() {
        check("a // b\nc /* d /* e */ f */ g", "a c g");
    }

    #[test]
    fn strings_go() {
        check(r##"a("b\"c") + b"d" + r#"e "f" g"# + r"h\" + i"##, "a( ) + + + + i");
        check(r##"for r#type in "//" {}"##, "for r#type in {}");
    }

    #[test]
    fn characters_go_and_lifetimes_stay() {
        check(r"x<'a>('b', '\'', b'\\', '\u{1f600}', 'é', '{')", "x<'a>( , , , , , )");
    }

    #[test]
    fn tests_go() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { c() } }\nfn d() {}\n#[cfg(test)]\nuse e;\n";
        let rest = without_tests(&mask(text));
        assert_eq!(rest.split_whitespace().collect::<Vec<_>>().join(" "), "fn a() {} fn d() {}");
    }
}
