//! Where the data of a record are, and how they are gathered there.
//!
//! Data have names, stand in the order of the manifest without any, or are a text: an element of XML or the
//! message that Windows renders. Values without names get them by their count and kinds.

use std::borrow::Cow;

use super::Reading;
use super::alike::find_or_alike;
use super::layout::is_blank;
use super::parse::{self, Json, Kind, Marks, Member, Text};
use crate::event::{Guid, Slot, SystemField, UtcTime, whole};
use crate::schema::{self, EventSchema, FieldType};
use crate::source::{message, xml};

/// Where data may be.
#[derive(Debug)]
pub(super) enum Data {
    /// An object of names and values, in the order of the event.
    Object(&'static str),
    /// The same in whatever order: the manifest's is restored.
    Shuffled(&'static str),
    /// Members of the object at this path that are fields of the event.
    Fields(&'static str),
    /// Members of the record itself, but for these, which are no fields of an event.
    Beside(&'static Envelope),
    /// A list of objects that have name and value under these keys.
    Named(&'static str, &'static str, &'static str),
    /// A list of objects with one member each.
    Pairs(&'static str),
    /// A list of values without names, or of objects that have the value under this key.
    Positional(&'static str, &'static str),
    /// An `EventData` element as text.
    Fragment(&'static str),
    /// The message as Windows renders it.
    Message(&'static str),
    /// The same where it is read for want of anything better, which is said.
    Rendering(&'static str),
    /// JSON as text, which holds data so.
    Text(&'static str, &'static Data),
}

/// Names that are no fields of an event.
#[derive(Debug)]
pub(super) struct Envelope {
    names: &'static [&'static str],
    marks: Marks,
    /// Names that are also fields of some event, and the values with which they are not.
    values: &'static [Ambiguous],
}

/// A name, and the values with which it is the envelope's.
type Ambiguous = (&'static str, &'static [&'static str]);

impl Envelope {
    /// The same, but for members with these values.
    pub(super) const fn but_for(self, values: &'static [Ambiguous]) -> Self {
        Self { values, ..self }
    }

    /// The names of which values decide.
    pub(super) fn ambiguous(&self) -> impl Iterator<Item = &'static str> {
        self.values.iter().map(|(name, _)| *name)
    }

    pub(super) const fn new(names: &'static [&'static str]) -> Self {
        Self { names, marks: Marks::of(names), values: &[] }
    }

    /// Whether a name is the envelope's, in another case of letters, too.
    fn has(&self, name: &str) -> bool {
        let is_exact = self.marks.may_have(name) && self.names.contains(&name);
        is_exact || self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Whether a member is the envelope's though it has the name of a field.
    fn owns(&self, name: &str, value: &Json<'_>) -> bool {
        let mut owned = self.values.iter().filter(|(known, _)| *known == name);
        owned.any(|(_, values)| value.text().is_some_and(|text| values.contains(&text)))
    }
}

/// A value of the data on its way into the record.
pub(super) enum Found<'j> {
    Text(Cow<'j, str>),
    Slot(Slot),
}

impl Found<'_> {
    /// The time that a text says.
    pub(super) fn time(&self) -> Option<UtcTime> {
        match self {
            Self::Text(text) => UtcTime::parse(text),
            Self::Slot(_) => None,
        }
    }
}

/// Whether a value is one of a field of this type, which says something.
pub(super) fn is_valid(kind: FieldType, value: &Found<'_>) -> bool {
    let Found::Text(text) = value else {
        let is_number = matches!(value, Found::Slot(Slot::Unsigned(_) | Slot::Hex(_)));
        let is_bool = matches!(value, Found::Slot(Slot::Bool(_)));
        return match kind {
            FieldType::Integer | FieldType::Hex => is_number,
            FieldType::Bool => is_bool,
            other => other == FieldType::String,
        };
    };
    let text = text.trim();
    let digits = || text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let is_hex = || digits().is_some_and(|digits| u64::from_str_radix(digits, 16).is_ok());
    match kind {
        FieldType::Date => UtcTime::parse(text).is_some(),
        FieldType::Guid => Guid::parse(text).is_some(),
        FieldType::Integer => whole(text).is_some(),
        FieldType::Hex => is_hex() || text.parse::<u64>().is_ok(),
        FieldType::HexString => is_hex(),
        FieldType::Bool => ["true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word)),
        FieldType::String | FieldType::Path | FieldType::Hashes => true,
    }
}

/// A name and its value.
pub(super) type Datum<'j> = (Cow<'j, str>, Found<'j>);

/// What was gathered at a place.
#[derive(Default)]
pub(super) struct Gathered<'j> {
    pub(super) data: Vec<Datum<'j>>,
    /// What could not be told for certain.
    pub(super) doubts: Vec<String>,
}

/// Why a place that has data cannot give them.
pub(super) struct Unusable(pub(super) String);

impl Data {
    /// Whether its order is not the event's.
    pub(super) fn is_shuffled(&self) -> bool {
        matches!(self, Self::Shuffled(_) | Self::Beside(_) | Self::Fields(_))
    }

    /// Where it looks; empty for the record itself.
    pub(super) fn path(&self) -> &'static str {
        match self {
            Self::Beside(_) => "",
            Self::Object(path) | Self::Shuffled(path) | Self::Fields(path) | Self::Pairs(path) => path,
            Self::Named(path, ..) | Self::Positional(path, _) | Self::Text(path, _) => path,
            Self::Fragment(path) | Self::Message(path) | Self::Rendering(path) => path,
        }
    }

    /// The members that are data, where keys alone tell.
    pub(super) fn picked<'j, 'l>(
        &self,
        members: &'j [Member<'l>],
        schema: Option<&'static EventSchema>,
    ) -> Option<Box<dyn Iterator<Item = &'j Member<'l>> + 'j>> {
        let is_field =
            move |name: &str| schema.is_some_and(|schema| schema.all_fields().any(|f| f.name == name));
        Some(match *self {
            Self::Object(path) | Self::Shuffled(path) => Box::new(inner(members, path).iter()),
            Self::Fields(path) => {
                Box::new(inner(members, path).iter().filter(move |(name, _)| is_field(name)))
            }
            Self::Beside(envelope) => {
                let is_datum = move |(name, value): &&Member<'l>| {
                    (is_field(name) || !envelope.has(name)) && !envelope.owns(name, value)
                };
                Box::new(members.iter().filter(is_datum))
            }
            _ => return None,
        })
    }

    pub(super) fn gather<'j>(
        &self,
        members: &'j [Member<'_>],
        schema: Option<&'static EventSchema>,
        reading: &mut Reading<'_>,
        found: &mut Gathered<'j>,
    ) -> Result<(), Unusable> {
        if let Some(picked) = self.picked(members, schema) {
            found.data.extend(
                picked.filter_map(|(name, value)| Some((Cow::Borrowed(&**name), datum(value, reading)?))),
            );
            return Ok(());
        }
        match self {
            // These were picked.
            Self::Object(_) | Self::Shuffled(_) | Self::Fields(_) | Self::Beside(_) => {}
            Self::Named(path, name, value) => {
                for entry in list(members, path).iter().filter_map(Json::members) {
                    let title = parse::find(entry, name).and_then(Json::text).unwrap_or_default();
                    let value = parse::find(entry, value).and_then(|value| datum(value, reading));
                    found.data.push((Cow::Borrowed(title), value.unwrap_or(Found::Text("".into()))));
                }
            }
            Self::Pairs(path) => {
                let pairs = list(members, path).iter().filter_map(Json::members).flatten();
                found.data.extend(
                    pairs.filter_map(|(name, value)| Some((Cow::Borrowed(&**name), datum(value, reading)?))),
                );
            }
            Self::Positional(path, key) => {
                let values = list(members, path);
                let value = |entry: &'j Json<'_>| match entry.members() {
                    Some(members) => parse::find(members, key),
                    None => Some(entry),
                };
                let values: Vec<_> = values.iter().filter_map(value).collect();
                return positional(&values, schema, reading, found);
            }
            Self::Fragment(path) => {
                let Some(text) = text_at(members, path) else { return Ok(()) };
                return event_data(text, found);
            }
            Self::Message(path) | Self::Rendering(path) => {
                let Some(text) = text_at(members, path) else { return Ok(()) };
                return from_message(text.trim_matches('"'), schema, found);
            }
            Self::Text(path, inner) => {
                let Some(text) = text_at(members, path) else { return Ok(()) };
                let parsed = parse::parse(text.trim_start());
                let unusable = |what: &str| Unusable(format!("{path} is no JSON: {what}"));
                let (json, _) = parsed.map_err(|trouble| unusable(trouble.what))?;
                let mut within = Gathered::default();
                let outcome = inner.gather(json.members().unwrap_or_default(), schema, reading, &mut within);
                found.data.extend(within.data.into_iter().map(owned));
                found.doubts.append(&mut within.doubts);
                return outcome;
            }
        }
        Ok(())
    }
}

/// The same datum, which borrows nothing.
pub(super) fn owned<'any>((name, found): Datum<'_>) -> Datum<'any> {
    let found = match found {
        Found::Text(text) => Found::Text(Cow::Owned(text.into_owned())),
        Found::Slot(slot) => Found::Slot(slot),
    };
    (Cow::Owned(name.into_owned()), found)
}

