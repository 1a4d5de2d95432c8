//! How much containers may unpack to: named limits, and the meter that holds them.

use std::cell::Cell;
use std::fmt;
use std::io::{self, Read};
use std::rc::Rc;

/// Bounds on what a container may cost; each file given starts anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Containers within containers. A tar.gz is two; collectors' packages reach three.
    pub depth: u32,
    /// Bytes that one file may unpack to, all members and layers together.
    pub unpacked: u64,
    /// Unpacked bytes for each packed one, of every member by itself. Real logs compress to a
    /// hundredth at best.
    pub ratio: u64,
    /// Unpacked bytes of a file that are not held against the ratio, all its members together.
    pub free: u64,
    /// Bytes of a zip archive or a table kept in a temporary file, where it comes as a stream:
    /// its directory is at the end.
    pub spool: u64,
}

impl Default for Limits {
    /// Eight layers, 1 TiB, 250 to one beyond 1 GiB, 8 GiB of temporary file.
    fn default() -> Self {
        Self { depth: 8, unpacked: 1 << 40, ratio: 250, free: 1 << 30, spool: 8 << 30 }
    }
}

/// What one file, or one member of it, has cost so far.
///
/// The ratio is that of each member: one that is a bomb takes nothing from those behind it but what
/// is [free](Limits::free).
#[derive(Debug)]
pub(in crate::source) struct Budget {
    limits: Limits,
    packed: Cell<u64>,
    unpacked: Cell<u64>,
    /// What of it goes beyond the ratio.
    beyond: Cell<u64>,
    file: Rc<Total>,
}

/// What a file has cost with all its members.
#[derive(Debug, Default)]
struct Total {
    unpacked: Cell<u64>,
    beyond: Cell<u64>,
}

/// Why unpacking was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Exceeded {
    Depth(u32),
    Unpacked(u64),
    Ratio(u64),
    Spool(u64),
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Depth(limit) => {
                write!(f, "more than {limit} containers within each other; --max-depth N allows more")
            }
            Self::Unpacked(limit) => {
                write!(
                    f,
                    "the file unpacks to more than {limit} bytes in all; --max-unpacked SIZE allows more"
                )
            }
            Self::Ratio(limit) => {
                write!(f, "unpacks to more than {limit} times its size; --max-ratio N allows more")
            }
            Self::Spool(limit) => {
                write!(
                    f,
                    "a zip archive or table within a stream is larger than {limit} bytes; --max-spool SIZE allows more"
                )
            }
        }
    }
}

impl std::error::Error for Exceeded {}

impl Exceeded {
    /// The limit that an error of a reader stems from, through whatever layers.
    pub(in crate::source) fn find(error: &io::Error) -> Option<Self> {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = error.get_ref().map(|e| e as _);
        while let Some(error) = cause {
            if let Some(exceeded) = error.downcast_ref() {
                return Some(*exceeded);
            }
            cause = match error.downcast_ref::<io::Error>() {
                Some(inner) => inner.get_ref().map(|e| e as _),
                None => error.source(),
            };
        }
        None
    }
}

impl Budget {
    pub(in crate::source) fn new(limits: Limits) -> Self {
        Self::of(limits, 0, Rc::default())
    }

    fn of(limits: Limits, packed: u64, file: Rc<Total>) -> Self {
        Self { limits, packed: Cell::new(packed), unpacked: Cell::new(0), beyond: Cell::new(0), file }
    }

    /// That of a member, of which so many bytes lie in the archive.
    pub(in crate::source) fn member(&self, packed: u64) -> Self {
        Self::of(self.limits, packed, Rc::clone(&self.file))
    }

    pub(in crate::source) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Adds bytes as they lie in the file.
    pub(in crate::source) fn add_packed(&self, count: u64) {
        self.packed.set(self.packed.get().saturating_add(count));
    }

    fn add_unpacked(&self, count: u64) -> Result<(), Exceeded> {
        let total = self.file.unpacked.get().saturating_add(count);
        self.file.unpacked.set(total);
        if total > self.limits.unpacked {
            return Err(Exceeded::Unpacked(self.limits.unpacked));
        }
        let unpacked = self.unpacked.get().saturating_add(count);
        self.unpacked.set(unpacked);
        let beyond = unpacked.saturating_sub(self.packed.get().saturating_mul(self.limits.ratio));
        let of_others = self.file.beyond.get() - self.beyond.get();
        if beyond > self.limits.free.saturating_sub(of_others) {
            return Err(Exceeded::Ratio(self.limits.ratio));
        }
        self.beyond.set(beyond);
        self.file.beyond.set(of_others + beyond);
        Ok(())
    }
}

/// A reader of unpacked bytes that fails once the budget is spent.
pub(in crate::source) struct Metered<'b, R> {
    inner: R,
    budget: &'b Budget,
}

impl<'b, R: Read> Metered<'b, R> {
    pub(in crate::source) fn new(inner: R, budget: &'b Budget) -> Self {
        Self { inner, budget }
    }
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.budget.add_unpacked(count as u64).map_err(io::Error::other)?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpack(limits: Limits, packed: u64, unpacked: u64) -> io::Result<u64> {
        let budget = Budget::new(limits);
        budget.add_packed(packed);
        io::copy(&mut Metered::new(io::repeat(0).take(unpacked), &budget), &mut io::sink())
    }

    #[test]
    fn the_limit_that_was_hit_is_named() {
        let limits = Limits { unpacked: 1000, ..Limits::default() };
        assert_eq!(unpack(limits, 1, 1000).unwrap(), 1000);
        assert_eq!(Exceeded::find(&unpack(limits, 1, 1001).unwrap_err()), Some(Exceeded::Unpacked(1000)));
    }

    #[test]
    fn the_ratio_counts_beyond_what_is_free() {
        let limits = Limits { ratio: 2, ..Limits::default() };
        let budget = Budget::new(limits);
        budget.add_packed(10);
        assert_eq!(budget.add_unpacked(limits.free + 20), Ok(()));
        assert_eq!(budget.add_unpacked(1), Err(Exceeded::Ratio(2)));
    }

    #[test]
    fn a_bomb_takes_nothing_from_the_members_behind_it() {
        let budget = Budget::new(Limits { ratio: 2, free: 1000, ..Limits::default() });
        let unpack = |packed, unpacked| {
            let own = budget.member(packed);
            io::copy(&mut Metered::new(io::repeat(0).take(unpacked), &own), &mut io::sink())
        };
        assert_eq!(Exceeded::find(&unpack(10, 1_000_000).unwrap_err()), Some(Exceeded::Ratio(2)));
        assert_eq!(unpack(1000, 2000).unwrap(), 2000);
        let limits = Limits { unpacked: 1500, ..Limits::default() };
        let budget = Budget::new(limits);
        assert_eq!(budget.member(1000).add_unpacked(1000), Ok(()));
        assert_eq!(budget.member(1000).add_unpacked(1000), Err(Exceeded::Unpacked(1500)));
    }

    #[test]
    fn a_limit_is_found_below_other_layers() {
        let error = io::Error::new(io::ErrorKind::InvalidData, io::Error::other(Exceeded::Depth(8)));
        assert_eq!(Exceeded::find(&error), Some(Exceeded::Depth(8)));
        assert_eq!(Exceeded::find(&io::Error::other("else")), None);
    }
}
