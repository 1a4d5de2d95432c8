//! Differences for eyes: by event and filter, rules with their lines in both files.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::ops::Range;

use threadhunt::config::{
    Condition, Config, ConfigDiff, Filter, FilterChange, FilterDiff, Item, OnMatch, OrderMatters, Relation,
    RuleChange, RuleDiff, TagDiff,
};
use threadhunt::report::printable;

use super::super::check::sentence;
use super::Side;
use super::events::{self, Compared};
use crate::output::{columns, folded};
use crate::summary::count;

const RED: &str = "31";
const GREEN: &str = "32";
const CYAN: &str = "36";
const BOLD: &str = "1";

/// Where it is printed, in colour or not.
pub(super) struct Page<'p, W> {
    pub(super) out: &'p mut W,
    pub(super) color: bool,
    /// Columns into which lines are folded, where they are to be.
    pub(super) columns: Option<usize>,
    /// Lines so far.
    pub(super) lines: usize,
}

impl<W: Write> Page<'_, W> {
    pub(super) fn line(&mut self, color: &str, text: &str) -> io::Result<()> {
        self.folded(color, "", "", text)
    }

    /// A text behind a head, or behind another one where it goes on.
    fn folded(&mut self, color: &str, head: &str, next: &str, text: &str) -> io::Result<()> {
        let lines = folded(text, self.columns.map(|columns| columns.saturating_sub(head.len())), "  ");
        for (at, line) in lines.iter().enumerate() {
            let head = if at == 0 { head } else { next };
            self.lines += 1;
            match self.color && !color.is_empty() {
                true => writeln!(self.out, "\x1b[{color}m{head}{line}\x1b[0m"),
                false => writeln!(self.out, "{head}{line}"),
            }?;
        }
        Ok(())
    }

    /// A line of one or both files, with its numbers.
    fn numbered(&mut self, old: Option<usize>, new: Option<usize>, text: &str) -> io::Result<()> {
        let number = |line: Option<usize>| line.map_or(String::new(), |line| line.to_string());
        let (sign, color) = match (old, new) {
            (Some(_), None) => ('-', RED),
            (None, Some(_)) => ('+', GREEN),
            _ => (' ', ""),
        };
        let head = format!("{sign} {:>5} {:>5}  ", number(old), number(new));
        self.folded(color, &head, &format!("{sign:<width$}", width = head.len()), text)
    }
}

/// Prints all that differs.
pub(super) fn print(
    out: &mut impl Write,
    sides: &[Side<'_>; 2],
    diff: &ConfigDiff,
    events: Option<&Compared>,
    color: bool,
) -> io::Result<()> {
    let mut page = Page { out, color, columns: columns(&io::stdout()), lines: 0 };
    if diff.is_empty() {
        page.line("", &format!("{} and {} do the same", sides[0].name, sides[1].name))?;
    } else {
        page.line(RED, &format!("--- {}", sides[0].name))?;
        page.line(GREEN, &format!("+++ {}", sides[1].name))?;
        let total = total(diff);
        page.line(BOLD, &total)?;
        settings(&mut page, sides, diff)?;
        for tag in &diff.tags {
            print_tag(&mut page, sides, tag)?;
        }
        if page.lines > SCREEN {
            page.line(BOLD, &format!("\n{total}"))?;
        }
    }
    match events {
        Some(events) => events::print(&mut page, sides, events),
        None => Ok(()),
    }
}

/// Lines of a list whose sum stands below it too.
const SCREEN: usize = 40;

/// How much differs, in a line.
fn total(diff: &ConfigDiff) -> String {
    let rules = || diff.tags.iter().flat_map(|tag| &tag.filters).flat_map(|filter| &filter.rules);
    let number = |is_meant: fn(&&RuleDiff) -> bool| rules().filter(is_meant).count();
    let added = number(|rule| rule.old.is_none());
    let removed = number(|rule| rule.new.is_none());
    let changed = rules().count() - added - removed;
    let events = count(diff.tags.len() as u64, "event type", "event types");
    let added = count(added as u64, "rule", "rules");
    format!("{added} added, {removed} removed, {changed} changed, of {events}")
}

fn settings(page: &mut Page<'_, impl Write>, sides: &[Side<'_>; 2], diff: &ConfigDiff) -> io::Result<()> {
    if diff.schema.is_none() && diff.options.is_empty() {
        return Ok(());
    }
    page.line(BOLD, "\nschema version and options")?;
    for (at, side) in sides.iter().enumerate() {
        let Some(schema) = side.config.schema.as_ref().filter(|_| diff.schema.is_some()) else { continue };
        let line = Some(side.lines.line(schema.span.start));
        let (old, new) = if at == 0 { (line, None) } else { (None, line) };
        page.numbered(old, new, &format!("schemaversion {}", schema.value))?;
    }
    for option in &diff.options {
        for (at, index) in [option.old, option.new].into_iter().enumerate() {
            let Some(found) = index.and_then(|index| sides[at].config.options.get(index)) else { continue };
            let line = Some(sides[at].lines.line(found.span.start));
            let (old, new) = if at == 0 { (line, None) } else { (None, line) };
            page.numbered(old, new, &format!("{} `{}`", found.name, printable(&found.value.value)))?;
        }
    }
    Ok(())
}

