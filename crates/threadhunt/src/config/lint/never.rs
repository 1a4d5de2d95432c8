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
    let field = condition.field.value;
    let equals = matches!(condition.operator.value, Operator::Is | Operator::IsAny | Operator::Image);
    let (item, help) = items(condition).filter(|item| !item.is_empty()).find_map(|item| {
        let help = match field.field_type() {
            FieldType::Path => path_fault(condition, item),
            kind if equals => fault(kind, item),
            _ => None,
        };
        Some((item, help?))
    })?;
    let verb = if equals { "is" } else { "ends with" };
    let message = format!("{} never {verb} `{item}`", field.name());
    Some(Diagnostic::new(Code::NeverMatches, condition.value.span.clone(), message).help(help))
}

/// Why no field of a type prints as this text.
fn fault(kind: FieldType, item: &str) -> Option<&'static str> {
    let digits = item.bytes().all(|byte| byte.is_ascii_digit());
    let hex = item.strip_prefix("0x").or_else(|| item.strip_prefix("0X"));
    let hex = hex.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let padded = |digits: &str| digits.len() > 1 && digits.starts_with('0');
    let (fits, help) = match kind {
        FieldType::Guid => (is_guid(item), "a GUID prints within braces: {8-4-4-4-12 hex digits}"),
        FieldType::Integer => {
            (digits && !padded(item), "the number prints in decimal digits, without zeros in front")
        }
        // 64-bit values that are no logon ids print in decimal digits.
        FieldType::Hex => (
            digits || hex.is_some_and(|digits| !padded(digits)),
            "the number prints as 0x and hex digits, without zeros in front",
        ),
        FieldType::HexString => (
            item == "-" || hex.is_some_and(|digits| matches!(digits.len(), 8 | 16)),
            "an address prints as 0x and 16 digits, 8 on 32-bit Windows",
        ),
        FieldType::Bool => (
            ["true", "false"].iter().any(|truth| truth.eq_ignore_ascii_case(item)),
            "the field prints as `true` or `false`",
        ),
        FieldType::String | FieldType::Path | FieldType::Date | FieldType::Hashes => (true, ""),
    };
    (!fits).then_some(help)
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
