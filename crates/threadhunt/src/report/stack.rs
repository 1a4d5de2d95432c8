//! Remote threads counted by what they have in common, as `detect` counts them and sinks print them.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::event::FileTime;

/// Rows of counts, and what they are of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackTable {
    /// What the values of each row are.
    pub columns: Vec<&'static str>,
    /// The rows that are left.
    pub rows: Vec<StackRow>,
    /// How many rows there were.
    pub all_rows: usize,
    /// Threads of all rows.
    pub threads: u64,
    /// Pairs of processes, all together.
    pub pairs: u64,
    /// Computers, all together.
    pub computers: u64,
    /// Days, all together.
    pub days: u64,
    /// Threads that have no row, because there were too many different ones.
    pub threads_elsewhere: u64,
}

/// A combination of values and what has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackRow {
    /// The values, one a column.
    pub values: Vec<Arc<str>>,
    /// Threads.
    pub threads: u64,
    /// Different pairs of processes.
    pub pairs: u64,
    /// Different computers.
    pub computers: u64,
    /// Different days.
    pub days: u64,
    /// The first thread.
    pub first: Option<FileTime>,
    /// The last thread.
    pub last: Option<FileTime>,
}

/// What rows are sorted by, the least first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StackOrder {
    /// Computers, then days, then pairs, then threads.
    #[default]
    Computers,
    /// Days.
    Days,
    /// Pairs.
    Pairs,
    /// Threads.
    Threads,
    /// The first thread.
    First,
    /// The last thread.
    Last,
}

impl StackOrder {
    /// All, as they are offered.
    pub const ALL: [Self; 6] =
        [Self::Computers, Self::Days, Self::Pairs, Self::Threads, Self::First, Self::Last];

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Computers => "computers",
            Self::Days => "days",
            Self::Pairs => "pairs",
            Self::Threads => "threads",
            Self::First => "first",
            Self::Last => "last",
        }
    }

    /// What it goes by.
    pub fn doc(self) -> &'static str {
        match self {
            Self::Computers => "Computers, then days, then pairs, then threads",
            Self::Days => "Days",
            Self::Pairs => "Pairs of processes",
            Self::Threads => "Threads",
            Self::First => "The first thread",
            Self::Last => "The last thread",
        }
    }

    fn compare(self, a: &StackRow, b: &StackRow) -> Ordering {
        let rarity = |row: &StackRow| (row.computers, row.days, row.pairs, row.threads);
        match self {
            Self::Computers => rarity(a).cmp(&rarity(b)),
            Self::Days => a.days.cmp(&b.days).then(rarity(a).cmp(&rarity(b))),
            Self::Pairs => a.pairs.cmp(&b.pairs).then(rarity(a).cmp(&rarity(b))),
            Self::Threads => a.threads.cmp(&b.threads).then(rarity(a).cmp(&rarity(b))),
            Self::First => a.first.cmp(&b.first),
            Self::Last => a.last.cmp(&b.last),
        }
    }
}

impl StackTable {
    /// Sorts the rows; equals stand in the order of their values, whichever end comes first.
    pub fn sort(&mut self, order: StackOrder, most_first: bool) {
        self.rows.sort_by(|a, b| {
            let by = order.compare(a, b);
            if most_first { by.reverse() } else { by }.then_with(|| a.values.cmp(&b.values))
        });
    }
}
