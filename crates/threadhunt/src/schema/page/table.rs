//! The dictionary as aligned text for a terminal.
//!
//! The description takes the columns that the other cells leave. Where that is too little to read,
//! every row becomes a small card instead of a line.

use std::fmt::Write as _;
use std::iter::once;

use super::{Occurrence, Row, event_since, logged, rows, since};
use crate::schema::{EventSchema, FieldSchema};

pub(super) const GAP: usize = 2;
/// A description narrower than this is a column of single words.
const MIN_DESCRIPTION: usize = 30;
/// Samples may be wrapped down to this width to leave room for the description.
const MIN_SAMPLE: usize = 24;
/// A title narrower than this runs down the page; a terminal that narrow may break lines itself.
const MIN_TITLE: usize = 20;
/// Lines of text longer than this are hard to follow, however wide the terminal.
const MAX_TEXT: usize = 100;

pub(super) fn list(events: &[&EventSchema], width: Option<usize>) -> String {
    let header = ["ID", "EVENT", "SINCE", "VERSION", "TITLE"].map(str::to_owned);
    let lines: Vec<_> = once(header)
        .chain(events.iter().map(|event| {
            let [id, version] = [event.id.to_string(), event.version.to_string()];
            [id, event.tag.to_owned(), event.since.to_owned(), version, event.title.to_owned()]
        }))
        .collect();
    let mut widths = natural(&lines);
    if let Some(width) = width {
        widths[4] = width.saturating_sub(widths[..4].iter().map(|width| width + GAP).sum()).max(MIN_TITLE);
    }
    align(&lines, &widths)
}

pub(super) fn events(events: &[&'static EventSchema], width: Option<usize>) -> String {
    events.iter().map(|event| one_event(event, width)).collect::<Vec<_>>().join("\n")
}

fn one_event(event: &EventSchema, width: Option<usize>) -> String {
    let mut out = format!("Event {}: {}\n", event.id, event.title);
    let EventSchema { tag, version, .. } = event;
    let tag = if event.filterable { format!("tag {tag}") } else { (*tag).to_owned() };
    let facts = format!("{tag}, version {version}, since schema {}, {}", event_since(event), logged(event));
    for text in [facts.as_str(), "", event.doc] {
        paragraph(&mut out, "", text, width);
    }
    let _ = writeln!(out, "{}\n", event.doc_url);
    let all: Vec<_> = event.fields.iter().flat_map(rows).collect();
    out += &dictionary(&all, width);
    notes(&mut out, "Inferred, not observed:", inferred(event.fields), width);
    let gone = event.removed.iter().map(|field| (format!("{} ({})", field.name, since(field)), field.doc));
    notes(&mut out, "Only in older layouts:", gone.collect(), width);
    out
}

pub(super) fn fields(fields: &[Occurrence], width: Option<usize>) -> String {
    let mut out = String::new();
    for (event, field) in fields {
        let _ = writeln!(out, "Event {}: {}", event.id, event.title);
        out += &dictionary(&rows(field).collect::<Vec<_>>(), width);
        notes(&mut out, "Inferred, not observed:", inferred(std::slice::from_ref(field)), width);
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn inferred(fields: &[FieldSchema]) -> Vec<(String, &'static str)> {
    fields.iter().filter_map(|field| Some((field.name.to_owned(), field.inferred?))).collect()
}

fn notes(out: &mut String, title: &str, notes: Vec<(String, &str)>, width: Option<usize>) {
    if !notes.is_empty() {
        let _ = writeln!(out, "\n{title}");
    }
    for (name, text) in notes {
        paragraph(out, "  ", &format!("{name}: {text}"), width);
    }
}

fn paragraph(out: &mut String, indent: &str, text: &str, width: Option<usize>) {
    let width = width.map_or(usize::MAX, |width| width.min(MAX_TEXT).saturating_sub(indent.len()));
    for line in wrap(text, width) {
        let _ = writeln!(out, "{}", format!("{indent}{line}").trim_end());
    }
}

const DESCRIPTION: usize = 3;
const SAMPLE: usize = 4;

/// Renders rows of the dictionary as lines, or as cards where lines have no room.
fn dictionary(rows: &[Row], width: Option<usize>) -> String {
    let header = ["STANDARD NAME", "FIELD", "TYPE", "DESCRIPTION", "SAMPLE", "SINCE"].map(str::to_owned);
    let lines: Vec<_> = once(header).chain(rows.iter().map(cells)).collect();
    let natural = natural(&lines);
    match width {
        None => align(&lines, &natural),
        Some(width) => match fit(natural, width) {
            Some(widths) => align(&lines, &widths),
            None => rows.iter().map(|row| card(row, width)).collect(),
        },
    }
}

fn cells(row: &Row) -> [String; 6] {
    let Row { standard_name, field_name, field_type, description, sample, since } = row;
    [standard_name, field_name, field_type, description, sample, since.as_str()].map(str::to_owned)
}

/// Shares the width out between description and sample, or returns `None` when it is too little.
fn fit(mut widths: [usize; 6], width: usize) -> Option<[usize; 6]> {
    let total = |widths: &[usize; 6]| widths.iter().sum::<usize>() + GAP * (widths.len() - 1);
    let shrink = |widths: &mut [usize; 6], column: usize, min: usize| {
        let excess = total(widths).saturating_sub(width);
        widths[column] = widths[column].saturating_sub(excess).max(min.min(widths[column]));
    };
    shrink(&mut widths, DESCRIPTION, MIN_DESCRIPTION);
    shrink(&mut widths, SAMPLE, MIN_SAMPLE);
    (total(&widths) <= width).then_some(widths)
}

fn card(row: &Row, width: usize) -> String {
    let Row { standard_name, field_name, field_type, description, sample, since } = row;
    let mut out = String::new();
    let head = format!("{field_name} ({standard_name}), {field_type}, since {since}");
    paragraph(&mut out, "", &head, Some(width));
    paragraph(&mut out, "    ", description, Some(width));
    paragraph(&mut out, "    ", &format!("e.g. {sample}"), Some(width));
    out
}

fn natural<const N: usize>(lines: &[[String; N]]) -> [usize; N] {
    std::array::from_fn(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0))
}

/// Puts cells below each other, each wrapped to its column.
pub(super) fn align<L: AsRef<[String]>>(lines: &[L], widths: &[usize]) -> String {
    let mut out = String::new();
    for line in lines {
        let cells = line.as_ref().iter().zip(widths);
        let wrapped: Vec<Vec<String>> = cells.map(|(cell, width)| wrap(cell, *width)).collect();
        for part in 0..wrapped.iter().map(Vec::len).max().unwrap_or(0) {
            let cell = |lines: &Vec<String>| lines.get(part).cloned().unwrap_or_default();
            let cells = wrapped.iter().zip(widths);
            let text: String =
                cells.map(|(cells, width)| format!("{:<w$}", cell(cells), w = width + GAP)).collect();
            let _ = writeln!(out, "{}", text.trim_end());
        }
    }
    out
}

/// Appends text behind a label, its further lines below its first.
pub(super) fn hang(out: &mut String, label: &str, text: &str, width: Option<usize>) {
    let indent = label.chars().count();
    let width = width.map_or(usize::MAX, |width| width.min(MAX_TEXT).saturating_sub(indent));
    for (at, line) in wrap(text, width).iter().enumerate() {
        let before = if at == 0 { label } else { "" };
        let _ = writeln!(out, "{}", format!("{before:<indent$}{line}").trim_end());
    }
}

/// Breaks text at spaces into lines of at most `width` characters; a longer word is cut, see [`pieces`].
fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            lines.push(String::new());
            used = 0;
        }
        let line = lines.last_mut().expect("lines starts with one line and only grows");
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        let mut pieces = pieces(word, width).into_iter();
        line.extend(pieces.next());
        used += length;
        for piece in pieces {
            used = piece.chars().count();
            lines.push(piece.to_owned());
        }
    }
    lines
}

