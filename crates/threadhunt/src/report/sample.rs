//! A bounded set that keeps its smallest members and says whether there were more.
//!
//! Lists in a finding (evidence, addresses, names) must not grow with the log, and must not
//! depend on which file came first. Keeping the smallest does both: the result is a
//! function of what was offered, in whatever order.

/// The `N` smallest of the values that were offered, in order, without repetition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample<T, const N: usize> {
    kept: Vec<T>,
    offered: u64,
    more: bool,
}

impl<T, const N: usize> Default for Sample<T, N> {
    fn default() -> Self {
        Self { kept: Vec::new(), offered: 0, more: false }
    }
}

impl<T: Ord, const N: usize> Sample<T, N> {
    /// Offers a value.
    pub fn offer(&mut self, value: T) {
        self.offered += 1;
        let Err(place) = self.kept.binary_search(&value) else { return };
        self.more |= self.kept.len() == N;
        if place < N {
            self.kept.truncate(N - 1);
            if self.kept.is_empty() {
                // Most samples keep one value, and there are many samples.
                self.kept.reserve_exact(1);
            }
            self.kept.insert(place, value);
        }
    }

    /// Takes what was offered to another.
    pub fn merge(&mut self, other: Self) {
        let offered = self.offered + other.offered;
        self.more |= other.more;
        other.kept.into_iter().for_each(|value| self.offer(value));
        self.offered = offered;
    }

    /// The values kept, smallest first.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.kept.iter()
    }

    /// The values kept, smallest first.
    pub fn as_slice(&self) -> &[T] {
        &self.kept
    }

    /// How often a value was offered, repetitions included.
    pub fn offered(&self) -> u64 {
        self.offered
    }

    /// Whether different values had to be left out.
    pub fn has_more(&self) -> bool {
        self.more
    }

    /// Whether nothing was offered.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

impl<'a, T: Ord, const N: usize> IntoIterator for &'a Sample<T, N> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::Sample;

    fn sample(values: &[u8]) -> Sample<u8, 3> {
        let mut sample = Sample::default();
        values.iter().for_each(|value| sample.offer(*value));
        sample
    }

    #[test]
    fn merged_ones_are_as_if_offered_to_one() {
        for split in 0..=5 {
            let (one, other) = [5, 1, 4, 1, 3].split_at(split);
            let mut merged = sample(one);
            merged.merge(sample(other));
            assert_eq!(merged, sample(&[5, 1, 4, 1, 3]), "split at {split}");
        }
    }

    #[test]
    fn keeps_the_smallest_whatever_the_order() {
        for values in [[5, 1, 4, 2, 3], [1, 2, 3, 4, 5], [5, 4, 3, 2, 1]] {
            let sample = sample(&values);
            assert_eq!((sample.as_slice(), sample.offered(), sample.has_more()), (&[1, 2, 3][..], 5, true));
        }
    }

    #[test]
    fn repetitions_are_no_more() {
        let sample = sample(&[1, 2, 3, 3, 1]);
        assert_eq!((sample.as_slice(), sample.offered(), sample.has_more()), (&[1, 2, 3][..], 5, false));
    }
}
