//! One event: from its tokens to the assembler.
//!
//! Elements must be closed by tags of their name, or the event is malformed and none of it
//! comes out. The one exception is a value in `EventData` that holds an unescaped `<`: where
//! no markup of good form explains it, everything up to `</Data>` is the value, as it is.
//!
//! Blank text is a value only in an element without children; between elements it is
//! layout, and so is a lone `-` before an element, the mark of a copied tree.

use std::borrow::Cow;

use super::text::{Remarks, attribute, content, line_ends};
use super::token::{Attributes, Token, Tokens};
use crate::event::{Projection, Slot};
use crate::source::assemble::{Assembler, MAX_DEPTH, NotAnEvent};

/// Why no event could be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum Malformed {
    #[error("</{found}> stands where </{expected}> should")]
    Mismatch { expected: String, found: String },
    #[error("<{0}> is not closed")]
    NotClosed(String),
    #[error("text follows the end of the event")]
    TextBehind,
    #[error("it has two System elements")]
    TwoSystems,
    #[error("it has more unescaped markup than can be read")]
    Unreadable,
    #[error(transparent)]
    NotAnEvent(#[from] NotAnEvent),
}

/// Whether an event was read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// All of it.
    Read,
    /// Only `System`: nobody wants more.
    Enough,
}

/// Reads an event into the assembler.
pub(super) fn read(
    text: &str,
    assembler: &mut Assembler<'_>,
    projection: &Projection,
    remarks: &mut Remarks,
) -> Result<Outcome, Malformed> {
    let reader = Reader {
        tokens: Tokens::new(text),
        assembler,
        remarks,
        prefix: "",
        open: Vec::with_capacity(8),
        text: Cow::Borrowed(""),
        is_leaf: false,
        had_system: false,
    };
    reader.read(projection)
}

/// An event on the way from its text to the assembler.
struct Reader<'t, 'r, 'a> {
    tokens: Tokens<'t>,
    assembler: &'r mut Assembler<'a>,
    remarks: &'r mut Remarks,
    /// The event's own prefix, with its colon; other elements have it too.
    prefix: &'t str,
    /// Names of the open elements, as written.
    open: Vec<&'t str>,
    /// Text since the last tag.
    text: Cow<'t, str>,
    /// Whether the last tag opened an element.
    is_leaf: bool,
    had_system: bool,
}

impl<'t> Reader<'t, '_, '_> {
    fn read(mut self, projection: &Projection) -> Result<Outcome, Malformed> {
        while let Some(token) = self.tokens.next() {
            match token {
                Token::Text(raw) => {
                    let piece = content(raw, self.remarks);
                    self.add(piece);
                }
                Token::Cdata(raw) => self.add(line_ends(raw)),
                Token::Open { name, attributes, empty } => self.open_element(name, attributes, empty)?,
                Token::Close(name) => {
                    self.close_element(name)?;
                    if self.open.is_empty() {
                        return self.end();
                    }
                    if self.open.len() == 1
                        && self.local(name) == "System"
                        && !self.assembler.builder().is_wanted(projection)
                    {
                        return Ok(Outcome::Enough);
                    }
                }
            }
        }
        match self.open.last() {
            Some(_) if !self.tokens.rest().is_empty() => Err(Malformed::Unreadable),
            Some(name) => Err(Malformed::NotClosed((*name).to_owned())),
            None => Err(NotAnEvent::Unbalanced.into()),
        }
    }

    fn end(&mut self) -> Result<Outcome, Malformed> {
        if self.tokens.take_unescaped() {
            self.remarks.add(Remarks::UNESCAPED);
        }
        if self.tokens.rest().is_empty() { Ok(Outcome::Read) } else { Err(Malformed::TextBehind) }
    }

