//! Formats whose files have a memory: event logs and tables.
//!
//! The workers only select. An event log shares names and templates between its records, a
//! table its columns, so they go through one writer here, in order. A record that the file
//! cannot hold is told of and counted as lost; the rest is written.

use std::ops::ControlFlow;

use clap::builder::PossibleValue;
use threadhunt::event::{Damage, Record};
use threadhunt::sink::Naming;
use threadhunt::source::{Delivery, Stage, Totals};

use super::log;
#[cfg(feature = "lake")]
use super::tables;
use crate::output::OutputArgs;
use crate::reading::{Reading, Reporter};

/// A file, or several, in the making.
pub(super) trait Sink {
    /// Adds a record, or says why the file cannot hold it.
    fn write(&mut self, record: Record<'_>) -> anyhow::Result<Result<(), Damage>>;

    /// How many characters of the records so far the file could not hold.
    fn replaced(&self) -> u64 {
        0
    }

    /// Completes the file and puts it in its place.
    fn finish(self: Box<Self>) -> anyhow::Result<()>;
}

/// A format, beside those of the library's table.
pub(in crate::commands) struct Row {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    /// Whether it can write in the names of other vocabularies.
    pub(super) renames: bool,
    pub(super) open: fn(Wanted<'_>) -> anyhow::Result<Box<dyn Sink>>,
}

/// What is to be written.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "lake"), expect(dead_code, reason = "ids and names are for tables"))]
pub(in crate::commands) struct Wanted<'w> {
    pub(in crate::commands) output: &'w OutputArgs,
    /// The ids that there may be; none named means many.
    pub(in crate::commands) ids: &'w [u16],
    /// In whose names, for formats that rename.
    pub(in crate::commands) naming: Option<Naming>,
}

/// The names of those that can write in the names of other vocabularies.
pub(super) fn renaming() -> impl Iterator<Item = &'static str> {
    ROWS.iter().filter(|row| row.renames).map(|row| row.name)
}

/// The formats.
static ROWS: &[Row] = &[
    log::ROW,
    #[cfg(feature = "lake")]
    tables::PARQUET,
    #[cfg(feature = "lake")]
    tables::SQLITE,
];

/// The names on the command line, each with what it is.
pub(super) fn names() -> impl Iterator<Item = PossibleValue> {
    ROWS.iter().map(|row| PossibleValue::new(row.name).help(row.doc))
}

/// The format of that name.
pub(in crate::commands) fn find(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name == name)
}

/// Writes the records that are selected, up to a limit.
pub(in crate::commands) fn write(
    row: &Row,
    wanted: Wanted<'_>,
    reading: Reading<'_>,
    limit: Option<u64>,
    select: &impl Stage<Output = Vec<u32>>,
) -> anyhow::Result<Totals> {
    let voice = reading.voice;
    let mut writing = Writing { sink: (row.open)(wanted)?, left: limit };
    let totals = reading.run(select, &mut |delivery, reporter| writing.write(&delivery, reporter))?;
    super::tell_of_replaced(writing.sink.replaced(), wanted.naming, voice);
    // What was interrupted is not complete, and a file must not look as if it were.
    if !totals.stopped {
        writing.sink.finish()?;
    }
    Ok(totals)
}

struct Writing {
    sink: Box<dyn Sink>,
    /// How many records may still be written.
    left: Option<u64>,
}

impl Writing {
    fn write(
        &mut self,
        delivery: &Delivery<'_, Vec<u32>>,
        reporter: &mut Reporter<'_>,
    ) -> anyhow::Result<ControlFlow<()>> {
        for index in &delivery.output {
            if self.left == Some(0) {
                break;
            }
            match self.sink.write(delivery.batch.record_at(*index as usize))? {
                Ok(()) => self.left = self.left.map(|left| left - 1),
                Err(damage) => reporter.refuse(&delivery.batch.origin, &damage),
            }
        }
        Ok(if self.left == Some(0) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}
