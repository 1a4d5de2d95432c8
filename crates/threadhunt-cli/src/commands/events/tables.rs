//! `--format parquet` and `--format sqlite`: the events as tables.
//!
//! A Parquet file holds one event type, so several need a directory, where each has a file
//! such as `event_8.parquet`. A database holds them all. Both are written in Sysmon's names, which
//! are read back, or in those of another vocabulary.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use threadhunt::event::{Damage, Record};
use threadhunt::sink::Naming;
use threadhunt_lake::{ParquetFiles, ParquetWriter, SqliteWriter, Table, Tables};

use super::log::left_out;
use super::ordered::{Row, Sink, Wanted};
use crate::output::Output;
use crate::pending::MadeDirectories;

/// Parquet.
pub(super) const PARQUET: Row = Row {
    name: "parquet",
    doc: "a typed table for each event type, compressed; needs --output",
    renames: true,
    open: open_parquet,
};

/// SQLite.
pub(super) const SQLITE: Row = Row {
    name: "sqlite",
    doc: "a database with a table for each event type; needs --output FILE",
    renames: true,
    open: open_sqlite,
};

fn tables(naming: Option<Naming>) -> Tables {
    naming.map_or_else(Tables::own, Tables::named)
}

fn open_parquet(Wanted { output, ids, naming }: Wanted<'_>) -> anyhow::Result<Box<dyn Sink>> {
    let (force, tables) = (output.force(), tables(naming));
    if let Some(directory) = output.directory() {
        let made = output.make_directory(directory)?;
        let files = ParquetFiles::new(&tables);
        return Ok(Box::new(Folder { directory: directory.to_owned(), force, files, made }));
    }
    let one = match ids {
        [id] => Table::of_id(*id),
        _ => bail!(
            "a Parquet file holds one event type; name a directory with --output, or one type with --id"
        ),
    };
    ensure!(!output.is_stdout(), "name a file or a directory for the table with --output");
    let file = output.open()?;
    ensure!(file.is_file(), "a table cannot be written to a pipe or device; name a file with --output");
    Ok(Box::new(OneTable { table: one, writer: ParquetWriter::new(file, &tables, one)? }))
}

/// One event type in one file.
struct OneTable {
    table: usize,
    writer: ParquetWriter<Output>,
}

impl Sink for OneTable {
    fn write(&mut self, record: Record<'_>) -> anyhow::Result<Result<(), Damage>> {
        let table = &Table::all()[Table::of(&record.view())];
        if table.name != Table::all()[self.table].name {
            let reason = format!("it belongs to the table {}; name a directory with --output", table.name);
            return Ok(Err(left_out(record, reason)));
        }
        self.writer.write(record)?;
        Ok(Ok(()))
    }

    fn replaced(&self) -> u64 {
        self.writer.replaced()
    }

    fn finish(self: Box<Self>) -> anyhow::Result<()> {
        self.writer.finish()?.finish()
    }
}

/// Each event type in a file of a directory, begun with its first record.
struct Folder {
    directory: PathBuf,
    force: bool,
    files: ParquetFiles<Output>,
    /// Behind the files, which go first where they go.
    made: MadeDirectories,
}

impl Sink for Folder {
    fn write(&mut self, record: Record<'_>) -> anyhow::Result<Result<(), Damage>> {
        let (directory, force) = (&self.directory, self.force);
        let open = |table: &Table| Output::create(&directory.join(format!("{}.parquet", table.name)), force);
        self.files.write(record, open)?;
        Ok(Ok(()))
    }

    fn replaced(&self) -> u64 {
        self.files.replaced()
    }

    /// Completes all files, then puts each in its place.
    fn finish(self: Box<Self>) -> anyhow::Result<()> {
        self.files.finish()?.into_iter().try_for_each(Output::finish)?;
        self.made.keep();
        Ok(())
    }
}

fn open_sqlite(Wanted { output, naming, .. }: Wanted<'_>) -> anyhow::Result<Box<dyn Sink>> {
    ensure!(
        !output.is_stdout(),
        "a database cannot be written to standard output; name a file with --output"
    );
    if let Some(directory) = output.directory() {
        let example = directory.join("events.db");
        bail!("a database is one file; name a file with --output, such as {}", example.display());
    }
    let output = output.open()?;
    let path = output.temporary().map(Path::to_owned);
    let Some(path) = path else {
        bail!("a database cannot be written to a pipe or device; name a file with --output");
    };
    let writer = SqliteWriter::new(&path, &tables(naming)).with_context(|| output.cannot_write())?;
    Ok(Box::new(Database { writer, output }))
}

/// All event types in a database, which grows beside its place.
struct Database {
    writer: SqliteWriter,
    output: Output,
}

impl Sink for Database {
    fn write(&mut self, record: Record<'_>) -> anyhow::Result<Result<(), Damage>> {
        // SQLite writes to the file itself and does not know its name.
        self.writer.write(record).with_context(|| self.output.cannot_write())?;
        Ok(Ok(()))
    }

    fn replaced(&self) -> u64 {
        self.writer.replaced()
    }

    fn finish(self: Box<Self>) -> anyhow::Result<()> {
        self.writer.finish().with_context(|| self.output.cannot_write())?;
        self.output.finish()
    }
}
