//! The reader as a whole: shapes, damage, and the samples where they are at hand.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::PathBuf;

use memchr::memmem;
use proptest::prelude::*;

use super::extent::MAX_EVENT;
use super::split::{Sizes, split_by};
use super::{FORMAT, decode, recognise};
use crate::event::{Batch, DamageCode, Event, Node, Projection, Record, SystemField, Want};
use crate::schema::fields;
use crate::source::{Block, Options, Workshop, read_bytes};

/// An event 8 with this inside of `EventData`.
fn event(data: &str) -> String {
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon'/>\
         <EventID>8</EventID><EventRecordID>7</EventRecordID></System><EventData>{data}</EventData></Event>"
    )
}

/// What came out of a text: per record id, offset, line and data; then damages; then notes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    records: Vec<(u16, u64, Option<u64>, String)>,
    damages: Vec<(DamageCode, Option<u64>, Option<u64>, String)>,
    notes: Vec<String>,
}

impl Found {
    fn add(&mut self, batch: &Batch) {
        for record in batch.records().map(Record::view) {
            self.records.push((record.id(), record.place().offset, record.place().line, shown(&record)));
            self.notes.extend(record.notes().map(str::to_owned));
        }
        let damages = batch.damages.iter();
        self.damages.extend(
            damages.map(|damage| (damage.code, damage.offset, damage.line, damage.reason.to_string())),
        );
    }

    fn data(&self) -> Vec<&str> {
        self.records.iter().map(|record| record.3.as_str()).collect()
    }

    fn codes(&self) -> Vec<DamageCode> {
        self.damages.iter().map(|damage| damage.0).collect()
    }
}

/// `Name=value` of all data, then the trees.
fn shown(event: &Event<'_>) -> String {
    let data = event.data().map(|(name, value)| format!("{}={value}", name.as_str()));
    let tree = event.tree().map(|node| match node {
        Node::Open(name) => format!("({name}"),
        Node::Attribute(name, value) => format!("@{name}={value}"),
        Node::Text(value) => value.to_string(),
        Node::Close => ")".to_owned(),
    });
    data.chain(tree).collect::<Vec<_>>().join("|")
}

fn blocks(input: &[u8], sizes: Sizes) -> Vec<Block> {
    let mut blocks = Vec::new();
    let end = split_by(sizes, &mut &input[..], &mut |block| {
        blocks.push(block);
        ControlFlow::Continue(())
    });
    // Whether a root goes on has a test of its own.
    assert!(end.as_ref().err().is_none_or(|error| error.kind() == io::ErrorKind::UnexpectedEof), "{end:?}");
    blocks
}

fn found_by(input: &[u8], sizes: Sizes) -> Found {
    let options = Options::default();
    let mut workshop = Workshop::new(&options);
    let mut found = Found::default();
    for block in blocks(input, sizes) {
        let mut batch = Batch::default();
        let head = block.head(None);
        batch.load(block.bytes);
        decode::decode(head, &mut batch, &mut workshop);
        found.add(&batch);
    }
    found
}

fn found(input: impl AsRef<[u8]>) -> Found {
    found_by(input.as_ref(), Sizes { block: 1 << 20, read: 1 << 16 })
}

/// Reads the text, recognised as XML, and expects these data without damage.
#[track_caller]
fn check(text: impl AsRef<[u8]>, data: &[&str]) -> Found {
    assert!(recognise(text.as_ref()));
    let found = found(text);
    assert_eq!(found.data(), data);
    assert_eq!(found.damages, []);
    found
}

#[track_caller]
fn check_value(raw: &str, value: &str, notes: &[&str]) {
    let found = check(event(&format!("<Data Name='A'>{raw}</Data>")), &[&format!("A={value}")]);
    assert_eq!(found.notes, notes);
}

#[test]
fn roots_and_what_stands_between() {
    let one = event("<Data Name='A'>1</Data>");
    for text in [
        one.clone(),
        format!("<?xml version='1.0'?>\r\n<Events>{one}</Events>"),
        format!("<w:anything at='all'>\n{one}\n</w:anything>"),
        format!("Record 1\n<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{one}\n\n"),
        format!("<134>Aug 22 10:00:00 debian sysmon: {one}"),
        format!("\u{feff}{one}"),
        format!("<!-- an export --><Events>{one}</Events>"),
        format!("- {one}").replace("><", ">\n- <").replace("- </", "</"),
        one.replace('<', "<e:").replace("<e:/", "</e:"),
        one.replace("xmlns='http://schemas.microsoft.com/win/2004/08/events/event'", ""),
        one.replace('\'', "\""),
    ] {
        check(text, &["A=1"]);
    }
    check(format!("{one}\n{one}{one}"), &["A=1"; 3]);
    check("<?xml version='1.0'?><Events></Events>", &[]);
}

