//! Complaints about a configuration, drawn with the lines that they are about.
//!
//! The lines come from a file that anyone may have written: what could drive a terminal is
//! replaced, and of very long lines only the part around the place is shown.

use std::ops::Range;

pub(super) use annotate_snippets::Level as Look;
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Origin, Renderer, Snippet};
use threadhunt::report::{Diagnostic, Level, printable};

use super::Loaded;
use crate::output::{folded, width};

/// How much of a line is looked at on either side of a place.
const REACH: usize = 1 << 14;
/// Longer places are drawn as far as this, and to the end of a line.
const LONGEST: usize = 400;
/// Columns for a number of a line, and for what is cut on either side of a place.
const MARGIN: usize = 28;

/// Characters before a help, at most: a number of a line, and ` = help: `.
const HELP: usize = 15;

/// How to draw.
pub(super) struct Pen {
    renderer: Renderer,
    /// Columns into which titles are folded, where they are to be.
    columns: Option<usize>,
}

/// Draws in as many columns as show it, those of a terminal or else the usual ones.
pub(super) fn pen(color: bool, columns: Option<usize>) -> Pen {
    let plain = if color { Renderer::styled() } else { Renderer::plain() };
    Pen { renderer: plain.term_width(width()).decor_style(DecorStyle::Ascii), columns }
}

impl Pen {
    /// Bytes of a place that are drawn; the rest of its line is, as far as there is room.
    fn longest(&self) -> usize {
        self.columns.map_or(LONGEST, |columns| columns.saturating_sub(MARGIN).clamp(MARGIN, LONGEST))
    }

    /// A text behind a head of so many characters, safe to print.
    fn fold(&self, head: usize, text: &str) -> String {
        folded(&printable(text), self.columns.map(|columns| columns.saturating_sub(head)), "").join("\n")
    }
}

/// Draws a complaint; several lines without an end.
pub(super) fn draw(pen: &Pen, loaded: &Loaded, lines: &Lines<'_>, complaint: &Diagnostic) -> String {
    let look = match complaint.level() {
        Level::Error => Look::ERROR,
        Level::Warning => Look::WARNING,
    };
    let place = |span: &Range<usize>| Place { name: &loaded.name, lines, span: span.clone() };
    let group = group(pen, look, complaint.code.name(), &complaint.message, &[place(&complaint.span)]);
    let mut groups = vec![with_help(pen, group, complaint.help.as_deref())];
    for related in &complaint.related {
        let title = Look::NOTE.secondary_title(pen.fold("note: ".len(), &related.label));
        groups.push(title.element(place(&related.span).snippet(pen)));
    }
    pen.renderer.render(&groups)
}

