//! A story in the making: takes what workers found, in any order.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Cast;
use super::deeds::{Happening, Name, Said, Told, What};
use crate::detect::context::Contexts;
use crate::detect::duplicates::Duplicates;
use crate::event::{FileTime, Guid};
use crate::report::{Deed, Evidence, Naming, Other, Party, Role, Sample, Story, StoryProcess, Way};

/// Different deeds kept of a process and kind of event, the first in the order of [`DeedKey`].
const MAX_DEEDS: usize = 256;

/// What makes two deeds one.
type DeedKey = (Way, Option<Guid>, Arc<str>);

/// What was found so far.
#[derive(Debug)]
pub struct Telling {
    cast: Cast,
    contexts: Contexts,
    pids: HashMap<Guid, u64>,
    users: HashMap<Guid, Sample<Arc<str>, 4>>,
    /// Whether any of the events 8 in which a process takes part names it.
    by_thread: HashMap<Guid, bool>,
    seen: Duplicates,
    deeds: HashMap<(Guid, u16), Deeds>,
}

/// What a process did by one kind of event.
#[derive(Debug, Default)]
struct Deeds {
    count: u64,
    /// Those before the process became part of the story; the others alone are told.
    before: u64,
    kept: BTreeMap<DeedKey, Tally>,
}

#[derive(Debug)]
struct Tally {
    count: u64,
    first: Option<FileTime>,
    last: Option<FileTime>,
    evidence: Evidence,
    names: Other,
}

impl Telling {
    /// Nothing told yet of a cast.
    pub fn new(cast: Cast) -> Self {
        Self {
            cast,
            contexts: Contexts::default(),
            pids: HashMap::new(),
            users: HashMap::new(),
            by_thread: HashMap::new(),
            seen: Duplicates::default(),
            deeds: HashMap::new(),
        }
    }

    /// Takes what was found in a batch.
    pub fn add(&mut self, found: impl IntoIterator<Item = Told>) {
        for told in found {
            match told.said {
                Said::Account(context) => self.contexts.add(*context),
                Said::Name(guid, name) => self.named(guid, name),
                Said::Deeds(happening) => self.happened(*happening),
            }
        }
    }

    fn named(&mut self, guid: Guid, name: Name) {
        if let Some(pid) = name.pid {
            let known = self.pids.entry(guid).or_insert(pid);
            *known = (*known).min(pid);
        }
        name.user.into_iter().for_each(|user| self.users.entry(guid).or_default().offer(user));
        if name.of_thread {
            let by_thread = self.by_thread.entry(guid).or_default();
            *by_thread |= name.image.is_some();
        }
        let computer = &self.cast.computer;
        name.image
            .into_iter()
            .for_each(|image| self.contexts.add_told(Arc::clone(computer), guid, image, None));
    }

    fn happened(&mut self, happening: Happening) {
        let is_new = self.seen.is_new(happening.content, happening.evidence.record_id);
        for (guid, what) in happening.deeds {
            let deeds = self.deeds.entry((guid, happening.event)).or_default();
            let since = self.cast.since.get(&guid).copied();
            if happening.at.zip(since).is_some_and(|(at, since)| at < since) {
                deeds.before += u64::from(is_new);
                continue;
            }
            deeds.add(what, is_new, happening.at, &happening.evidence);
        }
    }

    /// The story, with at most so many deeds of a process and kind of event.
    pub fn finish(mut self, limit: usize) -> Story {
        let mut by_process: HashMap<Guid, Vec<(u16, Deeds)>> = HashMap::new();
        for ((guid, event), deeds) in std::mem::take(&mut self.deeds) {
            by_process.entry(guid).or_default().push((event, deeds));
        }
        let order = std::mem::take(&mut self.cast.order);
        let process = |guid: Guid| self.process(guid, by_process.remove(&guid).unwrap_or_default(), limit);
        Story {
            processes: order.into_iter().map(process).collect(),
            computer: Arc::clone(&self.cast.asked.computer),
            depth: self.cast.depth,
            untold: self.cast.untold,
            incomplete: self.cast.incomplete,
            beyond: self.cast.beyond,
        }
    }

