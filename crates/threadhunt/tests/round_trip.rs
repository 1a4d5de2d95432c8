//! Round trips: events → a format → events, for whatever a log may hold.

use proptest::prelude::*;
use threadhunt::event::{
    Batch, Event, FieldName, LayoutCache, Node, Projection, Record, RecordBuilder, Slot, SystemField,
    TokenKind, Value,
};
use threadhunt::sink;
use threadhunt::source::{Options, read_bytes, read_json_lines};

/// A value to put into a record.
#[derive(Clone, Debug)]
enum Made {
    Utf8(String),
    Utf16(Vec<u16>),
    Plain(Slot),
    Guid([u8; 16]),
    Binary(Vec<u8>),
}

/// An element of a tree.
#[derive(Clone, Debug)]
struct Element {
    name: String,
    attributes: Vec<(String, Made)>,
    children: Vec<Child>,
}

#[derive(Clone, Debug)]
enum Child {
    Text(Made),
    Element(Element),
}

/// A record to be built.
#[derive(Clone, Debug)]
struct Plan {
    is_sysmon: bool,
    id: u16,
    system: Vec<(SystemField, Made)>,
    data: Vec<(String, Made)>,
    trees: Vec<Element>,
    notes: Vec<String>,
    is_recovered: bool,
}

impl Plan {
    fn build(&self, batch: &mut Batch, cache: &mut LayoutCache) {
        let mut builder = RecordBuilder::new(batch, cache, 0);
        let provider = if self.is_sysmon { "Microsoft-Windows-Sysmon" } else { "Other-Provider" };
        let provider = builder.batch().push_text(provider);
        builder.system(SystemField::ProviderName, provider);
        builder.system(SystemField::EventId, Slot::Unsigned(self.id.into()));
        for (field, value) in &self.system {
            let slot = value.slot(&mut builder);
            builder.system(*field, slot);
        }
        for (name, value) in &self.data {
            let slot = value.slot(&mut builder);
            builder.data(name, slot);
        }
        self.trees.iter().for_each(|tree| tree.build(&mut builder));
        self.notes.iter().for_each(|note| builder.note(note.as_str()));
        if self.is_recovered {
            builder.mark_recovered();
        }
        assert!(builder.finish(&Projection::everything()));
    }
}

impl Plan {
    /// The plan with what XML cannot say brought into a form that it can: see each step.
    fn for_xml(&self) -> Self {
        let mut plan = self.clone();
        for (_, value) in &mut plan.system {
            *value = value.for_xml();
        }
        // An element of `System` without text says as little as one that is not there.
        plan.system.retain(|(field, value)| field.attribute().is_some() || !value.is_blank());
        for (name, value) in &mut plan.data {
            (*name, *value) = (xml_text(name), value.for_xml());
        }
        // `EventData` is where plain data stand, and these two are read as something else.
        plan.trees = plan.trees.iter().map(Element::for_xml).collect();
        plan.trees.retain(|tree| !matches!(&*tree.name, "System" | "EventData" | "RenderingInfo"));
        // Notes and the mark of recovery are comments.
        plan.is_recovered = false;
        plan
    }
}

/// What XML's characters can hold; the rest is replaced, as the format does.
fn xml_text(text: &str) -> String {
    let is_xml = |c: char| {
        !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')
            || matches!(c, '\t' | '\n' | '\r' | '\u{7f}'..='\u{9f}')
    };
    text.chars().map(|c| if is_xml(c) { c } else { '\u{fffd}' }).collect()
}

fn xml_name(name: &str) -> String {
    format!("n{}", name.chars().filter(char::is_ascii_alphanumeric).collect::<String>())
}

impl Made {
    /// The value as text that XML can hold: types do not come back but where the schema has them.
    fn for_xml(&self) -> Self {
        let (mut batch, mut cache) = (Batch::default(), LayoutCache::default());
        let slot = self.slot(&mut RecordBuilder::new(&mut batch, &mut cache, 0));
        Self::Utf8(xml_text(&batch.value(slot).map(Value::to_text).unwrap_or_default()))
    }
}

