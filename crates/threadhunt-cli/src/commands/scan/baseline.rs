//! `scan --baseline`: comparing what is found with what the computers ordinarily do.

use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;
use threadhunt::detect::{Baseline, Rules, Scan};

use crate::commands::baseline::{note_foreign_classes, read};
use crate::input::InputArgs;
use crate::voice::Voice;

/// What findings are compared with.
#[derive(Args, Debug)]
pub(super) struct BaselineArgs {
    /// Weigh how rare each finding is by FILE, which `threadhunt baseline build` made
    ///
    /// Rarity alone never makes a finding `high`; what most hosts do for two weeks gets a credit. The days
    /// of a finding on its own host do not count.
    #[arg(long, value_name = "FILE", help_heading = "Judgement")]
    baseline: Option<PathBuf>,
}

impl BaselineArgs {
    /// The baseline that is named.
    pub(super) fn load(
        &self,
        input: &InputArgs,
        rules: &Rules,
        voice: &Voice,
    ) -> anyhow::Result<Option<Baseline>> {
        let Some(path) = &self.baseline else { return Ok(None) };
        let stdin_twice = path.as_os_str() == "-" && input.reads_stdin();
        ensure!(!stdin_twice, "standard input cannot be both a log and the baseline");
        let baseline = read(path)?;
        note_foreign_classes(&baseline, rules, path, voice);
        Ok(Some(baseline))
    }
}

/// A scan that compares with a baseline where there is one.
pub(super) fn comparing(scan: Scan, baseline: Option<Baseline>) -> Scan {
    match baseline {
        Some(baseline) => scan.with_baseline(baseline),
        None => scan,
    }
}
