//! Heads of lines in logs: syslog by RFC 3164 and RFC 5424, with an ISO date, and those of containers.
//!
//! `<134>Aug 22 10:00:00 host sysmon: …`, without the priority too, and
//! `<134>1 2026-08-22T10:00:01Z host app 42 id [a b="c"] …`. A date alone may stand there, as
//! `docker logs -t`, `kubectl logs --timestamps` and `ts` write it, before a line with a head of its own
//! too; and `2026-08-22T10:00:01Z stdout F …` are containerd's files, which cut long lines (Kubernetes,
//! "CRI log format"). The head says who forwarded the line and when; the event in it says both by
//! itself, so only the host is of use, and only where the event has none.

use crate::source::message;

/// The head of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head<'t> {
    /// Empty where none is named.
    pub(super) host: &'t str,
    /// The program that wrote the line; empty where none is named.
    pub(super) program: &'t str,
    /// What follows the head.
    pub(super) body: &'t str,
}

impl<'t> Head<'t> {
    /// The head with this host, by what follows it.
    fn new(host: &'t str, rest: &'t str) -> Self {
        let (program, body) = tag(rest);
        Self { host, program, body: behind_cookie(body) }
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What programs put behind the date where no host stands: how much a line matters.
const LEVELS: [&str; 9] =
    ["TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL"];

/// Longest name of a host or a program (RFC 5424, 6: 255 and 48 characters).
const MAX_WORD: usize = 255;

/// Longest title of a message, with its colon.
const MAX_TITLE: usize = 64;

/// What stands before JSON that is meant for programs (CEE, "Log Syntax"; rsyslog's `mmjsonparse`).
const COOKIE: &str = "@cee:";

/// The head of a line of syslog; `None` where it has none.
///
/// Behind the date that a program put before a line, the line's own head counts.
pub(super) fn head(line: &str) -> Option<Head<'_>> {
    let head = one_head(line)?;
    let own = if head.host.is_empty() { one_head(head.body) } else { None };
    Some(own.unwrap_or(head))
}

fn one_head(line: &str) -> Option<Head<'_>> {
    if let Some(Piece { at, .. }) = piece(line.as_bytes()) {
        return Some(Head::new("", &line[at..]));
    }
    let (has_priority, rest) = match priority(line) {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    if has_priority && let Some(rest) = rest.strip_prefix("1 ") {
        return modern(rest);
    }
    let (host, rest) = host(date(rest)?)?;
    Some(Head::new(host, rest))
}

/// The host at the beginning of a text and what follows; none where an event, a tag or another head stands there.
fn host(text: &str) -> Option<(&str, &str)> {
    let event = text.trim_start_matches(' ');
    if begins_event(event) {
        return Some(("", event));
    }
    let (host, rest) = word(text)?;
    let is_named = is_host(host) && !LEVELS.contains(&host) && date(text).is_none();
    Some(if is_named { (host, rest) } else { ("", text) })
}

/// Whether a text begins with JSON, XML or the title of a message, so that its first word is no name.
fn begins_event(text: &str) -> bool {
    text.starts_with(['{', '<', '"']) || text.starts_with(COOKIE) || message::find(text, MAX_TITLE) == Some(0)
}

/// Whether a word can name a host: letters and digits, and what stands in addresses and in the chains of
/// syslog-ng (`source@host/relay`). With a colon behind it, it names a program.
fn is_host(word: &str) -> bool {
    let address = word.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(word);
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%' | '@' | '/');
    !word.ends_with(':') && !address.is_empty() && address.chars().all(is_part)
}

fn behind_cookie(body: &str) -> &str {
    body.strip_prefix(COOKIE).map_or(body, |rest| rest.trim_start_matches(' '))
}

/// A line of containerd's, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) stream: Stream,
    /// Whether the next line of this stream goes on with it.
    pub(super) goes_on: bool,
    /// Where its text begins.
    pub(super) at: usize,
}

/// Where the program in a container wrote to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Out,
    Error,
}

/// What a line of a container's log is; `None` where it is none.
///
/// A part may end within a character, so this is asked of bytes.
pub(super) fn piece(line: &[u8]) -> Option<Piece> {
    line.first().filter(|byte| byte.is_ascii_digit())?;
    let head = line.get(..MAX_PIECE_HEAD).unwrap_or(line).utf8_chunks().next()?.valid();
    let (stream, rest) = word(date(head)?)?;
    let stream = match stream {
        "stdout" => Stream::Out,
        "stderr" => Stream::Error,
        _ => return None,
    };
    // More tags may follow the first.
    let (tags, rest) = word(rest)?;
    let goes_on = match tags.split(':').next()? {
        "F" => false,
        "P" => true,
        _ => return None,
    };
    Some(Piece { stream, goes_on, at: head.len() - rest.len() })
}

