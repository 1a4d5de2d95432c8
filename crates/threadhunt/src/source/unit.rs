//! A unit of work: what the walker hands to a worker, in the order of the output.
//!
//! A unit is a block that was cut from a stream, a range of a plain file that the worker
//! reads itself (so that reading is parallel too), or only a damage that has its place in
//! the order. Decoding never fails: what goes wrong becomes a damage of the batch.

use std::fs::File;
use std::io;
use std::sync::Arc;

use super::{Block, BlockHead, Format, Shape, Workshop, json};
use crate::event::{Batch, Damage, DamageCode, Origin};

/// One unit of work.
#[derive(Debug)]
pub(crate) struct Unit {
    /// The file or member.
    pub(crate) origin: Arc<Origin>,
    /// Whether it is the first unit of its log.
    pub(crate) opens_log: bool,
    /// What is to be decoded.
    pub(crate) content: Content,
}

/// What a unit holds.
#[derive(Debug)]
pub(crate) enum Content {
    /// Bytes cut from a stream.
    Block(&'static Format, Block),
    /// A part of a plain file, still to be read.
    Range(&'static Format, FileRange),
    /// Lines of JSON that a table of this shape was turned into.
    Table(&'static Shape, Block),
    /// No bytes: what went wrong, or only that there is a log without any.
    Nothing(Option<Damage>),
}

/// A part of a plain file.
#[derive(Debug)]
pub(crate) struct FileRange {
    /// The file; it stays open until its last range was read.
    pub(crate) file: Arc<File>,
    /// Offset of the first byte.
    pub(crate) offset: u64,
    /// Number of bytes.
    pub(crate) len: usize,
    /// How long the file was when it was opened.
    pub(crate) total: u64,
}

impl Unit {
    /// A unit that only tells of damage.
    pub(crate) fn damage(origin: Arc<Origin>, damage: Damage) -> Self {
        Self { origin, opens_log: false, content: Content::Nothing(Some(damage)) }
    }

    /// Fills the batch with what the unit holds; its buffers are used again.
    pub(crate) fn decode(self, batch: &mut Batch, workshop: &mut Workshop<'_>) {
        let mut buffer = batch.unload();
        batch.reset(self.origin);
        match self.content {
            Content::Nothing(damage) => {
                batch.damages.extend(damage);
                buffer.clear();
                batch.load(buffer);
            }
            Content::Block(format, block) => {
                let head = block.head(None);
                batch.load(block.bytes);
                format.read(head, batch, workshop);
            }
            Content::Table(shape, block) => {
                let head = block.head(None);
                batch.load(block.bytes);
                json::FORMAT.read(head, batch, workshop);
                batch.counts.shapes.clear();
                batch.counts.add_shape(shape.name, batch.counts.total());
            }
            Content::Range(format, range) => {
                let damage = range.read(&mut buffer).err();
                batch.load(buffer);
                let total = Some(range.total);
                format.read(
                    BlockHead { offset: range.offset, total, ..BlockHead::default() },
                    batch,
                    workshop,
                );
                batch.damages.extend(damage);
                batch.damages.extend(range.growth());
            }
        }
    }
}

impl FileRange {
    /// Reads the range; afterwards the buffer holds what there was of it.
    fn read(&self, buffer: &mut Vec<u8>) -> Result<(), Damage> {
        // Not cleared before: only what is new must be filled with zeros.
        buffer.resize(self.len, 0);
        let read = read_at_most(&self.file, buffer, self.offset);
        buffer.truncate(*read.as_ref().unwrap_or(&0));
        match read {
            Ok(count) if count < self.len => {
                let reason =
                    format!("the file became shorter while it was read: {count} of {} bytes", self.len);
                Err(Damage::at(DamageCode::Changed, self.offset, reason))
            }
            Ok(_) => Ok(()),
            Err(error) => Err(Damage::at(DamageCode::Unreadable, self.offset, error.to_string())),
        }
    }

    /// Looks again after the last range: what the file gained was not read, and may be records.
    fn growth(&self) -> Option<Damage> {
        let before = self.total;
        if self.offset + (self.len as u64) < before {
            return None;
        }
        let now = self.file.metadata().ok()?.len();
        let reason = || {
            format!("the file grew from {before} to {now} bytes while it was read; the new end was not read")
        };
        (now > before).then(|| Damage::at(DamageCode::Changed, before, reason()))
    }
}

/// Reads at an offset until the buffer is full or the file ends, and returns how much it was.
pub(crate) fn read_at_most(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut count = 0;
    while count < buffer.len() {
        match read_at(file, &mut buffer[count..], offset + count as u64) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// The last range of a file that had `total` bytes when it was opened and has ten now.
    fn last_range(total: u64) -> (FileRange, Vec<u8>) {
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(b"0123456789").expect("room for ten bytes");
        let range = FileRange { file: Arc::new(file), offset: 4, len: (total - 4) as usize, total };
        // A buffer that was used before, longer than what is read.
        (range, b"left over from before".to_vec())
    }

    #[test]
    fn a_file_as_it_was_gives_its_bytes() {
        let (range, mut buffer) = last_range(10);
        assert_eq!(range.read(&mut buffer), Ok(()));
        assert_eq!((buffer.as_slice(), range.growth()), (b"456789".as_slice(), None));
    }

    #[test]
    fn a_file_that_became_shorter_gives_what_is_left_and_is_named() {
        let (range, mut buffer) = last_range(12);
        let damage = range.read(&mut buffer).unwrap_err();
        assert_eq!((damage.code, damage.offset), (DamageCode::Changed, Some(4)));
        assert_eq!(damage.reason, "the file became shorter while it was read: 6 of 8 bytes");
        assert_eq!(buffer, b"456789");
    }

    #[test]
    fn a_file_that_grew_is_named_after_its_last_range_only() {
        let (range, _) = last_range(8);
        let damage = range.growth().unwrap();
        assert_eq!((damage.code, damage.offset), (DamageCode::Changed, Some(8)));
        let first = FileRange { len: 2, ..range };
        assert_eq!(first.growth(), None);
    }
}
