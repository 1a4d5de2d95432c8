//! What a baseline knows, for people.

use std::collections::BTreeSet;

use super::Baseline;
use super::day::{Day, Host};
use crate::report::{BaselineOverview, KnownHabit};

impl Baseline {
    /// What it knows: its extent, and every habit in the order of source, start and target.
    pub fn overview(&self) -> BaselineOverview {
        let speaking: BTreeSet<Host> = self.habits.values().flatten().map(|(host, _)| *host).collect();
        let days: BTreeSet<Day> = self.hosts.values().flatten().copied().collect();
        BaselineOverview {
            hosts: speaking.len() as u64,
            silent_hosts: (self.hosts.len() - speaking.len()) as u64,
            days: days.len() as u64,
            first: days.first().map(ToString::to_string),
            last: days.last().map(ToString::to_string),
            since: self.since.map(|day| day.to_string()),
            host_days: self.hosts.values().map(BTreeSet::len).sum::<usize>() as u64,
            habits: self.habits().collect(),
        }
    }

    fn habits(&self) -> impl Iterator<Item = KnownHabit> {
        self.habits.iter().map(|(habit, seen)| {
            let hosts: BTreeSet<Host> = seen.iter().map(|(host, _)| *host).collect();
            let days: BTreeSet<Day> = seen.iter().map(|(_, day)| *day).collect();
            let day = |day: Option<&Day>| day.map(ToString::to_string).unwrap_or_default();
            KnownHabit {
                source: habit.source.clone(),
                class: habit.behaviour.class.clone(),
                module: habit.behaviour.module.clone(),
                function: habit.behaviour.function.clone(),
                target: habit.target.clone(),
                hosts: hosts.len() as u64,
                days: days.len() as u64,
                host_days: seen.len() as u64,
                first: day(days.first()),
                last: day(days.last()),
            }
        })
    }
}
