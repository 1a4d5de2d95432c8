//! What a collector did to the texts of a record, and what takes it back.
//!
//! Only where all of a record's texts may have been treated so: one that was not would lose what it says.

/// How texts of data are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// As in the event.
    Plain,
    /// With the entities of XML.
    Entities,
    /// With every backslash doubled, by some versions.
    Doubled,
}

impl Spelling {
    /// What undoes it for a text that it changed; `None` where nothing is to be undone.
    pub(super) fn change(self, are_doubled: impl FnOnce() -> bool) -> Option<fn(&str) -> Option<String>> {
        match self {
            Self::Plain => None,
            Self::Entities => Some(unescaped),
            Self::Doubled => are_doubled().then_some(halved),
        }
    }
}

/// Without the entities of XML, where all of its ampersands are such.
fn unescaped(text: &str) -> Option<String> {
    const ENTITIES: &[(&str, char)] =
        &[("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&'), ("&quot;", '"'), ("&apos;", '\'')];
    memchr::memchr(b'&', text.as_bytes())?;
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        let (entity, c) = ENTITIES.iter().find(|(entity, _)| rest[at..].starts_with(entity))?;
        plain.push(*c);
        rest = &rest[at + entity.len()..];
    }
    plain.push_str(rest);
    (plain.len() < text.len()).then_some(plain)
}

/// Whether backslashes stand in pairs only.
pub(super) fn is_doubled(text: &str) -> bool {
    let mut run = 0;
    text.bytes().chain([0]).all(|byte| {
        let is_even = byte == b'\\' || run % 2 == 0;
        run = if byte == b'\\' { run + 1 } else { 0 };
        is_even
    })
}

/// With every pair of backslashes made one.
fn halved(text: &str) -> Option<String> {
    text.contains(r"\\").then(|| text.replace(r"\\", r"\"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_resolved_once_and_all_or_none() {
        assert_eq!(unescaped("&lt;unknown process&gt;").as_deref(), Some("<unknown process>"));
        assert_eq!(unescaped("a&amp;amp;b").as_deref(), Some("a&amp;b"));
        for plain in ["", "a & b", "x=1&y=2&lt;", "plain"] {
            assert_eq!(unescaped(plain), None, "{plain}");
        }
    }

    #[test]
    fn doubled_backslashes_are_known_by_all_of_them() {
        for (text, doubled) in [
            (r"C:\\Windows\\x", true),
            (r"\\\\host\\share", true),
            ("x", true),
            (r"\\host\share", false),
            (r"C:\\a\b", false),
        ] {
            assert_eq!(is_doubled(text), doubled, "{text}");
        }
        assert_eq!(halved(r"\\\\host\\share").as_deref(), Some(r"\\host\share"));
    }
}
