//! Configurations held against each other: to the letter, and by what they do.
//!
//! [`same`] leaves out nothing but places. A [`Question`] is what a condition asks, whatever its
//! spelling: letter case, the order of a list, and operators that say the same do not count.
//! [`Order`] tells where the order of rules counts. It can change the name of an event that is
//! logged, and where a number has no value, the verdict, because Sysmon then gives up the filter.

use super::policy::is_string;
use super::{Condition, Config, Filter, Item, OnMatch, Operator, Relation, Rule, Spanned};
use crate::event::FieldSet;
use crate::schema::FieldId;

/// Whether two configurations are equal but for places.
pub(super) fn same(a: &Config, b: &Config) -> bool {
    let options = |config: &Config| -> Vec<_> {
        config.options.iter().map(|o| (o.name, o.value.value.clone(), o.is_set)).collect()
    };
    let groups = |config: &Config| -> Vec<_> {
        config.groups.iter().map(|group| (plain(&group.name), plain(&group.relation))).collect()
    };
    let schema = |config: &Config| config.schema.as_ref().map(|schema| schema.value);
    schema(a) == schema(b)
        && options(a) == options(b)
        && groups(a) == groups(b)
        && a.filters.len() == b.filters.len()
        && a.filters.iter().zip(&b.filters).all(|(a, b)| same_filter(a, b))
}

fn plain<T: Clone>(spanned: &Option<Spanned<T>>) -> Option<T> {
    spanned.as_ref().map(|spanned| spanned.value.clone())
}

fn same_filter(a: &Filter, b: &Filter) -> bool {
    let head = |filter: &Filter| (filter.tag.value, plain(&filter.on_match), filter.group, filter.bound);
    head(a) == head(b)
        && a.items.len() == b.items.len()
        && a.items.iter().zip(&b.items).all(|pair| match pair {
            (Item::Condition(a), Item::Condition(b)) => same_condition(a, b),
            (Item::Rule(a), Item::Rule(b)) => same_rule(a, b),
            _ => false,
        })
}

fn same_rule(a: &Rule, b: &Rule) -> bool {
    (plain(&a.name), plain(&a.relation)) == (plain(&b.name), plain(&b.relation))
        && a.conditions.len() == b.conditions.len()
        && a.conditions.iter().zip(&b.conditions).all(|(a, b)| same_condition(a, b))
}

fn same_condition(a: &Condition, b: &Condition) -> bool {
    let all = |c: &Condition| (c.field.value, c.operator.value, plain(&c.name), c.value.value.clone());
    all(a) == all(b)
}

/// What a condition asks of which field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Question {
    pub(super) field: FieldId,
    pub(super) operator: Operator,
    /// The value folded; of a list, its items sorted.
    pub(super) values: Vec<String>,
}

impl Question {
    pub(super) fn of(condition: &Condition) -> Self {
        use Operator as O;
        let value = condition.value.value.to_ascii_lowercase();
        let mut operator = condition.operator.value;
        let mut values = vec![value];
        // An empty item has effects that depend on its place, but for `is any`.
        if operator.takes_list() && (operator == O::IsAny || !values[0].split(';').any(str::is_empty)) {
            values = values[0].split(';').map(str::to_owned).collect();
            values.sort_unstable();
            values.dedup();
        }
        if let [only] = &values[..]
            && !only.contains(';')
        {
            operator = match operator {
                O::IsAny => O::Is,
                O::ContainsAny | O::ContainsAll if !only.is_empty() => O::Contains,
                O::ExcludesAny | O::ExcludesAll if !only.is_empty() => O::Excludes,
                other => other,
            };
        }
        if operator == O::Image && values[0].contains('\\') {
            operator = O::Is;
        }
        Self { field: condition.field.value, operator, values }
    }
}

/// What an item does: its questions with the names that they leave.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Meaning {
    /// `None` for a single condition.
    pub(super) relation: Option<Relation>,
    /// Sorted, where the order does not count.
    pub(super) questions: Vec<(Question, String)>,
}

