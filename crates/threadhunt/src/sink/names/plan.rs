//! Plans: the mappings of one event type, resolved and grouped by their paths.
//!
//! A name in a plan has *takes*, a source with a recipe each: of those of one name the first that yields
//! something counts, in a list all. While a plan runs over an event, [`Run`] remembers which fields are told in
//! whole, so that the rest is known at the end.

use std::collections::BTreeMap;

use super::make::{Made, Takes, make};
use super::{ActionForm, Naming};
use crate::event::{
    Event, FieldName, FieldSet, FileTime, SystemField, UNKNOWN_PROCESS, UtcTime, Value, unescaped,
};
use crate::schema::names::{Make, Mapping, NoneValue, Source};
use crate::schema::{self, EventSchema, FieldId, FieldType, Platform, fields};

/// Something for each event that the schema knows, and for all others.
#[derive(Clone, Debug)]
pub(super) struct PerEvent<T> {
    known: BTreeMap<(Platform, u16), T>,
    other: T,
}

impl<T> PerEvent<T> {
    pub(super) fn new(mut make: impl FnMut(Option<&'static EventSchema>) -> T) -> Self {
        let known = schema::events().iter().map(|event| ((event.platform, event.id), make(Some(event))));
        Self { known: known.collect(), other: make(None) }
    }

    pub(super) fn of(&self, event: &Event<'_>) -> &T {
        let known = event.platform().and_then(|platform| self.known.get(&(platform, event.id())));
        known.unwrap_or(&self.other)
    }
}

/// Where a value is from, resolved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Origin {
    Field(FieldId),
    System(SystemField),
    Time,
    /// The text of the task, which stands for its number where there is one.
    Task(&'static str),
    Word(&'static str),
}

/// A source and what is made of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Take {
    pub(super) origin: Origin,
    pub(super) make: Make,
}

/// A name of the document.
#[derive(Clone, Debug, Default)]
pub(super) struct Name {
    pub(super) key: String,
    /// Whether it is a list, of objects where it has members.
    pub(super) is_list: bool,
    pub(super) members: Vec<Name>,
    pub(super) content: Content,
}

/// What stands under a name, beside members.
#[derive(Clone, Debug, Default)]
pub(super) enum Content {
    #[default]
    Nothing,
    Takes(Vec<Take>),
    Constant(&'static str),
    Beside(&'static str),
    /// All data not yet told, as texts or as numbers.
    Data(Make),
    /// Which time the event's is.
    TimeOf,
    Remains,
    Trees,
    Notes,
    Recovered,
}

/// The document of an event type: a name without a key.
pub(super) fn document(naming: Naming, event: Option<&'static EventSchema>) -> Name {
    let mut root = Name::default();
    for mapping in naming.vocabulary.mappings(event) {
        if let Some(content) = content(naming, event, &mapping) {
            root.place(mapping.name).add(content);
        }
    }
    root
}

/// What a mapping puts under its name; `None` where this event has nothing for it.
fn content(naming: Naming, event: Option<&'static EventSchema>, mapping: &Mapping) -> Option<Content> {
    let make = mapping.make;
    let take = |origin| Some(Content::Takes(vec![Take { origin, make }]));
    let word = |word: Option<&'static str>| take(Origin::Word(word?));
    match (mapping.source, make) {
        (Source::Nothing, Make::Beside(text)) => Some(Content::Beside(text)),
        (Source::Nothing, Make::Constant(text)) => Some(Content::Constant(text)),
        (Source::Nothing | Source::Standard, _) => None,
        (Source::Field(field), _) => take(Origin::Field(field)),
        (Source::System(element, attribute), _) => {
            take(Origin::System(SystemField::find(element, attribute)?))
        }
        (Source::Time, _) => take(Origin::Time),
        (Source::TimeOf, _) => Some(Content::TimeOf),
        (Source::Event, _) => word(event.map(|event| event.tag)),
        (Source::Task, _) => take(Origin::Task(event?.task_text)),
        (Source::Action, _) => word(event.and_then(|event| match naming.action {
            ActionForm::Long => Some(event.task_text),
            ActionForm::Short => naming.vocabulary.action(event.id),
        })),
        (Source::Data, make) => Some(Content::Data(make)),
        (Source::Remains, _) => Some(Content::Remains),
        (Source::Trees, _) => Some(Content::Trees),
        (Source::Notes, _) => Some(Content::Notes),
        (Source::Recovered, _) => Some(Content::Recovered),
    }
}

impl Name {
    /// The name at a path below this one, made where it is not there yet.
    fn place(&mut self, path: &str) -> &mut Name {
        path.split('.').fold(self, |name, part| {
            let (key, is_list) = part.strip_suffix("[]").map_or((part, false), |key| (key, true));
            let at = name.members.iter().position(|member| member.key == key).unwrap_or_else(|| {
                name.members.push(Name { key: key.to_owned(), is_list, ..Name::default() });
                name.members.len() - 1
            });
            &mut name.members[at]
        })
    }

    /// Whether all that stands here is the text of the one field of the same name.
    pub(super) fn is_own_name(&self) -> bool {
        let is_own = |take: &Take| matches!(take.origin, Origin::Field(field) if field.name() == self.key);
        matches!(&self.content, Content::Takes(takes) if takes.iter().all(is_own))
    }

    fn add(&mut self, content: Content) {
        match (&mut self.content, content) {
            (Content::Takes(takes), Content::Takes(more)) => takes.extend(more),
            // A constant behind takes is what is written where they yield nothing.
            (Content::Takes(takes), Content::Constant(text)) => {
                takes.push(Take { origin: Origin::Word(""), make: Make::Constant(text) });
            }
            (place, content) => *place = content,
        }
    }
}

impl Take {
    /// The field whose value it tells in whole, where the recipe fits.
    pub(super) fn whole_field(&self) -> Option<FieldId> {
        match self.origin {
            Origin::Field(field) if !self.make.makes_part() => Some(field),
            Origin::Time if !self.make.makes_part() => Some(fields::UTC_TIME),
            _ => None,
        }
    }

    fn value<'b>(&self, event: &Event<'b>) -> Option<Value<'b>> {
        match self.origin {
            Origin::Field(field) => event.get(field),
            Origin::System(field) => event.system(field),
            Origin::Time => usable(event.utc_time()).or_else(|| event.time_created()).map(Value::Time),
            Origin::Task(word) => event.system(SystemField::Task).map(|_| Value::Utf8(word)),
            Origin::Word(word) => Some(Value::Utf8(word)),
        }
    }
}

/// The time where the calendar has it: others no recipe writes.
fn usable(time: Option<UtcTime>) -> Option<FileTime> {
    time.map(|UtcTime(time)| time).filter(|time| time.timestamp().is_some())
}

/// A plan at work on one event: what is told already.
pub(super) struct Run<'e, 'b> {
    pub(super) event: &'e Event<'b>,
    none: NoneValue,
    told: FieldSet,
    /// A bit for each field of the system section.
    told_system: u32,
}

const _: () = assert!(SystemField::COUNT <= 32, "a bit for each field");

impl<'e, 'b> Run<'e, 'b> {
    pub(super) fn new(event: &'e Event<'b>, none: NoneValue) -> Self {
        Self { event, none, told: FieldSet::default(), told_system: 0 }
    }

