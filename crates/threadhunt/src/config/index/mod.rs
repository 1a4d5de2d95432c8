//! The fast form of a policy: what holds of an event is looked up instead of tried.
//!
//! The plain tree asks each condition of each filter. Here the conditions on a field are one
//! [`FieldIndex`](field::FieldIndex): hash tables for what has to be equal, sorted prefixes and
//! suffixes, and one Aho-Corasick automaton for all that has to be contained. Each branch (a loose
//! condition, or a Rule whose conditions all have to hold) is found by its *anchor*, the rarest
//! positive condition in it, so one whose anchor does not hold is never looked at.
//!
//! The name is exact too. The slot that conditions overwrite is not simulated: the last condition
//! that wrote to it is sought backwards from the decision, and only where it is not the deciding
//! branch itself are branches asked that leak, which have anchors of their own.
//!
//! An event for which a field may fail a filter (it is no string, is asked for, and has no value)
//! is left to the plain tree. So are conditions that sort, lists with empty items, and texts beyond
//! the limits of [`compile`]: they are asked one by one, as there, though each only once.
//!
//! With 10,000 rules it is some hundred times as fast as the plain tree, with 100 some eight times
//! (`cargo xtask bench config`). `tests/config_index.rs` holds the two equal.

mod affix;
mod compile;
mod field;
mod names;
mod run;

use super::OnMatch;
use super::policy::{Decision, Policy, Subject, Verdict, printed};
pub(super) use compile::EventIndex;
use run::{Run, Scratch};

/// Decides over many events, with working memory of its own: one for each thread.
///
/// ```
/// use threadhunt::config::{Imitated, parse};
/// # let text = br#"<Sysmon schemaversion="4.90"><EventFiltering>
/// #   <CreateRemoteThread onmatch="exclude"><StartModule condition="end with">\kernel32.dll</StartModule></CreateRemoteThread>
/// # </EventFiltering></Sysmon>"#;
/// let policy = parse(text, Imitated::default()).policy().expect("a configuration that Sysmon takes");
/// let mut decider = policy.decider();
/// # let mut count = 0;
/// # threadhunt::source::read_bytes(
/// #     br#"{"id":8,"fields":{"StartModule":"C:\\Windows\\System32\\KERNEL32.DLL"}}"#,
/// #     &Default::default(),
/// #     &mut |batch| for event in batch.events() { count += 1;
/// assert_eq!(decider.decide(&event), policy.decide(&event));
/// # });
/// # assert_eq!(count, 1);
/// ```
#[derive(Clone, Debug)]
pub struct Decider<'p> {
    policy: &'p Policy,
    scratch: Scratch,
}

impl Policy {
    /// Makes what decides over many events; the verdicts are those of [`decide`](Self::decide).
    pub fn decider(&self) -> Decider<'_> {
        Decider { policy: self, scratch: Scratch::default() }
    }

    /// Makes ready what otherwise the first event of each id would make ready.
    pub fn prepare(&self) {
        for id in 0..=u16::from(u8::MAX) {
            self.index(id);
        }
    }

    fn index(&self, id: u16) -> Option<&EventIndex> {
        let (event, filters) = self.filtered(id)?;
        Some(event.index.get_or_init(|| EventIndex::new(&event.layout, filters)))
    }
}

impl<'p> Decider<'p> {
    /// Decides over an event.
    pub fn decide(&mut self, subject: &impl Subject) -> Verdict<'p> {
        let id = subject.id();
        let (Some((event, filters)), Some(index)) = (self.policy.filtered(id), self.policy.index(id)) else {
            return self.policy.decide(subject);
        };
        let Some(mut run) = Run::begin(index, &mut self.scratch, subject) else {
            return self.policy.decide(subject);
        };
        let Some((at, found)) = run.decide() else { return event.unmatched(filters) };
        let filter = &filters[at];
        Verdict {
            logged: filter.on_match == OnMatch::Include,
            rule_name: printed(run.name(at, found)),
            decision: Decision::Filter { filter: filter.index, item: found.map(|branch| index.item(branch)) },
            failed: None,
        }
    }
}
