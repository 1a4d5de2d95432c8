//! Element trees: what an event holds beside its named data (`UserData` and its like).
//!
//! A tree is a flat run of [`Token`]s in the batch; [`Node`] walks it.

use super::{Batch, Slot, Span, Value};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// An element begins; the token has its name.
    Open,
    /// An attribute of the element just opened, with name and value.
    Attribute,
    /// Text within the element.
    Text,
    /// The element ends.
    Close,
}

/// One step through a tree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Name of an element or attribute, in the text arena.
    pub name: Span,
    /// Value of an attribute or text.
    pub slot: Slot,
}

/// A token with its name and value at hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Node<'b> {
    /// An element begins.
    Open(&'b str),
    /// An attribute of the element just opened.
    Attribute(&'b str, Value<'b>),
    /// Text within the element.
    Text(Value<'b>),
    /// The element ends.
    Close,
}

impl Batch {
    /// Reads a token.
    pub(super) fn node(&self, token: &Token) -> Node<'_> {
        let value = self.value(token.slot).unwrap_or(Value::Utf8(""));
        match token.kind {
            TokenKind::Open => Node::Open(self.name_text(token.name)),
            TokenKind::Attribute => Node::Attribute(self.name_text(token.name), value),
            TokenKind::Text => Node::Text(value),
            TokenKind::Close => Node::Close,
        }
    }
}
