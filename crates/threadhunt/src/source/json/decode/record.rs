//! A value as records: the shapes of objects, what envelopes and answers hold, and events in texts.

use std::borrow::Cow;

use super::super::parse::{self, Json, Kind, Member};
use super::super::shape::{self, Read};
use super::super::shapes::embedded;
use super::super::{Reading, Refused, beside, closed, dotted, rows, wrapper};
use super::{Decoder, MAX_ENVELOPES, begun};
use crate::event::DamageCode;
use crate::source::encoding::NoText;
use crate::source::{BlockHead, Workshop, text, xml};

/// A text within a value, or the text of a record there, and the keys that lead there, as a sentence names them.
struct Within<'j, 'l> {
    json: &'j Json<'l>,
    text: Cow<'j, str>,
    path: String,
}

/// What is sought within a value.
#[derive(Clone, Copy)]
enum Sought {
    /// Texts of which this holds, but for those that are never opened.
    Open(fn(&str) -> bool),
    /// Texts of which this holds, wherever they stand.
    Any(fn(&str) -> bool),
    /// Records as objects.
    Records,
}

/// What is sought within a value; `path` leads to the value, and is the same behind.
fn seek<'j, 'l>(json: &'j Json<'l>, sought: Sought, path: &mut String, found: &mut Vec<Within<'j, 'l>>) {
    match (&json.kind, sought) {
        (Kind::Text(_), Sought::Open(holds) | Sought::Any(holds)) => {
            let text = shape::text_of(json);
            if holds(&text) {
                found.push(Within { json, text, path: path.clone() });
            }
        }
        (Kind::Object(inner), Sought::Open(_) | Sought::Records)
            if !path.is_empty() && shape::is_record(inner) =>
        {
            if matches!(sought, Sought::Records) {
                found.push(Within { json, text: json.raw.into(), path: path.clone() });
            }
        }
        (Kind::Object(inner), Sought::Any(_)) => {
            inner.iter().for_each(|member| seek_member(member, sought, path, found));
        }
        (Kind::Object(inner), _) => {
            closed::open(inner).for_each(|member| seek_member(member, sought, path, found));
        }
        (Kind::Array(values), _) => values.iter().for_each(|value| seek(value, sought, path, found)),
        _ => {}
    }
}

fn seek_member<'j, 'l>(
    (key, value): &'j Member<'l>,
    sought: Sought,
    path: &mut String,
    found: &mut Vec<Within<'j, 'l>>,
) {
    let len = path.len();
    if len < MAX_PATH {
        path.extend((len > 0).then_some('/').into_iter().chain(key.chars().take(MAX_SHOWN)));
    }
    seek(value, sought, path, found);
    path.truncate(len);
}

/// What is sought in a value.
fn all<'j, 'l>(json: &'j Json<'l>, sought: Sought) -> Vec<Within<'j, 'l>> {
    let (mut path, mut found) = (String::new(), Vec::new());
    seek(json, sought, &mut path, &mut found);
    found
}

/// What is said of a document of which nothing is read, and which has a text that would be an event.
pub(in crate::source::json) fn unopened(json: &Json<'_>) -> Option<String> {
    json.members()?;
    let found = all(json, Sought::Any(shape::holds_event));
    let path = &found.first()?.path;
    Some(format!("the text of {path} {}", closed::NOT_READ))
}

/// Bytes of a path, beyond which it goes no deeper.
const MAX_PATH: usize = 256;

/// Texts with events in one record that the others are compared with.
const MAX_TEXTS: usize = 256;

/// Characters of a key that a sentence shows.
const MAX_SHOWN: usize = 40;

/// A key that stands twice in an object within a value; where objects are lists of values, that says nothing.
fn repeated_key<'j>(json: &'j Json<'_>, depth: usize) -> Option<&'j str> {
    let members = json.members().filter(|_| depth <= MAX_ENVELOPES)?;
    parse::repeated(members).or_else(|| members.iter().find_map(|(_, value)| repeated_key(value, depth + 1)))
}

/// Whether [`repeated_key`] finds one.
pub(in crate::source::json) fn has_repeated_key(json: &Json<'_>) -> bool {
    repeated_key(json, 0).is_some()
}

/// A value that is a record, or has one within.
pub(super) struct Record<'d, 't, 'o, 'w> {
    pub(super) decoder: &'d mut Decoder<'t, 'o, 'w>,
    pub(super) no_text: NoText,
    /// Where it is, for what lies in a string: the string's place.
    pub(super) place: Option<BlockHead>,
    pub(super) envelopes: usize,
}

