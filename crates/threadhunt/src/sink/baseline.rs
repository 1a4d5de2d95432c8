//! What a baseline knows, as a table or JSON lines: `docs/baseline.md` documents the objects.

use std::io::{self, Write};

use serde::Serialize;

use super::grid::Grid;
use super::scan::jsonl::write_line;
use super::scan::look::{Look, counted, grouped, wrapped};
use crate::report::{BaselineOverview, KnownHabit};

/// Writes its extent, and the habits in the order in which they are given, of which there were `all`.
pub fn write_table(known: &BaselineOverview, all: usize, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let look = look.within_reason();
    wrapped(&extent(known), look.width).iter().try_for_each(|line| writeln!(out, "{}", look.bold(line)))?;
    if let Some(since) = &known.since {
        let text = format!("days before {since} were dropped: there was no room for them");
        wrapped(&text, look.width).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    if known.habits.is_empty() {
        return writeln!(out, "no remote threads are known");
    }
    writeln!(out)?;
    let numbers = |habit: &KnownHabit| {
        let counts = [habit.hosts, habit.days, habit.host_days].map(grouped);
        counts.into_iter().chain([habit.first.clone(), habit.last.clone()]).collect()
    };
    let texts = |habit: &KnownHabit| {
        vec![habit.source.to_string(), habit.target.to_string(), habit.class.to_string(), place(habit)]
    };
    let grid = Grid {
        numbers: vec!["hosts", "days", "host-days", "first", "last"],
        texts: vec!["source", "target", "class", "start"],
        rows: known.habits.iter().map(|habit| (numbers(habit), texts(habit))).collect(),
        spare: &["last", "first", "host-days", "days"],
    };
    grid.write(look, out)?;
    let shown = known.habits.len();
    let some = if shown == all { String::new() } else { format!("{} of ", grouped(shown as u64)) };
    writeln!(out, "\n{}", look.dim(&format!("{some}{}", counted(all as u64, "habit"))))
}

/// `40 hosts, 30 days from 2020-10-01 to 2020-10-30, 1,180 host-days; 2 more hosts without any remote thread`
fn extent(known: &BaselineOverview) -> String {
    let days = match (&known.first, &known.last) {
        (Some(first), Some(last)) if first != last => {
            format!("{} from {first} to {last}", counted(known.days, "day"))
        }
        (Some(first), _) => format!("{}, {first}", counted(known.days, "day")),
        (None, _) => counted(known.days, "day"),
    };
    let silent = match known.silent_hosts {
        0 => String::new(),
        hosts => format!("; {} without any remote thread", counted(hosts, "more host")),
    };
    format!("{}, {days}, {}{silent}", counted(known.hosts, "host"), counted(known.host_days, "host-day"))
}

/// `kernel32.dll!loadlibraryw`, `-` where the class says all.
fn place(habit: &KnownHabit) -> String {
    match (&*habit.module, &*habit.function) {
        ("", "") => "-".to_owned(),
        (module, "") => module.to_owned(),
        (module, function) => format!("{module}!{function}"),
    }
}

#[derive(Serialize)]
struct Extent<'a> {
    kind: &'static str,
    hosts: u64,
    silent_hosts: u64,
    days: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<&'a str>,
    host_days: u64,
    habits: usize,
}

#[derive(Serialize)]
struct Habit<'a> {
    kind: &'static str,
    source: &'a str,
    class: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    module: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    function: &'a str,
    target: &'a str,
    hosts: u64,
    days: u64,
    host_days: u64,
    first: &'a str,
    last: &'a str,
}

/// Writes an object with its extent, and one a habit.
pub fn write_jsonl(known: &BaselineOverview, all: usize, out: &mut dyn Write) -> io::Result<()> {
    let extent = Extent {
        kind: "baseline",
        hosts: known.hosts,
        silent_hosts: known.silent_hosts,
        days: known.days,
        first: known.first.as_deref(),
        last: known.last.as_deref(),
        since: known.since.as_deref(),
        host_days: known.host_days,
        habits: all,
    };
    write_line(&extent, out)?;
    for habit in &known.habits {
        let KnownHabit { source, class, module, function, target, hosts, days, host_days, first, last } =
            habit;
        let (hosts, days, host_days) = (*hosts, *days, *host_days);
        write_line(
            &Habit {
                kind: "habit",
                source,
                class,
                module,
                function,
                target,
                hosts,
                days,
                host_days,
                first,
                last,
            },
            out,
        )?;
    }
    Ok(())
}
