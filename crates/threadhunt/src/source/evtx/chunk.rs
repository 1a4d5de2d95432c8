//! One chunk: 64 KiB holding a header, two tables and records.
//!
//! Records share templates, and templates are stored once per chunk, so a chunk is the
//! smallest unit that can be read alone. Reading never stops at damage: the header is
//! believed only where its checksum fits, records are found by their magic and their two
//! sizes, also in slack behind the end and in a chunk that lost its header. The tables are
//! not needed and not read.

use memchr::memmem;

use super::binxml::Broken;
use super::bytes::{u32_at, u64_at};
use super::plain::Chunk;
use super::record::{Decoder, Frame, HEAD, TAIL};
use crate::event::{Batch, Damage, DamageCode};

/// Size of a chunk.
pub(super) const CHUNK: usize = 65536;
/// Size of a chunk's header with its tables: where records begin.
const CHUNK_HEAD: usize = 512;
pub(super) const CHUNK_MAGIC: &[u8; 8] = b"ElfChnk\0";
const RECORD_MAGIC: &[u8; 4] = b"\x2a\x2a\0\0";
/// Flag of a chunk whose checksums were not computed (libevtx, "Chunk flags").
const NO_CHECKSUM: u32 = 4;

/// What a chunk's header says.
#[derive(Clone, Copy, Debug)]
struct Header {
    magic: bool,
    /// Whether its own checksum fits.
    intact: bool,
    /// Whether it says that checksums were not computed.
    unchecked: bool,
    free: usize,
    /// Number of records that it names.
    records: u64,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        let head = bytes.get(..CHUNK_HEAD)?;
        let mut crc = crc32fast::Hasher::new();
        crc.update(&head[..120]);
        crc.update(&head[128..]);
        let (first, last) = (u64_at(head, 8)?, u64_at(head, 16)?);
        Some(Self {
            magic: head.starts_with(CHUNK_MAGIC),
            intact: crc.finalize() == u32_at(head, 124)?,
            unchecked: u32_at(head, 120)? & NO_CHECKSUM != 0,
            free: u32_at(head, 48)? as usize,
            records: last.wrapping_sub(first).wrapping_add(1),
        })
    }

    /// The end of living records, where the header can be believed.
    fn believed_free(&self, len: usize) -> Option<usize> {
        let plausible = (CHUNK_HEAD..=CHUNK).contains(&self.free);
        (self.magic && (self.intact || self.unchecked) && plausible).then_some(self.free.min(len))
    }
}

/// Reads the records of one chunk-sized place of a log.
pub(super) struct Reader<'r, 'w> {
    pub(super) decoder: &'r mut Decoder<'w>,
    pub(super) batch: &'r mut Batch,
    /// Byte offset of the place in the log.
    pub(super) offset: u64,
    /// Whether records of slack come out.
    pub(super) keep_recovered: bool,
    found: u64,
    lost: bool,
    /// Stale records that could not be decoded, and what was wrong with the first.
    stale: Option<(u64, Damage)>,
}

impl<'r, 'w> Reader<'r, 'w> {
    pub(super) fn new(
        decoder: &'r mut Decoder<'w>,
        batch: &'r mut Batch,
        offset: u64,
        keep_recovered: bool,
    ) -> Self {
        Self { decoder, batch, offset, keep_recovered, found: 0, lost: false, stale: None }
    }

    /// Reads the place at `base` in `input`; it is shorter than a chunk at the end of a cut file.
    pub(super) fn read(&mut self, input: &[u8], base: usize, len: usize) {
        let bytes = &input[base..base + len];
        let Some(header) = Header::read(bytes) else {
            return self.too_short(bytes);
        };
        if !header.magic && is_zero(bytes) {
            return;
        }
        let free = header.believed_free(len);
        let sums = self.check_sums(bytes, &header, free);
        let chunk = Chunk { input, base, bytes, trusted: free.is_some() && sums };
        self.walk(chunk, free);
        self.conclude(&header, len);
    }

