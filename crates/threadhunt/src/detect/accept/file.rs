//! The file of accepted patterns: TOML, read whole, refused with every complaint.

use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;
use serde::Deserialize;
use toml::{Spanned, Value};

use super::{Accepted, Entry};
use crate::detect::paths;
use crate::detect::rules::Rules;
use crate::event::Wildcard;
use crate::report::{Acceptance, Group, Severity};

/// What is wrong with a place in a list of accepted patterns.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct AcceptError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what to write.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    accept: Vec<Spanned<Row>>,
}

/// An entry as written; values that can have several forms are looked at later.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    source: Option<String>,
    target: Option<String>,
    start: Option<Value>,
    module: Option<String>,
    function: Option<String>,
    computer: Option<String>,
    user: Option<String>,
    reason: Option<String>,
    owner: Option<String>,
    expires: Option<Value>,
    max_severity: Option<String>,
}

impl Accepted {
    /// Reads a list.
    ///
    /// # Errors
    ///
    /// With the first place that is not TOML or has an unknown key, or else with everything that
    /// entries lack: a list is used whole or not at all.
    pub fn parse(text: &str, rules: &Rules) -> Result<Self, Vec<AcceptError>> {
        let line_of = |span: &Range<usize>| line(text, span.start);
        let list: List = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(&span));
            vec![AcceptError { line, message: error.message().trim_end().replace('\n', ", ") }]
        })?;
        let mut errors = Vec::new();
        let mut entries = Vec::new();
        for (at, row) in list.accept.into_iter().enumerate() {
            let line = line_of(&row.span());
            let mut complaints = Vec::new();
            let entry = Reading { rules, complaints: &mut complaints }.entry(at + 1, line, row.into_inner());
            entries.extend(entry);
            errors.extend(complaints.into_iter().map(|message| AcceptError { line, message }));
        }
        if errors.is_empty() { Ok(Self { entries }) } else { Err(errors) }
    }
}

fn line(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count()
}

/// An entry being read.
struct Reading<'r> {
    rules: &'r Rules,
    complaints: &'r mut Vec<String>,
}

impl Reading<'_> {
    fn entry(&mut self, entry: usize, line: usize, row: Row) -> Option<Entry> {
        let path = |text: String| Wildcard::new(&paths::clean(&text));
        let source = self.needed(row.source, "source", "the path of the program, or '*' for any");
        let target = self.needed(row.target, "target", "the path of the program, or '*' for any");
        let classes = self.classes(row.start);
        let place = self.place(row.module, row.function);
        if classes.as_ref().is_some_and(Vec::is_empty) && place.is_none() {
            self.complain(
                "the entry names no start, so it would accept any injection between the two: add start, a \
                 class such as \"load-library\" (`threadhunt rules list`), or module and function",
            );
        }
        let reason = self.needed(row.reason, "reason", "why this is no attack");
        let owner = self.needed(row.owner, "owner", "who answers for it");
        let expires = self.expires(row.expires);
        let max_severity = self.severity(row.max_severity);
        if !self.complaints.is_empty() {
            return None;
        }
        let acceptance = Acceptance {
            entry,
            line,
            reason: reason?.into(),
            owner: owner?.into(),
            expires: expires?.to_string().into(),
        };
        Some(Entry {
            acceptance: Arc::new(acceptance),
            source: path(source?),
            target: path(target?),
            classes: classes?,
            place,
            computer: row.computer.as_deref().map(Wildcard::new),
            user: row.user.as_deref().map(Wildcard::new),
            max_severity,
        })
    }

    fn complain(&mut self, message: impl Into<String>) {
        self.complaints.push(message.into());
    }

    fn needed(&mut self, value: Option<String>, key: &str, what: &str) -> Option<String> {
        let value = value.filter(|value| !value.trim().is_empty());
        if value.is_none() {
            self.complain(format!("the entry has no {key}: add {key}, {what}"));
        }
        value
    }

    /// The classes of `start`; none where there is no such key.
    fn classes(&mut self, start: Option<Value>) -> Option<Vec<String>> {
        let texts = match start {
            None => return Some(Vec::new()),
            Some(Value::String(class)) => Some(vec![class]),
            Some(Value::Array(classes)) if !classes.is_empty() => {
                classes.iter().map(|class| class.as_str().map(str::to_owned)).collect()
            }
            Some(_) => None,
        };
        let Some(classes) = texts else {
            self.complain("start is a class such as \"load-library\", or a list of such");
            return None;
        };
        let is_class =
            |class: &&String| self.rules.get(class).is_some_and(|rule| rule.group() == Group::Start);
        let unknown: Vec<&String> = classes.iter().filter(|class| !is_class(class)).collect();
        for class in unknown {
            self.complaints.push(format!(
                "there is no start class \"{class}\"; `threadhunt rules list` names them below start"
            ));
        }
        Some(classes)
    }

    fn place(&mut self, module: Option<String>, function: Option<String>) -> Option<(Wildcard, Wildcard)> {
        let (module, function) = match (module, function) {
            (None, None) => return None,
            (Some(module), Some(function)) => (module, function),
            _ => {
                self.complain("module and function name a start together: add the other one");
                return None;
            }
        };
        let is_any = |text: &str| text.chars().all(|c| c == '*');
        if is_any(&module) && is_any(&function) {
            self.complain("module and function name no start when both are any: name one of them");
        }
        Some((Wildcard::new(&paths::clean(&module)), Wildcard::new(&function)))
    }

    fn expires(&mut self, value: Option<Value>) -> Option<Date> {
        let text = match value {
            None => {
                self.complain("the entry has no expires: add expires, the last day on which it holds");
                return None;
            }
            Some(Value::Datetime(date)) => date.to_string(),
            Some(Value::String(text)) => text,
            Some(_) => String::new(),
        };
        let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
        if date.is_none() {
            self.complain("expires is a day such as 2027-01-31");
        }
        date
    }

    fn severity(&mut self, name: Option<String>) -> Option<Severity> {
        let name = name?;
        let severity = Severity::ALL.into_iter().find(|severity| severity.name() == name);
        if severity.is_none() {
            self.complain("max_severity is one of info, low, medium, high, critical");
        }
        severity
    }
}
