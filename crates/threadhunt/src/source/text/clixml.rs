//! `Get-WinEvent | Export-Clixml`: event records as PowerShell serialises objects.
//!
//! A record is an `<Obj>` right below `<Objs>`: `<Props>` has the system fields, each element with
//! its name in the attribute `N`; the values of the event stand nameless in the property
//! `Properties`, and its text in `Message` below `<MS>` (\[MS-PSRP\] 2.2.5). Values without names
//! are taken only where a layout of the event has exactly so many; else the message is read.
//! Strings have characters as `_x000A_` beside XML's own escapes.

use std::io::{self, Read};
use std::ops::Range;

use super::split::{self, MAX_RECORD, Records};
use super::{Among, Filled, Reader, Refused, each_record, finish_message, group, system};
use crate::event::{Batch, DamageCode, RecordBuilder, SystemField, Value};
use crate::schema::{self, FieldSchema, Platform};
use crate::source::encoding::{self, Input, to_text};
use crate::source::xml::text::{Remarks, content};
use crate::source::xml::token::{Attributes, Token, Tokens};
use crate::source::{BlockHead, Emit, Family, Format, Shape, Workshop, message};

/// Serialised objects as a kind of log.
pub(crate) const FORMAT: Format =
    Format { name: "clixml", shapes: &[&SHAPE], recognise, split, ranges: None, decode };

pub(super) static SHAPE: Shape = Shape {
    name: "export-clixml",
    family: Family::Xml,
    about: "Get-WinEvent | Export-Clixml",
    partial: false,
};

/// Depth of elements in a record; real ones have about ten.
const MAX_DEPTH: usize = 64;

/// Values of a record; real events have some dozens.
const MAX_VALUES: usize = 1024;

fn recognise(head: &[u8]) -> bool {
    let mut text = Vec::with_capacity(head.len());
    Input::detect(head).push(head, &mut text);
    let text = String::from_utf8_lossy(&text);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let text = match text.strip_prefix("<?xml") {
        Some(rest) => rest.split_once("?>").map_or("", |(_, rest)| rest).trim_start(),
        None => text,
    };
    text.starts_with("<Objs") && text.contains("schemas.microsoft.com/powershell/")
}

fn split(input: &mut dyn Read, emit: &mut Emit<'_>) -> io::Result<()> {
    split::split(&mut Objects::default(), input, emit)
}

/// Length of text up to the end of its last whole object, where it begins with objects.
pub(super) fn whole_objects(text: &[u8]) -> usize {
    let mut at = 0;
    if begins(&String::from_utf8_lossy(&text[..text.len().min(MAX_HEAD)])) {
        while let Some(extent) = next_object(text, at, false) {
            at = extent.range.end;
        }
    }
    at
}

/// Objects, and lines of other kinds behind their end.
#[derive(Debug, Default)]
struct Objects {
    is_over: bool,
}

/// Ends the objects.
const END: &[u8] = b"</Objs>";

impl Records for Objects {
    fn cut(&mut self, text: &[u8]) -> usize {
        let mut at = 0;
        if !self.is_over {
            while let Some(extent) = next_object(text, at, false) {
                at = extent.range.end;
            }
            let Some(end) = memchr::memmem::find(&text[at..], END) else { return at };
            self.is_over = true;
            at += end + END.len();
        }
        let behind = &text[at..];
        match group::begins(behind).last() {
            Some((begin, _)) if at + begin > 0 => at + begin,
            // Words that belong to no record.
            None if at == 0 => memchr::memrchr(b'\n', behind).map_or(0, |end| end + 1),
            _ => at,
        }
    }

    fn next(&mut self, text: &[u8]) -> Option<usize> {
        if self.is_over {
            return group::begins(text).map(|(at, _)| at).find(|at| *at > 0);
        }
        memchr::memmem::find_iter(text, b"<Obj ").find(|at| begins_record(&text[*at..]) == Some(true))
    }
}

/// Whether a line begins objects, or one of them: PowerShell puts them two columns in, or one behind the other.
pub(super) fn begins(line: &str) -> bool {
    let object = line.strip_prefix("  ").unwrap_or(line);
    line.starts_with("<Objs") || object.starts_with("<Obj RefId=\"")
}

/// How far behind its beginning an object says what it is.
const MAX_HEAD: usize = 512;

