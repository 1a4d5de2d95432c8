//! What an explanation is written on: rows with the configuration's lines in a gutter, cut, wrapped
//! and coloured to fit who reads them.

/// How it may look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) width: usize,
    pub(super) color: bool,
    /// Whether nothing is summed up or cut.
    pub(super) all: bool,
}

/// Fewer columns are treated as these.
const NARROWEST: usize = 40;
/// Columns that a value gets at least.
const LEAST_VALUE: usize = 16;

pub(super) const BOLD: &str = "1";
pub(super) const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";

/// How a row looks at its beginning.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Held,
    Failed,
    Skipped,
}

impl Mark {
    /// The sign with the blank behind it, and its colour.
    fn sign(self) -> (&'static str, &'static str) {
        match self {
            Self::Held => ("✓ ", GREEN),
            Self::Failed => ("✗ ", RED),
            Self::Skipped => ("· ", DIM),
        }
    }
}

/// A row of the walk; everything in it is safe to print.
pub(super) struct Row {
    /// The line of the configuration, where it is one.
    pub(super) line: Option<usize>,
    pub(super) depth: usize,
    pub(super) mark: Mark,
    /// What stands before a value.
    pub(super) text: String,
    /// The value, which may be cut.
    pub(super) value: Option<String>,
    /// What is to be said of it.
    pub(super) remark: String,
}

impl Row {
    pub(super) fn plain(line: Option<usize>, depth: usize, mark: Mark, text: String) -> Self {
        Self { line, depth, mark, text, value: None, remark: String::new() }
    }
}

/// The sheet that is written on.
pub(super) struct Sheet<'s> {
    look: Look,
    /// Columns for the lines of the configuration.
    gutter: usize,
    out: &'s mut Vec<u8>,
}

impl<'s> Sheet<'s> {
    /// A sheet for a configuration whose last line is this.
    pub(super) fn new(look: Look, last_line: usize, out: &'s mut Vec<u8>) -> Self {
        let gutter = last_line.to_string().len().max(4);
        Self { look: Look { width: look.width.max(NARROWEST), ..look }, gutter, out }
    }

    /// Whether nothing is to be summed up.
    pub(super) fn shows_all(&self) -> bool {
        self.look.all
    }

    pub(super) fn line(&mut self, text: &str) {
        self.out.extend_from_slice(text.trim_end().as_bytes());
        self.out.push(b'\n');
    }

    /// A text in as many lines as it takes.
    pub(super) fn sentence(&mut self, text: &str, color: Option<&str>) {
        for line in wrapped(text, self.look.width) {
            let line = color.map_or_else(|| line.clone(), |color| self.painted(&line, color));
            self.line(&line);
        }
    }

    /// A name and its value, cut so that the remark behind it fits.
    pub(super) fn value(&mut self, name: &str, name_width: usize, value: &str, remark: &str) {
        let room = self.look.width.saturating_sub(name_width + 4 + remark.chars().count());
        let value = self.cut(value, room);
        self.line(&format!("  {name:name_width$}  {value}{remark}"));
    }

    pub(super) fn row(&mut self, row: &Row) {
        let (sign, color) = row.mark.sign();
        let margin = self.margin(row.depth);
        let before = margin + sign.chars().count() + row.text.chars().count();
        let value = match &row.value {
            None => String::new(),
            Some(value) => format!("`{}`", self.cut(value, self.look.width.saturating_sub(before + 2))),
        };
        let line = row.line.map(|line| line.to_string()).unwrap_or_default();
        let gutter = self.painted(&format!("{line:>width$}", width = self.gutter), DIM);
        let text = format!("{}{value}", row.text);
        let text = if row.mark == Mark::Skipped { self.painted(&text, DIM) } else { text };
        let head =
            format!("{gutter}  {:indent$}{}{text}", "", self.painted(sign, color), indent = 2 * row.depth);
        let used = before + value.chars().count() + 2 + row.remark.chars().count();
        if row.remark.is_empty() {
            self.line(&head);
        } else if used <= self.look.width {
            self.line(&format!("{head}, {}", row.remark));
        } else {
            self.line(&head);
            let margin = margin + 4;
            for line in wrapped(&row.remark, self.look.width.saturating_sub(margin)) {
                self.line(&format!("{:margin$}{line}", ""));
            }
        }
    }

    /// Whether a row of this text fits into a line.
    pub(super) fn fits(&self, depth: usize, text: &str) -> bool {
        self.margin(depth) + 2 + text.chars().count() <= self.look.width
    }

    fn margin(&self, depth: usize) -> usize {
        self.gutter + 2 + 2 * depth
    }

    fn painted(&self, text: &str, color: &str) -> String {
        match self.look.color && !text.is_empty() {
            true => format!("\x1b[{color}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }

    /// The text within a width, its middle left out where it is longer.
    fn cut(&self, text: &str, width: usize) -> String {
        let (width, len) = (width.max(LEAST_VALUE), text.chars().count());
        if len <= width || self.look.all {
            return text.to_owned();
        }
        let tail = (width - 1) * 2 / 3;
        let head: String = text.chars().take(width - 1 - tail).collect();
        let tail: String = text.chars().skip(len - tail).collect();
        format!("{head}…{tail}")
    }
}

/// The text in lines of a width, all but the first indented.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is a line from the beginning");
        if !line.trim().is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(format!("  {word}"));
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(width: usize, write: impl FnOnce(&mut Sheet<'_>)) -> String {
        let mut out = Vec::new();
        write(&mut Sheet::new(Look { width, color: false, all: false }, 100, &mut out));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn sentences_are_wrapped_at_blanks() {
        assert_eq!(wrapped("aa bb cc dd", 5), ["aa bb", "  cc", "  dd"]);
        assert_eq!(wrapped("aaaaaaa b", 3), ["aaaaaaa", "  b"]);
    }

    #[test]
    fn a_row_keeps_its_remark_beside_it_where_it_fits() {
        let row = Row {
            line: Some(7),
            depth: 1,
            mark: Mark::Failed,
            text: "Image is ".to_owned(),
            value: Some("0123456789".repeat(3)),
            remark: "so and so".to_owned(),
        };
        let wide = sheet(80, |sheet| sheet.row(&row));
        assert_eq!(wide, "   7    ✗ Image is `012345678901234567890123456789`, so and so\n");
        let narrow = sheet(40, |sheet| sheet.row(&row));
        assert_eq!(narrow, "   7    ✗ Image is `012345…890123456789`\n            so and so\n");
    }
}
