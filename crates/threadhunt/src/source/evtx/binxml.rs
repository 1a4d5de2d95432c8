//! BinXML tokens: the binary spelling of event XML ([MS-EVEN6] 2.2.12).
//!
//! [`Tokens`] reads a stream of tokens within a chunk; names are referenced by their offset
//! in the chunk. Nothing here allocates, and every read is checked against the stream's end.
//! In a template definition elements carry a dependency: when that substitution is of type
//! null, Windows leaves the element out.

use super::bytes::{u8_at, u16_at, u32_at};

/// Why a stream of tokens cannot be read further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Broken {
    #[error("{0} is cut short")]
    Short(&'static str),
    #[error("token {0:#04x} is unknown")]
    Token(u8),
    #[error("name at chunk offset {0:#x} is damaged")]
    Name(u32),
    #[error("template definition at chunk offset {0:#x} is damaged")]
    Definition(u32),
    #[error("template definition at chunk offset {0:#x} belongs to another template")]
    Foreign(u32),
    #[error("value of type {0:#04x} has an impossible size")]
    Value(u8),
    #[error("value type {0:#04x} is unknown")]
    ValueType(u8),
    #[error("substitution {0} has no value")]
    Substitution(u16),
    #[error("an end of element is missing or too many")]
    Unbalanced,
    #[error("nested more than {MAX_NESTING} templates deep")]
    Nested,
    #[error("the values end before or behind the stream that holds them")]
    Uneven,
    #[error(
        "the records of this chunk expand to more than {MAX_STEPS} elements and values, or {MAX_BYTES} bytes"
    )]
    TooLarge,
    #[error("holds no Event element")]
    NoEvent,
}

/// Templates within templates; real records have two levels.
pub(super) const MAX_NESTING: usize = 16;

/// Steps that the records of one chunk may take beside the plans: as many as it has bytes. Arrays and nested
/// templates multiply, but real chunks of the smallest records stay below 40,000.
pub(super) const MAX_STEPS: usize = 65_536;

/// Bytes of names and values that these steps may produce.
pub(super) const MAX_BYTES: usize = 2 << 20;

/// What the records of a chunk may still expand to.
///
/// What is kept bounds the memory, what is tried bounds the time: remains of old records often
/// fail late, and must not use up what their neighbours need.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    /// Left for records that are kept.
    keep: Cost,
    /// Left for all that is tried.
    attempts: usize,
    /// Spent on the record at hand.
    spent: Cost,
}

/// Steps taken and bytes produced.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    steps: usize,
    bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        let keep = Cost { steps: MAX_STEPS, bytes: MAX_BYTES };
        Self { keep, attempts: 8 * MAX_STEPS, spent: Cost::default() }
    }
}

impl Budget {
    /// Begins a record.
    pub(super) fn begin(&mut self) {
        self.spent = Cost::default();
    }

    /// Pays for some steps that produce some bytes.
    pub(super) fn pay(&mut self, steps: usize, bytes: usize) -> Result<(), Broken> {
        self.attempts = self.attempts.checked_sub(steps + bytes / 64).ok_or(Broken::TooLarge)?;
        self.spent.steps += steps;
        self.spent.bytes += bytes;
        let within = self.spent.steps <= self.keep.steps && self.spent.bytes <= self.keep.bytes;
        if within { Ok(()) } else { Err(Broken::TooLarge) }
    }

    /// Ends a record that is kept.
    pub(super) fn keep(&mut self) {
        self.keep.steps = self.keep.steps.saturating_sub(self.spent.steps);
        self.keep.bytes = self.keep.bytes.saturating_sub(self.spent.bytes);
    }
}

/// What a stream of tokens is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    /// A record, which is padded to eight bytes with whatever lay there.
    Record,
    /// A value of type BinXML, which ends with its last token.
    Value,
    /// A template definition, whose elements carry a dependency.
    Definition,
}

