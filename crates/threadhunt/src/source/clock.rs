//! Times of records as programs write them.
//!
//! Windows' own is RFC 3339. Others have milliseconds within `/Date(…)/`, seconds since 1970 as
//! a number, a blank before the zone, or no zone at all: then nobody can tell which instant it is.
//! Times that people are shown ([`civil`]) may moreover have the day before the month or behind it.

use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::event::FileTime;

/// What a text says of an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// An instant.
    Instant(FileTime),
    /// A time of day somewhere: it lacks its zone.
    Local,
    /// A time of day, but nothing says which of two numbers is the month.
    Unordered,
    /// Written as times are, and none that exists.
    Impossible,
    /// Nothing that is known as a time.
    Unknown,
}

/// 100 ns ticks from 1601 to 1970.
const UNIX_EPOCH: i128 = 116_444_736_000_000_000;

/// Reads a time.
pub(super) fn read(text: &str) -> Clock {
    let text = text.trim();
    let known = zoned(text).or_else(|| dated(text)).or_else(|| seconds(text));
    match known {
        Some(time) => Clock::Instant(time),
        None if FileTime::parse(text).is_some() => Clock::Local,
        None if FileTime::is_spelled(text) => Clock::Impossible,
        None => civil(text).map_or(Clock::Unknown, |civil| civil.clock(|_| Clock::Local)),
    }
}

/// Reads a time that is in UTC, as is said elsewhere, where it says no zone itself.
pub(super) fn read_utc(text: &str) -> Clock {
    let text = text.trim();
    match read(text) {
        Clock::Local if let Some(time) = FileTime::parse(text) => Clock::Instant(time),
        Clock::Local => civil(text).map_or(Clock::Unknown, |civil| civil.clock(in_utc)),
        known => known,
    }
}

fn in_utc(civil: DateTime) -> Clock {
    let time = Offset::UTC.to_timestamp(civil).ok().and_then(FileTime::from_timestamp);
    time.map_or(Clock::Impossible, Clock::Instant)
}

/// A time as people are shown it: what its numbers can mean.
#[derive(Debug)]
enum Civil {
    /// One day, if the calendar has it.
    Day(Option<DateTime>),
    /// Day and month in either order.
    Either,
}

impl Civil {
    fn clock(self, of: impl FnOnce(DateTime) -> Clock) -> Clock {
        match self {
            Self::Day(Some(civil)) => of(civil),
            Self::Day(None) => Clock::Impossible,
            Self::Either => Clock::Unordered,
        }
    }
}

