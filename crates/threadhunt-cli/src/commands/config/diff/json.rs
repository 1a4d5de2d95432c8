//! Differences for programs: one object, whose names are a promise (docs/config.md).

use std::io::{self, Write};

use serde::Serialize;
use threadhunt::config::{
    Condition, Config, ConfigDiff, Filter, FilterChange, FilterDiff, Item, OrderMatters, RuleChange,
    RuleDiff, TagDiff,
};

use super::Side;
use super::events::{Compared, Decisions, Example, Kind, Volume, decided};
use super::text::{kind, relation};
use crate::json::line;

#[derive(Serialize)]
struct Differences<'d> {
    version: u32,
    sysmon: String,
    same: bool,
    old: File<'d>,
    new: File<'d>,
    options: Vec<OptionPair<'d>>,
    events: Vec<Tag<'d>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logs: Option<Logs<'d>>,
}

#[derive(Serialize)]
struct File<'d> {
    file: &'d str,
    schema: Option<String>,
}

#[derive(Serialize)]
struct OptionPair<'d> {
    option: &'static str,
    old: Option<Setting<'d>>,
    new: Option<Setting<'d>>,
}

#[derive(Serialize)]
struct Setting<'d> {
    line: usize,
    value: &'d str,
}

#[derive(Serialize)]
struct Tag<'d> {
    tag: &'static str,
    ids: &'d [u16],
    old_outlook: &'static str,
    new_outlook: &'static str,
    filters: Vec<FilterPair<'d>>,
}

#[derive(Serialize)]
struct FilterPair<'d> {
    onmatch: &'static str,
    change: &'static str,
    changes: Vec<&'static str>,
    old: Option<FilterSide<'d>>,
    new: Option<FilterSide<'d>>,
    rules: Vec<RulePair<'d>>,
}

#[derive(Serialize)]
struct FilterSide<'d> {
    line: usize,
    relation: &'static str,
    group_name: Option<&'d str>,
    layout: Option<u16>,
}

#[derive(Serialize)]
struct RulePair<'d> {
    change: &'static str,
    changes: Vec<&'static str>,
    old: Option<RuleSide<'d>>,
    new: Option<RuleSide<'d>>,
}

#[derive(Serialize)]
struct RuleSide<'d> {
    line: usize,
    relation: Option<&'static str>,
    conditions: Vec<ConditionSide<'d>>,
}

#[derive(Serialize)]
struct ConditionSide<'d> {
    line: usize,
    field: &'static str,
    condition: &'static str,
    value: &'d str,
    name: &'d str,
}

#[derive(Serialize)]
struct Logs<'d> {
    total: Volumes,
    by_event: Vec<Volumes>,
    by_rules: Vec<Rules>,
    examples: &'d [Example],
}

#[derive(Serialize)]
struct Volumes {
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<u16>,
    events: u64,
    old_logged: u64,
    new_logged: u64,
    only_old: u64,
    only_new: u64,
    renamed: u64,
}

#[derive(Serialize)]
struct Rules {
    kind: Kind,
    event_id: u16,
    events: u64,
    old: String,
    new: String,
}

/// Prints all that differs.
pub(super) fn print(
    out: &mut impl Write,
    sides: &[Side<'_>; 2],
    diff: &ConfigDiff,
    events: Option<&Compared>,
) -> io::Result<()> {
    let file = |side: &Side<'_>| side.config.schema.as_ref().map(|schema| schema.value.to_string());
    let setting = |at: usize, index: Option<usize>| {
        let option = sides[at].config.options.get(index?)?;
        Some(Setting { line: sides[at].lines.line(option.span.start), value: &option.value.value })
    };
    let options = diff.options.iter().map(|option| OptionPair {
        option: option.name,
        old: setting(0, option.old),
        new: setting(1, option.new),
    });
    let differences = Differences {
        version: 1,
        sysmon: sides[0].config.imitated.to_string(),
        same: diff.is_empty(),
        old: File { file: sides[0].name, schema: file(&sides[0]) },
        new: File { file: sides[1].name, schema: file(&sides[1]) },
        options: options.collect(),
        events: diff.tags.iter().map(|tag| tag_of(sides, tag)).collect(),
        logs: events.map(|events| logs(sides, events)),
    };
    writeln!(out, "{}", line(&differences))
}

fn tag_of<'d>(sides: &'d [Side<'_>; 2], tag: &'d TagDiff) -> Tag<'d> {
    Tag {
        tag: tag.new.tag,
        ids: &tag.new.ids,
        old_outlook: tag.old.outlook.name(),
        new_outlook: tag.new.outlook.name(),
        filters: tag.filters.iter().filter_map(|filter| filter_of(sides, filter)).collect(),
    }
}

