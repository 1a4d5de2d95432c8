//! The plain decoder: walks the tokens of any record and tells the assembler what it meets.
//!
//! It covers all of BinXML: nested templates, arrays, records without templates, entities,
//! CDATA. It is the reference for the plans, which are the same meaning compiled for the
//! shape that nearly all records have.

use super::binxml::{
    Broken, Budget, Definition, Instance, MAX_NESTING, NameRef, Stream, Token, Tokens, definition,
    fixed_size, instance, name_is_whole, name_units,
};
use super::value::{self, ARRAY, BINXML, NULL, STRING};
use crate::event::{RecordBuilder, Slot, Utf16};
use crate::source::assemble::{Assembler, NotAnEvent};

/// A chunk, as the decoders see it.
#[derive(Clone, Copy)]
pub(super) struct Chunk<'c> {
    /// The batch's whole input, so that slots can point into it.
    pub(super) input: &'c [u8],
    /// Where the chunk begins in it.
    pub(super) base: usize,
    /// The chunk's own bytes: all offsets of the format count from here.
    pub(super) bytes: &'c [u8],
    /// Whether header and checksums say that the bytes are as they were written.
    pub(super) trusted: bool,
}

/// Type, place in the chunk and length of each value of an instance.
type Values = Vec<(u8, usize, usize)>;

/// Decodes the stream of tokens in `chunk[start..end]` into a record.
///
/// On damage the builder is given up and nothing of the record stays.
pub(super) fn decode<'a>(
    chunk: Chunk<'_>,
    start: usize,
    end: usize,
    budget: &mut Budget,
    builder: RecordBuilder<'a>,
) -> Result<RecordBuilder<'a>, Broken> {
    budget.begin();
    let mut decoder = Decoder { chunk, assembler: Assembler::new(builder), budget, items: None, elements: 0 };
    let outcome = decoder.stream(Tokens::new(chunk.bytes, start, end, Stream::Record), None, 0);
    let found = decoder.elements > 0;
    let builder = decoder.assembler.into_builder();
    match outcome {
        Ok(()) if found => {
            budget.keep();
            Ok(builder)
        }
        Ok(()) => {
            builder.abandon();
            Err(Broken::NoEvent)
        }
        Err(broken) => {
            builder.abandon();
            Err(broken)
        }
    }
}

struct Decoder<'a, 'c> {
    chunk: Chunk<'c>,
    assembler: Assembler<'a>,
    budget: &'c mut Budget,
    /// The array that was taken apart last, and its items.
    items: Option<(Array, Vec<(usize, usize)>)>,
    elements: usize,
}

/// Type, place and length of an array.
type Array = (u8, usize, usize);

/// What surrounds the tokens being read.
#[derive(Clone, Copy)]
struct Context<'v> {
    /// The values of the template instance, if it is one.
    values: Option<&'v Values>,
    /// Which item of an array stands for it in this repetition of the element.
    item: usize,
    nesting: usize,
}

impl Context<'_> {
    fn value(&self, index: u16) -> Result<(u8, usize, usize), Broken> {
        let values = self.values.ok_or(Broken::Substitution(index))?;
        values.get(usize::from(index)).copied().ok_or(Broken::Substitution(index))
    }
}

impl Decoder<'_, '_> {
    fn step(&mut self) -> Result<(), Broken> {
        self.budget.pay(1, 0)
    }

    /// Reads a stream to its end: elements and template instances side by side.
    fn stream(
        &mut self,
        mut tokens: Tokens<'_>,
        values: Option<&Values>,
        nesting: usize,
    ) -> Result<(), Broken> {
        if nesting > MAX_NESTING {
            return Err(Broken::Nested);
        }
        let context = Context { values, item: 0, nesting };
        while let Some(token) = tokens.next()? {
            match token {
                Token::Open { name, dependency } => self.element(&mut tokens, name, dependency, context)?,
                Token::Instance(pos) => tokens.pos = self.instance(pos, tokens.end(), nesting)?,
                Token::Ignored => {}
                Token::End | Token::CloseStart | Token::CloseEmpty | Token::Attribute(_) => {
                    return Err(Broken::Unbalanced);
                }
                text => self.text(text, context)?,
            }
        }
        Ok(())
    }

    /// Reads a template instance and returns where it ends.
    fn instance(&mut self, pos: usize, end: usize, nesting: usize) -> Result<usize, Broken> {
        self.step()?;
        let bytes = self.chunk.bytes;
        let instance = instance(bytes, pos, end)?;
        let definition = matching_definition(bytes, &instance)?;
        instance.has_sound_sizes(bytes)?;
        let (values, end) = values(bytes, &instance, end)?;
        self.stream(
            Tokens::new(bytes, definition.start, definition.end, Stream::Definition),
            Some(&values),
            nesting + 1,
        )?;
        Ok(end)
    }