/// Whether an object that begins here is an event record; `None` where the text ends before that is known.
///
/// What it is stands before its properties, in the names of its types or in its `ToString`.
fn begins_record(text: &[u8]) -> Option<bool> {
    let near = &text[..text.len().min(MAX_HEAD)];
    let name = memchr::memmem::find(near, b"Eventing.Reader.EventLogRecord");
    let head = &near[..name.unwrap_or(near.len())];
    let is_type = |tag: &[u8]| [&b"T"[..], b"/T", b"?"].iter().any(|name| tag.starts_with(name));
    let has_more = memchr::memchr_iter(b'<', head)
        .skip(1)
        .any(|at| head.get(at + 1).is_some() && !is_type(&head[at + 1..]));
    match name {
        _ if has_more => Some(false),
        Some(_) => Some(true),
        None if near.len() == MAX_HEAD => Some(false),
        None => None,
    }
}

/// Where an object lies, and whether its end tag is there.
struct Extent {
    range: Range<usize>,
    is_whole: bool,
}

/// The next object before the end of all; nested ones are part of it. Text holds no `<` here.
///
/// One without its end tag goes on to the next event record, to the end of the objects, or to that of
/// the text if that `is_all`; else there is none yet.
fn next_object(text: &[u8], from: usize, is_all: bool) -> Option<Extent> {
    let (mut depth, mut start) = (0usize, None);
    let mut at = from;
    while let Some(hit) = memchr::memchr(b'<', &text[at..]) {
        let tag = at + hit;
        at = tag + 1;
        let rest = &text[at..];
        let cut = start.map(|start| Extent { range: start..tag, is_whole: false });
        if rest.starts_with(b"/Obj>") {
            depth = depth.saturating_sub(1);
            if let Some(start) = start.filter(|_| depth == 0) {
                return Some(Extent { range: start..tag + 6, is_whole: true });
            }
        } else if text[tag..].starts_with(END) {
            return cut;
        } else if rest.starts_with(b"Obj")
            && rest.get(3).is_some_and(|byte| matches!(byte, b' ' | b'>' | b'\t' | b'\r' | b'\n'))
        {
            match cut.map(|cut| (begins_record(&text[tag..]), cut)) {
                Some((Some(true), cut)) => return Some(cut),
                Some((None, _)) if !is_all => return None,
                _ => {}
            }
            let Some(end) = memchr::memchr(b'>', rest) else { break };
            depth += usize::from(rest[end - 1] != b'/');
            start = start.or(Some(tag)).filter(|_| depth > 0);
            at += end;
        }
    }
    start.filter(|_| is_all).map(|start| Extent { range: start..text.len(), is_whole: false })
}

fn decode(head: BlockHead, batch: &mut Batch, workshop: &mut Workshop<'_>) {
    let input = batch.shared_input();
    let (is_wide, text) = match input.strip_prefix(encoding::BOM) {
        Some(text) => (true, text),
        None => (false, &input[..]),
    };
    let mut reader = Reader { among: Among::Texts, is_wide, place: head, batch, workshop };
    let begins_so = text.trim_ascii_start().starts_with(b"<");
    let rest = if begins_so { reader.objects(text) } else { text };
    // Files are put one behind the other: what follows the objects is read as lines.
    each_record(rest, |kind, lines| reader.record(kind, lines));
}

impl Reader<'_, '_> {
    /// Reads objects, and gives back what follows the line on which the last of them end.
    pub(super) fn objects<'t>(&mut self, text: &'t [u8]) -> &'t [u8] {
        let mut at = 0;
        while let Some(Extent { range, is_whole }) = next_object(text, at, true) {
            self.pass(&text[at..range.start]);
            at = range.end;
            let object = &text[range];
            if is_whole {
                self.object(object);
            } else if object.len() > MAX_RECORD {
                self.refuse(DamageCode::Limit, format!("an object of more than {} MiB", MAX_RECORD >> 20));
            } else {
                self.refuse(DamageCode::Truncated, "an object is cut short: its end tag is missing");
            }
            self.pass(object);
        }
        let end = memchr::memmem::find(&text[at..], END).map_or(0, |end| end + END.len());
        self.pass(&text[at..at + end]);
        &text[at + end..]
    }

    /// Reads objects among lines of other kinds.
    pub(super) fn objects_among(&mut self, lines: &[u8]) {
        let before = self.batch.counts.without_shape();
        let mut rest = self.objects(lines);
        let mut known = lines.len();
        // More of them may begin on the line on which others end.
        while rest.len() < known && rest.starts_with(b"<Obj") {
            known = rest.len();
            rest = self.objects(rest);
        }
        let count = self.batch.counts.without_shape() - before;
        self.batch.counts.add_shape(SHAPE.name, count);
        self.others(rest);
    }

    fn object(&mut self, bytes: &[u8]) {
        let (text, no_text) = to_text(bytes);
        self.build(None, no_text, |mut builder| {
            let mut object = Object::default();
            if let Err(refused) = object.read(&text, &mut builder) {
                return (builder, Err(refused));
            }
            object.remarks.texts().for_each(|remark| builder.note(remark));
            object.finish(builder)
        });
    }
}

