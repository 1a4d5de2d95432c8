//! Findings for eyes: a table that adapts to the width of the terminal, then the coverage.
//!
//! Rows stand under their computer. Where the width allows it a row is one line of columns;
//! otherwise, or where a name is too long for its column, it is a few short lines. File names
//! and functions are never cut; directories are what gives way. The table's shape is for
//! people and no promise: programs read the JSON lines.

use std::io::{self, Write};

use super::cell::Cell;
use super::coverage;
use super::look::{Look, computer_name, counted, padded, place, to_second, wrapped};
use crate::report::{Clock, Finding, Moment, Naming, Party, Scanned};

/// From this width on a row is one line.
const WIDE: usize = 110;
/// `2020-10-17 11:43:36` and a mark.
const TIME: usize = 20;
/// Room for `threads`, right-aligned.
const THREADS: usize = 7;
/// What lies between the columns of a wide row: a blank after the time, ` → `, two blanks twice.
const BETWEEN: usize = 1 + 3 + 2 + 2;
/// Starts shown of a pair; the rest is one line.
const MAX_STARTS: usize = 4;

/// The mark of a time that is the record's and not the event's.
const RECORD_MARK: char = '~';
/// The mark of a process whose name came from elsewhere.
const RESOLVED_MARK: &str = "*";

/// Writes everything that was found, and what the inputs cover.
pub fn write(scanned: &Scanned, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let look = look.within_reason();
    if scanned.findings.is_empty() {
        writeln!(out, "no remote threads found\n")?;
    }
    for group in by_computer(&scanned.findings) {
        write_group(&group, look, out)?;
    }
    write_marks(&scanned.findings, look, out)?;
    coverage::write(scanned, look, out)
}

/// The findings of each computer, in the order of its first one.
fn by_computer(findings: &[Finding]) -> Vec<Vec<&Finding>> {
    let mut places = std::collections::HashMap::new();
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
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

/// A finding in the words of the table.
struct Row {
    time: String,
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
            "{} {source} → {target}  {start}  {:>THREADS$}",
            look.dim(&padded(&self.time, TIME)),
            self.count
        )?;
        let indent = TIME + 1 + columns.source + 3 + columns.target + 2;
        for line in starts.chain(self.more.clone()) {
            writeln!(out, "{:indent$}{}", "", line.trim_end())?;
        }
        Ok(())
    }

    fn write_narrow(&self, look: Look, out: &mut dyn Write) -> io::Result<()> {
        let room = look.width - TIME - 1;
        let time = look.dim(&padded(&self.time, TIME));
        let indent = TIME + 1;
        if self.source.least() + 3 + self.target.least() <= room {
            let (source, target) = share(&self.source, &self.target, room - 3);
            writeln!(out, "{time} {} → {}", self.source.fit(source), self.target.fit(target))?;
        } else {
            writeln!(out, "{time} {}", self.source.fit(room))?;
            writeln!(out, "{:indent$}→ {}", "", self.target.fit(room - 2))?;
        }
        let mut lead = format!("{:>19}", counted(self.count, "thread"));
        let starts = self.starts.iter().map(|start| start.fit(room - 3));
        for line in starts.map(|start| format!("at {start}")).chain(self.more.clone()) {
            writeln!(out, "{} {line}", look.dim(&padded(&lead, TIME)))?;
            lead.clear();
        }
        Ok(())
    }
}

/// The room for two cells in a row: both get their least, then the shorter more.
fn share(a: &Cell, b: &Cell, room: usize) -> (usize, usize) {
    let widths = spread([(a.least(), a.full()), (b.least(), b.full())], room);
    (widths[0], widths[1])
}

/// Widths between least and full that use up the room, the narrowest growing first.
fn spread<const N: usize>(wishes: [(usize, usize); N], room: usize) -> [usize; N] {
    let mut widths = wishes.map(|(least, _)| least);
    while widths.iter().sum::<usize>() < room {
        let growing = (0..N).filter(|place| widths[*place] < wishes[*place].1);
        let Some(narrowest) = growing.min_by_key(|place| widths[*place]) else { break };
        widths[narrowest] += 1;
    }
    widths
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
        let room = width - TIME - THREADS - BETWEEN;
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
            "{:TIME$} {:source$}{:target$}  {:start$}  {:>THREADS$}",
            "first (UTC)",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_grows_first() {
        assert_eq!(spread([(10, 40), (20, 30)], 44), [22, 22]);
        assert_eq!(spread([(10, 12), (20, 30)], 100), [12, 30]);
        assert_eq!(spread([(10, 12), (20, 30)], 5), [10, 20]);
    }
}
