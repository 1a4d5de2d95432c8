//! Event XML as Windows shows it: two blanks a level, `<Correlation />`, empty data self-closed.
//!
//! The whole stands within `<Events>`; only `Event` declares the namespace. `SystemTime` has the
//! seven digits of a FILETIME and `Z`. The same page copied out of a browser has a blank after
//! each self-closed tag and closing value tag; that comes from the browser, not from Windows, and is not
//! imitated.
//!
//! What XML cannot hold (most control characters, lone surrogates) becomes U+FFFD, and a comment
//! before the event says how often; so do the record's notes. Names that are none are mended
//! alike. Line ends and tabs that a parser would normalise, and characters that drive a terminal
//! or reorder text, are written as character references. A prefix whose declaration the log did
//! not hold is declared with a URN of ours, so that parsers that know namespaces read the file.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::Format;
use super::escape::{Escape, control, equal, push_plain, push_value};
use super::forest::{Forest, Item};
use super::lone::Replaced;
use crate::event::{Event, Record, SystemField, Value};
use crate::report::{is_unsafe, printable};

/// Appends a record as an `<Event>` element.
#[derive(Clone, Debug, Default)]
pub struct Xml {
    replaced: Replaced,
}

const EVENT: &[u8] = b"<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">\n";

/// The elements of `System` with the fields in each, in order.
static SYSTEM: LazyLock<Vec<(&str, Vec<SystemField>)>> = LazyLock::new(|| {
    let fields: Vec<SystemField> = SystemField::all().collect();
    let groups = fields.chunk_by(|left, right| left.element() == right.element());
    groups.map(|fields| (fields[0].element(), fields.to_vec())).collect()
});

impl Format for Xml {
    fn begin(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"<Events>\n");
    }

    fn record(&self, record: Record<'_>, out: &mut Vec<u8>) {
        let event = record.view();
        let start = out.len();
        let mut writer = Writer { out, text: XmlText::default(), mended: Vec::new() };
        writer.out.extend_from_slice(EVENT);
        writer.system(&event);
        writer.body(&event);
        writer.out.extend_from_slice(b"</Event>\n");
        let Writer { text, mended, .. } = writer;
        self.replaced.add(text.replaced);
        let comments = comments(&event, text.replaced, &mended);
        if !comments.is_empty() {
            out.splice(start..start, comments);
        }
    }

    fn end(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"</Events>\n");
    }

    fn replaced(&self) -> u64 {
        self.replaced.count()
    }
}

/// The remarks on an event, each as a comment on a line of its own.
fn comments(event: &Event<'_>, replaced: usize, mended: &[String]) -> Vec<u8> {
    let mut out = Vec::new();
    if event.place().recovered {
        push_comment("recovered from where no living record should be", &mut out);
    }
    event.notes().for_each(|note| push_comment(note, &mut out));
    mended.iter().for_each(|note| push_comment(note, &mut out));
    if replaced > 0 {
        push_comment(&format!("{replaced} characters that XML cannot hold replaced by U+FFFD"), &mut out);
    }
    out
}

/// A comment may hold neither `--` nor a last `-`.
fn push_comment(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"<!-- ");
    for c in printable(text).chars() {
        if c == '-' && out.last() == Some(&b'-') {
            out.push(b' ');
        }
        match c {
            '\u{fffe}' | '\u{ffff}' => push_plain(char::REPLACEMENT_CHARACTER, out),
            _ => push_plain(c, out),
        }
    }
    out.extend_from_slice(b" -->\n");
}

/// An event in the making.
struct Writer<'o> {
    out: &'o mut Vec<u8>,
    text: XmlText,
    /// What was done to names.
    mended: Vec<String>,
}

