//! Coverage: what the inputs hold of each computer, whether or not anything was found.
//!
//! Every Sysmon record is looked at, by its `System` section and its time. Record ids are kept as
//! ranges, since a whole log is one range and a filtered export has thousands; beyond a bound
//! the ranges are given up and the result says so. All else is a count, an extreme or a sample,
//! so the order of the inputs does not matter.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use super::remote_thread::{image, known, moment};
use super::{Kept, folded, indexed};
use crate::event::{Batch, Event, FileTime, Guid, SystemField, Value};
use crate::report::{
    ChannelCoverage, Configuration, Coverage, Gap, SensorError, ServiceState, TamperedProcess, Tampering,
};
use crate::schema::fields;

/// What one batch holds of one channel of one computer.
#[derive(Debug, Default)]
pub(super) struct HostFacts {
    computer: Arc<str>,
    channel: Arc<str>,
    first: Option<FileTime>,
    last: Option<FileTime>,
    events: BTreeMap<u16, u64>,
    recovered: u64,
    without_id: u64,
    ids: RecordIds,
    told: Vec<Told>,
    undated: u64,
    doubtful: u64,
    tampered: Vec<TamperedProcess>,
}

/// What the sensor said of itself.
#[derive(Debug)]
enum Told {
    Configuration(Configuration),
    Service(ServiceState, Option<Arc<str>>),
    Error(SensorError),
}

/// Looks at all Sysmon events of a batch; only those at indices of `kept` are counted by id.
pub(super) fn extract(batch: &Batch, kept: Kept<'_>) -> Vec<HostFacts> {
    let mut hosts: Vec<HostFacts> = Vec::new();
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    let mut last: Option<(Labels<'_>, usize)> = None;
    for (index, event) in indexed(batch) {
        let labels = Labels::of(&event);
        let place = match last {
            Some((before, place)) if before == labels => place,
            _ => *places.entry(labels.to_texts()).or_insert_with_key(|(computer, channel)| {
                hosts.push(HostFacts {
                    computer: computer.as_str().into(),
                    channel: channel.as_str().into(),
                    ..HostFacts::default()
                });
                hosts.len() - 1
            }),
        };
        last = Some((labels, place));
        hosts[place].add(&event);
        if kept.holds(index) {
            hosts[place].count(&event);
        }
    }
    hosts
}

/// Computer and channel as they lie in the record: neighbours nearly always have the same.
#[derive(Clone, Copy, PartialEq)]
struct Labels<'b>(Option<Value<'b>>, Option<Value<'b>>);

impl<'b> Labels<'b> {
    fn of(event: &Event<'b>) -> Self {
        Self(event.system(SystemField::Computer), event.system(SystemField::Channel))
    }

    fn to_texts(self) -> (String, String) {
        let text =
            |value: Option<Value<'_>>| value.map(|value| value.to_text().into_owned()).unwrap_or_default();
        (text(self.0), text(self.1))
    }
}

impl HostFacts {
    fn count(&mut self, event: &Event<'_>) {
        *self.events.entry(event.id()).or_default() += 1;
        self.recovered += u64::from(event.place().recovered);
        if event.id() == 25 {
            self.tampered.push(TamperedProcess {
                at: moment(event),
                guid: event.guid(fields::PROCESS_GUID),
                pid: event.get(fields::PROCESS_ID).and_then(Value::as_u64),
                image: image(event, fields::IMAGE),
                kind: known(event, fields::TYPE),
                origin: Arc::clone(event.origin()),
            });
        }
    }

    fn add(&mut self, event: &Event<'_>) {
        let time = moment(event).map(|moment| moment.time);
        self.first = earlier(self.first, time);
        self.last = self.last.max(time);
        self.undated += u64::from(time.is_none());
        let apart = time.zip(event.time_created()).map(|(one, other)| one.0.abs_diff(other.0));
        self.doubtful += u64::from(apart.is_some_and(|ticks| ticks > CLOCKS_AGREE));
        match event.record_id() {
            // A stale record repeats the id of the living one that it is a remains of.
            Some(id) if event.place().recovered => self.ids.add_range(id, id),
            Some(id) => self.ids.add(id),
            None => self.without_id += 1,
        }
        self.told.extend(told(event));
    }
}

/// How far the clocks of one record may lie apart, in ticks: a day. Records are written within seconds.
const CLOCKS_AGREE: u64 = 864_000_000_000;

fn earlier(a: Option<FileTime>, b: Option<FileTime>) -> Option<FileTime> {
    a.into_iter().chain(b).min()
}

fn told(event: &Event<'_>) -> Option<Told> {
    let at = moment(event);
    Some(match event.id() {
        4 => {
            let state = ServiceState {
                at,
                state: known(event, fields::STATE),
                version: known(event, fields::VERSION),
            };
            Told::Service(state, known(event, fields::SCHEMA_VERSION))
        }
        16 => Told::Configuration(Configuration {
            at,
            file: known(event, fields::CONFIGURATION),
            hash: known(event, fields::CONFIGURATION_FILE_HASH),
        }),
        255 => Told::Error(SensorError {
            at,
            name: known(event, fields::ID),
            description: known(event, fields::DESCRIPTION),
        }),
        _ => return None,
    })
}

/// All computers so far, by folded name.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    hosts: HashMap<Arc<str>, Host>,
}

