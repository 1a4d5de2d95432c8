//! What was written is read back: by our reader, by the `evtx` crate, and by python-evtx.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;

use super::{CHUNK_SIZE, EvtxWriteError, EvtxWriter, FILE_HEADER_SIZE};
use crate::event::{
    Batch, DamageCode, Event, Guid, LayoutCache, Node, Projection, RecordBuilder, Slot, SystemField,
    TokenKind, Value,
};
use crate::source::{Block, FORMATS, Options, Workshop};

/// A value to write.
#[derive(Clone, Debug)]
enum Datum {
    Text(String),
    Units(Vec<u16>),
    Unsigned(u64),
    Signed(i64),
    Hex(u64),
    Bool(bool),
    Float32(f32),
    Float64(f64),
    Time(u64),
    Guid([u8; 16]),
    Sid(Vec<u32>),
    Binary(Vec<u8>),
}

impl Datum {
    fn slot(&self, batch: &mut Batch) -> Slot {
        match self {
            Self::Text(text) => batch.push_text(text),
            Self::Units(units) => {
                batch.push_utf16(&units.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<_>>())
            }
            Self::Unsigned(number) => Slot::Unsigned(*number),
            Self::Signed(number) => Slot::Signed(*number),
            Self::Hex(number) => Slot::Hex(*number),
            Self::Bool(truth) => Slot::Bool(*truth),
            Self::Float32(number) => Slot::Float32(*number),
            Self::Float64(number) => Slot::Float64(*number),
            Self::Time(ticks) => Slot::Time(*ticks),
            Self::Guid(guid) => batch.push_guid(Guid(*guid)),
            Self::Sid(parts) => {
                let mut sid = vec![1, parts.len() as u8, 0, 0, 0, 0, 0, 5];
                sid.extend(parts.iter().flat_map(|part| part.to_le_bytes()));
                Slot::Sid(batch.push_bytes(&sid))
            }
            Self::Binary(bytes) => Slot::Binary(batch.push_bytes(bytes)),
        }
    }
}

/// An element of a tree to write.
#[derive(Clone, Debug)]
struct Element {
    name: String,
    attributes: Vec<(String, Datum)>,
    text: Option<Datum>,
    children: Vec<Element>,
}

impl Element {
    fn new(name: &str, children: Vec<Element>) -> Self {
        Self { name: name.into(), attributes: Vec::new(), text: None, children }
    }

    fn build(&self, builder: &mut RecordBuilder<'_>) {
        builder.token(TokenKind::Open, &self.name, Slot::Absent);
        for (name, value) in &self.attributes {
            let slot = value.slot(builder.batch());
            builder.token(TokenKind::Attribute, name, slot);
        }
        if let Some(text) = &self.text {
            let slot = text.slot(builder.batch());
            builder.token(TokenKind::Text, "", slot);
        }
        self.children.iter().for_each(|child| child.build(builder));
        builder.token(TokenKind::Close, "", Slot::Absent);
    }
}

/// A record to write.
#[derive(Clone, Debug, Default)]
struct Made {
    system: Vec<(SystemField, Datum)>,
    data: Vec<(String, Datum)>,
    trees: Vec<Element>,
}

impl Made {
    /// An event 8 with these data.
    fn event_8(record_id: u64, data: &[(&str, &str)]) -> Self {
        use SystemField as F;
        let text = |text: &str| Datum::Text(text.into());
        let system = vec![
            (F::ProviderName, text("Microsoft-Windows-Sysmon")),
            (F::ProviderGuid, text("{5770385f-c22a-43e0-bf4c-06f5698ffbd9}")),
            (F::EventId, Datum::Unsigned(8)),
            (F::Version, Datum::Unsigned(2)),
            (F::Level, Datum::Unsigned(4)),
            (F::Task, Datum::Unsigned(8)),
            (F::Opcode, Datum::Unsigned(0)),
            (F::Keywords, Datum::Hex(0x8000_0000_0000_0000)),
            (F::TimeCreated, Datum::Time(132_008_514_323_790_115)),
            (F::EventRecordId, Datum::Unsigned(record_id)),
            (F::ProcessId, Datum::Unsigned(2336)),
            (F::ThreadId, Datum::Unsigned(3652)),
            (F::Channel, text("Microsoft-Windows-Sysmon/Operational")),
            (F::Computer, text("WS-ANNA.corp.example")),
            (F::UserId, Datum::Sid(vec![18])),
        ];
        let data = data.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect();
        Self { system, data, trees: Vec::new() }
    }

