//! From the elements of an `<Event>` document to a record.
//!
//! XML text and BinXML are two spellings of one document. Both readers call the
//! [`Assembler`] with what they meet (an element opens, an attribute, a piece of text, an
//! element closes), and it decides what is a system field, what a named datum, and what
//! stays a tree. `RenderingInfo` is left out: it repeats the values in words, in the
//! language of the machine that rendered it.

use crate::event::{Batch, RecordBuilder, Slot, SystemField, TokenKind, Value};

/// Depth below which elements are refused; real events stay below ten.
pub(crate) const MAX_DEPTH: usize = 64;

/// Which part of the document we are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    /// Outside `Event`, or directly below it.
    Top,
    System,
    EventData,
    /// Left out: `RenderingInfo`.
    Skipped,
    /// Anything else: kept as a tree.
    Tree,
}

/// A step kept until it is known what it belongs to.
#[derive(Clone, Debug)]
struct Step {
    kind: TokenKind,
    name: String,
    slot: Slot,
}

/// Makes a record of a document's elements; see the module's head.
#[derive(Debug)]
pub(crate) struct Assembler<'a> {
    builder: RecordBuilder<'a>,
    section: Section,
    /// Open elements, `Event` included.
    depth: usize,
    /// The element of `System` that is open.
    system_element: String,
    /// The child of `EventData` (or the element of `System`) that is open, step by step.
    steps: Vec<Step>,
    /// Pieces of text met since the last element began or ended.
    run: Vec<Slot>,
    /// Whether `EventData` was opened as a tree, for children that are no plain data.
    event_data_tree: bool,
}

/// A document that no event can be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAnEvent {
    #[error("elements are nested more than {MAX_DEPTH} deep")]
    TooDeep,
    #[error("an element ends that was not open")]
    Unbalanced,
}

impl<'a> Assembler<'a> {
    pub(crate) fn new(builder: RecordBuilder<'a>) -> Self {
        Self {
            builder,
            section: Section::Top,
            depth: 0,
            system_element: String::new(),
            steps: Vec::new(),
            run: Vec::new(),
            event_data_tree: false,
        }
    }

    /// The batch, to put text into its arenas.
    pub(crate) fn batch(&mut self) -> &mut Batch {
        self.builder.batch()
    }

