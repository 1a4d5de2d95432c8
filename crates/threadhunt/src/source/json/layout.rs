//! Shapes that a table describes: where each system field is, and where the data are.
//!
//! Foreign layouts differ in where things stand more than in what they are. A [`Layout`] says
//! where to look; what they have in common is done here: names get the manifest's spelling, values
//! lose the escapes that a collector added, values without names get them by their count, times
//! without a zone are not believed.

use std::borrow::Cow;

use super::alike;
use super::data::{self, Datum, Found, Gathered, Unusable};
pub(super) use super::data::{Data, Envelope};
use super::elsewhere;
use super::form::Form;
use super::parse::{self, Json, Kind, Member, Text};
use super::spelling::{Change, DOUBT, Spelling};
use super::whose::{self, Fit, Whose};
use super::{Reading, Refused, threadhunt, tree};
use crate::event::{DamageCode, FileTime, Slot, SystemField, UtcTime, Value, whole};
use crate::schema::names::{Source, vocabulary};
use crate::schema::{self, EventSchema, FieldType, Platform};
use crate::source::message;

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

/// Characters of a name that a note shows.
const MAX_SHOWN: usize = 64;

/// Farther from `UtcTime` a record's time is doubted. Zones differ by quarters of an hour.
const MAX_DELAY_SECONDS: i64 = 14 * 60;

