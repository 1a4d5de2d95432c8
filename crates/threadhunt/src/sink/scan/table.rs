//! Findings for eyes: a table that adapts to the width of the terminal, then the coverage.
//!
//! Rows stand under their computer. A row is one line of columns, which tell less where there is less
//! room ([`Plan`]): first directories give way, then the modules of starts, days and pids, and last the
//! middle of names. On a very narrow terminal it is a few short lines. The table's shape is for people
//! and no promise: programs read the JSON lines.

use std::io::{self, Write};

use super::cards::{color, crowd_summary, crowd_title, sigma_summary, write_left_out};
use super::cell::{Cell, spread};
use super::coverage::{self, Extent};
use super::held::{accepted_lines, against_lines};
use super::look::{Look, brief_place, broken, computer_name, counted, padded, place, to_second, wrapped};
use super::{tampered, verdict};
use crate::report::{
    Clock, Finding, Moment, Naming, Party, Pattern, Scanned, Severity, SigmaFinding, printable,
};

/// From this width on a row is one line.
const WIDE: usize = 72;
/// `2020-10-17 11:43:36` and a mark.
const TIME: usize = 20;
/// The same without the day.
const CLOCK: usize = 9;
/// Below this width times have lines of their own.
const NARROW: usize = 60;
/// `critical 99`.
const VERDICT: usize = 11;
/// What lies between the columns of a wide row: a blank after the time, two after the verdict, ` → `, two
/// blanks twice.
const BETWEEN: usize = 1 + 2 + 3 + 2 + 2;
/// Names up to this width are whole in a wide row; the middle of longer ones gives way.
const MAX_NAME: usize = 32;
/// Starts shown of a pair; the rest is one line.
const MAX_STARTS: usize = 4;

/// The mark of a time that is the record's and not the event's.
const RECORD_MARK: char = '~';
/// The mark of a process whose name came from elsewhere.
const RESOLVED_MARK: &str = "*";

/// Writes everything that was found, and what the inputs cover.
pub fn write(scanned: &Scanned, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let look = look.within_reason();
    write_left_out(scanned, look, out)?;
    let open = scanned.findings.iter().filter(|finding| finding.accepted.is_none());
    for group in by_computer(open) {
        write_group(&group, look, out)?;
    }
    write_crowd(&scanned.patterns, look, out)?;
    let mut told = accepted_lines(scanned);
    told.extend(against_lines(scanned));
    for line in told.iter().flat_map(|line| wrapped(&printable(line), look.width)) {
        writeln!(out, "{line}")?;
    }
    let tampering = tampered::told(scanned);
    tampering.iter().try_for_each(|line| tampered::write(line, look, out))?;
    if !told.is_empty() || !tampering.is_empty() {
        writeln!(out)?;
    }
    write_marks(&scanned.findings, look, out)?;
    write_sigma(&scanned.sigma, look, out)?;
    coverage::write(scanned, Extent::Folded, look, out)?;
    verdict::write(scanned, look, out)
}

/// The findings of each computer, in the order of its first one.
fn by_computer<'f>(findings: impl Iterator<Item = &'f Finding>) -> Vec<Vec<&'f Finding>> {
    let mut places = std::collections::HashMap::new();
    let mut groups: Vec<Vec<&'f Finding>> = Vec::new();
    for finding in findings {
        let place = *places.entry(&finding.computer).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Vec::new());
        }
        groups[place].push(finding);
    }
    groups
}

