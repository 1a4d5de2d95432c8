//! Zip archives, by their directory at the end.
//!
//! Members come in the directory's order under their names as stored, also where several have one
//! name. A member that cannot be opened (encrypted, an unknown method) is an error of its own; the
//! others are read. Where the directory is lost, as in an archive that was cut off, the members are read by
//! the headers before them. What headers say of sizes is not believed: a member's budget grows by the
//! bytes of the archive that are read for it, and a byte counts for one member only ([`Taken`]), so rows
//! of the directory that lead to the same bytes gain nothing by it.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use zip::ZipReadOptions;
use zip::read::{OwnedZipFileEntry, ZipFile};
use zip::result::{ZipError, ZipResult};
use zip::unstable::read::ZipIterable;

use super::{Budget, Metered};
use crate::event::{Damage, DamageCode};

type Flow = ControlFlow<()>;

/// A member's name, its bytes with their budget, or why there are none.
pub(in crate::source) type OnMember<'a> =
    dyn FnMut(&str, Result<(&mut dyn Read, &Budget), Damage>) -> Flow + 'a;

/// Reads all members that are files; the error is that of the directory, behind what it gave.
pub(in crate::source) fn read(
    input: impl Read + Seek,
    budget: &Budget,
    on_member: &mut OnMember<'_>,
) -> Result<Flow, String> {
    let taken = Taken::default();
    let mut input = Archive { inner: input, at: 0, taken: &taken };
    let mut members = Members { taken: &taken, budget, on_member };
    let problem = match ZipIterable::try_new(&mut input, zip::read::Config::default()) {
        Ok(archive) if archive.is_empty() => None,
        Ok(mut archive) => return by_directory(&mut archive, &mut members),
        Err(error) => Some(reason(&error)),
    };
    input.rewind().map_err(|error| error.to_string())?;
    match (by_headers(&mut input, &mut members), problem) {
        ((0, flow), None) => Ok(flow),
        ((0, _), Some(problem)) => Err(problem),
        ((_, Flow::Break(())), _) => Ok(Flow::Break(())),
        ((_, _), problem) => {
            let problem = problem.unwrap_or_else(|| "its directory is empty".to_owned());
            Err(format!("{problem}; members were read by their own headers, as far as these go"))
        }
    }
}

/// Reads the members that the directory names.
fn by_directory<R: Read + Seek>(
    archive: &mut ZipIterable<R>,
    members: &mut Members<'_, '_>,
) -> Result<Flow, String> {
    let rows = archive.files().map_err(|error| reason(&error))?;
    let mut last = 0;
    while let Some(row) = rows.next() {
        let row = row.map_err(|error| format!("its directory breaks off: {}", reason(&error)))?;
        // What is borrowed is not read to its end when it is dropped.
        let row = OwnedZipFileEntry::from(row);
        last = row.central_header_start();
        let flow = match row.as_ref().with_reader(rows.reader_mut(), ZipReadOptions::new()) {
            Ok(member) => members.give(member),
            Err(error) => members.miss(row.name(), row.name_raw(), &error),
        };
        if flow.is_break() {
            return Ok(flow);
        }
    }
    if is_followed(rows.reader_mut(), last).unwrap_or(false) {
        return Err("its directory has more members than it says, which are not read".to_owned());
    }
    Ok(Flow::Continue(()))
}

const ROW: &[u8] = b"PK\x01\x02";

/// Whether the directory goes on behind a row.
fn is_followed<R: Read + Seek>(archive: &mut R, row: u64) -> io::Result<bool> {
    let mut fixed = [0; 46];
    archive.seek(SeekFrom::Start(row))?;
    archive.read_exact(&mut fixed)?;
    let rest: i64 =
        [28, 30, 32].map(|at| i64::from(u16::from_le_bytes([fixed[at], fixed[at + 1]]))).iter().sum();
    archive.seek(SeekFrom::Current(rest))?;
    let mut next = [0; ROW.len()];
    archive.read_exact(&mut next)?;
    Ok(next == ROW)
}

/// Reads the members from the first on, each by what is said before it; gives how many there were.
fn by_headers<R: Read>(archive: &mut R, members: &mut Members<'_, '_>) -> (usize, Flow) {
    let mut count = 0;
    while let Ok(Some(member)) = zip::read::read_zipfile_from_stream(archive) {
        count += 1;
        let flow = members.give(member);
        if flow.is_break() {
            return (count, flow);
        }
    }
    (count, Flow::Continue(()))
}

