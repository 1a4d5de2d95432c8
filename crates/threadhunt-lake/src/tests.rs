//! Tables, written and read back.

use std::fs::File;
use std::io;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::{Value as Json, json};
use threadhunt::event::Batch;
use threadhunt::schema::names::{vocabularies, vocabulary};
use threadhunt::schema::{self, EventSchema, FieldType, Platform};
use threadhunt::sink::{Format, Jsonl, NamedLines};
use threadhunt::source::{Foreign, Inputs, Options, read_bytes, run};

use crate::{FOREIGN, ParquetFiles, SqliteWriter, Table, Tables, WriteError};

/// Records of every kind that a table meets: whole ones, odd values, unknown fields and ids,
/// other providers, notes, a lone surrogate, and Sysmon for Linux.
const LOG: &str = r##"
{"event_id":8,"version":2,"record_id":7,"time":"2020-10-17T11:43:40.1234567Z","computer":"WS1","channel":"Microsoft-Windows-Sysmon/Operational","provider":"Microsoft-Windows-Sysmon","system":{"level":4,"task":8,"opcode":0,"keywords":"0x8000000000000000","process_id":2336,"thread_id":3652,"user_id":"S-1-5-18"},"fields":{"RuleName":"-","UtcTime":"2020-10-17 11:43:39.998","SourceProcessGuid":"{747f3d96-0b1a-5f8a-0000-0010bbbc0000}","SourceProcessId":2920,"SourceImage":"C:\\Übung\\WINWORD.exe","TargetProcessId":6552,"TargetImage":"C:\\Windows\\explorer.exe","NewThreadId":7872,"StartAddress":"0x0000000000930000","StartModule":"-","StartFunction":""},"source":{"file":"a.evtx","offset":1,"recovered":true}}
{"event_id":1,"provider":"Microsoft-Windows-Sysmon","fields":{"UtcTime":"no time","ProcessId":"0123","Image":"a","Invented":"by \u0007 a newer Sysmon"},"notes":["first","second"]}
{"event_id":10,"provider":"Microsoft-Windows-Sysmon","fields":{"SourceImage":"\ud800lone","GrantedAccess":"0x1fffff","SourceProcessId":4294967295}}
{"event_id":6,"provider":"Microsoft-Windows-Sysmon","fields":{"ImageLoaded":"x.sys","Signed":"true"},"data":["nameless"]}
{"event_id":4242,"provider":"Microsoft-Windows-Sysmon","fields":{"A":"b"}}
{"event_id":1102,"record_id":18446744073709551615,"provider":"Microsoft-Windows-Eventlog","user_data":{"UserData":{"LogFileCleared":{"SubjectUserName":"admin"}}}}
{"event_id":1,"provider":"Linux-Sysmon","fields":{"ProcessId":7,"Image":"/bin/sh"}}
{"event_id":8,"provider":"Microsoft-Windows-Sysmon","fields":{"SourceImage":"second"}}
"##;

/// The records of a log as lines, without where they were read.
fn lines_of(batch: &Batch, out: &mut Vec<String>) {
    for record in batch.records() {
        let mut line = Vec::new();
        Jsonl::default().record(record, &mut line);
        let line = String::from_utf8(line).expect("JSON is UTF-8");
        let (event, source) = line.split_once(",\"source\":").expect("every record has a source");
        out.push(format!("{event} {}", source.contains("\"recovered\":true")));
    }
}

fn lines(log: &str) -> Vec<String> {
    let mut out = Vec::new();
    read_bytes(log, &Options::default(), &mut |batch| lines_of(batch, &mut out));
    assert_eq!(out.len(), log.lines().filter(|line| !line.is_empty()).count());
    out
}

/// The records of files, and what could not be read.
fn read(paths: &[&Path]) -> (Vec<String>, Vec<String>) {
    let options = Options { foreign: FOREIGN, ..Options::default() };
    let (mut out, mut damages) = (Vec::new(), Vec::new());
    run(&Inputs::named(paths.iter().copied()), &options, &|_: &mut Batch| (), &mut |delivery| {
        lines_of(delivery.batch, &mut out);
        damages.extend(delivery.batch.damages.iter().map(|damage| damage.reason.to_string()));
        std::ops::ControlFlow::Continue(())
    });
    (out, damages)
}

