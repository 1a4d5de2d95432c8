//! Findings for eyes: a table that adapts to the width of the terminal, then the coverage.
//!
//! Rows stand under their computer. Where the width allows it a row is one line of columns;
//! otherwise, or where a name is too long for its column, it is a few short lines. File names
//! and functions are never cut; directories are what gives way. The table's shape is for
//! people and no promise: programs read the JSON lines.

use std::io::{self, Write};

use super::cards::{color, crowd_summary, crowd_title, sigma_summary, write_left_out};
use super::cell::{Cell, spread};
use super::coverage;
use super::held::{accepted_lines, against_lines};
use super::look::{Look, broken, computer_name, counted, padded, place, to_second, wrapped};
use super::tampered;
use crate::report::{
    Clock, Finding, Moment, Naming, Party, Pattern, Scanned, Severity, SigmaFinding, printable,
};

/// From this width on a row is one line.
const WIDE: usize = 110;
/// `2020-10-17 11:43:36` and a mark.
const TIME: usize = 20;
/// Below this width times have lines of their own.
const NARROW: usize = 60;
/// `critical 99`.
const VERDICT: usize = 11;
/// Room for `threads`, right-aligned.
const THREADS: usize = 7;
/// What lies between the columns of a wide row: a blank after the time, two after the verdict, ` → `, two
/// blanks twice.
const BETWEEN: usize = 1 + 2 + 3 + 2 + 2;
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
    told.extend(tampered::line(scanned));
    for line in told.iter().flat_map(|line| wrapped(&printable(line), look.width)) {
        writeln!(out, "{line}")?;
    }
    if !told.is_empty() {
        writeln!(out)?;
    }
    write_marks(&scanned.findings, look, out)?;
    write_sigma(&scanned.sigma, look, out)?;
    coverage::write(scanned, look, out)
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
    let name = computer_name(&group[0].computer);
    let summary = format!("{}, {}", counted(group.len() as u64, "pair"), counted(threads, "thread"));
    writeln!(out, "{}  {}", look.bold(&name), look.dim(&summary))?;
    let rows: Vec<Row> = group.iter().map(|finding| Row::new(finding)).collect();
    let columns = (look.width >= WIDE).then(|| Columns::of(&rows, look.width));
    if let Some(columns) = &columns {
        writeln!(out, "{}", look.dim(&columns.header()))?;
    }
    for row in &rows {
        match &columns {
            Some(columns) if columns.hold(row) => row.write_wide(columns, look, out)?,
            _ => row.write_narrow(look, out)?,
        }
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
    for pattern in patterns.iter().filter(|pattern| pattern.counted > 0) {
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

impl Row {
    fn new(finding: &Finding) -> Self {
        let shown = finding.starts.len().min(MAX_STARTS);
        let several = finding.starts.len() > 1;
        Self {
            time: time(finding.first),
            severity: finding.judgement.severity,
            verdict: format!("{} {}", finding.judgement.severity.name(), finding.judgement.score.points()),
            source: party(&finding.source),
            target: party(&finding.target),
            starts: finding.starts[..shown].iter().map(|start| place(start, several)).collect(),
            more: more_starts(finding, shown),
            count: finding.count,
        }
    }

    fn write_wide(&self, columns: &Columns, look: Look, out: &mut dyn Write) -> io::Result<()> {
        let source = padded(&self.source.fit(columns.source), columns.source);
        let target = padded(&self.target.fit(columns.target), columns.target);
        let mut starts = self.starts.iter().map(|start| padded(&start.fit(columns.start), columns.start));
        let start = starts.next().unwrap_or_else(|| padded("", columns.start));
        writeln!(
            out,
            "{} {}  {source} → {target}  {start}  {:>THREADS$}",
            look.dim(&padded(&self.time, TIME)),
            self.verdict(look, VERDICT),
            self.count
        )?;
        let indent = TIME + 1 + VERDICT + 2 + columns.source + 3 + columns.target + 2;
        for line in starts.chain(self.more.clone()) {
            writeln!(out, "{:indent$}{}", "", line.trim_end())?;
        }
        Ok(())
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

/// The widths of a wide table.
struct Columns {
    source: usize,
    target: usize,
    start: usize,
}

impl Columns {
    /// Widths for rows; a row that needs more than its third does not push the others aside.
    fn of(rows: &[Row], width: usize) -> Self {
        let room = width - TIME - VERDICT - THREADS - BETWEEN;
        let column = |cells: &dyn Fn(&Row) -> Vec<(usize, usize)>| {
            let all = rows.iter().flat_map(cells);
            let (least, full) =
                all.fold((12, 12), |(least, full), cell| (least.max(cell.0), full.max(cell.1)));
            let least = least.min(room / 3);
            (least, full.max(least))
        };
        let size = |cell: &Cell| (cell.least(), cell.full());
        let wishes = [
            column(&|row: &Row| vec![size(&row.source)]),
            column(&|row: &Row| vec![size(&row.target)]),
            column(&|row: &Row| row.starts.iter().map(size).collect()),
        ];
        let [source, target, start] = spread(wishes, room);
        Self { source, target, start }
    }

    /// Whether a row can be shown in these columns without losing anything that matters.
    fn hold(&self, row: &Row) -> bool {
        row.source.least() <= self.source
            && row.target.least() <= self.target
            && row.starts.iter().all(|start| start.least() <= self.start)
    }

    fn header(&self) -> String {
        let target = self.target + 3;
        format!(
            "{:TIME$} {:VERDICT$}  {:source$}{:target$}  {:start$}  {:>THREADS$}",
            "first (UTC)",
            "severity",
            "source (pid)",
            " → target (pid)",
            "start",
            "threads",
            source = self.source,
            start = self.start,
        )
    }
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
