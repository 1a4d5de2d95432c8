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
    /// Other places that have to do with it.
    pub related: Vec<Related>,
}

/// A place that explains a complaint about another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Bytes of the text, always on the borders of characters.
    pub span: Range<usize>,
    /// What is there; no full stop.
    pub label: String,
}

impl Diagnostic {
    /// A complaint without advice.
    pub fn new(code: DiagnosticCode, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { code, span, message: message.into(), help: None, related: Vec::new() }
    }

    /// The same with advice.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The same with another place to look at.
    #[must_use]
    pub fn related(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.related.push(Related { span, label: label.into() });
        self
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
    identifier: &'static str,
    name: &'static str,
    level: Level,
    title: &'static str,
    reason: &'static str,
    remedy: &'static str,
}

macro_rules! diagnostics {
    ($($code:ident, $name:literal, $level:ident, $title:literal, $reason:literal, $remedy:literal;)*) => {
        /// The kinds of complaints; `name` is stable and printed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum DiagnosticCode { $(#[doc = $title] $code,)* }

        /// One row a code, in the enum's order: both come from one list.
        const TABLE: &[Row] = &[$(Row {
            identifier: stringify!($code),
            name: $name,
            level: Level::$level,
            title: $title,
            reason: $reason,
            remedy: $remedy,
        },)*];

        /// All codes in order.
        const ALL: &[DiagnosticCode] = &[$(DiagnosticCode::$code,)*];
    };
}

diagnostics! {
    Encoding, "encoding", Error, "The file is neither UTF-8 nor UTF-16LE text",
        "Sysmon tells the two apart by the first two bytes and reads nothing else.",
        "Save the file as UTF-8.";
    TooLarge, "too-large", Error, "The file is larger than any configuration",
        "What is far beyond every known configuration is not read, so that a hostile file cannot exhaust the reader.",
        "Check that it is the right file; split generated rules, or use lists.";
    Doctype, "doctype", Error, "A document type declaration is not allowed",
        "Sysmon puts its own declaration in front of the file, and XML allows only one.",
        "Remove the declaration and write out the entities that it declares.";
    Xml, "xml", Error, "The file is not well-formed XML",
        "Sysmon reads nothing of a file that its XML parser refuses.",
        "Close every element, quote every attribute, and write & and < in values as &amp; and &lt;.";
    NotSysmon, "not-sysmon", Error, "The file is not a Sysmon configuration",
        "The root element of a configuration is Sysmon, in exactly this letter case.",
        "Give the configuration itself, not a page, a log or an archive that has to do with it.";
    SchemaVersion, "schema-version", Error, "The schema version is missing, malformed or unsupported",
        "Sysmon dies of a version that it cannot read, and refuses those before 4.00.",
        "Give the root element a schemaversion such as 4.90.";
    UnknownElement, "unknown-element", Error, "The schema has no such element in this place",
        "Sysmon validates the file with the schema that schemaversion names and refuses what is not in it, letter case included.",
        "Correct the spelling, move the element, or raise schemaversion.";
    StrayText, "stray-text", Error, "Text stands where only elements may",
        "Only conditions and options hold text; elsewhere the validation refuses it.",
        "Remove the text, or make it a comment.";
    UnknownAttribute, "unknown-attribute", Error, "The schema has no such attribute on this element",
        "The validation refuses attributes that are not declared, letter case included.",
        "Correct the spelling, or remove the attribute.";
    MissingAttribute, "missing-attribute", Error, "A required attribute is missing",
        "The validation refuses a RuleGroup that does not say how its conditions stand together.",
        "Add the attribute.";
    AttributeValue, "attribute-value", Error, "An attribute has a value that the schema does not list",
        "The validation compares the value with a short list, letter case included.",
        "Write one of the listed values.";
    UnknownOperator, "unknown-operator", Error, "The condition is none of Sysmon's",
        "Sysmon refuses the whole file for one operator that it does not know; names such as begins with are folklore.",
        "Write one of the sixteen operators.";
    LongName, "long-name", Error, "A rule's name is longer than Sysmon takes",
        "The limit is one of bytes, so letters beyond ASCII count more than once; Sysmon refuses the whole file.",
        "Shorten the name.";
    EmptyRule, "empty-rule", Error, "An empty Rule crashes Sysmon",
        "The loader follows the first child of a Rule without looking whether there is one.",
        "Remove the Rule.";
    OptionValue, "option-value", Error, "The value of an option is refused",
        "Sysmon checks the values of options and refuses the file.",
        "Write a value that the option takes.";
    FilterSkipped, "filter-skipped", Warning, "Sysmon leaves the filter out",
        "A filter that says neither or both of onmatch and default is skipped with a message, and the file is accepted without it.",
        "Give the filter the attribute onmatch and no other.";
    FilterLost, "filter-lost", Warning, "No event has all the fields of the filter, so Sysmon drops it",
        "A filter is bound to one event that has all its fields. Where there is none, this filter and all later ones of its tag are lost.",
        "Use fields of one event only.";
    OptionIgnored, "option-ignored", Warning, "The option sets nothing",
        "The loop over the options ends at the first one that is empty, which sets nothing itself.",
        "Write a value into the empty option, or remove it.";
    BlankRule, "blank-rule", Warning, "A Rule without conditions is ignored",
        "It holds blanks or comments only.",
        "Remove the Rule, or give it conditions.";
    RuleRelation, "rule-relation", Warning, "The conditions of a Rule stand together in another way than it seems",
        "A Rule without groupRelation needs one of its conditions, although a RuleGroup has to say so; any value but or means and.",
        "Write groupRelation on every Rule with several conditions.";
    FilterRelation, "filter-relation", Warning, "A filter without a RuleGroup does not say that all of its rules are needed",
        "Above schema 4.10 a filter outside a RuleGroup matches only where all of its rules do, loose conditions on one field aside; up to 4.10 one was enough.",
        "Put the filter into a RuleGroup with groupRelation or, if one rule is enough, otherwise and.";
    SchemaMismatch, "schema-mismatch", Warning, "The schema version does not mean what it seems to",
        "The version is read as a number with two decimals, and a version that Sysmon does not know is validated with an older one.",
        "Write the schema version of the Sysmon that will read the file, with two decimals.";
    OuterSpace, "outer-space", Warning, "Blanks around a value are part of it",
        "Sysmon up to 13.2 took blanks around a value off; newer ones compare them, line breaks included.",
        "Write the value without blanks around it.";
    EmptyItem, "empty-item", Warning, "An empty item in a list has odd effects",
        "At the end of a list it matches everything; elsewhere it is read as all that follows it, semicolons included.",
        "Remove the superfluous semicolon.";
    SilentEvent, "silent-event", Warning, "The event is never logged",
        "With two or more filters for an event, only what one of them includes is logged, and here none includes anything.",
        "Merge the excluding filters into one, or add an including filter with rules.";
    SwitchedOff, "switched-off", Warning, "Sysmon does not watch for the event at all",
        "For ImageLoad, NetworkConnect and DnsQuery the last filter decides whether Sysmon watches: an including one without rules switches it off, whatever the others say.",
        "Remove the empty filter, or move it before the others.";
    LeakingName, "leaking-name", Warning, "A rule's name can appear on events that the rule did not match",
        "Each condition that matches leaves its name, and nothing takes it back when the rest of its rule does not match.",
        "Name every rule that can be reached after it.";
    EmptyName, "empty-name", Warning, "An empty name hides the name around it",
        "The first name that is present counts, even if it is empty: events appear without any.",
        "Remove the attribute, or give a name.";
    ReversedOperator, "reversed-operator", Warning, "The operator does the reverse of its documentation",
        "excludes any holds when no item is there, excludes all when at least one is missing; the documentation has them the other way round.",
        "Check which of the two is meant, and say so in a comment.";
    ListInSingle, "list-in-single", Warning, "The operator takes no list",
        "Only the operators with any and all split their value at semicolons; for others the semicolon is part of the value.",
        "Use the operator for lists, or one condition for each item.";
    LiteralWildcard, "literal-wildcard", Warning, "There are no wildcards",
        "Sysmon compares * and ? as they are.",
        "Use contains, begin with, end with or contains all.";
    NumberAsText, "number-as-text", Warning, "Numbers are compared as text",
        "Less than and more than compare character by character, so 9 is more than 10.",
        "Use operators that compare whole values.";
    EnvironmentVariable, "environment-variable", Warning, "The value depends on the environment of each session",
        "On Windows the variable is expanded for the session of the event; where that fails the condition does not match, whatever it asks.",
        "Write the path out.";
    NeverMatches, "never-matches", Warning, "The condition can never hold",
        "The field never prints like the value, or the conditions contradict each other.",
        "Write the value as Sysmon prints the field.";
    AlwaysMatches, "always-matches", Warning, "The condition always holds",
        "An empty text is part of every text, and alternatives that exclude different values leave nothing out.",
        "Give a value, or put the conditions into a Rule with groupRelation and.";
    SharedTag, "shared-tag", Warning, "The filter works for some of its tag's events only",
        "A filter is read after the layout of one event; in other events of the tag the field stands at another place and is not found.",
        "Use fields that stand at the same place in all events of the tag.";
    Duplicate, "duplicate", Warning, "The same condition or option stands there twice",
        "A second condition changes nothing; of an option Sysmon takes the last one.",
        "Remove one of them.";
    Unreachable, "unreachable", Warning, "The rule never decides",
        "Whenever it would match, something that is tried before it matches and decides.",
        "Remove it, or make narrower what is tried before it.";
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

    /// The name as programs write one: `OuterSpace`.
    pub fn identifier(self) -> &'static str {
        self.row().identifier
    }

    /// What the code stands for, in general.
    pub fn title(self) -> &'static str {
        self.row().title
    }

    /// Why it matters, in general; whole sentences.
    pub fn reason(self) -> &'static str {
        self.row().reason
    }

    /// What to do about it, in general; whole sentences.
    pub fn remedy(self) -> &'static str {
        self.row().remedy
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