fn print_tag(page: &mut Page<'_, impl Write>, sides: &[Side<'_>; 2], tag: &TagDiff) -> io::Result<()> {
    let ids: Vec<String> = tag.new.ids.iter().map(u16::to_string).collect();
    let (before, after) = (sentence(&tag.old), sentence(&tag.new));
    let outlook = if before == after { after } else { format!("{before} -> {after}") };
    page.line(BOLD, &format!("\n{} (event {}): {outlook}", tag.new.tag, ids.join(", ")))?;
    tag.filters.iter().try_for_each(|filter| print_filter(page, sides, filter))
}

fn print_filter(page: &mut Page<'_, impl Write>, sides: &[Side<'_>; 2], diff: &FilterDiff) -> io::Result<()> {
    let filter =
        |at: usize, index: Option<usize>| index.and_then(|index| sides[at].config.filters.get(index));
    let (old, new) = (filter(0, diff.old), filter(1, diff.new));
    let line = |at: usize, filter: &Filter| sides[at].lines.line(filter.span.start);
    let Some(shown) = new.or(old) else { return Ok(()) };
    let place = match (old, new) {
        (Some(old), Some(new)) => format!("line {} -> {}", line(0, old), line(1, new)),
        (Some(old), None) => format!("line {}: filter removed", line(0, old)),
        (_, Some(new)) => format!("line {}: filter added", line(1, new)),
        _ => String::new(),
    };
    let mut head = format!("@@ {} {place}", kind(shown));
    for change in &diff.changes {
        let _ = write!(head, "; {}", filter_change(*change, sides, old, new));
    }
    page.line(CYAN, &printable(&head))?;
    diff.rules.iter().try_for_each(|rule| {
        let item = |filter: Option<&Filter>, index: Option<usize>| -> Option<Item> {
            filter?.items.get(index?).cloned()
        };
        print_rule(page, sides, [(old, item(old, rule.old)), (new, item(new, rule.new))], rule)
    })
}

/// Include or exclude.
pub(super) fn kind(filter: &Filter) -> &'static str {
    match filter.on_match.as_ref().map(|on_match| on_match.value) {
        Some(OnMatch::Exclude) => "exclude",
        _ => "include",
    }
}

/// Or, or and.
pub(super) fn relation(relation: Relation) -> &'static str {
    match relation {
        Relation::Or => "or",
        Relation::And => "and",
    }
}

