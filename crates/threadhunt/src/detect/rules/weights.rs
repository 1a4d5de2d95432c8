//! Weights of a person: a file that replaces numbers of the tables and adds profiles.
//!
//! ```toml
//! without = ["profile-*"] # rules of the library that are left out
//!
//! [weights]              # bits, by the name of the rule
//! load-library = 3.5
//!
//! [model]                # any of the numbers of data/rules/model.toml
//! prior = -5
//!
//! [rarity]               # any of the numbers of data/rules/rarity.toml
//! kappa = 8
//!
//! [[rule]]               # a rule as in the tables; one of the same name is replaced, others are tried first
//! name = "profile-our-agent"
//! group = "credit"
//! bits = -4
//! title = "our agent hooks browsers"
//! meaning = "…"
//! reason = "…"
//! source = "…"
//! test = { source-path = ['c:\program files\ours\agent.exe'], class = ["load-library"] }
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use super::rarity::RarityRow;
use super::{Model, Row, Rule, Rules};
use crate::detect::toml_fault;
use crate::event::Wildcard;
use crate::report::{Bits, Group};

/// Why a file of weights is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeightsError {
    /// It is not TOML, or has keys or values that nobody knows.
    #[error("line {line}: {message}")]
    Toml {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A weight for a rule that is not there.
    #[error("there is no rule {name}; `threadhunt rules list` names them all")]
    UnknownRule {
        /// The name.
        name: String,
    },
    /// A test that names a place, class or list that is not there.
    #[error("rule {rule} asks for {name}, which is no place, class or list")]
    UnknownReference {
        /// The rule.
        rule: String,
        /// What it asks for.
        name: String,
    },
    /// A weight that is no number, or beyond 99 bits.
    #[error("the weight of {name} is not a number between -99 and 99")]
    Bits {
        /// The rule, or the number of the model.
        name: String,
    },
    /// A profile that would make findings worse.
    #[error("rule {name} is a credit and cannot weigh more than 0")]
    Credit {
        /// The rule.
        name: String,
    },
    /// A cap below 0, or a count or time of 0 or below, which would turn what it bounds about.
    #[error("{name} must be {least}")]
    Model {
        /// The number of the model.
        name: String,
        /// What it must be.
        least: String,
    },
    /// Start classes of which none holds for every start.
    #[error("the last start class must have an empty test, so that every start has a class")]
    NoLastClass,
    /// Numbers that are out of order.
    #[error("the {name} must rise from low to critical, between 0 and 100")]
    Bands {
        /// What is out of order.
        name: String,
    },
}

