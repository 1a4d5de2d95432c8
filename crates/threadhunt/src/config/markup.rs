//! A configuration's elements together with its comments: read from the text, written in one layout.
//!
//! [`Config`](super::Config) knows what a file means and not its comments; here are both, as a
//! tree that [`Page::write`] turns into text. That layout is the only one the project writes: two
//! blanks for each level, one condition a line, attributes in a fixed order, comments where they
//! stood. A value is written exactly as it is, since blanks in it count.
//!
//! Only accepted configurations are read, so the grammar bounds the depth.

use std::ops::Range;

use roxmltree::{Document, Node};

/// What stands at the top of every written file.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
/// The order of attributes.
const ATTRIBUTES: &[&str] = &["schemaversion", "name", "groupRelation", "onmatch", "default", "condition"];

/// A whole file.
#[derive(Clone, Debug)]
pub(super) struct Page {
    /// Comments before the root, the root, and comments behind it.
    pub(super) pieces: Vec<Piece>,
}

/// Something on a line of its own, or behind what stands before it.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) gap: Gap,
    pub(super) content: Content,
}

/// What lies between a piece and the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// It stands on the same line; only of comments.
    None,
    Line,
    /// An empty line.
    Space,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    /// A comment or a processing instruction, as written.
    Remark(String),
    Element(Element),
}

/// An element with all that stands in it.
#[derive(Clone, Debug)]
pub(super) struct Element {
    pub(super) name: String,
    /// Attributes in the order in which they are written.
    attributes: Vec<(String, String)>,
    body: Body,
    /// Where it came from; empty for one that was made.
    pub(super) span: Range<usize>,
}

#[derive(Clone, Debug)]
enum Body {
    /// Elements and comments.
    Pieces(Vec<Piece>),
    /// A value with the comments in it, escaped.
    Value(String),
}

/// Where an element stands, which says what may stand in it.
#[derive(Clone, Copy)]
enum Place {
    Root,
    Filtering,
    Group,
    Filter,
    Rule,
    Value,
}

impl Place {
    /// The place of an element of this name in an element of this place.
    fn within(self, name: &str) -> Self {
        match (self, name) {
            (Self::Root, "EventFiltering") => Self::Filtering,
            (Self::Filtering, "RuleGroup") => Self::Group,
            (Self::Filtering | Self::Group, _) => Self::Filter,
            (Self::Filter, "Rule") => Self::Rule,
            _ => Self::Value,
        }
    }
}

impl Page {
    /// Reads the tree of an accepted configuration.
    pub(super) fn read(document: &Document<'_>) -> Self {
        Self { pieces: pieces(document.root(), None) }
    }

    /// The text.
    pub(super) fn write(&self) -> String {
        let mut out = DECLARATION.to_owned();
        for (index, piece) in self.pieces.iter().enumerate() {
            let gap = if index == 0 { Gap::Line } else { piece.gap };
            // The line of the declaration is over.
            let gap = if index == 0 { None } else { Some(gap) };
            piece.write(&mut out, 0, gap);
        }
        out.push('\n');
        out
    }
}

/// The pieces in a node, whose own place is given; the document itself has none.
fn pieces(node: Node<'_, '_>, place: Option<Place>) -> Vec<Piece> {
    let mut found = Vec::new();
    for child in node.children() {
        let content = if child.is_element() {
            let name = child.tag_name().name();
            Content::Element(element(child, place.map_or(Place::Root, |place| place.within(name))))
        } else if child.is_comment() || child.is_pi() {
            Content::Remark(source(child))
        } else {
            continue;
        };
        found.push(Piece { gap: gap(child), content });
    }
    found
}

fn element(node: Node<'_, '_>, place: Place) -> Element {
    let mut made = Element::new(node.tag_name().name(), node.range());
    for attribute in node.attributes() {
        made.set(attribute.name(), attribute.value());
    }
    made.body = match place {
        Place::Value => Body::Value(value(node)),
        _ => Body::Pieces(pieces(node, Some(place))),
    };
    made
}

