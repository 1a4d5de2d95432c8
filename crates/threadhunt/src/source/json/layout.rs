//! Shapes that a table describes: where each system field is, and where the data are.
//!
//! Foreign layouts differ in where things stand more than in what they are. A [`Layout`] says
//! where to look; what they have in common is done here: names get the manifest's spelling, values
//! lose the escapes that a collector added, values without names get them by their count, times
//! without a zone are not believed.

use std::borrow::Cow;

use super::form::Form;
use super::parse::{self, Json, Kind, Marks, Member, Text};
use super::spelling::{self, Spelling};
use super::{Reading, Refused, threadhunt, tree};
use crate::event::{DamageCode, FileTime, Guid, Slot, SystemField, UtcTime};
use crate::schema::names::{Source, vocabulary};
use crate::schema::{self, EventSchema, FieldType};
use crate::source::{message, xml};

/// How a shape is read.
#[derive(Debug)]
pub(super) struct Layout {
    /// Where system fields are; of several places the first that has a value counts.
    pub(super) system: &'static [(SystemField, &'static [&'static str])],
    /// System fields that this shape has by what it is.
    pub(super) always: &'static [(SystemField, &'static str)],
    /// What a record of Sysmon's has that says the last, where the document does not say it.
    pub(super) implied: &'static [(SystemField, Slot, SystemField)],
    /// Where data are: the first place that has some counts.
    pub(super) data: &'static [Data],
    /// Fields that stand elsewhere, where the data lack them.
    pub(super) others: &'static [Other],
    /// Elements that are kept as trees; the last name of the path is the element's.
    pub(super) trees: &'static [&'static str],
    /// Where our own documents of this shape have what the shape itself has no place for.
    pub(super) ours: Option<&'static str>,
    /// How texts of data are written.
    pub(super) spelling: Spelling,
    /// Whether the record's own time can be believed.
    pub(super) trust: Trust,
    /// What is to be said of each record.
    pub(super) note: Option<&'static str>,
}

/// What a layout fills in from.
pub(super) const LAYOUT: Layout = Layout {
    system: &[],
    always: &[],
    implied: &[],
    data: &[],
    others: &[],
    trees: &[],
    ours: None,
    spelling: Spelling::Plain,
    trust: Trust::Full,
    note: None,
};

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
    /// JSON as text, which holds data so.
    Text(&'static str, &'static Data),
}

/// Names that are no fields of an event.
#[derive(Debug)]
pub(super) struct Envelope {
    names: &'static [&'static str],
    marks: Marks,
}

impl Envelope {
    pub(super) const fn new(names: &'static [&'static str]) -> Self {
        Self { names, marks: Marks::of(names) }
    }

    fn has(&self, name: &str) -> bool {
        self.marks.may_have(name) && self.names.contains(&name)
    }
}

/// A field that stands outside of the data.
#[derive(Debug)]
pub(super) struct Other {
    pub(super) path: &'static str,
    pub(super) field: &'static str,
    /// Events that have it so; none means all.
    pub(super) events: &'static [u16],
    pub(super) form: Form,
}

/// Whether the time of a record can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// It says which instant it is.
    Full,
    /// Its zone is said to be UTC and often is another.
    Zone,
}

/// English names of levels, from Microsoft's event schema and as tools shorten them.
const LEVELS: &[(&str, u64)] = &[
    ("critical", 1),
    ("error", 2),
    ("warning", 3),
    ("warn", 3),
    ("information", 4),
    ("info", 4),
    ("informational", 4),
    ("verbose", 5),
];

/// Farther from `UtcTime` a record's time is doubted. Zones differ by quarters of an hour.
const MAX_DELAY_SECONDS: i64 = 14 * 60;

/// A value of the data on its way into the record.
enum Found<'j> {
    Text(Cow<'j, str>),
    Slot(Slot),
}

impl Found<'_> {
    /// The time that a text says.
    fn time(&self) -> Option<UtcTime> {
        match self {
            Self::Text(text) => UtcTime::parse(text),
            Self::Slot(_) => None,
        }
    }
}

/// A name and its value.
type Datum<'j> = (Cow<'j, str>, Found<'j>);

