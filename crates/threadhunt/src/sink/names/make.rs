//! The recipes: from a value of the log to the value under a name.

use std::net::IpAddr;

use super::table::SEPARATOR;
use crate::event::{self, FileTime, Value, technique};
use crate::schema::names::Make;

/// A value as it goes into a document.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Made<'b> {
    /// The text of a value.
    Text(Value<'b>),
    /// A number where it is one, otherwise the text.
    Typed(Value<'b>),
    /// A text that was made.
    Own(String),
    /// A text of the vocabulary; a number where it is one.
    Literal(&'static str),
    /// A decimal number, spelled.
    Number(String),
    Bool(bool),
    /// Texts by name.
    Pairs(Vec<(String, String)>),
    /// Several values for a list.
    Items(Vec<String>),
}

impl Made<'_> {
    /// Whether there is nothing to write: the value is told by that alone.
    pub(super) fn is_nothing(&self) -> bool {
        match self {
            Self::Pairs(pairs) => pairs.is_empty(),
            Self::Items(items) => items.is_empty(),
            Self::Literal(text) => text.is_empty(),
            _ => false,
        }
    }

    /// The text of it for a cell of a table, where there are no objects and lists.
    pub(super) fn spelled(self) -> String {
        match self {
            Self::Text(value) | Self::Typed(value) => value.to_string(),
            Self::Own(text) | Self::Number(text) => text,
            Self::Literal(text) => text.to_owned(),
            Self::Bool(truth) => truth.to_string(),
            Self::Pairs(pairs) => pairs
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>()
                .join(SEPARATOR),
            Self::Items(items) => items.join(SEPARATOR),
        }
    }
}

/// Whether what was made says all that the value says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Whole,
    Part,
}

use Takes::{Part, Whole};

/// Follows a recipe; `None` where the value does not fit it.
pub(super) fn make<'b>(recipe: Make, value: Value<'b>) -> Option<(Made<'b>, Takes)> {
    // flat table: one line a recipe
    Some(match recipe {
        Make::Text => (Made::Text(value), Whole),
        Make::Typed => (Made::Typed(value), Whole),
        Make::Copy => (Made::Text(value), Part),
        Make::Integer => (Made::Number(integer(value)?), Whole),
        Make::Boolean => (Made::Bool(boolean(value)?), Whole),
        Make::Ip => value.to_text().parse::<IpAddr>().is_ok().then_some((Made::Text(value), Whole))?,
        Make::Time => (Made::Own(time(value.as_time()?)?), Whole),
        // The pipelines that want milliseconds drop the rest too.
        Make::TimeMillis => (Made::Own(cut_to_millis(value.as_time()?)?), Whole),
        Make::Millis => whole_if_exact(value.as_time()?, |millis| millis.to_string())?,
        Make::Epoch => whole_if_exact(value.as_time()?, seconds)?,
        Make::Basename => (Made::Own(basename(&value.to_text()).to_owned()), Part),
        Make::FileName => part(&value, |text| Some(text.rsplit_once('\\')?.1))?,
        Make::Directory => part(&value, |text| Some(text.rsplit_once('\\')?.0))?,
        Make::Extension => part(&value, |text| Some(text.rsplit_once('\\')?.1.rsplit_once('.')?.1))?,
        Make::Domain => part(&value, |text| Some(text.split_once('\\')?.0))?,
        Make::Account => (Made::Own(account(&value.to_text())?.to_owned()), Whole),
        Make::Host => host(&value.to_text()),
        Make::Hashes => hashes(&value.to_text())?,
        Make::Imphash => (Made::Own(import_hash(&value.to_text())?), Part),
        Make::HashList => (Made::Items(hash_list(&value.to_text())?), Part),
        Make::Hive => (Made::Own(hive(&value.to_text())?.0.to_owned()), Part),
        Make::RegistryKey => (Made::Own(hive(&value.to_text())?.1.to_owned()), Part),
        Make::Technique => part(&value, |text| technique(text)?.id.split('.').next())?,
        Make::SubTechnique => {
            part(&value, |text| technique(text).map(|t| t.id).filter(|id| id.contains('.')))?
        }
        Make::Choice(pairs) => {
            let (_, choice) = pairs.iter().find(|(from, _)| value.is(from))?;
            (Made::Literal(choice), Whole)
        }
        Make::Constant(text) | Make::Beside(text) => (Made::Literal(text), Part),
    })
}

