//! One record: its outer template says who wrote it, its inner one what.
//!
//! A record is counted first and decoded only as far as the projection asks: of a record
//! that nobody wants, id and provider are all that is read.

use std::rc::Rc;
use std::sync::Arc;

use super::binxml::{Broken, Budget, Instance, Stream, instance};
use super::plain::{self, Chunk, matching_definition};
use super::plan::{DataPlan, EventPlan, Plan, Plans, Shape, Source, SystemEntry};
use super::value::{self, ARRAY, BINXML, EMPTY, GUID, NULL};
use crate::event::{
    Batch, Guid, Head, Layout, LayoutCache, Projection, RecordBuilder, Sieve, Slot, Span, SystemField, Utf16,
    Value, Want, note_dates, note_repeated,
};
use crate::schema::{self, Platform};

/// Where a record lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// Chunk offset of its first byte.
    pub(super) start: usize,
    /// Its size, head and tail included.
    pub(super) size: usize,
    /// Its byte offset in the log.
    pub(super) offset: u64,
    /// Whether it was found where no living record should be.
    pub(super) recovered: bool,
}

/// Magic, size, id and time stand before the BinXML, the size once more behind it.
pub(super) const HEAD: usize = 24;
pub(super) const TAIL: usize = 4;

impl Frame {
    fn stream(self) -> (usize, usize) {
        (self.start + HEAD, self.start + self.size - TAIL)
    }
}

/// Decodes the records of one chunk.
pub(super) struct Decoder<'w> {
    pub(super) projection: &'w Projection,
    pub(super) plans: &'w mut Plans,
    pub(super) layouts: &'w mut LayoutCache,
    /// Definitions met in this chunk, by offset.
    pub(super) met: Vec<(u32, Rc<Plan>)>,
    /// Data slots of the record at hand.
    pub(super) data: Vec<Slot>,
    /// What the plain decoder may still spend on this chunk.
    pub(super) budget: Budget,
    /// Whether plans are used.
    pub(super) way: Way,
}

/// How records are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By a plan wherever there is one.
    Planned,
    /// Token by token: the reference that plans are tested against.
    #[cfg_attr(not(test), expect(dead_code, reason = "the reference of the tests"))]
    Plain,
}

/// More values than any template of a plan has; larger instances take the plain decoder.
const MAX_VALUES: usize = 64;

/// An instance together with the place of each of its values.
struct Values<'c> {
    chunk: Chunk<'c>,
    instance: Instance,
    at: [u32; MAX_VALUES],
}

impl<'c> Values<'c> {
    /// Finds each value's place; `None` when they do not fill the stream up to `end` with values of sound
    /// sizes, or are too many: the plain decoder says what is wrong, if it is.
    fn new(chunk: Chunk<'c>, instance: Instance, end: usize, stream: Stream) -> Option<Self> {
        let mut at = [0; MAX_VALUES];
        let descriptors = chunk.bytes.get(instance.descriptors..instance.values)?;
        let mut place = instance.values;
        for (slot, descriptor) in at.get_mut(..instance.count)?.iter_mut().zip(descriptors.chunks_exact(4)) {
            *slot = place as u32;
            place += usize::from(u16::from_le_bytes([descriptor[0], descriptor[1]]));
        }
        let sound = stream.may_end(chunk.bytes, place, end) && instance.has_sound_sizes(chunk.bytes).is_ok();
        sound.then_some(Self { chunk, instance, at })
    }

    /// Type, chunk offset and length of a value.
    #[inline]
    fn get(&self, index: u16) -> Option<(u8, usize, usize)> {
        let index = usize::from(index);
        let (kind, len) = self.instance.descriptor(self.chunk.bytes, index)?;
        Some((kind, *self.at.get(index)? as usize, len))
    }

    fn is_null(&self, index: u16) -> bool {
        self.get(index).is_none_or(|(kind, _, _)| kind == NULL)
    }
}