fn write_group(group: &[&Finding], look: Look, out: &mut dyn Write) -> io::Result<()> {
    let threads: u64 = group.iter().map(|finding| finding.count).sum();
    let name = Cell::new("", &computer_name(&group[0].computer), "").squeeze(look.width);
    let summary = format!("{}, {}", counted(group.len() as u64, "pair"), counted(threads, "thread"));
    for (at, line) in broken(&format!("{name}  {summary}"), look.width).iter().enumerate() {
        let (bold, rest) = line.split_at_checked(name.len()).filter(|_| at == 0).unwrap_or(("", line));
        writeln!(out, "{}{}", look.bold(bold), look.dim(rest))?;
    }
    if look.width < WIDE {
        let rows = group.iter().map(|finding| Row::new(finding, Plan::Whole));
        rows.into_iter().try_for_each(|row| row.write_narrow(look, out))?;
        return writeln!(out);
    }
    let columns = Columns::of(group, look.width);
    writeln!(out, "{}", look.dim(&columns.header()))?;
    let mut day = "";
    for row in &columns.rows {
        if columns.plan >= Plan::Days && row.day() != day {
            day = row.day();
            writeln!(out, "{}", look.dim(day))?;
        }
        row.write_wide(&columns, look, out)?;
    }
    writeln!(out)
}

fn write_marks(findings: &[Finding], look: Look, out: &mut dyn Write) -> io::Result<()> {
    let mut marks = Vec::new();
    let namings = findings.iter().flat_map(|finding| [finding.source.naming, finding.target.naming]);
    let mut sources: Vec<u16> = namings.filter_map(Naming::event_id).collect();
    sources.sort_unstable();
    sources.dedup();
    if !sources.is_empty() {
        let ids: Vec<String> = sources.iter().map(ToString::to_string).collect();
        marks.push(format!(
            "{RESOLVED_MARK} logged as <unknown process>; named by event {} of the same process",
            ids.join(" or ")
        ));
    }
    if findings.iter().any(|finding| finding.first.is_some_and(|moment| moment.clock == Clock::Record)) {
        marks.push(format!("{RECORD_MARK} when the record was written: the event has no UtcTime"));
    }
    for line in marks.iter().flat_map(|mark| wrapped(mark, look.width)) {
        writeln!(out, "{}", look.dim(&line))?;
    }
    if marks.is_empty() { Ok(()) } else { writeln!(out) }
}

/// How many pairs have no row, and the grave patterns among them.
fn write_crowd(patterns: &[Pattern], look: Look, out: &mut dyn Write) -> io::Result<()> {
    let Some(summary) = crowd_summary(patterns) else { return Ok(()) };
    wrapped(&summary, look.width).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    let is_open = |pattern: &&Pattern| pattern.counted > 0 && pattern.accepted.is_none();
    for pattern in patterns.iter().filter(is_open) {
        let Some((severity, score)) = pattern.counted_worst else { continue };
        if severity < Severity::Medium {
            continue;
        }
        let verdict = padded(&format!("{} {}", severity.name(), score.points()), VERDICT);
        let text =
            format!("{}   {}", crowd_title(pattern), counted(pattern.counted, "pair").replace(' ', "\u{a0}"));
        let lead = format!("  {}  ", look.styled(color(severity), &verdict));
        let room = look.width.saturating_sub(VERDICT + 4).max(MIN_TITLE);
        let mut lines = broken(&text, room).into_iter();
        writeln!(out, "{lead}{}", lines.next().unwrap_or_default())?;
        lines.try_for_each(|line| writeln!(out, "{:indent$}{line}", "", indent = VERDICT + 4))?;
    }
    writeln!(out)
}

/// A row for each rule and computer, the gravest rules first.
fn write_sigma(found: &[SigmaFinding], look: Look, out: &mut dyn Write) -> io::Result<()> {
    /// The longest severity and two blanks.
    const SEVERITY: usize = 10;
    if found.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}  {}", look.bold("Sigma"), look.dim(&sigma_summary(found)))?;
    let indent = TIME + 1 + SEVERITY;
    for finding in found {
        let counted = counted(finding.count, if finding.correlates { "time" } else { "event" });
        let text = format!(
            "{}   {}   {}",
            printable(&finding.rule.title),
            computer_name(&finding.computer),
            counted.replace(' ', "\u{a0}")
        );
        let lead = format!("{} {:SEVERITY$}", padded(&time(finding.first), TIME), finding.severity().name());
        let mut lines = broken(&text, look.width.saturating_sub(indent).max(MIN_TITLE)).into_iter();
        writeln!(out, "{}{}", look.dim(&lead), lines.next().unwrap_or_default())?;
        lines.try_for_each(|line| writeln!(out, "{:indent$}{line}", ""))?;
    }
    writeln!(out)
}

