//! What Sigma rules found, as cards: a section of its own below the threads.
//!
//! The gravest come first. A full rule set says a lot about an ordinary computer, so only so many
//! cards are shown unasked; the rest is counted by severity.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::Arc;

use super::super::look::{GAP, broken, to_second};
use super::brief::records;
use super::{
    Card, Cell, Look, Show, color, computer_name, counted, digits_of, grouped, lines, padded, proof,
    shortened,
};
use crate::report::{
    Moment, Sample, Scanned, Severity, SigmaField, SigmaFinding, SigmaProcess, SigmaRole, SigmaRule,
    printable,
};

/// Cards that are shown unasked.
const MAX_CARDS: usize = 20;
/// Rules that the card of a pair of processes names.
const MAX_NAMED: usize = 3;

/// Writes the section; nothing where no rule found anything.
pub(super) fn write(scanned: &Scanned, show: &Show, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let found = &scanned.sigma;
    if found.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}  {}\n", look.bold("Sigma"), look.dim(&summary(found)))?;
    let grave = found.iter().take_while(|finding| finding.severity() >= Severity::Medium).count();
    let shown = if *show == Show::All { found.len() } else { grave.min(MAX_CARDS) };
    let digits = digits_of(found.iter().map(|finding| finding.id));
    for finding in &found[..shown] {
        Card { look, out, digits, against: 0, root: "" }.sigma(finding)?;
        writeln!(out)?;
    }
    if let Some(line) = rest_line(&found[shown..]) {
        lines(&line, look.width, out)?;
        writeln!(out)?;
    }
    Ok(())
}

/// `4 rules have 93 matches on 2 computers`.
pub(in super::super) fn summary(found: &[SigmaFinding]) -> String {
    let distinct = |of: &dyn Fn(&SigmaFinding) -> String| {
        let all: BTreeSet<String> = found.iter().map(of).collect();
        all.len() as u64
    };
    let rules = distinct(&|finding| format!("{:?} {}", finding.rule.id, finding.rule.title));
    let computers = distinct(&|finding| finding.computer.to_lowercase());
    let matches = found.iter().map(|finding| finding.count).sum();
    let verb = if rules == 1 { "has" } else { "have" };
    let plural = if matches == 1 { "" } else { "es" };
    format!(
        "{} {verb} {} match{plural} on {}",
        counted(rules, "rule"),
        grouped(matches),
        counted(computers, "computer")
    )
}

/// How many findings are not shown, by severity.
fn rest_line(rest: &[SigmaFinding]) -> Option<String> {
    let of = |severity: &Severity| {
        let count = rest.iter().filter(|finding| finding.severity() == *severity).count() as u64;
        (count > 0).then(|| format!("{} {}", grouped(count), severity.name()))
    };
    let parts: Vec<String> = Severity::ALL.iter().rev().filter_map(of).collect();
    let findings = counted(rest.len() as u64, "more finding");
    (!rest.is_empty()).then(|| format!("{findings} of Sigma rules ({}): --show all", parts.join(", ")))
}

