//! A set of names and patterns, for tests of rules: quick where a name has no `*`.

use std::collections::HashSet;

use serde::Deserialize;

use crate::event::Wildcard;

/// Names in lower case, patterns with `*` and `?` among them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Vec<String>")]
pub(super) struct Names {
    exact: HashSet<String>,
    patterns: Vec<Wildcard>,
    written: Vec<String>,
}

impl From<Vec<String>> for Names {
    fn from(written: Vec<String>) -> Self {
        let is_pattern = |name: &&String| Wildcard::is_pattern(name);
        Self {
            exact: written.iter().filter(|name| !is_pattern(name)).map(|name| name.to_lowercase()).collect(),
            patterns: written.iter().filter(is_pattern).map(|name| Wildcard::new(name)).collect(),
            written,
        }
    }
}

impl Names {
    /// Whether a name in lower case is one of them.
    pub(super) fn contain(&self, name: &str) -> bool {
        self.exact.contains(name) || self.patterns.iter().any(|pattern| pattern.matches(name))
    }

    /// The names as the table has them.
    pub(super) fn written(&self) -> &[String] {
        &self.written
    }
}
