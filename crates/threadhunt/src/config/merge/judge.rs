//! What the merged filters of a tag do that a file alone did not.

use std::collections::HashSet;

use super::gather::{Source, Unit};
use super::{MergeCode, MergeFinding};
use crate::config::compare::{Asked, Meaning, Order, names, relation_that_counts};
use crate::config::lint::left_behind;
use crate::config::{OnMatch, Relation};

/// The filters of one tag in one file.
struct Party<'u, 'm> {
    file: usize,
    includes: Vec<&'u Unit<'m>>,
    excludes: Vec<&'u Unit<'m>>,
}

impl<'u, 'm> Party<'u, 'm> {
    fn new(file: usize, units: &[&'u Unit<'m>]) -> Self {
        let of = |kind| units.iter().copied().filter(|unit| unit.file == file && unit.is(kind)).collect();
        Self { file, includes: of(OnMatch::Include), excludes: of(OnMatch::Exclude) }
    }

    /// The first filter that includes something.
    fn including(&self) -> Option<&'u Unit<'m>> {
        self.includes.iter().copied().find(|unit| unit.has_rules())
    }

    /// The first filter that excludes something.
    fn excluding(&self) -> Option<&'u Unit<'m>> {
        self.excludes.iter().copied().find(|unit| unit.has_rules())
    }

    /// What it excludes, each rule with the layout that it is read after; `None` where rules stand together.
    fn exclusions(&self) -> Option<HashSet<(Option<u16>, Asked)>> {
        let mut rules = HashSet::new();
        for unit in &self.excludes {
            let filter = unit.filter();
            if relation_that_counts(unit.config, filter) == Some(Relation::And) {
                return None;
            }
            let meanings =
                filter.items.iter().filter_map(|item| Meaning::of(unit.config, filter, item, Order::STRICT));
            rules.extend(meanings.map(|meaning| (filter.bound, meaning.asked())));
        }
        Some(rules)
    }

    /// The filter of a file that logs all but what that excludes.
    fn keeping_the_rest(&self) -> Option<&'u Unit<'m>> {
        match (&self.includes[..], &self.excludes[..]) {
            ([], [only]) => Some(only),
            _ => None,
        }
    }
}

/// Looks at the filters of a tag, those of all files.
pub(super) fn judge(
    tag: &str,
    sources: &[Source<'_>],
    units: &[&Unit<'_>],
    findings: &mut Vec<MergeFinding>,
) {
    let parties: Vec<Party<'_, '_>> = sources.iter().map(|source| Party::new(source.file, units)).collect();
    let included = parties.iter().find_map(Party::including);
    for party in &parties {
        let lost = lost_default(tag, party, included, units);
        let spreads = || spreading(tag, party, &parties);
        findings.extend(lost.or_else(spreads));
        findings.extend(revived(tag, party, included, units));
    }
    leaks(tag, units, findings);
}

/// A file that logs all but its exclusions, where another includes.
fn lost_default(
    tag: &str,
    party: &Party<'_, '_>,
    included: Option<&Unit<'_>>,
    units: &[&Unit<'_>],
) -> Option<MergeFinding> {
    let keeping = party.keeping_the_rest()?;
    if let Some(included) = included {
        let message = format!(
            "one file logs every {tag} but what it excludes; merged, only what another includes is logged"
        );
        let places = vec![keeping.place(), included.place()];
        let finding = MergeFinding::new(MergeCode::LostDefault, message, places);
        return Some(finding.help(
            "allow it where the first file is but a list of exclusions; otherwise take the including filter out",
        ));
    }
    let empty = units.iter().find(|unit| unit.is(OnMatch::Include))?;
    let message = format!(
        "{tag} is never logged: an including filter without rules makes the exclusions of another file the only rules"
    );
    let finding = MergeFinding::new(MergeCode::SilentEvent, message, vec![keeping.place(), empty.place()]);
    Some(finding.help("remove the including filter, which has no rule"))
}

/// A file whose exclusions cut what another includes, and does not exclude itself.
fn spreading(tag: &str, party: &Party<'_, '_>, parties: &[Party<'_, '_>]) -> Option<MergeFinding> {
    let excluding = party.excluding()?;
    let dropped = party.exclusions();
    let excludes_too = |other: &&Party<'_, '_>| match (&dropped, other.exclusions()) {
        (Some(dropped), Some(others)) => dropped.is_subset(&others),
        _ => false,
    };
    let others = parties.iter().filter(|other| other.file != party.file && other.including().is_some());
    let included = others.into_iter().find(|other| !excludes_too(other))?.including()?;
    let message = format!("what this file excludes of {tag} is no longer logged where another includes it");
    let places = vec![excluding.place(), included.place()];
    Some(MergeFinding::new(MergeCode::SpreadingExclusion, message, places))
}

/// A file that several excluding filters silence.
fn revived(
    tag: &str,
    party: &Party<'_, '_>,
    included: Option<&Unit<'_>>,
    units: &[&Unit<'_>],
) -> Option<MergeFinding> {
    let silent = party.includes.is_empty() && party.excludes.len() > 1;
    let any_include = units.iter().any(|unit| unit.is(OnMatch::Include));
    if !silent || any_include && included.is_none() {
        return None;
    }
    let message = format!(
        "this file never logs {tag}, since it has several excluding filters and none that includes; the result logs it"
    );
    let places = party.excludes.iter().take(2).map(|unit| unit.place()).collect();
    Some(MergeFinding::new(MergeCode::RevivedEvent, message, places))
}

/// Names that a filter of one file leaves and a filter of another shows.
fn leaks(tag: &str, units: &[&Unit<'_>], findings: &mut Vec<MergeFinding>) {
    let nameless =
        |unit: &&&Unit<'_>| unit.is(OnMatch::Include) && names(unit.config, unit.filter()).any(str::is_empty);
    // The last file's filters are tried last, and see what all others leave.
    let Some(last) = units.iter().rfind(nameless) else { return };
    let first = units.iter().find(nameless).unwrap_or(last);
    for unit in units {
        // Excluding filters of every file come first.
        let shows = if unit.file != last.file && (unit.is(OnMatch::Exclude) || unit.file < last.file) {
            last
        } else if unit.file != first.file && unit.is(OnMatch::Exclude) {
            first
        } else {
            continue;
        };
        let Some(name) = left_behind(unit.config, unit.filter()) else { continue };
        let message = format!(
            "the name `{}` can appear on {tag} events that another file includes without a name",
            name.value
        );
        let places = vec![(unit.file, name.span.clone()), shows.place()];
        let finding = MergeFinding::new(MergeCode::LeakingName, message, places);
        findings.push(finding.help(
            "Sysmon keeps the name of a condition that matched when the rest did not; name the other rules",
        ));
    }
}
