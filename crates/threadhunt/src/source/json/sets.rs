//! Forms of lines whose keys come in any order, as sets.
//!
//! Programs that keep members in a hash table (Perl, Lua, Go's maps where they are walked) write them
//! in another order on every line. What such lines have in common is which paths of keys they have,
//! and the kind of value at each, with the few values that recognition looks at: a *leaf*. A line that
//! has the leaves of a known set, each once, is of its form; its scalars are given in the order of the set.
//!
//! It makes fast: lines in ever new orders (`cargo xtask bench json`, rows "any order"), twofold. A path
//! is looked up by the number of the path before and the key. A sum of marks finds the set, and the
//! leaves are then compared one by one, so nothing rests on the sum.

use std::collections::HashMap;

use super::forms::{Fork, MAX_WAYS};
use super::walk::{Scalar, Tell, Visitor, Walk};

/// Paths that are kept by each worker, and the bytes of their keys and values.
const MAX_PATHS: usize = 1 << 12;
const MAX_BYTES: usize = 1 << 19;

/// Places for the paths: a power of two, and more than there are paths.
const PLACES: usize = 2 * MAX_PATHS;

/// Places that are tried for a path: keys that were made to meet at one are not kept.
const MAX_TRIES: usize = 16;

/// Leaves of all sets together.
const MAX_LEAVES: usize = 1 << 18;

/// The path of the line itself.
const ROOT: u32 = 0;

/// The sets known so far.
#[derive(Debug, Default)]
pub(super) struct Sets {
    /// The line itself, then every other path.
    paths: Vec<Path>,
    /// Paths but the first, each at the place of its hash or soon behind.
    table: Vec<Entry>,
    leaves: Vec<Leaf>,
    /// Bytes of keys and values.
    bytes: usize,
    sets: HashMap<u64, Set>,
    /// Leaves of all sets together.
    kept: usize,
    /// The number of the line that was walked last, and its leaves in its own order.
    line: u64,
    found: Vec<u32>,
}

/// A place of the table.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    name: Name,
    /// The number of the path; [`ROOT`] where there is none.
    path: u32,
}

/// A key within the object of another path, as far as its ends and length tell it from others: up to sixteen
/// bytes that is all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Name {
    within: u32,
    len: u32,
    ends: [u64; 2],
}

/// A key within an object.
#[derive(Debug)]
struct Path {
    key: Box<[u8]>,
    tell: Tell,
    /// The kinds of values here; each leads to its leaf.
    forks: Vec<Fork>,
}

/// A kind of value at a path, and where it was on the line that had it last.
#[derive(Debug)]
struct Leaf {
    path: u32,
    line: u64,
    scalar: Scalar,
}

/// Leaves that make a form, and its number.
#[derive(Debug)]
struct Set {
    leaves: Box<[u32]>,
    form: usize,
}

impl Sets {
    /// The number of the line's form, where it is known, with the line's scalars in the order of the set.
    pub(super) fn follow(&mut self, line: &str, scalars: &mut Vec<Scalar>) -> Option<usize> {
        scalars.clear();
        self.walk(line)?;
        let set = self.sets.get(&sum(&self.found))?;
        (set.leaves.len() == self.found.len()).then_some(())?;
        for leaf in &set.leaves {
            let leaf = &self.leaves[*leaf as usize];
            // As many as the line has, and all of them there: each is there once.
            (leaf.line == self.line).then_some(())?;
            scalars.push(leaf.scalar);
        }
        Some(set.form)
    }

    /// Adds the form of a line, and gives the line's scalars; `None` where there is no room for it, or
    /// a line had it before.
    ///
    /// A line on which a path repeats has none.
    pub(super) fn add(&mut self, line: &str, form: usize) -> Option<Vec<Scalar>> {
        if self.paths.is_empty() {
            self.table = vec![Entry::default(); PLACES];
            self.paths.push(Path { key: [].into(), tell: Tell::Nothing, forks: Vec::new() });
        }
        let mut making = Making { sets: self, line: line.as_bytes() };
        making.leaf(ROOT, Scalar::object(0))?;
        Walk::new(line).visit(ROOT, &mut making)?;
        self.walk(line)?;
        (self.is_plain() && self.kept + self.found.len() <= MAX_LEAVES).then_some(())?;
        let std::collections::hash_map::Entry::Vacant(place) = self.sets.entry(sum(&self.found)) else {
            return None;
        };
        place.insert(Set { leaves: self.found.as_slice().into(), form });
        self.kept += self.found.len();
        Some(self.found.iter().map(|leaf| self.leaves[*leaf as usize].scalar).collect())
    }

