//! `scan --accept`: patterns that a person accepted, from a file with reason, owner and expiry.
//!
//! The file is read before any log, and refused whole with every complaint. What came of its
//! entries is told: one that has expired, fits nothing, or fits only what has become worse.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, ensure};
use clap::Args;
use threadhunt::detect::{Accepted, CountedUse, EntryUse, Rules};
use threadhunt::event::FileTime;
use threadhunt::report::{Scanned, printable};

use super::review::{Lines, Review, answers};
use crate::input::InputArgs;
use crate::summary::count;
use crate::voice::Voice;

/// What is known.
#[derive(Args, Debug)]
#[command(next_help_heading = "Judgement")]
pub(super) struct AcceptArgs {
    /// Patterns that are known and accepted, from FILE (TOML), with reason, owner and expiry
    ///
    /// They are counted instead of shown, and --fail-on ignores them. docs/accept.md in the sources says
    /// what stands in the file.
    #[arg(long, value_name = "FILE")]
    accept: Option<PathBuf>,

    /// Go through the patterns that are not accepted yet, and add those that you accept to the file of --accept
    ///
    /// What covers most threads comes first. The file is made where it is not there, what is in it stays,
    /// and each answer is written at once.
    #[arg(long, requires = "accept", conflicts_with_all = ["format", "output", "show", "fail_on"])]
    review: bool,

    /// Take the answers of --review from FILE, a line each, instead of the terminal; `-` is standard input
    #[arg(long, value_name = "FILE", requires = "review")]
    answers: Option<PathBuf>,
}

/// A list has some kilobytes; what has no end is not read to it.
const MAX_BYTES: u64 = 1 << 24;

/// The text of a list; `None` where there is no file.
pub(super) fn read(path: &Path) -> io::Result<Option<String>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = String::new();
    file.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    match text.len() as u64 > MAX_BYTES {
        true => Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than any list")),
        false => Ok(Some(text)),
    }
}

/// The time by the clock of this machine.
pub(super) fn now() -> FileTime {
    const EPOCH: &str = "1970-01-01T00:00:00Z";
    let epoch = FileTime::parse(EPOCH).unwrap_or_default();
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    FileTime(epoch.0.saturating_add(u64::try_from(since.as_nanos() / 100).unwrap_or(u64::MAX)))
}

impl AcceptArgs {
    /// Reads the list, before any log; `None` where it is refused, which was told.
    pub(super) fn load(&self, rules: &Rules, voice: &Voice) -> anyhow::Result<Option<Accepted>> {
        let Some(path) = &self.accept else { return Ok(Some(Accepted::default())) };
        let named = || format!("cannot read the accepted patterns {}", path.display());
        let text = read(path).with_context(named)?;
        ensure!(
            text.is_some() || self.review,
            "there is no list of accepted patterns {}; --review makes one",
            path.display()
        );
        match Accepted::parse(&text.unwrap_or_default(), rules) {
            Ok(accepted) => Ok(Some(accepted)),
            Err(errors) => {
                let path = path.to_string_lossy();
                let lines = errors.iter().map(|error| format!("error: {path} {error}"));
                lines.for_each(|line| voice.line(&printable(&line)));
                Ok(None)
            }
        }
    }

    /// Where a review takes its answers from, made ready before any log is read; `None` without a review.
    pub(super) fn answers(&self, input: &InputArgs) -> anyhow::Result<Option<Lines>> {
        if !self.review {
            return Ok(None);
        }
        self.refuse_stdin_for_both(input)?;
        answers(self.answers.as_deref()).map(Some)
    }

    /// Standard input can be read once.
    fn refuse_stdin_for_both(&self, input: &InputArgs) -> anyhow::Result<()> {
        let from_stdin = self.answers.as_ref().is_none_or(|path| path.as_os_str() == "-");
        ensure!(
            !(from_stdin && input.reads_stdin()),
            "standard input cannot be both a log and the answers of --review; --answers FILE reads them elsewhere"
        );
        Ok(())
    }

    /// Marks what is accepted, and says what came of the entries.
    pub(super) fn apply(&self, accepted: &Accepted, scanned: &mut Scanned, voice: &Voice) {
        let Some(path) = &self.accept else { return };
        for entry in accepted.apply(scanned, now()) {
            let place = format!("{} line {}", path.display(), entry.acceptance.line);
            tell(&place, &entry, voice);
        }
        let nameless = nameless_pairs(scanned);
        if nameless > 0 {
            voice.note(&format!(
                "{} counted beyond all patterns cannot be accepted: there are too many patterns at once; scan fewer logs",
                count(nameless, "pair", "pairs")
            ));
        }
    }

    /// Asks about what is not accepted; gives whether it was interrupted.
    pub(super) fn review(
        &self,
        scanned: &Scanned,
        rules: &Rules,
        voice: &Voice,
        (answers, stop): (Lines, &AtomicBool),
    ) -> anyhow::Result<bool> {
        let path = self.accept.as_deref().context("--review needs --accept FILE")?;
        Review { path, scanned, rules, voice, stop, answers }.run()
    }
}

fn tell(place: &str, entry: &EntryUse, voice: &Voice) {
    if entry.expired {
        let day = &entry.acceptance.expires;
        voice.warn(&format!("{place}: the entry expired on {day} and accepts nothing; renew or remove it"));
        return;
    }
    let CountedUse { pairs, worse, unknown } = entry.counted;
    let fits = [
        (entry.worse, count(entry.worse, "finding fits", "findings fit")),
        (worse, count(worse, "pair that is only counted fits", "pairs that are only counted fit")),
    ];
    for (_, what) in fits.iter().filter(|(number, _)| *number > 0) {
        voice
            .warn(&format!("{place}: {what} the entry with more than its max_severity, and so not accepted"));
    }
    if unknown > 0 {
        let pairs = count(unknown, "pair is", "pairs are");
        voice.note(&format!(
            "{place}: {pairs} only counted and not accepted, since nothing is known of their users, modules, \
             functions and exact paths; name the start class and the path as the pattern has it, or scan fewer logs at once"
        ));
    }
    if entry.findings + entry.worse + pairs + worse + unknown == 0 {
        voice.note(&format!("{place}: the entry fits no finding"));
    }
}

/// Pairs that are counted beyond all patterns.
fn nameless_pairs(scanned: &Scanned) -> u64 {
    let nameless = scanned.patterns.iter().filter(|pattern| pattern.is_nameless_rest());
    nameless.map(|pattern| pattern.counted).sum()
}
