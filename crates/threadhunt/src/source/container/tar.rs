//! Tar archives, read as a stream.
//!
//! Only what evidence needs: regular files with their names as stored (ustar with prefix,
//! GNU long names, pax paths), in archive order. Links, devices and directories hold no
//! bytes and are passed over. Formats: POSIX.1-2017 `pax`, and the GNU tar manual's section
//! "Basic Tar Format". Lengths of names are bounded, which general readers leave out.

use std::io::{self, Read};
use std::ops::ControlFlow;

const BLOCK: usize = 512;

/// Longest name, and longest set of pax attributes.
const MAX_NAME: u64 = 64 * 1024;

/// A member: its name as stored, and its bytes.
pub(in crate::source) type OnMember<'a> = dyn FnMut(&str, &mut dyn Read) -> ControlFlow<()> + 'a;

/// What the last extension headers say of the member that follows.
#[derive(Default)]
struct Extension {
    name: Option<Vec<u8>>,
    size: Option<u64>,
}

/// Reads all members in order; an error ends the archive.
pub(in crate::source) fn read(
    input: &mut dyn Read,
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
            b'0' | 0 | b'7' => {
                let Extension { name, size: longer } = std::mem::take(&mut extension);
                let name = name.unwrap_or_else(|| header_name(&header));
                let size = longer.unwrap_or(size);
                let mut member = (&mut *input).take(size);
                if on_member(&String::from_utf8_lossy(&name), &mut member).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                let left = member.limit();
                skip(input, left + padded(size) - size)?;
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

fn invalid(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// The next header; `None` at the end, which is a block of zeros or the end of the stream.
fn read_header(input: &mut dyn Read) -> io::Result<Option<[u8; BLOCK]>> {
    let mut header = [0; BLOCK];
    let mut count = 0;
    while count < BLOCK {
        match input.read(&mut header[count..]) {
            Ok(0) if count == 0 => return Ok(None),
            Ok(0) => {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends within a header"));
            }
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if header.iter().all(|byte| *byte == 0) {
        return Ok(None);
    }
    if number(&header[148..156]) != Some(checksum(&header)) {
        return Err(invalid("a member's header is damaged"));
    }
    Ok(Some(header))
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
            if let Some(path) = pair.strip_prefix(b"path=") {
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
        let done = read(&mut { archive }, &mut |name, bytes| {
            let mut content = Vec::new();
            bytes.read_to_end(&mut content).unwrap();
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
    fn a_member_that_is_not_read_is_passed_over() {
        let archive = [member(b"a", b'0', &[1; 700]), member(b"b", b'0', b"2")].concat();
        let mut names = Vec::new();
        let _ = read(&mut &archive[..], &mut |name, _| {
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
}
