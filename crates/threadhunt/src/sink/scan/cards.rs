//! Findings for eyes, worst first: a card for each pattern that deserves a look.
//!
//! A card says in ten seconds who did what to whom, why that is judged so, what else happened,
//! what would make it harmless, and where the proof lies. It shows the worst finding of its
//! pattern and counts the others. What is below medium is one line with its count, so that
//! nothing is hidden; `Show` asks for more. The shape is no promise: programs read JSON lines.

mod crowd;
mod sigma;

use std::io::{self, Write};

use super::cell::Cell;
use super::coverage;
use super::held::{accepted, accepted_lines, hidden, left_out_lines};
use super::look::{Look, broken, computer_name, counted, grouped, padded, place, to_second};
use crate::event::FileTime;
use crate::report::{
    Bits, Evidence, Finding, Ledger, Other, Party, Pattern, Scanned, Severity, SigmaFinding, Step, StepKind,
    StepState, printable,
};

pub(super) use crowd::{summary as crowd_summary, title as crowd_title};
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
    for pattern in scanned.patterns.iter().filter(is_shown) {
        write_pattern(scanned, pattern, Card { look, out, digits, against: scanned.against.len() })?;
    }
    let is_rest =
        |pattern: &&Pattern| !is_shown(pattern) && pattern.accepted.is_none() && !pattern.findings.is_empty();
    let rest: Vec<&Pattern> = scanned.patterns.iter().filter(is_rest).collect();
    let hint = if *show == Show::All { "" } else { ": --show all" };
    let accepted = accepted_lines(scanned).into_iter().map(|line| format!("{}{hint}", printable(&line)));
    let told: Vec<String> =
        rest_line(&rest).into_iter().chain(crowd_summary(&scanned.patterns)).chain(accepted).collect();
    told.iter().try_for_each(|line| lines(line, look.width, out))?;
    if !told.is_empty() {
        writeln!(out)?;
    }
    sigma::write(scanned, show, look, out)?;
    coverage::write(scanned, look, out)
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
    write_pattern(scanned, pattern, Card { look, out, digits, against: scanned.against.len() })
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
        Card { look, out, digits: 16, against: 0 }.sigma_full(finding)?;
        writeln!(out)?;
    }
    for finding in found {
        let mut card = Card { look, out, digits: 16, against: scanned.against.len() };
        card.head(finding)?;
        card.full(finding)?;
        writeln!(out)?;
    }
    Ok(())
}

/// Writes everything about a finding.
pub fn write_card(finding: &Finding, look: Look, out: &mut dyn Write) -> io::Result<()> {
    // How many configurations there were is not known of a finding alone.
    let mut card = Card { look: look.within_reason(), out, digits: 16, against: 0 };
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

/// Columns before the text of a card's line.
const INDENT: usize = 9;
/// Between parts of a line.
const GAP: &str = "   ";

/// A card in the making.
struct Card<'a> {
    look: Look,
    out: &'a mut dyn Write,
    digits: usize,
    /// How many configurations findings were held against.
    against: usize,
}

