//! A record's element trees with each element's end at hand.
//!
//! A batch keeps trees as a flat run of tokens. Whoever prints them wants to know before an
//! element's first child what all its children are; one pass finds where each element ends.

use std::ops::Range;

use crate::event::{Event, Node, Value};

/// Depth below which elements are left out, so that printing cannot exhaust the stack. Readers
/// refuse records long before.
const MAX_DEPTH: usize = 128;

/// The trees of one record.
pub(super) struct Forest<'b> {
    nodes: Vec<Node<'b>>,
    /// For each node that opens an element, the place of its end.
    ends: Vec<usize>,
}

/// Something within an element, or at the top.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item<'b> {
    Attribute(&'b str, Value<'b>),
    Text(Value<'b>),
    /// An element's name and content.
    Element(&'b str, Range<usize>),
}

impl<'b> Forest<'b> {
    /// The record's trees; `None` where it has none, which is usual.
    pub(super) fn of(event: &Event<'b>) -> Option<Self> {
        let mut forest = Self { nodes: Vec::new(), ends: Vec::new() };
        let mut open = Vec::new();
        let mut too_deep = 0usize;
        for node in event.tree() {
            match node {
                Node::Open(_) if too_deep > 0 || open.len() == MAX_DEPTH => too_deep += 1,
                Node::Close if too_deep > 0 => too_deep -= 1,
                _ if too_deep > 0 => {}
                _ => forest.push(node, &mut open),
            }
        }
        (!forest.nodes.is_empty()).then_some(forest)
    }

    fn push(&mut self, node: Node<'b>, open: &mut Vec<usize>) {
        let place = self.nodes.len();
        match node {
            Node::Open(_) => open.push(place),
            Node::Close => match open.pop() {
                Some(start) => self.ends[start] = place,
                None => return,
            },
            Node::Attribute(..) | Node::Text(_) => {}
        }
        self.nodes.push(node);
        self.ends.push(usize::MAX);
    }

    /// The content of the whole.
    pub(super) fn top(&self) -> Range<usize> {
        0..self.nodes.len()
    }

    /// What a range of content holds, in order.
    pub(super) fn items(&self, content: Range<usize>) -> impl Iterator<Item = Item<'b>> {
        let mut at = content.start;
        std::iter::from_fn(move || {
            while at < content.end {
                let place = at;
                at += 1;
                match self.nodes[place] {
                    Node::Attribute(name, value) => return Some(Item::Attribute(name, value)),
                    Node::Text(value) => return Some(Item::Text(value)),
                    Node::Close => {}
                    Node::Open(name) => {
                        let end = self.ends[place].min(content.end);
                        at = end + 1;
                        return Some(Item::Element(name, place + 1..end));
                    }
                }
            }
            None
        })
    }
}
