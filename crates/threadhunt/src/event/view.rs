//! Views on a batch: an event, a record of another provider, and where each lies.

use std::borrow::Cow;
use std::sync::Arc;

use super::batch::Head;
use super::layout::FieldName;
use super::{Batch, FileTime, Guid, Node, Origin, SystemField, UtcTime, Utf16, Value};
use crate::schema::{self, EventSchema, FieldId, Platform, fields};

/// A record: a Sysmon event, or something that another provider wrote.
///
/// The provider decides, never the id alone: other providers have an event 8 too.
#[derive(Clone, Copy, Debug)]
pub enum Record<'b> {
    /// Written by Sysmon, of whatever id.
    Sysmon(Event<'b>),
    /// Written by anyone else.
    Other(RawRecord<'b>),
}

impl<'b> Record<'b> {
    /// The Sysmon event, if it is one.
    pub fn into_event(self) -> Option<Event<'b>> {
        match self {
            Self::Sysmon(event) => Some(event),
            Self::Other(_) => None,
        }
    }

    /// The record's system fields, data and trees, whoever wrote it: for those who print it.
    pub fn view(self) -> Event<'b> {
        match self {
            Self::Sysmon(event) | Self::Other(RawRecord(event)) => event,
        }
    }
}

/// A record of another provider than Sysmon.
#[derive(Clone, Copy, Debug)]
pub struct RawRecord<'b>(pub(super) Event<'b>);

impl<'b> RawRecord<'b> {
    /// The record's system fields, data and trees.
    pub fn view(self) -> Event<'b> {
        self.0
    }
}

/// Where a record lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'b> {
    /// The file or member.
    pub origin: &'b Origin,
    /// Byte offset in the file or unpacked member.
    pub offset: u64,
    /// Line from 1, where the input has lines.
    pub line: Option<u64>,
    /// Whether it was found where no living record should be: in slack, or in a chunk without a head.
    pub recovered: bool,
}

/// One event: a view on its batch.
#[derive(Clone, Copy)]
pub struct Event<'b> {
    pub(super) batch: &'b Batch,
    pub(super) head: &'b Head,
    pub(super) index: u32,
}

impl<'b> Event<'b> {
    /// The event id; without its provider it proves nothing.
    pub fn id(&self) -> u16 {
        u16::try_from(self.head.id).unwrap_or(u16::MAX)
    }

    /// Which Sysmon wrote it; `None` for other providers.
    pub fn platform(&self) -> Option<Platform> {
        self.head.platform
    }