impl Made {
    fn is_blank(&self) -> bool {
        matches!(self, Self::Utf8(text) if text.trim().is_empty())
    }
}

impl Element {
    /// Names as XML has them, no attribute twice, no text beside another, none that is only blank.
    fn for_xml(&self) -> Self {
        let mut attributes: Vec<(String, Made)> = Vec::new();
        for (name, value) in &self.attributes {
            let name = xml_name(name);
            if attributes.iter().all(|(other, _)| *other != name) {
                attributes.push((name, value.for_xml()));
            }
        }
        let mut children: Vec<Child> = Vec::new();
        for child in &self.children {
            match child {
                Child::Text(_) if matches!(children.last(), Some(Child::Text(_))) => {}
                Child::Text(value) => children.push(Child::Text(match value.for_xml() {
                    Made::Utf8(text) => Made::Utf8(format!("x{text}x")),
                    other => other,
                })),
                Child::Element(element) => children.push(Child::Element(element.for_xml())),
            }
        }
        Self { name: xml_name(&self.name), attributes, children }
    }

    fn build(&self, builder: &mut RecordBuilder<'_>) {
        builder.token(TokenKind::Open, &self.name, Slot::Absent);
        for (name, value) in &self.attributes {
            let slot = value.slot(builder);
            builder.token(TokenKind::Attribute, name, slot);
        }
        for child in &self.children {
            match child {
                Child::Text(value) => {
                    let slot = value.slot(builder);
                    builder.token(TokenKind::Text, "", slot);
                }
                Child::Element(element) => element.build(builder),
            }
        }
        builder.token(TokenKind::Close, "", Slot::Absent);
    }
}

impl Made {
    fn slot(&self, builder: &mut RecordBuilder<'_>) -> Slot {
        let batch = builder.batch();
        match self {
            Self::Utf8(text) => batch.push_text(text),
            Self::Utf16(units) => {
                batch.push_utf16(&units.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<_>>())
            }
            Self::Plain(slot) => *slot,
            Self::Guid(bytes) => batch.push_guid(threadhunt::event::Guid(*bytes)),
            Self::Binary(bytes) => Slot::Binary(batch.push_bytes(bytes)),
        }
    }
}

fn units() -> impl Strategy<Value = Vec<u16>> {
    let ordinary = prop::char::range(' ', '~').prop_map(|c| c as u16);
    let odd = prop::sample::select(vec![
        0, 9, 10, 13, 0x1b, 0x22, 0x5c, 0x7f, 0x9b, 0x202e, 0xd800, 0xdc00, 0xfffe,
    ]);
    prop::collection::vec(prop_oneof![6 => ordinary, 2 => odd, 1 => any::<u16>()], 0..24)
}

fn text() -> impl Strategy<Value = String> {
    units().prop_map(|units| String::from_utf16_lossy(&units))
}

/// Names of whatever characters; empty ones are nameless. A layout cannot hold NUL in a name.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[A-Za-z]{1,6}",
        2 => prop::sample::select(vec!["SourceImage", "TargetImage", "ProcessId", "@x", "#text", "#children"]).prop_map(str::to_owned),
        1 => text().prop_map(|text| text.replace('\0', "")),
        1 => Just(String::new()),
    ]
}

fn value() -> impl Strategy<Value = Made> {
    prop_oneof![
        4 => units().prop_map(Made::Utf16),
        2 => text().prop_map(Made::Utf8),
        1 => any::<u64>().prop_map(|number| Made::Plain(Slot::Unsigned(number))),
        1 => any::<i64>().prop_map(|number| Made::Plain(Slot::Signed(number))),
        1 => any::<u64>().prop_map(|number| Made::Plain(Slot::Hex(number))),
        1 => any::<u64>().prop_map(|ticks| Made::Plain(Slot::Time(ticks))),
        1 => any::<bool>().prop_map(|truth| Made::Plain(Slot::Bool(truth))),
        1 => any::<f64>().prop_map(|number| Made::Plain(Slot::Float64(number))),
        1 => any::<[u8; 16]>().prop_map(Made::Guid),
        1 => prop::collection::vec(any::<u8>(), 0..6).prop_map(Made::Binary),
    ]
}

