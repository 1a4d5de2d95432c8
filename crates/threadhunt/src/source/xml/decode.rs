//! Decodes a block: every event in it, each by itself.

use std::borrow::Cow;

use memchr::memmem;

use super::event::{self, Outcome};
use super::extent::{Extent, Kind, MAX_EVENT, Rest, Scanner};
use super::quoted::{Quoting, unquote};
use super::text::Remarks;
use crate::event::{Batch, Damage, DamageCode, LayoutCache, Projection, RecordBuilder, SystemField, Value};
use crate::source::assemble::Assembler;
use crate::source::encoding::{
    BOM, BYTES_REPLACED, NoText, SURROGATES_REPLACED, replace_surrogates, utf16_len,
};
use crate::source::{BlockHead, Workshop, text};

/// Decodes a block, which is the batch's input, into the batch.
pub(super) fn decode(head: BlockHead, batch: &mut Batch, workshop: &mut Workshop<'_>) {
    let block = batch.shared_input();
    decode_all(Place::new(head, &block), batch, workshop);
}

/// Decodes the events in lines among those of other kinds, and what stands between them.
pub(in crate::source) fn read_lines(
    (lines, is_wide): (&[u8], bool),
    head: BlockHead,
    batch: &mut Batch,
    workshop: &mut Workshop<'_>,
) {
    let place = Place { block: lines, is_wide, at: 0, offset: head.offset, line: head.line };
    decode_all(place, batch, workshop);
}

fn decode_all(mut place: Place<'_>, batch: &mut Batch, workshop: &mut Workshop<'_>) {
    let block = place.block;
    for mut extent in Scanner::new(block, place.at, Rest::End) {
        let gap = place.at;
        between(&mut place, extent.range.start, batch, workshop);
        if extent.kind == Kind::Cut {
            extent.range.end = extent.range.start + before_others(&block[extent.range.clone()]);
        }
        decode_extent(&extent, gap, &place, batch, workshop);
        place.go_to(extent.range.end);
    }
    between(&mut place, block.len(), batch, workshop);
}

/// Length of a cut event up to the line on which a record of another kind begins.
fn before_others(event: &[u8]) -> usize {
    let mut at = 0;
    for line in event.split_inclusive(|byte| *byte == b'\n') {
        if at > 0 && text::begins_record(line) {
            break;
        }
        at += line.len();
    }
    at
}

/// Goes on to a place between events, and reads what stands before it in lines of its own.
fn between(place: &mut Place<'_>, to: usize, batch: &mut Batch, workshop: &mut Workshop<'_>) {
    let (block, from, known) = (place.block, place.at, batch.damages.len());
    refuse_doctype(place, from, to, batch);
    let start = start_of_lines(block, from, to);
    let last = memchr::memrchr(b'\n', &block[start..to]).map_or(start, |end| start + end + 1);
    let end = if to == block.len() { to } else { last };
    // What follows an event that was too long is the rest of that, and what another event follows may head it.
    let rest = &block[from..start];
    let is_last = rest.ends_with(b"\n") || start == block.len();
    if is_last && block[..from].ends_with(b">") && rest.trim_ascii_start().starts_with(b"<") {
        text::tell_of_no_markup((rest, place.is_wide), place.head(), batch, workshop);
    }
    let lines = &block[start..end];
    if !lines.trim_ascii().is_empty() {
        place.go_to(start);
        text::read_between((lines, place.is_wide), place.head(), batch, workshop);
    }
    place.go_to(to);
    batch.damages[known..].sort_by_key(|damage| damage.offset);
}

/// Where the first line begins between events, behind what belongs to the one before.
pub(super) fn start_of_lines(block: &[u8], from: usize, to: usize) -> usize {
    let starts_line = from == 0 || block[..from].ends_with(b"\n") || block[..from] == *BOM;
    if starts_line { from } else { from + own_end(&block[from..to]) }
}

/// Length of what belongs to the event before: the rest of its line, but for a record that begins on it
/// behind the tags that the event stood in, as where a file without a last newline was joined to another.
fn own_end(text: &[u8]) -> usize {
    let line = &text[..memchr::memchr(b'\n', text).map_or(text.len(), |end| end + 1)];
    let mut rest = line.trim_ascii_start();
    while let Some(tag) = rest.strip_prefix(b"</")
        && let Some(end) = memchr::memchr(b'>', tag)
    {
        rest = tag[end + 1..].trim_ascii_start();
    }
    if text::begins_record(rest) { line.len() - rest.len() } else { line.len() }
}

