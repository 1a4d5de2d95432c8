//! JSON lines: one event a line, in one of the shapes of the table in [`shape`].
//!
//! A line is parsed into a small tree ([`parse`]), its shape is recognised by its keys, and
//! the shape's reader fills the record. Each line is judged alone, so files of several shapes
//! read well, and a broken line costs itself only: it is reported with line and column.
//!
//! UTF-16, as PowerShell's `>` writes it, is read as UTF-8 is; its blocks begin with U+FEFF, which
//! others never do, so that offsets count its units.
//!
//! Blocks are runs of whole lines. A line beyond [`MAX_LINE`] is cut by the splitter, so that
//! memory stays bounded, and reported by the decoder.
//!
//! Adding a shape means adding a file and a row in `shape.rs`.

use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::ControlFlow;

use super::encoding::{self, Input, input_len, to_text};
use super::{Block, BlockHead, Emit, Family, Format, Shape, Workshop};
use crate::event::{Batch, Damage, DamageCode, RecordBuilder, Slot, SystemField, Value};

mod bare;
mod parse;
mod shape;
mod threadhunt;
mod tree;

use parse::{Json, Kind, Trouble};

/// JSON lines as a kind of log.
pub(crate) const FORMAT: Format =
    Format { name: "json", shapes: shape::NAMES, recognise, split, ranges: None, decode };

/// Bytes read at once; a block is the whole lines among them.
const BLOCK_LEN: usize = 512 << 10;

/// Longest line that is read. A record of a log has at most 64 KiB, which escapes could make 200 KiB.
const MAX_LINE: usize = 4 << 20;

/// Characters of a value that a sentence about it names.
const MAX_SHOWN: usize = 64;

const BOM: &str = "\u{feff}";

/// Whether one of the first lines is an object of a known shape; the last one may be cut off.
fn recognise(head: &[u8]) -> bool {
    let mut text = Vec::with_capacity(head.len());
    Input::detect(head).push(head, &mut text);
    text.split(|byte| *byte == b'\n').any(|line| {
        let line = String::from_utf8_lossy(line);
        shape::find(&parse::top_keys(line.trim_start_matches(BOM))).is_some()
    })
}

fn split(input: &mut dyn Read, emit: &mut Emit<'_>) -> io::Result<()> {
    let mut splitter = Splitter { input, encoding: None, emit, buffer: Vec::new(), offset: 0, line: 1 };
    while splitter.step()?.is_continue() {}
    Ok(())
}

/// Cuts a stream at ends of lines.
struct Splitter<'s, 'e> {
    input: &'s mut dyn Read,
    /// Known as soon as something was read.
    encoding: Option<Input>,
    emit: &'s mut Emit<'e>,
    buffer: Vec<u8>,
    offset: u64,
    line: u64,
}

impl Splitter<'_, '_> {
    /// Reads once and emits what is whole; `Break` at the end.
    fn step(&mut self) -> io::Result<ControlFlow<()>> {
        let read = self.fill();
        let at_end = !matches!(read, Ok(len) if len > 0);
        let flow = match memchr::memrchr(b'\n', &self.buffer) {
            _ if at_end => self.emit(self.buffer.len()),
            Some(end) => self.emit(end + 1),
            None if self.buffer.len() > MAX_LINE => self.cut_line()?,
            None => ControlFlow::Continue(()),
        };
        read?;
        Ok(if at_end { ControlFlow::Break(()) } else { flow })
    }

    /// Reads once into the buffer, as UTF-8; returns how many bytes were read.
    fn fill(&mut self) -> io::Result<usize> {
        let mut piece = Vec::new();
        let read = self.input.take(BLOCK_LEN as u64).read_to_end(&mut piece);
        let encoding = self.encoding.get_or_insert_with(|| {
            let encoding = Input::detect(&piece);
            self.offset = encoding.bom_len() as u64;
            encoding
        });
        encoding.push(&piece, &mut self.buffer);
        if !matches!(read, Ok(len) if len > 0) {
            encoding.finish(&mut self.buffer);
        }
        read
    }

