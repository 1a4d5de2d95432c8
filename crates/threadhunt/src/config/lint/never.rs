//! Conditions that can never hold, or always do: values that no field prints like that.

use super::condition::{items, may_expand};
use crate::config::operator::Test;
use crate::config::{Condition, Operator};
use crate::report::{Diagnostic, DiagnosticCode as Code};
use crate::schema::{FieldType, fields};

/// An empty value, which Sysmon never compares with an empty field: that prints as `-`.
pub(super) fn empty_value(condition: &Condition) -> Option<Diagnostic> {
    use Operator as O;
    if !condition.value.value.is_empty() {
        return None;
    }
    let operator = condition.operator.value;
    let always = match operator {
        O::Contains
        | O::ContainsAny
        | O::ContainsAll
        | O::BeginWith
        | O::EndWith
        | O::IsNot
        | O::MoreThan => true,
        O::Excludes | O::ExcludesAny | O::ExcludesAll | O::NotBeginWith | O::NotEndWith => false,
        O::Is | O::IsAny | O::LessThan | O::Image => false,
    };
    let (code, word) = if always { (Code::AlwaysMatches, "always") } else { (Code::NeverMatches, "never") };
    let message =
        format!("`{}` with an empty value {word} holds, since an empty field prints as `-`", operator.name());
    Some(
        Diagnostic::new(code, condition.field.span.clone(), message)
            .help("give a value, or remove the condition"),
    )
}

/// The name of a rule, which is not known while filters run: it is `-`.
pub(super) fn rule_name(condition: &Condition) -> Option<Diagnostic> {
    let is_known = !condition.value.value.is_empty() && !may_expand(condition);
    if condition.field.value != fields::RULE_NAME || !is_known {
        return None;
    }
    let holds = Test::new(condition.operator.value, &condition.value.value).holds("-");
    let (code, word) = if holds { (Code::AlwaysMatches, "always") } else { (Code::NeverMatches, "never") };
    let message = format!("this {word} holds: while filters run, RuleName is `-` for every event");
    Some(Diagnostic::new(code, condition.field.span.clone(), message).help("remove the condition"))
}

/// A value, or an item of a list, that the field never prints.
pub(super) fn never_matches(condition: &Condition) -> Option<Diagnostic> {
    if may_expand(condition) {
        return None;
    }
    let part = Part::of(condition.operator.value)?;
    let field = condition.field.value;
    let found = items(condition).filter(|item| !item.is_empty()).find_map(|item| {
        let fault = match field.field_type() {
            FieldType::Path => path_fault(condition, item).map(everywhere),
            _ if [fields::COMMAND_LINE, fields::DETAILS].contains(&field) => percent_fault(part, item),
            kind => fault(kind, part, item),
        };
        Some((item, fault?))
    });
    let (item, Fault { scope, help }) = found?;
    let message = format!("{}{scope} never {} `{item}`", field.name(), part.verb());
    Some(Diagnostic::new(Code::NeverMatches, condition.value.span.clone(), message).help(help))
}

/// Where in the field an operator looks for the value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    Begin,
    End,
    Within,
}

impl Part {
    /// None of an operator that holds where the value is not found, or that sorts.
    fn of(operator: Operator) -> Option<Self> {
        use Operator as O;
        match operator {
            O::Is | O::IsAny | O::Image => Some(Self::Whole),
            O::BeginWith => Some(Self::Begin),
            O::EndWith => Some(Self::End),
            O::Contains | O::ContainsAny | O::ContainsAll => Some(Self::Within),
            _ => None,
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Whole => "is",
            Self::Begin => "begins with",
            Self::End => "ends with",
            Self::Within => "contains",
        }
    }

    fn begins(self) -> bool {
        matches!(self, Self::Whole | Self::Begin)
    }
}

/// Why a value is not found, and where.
struct Fault {
    /// Where it is not; empty for everywhere.
    scope: &'static str,
    help: &'static str,
}

fn everywhere(help: &'static str) -> Fault {
    Fault { scope: "", help }
}

const GUID: &str = "a GUID prints within braces: {8-4-4-4-12 hex digits}";
const ADDRESS: &str = "an address prints as 0x and 16 digits, 8 on 32-bit Windows";

/// Why no field of a type prints with this text.
fn fault(kind: FieldType, part: Part, item: &str) -> Option<Fault> {
    let (fits, help) = match kind {
        FieldType::Guid => (is_in_guid(part, item), GUID),
        FieldType::Integer => (
            is_all(item, |byte| byte.is_ascii_digit()) && !(part.begins() && is_padded(item)),
            "the number prints in decimal digits, without zeros in front",
        ),
        FieldType::Hex => {
            (is_in_hex(part, item), "the number prints as 0x and hex digits, without zeros in front")
        }
        FieldType::HexString => return address_fault(part, item),
        FieldType::Bool => (is_in_bool(part, item), "the field prints as `true` or `false`"),
        FieldType::Hashes => return hash_fault(part, item),
        FieldType::String | FieldType::Path | FieldType::Date => (true, ""),
    };
    (!fits).then(|| everywhere(help))
}