impl Writer<'_> {
    fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn value(&mut self, value: Value<'_>) {
        self.text.in_attribute = false;
        push_value(value, &mut self.text, self.out);
    }

    fn attribute(&mut self, name: &str, value: Value<'_>) {
        self.push(" ");
        self.push(name);
        self.push("=\"");
        self.text.in_attribute = true;
        push_value(value, &mut self.text, self.out);
        self.push("\"");
    }

    fn system(&mut self, event: &Event<'_>) {
        self.push("  <System>\n");
        for (element, fields) in SYSTEM.iter() {
            let known = |field: &SystemField| event.system(*field).is_some();
            // Windows prints these two even when it has nothing to say in them.
            if !fields.iter().any(known) && !matches!(*element, "Correlation" | "Security") {
                continue;
            }
            self.push("    <");
            self.push(element);
            let (mut text, values) =
                (None, fields.iter().filter_map(|field| Some((field, event.system(*field)?))));
            for (field, value) in values {
                match field.attribute() {
                    Some(name) => self.attribute(name, value),
                    None => text = Some(value),
                }
            }
            self.rest_of_leaf(element, text);
            self.push("\n");
        }
        self.push("  </System>\n");
    }

    /// What follows the attributes of an element with at most text in it.
    fn rest_of_leaf(&mut self, name: &str, text: Option<Value<'_>>) {
        match text.filter(|text| !is_empty(*text)) {
            None => self.push(" />"),
            Some(text) => {
                self.push(">");
                self.value(text);
                self.push("</");
                self.push(name);
                self.push(">");
            }
        }
    }

    /// What follows `System`: the data, and the trees in their order.
    ///
    /// An `EventData` that is no plain list of data left a tree of what else it held; the first
    /// such tree takes the data in.
    fn body(&mut self, event: &Event<'_>) {
        let forest = Forest::of(event);
        let items = || forest.iter().flat_map(|forest| forest.items(forest.top()));
        let holder = items().find_map(|item| match item {
            Item::Element("EventData", content) => Some(content),
            _ => None,
        });
        if holder.is_none() && event.data().next().is_some() {
            self.push("  <EventData>\n");
            self.data(event, false);
            self.push("  </EventData>\n");
        }
        let Some(forest) = &forest else { return };
        for item in forest.items(forest.top()) {
            let Item::Element(name, content) = item else { continue };
            let data = (holder.as_ref() == Some(&content)).then_some(event);
            Element { forest, name, content, data }.write(self, 1, false);
        }
    }

    fn data(&mut self, event: &Event<'_>, inline: bool) {
        for (name, value) in event.data() {
            self.push(if inline { "" } else { "    " });
            self.push("<Data");
            if !name.as_str().is_empty() {
                self.attribute("Name", Value::Utf8(name.as_str()));
            }
            self.rest_of_leaf("Data", Some(value));
            self.push(if inline { "" } else { "\n" });
        }
    }

    /// A name that XML allows, and a remark where it had to be made.
    fn name<'n>(&mut self, name: &'n str) -> Cow<'n, str> {
        let mended = mend(name);
        if mended != name {
            self.mended.push(format!("name {name:?} written as {mended}"));
        }
        mended
    }
}

/// An element of a tree.
struct Element<'f, 'b> {
    forest: &'f Forest<'b>,
    name: &'b str,
    content: Range<usize>,
    /// The event whose data stand in this element, before its own children.
    data: Option<&'f Event<'b>>,
}

impl Element<'_, '_> {
    /// Writes the element; `inline` where white space would become part of a mixed text.
    fn write(&self, writer: &mut Writer<'_>, depth: usize, inline: bool) {
        let items = || self.forest.items(self.content.clone());
        let has_text = items().any(|item| matches!(item, Item::Text(value) if !is_empty(value)));
        let data = self.data.filter(|event| event.data().next().is_some());
        let has_children = data.is_some() || items().any(|item| matches!(item, Item::Element(..)));
        let name = writer.name(self.name);
        let indent = if inline { 0 } else { depth };
        writer.push(&"  ".repeat(indent));
        writer.push("<");
        writer.push(&name);
        self.write_attributes(writer, &name);
        if !has_text && !has_children {
            writer.push(" />");
        } else {
            writer.push(">");
            let inline_children = inline || has_text;
            writer.push(if inline_children { "" } else { "\n" });
            data.into_iter().for_each(|event| writer.data(event, inline_children));
            for item in items() {
                match item {
                    Item::Attribute(..) => {}
                    Item::Text(value) => writer.value(value),
                    Item::Element(name, content) => {
                        let child = Element { forest: self.forest, name, content, data: None };
                        child.write(writer, depth + 1, inline_children);
                    }
                }
            }
            writer.push(&"  ".repeat(if inline_children { 0 } else { depth }));
            writer.push("</");
            writer.push(&name);
            writer.push(">");
        }
        writer.push(if inline { "" } else { "\n" });
    }