    /// Whether the input is UTF-16.
    fn is_wide(&self) -> bool {
        self.encoding.as_ref().is_some_and(Input::is_wide)
    }

    /// Emits the first `len` bytes of the buffer as a block.
    fn emit(&mut self, len: usize) -> ControlFlow<()> {
        if len == 0 {
            return ControlFlow::Continue(());
        }
        let rest = self.buffer.split_off(len);
        let mut bytes = std::mem::replace(&mut self.buffer, rest);
        let mut block = Block { offset: self.offset, line: self.line, bytes: Vec::new() };
        self.offset += input_len(&bytes, self.is_wide());
        self.line += memchr::memchr_iter(b'\n', &bytes).count() as u64;
        if self.is_wide() {
            bytes.splice(..0, encoding::BOM.iter().copied());
        } else {
            let marks = bytes.chunks_exact(3).take_while(|chunk| *chunk == encoding::BOM).count() * 3;
            bytes.drain(..marks);
            block.offset += marks as u64;
        }
        (self.emit)(Block { bytes, ..block })
    }

    /// Emits the beginning of a line that is too long, and drops the rest of it.
    fn cut_line(&mut self) -> io::Result<ControlFlow<()>> {
        let dropped = input_len(&self.buffer[MAX_LINE + 1..], self.is_wide());
        self.buffer.truncate(MAX_LINE + 1);
        let flow = self.emit(MAX_LINE + 1);
        self.offset += dropped;
        while self.fill()? > 0 {
            let end = memchr::memchr(b'\n', &self.buffer);
            let len = end.map_or(self.buffer.len(), |end| end + 1);
            self.offset += input_len(&self.buffer[..len], self.is_wide());
            self.buffer.drain(..len);
            if end.is_some() {
                self.line += 1;
                break;
            }
        }
        Ok(flow)
    }
}

fn decode(head: BlockHead, batch: &mut Batch, workshop: &mut Workshop<'_>) {
    let input = batch.shared_input();
    let mut place = head;
    let (is_wide, text) = match input.strip_prefix(encoding::BOM) {
        Some(text) => (true, text),
        None => (false, &input[..]),
    };
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if let Err(damage) = read_line(line, is_wide, place, batch, workshop) {
            batch.damages.push(damage);
        }
        place.offset += input_len(line, is_wide);
        place.line += 1;
    }
}

/// Reads a line into a record; a blank one is none.
fn read_line(
    line: &[u8],
    is_wide: bool,
    place: BlockHead,
    batch: &mut Batch,
    workshop: &mut Workshop<'_>,
) -> Result<(), Damage> {
    if line.len() > MAX_LINE {
        let reason = format!("a line of more than {} MiB", MAX_LINE >> 20);
        return Err(Damage::at(DamageCode::Limit, place.offset, reason).on_line(place.line));
    }
    let (text, remark) = to_text(line);
    let text = text.trim_start_matches(BOM).trim_ascii();
    if text.is_empty() {
        return Ok(());
    }
    let json = parse::parse(text).map_err(|trouble| damage(&trouble, text, is_wide, place))?;
    let Kind::Object(members) = &json.kind else {
        return Err(unknown(place, "no JSON object"));
    };
    let keys: Vec<&str> = members.iter().map(|(key, _)| &**key).collect();
    let row = shape::find(&keys).ok_or_else(|| unknown(place, "an object of no known shape"))?;
    let mut builder = RecordBuilder::new(batch, &mut workshop.layouts, place.offset);
    builder.on_line(place.line);
    let mut reading = Reading { builder, recovered: false, is_empty: true };
    if let Some(remark) = remark {
        reading.builder.note(remark);
    }
    match (row.read)(members, &mut reading).and_then(|()| reading.check_id(&keys)) {
        Ok(()) => {
            reading.builder.batch().counts.add_shape(row.shape.name, 1);
            reading.finish(workshop.options);
        }
        Err(Refused(code, what)) => {
            reading.builder.abandon();
            let reason = format!("{} line: {what}", row.shape.name);
            return Err(Damage::at(code, place.offset, reason).on_line(place.line));
        }
    }
    Ok(())
}

