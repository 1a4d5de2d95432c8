//! The shapes that a record in JSON may have: how each is recognised, and how it is read.
//!
//! A shape is recognised by where it has keys, and by few values where keys do not tell. The first
//! row that fits wins: the more specific ones come first. What fits no row is still read where one
//! of its texts is an event, as XML or as the message that Windows renders.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::layout::{Data, Layout};
use super::parse::{self, Json, Kind, Member};
use super::shapes::embedded::InText;
use super::shapes::*;
use super::{Family, Reading, Refused, Shape, bare, closed, dotted, rows, threadhunt, wrapper};
use crate::source::{message, text};

/// A row of the table.
#[derive(Debug)]
pub(super) struct Row {
    /// The shape, as people know it.
    pub(super) shape: Shape,
    /// Sets of conditions; an object that fulfils all of one of them is of this shape.
    pub(super) signatures: &'static [&'static [Key]],
    pub(super) read: Read,
}

/// How records of a shape are read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Read {
    /// By a table of places.
    Layout(&'static Layout),
    /// By a function.
    By(fn(&[Member<'_>], &mut Reading<'_>) -> Result<(), Refused>),
    /// The text at this path holds events as XML.
    Xml(&'static str),
    /// Some text holds events as XML.
    XmlAnywhere,
    /// Some text holds a record as JSON.
    JsonAnywhere,
    /// Some object within is a record.
    Inside,
    /// It is an envelope: the record is the value at this path.
    Within(&'static str),
    /// It is a table: each of its rows is a record.
    Rows,
    /// Its names have dots: the record is the object that they stand for.
    Dotted,
}

impl Read {
    /// Whether the record lies within, of whatever shape it is.
    pub(super) fn is_envelope(self) -> bool {
        matches!(self, Self::Within(_) | Self::Rows | Self::Dotted | Self::Inside)
    }
}

/// A condition: what stands at a path.
#[derive(Debug)]
pub(super) struct Key {
    path: &'static str,
    is: Is,
}

#[derive(Debug)]
enum Is {
    There,
    Missing,
    Text,
    Number,
    Object,
    Array,
    Equal(&'static str),
    Beginning(&'static str),
    /// A text of which this holds, by its beginning.
    Like(fn(&str) -> bool),
    /// Something at one of these paths; the key has none of its own.
    OneOf(&'static [&'static str]),
}

pub(super) const fn has(path: &'static str) -> Key {
    Key { path, is: Is::There }
}

pub(super) const fn lacks(path: &'static str) -> Key {
    Key { path, is: Is::Missing }
}

pub(super) const fn text(path: &'static str) -> Key {
    Key { path, is: Is::Text }
}

pub(super) const fn number(path: &'static str) -> Key {
    Key { path, is: Is::Number }
}

pub(super) const fn object(path: &'static str) -> Key {
    Key { path, is: Is::Object }
}

pub(super) const fn array(path: &'static str) -> Key {
    Key { path, is: Is::Array }
}

pub(super) const fn equal(path: &'static str, text: &'static str) -> Key {
    Key { path, is: Is::Equal(text) }
}

pub(super) const fn beginning(path: &'static str, text: &'static str) -> Key {
    Key { path, is: Is::Beginning(text) }
}

/// A text of which this holds, by its first bytes.
pub(super) const fn text_like(path: &'static str, is_it: fn(&str) -> bool) -> Key {
    Key { path, is: Is::Like(is_it) }
}

pub(super) const fn one_of(paths: &'static [&'static str]) -> Key {
    Key { path: "", is: Is::OneOf(paths) }
}

impl Key {
    /// What should be there, as a sentence names it.
    fn title(&self) -> &'static str {
        match self.is {
            Is::OneOf(paths) => paths.first().copied().unwrap_or_default(),
            _ => self.path,
        }
    }

    fn fits(&self, members: &[Member<'_>]) -> bool {
        if let Is::OneOf(paths) = self.is {
            return paths.iter().any(|path| parse::find(members, path).is_some());
        }
        let found = parse::find(members, self.path);
        let Some(json) = found else { return matches!(self.is, Is::Missing) };
        match self.is {
            Is::There => true,
            Is::Missing | Is::OneOf(_) => false,
            Is::Text => matches!(json.kind, Kind::Text(_)),
            Is::Number => json.kind == Kind::Number,
            Is::Object => matches!(json.kind, Kind::Object(_)),
            Is::Array => matches!(json.kind, Kind::Array(_)),
            Is::Equal(text) => json.text() == Some(text),
            Is::Like(is_it) => json.text().is_some_and(is_it),
            Is::Beginning(text) => {
                json.text().is_some_and(|found| found.trim_ascii_start().starts_with(text))
            }
        }
    }
}

/// A shape that carries the event.
pub(super) const fn whole(name: &'static str, about: &'static str) -> Shape {
    Shape { name, family: Family::Json, about, partial: false }
}

/// A shape that carries less than the event.
pub(super) const fn partial(name: &'static str, about: &'static str) -> Shape {
    Shape { name, family: Family::Json, about, partial: true }
}

/// The name of a shape that is known by the XML in it alone.
pub(super) const XML_IN_JSON: &str = EMBEDDED_XML.shape.name;

/// The name of a shape that is known by the message in it alone.
pub(super) const MESSAGE_IN_JSON: &str = EMBEDDED_MESSAGE.shape.name;

static THREADHUNT: Row = Row {
    shape: whole("threadhunt", "our own JSON lines"),
    // What is not known is left out, so any of these may be all that there is beside the source. `source` and
    // `system` are texts in the records of others.
    signatures: &[
        &[has("event_id"), object("system")],
        &[has("event_id"), object("fields")],
        &[has("event_id"), array("data")],
        &[has("event_id"), object("user_data")],
        &[has("event_id"), object("source")],
        &[has("provider"), object("source")],
        &[object("system"), object("source")],
        &[object("fields"), object("source")],
        &[array("data"), object("source")],
        &[object("user_data"), object("source")],
    ],
    read: Read::By(threadhunt::read),
};

static BARE: Row = Row {
    shape: whole("bare", "an id and fields, written by hand"),
    signatures: &[&[has("id"), has("fields")]],
    read: Read::By(bare::read),
};

/// All rows, the most specific first.
static ROWS: [&Row; 46] = [
    &envelope::ELASTICSEARCH_HIT,
    &envelope::ELASTICSEARCH_FIELDS,
    &splunk::EXPORT,
    &splunk::EXPORT_RAW,
    &splunk::EXPORT_FIELDS,
    &splunk::NAMED,
    &splunk::HEC,
    &splunk::HEC_OBJECT,
    &wazuh::ALERT,
    &wazuh::EVENT,
    &detections::CHAINSAW_HUNT,
    &detections::HAYABUSA,
    &detections::DEFENDER,
    &plaso::PLASO,
    &plaso::TIMESKETCH,
    &journald::JOURNALD,
    &event_document::EVTX_DUMP_SEPARATE,
    &event_document::EVTX_DUMP,
    &event_document::XMLTODICT,
    &event_document::PT_EVENTLOG,
    &event_document::GOLANG_EVTX,
    &event_document::VELOCIRAPTOR,
    &envelope::PT_ENVELOPE,
    &kusto::KUSTO,
    &envelope::DOTTED,
    &winlogbeat::ELASTIC,
    &winlogbeat::WINLOGBEAT_7,
    &winlogbeat::WINLOGBEAT_8,
    &ossem::OSSEM_ES,
    &winlogbeat::WINLOGBEAT_6,
    &collectors::VECTOR,
    &collectors::OTEL,
    &collectors::OTLP_TEXT,
    &sentinel::EVENT,
    &sentinel::WINDOWS_EVENT,
    &sentinel::SECURITY_EVENT,
    &sentinel::MONITOR_AGENT,
    &evtxecmd::EVTXECMD,
    &powershell::GET_WINEVENT,
    &collectors::FLUENT_BIT,
    &flat::NXLOG,
    &flat::WINLOG,
    &flat::MORDOR,
    &THREADHUNT,
    &BARE,
    &flat::FIELDS,
];

/// Rows for what fits no other: known by a text or an object within.
static FALLBACKS: [&Row; 4] = [&EMBEDDED_RECORD, &EMBEDDED_JSON, &EMBEDDED_XML, &EMBEDDED_MESSAGE];

static EMBEDDED_RECORD: Row = Row {
    shape: whole("record-in-json", "envelope: any JSON with a record as an object under one of its keys"),
    signatures: &[],
    read: Read::Inside,
};

static EMBEDDED_JSON: Row = Row {
    shape: whole("json-in-json", "envelope: any JSON with a record as JSON in one of its texts"),
    signatures: &[],
    read: Read::JsonAnywhere,
};

static EMBEDDED_XML: Row = Row {
    shape: whole("xml-in-json", "any JSON with an event as XML in one of its texts"),
    signatures: &[],
    read: Read::XmlAnywhere,
};

static EMBEDDED_MESSAGE: Row = Row {
    shape: partial("message-in-json", "any JSON with the message of a Sysmon event in one of its texts"),
    signatures: &[],
    read: Read::By(embedded::message),
};

impl Row {
    /// Whether records of this shape have their data in places of their own.
    fn has_places(&self) -> bool {
        matches!(self.read, Read::Layout(layout) if !layout.is_flat())
    }

    /// Whether an object is of this shape by its keys.
    pub(super) fn fits(&self, members: &[Member<'_>]) -> bool {
        self.signatures.iter().any(|keys| keys.iter().all(|key| key.fits(members)))
    }
}

/// The shapes of all rows.
pub(super) static NAMES: &[&Shape] = &{
    let mut names = [&ROWS[0].shape; ROWS.len() + FALLBACKS.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = if at < ROWS.len() { &ROWS[at].shape } else { &FALLBACKS[at - ROWS.len()].shape };
        at += 1;
    }
    names
};

fn all_rows() -> impl Iterator<Item = &'static Row> {
    ROWS.into_iter().chain(FALLBACKS)
}

/// The row of a shape; `None` for one of another family.
pub(super) fn row(shape: &Shape) -> Option<&'static Row> {
    all_rows().find(|row| row.shape == *shape)
}

/// The row of an object with these members.
pub(super) fn find(members: &[Member<'_>]) -> Option<&'static Row> {
    match look(members) {
        Found::Row(row) => Some(row),
        Found::Records | Found::Nothing => None,
    }
}

/// The row of an object by its keys.
pub(super) fn by_keys(members: &[Member<'_>]) -> Option<&'static Row> {
    let there = INDEX.of(members);
    let may_fit = |signature: &&Signature| signature.sought & !there == 0;
    let fits = |signature: &&Signature| signature.keys.iter().all(|key| key.fits(members));
    INDEX.signatures.iter().filter(may_fit).find(fits).map(|signature| signature.row)
}

/// The layout of an object's shape, with the name of the shape and the object itself, which may lie
/// within envelopes.
pub(super) fn find_layout<'j, 'l>(
    json: &'j Json<'l>,
    envelopes: usize,
) -> Option<(&'static str, &'static Layout, &'j Json<'l>)> {
    let members = json.members()?;
    let row = find(members)?;
    match row.read {
        Read::Layout(layout) => Some((row.shape.name, layout, json)),
        Read::Within(path) => find_layout(parse::find(members, path)?, envelopes.checked_sub(1)?),
        _ => None,
    }
}

/// First keys of all paths, a bit each: most signatures are ruled out by them alone.
#[derive(Default)]
struct Index {
    /// The keys by their length.
    keys: Vec<Vec<(&'static str, u128)>>,
    /// The signatures in the order of the rows.
    signatures: Vec<Signature>,
}

struct Signature {
    /// The bits of the keys that it seeks.
    sought: u128,
    keys: &'static [Key],
    row: &'static Row,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index::default();
    for row in ROWS {
        for keys in row.signatures.iter().copied() {
            let sought = keys.iter().filter(|key| !matches!(key.is, Is::Missing | Is::OneOf(_)));
            let sought =
                sought.fold(0, |bits, key| bits | index.bit(key.path.split('/').next().unwrap_or("")));
            index.signatures.push(Signature { sought, keys, row });
        }
    }
    index
});

impl Index {
    /// The bit of a key; keys that come when no bit is left share one.
    fn bit(&mut self, key: &'static str) -> u128 {
        let count: usize = self.keys.iter().map(Vec::len).sum();
        if self.keys.len() <= key.len() {
            self.keys.resize_with(key.len() + 1, Vec::new);
        }
        let same_len = &mut self.keys[key.len()];
        if let Some((_, bit)) = same_len.iter().find(|(known, _)| *known == key) {
            return *bit;
        }
        let bit = 1 << count.min(127);
        same_len.push((key, bit));
        bit
    }

    /// The bits of what is there.
    fn of(&self, members: &[Member<'_>]) -> u128 {
        let bit = |(key, _): &Member<'_>| {
            let same_len = self.keys.get(key.len())?;
            same_len.iter().find(|(known, _)| known == key).map(|(_, bit)| *bit)
        };
        members.iter().filter_map(bit).fold(0, |bits, bit| bits | bit)
    }
}

/// The last keys of the paths whose values recognition looks at.
pub(super) fn keys_of_values() -> Vec<&'static str> {
    let keys = ROWS.iter().flat_map(|row| row.signatures.iter().copied().flatten());
    let looked_at = keys.filter(|key| matches!(key.is, Is::Equal(_) | Is::Beginning(_) | Is::Like(_)));
    let envelopes = layouts().flat_map(|layout| layout.data).filter_map(|data| match data {
        Data::Beside(envelope) => Some(envelope.ambiguous()),
        _ => None,
    });
    looked_at.map(|key| key.path.rsplit('/').next().unwrap_or(key.path)).chain(envelopes.flatten()).collect()
}

fn layouts() -> impl Iterator<Item = &'static Layout> {
    ROWS.into_iter().filter_map(|row| match row.read {
        Read::Layout(layout) => Some(layout),
        _ => None,
    })
}

/// The last keys of the paths where layouts look for system fields, and pass over what is blank.
pub(super) fn keys_of_system() -> Vec<&'static str> {
    let paths = layouts().flat_map(|layout| layout.system).flat_map(|(_, paths)| *paths);
    let mut keys: Vec<_> = paths.map(|path| path.rsplit('/').next().unwrap_or(path)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// How deep events in texts are sought.
const MAX_SOUGHT: usize = 3;

/// How far into a text the message of an event may begin.
pub(super) const MESSAGE_REACH: usize = 256;

/// What a text may be.
#[derive(Clone, Copy)]
enum What {
    /// A text of which this holds.
    Like(fn(&str) -> bool),
    /// The message that a record has: the text as a whole, or words in it.
    Message(InText),
    /// No text: a record as an object.
    Record,
}

/// What is said of a text, and the row of a document that has such a text. The best come first: a text that
/// is an event as a whole comes before one that merely holds it; and a message beside the event is a copy of it.
/// Texts of records and of keys that are [`closed`] are not asked.
const RANKS: [(What, &Row); 7] = [
    (What::Like(is_xml), &EMBEDDED_XML),
    (What::Like(is_json), &EMBEDDED_JSON),
    (What::Record, &EMBEDDED_RECORD),
    (What::Message(InText::Whole), &EMBEDDED_MESSAGE),
    (What::Like(is_known_text), &EMBEDDED_JSON),
    (What::Like(has_xml), &EMBEDDED_XML),
    (What::Message(InText::Within), &EMBEDDED_MESSAGE),
];

/// What an object is.
enum Found {
    /// A record, or an envelope around one.
    Row(&'static Row),
    /// A document with records in its lists. They are opened, whatever else it says.
    Records,
    Nothing,
}

fn look(members: &[Member<'_>]) -> Found {
    // Some names may have dots, and the others alone fit a row as well; where that takes all names as they are, these too.
    let plain = by_keys(members);
    if plain.is_none_or(Row::has_places) && dotted::row(members).is_some() {
        return Found::Row(&envelope::DOTTED);
    }
    if let Some(row) = plain {
        return Found::Row(row);
    }
    match wrapper::lists(members).any(holds_records) {
        true => Found::Records,
        false => fallback(members).map_or(Found::Nothing, Found::Row),
    }
}

/// Whether a list has a record of a known shape in it.
fn holds_records(list: &Json<'_>) -> bool {
    match list.values() {
        Some(values) => values.iter().any(is_known),
        None => is_known(list),
    }
}

/// The row of what fits no other, by the best that it holds.
fn fallback(members: &[Member<'_>]) -> Option<&'static Row> {
    let message = embedded::message_of(members).map(|(_, place)| place);
    let mut best = RANKS.len();
    rank(&mut best, |what| matches!(what, What::Message(place) if Some(*place) == message));
    // Lists of records are opened, and each is what it is.
    let alone = closed::open(members).filter(|member| !wrapper::is_list_of_records(member));
    alone.for_each(|(_, value)| by_values(value, 0, &mut best));
    RANKS.get(best).map(|(_, row)| *row)
}

/// Takes the rank of what this is, where it is better.
fn rank(best: &mut usize, is_it: impl Fn(&What) -> bool) {
    *best = RANKS[..*best].iter().position(|(what, _)| is_it(what)).unwrap_or(*best);
}

/// Whether a row is that of what fits no other.
pub(super) fn is_fallback(row: &Row) -> bool {
    FALLBACKS.iter().any(|known| known.shape == row.shape)
}

fn by_values(json: &Json<'_>, depth: usize, best: &mut usize) {
    match &json.kind {
        _ if *best == 0 => {}
        Kind::Text(_) => {
            let text = text_of(json);
            rank(best, |what| matches!(what, What::Like(holds) if holds(&text)));
        }
        Kind::Object(inner) if is_record(inner) => rank(best, |what| matches!(what, What::Record)),
        Kind::Object(inner) if depth < MAX_SOUGHT => {
            closed::open(inner).for_each(|(_, value)| by_values(value, depth + 1, best));
        }
        Kind::Array(values) if depth < MAX_SOUGHT => {
            values.iter().for_each(|value| by_values(value, depth + 1, best));
        }
        _ => {}
    }
}

/// Whether an object within a document is a record: what says by few keys that it is one, as `id` and `fields`
/// do, says so only where it stands alone.
pub(super) fn is_record(members: &[Member<'_>]) -> bool {
    by_keys(members).is_some_and(|row| matches!(row.read, Read::Layout(_)))
}

/// Whether a text is an event as XML and nothing else.
pub(super) fn is_xml(text: &str) -> bool {
    text.trim_ascii().ends_with('>') && is_xml_begun(text)
}

/// Whether a text begins with an event as XML.
fn is_xml_begun(text: &str) -> bool {
    let text = text.trim_ascii_start();
    (text.starts_with("<Event") || text.starts_with("<?xml")) && has_xml(text)
}

/// Whether a text is JSON with a record and nothing else.
pub(super) fn is_json(text: &str) -> bool {
    let (values, rest) = parse::parse_all(text);
    rest.is_empty() && values.iter().any(is_known)
}

/// Whether a text holds an event as XML, the first one on its first line: behind a head. What stands further down
/// is quoted by somebody.
pub(super) fn has_xml(text: &str) -> bool {
    let text = text.trim_ascii_start();
    let begins = |at: usize| text.starts_with("<?xml") || !text[..at].contains(['\n', '\r']);
    holds_xml(text) && text.find("<Event").is_some_and(begins)
}

fn holds_xml(text: &str) -> bool {
    text.contains("<Event") && text.contains("<System")
}

/// Whether a text holds what would be an event, were it opened.
pub(super) fn holds_event(text: &str) -> bool {
    let is_message = |text| message::parse(text).is_some_and(|message| message.is_telling());
    holds_xml(text) || is_known_text(text) || message_in(text).is_some_and(is_message)
}

/// The message of an event in a text, without quotes around it, as Wazuh has them.
pub(super) fn message_in(text: &str) -> Option<&str> {
    let (before, message) = text.split_at(message::find(text, MESSAGE_REACH)?);
    let bare = message.trim_end().strip_suffix('"').filter(|_| before.ends_with('"'));
    Some(bare.unwrap_or(message))
}

/// The event that a text holds, as XML or as a message.
pub(super) fn event_in(text: &str) -> Option<&str> {
    if holds_xml(text) { Some(text) } else { message_in(text) }
}

/// Whether a value is a record of a known shape, or a list or answer that has one first.
pub(super) fn is_known(json: &Json<'_>) -> bool {
    match &json.kind {
        Kind::Object(members) => match look(members) {
            Found::Row(Row { read: Read::Within(path), .. }) => {
                parse::find(members, path).is_some_and(is_known)
            }
            Found::Row(Row { read: Read::Rows, .. }) => rows::is_known(members),
            Found::Row(_) | Found::Records => true,
            Found::Nothing => false,
        },
        Kind::Array(values) => values.first().is_some_and(is_known),
        Kind::Text(_) => json.text().is_some_and(holds_known),
        _ => false,
    }
}

/// Whether a text alone, or in a list of them, holds records.
fn holds_known(text: &str) -> bool {
    is_known_text(text) || is_xml_begun(text) || text::is_rendering(text)
}

/// Whether a text within a value is JSON of a known shape; XML is another reader's where it stands alone.
pub(super) fn is_known_text(text: &str) -> bool {
    let text = text.trim_ascii_start();
    text.starts_with(['{', '[']) && parse::parse_begun(text).is_some_and(|(json, ..)| is_known(&json))
}

/// Keys that records of Windows events have and few other documents; of a record that is too large
/// for recognising, one of them will do.
const TELLING: &[&str] = &[
    "@timestamp",
    "Channel",
    "Event",
    "EventData",
    "EventID",
    "Message",
    "System",
    "_source",
    "event_data",
    "hits",
    "win",
    "winlog",
];

/// Whether a value that is cut off may go on as a record of a known shape.
pub(super) fn may_be_known(json: &Json<'_>) -> bool {
    json.members().is_some_and(|members| {
        members.iter().any(|(key, value)| TELLING.contains(&&**key) || wrapper_like(value))
    })
}

fn wrapper_like(value: &Json<'_>) -> bool {
    value.values().is_some_and(|values| values.first().is_some_and(may_be_known))
}

/// Keys that a sentence names.
const MAX_KEYS: usize = 8;

/// What was found of an object of no known shape, and what would have been expected.
pub(super) fn expectation(members: &[Member<'_>]) -> String {
    expectation_in(members, MAX_SOUGHT)
}

fn expectation_in(members: &[Member<'_>], envelopes: usize) -> String {
    let keys: Vec<String> =
        members.iter().take(MAX_KEYS).map(|(key, _)| key.chars().take(32).collect()).collect();
    let more = if members.len() > MAX_KEYS { ", …" } else { "" };
    let found = format!("an object of no known shape, with {}{more}", keys.join(", "));
    let is_sought = |key: &&Key| !matches!(key.is, Is::Missing);
    let score = |keys: &[Key]| {
        let sought = keys.iter().filter(is_sought).count();
        keys.iter().filter(is_sought).filter(|key| key.fits(members)).count() * 100 / sought.max(1)
    };
    let signatures = all_rows().flat_map(|row| row.signatures.iter().map(move |keys| (row, *keys)));
    let near = signatures.map(|(row, keys)| (score(keys), row, keys)).filter(|(score, ..)| *score > 0);
    // Of equal ones the first, which is the most specific.
    let nearest = near.reduce(|best, next| if next.0 > best.0 { next } else { best });
    match nearest {
        Some((_, row, keys)) => {
            let missing: Vec<_> =
                keys.iter().filter(is_sought).filter(|key| !key.fits(members)).map(Key::title).collect();
            match row.read {
                Read::Within(path) if missing.is_empty() => {
                    let inner = parse::find(members, path).and_then(Json::members);
                    let inner =
                        inner.filter(|_| envelopes > 0).map(|inner| expectation_in(inner, envelopes - 1));
                    let inner = inner.unwrap_or_else(|| "no record".to_owned());
                    format!("{found}: {} whose {path} is {inner}", row.shape.name)
                }
                _ if missing.is_empty() => found,
                _ => format!("{found}; {} would have {} too", row.shape.name, missing.join(" and ")),
            }
        }
        None => found,
    }
}

/// What was found where a shape was asked for that an object has not.
pub(super) fn instead(asked: &Row, json: &Json<'_>) -> String {
    let name = asked.shape.name;
    let members = json.members().unwrap_or_default();
    match find(members) {
        Some(row) if row.shape != asked.shape => {
            format!("{name} was asked for, and this is {}", row.shape.name)
        }
        _ => format!("{name} was asked for, and this is {}", expectation(members)),
    }
}

/// A value's text; an array of byte values, as journald writes texts that are not UTF-8, is one too.
pub(super) fn text_of<'j>(json: &'j Json<'_>) -> Cow<'j, str> {
    if let Some(text) = json.text() {
        return Cow::Borrowed(text);
    }
    let byte = |value: &Json<'_>| value.raw.parse::<u8>().ok();
    match &json.kind {
        Kind::Array(values) => match values.iter().map(byte).collect::<Option<Vec<u8>>>() {
            Some(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
            None => Cow::Borrowed(""),
        },
        Kind::Text(text) => Cow::Owned(text.clone().into_str().into_owned()),
        _ => Cow::Borrowed(""),
    }
}
