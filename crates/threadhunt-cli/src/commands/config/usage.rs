//! What each rule of a configuration did: how many events it decided over, and which did nothing.
//!
//! A rule is what can decide: an item of a filter whose items are alternatives, or else the
//! whole filter.

use std::collections::{BTreeMap, HashMap};

use threadhunt::config::{Config, Decision, Filter, Item, Relation, Verdict};

use super::draw::Lines;
use crate::summary::count;
use crate::voice::Voice;

/// Rules that are listed without being asked for.
const SHOWN: usize = 10;
/// Characters of a rule's description.
const WIDEST: usize = 100;

/// Verdicts, counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    events: u64,
    logged: u64,
    decisions: HashMap<Decision, u64>,
    /// Filters given up, by the name of the field that had no value.
    failed: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// Counts a verdict that was given so many times.
    pub(super) fn add(&mut self, verdict: &Verdict<'_>, times: u64) {
        if times == 0 {
            return;
        }
        self.events += times;
        self.logged += if verdict.logged { times } else { 0 };
        *self.decisions.entry(verdict.decision).or_default() += times;
        if let Some(field) = verdict.failed {
            *self.failed.entry(field.name()).or_default() += times;
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.events += other.events;
        self.logged += other.logged;
        for (decision, times) in other.decisions {
            *self.decisions.entry(decision).or_default() += times;
        }
        for (field, times) in other.failed {
            *self.failed.entry(field).or_default() += times;
        }
    }

    pub(super) fn events(&self) -> u64 {
        self.events
    }

    pub(super) fn dropped(&self) -> u64 {
        self.events - self.logged
    }

    fn of(&self, decision: Decision) -> u64 {
        self.decisions.get(&decision).copied().unwrap_or(0)
    }
}

/// Says what the rules did.
pub(super) fn tell(config: &Config, tally: &Tally, voice: &Voice) {
    let events = count(tally.events, "event", "events");
    voice.note(&format!("{} of {events} logged", tally.logged));
    for (field, failed) in &tally.failed {
        let on = count(*failed, "event", "events");
        voice.note(&format!(
            "{on} without {field}: Sysmon gives up the filter that asks for it, and so was done"
        ));
    }
    let lines = Lines::new(&config.text);
    let mut rules = rules(config, tally);
    let all = rules.len();
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.hits));
    let used = rules.iter().take_while(|rule| rule.hits > 0).count();
    let shown = if voice.verbose { all } else { used.min(SHOWN) };
    for rule in &rules[..shown] {
        let share = rule.hits as f64 * 100.0 / tally.events.max(1) as f64;
        voice.note(&format!("{:>8} {share:5.1} %  {}", rule.hits, describe(&lines, rule)));
    }
    if all > 0 {
        let hint = if shown < all { " (-v lists all)" } else { "" };
        voice.note(&format!("{used} of {} decided over an event{hint}", count(all as u64, "rule", "rules")));
    }
}

/// What can decide.
pub(super) struct Deciding<'c> {
    hits: u64,
    filter: &'c Filter,
    /// The item that is enough; `None` for the whole filter.
    item: Option<&'c Item>,
}

/// All rules that run, with the number of events each decided over.
fn rules<'c>(config: &'c Config, tally: &Tally) -> Vec<Deciding<'c>> {
    let mut rules = Vec::new();
    let running = config.filters.iter().enumerate().filter(|(_, filter)| filter.bound.is_some());
    for (index, filter) in running {
        let hits = |item| tally.of(Decision::Filter { filter: index, item });
        if config.relation(filter) == Relation::And {
            // One without conditions matches nothing, and so decides over nothing.
            let can_decide = filter.conditions().next().is_some();
            rules.extend(can_decide.then(|| Deciding { hits: hits(None), filter, item: None }));
            continue;
        }
        let items = filter.items.iter().enumerate().filter(|(_, item)| !item.conditions().is_empty());
        rules.extend(items.map(|(at, item)| Deciding { hits: hits(Some(at)), filter, item: Some(item) }));
    }
    rules
}

impl<'c> Deciding<'c> {
    /// The rule that decided, if one did.
    pub(super) fn of(config: &'c Config, decision: Decision) -> Option<Self> {
        let Decision::Filter { filter, item } = decision else { return None };
        let filter = config.filters.get(filter)?;
        Some(Self { hits: 0, filter, item: item.and_then(|item| filter.items.get(item)) })
    }
}

/// A rule in one line: where it stands, what it does, and with which conditions.
pub(super) fn describe(lines: &Lines<'_>, rule: &Deciding<'_>) -> String {
    let place = rule.item.map_or(&rule.filter.span, Item::span).start;
    let text = format!("line {}: {}", lines.line(place), rule.filter.in_words(rule.item));
    match text.char_indices().nth(WIDEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