#[test]
fn what_is_something_else_is_not_claimed() {
    let one = event("");
    for text in [
        String::new(),
        "<".to_owned(),
        "plain text with Event in it".to_owned(),
        "<Sysmon schemaversion='4.50'><EventFiltering/></Sysmon>".to_owned(),
        "<Objs Version='1.1.0.1'><Obj/></Objs>".to_owned(),
        "<Events><Item/></Events>".to_owned(),
        "<Event><Other/></Event>".to_owned(),
        format!("<html><body>{one}"),
        format!("<!DOCTYPE html><p>{one}"),
        format!("<svg>{one}"),
        format!("{{\"_raw\":\"{one}\"}}"),
        format!("[{{\"_raw\":\"{one}\"}}]"),
    ] {
        assert!(!recognise(text.as_bytes()), "{text}");
    }
    let head = format!("<r>{}<Event xmlns='ht", " ".repeat(4096 - 19));
    assert!(recognise(&head.as_bytes()[..4096]), "the event begins where the first bytes end");
}

/// `evtx_dump` breaks the line within elements that have attributes only; other text is told.
#[test]
fn layout_within_the_system_section_is_no_text() {
    for (text, notes) in [("\n    ", 0), ("x", 1)] {
        let spread = event("<Data Name='a'>1</Data>").replace("'/>", &format!("'>{text}</Provider>"));
        assert_eq!(check(&spread, &["a=1"]).notes.len(), notes, "{text:?}");
    }
}

#[test]
fn utf16_in_both_orders() {
    let text = event("<Data Name='A'>Jörg 😀</Data>");
    let units: Vec<u16> = text.encode_utf16().collect();
    for bom in [None, Some(0xfeff)] {
        let all = || bom.into_iter().chain(units.iter().copied());
        for bytes in [
            all().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
            all().flat_map(u16::to_be_bytes).collect(),
        ] {
            let found = check(bytes, &["A=Jörg 😀"]);
            assert_eq!(found.records[0].1, bom.map_or(0, |_| 2), "the offset is that of the input");
        }
    }
}

#[test]
fn offsets_of_utf16_count_units() {
    let text = format!("\n{}\n{}", event("<Data Name='A'>日本😀</Data>"), event(""));
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let second = text[..text.rfind("<Event ").unwrap()].encode_utf16().count() as u64 * 2;
    for block in [1, 1 << 20] {
        let found = found_by(&bytes, Sizes { block, read: 64 });
        let places: Vec<_> = found.records.iter().map(|record| (record.1, record.2)).collect();
        assert_eq!(places, [(2, Some(2)), (second, Some(3))]);
    }
}

#[test]
fn lone_surrogates_are_replaced_and_noted() {
    let text = event("<Data Name='A'>x?y</Data>");
    let mut units: Vec<u16> = text.encode_utf16().collect();
    let at = text.find("x?y").unwrap() + 1;
    units[at] = 0xd800;
    let bytes: Vec<u8> = units.into_iter().flat_map(u16::to_le_bytes).collect();
    let found = check(bytes, &["A=x\u{fffd}y"]);
    assert_eq!(found.notes, ["lone surrogates replaced by U+FFFD"]);
}

#[test]
fn bytes_that_are_no_utf8_are_replaced_and_noted() {
    let mut bytes = event("<Data Name='A'>x?y</Data>").into_bytes();
    *bytes.iter_mut().find(|byte| **byte == b'?').unwrap() = 0xff;
    let found = check(bytes, &["A=x\u{fffd}y"]);
    assert_eq!(found.notes, ["bytes that are not UTF-8 replaced by U+FFFD"]);
}

#[test]
fn values_are_verbatim() {
    check_value(" ", " ", &[]);
    check_value(" a \r\n b\n", " a \n b\n", &[]);
    check_value("-", "-", &[]);
    check_value("&lt;unknown process&gt;", "<unknown process>", &[]);
    check_value("a<!-- c -->b<![CDATA[<&amp;>]]>", "ab<&amp;>", &[]);
    check_value("&#x1b;[2J", "\u{1b}[2J", &["a reference to a character that XML forbids was resolved"]);
    check_value("a & b &nbsp;", "a & b &nbsp;", &["an unknown entity or a bare & was kept as it is"]);
}