impl Meaning {
    /// What an item of a filter does; `None` for a Rule without conditions, which Sysmon leaves out.
    pub(super) fn of(config: &Config, filter: &Filter, item: &Item, order: Order) -> Option<Self> {
        let several = relation_that_counts(config, filter).is_some();
        Self::beside(config, filter, item, order, |_| several)
    }

    /// What the items of a filter do, each with its index.
    ///
    /// Unlike [`of`](Self::of) this sees the others: a Rule of one condition is a loose one where no
    /// other single condition is on its field.
    pub(super) fn all(config: &Config, filter: &Filter, order: Order) -> Vec<(usize, Self)> {
        let (mut once, mut again) = (FieldSet::default(), FieldSet::default());
        for item in &filter.items {
            let [only] = item.conditions() else { continue };
            let field = only.field.value;
            (if once.contains(field) { &mut again } else { &mut once }).insert(field);
        }
        let meaning = |(at, item)| {
            Some((at, Self::beside(config, filter, item, order, |field| again.contains(field))?))
        };
        filter.items.iter().enumerate().filter_map(meaning).collect()
    }

    /// `shares` says whether other single conditions of the filter are on a field.
    fn beside(
        config: &Config,
        filter: &Filter,
        item: &Item,
        order: Order,
        shares: impl Fn(FieldId) -> bool,
    ) -> Option<Self> {
        let rule = rule_of(item);
        let named = |condition: &Condition| {
            (Question::of(condition), config.rule_name(filter, rule, condition).to_owned())
        };
        let mut questions: Vec<_> = item.conditions().iter().map(named).collect();
        let relation = match (rule, &questions[..]) {
            (None, _) => None,
            // Among the items of an "and" loose conditions on one field are alternatives, and a Rule of
            // one is none of them. Its own relation says nothing.
            (Some(_), [(only, _)]) => {
                let all_needed = config.relation(filter) == Relation::And;
                (all_needed && shares(only.field)).then_some(Relation::And)
            }
            (Some(rule), _) => Some(rule.relation()),
        };
        if order.counts_in(item, config, filter).is_none() {
            questions.sort_unstable();
        }
        (!questions.is_empty()).then_some(Self { relation, questions })
    }
}

/// What a rule asks, without its names; sorted, since the order of conditions changes no answer.
pub(super) type Asked = (Option<Relation>, Vec<Question>);

impl Meaning {
    pub(super) fn asked(&self) -> Asked {
        let mut questions: Vec<_> = self.questions.iter().map(|(question, _)| question.clone()).collect();
        questions.sort_unstable();
        (self.relation, questions)
    }
}

/// The Rule that an item is.
pub(super) fn rule_of(item: &Item) -> Option<&Rule> {
    match item {
        Item::Rule(rule) => Some(rule),
        Item::Condition(_) => None,
    }
}

/// How the items of a filter stand together; `None` where there are not two.
pub(super) fn relation_that_counts(config: &Config, filter: &Filter) -> Option<Relation> {
    let several = filter.items.iter().filter(|item| !item.conditions().is_empty()).nth(1).is_some();
    several.then(|| config.relation(filter))
}

/// The filters of a tag that run, in the order of the file, with their indices.
pub(super) fn running<'c>(config: &'c Config, tag: &str) -> Vec<(usize, &'c Filter)> {
    let runs = |filter: &Filter| filter.bound.is_some() && filter.tag.value == tag;
    config.filters.iter().enumerate().filter(|(_, filter)| runs(filter)).collect()
}

/// Include or exclude, of a filter that runs.
pub(super) fn on_match(filter: &Filter) -> OnMatch {
    filter.on_match.as_ref().map_or(OnMatch::Include, |on_match| on_match.value)
}

/// All names that a filter's conditions leave, empty ones among them.
pub(super) fn names<'c>(config: &'c Config, filter: &'c Filter) -> impl Iterator<Item = &'c str> + Clone {
    let of = move |item: &'c Item| {
        let name = move |condition| config.rule_name(filter, rule_of(item), condition);
        item.conditions().iter().map(name)
    };
    filter.items.iter().flat_map(of)
}

/// Why an order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderMatters {
    /// Another rule may give its name to an event.
    Name,
    /// Another verdict may come of an event that lacks a number.
    AbsentNumber,
}

