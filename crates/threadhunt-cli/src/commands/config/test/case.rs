//! A case: an event with what is expected of it, one JSON object a line.
//!
//! The event is read by the reader of logs, so a case may be any line that is an event there, its
//! values exactly as written. What is expected is read beside it, and strictly: a test whose
//! expectation is misspelt would pass for ever.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use serde::{Deserialize, Deserializer, Serialize};
use threadhunt::event::{Event, FieldName};
use threadhunt::source::{Options, read_json_lines};

use super::super::words::{fate, shortened};
use super::MAX_NAME;

/// Longest line that is read; so long are those of the reader of logs.
const MAX_LINE: u64 = 4 << 20;

/// A case without its event.
#[derive(Debug, Deserialize)]
pub(super) struct Case {
    #[serde(default)]
    pub(super) name: Option<String>,
    pub(super) expect: Expect,
}

/// What is expected; what is absent is not checked.
#[derive(Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    logged: Option<bool>,
    /// Empty, `-` and null are one: none.
    #[serde(default, deserialize_with = "name", skip_serializing_if = "Option::is_none")]
    rule_name: Option<String>,
}

/// A truth value; null is none.
fn present<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    bool::deserialize(deserializer).map(Some)
}

fn name<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let name = Option::<String>::deserialize(deserializer)?;
    Ok(Some(name.filter(|name| name != "-").unwrap_or_default()))
}

impl Expect {
    pub(super) fn is_met(&self, logged: bool, rule_name: &str) -> bool {
        self.logged.is_none_or(|expected| expected == logged)
            && self.rule_name.as_ref().is_none_or(|expected| expected == rule_name)
    }

    /// A fate in words, where that it has no name counts.
    pub(super) fn words_for(&self, fate: &str, logged: bool, rule_name: &str) -> String {
        let counts = logged && rule_name.is_empty() && self.rule_name.is_some() && self.logged != Some(false);
        fate.to_owned() + if counts { " without a name" } else { "" }
    }

    /// What can never be so, or says nothing.
    fn fault(&self) -> Option<&'static str> {
        match (self.logged, self.rule_name.as_deref()) {
            (None, None) => Some("`expect` expects nothing: give it `logged`, `rule_name` or both"),
            (Some(false), Some(name)) if !name.is_empty() => {
                Some("`expect` can never be met: an event that is dropped has no name")
            }
            _ => None,
        }
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.logged, self.rule_name.as_deref()) {
            (None, Some("")) => f.write_str("no name"),
            (None, Some(name)) => write!(f, "the name `{}`", shortened(name, MAX_NAME)),
            (logged, name) => {
                let logged = logged.unwrap_or_default();
                let words = fate(logged, name.unwrap_or_default());
                f.write_str(&self.words_for(&words, logged, name.unwrap_or_default()))
            }
        }
    }
}

/// Reads a case and calls with it and its event, or says why it is none.
pub(super) fn read<T>(line: &str, with: &mut dyn FnMut(&Case, &Event<'_>) -> T) -> Result<T, String> {
    let case: Case = serde_json::from_str(line).map_err(|error| reason(&error))?;
    if let Some(fault) = case.expect.fault() {
        return Err(fault.to_owned());
    }
    let (mut done, mut reason) = (None, None);
    read_json_lines(line, &Options::default(), &mut |batch| {
        reason = reason.take().or_else(|| batch.damages.first().map(|damage| damage.reason.to_string()));
        let Some(event) = batch.events().next() else { return };
        // The reader of logs takes an event without its values rather than none; a test must not.
        match event.notes().find(|note| note.starts_with("fields left out")) {
            Some(note) => reason = Some(note.to_owned()),
            None => done = Some(with(&case, &event)),
        }
    });
    done.ok_or_else(|| reason.unwrap_or_else(|| "it is no event of Sysmon".to_owned()))
}

/// Names in a case that say nothing to Sysmon, each with what to do: a test of a misspelt field tests nothing.
///
/// A newer Sysmon may have more fields, so this is no fault.
pub(super) fn strange_names(event: &Event<'_>) -> Vec<(String, String)> {
    let mut strange = Vec::new();
    if let Some(schema) = event.schema() {
        let is_there = |name: &FieldName| match name {
            FieldName::Known(field) => schema.field(*field).is_some(),
            FieldName::Other(_) => false,
        };
        for (name, _) in event.data().filter(|(name, _)| !is_there(name)) {
            let nearest = schema.nearest_field(name.as_str()).map(|field| field.name);
            let hint = nearest.map_or(String::new(), |nearest| format!("; did you mean `{nearest}`?"));
            let name = shortened(name.as_str(), MAX_NAME);
            let text = format!("event {} has no field `{name}`, and nothing asks for it{hint}", event.id());
            strange.push((name, text));
        }
    }
    for (key, _) in event.notes().filter_map(|note| note.split_once(NO_KEY)) {
        if !matches!(key, "name" | "expect") {
            let key = shortened(key, MAX_NAME);
            let text = format!("`{key}` is no key of a case, and is not looked at");
            strange.push((key, text));
        }
    }
    strange
}

/// How the reader of logs ends a note on a key that it does not know.
const NO_KEY: &str = " left out: not a key of this shape";

/// The parser's reason; the line is another one, but the column counts.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    format!("column {}: {what}", error.column())
}