#[test]
fn unescaped_values_are_taken_as_they_are() {
    let note = ["a value holds an unescaped < and was taken as it is"];
    for raw in [
        "<unknown process>",
        "cmd <in >out",
        "a < b && c",
        "if <x> then </x> </y>",
        "<!-- ",
        "<![CDATA[",
        "</",
        "<Event>x",
        "<a b='",
    ] {
        check_value(raw, raw, &note);
    }
}

#[test]
fn elements_of_every_kind() {
    check(event("<Data Name='A'/><Data Name=\"B\" /><Data>x</Data><Data></Data>"), &["A=|B=|=x|="]);
    check(event("\n  <Data Name='A'>1</Data>\n  "), &["A=1"]);
    check(event("\n  "), &[""]);
    check(event("<Data Name='A'><b c='d'>x</b> </Data>"), &["(EventData|(Data|@Name=A|(b|@c=d|x|)|)|)"]);
    let user_data = event("")
        .replace("EventData", "UserData")
        .replace("<UserData>", "<UserData><Event><x> </x><y/></Event>");
    check(user_data, &["(UserData|(Event|(x| |)|(y|)|)|)"]);
}

#[test]
fn rendering_info_is_left_out() {
    let info =
        "<RenderingInfo Culture='en-US'><Message>TargetImage: <unknown process> &</Message></RenderingInfo>";
    for info in [info, "<RenderingInfo/>"] {
        let found =
            check(event("<Data Name='A'>1</Data>").replace("</Event>", &format!("{info}</Event>")), &["A=1"]);
        assert_eq!(found.notes, [""; 0]);
    }
}

#[test]
fn system_fields() {
    let text = "Jan 1 h sysmon: <Event><System><Provider Name=\"Linux-Sysmon\"/><EventID>3</EventID>\
                <TimeCreated SystemTime=\"2026-01-22T13:17:16.405709000Z\"/><Security UserId=\"0\"/></System></Event>";
    read_bytes(text, &Options::default(), &mut |batch| {
        let event = batch.events().next().unwrap();
        assert_eq!(event.id(), 3);
        assert_eq!(event.system(SystemField::UserId).unwrap().to_string(), "0");
        assert_eq!(event.time_created().unwrap().to_string(), "2026-01-22T13:17:16.4057090Z");
    });
}

#[test]
fn quoted_events() {
    let one = event("<Data Name='A'>C:\\x \"y\"</Data>");
    let json = one.replace('\\', "\\\\").replace('"', "\\\"");
    let found = check(format!("\"{json}\\n{json}\\n\""), &["A=C:\\x \"y\""; 2]);
    assert_eq!(found.notes.len(), 2);
    let csv = one.replace('"', "\"\"");
    check(format!("\"{csv}\",host\n\"{csv}\",host\n"), &["A=C:\\x \"y\""; 2]);
    let found = check(format!("\"{}\"", one.replace("\"y\"", "y")), &["A=C:\\x y"]);
    assert_eq!(found.notes, [""; 0]);
}

#[track_caller]
fn check_damage(text: &str, data: &[&str], damages: &[(DamageCode, u64, u64)]) {
    let found = found(text);
    assert_eq!(found.data(), data);
    let places: Vec<_> =
        found.damages.iter().map(|(code, offset, line, _)| (*code, offset.unwrap(), line.unwrap())).collect();
    assert_eq!(places, damages, "{:?}", found.damages);
}