/// Columns of a title at the least, where the terminal is narrow.
const MIN_TITLE: usize = 20;

/// A finding in the words of the table.
struct Row {
    time: String,
    severity: Severity,
    /// `critical 99`.
    verdict: String,
    source: Cell,
    target: Cell,
    starts: Vec<Cell>,
    /// Starts not shown, and their threads.
    more: Option<String>,
    count: u64,
}

/// What a row tells, from everything to what fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Plan {
    /// Everything; paths lose directories where they must.
    Whole,
    /// Starts by their function alone, or that there is none.
    Functions,
    /// Days in lines of their own.
    Days,
    /// Processes without their pids.
    Names,
}

impl Plan {
    const ALL: [Self; 4] = [Self::Whole, Self::Functions, Self::Days, Self::Names];
}

impl Row {
    fn new(finding: &Finding, plan: Plan) -> Self {
        let (starts, more) = if plan == Plan::Whole { starts(finding) } else { brief_starts(finding) };
        let process = if plan == Plan::Names { name } else { party };
        Self {
            time: time(finding.first),
            severity: finding.judgement.severity,
            verdict: format!("{} {}", finding.judgement.severity.name(), finding.judgement.score.points()),
            source: process(&finding.source),
            target: process(&finding.target),
            starts,
            more,
            count: finding.count,
        }
    }

    /// `2020-10-17`, or that there is no time.
    fn day(&self) -> &str {
        self.time.split_once(' ').filter(|(day, _)| day.len() == 10).map_or(&self.time, |(day, _)| day)
    }

    /// `11:43:36` and a mark, or nothing.
    fn clock(&self) -> &str {
        self.time.get(11..).filter(|_| self.day().len() == 10).unwrap_or_default()
    }

    fn write_wide(&self, columns: &Columns, look: Look, out: &mut dyn Write) -> io::Result<()> {
        let &Columns { time: width, source, target, start, threads, .. } = columns;
        let mut starts = self.starts.iter().map(|cell| padded(&cell.squeeze(start), start));
        let time = if columns.plan >= Plan::Days { self.clock() } else { &self.time };
        writeln!(
            out,
            "{} {}  {} → {}  {}  {:>threads$}",
            look.dim(&padded(time, width)),
            self.verdict(look, VERDICT),
            padded(&self.source.squeeze(source), source),
            padded(&self.target.squeeze(target), target),
            starts.next().unwrap_or_else(|| padded("", start)),
            self.count
        )?;
        let indent = width + 1 + VERDICT + 2 + source + 3 + target + 2;
        starts.try_for_each(|line| writeln!(out, "{:indent$}{}", "", line.trim_end()))?;
        let Some(more) = &self.more else { return Ok(()) };
        // Longer than a start may be; it is no part of the column.
        let indent = indent.min(look.width.saturating_sub(more.len()));
        writeln!(out, "{:indent$}{more}", "")
    }

    fn write_narrow(&self, look: Look, out: &mut dyn Write) -> io::Result<()> {
        if look.width < NARROW {
            return self.write_stacked(look, out);
        }
        let room = look.width - TIME - 1;
        let mut leads = vec![(&self.time, DIM), (&self.verdict, color(self.severity))];
        let threads = counted(self.count, "thread");
        // One thread is what a row is, and not worth a line.
        leads.extend((self.count > 1).then_some((&threads, DIM)));
        let mut lines = Vec::new();
        if self.source.least() + 3 + self.target.least() <= room {
            let (source, target) = share(&self.source, &self.target, room - 3);
            lines.push(format!("{} → {}", self.source.fit(source), self.target.fit(target)));
        } else {
            lines.extend(self.pair(room));
        }
        lines.extend(self.places(room));
        lines.resize(lines.len().max(leads.len()), String::new());
        for (place, line) in lines.iter().enumerate() {
            let (text, style) = leads.get(place).copied().unwrap_or((const { &String::new() }, DIM));
            match line.as_str() {
                "" => writeln!(out, "{}", look.styled(style, text))?,
                line => writeln!(out, "{} {line}", look.styled(style, &padded(text, TIME)))?,
            }
        }
        Ok(())
    }