    /// The name without the event's prefix.
    fn local(&self, name: &'t str) -> &'t str {
        // Asked first: comparing with nothing is slow, as glibc's memcmp then loads from a dangling
        // pointer (a quarter of the reader's time).
        if self.prefix.is_empty() {
            return name;
        }
        name.strip_prefix(self.prefix).unwrap_or(name)
    }

    fn add(&mut self, piece: Cow<'t, str>) {
        if self.text.is_empty() {
            self.text = piece;
        } else {
            self.text.to_mut().push_str(&piece);
        }
    }

    fn open_element(
        &mut self,
        name: &'t str,
        attributes: Attributes<'t>,
        empty: bool,
    ) -> Result<(), Malformed> {
        self.give_text(matches!(self.text.trim_ascii(), "" | "-"));
        if self.open.is_empty() {
            self.prefix = name.find(':').map_or("", |colon| &name[..=colon]);
        }
        let local = self.local(name);
        match self.open.len() {
            1 if local == "RenderingInfo" => return self.skip_element(name, empty),
            1 if local == "System" && std::mem::replace(&mut self.had_system, true) => {
                return Err(Malformed::TwoSystems);
            }
            2 if local == "Data"
                && self.local(self.open[1]) == "EventData"
                && self.datum(name, attributes, empty)? =>
            {
                return Ok(());
            }
            _ => {}
        }
        self.assembler.open(local)?;
        for (name, value) in attributes {
            let value = attribute(value, self.remarks);
            let slot = self.assembler.batch().push_text(&value);
            self.assembler.attribute(name, slot);
        }
        self.open.push(name);
        self.is_leaf = true;
        if empty { self.close_element(name) } else { Ok(()) }
    }

    fn close_element(&mut self, name: &str) -> Result<(), Malformed> {
        match self.open.pop() {
            Some(expected) if expected == name => {}
            Some(expected) => {
                return Err(Malformed::Mismatch { expected: expected.to_owned(), found: name.to_owned() });
            }
            None => return Err(NotAnEvent::Unbalanced.into()),
        }
        // `Event`, `System` and `EventData` (depth 1 and 2) hold no text, only layout.
        let is_value = self.is_leaf && self.open.len() >= 2;
        self.give_text(!is_value && self.text.trim_ascii().is_empty());
        self.is_leaf = false;
        Ok(self.assembler.close()?)
    }

    /// Hands the text since the last tag to the assembler, unless it is layout.
    fn give_text(&mut self, is_layout: bool) {
        let text = std::mem::take(&mut self.text);
        if !is_layout && !text.is_empty() {
            let slot = self.assembler.batch().push_text(&text);
            self.assembler.text(slot);
        }
    }

    /// Leaves out an element without looking into it: what it holds may be unescaped too.
    fn skip_element(&mut self, name: &str, empty: bool) -> Result<(), Malformed> {
        self.is_leaf = false;
        if !empty {
            let (_, len) =
                up_to_close(self.tokens.rest(), name).ok_or_else(|| Malformed::NotClosed(name.to_owned()))?;
            self.tokens.skip(len);
        }
        Ok(())
    }

    /// Reads a `Data` of `EventData` that holds nothing but text; false when it holds more.
    fn datum(&mut self, name: &'t str, attributes: Attributes<'t>, empty: bool) -> Result<bool, Malformed> {
        let Some(title) = title(attributes) else { return Ok(false) };
        let title = attribute(title, self.remarks);
        self.is_leaf = false;
        if empty {
            self.assembler.datum(&title, Slot::Absent);
            return Ok(true);
        }
        let rest = self.tokens.rest();
        let len = memchr::memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
        if let Some((_, close)) = up_to_close(&rest[len..], name).filter(|(inside, _)| inside.is_empty()) {
            let value = content(&rest[..len], self.remarks);
            self.tokens.skip(len + close);
            self.push_datum(&title, &value);
            return Ok(true);
        }
        if self.is_balanced(name)? {
            return Ok(false);
        }
        let (raw, len) = up_to_close(rest, name).ok_or_else(|| Malformed::NotClosed(name.to_owned()))?;
        self.remarks.add(Remarks::UNESCAPED);
        self.tokens.skip(len);
        self.push_datum(&title, &line_ends(raw));
        Ok(true)
    }

    fn push_datum(&mut self, title: &str, value: &str) {
        let slot = if value.is_empty() { Slot::Absent } else { self.assembler.batch().push_text(value) };
        self.assembler.datum(title, slot);
    }

    /// Whether markup of good form follows, up to the end of the element of this name.
    fn is_balanced(&mut self, name: &'t str) -> Result<bool, Malformed> {
        let mut ahead = self.tokens.clone();
        let before = ahead.position();
        let balanced = is_balanced(&mut ahead, name);
        self.tokens.spend(ahead.position() - before).ok_or(Malformed::Unreadable)?;
        Ok(balanced)
    }
}

fn is_balanced<'t>(ahead: &mut Tokens<'t>, name: &'t str) -> bool {
    let mut open = vec![name];
    while let Some(token) = ahead.next() {
        match token {
            Token::Open { name, empty: false, .. } if open.len() < MAX_DEPTH => open.push(name),
            Token::Open { empty, .. } if !empty => return false,
            Token::Close(name) if open.pop() != Some(name) => return false,
            _ => {}
        }
        if ahead.take_unescaped() {
            return false;
        }
        if open.is_empty() {
            return true;
        }
    }
    false
}

/// The value of `Name` where that is the only attribute, empty where there is none.
fn title<'t>(mut attributes: Attributes<'t>) -> Option<&'t str> {
    match (attributes.next(), attributes.next()) {
        (None, _) => Some(""),
        (Some(("Name", title)), None) => Some(title),
        _ => None,
    }
}

/// What stands before the next closing tag of this name, and the length with the tag.
fn up_to_close<'t>(text: &'t str, name: &str) -> Option<(&'t str, usize)> {
    let mut from = 0;
    loop {
        let start = from + memchr::memchr(b'<', &text.as_bytes()[from..])?;
        from = start + 1;
        if !text[from..].starts_with('/') {
            continue;
        }
        let after = text[start + 2..].strip_prefix(name).map(str::trim_ascii_start);
        if let Some(after) = after.filter(|after| after.starts_with('>')) {
            return Some((&text[..start], text.len() - after.len() + 1));
        }
    }
}