#[test]
fn damage_concerns_one_event() {
    let good = event("<Data Name='A'>1</Data>");
    let second = good.len() as u64 + 1;
    let lines = |bad: &str| format!("{good}\n{bad}\n{good}");
    for bad in [
        good.replace("</System>", "</Sytem>"),
        good.replace("</System>", ""),
        good.replace("<EventData>", "<System></System><EventData>"),
        good.replace("</Event>", "</b></Event>"),
        good.replace("<EventData>", &"<a>".repeat(70)),
        "<Event>no system</Event>".to_owned(),
    ] {
        check_damage(&lines(&bad), &["A=1"; 2], &[(DamageCode::Malformed, second, 2)]);
    }
    // Behind its data, only the end tag is missing.
    let whole = &good[..good.len() - 8];
    check_damage(&lines(whole), &["A=1"; 3], &[(DamageCode::Truncated, second, 2)]);
    check_damage(&format!("{good}\n{whole}"), &["A=1"; 2], &[(DamageCode::Truncated, second, 2)]);
    // As `evtx_dump` writes it, and joined.
    let dumped = format!("Record 1\n<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{whole}\n");
    let at = dumped.len() - whole.len() - 1;
    let places = [0, 1, 2]
        .map(|count| (DamageCode::Truncated, (count * dumped.len() + at) as u64, count as u64 * 3 + 3));
    check_damage(&dumped.repeat(3), &["A=1"; 3], &places);
    // What follows the data is told of where it is not known.
    check_damage(&lines(&format!("{whole}\nwords")), &["A=1"; 2], &[(DamageCode::Truncated, second, 2)]);
    for cut in [good.len() - 1, good.len() - 30, 120] {
        check_damage(&lines(&good[..cut]), &["A=1"; 2], &[(DamageCode::Truncated, second, 2)]);
        check_damage(&format!("{good}\n{}", &good[..cut]), &["A=1"], &[(DamageCode::Truncated, second, 2)]);
    }
}

/// How an export ends is all that tells of events that were cut off behind a whole one.
#[test]
fn a_root_that_is_never_closed_is_told_of() {
    let good = event("<Data Name='A'>1</Data>");
    let told = |text: &str, data: usize, sizes: Sizes| {
        encodings(text).map(|input| {
            let mut blocks = Vec::new();
            let end = split_by(sizes, &mut &input[..], &mut |block| {
                blocks.push(block);
                ControlFlow::Continue(())
            });
            let events: usize =
                blocks.iter().map(|block| memmem::find_iter(&block.bytes, "</Event>").count()).sum();
            assert_eq!(events, data, "{text}");
            end.is_err_and(|error| error.kind() == io::ErrorKind::UnexpectedEof)
        })
    };
    let many = format!("{good}\n").repeat(40);
    for sizes in [Sizes { block: 1 << 20, read: 1 << 16 }, Sizes { block: 300, read: 7 }] {
        for (root, end) in [
            ("<Events>", "</a:Events>"),
            ("<?xml version=\"1.0\"?>\n<!-- a -->\n<Events xmlns='x'>", "</Events>"),
            ("<a:Events>", "</Events>"),
            ("<events>", "</events>"),
            ("<EventList count='40'>\n", "</EventList\n>"),
            ("<sysmonview><!-- a -->", "</sysmonview>"),
            ("<Eve>", "</Eve>"),
            ("<Root><Events>", "</Events></Root>"),
        ] {
            assert_eq!(told(&format!("{root}{many}"), 40, sizes), [true; 4], "{root}");
            assert_eq!(told(&format!("{root}{many}{end}{good}"), 41, sizes), [false; 4], "{root}");
            // That the last event is cut off is told of with its place.
            assert_eq!(told(&format!("{root}{many}{}", &good[..60]), 40, sizes), [false; 4], "{root}");
        }
        assert_eq!(told(&format!("<Root><Events>{many}</Events>"), 40, sizes), [true; 4]);
        for text in [
            many.clone(),
            format!("<Events/>{many}"),
            format!("<Events>{many}</Events\n>"),
            format!("<13>app: {many}"),
            format!("<app> said: {many}"),
        ] {
            assert_eq!(told(&text, 40, sizes), [false; 4], "{text}");
        }
    }
    let mut damages = Vec::new();
    read_bytes(format!("<Events>{good}"), &Options::default(), &mut |batch| {
        damages.extend(batch.damages.iter().map(|damage| damage.code));
    });
    assert_eq!(damages, [DamageCode::Truncated]);
}

#[test]
fn a_tag_that_breaks_off_at_the_end_is_an_event_that_is_cut_off() {
    let good = event("<Data Name='A'>1</Data>");
    for root in ["", "<sysmonview>"] {
        for begun in ["<", "<E", "<Even", "<a:Even", "<Event", "<Event xmlns"] {
            let whole = format!("{root}{good}\n");
            let place = (DamageCode::Truncated, whole.len() as u64, 2);
            check_damage(&format!("{whole}{begun}"), &["A=1"], &[place]);
            for input in encodings(&format!("{whole}{begun}")) {
                for sizes in [Sizes { block: 1, read: 5 }, Sizes { block: 1 << 20, read: 1 << 16 }] {
                    assert_eq!(found_by(&input, sizes).codes(), [DamageCode::Truncated], "{begun}");
                }
            }
        }
    }
    for other in ["<b", "</Even", "< E", "words <Even"] {
        let codes = found(format!("{good}\n{other}")).codes();
        assert!(!codes.contains(&DamageCode::Truncated), "{other}: {codes:?}");
    }
}

