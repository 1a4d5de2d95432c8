//! A record as EVTX holds it: an outline of its `System` section, one of each body, and the
//! values that fill them.
//!
//! The outer outline is the one that Windows uses for Sysmon and all other providers: 18
//! values in a fixed order, the computer's name as constant text, and the body as the last
//! value. What an ordinary record does not have (a processor id, a second body) comes
//! behind those 18.

use super::outline::{ALWAYS, Outline, Presence};
use super::value;
use crate::event::{Event, FieldName, Node, SystemField, Value};

/// A value of an instance, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// The next `size` bytes of the section.
    Plain { kind: u8, size: usize },
    /// A body of the document.
    Body(usize),
}

impl Item {
    /// A place without value.
    pub(super) const NULL: Self = Self::Plain { kind: value::NULL, size: 0 };
}

/// An outline with its values.
#[derive(Debug, Default)]
pub(super) struct Section {
    pub(super) outline: Outline,
    pub(super) items: Vec<Item>,
    pub(super) bytes: Vec<u8>,
}

impl Section {
    fn clear(&mut self) {
        self.outline.clear();
        self.items.clear();
        self.bytes.clear();
    }

    /// The index that the next value gets; beyond 64 Ki values the record is refused for its size.
    fn next_index(&self) -> u16 {
        self.items.len() as u16
    }

    /// Adds a value and its place, here.
    fn push_here(&mut self, value: Value<'_>, wanted: u8) {
        let index = self.next_index();
        let kind = self.push(value, wanted);
        self.outline.substitution(index, kind, Presence::Required);
    }
}

/// A record in the making, with buffers that are used again.
#[derive(Debug)]
pub(super) struct Document {
    /// The `System` section and the places of the bodies.
    pub(super) outer: Section,
    bodies: Vec<Section>,
    body_count: usize,
    fields: Vec<SystemField>,
    places: Places,
}

/// Index and kind of each system field's value, where it has a place.
type Places = [Option<(u16, u8)>; SystemField::COUNT];

/// The document's tree cannot be written: an element not closed, an attribute outside a start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unbalanced;

use SystemField as F;
use value::{FILETIME, GUID, HEX64, SID, UINT8, UINT16, UINT32, UINT64, UNICODE};

/// The values of the outer template in order, as in every log of Windows.
const PLACES: [(SystemField, u8); BODY as usize] = [
    (F::Level, UINT8),
    (F::Opcode, UINT8),
    (F::Task, UINT16),
    (F::EventId, UINT16),
    (F::Qualifiers, UINT16),
    (F::Keywords, HEX64),
    (F::TimeCreated, FILETIME),
    (F::ActivityId, GUID),
    (F::ProcessId, UINT32),
    (F::ThreadId, UINT32),
    (F::EventRecordId, UINT64),
    (F::Version, UINT8),
    (F::UserId, SID),
    (F::RelatedActivityId, GUID),
    (F::ProviderName, UNICODE),
    (F::ProviderGuid, GUID),
    (F::Channel, UNICODE),
];

/// Index of the body's value.
const BODY: u16 = 17;

/// What gets a place only in records that have it.
const EXTRAS: &[(SystemField, u8)] = &[
    (F::EventSourceName, UNICODE),
    (F::ProcessorId, UINT8),
    (F::SessionId, UINT32),
    (F::KernelTime, UINT32),
    (F::UserTime, UINT32),
    (F::ProcessorTime, UINT64),
];

const NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";

impl Document {
    pub(super) fn new() -> Self {
        Self {
            outer: Section::default(),
            bodies: Vec::new(),
            body_count: 0,
            fields: SystemField::all().collect(),
            places: [None; SystemField::COUNT],
        }
    }

    pub(super) fn body(&self, index: usize) -> &Section {
        &self.bodies[index]
    }

    /// Takes up a record in place of the one before.
    pub(super) fn fill(&mut self, event: &Event<'_>) -> Result<(), Unbalanced> {
        self.outer.clear();
        self.body_count = 0;
        self.fill_bodies(event)?;
        self.fill_system_values(event);
        self.outline_system(event);
        Ok(())
    }

    fn fill_system_values(&mut self, event: &Event<'_>) {
        self.places = [None; SystemField::COUNT];
        for (field, kind) in PLACES {
            let index = self.outer.next_index();
            let kind = match event.system(field) {
                Some(value) => self.outer.push(value, kind),
                None => {
                    self.outer.items.push(Item::NULL);
                    kind
                }
            };
            self.places[field.index()] = Some((index, kind));
        }
        match self.body_count {
            0 => self.outer.items.push(Item::NULL),
            _ => self.outer.items.push(Item::Body(0)),
        }
        for (field, kind) in EXTRAS {
            self.fill_extra(event, *field, *kind);
        }
        if literal_computer(event).is_none() {
            self.fill_extra(event, F::Computer, UNICODE);
        }
    }

    fn fill_extra(&mut self, event: &Event<'_>, field: SystemField, kind: u8) {
        let Some(value) = event.system(field) else { return };
        let index = self.outer.next_index();
        let kind = self.outer.push(value, kind);
        self.places[field.index()] = Some((index, kind));
    }

