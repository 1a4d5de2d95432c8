//! Entries as text, for one who reviews patterns: what is appended to a list.
//!
//! A path of a log becomes part of a file that hides things, so nothing in it may act as a
//! pattern: paths with `*` or `?`, which Windows has none of, are refused.

use std::fmt::Write;

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Accepted, day};
use crate::detect::rules::Rules;
use crate::event::{FileTime, UNKNOWN_PROCESS, Wildcard};
use crate::report::{Pattern, Scanned, is_unsafe};

/// What a person says of a pattern that is accepted.
#[derive(Clone, Copy, Debug)]
pub struct Answers<'a> {
    /// Why.
    pub reason: &'a str,
    /// Who answers for it.
    pub owner: &'a str,
    /// The last day on which it holds.
    pub expires: &'a str,
}

/// Why no entry can be made of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotWritable {
    /// A path would be a pattern.
    #[error(
        "a path of it holds `*` or `?`, which no real path does and which stand for anything in an entry"
    )]
    Wildcard,
    /// Starts that were not judged.
    #[error("it has more different starts than were judged")]
    TooManyStarts,
    /// Pairs beyond the patterns that are told apart.
    #[error("it is what is counted beyond all patterns, and has no names")]
    Nameless,
    /// The reader of such lists would refuse the entry.
    #[error("no entry can say it: {0}")]
    Unreadable(String),
}

/// An entry that accepts a pattern with all its starts, up to its severity, as TOML.
///
/// # Errors
///
/// When an entry would say something else than the pattern, or its reader would refuse it.
pub fn entry_text(
    scanned: &Scanned,
    pattern: &Pattern,
    answers: Answers<'_>,
    now: FileTime,
    rules: &Rules,
) -> Result<String, NotWritable> {
    if pattern.is_nameless_rest() {
        return Err(NotWritable::Nameless);
    }
    if [&pattern.source, &pattern.target].iter().any(|path| Wildcard::is_pattern(path)) {
        return Err(NotWritable::Wildcard);
    }
    let findings = || pattern.findings.iter().filter_map(|place| scanned.findings.get(*place));
    if findings().any(|finding| finding.threads_elsewhere > 0) {
        return Err(NotWritable::TooManyStarts);
    }
    // What is only counted has a class and no starts.
    let mut classes: Vec<&str> = findings()
        .flat_map(|finding| finding.starts.iter().map(|start| &*start.class))
        .chain((pattern.counted > 0).then_some(&*pattern.class))
        .collect();
    classes.sort_unstable();
    classes.dedup();
    let classes: Vec<String> = classes.into_iter().map(quoted).collect();
    let path = |path: &str| quoted(if path.is_empty() { UNKNOWN_PROCESS } else { path });
    let pairs = pattern.findings.len() as u64 + pattern.counted;
    let (threads, computers) = (pattern.threads, pattern.computers);
    let mut text = format!(
        "# accepted on {}: pairs {pairs}, threads {threads}, computers {computers}\n[[accept]]\n",
        day(now)
    );
    let mut line = |key: &str, value: &str| {
        let _ = writeln!(text, "{key} = {value}");
    };
    line("source", &path(&pattern.source));
    line("target", &path(&pattern.target));
    line("start", &format!("[{}]", classes.join(", ")));
    line("max_severity", &quoted(pattern.severity.name()));
    line("reason", &quoted(answers.reason));
    line("owner", &quoted(answers.owner));
    line("expires", answers.expires);
    match Accepted::parse(&text, rules) {
        Ok(_) => Ok(text),
        Err(wrong) => Err(NotWritable::Unreadable(
            wrong.into_iter().map(|wrong| wrong.message).collect::<Vec<_>>().join("; "),
        )),
    }
}

/// The day so many days after a time; the last of the calendar beyond it.
pub fn in_days(now: FileTime, days: i64) -> String {
    let today = day(now).parse::<Date>().unwrap_or(Date::MAX);
    today.checked_add(days.days()).unwrap_or(Date::MAX).to_string()
}

/// A TOML string: literal where that can hold it, so that paths read well.
fn quoted(text: &str) -> String {
    if !text.contains(['\'', '\n', '\r']) && !text.chars().any(is_unsafe) {
        return format!("'{text}'");
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            _ if is_unsafe(c) => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out + "\""
}