#[test]
fn a_malformed_event_names_its_record() {
    let text = event("<Data>").replace("</EventData>", "");
    read_bytes(text, &Options::default(), &mut |batch| {
        assert_eq!(batch.damages[0].record_id, Some(7));
        assert!(batch.is_empty());
    });
}

#[test]
fn declared_entities_are_never_expanded() {
    let text = format!(
        "<!DOCTYPE Events [<!ENTITY e 'x'>]>\n<Events>{}</Events>",
        event("<Data Name='A'>&e;</Data>")
    );
    check_damage(&text, &["A=&e;"], &[(DamageCode::Malformed, 0, 1)]);
}

#[test]
fn a_doctype_is_seen_without_a_long_look_back() {
    use decode::{LOOK_BACK, before_on_line};
    let long = [b"<!DOCTYPE".repeat(1000), b" ".repeat(1000)].concat();
    assert_eq!(before_on_line(&long), [b' '; LOOK_BACK]);
    assert_eq!(before_on_line(b"<a>\n x"), b" x");
    assert_eq!(before_on_line(b"<a>y"), b"y");
    let good = event("<Data Name='A'>1</Data>");
    check_damage(
        &format!("{good}{}\n<!DOCTYPE x>", "<!DOCTYPE".repeat(1000)),
        &["A=1"],
        &[
            (DamageCode::Malformed, good.len() as u64, 1),
            (DamageCode::Malformed, good.len() as u64 + 9001, 2),
        ],
    );
}

#[test]
fn an_event_without_end_does_not_fill_the_memory() {
    let good = event("<Data Name='A'>1</Data>");
    let endless = good[..good.len() - 20].to_owned() + &"x".repeat(MAX_EVENT);
    check_damage(
        &format!("{good}\n{endless}\n{good}"),
        &["A=1"; 2],
        &[(DamageCode::Limit, good.len() as u64 + 1, 2)],
    );
}

#[test]
fn cdata_hides_tags() {
    let forged = event("<Data Name='A'>forged</Data>");
    let text = event(&format!("<Data Name='A'><![CDATA[</Data></EventData></Event>{forged}]]></Data>"));
    assert_eq!(found(&text).records.len(), 1);
    assert_eq!(found(&text).damages, []);
}

#[test]
fn what_nobody_wants_is_counted_without_its_data() {
    let text = event("<Data Name='A'>1</Data>")
        + &event("").replace(">8<", ">1<")
        + &event("").replace("Microsoft-Windows-Sysmon", "Other");
    let options = Options { projection: Projection::nothing().with([8], Want::All), ..Options::default() };
    read_bytes(text, &options, &mut |batch| {
        assert_eq!(batch.len(), 1);
        assert_eq!((batch.counts.sysmon[8], batch.counts.sysmon[1], batch.counts.others), (1, 1, 1));
    });
}

/// A stream of events without end that is never in memory as a whole.
struct Stream {
    event: Vec<u8>,
    left: usize,
    at: usize,
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Ok(0);
        }
        let count = (&self.event[self.at..]).read(buffer)?;
        self.at += count;
        if self.at == self.event.len() {
            (self.at, self.left) = (0, self.left - 1);
        }
        Ok(count)
    }
}