fn is_all(item: &str, fits: fn(u8) -> bool) -> bool {
    item.bytes().all(fits)
}

fn is_padded(digits: &str) -> bool {
    digits.len() > 1 && digits.starts_with('0')
}

/// The hex digits behind `0x`, if the text is such a number.
fn hex_digits(item: &str) -> Option<&str> {
    let digits = item.strip_prefix("0x").or_else(|| item.strip_prefix("0X"))?;
    is_all(digits, |byte| byte.is_ascii_hexdigit()).then_some(digits)
}

fn is_of_hex(item: &str) -> bool {
    is_all(item, |byte| byte.is_ascii_hexdigit() || matches!(byte, b'x' | b'X'))
}

fn is_in_hex(part: Part, item: &str) -> bool {
    match part {
        Part::Whole => hex_digits(item).is_some_and(|digits| !digits.is_empty() && !is_padded(digits)),
        Part::Begin => item == "0" || hex_digits(item).is_some_and(|digits| !is_padded(digits)),
        Part::End | Part::Within => is_of_hex(item),
    }
}

/// Addresses are strings, so one may be `-`.
fn address_fault(part: Part, item: &str) -> Option<Fault> {
    let digits = hex_digits(item);
    let fits = match part {
        Part::Whole => digits.is_some_and(|digits| matches!(digits.len(), 8 | 16)),
        Part::Begin => item == "0" || digits.is_some_and(|digits| digits.len() <= 16),
        Part::End | Part::Within => is_of_hex(item),
    };
    if item == "-" || fits && part != Part::Begin {
        return None;
    }
    if !fits {
        return Some(everywhere(ADDRESS));
    }
    // The highest byte is that of user or kernel space, whatever the processor.
    let digits = digits.unwrap_or_default().to_ascii_lowercase();
    let high = &digits[..digits.len().min(2)];
    (!"00".starts_with(high) && !"ff".starts_with(high)).then_some(Fault {
        scope: if digits.len() <= 8 { " on 64-bit Windows" } else { "" },
        help: "an address prints as 0x and 16 digits, as in 0x00007FF…",
    })
}

fn is_in_bool(part: Part, item: &str) -> bool {
    let item = item.to_ascii_lowercase();
    ["true", "false"].iter().any(|word| match part {
        Part::Whole => *word == item,
        Part::Begin => word.starts_with(&item),
        Part::End => word.ends_with(&item),
        Part::Within => word.contains(&item),
    })
}

/// A hash without the name of its algorithm, which Windows prints even before a single one.
fn hash_fault(part: Part, item: &str) -> Option<Fault> {
    let is_bare = is_all(item, |byte| byte.is_ascii_hexdigit());
    (is_bare && part.begins()).then_some(Fault {
        scope: " on Windows",
        help: "hashes print as SHA256=…, several as MD5=…,SHA256=…; use `contains` for one of them",
    })
}

/// A single `%` in a field of which Windows prints each twice (`N_EscapeUnicodeString`).
fn percent_fault(part: Part, item: &str) -> Option<Fault> {
    // A second one would make a variable possible. What lies at an open end may go on.
    let at = item.find('%')?;
    let goes_on =
        at == 0 && !part.begins() || at + 1 == item.len() && matches!(part, Part::Begin | Part::Within);
    (!goes_on).then_some(Fault {
        scope: " on Windows",
        help: "Sysmon doubles every `%` in this field before it compares; use `contains all` with the parts around it",
    })
}

fn is_in_guid(part: Part, item: &str) -> bool {
    match part {
        Part::Whole => return is_guid(item),
        Part::Begin if !item.starts_with('{') => return false,
        Part::End if !item.ends_with('}') => return false,
        _ => {}
    }
    is_all(item, |byte| byte.is_ascii_hexdigit() || matches!(byte, b'-' | b'{' | b'}'))
}

fn is_guid(item: &str) -> bool {
    let Some(inner) = item.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else { return false };
    let lengths = inner.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && inner.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// Why no image has this path.
fn path_fault(condition: &Condition, item: &str) -> Option<&'static str> {
    if !condition.field.value.name().ends_with("Image") {
        return None;
    }
    let is_name = !item.contains(['\\', '/']) && item.to_ascii_lowercase().ends_with(".exe");
    match condition.operator.value {
        Operator::Is | Operator::IsAny if is_name => {
            Some("an image prints with its path; `image` compares the name alone")
        }
        Operator::Image if item.contains('\\') && !item.contains(':') && !item.starts_with('\\') => {
            Some("with a backslash in it the value has to be the whole path; use `end with`")
        }
        Operator::EndWith if item.ends_with('\\') => {
            Some("the path of an image does not end with a backslash")
        }
        _ => None,
    }
}
