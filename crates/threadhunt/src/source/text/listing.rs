//! `Get-WinEvent | Format-List`: `Name : value` lines, with more lines of a value indented.
//!
//! With or without `*`, so that there are few properties or all. `TimeCreated` is in the zone and
//! in the manner of the country of whoever looked. PowerShell wraps values that are wider than
//! its window; where that happened cannot be told from a value of two lines.

use super::{Filled, finish_message, frame, no_record, system};
use crate::event::{DamageCode, RecordBuilder};

/// The property that holds the text of the event.
const MESSAGE: &str = "Message";

/// Properties of such a record that say nothing more, and those that `Invoke-Command` adds.
const OTHERS: &[&str] = &[
    "Bookmark",
    "ContainerLog",
    "KeywordsDisplayNames",
    "LevelDisplayName",
    "MatchedQueryIds",
    "OpcodeDisplayName",
    "PSComputerName",
    "PSShowComputerName",
    "Properties",
    "RunspaceId",
    "TaskDisplayName",
];

/// Whether a line begins with one of the properties of an event.
pub(super) fn begins(line: &str) -> bool {
    property(line).is_some_and(|(name, _)| name == MESSAGE || system::property(name).is_some())
}

/// Which of the properties of an event a line begins with, as one bit.
pub(super) fn bit(line: &str) -> u32 {
    let Some((name, _)) = property(line) else { return 0 };
    if name == MESSAGE { 1 } else { system::property(name).map_or(0, |field| 2 << field.index()) }
}

/// Whether a line begins with any property.
pub(super) fn is_property(line: &str) -> bool {
    property(line).is_some()
}

/// Name and value of `Name   : value`. There is a blank before the colon, which no message has.
fn property(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(" :")?;
    let name = name.trim_end();
    (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some((name, value))
}

pub(super) fn read<'a>(text: &str, mut builder: RecordBuilder<'a>) -> Filled<'a> {
    let mut message = String::new();
    let mut in_message = false;
    let mut words = None;
    for line in text.lines() {
        match property(line) {
            Some((name, value)) => {
                in_message = name == MESSAGE;
                if in_message {
                    message = value.trim_start().to_owned();
                } else if let Some(field) = system::property(name) {
                    system::set(&mut builder, field, value);
                } else if !OTHERS.contains(&name) {
                    words = words.or_else(|| words_in(line));
                }
            }
            None if in_message => {
                message.push('\n');
                message.push_str(line.trim_start());
            }
            None if line.starts_with(|c: char| c.is_whitespace()) || line.is_empty() => {}
            None => words = words.or_else(|| words_in(line)),
        }
    }
    if let Some(words) = words {
        builder.odd(DamageCode::Words, "", no_record(&words));
    }
    finish_message(&message, builder)
}

/// What a line says that stands among the properties of a record and is none of an event's.
fn words_in(line: &str) -> Option<String> {
    frame::words(line.as_bytes(), |_| false).map(|(_, words)| words)
}
