//! Context: what other events say of the processes and pairs of remote threads.
//!
//! Keeping every process of a log until the end would take memory without bound, so the inputs
//! are read twice: the first reading gives the pairs, and this second one, with just the fields
//! that are needed, what concerns them. Events 1 and 5 name a process (event 8 may say
//! `<unknown process>`, and event 1 may come later in the log) and say how it was started;
//! [`access`] reads handles and what injected code opens, [`load`] DLLs, [`origin`] who wrote a
//! program, [`follow`] what the target does afterwards; tampering and processes are read here.
//!
//! What is kept is bounded by the pairs: of each kind of link the best few of each pair by rank,
//! time and place, so that the order of inputs changes nothing, and what many do to one target
//! does not push out what one did. Nothing crosses computers.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::folded;
use super::remote_thread::{evidence, image, known, moment};
use super::rules::Rules;
use crate::event::{Batch, Event, FieldSet, FileTime, Guid, Projection, Value, Want};
use crate::report::{Created, Evidence, Naming, Parent, ProcessFacts, Sample};
use crate::schema::{FieldId, fields};

mod access;
mod follow;
mod load;
mod origin;
mod target;
mod times;
mod trace;

use follow::FOLLOW;
pub(super) use load::{LOAD_AFTER, is_validly_signed};
pub(super) use origin::EVENTS as WRITTEN_EVENTS;
use origin::Written;
use target::Nearby;
pub(super) use target::{Target, Within};
pub(super) use times::Times;

/// What the second reading looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Processes at an end of a pair.
    pub(super) guids: HashSet<Guid>,
    /// When threads were created, by source and target.
    pub(super) pairs: HashMap<(Guid, Guid), Times>,
    /// The targets of pairs.
    pub(super) targets: HashMap<Guid, Target>,
    /// When threads of sources were created, by the clean path of the source's program.
    pub(super) programs: HashMap<String, Moments>,
    /// The file names of those programs, since most files have other names.
    pub(super) names: HashSet<String>,
    /// When threads were created that load a DLL.
    pub(super) loads: BTreeSet<FileTime>,
}

/// First and last times of pairs, the earliest ones where there are many.
pub(super) type Moments = Sample<FileTime, 64>;

/// What an event of the second reading says.
#[derive(Clone, Debug)]
pub struct Context {
    computer: Arc<str>,
    told: Told,
}

#[derive(Clone, Debug)]
enum Told {
    Process(Guid, Box<Account>),
    Link(LinkKey, Box<Link>),
    /// A link of several pairs, to each of which it may be of another rank.
    Links(LinkKind, Vec<(u64, u64)>, Box<Link>),
    Written(Box<Written>),
}

/// What one event says of a process; the smallest is the one that counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Account {
    naming: Naming,
    recorded: Option<FileTime>,
    image: Arc<str>,
    at: Option<FileTime>,
    texts: [Option<Arc<str>>; 7],
    parent: (Option<Guid>, Option<u64>),
    evidence: Option<Evidence>,
}

/// The name of a process.
pub(super) struct Name {
    pub(super) naming: Naming,
    pub(super) image: Arc<str>,
    /// The record that told it.
    pub(super) evidence: Option<Evidence>,
}

/// Which links compete with each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct LinkKey {
    pub(super) kind: LinkKind,
    pub(super) of: Whose,
}

/// Whose a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Whose {
    /// What one process did to another, whenever.
    Between(Guid, Guid),
    /// What happened within reach of the threads of the pair with this id.
    Pair(u64),
    /// What a process did, whenever.
    Process(Guid),
}

