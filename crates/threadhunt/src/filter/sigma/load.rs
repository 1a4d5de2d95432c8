//! Loading: from texts of rules to a rule set, and what became of each rule.

use std::sync::Arc;

use rsigma_parser::{
    CorrelationRule, FilterRule, FilterRuleTarget, Level, LogSource, SigmaRule, Status, parse_sigma_yaml,
};

use super::check::{Check, Policy};
use super::compile::{Compiler, Expr, Placeholders, Tables, Wrong, all};
use super::correlation::Correlation;
use super::logsource::Elsewhere;
use super::pattern::{Anchor, Pattern};
use super::rules::{Compiled, RuleSet};
use super::subject::Subject;
use super::{contradiction, guard, logsource, reach};
use crate::report::{SigmaLevel, SigmaRule as Rule};
use crate::schema::Platform;

/// What became of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can fit events.
    Ready,
    /// It speaks of another log than Sysmon's: which.
    OtherLog(String),
    /// No event of Sysmon's can fit it: why.
    Never(String),
    /// It cannot be used: why.
    Refused(String),
}

impl Standing {
    /// Whether the rule takes part.
    pub fn is_ready(&self) -> bool {
        matches!(self, Self::Ready)
    }
}

/// What kind of document an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A rule over single events.
    Rule,
    /// A rule over what other rules find.
    Correlation,
    /// An addition to other rules.
    Filter,
}

/// One rule as it was loaded, or was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The file as named to the loader.
    pub file: String,
    /// The line to look at: where the trouble is if that is known, or the document begins.
    pub line: usize,
    /// What it is.
    pub kind: EntryKind,
    /// The rule's id.
    pub id: Option<String>,
    /// The rule's title; empty where not even that could be read.
    pub title: String,
    /// What became of it.
    pub standing: Standing,
    /// What else its author should know.
    pub notes: Vec<String>,
}

/// What a loader made.
#[derive(Debug)]
pub struct Loaded {
    /// The rules that can fit events.
    pub rules: RuleSet,
    /// Every rule that was given, in the order in which they were given.
    pub entries: Vec<Entry>,
}

impl Loaded {
    /// How many rules, or files without one, cannot be used.
    pub fn refused(&self) -> u64 {
        let is_refused = |entry: &&Entry| matches!(entry.standing, Standing::Refused(_));
        self.entries.iter().filter(is_refused).count() as u64
    }
}

/// A document and where it stood.
#[derive(Debug)]
struct Placed<T> {
    document: T,
    entry: usize,
    text: String,
}

/// Takes texts of rules.
#[derive(Debug, Default)]
pub struct Loader {
    policy: Policy,
    placeholders: Placeholders,
    entries: Vec<Entry>,
    rules: Vec<Placed<SigmaRule>>,
    correlations: Vec<Placed<CorrelationRule>>,
    filters: Vec<Placed<FilterRule>>,
}

impl Loader {
    /// A loader without rules.
    pub fn new(policy: Policy) -> Self {
        Self { policy, ..Self::default() }
    }

    /// Gives the values of a placeholder, `%name%` in rules with `expand`.
    pub fn placeholder(&mut self, name: &str, values: impl IntoIterator<Item = String>) {
        self.placeholders.entry(name.to_owned()).or_default().extend(values);
    }

    /// Takes a text of rules, which may hold several documents.
    pub fn add(&mut self, file: &str, text: &str) {
        if let Err(reason) = guard::check(text) {
            self.refuse(file, 1, reason);
            return;
        }
        if !has_actions(text) {
            let documents = documents(text);
            if documents.is_empty() {
                self.refuse(file, 1, NO_RULE.to_owned());
            }
            documents.into_iter().for_each(|(line, document)| self.add_document(file, line, document));
        } else if text.lines().filter(|line| is_mark(line)).count().saturating_mul(text.len()) > MAX_MERGED {
            self.refuse(file, 1, "its actions would make too much of it".to_owned());
        } else {
            self.add_document(file, 1, text);
        }
    }

    /// Tells of a file that could not be read as text.
    pub fn refuse(&mut self, file: &str, line: usize, reason: String) {
        self.refuse_titled(file, line, "", reason);
    }

