//! A table of counts for eyes: texts that give way before the width of the terminal, numbers that do not.

use std::io::{self, Write};

use super::scan::cell::Cell;
use super::scan::look::{Look, labelled, padded, plain, wrapped};

/// Blanks between columns.
const GAP: usize = 2;
/// Columns are as wide as their widest file name, unless that is forged.
const MAX_NAME: usize = 32;
/// Columns of a name that can still be told from others.
const READABLE: usize = 9;
/// No column is narrower.
const LEAST: usize = 3;

/// A table: first the numbers of each row, then its texts.
pub(super) struct Grid {
    pub(super) numbers: Vec<&'static str>,
    pub(super) texts: Vec<&'static str>,
    pub(super) rows: Vec<(Vec<String>, Vec<String>)>,
    /// The numbers that are left out, in this order, where names alone would not fit beside them.
    pub(super) spare: &'static [&'static str],
}

impl Grid {
    /// Writes a line of names, and a line a row.
    pub(super) fn write(&self, look: Look, out: &mut dyn Write) -> io::Result<()> {
        let numbers: Vec<usize> =
            self.numbers.iter().enumerate().map(|(at, name)| self.digits(at, name)).collect();
        let rows: Vec<Vec<Cell>> = self
            .rows
            .iter()
            .map(|(_, texts)| texts.iter().map(|text| Cell::new("", text, "")).collect())
            .collect();
        let names: usize = self.names(&rows).iter().sum();
        let kept = self.kept(&numbers, look.width.saturating_sub(names));
        let only = |all: &[String]| kept.iter().filter_map(|at| all.get(*at).cloned()).collect::<Vec<_>>();
        let numbers: Vec<usize> = kept.iter().map(|at| numbers[*at]).collect();
        let room = look.width.saturating_sub(self.taken(&numbers));
        if names > room && room < self.texts.len() * READABLE {
            return self.write_stacked(&rows, look, out);
        }
        let texts = self.widths(&rows, room);
        let heads = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let cut = |name: String, width: &usize| Cell::new(&name, "", "").squeeze(*width);
        let text_heads: Vec<String> =
            heads(&self.texts).into_iter().zip(&texts).map(|(name, width)| cut(name, width)).collect();
        let head = line(&only(&heads(&self.numbers)), &numbers, &text_heads, &texts);
        writeln!(out, "{}", look.dim(&head))?;
        for ((values, _), cells) in self.rows.iter().zip(&rows) {
            let cells: Vec<String> =
                cells.iter().zip(&texts).map(|(cell, width)| cell.squeeze(*width)).collect();
            writeln!(out, "{}", line(&only(values), &numbers, &cells, &texts))?;
        }
        Ok(())
    }

    /// The width of a column of numbers.
    fn digits(&self, at: usize, name: &str) -> usize {
        let values = self.rows.iter().filter_map(|(numbers, _)| numbers.get(at));
        values.map(String::len).chain([name.len()]).max().unwrap_or(0)
    }

    /// Everything below each other, where columns would hold no name.
    fn write_stacked(&self, rows: &[Vec<Cell>], look: Look, out: &mut dyn Write) -> io::Result<()> {
        let indent = GAP + self.texts.iter().map(|name| name.len() + GAP).max().unwrap_or(0);
        for ((values, _), cells) in self.rows.iter().zip(rows) {
            let numbers = self.numbers.iter().zip(values).map(|(name, value)| format!("{name}\u{a0}{value}"));
            let numbers = wrapped(&numbers.collect::<Vec<_>>().join("  "), look.width);
            numbers.iter().try_for_each(|line| writeln!(out, "{line}"))?;
            for (name, cell) in self.texts.iter().zip(cells) {
                let text = cell.fit(look.width.saturating_sub(indent));
                labelled(look, indent, (name, &text), plain, out)?;
            }
        }
        Ok(())
    }

    /// Columns that numbers and gaps take.
    fn taken(&self, numbers: &[usize]) -> usize {
        numbers.iter().map(|width| width + GAP).sum::<usize>() + GAP * self.texts.len().saturating_sub(1)
    }

    /// The places of the numbers that there is room for.
    fn kept(&self, widths: &[usize], room: usize) -> Vec<usize> {
        let mut kept: Vec<usize> = (0..widths.len()).collect();
        for name in self.spare {
            let taken = self.taken(&kept.iter().map(|at| widths[*at]).collect::<Vec<_>>());
            if taken <= room {
                break;
            }
            kept.retain(|at| self.numbers[*at] != *name);
        }
        kept
    }

    /// The widths of the names in each column of texts.
    fn names(&self, rows: &[Vec<Cell>]) -> Vec<usize> {
        let heads = self.texts.iter().map(|name| name.len()).enumerate();
        heads.map(|(at, head)| widest(rows, at, Cell::least).min(MAX_NAME).max(head)).collect()
    }

    /// The widths of the texts: first the names of all, then what there is room for; names that do not
    /// fit share the room.
    fn widths(&self, rows: &[Vec<Cell>], room: usize) -> Vec<usize> {
        let names = self.names(rows);
        let taken: usize = names.iter().sum();
        if taken > room {
            return shares(&names, room).into_iter().map(|width| width.max(LEAST)).collect();
        }
        let full = (0..names.len()).map(|at| widest(rows, at, Cell::full));
        let more: Vec<usize> = full.zip(&names).map(|(full, name)| full.saturating_sub(*name)).collect();
        names.iter().zip(shares(&more, room - taken)).map(|(name, more)| name + more).collect()
    }
}

/// The width of the widest cell of a column.
fn widest(rows: &[Vec<Cell>], at: usize, width: fn(&Cell) -> usize) -> usize {
    rows.iter().filter_map(|row| row.get(at)).map(width).max().unwrap_or(0)
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
        let grid = Grid { numbers: vec!["threads"], texts: vec!["source", "t"], rows, spare: &[] };
        let mut out = Vec::new();
        grid.write(Look { width: 34, color: false }, &mut out).unwrap();
        let expected = "threads  source                  t\n  1,234  c:\\…\\drivers\\a.exe      x\n      5  b\\u{1b}[2J.exe          x\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn numbers_that_can_be_spared_give_way_to_names() {
        let rows = vec![(
            vec!["12".to_owned(), "2026-03-03".to_owned()],
            vec![r"c:\a\averylongname.exe".to_owned()],
        )];
        let grid =
            Grid { numbers: vec!["threads", "last"], texts: vec!["source"], rows, spare: &["last", "first"] };
        let printed = |width| {
            let mut out = Vec::new();
            grid.write(Look { width, color: false }, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            printed(60),
            "threads        last  source\n     12  2026-03-03  c:\\a\\averylongname.exe\n"
        );
        assert_eq!(printed(28), "threads  source\n     12  …\\averylongname.exe\n");
        assert_eq!(printed(20), "threads  source\n     12  avery…e.exe\n");
        assert_eq!(
            printed(17),
            "threads 12\nlast 2026-03-03\n  source  averylo\n          ngname.\n          exe\n"
        );
    }
}
