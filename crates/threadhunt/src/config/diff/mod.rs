//! What differs between two configurations in what they do.
//!
//! Filters of a tag are paired by the rules they share, then their rules: equal ones first, then
//! those that differ in a name, in an operator, or stand in the same place. What has no partner was
//! removed or added. A rule that only moved is named where its place can change a name or a
//! verdict, and nowhere else; spelling, blanks between elements and comments never are.

use super::compare::{Meaning, Order, OrderMatters, on_match, relation_that_counts, rule_of, running};
use super::layouts::{Layouts, Tag};
use super::options::meaning as option_meaning;
use super::{Config, Filter, Item, OnMatch, Outlook, Relation, SchemaVersion, TagSummary};
use crate::schema::FieldId;
use pairing::{Pairing, moved};

mod pairing;

/// All that differs.
#[derive(Clone, Debug, Default)]
pub struct ConfigDiff {
    /// Schema versions, where they differ: the old and the new.
    pub schema: Option<(Option<SchemaVersion>, Option<SchemaVersion>)>,
    /// Options whose effect differs, by name.
    pub options: Vec<OptionDiff>,
    /// Events whose filters differ, in the order of the manifest.
    pub tags: Vec<TagDiff>,
}

/// An option whose effect differs.
#[derive(Clone, Debug)]
pub struct OptionDiff {
    /// Its name.
    pub name: &'static str,
    /// Its index in the old [`Config::options`], where it is set there.
    pub old: Option<usize>,
    /// Its index in the new one.
    pub new: Option<usize>,
}

/// The filters of one tag, as far as they differ.
#[derive(Clone, Debug)]
pub struct TagDiff {
    /// What the old configuration makes of its events.
    pub old: TagSummary,
    /// What the new one does.
    pub new: TagSummary,
    /// Filters that differ, in the order of the new file; what was removed stands where it was.
    pub filters: Vec<FilterDiff>,
}

/// A filter that was added or removed, or that differs.
#[derive(Clone, Debug)]
pub struct FilterDiff {
    /// Its index in the old [`Config::filters`].
    pub old: Option<usize>,
    /// Its index in the new one.
    pub new: Option<usize>,
    /// What differs of the filter itself.
    pub changes: Vec<FilterChange>,
    /// Rules that differ; of a filter that was added or removed, all.
    pub rules: Vec<RuleDiff>,
}

/// What can differ of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterChange {
    /// How its rules stand together.
    Relation,
    /// The name of its group, which this many rules inherit.
    GroupName(usize),
    /// The event after whose layout it is read.
    Layout,
    /// Its place among the others of its kind.
    Moved(OrderMatters),
}

/// A rule that was added or removed, or that differs.
#[derive(Clone, Debug)]
pub struct RuleDiff {
    /// Its index among the items of the old filter.
    pub old: Option<usize>,
    /// Its index among those of the new one.
    pub new: Option<usize>,
    /// What differs; nothing of one that was added or removed.
    pub changes: Vec<RuleChange>,
}

/// What can differ of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleChange {
    /// What its conditions ask, or which there are.
    Conditions,
    /// How its conditions stand together.
    Relation,
    /// A name that it gives.
    Name,
    /// The order of its conditions.
    Reordered(OrderMatters),
    /// Its place in the filter.
    Moved(OrderMatters),
}

impl ConfigDiff {
    /// What differs between an old configuration and a new one, both accepted.
    ///
    /// ```
    /// use threadhunt::config::{ConfigDiff, Imitated, parse};
    /// let read = |body: &str| {
    ///     let text = format!("<Sysmon schemaversion=\"4.90\"><EventFiltering><ProcessAccess onmatch=\"include\">\
    ///         {body}</ProcessAccess></EventFiltering></Sysmon>");
    ///     parse(text.as_bytes(), Imitated::default()).config
    /// };
    /// let old = read("<TargetImage condition=\"is\">C:\\a.exe</TargetImage>");
    /// assert!(ConfigDiff::new(&old, &read("\n<TargetImage>c:\\A.EXE</TargetImage>")).is_empty());
    /// assert_eq!(ConfigDiff::new(&old, &read("")).tags[0].filters[0].rules.len(), 1);
    /// ```
    pub fn new(old: &Config, new: &Config) -> Self {
        let schema = |config: &Config| config.schema.as_ref().map(|schema| schema.value);
        let (old_schema, new_schema) = (schema(old), schema(new));
        let layouts = Layouts::of(old.imitated.schema().max(new.imitated.schema()));
        let (old_summary, new_summary) = (old.summary(), new.summary());
        let tags = layouts.tags().filter_map(|tag| {
            let filters = filters(old, new, tag);
            let ids = || tag.events.iter().map(|event| event.id).collect();
            (!filters.is_empty()).then(|| TagDiff {
                old: summary_of(&old_summary, tag.name, ids()),
                new: summary_of(&new_summary, tag.name, ids()),
                filters,
            })
        });
        Self {
            schema: (old_schema != new_schema).then_some((old_schema, new_schema)),
            tags: tags.collect(),
            options: options(old, new),
        }
    }

