//! Reach: which kinds of events a rule can fit at all, before any log is read.
//!
//! For each kind of event a check is true always, never, or perhaps: never, for instance, where the
//! event has no such field. A rule that is never true of any kind is told of instead of staying
//! silently without a match.

use super::check::{Check, Policy, Value};
use super::compile::{Expr, Tables, Test};
use super::logsource::Kind;
use super::subject::Subject;
use crate::event::SystemField;

/// What an expression can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Can {
    pub(super) hold: bool,
    pub(super) fail: bool,
}

/// Whether the expression can hold for an event of the kind, each of its checks taken alone.
pub(super) fn can_hold(expr: &Expr, kind: Kind, tables: &Tables, policy: Policy) -> bool {
    can(expr, kind, tables, policy).hold
}

fn can(expr: &Expr, kind: Kind, tables: &Tables, policy: Policy) -> Can {
    let each =
        |parts: &[Expr]| -> Vec<Can> { parts.iter().map(|part| can(part, kind, tables, policy)).collect() };
    match expr {
        Expr::Test(test) => of_test(&tables.tests[*test as usize], kind, tables, policy),
        Expr::Not(part) => {
            let Can { hold, fail } = can(part, kind, tables, policy);
            Can { hold: fail, fail: hold }
        }
        Expr::All(parts) => {
            let each = each(parts);
            Can { hold: each.iter().all(|part| part.hold), fail: each.iter().any(|part| part.fail) }
        }
        Expr::Any(parts) => {
            let each = each(parts);
            Can { hold: each.iter().any(|part| part.hold), fail: each.iter().all(|part| part.fail) }
        }
        Expr::AtLeast(count, parts) => {
            let each = each(parts);
            let surely = each.iter().filter(|part| !part.fail).count();
            Can { hold: each.iter().filter(|part| part.hold).count() >= *count, fail: surely < *count }
        }
    }
}

/// What a check can be for events of the kind.
pub(super) fn of_test(test: &Test, kind: Kind, tables: &Tables, policy: Policy) -> Can {
    let surely = |truth: bool| Can { hold: truth, fail: !truth };
    let subject = &tables.subjects[usize::from(test.subject)];
    if *subject == Subject::System(SystemField::EventId) {
        let id = kind.1.to_string();
        return surely(test.check.fits(Value::Text { raw: id.as_bytes(), folded: id.as_bytes() }, policy));
    }
    let is_written = subject.is_written(kind);
    if let Check::Field { other, .. } = &test.check {
        let both = is_written && tables.subjects[usize::from(*other)].is_written(kind);
        return Can { hold: both, fail: true };
    }
    if is_written { Can { hold: true, fail: true } } else { surely(test.check.fits(Value::Missing, policy)) }
}

/// The rule's fields that none of these kinds of events has.
pub(super) fn strangers<'t>(expr: &Expr, kinds: &[Kind], tables: &'t Tables) -> Vec<&'t str> {
    let mut names = Vec::new();
    visit(expr, &mut |test| {
        let test = &tables.tests[test as usize];
        let other = if let Check::Field { other, .. } = test.check { Some(other) } else { None };
        for subject in [Some(test.subject), other].into_iter().flatten() {
            let subject = &tables.subjects[usize::from(subject)];
            let name = subject.name();
            if !kinds.iter().any(|kind| subject.is_written(*kind)) && !names.contains(&name) {
                names.push(name);
            }
        }
    });
    names
}

/// Calls for every check.
pub(super) fn visit(expr: &Expr, see: &mut impl FnMut(u32)) {
    match expr {
        Expr::Test(test) => see(*test),
        Expr::Not(part) => visit(part, see),
        Expr::All(parts) | Expr::Any(parts) | Expr::AtLeast(_, parts) => {
            parts.iter().for_each(|part| visit(part, see));
        }
    }
}
