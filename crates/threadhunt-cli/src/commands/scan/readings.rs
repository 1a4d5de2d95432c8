//! The readings of a scan: for the threads, once more where those are too many, and for what other events say.
//!
//! Damage is told of, and events are counted, in the first reading alone. A reading that was
//! interrupted is followed by no other.

use std::ops::ControlFlow;

use threadhunt::detect::{self, Against, Kept, Scan, Wanted};
use threadhunt::event::{Batch, Projection, Want};
use threadhunt::source::{Inputs, Options, Totals, run as read_again};

use super::sigma::Hunt;
use crate::commands::config::decide::Lens;
use crate::input::InputArgs;
use crate::reading::Reading;
use crate::voice::Voice;

/// What is read, and through which configurations.
#[derive(Clone, Copy)]
pub(super) struct Readings<'a> {
    pub(super) args: &'a InputArgs,
    pub(super) voice: &'a Voice,
    pub(super) inputs: &'a Inputs,
    pub(super) options: &'a Options,
    /// The configuration to look through.
    pub(super) lens: Option<&'a Lens>,
    /// The configurations to hold what is seen against.
    pub(super) against: &'a Against,
}

/// What is wanted, and what the configuration needs to decide over it.
pub(super) fn projection(wanted: Projection, lens: Option<&Lens>) -> Projection {
    lens.map_or(wanted.clone(), |lens| lens.projection(wanted))
}

/// Counts the time of a further reading, and whether it was interrupted.
pub(super) fn go_on(totals: &mut Totals, further: &Totals) {
    totals.elapsed += further.elapsed;
    totals.stopped |= further.stopped;
}

impl Readings<'_> {
    /// As many readings as the scan needs.
    pub(super) fn read(&self, scan: &mut Scan, hunt: Option<&mut Hunt<'_>>) -> anyhow::Result<Totals> {
        let mut totals = self.gather(scan, hunt)?;
        if !totals.stopped && scan.choose() {
            self.voice.note(
                "more pairs than details are kept of: the best of each pattern and the strongest are read again, \
                 the others counted",
            );
            go_on(&mut totals, &self.gather_again(scan));
        }
        if let Some(wanted) = scan.wanted().filter(|_| !totals.stopped) {
            go_on(&mut totals, &self.look_up(&wanted, scan));
        }
        Ok(totals)
    }

    /// The first reading.
    fn gather(&self, scan: &mut Scan, mut hunt: Option<&mut Hunt<'_>>) -> anyhow::Result<Totals> {
        let rules = hunt.as_ref().map(|hunt| hunt.rules);
        let projection = self.options.projection.clone();
        let reading = Reading { args: self.args, voice: self.voice, projection, progress: true };
        let facts = |batch: &mut Batch| {
            let kept = self.lens.map(|lens| lens.look(batch, |_| true));
            let kept = kept.as_deref().map_or(Kept::All, Kept::Only);
            (
                detect::extract_against(batch, kept, self.against),
                rules.map(|rules| rules.extract(batch, kept)),
            )
        };
        reading.read(self.inputs, self.options, &facts, &mut |delivery, _| {
            let (threads, of_rules) = delivery.output;
            scan.add(threads);
            if let (Some(hunt), Some(facts)) = (hunt.as_deref_mut(), of_rules) {
                hunt.add(facts);
            }
            Ok(ControlFlow::Continue(()))
        })
    }

    /// Events 8 once more, for the details of the strongest pairs.
    fn gather_again(&self, scan: &mut Scan) -> Totals {
        let threads = Projection::nothing().with([8], Want::All);
        let options = Options { projection: projection(threads, self.lens), ..self.options.clone() };
        // What the configuration drops was counted in the first reading.
        let facts = |batch: &mut Batch| {
            let kept = self.lens.map(|lens| lens.look(batch, |_| false));
            detect::extract_against(batch, kept.as_deref().map_or(Kept::All, Kept::Only), self.against)
        };
        read_again(self.inputs, &options, &facts, &mut |delivery| {
            scan.add(delivery.output);
            ControlFlow::Continue(())
        })
    }

    /// What other events say of the processes.
    fn look_up(&self, wanted: &Wanted, scan: &mut Scan) -> Totals {
        let options = Options { projection: projection(wanted.narrow(), self.lens), ..self.options.clone() };
        let context = |batch: &mut Batch| {
            if let Some(lens) = self.lens {
                let kept = lens.look(batch, |_| false);
                batch.retain(&kept);
            }
            wanted.extract(batch)
        };
        read_again(self.inputs, &options, &context, &mut |delivery| {
            scan.add_context(delivery.output);
            ControlFlow::Continue(())
        })
    }
}
