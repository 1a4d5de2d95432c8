//! How far a remote thread is from what a baseline knows: the formulas, and the entries of the ledger.
//!
//! The formulas are those of `data/rules/rarity.toml`, worked out in `docs/judgement.md`. They see
//! counts of host-days. The days of a finding on its own computer do not count, so that a baseline
//! learnt from the same logs does not vouch for what it should be compared with.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use super::day::{Day, Host, HostDay};
use super::habit::{Behaviour, Habit};
use super::{Baseline, beta};
use crate::detect::rules::RarityModel;
use crate::report::{Bits, Entry, Group};

/// What a baseline says of a start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::detect) struct Rarity {
    /// What speaks for and against an injection.
    pub(in crate::detect) entries: Vec<Entry>,
    /// The most that rarity may weigh, by what the baseline has seen: few host-days say little.
    pub(in crate::detect) most: Bits,
    /// The host-days behind it.
    pub(in crate::detect) host_days: u64,
}

impl Rarity {
    /// Why rarity weighs little.
    pub(in crate::detect) fn words(&self) -> String {
        format!(
            "the baseline has {} other host-days with remote threads: rarity weighs {} bits at most",
            self.host_days, self.most
        )
    }
}

/// The counts that the formulas need, in host-days where nothing else is said.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Counts {
    /// With any remote thread: N.
    pub(super) all: u64,
    /// With the source: n(s).
    pub(super) source: u64,
    /// With the source and the start: n(s,c).
    pub(super) source_start: u64,
    /// With source, start and target: n(s,c,t).
    pub(super) habit: u64,
    /// With the start, whoever made it: n(c).
    pub(super) start: u64,
    /// With start and target: n(c,t).
    pub(super) start_target: u64,
    /// Different targets of all threads: V.
    pub(super) targets: u64,
    /// Different targets of the start: d(c).
    pub(super) start_targets: u64,
    /// Different targets of source and start: d(s,c).
    pub(super) source_targets: u64,
    /// Different starts of the class: F.
    pub(super) starts: u64,
    /// Hosts with any remote thread: H.
    pub(super) hosts: u64,
    /// Hosts with the habit: h.
    pub(super) habit_hosts: u64,
    /// Days of the baseline: D.
    pub(super) days: u64,
    /// Days of this host.
    pub(super) host_days: u64,
    /// Host-days of this host with the habit.
    pub(super) on_host: u64,
}

/// A share that a prior is mixed into, which counts for κ observations.
pub(super) fn share(seen: u64, of: u64, prior: f64, kappa: f64) -> f64 {
    ((seen as f64 + kappa * prior) / (of as f64 + kappa)).min(1.0)
}

fn surprise(share: f64) -> f64 {
    -share.log2()
}

/// B: how surprising the start is for the source; `prior` is that of the class.
pub(super) fn start_surprise(counts: &Counts, prior: f64, kappa: f64) -> f64 {
    let of_class = prior / (counts.starts as f64 + 1.0);
    let anyone = share(counts.start, counts.all, of_class, kappa);
    surprise(share(counts.source_start, counts.source, anyone, kappa))
}

/// T: how surprising the target is for the source and the start.
pub(super) fn target_surprise(counts: &Counts, kappa: f64) -> f64 {
    let any = 1.0 / (counts.targets as f64 + 1.0);
    let anyone = share(counts.start_target, counts.start, any, kappa);
    let this = share(counts.habit, counts.source_start, anyone, kappa);
    // A known target is no more surprising than one that is reached for the first time.
    let anyones_new = share(counts.start_targets, counts.start, 1.0, kappa);
    let new = share(counts.source_targets, counts.source_start, anyones_new, kappa);
    surprise(this.max(new))
}

/// V⁺: how rare it is among hosts, and the bound of its share.
pub(super) fn prevalence_surprise(counts: &Counts, most: f64) -> (f64, f64) {
    let bound = beta::upper(counts.habit_hosts, counts.hosts);
    (surprise(bound.max((-most).exp2())), bound)
}

