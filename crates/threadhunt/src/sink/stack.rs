//! Stacks as a table, CSV or JSON lines: `docs/stack.md` documents the columns and keys.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value};

use super::grid::Grid;
use super::scan::csv::write_row;
use super::scan::jsonl::write_line;
use super::scan::look::{Look, counted, grouped, to_second, wrapped};
use crate::event::FileTime;
use crate::report::{StackRow, StackTable};

/// From this width on times are told to the second.
const WIDE: usize = 140;

/// The counts of a row, in the order in which they are printed.
const COUNTS: [&str; 4] = ["computers", "days", "pairs", "threads"];

fn counts(row: &StackRow) -> [u64; 4] {
    [row.computers, row.days, row.pairs, row.threads]
}

/// Writes the rows for eyes, and a line that says what they are of.
pub fn write_table(table: &StackTable, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let look = look.within_reason();
    // `2020-10-17 11:43:36`, or the day alone where it is narrow.
    let digits = if look.width >= WIDE { 19 } else { 10 };
    let spelled = |time| to_second(time).get(..digits).unwrap_or_default().to_owned();
    let seen = |time: Option<FileTime>| time.map_or_else(|| "-".to_owned(), spelled);
    let row = |row: &StackRow| {
        let numbers = counts(row).map(grouped).into_iter().chain([seen(row.first), seen(row.last)]);
        (numbers.collect(), row.values.iter().map(ToString::to_string).collect())
    };
    let numbers = COUNTS.into_iter().chain(["first", "last"]).collect();
    let grid = Grid {
        numbers,
        texts: table.columns.clone(),
        rows: table.rows.iter().map(row).collect(),
        spare: &["last", "first", "pairs", "days"],
    };
    if !table.rows.is_empty() {
        grid.write(look, out)?;
        writeln!(out)?;
    }
    wrapped(&sentence(table), look.width).iter().try_for_each(|line| writeln!(out, "{}", look.dim(line)))
}

/// `17 of 214 rows; 1,234 threads, 40 pairs, 3 computers, 2 days`
fn sentence(table: &StackTable) -> String {
    let rows = match (table.rows.len(), table.all_rows) {
        (_, 0) => return "no remote threads found".to_owned(),
        (shown, all) if shown == all => counted(all as u64, "row"),
        (shown, all) => format!("{} of {}", grouped(shown as u64), counted(all as u64, "row")),
    };
    let totals = [
        counted(table.threads, "thread"),
        counted(table.pairs, "pair"),
        counted(table.computers, "computer"),
        counted(table.days, "day"),
    ];
    let elsewhere = match table.threads_elsewhere {
        0 => String::new(),
        threads => format!("; {} in further rows, of which there are too many", counted(threads, "thread")),
    };
    format!("{rows}; {}{elsewhere}", totals.join(", "))
}

/// Writes a header and the rows as CSV.
pub fn write_csv(table: &StackTable, out: &mut dyn Write) -> io::Result<()> {
    let names = table.columns.iter().copied().chain(COUNTS).chain(["first", "last"]);
    write_row(names.map(str::to_owned), out)?;
    for row in &table.rows {
        let times = [row.first, row.last].map(|time| time.map(|time| time.to_string()).unwrap_or_default());
        let counts = counts(row).map(|count| count.to_string());
        write_row(row.values.iter().map(ToString::to_string).chain(counts).chain(times), out)?;
    }
    Ok(())
}

/// The last line of the JSON lines.
#[derive(Serialize)]
struct Total {
    kind: &'static str,
    rows: usize,
    all_rows: usize,
    threads: u64,
    pairs: u64,
    computers: u64,
    days: u64,
    threads_elsewhere: u64,
}

/// Writes an object a row, and one with the totals.
pub fn write_jsonl(table: &StackTable, out: &mut dyn Write) -> io::Result<()> {
    for row in &table.rows {
        write_line(&object(table, row), out)?;
    }
    let total = Total {
        kind: "total",
        rows: table.rows.len(),
        all_rows: table.all_rows,
        threads: table.threads,
        pairs: table.pairs,
        computers: table.computers,
        days: table.days,
        threads_elsewhere: table.threads_elsewhere,
    };
    write_line(&total, out)
}

fn object(table: &StackTable, row: &StackRow) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("kind".into(), "row".into());
    for (name, value) in table.columns.iter().zip(&row.values) {
        object.insert(name.replace('-', "_"), (**value).into());
    }
    for (name, count) in COUNTS.iter().zip(counts(row)) {
        object.insert((*name).into(), count.into());
    }
    for (name, time) in [("first", row.first), ("last", row.last)] {
        object.extend(time.map(|time| (name.to_owned(), time.to_string().into())));
    }
    object
}