#[derive(Debug, Default)]
struct Host {
    coverage: Coverage,
    channels: BTreeMap<Arc<str>, Channel>,
    tampered: Tampered,
}

#[derive(Debug, Default)]
struct Channel {
    without_id: u64,
    ids: RecordIds,
}

impl Hosts {
    /// Takes what a batch holds of a computer.
    pub(super) fn add(&mut self, facts: HostFacts) {
        self.hosts.entry(folded(&facts.computer)).or_default().add(facts);
    }

    /// Counts a further record of an event 8.
    pub(super) fn add_copy(&mut self, computer: &Arc<str>) {
        self.hosts.entry(Arc::clone(computer)).or_default().coverage.copies += 1;
    }

    /// Whether any computer has an event of one of these ids.
    pub(super) fn have_any(&self, ids: &[u16]) -> bool {
        self.hosts.values().any(|host| ids.iter().any(|id| host.coverage.seen(*id) > 0))
    }

    /// The coverage by computer; `has_finding` says whether a process takes part in one.
    pub(super) fn finish(self, has_finding: impl Fn(&Arc<str>, Guid) -> bool) -> Vec<Coverage> {
        let mut hosts: Vec<_> = self.hosts.into_iter().collect();
        hosts.sort_by(|a, b| a.0.cmp(&b.0));
        let finish = |(name, host): (Arc<str>, Host)| host.finish(|guid| has_finding(&name, guid));
        hosts.into_iter().map(finish).collect()
    }
}

impl Host {
    fn add(&mut self, facts: HostFacts) {
        let coverage = &mut self.coverage;
        if coverage.computer.is_empty() || facts.computer < coverage.computer {
            coverage.computer = facts.computer;
        }
        coverage.first = earlier(coverage.first, facts.first);
        coverage.last = coverage.last.max(facts.last);
        facts.events.iter().for_each(|(id, count)| *coverage.events.entry(*id).or_default() += count);
        coverage.recovered += facts.recovered;
        coverage.undated += facts.undated;
        coverage.doubtful += facts.doubtful;
        facts.told.into_iter().for_each(|told| take_told(coverage, told));
        facts.tampered.into_iter().for_each(|process| self.tampered.add(process));
        let channel = self.channels.entry(facts.channel).or_default();
        channel.without_id += facts.without_id;
        channel.ids.merge(facts.ids);
    }

    fn finish(self, has_finding: impl Fn(Guid) -> bool) -> Coverage {
        let channels = self.channels.into_iter().map(|(name, channel)| channel.finish(name)).collect();
        Coverage { channels, tampering: self.tampered.finish(has_finding), ..self.coverage }
    }
}

/// Tampered processes that are told apart of one computer.
const MAX_TAMPERED: usize = 4_096;

/// What makes it this process: its GUID, or else pid and program.
type TamperedKey = (Option<Guid>, Option<u64>, Option<Arc<str>>);

/// The tampered processes of a computer, each once.
#[derive(Debug, Default)]
struct Tampered {
    processes: BTreeMap<TamperedKey, TamperedProcess>,
    has_more: bool,
}

impl Tampered {
    /// Beyond the limit the smallest keys stay, so that the order of the inputs does not matter.
    fn add(&mut self, process: TamperedProcess) {
        let key = match process.guid {
            Some(guid) => (Some(guid), None, None),
            None => (None, process.pid, process.image.clone()),
        };
        let known = self.processes.entry(key).or_insert_with(|| process.clone());
        // Of several records the first speaks for the process.
        if process < *known {
            *known = process;
        }
        if self.processes.len() > MAX_TAMPERED {
            self.processes.pop_last();
            self.has_more = true;
        }
    }

    fn finish(self, has_finding: impl Fn(Guid) -> bool) -> Tampering {
        let mut tampering = Tampering {
            processes: self.processes.len() as u64,
            has_more: self.has_more,
            ..Tampering::default()
        };
        for process in self.processes.into_values() {
            if !process.guid.is_some_and(&has_finding) {
                tampering.elsewhere += 1;
                tampering.examples.offer(process);
            }
        }
        tampering
    }
}

fn take_told(coverage: &mut Coverage, told: Told) {
    match told {
        Told::Configuration(configuration) => coverage.configurations.offer(configuration),
        Told::Error(error) => coverage.errors.offer(error),
        Told::Service(state, schema) => {
            coverage.stopped |=
                state.state.as_deref().is_some_and(|state| state.eq_ignore_ascii_case("Stopped"));
            coverage.service.offer(state);
            schema.into_iter().for_each(|schema| coverage.schema_versions.offer(schema));
        }
    }
}

