//! Exit codes: a promise, written down in `--help` and held by tests.

use threadhunt::source::Totals;

/// Everything was read.
pub(crate) const SUCCESS: u8 = 0;
/// Findings of a level that was asked for, or a failed check.
pub(crate) const FINDINGS: u8 = 1;
/// What was asked for makes no sense or cannot be done at all.
pub(crate) const USAGE: u8 = 2;
/// A record, or an input that was named, could not be read.
pub(crate) const LOSS: u8 = 3;
/// Interrupted: 128 and the number of SIGINT, as shells say it.
pub(crate) const INTERRUPTED: u8 = 130;

/// The exit code for what was read; strict, a warning counts as a loss.
pub(crate) fn of_reading(totals: &Totals, strict: bool) -> u8 {
    if totals.stopped {
        INTERRUPTED
    } else if totals.losses > 0 || strict && totals.warnings > 0 {
        LOSS
    } else {
        SUCCESS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(losses: u64, warnings: u64, stopped: bool, strict: bool, expected: u8) {
        let totals = Totals { losses, warnings, stopped, ..Totals::default() };
        assert_eq!(of_reading(&totals, strict), expected);
    }

    #[test]
    fn the_first_that_holds_counts() {
        check(0, 0, false, true, SUCCESS);
        check(0, 1, false, false, SUCCESS);
        check(0, 1, false, true, LOSS);
        check(1, 0, false, false, LOSS);
        check(1, 1, true, true, INTERRUPTED);
    }
}
