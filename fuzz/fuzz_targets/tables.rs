//! Parquet and SQLite: damaged and hostile tables give records and damages, never a panic that gets out.
//!
//! Inputs are edits of whole tables rather than tables, since a few changed bytes reach the decoders
//! and a random file never does. Parquet is edited as it is written, and without compression, which
//! nothing protects from a changed byte. Panics that the reader promises to catch are no finding.
#![no_main]

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;
use tempfile::NamedTempFile;
use threadhunt::event::Batch;
use threadhunt::source::{Delivery, Inputs, Options, read_bytes, run};
use threadhunt_lake::{FOREIGN, ParquetWriter, SqliteWriter, Table, Tables, silence_caught_panics};

/// Records that need every kind of column: of events 8 and 6, one of no schema, one with a lone surrogate.
const LOG: &str = r#"
{"event_id":8,"version":2,"record_id":7,"time":"2020-10-17T11:43:40.1234567Z","computer":"WS1","channel":"Microsoft-Windows-Sysmon/Operational","provider":"Microsoft-Windows-Sysmon","system":{"level":4,"task":8},"fields":{"RuleName":"-","UtcTime":"2020-10-17 11:43:39.998","SourceProcessId":2920,"SourceImage":"C:\\a.exe","StartModule":"-","StartFunction":""},"source":{"file":"a.evtx","offset":1,"recovered":true}}
{"event_id":8,"provider":"Microsoft-Windows-Sysmon","fields":{"SourceImage":"\ud800lone","SourceProcessId":"x"},"notes":["a note"]}
{"event_id":6,"provider":"Microsoft-Windows-Sysmon","fields":{"ImageLoaded":"x.sys","Signed":"true"}}
{"event_id":1102,"provider":"Microsoft-Windows-Eventlog","user_data":{"UserData":{"LogFileCleared":{"SubjectUserName":"admin"}}}}
"#;

/// The tables that are edited.
static TABLES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    silence_caught_panics();
    let whole: Vec<Vec<u8>> = (0..Table::all().len()).filter_map(parquet).collect();
    let plain: Vec<Vec<u8>> = whole.iter().map(|table| uncompressed(table)).collect();
    [whole, plain, vec![sqlite()]].concat()
});

fuzz_target!(|data: &[u8]| {
    let Some((first, edits)) = data.split_first() else { return };
    let mut table = TABLES[usize::from(*first) % TABLES.len()].clone();
    for edit in edits.chunks_exact(4) {
        edit_at(&mut table, [edit[0], edit[1], edit[2], edit[3]]);
    }
    check(&table);
});

/// Changes a byte, cuts bytes out, doubles some, or ends the table; the first two say where.
fn edit_at(table: &mut Vec<u8>, [high, low, what, byte]: [u8; 4]) {
    let len = table.len().max(1);
    let place = usize::from(u16::from_be_bytes([high, low]));
    // From the end, where Parquet has its directory, or from the beginning.
    let at = if what & 1 == 0 { place % len } else { len - 1 - place % len };
    let some = at..(at + usize::from(byte)).min(table.len());
    match what >> 1 & 15 {
        0 => drop(table.drain(some)),
        1 => table.splice(at..at, table[some].to_vec()).for_each(drop),
        2 => table.truncate(at),
        3 => table[some].fill(0xff),
        _ if at < table.len() => table[at] = byte,
        _ => {}
    }
}

/// Reads a table, and holds the reader to what it says of itself.
fn check(table: &[u8]) {
    let file = file_of(table);
    let (mut records, mut damages) = (0, 0);
    let options = Options { foreign: FOREIGN, ..Options::default() };
    run(&Inputs::named([file.path()]), &options, &|_: &mut Batch| (), &mut |Delivery { batch, .. }| {
        batch.records().for_each(|record| record.view().data().for_each(|(_, value)| drop(value.to_text())));
        records += batch.counts.total();
        damages += batch.damages.len();
        ControlFlow::Continue(())
    });
    assert!(records > 0 || damages > 0, "a table with nothing in it is told of");
}

fn file_of(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("room for it");
    file
}

fn bytes_of(mut file: File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).expect("a file");
    file.read_to_end(&mut bytes).expect("a file");
    bytes
}

/// One table of the log as Parquet; `None` where no record is of it.
fn parquet(index: usize) -> Option<Vec<u8>> {
    let file = tempfile::tempfile().expect("a temporary file");
    let mut writer = ParquetWriter::new(file, &Tables::own(), index).expect("a writer");
    let mut rows = 0;
    read_bytes(LOG, &Options::default(), &mut |batch| {
        for record in batch.records().filter(|record| Table::of(&record.view()) == index) {
            writer.write(record).expect("a row");
            rows += 1;
        }
    });
    let file = writer.finish().expect("an end");
    (rows > 0).then(|| bytes_of(file))
}

/// The same Parquet with nothing compressed.
fn uncompressed(table: &[u8]) -> Vec<u8> {
    let file = file_of(table).into_file();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("a table of ours");
    let keys = builder.metadata().file_metadata().key_value_metadata().cloned();
    let properties = WriterProperties::builder().set_key_value_metadata(keys).build();
    let mut writer =
        ArrowWriter::try_new(Vec::new(), builder.schema().clone(), Some(properties)).expect("a writer");
    builder.build().expect("rows").for_each(|rows| writer.write(&rows.expect("rows")).expect("a row group"));
    writer.into_inner().expect("an end")
}

fn sqlite() -> Vec<u8> {
    let file = NamedTempFile::new().expect("a temporary file");
    let mut writer = SqliteWriter::new(file.path(), &Tables::own()).expect("a database");
    read_bytes(LOG, &Options::default(), &mut |batch| {
        batch.records().for_each(|record| writer.write(record).expect("a row"));
    });
    writer.finish().expect("an end");
    std::fs::read(file.path()).expect("a database")
}
