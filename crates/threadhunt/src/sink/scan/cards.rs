//! Findings for eyes, worst first: a card for each pattern that deserves a look.
//!
//! A card says in ten seconds who did what to whom, why that is judged so, what else happened,
//! what would make it harmless, and where the proof lies. It shows the worst finding of its
//! pattern and counts the others. What is below medium is one line with its count, so that
//! nothing is hidden; `Show` asks for more. The shape is no promise: programs read JSON lines.

mod brief;
mod crowd;
mod full;
mod sigma;

use std::io::{self, Write};

use super::cell::Cell;
use super::coverage::{self, Extent};
use super::held::{accepted, accepted_lines, hidden, left_out_lines};
use super::look::{
    GAP, Look, broken, computer_name, counted, grouped, labelled, padded, plain, to_second, wrapped,
};
use super::{tampered, verdict};
use crate::event::FileTime;
use crate::report::{Evidence, Finding, Party, Pattern, Scanned, Severity, SigmaFinding, printable};

pub(super) use crowd::{summary as crowd_summary, title as crowd_title};
pub(super) use full::process;
pub(super) use sigma::summary as sigma_summary;

/// What to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Show {
    /// Cards for medium and above, the rest counted.
    #[default]
    Worst,
    /// A card for every pattern.
    All,
    /// Everything about the findings whose id begins so, with or without `F-` or `S-`.
    One(String),
}

/// Writes cards, and then what the inputs cover.
pub fn write(scanned: &Scanned, show: &Show, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let look = look.within_reason();
    let digits = digits_of(scanned.findings.iter().map(|finding| finding.id));
    match show {
        Show::One(id) => return write_one(scanned, id, look, out),
        Show::Worst | Show::All => write_left_out(scanned, look, out)?,
    }
    let is_loud = |pattern: &&Pattern| pattern.severity >= Severity::Medium && pattern.accepted.is_none();
    let is_shown = |pattern: &&Pattern| *show == Show::All || is_loud(pattern);
    let root = root(scanned);
    let most = if *show == Show::All { usize::MAX } else { MAX_CARDS };
    let mut shown = scanned.patterns.iter().filter(is_shown).peekable();
    let help = shown.peek().map(|_| RULES_HELP.to_owned());
    for pattern in shown.by_ref().take(most) {
        write_pattern(scanned, pattern, Card { look, out, digits, against: scanned.against.len(), root })?;
    }
    let brief: Vec<&Pattern> = shown.collect();
    for pattern in &brief {
        Card { look, out, digits, against: 0, root }.one_line(scanned, pattern)?;
    }
    if !brief.is_empty() {
        writeln!(out)?;
    }
    let is_rest =
        |pattern: &&Pattern| !is_shown(pattern) && pattern.accepted.is_none() && !pattern.findings.is_empty();
    let rest: Vec<&Pattern> = scanned.patterns.iter().filter(is_rest).collect();
    let hint = if *show == Show::All { "" } else { ": --show all" };
    let accepted = accepted_lines(scanned).into_iter().map(|line| format!("{}{hint}", printable(&line)));
    let told: Vec<String> =
        rest_line(&rest).into_iter().chain(crowd_summary(&scanned.patterns)).chain(accepted).collect();
    told.iter().try_for_each(|line| lines(line, look.width, out))?;
    let tampering = tampered::told(scanned);
    tampering.iter().try_for_each(|line| tampered::write(line, look, out))?;
    help.iter().try_for_each(|line| lines(line, look.width, out))?;
    if !told.is_empty() || !tampering.is_empty() || help.is_some() {
        writeln!(out)?;
    }
    sigma::write(scanned, show, look, out)?;
    let extent = if *show == Show::All { Extent::Whole } else { Extent::Folded };
    coverage::write(scanned, extent, look, out)?;
    verdict::write(scanned, look, out)
}

/// Cards that are shown unasked; of the patterns behind them there is a line each.
const MAX_CARDS: usize = 20;

/// The directory in which all files lie that hold records of findings, with a separator at its end.
fn root(scanned: &Scanned) -> &str {
    let files = scanned.findings.iter().flat_map(Finding::thread_records).map(|record| &*record.origin.file);
    let folder = |file: &'_ str| file.rfind(['/', '\\']).map_or(0, |at| at + 1);
    files
        .map(|file| &file[..folder(file)])
        .reduce(|one, other| {
            let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
            // Of two paths that part within a character there is no common text there either.
            let shared = one.get(..same).unwrap_or_default();
            &shared[..folder(shared)]
        })
        .unwrap_or_default()
}

