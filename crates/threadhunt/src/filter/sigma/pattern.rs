//! Patterns over text: a literal at the start, at the end, anywhere or as the whole, or with `*` and `?`.
//!
//! Letter case is ignored unless a rule says `cased`: both sides are folded to lower case, the text once
//! for all rules. Nearly all patterns are literals; what has wildcards inside runs in at most the product
//! of both lengths.

use memchr::memmem::Finder;
use rsigma_parser::{SigmaString, SpecialChar, StringPart};

/// Where in a text a literal must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Anchor {
    Whole,
    Start,
    End,
    Anywhere,
}

impl Anchor {
    fn of(at_start: bool, at_end: bool) -> Self {
        match (at_start, at_end) {
            (true, true) => Self::Whole,
            (true, false) => Self::Start,
            (false, true) => Self::End,
            (false, false) => Self::Anywhere,
        }
    }

    /// Whether a literal found at `start..end` of a text of `length` bytes stands where it must.
    pub(super) fn holds(self, start: usize, end: usize, length: usize) -> bool {
        match self {
            Self::Whole => start == 0 && end == length,
            Self::Start => start == 0,
            Self::End => end == length,
            Self::Anywhere => true,
        }
    }
}

/// A pattern that a text fits or does not.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    form: Form,
    /// Whether letter case counts.
    cased: bool,
}

