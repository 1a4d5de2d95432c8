//! Places: where a program lies, and so who may have put it there.

use serde::Deserialize;

use super::names::Names;

/// A place, as its table writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) doc: String,
    pub(super) paths: Names,
    /// Whether the root of any drive is meant, which no pattern can say.
    #[serde(default)]
    root: bool,
}

impl Place {
    /// Whether a clean path lies there.
    pub(super) fn holds(&self, path: &str) -> bool {
        self.paths.contain(path) || self.root && is_in_root(path)
    }
}

/// `e:\setup.exe`
fn is_in_root(path: &str) -> bool {
    path.split_once(r":\").is_some_and(|(drive, rest)| drive.len() == 1 && !rest.contains('\\'))
}