fn write_sqlite(path: &Path, log: &str) {
    write_sqlite_as(&Tables::own(), path, log);
}

fn write_sqlite_as(tables: &Tables, path: &Path, log: &str) {
    let mut writer = SqliteWriter::new(path, tables).expect("a new database");
    read_bytes(log, &Options::default(), &mut |batch| {
        batch.records().for_each(|record| writer.write(record).expect("a row"));
    });
    writer.finish().expect("an end");
}

/// Writes each table into a file of its own, and returns their paths in the order of the tables.
fn write_parquet(directory: &Path, log: &str) -> Vec<std::path::PathBuf> {
    write_parquet_as(&Tables::own(), directory, log)
}

fn write_parquet_as(tables: &Tables, directory: &Path, log: &str) -> Vec<std::path::PathBuf> {
    let mut files = ParquetFiles::new(tables);
    let mut paths = std::collections::BTreeSet::new();
    read_bytes(log, &Options::default(), &mut |batch| {
        for record in batch.records() {
            let open = |table: &Table| {
                let path = directory.join(format!("{}.parquet", table.name));
                let file = File::create(&path).map_err(WriteError::from);
                let index = Table::all().iter().position(|candidate| candidate.name == table.name);
                paths.insert((index, path));
                file
            };
            files.write(record, open).expect("a row");
        }
    });
    assert_eq!(files.finish().expect("an end").len(), paths.len());
    paths.into_iter().map(|(_, path)| path).collect()
}

#[test]
fn a_database_gives_back_every_record_in_order() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("odd name #?%.db");
    write_sqlite(&path, LOG);
    let before: Vec<_> = std::fs::read_dir(directory.path()).expect("entries").collect();
    assert_eq!(read(&[&path]), (lines(LOG), vec![]));
    let after: Vec<_> = std::fs::read_dir(directory.path()).expect("entries").collect();
    assert_eq!((before.len(), after.len()), (1, 1), "nothing may be written beside evidence");
}

#[test]
fn parquet_gives_back_every_record_of_its_table() {
    let directory = tempfile::tempdir().expect("a directory");
    let paths = write_parquet(directory.path(), LOG);
    let (mut found, damages) = read(&paths.iter().map(std::path::PathBuf::as_path).collect::<Vec<_>>());
    let mut expected = lines(LOG);
    found.sort();
    expected.sort();
    assert_eq!((found, damages), (expected, vec![]));
}

#[test]
fn whole_records_need_no_raw_and_others_have_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("a.db");
    write_sqlite(&path, LOG);
    let connection = Connection::open(&path).expect("a database");
    let raw = |table: &str| -> Vec<bool> {
        let mut statement = connection
            .prepare(&format!("SELECT raw IS NULL FROM {table} ORDER BY seq"))
            .expect("a statement");
        statement.query_map([], |row| row.get(0)).expect("rows").map(|row| row.expect("a value")).collect()
    };
    assert_eq!(raw("event_8"), [true, true]);
    assert_eq!(raw("event_1"), [false]);
    assert_eq!(raw("event_10"), [false], "a lone surrogate is no text");
    assert_eq!(raw("event_6"), [false]);
    assert_eq!(raw("linux_event_1"), [true]);
    assert_eq!(raw("other"), [false, false]);
}