impl Stream {
    /// Whether the stream may end at a place: with a token that says so, and padding.
    ///
    /// Values leave one zero and records two to eight bytes, the first of them zero, in every log seen so far.
    /// What ends elsewhere was not written like this: a size is damaged, and with it every value behind.
    #[inline]
    pub(super) fn may_end(self, chunk: &[u8], at: usize, end: usize) -> bool {
        let Some(rest) = chunk.get(at..end) else { return false };
        match self {
            Self::Record => rest.first() == Some(&0) && rest.len() <= 8,
            Self::Value => rest == [0],
            Self::Definition => rest.first() == Some(&0),
        }
    }
}

/// Where a name is: its offset in the chunk, and whether it stands in the stream itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NameRef {
    /// Offset of the name in the chunk.
    pub(super) offset: u32,
    /// Position of the four bytes that hold the offset.
    pub(super) hole: usize,
    /// Whether the name itself follows the hole.
    pub(super) inline: bool,
}

/// One token; positions are chunk offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// An element begins.
    Open { name: NameRef, dependency: Option<u16> },
    /// The attributes of an element end.
    CloseStart,
    /// An element without content ends.
    CloseEmpty,
    /// An element ends.
    End,
    /// An attribute's name; its value follows.
    Attribute(NameRef),
    /// A value in place.
    Value { kind: u8, start: usize, len: usize },
    /// A value of the instance.
    Substitution { index: u16, optional: bool },
    /// Text in a CDATA section, UTF-16.
    Cdata { start: usize, len: usize },
    /// A character by number.
    Char(u16),
    /// An entity by name.
    Entity(NameRef),
    /// A template instance begins at this position (behind its token byte).
    Instance(usize),
    /// Processing instructions and headers: without meaning for events.
    Ignored,
}

/// Reads tokens of a part of a chunk.
#[derive(Clone, Debug)]
pub(super) struct Tokens<'c> {
    chunk: &'c [u8],
    /// The next byte's chunk offset.
    pub(super) pos: usize,
    end: usize,
    stream: Stream,
}

const NO_DEPENDENCY: u16 = 0xffff;

impl<'c> Tokens<'c> {
    /// Tokens of `chunk[start..end]`.
    pub(super) fn new(chunk: &'c [u8], start: usize, end: usize, stream: Stream) -> Self {
        Self { chunk, pos: start, end: end.min(chunk.len()), stream }
    }

    /// Where the stream ends.
    pub(super) fn end(&self) -> usize {
        self.end
    }

    /// The next token, or `None` at the end of the stream.
    pub(super) fn next(&mut self) -> Result<Option<Token>, Broken> {
        if self.pos >= self.end {
            return Ok(None);
        }
        let byte = self.chunk[self.pos];
        self.pos += 1;
        Ok(Some(match byte {
            0x00 => {
                if !self.stream.may_end(self.chunk, self.pos - 1, self.end) {
                    return Err(Broken::Uneven);
                }
                self.pos = self.end;
                return Ok(None);
            }
            0x01 | 0x41 => self.open(byte == 0x41)?,
            0x02 => Token::CloseStart,
            0x03 => Token::CloseEmpty,
            0x04 => Token::End,
            0x05 | 0x45 => self.value()?,
            0x06 | 0x46 => Token::Attribute(self.name()?),
            0x07 | 0x47 => {
                let (start, len) = self.counted("CDATA section")?;
                Token::Cdata { start, len }
            }
            0x08 | 0x48 => Token::Char(self.take_u16("character reference")?),
            0x09 | 0x49 => Token::Entity(self.name()?),
            0x0a => {
                self.name()?;
                Token::Ignored
            }
            0x0b => {
                self.counted("processing instruction")?;
                Token::Ignored
            }
            0x0c => Token::Instance(self.pos),
            0x0d | 0x0e => self.substitution(byte == 0x0e)?,
            0x0f => {
                self.skip(3, "fragment header")?;
                Token::Ignored
            }
            other => return Err(Broken::Token(other)),
        }))
    }

    fn open(&mut self, has_attributes: bool) -> Result<Token, Broken> {
        let dependency = if self.stream == Stream::Definition {
            Some(self.take_u16("element")?).filter(|id| *id != NO_DEPENDENCY)
        } else {
            None
        };
        self.skip(4, "element")?;
        let name = self.name()?;
        if has_attributes {
            self.skip(4, "attribute list")?;
        }
        Ok(Token::Open { name, dependency })
    }

