//! Where reading goes on behind a record that is broken.
//!
//! Behind it is where its brackets end, where those are balanced. Where they are not, as behind a quote that
//! was not escaped, the next record is known by how it begins: as the broken one does, with the same key.
//! Records that are indented begin on a line of their own, no deeper than the broken one.

use std::ops::Range;

use memchr::memmem;

/// Longest first key by which a record is known.
const MAX_KEY: usize = 256;

/// Where to go on behind a value that begins on this part of a line and is broken at a place.
pub(super) fn behind_broken(text: &str, line: Range<usize>, broken: usize) -> usize {
    let (start, begun) = (line.start, text.as_bytes());
    if let Some(len) = len_on_line(&begun[line], broken - start) {
        return start + len;
    }
    let indent = indent_before(&text[..start]);
    let mut at = start;
    while let Some(found) = memchr::memchr(b'\n', &begun[at..]) {
        at += found + 1;
        let line = &text[at..];
        let inner = line.trim_start_matches([' ', '\t', ',', '[']);
        if inner.starts_with('{') && line.len() - inner.len() <= indent || line.starts_with("Record ") {
            return at;
        }
    }
    text.len()
}

/// Length of what belongs to the broken value, where that ends on its line.
///
/// A line may be a long list of broken values, so each looks no further ahead than it has to: at first
/// near, and then four times as far.
fn len_on_line(line: &[u8], broken: usize) -> Option<usize> {
    let mut reach = NEAR + broken;
    loop {
        let ahead = &line[..reach.min(line.len())];
        if let Some(end) = end_of_brackets(ahead) {
            return Some(end);
        }
        // The brackets of a value within which others begin alike end not much further on.
        let like = first_like(ahead, broken).filter(|at| at * FAR <= reach || ahead.len() == line.len());
        if like.is_some() || ahead.len() == line.len() {
            return like;
        }
        reach *= 4;
    }
}

/// How far is looked ahead at first.
const NEAR: usize = 1024;
/// How many times as long as up to the next value that begins alike a broken value may be.
const FAR: usize = 16;

/// Where the last element begins that begins as the first one does.
pub(super) fn last_like(elements: &[u8]) -> Option<usize> {
    let first = memchr::memchr(b'{', elements)?;
    let beginning = beginning(&elements[first..])?;
    let mut end = elements.len();
    while let Some(at) = memmem::rfind(&elements[..end], beginning).filter(|at| *at > first) {
        if follows_comma(elements, at) {
            return Some(at);
        }
        end = at;
    }
    None
}

/// Where the next element begins that begins as the broken one here does.
///
/// No key of a string can look so, whose quotes are escaped. What lies before the place where this one
/// broke belongs to it; only where its last string took in the beginning of the next is that a little further on.
fn first_like(elements: &[u8], broken: usize) -> Option<usize> {
    let beginning = beginning(elements)?;
    let from = broken.saturating_sub(beginning.len()).max(1);
    let mut found = memmem::find_iter(elements.get(from..)?, beginning).map(|at| from + at);
    found.find(|at| follows_comma(elements, *at))
}

/// The brace, the first key and the colon of an object.
fn beginning(object: &[u8]) -> Option<&[u8]> {
    let blanks = |text: &[u8]| text.len() - text.trim_ascii_start().len();
    let inner = object.strip_prefix(b"{")?;
    let key = 1 + blanks(inner);
    (object.get(key)? == &b'"').then_some(())?;
    let end = key + 1 + object[key + 1..].iter().take(MAX_KEY).position(|byte| *byte == b'"')?;
    let colon = end + 1 + blanks(&object[end + 1..]);
    (object.get(colon)? == &b':').then(|| &object[..=colon])
}

fn follows_comma(text: &[u8], at: usize) -> bool {
    text[..at].trim_ascii_end().ends_with(b",")
}

/// Length of the value that begins here, by its brackets; `None` where they do not fit or do not end.
fn end_of_brackets(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut open) = (0, Vec::new());
    while let Some(byte) = bytes.get(at) {
        match byte {
            // Its closing bracket, two places on in ASCII.
            b'{' | b'[' => open.push(byte + 2),
            b'}' | b']' => {
                open.pop().filter(|closer| closer == byte)?;
                if open.is_empty() {
                    return Some(at + 1);
                }
            }
            b'"' => {
                at += 1;
                loop {
                    at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
                    if bytes[at] == b'"' {
                        break;
                    }
                    at += 2;
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// The blanks before a place on its line.
fn indent_before(text: &str) -> usize {
    let line = memchr::memrchr(b'\n', text.as_bytes()).map_or(0, |end| end + 1);
    text.len() - line
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Option<&str>) {
        let broken = parse::parse(line).expect_err("broken").at;
        let at = behind_broken(line, 0..line.len(), broken);
        assert_eq!((at < line.len()).then(|| &line[at..]), expected, "{line}");
    }

    #[test]
    fn a_broken_record_costs_itself_alone() {
        // Brackets that fit end it, whatever lies within.
        check(r#"{"a":tru,"b":[0,{"a":1}]},{"a":2}"#, Some(r#",{"a":2}"#));
        // A quote too many, one too few, a bracket too few.
        check(r#"{"a":"x"y","g":"{1}"},{"a":"{2}"},{"a":3}]"#, Some(r#"{"a":"{2}"},{"a":3}]"#));
        check(r#"{"a":"x},{"a":2},{"a":3}]"#, Some(r#"{"a":2},{"a":3}]"#));
        check(r#"{ "a" : {"b":1}, { "a" : 2},"#, Some(r#"{ "a" : 2},"#));
        check(r#"{"a":[1},{"a":2},{"a":3}]}"#, Some(r#"{"a":2},{"a":3}]}"#));
        // A text that looks so, and an element of another kind.
        check(r#"{"a":1 "b":",{","x":"{\"a\":3}",{"b":2}]"#, None);
    }

    #[test]
    fn the_last_element_of_its_kind_is_found() {
        let elements = br#" {"_id":1,"x":{"_id":2}},{"_id":3},{"a":"\"_id\":"}, {"_id"#;
        assert_eq!(last_like(elements).map(|at| &elements[at..at + 9]), Some(&br#"{"_id":3}"#[..]));
        assert_eq!(last_like(br#"{"_id":1,"x":{"_id":2}"#), None);
        assert_eq!(last_like(b"[1,2]"), None);
    }
}