/// Reads `2022/09/22 23:54:16.97` (Fluentd), `Jul 22, 2020 @ 04:01:03.866` (Kibana), `9/22/2022, 11:54:16.974 PM`
/// (Microsoft's portals, Event Viewer) and `14.03.2024 10:26:53`.
///
/// The month stands first where AM or PM says that it is the manner of the United States, or where the other
/// number can be none.
fn civil(text: &str) -> Option<Civil> {
    let (date, clock) = [" @ ", ", ", " ", "T"].iter().find_map(|between| text.split_once(between))?;
    let (clock, half) = half_of_day(clock.trim());
    let [hour, minute, second, nanos] = time_of_day(clock, half)?;
    let day = |year: i32, month: i32, day: i32| {
        let small = |number: i32| i8::try_from(number).ok();
        let year = i16::try_from(year).ok()?;
        let [month, day, hour, minute, second] =
            [small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?];
        DateTime::new(year, month, day, hour, minute, second, nanos).ok()
    };
    if let Some((month, rest)) = date.split_once(' ') {
        let month = MONTHS.iter().position(|known| *known == month)? as i32 + 1;
        let (of_month, year) = rest.split_once(", ")?;
        return Some(Civil::Day(day(number(year, 4)?, month, number(of_month, 2)?)));
    }
    let mark = date.chars().find(|c| !c.is_ascii_digit()).filter(|c| matches!(c, '/' | '.' | '-'))?;
    let mut parts = date.split(mark);
    let (first, second, third, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    if first.len() == 4 {
        return Some(Civil::Day(day(number(first, 4)?, number(second, 2)?, number(third, 2)?)));
    }
    let year = number(third, 4).filter(|_| third.len() == 4)?;
    let (first, second) = (number(first, 2)?, number(second, 2)?);
    Some(match (day(year, first, second), day(year, second, first)) {
        (Some(month_first), Some(day_first)) if half.is_none() && month_first != day_first => Civil::Either,
        (month_first, day_first) => Civil::Day(month_first.or(day_first)),
    })
}

/// As they stand in dates of Kibana.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A clock without the mark of its half of the day, and whether that is the second one.
fn half_of_day(clock: &str) -> (&str, Option<bool>) {
    let Some((at, _)) = clock.char_indices().nth_back(1) else { return (clock, None) };
    let (rest, mark) = clock.split_at(at);
    let is_second = match mark {
        "AM" | "am" => false,
        "PM" | "pm" => true,
        _ => return (clock, None),
    };
    (rest.trim_end(), Some(is_second))
}

/// Hours, minutes, seconds and nanoseconds of a clock; numbers that none has are for the calendar to refuse.
fn time_of_day(clock: &str, half: Option<bool>) -> Option<[i32; 4]> {
    let (whole, fraction) = clock.split_once(['.', ',']).unwrap_or((clock, "0"));
    let mut parts = whole.split(':');
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let second = parts.next().map_or(Some(0), |second| number(second, 2))?;
    let hour = match half {
        Some(_) if !(1..=12).contains(&hour) => i32::from(i8::MAX),
        Some(is_second) => hour % 12 + if is_second { 12 } else { 0 },
        None => hour,
    };
    let digits: String = fraction.chars().chain("00000000".chars()).take(9).collect();
    let is_clock = parts.next().is_none() && (1..=9).contains(&fraction.len());
    is_clock.then_some([hour, minute, second, number(&digits, 9)?])
}

/// A number of so many digits at most.
fn number(text: &str, digits: usize) -> Option<i32> {
    let is_number = (1..=digits).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// RFC 3339 with its zone, which may stand behind a blank: `+00:00`, `+0000`, `UTC`.
fn zoned(text: &str) -> Option<FileTime> {
    let time = text.get(10..)?;
    if time.ends_with(['Z', 'z']) {
        return FileTime::parse(text);
    }
    if let Some(civil) = text.strip_suffix("UTC") {
        return FileTime::parse(&format!("{}Z", civil.trim_end()));
    }
    let sign = 10 + time.rfind(['+', '-'])?;
    let (civil, zone) = (text[..sign].trim_end(), text[sign..].replace(':', ""));
    let digits =
        zone.get(1..).filter(|digits| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))?;
    FileTime::parse(&format!("{civil}{}{}:{}", &zone[..1], &digits[..2], &digits[2..]))
}

/// `/Date(1663890856974)/`, milliseconds since 1970: what .NET's older serializer writes.
fn dated(text: &str) -> Option<FileTime> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    // A zone behind the number changes how it is shown, not what it is.
    let end =
        inner.char_indices().skip(1).find(|(_, c)| matches!(c, '+' | '-')).map_or(inner.len(), |(at, _)| at);
    ticks(inner[..end].parse::<i64>().ok()?.into(), 10_000, 0)
}

/// Seconds since 1970 with a fraction or without; what is larger is milli- or microseconds.
fn seconds(text: &str) -> Option<FileTime> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    let unit = match whole.len() {
        9 | 10 => 10_000_000,
        12 | 13 => 10_000,
        15 | 16 => 10,
        _ => return None,
    };
    let digits: String = fraction.chars().chain("0000000".chars()).take(7).collect();
    let rest = if unit == 10_000_000 { digits.parse().ok()? } else { 0 };
    ticks(number.into(), unit, rest)
}

