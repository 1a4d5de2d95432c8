//! Names with dots for objects within objects: `winlog.event_data.Image`.
//!
//! Kibana and OpenSearch Dashboards name the columns of their tables so, and Elasticsearch the `fields` of its answers
//! (elastic.co/guide/en/elasticsearch/reference/current/search-fields.html), where every value is a list and `keyword`
//! or `text` behind a name is the same value indexed in another way. The object that such names stand for is made as
//! JSON and read again, so that each value has the text that it was written as.

use std::iter;

use super::parse::{self, Json, Kind, Member, Text};
use super::shape::{self, Row};

/// Most names in one: more than any index has.
const MAX_NAMES: usize = 16;

/// Whether a key is several names.
fn has_names(key: &str) -> bool {
    key.contains('.') && key.split('.').count() <= MAX_NAMES && key.split('.').all(|name| !name.is_empty())
}

/// The row of the object that the names stand for.
pub(super) fn row(members: &[Member<'_>]) -> Option<&'static Row> {
    let nested = nest(members)?;
    let (json, _) = parse::parse(&nested).ok()?;
    shape::by_keys(json.members()?)
}

/// The object that the names stand for, as JSON; `None` where none has dots.
pub(super) fn nest(members: &[Member<'_>]) -> Option<String> {
    members.iter().any(|(key, _)| has_names(key)).then_some(())?;
    let mut sorted: Vec<&Member<'_>> = members.iter().collect();
    // Each object's members one behind the other.
    sorted.sort_by(|(one, _), (other, _)| one.split('.').cmp(other.split('.')));
    let is_there =
        |name: &str| sorted.binary_search_by(|(key, _)| key.split('.').cmp(name.split('.'))).is_ok();
    // A name that has a value of its own is no object; names behind it stand for themselves.
    let is_free = |key: &str| !key.match_indices('.').any(|(end, _)| is_there(&key[..end]));
    let is_path = |key: &str| has_names(key) && is_free(key);
    let (paths, alone): (Vec<&Member<'_>>, Vec<_>) = sorted.iter().partition(|(key, _)| is_path(key));
    (!paths.is_empty()).then_some(())?;
    let are_lists = members.iter().all(|(_, value)| value.values().is_some());
    let mut nested = Nested::new(are_lists);
    for (key, json) in paths {
        let (parents, name) = key.rsplit_once('.').unwrap_or(("", key));
        nested.open(parents.split('.'));
        nested.put(name, json);
    }
    nested.open(iter::empty());
    for (key, json) in alone {
        nested.put(key, json);
    }
    Some(nested.text + "}")
}

/// JSON that grows member by member.
struct Nested<'n> {
    text: String,
    /// Whether a list of one value stands for the value.
    are_lists: bool,
    /// The names of the objects that are open within the first.
    open: Vec<&'n str>,
}

impl<'n> Nested<'n> {
    fn new(are_lists: bool) -> Self {
        Self { text: "{".to_owned(), are_lists, open: Vec::new() }
    }

    /// Opens the object at the end of these names, and closes those that are not on the way.
    fn open(&mut self, names: impl Iterator<Item = &'n str> + Clone) {
        let common =
            self.open.iter().copied().zip(names.clone()).take_while(|(open, name)| open == name).count();
        self.text.extend(self.open.drain(common..).map(|_| '}'));
        for name in names.skip(common) {
            self.name(name);
            self.text.push('{');
            self.open.push(name);
        }
    }

    fn name(&mut self, name: &str) {
        if !self.text.ends_with('{') {
            self.text.push(',');
        }
        self.text.push_str(&quoted(name));
        self.text.push(':');
    }

    fn put(&mut self, name: &str, value: &Json<'_>) {
        self.name(name);
        let value = match value.values() {
            Some([one]) if self.are_lists => one,
            _ => value,
        };
        match &value.kind {
            // A cell of a table was not written as JSON.
            Kind::Text(Text::Utf8(text)) => self.text.push_str(&quoted(text)),
            _ => self.text.push_str(value.raw),
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text has a form in JSON")
}
