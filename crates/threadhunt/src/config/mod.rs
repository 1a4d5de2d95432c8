//! Sysmon configurations: read as Sysmon reads them, decided as Sysmon decides.
//!
//! A configuration has two lives. [`Config`] is what a person wrote: every element, attribute and
//! value with its place in the text. [`Policy`] is what runs: it says of an event whether it is
//! logged and under which rule's name, exactly as the engine that Microsoft published does, with
//! its oddities; sections of `rules.c` and `xml.cpp` of SysmonCommon are named where they matter.
//!
//! [`parse`] returns what it understood and every [`Diagnostic`]. An error means that the Sysmon
//! that is [`Imitated`] refuses the file or dies of it; a warning, that it takes the file and
//! probably does not do what was meant.
//!
//! The values of an event are compared as text. Environment variables (`%SystemRoot%`) cannot be
//! known from a log, so they are compared literally, as Sysmon for Linux does.

use std::ops::Range;

use crate::report::{Diagnostic, Level};
use crate::schema::FieldId;

mod choice;
mod compare;
mod diff;
mod explain;
mod fmt;
mod index;
mod layouts;
mod lint;
mod markup;
mod merge;
mod near;
mod operator;
mod options;
mod parse;
mod policy;
mod stranger;
mod summary;
mod text;
mod version;
mod words;

pub use compare::OrderMatters;
pub use diff::{ConfigDiff, FilterChange, FilterDiff, OptionDiff, RuleChange, RuleDiff, TagDiff};
pub use explain::{
    ConditionSteps, Explanation, FilterOutcome, FilterSteps, ItemSteps, NameSource, Outcome, SeenField,
    Skipped,
};
pub use fmt::{FormatError, canonical};
pub use index::Decider;
pub use merge::{MergeCode, MergeFinding, MergeLevel, Merged, merge};
pub use near::Near;
pub use operator::Operator;
pub use options::OptionElement;
pub use parse::parse;
pub use policy::{Decision, Policy, Subject, Verdict};
pub use summary::{Outlook, TagSummary};
pub use text::{Encoding, MAX_BYTES};
pub use version::{Imitated, ImitatedError, SchemaVersion};

/// Something with its place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// What it is, as Sysmon reads it: entities resolved, blanks treated as by its XML parser.
    pub value: T,
    /// Bytes of the text.
    pub span: Range<usize>,
}

/// What came of reading a configuration.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// What was understood; of a file that is no XML at all, nothing but its text.
    pub config: Config,
    /// Every complaint, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// How many more complaints there were than are kept.
    pub omitted: usize,
    /// How the text is written; `None` where the bytes are no text.
    pub encoding: Option<Encoding>,
}

impl Parsed {
    /// Whether Sysmon takes the configuration.
    pub fn is_accepted(&self) -> bool {
        self.diagnostics.iter().all(|complaint| complaint.level() < Level::Error)
    }

    /// What runs; `None` where Sysmon refuses the configuration.
    pub fn policy(&self) -> Option<Policy> {
        self.is_accepted().then(|| Policy::new(&self.config))
    }
}

/// A configuration as written.
#[derive(Clone, Debug)]
pub struct Config {
    /// The text that all spans lie in: the file in UTF-8, its byte order mark kept where it was UTF-8.
    pub text: String,
    /// Whose reading it is.
    pub imitated: Imitated,
    /// The schema version that the file declares.
    pub schema: Option<Spanned<SchemaVersion>>,
    /// Options in order.
    pub options: Vec<OptionElement>,
    /// Rule groups in order.
    pub groups: Vec<RuleGroup>,
    /// Filters of events in order, whatever group and whatever `EventFiltering` they stand in.
    pub filters: Vec<Filter>,
}

/// What a filter does with the events it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnMatch {
    /// They are logged.
    Include,
    /// They are dropped.
    Exclude,
}

/// How conditions stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// One is enough.
    Or,
    /// All are needed.
    And,
}

/// A `RuleGroup`.
#[derive(Clone, Debug)]
pub struct RuleGroup {
    /// The whole element.
    pub span: Range<usize>,
    /// Its name.
    pub name: Option<Spanned<String>>,
    /// How the items of its filters stand together; `None` only in a file that is refused.
    pub relation: Option<Spanned<Relation>>,
}