fn ticks(number: i128, unit: i128, rest: i128) -> Option<FileTime> {
    u64::try_from(number * unit + rest + UNIX_EPOCH).ok().map(FileTime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let Clock::Instant(time) = read(text) else { panic!("{text}: {:?}", read(text)) };
        assert_eq!(time.to_string(), expected, "{text}");
    }

    #[test]
    fn instants_of_every_spelling() {
        check("2022-09-22T23:54:16.974465900Z", "2022-09-22T23:54:16.9744659Z");
        check("2022-09-22 23:54:16 +0000", "2022-09-22T23:54:16.0000000Z");
        check("2019-05-18 17:16:16.176 +02:00", "2019-05-18T15:16:16.1760000Z");
        check("2019-05-18T17:16:16.176921-0730", "2019-05-19T00:46:16.1769210Z");
        check("2022-09-22 23:54:16.705 UTC", "2022-09-22T23:54:16.7050000Z");
        check("/Date(1663890856974)/", "2022-09-22T23:54:16.9740000Z");
        check("/Date(1663890856974+0200)/", "2022-09-22T23:54:16.9740000Z");
        check("1590282834.1201713", "2020-05-24T01:13:54.1201713Z");
        check("1663890856.705", "2022-09-22T23:54:16.7050000Z");
        check("1787392801123456", "2026-08-22T10:00:01.1234560Z");
    }

    #[test]
    fn a_time_without_a_zone_is_no_instant() {
        for text in [
            "2020-07-22 00:01:03",
            "2020-07-22T00:01:03.123",
            "2022/09/22 23:54:16.97",
            "Jul 22, 2020 @ 04:01:03.866",
            "9/22/2022, 11:54:16.974 PM",
            "9/10/2022 4:54:16\u{202f}PM",
            "22/9/2022 12:54 am",
            "14.03.2024 10:26:53",
            "03.03.2024 10:26:53",
        ] {
            assert_eq!(read(text), Clock::Local, "{text}");
        }
        for text in ["9/10/2022 23:54:16", "04.03.2024 10:26:53,5"] {
            assert_eq!((read(text), read_utc(text)), (Clock::Unordered, Clock::Unordered), "{text}");
        }
    }

    #[test]
    fn what_is_said_to_be_in_utc_is_an_instant() {
        for (text, expected) in [
            ("9/22/2022, 11:54:16.974 PM", "2022-09-22T23:54:16.9740000Z"),
            ("9/10/2022, 12:04:05.100 AM", "2022-09-10T00:04:05.1000000Z"),
            ("12/1/2022 12:00:00 PM", "2022-12-01T12:00:00.0000000Z"),
            ("2022/09/22 23:54:16.97", "2022-09-22T23:54:16.9700000Z"),
            ("2022-09-22 23:54:16.97", "2022-09-22T23:54:16.9700000Z"),
            ("2022-09-22T23:54:16+02:00", "2022-09-22T21:54:16.0000000Z"),
        ] {
            let Clock::Instant(time) = read_utc(text) else { panic!("{text}: {:?}", read_utc(text)) };
            assert_eq!(time.to_string(), expected, "{text}");
        }
    }

    #[test]
    fn what_does_not_exist_is_told_from_what_is_not_known() {
        for text in [
            "2019-02-30T00:00:00Z",
            "2019-02-30 00:00:00",
            "2020-13-45 99:99:99.000",
            "2020-07-22T23:59:60Z",
            "2022/13/22 23:54:16",
            "Jul 32, 2020 @ 04:01:03.866",
            "13/13/2022, 11:54:16 PM",
            "9/22/2022 13:54:16 PM",
            "14.03.2024 25:00:00",
        ] {
            assert_eq!((read(text), read_utc(text)), (Clock::Impossible, Clock::Impossible), "{text}");
        }
        for text in [
            "",
            "x",
            "/Date(x)/",
            "12",
            "1e9",
            "99999999999999999999",
            "é2019-02-03 +00:00",
            "Juillet 22, 2020 @ 04:01:03.866",
            "9/22/22 1:02 PM",
            "1/2/3/2022 10:00:00",
            "22/9/2022",
            "9/22/2022 é",
            "9/22/2022 10:00:00.",
            "9/22/2022 10:00:00.1234567890",
        ] {
            assert_eq!((read(text), read_utc(text)), (Clock::Unknown, Clock::Unknown), "{text}");
        }
    }
}