fn element() -> impl Strategy<Value = Element> {
    let attributes = || prop::collection::vec((name(), value()), 0..3);
    let leaf = (name(), attributes(), prop::collection::vec(value().prop_map(Child::Text), 0..3))
        .prop_map(|(name, attributes, children)| Element { name, attributes, children });
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let child = prop_oneof![inner.prop_map(Child::Element), value().prop_map(Child::Text)];
        (name(), attributes(), prop::collection::vec(child, 0..4))
            .prop_map(|(name, attributes, children)| Element { name, attributes, children })
    })
}

fn plan() -> impl Strategy<Value = Plan> {
    let system_field = prop::sample::select(
        SystemField::all()
            .filter(|field| !matches!(field, SystemField::ProviderName | SystemField::EventId))
            .collect::<Vec<_>>(),
    );
    (
        any::<bool>(),
        any::<u16>(),
        prop::collection::vec((system_field, value()), 0..6),
        prop::collection::vec((name(), value()), 0..8),
        prop::collection::vec(element(), 0..3),
        prop::collection::vec(text(), 0..3),
        any::<bool>(),
    )
        .prop_map(|(is_sysmon, id, system, data, trees, notes, is_recovered)| Plan {
            is_sysmon,
            id,
            system,
            data,
            trees,
            notes,
            is_recovered,
        })
}

/// What is compared: whether a value is a number, and its text to the unit.
///
/// Where the manifest or the event schema gives a type, reading turns a text that spells a
/// number into one, so there the first is not compared.
type Seen = (bool, Vec<u16>);

fn seen(value: Value<'_>) -> Seen {
    match value {
        Value::Utf16(text) => (false, text.units().collect()),
        Value::Unsigned(_) | Value::Signed(_) => (true, value.to_text().encode_utf16().collect()),
        _ => (false, value.to_text().encode_utf16().collect()),
    }
}