impl Layout {
    /// Fills a record from an object of this shape.
    pub(super) fn read(&self, members: &[Member<'_>], reading: &mut Reading<'_>) -> Result<(), Refused> {
        if let Some(ours) = self.beside(members) {
            threadhunt::beside(reading, ours)?;
        } else {
            reading.builder.take_fractions();
        }
        self.system(members, reading)?;
        let whose = whose::by_system(reading);
        if let Whose::Sysmon(provider, by) = whose {
            whose::name(reading, provider, by);
        }
        if reading.builder.system_slot(SystemField::EventId) == Slot::Absent && reading.is_sysmon() {
            // It would be passed over where one event is asked for.
            reading.loss = Some("nothing says which of Sysmon's events it is".to_owned());
        }
        let is_unsaid = matches!(whose, Whose::Unsaid);
        if !(reading.is_wanted() || is_unsaid && reading.is_id_wanted()) {
            return Ok(());
        }
        let schema = if is_unsaid { whose::schema_if_sysmon(reading) } else { schema_of(reading) };
        let mut found = self.gather(members, schema, reading)?;
        if is_unsaid {
            if schema.is_some_and(|schema| fit(&found.data, schema).is_telling) {
                whose::name_by_fields(reading);
            } else if let Some(loss) = whose::not_sysmons(reading) {
                reading.loss = Some(loss);
                found = self.gather(members, None, reading)?;
            } else if whose::has_channel(reading) {
                found = self.gather(members, None, reading)?;
            } else {
                return Err(Refused(DamageCode::Malformed, whose::unknown(reading).into()));
            }
        }
        self.fill(members, found, reading)
    }

    /// Gives the record what was gathered.
    fn fill(
        &self,
        members: &[Member<'_>],
        Gathered { mut data, doubts }: Gathered<'_>,
        reading: &mut Reading<'_>,
    ) -> Result<(), Refused> {
        let schema = schema_of(reading);
        doubts.into_iter().for_each(|doubt| reading.builder.note(doubt));
        self.respell(&mut data, reading);
        let utc_time =
            || data.iter().filter(|(name, _)| is_utc_time(name)).find_map(|(_, value)| value.time());
        self.check_time(utc_time, reading);
        let is_bare =
            |schema: &&'static EventSchema| !schema.fields.is_empty() && !says_something(&data, schema);
        if let Some(schema) = schema.filter(|_| self.has_data()).filter(is_bare) {
            let note = format!("read in part: none of the fields of event {}", schema.id);
            // Documents of ours may say it already, of the record that they were made from.
            if !reading.builder.has_note(&note) {
                reading.builder.note(note);
            }
            reading.loss = Some(format!("no field of event {} was found in it", schema.id));
        }
        push(data, schema, reading);
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
        let is_plain = |path: &str| !alike::is_only_alike(members, path);
        let is_usual = self.beside(members).is_none() && self.data.iter().all(|place| is_plain(place.path()));
        is_usual.then_some(())?;
        let mut data = Vec::new();
        let mut is_shuffled = !self.others.is_empty();
        for (at, place) in self.data.iter().enumerate() {
            let Some(picked) = place.picked(members, schema) else {
                // What is not there gives nothing whatever it would be.
                parse::find(members, place.path()).is_none().then_some(())?;
                continue;
            };
            for (name, value) in picked {
                match data::standing(value) {
                    Some(value) => data.push((Cow::Borrowed(&**name), (vec![("", value)], Form::Same))),
                    // Another list here may have a value.
                    None => (value.kind == Kind::Null).then_some(())?,
                }
            }
            if !data.is_empty() {
                is_shuffled = place.is_shuffled();
                // Else another place may have more of the event.
                let is_there =
                    |place: &Data| parse::find(members, place.path()).is_some() || place.path().is_empty();
                let is_last = !self.data[at + 1..].iter().any(is_there);
                (is_last || schema.is_none_or(|schema| fit(&data, schema).is_telling)).then_some(())?;
                break;
            }
        }
        let inside = data.len();
        self.others(members, schema, &mut data, |value, form| {
            Some((form.parts(data::standing(value)?), form)).filter(|(parts, _)| !parts.is_empty())
        });
        // Else the rest of the record is looked through.
        schema.is_none_or(|schema| fit(&data, schema).is_telling).then_some(())?;
        let is_shuffled = is_shuffled && schema.is_some();
        if is_shuffled {
            restore_order(&mut data, schema);
        }
        let order = match data.len() > inside {
            _ if is_shuffled => DataOrder::Manifest,
            false => DataOrder::Record,
            true => DataOrder::Mixed,
        };
        let mut system = Vec::new();
        for (field, value, is_alike) in self.system_values(members) {
            (!is_alike).then_some(())?;
            system.push((field, value));
        }
        Some(Places { system, data, order })
    }

    /// Whether all that an object has at its top may be data.
    pub(super) fn is_flat(&self) -> bool {
        self.data.iter().any(|place| matches!(place, Data::Beside(_)))
    }

    /// The texts of the values that may say that a record is Sysmon's though it names another provider; `None` where
    /// several decide, or their keys are not those of the layout.
    pub(super) fn claims<'l>(&self, members: &[Member<'l>]) -> Option<Vec<&'l str>> {
        let is_there = |field: &SystemField| self.system_values(members).any(|(known, ..)| known == *field);
        let claim = |field| self.decisive(members, field).filter(|(_, is_only)| *is_only).map(|(raw, _)| raw);
        [SystemField::ProviderGuid, SystemField::Channel].into_iter().filter(is_there).map(claim).collect()
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
        for (field, value, _) in self.system_values(members) {
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

    /// The values of the system fields, and whether each is found by its key in another case of letters.
    fn system_values<'j, 'l>(
        &self,
        members: &'j [Member<'l>],
    ) -> impl Iterator<Item = (SystemField, &'j Json<'l>, bool)> {
        self.system.iter().filter_map(|(field, paths)| {
            let mut values = paths.iter().filter_map(|path| parse::find(members, path));
            let value = values.find(|value| !is_blank(value)).map(|value| (*field, value, false));
            let alike = || alike::system(members, *field, paths).filter(|value| !is_blank(value));
            value.or_else(|| Some((*field, alike()?, true)))
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

    /// Gathers the data, in the order of the event.
    fn gather<'j>(
        &self,
        members: &'j [Member<'_>],
        schema: Option<&'static EventSchema>,
        reading: &mut Reading<'_>,
    ) -> Result<Gathered<'j>, Refused> {
        let (mut found, is_in_order, problem) = self.data(members, schema, reading);
        let is_taken = self.beside(members).map(threadhunt::is_utc_time_taken);
        self.others(members, schema, &mut found.data, |value, form| outside(value, form, is_taken, reading));
        if let Some(schema) = schema.filter(|_| self.has_data())
            && let own = fit(&found.data, schema)
            && !own.is_telling
            && let Some(elsewhere) = elsewhere::find(members, schema, reading)
            && fit(&elsewhere.gathered.data, schema).known > own.known
        {
            if own.known == 0 {
                let because = problem.iter().map(|what| format!("{what}; "));
                let note = because.chain([elsewhere.note()]).collect();
                found = elsewhere.gathered;
                found.doubts.push(note);
                restore_order(&mut found.data, Some(schema));
                return Ok(found);
            }
            // What the shape's own places say is the event's, however little: another object may be another's.
            found.doubts.push(elsewhere.left());
        }
        if let Some(what) = problem.filter(|_| found.data.is_empty()) {
            return Err(Refused(DamageCode::Malformed, what.into()));
        }
        if !is_in_order {
            restore_order(&mut found.data, schema);
        }
        Ok(found)
    }

