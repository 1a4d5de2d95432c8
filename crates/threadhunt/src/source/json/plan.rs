//! Plans: how lines of one form and one event are read, without looking anything up again.
//!
//! What a [`Layout`] finds in a record depends on keys and kinds of values, on few values that a
//! form has in common, and on which event it is. So a plan says by numbers of scalars where each
//! field is. It decides nothing itself: a line for which anything is odd is given back
//! and takes the plain path. The plan is made from a line that was read there and holds only where it
//! gives that record the same names.
//!
//! It makes fast: reading everything (`cargo xtask bench json`, row "all of Sysmon"), two- to threefold.

use std::sync::Arc;

use super::Reading;
use super::form::Form;
use super::layout::{self, DataOrder, Layout, Places, Trust};
use super::parse::{self, Json, Text};
use super::spelling::{Change, Spelling};
use super::walk::{Kind, Scalar};
use crate::event::{self, Slot, SystemField, UtcTime, Value};
use crate::schema::EventSchema;

/// How lines of one form and one event are read.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) shape: &'static str,
    layout: &'static Layout,
    /// The first scalar of the record, which an envelope may hold, and how far before it the record begins.
    /// (In lines of any order it is the object itself.)
    begin: (usize, usize),
    system: Box<[(SystemField, usize)]>,
    data: Box<[Datum]>,
    names: Arc<event::Layout>,
    /// Where the order of the line decides that of the data: the rank of each; those of equal rank come as
    /// they are on the line.
    ranks: Option<Box<[usize]>>,
}

/// Whether lines of one form have their scalars in one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sequence {
    Same,
    Any,
}

/// A field of the data: the number of the scalar, and how it is read.
#[derive(Debug)]
struct Datum {
    place: usize,
    form: Form,
    /// The parts in a form that is not the event's: the name and the number of the scalar of each.
    parts: Box<[(Box<str>, usize)]>,
    is_hex: bool,
    is_utc_time: bool,
}

impl Plan {
    /// The plan of a record that was read, whose data got these names; `None` where it needs more
    /// than its scalars.
    pub(super) fn of(
        (shape, layout, sequence): (&'static str, &'static Layout, Sequence),
        json: &Json<'_>,
        (line, scalars): (&str, &[Scalar]),
        schema: Option<&'static EventSchema>,
        names: &Arc<event::Layout>,
    ) -> Option<Self> {
        let place = |json: &Json<'_>| {
            let start = (json.raw.as_ptr() as usize).checked_sub(line.as_ptr() as usize)?;
            let is_it = |scalar: &Scalar| scalar.start() == start && scalar.end() == start + json.raw.len();
            scalars.iter().position(is_it)
        };
        let is_list = |place: usize| matches!(scalars[place].kind, Kind::Array | Kind::EmptyArray);
        let start = (json.raw.as_ptr() as usize).checked_sub(line.as_ptr() as usize)?;
        let there = scalars.iter().position(|scalar| scalar.start() == start);
        let first = there.or_else(|| scalars.iter().position(|scalar| scalar.start() > start))?;
        let begin = (first, scalars[first].start() - start);
        let places = layout.places(json.members()?, schema)?;
        let ranks = match sequence {
            Sequence::Same => None,
            Sequence::Any => ranks(&places, schema)?,
        };
        let system: Option<Box<_>> =
            places.system.iter().map(|(field, json)| Some((*field, place(json)?))).collect();
        let datum = |name: &str, parts: &[(&str, &Json<'_>)], form: Form| {
            let (name, is_hex) = layout::title(name, schema);
            let is_utc_time = layout::is_utc_time(name);
            let part = |(name, json): &(&str, &Json<'_>)| {
                Some(((*name).into(), place(json).filter(|place| !is_list(*place))?))
            };
            let parts: Box<[(Box<str>, usize)]> = parts.iter().map(part).collect::<Option<_>>()?;
            let (_, place) = *parts.first()?;
            Some((name.to_owned(), Datum { place, form, parts, is_hex, is_utc_time }))
        };
        let data: Option<Vec<_>> =
            places.data.iter().map(|(name, (parts, form))| datum(name, parts, *form)).collect();
        let (titles, data): (Vec<_>, Vec<_>) = data?.into_iter().unzip();
        let is_same = titles.iter().eq(names.names().iter().map(event::FieldName::as_str));
        let names = Arc::clone(names);
        let plan = Self { shape, layout, begin, system: system?, data: data.into(), names, ranks };
        is_same.then_some(plan)
    }