/// Gaps named in a report.
const WIDEST: usize = 3;

impl Channel {
    fn finish(self, channel: Arc<str>) -> ChannelCoverage {
        let (records, ids, whole) = (self.ids.records, self.ids.ends, !self.ids.given_up);
        let mut gaps = self.ids.gaps();
        let missing = gaps.iter().map(|gap| gap.missing()).fold(0, u64::saturating_add);
        let count = gaps.len() as u64;
        gaps.sort_by_key(|gap| (std::cmp::Reverse(gap.missing()), gap.from));
        gaps.truncate(WIDEST);
        ChannelCoverage {
            channel,
            records,
            without_id: self.without_id,
            ids,
            different: whole.then(|| self.ids.different()),
            gaps: count,
            missing,
            widest: gaps,
        }
    }
}

/// Ranges kept of one channel: 1.5 MiB at most.
const MAX_RANGES: usize = 1 << 16;

/// A set of record ids as ranges.
#[derive(Debug, Default)]
struct RecordIds {
    /// First to last id of each range, neither touching nor overlapping.
    ranges: BTreeMap<u64, u64>,
    records: u64,
    ends: Option<(u64, u64)>,
    given_up: bool,
}

impl RecordIds {
    fn add(&mut self, id: u64) {
        self.records += 1;
        self.add_range(id, id);
    }

    fn merge(&mut self, other: Self) {
        self.records += other.records;
        self.widen(other.ends);
        if other.given_up {
            self.give_up();
        }
        for (from, to) in other.ranges {
            self.add_range(from, to);
        }
    }

    fn widen(&mut self, ends: Option<(u64, u64)>) {
        let Some((from, to)) = ends else { return };
        self.ends = Some(self.ends.map_or((from, to), |(low, high)| (low.min(from), high.max(to))));
    }

    fn give_up(&mut self) {
        self.given_up = true;
        self.ranges.clear();
    }

    fn add_range(&mut self, from: u64, to: u64) {
        self.widen(Some((from, to)));
        if self.given_up {
            return;
        }
        let (mut from, mut to) = (from, to);
        if let Some((&start, &end)) = self.ranges.range(..=from).next_back()
            && end.saturating_add(1) >= from
        {
            (from, to) = (start, to.max(end));
        }
        while let Some((&start, &end)) = self.ranges.range(from..).next()
            && start <= to.saturating_add(1)
        {
            self.ranges.remove(&start);
            to = to.max(end);
        }
        self.ranges.insert(from, to);
        if self.ranges.len() > MAX_RANGES {
            self.give_up();
        }
    }

    fn different(&self) -> u64 {
        self.ranges.iter().map(|(from, to)| (to - from).saturating_add(1)).fold(0, u64::saturating_add)
    }

    fn gaps(&self) -> Vec<Gap> {
        let after = self.ranges.values().map(|to| to.saturating_add(1));
        let before = self.ranges.keys().skip(1).map(|from| from - 1);
        after.zip(before).map(|(from, to)| Gap { from, to }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(values: &[u64]) -> RecordIds {
        let mut ids = RecordIds::default();
        values.iter().for_each(|id| ids.add(*id));
        ids
    }

    #[test]
    fn ranges_join_in_any_order() {
        for values in [[5, 1, 2, 9, 4, 3], [1, 2, 3, 4, 5, 9], [9, 5, 4, 3, 2, 1]] {
            assert_eq!(ids(&values).ranges, BTreeMap::from([(1, 5), (9, 9)]), "{values:?}");
        }
        let channel = Channel { without_id: 0, ids: ids(&[1, 2, 2, 9, 20]) }.finish("c".into());
        assert_eq!((channel.records, channel.different, channel.repeated()), (5, Some(4), 1));
        assert_eq!((channel.gaps, channel.missing, channel.ids), (2, 16, Some((1, 20))));
        assert_eq!(channel.widest, [Gap { from: 10, to: 19 }, Gap { from: 3, to: 8 }]);
    }

    #[test]
    fn the_largest_ids_do_not_overflow() {
        let mut ids = ids(&[u64::MAX, 0, u64::MAX - 1]);
        ids.add_range(0, u64::MAX);
        assert_eq!(ids.ranges, BTreeMap::from([(0, u64::MAX)]));
        assert_eq!(ids.different(), u64::MAX, "one too few, not a panic");
    }

    #[test]
    fn too_many_gaps_are_given_up() {
        let mut ids = RecordIds::default();
        (0..=MAX_RANGES as u64).for_each(|id| ids.add(2 * id));
        let channel = Channel { without_id: 0, ids }.finish("c".into());
        assert_eq!((channel.different, channel.gaps, channel.looks_filtered()), (None, 0, true));
        assert_eq!(channel.ids, Some((0, 2 * MAX_RANGES as u64)));
    }
}
