//! Pairs: the remote threads of one source in one target, gathered into a finding.
//!
//! A process is its GUID on its computer. Where a record has none (or the all-zero one), the
//! pid and the image must do, and the finding shows that by having no GUID. Everything gathered
//! is a count, an extreme or a bounded sample, so neither the order of the inputs nor the
//! number of events of a pair (one tool made 82 in a second) changes what comes out.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::against::Drops;
use super::context::{Contexts, Times, Wanted, Within};
use super::crowd::Verdict;
use super::{Process, RemoteThread, StartFacts, folded, paths};
use crate::event::{FileTime, Guid};
use crate::report::{
    Evidence, Finding, Judgement, Moment, Naming, Party, Sample, Start, StartKind, ThreadRecord,
};

/// What makes a process this one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Identity {
    Guid(Guid),
    /// Pid and folded image, for want of a GUID.
    Pid(Option<u64>, Option<Arc<str>>),
}

impl Identity {
    fn of(process: &Process) -> Self {
        process.guid.map_or_else(|| Self::Pid(process.pid, process.image.as_deref().map(folded)), Self::Guid)
    }

    fn guid(&self) -> Option<Guid> {
        match self {
            Self::Guid(guid) => Some(*guid),
            Self::Pid(..) => None,
        }
    }

    /// Adds the identity, spelled without ambiguity, to a finding's id.
    fn add_to(&self, id: &mut StableId) {
        match self {
            Self::Guid(guid) => id.add(&guid.to_ascii()),
            Self::Pid(pid, image) => id.add(format!("{pid:?} {image:?}").as_bytes()),
        }
    }
}

/// What a finding is about; the computer is folded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PairKey {
    computer: Arc<str>,
    source: Identity,
    target: Identity,
    /// Of all the others; every thread is asked for it several times.
    id: u64,
}

impl PairKey {
    pub(super) fn of(thread: &RemoteThread) -> Self {
        let computer = folded(&thread.computer);
        let (source, target) = (Identity::of(&thread.source), Identity::of(&thread.target));
        let mut id = StableId::default();
        id.add(computer.as_bytes());
        for end in [&source, &target] {
            id.add(b"\0");
            end.add_to(&mut id);
        }
        Self { computer, source, target, id: id.finish() }
    }

    /// The folded computer.
    pub(super) fn computer(&self) -> &Arc<str> {
        &self.computer
    }

    /// Source and target, where both have a GUID.
    pub(super) fn guids(&self) -> [Option<Guid>; 2] {
        [self.source.guid(), self.target.guid()]
    }

    /// The finding's id.
    pub(super) fn id(&self) -> u64 {
        self.id
    }
}

/// An id that is the same in every run: FNV-1a of 128 bits, folded to 64 and mixed, so that
/// findings that differ in their last byte differ in the first digits that people quote.
pub(super) fn stable_id(text: &str) -> u64 {
    let mut id = StableId::default();
    id.add(text.as_bytes());
    id.finish()
}

/// Such an id in the making.
struct StableId(u128);

impl Default for StableId {
    fn default() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }
}

impl StableId {
    fn add(&mut self, bytes: &[u8]) {
        const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
        let hash = |hash: u128, byte: &u8| (hash ^ u128::from(*byte)).wrapping_mul(PRIME);
        self.0 = bytes.iter().fold(self.0, hash);
    }

    fn finish(self) -> u64 {
        mixed((self.0 >> 64) as u64 ^ self.0 as u64)
    }
}

/// MurmurHash3's finalizer: every bit of the input moves every bit of the output.
fn mixed(hash: u64) -> u64 {
    let hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ hash >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ hash >> 33
}

/// Different starts kept of a pair and kind, the strongest, equals in the order of [`StartKey`].
///
/// By strength, so that a flood of ordinary starts cannot push out the telling one; of each kind, since
/// strength is that of a thread alone, and what follows from other events is not known yet.
pub(super) const MAX_STARTS: usize = 256;

/// A pair in the making.
#[derive(Debug, Default)]
pub(super) struct Pair {
    computer: Option<Arc<str>>,
    source: PartyFacts,
    target: PartyFacts,
    /// Tallies are boxed: a node of the tree has room for eleven, and most pairs have one.
    starts: BTreeMap<StartKind, BTreeMap<StartKey, Box<StartTally>>>,
    count: u64,
    copies: u64,
    first: Option<Moment>,
    last: Option<Moment>,
    rule_names: Sample<Arc<str>, 8>,
    thread_ids: Sample<u64, 16>,
    evidence: Sample<Evidence, 32>,
    drops: Drops,
    /// When all its threads began, at whatever start.
    times: Times,
    /// When those began at whose start a DLL is loaded.
    loads: Times,
    ids: Sample<(u64, FileTime), MAX_IDS>,
}

