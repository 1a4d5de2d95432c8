//! `scan --review`: asks about one pattern after the other and writes down what is accepted.
//!
//! What covers most threads comes first, since few patterns make most of the noise. Cards and
//! questions go to standard error. Every entry is written as soon as it is complete, into a
//! successor that takes the file's place, so an interrupt or the end of the answers loses nothing,
//! and what stands in the file, comments too, is never touched.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use anyhow::{Context, anyhow, bail, ensure};
use threadhunt::detect::{Accepted, Answers, Rules, entry_text, in_days};
use threadhunt::event::FileTime;
use threadhunt::report::{Pattern, Scanned, printable};
use threadhunt::sink::scan::{Look, write_one_card};

use super::accept::{now, read};
use crate::output::{DEFAULT_WIDTH, Output, columns};
use crate::summary::{count, grouped};
use crate::voice::Voice;

/// A walk over patterns.
pub(super) struct Review<'a> {
    pub(super) path: &'a Path,
    pub(super) scanned: &'a Scanned,
    pub(super) rules: &'a Rules,
    pub(super) voice: &'a Voice,
    pub(super) stop: &'a AtomicBool,
    pub(super) answers: Lines,
}

/// Answers, a line each, as they come.
pub(super) struct Lines {
    lines: Receiver<io::Result<String>>,
    /// Where they stand, unless a person types them.
    prepared: Option<String>,
    /// The line that came last.
    at: Cell<u64>,
}

