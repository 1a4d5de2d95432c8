//! The crosswalk: what each vocabulary calls the fields of an event, side by side.
//!
//! A row is a source, a column a vocabulary. Where a terminal is too narrow for columns that can be read, each
//! row becomes a card with a line a vocabulary. JSON and CSV have an entry each [fact](facts::Fact); all forms
//! show the same facts.

use std::fmt::Write as _;

use self::facts::{Fact, columns, facts};
use super::markdown::cell;
use super::table::{GAP, align, hang};
use super::{EventSchema, Format};
use crate::schema::names::{Make, NoneValue, Source, Vocabulary, vocabularies};

mod facts;
mod list;

/// Returns the crosswalk of events, each with all vocabularies that have a place for it.
pub(super) fn crosswalk(events: &[&'static EventSchema], format: Format) -> String {
    match format {
        Format::Table { width } => sections(events, |event| table(event, width)),
        Format::Markdown => markdown(events),
        Format::Json => list::json(events),
        Format::Csv => list::csv(events),
    }
}

fn sections(events: &[&'static EventSchema], print: impl Fn(&'static EventSchema) -> String) -> String {
    events.iter().map(|event| print(event)).collect::<Vec<_>>().join("\n")
}

/// A source with what each vocabulary makes of it.
struct Row {
    source: String,
    cells: Vec<String>,
}

fn rows(event: &'static EventSchema) -> Vec<Row> {
    let (columns, facts) = (columns(event), facts(event));
    let mut sources: Vec<Source> = Vec::new();
    // Fields come in the order of the schema.
    for fact in facts.iter().filter(|fact| !matches!(fact.source, Source::Field(_))) {
        if !sources.contains(&fact.source) {
            sources.push(fact.source);
        }
    }
    sources.sort_by_key(|source| place(*source));
    let first_rest = sources.iter().position(|source| place(*source) == REST).unwrap_or(sources.len());
    let fields = event.all_fields().map(|field| Source::Field(field.id));
    sources.splice(first_rest..first_rest, fields);
    let row = |source: &Source| {
        let cells = columns.iter().map(|column| names(&facts, column, *source));
        Row { source: source.to_string(), cells: cells.collect() }
    };
    sources.iter().map(row).collect()
}

const REST: u8 = 4;

/// Constants first, then what is computed, the record's section, the fields, and the rest.
fn place(source: Source) -> u8 {
    match source {
        Source::Nothing => 0,
        Source::Time | Source::Event | Source::Task | Source::Action => 1,
        Source::System(..) => 2,
        Source::Field(_) | Source::Standard => 3,
        Source::TimeOf | Source::Data | Source::Remains => REST,
        Source::Trees | Source::Notes | Source::Recovered => REST,
    }
}

/// The names that a vocabulary has for a source; empty where it has none.
fn names(facts: &[Fact], column: &Vocabulary, source: Source) -> String {
    let of = |fact: &&Fact| fact.vocabulary.name == column.name && fact.source == source;
    facts.iter().filter(of).map(shown).collect::<Vec<_>>().join(", ")
}

/// A name with what a person has to know of its value.
fn shown(fact: &Fact) -> String {
    let Fact { name, make, note, .. } = fact;
    let hint = match (make, *note) {
        (Make::Constant(text) | Make::Beside(text), _) => return format!("{name}={text}"),
        (_, PROPOSED) => Some(PROPOSED),
        (make, _) => make.hint(),
    };
    hint.map_or_else(|| name.to_string(), |hint| format!("{name} ({hint})"))
}

/// The note that stands with the name.
const PROPOSED: &str = "proposed";

/// The facts with something more to know.
fn notes(event: &'static EventSchema) -> Vec<Fact> {
    let mut facts = facts(event);
    facts.retain(|fact| !matches!(fact.note, "" | PROPOSED));
    facts
}

/// The vocabularies that know one of the events.
fn known(events: &[&'static EventSchema]) -> impl Iterator<Item = &'static Vocabulary> {
    vocabularies().iter().filter(|row| events.iter().any(|event| row.covers(Some(event.id))))
}

const SOURCE: &str = "SYSMON";

fn table(event: &'static EventSchema, width: Option<usize>) -> String {
    let mut out = format!("Event {}: {}\n\n", event.id, event.title);
    let (columns, rows) = (columns(event), rows(event));
    let head = columns.iter().map(|row| row.name.to_uppercase()).collect();
    let head = Row { source: SOURCE.to_owned(), cells: head };
    let lines: Vec<Vec<String>> = std::iter::once(&head).chain(&rows).map(Row::line).collect();
    out += &match widths(&lines, width) {
        Some(widths) => align(&lines, &widths),
        None => rows.iter().map(|row| card(row, &columns, width)).collect(),
    };
    out.push('\n');
    for Fact { vocabulary, name, note, .. } in notes(event) {
        hang(&mut out, &format!("{}: ", vocabulary.name), &format!("{name}: {note}"), width);
    }
    out
}

impl Row {
    fn line(&self) -> Vec<String> {
        std::iter::once(&self.source).chain(&self.cells).cloned().collect()
    }
}

/// Widths that fit; `None` where a name would have to be broken.
fn widths(lines: &[Vec<String>], width: Option<usize>) -> Option<Vec<usize>> {
    let count = lines.first()?.len();
    let length = |text: &str| text.chars().count();
    let widest = |of: &dyn Fn(&String) -> usize| -> Vec<usize> {
        (0..count).map(|at| lines.iter().map(|line| of(&line[at])).max().unwrap_or(0)).collect()
    };
    let mut widths = widest(&|cell| length(cell));
    let least = widest(&|cell| cell.split(' ').map(length).max().unwrap_or(0));
    let Some(width) = width else { return Some(widths) };
    while widths.iter().sum::<usize>() + GAP * (count - 1) > width {
        let wider = widths.iter_mut().zip(&least).filter(|(width, least)| **width > **least);
        *wider.map(|(width, _)| width).max()? -= 1;
    }
    Some(widths)
}

fn card(row: &Row, columns: &[&Vocabulary], width: Option<usize>) -> String {
    let mut out = format!("{}\n", row.source);
    let label = columns.iter().map(|column| column.name.len()).max().unwrap_or(0) + GAP;
    for (column, cell) in columns.iter().zip(&row.cells).filter(|(_, cell)| !cell.is_empty()) {
        hang(&mut out, &format!("  {:<label$}", column.name), cell, width);
    }
    out
}

fn markdown(events: &[&'static EventSchema]) -> String {
    let ids = events.iter().map(|event| event.id.to_string()).collect::<Vec<_>>().join(", ");
    let mut out = format!("# What others call the fields of event {ids}\n\n");
    out += INTRODUCTION;
    out += "\n| name | vocabulary | version | from | a value that says none | index of `bulk` |\n";
    out += "| --- | --- | --- | --- | --- | --- |\n";
    for Vocabulary { name, title, version, source, none, index, .. } in known(events) {
        let none = match none {
            NoneValue::Written => "as it is",
            NoneValue::Unmapped => "with the unmapped",
            NoneValue::Dropped => "left out",
        };
        let _ = writeln!(out, "| `{name}` | {title} | {version} | {} | {none} | `{index}` |", cell(source));
    }
    for event in events {
        let _ = writeln!(out, "\n## Event {}: {}\n", event.id, event.title);
        markdown_table(&mut out, event);
        markdown_notes(&mut out, event);
    }
    out
}

const INTRODUCTION: &str = "\
Written by `threadhunt dictionary 8 --crosswalk --format markdown` from the tables in `crates/threadhunt/data/names`.
`threadhunt events --names NAME` writes these documents; [names.md](names.md) says how.

**Mind who is `process`**: the source of the thread in `ossem`, `ossem-dd`, `ecs` and `car`, its target in `ocsf` and
`splunk`. A crosswalk by the name alone swaps the victim and the attacker.
";

fn markdown_table(out: &mut String, event: &'static EventSchema) {
    let columns = columns(event);
    let head: Vec<_> = columns.iter().map(|column| format!("`{}`", column.name)).collect();
    let _ = writeln!(out, "| Sysmon | {} |", head.join(" | "));
    let _ = writeln!(out, "|{}", " --- |".repeat(columns.len() + 1));
    for Row { source, cells } in rows(event) {
        let cells: Vec<_> = cells.iter().map(|names| code(names)).collect();
        let _ = writeln!(out, "| {source} | {} |", cells.join(" | "));
    }
}

/// Names as code, what is said of them as text.
fn code(names: &str) -> String {
    let name = |text: &str| match text.split_once(" (") {
        Some((name, hint)) => format!("`{name}` ({hint}"),
        None => format!("`{text}`"),
    };
    let names = names.split(", ").filter(|text| !text.is_empty());
    cell(&names.map(name).collect::<Vec<_>>().join(", "))
}

fn markdown_notes(out: &mut String, event: &'static EventSchema) {
    *out += "\n";
    for Fact { vocabulary, name, note, .. } in notes(event) {
        let _ = writeln!(out, "- `{}`, `{name}`: {note}.", vocabulary.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Platform, event};

    fn page(id: u16, format: Format) -> String {
        crosswalk(&[event(Platform::Windows, id).expect("an event")], format)
    }

    #[test]
    fn the_row_of_a_field_says_where_it_stands() {
        let thread = event(Platform::Windows, 8).expect("an event");
        let rows = rows(thread);
        let cells = |source: &str| rows.iter().find(|row| row.source == source).expect("a row").cells.clone();
        let names: Vec<_> = columns(thread).iter().map(|column| column.name).collect();
        assert_eq!(names, ["ossem", "ossem-dd", "ecs", "ocsf", "car", "splunk", "udm"]);
        let target = cells("TargetImage");
        assert_eq!(target[0], "target_process_name (file name), target_process_path");
        assert_eq!(target[2], "winlog.event_data.TargetImage");
        assert_eq!(target[4], "unmapped.TargetImage");
        assert!(target[5].ends_with("process_path, process_name (file name), process_exec (file name)"));
        assert_eq!(cells("UtcTime")[2], "@timestamp");
        assert!(cells("RuleName")[3].ends_with("unmapped.RuleName"));
        assert_eq!(rows.iter().filter(|row| row.source == "(time)").count(), 0);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in [40, 60, 80, 120, 200, 240, 300, 400] {
            let text = page(8, Format::Table { width: Some(width) });
            let wide = text.lines().find(|line| line.chars().count() > width);
            assert_eq!(wide, None, "at {width}");
        }
        assert!(page(8, Format::Table { width: Some(300) }).contains("\nSYSMON"), "side by side");
        assert!(!page(8, Format::Table { width: Some(200) }).contains("\nSYSMON"), "no room for that");
        let cards = page(8, Format::Table { width: Some(80) });
        assert!(
            cards.contains("\nSourceImage\n  ossem     process_name (file name), process_path\n"),
            "{cards}"
        );
        (0..20).for_each(|width| assert!(!page(8, Format::Table { width: Some(width) }).is_empty()));
    }

    /// What is read at a glance: no name is broken in a table, and in cards only behind a mark.
    #[test]
    fn names_can_be_read_at_every_width() {
        let thread = event(Platform::Windows, 8).expect("an event");
        let named: Vec<_> = columns(thread).iter().flat_map(|row| row.mappings(Some(thread))).collect();
        for width in [60, 80, 120, 200, 240, 300, 400] {
            let text = page(8, Format::Table { width: Some(width) });
            let broken = named.iter().find(|row| !row.name.is_empty() && !text.contains(row.name));
            assert_eq!(broken, None, "at {width}");
        }
        let narrow = page(8, Format::Table { width: Some(40) });
        let lone = narrow.lines().find(|line| matches!(line.trim(), "," | "=" | "."));
        assert_eq!(lone, None, "{narrow}");
    }

    #[test]
    fn without_a_terminal_a_row_is_a_line() {
        let thread = event(Platform::Windows, 8).expect("an event");
        let text = page(8, Format::Table { width: None });
        let expected = rows(thread).len() + notes(thread).len() + 4;
        assert_eq!(text.lines().count(), expected, "title, blank, header, rows, blank, notes");
    }

    #[test]
    fn other_events_have_the_vocabularies_that_know_them() {
        let text = page(1, Format::Markdown);
        assert!(text.contains("| Sysmon | `ossem` | `ossem-dd` | `ecs` |"), "{text}");
        assert!(text.contains("`process.command_line`"), "{text}");
    }
}
