//! `-o` a directory: one file for each event type, such as `8-CreateRemoteThread.jsonl`.
//!
//! Workers format each record with the format of its type; here the bytes go to the file of the type, which is
//! made when its first record comes. Every file appears under its name when all are complete, and none after a
//! failure or an interrupt.

use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use threadhunt::event::{Batch, Record};
use threadhunt::filter::Kinds;
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
    /// The id; `None` for all that the schema does not know.
    id: Option<u16>,
    /// The file's name without its extension.
    name: String,
    format: Box<dyn Format>,
}

/// Sysmon events of ids that the schema does not know share a file: there may be many of them.
const UNKNOWN: &str = "unknown";
const OTHERS: &str = "other-providers";

/// An id that no event has, for tables without fields.
const NO_EVENT: u16 = u16::MAX;

impl<'s> Types<'s> {
    /// The types that a selection may give, each in a format.
    pub(super) fn new(view: View<'s>, row: &FormatRow, choice: &Choice<'_>) -> Self {
        let mut types: Vec<Type> = Vec::new();
        let format = |id: Option<u16>| row.with(&Choice { ids: &[id.unwrap_or(NO_EVENT)], ..*choice });
        for event in schema::events() {
            // The events of Linux have the ids and tags of those of Windows.
            let is_new = types.iter().all(|known| known.id != Some(event.id));
            if is_new && view.selection.wants(Some(event.id)) {
                let name = format!("{}-{}", event.id, event.tag);
                types.push(Type { id: Some(event.id), name, format: format(Some(event.id)) });
            }
        }
        types.push(Type { id: None, name: UNKNOWN.to_owned(), format: format(None) });
        if view.selection.kinds == Kinds::All {
            types.push(Type { id: None, name: OTHERS.to_owned(), format: format(None) });
        }
        Self { view, types, extension: row.extension }
    }

    /// The place of a record's type; what has none of its own is of the last two.
    fn of(&self, record: Record<'_>) -> usize {
        let last = |name: &str| self.types.iter().position(|known| known.name == name).unwrap_or(0);
        match record.into_event() {
            Some(event) => {
                let known = self.types.iter().position(|known| known.id == Some(event.id()));
                known.unwrap_or_else(|| last(UNKNOWN))
            }
            None => last(OTHERS),
        }
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
                let Type { name, format, .. } = &self.select.types[at];
                let path: PathBuf = self.directory.join(format!("{name}.{}", self.select.extension));
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