fn part<'b>(
    value: &Value<'_>,
    cut: impl for<'t> Fn(&'t str) -> Option<&'t str>,
) -> Option<(Made<'b>, Takes)> {
    let text = value.to_text();
    cut(&text).filter(|part| !part.is_empty()).map(|part| (Made::Own(part.to_owned()), Part))
}

/// The decimal spelling of a whole number; of a text only where it spells the number in just that way.
fn integer(value: Value<'_>) -> Option<String> {
    let text = match value {
        Value::Unsigned(_) | Value::Signed(_) => return Some(value.to_string()),
        Value::Utf16(_) | Value::Utf8(_) => value.to_text(),
        _ => return None,
    };
    text.parse::<u64>().ok().map(|number| number.to_string()).filter(|number| *number == text)
}

fn boolean(value: Value<'_>) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(truth),
        _ if value.is("true") => Some(true),
        _ if value.is("false") => Some(false),
        _ => None,
    }
}

/// `2019-04-27T00:10:32.3790115Z`, or with three digits where the others are zeros.
fn time(time: FileTime) -> Option<String> {
    let millis = cut_to_millis(time)?;
    Some(if time.0.is_multiple_of(TICKS_PER_MILLI) { millis } else { time.to_string() })
}

const TICKS_PER_MILLI: u64 = 10_000;

pub(in crate::sink) fn cut_to_millis(time: FileTime) -> Option<String> {
    // Times that the calendar does not have are no times to whoever reads the document.
    time.timestamp()?;
    Some(time.to_string().get(..23)?.to_owned() + "Z")
}

fn whole_if_exact<'b>(time: FileTime, spell: impl Fn(i64) -> String) -> Option<(Made<'b>, Takes)> {
    let millis = time.timestamp()?.as_millisecond();
    let takes = if time.0.is_multiple_of(TICKS_PER_MILLI) { Whole } else { Part };
    Some((Made::Number(spell(millis)), takes))
}

/// `1556323832.363`.
fn seconds(millis: i64) -> String {
    let sign = if millis < 0 { "-" } else { "" };
    let millis = millis.unsigned_abs();
    format!("{sign}{}.{:03}", millis / 1000, millis % 1000)
}

/// The last part of a path of Windows or Linux; the whole where that would be nothing.
pub(in crate::sink) fn basename(path: &str) -> &str {
    path.rsplit(['\\', '/']).next().filter(|name| !name.is_empty()).unwrap_or(path)
}

/// The name of an account; `None` where it and a domain could not be put together again.
fn account(user: &str) -> Option<&str> {
    match user.split_once('\\') {
        Some((domain, name)) => Some(name).filter(|_| !domain.is_empty() && !name.is_empty()),
        None => Some(user),
    }
}

fn host<'b>(computer: &str) -> (Made<'b>, Takes) {
    let name = computer.split('.').next().unwrap_or(computer);
    (Made::Own(name.to_owned()), if name.len() == computer.len() { Whole } else { Part })
}

/// `ALGORITHM=HEX` pairs in lower case; `None` unless all of the text is such pairs and no two alike.
fn hash_pairs(text: &str) -> Option<Vec<(String, String)>> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for part in text.split(',') {
        let (algorithm, value) = part.split_once('=')?;
        let hexadecimal = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_hexdigit());
        let name = !algorithm.is_empty() && algorithm.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let algorithm = algorithm.to_ascii_lowercase();
        // There are four of them; more would make this search slow.
        if !hexadecimal || !name || pairs.len() == 8 || pairs.iter().any(|(known, _)| *known == algorithm) {
            return None;
        }
        pairs.push((algorithm, value.to_ascii_lowercase()));
    }
    Some(pairs)
}

const IMPHASH: &str = "imphash";

/// Zeros stand for a hash that was not computed.
fn is_computed(value: &str) -> bool {
    value.bytes().any(|byte| byte != b'0')
}

