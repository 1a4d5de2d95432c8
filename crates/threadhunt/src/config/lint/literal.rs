//! Conditions as statements about one text, and what one statement says of another.
//!
//! A condition is a list of literals of which one or all must hold. Only what follows from the
//! texts themselves is said: where nothing follows, the answer is no. Texts are folded, and an
//! event's field is never empty, since Sysmon prints `-` then.

use std::collections::HashMap;

use super::condition::may_expand;
use crate::config::{Condition, Operator};
use crate::schema::FieldId;

/// What a literal asks of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Equals,
    /// The last component of the path is this.
    Named,
    Has,
    Begins,
    Ends,
}

/// One statement about the text of a field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Literal {
    pub(super) field: FieldId,
    pub(super) kind: Kind,
    /// Whether it must not be so.
    pub(super) negated: bool,
    pub(super) text: String,
}

/// A condition as literals.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// One of them has to hold.
    Any(Vec<Literal>),
    /// All of them have to hold.
    All(Vec<Literal>),
    /// Nothing is known but that it equals itself.
    Opaque,
}

impl Shape {
    /// The literals of a condition.
    pub(super) fn of(condition: &Condition) -> Self {
        use Operator as O;
        if may_expand(condition) {
            return Self::Opaque;
        }
        let value = condition.value.value.to_ascii_lowercase();
        let field = condition.field.value;
        let literal = |kind, negated, text: &str| Literal { field, kind, negated, text: text.to_owned() };
        let one = |kind, negated| Self::Any(vec![literal(kind, negated, &value)]);
        let has = |negated| {
            searched(&value).map(|items| items.map(|item| literal(Kind::Has, negated, item)).collect())
        };
        let any = |negated| has(negated).map_or(Self::Opaque, Self::Any);
        let all = |negated| has(negated).map_or(Self::Opaque, Self::All);
        match condition.operator.value {
            O::Is => one(Kind::Equals, false),
            O::IsNot => one(Kind::Equals, true),
            O::IsAny => Self::Any(value.split(';').map(|item| literal(Kind::Equals, false, item)).collect()),
            O::Contains => one(Kind::Has, false),
            O::Excludes => one(Kind::Has, true),
            O::ContainsAny => any(false),
            O::ExcludesAll => any(true),
            O::ContainsAll => all(false),
            O::ExcludesAny => all(true),
            O::BeginWith => one(Kind::Begins, false),
            O::NotBeginWith => one(Kind::Begins, true),
            O::EndWith => one(Kind::Ends, false),
            O::NotEndWith => one(Kind::Ends, true),
            O::Image if value.contains('\\') => one(Kind::Equals, false),
            O::Image => one(Kind::Named, false),
            O::LessThan | O::MoreThan => Self::Opaque,
        }
    }
}

/// The items that a list is searched for; `None` where an empty one is read as the rest of the list.
fn searched(list: &str) -> Option<impl Iterator<Item = &str>> {
    // An empty item at the end is empty whichever way it is read.
    let before = list.strip_suffix(';').unwrap_or(list);
    let is_plain = list.is_empty() || before.split(';').all(|item| !item.is_empty());
    is_plain.then(|| list.split(';'))
}

/// The part of a path behind its last backslash.
pub(super) fn last_component(text: &str) -> &str {
    text.rsplit('\\').next().unwrap_or(text)
}

impl Literal {
    /// Whether every text has what it asks for.
    pub(super) fn is_always(&self) -> bool {
        let asks_nothing = matches!(self.kind, Kind::Has | Kind::Begins | Kind::Ends) && !self.negated;
        self.text.is_empty() && (asks_nothing || self.kind == Kind::Equals && self.negated)
    }

    /// Whether it asks for what no text has.
    fn is_never(&self) -> bool {
        Self { negated: !self.negated, ..self.clone() }.is_always()
    }

    /// What it asks for, of a whole text.
    fn asks(&self, text: &str) -> bool {
        match self.kind {
            Kind::Equals => text == self.text,
            Kind::Named => last_component(text) == self.text,
            Kind::Has => text.contains(&self.text),
            Kind::Begins => text.starts_with(&self.text),
            Kind::Ends => text.ends_with(&self.text),
        }
    }

    /// Whether a text with what this asks for has what the other asks for, negations aside.
    fn brings(&self, other: &Self) -> bool {
        match (self.kind, other.kind) {
            (Kind::Equals, _) => other.asks(&self.text),
            (Kind::Named, Kind::Named) => self.text == other.text,
            (Kind::Begins, Kind::Begins) => self.text.starts_with(&other.text),
            (Kind::Ends | Kind::Named, Kind::Ends) => self.text.ends_with(&other.text),
            (Kind::Ends, Kind::Named) => self.text.contains('\\') && last_component(&self.text) == other.text,
            (_, Kind::Has) => self.text.contains(&other.text),
            _ => false,
        }
    }

    /// Whether no text has what both ask for, negations aside.
    fn bars(&self, other: &Self) -> bool {
        match (self.kind, other.kind) {
            (Kind::Equals, _) => !other.asks(&self.text),
            (_, Kind::Equals) => !self.asks(&other.text),
            (Kind::Begins, Kind::Begins) => {
                !self.text.starts_with(&other.text) && !other.text.starts_with(&self.text)
            }
            (Kind::Ends, Kind::Ends) => {
                !self.text.ends_with(&other.text) && !other.text.ends_with(&self.text)
            }
            (Kind::Named, Kind::Named) => self.text != other.text,
            (Kind::Named, Kind::Ends) => ends_elsewhere(&other.text, &self.text),
            (Kind::Ends, Kind::Named) => ends_elsewhere(&self.text, &other.text),
            _ => false,
        }
    }

