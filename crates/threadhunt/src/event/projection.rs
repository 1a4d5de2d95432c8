//! What will be asked of the events, known before they are read.
//!
//! An event id that nobody wants is counted and not decoded; a field that nobody wants is
//! not filled. Where only some processes matter, events of others need not be filled either
//! ([`Sieve`]). Readers may fill more than was asked, never less.

use std::collections::HashSet;
use std::sync::Arc;

use super::Guid;
use crate::schema::{FieldId, fields};

/// How much of a record is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Only that it was there.
    Count,
    /// Its `System` section.
    System,
    /// Its `System` section and some fields.
    Fields(FieldSet),
    /// Everything.
    All,
}

impl Want {
    /// Whether the record comes out of a reader at all.
    pub fn is_record(self) -> bool {
        self != Self::Count
    }

    /// The least that gives both.
    fn union(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => Self::All,
            (Self::Fields(one), Self::Fields(another)) => Self::Fields(one.union(another)),
            (Self::Fields(fields), _) | (_, Self::Fields(fields)) => Self::Fields(fields),
            (Self::System, _) | (_, Self::System) => Self::System,
            (Self::Count, Self::Count) => Self::Count,
        }
    }

    /// The same with further fields, where the record is wanted at all.
    fn with(self, fields: FieldSet) -> Self {
        match self {
            Self::Count | Self::All => self,
            Self::System => Self::Fields(fields),
            Self::Fields(there) => Self::Fields(there.union(fields)),
        }
    }
}

/// A set of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FieldSet([u64; 2]);

const _: () = assert!(FieldId::COUNT <= 128, "a field set has 128 places");

impl FieldSet {
    /// Adds a field.
    pub fn insert(&mut self, field: FieldId) {
        self.0[field.index() / 64] |= 1 << (field.index() % 64);
    }

    /// Whether the field is in the set.
    pub fn contains(self, field: FieldId) -> bool {
        self.0[field.index() / 64] >> (field.index() % 64) & 1 == 1
    }

    /// The fields of both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self([self.0[0] | other.0[0], self.0[1] | other.0[1]])
    }

    /// Whether there is no field.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl FromIterator<FieldId> for FieldSet {
    fn from_iter<I: IntoIterator<Item = FieldId>>(fields: I) -> Self {
        let mut set = Self::default();
        fields.into_iter().for_each(|field| set.insert(field));
        set
    }
}

/// What is wanted of each kind of record.
#[derive(Clone, Debug)]
pub struct Projection {
    sysmon: [Want; 256],
    beyond: Want,
    others: Want,
    sieve: Option<Arc<Sieve>>,
}

/// Processes outside of which some events are not wanted.
#[derive(Debug)]
pub(crate) struct Sieve {
    ids: Vec<u16>,
    processes: HashSet<Guid>,
}

/// Fields that name a process; an event is of all processes that it names.
const PROCESSES: [FieldId; 6] = [
    fields::PROCESS_GUID,
    fields::PARENT_PROCESS_GUID,
    fields::SOURCE_PROCESS_GUID,
    fields::SOURCE_PROCESS_GUID_CAPS,
    fields::TARGET_PROCESS_GUID,
    fields::TARGET_PROCESS_GUID_CAPS,
];

impl Sieve {
    /// Whether a field names a process.
    pub(crate) fn names(field: FieldId) -> bool {
        PROCESSES.contains(&field)
    }

    /// Whether events of a process are wanted.
    pub(crate) fn holds(&self, process: Guid) -> bool {
        self.processes.contains(&process)
    }
}

impl Projection {
    /// Everything of every record of every provider.
    pub fn everything() -> Self {
        Self { sysmon: [Want::All; 256], beyond: Want::All, others: Want::All, sieve: None }
    }

    /// Everything of every Sysmon record, other providers' records counted.
    pub fn sysmon() -> Self {
        Self { others: Want::Count, ..Self::everything() }
    }

