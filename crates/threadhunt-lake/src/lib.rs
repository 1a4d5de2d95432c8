//! Tables of events: Parquet and SQLite, written and read back.
//!
//! Every event type has one [`Table`] whose columns follow from the data dictionary, so that a
//! query finds typed values under the names that Sysmon gives them. What a column cannot hold,
//! a text where the manifest has a number, say, or a field that no schema knows, is not lost:
//! then the column `raw` carries the whole record as a line of JSON, and reading back takes that.
//!
//! [`ParquetWriter`] writes one event type into one file, [`ParquetFiles`] each into its own;
//! [`SqliteWriter`] writes all types into one database, with views in the vocabulary of OSSEM.
//! Both kinds of file are logs again:
//! [`FOREIGN`] tells the readers of the library how to take them. [`Tables`] has the tables in the
//! names of other vocabularies, too, which are for queries alone.
//!
//! This crate holds what is heavy to build, so that the library stays lean without it.

mod cell;
mod guard;
mod line;
mod parquet;
mod sqlite;
mod table;

#[cfg(test)]
mod tests;

pub use guard::silence_caught_panics;
pub use parquet::{ParquetFiles, ParquetWriter};
pub use sqlite::SqliteWriter;
pub use table::{Column, Kind, Table, Tables};

use std::error::Error;
use std::io;

use ::parquet::errors::ParquetError;
use threadhunt::source::Foreign;

/// Why a table could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The output failed.
    #[error("cannot write the table")]
    Io(#[from] io::Error),
    /// The Parquet library refused.
    #[error("cannot write the table: {0}")]
    Parquet(ParquetError),
    /// SQLite refused.
    #[error("cannot write the database: {0}")]
    Sqlite(rusqlite::Error),
}

/// What the output said is what failed, however deep the library wraps it.
impl From<ParquetError> for WriteError {
    fn from(error: ParquetError) -> Self {
        match said(&error) {
            Some(said) => Self::Io(io::Error::new(said.kind(), said.to_string())),
            None => Self::Parquet(error),
        }
    }
}

/// The innermost error of the output.
fn said(error: &ParquetError) -> Option<&io::Error> {
    let (mut found, mut next) = (None, Some(error as &(dyn Error + 'static)));
    while let Some(cause) = next {
        found = cause.downcast_ref().or(found);
        next = cause.source();
    }
    found
}

/// Its cause is the code of what it says already, so it is none here.
impl From<rusqlite::Error> for WriteError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// The kinds of file that this crate reads, for [`Options::foreign`](threadhunt::source::Options).
pub const FOREIGN: &[Foreign] = &[parquet::FOREIGN, sqlite::FOREIGN];