/// Decodes the events in a text that lies within something else, all of them at its place.
///
/// Returns whether there was one, however broken.
pub(in crate::source) fn read_embedded(
    text: &str,
    head: BlockHead,
    batch: &mut Batch,
    workshop: &mut Workshop<'_>,
) -> bool {
    let block = text.as_bytes();
    let mut found = false;
    for extent in Scanner::new(block, 0, Rest::End) {
        let place = Place { block, is_wide: false, at: 0, offset: head.offset, line: head.line };
        decode_extent(&extent, extent.range.start, &place, batch, workshop);
        found = true;
    }
    found
}

/// Names and values of an `EventData` element, whatever stands around it. Says why, where it is none.
pub(in crate::source) fn read_event_data(text: &str) -> Result<Vec<(String, String)>, String> {
    let element = text.find("<EventData").zip(text.rfind("</EventData>"));
    let (start, end) = element.filter(|(start, end)| start < end).ok_or("no EventData element")?;
    let event = format!("<Event>{}</EventData></Event>", &text[start..end]);
    let (mut batch, mut layouts) = (Batch::default(), LayoutCache::default());
    let mut assembler = Assembler::new(RecordBuilder::new(&mut batch, &mut layouts, 0));
    let everything = Projection::everything();
    event::read(&event, &mut assembler, &everything, &mut Remarks::default())
        .map_err(|malformed| malformed.to_string())?;
    assembler.into_builder().finish(&everything);
    let data = batch.records().flat_map(|record| record.view().data());
    Ok(data.map(|(name, value)| (name.as_str().to_owned(), value.to_text().into_owned())).collect())
}

/// How far before a document type declaration is looked for what it stands in.
pub(super) const LOOK_BACK: usize = 64;

/// A place in a block, and where that is in the input.
#[derive(Clone, Debug)]
struct Place<'b> {
    block: &'b [u8],
    is_wide: bool,
    at: usize,
    offset: u64,
    line: u64,
}

impl<'b> Place<'b> {
    fn new(head: BlockHead, block: &'b [u8]) -> Self {
        let is_wide = block.starts_with(BOM);
        Self { block, is_wide, at: if is_wide { BOM.len() } else { 0 }, offset: head.offset, line: head.line }
    }

    /// Moves on to a place of the block.
    fn go_to(&mut self, at: usize) {
        let passed = &self.block[self.at..at];
        self.offset += if self.is_wide { utf16_len(passed) } else { passed.len() as u64 };
        self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.at = at;
    }

    fn head(&self) -> BlockHead {
        BlockHead { offset: self.offset, line: self.line, ..BlockHead::default() }
    }

    fn damage(&self, code: DamageCode, reason: impl Into<Cow<'static, str>>) -> Damage {
        Damage::at(code, self.offset, reason).on_line(self.line)
    }
}

/// Says that a document type declaration is not followed: entities could be bombs, or files.
fn refuse_doctype(place: &Place<'_>, from: usize, to: usize, batch: &mut Batch) {
    let block = place.block;
    let mut ahead = place.clone();
    for hit in memmem::find_iter(&block[from..to], "<!DOCTYPE") {
        let mut before = before_on_line(&block[from..from + hit]).trim_ascii();
        while let Some(rest) = before.strip_prefix(BOM) {
            before = rest.trim_ascii_start();
        }
        if before.is_empty() {
            ahead.go_to(from + hit);
            batch.damages.push(
                ahead.damage(
                    DamageCode::Malformed,
                    "a DOCTYPE is not followed; its entities stay as they are",
                ),
            );
        }
    }
}

/// What stands before a declaration on its line or behind the last tag.
///
/// It is asked for as often as an attacker likes, so no more than the last [`LOOK_BACK`] bytes
/// are looked at: more blanks than that are as good as a line.
pub(super) fn before_on_line(text: &[u8]) -> &[u8] {
    let near = &text[text.len().saturating_sub(LOOK_BACK)..];
    memchr::memrchr2(b'\n', b'>', near).map_or(near, |end| &near[end + 1..])
}

