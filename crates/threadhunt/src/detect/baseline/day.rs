//! Days and computers as a baseline counts them.

use std::fmt;

use jiff::civil::{Date, date};
use jiff::{Span, Unit};
use sha2::{Digest, Sha256};

use crate::event::FileTime;

/// A day of UTC, counted from 1970; the last one is in 2149.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::detect) struct Day(pub(super) u16);

/// Ticks of 100 ns in a day.
const DAY: u64 = 864_000_000_000;
/// Days from 1601, where Windows' clock begins, to 1970.
const TO_1970: u64 = 134_774;
const EPOCH: Date = date(1970, 1, 1);

impl Day {
    /// The day of a time; `None` for one before 1970 or after 2149, which no log of Sysmon can have.
    pub(in crate::detect) fn of(time: FileTime) -> Option<Self> {
        u16::try_from((time.0 / DAY).checked_sub(TO_1970)?).ok().map(Self)
    }

    /// Reads a day as it prints; nothing else is taken.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let date: Date = text.parse().ok()?;
        let days = EPOCH.until((Unit::Day, date)).ok()?.get_days();
        let day = Self(u16::try_from(days).ok()?);
        (day.to_string() == text).then_some(day)
    }
}

/// `2020-10-17`
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = EPOCH.checked_add(Span::new().days(i32::from(self.0))).unwrap_or(EPOCH);
        write!(f, "{day}")
    }
}

/// A computer, by a digest of its name.
///
/// The digest keeps names out of a file that is passed on. It is no secret: who guesses a name can
/// compute its digest, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::detect) struct Host(pub(super) u64);

impl Host {
    /// The computer of a folded name.
    pub(in crate::detect) fn named(folded: &str) -> Self {
        let digest =
            Sha256::new().chain_update(b"threadhunt baseline host\0").chain_update(folded).finalize();
        let head = digest.first_chunk().copied().unwrap_or_default();
        Self(u64::from_be_bytes(head))
    }

    /// Reads a computer as it prints.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let host = Self(u64::from_str_radix(text, 16).ok()?);
        (host.to_string() == text).then_some(host)
    }
}

/// 16 hexadecimal digits.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A day of a computer: the unit of all counts.
pub(in crate::detect) type HostDay = (Host, Day);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        let day = |text: &str| FileTime::parse(text).and_then(Day::of);
        assert_eq!(day("1970-01-01T00:00:00Z"), Some(Day(0)));
        assert_eq!(day("2020-10-17T23:59:59.9999999Z").unwrap().to_string(), "2020-10-17");
        assert_eq!(day("1969-12-31T23:59:59Z"), None);
        assert_eq!(Day(u16::MAX).to_string(), "2149-06-06");
        for text in ["2020-10-17", "1970-01-01", "2149-06-06"] {
            assert_eq!(Day::parse(text).unwrap().to_string(), text);
        }
        for text in
            ["2020-13-01", "20201017", "2020-10-17T00:00", "2149-06-07", "1969-12-31", "", "+002020-10-17"]
        {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    /// The digest: `printf 'threadhunt baseline host\0ws1' | sha256sum`.
    #[test]
    fn hosts_are_digests_of_names() {
        let host = Host::named("ws1");
        assert_eq!(host.to_string(), "0438e8383de3f3e5");
        assert_eq!(Host::parse(&host.to_string()), Some(host));
        assert_eq!((Host::parse("12"), Host::parse("ABCDEF0123456789")), (None, None));
    }
}
