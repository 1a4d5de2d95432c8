//! The batch: some records of one input, owned, ready to move between threads.
//!
//! A batch holds the bytes of a unit of work as read (`input`), two arenas for what had to
//! be made (text and bytes), the slots of all its records, and the damage that was met. It
//! is filled by one worker, looked at by stages through [`Event`](super::Event)s, and goes
//! back to a pool: clearing keeps the buffers.

use std::sync::Arc;

use super::layout::{FieldName, Layout};
use super::tree::Token;
use super::{
    Damage, Event, FileTime, Guid, Oddities, Projection, RawRecord, Record, Sid, Slot, Span, SystemField,
    Utf16, Value,
};
use crate::schema::{Platform, fields};

/// Where records came from: a file, or a member of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The file as named on the command line or found below a directory; `-` for standard input.
    pub file: String,
    /// The member's name within an archive; nested archives are joined by `!`.
    pub member: Option<String>,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.file)?;
        self.member.iter().try_for_each(|member| write!(f, "!{member}"))
    }
}

/// What a reader met, by kind, whether it came out as a record or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Sysmon records by event id; the last place is for ids above 255.
    pub sysmon: [u64; 257],
    /// Records of other providers.
    pub others: u64,
    /// Records found in slack, included in the counts above.
    pub recovered: u64,
    /// Stale records of slack that were left out as asked, not included above.
    pub left_out: u64,
    /// Records by the name of the shape they came in, in the order in which the shapes were met.
    pub shapes: Vec<(&'static str, u64)>,
    /// Records whose own clock is in doubt: a time without a zone, or far from `UtcTime`.
    pub doubtful_times: u64,
}

impl Default for Counts {
    fn default() -> Self {
        Self { sysmon: [0; 257], others: 0, recovered: 0, left_out: 0, shapes: Vec::new(), doubtful_times: 0 }
    }
}

impl Counts {
    /// Counts a record: of Sysmon with this id, or of another provider.
    pub fn add(&mut self, sysmon: Option<u16>) {
        match sysmon {
            Some(id) => self.sysmon[usize::from(id).min(256)] += 1,
            None => self.others += 1,
        }
    }

    /// Counts records of a shape.
    pub fn add_shape(&mut self, name: &'static str, count: u64) {
        match self.shapes.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum += count,
            None if count > 0 => self.shapes.push((name, count)),
            None => {}
        }
    }

    /// All Sysmon records.
    pub fn sysmon_total(&self) -> u64 {
        self.sysmon.iter().sum()
    }

    /// All records.
    pub fn total(&self) -> u64 {
        self.sysmon_total() + self.others
    }

    /// Records that are counted under no shape yet.
    pub(crate) fn without_shape(&self) -> u64 {
        self.total().saturating_sub(self.shapes.iter().map(|(_, count)| count).sum())
    }

    /// Adds another batch's counts.
    pub fn merge(&mut self, other: &Self) {
        self.sysmon.iter_mut().zip(other.sysmon).for_each(|(sum, count)| *sum += count);
        self.others += other.others;
        self.recovered += other.recovered;
        self.left_out += other.left_out;
        self.doubtful_times += other.doubtful_times;
        other.shapes.iter().for_each(|(name, count)| self.add_shape(name, *count));
    }
}

/// A record's place in its batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    /// Which Sysmon wrote it; `None` for other providers.
    pub(crate) platform: Option<Platform>,
    /// The event id.
    pub(crate) id: u32,
    /// Where its slots begin: the system fields, then the data in the layout's order.
    pub(crate) first_slot: u32,
    /// Index of its layout.
    pub(crate) layout: u32,
    /// Its tokens.
    pub(crate) tokens: (u32, u32),
    /// Its byte offset in the input.
    pub(crate) offset: u64,
    /// Its line, or 0 where the input has none.
    pub(crate) line: u64,
    /// Whether it was found where no living record should be.
    pub(crate) recovered: bool,
}

/// Some records of one input; see the module's head.
#[derive(Debug, Default)]
pub struct Batch {
    /// Where the records came from.
    pub origin: Arc<Origin>,
    /// What was met, by kind.
    pub counts: Counts,
    /// What was not as it should be.
    pub damages: Vec<Damage>,
    /// The bytes as read; shared, so that a decoder can look at them while it fills the batch.
    input: Arc<Vec<u8>>,
    pub(super) text: String,
    pub(super) bytes: Vec<u8>,
    pub(super) slots: Vec<Slot>,
    pub(super) tokens: Vec<Token>,
    pub(super) layouts: Vec<Arc<Layout>>,
    pub(super) heads: Vec<Head>,
    pub(super) notes: Vec<(u32, Box<str>)>,
    /// What is odd in records that were read all the same.
    pub oddities: Oddities,
}

