//! Which of two lists belong together: passes by key, votes, and what moved among the pairs.
//!
//! Every step takes time in proportion to its input, or nearly: the lists come from files that
//! anyone may have written.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::Hash;

/// Candidates that one key remembers in a vote; more would be tried in vain in ordinary files.
const CANDIDATES: usize = 8;

/// Pairs of places in an old and a new list.
#[derive(Clone, Debug)]
pub(super) struct Pairing {
    old: Vec<Option<usize>>,
    new: Vec<Option<usize>>,
}

impl Pairing {
    /// Nothing is paired yet.
    pub(super) fn new(old: usize, new: usize) -> Self {
        Self { old: vec![None; old], new: vec![None; new] }
    }

    fn pair(&mut self, at: usize, to: usize) {
        self.old[at] = Some(to);
        self.new[to] = Some(at);
    }

    /// Pairs what is free and has the same key, in order; what has no key stays free.
    pub(super) fn pass<K: Eq + Hash>(
        &mut self,
        old_key: impl Fn(usize) -> Option<K>,
        new_key: impl Fn(usize) -> Option<K>,
    ) {
        let mut free: HashMap<K, VecDeque<usize>> = HashMap::new();
        for to in (0..self.new.len()).filter(|to| self.new[*to].is_none()) {
            if let Some(key) = new_key(to) {
                free.entry(key).or_default().push_back(to);
            }
        }
        for at in 0..self.old.len() {
            if self.old[at].is_some() {
                continue;
            }
            if let Some(to) = old_key(at).and_then(|key| free.get_mut(&key)?.pop_front()) {
                self.pair(at, to);
            }
        }
    }

    /// Pairs each free old place with the free new one that shares most of its keys.
    pub(super) fn vote<K: Eq + Hash>(
        &mut self,
        old_keys: impl Fn(usize) -> Vec<K>,
        new_keys: impl Fn(usize) -> Vec<K>,
    ) {
        let mut holders: HashMap<K, Vec<usize>> = HashMap::new();
        for to in (0..self.new.len()).filter(|to| self.new[*to].is_none()) {
            for key in new_keys(to) {
                let holders = holders.entry(key).or_default();
                if holders.len() < CANDIDATES && holders.last() != Some(&to) {
                    holders.push(to);
                }
            }
        }
        for at in 0..self.old.len() {
            if self.old[at].is_some() {
                continue;
            }
            let mut votes: HashMap<usize, usize> = HashMap::new();
            for to in old_keys(at).iter().filter_map(|key| holders.get(key)).flatten() {
                *votes.entry(*to).or_default() += 1;
            }
            votes.retain(|to, _| self.new[*to].is_none());
            // The first of equals, whatever the order of the map.
            if let Some((to, _)) = votes.into_iter().max_by_key(|(to, votes)| (*votes, usize::MAX - to)) {
                self.pair(at, to);
            }
        }
    }

    /// The pairs by old place.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        self.old.iter().enumerate().filter_map(|(at, to)| Some((at, (*to)?)))
    }

    /// For each place of both lists, the new place of the last pair before it.
    pub(super) fn anchors(&self) -> (Vec<Option<usize>>, Vec<Option<usize>>) {
        let follow = |last: &mut Option<usize>, paired: Option<usize>| {
            *last = paired.or(*last);
            Some(*last)
        };
        let old = self.old.iter().scan(None, |last, to| follow(last, *to));
        let new = self.new.iter().enumerate().scan(None, |last, (to, at)| follow(last, at.map(|_| to)));
        (old.collect(), new.collect())
    }

    /// All places in the order of the new list; what is only in the old one stands behind its predecessor.
    pub(super) fn in_order(&self) -> Vec<(Option<usize>, Option<usize>)> {
        let (anchors, _) = self.anchors();
        let mut removed: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
        for at in (0..self.old.len()).filter(|at| self.old[*at].is_none()) {
            removed.entry(anchors[at]).or_default().push(at);
        }
        let mut list = Vec::with_capacity(self.old.len() + self.new.len());
        let mut behind = |list: &mut Vec<_>, anchor| {
            list.extend(removed.remove(&anchor).into_iter().flatten().map(|at| (Some(at), None)));
        };
        behind(&mut list, None);
        for (to, at) in self.new.iter().enumerate() {
            list.push((*at, Some(to)));
            if at.is_some() {
                behind(&mut list, Some(to));
            }
        }
        list
    }
}

/// The old places of the pairs that moved: as few as possible, so that the rest kept its order.
///
/// The pairs come by old place. What stays is a longest rising row of new places, found by piles.
pub(super) fn moved(pairs: &[(usize, usize)]) -> HashSet<usize> {
    let mut piles: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (index, (_, to)) in pairs.iter().enumerate() {
        let pile = piles.partition_point(|top| pairs[*top].1 < *to);
        before.push(pile.checked_sub(1).map(|below| piles[below]));
        match piles.get_mut(pile) {
            Some(top) => *top = index,
            None => piles.push(index),
        }
    }
    let mut moved: HashSet<usize> = pairs.iter().map(|(at, _)| *at).collect();
    let mut stays = piles.last().copied();
    while let Some(index) = stays {
        moved.remove(&pairs[index].0);
        stays = before[index];
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_moves_explain_a_new_order() {
        let found = |new: &[usize]| {
            let pairs: Vec<_> = new.iter().copied().enumerate().collect();
            let mut moved: Vec<_> = moved(&pairs).into_iter().collect();
            moved.sort_unstable();
            moved
        };
        assert_eq!(found(&[]), [0; 0]);
        assert_eq!(found(&[0, 1, 2]), [0; 0]);
        assert_eq!(found(&[3, 0, 1, 2]), [0]);
        assert_eq!(found(&[1, 2, 3, 0]), [3]);
    }

    #[test]
    fn what_was_removed_stands_behind_its_predecessor() {
        let (old, new) = (["a", "x", "b", "y"], ["b", "a", "z"]);
        let mut pairing = Pairing::new(4, 3);
        pairing.pass(|at| Some(old[at]), |to| Some(new[to]));
        assert_eq!(
            pairing.in_order(),
            [(Some(2), Some(0)), (Some(3), None), (Some(0), Some(1)), (Some(1), None), (None, Some(2))]
        );
    }

    #[test]
    fn votes_pair_what_shares_most() {
        let (old, new) = (["abc", "xyz"], ["x", "abd", "ab", "xy"]);
        let mut pairing = Pairing::new(2, 4);
        pairing.vote(|at| old[at].chars().collect(), |to| new[to].chars().collect());
        assert_eq!(pairing.pairs().collect::<Vec<_>>(), [(0, 1), (1, 3)]);
    }
}
