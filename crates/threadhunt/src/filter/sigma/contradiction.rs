//! Contradictions: conditions that ask for a thing and for its opposite, such as `selection and not selection`.
//!
//! Each check is a statement that is true or false, known beforehand where the kind of event decides it
//! ([`reach`](super::reach)). Statements about one field depend on each other: what equals one text fits no
//! other text, and fits or does not fit each other check. The search follows what must be, tries what may be,
//! and gives up after a number of steps that the size of the rule bounds; given up, a rule can hold.
//!
//! Expressions in `re`, cased text and comparisons of fields are taken for statements of their own.

use std::collections::HashMap;

use super::check::{Check, Policy, Value};
use super::compile::{Expr, Tables, size};
use super::logsource::Kind;
use super::pattern::Anchor;
use super::reach::{of_test, visit};
use super::subject::Subject;

/// Steps of a search for each part of the rule, and at least.
const STEPS_PER_PART: usize = 64;
const LEAST_STEPS: usize = 1 << 12;
/// Guesses that build on each other.
const MAX_GUESSES: usize = 128;

/// Whether no event of the kind can make the expression hold; false where that is not known.
pub(super) fn contradicts(expr: &Expr, kind: Kind, tables: &Tables, policy: Policy) -> bool {
    let mut search = Search::new(expr, tables, policy);
    let truths = search.truths(kind);
    !search.can(vec![(expr, true)], truths, 0)
}

/// What is known of each statement.
type Truths = Vec<Option<bool>>;
/// What an expression has to come out as.
type Duty<'e> = (&'e Expr, bool);

/// A check that the rule makes, once for all places that make it.
struct Statement<'t> {
    subject: u16,
    check: &'t Check,
}

struct Search<'t> {
    tables: &'t Tables,
    policy: Policy,
    statements: Vec<Statement<'t>>,
    /// The statement of each check.
    of_test: HashMap<u32, usize>,
    /// The statements about a field.
    about: HashMap<u16, Vec<usize>>,
    steps: usize,
}

impl<'t> Search<'t> {
    fn new(expr: &Expr, tables: &'t Tables, policy: Policy) -> Self {
        let steps = LEAST_STEPS + STEPS_PER_PART * size(expr);
        let mut search = Self {
            tables,
            policy,
            statements: Vec::new(),
            of_test: HashMap::new(),
            about: HashMap::new(),
            steps,
        };
        let mut literals = HashMap::new();
        visit(expr, &mut |test| search.state(test, &mut literals));
        search
    }