    /// A value in place: texts and binaries are counted, the rest has its type's size.
    fn value(&mut self) -> Result<Token, Broken> {
        let kind = self.chunk.get(self.pos).copied().ok_or(Broken::Short("value"))?;
        self.skip(1, "value")?;
        let (start, len) = match kind {
            0x01 => self.counted("text value")?,
            0x02 | 0x0e => {
                let len = usize::from(self.take_u16("value")?);
                let start = self.pos;
                self.skip(len, "value")?;
                (start, len)
            }
            _ => {
                let len = fixed_size(kind).ok_or(Broken::ValueType(kind))?;
                let start = self.pos;
                self.skip(len, "value")?;
                (start, len)
            }
        };
        Ok(Token::Value { kind, start, len })
    }

    fn substitution(&mut self, optional: bool) -> Result<Token, Broken> {
        let index = self.take_u16("substitution")?;
        self.skip(1, "substitution")?;
        Ok(Token::Substitution { index, optional })
    }

    /// A name by reference; one that was not seen before in the chunk stands inline.
    fn name(&mut self) -> Result<NameRef, Broken> {
        let hole = self.pos;
        let offset =
            u32_at(self.chunk, hole).filter(|_| hole + 4 <= self.end).ok_or(Broken::Short("name"))?;
        self.pos += 4;
        let inline = offset as usize == self.pos;
        if inline {
            let units = u16_at(self.chunk, self.pos + 6).ok_or(Broken::Short("name"))?;
            self.skip(NAME_HEAD + 2 * usize::from(units) + 2, "name")?;
        }
        Ok(NameRef { offset, hole, inline })
    }

    /// UTF-16 text with its count of units before it: start and length in bytes.
    fn counted(&mut self, what: &'static str) -> Result<(usize, usize), Broken> {
        let len = 2 * usize::from(self.take_u16(what)?);
        let start = self.pos;
        self.skip(len, what)?;
        Ok((start, len))
    }

    fn take_u16(&mut self, what: &'static str) -> Result<u16, Broken> {
        let number =
            u16_at(self.chunk, self.pos).filter(|_| self.pos + 2 <= self.end).ok_or(Broken::Short(what))?;
        self.pos += 2;
        Ok(number)
    }

    fn skip(&mut self, len: usize, what: &'static str) -> Result<(), Broken> {
        self.pos = self.pos.checked_add(len).filter(|pos| *pos <= self.end).ok_or(Broken::Short(what))?;
        Ok(())
    }
}

/// Bytes before a name's units: offset of the next name in its bucket, hash, count.
const NAME_HEAD: usize = 8;

/// The UTF-16 units of the name at a chunk offset.
pub(super) fn name_units(chunk: &[u8], offset: u32) -> Result<&[u8], Broken> {
    let at = offset as usize;
    // No element is nameless: zeros where a name was are damage.
    let units = at.checked_add(6).and_then(|at| u16_at(chunk, at)).filter(|units| *units > 0);
    let units = units.ok_or(Broken::Name(offset))?;
    let start = at + NAME_HEAD;
    chunk.get(start..start + 2 * usize::from(units)).ok_or(Broken::Name(offset))
}

/// Whether the name's stored hash fits its units: a name that was overwritten does not.
pub(super) fn name_is_whole(chunk: &[u8], offset: u32) -> bool {
    let stored = u16_at(chunk, offset as usize + 4);
    name_units(chunk, offset).is_ok_and(|units| stored == Some(name_hash(units)))
}

/// The hash of a name, as the string table stores it: `h * 65599 + unit`, the low 16 bits.
pub(super) fn name_hash(units: &[u8]) -> u16 {
    let hash = units.chunks_exact(2).fold(0u32, |hash, unit| {
        hash.wrapping_mul(65599).wrapping_add(u32::from(u16::from_le_bytes([unit[0], unit[1]])))
    });
    hash as u16
}

