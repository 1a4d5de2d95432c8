//! The chain: what other events show before and after a remote thread.
//!
//! Each step is seen in a record, or inferred (no event shows that memory was written), or
//! could not be seen since the input has no such event for the computer: "event 10 off". A
//! missing step of which events were logged is left out: it did not happen, or the configuration
//! dropped just that one.

use std::borrow::Cow;

use super::context::{Contexts, DROPPED, LOAD_AFTER, Link, LinkKey, LinkKind, WRITTEN_EVENTS, Whose};
use super::pairs::PairKey;
use super::paths;
use super::rules::{Fact, Facts, Rules};
use crate::event::FileTime;
use crate::report::{Coverage, Evidence, Finding, Hop, Start, StartKind, Step, StepKind, StepState};

/// What a pair has one link of: the best.
const SINGLE: [(LinkKind, Fact); 13] = [
    (LinkKind::Handle, Fact::Handle),
    (LinkKind::Syscall, Fact::DirectSyscall),
    (LinkKind::Unbacked, Fact::UnbackedCall),
    (LinkKind::Runtime, Fact::ManagedSource),
    (LinkKind::Act, Fact::ThreadActed),
    (LinkKind::Memory, Fact::MemoryActed),
    (LinkKind::NearMemory, Fact::NearMemoryActed),
    (LinkKind::Tamper, Fact::Tampered),
    (LinkKind::Child, Fact::ToolStarted),
    (LinkKind::Connect, Fact::Connected),
    (LinkKind::ConnectedBefore, Fact::ConnectedBefore),
    (LinkKind::Pipe, Fact::AttackPipe),
    (LinkKind::Persist, Fact::Persisted),
];

/// What a target does afterwards, and how many of each kind a chain shows.
const FOLLOW: [(LinkKind, StepKind, usize); 6] = [
    (LinkKind::Child, StepKind::Child, 3),
    (LinkKind::Connect, StepKind::Connect, 1),
    (LinkKind::Query, StepKind::Query, 1),
    (LinkKind::Pipe, StepKind::Pipe, 2),
    (LinkKind::Persist, StepKind::Persist, 2),
    (LinkKind::Lsass, StepKind::Lsass, 1),
];

/// Event types that would show what a target does afterwards.
const FOLLOW_EVENTS: [u16; 6] = [1, 3, 11, 13, 17, 22];

/// The links of a pair.
#[derive(Clone, Default)]
pub(super) struct Links<'c> {
    contexts: Option<(&'c Contexts, PairKey)>,
    write: Option<&'c Link>,
    /// When the pair began.
    first: Option<FileTime>,
    /// The pair that first injected something into the source.
    pub(super) hop_in: Option<HopLink>,
    /// The pair by which the target last injected into something.
    pub(super) hop_out: Option<HopLink>,
}

/// The other pair of a hop.
#[derive(Clone)]
pub(super) struct HopLink {
    /// When the record shows it.
    pub(super) at: FileTime,
    /// The process at the pair's far end, for eyes.
    pub(super) name: String,
    pub(super) hop: Hop,
    pub(super) evidence: Option<Evidence>,
    /// The record of the creation of the process at the far end.
    pub(super) creation: Option<Evidence>,
}

impl<'c> Links<'c> {
    /// The links of a pair; without GUIDs there are none.
    pub(super) fn of(contexts: &'c Contexts, key: &PairKey, finding: &Finding) -> Self {
        let [source, Some(_)] = key.guids() else { return Self::default() };
        let first = finding.first.map(|moment| moment.time);
        let mut links = Self { contexts: Some((contexts, key.clone())), first, ..Self::default() };
        let parent = finding.target.facts.parent.as_ref().and_then(|parent| parent.guid);
        // Every parent has all rights on its child.
        let foreign = |link: &&Link| link.by.is_some() && link.by != source && link.by != parent;
        links.write = links.all(LinkKind::Write).iter().find(foreign);
        links
    }