    /// Where the record begins on a line with these scalars.
    pub(super) fn begin(&self, scalars: &[Scalar]) -> usize {
        let (first, len) = self.begin;
        scalars.get(first).map_or(0, |scalar| scalar.start().saturating_sub(len))
    }

    /// Fills a record from a line; `None` where the line takes the plain path.
    pub(super) fn read(&self, line: &str, scalars: &[Scalar], reading: &mut Reading<'_>) -> Option<()> {
        reading.builder.take_fractions();
        for (field, place) in &self.system {
            let json = scalars.get(*place)?.json(line)?;
            layout::set(reading, *field, &json).ok()?;
        }
        self.layout.set_always(reading);
        self.layout.set_implied(reading);
        reading.check_id(true).ok()?;
        let slot = |datum: &Datum| datum.slot(line, scalars, reading);
        let mut slots = self.data.iter().map(slot).collect::<Option<Vec<_>>>()?;
        self.respell(&mut slots, scalars, reading)?;
        let utc_time = self.utc_time(&slots, reading);
        self.layout.check_time(|| utc_time, reading);
        reading.is_empty = false;
        match &self.ranks {
            None => reading.builder.data_in(&self.names, slots),
            Some(ranks) => self.push_in_order(ranks, &slots, scalars, reading),
        }
        self.layout.note.iter().for_each(|note| reading.builder.note(*note));
        Some(())
    }

    /// Adds data whose order is that of the line, within their ranks.
    fn push_in_order(&self, ranks: &[usize], slots: &[Slot], scalars: &[Scalar], reading: &mut Reading<'_>) {
        let names = self.names.names();
        let mut order: Vec<usize> = (0..slots.len()).collect();
        order.sort_by_key(|at| (ranks[*at], scalars[self.data[*at].place].start()));
        for at in order {
            reading.builder.data(names[at].as_str(), slots[at]);
        }
    }

    /// Takes back what a collector did to the texts; `None` where it is doubtful whether it did.
    fn respell(&self, slots: &mut [Slot], scalars: &[Scalar], reading: &mut Reading<'_>) -> Option<()> {
        if self.layout.spelling == Spelling::Plain {
            return Some(());
        }
        let batch = reading.builder.batch();
        let is_text = |at: usize| scalars[self.data[at].place].kind == Kind::Text;
        let texts =
            (0..slots.len()).filter(|at| is_text(*at)).filter_map(|at| match batch.value(slots[at]) {
                Some(Value::Utf8(text)) => Some(text),
                _ => None,
            });
        let change = match self.layout.spelling.change(texts) {
            Change::Nothing => return Some(()),
            Change::InDoubt => return None,
            Change::By(change) => change,
        };
        for (_, slot) in slots.iter_mut().enumerate().filter(|(at, _)| is_text(*at)) {
            let Some(Value::Utf8(text)) = batch.value(*slot) else { continue };
            if let Some(changed) = change(text) {
                *slot = batch.push_text(&changed);
            }
        }
        Some(())
    }