/// Nw: a bit where it is new to the host, one more where it is new to all.
pub(super) fn novelty(counts: &Counts, days: u64) -> (bool, bool) {
    let on_host = counts.host_days >= days && counts.on_host == 0;
    (on_host, counts.days >= days && counts.habit_hosts == 0)
}

/// K: the credit for what is common, and the bound of its share.
pub(super) fn credit(counts: &Counts, model: &RarityModel) -> (f64, f64) {
    if counts.habit_hosts == 0 {
        return (0.0, 0.0);
    }
    let bound = beta::lower(counts.habit_hosts, counts.hosts);
    (model.credit_bits * bound * (counts.days as f64 / model.credit_days).min(1.0), bound)
}

/// The most that N host-days can say: by so much they move the share of what was never seen, which is
/// κπ / (N + κ), away from its prior π.
pub(super) fn most(all: u64, kappa: f64) -> f64 {
    ((all as f64 + kappa) / kappa).log2()
}

/// What a group of habits was seen on.
#[derive(Debug, Default)]
struct Level {
    seen: BTreeSet<HostDay>,
    targets: u64,
}

/// Which habits make a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Gathered {
    Source(Arc<str>),
    SourceStart(Arc<str>, Behaviour),
    Start(Behaviour),
    StartTarget(Behaviour, Arc<str>),
}

/// A baseline that is asked; groups of habits are united when somebody asks for them.
#[derive(Debug)]
pub(in crate::detect) struct Expectation<'b> {
    baseline: &'b Baseline,
    all: BTreeSet<HostDay>,
    hosts: HashSet<Host>,
    /// On how many hosts each day is known.
    days: HashMap<Day, u64>,
    targets: u64,
    /// Different starts by class.
    starts: HashMap<Arc<str>, u64>,
    by_source: HashMap<Arc<str>, Vec<&'b Habit>>,
    by_start: HashMap<Behaviour, Vec<&'b Habit>>,
    levels: HashMap<Gathered, Arc<Level>>,
    /// The hosts of habits that were asked for.
    habit_hosts: HashMap<Habit, u64>,
}

/// The days of a finding on its own computer.
#[derive(Clone, Copy, Debug)]
pub(in crate::detect) struct Own {
    pub(in crate::detect) host: Host,
    pub(in crate::detect) days: Option<(Day, Day)>,
}

impl Own {
    /// Host-days of a set that are not the finding's own.
    fn count(self, seen: &BTreeSet<HostDay>) -> u64 {
        (seen.len() - self.own(seen)) as u64
    }

    fn own(self, seen: &BTreeSet<HostDay>) -> usize {
        self.days.map_or(0, |(first, last)| seen.range((self.host, first)..=(self.host, last)).count())
    }

    /// Host-days of the computer itself, but for the finding's own.
    fn count_here(self, seen: &BTreeSet<HostDay>) -> u64 {
        let here = seen.range((self.host, Day(0))..=(self.host, Day(u16::MAX))).count();
        (here - self.own(seen)) as u64
    }

    /// Of the hosts of a set those that are in it by other days than the finding's own.
    fn hosts(self, hosts: u64, seen: &BTreeSet<HostDay>) -> u64 {
        let only_own = self.own(seen) > 0 && self.count_here(seen) == 0;
        hosts - u64::from(only_own)
    }
}

