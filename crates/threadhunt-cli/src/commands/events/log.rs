//! `--format evtx`: the events as an event log of their own, or as one for each event type.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use threadhunt::event::{Damage, DamageCode, Record};
use threadhunt::sink::evtx::{EvtxWriteError, EvtxWriter};

use super::folder::Kind;
use super::ordered::{Row, Sink, Wanted};
use crate::output::Output;
use crate::pending::MadeDirectories;

/// The format.
pub(super) const ROW: Row =
    Row { name: "evtx", doc: "a Windows event log; needs --output", renames: false, open };

fn open(Wanted { output, .. }: Wanted<'_>) -> anyhow::Result<Box<dyn Sink>> {
    ensure!(
        !output.is_stdout(),
        "an event log cannot be written to standard output, since its header counts what follows; \
         name a file or a directory with --output"
    );
    if let Some(directory) = output.directory() {
        let made = output.make_directory(directory)?;
        let directory = directory.to_owned();
        return Ok(Box::new(Folder { directory, force: output.force(), logs: BTreeMap::new(), made }));
    }
    let output = output.open()?;
    ensure!(
        output.is_file(),
        "an event log cannot be written to a pipe or device; name a file with --output"
    );
    Ok(Box::new(Log::new(output)?))
}

const CANNOT: &str = "cannot write the event log";

/// The log in the making.
struct Log(EvtxWriter<Output>);

impl Log {
    fn new(output: Output) -> anyhow::Result<Self> {
        Ok(Self(EvtxWriter::new(output).context(CANNOT)?))
    }

    /// Completes the log, which is not in its place yet.
    fn complete(self) -> anyhow::Result<Output> {
        self.0.finish().context(CANNOT)
    }
}

impl Sink for Log {
    fn write(&mut self, record: Record<'_>) -> anyhow::Result<Result<(), Damage>> {
        match self.0.write(record) {
            Ok(()) => Ok(Ok(())),
            Err(EvtxWriteError::Refused(damage)) => Ok(Err(damage)),
            // What is written stays; of the rest each is told of.
            Err(full @ EvtxWriteError::Full) => Ok(Err(left_out(record, full.to_string()))),
            Err(error) => Err(error).context(CANNOT),
        }
    }

    fn finish(self: Box<Self>) -> anyhow::Result<()> {
        self.complete()?.finish()
    }
}

/// Each event type in a log of a directory, begun with its first record.
struct Folder {
    directory: PathBuf,
    force: bool,
    logs: BTreeMap<Kind, Log>,
    /// Behind the logs, whose files go first where they go.
    made: MadeDirectories,
}

impl Sink for Folder {
    fn write(&mut self, record: Record<'_>) -> anyhow::Result<Result<(), Damage>> {
        let log = match self.logs.entry(Kind::of(record)) {
            Entry::Occupied(log) => log.into_mut(),
            Entry::Vacant(place) => {
                let path = place.key().path(&self.directory, ROW.name);
                place.insert(Log::new(Output::create(&path, self.force)?)?)
            }
        };
        log.write(record)
    }

    /// Completes all logs, then puts each in its place.
    fn finish(self: Box<Self>) -> anyhow::Result<()> {
        let complete = self.logs.into_values().map(Log::complete).collect::<anyhow::Result<Vec<_>>>()?;
        complete.into_iter().try_for_each(Output::finish)?;
        self.made.keep();
        Ok(())
    }
}

/// The damage of a record that the output cannot hold.
pub(super) fn left_out(record: Record<'_>, reason: String) -> Damage {
    let event = record.view();
    let damage = Damage::at(DamageCode::Limit, event.place().offset, reason);
    match event.record_id() {
        Some(id) => damage.of_record(id),
        None => damage,
    }
}