    fn refuse_titled(&mut self, file: &str, line: usize, title: &str, reason: String) {
        self.push(file, line, EntryKind::Rule, None, title);
        self.settle(self.entries.len() - 1, Standing::Refused(reason));
    }

    fn push(&mut self, file: &str, line: usize, kind: EntryKind, id: Option<&String>, title: &str) -> usize {
        self.entries.push(Entry {
            file: file.to_owned(),
            line,
            kind,
            id: id.cloned(),
            title: title.to_owned(),
            standing: Standing::Ready,
            notes: Vec::new(),
        });
        self.entries.len() - 1
    }

    fn settle(&mut self, entry: usize, standing: Standing) {
        self.entries[entry].standing = standing;
    }

    fn add_document(&mut self, file: &str, line: usize, text: &str) {
        let parsed = match parse_sigma_yaml(text) {
            Ok(parsed) => parsed,
            Err(error) => return self.refuse_titled(file, line, title_of(text), error.to_string()),
        };
        let before = self.entries.len();
        let title = title_of(text);
        let text = || text.to_owned();
        for document in parsed.rules {
            let entry = self.push(file, line, EntryKind::Rule, document.id.as_ref(), &document.title);
            self.rules.push(Placed { document, entry, text: text() });
        }
        for document in parsed.correlations {
            let entry = self.push(file, line, EntryKind::Correlation, document.id.as_ref(), &document.title);
            self.correlations.push(Placed { document, entry, text: text() });
        }
        for document in parsed.filters {
            let entry = self.push(file, line, EntryKind::Filter, document.id.as_ref(), &document.title);
            self.filters.push(Placed { document, entry, text: text() });
        }
        // What was read has warnings; what was not, reasons.
        if self.entries.len() > before {
            self.entries[before].notes.extend(parsed.errors.iter().map(|error| one_line(error)));
            return;
        }
        if parsed.errors.is_empty() {
            self.refuse_titled(file, line, title, NO_RULE.to_owned());
        }
        for error in parsed.errors {
            self.refuse_titled(file, line + line_of(&error), title, one_line(&error));
        }
    }

    /// Compiles what was taken.
    pub fn finish(mut self) -> Loaded {
        let mut tables = Tables::default();
        let mut compiled = Vec::new();
        for placed in std::mem::take(&mut self.rules) {
            match self.compile(&placed, &mut tables) {
                Ok(rule) => compiled.push((placed.document.logsource, rule)),
                Err((line, standing)) => {
                    self.entries[placed.entry].line += line;
                    self.settle(placed.entry, standing);
                }
            }
        }
        for placed in std::mem::take(&mut self.filters) {
            if let Err(wrong) = self.apply(&placed.document, &mut compiled, &mut tables) {
                self.entries[placed.entry].line += place_of(&placed.text, wrong.field.as_deref());
                self.settle(placed.entry, Standing::Refused(wrong.reason));
            }
        }
        let compiled: Vec<Compiled> = compiled.into_iter().map(|(_, rule)| rule).collect();
        self.index(compiled, tables)
    }

    fn index(mut self, mut compiled: Vec<Compiled>, mut tables: Tables) -> Loaded {
        let mut correlations = Vec::new();
        for placed in std::mem::take(&mut self.correlations) {
            let CorrelationRule { level, status, author, tags, .. } = &placed.document;
            let about = self.about(placed.entry, *level, *status, author.as_ref(), tags);
            match Correlation::compile(&placed.document, Arc::new(about), &mut compiled, &mut tables) {
                Ok(correlation) => correlations.push(correlation),
                Err(standing) => self.settle(placed.entry, standing),
            }
        }
        match RuleSet::new(compiled, tables, self.policy) {
            Ok(mut rules) => {
                rules.watch(correlations);
                Loaded { rules, entries: self.entries }
            }
            Err(reason) => {
                for entry in self.entries.iter_mut().filter(|entry| entry.standing.is_ready()) {
                    entry.standing = Standing::Refused(reason.clone());
                }
                Loaded { rules: RuleSet::default(), entries: self.entries }
            }
        }
    }

