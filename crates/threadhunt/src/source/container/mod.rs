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

/// Marks of containers: offset, bytes, kind.
const MARKS: &[(usize, &[u8], Kind)] = &[
    (0, b"\x1f\x8b\x08", Kind::Gzip),
    (0, b"\x28\xb5\x2f\xfd", Kind::Zstd),
    (0, b"PK\x03\x04", Kind::Zip),
    // An archive without members.
    (0, b"PK\x05\x06", Kind::Zip),
    (257, b"ustar", Kind::Tar),
    (0, b"\xfd7zXZ\0", Kind::Closed("an xz stream")),
    (0, b"7z\xbc\xaf\x27\x1c", Kind::Closed("a 7z archive")),
    (0, b"Rar!\x1a\x07", Kind::Closed("a RAR archive")),
    (0, b"\x04\x22\x4d\x18", Kind::Closed("an LZ4 stream")),
    // "BZh", the block size, and the digits of pi that begin a block.
    (4, b"1AY&SY", Kind::Closed("a bzip2 stream")),
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
        (kind, Some(_)) => kind,
        (kind, None) => Format::of(head).map_or(kind, Kind::Log),
    }
}

/// Recognises a container by its first bytes; what is none may be a log.
pub(super) fn recognise_container(head: &[u8]) -> Kind {
    let mark = MARKS.iter().find(|(at, mark, _)| head.get(*at..).is_some_and(|rest| rest.starts_with(mark)));
    match mark {
        Some((_, _, kind)) => *kind,
        None if is_skippable_frame(head) => Kind::Zstd,
        None if tar::recognise(head) => Kind::Tar,
        None => Kind::Unknown,
    }
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
}