impl Layout {
    /// Fills a record from an object of this shape.
    pub(super) fn read(&self, members: &[Member<'_>], reading: &mut Reading<'_>) -> Result<(), Refused> {
        if let Some(ours) = self.beside(members) {
            threadhunt::beside(reading, ours)?;
        }
        self.system(members, reading)?;
        if !reading.is_wanted() {
            return Ok(());
        }
        let schema = schema_of(reading);
        let mut found = Vec::new();
        let is_shuffled = self.data(members, schema, reading, &mut found)?;
        self.others(members, schema, &mut found, |value, form| outside(value, form, reading));
        if is_shuffled {
            restore_order(&mut found, schema);
        }
        self.respell(&mut found);
        let utc_time =
            || found.iter().filter(|(name, _)| is_utc_time(name)).find_map(|(_, value)| value.time());
        self.check_time(utc_time, reading);
        push(found, schema, reading);
        for path in self.trees {
            let Some(value) = parse::find(members, path) else { continue };
            tree::element(reading, path.rsplit('/').next().unwrap_or(path), value)?;
        }
        self.note.iter().for_each(|note| reading.builder.note(*note));
        Ok(())
    }

    /// Where the values stand of an object of this shape, as far as its keys and kinds say; `None`
    /// where what a value says decides of others.
    pub(super) fn places<'j, 'l>(
        &self,
        members: &'j [Member<'l>],
        schema: Option<&'static EventSchema>,
    ) -> Option<Places<'j, 'l>> {
        // Elements that are kept as trees are more than values.
        self.trees.iter().all(|path| parse::find(members, path).is_none()).then_some(())?;
        if self.beside(members).is_some() {
            return None;
        }
        let mut data = Vec::new();
        let mut is_shuffled = !self.others.is_empty();
        for place in self.data {
            let Some(picked) = place.picked(members, schema) else {
                // What is not there gives nothing whatever it would be.
                parse::find(members, place.path()).is_none().then_some(())?;
                continue;
            };
            data.extend(picked.filter_map(|(name, value)| {
                Some((Cow::Borrowed(&**name), (vec![("", standing(value)?)], Form::Same)))
            }));
            if !data.is_empty() {
                is_shuffled = place.is_shuffled();
                break;
            }
        }
        let inside = data.len();
        self.others(members, schema, &mut data, |value, form| {
            Some((form.parts(standing(value)?), form)).filter(|(parts, _)| !parts.is_empty())
        });
        let is_shuffled = is_shuffled && schema.is_some();
        if is_shuffled {
            restore_order(&mut data, schema);
        }
        let order = match data.len() > inside {
            _ if is_shuffled => DataOrder::Manifest,
            false => DataOrder::Record,
            true => DataOrder::Mixed,
        };
        Some(Places { system: self.system_values(members).collect(), data, order })
    }

