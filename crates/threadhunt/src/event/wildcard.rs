//! Patterns over text: `*` for any run of characters, `?` for any one, letter case ignored.
//!
//! The program uses them for values (`--where`, `--computer`) and, where the shell does not
//! expand names itself, for paths. Letters are compared by their simple lower case, as
//! Sysmon's own conditions do (`towlower`).

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wildcard(Vec<Part>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// This character, in lower case.
    Char(char),
    One,
    Run,
}

impl Wildcard {
    /// Compiles a pattern; every text is one.
    ///
    /// ```
    /// use threadhunt::event::Wildcard;
    /// assert!(Wildcard::new(r"*\LSASS.exe").matches(r"C:\Windows\System32\lsass.exe"));
    /// assert!(!Wildcard::new("lsass").matches("lsass.exe"));
    /// ```
    pub fn new(pattern: &str) -> Self {
        let mut parts: Vec<Part> = pattern
            .chars()
            .map(|c| match c {
                '*' => Part::Run,
                '?' => Part::One,
                _ => Part::Char(lower(c)),
            })
            .collect();
        parts.dedup_by(|a, b| *a == Part::Run && *b == Part::Run);
        Self(parts)
    }

    /// Whether a text holds a character that a pattern treats specially.
    pub fn is_pattern(text: &str) -> bool {
        text.contains(['*', '?'])
    }

    /// Whether the whole text fits the pattern.
    ///
    /// Takes at most the product of both lengths: a failed run is only ever resumed at the
    /// last `*`.
    pub fn matches(&self, text: &str) -> bool {
        let mut part = 0;
        let mut rest = text.chars();
        let mut resume = None;
        loop {
            if self.0.get(part) == Some(&Part::Run) {
                part += 1;
                resume = Some((part, rest.clone()));
                continue;
            }
            match (rest.next(), self.0.get(part)) {
                (None, None) => return true,
                (Some(_), Some(Part::One)) => part += 1,
                (Some(c), Some(Part::Char(wanted))) if lower(c) == *wanted => part += 1,
                (None, Some(_)) => return false,
                _ => {
                    let Some((after, mut from)) = resume.take() else { return false };
                    if from.next().is_none() {
                        return false;
                    }
                    part = after;
                    rest = from.clone();
                    resume = Some((after, from));
                }
            }
        }
    }
}

/// The character's simple lower case.
fn lower(c: char) -> char {
    if c.is_ascii() { c.to_ascii_lowercase() } else { c.to_lowercase().next().unwrap_or(c) }
}

#[cfg(test)]
mod tests {
    use super::Wildcard;

    #[track_caller]
    fn check(pattern: &str, text: &str, expected: bool) {
        assert_eq!(Wildcard::new(pattern).matches(text), expected, "{pattern} on {text}");
    }

    #[test]
    fn whole_text_must_fit() {
        check("", "", true);
        check("", "a", false);
        check("a", "", false);
        check("ab", "abc", false);
        check("*", "", true);
        check("**", "anything", true);
        check("?", "", false);
        check("?", "é", true);
    }

    #[test]
    fn runs_backtrack_to_the_last_star() {
        check("*ab*ac", "aabxabac", true);
        check("a*b*c", "abcbcb", false);
        check("*.exe", "x.exe.exe", true);
        check("a*?c", "abbc", true);
        check("a*?c", "ac", false);
    }

    #[test]
    fn case_is_ignored_beyond_ascii() {
        check("JÖRG*", "jörg.exe", true);
        check(r"*\csrss.exe", r"C:\Windows\System32\CSRSS.EXE", true);
    }

    #[test]
    fn many_stars_stay_quick() {
        check(&"*a".repeat(200), &"a".repeat(20_000).replace('a', "b"), false);
    }
}