impl Card<'_> {
    fn write(&mut self, finding: &Finding, pattern: &Pattern) -> io::Result<()> {
        self.head(finding)?;
        self.line("what", &what(finding))?;
        self.line("who", &who(finding))?;
        self.ledger(&finding.judgement.ledger)?;
        self.path(finding)?;
        self.line("chain", &chain(finding))?;
        self.named(&finding.sigma)?;
        let benign: Vec<&str> = finding.judgement.benign_if.iter().map(|text| &**text).collect();
        let show = format!("threadhunt\u{a0}rules\u{a0}show\u{a0}{}", pattern.class);
        match benign.as_slice() {
            [] => self.line("rule", &show)?,
            reasons => self.line("or", &format!("benign if {}{GAP}{show}", reasons.join("; or if ")))?,
        }
        self.held(finding, false)?;
        self.doubts(finding)?;
        let proof = finding.evidence.iter().next().map(proof).unwrap_or_default();
        let more = finding.evidence.offered().saturating_sub(1);
        let more = if more > 0 { format!(" and {}", counted(more, "more record")) } else { String::new() };
        self.line("proof", &format!("{proof}{more}{GAP}full:\u{a0}--show\u{a0}{}", self.short_id(finding)))
    }

    fn short_id(&self, finding: &Finding) -> String {
        finding.spelled_id()[..2 + self.digits].to_owned()
    }

    /// What people decided about it beforehand.
    fn held(&mut self, finding: &Finding, all: bool) -> io::Result<()> {
        if let Some(text) = hidden(finding, self.against, all) {
            self.line("hidden", &text)?;
        }
        finding
            .accepted
            .as_deref()
            .map_or(Ok(()), |entry| self.line("known", &format!("accepted by {}", accepted(entry))))
    }

    /// What cannot be right in its records, or was not judged.
    fn doubts(&mut self, finding: &Finding) -> io::Result<()> {
        let judgement = &finding.judgement;
        judgement.notes.iter().take(judgement.doubts).try_for_each(|note| self.line("note", note))
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
        let mut label = label;
        for line in broken(&printable(text), self.look.width - INDENT) {
            writeln!(self.out, "  {}{line}", self.look.dim(&padded(label, INDENT - 2)))?;
            label = "";
        }
        Ok(())
    }

    fn ledger(&mut self, ledger: &Ledger) -> io::Result<()> {
        self.line("why", &sum(ledger))?;
        ledger.limits.iter().try_for_each(|limit| {
            self.line("", &format!("at most {}: {}", limit.severity.name(), limit.reason))
        })
    }

    /// Through which processes an injection came and went on, where it did.
    fn path(&mut self, finding: &Finding) -> io::Result<()> {
        let hop = |kind: StepKind| {
            let step = finding.judgement.chain.iter().find(|step| step.kind == kind)?;
            let Other { guid, pid, image } = step.hop.as_ref()?.process.clone();
            Some(party(&Party { guid, pid, image, ..Party::default() }))
        };
        let (before, after) = (hop(StepKind::HopIn), hop(StepKind::HopOut));
        if before.is_none() && after.is_none() {
            return Ok(());
        }
        let ends = [party(&finding.source), party(&finding.target)];
        let all: Vec<String> = before.into_iter().chain(ends).chain(after).collect();
        self.line("path", &all.join(" → "))
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

    /// Everything, for one who writes it down.
    fn full(&mut self, finding: &Finding) -> io::Result<()> {
        let judgement = &finding.judgement;
        self.line("id", &finding.spelled_id())?;
        self.line("what", &what(finding))?;
        let technique = judgement.technique.as_deref().unwrap_or("none");
        let claimed: Vec<&str> = finding.rule_names.iter().map(|name| &**name).collect();
        let claimed = if claimed.is_empty() { "none".to_owned() } else { claimed.join("; ") };
        self.line("ATT&CK", &format!("{technique} by this judgement; {claimed} by the configuration"))?;
        self.line("sure", &format!("confidence {}", judgement.confidence.name()))?;
        self.process("source", &finding.source)?;
        self.process("target", &finding.target)?;
        for start in &finding.starts {
            let cell = place(start, true).fit(self.look.width);
            self.line("start", &format!("{cell}  ({})", start.class))?;
        }
        self.ledger(&judgement.ledger)?;
        for entry in judgement.ledger.entries.iter().filter(|entry| entry.adds != entry.bits) {
            let text = format!(
                "{} adds {} of {}: {}",
                entry.rule,
                signed(entry.adds),
                signed(entry.bits),
                entry.title
            );
            self.line("", &text)?;
        }
        self.path(finding)?;
        for step in &judgement.chain {
            self.line("chain", &full_step(step))?;
        }
        finding.sigma.iter().try_for_each(|rule| self.line("sigma", &sigma::named(rule)))?;
        judgement.benign_if.iter().try_for_each(|reason| self.line("or", &format!("benign if {reason}")))?;
        judgement.notes.iter().try_for_each(|note| self.line("note", note))?;
        self.held(finding, true)?;
        finding.evidence.iter().try_for_each(|evidence| self.line("proof", &proof(evidence)))?;
        let untold = finding.evidence.offered() - finding.evidence.iter().count() as u64;
        if untold > 0 { self.line("", &format!("and {}", counted(untold, "record"))) } else { Ok(()) }
    }

    fn process(&mut self, word: &str, party: &Party) -> io::Result<()> {
        let mut label = word;
        for part in process(party) {
            self.line(label, &part)?;
            label = "";
        }
        Ok(())
    }
}

/// All that is known of a process, part by part.
pub(super) fn process(party: &Party) -> Vec<String> {
    let facts = &party.facts;
    let text = |name: &str, value: Option<&str>| value.map(|value| format!("{name} {value}"));
    let created = facts.created.map(|created| format!("created {} by {}", created.time(), created.told_by()));
    let parent = facts
        .parent
        .as_ref()
        .map(|parent| format!("parent {}", parent.image.as_deref().unwrap_or("unknown")));
    let user = party.users.as_slice().first().or(facts.user.as_ref());
    let others: Vec<&str> = party.other_images.iter().map(|image| &**image).collect();
    let others = (!others.is_empty()).then(|| others.join("; "));
    let parts = [
        Some(party.image.as_deref().unwrap_or("<unknown process>").to_owned()),
        text("by other records", others.as_deref()),
        party.pid.map(|pid| format!("pid {pid}")),
        party.guid.map(|guid| guid.to_string()),
        text("as", user.map(|user| &**user)),
        created,
        facts.ended.map(|ended| format!("ended {ended}")),
        text("command line", facts.command_line.as_deref()),
        parent,
        text("company", facts.company.as_deref()),
        text("built as", facts.original_file_name.as_deref()),
        facts.hashes.as_deref().map(str::to_owned),
    ];
    parts.into_iter().flatten().collect()
}