/// A file of weights; `model.toml` of the library has the keys of `[model]`, all of them.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Weights {
    weights: BTreeMap<String, f64>,
    model: ModelRow,
    rarity: RarityRow,
    rule: Vec<Row>,
    /// Rules of the library that are left out.
    without: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct ModelRow {
    prior: Option<f64>,
    rarity_cap: Option<f64>,
    chain_cap: Option<f64>,
    bands: Bands,
    limits: Limits,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Bands {
    low: Option<f64>,
    medium: Option<f64>,
    high: Option<f64>,
    critical: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Limits {
    key_bits: Option<f64>,
    newborn_seconds: Option<f64>,
    prevalent_computers: Option<u64>,
}

/// Reads TOML, with the place of what is wrong in the message.
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, WeightsError> {
    toml::from_str(text).map_err(|error| {
        let (line, message) = toml_fault(text, &error);
        WeightsError::Toml { line, message }
    })
}

/// A group by its name.
pub(super) fn group<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Group, D::Error> {
    let name = String::deserialize(deserializer)?;
    let known = Group::ALL.into_iter().find(|group| group.name() == name);
    known.ok_or_else(|| serde::de::Error::custom(format!("there is no group {name}")))
}

impl Rules {
    /// The same rules with what a file of weights says.
    ///
    /// # Errors
    ///
    /// When the file is not TOML, or names what is not there: a misspelt weight would otherwise
    /// change nothing, silently.
    pub fn with_weights(&self, text: &str) -> Result<Self, WeightsError> {
        let weights: Weights = parse(text)?;
        let mut rules = self.clone();
        for name in &weights.without {
            rules.leave_out(name)?;
        }
        let ours = rules.rules.len();
        for row in weights.rule {
            // Before all of ours, since the class of a start is the first that holds.
            let added = rules.rules.len() - ours;
            rules.put(row, added)?;
        }
        for (name, bits) in weights.weights {
            let place = rules.rules.iter().position(|rule| *rule.name == *name);
            let place = place.ok_or_else(|| WeightsError::UnknownRule { name: name.clone() })?;
            rules.rules[place] = Rule::of(Row { bits, ..rules.rules[place].row.clone() })?;
        }
        rules.model = rules.model.with(&weights.model)?;
        let is_class = |name: &str| rules.get(name).is_some_and(|rule| rule.group() == Group::Start);
        if let Some(name) = weights.rarity.shares.keys().find(|name| !is_class(name)) {
            let rule = "rarity.shares".to_owned();
            return Err(WeightsError::UnknownReference { rule, name: name.clone() });
        }
        rules.rarity = rules.rarity.with(&weights.rarity)?;
        rules.whole()
    }

    /// Leaves out the rules of a name, or of a pattern of names.
    fn leave_out(&mut self, name: &str) -> Result<(), WeightsError> {
        let before = self.rules.len();
        let pattern = Wildcard::new(name);
        self.rules.retain(|rule| !pattern.matches(&rule.name));
        if self.rules.len() < before {
            Ok(())
        } else {
            Err(WeightsError::UnknownRule { name: name.to_owned() })
        }
    }
}

impl ModelRow {
    /// Refuses what would turn a bound into its opposite.
    fn check(&self) -> Result<(), WeightsError> {
        let Limits { newborn_seconds, prevalent_computers, .. } = self.limits;
        let is_below = |number: Option<f64>| number.is_some_and(|number| number < 0.0);
        let told = [
            (is_below(self.chain_cap), "chain-cap", "0 or more"),
            (is_below(self.rarity_cap), "rarity-cap", "0 or more"),
            (
                newborn_seconds.is_some_and(|seconds| seconds.is_nan() || seconds < 0.0),
                "newborn-seconds",
                "0 or more",
            ),
            (prevalent_computers == Some(0), "prevalent-computers", "1 or more"),
        ];
        match told.iter().find(|(is_wrong, ..)| *is_wrong) {
            Some((_, name, least)) => {
                Err(WeightsError::Model { name: (*name).to_owned(), least: (*least).to_owned() })
            }
            None => Ok(()),
        }
    }
}

impl Model {
    /// The model of a table that has all its keys.
    pub(super) fn of(row: &ModelRow) -> Result<Self, WeightsError> {
        let empty = Self {
            prior: Bits::ZERO,
            rarity_cap: Bits::ZERO,
            chain_cap: Bits::ZERO,
            bands: [20.0, 50.0, 80.0, 95.0],
            key: Bits::ZERO,
            newborn_seconds: 0.0,
            prevalent_computers: u64::MAX,
        };
        empty.with(row)
    }

    fn with(&self, row: &ModelRow) -> Result<Self, WeightsError> {
        let bits = |name: &str, new: Option<f64>, old: Bits| match new {
            Some(bits) => Bits::new(bits).ok_or_else(|| WeightsError::Bits { name: name.to_owned() }),
            None => Ok(old),
        };
        let new = [row.bands.low, row.bands.medium, row.bands.high, row.bands.critical];
        let mut bands = self.bands;
        bands.iter_mut().zip(new).for_each(|(band, new)| *band = new.unwrap_or(*band));
        let rises = bands.windows(2).all(|pair| pair[0] < pair[1]);
        if !rises || !bands.iter().all(|band| (0.1..=100.0).contains(band)) {
            return Err(WeightsError::Bands { name: "bands".to_owned() });
        }
        row.check()?;
        Ok(Self {
            prior: bits("prior", row.prior, self.prior)?,
            rarity_cap: bits("rarity-cap", row.rarity_cap, self.rarity_cap)?,
            chain_cap: bits("chain-cap", row.chain_cap, self.chain_cap)?,
            bands,
            key: bits("key-bits", row.limits.key_bits, self.key)?,
            newborn_seconds: row.limits.newborn_seconds.unwrap_or(self.newborn_seconds),
            prevalent_computers: row.limits.prevalent_computers.unwrap_or(self.prevalent_computers),
        })
    }
}