    fn too_short(&mut self, bytes: &[u8]) {
        if !is_zero(bytes) {
            self.warn_or_lose(bytes, 0, "the log ends within a chunk's header");
        }
    }

    /// Checks the two checksums, and says whether all of them fit.
    fn check_sums(&mut self, bytes: &[u8], header: &Header, free: Option<usize>) -> bool {
        if header.unchecked || !header.magic {
            return header.magic;
        }
        if !header.intact {
            self.note(DamageCode::Checksum, 0, "checksum of the chunk's header does not fit");
            return false;
        }
        let Some(records) = free.and_then(|free| bytes.get(CHUNK_HEAD..free)) else { return false };
        let fits = u32_at(bytes, 52) == Some(crc32fast::hash(records));
        if !fits && bytes.len() == CHUNK {
            self.note(DamageCode::Checksum, 0, "checksum of the chunk's records does not fit");
        }
        fits
    }

    /// Walks from record to record; where the chain breaks, the next record is searched.
    fn walk(&mut self, chunk: Chunk<'_>, free: Option<usize>) {
        let bytes = chunk.bytes;
        let mut at = CHUNK_HEAD;
        let mut broken = false;
        while at + HEAD + TAIL <= bytes.len() {
            if let Some(size) = frame_size(bytes, at) {
                let recovered = free.map_or(broken, |free| at >= free);
                self.record(chunk, Frame { start: at, size, offset: self.offset + at as u64, recovered });
                at += size;
                continue;
            }
            let next = next_frame(bytes, at);
            let end = next.unwrap_or(bytes.len());
            self.gap(chunk, at, end, free);
            broken = true;
            at = end;
        }
        if at < bytes.len() && bytes.len() < CHUNK {
            self.gap(chunk, at, bytes.len(), free);
        }
    }

    fn record(&mut self, chunk: Chunk<'_>, frame: Frame) {
        let id = u64_at(chunk.bytes, frame.start + 8).unwrap_or(0);
        if !frame.recovered {
            self.found += 1;
        } else if !self.keep_recovered {
            self.batch.counts.left_out += 1;
            return;
        }
        if let Err(broken) = self.decoder.record(chunk, frame, self.batch) {
            let code = match (frame.recovered, broken) {
                // A chunk's stale records may come to more than all that live in it.
                (true, _) => DamageCode::Slack,
                (false, Broken::TooLarge) => DamageCode::Limit,
                (false, _) => DamageCode::Record,
            };
            self.damage(Damage::at(code, frame.offset, broken.to_string()).of_record(id));
        }
    }

    /// Reports damage; of stale records there are often hundreds, so they are summed up for the chunk.
    fn damage(&mut self, damage: Damage) {
        if damage.code != DamageCode::Slack {
            self.lost = true;
            return self.batch.damages.push(damage);
        }
        match &mut self.stale {
            Some((count, _)) => *count += 1,
            None => self.stale = Some((1, damage)),
        }
    }

    /// Bytes without a whole record: reports what they were, and reads a record whose head size alone is bad.
    fn gap(&mut self, chunk: Chunk<'_>, at: usize, end: usize, free: Option<usize>) {
        let bytes = &chunk.bytes[at..end];
        let living = free.is_none_or(|free| at < free);
        if !bytes.starts_with(RECORD_MAGIC) {
            // Behind the end, known or not, lie remains that are no records any more.
            let behind = free.map_or(end == chunk.bytes.len(), |free| at >= free);
            if !is_zero(bytes) && !behind {
                self.lost = true;
                self.note(
                    DamageCode::Gap,
                    at,
                    "bytes between records are no record: one lost its mark, or more",
                );
            }
            return;
        }
        let id = u64_at(bytes, 8).unwrap_or(0);
        let offset = self.offset + at as u64;
        let by_tail =
            bytes.len().checked_sub(TAIL).and_then(|tail| u32_at(bytes, tail)) == Some(bytes.len() as u32);
        if by_tail && bytes.len() > HEAD + TAIL && self.keep_recovered {
            let frame = Frame { start: at, size: bytes.len(), offset, recovered: true };
            self.found += u64::from(living);
            let reason = match self.decoder.record(chunk, frame, self.batch) {
                Ok(()) => {
                    return self.note(
                        DamageCode::ChunkHeader,
                        at,
                        "a record's size is wrong in its head and right in its tail",
                    );
                }
                Err(broken) => broken.to_string(),
            };
            return self.damage(Damage::at(DamageCode::Record, offset, reason).of_record(id));
        }
        let cut = end == chunk.bytes.len() && chunk.bytes.len() < CHUNK;
        let code = match (living, cut) {
            (false, _) => DamageCode::Slack,
            (true, true) => DamageCode::Truncated,
            (true, false) => DamageCode::Record,
        };
        let reason = if cut {
            "the log ends within this record"
        } else {
            "the record's size does not lead to another record"
        };
        self.damage(Damage::at(code, offset, reason).of_record(id));
    }

