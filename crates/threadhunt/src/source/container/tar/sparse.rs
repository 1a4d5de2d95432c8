//! Sparse members: a map of the stored segments, and zeros in between.
//!
//! Event logs are mostly zeros, so `tar -S` stores them this way. Read are the old GNU
//! format (type `S`, the map in the header and in blocks after it) and version 1.0 within
//! pax (the map before the bytes), which GNU tar and libarchive write; versions 0.0 and 0.1
//! are only recognised. Format: the GNU tar manual, "Storing Sparse Files".

use std::io::{self, Read};

use super::{BLOCK, invalid, number};

/// Most segments of one member.
const MAX_SEGMENTS: usize = 1 << 16;

/// Why a member in an older form is not read.
pub(super) const OLDER: &str = "a sparse member in an old form of pax, which is not read";

/// Where the stored bytes belong: segments in order, and the length of all.
#[derive(Debug, Default)]
pub(super) struct Map {
    /// Begin and end of each.
    segments: Vec<(u64, u64)>,
    len: u64,
}

impl Map {
    /// The map of a member of type `S`.
    pub(super) fn after_header(header: &[u8; BLOCK], input: &mut dyn Read) -> io::Result<Self> {
        let len = number(&header[483..495]).ok_or_else(damaged)?;
        let mut map = Self { segments: Vec::new(), len };
        map.add_fields(&header[386..482])?;
        let mut more = header[482];
        while more != 0 {
            let mut block = [0; BLOCK];
            input.read_exact(&mut block)?;
            map.add_fields(&block[..504])?;
            more = block[504];
        }
        Ok(map)
    }

    fn add_fields(&mut self, fields: &[u8]) -> io::Result<()> {
        for field in fields.chunks_exact(24).take_while(|field| field[0] != 0) {
            let (offset, len) = field.split_at(12);
            self.add(number(offset), number(len))?;
        }
        Ok(())
    }

    fn add(&mut self, offset: Option<u64>, len: Option<u64>) -> io::Result<()> {
        let (begin, len) = offset.zip(len).ok_or_else(damaged)?;
        let last = self.segments.last().map_or(0, |(_, end)| *end);
        let end = begin.checked_add(len).filter(|end| last <= begin && *end <= self.len);
        if self.segments.len() >= MAX_SEGMENTS {
            return Err(invalid("a sparse member has too many segments"));
        }
        self.segments.push((begin, end.ok_or_else(damaged)?));
        Ok(())
    }
}

fn damaged() -> io::Error {
    invalid("the map of a sparse member is damaged")
}

/// What pax attributes say of a sparse member.
#[derive(Debug, Default)]
pub(super) struct Pax {
    pub(super) name: Option<Vec<u8>>,
    len: Option<u64>,
    /// Whether there is any attribute, and whether one names version 1.
    any: bool,
    version_1: bool,
}

impl Pax {
    /// Reads what follows `GNU.sparse.`.
    pub(super) fn read(&mut self, attribute: &[u8]) {
        self.any = true;
        if let Some(name) = attribute.strip_prefix(b"name=") {
            self.name = Some(name.to_vec());
        } else if let Some(len) = attribute.strip_prefix(b"realsize=") {
            self.len = decimal(len);
        } else {
            self.version_1 |= attribute == b"major=1";
        }
    }

    /// The map, which stands before the bytes in blocks of its own.
    pub(super) fn map(&self, stored: &mut dyn Read) -> io::Result<Result<Option<Map>, &'static str>> {
        if !self.any {
            return Ok(Ok(None));
        }
        let (true, Some(len)) = (self.version_1, self.len) else { return Ok(Err(OLDER)) };
        let mut lines = Lines { stored, block: [0; BLOCK], at: BLOCK };
        let mut map = Map { segments: Vec::new(), len };
        for _ in 0..lines.next()? {
            let (offset, len) = (lines.next()?, lines.next()?);
            map.add(Some(offset), Some(len))?;
        }
        Ok(Ok(Some(map)))
    }
}

fn decimal(digits: &[u8]) -> Option<u64> {
    let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(number).filter(|number| *number <= i64::MAX as u64)
}

/// Numbers, one a line, in whole blocks.
struct Lines<'r> {
    stored: &'r mut dyn Read,
    block: [u8; BLOCK],
    at: usize,
}

impl Lines<'_> {
    fn next(&mut self) -> io::Result<u64> {
        let mut digits = Vec::new();
        loop {
            match self.byte()? {
                b'\n' => return decimal(&digits).ok_or_else(damaged),
                // No number has more digits.
                _ if digits.len() > 20 => return Err(damaged()),
                digit => digits.push(digit),
            }
        }
    }

    fn byte(&mut self) -> io::Result<u8> {
        if self.at == BLOCK {
            self.stored.read_exact(&mut self.block)?;
            self.at = 0;
        }
        self.at += 1;
        Ok(self.block[self.at - 1])
    }
}

/// The bytes of a sparse member, holes and all.
pub(super) struct Sparse<'r> {
    stored: &'r mut dyn Read,
    map: Map,
    /// Segments that are behind.
    done: usize,
    at: u64,
}

impl<'r> Sparse<'r> {
    pub(super) fn new(stored: &'r mut dyn Read, map: Map) -> Self {
        Self { stored, map, done: 0, at: 0 }
    }
}

impl Read for Sparse<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.map.segments.get(self.done).is_some_and(|(_, end)| *end <= self.at) {
            self.done += 1;
        }
        let (begin, end) = self.map.segments.get(self.done).copied().unwrap_or((self.map.len, self.map.len));
        let until = if self.at < begin { begin } else { end };
        let most = usize::try_from(until - self.at).unwrap_or(usize::MAX).min(buffer.len());
        let buffer = &mut buffer[..most];
        let count = if self.at < begin {
            buffer.fill(0);
            most
        } else {
            self.stored.read(buffer)?
        };
        if count == 0 && most > 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends within a member"));
        }
        self.at += count as u64;
        Ok(count)
    }
}
