//! Rows and cells of a CSV text, by RFC 4180 and what is written instead of it.
//!
//! A row may go on over lines within quotes. A quote that is never closed would swallow the rest
//! of the text, so a row that makes no sense is given up at the end of its first line: one that is
//! too long, one that the end of the text leaves open, and one with another number of cells than
//! there are columns whose second line is a row by itself.

use std::ops::Range;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// Longest row.
const MAX_ROW: usize = 1 << 20;

/// Most cells of a row.
pub(super) const MAX_CELLS: usize = 4096;

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Whole,
    /// Given up at the end of its first line.
    Broken,
    TooWide,
}

/// What ends the lines of a table: that of its first row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineEnd {
    /// LF, behind CR or not.
    Lf,
    /// CR alone; LF is a part of a cell then.
    Cr,
}

impl LineEnd {
    /// The byte with which a line is over.
    pub(super) fn byte(self) -> u8 {
        match self {
            Self::Lf => b'\n',
            Self::Cr => b'\r',
        }
    }

    /// How many lines end in these bytes.
    pub(super) fn count(self, text: &[u8]) -> u64 {
        memchr::memchr_iter(self.byte(), text).count() as u64
    }
}

/// Goes over the rows of a text.
pub(super) struct Rows<'t> {
    text: &'t [u8],
    at: usize,
    delimiter: u8,
    columns: Option<usize>,
    line_end: LineEnd,
    /// Whether the text ends where it ends, so that a row may too.
    is_whole: bool,
    reader: Reader,
    cells: Vec<u8>,
    ends: Vec<usize>,
    /// How many cells the last row has.
    count: usize,
}

impl<'t> Rows<'t> {
    /// Begins at a row; `columns` is how many cells are expected, where that is known.
    pub(super) fn new(
        text: &'t [u8],
        (delimiter, line_end): (u8, LineEnd),
        columns: Option<usize>,
        is_whole: bool,
    ) -> Self {
        let reader = ReaderBuilder::new().delimiter(delimiter).build();
        let cells = vec![0; text.len().min(MAX_ROW) + 1];
        let ends = vec![0; MAX_CELLS];
        Self { text, at: 0, delimiter, columns, line_end, is_whole, reader, cells, ends, count: 0 }
    }

    /// Everything before this place was given out.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The next row and where it lies; `None` when there is none that is whole.
    pub(super) fn next(&mut self) -> Option<(Kind, Range<usize>)> {
        self.at += self.text[self.at..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let start = self.at;
        if start == self.text.len() {
            return None;
        }
        let (kind, len) = self.row(start)?;
        let (kind, len) = match kind {
            Kind::Whole if self.is_swallowing(start, len) => self.first_line(start)?,
            _ => (kind, len),
        };
        self.at = start + len;
        Some((kind, start..self.at))
    }

    /// The row that begins at this place as the quotes have it; its cells are kept.
    fn row(&mut self, start: usize) -> Option<(Kind, usize)> {
        let rest = &self.text[start..];
        let window = &rest[..rest.len().min(MAX_ROW)];
        self.reader.reset();
        let (mut result, mut read, _, mut count) =
            self.reader.read_record(window, &mut self.cells, &mut self.ends);
        if result == ReadRecordResult::InputEmpty {
            if window.len() < rest.len() || self.is_whole && self.is_open(window) {
                return self.first_line(start);
            }
            if !self.is_whole {
                return None;
            }
            read = window.len();
            let (end, _, _, more) = self.reader.read_record(b"", &mut [], &mut self.ends[count..]);
            (result, count) = (end, count + more);
        }
        self.count = count;
        match result {
            ReadRecordResult::Record => Some((Kind::Whole, read)),
            ReadRecordResult::OutputEndsFull => self.first_line(start).map(|(_, len)| (Kind::TooWide, len)),
            _ => self.first_line(start),
        }
    }

    /// The line at this place, given up.
    fn first_line(&self, start: usize) -> Option<(Kind, usize)> {
        let rest = &self.text[start..];
        match memchr::memchr(self.line_end.byte(), rest) {
            Some(end) => Some((Kind::Broken, end + 1)),
            None if self.is_whole || rest.len() >= MAX_ROW => Some((Kind::Broken, rest.len())),
            None => None,
        }
    }

    /// Whether a row swallowed others: it goes on over lines, has not as many cells as there are
    /// columns or a quote that should not be there, and the line behind its first is a row by itself.
    fn is_swallowing(&self, start: usize, len: usize) -> bool {
        let Some(columns) = self.columns else { return false };
        let row = &self.text[start..start + len];
        let Some(first) = memchr::memchr(self.line_end.byte(), row.trim_ascii_end()) else { return false };
        if columns == self.count && !self.outline(row).is_misquoted {
            return false;
        }
        let behind = self.outline(&self.text[start + first + 1..]);
        behind.cells == columns && !behind.is_misquoted && !behind.is_open
    }

    fn outline(&self, text: &[u8]) -> Outline {
        Outline::of(text, self.delimiter, self.line_end)
    }

    /// Whether a quote is left open: there is an odd number of them, and a line end behind.
    fn is_open(&self, text: &[u8]) -> bool {
        memchr::memchr_iter(b'"', text).count() % 2 == 1
            && memchr::memchr(self.line_end.byte(), text.trim_ascii_end()).is_some()
    }

    /// The cells of the row that was given last, if it is whole.
    pub(super) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let mut from = 0;
        self.ends[..self.count].iter().map(move |end| {
            let cell = self.cells.get(from..*end).unwrap_or_default();
            from = *end;
            cell
        })
    }
}

