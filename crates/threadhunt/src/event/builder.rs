//! The builder: fills a batch with one record, value by value.
//!
//! Readers of text (XML, JSON) and the plain EVTX decoder call it; what is a text gets the
//! type that Sysmon's manifest gives its field, where it parses and prints back the same.
//! A record that is dropped before [`finish`](RecordBuilder::finish) leaves no trace.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::batch::Head;
use super::layout::{FieldName, Layout};
use super::oddity::{self, Oddity};
use super::tree::{Token, TokenKind};
use super::{Batch, Damage, DamageCode, FileTime, Guid, Projection, Slot, SystemField, Value};
use crate::schema::{self, FieldType, Platform};

/// Layouts seen so far, by the names of their fields: one a worker.
#[derive(Debug, Default)]
pub struct LayoutCache {
    layouts: HashMap<Box<str>, Arc<Layout>>,
    /// Bytes of their names.
    bytes: usize,
}

/// Layouts kept; real inputs have some dozens, and a hostile one must not fill the memory.
const MAX_LAYOUTS: usize = 4096;
const MAX_LAYOUT_BYTES: usize = 2 << 20;

/// Fields of one record. Events of Sysmon have less than thirty.
const MAX_FIELDS: usize = 4096;

impl LayoutCache {
    /// The layout of a record without data.
    pub(crate) fn empty(&mut self) -> Arc<Layout> {
        self.layout("")
    }

    fn layout(&mut self, key: &str) -> Arc<Layout> {
        if let Some(layout) = self.layouts.get(key) {
            return Arc::clone(layout);
        }
        let names = key.split_terminator(NAME_END).map(FieldName::new);
        let layout = Arc::new(Layout::new(names));
        if self.layouts.len() < MAX_LAYOUTS && self.bytes + key.len() <= MAX_LAYOUT_BYTES {
            self.bytes += key.len();
            self.layouts.insert(key.into(), Arc::clone(&layout));
        }
        layout
    }
}

/// Oddities that may hide what a record is: they are told of whether it is asked for or not.
const HIDING: [DamageCode; 2] = [DamageCode::Encoding, DamageCode::Nul];

/// Ends each name in a layout's key; no XML name and no sane JSON key holds it.
const NAME_END: char = '\0';

/// One record in the making.
#[derive(Debug)]
pub struct RecordBuilder<'a> {
    batch: &'a mut Batch,
    cache: &'a mut LayoutCache,
    system: [Slot; SystemField::COUNT],
    data: Vec<Slot>,
    names: String,
    /// The layout of the data, where it was known before.
    layout: Option<Arc<Layout>>,
    notes: Vec<Box<str>>,
    oddities: Vec<Oddity>,
    /// Fields beyond [`MAX_FIELDS`].
    left_out: usize,
    first_token: u32,
    arenas: (usize, usize),
    offset: u64,
    line: u64,
    recovered: bool,
    exact: bool,
    fractions: bool,
}

impl<'a> RecordBuilder<'a> {
    /// Begins a record at a byte offset of the input.
    pub fn new(batch: &'a mut Batch, cache: &'a mut LayoutCache, offset: u64) -> Self {
        let first_token = batch.token_count();
        let arenas = batch.arena_lens();
        Self {
            batch,
            cache,
            system: [Slot::Absent; SystemField::COUNT],
            data: Vec::new(),
            names: String::new(),
            layout: None,
            notes: Vec::new(),
            oddities: Vec::new(),
            left_out: 0,
            first_token,
            arenas,
            offset,
            line: 0,
            recovered: false,
            exact: false,
            fractions: false,
        }
    }

    /// Says on which line the record begins.
    pub fn on_line(&mut self, line: u64) {
        self.line = line;
    }

    /// Marks the record as found where no living record should be.
    pub fn mark_recovered(&mut self) {
        self.recovered = true;
    }