/// Ids of threads by which a pair knows its own, the smallest.
const MAX_IDS: usize = 256;
/// Addresses in no module by which a pair knows its own code, the lowest.
const MAX_ADDRESSES: usize = 256;

impl Pair {
    /// Takes a record of an event of a strength that was counted before.
    pub(super) fn add_copy(&mut self, thread: RemoteThread, strength: Verdict) {
        self.copies += 1;
        let key = StartKey::of(&thread.start, strength);
        // Of a start that was given up there are no records either.
        let tally = self.starts.get_mut(&thread.start.kind).and_then(|starts| starts.get_mut(&key));
        tally.into_iter().for_each(|tally| tally.ends.add(record(&thread)));
        self.evidence.offer(thread.evidence);
    }

    /// How many starts are kept.
    pub(super) fn start_count(&self) -> usize {
        self.starts.values().map(BTreeMap::len).sum()
    }

    /// Takes an event of a strength, and keeps so many starts of each kind.
    pub(super) fn add(&mut self, thread: RemoteThread, most: usize, strength: Verdict) {
        self.count += 1;
        let record = record(&thread);
        keep_smaller(&mut self.computer, Some(thread.computer));
        self.source.add(thread.source);
        self.target.add(thread.target);
        keep_smaller(&mut self.first, thread.at);
        self.last = self.last.max(thread.at);
        thread.rule_name.into_iter().for_each(|name| self.rule_names.offer(name));
        thread.thread_id.into_iter().for_each(|id| self.thread_ids.offer(id));
        self.evidence.offer(thread.evidence);
        self.drops.add(thread.dropped);
        let start = thread.start;
        let key = StartKey::of(&start, strength);
        if let Some(at) = thread.at.map(|at| at.time) {
            self.times.add(at);
            if key.is_load() || key.is_foreign() {
                self.loads.add(at);
            }
            thread.thread_id.into_iter().for_each(|id| self.ids.offer((id, at)));
        }
        let of_kind = self.starts.entry(start.kind).or_default();
        of_kind.entry(key).or_default().add(start, thread.at, record);
        if of_kind.len() > most {
            // It cannot come back, so what is counted of the others does not depend on the order.
            of_kind.pop_last();
        }
    }

    /// The processes for which no event 8 of this pair has a name, by GUID.
    pub(super) fn nameless(&self, key: &PairKey) -> impl Iterator<Item = Guid> {
        let ends = [(&self.source, &key.source), (&self.target, &key.target)];
        ends.into_iter()
            .filter(|(party, _)| party.images.is_empty())
            .filter_map(|(_, identity)| identity.guid())
    }

    /// The processes for which an event 8 of this pair has a name, and its first record.
    pub(super) fn named(&self, key: &PairKey) -> impl Iterator<Item = (Guid, Arc<str>, Option<&Evidence>)> {
        let ends = [(&self.source, &key.source), (&self.target, &key.target)];
        ends.into_iter().filter_map(|(party, identity)| {
            let (_, image) = party.images.as_slice().first()?;
            Some((identity.guid()?, Arc::clone(image), self.evidence.iter().next()))
        })
    }

    /// What configurations would have dropped.
    pub(super) fn drops(&self) -> &Drops {
        &self.drops
    }

    /// Adds what the second reading should look for.
    pub(super) fn want(&self, key: &PairKey, wanted: &mut Wanted) {
        let [source, target] = key.guids();
        wanted.guids.extend(source.into_iter().chain(target));
        let Some(target) = target else { return };
        let starts = || self.starts.values().flatten();
        let mut memory = Sample::<_, MAX_ADDRESSES>::default();
        starts().flat_map(|(key, start)| start.memory(key)).for_each(|known| memory.offer(known));
        let within = Within { pair: key.id(), times: self.times.clone(), loads: self.loads.clone() };
        let place = wanted.targets.entry(target).or_default();
        place.add(within, self.ids.iter().copied(), memory.iter().copied());
        place.console |= starts().any(|(key, _)| key.is_console_control());
        let loads = starts().filter(|(key, _)| key.is_load());
        wanted
            .loads
            .extend(loads.flat_map(|(_, start)| [start.first, start.last]).flatten().map(|at| at.time));
        if let Some(source) = source {
            wanted.pairs.entry((source, target)).or_default().join(&self.times);
        }
        self.want_program(wanted);
    }

