//! Bulk: what the `_bulk` interface of Elasticsearch and OpenSearch takes, a line of action before each document.
//!
//! The action is `create`, which indices and data streams take alike. The `_id` follows from the computer, the
//! event id and the content in one spelling, see [`Canonical`], and from the record's id where it has one, since
//! that tells equal contents apart. So an event has one id from whatever input, and to load it twice changes
//! nothing: the second `create` is answered with status 409, "version conflict", for that document alone.

use super::Format;
use super::jsonl::push_string;
use crate::event::{Canonical, Record};

/// Appends a record as an action and a document.
pub struct Bulk {
    /// `{"create":{"_index":"…","_id":"`
    action: Vec<u8>,
    document: Box<dyn Format>,
}

/// Bytes of the digest that an `_id` holds: enough that no two events share one.
const ID_LEN: usize = 16;

impl Bulk {
    /// Documents of another format that writes JSON lines, for an index or data stream.
    pub fn new(index: &str, document: Box<dyn Format>) -> Self {
        let mut action = b"{\"create\":{\"_index\":".to_vec();
        push_string(index, &mut action);
        action.extend_from_slice(b",\"_id\":\"");
        Self { action, document }
    }
}

impl Format for Bulk {
    fn record(&self, record: Record<'_>, out: &mut Vec<u8>) {
        let event = record.view();
        let digest = Canonical::of(&event).digest(event.record_id());
        out.extend_from_slice(&self.action);
        for byte in &digest[..ID_LEN] {
            out.extend([byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]));
        }
        out.extend_from_slice(b"\"}}\n");
        self.document.record(record, out);
    }

    fn replaced(&self) -> u64 {
        self.document.replaced()
    }
}

/// Longest name of an index, in bytes.
const MAX_INDEX: usize = 255;

/// Says what is wrong with the name of an index or data stream (Elasticsearch's guide, "Create index").
///
/// ```
/// # use threadhunt::sink::check_index;
/// assert!(check_index("logs-windows.sysmon_operational-default").is_ok());
/// assert!(check_index("Sysmon").is_err());
/// ```
pub fn check_index(name: &str) -> Result<(), &'static str> {
    let refused = |c: char| c.is_control() || c.is_whitespace() || "\\/*?\"<>|,#:".contains(c);
    match () {
        () if name.is_empty() || name.len() > MAX_INDEX => Err("has 1 to 255 bytes"),
        () if name.chars().any(char::is_uppercase) => Err("has no upper-case letters"),
        () if name.contains(refused) => Err("has no blanks and none of \\ / * ? \" < > | , # :"),
        () if name.starts_with(['-', '_', '+']) => Err("does not begin with - _ +"),
        () if matches!(name, "." | "..") => Err("is not . or .."),
        () => Ok(()),
    }
}
