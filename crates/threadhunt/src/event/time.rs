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
        Self::parse_plain(text.as_bytes()).or_else(|| Self::parse_any(text))
    }

    /// Reads the forms that logs have, ten times as fast: `2019-04-27T00:10:32.3790115Z`, where a blank may
    /// stand for the `T`, and fraction and `Z` may be missing. All else is for [`parse_any`](Self::parse_any).
    fn parse_plain(text: &[u8]) -> Option<Self> {
        let (civil, rest) = text.split_first_chunk::<19>()?;
        let marks = [civil[4], civil[7], civil[13], civil[16]];
        if marks != *b"--::" || !matches!(civil[10], b'T' | b' ') {
            return None;
        }
        let [year, month, day] = [number(&civil[..4])?, number(&civil[5..7])?, number(&civil[8..10])?];
        let [hour, minute, second] =
            [number(&civil[11..13])?, number(&civil[14..16])?, number(&civil[17..])?];
        let is_clock = hour < 24 && minute < 60 && second < 60;
        // What depends on the month is not for here.
        if year < 1601 || !(1..=12).contains(&month) || !(1..=28).contains(&day) || !is_clock {
            return None;
        }
        let seconds = days_since_1601(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
        let rest = rest.strip_suffix(b"Z").unwrap_or(rest);
        let ticks = match rest.split_first() {
            None => 0,
            Some((b'.', digits @ [_, ..])) if digits.len() <= 7 => {
                number(digits)? * 10u64.pow(7 - digits.len() as u32)
            }
            Some((b'.', digits)) if digits.len() == 9 => number(digits)? / 100,
            Some(_) => return None,
        };
        Some(Self(seconds * TICKS_PER_SECOND + ticks))
    }

    fn parse_any(text: &str) -> Option<Self> {
        // Eight digits are a date for ISO 8601, and a number for everybody else.
        text.as_bytes().get(4).filter(|mark| **mark == b'-')?;
        if is_leap_second(text) {
            return None;
        }
        let instant = text.parse::<Timestamp>().ok().or_else(|| {
            let civil = text.parse::<DateTime>().ok()?;
            Offset::UTC.to_timestamp(civil).ok()
        })?;
        Self::from_timestamp(instant)
    }

    /// Whether a text is written as times are, also where no calendar or clock has it: `2020-13-45 99:99:99`.
    pub(crate) fn is_spelled(text: &str) -> bool {
        let is_like = |(byte, like): (u8, u8)| match like {
            b'0' => byte.is_ascii_digit(),
            b' ' => matches!(byte, b' ' | b'T' | b't'),
            _ => byte == like,
        };
        let Some((civil, rest)) = text.split_at_checked(SPELLED.len()) else { return false };
        civil.bytes().zip(SPELLED.bytes()).all(is_like)
            && rest.bytes().all(|byte| byte.is_ascii_digit() || b".,:+-Zz ".contains(&byte))
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

/// How times are written, with zeros for digits.
const SPELLED: &str = "0000-00-00 00:00:00";

/// Whether the clock of a time shows a 61st second, which Windows never has and a parser may pass as the 60th.
fn is_leap_second(text: &str) -> bool {
    let clock = text.bytes().skip("0000-00-00T".len()).filter(|byte| *byte != b':');
    clock.skip(4).take(2).eq(*b"60")
}

/// A number of a few digits.
fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u64::from(digit - b'0')))
}

/// Days from 1601-01-01, which begins 400 years of the calendar, to a day that exists.
fn days_since_1601(year: u64, month: u64, day: u64) -> u64 {
    // Years that begin in March end with the day that leap years add.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - DAYS_TO_1601
}

/// Days from 0000-03-01 to 1601-01-01.
const DAYS_TO_1601: u64 = 584_694;

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

    proptest::proptest! {
        #[test]
        fn plain_times_are_read_as_any_are(
            year in 1500u64..10_100, month in 0u64..14, day in 0u64..33, hour in 0u64..26, minute in 0u64..62,
            second in 0u64..62, mark in "[T t]", fraction in "(\\.[0-9]{0,10})?", zone in "(Z|z|\\+00:00| Z)?",
        ) {
            let text = format!("{year:04}-{month:02}-{day:02}{mark}{hour:02}:{minute:02}:{second:02}{fraction}{zone}");
            if let Some(plain) = FileTime::parse_plain(text.as_bytes()) {
                proptest::prop_assert_eq!(Some(plain), FileTime::parse_any(&text), "{}", text);
            }
        }
    }

    #[test]
    fn common_times_are_plain() {
        for text in ["2019-04-27T00:10:32.3790115Z", "2019-04-27 00:10:32.363", "1601-01-01 00:00:00"] {
            assert!(FileTime::parse_plain(text.as_bytes()).is_some(), "{text}");
            assert_eq!(FileTime::parse_plain(text.as_bytes()), FileTime::parse_any(text));
        }
    }

    #[test]
    fn a_second_that_windows_never_has_is_no_time() {
        for text in [
            "2016-12-31T23:59:60Z",
            "2016-12-31 23:59:60.999",
            "2016-12-31T235960Z",
            "2020-01-01T10:00:60+02:00",
        ] {
            assert_eq!(FileTime::parse(text), None, "{text}");
        }
        for text in ["2016-12-31T23:59:59.60Z", "2016-12-31T23:59:59+00:00", "2016-12-31T23:59Z"] {
            assert!(FileTime::parse(text).is_some(), "{text}");
        }
    }

    #[test]
    fn times_beyond_the_calendar_print_raw() {
        assert_eq!(FileTime(u64::MAX).to_string(), "0xffffffffffffffff");
        assert_eq!(UtcTime::parse("2019-02-30 00:00:00.000"), None);
    }
}
