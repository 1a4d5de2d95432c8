//! The export format of journald (`journalctl -o export`), as Sysmon for Linux logs to it.
//!
//! An entry is lines `NAME=value` and ends with an empty line; a value that is no plain text comes
//! behind its name as a length of eight bytes, little-endian, and so many bytes
//! (systemd, "Journal Export Formats"). The event is the XML in `MESSAGE`.

use std::io::{self, Read};

use super::split::{self, MAX_RECORD, Records};
use super::{Among, Reader, read_body};
use crate::event::{Batch, DamageCode};
use crate::source::encoding::{LoneCr, to_text};
use crate::source::{BlockHead, Emit, Family, Format, Shape, Workshop};

/// Journal exports as a kind of log.
pub(crate) const FORMAT: Format =
    Format { name: "journal", shapes: &[&SHAPE], recognise, split, ranges: None, decode };

pub(super) static SHAPE: Shape =
    Shape { name: "journal-export", family: Family::Text, about: "journalctl -o export", partial: false };

/// Longest name of a field (systemd: 64 bytes).
const MAX_NAME: usize = 64;

/// Fields that journald itself adds, with which an entry may begin where its cursor was left out
/// (systemd.journal-fields(7)). Lines of other texts do not begin so.
const TRUSTED: &[&str] = &[
    "__CURSOR",
    "__REALTIME_TIMESTAMP",
    "__MONOTONIC_TIMESTAMP",
    "__SEQNUM",
    "__SEQNUM_ID",
    "_AUDIT_LOGINUID",
    "_AUDIT_SESSION",
    "_BOOT_ID",
    "_CAP_EFFECTIVE",
    "_CMDLINE",
    "_COMM",
    "_EXE",
    "_GID",
    "_HOSTNAME",
    "_MACHINE_ID",
    "_PID",
    "_RUNTIME_SCOPE",
    "_SELINUX_CONTEXT",
    "_SOURCE_REALTIME_TIMESTAMP",
    "_STREAM_ID",
    "_SYSTEMD_CGROUP",
    "_SYSTEMD_INVOCATION_ID",
    "_SYSTEMD_SLICE",
    "_SYSTEMD_UNIT",
    "_TRANSPORT",
    "_UID",
];

/// Those that a program gives.
const GIVEN: &[&str] =
    &["MESSAGE", "PRIORITY", "SYSLOG_FACILITY", "SYSLOG_IDENTIFIER", "SYSLOG_PID", "SYSLOG_TIMESTAMP"];

/// Known fields that make an entry of the first lines of an input, and of lines among others.
const ENOUGH_ALONE: usize = 3;
const ENOUGH_AMONG: usize = 2;

fn recognise(head: &[u8]) -> bool {
    let start = head.iter().take_while(|byte| **byte == b'\n').count();
    has_known_fields(&head[start..], ENOUGH_ALONE)
}

/// Whether lines begin with a field that journald adds, and so many known ones stand together.
fn has_known_fields(lines: &[u8], enough: usize) -> bool {
    let is_in = |names: &[&str], line: &[u8]| {
        let (name, rest) = split_name(line);
        rest.first().is_none_or(|byte| *byte == b'=') && names.iter().any(|known| known.as_bytes() == name)
    };
    let entry = lines.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
    is_in(TRUSTED, lines.split(|byte| *byte == b'\n').next().unwrap_or_default())
        && entry.filter(|line| is_in(TRUSTED, line) || is_in(GIVEN, line)).take(enough).count() == enough
}

/// The name at the beginning of a line, and what follows it.
fn split_name(line: &[u8]) -> (&[u8], &[u8]) {
    let is_name = |byte: &&u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || **byte == b'_';
    line.split_at(line.iter().take(MAX_NAME + 1).take_while(is_name).count())
}

fn split(input: &mut dyn Read, emit: &mut Emit<'_>) -> io::Result<()> {
    split::split(&mut Entries, input, emit)
}

struct Entries;

impl Records for Entries {
    /// Values are counted bytes.
    fn lone_cr(&self) -> LoneCr {
        LoneCr::IsText
    }

    fn cut(&mut self, text: &[u8]) -> usize {
        let mut at = 0;
        while let Some(entry) = Entry::read(&text[at..]).filter(|entry| entry.is_whole) {
            at += entry.len;
        }
        at
    }

    fn next(&mut self, text: &[u8]) -> Option<usize> {
        let mut lines = memchr::memmem::find_iter(text, b"\n_").map(|at| at + 1);
        let is_behind_blank =
            |at: usize| text[..at].ends_with(b"\n\n") && has_known_fields(&text[at..], ENOUGH_AMONG);
        lines.find(|at| text[*at..].starts_with(CURSOR) || is_behind_blank(*at))
    }
}

