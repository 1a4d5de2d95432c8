//! Times as programs write them into JSON.
//!
//! Windows' own is RFC 3339. Others have milliseconds within `/Date(…)/`, seconds since 1970 as
//! a number, a blank before the zone, or no zone at all: then nobody can tell which instant it is.

use crate::event::FileTime;

/// What a text says of an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// An instant.
    Instant(FileTime),
    /// A time of day somewhere: it lacks its zone.
    Local,
    /// No time, or none that exists.
    Nothing,
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
        None => Clock::Nothing,
    }
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
        assert_eq!(read("2020-07-22 00:01:03"), Clock::Local);
        assert_eq!(read("2020-07-22T00:01:03.123"), Clock::Local);
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "x",
            "2019-02-30T00:00:00Z",
            "2019-02-30 00:00:00",
            "/Date(x)/",
            "12",
            "1e9",
            "99999999999999999999",
            "é2019-02-03 +00:00",
        ] {
            assert_eq!(read(text), Clock::Nothing, "{text}");
        }
    }
}