#[test]
fn values_are_typed_and_views_speak_ossem() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("a.db");
    write_sqlite(&path, LOG);
    let connection = Connection::open(&path).expect("a database");
    let row: (String, i64, String, i64) = connection
        .query_row(
            "SELECT timestamp, SourceProcessId, StartFunction, recovered FROM event_8 WHERE seq = 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .expect("a row");
    assert_eq!(row, ("2020-10-17 11:43:39.998000".into(), 2920, String::new(), 1));
    let names: (String, String, String) = connection
        .query_row(
            "SELECT process_name, process_path, target_process_name FROM ossem_event_8 LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .expect("a row");
    assert_eq!(names, ("WINWORD.exe".into(), "C:\\Übung\\WINWORD.exe".into(), "explorer.exe".into()));
    let plan: String = connection
        .query_row("EXPLAIN QUERY PLAN SELECT * FROM event_8 WHERE SourceProcessGuid = 'x'", [], |row| {
            row.get(3)
        })
        .expect("a plan");
    assert!(plan.contains("event_8_SourceProcessGuid"), "{plan}");
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM tables", [], |row| row.get(0)).expect("a count");
    assert_eq!(tables, 6);
}

/// An event of each type with values of the types of its fields; `variant` makes them odd.
fn one_of_each(variant: usize) -> String {
    let paths = [r"C:\a\a\b.exe", "/usr/bin/sh", r"C:\Windows\", "-", r"\x\\x", "é", ""];
    let times = [
        "2026-03-03 09:12:40.489",
        "2026-03-03T09:12:40.4891230Z",
        "2019-02-30 00:00:00.000",
        "-",
        "2026-12-31 23:59:59.4890000",
        "2026-03-03 09:12:40",
        "",
        "2020-01-01T00:00:00+02:00",
        "2020-01-01 00:00:00.1234567-0530",
        "2020-02-29t23:59:59.5z",
        "2020-01-01 00:00:00,25+01",
        "2020-01-01 10:20",
        "2020-01-01T10:20+02:00",
        "2020-01-01",
        "2020-01-01T00:00:00.123456789Z",
        "2020-01-01T00:00:00.1234567891Z",
        "1601-01-01T00:00:00+02:00",
        "2020-01-01T00:00:00.Z",
        "2020-01-01T00:00:00 +02:00",
        "2020-01-01X00:00:00",
        "9999-12-31 00:00:00",
        "2020-01-01T24:00:00Z",
        "20200101T000000Z",
    ];
    let (path, time) = (paths[variant % paths.len()], times[variant % times.len()]);
    let value = |kind: FieldType, at: usize| match kind {
        FieldType::Integer => json!(at),
        FieldType::Bool => json!(["true", "false", "True"][at % 3]),
        FieldType::Date => json!(time),
        FieldType::Path => json!(path),
        FieldType::Guid => json!("{747f3d96-0b1a-5f8a-0000-0010bbbc0000}"),
        _ => json!(format!("text {at}")),
    };
    let event = |event: &EventSchema| {
        let fields = event.all_fields().enumerate();
        let fields: serde_json::Map<_, _> =
            fields.map(|(at, field)| (field.name.to_owned(), value(field.field_type(), at))).collect();
        let provider =
            if event.platform == Platform::Linux { "Linux-Sysmon" } else { "Microsoft-Windows-Sysmon" };
        let created = ["2020-10-17T11:43:40.1234567Z", "2020-10-17T11:43:40.1230000Z"][variant % 2];
        let line = json!({
            "event_id": event.id, "provider": provider, "record_id": variant, "computer": "WS1",
            "time": created, "system": {"level": 4}, "fields": fields,
        });
        format!("{line}\n")
    };
    schema::events().iter().map(event).collect()
}

#[test]
fn a_view_has_what_the_documents_of_ossem_have() {
    const VARIANTS: usize = 23;
    let log: String = (0..VARIANTS).map(one_of_each).collect();
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("a.db");
    write_sqlite(&path, &log);
    let connection = Connection::open(&path).expect("a database");
    let naming = threadhunt::sink::Naming::new(vocabulary("ossem").expect("a vocabulary"));
    let documents = NamedLines::new(naming);
    let (mut seq, mut compared) = (0, 0);
    read_bytes(&log, &Options::default(), &mut |batch| {
        for record in batch.records() {
            let mut line = Vec::new();
            documents.record(record, &mut line);
            let mut expected: serde_json::Map<String, Json> = serde_json::from_slice(&line).expect("JSON");
            expected.remove("unmapped");
            let table = &Table::all()[Table::of(&record.view())].name;
            seq += 1;
            let mut found = view_row(&connection, table, seq);
            found.remove("raw");
            assert_eq!(found, expected, "{table}");
            compared += found.len();
        }
    });
    let count = (VARIANTS * schema::events().len()) as i64;
    assert!(seq == count && compared > 5000, "{seq} {compared}");
}

/// A number where a text belongs and a text that is no Unicode stand in no column: the view says where they are.
#[test]
fn a_view_has_the_record_that_its_columns_do_not_hold() {
    let log = r#"{"event_id":16,"provider":"Microsoft-Windows-Sysmon","fields":{"ConfigurationFileHash":7,"Configuration":"c"}}
{"event_id":16,"provider":"Microsoft-Windows-Sysmon","fields":{"ConfigurationFileHash":"7","Configuration":"c\ud800"}}
{"event_id":16,"provider":"Microsoft-Windows-Sysmon","fields":{"ConfigurationFileHash":"7","Configuration":"c"}}
"#;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("a.db");
    write_sqlite(&path, log);
    let connection = Connection::open(&path).expect("a database");
    let rows: Vec<_> = (1..=3).map(|seq| view_row(&connection, "event_16", seq)).collect();
    let held = |row: usize, name: &str| rows[row].get(name).and_then(Json::as_str);
    let names = ["sysmon_configuration_hash", "sysmon_configuration"];
    let cells: Vec<_> = (0..3).map(|row| names.map(|name| held(row, name))).collect();
    assert_eq!(cells, [[None, Some("c")], [Some("7"), None], [Some("7"), Some("c")]]);
    for (row, part) in [(0, r#""ConfigurationFileHash":7"#), (1, r#""surrogates":["d800"]"#)] {
        assert!(held(row, "raw").is_some_and(|raw| raw.contains(part)), "{rows:?}");
    }
    assert_eq!(held(2, "raw"), None);
}

/// The row of a record in the view of its table, without what is null; truth values as they were.
fn view_row(connection: &Connection, table: &str, seq: i64) -> serde_json::Map<String, Json> {
    let place = format!("SELECT count(*) FROM {table} WHERE seq < ?");
    let place: i64 = connection.query_row(&place, [seq], |row| row.get(0)).expect("a place");
    let mut statement =
        connection.prepare(&format!("SELECT * FROM ossem_{table} LIMIT 1 OFFSET {place}")).expect("a view");
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let is_truth = |name: &str| {
        let table = &Table::all()[Table::find(table).expect("a table")];
        let fields = table.schema.expect("of the dictionary").all_fields();
        let mut truths = fields.filter(|field| field.field_type() == FieldType::Bool);
        truths.any(|field| field.standard_names.iter().any(|standard| standard.name == name))
    };
    let row = |row: &rusqlite::Row<'_>| {
        let cell = |(at, name): (usize, &String)| {
            let value = match row.get_ref(at).expect("a cell") {
                ValueRef::Null => return None,
                ValueRef::Integer(number) if is_truth(name) => json!(number == 1),
                ValueRef::Integer(number) => json!(number),
                value => json!(value.as_str().expect("a text")),
            };
            Some((name.clone(), value))
        };
        Ok(names.iter().enumerate().filter_map(cell).collect())
    };
    statement.query_row([], row).expect("a row")
}

#[test]
fn files_of_others_and_damaged_ones_are_said() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("a");
    Connection::open(&path).expect("a database").execute("CREATE TABLE t (x)", []).expect("a table");
    let (records, damages) = read(&[&path]);
    assert_eq!((records.len(), damages), (0, vec!["a database that this program did not write".to_owned()]));
    write_sqlite(&directory.path().join("b"), LOG);
    let paths = write_parquet(directory.path(), LOG);
    for path in paths.iter().chain([&directory.path().join("b")]) {
        let whole = std::fs::read(path).expect("bytes");
        for cut in [8, 20, whole.len() / 2, whole.len() - 1] {
            std::fs::write(path, &whole[..cut]).expect("a shorter file");
            let (_, damages) = read(&[path]);
            // SQLite's pages at the end may be free of rows.
            assert!(!damages.is_empty() || cut + 1 == whole.len(), "{} cut at {cut}", path.display());
        }
        for at in (0..whole.len()).step_by(whole.len() / 97 + 1) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0xff;
            std::fs::write(path, &bytes).expect("a damaged file");
            read(&[path]);
        }
    }
}