    fn state(&mut self, test: u32, literals: &mut HashMap<(u16, Anchor, bool, &'t [u8]), usize>) {
        if self.of_test.contains_key(&test) {
            return;
        }
        let tables = self.tables;
        let made = &tables.tests[test as usize];
        let place = self.statements.len();
        let place = match literal(&made.check) {
            Some((anchor, cased, text)) => {
                *literals.entry((made.subject, anchor, cased, text)).or_insert(place)
            }
            None => place,
        };
        self.of_test.insert(test, place);
        if place == self.statements.len() {
            self.statements.push(Statement { subject: made.subject, check: &made.check });
            // Keywords are sought in all fields, each of which may hold another.
            if tables.subjects[usize::from(made.subject)] != Subject::Any {
                self.about.entry(made.subject).or_default().push(place);
            }
        }
    }

    /// What a kind of event decides beforehand.
    fn truths(&self, kind: Kind) -> Truths {
        let mut truths = vec![None; self.statements.len()];
        for (test, place) in &self.of_test {
            let can = of_test(&self.tables.tests[*test as usize], kind, self.tables, self.policy);
            if can.hold != can.fail {
                truths[*place] = Some(can.hold);
            }
        }
        truths
    }

    /// Whether all duties can be met.
    fn can(&mut self, mut duties: Vec<Duty<'_>>, mut truths: Truths, guesses: usize) -> bool {
        loop {
            let mut left = Vec::new();
            let mut has_learnt = false;
            while let Some((expr, wanted)) = duties.pop() {
                if !self.step() {
                    return true;
                }
                match expr {
                    Expr::Not(part) => duties.push((part, !wanted)),
                    Expr::Test(test) => match self.settle(self.of_test[test], wanted, &mut truths) {
                        Some(is_new) => has_learnt |= is_new,
                        None => return false,
                    },
                    _ => {
                        let parts = self.parts(expr, wanted, &truths);
                        if parts.have + parts.open.len() < parts.need {
                            return false;
                        }
                        if parts.have < parts.need && parts.have + parts.open.len() == parts.need {
                            duties.extend(parts.open.into_iter().map(|part| (part, wanted)));
                        } else if parts.have < parts.need {
                            left.push((expr, wanted));
                        }
                    }
                }
            }
            duties = left;
            if !has_learnt {
                break;
            }
        }
        self.guess(&duties, &truths, guesses)
    }

    /// Tries both ways for a part that is open.
    fn guess(&mut self, duties: &[Duty<'_>], truths: &Truths, guesses: usize) -> bool {
        let Some((expr, wanted)) = duties.last() else { return true };
        let open = self.parts(expr, *wanted, truths).open;
        let Some(part) = open.first().filter(|_| guesses < MAX_GUESSES) else { return true };
        [*wanted, !*wanted].into_iter().any(|guess| {
            let mut duties = duties.to_vec();
            duties.push((part, guess));
            self.can(duties, truths.clone(), guesses + 1)
        })
    }

    /// Notes a truth and what follows from it: whether that is new; `None` where it cannot be.
    fn settle(&mut self, place: usize, truth: bool, truths: &mut Truths) -> Option<bool> {
        if let Some(known) = truths[place] {
            return (known == truth).then_some(false);
        }
        truths[place] = Some(truth);
        let Statement { subject, check } = self.statements[place];
        let whole = literal(check).filter(|(anchor, cased, _)| *anchor == Anchor::Whole && !cased && truth);
        let Some((.., text)) = whole else { return Some(true) };
        for other in self.about.get(&subject).into_iter().flatten() {
            self.steps = self.steps.saturating_sub(1);
            let Some(follows) = follows(self.statements[*other].check, text, self.policy) else { continue };
            if truths[*other].is_some_and(|known| known != follows) {
                return None;
            }
            truths[*other] = Some(follows);
        }
        Some(true)
    }

    fn step(&mut self) -> bool {
        self.steps = self.steps.saturating_sub(1);
        self.steps > 0
    }

    /// How many parts must come out as wanted, how many do, and which are open.
    fn parts<'e>(&mut self, expr: &'e Expr, wanted: bool, truths: &Truths) -> Parts<'e> {
        let (parts, least) = match expr {
            Expr::All(parts) => (parts.as_slice(), parts.len()),
            Expr::Any(parts) => (parts.as_slice(), 1),
            Expr::AtLeast(least, parts) => (parts.as_slice(), *least),
            Expr::Not(_) | Expr::Test(_) => (std::slice::from_ref(expr), 1),
        };
        let need = if wanted { least } else { (parts.len() + 1).saturating_sub(least) };
        let mut found = Parts { need, have: 0, open: Vec::new() };
        for part in parts {
            match self.truth(part, truths) {
                None => found.open.push(part),
                Some(truth) => found.have += usize::from(truth == wanted),
            }
        }
        found
    }

    fn truth(&mut self, expr: &Expr, truths: &Truths) -> Option<bool> {
        self.steps = self.steps.saturating_sub(1);
        match expr {
            Expr::Test(test) => truths[self.of_test[test]],
            Expr::Not(part) => self.truth(part, truths).map(|truth| !truth),
            _ => {
                let parts = self.parts(expr, true, truths);
                if parts.have >= parts.need {
                    Some(true)
                } else {
                    (parts.have + parts.open.len() < parts.need).then_some(false)
                }
            }
        }
    }
}

struct Parts<'e> {
    need: usize,
    have: usize,
    open: Vec<&'e Expr>,
}

fn literal(check: &Check) -> Option<(Anchor, bool, &[u8])> {
    let Check::Text(pattern) = check else { return None };
    pattern.literal_form()
}

/// Whether what equals a text, whatever its case, fits another check; `None` where that depends.
fn follows(check: &Check, folded: &[u8], policy: Policy) -> Option<bool> {
    let depends = match check {
        Check::Regex(_) | Check::Field { .. } => true,
        Check::Text(pattern) => pattern.is_cased(),
        _ => false,
    };
    (!depends).then(|| check.fits(Value::Text { raw: folded, folded }, policy))
}
