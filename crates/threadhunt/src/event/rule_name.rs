//! What people write into `RuleName`: an ATT&CK technique, bare or in `key=value` pairs.
//!
//! Forms seen in public configurations: `T1055`, `T1055.012`, `technique_id=T1055,technique_name=Process Injection`,
//! `MitreRef=T1055,Technique=…`, and the same within longer lists.

/// A technique that a rule's name claims; the judgement's own technique is another matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Technique<'t> {
    /// `T1055` or `T1055.012`.
    pub id: &'t str,
    /// The technique's name, where the rule's name holds one.
    pub name: Option<&'t str>,
}

/// Keys that hold a technique's id, as public configurations spell them.
const ID_KEYS: &[&str] = &["technique_id", "mitreref", "attack", "mitre", "id"];
/// Keys that hold a technique's name.
const NAME_KEYS: &[&str] = &["technique_name", "technique"];

/// Reads the technique out of a rule's name; `None` where no part looks like one.
///
/// ```
/// # use threadhunt::event::technique;
/// let found = technique("technique_id=T1055,technique_name=Process Injection").expect("a technique");
/// assert_eq!((found.id, found.name), ("T1055", Some("Process Injection")));
/// assert_eq!(technique("T1114").expect("a technique").name, None);
/// assert_eq!(technique("-"), None);
/// ```
pub fn technique(rule_name: &str) -> Option<Technique<'_>> {
    let parts = || rule_name.split([',', ';', '|']).map(str::trim);
    let valued = |keys: &'static [&'static str]| {
        parts()
            .filter_map(|part| part.split_once('='))
            .filter(move |(key, _)| keys.iter().any(|k| k.eq_ignore_ascii_case(key.trim())))
            .map(|(_, value)| value.trim())
    };
    let id = valued(ID_KEYS)
        .find(|value| is_technique_id(value))
        .or_else(|| parts().find(|part| is_technique_id(part)))?;
    Some(Technique { id, name: valued(NAME_KEYS).find(|value| !value.is_empty() && !is_technique_id(value)) })
}

/// Whether a text is `T` and four digits, with three more after a point for a sub-technique.
fn is_technique_id(text: &str) -> bool {
    let digits =
        |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    let Some(number) = text.strip_prefix(['T', 't']) else { return false };
    match number.split_once('.') {
        Some((main, sub)) => digits(main, 4) && digits(sub, 3),
        None => digits(number, 4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule_name: &str, id: &str, name: Option<&str>) {
        assert_eq!(technique(rule_name), Some(Technique { id, name }));
    }

    #[test]
    fn every_form_that_people_use() {
        check("T1114", "T1114", None);
        check("T1055.012", "T1055.012", None);
        check("technique_id=T1055,technique_name=Process Injection", "T1055", Some("Process Injection"));
        check(
            "technique_id=T1055.001,technique_name=Dynamic-link Library Injection,phase_name=x",
            "T1055.001",
            Some("Dynamic-link Library Injection"),
        );
        check(
            "MitreRef=T1055,Technique=Process Injection,Tactic=Defense Evasion",
            "T1055",
            Some("Process Injection"),
        );
        check("Alert, T1055", "T1055", None);
    }

    #[test]
    fn other_names_hold_none() {
        for name in ["", "-", "Tools", "T105", "T10555", "my rule T1055x", "technique_id="] {
            assert_eq!(technique(name), None, "{name}");
        }
    }
}