/// What a link shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum LinkKind {
    /// The source opened the target for injecting.
    Handle,
    /// It did so by calling the kernel itself.
    Syscall,
    /// It did so by code in no module.
    Unbacked,
    /// Somebody opened the target for writing.
    Write,
    /// The new thread opened a process.
    Act,
    /// Code at the start of the new thread, or just behind, opened a process.
    Memory,
    /// Code not far behind the start of the new thread opened a process.
    NearMemory,
    /// The target loaded a module after a start that loads one.
    Load,
    /// The target loaded a module after any start.
    Arrival,
    /// The source loaded a runtime that makes code as it goes.
    Runtime,
    /// The target was tampered with.
    Tamper,
    /// The target started a program.
    Child,
    /// The target connected to another computer.
    Connect,
    /// The target connected to another computer, whenever: before a pair's threads or not.
    ConnectedBefore,
    /// The target asked for a name.
    Query,
    /// The target made or opened a pipe that attack tools use.
    Pipe,
    /// The target wrote what starts again with Windows.
    Persist,
    /// The target opened lsass for reading.
    Lsass,
}

/// An event that bears on a remote thread; smaller ones are better.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link {
    /// How telling it is, the best first.
    pub(super) rank: u64,
    pub(super) time: FileTime,
    /// The program or module that it names.
    pub(super) image: Option<Arc<str>>,
    /// Details in words.
    pub(super) text: Arc<str>,
    /// Event 7: whether the module is signed, as far as the record says.
    pub(super) signed: bool,
    /// Event 10: who opened.
    pub(super) by: Option<Guid>,
    pub(super) evidence: Evidence,
}

/// One second.
const SECOND: u64 = 10_000_000;
/// How far from a thread tampering counts.
const TAMPER_AROUND: u64 = 60 * SECOND;
/// How long before a thread an event in its target counts at most.
const LONGEST_BEFORE: u64 = 60 * SECOND;

/// Longest text kept of a process: a command line has up to 32,767 characters.
const MAX_TEXT: usize = 4096;

/// The texts of [`Account`], in order.
const TEXTS: [FieldId; 7] = [
    fields::COMMAND_LINE,
    fields::HASHES,
    fields::COMPANY,
    fields::ORIGINAL_FILE_NAME,
    fields::USER,
    fields::PARENT_IMAGE,
    fields::PARENT_COMMAND_LINE,
];

/// Events 8 spell it one way, events 10 another, and some exports mix them.
const SOURCE_GUID: [FieldId; 2] = [fields::SOURCE_PROCESS_GUID_CAPS, fields::SOURCE_PROCESS_GUID];
const TARGET_GUID: [FieldId; 2] = [fields::TARGET_PROCESS_GUID_CAPS, fields::TARGET_PROCESS_GUID];

/// Events that the second reading looks at.
pub(super) const CONTEXT_EVENTS: [u16; 13] = [1, 3, 5, 7, 10, 11, 13, 15, 17, 18, 22, 25, 29];

impl Wanted {
    /// What [`extract`](Self::extract) needs to be filled.
    pub fn projection() -> Projection {
        let set = |fields: &[FieldId]| -> FieldSet { fields.iter().copied().collect() };
        let all = TEXTS.into_iter().chain(SOURCE_GUID).chain(TARGET_GUID);
        let process: FieldSet = all
            .chain([fields::PROCESS_GUID, fields::IMAGE, fields::UTC_TIME])
            .chain([fields::PARENT_PROCESS_GUID, fields::PARENT_PROCESS_ID])
            .collect();
        Projection::nothing()
            .with([1, 5], Want::Fields(process))
            .with([3], Want::Fields(set(&follow::CONNECTION)))
            .with([7], Want::Fields(set(&load::FIELDS)))
            .with(
                [10],
                Want::Fields(access::FIELDS.into_iter().chain(SOURCE_GUID).chain(TARGET_GUID).collect()),
            )
            .with(origin::EVENTS, Want::Fields(set(&origin::FIELDS)))
            .with([13, 17, 18, 22], Want::Fields(set(&follow::FIELDS)))
            .with([25], Want::Fields(set(&[fields::PROCESS_GUID, fields::TYPE, fields::UTC_TIME])))
    }