fn unknown(place: BlockHead, what: &'static str) -> Damage {
    Damage::at(DamageCode::Malformed, place.offset, what).on_line(place.line)
}

/// What the parser met, with the column in characters.
fn damage(trouble: &Trouble, text: &str, is_wide: bool, place: BlockHead) -> Damage {
    let before = text.get(..trouble.at).unwrap_or(text);
    let column = before.chars().count() + 1;
    let code = if trouble.is_limit { DamageCode::Limit } else { DamageCode::Malformed };
    let offset = place.offset + input_len(before.as_bytes(), is_wide);
    Damage::at(code, offset, format!("column {column}: {}", trouble.what)).on_line(place.line)
}

/// Why no record is made of a line of right syntax and known shape.
#[derive(Debug)]
struct Refused(DamageCode, Cow<'static, str>);

/// Fields that decide what an event is. A line that gives one of them two values is no event:
/// whichever were taken, the other could hide what looks for it.
const IDENTITY: [SystemField; 2] = [SystemField::ProviderName, SystemField::EventId];

/// A record in the making, as the shapes' readers see it.
struct Reading<'a> {
    builder: RecordBuilder<'a>,
    recovered: bool,
    /// Whether nothing of an event was found yet.
    is_empty: bool,
}

impl Reading<'_> {
    /// The value as a slot; `None` for `null`. Integers are numbers, all else is text as given.
    fn slot(&mut self, json: &Json<'_>) -> Option<Slot> {
        let number = json.integer();
        self.is_empty &= number.is_none();
        number.or_else(|| self.text_slot(json))
    }

    /// The value's text as a slot; `None` for `null`.
    fn text_slot(&mut self, json: &Json<'_>) -> Option<Slot> {
        self.is_empty &= json.kind == Kind::Null;
        let batch = self.builder.batch();
        match &json.kind {
            Kind::Null => None,
            Kind::Text(text) => Some(match text {
                parse::Text::Utf8(text) => batch.push_text(text),
                parse::Text::Wide(units) => batch.push_utf16(units),
            }),
            _ => Some(batch.push_text(json.raw)),
        }
    }

    /// Sets a system field. Where it has another value already, that one stays, with a note.
    fn set(&mut self, field: SystemField, set: impl FnOnce(&mut RecordBuilder<'_>)) -> Result<(), Refused> {
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

    /// A value as a sentence names it.
    fn shown(&mut self, slot: Slot) -> String {
        let text = self.builder.batch().value(slot).map(Value::to_text).unwrap_or_default();
        text.chars().take(MAX_SHOWN).collect()
    }

    /// Refuses an event id that is there and none: taken for 0, it would hide what the event is.
    fn check_id(&mut self, keys: &[&str]) -> Result<(), Refused> {
        let slot = self.builder.system_slot(SystemField::EventId);
        let id = self.builder.batch().value(slot);
        let is_good = match id {
            Some(id) => id.as_u64().is_some_and(|id| id <= u64::from(u16::MAX)),
            None => !keys.iter().any(|key| matches!(*key, "id" | "event_id")),
        };
        if is_good {
            return Ok(());
        }
        let reason = format!("the event id is no number up to 65535: {}", self.shown(slot));
        Err(Refused(DamageCode::Malformed, reason.trim_end_matches(": ").to_owned().into()))
    }

    /// Notes a member that has no place in the shape.
    fn leave_out(&mut self, key: &str, why: &str) {
        self.builder.note(format!("{key} left out: {why}"));
    }

    fn finish(mut self, options: &super::Options) {
        if self.recovered && !options.recovered {
            self.builder.batch().counts.left_out += 1;
            return self.builder.abandon();
        }
        if self.recovered {
            self.builder.mark_recovered();
        }
        self.builder.finish(&options.projection);
    }
}

#[cfg(test)]
mod tests;
