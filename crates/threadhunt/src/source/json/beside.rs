//! Events that stand in a document beside those that are read of it.
//!
//! A document of no known shape is read where one of its texts is an event. Others in it are most often the
//! same event again, in words or taken apart; one that is not would be lost without a word. Events are
//! compared by what nearly always tells them apart wherever they stand: the time of day of `UtcTime` and the
//! GUIDs of processes.

use std::collections::HashSet;

use super::layout::is_utc_time;
use super::parse::{self, Json, Kind};
use super::shape;

/// How deep events are sought.
const MAX_DEPTH: usize = 8;

/// The time of an event in a document that is none of those in the texts that are read of it.
pub(super) fn unread<'t>(json: &Json<'_>, read: impl Iterator<Item = &'t str>) -> Option<String> {
    let known: HashSet<String> = read.flat_map(|text| guids(text).chain(times(text))).collect();
    find(json, &known, 0)
}

fn find(json: &Json<'_>, known: &HashSet<String>, depth: usize) -> Option<String> {
    match &json.kind {
        Kind::Text(_) => {
            let text = shape::text_of(json);
            let (values, rest) = parse::parse_all(if depth < MAX_DEPTH { &text } else { "" });
            if let Some(found) = values.iter().find_map(|json| find(json, known, depth + 1)) {
                return Some(found);
            }
            let event = shape::event_in(if values.is_empty() { &text } else { rest })?;
            let behind = &event[event.find("UtcTime")?..];
            other(times(behind).next(), guids(behind), known)
        }
        Kind::Object(members) => {
            let text = |json: &Json<'_>| json.text().map(str::to_owned);
            let time = members.iter().find(|(name, _)| is_utc_time(name)).and_then(|(_, value)| text(value));
            let time = time.and_then(|time| times(&time).next());
            let of_process =
                members.iter().filter(|(name, _)| name.to_ascii_lowercase().ends_with("processguid"));
            let of_process = of_process.filter_map(|(_, value)| guids(value.raw).next());
            let mut inner = members.iter().filter(|_| depth < MAX_DEPTH);
            other(time, of_process, known)
                .or_else(|| inner.find_map(|(_, value)| find(value, known, depth + 1)))
        }
        Kind::Array(values) if depth < MAX_DEPTH => {
            values.iter().find_map(|value| find(value, known, depth + 1))
        }
        _ => None,
    }
}

/// The time of an event that is not known.
fn other(
    time: Option<String>,
    mut guids: impl Iterator<Item = String>,
    known: &HashSet<String>,
) -> Option<String> {
    let time = time?;
    let is_known = known.contains(&time) && guids.all(|guid| known.contains(&guid));
    (!is_known).then_some(time)
}

/// Times of day to the millisecond.
fn times(text: &str) -> impl Iterator<Item = String> {
    patterns(text, b"00:00:00.000", u8::is_ascii_digit)
}

/// GUIDs in lower case.
fn guids(text: &str) -> impl Iterator<Item = String> {
    patterns(text, b"00000000-0000-0000-0000-000000000000", u8::is_ascii_hexdigit)
}

/// What looks so, with digits for zeros.
fn patterns(text: &str, pattern: &'static [u8], is_digit: fn(&u8) -> bool) -> impl Iterator<Item = String> {
    let mark = pattern.iter().position(|byte| *byte != b'0').unwrap_or(0);
    let marks = memchr::memchr_iter(pattern[mark], text.as_bytes());
    let found = marks.filter_map(move |at| text.get(at.checked_sub(mark)?..at + pattern.len() - mark));
    let fits = move |found: &&str| {
        let mut pairs = found.bytes().zip(pattern);
        pairs.all(|(byte, wanted)| if *wanted == b'0' { is_digit(&byte) } else { byte == *wanted })
    };
    found.filter(fits).map(str::to_ascii_lowercase)
}
