//! `--format parquet` and `--format sqlite`: the events as tables.
//!
//! A Parquet file holds one event type, so several need a directory, where each has a file
//! such as `event_8.parquet`. A database holds them all. Both are written in Sysmon's names, which
//! are read back, or in those of another vocabulary.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use threadhunt::event::{Damage, Record};
use threadhunt::sink::Naming;
use threadhunt_lake::{ParquetWriter, SqliteWriter, Table, Tables};

use super::log::left_out;
use super::ordered::{Row, Sink, Wanted};
use crate::output::Output;

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

const CANNOT: &str = "cannot write the table";

fn tables(naming: Option<Naming>) -> Tables {
    naming.map_or_else(Tables::own, Tables::named)
}

fn open_parquet(Wanted { output, ids, naming }: Wanted<'_>) -> anyhow::Result<Box<dyn Sink>> {
    let (force, tables) = (output.force(), tables(naming));
    if let Some(directory) = output.directory() {
        output.make_directory(directory)?;
        let files = tables.all().iter().map(|_| None).collect();
        return Ok(Box::new(Folder { directory: directory.to_owned(), force, tables, files }));
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
    Ok(Box::new(OneTable { table: one, writer: ParquetWriter::new(file, &tables, one).context(CANNOT)? }))
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
        self.writer.write(record).context(CANNOT)?;
        Ok(Ok(()))
    }

    fn finish(self: Box<Self>) -> anyhow::Result<()> {
        self.writer.finish().context(CANNOT)?.finish()
    }
}

/// Each event type in a file of a directory, begun with its first record.
struct Folder {
    directory: PathBuf,
    force: bool,
    tables: Tables,
    files: Vec<Option<ParquetWriter<Output>>>,
}

impl Sink for Folder {
    fn write(&mut self, record: Record<'_>) -> anyhow::Result<Result<(), Damage>> {
        let index = Table::of(&record.view());
        if self.files[index].is_none() {
            let name = &self.tables.all()[index].name;
            let path = self.directory.join(format!("{name}.parquet"));
            let output = Output::create(&path, self.force)?;
            self.files[index] = Some(ParquetWriter::new(output, &self.tables, index).context(CANNOT)?);
        }
        if let Some(writer) = &mut self.files[index] {
            writer.write(record).context(CANNOT)?;
        }
        Ok(Ok(()))
    }

    /// Completes all files, then puts each in its place.
    fn finish(self: Box<Self>) -> anyhow::Result<()> {
        let writers = self.files.into_iter().flatten();
        let complete = writers.map(ParquetWriter::finish).collect::<Result<Vec<_>, _>>().context(CANNOT)?;
        complete.into_iter().try_for_each(Output::finish)
    }
}

fn open_sqlite(Wanted { output, naming, .. }: Wanted<'_>) -> anyhow::Result<Box<dyn Sink>> {
    ensure!(
        !output.is_stdout(),
        "a database cannot be written to standard output; name a file with --output"
    );
    let output = output.open()?;
    let path = output.temporary().map(Path::to_owned);
    let Some(path) = path else {
        bail!("a database cannot be written to a pipe or device; name a file with --output");
    };
    let writer = SqliteWriter::new(&path, &tables(naming)).context(CANNOT)?;
    Ok(Box::new(Database { writer, output }))
}

/// All event types in a database, which grows beside its place.
struct Database {
    writer: SqliteWriter,
    output: Output,
}

impl Sink for Database {
    fn write(&mut self, record: Record<'_>) -> anyhow::Result<Result<(), Damage>> {
        self.writer.write(record).context(CANNOT)?;
        Ok(Ok(()))
    }

    fn finish(self: Box<Self>) -> anyhow::Result<()> {
        self.writer.finish().context(CANNOT)?;
        self.output.finish()
    }
}