    /// The text of the value that decides a system field, and whether none beside it could.
    pub(super) fn decisive<'l>(&self, members: &[Member<'l>], field: SystemField) -> Option<(&'l str, bool)> {
        let (_, paths) = self.system.iter().find(|(known, _)| *known == field)?;
        let mut values = paths.iter().filter_map(|path| parse::find(members, path));
        let value = values.find(|value| !is_blank(value))?;
        let count = |path: &str| {
            let mut count = 0;
            parse::each_at(members, path, &mut |_| count += 1);
            count
        };
        let is_only = paths.iter().all(|path| count(path) < 2);
        Some((value.raw, is_only))
    }

    fn system(&self, members: &[Member<'_>], reading: &mut Reading<'_>) -> Result<(), Refused> {
        let mut id_given = false;
        for (field, value) in self.system_values(members) {
            id_given |= field == SystemField::EventId;
            set(reading, field, value)?;
        }
        self.set_always(reading);
        self.set_implied(reading);
        // Else a broken key would make a record of which nothing is known.
        let telling = [SystemField::EventId, SystemField::ProviderName, SystemField::Channel];
        if telling.iter().all(|field| reading.builder.system_slot(*field) == Slot::Absent) {
            return Err(Refused(DamageCode::Malformed, "nothing says which event it is".into()));
        }
        check_repeated(members, self.system)?;
        reading.check_id(id_given)
    }

    /// The values of the system fields.
    fn system_values<'j, 'l>(
        &self,
        members: &'j [Member<'l>],
    ) -> impl Iterator<Item = (SystemField, &'j Json<'l>)> {
        self.system.iter().filter_map(|(field, paths)| {
            let mut values = paths.iter().filter_map(|path| parse::find(members, path));
            Some((*field, values.find(|value| !is_blank(value))?))
        })
    }

    /// Sets the system fields that this shape has by what it is.
    pub(super) fn set_always(&self, reading: &mut Reading<'_>) {
        for (field, text) in self.always {
            if reading.builder.system_slot(*field) == Slot::Absent {
                let slot = reading.builder.batch().push_text(text);
                reading.builder.system(*field, slot);
            }
        }
    }

    /// Sets the system fields that go without saying.
    pub(super) fn set_implied(&self, reading: &mut Reading<'_>) {
        for (field, slot, said) in self.implied {
            let has = |reading: &mut Reading<'_>, field| reading.builder.system_slot(field) != Slot::Absent;
            if !has(reading, *field) && has(reading, *said) && schema_of(reading).is_some() {
                reading.builder.system(*field, *slot);
            }
        }
    }

    /// What our own documents have beside this shape.
    fn beside<'j, 'l>(&self, members: &'j [Member<'l>]) -> Option<&'j [Member<'l>]> {
        parse::find(members, self.ours?)?.members()
    }

    /// Gathers the data; returns whether they stand in no order.
    fn data<'j>(
        &self,
        members: &'j [Member<'_>],
        schema: Option<&'static EventSchema>,
        reading: &mut Reading<'_>,
        found: &mut Vec<Datum<'j>>,
    ) -> Result<bool, Refused> {
        let mut problem = None;
        for place in self.data {
            match place.gather(members, schema, reading, found) {
                Ok(()) if !found.is_empty() => return Ok(place.is_shuffled()),
                Ok(()) => {}
                Err(Unusable(what)) => problem = problem.or(Some(what)),
            }
        }
        match problem {
            Some(what) => Err(Refused(DamageCode::Malformed, what.into())),
            None => Ok(!self.others.is_empty()),
        }
    }

    /// Adds the fields that stand outside of the data, as what `value` makes of them.
    fn others<'j, 'l, V>(
        &self,
        members: &'j [Member<'l>],
        schema: Option<&'static EventSchema>,
        found: &mut Vec<(Cow<'j, str>, V)>,
        mut value: impl FnMut(&'j Json<'l>, Form) -> Option<V>,
    ) {
        let Some(schema) = schema else { return };
        for Other { path, field, events, form } in self.others {
            let is_field = schema.all_fields().any(|known| known.name == *field);
            if !is_field || !events.is_empty() && !events.contains(&schema.id) {
                continue;
            }
            // Asked last, since few of the places hold something and this looks at every name.
            let is_there =
                |found: &[(Cow<'_, str>, V)]| found.iter().any(|(name, _)| spelled(schema, name) == *field);
            if let Some(json) = parse::find(members, path).filter(|_| !is_there(found)) {
                found.extend(value(json, *form).map(|made| (Cow::Borrowed(*field), made)));
            }
        }
    }

    /// Takes back what a collector did to the texts.
    fn respell(&self, found: &mut [Datum<'_>]) {
        let texts = || {
            found.iter().filter_map(|(_, value)| match value {
                Found::Text(text) => Some(&**text),
                Found::Slot(_) => None,
            })
        };
        let Some(change) = self.spelling.change(|| texts().all(spelling::is_doubled)) else { return };
        for (_, value) in found {
            if let Found::Text(text) = value
                && let Some(changed) = change(text)
            {
                *text = changed.into();
            }
        }
    }

    /// Doubts the record's time where the event's own tells otherwise.
    pub(super) fn check_time(&self, utc_time: impl FnOnce() -> Option<UtcTime>, reading: &mut Reading<'_>) {
        if self.trust != Trust::Zone {
            return;
        }
        let slot = reading.builder.system_slot(SystemField::TimeCreated);
        let Slot::Time(ticks) = slot else { return };
        let Some(UtcTime(utc)) = utc_time() else { return };
        let apart = FileTime(ticks).since(utc).as_secs();
        if apart.abs() > MAX_DELAY_SECONDS {
            reading.is_doubtful = true;
            let minutes = apart.abs() / 60;
            let side = if apart < 0 { "before" } else { "after" };
            reading.builder.note(format!("TimeCreated is {minutes} minutes {side} UtcTime, which counts"));
        }
    }
}

/// Why a place that has data cannot give them.
struct Unusable(String);

/// The parts of a value, each under its name.
type Parts<'j, 'l> = Vec<(&'j str, &'j Json<'l>)>;

/// Where the values of a record stand.
pub(super) struct Places<'j, 'l> {
    pub(super) system: Vec<(SystemField, &'j Json<'l>)>,
    /// The data in their order, as in the record or in the form of another place.
    pub(super) data: Vec<(Cow<'j, str>, (Parts<'j, 'l>, Form))>,
    pub(super) order: DataOrder,
}

/// What the order of a record's data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataOrder {
    /// That of the manifest; names that it lacks come last, as the record has them.
    Manifest,
    /// That of the record.
    Record,
    /// That of the record, with others behind.
    Mixed,
}

impl Data {
    /// Whether its order is not the event's.
    fn is_shuffled(&self) -> bool {
        matches!(self, Self::Shuffled(_) | Self::Beside(_) | Self::Fields(_))
    }

    /// Where it looks; empty for the record itself.
    fn path(&self) -> &'static str {
        match self {
            Self::Beside(_) => "",
            Self::Object(path) | Self::Shuffled(path) | Self::Fields(path) | Self::Pairs(path) => path,
            Self::Named(path, ..) | Self::Positional(path, _) | Self::Text(path, _) => path,
            Self::Fragment(path) | Self::Message(path) => path,
        }
    }

    /// The members that are data, where keys alone tell.
    fn picked<'j, 'l>(
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
                let is_datum = move |name: &str| !envelope.has(name) || is_field(name);
                Box::new(members.iter().filter(move |(name, _)| is_datum(name)))
            }
            _ => return None,
        })
    }

    fn gather<'j>(
        &self,
        members: &'j [Member<'_>],
        schema: Option<&'static EventSchema>,
        reading: &mut Reading<'_>,
        found: &mut Vec<Datum<'j>>,
    ) -> Result<(), Unusable> {
        if let Some(picked) = self.picked(members, schema) {
            found.extend(
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
                    found.push((Cow::Borrowed(title), value.unwrap_or(Found::Text("".into()))));
                }
            }
            Self::Pairs(path) => {
                let pairs = list(members, path).iter().filter_map(Json::members).flatten();
                found.extend(
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
                let Some(text) = parse::find(members, path).and_then(Json::text) else { return Ok(()) };
                return event_data(text, found);
            }
            Self::Message(path) => {
                let Some(text) = parse::find(members, path).and_then(Json::text) else { return Ok(()) };
                return from_message(text, schema, reading, found);
            }
            Self::Text(path, inner) => {
                let Some(text) = parse::find(members, path).and_then(Json::text) else { return Ok(()) };
                let parsed = parse::parse(text.trim_start());
                let unusable = |what: &str| Unusable(format!("{path} is no JSON: {what}"));
                let (json, _) = parsed.map_err(|trouble| unusable(trouble.what))?;
                let mut within = Vec::new();
                let outcome = inner.gather(json.members().unwrap_or_default(), schema, reading, &mut within);
                found.extend(
                    within.into_iter().map(|(name, value)| (Cow::Owned(name.into_owned()), owned(value))),
                );
                return outcome;
            }
        }
        Ok(())
    }
}

