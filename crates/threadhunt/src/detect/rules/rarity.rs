//! The numbers by which a baseline is asked, from `data/rules/rarity.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Reference, WeightsError, weights};

const TABLE: &str = include_str!("../../../data/rules/rarity.toml");
/// The share of a start class that the table does not know, such as one of a person's own.
const OTHER: f64 = 0.01;

/// The numbers of the model of rarity, and their documentation.
#[derive(Clone, Debug)]
pub(in crate::detect) struct RarityModel {
    /// Host-days that a prior counts for.
    pub(in crate::detect) kappa: f64,
    pub(in crate::detect) novelty_days: u64,
    pub(in crate::detect) credit_bits: f64,
    pub(in crate::detect) credit_days: f64,
    pub(in crate::detect) prevalence_bits: f64,
    priors: BTreeMap<String, f64>,
    pub(super) docs: Vec<Reference>,
}

impl RarityModel {
    pub(super) fn builtin() -> Result<Self, WeightsError> {
        let table: Table = weights::parse(TABLE)?;
        let measure = |row: &Measure| Reference {
            name: row.name.clone(),
            doc: format!("{}. {}", row.title, row.reason),
            items: vec![row.formula.clone()],
        };
        let prior = |row: &Prior| format!("{} {}: {}", row.class, row.share, row.reason);
        let priors = Reference {
            name: "start-shares".to_owned(),
            doc: "How often starts of a class are met where nothing is wrong; what a baseline is mixed with."
                .to_owned(),
            items: table.prior.iter().map(prior).collect(),
        };
        Ok(Self {
            kappa: table.kappa,
            novelty_days: table.novelty_days,
            credit_bits: table.credit_bits,
            credit_days: table.credit_days,
            prevalence_bits: table.prevalence_bits,
            docs: table.measure.iter().map(measure).chain([priors]).collect(),
            priors: table.prior.into_iter().map(|row| (row.class, row.share)).collect(),
        })
    }

    /// π: the share of a class before anything is known.
    pub(in crate::detect) fn prior(&self, class: &str) -> f64 {
        self.priors.get(class).copied().unwrap_or(OTHER)
    }

    #[cfg(test)]
    pub(in crate::detect) fn priors(&self) -> &BTreeMap<String, f64> {
        &self.priors
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    kappa: f64,
    novelty_days: u64,
    credit_bits: f64,
    credit_days: f64,
    prevalence_bits: f64,
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
