//! Baselines: what computers ordinarily do, learnt from logs, and how far a remote thread is from it.
//!
//! A baseline keeps, for each *habit* (source, start, target), on which days of which computers it
//! was seen. Counts are sizes of such sets and never numbers of events: one busy hour weighs no more
//! than one event, a log that is read twice changes nothing, and merging is the union.
//!
//! Keeping the sets costs room, which has a limit ([`MAX_HOST_DAYS`]): beyond it the oldest days go,
//! as many as must, and the baseline says since when it holds everything. So what is left does not
//! depend on the order in which logs came, nor on how they were cut into baselines.
//!
//! [`Learner`] fills a baseline, `file` writes and reads it, `expectation` asks it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

mod beta;
mod day;
mod expectation;
mod file;
mod habit;
mod learn;
mod overview;

pub use file::BaselineError;
pub use learn::{Learner, Sightings, Unlearned, sightings};

pub(super) use day::{Day, Host};
pub(super) use expectation::{Expectation, Own, Rarity};
pub(super) use habit::{Habit, Plain};

use day::HostDay;

/// Host-days that a baseline keeps, those of hosts and those of habits together: some 100 MB. That is
/// 1,000 computers with 80 habits for 50 days.
pub const MAX_HOST_DAYS: usize = 1 << 22;
/// Habits that a baseline keeps. Computers have some dozens each, and mostly the same ones; a million is
/// an attack on the memory of whoever learns.
pub const MAX_HABITS: usize = 1 << 18;

/// What computers ordinarily do.
///
/// ```
/// use threadhunt::detect::{Baseline, Learner};
///
/// let empty = Learner::default().finish().unwrap().0;
/// let bytes = empty.write();
/// assert_eq!(Baseline::read(&bytes).unwrap(), empty);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// The days on which a computer logged anything of Sysmon's.
    hosts: BTreeMap<Host, BTreeSet<Day>>,
    habits: BTreeMap<Habit, BTreeSet<HostDay>>,
    /// What is older was dropped for want of room.
    since: Option<Day>,
}

impl Baseline {
    /// Takes what another baseline knows; what both know counts once.
    ///
    /// # Errors
    ///
    /// When a single day is more than a baseline can hold.
    pub fn merge(&mut self, other: Self) -> Result<(), BaselineError> {
        self.merge_to(other, MAX_HOST_DAYS)
    }

    fn merge_to(&mut self, other: Self, most: usize) -> Result<(), BaselineError> {
        for (host, days) in other.hosts {
            self.hosts.entry(host).or_default().extend(days);
        }
        for (habit, seen) in other.habits {
            self.habits.entry(habit).or_default().extend(seen);
        }
        self.drop_before(self.since.max(other.since));
        self.trim_to(most)
    }

    /// Host-days kept.
    fn size(&self) -> usize {
        let hosts: usize = self.hosts.values().map(BTreeSet::len).sum();
        hosts + self.habits.values().map(BTreeSet::len).sum::<usize>()
    }

    /// Drops the oldest days until the rest fits.
    fn trim(&mut self) -> Result<(), BaselineError> {
        self.trim_to(MAX_HOST_DAYS)
    }

    fn trim_to(&mut self, most: usize) -> Result<(), BaselineError> {
        // Of days that were dropped before, some may have come in again, and only in part.
        self.drop_before(self.since);
        if self.size() > most {
            let mut of_day: BTreeMap<Day, usize> = BTreeMap::new();
            let days = self.hosts.values().flatten();
            let seen = self.habits.values().flatten().map(|(_, day)| day);
            days.chain(seen).for_each(|day| *of_day.entry(*day).or_default() += 1);
            let newest = of_day.keys().next_back().copied();
            let mut room = most;
            let is_too_much = |(_, count): &(&Day, &usize)| match room.checked_sub(**count) {
                Some(left) => {
                    room = left;
                    false
                }
                None => true,
            };
            let dropped = of_day.iter().rev().find(is_too_much).map(|(day, _)| *day);
            if dropped == newest {
                return Err(BaselineError::DayTooLarge);
            }
            // Not the first day that is left: what another baseline knows of days between is whole.
            self.drop_before(dropped.map(|Day(day)| Day(day + 1)));
        }
        if self.habits.len() > MAX_HABITS { Err(BaselineError::TooManyHabits) } else { Ok(()) }
    }

    fn drop_before(&mut self, since: Option<Day>) {
        let Some(first) = since else { return };
        self.since = since;
        self.hosts.values_mut().for_each(|days| days.retain(|day| *day >= first));
        self.hosts.retain(|_, days| !days.is_empty());
        self.habits.values_mut().for_each(|seen| seen.retain(|(_, day)| *day >= first));
        self.habits.retain(|_, seen| !seen.is_empty());
    }

    /// Start classes that rules do not have: the baseline was learnt by other rules, and whatever
    /// it knows of them is never found again.
    pub fn foreign_classes(&self, rules: &super::Rules) -> BTreeSet<Arc<str>> {
        let classes = self.habits.keys().map(|habit| &habit.behaviour.class);
        classes.filter(|class| rules.get(class).is_none()).cloned().collect()
    }
}

#[cfg(test)]
mod tests;