    /// Looks for processes alone.
    pub(super) fn of_processes(guids: impl Iterator<Item = Guid>) -> Self {
        Self { guids: guids.collect(), ..Self::default() }
    }

    /// What an event 1 or 5 says of its process.
    pub(super) fn told_of(&self, event: &Event<'_>) -> Option<Context> {
        let naming = match event.id() {
            1 => Naming::Creation,
            5 => Naming::Termination,
            _ => return None,
        };
        self.account(event, naming).map(|told| context(event, told))
    }

    /// The same, without most events of other processes where a reader can tell in advance.
    pub fn narrow(&self) -> Projection {
        // A file may be of interest for its path, whoever wrote it.
        let by_path = !self.names.is_empty() || !self.loads.is_empty();
        let ids = CONTEXT_EVENTS.into_iter().filter(|id| !by_path || !origin::EVENTS.contains(id));
        Self::projection().with_processes(ids, self.guids.clone())
    }

    /// Brings what was added in order, after the last pair.
    pub(super) fn finish(mut self) -> Self {
        self.targets.values_mut().for_each(Target::finish);
        self
    }

    /// How many processes are looked for.
    pub fn len(&self) -> usize {
        self.guids.len()
    }

    /// Whether no process is looked for.
    pub fn is_empty(&self) -> bool {
        self.guids.is_empty()
    }

    /// What a batch says of them; any worker may look.
    pub fn extract(&self, batch: &Batch) -> Vec<Context> {
        let mut found = Vec::new();
        for event in batch.events() {
            let mut tell = |told: Option<Told>| found.extend(told.map(|told| context(&event, told)));
            match event.id() {
                1 => {
                    tell(self.account(&event, Naming::Creation));
                    tell(follow::child(self, &event));
                }
                3 => follow::connection(self, &event).into_iter().flatten().for_each(tell),
                5 => tell(self.account(&event, Naming::Termination)),
                7 => {
                    load::load(self, &event).into_iter().flatten().for_each(&mut tell);
                    tell(load::runtime(self, &event));
                }
                10 => access::look(self, &event, &mut tell),
                11 | 15 | 29 => {
                    tell(follow::file(self, &event));
                    tell(origin::written(self, &event));
                }
                13 => tell(follow::registry(self, &event)),
                17 | 18 => tell(follow::pipe(self, &event)),
                22 => tell(follow::query(self, &event)),
                25 => tell(self.tamper(&event)),
                _ => {}
            }
        }
        found
    }

    fn account(&self, event: &Event<'_>, naming: Naming) -> Option<Told> {
        let guid = event.guid(fields::PROCESS_GUID).filter(|guid| self.guids.contains(guid))?;
        let account = Account {
            naming,
            recorded: event.time_created(),
            image: image(event, fields::IMAGE)?,
            at: moment(event).map(|moment| moment.time),
            texts: TEXTS.map(|field| known(event, field).map(bounded)),
            parent: (
                event.guid(fields::PARENT_PROCESS_GUID),
                event.get(fields::PARENT_PROCESS_ID).and_then(Value::as_u64),
            ),
            evidence: Some(evidence(event, moment(event))),
        };
        Some(Told::Process(guid, Box::new(account)))
    }

    fn tamper(&self, event: &Event<'_>) -> Option<Told> {
        let target = event.guid(fields::PROCESS_GUID)?;
        let time = moment(event)?.time;
        let near = self.targets.get(&target)?.near(time, TAMPER_AROUND, TAMPER_AROUND);
        let text = known(event, fields::TYPE).map_or_else(String::new, |kind| kind.to_string());
        told_nearest(LinkKind::Tamper, near, link(event, 0, time, text))
    }
}

fn context(event: &Event<'_>, told: Told) -> Context {
    Context { computer: folded(&event.computer()), told }
}

/// A link of a process or between two.
fn told(kind: LinkKind, of: Whose, link: Link) -> Told {
    Told::Link(LinkKey { kind, of }, Box::new(link))
}

