//! The rules of the judgement: start classes, other evidence, profiles, and how they add up.
//!
//! All of them are tables below `data/rules` of the library, each entry with its meaning, the
//! reason for its weight and its source. A person may replace weights and add profiles by a
//! file ([`Rules::with_weights`]); what the file says wins, and everything else stays.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use crate::report::{Bits, Group};

mod conditions;
mod names;
mod place;
mod rarity;
mod weights;

pub(super) use conditions::{Case, Fact, Facts, Program};
pub(super) use rarity::RarityModel;
pub use weights::WeightsError;

use conditions::{Lists, Test};
use names::Names;
use place::Place;

const TABLES: [&str; 3] = [
    include_str!("../../../data/rules/starts.toml"),
    include_str!("../../../data/rules/evidence.toml"),
    include_str!("../../../data/rules/profiles.toml"),
];
const MODEL: &str = include_str!("../../../data/rules/model.toml");
const NUMBER_DOCS: &str = include_str!("../../../data/rules/numbers.toml");
const PLACES: &str = include_str!("../../../data/rules/places.toml");
const LISTS: &str = include_str!("../../../data/rules/lists.toml");

/// All rules and how they add up.
#[derive(Clone, Debug)]
pub struct Rules {
    pub(super) model: Model,
    pub(super) rarity: RarityModel,
    rules: Vec<Rule>,
    places: Vec<Place>,
    place_source: String,
    lists: Lists,
    list_docs: Vec<Reference>,
}

/// What rules refer to by a name: a place or a list of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The name that tests use.
    pub name: String,
    /// What it stands for.
    pub doc: String,
    /// The patterns of its paths or names.
    pub items: Vec<String>,
    /// Where the facts are from.
    pub source: String,
}

/// A rule: what it asks, what it weighs, and why.
#[derive(Clone, Debug)]
pub struct Rule {
    name: Arc<str>,
    title: Arc<str>,
    meaning: Arc<str>,
    technique: Option<Arc<str>>,
    benign: Option<Arc<str>>,
    bits: Bits,
    row: Row,
}

/// A rule as its table writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Row {
    name: String,
    #[serde(deserialize_with = "weights::group")]
    group: Group,
    bits: f64,
    title: String,
    meaning: String,
    reason: String,
    source: String,
    technique: Option<String>,
    benign: Option<String>,
    #[serde(default)]
    credential: bool,
    #[serde(default)]
    company: Names,
    test: Test,
}

/// How evidence becomes a severity.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) prior: Bits,
    pub(super) rarity_cap: Bits,
    pub(super) chain_cap: Bits,
    /// Points from which on a finding is low, medium, high and critical.
    pub(super) bands: [f64; 4],
    /// Bits that make a start a key of its own.
    pub(super) key: Bits,
    pub(super) newborn_seconds: f64,
    pub(super) prevalent_computers: u64,
}

impl Rule {
    /// The stable name.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The kind of evidence.
    pub fn group(&self) -> Group {
        self.row.group
    }

    /// What it weighs.
    pub fn bits(&self) -> Bits {
        self.bits
    }

    /// What it says in a few words.
    pub fn title(&self) -> &Arc<str> {
        &self.title
    }

    /// What it is consistent with.
    pub fn meaning(&self) -> &Arc<str> {
        &self.meaning
    }

    /// Why it weighs what it weighs.
    pub fn reason(&self) -> &str {
        &self.row.reason
    }

    /// Where the facts are from.
    pub fn source(&self) -> &str {
        &self.row.source
    }

    /// The ATT&CK technique that it is consistent with.
    pub fn technique(&self) -> Option<&Arc<str>> {
        self.technique.as_ref()
    }

    /// What would make it harmless.
    pub fn benign_if(&self) -> Option<&Arc<str>> {
        self.benign.as_ref()
    }

    /// Whether it says that the target keeps credentials.
    pub fn is_credential(&self) -> bool {
        self.row.credential
    }

    /// The companies that event 1 of the source may name, as patterns; none means any.
    pub fn companies(&self) -> &[String] {
        self.row.company.written()
    }

    /// What it asks, in words, each with the answers that it wants; all must hold.
    pub fn questions(&self) -> Vec<(String, Vec<String>)> {
        self.row.test.questions()
    }

