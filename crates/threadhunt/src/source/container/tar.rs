//! Tar archives, read as a stream.
//!
//! Only what evidence needs: regular files with their names as stored (ustar with prefix,
//! GNU long names, pax paths), in archive order, sparse ones with their holes ([`sparse`]).
//! Links, devices and directories hold no bytes and are passed over. Formats: POSIX.1-2017
//! `pax`, and the GNU tar manual's sections "Basic Tar Format" and "Storing Sparse Files".
//! Lengths of names are bounded, which general readers leave out.

mod sparse;

use std::io::{self, Read};
use std::ops::ControlFlow;

use super::{Budget, Metered};
use sparse::{Map, Sparse};

const BLOCK: usize = 512;

/// Longest name, and longest set of pax attributes.
const MAX_NAME: u64 = 64 * 1024;

/// A member: its name as stored, and its bytes or why there are none.
pub(in crate::source) type OnMember<'a> =
    dyn FnMut(&str, Result<&mut dyn Read, &'static str>) -> ControlFlow<()> + 'a;

/// What the last extension headers say of the member that follows.
#[derive(Default)]
struct Extension {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: sparse::Pax,
}

/// Reads all members in order; an error ends the archive. Holes count against the budget.
pub(in crate::source) fn read(
    input: &mut dyn Read,
    budget: &Budget,
    on_member: &mut OnMember<'_>,
) -> io::Result<ControlFlow<()>> {
    let mut extension = Extension::default();
    while let Some(header) = read_header(input)? {
        let size = number(&header[124..136]).ok_or_else(|| invalid("a member's size is no number"))?;
        match header[156] {
            b'L' => extension.name = Some(read_short(input, size)?),
            b'x' => extension.read_pax(&read_short(input, size)?),
            // Attributes for all members: no path can stand there.
            b'g' => skip(input, padded(size))?,
            b'0' | 0 | b'7' | b'S' => {
                let extension = std::mem::take(&mut extension);
                if member(input, &header, size, extension, budget, on_member)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            kind => {
                let size = std::mem::take(&mut extension).size.unwrap_or(size);
                // Links and directories carry no bytes, whatever size they claim.
                skip(input, if (b'1'..=b'6').contains(&kind) { 0 } else { padded(size) })?;
            }
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Gives out a regular file, and passes over what is left of it.
fn member(
    input: &mut dyn Read,
    header: &[u8; BLOCK],
    size: u64,
    extension: Extension,
    budget: &Budget,
    on_member: &mut OnMember<'_>,
) -> io::Result<ControlFlow<()>> {
    let old_map = if header[156] == b'S' { Some(Map::after_header(header, input)?) } else { None };
    let size = extension.size.unwrap_or(size);
    let mut stored = (&mut *input).take(size);
    let map = match old_map {
        Some(map) => Ok(Some(map)),
        None => extension.sparse.map(&mut stored)?,
    };
    let name = extension.sparse.name.or(extension.name).unwrap_or_else(|| header_name(header));
    let name = String::from_utf8_lossy(&name);
    let flow = match map {
        Ok(None) => on_member(&name, Ok(&mut stored)),
        Ok(Some(map)) => {
            let own = budget.member(size);
            on_member(&name, Ok(&mut Metered::new(Sparse::new(&mut stored, map), &own)))
        }
        Err(reason) => on_member(&name, Err(reason)),
    };
    if flow.is_continue() {
        let left = stored.limit();
        skip(input, left + padded(size) - size)?;
    }
    Ok(flow)
}

fn invalid(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// Whether these bytes begin with a member's header: one that is intact, also from before there was
/// a mark, or one that has its mark and the zeros that pad it, whatever became of the rest.
///
/// A header pads with zeros, which no text holds: a log may have the mark at the same place.
pub(in crate::source) fn recognise(head: &[u8]) -> bool {
    let is_header = |header: &[u8; BLOCK]| {
        let has_mark = header[257..].starts_with(b"ustar") && header[500..].iter().all(|byte| *byte == 0);
        header[0] != 0 && header.contains(&0) && (has_mark || is_intact(header))
    };
    head.first_chunk().is_some_and(is_header)
}

/// The next header; `None` at the end of the stream, or where no header follows blocks of zeros.
///
/// Archives that were put one behind the other are read as one: zeros end each of them.
fn read_header(input: &mut dyn Read) -> io::Result<Option<[u8; BLOCK]>> {
    let mut ended = false;
    loop {
        let mut header = [0; BLOCK];
        match read_block(input, &mut header)? {
            0 => return Ok(None),
            BLOCK if header.iter().all(|byte| *byte == 0) => ended = true,
            BLOCK if is_intact(&header) => return Ok(Some(header)),
            _ if ended => return Ok(None),
            BLOCK => return Err(invalid("a member's header is damaged")),
            _ => {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends within a header"));
            }
        }
    }
}

/// Reads a block, or what there is of it.
fn read_block(input: &mut dyn Read, block: &mut [u8; BLOCK]) -> io::Result<usize> {
    let mut count = 0;
    while count < BLOCK {
        match input.read(&mut block[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

fn is_intact(header: &[u8; BLOCK]) -> bool {
    number(&header[148..156]) == Some(checksum(header))
}

/// The sum of the header's bytes, its own field taken as spaces.
fn checksum(header: &[u8; BLOCK]) -> u64 {
    let all: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
    let own: u64 = header[148..156].iter().map(|byte| u64::from(*byte)).sum();
    all - own + 8 * u64::from(b' ')
}

/// An octal number, or GNU's big-endian form marked by the first bit.
fn number(field: &[u8]) -> Option<u64> {
    if let [first, rest @ ..] = field
        && first & 0x80 != 0
    {
        let mut number = u64::from(first & 0x7f);
        for byte in rest {
            number = number.checked_mul(256)?.checked_add(u64::from(*byte))?;
        }
        return Some(number).filter(|number| *number <= i64::MAX as u64);
    }
    let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

fn padded(size: u64) -> u64 {
    size.next_multiple_of(BLOCK as u64)
}

fn skip(input: &mut dyn Read, count: u64) -> io::Result<()> {
    let skipped = io::copy(&mut input.take(count), &mut io::sink())?;
    if skipped < count {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends within a member"));
    }
    Ok(())
}

/// The bytes of an extension header, without what pads them.
fn read_short(input: &mut dyn Read, size: u64) -> io::Result<Vec<u8>> {
    if size > MAX_NAME {
        return Err(invalid("a member's name is longer than 64 KiB"));
    }
    let mut bytes = vec![0; size as usize];
    input.read_exact(&mut bytes)?;
    skip(input, padded(size) - size)?;
    bytes.truncate(bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len()));
    Ok(bytes)
}

fn header_name(header: &[u8; BLOCK]) -> Vec<u8> {
    let text = |field: &[u8]| field.iter().copied().take_while(|byte| *byte != 0).collect::<Vec<_>>();
    let name = text(&header[..100]);
    // GNU's old header uses the place of the prefix for other things.
    let is_posix = header[257..263] == *b"ustar\0";
    match text(&header[345..500]) {
        prefix if is_posix && !prefix.is_empty() => [prefix, name].join(&b'/'),
        _ => name,
    }
}

impl Extension {
    /// Reads records of the form `<length> <key>=<value>\n`.
    fn read_pax(&mut self, mut records: &[u8]) {
        while let Some(space) = records.iter().position(|byte| *byte == b' ') {
            let length =
                std::str::from_utf8(&records[..space]).ok().and_then(|text| text.parse::<usize>().ok());
            let Some(length) = length.filter(|length| (space + 2..=records.len()).contains(length)) else {
                return;
            };
            let (record, rest) = records.split_at(length);
            records = rest;
            let pair = &record[space + 1..length - 1];
            if let Some(attribute) = pair.strip_prefix(b"GNU.sparse.") {
                self.sparse.read(attribute);
            } else if let Some(path) = pair.strip_prefix(b"path=") {
                self.name = Some(path.to_vec());
            } else if let Some(size) = pair.strip_prefix(b"size=") {
                self.size = std::str::from_utf8(size)
                    .ok()
                    .and_then(|text| text.parse().ok())
                    .filter(|size| *size <= i64::MAX as u64);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &[u8], kind: u8, size: &str) -> Vec<u8> {
        let mut header = [0; BLOCK];
        header[..name.len()].copy_from_slice(name);
        header[124..124 + size.len()].copy_from_slice(size.as_bytes());
        header[156] = kind;
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum = format!("{:06o}\0 ", checksum(&header));
        header[148..156].copy_from_slice(sum.as_bytes());
        header.to_vec()
    }

    fn member(name: &[u8], kind: u8, bytes: &[u8]) -> Vec<u8> {
        let mut out = header(name, kind, &format!("{:011o}", bytes.len()));
        out.extend_from_slice(bytes);
        out.resize(out.len().next_multiple_of(BLOCK), 0);
        out
    }

    fn list(archive: &[u8]) -> (Vec<(String, Vec<u8>)>, bool) {
        let mut found = Vec::new();
        let budget = Budget::new(crate::source::Limits::default());
        let done = read(&mut { archive }, &budget, &mut |name, bytes| {
            let mut content = Vec::new();
            match bytes {
                Ok(bytes) => drop(bytes.read_to_end(&mut content)),
                Err(reason) => content.extend_from_slice(reason.as_bytes()),
            }
            found.push((name.to_owned(), content));
            ControlFlow::Continue(())
        });
        (found, done.is_ok())
    }

    #[test]
    fn members_come_in_order_and_links_do_not() {
        let archive = [
            member(b"../a", b'0', b"one"),
            member(b"link", b'2', b""),
            member(b"/b", 0, &[7; 600]),
            vec![0; 1024],
        ]
        .concat();
        let (found, intact) = list(&archive);
        assert_eq!(found, [("../a".to_owned(), b"one".to_vec()), ("/b".to_owned(), vec![7; 600])]);
        assert!(intact);
    }

    #[test]
    fn long_names_of_both_kinds() {
        let long = "x/".repeat(90) + "log%252Eevtx";
        let pax = format!("{} path={long}\n", long.len() + 10);
        assert_eq!(pax.len(), long.len() + 10);
        let archive = [
            member(b"././@LongLink", b'L', format!("{long}\0").as_bytes()),
            member(b"short", b'0', b"1"),
            member(b"pax", b'x', pax.as_bytes()),
            member(b"short", b'0', b"2"),
        ]
        .concat();
        assert_eq!(list(&archive).0, [(long.clone(), b"1".to_vec()), (long, b"2".to_vec())]);
    }

    #[test]
    fn archives_one_behind_the_other() {
        let [one, two] = [member(b"a", b'0', b"1"), member(b"b", b'0', b"2")];
        let archive = [&one[..], &[0; 10240], &two, &[0; 1024], b"trash"].concat();
        assert_eq!(
            list(&archive),
            (vec![("a".to_owned(), b"1".to_vec()), ("b".to_owned(), b"2".to_vec())], true)
        );
    }

    #[test]
    fn a_header_is_known_by_its_checksum() {
        let mut old = header(b"a", b'0', "1");
        old[257..265].fill(0);
        assert!(!recognise(&old));
        let sum = format!("{:06o}\0 ", checksum(old[..].try_into().unwrap()));
        old[148..156].copy_from_slice(sum.as_bytes());
        assert!(recognise(&old));
        assert!(!recognise(&old[..511]));
        assert!(!recognise(&[0; BLOCK]));
    }

    #[test]
    fn a_member_that_is_not_read_is_passed_over() {
        let archive = [member(b"a", b'0', &[1; 700]), member(b"b", b'0', b"2")].concat();
        let mut names = Vec::new();
        let budget = Budget::new(crate::source::Limits::default());
        let _ = read(&mut &archive[..], &budget, &mut |name, _| {
            names.push(name.to_owned());
            ControlFlow::Continue(())
        });
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn damage_ends_the_archive_and_is_told() {
        let mut archive = [member(b"a", b'0', b"1"), member(b"b", b'0', b"2")].concat();
        archive[1024 + 3] ^= 1;
        assert_eq!(list(&archive), (vec![("a".to_owned(), b"1".to_vec())], false));
        assert!(!list(&archive[..1024 + 100]).1);
    }

    #[test]
    fn a_name_without_bound_is_refused() {
        let archive = header(b"././@LongLink", b'L', "77777777777");
        assert_eq!(list(&archive), (vec![], false));
    }

    fn old_sparse(real: &str, map: &[(&str, &str)], size: usize) -> Vec<u8> {
        let mut header = header(b"log", b'S', &format!("{size:011o}"));
        header[148..156].fill(b' ');
        for (index, (offset, len)) in map.iter().enumerate() {
            let at = 386 + 24 * index;
            header[at..at + offset.len()].copy_from_slice(offset.as_bytes());
            header[at + 12..at + 12 + len.len()].copy_from_slice(len.as_bytes());
        }
        header[483..483 + real.len()].copy_from_slice(real.as_bytes());
        let sum = format!("{:06o}\0 ", checksum(header[..].try_into().unwrap()));
        header[148..156].copy_from_slice(sum.as_bytes());
        header
    }

    fn expected_sparse() -> Vec<u8> {
        [vec![b'a'; 512], vec![0; 512], vec![b'b'; 3], vec![0; 61]].concat()
    }

    #[test]
    fn holes_of_a_gnu_sparse_member_are_zeros() {
        let mut archive = old_sparse("2100", &[("0", "1000"), ("2000", "3")], 515);
        archive.extend([vec![b'a'; 512], vec![b'b'; 3], vec![0; 509], member(b"next", b'0', b"2")].concat());
        let (found, intact) = list(&archive);
        assert_eq!(found, [("log".to_owned(), expected_sparse()), ("next".to_owned(), b"2".to_vec())]);
        assert!(intact);
    }

    #[test]
    fn holes_of_a_pax_sparse_member_are_zeros() {
        let attributes = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n\
                           23 GNU.sparse.name=log\n28 GNU.sparse.realsize=1088\n";
        let mut content = b"2\n0\n512\n1024\n3\n".to_vec();
        content.resize(512, 0);
        content.extend([vec![b'a'; 512], vec![b'b'; 3]].concat());
        let archive = [member(b"x", b'x', attributes), member(b"GNUSparseFile.0/log", b'0', &content)];
        assert_eq!(list(&archive.concat()), (vec![("log".to_owned(), expected_sparse())], true));
    }

    #[test]
    fn a_sparse_member_that_cannot_be_read_is_told_of_and_the_next_one_read() {
        let attributes = b"26 GNU.sparse.numblocks=1\n24 GNU.sparse.map=0,512\n";
        let archive =
            [member(b"x", b'x', attributes), member(b"older", b'0', &[1; 512]), member(b"next", b'0', b"2")];
        let (found, intact) = list(&archive.concat());
        assert_eq!(found[0], ("older".to_owned(), sparse::OLDER.as_bytes().to_vec()));
        assert_eq!(found[1], ("next".to_owned(), b"2".to_vec()));
        assert!(intact);
    }

    #[test]
    fn holes_without_bound_spend_the_budget() {
        let archive = old_sparse("77777777777", &[], 0);
        let limits = crate::source::Limits { free: 1 << 16, ..Default::default() };
        let mut failed = false;
        let _ = read(&mut &archive[..], &Budget::new(limits), &mut |_, bytes| {
            failed = io::copy(bytes.unwrap(), &mut io::sink()).is_err();
            ControlFlow::Continue(())
        });
        assert!(failed);
    }

    #[test]
    fn segments_that_overlap_end_the_archive() {
        let archive = old_sparse("2100", &[("1000", "1000"), ("0", "3")], 0);
        assert_eq!(list(&archive), (vec![], false));
    }
}