    /// Finds the leaves of a line; `None` where one of them is not known.
    fn walk(&mut self, line: &str) -> Option<()> {
        self.line += 1;
        self.found.clear();
        self.paths.first()?;
        let mut following = Following { sets: self, line: line.as_bytes() };
        // Its place is that of the record that has no envelope.
        following.leaf(ROOT, Scalar::object(0))?;
        Walk::new(line).visit(ROOT, &mut following)
    }

    /// Whether no path repeats on the line that was walked last.
    fn is_plain(&self) -> bool {
        let mut paths: Vec<u32> = self.found.iter().map(|leaf| self.leaves[*leaf as usize].path).collect();
        paths.sort_unstable();
        paths.windows(2).all(|pair| pair[0] != pair[1])
    }

    /// The number of a path, or where it would be in the table; `None` where there is no place for it.
    fn find(&self, name: &Name, key: &[u8]) -> Option<Result<u32, usize>> {
        let start = name.place();
        for at in (start..start + MAX_TRIES).map(|at| at % PLACES) {
            let entry = &self.table[at];
            if entry.path == ROOT {
                return Some(Err(at));
            }
            if entry.name == *name && (key.len() <= 16 || *self.paths[entry.path as usize].key == *key) {
                return Some(Ok(entry.path));
            }
        }
        None
    }
}

impl Name {
    fn new(within: u32, key: &[u8]) -> Self {
        let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let ends = match (key.first_chunk(), key.last_chunk()) {
            (Some(first), Some(last)) => [u64::from_le_bytes(*first), u64::from_le_bytes(*last)],
            _ => [word(key), 0],
        };
        Self { within, len: key.len() as u32, ends }
    }

    /// The first place in the table.
    fn place(&self) -> usize {
        let [first, last] = self.ends;
        let mixed = mix(first ^ last.rotate_left(29) ^ (u64::from(self.within) << 40 | u64::from(self.len)));
        (mixed >> 32) as usize % PLACES
    }
}

/// The walk of a line whose leaves are known.
struct Following<'s, 'l> {
    sets: &'s mut Sets,
    line: &'l [u8],
}

impl Following<'_, '_> {
    fn leaf(&mut self, path: u32, scalar: Scalar) -> Option<()> {
        let sets = &mut *self.sets;
        let Path { tell, forks, .. } = &sets.paths[path as usize];
        let number = Fork::of(forks, *tell, &scalar, self.line)?.node;
        let leaf = &mut sets.leaves[number];
        (leaf.line, leaf.scalar) = (sets.line, scalar);
        sets.found.push(number as u32);
        Some(())
    }
}

impl Visitor for Following<'_, '_> {
    type Within = u32;

    fn object(&mut self, within: u32, key: &[u8], at: usize) -> Option<u32> {
        let path = self.sets.find(&Name::new(within, key), key)?.ok()?;
        self.leaf(path, Scalar::object(at))?;
        Some(path)
    }

    fn scalar(&mut self, within: u32, key: &[u8], scalar: Scalar) -> Option<()> {
        let path = self.sets.find(&Name::new(within, key), key)?.ok()?;
        self.leaf(path, scalar)
    }
}

/// The walk of a line whose leaves are to be known.
struct Making<'s, 'l> {
    sets: &'s mut Sets,
    line: &'l [u8],
}

impl Making<'_, '_> {
    fn path(&mut self, within: u32, key: &[u8]) -> Option<u32> {
        let sets = &mut *self.sets;
        let name = Name::new(within, key);
        let place = match sets.find(&name, key)? {
            Ok(number) => return Some(number),
            Err(place) => place,
        };
        let number = sets.paths.len();
        (number < MAX_PATHS && sets.bytes + key.len() <= MAX_BYTES).then_some(())?;
        sets.bytes += key.len();
        sets.paths.push(Path { key: key.into(), tell: Tell::of(key), forks: Vec::new() });
        sets.table[place] = Entry { name, path: number as u32 };
        Some(number as u32)
    }

    fn leaf(&mut self, path: u32, scalar: Scalar) -> Option<()> {
        let sets = &mut *self.sets;
        let Path { tell, forks, .. } = &mut sets.paths[path as usize];
        if Fork::of(forks, *tell, &scalar, self.line).is_some() {
            return Some(());
        }
        let fork = Fork::new(*tell, &scalar, self.line, sets.leaves.len());
        (forks.len() < MAX_WAYS && sets.bytes + fork.len() <= MAX_BYTES).then_some(())?;
        sets.bytes += fork.len();
        forks.push(fork);
        sets.leaves.push(Leaf { path, line: 0, scalar });
        Some(())
    }
}

