//! Rules that never decide, because what is tried before them matches whenever they would.
//!
//! The filters of a tag are walked in the order of trial, and what decides by itself is gathered:
//! within a filter whose items are alternatives, and over all filters that are bound to the same
//! event. A complaint is made only where it is certain for every event; what a filter before says
//! counts only as far as no number or GUID without a value can make Sysmon give that filter up.
//!
//! A rule that never decides may still leave its name to others, and then the complaint says so.

use std::collections::{HashMap, HashSet};

use super::cover::{Cover, Meaning, Source};
use super::is_include;
use super::literal::Contradictions;
use crate::config::layouts::Tag;
use crate::config::parse::Complaints;
use crate::config::policy::is_string;
use crate::config::{Condition, Config, Filter, Item, Relation, Rule};
use crate::report::{Diagnostic, DiagnosticCode as Code};

/// Looks at the filters of one tag, in the order in which they are tried.
pub(super) fn check(
    config: &Config,
    tag: &Tag,
    filters: &[&Filter],
    contradictions: &mut Contradictions,
    complaints: &mut Complaints,
) {
    let mut before: HashMap<Option<u16>, Cover> = HashMap::new();
    // What the last filter of an event says concerns no other one.
    let last: HashMap<_, usize> = filters.iter().map(|filter| filter.bound).zip(0..).collect();
    for (index, filter) in filters.iter().enumerate() {
        let earlier = before.entry(filter.bound).or_default();
        let mut walk = Walk { config, tag, filters, index, contradictions, complaints };
        match config.relation(filter) {
            Relation::Or => walk.alternatives(filter, earlier),
            Relation::And => walk.together(filter, earlier),
        }
        if last[&filter.bound] > index {
            walk.remember(filter, earlier);
        }
    }
}

/// One filter on its turn.
struct Walk<'w> {
    config: &'w Config,
    tag: &'w Tag,
    filters: &'w [&'w Filter],
    /// Its place in the order of trial.
    index: usize,
    contradictions: &'w mut Contradictions,
    complaints: &'w mut Complaints,
}