impl Record<'_, '_, '_, '_> {
    fn place(&mut self, json: &Json<'_>) -> BlockHead {
        if let Some(place) = self.place {
            return place;
        }
        let at = (json.raw.as_ptr() as usize).wrapping_sub(self.decoder.text.as_ptr() as usize);
        self.decoder.cursor.go_to(at.min(self.decoder.text.len()));
        self.decoder.cursor.place()
    }

    /// Any value: an object, a list of them, or a text that holds some.
    pub(super) fn any(&mut self, json: &Json<'_>) {
        match &json.kind {
            Kind::Object(members) => self.object(json, members),
            Kind::Array(values) => values.iter().for_each(|value| self.any(value)),
            Kind::Text(text) => self.text(json, &text.clone().into_str()),
            _ => self.unknown(json, &[]),
        }
    }

    pub(super) fn object(&mut self, json: &Json<'_>, members: &[Member<'_>]) {
        let asked = self.decoder.workshop.options.shape.and_then(shape::row);
        let found = shape::find(members);
        let row = match (found, asked) {
            // An envelope is opened also where the shape within is forced.
            (Some(row), Some(asked)) if !row.read.is_envelope() => Some(asked),
            // So is an answer with a list of records.
            (None, Some(asked)) if wrapper::lists(members).next().is_none() => Some(asked),
            (found, _) => found,
        };
        if found.is_none() && wrapper::is_bulk_action(members) {
            return;
        }
        let Some(row) = row else { return self.wrapped(json, members) };
        match row.read {
            Read::Within(path) => self.within(json, members, path),
            Read::Rows if !row.fits(members) => self.unknown(json, members),
            Read::Rows => self.rows(json, members),
            Read::Dotted => self.dotted(json, members),
            Read::XmlAnywhere => {
                let sought = [shape::is_xml, shape::has_xml].map(Sought::Open);
                self.anywhere(json, &sought, |record, value, text| {
                    let place = record.place(value);
                    record.events(text, place, shape::XML_IN_JSON);
                    record.behind_events(value, text);
                });
            }
            Read::JsonAnywhere => {
                let sought = [shape::is_json, shape::is_known_text].map(Sought::Open);
                self.anywhere(json, &sought, Self::text);
            }
            Read::Inside => self.anywhere(json, &[Sought::Records], |record, value, _| record.inside(value)),
            Read::Xml(path) => self.xml(json, members, path, row),
            Read::By(read) => {
                self.record(json, row, |reading| read(members, reading));
                if row.shape.name == shape::MESSAGE_IN_JSON {
                    self.look_beside(json, embedded::message_in(members).into_iter());
                }
            }
            Read::Layout(layout) => self.record(json, row, |reading| layout.read(members, reading)),
        }
    }

    /// An object that is no record: the records of its lists.
    fn wrapped(&mut self, json: &Json<'_>, members: &[Member<'_>]) {
        let mut lists = wrapper::lists(members).peekable();
        if lists.peek().is_none() || self.envelopes == MAX_ENVELOPES {
            return self.unknown(json, members);
        }
        self.envelopes += 1;
        lists.for_each(|list| self.any(list));
        self.envelopes -= 1;
        let alone = members.iter().filter(|member| !wrapper::is_list_of_records(member));
        let holds_event = |text: &str| shape::event_in(text).is_some() || shape::is_known_text(text);
        if alone.map(|(_, value)| all(value, Sought::Any(holds_event))).any(|found| !found.is_empty()) {
            self.look_beside(json, wrapper::lists(members).map(|list| list.raw));
        }
    }

    /// The record that an envelope holds.
    fn within(&mut self, json: &Json<'_>, members: &[Member<'_>], path: &str) {
        let inner = parse::find(members, path);
        let Some(inner) = inner.filter(|_| self.envelopes < MAX_ENVELOPES) else {
            return self.unknown(json, members);
        };
        self.envelopes += 1;
        self.any(inner);
        self.envelopes -= 1;
    }

    /// The object that names with dots stand for.
    fn dotted(&mut self, json: &Json<'_>, members: &[Member<'_>]) {
        let place = self.place(json);
        let nested = dotted::nest(members).filter(|_| self.envelopes < MAX_ENVELOPES);
        match nested.as_deref().map(parse::parse) {
            Some(Ok((inner, _))) => self.inner(&inner, place),
            _ => self.unknown(json, members),
        }
    }

    /// A value that lies in a text.
    fn inner(&mut self, inner: &Json<'_>, place: BlockHead) {
        let before = self.place.replace(place);
        self.envelopes += 1;
        self.any(inner);
        self.envelopes -= 1;
        self.place = before;
    }

    /// The rows of a table.
    fn rows(&mut self, json: &Json<'_>, members: &[Member<'_>]) {
        let rows = rows::rows(members);
        if rows.is_empty() || rows::is_aside(members) {
            return;
        }
        let Some(columns) = rows::columns(members).filter(|_| self.envelopes < MAX_ENVELOPES) else {
            return self.unknown(json, members);
        };
        self.envelopes += 1;
        for row in rows {
            match rows::object(&columns, row) {
                Ok(record) => self.any(&record),
                Err(_) if row.members().is_some() => self.any(row),
                Err(reason) => {
                    let place = self.place(row);
                    self.decoder.complain(place, DamageCode::Malformed, reason);
                }
            }
        }
        self.envelopes -= 1;
    }

    /// A text within a value: events as XML, or JSON; of several lines that became one text, all.
    fn text(&mut self, json: &Json<'_>, text: &str) {
        let place = self.place(json);
        let is_open = self.envelopes < MAX_ENVELOPES;
        let (mut values, mut rest) = parse::parse_all(if is_open { text } else { "" });
        if values.is_empty() {
            return match self.events(text, place, shape::XML_IN_JSON) || self.rendering(text, place) {
                false => self.unknown(json, &[]),
                true => self.behind_events(json, text),
            };
        }
        while !values.is_empty() {
            values.iter().for_each(|value| self.inner(value, place));
            // Words may stand between several.
            let next = rest.find("{\"").filter(|at| shape::is_known_text(&rest[*at..]));
            self.events(&rest[..next.unwrap_or(rest.len())], place, shape::XML_IN_JSON);
            match next {
                Some(at) if at > 0 => (values, rest) = parse::parse_all(&rest[at..]),
                _ => break,
            }
        }
        if rest.starts_with(['{', '[']) {
            self.decoder.complain(place, DamageCode::Malformed, parse::BROKEN_BEHIND);
        } else if shape::message_in(rest).is_some() {
            let reason = "the text goes on with a message behind JSON, which is not read";
            self.decoder.complain(place, DamageCode::UnknownShape, reason);
        }
    }

    /// The JSON behind events as XML in one text.
    fn behind_events(&mut self, json: &Json<'_>, text: &str) {
        let behind = text.rsplit_once("</Event>").map_or("", |(_, behind)| behind);
        if let Some(at) = behind.find("{\"").filter(|at| shape::is_known_text(&behind[*at..])) {
            self.text(json, &behind[at..]);
        }
    }

    /// Reads a text as Splunk renders events; false where it is none.
    fn rendering(&mut self, text: &str, place: BlockHead) -> bool {
        let is_it = text::is_rendering(text) && text::is_among(text.as_bytes());
        if is_it {
            text::read_among((text.as_bytes(), false), place, self.decoder.batch, self.decoder.workshop);
        }
        is_it
    }

    /// Reads the events in a text; false when there is none.
    fn events(&mut self, text: &str, place: BlockHead, name: &'static str) -> bool {
        let batch = &mut *self.decoder.batch;
        let before = batch.counts.total();
        let found = xml::read_embedded(text, place, batch, self.decoder.workshop);
        let count = batch.counts.total() - before;
        batch.counts.add_shape(name, count);
        found
    }

    fn xml(&mut self, json: &Json<'_>, members: &[Member<'_>], path: &str, row: &shape::Row) {
        let place = self.place(json);
        let text = parse::find(members, path).map(shape::text_of).unwrap_or_default();
        if self.events(&text, place, row.shape.name) {
            self.behind_events(json, &text);
        } else {
            if !row.fits(members) {
                // It was forced.
                return self.unknown(json, members);
            }
            let reason = format!("{}: {path} holds no event as XML", row.shape.name);
            self.decoder.complain(place, DamageCode::Malformed, reason);
        }
    }

    /// Reads the events in every place within a record of the first kind of which there are some.
    fn anywhere(&mut self, json: &Json<'_>, sought: &[Sought], read: fn(&mut Self, &Json<'_>, &str)) {
        let kinds = sought.iter().map(|sought| all(json, *sought));
        let found = kinds.into_iter().find(|found| !found.is_empty()).unwrap_or_default();
        for (at, Within { json, text, path }) in found.iter().enumerate() {
            // The same text again is a copy, not another event.
            if found[..at.min(MAX_TEXTS)].iter().all(|before| before.text.trim() != text.trim()) {
                let first = self.decoder.batch.len();
                read(self, json, text);
                let what = if matches!(json.kind, Kind::Object(_)) { "" } else { "the text of " };
                let note = format!("found within {what}{path}, in a document of no known shape");
                self.decoder.batch.note_from(first, &note);
            }
        }
        if found.is_empty() {
            return self.unknown(json, json.members().unwrap_or_default());
        }
        self.look_beside(json, found.iter().map(|within| &*within.text));
    }

    /// A record as an object within a document.
    fn inside(&mut self, json: &Json<'_>) {
        if self.envelopes == MAX_ENVELOPES {
            return self.unknown(json, json.members().unwrap_or_default());
        }
        self.envelopes += 1;
        self.any(json);
        self.envelopes -= 1;
    }

    /// Tells of an event that a document holds beside those in the texts that were read.
    fn look_beside<'x>(&mut self, json: &Json<'_>, read: impl Iterator<Item = &'x str>) {
        if let Some(time) = beside::unread(json, read) {
            let place = self.place(json);
            let reason = format!("another event, of {time}, beside the one that is read");
            self.decoder.complain(place, DamageCode::UnknownShape, reason);
        }
    }

    /// One record, by the reader of its shape.
    fn record(
        &mut self,
        json: &Json<'_>,
        row: &shape::Row,
        read: impl FnOnce(&mut Reading<'_>) -> Result<(), Refused>,
    ) {
        let place = self.place(json);
        let members = json.members().unwrap_or_default();
        let Workshop { options, layouts, .. } = &mut *self.decoder.workshop;
        let mut reading = begun(self.decoder.batch, layouts, place, options);
        self.no_text.note(&mut reading.builder);
        let mut outcome = read(&mut reading);
        // A shape that is forced on another one finds nothing of an event.
        let is_known = reading.is_identified() && reading.loss.is_none();
        if options.shape.is_some() && !is_known && !row.fits(members) {
            outcome = Err(Refused(DamageCode::OtherShape, shape::instead(row, json).into()));
        }
        match outcome {
            Ok(()) => {
                if reading.is_wanted()
                    && let Some(key) = repeated_key(json, 0)
                {
                    let key: String = key.chars().take(MAX_SHOWN).collect();
                    reading.builder.odd(
                        DamageCode::Repeated,
                        "",
                        format!("the key {key} stands there more than once; the first counts"),
                    );
                }
                reading.builder.batch().counts.add_shape(row.shape.name, 1);
                let loss = reading.loss.take();
                reading.finish(options);
                if let Some(what) = loss {
                    let reason = format!("{}: {what}", row.shape.name);
                    self.decoder.complain(place, DamageCode::Record, reason);
                }
            }
            Err(Refused(code, what)) => {
                reading.builder.abandon();
                let reason = match code {
                    DamageCode::OtherShape => what,
                    _ => format!("{}: {what}", row.shape.name).into(),
                };
                self.decoder.complain(place, code, reason);
            }
        }
    }

    /// A value of no known shape: the first is told of with what was expected.
    ///
    /// What else an answer holds beside its list of records is none.
    pub(super) fn unknown(&mut self, json: &Json<'_>, members: &[Member<'_>]) {
        let place = self.place(json);
        let is_listed = json.members().is_none() && self.decoder.is_in_named;
        if self.envelopes == 0 && (is_listed || self.decoder.is_beside()) {
            return;
        }
        if let Some(asked) = self.decoder.workshop.options.shape.and_then(shape::row) {
            let reason = shape::instead(asked, json);
            return self.decoder.complain(place, DamageCode::OtherShape, reason);
        }
        let is_first = !std::mem::replace(&mut self.decoder.unknown, true);
        let reason: Cow<'static, str> = match (members, is_first) {
            ([], _) => "no JSON object with members".into(),
            (_, true) => shape::expectation(members).into(),
            _ => "of no known shape".into(),
        };
        let reason = match unopened(json) {
            Some(unopened) => format!("{reason}; {unopened}").into(),
            None => reason,
        };
        self.decoder.complain(place, DamageCode::UnknownShape, reason);
    }
}
