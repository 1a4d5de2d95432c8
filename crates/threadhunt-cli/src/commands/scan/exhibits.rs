//! The third reading: the records of findings, whole, for outputs that hand them over or show them.
//!
//! Damages were told of in the first reading. What the inputs do not hold any more is missing in
//! the result, and whoever asked tells of it.

use std::ops::ControlFlow;

use threadhunt::detect::Sought;
use threadhunt::event::Batch;
use threadhunt::report::Exhibits;
use threadhunt::source::{Inputs, Options, Totals, run};

/// Fetches the records of findings out of the inputs that gave them.
///
/// What a configuration drops is no part of findings, so none is looked through here: records come
/// as they were logged. [`Sought::portions`] cuts many findings into what fits the memory.
pub(super) fn fetch(sought: &Sought, inputs: &Inputs, options: &Options) -> (Exhibits, Totals) {
    let mut exhibits = Exhibits::default();
    if sought.files().is_empty() {
        return (exhibits, Totals::default());
    }
    let options = Options { projection: sought.projection(), ..options.clone() };
    let pick = |batch: &mut Batch| sought.pick(batch);
    let totals = run(&inputs.only(&sought.files()), &options, &pick, &mut |delivery| {
        delivery.output.into_iter().for_each(|batch| exhibits.add(batch));
        ControlFlow::Continue(())
    });
    (exhibits, totals)
}