/// A record in full, in a form that can be compared.
#[derive(Debug, PartialEq)]
struct Image {
    is_sysmon: bool,
    system: Vec<(SystemField, Seen)>,
    data: Vec<(String, Seen)>,
    tree: Vec<(&'static str, String, Option<Seen>)>,
    notes: Vec<String>,
    is_recovered: bool,
}

impl Image {
    /// Without what is a comment in XML.
    fn without_notes(mut self) -> Self {
        self.notes.clear();
        self.tree.iter_mut().filter_map(|(.., seen)| seen.as_mut()).for_each(|seen| seen.0 = false);
        self.data.iter_mut().for_each(|(_, seen)| seen.0 = false);
        self
    }
}

fn image(record: Record<'_>) -> Image {
    let event = record.view();
    let node = |node| match node {
        Node::Open(name) => ("open", name.to_owned(), None),
        Node::Attribute(name, value) => ("attribute", name.to_owned(), Some(seen(value))),
        Node::Text(value) => ("text", String::new(), Some(seen(value))),
        Node::Close => ("close", String::new(), None),
    };
    let is_sysmon = event.platform().is_some();
    let untyped = |value| (false, seen(value).1);
    let datum = |value| if is_sysmon { untyped(value) } else { seen(value) };
    Image {
        is_sysmon,
        system: SystemField::all().filter_map(|field| Some((field, untyped(event.system(field)?)))).collect(),
        data: event.data().map(|(name, value)| (name.as_str().to_owned(), datum(value))).collect(),
        tree: event.tree().map(node).collect(),
        notes: event.notes().map(str::to_owned).collect(),
        is_recovered: event.place().recovered,
    }
}

fn write(format: &str, batch: &Batch) -> Vec<u8> {
    let format = sink::format(format, &[]).expect("a format of the table");
    let mut out = Vec::new();
    format.begin(&mut out);
    batch.records().for_each(|record| format.record(record, &mut out));
    format.end(&mut out);
    out
}

fn read(bytes: &[u8]) -> Vec<Image> {
    let mut images = Vec::new();
    read_bytes(bytes, &Options::default(), &mut |batch| {
        assert_eq!(batch.damages, []);
        images.extend(batch.records().map(image));
    });
    images
}

fn batch(plans: &[Plan]) -> Batch {
    let (mut batch, mut cache) = (Batch::default(), LayoutCache::default());
    plans.iter().for_each(|plan| plan.build(&mut batch, &mut cache));
    batch
}

proptest! {
    #[test]
    fn json_lines_come_back(plans in prop::collection::vec(plan(), 1..4)) {
        let batch = batch(&plans);
        let out = write("jsonl", &batch);
        prop_assert_eq!(read(&out), batch.records().map(image).collect::<Vec<_>>());
    }

    /// XML has no word for some things, so the records are first brought into its form; then they
    /// come back as they were.
    #[test]
    fn xml_comes_back(plans in prop::collection::vec(plan(), 1..4)) {
        let plans: Vec<Plan> = plans.iter().map(Plan::for_xml).collect();
        let batch = batch(&plans);
        let out = write("xml", &batch);
        let images = batch.records().map(|record| image(record).without_notes()).collect::<Vec<_>>();
        let read: Vec<Image> = read(&out).into_iter().map(Image::without_notes).collect();
        prop_assert_eq!(read, images, "{}", String::from_utf8_lossy(&out));
    }

    /// A bare event has every datum as it was, but for the letter case in which a type prints.
    #[test]
    fn bare_events_come_back(plan in plan()) {
        let texts = |event: &Event<'_>| {
            let datum = |(name, value)| (FieldName::as_str(name).to_owned(), seen(value).1);
            let lower = |unit: u16| u8::try_from(unit).map_or(unit, |unit| unit.to_ascii_lowercase().into());
            event.data().map(datum).map(|(name, units)| (name, units.into_iter().map(lower).collect::<Vec<_>>())).collect::<Vec<_>>()
        };
        let batch = batch(&[plan]);
        let event = batch.record_at(0).view();
        let mut line = b"{".to_vec();
        sink::push_bare(&event, &mut line);
        line.push(b'}');
        let mut read = Vec::new();
        read_json_lines(&line, &Options::default(), &mut |batch| {
            read.extend(batch.events().map(|event| (event.id(), texts(&event))));
        });
        prop_assert_eq!(read, [(event.id(), texts(&event))], "{}", String::from_utf8_lossy(&line));
    }

    /// What another JSON parser sees; it refuses lone surrogates, so those lines are left out.
    #[test]
    fn json_lines_are_json(plan in plan()) {
        let out = write("jsonl", &batch(&[plan]));
        let text = std::str::from_utf8(&out).expect("formats write UTF-8");
        prop_assert!(text.ends_with('\n') && text.lines().count() == 1);
        match serde_json::from_str::<serde_json::Value>(text) {
            Ok(line) => prop_assert!(line["source"]["offset"].is_u64()),
            Err(error) => prop_assert!(error.to_string().contains("surrogate") || error.to_string().contains("hex escape"), "{} in {}", error, text),
        }
    }

    /// No format lets a control character through but line ends (and CSV, XML: tabs).
    #[test]
    fn outputs_drive_no_terminal(plan in plan()) {
        let batch = batch(&[plan]);
        for (format, allowed) in [("text", "\n"), ("jsonl", "\n"), ("csv", "\n\r\t"), ("xml", "\n\t")] {
            let text = String::from_utf8(write(format, &batch)).expect("formats write UTF-8");
            let bad = text.chars().find(|c| !allowed.contains(*c) && *threadhunt::report::printable(&c.to_string()) != c.to_string());
            prop_assert!(bad.is_none(), "{:?} in {}", bad, text);
        }
    }
}
