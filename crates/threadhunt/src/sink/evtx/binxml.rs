//! BinXML as Windows writes it: a record is an instance of a template, its body another one.
//!
//! Token by token: `0f` fragment, `0c` template instance, `01`/`41` start of an element
//! (with attributes), `06`/`46` attribute (more follow), `05` constant text, `0d`/`0e`
//! substitution (optional), `02` end of a start tag, `03` end of an empty element, `04` end
//! of an element, `00` end of the fragment. Layout: libyal's "Windows XML Event Log (EVTX)
//! format", section 4, and real logs.

use super::chunk::Chunk;
use super::document::{Document, Item, Section};
use super::outline::{Outline, Presence, Step};
use super::value::{BINXML, UNICODE};

const FRAGMENT: [u8; 4] = [0x0f, 1, 1, 0];
const TEMPLATE_INSTANCE: [u8; 2] = [0x0c, 1];
const END_OF_FRAGMENT: u8 = 0x00;
const OPEN: u8 = 0x01;
const END_TAG: u8 = 0x02;
const END_EMPTY: u8 = 0x03;
const END_ELEMENT: u8 = 0x04;
const TEXT: u8 = 0x05;
const ATTRIBUTE: u8 = 0x06;
const SUBSTITUTION: u8 = 0x0d;
const OPTIONAL_SUBSTITUTION: u8 = 0x0e;
/// On a start tag: attributes follow; on an attribute: another one follows.
const MORE: u8 = 0x40;

/// Appends a record's document to the chunk.
pub(super) fn write_record(chunk: &mut Chunk, document: &Document) {
    write_instance(chunk, document, &document.outer);
    chunk.bytes.push(END_OF_FRAGMENT);
}

/// Appends an instance: which template, sizes and kinds of the values, the values.
fn write_instance(chunk: &mut Chunk, document: &Document, section: &Section) {
    chunk.bytes.extend_from_slice(&FRAGMENT);
    chunk.bytes.extend_from_slice(&TEMPLATE_INSTANCE);
    write_template(chunk, &section.outline);
    chunk.bytes.extend_from_slice(&(section.items.len() as u32).to_le_bytes());
    let sizes = chunk.bytes.len();
    chunk.bytes.resize(sizes + 4 * section.items.len(), 0);
    let mut rest = &section.bytes[..];
    for (place, item) in section.items.iter().enumerate() {
        let start = chunk.bytes.len();
        let kind = match *item {
            Item::Plain { kind, size } => {
                let (value, tail) = rest.split_at(size);
                chunk.bytes.extend_from_slice(value);
                rest = tail;
                kind
            }
            Item::Body(index) => {
                write_instance(chunk, document, document.body(index));
                chunk.bytes.push(END_OF_FRAGMENT);
                BINXML
            }
        };
        // A value of 64 KiB or more wraps here; its record is taken back for its size.
        let [low, high] = ((chunk.bytes.len() - start) as u16).to_le_bytes();
        chunk.put(sizes + 4 * place, &[low, high, kind, 0]);
    }
}

/// Appends a template's id and offset, and at its first use in the chunk its definition.
fn write_template(chunk: &mut Chunk, outline: &Outline) {
    if let Some((offset, id)) = chunk.template(outline) {
        chunk.bytes.extend_from_slice(&id.to_le_bytes());
        return chunk.bytes.extend_from_slice(&offset.to_le_bytes());
    }
    let offset = chunk.bytes.len() as u32 + 8;
    let guid = outline.guid();
    let (id, next) = chunk.enter_template(outline, guid, offset);
    for number in [id, offset, next] {
        chunk.bytes.extend_from_slice(&number.to_le_bytes());
    }
    chunk.bytes.extend_from_slice(&guid);
    let size = Hole::dig(chunk);
    chunk.bytes.extend_from_slice(&FRAGMENT);
    write_steps(chunk, outline);
    chunk.bytes.push(END_OF_FRAGMENT);
    size.fill(chunk);
}

/// A size that is known when what it counts has been written.
struct Hole(usize);

impl Hole {
    fn dig(chunk: &mut Chunk) -> Self {
        chunk.bytes.extend_from_slice(&[0; 4]);
        Self(chunk.bytes.len())
    }

    fn fill(self, chunk: &mut Chunk) {
        let size = (chunk.bytes.len() - self.0) as u32;
        chunk.put(self.0 - 4, &size.to_le_bytes());
    }
}

/// A start tag that is not closed yet.
struct Tag {
    /// Size of its attributes, where it has any.
    attributes: Option<Hole>,
}

/// Appends the elements of an outline.
fn write_steps(chunk: &mut Chunk, outline: &Outline) {
    let steps = outline.steps();
    let is_attribute = |place: usize| matches!(steps.get(place), Some(Step::Attribute { .. }));
    let mut elements = Vec::new();
    let mut tag = None;
    for (place, step) in steps.iter().enumerate() {
        match *step {
            Step::Open { name, dependency } => {
                end_tag(chunk, &mut tag, END_TAG);
                let more = if is_attribute(place + 1) { MORE } else { 0 };
                chunk.bytes.push(OPEN | more);
                chunk.bytes.extend_from_slice(&dependency.to_le_bytes());
                elements.push(Hole::dig(chunk));
                chunk.push_name(outline.text(name));
                tag = Some(Tag { attributes: (more != 0).then(|| Hole::dig(chunk)) });
            }
            Step::Attribute { name } => {
                let more = if is_attribute(place + 2) { MORE } else { 0 };
                chunk.bytes.push(ATTRIBUTE | more);
                chunk.push_name(outline.text(name));
            }
            Step::Literal(_) | Step::Substitution { .. } => {
                if place == 0 || !is_attribute(place - 1) {
                    end_tag(chunk, &mut tag, END_TAG);
                }
                write_content(chunk, outline, *step);
            }
            Step::Close => {
                if !end_tag(chunk, &mut tag, END_EMPTY) {
                    chunk.bytes.push(END_ELEMENT);
                }
                if let Some(size) = elements.pop() {
                    size.fill(chunk);
                }
            }
        }
    }
}

/// Ends a start tag that is open; says whether one was.
fn end_tag(chunk: &mut Chunk, tag: &mut Option<Tag>, token: u8) -> bool {
    let Some(tag) = tag.take() else { return false };
    if let Some(size) = tag.attributes {
        size.fill(chunk);
    }
    chunk.bytes.push(token);
    true
}

fn write_content(chunk: &mut Chunk, outline: &Outline, step: Step) {
    match step {
        Step::Literal(text) => {
            let text = outline.text(text);
            chunk.bytes.extend_from_slice(&[TEXT, UNICODE]);
            // As with names, a length that wraps belongs to a record that is taken back.
            chunk.bytes.extend_from_slice(&(text.encode_utf16().count() as u16).to_le_bytes());
            chunk.bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        }
        Step::Substitution { index, kind, presence } => {
            let optional = presence == Presence::Optional;
            chunk.bytes.push(if optional { OPTIONAL_SUBSTITUTION } else { SUBSTITUTION });
            chunk.bytes.extend_from_slice(&index.to_le_bytes());
            chunk.bytes.push(kind);
        }
        Step::Open { .. } | Step::Attribute { .. } | Step::Close => {}
    }
}
