//! The cast: which processes belong to the story of one, and why.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Graph;
use crate::detect::folded;
use crate::event::{FileTime, Guid};
use crate::report::{Beyond, Candidate, Role};

/// The processes of a story.
#[derive(Clone, Debug)]
pub struct Cast {
    /// Folded.
    pub(super) computer: Arc<str>,
    pub(super) asked: Candidate,
    pub(super) roles: HashMap<Guid, Role>,
    /// When the first thread came to those who belong to the story only from then on.
    pub(super) since: HashMap<Guid, FileTime>,
    /// In the order in which they are told.
    pub(super) order: Vec<Guid>,
    pub(super) depth: usize,
    pub(super) untold: u64,
    pub(super) incomplete: bool,
    /// Children and targets of those that lie one step beyond the depth.
    pub(super) went_on: HashMap<Guid, u64>,
    /// Followers, and creators of threads, that lie one step beyond the depth.
    pub(super) beyond: Beyond,
}

/// Parents of parents.
const MAX_ANCESTORS: usize = 32;
/// Processes that created threads in the one that is asked for, directly or through others.
const MAX_CREATORS: usize = 64;
/// Children and targets whose own story is told.
const MAX_FOLLOWERS: usize = 128;

/// Who comes next from a process.
type Links = HashMap<Guid, Vec<Link>>;

/// A step from one process to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Link {
    at: Option<FileTime>,
    to: Guid,
    /// From when on what `to` did belongs to the story: all of a child's life, and of a target's what
    /// came after the thread.
    since: Option<FileTime>,
}

/// Events of one moment may be stamped in the wrong order.
const SLACK: u64 = 20_000_000;

impl Graph {
    /// The cast of a process' story, with children and targets followed to a depth.
    pub fn cast(&self, asked: &Candidate, depth: usize) -> Cast {
        let computer = folded(&asked.computer);
        let mut cast = Cast {
            roles: HashMap::from([(asked.guid, Role::Asked)]),
            since: HashMap::new(),
            order: vec![asked.guid],
            asked: asked.clone(),
            depth,
            untold: 0,
            incomplete: self.is_incomplete(),
            went_on: HashMap::new(),
            beyond: Beyond::default(),
            computer,
        };
        cast.add_ancestors(self);
        let (mut back, mut forth) = (Links::new(), Links::new());
        for (parent, child, at) in self.births(&cast.computer) {
            forth.entry(parent).or_default().push(Link { at, to: child, since: None });
        }
        for (source, target, at) in self.threads(&cast.computer) {
            back.entry(target).or_default().push(Link { at, to: source, since: None });
            forth.entry(source).or_default().push(Link { at, to: target, since: at });
        }
        let next = cast.follow(&forth, Role::Follower, MAX_FOLLOWERS);
        cast.beyond.followers = next.len() as u64;
        cast.went_on = next;
        cast.went_on.retain(|_, further| *further > 0);
        cast.beyond.creators = cast.follow(&back, Role::ThreadCreator, MAX_CREATORS).len() as u64;
        let rank: HashMap<Guid, Role> = cast.roles.clone();
        cast.order.sort_by_key(|guid| rank.get(guid).copied());
        cast
    }
}

/// The links from some processes, the earliest first; of each only what came after its time.
fn next_of(links: &Links, from: &[(Guid, Option<FileTime>)]) -> Vec<Link> {
    let next = |(guid, since): &(Guid, Option<FileTime>)| {
        let (links, since) = (links.get(guid).into_iter().flatten(), *since);
        links.filter(move |link| is_after(link.at, since))
    };
    let mut next: Vec<Link> = from.iter().flat_map(next).copied().collect();
    next.sort_unstable_by_key(|link| (link.at.is_none(), *link));
    next
}

/// Whether a time may lie after another one, as far as both are known.
fn is_after(at: Option<FileTime>, since: Option<FileTime>) -> bool {
    at.zip(since).is_none_or(|(at, since)| at.0.saturating_add(SLACK) >= since.0)
}

impl Cast {
    fn add_ancestors(&mut self, graph: &Graph) {
        let mut child = self.asked.guid;
        for _ in 0..MAX_ANCESTORS {
            let Some(parent) = graph.parent(&(Arc::clone(&self.computer), child)) else { return };
            // A forged log may have a circle.
            if !self.add(parent, Role::Ancestor) {
                return;
            }
            child = parent;
        }
    }

    /// Follows links in breadth, the earliest first, to the depth and the limit. Gives those that lie one
    /// step beyond the depth, each with the number of those to whom it leads.
    fn follow(&mut self, links: &Links, role: Role, limit: usize) -> HashMap<Guid, u64> {
        let mut level = vec![(self.asked.guid, None)];
        let mut followed = HashSet::from([self.asked.guid]);
        let mut added = 0;
        for _ in 0..self.depth {
            let next = next_of(links, &level);
            level.clear();
            for Link { to: guid, since, .. } in next {
                if !followed.insert(guid) {
                    continue;
                }
                if added == limit {
                    self.untold += 1;
                    continue;
                }
                if self.add(guid, role) {
                    added += 1;
                    let cut = since.map(|at| FileTime(at.0.saturating_sub(SLACK)));
                    self.since.extend(cut.map(|cut| (guid, cut)));
                }
                level.push((guid, since));
            }
        }
        let mut beyond = HashMap::new();
        for link in next_of(links, &level) {
            if !followed.contains(&link.to) && !self.roles.contains_key(&link.to) {
                beyond.entry(link.to).or_insert_with(|| {
                    let further = next_of(links, &[(link.to, link.since)]);
                    let further: HashSet<Guid> = further.iter().map(|link| link.to).collect();
                    further.difference(&followed).count() as u64
                });
            }
        }
        beyond
    }

    /// Adds a process that has no role yet; says whether it had none.
    fn add(&mut self, guid: Guid, role: Role) -> bool {
        if self.roles.contains_key(&guid) {
            return false;
        }
        self.roles.insert(guid, role);
        self.order.push(guid);
        true
    }

    /// Whether what a process did is told.
    pub(super) fn is_told(&self, guid: Guid) -> bool {
        matches!(self.roles.get(&guid), Some(Role::Asked | Role::Follower))
    }
}
