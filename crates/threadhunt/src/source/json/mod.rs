//! JSON in all the layouts in which people have events, each a row of the table in [`shape`].
//!
//! [`split`] cuts a stream between records, [`decode`](mod@decode) finds the values in a block,
//! parses each into a small tree ([`parse`]) and recognises its shape by its keys; the shape's row
//! says how it is read, mostly by a table ([`layout`]). Each record is judged alone, so files of
//! several shapes read well, and a broken record costs itself only: it is reported with line and
//! column. It does not matter whether values stand on lines, in an array, indented, one behind
//! the other, within the answer of an index ([`wrapper`]) or behind other text on their line.
//!
//! UTF-16, as PowerShell's `>` writes it, is read as UTF-8 is; its blocks begin with U+FEFF, which
//! others never do, so that offsets count its units.
//!
//! Adding a shape means adding a file in `shapes` and a row in `shape.rs`.

use super::encoding::{Input, LoneCr};
use super::{Family, Format, SNIFF_LEN, Shape};

mod alike;
mod bare;
mod beside;
mod block;
mod closed;
mod data;
mod decode;
mod dotted;
mod elsewhere;
mod embedded;
mod form;
mod forms;
mod layout;
mod parse;
mod plan;
mod reading;
mod resume;
mod rows;
mod sets;
mod shape;
mod shapes;
mod skim;
mod spelling;
mod split;
mod threadhunt;
mod tree;
mod walk;
mod whose;
mod wrapper;

pub(in crate::source) use closed::{NOT_READ, is_closed};
pub(in crate::source) use embedded::{
    is_known_row, is_message_of_row, is_whole, read_embedded, read_lines, read_row,
};
use reading::{Reading, Refused};
pub(crate) use skim::Skimmer;

/// JSON as a kind of log.
pub(crate) const FORMAT: Format = Format {
    name: "json",
    shapes: shape::NAMES,
    recognise,
    split: split::split,
    ranges: None,
    decode: decode::decode,
};

/// Longest value that is read. A record of a log has at most 64 KiB, which escapes could make 200 KiB.
const MAX_VALUE: usize = 4 << 20;

/// A raw CR within a string is a part of it, though JSON forbids it.
const LONE_CR: LoneCr = LoneCr::EndsLineOutsideStrings;

const BOM: &str = "\u{feff}";

/// Whether one of the first values is a record of a known shape.
///
/// Where the first value is larger than what may be looked at and a record by its first keys, that
/// will do.
fn recognise(head: &[u8]) -> bool {
    let mut text = Vec::with_capacity(head.len());
    Input::detect_with(head, LONE_CR).push(head, &mut text);
    let text = String::from_utf8_lossy(&text);
    let text = text.trim_start_matches(BOM);
    let mut rest = text;
    while let Some(start) = decode::start_of_value(rest) {
        rest = &rest[start..];
        let Some((json, len, is_whole)) = parse::parse_begun(rest) else { return false };
        let is_cut = !is_whole && head.len() >= SNIFF_LEN && rest.len() == text.len();
        if shape::is_known(&json) || is_cut && shape::may_be_known(&json) {
            return true;
        }
        // Behind what is broken, the next line may be whole.
        let line_end = || memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        rest = &rest[if is_whole { len } else { line_end() }..];
    }
    false
}

/// Whether an input begins with JSON of no known shape, and has a record of a known one further on.
///
/// Exports hold whatever was in an index, the records of others first as well as last.
pub(super) fn is_known_later(head: &[u8]) -> bool {
    may_be_known_later(&head[..head.len().min(SNIFF_LEN)]) && recognise(head)
}

/// Whether an input of no known kind begins as JSON does, so that it is worth looking further.
pub(super) fn may_be_known_later(head: &[u8]) -> bool {
    head.len() == SNIFF_LEN && why_not(head).is_some()
}

/// Whether a whole input is an export of nothing: an empty list, or an answer with one.
pub(super) fn is_empty_export(input: &[u8]) -> bool {
    if input.len() >= SNIFF_LEN {
        return false;
    }
    let mut text = Vec::with_capacity(input.len());
    Input::detect(input).push(input, &mut text);
    let text = String::from_utf8_lossy(&text);
    let text = text.trim_start_matches(BOM).trim();
    let Some((json, len, true)) = parse::parse_begun(text) else { return false };
    let is_empty = match &json.kind {
        parse::Kind::Array(values) => values.is_empty(),
        parse::Kind::Object(members) => shape::find(members).is_none() && wrapper::is_empty(members),
        _ => false,
    };
    is_empty && len == text.len()
}

/// What an input is that begins as JSON does and is none of the shapes: what was found, and what
/// would have been expected.
pub(super) fn why_not(head: &[u8]) -> Option<String> {
    let mut text = Vec::with_capacity(head.len());
    Input::detect_with(head, LONE_CR).push(head, &mut text);
    let text = String::from_utf8_lossy(&text);
    let start = text.trim_start_matches(BOM).trim_start_matches(|c: char| c == '[' || c.is_whitespace());
    let (json, ..) = parse::parse_begun(start)?;
    let expectation = json.members().filter(|members| !members.is_empty()).map(shape::expectation)?;
    Some(match decode::unopened(&json) {
        Some(unopened) => format!("{expectation}; {unopened}"),
        None => expectation,
    })
}

#[cfg(test)]
mod tests;