    /// Whether it says where data are, and not only where the rest is.
    fn has_data(&self) -> bool {
        !(self.data.is_empty() && self.others.is_empty())
    }

    /// What stands in the shape's own places: the first that tells of the event, or else the one with the most
    /// of it; whether that is in order; and why a place before has nothing.
    fn data<'j>(
        &self,
        members: &'j [Member<'_>],
        schema: Option<&'static EventSchema>,
        reading: &mut Reading<'_>,
    ) -> (Gathered<'j>, bool, Option<String>) {
        let mut problem: Option<String> = None;
        let mut best: Option<(Fit, &Data, Gathered<'j>)> = None;
        for place in self.data {
            let mut found = Gathered::default();
            if let Err(Unusable(what)) = place.gather(members, schema, reading, &mut found) {
                problem = problem.or(Some(what));
            }
            if found.data.is_empty() {
                continue;
            }
            let fits = schema.map_or(Fit { is_telling: true, known: 0 }, |schema| fit(&found.data, schema));
            if best.as_ref().is_none_or(|(best, ..)| fits.known > best.known) {
                best = Some((fits, place, found));
            }
            if fits.is_telling {
                break;
            }
        }
        let Some((_, place, mut found)) = best else {
            return (Gathered::default(), self.others.is_empty(), problem);
        };
        if let Data::Rendering(path) = place {
            let because = problem.as_deref().unwrap_or("nothing else has its data");
            found.doubts.push(format!("{because}: read from {path}"));
        }
        (found, !place.is_shuffled(), problem)
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
    fn respell(&self, found: &mut [Datum<'_>], reading: &mut Reading<'_>) {
        let texts = found.iter().filter_map(|(_, value)| match value {
            Found::Text(text) => Some(&**text),
            Found::Slot(_) => None,
        });
        let change = match self.spelling.change(texts) {
            Change::Nothing => return,
            Change::InDoubt => return reading.builder.note(DOUBT),
            Change::By(change) => change,
        };
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

/// The schema of the event whose system fields were set; `None` for other providers.
fn schema_of(reading: &mut Reading<'_>) -> Option<&'static EventSchema> {
    let provider = reading.builder.system_slot(SystemField::ProviderName);
    let id = reading.builder.system_slot(SystemField::EventId);
    let batch = reading.builder.batch();
    let provider = schema::provider(&batch.value(provider)?.to_text())?;
    schema::event(provider.platform, u16::try_from(batch.value(id)?.as_u64()?).ok()?)
}

/// Whether a value says nothing.
pub(super) fn is_blank(json: &Json<'_>) -> bool {
    match &json.kind {
        Kind::Null => true,
        Kind::Text(Text::Utf8(text)) => text.is_empty(),
        Kind::Array(values) => values.is_empty(),
        _ => false,
    }
}

/// A value that stands outside of the data; whether `UtcTime` was taken for the document's time may be known.
fn outside<'j>(
    json: &'j Json<'_>,
    form: Form,
    is_taken: Option<bool>,
    reading: &mut Reading<'_>,
) -> Option<Found<'j>> {
    if form == Form::Same {
        return data::datum(json, reading);
    }
    if form == Form::Timestamp && is_taken == Some(false) {
        return None;
    }
    let parts = form.parts(json);
    let text = |part| data::alone(part).text();
    let texts: Option<Vec<_>> = parts.iter().map(|(name, part)| Some((*name, text(part)?))).collect();
    let text = form.text(&texts?)?;
    if form == Form::Timestamp && is_taken.is_none() && !may_be_time(&text, reading) {
        let given = json.shown();
        reading.builder.note(format!("UtcTime left out: nothing proves that @timestamp {given} was it"));
        return None;
    }
    Some(Found::Text(text.into()))
}

/// Whether a time in a document may be that of its event: it is not behind that of its record.
///
/// It is not in documents of Elastic's pipeline for Linux, which drops `UtcTime` (elastic/integrations,
/// `sysmon_linux`): there it is the collector's.
pub(super) fn may_be_time(utc_time: &str, reading: &Reading<'_>) -> bool {
    if reading.builder.platform() == Some(Platform::Linux) {
        return false;
    }
    let Slot::Time(ticks) = reading.builder.system_slot(SystemField::TimeCreated) else { return false };
    UtcTime::parse(utc_time)
        .is_some_and(|UtcTime(utc)| FileTime(ticks).since(utc).as_secs() >= -MAX_DELAY_SECONDS)
}

pub(super) fn is_utc_time(name: &str) -> bool {
    name.eq_ignore_ascii_case("UtcTime")
}

/// How well data fit an event, by their names.
fn fit<V>(found: &[(Cow<'_, str>, V)], schema: &'static EventSchema) -> Fit {
    whose::fit(found.iter().map(|(name, _)| &**name), schema)
}

/// Whether data hold something of an event: a field, or a part of its message that is kept together.
fn says_something(found: &[Datum<'_>], schema: &'static EventSchema) -> bool {
    let is_stretch = |(name, _): &Datum<'_>| name == message::STRETCH;
    found.iter().any(is_stretch) || fit(found, schema).known > 0
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
        let is_field = || schema.is_some_and(|schema| schema.all_fields().any(|field| field.name == name));
        let slot = match value {
            Found::Slot(slot) if is_list(slot, reading) && is_field() => {
                note_list(name, reading);
                slot
            }
            Found::Text(text) => reading.builder.batch().push_text(&text),
            Found::Slot(Slot::Unsigned(number)) if is_hex => Slot::Hex(number),
            Found::Slot(slot) => slot,
        };
        reading.is_empty = false;
        reading.builder.data(name, slot);
    }
}

/// Whether a value that is no text in its record became one as it stands there, because it is a list.
fn is_list(slot: Slot, reading: &mut Reading<'_>) -> bool {
    matches!(reading.builder.batch().value(slot), Some(Value::Utf8(text)) if text.starts_with('['))
}

/// Says that a value is a list of several, where one belongs.
fn note_list(name: &str, reading: &mut Reading<'_>) {
    let name: String = name.chars().take(MAX_SHOWN).collect();
    reading.builder.note(format!("{name} is a list of several values: kept as it stands there"));
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
    let value = data::alone(value);
    match field {
        SystemField::ProviderName => return set_provider(reading, value),
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
                if value.values().is_some() {
                    note_list(field.name(), reading);
                }
                return reading.set(field, |builder| builder.system(field, slot));
            }
        }
    }
    Ok(())
}

/// Where an object that is a provider has its name.
const PROVIDERS_NAMES: &[&str] = &["Name", "name", "@Name", "#attributes/Name", "#text"];

/// Sets the provider, which may be an object, and whose name may have blanks around it.
fn set_provider(reading: &mut Reading<'_>, value: &Json<'_>) -> Result<(), Refused> {
    let members = value.members().unwrap_or_default();
    let name = PROVIDERS_NAMES.iter().find_map(|path| parse::find(members, path));
    let value = name.map_or(value, data::alone);
    let slot = match value.text().map(str::trim) {
        Some("") => None,
        Some(name) => Some(reading.builder.batch().push_text(name)),
        None => reading.text_slot(value),
    };
    let Some(slot) = slot else { return Ok(()) };
    reading.is_empty = false;
    reading.set(SystemField::ProviderName, |builder| builder.system(SystemField::ProviderName, slot))
}

/// Whether a number is told by a word.
fn is_word(value: &Json<'_>) -> bool {
    value.text().is_some_and(|text| whole(text.trim()).is_none())
}

/// The number of a task or opcode that has this name, where it is one of Sysmon's or we gave it.
fn number_of(field: SystemField, word: &str, reading: &mut Reading<'_>) -> Option<u64> {
    if reading.builder.system_slot(field) != Slot::Absent {
        return None;
    }
    let schema = schema_of(reading);
    match field {
        // Sysmon's tasks have the number of their event.
        SystemField::Task => schema.filter(|schema| schema.task_text == word).map(|schema| schema.id.into()),
        // Other providers may call theirs so too.
        _ if schema.is_none() && !reading.is_ours => None,
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