/// A template definition: where its parts lie in the chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Definition {
    /// First four bytes of its GUID: what an instance calls the template's id.
    pub(super) id: u32,
    /// Where its tokens begin.
    pub(super) start: usize,
    /// Where they end.
    pub(super) end: usize,
}

/// Offset of the next definition in its bucket, GUID, size.
const DEFINITION_HEAD: usize = 24;

/// Reads the head of the template definition at a chunk offset.
pub(super) fn definition(chunk: &[u8], offset: u32) -> Result<Definition, Broken> {
    let at = offset as usize;
    let damaged = Broken::Definition(offset);
    let id = at.checked_add(4).and_then(|at| u32_at(chunk, at)).ok_or(damaged)?;
    let size = u32_at(chunk, at + 20).ok_or(damaged)? as usize;
    let start = at + DEFINITION_HEAD;
    let end = start.checked_add(size).filter(|end| *end <= chunk.len()).ok_or(damaged)?;
    Ok(Definition { id, start, end })
}

/// A template instance: which template, and where its values lie in the chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Instance {
    /// The template's id: the first four bytes of its GUID.
    pub(super) id: u32,
    /// Chunk offset of the template's definition.
    pub(super) definition: u32,
    /// Where the descriptors begin: size (u16), type, zero.
    pub(super) descriptors: usize,
    /// How many values there are.
    pub(super) count: usize,
    /// Where the values begin.
    pub(super) values: usize,
}

/// Reads an instance at a position behind its token byte; `end` bounds its stream.
pub(super) fn instance(chunk: &[u8], pos: usize, end: usize) -> Result<Instance, Broken> {
    let short = Broken::Short("template instance");
    u8_at(chunk, pos).ok_or(short)?;
    let id = u32_at(chunk, pos + 1).ok_or(short)?;
    let offset = u32_at(chunk, pos + 5).ok_or(short)?;
    let mut at = pos + 9;
    if offset as usize == at {
        at = definition(chunk, offset)?.end;
    }
    let count = u32_at(chunk, at).ok_or(short)? as usize;
    let descriptors = at + 4;
    let values = count.checked_mul(4).and_then(|size| size.checked_add(descriptors)).ok_or(short)?;
    if values > end {
        return Err(short);
    }
    Ok(Instance { id, definition: offset, descriptors, count, values })
}

impl Instance {
    /// Type and size of a value, and nothing of where it lies.
    #[inline]
    pub(super) fn descriptor(&self, chunk: &[u8], index: usize) -> Option<(u8, usize)> {
        let at = self.descriptors + 4 * index;
        let descriptor = chunk.get(at..at + 4).filter(|_| index < self.count)?;
        Some((descriptor[2], usize::from(u16::from_le_bytes([descriptor[0], descriptor[1]]))))
    }

    /// Whether the values have the sizes of their types; null values may have any.
    pub(super) fn has_sound_sizes(&self, chunk: &[u8]) -> Result<(), Broken> {
        let descriptors = chunk.get(self.descriptors..self.values).unwrap_or_default();
        for descriptor in descriptors.chunks_exact(4) {
            let (size, kind) = (u16::from_le_bytes([descriptor[0], descriptor[1]]), descriptor[2]);
            let sound = match kind {
                0x00 => true,
                0x01 => size % 2 == 0,
                _ => fixed_size(kind).is_none_or(|fixed| fixed == usize::from(size)),
            };
            if !sound || descriptor[3] != 0 {
                return Err(Broken::Value(kind));
            }
        }
        Ok(())
    }
}

/// Size of a value of this type, where all have one; [MS-EVEN6] 2.2.12.4.
pub(super) fn fixed_size(kind: u8) -> Option<usize> {
    Some(match kind {
        0x00 => 0,
        0x03 | 0x04 => 1,
        0x05 | 0x06 => 2,
        0x07 | 0x08 | 0x0b | 0x0d | 0x14 => 4,
        0x09 | 0x0a | 0x0c | 0x11 | 0x15 => 8,
        0x0f | 0x12 => 16,
        _ => return None,
    })
}
