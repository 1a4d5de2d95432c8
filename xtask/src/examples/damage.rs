//! A sound log made into one as it comes from a seized machine.
//!
//! The file header says dirty and counts one chunk only, one chunk has lost its mark, and the
//! file ends in the middle of a record. Everything else is left as it was, so that it is known
//! which records can be read.

use anyhow::{Result, ensure};

use super::scenario::Damaged;

const FILE_HEADER: usize = 4096;
const CHUNK: usize = 65536;
const FIRST_RECORD: usize = 512;
const DIRTY: u8 = 1;

/// The log, damaged.
pub(super) fn damaged(log: &[u8], how: &Damaged) -> Result<Vec<u8>> {
    let chunks = (log.len() - FILE_HEADER) / CHUNK;
    ensure!(how.chunk_without_mark + 1 < chunks, "{} has {chunks} chunks only", how.from);
    let mut log = log.to_vec();
    // The flag and the count contradict the checksum too, as they do in a log that was open.
    log[0x78] |= DIRTY;
    log[0x2a..0x2c].copy_from_slice(&1u16.to_le_bytes());
    let without_mark = FILE_HEADER + how.chunk_without_mark * CHUNK;
    log[without_mark..without_mark + 8].fill(0);
    let last = FILE_HEADER + (chunks - 1) * CHUNK;
    let mut record = last + FIRST_RECORD;
    for _ in 0..how.ends_in_record {
        record += record_size(&log, record)?;
    }
    log.truncate(record + record_size(&log, record)? / 2);
    Ok(log)
}

fn record_size(log: &[u8], at: usize) -> Result<usize> {
    ensure!(log[at..].starts_with(b"\x2a\x2a\0\0"), "no record at {at:#x}: the last chunk has fewer");
    Ok(u32::from_le_bytes([log[at + 4], log[at + 5], log[at + 6], log[at + 7]]) as usize)
}