    /// Whether the two do the same, schema versions included.
    pub fn is_empty(&self) -> bool {
        self.schema.is_none() && self.options.is_empty() && self.tags.is_empty()
    }
}

/// The summary of a tag; of one that this Sysmon does not know, that it is off.
fn summary_of(summary: &[TagSummary], tag: &'static str, ids: Vec<u16>) -> TagSummary {
    let unknown = || TagSummary { tag, ids, outlook: Outlook::Off, filters: 0, exclusions: 0, inclusions: 0 };
    summary.iter().find(|found| found.tag == tag).cloned().unwrap_or_else(unknown)
}

fn options(old: &Config, new: &Config) -> Vec<OptionDiff> {
    // What is set twice counts as set last.
    let set = |config: &Config, name: &str| {
        config.options.iter().rposition(|option| option.is_set && option.name == name)
    };
    let mut names: Vec<&'static str> =
        old.set_options().chain(new.set_options()).map(|option| option.name).collect();
    names.sort_unstable();
    names.dedup();
    let differs = |name: &'static str| {
        let (before, after) = (set(old, name), set(new, name));
        let value = |config: &Config, at: Option<usize>| {
            at.map(|at| option_meaning(name, &config.options[at].value.value))
        };
        let differs = value(old, before) != value(new, after);
        differs.then_some(OptionDiff { name, old: before, new: after })
    };
    names.into_iter().filter_map(differs).collect()
}

/// One side of a comparison of filters.
struct Side<'c> {
    config: &'c Config,
    order: Order,
    filters: Vec<SideFilter<'c>>,
}

struct SideFilter<'c> {
    index: usize,
    filter: &'c Filter,
    on_match: OnMatch,
    /// What its rules do, each with its index.
    rules: Vec<(usize, Meaning)>,
    /// Why the order of the rules counts.
    order: Option<OrderMatters>,
}

impl<'c> Side<'c> {
    fn new(config: &'c Config, tag: &str) -> Self {
        let order = Order::of(config, tag);
        let filters = running(config, tag).into_iter().map(|(index, filter)| SideFilter {
            index,
            filter,
            on_match: on_match(filter),
            rules: Meaning::all(config, filter, order),
            order: order.counts_among_items(config, filter),
        });
        Self { config, order, filters: filters.collect() }
    }

    /// Whether an event of the tag is logged that no filter matches; `None` where the events differ in it.
    fn unmatched(&self, tag: &Tag) -> Option<bool> {
        match &self.filters[..] {
            [] => {
                let mut logged = tag.events.iter().map(|event| event.logged_without_filter);
                let first = logged.next()?;
                logged.all(|other| other == first).then_some(first)
            }
            [only] => Some(only.on_match == OnMatch::Exclude),
            _ => Some(false),
        }
    }
}

/// Everything of a filter that has an effect.
type Whole<'m> = (OnMatch, Option<Relation>, Option<u16>, Vec<&'m Meaning>);

impl SideFilter<'_> {
    fn whole(&self, config: &Config) -> Whole<'_> {
        let relation = relation_that_counts(config, self.filter);
        (self.on_match, relation, self.filter.bound, self.meanings())
    }

    /// What its rules do, in the file's order only where that counts.
    fn meanings(&self) -> Vec<&Meaning> {
        let mut meanings: Vec<_> = self.rules.iter().map(|(_, meaning)| meaning).collect();
        if self.order.is_none() {
            meanings.sort_unstable();
        }
        meanings
    }
}