/// Writes the card of one pattern.
pub fn write_one_card(
    scanned: &Scanned,
    pattern: &Pattern,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let digits = digits_of(scanned.findings.iter().map(|finding| finding.id));
    let look = look.within_reason();
    let root = root(scanned);
    write_pattern(scanned, pattern, Card { look, out, digits, against: scanned.against.len(), root })
}

fn write_pattern(scanned: &Scanned, pattern: &Pattern, mut card: Card<'_>) -> io::Result<()> {
    let worst = pattern.findings.first().and_then(|place| scanned.findings.get(*place));
    let Some(finding) = worst else { return card.crowd(pattern) };
    card.write(finding, pattern)?;
    card.also(pattern)?;
    writeln!(card.out)
}

/// How many there are below medium.
fn rest_line(rest: &[&Pattern]) -> Option<String> {
    let pairs = rest.iter().map(|pattern| pattern.findings.len() as u64).sum();
    let threads = rest.iter().map(|pattern| pattern.threads).sum();
    let (patterns, pairs, threads) =
        (counted(rest.len() as u64, "pattern"), counted(pairs, "pair"), counted(threads, "thread"));
    (!rest.is_empty()).then(|| format!("{patterns} below medium ({pairs}, {threads}): --show all"))
}

/// What is not shown because somebody asked for that, or that there is nothing to show.
pub(super) fn write_left_out(scanned: &Scanned, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let told = left_out_lines(scanned);
    told.iter().try_for_each(|line| lines(line, look.width, out))?;
    if told.is_empty() { Ok(()) } else { writeln!(out) }
}

fn lines(text: &str, width: usize, out: &mut dyn Write) -> io::Result<()> {
    broken(text, width).iter().try_for_each(|line| writeln!(out, "{line}"))
}

fn write_one(scanned: &Scanned, id: &str, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let found: Vec<&Finding> = scanned.findings.iter().filter(|finding| finding.has_id(id)).collect();
    let of_rules: Vec<&SigmaFinding> = scanned.sigma.iter().filter(|finding| finding.has_id(id)).collect();
    let is_left_out = scanned.left_out.iter().any(|left| left.has_id(id));
    if found.is_empty() && of_rules.is_empty() && !is_left_out {
        writeln!(out, "no finding has an id that begins with {}", printable(id))?;
    }
    for left in scanned.left_out.iter().filter(|left| left.has_id(id)) {
        writeln!(
            out,
            "a finding whose id begins with {} was left out ({})",
            printable(id),
            left.wish.words()
        )?;
    }
    for finding in of_rules {
        Card { look, out, digits: 16, against: 0, root: "" }.sigma_full(finding)?;
        writeln!(out)?;
    }
    for finding in found {
        let mut card = Card { look, out, digits: 16, against: scanned.against.len(), root: "" };
        card.head(finding)?;
        card.full(finding)?;
        writeln!(out)?;
    }
    Ok(())
}

/// Writes everything about a finding.
pub fn write_card(finding: &Finding, look: Look, out: &mut dyn Write) -> io::Result<()> {
    // How many configurations there were is not known of a finding alone.
    let mut card = Card { look: look.within_reason(), out, digits: 16, against: 0, root: "" };
    card.head(finding)?;
    card.full(finding)
}

/// Digits of an id that tell all findings apart; no fewer than people are used to.
fn digits_of(ids: impl Iterator<Item = u64>) -> usize {
    const LEAST: usize = 4;
    let mut ids: Vec<u64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    let shared = |pair: &[u64]| (pair[0] ^ pair[1]).leading_zeros() as usize / 4;
    ids.windows(2).map(|pair| shared(pair) + 1).fold(LEAST, usize::max)
}

/// How to read what cards refer to.
const RULES_HELP: &str = "what a rule weighs, and why: threadhunt rules show NAME";

/// Columns of `critical 99`.
const MARK: usize = 11;

/// Columns before the text of a card's line.
const INDENT: usize = 9;

/// A card in the making.
struct Card<'a> {
    look: Look,
    out: &'a mut dyn Write,
    digits: usize,
    /// How many configurations findings were held against.
    against: usize,
    /// The directory that paths of logs are told without.
    root: &'a str,
}