    fn write_attributes(&self, writer: &mut Writer<'_>, element: &str) {
        let mut seen = HashSet::new();
        let mut prefixes: Vec<String> = prefix(element).map(str::to_owned).into_iter().collect();
        for item in self.forest.items(self.content.clone()) {
            let Item::Attribute(name, value) = item else { continue };
            let name = writer.name(name);
            if !seen.insert(name.clone()) {
                writer.mended.push(format!("second attribute {name} of {element} left out: {value}"));
                continue;
            }
            prefixes.extend(prefix(&name).map(str::to_owned));
            writer.attribute(&name, value);
        }
        prefixes.sort_unstable();
        prefixes.dedup();
        for prefix in prefixes {
            let urn = format!("urn:threadhunt:undeclared:{prefix}");
            writer.attribute(&format!("xmlns:{prefix}"), Value::Utf8(&urn));
        }
    }
}

fn prefix(name: &str) -> Option<&str> {
    name.split_once(':').map(|(prefix, _)| prefix).filter(|prefix| *prefix != "xml")
}

/// The name with what XML does not allow in it replaced.
///
/// Narrower than the standard: beyond ASCII any letter or digit may stand, nothing else.
fn mend(name: &str) -> Cow<'_, str> {
    let may_start = |c: char| c.is_alphabetic() || c == '_';
    let may_follow = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let part_is_name = |part: &str| part.starts_with(may_start) && part.chars().all(may_follow);
    let parts = name.split(':').count();
    if parts <= 2 && name.split(':').all(part_is_name) && !name.starts_with("xmlns:") {
        return Cow::Borrowed(name);
    }
    let mended: String = name.chars().map(|c| if may_follow(c) { c } else { '_' }).collect();
    Cow::Owned(if mended.starts_with(may_start) { mended } else { format!("_{mended}") })
}

fn is_empty(value: Value<'_>) -> bool {
    match value {
        Value::Utf16(text) => text.is_empty(),
        Value::Utf8(text) => text.is_empty(),
        Value::Binary(bytes) => bytes.is_empty(),
        _ => false,
    }
}

/// Text and attribute values.
#[derive(Default)]
struct XmlText {
    in_attribute: bool,
    /// How many characters became U+FFFD.
    replaced: usize,
}

impl Escape for XmlText {
    #[inline]
    fn special(block: u64) -> u64 {
        control(block) | equal(block, b'&') | equal(block, b'<') | equal(block, b'>') | equal(block, b'"')
    }

    fn push(&mut self, unit: Result<char, u16>, out: &mut Vec<u8>) {
        match unit {
            Ok('&') => out.extend_from_slice(b"&amp;"),
            Ok('<') => out.extend_from_slice(b"&lt;"),
            Ok('>') => out.extend_from_slice(b"&gt;"),
            Ok('"') if self.in_attribute => out.extend_from_slice(b"&quot;"),
            Ok(c @ ('\n' | '\t')) if !self.in_attribute => push_plain(c, out),
            Ok(c) if !is_xml(c) => self.replace(out),
            Ok(c) if is_unsafe(c) => out.extend_from_slice(format!("&#x{:x};", u32::from(c)).as_bytes()),
            Ok(c) => push_plain(c, out),
            Err(_) => self.replace(out),
        }
    }
}

impl XmlText {
    fn replace(&mut self, out: &mut Vec<u8>) {
        self.replaced += 1;
        push_plain(char::REPLACEMENT_CHARACTER, out);
    }
}

/// Whether XML 1.0 can hold the character (production `Char`).
fn is_xml(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}
