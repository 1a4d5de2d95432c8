//! What little keeps a condition from holding, and which item of a list settles it.
//!
//! Sysmon compares plainly, and people write more than it understands: blanks around a value, `;`
//! and `*` where they mean themselves. For one who wonders why a condition does not hold, each of
//! those is tried as it was meant. This explains and decides nothing.

use super::operator::Test;
use super::{Condition, Operator, text};
use crate::event::Wildcard;

/// What little keeps a condition from holding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Near {
    /// It would hold without the blanks around the value or its items.
    Blanks,
    /// It would hold if `;` separated alternatives, which it does not for this operator.
    List,
    /// It would hold if `*` and `?` stood for other characters.
    Wildcard,
    /// The file name is the same, the folder another one.
    FileName,
}

impl Near {
    /// The stable name, as printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Blanks => "blanks",
            Self::List => "list",
            Self::Wildcard => "wildcard",
            Self::FileName => "file-name",
        }
    }

    /// What would have to be otherwise, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Blanks => "holds but for the blanks around it",
            Self::List => "would hold as a list, which this operator does not take",
            Self::Wildcard => "would hold with wildcards, which Sysmon does not know",
            Self::FileName => "the same file name in another folder",
        }
    }
}

/// Items of a list that are tried, and the lengths up to which wildcards are: more is no mistake
/// of a person, and hostile files must not keep us busy.
const MAX_ITEMS: usize = 256;
const MAX_PATTERN: usize = 512;
const MAX_TEXT: usize = 4096;

impl Condition {
    /// What little keeps the condition from holding for a text for which it does not hold.
    ///
    /// `None` where it is more than that, and for operators that ask for something not to be so.
    pub fn near(&self, text: &str) -> Option<Near> {
        use Operator as O;
        let (operator, value) = (self.operator.value, self.value.value.as_str());
        let holds =
            |value: &str| !value.is_empty() && Test::new(operator, value).holds(&text.to_ascii_lowercase());
        let is_positive = matches!(
            operator,
            O::Is
                | O::IsAny
                | O::Contains
                | O::ContainsAny
                | O::ContainsAll
                | O::BeginWith
                | O::EndWith
                | O::Image
        );
        if !is_positive {
            return None;
        }
        let trimmed = match operator.takes_list() {
            true => value.split(';').map(text::collapse).collect::<Vec<_>>().join(";"),
            false => text::collapse(value),
        };
        if trimmed != value && holds(&trimmed) {
            return Some(Near::Blanks);
        }
        let is_list = !operator.takes_list() && value.contains(';');
        if is_list && value.split(';').take(MAX_ITEMS).any(|item| holds(item.trim())) {
            return Some(Near::List);
        }
        if fits_pattern(operator, &trimmed, text) {
            return Some(Near::Wildcard);
        }
        let is_path = matches!(operator, O::Is | O::Image) && text.contains('\\');
        let name = |path: &str| path.rsplit('\\').next().unwrap_or_default().to_ascii_lowercase();
        let same =
            is_path && trimmed.contains('\\') && name(&trimmed) == name(text) && !name(text).is_empty();
        same.then_some(Near::FileName)
    }

    /// The item of the condition's list that settles what it says of a text.
    ///
    /// The first that is found, or for `all` that is missing. `None` where no item does, where an
    /// empty one does, and for operators that take no list.
    pub fn deciding_item(&self, text: &str) -> Option<&str> {
        let asks = match self.operator.value {
            Operator::IsAny => Operator::Is,
            Operator::ContainsAny | Operator::ExcludesAny => Operator::Contains,
            Operator::ContainsAll | Operator::ExcludesAll => Operator::Excludes,
            _ => return None,
        };
        let folded = text.to_ascii_lowercase();
        let items = self.value.value.split(';').filter(|item| !item.is_empty());
        items.into_iter().find(|item| Test::new(asks, item).holds(&folded))
    }
}

/// Whether a text fits a value whose `*` and `?` are taken for wildcards.
fn fits_pattern(operator: Operator, value: &str, text: &str) -> bool {
    if !Wildcard::is_pattern(value) || value.len() > MAX_PATTERN || text.len() > MAX_TEXT {
        return false;
    }
    let pattern = match operator {
        Operator::Is => value.to_owned(),
        Operator::Image => format!("*{value}"),
        Operator::Contains => format!("*{value}*"),
        Operator::BeginWith => format!("{value}*"),
        Operator::EndWith => format!("*{value}"),
        _ => return false,
    };
    Wildcard::new(&pattern).matches(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Spanned;
    use crate::schema::fields;

    fn condition(operator: &str, value: &str) -> Condition {
        let operator = Operator::parse(operator).unwrap();
        Condition {
            span: 0..0,
            field: Spanned { value: fields::IMAGE, span: 0..0 },
            operator: Spanned { value: operator, span: 0..0 },
            name: None,
            value: Spanned { value: value.to_owned(), span: 0..0 },
        }
    }

    #[track_caller]
    fn check(operator: &str, value: &str, expected: Option<Near>) {
        let text = r"C:\Windows\System32\Svchost.exe";
        let condition = condition(operator, value);
        assert!(!Test::new(condition.operator.value, value).holds(&text.to_ascii_lowercase()), "{value}");
        assert_eq!(condition.near(text), expected, "{operator} {value}");
    }

    #[test]
    fn near_misses_are_named() {
        check("end with", "\n  \\SVCHOST.exe\n ", Some(Near::Blanks));
        check("contains any", "q; svchost", Some(Near::Blanks));
        check("is", "C:\\a.exe;C:\\Windows\\System32\\svchost.exe", Some(Near::List));
        check("contains", "cmd;svc", Some(Near::List));
        check("is", r"C:\Windows\*\svchost.exe", Some(Near::Wildcard));
        check("end with", r"\svc????.exe", Some(Near::Wildcard));
        check("image", r"C:\Temp\svchost.exe", Some(Near::FileName));
        check("is", r"C:\Windows\System32\lsass.exe", None);
        check("is", " ", None);
        check("contains", ";", None);
        check("excludes", "svchost", None);
    }

    #[test]
    fn hostile_values_take_no_time() {
        let long = "*a".repeat(1 << 20);
        assert_eq!(condition("is", &long).near(&"a".repeat(1 << 16)), None);
        assert_eq!(condition("is", &";b".repeat(1 << 20)).near(&"a".repeat(1 << 16)), None);
    }

    #[test]
    fn the_item_that_settles_a_list_is_named() {
        let item = |operator, value: &'static str| {
            condition(operator, value).deciding_item("ab CD").map(str::to_owned)
        };
        assert_eq!(item("contains any", "x;cd;ab").as_deref(), Some("cd"));
        assert_eq!(item("excludes any", "x;cd").as_deref(), Some("cd"));
        assert_eq!(item("contains all", "ab;x;y").as_deref(), Some("x"));
        assert_eq!(item("is any", "ab;AB cd").as_deref(), Some("AB cd"));
        assert_eq!(item("contains any", "x;;y"), None);
        assert_eq!(item("contains", "ab"), None);
    }
}
