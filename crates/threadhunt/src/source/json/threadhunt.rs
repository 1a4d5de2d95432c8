//! Our own JSON lines, version 1, as `docs/json-lines.md` describes them.
//!
//! Everything that makes the event comes back: system fields, data with types and order,
//! trees, notes, and whether it was recovered. `event` follows from provider and id, and
//! `source` names the log that the line was made from; the record now read lies in the file
//! of JSON lines, so the rest of it is not taken over.

use std::fmt::Write;

use super::parse::{self, Json, Kind, Member};
use super::whose::{self, Whose};
use super::{Reading, Refused, tree};
use crate::event::{DamageCode, Slot, SystemField};

/// What a member of the object means, beside the system fields.
type Part = fn(&mut Reading<'_>, &Json<'_>) -> Result<bool, Refused>;

/// The members that are no system fields; each says whether the value was as it should be.
const PARTS: &[(&str, Part)] = &[
    ("event", |_, _| Ok(true)),
    ("system", |reading, json| match json.members() {
        Some(members) => system(reading, members).map(|()| true),
        None => Ok(false),
    }),
    // These two are read together, since they share an order.
    ("fields", |_, json| Ok(json.members().is_some())),
    ("data", |_, json| Ok(json.values().is_some())),
    ("user_data", |reading, json| match json.members() {
        Some(members) => tree::read(reading, members).map(|()| true),
        None => Ok(false),
    }),
    ("notes", |reading, json| Ok(json.values().is_some_and(|notes| take_notes(reading, notes)))),
    ("source", |reading, json| Ok(json.members().is_some_and(|members| source(reading, members)))),
];

