//! Writing Parquet.

use std::io::Write;
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, StringBuilder, TimestampMicrosecondBuilder, UInt32Builder, UInt64Builder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use threadhunt::event::Record;
use threadhunt::sink::Jsonl;

use super::{NAMED_TABLE_KEY, NAMES_KEY, NAMES_VERSION_KEY, TABLE_KEY};
use crate::WriteError;
use crate::cell::{Cell, Row};
use crate::table::{Kind, Table, Tables};

/// Bytes of the values that are gathered for a row group; of several files that grow together, those of all.
pub(super) const GATHERED_BYTES: usize = 12 << 20;

/// Writes the events of one table; see the module's head.
///
/// The file is complete after [`finish`](Self::finish); without it no reader takes it.
pub struct ParquetWriter<W: Write + Send> {
    tables: Tables,
    index: usize,
    writer: ArrowWriter<W>,
    schema: SchemaRef,
    columns: Vec<Builder>,
    /// Bytes of the values that are gathered, about.
    gathered: usize,
    row: Row,
    raw: Jsonl,
}

impl<W: Write + Send> ParquetWriter<W> {
    /// Begins a file of the table at a place of [`Tables::all`].
    pub fn new(out: W, tables: &Tables, index: usize) -> Result<Self, WriteError> {
        let table = &tables.all()[index];
        let fields: Vec<Field> = table
            .columns
            .iter()
            .map(|column| Field::new(&column.name, data_type(column.kind), true))
            .collect();
        let schema = Arc::new(Schema::new(fields));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_key_value_metadata(Some(keys(tables, table)))
            .build();
        let writer = ArrowWriter::try_new(out, Arc::clone(&schema), Some(properties))?;
        let columns = table.columns.iter().map(|column| Builder::new(column.kind)).collect();
        Ok(Self {
            tables: tables.clone(),
            index,
            writer,
            schema,
            columns,
            gathered: 0,
            row: Row::default(),
            raw: Jsonl::default(),
        })
    }

    /// Adds a record of this table.
    pub fn write(&mut self, record: Record<'_>) -> Result<(), WriteError> {
        self.row.fill(&self.tables.all()[self.index], record, &self.raw);
        for (column, cell) in self.columns.iter_mut().zip(self.row.cells()) {
            column.push(cell);
        }
        self.gathered += self.row.size();
        if self.gathered >= GATHERED_BYTES { self.end_group() } else { Ok(()) }
    }

    /// How many characters of the records so far no cell could hold, and are U+FFFD.
    pub fn replaced(&self) -> u64 {
        self.row.replaced()
    }

    /// Bytes of the values that are gathered, about.
    pub(super) fn gathered(&self) -> usize {
        self.gathered
    }

    /// Writes what is gathered as a row group.
    ///
    /// Values are encoded only then: while a group is encoded each of its columns holds a dictionary, pages and a
    /// compressor, which are several times as much as the values of a small group.
    pub(super) fn end_group(&mut self) -> Result<(), WriteError> {
        if std::mem::take(&mut self.gathered) == 0 {
            return Ok(());
        }
        let arrays = self.columns.iter_mut().map(Builder::finish).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays)
            .map_err(parquet::errors::ParquetError::from)?;
        self.writer.write(&batch)?;
        Ok(self.writer.flush()?)
    }

    /// Writes what is left and the directory of the file, and returns the output.
    pub fn finish(mut self) -> Result<W, WriteError> {
        self.end_group()?;
        Ok(self.writer.into_inner()?)
    }
}

impl<W: Write + Send> std::fmt::Debug for ParquetWriter<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetWriter")
            .field("table", &self.tables.all()[self.index].name)
            .field("gathered", &self.gathered)
            .finish_non_exhaustive()
    }
}

/// What the file says of itself.
fn keys(tables: &Tables, table: &Table) -> Vec<KeyValue> {
    let key = |key: &str, value: &str| KeyValue::new(key.to_owned(), value.to_owned());
    match tables.vocabulary {
        None => vec![key(TABLE_KEY, &table.name)],
        Some(vocabulary) => vec![
            key(NAMED_TABLE_KEY, &table.name),
            key(NAMES_KEY, vocabulary.name),
            key(NAMES_VERSION_KEY, vocabulary.version),
        ],
    }
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Integer32 => DataType::UInt32,
        Kind::Integer64 => DataType::UInt64,
        Kind::Bool => DataType::Boolean,
        Kind::Instant => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
    }
}

const UTC: &str = "UTC";

/// A column in the making.
enum Builder {
    Text(StringBuilder),
    Integer32(UInt32Builder),
    Integer64(UInt64Builder),
    Bool(BooleanBuilder),
    Instant(TimestampMicrosecondBuilder),
}

impl Builder {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Integer32 => Self::Integer32(UInt32Builder::new()),
            Kind::Integer64 => Self::Integer64(UInt64Builder::new()),
            Kind::Bool => Self::Bool(BooleanBuilder::new()),
            Kind::Instant => Self::Instant(TimestampMicrosecondBuilder::new().with_timezone(UTC)),
        }
    }

    /// Appends a cell, which is of the column's kind or null.
    fn push(&mut self, cell: Cell<'_>) {
        match (self, cell) {
            (Self::Text(column), Cell::Text(text)) => column.append_value(text),
            (Self::Text(column), _) => column.append_null(),
            (Self::Integer32(column), Cell::Integer(number)) => {
                column.append_option(u32::try_from(number).ok());
            }
            (Self::Integer32(column), _) => column.append_null(),
            (Self::Integer64(column), Cell::Integer(number)) => column.append_value(number),
            (Self::Integer64(column), _) => column.append_null(),
            (Self::Bool(column), Cell::Bool(truth)) => column.append_value(truth),
            (Self::Bool(column), _) => column.append_null(),
            (Self::Instant(column), Cell::Instant(instant)) => column.append_value(instant),
            (Self::Instant(column), _) => column.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(column) => Arc::new(column.finish()),
            Self::Integer32(column) => Arc::new(column.finish()),
            Self::Integer64(column) => Arc::new(column.finish()),
            Self::Bool(column) => Arc::new(column.finish()),
            Self::Instant(column) => Arc::new(column.finish()),
        }
    }
}