    /// Keeps every datum that its type would print otherwise than in another letter case.
    ///
    /// So a GUID without braces stays without, and `0x01` does not become `0x1`.
    pub fn keep_exact(&mut self) {
        self.exact = true;
    }

    /// Takes `3772.0` for the number 3772 where the manifest has a number, as tables write it whose column lacks
    /// a value somewhere.
    ///
    /// It is no text that Sysmon writes, so it is for records that other tools wrote: what we wrote ourselves
    /// stays as it was.
    pub fn take_fractions(&mut self) {
        self.fractions = true;
    }

    /// The batch, to put text and bytes into its arenas.
    pub fn batch(&mut self) -> &mut Batch {
        self.batch
    }

    /// Sets a system field; text gets the field's type where it parses.
    pub fn system(&mut self, field: SystemField, slot: Slot) {
        let typed = self.typed(slot, field.field_type());
        self.system[field.index()] = if field == SystemField::EventId { self.event_id(typed) } else { typed };
    }

    /// An event id is a number however it is spelled: `08`, ` 8 `, `8.0` and `0x8` are 8.
    fn event_id(&self, slot: Slot) -> Slot {
        let Some(Value::Utf8(text)) = self.batch.value(slot) else { return slot };
        let text = text.trim();
        if let Some(Slot::Hex(number)) = hex(text) {
            return Slot::Unsigned(number);
        }
        whole(text).map_or(slot, Slot::Unsigned)
    }

    /// What a system field was set to.
    pub fn system_slot(&self, field: SystemField) -> Slot {
        self.system[field.index()]
    }

    /// Adds a datum; the name is empty for a nameless one. Of thousands the first are kept.
    pub fn data(&mut self, name: &str, slot: Slot) {
        if self.data.len() == MAX_FIELDS {
            self.left_out += 1;
            return;
        }
        self.names.extend(name.chars().map(|c| if c == NAME_END { char::REPLACEMENT_CHARACTER } else { c }));
        self.names.push(NAME_END);
        self.data.push(if slot == Slot::Absent { self.batch.push_text("") } else { slot });
    }

    /// Sets all data at once, in the order of a layout that was made before.
    pub(crate) fn data_in(&mut self, layout: &Arc<Layout>, data: Vec<Slot>) {
        debug_assert_eq!(layout.names().len(), data.len(), "a slot for each name");
        self.layout = Some(Arc::clone(layout));
        self.data = data;
    }

    /// Adds a step through a tree; the name is empty for text and the end of an element.
    pub fn token(&mut self, kind: TokenKind, name: &str, slot: Slot) {
        let name = self.batch.push_name(name);
        self.batch.tokens.push(Token { kind, name, slot });
    }

    /// Adds a remark on the record.
    pub fn note(&mut self, note: impl Into<Box<str>>) {
        self.notes.push(note.into());
    }

    /// Whether this was noted of the record.
    pub fn has_note(&self, note: &str) -> bool {
        self.notes.iter().any(|known| **known == *note)
    }

    /// Says what is odd in the record, which is read all the same: the field, if it is about one, and a sentence.
    pub fn odd(&mut self, code: DamageCode, field: &'static str, what: impl Into<Box<str>>) {
        self.oddities.push(Oddity::new(code, field, what, (self.offset, self.line)));
    }

    /// Says what is lost of the record, which is read as far as it goes.
    pub(crate) fn lose(&mut self, code: DamageCode, what: impl Into<Cow<'static, str>>) {
        self.batch.damages.push(Damage {
            line: Some(self.line).filter(|line| *line > 0),
            ..Damage::at(code, self.offset, what)
        });
    }

    /// Gives up the record: nothing of it stays in the batch.
    pub fn abandon(self) {
        self.batch.tokens.truncate(self.first_token as usize);
        self.batch.truncate_arenas(self.arenas);
    }