/// An object on its way to a record.
#[derive(Debug, Default)]
struct Object {
    /// Names of the open elements, and of what they are: their `N`.
    open: Vec<(String, String)>,
    remarks: Remarks,
    values: Vec<String>,
    message: Option<String>,
    is_record: bool,
}

impl Object {
    fn read(&mut self, text: &str, builder: &mut RecordBuilder<'_>) -> Result<(), Refused> {
        let mut tokens = Tokens::new(text);
        let mut value = String::new();
        // Whether the last tag opened an element, so that what follows is its value.
        let mut is_leaf = false;
        while let Some(token) = tokens.next() {
            match token {
                Token::Text(raw) => value.push_str(&content(raw, &mut self.remarks)),
                Token::Cdata(raw) => value.push_str(raw),
                Token::Open { name, attributes, empty } => {
                    value.clear();
                    self.open(name, attributes)?;
                    is_leaf = !empty;
                    if empty {
                        self.close("", builder)?;
                    }
                }
                Token::Close(name) => {
                    if self.open.last().is_none_or(|(open, _)| open != name) {
                        return Err(Refused::malformed("the object's tags do not match"));
                    }
                    let is_container = matches!(name, "Obj" | "Props" | "MS" | "LST" | "TN" | "DCT" | "En");
                    let text = if is_leaf { unescape(&value) } else { String::new() };
                    match is_container {
                        true => drop(self.open.pop()),
                        false => self.close(&text, builder)?,
                    }
                    is_leaf = false;
                    value.clear();
                }
            }
        }
        Ok(())
    }

    fn open(&mut self, name: &str, attributes: Attributes<'_>) -> Result<(), Refused> {
        if self.open.len() == MAX_DEPTH {
            let reason = format!("elements are nested more than {MAX_DEPTH} deep");
            return Err(Refused::Damage(DamageCode::Limit, reason.into()));
        }
        let mut attributes = attributes;
        let called = attributes.find(|(name, _)| *name == "N").map_or("", |(_, called)| called);
        self.open.push((name.to_owned(), called.to_owned()));
        Ok(())
    }

    /// An element without children ends: what it says depends on where it stands.
    fn close(&mut self, text: &str, builder: &mut RecordBuilder<'_>) -> Result<(), Refused> {
        let names: Vec<(&str, &str)> = self.open.iter().map(|(name, called)| (&**name, &**called)).collect();
        match names[..] {
            [("Obj", _), ("ToString", _)] => self.is_record = text.ends_with("EventLogRecord"),
            [("Obj", _), ("Props" | "MS", _), (_, "Message")] => self.message = Some(text.to_owned()),
            [("Obj", _), ("Props", _), ("Obj", "UserId"), ("ToString", _)] => {
                system::set(builder, SystemField::UserId, text);
            }
            [("Obj", _), ("Props", _), (kind, called)] if kind != "Nil" => {
                if let Some(field) = system::property(called) {
                    system::set(builder, field, text);
                }
            }
            [
                ("Obj", _),
                ("Props", _),
                ("Obj", "Properties"),
                ("LST", _),
                ("Obj", _),
                ("Props", _),
                (_, "Value"),
            ]
            | [("Obj", _), ("Props", _), ("Obj", "Properties"), ("LST", _), (_, "")]
                if names.last() != Some(&("Ref", "")) =>
            {
                self.values.push(text.to_owned());
                if self.values.len() > MAX_VALUES {
                    let reason = format!("a record with more than {MAX_VALUES} values");
                    return Err(Refused::Damage(DamageCode::Limit, reason.into()));
                }
            }
            _ => {}
        }
        self.open.pop();
        Ok(())
    }

