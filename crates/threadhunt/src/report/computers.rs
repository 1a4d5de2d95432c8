//! Names of computers in the spelling of the log, each computer once.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Most names that are kept.
const MOST: usize = 4;

/// The first computers in the order of their folded names, each in the first of its spellings.
///
/// Like a [`Sample`](super::Sample) a function of what was offered, in whatever order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComputerNames {
    /// By folded name.
    kept: BTreeMap<Arc<str>, Arc<str>>,
    more: bool,
}

impl ComputerNames {
    /// Offers a name with its folded spelling, under which computers are compared.
    pub fn offer(&mut self, folded: &Arc<str>, name: &Arc<str>) {
        if let Some(known) = self.kept.get_mut(folded) {
            if *name < *known {
                *known = Arc::clone(name);
            }
            return;
        }
        self.kept.insert(Arc::clone(folded), Arc::clone(name));
        if self.kept.len() > MOST {
            // It cannot come back, so no spelling of those that stay is missed.
            self.kept.pop_last();
            self.more = true;
        }
    }

    /// Takes what was offered to another.
    pub fn merge(&mut self, other: &Self) {
        other.kept.iter().for_each(|(folded, name)| self.offer(folded, name));
        self.more |= other.more;
    }

    /// The names kept.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<str>> {
        self.kept.values()
    }

    /// Whether there are computers whose names are not kept.
    pub fn has_more(&self) -> bool {
        self.more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_computer_has_one_name_in_whatever_order() {
        let spellings = ["h1", "H1", "b", "H1.", "c", "h1.", "d"];
        let names = |order: &mut dyn Iterator<Item = &&str>| {
            let mut names = ComputerNames::default();
            order.for_each(|name| names.offer(&name.to_lowercase().into(), &(*name).into()));
            names
        };
        let (one, other) = (names(&mut spellings.iter()), names(&mut spellings.iter().rev()));
        let told: Vec<&str> = one.iter().map(|name| &**name).collect();
        assert_eq!((told, one.has_more()), (vec!["b", "c", "d", "H1"], true));
        assert_eq!(one, other);
        let mut merged = names(&mut spellings[..3].iter());
        merged.merge(&names(&mut spellings[3..].iter()));
        assert_eq!(merged, one);
    }
}