    /// What a take yields for the event, if anything.
    pub(super) fn make(&mut self, take: &Take) -> Option<Made<'b>> {
        let value = take.value(self.event)?;
        if let Make::Constant(text) = take.make {
            return Some(Made::Literal(text));
        }
        if self.is_none(take.origin, value) {
            let verbatim = matches!(take.make, Make::Text | Make::Typed | Make::Copy);
            return match self.none {
                NoneValue::Written if verbatim => {
                    self.tell(take.origin);
                    Some(Made::Text(value))
                }
                NoneValue::Dropped => {
                    self.tell(take.origin);
                    None
                }
                NoneValue::Written | NoneValue::Unmapped => None,
            };
        }
        let (made, takes) = make(take.make, value)?;
        if takes == Takes::Whole {
            self.tell(take.origin);
        }
        Some(made).filter(|made| !made.is_nothing())
    }

    /// Whether a value says "none" to the vocabulary.
    fn is_none(&self, origin: Origin, value: Value<'b>) -> bool {
        let typed = match origin {
            Origin::Field(field) if self.none != NoneValue::Written => field.field_type(),
            Origin::Word(_) | Origin::Task(_) => return false,
            _ => return value.is_none(),
        };
        value.is_none()
            || match typed {
                FieldType::Guid => value.as_guid().is_some_and(|guid| guid.is_nil()),
                FieldType::Path if self.none == NoneValue::Unmapped => {
                    unescaped(&value.to_text()) == UNKNOWN_PROCESS
                }
                _ => false,
            }
    }