/// The record is of a shape that only the plain decoder reads.
enum Detour {
    Plain,
    Broken(Broken),
}

impl From<Broken> for Detour {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl Decoder<'_> {
    /// Decodes one record into the batch.
    pub(super) fn record(&mut self, chunk: Chunk<'_>, frame: Frame, batch: &mut Batch) -> Result<(), Broken> {
        // The checksums say nothing of what a stale record refers to: its names may have been overwritten.
        let chunk = Chunk { trusted: chunk.trusted && !frame.recovered, ..chunk };
        let outcome = match self.way {
            Way::Planned => self.planned(chunk, frame, batch),
            Way::Plain => Err(Detour::Plain),
        };
        match outcome {
            Ok(()) => Ok(()),
            Err(Detour::Plain) => self.plain(chunk, frame, batch),
            Err(Detour::Broken(broken)) => Err(broken),
        }
    }

    /// Decodes by tokens, whatever the record's shape.
    pub(super) fn plain(&mut self, chunk: Chunk<'_>, frame: Frame, batch: &mut Batch) -> Result<(), Broken> {
        let (start, end) = frame.stream();
        let mut builder = RecordBuilder::new(batch, self.layouts, frame.offset);
        if frame.recovered {
            builder.mark_recovered();
        }
        plain::decode(chunk, start, end, &mut self.budget, builder)?.finish(self.projection);
        Ok(())
    }

    fn planned(&mut self, chunk: Chunk<'_>, frame: Frame, batch: &mut Batch) -> Result<(), Detour> {
        let (start, end) = frame.stream();
        let instance = instance(chunk.bytes, single_instance(chunk.bytes, start).ok_or(Detour::Plain)?, end)?;
        let plan = self.plan(chunk, &instance)?;
        let Shape::Event(event) = &plan.shape else { return Err(Detour::Plain) };
        let definition = instance.definition as usize + DEFINITION_HEAD;
        let values = Values::new(chunk, instance, end, Stream::Record).ok_or(Detour::Plain)?;
        if event.dependency.is_some_and(|index| values.is_null(index)) {
            return Err(Detour::Plain);
        }
        let outer = Part { values: &values, definition };

        let id = outer.number(event.event_id).ok_or(Detour::Plain)?;
        let platform = outer.platform(event.provider, batch).ok_or(Detour::Plain)?;
        let sysmon = platform.map(|_| u16::try_from(id).unwrap_or(u16::MAX));
        let want = sysmon.map_or(self.projection.others(), |id| self.projection.of(id));
        let mut system = [Slot::Absent; SystemField::COUNT];
        let mut layout = None;
        let sieve = sysmon.and_then(|id| self.projection.sieve(id)).filter(|_| !frame.recovered);
        if let Some(sieve) = sieve
            && self.is_sifted_out(chunk, event, &values, sieve)?
        {
            batch.counts.add(sysmon);
            return Ok(());
        }
        // What lies in slack is proved whole before it is counted, wanted or not.
        let proved = if frame.recovered { Want::All } else { want };
        if proved.is_record() {
            outer.fill(&event.system, &mut system, batch)?;
            layout = self.body(chunk, event, &values, proved, batch)?;
        }
        // Nothing failed, so the record is as good as its bytes: count it.
        batch.counts.recovered += u64::from(frame.recovered);
        if batch.count(self.projection, sysmon) {
            let layout = layout.unwrap_or_else(|| self.layouts.empty());
            let first_slot = batch.push_slots(&system);
            batch.push_slots(&self.data);
            let tokens = batch.token_count();
            if platform.is_some() {
                note_dates(batch, &layout, &self.data, (frame.offset, 0));
                note_repeated(batch, &layout, (frame.offset, 0));
            }
            let layout = batch.push_layout(layout);
            batch.push_head(Head {
                platform,
                id,
                first_slot,
                layout,
                tokens: (tokens, tokens),
                offset: frame.offset,
                line: 0,
                recovered: frame.recovered,
            });
        }
        Ok(())
    }