    fn build(&self, batch: &mut Batch, cache: &mut LayoutCache) {
        let mut builder = RecordBuilder::new(batch, cache, 0);
        for (field, value) in &self.system {
            let slot = value.slot(builder.batch());
            builder.system(*field, slot);
        }
        for (name, value) in &self.data {
            let slot = value.slot(builder.batch());
            builder.data(name, slot);
        }
        self.trees.iter().for_each(|tree| tree.build(&mut builder));
        assert!(builder.finish(&Projection::everything()));
    }
}

fn batch(records: &[Made]) -> Batch {
    let mut batch = Batch::default();
    let mut cache = LayoutCache::default();
    records.iter().for_each(|record| record.build(&mut batch, &mut cache));
    batch
}

fn write(batch: &Batch) -> Vec<u8> {
    let mut writer = EvtxWriter::new(Cursor::new(Vec::new())).unwrap();
    batch.records().for_each(|record| writer.write(record).unwrap());
    writer.finish().unwrap().into_inner()
}

/// Our reader's batches, all of whose records must be intact.
fn read(log: &[u8]) -> Vec<Batch> {
    read_with(log, &Options::default())
}

fn read_with(log: &[u8], options: &Options) -> Vec<Batch> {
    let format = FORMATS.iter().find(|format| (format.recognise)(log)).expect("an event log");
    let mut workshop = Workshop::new(options);
    let mut batches = Vec::new();
    let mut decode = |block: Block| {
        let mut batch = Batch::default();
        let head = block.head(Some(log.len() as u64));
        batch.load(block.bytes);
        (format.decode)(head, &mut batch, &mut workshop);
        assert_eq!(batch.damages, []);
        assert_eq!(batch.counts.recovered, 0);
        batches.push(batch);
        std::ops::ControlFlow::Continue(())
    };
    (format.split)(&mut &log[..], &mut decode).unwrap();
    batches
}

/// The `evtx` crate's XML of every record, all checksums verified.
fn read_with_crate(log: &[u8]) -> Vec<String> {
    let settings = evtx::ParserSettings::new().validate_checksums(true).indent(false);
    let mut parser = evtx::EvtxParser::from_buffer(log.to_vec()).unwrap().with_configuration(settings);
    let xml = |record: evtx::err::Result<evtx::SerializedEvtxRecord<String>>| {
        let xml = record.unwrap().data;
        xml.split_once('\n').expect("a declaration in the first line").1.trim_end().to_owned()
    };
    parser.records().map(xml).collect()
}

/// The XML that the `evtx` crate should make of a record.
fn expected_xml(event: &Event<'_>) -> String {
    let mut xml =
        String::from(r#"<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>"#);
    let fields: Vec<SystemField> = SystemField::all().collect();
    for group in fields.chunk_by(|a, b| a.element() == b.element()) {
        let text =
            group.iter().filter(|field| field.attribute().is_none()).find_map(|field| event.system(*field));
        let attributes: Vec<(&str, Value<'_>)> =
            group.iter().filter_map(|field| Some((field.attribute()?, event.system(*field)?))).collect();
        let has_text = group.iter().any(|field| field.attribute().is_none());
        if has_text && text.is_none() && attributes.is_empty() {
            continue;
        }
        let text = text.or(has_text.then_some(Value::Utf8("")));
        push_xml(&mut xml, group[0].element(), &attributes, text);
    }
    xml.push_str("</System>");
    let mut nodes: Vec<Node<'_>> = event.tree().collect();
    if event.data().next().is_some() {
        xml.push_str("<EventData");
        if let Some(rest) = nodes.strip_prefix(&[Node::Open("EventData")]) {
            let attributes = rest.iter().take_while(|node| matches!(node, Node::Attribute(..))).count();
            rest[..attributes].iter().for_each(|node| push_attribute(&mut xml, node));
            nodes = rest[attributes..].to_vec();
        } else {
            nodes.insert(0, Node::Close);
        }
        xml.push('>');
        for (name, value) in event.data() {
            let name = Some(("Name", Value::Utf8(name.as_str()))).filter(|(_, name)| !name.is(""));
            push_xml(&mut xml, "Data", &name.into_iter().collect::<Vec<_>>(), Some(value));
        }
        push_nodes(&mut xml, &nodes, vec!["EventData"]);
    } else {
        push_nodes(&mut xml, &nodes, Vec::new());
    }
    xml + "</Event>"
}

fn push_nodes<'b>(xml: &mut String, nodes: &[Node<'b>], mut open: Vec<&'b str>) {
    for (place, node) in nodes.iter().enumerate() {
        let next = nodes.get(place + 1);
        let tag_ends = !matches!(next, Some(Node::Attribute(..)));
        match node {
            Node::Open(name) => {
                open.push(name);
                xml.push_str(&format!("<{name}"));
            }
            Node::Attribute(..) => push_attribute(xml, node),
            Node::Text(value) => xml.push_str(&escaped(*value, false)),
            Node::Close => {
                let name = open.pop().unwrap();
                let empty = place > 0 && matches!(nodes[place - 1], Node::Open(_) | Node::Attribute(..));
                xml.push_str(&if empty { String::new() } else { format!("</{name}>") });
            }
        }
        if matches!(node, Node::Open(_) | Node::Attribute(..)) && tag_ends {
            xml.push_str(if matches!(next, Some(Node::Close)) { "/>" } else { ">" });
        }
    }
}

