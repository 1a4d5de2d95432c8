//! What a scan found, as cards, a table, JSON lines or CSV.
//!
//! Each format has one function that takes a [`Scanned`](crate::report::Scanned) and writes
//! all of it. They share no structure on purpose: cards and table are for eyes and may change
//! at any time, the JSON objects and the CSV columns are promises (`docs/scan-json.md`).

mod cards;
pub(super) mod cell;
mod coverage;
pub(super) mod csv;
pub(super) mod jsonl;
pub(super) mod look;
mod table;

pub use cards::{Show, write as write_cards};
pub use csv::write as write_csv;
pub use jsonl::write as write_jsonl;
pub use look::Look;
pub use table::write as write_table;
