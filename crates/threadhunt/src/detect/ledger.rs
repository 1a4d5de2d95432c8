//! The sum: from pieces of evidence to a ledger, and from a ledger to a severity.
//!
//! Of each group the strongest entry counts, so that one fact seen from two sides is not
//! counted twice. The links of a chain are observations of their own and add up, to a cap; what a
//! baseline measures adds up to a cap below `high`. A credit never takes away more than a strong start gives.
//! Another hostile entry never lowers the sum.

use super::rules::Model;
use crate::report::{Bits, Entry, Group, Ledger, Limit, Score, Severity};

/// Adds up entries whose `adds` is not set yet; rarity weighs `rarity_cap` at most.
pub(super) fn balance(model: &Model, rarity_cap: Bits, mut entries: Vec<Entry>) -> Ledger {
    entries.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.rule.cmp(&b.rule)));
    let start = strongest(&entries, Group::Start);
    for group in Group::ALL {
        let mut left = entries.iter_mut().filter(|entry| entry.group == group);
        match group {
            Group::Chain => fill(left, model.chain_cap),
            Group::Rarity => fill(left, rarity_cap.min(model.rarity_cap)),
            _ => {
                let Some(entry) = left.next() else { continue };
                entry.adds = match group {
                    Group::Credit if start >= model.key => entry.bits.max(-start),
                    _ => entry.bits,
                };
            }
        }
    }
    let sum = model.prior + entries.iter().map(|entry| entry.adds).sum();
    Ledger { prior: model.prior, entries, sum, limits: Vec::new() }
}

/// Adds up all entries of a group, to a cap.
fn fill<'e>(entries: impl Iterator<Item = &'e mut Entry>, cap: Bits) {
    let mut room = cap;
    for entry in entries {
        entry.adds = entry.bits.min(room);
        room = room - entry.adds;
    }
}

/// By group, the strongest first: of credits that is the one that takes most.
fn order(entry: &Entry) -> (Group, Bits) {
    let strength = if entry.group == Group::Credit { entry.bits } else { -entry.bits };
    (entry.group, strength)
}

fn strongest(entries: &[Entry], group: Group) -> Bits {
    entries.iter().find(|entry| entry.group == group).map_or(Bits::ZERO, |entry| entry.bits)
}

/// The severity of a ledger and its score, which the limits keep within the severity's band.
pub(super) fn verdict(model: &Model, ledger: &Ledger) -> (Severity, Score) {
    let score = Score::of(ledger.sum);
    let severity = severity(model, score);
    let allowed = ledger.limits.iter().map(|limit| limit.severity).min().unwrap_or(Severity::Critical);
    if severity <= allowed { (severity, score) } else { (allowed, score.min(ceiling(model, allowed))) }
}

/// The severity of a score.
pub(super) fn severity(model: &Model, score: Score) -> Severity {
    let reached = model.bands.iter().filter(|band| score.value() >= **band).count();
    Severity::ALL[reached]
}

/// The highest score of a severity.
fn ceiling(model: &Model, severity: Severity) -> Score {
    model
        .bands
        .get(severity as usize)
        .map_or(Score::of(Bits::new(99.0).unwrap_or_default()), |band| Score::below(*band))
}