    fn tell(&mut self, origin: Origin) {
        match origin {
            Origin::Field(field) => self.told.insert(field),
            Origin::System(field) => self.told_system |= 1 << field.index(),
            // Of events that the schema does not know nobody expects that the time was a field.
            Origin::Time if usable(self.event.utc_time()).is_some() => {
                if self.has_utc_time() {
                    self.told.insert(fields::UTC_TIME);
                }
            }
            Origin::Time => self.told_system |= 1 << SystemField::TimeCreated.index(),
            // Sysmon's tasks have the number of their event.
            Origin::Task(_) => {
                let task = self.event.system(SystemField::Task).and_then(Value::as_u64);
                if task == Some(self.event.id().into()) {
                    self.told_system |= 1 << SystemField::Task.index();
                }
            }
            Origin::Word(_) => {}
        }
    }

    /// Whether the schema has `UtcTime` among the fields of the event.
    fn has_utc_time(&self) -> bool {
        let event = self.event.platform().and_then(|platform| schema::event(platform, self.event.id()));
        event.is_some_and(|event| event.field(fields::UTC_TIME).is_some())
    }

    /// Which time is the event's: nothing where it is `UtcTime` of an event of Windows, as the schema has it, and not
    /// after the record's. This is what a document without a word about it is taken for.
    pub(super) fn time_of(&self) -> Option<&'static str> {
        let created = self.event.time_created();
        match usable(self.event.utc_time()) {
            Some(utc)
                if self.event.platform() == Some(Platform::Windows)
                    && self.has_utc_time()
                    && created.is_some_and(|created| created >= utc) =>
            {
                None
            }
            Some(_) => Some(fields::UTC_TIME.name()),
            None if usable(created.map(UtcTime)).is_some() => Some(SystemField::TimeCreated.element()),
            None => Some("none"),
        }
    }

    /// Whether a value is written among the unmapped.
    pub(super) fn keeps(&self, value: Value<'_>) -> bool {
        self.none != NoneValue::Dropped || !value.is_none()
    }

    /// The data that are not told yet, in the record's order.
    pub(super) fn rest(&self) -> impl Iterator<Item = (&'b FieldName, Value<'b>)> + use<'_, 'e, 'b> {
        let told = self.told;
        // Of data of one name only the first was told.
        let mut seen = FieldSet::default();
        self.event.data().filter(move |(name, value)| {
            if let FieldName::Known(field) = name
                && told.contains(*field)
                && !seen.contains(*field)
            {
                seen.insert(*field);
                return false;
            }
            self.keeps(*value)
        })
    }

    /// The system fields that are not told yet.
    pub(super) fn remains(&self) -> impl Iterator<Item = (SystemField, Value<'b>)> {
        let left = SystemField::all().filter(|field| self.told_system >> field.index() & 1 == 0);
        left.filter_map(|field| Some((field, self.event.system(field)?)))
    }
}
