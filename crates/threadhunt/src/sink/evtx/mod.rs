//! The EVTX writer: records of any provider as a Windows event log.
//!
//! The file is laid out as `wevtutil epl` lays out an export: chunks of 64 KiB whose records
//! count from 1, templates and names shared within a chunk, checksums everywhere. A record
//! keeps its own `EventRecordID` in its `System` section.
//!
//! What the records share goes into a template (`outline`), what differs into values
//! (`document`); `binxml` spells both, `chunk` owns the bytes. The file header comes
//! first and counts the chunks, so the output must be able to seek.
//!
//! Absent on purpose: notes and places of a record, which the format has no room for.

mod binxml;
mod chunk;
mod document;
mod outline;
mod value;

#[cfg(test)]
mod tests;

use std::io::{self, Seek, SeekFrom, Write};

use self::chunk::{CHUNK_SIZE, Chunk};
use self::document::Document;
use crate::event::{Damage, DamageCode, Record};

/// Size of the file header, most of which is unused.
const FILE_HEADER_SIZE: usize = 4096;
/// The header counts chunks in 16 bits.
const MAX_CHUNKS: u64 = u16::MAX as u64;

/// Why a record, or anything at all, could not be written.
#[derive(Debug, thiserror::Error)]
pub enum EvtxWriteError {
    /// The output failed; the log is not complete.
    #[error("cannot write the log")]
    Io(#[from] io::Error),
    /// The record cannot stand in an event log; others can follow.
    #[error("{}", .0.reason)]
    Refused(Damage),
    /// The log has as many chunks as its header can count, about 4 GiB; it can be finished.
    #[error("an event log cannot grow beyond {MAX_CHUNKS} chunks of 64 KiB")]
    Full,
}

/// Writes records into an event log; see the module's head.
///
/// The log is complete after [`finish`](Self::finish). Without it the header is empty, which
/// readers that trust headers refuse.
///
/// ```
/// use std::io::Cursor;
/// use threadhunt::sink::evtx::EvtxWriter;
///
/// let log = EvtxWriter::new(Cursor::new(Vec::new()))?.finish()?.into_inner();
/// assert_eq!(log.len(), 4096 + 65536);
/// # Ok::<(), threadhunt::sink::evtx::EvtxWriteError>(())
/// ```
#[derive(Debug)]
pub struct EvtxWriter<W: Write + Seek> {
    out: W,
    /// Where the log begins in the output.
    start: u64,
    chunks: u64,
    /// How many it may have: what the header can count, fewer in tests.
    most_chunks: u64,
    chunk: Chunk,
    document: Document,
}

impl<W: Write + Seek> EvtxWriter<W> {
    /// Begins a log at the output's position.
    pub fn new(mut out: W) -> Result<Self, EvtxWriteError> {
        let start = out.stream_position()?;
        out.write_all(&[0; FILE_HEADER_SIZE])?;
        Ok(Self {
            out,
            start,
            chunks: 0,
            most_chunks: MAX_CHUNKS,
            chunk: Chunk::new(1),
            document: Document::new(),
        })
    }

    /// Adds a record, of whatever provider.
    ///
    /// A record that is too large for a chunk, or whose elements are not nested properly, is
    /// refused with a damage that names it; nothing of it is written, and the next may follow.
    pub fn write(&mut self, record: Record<'_>) -> Result<(), EvtxWriteError> {
        let event = record.view();
        let refused = |reason: String| {
            let damage = Damage::at(DamageCode::Limit, event.place().offset, reason);
            EvtxWriteError::Refused(match event.record_id() {
                Some(id) => damage.of_record(id),
                None => damage,
            })
        };
        if self.document.fill(&event).is_err() {
            return Err(refused("the record's elements are not nested properly".into()));
        }
        let written = event.time_created().unwrap_or_default().0;
        if self.chunk.push(&self.document, written).is_ok() {
            return Ok(());
        }
        if !self.chunk.is_empty() {
            // The last chunk stays open for `finish`.
            if self.chunks + 1 >= self.most_chunks {
                return Err(EvtxWriteError::Full);
            }
            self.end_chunk()?;
        }
        self.chunk.push(&self.document, written).map_err(|full| {
            refused(format!("the record takes {} bytes, more than a chunk of an event log holds", full.bytes))
        })
    }

    /// Writes what is left and the file header, and returns the output.
    pub fn finish(mut self) -> Result<W, EvtxWriteError> {
        let next_record = self.chunk.next_record();
        if self.chunks == 0 || !self.chunk.is_empty() {
            self.end_chunk()?;
        }
        self.out.seek(SeekFrom::Start(self.start))?;
        self.out.write_all(&file_header(self.chunks, next_record))?;
        self.out.seek(SeekFrom::End(0))?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn end_chunk(&mut self) -> Result<(), EvtxWriteError> {
        let next_record = self.chunk.next_record();
        let bytes = self.chunk.seal();
        debug_assert_eq!(bytes.len(), CHUNK_SIZE);
        self.out.write_all(bytes)?;
        self.chunks += 1;
        self.chunk.reset(next_record);
        Ok(())
    }
}

/// The header of a closed log of format 3.1.
fn file_header(chunks: u64, next_record: u64) -> [u8; FILE_HEADER_SIZE] {
    let mut header = [0; FILE_HEADER_SIZE];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"ElfFile\0");
    put(0x10, &chunks.saturating_sub(1).to_le_bytes());
    put(0x18, &next_record.to_le_bytes());
    put(0x20, &0x80u32.to_le_bytes());
    put(0x24, &1u16.to_le_bytes());
    put(0x26, &3u16.to_le_bytes());
    put(0x28, &(FILE_HEADER_SIZE as u16).to_le_bytes());
    put(0x2a, &(chunks as u16).to_le_bytes());
    let crc = crc32fast::hash(&header[..0x78]);
    header[0x7c..0x80].copy_from_slice(&crc.to_le_bytes());
    header
}