/// The fields of an entry that are asked for.
#[derive(Debug, Default)]
struct Entry<'t> {
    len: usize,
    /// Whether the empty line behind it is there.
    is_whole: bool,
    /// Where something is that is no field.
    odd: Option<usize>,
    message: &'t [u8],
    host: &'t [u8],
}

impl<'t> Entry<'t> {
    /// Reads the entry at the beginning of the text; `None` where there is no text.
    fn read(text: &'t [u8]) -> Option<Self> {
        let mut entry =
            Self { len: text.iter().take_while(|byte| **byte == b'\n').count(), ..Self::default() };
        while entry.len < text.len() {
            let rest = &text[entry.len..];
            if rest[0] == b'\n' {
                entry.len += 1;
                entry.is_whole = true;
                break;
            }
            let Some((value, len)) = field(rest) else {
                entry.len = text.len();
                break;
            };
            let (name, _) = split_name(rest);
            match (name, value) {
                (_, None) => entry.odd = entry.odd.or(Some(entry.len)),
                (b"MESSAGE", Some(value)) => entry.message = value,
                (b"_HOSTNAME", Some(value)) => entry.host = value,
                _ => {}
            }
            entry.len += len;
        }
        (entry.len > 0).then_some(entry)
    }
}

/// A field's value and its whole length; no value where the line is no field, `None` where its end
/// is not in the text.
fn field(text: &[u8]) -> Option<(Option<&[u8]>, usize)> {
    let end = memchr::memchr(b'\n', text)?;
    let (name, rest) = split_name(&text[..end]);
    if let [b'=', value @ ..] = rest {
        return Some((Some(value), end + 1));
    }
    if !rest.is_empty() || name.is_empty() {
        return Some((None, end + 1));
    }
    let rest = &text[end + 1..];
    let (len, rest) = rest.split_first_chunk::<8>()?;
    let len = usize::try_from(u64::from_le_bytes(*len)).ok().filter(|len| *len <= MAX_RECORD);
    let Some(len) = len else { return Some((None, end + 1)) };
    let value = rest.get(..len)?;
    Some((Some(value), end + 1 + 8 + len + usize::from(rest.get(len) == Some(&b'\n'))))
}

fn decode(head: BlockHead, batch: &mut Batch, workshop: &mut Workshop<'_>) {
    let input = batch.shared_input();
    let mut reader = Reader { among: Among::Texts, is_wide: false, place: head, batch, workshop };
    reader.entries(&input);
}

/// With which every entry begins, unless it was left out.
const CURSOR: &[u8] = b"__CURSOR=";

/// Whether a line is the first one of an entry, wherever it stands.
pub(super) fn begins(line: &str) -> bool {
    line.as_bytes().starts_with(CURSOR)
}

/// Whether a line may be the first one of an entry whose cursor was left out.
pub(super) fn may_begin(line: &str) -> bool {
    line.starts_with('_') && line.split_once('=').is_some_and(|(name, _)| TRUSTED.contains(&name))
}

/// Whether lines are an entry, as several fields show that stand together.
pub(super) fn is_entry(lines: &[u8]) -> bool {
    lines.starts_with(CURSOR) || has_known_fields(lines, ENOUGH_AMONG)
}

impl Reader<'_, '_> {
    fn entries(&mut self, mut text: &[u8]) {
        while let Some(entry) = Entry::read(text) {
            self.entry(&entry);
            self.pass(&text[..entry.len]);
            text = &text[entry.len..];
        }
    }

    /// Reads an entry among lines of other kinds, and passes by what follows it.
    pub(super) fn entry_among(&mut self, lines: &[u8]) {
        if !is_entry(lines) {
            return self.others(lines);
        }
        let Some(entry) = Entry::read(lines) else { return };
        let before = self.batch.counts.without_shape();
        self.entry(&entry);
        let count = self.batch.counts.without_shape() - before;
        self.batch.counts.add_shape(SHAPE.name, count);
        self.pass(&lines[..entry.len]);
        self.others(&lines[entry.len..]);
    }

    fn entry(&mut self, entry: &Entry<'_>) {
        if entry.len > MAX_RECORD {
            return self.refuse(DamageCode::Limit, format!("an entry of more than {} MiB", MAX_RECORD >> 20));
        }
        if entry.odd.is_some() {
            self.refuse(DamageCode::Malformed, "a line of a journal's entry that is no field");
        }
        let ((message, no_text), (host, _)) = (to_text(entry.message), to_text(entry.host));
        if !entry.is_whole && message.is_empty() {
            return self.refuse(DamageCode::Truncated, "the last entry of the journal is cut short");
        }
        let before = self.batch.counts.total();
        if self.embedded(None, &message) {
            return self.tell(no_text, self.batch.counts.total() - before);
        }
        self.build(None, no_text, |builder| read_body(&message, (&host, ""), builder));
    }
}