    /// Adds the source's program, unless it came with Windows: who wrote it may be in the log.
    fn want_program(&self, wanted: &mut Wanted) {
        let Some((_, image)) = self.source.images.as_slice().first() else { return };
        let path = paths::clean(image);
        if path.starts_with(r"c:\windows\system32\") {
            return;
        }
        wanted.names.insert(paths::name(&path).to_owned());
        let moments = wanted.programs.entry(path).or_default();
        self.first.into_iter().chain(self.last).for_each(|moment| moments.offer(moment.time));
    }

    /// The finished finding, not judged yet.
    pub(super) fn finish(self, key: &PairKey, contexts: &Contexts) -> Finding {
        let mut tallies: BTreeMap<StartKey, Box<StartTally>> = BTreeMap::new();
        for (key, tally) in self.starts.into_values().flatten() {
            tallies.entry(key.of_any_strength()).or_default().join(*tally);
        }
        let mut starts: Vec<Start> = tallies.into_iter().map(|(key, tally)| tally.finish(key)).collect();
        starts.sort_by_key(|start| Reverse(start.count));
        Finding {
            id: key.id(),
            computer: self.computer.unwrap_or_default(),
            source: self.source.finish(&key.source, &key.computer, contexts),
            target: self.target.finish(&key.target, &key.computer, contexts),
            threads_elsewhere: self.count - starts.iter().map(|start| start.count).sum::<u64>(),
            starts,
            count: self.count,
            copies: self.copies,
            first: self.first,
            last: self.last,
            rule_names: self.rule_names,
            thread_ids: self.thread_ids,
            evidence: self.evidence,
            judgement: Judgement::default(),
            hidden_by: Vec::new(),
            accepted: None,
            sigma: Vec::new(),
        }
    }
}

/// Keeps the smaller of two values; none is larger than any.
pub(super) fn keep_smaller<T: Ord>(kept: &mut Option<T>, value: Option<T>) {
    if value.is_some() && (kept.is_none() || value < *kept) {
        *kept = value;
    }
}

#[derive(Debug, Default)]
struct PartyFacts {
    pid: Option<u64>,
    /// Folded and as logged, so that spellings of one path are one program.
    images: Sample<(Arc<str>, Arc<str>), 8>,
    users: Sample<Arc<str>, 4>,
}

impl PartyFacts {
    fn add(&mut self, process: Process) {
        keep_smaller(&mut self.pid, process.pid);
        process.image.into_iter().for_each(|image| self.images.offer((folded(&image), image)));
        process.user.into_iter().for_each(|user| self.users.offer(user));
    }

    fn finish(self, identity: &Identity, computer: &Arc<str>, contexts: &Contexts) -> Party {
        let guid = identity.guid();
        let direct = self.images.as_slice().first().map(|(_, image)| Arc::clone(image));
        let told = guid.filter(|_| direct.is_none()).and_then(|guid| contexts.name(computer, guid));
        let named_by = told.as_ref().and_then(|told| told.evidence.clone());
        let naming = told.as_ref().map_or(Naming::Direct, |told| told.naming);
        let image = direct.or(told.map(|told| told.image));
        let mut others = other_images(&self.images);
        let told = guid.map(|guid| contexts.told_images(computer, guid)).unwrap_or_default();
        let contradicts = |told: &Arc<str>| image.as_ref().is_some_and(|image| !is_one_file(image, told));
        told.into_iter().filter(contradicts).for_each(|told| others.offer(told));
        Party {
            guid,
            pid: self.pid,
            image,
            naming,
            other_images: others,
            users: self.users,
            facts: guid.map(|guid| contexts.facts(computer, guid)).unwrap_or_default(),
            named_by,
        }
    }
}

/// Programs beside the first, each in one spelling.
fn other_images(images: &Sample<(Arc<str>, Arc<str>), 8>) -> Sample<Arc<str>, 4> {
    let mut others = Sample::default();
    for pair in images.as_slice().windows(2).filter(|pair| pair[0].0 != pair[1].0) {
        others.offer(Arc::clone(&pair[1].1));
    }
    others
}

/// Whether two paths can name one file: spelled otherwise, or short names (`PROGRA~1`) in the folder of one.
fn is_one_file(one: &str, other: &str) -> bool {
    let (one, other) = (paths::clean(one), paths::clean(other));
    let is_short = |path: &str| paths::folder(path).contains('~');
    one == other || paths::name(&one) == paths::name(&other) && (is_short(&one) || is_short(&other))
}

/// What makes two starts one: the function, or else the module and the low bits. Texts are folded.
///
/// Threads of different strength are counted apart until the finding is finished.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct StartKey {
    kind: StartKind,
    strength: Reverse<Verdict>,
    module: Option<Arc<str>>,
    function: Option<Arc<str>>,
    low16: Option<u16>,
}

