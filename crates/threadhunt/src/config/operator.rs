//! The sixteen operators of conditions, and what each says of two texts.
//!
//! Everything is text, compared without the case of A to Z and otherwise unit by unit of UTF-16;
//! there are no wildcards, no escapes and no numbers. The rules are those of the published engine
//! (`rules.c`: `MatchFilterOnSpecificRule`, `FindSubString`, `NextItem`), its oddities included.

use std::cmp::Ordering;

use memchr::memmem::Finder;

use super::SchemaVersion;
use crate::schema::nearest_of;

/// How a condition compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operator {
    /// The field is the value.
    Is,
    /// The field is not the value.
    IsNot,
    /// The field is one of a list.
    IsAny,
    /// The value is a part of the field.
    Contains,
    /// Some item of a list is a part of the field.
    ContainsAny,
    /// Every item of a list is a part of the field.
    ContainsAll,
    /// The value is no part of the field.
    Excludes,
    /// No item of a list is a part of the field.
    ExcludesAny,
    /// Some item of a list is no part of the field.
    ExcludesAll,
    /// The field begins with the value.
    BeginWith,
    /// The field does not begin with the value.
    NotBeginWith,
    /// The field ends with the value.
    EndWith,
    /// The field does not end with the value.
    NotEndWith,
    /// The field sorts before the value.
    LessThan,
    /// The field sorts behind the value.
    MoreThan,
    /// The field is the value, or its last path component is.
    Image,
}

use Operator as O;

/// Operators with their spelling and the schema that first lists each.
const TABLE: &[(Operator, &str, SchemaVersion)] = &[
    (O::Is, "is", SchemaVersion::OLDEST),
    (O::IsNot, "is not", SchemaVersion::OLDEST),
    (O::IsAny, "is any", SchemaVersion::hundredths(431)),
    (O::Contains, "contains", SchemaVersion::OLDEST),
    (O::ContainsAny, "contains any", SchemaVersion::hundredths(422)),
    (O::ContainsAll, "contains all", SchemaVersion::hundredths(422)),
    (O::Excludes, "excludes", SchemaVersion::OLDEST),
    (O::ExcludesAny, "excludes any", SchemaVersion::hundredths(423)),
    (O::ExcludesAll, "excludes all", SchemaVersion::hundredths(423)),
    (O::BeginWith, "begin with", SchemaVersion::OLDEST),
    (O::NotBeginWith, "not begin with", SchemaVersion::hundredths(470)),
    (O::EndWith, "end with", SchemaVersion::OLDEST),
    (O::NotEndWith, "not end with", SchemaVersion::hundredths(470)),
    (O::LessThan, "less than", SchemaVersion::OLDEST),
    (O::MoreThan, "more than", SchemaVersion::OLDEST),
    (O::Image, "image", SchemaVersion::OLDEST),
];

impl Operator {
    /// Reads an attribute `condition`: any letter case, empty is `is`, blanks count.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::Is);
        }
        TABLE.iter().find(|(_, name, _)| name.eq_ignore_ascii_case(text)).map(|(operator, ..)| *operator)
    }

    /// The operator that was probably meant by something that is none.
    pub(super) fn nearest(text: &str) -> Option<&'static str> {
        nearest_of(text.trim(), TABLE.iter().map(|(_, name, _)| *name))
    }

    fn row(self) -> &'static (Operator, &'static str, SchemaVersion) {
        &TABLE[self as usize]
    }

    /// The spelling.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The schema that first lists it. Any schema may use it once the Sysmon knows it.
    pub fn since(self) -> SchemaVersion {
        self.row().2
    }

    /// Whether the value is a list, its items separated by `;`.
    pub fn takes_list(self) -> bool {
        matches!(self, O::IsAny | O::ContainsAny | O::ContainsAll | O::ExcludesAny | O::ExcludesAll)
    }
}

/// A condition's operator and value, ready to be held against texts.
#[derive(Clone, Debug)]
pub(super) struct Test {
    pub(super) kind: Kind,
    /// What the kind has to say for the test to hold.
    pub(super) wanted: bool,
}

/// What is asked of a text, all of it folded.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Equals(String),
    /// One of the items of a list.
    EqualsAny(String),
    HasAny(Parts),
    HasAll(Parts),
    Begins(String),
    Ends(String),
    Sorts(String, Ordering),
    /// The last component of the path, since the value is no path itself.
    Named(String),
}

