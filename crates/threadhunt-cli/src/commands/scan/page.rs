//! `--format html`: a page for a browser, which carries the records of the worst findings.

use threadhunt::detect::Sought;
use threadhunt::report::{Exhibits, Scanned};
use threadhunt::sink::scan::{RECORDS_IN_HTML, shown_in_html};
use threadhunt::source::{Inputs, Options, Totals};

use super::exhibits::fetch;
use super::readings::go_on;
use crate::output::OutputArgs;

/// Refuses what nobody could read.
pub(super) fn check(output: &OutputArgs) -> anyhow::Result<()> {
    anyhow::ensure!(
        !output.is_terminal(),
        "a page is nothing for a terminal; -o report.html writes it to a file"
    );
    Ok(())
}

/// Fetches the records that the page shows, unless the readings before were interrupted.
pub(super) fn exhibits(
    scanned: &Scanned,
    inputs: &Inputs,
    options: &Options,
    totals: &mut Totals,
) -> Exhibits {
    if totals.stopped {
        return Exhibits::default();
    }
    let sought = Sought::foremost(shown_in_html(scanned), RECORDS_IN_HTML);
    let (exhibits, third) = fetch(&sought, inputs, options);
    go_on(totals, &third);
    exhibits
}