/// A filter: an element such as `CreateRemoteThread` with its rules.
#[derive(Clone, Debug)]
pub struct Filter {
    /// The tag, and the place of its name.
    pub tag: Spanned<&'static str>,
    /// The whole element.
    pub span: Range<usize>,
    /// Include or exclude; `None` where the attributes say neither or both.
    pub on_match: Option<Spanned<OnMatch>>,
    /// Index of the group that it stands in.
    pub group: Option<usize>,
    /// Loose conditions and Rules in order.
    pub items: Vec<Item>,
    /// Id of the event after whose layout the fields are found; `None` where Sysmon leaves the filter out.
    pub bound: Option<u16>,
}

impl Filter {
    /// All conditions in order, within Rules or loose.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.items.iter().flat_map(Item::conditions)
    }
}

/// What stands in a filter.
#[derive(Clone, Debug)]
pub enum Item {
    /// A condition that stands alone.
    Condition(Condition),
    /// Conditions that stand together.
    Rule(Rule),
}

impl Item {
    /// The conditions: one, or those of the Rule.
    pub fn conditions(&self) -> &[Condition] {
        match self {
            Self::Condition(condition) => std::slice::from_ref(condition),
            Self::Rule(rule) => &rule.conditions,
        }
    }

    /// The whole element.
    pub fn span(&self) -> &Range<usize> {
        match self {
            Self::Condition(condition) => &condition.span,
            Self::Rule(rule) => &rule.span,
        }
    }
}

/// A `Rule`.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The whole element.
    pub span: Range<usize>,
    /// Its name; one that is present and empty hides the group's.
    pub name: Option<Spanned<String>>,
    /// How its conditions stand together. Absent means "or"; any text but "or" means "and".
    pub relation: Option<Spanned<Relation>>,
    /// Its conditions in order.
    pub conditions: Vec<Condition>,
}

impl Rule {
    /// How its conditions stand together.
    pub fn relation(&self) -> Relation {
        self.relation.as_ref().map_or(Relation::Or, |relation| relation.value)
    }
}

/// A condition on a field.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The whole element.
    pub span: Range<usize>,
    /// The field, and the place of its name.
    pub field: Spanned<FieldId>,
    /// The operator; where no attribute names it, at the place of the field's name.
    pub operator: Spanned<Operator>,
    /// The name of its own; one that is present and empty hides those of Rule and group.
    pub name: Option<Spanned<String>>,
    /// The value, as the operator sees it.
    pub value: Spanned<String>,
}

impl Config {
    /// Options that Sysmon sets, in order.
    pub fn set_options(&self) -> impl Iterator<Item = &OptionElement> {
        self.options.iter().filter(|option| option.is_set)
    }

    /// How the items of a filter stand together.
    ///
    /// Without a group, "or" up to schema 4.10 and "and" above.
    pub fn relation(&self, filter: &Filter) -> Relation {
        let group = filter.group.and_then(|index| self.groups.get(index));
        let written = group.and_then(|group| group.relation.as_ref());
        let old = self.schema.as_ref().is_some_and(|schema| schema.value <= SchemaVersion::hundredths(410));
        written.map_or(if old { Relation::Or } else { Relation::And }, |relation| relation.value)
    }

    /// The name that a condition sets when it matches; empty for none.
    ///
    /// Its own, else its Rule's, else the group's; the first that is present counts, empty or not.
    pub fn rule_name<'c>(
        &'c self,
        filter: &'c Filter,
        rule: Option<&'c Rule>,
        condition: &'c Condition,
    ) -> &'c str {
        self.naming(filter, rule, condition).map_or("", |name| &name.value)
    }

    /// The attribute that names a condition, present and perhaps empty.
    fn naming<'c>(
        &'c self,
        filter: &'c Filter,
        rule: Option<&'c Rule>,
        condition: &'c Condition,
    ) -> Option<&'c Spanned<String>> {
        let of_rule = rule.and_then(|rule| rule.name.as_ref());
        let of_group = || self.groups.get(filter.group?)?.name.as_ref();
        let first = of_rule.filter(|name| self.imitated.rule_names_first() && !name.value.is_empty());
        first.or(condition.name.as_ref()).or(of_rule).or_else(of_group)
    }
}

#[cfg(test)]
mod tests;