/// A link of all pairs in reach, which is of the same worth to each.
fn told_near(kind: LinkKind, near: Vec<Nearby>, link: Link) -> Option<Told> {
    let rank = link.rank;
    told_nearest(kind, near.into_iter().map(|(pair, _)| (pair, rank)).collect(), link)
}

/// A link of all pairs in reach, worth the more the nearer it is.
fn told_nearest(kind: LinkKind, near: Vec<Nearby>, link: Link) -> Option<Told> {
    (!near.is_empty()).then(|| Told::Links(kind, near, Box::new(link)))
}

/// Whether the rules' list has a name, in any case.
fn listed(list: &str, name: &str) -> bool {
    Rules::builtin().listed(list, &name.to_lowercase())
}

/// Places from which an honest DLL or program is rarely started.
pub(super) const DROPPED: [&str; 4] = ["user-writable", "unc", "drive-root", "other-drive"];

/// Whether a path lies where it may have been dropped.
pub(super) fn is_dropped(path: &str) -> bool {
    DROPPED.contains(&Rules::builtin().program(Some(path)).place.as_str())
}

fn link(event: &Event<'_>, rank: u64, time: FileTime, text: String) -> Link {
    Link {
        rank,
        time,
        image: None,
        text: bounded(text.into()),
        signed: false,
        by: None,
        evidence: evidence(event, moment(event)),
    }
}

fn first_guid(event: &Event<'_>, spellings: [FieldId; 2]) -> Option<Guid> {
    spellings.into_iter().find_map(|field| event.guid(field))
}

