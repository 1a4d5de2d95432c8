//! What a configuration would have hidden of a finding, and by which of its lines.
//!
//! One [`HiddenBy`] for each configuration and each thing in it that drops threads. `detect` fills
//! them. Texts quote the configuration and are unsafe to print as they are.

use std::sync::Arc;

/// Threads of a finding that a configuration would not have logged, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HiddenBy {
    /// The configuration, as it was named.
    pub configuration: Arc<str>,
    /// The line of its text that decides; `None` where nothing in it is about remote threads.
    pub line: Option<usize>,
    /// Why.
    pub why: HiddenWhy,
    /// The filter or rule in words; empty where there is none.
    pub rule: Arc<str>,
    /// How many of the finding's threads.
    pub threads: u64,
}

/// Why a configuration does not log a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HiddenWhy {
    /// A rule or filter excludes it.
    Excluded,
    /// Filters that include are there, and none includes it.
    NotIncluded,
    /// Sysmon gives up the filter that asks for a value that the event does not have.
    GivenUp,
    /// No filter is about remote threads, which are off by default.
    NoFilter,
    /// The Sysmon that is imitated does not know the event.
    NoEvent,
    /// Further rules, beyond those that are told apart.
    OtherRules,
}

impl HiddenWhy {
    /// The stable name, as printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Excluded => "excluded",
            Self::NotIncluded => "not-included",
            Self::GivenUp => "given-up",
            Self::NoFilter => "no-filter",
            Self::NoEvent => "no-event",
            Self::OtherRules => "other-rules",
        }
    }
}
