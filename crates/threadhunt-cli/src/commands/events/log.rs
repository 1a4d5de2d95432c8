//! `--format evtx`: the events as an event log of their own.

use anyhow::{Context, ensure};
use threadhunt::event::{Damage, DamageCode, Record};
use threadhunt::sink::evtx::{EvtxWriteError, EvtxWriter};

use super::ordered::{Row, Sink};
use crate::output::{Output, OutputArgs};

/// The format.
pub(super) const ROW: Row = Row { name: "evtx", doc: "a Windows event log; needs --output FILE", open };

fn open(output: &OutputArgs, _ids: &[u16]) -> anyhow::Result<Box<dyn Sink>> {
    ensure!(
        !output.is_stdout(),
        "an event log cannot be written to standard output, since its header counts what follows; \
         name a file with --output"
    );
    let output = output.open()?;
    ensure!(
        output.is_file(),
        "an event log cannot be written to a pipe or device; name a file with --output"
    );
    Ok(Box::new(Log(EvtxWriter::new(output).context(CANNOT)?)))
}

const CANNOT: &str = "cannot write the event log";

/// The log in the making.
struct Log(EvtxWriter<Output>);

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
        self.0.finish().context(CANNOT)?.finish()
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