fn filter_change(
    change: FilterChange,
    sides: &[Side<'_>; 2],
    old: Option<&Filter>,
    new: Option<&Filter>,
) -> String {
    let both = |words: &dyn Fn(&Config, &Filter) -> String| {
        let side = |at: usize, filter: Option<&Filter>| {
            filter.map_or(String::new(), |filter| words(sides[at].config, filter))
        };
        format!("{} -> {}", side(0, old), side(1, new))
    };
    match change {
        FilterChange::Relation => {
            format!("relation {}", both(&|config, filter| relation(config.relation(filter)).to_owned()))
        }
        FilterChange::GroupName(rules) => {
            let name = |config: &Config, filter: &Filter| {
                let group = filter.group.and_then(|group| config.groups.get(group)?.name.as_ref());
                group.map_or("none".to_owned(), |name| format!("`{}`", name.value))
            };
            format!("group name {}, which {rules} of its rules inherit", both(&name))
        }
        FilterChange::Layout => {
            let layout =
                |_: &Config, filter: &Filter| filter.bound.map_or(String::new(), |id| id.to_string());
            format!("read after the layout of event {}", both(&layout))
        }
        FilterChange::Moved(why) => format!("moved, {}", reason(why)),
    }
}

/// Why a move is a change.
fn reason(why: OrderMatters) -> &'static str {
    match why {
        OrderMatters::Name => "which can change the name of an event",
        OrderMatters::AbsentNumber => "which can change the verdict on an event that lacks a number",
    }
}

/// A line of a rule: where it stands and what it says.
type RuleLine = (Range<usize>, String);

fn print_rule(
    page: &mut Page<'_, impl Write>,
    sides: &[Side<'_>; 2],
    found: [(Option<&Filter>, Option<Item>); 2],
    diff: &RuleDiff,
) -> io::Result<()> {
    let moves = diff.changes.iter().find_map(|change| match change {
        RuleChange::Moved(why) => Some(format!("moved, {}", reason(*why))),
        RuleChange::Reordered(why) => Some(format!("conditions in another order, {}", reason(*why))),
        _ => None,
    });
    let all = |at: usize| -> Vec<RuleLine> {
        match &found[at] {
            (Some(filter), Some(item)) => rule_lines(sides[at].config, filter, item),
            _ => Vec::new(),
        }
    };
    let (old, new) = (all(0), all(1));
    let number = |at: usize, line: &RuleLine| Some(sides[at].lines.line(line.0.start));
    let only_moved = old.iter().map(|line| &line.1).eq(new.iter().map(|line| &line.1));
    if let Some(moves) = moves {
        let text = old.first().or(new.first()).map_or("", |line| line.1.as_str());
        let (before, after) =
            (old.first().and_then(|line| number(0, line)), new.first().and_then(|line| number(1, line)));
        page.numbered(before, after, &printable(&format!("{text}  [{moves}]")))?;
        if only_moved {
            return Ok(());
        }
    }
    // What both have stands once, so that a long Rule shows what differs.
    let mut free: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for (at, line) in new.iter().enumerate() {
        free.entry(&line.1).or_default().push_back(at);
    }
    let mut taken = vec![false; new.len()];
    for line in &old {
        let same = free.get_mut(line.1.as_str()).and_then(VecDeque::pop_front);
        same.into_iter().for_each(|at| taken[at] = true);
        page.numbered(number(0, line), same.and_then(|at| number(1, &new[at])), &printable(&line.1))?;
    }
    let added = new.iter().zip(taken).filter(|(_, taken)| !taken);
    added.map(|(line, _)| line).try_for_each(|line| page.numbered(None, number(1, line), &printable(&line.1)))
}

/// A rule in lines: a loose condition, or a Rule with its conditions.
fn rule_lines(config: &Config, filter: &Filter, item: &Item) -> Vec<RuleLine> {
    let named = |text: String, name: &str| if name.is_empty() { text } else { format!("{text}  ({name})") };
    match item {
        Item::Condition(condition) => {
            let name = config.rule_name(filter, None, condition);
            vec![(condition.span.clone(), named(words(condition), name))]
        }
        Item::Rule(rule) => {
            let together = rule.relation.as_ref().map_or("or", |written| relation(written.value));
            let head = format!("Rule, {together}");
            let mut lines = vec![(rule.span.clone(), head)];
            for condition in &rule.conditions {
                let name = config.rule_name(filter, Some(rule), condition);
                lines.push((condition.span.clone(), named(format!("  {}", words(condition)), name)));
            }
            lines
        }
    }
}

/// A condition in words.
pub(super) fn words(condition: &Condition) -> String {
    let (field, operator) = (condition.field.value.name(), condition.operator.value.name());
    format!("{field} {operator} `{}`", condition.value.value)
}