    /// The plan of an instance's template.
    fn plan(&mut self, chunk: Chunk<'_>, instance: &Instance) -> Result<Rc<Plan>, Detour> {
        let met =
            self.met.iter().find(|(offset, plan)| *offset == instance.definition && plan.id == instance.id);
        if let Some((_, plan)) = met {
            return Ok(Rc::clone(plan));
        }
        let definition = matching_definition(chunk.bytes, instance)?;
        let plan = self.plans.plan(&chunk, definition)?;
        self.met.push((instance.definition, Rc::clone(&plan)));
        Ok(plan)
    }

    /// Whether a record names processes, and none that is wanted.
    fn is_sifted_out(
        &mut self,
        chunk: Chunk<'_>,
        event: &EventPlan,
        outer: &Values<'_>,
        sieve: &Sieve,
    ) -> Result<bool, Detour> {
        let Some((plan, values)) = self.inner(chunk, event, outer)? else { return Ok(false) };
        let Shape::Data(data) = &plan.shape else { return Ok(false) };
        let mut named = false;
        for entry in data.entries.iter().filter(|entry| entry.field.is_some_and(Sieve::names)) {
            let Source::Substitution(index) = entry.source else { return Ok(false) };
            let Some((GUID, at, len)) = values.get(index) else { return Ok(false) };
            let Some(bytes) = chunk.bytes.get(at..at + len).and_then(|bytes| bytes.try_into().ok()) else {
                return Ok(false);
            };
            if sieve.holds(Guid(bytes)) {
                return Ok(false);
            }
            named = true;
        }
        Ok(named)
    }

    /// The plan and the values of a record's data; `None` where it has none.
    fn inner<'c>(
        &mut self,
        chunk: Chunk<'c>,
        event: &EventPlan,
        outer: &Values<'_>,
    ) -> Result<Option<(Rc<Plan>, Values<'c>)>, Detour> {
        let mut bodies = event.bodies.iter().filter(|index| !outer.is_null(**index));
        let body = bodies.next();
        if body.is_none() && event.bodies.is_empty() {
            return Ok(None);
        }
        let (Some(&body), None) = (body, bodies.next()) else { return Err(Detour::Plain) };
        let (BINXML, at, len) = outer.get(body).ok_or(Detour::Plain)? else { return Err(Detour::Plain) };
        let end = at + len;
        let instance = instance(chunk.bytes, single_instance(chunk.bytes, at).ok_or(Detour::Plain)?, end)?;
        let plan = self.plan(chunk, &instance)?;
        let values = Values::new(chunk, instance, end, Stream::Value).ok_or(Detour::Plain)?;
        Ok(Some((plan, values)))
    }

    /// Fills the data slots, and returns their layout; `None` for a record without data.
    fn body(
        &mut self,
        chunk: Chunk<'_>,
        event: &EventPlan,
        outer: &Values<'_>,
        want: Want,
        batch: &mut Batch,
    ) -> Result<Option<Arc<Layout>>, Detour> {
        self.data.clear();
        if want == Want::System {
            return Ok(None);
        }
        let Some((plan, values)) = self.inner(chunk, event, outer)? else { return Ok(None) };
        let Shape::Data(data) = &plan.shape else { return Err(Detour::Plain) };
        let definition = values.instance.definition as usize + DEFINITION_HEAD;
        self.fill_data(data, &Part { values: &values, definition }, want, batch)?;
        Ok(Some(Arc::clone(&data.layout)))
    }

    fn fill_data(
        &mut self,
        plan: &DataPlan,
        inner: &Part<'_, '_>,
        want: Want,
        batch: &mut Batch,
    ) -> Result<(), Detour> {
        for entry in &plan.entries {
            let wanted = match (want, entry.field) {
                (Want::Fields(fields), Some(field)) => fields.contains(field),
                (Want::Fields(_), None) => false,
                _ => true,
            };
            if entry.dependency.is_some_and(|index| inner.values.is_null(index)) {
                return Err(Detour::Plain);
            }
            let slot = if wanted { inner.slot(entry.source, batch)? } else { Slot::Absent };
            self.data.push(if wanted && slot == Slot::Absent { EMPTY } else { slot });
        }
        Ok(())
    }
}