/// Who takes the members of an archive, and what they may cost.
struct Members<'m, 'f> {
    taken: &'m Taken,
    budget: &'m Budget,
    on_member: &'m mut OnMember<'f>,
}

impl Members<'_, '_> {
    fn give<R: Read>(&mut self, member: ZipFile<'_, R>) -> Flow {
        // What is named like a directory and holds bytes may be a log.
        if member.is_dir() && member.compressed_size() == 0 {
            return Flow::Continue(());
        }
        let name = shown(member.name(), member.name_raw());
        let own = self.budget.member(0);
        self.taken.counts.set(true);
        let member = Packed { inner: member, taken: self.taken, budget: &own };
        let flow = (self.on_member)(&name, Ok((&mut Metered::new(member, &own), &own)));
        self.taken.counts.set(false);
        flow
    }

    fn miss(&mut self, name: ZipResult<Cow<'_, str>>, raw: &[u8], error: &ZipError) -> Flow {
        let code = if is_encrypted(error) { DamageCode::Encrypted } else { DamageCode::Archive };
        (self.on_member)(&shown(name, raw), Err(Damage::whole(code, reason(error))))
    }
}

/// The member's name as stored.
fn shown(name: ZipResult<Cow<'_, str>>, raw: &[u8]) -> String {
    name.map_or_else(|_| String::from_utf8_lossy(raw).into_owned(), Cow::into_owned)
}

/// Whether a password is asked for.
fn is_encrypted(error: &ZipError) -> bool {
    matches!(error, ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword)
}

fn reason(error: &ZipError) -> String {
    match error {
        error if is_encrypted(error) => "it is encrypted".to_owned(),
        ZipError::CompressionMethodNotSupported(method) => {
            format!("its compression method {method} is not read")
        }
        ZipError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => "it is cut short".to_owned(),
        _ => error.to_string(),
    }
}

/// Which bytes of an archive were read for members, each once.
#[derive(Debug, Default)]
struct Taken {
    /// Whether a member is read, and not the directory.
    counts: Cell<bool>,
    /// Disjoint ranges: where each begins, and its end.
    ranges: RefCell<BTreeMap<u64, u64>>,
    /// Bytes that were read for the first time, and count for no member yet.
    fresh: Cell<u64>,
}

impl Taken {
    fn add(&self, start: u64, end: u64) {
        if !self.counts.get() || start >= end {
            return;
        }
        let mut ranges = self.ranges.borrow_mut();
        let before = ranges.range(..=start).next_back().filter(|(_, known)| **known >= start);
        let first = before.map_or(start, |(first, _)| *first);
        let touching: Vec<_> = ranges.range(first..=end).map(|(from, to)| (*from, *to)).collect();
        let (mut from, mut to, mut known) = (start, end, 0);
        for (other, its_end) in touching {
            ranges.remove(&other);
            known += its_end.min(end).saturating_sub(other.max(start));
            (from, to) = (from.min(other), to.max(its_end));
        }
        ranges.insert(from, to);
        self.fresh.set(self.fresh.get() + (end - start) - known);
    }
}

/// An archive that keeps account of what is read of it.
struct Archive<'t, R> {
    inner: R,
    at: u64,
    taken: &'t Taken,
}

impl<R: Read> Read for Archive<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let start = self.at;
        self.at = start.saturating_add(count as u64);
        self.taken.add(start, self.at);
        Ok(count)
    }
}

impl<R: Seek> Seek for Archive<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.inner.seek(to)?;
        Ok(self.at)
    }
}

/// A member whose budget grows by what is read for it.
struct Packed<'t, R> {
    inner: R,
    taken: &'t Taken,
    budget: &'t Budget,
}

