//! A line of JSON as a small tree that forgets nothing.
//!
//! Members keep their order and their repetitions, numbers and whole values keep the text that
//! they were written as, and a lone surrogate (`"\ud800"`), which no `str` can hold, stays what
//! it is. Those are the reasons for a parser of our own; a test holds it against `serde_json`.
//!
//! Depth and number of values are limited, so a hostile line can exhaust neither stack nor memory.

use std::borrow::Cow;

use crate::event::Slot;

/// Depth of objects and arrays. An element of a tree takes up to three, and 64 elements are allowed.
pub(super) const MAX_DEPTH: usize = 256;
/// Values in one line; real events hold some dozens.
const MAX_VALUES: usize = 1 << 17;

/// What is said of a value that is deeper than [`MAX_DEPTH`].
pub(super) const TOO_DEEP: &str = "nested too deep";

/// Members for which there is room from the beginning: more than in most objects.
const MEMBERS: usize = 24;
/// Values of a line beyond which that would cost more than it spares.
const MANY_VALUES: usize = 1024;

/// A value, and the text it was written as.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Json<'l> {
    pub(super) raw: &'l str,
    pub(super) kind: Kind<'l>,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind<'l> {
    Null,
    Bool,
    Number,
    Text(Text<'l>),
    Array(Vec<Json<'l>>),
    Object(Vec<Member<'l>>),
}

/// A key and its value; lone surrogates of a key are U+FFFD.
pub(super) type Member<'l> = (Cow<'l, str>, Json<'l>);

/// A string.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Text<'l> {
    Utf8(Cow<'l, str>),
    /// UTF-16LE, for a text with a lone surrogate.
    Wide(Vec<u8>),
}

/// Why a line is not read, and the byte in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) at: usize,
    pub(super) what: &'static str,
    pub(super) is_limit: bool,
}

/// Parses the value at the beginning of a text; returns it with its length.
pub(super) fn parse(text: &str) -> Result<(Json<'_>, usize), Trouble> {
    let mut parser = Parser { line: text, at: 0, values: 0, rest: Rest::End, is_cut: false };
    let json = parser.value(0)?;
    Ok((json, parser.at))
}

/// Parses the values that stand one behind the other in a text; returns them with what is left behind the last.
pub(super) fn parse_all(text: &str) -> (Vec<Json<'_>>, &str) {
    let (mut values, mut rest) = (Vec::new(), text.trim_ascii_start());
    while rest.starts_with(['{', '['])
        && let Ok((json, len)) = parse(rest)
    {
        values.push(json);
        rest = rest[len..].trim_start_matches([' ', '\t', '\r', '\n', ',']);
    }
    (values, rest)
}

/// What is said of JSON behind other JSON in a text that cannot be read.
pub(super) const BROKEN_BEHIND: &str = "the text goes on with JSON that is broken";

/// Parses as much of a value as the text, which may be cut off or broken, holds.
///
/// Returns it with the length that was read, and whether it was read to its end.
pub(super) fn parse_begun(text: &str) -> Option<(Json<'_>, usize, bool)> {
    let mut parser = Parser { line: text, at: 0, values: 0, rest: Rest::More, is_cut: false };
    let json = parser.value(0).ok()?;
    Some((json, parser.at, !parser.is_cut))
}

/// The next place at or behind `at` with a quote, a backslash or a line end.
///
/// Eight bytes at a time: strings are short, and what finds bytes in long texts takes longer to begin.
pub(super) fn next_special(bytes: &[u8], mut at: usize) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // Zero bytes become marked; only marks above the first may be wrong.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    while let Some(Ok(chunk)) = bytes.get(at..at + 8).map(<[u8; 8]>::try_from) {
        let word = u64::from_le_bytes(chunk);
        let quotes = zeros(word ^ (ONES * b'"' as u64));
        let marks = quotes | zeros(word ^ (ONES * b'\\' as u64)) | zeros(word ^ (ONES * b'\n' as u64));
        if marks != 0 {
            return Some(at + marks.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let found = bytes.get(at..)?.iter().position(|byte| matches!(byte, b'"' | b'\\' | b'\n'))?;
    Some(at + found)
}

/// Where the number ends that begins here; or where and why it is none.
pub(super) fn end_of_number(bytes: &[u8], start: usize) -> Result<usize, (usize, &'static str)> {
    let peek = |at: usize| bytes.get(at).copied();
    let digits = |from: usize| {
        let len =
            bytes.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
        if len == 0 { Err((from, "no digit in a number")) } else { Ok(from + len) }
    };
    let whole = start + usize::from(peek(start) == Some(b'-'));
    let mut at = digits(whole)?;
    if peek(whole) == Some(b'0') && at > whole + 1 {
        return Err((whole, "a number with a leading zero"));
    }
    if peek(at) == Some(b'.') {
        at = digits(at + 1)?;
    }
    if matches!(peek(at), Some(b'e' | b'E')) {
        at = digits(at + 1 + usize::from(matches!(peek(at + 1), Some(b'+' | b'-'))))?;
    }
    Ok(at)
}

/// Follows a path of keys, `a/b`, through objects; of repeated keys the first counts.
pub(super) fn find<'j, 'l>(members: &'j [Member<'l>], path: &str) -> Option<&'j Json<'l>> {
    let (key, rest) = match memchr::memchr(b'/', path.as_bytes()) {
        Some(at) => (&path[..at], Some(&path[at + 1..])),
        None => (path, None),
    };
    let (_, value) = members.iter().find(|(name, _)| name == key)?;
    match rest {
        Some(rest) => find(value.members()?, rest),
        None => Some(value),
    }
}

/// Gives all values at a path, for keys that are repeated.
pub(super) fn each_at<'j, 'l>(members: &'j [Member<'l>], path: &str, each: &mut dyn FnMut(&'j Json<'l>)) {
    let (key, rest) = path.split_once('/').map_or((path, None), |(key, rest)| (key, Some(rest)));
    for (_, value) in members.iter().filter(|(name, _)| name == key) {
        match rest {
            None => each(value),
            Some(rest) => each_at(value.members().unwrap_or_default(), rest, each),
        }
    }
}

/// Marks of names: one that has none is not among them, and few others have the same.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks([u64; 4]);

impl Marks {
    /// The marks of some names.
    pub(super) const fn of(names: &[&str]) -> Self {
        let mut marks = Self([0; 4]);
        let mut at = 0;
        while at < names.len() {
            let mark = mark(names[at].as_bytes());
            marks.0[mark >> 6] |= 1 << (mark & 63);
            at += 1;
        }
        marks
    }

    /// Whether a name may be among them.
    pub(super) fn may_have(&self, name: &str) -> bool {
        let mark = mark(name.as_bytes());
        self.0[mark >> 6] >> (mark & 63) & 1 == 1
    }

    /// Adds a name; says whether it may have been among them.
    fn add(&mut self, name: &str) -> bool {
        let was = self.may_have(name);
        let mark = mark(name.as_bytes());
        self.0[mark >> 6] |= 1 << (mark & 63);
        was
    }
}

/// A number below 256 of a name's length, first, middle and last byte.
const fn mark(name: &[u8]) -> usize {
    if name.is_empty() {
        return 0;
    }
    let (first, middle, last) = (name[0], name[name.len() / 2], name[name.len() - 1]);
    (name.len() * 29 + first as usize * 7 + middle as usize * 31 + last as usize) & 255
}

/// Objects of more members are sorted to find a key that repeats; real ones are smaller.
const FEW: usize = 64;

/// The first key that stands again behind another of its object.
pub(super) fn repeated<'j>(members: &'j [Member<'_>]) -> Option<&'j str> {
    if members.len() <= FEW {
        // Most keys are told apart by a mark of a few of their bytes.
        let mut marks = Marks::default();
        let is_again = |at: usize| members[..at].iter().any(|(key, _)| *key == members[at].0);
        return (0..members.len())
            .find(|at| marks.add(&members[*at].0) && is_again(*at))
            .map(|at| &*members[at].0);
    }
    let mut keys: Vec<&str> = members.iter().map(|(key, _)| &**key).collect();
    keys.sort_unstable();
    keys.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

impl<'l> Json<'l> {
    /// The value as a sentence names it.
    pub(super) fn shown(&self) -> String {
        self.text().unwrap_or(self.raw).chars().take(64).collect()
    }

    /// The number, where it is an integer that fits into 64 bits.
    pub(super) fn integer(&self) -> Option<Slot> {
        if !matches!(self.kind, Kind::Number) || self.raw == "-0" {
            return None;
        }
        let unsigned = self.raw.parse().map(Slot::Unsigned);
        unsigned.or_else(|_| self.raw.parse().map(Slot::Signed)).ok()
    }

    /// The number, where it is a whole one however it is written: `8.0` and `8e0` are 8.
    pub(super) fn whole(&self) -> Option<Slot> {
        if !matches!(self.kind, Kind::Number) {
            return None;
        }
        self.integer().or_else(|| {
            let number: f64 = self.raw.parse().ok()?;
            // Above that, a number with a fraction is not exact.
            let is_whole = number.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&number);
            is_whole.then_some(Slot::Unsigned(number as u64))
        })
    }

    /// The members of an object.
    pub(super) fn members(&self) -> Option<&[Member<'l>]> {
        match &self.kind {
            Kind::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The text of a string that UTF-8 can hold.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(Text::Utf8(text)) => Some(text),
            _ => None,
        }
    }

    /// The values of an array.
    pub(super) fn values(&self) -> Option<&[Self]> {
        match &self.kind {
            Kind::Array(values) => Some(values),
            _ => None,
        }
    }
}

impl<'l> Text<'l> {
    /// The text; a lone surrogate becomes U+FFFD.
    pub(super) fn into_str(self) -> Cow<'l, str> {
        match self {
            Self::Utf8(text) => text,
            Self::Wide(units) => Cow::Owned(crate::event::Utf16::new(&units).to_string()),
        }
    }

    fn push_str(&mut self, more: &'l str) {
        match self {
            Self::Utf8(text) if text.is_empty() => *text = Cow::Borrowed(more),
            Self::Utf8(Cow::Borrowed(text)) => *self = Self::Utf8(grown(text, more)),
            Self::Utf8(text) => text.to_mut().push_str(more),
            Self::Wide(units) => units.extend(more.encode_utf16().flat_map(u16::to_le_bytes)),
        }
    }

    fn push_char(&mut self, c: char) {
        match self {
            Self::Utf8(Cow::Borrowed(text)) => {
                *self = Self::Utf8(grown(text, c.encode_utf8(&mut [0; 4])));
            }
            Self::Utf8(text) => text.to_mut().push(c),
            Self::Wide(units) => {
                let mut buffer = [0; 2];
                units.extend(c.encode_utf16(&mut buffer).iter().flat_map(|unit| unit.to_le_bytes()));
            }
        }
    }

    /// Adds a lone surrogate, for which the text has to be UTF-16.
    fn push_lone(&mut self, unit: u16) {
        if let Self::Utf8(text) = self {
            *self = Self::Wide(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        }
        if let Self::Wide(units) = self {
            units.extend(unit.to_le_bytes());
        }
    }
}

/// Two texts in one, with room for more.
fn grown<'l>(text: &str, more: &str) -> Cow<'l, str> {
    let mut joined = String::with_capacity(2 * (text.len() + more.len()) + 32);
    joined.push_str(text);
    joined.push_str(more);
    Cow::Owned(joined)
}

struct Parser<'l> {
    line: &'l str,
    at: usize,
    values: usize,
    rest: Rest,
    /// Whether an object or array was left where it broke off.
    is_cut: bool,
}

/// Whether text may be missing behind the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    End,
    More,
}