#[test]
fn blocks_of_a_long_stream_stay_small() {
    let event = event("<Data Name='CommandLine'>x</Data>") + "\n";
    let len = event.len() as u64;
    let mut stream = Stream { event: event.into_bytes(), left: 200_000, at: 0 };
    let (mut lines, mut offset, mut largest) = (1, 0, 0);
    (FORMAT.split)(&mut stream, &mut |block| {
        assert_eq!((block.offset, block.line), (offset, lines));
        offset += block.bytes.len() as u64;
        lines += memchr::memchr_iter(b'\n', &block.bytes).count() as u64;
        largest = largest.max(block.bytes.capacity());
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(offset, 200_000 * len);
    assert!(largest <= 2 << 20, "{largest}");
}

/// An event of this many bytes.
fn event_of(len: usize) -> String {
    let frame = event("<Data Name='A'></Data>").len();
    event(&format!("<Data Name='A'>{}</Data>", "x".repeat(len - frame)))
}

/// The text in each encoding.
fn encodings(text: &str) -> [Vec<u8>; 4] {
    let wide = |mark: &str| format!("{mark}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    [text.into(), format!("\u{feff}{text}").into(), wide(""), wide("\u{feff}")]
}

#[test]
fn an_event_may_end_anywhere_about_the_end_of_a_block() {
    let block = 1000;
    for over in 0..=8 {
        let text = event_of(block - 4 + over) + &event_of(400).repeat(40);
        for input in encodings(&text) {
            let blocks = blocks(&input, Sizes { block, read: 256 });
            let largest = blocks.iter().map(|block| block.bytes.len()).max();
            assert!(blocks.len() > 10 && largest <= Some(2 * block), "{over}: {largest:?}");
            assert_eq!(found_by(&input, Sizes { block, read: 256 }).records.len(), 41);
        }
    }
}

#[test]
fn blocks_of_utf16_stay_small_whatever_the_lengths() {
    for len in 300..420 {
        for input in encodings(&event_of(len).repeat(60)) {
            let sizes = Sizes { block: 2048, read: 512 };
            let largest = blocks(&input, sizes).iter().map(|block| block.bytes.len()).max();
            assert!(largest.is_some_and(|largest| largest < 2048 + 3 + len), "{len}: {largest:?}");
        }
    }
}

#[test]
fn splitting_stops_when_nobody_wants_more() {
    let event = event("") + "\n";
    let mut stream = Stream { event: event.into_bytes(), left: usize::MAX, at: 0 };
    let mut blocks = 0;
    (FORMAT.split)(&mut stream, &mut |_| {
        blocks += 1;
        if blocks == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap();
    assert_eq!(blocks, 3);
}

/// Where the shared logs are, if they are at hand.
fn shared() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let path = std::env::var_os("THREADHUNT_SHARED").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    if !path.join("data").is_dir() {
        println!("skipped: no shared logs at {}", path.display());
        return None;
    }
    Some(path)
}

/// Name and value of each datum, the three spellings of "none" made one.
type Values = BTreeMap<String, String>;

fn canonical(values: impl Iterator<Item = (String, String)>) -> Values {
    values.map(|(name, value)| (name, if value.is_empty() { "-".to_owned() } else { value })).collect()
}

/// Computer, record id and values of the events 8 in a file.
fn events_8(path: &std::path::Path) -> Vec<((String, u64), Values)> {
    let mut events = Vec::new();
    read_bytes(std::fs::read(path).unwrap(), &Options::default(), &mut |batch| {
        assert_eq!(batch.damages, [], "{}", path.display());
        for event in batch.events().filter(|event| event.id() == 8) {
            assert!(event.get(fields::SOURCE_IMAGE).is_some());
            let values =
                canonical(event.data().map(|(name, value)| (name.as_str().to_owned(), value.to_string())));
            events.push(((event.computer().into_owned(), event.record_id().unwrap()), values));
        }
    });
    events
}

#[test]
fn derived_shapes_hold_the_values_of_the_logs() {
    let Some(shared) = shared() else { return };
    let truth = std::fs::read_to_string(shared.join("data/truth/event8.jsonl")).unwrap();
    let truth: BTreeMap<(String, u64), Values> = truth
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|row| row["shape"] == "evtx")
        .map(|row| {
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            let values =
                row["canonical"].as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value)));
            ((text(&row["Computer"]), row["EventRecordID"].as_u64().unwrap()), canonical(values))
        })
        .collect();
    // Files of each shape, and events 8 in them, as the manifest of the logs has it.
    for (folder, counts) in [
        ("xml-eventviewer", &[2, 2, 3][..]),
        ("xml-wevtutil", &[2, 2, 3]),
        ("xml-utf16", &[2, 2, 3]),
        ("evtx_dump-xml", &[2, 2, 3]),
        ("xml-unescaped", &[3]),
    ] {
        let mut files: Vec<_> = std::fs::read_dir(shared.join("data/derived").join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        let events: Vec<_> = files.iter().map(|file| events_8(file)).collect();
        assert_eq!(events.iter().map(Vec::len).collect::<Vec<_>>(), counts, "{folder}");
        for (key, values) in events.iter().flatten() {
            assert_eq!(truth.get(key), Some(values), "{folder} {key:?}");
        }
    }
}

#[test]
fn shapes_seen_in_the_wild_are_read() {
    let Some(shared) = shared() else { return };
    // Path, records, and whether records carry notes.
    for (path, records, notes) in [
        ("reference/input-shapes/xml-eventviewer-details.xml", 1, false),
        ("reference/input-shapes/xml-seed-page.xml", 1, false),
        ("reference/input-shapes/xml-eventviewer-copy-with-dashes.txt", 1, false),
        ("reference/input-shapes/xml-eventviewer-saveas.xml", 2, false),
        ("reference/input-shapes/xml-wevtutil-qe.xml", 2, false),
        ("reference/input-shapes/xml-wef-forwarded.xml", 1, false),
        ("reference/input-shapes/xml-wevtutil-e-sysmonview.xml", 2, false),
        ("reference/input-shapes/splunk-xmlwineventlog.log", 1, false),
        ("reference/input-shapes/sysmonforlinux-syslog.log", 2, false),
        ("data/shapes/splunk-xml/41ab1a_sysmon.log", 5, true),
        ("data/shapes/splunk-xml/certify_esc1_abuse_sysmon.log", 23, false),
        ("data/shapes/splunk-xml/sysmon.log", 5, false),
        ("data/shapes/splunk-xml/sysmon.xml", 5, false),
        ("data/shapes/splunk-xml/windows-sysmon.log", 24, false),
    ] {
        let bytes = std::fs::read(shared.join(path)).unwrap();
        assert!(recognise(&bytes[..bytes.len().min(4096)]), "{path}");
        let found = found(bytes);
        assert_eq!(
            (found.records.len(), found.codes(), !found.notes.is_empty()),
            (records, vec![], notes),
            "{path}"
        );
    }
}

#[test]
fn a_sample_that_ends_too_early_has_its_data_and_is_told_of() {
    let Some(shared) = shared() else { return };
    let found = found(std::fs::read(shared.join("reference/input-shapes/evtx_dump.xml")).unwrap());
    assert_eq!(
        (found.records.len(), found.codes()),
        (1, vec![DamageCode::Truncated]),
        "its </Event> is missing"
    );
}

#[test]
fn other_shapes_are_left_to_others() {
    let Some(shared) = shared() else { return };
    for entry in std::fs::read_dir(shared.join("reference/input-shapes")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let ours = name.starts_with("xml-")
            || ["evtx_dump.xml", "splunk-xmlwineventlog.log", "sysmonforlinux-syslog.log", "README.md"]
                .contains(&name.as_str());
        assert_eq!(recognise(&bytes[..bytes.len().min(4096)]), ours && name != "README.md", "{name}");
    }
}

/// Pieces of which hostile inputs are made.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "<Event>",
        "<Event ",
        "<System>",
        "</System>",
        "<Event xmlns='x'><System>",
        "</Event>",
        "</Event",
        "<Event/>",
        "<e:Event>",
        "</e:Event>",
        "<EventData>",
        "</EventData>",
        "<Data Name='A'>",
        "<Data>",
        "</Data>",
        "<Data Name='",
        "'",
        "\"",
        "\\n",
        "-",
        "- ",
        "\r\n",
        ">",
        "<",
        "/>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?",
        "&lt;",
        "&#x1b;",
        "&",
        "<!DOCTYPE x>",
        "<unknown process>",
        "<RenderingInfo>",
        "</RenderingInfo>",
        "\u{feff}",
        "😀",
        "<EventID>8</EventID>",
        "<Provider Name='Microsoft-Windows-Sysmon'/>",
        "<Security UserID='S-1-5-18'/>",
        "</b>",
        "<b>",
        "\nsome words\n",
        "\nCreateRemoteThread detected:\nRuleName: -\nUtcTime: -\nSourceProcessId: 5\n",
        "\nMar 14 10:26:53 web01 sysmon: x\n",
        "\n{\"id\":8,\"fields\":{}}\n",
        "\n  <Obj RefId=\"0\"><ToString>System.Diagnostics.Eventing.Reader.EventLogRecord</ToString>",
        "</Obj>\n",
        "Record 12\n",
    ]);
    let piece = prop_oneof![
        8 => known.prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..8),
        2 => Just(event("<Data Name='A'>x</Data>").into_bytes()),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn any_bytes_in_any_blocks_give_the_same(bytes in pieces(), block in 1usize..600, read in 4usize..300, wide: bool) {
        let bytes = if wide {
            String::from_utf8_lossy(&bytes).encode_utf16().flat_map(u16::to_le_bytes).collect()
        } else {
            bytes
        };
        recognise(&bytes);
        let whole = found_by(&bytes, Sizes { block: usize::MAX >> 1, read: 1 << 20 });
        let cut = found_by(&bytes, Sizes { block, read });
        prop_assert_eq!(cut, whole, "{}", String::from_utf8_lossy(&bytes));
    }
}