    /// Whether the other holds wherever this does.
    pub(super) fn implies(&self, other: &Self) -> bool {
        if self.field != other.field {
            return false;
        }
        match (self.negated, other.negated) {
            (false, false) => self.brings(other),
            (false, true) => self.bars(other),
            (true, true) => other.brings(self),
            (true, false) => false,
        }
    }

    /// Whether the other never holds where this does.
    pub(super) fn contradicts(&self, other: &Self) -> bool {
        other.is_never() || self.implies(&Self { negated: !other.negated, ..other.clone() })
    }
}

/// Whether no text that ends with `end` has `name` as its last component.
fn ends_elsewhere(end: &str, name: &str) -> bool {
    match end.contains('\\') {
        true => last_component(end) != name,
        false => !name.ends_with(end),
    }
}

/// Bytes that may be compared to find contradictions in one configuration.
const WORK: usize = 1 << 26;
/// Conditions of a Rule on one field that are held against each other, and literals of each.
const MAX_CONDITIONS: usize = 24;
const MAX_LITERALS: usize = 64;

/// Finds conditions that cannot all hold; what costs too much is not looked for.
#[derive(Debug)]
pub(super) struct Contradictions {
    work: usize,
}

impl Default for Contradictions {
    fn default() -> Self {
        Self { work: WORK }
    }
}

impl Contradictions {
    /// Two conditions, by index, that never hold together: the later one first.
    pub(super) fn find(&mut self, conditions: &[Condition]) -> Option<(usize, usize)> {
        let mut fields: HashMap<FieldId, Vec<(usize, Shape)>> = HashMap::new();
        for (index, condition) in conditions.iter().enumerate() {
            let same = fields.entry(condition.field.value).or_default();
            if same.len() < MAX_CONDITIONS {
                same.push((index, Shape::of(condition)));
            }
        }
        let found = fields.values().filter(|same| same.len() > 1).filter_map(|same| self.pair(same));
        found.min()
    }

    fn pair(&mut self, conditions: &[(usize, Shape)]) -> Option<(usize, usize)> {
        for (at, (later, shape)) in conditions.iter().enumerate() {
            for (earlier, other) in &conditions[..at] {
                if self.exclude(shape, other) {
                    return Some((*later, *earlier));
                }
            }
        }
        None
    }

    fn exclude(&mut self, a: &Shape, b: &Shape) -> bool {
        let (Shape::Any(first) | Shape::All(first), Shape::Any(second) | Shape::All(second)) = (a, b) else {
            return false;
        };
        let cost: usize = first.iter().map(|x| x.text.len() * second.len()).sum::<usize>()
            + second.iter().map(|y| y.text.len() * first.len()).sum::<usize>()
            + first.len() * second.len();
        if first.len().max(second.len()) > MAX_LITERALS || cost > self.work {
            return false;
        }
        self.work -= cost;
        // Of alternatives every pair has to fail, of what is needed together one.
        let each = |ys: &[Literal], all: bool, test: &dyn Fn(&Literal) -> bool| {
            if all { ys.iter().any(test) } else { ys.iter().all(test) }
        };
        let (all_a, all_b) = (matches!(a, Shape::All(_)), matches!(b, Shape::All(_)));
        each(first, all_a, &|x| each(second, all_b, &|y| x.contradicts(y)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::fields::IMAGE;

    /// Every text of up to four characters of a few.
    fn texts() -> Vec<String> {
        let mut texts = vec![String::new()];
        for from in 0..1 + 3 + 9 + 27 {
            for c in ['a', 'b', '\\'] {
                texts.push(format!("{}{c}", texts[from]));
            }
        }
        texts
    }

    #[test]
    fn what_follows_holds_for_every_text() {
        let (texts, kinds) = (texts(), [Kind::Equals, Kind::Named, Kind::Has, Kind::Begins, Kind::Ends]);
        let mut literals = Vec::new();
        for text in texts.iter().filter(|text| text.len() <= 2) {
            for kind in kinds.iter().filter(|kind| **kind != Kind::Named || !text.contains('\\')) {
                for negated in [false, true] {
                    literals.push(Literal { field: IMAGE, kind: *kind, negated, text: text.clone() });
                }
            }
        }
        let holds = |literal: &Literal, text: &str| literal.asks(text) != literal.negated;
        let real = || texts.iter().filter(|text| !text.is_empty());
        let (mut implied, mut contradicted) = (0, 0);
        for a in &literals {
            assert!(!a.is_always() || real().all(|text| holds(a, text)), "{a:?}");
            for b in &literals {
                if a.implies(b) {
                    implied += 1;
                    assert!(real().all(|text| !holds(a, text) || holds(b, text)), "{a:?} {b:?}");
                }
                if a.contradicts(b) {
                    contradicted += 1;
                    assert!(real().all(|text| !holds(a, text) || !holds(b, text)), "{a:?} {b:?}");
                }
            }
        }
        assert!(implied > 500 && contradicted > 500, "{implied} {contradicted}");
    }

    #[test]
    fn lists_with_empty_items_are_opaque_but_for_the_last() {
        let items = |list| searched(list).map(|items| items.map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(items("a;b").unwrap(), ["a", "b"]);
        assert_eq!(items("a;").unwrap(), ["a", ""]);
        assert_eq!(items("").unwrap(), [""]);
        assert!(
            items("a;;b").is_none() && items(";a").is_none() && items(";").is_none() && items(";;").is_none()
        );
    }
}
