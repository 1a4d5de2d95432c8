//! How findings are spelled for eyes: widths, wrapped lines, counts, times and addresses.
//!
//! What the table, the cards and the coverage share. Nothing here decides what is shown.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::cell::Cell;
pub(in crate::sink) use crate::report::grouped;
use crate::report::{Start, StartKind, printable};

/// How results look.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether to use colours.
    pub color: bool,
}

/// Between parts of a line.
pub(super) const GAP: &str = "   ";
/// Below this width nothing is laid out any better.
const MIN_WIDTH: usize = 40;
/// Above this width a line is no longer read as one.
const MAX_WIDTH: usize = 400;

impl Look {
    /// The same within widths at which anything can be laid out.
    pub(in crate::sink) fn within_reason(self) -> Self {
        Self { width: self.width.clamp(MIN_WIDTH, MAX_WIDTH), ..self }
    }

    pub(in crate::sink) fn bold(self, text: &str) -> String {
        self.styled("1", text)
    }

    pub(in crate::sink) fn dim(self, text: &str) -> String {
        self.styled("2", text)
    }

    pub(super) fn warning(self, text: &str) -> String {
        self.styled("33", text)
    }

    pub(super) fn styled(self, style: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{style}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// The computer's name, safe to print; most exports have one.
pub(super) fn computer_name(computer: &str) -> String {
    if computer.is_empty() { "(no computer named)".to_owned() } else { brief(computer) }
}

/// A value as logged, safe to print and without the length of a forged one.
pub(super) fn brief(value: &str) -> String {
    Cell::new("", "", value).fit(0)
}

/// Text filled up with blanks to a width on the screen.
pub(in crate::sink) fn padded(text: &str, width: usize) -> String {
    let blanks = width.saturating_sub(text.width());
    format!("{text}{:blanks$}", "")
}

/// Text in lines of at most a width, broken at blanks; a longer word has a line of its own.
pub(in crate::sink) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_inclusive(' ') {
        match lines.last_mut() {
            // Blanks before a break go with it.
            Some(line) if word == " " => line.push_str(word),
            Some(line) if line.width() + word.trim_end().width() <= width => line.push_str(word),
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| line.trim_end().replace('\u{a0}', " ")).collect()
}

/// Like [`wrapped`], but a word that is too long is broken: a path behind a separator, all else where the
/// line ends.
pub(super) fn broken(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in wrapped(text, width) {
        let mut rest = line.as_str();
        while let Some(end) = overflow(rest, width) {
            lines.push(rest[..end].to_owned());
            rest = &rest[end..];
        }
        lines.push(rest.to_owned());
    }
    lines
}

/// Where a line must end that is too long, at least one character on.
fn overflow(line: &str, width: usize) -> Option<usize> {
    let mut taken = 0;
    let place = line.char_indices().find(|(at, c)| {
        taken += c.width().unwrap_or(0);
        taken > width && *at > 0
    });
    let end = place?.0;
    let separator = line[..end].rfind(['\\', '/']).map(|at| at + 1).filter(|at| *at * 2 > end);
    Some(separator.unwrap_or(end))
}

/// Writes a text behind its label, in lines that hang below its beginning.
pub(in crate::sink) fn labelled(
    look: Look,
    indent: usize,
    (label, text): (&str, &str),
    style: impl Fn(Look, &str) -> String,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut label = label;
    for line in broken(&printable(text), look.width.saturating_sub(indent).max(1)) {
        let head = look.dim(&padded(label, indent.saturating_sub(2)));
        writeln!(out, "  {head}{}", style(look, &line))?;
        label = "";
    }
    Ok(())
}

/// A style that changes nothing.
pub(in crate::sink) fn plain(_: Look, text: &str) -> String {
    text.to_owned()
}

/// A time to the second, as people write it.
pub(in crate::sink) fn to_second(time: crate::event::FileTime) -> String {
    let text = time.to_string();
    text.get(..19).map_or_else(|| text.clone(), |second| second.replacen('T', " ", 1))
}

/// Where a thread starts, and how many do where there are several starts.
pub(super) fn place(start: &Start, several: bool) -> Cell {
    let times = if several { format!("  ×{}", start.count) } else { String::new() };
    let module = start.module.as_deref().unwrap_or_default();
    let function = start.function.as_deref();
    let address = address(start);
    match start.kind {
        StartKind::Function => Cell::new("", module, &format!("!{}{times}", function.unwrap_or_default())),
        StartKind::Module => Cell::new(&format!("{address} in "), module, &times),
        StartKind::NoModule => Cell::new(&format!("{address}, no module"), "", &times),
        StartKind::Kernel => Cell::new(&format!("{address}, in the kernel"), "", &times),
        StartKind::Unknown => Cell::new("no address logged", "", &times),
    }
}

/// The same in a word or two: the function, or what kind of place it is.
pub(super) fn brief_place(start: &Start) -> String {
    let module = || start.module.as_deref().unwrap_or_default();
    match (start.kind, start.function.as_deref()) {
        (StartKind::Function, Some(function)) => function.to_owned(),
        (StartKind::NoModule, _) => "no module".to_owned(),
        (StartKind::Kernel, _) => "kernel".to_owned(),
        (StartKind::Function | StartKind::Module, _) => {
            module().rsplit('\\').next().unwrap_or_default().to_owned()
        }
        (StartKind::Unknown, _) => "no address".to_owned(),
    }
}

/// The address where there is one, else its low 16 bits, which all of them share.
fn address(start: &Start) -> String {
    match start.addresses.as_slice() {
        [address] => without_zeros(address),
        _ => start.low16.map_or_else(|| "no address".to_owned(), |low| format!("0x…{low:04x}")),
    }
}

/// `0x0000000002FF0000` as `0x2ff0000`; what is no number stays.
fn without_zeros(address: &str) -> String {
    let digits = address.strip_prefix("0x").or_else(|| address.strip_prefix("0X"));
    let number = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
    number.map_or_else(|| address.to_owned(), |number| format!("{number:#x}"))
}

/// `1 thread`, `1,234 threads`.
pub(in crate::sink) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks() {
        assert_eq!(wrapped("ab cd  ef longword g", 6), ["ab cd", "ef", "longword", "g"]);
        assert_eq!(wrapped("ab cd   ef   g", 5), ["ab cd", "ef", "g"]);
        assert!(wrapped("", 6).is_empty());
    }

    #[test]
    fn long_words_are_broken() {
        assert_eq!(broken("ab longword g", 4), ["ab", "long", "word", "g"]);
        assert_eq!(broken("日本語", 4), ["日本", "語"]);
        assert_eq!(broken("日", 1), ["日"]);
        assert_eq!(broken(r"C:\Users\Ann\a.exe", 11), [r"C:\Users\", r"Ann\a.exe"]);
        assert_eq!(broken(r"C:\averylongname", 9), [r"C:\averyl", "ongname"]);
    }

    #[test]
    fn numbers_and_addresses_read_well() {
        assert_eq!(counted(1, "thread"), "1 thread");
        assert_eq!(counted(1_234_567, "thread"), "1,234,567 threads");
        assert_eq!(without_zeros("0x0000000002FF0000"), "0x2ff0000");
        assert_eq!(without_zeros("odd"), "odd");
    }
}
