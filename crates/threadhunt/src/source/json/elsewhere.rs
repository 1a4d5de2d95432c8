//! The data of an event that stand elsewhere in its record than its shape has them.
//!
//! Pipelines nest, flatten and rename; tools change what they write from version to version. Where a shape's
//! own places give no field of the event, the whole record is looked through: for an object or a list with names
//! of the event's fields, for the message, for an `EventData` element, and last for values without names that fit
//! the event. What was found says where it stood. A text that is a field's value, such as a command line, is
//! whatever somebody wrote: it is never opened.

use std::borrow::Cow;

use super::data::{self, Datum, Gathered, Unusable};
use super::parse::{self, Json, Kind, Member, Text};
use super::{Reading, closed, shape, whose};
use crate::schema::{EventSchema, FieldType};

/// How deep data are sought, and how many values are looked at.
const MAX_DEPTH: usize = 8;
const MAX_VALUES: usize = 4096;

/// Bytes of a path, beyond which a note does not go on.
const MAX_PATH: usize = 64;

/// What was found elsewhere.
pub(super) struct Elsewhere<'j> {
    pub(super) gathered: Gathered<'j>,
    /// The keys that lead there, and what else could have been it.
    path: String,
    other: String,
}

impl Elsewhere<'_> {
    /// What is said where it is taken.
    pub(super) fn note(&self) -> String {
        let other = &self.other;
        format!("its data stand elsewhere than this shape has them: read from {}{other}", self.place())
    }

    /// What is said where it is left.
    pub(super) fn left(&self) -> String {
        format!("more of the fields of such an event in {}: not read, they may be another's", self.place())
    }

    fn place(&self) -> &str {
        if self.path.is_empty() { "the record itself" } else { &self.path }
    }
}

/// The data of an event that its record has somewhere.
pub(super) fn find<'j>(
    members: &'j [Member<'_>],
    schema: &'static EventSchema,
    reading: &mut Reading<'_>,
) -> Option<Elsewhere<'j>> {
    let mut seeker = Seeker { schema, values: 0, places: Vec::new() };
    seeker.object(members, "", Step::FIRST);
    let Seeker { places, .. } = seeker;
    let ways: [Way; 4] = [named, worded, marked_up, nameless];
    ways.into_iter().find_map(|way| way(&places, schema, reading))
}

/// A way in which data may be found at places.
type Way = for<'j, 'l> fn(&[Place<'j, 'l>], &'static EventSchema, &mut Reading<'_>) -> Option<Elsewhere<'j>>;

/// Whether the value of a key is a field of the event by its last name, or what somebody chose.
fn is_closed(key: &str, schema: &'static EventSchema) -> bool {
    is_field(key, schema) || is_field(closed::last_name(key), schema) || closed::is_chosen(key)
}

/// A value that may hold data, and the keys that lead there.
struct Place<'j, 'l> {
    path: String,
    value: Value<'j, 'l>,
}

enum Value<'j, 'l> {
    Object(&'j [Member<'l>]),
    List(&'j [Json<'l>]),
    Text(&'j str),
}

impl Value<'_, '_> {
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Object(a), Self::Object(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            _ => false,
        }
    }
}

struct Seeker<'j, 'l> {
    schema: &'static EventSchema,
    values: usize,
    places: Vec<Place<'j, 'l>>,
}

/// How far down a value stands, and whether texts there may be opened.
#[derive(Clone, Copy)]
struct Step {
    depth: usize,
    is_open: bool,
}

impl Step {
    const FIRST: Self = Self { depth: 0, is_open: true };

    fn down(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }
}

impl<'j, 'l> Seeker<'j, 'l> {
    fn object(&mut self, members: &'j [Member<'l>], path: &str, step: Step) {
        self.places.push(Place { path: path.to_owned(), value: Value::Object(members) });
        let is_named = pair_in(members, self.schema).is_some();
        for (name, json) in members {
            let separator = if path.is_empty() { "" } else { "/" };
            let is_long = path.len() > MAX_PATH;
            let inner = if is_long { path.to_owned() } else { format!("{path}{separator}{name:.32}") };
            let is_open = step.is_open && !is_named && !is_closed(name, self.schema);
            self.any(json, &inner, Step { is_open, ..step.down() });
        }
    }

    fn any(&mut self, json: &'j Json<'l>, path: &str, step: Step) {
        self.values += 1;
        if step.depth > MAX_DEPTH || self.values > MAX_VALUES {
            return;
        }
        match &json.kind {
            Kind::Object(members) => self.object(members, path, step),
            Kind::Array(values) => {
                self.places.push(Place { path: path.to_owned(), value: Value::List(values) });
                // Of lists of objects with a name and a value each there is nothing to be sought within.
                let are_pairs = values.iter().any(|value| pair(value, self.schema).is_some());
                let inner = values.iter().filter(|_| !are_pairs);
                inner.for_each(|value| self.any(value, path, step.down()));
            }
            Kind::Text(Text::Utf8(text)) if step.is_open => {
                self.places.push(Place { path: path.to_owned(), value: Value::Text(text) });
            }
            _ => {}
        }
    }
}

