//! Times: when the threads of a pair began, in bounded room and without leaving any out.
//!
//! Up to [`MAX_SPANS`] times are kept as they are. Of more, those that fall into one cell of a
//! grid become a span from the first to the last; the grid is the finest (each is twice as coarse
//! as the one before) on which few enough cells hold a time. So what is kept follows from the set
//! of times, whatever their order, and every time stays within a span.

use crate::event::FileTime;

/// Spans kept of a pair.
const MAX_SPANS: usize = 128;

/// From a time to a time, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) first: FileTime,
    pub(super) last: FileTime,
}

/// Times, the nearest ones merged where there are many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::detect) struct Times {
    /// Cells are 2^shift ticks wide.
    shift: u32,
    /// Ascending, one of each cell that has any.
    spans: Vec<Span>,
}

impl Times {
    /// Takes a time.
    pub(in crate::detect) fn add(&mut self, time: FileTime) {
        self.take(Span { first: time, last: time });
    }

    /// Takes the times of others.
    pub(in crate::detect) fn join(&mut self, others: &Self) {
        while self.shift < others.shift {
            self.coarsen();
        }
        others.spans.iter().for_each(|span| self.take(*span));
    }

    /// Takes a span that lies in one cell.
    fn take(&mut self, span: Span) {
        let cell = self.cell(span);
        match self.spans.binary_search_by_key(&cell, |known| self.cell(*known)) {
            Ok(place) => self.spans[place].widen(span),
            Err(place) => {
                if self.spans.is_empty() {
                    // Most pairs have one thread, and there are many pairs.
                    self.spans.reserve_exact(1);
                }
                self.spans.insert(place, span);
            }
        }
        while self.spans.len() > MAX_SPANS {
            self.coarsen();
        }
    }

    fn cell(&self, span: Span) -> u64 {
        span.first.0.checked_shr(self.shift).unwrap_or(0)
    }

    fn coarsen(&mut self) {
        self.shift += 1;
        let shift = self.shift;
        self.spans.dedup_by(|later, earlier| {
            let same = later.first.0.checked_shr(shift) == earlier.first.0.checked_shr(shift);
            if same {
                earlier.widen(*later);
            }
            same
        });
    }

    /// How far the nearest time is from one that may lie so much before or after it.
    pub(super) fn near(&self, time: FileTime, before: u64, after: u64) -> Option<u64> {
        let next = self.spans.partition_point(|span| span.first <= time);
        let later = self.spans.get(next).map(|span| span.first.0 - time.0).filter(|ticks| *ticks <= before);
        let earlier = next.checked_sub(1).map(|at| time.0.saturating_sub(self.spans[at].last.0));
        later.into_iter().chain(earlier.filter(|ticks| *ticks <= after)).min()
    }

    /// The spans, those joined between which there is no more than a gap.
    pub(super) fn stretches(&self, gap: u64) -> Vec<Span> {
        let mut all = self.spans.clone();
        all.dedup_by(|later, earlier| {
            let close = later.first.0.saturating_sub(earlier.last.0) <= gap;
            if close {
                earlier.widen(*later);
            }
            close
        });
        all
    }

    /// The first of all.
    pub(super) fn first(&self) -> Option<FileTime> {
        self.spans.first().map(|span| span.first)
    }
}

impl Span {
    fn widen(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(all: impl IntoIterator<Item = u64>) -> Times {
        let mut times = Times::default();
        all.into_iter().for_each(|time| times.add(FileTime(time)));
        times
    }

    #[test]
    fn the_nearest_time_in_reach_counts() {
        let times = times([100, 200]);
        for (time, before, after, expected) in [
            (100, 0, 0, Some(0)),
            (90, 10, 0, Some(10)),
            (90, 9, 0, None),
            (130, 100, 100, Some(30)),
            (170, 100, 0, Some(30)),
            (170, 0, 100, Some(70)),
            (210, 100, 5, None),
        ] {
            assert_eq!(times.near(FileTime(time), before, after), expected, "{time} -{before} +{after}");
        }
    }

    #[test]
    fn no_time_is_lost_in_whatever_order_they_come() {
        let all: Vec<u64> = (0..5000)
            .map(|n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (n % 60))
            .chain([u64::MAX])
            .collect();
        let forth = times(all.iter().copied());
        assert!(forth.spans.len() <= MAX_SPANS);
        for time in &all {
            assert_eq!(forth.near(FileTime(*time), 0, 0), Some(0), "{time}");
        }
        assert_eq!(forth, times(all.iter().rev().copied()));
        let (one, other) = all.split_at(1700);
        let mut joined = times(one.iter().copied());
        joined.join(&times(other.iter().copied()));
        let mut turned = times(other.iter().copied());
        turned.join(&times(one.iter().copied()));
        assert_eq!((&joined, &turned), (&forth, &forth));
    }

    #[test]
    fn few_times_are_kept_as_they_are() {
        let kept = times((0..MAX_SPANS as u64).map(|n| n * 7_200_000));
        assert!(kept.spans.iter().all(|span| span.first == span.last));
        assert_eq!(kept.near(FileTime(3_600_000), 10, 10), None);
        assert_eq!(kept.stretches(7_200_000).len(), 1);
        assert_eq!(kept.stretches(7_199_999).len(), MAX_SPANS);
    }
}
