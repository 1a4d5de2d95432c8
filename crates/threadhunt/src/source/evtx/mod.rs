//! EVTX: the binary event log of Windows since Vista.
//!
//! A log is a header of 4 KiB and chunks of 64 KiB. Nothing in it is believed that can be
//! found out: the header's counts are wrong in every log that was copied from a running
//! machine, so chunks are found by stride and records by their marks ([`chunk`]). A record is
//! BinXML ([`binxml`]): templates become plans ([`plan`]), a record is then a walk over its
//! values ([`record`]); what has no plan is read token by token ([`plain`]).
//!
//! Sources: libevtx' format documentation, [MS-EVEN6] 2.2.12, and the bytes of real logs.
//! Nothing here knows detection; only the provider's name and the event id are looked at.

use std::io::{self, Read};
use std::ops::ControlFlow;

use super::{Block, BlockHead, Emit, Family, Format, Shape, Workshop};
use crate::event::{Batch, Damage, DamageCode};

mod binxml;
mod bytes;
mod chunk;
mod plain;
mod plan;
mod record;
mod value;

use binxml::Budget;
use bytes::{u16_at, u32_at};
use chunk::{CHUNK, CHUNK_MAGIC};
pub(crate) use plan::Plans;
use record::Way;

/// The format's row in the table of formats.
pub(crate) const FORMAT: Format = Format {
    name: "evtx",
    shapes: &[&SHAPE],
    recognise,
    split,
    ranges: Some(|head, len| Box::new(blocks(head, len))),
    decode,
};

static SHAPE: Shape = Shape {
    name: "evtx",
    family: Family::Evtx,
    about: "Windows event log files, in use, exported or damaged",
    partial: false,
};

const FILE_MAGIC: &[u8; 8] = b"ElfFile\0";
/// Size of the file header's block.
pub(crate) const FILE_HEAD: usize = 4096;
/// Chunks that are read together: large enough that a read costs little, small enough for many workers.
pub(crate) const CHUNKS_PER_BLOCK: usize = 16;

/// A file header, or a chunk behind the place of one, or a chunk alone, or the first record of a
/// chunk where both headers are gone.
fn recognise(head: &[u8]) -> bool {
    let holds = |at: usize, mark: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(mark));
    let size = u32_at(head, FIRST_RECORD + 4).unwrap_or(0);
    let record = holds(FIRST_RECORD, b"**\0\0") && (28..CHUNK as u32).contains(&size);
    holds(0, FILE_MAGIC) || holds(0, CHUNK_MAGIC) || holds(FILE_HEAD, CHUNK_MAGIC) || record
}

/// Place of the first record: a chunk begins with 512 bytes of its own.
const FIRST_RECORD: usize = FILE_HEAD + 512;

/// Whether a chunk stands at one of its first places behind the header, where what comes before
/// may be wiped; `at` reads eight bytes.
pub(crate) fn has_chunk(mut at: impl FnMut(usize) -> Option<[u8; 8]>) -> bool {
    (FILE_HEAD..PROBE_LEN).step_by(CHUNK).any(|place| at(place).as_ref() == Some(CHUNK_MAGIC))
}

/// How far [`has_chunk`] looks: 2 MiB.
pub(crate) const PROBE_LEN: usize = FILE_HEAD + 32 * CHUNK + 8;

/// Where the chunks of a log begin that starts with these bytes.
pub(crate) fn first_chunk(head: &[u8]) -> usize {
    if head.starts_with(CHUNK_MAGIC) { 0 } else { FILE_HEAD }
}

/// The blocks of a log of `len` bytes, without reading it: offset and length of each.
pub(crate) fn blocks(head: &[u8], len: u64) -> impl Iterator<Item = (u64, usize)> + use<> {
    let first = first_chunk(head) as u64;
    let header = (first > 0 && len > 0).then_some((0, first.min(len) as usize));
    let size = (CHUNKS_PER_BLOCK * CHUNK) as u64;
    let chunks = (0..len.saturating_sub(first).div_ceil(size)).map(move |index| {
        let offset = first + index * size;
        (offset, size.min(len - offset) as usize)
    });
    header.into_iter().chain(chunks)
}

