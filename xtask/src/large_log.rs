//! `cargo xtask large-log OUT SIZE_MIB [FILE…]`: an event log of any size for measuring.
//!
//! The sound chunks of the given logs (those of `examples/` when none is given) are repeated in
//! order. Records are numbered anew from 1 and the checksums made again, so that the result is
//! as valid as its sources; the `EventRecordID` within each record stays, so ids repeat.

use std::fs::{self, File};
use std::io::{BufWriter, Cursor, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use threadhunt::sink::evtx::EvtxWriter;

use crate::examples;

const FILE_HEADER: usize = 4096;
const CHUNK: usize = 65536;
const CHUNK_HEADER: usize = 512;
/// The header counts chunks in 16 bits.
const MAX_CHUNKS: usize = u16::MAX as usize;
const CHUNKS_PER_MIB: usize = (1 << 20) / CHUNK;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let [out, size, files @ ..] = arguments else {
        bail!("usage: cargo xtask large-log OUT SIZE_MIB [FILE…]");
    };
    let mib: usize = size.parse().with_context(|| format!("{size:?} is no number of MiB"))?;
    let files = if files.is_empty() { example_logs()? } else { files.iter().map(PathBuf::from).collect() };
    let records = make(Path::new(out), mib, &files)?;
    println!("{out}: {mib} MiB, {records} records");
    Ok(())
}

pub(crate) fn example_logs() -> Result<Vec<PathBuf>> {
    let folder = fs::read_dir(examples::folder())?;
    let mut logs: Vec<PathBuf> = folder.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    logs.retain(|path| path.extension().is_some_and(|end| end == "evtx"));
    logs.sort();
    Ok(logs)
}

/// Writes a log of `mib` MiB (and its header) made of the chunks of `files`; returns how many
/// records it holds.
pub(crate) fn make(out: &Path, mib: usize, files: &[PathBuf]) -> Result<u64> {
    let count = mib * CHUNKS_PER_MIB;
    ensure!((1..=MAX_CHUNKS).contains(&count), "a log has 1 to {} MiB", MAX_CHUNKS / CHUNKS_PER_MIB);
    let mut chunks = Vec::new();
    for file in files {
        let log = fs::read(file).with_context(|| file.display().to_string())?;
        let behind_header = log.get(FILE_HEADER..).unwrap_or_default();
        chunks.extend(behind_header.chunks_exact(CHUNK).filter(|chunk| is_sound(chunk)).map(<[u8]>::to_vec));
    }
    ensure!(!chunks.is_empty(), "no sound chunk in {} logs", files.len());
    let mut writer = BufWriter::new(File::create(out).with_context(|| out.display().to_string())?);
    let sizes: Vec<u64> = chunks.iter().map(|chunk| records(chunk).count() as u64).collect();
    let total: u64 = sizes.iter().cycle().take(count).sum();
    writer.write_all(&file_header(count, total + 1)?)?;
    let mut next = 1;
    for place in 0..count {
        let which = place % chunks.len();
        renumber(&mut chunks[which], next);
        writer.write_all(&chunks[which])?;
        next += sizes[which];
    }
    writer.flush()?;
    Ok(total)
}

/// Whether a chunk has records, and both of its checksums fit.
fn is_sound(chunk: &[u8]) -> bool {
    let free = u32_at(chunk, 0x30);
    chunk.starts_with(b"ElfChnk\0")
        && (CHUNK_HEADER + 1..=CHUNK).contains(&free)
        && u32_at(chunk, 0x34) == crc32fast::hash(&chunk[CHUNK_HEADER..free]) as usize
        && u32_at(chunk, 0x7c) == header_crc(chunk) as usize
        && records(chunk).last().is_some_and(|(at, size)| at + size == free)
}

/// Offset and size of each record.
fn records(chunk: &[u8]) -> impl Iterator<Item = (usize, usize)> + '_ {
    let free = u32_at(chunk, 0x30);
    let mut at = CHUNK_HEADER;
    std::iter::from_fn(move || {
        let size = chunk.get(at + 4..at + 8).map(|size| u32_at(size, 0))?;
        let here = at;
        let inside = chunk[at..].starts_with(b"\x2a\x2a\0\0") && size >= 28 && at + size <= free;
        at += size;
        inside.then_some((here, size))
    })
}

/// Numbers the chunk's records from `first` and makes its checksums fit again.
fn renumber(chunk: &mut [u8], first: u64) {
    let places: Vec<(usize, usize)> = records(chunk).collect();
    let mut put = |at: usize, bytes: &[u8]| chunk[at..at + bytes.len()].copy_from_slice(bytes);
    for (number, (at, _)) in (first..).zip(&places) {
        put(at + 8, &number.to_le_bytes());
    }
    let last = first + places.len() as u64 - 1;
    for (place, number) in [first, last, first, last].into_iter().enumerate() {
        put(8 + 8 * place, &number.to_le_bytes());
    }
    let crc = crc32fast::hash(&chunk[CHUNK_HEADER..u32_at(chunk, 0x30)]);
    chunk[0x34..0x38].copy_from_slice(&crc.to_le_bytes());
    let crc = header_crc(chunk);
    chunk[0x7c..0x80].copy_from_slice(&crc.to_le_bytes());
}

/// The checksum of a chunk's header: all of it but the checksum and the flags before it.
fn header_crc(chunk: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&chunk[..0x78]);
    crc.update(&chunk[0x80..CHUNK_HEADER]);
    crc.finalize()
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize
}

/// The header of a log that was closed: that of an empty one, with other counts.
fn file_header(chunks: usize, next_record: u64) -> Result<Vec<u8>> {
    let mut header = EvtxWriter::new(Cursor::new(Vec::new()))?.finish()?.into_inner();
    header.truncate(FILE_HEADER);
    header[0x10..0x18].copy_from_slice(&(chunks as u64 - 1).to_le_bytes());
    header[0x18..0x20].copy_from_slice(&next_record.to_le_bytes());
    header[0x2a..0x2c].copy_from_slice(&(chunks as u16).to_le_bytes());
    let crc = crc32fast::hash(&header[..0x78]);
    header[0x7c..0x80].copy_from_slice(&crc.to_le_bytes());
    Ok(header)
}

#[cfg(test)]
mod tests {
    use threadhunt::source::{Options, read_bytes};

    use super::*;

    #[test]
    fn a_large_log_is_sound() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let records = make(file.path(), 3, &example_logs().unwrap()).unwrap();
        let log = fs::read(file.path()).unwrap();
        assert_eq!(log.len(), FILE_HEADER + 3 * CHUNKS_PER_MIB * CHUNK);
        assert!(log[FILE_HEADER..].chunks_exact(CHUNK).all(is_sound));
        let (mut read, mut damages) = (0, Vec::new());
        read_bytes(log, &Options::default(), &mut |batch| {
            read += batch.len() as u64;
            damages.extend(batch.damages.clone());
        });
        assert_eq!((read, damages), (records, Vec::new()));
    }

    #[test]
    fn sizes_that_no_log_has_are_refused() {
        for mib in [0, 4096] {
            assert!(make(Path::new("never-written.evtx"), mib, &example_logs().unwrap()).is_err());
        }
    }
}
