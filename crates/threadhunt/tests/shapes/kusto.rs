//! Answers of Log Analytics and of Azure Data Explorer: columns once, then rows.

use serde_json::{Value as Json, json};
use threadhunt::source::{Options, read_bytes, shapes};

use crate::ours::record;
use crate::{Seen, read};

/// The columns and the row of our record of Sentinel's table.
fn table() -> (Vec<String>, Vec<Json>) {
    let record: Json = serde_json::from_str(&record("sentinel-event")).unwrap();
    record.as_object().unwrap().iter().map(|(name, value)| (name.clone(), value.clone())).unzip()
}

fn version_1(rows: &[Json]) -> Json {
    let columns: Vec<_> = table().0.iter().map(|name| json!({"name": name, "type": "string"})).collect();
    json!({"tables": [{"name": "PrimaryResult", "columns": columns, "rows": rows}]})
}

fn version_2(rows: &[Json]) -> Json {
    let columns: Vec<_> =
        table().0.iter().map(|name| json!({"ColumnName": name, "ColumnType": "string"})).collect();
    let about = json!([{"ColumnName": "TableId", "ColumnType": "int"}, {"ColumnName": "Value", "ColumnType": "dynamic"}]);
    json!([
        {"FrameType": "DataSetHeader", "IsProgressive": false, "Version": "v2.0"},
        {"FrameType": "DataTable", "TableId": 0, "TableKind": "QueryProperties", "Columns": about, "Rows": [[1, "{}"]]},
        {"FrameType": "DataTable", "TableId": 1, "TableKind": "PrimaryResult", "Columns": columns, "Rows": rows},
        {"FrameType": "DataTable", "TableId": 2, "TableKind": "QueryCompletionInformation", "Columns": about, "Rows": [[1, "x"]]},
        {"FrameType": "DataSetCompletion", "HasErrors": false, "Cancelled": false},
    ])
}

/// Version 1 of Azure Data Explorer.
fn numbered(rows: &[Json]) -> Json {
    let columns: Vec<_> =
        table().0.iter().map(|name| json!({"ColumnName": name, "DataType": "String"})).collect();
    json!({"Tables": [
        {"TableName": "Table_0", "Columns": columns, "Rows": rows},
        {"TableName": "Table_1", "Columns": [{"ColumnName": "Ordinal"}, {"ColumnName": "Kind"}], "Rows": [[0, "QueryResult"]]},
    ]})
}

const VERSIONS: [fn(&[Json]) -> Json; 3] = [version_1, version_2, numbered];

#[test]
fn rows_of_an_answer_are_read_as_what_their_columns_say() {
    let twin = read(record("sentinel-event").as_bytes()).events.remove(0);
    let row = Json::from(table().1);
    for version in VERSIONS {
        for rows in [vec![row.clone()], vec![row.clone(); 3]] {
            let answer = version(&rows);
            for text in [answer.to_string(), serde_json::to_string_pretty(&answer).unwrap()] {
                let seen = read(text.as_bytes());
                assert_eq!(seen.damages, [""; 0], "{text}");
                assert_eq!(seen.events, vec![twin.clone(); rows.len()], "{text}");
                assert!(seen.shapes.iter().all(|(name, _)| *name == "sentinel-event"), "{:?}", seen.shapes);
            }
        }
    }
}

#[test]
fn a_row_of_another_width_is_a_loss_with_its_place() {
    let row = Json::from(table().1);
    let answer = version_1(&[row.clone(), json!(["too", "few"]), json!("no list"), row]).to_string();
    let seen = read(answer.as_bytes());
    assert_eq!(seen.events.len(), 2);
    let width = table().0.len();
    assert_eq!(
        seen.damages,
        [
            format!("malformed a row of 2 values, and there are {width} columns"),
            "malformed a row that is no list of values".to_owned(),
        ]
    );
    let mut places = Vec::new();
    read_bytes(answer.clone(), &Options::default(), &mut |batch| {
        places.extend(batch.damages.iter().map(|damage| damage.offset));
    });
    let at = |text: &str| answer.find(text).unwrap() as u64;
    assert_eq!(places, [at(r#"["too""#), at(r#""no list""#)].map(Some));
}

#[test]
fn a_shape_that_is_asked_for_is_that_of_the_rows() {
    let answer = version_1(&[Json::from(table().1)]).to_string();
    let options =
        Options { shape: shapes().find(|shape| shape.name == "sentinel-event"), ..Options::default() };
    let mut seen = Seen::default();
    read_bytes(answer, &options, &mut |batch| seen.add(batch));
    assert_eq!((seen.events.len(), seen.damages.len()), (1, 0), "{:?}", seen.damages);
}

/// A large answer, each row with a number of its own.
fn large(count: usize, version: fn(&[Json]) -> Json) -> String {
    let (columns, row) = table();
    let place = columns.iter().position(|name| name == "TenantId").unwrap();
    let rows: Vec<_> = (0..count)
        .map(|at| {
            let mut row = row.clone();
            row[place] = json!(format!("row {at}"));
            Json::from(row)
        })
        .collect();
    version(&rows).to_string()
}

#[test]
fn a_large_answer_is_cut_between_its_rows() {
    const COUNT: usize = 4000;
    for version in VERSIONS {
        let text = large(COUNT, version);
        assert!(text.len() > 6 << 20, "{}", text.len());
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let wide = [b"\xff\xfe".to_vec(), wide].concat();
        for (text, scale, start) in [(text.clone().into_bytes(), 1, 0), (wide, 2, 2)] {
            let (mut largest, mut offsets) = (0, Vec::new());
            read_bytes(text, &Options::default(), &mut |batch| {
                largest = largest.max(batch.input().len());
                assert_eq!(batch.damages, []);
                offsets.extend(batch.records().map(|record| record.view().place().offset));
            });
            assert_eq!(offsets.len(), COUNT);
            assert!(largest < 2 << 20, "{largest}");
            let plain = large(COUNT, version);
            for at in [0, 1, COUNT / 2, COUNT - 1] {
                let named = plain.find(&format!("\"row {at}\"")).unwrap();
                let begins = plain[..named].rfind('[').unwrap();
                assert_eq!(offsets[at], start + (begins * scale) as u64, "row {at}");
            }
        }
    }
}

#[test]
fn an_answer_that_breaks_off_gives_the_rows_before() {
    for version in VERSIONS {
        let text = large(500, version);
        let begins = |row: usize| {
            let named = text.find(&format!("\"row {row}\"")).unwrap();
            text[..named].rfind('[').unwrap()
        };
        // Between two rows nothing is broken, and still there were more.
        let seen = read(&text.as_bytes()[..begins(3)]);
        assert_eq!((seen.events.len(), seen.damages.len()), (3, 1), "{:?}", seen.damages);
        assert!(seen.damages[0].contains("records may be missing"), "{:?}", seen.damages);
        for row in [1, 3, 400] {
            for cut in [begins(row) + 1, begins(row) + 300] {
                let seen = read(&text.as_bytes()[..cut]);
                assert_eq!((seen.events.len(), seen.damages.len()), (row, 1), "{row} {:?}", seen.damages);
            }
        }
    }
}