    /// Gives the record its values by their places where that is safe, else by its message.
    fn finish(self, mut builder: RecordBuilder<'_>) -> Filled<'_> {
        let text = |builder: &mut RecordBuilder<'_>, field| {
            let slot = builder.system_slot(field);
            builder.batch().value(slot).map(|value| value.to_text().into_owned())
        };
        let Some(provider) = text(&mut builder, SystemField::ProviderName) else {
            return (builder, Err(Refused::malformed("an object that is no event record")));
        };
        let slot = builder.system_slot(SystemField::EventId);
        let id = builder.batch().value(slot).and_then(Value::as_u64);
        let platform = schema::provider(&provider).map(|provider| provider.platform);
        let layout = platform.zip(id).and_then(|(platform, id)| layout(platform, id, self.values.len()));
        let fits = |layout: &Vec<&FieldSchema>| {
            layout.iter().zip(&self.values).all(|(field, value)| message::is_of_type(field, value))
        };
        let layout = layout.filter(fits);
        match (layout, platform) {
            (Some(layout), _) => {
                for (field, value) in layout.iter().zip(&self.values) {
                    let slot = builder.batch().push_text(value);
                    builder.data(field.name, slot);
                }
                (builder, Ok(()))
            }
            (None, None) => {
                for value in &self.values {
                    let slot = builder.batch().push_text(value);
                    builder.data("", slot);
                }
                (builder, Ok(()))
            }
            (None, Some(_)) => {
                builder
                    .note(format!("{} values without names fit no layout of the event", self.values.len()));
                finish_message(&self.message.unwrap_or_default(), builder)
            }
        }
    }
}

/// The layout of an event that has so many fields, unless there are two.
fn layout(platform: Platform, id: u64, count: usize) -> Option<Vec<&'static FieldSchema>> {
    let schema = schema::event(platform, u16::try_from(id).ok()?)?;
    let mut fitting = schema.layouts().filter(|layout| layout.len() == count);
    let layout = fitting.next()?;
    fitting.next().is_none().then_some(layout)
}

/// The text with `_x000A_` and its like as the characters that they stand for.
fn unescape(text: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest.as_bytes(), b"_x") {
        let code = rest.get(at + 2..at + 7).and_then(|code| code.strip_suffix('_'));
        let code = code.filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let len = if code.is_some() { at } else { at + 2 };
        if len > 0 {
            flush(&mut units, &mut plain);
            plain.push_str(&rest[..len]);
        }
        match code.and_then(|code| u16::from_str_radix(code, 16).ok()) {
            Some(unit) => {
                units.push(unit);
                rest = &rest[at + 7..];
            }
            None => rest = &rest[at + 2..],
        }
    }
    flush(&mut units, &mut plain);
    plain.push_str(rest);
    plain
}

/// Appends UTF-16 units that follow each other: a character may be two.
fn flush(units: &mut Vec<u16>, plain: &mut String) {
    plain.extend(char::decode_utf16(units.drain(..)).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_known_by_its_length_where_no_other_has_it() {
        let names = |id, count| layout(Platform::Windows, id, count).map(|layout| layout[0].name);
        assert_eq!(names(8, 14), Some("RuleName"));
        assert_eq!(names(8, 12), Some("RuleName"));
        assert_eq!(names(8, 11), Some("UtcTime"));
        assert_eq!(names(8, 9), Some("SequenceNumber"));
        assert_eq!((names(8, 13), names(8, 0), names(77, 1), names(70_000, 1)), (None, None, None, None));
        // A number left this event when a name came.
        let event = schema::event(Platform::Windows, 2).expect("event 2");
        let lens: Vec<_> = event.layouts().map(|layout| layout.len()).collect();
        let twice = lens.iter().find(|len| lens.iter().filter(|other| other == len).count() == 2);
        assert_eq!(names(2, *twice.expect("two layouts of one length")), None);
    }

    #[test]
    fn characters_are_unescaped() {
        for (text, plain) in [
            ("a_x000D__x000A_b", "a\r\nb"),
            ("_x005F_x000A_", "_x000A_"),
            ("_xD83D__xDE00_ _xD83D_", "😀 \u{fffd}"),
            ("_x00_ _xZZZZ_ _x", "_x00_ _xZZZZ_ _x"),
            ("_x0é_", "_x0é_"),
        ] {
            assert_eq!(unescape(text), plain);
        }
    }
}