    fn outline_system(&mut self, event: &Event<'_>) {
        let Self { outer, fields, places, body_count, .. } = self;
        let outline = &mut outer.outline;
        outline.open("Event", ALWAYS);
        outline.attribute("xmlns");
        outline.literal(NAMESPACE);
        outline.open("System", ALWAYS);
        let computer = literal_computer(event);
        for group in fields.chunk_by(|a, b| a.element() == b.element()) {
            match &computer {
                Some(name) if group == [F::Computer] => {
                    outline.open("Computer", ALWAYS);
                    outline.literal(name);
                    outline.close();
                }
                _ => outline_element(outline, &outer.items, group, places),
            }
        }
        outline.close();
        outline.substitution(BODY, value::BINXML, Presence::Optional);
        for body in 1..*body_count {
            outline.substitution(outer.items.len() as u16, value::BINXML, Presence::Optional);
            outer.items.push(Item::Body(body));
        }
        outline.close();
    }

    /// The named data and the trees, each of which is a body of its own.
    fn fill_bodies(&mut self, event: &Event<'_>) -> Result<(), Unbalanced> {
        let mut data = event.data().next().is_some();
        if data && !has_event_data_tree(event) {
            self.begin_body("EventData");
            self.push_data(event);
            self.current().outline.close();
            data = false;
        }
        let mut depth = 0usize;
        let mut in_tag = false;
        for node in event.tree() {
            let is_attribute = matches!(node, Node::Attribute(..));
            if is_attribute && !in_tag || depth == 0 && !matches!(node, Node::Open(_)) {
                return Err(Unbalanced);
            }
            // The data belong behind the attributes of the first `EventData`.
            if depth == 1 && data && !is_attribute && self.is_event_data() {
                self.push_data(event);
                data = false;
            }
            in_tag = matches!(node, Node::Open(_)) || is_attribute;
            match node {
                Node::Open(name) => {
                    if depth == 0 {
                        self.begin_body(name);
                    } else {
                        self.current().outline.open(name, ALWAYS);
                    }
                    depth += 1;
                }
                Node::Attribute(name, value) => {
                    self.current().outline.attribute(name);
                    self.current().push_here(value, UNICODE);
                }
                Node::Text(value) => self.current().push_here(value, UNICODE),
                Node::Close => {
                    self.current().outline.close();
                    depth -= 1;
                }
            }
        }
        if depth == 0 { Ok(()) } else { Err(Unbalanced) }
    }

    fn begin_body(&mut self, name: &str) {
        if self.body_count == self.bodies.len() {
            self.bodies.push(Section::default());
        }
        self.body_count += 1;
        self.current().clear();
        self.current().outline.open(name, ALWAYS);
    }

    fn current(&mut self) -> &mut Section {
        &mut self.bodies[self.body_count - 1]
    }

    fn is_event_data(&mut self) -> bool {
        self.current().outline.root() == Some("EventData")
    }

    fn push_data(&mut self, event: &Event<'_>) {
        let schema = event.schema();
        let body = self.current();
        for (name, value) in event.data() {
            body.outline.open("Data", ALWAYS);
            if !name.as_str().is_empty() {
                body.outline.attribute("Name");
                body.outline.literal(name.as_str());
            }
            let field = match name {
                FieldName::Known(field) => schema.and_then(|schema| schema.field(*field)),
                FieldName::Other(_) => None,
            };
            body.push_here(value, field.map_or(UNICODE, |field| value::kind_of(field.manifest_type())));
            body.outline.close();
        }
    }
}

/// Whether one of the record's trees is an `EventData` of its own, with what is no plain datum.
fn has_event_data_tree(event: &Event<'_>) -> bool {
    let mut depth = 0usize;
    event.tree().any(|node| {
        match node {
            Node::Open(_) => depth += 1,
            Node::Close => depth = depth.saturating_sub(1),
            Node::Attribute(..) | Node::Text(_) => {}
        }
        depth == 1 && matches!(node, Node::Open("EventData"))
    })
}

/// The computer's name where it can be constant text: not empty, without lone surrogates.
fn literal_computer<'b>(event: &Event<'b>) -> Option<std::borrow::Cow<'b, str>> {
    match event.system(F::Computer)? {
        Value::Utf8("") => None,
        Value::Utf8(text) => Some(text.into()),
        Value::Utf16(text) if !text.is_empty() && text.is_valid() => Some(text.to_string().into()),
        _ => None,
    }
}

/// An element of `System` with the places of its attributes and its text.
fn outline_element(outline: &mut Outline, items: &[Item], group: &[SystemField], places: &Places) {
    let place = |field: &SystemField| places[field.index()].map(|(index, kind)| (*field, index, kind));
    let is_null = |index: u16| items.get(usize::from(index)) == Some(&Item::NULL);
    let text = group.iter().filter(|field| field.attribute().is_none()).find_map(place);
    let attributes = group.iter().filter(|field| field.attribute().is_some());
    if text.is_none() && attributes.clone().next().is_none() {
        return;
    }
    // An element disappears with its text, unless an attribute has a value all the same.
    let has_attribute = attributes.clone().filter_map(place).any(|(_, index, _)| !is_null(index));
    let dependency = match text {
        Some((_, index, _)) if !(is_null(index) && has_attribute) => index,
        _ => ALWAYS,
    };
    outline.open(group[0].element(), dependency);
    for (field, index, kind) in attributes.filter_map(place) {
        outline.attribute(field.attribute().unwrap_or_default());
        outline.substitution(index, kind, Presence::Optional);
    }
    if let Some((_, index, kind)) = text {
        outline.substitution(index, kind, Presence::Optional);
    }
    outline.close();
}