/// What ends a walk before its end.
enum End {
    /// No more answers, or `q`.
    Quit,
    Interrupted,
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for End {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

/// Lines from a file or the terminal, read beside, so that an interrupt ends the wait for one.
pub(super) fn answers(from: Option<&Path>) -> anyhow::Result<Lines> {
    let lines: Box<dyn BufRead + Send> = match from {
        Some(path) if path.as_os_str() != "-" => {
            let file =
                File::open(path).with_context(|| format!("cannot read the answers {}", path.display()))?;
            Box::new(BufReader::new(file))
        }
        Some(_) => Box::new(BufReader::new(io::stdin())),
        None => {
            let is_terminal = io::stdin().is_terminal();
            ensure!(
                is_terminal,
                "--review asks on the terminal, and there is none; --answers - reads answers from standard input"
            );
            Box::new(BufReader::new(io::stdin()))
        }
    };
    let (send, receive) = sync_channel(0);
    std::thread::spawn(move || lines.lines().try_for_each(|line| send.send(line)));
    let prepared = from.map(|path| printable(&path.to_string_lossy()).into_owned());
    Ok(Lines { lines: receive, prepared, at: Cell::new(0) })
}

/// How often a wait for an answer looks for an interrupt.
const TICK: Duration = Duration::from_millis(50);
/// Days after which an entry expires, unless told otherwise.
const DAYS: i64 = 180;
/// The share of all threads, in percent, that is told how few patterns have.
const MOST: u64 = 95;

impl Review<'_> {
    /// Asks about every pattern that is not accepted; gives whether it was interrupted.
    pub(super) fn run(self) -> anyhow::Result<bool> {
        let is_open = |pattern: &&Pattern| pattern.accepted.is_none() && !pattern.is_nameless_rest();
        let mut open: Vec<&Pattern> = self.scanned.patterns.iter().filter(is_open).collect();
        // Equals stay worst first.
        open.sort_by_key(|pattern| std::cmp::Reverse(pattern.threads));
        self.voice.line(&coverage(&open));
        let mut owner = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
        let mut written = 0;
        let end = self.walk(&open, &mut owner, &mut written);
        if end.is_ok() {
            self.tell_of_unused_answers();
        }
        let file = printable(&self.path.to_string_lossy()).into_owned();
        self.voice.line(&format!(
            "{} added to {file}, {} not accepted",
            count(written, "entry", "entries"),
            count(open.len() as u64 - written, "pattern", "patterns")
        ));
        match end {
            Ok(()) | Err(End::Quit) => Ok(false),
            Err(End::Interrupted) => Ok(true),
            Err(End::Failed(error)) => Err(error),
        }
    }

    fn walk(&self, open: &[&Pattern], owner: &mut Option<String>, written: &mut u64) -> Result<(), End> {
        let total: u64 = open.iter().map(|pattern| pattern.threads).sum();
        let mut covered = 0;
        for (at, pattern) in open.iter().enumerate() {
            covered += pattern.threads;
            self.voice.line(&format!(
                "\n[{} of {}] {}, {} % of all; {} % up to here",
                at + 1,
                open.len(),
                count(pattern.threads, "thread", "threads"),
                percent(pattern.threads, total),
                percent(covered, total)
            ));
            self.card(pattern)?;
            let is_accepted = self.asks_to_accept()?
                && self.accept(pattern, owner).inspect_err(|end| {
                    if matches!(end, End::Quit) {
                        self.voice
                            .warn("the answers end within an entry, so the last pattern is not accepted");
                    }
                })?;
            *written += u64::from(is_accepted);
        }
        Ok(())
    }

    fn card(&self, pattern: &Pattern) -> anyhow::Result<()> {
        let width = columns(&io::stderr()).unwrap_or(DEFAULT_WIDTH);
        let mut card = Vec::new();
        write_one_card(self.scanned, pattern, Look { width, color: self.voice.color }, &mut card)?;
        self.voice.line(String::from_utf8_lossy(&card).trim_end());
        Ok(())
    }

    fn asks_to_accept(&self) -> Result<bool, End> {
        loop {
            let answer = self.ask("accept it? a accepts, s or Enter skips, q quits: ")?;
            match answer.as_str() {
                "a" | "accept" | "y" | "yes" => return Ok(true),
                "s" | "skip" | "n" | "no" => return Ok(false),
                "" if self.answers.prepared.is_none() => return Ok(false),
                "q" | "quit" => return Err(End::Quit),
                _ => self.refuse(&format!("{answer:?} is no answer: a accepts, s skips, q quits"))?,
            }
        }
    }

    /// Asks for what an entry needs and writes it; gives whether there is one.
    fn accept(&self, pattern: &Pattern, owner: &mut Option<String>) -> Result<bool, End> {
        let reason = self.ask("reason, without which it is skipped: ")?;
        if reason.is_empty() {
            if self.answers.prepared.is_some() {
                self.refuse("the reason is empty; s instead of a skips")?;
            }
            return Ok(false);
        }
        let by = owner.insert(self.ask_for_owner(owner.as_deref().unwrap_or_default())?).clone();
        let now = now();
        let expires = self.ask_for_day(now)?;
        let answers = Answers { reason: &reason, owner: &by, expires: &expires };
        match entry_text(self.scanned, pattern, answers, now, self.rules) {
            Ok(entry) => append(self.path, &entry, self.rules)?,
            Err(error) => {
                self.voice.warn(&format!("not accepted: {error}"));
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn ask_for_owner(&self, known: &str) -> Result<String, End> {
        loop {
            let owner = self.ask_with_default("owner", known)?;
            if !owner.is_empty() {
                return Ok(owner);
            }
            self.refuse("the owner is empty: it is who answers for the entry")?;
        }
    }

    /// Says what is wrong with the last answer, so that a person is asked again. What was prepared is
    /// refused instead: the next line answers another question.
    fn refuse(&self, wrong: &str) -> Result<(), End> {
        let Some(file) = &self.answers.prepared else {
            self.voice.line(&printable(wrong));
            return Ok(());
        };
        let line = self.answers.at.get();
        self.voice.line("");
        Err(End::Failed(anyhow!("{file} line {line}: {}", printable(wrong))))
    }

    /// Answers that are left over mean that others were taken for what they are not.
    fn tell_of_unused_answers(&self) {
        let Some(file) = self.answers.prepared.as_ref().filter(|file| *file != "-") else { return };
        let mut left = (self.answers.at.get() + 1..).zip(&self.answers.lines);
        let unused = left.find(|(_, line)| line.as_ref().is_ok_and(|line| !line.trim().is_empty()));
        if let Some((line, _)) = unused {
            self.voice.warn(&format!("{file}: nothing asked for the answers from line {line} on"));
        }
    }

    fn ask_for_day(&self, now: FileTime) -> Result<String, End> {
        loop {
            let day = self.ask_with_default("last day", &in_days(now, DAYS))?;
            if is_day(&day) && day >= in_days(now, 0) {
                return Ok(day);
            }
            self.refuse(&format!("{day:?} is no day from today on, such as 2027-01-31"))?;
        }
    }

    fn ask_with_default(&self, what: &str, default: &str) -> Result<String, End> {
        let answer = self.ask(&format!("{what} [{}]: ", printable(default)))?;
        Ok(if answer.is_empty() { default.to_owned() } else { answer })
    }

    /// The next answer, without blanks around it.
    fn ask(&self, question: &str) -> Result<String, End> {
        let mut err = io::stderr();
        let _ = err.write_all(question.as_bytes()).and_then(|()| err.flush());
        loop {
            if self.stop.load(Ordering::Relaxed) {
                self.voice.line("");
                return Err(End::Interrupted);
            }
            match self.answers.lines.recv_timeout(TICK) {
                Ok(line) => {
                    self.answers.at.set(self.answers.at.get() + 1);
                    return Ok(line.context("cannot read the answers")?.trim().to_owned());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.voice.line("");
                    return Err(End::Quit);
                }
            }
        }
    }
}

/// How few patterns are most of the threads.
fn coverage(open: &[&Pattern]) -> String {
    let total: u64 = open.iter().map(|pattern| pattern.threads).sum();
    let mut covered = 0;
    let is_short = |pattern: &&&Pattern| {
        let short = covered * 100 < total * MOST;
        covered += if short { pattern.threads } else { 0 };
        short
    };
    let few = open.iter().take_while(is_short).count();
    let patterns = count(open.len() as u64, "pattern is", "patterns are");
    if open.is_empty() {
        return "nothing is left to review".to_owned();
    }
    format!(
        "{patterns} not accepted; the first {} cover {} % of {}",
        grouped(few as u64),
        percent(covered, total),
        count(total, "thread", "threads")
    )
}

/// Whole percent, so that only all is 100.
fn percent(part: u64, whole: u64) -> u64 {
    (u128::from(part) * 100 / u128::from(whole.max(1))) as u64
}

fn is_day(text: &str) -> bool {
    text.len() == 10 && FileTime::parse(&format!("{text}T00:00:00Z")).is_some()
}

const HEADER: &str =
    "# Accepted patterns of `threadhunt scan --accept`; an entry holds until its last day.\n";

/// Adds an entry at the end of a list, which it makes where there is none.
fn append(path: &Path, entry: &str, rules: &Rules) -> anyhow::Result<()> {
    let named = || format!("cannot add to {}", path.display());
    // Read anew each time: somebody may write to it meanwhile, and lines of it alone can be wrong.
    let present = read(path).with_context(named)?;
    let mut text = present.clone().unwrap_or_else(|| HEADER.to_owned());
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(entry);
    if let Err(errors) = Accepted::parse(&text, rules) {
        let first = errors.first().map(ToString::to_string).unwrap_or_default();
        bail!("cannot add an entry to {}: {first}", path.display());
    }
    let mut output = match present {
        Some(_) => Output::replacing(path)?,
        None => Output::create(path, false)?,
    };
    output.write_all(text.as_bytes())?;
    output.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_of_the_calendar() {
        for (text, known) in
            [("2027-01-31", true), ("2027-02-31", false), ("2027-1-1", false), ("tomorrow", false)]
        {
            assert_eq!(is_day(text), known, "{text}");
        }
    }

    #[test]
    fn only_all_is_a_hundred_percent() {
        assert_eq!((percent(999, 1000), percent(1000, 1000), percent(0, 0)), (99, 100, 0));
        assert_eq!(percent(u64::MAX, u64::MAX), 100);
    }
}