impl Card<'_> {
    fn sigma(&mut self, finding: &SigmaFinding) -> io::Result<()> {
        self.sigma_head(finding)?;
        let fields: Vec<String> = finding.fields.iter().map(field).collect();
        self.optional_line("what", &fields.join("; "))?;
        let mut processes: Vec<String> = finding.processes.iter().take(MAX_NAMED).map(process).collect();
        if finding.processes.has_more() || finding.processes.iter().len() > MAX_NAMED {
            processes.push("…".to_owned());
        }
        self.optional_line("who", &processes.join("; "))?;
        let rule = &finding.rule;
        let techniques: Vec<String> = rule.techniques().collect();
        let about = [
            Some(techniques.join(" ")).filter(|techniques| !techniques.is_empty()),
            finding.correlates.then(|| "correlation".to_owned()),
            rule.log_source.clone(),
            rule.status.clone(),
            rule.id.clone(),
        ];
        self.optional_line("rule", &about.into_iter().flatten().collect::<Vec<_>>().join(GAP))?;
        let id = &finding.spelled_id()[..2 + self.digits];
        let records = records(finding.evidence.iter().next(), finding.evidence.offered());
        self.line("proof", &format!("{records}{GAP}full:\u{a0}--show\u{a0}{id}"))
    }

    fn sigma_head(&mut self, finding: &SigmaFinding) -> io::Result<()> {
        let mark = finding.severity().name().to_uppercase();
        let noun = if finding.correlates { "time" } else { "event" };
        let rest = [computer_name(&finding.computer), span(finding), counted(finding.count, noun)];
        let title = printable(&finding.rule.title);
        let text = format!("{title}{GAP}{}", rest.map(|part| part.replace(' ', "\u{a0}")).join(GAP));
        let mut lines = broken(&text, self.look.width.saturating_sub(mark.len() + 2)).into_iter();
        let first = lines.next().unwrap_or_default();
        let mark_styled = self.look.styled(color(finding.severity()), &mark);
        writeln!(self.out, "{mark_styled}  {}", self.look.bold(&first))?;
        lines.try_for_each(|line| writeln!(self.out, "{}  {line}", padded("", mark.len())))
    }

    pub(super) fn optional_line(&mut self, label: &str, text: &str) -> io::Result<()> {
        if text.is_empty() { Ok(()) } else { self.line(label, text) }
    }

    /// Everything, for one who writes it down.
    pub(super) fn sigma_full(&mut self, finding: &SigmaFinding) -> io::Result<()> {
        self.sigma_head(finding)?;
        self.line("id", &finding.spelled_id())?;
        let rule = &finding.rule;
        let level = rule.level.map_or("no level", |level| level.name());
        let about = [Some(level), rule.status.as_deref(), rule.log_source.as_deref(), rule.id.as_deref()];
        self.line("rule", &about.into_iter().flatten().collect::<Vec<_>>().join(GAP))?;
        self.optional_line("", &rule.tags.join(" "))?;
        self.optional_line("", rule.author.as_deref().unwrap_or_default())?;
        self.line("", &format!("{}:{}", rule.file, rule.line))?;
        for SigmaField { name, values } in &finding.fields {
            values.iter().try_for_each(|value| self.line("field", &format!("{name}: {value}")))?;
            if values.has_more() {
                self.line("", "and other values")?;
            }
        }
        finding.processes.iter().try_for_each(|found| self.line("who", &full_process(found)))?;
        self.more(&finding.processes, "process")?;
        finding.evidence.iter().try_for_each(|evidence| self.line("proof", &proof(evidence)))?;
        self.more(&finding.evidence, "record")
    }

    fn more<T: Ord, const N: usize>(&mut self, sample: &Sample<T, N>, noun: &str) -> io::Result<()> {
        if sample.has_more() { self.line("", &format!("and other {noun}{}", plural(noun))) } else { Ok(()) }
    }

    /// The rules that the events of a pair of processes fit.
    pub(super) fn named(&mut self, rules: &[Arc<SigmaRule>]) -> io::Result<()> {
        let named: Vec<String> = rules.iter().take(MAX_NAMED).map(|rule| named(rule)).collect();
        let more = rules.len().saturating_sub(MAX_NAMED) as u64;
        let more = if more > 0 { format!("; and {}", counted(more, "more rule")) } else { String::new() };
        self.optional_line("sigma", &format!("{}{more}", named.join("; ")))
    }
}

fn plural(noun: &str) -> &'static str {
    if noun.ends_with('s') { "es" } else { "s" }
}

/// `high Title`.
pub(super) fn named(rule: &SigmaRule) -> String {
    format!("{} {}", rule.severity().name(), rule.title)
}

/// The first time, and the last where it is another second.
fn span(finding: &SigmaFinding) -> String {
    let second = |moment: Option<Moment>| moment.map(|moment| format!("{}Z", to_second(moment.time)));
    match (second(finding.first), second(finding.last)) {
        (Some(first), Some(last)) if first != last => format!("{first} – {last}"),
        (Some(first), _) => first,
        (None, _) => "no time".to_owned(),
    }
}

/// Characters of a value that a card shows; `--show ID` shows what is kept of it.
const MAX_SHOWN: usize = 120;

/// `CommandLine cmd /c x` and how many other values there are.
fn field(field: &SigmaField) -> String {
    let value = field.values.iter().next().map(|value| shortened(value, MAX_SHOWN)).unwrap_or_default();
    let value = if value.is_empty() { "(empty)".to_owned() } else { value };
    let more = if field.values.iter().len() > 1 { ", …" } else { "" };
    format!("{}\u{a0}{value}{more}", field.name)
}

/// `source powershell.exe (4711)`.
fn process(process: &SigmaProcess) -> String {
    let image = process.image.as_deref().unwrap_or("<unknown process>");
    let name = Cell::new("", image, "").fit(0);
    let pid = process.pid.map(|pid| format!("\u{a0}({pid})")).unwrap_or_default();
    match process.role {
        SigmaRole::Process => format!("{name}{pid}"),
        role => format!("{}\u{a0}{name}{pid}", role.name()),
    }
}

fn full_process(process: &SigmaProcess) -> String {
    let parts = [
        Some(process.role.name().to_owned()),
        Some(process.image.as_deref().unwrap_or("<unknown process>").to_owned()),
        process.pid.map(|pid| format!("pid {pid}")),
        process.guid.map(|guid| guid.to_string()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(GAP)
}