    /// Bytes that are no records: lost where the mark of a record is among them, else only remarked.
    fn warn_or_lose(&mut self, bytes: &[u8], at: usize, reason: &'static str) {
        let code = match memmem::find(bytes, RECORD_MAGIC) {
            Some(_) => DamageCode::Gap,
            None => DamageCode::ChunkHeader,
        };
        self.lost |= code == DamageCode::Gap;
        self.note(code, at, reason);
    }

    fn note(&mut self, code: DamageCode, at: usize, reason: &'static str) {
        self.batch.damages.push(Damage::at(code, self.offset + at as u64, reason));
    }

    /// Compares what was found with what the header names.
    fn conclude(&mut self, header: &Header, len: usize) {
        if let Some((count, mut first)) = self.stale.take() {
            first.reason = format!(
                "{count} stale records behind the end could not be decoded; the first: {}",
                first.reason
            )
            .into();
            self.batch.damages.push(first);
        }
        if !header.magic {
            let reason = format!("no chunk mark; {} records found by their own marks", self.found);
            return self.batch.damages.push(Damage::at(DamageCode::ChunkHeader, self.offset, reason));
        }
        let missing = header.records.saturating_sub(self.found);
        // Sane headers only, believed or not: a chunk has room for some hundreds of records.
        if !self.lost && missing > 0 && header.records < (CHUNK / (HEAD + TAIL)) as u64 {
            let code = if len < CHUNK { DamageCode::Truncated } else { DamageCode::Gap };
            let reason =
                format!("the chunk's header names {} records, {} were found", header.records, self.found);
            self.batch.damages.push(Damage::at(code, self.offset, reason));
        }
    }
}

/// The size of the record at a place: its magic fits and both its sizes agree.
fn frame_size(bytes: &[u8], at: usize) -> Option<usize> {
    let head = bytes.get(at..at + 8)?;
    if !head.starts_with(RECORD_MAGIC) {
        return None;
    }
    let size = u32_at(head, 4)? as usize;
    let end = at.checked_add(size).filter(|end| *end <= bytes.len() && size > HEAD + TAIL)?;
    (u32_at(bytes, end - TAIL)? as usize == size).then_some(size)
}

/// The next place behind `at` where a whole record begins, or the mark of a damaged one.
fn next_frame(bytes: &[u8], at: usize) -> Option<usize> {
    let from = at + 1;
    memmem::find_iter(bytes.get(from..)?, RECORD_MAGIC).map(|found| from + found).find(|place| {
        // A damaged record's mark lies on the 8-byte grid of all records; texts hold such bytes elsewhere.
        frame_size(bytes, *place).is_some()
            || (place % 8 == 0 && u64_at(bytes, place + 8).is_some_and(|id| id != 0 && id < 1 << 48))
    })
}

/// Whether there is nothing; most chunks of small logs are empty, so it goes by blocks.
fn is_zero(bytes: &[u8]) -> bool {
    let (blocks, rest) = bytes.as_chunks::<64>();
    blocks.iter().all(|block| block.iter().fold(0, |any, byte| any | byte) == 0)
        && rest.iter().all(|byte| *byte == 0)
}