fn owned<'any>(found: Found<'_>) -> Found<'any> {
    match found {
        Found::Text(text) => Found::Text(Cow::Owned(text.into_owned())),
        Found::Slot(slot) => Found::Slot(slot),
    }
}

/// The members of an object within; of the object itself where the path is empty.
fn inner<'j, 'l>(members: &'j [Member<'l>], path: &str) -> &'j [Member<'l>] {
    if path.is_empty() {
        return members;
    }
    parse::find(members, path).and_then(Json::members).unwrap_or_default()
}

fn list<'j, 'l>(members: &'j [Member<'l>], path: &str) -> &'j [Json<'l>] {
    parse::find(members, path).and_then(Json::values).unwrap_or_default()
}

/// Values without names: the manifest names them where one of its layouts has as many.
fn positional<'j>(
    values: &[&'j Json<'_>],
    schema: Option<&'static EventSchema>,
    reading: &mut Reading<'_>,
    found: &mut Vec<Datum<'j>>,
) -> Result<(), Unusable> {
    let Some(schema) = schema.filter(|_| !values.is_empty()) else {
        // Of another provider, values stay without names.
        found.extend(values.iter().filter_map(|value| Some(("".into(), datum(value, reading)?))));
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
        let text = value.text().unwrap_or_default();
        let fits = match field.field_type() {
            FieldType::Guid => Guid::parse(text).is_some(),
            FieldType::Date => UtcTime::parse(text).is_some(),
            FieldType::Integer => value.whole().is_some() || text.trim().parse::<u64>().is_ok(),
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
        found.push((Cow::Borrowed(field.name), datum(value, reading).unwrap_or(Found::Text("".into()))));
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
fn event_data(text: &str, found: &mut Vec<Datum<'_>>) -> Result<(), Unusable> {
    let data = xml::read_event_data(text)
        .map_err(|what| Unusable(format!("its EventData cannot be read: {what}")))?;
    found.extend(data.into_iter().map(|(name, value)| (name.into(), Found::Text(value.into()))));
    Ok(())
}

/// The fields of a rendered message.
fn from_message(
    text: &str,
    schema: Option<&'static EventSchema>,
    reading: &mut Reading<'_>,
    found: &mut Vec<Datum<'_>>,
) -> Result<(), Unusable> {
    let Some(message) = message::parse(text.trim_matches('"')) else { return Ok(()) };
    if schema.is_some_and(|schema| schema.id != message.schema.id) {
        return Err(Unusable(format!("its message is one of event {}", message.schema.id)));
    }
    message.doubts.iter().for_each(|doubt| reading.builder.note(doubt.as_str()));
    let fields = message.fields.iter();
    found.extend(
        fields.map(|(name, value)| ((*name).to_owned().into(), Found::Text((*value).to_owned().into()))),
    );
    Ok(())
}

/// The schema of the event whose system fields were set; `None` for other providers.
fn schema_of(reading: &mut Reading<'_>) -> Option<&'static EventSchema> {
    let provider = reading.builder.system_slot(SystemField::ProviderName);
    let id = reading.builder.system_slot(SystemField::EventId);
    let batch = reading.builder.batch();
    let provider = schema::provider(&batch.value(provider)?.to_text())?;
    schema::event(provider.platform, u16::try_from(batch.value(id)?.as_u64()?).ok()?)
}

/// Whether a value says nothing.
fn is_blank(json: &Json<'_>) -> bool {
    match &json.kind {
        Kind::Null => true,
        Kind::Text(Text::Utf8(text)) => text.is_empty(),
        Kind::Array(values) => values.is_empty(),
        _ => false,
    }
}

/// A value as the data have it; `None` for `null`, which is a field that is not there.
fn datum<'j>(json: &'j Json<'_>, reading: &mut Reading<'_>) -> Option<Found<'j>> {
    let json = standing(json)?;
    match &json.kind {
        Kind::Text(Text::Utf8(text)) => Some(Found::Text(Cow::Borrowed(text))),
        Kind::Bool => Some(Found::Slot(Slot::Bool(json.raw == "true"))),
        Kind::Object(_) => Some(Found::Text(json.raw.into())),
        _ => reading.slot(json).map(Found::Slot),
    }
}

/// The value that stands for a datum; `None` where there is none.
fn standing<'j, 'l>(json: &'j Json<'l>) -> Option<&'j Json<'l>> {
    match &json.kind {
        Kind::Null => None,
        // An element with attributes, as converters write it.
        Kind::Object(members) => match parse::find(members, "#text") {
            Some(inner) if inner.members().is_none() => standing(inner),
            _ => Some(json),
        },
        _ => Some(json),
    }
}

/// A value that stands outside of the data.
fn outside<'j>(json: &'j Json<'_>, form: Form, reading: &mut Reading<'_>) -> Option<Found<'j>> {
    if form == Form::Same {
        return datum(json, reading);
    }
    let parts = form.parts(json);
    let texts: Option<Vec<_>> = parts.iter().map(|(name, part)| Some((*name, part.text()?))).collect();
    Some(Found::Text(form.text(&texts?)?.into()))
}

