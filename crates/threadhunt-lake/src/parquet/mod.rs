//! Parquet: one event type a file, compressed with zstd, in row groups of bounded size.
//! [`ParquetFiles`] writes several types, and bounds what all of them hold.
//!
//! The file says in its metadata which table it holds. Reading asks for columns by name, so
//! that files of older and newer programs are read too: a column that is not known is taken
//! for a field of that name. A file in the names of another vocabulary says so under other keys,
//! so that no program takes it for one in Sysmon's names.

mod files;
mod read;
mod write;

use threadhunt::source::{Family, Foreign, Shape};

pub use files::ParquetFiles;
pub use write::ParquetWriter;

/// How the library takes such files.
pub(crate) const FOREIGN: Foreign =
    Foreign { shape: &SHAPE, recognise: |head| head.starts_with(b"PAR1"), lines: read::lines };

static SHAPE: Shape = Shape {
    name: "parquet",
    family: Family::Table,
    about: "our own tables as Parquet, events --format parquet",
    partial: false,
};

/// The key of the metadata that names the table.
const TABLE_KEY: &str = "threadhunt.table";

/// The key that names the table of a file in the names of another vocabulary.
const NAMED_TABLE_KEY: &str = "threadhunt.named-table";
/// The key that names the vocabulary.
const NAMES_KEY: &str = "threadhunt.names";
/// The key of the vocabulary's version.
const NAMES_VERSION_KEY: &str = "threadhunt.names-version";