/// The differences between the filters of a tag.
fn filters(old: &Config, new: &Config, tag: &Tag) -> Vec<FilterDiff> {
    let (mut old, mut new) = (Side::new(old, tag.name), Side::new(new, tag.name));
    // A filter without rules only has a say in what becomes of an event that none matches.
    if old.unmatched(tag).is_some_and(|logged| new.unmatched(tag) == Some(logged)) {
        [&mut old, &mut new]
            .into_iter()
            .for_each(|side| side.filters.retain(|filter| !filter.rules.is_empty()));
    }
    let pairing = pair_filters(&old, &new);
    let mut moves = vec![None; old.filters.len()];
    for kind in [OnMatch::Include, OnMatch::Exclude] {
        let counts = |side: &Side<'_>| side.order.counts_among_filters(side.config, tag.name, kind);
        let Some(reason) = counts(&old).or_else(|| counts(&new)) else { continue };
        let of_kind: Vec<_> = pairing.pairs().filter(|(at, _)| old.filters[*at].on_match == kind).collect();
        for at in moved(&of_kind) {
            moves[at] = Some(FilterChange::Moved(reason));
        }
    }
    let diff = |(at, to): (Option<usize>, Option<usize>)| {
        let mut diff = filter_diff(&old, &new, at, to);
        diff.changes.extend(at.and_then(|at| moves[at]));
        diff
    };
    let changed = |diff: &FilterDiff| {
        diff.old.is_none() || diff.new.is_none() || !diff.changes.is_empty() || !diff.rules.is_empty()
    };
    pairing.in_order().into_iter().map(diff).filter(changed).collect()
}

fn pair_filters(old: &Side<'_>, new: &Side<'_>) -> Pairing {
    let mut pairing = Pairing::new(old.filters.len(), new.filters.len());
    let (olds, news) = (&old.filters, &new.filters);
    pairing.pass(|at| Some(olds[at].whole(old.config)), |at| Some(news[at].whole(new.config)));
    pairing.vote(
        |at| olds[at].rules.iter().map(|(_, rule)| (olds[at].on_match, rule)).collect(),
        |at| news[at].rules.iter().map(|(_, rule)| (news[at].on_match, rule)).collect(),
    );
    pairing.pass(|at| Some(olds[at].on_match), |at| Some(news[at].on_match));
    pairing
}

fn filter_diff(old: &Side<'_>, new: &Side<'_>, at: Option<usize>, to: Option<usize>) -> FilterDiff {
    let (before, after) = (at.map(|at| &old.filters[at]), to.map(|to| &new.filters[to]));
    let (changes, rules) = match (before, after) {
        (Some(before), Some(after)) => paired(old.config, before, new.config, after),
        _ => {
            let all = |side: Option<&SideFilter<'_>>| -> Vec<usize> {
                side.into_iter().flat_map(|side| side.rules.iter().map(|(at, _)| *at)).collect()
            };
            let removed = all(before).into_iter().map(|at| (Some(at), None));
            let rules = removed.chain(all(after).into_iter().map(|at| (None, Some(at))));
            (Vec::new(), rules.map(|(old, new)| RuleDiff { old, new, changes: Vec::new() }).collect())
        }
    };
    FilterDiff { old: before.map(|side| side.index), new: after.map(|side| side.index), changes, rules }
}

fn paired(
    old: &Config,
    before: &SideFilter<'_>,
    new: &Config,
    after: &SideFilter<'_>,
) -> (Vec<FilterChange>, Vec<RuleDiff>) {
    let mut changes = Vec::new();
    let relations = (relation_that_counts(old, before.filter), relation_that_counts(new, after.filter));
    if matches!(relations, (Some(old), Some(new)) if old != new) {
        changes.push(FilterChange::Relation);
    }
    if before.filter.bound != after.filter.bound {
        changes.push(FilterChange::Layout);
    }
    let pairing = pair_rules(before, after);
    let reason = before.order.or(after.order);
    let pairs: Vec<_> = pairing.pairs().collect();
    let moves = reason.map(|_| moved(&pairs)).unwrap_or_default();
    let mut inherited = 0;
    let mut rules = Vec::new();
    for (at, to) in pairing.in_order() {
        let mut changes = Vec::new();
        if let (Some(at), Some(to)) = (at, to) {
            let renamed_group = group_name(old, before.filter) != group_name(new, after.filter)
                && inherits(&before.filter.items[before.rules[at].0])
                && inherits(&after.filter.items[after.rules[to].0]);
            inherited += usize::from(renamed_group);
            changes = rule_changes(before, at, after, to);
            changes.retain(|change| !(renamed_group && *change == RuleChange::Name));
            changes.extend(reason.filter(|_| moves.contains(&at)).map(RuleChange::Moved));
            if changes.is_empty() {
                continue;
            }
        }
        let index = |side: &SideFilter<'_>, at: Option<usize>| at.map(|at| side.rules[at].0);
        rules.push(RuleDiff { old: index(before, at), new: index(after, to), changes });
    }
    if inherited > 0 {
        changes.push(FilterChange::GroupName(inherited));
    }
    (changes, rules)
}

