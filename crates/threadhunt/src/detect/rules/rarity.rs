//! The numbers by which a baseline is asked, from `data/rules/rarity.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Reference, WeightsError, weights};

const TABLE: &str = include_str!("../../../data/rules/rarity.toml");

/// The numbers of the model of rarity, and their documentation.
#[derive(Clone, Debug)]
pub(in crate::detect) struct RarityModel {
    /// Host-days that a prior counts for.
    pub(in crate::detect) kappa: f64,
    /// The share of a start class that has none.
    other_share: f64,
    pub(in crate::detect) surprise_weight: f64,
    pub(in crate::detect) novelty_days: u64,
    pub(in crate::detect) novelty_bits: f64,
    pub(in crate::detect) credit_bits: f64,
    pub(in crate::detect) credit_days: f64,
    pub(in crate::detect) prevalence_bits: f64,
    /// By class, each with its reason.
    shares: BTreeMap<String, (f64, String)>,
    measures: Vec<Reference>,
}

/// Numbers as a table writes them; those that it lacks stay.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct RarityRow {
    kappa: Option<f64>,
    other_share: Option<f64>,
    surprise_weight: Option<f64>,
    novelty_days: Option<u64>,
    novelty_bits: Option<f64>,
    credit_bits: Option<f64>,
    credit_days: Option<f64>,
    prevalence_bits: Option<f64>,
    /// Of start classes.
    pub(super) shares: BTreeMap<String, f64>,
}

/// Most of any number here, far beyond what makes sense and far below what overflows.
const MOST: f64 = 1e6;
/// Bits as a ledger holds them.
const MOST_BITS: f64 = 99.0;

impl RarityModel {
    pub(super) fn builtin() -> Result<Self, WeightsError> {
        let table: Table = weights::parse(TABLE)?;
        let measure = |row: &Measure| Reference {
            name: row.name.clone(),
            doc: format!("{}. {}", row.title, row.reason),
            items: vec![row.formula.clone()],
            source: table.source.clone(),
        };
        let model = Self {
            kappa: 0.0,
            other_share: 0.0,
            surprise_weight: 0.0,
            novelty_days: 0,
            novelty_bits: 0.0,
            credit_bits: 0.0,
            credit_days: 0.0,
            prevalence_bits: 0.0,
            shares: table
                .prior
                .iter()
                .map(|row| (row.class.clone(), (row.share, row.reason.clone())))
                .collect(),
            measures: table.measure.iter().map(measure).collect(),
        };
        model.with(&table.numbers)
    }

    /// The same with other numbers. Whether classes of shares are there is for who has them.
    ///
    /// # Errors
    ///
    /// When a number would turn a formula about.
    pub(super) fn with(mut self, row: &RarityRow) -> Result<Self, WeightsError> {
        let above = |at: f64| f64::from_bits(at.to_bits() + 1);
        for (name, number, slot, range, least) in [
            ("kappa", row.kappa, &mut self.kappa, above(0.0)..=MOST, "more than 0"),
            ("other-share", row.other_share, &mut self.other_share, above(0.0)..=1.0, SHARE),
            ("surprise-weight", row.surprise_weight, &mut self.surprise_weight, 0.0..=1.0, "0 to 1"),
            ("novelty-bits", row.novelty_bits, &mut self.novelty_bits, 0.0..=MOST_BITS / 2.0, "0 to 49.5"),
            ("credit-bits", row.credit_bits, &mut self.credit_bits, 0.0..=MOST_BITS, "0 to 99"),
            ("credit-days", row.credit_days, &mut self.credit_days, above(0.0)..=MOST, "more than 0"),
            ("prevalence-bits", row.prevalence_bits, &mut self.prevalence_bits, 0.0..=MOST_BITS, "0 to 99"),
        ] {
            let Some(number) = number else { continue };
            if !range.contains(&number) {
                return Err(WeightsError::Model { name: format!("rarity.{name}"), least: least.to_owned() });
            }
            *slot = number;
        }
        self.novelty_days = row.novelty_days.unwrap_or(self.novelty_days);
        for (class, share) in &row.shares {
            if !(above(0.0)..=1.0).contains(share) {
                let name = format!("rarity.shares.{class}");
                return Err(WeightsError::Model { name, least: SHARE.to_owned() });
            }
            self.shares.insert(class.clone(), (*share, "given by a file of weights".to_owned()));
        }
        Ok(self)
    }

    /// The numbers by their names.
    pub(super) fn numbers(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("rarity.kappa", self.kappa),
            ("rarity.other-share", self.other_share),
            ("rarity.surprise-weight", self.surprise_weight),
            ("rarity.novelty-days", self.novelty_days as f64),
            ("rarity.novelty-bits", self.novelty_bits),
            ("rarity.credit-bits", self.credit_bits),
            ("rarity.credit-days", self.credit_days),
            ("rarity.prevalence-bits", self.prevalence_bits),
        ]
    }

    /// What is measured, and the shares.
    pub(super) fn references(&self) -> impl Iterator<Item = Reference> {
        let share =
            |(class, (share, reason)): (&String, &(f64, String))| format!("{class} {share}: {reason}");
        let shares = Reference {
            name: "start-shares".to_owned(),
            doc: "How often starts of a class are met where nothing is wrong; what a baseline is mixed with."
                .to_owned(),
            items: self.shares.iter().map(share).collect(),
            source: "expert values, each with its reason".to_owned(),
        };
        self.measures.iter().cloned().chain([shares])
    }

    /// π: the share of a class before anything is known.
    pub(in crate::detect) fn prior(&self, class: &str) -> f64 {
        self.shares.get(class).map_or(self.other_share, |(share, _)| *share)
    }

    #[cfg(test)]
    pub(in crate::detect) fn priors(&self) -> BTreeMap<String, f64> {
        self.shares.iter().map(|(class, (share, _))| (class.clone(), *share)).collect()
    }
}

const SHARE: &str = "more than 0, and 1 at most";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    source: String,
    numbers: RarityRow,
    measure: Vec<Measure>,
    prior: Vec<Prior>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Measure {
    name: String,
    title: String,
    formula: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Prior {
    class: String,
    share: f64,
    reason: String,
}