    /// Who wrote the record, and its id, as far as it is filled.
    fn kind(&self) -> (Option<Platform>, u32) {
        let provider = self.batch.value(self.system[SystemField::ProviderName.index()]).map(Value::to_text);
        let platform = provider.and_then(|name| schema::provider(&name)).map(|provider| provider.platform);
        let id =
            self.batch.value(self.system[SystemField::EventId.index()]).and_then(Value::as_u64).unwrap_or(0);
        (platform, u32::try_from(id).unwrap_or(u32::MAX))
    }

    /// Whose Sysmon wrote the record, once its provider is set.
    pub fn platform(&self) -> Option<Platform> {
        self.kind().0
    }

    /// Whether [`finish`](Self::finish) would keep the record, once its system fields are set.
    pub fn is_wanted(&self, projection: &Projection) -> bool {
        let (platform, id) = self.kind();
        platform
            .map_or(projection.others(), |_| projection.of(u16::try_from(id).unwrap_or(u16::MAX)))
            .is_record()
    }

    /// Ends the record: counts it, and keeps it when the projection wants it.
    ///
    /// Returns whether it was kept.
    pub fn finish(mut self, projection: &Projection) -> bool {
        let (platform, id) = self.kind();
        let sysmon = platform.map(|_| u16::try_from(id).unwrap_or(u16::MAX));
        self.batch.counts.recovered += u64::from(self.recovered);
        if !self.batch.count(projection, sysmon) {
            self.tell_of(|oddity| HIDING.contains(&oddity.code));
            self.abandon();
            return false;
        }
        let layout = self.layout.take().unwrap_or_else(|| self.cache.layout(&self.names));
        if platform.is_some() {
            self.type_data(&layout);
            self.look_at_system();
            // A name that repeats was perhaps met as a key before.
            let repeats = self.oddities.iter().any(|oddity| oddity.code == DamageCode::Repeated);
            self.tell_of(|_| true);
            let place = (self.offset, self.line);
            oddity::note_dates(self.batch, &layout, &self.data, place);
            if !repeats {
                oddity::note_repeated(self.batch, &layout, place);
            }
        }
        self.tell_of(|oddity| HIDING.contains(&oddity.code));
        self.tell_of_left_out();
        let first_slot = self.batch.push_slots(&self.system);
        self.batch.push_slots(&self.data);
        let head = Head {
            platform,
            id,
            first_slot,
            layout: self.batch.push_layout(layout),
            tokens: (self.first_token, self.batch.token_count()),
            offset: self.offset,
            line: self.line,
            recovered: self.recovered,
        };
        self.batch.push_head(head);
        for note in std::mem::take(&mut self.notes) {
            self.batch.note_last(note);
        }
        true
    }

    /// Passes on the oddities that were noted so far, if they are to be told of.
    fn tell_of(&mut self, is_told: impl Fn(&Oddity) -> bool) {
        for oddity in std::mem::take(&mut self.oddities).into_iter().filter(is_told) {
            self.batch.oddities.add(oddity);
        }
    }

    fn tell_of_left_out(&mut self) {
        if self.left_out > 0 {
            let count = self.data.len() + self.left_out;
            let reason = format!("a record of {count} fields, of which the first {MAX_FIELDS} were read");
            let damage = Damage::at(DamageCode::Limit, self.offset, reason);
            self.batch.damages.push(if self.line == 0 { damage } else { damage.on_line(self.line) });
        }
    }

    /// Gives Sysmon's texts their types.
    fn type_data(&mut self, layout: &Layout) {
        for (place, name) in layout.names().iter().enumerate() {
            if let FieldName::Known(field) = name {
                let slot = self.data[place];
                let typed = self.typed(slot, Some(field.field_type()));
                if matches!(typed, Slot::Utf8(_)) {
                    self.look_at_number(field.name(), field.field_type(), typed);
                }
                self.data[place] = if self.exact && !self.prints_alike(slot, typed) { slot } else { typed };
            }
        }
    }

