//! What a reader met that was not as it should be: a code, a place and a reason.
//!
//! Damaged input is ordinary. A reader notes it in the batch and goes on; the report layer
//! makes sentences of it. Every code stands in one table with its severity and remedy.

use std::borrow::Cow;

/// Whether something was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth a word; every record was read.
    Warning,
    /// A record, or an input that was named, could not be read.
    Loss,
}

/// Something that was not as it should be, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// What kind of thing.
    pub code: DamageCode,
    /// Byte offset in the input (of the unpacked member, where it is in an archive).
    pub offset: Option<u64>,
    /// Line in the input, from 1, where the input has lines.
    pub line: Option<u64>,
    /// The record's own id, where it is known.
    pub record_id: Option<u64>,
    /// What exactly was found; no full stop, safe to print only after escaping.
    pub reason: Cow<'static, str>,
}

impl Damage {
    /// Damage at a byte offset.
    pub fn at(code: DamageCode, offset: u64, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { code, offset: Some(offset), line: None, record_id: None, reason: reason.into() }
    }

    /// Trouble with an input as a whole.
    pub fn whole(code: DamageCode, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { code, offset: None, line: None, record_id: None, reason: reason.into() }
    }

    /// The same on a line.
    pub fn on_line(self, line: u64) -> Self {
        Self { line: Some(line), ..self }
    }

    /// The same with the record's id.
    pub fn of_record(self, id: u64) -> Self {
        Self { record_id: Some(id), ..self }
    }
}

/// One row of the table of damages.
struct Row {
    name: &'static str,
    severity: Severity,
    remedy: &'static str,
}

macro_rules! damages {
    ($($(#[$doc:meta])* $code:ident, $name:literal, $severity:ident, $remedy:literal;)*) => {
        /// The kinds of damage; `name` is stable and printed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum DamageCode { $($(#[$doc])* $code,)* }

        /// One row a code, in the enum's order: both come from one list.
        const TABLE: &[Row] = &[$(Row { name: $name, severity: Severity::$severity, remedy: $remedy },)*];
    };
}

damages! {
    /// The file header is missing, zeroed, or contradicts the file.
    FileHeader, "file-header", Warning, "chunks were found by their own marks; nothing to do";
    /// The file header says that the log was not closed.
    Dirty, "dirty", Warning, "the log was copied while in use; its newest records may lie in memory only";
    /// A checksum does not fit.
    Checksum, "checksum", Warning, "compare with another copy: values may have been altered";
    /// A chunk's header is bad; its records were searched for.
    ChunkHeader, "chunk-header", Warning, "records were found by their own marks; compare with another copy";
    /// A record could not be decoded, wholly or in part.
    Record, "record", Loss, "read another copy of the log";
    /// Bytes where records should be hold none.
    Gap, "gap", Loss, "read another copy of the log";
    /// The input ends in the middle of something.
    Truncated, "truncated", Loss, "copy the log again, wholly";
    /// A stale record behind the end of a chunk could not be decoded: a loss of what was extra.
    Slack, "slack", Warning, "overwritten remains of older records; --no-recovered leaves them out";
    /// A named limit was reached.
    Limit, "limit", Loss, "the record is larger or deeper than any real one; look at it by hand";
    /// The input is no log of a known kind.
    NotALog, "not-a-log", Loss, "`threadhunt shapes` lists what is read; --shape NAME forces one";
    /// A file in a directory is no log of a known kind.
    Skipped, "skipped", Warning, "if it is a log, --shape NAME forces a shape; `threadhunt shapes` lists them";
    /// The input could not be opened or read.
    Unreadable, "unreadable", Loss, "check that it exists and that you may read it";
    /// The input changed while it was read.
    Changed, "changed", Loss, "the log is in use: copy it first, or read it again";
    /// An archive or a compressed stream is damaged.
    Archive, "archive", Loss, "unpack it with its own tool and look at its complaint";
    /// A member of an archive asks for a password.
    Encrypted, "encrypted", Loss, "unpack it with its password, then read what comes out";
    /// A document is not well-formed.
    Malformed, "malformed", Loss, "look at the place; export the log again";
    /// A record is of no known shape, so what it says is not known.
    UnknownShape, "unknown-shape", Loss, "`threadhunt shapes` lists what is read; --shape NAME forces one";
    /// Nothing to read was found.
    Empty, "empty", Loss, "name a log, or a directory that holds one";
    /// An archive or a compressed stream grows beyond a named limit.
    Expansion, "expansion", Loss, "it may be a bomb: raise the limit only if you trust it";
    /// A record or an input is of another shape than the one that was forced.
    OtherShape, "other-shape", Loss, "leave --shape out: what a record is follows from its content";
    /// A time that no calendar or clock has.
    Date, "date", Warning, "the record was read; look at who wrote it, for Sysmon did not";
    /// A number that is none, or that 64 bits cannot hold.
    Number, "number", Warning, "the record was read; look at who wrote it, for Sysmon did not";
    /// A name that stands in a record more than once.
    Repeated, "repeated", Warning, "the record was read; other programs may take the last value instead";
    /// Bytes that are no text.
    Encoding, "encoding", Warning, "the record was read; export the log again as UTF-8";
    /// Words of a text that belong to no record.
    Words, "words", Warning, "people write such things beside what they copy; look whether it is a record";
    /// NUL bytes behind the last record.
    Padding, "padding", Warning, "all before them was read; if the machine crashed, look for another copy";
    /// NUL bytes within text.
    Nul, "nul", Warning, "the record was read, the bytes kept; export the log again";
}

impl DamageCode {
    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// The stable name, as printed.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Whether something was lost.
    pub fn severity(self) -> Severity {
        self.row().severity
    }

    /// What the reader of the message can do.
    pub fn remedy(self) -> &'static str {
        self.row().remedy
    }
}
