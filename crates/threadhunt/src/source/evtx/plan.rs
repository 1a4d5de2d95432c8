//! Plans: template definitions compiled once, so that a record is a walk over its values.
//!
//! Makes fast: records whose outer template is an `Event` with a plain `System` section and
//! whose data is one template of named `Data` elements, which is every Sysmon record seen so
//! far. Everything else has no plan and takes the plain decoder, which is the reference: a
//! test holds both equal.
//!
//! A plan is found by id and size, then proved: the definition's bytes must be those that
//! were compiled, except for the name offsets, which differ by chunk and must lead to equal
//! names. An id alone proves nothing, since anyone can forge a GUID.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::binxml::{Broken, Definition, NameRef, Stream, Token, Tokens, name_is_whole, name_units};
use super::bytes::u32_at;
use super::plain::Chunk;
use super::value::STRING;
use crate::event::{FieldName, Layout, SystemField, Utf16};
use crate::schema::FieldId;

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// UTF-16 text in the definition, by its place behind the definition's start.
    Literal { at: u32, len: u32 },
    /// A value of the instance.
    Substitution(u16),
    /// Nothing: an empty element.
    Empty,
}

/// A value of the `System` section.
#[derive(Clone, Copy, Debug)]
pub(super) struct SystemEntry {
    pub(super) field: SystemField,
    pub(super) source: Source,
    /// The element stands only where this substitution is not null.
    pub(super) dependency: Option<u16>,
}

/// An outer template: `Event` with its `System`, and where its data is.
#[derive(Debug)]
pub(super) struct EventPlan {
    /// The event stands only where this substitution is not null: exported logs name the body's.
    pub(super) dependency: Option<u16>,
    pub(super) system: Box<[SystemEntry]>,
    /// Id and provider: all that is read of a record nobody wants.
    pub(super) event_id: Source,
    pub(super) provider: Source,
    /// Substitutions that stand where the data goes; all but one are null in a record.
    pub(super) bodies: Box<[u16]>,
}

/// A datum.
#[derive(Clone, Copy, Debug)]
pub(super) struct DataEntry {
    /// The field, where the schema knows it: for the projection.
    pub(super) field: Option<FieldId>,
    pub(super) source: Source,
    pub(super) dependency: Option<u16>,
}

/// An inner template: `EventData` with named `Data`.
#[derive(Debug)]
pub(super) struct DataPlan {
    pub(super) layout: Arc<Layout>,
    pub(super) entries: Box<[DataEntry]>,
}

/// What a definition is good for.
#[derive(Debug)]
pub(super) enum Shape {
    Event(EventPlan),
    Data(DataPlan),
    /// Only the plain decoder reads it.
    Other,
}

/// A name offset within a definition, and the name that it must lead to.
#[derive(Debug)]
struct Hole {
    at: usize,
    inline: bool,
    units: Box<[u8]>,
}

/// A compiled definition.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) id: u32,
    pub(super) shape: Shape,
    body: Box<[u8]>,
    holes: Box<[Hole]>,
}

impl Plan {
    /// Whether the definition in this chunk is the one that was compiled.
    fn is(&self, chunk: &[u8], definition: Definition) -> bool {
        let body = &chunk[definition.start..definition.end];
        if self.id != definition.id || body.len() != self.body.len() {
            return false;
        }
        let mut from = 0;
        for hole in &self.holes {
            let Some(offset) = u32_at(body, hole.at) else { return false };
            let behind = hole.at + 4;
            let inline = offset as usize == definition.start + behind;
            let same_name = name_units(chunk, offset).is_ok_and(|units| *units == *hole.units);
            if inline != hole.inline || !same_name || body[from..hole.at] != self.body[from..hole.at] {
                return false;
            }
            // An inline name begins with the offset of its bucket's next name, which differs too.
            from = if inline { behind + 4 } else { behind };
        }
        body[from..] == self.body[from..]
    }
}