/// The hashes that were computed, each algorithm in lower case; none where the text is no list of hashes.
pub(in crate::sink) fn computed_hashes(text: &str) -> Vec<(String, String)> {
    let pairs = hash_pairs(text).into_iter().flatten();
    pairs.filter(|(_, value)| is_computed(value)).collect()
}

fn hashes<'b>(text: &str) -> Option<(Made<'b>, Takes)> {
    let mut pairs = hash_pairs(text)?;
    pairs.retain(|(_, value)| is_computed(value));
    // Who reads the parts makes that list of them: if it is another, the text has to stay.
    let list = event::hash_list(pairs.iter().map(|(algorithm, value)| (&**algorithm, &**value)));
    let takes = if list.as_deref() == Some(text) { Whole } else { Part };
    pairs.retain(|(algorithm, _)| algorithm != IMPHASH);
    Some((Made::Pairs(pairs), takes))
}

fn import_hash(text: &str) -> Option<String> {
    let mut pairs = hash_pairs(text)?.into_iter();
    pairs.find(|(algorithm, value)| algorithm == IMPHASH && is_computed(value)).map(|(_, value)| value)
}

fn hash_list(text: &str) -> Option<Vec<String>> {
    let values = hash_pairs(text)?.into_iter().map(|(_, value)| value);
    Some(values.filter(|value| is_computed(value)).collect())
}

/// The hives by the names that registry paths begin with (Elastic's pipeline, "Set registry fields").
const HIVES: &[(&str, &str)] = &[
    ("HKEY_CLASSES_ROOT", "HKCR"),
    ("HKCR", "HKCR"),
    ("HKEY_CURRENT_CONFIG", "HKCC"),
    ("HKCC", "HKCC"),
    ("HKEY_CURRENT_USER", "HKCU"),
    ("HKCU", "HKCU"),
    ("HKEY_DYN_DATA", "HKDD"),
    ("HKDD", "HKDD"),
    ("HKEY_LOCAL_MACHINE", "HKLM"),
    ("HKLM", "HKLM"),
    ("HKEY_PERFORMANCE_DATA", "HKPD"),
    ("HKPD", "HKPD"),
    ("HKEY_USERS", "HKU"),
    ("HKU", "HKU"),
];

