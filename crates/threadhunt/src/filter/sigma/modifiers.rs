//! Modifiers: what stands after `|` in a rule's field, read into one order of work.
//!
//! Encodings (`wide`, `base64`, `windash` and so on) make other strings of a value, in the order in which
//! they are written; the rest says how the strings are compared. A combination without a meaning is
//! refused with a reason, never guessed.

use rsigma_parser::{Modifier, SigmaString, SpecialChar, StringPart};

use super::pattern::Anchor;

/// Most strings that the encodings may make of one value.
const MAX_VARIANTS: usize = 3_125;

/// How a field's values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// As text.
    Text(Anchor),
    /// As a regular expression.
    Regex,
    /// As a network.
    Cidr,
    /// With another field.
    Field(Anchor),
    /// Whether there is a value.
    Exists,
    /// As a number.
    Number(Order),
}

/// How numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    /// Whether `left` stands so to `right`.
    pub(super) fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

/// The modifiers of a field.
#[derive(Clone, Debug)]
pub(super) struct Modifiers {
    pub(super) method: Method,
    /// All values are asked for, not one of them.
    pub(super) all: bool,
    pub(super) cased: bool,
    pub(super) negated: bool,
    /// Values may hold `%placeholders%`.
    pub(super) expand: bool,
    /// Flags of a regular expression.
    pub(super) flags: Flags,
    encodings: Vec<Modifier>,
}

/// Flags of a regular expression.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    pub(super) ignore_case: bool,
    pub(super) multi_line: bool,
    pub(super) dot_all: bool,
}

impl Modifiers {
    /// Reads them; the error says which cannot stand there.
    pub(super) fn new(modifiers: &[Modifier]) -> Result<Self, String> {
        let mut methods = Vec::new();
        let mut anchor = None;
        let mut read = Self {
            method: Method::Text(Anchor::Whole),
            all: false,
            cased: false,
            negated: false,
            expand: false,
            flags: Flags::default(),
            encodings: Vec::new(),
        };
        for modifier in modifiers {
            match modifier {
                Modifier::Contains => set_anchor(&mut anchor, Anchor::Anywhere)?,
                Modifier::StartsWith => set_anchor(&mut anchor, Anchor::Start)?,
                Modifier::EndsWith => set_anchor(&mut anchor, Anchor::End)?,
                Modifier::All => read.all = true,
                Modifier::Cased => read.cased = true,
                Modifier::Neq => read.negated = true,
                Modifier::Expand => read.expand = true,
                Modifier::IgnoreCase => read.flags.ignore_case = true,
                Modifier::Multiline => read.flags.multi_line = true,
                Modifier::DotAll => read.flags.dot_all = true,
                Modifier::Re => methods.push(Method::Regex),
                Modifier::Cidr => methods.push(Method::Cidr),
                Modifier::FieldRef => methods.push(Method::Field(Anchor::Whole)),
                Modifier::Exists => methods.push(Method::Exists),
                Modifier::Lt => methods.push(Method::Number(Order::Less)),
                Modifier::Lte => methods.push(Method::Number(Order::LessOrEqual)),
                Modifier::Gt => methods.push(Method::Number(Order::Greater)),
                Modifier::Gte => methods.push(Method::Number(Order::GreaterOrEqual)),
                Modifier::Base64
                | Modifier::Base64Offset
                | Modifier::Wide
                | Modifier::Utf16
                | Modifier::Utf16be
                | Modifier::WindAsh => read.encodings.push(*modifier),
                Modifier::Minute
                | Modifier::Hour
                | Modifier::Day
                | Modifier::Week
                | Modifier::Month
                | Modifier::Year => {
                    return Err("parts of a time (`minute` to `year`) are not supported".to_owned());
                }
            }
        }
        read.settle(methods, anchor)
    }

    fn settle(mut self, methods: Vec<Method>, anchor: Option<Anchor>) -> Result<Self, String> {
        self.method = match (methods.as_slice(), anchor) {
            ([], anchor) => Method::Text(anchor.unwrap_or(Anchor::Whole)),
            ([Method::Field(_)], anchor) => Method::Field(anchor.unwrap_or(Anchor::Whole)),
            ([method], None) => *method,
            ([_], Some(_)) => {
                return Err(
                    "`contains`, `startswith` and `endswith` compare text and nothing else".to_owned()
                );
            }
            _ => {
                return Err(
                    "more than one way of comparing: `re`, `cidr`, `fieldref`, `exists`, numbers".to_owned()
                );
            }
        };
        let is_text = matches!(self.method, Method::Text(_));
        if !is_text && !self.encodings.is_empty() {
            return Err(
                "an encoding (`base64`, `wide`, `windash`) makes text and needs a comparison of text"
                    .to_owned(),
            );
        }
        if self.flags != Flags::default() && self.method != Method::Regex {
            return Err("`i`, `m` and `s` are flags of `re`".to_owned());
        }
        if self.expand && !is_text {
            return Err("`expand` is for text".to_owned());
        }
        Ok(self)
    }