fn group_name<'c>(config: &'c Config, filter: &Filter) -> &'c str {
    let group = filter.group.and_then(|group| config.groups.get(group));
    group.and_then(|group| group.name.as_ref()).map_or("", |name| &name.value)
}

/// Whether all names of an item are the group's.
fn inherits(item: &Item) -> bool {
    rule_of(item).is_none_or(|rule| rule.name.is_none())
        && item.conditions().iter().all(|condition| condition.name.is_none())
}

fn pair_rules(before: &SideFilter<'_>, after: &SideFilter<'_>) -> Pairing {
    let (old, new) = (&before.rules, &after.rules);
    let mut pairing = Pairing::new(old.len(), new.len());
    pairing.pass(|at| Some(&old[at].1), |at| Some(&new[at].1));
    pairing.pass(|at| Some(old[at].1.asked()), |at| Some(new[at].1.asked()));
    let name = |side: &SideFilter<'_>, at: usize| {
        let rule = rule_of(&side.filter.items[side.rules[at].0])?;
        rule.name.as_ref().map(|name| name.value.clone()).filter(|name| !name.is_empty())
    };
    pairing.pass(|at| name(before, at), |at| name(after, at));
    // The same value of the same field under another operator.
    fn value(meaning: &Meaning) -> Option<(FieldId, &[String])> {
        let (question, _) = meaning.questions.first().filter(|_| meaning.relation.is_none())?;
        Some((question.field, &question.values[..]))
    }
    pairing.pass(|at| value(&old[at].1), |at| value(&new[at].1));
    // What stands in the same place: loose conditions on one field, and Rules that share one.
    let anchors = pairing.anchors();
    let kind = |meaning: &Meaning| {
        let first = meaning.questions.first().map(|(question, _)| (question.field, question.operator));
        (meaning.relation.is_some(), first.filter(|_| meaning.relation.is_none()))
    };
    pairing.pass(|at| Some((anchors.0[at], kind(&old[at].1))), |at| Some((anchors.1[at], kind(&new[at].1))));
    pairing
}

fn rule_changes(before: &SideFilter<'_>, at: usize, after: &SideFilter<'_>, to: usize) -> Vec<RuleChange> {
    let (old, new) = (&before.rules[at].1, &after.rules[to].1);
    if old == new {
        return Vec::new();
    }
    let mut changes = Vec::new();
    if old.asked().1 != new.asked().1 {
        changes.push(RuleChange::Conditions);
    }
    // A single condition has none, so that one more or less is no change of it.
    let both = old.relation.is_some() && new.relation.is_some();
    if old.relation != new.relation && (both || changes.is_empty()) {
        changes.push(RuleChange::Relation);
    }
    let names = |meaning: &Meaning| {
        let mut names: Vec<_> = meaning.questions.clone();
        names.sort_unstable();
        names
    };
    let given = |meaning: &Meaning| {
        let mut names: Vec<_> = meaning.questions.iter().map(|(_, name)| name.clone()).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    // Where conditions differ, a name counts as changed only if the Rule gives others.
    let same_asked = changes.is_empty();
    if same_asked && names(old) != names(new) || !same_asked && given(old) != given(new) {
        changes.push(RuleChange::Name);
    }
    if changes.is_empty() {
        let reason = before.order.or(after.order).unwrap_or(OrderMatters::Name);
        changes.push(RuleChange::Reordered(reason));
    }
    changes
}

#[cfg(test)]
mod tests;
