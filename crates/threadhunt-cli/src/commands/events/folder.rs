//! `-o` a directory: one file for each event type, such as `8-CreateRemoteThread.jsonl`.
//!
//! Workers format each record with the format of its type; here the bytes go to the file of the type, which is
//! made when its first record comes. Every file appears under its name when all are complete, and none after a
//! failure or an interrupt.

use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use threadhunt::event::{Batch, Record};
use threadhunt::schema;
use threadhunt::sink::{Choice, Format, FormatRow};
use threadhunt::source::{Stage, Totals};

use super::View;
use crate::output::{Output, OutputArgs};
use crate::reading::Reading;

/// Prints the events into files of a directory.
pub(super) fn print(
    output: &OutputArgs,
    directory: &Path,
    reading: Reading<'_>,
    select: &Types<'_>,
    limit: Option<u64>,
) -> anyhow::Result<Totals> {
    let files = select.types.iter().map(|_| None).collect();
    let mut folder = Folder { output, directory, select, files, left: limit };
    let totals = reading.run(select, &mut |delivery, _| folder.print(&delivery.output))?;
    // What was interrupted is not complete, and a file must not look as if it were.
    if !totals.stopped {
        folder.finish()?;
    }
    Ok(totals)
}

/// Filters, formats and tells types apart, on the workers.
pub(super) struct Types<'s> {
    view: View<'s>,
    types: Vec<Type>,
    extension: &'static str,
}

/// An event type with the format of its file.
struct Type {
    kind: Kind,
    format: Box<dyn Format>,
}

/// What shares a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The events of an id that the schema knows; those of Linux have the ids and tags of those of Windows.
    Known(u16, &'static str),
    /// Sysmon events of ids that the schema does not know: there may be many of them.
    Unknown,
    OtherProviders,
}

/// An id that no event has, for tables without fields.
const NO_EVENT: u16 = u16::MAX;

impl Kind {
    /// The kind of a record.
    pub(super) fn of(record: Record<'_>) -> Self {
        let Some(event) = record.into_event() else { return Self::OtherProviders };
        let known = schema::events().iter().find(|known| known.id == event.id());
        known.map_or(Self::Unknown, |known| Self::Known(known.id, known.tag))
    }

    /// The path of its file in a directory.
    pub(super) fn path(self, directory: &Path, extension: &str) -> PathBuf {
        directory.join(match self {
            Self::Known(id, tag) => format!("{id}-{tag}.{extension}"),
            Self::Unknown => format!("unknown.{extension}"),
            Self::OtherProviders => format!("other-providers.{extension}"),
        })
    }
}

impl<'s> Types<'s> {
    /// The types that a selection may give, each in a format.
    pub(super) fn new(view: View<'s>, row: &FormatRow, choice: &Choice<'_>) -> Self {
        let known = schema::events().iter().filter(|event| view.selection.wants(Some(event.id)));
        let mut kinds: Vec<Kind> = known.map(|event| Kind::Known(event.id, event.tag)).collect();
        kinds.extend([Kind::Unknown, Kind::OtherProviders]);
        kinds.sort_unstable();
        kinds.dedup();
        let format = |kind: Kind| {
            let id = if let Kind::Known(id, _) = kind { id } else { NO_EVENT };
            row.with(&Choice { ids: &[id], ..*choice })
        };
        let types = kinds.into_iter().map(|kind| Type { kind, format: format(kind) }).collect();
        Self { view, types, extension: row.extension }
    }

    /// How many characters the formats could not hold.
    pub(super) fn replaced(&self) -> u64 {
        self.types.iter().map(|known| known.format.replaced()).sum()
    }

    /// The place of a record's type.
    fn of(&self, record: Record<'_>) -> usize {
        let kind = Kind::of(record);
        // The last two take whatever is left.
        self.types.binary_search_by_key(&kind, |known| known.kind).unwrap_or(self.types.len() - 2)
    }
}

/// What a batch has to print.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    bytes: Vec<u8>,
    /// The type of each record and where it ends in the bytes.
    records: Vec<(usize, usize)>,
}

impl Stage for Types<'_> {
    type Output = Sorted;

    fn process(&self, batch: &mut Batch) -> Sorted {
        let mut sorted = Sorted::default();
        for (_, record) in self.view.select(batch) {
            let at = self.of(record);
            self.types[at].format.record(record, &mut sorted.bytes);
            sorted.records.push((at, sorted.bytes.len()));
        }
        sorted
    }
}

/// The files in the making.
struct Folder<'f> {
    output: &'f OutputArgs,
    directory: &'f Path,
    select: &'f Types<'f>,
    files: Vec<Option<BufWriter<Output>>>,
    /// How many records may still be printed.
    left: Option<u64>,
}

impl Folder<'_> {
    fn print(&mut self, sorted: &Sorted) -> anyhow::Result<ControlFlow<()>> {
        let mut start = 0;
        for (at, end) in &sorted.records {
            if self.left == Some(0) {
                return Ok(ControlFlow::Break(()));
            }
            self.file(*at)?.write_all(&sorted.bytes[start..*end])?;
            self.left = self.left.map(|left| left - 1);
            start = *end;
        }
        Ok(if self.left == Some(0) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    /// The file of a type, begun where it is new.
    fn file(&mut self, at: usize) -> anyhow::Result<&mut BufWriter<Output>> {
        let place = &mut self.files[at];
        match place {
            Some(file) => Ok(file),
            None => {
                let Type { kind, format } = &self.select.types[at];
                let path = kind.path(self.directory, self.select.extension);
                let mut file = BufWriter::new(self.output.open_at(&path)?);
                frame(&mut file, |out| format.begin(out))?;
                Ok(place.insert(file))
            }
        }
    }

    /// Ends all files, then puts each in its place.
    fn finish(&mut self) -> anyhow::Result<()> {
        let mut complete = Vec::new();
        for (file, Type { format, .. }) in self.files.iter_mut().zip(&self.select.types) {
            if let Some(mut file) = file.take() {
                frame(&mut file, |out| format.end(out))?;
                complete.push(file.into_inner().map_err(std::io::IntoInnerError::into_error)?);
            }
        }
        complete.into_iter().try_for_each(Output::finish)
    }
}

/// Writes what stands before or after all records.
fn frame(file: &mut BufWriter<Output>, fill: impl FnOnce(&mut Vec<u8>)) -> anyhow::Result<()> {
    let mut bytes = Vec::new();
    fill(&mut bytes);
    Ok(file.write_all(&bytes)?)
}
