//! The EVTX reader: any bytes give records and damages, never a panic; plans and projections lose nothing;
//! and what the writer makes of the records is read again as the same records.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use threadhunt::event::{Batch, Event, Node, Projection, Record, Want};
use threadhunt::sink::evtx::EvtxWriter;
use threadhunt::source::{Options, read_bytes};

/// What makes any bytes an input that is recognised as EVTX: the head of a chunk.
const LURE: &[u8] = b"ElfChnk\0";

fuzz_target!(|data: &[u8]| {
    let input = [LURE, data.get(LURE.len()..).unwrap_or_default()].concat();
    let mut texts = Vec::new();
    let mut writer = EvtxWriter::new(Cursor::new(Vec::new())).expect("memory can be written");
    let mut written = Vec::new();
    let mut total = 0;
    read_bytes(&input, &Options::default(), &mut |batch| {
        check(batch, input.len() as u64);
        total += batch.counts.total();
        for record in batch.records() {
            texts.push(text(&record.view()));
            if writer.write(record).is_ok() {
                written.push(text(&record.view()));
            }
        }
    });
    assert!(texts.len() as u64 == total, "everything was asked for");

    let wanted = Options { projection: Projection::nothing().with([8], Want::All), ..Options::default() };
    let mut counted = 0;
    read_bytes(&input, &wanted, &mut |batch| counted += batch.counts.total());
    assert!(counted >= total, "what is only counted is looked at less closely");

    let log = writer.finish().expect("memory can be written").into_inner();
    let mut again = Vec::new();
    read_bytes(&log, &Options::default(), &mut |batch| {
        again.extend(batch.records().map(|record| text(&record.view())))
    });
    assert_eq!(written, again);
});

fn check(batch: &Batch, len: u64) {
    assert!(batch.records().map(Record::view).all(|event| event.place().offset < len));
    assert!(batch.damages.iter().all(|damage| damage.offset.is_none_or(|offset| offset <= len)));
}

/// A record as text: system fields, data and trees. Which kind of slot holds a text is no part of it.
fn text(event: &Event<'_>) -> String {
    let tree: Vec<_> = event
        .tree()
        .map(|node| match node {
            Node::Open(name) => format!("<{name}"),
            Node::Attribute(name, value) => format!("@{name}={value}"),
            Node::Text(value) => format!("={value}"),
            Node::Close => ">".to_owned(),
        })
        .collect();
    format!("{event:?} {tree:?}")
}