impl<R: Read> Read for Packed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer);
        self.budget.add_packed(self.taken.fresh.take());
        count
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;
    use crate::source::container::{Exceeded, Limits};

    #[test]
    fn every_byte_counts_once() {
        let taken = Taken::default();
        let fresh = |start, end| {
            taken.add(start, end);
            taken.fresh.take()
        };
        assert_eq!(fresh(0, 9), 0);
        taken.counts.set(true);
        assert_eq!([fresh(10, 20), fresh(30, 40), fresh(10, 20), fresh(5, 35)], [10, 10, 0, 15]);
        assert_eq!([fresh(0, 50), fresh(50, 51), fresh(0, 51), fresh(7, 7)], [15, 1, 0, 0]);
        assert_eq!(*taken.ranges.borrow(), BTreeMap::from([(0, 51)]));
    }

    fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = ZipWriter::new(Cursor::new(Vec::new()));
        let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        for (name, bytes) in members {
            out.start_file(*name, stored).unwrap();
            out.write_all(bytes).unwrap();
        }
        out.finish().unwrap().into_inner()
    }

    /// The archive with the one row of its directory as often as this.
    fn repeated(archive: &[u8], count: u16) -> Vec<u8> {
        let (rest, end) = archive.split_at(archive.len() - 22);
        let directory = u32::from_le_bytes(end[16..20].try_into().unwrap()) as usize;
        let row = &rest[directory..];
        let mut end = end.to_vec();
        end[8..10].copy_from_slice(&count.to_le_bytes());
        end[10..12].copy_from_slice(&count.to_le_bytes());
        end[12..16].copy_from_slice(&(row.len() as u32 * u32::from(count)).to_le_bytes());
        [&rest[..directory], &row.repeat(count.into()), &end].concat()
    }

    /// The length of each member, or the limit that it met.
    fn lens(archive: &[u8], limits: Limits) -> Vec<Result<u64, Exceeded>> {
        let mut lens = Vec::new();
        let done = read(Cursor::new(archive), &Budget::new(limits), &mut |_, member| {
            let (bytes, _) = member.unwrap();
            lens.push(io::copy(bytes, &mut io::sink()).map_err(|error| Exceeded::find(&error).unwrap()));
            ControlFlow::Continue(())
        });
        assert!(done.is_ok(), "{done:?}");
        lens
    }

    #[test]
    fn members_of_one_name_are_all_read() {
        let mut bytes = archive(&[("a", b"1"), ("b", b"22")]);
        for at in 0..bytes.len() - 47 {
            if bytes[at..].starts_with(b"PK\x01\x02") && bytes[at + 46] == b'b' {
                bytes[at + 46] = b'a';
            }
        }
        assert_eq!(lens(&bytes, Limits::default()), [Ok(1), Ok(2)]);
    }

    #[test]
    fn rows_that_lead_to_the_same_bytes_have_one_budget() {
        let limits = Limits { ratio: 1, free: 2500, ..Limits::default() };
        let all = lens(&repeated(&archive(&[("a", &[7; 1000])]), 5), limits);
        let over = Err(Exceeded::Ratio(1));
        assert_eq!(all, [Ok(1000), Ok(1000), Ok(1000), over, over]);
    }

    #[test]
    fn members_behind_the_last_that_the_directory_counts_are_told_of() {
        let mut bytes = archive(&[("a", b"1"), ("b", b"22")]);
        let end = bytes.len() - 22;
        (bytes[end + 8], bytes[end + 10]) = (1, 1);
        let mut count = 0;
        let done = read(Cursor::new(&bytes), &Budget::new(Limits::default()), &mut |_, _| {
            count += 1;
            ControlFlow::Continue(())
        });
        assert!(count == 1 && done.is_err_and(|reason| reason.contains("more members")));
    }

    #[test]
    fn an_archive_without_its_directory_is_read_by_its_headers() {
        let whole = archive(&[("a", b"1"), ("b", b"22"), ("c", b"333")]);
        let mut empty = archive(&[]);
        assert_eq!(lens(&empty, Limits::default()), []);
        let directory = whole.windows(4).position(|bytes| bytes == ROW).unwrap();
        let second = whole.windows(4).rposition(|bytes| bytes == b"PK\x03\x04").unwrap();
        empty.splice(..0, whole[..directory].iter().copied());
        for (cut, expected) in
            [(&whole[..whole.len() - 5], 3), (&whole[..directory], 3), (&empty, 3), (&whole[..second], 2)]
        {
            let mut count = 0;
            let done = read(Cursor::new(cut), &Budget::new(Limits::default()), &mut |_, member| {
                count += usize::from(io::copy(member.unwrap().0, &mut io::sink()).is_ok());
                ControlFlow::Continue(())
            });
            assert!(count == expected && done.is_err(), "{count} {done:?}");
        }
    }

    #[test]
    fn a_directory_with_bytes_is_read() {
        let mut bytes = archive(&[("a_", b"12")]);
        let at = bytes.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
        bytes[at + 47] = b'/';
        assert_eq!(lens(&bytes, Limits::default()), [Ok(2)]);
    }
}