    /// The strings that the encodings make of a value.
    pub(super) fn encode(&self, text: &SigmaString) -> Result<Vec<SigmaString>, String> {
        let mut strings = vec![text.clone()];
        for (place, encoding) in self.encodings.iter().enumerate() {
            // An encoding of bytes follows: what `wide` makes need not be text then.
            let is_last = place + 1 == self.encodings.len();
            let mut next = Vec::new();
            for string in &strings {
                next.extend(apply(*encoding, string, is_last)?);
                if next.len() > MAX_VARIANTS {
                    return Err(format!("more than {MAX_VARIANTS} spellings of one value"));
                }
            }
            strings = next;
        }
        Ok(strings)
    }
}

fn set_anchor(anchor: &mut Option<Anchor>, new: Anchor) -> Result<(), String> {
    match anchor.replace(new) {
        Some(old) if old != new => Err("more than one of `contains`, `startswith` and `endswith`".to_owned()),
        _ => Ok(()),
    }
}

fn apply(encoding: Modifier, string: &SigmaString, is_last: bool) -> Result<Vec<SigmaString>, String> {
    if encoding == Modifier::WindAsh {
        return windash(string);
    }
    let Some(plain) = string.as_plain() else {
        return Err("a value with wildcards cannot be encoded".to_owned());
    };
    let bytes = from_latin(&plain);
    Ok(match encoding {
        Modifier::Base64 => vec![SigmaString::from_raw(&base64(&bytes, 0))],
        Modifier::Base64Offset => {
            (0..3).map(|offset| SigmaString::from_raw(&offset_base64(&bytes, offset))).collect()
        }
        // As characters below 256, so that the bytes survive until an encoding of bytes takes them.
        _ if is_last => vec![SigmaString::from_raw(&wide_text(encoding, &plain))],
        _ => vec![SigmaString::from_raw(&to_latin(&wide(encoding, &plain)))],
    })
}

/// Marks a string whose characters are bytes.
const LATIN: char = '\u{f8ff}';

fn to_latin(bytes: &[u8]) -> String {
    std::iter::once(LATIN).chain(bytes.iter().map(|byte| char::from(*byte))).collect()
}

/// The bytes of a string: its UTF-8, or those that were kept as characters.
fn from_latin(text: &str) -> Vec<u8> {
    match text.strip_prefix(LATIN) {
        Some(bytes) => bytes.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect(),
        None => text.as_bytes().to_vec(),
    }
}

fn wide(encoding: Modifier, text: &str) -> Vec<u8> {
    let mark = (encoding == Modifier::Utf16).then_some(0xfeff);
    let bytes =
        |unit: u16| if encoding == Modifier::Utf16be { unit.to_be_bytes() } else { unit.to_le_bytes() };
    mark.into_iter().chain(text.encode_utf16()).flat_map(bytes).collect()
}