impl Test {
    /// Makes a condition's test; the value is folded here, once.
    pub(super) fn new(operator: Operator, value: &str) -> Self {
        let value = value.to_ascii_lowercase();
        let wanted = !matches!(
            operator,
            O::IsNot | O::Excludes | O::ExcludesAny | O::ExcludesAll | O::NotBeginWith | O::NotEndWith
        );
        let kind = match operator {
            O::Is | O::IsNot => Kind::Equals(value),
            O::IsAny => Kind::EqualsAny(value),
            O::Contains | O::Excludes => Kind::HasAny(Parts::one(value)),
            O::ContainsAny | O::ExcludesAny => Kind::HasAny(Parts::list(value)),
            O::ContainsAll | O::ExcludesAll => Kind::HasAll(Parts::list(value)),
            O::BeginWith | O::NotBeginWith => Kind::Begins(value),
            O::EndWith | O::NotEndWith => Kind::Ends(value),
            O::LessThan => Kind::Sorts(value, Ordering::Less),
            O::MoreThan => Kind::Sorts(value, Ordering::Greater),
            O::Image if value.contains('\\') => Kind::Equals(value),
            O::Image => Kind::Named(value),
        };
        Self { kind, wanted }
    }

    /// Whether it holds for a field's text, which has been folded.
    pub(super) fn holds(&self, text: &str) -> bool {
        self.kind.is_true(text) == self.wanted
    }
}

impl Kind {
    /// What tells it from others of its variant: how the value is meant, and the value.
    pub(super) fn key(&self) -> (bool, &str) {
        match self {
            Self::HasAny(parts) | Self::HasAll(parts) => (parts.is_list, &parts.value),
            Self::EqualsAny(list) => (true, list),
            Self::Equals(value) | Self::Begins(value) | Self::Ends(value) | Self::Named(value) => {
                (false, value)
            }
            Self::Sorts(value, order) => (*order == Ordering::Less, value),
        }
    }

    pub(super) fn is_true(&self, text: &str) -> bool {
        match self {
            Self::Equals(value) => text == value,
            Self::EqualsAny(list) => list.split(';').any(|value| text == value),
            // An empty text contains nothing, not even the empty text (`FindSubString`).
            Self::HasAny(parts) => !text.is_empty() && parts.any(text),
            Self::HasAll(parts) => !text.is_empty() && parts.all(text),
            Self::Begins(value) => text.starts_with(value.as_str()),
            Self::Ends(value) => text.ends_with(value.as_str()),
            Self::Sorts(value, wanted) => text.encode_utf16().cmp(value.encode_utf16()) == *wanted,
            Self::Named(name) => text.rsplit('\\').next() == Some(name),
        }
    }
}

/// Lists with more items are searched for without preparation, which takes a hundred bytes an item.
const MAX_FINDERS: usize = 64;

/// The texts that a field is searched for.
///
/// An empty item of a list is read to the end of the list: `ab;;cd` searches `ab`, `;cd` and `cd`,
/// because a length of zero is taken as no limit (`FindSubString`). Such rests overlap, so they
/// stay places in the list: of a list of semicolons they would fill the memory.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    /// The value as given, but folded.
    pub(super) value: String,
    pub(super) is_list: bool,
    /// The items that are not empty; none where there are too many of them.
    finders: Vec<Finder<'static>>,
    /// Where the rests begin.
    rests: Vec<u32>,
}

impl Parts {
    fn one(value: String) -> Self {
        Self { finders: vec![Finder::new(&value).into_owned()], value, is_list: false, rests: Vec::new() }
    }

    fn list(value: String) -> Self {
        let mut parts = Self { value, is_list: true, finders: Vec::new(), rests: Vec::new() };
        let mut start = 0;
        for item in parts.value.split(';') {
            if item.is_empty() {
                parts.rests.push(start as u32);
            }
            start += item.len() + 1;
        }
        if parts.items().nth(MAX_FINDERS).is_none() {
            parts.finders = parts.items().map(|item| Finder::new(item).into_owned()).collect();
        }
        parts
    }

    /// The value, or the items of the list that are not empty.
    pub(super) fn items(&self) -> impl Iterator<Item = &str> {
        let separators: &[char] = if self.is_list { &[';'] } else { &[] };
        self.value.split(separators).filter(|item| !self.is_list || !item.is_empty())
    }

    /// Whether items of the list are empty.
    pub(super) fn has_rests(&self) -> bool {
        !self.rests.is_empty()
    }

