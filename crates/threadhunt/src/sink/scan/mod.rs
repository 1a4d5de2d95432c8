//! What a scan found, as cards, a table, a page, JSON lines or CSV, or in the forms of other programs.
//!
//! Each format has one function that takes a [`Scanned`](crate::report::Scanned) and writes
//! all of it. They share no structure on purpose: cards, table and page are for eyes and may
//! change at any time, the JSON objects, which the page carries, and the CSV columns are promises
//! (`docs/scan-json.md`), and the rest is what others ask for (`docs/scan-formats.md`).

mod attack;
mod cards;
pub(super) mod cell;
mod coverage;
pub(super) mod csv;
mod document;
mod ecs;
mod held;
mod html;
pub(super) mod jsonl;
pub(super) mod look;
mod navigator;
mod ocsf;
mod story;
mod table;
mod tampered;
mod timesketch;
mod verdict;

pub use cards::{Show, write as write_cards, write_card, write_one_card};
pub use csv::write as write_csv;
pub use ecs::write as write_ecs;
pub use html::{MAX_RECORDS as RECORDS_IN_HTML, shown as shown_in_html, write as write_html};
pub use jsonl::{
    write as write_jsonl, write_candidates as write_candidates_jsonl, write_finding,
    write_story as write_story_jsonl,
};
pub use look::Look;
pub use navigator::write as write_navigator;
pub use ocsf::write as write_ocsf;
pub use story::{write as write_story, write_candidates};
pub use table::write as write_table;
pub use tampered::told as tampering_told;
pub use timesketch::write as write_timesketch;