pub(super) fn color(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "1;31",
        Severity::High => "31",
        Severity::Medium => "33",
        Severity::Low | Severity::Info => "2",
    }
}

/// Bits with their sign, and nothing as `+0`.
fn signed(bits: Bits) -> String {
    if bits == Bits::ZERO { "+0".to_owned() } else { bits.to_string() }
}

/// `WINWORD.exe (2920)`, safe to print; the path stands below.
pub(super) fn party(party: &Party) -> String {
    let pid = party.pid.map(|pid| format!("\u{a0}({pid})")).unwrap_or_default();
    Cell::new("", party.name(), &pid).fit(0)
}

fn what(finding: &Finding) -> String {
    let Some(start) = finding.start() else { return String::new() };
    let all = finding.starts.len() > 1 || finding.count > 1;
    let threads = match finding.thread_ids.as_slice() {
        [thread] if !all => format!("thread {thread} starts at "),
        _ if finding.starts.len() > 1 => {
            format!("{} of {} at ", grouped(start.count), counted(finding.count, "thread"))
        }
        _ => format!("{} start at ", counted(start.count, "thread")),
    };
    format!("{threads}{}. {}", place(start, false).fit(MAX_PATH), finding.judgement.meaning)
}

/// Both programs in full, and how the source was started.
fn who(finding: &Finding) -> String {
    let full = |party: &Party| {
        let image = path(party.image.as_deref().unwrap_or("<unknown process>"));
        let from = party.naming.event_id().map(|id| format!(" (named by event {id})")).unwrap_or_default();
        let user = party.users.as_slice().first().or(party.facts.user.as_ref());
        let user = user.map(|user| format!(" as {}", shortened(user, MAX_COMMAND))).unwrap_or_default();
        format!("{image}{from}{user}")
    };
    let facts = &finding.source.facts;
    let command = facts.command_line.as_deref().map(|command| format!("; command line: {command}"));
    let parent = facts.parent.as_ref().and_then(|parent| parent.image.as_deref());
    let parent = parent.map(|parent| format!("; started by {}", path(parent)));
    format!(
        "{} → {}{}{}",
        full(&finding.source),
        full(&finding.target),
        parent.unwrap_or_default(),
        shortened(&command.unwrap_or_default(), MAX_COMMAND)
    )
}

/// Characters of a command line that a card shows; `--show ID` shows them all.
const MAX_COMMAND: usize = 160;
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

/// `−6 prior  +7 start in no module  = +1 bit`.
fn sum(ledger: &Ledger) -> String {
    let entries = ledger.entries.iter().filter(|entry| entry.adds != Bits::ZERO);
    let terms = entries.map(|entry| format!("{}\u{a0}{}", entry.adds, entry.title));
    let prior = format!("{}\u{a0}prior", ledger.prior);
    let all: Vec<String> = std::iter::once(prior).chain(terms).collect();
    let noun = if ledger.sum.value().abs() == 1.0 { "bit" } else { "bits" };
    format!("{}  =\u{a0}{}\u{a0}{noun}", all.join("  "), ledger.sum)
}

/// Steps in their order; those that no record shows in brackets.
fn chain(finding: &Finding) -> String {
    let at = finding.start().and_then(|start| start.first).map(|moment| moment.time);
    let steps: Vec<String> = finding.judgement.chain.iter().map(|step| brief_step(step, at)).collect();
    steps.join(" → ")
}

fn brief_step(step: &Step, at: Option<FileTime>) -> String {
    let offset = || step.time.zip(at).map(|(time, at)| offset(time, at)).unwrap_or_default();
    match (step.kind, step.state) {
        (StepKind::Thread, _) => "event 8 (this)".to_owned(),
        (kind, StepState::Seen) => match followed(kind) {
            Some(words) => format!("{words}{} ({})", offset(), shortened(&step.text, MAX_COMMAND)),
            None => format!("{}{}: {}", kind.name(), offset(), shortened(&step.text, MAX_COMMAND)),
        },
        _ => format!("[{}: {}]", step.kind.name(), step.text),
    }
}

/// What a target did afterwards, with the event that shows it.
fn followed(kind: StepKind) -> Option<&'static str> {
    Some(match kind {
        StepKind::Child => "1 child",
        StepKind::Connect => "3 first outbound",
        StepKind::Query => "22 first lookup",
        StepKind::Pipe => "17 pipe",
        StepKind::Persist => "13 persistence",
        StepKind::Lsass => "10 opened lsass",
        _ => return None,
    })
}

fn full_step(step: &Step) -> String {
    let time = step.time.map(|time| format!("{time} ")).unwrap_or_default();
    let proof = step.evidence.as_ref().map(|evidence| format!(" ({})", proof(evidence))).unwrap_or_default();
    format!("{time}{} ({}): {}{proof}", step.kind.name(), step.state.name(), step.text)
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
