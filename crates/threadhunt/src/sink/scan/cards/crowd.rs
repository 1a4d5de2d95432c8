//! What is only counted, because there were more pairs than details are kept of.
//!
//! A pattern without any finding has no card, but it is as grave as its threads alone say, so it has
//! lines of its own among the cards.

use std::io;

use super::{Card, color};
use crate::report::{Pattern, Severity};
use crate::sink::scan::cell::Cell;
use crate::sink::scan::look::{GAP, broken, computer_name, counted, grouped, padded, to_second};

/// How many pairs there are beyond those of which details are kept.
pub(in crate::sink::scan) fn summary(patterns: &[Pattern]) -> Option<String> {
    let open = || patterns.iter().filter(|pattern| pattern.accepted.is_none());
    let of =
        |keep: &dyn Fn(&&Pattern) -> bool| open().filter(keep).map(|pattern| pattern.counted).sum::<u64>();
    let is_grave =
        |pattern: &&Pattern| pattern.counted_worst.is_some_and(|(severity, _)| severity >= Severity::Medium);
    let (all, grave) = (of(&|_| true), of(&is_grave));
    let grave = match grave {
        0 => String::new(),
        some => format!(", {} of them in patterns of medium severity and above", grouped(some)),
    };
    let nameless = open().any(Pattern::is_nameless_rest);
    let nameless = if nameless { "; not all patterns could be told apart" } else { "" };
    let pairs = counted(all, "further pair");
    (all > 0).then(|| format!("{pairs} only counted, without details{grave}{nameless}"))
}

/// What a pattern is, where no finding says so.
pub(in crate::sink::scan) fn title(pattern: &Pattern) -> String {
    if pattern.is_nameless_rest() {
        return "patterns beyond those that are told apart".to_owned();
    }
    let name = |path: &str| match path {
        "" => "<unknown process>".to_owned(),
        path => Cell::new("", path, "").fit(0),
    };
    format!("{} → {}", name(&pattern.source), name(&pattern.target))
}

impl Card<'_> {
    /// A pattern of which no pair has details.
    pub(super) fn crowd(&mut self, pattern: &Pattern) -> io::Result<()> {
        let mark = format!("{} {}", pattern.severity.name().to_uppercase(), pattern.score.points());
        let time = pattern.first.map_or("no time".to_owned(), |first| format!("{}Z", to_second(first.time)));
        let rest = [time, counted(pattern.threads, "thread")].map(|part| part.replace(' ', "\u{a0}"));
        let text = format!("{}{GAP}{}", title(pattern), rest.join(GAP));
        let room = self.look.width.saturating_sub(mark.len() + 2);
        let mut lines = broken(&text, room).into_iter();
        let first = lines.next().unwrap_or_default();
        let styled = self.look.styled(color(pattern.severity), &mark);
        writeln!(self.out, "{styled}  {}", self.look.bold(&first))?;
        lines.try_for_each(|line| writeln!(self.out, "{}  {line}", padded("", mark.len())))?;
        if !pattern.is_nameless_rest() {
            self.line(
                "who",
                &format!("{} → {}", super::path(&pattern.source), super::path(&pattern.target)),
            )?;
            self.line("rule", &format!("threadhunt\u{a0}rules\u{a0}show\u{a0}{}", pattern.class))?;
        }
        let names: Vec<String> = pattern.computer_names.iter().map(|name| computer_name(name)).collect();
        let more = if pattern.computer_names.has_more() { ", …" } else { "" };
        let pairs = counted(pattern.counted, "pair");
        let computers = counted(pattern.computers, "computer");
        self.line(
            "count",
            &format!(
                "{pairs} on {computers} ({}{more}), judged by their threads alone, without details",
                names.join(", ")
            ),
        )?;
        writeln!(self.out)
    }
}
