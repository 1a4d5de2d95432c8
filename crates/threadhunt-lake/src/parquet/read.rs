//! Reading Parquet that was written here.
//!
//! A file may be hostile: the library that decodes it is kept from taking the process with
//! it, and a row group that claims more than [`MAX_GROUP_BYTES`] is refused.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampMicrosecondType, UInt32Type, UInt64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};

use super::{NAMES_KEY, TABLE_KEY};
use crate::cell::Cell;
use crate::guard::guarded;
use crate::line::{Lines, Rows, push_line};
use crate::table::{Column, Kind, Source, Table, not_read_back};

/// Rows that are decoded at once.
const BATCH_ROWS: usize = 1024;
/// Unpacked bytes of a row group. Ours have a hundredth of that, and had a tenth once.
const MAX_GROUP_BYTES: i64 = 1 << 30;

/// Opens a file as lines of JSON.
pub(super) fn lines(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    let file = File::open(path)?;
    guarded(|| open(file)).map(|rows| Box::new(Lines::new(rows)) as Box<dyn Read + Send>)
}

fn open(file: File) -> io::Result<Batches> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(invalid)?;
    let metadata = builder.metadata();
    let value = |key: &str| {
        let mut keys = metadata.file_metadata().key_value_metadata().into_iter().flatten();
        keys.find(|entry| entry.key == key)?.value.as_deref()
    };
    if let Some(names) = value(NAMES_KEY) {
        return Err(not_read_back(names));
    }
    let table = value(TABLE_KEY).and_then(Table::find).map(|index| &Table::all()[index]);
    let table = table.ok_or_else(|| {
        io::Error::new(io::ErrorKind::Unsupported, "a Parquet file that this program did not write")
    })?;
    if metadata.row_groups().iter().any(|group| group.total_byte_size() > MAX_GROUP_BYTES) {
        return Err(invalid(format!("a row group unpacks to more than {MAX_GROUP_BYTES} bytes")));
    }
    check_counts(metadata)?;
    let rows_left = metadata.file_metadata().num_rows();
    let columns =
        builder.schema().fields().iter().map(|field| column(table, field)).collect::<io::Result<_>>()?;
    let reader = builder.with_batch_size(BATCH_ROWS).build().map_err(invalid)?;
    Ok(Batches { reader, columns, rows_left })
}

/// Refuses a file whose numbers of rows contradict each other: one that was changed hides records.
fn check_counts(metadata: &ParquetMetaData) -> io::Result<()> {
    let rows = |group: &RowGroupMetaData| group.num_rows();
    let all: i128 = metadata.row_groups().iter().map(rows).map(i128::from).sum();
    // No column here holds lists: each has a value for every row.
    let is_even = |group: &RowGroupMetaData| {
        group.columns().iter().all(|column| column.num_values() == group.num_rows())
    };
    if all != i128::from(metadata.file_metadata().num_rows()) || !metadata.row_groups().iter().all(is_even) {
        return Err(invalid("its numbers of rows contradict each other"));
    }
    Ok(())
}

/// The column of the table that a column of the file is.
fn column(table: &Table, field: &arrow_schema::Field) -> io::Result<Column> {
    let kind = match field.data_type() {
        DataType::Utf8 => Kind::Text,
        DataType::UInt32 => Kind::Integer32,
        DataType::UInt64 => Kind::Integer64,
        DataType::Boolean => Kind::Bool,
        DataType::Timestamp(TimeUnit::Microsecond, _) => Kind::Instant,
        other => {
            return Err(invalid(format!(
                "the column {} is of type {other}, which is not written here",
                field.name()
            )));
        }
    };
    let known = table.columns.iter().find(|column| column.name == *field.name());
    let source = known.map_or(Source::Unknown, |column| column.source);
    Ok(Column { name: field.name().clone(), kind, source })
}

/// The rows of a file, batch by batch.
struct Batches {
    reader: ParquetRecordBatchReader,
    columns: Vec<Column>,
    /// Rows that the file says are still to come.
    rows_left: i64,
}

impl Rows for Batches {
    fn more(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        let Some(batch) = guarded(|| self.reader.next().transpose().map_err(invalid))? else {
            return match self.rows_left {
                0 => Ok(()),
                left => Err(invalid(format!("it ends {left} rows before it should"))),
            };
        };
        self.rows_left -= i64::try_from(batch.num_rows()).map_err(invalid)?;
        for row in 0..batch.num_rows() {
            push_line(&self.columns, cells(&self.columns, &batch, row), out);
        }
        Ok(())
    }
}

fn cells<'b>(columns: &'b [Column], batch: &'b RecordBatch, row: usize) -> impl Iterator<Item = Cell<'b>> {
    columns.iter().zip(batch.columns()).map(move |(column, array)| cell(column.kind, array, row))
}

fn cell(kind: Kind, array: &ArrayRef, row: usize) -> Cell<'_> {
    if array.is_null(row) {
        return Cell::Null;
    }
    let found = match kind {
        Kind::Text => array.as_string_opt::<i32>().map(|column| Cell::Text(column.value(row))),
        Kind::Integer32 => {
            array.as_primitive_opt::<UInt32Type>().map(|column| Cell::Integer(column.value(row).into()))
        }
        Kind::Integer64 => {
            array.as_primitive_opt::<UInt64Type>().map(|column| Cell::Integer(column.value(row)))
        }
        Kind::Bool => array.as_boolean_opt().map(|column| Cell::Bool(column.value(row))),
        Kind::Instant => array
            .as_primitive_opt::<TimestampMicrosecondType>()
            .map(|column| Cell::Instant(column.value(row))),
    };
    // The type was looked at when the file was opened.
    found.unwrap_or(Cell::Null)
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