    fn element(
        &mut self,
        tokens: &mut Tokens<'_>,
        name: NameRef,
        dependency: Option<u16>,
        context: Context<'_>,
    ) -> Result<(), Broken> {
        let missing = |index| context.value(index).is_ok_and(|(kind, _, _)| kind == NULL);
        if dependency.is_some_and(missing) {
            return skip_element(tokens);
        }
        let name = self.name(name)?;
        let start = tokens.clone();
        // An array stands for a repetition of the element that holds it ([MS-EVEN6] 3.1.4.7.5).
        for item in 0..self.repetitions(start.clone(), context)? {
            *tokens = start.clone();
            self.element_once(tokens, &name, Context { item, ..context })?;
        }
        Ok(())
    }

    /// How often an element stands: as often as the longest array directly in it has items.
    fn repetitions(&mut self, mut tokens: Tokens<'_>, context: Context<'_>) -> Result<usize, Broken> {
        if context.values.is_none_or(|values| values.iter().all(|(kind, _, _)| kind & ARRAY == 0)) {
            return Ok(1);
        }
        let mut depth = 1;
        let mut most = 1;
        while let Some(token) = tokens.next()? {
            self.step()?;
            match token {
                Token::Open { .. } => depth += 1,
                Token::End | Token::CloseEmpty => depth -= 1,
                Token::Substitution { index, .. } if depth == 1 => {
                    let (kind, at, len) = context.value(index)?;
                    if kind & ARRAY != 0 {
                        most = most.max(self.items((kind, at, len)).len());
                    }
                }
                Token::Instance(_) => return Ok(most),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        Ok(most)
    }

    fn element_once(
        &mut self,
        tokens: &mut Tokens<'_>,
        name: &str,
        context: Context<'_>,
    ) -> Result<(), Broken> {
        self.step()?;
        self.elements += 1;
        self.assembler.open(name).map_err(not_an_event)?;
        loop {
            match tokens.next()?.ok_or(Broken::Unbalanced)? {
                Token::Attribute(name) => self.attribute(tokens, name, context)?,
                Token::CloseStart | Token::Ignored => {}
                Token::CloseEmpty | Token::End => break,
                Token::Open { name, dependency } => self.element(tokens, name, dependency, context)?,
                Token::Instance(pos) => tokens.pos = self.instance(pos, tokens.end(), context.nesting)?,
                text => self.text(text, context)?,
            }
        }
        self.assembler.close().map_err(not_an_event)
    }

    /// An attribute: the values up to the next attribute or the end of the list are its text.
    fn attribute(
        &mut self,
        tokens: &mut Tokens<'_>,
        name: NameRef,
        context: Context<'_>,
    ) -> Result<(), Broken> {
        let name = self.name(name)?;
        let mut pieces = Vec::new();
        loop {
            let before = tokens.clone();
            let token = tokens.next()?.ok_or(Broken::Unbalanced)?;
            if matches!(
                token,
                Token::Attribute(_) | Token::CloseStart | Token::CloseEmpty | Token::End | Token::Open { .. }
            ) {
                *tokens = before;
                break;
            }
            self.step()?;
            pieces.extend(self.piece(token, context)?);
        }
        let whole = match pieces.as_slice() {
            [] => return Ok(()),
            [piece] => *piece,
            pieces => self.joined(pieces)?,
        };
        self.assembler.attribute(&name, whole);
        Ok(())
    }

    fn joined(&mut self, pieces: &[Slot]) -> Result<Slot, Broken> {
        let batch = self.assembler.batch();
        let text: String = pieces
            .iter()
            .filter_map(|slot| batch.value(*slot))
            .map(|value| value.to_text().into_owned())
            .collect();
        self.budget.pay(0, text.len())?;
        Ok(batch.push_text(&text))
    }

    fn text(&mut self, token: Token, context: Context<'_>) -> Result<(), Broken> {
        self.step()?;
        if let Token::Substitution { index, .. } = token {
            let (kind, at, len) = context.value(index)?;
            if kind == BINXML {
                let tokens = Tokens::new(self.chunk.bytes, at, at + len, Stream::Value);
                return self.stream(tokens, None, context.nesting + 1);
            }
        }
        if let Some(slot) = self.piece(token, context)? {
            self.assembler.text(slot);
        }
        Ok(())
    }

    /// The text that a token stands for; `None` for a null value.
    fn piece(&mut self, token: Token, context: Context<'_>) -> Result<Option<Slot>, Broken> {
        let slot = match token {
            Token::Value { kind, start, len } => self.value(kind, start, len)?,
            Token::Substitution { index, .. } => {
                let (kind, at, len) = context.value(index)?;
                if kind & ARRAY != 0 {
                    self.item(kind, at, len, context.item)?
                } else {
                    self.value(kind, at, len)?
                }
            }
            Token::Cdata { start, len } => self.value(STRING, start, len)?,
            Token::Char(unit) => self.assembler.batch().push_utf16(&unit.to_le_bytes()),
            Token::Entity(name) => {
                let name = self.name(name)?;
                self.assembler.batch().push_text(&entity(&name))
            }
            _ => Slot::Absent,
        };
        Ok(Some(slot).filter(|slot| *slot != Slot::Absent))
    }

    fn value(&mut self, kind: u8, at: usize, len: usize) -> Result<Slot, Broken> {
        let bytes = self.chunk.bytes.get(at..at + len).ok_or(Broken::Short("value"))?;
        self.budget.pay(0, len)?;
        // Spans point into the batch's input, where the decoder's chunk is a part.
        match value::slot(self.chunk.input, kind, self.chunk.base + at, len)? {
            Some(slot) => Ok(slot),
            None => value::slot_in_arena(self.assembler.batch(), kind, bytes),
        }
    }

    /// One item of an array; behind its end nothing.
    fn item(&mut self, kind: u8, at: usize, len: usize, item: usize) -> Result<Slot, Broken> {
        match self.items((kind, at, len)).get(item) {
            Some(&(start, size)) => self.value(kind & !ARRAY, at + start, size),
            None => Ok(Slot::Absent),
        }
    }

    /// The items of an array, taken apart once for all repetitions of its element.
    fn items(&mut self, array: Array) -> &[(usize, usize)] {
        if self.items.as_ref().is_none_or(|(known, _)| *known != array) {
            let (kind, at, len) = array;
            let items = items(kind, self.chunk.bytes.get(at..at + len).unwrap_or_default());
            self.items = Some((array, items));
        }
        self.items.as_ref().map_or(&[], |(_, items)| items)
    }

    fn name(&mut self, name: NameRef) -> Result<String, Broken> {
        if !self.chunk.trusted && !name_is_whole(self.chunk.bytes, name.offset) {
            return Err(Broken::Name(name.offset));
        }
        let units = name_units(self.chunk.bytes, name.offset)?;
        self.budget.pay(0, units.len())?;
        Ok(Utf16::new(units).to_string())
    }
}

fn not_an_event(error: NotAnEvent) -> Broken {
    match error {
        NotAnEvent::TooDeep => Broken::Nested,
        NotAnEvent::Unbalanced => Broken::Unbalanced,
    }
}

/// The definition of an instance's template, if it is still that template's.
pub(super) fn matching_definition(chunk: &[u8], instance: &Instance) -> Result<Definition, Broken> {
    let definition = definition(chunk, instance.definition)?;
    if definition.id == instance.id { Ok(definition) } else { Err(Broken::Foreign(instance.definition)) }
}

/// Place and type of each value, and where the last one ends.
fn values(chunk: &[u8], instance: &Instance, end: usize) -> Result<(Values, usize), Broken> {
    let mut at = instance.values;
    let mut values = Vec::with_capacity(instance.count);
    for index in 0..instance.count {
        let (kind, len) = instance.descriptor(chunk, index).ok_or(Broken::Short("template instance"))?;
        values.push((kind, at, len));
        at += len;
    }
    if at > end { Err(Broken::Uneven) } else { Ok((values, at)) }
}

/// Passes over an element whose start was read.
fn skip_element(tokens: &mut Tokens<'_>) -> Result<(), Broken> {
    let mut depth = 1;
    while depth > 0 {
        match tokens.next()?.ok_or(Broken::Unbalanced)? {
            Token::Open { .. } => depth += 1,
            Token::End | Token::CloseEmpty => depth -= 1,
            _ => {}
        }
    }
    Ok(())
}

/// Start and length of each item of an array.
///
/// Texts end with a NUL each; a last one without it counts too.
fn items(kind: u8, bytes: &[u8]) -> Vec<(usize, usize)> {
    match kind & !ARRAY {
        STRING => texts(bytes, 2),
        value::ANSI => texts(bytes, 1),
        0x13 => sids(bytes),
        _ => match fixed_size(kind & !ARRAY).filter(|size| *size > 0) {
            Some(size) => (0..bytes.len() / size).map(|index| (index * size, size)).collect(),
            None => vec![(0, bytes.len())],
        },
    }
}

fn texts(bytes: &[u8], unit: usize) -> Vec<(usize, usize)> {
    let mut items = Vec::new();
    let mut start = 0;
    for (index, piece) in bytes.chunks_exact(unit).enumerate() {
        if piece.iter().all(|byte| *byte == 0) {
            items.push((start, index * unit - start));
            start = (index + 1) * unit;
        }
    }
    if start < bytes.len() {
        items.push((start, bytes.len() - start));
    }
    items
}

fn sids(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut items = Vec::new();
    let mut start = 0;
    while let Some(&count) = bytes.get(start + 1) {
        let len = 8 + 4 * usize::from(count);
        items.push((start, len.min(bytes.len() - start)));
        start += len;
    }
    items
}

/// The five entities of XML; others stay as they were written.
fn entity(name: &str) -> String {
    match name {
        "lt" => "<".to_owned(),
        "gt" => ">".to_owned(),
        "amp" => "&".to_owned(),
        "quot" => "\"".to_owned(),
        "apos" => "'".to_owned(),
        other => format!("&{other};"),
    }
}