    /// Whether a company, as event 1 of the source names it, goes with the rule.
    pub(super) fn fits_company(&self, company: &str) -> bool {
        self.companies().is_empty() || self.row.company.contain(&company.to_lowercase())
    }
}

static BUILTIN: LazyLock<Rules> = LazyLock::new(|| {
    Rules::parse(&TABLES, MODEL, PLACES, LISTS).expect("the tables of the library are tested")
});

static NUMBERS: LazyLock<Vec<Number>> = LazyLock::new(|| {
    let table: NumberTable = weights::parse(NUMBER_DOCS).expect("the tables of the library are tested");
    table.number
});

impl Rules {
    /// The rules that come with the library.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    fn parse(tables: &[&str], model: &str, places: &str, lists: &str) -> Result<Self, WeightsError> {
        let rows = tables.iter().map(|table| weights::parse::<RuleTable>(table));
        let rows: Vec<RuleTable> = rows.collect::<Result<_, _>>()?;
        let lists = weights::parse::<ListTable>(lists)?.list;
        let places: PlaceTable = weights::parse(places)?;
        let list_docs = lists.iter().map(|list| Reference {
            name: list.name.clone(),
            doc: list.doc.clone(),
            items: list.items.written().to_vec(),
            source: list.source.clone(),
        });
        let mut rules = Self {
            model: Model::of(&weights::parse(model)?)?,
            rarity: RarityModel::builtin()?,
            rules: Vec::new(),
            list_docs: list_docs.collect(),
            places: places.place,
            place_source: places.source,
            lists: lists.into_iter().map(|list| (list.name, list.items)).collect(),
        };
        for row in rows.into_iter().flat_map(|table| table.rule) {
            let end = rules.rules.len();
            rules.put(row, end)?;
        }
        rules.whole()
    }

    /// Replaces the rule of that name, or adds one at a place.
    fn put(&mut self, row: Row, place: usize) -> Result<(), WeightsError> {
        let rule = Rule::of(row)?;
        rule.row.test.check(self, &rule.name)?;
        match self.rules.iter().position(|known| known.name == rule.name) {
            Some(known) => self.rules[known] = rule,
            None => self.rules.insert(place, rule),
        }
        Ok(())
    }

    /// The rules, if every start has a class by them and nothing refers to what is not there.
    fn whole(self) -> Result<Self, WeightsError> {
        self.rules.iter().try_for_each(|rule| rule.row.test.check(&self, &rule.name))?;

        let always = |rule: &Rule| rule.row.test.questions().is_empty();
        if self.of_group(Group::Start).last().is_some_and(always) {
            return Ok(self);
        }
        Err(WeightsError::NoLastClass)
    }

    /// All rules: the start classes in the order in which they are tried, then the rest.
    pub fn all(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    /// The rule of a name.
    pub fn get(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| &*rule.name == name)
    }

    /// The places, in the order in which they are tried, the lists that rules refer to, and what is
    /// measured against a baseline.
    ///
    /// A place may stand there twice, with what is tried between both in between.
    pub fn references(&self) -> impl Iterator<Item = Reference> {
        let place = |place: &Place| Reference {
            name: place.name.clone(),
            doc: place.doc.clone(),
            items: place.paths.written().to_vec(),
            source: self.place_source.clone(),
        };
        let lists = self.list_docs.iter().cloned().chain(self.rarity.references());
        self.places.iter().map(place).chain(lists)
    }

    /// The numbers of the model, by the names that a file of weights uses below `[model]`, and those of rarity
    /// with `rarity.` before them.
    pub fn model(&self) -> Vec<(&'static str, f64)> {
        let model = &self.model;
        let [low, medium, high, critical] = model.bands;
        let mut numbers = vec![
            ("prior", model.prior.value()),
            ("rarity-cap", model.rarity_cap.value()),
            ("chain-cap", model.chain_cap.value()),
            ("bands.low", low),
            ("bands.medium", medium),
            ("bands.high", high),
            ("bands.critical", critical),
            ("limits.key-bits", model.key.value()),
            ("limits.newborn-seconds", model.newborn_seconds),
            ("limits.prevalent-computers", model.prevalent_computers as f64),
        ];
        numbers.extend(self.rarity.numbers());
        numbers
    }

    /// What a number of [`model`](Self::model) is, with its value.
    pub fn number(&self, name: &str) -> Option<Reference> {
        let (_, value) = self.model().into_iter().find(|(known, _)| *known == name)?;
        let number = NUMBERS.iter().find(|number| number.name == name)?;
        let Number { name, doc, source } = number.clone();
        Some(Reference { name, doc, items: vec![value.to_string()], source })
    }

    fn of_group(&self, group: Group) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| rule.row.group == group)
    }

    /// The class of a start: the first that holds.
    pub(super) fn class(&self, case: &Case<'_>) -> &Rule {
        let class = self.of_group(Group::Start).find(|rule| rule.row.test.holds(case, &self.lists));
        class.expect("rules are whole: the last class asks nothing")
    }

    /// All other rules that hold.
    pub(super) fn evidence<'r>(&'r self, case: &'r Case<'_>) -> impl Iterator<Item = &'r Rule> {
        let others = self.rules.iter().filter(|rule| rule.row.group != Group::Start);
        others.filter(|rule| rule.row.test.holds(case, &self.lists))
    }

    /// A program as rules see it.
    pub(super) fn program(&self, image: Option<&str>) -> Program {
        let path = image.map(super::paths::clean).unwrap_or_default();
        let place = self.places.iter().find(|place| place.holds(&path));
        let other = if path.is_empty() { "unknown" } else { "other" };
        Program { place: place.map_or(other, |place| &place.name).to_owned(), path }
    }

    /// Whether a name is in a list.
    pub(super) fn listed(&self, list: &str, name: &str) -> bool {
        self.lists.get(list).is_some_and(|list| list.contain(name))
    }

    /// Names of places that tests may ask for.
    fn place_names(&self) -> HashSet<&str> {
        self.places.iter().map(|place| place.name.as_str()).chain(["unknown", "other"]).collect()
    }
}

