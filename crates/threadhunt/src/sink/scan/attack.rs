//! ATT&CK's own names for the techniques of findings.
//!
//! Other programs want name and link beside an id. Only the family that remote threads belong to
//! is here; a technique that a file of weights brings along has its id alone.

use serde_json::{Value, json};

use super::document::object;

/// Ids and names (attack.mitre.org, Enterprise, "Process Injection" and its sub-techniques).
const NAMES: &[(&str, &str)] = &[
    ("T1055", "Process Injection"),
    ("T1055.001", "Dynamic-link Library Injection"),
    ("T1055.002", "Portable Executable Injection"),
    ("T1055.003", "Thread Execution Hijacking"),
    ("T1055.004", "Asynchronous Procedure Call"),
    ("T1055.005", "Thread Local Storage"),
    ("T1055.008", "Ptrace System Calls"),
    ("T1055.009", "Proc Memory"),
    ("T1055.011", "Extra Window Memory Injection"),
    ("T1055.012", "Process Hollowing"),
    ("T1055.013", "Process Doppelgänging"),
    ("T1055.014", "VDSO Hijacking"),
    ("T1055.015", "ListPlanting"),
];

/// What a model calls the parts of a technique.
pub(super) struct Words {
    pub(super) id: &'static str,
    pub(super) link: &'static str,
    /// Whether each part is a list, as models have it that describe several techniques in one object.
    pub(super) lists: bool,
}

/// The technique, and the sub-technique where the id names one.
pub(super) fn described(id: &str, words: &Words) -> (Value, Option<Value>) {
    let main = id.split('.').next().unwrap_or(id);
    (one(main, words), (main.len() < id.len()).then(|| one(id, words)))
}

fn one(id: &str, words: &Words) -> Value {
    let part = |text: Option<String>| match text {
        Some(text) if words.lists => json!([text]),
        text => json!(text),
    };
    let name = NAMES.iter().find(|(known, _)| *known == id).map(|(_, name)| (*name).to_owned());
    object([(words.id, part(Some(id.to_owned()))), ("name", part(name)), (words.link, part(Some(link(id))))])
}

/// The page of a technique.
fn link(id: &str) -> String {
    format!("https://attack.mitre.org/techniques/{}/", id.replace('.', "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sub_technique_has_both_levels() {
        let words = Words { id: "uid", link: "src_url", lists: false };
        let (technique, sub) = described("T1055.001", &words);
        assert_eq!((&technique["uid"], &technique["name"]), (&json!("T1055"), &json!("Process Injection")));
        let sub = sub.unwrap();
        assert_eq!(sub["src_url"], "https://attack.mitre.org/techniques/T1055/001/");
        assert_eq!(described("T1055", &words).1, None);
        assert_eq!(described("T1003", &Words { lists: true, ..words }).0["uid"], json!(["T1003"]));
    }
}