/// The lines of a file that are not blank.
pub(super) struct Lines {
    reader: Box<dyn BufRead>,
    line: String,
    /// Number of the line that was read last, from 1.
    number: u64,
}

/// Opens a file of cases.
pub(super) fn lines(path: &Path) -> io::Result<Lines> {
    let reader: Box<dyn BufRead> = match path.as_os_str() == "-" {
        true => Box::new(io::stdin().lock()),
        false => Box::new(BufReader::new(File::open(path)?)),
    };
    Ok(Lines { reader, line: String::new(), number: 0 })
}

impl Lines {
    /// The next line that is not blank, with its number.
    pub(super) fn read(&mut self) -> io::Result<Option<(u64, &str)>> {
        loop {
            let mut bytes = Vec::new();
            (&mut self.reader).take(MAX_LINE + 1).read_until(b'\n', &mut bytes)?;
            if bytes.is_empty() {
                return Ok(None);
            }
            self.number += 1;
            let refuse = |what: &str| {
                io::Error::new(io::ErrorKind::InvalidData, format!("line {}: {what}", self.number))
            };
            if bytes.len() as u64 > MAX_LINE {
                return Err(refuse("longer than 4 MiB"));
            }
            let text = String::from_utf8(bytes).map_err(|_| refuse("not UTF-8; save the file as UTF-8"))?;
            let mark = if self.number == 1 { "\u{feff}" } else { "" };
            let line = text.trim_ascii();
            let line = line.strip_prefix(mark).unwrap_or(line);
            if !line.is_empty() {
                self.line = line.to_owned();
                return Ok(Some((self.number, &self.line)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn expect(text: &str, logged: bool, rule_name: &str, is_met: bool) {
        let expect: Expect = serde_json::from_str(text).unwrap();
        assert_eq!(expect.is_met(logged, rule_name), is_met, "{text}");
    }

    #[test]
    fn what_is_absent_is_not_checked_and_no_name_has_three_spellings() {
        expect(r#"{"logged":true}"#, true, "x", true);
        expect(r#"{"logged":false}"#, true, "", false);
        for none in ["\"\"", "\"-\"", "null"] {
            expect(&format!("{{\"rule_name\":{none}}}"), true, "", true);
            expect(&format!("{{\"rule_name\":{none}}}"), false, "", true);
            expect(&format!("{{\"rule_name\":{none}}}"), true, "x", false);
        }
        expect(r#"{"logged":true,"rule_name":"x"}"#, true, "X", false);
    }

    #[track_caller]
    fn malformed(line: &str, part: &str) {
        let reason = read(line, &mut |_, _| ()).unwrap_err();
        assert!(reason.contains(part), "{reason}");
    }

    #[test]
    fn what_is_no_case_says_why() {
        malformed(r#"{"id":8,"fields":{}}"#, "missing field `expect`");
        malformed(r#"{"id":8,"fields":{},"expect":{"loged":true}}"#, "unknown field `loged`");
        malformed(r#"{"id":8,"fields":{},"expect":{"logged":null}}"#, "null");
        malformed(r#"{"id":8,"fields":{},"expect":{"logged":"yes"}}"#, "expected a boolean");
        malformed(r#"{"id":8,"fields":{},"expect":{}}"#, "expects nothing");
        malformed(r#"{"id":8,"fields":{},"expect":{"logged":false,"rule_name":"x"}}"#, "never be met");
        malformed(r#"{"fields":{},"expect":{"logged":true}}"#, "no known shape");
        malformed(r#"{"id":8,"fields":"x","expect":{"logged":true}}"#, "fields left out");
        malformed(r#"{"id":70000,"fields":{},"expect":{"logged":true}}"#, "up to 65535");
        malformed(r#"{"id":8,"fields":{},"expect":{"logged":true}"#, "column 44: EOF");
        malformed("[]", "column");
    }

    #[test]
    fn values_are_read_exactly() {
        let long = "x".repeat(100_000);
        let line = format!(
            r#"{{"fields":{{"CommandLine":"{long}","Image":"\ud800","ProcessId":1.50}},"expect":{{"logged":true}},"id":1}}"#
        );
        let texts = read(&line, &mut |_, event| {
            event.data().map(|(_, value)| value.to_text().into_owned()).collect::<Vec<_>>()
        });
        assert_eq!(texts.unwrap(), [&*long, "\u{fffd}", "1.50"]);
    }
}
