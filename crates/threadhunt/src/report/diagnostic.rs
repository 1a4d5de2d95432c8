//! Diagnostics: what a person is told about a file that a person wrote.
//!
//! A reader of configurations returns what it understood and every complaint, never only the
//! first. Each has a stable code from one table, the exact place, a reason, and what to write
//! instead. Texts may quote the file and are unsafe to print as they are.

use std::fmt;
use std::ops::Range;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The file is accepted, and probably does not do what its author meant.
    Warning,
    /// The file is refused.
    Error,
}

impl Level {
    /// The word that is printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A complaint about a place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of thing.
    pub code: DiagnosticCode,
    /// Bytes of the text that it is about, always on the borders of characters.
    pub span: Range<usize>,
    /// What is wrong; no full stop.
    pub message: String,
    /// What to write instead, or what would happen; no full stop.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A complaint without advice.
    pub fn new(code: DiagnosticCode, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { code, span, message: message.into(), help: None }
    }

    /// The same with advice.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// How bad it is.
    pub fn level(&self) -> Level {
        self.code.level()
    }
}

/// One line without a place: `error[xml]: reason`.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = super::printable(&self.message);
        write!(f, "{}[{}]: {message}", self.level().name(), self.code.name())
    }
}

/// One row of the table of codes.
struct Row {
    name: &'static str,
    level: Level,
    title: &'static str,
}

macro_rules! diagnostics {
    ($($code:ident, $name:literal, $level:ident, $title:literal;)*) => {
        /// The kinds of complaints; `name` is stable and printed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum DiagnosticCode { $(#[doc = $title] $code,)* }

        /// One row a code, in the enum's order: both come from one list.
        const TABLE: &[Row] = &[$(Row { name: $name, level: Level::$level, title: $title },)*];

        /// All codes in order.
        const ALL: &[DiagnosticCode] = &[$(DiagnosticCode::$code,)*];
    };
}

diagnostics! {
    Encoding, "encoding", Error, "The file is neither UTF-8 nor UTF-16LE text";
    TooLarge, "too-large", Error, "The file is larger than any configuration";
    Doctype, "doctype", Error, "A document type declaration is not allowed";
    Xml, "xml", Error, "The file is not well-formed XML";
    NotSysmon, "not-sysmon", Error, "The file is not a Sysmon configuration";
    SchemaVersion, "schema-version", Error, "The schema version is missing, malformed or unsupported";
    UnknownElement, "unknown-element", Error, "The schema has no such element in this place";
    StrayText, "stray-text", Error, "Text stands where only elements may";
    UnknownAttribute, "unknown-attribute", Error, "The schema has no such attribute on this element";
    MissingAttribute, "missing-attribute", Error, "A required attribute is missing";
    AttributeValue, "attribute-value", Error, "An attribute has a value that the schema does not list";
    UnknownOperator, "unknown-operator", Error, "The condition is none of Sysmon's";
    LongName, "long-name", Error, "A rule's name is longer than Sysmon takes";
    EmptyRule, "empty-rule", Error, "An empty Rule crashes Sysmon";
    OptionValue, "option-value", Error, "The value of an option is refused";
    FilterSkipped, "filter-skipped", Warning, "Sysmon leaves the filter out";
    FilterLost, "filter-lost", Warning, "No event has all the fields of the filter, so Sysmon drops it";
    OptionIgnored, "option-ignored", Warning, "The option sets nothing";
    BlankRule, "blank-rule", Warning, "A Rule without conditions is ignored";
    SchemaMismatch, "schema-mismatch", Warning, "The schema version does not mean what it seems to";
    OuterSpace, "outer-space", Warning, "Blanks around a value are part of it";
    EmptyItem, "empty-item", Warning, "An empty item in a list has odd effects";
    SilentEvent, "silent-event", Warning, "The event is never logged";
    LeakingName, "leaking-name", Warning, "A rule's name can appear on events that the rule did not match";
    ReversedOperator, "reversed-operator", Warning, "The operator does the reverse of its documentation";
    ListInSingle, "list-in-single", Warning, "The operator takes no list";
    LiteralWildcard, "literal-wildcard", Warning, "There are no wildcards";
    NumberAsText, "number-as-text", Warning, "Numbers are compared as text";
    EnvironmentVariable, "environment-variable", Warning, "The value depends on the environment of each session";
    NeverMatches, "never-matches", Warning, "The condition can never hold";
    AlwaysMatches, "always-matches", Warning, "The condition always holds";
    SharedTag, "shared-tag", Warning, "The filter works for some of its tag's events only";
    Duplicate, "duplicate", Warning, "The same condition stands there twice";
    Unreachable, "unreachable", Warning, "The condition is never tried";
}

impl DiagnosticCode {
    /// All codes in order.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().copied()
    }

    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// The stable name, as printed.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// How bad it is.
    pub fn level(self) -> Level {
        self.row().level
    }

    /// What the code stands for, in general.
    pub fn title(self) -> &'static str {
        self.row().title
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_printable() {
        let mut names: Vec<_> = DiagnosticCode::all().map(DiagnosticCode::name).collect();
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn a_line_cannot_drive_a_terminal() {
        let complaint = Diagnostic::new(DiagnosticCode::UnknownElement, 0..1, "no \u{1b}[2J");
        assert_eq!(complaint.to_string(), r"error[unknown-element]: no \u{1b}[2J");
        assert_eq!(complaint.help("x").level(), Level::Error);
    }
}