/// The members of an object within; of the object itself where the path is empty.
fn inner<'j, 'l>(members: &'j [Member<'l>], path: &str) -> &'j [Member<'l>] {
    if path.is_empty() {
        return members;
    }
    find_or_alike(members, path).and_then(Json::members).unwrap_or_default()
}

fn list<'j, 'l>(members: &'j [Member<'l>], path: &str) -> &'j [Json<'l>] {
    find_or_alike(members, path).and_then(Json::values).unwrap_or_default()
}

/// Values without names: the manifest names them where one of its layouts has as many.
pub(super) fn positional<'j>(
    values: &[&'j Json<'_>],
    schema: Option<&'static EventSchema>,
    reading: &mut Reading<'_>,
    found: &mut Gathered<'j>,
) -> Result<(), Unusable> {
    let Some(schema) = schema.filter(|_| !values.is_empty()) else {
        // Of another provider, values stay without names.
        found.data.extend(values.iter().filter_map(|value| Some(("".into(), datum(value, reading)?))));
        return Ok(());
    };
    if let Some(version) = contradicted(values.len(), schema, reading) {
        let count = values.len();
        let what =
            format!("{count} values without names, but event {} of version {version} has others", schema.id);
        return Err(Unusable(what));
    }
    let mut layouts = schema.layouts().filter(|layout| layout.len() == values.len());
    let Some(layout) = layouts.next() else {
        let known: Vec<_> = schema.layouts().map(|layout| layout.len().to_string()).collect();
        return Err(Unusable(format!(
            "{} values without names, but event {} has {}",
            values.len(),
            schema.id,
            known.join(", ")
        )));
    };
    let is_odd = |(field, value): (&&schema::FieldSchema, &&Json<'_>)| {
        let value = alone(value);
        let text = value.text().unwrap_or_default();
        let fits = match field.field_type() {
            FieldType::Guid => Guid::parse(text).is_some(),
            FieldType::Date => UtcTime::parse(text).is_some(),
            FieldType::Integer => value.whole().is_some() || whole(text.trim()).is_some(),
            _ => true,
        };
        // Sysmon writes `-` for a text that it does not know, never for a number.
        let may_be_unknown = field.field_type() != FieldType::Integer;
        !(fits || is_blank(value) || text == "-" && may_be_unknown)
    };
    if let Some((field, _)) = layout.iter().zip(values).find(|(field, value)| is_odd((field, value))) {
        let what = format!("values without names that do not fit event {}: no {}", schema.id, field.name);
        return Err(Unusable(what));
    }
    for (field, value) in layout.iter().zip(values) {
        found.data.push((Cow::Borrowed(field.name), datum(value, reading).unwrap_or(Found::Text("".into()))));
    }
    Ok(())
}