/// A byte of the directory that is another may hide rows, but not without a word.
#[test]
fn a_file_that_a_byte_has_emptied_is_said() {
    let directory = tempfile::tempdir().expect("a directory");
    let log = r#"{"event_id":6,"provider":"Microsoft-Windows-Sysmon","fields":{"ImageLoaded":"x.sys"}}"#;
    let [path] = &write_parquet(directory.path(), log)[..] else { panic!("one table") };
    crate::silence_caught_panics();
    let whole = std::fs::read(path).expect("bytes");
    // The length of the directory and the mark at the end.
    let end = whole.len() - 8;
    let len: [u8; 4] = whole[end..end + 4].try_into().expect("four bytes");
    let counts = end - usize::try_from(u32::from_le_bytes(len)).expect("a length")..end;
    for (at, byte) in counts.flat_map(|at| [0, 2].map(|byte| (at, byte))) {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        std::fs::write(path, &bytes).expect("a damaged file");
        let (records, damages) = read(&[path]);
        assert!(!records.is_empty() || !damages.is_empty(), "byte {at} of {} is {byte}", whole.len());
    }
}

#[test]
fn kinds_are_told_apart_by_their_first_bytes() {
    let known = |head: &[u8]| {
        FOREIGN.iter().find(|foreign: &&Foreign| (foreign.recognise)(head)).map(|f| f.shape.name)
    };
    assert_eq!(known(b"PAR1...."), Some("parquet"));
    assert_eq!(known(b"SQLite format 3\0..."), Some("sqlite"));
    assert_eq!(known(b"ElfFile\0"), None);
}