impl StartKey {
    fn of(start: &StartFacts, strength: Verdict) -> Self {
        Self {
            kind: start.kind,
            strength: Reverse(strength),
            module: start.module.as_deref().map(folded),
            function: start.function.as_deref().map(folded),
            low16: start.low16.filter(|_| start.kind != StartKind::Function),
        }
    }

    fn of_any_strength(self) -> Self {
        Self { strength: Reverse(Verdict::default()), ..self }
    }

    fn is_console_control(&self) -> bool {
        self.function.as_deref() == Some("ctrlroutine")
    }

    /// Whether the function loads a DLL.
    fn is_load(&self) -> bool {
        let function = self.function.as_deref().unwrap_or_default();
        function.starts_with("loadlibrary") || function == "ldrloaddll"
    }

    /// Whether it lies in a module elsewhere than Windows has its own.
    fn is_foreign(&self) -> bool {
        self.module.as_deref().is_some_and(|module| {
            let path = paths::clean(module);
            !matches!(paths::folder(&path), r"c:\windows\system32" | r"c:\windows\syswow64")
        })
    }
}

#[derive(Debug, Default)]
struct StartTally {
    module: Option<Arc<str>>,
    function: Option<Arc<str>>,
    count: u64,
    addresses: Sample<Arc<str>, 8>,
    first: Option<Moment>,
    last: Option<Moment>,
    ends: Ends,
}

impl StartTally {
    fn add(&mut self, start: StartFacts, at: Option<Moment>, record: ThreadRecord) {
        self.count += 1;
        self.ends.add(record);
        keep_smaller(&mut self.first, at);
        self.last = self.last.max(at);
        keep_smaller(&mut self.module, start.module);
        keep_smaller(&mut self.function, start.function);
        start.address.into_iter().for_each(|address| self.addresses.offer(address));
    }

    /// Adds the threads of the same start.
    fn join(&mut self, other: Self) {
        self.count += other.count;
        keep_smaller(&mut self.first, other.first);
        self.last = self.last.max(other.last);
        keep_smaller(&mut self.module, other.module);
        keep_smaller(&mut self.function, other.function);
        self.addresses.merge(other.addresses);
        self.ends.join(other.ends);
    }

    /// Its addresses with its first time, if it lies in no module.
    fn memory(&self, key: &StartKey) -> impl Iterator<Item = (u64, FileTime)> {
        let since = self.first.filter(|_| key.kind == StartKind::NoModule);
        let known = move |since: Moment| {
            self.addresses.iter().filter_map(move |address| Some((address_of(address)?, since.time)))
        };
        since.into_iter().flat_map(known)
    }

    fn finish(self, key: StartKey) -> Start {
        Start {
            kind: key.kind,
            class: Arc::default(),
            module: self.module,
            function: self.function,
            low16: key.low16,
            count: self.count,
            addresses: self.addresses,
            first: self.first,
            last: self.last,
            records: self.ends.finish(),
        }
    }
}

/// The first and the last record of a start: those that decide how old its target was.
#[derive(Debug, Default)]
struct Ends {
    first: Option<ThreadRecord>,
    /// Boxed, since most starts have one thread.
    last: Option<Box<ThreadRecord>>,
}

impl Ends {
    fn add(&mut self, record: ThreadRecord) {
        let has_time = |record: &ThreadRecord| record.evidence.time.is_some();
        match &mut self.first {
            Some(first) if has_time(first) && !has_time(&record) => {}
            Some(first) if has_time(first) == has_time(&record) => {
                let later = if record < *first { std::mem::replace(first, record) } else { record };
                if later != *first && self.last.as_deref().is_none_or(|last| *last < later) {
                    self.last = Some(Box::new(later));
                }
            }
            // What has no time counts only where nothing has one.
            _ => *self = Self { first: Some(record), last: None },
        }
    }

    fn join(&mut self, other: Self) {
        let last = other.last.map(|last| *last);
        other.first.into_iter().chain(last).for_each(|record| self.add(record));
    }

    fn finish(self) -> Vec<ThreadRecord> {
        self.first.into_iter().chain(self.last.map(|last| *last)).collect()
    }
}

fn record(thread: &RemoteThread) -> ThreadRecord {
    ThreadRecord { evidence: thread.evidence.clone(), thread_id: thread.thread_id }
}

/// An address as Sysmon writes it.
pub(super) fn address_of(text: &str) -> Option<u64> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    u64::from_str_radix(digits, 16).ok()
}