/// What stands between events is read whole, wherever a block ends in it.
#[test]
fn other_records_between_events_are_whole_in_any_blocks() {
    let one = event("<Data Name='A'>x</Data>");
    let object = "  <Obj RefId=\"0\">\n    <ToString>System.Diagnostics.Eventing.Reader.EventLogRecord</ToString>\n    <Props>\n\
                  <S N=\"ProviderName\">x</S>\n<Obj N=\"y\" RefId=\"1\"><LST /></Obj></Props>\n  </Obj>\n";
    let objects = format!(
        "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n{}</Objs>\n",
        object.repeat(3)
    );
    let message = "CreateRemoteThread detected:\nRuleName: a > b\nUtcTime: -\nSourceProcessId: 5\n\n";
    let json = "{\n  \"id\": 8,\n  \"fields\": {\n    \"RuleName\": \"<b>\"\n  }\n}\n";
    let text =
        format!("{one}\n{objects}{one}\n{message}{message}{one}\n<!DOCTYPE x>\n{json}{json}{objects}{one}");
    let whole = found(&text);
    assert_eq!((whole.records.len(), whole.codes()), (14, vec![DamageCode::Malformed]), "{whole:?}");
    for block in (1..1200).step_by(7) {
        for read in [16, 100, 1 << 16] {
            assert_eq!(found_by(text.as_bytes(), Sizes { block, read }), whole, "{block} {read}");
        }
    }
}

