//! A cell of the table: a path that may lose directories, between words that may not.
//!
//! What matters in a path is its file name, then the nearest directories, then the drive. So a
//! path gives up the middle first and its file name never.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::report::printable;

/// What stands for directories left out.
const ELLIPSIS: &str = "…";

/// Columns of a name that is still one.
const LEAST_NAME: usize = 5;

/// Windows' limit for one component of a path. Longer ones are forged and are cut after all.
const MAX_NAME: usize = 255;

/// Text with at most one path in it, safe to print.
#[derive(Clone, Debug, Default)]
pub(in crate::sink) struct Cell {
    before: String,
    path: Path,
    after: String,
}

impl Cell {
    /// A cell of a path as logged, and words around it.
    pub(in crate::sink) fn new(before: &str, path: &str, after: &str) -> Self {
        Self { before: bounded(before), path: Path::new(path), after: bounded(after) }
    }

    /// The width that the cell needs to show everything.
    pub(in crate::sink) fn full(&self) -> usize {
        self.around() + self.path.text.width()
    }

    /// The width below which nothing can be left out any more.
    pub(in crate::sink) fn least(&self) -> usize {
        self.around() + self.path.name().width()
    }

    fn around(&self) -> usize {
        self.before.width() + self.after.width()
    }

    /// The cell within a width, or in its least form where that is wider.
    pub(in crate::sink) fn fit(&self, width: usize) -> String {
        let path = self.path.shorten(width.saturating_sub(self.around()));
        format!("{}{path}{}", self.before, self.after)
    }

    /// The cell within a width whatever it costs: the middle of a name that is too long gives way.
    pub(in crate::sink) fn squeeze(&self, width: usize) -> String {
        if self.least() <= width {
            return self.fit(width);
        }
        let name = self.path.name();
        let room = width.saturating_sub(self.around());
        // A pid behind nothing is worth less than a bit of a name.
        let name = if room < LEAST_NAME { name.to_owned() } else { without_middle(name, room) };
        without_middle(&format!("{}{name}{}", self.before, self.after), width)
    }
}

/// Text within a width: its middle gives way, of which a name's beginning and end tell most.
fn without_middle(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(ELLIPSIS.width());
    let taken = |c: char, used: &mut usize, most: usize| {
        *used += c.width().unwrap_or(0);
        *used <= most
    };
    let (mut used, half) = (0, room.div_ceil(2));
    let head: String = text.chars().take_while(|c| taken(*c, &mut used, half)).collect();
    let (mut used, rest) = (0, room - head.width());
    let tail: Vec<char> = text.chars().rev().take_while(|c| taken(*c, &mut used, rest)).collect();
    format!("{head}{ELLIPSIS}{}", tail.into_iter().rev().collect::<String>())
}

/// Widths between least and full that use up the room, the narrowest growing first.
pub(super) fn spread<const N: usize>(wishes: [(usize, usize); N], room: usize) -> [usize; N] {
    let mut widths = wishes.map(|(least, _)| least);
    while widths.iter().sum::<usize>() < room {
        let growing = (0..N).filter(|place| widths[*place] < wishes[*place].1);
        let Some(narrowest) = growing.min_by_key(|place| widths[*place]) else { break };
        widths[narrowest] += 1;
    }
    widths
}

/// Printable text without the length of a forged value.
fn bounded(text: &str) -> String {
    let text = printable(text);
    match text.char_indices().nth(MAX_NAME) {
        Some((at, _)) => format!("{}{ELLIPSIS}", &text[..at]),
        None => text.into_owned(),
    }
}

/// A path made printable, and where its separators are: an escape has a backslash that is none.
#[derive(Clone, Debug, Default)]
struct Path {
    text: String,
    separators: Vec<usize>,
}

const SEPARATORS: [char; 2] = ['\\', '/'];

impl Path {
    fn new(logged: &str) -> Self {
        let mut path = Self::default();
        for part in logged.split_inclusive(SEPARATORS) {
            let name = part.trim_end_matches(SEPARATORS);
            path.text.push_str(&bounded(name));
            if name.len() < part.len() {
                path.separators.push(path.text.len());
                path.text.push_str(&part[name.len()..]);
            }
        }
        path
    }

    /// The last component; the whole path where that is empty.
    fn name(&self) -> &str {
        let name = self.separators.last().map_or(0, |at| at + 1);
        Some(&self.text[name..]).filter(|name| !name.is_empty()).unwrap_or(&self.text)
    }