impl<'l> Parser<'l> {
    fn trouble(&self, what: &'static str) -> Trouble {
        Trouble { at: self.at, what, is_limit: false }
    }

    fn limit(&self, what: &'static str) -> Trouble {
        Trouble { at: self.at, what, is_limit: true }
    }

    fn peek(&self) -> Option<u8> {
        self.line.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// Moves past a byte after blanks, if it is the next.
    fn take(&mut self, byte: u8) -> bool {
        self.skip_blanks();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: usize) -> Result<Json<'l>, Trouble> {
        self.skip_blanks();
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(self.limit("too many values in one line"));
        }
        if depth > MAX_DEPTH {
            return Err(self.limit(TOO_DEEP));
        }
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Kind::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'n') => self.word("null", Kind::Null)?,
            Some(b't') => self.word("true", Kind::Bool)?,
            Some(b'f') => self.word("false", Kind::Bool)?,
            Some(_) => return Err(self.trouble("no JSON value")),
            None => return Err(self.trouble("the line ends where a value should be")),
        };
        Ok(Json { raw: &self.line[start..self.at], kind })
    }

    fn object(&mut self, depth: usize) -> Result<Kind<'l>, Trouble> {
        self.at += 1;
        if self.take(b'}') {
            return Ok(Kind::Object(Vec::new()));
        }
        // Of a line of many objects each is small.
        let mut members = Vec::with_capacity(if self.values < MANY_VALUES { MEMBERS } else { 0 });
        loop {
            self.skip_blanks();
            let key = match self.key() {
                Ok(key) => key,
                Err(trouble) => return self.cut(Kind::Object(members), trouble),
            };
            match self.value(depth + 1) {
                Ok(value) => members.push((key, value)),
                Err(trouble) => return self.cut(Kind::Object(members), trouble),
            }
            if self.is_cut || self.take(b'}') {
                return Ok(Kind::Object(members));
            }
            if !self.take(b',') {
                let trouble = self.trouble("neither comma nor brace after a member");
                return self.cut(Kind::Object(members), trouble);
            }
        }
    }

    fn key(&mut self) -> Result<Cow<'l, str>, Trouble> {
        if self.peek() != Some(b'"') {
            return Err(self.trouble("no key in quotes"));
        }
        let key = self.string()?.into_str();
        if self.take(b':') { Ok(key) } else { Err(self.trouble("no colon after a key")) }
    }

    /// What was read of an object or array that breaks off, where that will do.
    fn cut(&mut self, kind: Kind<'l>, trouble: Trouble) -> Result<Kind<'l>, Trouble> {
        if self.rest == Rest::End {
            return Err(trouble);
        }
        self.is_cut = true;
        Ok(kind)
    }

    fn array(&mut self, depth: usize) -> Result<Kind<'l>, Trouble> {
        self.at += 1;
        let mut values = Vec::new();
        if self.take(b']') {
            return Ok(Kind::Array(values));
        }
        loop {
            match self.value(depth + 1) {
                Ok(value) => values.push(value),
                Err(trouble) => return self.cut(Kind::Array(values), trouble),
            }
            if self.is_cut || self.take(b']') {
                return Ok(Kind::Array(values));
            }
            if !self.take(b',') {
                let trouble = self.trouble("neither comma nor bracket after a value");
                return self.cut(Kind::Array(values), trouble);
            }
        }
    }

    fn word(&mut self, word: &str, kind: Kind<'l>) -> Result<Kind<'l>, Trouble> {
        if !self.line[self.at..].starts_with(word) {
            return Err(self.trouble("no JSON value"));
        }
        self.at += word.len();
        Ok(kind)
    }

    fn number(&mut self) -> Result<Kind<'l>, Trouble> {
        match end_of_number(self.line.as_bytes(), self.at) {
            Ok(end) => {
                self.at = end;
                Ok(Kind::Number)
            }
            Err((at, what)) => {
                self.at = at;
                Err(self.trouble(what))
            }
        }
    }

    /// A string in quotes. Control characters as they are, which JSON forbids, are taken, but for line ends.
    fn string(&mut self) -> Result<Text<'l>, Trouble> {
        self.at += 1;
        let mut text = Text::Utf8(Cow::Borrowed(""));
        loop {
            let rest = &self.line[self.at..];
            let found = next_special(rest.as_bytes(), 0);
            let Some(len) = found.filter(|at| rest.as_bytes()[*at] != b'\n') else {
                self.at += found.unwrap_or(rest.len());
                return Err(self.trouble("the line ends within a string"));
            };
            text.push_str(&rest[..len]);
            self.at += len + 1;
            if rest.as_bytes()[len] == b'"' {
                return Ok(text);
            }
            self.escape(&mut text)?;
        }
    }

    fn escape(&mut self, text: &mut Text<'l>) -> Result<(), Trouble> {
        if self.peek() == Some(b'u') {
            return self.unit_escape(text);
        }
        let Some(c) = self.peek().and_then(short_escape) else {
            return Err(self.trouble("an escape that JSON does not have"));
        };
        self.at += 1;
        text.push_char(c);
        Ok(())
    }

    /// `u` and four digits; a second such escape makes a pair with it.
    fn unit_escape(&mut self, text: &mut Text<'l>) -> Result<(), Trouble> {
        let Some((unit, len)) = unit_escape(self.line, self.at) else {
            return Err(self.trouble("no four hex digits after \\u"));
        };
        self.at += len;
        match unit {
            Ok(c) => text.push_char(c),
            Err(unit) => text.push_lone(unit),
        }
        Ok(())
    }
}