/// Whose process is whose is tested where the names are; here it is that values get to their columns, and typed.
#[test]
fn tables_in_the_names_of_others_are_typed_and_say_so() {
    let tables = named("ecs");
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("a.db");
    write_sqlite_as(&tables, &path, LOG);
    let connection = Connection::open(&path).expect("a database");
    let row: (String, i64, String, String, i64) = connection
        .query_row(
            r#"SELECT "@timestamp", "process.pid", "process.name", "winlog.event_data.StartModule",
               (SELECT count(*) FROM event_8) FROM event_8 ORDER BY seq"#,
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3).unwrap_or_default(), row.get(4)?)),
        )
        .expect("a row");
    assert_eq!(row, ("2020-10-17 11:43:39.998000".into(), 2920, "WINWORD.exe".into(), String::new(), 2));
    let other: String =
        connection.query_row("SELECT other FROM event_8", [], |row| row.get(0)).expect("what has no column");
    assert!(other.contains("recovered=true"), "{other}");
    // A time that is none and a number with a zero before it have no place in typed columns.
    let odd: (Option<String>, Option<i64>, String) = connection
        .query_row(r#"SELECT "@timestamp", "process.pid", other FROM event_1"#, [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .expect("a row");
    assert_eq!((odd.0, odd.1), (None, None));
    for part in ["Invented=by ", "note=first", "note=second"] {
        assert!(odd.2.contains(part), "{part}: {}", odd.2);
    }
    let names: String =
        connection.query_row("SELECT name FROM names", [], |row| row.get(0)).expect("whose names");
    assert_eq!(names, "ecs");
    let index: i64 = connection
        .query_row(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'event_8' AND sql IS NOT NULL",
            [],
            |row| row.get(0),
        )
        .expect("a count");
    assert!(index >= 4, "time, computer and the two processes: {index}");
}

fn named(names: &str) -> Tables {
    let vocabulary = vocabulary(names).expect("a vocabulary");
    Tables::named(threadhunt::sink::Naming::new(vocabulary))
}