#[derive(Clone, Debug)]
enum Form {
    Literal(Anchor, Box<[u8]>),
    /// Anywhere, with what makes the search quick.
    Inside(Box<Finder<'static>>),
    Glob(Box<[Part]>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Byte(u8),
    /// Any one character.
    One,
    /// Any characters, also none.
    Run,
}

impl Pattern {
    /// A pattern of one literal.
    pub(super) fn literal(anchor: Anchor, text: &str, cased: bool) -> Self {
        let bytes = if cased { text.as_bytes().to_vec() } else { folded(text) };
        let form = match anchor {
            Anchor::Anywhere => Form::Inside(Box::new(Finder::new(&bytes).into_owned())),
            _ => Form::Literal(anchor, bytes.into()),
        };
        Self { form, cased }
    }

    /// A rule's string with its wildcards; `*` at an end loosens the anchor there.
    pub(super) fn new(anchor: Anchor, text: &SigmaString, cased: bool) -> Self {
        let mut parts = text.parts.as_slice();
        let run = StringPart::Special(SpecialChar::WildcardMulti);
        let mut at_start = matches!(anchor, Anchor::Whole | Anchor::Start);
        let mut at_end = matches!(anchor, Anchor::Whole | Anchor::End);
        while let Some(rest) = parts.strip_prefix(std::slice::from_ref(&run)) {
            (parts, at_start) = (rest, false);
        }
        while let Some(rest) = parts.strip_suffix(std::slice::from_ref(&run)) {
            (parts, at_end) = (rest, false);
        }
        match parts {
            [] => Self::literal(Anchor::of(at_start, at_end), "", cased),
            [StringPart::Plain(plain)] => Self::literal(Anchor::of(at_start, at_end), plain, cased),
            _ => Self { form: glob(parts, at_start, at_end, cased), cased },
        }
    }

    /// Whether letter case counts.
    pub(super) fn is_cased(&self) -> bool {
        self.cased
    }

    /// Whether a text fits, which was folded unless the pattern is cased.
    pub(super) fn fits(&self, text: &[u8]) -> bool {
        match &self.form {
            Form::Literal(Anchor::Whole, literal) => text == &**literal,
            Form::Literal(Anchor::Start, literal) => text.starts_with(literal),
            Form::Literal(_, literal) => text.ends_with(literal),
            Form::Inside(finder) => finder.find(text).is_some(),
            Form::Glob(parts) => fits(parts, text),
        }
    }

    /// Its anchor, whether case counts, and its text, where that is without wildcards.
    pub(super) fn literal_form(&self) -> Option<(Anchor, bool, &[u8])> {
        match &self.form {
            Form::Literal(anchor, literal) => Some((*anchor, self.cased, literal)),
            Form::Inside(finder) => Some((Anchor::Anywhere, self.cased, finder.needle())),
            Form::Glob(_) => None,
        }
    }

    /// Whether it is how a rule asks for no value: `''` or `'-'` as the whole.
    pub(super) fn asks_for_none(&self) -> bool {
        matches!(&self.form, Form::Literal(Anchor::Whole, literal) if matches!(&**literal, b"" | b"-"))
    }

    /// A literal that stands in every text that fits, folded, and where.
    pub(super) fn needle(&self) -> Option<(Anchor, Vec<u8>)> {
        let (anchor, bytes) = match &self.form {
            Form::Literal(anchor, literal) => (*anchor, literal.to_vec()),
            Form::Inside(finder) => (Anchor::Anywhere, finder.needle().to_vec()),
            Form::Glob(parts) => (Anchor::Anywhere, longest(parts)),
        };
        // A needle in the text's own case may cut no character: it came from whole strings.
        let bytes = if self.cased { folded(&String::from_utf8_lossy(&bytes)) } else { bytes };
        (!bytes.is_empty()).then_some((anchor, bytes))
    }
}

fn glob(parts: &[StringPart], at_start: bool, at_end: bool, cased: bool) -> Form {
    let mut out = Vec::new();
    if !at_start {
        out.push(Part::Run);
    }
    for part in parts {
        match part {
            StringPart::Plain(text) if cased => out.extend(text.bytes().map(Part::Byte)),
            StringPart::Plain(text) => out.extend(folded(text).into_iter().map(Part::Byte)),
            StringPart::Special(SpecialChar::WildcardSingle) => out.push(Part::One),
            StringPart::Special(SpecialChar::WildcardMulti) => out.push(Part::Run),
        }
    }
    if !at_end {
        out.push(Part::Run);
    }
    out.dedup_by(|a, b| *a == Part::Run && *b == Part::Run);
    Form::Glob(out.into())
}

/// The longest run of literal bytes.
fn longest(parts: &[Part]) -> Vec<u8> {
    let runs = parts.split(|part| !matches!(part, Part::Byte(_)));
    let bytes = |run: &[Part]| {
        run.iter().filter_map(|part| if let Part::Byte(b) = part { Some(*b) } else { None }).collect()
    };
    runs.max_by_key(|run| run.len()).map(bytes).unwrap_or_default()
}

/// As [`Wildcard`](crate::event::Wildcard): a failed run is only ever resumed at the last `*`.
fn fits(parts: &[Part], text: &[u8]) -> bool {
    let (mut part, mut at) = (0, 0);
    let mut resume: Option<(usize, usize)> = None;
    loop {
        match parts.get(part) {
            Some(Part::Run) => {
                part += 1;
                resume = Some((part, at));
                continue;
            }
            None if at == text.len() => return true,
            Some(Part::Byte(byte)) if text.get(at) == Some(byte) => {
                (part, at) = (part + 1, at + 1);
                continue;
            }
            Some(Part::One) if at < text.len() => {
                (part, at) = (part + 1, next_char(text, at));
                continue;
            }
            _ => {}
        }
        let Some((after, from)) = resume.filter(|(_, from)| *from < text.len()) else { return false };
        let from = next_char(text, from);
        (part, at) = (after, from);
        resume = Some((after, from));
    }
}

/// Where the character after the one at `at` begins.
fn next_char(text: &[u8], at: usize) -> usize {
    let is_inside = |byte: &&u8| **byte & 0xc0 == 0x80;
    at + 1 + text.get(at + 1..).unwrap_or_default().iter().take_while(is_inside).count()
}

/// Text as rules without `cased` compare it.
pub(super) fn folded(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    fold(text.as_bytes(), &mut out);
    out
}

/// Appends UTF-8 in lower case, letter by letter.
pub(super) fn fold(text: &[u8], out: &mut Vec<u8>) {
    if text.is_ascii() {
        let start = out.len();
        out.extend_from_slice(text);
        out[start..].make_ascii_lowercase();
        return;
    }
    let mut buffer = [0; 4];
    for lower in String::from_utf8_lossy(text).chars().flat_map(char::to_lowercase) {
        out.extend_from_slice(lower.encode_utf8(&mut buffer).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(anchor: Anchor, pattern: &str, text: &str, expected: bool) {
        let pattern = Pattern::new(anchor, &SigmaString::new(pattern), false);
        assert_eq!(pattern.fits(&folded(text)), expected, "{pattern:?} on {text}");
        if let (true, Some((anchor, needle))) = (expected, pattern.needle()) {
            let text = folded(text);
            let mut found = (0..=text.len()).filter(|at| text[*at..].starts_with(&needle));
            assert!(
                found.any(|at| anchor.holds(at, at + needle.len(), text.len())),
                "{pattern:?} needs its needle"
            );
        }
    }

    #[test]
    fn anchors_and_case() {
        check(Anchor::Whole, "Cmd.EXE", "cmd.exe", true);
        check(Anchor::Whole, "cmd", "cmd.exe", false);
        check(Anchor::Start, r"C:\Win", r"c:\windows", true);
        check(Anchor::Start, "win", r"c:\windows", false);
        check(Anchor::End, r"\CMD.exe", r"C:\x\cmd.exe", true);
        check(Anchor::End, "cmd", "cmd.exe", false);
        check(Anchor::Anywhere, "MÖR", "ein Mörder", true);
        check(Anchor::Anywhere, "", "", true);
    }

    #[test]
    fn wildcards_and_their_escapes() {
        check(Anchor::Whole, r"*\cmd.exe", r"C:\cmd.exe", true);
        check(Anchor::Whole, "a*", "abc", true);
        check(Anchor::Whole, "a*c", "abc", true);
        check(Anchor::Whole, "a*c", "abcd", false);
        check(Anchor::Whole, "a?c", "aéc", true);
        check(Anchor::Whole, "a?c", "ac", false);
        check(Anchor::Whole, r"a\*c", "a*c", true);
        check(Anchor::Whole, r"a\*c", "abc", false);
        check(Anchor::Whole, r"a\?", "a?", true);
        check(Anchor::Whole, r"a\\*", r"a\bc", true);
        check(Anchor::Whole, r"\W\\d", r"\W\d", true);
        check(Anchor::Anywhere, "b?d*f", "abcdeeefg", true);
        check(Anchor::Start, "?b", "abc", true);
        check(Anchor::End, "b*d", "abcd", true);
        check(Anchor::End, "b*d", "abcde", false);
        check(Anchor::Whole, "*", "", true);
        check(Anchor::Whole, "?*", "", false);
    }

    #[test]
    fn many_runs_stay_quick() {
        check(Anchor::Whole, &"*a".repeat(200), &"b".repeat(60_000), false);
    }

    #[test]
    fn cased_patterns_see_the_case() {
        let pattern = Pattern::new(Anchor::Anywhere, &SigmaString::new("Ab?d"), true);
        assert!(pattern.fits(b"xxAbcd") && !pattern.fits(b"xxabcd"));
        assert_eq!(pattern.needle(), Some((Anchor::Anywhere, b"ab".to_vec())));
    }
}