impl Visitor for Making<'_, '_> {
    type Within = u32;

    fn object(&mut self, within: u32, key: &[u8], at: usize) -> Option<u32> {
        let path = self.path(within, key)?;
        self.leaf(path, Scalar::object(at))?;
        Some(path)
    }

    fn scalar(&mut self, within: u32, key: &[u8], scalar: Scalar) -> Option<()> {
        let path = self.path(within, key)?;
        self.leaf(path, scalar)
    }
}

/// What a set is looked up by.
fn sum(leaves: &[u32]) -> u64 {
    leaves.iter().fold(0, |sum, leaf| u64::wrapping_add(sum, mix(u64::from(*leaf) + 1)))
}

/// Spreads what differs in a few bits over all of them.
fn mix(number: u64) -> u64 {
    let number = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (number ^ number >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(sets: &mut Sets, line: &str) -> Option<usize> {
        sets.follow(line, &mut Vec::new())
    }

    #[test]
    fn a_set_is_its_paths_and_kinds_each_once() {
        let mut sets = Sets::default();
        assert_eq!(follow(&mut sets, "{}"), None);
        assert!(sets.add(r#"{"a":1,"b":{"c":"x","a":[1]}}"#, 7).is_some());
        assert!(sets.add(r#"{"b":{"a":[2],"c":"y"}, "a":2}"#, 8).is_none());
        for same in [r#"{"a":1,"b":{"c":"x","a":[1]}}"#, r#"{ "b" : {"a":[{"q":1}],"c":""}, "a":-2e5 }"#] {
            assert_eq!(follow(&mut sets, same), Some(7), "{same}");
        }
        for other in [
            r#"{"a":1,"b":{"c":"x","a":1}}"#,
            r#"{"a":1,"b":{"c":"x","a":[]}}"#,
            r#"{"a":1,"b":{"c":"x"}}"#,
            r#"{"a":1,"b":{"c":"x","a":[1]},"a":1}"#,
            r#"{"a":1,"a":1,"b":{"c":"x"}}"#,
            r#"{"a":1,"b":{"c":"x","a":[1]}} "#,
            r#"{"a":01,"b":{"c":"x","a":[1]}}"#,
            r#"{"\u0061":1,"b":{"c":"x","a":[1]}}"#,
            r#"{"a":1,"c":"x","b":{"a":[1]}}"#,
        ] {
            assert_eq!(follow(&mut sets, other), None, "{other}");
        }
        assert!(sets.add(r#"{"a":1,"a":1}"#, 9).is_none());
    }

    #[test]
    fn long_keys_are_told_apart_by_all_of_them() {
        let mut sets = Sets::default();
        let line = |key: &str| format!("{{\"{key}\":1}}");
        let keys = [
            "SourceProcessGuidA",
            "SourceProcezzGuidA",
            "12345678A12345678",
            "12345678B12345678",
            "1",
            "12",
            "",
        ];
        for (form, key) in keys.iter().enumerate() {
            assert!(sets.add(&line(key), form).is_some(), "{key}");
        }
        for (form, key) in keys.iter().enumerate() {
            assert_eq!(follow(&mut sets, &line(key)), Some(form), "{key}");
        }
        assert_eq!(follow(&mut sets, &line("12345678C12345678")), None);
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let mut sets = Sets::default();
        let added =
            (0..2 * MAX_PATHS).filter(|at| sets.add(&format!("{{\"k{at}\":1}}"), *at).is_some()).count();
        assert!((MAX_PATHS / 2..MAX_PATHS).contains(&added), "{added}");
        assert_eq!(follow(&mut sets, "{\"k1\":1}"), Some(1));
        assert!(sets.add(&format!("{{\"{}\":1}}", "x".repeat(MAX_BYTES)), 0).is_none());
        // Keys that meet at one place, for which there is no more room than this.
        let mut sets = Sets::default();
        let meeting = (0..u64::MAX).map(|at| format!("{at:x}"));
        let meeting = meeting.filter(|key| Name::new(ROOT, key.as_bytes()).place() == 5).take(3 * MAX_TRIES);
        let added =
            meeting.enumerate().filter(|(at, key)| sets.add(&format!("{{\"{key}\":1}}"), *at).is_some());
        assert_eq!(added.count(), MAX_TRIES);
    }
}