/// A text without the length of a forged value.
fn bounded(text: Arc<str>) -> Arc<str> {
    if text.len() <= MAX_TEXT {
        return text;
    }
    let end = (0..=MAX_TEXT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", &text[..end]).into()
}

/// Links kept of each kind, of a pair or a process.
const MAX_LINKS: usize = 8;

/// All context so far.
#[derive(Debug, Default)]
pub(super) struct Contexts {
    accounts: HashMap<(Arc<str>, Guid), Account>,
    ends: HashMap<(Arc<str>, Guid), (FileTime, Option<Evidence>)>,
    /// Programs of processes whose own events contradict each other.
    others: HashMap<(Arc<str>, Guid), Sample<Arc<str>, 4>>,
    /// By computer first: one event can be a link of hundreds of pairs.
    links: HashMap<Arc<str>, HashMap<LinkKey, Sample<Link, MAX_LINKS>>>,
    origins: origin::Origins,
}

impl Contexts {
    /// Takes what an event says.
    pub(super) fn add(&mut self, context: Context) {
        let computer = context.computer;
        match context.told {
            Told::Link(key, link) => {
                add_link(self.links.entry(computer).or_default(), key, &link, link.rank);
            }
            Told::Links(kind, pairs, link) => {
                let links = self.links.entry(computer).or_default();
                for (pair, rank) in pairs {
                    add_link(links, LinkKey { kind, of: Whose::Pair(pair) }, &link, rank);
                }
            }
            Told::Process(guid, account) => self.add_account((computer, guid), *account),
            Told::Written(written) => self.origins.add(computer, *written),
        }
    }

    fn add_account(&mut self, process: (Arc<str>, Guid), account: Account) {
        if let Some(at) = account.at.filter(|_| account.naming == Naming::Termination) {
            let end = (at, account.evidence.clone());
            let last = self.ends.entry(process.clone()).or_insert_with(|| end.clone());
            if end > *last {
                *last = end;
            }
        }
        let best = self.accounts.entry(process.clone()).or_insert_with(|| account.clone());
        let is_own = |account: &Account| account.naming != Naming::OtherThread;
        if is_own(&account) && is_own(best) && account.image != best.image {
            let others = self.others.entry(process).or_default();
            [&account.image, &best.image].into_iter().for_each(|image| others.offer(Arc::clone(image)));
        }
        if account < *best {
            *best = account;
        }
    }

    /// Takes the name that another remote thread of the process told, in a record.
    pub(super) fn add_told(
        &mut self,
        computer: Arc<str>,
        guid: Guid,
        image: Arc<str>,
        evidence: Option<Evidence>,
    ) {
        let account = Account {
            naming: Naming::OtherThread,
            recorded: None,
            image,
            at: None,
            texts: Default::default(),
            parent: (None, None),
            evidence,
        };
        self.add_account((computer, guid), account);
    }

    /// The name of a process and what told it.
    pub(super) fn name(&self, computer: &Arc<str>, guid: Guid) -> Option<Name> {
        let account = self.accounts.get(&(Arc::clone(computer), guid))?;
        let (image, evidence) = (Arc::clone(&account.image), account.evidence.clone());
        Some(Name { naming: account.naming, image, evidence })
    }

    /// The programs that a process' own events name: one, unless they contradict each other.
    pub(super) fn told_images(&self, computer: &Arc<str>, guid: Guid) -> Vec<Arc<str>> {
        let process = (Arc::clone(computer), guid);
        let own = self.accounts.get(&process).filter(|account| account.naming != Naming::OtherThread);
        let others = self.others.get(&process).into_iter().flat_map(Sample::iter);
        own.map(|account| &account.image).into_iter().chain(others).cloned().collect()
    }

    /// What is known of a process; its creation at least by its GUID.
    pub(super) fn facts(&self, computer: &Arc<str>, guid: Guid) -> ProcessFacts {
        let process = (Arc::clone(computer), guid);
        let by_guid = crate::event::ProcessGuid::decode(guid)
            .and_then(|guid| FileTime::from_timestamp(guid.created()))
            .map(Created::Guid);
        let (ended, end_record) = self.ends.get(&process).cloned().unzip();
        let end_record = end_record.flatten();
        let born = self.accounts.get(&process).filter(|account| account.naming == Naming::Creation);
        let Some(born) = born else {
            return ProcessFacts { created: by_guid, ended, end_record, ..ProcessFacts::default() };
        };
        let [command_line, hashes, company, original_file_name, user, parent_image, parent_command] =
            born.texts.clone();
        let parent = Parent {
            guid: born.parent.0,
            pid: born.parent.1,
            image: parent_image,
            command_line: parent_command,
        };
        ProcessFacts {
            created: born.at.map(Created::Logged).or(by_guid),
            ended,
            command_line,
            parent: Some(parent).filter(|parent| *parent != Parent::default()),
            hashes,
            company,
            original_file_name,
            user,
            record: born.evidence.clone(),
            image: Some(Arc::clone(&born.image)),
            end_record,
        }
    }

    /// Who wrote a program or DLL, by its clean path, at last before a time.
    pub(super) fn origin(&self, computer: &Arc<str>, path: &str, before: FileTime) -> Option<&Link> {
        self.origins.last(computer, path, before)
    }

    /// The links of a kind, the best first.
    pub(super) fn links(&self, computer: &Arc<str>, key: LinkKey) -> &[Link] {
        self.links.get(computer).and_then(|links| links.get(&key)).map_or(&[], Sample::as_slice)
    }
}

fn add_link(links: &mut HashMap<LinkKey, Sample<Link, MAX_LINKS>>, key: LinkKey, link: &Link, rank: u64) {
    let links = links.entry(key).or_default();
    // Most of a flood comes too late to be among the best.
    let last = links.as_slice().get(MAX_LINKS - 1).map(|last| (last.rank, last.time));
    if last.is_none_or(|last| (rank, link.time) <= last) {
        links.offer(Link { rank, ..link.clone() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_at_a_character() {
        let text = bounded("é".repeat(5000).into());
        assert_eq!((text.len(), text.ends_with('…')), (MAX_TEXT + 3, true));
        assert_eq!(&*bounded("short".into()), "short");
    }
}