impl<'b> Expectation<'b> {
    /// Makes a baseline ready to be asked.
    pub(in crate::detect) fn new(baseline: &'b Baseline) -> Self {
        let all: BTreeSet<HostDay> = baseline.habits.values().flatten().copied().collect();
        let hosts: HashSet<Host> = all.iter().map(|(host, _)| *host).collect();
        let mut days: HashMap<Day, u64> = HashMap::new();
        let known = baseline.hosts.iter().filter(|(host, _)| hosts.contains(host));
        known.flat_map(|(_, days)| days).for_each(|day| *days.entry(*day).or_default() += 1);
        let mut by_source: HashMap<Arc<str>, Vec<&Habit>> = HashMap::new();
        let mut by_start: HashMap<Behaviour, Vec<&Habit>> = HashMap::new();
        for habit in baseline.habits.keys() {
            by_source.entry(Arc::clone(&habit.source)).or_default().push(habit);
            by_start.entry(habit.behaviour.clone()).or_default().push(habit);
        }
        let mut starts: HashMap<Arc<str>, u64> = HashMap::new();
        by_start.keys().for_each(|start| *starts.entry(Arc::clone(&start.class)).or_default() += 1);
        let targets: HashSet<&str> = baseline.habits.keys().map(|habit| &*habit.target).collect();
        let targets = targets.len() as u64;
        Self {
            baseline,
            all,
            hosts,
            days,
            targets,
            starts,
            by_source,
            by_start,
            levels: HashMap::new(),
            habit_hosts: HashMap::new(),
        }
    }

    /// Hosts with any remote thread.
    pub(in crate::detect) fn hosts(&self) -> u64 {
        self.hosts.len() as u64
    }

    /// What the baseline says of a habit.
    pub(in crate::detect) fn rarity(&mut self, model: &RarityModel, habit: &Habit, own: Own) -> Rarity {
        let counts = self.counts(habit, own);
        Rarity {
            entries: entries(&counts, model, &habit.behaviour.class),
            most: Bits::new(most(counts.all, model.kappa)).unwrap_or_default(),
            host_days: counts.all,
        }
    }

    pub(super) fn counts(&mut self, habit: &Habit, own: Own) -> Counts {
        let Habit { source, behaviour, target } = habit;
        let of_source = self.level(Gathered::Source(Arc::clone(source)));
        let of_both = self.level(Gathered::SourceStart(Arc::clone(source), behaviour.clone()));
        let of_start = self.level(Gathered::Start(behaviour.clone()));
        let of_target = self.level(Gathered::StartTarget(behaviour.clone(), Arc::clone(target)));
        let none = BTreeSet::new();
        let this = self.baseline.habits.get(habit).unwrap_or(&none);
        let count = || this.iter().map(|(host, _)| *host).collect::<HashSet<Host>>().len() as u64;
        let habit_hosts = *self.habit_hosts.entry(habit.clone()).or_insert_with(count);
        let hosts = self.hosts() - u64::from(self.hosts.contains(&own.host) && self.days_here(own) == 0);
        Counts {
            all: own.count(&self.all),
            source: own.count(&of_source.seen),
            source_start: own.count(&of_both.seen),
            habit: own.count(this),
            start: own.count(&of_start.seen),
            start_target: own.count(&of_target.seen),
            targets: self.targets,
            start_targets: of_start.targets,
            source_targets: of_both.targets,
            starts: self.starts.get(&behaviour.class).copied().unwrap_or(0),
            hosts,
            habit_hosts: own.hosts(habit_hosts, this),
            days: self.days(own),
            host_days: self.days_here(own),
            on_host: own.count_here(this),
        }
    }

    /// Days of the finding's computer, but for the finding's own.
    fn days_here(&self, own: Own) -> u64 {
        let Some(days) = self.baseline.hosts.get(&own.host) else { return 0 };
        let taken = own.days.map_or(0, |(first, last)| days.range(first..=last).count());
        (days.len() - taken) as u64
    }

    /// Days of the baseline, but for those known of the finding alone.
    fn days(&self, own: Own) -> u64 {
        let here = self.baseline.hosts.get(&own.host).filter(|_| self.hosts.contains(&own.host));
        let taken = here.zip(own.days).map_or(0, |(days, (first, last))| {
            days.range(first..=last).filter(|day| self.days.get(day) == Some(&1)).count()
        });
        (self.days.len() - taken) as u64
    }

