//! The two clocks of an event: `TimeCreated` of its record and Sysmon's own `UtcTime`.
//!
//! `TimeCreated` is a FILETIME and prints with seven digits, as Windows prints it. `UtcTime`
//! is a text in the manifest, cut to milliseconds by Sysmon (`TimestampFormat`).

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// 100 ns ticks since 1601-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FileTime(pub u64);

/// Seconds from 1601-01-01 to 1970-01-01.
const EPOCH_SECONDS: i64 = 11_644_473_600;
const TICKS_PER_SECOND: u64 = 10_000_000;

impl FileTime {
    /// The instant, or `None` beyond the year 9999, which only damage or malice writes.
    pub fn timestamp(self) -> Option<Timestamp> {
        let seconds = (self.0 / TICKS_PER_SECOND) as i64 - EPOCH_SECONDS;
        Timestamp::new(seconds, (self.0 % TICKS_PER_SECOND) as i32 * 100).ok()
    }

    /// The tick at or before an instant; `None` before 1601.
    pub fn from_timestamp(instant: Timestamp) -> Option<Self> {
        let since = instant.as_nanosecond() + i128::from(EPOCH_SECONDS) * 1_000_000_000;
        u64::try_from(since.div_euclid(100)).ok().map(Self)
    }

    /// Reads an RFC 3339 time; a time without zone is taken as UTC, as Windows writes it.
    ///
    /// Digits beyond the seventh are cut.
    pub fn parse(text: &str) -> Option<Self> {
        let instant = text.parse::<Timestamp>().ok().or_else(|| {
            let civil = text.parse::<DateTime>().ok()?;
            Offset::UTC.to_timestamp(civil).ok()
        })?;
        Self::from_timestamp(instant)
    }

    /// Whole seconds between two times, negative when `other` is later.
    pub fn since(self, other: Self) -> SignedDuration {
        let ticks = i128::from(self.0) - i128::from(other.0);
        SignedDuration::from_nanos_i128(ticks * 100)
    }

    /// Appends the printed form, `2019-04-27T00:10:32.3790115Z`.
    pub fn push_to(self, out: &mut Vec<u8>) {
        let Some(instant) = self.timestamp() else {
            out.extend_from_slice(format!("{:#x}", self.0).as_bytes());
            return;
        };
        let civil = Offset::UTC.to_datetime(instant);
        push_number(out, civil.year() as u64, 4);
        for (mark, number) in [
            (b'-', civil.month()),
            (b'-', civil.day()),
            (b'T', civil.hour()),
            (b':', civil.minute()),
            (b':', civil.second()),
        ] {
            out.push(mark);
            push_number(out, number as u64, 2);
        }
        out.push(b'.');
        push_number(out, self.0 % TICKS_PER_SECOND, 7);
        out.push(b'Z');
    }
}

/// Appends a number with leading zeros.
fn push_number(out: &mut Vec<u8>, number: u64, width: usize) {
    let start = out.len();
    out.resize(start + width, b'0');
    let mut rest = number;
    for digit in out[start..].iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
}

impl fmt::Display for FileTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::with_capacity(28);
        self.push_to(&mut out);
        f.write_str(&String::from_utf8_lossy(&out))
    }
}

/// Sysmon's `UtcTime`: when the thing happened, to the millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct UtcTime(pub FileTime);

impl UtcTime {
    /// Reads `2019-04-27 00:10:32.363`, or any RFC 3339 form that a converter made of it.
    pub fn parse(text: &str) -> Option<Self> {
        FileTime::parse(text).map(Self)
    }
}

impl fmt::Display for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        match text.get(..23) {
            Some(to_millis) if text.len() == 28 => f.write_str(&to_millis.replacen('T', " ", 1)),
            _ => f.write_str(&text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_seven_digits() {
        let time = FileTime::parse("2019-04-27T00:10:32.379011500Z").unwrap();
        assert_eq!(time.to_string(), "2019-04-27T00:10:32.3790115Z");
        assert_eq!(FileTime(0).to_string(), "1601-01-01T00:00:00.0000000Z");
    }

    #[test]
    fn utc_time_is_utc_without_saying_so() {
        let time = UtcTime::parse("2019-04-27 00:10:32.363").unwrap();
        assert_eq!(time.to_string(), "2019-04-27 00:10:32.363");
        assert_eq!(time.0.to_string(), "2019-04-27T00:10:32.3630000Z");
    }

    #[test]
    fn times_beyond_the_calendar_print_raw() {
        assert_eq!(FileTime(u64::MAX).to_string(), "0xffffffffffffffff");
        assert_eq!(UtcTime::parse("2019-02-30 00:00:00.000"), None);
    }
}
