//! SQLite: all event types in one database, each in a table of its own.
//!
//! Every row has a number, `seq`, that counts over all tables, so that reading back gives the
//! records in the order in which they were written. `tables` lists what there is; a view
//! `ossem_…` shows each event table in the vocabulary of OSSEM. Instants are texts that sort,
//! `2020-10-17 11:43:40.123456`, since SQLite has none of its own. A database in the names of
//! another vocabulary has no views, and a table `names` that says whose names these are.

mod read;
mod schema;
mod write;

use threadhunt::source::{Family, Foreign, Shape};

pub use write::SqliteWriter;

/// How the library takes such files.
pub(crate) const FOREIGN: Foreign =
    Foreign { shape: &SHAPE, recognise: |head| head.starts_with(b"SQLite format 3\0"), lines: read::lines };

static SHAPE: Shape = Shape {
    name: "sqlite",
    family: Family::Table,
    about: "our own tables as a database, events --format sqlite",
    partial: false,
};

/// Marks a database as ours (`PRAGMA application_id`): "THNT".
const APPLICATION_ID: i32 = 0x5448_4e54;

/// Marks one in the names of another vocabulary, so that no program takes it for the other kind: "THNN".
const NAMED_APPLICATION_ID: i32 = 0x5448_4e4e;
