//! Rules in words: what a filter or one of its items asks, in one line for people.

use super::{Condition, Filter, Item, OnMatch};

impl OnMatch {
    /// The word of the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Include => "include",
            Self::Exclude => "exclude",
        }
    }
}

impl Filter {
    /// The filter, or one of its items, in words: ``CreateRemoteThread exclude: StartModule end with `x` ``.
    ///
    /// Values are as written, so the text is unsafe to print as it is, and as long as they are.
    pub fn in_words(&self, item: Option<&Item>) -> String {
        let words = |condition: &Condition| {
            let (field, operator) = (condition.field.value.name(), condition.operator.value.name());
            format!("{field} {operator} `{}`", condition.value.value)
        };
        let conditions: Vec<String> = match item {
            None => self.conditions().map(words).collect(),
            Some(item) => item.conditions().iter().map(words).collect(),
        };
        // What is neither is left out by Sysmon and decides over nothing.
        let on_match = self.on_match.as_ref().map_or(OnMatch::Include, |on_match| on_match.value);
        format!("{} {}: {}", self.tag.value, on_match.name(), conditions.join(", "))
    }
}