    /// The event's own time, where the record's is held against it.
    fn utc_time(&self, slots: &[Slot], reading: &mut Reading<'_>) -> Option<UtcTime> {
        let named = self.data.iter().zip(slots).filter(|(datum, _)| datum.is_utc_time);
        named.filter(|_| self.layout.trust == Trust::Zone).find_map(|(_, slot)| {
            match reading.builder.batch().value(*slot) {
                Some(Value::Utf8(text)) => UtcTime::parse(text),
                _ => None,
            }
        })
    }
}

/// The ranks of data on lines of any order, where not all are in one order whatever the line's is; `None`
/// where ranks cannot say it.
fn ranks(places: &Places<'_, '_>, schema: Option<&'static EventSchema>) -> Option<Option<Box<[usize]>>> {
    let rank = |name: &str| match (places.order, schema) {
        (DataOrder::Manifest, Some(schema)) => layout::manifest_place(name, schema),
        _ => 0,
    };
    let ranks: Box<[usize]> = places.data.iter().map(|(name, _)| rank(name)).collect();
    let is_one_order = ranks.windows(2).all(|pair| pair[0] < pair[1]);
    // Of two times in the data the first on the line would count.
    let times = places.data.iter().filter(|(name, _)| layout::is_utc_time(name)).count();
    // What several values say together depends on their order.
    let are_single = places.data.iter().all(|(_, (parts, _))| parts.len() == 1);
    (are_single && places.order != DataOrder::Mixed && times < 2).then_some((!is_one_order).then_some(ranks))
}

impl Datum {
    /// The value as a slot; `None` where the line takes the plain path.
    fn slot(&self, line: &str, scalars: &[Scalar], reading: &mut Reading<'_>) -> Option<Slot> {
        let scalar = scalars.get(self.place)?;
        let raw = scalar.raw(line);
        match (self.form, scalar.kind) {
            (Form::Same, Kind::Text) if scalar.has_escapes => {
                let inner = &raw[1..raw.len() - 1];
                reading.builder.batch().push_made_text(|out| parse::unescape(inner, out))
            }
            (Form::Same, Kind::Text) => Some(reading.builder.batch().push_text(&raw[1..raw.len() - 1])),
            (Form::Same, Kind::True | Kind::False) => Some(Slot::Bool(scalar.kind == Kind::True)),
            (Form::Same, _) => match reading.slot(&scalar.json(line)?)? {
                Slot::Unsigned(number) if self.is_hex => Some(Slot::Hex(number)),
                slot => Some(slot),
            },
            (form, _) => {
                let json = |(name, place): &(Box<str>, usize)| {
                    Some((name.clone(), scalars.get(*place)?.json(line)?))
                };
                let parts: Vec<_> = self.parts.iter().map(json).collect::<Option<_>>()?;
                let text = |(name, json): &'_ (Box<str>, Json<'_>)| {
                    Some((name.to_string(), json.text()?.to_owned()))
                };
                let parts: Vec<(String, String)> = parts.iter().map(text).collect::<Option<_>>()?;
                let parts: Vec<_> = parts.iter().map(|(name, text)| (&**name, &**text)).collect();
                let text = form.text(&parts)?;
                (form != Form::Timestamp || layout::may_be_time(&text, reading)).then_some(())?;
                Some(reading.builder.batch().push_text(&text))
            }
        }
    }
}

impl Scalar {
    /// The scalar as a value.
    fn json<'l>(&self, line: &'l str) -> Option<Json<'l>> {
        let raw = self.raw(line);
        let kind = match self.kind {
            Kind::Array | Kind::EmptyArray => return parse::parse(raw).ok().map(|(json, _)| json),
            Kind::Text if self.has_escapes => return parse::parse(raw).ok().map(|(json, _)| json),
            Kind::Text => parse::Kind::Text(Text::Utf8(raw[1..raw.len() - 1].into())),
            Kind::Number => parse::Kind::Number,
            Kind::True | Kind::False => parse::Kind::Bool,
            Kind::Null => parse::Kind::Null,
            Kind::Object => return None,
        };
        Some(Json { raw, kind })
    }
}