    /// Notes a text that is no number where a number belongs.
    fn look_at_number(&mut self, name: &'static str, field_type: FieldType, slot: Slot) {
        let Some(value) = self.batch.value(slot).filter(|value| !value.is_none()) else { return };
        let text = value.to_text();
        let (is_digits, is_meant) = match (field_type, text.get(..2)) {
            (FieldType::Hex, Some("0x" | "0X")) => (text[2..].bytes().all(|b| b.is_ascii_hexdigit()), true),
            (FieldType::Integer, _) => (text.bytes().all(|b| b.is_ascii_digit()), true),
            _ => (false, false),
        };
        if is_meant && value.as_u64().is_none() {
            let why = if is_digits { "a number that 64 bits cannot hold" } else { "no number" };
            let what = format!("{name} is {why}: {}; kept as text", oddity::shown(value));
            self.odd(DamageCode::Number, name, what);
        }
    }

    /// Notes system fields that are texts and should be numbers or times.
    fn look_at_system(&mut self) {
        for (index, field) in SystemField::all().enumerate() {
            let slot = self.system[index];
            if !matches!(slot, Slot::Utf8(_)) {
                continue;
            }
            if field.is_number() {
                self.look_at_number(field.name(), FieldType::Integer, slot);
            } else if field == SystemField::TimeCreated
                && let Some(value) = self.batch.value(slot)
                && let Some(why) = oddity::why_no_date(value)
            {
                let what = format!("the record's time is {why}: {}; kept as text", oddity::shown(value));
                self.odd(DamageCode::Date, field.name(), what);
            }
        }
    }

    fn prints_alike(&self, a: Slot, b: Slot) -> bool {
        let text = |slot| self.batch.value(slot).map(Value::to_text).unwrap_or_default();
        text(a).eq_ignore_ascii_case(&text(b))
    }

    fn typed(&mut self, slot: Slot, field_type: Option<FieldType>) -> Slot {
        let (Slot::Utf8(span), Some(field_type)) = (slot, field_type) else { return slot };
        let text = self.batch.name_text(span);
        let fraction = || whole(text).filter(|_| self.fractions && text.contains('.'));
        let typed = match field_type {
            FieldType::Integer => canonical_integer(text).or_else(|| fraction().map(Slot::Unsigned)),
            FieldType::Hex => hex(text).or_else(|| fraction().map(Slot::Hex)),
            FieldType::Guid => return Guid::parse(text).map_or(slot, |guid| self.batch.push_guid(guid)),
            _ => None,
        };
        typed.unwrap_or(slot)
    }

    /// Sets `TimeCreated` from text; what is no time stays text.
    pub fn time_created(&mut self, text: &str) {
        let slot = match FileTime::parse(text) {
            Some(time) => Slot::Time(time.0),
            None => self.batch.push_text(text),
        };
        self.system[SystemField::TimeCreated.index()] = slot;
    }
}

/// The whole number that digits are, behind which a fraction of nothing but zeros may stand.
pub(crate) fn whole(text: &str) -> Option<u64> {
    let (digits, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_whole = fraction.bytes().all(|byte| byte == b'0') && !text.ends_with('.');
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number && is_whole)
}

/// A decimal number that prints back as the same text: no sign, no leading zero.
fn canonical_integer(text: &str) -> Option<Slot> {
    let plain = text == "0" || !text.starts_with(['0', '+']);
    text.parse().ok().filter(|_| plain).map(Slot::Unsigned)
}