/// What of a tag's filters decides whether order counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    /// Whether an including filter has a condition without a name, which shows what others left.
    shows_leaks: bool,
}

impl Order {
    /// As if every name that is left behind showed.
    pub(super) const STRICT: Self = Self { shows_leaks: true };

    pub(super) fn of(config: &Config, tag: &str) -> Self {
        let includes = |filter: &&Filter| on_match(filter) == OnMatch::Include;
        let nameless = |filter: &Filter| names(config, filter).any(str::is_empty);
        let filters = running(config, tag).into_iter().map(|(_, filter)| filter);
        Self { shows_leaks: filters.filter(includes).any(nameless) }
    }

    /// Why the order of conditions in a Rule counts.
    fn counts_in(self, item: &Item, config: &Config, filter: &Filter) -> Option<OrderMatters> {
        let rule = rule_of(item)?;
        let names: Vec<&str> =
            rule.conditions.iter().map(|c| config.rule_name(filter, Some(rule), c)).collect();
        let names_count = match rule.relation() {
            // What an excluding filter leaves shows where it fails behind this Rule.
            Relation::Or => {
                let seen = on_match(filter) == OnMatch::Include || self.shows_leaks;
                seen && !uniform(names.iter().copied())
            }
            Relation::And => self.all_needed(filter, names.iter().copied()),
        };
        names_count.then_some(OrderMatters::Name).or_else(|| absent_number(rule.conditions.iter()))
    }

    /// Why the order of items in a filter counts.
    pub(super) fn counts_among_items(self, config: &Config, filter: &Filter) -> Option<OrderMatters> {
        let names = || names(config, filter);
        let names_count = match (config.relation(filter), on_match(filter)) {
            (Relation::And, _) => self.all_needed(filter, names()),
            (Relation::Or, OnMatch::Include) => !uniform(names()),
            // Only what fails halfway leaves a name: a Rule whose conditions are all needed.
            (Relation::Or, OnMatch::Exclude) => {
                let halfway = |rule: &Rule| rule.relation() == Relation::And && rule.conditions.len() > 1;
                self.shows_leaks && !uniform(names()) && filter.items.iter().filter_map(rule_of).any(halfway)
            }
        };
        names_count
            .then_some(OrderMatters::Name)
            .or_else(|| absent_number(filter.items.iter().flat_map(Item::conditions)))
    }

    /// Whether names depend on the order of conditions that are all needed: the last gives its name, and
    /// those before the first that fails leave theirs.
    fn all_needed<'n>(self, filter: &Filter, names: impl Iterator<Item = &'n str> + Clone) -> bool {
        let leaks = self.shows_leaks && names.clone().any(|name| !name.is_empty());
        leaks || on_match(filter) == OnMatch::Include && !uniform(names)
    }

    /// Why the order of a tag's filters of one kind counts.
    pub(super) fn counts_among_filters(
        self,
        config: &Config,
        tag: &str,
        kind: OnMatch,
    ) -> Option<OrderMatters> {
        let filters = running(config, tag);
        let of_kind: Vec<_> = filters.into_iter().filter(|(_, filter)| on_match(filter) == kind).collect();
        let all = of_kind.iter().flat_map(|(_, filter)| names(config, filter));
        let seen = kind == OnMatch::Include || self.shows_leaks;
        (seen && !uniform(all)).then_some(OrderMatters::Name)
    }
}

fn uniform<'n>(mut names: impl Iterator<Item = &'n str>) -> bool {
    let first = names.next();
    names.all(|name| Some(name) == first)
}

/// Conditions on different fields, one of which may have no value that Sysmon can compare.
fn absent_number<'c>(conditions: impl Iterator<Item = &'c Condition> + Clone) -> Option<OrderMatters> {
    let fields = conditions.map(|condition| condition.field.value);
    let first = fields.clone().next();
    let differ = fields.clone().any(|field| Some(field) != first);
    (differ && fields.clone().any(can_fail)).then_some(OrderMatters::AbsentNumber)
}

/// Whether a filter is given up where the field has no value.
pub(super) fn can_fail(field: FieldId) -> bool {
    !is_string(field)
}
