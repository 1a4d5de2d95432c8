//! The file of accepted patterns: TOML, read whole, refused with every complaint.

use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;
use serde::Deserialize;
use toml::{Spanned, Value};

use super::{Accepted, Entry, Path};
use crate::detect::rules::Rules;
use crate::detect::{paths, toml_fault};
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

/// An entry as written, each value with its place; those that can have several forms are looked at later.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    source: Written<String>,
    target: Written<String>,
    start: Written<Value>,
    module: Written<String>,
    function: Written<String>,
    computer: Option<String>,
    user: Option<String>,
    reason: Written<String>,
    owner: Written<String>,
    expires: Written<Value>,
    max_severity: Written<String>,
}

/// A value with its place, where it is given.
type Written<T> = Option<Spanned<T>>;

impl Accepted {
    /// Reads a list.
    ///
    /// # Errors
    ///
    /// With the first place that is not TOML or has an unknown key, or else with everything that is
    /// wrong in entries, in the order of lines: a list is used whole or not at all.
    pub fn parse(text: &str, rules: &Rules) -> Result<Self, Vec<AcceptError>> {
        let lines = Lines::of(text);
        let list: List = toml::from_str(text).map_err(|error| {
            let (line, message) = toml_fault(text, &error);
            vec![AcceptError { line, message }]
        })?;
        let mut errors = Vec::new();
        let mut entries = Vec::new();
        for (at, row) in list.accept.into_iter().enumerate() {
            let line = lines.line(&row.span());
            let reading = Reading { rules, lines: &lines, line, errors: Vec::new() };
            match reading.entry(at + 1, row.into_inner()) {
                Ok(entry) => entries.push(entry),
                Err(wrong) => errors.extend(wrong),
            }
        }
        errors.sort_by_key(|error| error.line);
        if errors.is_empty() { Ok(Self { entries }) } else { Err(errors) }
    }
}

/// Where the lines of a text end.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(memchr::memchr_iter(b'\n', text.as_bytes()).collect())
    }

    /// The line on which a place begins, from 1.
    fn line(&self, place: &Range<usize>) -> usize {
        1 + self.0.partition_point(|end| *end < place.start)
    }
}

/// An entry being read.
struct Reading<'r> {
    rules: &'r Rules,
    lines: &'r Lines,
    /// The entry's own line.
    line: usize,
    errors: Vec<AcceptError>,
}

impl Reading<'_> {
    fn entry(mut self, entry: usize, row: Row) -> Result<Entry, Vec<AcceptError>> {
        let source = self.needed(row.source, "source", "the path of the program, or '*' for any");
        let target = self.needed(row.target, "target", "the path of the program, or '*' for any");
        let classes = self.classes(row.start);
        let place = self.place(row.module, row.function);
        if classes.as_ref().is_some_and(Vec::is_empty) && place.is_none() {
            self.complain_of_entry(
                "the entry names no start, so it would accept any injection between the two: add start, a \
                 class such as \"load-library\" (`threadhunt rules list`), or module and function",
            );
        }
        let reason = self.needed(row.reason, "reason", "why this is no attack");
        let owner = self.needed(row.owner, "owner", "who answers for it");
        let expires = self.expires(row.expires);
        let max_severity = self.severity(row.max_severity);
        let (Some(source), Some(target), Some(classes), true) =
            (source, target, classes, self.errors.is_empty())
        else {
            return Err(self.errors);
        };
        let acceptance = Acceptance {
            entry,
            line: self.line,
            reason: reason.unwrap_or_default().into(),
            owner: owner.unwrap_or_default().into(),
            expires: expires.unwrap_or_default().to_string().into(),
        };
        Ok(Entry {
            acceptance: Arc::new(acceptance),
            source: Path::new(&source),
            target: Path::new(&target),
            classes,
            place,
            computer: row.computer.as_deref().map(Wildcard::new),
            user: row.user.as_deref().map(Wildcard::new),
            max_severity,
        })
    }

    /// Complains of something that stands in the text.
    fn complain(&mut self, place: &Range<usize>, message: impl Into<String>) {
        self.errors.push(AcceptError { line: self.lines.line(place), message: message.into() });
    }

    /// Complains of something that is missing.
    fn complain_of_entry(&mut self, message: impl Into<String>) {
        self.errors.push(AcceptError { line: self.line, message: message.into() });
    }

    fn needed(&mut self, value: Written<String>, key: &str, what: &str) -> Option<String> {
        let Some(value) = value else {
            self.complain_of_entry(format!("the entry has no {key}: add {key}, {what}"));
            return None;
        };
        if value.get_ref().trim().is_empty() {
            self.complain(&value.span(), format!("{key} is empty: it is {what}"));
            return None;
        }
        Some(value.into_inner())
    }

    /// The classes of `start`; none where there is no such key.
    fn classes(&mut self, start: Written<Value>) -> Option<Vec<String>> {
        let Some(start) = start else { return Some(Vec::new()) };
        let place = start.span();
        let texts = match start.into_inner() {
            Value::String(class) => Some(vec![class]),
            Value::Array(classes) if !classes.is_empty() => {
                classes.iter().map(|class| class.as_str().map(str::to_owned)).collect()
            }
            _ => None,
        };
        let Some(classes) = texts else {
            self.complain(&place, "start is a class such as \"load-library\", or a list of such");
            return None;
        };
        let is_class =
            |class: &String| self.rules.get(class).is_some_and(|rule| rule.group() == Group::Start);
        let unknown: Vec<&String> = classes.iter().filter(|class| !is_class(class)).collect();
        for class in unknown {
            self.complain(
                &place,
                format!(
                    "there is no start class \"{class}\"; `threadhunt rules list` names them below start"
                ),
            );
        }
        Some(classes)
    }

    fn place(&mut self, module: Written<String>, function: Written<String>) -> Option<(Wildcard, Wildcard)> {
        let (module, function) = match (module, function) {
            (None, None) => return None,
            (Some(module), Some(function)) => (module, function),
            (Some(alone), None) | (None, Some(alone)) => {
                self.complain(&alone.span(), "module and function name a start together: add the other one");
                return None;
            }
        };
        let is_any = |text: &str| text.chars().all(|c| c == '*');
        if is_any(module.get_ref()) && is_any(function.get_ref()) {
            self.complain(
                &module.span(),
                "module and function name no start when both are any: name one of them",
            );
        }
        let module = paths::clean(module.get_ref());
        Some((Wildcard::new(&module), Wildcard::new(function.get_ref())))
    }

    fn expires(&mut self, value: Written<Value>) -> Option<Date> {
        let Some(value) = value else {
            self.complain_of_entry("the entry has no expires: add expires, the last day on which it holds");
            return None;
        };
        let text = match value.get_ref() {
            Value::Datetime(date) => date.to_string(),
            Value::String(text) => text.clone(),
            _ => String::new(),
        };
        let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
        if date.is_none() {
            self.complain(&value.span(), "expires is a day such as 2027-01-31");
        }
        date
    }

    fn severity(&mut self, name: Written<String>) -> Option<Severity> {
        let name = name?;
        let severity = Severity::ALL.into_iter().find(|severity| severity.name() == name.get_ref());
        if severity.is_none() {
            self.complain(&name.span(), "max_severity is one of info, low, medium, high, critical");
        }
        severity
    }
}