fn split(reader: &mut dyn Read, emit: &mut Emit<'_>) -> io::Result<()> {
    let mut head = read_up_to(reader, FILE_HEAD)?;
    let mut offset = 0;
    if first_chunk(&head) > 0 {
        offset = head.len() as u64;
        let block = Block { bytes: std::mem::take(&mut head), ..Block::default() };
        if emit(block).is_break() {
            return Ok(());
        }
    }
    loop {
        let mut bytes = std::mem::take(&mut head);
        let rest = CHUNKS_PER_BLOCK * CHUNK - bytes.len();
        bytes.append(&mut read_up_to(reader, rest)?);
        let len = bytes.len() as u64;
        if len == 0 || matches!(emit(Block { offset, bytes, ..Block::default() }), ControlFlow::Break(())) {
            return Ok(());
        }
        offset += len;
    }
}

fn read_up_to(reader: &mut dyn Read, len: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(len as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Decodes a block: the file header, or a run of chunks.
fn decode(head: BlockHead, batch: &mut Batch, workshop: &mut Workshop<'_>) {
    decode_by(Way::Planned, head, batch, workshop);
}

fn decode_by(way: Way, head: BlockHead, batch: &mut Batch, workshop: &mut Workshop<'_>) {
    let input = batch.shared_input();
    if head.offset == 0 && !input.starts_with(CHUNK_MAGIC) {
        file_header(&input, head.total, batch);
    } else {
        let mut decoder = record::Decoder {
            projection: &workshop.options.projection,
            plans: &mut workshop.evtx,
            layouts: &mut workshop.layouts,
            met: Vec::new(),
            data: Vec::new(),
            budget: Budget::default(),
            way,
        };
        for base in (0..input.len()).step_by(CHUNK) {
            decoder.met.clear();
            decoder.budget = Budget::default();
            let len = CHUNK.min(input.len() - base);
            let offset = head.offset + base as u64;
            chunk::Reader::new(&mut decoder, batch, offset, workshop.options.recovered)
                .read(&input, base, len);
        }
    }
}

/// Flags of the file header.
const DIRTY: u32 = 1;
const NO_CHECKSUM: u32 = 4;

/// Looks at the file header: nothing in it is needed, but what it says can tell of a loss.
fn file_header(head: &[u8], total: Option<u64>, batch: &mut Batch) {
    let mut note = |code, reason: String| batch.damages.push(Damage::at(code, 0, reason));
    if !head.starts_with(FILE_MAGIC) {
        return note(DamageCode::FileHeader, "the file header is missing or damaged".to_owned());
    }
    let (Some(flags), Some(sum), Some(chunks)) = (u32_at(head, 120), u32_at(head, 124), u16_at(head, 42))
    else {
        return note(DamageCode::Truncated, "the log ends within its file header".to_owned());
    };
    let dirty = flags & DIRTY != 0;
    if dirty {
        note(DamageCode::Dirty, "the log was not closed: its header may be out of date".to_owned());
    }
    if flags & NO_CHECKSUM == 0 && crc32fast::hash(&head[..120]) != sum {
        note(DamageCode::Checksum, "checksum of the file header does not fit".to_owned());
    }
    let Some(total) = total else { return };
    let room = total.saturating_sub(FILE_HEAD as u64).div_ceil(CHUNK as u64);
    if u64::from(chunks) > room {
        note(
            DamageCode::Truncated,
            format!("the file header names {chunks} chunks, the file has room for {room}"),
        );
    } else if u64::from(chunks) < room && dirty {
        note(
            DamageCode::FileHeader,
            format!("the file header names {chunks} chunks, the file has room for {room}"),
        );
    }
}

#[cfg(test)]
mod tests;
