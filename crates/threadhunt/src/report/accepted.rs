//! What a person accepted: patterns that are known, with who answers for them and until when.
//!
//! An accepted finding is kept and counted; it only leaves the cards. Texts are as the person
//! wrote them and unsafe to print as they are.

use std::sync::Arc;

/// The entry of a list by which a finding is accepted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Acceptance {
    /// Its place in the list, from 1.
    pub entry: usize,
    /// The line on which it begins, from 1.
    pub line: usize,
    /// Why it is accepted.
    pub reason: Arc<str>,
    /// Who answers for it.
    pub owner: Arc<str>,
    /// The last day on which it holds, UTC, as `2027-01-01`.
    pub expires: Arc<str>,
}