    /// The links of a kind, the best first.
    fn all(&self, kind: LinkKind) -> &'c [Link] {
        let Some((contexts, key)) = &self.contexts else { return &[] };
        let [source, Some(target)] = key.guids() else { return &[] };
        let of = match kind {
            LinkKind::Handle | LinkKind::Syscall | LinkKind::Unbacked => {
                source.map(|source| Whose::Between(source, target))
            }
            LinkKind::Runtime => source.map(Whose::Process),
            LinkKind::ConnectedBefore => Some(Whose::Process(target)),
            _ => Some(Whose::Pair(key.id())),
        };
        of.map_or(&[], |of| contexts.links(key.computer(), LinkKey { kind, of }))
    }

    fn best(&self, kind: LinkKind) -> Option<&'c Link> {
        let best = self.all(kind).first()?;
        // The earliest of all, which for this pair is no earlier one if the pair is older.
        let counts = kind != LinkKind::ConnectedBefore || self.first.is_some_and(|first| best.time < first);
        counts.then_some(best)
    }

    /// The DLL that arrived after a start, and whether it looks dropped: such a one first.
    fn load(&self, start: &Start, rules: &Rules) -> Option<(&'c Link, bool)> {
        // Each is near some thread of the pair; of several starts, those of this one.
        let (first, last) = (start.first?.time, start.last?.time.0.saturating_add(LOAD_AFTER));
        let after = |link: &Link| first <= link.time && link.time.0 <= last;
        let kind = if is_load(start) { LinkKind::Load } else { LinkKind::Arrival };
        let dropped = |link: &Link| {
            !link.signed || DROPPED.contains(&rules.program(link.image.as_deref()).place.as_str())
        };
        let all = || self.all(kind).iter().filter(|link| after(link)).map(|link| (link, dropped(link)));
        all().find(|(_, dropped)| *dropped).or_else(|| all().next())
    }

    /// Notes what the links say of a start.
    pub(super) fn note(&self, start: &Start, rules: &Rules, facts: &mut Facts) {
        SINGLE.into_iter().for_each(|(kind, fact)| facts.set(fact, self.best(kind).is_some()));
        facts.set(Fact::LsassOpened, self.best(LinkKind::Lsass).is_some());
        facts.set(Fact::ForeignWriteHandle, self.write.is_some());
        facts.set(Fact::DllDropped, self.load(start, rules).is_some_and(|(_, dropped)| dropped));
        facts.set(Fact::HopIn, self.hop_in.is_some());
        facts.set(Fact::HopOut, self.hop_out.is_some());
    }

    /// The steps around a start, in the order in which injections go.
    pub(super) fn steps(
        &self,
        finding: &Finding,
        start: &Start,
        rules: &Rules,
        coverage: Option<&Coverage>,
    ) -> Vec<Step> {
        let mut steps = self.before(finding, start, coverage);
        steps.push(thread(start));
        // What other starts bring along is told only if it looks dropped: much is loaded at any time.
        let shows = |(_, dropped): &(&Link, bool)| *dropped || is_load(start);
        let load = self.load(start, rules).filter(shows).map(|(link, _)| link);
        match load {
            Some(link) => {
                steps.extend(self.origin(link.image.as_deref(), link.time));
                steps.push(seen(StepKind::Load, link));
            }
            None if is_load(start) => steps.extend(unlogged(StepKind::Load, &[7], coverage)),
            None => {}
        }
        steps.extend(self.best(LinkKind::Act).map(|link| seen(StepKind::Act, link)));
        let memory = self.best(LinkKind::Memory).or_else(|| self.best(LinkKind::NearMemory));
        steps.extend(memory.map(|link| seen(StepKind::Memory, link)));
        steps.extend(self.best(LinkKind::Tamper).map(|link| seen(StepKind::Tamper, link)));
        steps.extend(self.follow(coverage));
        steps.extend(self.hop_out.as_ref().map(|link| hop(StepKind::HopOut, link)));
        steps
    }

    /// What leads to a thread.
    fn before(&self, finding: &Finding, start: &Start, coverage: Option<&Coverage>) -> Vec<Step> {
        let hop = self.hop_in.as_ref().map(|link| hop(StepKind::HopIn, link));
        let origin = start.first.and_then(|at| self.origin(finding.source.image.as_deref(), at.time));
        let is_own =
            paths::clean(finding.source.image.as_deref().unwrap_or_default()).starts_with(r"c:\windows\");
        let mut steps: Vec<Step> = hop.into_iter().collect();
        match origin {
            Some(step) => steps.push(step),
            None if is_own || finding.source.image.is_none() => {}
            None => steps.extend(unlogged(StepKind::Origin, &WRITTEN_EVENTS, coverage)),
        }
        steps.extend(spawn(finding));
        match self.best(LinkKind::Handle) {
            Some(link) => steps.push(self.handle(link)),
            None => steps.extend(unlogged(StepKind::Handle, &[10], coverage)),
        }
        let write = self.write.filter(|_| start.is_console_control());
        steps.extend(write.map(|link| seen(StepKind::Write, link)));
        let writes = start.kind == StartKind::NoModule || &*start.class == "load-library";
        steps.extend(writes.then(inferred_write));
        steps
    }

    /// The handle, with what its call trace says.
    fn handle(&self, link: &Link) -> Step {
        let traces =
            || [LinkKind::Syscall, LinkKind::Unbacked].into_iter().filter_map(|kind| self.best(kind));
        let told = traces().map(|link| format!("; {}", link.text)).collect::<String>();
        let step = seen(StepKind::Handle, link);
        let further = traces().map(|link| link.evidence.clone()).collect();
        Step { text: format!("{}{told}", step.text).into(), further, ..step }
    }

    /// Who wrote a program or DLL.
    fn origin(&self, path: Option<&str>, before: FileTime) -> Option<Step> {
        let (contexts, key) = self.contexts.as_ref()?;
        let path = path?;
        let link = contexts.origin(key.computer(), &paths::clean(path), before)?;
        let by = link.image.as_deref().unwrap_or("an unknown process");
        let web = if link.text.is_empty() { String::new() } else { format!(", {}", link.text) };
        Some(Step { text: format!("{path} was written by {by}{web}").into(), ..seen(StepKind::Origin, link) })
    }

    /// What the target did afterwards, in the order of time.
    fn follow(&self, coverage: Option<&Coverage>) -> Vec<Step> {
        let of_kind = |(kind, step, most)| self.all(kind).iter().take(most).map(move |link| seen(step, link));
        let mut steps: Vec<Step> = FOLLOW.into_iter().flat_map(of_kind).collect();
        steps.sort_by_key(|step| (step.time, step.kind));
        steps.extend(unlogged(StepKind::Follow, &FOLLOW_EVENTS, coverage));
        steps
    }
}

