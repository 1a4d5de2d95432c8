//! `Get-WinEvent | Export-Clixml`: event records as PowerShell serialises objects.
//!
//! A record is an `<Obj>` right below `<Objs>`: `<Props>` has the system fields, each element with
//! its name in the attribute `N`; the values of the event stand nameless in the property
//! `Properties`, and its text in `Message` below `<MS>` (\[MS-PSRP\] 2.2.5). Values without names
//! are taken only where a layout of the event has exactly so many; else the message is read.
//! Strings have characters as `_x000A_` beside XML's own escapes.

use std::io::{self, Read};

use super::split::{self, MAX_RECORD, Records};
use super::{Filled, Reader, Refused, each_record, finish_message, system};
use crate::event::{Batch, DamageCode, RecordBuilder, SystemField, Value};
use crate::schema::{self, FieldSchema, Platform};
use crate::source::encoding::{self, Input, to_text};
use crate::source::xml::text::{Remarks, content};
use crate::source::xml::token::{Attributes, Token, Tokens};
use crate::source::{BlockHead, Emit, Family, Format, Shape, Workshop, message};

/// Serialised objects as a kind of log.
pub(crate) const FORMAT: Format =
    Format { name: "clixml", shapes: &[&SHAPE], recognise, split, ranges: None, decode };

static SHAPE: Shape = Shape {
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
        while let Some(range) = next_object(text, at) {
            at = range.end;
        }
        self.is_over |= memchr::memmem::find(&text[at..], END).is_some();
        if self.is_over { memchr::memrchr(b'\n', &text[at..]).map_or(at, |end| at + end + 1) } else { at }
    }

    fn next(&mut self, text: &[u8]) -> Option<usize> {
        let is_record = |at: &usize| {
            let near = &text[*at..text.len().min(at + 512)];
            memchr::memmem::find(near, b"Eventing.Reader.EventLogRecord").is_some()
        };
        memchr::memmem::find_iter(text, b"<Obj ").find(is_record)
    }
}

/// Where the next whole object lies; nested ones are part of it. Text holds no `<` here.
fn next_object(text: &[u8], from: usize) -> Option<std::ops::Range<usize>> {
    let (mut depth, mut start) = (0usize, None);
    let mut at = from;
    while let Some(hit) = memchr::memchr(b'<', &text[at..]) {
        let tag = at + hit;
        at = tag + 1;
        let rest = &text[at..];
        if rest.starts_with(b"/Obj>") {
            depth = depth.saturating_sub(1);
            if let Some(start) = start.filter(|_| depth == 0) {
                return Some(start..tag + 6);
            }
        } else if rest.starts_with(b"Obj")
            && rest.get(3).is_some_and(|byte| matches!(byte, b' ' | b'>' | b'\t' | b'\r' | b'\n'))
        {
            let end = memchr::memchr(b'>', rest)?;
            depth += usize::from(rest[end - 1] != b'/');
            start = start.or(Some(tag)).filter(|_| depth > 0);
            at += end;
        }
    }
    None
}

fn decode(head: BlockHead, batch: &mut Batch, workshop: &mut Workshop<'_>) {
    let input = batch.shared_input();
    let (is_wide, text) = match input.strip_prefix(encoding::BOM) {
        Some(text) => (true, text),
        None => (false, &input[..]),
    };
    let mut reader = Reader { is_wide, place: head, batch, workshop };
    let mut at = 0;
    while let Some(range) = next_object(text, at) {
        reader.pass(&text[at..range.start]);
        at = range.end;
        reader.object(&text[range.clone()]);
        reader.pass(&text[range]);
    }
    let rest = &text[at..];
    let end = memchr::memmem::find(rest, END).map(|end| end + END.len());
    if end.is_some() || memchr::memmem::find(rest, b"<Obj ").is_none() {
        // Files are put one behind the other: what follows the objects is read as lines.
        let end = end.unwrap_or(0);
        reader.pass(&rest[..end]);
        return each_record(&rest[end..], |kind, lines| reader.record(kind, lines));
    }
    if let Some(start) = memchr::memmem::find(rest, b"<Obj ") {
        reader.pass(&rest[..start]);
        if rest.len() > MAX_RECORD {
            reader.refuse(DamageCode::Limit, format!("an object of more than {} MiB", MAX_RECORD >> 20));
        } else {
            reader.refuse(DamageCode::Truncated, "the last object is cut short: its end tag is missing");
        }
    }
}

impl Reader<'_, '_> {
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