    /// Everything below each other, where even a name hardly fits beside a time.
    fn write_stacked(&self, look: Look, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{} {}", look.dim(&padded(&self.time, TIME)), self.verdict(look, 0))?;
        let room = look.width - STACKED.len();
        let mut lines = self.pair(room);
        lines.extend(self.places(room));
        lines.push(counted(self.count, "thread"));
        lines.iter().try_for_each(|line| writeln!(out, "{STACKED}{line}"))
    }

    /// Source and target, each in lines of its own.
    fn pair(&self, room: usize) -> Vec<String> {
        let mut lines = broken(&self.source.fit(room), room);
        lines.extend(broken(&format!("→ {}", self.target.fit(room - 2)), room));
        lines
    }

    fn places(&self, room: usize) -> Vec<String> {
        let starts = self.starts.iter().map(|start| format!("at {}", start.fit(room - 3)));
        starts.chain(self.more.clone()).flat_map(|line| broken(&line, room)).collect()
    }

    fn verdict(&self, look: Look, width: usize) -> String {
        look.styled(color(self.severity), &padded(&self.verdict, width))
    }
}

/// The style of what is beside the point.
const DIM: &str = "2";
/// What stands before the lines below a time.
const STACKED: &str = "  ";

/// The room for two cells in a row: both get their least, then the shorter more.
fn share(a: &Cell, b: &Cell, room: usize) -> (usize, usize) {
    let widths = spread([(a.least(), a.full()), (b.least(), b.full())], room);
    (widths[0], widths[1])
}

/// The rows of a wide table and its widths.
struct Columns {
    plan: Plan,
    rows: Vec<Row>,
    time: usize,
    source: usize,
    target: usize,
    start: usize,
    threads: usize,
}

impl Columns {
    /// Tells as much as fits without cutting a name; where even the least does not, names give way.
    fn of(group: &[&Finding], width: usize) -> Self {
        let [fuller @ .., least] = Plan::ALL;
        let planned = |plan| Self::planned(group, plan, width);
        let fitting = fuller.into_iter().map(planned).find(|(_, fits)| *fits);
        fitting.unwrap_or_else(|| planned(least)).0
    }

    /// The widths of a plan, and whether they hold what it tells.
    fn planned(group: &[&Finding], plan: Plan, width: usize) -> (Self, bool) {
        let rows: Vec<Row> = group.iter().map(|finding| Row::new(finding, plan)).collect();
        let time = if plan >= Plan::Days { CLOCK } else { TIME };
        let digits = rows.iter().map(|row| row.count.to_string().len()).max().unwrap_or(1);
        let threads = if plan == Plan::Whole { digits.max(HEADS[4].len()) } else { digits.max(1) };
        let room = width.saturating_sub(time + VERDICT + threads + BETWEEN);
        let column = |head: &str, cells: &dyn Fn(&Row) -> Vec<(usize, usize)>| {
            let head = if plan >= Plan::Days { 6 } else { head.len() };
            let all = rows.iter().flat_map(cells);
            let (least, full) =
                all.fold((head, head), |(least, full), cell| (least.max(cell.0), full.max(cell.1)));
            let least = least.min(MAX_NAME);
            (least, full.max(least))
        };
        let size = |cell: &Cell| (cell.least(), cell.full());
        let wishes = [
            column(HEADS[1], &|row: &Row| vec![size(&row.source)]),
            column(HEADS[2], &|row: &Row| vec![size(&row.target)]),
            column(HEADS[3], &|row: &Row| row.starts.iter().map(size).collect()),
        ];
        let fits = wishes.iter().map(|(least, _)| least).sum::<usize>() <= room;
        let shares = if fits { wishes } else { wishes.map(|(least, _)| (least.min(room / 3), least)) };
        let [source, target, start] = spread(shares, room);
        (Self { plan, rows, time, source, target, start, threads }, fits)
    }