    /// What the schema says of this event; `None` for ids that it does not know.
    pub fn schema(&self) -> Option<&'static EventSchema> {
        schema::event(self.head.platform?, self.id())
    }

    /// The field's value, or `None` when the record does not carry it (or nobody asked for it).
    ///
    /// A field that is present but empty is the empty text.
    #[inline]
    pub fn get(&self, field: FieldId) -> Option<Value<'b>> {
        let place = self.batch.layouts.get(self.head.layout as usize)?.place(field)?;
        self.batch.value(*self.batch.slots.get(self.data_start() + place)?)
    }

    /// The field's text; empty and `-` are `None` too, for those who ask what is known.
    pub fn known(&self, field: FieldId) -> Option<Cow<'b, str>> {
        self.get(field).filter(|value| !value.is_none()).map(Value::to_text)
    }

    /// The field as a GUID; `None` for the all-zero GUID of a process unknown to Sysmon.
    pub fn guid(&self, field: FieldId) -> Option<Guid> {
        self.get(field)?.as_guid().filter(|guid| !guid.is_nil())
    }

    /// All data in the record's own order; what nobody asked for is left out.
    pub fn data(&self) -> impl Iterator<Item = (&'b FieldName, Value<'b>)> + use<'b> {
        let batch = self.batch;
        let names = batch.layouts.get(self.head.layout as usize).map_or(&[][..], |layout| layout.names());
        let slots = batch.slots.get(self.data_start()..).unwrap_or_default();
        names.iter().zip(slots).filter_map(move |(name, slot)| Some((name, batch.value(*slot)?)))
    }

    /// Whether all data have names and no two the same, so that an object can hold them.
    pub fn has_plain_data(&self) -> bool {
        self.batch.layouts.get(self.head.layout as usize).is_none_or(|layout| layout.is_plain())
    }

    fn data_start(&self) -> usize {
        self.head.first_slot as usize + SystemField::COUNT
    }

    /// A field of the `System` section.
    #[inline]
    pub fn system(&self, field: SystemField) -> Option<Value<'b>> {
        self.batch.value(self.batch.system_slot(self.head, field))
    }

    /// `System/TimeCreated`: when the record was written.
    pub fn time_created(&self) -> Option<FileTime> {
        self.system(SystemField::TimeCreated)?.as_time()
    }

    /// `UtcTime`: when the thing happened, by Sysmon's own clock.
    pub fn utc_time(&self) -> Option<UtcTime> {
        self.get(fields::UTC_TIME)?.as_time().map(UtcTime)
    }

    /// The time of the event: `UtcTime`, or the record's where there is none.
    pub fn time(&self) -> Option<FileTime> {
        self.utc_time().map(|time| time.0).or_else(|| self.time_created())
    }

    /// `System/EventRecordID`; it repeats after a log is cleared.
    pub fn record_id(&self) -> Option<u64> {
        self.system(SystemField::EventRecordId)?.as_u64()
    }

    /// `System/Computer`, or empty.
    pub fn computer(&self) -> Cow<'b, str> {
        self.system(SystemField::Computer).map(Value::to_text).unwrap_or_default()
    }

    /// Elements beside the named data: `UserData` and whatever else stands below `Event`.
    ///
    /// `RenderingInfo` is not among them: it repeats the values in words.
    pub fn tree(&self) -> impl Iterator<Item = Node<'b>> + use<'b> {
        let batch = self.batch;
        let (start, end) = self.head.tokens;
        batch
            .tokens
            .get(start as usize..end as usize)
            .unwrap_or_default()
            .iter()
            .map(|token| batch.node(token))
    }

    /// The values that hold lone surrogates, which are no characters and which UTF-8 cannot say.
    pub fn lone_surrogates(&self) -> impl Iterator<Item = Utf16<'b>> + use<'b> {
        let event = *self;
        let system = SystemField::all().filter_map(move |field| event.system(field));
        let data = self.data().map(|(_, value)| value);
        let tree = self.tree().filter_map(|node| match node {
            Node::Attribute(_, value) | Node::Text(value) => Some(value),
            Node::Open(_) | Node::Close => None,
        });
        system.chain(data).chain(tree).filter_map(|value| match value {
            Value::Utf16(text) if !text.is_valid() => Some(text),
            _ => None,
        })
    }

    /// Remarks of the reader on this record: what it had to decide or replace.
    pub fn notes(&self) -> impl Iterator<Item = &'b str> + use<'b> {
        // Notes stand in the order of their records.
        let index = self.index;
        let notes = &self.batch.notes;
        let from = notes.partition_point(|(at, _)| *at < index);
        notes[from..].iter().take_while(move |(at, _)| *at == index).map(|(_, note)| &**note)
    }

    /// The file or member, shared: for those who keep it beyond the batch.
    pub fn origin(&self) -> &'b Arc<Origin> {
        &self.batch.origin
    }

    /// Where the record lies.
    pub fn place(&self) -> Place<'b> {
        Place {
            origin: &self.batch.origin,
            offset: self.head.offset,
            line: Some(self.head.line).filter(|line| *line > 0),
            recovered: self.head.recovered,
        }
    }
}

impl std::fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let system = SystemField::all()
            .filter_map(|field| Some((format!("{field:?}"), self.system(field)?.to_string())));
        let data = self.data().map(|(name, value)| (name.as_str().to_owned(), value.to_string()));
        f.debug_map().entries(system.chain(data)).finish()
    }
}