fn hex(text: &str) -> Option<Slot> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u64::from_str_radix(digits, 16).ok().filter(|_| plain).map(Slot::Hex)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::fields;

    fn build(batch: &mut Batch, fill: impl FnOnce(&mut RecordBuilder<'_>), projection: &Projection) -> bool {
        let mut cache = LayoutCache::default();
        let mut builder = RecordBuilder::new(batch, &mut cache, 7);
        fill(&mut builder);
        builder.finish(projection)
    }

    fn fill_event_8(builder: &mut RecordBuilder<'_>) {
        let text = |builder: &mut RecordBuilder<'_>, text: &str| builder.batch().push_text(text);
        for (field, value) in [
            (SystemField::ProviderName, "Microsoft-Windows-Sysmon"),
            (SystemField::EventId, "8"),
            (SystemField::Keywords, "0x8000000000000000"),
        ] {
            let slot = text(builder, value);
            builder.system(field, slot);
        }
        for (name, value) in [
            ("SourceProcessGuid", "{A98268C1-9586-5ACD-0000-001070A20000}"),
            ("SourceProcessId", "684"),
            ("NewThreadId", "0123"),
            ("Later", "x"),
        ] {
            let slot = text(builder, value);
            builder.data(name, slot);
        }
    }

    #[test]
    fn texts_get_the_types_of_the_manifest() {
        let mut batch = Batch::default();
        assert!(build(&mut batch, fill_event_8, &Projection::sysmon()));
        let event = batch.events().next().unwrap();
        assert_eq!(event.id(), 8);
        assert_eq!(event.get(fields::SOURCE_PROCESS_ID), Some(Value::Unsigned(684)));
        assert_eq!(
            event.get(fields::SOURCE_PROCESS_GUID).unwrap().to_string(),
            "{a98268c1-9586-5acd-0000-001070a20000}"
        );
        assert_eq!(event.get(fields::NEW_THREAD_ID), Some(Value::Utf8("0123")), "a leading zero is kept");
        assert_eq!(event.get(fields::START_MODULE), None);
        assert_eq!(event.data().last().unwrap().0.as_str(), "Later");
        assert_eq!(event.place().offset, 7);
    }

    #[test]
    fn exact_texts_keep_what_their_type_would_change() {
        let given = [
            ("SourceProcessGuid", "A98268C1-9586-5ACD-0000-001070A20000"),
            ("TargetProcessGuid", "{A98268C1-9586-5ACD-0000-001070A20000}"),
            ("LogonId", "0x03e7"),
            ("GrantedAccess", "0x1FFFFF"),
        ];
        let mut batch = Batch::default();
        let fill = |builder: &mut RecordBuilder<'_>| {
            builder.keep_exact();
            fill_event_8(builder);
            for (name, value) in given {
                let slot = builder.batch().push_text(value);
                builder.data(name, slot);
            }
        };
        assert!(build(&mut batch, fill, &Projection::sysmon()));
        let event = batch.events().next().unwrap();
        let texts: Vec<_> = event.data().skip(4).map(|(_, value)| value.to_string()).collect();
        assert_eq!(texts[0], given[0].1);
        assert_eq!(texts[1], given[1].1.to_lowercase());
        assert_eq!(texts[2..], ["0x03e7", "0x1fffff"]);
    }

    #[test]
    fn a_rule_name_is_set_or_added() {
        let mut batch = Batch::default();
        assert!(build(&mut batch, fill_event_8, &Projection::sysmon()));
        assert!(build(&mut batch, fill_event_8, &Projection::sysmon()));
        for (index, name) in [(1, "first"), (0, "second"), (1, "third")] {
            batch.set_rule_name(index, name);
        }
        let names: Vec<_> = batch.events().map(|event| event.known(fields::RULE_NAME)).collect();
        assert_eq!(names, [Some("second".into()), Some("third".into())]);
        for event in batch.events() {
            assert_eq!(
                event.data().next().map(|(name, _)| name.as_str().to_owned()),
                Some("RuleName".to_owned())
            );
            assert_eq!(event.data().count(), 5);
            assert_eq!(event.get(fields::SOURCE_PROCESS_ID), Some(Value::Unsigned(684)));
            assert_eq!((event.id(), event.place().offset), (8, 7));
        }
    }

    #[test]
    fn what_nobody_wants_is_counted() {
        let mut batch = Batch::default();
        assert!(!build(&mut batch, fill_event_8, &Projection::nothing()));
        assert_eq!((batch.len(), batch.counts.sysmon[8], batch.counts.total()), (0, 1, 1));
    }
}