    /// The finished record's builder.
    pub(crate) fn into_builder(self) -> RecordBuilder<'a> {
        self.builder
    }

    /// The record's builder, for notes and places.
    pub(crate) fn builder(&mut self) -> &mut RecordBuilder<'a> {
        &mut self.builder
    }

    /// An element begins.
    pub(crate) fn open(&mut self, name: &str) -> Result<(), NotAnEvent> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(NotAnEvent::TooDeep);
        }
        match (self.depth, self.section) {
            (1, _) => {}
            (2, _) => self.open_section(name),
            (3, Section::System) => {
                self.system_element.clear();
                self.system_element.push_str(name);
                self.run.clear();
            }
            (_, Section::System) => {
                self.builder.note(format!("System/{}/{name} left out", self.system_element));
            }
            (_, Section::EventData) => {
                self.end_step_run();
                self.step(TokenKind::Open, name, Slot::Absent);
            }
            (_, Section::Tree) => self.builder.token(TokenKind::Open, name, Slot::Absent),
            (_, Section::Top | Section::Skipped) => {}
        }
        Ok(())
    }

    fn open_section(&mut self, name: &str) {
        self.section = match name {
            "System" => Section::System,
            "EventData" => Section::EventData,
            "RenderingInfo" => Section::Skipped,
            _ => Section::Tree,
        };
        if self.section == Section::Tree {
            self.builder.token(TokenKind::Open, name, Slot::Absent);
        }
    }

    fn step(&mut self, kind: TokenKind, name: &str, slot: Slot) {
        self.steps.push(Step { kind, name: name.to_owned(), slot });
    }

    /// An attribute of the element just opened; declarations of namespaces are left out.
    pub(crate) fn attribute(&mut self, name: &str, slot: Slot) {
        if name == "xmlns" || name.starts_with("xmlns:") {
            return;
        }
        match (self.depth, self.section) {
            (3, Section::System) => match SystemField::find(&self.system_element, name) {
                Some(field) => self.set_system(field, slot),
                None => self.note_unknown(&format!("/@{name}"), slot),
            },
            (2, Section::EventData) => {
                self.open_event_data_tree();
                self.builder.token(TokenKind::Attribute, name, slot);
            }
            (_, Section::EventData) => self.step(TokenKind::Attribute, name, slot),
            (_, Section::Tree) => self.builder.token(TokenKind::Attribute, name, slot),
            (_, Section::Top | Section::Skipped | Section::System) => {}
        }
    }

    fn set_system(&mut self, field: SystemField, slot: Slot) {
        if field == SystemField::TimeCreated && matches!(slot, Slot::Utf8(_) | Slot::Utf16(_)) {
            let text = self.text_of(slot);
            return self.builder.time_created(&text);
        }
        self.builder.system(field, slot);
    }

    fn text_of(&mut self, slot: Slot) -> String {
        self.batch().value(slot).map(Value::to_text).unwrap_or_default().into_owned()
    }

    fn note_unknown(&mut self, what: &str, slot: Slot) {
        let text = self.text_of(slot);
        self.builder
            .note(format!("System/{}{what} = {text} left out: not in the event schema", self.system_element));
    }

    /// A piece of an element's text; blank text between elements must not be given.
    pub(crate) fn text(&mut self, slot: Slot) {
        match (self.depth, self.section) {
            (3, Section::System) => self.run.push(slot),
            (2, Section::EventData) => {
                self.open_event_data_tree();
                self.builder.token(TokenKind::Text, "", slot);
            }
            (_, Section::EventData) => self.run.push(slot),
            (_, Section::Tree) => self.builder.token(TokenKind::Text, "", slot),
            (_, Section::Top | Section::Skipped | Section::System) => {}
        }
    }

    /// One slot for the text met since the last element began or ended, however many pieces it came in.
    fn end_run(&mut self) -> Option<Slot> {
        let slot = match self.run.as_slice() {
            [] => return None,
            [slot] => *slot,
            pieces => {
                let pieces = pieces.to_vec();
                let text: String = pieces.into_iter().map(|slot| self.text_of(slot)).collect();
                self.batch().push_text(&text)
            }
        };
        self.run.clear();
        Some(slot)
    }

    fn end_step_run(&mut self) {
        if let Some(slot) = self.end_run() {
            self.step(TokenKind::Text, "", slot);
        }
    }

    /// The innermost open element ends.
    pub(crate) fn close(&mut self) -> Result<(), NotAnEvent> {
        match (self.depth, self.section) {
            (0, _) => return Err(NotAnEvent::Unbalanced),
            (2, _) => self.close_section(),
            (3, Section::System) => self.close_system_element(),
            (_, Section::EventData) => {
                self.end_step_run();
                self.step(TokenKind::Close, "", Slot::Absent);
                if self.depth == 3 {
                    self.close_datum();
                }
            }
            (_, Section::Tree) => self.builder.token(TokenKind::Close, "", Slot::Absent),
            (_, Section::Top | Section::Skipped | Section::System) => {}
        }
        self.depth -= 1;
        Ok(())
    }

    fn close_section(&mut self) {
        if self.section == Section::Tree || self.event_data_tree {
            self.builder.token(TokenKind::Close, "", Slot::Absent);
        }
        self.event_data_tree = false;
        self.section = Section::Top;
    }

    fn close_system_element(&mut self) {
        let Some(slot) = self.end_run() else { return };
        match SystemField::find(&self.system_element, "") {
            Some(field) => self.set_system(field, slot),
            // Where an element has no text by the schema, blanks are its layout (`evtx_dump` writes them).
            None if self.text_of(slot).trim().is_empty() => {}
            None => self.note_unknown("", slot),
        }
    }

    /// A child of `EventData` ended: a plain datum, or else a tree.
    fn close_datum(&mut self) {
        let steps = std::mem::take(&mut self.steps);
        match plain_datum(&steps) {
            Some((name, slot)) => {
                let name = name.map(|slot| self.text_of(slot)).unwrap_or_default();
                self.builder.data(&name, slot);
            }
            None => {
                self.open_event_data_tree();
                for step in &steps {
                    self.builder.token(step.kind, &step.name, step.slot);
                }
            }
        }
        self.steps = steps;
        self.steps.clear();
    }

    /// A whole `Data` of the open `EventData`, name and value, given at once.
    pub(crate) fn datum(&mut self, name: &str, slot: Slot) {
        debug_assert!(self.depth == 2 && self.section == Section::EventData, "a datum stands in EventData");
        self.builder.data(name, slot);
    }

    fn open_event_data_tree(&mut self) {
        if !std::mem::replace(&mut self.event_data_tree, true) {
            self.builder.token(TokenKind::Open, "EventData", Slot::Absent);
        }
    }
}

/// Name and value of `<Data Name="…">text</Data>`, either of which may be missing.
fn plain_datum(steps: &[Step]) -> Option<(Option<Slot>, Slot)> {
    use TokenKind as K;
    let (open, rest) = steps.split_first()?;
    let (_close, rest) = rest.split_last()?;
    if open.name != "Data" {
        return None;
    }
    match rest {
        [] => Some((None, Slot::Absent)),
        [text] if text.kind == K::Text => Some((None, text.slot)),
        [name] if is_name(name) => Some((Some(name.slot), Slot::Absent)),
        [name, text] if is_name(name) && text.kind == K::Text => Some((Some(name.slot), text.slot)),
        _ => None,
    }
}

fn is_name(step: &Step) -> bool {
    step.kind == TokenKind::Attribute && step.name == "Name"
}
