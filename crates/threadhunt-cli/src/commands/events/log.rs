//! `--format evtx`: the events as an event log of their own.
//!
//! The workers only select. An event log shares names and templates between its records, so
//! they go through the writer here, in order. A record that no event log can hold is told of
//! and counted as lost; the rest is written.

use std::ops::ControlFlow;

use anyhow::{Context, ensure};
use threadhunt::event::{Damage, DamageCode, Record};
use threadhunt::sink::evtx::{EvtxWriteError, EvtxWriter};
use threadhunt::source::{Delivery, Stage, Totals};

use crate::output::{Output, OutputArgs};
use crate::reading::{Reading, Reporter};

/// The format's name and what it is, beside those of the library's table.
pub(in crate::commands) const NAME: &str = "evtx";
pub(in crate::commands) const DOC: &str = "a Windows event log; needs --output FILE";

/// Writes the records that are selected, up to a limit.
pub(in crate::commands) fn write(
    output: &OutputArgs,
    reading: Reading<'_>,
    limit: Option<u64>,
    select: &impl Stage<Output = Vec<u32>>,
) -> anyhow::Result<Totals> {
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
    let mut log = Log { writer: EvtxWriter::new(output).context(CANNOT)?, left: limit };
    let totals = reading.run(select, &mut |delivery, reporter| log.write(&delivery, reporter))?;
    // What was interrupted is not complete, and a file must not look as if it were.
    if !totals.stopped {
        log.writer.finish().context(CANNOT)?.finish()?;
    }
    Ok(totals)
}

const CANNOT: &str = "cannot write the event log";

/// The log in the making.
struct Log {
    writer: EvtxWriter<Output>,
    /// How many records may still be written.
    left: Option<u64>,
}

impl Log {
    fn write(
        &mut self,
        delivery: &Delivery<'_, Vec<u32>>,
        reporter: &mut Reporter<'_>,
    ) -> anyhow::Result<ControlFlow<()>> {
        for index in &delivery.output {
            if self.left == Some(0) {
                break;
            }
            match self.writer.write(delivery.batch.record_at(*index as usize)) {
                Ok(()) => self.left = self.left.map(|left| left - 1),
                Err(EvtxWriteError::Refused(damage)) => reporter.refuse(&delivery.batch.origin, &damage),
                // What is written stays; of the rest each is told of.
                Err(full @ EvtxWriteError::Full) => {
                    let record = delivery.batch.record_at(*index as usize);
                    reporter.refuse(&delivery.batch.origin, &left_out(record, &full));
                }
                Err(error) => return Err(error).context(CANNOT),
            }
        }
        Ok(if self.left == Some(0) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}

fn left_out(record: Record<'_>, reason: &EvtxWriteError) -> Damage {
    let event = record.view();
    let damage = Damage::at(DamageCode::Limit, event.place().offset, reason.to_string());
    match event.record_id() {
        Some(id) => damage.of_record(id),
        None => damage,
    }
}