/// Longest head of a line of a container's log.
const MAX_PIECE_HEAD: usize = 128;

/// The line of a container's log at the beginning of lines, put together from its parts, and what follows it.
pub(super) fn whole_line(lines: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut whole = Vec::new();
    let mut rest = lines;
    while let Some(Piece { at, goes_on, .. }) = piece(rest) {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let (line, behind) = rest.split_at(end);
        whole.extend_from_slice(&line[if whole.is_empty() { 0 } else { at }..]);
        rest = behind;
        if !goes_on {
            break;
        }
        let line_end = whole.iter().rev().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        whole.truncate(whole.len() - line_end);
    }
    (whole, rest)
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
        Some((tag, rest)) if tag.ends_with(':') && tag.len() > 1 && !tag.contains(['<', '{', '"', '@']) => {
            (tag, rest)
        }
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
    Some(Head { host, program, body: behind_cookie(body) })
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
            "<134>1 2026-08-22T10:00:01Z web01 sysmon - - - @cee: BODY",
            "Aug 22 10:00:00 web01 sysmon: @cee:BODY",
            "Aug 22 10:00:00 web01 @cee: BODY",
            "2026-08-22T10:00:02Z Aug 22 10:00:00 web01 sysmon: BODY",
            "Aug 22 10:00:02 2026-08-22T10:00:01Z web01 BODY",
            "2026-08-22T10:00:02.123456789Z stderr F <13>Aug 22 10:00:00 web01 sysmon: BODY",
        ] {
            let head = head(line).expect("a head");
            assert_eq!((head.host, head.body), ("web01", "BODY"), "{line}");
            assert!(head.program.is_empty() || head.program.starts_with("sysmon"), "{line}");
        }
    }

    #[test]
    fn what_follows_a_date_need_not_be_a_host() {
        for body in [
            "{\"a\":1}",
            "{\"a\": 1}",
            "{ \"a\": 1 }",
            "<Event xmlns='x'>",
            "<Event><System>",
            "CreateRemoteThread detected:",
            "CreateRemoteThread detected:#012RuleName: -",
            "\"quoted words\" x",
            "a=b c",
            "INFO CreateRemoteThread detected:",
        ] {
            for date in [
                "<13>Aug 22 10:00:00 ",
                "Aug 22 2026 10:00:00 ",
                "2026-08-22T10:00:01.123456+02:00 ",
                "2026-08-22T10:00:01Z stdout F ",
            ] {
                for cookie in ["", "@cee: "] {
                    let line = format!("{date}{cookie}{body}");
                    assert_eq!(head(&line), Some(Head { host: "", program: "", body }), "{line}");
                    let (line, program) = (format!("{date}sysmon[42]: {cookie}{body}"), "sysmon[42]:");
                    assert_eq!(head(&line), Some(Head { host: "", program, body }), "{line}");
                }
            }
        }
        for host in [
            "web01",
            "10.1.1.1",
            "fe80::1",
            "[fe80::1]",
            "10.1.1.1:514",
            "s_net@web01/relay",
            "bücher.example",
            "-",
        ] {
            let line = format!("Aug 22 10:00:00 {host} {{\"a\":1}}");
            assert_eq!(head(&line).map(|head| (head.host, head.body)), Some((host, "{\"a\":1}")), "{line}");
        }
    }

    #[test]
    fn lines_of_containers() {
        let piece_of = |line: &str| {
            piece(line.as_bytes()).map(|piece| (piece.stream, piece.goes_on, line[piece.at..].to_owned()))
        };
        let date = "2026-08-22T10:00:01.123456789Z";
        assert_eq!(piece_of(&format!("{date} stdout F a b")), Some((Stream::Out, false, "a b".to_owned())));
        assert_eq!(piece_of(&format!("{date} stderr P:x ")), Some((Stream::Error, true, String::new())));
        for line in [
            "Aug 22 10:00:00 stdout F x",
            "2026 stdout F x",
            "stdout F x",
            &format!("{date} stdout G x"),
            &format!("{date} F x"),
        ] {
            assert_eq!(piece_of(line), None, "{line}");
        }
        let lines =
            format!("{date} stdout P {{\"a\":\"\u{e4}\r\n{date} stdout P  b\n{date} stdout F \"}}\nmore");
        let (whole, rest) = whole_line(lines.as_bytes());
        assert_eq!(String::from_utf8_lossy(&whole), format!("{date} stdout P {{\"a\":\"\u{e4} b\"}}\n"));
        assert_eq!(rest, b"more");
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
            "2026-08-22T10:00:01Z",
            "2026-08-22T10:00:01Z  INFO  started",
            "2026-08-22T10:00:01Z  web01  record 7",
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