/// The version that a record says, where the manifest knows it and gives it to no layout of so many fields.
fn contradicted(count: usize, schema: &'static EventSchema, reading: &mut Reading<'_>) -> Option<u64> {
    let slot = reading.builder.system_slot(SystemField::Version);
    let version = reading.builder.batch().value(slot)?.as_u64()?;
    let mut counts = schema.layouts_of(u8::try_from(version).ok()?).map(|layout| layout.len()).peekable();
    counts.peek()?;
    counts.all(|known| known != count).then_some(version)
}

/// The data of an `EventData` element.
pub(super) fn event_data(text: &str, found: &mut Gathered<'_>) -> Result<(), Unusable> {
    let data = xml::read_event_data(text)
        .map_err(|what| Unusable(format!("its EventData cannot be read: {what}")))?;
    found.data.extend(data.into_iter().map(|(name, value)| (name.into(), Found::Text(value.into()))));
    Ok(())
}

/// The fields of a rendered message.
pub(super) fn from_message(
    text: &str,
    schema: Option<&'static EventSchema>,
    found: &mut Gathered<'_>,
) -> Result<(), Unusable> {
    let Some(message) = message::parse(text) else { return Ok(()) };
    if schema.is_some_and(|schema| schema.id != message.schema.id) {
        return Err(Unusable(format!("its message is one of event {}", message.schema.id)));
    }
    found.doubts.extend(message.doubts.into_iter().chain(message.cut));
    let fields = message.fields.iter();
    found.data.extend(
        fields.map(|(name, value)| ((*name).to_owned().into(), Found::Text((*value).to_owned().into()))),
    );
    Ok(())
}