    fn process(&self, guid: Guid, deeds: Vec<(u16, Deeds)>, limit: usize) -> StoryProcess {
        let asked = Some(&self.cast.asked).filter(|asked| asked.guid == guid);
        let name = self.contexts.name(&self.cast.computer, guid);
        let is_nameless = self.by_thread.get(&guid) == Some(&false);
        let image = name.as_ref().map(|name| Arc::clone(&name.image));
        let party = Party {
            guid: Some(guid),
            pid: self.pids.get(&guid).copied().or_else(|| asked?.pid),
            image: image.or_else(|| asked?.image.clone()),
            // Only where event 8 cannot name it, the name has to come from elsewhere.
            naming: name.filter(|_| is_nameless).map_or(Naming::Direct, |name| name.naming),
            users: self.users.get(&guid).cloned().unwrap_or_default(),
            facts: self.contexts.facts(&self.cast.computer, guid),
            ..Party::default()
        };
        let before = deeds.iter().map(|(_, deeds)| deeds.before).sum();
        let (mut told, mut more) = (Vec::new(), Vec::new());
        for (event, deeds) in deeds {
            let (shown, rest) = deeds.finish(event, limit);
            told.extend(shown);
            more.extend((rest > 0).then_some((event, rest)));
        }
        told.sort_by_key(order);
        more.sort_unstable();
        for deed in told.iter_mut().filter(|deed| deed.leads()) {
            let other = deed.other.as_ref().and_then(|other| other.guid);
            deed.untold = other.and_then(|guid| self.cast.went_on.get(&guid)).copied().unwrap_or_default();
        }
        let role = self.cast.roles.get(&guid).copied().unwrap_or(Role::Follower);
        StoryProcess { party, role, deeds: told, more, before }
    }
}

impl Deeds {
    fn add(&mut self, what: What, is_new: bool, at: Option<FileTime>, evidence: &Evidence) {
        self.count += u64::from(is_new);
        if !what.is_notable {
            return;
        }
        let key = (what.way, what.other, what.text);
        let new =
            || Tally { count: 0, first: at, last: at, evidence: evidence.clone(), names: what.names.clone() };
        let tally = self.kept.entry(key).or_insert_with(new);
        tally.count += u64::from(is_new);
        tally.first = tally.first.into_iter().chain(at).min();
        tally.last = tally.last.max(at);
        if *evidence < tally.evidence {
            tally.evidence = evidence.clone();
        }
        if what.names < tally.names {
            tally.names = what.names;
        }
        if self.kept.len() > MAX_DEEDS {
            self.kept.pop_last();
        }
    }

    /// The first by time, and how many events are not among them.
    fn finish(self, event: u16, limit: usize) -> (Vec<Deed>, u64) {
        let deed = |((way, other, text), tally): (DeedKey, Tally)| Deed {
            event,
            way,
            other: (other.is_some() || tally.names != Other::default()).then_some(tally.names),
            text,
            count: tally.count,
            first: tally.first,
            last: tally.last,
            evidence: tally.evidence,
            untold: 0,
        };
        let mut deeds: Vec<Deed> = self.kept.into_iter().map(deed).collect();
        deeds.sort_by_key(order);
        deeds.truncate(limit);
        let shown: u64 = deeds.iter().map(|deed| deed.count).sum();
        (deeds, self.count.saturating_sub(shown))
    }
}

/// By time, then by what keeps the order the same in every run.
fn order(deed: &Deed) -> impl Ord + use<> {
    let other = deed.other.as_ref().and_then(|other| other.guid);
    (deed.first.is_none(), deed.first, deed.event, deed.way, other, Arc::clone(&deed.text))
}