/// What a backslash and this byte stand for.
fn short_escape(byte: u8) -> Option<char> {
    Some(match byte {
        b'"' | b'\\' | b'/' => char::from(byte),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        _ => return None,
    })
}

/// The character or lone surrogate that a `u` at this place and what follows it stand for, and their length.
fn unit_escape(text: &str, at: usize) -> Option<(Result<char, u16>, usize)> {
    let unit = hex_unit(text, at + 1)?;
    let next = text.as_bytes().get(at + 5..at + 7).filter(|next| next == b"\\u");
    let low = next.and_then(|_| hex_unit(text, at + 7)).filter(|low| (0xdc00..0xe000).contains(low));
    Some(match char::decode_utf16([unit, low.unwrap_or(0)]).next() {
        Some(Ok(c)) => (Ok(c), if c.len_utf16() == 2 { 11 } else { 5 }),
        _ => (Err(unit), 5),
    })
}

fn hex_unit(text: &str, at: usize) -> Option<u16> {
    let digits = text.get(at..at + 4)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}

/// Appends what a string says, given as it stands between its quotes; false where it is none that
/// UTF-8 can hold.
pub(super) fn unescape(mut text: &str, out: &mut String) -> bool {
    while let Some(at) = next_special(text.as_bytes(), 0) {
        out.push_str(&text[..at]);
        let len = match text.as_bytes().get(at + 1) {
            Some(b'u') if text.as_bytes()[at] == b'\\' => match unit_escape(text, at + 1) {
                Some((Ok(c), len)) => {
                    out.push(c);
                    len
                }
                _ => return false,
            },
            Some(byte) if text.as_bytes()[at] == b'\\' => match short_escape(*byte) {
                Some(c) => {
                    out.push(c);
                    1
                }
                None => return false,
            },
            _ => return false,
        };
        text = &text[at + 1 + len..];
    }
    out.push_str(text);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_text(json: &str, expected: Text<'_>) {
        assert_eq!(parse(json).map(|(json, _)| json.kind), Ok(Kind::Text(expected)));
    }

    #[test]
    fn strings_are_what_they_say() {
        check_text(r#""""#, Text::Utf8("".into()));
        check_text(r#""C:\\a\/\"\u00e9\n""#, Text::Utf8("C:\\a/\"é\n".into()));
        check_text(r#""x\ud83d\ude00y""#, Text::Utf8("x😀y".into()));
    }

    #[test]
    fn lone_surrogates_stay() {
        check_text(r#""a\ud800""#, Text::Wide(vec![0x61, 0, 0, 0xd8]));
        check_text(r#""\udc00b""#, Text::Wide(vec![0, 0xdc, 0x62, 0]));
        check_text(r#""\ud800\ud83d\ude00""#, Text::Wide(vec![0, 0xd8, 0x3d, 0xd8, 0, 0xde]));
        check_text(r#""\ud800\u0041""#, Text::Wide(vec![0, 0xd8, 0x41, 0]));
    }

    #[test]
    fn strings_are_unescaped_as_they_are_parsed() {
        for inner in
            ["", "a", r#"C:\\a\/\"\u00e9\n"#, r"x\ud83d\ude00y", r"a\ud800", r"\udc00b", r"é\u0000\t"]
        {
            let quoted = format!("\"{inner}\"");
            let json = parse(&quoted).map(|(json, _)| json.kind).expect("a string");
            let mut out = String::from("-");
            let said = unescape(inner, &mut out).then(|| Kind::Text(Text::Utf8(out[1..].to_owned().into())));
            assert_eq!(said, matches!(json, Kind::Text(Text::Utf8(_))).then_some(json), "{inner}");
        }
    }

    #[test]
    fn broken_lines_say_where() {
        for (line, at, what) in [
            ("", 0, "the line ends where a value should be"),
            ("{", 1, "no key in quotes"),
            (r#"{"a" 1}"#, 5, "no colon after a key"),
            (r#"{"a":1 "b":2}"#, 7, "neither comma nor brace after a member"),
            (r#"{"a":tru}"#, 5, "no JSON value"),
            (r#"{"a":01}"#, 5, "a number with a leading zero"),
            (r#"["a\x"]"#, 4, "an escape that JSON does not have"),
            (r#"["a\u12é"]"#, 4, "no four hex digits after \\u"),
            (r#"["abc"#, 5, "the line ends within a string"),
        ] {
            assert_eq!(parse(line), Err(Trouble { at, what, is_limit: false }), "{line}");
        }
    }

    #[test]
    fn depth_and_number_are_limited() {
        for line in
            ["[".repeat(100_000), "{\"a\":".repeat(100_000), format!("[{}0]", "0,".repeat(MAX_VALUES))]
        {
            assert!(parse(&line).is_err_and(|trouble| trouble.is_limit));
        }
        let deep = "[".repeat(MAX_DEPTH) + &"]".repeat(MAX_DEPTH);
        assert!(parse(&deep).is_ok());
    }

    #[test]
    fn a_value_ends_where_it_ends() {
        assert_eq!(parse("[1] 2").map(|(_, len)| len), Ok(3));
        assert_eq!(parse(r#"{"a":{}}{"b":1}"#).map(|(_, len)| len), Ok(8));
    }

    #[test]
    fn what_is_cut_off_has_what_came_before() {
        for (text, path, whole) in [
            (r#"{"id":8,"fields":{"a":{"b":1},"c":"d"#, "fields/a/b", false),
            (r#"{"id":8,"fields":{"a":{"b":1}}} x"#, "fields/a/b", true),
            (r#"{"id":8,"fi"#, "id", false),
            (r#"{"id":8,"fields":[1,{"a":2"#, "fields", false),
        ] {
            let (json, _, is_whole) = parse_begun(text).expect("a value");
            assert!(find(json.members().expect("an object"), path).is_some(), "{text}");
            assert_eq!(is_whole, whole, "{text}");
        }
        assert!(parse_begun("x").is_none());
    }

    #[test]
    fn paths_lead_through_objects() {
        let (json, _) = parse(r#"{"a":{"b":1,"b":2},"a":{"c":3},"d":4}"#).expect("a value");
        let members = json.members().expect("an object");
        let found = |path| find(members, path).map(|json| json.raw);
        assert_eq!(
            [found("a/b"), found("a/c"), found("d"), found("d/e")],
            [Some("1"), None, Some("4"), None]
        );
    }

    /// The same value as the other parser has it; of repeated keys the last counts there.
    fn as_serde(json: &Json<'_>) -> serde_json::Value {
        match &json.kind {
            Kind::Null | Kind::Bool | Kind::Number => serde_json::from_str(json.raw).expect("a scalar"),
            Kind::Text(text) => text.clone().into_str().into(),
            Kind::Array(values) => values.iter().map(as_serde).collect(),
            Kind::Object(members) => {
                members.iter().map(|(key, value)| (key.to_string(), as_serde(value))).collect()
            }
        }
    }

    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"b\":",
        "\"\\u00e9\\ud83d\\ude00\\n\\/é\"",
        "1",
        "-0",
        "-",
        "1.5e3",
        "2E+1",
        "01",
        ".5",
        "18446744073709551615",
        "true",
        "false",
        "nul",
        "null",
        " ",
        "\t",
        "\"",
        "\\",
        "\\u00",
        "x",
        "é",
    ];

    proptest::proptest! {
        #[test]
        fn agrees_with_another_parser(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..12)) {
            let line = pieces.concat();
            for line in [line.clone(), format!("[{line}]"), format!("{{\"k\":{line}}}")] {
                // The one thing that is taken here and not there.
                if line.contains('\t') {
                    continue;
                }
                let expected = serde_json::from_str::<serde_json::Value>(&line);
                // Numbers are text here, so that none is too large.
                if expected.as_ref().is_err_and(|error| error.to_string().contains("out of range")) {
                    continue;
                }
                let expected = expected.ok();
                let parsed = parse(&line).ok().filter(|(_, len)| line[*len..].trim_matches([' ', '\t']).is_empty());
                proptest::prop_assert_eq!(parsed.map(|(json, _)| as_serde(&json)), expected, "{}", line);
            }
        }
    }
}
