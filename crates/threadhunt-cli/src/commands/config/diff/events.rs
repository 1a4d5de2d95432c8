//! Two configurations over the same events: which only one logs, and which get another name.
//!
//! Workers decide twice; here their counts are added up in the order of the input, so that the
//! examples are always the first.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::ops::ControlFlow;

use serde::Serialize;
use threadhunt::config::{Config, Decision, Policy, Verdict};
use threadhunt::event::{Batch, Event, Projection, Record};
use threadhunt::report::printable;
use threadhunt::source::Totals;

use super::super::usage::{Deciding, describe};
use super::text::Page;
use super::{DiffArgs, Side};
use crate::reading::Reading;
use crate::summary::{count, grouped};
use crate::voice::Voice;

/// Examples of each kind, at most one for each pair of rules.
const EXAMPLES: usize = 20;
/// Rules of each kind that are listed.
const RULES: usize = 20;

/// How two verdicts on an event differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// Only the old configuration logs it.
    OnlyOld,
    /// Only the new one.
    OnlyNew,
    /// Both, under different names.
    Renamed,
}

const KINDS: [Kind; 3] = [Kind::OnlyOld, Kind::OnlyNew, Kind::Renamed];

/// What the two make of the events of one id.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Volume {
    pub(super) events: u64,
    pub(super) old: u64,
    pub(super) new: u64,
    pub(super) differing: [u64; 3],
}

/// The rules that decided over an event, the old and the new.
pub(super) type Decisions = (Decision, Decision);

/// What came of comparing.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub(super) by_id: BTreeMap<u16, Volume>,
    by_rules: HashMap<(Kind, u16, Decisions), u64>,
    pub(super) examples: Vec<Example>,
}

/// An event that the two disagree on.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Example {
    pub(super) kind: Kind,
    pub(super) event_id: u16,
    #[serde(skip)]
    decisions: Decisions,
    pub(super) record_id: Option<u64>,
    pub(super) computer: String,
    pub(super) time: Option<String>,
    /// File and place.
    pub(super) place: String,
    pub(super) old_name: Option<String>,
    pub(super) new_name: Option<String>,
}

impl Compared {
    /// Whether the two disagree on any event.
    pub(super) fn differ(&self) -> bool {
        self.by_id.values().any(|volume| volume.differing != [0; 3])
    }

    /// Everything, whatever the event.
    pub(super) fn total(&self) -> Volume {
        self.by_id.values().fold(Volume::default(), |mut sum, volume| {
            sum.add(volume);
            sum
        })
    }

    /// What decided, by kind and then by number of events.
    pub(super) fn by_rules(&self) -> Vec<(Kind, u16, Decisions, u64)> {
        let mut rules: Vec<_> = self
            .by_rules
            .iter()
            .map(|((kind, id, decisions), events)| (*kind, *id, *decisions, *events))
            .collect();
        let place = |decision: Decision| match decision {
            Decision::Filter { filter, item } => (filter, item),
            Decision::Unmatched(filter) => (filter, None),
            _ => (usize::MAX, None),
        };
        rules.sort_by_key(|(kind, id, (old, new), events)| {
            (*kind, std::cmp::Reverse(*events), *id, place(*old), place(*new))
        });
        rules
    }

    fn add(&mut self, part: Self) {
        for (id, volume) in part.by_id {
            self.by_id.entry(id).or_default().add(&volume);
        }
        for (key, events) in part.by_rules {
            *self.by_rules.entry(key).or_default() += events;
        }
        for example in part.examples {
            if self.wants(example.key()) {
                self.examples.push(example);
            }
        }
    }

    /// Whether an example of this has not been seen.
    fn wants(&self, key: (Kind, u16, Decisions)) -> bool {
        let of_kind = self.examples.iter().filter(|kept| kept.kind == key.0);
        of_kind.clone().count() < EXAMPLES && of_kind.into_iter().all(|kept| kept.key() != key)
    }

    fn event(&mut self, event: &Event<'_>, old: Verdict<'_>, new: Verdict<'_>) {
        let volume = self.by_id.entry(event.id()).or_default();
        volume.events += 1;
        volume.old += u64::from(old.logged);
        volume.new += u64::from(new.logged);
        let kind = match (old.logged, new.logged) {
            (true, false) => Kind::OnlyOld,
            (false, true) => Kind::OnlyNew,
            (true, true) if old.rule_name != new.rule_name => Kind::Renamed,
            _ => return,
        };
        volume.differing[kind as usize] += 1;
        let key = (kind, event.id(), (old.decision, new.decision));
        *self.by_rules.entry(key).or_default() += 1;
        if self.wants(key) {
            self.examples.push(Example::new(kind, event, old, new));
        }
    }
}

impl Volume {
    fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.old += other.old;
        self.new += other.new;
        for (sum, number) in self.differing.iter_mut().zip(other.differing) {
            *sum += number;
        }
    }
}

