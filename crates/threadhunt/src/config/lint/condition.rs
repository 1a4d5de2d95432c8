//! Checks of single conditions: operators and values that are not what they seem.

use super::never;
use crate::config::{Condition, Operator};
use crate::report::{Diagnostic, DiagnosticCode as Code};
use crate::schema::FieldType;

/// A check of one condition.
type Check = fn(&Condition) -> Option<Diagnostic>;

/// All of them.
pub(super) const CHECKS: &[Check] = &[
    outer_space,
    empty_item,
    reversed_operator,
    list_in_single,
    literal_wildcard,
    number_as_text,
    environment_variable,
    never::empty_value,
    never::rule_name,
    never::never_matches,
];

fn on_value(condition: &Condition, code: Code, message: &str) -> Diagnostic {
    Diagnostic::new(code, condition.value.span.clone(), message)
}

fn on_operator(condition: &Condition, code: Code, message: String) -> Diagnostic {
    Diagnostic::new(code, condition.operator.span.clone(), message)
}

/// The items of a value: those of a list, or the value.
pub(super) fn items(condition: &Condition) -> impl Iterator<Item = &str> {
    let separators: &[char] = if condition.operator.value.takes_list() { &[';'] } else { &[] };
    condition.value.value.split(separators)
}

/// Bytes of the buffer that Sysmon expands variables into (`MAX_PATH`, with the end of the text).
const EXPANDED: usize = 260;

/// Whether Windows may compare something else than the value, or give the condition up.
///
/// What stands between two `%` may be a variable, whatever it looks like. With one there is nothing
/// to expand, but the value still has to fit.
pub(super) fn may_expand(condition: &Condition) -> bool {
    let value = &condition.value.value;
    let percents = value.bytes().filter(|byte| *byte == b'%').take(2).count();
    percents == 2 || percents == 1 && value.len() >= EXPANDED
}

fn outer_space(condition: &Condition) -> Option<Diagnostic> {
    let blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let value = &condition.value.value;
    let message = if value.starts_with(blank) || value.ends_with(blank) {
        "the blanks around the value are part of it"
    } else if items(condition).any(|item| item.starts_with(blank) || item.ends_with(blank)) {
        "the blanks around items of the list are part of them"
    } else {
        return None;
    };
    let complaint = on_value(condition, Code::OuterSpace, message);
    Some(
        complaint
            .help("Sysmon up to 13.2 took blanks around a value off, newer ones compare them: write none"),
    )
}

fn empty_item(condition: &Condition) -> Option<Diagnostic> {
    let value = &condition.value.value;
    if !condition.operator.value.takes_list()
        || value.is_empty()
        || items(condition).all(|item| !item.is_empty())
    {
        return None;
    }
    const INNER: &str = "an empty item in the list is read as all that follows it, `;` included";
    let has_inner = value.strip_suffix(';').unwrap_or(value).split(';').any(str::is_empty);
    let message = match condition.operator.value {
        Operator::IsAny => "the list has an empty item, which never matches",
        Operator::ContainsAll | Operator::ExcludesAll if !has_inner => {
            "the list ends with `;`: its last item is empty and changes nothing"
        }
        Operator::ContainsAll | Operator::ExcludesAll => INNER,
        Operator::ExcludesAny if value.ends_with(';') => {
            "the list ends with `;`: its last item is empty, so the condition never holds"
        }
        _ if value.ends_with(';') => "the list ends with `;`: its last item is empty and matches everything",
        _ => INNER,
    };
    Some(on_value(condition, Code::EmptyItem, message).help("remove the superfluous `;`"))
}

fn reversed_operator(condition: &Condition) -> Option<Diagnostic> {
    let (does, documented) = match condition.operator.value {
        Operator::ExcludesAny => ("holds when none of the items is in the field", "one is missing"),
        Operator::ExcludesAll => ("holds when at least one item is missing from the field", "none is there"),
        _ => return None,
    };
    let several = items(condition).nth(1).is_some();
    let message =
        format!("`{}` {does}; its documentation says: when {documented}", condition.operator.value.name());
    several.then(|| on_operator(condition, Code::ReversedOperator, message))
}

fn list_in_single(condition: &Condition) -> Option<Diagnostic> {
    let operator = condition.operator.value;
    if operator.takes_list() || !condition.value.value.contains(';') {
        return None;
    }
    let message = format!("`{}` takes no list: the `;` is part of the value", operator.name());
    let whole_paths = || condition.value.value.split(';').all(|item| item.contains('\\'));
    let list = match operator {
        Operator::Is => Some("is any"),
        Operator::Image if whole_paths() => Some("is any"),
        Operator::Contains => Some("contains any"),
        Operator::Excludes => Some("excludes any"),
        _ => None,
    };
    let complaint = on_value(condition, Code::ListInSingle, &message);
    if operator == Operator::Image && list.is_none() {
        let help = "write one condition `image` for each item: `is any` would compare whole paths";
        return Some(complaint.help(help));
    }
    Some(complaint.help(match list {
        Some(list) => format!("write `{list}` for a list, or one condition for each item"),
        None => "write one condition for each item".to_owned(),
    }))
}

fn literal_wildcard(condition: &Condition) -> Option<Diagnostic> {
    // Two beginnings of paths that hold question marks.
    let value = condition.value.value.replace(r"\??\", "").replace(r"\\?\", "");
    let complaint = || {
        on_value(
            condition,
            Code::LiteralWildcard,
            "`*` and `?` are no wildcards: they are compared as they are",
        )
    };
    value
        .contains(['*', '?'])
        .then(|| complaint().help("use `contains`, `begin with`, `end with` or `contains all`"))
}

fn number_as_text(condition: &Condition) -> Option<Diagnostic> {
    let is_order = matches!(condition.operator.value, Operator::LessThan | Operator::MoreThan);
    let field = condition.field.value;
    let is_number = matches!(field.field_type(), FieldType::Integer | FieldType::Hex | FieldType::HexString);
    let message = format!("{} is compared as text: 9 is more than 10", field.name());
    (is_order && is_number).then(|| on_operator(condition, Code::NumberAsText, message))
}

fn environment_variable(condition: &Condition) -> Option<Diagnostic> {
    let is_name = |text: &str| {
        !text.is_empty()
            && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '(' | ')' | '.' | '-'))
    };
    // What stands between the first and the last `%` are names, or texts between two variables.
    let parts: Vec<&str> = condition.value.value.split('%').collect();
    let named = parts.len() > 2 && parts[1..parts.len() - 1].iter().any(|part| is_name(part));
    let message =
        "on Windows the variable is expanded for each session; where that fails the condition does not match";
    let help = "write the path out: here, as on Linux, `%` is compared as it is";
    named.then(|| on_value(condition, Code::EnvironmentVariable, message).help(help))
}
