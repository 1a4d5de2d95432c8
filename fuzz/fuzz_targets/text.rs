//! Texts, tables, journals and serialised objects: nothing panics, places lie in the input, memory stays bounded,
//! and what nobody wants is counted all the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use threadhunt::event::{Batch, Projection, Record, Want};
use threadhunt::source::{Options, read_bytes};

/// What makes any bytes an input of each kind.
const LURES: [&[u8]; 6] = [
    b"Process terminated:\r\nUtcTime: 2024-03-14 09:26:53.589\r\nProcessId: 7\r\nImage: a\r\n",
    b"Mar 14 10:26:53 web01 sysmon: Process terminated:#012UtcTime: 2024-03-14 09:26:53.589\n",
    b"LogName=Microsoft-Windows-Sysmon/Operational\nEventCode=5\nMessage=Process terminated:\nUtcTime: -\n",
    b"_raw,host\n\"Process terminated:\nUtcTime: 2024-03-14 09:26:53.589\nProcessId: 7\nImage: a\n\",x\n",
    b"__CURSOR=a\n__REALTIME_TIMESTAMP=1\n_COMM=sysmon\nMESSAGE=Process terminated: UtcTime: -\n\n",
    b"<Objs xmlns=\"http://schemas.microsoft.com/powershell/2004/04\"><Obj RefId=\"0\"><Props>\
      <S N=\"ProviderName\">x</S></Props></Obj>\n",
];

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    // As it is, too: seeds are files of every kind.
    read(data, &Options::default());
    let input = [LURES[usize::from(*first) % LURES.len()], rest].concat();
    let (all, losses) = read(&input, &Options::default());
    assert!(all + losses > 0, "the lure is a record, or a loss");
    let wide: Vec<u8> = String::from_utf8_lossy(&input).encode_utf16().flat_map(u16::to_le_bytes).collect();
    read(&wide, &Options::default());
    let counted = Options { projection: Projection::nothing().with([8], Want::All), ..Options::default() };
    assert!(read(&input, &counted).0 >= all, "what is only counted is looked at less closely");
});

/// Reads an input and returns how many records and losses there were.
fn read(input: &[u8], options: &Options) -> (u64, u64) {
    let mut total = (0, 0);
    read_bytes(input, options, &mut |batch| {
        check(batch, input.len() as u64);
        total.0 += batch.counts.total();
        total.1 += batch.damages.len() as u64;
    });
    total
}

fn check(batch: &Batch, len: u64) {
    for record in batch.records().map(Record::view) {
        assert!(record.place().offset < len);
        record.data().for_each(|(_, value)| drop(value.to_text()));
    }
    assert!(batch.damages.iter().all(|damage| damage.offset.is_none_or(|offset| offset <= len)));
}