impl Example {
    fn new(kind: Kind, event: &Event<'_>, old: Verdict<'_>, new: Verdict<'_>) -> Self {
        let name = |verdict: Verdict<'_>| verdict.logged.then(|| verdict.rule_name.to_owned());
        let place = event.place();
        let within = match place.line {
            Some(line) => format!("line {line}"),
            None => format!("{:#x}", place.offset),
        };
        Self {
            kind,
            event_id: event.id(),
            decisions: (old.decision, new.decision),
            record_id: event.record_id(),
            computer: event.computer().into_owned(),
            time: event.time().map(|time| time.to_string()),
            place: format!("{} at {within}", place.origin),
            old_name: name(old),
            new_name: name(new),
        }
    }
}

/// Decides over all events with both configurations.
pub(super) fn read(
    args: &DiffArgs,
    [old, new]: [&Policy; 2],
    voice: &Voice,
) -> anyhow::Result<(Compared, Totals)> {
    let stage = |batch: &mut Batch| {
        let mut part = Compared::default();
        for record in batch.records() {
            if let Record::Sysmon(event) = record {
                part.event(&event, old.decide(&event), new.decide(&event));
            }
        }
        part
    };
    let mut compared = Compared::default();
    let reading = Reading { args: &args.input, voice, projection: Projection::sysmon(), progress: true };
    let totals = reading.run(&stage, &mut |delivery, _| {
        compared.add(delivery.output);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok((compared, totals))
}

/// Prints the volumes, then the rules behind each difference with examples.
pub(super) fn print(
    page: &mut Page<'_, impl Write>,
    sides: &[Side<'_>; 2],
    compared: &Compared,
) -> io::Result<()> {
    volumes(page, compared)?;
    let rules = compared.by_rules();
    for (kind, title) in
        KINDS.into_iter().zip(["only the old logs", "only the new logs", "logged under another name"])
    {
        let of_kind: Vec<_> = rules.iter().filter(|rule| rule.0 == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        page.line("1", &format!("\n{title}"))?;
        for (_, id, decisions, events) in of_kind.iter().copied().take(RULES) {
            page.line("", &format!("{:>10}  event {id}", grouped(*events)))?;
            for (word, side, decision) in [("old", &sides[0], decisions.0), ("new", &sides[1], decisions.1)] {
                let text = decided(side, decision);
                page.line("", &format!("            {word} {}", printable(&text)))?;
            }
            let examples =
                compared.examples.iter().filter(|example| example.key() == (kind, *id, *decisions));
            examples.take(1).try_for_each(|example| {
                page.line("", &format!("            e.g. {}", printable(&example.words())))
            })?;
        }
        if of_kind.len() > RULES {
            page.line(
                "",
                &format!(
                    "            and {} more",
                    count((of_kind.len() - RULES) as u64, "pair of rules", "pairs of rules")
                ),
            )?;
        }
    }
    Ok(())
}

fn volumes(page: &mut Page<'_, impl Write>, compared: &Compared) -> io::Result<()> {
    let total = compared.total();
    page.line("1", &format!("\n{} compared", count(total.events, "event", "events")))?;
    page.line(
        "",
        &format!(
            "{:>8}{:>12}{:>12}{:>12}{:>12}{:>12}{:>12}",
            "event", "in logs", "old logs", "new logs", "only old", "only new", "renamed"
        ),
    )?;
    let row = |first: &str, volume: &Volume| {
        let numbers = [volume.events, volume.old, volume.new].into_iter().chain(volume.differing);
        numbers.fold(format!("{first:>8}"), |row, number| row + &format!("{:>12}", grouped(number)))
    };
    for (id, volume) in &compared.by_id {
        page.line("", &row(&id.to_string(), volume))?;
    }
    page.line("", &row("all", &total))
}

impl Example {
    fn key(&self) -> (Kind, u16, Decisions) {
        (self.kind, self.event_id, self.decisions)
    }

    fn words(&self) -> String {
        let computer = if self.computer.is_empty() { String::new() } else { format!("{}, ", self.computer) };
        let record = self.record_id.map_or(String::new(), |id| format!("record {id}, "));
        let names = match (&self.old_name, &self.new_name) {
            (Some(old), Some(new)) => format!(": `{old}` -> `{new}`"),
            _ => String::new(),
        };
        format!("{computer}{record}{}{names}", self.place)
    }
}

/// What decided, in words.
pub(super) fn decided(side: &Side<'_>, decision: Decision) -> String {
    let line = |config: &Config, filter: usize| {
        config.filters.get(filter).map_or(0, |filter| side.lines.line(filter.span.start))
    };
    match decision {
        Decision::Filter { .. } => {
            Deciding::of(side.config, decision).map_or(String::new(), |rule| describe(&side.lines, &rule))
        }
        Decision::Unmatched(filter) => {
            format!("line {}: no rule of the only filter matches", line(side.config, filter))
        }
        Decision::NoneOfSeveral => "no filter matches".to_owned(),
        Decision::NoFilter => "no filter".to_owned(),
        Decision::Unfiltered => "not filtered".to_owned(),
    }
}