impl Batch {
    /// Gives the batch the bytes that its records lie in.
    pub fn load(&mut self, input: Vec<u8>) {
        self.input = Arc::new(input);
    }

    /// The bytes that the records lie in.
    pub fn input(&self) -> &[u8] {
        &self.input
    }

    /// The bytes, to be looked at while the batch is filled.
    pub(crate) fn shared_input(&self) -> Arc<Vec<u8>> {
        Arc::clone(&self.input)
    }

    /// Takes the bytes out, to use their buffer again; the records' texts are gone with them.
    pub fn unload(&mut self) -> Vec<u8> {
        Arc::try_unwrap(std::mem::take(&mut self.input)).unwrap_or_default()
    }

    /// Empties the batch for another unit of work, keeping its buffers but the input's.
    pub fn reset(&mut self, origin: Arc<Origin>) {
        self.origin = origin;
        self.input = Arc::default();
        self.counts = Counts::default();
        self.damages.clear();
        self.oddities.clear();
        self.text.clear();
        self.bytes.clear();
        self.slots.clear();
        self.tokens.clear();
        self.layouts.clear();
        self.heads.clear();
        self.notes.clear();
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.heads.len()
    }

    /// Whether there is no record; there may be damages all the same.
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// The records in the order of the input.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        (0..self.heads.len()).map(|index| self.record_at(index))
    }

    /// The Sysmon events in the order of the input.
    pub fn events(&self) -> impl Iterator<Item = Event<'_>> {
        self.records().filter_map(Record::into_event)
    }

    /// The record at an index below [`len`](Self::len).
    pub fn record_at(&self, index: usize) -> Record<'_> {
        let event = Event { batch: self, head: &self.heads[index], index: index as u32 };
        match event.head.platform {
            Some(_) => Record::Sysmon(event),
            None => Record::Other(RawRecord(event)),
        }
    }

    /// Reads a slot; `None` when it is absent.
    #[inline]
    pub fn value(&self, slot: Slot) -> Option<Value<'_>> {
        Some(match slot {
            Slot::Absent => return None,
            Slot::Utf16(span) => Value::Utf16(Utf16::new(self.bytes(span))),
            Slot::Utf8(span) => Value::Utf8(self.name_text(span)),
            Slot::Unsigned(number) => Value::Unsigned(number),
            Slot::Signed(number) => Value::Signed(number),
            Slot::Hex(number) => Value::Hex(number),
            Slot::Bool(truth) => Value::Bool(truth),
            Slot::Float32(number) => Value::Float32(number),
            Slot::Float64(number) => Value::Float64(number),
            Slot::Time(ticks) => Value::Time(FileTime(ticks)),
            Slot::Guid(span) => Value::Guid(self.bytes(span).try_into().map(Guid).unwrap_or_default()),
            Slot::Sid(span) => match Sid::new(self.bytes(span)) {
                Some(sid) => Value::Sid(sid),
                None => Value::Binary(self.bytes(span)),
            },
            Slot::Binary(span) => Value::Binary(self.bytes(span)),
        })
    }

    pub(super) fn bytes(&self, span: Span) -> &[u8] {
        let buffer: &[u8] = if span.in_arena() { &self.bytes } else { &self.input };
        buffer.get(span.range()).unwrap_or_default()
    }

    pub(super) fn name_text(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// Puts text into the arena.
    pub fn push_text(&mut self, text: &str) -> Slot {
        Slot::Utf8(self.push_name(text))
    }

    /// Puts text into the arena that `make` appends; `None`, with nothing left of it, where that fails.
    pub(crate) fn push_made_text(&mut self, make: impl FnOnce(&mut String) -> bool) -> Option<Slot> {
        let start = self.text.len();
        if !make(&mut self.text) {
            self.text.truncate(start);
            return None;
        }
        Some(Slot::Utf8(Span::arena(start, self.text.len() - start)))
    }

    pub(super) fn push_name(&mut self, name: &str) -> Span {
        let span = Span::arena(self.text.len(), name.len());
        self.text.push_str(name);
        span
    }

    /// Puts UTF-16LE text into the arena: for text that UTF-8 cannot hold.
    pub fn push_utf16(&mut self, bytes: &[u8]) -> Slot {
        Slot::Utf16(self.push_bytes(bytes))
    }

    /// Puts a GUID into the arena.
    pub fn push_guid(&mut self, guid: Guid) -> Slot {
        Slot::Guid(self.push_bytes(&guid.0))
    }

    /// Puts bytes into the arena.
    pub fn push_bytes(&mut self, bytes: &[u8]) -> Span {
        let span = Span::arena(self.bytes.len(), bytes.len());
        self.bytes.extend_from_slice(bytes);
        span
    }

    /// How full the arenas are.
    pub(super) fn arena_lens(&self) -> (usize, usize) {
        (self.text.len(), self.bytes.len())
    }

    /// Forgets what was put into the arenas since they were this full.
    pub(super) fn truncate_arenas(&mut self, (text, bytes): (usize, usize)) {
        self.text.truncate(text);
        self.bytes.truncate(bytes);
    }

    /// Gives a record another `RuleName`; one that has none gets it as its first field.
    pub fn set_rule_name(&mut self, index: usize, name: &str) {
        let slot = self.push_text(name);
        let Head { first_slot, layout, .. } = self.heads[index];
        let old = Arc::clone(&self.layouts[layout as usize]);
        let data = first_slot as usize + SystemField::COUNT;
        if let Some(place) = old.place(fields::RULE_NAME) {
            self.slots[data + place] = slot;
            return;
        }
        let layout = self.named_layout(&old);
        let moved: Vec<Slot> = self.slots[first_slot as usize..data + old.names().len()].to_vec();
        let (system, rest) = moved.split_at(SystemField::COUNT);
        self.heads[index].first_slot = self.push_slots(&[system, &[slot], rest].concat());
        self.heads[index].layout = layout;
    }

    /// Forgets all records but those at these indices, which ascend; what was counted stays counted.
    pub fn retain(&mut self, kept: &[u32]) {
        let (mut index, mut next) = (0, kept.iter().peekable());
        self.heads.retain(|_| {
            index += 1;
            next.next_if_eq(&&(index - 1)).is_some()
        });
        self.notes.retain_mut(|(at, _)| match kept.binary_search(at) {
            Ok(place) => {
                *at = place as u32;
                true
            }
            Err(_) => false,
        });
    }

    /// The number of a layout that is this one behind a `RuleName`; the last one serves again where it fits.
    fn named_layout(&mut self, layout: &Layout) -> u32 {
        let rule_name = FieldName::Known(fields::RULE_NAME);
        let last = self.layouts.last().map_or(&[][..], |last| last.names());
        if last.split_first() == Some((&rule_name, layout.names())) {
            return self.layouts.len() as u32 - 1;
        }
        let names = std::iter::once(rule_name).chain(layout.names().iter().cloned());
        self.push_layout(Arc::new(Layout::new(names)))
    }

    /// Adds a layout for records of this batch and returns its number.
    pub(crate) fn push_layout(&mut self, layout: Arc<Layout>) -> u32 {
        match self.layouts.last() {
            Some(last) if Arc::ptr_eq(last, &layout) => {}
            _ => self.layouts.push(layout),
        }
        self.layouts.len() as u32 - 1
    }

    /// The layout of the record that was pushed last.
    pub(crate) fn last_layout(&self) -> Option<&Arc<Layout>> {
        self.layouts.get(self.heads.last()?.layout as usize)
    }

    /// Appends slots and returns where they begin.
    pub(crate) fn push_slots(&mut self, slots: &[Slot]) -> u32 {
        let first = self.slots.len() as u32;
        self.slots.extend_from_slice(slots);
        first
    }

    /// Appends a record whose slots were pushed.
    pub(crate) fn push_head(&mut self, head: Head) {
        self.heads.push(head);
    }

    /// The number of tokens so far.
    pub(crate) fn token_count(&self) -> u32 {
        self.tokens.len() as u32
    }

    /// Adds a remark to the record that was pushed last.
    pub fn note_last(&mut self, note: impl Into<Box<str>>) {
        if let Some(index) = self.heads.len().checked_sub(1) {
            self.notes.push((index as u32, note.into()));
        }
    }

    /// Adds a remark to each record from the one with this number on.
    pub(crate) fn note_from(&mut self, first: usize, note: &str) {
        let from = self.notes.partition_point(|(at, _)| (*at as usize) < first);
        self.notes.extend((first..self.heads.len()).map(|index| (index as u32, note.into())));
        self.notes[from..].sort_by_key(|(at, _)| *at);
    }

    /// Counts a record and says whether it is wanted.
    pub(crate) fn count(&mut self, projection: &Projection, sysmon: Option<u16>) -> bool {
        self.counts.add(sysmon);
        sysmon.map_or(projection.others(), |id| projection.of(id)).is_record()
    }

    pub(super) fn system_slot(&self, head: &Head, field: SystemField) -> Slot {
        self.slots[head.first_slot as usize + field.index()]
    }
}