/// A value as the data have it; `None` for `null`, which is a field that is not there.
pub(super) fn datum<'j>(json: &'j Json<'_>, reading: &mut Reading<'_>) -> Option<Found<'j>> {
    let json = standing(json)?;
    match &json.kind {
        Kind::Text(Text::Utf8(text)) => Some(Found::Text(Cow::Borrowed(text))),
        Kind::Bool => Some(Found::Slot(Slot::Bool(json.raw == "true"))),
        Kind::Object(_) => Some(Found::Text(json.raw.into())),
        _ => reading.slot(json).map(Found::Slot),
    }
}

/// The only value of a list that has one, as index answers and converters write all of them; else the value itself.
pub(super) fn alone<'j, 'l>(json: &'j Json<'l>) -> &'j Json<'l> {
    match json.values() {
        Some([one]) if one.members().is_none() && one.values().is_none() => one,
        _ => json,
    }
}

/// The text at a path, where it stands alone or in a list.
fn text_at<'j>(members: &'j [Member<'_>], path: &str) -> Option<&'j str> {
    find_or_alike(members, path).and_then(|json| alone(json).text())
}

/// The value that stands for a datum; `None` where there is none.
pub(super) fn standing<'j, 'l>(json: &'j Json<'l>) -> Option<&'j Json<'l>> {
    let json = alone(json);
    match &json.kind {
        Kind::Null => None,
        Kind::Array(values) if values.is_empty() => None,
        // An element with attributes, as converters write it.
        Kind::Object(members) => match parse::find(members, "#text") {
            Some(inner) if inner.members().is_none() => standing(inner),
            _ => Some(json),
        },
        _ => Some(json),
    }
}