/// Members, or a list, with names of the event's fields; of several the one with the most. JSON within a text
/// comes last.
fn named<'j>(
    places: &[Place<'j, '_>],
    schema: &'static EventSchema,
    reading: &mut Reading<'_>,
) -> Option<Elsewhere<'j>> {
    let fit = |place: &&Place<'j, '_>| match place.value {
        Value::Object(members) => whose::fit(members.iter().map(|(name, _)| &**name), schema),
        Value::List(values) => {
            whose::fit(values.iter().filter_map(|value| Some(pair(value, schema)?.0)), schema)
        }
        Value::Text(_) => whose::Fit::default(),
    };
    let telling: Vec<_> = places.iter().filter(|place| fit(place).is_telling).collect();
    let most = telling.iter().map(|place| fit(place).known).max().unwrap_or(0);
    let mut best = telling.into_iter().filter(|place| fit(place).known == most);
    let Some(place) = best.next() else { return in_json(places, schema, reading) };
    let other = best.find(|other| !other.value.is_same(&place.value));
    let other = other.map(|other| format!("; not from {}, which has as many", other.path));
    let mut gathered = Gathered::default();
    let mut add = |name: &'j str, json: &'j Json<'_>| {
        let value = data::datum(json, reading).map(|value| (Cow::Borrowed(name), value));
        gathered.data.extend(value);
    };
    match place.value {
        Value::Object(members) => {
            // An object that is the event's has names that the manifest lacks, too.
            let is_own = !place.path.is_empty() && most * 2 > members.len();
            let fields = members.iter().filter(|(name, _)| is_own || is_field(name, schema));
            fields.for_each(|(name, json)| add(name, json));
        }
        Value::List(values) => {
            values.iter().filter_map(|value| pair(value, schema)).for_each(|(name, json)| add(name, json));
        }
        Value::Text(_) => {}
    }
    Some(Elsewhere { gathered, path: place.path.clone(), other: other.unwrap_or_default() })
}

fn is_field(name: &str, schema: &'static EventSchema) -> bool {
    schema.all_fields().any(|field| field.name.eq_ignore_ascii_case(name))
}

/// Keys under which a converter has the text of an element.
const VALUES: &[&str] = &["#text", "$t", "_", "text", "value", "content", "+content"];

/// Whether a member is such a text, by its key.
pub(super) fn is_value((key, _): &&Member<'_>) -> bool {
    VALUES.iter().any(|known| known.eq_ignore_ascii_case(key))
}

/// The name and the value of an entry of a list, where the name is a field: `{"@Name": …, "#text": …}` and
/// the like, or an object of one member.
fn pair<'j, 'l>(entry: &'j Json<'l>, schema: &'static EventSchema) -> Option<(&'j str, &'j Json<'l>)> {
    pair_in(entry.members()?, schema)
}

/// The same of the members of an object.
fn pair_in<'j, 'l>(
    members: &'j [Member<'l>],
    schema: &'static EventSchema,
) -> Option<(&'j str, &'j Json<'l>)> {
    if let [(name, value)] = members {
        return is_field(name, schema).then_some((&**name, value));
    }
    let value = members.iter().find(is_value).map(|(_, value)| value);
    // A value may be a name of a field, too; attributes may stand in an object of their own.
    let others = || members.iter().filter(|member| !is_value(member));
    let inner = || others().filter_map(|(_, value)| value.members()).flatten();
    let title = |(_, value): &'j Member<'l>| value.text().filter(|name| is_field(name, schema));
    let is_name =
        |(key, _): &&Member<'_>| key.trim_start_matches(['@', '-', '_']).eq_ignore_ascii_case("name");
    let named = others().chain(inner()).find(is_name);
    let name = match named {
        Some(named) => title(named),
        None => others().chain(inner()).find_map(title),
    };
    name.zip(value)
}

/// JSON in a text of the record.
fn in_json<'j>(
    places: &[Place<'j, '_>],
    schema: &'static EventSchema,
    reading: &mut Reading<'_>,
) -> Option<Elsewhere<'j>> {
    places.iter().find_map(|place| {
        let Value::Text(text) = place.value else { return None };
        let text = text.trim_ascii_start();
        let (json, _) = text.starts_with('{').then(|| parse::parse(text).ok()).flatten()?;
        let mut seeker = Seeker { schema, values: 0, places: Vec::new() };
        seeker.object(json.members()?, &place.path, Step::FIRST);
        // Texts within it are not opened again.
        let is_text = |place: &Place<'_, '_>| matches!(place.value, Value::Text(_));
        let inner: Vec<_> = seeker.places.into_iter().filter(|place| !is_text(place)).collect();
        let Elsewhere { gathered, path, other } = named(&inner, schema, reading)
            .or_else(|| nameless(&inner, schema, reading))
            .or_else(|| listed(&json, place, schema, reading))?;
        let data = gathered.data.into_iter().map(data::owned).collect();
        Some(Elsewhere { gathered: Gathered { data, doubts: gathered.doubts }, path, other })
    })
}