pub(super) fn is_utc_time(name: &str) -> bool {
    name.eq_ignore_ascii_case("UtcTime")
}

/// Puts data into the order of the manifest.
fn restore_order<V>(found: &mut [(Cow<'_, str>, V)], schema: Option<&'static EventSchema>) {
    let Some(schema) = schema else { return };
    found.sort_by_cached_key(|(name, _)| manifest_place(name, schema));
}

/// The place of a name in the manifest's order.
pub(super) fn manifest_place(name: &str, schema: &'static EventSchema) -> usize {
    let place = schema.all_fields().position(|field| field.name.eq_ignore_ascii_case(name));
    place.unwrap_or(usize::MAX)
}

/// Gives the record its data, in the manifest's spelling of their names.
fn push(found: Vec<Datum<'_>>, schema: Option<&'static EventSchema>, reading: &mut Reading<'_>) {
    for (name, value) in found {
        let (name, is_hex) = title(&name, schema);
        let slot = match value {
            Found::Text(text) => reading.builder.batch().push_text(&text),
            Found::Slot(Slot::Unsigned(number)) if is_hex => Slot::Hex(number),
            Found::Slot(slot) => slot,
        };
        reading.is_empty = false;
        reading.builder.data(name, slot);
    }
}

/// A datum's name as the record has it, and whether a number under it is printed as `0x…`.
pub(super) fn title<'n>(name: &'n str, schema: Option<&'static EventSchema>) -> (&'n str, bool) {
    let Some(schema) = schema else { return (name, false) };
    let field = schema.all_fields().find(|field| field.name.eq_ignore_ascii_case(name));
    (spelled(schema, name), field.is_some_and(|field| field.field_type() == FieldType::Hex))
}

/// A name as the manifest spells it for this event: event 10 has `SourceProcessGUID`, event 8 does not.
fn spelled<'n>(schema: &'static EventSchema, name: &'n str) -> &'n str {
    let mut fields = schema.all_fields();
    if schema.all_fields().any(|field| field.name == name) {
        return name;
    }
    fields.find(|field| field.name.eq_ignore_ascii_case(name)).map_or(name, |field| field.name)
}

/// Sets a system field from a foreign value.
pub(super) fn set(reading: &mut Reading<'_>, field: SystemField, value: &Json<'_>) -> Result<(), Refused> {
    match field {
        SystemField::TimeCreated => reading.set_time(value.text().unwrap_or(value.raw)),
        SystemField::Keywords => set_keywords(reading, value),
        SystemField::Level if is_word(value) => {
            let text = value.text().unwrap_or_default();
            if let Some((_, level)) = LEVELS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
                reading.builder.system(field, Slot::Unsigned(*level));
            }
        }
        SystemField::Task | SystemField::Opcode if is_word(value) => {
            if let Some(number) = number_of(field, value.text().unwrap_or_default(), reading) {
                reading.builder.system(field, Slot::Unsigned(number));
            }
        }
        _ => {
            let whole = if field.is_number() { value.whole() } else { None };
            if let Some(slot) = whole.or_else(|| reading.text_slot(value)) {
                reading.is_empty = false;
                return reading.set(field, |builder| builder.system(field, slot));
            }
        }
    }
    Ok(())
}