/// A comment or an instruction as written, with the line ends that XML makes of any.
fn source(node: Node<'_, '_>) -> String {
    let text = node.document().input_text().get(node.range()).unwrap_or_default();
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// What lies before a node: how many lines end there.
fn gap(node: Node<'_, '_>) -> Gap {
    let before = node.document().input_text().get(..node.range().start).unwrap_or_default();
    let blanks = &before[before.trim_end_matches([' ', '\t', '\r', '\n']).len()..];
    match blanks.matches('\n').count() {
        0 if node.is_element() => Gap::Line,
        0 => Gap::None,
        1 => Gap::Line,
        _ => Gap::Space,
    }
}

/// The text in an element, with comments where they stand.
fn value(node: Node<'_, '_>) -> String {
    let mut value = String::new();
    for child in node.children() {
        match child.text() {
            Some(text) if child.is_text() => escape(text, Quoted::No, &mut value),
            _ => value.push_str(&source(child)),
        }
    }
    // An empty section is something, where nothing at all ends Sysmon's list of options.
    if value.is_empty() && node.has_children() { "<![CDATA[]]>".to_owned() } else { value }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoted {
    No,
    Yes,
}

/// Writes text so that every XML parser reads it back as it is.
fn escape(text: &str, quoted: Quoted, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            '"' if quoted == Quoted::Yes => out.push_str("&quot;"),
            '\n' if quoted == Quoted::Yes => out.push_str("&#10;"),
            '\t' if quoted == Quoted::Yes => out.push_str("&#9;"),
            _ => out.push(c),
        }
    }
}

impl Piece {
    /// An element on a line of its own.
    pub(super) fn line(element: Element) -> Self {
        Self { gap: Gap::Line, content: Content::Element(element) }
    }

    /// The element, where it is one.
    pub(super) fn element(&self) -> Option<&Element> {
        match &self.content {
            Content::Element(element) => Some(element),
            Content::Remark(_) => None,
        }
    }

    /// Writes it behind what is written; no gap means where that ends.
    fn write(&self, out: &mut String, depth: usize, gap: Option<Gap>) {
        match (gap, &self.content) {
            (None, _) => {}
            (Some(Gap::None), Content::Remark(_)) => out.push(' '),
            (Some(Gap::Space), _) => start_line(out, depth, "\n\n"),
            _ => start_line(out, depth, "\n"),
        }
        match &self.content {
            Content::Remark(text) => out.push_str(text),
            Content::Element(element) => element.write(out, depth),
        }
    }
}

fn start_line(out: &mut String, depth: usize, ends: &str) {
    out.push_str(ends);
    out.extend(std::iter::repeat_n("  ", depth));
}

impl Element {
    /// An element without attributes and content.
    pub(super) fn new(name: &str, span: Range<usize>) -> Self {
        Self { name: name.to_owned(), attributes: Vec::new(), body: Body::Pieces(Vec::new()), span }
    }

    /// Sets an attribute, in its place.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.attributes.retain(|(present, _)| present != name);
        let rank = |name: &str| ATTRIBUTES.iter().position(|known| *known == name);
        let at = self.attributes.partition_point(|(present, _)| rank(present) < rank(name));
        self.attributes.insert(at, (name.to_owned(), value.to_owned()));
    }

    /// Whether the attribute is there, empty or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|(present, _)| present == name)
    }

    /// What stands in it; nothing of a value.
    pub(super) fn pieces(&self) -> &[Piece] {
        match &self.body {
            Body::Pieces(pieces) => pieces,
            Body::Value(_) => &[],
        }
    }

    /// The elements in it.
    pub(super) fn elements_mut(&mut self) -> impl Iterator<Item = &mut Element> {
        let pieces = match &mut self.body {
            Body::Pieces(pieces) => &mut pieces[..],
            Body::Value(_) => &mut [],
        };
        pieces.iter_mut().filter_map(|piece| match &mut piece.content {
            Content::Element(element) => Some(element),
            Content::Remark(_) => None,
        })
    }

    /// Adds pieces at its end.
    pub(super) fn push_all(&mut self, added: impl IntoIterator<Item = Piece>) {
        if let Body::Pieces(pieces) = &mut self.body {
            pieces.extend(added);
        }
    }

    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        match &self.body {
            Body::Pieces(pieces) => pieces.is_empty(),
            Body::Value(value) => value.is_empty(),
        }
    }

    fn write(&self, out: &mut String, depth: usize) {
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape(value, Quoted::Yes, out);
            out.push('"');
        }
        match &self.body {
            Body::Value(value) if value.is_empty() => return out.push_str("/>"),
            // A Rule with nothing at all in it crashes Sysmon; one with a blank is left out.
            Body::Pieces(pieces) if pieces.is_empty() && self.name != "Rule" => return out.push_str("/>"),
            Body::Value(value) => {
                out.push('>');
                out.push_str(value);
            }
            Body::Pieces(pieces) => {
                out.push('>');
                for (index, piece) in pieces.iter().enumerate() {
                    let first_space = index == 0 && piece.gap == Gap::Space;
                    piece.write(out, depth + 1, Some(if first_space { Gap::Line } else { piece.gap }));
                }
                start_line(out, depth, "\n");
            }
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }
}
