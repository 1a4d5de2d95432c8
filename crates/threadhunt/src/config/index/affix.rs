//! Texts to begin or end with: those that a given text has are found by one binary search.
//!
//! Sorted, every affix of a text stands before it, and what lies between the longest of them and
//! the text begins with it. So the search ends at a descendant of all that is sought, in the tree
//! in which the parent of an affix is the longest other one that it begins with itself.

/// A sorted set of affixes; for suffixes, all bytes are those from the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Affixes {
    bytes: Vec<u8>,
    /// End of each affix in the bytes; it begins where the one before it ends.
    ends: Vec<u32>,
    /// The parent of each; `NONE` for roots.
    parents: Vec<u32>,
    longest: usize,
}

const NONE: u32 = u32::MAX;

impl Affixes {
    /// Makes the set of sorted affixes, each of which stands once.
    pub(super) fn new<'a>(sorted: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut affixes = Self::default();
        let mut open: Vec<usize> = Vec::new();
        for (at, affix) in sorted.enumerate() {
            while open.pop_if(|candidate| !affix.starts_with(affixes.affix(*candidate))).is_some() {}
            affixes.parents.push(open.last().map_or(NONE, |parent| *parent as u32));
            affixes.bytes.extend_from_slice(affix);
            affixes.ends.push(affixes.bytes.len() as u32);
            affixes.longest = affixes.longest.max(affix.len());
            open.push(at);
        }
        affixes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// No more of a text than this is looked at.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    fn affix(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.bytes[start..self.ends[at] as usize]
    }

    /// Calls for each affix that the text begins with, the longest first.
    pub(super) fn find(&self, text: &[u8], mut hit: impl FnMut(usize)) {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.affix(middle) <= text { low = middle + 1 } else { high = middle }
        }
        let Some(mut at) = low.checked_sub(1) else { return };
        let common = self.affix(at).iter().zip(text).take_while(|(a, b)| a == b).count();
        loop {
            if self.affix(at).len() <= common {
                hit(at);
            }
            match self.parents[at] {
                NONE => return,
                parent => at = parent as usize,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_affixes_of_a_text_are_found() {
        let mut sorted = vec!["", "a", "ab", "aba", "abc", "b", "ba", "bb", "c"];
        sorted.sort_unstable();
        let affixes = Affixes::new(sorted.iter().map(|affix| affix.as_bytes()));
        for text in ["", "a", "aa", "ab", "abab", "abbb", "abcc", "abd", "b", "bba", "ca", "d"] {
            let mut found = Vec::new();
            affixes.find(text.as_bytes(), |at| found.push(sorted[at]));
            found.reverse();
            let expected: Vec<_> = sorted.iter().copied().filter(|affix| text.starts_with(affix)).collect();
            assert_eq!(found, expected, "{text}");
        }
        Affixes::default().find(b"a", |_| panic!("there is none"));
    }
}
