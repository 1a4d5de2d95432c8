//! Events as XML, in every form in which people have them.
//!
//! Few of these files are XML documents: `wevtutil` writes no root, `evtx_dump` many
//! documents with lines between them, Splunk and syslog an event a line behind whatever
//! stands there, a browser puts `- ` before open nodes, and a copy out of Event Viewer does
//! not escape `<unknown process>`. So nothing here expects a document. `extent` finds
//! where events begin and end, `split` cuts a stream at such places (UTF-16 becomes UTF-8
//! there, `encoding`), and `decode` reads each event by itself: what is wrong with one
//! does not concern the next. Entities of a DOCTYPE are never expanded.
//!
//! Values are what XML says: references are resolved, also those to control characters that
//! XML 1.0 forbids, since exporters write them, and line ends within text become LF. Blanks
//! are part of a value.

use super::{Family, Format, SNIFF_LEN, Shape};

mod decode;
mod event;
mod extent;
mod quoted;
mod split;
pub(super) mod text;
pub(super) mod token;

#[cfg(test)]
mod tests;

pub(in crate::source) use decode::{read_embedded, read_event_data, read_lines};

/// Events as XML.
pub(crate) const FORMAT: Format = Format {
    name: "xml",
    shapes: &[&SHAPE],
    recognise,
    split: split::split,
    ranges: None,
    decode: decode::decode,
};

static SHAPE: Shape = Shape {
    name: "event-xml",
    family: Family::Xml,
    about: "<Event> elements: Event Viewer, wevtutil, evtx_dump, Splunk, Sysmon for Linux, forwarded events",
    partial: false,
};

/// Whether an event begins in a text of another kind.
pub(super) fn has_event(text: &[u8]) -> bool {
    extent::has_event(text, false)
}

/// Tags before the first event of a document: a root, or two of them.
const MAX_ROOTS: usize = 8;

/// Whether an event begins with a text of another kind, or behind what stands before the first of a document.
pub(super) fn begins_event(text: &[u8]) -> bool {
    extent::has_event_among(text, false, MAX_ROOTS)
}

/// First tags of documents that are something else, whatever they quote.
const FOREIGN: [&str; 3] = ["!doctype html", "html", "svg"];

/// Whether an input that begins with these bytes holds events, or is an export of none.
///
/// JSON is left to its own readers: it carries such events as strings.
fn recognise(head: &[u8]) -> bool {
    let mut text = Vec::with_capacity(head.len());
    super::encoding::Input::detect(head).push(head, &mut text);
    let start = text.trim_ascii_start();
    let foreign = FOREIGN.iter().any(|tag| first_tag(start).to_ascii_lowercase().starts_with(tag.as_bytes()));
    if foreign || matches!(start.first(), None | Some(b'{')) || is_json_array(start) {
        return false;
    }
    extent::has_event(start, head.len() >= SNIFF_LEN) || is_empty_export(start)
}

/// Whether an input that begins with these bytes is a configuration of Sysmon's, which people give as a log.
pub(super) fn is_configuration(head: &[u8]) -> bool {
    let mut text = Vec::with_capacity(head.len());
    super::encoding::Input::detect(head).push(head, &mut text);
    let rest = behind_prolog(&text);
    rest.starts_with(b"<") && local_name(&rest[1..]).eq_ignore_ascii_case(b"Sysmon")
}

/// What follows declarations and comments; nothing where one has no end.
fn behind_prolog(text: &[u8]) -> &[u8] {
    let mut rest = text.trim_ascii_start();
    loop {
        let close: &[u8] = match rest {
            [b'<', b'?', ..] => b"?>",
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            _ => return rest,
        };
        let end = memchr::memmem::find(rest, close).map_or(rest.len(), |at| at + close.len());
        rest = rest[end..].trim_ascii_start();
    }
}

/// The name of the root of a document, where that goes on with elements and is no event itself.
fn root(text: &[u8]) -> Option<&[u8]> {
    let tag = behind_prolog(text).strip_prefix(b"<")?;
    let (name, end) = (local_name(tag), memchr::memchr(b'>', tag)?);
    let is_name =
        name.first().is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | 0x80..));
    let goes_on =
        !tag[..end].ends_with(b"/") && matches!(behind_prolog(&tag[end + 1..]).first(), None | Some(b'<'));
    (is_name && goes_on && name != b"Event").then_some(name)
}

/// Whether the text is a root `Events` without events: an export of nothing is a log too.
fn is_empty_export(text: &[u8]) -> bool {
    let tag = first_tag(text);
    let Some(at) = memchr::memmem::find(text, tag).filter(|_| local_name(tag) == b"Events") else {
        return false;
    };
    let rest = text[at + tag.len()..].strip_prefix(b">").unwrap_or_default().trim_ascii_start();
    tag.ends_with(b"/") || rest.starts_with(b"</")
}

fn is_json_array(text: &[u8]) -> bool {
    let inner = text.strip_prefix(b"[").map(<[u8]>::trim_ascii_start);
    inner.is_some_and(|inner| matches!(inner.first(), Some(b'{' | b'"' | b'[' | b']')))
}

/// What follows the first `<` that is no declaration or comment, up to the end of the tag.
fn first_tag(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'<', rest) {
        rest = &rest[at + 1..];
        if !rest.starts_with(b"?") && !rest.starts_with(b"!--") {
            return &rest[..memchr::memchr(b'>', rest).unwrap_or(rest.len())];
        }
    }
    &[]
}

/// The name of a tag without its prefix.
fn local_name(tag: &[u8]) -> &[u8] {
    let name = &tag[..tag.iter().position(|byte| !extent::is_name_byte(*byte)).unwrap_or(tag.len())];
    memchr::memrchr(b':', name).map_or(name, |colon| &name[colon + 1..])
}