impl Walk<'_> {
    /// A filter of which each item decides by itself.
    fn alternatives(&mut self, filter: &Filter, earlier: &Cover) {
        let (mut here, mut loose) = (Cover::default(), HashSet::new());
        for item in filter.items.iter().filter(|item| !item.conditions().is_empty()) {
            // A condition that stands there twice is complained of as such.
            let meanings = meanings(item);
            let is_loose = matches!(item, Item::Condition(_));
            let is_repeated = is_loose && !loose.insert(meanings[0].key.clone());
            let source = covers(&here, item, &meanings).or_else(|| covers(earlier, item, &meanings));
            if let Some(source) = source {
                if !is_repeated {
                    self.tell(filter, item, source);
                }
                // What stands behind it is covered too.
                if source.always {
                    return;
                }
                continue;
            }
            self.contradiction(filter, item);
            self.add(filter, item, &meanings, &mut here);
        }
    }

    /// A filter that needs all of its items, of which loose ones on one field are alternatives.
    fn together(&mut self, filter: &Filter, earlier: &Cover) {
        for item in &filter.items {
            self.contradiction(filter, item);
        }
        let needed = |item: &&Item| match item {
            Item::Rule(rule) => !rule.conditions.is_empty(),
            Item::Condition(_) => false,
        };
        let rule = filter.items.iter().filter(needed).find_map(|item| covers(earlier, item, &meanings(item)));
        if let Some(source) = rule.or_else(|| covered_field(filter, earlier)) {
            let message = format!("this filter never decides, because {}", self.reason(source));
            let complaint = Diagnostic::new(Code::Unreachable, filter.tag.span.clone(), message);
            let named = filter.items.iter().find_map(|item| self.name_left(filter, item, false));
            self.push(complaint.related(source.span.clone(), HOLDS), named);
        }
    }

    /// Takes up what decides by itself, for the filters that are tried later.
    fn remember(&self, filter: &Filter, earlier: &mut Cover) {
        let items = || filter.items.iter().filter(|item| !item.conditions().is_empty());
        let one_field = || {
            let field = filter.conditions().next().map(|condition| condition.field.value);
            items().all(|item| matches!(item, Item::Condition(c) if Some(c.field.value) == field))
        };
        let is_alternative =
            self.config.relation(filter) == Relation::Or || items().count() == 1 || one_field();
        if !is_alternative {
            return;
        }
        let resolves = |item: &&Item| item.conditions().iter().all(|c| is_string(c.field.value));
        for item in items().take_while(resolves) {
            self.add(filter, item, &meanings(item), earlier);
        }
    }

    fn add(&self, filter: &Filter, item: &Item, meanings: &[Meaning], cover: &mut Cover) {
        let source = |condition: &Condition| Source {
            filter: self.index,
            span: condition.span.clone(),
            always: false,
        };
        match item {
            Item::Rule(Rule { span, .. }) if needs_all(item) => {
                cover.add_rule(meanings, &Source { filter: self.index, span: span.clone(), always: false });
            }
            _ => {
                for (condition, meaning) in item.conditions().iter().zip(meanings) {
                    cover.add(meaning, self.is_everywhere(filter, condition), &source(condition));
                }
            }
        }
    }

    /// Whether Sysmon finds the field in every event of the tag.
    fn is_everywhere(&self, filter: &Filter, condition: &Condition) -> bool {
        let field = condition.field.value;
        let place = |fields: &[_]| fields.iter().position(|candidate| *candidate == field);
        let bound = self.tag.events.iter().find(|event| Some(event.id) == filter.bound);
        let bound = bound.and_then(|event| place(&event.fields));
        self.tag.events.iter().all(|event| place(&event.fields) == bound)
    }

    fn tell(&mut self, filter: &Filter, item: &Item, source: &Source) {
        let message = match (source.always, source.filter == self.index) {
            (true, true) => {
                "nothing from here on is tried, since a condition before it always holds".to_owned()
            }
            (true, false) => format!("nothing from here on is tried, because {}", self.reason(source)),
            (false, _) => format!("this never decides, because {}", self.reason(source)),
        };
        let place = item.conditions()[0].field.span.clone();
        let complaint = Diagnostic::new(Code::Unreachable, place, message);
        let named = self.name_left(filter, item, true);
        self.push(complaint.related(source.span.clone(), if source.always { ALWAYS } else { HOLDS }), named);
    }

    /// Why what is covered never decides.
    fn reason(&self, source: &Source) -> &'static str {
        match (source.filter == self.index, is_include(self.filters[source.filter]), source.always) {
            (true, ..) => "something before it in the filter holds whenever it does",
            (_, false, false) => "an exclusion, which Sysmon tries first, holds whenever it does",
            (_, true, false) => "an inclusion further down, which Sysmon tries first, holds whenever it does",
            (_, false, true) => "an exclusion, which Sysmon tries first, always holds",
            (_, true, true) => "an inclusion further down, which Sysmon tries first, always holds",
        }
    }

    /// Conditions of a Rule that cannot all hold.
    fn contradiction(&mut self, filter: &Filter, item: &Item) {
        if !needs_all(item) {
            return;
        }
        let conditions = item.conditions();
        let Some((later, earlier)) = self.contradictions.find(conditions) else { return };
        let message = "this Rule never holds, because two of its conditions contradict each other";
        let complaint = Diagnostic::new(Code::NeverMatches, conditions[later].field.span.clone(), message);
        let named = self.name_left(filter, item, true);
        self.push(
            complaint.related(conditions[earlier].span.clone(), "it never holds together with this"),
            named,
        );
    }

    fn push(&mut self, complaint: Diagnostic, name: Option<String>) {
        self.complaints.push(match name {
            Some(name) => complaint.help(format!(
                "its name `{name}` can still appear on events that a rule without a name matches"
            )),
            None => complaint,
        });
    }

    /// A name that the conditions of something leave though it never matches as a whole.
    ///
    /// An item by itself can do so only where it needs several conditions, and not with the last.
    fn name_left(&self, filter: &Filter, item: &Item, is_whole: bool) -> Option<String> {
        let (rule, conditions) = match item {
            Item::Condition(condition) if !is_whole => (None, std::slice::from_ref(condition)),
            Item::Condition(_) => return None,
            Item::Rule(rule) => (Some(rule), &rule.conditions[..]),
        };
        let left = match (is_whole, needs_all(item)) {
            (true, true) => &conditions[..conditions.len() - 1],
            (true, false) => &[],
            (false, _) => conditions,
        };
        let mut names = left.iter().map(|condition| self.config.rule_name(filter, rule, condition));
        names.find(|name| !name.is_empty()).map(str::to_owned)
    }
}

const HOLDS: &str = "this holds whenever it does";
const ALWAYS: &str = "this always holds";

/// Whether it is a Rule with several conditions that all have to hold.
fn needs_all(item: &Item) -> bool {
    match item {
        Item::Condition(_) => false,
        Item::Rule(rule) => {
            let is_and = rule.relation.as_ref().is_some_and(|relation| relation.value == Relation::And);
            is_and && rule.conditions.len() > 1
        }
    }
}

fn meanings(item: &Item) -> Vec<Meaning> {
    item.conditions().iter().map(Meaning::of).collect()
}

/// What was tried before and holds whenever the item does.
fn covers<'c>(cover: &'c Cover, item: &Item, meanings: &[Meaning]) -> Option<&'c Source> {
    let mut found = meanings.iter().map(|meaning| cover.covers(meaning));
    cover.always().or_else(|| match needs_all(item) {
        true => found.flatten().next().or_else(|| cover.covers_rule(meanings)),
        false => {
            let first = found.next()??;
            found.all(|source| source.is_some()).then_some(first)
        }
    })
}

/// What holds whenever one of the loose conditions on some field does.
fn covered_field<'c>(filter: &Filter, earlier: &'c Cover) -> Option<&'c Source> {
    let mut fields: HashMap<_, Option<&Source>> = HashMap::new();
    for item in &filter.items {
        if let Item::Condition(condition) = item {
            let found = earlier.always().or_else(|| earlier.covers(&Meaning::of(condition)));
            let field = fields.entry(condition.field.value).or_insert(found);
            *field = field.and(found);
        }
    }
    fields.into_values().flatten().min_by_key(|source| source.span.start)
}

#[cfg(test)]
pub(super) mod tests;