    /// The path within a width: whole, or with directories left out, or just the file name.
    fn shorten(&self, width: usize) -> String {
        if self.text.width() <= width {
            return self.text.clone();
        }
        let name = self.name();
        let Some(room) = width.checked_sub(ELLIPSIS.width()) else { return name.to_owned() };
        // A tail begins at a separator; the longest that fits has the nearest directories.
        let tails = self.separators.iter().map(|at| &self.text[*at..]);
        let Some(tail) = tails.filter(|tail| tail.len() > name.len()).find(|tail| tail.width() <= room)
        else {
            return name.to_owned();
        };
        let root = self.root();
        if root.len() + tail.len() < self.text.len() && root.width() + tail.width() <= room {
            return format!("{root}{ELLIPSIS}{tail}");
        }
        format!("{ELLIPSIS}{tail}")
    }

    /// The drive with its separator, or the server of a UNC path; empty for other paths.
    fn root(&self) -> &str {
        let end = match self.separators.as_slice() {
            [0, 1, server, ..] if self.text.starts_with(r"\\") => server + 1,
            [drive @ 1..=2, ..] if self.text[..*drive].ends_with(':') => drive + 1,
            _ => 0,
        };
        &self.text[..end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, width: usize, expected: &str) {
        assert_eq!(Path::new(path).shorten(width), expected, "{path} in {width}");
    }

    #[test]
    fn directories_go_first_and_the_name_never() {
        let path = r"C:\Users\IEUser\AppData\Roaming\WINWORD.exe";
        check(path, 43, path);
        check(path, 42, r"…\Users\IEUser\AppData\Roaming\WINWORD.exe");
        check(path, 39, r"C:\…\IEUser\AppData\Roaming\WINWORD.exe");
        check(path, 28, r"C:\…\Roaming\WINWORD.exe");
        check(path, 21, r"…\Roaming\WINWORD.exe");
        check(path, 20, r"C:\…\WINWORD.exe");
        check(path, 14, r"…\WINWORD.exe");
        check(path, 12, "WINWORD.exe");
        check(path, 3, "WINWORD.exe");
        check(r"\\vboxsrv\HTools\deep\m.exe", 20, r"…\HTools\deep\m.exe");
        check(r"\\srv\ToolsOfTheTrade\m.exe", 15, r"\\srv\…\m.exe");
        check(r"C:\x.exe", 7, r"…\x.exe");
        check("/usr/lib/jvm/bin/java", 12, "…/bin/java");
    }

    #[test]
    fn wide_characters_count_twice() {
        check(r"C:\日本語\日本.exe", 12, "…\\日本.exe");
        assert_eq!(Cell::new("", r"C:\日本語\日本.exe", " (1)").least(), 12);
    }

    #[test]
    fn an_escape_is_no_separator() {
        check("C:\\Temp\\\u{202e}gpj.exe", 20, r"C:\…\\u{202e}gpj.exe");
        check("C:\\Temp\\\u{202e}gpj.exe", 3, r"\u{202e}gpj.exe");
    }

    #[test]
    fn odd_paths_stay() {
        check("", 0, "");
        check(r"C:\dir\", 3, r"C:\dir\");
        check("é:\\x", 1, "x");
    }

    #[test]
    fn a_forged_name_is_bounded() {
        let cell = Cell::new("", &format!(r"C:\{}", "a".repeat(100_000)), "");
        assert_eq!(cell.fit(10).chars().count(), MAX_NAME + 1);
    }

    #[test]
    fn the_narrowest_grows_first() {
        assert_eq!(spread([(10, 40), (20, 30)], 44), [22, 22]);
        assert_eq!(spread([(10, 12), (20, 30)], 100), [12, 30]);
        assert_eq!(spread([(10, 12), (20, 30)], 5), [10, 20]);
    }

    #[test]
    fn a_squeezed_cell_keeps_both_ends() {
        let cell = Cell::new("", r"C:\a\averylongname.exe", " (12)");
        assert_eq!(cell.squeeze(22), "averylongname.exe (12)");
        assert_eq!(cell.squeeze(16), "avery…e.exe (12)");
        assert_eq!(cell.squeeze(3), "a…)");
        assert_eq!(cell.squeeze(0), "…");
    }

    proptest::proptest! {
        #[test]
        fn a_squeezed_cell_fits(path in r"[A-Za-z:\\/日é. ]{0,40}", width in 1usize..50) {
            proptest::prop_assert!(Cell::new("at ", &path, " (1)").squeeze(width).width() <= width);
        }

        #[test]
        fn never_wider_than_asked_or_the_name(path in r"[A-Za-z:\\/日é. ]{0,40}", width in 0usize..50) {
            let path = Path::new(&path);
            let short = path.shorten(width);
            proptest::prop_assert!(short.width() <= width.max(path.name().width()));
            proptest::prop_assert!(short.ends_with(path.name()));
        }
    }
}