/// What parts of a name or path end with.
const MARKS: &[char] = &['.', '=', '_', '-', '\\', '/', ','];

/// Cuts a word that is longer than `width` behind the last mark that fits, or anywhere where there is none.
fn pieces(mut word: &str, width: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    while let Some((end, _)) = word.char_indices().nth(width) {
        // Marks are single bytes.
        let (piece, rest) = word.split_at(word[..end].rfind(MARKS).map_or(end, |mark| mark + 1));
        pieces.push(piece);
        word = rest;
    }
    pieces.push(word);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Platform, find, page};

    #[track_caller]
    fn check_wrap(text: &str, width: usize, expected: &[&str]) {
        assert_eq!(wrap(text, width), expected);
    }

    #[test]
    fn text_is_broken_at_spaces_and_long_words_anywhere() {
        check_wrap("one two three", 7, &["one two", "three"]);
        check_wrap("abcdefgh ij", 3, &["abc", "def", "gh", "ij"]);
        check_wrap("", 5, &[""]);
        check_wrap("ab", 0, &["a", "b"]);
        check_wrap("a  b", 80, &["a  b"]);
        check_wrap("see process.target.name, é", 9, &["see", "process.", "target.", "name, é"]);
        check_wrap("abcd.efgh", 5, &["abcd.", "efgh"]);
        check_wrap("éééé=ab", 5, &["éééé=", "ab"]);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for name in ["1", "8", "10", "255", "StartModule", "Image"] {
            let topic = find(Platform::Windows, name).expect("known names");
            for width in [60, 80, 100, 114, 120, 160, 240] {
                let text = page::topic(&topic, page::Format::Table { width: Some(width) });
                // An address is never broken: it would not be one any more.
                let wide = text.lines().find(|l| l.chars().count() > width && !l.starts_with("https:"));
                assert_eq!(wide, None, "{name} at {width}");
            }
        }
    }

    #[test]
    fn no_width_leaves_one_line_for_each_row() {
        let topic = find(Platform::Windows, "8").expect("event 8");
        let text = page::topic(&topic, page::Format::Table { width: None });
        assert!(
            text.lines().any(|line| line.starts_with("process_name") && line.ends_with("2.00")),
            "{text}"
        );
    }

    #[test]
    fn any_width_terminates() {
        let topic = find(Platform::Windows, "8").expect("event 8");
        for width in 0..20 {
            assert!(!page::topic(&topic, page::Format::Table { width: Some(width) }).is_empty());
            assert!(!page::list(Platform::Windows, page::Format::Table { width: Some(width) }).is_empty());
        }
    }
}