impl Card<'_> {
    fn write(&mut self, finding: &Finding, pattern: &Pattern) -> io::Result<()> {
        let room = self.look.width - INDENT;
        self.head(finding)?;
        self.line("what", &brief::what(finding, room))?;
        self.line("who", &brief::who(finding, room))?;
        self.line("why", &brief::sum(&finding.judgement.ledger, room))?;
        self.hops(finding)?;
        self.line("chain", &brief::chain(finding, room))?;
        self.named(&finding.sigma)?;
        let benign: Vec<&str> = finding.judgement.benign_if.iter().map(|text| &**text).collect();
        let reasons = (!benign.is_empty()).then(|| format!("benign if {}", benign.join("; or if ")));
        let label = if benign.is_empty() { "rule" } else { "or" };
        let show = format!("threadhunt rules show {}", pattern.class);
        self.line(
            label,
            &brief::beside(reasons.unwrap_or_default(), &[&show, &format!("rule {}", pattern.class)], room),
        )?;
        if !finding.hidden_by.is_empty() {
            self.hidden(finding, false)?;
        }
        self.known(finding)?;
        self.doubts(finding)?;
        self.proof(finding)
    }

    /// Where the records lie, that no configuration hides them, and how to see it all.
    fn proof(&mut self, finding: &Finding) -> io::Result<()> {
        let room = self.look.width - INDENT;
        let seen = finding.hidden_by.is_empty().then(|| hidden(finding, self.against, false)).flatten();
        let seen = seen.map(|text| format!("hidden {text}")).unwrap_or_default();
        let full = format!("full: --show {}", self.short_id(finding));
        let first =
            finding.thread_records().first().map(|record| brief::record_place(record, self.root, room));
        let records = first.unwrap_or_default() + &brief::more(finding.evidence.offered());
        let rest = [seen, full].map(|part| brief::together(&part, room));
        self.whole_line("proof", &brief::parts(std::iter::once(records).chain(rest)))
    }

    /// A line in which no name is broken, however long.
    fn whole_line(&mut self, label: &str, text: &str) -> io::Result<()> {
        let mut label = label;
        for line in wrapped(&printable(text), self.look.width - INDENT) {
            let head = self.look.dim(&padded(label, INDENT - 2));
            writeln!(self.out, "  {head}{line}")?;
            label = "";
        }
        Ok(())
    }

    /// `high 81  a.exe (1) → b.exe (2)   HOST   1 thread   --show F-3a91`
    fn one_line(&mut self, scanned: &Scanned, pattern: &Pattern) -> io::Result<()> {
        let mark = format!("{} {}", pattern.severity.name(), pattern.score.points());
        let worst = pattern.findings.first().and_then(|place| scanned.findings.get(*place));
        let (pair, id) = match worst {
            Some(finding) => (
                format!("{} → {}", party(&finding.source), party(&finding.target)),
                format!("--show {}", self.short_id(finding)),
            ),
            None => (crowd_title(pattern), String::new()),
        };
        let computers = match worst.filter(|_| pattern.computers == 1) {
            Some(finding) => computer_name(&finding.computer),
            None => counted(pattern.computers, "computer"),
        };
        let rest =
            [computers, counted(pattern.threads, "thread"), id].map(|part| part.replace(' ', "\u{a0}"));
        let text = brief::parts(std::iter::once(pair).chain(rest));
        let lead = padded(&mark, MARK);
        let mut lines = broken(&text, self.look.width.saturating_sub(MARK + 2)).into_iter();
        let styled = self.look.styled(color(pattern.severity), &lead);
        writeln!(self.out, "{styled}  {}", lines.next().unwrap_or_default())?;
        lines.try_for_each(|line| writeln!(self.out, "{}  {line}", padded("", MARK)))
    }

    fn short_id(&self, finding: &Finding) -> String {
        finding.spelled_id()[..2 + self.digits].to_owned()
    }

    /// Which configurations would have hidden it.
    fn hidden(&mut self, finding: &Finding, all: bool) -> io::Result<()> {
        hidden(finding, self.against, all).map_or(Ok(()), |text| self.line("hidden", &text))
    }

    /// Who accepted it.
    fn known(&mut self, finding: &Finding) -> io::Result<()> {
        let line = |entry| self.line("known", &format!("accepted by {}", accepted(entry)));
        finding.accepted.as_deref().map_or(Ok(()), line)
    }

    /// What cannot be right in its records, or was not judged.
    fn doubts(&mut self, finding: &Finding) -> io::Result<()> {
        let judgement = &finding.judgement;
        match judgement.notes.get(..judgement.doubts).unwrap_or_default() {
            [] => Ok(()),
            [note] => self.line("note", note),
            [first, rest @ ..] => {
                let more = counted(rest.len() as u64, "more note").replace(' ', "\u{a0}");
                self.line("note", &format!("{first}{GAP}{more}:\u{a0}--show\u{a0}{}", self.short_id(finding)))
            }
        }
    }

    /// `HIGH 94  a.exe (1) → b.exe (2)   HOST   2020-10-17 11:43:36Z   1 thread`, in as many lines as it takes.
    fn head(&mut self, finding: &Finding) -> io::Result<()> {
        let judgement = &finding.judgement;
        let severity = judgement.severity;
        let mark = format!("{} {}", severity.name().to_uppercase(), judgement.score.points());
        let room = self.look.width.saturating_sub(mark.len() + 2);
        let pair = format!("{} → {}", party(&finding.source), party(&finding.target));
        let time =
            finding.first.map_or("no time".to_owned(), |moment| format!("{}Z", to_second(moment.time)));
        // What belongs together is not broken.
        let rest = [computer_name(&finding.computer), time, counted(finding.count, "thread")];
        let text = format!("{pair}{GAP}{}", rest.map(|part| part.replace(' ', "\u{a0}")).join(GAP));
        let mut lines = broken(&text, room).into_iter();
        let first = lines.next().unwrap_or_default();
        writeln!(self.out, "{}  {}", self.look.styled(color(severity), &mark), self.look.bold(&first))?;
        lines.try_for_each(|line| writeln!(self.out, "{}  {line}", padded("", mark.len())))
    }

    fn line(&mut self, label: &str, text: &str) -> io::Result<()> {
        labelled(self.look, INDENT, (label, text), plain, self.out)
    }

    /// Through which processes an injection came and went on, where it did.
    fn hops(&mut self, finding: &Finding) -> io::Result<()> {
        brief::hops(finding).map_or(Ok(()), |path| self.line("path", &path))
    }

    /// The other findings of the pattern.
    fn also(&mut self, pattern: &Pattern) -> io::Result<()> {
        let others = pattern.findings.len() as u64 - 1;
        if others + pattern.counted == 0 {
            return Ok(());
        }
        let mut names: Vec<String> = pattern.computer_names.iter().map(|name| computer_name(name)).collect();
        if pattern.computer_names.has_more() {
            names.push("…".to_owned());
        }
        let on = match pattern.computers {
            1 => String::new(),
            computers => format!(" on {} computers ({})", grouped(computers), names.join(", ")),
        };
        let pairs = counted(others + pattern.counted, "more pair");
        let only = match pattern.counted_worst {
            Some((severity, score)) if pattern.counted > 0 => format!(
                "; {} of them only counted, at most {} {} by their threads alone",
                grouped(pattern.counted),
                severity.name(),
                score.points()
            ),
            _ => String::new(),
        };
        self.line(
            "also",
            &format!("{pairs} of the same pattern{on}, {} in all{only}", counted(pattern.threads, "thread")),
        )
    }
}