/// What can be said of the first row of a text without its cells.
#[derive(Debug, Default)]
struct Outline {
    cells: usize,
    /// Whether something follows a quoted cell before its end.
    is_misquoted: bool,
    /// Whether the text, or what is looked at of it, ends within quotes.
    is_open: bool,
}

impl Outline {
    fn of(text: &[u8], delimiter: u8, line_end: LineEnd) -> Self {
        let mut outline = Self { cells: 1, ..Self::default() };
        let mut at_start = true;
        let mut bytes = text.iter().copied().take(MAX_ROW).peekable();
        while let Some(byte) = bytes.next() {
            match (outline.is_open, byte) {
                (true, b'"') if bytes.next_if_eq(&b'"').is_some() => {}
                (true, b'"') => {
                    outline.is_open = false;
                    let ends = |next: &u8| *next == delimiter || matches!(next, b'\r' | b'\n');
                    outline.is_misquoted |= bytes.peek().is_some_and(|next| !ends(next));
                }
                (false, b'"') if at_start => outline.is_open = true,
                (false, byte) if byte == line_end.byte() => break,
                (false, byte) if byte == delimiter => outline.cells += 1,
                _ => {}
            }
            at_start = !outline.is_open && byte == delimiter;
        }
        outline
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMA: (u8, LineEnd) = (b',', LineEnd::Lf);

    /// The rows as their cells joined by `|`, broken ones as what they are.
    #[track_caller]
    fn check(text: &str, columns: usize, expected: &[&str]) {
        for is_whole in [true, false] {
            let mut rows = Rows::new(text.as_bytes(), COMMA, Some(columns), is_whole);
            let mut found = Vec::new();
            while let Some((kind, range)) = rows.next() {
                let cells: Vec<_> =
                    rows.cells().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
                let shown = text[range].trim_end();
                found.push(if kind == Kind::Whole { cells.join("|") } else { format!("{kind:?} {shown}") });
            }
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        check("a,b\r\n\"c,\"\"d\"\"\r\n\",\n\n,\n", 2, &["a|b", "c,\"d\"\r\n|", "|"]);
    }

    #[test]
    fn an_open_quote_costs_one_line() {
        check("a,b\n\"c,d\ne,f\n\"g\",h\n", 2, &["a|b", "Broken \"c,d", "e|f", "g|h"]);
        let text = format!("\"a,b\n{}", "c,d\n".repeat(MAX_ROW / 4));
        let mut rows = Rows::new(text.as_bytes(), COMMA, Some(2), false);
        assert_eq!(rows.next(), Some((Kind::Broken, 0..5)));
        assert_eq!(rows.next(), Some((Kind::Whole, 5..9)));
    }

    #[test]
    fn a_quote_that_the_end_leaves_open_costs_one_line() {
        let mut rows = Rows::new(b"\"a,b\nc,d\ne,f", COMMA, Some(2), true);
        let kinds: Vec<_> = std::iter::from_fn(|| rows.next()).collect();
        assert_eq!(kinds, [(Kind::Broken, 0..5), (Kind::Whole, 5..9), (Kind::Whole, 9..12)]);
    }

    #[test]
    fn rows_with_too_many_cells_are_named() {
        let wide = ",".repeat(100_000) + "\n";
        let text = format!("{wide}a,b\n");
        let mut rows = Rows::new(text.as_bytes(), COMMA, Some(2), true);
        assert_eq!(rows.next(), Some((Kind::TooWide, 0..wide.len())));
        assert_eq!(rows.next().map(|(kind, _)| kind), Some(Kind::Whole));
        let most = ",".repeat(MAX_CELLS - 1);
        let mut rows = Rows::new(most.as_bytes(), COMMA, None, true);
        assert_eq!(rows.next(), Some((Kind::Whole, 0..most.len())));
        assert_eq!(rows.cells().count(), MAX_CELLS);
    }

    #[test]
    fn a_row_that_may_go_on_is_not_given() {
        let mut rows = Rows::new(b"a,b\nc,\"d\n", COMMA, Some(2), false);
        assert_eq!(rows.next().map(|(kind, _)| kind), Some(Kind::Whole));
        assert_eq!((rows.next(), rows.position()), (None, 4));
    }
}
