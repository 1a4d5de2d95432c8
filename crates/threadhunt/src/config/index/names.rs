//! Which name the slot holds when a filter has matched.
//!
//! Every condition that holds overwrites the slot, in the order in which conditions are tried, and
//! nothing clears it. So the name is the last that was written: sought first in what decided, then
//! backwards in what failed before it.

use super::compile::{Conjunction, Filter};
use super::run::{Reached, Run};
use crate::config::policy::Subject;

impl<'p, S: Subject> Run<'_, 'p, S> {
    /// The name after a filter has matched, by a branch where one is enough; empty for none.
    pub(super) fn name(&mut self, filter: usize, branch: Option<u32>) -> &'p str {
        let index = self.index;
        let own = match (&index.filters[filter], branch) {
            (Filter::Any(list), Some(branch)) => {
                index.last_name(branch).or_else(|| self.leaked(*list, branch))
            }
            (filter, _) => self.left_behind(filter),
        };
        let before = index.filters[..filter].iter().rev();
        own.or_else(|| before.into_iter().find_map(|filter| self.left_behind(filter))).unwrap_or_default()
    }

    /// The last name that a filter wrote; one that is an alternative did not match.
    fn left_behind(&mut self, filter: &'p Filter) -> Option<&'p str> {
        match filter {
            Filter::Any(list) => self.leaked(*list, self.index.lists[*list as usize].branches.end),
            Filter::All(conjunction) => self.written(conjunction),
        }
    }

    /// The last name that the branches of a list before one wrote, all of which failed.
    fn leaked(&mut self, list: u32, end: u32) -> Option<&'p str> {
        let described = &self.index.lists[list as usize];
        if !described.may_leak {
            return None;
        }
        self.scan_all(described.leak_fields);
        let mut last: Option<(u32, &'p str)> = None;
        let mut at = 0;
        // Asking a branch may scan further fields, which adds tests.
        while let Some(test) = self.hit(at) {
            at += 1;
            for branch in self.index.leaking.of(test as usize) {
                let is_later = last.is_none_or(|(found, _)| found < *branch);
                if is_later && described.branches.contains(branch) && *branch < end {
                    last = self.attempted(*branch).map(|name| (*branch, name)).or(last);
                }
            }
        }
        let later = described.leaking_unanchored.iter().rev().skip_while(|branch| **branch >= end);
        let mut later = later.take_while(|branch| last.is_none_or(|(found, _)| found < **branch));
        later.find_map(|branch| self.attempted(*branch)).or(last.map(|(_, name)| name))
    }

    /// The last name that a branch writes until a condition fails.
    fn attempted(&mut self, branch: u32) -> Option<&'p str> {
        let index = self.index;
        let mut name = None;
        for condition in &index.conditions[index.branches[branch as usize].conditions()] {
            if !self.holds(*condition) {
                break;
            }
            name = condition.is_named().then(|| index.name(*condition)).or(name);
        }
        name
    }

    /// The last name that a filter wrote all of whose items have to match, whether it matched or not.
    fn written(&mut self, conjunction: &Conjunction) -> Option<&'p str> {
        if !conjunction.is_named {
            return None;
        }
        let (index, reached) = (self.index, self.reached(conjunction));
        let item = |branch: u32| index.branches[branch as usize].item;
        let mut last: Option<(u32, &'p str)> = None;
        for (list, _) in &conjunction.lists {
            let first = self.first(*list).filter(|branch| Reached::Item(item(*branch)) < reached);
            let found = first.and_then(|branch| Some((item(branch), index.last_name(branch)?)));
            last = found.filter(|(at, _)| last.is_none_or(|(before, _)| before < *at)).or(last);
        }
        let tried =
            conjunction.rules.iter().rev().skip_while(|branch| Reached::Item(item(**branch)) > reached);
        let mut later = tried.take_while(|branch| last.is_none_or(|(before, _)| before < item(**branch)));
        later.find_map(|branch| self.attempted(*branch)).or(last.map(|(_, name)| name))
    }
}