pub(super) fn color(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "1;31",
        Severity::High => "31",
        Severity::Medium => "33",
        Severity::Low | Severity::Info => "2",
    }
}

/// `WINWORD.exe (2920)`, safe to print; the path stands below.
pub(super) fn party(party: &Party) -> String {
    let pid = party.pid.map(|pid| format!("\u{a0}({pid})")).unwrap_or_default();
    Cell::new("", party.name(), &pid).fit(0)
}

/// Longest path that a card shows whole: what Windows itself allowed for long. Forged ones are longer.
const MAX_PATH: usize = 260;

fn path(image: &str) -> String {
    Cell::new("", image, "").fit(MAX_PATH)
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// ` −10 ms`, ` +2 s`: how far from the thread.
fn offset(time: FileTime, at: FileTime) -> String {
    let millis = time.since(at).as_millis();
    let sign = if millis < 0 { "−" } else { "+" };
    match millis.unsigned_abs() {
        0 => " at once".to_owned(),
        millis @ ..1000 => format!(" {sign}{millis}\u{a0}ms"),
        millis if millis < 600_000 => format!(" {sign}{}\u{a0}s", millis / 1000),
        millis => format!(" {sign}{}\u{a0}min", millis / 60_000),
    }
}

/// `a.zip:log.evtx #17`: where a record lies.
fn proof(evidence: &Evidence) -> String {
    let id = match (evidence.record_id, evidence.line) {
        (Some(id), _) => format!("#{id}"),
        (None, Some(line)) => format!("line {line}"),
        (None, None) => format!("at {:#x}", evidence.offset),
    };
    format!("{} {id}", evidence.origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_read_well() {
        for (ticks, text) in [
            (0, " at once"),
            (-100_000, " −10\u{a0}ms"),
            (20_000_000, " +2\u{a0}s"),
            (36_000_000_000, " +60\u{a0}min"),
        ] {
            let at = FileTime(100_000_000_000);
            assert_eq!(offset(FileTime(at.0.saturating_add_signed(ticks)), at), text);
        }
    }
}
