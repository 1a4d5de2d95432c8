//! Sources: from files to batches of events.
//!
//! A `Format` knows a kind of log: how to recognise it by its first bytes, how to cut a
//! stream of it into `Block`s that can be read alone, and how to decode one block into a
//! batch. Cutting is sequential and cheap; decoding runs on any worker. Everything that a
//! format needs to remember between blocks for speed (never for meaning) lives in the
//! worker's `Workshop`.
//!
//! Adding a reader means adding a folder with these three functions and a line in `FORMATS`.

use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::event::{Batch, LayoutCache, Projection};

mod assemble;
mod clock;
mod container;
mod encoding;
pub(crate) mod evtx;
mod fit;
pub(crate) mod json;
mod members;
mod message;
mod padding;
mod pump;
mod run;
mod shape;
mod spool;
mod text;
mod unit;
mod walk;
mod whole;
mod xml;

pub use container::Limits;
pub use members::{OnMember, read_members};
pub use run::{Delivery, Stage, Totals, run};
pub use shape::{Family, Shape, UnknownShape, find_shape, shapes};
pub use spool::Spool;
pub use walk::{Input, Inputs};
pub use whole::{read_bytes, read_json_lines};

/// A piece of a log that can be decoded alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    /// Offset of the first byte in the (unpacked) input.
    pub(crate) offset: u64,
    /// Line of the first byte, from 1; 0 for inputs without lines.
    pub(crate) line: u64,
    /// Characters before the first byte on its line, where a line goes on in it.
    pub(crate) column: usize,
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
}

impl Block {
    /// What a decoder knows beside the bytes, in an input of this length.
    pub(crate) fn head(&self, total: Option<u64>) -> BlockHead {
        BlockHead { offset: self.offset, line: self.line, column: self.column, total }
    }
}

/// What takes blocks; `Break` means that nobody wants more.
pub(crate) type Emit<'a> = dyn FnMut(Block) -> ControlFlow<()> + 'a;

/// Offsets and lengths of the blocks of a plain file, in order and without gaps.
pub(crate) type Ranges = Box<dyn Iterator<Item = (u64, usize)>>;

/// A kind of log.
#[derive(Debug)]
pub(crate) struct Format {
    /// The name people know it by.
    pub(crate) name: &'static str,
    /// The layouts of records that it reads. Where there is but one, the reader need not count it.
    pub(crate) shapes: &'static [&'static Shape],
    /// Whether an input that begins with these bytes (up to [`SNIFF_LEN`]) is one.
    pub(crate) recognise: fn(&[u8]) -> bool,
    /// Cuts a stream into blocks, in order.
    pub(crate) split: fn(&mut dyn Read, &mut Emit<'_>) -> io::Result<()>,
    /// Cuts a plain file, of which it gets the first bytes and the length, without reading
    /// it; for formats where that can be done, so that workers read too.
    pub(crate) ranges: Option<fn(&[u8], u64) -> Ranges>,
    /// Decodes a block, whose bytes were loaded into the batch, into that batch.
    ///
    /// Never fails: what cannot be read becomes a damage in the batch.
    pub(crate) decode: fn(BlockHead, &mut Batch, &mut Workshop<'_>),
}

impl Format {
    /// Decodes a block that was loaded into the batch, and counts the shapes of its records.
    pub(crate) fn read(&self, head: BlockHead, batch: &mut Batch, workshop: &mut Workshop<'_>) {
        (self.decode)(head, batch, workshop);
        if let [shape] = self.shapes {
            batch.counts.add_shape(shape.name, batch.counts.without_shape());
        }
    }

    /// The kind of an input that begins with these bytes.
    pub(crate) fn of(head: &[u8]) -> Option<&'static Self> {
        FORMATS.iter().find(|format| (format.recognise)(head))
    }

    /// The kind of an input that is to be read as a shape; `Err` with what it is, where that is another kind.
    ///
    /// What is not recognised is read as it was asked for, and so is what carries it within lines of text.
    pub(crate) fn forced(head: &[u8], shape: &'static Shape) -> Result<Option<&'static Self>, &'static Self> {
        let asked = FORMATS.iter().find(|format| format.shapes.contains(&shape));
        let Some((asked, found)) = asked.zip(Self::of(head)) else { return Ok(asked) };
        let is_object_in_text = || {
            let is_text = found.name == text::FORMAT.name && asked.name == json::FORMAT.name;
            is_text && memchr::memmem::find(head, b"{\"").is_some()
        };
        let fits = found.name == asked.name || (asked.recognise)(head) || is_object_in_text();
        if fits { Ok(Some(asked)) } else { Err(found) }
    }
}

