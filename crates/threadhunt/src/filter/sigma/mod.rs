//! Sigma: rules in the form that SigmaHQ publishes, over Sysmon's events.
//!
//! A [`Loader`] takes the texts of rules, parses each by `rsigma-parser` and says of each what becomes of
//! it: a rule that speaks of another log, that no event of Sysmon's can fit, or that cannot be used is
//! listed with the reason and never dropped in silence. The rest compiles into one [`RuleSet`]: fields
//! become indices, and the literals of all rules on one field one automaton, so that an event costs little
//! however many rules there are.
//!
//! ```
//! use threadhunt::filter::sigma::{Loader, Policy};
//!
//! let mut loader = Loader::new(Policy::Alike);
//! loader.add("rule.yml", r"
//! title: Thread in lsass
//! logsource: {product: windows, category: create_remote_thread}
//! detection:
//!   selection: {TargetImage|endswith: \lsass.exe}
//!   condition: selection
//! ");
//! let loaded = loader.finish();
//! assert_eq!(loaded.rules.len(), 1);
//! assert!(loaded.entries[0].standing.is_ready());
//! ```
//!
//! What a rule says of itself is a [`SigmaRule`](crate::report::SigmaRule); what correlations need over many
//! events is the job of [`Correlator`].

mod check;
mod compile;
mod contradiction;
mod correlation;
mod evaluate;
mod generated;
mod guard;
mod index;
mod load;
mod logsource;
mod modifiers;
mod pattern;
mod reach;
mod rules;
mod subject;

pub use check::Policy;
pub use correlation::{Correlated, Correlator};
pub use evaluate::Scratch;
pub use guard::MAX_BYTES;
pub use load::{Entry, EntryKind, Loaded, Loader, Standing};
pub use rules::{Found, Match, RuleSet};

#[cfg(test)]
mod tests;
