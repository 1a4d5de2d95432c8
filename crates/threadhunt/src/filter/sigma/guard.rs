//! What a text of rules may ask for before any parser sees it.
//!
//! YAML can multiply a small text by aliases, and conditions can nest until a recursive parser has
//! no stack left. Here the documents are walked once without building anything: nodes are counted
//! as aliases repeat them, and whatever a recursive parser would follow is measured.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

/// Largest text of rules; all that SigmaHQ publishes for Windows have 5 MiB together.
pub const MAX_BYTES: usize = 16 << 20;
/// Largest document: the parser needs about 100 bytes for each of its values at once. SigmaHQ's largest,
/// a list of drivers, has 288 KiB.
const MAX_DOCUMENT: usize = 2 << 20;
/// Most values of a text, counted as often as aliases repeat them.
const MAX_NODES: usize = 1 << 20;
/// Longest key: a field with its modifiers. The parser follows `[` in keys recursively.
const MAX_KEY: usize = 512;
/// Most `(` and `not` of a condition: what its parser follows recursively.
const MAX_NESTING: usize = 200;
/// Deepest nesting of flow collections: libyaml's time grows with its square.
const MAX_FLOW: usize = 128;
/// Most lines that begin with `%`: the time that libyaml takes for directives grows with their square.
const MAX_DIRECTIVES: usize = 64;

/// Checks a text; the error says what is too much.
pub(super) fn check(text: &str) -> Result<(), String> {
    if text.len() > MAX_BYTES {
        return Err(format!("more than {} MiB of rules in one file", MAX_BYTES >> 20));
    }
    measure(text)?;
    let mut nodes = MAX_NODES;
    for document in yaml_serde::Deserializer::from_str(text) {
        // What is not YAML is the parser's to tell of; its reader must not go on after an error.
        match (Node { left: &mut nodes, is_condition: false }).deserialize(document) {
            Ok(()) => {}
            Err(error) if error.to_string().contains(EXCESS) => return Err(error.to_string()),
            Err(_) => break,
        }
    }
    Ok(())
}

/// Measures the lines: how deep `[` and `{` nest at most, whatever is quoted, and how long documents are.
fn measure(text: &str) -> Result<(), String> {
    let (mut depth, mut length, mut directives) = (0_usize, 0, 0);
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") {
            (depth, length) = (0, 0);
        }
        length += line.len();
        directives += usize::from(line.starts_with('%'));
        for byte in line.bytes() {
            match byte {
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > MAX_FLOW {
                return Err(format!("more than {MAX_FLOW} brackets open at once"));
            }
        }
        if length > MAX_DOCUMENT {
            return Err(format!("a document of more than {} MiB", MAX_DOCUMENT >> 20));
        }
        if directives > MAX_DIRECTIVES {
            return Err(format!("more than {MAX_DIRECTIVES} directives"));
        }
    }
    Ok(())
}

/// What an error of ours begins with, to be told from the parser's.
const EXCESS: &str = "too much to read safely: ";

struct Node<'n> {
    left: &'n mut usize,
    is_condition: bool,
}

impl Node<'_> {
    fn count<E: Error>(&mut self) -> Result<(), E> {
        *self.left =
            self.left.checked_sub(1).ok_or_else(|| excess("values, as often as aliases repeat them"))?;
        Ok(())
    }
}

fn excess<E: Error>(what: &str) -> E {
    E::custom(format_args!("{EXCESS}{what}"))
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(mut self, deserializer: D) -> Result<(), D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if !self.is_condition {
            return Ok(());
        }
        let brackets = text.bytes().filter(|byte| *byte == b'(').count();
        let negations =
            text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| *word == "not").count();
        if brackets + negations > MAX_NESTING {
            Err(excess("brackets and negations in a condition"))
        } else {
            Ok(())
        }
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i128<E>(self, _: i128) -> Result<(), E> {
        Ok(())
    }

    fn visit_u128<E>(self, _: u128) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Node { left: self.left, is_condition: self.is_condition })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(key) = entries.next_key::<Key>()? {
            if key.0.len() > MAX_KEY {
                return Err(excess("characters in a key"));
            }
            let is_condition = self.is_condition || key.0 == "condition";
            entries.next_value_seed(Node { left: self.left, is_condition })?;
        }
        Ok(())
    }

    fn visit_enum<A: serde::de::EnumAccess<'de>>(self, tagged: A) -> Result<(), A::Error> {
        use serde::de::VariantAccess as _;
        let (_, value) = tagged.variant::<Key>()?;
        value.newtype_variant_seed(Node { left: self.left, is_condition: self.is_condition })
    }
}

/// A key's text; a key of another kind has none.
struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let key = yaml_serde::Value::deserialize(deserializer)?;
        Ok(Self(key.as_str().unwrap_or_default().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_rules_pass() {
        assert_eq!(
            check("title: a\ndetection: {a: [1, 2.5, true, null], condition: not (a)}\n---\nb: c\n"),
            Ok(())
        );
        assert_eq!(check(""), Ok(()));
        assert_eq!(check("not: [yaml"), Ok(()), "the parser's to tell of");
    }

    /// What is not refused takes time in proportion, or this test does not end.
    #[test]
    fn the_largest_documents_end() {
        for unit in [
            "- ", "a: ", "? ", "a,", "&a ", "*a ", "!!a ", "'", "\"\\x41", "|\n", "\n ", "a\n", "a: &b\n",
            "- a\n",
        ] {
            let _ = check(&unit.repeat((MAX_DOCUMENT / 4) / unit.len()));
        }
    }

    #[test]
    fn aliases_that_multiply_are_refused() {
        let items = "a, ".repeat(20_000);
        let aliases = "*x, ".repeat(20_000);
        let error = check(&format!("big: &x [{items}]\nall: [{aliases}]\n")).unwrap_err();
        assert!(error.contains("aliases"), "{error}");
    }

    #[test]
    fn what_a_parser_would_follow_without_end_is_refused() {
        for condition in ["not ".repeat(300) + "a", "(".repeat(300) + "a" + &")".repeat(300)] {
            let error = check(&format!("detection:\n  condition: {condition}\n")).unwrap_err();
            assert!(error.contains("condition"), "{error}");
            assert!(check(&format!("detection:\n  condition:\n  - {condition}\n")).is_err());
        }
        assert!(check(&format!("{}a: 1\n", "x[any].".repeat(100))).is_err());
        assert!(check(&"[".repeat(1 << 20)).is_err());
        assert!(check(&"---\n".repeat(MAX_BYTES / 4 + 1)).is_err());
        assert!(check(&"a".repeat(MAX_DOCUMENT + 1)).is_err());
        assert!(check(&"%TAG ! x\n".repeat(100)).is_err());
    }
}