/// Decodes the event of an extent, or says why not.
fn decode_extent(
    extent: &Extent,
    gap: usize,
    place: &Place<'_>,
    batch: &mut Batch,
    workshop: &mut Workshop<'_>,
) {
    let bytes = &place.block[extent.range.clone()];
    let reason: Cow<'static, str> = match extent.kind {
        Kind::Whole => {
            return decode_event(bytes, &place.block[gap..extent.range.start], place, batch, workshop);
        }
        Kind::Cut if let Some(data) = up_to_data(bytes) => {
            let whole = [data, b"</Event>"].concat();
            decode_event(&whole, &place.block[gap..extent.range.start], place, batch, workshop);
            "the event's end tag is missing; its data are whole and were read".into()
        }
        Kind::Cut => "the event is cut short: its end tag is missing".into(),
        Kind::TooLong => format!("the event is longer than {} MiB", MAX_EVENT >> 20).into(),
        Kind::NotAnEvent => "an Event element has no System element".into(),
    };
    let code = match extent.kind {
        Kind::TooLong => DamageCode::Limit,
        Kind::NotAnEvent => DamageCode::Malformed,
        Kind::Whole | Kind::Cut => DamageCode::Truncated,
    };
    batch.damages.push(place.damage(code, reason));
}

/// A cut event up to the end of its data, where nothing but its end tag is missing.
///
/// Behind them may stand what a program writes between two events.
fn up_to_data(event: &[u8]) -> Option<&[u8]> {
    const END: &[u8] = b"</EventData>";
    let end = memmem::rfind(event, END)? + END.len();
    let (data, rest) = event.split_at(end);
    (event.starts_with(b"<Event") && !text::has_words(rest)).then_some(data)
}

fn decode_event(
    bytes: &[u8],
    before: &[u8],
    place: &Place<'_>,
    batch: &mut Batch,
    workshop: &mut Workshop<'_>,
) {
    let mut remarks = Remarks::default();
    let (text, replaced) = to_utf8(bytes, place.is_wide);
    let text = match unquote(before, &text) {
        Some((quoting, plain)) => {
            remarks.add(if quoting == Quoting::Json { Remarks::JSON } else { Remarks::CSV });
            Cow::Owned(plain)
        }
        None => text,
    };
    let projection = &workshop.options.projection;
    let mut builder = RecordBuilder::new(batch, &mut workshop.layouts, place.offset);
    builder.on_line(place.line);
    let mut assembler = Assembler::new(builder);
    let outcome = event::read(&text, &mut assembler, projection, &mut remarks);
    let no_text = NoText::of(&text, replaced);
    let mut builder = assembler.into_builder();
    match outcome {
        Ok(Outcome::Read | Outcome::Enough) => {
            remarks.texts().for_each(|remark| builder.note(remark));
            no_text.note(&mut builder);
            if let Some(what) = wrong_id(&mut builder) {
                builder.abandon();
                batch.damages.push(place.damage(DamageCode::Malformed, what));
                return;
            }
            builder.finish(projection);
        }
        Err(malformed) => {
            let slot = builder.system_slot(SystemField::EventRecordId);
            let id = builder.batch().value(slot).and_then(Value::as_u64);
            builder.abandon();
            let damage =
                place.damage(DamageCode::Malformed, format!("the event is not well-formed: {malformed}"));
            batch.damages.push(Damage { record_id: id, ..damage });
        }
    }
}

/// What is wrong with an event id that is there and none: taken for 0, it would hide what the event is.
fn wrong_id(builder: &mut RecordBuilder<'_>) -> Option<String> {
    let slot = builder.system_slot(SystemField::EventId);
    let id = builder.batch().value(slot)?;
    let is_good = id.as_u64().is_some_and(|id| id <= u64::from(u16::MAX));
    let shown: String = id.to_text().chars().take(64).collect();
    (!is_good).then(|| format!("the event id is no number up to 65535: {shown}"))
}

/// The bytes as text, and what in them was none and is replaced.
fn to_utf8(bytes: &[u8], is_wide: bool) -> (Cow<'_, str>, Option<&'static str>) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (Cow::Borrowed(text), None);
    }
    let mut bytes = bytes.to_vec();
    let mut replaced = (is_wide && replace_surrogates(&mut bytes)).then_some(SURROGATES_REPLACED);
    let text = String::from_utf8(bytes).unwrap_or_else(|error| {
        replaced = Some(BYTES_REPLACED);
        String::from_utf8_lossy(error.as_bytes()).into_owned()
    });
    (Cow::Owned(text), replaced)
}
