//! The XML reader: any bytes give records and damages, never a panic, and every record lies in its input.
#![no_main]

use libfuzzer_sys::fuzz_target;
use threadhunt::event::{Batch, Projection, Record, Want};
use threadhunt::source::{Options, read_bytes};

/// What makes any bytes an input that is recognised as XML.
const LURE: &[u8] = b"<Events><Event><System/></Event>\n";

fuzz_target!(|data: &[u8]| {
    let input = [LURE, data].concat();
    let all = count(&input, &Options::default());
    let wide: Vec<u8> = String::from_utf8_lossy(&input).encode_utf16().flat_map(u16::to_le_bytes).collect();
    count(&wide, &Options::default());
    let counted = Options { projection: Projection::nothing().with([8], Want::All), ..Options::default() };
    assert!(count(&input, &counted) >= all, "what is only counted is looked at less closely");
});

/// Reads an input and returns how many records there were.
fn count(input: &[u8], options: &Options) -> u64 {
    let mut total = 0;
    read_bytes(input, options, &mut |batch| {
        check(batch, input.len() as u64);
        total += batch.counts.total();
    });
    assert!(total > 0, "the lure is a record");
    total
}

fn check(batch: &Batch, len: u64) {
    for record in batch.records().map(Record::view) {
        assert!(record.place().offset < len);
        record.data().for_each(|(_, value)| drop(value.to_text()));
        assert!(record.tree().count() < len as usize);
    }
    // That the root of the lure is never closed is told of the input as a whole.
    assert!(batch.damages.iter().all(|damage| damage.offset.is_none_or(|offset| offset < len)));
}