/// Draws what is to be said of several places, one under the other.
pub(super) fn draw_places(
    pen: &Pen,
    look: Look<'_>,
    code: &str,
    message: &str,
    places: &[Place<'_>],
    help: Option<&str>,
) -> String {
    let groups: [Group<'_>; 1] = [with_help(pen, group(pen, look, code, message, places), help)];
    pen.renderer.render(&groups)
}

/// A place in a file.
pub(super) struct Place<'p> {
    /// The file's name, safe to print.
    pub(super) name: &'p str,
    pub(super) lines: &'p Lines<'p>,
    pub(super) span: Range<usize>,
}

impl<'p> Place<'p> {
    fn snippet(&self, pen: &Pen) -> Snippet<'p, Annotation<'p>> {
        let view = View::new(self.lines, &self.span, pen.longest());
        let annotation = AnnotationKind::Primary.span(view.span);
        Snippet::source(view.text).path(self.name).line_start(view.line).annotation(annotation)
    }
}

fn group<'g>(pen: &Pen, look: Look<'g>, code: &'g str, message: &'g str, places: &[Place<'g>]) -> Group<'g> {
    let group =
        Group::with_title(look.primary_title(pen.fold("warning[]: ".len() + code.len(), message)).id(code));
    places.iter().fold(group, |group, place| match place.lines.text.is_empty() {
        true => group.element(Origin::path(place.name)),
        false => group.element(place.snippet(pen)),
    })
}

fn with_help<'g>(pen: &Pen, group: Group<'g>, help: Option<&'g str>) -> Group<'g> {
    match help {
        Some(help) => group.element(Look::HELP.message(pen.fold(HELP, help))),
        None => group,
    }
}

/// The lines around a place, safe to print.
struct View {
    text: String,
    /// Number of the first line, from 1.
    line: usize,
    span: Range<usize>,
}

impl View {
    fn new(lines: &Lines<'_>, span: &Range<usize>, longest: usize) -> Self {
        let text = lines.text;
        let start = lines.start(span.start).max(text.floor_char_boundary(span.start.saturating_sub(REACH)));
        let longest = text.floor_char_boundary((span.start + longest).min(span.end));
        let rest = &text[longest..text.floor_char_boundary(longest.saturating_add(REACH))];
        let end = longest + rest.find('\n').unwrap_or(rest.len());
        let before = &text[start..span.start];
        let mut shown = clean(before.strip_prefix('\u{feff}').filter(|_| start == 0).unwrap_or(before));
        let from = shown.len();
        shown.push_str(&clean(&text[span.start..longest]));
        let to = shown.len();
        shown.push_str(&clean(&text[longest..end]));
        Self { text: shown, line: lines.line(span.start), span: from..to }
    }
}

/// The text with a mark in the place of each character that is unsafe to print.
fn clean(text: &str) -> String {
    let is_safe =
        |c: char| matches!(c, '\n' | '\t') || printable(c.encode_utf8(&mut [0; 4])).len() == c.len_utf8();
    text.chars()
        .filter(|c| *c != '\r')
        .map(|c| if is_safe(c) { c } else { char::REPLACEMENT_CHARACTER })
        .collect()
}

/// Where the lines of a text begin, so that places in it can be named.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    /// How many characters stand before every [`STEP`]th byte: a configuration may be one long line.
    counts: Vec<usize>,
}

/// Bytes that are counted over for a column at most.
const STEP: usize = 1 << 12;

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        let mut counts = vec![0];
        for step in text.as_bytes().chunks(STEP) {
            counts.push(counts[counts.len() - 1] + characters(step));
        }
        Self { text, starts: std::iter::once(0).chain(breaks).collect(), counts }
    }

    /// Number of the line of a place, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }

    /// Number of the character of a place in its line, from 1; a byte order mark is none.
    pub(super) fn column(&self, at: usize) -> usize {
        let start = self.start(at);
        let mark = usize::from(start == 0 && at > 0 && self.text.starts_with('\u{feff}'));
        1 + self.before(at) - self.before(start) - mark
    }

    /// How many characters stand before a place.
    fn before(&self, at: usize) -> usize {
        let step = at / STEP;
        self.counts[step] + characters(&self.text.as_bytes()[step * STEP..at])
    }

    /// Where the line of a place begins.
    fn start(&self, at: usize) -> usize {
        self.starts[self.line(at) - 1]
    }
}

/// How many characters begin within these bytes of a text.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| !(0x80..0xc0).contains(*byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_on_long_lines_too() {
        let text = format!("\u{feff}{}<b>\n<c>", "äx".repeat(5000));
        let lines = Lines::new(&text);
        let place = |part: &str| {
            let at = text.find(part).expect("it is there");
            (lines.line(at), lines.column(at))
        };
        assert_eq!((place("ä"), place("<b>"), place("<c>")), ((1, 1), (1, 10_001), (2, 1)));
        assert_eq!((lines.column(0), lines.line(text.len()), lines.column(text.len())), (1, 2, 4));
    }

    #[test]
    fn a_view_is_safe_and_holds_the_place() {
        let text = "<a>\r\n\t<b>\u{1b}[2Jä</b>\n<c/>";
        let at = text.find('ä').expect("it is there");
        let view = View::new(&Lines::new(text), &(at..at + 2), LONGEST);
        assert_eq!(view.text, "\t<b>\u{fffd}[2Jä</b>");
        assert_eq!((&view.text[view.span.clone()], view.line), ("ä", 2));
        let lines = Lines::new(text);
        assert_eq!((lines.line(at), lines.column(at)), (2, 9));
    }

    #[test]
    fn long_lines_and_places_are_cut() {
        let text = "x".repeat(1 << 20);
        let view = View::new(&Lines::new(&text), &(1 << 19..(1 << 19) + 5000), LONGEST);
        assert_eq!((view.text.len(), view.span), (2 * REACH + LONGEST, REACH..REACH + LONGEST));
    }
}