/// What a log shows of wide text where a text was expected: bytes as characters.
fn wide_text(encoding: Modifier, text: &str) -> String {
    wide(encoding, text).into_iter().map(char::from).collect()
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 of `offset` zero bytes and then these, padded.
fn base64(bytes: &[u8], offset: usize) -> String {
    let padded: Vec<u8> = std::iter::repeat_n(0, offset).chain(bytes.iter().copied()).collect();
    let mut out = String::new();
    for group in padded.chunks(3) {
        let word =
            (0..3).fold(0_u32, |word, place| word << 8 | u32::from(group.get(place).copied().unwrap_or(0)));
        for place in 0..4 {
            let index = (word >> (18 - 6 * place)) as usize & 63;
            out.push(if place <= group.len() { char::from(ALPHABET[index]) } else { '=' });
        }
    }
    out
}

/// What of the bytes' base64 is the same whatever stands before and after them (specification,
/// `base64offset`): the characters that the neighbours' bits reach are left out.
fn offset_base64(bytes: &[u8], offset: usize) -> String {
    const FIRST: [usize; 3] = [0, 2, 3];
    const LAST: [usize; 3] = [0, 3, 2];
    let text = base64(bytes, offset);
    let end = text.len().saturating_sub(LAST[(bytes.len() + offset) % 3]);
    text.get(FIRST[offset % 3]..end).unwrap_or_default().to_owned()
}

/// The characters that Windows programs take for a dash before an option.
const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// Every spelling of the dashes that begin a word, as pySigma finds them: `\B[-/]\b`.
fn windash(string: &SigmaString) -> Result<Vec<SigmaString>, String> {
    let mut spellings = vec![SigmaString { parts: Vec::new(), original: String::new() }];
    for part in &string.parts {
        match part {
            StringPart::Special(special) => {
                let written = if *special == SpecialChar::WildcardMulti { '*' } else { '?' };
                for spelling in &mut spellings {
                    spelling.parts.push(part.clone());
                    spelling.original.push(written);
                }
            }
            StringPart::Plain(text) => {
                let texts = dashed(text)?;
                if spellings.len() * texts.len() > MAX_VARIANTS {
                    return Err(too_many());
                }
                spellings = spellings
                    .iter()
                    .flat_map(|spelling| texts.iter().map(|text| with(spelling, text)))
                    .collect();
            }
        }
    }
    Ok(spellings)
}

fn with(spelling: &SigmaString, text: &str) -> SigmaString {
    let mut new = spelling.clone();
    new.parts.push(StringPart::Plain(text.to_owned()));
    new.original.push_str(text);
    new
}

fn too_many() -> String {
    format!("`windash` makes more than {MAX_VARIANTS} spellings of one value")
}

fn dashed(text: &str) -> Result<Vec<String>, String> {
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let mut texts = vec![String::new()];
    let mut last = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let begins_word = matches!(c, '-' | '/') && !is_word(last) && is_word(rest.peek().copied());
        last = Some(c);
        if !begins_word {
            texts.iter_mut().for_each(|text| text.push(c));
            continue;
        }
        if texts.len() * DASHES.len() > MAX_VARIANTS {
            return Err(too_many());
        }
        texts = texts.iter().flat_map(|text| DASHES.map(|dash| format!("{text}{dash}"))).collect();
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(modifiers: &[Modifier], value: &str, expected: &[&str]) {
        let encoded = Modifiers::new(modifiers).unwrap().encode(&SigmaString::new(value)).unwrap();
        let texts: Vec<String> =
            encoded.iter().map(|string| string.as_plain().unwrap_or(string.original.clone())).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn base64_has_three_offsets() {
        check(&[Modifier::Base64], "foo", &["Zm9v"]);
        check(&[Modifier::Base64], "foob", &["Zm9vYg=="]);
        // The specification's example.
        check(
            &[Modifier::Base64Offset, Modifier::Contains],
            "/bin/bash",
            &["L2Jpbi9iYXNo", "9iaW4vYmFza", "vYmluL2Jhc2"],
        );
        check(&[Modifier::Wide, Modifier::Base64], "ab", &["YQBiAA=="]);
        check(&[Modifier::Utf16, Modifier::Base64], "a", &["//5hAA=="]);
        check(&[Modifier::Utf16be, Modifier::Base64], "é", &["AOk="]);
        check(&[Modifier::Wide], "ab", &["a\0b\0"]);
    }

    #[test]
    fn dashes_that_begin_a_word_have_five_spellings() {
        check(&[Modifier::WindAsh], " -f", &[" -f", " /f", " –f", " —f", " ―f"]);
        check(&[Modifier::WindAsh], "a-b", &["a-b"]);
        let two = Modifiers::new(&[Modifier::WindAsh]).unwrap().encode(&SigmaString::new("-a*/b")).unwrap();
        assert_eq!(two.len(), 25);
        assert!(two.iter().all(SigmaString::contains_wildcards));
        let many = Modifiers::new(&[Modifier::WindAsh]).unwrap().encode(&SigmaString::new(&" -a".repeat(6)));
        assert!(many.unwrap_err().contains("spellings"));
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        for modifiers in [
            &[Modifier::Contains, Modifier::EndsWith][..],
            &[Modifier::Re, Modifier::Contains],
            &[Modifier::Re, Modifier::Cidr],
            &[Modifier::Re, Modifier::Wide],
            &[Modifier::IgnoreCase],
            &[Modifier::Exists, Modifier::Expand],
            &[Modifier::Hour],
        ] {
            assert!(Modifiers::new(modifiers).is_err(), "{modifiers:?}");
        }
        let wild = Modifiers::new(&[Modifier::Base64]).unwrap().encode(&SigmaString::new("a*"));
        assert!(wild.is_err());
    }
}