    fn about(
        &self,
        entry: usize,
        level: Option<Level>,
        status: Option<Status>,
        author: Option<&String>,
        tags: &[String],
    ) -> Rule {
        let entry = &self.entries[entry];
        Rule {
            id: entry.id.clone(),
            title: entry.title.clone(),
            level: level.map(of_level),
            tags: tags.to_vec(),
            file: entry.file.clone(),
            line: entry.line,
            status: status.map(|status| format!("{status:?}").to_lowercase()),
            author: author.cloned(),
            log_source: None,
        }
    }

    /// A compiled rule; or the line within its text that is to blame, and what becomes of it.
    fn compile(
        &mut self,
        placed: &Placed<SigmaRule>,
        tables: &mut Tables,
    ) -> Result<Compiled, (usize, Standing)> {
        let rule = &placed.document;
        let source = logsource::resolve(&rule.logsource).map_err(|elsewhere| match elsewhere {
            Elsewhere::Other(log) => (0, Standing::OtherLog(log)),
            Elsewhere::Misspelt(reason) => {
                (place_of(&placed.text, Some("category")), Standing::Never(reason))
            }
        })?;
        let refused =
            |wrong: Wrong| (place_of(&placed.text, wrong.field.as_deref()), Standing::Refused(wrong.reason));
        let expr = Compiler::new(tables, &self.placeholders).compile(&rule.detection).map_err(refused)?;
        let mut kinds = source.kinds.clone();
        kinds.retain(|kind| reach::can_hold(&expr, *kind, tables, self.policy));
        let strangers = reach::strangers(&expr, &source.kinds, tables);
        if kinds.is_empty() {
            let line = place_of(&placed.text, strangers.first().copied());
            return Err((line, Standing::Never(never(&strangers, &source.kinds))));
        }
        kinds.retain(|kind| !contradiction::contradicts(&expr, *kind, tables, self.policy));
        if kinds.is_empty() {
            return Err((
                place_of(&placed.text, Some("condition")),
                Standing::Never(CONTRADICTION.to_owned()),
            ));
        }
        let notes = strangers.iter().map(|name| format!("`{name}` is no field of {}", events(&source.kinds)));
        self.entries[placed.entry].notes.extend(notes);
        let expr =
            with_event_types(expr, source.event_types, tables).map_err(|reason| refused(reason.into()))?;
        let about = self.about(placed.entry, rule.level, rule.status, rule.author.as_ref(), &rule.tags);
        let about = Rule { log_source: Some(spelled(&rule.logsource)), ..about };
        Ok(Compiled { rule: Arc::new(about), is_silent: false, name: rule.name.clone(), kinds, expr })
    }

    /// Adds a filter to the rules that it names.
    fn apply(
        &self,
        filter: &FilterRule,
        compiled: &mut [(LogSource, Compiled)],
        tables: &mut Tables,
    ) -> Result<(), Wrong> {
        let expr = Compiler::new(tables, &self.placeholders).compile(&filter.detection)?;
        let mut count = 0;
        for (source, rule) in compiled {
            let named = match &filter.rules {
                FilterRuleTarget::Any => true,
                FilterRuleTarget::Specific(names) => names.iter().any(|name| rule.is_called(name)),
            };
            if named && filter.logsource.as_ref().is_none_or(|wanted| covers(wanted, source)) {
                let old = std::mem::replace(&mut rule.expr, Expr::Any(Vec::new()));
                rule.expr = all(vec![old, expr.clone()]);
                count += 1;
            }
        }
        if count == 0 { Err("it names no rule that can fit events".to_owned().into()) } else { Ok(()) }
    }
}

impl Compiled {
    /// Whether a filter or a correlation means this rule.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.rule.id.as_deref() == Some(name) || self.name.as_deref() == Some(name)
    }
}

fn of_level(level: Level) -> SigmaLevel {
    match level {
        Level::Informational => SigmaLevel::Informational,
        Level::Low => SigmaLevel::Low,
        Level::Medium => SigmaLevel::Medium,
        Level::High => SigmaLevel::High,
        Level::Critical => SigmaLevel::Critical,
    }
}

/// `windows/create_remote_thread`: what a log source says, in the order from wide to narrow.
fn spelled(source: &LogSource) -> String {
    let parts = [&source.product, &source.category, &source.service];
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("/")
}

