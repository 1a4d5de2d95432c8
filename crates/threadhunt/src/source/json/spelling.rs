//! What collectors do to the texts of an event, and how it is taken back.
//!
//! Entities of XML stand for themselves where a bare ampersand shows that nothing was escaped. That
//! backslashes were doubled is proven by a pair where no path has one, as behind `C:`; `\\srv` alone may
//! be the beginning of a share, or a doubled `\srv`. What cannot be told is kept, and said.

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

/// What is to be done to the texts of a record.
#[derive(Clone, Copy)]
pub(super) enum Change {
    Nothing,
    /// What undoes it for a text that was changed.
    By(fn(&str) -> Option<String>),
    /// Nothing, which may be wrong.
    InDoubt,
}

/// What is said of a record whose backslashes may have been doubled.
pub(super) const DOUBT: &str =
    r"whether a collector doubled its backslashes cannot be told from two at a beginning: kept as they are";

impl Spelling {
    /// What is to be done, by all texts of a record.
    pub(super) fn change<'t>(self, texts: impl Iterator<Item = &'t str>) -> Change {
        match self {
            Self::Plain => Change::Nothing,
            Self::Entities => Change::By(unescaped),
            Self::Doubled => match texts.map(pairs).max().unwrap_or(Pairs::None) {
                Pairs::None | Pairs::Broken => Change::Nothing,
                Pairs::Possible => Change::InDoubt,
                Pairs::Proven => Change::By(halved),
            },
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

/// What the backslashes of a text say of all; the stronger one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Pairs {
    /// There are none.
    None,
    /// They may be as they were.
    Possible,
    /// They stand in pairs where no path has one.
    Proven,
    /// One stands alone.
    Broken,
}

fn pairs(text: &str) -> Pairs {
    let mut found = Pairs::None;
    let mut at = 0;
    while let Some(start) = memchr::memchr(b'\\', &text.as_bytes()[at..]).map(|start| at + start) {
        let len = text.as_bytes()[start..].iter().take_while(|byte| **byte == b'\\').count();
        found = found.max(match len {
            _ if len % 2 == 1 => return Pairs::Broken,
            2 if may_begin_share(&text[..start]) => Pairs::Possible,
            _ => Pairs::Proven,
        });
        at = start + len;
    }
    found
}

/// Whether `\\host` may stand behind a text.
fn may_begin_share(before: &str) -> bool {
    let mut last = before.chars().rev();
    match last.next() {
        // A drive, or the switch of a program.
        Some(':') => {
            !last.next().is_some_and(char::is_alphabetic) || last.next().is_some_and(char::is_alphanumeric)
        }
        Some(c) => !(c.is_alphanumeric() || matches!(c, '_' | '.' | '%' | '$' | '~' | ')' | ']' | '}')),
        None => true,
    }
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
        for (text, expected) in [
            (r"C:\\Windows\\x", Pairs::Proven),
            (r"\\\\host\\share", Pairs::Proven),
            (r"HKLM\\System", Pairs::Proven),
            (r"%TEMP%\\x", Pairs::Proven),
            ("x", Pairs::None),
            (r"\\srv", Pairs::Possible),
            (r"net use \\srv", Pairs::Possible),
            (r"tool /path:\\srv", Pairs::Possible),
            (r"\\host\share", Pairs::Broken),
            (r"C:\\a\b", Pairs::Broken),
        ] {
            assert_eq!(pairs(text), expected, "{text}");
        }
        assert_eq!(halved(r"\\\\host\\share").as_deref(), Some(r"\\host\share"));
    }
}
