//! The shapes that a line may have: how each is recognised, and who reads it.
//!
//! A shape is recognised by keys at the top of the object alone, so that the first bytes of a
//! file are enough. The first row that fits wins: put the more specific one first.

use super::parse::Member;
use super::{Family, Reading, Refused, Shape, bare, threadhunt};

/// A row of the table.
pub(super) struct Row {
    /// The shape, as people know it.
    pub(super) shape: Shape,
    /// Sets of keys; an object that has all keys of one of them is of this shape.
    signatures: &'static [&'static [&'static str]],
    /// Fills a record from the object's members.
    pub(super) read: fn(&[Member<'_>], &mut Reading<'_>) -> Result<(), Refused>,
}

/// A shape that is whole.
const fn whole(name: &'static str, about: &'static str) -> Shape {
    Shape { name, family: Family::Json, about, partial: false }
}

/// The shapes of all rows.
pub(super) static NAMES: &[&Shape] = &{
    let mut names = [&ROWS[0].shape; ROWS.len()];
    let mut at = 0;
    while at < ROWS.len() {
        names[at] = &ROWS[at].shape;
        at += 1;
    }
    names
};

static ROWS: [Row; 2] = [
    // What is not known is left out, so any of these may be all that there is beside the source.
    Row {
        shape: whole("threadhunt", "our own JSON lines"),
        signatures: &[
            &["event_id", "system"],
            &["event_id", "fields"],
            &["event_id", "data"],
            &["event_id", "user_data"],
            &["event_id", "source"],
            &["provider", "source"],
            &["system", "source"],
            &["fields", "source"],
            &["data", "source"],
            &["user_data", "source"],
        ],
        read: threadhunt::read,
    },
    Row {
        shape: whole("bare", "an id and fields, written by hand"),
        signatures: &[&["id", "fields"]],
        read: bare::read,
    },
];

/// The shape of an object with these keys.
pub(super) fn find(keys: &[impl AsRef<str>]) -> Option<&'static Row> {
    let has = |key: &&str| keys.iter().any(|other| other.as_ref() == *key);
    ROWS.iter().find(|row| row.signatures.iter().any(|keys| keys.iter().all(has)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_decide() {
        for (keys, shape) in [
            (&["event_id", "event", "system", "fields", "source"][..], Some("threadhunt")),
            (&["provider", "source"], Some("threadhunt")),
            (&["tag", "id", "fields"], Some("bare")),
            (&["id"], None),
            (&["event_id", "winlog"], None),
            (&[], None),
        ] {
            assert_eq!(find(keys).map(|row| row.shape.name), shape, "{keys:?}");
        }
    }
}
