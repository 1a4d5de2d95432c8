//! What makes two records one event: computer, event id and content, in one spelling for all inputs.
//!
//! Names are sorted, GUIDs have one spelling, and a datum that says "none" (absent, empty, `-`) is left out, so
//! that an event read from EVTX equals itself exported. Record ids are not part of it: they only tell equal
//! contents apart.

use sha2::{Digest, Sha256};

use super::{Event, FileTime, Node, SystemField, Value};

/// What Sysmon writes for a program that it does not know.
pub(crate) const UNKNOWN_PROCESS: &str = "<unknown process>";

/// The same as some exports escape it within JSON strings.
const UNKNOWN_PROCESS_ESCAPED: &str = "&lt;unknown process&gt;";

/// The text with Sysmon's placeholder in Sysmon's spelling.
pub(crate) fn unescaped(text: &str) -> &str {
    if text == UNKNOWN_PROCESS_ESCAPED { UNKNOWN_PROCESS } else { text }
}

/// An event's computer, id and content, to be compared, hashed or digested.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Canonical<'b> {
    computer: String,
    id: u16,
    /// Whoever else wrote it; Sysmon's events are those of one provider.
    provider: Option<String>,
    /// `UtcTime` tells events of one kind apart; without it the record's time must do.
    recorded: Option<FileTime>,
    data: Vec<(&'b str, String)>,
    trees: Vec<(&'b str, String)>,
}

impl<'b> Canonical<'b> {
    /// Brings an event into the one spelling.
    pub fn of(event: &Event<'b>) -> Self {
        let known = event.data().filter(|(_, value)| !value.is_none());
        let mut data: Vec<_> = known.map(|(name, value)| (name.as_str(), canonical(value))).collect();
        data.sort_unstable();
        let provider = event.system(SystemField::ProviderName).filter(|_| event.platform().is_none());
        Self {
            computer: event.computer().to_lowercase(),
            id: event.id(),
            provider: provider.map(|name| name.to_text().into_owned()),
            recorded: if event.utc_time().is_none() { event.time_created() } else { None },
            data,
            trees: event.tree().map(spelled).collect(),
        }
    }

    /// A digest that is the same in every run, with the record's id where it has one.
    ///
    /// It is cryptographic, so that nobody can write a record that passes for another one.
    pub fn digest(&self, record_id: Option<u64>) -> [u8; 32] {
        let mut digest = Sha256::new();
        let mut feed = |text: &str| {
            digest.update((text.len() as u64).to_le_bytes());
            digest.update(text);
        };
        let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        feed(&self.computer);
        feed(&self.id.to_string());
        feed(self.provider.as_deref().unwrap_or_default());
        feed(&number(self.recorded.map(|time| time.0)));
        feed(&number(record_id));
        feed(&self.data.len().to_string());
        for (name, value) in self.data.iter().chain(&self.trees) {
            feed(name);
            feed(value);
        }
        digest.finalize().into()
    }
}

/// A value in one spelling for all inputs.
fn canonical(value: Value<'_>) -> String {
    match value.as_guid() {
        Some(guid) => guid.to_string(),
        None => unescaped(&value.to_text()).to_owned(),
    }
}

/// A node of a tree as a pair that no other kind of node has.
fn spelled(node: Node<'_>) -> (&str, String) {
    match node {
        Node::Open(name) => (name, "<".to_owned()),
        Node::Attribute(name, value) => (name, format!("={value}")),
        Node::Text(value) => ("", format!("={value}")),
        Node::Close => ("", ">".to_owned()),
    }
}
