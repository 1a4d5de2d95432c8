//! `scan --against`: which lines of configurations would have hidden a finding.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use threadhunt::detect::Against;

use crate::commands::config::decide::{CONFIGURATIONS, ThroughArgs};
use crate::input::InputArgs;
use crate::voice::Voice;

/// Configurations to hold findings against.
#[derive(Args, Debug)]
#[command(next_help_heading = "Configuration")]
pub(super) struct AgainstArgs {
    /// Say of each finding by which line this Sysmon configuration would have hidden it; may be repeated
    ///
    /// All findings are shown all the same; --config is what leaves out.
    #[arg(long, value_name = "CONFIG", group = CONFIGURATIONS)]
    against: Vec<PathBuf>,
}

impl AgainstArgs {
    /// Reads them, before any log; `None` where Sysmon refuses one, which was told.
    pub(super) fn load(
        &self,
        through: &ThroughArgs,
        input: &InputArgs,
        voice: &Voice,
    ) -> anyhow::Result<Option<Arc<Against>>> {
        Ok(through.against(&self.against, input, voice)?.map(Arc::new))
    }
}
