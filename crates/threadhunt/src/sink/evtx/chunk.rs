//! One EVTX chunk in the making: 64 KiB with a header, a table of names and of templates.
//!
//! Names and templates are written where they are first used and found again through hash
//! tables in the header, which readers such as python-evtx rely on. A record that does not
//! fit is taken back, with the names and templates that it brought.
//!
//! Layout: libyal's "Windows XML Event Log (EVTX) format", section 3, and real logs.

use std::collections::HashMap;

use super::binxml;
use super::document::Document;
use super::outline::Outline;

/// Size of a chunk.
pub(super) const CHUNK_SIZE: usize = 0x10000;
/// Size of a chunk's header with its tables, in front of the records.
const HEADER_SIZE: usize = 0x200;
/// Where the bucket tables lie.
const NAME_TABLE: usize = 0x80;
const TEMPLATE_TABLE: usize = 0x180;
const NAME_BUCKETS: usize = 64;
const TEMPLATE_BUCKETS: usize = 32;
/// A record's header, and the copy of its size at its end.
const RECORD_HEADER: usize = 24;
const RECORD_TAIL: usize = 4;

/// A chunk in the making; see the module's head.
#[derive(Debug)]
pub(super) struct Chunk {
    /// The chunk from its first byte; offsets in BinXML count from here.
    pub(super) bytes: Vec<u8>,
    /// Offsets of names already written.
    names: HashMap<Box<str>, u32>,
    name_heads: [u32; NAME_BUCKETS],
    /// Offsets of template definitions already written, with the first word of their GUIDs.
    templates: HashMap<Outline, (u32, u32)>,
    template_heads: [u32; TEMPLATE_BUCKETS],
    first_record: u64,
    records: u64,
    last_offset: u32,
}

/// The record did not fit and was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full {
    /// What the record would need.
    pub(super) bytes: usize,
}

impl Chunk {
    /// An empty chunk whose first record gets the number `first_record`.
    pub(super) fn new(first_record: u64) -> Self {
        Self {
            bytes: vec![0; HEADER_SIZE],
            names: HashMap::new(),
            name_heads: [0; NAME_BUCKETS],
            templates: HashMap::new(),
            template_heads: [0; TEMPLATE_BUCKETS],
            first_record,
            records: 0,
            last_offset: 0,
        }
    }

