//! The chain: what other events show before and after a remote thread.
//!
//! Each step is seen in a record, or inferred (no event shows that memory was written), or
//! could not be seen since the input has no such event for the computer. A missing step of
//! which events were logged is left out: the configuration may have dropped just that one.

use super::context::{Contexts, LOAD_AFTER, Link, LinkKey, LinkKind};
use super::pairs::PairKey;
use super::rules::{Fact, Facts, Rules};
use crate::event::FileTime;
use crate::report::{Coverage, Finding, Start, StartKind, Step, StepKind, StepState};

/// Places from which an honest DLL is rarely loaded.
const DROPPED: [&str; 4] = ["user-writable", "unc", "drive-root", "other-drive"];

/// The links of a pair.
#[derive(Clone, Debug, Default)]
pub(super) struct Links<'c> {
    handle: Option<&'c Link>,
    write: Option<&'c Link>,
    act: Option<&'c Link>,
    tamper: Option<&'c Link>,
    loads: &'c [Link],
    /// When something was first injected into the source, by whatever pair.
    pub(super) hop_in: Option<FileTime>,
    /// When the target last injected into something.
    pub(super) hop_out: Option<FileTime>,
}

impl<'c> Links<'c> {
    /// The links of a pair; without GUIDs there are none.
    pub(super) fn of(contexts: &'c Contexts, key: &PairKey, finding: &Finding) -> Self {
        let [source, Some(target)] = key.guids() else { return Self::default() };
        let links = |kind, source| contexts.links(key.computer(), LinkKey { kind, source, target });
        let parent = finding.target.facts.parent.as_ref().and_then(|parent| parent.guid);
        // Every parent has all rights on its child.
        let foreign = |link: &&Link| link.by.is_some() && link.by != source && link.by != parent;
        Self {
            handle: source.and_then(|_| links(LinkKind::Handle, source).first()),
            write: links(LinkKind::Write, None).iter().find(foreign),
            act: links(LinkKind::Act, None).first(),
            tamper: links(LinkKind::Tamper, None).first(),
            loads: links(LinkKind::Load, None),
            hop_in: None,
            hop_out: None,
        }
    }

    /// The DLL that arrived after a start, and whether it looks dropped: such a one first.
    fn load(&self, start: &Start, rules: &Rules) -> Option<(&'c Link, bool)> {
        let moments = || start.first.into_iter().chain(start.last).map(|moment| moment.time.0);
        let after =
            |link: &Link| moments().any(|at| (at..=at.saturating_add(LOAD_AFTER)).contains(&link.time.0));
        let dropped = |link: &Link| {
            !link.signed || DROPPED.contains(&rules.program(link.image.as_deref()).place.as_str())
        };
        let all = || self.loads.iter().filter(|link| after(link)).map(|link| (link, dropped(link)));
        all().find(|(_, dropped)| *dropped).or_else(|| all().next())
    }

    /// Notes what the links say of a start.
    pub(super) fn note(&self, start: &Start, rules: &Rules, facts: &mut Facts) {
        facts.set(Fact::Handle, self.handle.is_some());
        facts.set(Fact::ForeignWriteHandle, self.write.is_some());
        facts.set(Fact::ThreadActed, self.act.is_some());
        facts.set(Fact::Tampered, self.tamper.is_some());
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
        let unseen = |id: u16| coverage.is_some_and(|coverage| coverage.seen(id) == 0);
        let writes = start.kind == StartKind::NoModule || &*start.class == "load-library";
        let load = self.load(start, rules).map(|(link, _)| link);
        let steps = [
            self.hop_in.map(|at| told(StepKind::HopIn, at, "a thread was injected into the source")),
            spawn(finding),
            self.handle
                .map(|link| seen(StepKind::Handle, link))
                .or_else(|| unseen(10).then(|| unlogged(StepKind::Handle, 10))),
            self.write.filter(|_| start.is_console_control()).map(|link| seen(StepKind::Write, link)),
            writes.then(inferred_write),
            Some(thread(finding, start)),
            load.filter(|_| is_load(start))
                .map(|link| seen(StepKind::Load, link))
                .or_else(|| (is_load(start) && unseen(7)).then(|| unlogged(StepKind::Load, 7))),
            self.act.map(|link| seen(StepKind::Act, link)),
            self.tamper.map(|link| seen(StepKind::Tamper, link)),
            self.hop_out.map(|at| told(StepKind::HopOut, at, "the target went on to inject")),
        ];
        steps.into_iter().flatten().collect()
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
    }
}

fn told(kind: StepKind, at: FileTime, text: &'static str) -> Step {
    Step { kind, state: StepState::Seen, time: Some(at), text: text.into(), evidence: None }
}

fn unlogged(kind: StepKind, id: u16) -> Step {
    let text = format!("no event {id} of this computer in the input").into();
    Step { kind, state: StepState::NotLogged, time: None, text, evidence: None }
}

fn inferred_write() -> Step {
    let text = "memory allocated and written, which Sysmon never logs".into();
    Step { kind: StepKind::Write, state: StepState::Inferred, time: None, text, evidence: None }
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
    })
}

fn thread(finding: &Finding, start: &Start) -> Step {
    let threads =
        if start.count == 1 { "1 thread".into() } else { format!("{} threads", start.count).into() };
    Step {
        kind: StepKind::Thread,
        state: StepState::Seen,
        time: start.first.map(|moment| moment.time),
        text: threads,
        // Of several starts it is not known which record holds this one.
        evidence: finding.evidence.iter().next().filter(|_| finding.starts.len() == 1).cloned(),
    }
}