#[test]
fn tables_in_the_names_of_others_are_never_taken_for_logs() {
    for vocabulary in vocabularies() {
        let tables = named(vocabulary.name);
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("a.db");
        write_sqlite_as(&tables, &path, LOG);
        let mut paths = write_parquet_as(&tables, directory.path(), LOG);
        paths.push(path);
        for path in &paths {
            let (records, damages) = read(&[path]);
            if vocabulary.is_own() {
                assert_eq!((records.is_empty(), damages), (false, vec![]));
            } else {
                let [reason] = &damages[..] else { panic!("{}: {damages:?}", path.display()) };
                assert_eq!(records.len(), 0);
                let whose = format!("in the names of {}, ", vocabulary.name);
                assert!(reason.contains(&whose) && reason.contains("write it without --names"), "{reason}");
            }
        }
    }
}

/// A disk that is full is told of once, in the words of the output.
#[test]
fn a_full_disk_is_told_of_in_the_words_of_the_output() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::new(io::ErrorKind::StorageFull, "cannot write to x: no space left"))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let tables = Tables::own();
    let writer = crate::ParquetWriter::new(Full, &tables, Table::of_id(8)).and_then(|mut writer| {
        read_bytes(LOG, &Options::default(), &mut |batch| {
            batch.records().for_each(|record| writer.write(record).expect("it is gathered"));
        });
        writer.finish().map(drop)
    });
    let error = writer.expect_err("nothing can be written");
    let WriteError::Io(cause) = &error else { panic!("{error:?}") };
    assert_eq!(
        (cause.kind(), cause.to_string()),
        (io::ErrorKind::StorageFull, "cannot write to x: no space left".to_owned())
    );
    assert_eq!(error.to_string(), "cannot write the table");
}

#[test]
fn parquet_in_the_names_of_others_has_typed_columns() {
    use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use arrow_array::cast::AsArray;
    use arrow_array::types::{UInt32Type, UInt64Type};

    let directory = tempfile::tempdir().expect("a directory");
    write_parquet_as(&named("ocsf"), directory.path(), LOG);
    let file = File::open(directory.path().join("event_8.parquet")).expect("a file");
    let mut rows = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build().expect("rows");
    let rows = rows.next().expect("a batch").expect("rows");
    let column = |name: &str| rows.column_by_name(name).expect("a column");
    assert_eq!(column("class_uid").as_primitive::<UInt64Type>().values(), &[1007, 1007]);
    assert_eq!(column("time").as_primitive::<UInt64Type>().value(0), 1_602_935_019_998);
    assert_eq!(column("actor.process.pid").as_primitive::<UInt32Type>().value(0), 2920);
    assert_eq!(column("process.path").as_string::<i32>().value(0), "C:\\Windows\\explorer.exe");
}

/// In Sysmon's own names `raw` keeps what they were; in those of others nothing does, so it is counted.
#[test]
fn characters_that_no_cell_can_hold_are_counted() {
    let log = r#"
{"event_id":10,"provider":"Microsoft-Windows-Sysmon","fields":{"SourceImage":"\ud800lone","CallTrace":"a\ud800b\udc00"}}
{"event_id":10,"provider":"Microsoft-Windows-Sysmon","fields":{"SourceImage":"\ufffd is a character"}}
{"event_id":10,"provider":"Microsoft-Windows-Sysmon","fields":{"Unknown":"\udc00","SourceUser":"CORP\\\udc00"}}
"#;
    for vocabulary in vocabularies().iter().filter(|vocabulary| vocabulary.covers(Some(10))) {
        let tables = named(vocabulary.name);
        let directory = tempfile::tempdir().expect("a directory");
        let mut database = SqliteWriter::new(&directory.path().join("a.db"), &tables).expect("a database");
        let mut one = crate::ParquetWriter::new(Vec::new(), &tables, Table::of_id(10)).expect("a file");
        let mut files = ParquetFiles::new(&tables);
        read_bytes(log, &Options::default(), &mut |batch| {
            for record in batch.records() {
                database.write(record).expect("a row");
                one.write(record).expect("a row");
                files.write(record, |_| Ok::<_, WriteError>(Vec::new())).expect("a row");
            }
        });
        let expected = if vocabulary.is_own() { 0 } else { 5 };
        assert_eq!(
            (database.replaced(), one.replaced(), files.replaced()),
            (expected, expected, expected),
            "{}",
            vocabulary.name
        );
    }
}
