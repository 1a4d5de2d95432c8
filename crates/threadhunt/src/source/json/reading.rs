//! A record in the making, as the shapes' readers see it.

use std::borrow::Cow;

use super::parse::{Json, Kind, Text};
use crate::event::{DamageCode, Projection, RecordBuilder, Slot, SystemField, Value};
use crate::schema;
use crate::source::Options;
use crate::source::clock::{self, Clock};

/// Characters of a value that a sentence about it names.
const MAX_SHOWN: usize = 64;

/// Why no record is made of a value of right syntax and known shape.
#[derive(Debug)]
pub(super) struct Refused(pub(super) DamageCode, pub(super) Cow<'static, str>);

/// Fields that decide what an event is. A line that gives one of them two values is no event:
/// whichever were taken, the other could hide what looks for it.
pub(super) const IDENTITY: [SystemField; 2] = [SystemField::ProviderName, SystemField::EventId];

/// A record in the making.
pub(super) struct Reading<'a> {
    pub(super) builder: RecordBuilder<'a>,
    pub(super) recovered: bool,
    /// Whether nothing of an event was found yet.
    pub(super) is_empty: bool,
    /// Whether the record's own time is not to be believed.
    pub(super) is_doubtful: bool,
    /// Whether it is in a document of ours, whose words are known.
    pub(super) is_ours: bool,
    /// What could not be read of it, though the rest is kept.
    pub(super) loss: Option<String>,
    projection: &'a Projection,
}

impl<'a> Reading<'a> {
    pub(super) fn new(builder: RecordBuilder<'a>, projection: &'a Projection) -> Self {
        Self {
            builder,
            recovered: false,
            is_empty: true,
            is_doubtful: false,
            is_ours: false,
            loss: None,
            projection,
        }
    }

    /// Whether the record is asked for, once its system fields are set.
    pub(super) fn is_wanted(&self) -> bool {
        self.builder.is_wanted(self.projection)
    }

    /// Whether the record is asked for, should it be Sysmon's.
    pub(super) fn is_id_wanted(&mut self) -> bool {
        let slot = self.builder.system_slot(SystemField::EventId);
        let id = self.builder.batch().value(slot).and_then(Value::as_u64);
        let id = id.and_then(|id| u16::try_from(id).ok());
        id.is_none_or(|id| self.projection.of(id).is_record())
    }

    /// Whether the provider that was set is Sysmon.
    pub(super) fn is_sysmon(&mut self) -> bool {
        let slot = self.builder.system_slot(SystemField::ProviderName);
        let name = self.builder.batch().value(slot).map(Value::to_text);
        name.is_some_and(|name| schema::provider(&name).is_some())
    }

    /// Whether it is known which event of whom this is.
    pub(super) fn is_identified(&self) -> bool {
        IDENTITY.iter().all(|field| self.builder.system_slot(*field) != Slot::Absent)
    }

    /// The value as a slot; `None` for `null`. Integers are numbers, all else is text as given.
    pub(super) fn slot(&mut self, json: &Json<'_>) -> Option<Slot> {
        let number = json.integer();
        self.is_empty &= number.is_none();
        number.or_else(|| self.text_slot(json))
    }

    /// The value's text as a slot; `None` for `null`.
    pub(super) fn text_slot(&mut self, json: &Json<'_>) -> Option<Slot> {
        self.is_empty &= matches!(json.kind, Kind::Null);
        let batch = self.builder.batch();
        match &json.kind {
            Kind::Null => None,
            Kind::Text(text) => Some(match text {
                Text::Utf8(text) => batch.push_text(text),
                Text::Wide(units) => batch.push_utf16(units),
            }),
            _ => Some(batch.push_text(json.raw)),
        }
    }

    /// Sets a system field. Where it has another value already, that one stays, with a note.
    pub(super) fn set(
        &mut self,
        field: SystemField,
        set: impl FnOnce(&mut RecordBuilder<'_>),
    ) -> Result<(), Refused> {
        let first = self.builder.system_slot(field);
        set(&mut self.builder);
        let second = self.builder.system_slot(field);
        if first == Slot::Absent || first == second {
            return Ok(());
        }
        let [kept, other] = [first, second].map(|slot| self.shown(slot));
        self.builder.system(field, first);
        if kept == other {
            return Ok(());
        }
        let name = field.name();
        if IDENTITY.contains(&field) {
            let reason = format!("two values of {name}: {kept} and {other}");
            return Err(Refused(DamageCode::Malformed, reason.into()));
        }
        self.builder.note(format!("{name} stands there twice: {kept} is kept, {other} left out"));
        Ok(())
    }

    /// Sets the time of the record, unless it lacks a zone: then nobody knows which instant it is.
    pub(super) fn set_time(&mut self, text: &str) {
        match clock::read(text) {
            Clock::Instant(time) => self.builder.system(SystemField::TimeCreated, Slot::Time(time.0)),
            Clock::Local => self.doubt_time(text, "it has no zone, so it is no instant"),
            Clock::Unordered => self.doubt_time(text, "nothing says which of its numbers is the month"),
            Clock::Impossible => self.refuse_time(text, "no date that exists", "there is no such time"),
            Clock::Unknown => {
                self.refuse_time(text, "in no form of a date that is known", "its form is not known");
            }
        }
    }

    /// Leaves out a time that is one, but nobody knows which instant.
    fn doubt_time(&mut self, text: &str, why: &str) {
        self.is_doubtful = true;
        self.builder.note(format!("time {text} left out: {why}"));
    }

    /// Leaves out what is no time.
    fn refuse_time(&mut self, text: &str, is: &str, why: &str) {
        let text: String = text.chars().take(MAX_SHOWN).collect();
        let what = format!("the record's time is {is}: {text}; left out");
        self.builder.odd(DamageCode::Date, SystemField::TimeCreated.name(), what);
        self.builder.note(format!("time {text} left out: {why}"));
    }

    /// A value as a sentence names it.
    pub(super) fn shown(&mut self, slot: Slot) -> String {
        let text = self.builder.batch().value(slot).map(Value::to_text).unwrap_or_default();
        text.chars().take(MAX_SHOWN).collect()
    }

    /// Refuses an event id that is there and none: taken for 0, it would hide what the event is.
    pub(super) fn check_id(&mut self, is_given: bool) -> Result<(), Refused> {
        let slot = self.builder.system_slot(SystemField::EventId);
        let id = self.builder.batch().value(slot);
        let is_good = match id {
            Some(id) => id.as_u64().is_some_and(|id| id <= u64::from(u16::MAX)),
            None => !is_given,
        };
        if is_good {
            return Ok(());
        }
        let reason = format!("the event id is no number up to 65535: {}", self.shown(slot));
        Err(Refused(DamageCode::Malformed, reason.trim_end_matches(": ").to_owned().into()))
    }

    /// Notes a member that has no place in the shape.
    pub(super) fn leave_out(&mut self, key: &str, why: &str) {
        self.builder.note(format!("{key} left out: {why}"));
    }

    pub(super) fn finish(mut self, options: &Options) {
        if self.recovered && !options.recovered {
            self.builder.batch().counts.left_out += 1;
            return self.builder.abandon();
        }
        if self.recovered {
            self.builder.mark_recovered();
        }
        if self.is_doubtful && self.is_wanted() {
            self.builder.batch().counts.doubtful_times += 1;
        }
        self.builder.finish(&options.projection);
    }
}
