//! JSON lines: nothing panics, and what was read is written and read again as the same lines.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use threadhunt::schema::names::vocabularies;
use threadhunt::sink::{self, Choice, Format, Naming};
use threadhunt::source::{Options, read_bytes};

fuzz_target!(|data: &[u8]| {
    let mut input = Vec::from(br#"{"id":8,"fields":{}}"#);
    input.push(b'\n');
    input.extend_from_slice(data);
    let first = rewrite(&input);
    let second = rewrite(&first);
    assert_eq!(without_source(&first), without_source(&second));
});

/// Every format in every vocabulary; formats that do not rename are there more than once.
static FORMATS: LazyLock<Vec<Box<dyn Format>>> = LazyLock::new(|| {
    let namings =
        vocabularies().iter().map(|row| Choice { naming: Some(Naming::new(row)), ..Choice::default() });
    namings.flat_map(|choice| sink::FORMATS.iter().map(move |row| row.with(&choice))).collect()
});

/// Reads lines and writes their events in every format; returns the JSON lines.
fn rewrite(input: &[u8]) -> Vec<u8> {
    let own = sink::Jsonl::default();
    let (mut lines, mut scratch) = (Vec::new(), Vec::new());
    read_bytes(input, &Options::default(), &mut |batch| {
        batch.records().for_each(|record| own.record(record, &mut lines));
        for format in &*FORMATS {
            batch.records().for_each(|record| format.record(record, &mut scratch));
        }
    });
    assert!(std::str::from_utf8(&scratch).is_ok());
    lines
}

/// The lines up to where they were read from, which is another place each time.
fn without_source(lines: &[u8]) -> Vec<String> {
    let text = String::from_utf8(lines.to_vec()).expect("formats write UTF-8");
    text.lines()
        .map(|line| line.rsplit_once("\"source\":").map_or(line, |(head, _)| head).to_owned())
        .collect()
}
