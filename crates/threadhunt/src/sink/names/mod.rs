//! Records in the names and the structure of another vocabulary.
//!
//! The rows of a vocabulary ([`schema::names`](crate::schema::names)) become one plan for each event type, made
//! once: `plan` resolves sources and groups paths, `make` has the recipes, `lines` writes JSON documents, `table`
//! CSV, and `row` gives typed cells to tables that others write. A plan runs over an event like any other format,
//! without a tree of JSON values between.
//!
//! Nothing is invented and nothing lost: a value that does not fit its name's type, and all that has no name at
//! all, goes to where the vocabulary keeps the unmapped.

use crate::schema::names::Vocabulary;

mod lines;
mod make;
mod plan;
mod row;
mod table;
#[cfg(test)]
mod tests;

pub use lines::NamedLines;
pub(super) use make::{basename, computed_hashes, cut_to_millis};
pub use row::{NamedCell, NamedColumn, NamedKind, NamedRow};
pub use table::NamedTable;

/// In whose names records are written.
#[derive(Clone, Copy, Debug)]
pub struct Naming {
    /// The vocabulary.
    pub vocabulary: &'static Vocabulary,
    /// Which words it uses for what happened, where it has both.
    pub action: ActionForm,
}

/// Words for what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ActionForm {
    /// The text of the task, as winlogbeat writes it and published rules expect it.
    #[default]
    Long,
    /// The vocabulary's own short name.
    Short,
}

impl Naming {
    /// The vocabulary with the usual words.
    pub fn new(vocabulary: &'static Vocabulary) -> Self {
        Self { vocabulary, action: ActionForm::default() }
    }
}