/// Whether a filter's log source says nothing else than a rule's.
fn covers(wanted: &LogSource, source: &LogSource) -> bool {
    let agrees = |wanted: &Option<String>, given: &Option<String>| wanted.is_none() || wanted == given;
    agrees(&wanted.product, &source.product)
        && agrees(&wanted.category, &source.category)
        && agrees(&wanted.service, &source.service)
}

fn with_event_types(expr: Expr, types: &[&str], tables: &mut Tables) -> Result<Expr, String> {
    if types.is_empty() {
        return Ok(expr);
    }
    let subject = tables.subject(Subject::find("EventType"))?;
    let tests: Result<_, String> = types
        .iter()
        .map(|name| tables.test(subject, Check::Text(Pattern::literal(Anchor::Whole, name, false))))
        .collect();
    Ok(all(vec![super::compile::any(tests?), expr]))
}

const CONTRADICTION: &str = "its condition contradicts itself: no event can fit all that it asks for";

/// Why no event fits.
fn never(strangers: &[&str], kinds: &[logsource::Kind]) -> String {
    match strangers {
        [] => format!("its condition can hold for no {}", events(kinds)),
        names => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            format!("it needs {}, which {} does not have", names.join(", "), events(kinds))
        }
    }
}

/// How messages name the events of these kinds.
pub(super) fn events(kinds: &[logsource::Kind]) -> String {
    let mut ids: Vec<u16> = kinds.iter().map(|(_, id)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() > 4 {
        return "Sysmon event".to_owned();
    }
    let ids: Vec<String> = ids.iter().map(u16::to_string).collect();
    let linux = kinds.iter().all(|(platform, _)| *platform == Platform::Linux);
    format!("Sysmon event {}{}", ids.join(" or "), if linux { " on Linux" } else { "" })
}

/// The documents of a text, each from its first line that says something, and the number of that line.
fn documents(text: &str) -> Vec<(usize, &str)> {
    let mut documents = vec![(1, 0, 0)];
    let mut at = 0;
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        if is_mark(line) && at > 0 {
            documents.push((number, at, at));
        }
        at += line.len();
        if let Some((_, _, end)) = documents.last_mut() {
            *end = at;
        }
    }
    documents.into_iter().filter_map(|(line, start, end)| said(line, &text[start..end])).collect()
}

/// Whether a line ends one document and begins another.
fn is_mark(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| rest.trim_end().is_empty() || rest.starts_with([' ', '\t']))
}

/// A document without the lines before its first key; nothing where there is none.
fn said(mut line: usize, mut text: &str) -> Option<(usize, &str)> {
    loop {
        let first = text.split_inclusive('\n').next()?;
        let says = !matches!(first.trim(), "" | "---" | "...") && !first.trim_start().starts_with(['#', '%']);
        if says {
            return Some((line, text));
        }
        (line, text) = (line + 1, &text[first.len()..]);
    }
}

/// Whether documents of the text change each other, so that it has to stay whole.
fn has_actions(text: &str) -> bool {
    text.lines().any(|line| line.trim_start_matches(['{', '"', '\'']).starts_with("action"))
}

const NO_RULE: &str = "there is no rule in it";

/// Most bytes that documents may come to when each is added to the ones before it.
const MAX_MERGED: usize = 256 << 20;

/// The title in a document that could not be read, as it stands in its line; empty where there is none.
fn title_of(text: &str) -> &str {
    let title = text.lines().find_map(|line| line.strip_prefix("title:")).unwrap_or_default().trim();
    title.trim_matches(['"', '\''])
}

/// Lines between a document's first and the one where a field stands; none where it is not found.
fn place_of(text: &str, field: Option<&str>) -> usize {
    let Some(field) = field else { return 0 };
    let names = |line: &str| {
        let key = line.trim_start().trim_start_matches("- ").trim_start_matches(['\'', '"']);
        key.strip_prefix(field).is_some_and(|rest| rest.starts_with([':', '|', '\'', '"']))
    };
    text.lines().position(names).unwrap_or(0)
}

/// The line that a message of the YAML parser names, from 0.
fn line_of(message: &str) -> usize {
    let number = message.split("at line ").nth(1).and_then(|rest| rest.split(' ').next());
    number.and_then(|number| number.parse::<usize>().ok()).map_or(0, |line| line.saturating_sub(1))
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}
