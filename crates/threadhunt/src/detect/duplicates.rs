//! Duplicates: one event that lies in several records, as in copies and shadow copies of a log.
//!
//! Two records are one event when computer, event id and canonical content are equal, see
//! [`Canonical`](crate::event::Canonical).
//!
//! Record ids only tell equal contents apart. The rules, each a consequence of the log's own
//! promise that two records of one log never share an id:
//!
//! - equal content, equal id: one event, in one file or in two;
//! - equal content, different ids: two events, in one file or in two. Exports keep
//!   `EventRecordID` (only the record *header's* id restarts in a filtered export), so two ids
//!   are two records of the original log wherever they lie;
//! - a record without an id (some exports write none) is a copy of any event of equal content.
//!
//! So a content stands for as many events as it has ids, and at least for one; the number does
//! not depend on the order of the inputs.

use std::collections::HashMap;
use std::collections::HashSet;
use std::collections::hash_map::Entry;

use crate::event::Content;

/// Stands for "no id" where a content has one id: no log counts that far.
const NO_ID: u64 = u64::MAX;

/// The contents seen so far: some 25 to 50 bytes an event.
#[derive(Debug, Default)]
pub(super) struct Duplicates {
    /// The id under which a content came first, or [`NO_ID`].
    first: HashMap<Content, u64>,
    /// Further ids of contents, which are rare.
    further: HashMap<Content, HashSet<u64>>,
}

impl Duplicates {
    /// How many contents were seen.
    pub(super) fn len(&self) -> usize {
        self.first.len()
    }

    /// Whether this content was seen, under whatever id.
    pub(super) fn has(&self, content: Content) -> bool {
        self.first.contains_key(&content)
    }

    /// Whether this is an event not counted before.
    pub(super) fn is_new(&mut self, content: Content, record_id: Option<u64>) -> bool {
        let id = record_id.filter(|id| *id != NO_ID);
        let known = match self.first.entry(content) {
            Entry::Vacant(place) => {
                place.insert(id.unwrap_or(NO_ID));
                return true;
            }
            Entry::Occupied(place) => place.into_mut(),
        };
        let Some(id) = id else { return false };
        if *known == NO_ID {
            *known = id;
            return false;
        }
        *known != id && self.further.entry(content).or_default().insert(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(ids: &[Option<u64>]) -> usize {
        let mut duplicates = Duplicates::default();
        ids.iter().filter(|id| duplicates.is_new(Content::default(), **id)).count()
    }

    #[test]
    fn ids_tell_equal_contents_apart() {
        assert_eq!(count(&[Some(1), Some(1)]), 1);
        assert_eq!(count(&[Some(1), Some(2), Some(1), Some(2), Some(3)]), 3);
    }

    #[test]
    fn a_record_without_id_is_a_copy_whenever_it_comes() {
        for ids in [[None, Some(1), Some(2)], [Some(1), None, Some(2)], [Some(1), Some(2), None]] {
            assert_eq!(count(&ids), 2, "{ids:?}");
        }
        assert_eq!(count(&[None, None, Some(1)]), 1);
    }
}
