//! A short stand-in for what makes two records one event.
//!
//! Gatherings that count events once remember millions of these; [`Canonical`] itself is as
//! large as the event.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::LazyLock;

use super::{Canonical, Event};

/// A digest of an event's [`Canonical`] form; within one run equal for equal events and for no others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Content(u128);

/// Keys drawn once a process, so that nobody can write a record that hides another one.
static KEYS: LazyLock<[RandomState; 2]> = LazyLock::new(Default::default);

impl Content {
    /// Digests an event.
    pub fn of(event: &Event<'_>) -> Self {
        Self::digest(&Canonical::of(event))
    }

    /// The content as one of several that concern the same event.
    #[must_use]
    pub fn within(self, part: u32) -> Self {
        Self::digest(&(self, part))
    }

    fn digest(whole: &impl Hash) -> Self {
        let [high, low] = &*KEYS;
        let half = |key: &RandomState| u128::from(key.hash_one(whole));
        Self(half(high) << 64 | half(low))
    }
}
