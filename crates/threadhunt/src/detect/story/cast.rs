//! The cast: which processes belong to the story of one, and why.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Graph;
use crate::detect::folded;
use crate::event::{FileTime, Guid};
use crate::report::{Candidate, Role};

/// The processes of a story.
#[derive(Clone, Debug)]
pub struct Cast {
    /// Folded.
    pub(super) computer: Arc<str>,
    pub(super) asked: Candidate,
    pub(super) roles: HashMap<Guid, Role>,
    /// In the order in which they are told.
    pub(super) order: Vec<Guid>,
    pub(super) depth: usize,
    pub(super) untold: u64,
    pub(super) incomplete: bool,
}

/// Parents of parents.
const MAX_ANCESTORS: usize = 32;
/// Processes that injected into the one that is asked for, directly or through others.
const MAX_INJECTORS: usize = 64;
/// Children and targets whose own story is told.
const MAX_FOLLOWERS: usize = 128;

/// Who comes next from a process, and when.
type Links = HashMap<Guid, Vec<(Option<FileTime>, Guid)>>;

impl Graph {
    /// The cast of a process' story, with children and targets followed to a depth.
    pub fn cast(&self, asked: &Candidate, depth: usize) -> Cast {
        let computer = folded(&asked.computer);
        let mut cast = Cast {
            roles: HashMap::from([(asked.guid, Role::Asked)]),
            order: vec![asked.guid],
            asked: asked.clone(),
            depth,
            untold: 0,
            incomplete: self.is_incomplete(),
            computer,
        };
        cast.add_ancestors(self);
        let (mut back, mut forth) = (Links::new(), self.children(&cast.computer));
        for (source, target, at) in self.threads(&cast.computer) {
            back.entry(target).or_default().push((at, source));
            forth.entry(source).or_default().push((at, target));
        }
        cast.follow(&forth, Role::Follower, MAX_FOLLOWERS);
        cast.follow(&back, Role::Injector, MAX_INJECTORS);
        let rank: HashMap<Guid, Role> = cast.roles.clone();
        cast.order.sort_by_key(|guid| rank.get(guid).copied());
        cast
    }
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

    /// Follows links in breadth, the earliest first, to the depth and the limit.
    fn follow(&mut self, links: &Links, role: Role, limit: usize) {
        let mut level = vec![self.asked.guid];
        let mut followed: HashSet<Guid> = level.iter().copied().collect();
        let mut added = 0;
        for _ in 0..self.depth {
            let mut next: Vec<(bool, Option<FileTime>, Guid)> = level
                .iter()
                .flat_map(|guid| links.get(guid).into_iter().flatten())
                .map(|(at, guid)| (at.is_none(), *at, *guid))
                .collect();
            next.sort_unstable();
            level.clear();
            for (_, _, guid) in next {
                if !followed.insert(guid) {
                    continue;
                }
                if added == limit {
                    self.untold += 1;
                    continue;
                }
                added += usize::from(self.add(guid, role));
                level.push(guid);
            }
        }
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