/// Plans kept by one worker, by id and size of the definition.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    plans: HashMap<(u32, usize), Vec<Rc<Plan>>>,
    count: usize,
}

/// Plans kept; real logs have some dozens, times the ways in which names stand inline.
const MAX_PLANS: usize = 4096;

impl Plans {
    /// The plan of a definition, compiled now if it is new.
    pub(super) fn plan(&mut self, chunk: &Chunk<'_>, definition: Definition) -> Result<Rc<Plan>, Broken> {
        let key = (definition.id, definition.end - definition.start);
        let known =
            self.plans.get(&key).and_then(|plans| plans.iter().find(|plan| plan.is(chunk.bytes, definition)));
        if let Some(plan) = known {
            return Ok(Rc::clone(plan));
        }
        let plan = Rc::new(compile(chunk, definition)?);
        if self.count >= MAX_PLANS {
            self.plans.clear();
            self.count = 0;
        }
        self.count += 1;
        self.plans.entry(key).or_default().push(Rc::clone(&plan));
        Ok(plan)
    }
}

fn compile(chunk: &Chunk<'_>, definition: Definition) -> Result<Plan, Broken> {
    let holes = holes(chunk, definition)?;
    let mut compiler = Compiler { chunk, definition, tokens: tokens(chunk, definition) };
    let shape = compiler.root().unwrap_or(Shape::Other);
    let body = chunk.bytes[definition.start..definition.end].into();
    Ok(Plan { id: definition.id, shape, body, holes })
}

fn tokens<'c>(chunk: &Chunk<'c>, definition: Definition) -> Tokens<'c> {
    Tokens::new(chunk.bytes, definition.start, definition.end, Stream::Definition)
}

/// All name offsets of a definition; a name that was overwritten breaks it.
fn holes(chunk: &Chunk<'_>, definition: Definition) -> Result<Box<[Hole]>, Broken> {
    let mut tokens = tokens(chunk, definition);
    let mut holes = Vec::new();
    while let Some(token) = tokens.next()? {
        let (Token::Open { name, .. } | Token::Attribute(name) | Token::Entity(name)) = token else {
            continue;
        };
        if !chunk.trusted && !name_is_whole(chunk.bytes, name.offset) {
            return Err(Broken::Name(name.offset));
        }
        let units = name_units(chunk.bytes, name.offset)?.into();
        holes.push(Hole { at: name.hole - definition.start, inline: name.inline, units });
    }
    Ok(holes.into())
}

/// Reads a definition of the plain shapes; `None` anywhere means: not one of them.
struct Compiler<'p, 'c> {
    chunk: &'p Chunk<'c>,
    definition: Definition,
    tokens: Tokens<'c>,
}

impl Compiler<'_, '_> {
    fn next(&mut self) -> Option<Token> {
        loop {
            match self.tokens.next().ok()?? {
                Token::Ignored => {}
                token => return Some(token),
            }
        }
    }

    fn name(&self, name: NameRef) -> Option<String> {
        Some(Utf16::new(name_units(self.chunk.bytes, name.offset).ok()?).to_string())
    }

    fn root(&mut self) -> Option<Shape> {
        let Token::Open { name, dependency } = self.next()? else { return None };
        match self.name(name)?.as_str() {
            "Event" => self.event(dependency).map(Shape::Event),
            "EventData" if dependency.is_none() => self.event_data().map(Shape::Data),
            _ => None,
        }
    }

    /// `Event`: namespaces, `System`, then substitutions.
    fn event(&mut self, dependency: Option<u16>) -> Option<EventPlan> {
        let attributes = self.attributes()?;
        if !attributes.iter().all(|(name, _)| name == "xmlns") {
            return None;
        }
        let mut system = Vec::new();
        let mut bodies = Vec::new();
        loop {
            match self.next()? {
                Token::Open { name, dependency: None } if self.name(name)? == "System" => {
                    self.system(&mut system)?;
                }
                Token::Substitution { index, .. } => bodies.push(index),
                Token::End => break,
                _ => return None,
            }
        }
        let of =
            |field| system.iter().find(|entry: &&SystemEntry| entry.field == field).map(|entry| entry.source);
        let event_id = of(SystemField::EventId)?;
        let provider = of(SystemField::ProviderName)?;
        Some(EventPlan { dependency, event_id, provider, system: system.into(), bodies: bodies.into() })
    }