    /// Empties the chunk for the next one.
    pub(super) fn reset(&mut self, first_record: u64) {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        bytes.resize(HEADER_SIZE, 0);
        *self = Self { bytes, ..Self::new(first_record) };
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// The number that the next record gets.
    pub(super) fn next_record(&self) -> u64 {
        self.first_record + self.records
    }

    /// Adds a record, or takes it back when the chunk has no room for it.
    pub(super) fn push(&mut self, document: &Document, written: u64) -> Result<(), Full> {
        let start = self.bytes.len();
        let heads = (self.name_heads, self.template_heads);
        self.bytes.extend_from_slice(b"\x2a\x2a\0\0\0\0\0\0");
        self.bytes.extend_from_slice(&self.next_record().to_le_bytes());
        self.bytes.extend_from_slice(&written.to_le_bytes());
        debug_assert_eq!(self.bytes.len(), start + RECORD_HEADER);
        binxml::write_record(self, document);
        let size = (self.bytes.len() - start + RECORD_TAIL).next_multiple_of(8);
        if start + size > CHUNK_SIZE {
            self.take_back(start, heads);
            return Err(Full { bytes: size });
        }
        self.bytes.resize(start + size, 0);
        let size = size as u32;
        self.put(start + 4, &size.to_le_bytes());
        self.put(self.bytes.len() - RECORD_TAIL, &size.to_le_bytes());
        self.records += 1;
        self.last_offset = start as u32;
        Ok(())
    }

    fn take_back(&mut self, start: usize, heads: ([u32; NAME_BUCKETS], [u32; TEMPLATE_BUCKETS])) {
        self.bytes.truncate(start);
        (self.name_heads, self.template_heads) = heads;
        self.names.retain(|_, offset| (*offset as usize) < start);
        self.templates.retain(|_, (offset, _)| (*offset as usize) < start);
    }

    /// Overwrites bytes that were written before.
    pub(super) fn put(&mut self, at: usize, bytes: &[u8]) {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Writes the offset of a name, and at its first use the name itself.
    ///
    /// A name is a link to the next of its bucket, hash, length in units, units and a zero.
    pub(super) fn push_name(&mut self, name: &str) {
        if let Some(offset) = self.names.get(name) {
            return self.bytes.extend_from_slice(&offset.to_le_bytes());
        }
        let offset = self.bytes.len() as u32 + 4;
        let hash = name_hash(name.encode_utf16());
        let head = &mut self.name_heads[usize::from(hash) % NAME_BUCKETS];
        let next = std::mem::replace(head, offset);
        self.names.insert(name.into(), offset);
        self.bytes.extend_from_slice(&offset.to_le_bytes());
        self.bytes.extend_from_slice(&next.to_le_bytes());
        self.bytes.extend_from_slice(&hash.to_le_bytes());
        self.bytes.extend_from_slice(&(name.encode_utf16().count() as u16).to_le_bytes());
        self.bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
        self.bytes.extend_from_slice(&[0, 0]);
    }

    /// Offset and id of a template that the chunk already has.
    pub(super) fn template(&self, outline: &Outline) -> Option<(u32, u32)> {
        self.templates.get(outline).copied()
    }

    /// Enters a template whose definition will lie at `offset`; returns its id and the next of its bucket.
    pub(super) fn enter_template(&mut self, outline: &Outline, guid: [u8; 16], offset: u32) -> (u32, u32) {
        let id = u32::from_le_bytes([guid[0], guid[1], guid[2], guid[3]]);
        let units = guid.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        let head = &mut self.template_heads[usize::from(name_hash(units)) % TEMPLATE_BUCKETS];
        let next = std::mem::replace(head, offset);
        self.templates.insert(outline.clone(), (offset, id));
        (id, next)
    }

    /// Completes the header and pads to the full size.
    pub(super) fn seal(&mut self) -> &[u8] {
        let free = self.bytes.len();
        let last = self.next_record().wrapping_sub(1);
        // An empty chunk's last number is -1, as in the logs that Windows makes for no result.
        let last = if self.is_empty() { u64::MAX } else { last };
        let records = crc32fast::hash(&self.bytes[HEADER_SIZE..free]);
        self.put(0, b"ElfChnk\0");
        for (place, number) in [self.first_record, last, self.first_record, last].into_iter().enumerate() {
            self.put(8 + 8 * place, &number.to_le_bytes());
        }
        // Header size, last record, free space, CRC of the records.
        for (place, number) in [0x80, self.last_offset, free as u32, records].into_iter().enumerate() {
            self.put(0x28 + 4 * place, &number.to_le_bytes());
        }
        // Without a name in the documents; 1 in every log that was looked at.
        self.put(0x78, &1u32.to_le_bytes());
        for (table, heads) in [(NAME_TABLE, &self.name_heads[..]), (TEMPLATE_TABLE, &self.template_heads[..])]
        {
            for (place, head) in heads.iter().enumerate() {
                self.bytes[table + 4 * place..][..4].copy_from_slice(&head.to_le_bytes());
            }
        }
        self.bytes.resize(CHUNK_SIZE, 0);
        seal_header(&mut self.bytes);
        &self.bytes
    }
}

/// Writes the CRC of a chunk's header: all of it but the CRC and the flags before it.
fn seal_header(chunk: &mut [u8]) {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&chunk[..0x78]);
    crc.update(&chunk[0x80..HEADER_SIZE]);
    chunk[0x7c..0x80].copy_from_slice(&crc.finalize().to_le_bytes());
}

/// The hash of a name, and of a template's GUID taken as eight units.
///
/// The low half of `hash * 65599 + unit` (libyal, "Name"). That templates are filed by the
/// same hash of their GUIDs is in no document; it holds for the Sysmon logs that were looked at.
pub(super) fn name_hash(units: impl Iterator<Item = u16>) -> u16 {
    units.fold(0u32, |hash, unit| hash.wrapping_mul(65599).wrapping_add(u32::from(unit))) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_windows() {
        // Read from a log that Windows wrote.
        for (name, hash) in
            [("Event", 0x0cba), ("System", 0x546f), ("EventID", 0x61f5), ("SystemTime", 0x7b3c)]
        {
            assert_eq!(name_hash(name.encode_utf16()), hash, "{name}");
        }
    }
}
