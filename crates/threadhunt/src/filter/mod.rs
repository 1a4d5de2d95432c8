//! Filters: which records are wanted, said before reading and decided record by record.
//!
//! A [`Selection`] is what a person asks for: event ids, a span of time, computers, and
//! [`Condition`]s on single values. It tells readers what to decode at all (its
//! [`projection`](Selection::projection)) and then says of each record whether it passes;
//! nothing here has memory, so workers decide on their own.

use crate::event::{Event, FileTime, Projection, Record, SystemField, Want, Wildcard};

mod condition;
pub mod sigma;

pub use condition::{Condition, ConditionError};

/// Which records, by who wrote them and what kind they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kinds {
    /// Sysmon events with these ids.
    Ids(Vec<u16>),
    /// All Sysmon events.
    Sysmon,
    /// Every record of every provider.
    All,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Which kinds of records.
    pub kinds: Kinds,
    /// Only records of this time or later.
    pub from: Option<FileTime>,
    /// Only records before this time.
    pub to: Option<FileTime>,
    /// Only records of computers that fit one of these; none means all.
    pub computers: Vec<Wildcard>,
    /// Only records for which all of these hold.
    pub conditions: Vec<Condition>,
}

impl Selection {
    /// All records of these kinds.
    pub fn of(kinds: Kinds) -> Self {
        Self { kinds, from: None, to: None, computers: Vec::new(), conditions: Vec::new() }
    }

    /// What has to be decoded to decide, and to print what passes.
    pub fn projection(&self) -> Projection {
        match &self.kinds {
            Kinds::Ids(ids) => Projection::nothing().with(ids.iter().copied(), Want::All),
            Kinds::Sysmon => Projection::sysmon(),
            Kinds::All => Projection::everything(),
        }
    }

    /// Whether a kind of record is asked for at all: a Sysmon event of that id, or another provider's.
    pub fn wants(&self, sysmon: Option<u16>) -> bool {
        match (&self.kinds, sysmon) {
            (Kinds::All, _) | (Kinds::Sysmon, Some(_)) => true,
            (Kinds::Ids(ids), Some(id)) => ids.contains(&id),
            (_, None) => false,
        }
    }

    /// Whether a record passes. `scratch` is used for texts and left in any state.
    ///
    /// The time is `UtcTime`, or `TimeCreated` where there is none. A record without any time
    /// lies in no span.
    pub fn holds(&self, record: Record<'_>, scratch: &mut Vec<u8>) -> bool {
        let event = record.view();
        self.wants(event.platform().map(|_| event.id()))
            && self.spans(&event)
            && self.on_computer(&event, scratch)
            && self.conditions.iter().all(|condition| condition.holds(&event, scratch))
    }

    fn spans(&self, event: &Event<'_>) -> bool {
        if self.from.is_none() && self.to.is_none() {
            return true;
        }
        let Some(time) = event.time() else { return false };
        self.from.is_none_or(|from| time >= from) && self.to.is_none_or(|to| time < to)
    }

    fn on_computer(&self, event: &Event<'_>, scratch: &mut Vec<u8>) -> bool {
        if self.computers.is_empty() {
            return true;
        }
        scratch.clear();
        if let Some(name) = event.system(SystemField::Computer) {
            name.push_to(scratch);
        }
        let name = String::from_utf8_lossy(scratch);
        self.computers.iter().any(|computer| computer.matches(&name))
    }
}

#[cfg(test)]
mod tests;
