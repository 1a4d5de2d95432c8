//! `threadhunt scan --sigma`: rules that are looked for beside the threads, in the same reading.

use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;
use threadhunt::detect::{Copies, Kept, SigmaFacts, SigmaScan, SigmaSearch};
use threadhunt::event::{Batch, Projection};
use threadhunt::filter::sigma::{Entry, Loaded, Standing};
use threadhunt::report::Scanned;

use crate::commands::sigma::{Reading, placeholder};
use crate::input::InputArgs;
use crate::summary::count;
use crate::voice::Voice;

/// Rules to look for.
#[derive(Args, Debug)]
#[command(next_help_heading = "Sigma")]
pub(super) struct SigmaArgs {
    /// Find what Sigma rules find in all Sysmon events: a file, or a directory or an archive of rules
    ///
    /// Can be given again. `threadhunt sigma check` says which rules can fit and which never will.
    #[arg(long, value_name = "PATH")]
    sigma: Vec<PathBuf>,

    /// Take each log to the letter: absent, empty and `-` are three things to a rule, not one
    #[arg(long, requires = "sigma")]
    sigma_strict: bool,

    /// Values of a placeholder that rules ask for with `expand`
    #[arg(long, value_name = "NAME=VALUE,...", value_parser = placeholder, requires = "sigma")]
    sigma_placeholder: Vec<(String, Vec<String>)>,
}

/// The rules of a scan.
pub(super) struct Rules {
    search: SigmaSearch,
    /// Rules that cannot be used, and files that could not be read.
    lost: u64,
}

impl SigmaArgs {
    /// Loads the rules, before any log.
    pub(super) fn load(&self, input: &InputArgs, voice: &Voice) -> anyhow::Result<Option<Rules>> {
        if self.sigma.is_empty() {
            return Ok(None);
        }
        let from_stdin = self.sigma.iter().any(|path| path.as_os_str() == "-");
        ensure!(
            !(from_stdin && input.reads_stdin()),
            "standard input cannot be both rules and what they are looked for in"
        );
        let reading = Reading { strict: self.sigma_strict, placeholders: self.sigma_placeholder.clone() };
        let (loaded, unreadable) = reading.load(&self.sigma, voice)?;
        tell_of_unused(&self.sigma, &loaded, voice);
        let lost = unreadable + loaded.refused();
        Ok(Some(Rules { search: SigmaSearch::new(loaded.rules), lost }))
    }
}

/// Says how many rules take no part, and who says why.
fn tell_of_unused(paths: &[PathBuf], loaded: &Loaded, voice: &Voice) {
    let counted = |is: fn(&Standing) -> bool, what: &str| {
        let matching = |entry: &&Entry| is(&entry.standing);
        let number = loaded.entries.iter().filter(matching).count() as u64;
        (number > 0).then(|| count(number, what, what))
    };
    let parts = [
        counted(|standing| matches!(standing, Standing::Refused(_)), "cannot be used"),
        counted(|standing| matches!(standing, Standing::Never(_)), "can never fit"),
        counted(|standing| matches!(standing, Standing::OtherLog(_)), "of other logs"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        return;
    }
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let rules = count(loaded.entries.len() as u64, "Sigma rule", "Sigma rules");
    let text =
        format!("of {rules}, {}; threadhunt sigma check {} says why", parts.join(", "), paths.join(" "));
    if loaded.rules.is_empty() {
        voice.warn(&format!("no rule can fit: {text}"));
    } else if loaded.refused() > 0 {
        voice.warn(&text);
    } else {
        voice.note(&text);
    }
}

impl Rules {
    /// What has to be decoded for the rules, and for what else is wanted.
    pub(super) fn projection(&self, wanted: &Projection) -> Projection {
        self.search.projection(wanted)
    }

    /// Looks at a batch.
    pub(super) fn extract(&self, batch: &Batch, kept: Kept<'_>) -> SigmaFacts {
        self.search.extract(batch, kept)
    }

    /// A place to gather what they find.
    pub(super) fn hunt(&self, copies: Copies) -> Hunt<'_> {
        Hunt { rules: self, scan: SigmaScan::new(&self.search, copies) }
    }
}

/// What rules found so far.
pub(super) struct Hunt<'r> {
    pub(super) rules: &'r Rules,
    scan: SigmaScan,
}

impl Hunt<'_> {
    /// Takes what was found in a batch.
    pub(super) fn add(&mut self, facts: SigmaFacts) {
        self.scan.add(facts);
    }

    /// Adds what was found to the result, and says what could not be kept; gives how many rules were
    /// lost.
    pub(super) fn finish(self, scanned: &mut Scanned, voice: &Voice) -> u64 {
        let limits = self.scan.finish(&self.rules.search, scanned);
        let told = [
            (limits.matches_left_out, "belong to rules and computers beyond the most that are kept"),
            (limits.unremembered, "are counted for each record: they are too many to know copies by"),
            (limits.uncorrelated, "are later than the most that correlations are decided over"),
        ];
        for (number, what) in told.into_iter().filter(|(number, _)| *number > 0) {
            voice.warn(&format!("{} of Sigma rules {what}", count(number, "match", "matches")));
        }
        self.rules.lost
    }
}

/// Says that findings are not in the output, because its form has no place for them.
pub(super) fn tell_of_omission(scanned: &Scanned, voice: &Voice) {
    if !scanned.sigma.is_empty() {
        let findings = count(scanned.sigma.len() as u64, "finding", "findings");
        voice.note(&format!("{findings} of Sigma rules have no place in this form; --format jsonl has them"));
    }
}