    fn system(&mut self, entries: &mut Vec<SystemEntry>) -> Option<()> {
        if !self.attributes()?.is_empty() {
            return None;
        }
        loop {
            match self.next()? {
                Token::Open { name, dependency } => {
                    let element = self.name(name)?;
                    let (attributes, text) = self.leaf()?;
                    let named = attributes.iter().map(|(name, source)| (name.as_str(), *source));
                    for (attribute, source) in
                        named.chain(Some(("", text)).filter(|(_, text)| *text != Source::Empty))
                    {
                        let field = SystemField::find(&element, attribute)?;
                        if entries.iter().any(|entry| entry.field == field) {
                            return None;
                        }
                        entries.push(SystemEntry { field, source, dependency });
                    }
                }
                Token::End => return Some(()),
                _ => return None,
            }
        }
    }

    /// `EventData`: `Data` elements with a literal name and at most one value.
    fn event_data(&mut self) -> Option<DataPlan> {
        if !self.attributes()?.is_empty() {
            return None;
        }
        let mut names = Vec::new();
        let mut entries = Vec::new();
        loop {
            match self.next()? {
                Token::Open { name, dependency } if self.name(name)? == "Data" => {
                    let (attributes, source) = self.leaf()?;
                    let name = match attributes.as_slice() {
                        [] => FieldName::Other("".into()),
                        [(attribute, Source::Literal { at, len })] if attribute == "Name" => {
                            let start = self.definition.start + *at as usize;
                            let units = self.chunk.bytes.get(start..start + *len as usize)?;
                            FieldName::new(&Utf16::new(units).to_string())
                        }
                        _ => return None,
                    };
                    let field = if let FieldName::Known(field) = name { Some(field) } else { None };
                    names.push(name);
                    entries.push(DataEntry { field, source, dependency });
                }
                Token::End => break,
                _ => return None,
            }
        }
        Some(DataPlan { layout: Arc::new(Layout::new(names)), entries: entries.into() })
    }

    /// Attributes and text of an element without child elements, up to its end.
    fn leaf(&mut self) -> Option<(Vec<(String, Source)>, Source)> {
        let mut attributes = Vec::new();
        let mut text = Source::Empty;
        let mut in_start = true;
        loop {
            match self.next()? {
                Token::Attribute(name) if in_start => {
                    let name = self.name(name)?;
                    let source = self.source()?;
                    attributes.push((name, source));
                }
                Token::CloseStart if in_start => in_start = false,
                Token::CloseEmpty if in_start => break,
                Token::End if !in_start => break,
                token if !in_start && text == Source::Empty => text = self.as_source(token)?,
                _ => return None,
            }
        }
        Some((attributes, text))
    }

    /// The attributes of an element with children.
    fn attributes(&mut self) -> Option<Vec<(String, Source)>> {
        let mut attributes = Vec::new();
        loop {
            match self.next()? {
                Token::Attribute(name) => {
                    let name = self.name(name)?;
                    attributes.push((name, self.source()?));
                }
                Token::CloseStart => return Some(attributes),
                _ => return None,
            }
        }
    }

    fn source(&mut self) -> Option<Source> {
        let token = self.next()?;
        self.as_source(token)
    }

    fn as_source(&self, token: Token) -> Option<Source> {
        match token {
            Token::Value { kind: STRING, start, len } => {
                let at = u32::try_from(start - self.definition.start).ok()?;
                Some(Source::Literal { at, len: u32::try_from(len).ok()? })
            }
            Token::Substitution { index, .. } => Some(Source::Substitution(index)),
            _ => None,
        }
    }
}