    fn header(&self) -> String {
        let [first, source, target, start, threads] = match self.plan {
            Plan::Whole => HEADS,
            Plan::Functions => ["first (UTC)", "source (pid)", "target (pid)", "start", "n"],
            Plan::Days => ["UTC", "source (pid)", "target (pid)", "start", "n"],
            Plan::Names => ["UTC", "source", "target", "start", "n"],
        };
        format!(
            "{} {:VERDICT$}  {} → {}  {}  {threads:>width$}",
            padded(first, self.time),
            "severity",
            padded(source, self.source),
            padded(target, self.target),
            padded(start, self.start),
            width = self.threads,
        )
    }
}

/// The heads of a table that tells everything, but for that of the severity.
const HEADS: [&str; 5] = ["first (UTC)", "source (pid)", "target (pid)", "start", "threads"];

/// A program's name alone.
fn name(party: &Party) -> Cell {
    let mark = if party.naming.event_id().is_some() { RESOLVED_MARK } else { "" };
    Cell::new("", party.name(), mark)
}

fn time(moment: Option<Moment>) -> String {
    let Some(moment) = moment else { return "at an unknown time".to_owned() };
    let mark = if moment.clock == Clock::Record { RECORD_MARK } else { ' ' };
    format!("{}{mark}", to_second(moment.time))
}

fn party(party: &Party) -> Cell {
    let mark = if party.naming.event_id().is_some() { RESOLVED_MARK } else { "" };
    let id = match (party.pid, party.guid) {
        (Some(pid), Some(_)) => format!(" ({pid}){mark}"),
        (Some(pid), None) => format!(" ({pid}, no GUID){mark}"),
        (None, _) => mark.to_owned(),
    };
    Cell::new("", party.image.as_deref().unwrap_or("<unknown process>"), &id)
}

/// The most frequent starts, and what is said of the others.
fn starts(finding: &Finding) -> (Vec<Cell>, Option<String>) {
    let shown = finding.starts.len().min(MAX_STARTS);
    let several = finding.starts.len() > 1;
    let cells = finding.starts[..shown].iter().map(|start| place(start, several)).collect();
    (cells, more_starts(finding, shown))
}

/// The same in a word or two each; those that have the same are one.
fn brief_starts(finding: &Finding) -> (Vec<Cell>, Option<String>) {
    let mut counts: Vec<(String, u64)> = Vec::new();
    let mut taken = 0;
    for start in &finding.starts {
        let text = brief_place(start);
        let is_full = counts.len() == MAX_STARTS;
        match counts.iter_mut().find(|(known, _)| *known == text) {
            Some((_, count)) => *count += start.count,
            None if is_full => break,
            None => counts.push((text, start.count)),
        }
        taken += 1;
    }
    let several = counts.len() > 1 || taken < finding.starts.len();
    let cell = |(text, count): &(String, u64)| {
        Cell::new("", text, &if several { format!(" ×{count}") } else { String::new() })
    };
    (counts.iter().map(cell).collect(), more_starts(finding, taken))
}

fn more_starts(finding: &Finding, shown: usize) -> Option<String> {
    let hidden = &finding.starts[shown..];
    let threads = hidden.iter().map(|start| start.count).sum::<u64>() + finding.threads_elsewhere;
    let least = if finding.threads_elsewhere > 0 { "at least " } else { "" };
    (threads > 0).then(|| {
        format!(
            "and {} at {least}{}",
            counted(threads, "thread"),
            counted(hidden.len() as u64, "other start")
        )
    })
}