/// Added, removed or changed.
fn change(old: Option<usize>, new: Option<usize>) -> &'static str {
    match (old, new) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    }
}

fn filter_of<'d>(sides: &'d [Side<'_>; 2], diff: &FilterDiff) -> Option<FilterPair<'d>> {
    let find = |at: usize, index: Option<usize>| sides[at].config.filters.get(index?);
    let (old, new) = (find(0, diff.old), find(1, diff.new));
    let changes = diff.changes.iter().map(|change| match change {
        FilterChange::Relation => "relation",
        FilterChange::GroupName(_) => "group_name",
        FilterChange::Layout => "layout",
        FilterChange::Moved(why) => moved(*why),
    });
    let rule = |rule: &RuleDiff| RulePair {
        change: change(rule.old, rule.new),
        changes: rule.changes.iter().map(|change| rule_change(*change)).collect(),
        old: rule_side(&sides[0], old, rule.old),
        new: rule_side(&sides[1], new, rule.new),
    };
    Some(FilterPair {
        onmatch: kind(new.or(old)?),
        change: change(diff.old, diff.new),
        changes: changes.collect(),
        old: old.map(|filter| filter_side(&sides[0], filter)),
        new: new.map(|filter| filter_side(&sides[1], filter)),
        rules: diff.rules.iter().map(rule).collect(),
    })
}

fn moved(why: OrderMatters) -> &'static str {
    match why {
        OrderMatters::Name => "moved_name",
        OrderMatters::AbsentNumber => "moved_absent_number",
    }
}

fn rule_change(change: RuleChange) -> &'static str {
    match change {
        RuleChange::Conditions => "conditions",
        RuleChange::Relation => "relation",
        RuleChange::Name => "name",
        RuleChange::Reordered(_) => "reordered",
        RuleChange::Moved(why) => moved(why),
    }
}

fn filter_side<'d>(side: &'d Side<'_>, filter: &Filter) -> FilterSide<'d> {
    let group = filter.group.and_then(|group| side.config.groups.get(group));
    FilterSide {
        line: side.lines.line(filter.span.start),
        relation: relation(side.config.relation(filter)),
        group_name: group.and_then(|group| group.name.as_ref()).map(|name| name.value.as_str()),
        layout: filter.bound,
    }
}

fn rule_side<'d>(
    side: &'d Side<'_>,
    filter: Option<&'d Filter>,
    index: Option<usize>,
) -> Option<RuleSide<'d>> {
    let filter = filter?;
    let item = filter.items.get(index?)?;
    let config: &'d Config = side.config;
    let rule = match item {
        Item::Rule(rule) => Some(rule),
        Item::Condition(_) => None,
    };
    let condition = |condition: &'d Condition| ConditionSide {
        line: side.lines.line(condition.span.start),
        field: condition.field.value.name(),
        condition: condition.operator.value.name(),
        value: &condition.value.value,
        name: config.rule_name(filter, rule, condition),
    };
    let start = rule.map_or_else(|| item.conditions()[0].span.start, |rule| rule.span.start);
    Some(RuleSide {
        line: side.lines.line(start),
        relation: rule.map(|rule| rule.relation.as_ref().map_or("or", |written| relation(written.value))),
        conditions: item.conditions().iter().map(condition).collect(),
    })
}

fn logs<'d>(sides: &[Side<'_>; 2], events: &'d Compared) -> Logs<'d> {
    let volumes = |event_id: Option<u16>, volume: &Volume| Volumes {
        event_id,
        events: volume.events,
        old_logged: volume.old,
        new_logged: volume.new,
        only_old: volume.differing[0],
        only_new: volume.differing[1],
        renamed: volume.differing[2],
    };
    let rules = |(kind, event_id, decisions, events): (_, _, Decisions, _)| Rules {
        kind,
        event_id,
        events,
        old: decided(&sides[0], decisions.0),
        new: decided(&sides[1], decisions.1),
    };
    Logs {
        total: volumes(None, &events.total()),
        by_event: events.by_id.iter().map(|(id, volume)| volumes(Some(*id), volume)).collect(),
        by_rules: events.by_rules().into_iter().map(rules).collect(),
        examples: &events.examples,
    }
}
