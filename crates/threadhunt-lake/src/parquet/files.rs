//! Several event types, each in a file of its own, with one bound on what all of them hold.
//!
//! Values are in memory until their row group is written. So where many types grow together, the largest group is
//! written when the sum passes the bound that a single file has: groups get smaller then, and memory does not grow
//! with the number of types.

use std::io::Write;

use threadhunt::event::Record;

use super::write::{GATHERED_BYTES, ParquetWriter};
use crate::WriteError;
use crate::table::{Table, Tables};

/// Writes records into the files of their tables, each begun with its first record.
///
/// The files are complete after [`finish`](Self::finish); without it no reader takes them.
#[derive(Debug)]
pub struct ParquetFiles<W: Write + Send> {
    tables: Tables,
    files: Vec<Option<ParquetWriter<W>>>,
    /// Bytes of the values that all of them have gathered, about.
    gathered: usize,
}

impl<W: Write + Send> ParquetFiles<W> {
    /// Files of these tables, none of them begun.
    pub fn new(tables: &Tables) -> Self {
        let files = tables.all().iter().map(|_| None).collect();
        Self { tables: tables.clone(), files, gathered: 0 }
    }

    /// Adds a record to the file of its table, and opens that where it is new.
    pub fn write<E: From<WriteError>>(
        &mut self,
        record: Record<'_>,
        open: impl FnOnce(&Table) -> Result<W, E>,
    ) -> Result<(), E> {
        let index = Table::of(&record.view());
        let writer = match &mut self.files[index] {
            Some(writer) => writer,
            place => {
                let out = open(&self.tables.all()[index])?;
                place.insert(ParquetWriter::new(out, &self.tables, index)?)
            }
        };
        self.gathered -= writer.gathered();
        writer.write(record)?;
        self.gathered += writer.gathered();
        while self.gathered > GATHERED_BYTES {
            self.end_largest()?;
        }
        Ok(())
    }

    fn end_largest(&mut self) -> Result<(), WriteError> {
        if let Some(largest) = self.files.iter_mut().flatten().max_by_key(|writer| writer.gathered()) {
            self.gathered -= largest.gathered();
            largest.end_group()?;
        }
        Ok(())
    }

    /// How many characters of the records so far no cell could hold, and are U+FFFD.
    pub fn replaced(&self) -> u64 {
        self.files.iter().flatten().map(ParquetWriter::replaced).sum()
    }

    /// Completes all files, and returns their outputs in the order of the tables.
    pub fn finish(self) -> Result<Vec<W>, WriteError> {
        self.files.into_iter().flatten().map(ParquetWriter::finish).collect()
    }
}

#[cfg(test)]
mod tests {
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use threadhunt::source::{Options, read_bytes};

    use super::*;

    /// Types that take turns, with texts that do not compress.
    fn log(records: usize) -> String {
        let mut seed = 1u64;
        let mut word = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            format!("{:016x}", seed ^ (seed >> 29))
        };
        let mut line = |id: usize| {
            let image: String = (0..2500).map(|_| word()).collect();
            format!(
                "{{\"event_id\":{id},\"provider\":\"Microsoft-Windows-Sysmon\",\"fields\":{{\"Image\":\"{image}\"}}}}\n"
            )
        };
        (0..records).map(|at| line([1, 5, 7, 11][at % 4])).collect()
    }

    #[test]
    fn what_all_files_hold_together_is_bounded() {
        let tables = Tables::own();
        let mut files = ParquetFiles::new(&tables);
        let (mut written, mut most) = (0, 0);
        read_bytes(log(1200), &Options::default(), &mut |batch| {
            for record in batch.records() {
                let open = |_: &Table| tempfile::tempfile().map_err(WriteError::from);
                files.write(record, open).expect("a row");
                written += 1;
                most = most.max(files.gathered);
                let gathered: usize = files.files.iter().flatten().map(ParquetWriter::gathered).sum();
                assert_eq!(files.gathered, gathered);
            }
        });
        assert_eq!(written, 1200);
        assert!((GATHERED_BYTES / 2..=GATHERED_BYTES).contains(&most), "{most}");
        let groups = |file| {
            let reader = SerializedFileReader::new(file).expect("Parquet");
            (reader.num_row_groups(), reader.metadata().file_metadata().num_rows())
        };
        let found: Vec<_> = files.finish().expect("an end").into_iter().map(groups).collect();
        assert_eq!(found.iter().map(|(_, rows)| rows).sum::<i64>(), 1200);
        assert!(found.len() == 4 && found.iter().any(|(groups, _)| *groups > 1), "{found:?}");
    }
}