    /// Nothing yet: every record only counted.
    pub fn nothing() -> Self {
        Self { sysmon: [Want::Count; 256], beyond: Want::Count, others: Want::Count, sieve: None }
    }

    /// The same with another want for the Sysmon events `ids`.
    pub fn with(mut self, ids: impl IntoIterator<Item = u16>, want: Want) -> Self {
        for id in ids {
            match self.sysmon.get_mut(usize::from(id)) {
                Some(place) => *place = want,
                None => self.beyond = want,
            }
        }
        self
    }

    /// The same with another want for all Sysmon events.
    pub fn with_sysmon(self, want: Want) -> Self {
        Self { sysmon: [want; 256], beyond: want, ..self }
    }

    /// The same with further fields of the Sysmon events that are wanted at all.
    pub fn with_fields(self, fields: impl Fn(u16) -> FieldSet) -> Self {
        let mut sysmon = self.sysmon;
        for (id, want) in (0..).zip(&mut sysmon) {
            *want = want.with(fields(id));
        }
        Self { sysmon, ..self }
    }

    /// The least that gives what both ask for.
    #[must_use]
    pub fn union(self, other: &Self) -> Self {
        let mut sysmon = self.sysmon;
        sysmon.iter_mut().zip(other.sysmon).for_each(|(want, other)| *want = want.union(other));
        let (beyond, others) = (self.beyond.union(other.beyond), self.others.union(other.others));
        // What one of both would sort out, the other may want.
        Self { sysmon, beyond, others, sieve: None }
    }

    /// The same with another want for other providers' records.
    pub fn with_others(self, want: Want) -> Self {
        Self { others: want, ..self }
    }

    /// The same, but of the Sysmon events `ids` only those that name one of these processes are wanted;
    /// a reader may give others, too.
    pub fn with_processes(self, ids: impl IntoIterator<Item = u16>, processes: HashSet<Guid>) -> Self {
        Self { sieve: Some(Arc::new(Sieve { ids: ids.into_iter().collect(), processes })), ..self }
    }

    /// What sorts out Sysmon events of an id by their processes, if anything does.
    pub(crate) fn sieve(&self, id: u16) -> Option<&Sieve> {
        self.sieve.as_deref().filter(|sieve| sieve.ids.contains(&id))
    }

    /// What is wanted of a Sysmon event; ids above 255, which Sysmon does not have, share one answer.
    #[inline]
    pub fn of(&self, id: u16) -> Want {
        self.sysmon.get(usize::from(id)).copied().unwrap_or(self.beyond)
    }

    /// What is wanted of other providers' records.
    pub fn others(&self) -> Want {
        self.others
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::fields::{IMAGE, USER};

    #[test]
    fn fields_are_added_to_what_is_wanted() {
        let image: FieldSet = [IMAGE].into_iter().collect();
        let wanted =
            Projection::nothing().with([1], Want::System).with([2], Want::Fields(image)).with([3], Want::All);
        let user: FieldSet = [USER].into_iter().collect();
        let more = wanted.clone().with_fields(|_| [USER].into_iter().collect());
        assert_eq!(more.of(0), Want::Count);
        assert_eq!(more.of(1), Want::Fields([USER].into_iter().collect()));
        assert_eq!(more.of(2), Want::Fields([USER, IMAGE].into_iter().collect()));
        assert_eq!(more.of(3), Want::All);
        let both = wanted.union(&Projection::nothing().with([0], Want::System).with([2], Want::Fields(user)));
        assert_eq!(both.of(0), Want::System);
        assert_eq!(both.of(1), Want::System);
        assert_eq!(both.of(2), Want::Fields([USER, IMAGE].into_iter().collect()));
        assert_eq!(both.of(3), Want::All);
        assert_eq!(both.of(4), Want::Count);
        assert!(!image.is_empty() && FieldSet::default().is_empty());
    }
}
