//! Containers: compressed streams and archives, read through to the logs within.
//!
//! What an input is follows from its first bytes, never from its name. A container's
//! members are read where they lie: nothing is unpacked to a path, so a member's name
//! (absolute, with `..`, percent-encoded twice by a collector) is only ever shown. Growth
//! is bounded by [`Limits`], since a few bytes may unpack to terabytes.

mod budget;
pub(super) mod gzip;
pub(super) mod tar;
pub(super) mod zip;

pub use budget::Limits;
pub(super) use budget::{Budget, Exceeded, Metered};

use super::{Format, Shape};

/// What an input is, by its first bytes.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A log that we read.
    Log(&'static Format),
    Gzip,
    Zstd,
    Tar,
    Zip,
    /// A log of this kind, where a shape of another kind is asked for.
    OtherLog(&'static Format, &'static Shape),
    /// A container that we do not read, so that logs may be in it.
    Closed(&'static str),
    /// Nothing that we know.
    Unknown,
}

/// Marks of containers: offset, bytes, kind. No text begins with one of them.
const MARKS: &[(usize, &[u8], Kind)] = &[
    (0, b"\x1f\x8b\x08", Kind::Gzip),
    (0, b"\x28\xb5\x2f\xfd", Kind::Zstd),
    (0, b"PK\x03\x04", Kind::Zip),
    // An archive without members.
    (0, b"PK\x05\x06", Kind::Zip),
    (0, b"\xfd7zXZ\0", Kind::Closed("an xz stream")),
    (0, b"7z\xbc\xaf\x27\x1c", Kind::Closed("a 7z archive")),
    (0, b"Rar!\x1a\x07", Kind::Closed("a RAR archive")),
    (0, b"\x04\x22\x4d\x18", Kind::Closed("an LZ4 stream")),
    (0, b"MSCF\0\0\0\0", Kind::Closed("a cabinet file")),
    (0, b"MSWIM\0\0\0", Kind::Closed("a disk image (WIM)")),
];

/// Recognises an input by its first bytes; what is no container is of the shape that was forced.
pub(super) fn recognise(head: &[u8], forced: Option<&'static Shape>) -> Kind {
    match (recognise_container(head), forced) {
        (Kind::Unknown, Some(shape)) => match Format::forced(head, shape) {
            Ok(format) => format.map_or(Kind::Unknown, Kind::Log),
            Err(found) => Kind::OtherLog(found, shape),
        },
        (Kind::Unknown, None) => Format::of(head).map_or(Kind::Unknown, Kind::Log),
        // A container that stores its members as they are looks like the first of them, too.
        (kind, _) => kind,
    }
}

/// Recognises a container by its first bytes; what is none may be a log.
pub(super) fn recognise_container(head: &[u8]) -> Kind {
    let mark = MARKS.iter().find(|(at, mark, _)| head.get(*at..).is_some_and(|rest| rest.starts_with(mark)));
    match mark {
        Some((_, _, kind)) => *kind,
        None if is_skippable_frame(head) => Kind::Zstd,
        None if is_bzip2(head) => Kind::Closed("a bzip2 stream"),
        None if tar::recognise(head) => Kind::Tar,
        None => Kind::Unknown,
    }
}

/// "BZh", the block size, and the digits of pi that begin a block.
fn is_bzip2(head: &[u8]) -> bool {
    head.starts_with(b"BZh") && head.get(4..).is_some_and(|rest| rest.starts_with(b"1AY&SY"))
}

/// A frame that zstd skips, with which `pzstd` begins: RFC 8878, 3.1.2.
fn is_skippable_frame(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_pzstd_begin_with_a_frame_that_is_skipped() {
        assert!(matches!(recognise(b"\x50\x2a\x4d\x18\x04\0\0\0", None), Kind::Zstd));
        assert!(matches!(recognise(b"\x60\x2a\x4d\x18\x04\0\0\0", None), Kind::Unknown));
    }

    /// Members that are stored look like logs; the archive around them is what the input is.
    #[test]
    fn an_archive_is_one_whatever_its_first_member_looks_like() {
        use std::io::Write;
        let event = "<Event><System><EventID>8</EventID></System></Event>\n";
        let json = "{\"event_id\":8,\"provider\":\"Microsoft-Windows-Sysmon\",\"fields\":{}}\n";
        let text = "Process terminated:\nRuleName: -\nUtcTime: 2024-03-14 09:26:53.589\n";
        for log in [event, json, text] {
            let mut archive = ::tar::Builder::new(Vec::new());
            let mut header = ::tar::Header::new_ustar();
            header.set_size(log.len() as u64);
            header.set_cksum();
            archive.append_data(&mut header, "a", log.as_bytes()).expect("memory");
            let mut tar = archive.into_inner().expect("memory");
            assert!(matches!(recognise(&tar, None), Kind::Tar), "{log}");
            tar[0] ^= 1;
            assert!(matches!(recognise(&tar, None), Kind::Tar), "a damaged header: {log}");
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
            gzip.write_all(log.as_bytes()).expect("memory");
            assert!(matches!(recognise(&gzip.finish().expect("memory"), None), Kind::Gzip), "{log}");
            let zip = [b"PK\x03\x04\x14\0\0\0\0\0", log.as_bytes()].concat();
            assert!(matches!(recognise(&zip, None), Kind::Zip), "{log}");
        }
    }

    #[test]
    fn a_text_with_the_marks_of_containers_in_it_is_a_text() {
        let event = "<Event><System><EventID>8</EventID></System></Event>";
        let ustar = format!("{event}{}ustar  {}", " ".repeat(257 - event.len()), " ".repeat(300));
        for text in [ustar, format!("xxxx1AY&SY{event}"), format!("{event}PK\x03\x04")] {
            assert!(matches!(recognise(text.as_bytes(), None), Kind::Log(format) if format.name == "xml"));
        }
    }
}