/// The hive's short name and the path behind it.
fn hive(path: &str) -> Option<(&'static str, &str)> {
    let (first, key) = path.split_once('\\')?;
    HIVES.iter().find(|(name, _)| *name == first).map(|(_, hive)| (*hive, key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::names::Make as M;

    #[track_caller]
    fn check(recipe: Make, text: &str, expected: Option<&str>) {
        let made = make(recipe, Value::Utf8(text)).map(|(made, _)| match made {
            Made::Text(value) | Made::Typed(value) => value.to_string(),
            Made::Own(text) | Made::Number(text) => text,
            Made::Literal(text) => text.to_owned(),
            Made::Bool(truth) => truth.to_string(),
            Made::Pairs(pairs) => pairs.iter().map(|(k, v)| format!("{k}:{v} ")).collect(),
            Made::Items(items) => items.join(" "),
        });
        assert_eq!(made.as_deref(), expected, "{recipe:?} of {text:?}");
    }

    #[test]
    fn times_keep_what_they_say() {
        check(Make::Time, "2019-04-27 00:10:32.363", Some("2019-04-27T00:10:32.363Z"));
        check(Make::Time, "2019-04-27T00:10:32.3790115Z", Some("2019-04-27T00:10:32.3790115Z"));
        check(Make::TimeMillis, "2019-04-27T00:10:32.3790115Z", Some("2019-04-27T00:10:32.379Z"));
        check(Make::Millis, "2019-04-27 00:10:32.363", Some("1556323832363"));
        check(Make::Epoch, "2019-04-27 00:10:32.363", Some("1556323832.363"));
        check(Make::Epoch, "1969-12-31 23:59:59.500", Some("-0.500"));
        check(Make::Time, "2019-02-30 00:00:00.000", None);
        let late = make(Make::Millis, Value::Time(FileTime(u64::MAX)));
        assert_eq!(late, None);
        let exact = |text| make(Make::Millis, Value::Utf8(text)).map(|(_, takes)| takes);
        assert_eq!(exact("2019-04-27 00:10:32.363"), Some(Whole));
        assert_eq!(exact("2019-04-27 00:10:32.3634"), Some(Part));
    }

    #[test]
    fn numbers_are_those_that_print_alike() {
        check(Make::Integer, "604", Some("604"));
        for text in ["0604", "-1", "0x10", "", "6 ", "18446744073709551616"] {
            check(Make::Integer, text, None);
        }
        check(Make::Boolean, "true", Some("true"));
        check(Make::Boolean, "True", None);
    }

    #[test]
    fn parts_of_paths_accounts_and_computers() {
        check(Make::Basename, r"C:\a\b.exe", Some("b.exe"));
        check(Make::Basename, "<unknown process>", Some("<unknown process>"));
        check(Make::Basename, r"C:\", Some(r"C:\"));
        check(Make::FileName, r"C:\a\b.exe", Some("b.exe"));
        check(Make::FileName, "System", None);
        check(Make::Directory, r"C:\a\b.exe", Some(r"C:\a"));
        check(Make::Extension, r"C:\a.b\c", None);
        check(Make::Domain, r"NT AUTHORITY\SYSTEM", Some("NT AUTHORITY"));
        check(Make::Account, r"A\B\C", Some(r"B\C"));
        check(Make::Account, "ada", Some("ada"));
        check(Make::Account, r"\ada", None);
        check(Make::Account, r"CORP\", None);
        check(Make::Domain, "ada", None);
        check(Make::Host, "ws.corp.example", Some("ws"));
        check(Make::Hive, r"HKU\S-1-5-18\x", Some("HKU"));
        check(Make::RegistryKey, r"HKU\S-1-5-18\x", Some(r"S-1-5-18\x"));
        check(Make::Hive, r"\REGISTRY\A", None);
    }

    #[test]
    fn hashes_are_all_or_nothing() {
        let text = "MD5=AB,SHA256=CD,IMPHASH=00000000000000000000000000000000";
        check(Make::Hashes, text, Some("md5:ab sha256:cd "));
        check(Make::Imphash, text, None);
        check(Make::Imphash, "MD5=AB,IMPHASH=0F", Some("0f"));
        check(Make::HashList, text, Some("ab cd"));
        for text in ["MD5", "MD5=x", "MD5=ab,MD5=cd", "=ab", "MD5=ab,", "-"] {
            check(Make::Hashes, text, None);
        }
        let takes = |text| make(Make::Hashes, Value::Utf8(text)).map(|(_, takes)| takes);
        assert_eq!(takes("SHA1=0A,MD5=AB,SHA256=CD,IMPHASH=0F"), Some(Whole));
        for odd in [text, "md5=AB", "MD5=ab", "SHA256=CD,MD5=AB", "MD5=0"] {
            assert_eq!(takes(odd), Some(Part), "{odd}");
        }
    }

    #[test]
    fn what_makes_parts_never_takes_the_whole() {
        let parts = [M::Basename, M::FileName, M::Directory, M::Extension, M::Domain, M::Hive, M::Copy];
        for (recipe, is_part) in parts
            .map(|recipe| (recipe, true))
            .into_iter()
            .chain([M::Text, M::Typed, M::Integer, M::Account, M::Hashes].map(|recipe| (recipe, false)))
        {
            assert_eq!(recipe.makes_part(), is_part, "{recipe:?}");
            let texts = ["1", r"HKLM\a.b", "MD5=AB", "T1055"];
            let made = texts.iter().filter_map(|text| make(recipe, Value::Utf8(text)));
            assert!(made.into_iter().all(|(_, takes)| (takes == Part) == is_part), "{recipe:?}");
        }
    }

    #[test]
    fn techniques_and_choices() {
        check(Make::Technique, "technique_id=T1055.012", Some("T1055"));
        check(Make::SubTechnique, "technique_id=T1055.012", Some("T1055.012"));
        check(Make::SubTechnique, "T1055", None);
        check(Make::Choice(&[("4", "information")]), "4", Some("information"));
        check(Make::Choice(&[("4", "information")]), "9", None);
    }
}