/// What a decoder knows of a block beside its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BlockHead {
    /// Offset of the first byte in the (unpacked) input.
    pub(crate) offset: u64,
    /// Line of the first byte, from 1; 0 for inputs without lines.
    pub(crate) line: u64,
    /// Characters before the first byte on its line.
    pub(crate) column: usize,
    /// Length of the whole input, where it is known before reading.
    pub(crate) total: Option<u64>,
}

/// How many of the first bytes a format may look at.
pub(crate) const SNIFF_LEN: usize = 8192;

/// The kinds of logs, most specific first.
pub(crate) static FORMATS: &[Format] = &[
    evtx::FORMAT,
    text::clixml::FORMAT,
    text::journal::FORMAT,
    text::csv::FORMAT,
    text::FORMAT,
    json::FORMAT,
    xml::FORMAT,
];

/// A kind of file that another crate knows how to turn into our own JSON lines.
///
/// For tables, whose decoders are heavy: the library itself stays without them.
#[derive(Clone, Copy, Debug)]
pub struct Foreign {
    /// The layout that its records are counted as; its name is the one that people know the kind by.
    pub shape: &'static Shape,
    /// Whether a file that begins with these bytes is one.
    pub recognise: fn(&[u8]) -> bool,
    /// Opens a file as lines of JSON, one record each.
    ///
    /// [`io::ErrorKind::Unsupported`] says that the file holds something else than records,
    /// [`io::ErrorKind::InvalidInput`] that its records are in a form that is not read.
    pub lines: fn(&Path) -> io::Result<Box<dyn Read + Send>>,
}

/// How to read.
#[derive(Clone, Debug)]
pub struct Options {
    /// What is wanted of the records.
    pub projection: Projection,
    /// Whether records found in slack come out too, marked as recovered.
    pub recovered: bool,
    /// How many workers decode; one means that everything happens on the calling thread.
    pub threads: NonZeroUsize,
    /// Set by anyone, at any time, to end the reading after the units at hand.
    pub stop: Arc<AtomicBool>,
    /// What containers may unpack to.
    pub limits: Limits,
    /// The shape that every record is read as; what does not fit it is a loss, [`DamageCode::OtherShape`](crate::event::DamageCode::OtherShape).
    pub shape: Option<&'static Shape>,
    /// Kinds of file beside those of the library; empty unless somebody brings them.
    pub foreign: &'static [Foreign],
}

impl Default for Options {
    /// Everything of every record, recovered ones too, on one thread.
    fn default() -> Self {
        Self {
            projection: Projection::everything(),
            recovered: true,
            threads: NonZeroUsize::MIN,
            stop: Arc::default(),
            limits: Limits::default(),
            shape: None,
            foreign: &[],
        }
    }
}

/// What a worker keeps between blocks.
pub(crate) struct Workshop<'o> {
    /// How to read.
    pub(crate) options: &'o Options,
    /// Layouts seen so far.
    pub(crate) layouts: LayoutCache,
    /// Compiled templates.
    pub(crate) evtx: evtx::Plans,
    /// What lines of JSON can be passed over.
    pub(crate) json: json::Skimmer,
}

impl<'o> Workshop<'o> {
    /// An empty workshop.
    pub(crate) fn new(options: &'o Options) -> Self {
        Self {
            options,
            layouts: LayoutCache::default(),
            evtx: evtx::Plans::default(),
            json: json::Skimmer::default(),
        }
    }
}