#[test]
fn an_id_that_is_none_is_a_loss() {
    let text = event("").replace("<EventID>8<", "<EventID>99999999999999999999<");
    let lost = found(event("") + "\n" + &text);
    let reason = "the event id is no number up to 65535: 99999999999999999999";
    assert_eq!((lost.records.len(), &lost.damages[0].3[..], lost.damages[0].2), (1, reason, Some(2)));
    let spelled = found(event("").replace("<EventID>8<", "<EventID> 08 <"));
    assert_eq!((spelled.records[0].0, spelled.damages), (8, vec![]));
}

/// Events 8 and 1 in turn, each fourth damaged so.
fn with_damage(damage: impl Fn(&str) -> String) -> String {
    let data = "<Data Name='Image'>C:\\a.exe</Data><Data Name='UtcTime'>2020-01-01 00:00:00.000</Data>";
    let one = event(data).replace("<EventID>8<", "<EventID>1<");
    let line = |at: usize| if at.is_multiple_of(2) { event(data) } else { one.clone() };
    let lines = (0..16).map(|at| if at % 4 == 3 { damage(&line(at)) } else { line(at) });
    lines.map(|line| line + "\n").collect()
}

#[test]
fn what_is_cut_is_lost_whichever_events_are_asked_for() {
    let lost = |text: &str, projection: &Projection| {
        let options = Options { projection: projection.clone(), ..Options::default() };
        let mut lost = 0;
        read_bytes(text, &options, &mut |batch| lost += batch.damages.len());
        lost
    };
    let (all, only) = (Projection::everything(), Projection::nothing().with([8], Want::All));
    let len = event("").len();
    for text in [
        with_damage(|line| line[..line.len() - 3].to_owned()),
        with_damage(|line| line[..len].to_owned()),
        with_damage(|line| line.replace("</Event>", "")),
        with_damage(|line| line[..60].to_owned()),
        with_damage(|line| line.replace("<System>", "")),
    ] {
        assert_eq!((lost(&text, &all), lost(&text, &only)), (4, 4), "{text}");
    }
}

/// Marks behind the last event, however many, are a loss that is told of, on its line and behind it.
#[test]
fn marks_behind_the_last_event_are_told_of() {
    let one = event("");
    for unit in ["<", "<!-- "] {
        for size in [10, MAX_EVENT + (1 << 20)] {
            for between in ["", "\n", " </Events>"] {
                let marks = unit.repeat(size.div_ceil(unit.len()).max(2));
                let seen = found(format!("{one}{between}{marks}"));
                let codes = seen.codes();
                assert_eq!(seen.records.len(), 1);
                assert!((1..=3).contains(&codes.len()), "{unit} {size} {:?}", seen.damages);
                assert!(codes.iter().all(|code| *code == DamageCode::UnknownShape), "{:?}", seen.damages);
            }
        }
    }
}