/// Offset of the next definition, GUID and size stand before a definition's tokens.
const DEFINITION_HEAD: usize = 24;

/// Where the template instance of a stream begins that holds nothing else, behind its token.
///
/// Live logs begin an inner stream with the instance, exported ones with a fragment header.
#[inline]
fn single_instance(chunk: &[u8], start: usize) -> Option<usize> {
    match chunk.get(start..)? {
        [0x0f, _, _, _, 0x0c, ..] => Some(start + 5),
        [0x0c, ..] => Some(start + 1),
        _ => None,
    }
}

/// A template's values and literals.
struct Part<'v, 'c> {
    values: &'v Values<'c>,
    definition: usize,
}

impl Part<'_, '_> {
    /// The value of a source; types that the plans do not cover go the plain way.
    #[inline]
    fn slot(&self, source: Source, batch: &mut Batch) -> Result<Slot, Detour> {
        let chunk = &self.values.chunk;
        match source {
            Source::Empty => Ok(Slot::Absent),
            Source::Literal { at, len } => {
                Ok(Slot::Utf16(Span::input(chunk.base + self.definition + at as usize, len as usize)))
            }
            Source::Substitution(index) => {
                let (kind, at, len) = self.values.get(index).ok_or(Detour::Plain)?;
                if kind & ARRAY != 0 || kind == BINXML {
                    return Err(Detour::Plain);
                }
                match value::slot(chunk.input, kind, chunk.base + at, len)? {
                    Some(slot) => Ok(slot),
                    None => Ok(value::slot_in_arena(batch, kind, &chunk.bytes[at..at + len])?),
                }
            }
        }
    }

    fn fill(&self, entries: &[SystemEntry], system: &mut [Slot], batch: &mut Batch) -> Result<(), Detour> {
        for entry in entries {
            if !entry.dependency.is_some_and(|index| self.values.is_null(index)) {
                system[entry.field.index()] = self.slot(entry.source, batch)?;
            }
        }
        Ok(())
    }

    /// An unsigned number given by the instance.
    fn number(&self, source: Source) -> Option<u32> {
        let Source::Substitution(index) = source else { return None };
        let (kind, at, len) = self.values.get(index)?;
        match (kind, self.values.chunk.bytes.get(at..at + len)?) {
            (0x06, &[a, b]) => Some(u32::from(u16::from_le_bytes([a, b]))),
            (0x08, &[a, b, c, d]) => Some(u32::from_le_bytes([a, b, c, d])),
            (0x04, &[a]) => Some(u32::from(a)),
            _ => None,
        }
    }

    /// Which Sysmon the provider is, if any; `None` outside when its name is no text.
    fn platform(&self, source: Source, batch: &mut Batch) -> Option<Option<Platform>> {
        let Ok(Slot::Utf16(span)) = self.slot(source, batch) else { return None };
        let units = self.values.chunk.input.get(span.range())?;
        if *units == WINDOWS_SYSMON {
            return Some(Some(Platform::Windows));
        }
        let name = Value::Utf16(Utf16::new(units)).to_text();
        Some(schema::provider(&name).map(|provider| provider.platform))
    }
}

/// `Microsoft-Windows-Sysmon` in UTF-16LE: nearly every record of a Sysmon log begins its check here.
const WINDOWS_SYSMON: [u8; 48] = {
    let name = b"Microsoft-Windows-Sysmon";
    let mut units = [0; 48];
    let mut at = 0;
    while at < name.len() {
        units[2 * at] = name[at];
        at += 1;
    }
    units
};