/// Values without names in one text, as EvtxECmd joins those of events without a map.
fn listed<'any>(
    json: &Json<'_>,
    place: &Place<'_, '_>,
    schema: &'static EventSchema,
    reading: &mut Reading<'_>,
) -> Option<Elsewhere<'any>> {
    let text = parse::find(json.members()?, "EventData/Data").and_then(Json::text)?;
    let value = |text| Json { raw: text, kind: Kind::Text(Text::Utf8(Cow::Borrowed(text))) };
    let values: Vec<Json<'_>> = text.split(", ").map(value).collect();
    let mut gathered = Gathered::default();
    data::positional(&values.iter().collect::<Vec<_>>(), Some(schema), reading, &mut gathered).ok()?;
    is_certain(&gathered.data, schema).then_some(())?;
    let data = gathered.data.into_iter().map(data::owned).collect();
    Some(Elsewhere {
        gathered: Gathered { data, doubts: gathered.doubts },
        path: place.path.clone(),
        other: String::new(),
    })
}

/// The message of the event.
fn worded<'j>(
    places: &[Place<'j, '_>],
    schema: &'static EventSchema,
    _: &mut Reading<'_>,
) -> Option<Elsewhere<'j>> {
    of_texts(places, |text, gathered| {
        let message = shape::message_in(text).unwrap_or_default();
        data::from_message(message, Some(schema), gathered)
    })
}

/// An `EventData` element.
fn marked_up<'j>(
    places: &[Place<'j, '_>],
    schema: &'static EventSchema,
    _: &mut Reading<'_>,
) -> Option<Elsewhere<'j>> {
    let is_of_event =
        |found: &[Datum<'_>]| whose::fit(found.iter().map(|(name, _)| &**name), schema).is_telling;
    of_texts(places, |text, gathered| {
        let is_bare = text.contains("<Data ") && !text.contains("<EventData");
        let element = if is_bare { format!("<EventData>{text}</EventData>") } else { String::new() };
        data::event_data(if is_bare { &element } else { text }, gathered)?;
        if is_of_event(&gathered.data) { Ok(()) } else { Err(Unusable(String::new())) }
    })
}

/// What the first text gives that gives anything.
fn of_texts<'j>(
    places: &[Place<'j, '_>],
    gather: impl Fn(&'j str, &mut Gathered<'j>) -> Result<(), Unusable>,
) -> Option<Elsewhere<'j>> {
    places.iter().find_map(|place| {
        let Value::Text(text) = place.value else { return None };
        let mut gathered = Gathered::default();
        gather(text, &mut gathered).ok().filter(|()| !gathered.data.is_empty())?;
        Some(Elsewhere { gathered, path: place.path.clone(), other: String::new() })
    })
}

/// Whether data that got their names by their places alone are the event's: each date, GUID and number is one,
/// and there is a date or a GUID.
fn is_certain(found: &[Datum<'_>], schema: &'static EventSchema) -> bool {
    let mut has_mark = false;
    let mut fits = |(name, value): &Datum<'_>| {
        let Some(field) = schema.all_fields().find(|field| field.name == name) else { return false };
        has_mark |= matches!(field.field_type(), FieldType::Date | FieldType::Guid);
        data::is_valid(field.field_type(), value)
    };
    found.iter().all(&mut fits) && has_mark
}

/// Values without names, in the only list that fits the event.
fn nameless<'j>(
    places: &[Place<'j, '_>],
    schema: &'static EventSchema,
    reading: &mut Reading<'_>,
) -> Option<Elsewhere<'j>> {
    let mut fitting = places.iter().filter_map(|place| {
        let Value::List(values) = place.value else { return None };
        let value = |entry: &'j Json<'_>| match entry.members() {
            Some(members) => members.iter().find(is_value).map(|(_, value)| value),
            None => Some(entry),
        };
        let values: Vec<_> = values.iter().map(value).collect::<Option<_>>()?;
        let mut gathered = Gathered::default();
        let is_there = !values.is_empty();
        data::positional(&values, Some(schema), reading, &mut gathered).ok().filter(|()| is_there)?;
        is_certain(&gathered.data, schema).then_some(())?;
        Some(Elsewhere { gathered, path: place.path.clone(), other: String::new() })
    });
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}