fn push_attribute(xml: &mut String, node: &Node<'_>) {
    let Node::Attribute(name, value) = node else { panic!("{node:?}") };
    // The crate leaves out an attribute whose value is empty.
    if !value.to_text().is_empty() {
        xml.push_str(&format!(" {name}=\"{}\"", escaped(*value, true)));
    }
}

fn push_xml(xml: &mut String, name: &str, attributes: &[(&str, Value<'_>)], text: Option<Value<'_>>) {
    xml.push_str(&format!("<{name}"));
    for (name, value) in attributes {
        push_attribute(xml, &Node::Attribute(name, *value));
    }
    match text {
        Some(text) => xml.push_str(&format!(">{}</{name}>", escaped(text, false))),
        None => xml.push_str("/>"),
    }
}

fn escaped(value: Value<'_>, in_attribute: bool) -> String {
    let text = value.to_text().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    match in_attribute {
        true => text.replace('"', "&quot;").replace('\'', "&apos;"),
        false => text,
    }
}

/// A value as what it is: texts by their units, numbers by kind and text.
fn exact(value: Value<'_>) -> (&'static str, Vec<u16>) {
    let kind = match value {
        Value::Utf16(text) => return ("text", text.units().collect()),
        Value::Utf8(_) => "text",
        Value::Unsigned(_) => "unsigned",
        Value::Signed(_) => "signed",
        Value::Hex(_) => "hex",
        Value::Bool(_) => "bool",
        Value::Float32(_) => "float32",
        Value::Float64(_) => "float64",
        Value::Time(_) => "time",
        Value::Guid(_) => "guid",
        Value::Sid(_) => "sid",
        Value::Binary(_) => "binary",
    };
    (kind, value.to_text().encode_utf16().collect())
}

type Exact = (String, Option<(&'static str, Vec<u16>)>);

/// All that a record says, in order.
fn content(event: &Event<'_>) -> Vec<Exact> {
    let system = SystemField::all().map(|field| (format!("{field:?}"), event.system(field).map(exact)));
    let data = event.data().map(|(name, value)| (name.as_str().to_owned(), Some(exact(value))));
    let tree = event.tree().map(|node| match node {
        Node::Open(name) => (format!("<{name}"), None),
        Node::Attribute(name, value) => (format!("@{name}"), Some(exact(value))),
        Node::Text(value) => ("text".to_owned(), Some(exact(value))),
        Node::Close => (">".to_owned(), None),
    });
    system.chain(data).chain(tree).collect()
}

#[track_caller]
fn check_own(records: &Batch, log: &[u8]) {
    let batches = read(log);
    let back: Vec<_> =
        batches.iter().flat_map(Batch::records).map(|record| content(&record.view())).collect();
    let expected: Vec<_> = records.records().map(|record| content(&record.view())).collect();
    assert_eq!(back.len(), expected.len());
    back.iter().zip(&expected).for_each(|(back, expected)| assert_eq!(back, expected));
}

#[track_caller]
fn check(records: &[Made]) {
    let records = batch(records);
    let log = write(&records);
    check_own(&records, &log);
    let expected: Vec<_> = records.records().map(|record| expected_xml(&record.view())).collect();
    let back = read_with_crate(&log);
    assert_eq!(back.len(), expected.len());
    back.iter().zip(&expected).for_each(|(back, expected)| assert_eq!(back, expected));
}

#[test]
fn an_event_is_read_back() {
    check(&[Made::event_8(
        3606757,
        &[
            ("RuleName", "-"),
            ("UtcTime", "2019-04-27 00:10:32.363"),
            ("SourceProcessGuid", "{1c9fdc81-9d71-5cc3-0000-00109cad0000}"),
            ("SourceProcessId", "604"),
            ("SourceImage", r"C:\Windows\System32\csrss.exe"),
            ("TargetImage", "<unknown process>"),
            ("StartAddress", "0x00007FFB26853970"),
            ("StartModule", ""),
            ("FromTheFuture", "a \"new\" field's <value> & more"),
        ],
    )]);
}

#[test]
fn every_kind_of_value_is_read_back() {
    let kinds = [
        Datum::Text("Jörg 日本 😀".into()),
        Datum::Unsigned(0),
        Datum::Unsigned(u64::from(u32::MAX)),
        Datum::Unsigned(u64::from(u32::MAX) + 1),
        Datum::Signed(i64::MIN),
        Datum::Hex(0x1f_ffff),
        Datum::Hex(u64::MAX),
        Datum::Bool(true),
        Datum::Bool(false),
        Datum::Float32(1.5),
        Datum::Float64(-0.1),
        Datum::Time(132_008_514_323_790_115),
        Datum::Guid(*b"0123456789abcdef"),
        Datum::Sid(vec![21, 1, 2, 3, 500]),
        Datum::Sid(vec![]),
        Datum::Binary(vec![0, 1, 0xfe, 0xff]),
        Datum::Binary(vec![]),
    ];
    let mut made = Made::event_8(1, &[]);
    made.data =
        kinds.iter().enumerate().map(|(place, kind)| (format!("Field{place}"), kind.clone())).collect();
    check(&[made]);
}

#[test]
fn system_fields_that_few_records_have_are_read_back() {
    use SystemField as F;
    let mut made = Made::event_8(1, &[("RuleName", "-")]);
    made.system.extend([
        (F::EventSourceName, Datum::Text("Old \"Source\"".into())),
        (F::Qualifiers, Datum::Unsigned(0x4000)),
        (F::ActivityId, Datum::Guid(*b"0123456789abcdef")),
        (F::RelatedActivityId, Datum::Guid(*b"fedcba9876543210")),
        (F::ProcessorId, Datum::Unsigned(3)),
        (F::SessionId, Datum::Unsigned(1)),
        (F::KernelTime, Datum::Unsigned(70_000)),
        (F::UserTime, Datum::Unsigned(5)),
        (F::ProcessorTime, Datum::Unsigned(u64::MAX)),
    ]);
    let bare = Made {
        system: vec![(F::ProviderName, Datum::Text("Bare".into())), (F::EventId, Datum::Unsigned(70_000))],
        ..Made::default()
    };
    let odd = Made {
        system: vec![(F::EventId, Datum::Text("eight".into())), (F::Task, Datum::Unsigned(1 << 40))],
        ..Made::default()
    };
    check(&[made, bare, odd]);
}

#[test]
fn trees_are_read_back() {
    let leaf = Element {
        name: "Leaf".into(),
        attributes: vec![("a".into(), Datum::Text("<'\">".into())), ("b".into(), Datum::Unsigned(7))],
        text: Some(Datum::Text("x & y".into())),
        children: Vec::new(),
    };
    let inner = Element::new("Inner", vec![leaf.clone(), Element::new("Empty", Vec::new()), leaf.clone()]);
    let mut alone = Made::event_8(1, &[]);
    alone.trees = vec![Element::new("UserData", vec![inner.clone()])];
    let mut beside = Made::event_8(2, &[("RuleName", "-")]);
    beside.trees = vec![Element::new("UserData", vec![inner.clone()]), Element::new("More", Vec::new())];
    let mut within = Made::event_8(3, &[("RuleName", "-"), ("", "nameless")]);
    let event_data = Element { name: "EventData".into(), ..leaf.clone() };
    within.trees = vec![Element { text: None, children: vec![inner], ..event_data }];
    check(&[alone.clone(), beside.clone(), within, beside, alone]);
}

#[test]
fn many_events_fill_many_chunks() {
    let record = |id: u64| {
        let text = "x".repeat((id % 97) as usize);
        let mut made = Made::event_8(id * 3, &[("RuleName", &text), ("SourceProcessId", "4")]);
        made.system.retain(|(field, _)| *field != SystemField::Computer);
        made.system.push((SystemField::Computer, Datum::Text(format!("HOST-{}", id % 5))));
        made
    };
    let records: Vec<Made> = (1..=900).map(record).collect();
    check(&records);
    let log = write(&batch(&records));
    assert!(log.len() > 4096 + 4 * 65536, "{}", log.len());
    assert_eq!(log.len() % 65536, 4096);
    assert_eq!(log, write(&batch(&records)), "equal records make equal bytes");
}

#[test]
fn record_numbers_count_from_one_and_ids_stay() {
    let log = write(&batch(&[Made::event_8(500, &[]), Made::event_8(400, &[])]));
    let mut parser = evtx::EvtxParser::from_buffer(log.clone()).unwrap();
    let numbers: Vec<u64> = parser.records().map(|record| record.unwrap().event_record_id).collect();
    assert_eq!(numbers, [1, 2]);
    assert_eq!(
        read(&log).iter().flat_map(Batch::events).map(|e| e.record_id()).collect::<Vec<_>>(),
        [Some(500), Some(400)]
    );
    assert_eq!(u64::from_le_bytes(log[0x18..0x20].try_into().unwrap()), 3, "the next record's number");
}

#[test]
fn an_empty_log_is_a_log() {
    let log = write(&Batch::default());
    assert_eq!(log.len(), 4096 + 65536);
    check(&[]);
}

#[test]
fn lone_surrogates_stay() {
    let mut made = Made::event_8(1, &[]);
    let units = vec![0x43, 0xd800, 0x5c, 0xdfff, 0x78];
    made.data = vec![("SourceImage".into(), Datum::Units(units.clone()))];
    made.system.retain(|(field, _)| *field != SystemField::Computer);
    made.system.push((SystemField::Computer, Datum::Units(units)));
    let records = batch(&[made]);
    check_own(&records, &write(&records));
}

#[test]
fn a_record_larger_than_a_chunk_is_refused_and_the_next_written() {
    let huge = "x".repeat(32_500);
    let records = batch(&[
        Made::event_8(1, &[("RuleName", "before")]),
        Made::event_8(2, &[("CommandLine", &huge)]),
        Made::event_8(3, &[("CommandLine", &huge[..30_000])]),
        Made::event_8(4, &[("RuleName", "after")]),
    ]);
    let mut writer = EvtxWriter::new(Cursor::new(Vec::new())).unwrap();
    let mut refused = Vec::new();
    for record in records.records() {
        match writer.write(record) {
            Ok(()) => {}
            Err(EvtxWriteError::Refused(damage)) => refused.push((damage.code, damage.record_id)),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(refused, [(DamageCode::Limit, Some(2))]);
    let log = writer.finish().unwrap().into_inner();
    let ids: Vec<_> = read(&log).iter().flat_map(Batch::events).map(|event| event.record_id()).collect();
    assert_eq!(ids, [Some(1), Some(3), Some(4)]);
    assert_eq!(read_with_crate(&log).len(), 3);
}

#[test]
fn trees_that_are_no_trees_are_refused() {
    for tokens in [
        &[TokenKind::Open][..],
        &[TokenKind::Close],
        &[TokenKind::Text],
        &[TokenKind::Open, TokenKind::Text, TokenKind::Attribute, TokenKind::Close],
    ] {
        let mut batch = Batch::default();
        let mut cache = LayoutCache::default();
        let mut builder = RecordBuilder::new(&mut batch, &mut cache, 0);
        tokens.iter().for_each(|kind| builder.token(*kind, "a", Slot::Unsigned(1)));
        builder.finish(&Projection::everything());
        let mut writer = EvtxWriter::new(Cursor::new(Vec::new())).unwrap();
        assert!(matches!(writer.write(batch.record_at(0)), Err(EvtxWriteError::Refused(_))), "{tokens:?}");
    }
}

#[test]
fn a_log_may_begin_inside_a_file() {
    let mut out = Cursor::new(vec![7; 100]);
    out.set_position(100);
    let log = EvtxWriter::new(out).unwrap().finish().unwrap().into_inner();
    assert_eq!(log[..100], [7; 100]);
    assert_eq!(log[100..], write(&Batch::default()));
}

/// Text that every reader prints the same: no NUL (ends a text for some), nothing that XML has no place for.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,40}", "[a-zäß日本😀<>&\"'\\\\]{0,300}", Just(String::new()), Just("-".to_owned()),]
}

fn datum() -> impl Strategy<Value = Datum> {
    // Times from 1601 to 9999.
    const LAST_TICK: u64 = 2_650_467_743_999_999_999;
    prop_oneof![
        4 => text().prop_map(Datum::Text),
        2 => any::<u64>().prop_map(Datum::Unsigned),
        2 => any::<u16>().prop_map(|number| Datum::Unsigned(number.into())),
        1 => any::<i64>().prop_map(Datum::Signed),
        2 => any::<u64>().prop_map(Datum::Hex),
        1 => any::<u32>().prop_map(|number| Datum::Hex(number.into())),
        1 => any::<bool>().prop_map(Datum::Bool),
        1 => (0..LAST_TICK).prop_map(Datum::Time),
        1 => any::<[u8; 16]>().prop_map(Datum::Guid),
        1 => prop::collection::vec(any::<u32>(), 0..8).prop_map(Datum::Sid),
        1 => prop::collection::vec(any::<u8>(), 1..40).prop_map(Datum::Binary),
    ]
}

fn element() -> impl Strategy<Value = Element> {
    let attributes = || prop::collection::btree_map("[A-Za-z]{1,9}", datum(), 0..3);
    let plain =
        ("[A-Z][a-z]{0,9}", attributes(), prop::option::of(datum())).prop_map(|(name, attributes, text)| {
            Element { attributes: attributes.into_iter().collect(), text, ..Element::new(&name, Vec::new()) }
        });
    plain.prop_recursive(3, 12, 3, move |inner| {
        ("[A-Z][a-z]{0,9}", attributes(), prop::collection::vec(inner, 1..3)).prop_map(
            |(name, attributes, children)| Element {
                attributes: attributes.into_iter().collect(),
                ..Element::new(&name, children)
            },
        )
    })
}

fn made() -> impl Strategy<Value = Made> {
    let fields: Vec<SystemField> =
        SystemField::all().filter(|field| *field != SystemField::TimeCreated).collect();
    let name = prop_oneof![
        "[A-Za-z]{1,12}",
        Just("SourceImage".to_owned()),
        Just("SourcePort".to_owned()),
        Just("LogonId".to_owned()),
        Just(String::new())
    ];
    let system = prop::collection::btree_map(prop::sample::select(fields), datum(), 0..12);
    let data = prop::collection::vec((name, datum()), 0..10);
    let tree = prop::option::of(element().prop_map(|element| Element::new("UserData", vec![element])));
    (system, data, tree, any::<bool>()).prop_map(|(system, data, tree, sysmon)| {
        let mut made = Made { system: system.into_iter().collect(), data, trees: tree.into_iter().collect() };
        // An empty text in `System` is an absent one for readers.
        made.system.retain(|(_, value)| !matches!(value, Datum::Text(text) if text.is_empty()));
        if sysmon {
            made.system.retain(|(field, _)| *field != SystemField::ProviderName);
            made.system.push((SystemField::ProviderName, Datum::Text("Microsoft-Windows-Sysmon".into())));
        }
        made
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_records_are_read_back(records in prop::collection::vec(made(), 1..40)) {
        check(&records);
    }
}

/// The folder of real logs, or a word that it is not there.
fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("THREADHUNT_SHARED").map_or(beside, PathBuf::from);
    let found = folder.join("data/evtx").is_dir();
    if !found {
        println!("skipped: no real logs in {}", folder.display());
    }
    found.then_some(folder)
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

#[test]
fn hashes_and_buckets_are_those_of_real_logs() {
    let Some(shared) = shared() else { return };
    let log = std::fs::read(shared.join("data/evtx/event8/metasploit-sysmon.evtx")).unwrap();
    let mut names = 0;
    let mut templates = 0;
    for chunk in log[4096..].chunks_exact(65536).filter(|chunk| chunk.starts_with(b"ElfChnk\0")) {
        for bucket in 0..64 {
            let mut at = u32_at(chunk, 0x80 + 4 * bucket);
            while at != 0 {
                let len = usize::from(u16::from_le_bytes([chunk[at + 6], chunk[at + 7]]));
                let units = chunk[at + 8..][..2 * len]
                    .chunks_exact(2)
                    .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
                let hash = super::chunk::name_hash(units);
                assert_eq!(hash.to_le_bytes(), chunk[at + 4..at + 6]);
                assert_eq!(usize::from(hash) % 64, bucket);
                names += 1;
                at = u32_at(chunk, at);
            }
        }
        for bucket in 0..32 {
            let mut at = u32_at(chunk, 0x180 + 4 * bucket);
            while at != 0 {
                let units =
                    chunk[at + 4..at + 20].chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
                assert_eq!(usize::from(super::chunk::name_hash(units)) % 32, bucket);
                templates += 1;
                at = u32_at(chunk, at);
            }
        }
    }
    assert!(names > 50 && templates > 10, "{names} names, {templates} templates");
}

#[test]
fn real_logs_are_written_as_the_crate_reads_them() {
    let Some(shared) = shared() else { return };
    for name in ["metasploit-sysmon.evtx", "sideloading_uacbypass_rundll32_injection_c2.evtx"] {
        let log = std::fs::read(shared.join("data/evtx/event8").join(name)).unwrap();
        // What lies in slack the crate does not read.
        let batches = read_with(&log, &Options { recovered: false, ..Options::default() });
        let mut writer = EvtxWriter::new(Cursor::new(Vec::new())).unwrap();
        batches.iter().flat_map(Batch::records).for_each(|record| writer.write(record).unwrap());
        let copy = writer.finish().unwrap().into_inner();
        let before = read_with_crate(&log);
        assert!(!before.is_empty());
        assert_eq!(read_with_crate(&copy), before, "{name}");
    }
}

/// Prints what python-evtx reads: whether the checksums hold, then a line a record.
const PYTHON: &str = r#"
import html, re, sys
from Evtx.Evtx import Evtx
with Evtx(sys.argv[1]) as log:
    assert log.get_file_header().verify()
    for chunk in log.chunks():
        assert chunk.verify()
    for record in log.records():
        xml = record.xml()
        id = re.search("<EventRecordID>(.*?)</", xml).group(1)
        data = re.findall('<Data Name="(.*?)">(.*?)</Data>', xml, re.S)
        print(id + "|" + ",".join(name + "=" + html.unescape(value) for name, value in data))
"#;

#[test]
fn python_evtx_reads_it() {
    // A virtual environment's interpreter may be named; times are not compared, python-evtx
    // keeps them as floating point numbers and is off by a microsecond.
    let python = std::env::var_os("THREADHUNT_PYTHON").unwrap_or("python3".into());
    let module = Command::new(&python).args(["-c", "import Evtx.Evtx"]).output();
    if !module.is_ok_and(|output| output.status.success()) {
        return println!("skipped: no python3 with the module python-evtx (THREADHUNT_PYTHON names another)");
    }
    let record = |id: u64| {
        Made::event_8(
            id,
            &[("SourceProcessId", "604"), ("SourceImage", r"C:\Jörg\a.exe"), ("StartModule", "")],
        )
    };
    let records: Vec<Made> = (1..=300).map(record).collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), write(&batch(&records))).unwrap();
    let output = Command::new(&python).arg("-c").arg(PYTHON).arg(file.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let expected: String = (1..=300)
        .map(|id| format!("{id}|SourceProcessId=604,SourceImage=C:\\Jörg\\a.exe,StartModule=\n"))
        .collect();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

#[test]
fn a_full_log_keeps_what_fits_and_says_so() {
    let records: Vec<_> = (1..=2000).map(|id| Made::event_8(id, &[("RuleName", "-")])).collect();
    let records = batch(&records);
    let mut writer = EvtxWriter::new(Cursor::new(Vec::new())).unwrap();
    writer.most_chunks = 2;
    let written = records.records().take_while(|record| writer.write(*record).is_ok()).count();
    assert!((1..2000).contains(&written), "{written}");
    let next = writer.write(records.record_at(written));
    assert!(matches!(next, Err(EvtxWriteError::Full)), "{next:?}");
    let log = writer.finish().unwrap().into_inner();
    assert_eq!(log.len(), FILE_HEADER_SIZE + 2 * CHUNK_SIZE);
    assert_eq!(read(&log).iter().map(|batch| batch.records().count()).sum::<usize>(), written);
}