    fn level(&mut self, group: Gathered) -> Arc<Level> {
        if let Some(level) = self.levels.get(&group) {
            return Arc::clone(level);
        }
        let level = Arc::new(self.unite(&group));
        self.levels.insert(group, Arc::clone(&level));
        level
    }

    fn unite(&self, group: &Gathered) -> Level {
        let candidates = match group {
            Gathered::Source(source) | Gathered::SourceStart(source, _) => self.by_source.get(source),
            Gathered::Start(start) | Gathered::StartTarget(start, _) => self.by_start.get(start),
        };
        let is_member = |habit: &&&Habit| match group {
            Gathered::Source(_) | Gathered::Start(_) => true,
            Gathered::SourceStart(_, start) => habit.behaviour == *start,
            Gathered::StartTarget(_, target) => habit.target == *target,
        };
        let members = || candidates.into_iter().flatten().filter(is_member);
        let targets: HashSet<&str> = members().map(|habit| &*habit.target).collect();
        let seen = members().flat_map(|habit| &self.baseline.habits[*habit]).copied().collect();
        Level { seen, targets: targets.len() as u64 }
    }
}

/// The entries of a ledger: only those that weigh anything.
fn entries(counts: &Counts, model: &RarityModel, class: &str) -> Vec<Entry> {
    let start = start_surprise(counts, model.prior(class), model.kappa) * model.surprise_weight;
    let target = target_surprise(counts, model.kappa) * model.surprise_weight;
    let (prevalence, share) = prevalence_surprise(counts, model.prevalence_bits);
    let (here, anywhere) = novelty(counts, model.novelty_days);
    let (credit, common) = credit(counts, model);
    let hosts = format!("{} of {} hosts", counts.habit_hosts, counts.hosts);
    let all = [
        (Group::Rarity, "rare-start", start, start_words(counts)),
        (Group::Rarity, "rare-target", target, target_words(counts)),
        (
            Group::Rarity,
            "rare-prevalence",
            prevalence * model.surprise_weight,
            format!("rare among hosts ({hosts}, 95 % sure < {} %)", (share * 100.0).ceil()),
        ),
        (
            Group::Rarity,
            "new-behaviour",
            f64::from(u8::from(here) + u8::from(anywhere)) * model.novelty_bits,
            novelty_words(counts, here, anywhere),
        ),
        (
            Group::Credit,
            "common-behaviour",
            -credit,
            format!("common ({hosts}, 95 % sure > {} %, in {} days)", (common * 100.0).floor(), counts.days),
        ),
    ];
    let entry = |(group, rule, bits, title): (Group, &str, f64, String)| {
        // A surprise of 99 bits and more needs more host-days than a baseline can hold.
        let bits = Bits::new(bits).unwrap_or_default();
        Entry { group, rule: rule.into(), title: title.into(), bits, adds: Bits::ZERO }
    };
    all.into_iter().map(entry).filter(|entry| entry.bits != Bits::ZERO).collect()
}

fn start_words(counts: &Counts) -> String {
    match counts.source {
        0 => format!("rare start (source never seen; {} of {} host-days of any)", counts.start, counts.all),
        source => format!("rare start ({} of {source} host-days of this source)", counts.source_start),
    }
}

fn target_words(counts: &Counts) -> String {
    match counts.source_start {
        0 => format!("rare target ({} of {} host-days of such starts)", counts.start_target, counts.start),
        both => format!("rare target ({} of {both} host-days of source and start)", counts.habit),
    }
}

fn novelty_words(counts: &Counts, here: bool, anywhere: bool) -> String {
    match (here, anywhere) {
        (true, true) => format!("new to this host after {} days, and to all hosts", counts.host_days),
        (true, false) => format!("new to this host after {} days", counts.host_days),
        (false, _) => format!("new to all hosts after {} days", counts.days),
    }
}
