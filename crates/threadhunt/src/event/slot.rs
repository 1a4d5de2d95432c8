//! Slots: where a value of a record lies, in 16 bytes.
//!
//! A slot is plain data without lifetime. [`Batch::value`](super::Batch::value) turns it
//! into a [`Value`](super::Value) by looking into the batch that it belongs to.

/// A range of bytes in one of a batch's buffers; which one follows from the slot that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Span {
    start: u32,
    len: u32,
}

/// Set in [`Span::start`] when the bytes lie in the arena and not in the input.
const ARENA: u32 = 1 << 31;

impl Span {
    /// The largest buffer that spans can address: 2 GiB, far above any unit of work.
    pub const MAX: usize = (ARENA - 1) as usize;

    /// No bytes at all.
    pub const EMPTY: Self = Self { start: 0, len: 0 };

    /// A range of the batch's input; empty where it would not fit.
    pub fn input(start: usize, len: usize) -> Self {
        if start.saturating_add(len) > Self::MAX {
            return Self::default();
        }
        Self { start: start as u32, len: len as u32 }
    }

    /// A range of the batch's arena; empty where it would not fit.
    pub(super) fn arena(start: usize, len: usize) -> Self {
        if start.saturating_add(len) > Self::MAX {
            return Self { start: ARENA, len: 0 };
        }
        Self { start: start as u32 | ARENA, len: len as u32 }
    }

    /// Number of bytes.
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether the span holds no bytes.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    pub(super) fn in_arena(self) -> bool {
        self.start & ARENA != 0
    }

    /// The bytes' places in their buffer.
    pub(crate) fn range(self) -> std::ops::Range<usize> {
        let start = (self.start & !ARENA) as usize;
        start..start + self.len as usize
    }
}

/// Where a value lies and of which kind it is.
///
/// The kinds are those that event logs have; each prints as current Windows prints it.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub enum Slot {
    /// Not in the record, or not asked for.
    #[default]
    Absent,
    /// UTF-16LE text, in the input or the arena.
    Utf16(Span),
    /// UTF-8 text, always in the text arena.
    Utf8(Span),
    /// An unsigned integer.
    Unsigned(u64),
    /// A signed integer.
    Signed(i64),
    /// An integer printed as `0x` and lower-case digits.
    Hex(u64),
    /// `true` or `false`.
    Bool(bool),
    /// A single-precision number.
    Float32(f32),
    /// A double-precision number.
    Float64(f64),
    /// 100 ns since 1601-01-01 UTC.
    Time(u64),
    /// 16 bytes as Windows lays out a GUID.
    Guid(Span),
    /// A binary security identifier.
    Sid(Span),
    /// Bytes, printed as upper-case hex digits.
    Binary(Span),
}

const _: () = assert!(size_of::<Slot>() == 16, "slots are copied by the million");
