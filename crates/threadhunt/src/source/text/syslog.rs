//! Heads of syslog lines: RFC 3164, RFC 5424, and the form with an ISO date of rsyslog and journalctl.
//!
//! `<134>Aug 22 10:00:00 host sysmon: …`, without the priority too, and
//! `<134>1 2026-08-22T10:00:01Z host app 42 id [a b="c"] …`. The head says who forwarded the line
//! and when; the event in it says both by itself, so only the host is of use, and only where the
//! event has none.

/// The head of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head<'t> {
    pub(super) host: &'t str,
    /// The program that wrote the line; empty where none is named.
    pub(super) program: &'t str,
    /// What follows the head.
    pub(super) body: &'t str,
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Longest name of a host or a program (RFC 5424, 6: 255 and 48 characters).
const MAX_WORD: usize = 255;

/// The head of a line of syslog; `None` where it has none.
pub(super) fn head(line: &str) -> Option<Head<'_>> {
    let (has_priority, rest) = match priority(line) {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    if has_priority && let Some(rest) = rest.strip_prefix("1 ") {
        return modern(rest);
    }
    let rest = date(rest)?;
    let (host, rest) = word(rest)?;
    let (program, body) = tag(rest);
    Some(Head { host, program, body })
}

/// What follows `<134>`, before which a length may stand (RFC 6587).
fn priority(line: &str) -> Option<&str> {
    let line = match line.split_once(' ') {
        Some((len, rest)) if len.len() < 8 && len.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => line,
    };
    let (number, rest) = line.strip_prefix('<')?.split_once('>')?;
    (matches!(number.len(), 1..=3) && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(rest)
}

/// What follows a date: `Aug 22 10:00:00 `, with a year or not, or `2026-08-22T10:00:01.123+02:00 `.
fn date(text: &str) -> Option<&str> {
    let (first, rest) = word(text)?;
    if first.parse::<jiff::Timestamp>().is_ok() || first.contains('T') && is_civil(first) {
        return Some(rest);
    }
    if !MONTHS.contains(&first) {
        return None;
    }
    let (day, rest) = word(rest.trim_start_matches(' '))?;
    let (mut clock, mut rest) = word(rest)?;
    if clock.len() == 4 && is_number(clock) {
        (clock, rest) = word(rest)?;
    }
    let clock = clock.trim_end_matches(':');
    (is_number(day) && day.len() <= 2 && is_clock(clock)).then_some(rest)
}

fn is_civil(text: &str) -> bool {
    text.parse::<jiff::civil::DateTime>().is_ok()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it is `10:00:00`, with a fraction or not.
fn is_clock(text: &str) -> bool {
    let whole = text.split('.').next().unwrap_or_default();
    whole.len() == 8 && whole.split(':').filter(|part| part.len() == 2 && is_number(part)).count() == 3
}

/// The next word and what follows the blank behind it.
fn word(text: &str) -> Option<(&str, &str)> {
    let reach = text.as_bytes().get(..=MAX_WORD).unwrap_or(text.as_bytes());
    let end = memchr::memchr(b' ', reach)?;
    (end > 0).then(|| (&text[..end], &text[end + 1..]))
}

/// The program of `sysmon: ` or `sysmon[42]: `, and what follows; all of it where no such tag stands there.
fn tag(text: &str) -> (&str, &str) {
    match word(text) {
        Some((tag, rest)) if tag.ends_with(':') && tag.len() > 1 && !tag.contains(['<', '{']) => (tag, rest),
        _ => ("", text),
    }
}

/// What follows the version: date, host, program, process, id, data, text (RFC 5424, 6).
fn modern(rest: &str) -> Option<Head<'_>> {
    let (_date, rest) = word(rest)?;
    let (host, rest) = word(rest)?;
    let (program, rest) = word(rest)?;
    let (_process, rest) = word(rest)?;
    let (_id, rest) = word(rest)?;
    let body = structured(rest)?.trim_start_matches(' ').trim_start_matches('\u{feff}');
    Some(Head { host, program, body })
}

/// What follows the structured data: `-`, or `[id name="value"]` again and again.
fn structured(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('-') {
        return Some(rest);
    }
    let mut rest = text;
    while rest.starts_with('[') {
        let (mut quoted, mut escaped) = (false, false);
        let ends = |byte: u8| {
            let was_escaped = escaped;
            escaped = byte == b'\\' && !was_escaped;
            quoted ^= byte == b'"' && !was_escaped;
            byte == b']' && !quoted && !was_escaped
        };
        rest = &rest[rest.bytes().position(ends)? + 1..];
    }
    (rest.len() < text.len()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_all_forms() {
        for line in [
            "<134>Aug 22 10:00:00 web01 sysmon: BODY",
            "<13>Aug  2 10:00:00 web01 sysmon[42]: BODY",
            "Aug 22 10:00:00 web01 BODY",
            "Aug 22 2026 10:00:00: web01 sysmon: BODY",
            "2026-08-22T10:00:01.123456+02:00 web01 sysmon: BODY",
            "2026-08-22T10:00:01 web01 sysmon: BODY",
            "<134>1 2026-08-22T10:00:01Z web01 sysmon 42 - - BODY",
            "<134>1 2026-08-22T10:00:01Z web01 sysmon - ID1 [a@1 b=\"c]\\\"\"][d] \u{feff}BODY",
            "37 <134>1 2026-08-22T10:00:01Z web01 sysmon - - - BODY",
        ] {
            let head = head(line).expect("a head");
            assert_eq!((head.host, head.body), ("web01", "BODY"), "{line}");
            assert!(head.program.is_empty() || head.program.starts_with("sysmon"), "{line}");
        }
    }

    #[test]
    fn other_lines_have_none() {
        for line in [
            "",
            "<134>",
            "<Event>",
            "UtcTime: 2026-08-22 10:00:00.000",
            "2026-08-22 10:00:00 web01 sysmon: BODY",
            "May be a value",
            "Mar 14 soon host x",
            "<134>1 2026-08-22T10:00:01Z web01 sysmon - - [a b=\"",
        ] {
            assert_eq!(head(line), None, "{line}");
        }
    }

    #[test]
    fn a_body_that_looks_like_a_tag_stays() {
        let line = "Aug 22 10:00:00 web01 <Event>: x";
        assert_eq!(head(line).map(|head| head.body), Some("<Event>: x"));
    }
}
