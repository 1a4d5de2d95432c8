//! A table of counts for eyes: texts that give way before the width of the terminal, numbers that do not.

use std::io::{self, Write};

use super::scan::cell::Cell;
use super::scan::look::{Look, padded};

/// Blanks between columns.
const GAP: usize = 2;
/// Columns are as wide as their widest file name, unless that is forged.
const MAX_NAME: usize = 32;

/// A table: first the numbers of each row, then its texts.
pub(super) struct Grid {
    pub(super) numbers: Vec<&'static str>,
    pub(super) texts: Vec<&'static str>,
    pub(super) rows: Vec<(Vec<String>, Vec<String>)>,
}

impl Grid {
    /// Writes a line of names, and a line a row.
    pub(super) fn write(&self, look: Look, out: &mut dyn Write) -> io::Result<()> {
        let numbers: Vec<usize> =
            self.numbers.iter().enumerate().map(|(at, name)| self.digits(at, name)).collect();
        let taken: usize = numbers.iter().map(|width| width + GAP).sum();
        let rows: Vec<Vec<Cell>> = self
            .rows
            .iter()
            .map(|(_, texts)| texts.iter().map(|text| Cell::new("", text, "")).collect())
            .collect();
        let room = look.width.saturating_sub(taken + GAP * self.texts.len().saturating_sub(1));
        let texts = self.widths(&rows, room);
        let heads = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let head = line(&heads(&self.numbers), &numbers, &heads(&self.texts), &texts);
        writeln!(out, "{}", look.dim(&head))?;
        for ((values, _), cells) in self.rows.iter().zip(&rows) {
            let cells: Vec<String> = cells.iter().zip(&texts).map(|(cell, width)| cell.fit(*width)).collect();
            writeln!(out, "{}", line(values, &numbers, &cells, &texts))?;
        }
        Ok(())
    }

    /// The width of a column of numbers.
    fn digits(&self, at: usize, name: &str) -> usize {
        let values = self.rows.iter().filter_map(|(numbers, _)| numbers.get(at));
        values.map(String::len).chain([name.len()]).max().unwrap_or(0)
    }

    /// The widths of the texts: first the names of all, then what there is room for.
    fn widths(&self, rows: &[Vec<Cell>], room: usize) -> Vec<usize> {
        let widest = |at: usize, width: fn(&Cell) -> usize| {
            rows.iter().filter_map(|row| row.get(at)).map(width).max().unwrap_or(0)
        };
        let heads = || self.texts.iter().map(|name| name.len()).enumerate();
        let names: Vec<usize> =
            heads().map(|(at, head)| widest(at, Cell::least).min(MAX_NAME).max(head)).collect();
        let more: Vec<usize> = heads()
            .zip(&names)
            .map(|((at, head), name)| widest(at, Cell::full).max(head).saturating_sub(*name))
            .collect();
        let left = room.saturating_sub(names.iter().sum());
        names.iter().zip(shares(&more, left)).map(|(name, more)| name + more).collect()
    }
}

fn line(numbers: &[String], widths: &[usize], texts: &[String], columns: &[usize]) -> String {
    let gap = " ".repeat(GAP);
    let numbers = numbers.iter().zip(widths).map(|(value, width)| format!("{value:>width$}"));
    let texts = texts.iter().zip(columns).map(|(text, width)| padded(text, *width));
    numbers.chain(texts).collect::<Vec<_>>().join(&gap).trim_end().to_owned()
}

/// Divides a width: who wants less than an equal share gets what is wanted, the others share the rest.
fn shares(wanted: &[usize], room: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|at| wanted[*at]);
    let mut shares = vec![0; wanted.len()];
    let mut room = room;
    for (done, at) in order.iter().enumerate() {
        let share = room / (wanted.len() - done);
        shares[*at] = wanted[*at].min(share);
        room -= shares[*at];
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wants_little_gets_it() {
        assert_eq!(shares(&[5, 50, 60], 65), [5, 30, 30]);
        assert_eq!(shares(&[5, 6], 65), [5, 6]);
        assert_eq!(shares(&[], 65), [0; 0]);
        assert_eq!(shares(&[9, 9], 0), [0, 0]);
    }

    #[test]
    fn numbers_are_whole_and_paths_give_way() {
        let row = |number: &str, path: &str| (vec![number.to_owned()], vec![path.to_owned(), "x".to_owned()]);
        let rows = vec![row("1,234", r"c:\windows\system32\drivers\a.exe"), row("5", "b\u{1b}[2J.exe")];
        let grid = Grid { numbers: vec!["threads"], texts: vec!["source", "t"], rows };
        let mut out = Vec::new();
        grid.write(Look { width: 34, color: false }, &mut out).unwrap();
        let expected = "threads  source                  t\n  1,234  c:\\…\\drivers\\a.exe      x\n      5  b\\u{1b}[2J.exe          x\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