/// What keeps a finding below `critical`: the start is one key, a link or credentials the other.
///
/// The target's age belongs to the first: a start in no module proves less in a newborn, but a
/// newborn is just what one injects into.
pub(super) fn second_key(model: &Model, ledger: &Ledger, credential: bool) -> Option<Limit> {
    let adds =
        |group| ledger.entries.iter().filter(move |entry| entry.group == group).map(|entry| entry.adds);
    let start = adds(Group::Start).chain(adds(Group::Age)).sum::<Bits>() >= model.key;
    let linked = adds(Group::Chain).any(|adds| adds > Bits::ZERO);
    let reason = match (start, linked || credential) {
        (true, true) => return None,
        (true, false) => {
            "critical needs a second key: a link of the chain, or a target that keeps credentials"
        }
        (false, _) => "critical needs a start that is hostile by itself",
    };
    Some(Limit { severity: Severity::High, reason: reason.into() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::detect::Rules;

    fn model() -> &'static Model {
        &Rules::builtin().model
    }

    fn bits(value: f64) -> Bits {
        Bits::new(value).unwrap()
    }

    fn entry(group: Group, value: f64) -> Entry {
        Entry {
            group,
            rule: format!("r{value}").into(),
            title: "t".into(),
            bits: bits(value),
            adds: Bits::ZERO,
        }
    }

    #[track_caller]
    fn check(entries: &[(Group, f64)], sum: f64) {
        let entries = entries.iter().map(|(group, value)| entry(*group, *value)).collect();
        assert_eq!(balance(model(), model().rarity_cap, entries).sum, bits(sum));
    }

    /// −6 + 7 (start) + 4 (the stronger source) + 2 (target) = +7.
    #[test]
    fn the_strongest_of_each_group_counts() {
        use Group::{Source, Start, Target};
        check(&[(Start, 7.0), (Source, 1.0), (Source, 4.0), (Target, 2.0)], 7.0);
        check(&[], -6.0);
        check(&[(Source, -3.0)], -9.0);
        check(&[(Source, -3.0), (Source, 1.0)], -5.0);
    }

    /// 1 + 5 = 6, and 5 + 4 + 3 = 12, of which 8 count.
    #[test]
    fn links_add_up_to_a_cap() {
        use Group::Chain;
        check(&[(Chain, 1.0), (Chain, 5.0)], 0.0);
        check(&[(Chain, 5.0), (Chain, 4.0), (Chain, 3.0)], 2.0);
    }

    /// −6 + 7.9 = +1.9 bits = 78.8 points, below 80.
    #[test]
    fn rarity_alone_stays_below_high() {
        let ledger = balance(model(), model().rarity_cap, vec![entry(Group::Rarity, 50.0)]);
        assert_eq!((ledger.sum, verdict(model(), &ledger).0), (bits(1.9), Severity::Medium));
    }

    /// Credits are 9; a start of 7 gives 7, one of 4 loses all 9.
    #[test]
    fn a_credit_takes_no_more_than_a_strong_start_gives() {
        use Group::{Credit, Start};
        check(&[(Start, 7.0), (Credit, -9.0), (Credit, -1.0)], -6.0);
        check(&[(Start, 4.0), (Credit, -9.0)], -11.0);
    }

    #[test]
    fn critical_needs_two_keys() {
        let ledger = |chain: f64, start: f64| {
            balance(
                model(),
                model().rarity_cap,
                vec![entry(Group::Start, start), entry(Group::Source, 9.0), entry(Group::Chain, chain)],
            )
        };
        assert_eq!(second_key(model(), &ledger(1.0, 7.0), false), None);
        assert_eq!(second_key(model(), &ledger(0.0, 7.0), true), None);
        assert!(second_key(model(), &ledger(0.0, 7.0), false).is_some());
        assert!(second_key(model(), &ledger(1.0, 3.0), true).is_some());
    }

    #[test]
    fn a_limit_keeps_score_and_severity_in_one_band() {
        let mut ledger = balance(model(), model().rarity_cap, vec![entry(Group::Start, 20.0)]);
        assert_eq!(verdict(model(), &ledger).0, Severity::Critical);
        for (severity, score) in [(Severity::High, 94.9), (Severity::Medium, 79.9), (Severity::Info, 19.9)] {
            ledger.limits = vec![Limit { severity, reason: "".into() }];
            assert_eq!((verdict(model(), &ledger).0, verdict(model(), &ledger).1.value()), (severity, score));
        }
    }

    prop_compose! {
        fn any_entry()(group in 0usize..8, tenths in -100i32..100) -> (Group, f64) {
            let group = Group::ALL[group];
            let value = f64::from(tenths) / 10.0;
            // A credit is never positive; the tables refuse one.
            (group, if group == Group::Credit { -value.abs() } else { value })
        }
    }

    proptest! {
        #[test]
        fn a_hostile_entry_never_lowers_the_score(
            entries in proptest::collection::vec(any_entry(), 0..12),
            group in 0usize..7,
            tenths in 1i32..100,
        ) {
            let build = |list: &[(Group, f64)]| list.iter().map(|(group, value)| entry(*group, *value)).collect();
            let before = balance(model(), model().rarity_cap, build(&entries));
            let more = [entries, vec![(Group::ALL[group], f64::from(tenths) / 10.0)]].concat();
            let after = balance(model(), model().rarity_cap, build(&more));
            // A first positive entry of a group may stand beside negative ones of a person's own table.
            prop_assert!(after.sum >= before.sum, "{} then {}", before.sum, after.sum);
        }

        #[test]
        fn the_order_of_entries_changes_nothing(entries in proptest::collection::vec(any_entry(), 0..8)) {
            let build = |list: &[(Group, f64)]| list.iter().map(|(group, value)| entry(*group, *value)).collect();
            let mut reversed = entries.clone();
            reversed.reverse();
            prop_assert_eq!(balance(model(), model().rarity_cap, build(&entries)), balance(model(), model().rarity_cap, build(&reversed)));
        }
    }
}