/// Whether a number is told by a word.
fn is_word(value: &Json<'_>) -> bool {
    value.text().is_some_and(|text| text.parse::<u64>().is_err())
}

/// The number of a task or opcode that has this name, where it is one of Sysmon's.
fn number_of(field: SystemField, word: &str, reading: &mut Reading<'_>) -> Option<u64> {
    if reading.builder.system_slot(field) != Slot::Absent {
        return None;
    }
    let schema = schema_of(reading)?;
    match field {
        // Sysmon's tasks have the number of their event.
        SystemField::Task => (schema.task_text == word).then_some(schema.id.into()),
        _ => vocabulary("ecs")?.unchosen(Source::System(field.element(), ""), word)?.parse().ok(),
    }
}

/// Sets the keywords, which Windows has as a bit mask and .NET as a signed number.
fn set_keywords(reading: &mut Reading<'_>, value: &Json<'_>) {
    let value = value.values().and_then(|values| values.first()).unwrap_or(value);
    let text = value.text().unwrap_or(value.raw);
    let hex = text.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok());
    let signed = || text.parse::<i64>().ok().map(i64::cast_unsigned);
    if let Some(mask) = hex.or_else(|| text.parse().ok()).or_else(signed) {
        reading.builder.system(SystemField::Keywords, Slot::Hex(mask));
    }
}

/// Refuses an object that gives one of the fields that decide what an event is twice, and differently.
fn check_repeated(
    members: &[Member<'_>],
    system: &[(SystemField, &'static [&'static str])],
) -> Result<(), Refused> {
    let decisive = system.iter().filter(|(field, _)| super::reading::IDENTITY.contains(field));
    for (field, paths) in decisive {
        for path in *paths {
            let (mut first, mut other) = (None, None);
            parse::each_at(members, path, &mut |value| {
                let known: &Json<'_> = first.get_or_insert(value);
                other = other.or((known.raw != value.raw).then_some(value));
            });
            if let Some((first, other)) = first.zip(other) {
                let reason =
                    format!("two values of {}: {} and {}", field.name(), first.shown(), other.shown());
                return Err(Refused(DamageCode::Malformed, reason.into()));
            }
        }
    }
    Ok(())
}
