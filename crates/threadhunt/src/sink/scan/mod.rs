//! What a scan found, as a table, JSON lines or CSV.
//!
//! Each format has one function that takes a [`Scanned`](crate::report::Scanned) and writes
//! all of it. They share no structure on purpose: the table is for eyes and may change at any
//! time, the JSON objects and the CSV columns are promises (`docs/scan-json.md`).

mod cell;
mod csv;
mod jsonl;
mod table;

pub use csv::write as write_csv;
pub use jsonl::write as write_jsonl;
pub use table::{Look, write as write_table};