    fn any(&self, text: &str) -> bool {
        self.finders.iter().any(|finder| has(finder, text))
            || self.unprepared().any(|item| text.contains(item))
            || self.rests(text).any(|rest| text.contains(rest))
    }

    fn all(&self, text: &str) -> bool {
        // A rest longer than the text is none of its parts.
        let fits = self.rests.first().is_none_or(|start| self.value.len() - *start as usize <= text.len());
        fits && self.finders.iter().all(|finder| has(finder, text))
            && self.unprepared().all(|item| text.contains(item))
            && self.rests(text).all(|rest| text.contains(rest))
    }

    fn unprepared(&self) -> impl Iterator<Item = &str> {
        self.items().filter(|_| self.finders.is_empty())
    }

    /// The rests that are no longer than the text; the first is the longest.
    fn rests(&self, text: &str) -> impl Iterator<Item = &str> {
        let shortest = self.value.len().saturating_sub(text.len());
        let fitting = self.rests.partition_point(|start| (*start as usize) < shortest);
        self.rests[fitting..].iter().map(|start| &self.value[*start as usize..])
    }
}

fn has(finder: &Finder<'_>, text: &str) -> bool {
    finder.find(text.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of the texts the condition holds for.
    #[track_caller]
    fn check(operator: &str, value: &str, texts: &[&str], holds: &[bool]) {
        let operator = Operator::parse(operator).expect("an operator");
        let test = Test::new(operator, value);
        let found: Vec<bool> = texts.iter().map(|text| test.holds(&text.to_ascii_lowercase())).collect();
        assert_eq!(found, holds, "{operator:?} {value}");
    }

    const T: bool = true;
    const F: bool = false;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (index, (operator, name, _)) in TABLE.iter().enumerate() {
            assert_eq!(*operator as usize, index);
            assert_eq!(Operator::parse(&name.to_uppercase()), Some(*operator));
        }
        assert_eq!(Operator::parse(""), Some(Operator::Is));
        assert_eq!(Operator::parse(" is "), None);
        assert_eq!(Operator::nearest("begins with"), Some("begin with"));
        assert_eq!(Operator::nearest("regex"), None);
    }

    #[test]
    fn excludes_any_means_none_and_excludes_all_not_all() {
        let texts = ["ab", "ab cd", "x"];
        check("excludes any", "ab;cd", &texts, &[F, F, T]);
        check("excludes all", "ab;cd", &texts, &[T, F, T]);
        check("contains all", "ab;cd", &texts, &[F, T, F]);
    }

    #[test]
    fn empty_items_are_read_to_the_end_of_the_list() {
        let rests =
            |list: &str| Parts::list(list.to_owned()).rests("abcdef").map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(rests("ab;;cd"), [";cd"]);
        assert_eq!(rests(";ab;"), [";ab;", ""]);
        assert_eq!(rests(";abcdef;"), [""]);
        check("contains any", "ab;;cd", &["x;cd", "cd", "x;"], &[T, T, F]);
        check("contains all", "ab;;cd", &["ab;cd", "ab cd"], &[T, F]);
        check("contains any", "ab;", &["x", ""], &[T, F]);
        check("is any", "ab;", &["ab", "", ";"], &[T, T, F]);
    }

    #[test]
    fn long_lists_are_searched_too() {
        let list = |last: &str| (0..100).map(|n| format!("item{n};")).collect::<String>() + last;
        let all = list("x").replace(';', " ");
        check("contains any", &list("x"), &["item99", "x", "item"], &[T, T, F]);
        check("contains all", &list("x"), &[&all, &all[..all.len() - 1]], &[T, F]);
        check("is any", &list("x"), &["item42", "x", "item4;"], &[T, T, F]);
    }

    #[test]
    fn numbers_and_case_are_text() {
        check("more than", "1000", &["999", "20000", "42", "1000"], &[T, T, T, F]);
        check("less than", "a", &["_", "[", "Z"], &[T, T, F]);
        check("is", "É", &["É", "é"], &[T, F]);
        // U+FFFD sorts behind the surrogates of U+10000, though it is the smaller character.
        check("more than", "\u{10000}", &["\u{fffd}"], &[T]);
    }

    #[test]
    fn image_takes_a_name_or_a_whole_path() {
        let texts = [r"C:\x\a.dll", "a.dll", r"C:\x\ba.dll", "c:/x/a.dll"];
        check("image", "A.dll", &texts, &[T, T, F, F]);
        check("image", r"x\a.dll", &[r"c:\x\a.dll", r"x\a.dll"], &[F, T]);
    }
}