/// Whether a DLL is expected to follow.
fn is_load(start: &Start) -> bool {
    matches!(&*start.class, "load-library" | "user-module")
}

fn seen(kind: StepKind, link: &Link) -> Step {
    let text = match &link.image {
        Some(image) if !link.text.is_empty() => format!("{image} ({})", link.text),
        Some(image) => image.to_string(),
        None => link.text.to_string(),
    };
    Step {
        kind,
        state: StepState::Seen,
        time: Some(link.time),
        text: text.into(),
        evidence: Some(link.evidence.clone()),
        hop: None,
        image: link.image.clone(),
        further: Vec::new(),
    }
}

fn hop(kind: StepKind, link: &HopLink) -> Step {
    let text = match kind {
        StepKind::HopIn => format!("{} injected a thread into the source", link.name),
        _ => format!("the target went on to inject into {}", link.name),
    };
    Step {
        kind,
        state: StepState::Seen,
        time: Some(link.at),
        text: text.into(),
        evidence: link.evidence.clone(),
        hop: Some(link.hop.clone()),
        image: None,
        further: link.creation.iter().cloned().collect(),
    }
}

/// A step that could not be seen, for want of these events; events of several kinds must all be off
/// to hide who wrote a file, and each hides something of what follows.
fn unlogged(kind: StepKind, ids: &[u16], coverage: Option<&Coverage>) -> Option<Step> {
    let coverage = coverage?;
    let off: Vec<String> = ids.iter().filter(|id| coverage.seen(**id) == 0).map(u16::to_string).collect();
    let hidden = if kind == StepKind::Follow { !off.is_empty() } else { off.len() == ids.len() };
    let noun = if off.len() == 1 { "event" } else { "events" };
    let text = format!("{noun} {} off", off.join(", ")).into();
    hidden.then_some(unseen(kind, StepState::NotLogged, text))
}

fn unseen(kind: StepKind, state: StepState, text: Cow<'static, str>) -> Step {
    Step { kind, state, time: None, text, evidence: None, hop: None, image: None, further: Vec::new() }
}

fn inferred_write() -> Step {
    let text = "memory allocated and written, which Sysmon never logs".into();
    unseen(StepKind::Write, StepState::Inferred, text)
}

fn spawn(finding: &Finding) -> Option<Step> {
    let facts = &finding.target.facts;
    let parent = facts.parent.as_ref()?.guid?;
    (finding.source.guid == Some(parent)).then(|| Step {
        kind: StepKind::Spawn,
        state: StepState::Seen,
        time: facts.created.map(crate::report::Created::time),
        text: "the source created the target".into(),
        evidence: facts.record.clone(),
        hop: None,
        image: None,
        further: Vec::new(),
    })
}

fn thread(start: &Start) -> Step {
    let threads =
        if start.count == 1 { "1 thread".into() } else { format!("{} threads", start.count).into() };
    Step {
        kind: StepKind::Thread,
        state: StepState::Seen,
        time: start.first.map(|moment| moment.time),
        text: threads,
        evidence: start.records.first().map(|record| record.evidence.clone()),
        hop: None,
        image: None,
        further: Vec::new(),
    }
}