impl Test {
    /// Refuses references to what is not there: such a rule would never hold, silently.
    fn check(&self, rules: &Rules, rule: &str) -> Result<(), WeightsError> {
        let places = rules.place_names();
        let classes: HashSet<&str> = rules.of_group(Group::Start).map(|rule| &*rule.name).collect();
        let unknown = |names: &Option<Names>, known: &dyn Fn(&str) -> bool| {
            let names = names.iter().flat_map(Names::written);
            names.into_iter().find(|name| !known(name)).cloned()
        };
        let list = |name: &str| rules.lists.contains_key(name);
        let wrong = unknown(&self.module_place, &|name| places.contains(name))
            .or_else(|| unknown(&self.source_place, &|name| places.contains(name)))
            .or_else(|| unknown(&self.class, &|name| classes.contains(name)))
            .or_else(|| {
                [&self.source_list, &self.source_user_list, &self.target_list]
                    .into_iter()
                    .find_map(|names| unknown(names, &list))
            });
        match wrong {
            Some(name) => Err(WeightsError::UnknownReference { rule: rule.to_owned(), name }),
            None => self.unless.iter().try_for_each(|test| test.check(rules, rule)),
        }
    }
}

impl Rule {
    fn of(row: Row) -> Result<Self, WeightsError> {
        let bits = Bits::new(row.bits).ok_or_else(|| WeightsError::Bits { name: row.name.clone() })?;
        if row.group == Group::Credit && bits > Bits::ZERO {
            return Err(WeightsError::Credit { name: row.name });
        }
        let text = |text: &Option<String>| text.as_deref().map(Arc::from);
        Ok(Self {
            name: row.name.as_str().into(),
            title: row.title.as_str().into(),
            meaning: row.meaning.as_str().into(),
            technique: text(&row.technique),
            benign: text(&row.benign),
            bits,
            row,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleTable {
    rule: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceTable {
    source: String,
    place: Vec<Place>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NumberTable {
    number: Vec<Number>,
}

/// What a number is.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Number {
    name: String,
    doc: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListTable {
    list: Vec<List>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    name: String,
    doc: String,
    source: String,
    items: Names,
}

#[cfg(test)]
mod tests;