pub(super) fn read(members: &[Member<'_>], reading: &mut Reading<'_>) -> Result<(), Refused> {
    let restored = with_surrogates(members);
    let restored = restored.as_deref().and_then(|text| parse::parse(text).ok());
    read_members(restored.as_ref().and_then(|(json, _)| json.members()).unwrap_or(members), reading)
}

/// The key that says what stood at each U+FFFD of the line, where that was no character.
const SURROGATES: &str = "surrogates";

/// The members as an object in which what stood at each U+FFFD stands there again; `None` where nothing
/// is said of it, or not of all of them.
fn with_surrogates(members: &[Member<'_>]) -> Option<String> {
    let (_, units) = members.iter().find(|(key, _)| key == SURROGATES)?;
    let unit = |unit: &Json<'_>| u16::from_str_radix(unit.text()?, 16).ok();
    let units: Vec<u16> = units.values()?.iter().map(unit).collect::<Option<_>>()?;
    let mut units = units.into_iter();
    let mut text = String::from("{");
    for (key, value) in members.iter().filter(|(key, _)| key != SURROGATES) {
        let is_plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        is_plain.then_some(())?;
        text.push_str(if text.len() > 1 { "," } else { "" });
        write!(text, "\"{key}\":").ok()?;
        let mut parts = value.raw.split(char::REPLACEMENT_CHARACTER);
        text.push_str(parts.next()?);
        for part in parts {
            write!(text, "\\u{:04x}{part}", units.next()?).ok()?;
        }
    }
    text.push('}');
    units.next().is_none().then_some(text)
}

fn read_members(members: &[Member<'_>], reading: &mut Reading<'_>) -> Result<(), Refused> {
    for (key, value) in members {
        match PARTS.iter().find(|(name, _)| name == key) {
            Some((_, part)) if part(reading, value)? => {}
            Some(_) => reading.leave_out(key, "not of the kind it should be"),
            None => system_field(reading, key, value)?,
        }
    }
    // A key that comes again is as good as the first: nothing of an event is lost that way.
    let all = |key: &'static str| members.iter().filter(move |(name, _)| name == key).map(|(_, value)| value);
    let fields = all("fields").filter_map(Json::members).flatten();
    let data = all("data").filter_map(Json::values).flatten();
    merge_data(reading, fields, data);
    if reading.is_empty {
        return Err(Refused(DamageCode::Malformed, "nothing of an event in it".into()));
    }
    reading.check_id(members.iter().any(|(key, _)| key == "event_id"))?;
    if is_ours(members) { Ok(()) } else { find_provider(members, reading) }
}

/// Whether a line says where its record was, as ours do; a record of ours without a provider had none.
fn is_ours(members: &[Member<'_>]) -> bool {
    ["file", "offset", "recovered"].iter().any(|key| parse::find(members, &format!("source/{key}")).is_some())
}

/// Finds whose record a line is that others wrote, or cut.
fn find_provider(members: &[Member<'_>], reading: &mut Reading<'_>) -> Result<(), Refused> {
    match whose::by_system(reading) {
        Whose::Named | Whose::Others => {}
        Whose::Sysmon(provider, by) => whose::name(reading, provider, by),
        Whose::Unsaid => {
            let fields = parse::find(members, "fields").and_then(Json::members).unwrap_or_default();
            let names = || fields.iter().map(|(name, _)| &**name);
            let schema = whose::schema_if_sysmon(reading);
            if schema.is_some_and(|schema| whose::fit(names(), schema).is_telling) {
                whose::name_by_fields(reading);
            } else if !whose::has_channel(reading) && reading.is_id_wanted() {
                return Err(Refused(DamageCode::Malformed, whose::unknown(reading).into()));
            }
        }
    }
    Ok(())
}

/// The key that says in our documents which time that of the document is.
const TIME_OF: &str = "time_of";

/// Whether the time of a document of ours is `UtcTime`, by what it has beside the names of others. Where nothing is
/// said it is.
pub(super) fn is_utc_time_taken(members: &[Member<'_>]) -> bool {
    parse::find(members, TIME_OF).is_none_or(|time| time.text() == Some("UtcTime"))
}

/// Reads what our documents in the names of others have beside theirs: the rest of `System`, notes, and whether
/// the record was recovered.
pub(super) fn beside(reading: &mut Reading<'_>, members: &[Member<'_>]) -> Result<(), Refused> {
    reading.is_ours = true;
    for (key, value) in members {
        match (&**key, &value.kind) {
            ("system", Kind::Object(members)) => system(reading, members)?,
            ("notes", Kind::Array(notes)) => drop(take_notes(reading, notes)),
            // A list of one, as an index gives it among `fields`.
            ("notes", Kind::Text(_)) => drop(take_notes(reading, std::slice::from_ref(value))),
            ("recovered", Kind::Bool) => reading.recovered = value.raw == "true",
            // The layout asks for it.
            (TIME_OF, Kind::Text(_)) => {}
            _ => reading.leave_out(key, "not a key of this shape"),
        }
    }
    Ok(())
}

fn system(reading: &mut Reading<'_>, members: &[Member<'_>]) -> Result<(), Refused> {
    members.iter().try_for_each(|(key, value)| system_field(reading, key, value))
}

/// Sets a system field by its flat name; a name that is none is noted.
pub(super) fn system_field(reading: &mut Reading<'_>, key: &str, value: &Json<'_>) -> Result<(), Refused> {
    let Some(field) = SystemField::from_name(key) else {
        reading.leave_out(key, "not a key of this shape");
        return Ok(());
    };
    set_system(reading, field, value)
}

/// Sets a system field; `null` sets nothing.
pub(super) fn set_system(
    reading: &mut Reading<'_>,
    field: SystemField,
    value: &Json<'_>,
) -> Result<(), Refused> {
    let whole = if field.is_number() { value.whole() } else { None };
    let Some(slot) = reading.slot(value) else { return Ok(()) };
    match &value.kind {
        Kind::Text(parse::Text::Utf8(text)) if field == SystemField::TimeCreated => {
            reading.set(field, |builder| builder.time_created(text))
        }
        _ => reading.set(field, |builder| builder.system(field, whole.unwrap_or(slot))),
    }
}

/// Gives the record its data in the order that it had: an entry of `data` that names its place
/// stands there, the others after all fields.
fn merge_data<'j, 'l: 'j>(
    reading: &mut Reading<'_>,
    mut fields: impl Iterator<Item = &'j Member<'l>>,
    data: impl Iterator<Item = &'j Json<'l>>,
) {
    let mut place = 0;
    for entry in data {
        let at = place_of(entry);
        while at.is_none_or(|at| place < at) {
            let Some((name, value)) = fields.next() else { break };
            datum(reading, name, value);
            place += 1;
        }
        odd_datum(reading, entry);
        place += 1;
    }
    fields.for_each(|(name, value)| datum(reading, name, value));
}

fn datum(reading: &mut Reading<'_>, name: &str, value: &Json<'_>) {
    reading.is_empty = false;
    let slot = reading.slot(value).unwrap_or(Slot::Absent);
    reading.builder.data(name, slot);
}

fn place_of(entry: &Json<'_>) -> Option<u64> {
    let (_, at) = entry.members()?.iter().find(|(key, _)| key == "at")?;
    at.raw.parse().ok()
}

/// An entry of `data`: a bare value, or an object with `value` and what else is to be said.
fn odd_datum(reading: &mut Reading<'_>, entry: &Json<'_>) {
    let Some(members) = entry.members() else { return datum(reading, "", entry) };
    let member = |key: &str| members.iter().find(|(name, _)| name == key).map(|(_, value)| value);
    let name = match member("name").map(|name| &name.kind) {
        Some(Kind::Text(text)) => text.clone().into_str(),
        _ => "".into(),
    };
    let mut values = members.iter().filter(|(key, _)| key == "value").peekable();
    if values.peek().is_none() {
        reading.builder.data(&name, Slot::Absent);
    }
    values.for_each(|(_, value)| datum(reading, &name, value));
}

fn take_notes(reading: &mut Reading<'_>, notes: &[Json<'_>]) -> bool {
    for note in notes {
        match &note.kind {
            Kind::Text(text) => reading.builder.note(text.clone().into_str()),
            _ => reading.builder.note(note.raw),
        }
    }
    true
}

fn source(reading: &mut Reading<'_>, members: &[Member<'_>]) -> bool {
    reading.recovered = members.iter().any(|(key, value)| key == "recovered" && value.raw == "true");
    true
}
