//! A line of JSON, walked without making anything of it: where its scalars are, and of which kind.
//!
//! Checks a line as strictly as the parser does, so that what was walked may be passed over or read
//! by a plan. An array counts as one scalar. What is between two scalars, keys and braces and
//! blanks, is told apart by its bytes alone (see [`forms`](super::forms)), or by the path of keys that leads to
//! each (see [`sets`](super::sets)).

use std::sync::LazyLock;

use super::parse;
use super::shape;

/// Deeper values, and lines of more values, take the plain path.
const MAX_DEPTH: usize = 32;
const MAX_SCALARS: usize = 1024;

/// A scalar, or an array, of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scalar {
    from: u32,
    to: u32,
    pub(super) kind: Kind,
    pub(super) has_escapes: bool,
}

/// What a scalar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    True,
    False,
    Null,
    /// An array that holds something, or nothing: what it is matters to nobody.
    Array,
    EmptyArray,
    /// The beginning of an object, which some want to know of.
    Object,
}

impl Scalar {
    /// The place where an object begins.
    pub(super) fn object(at: usize) -> Self {
        Self { from: at as u32, to: at as u32, kind: Kind::Object, has_escapes: false }
    }

    /// The text that the scalar was written as.
    pub(super) fn raw<'l>(&self, line: &'l str) -> &'l str {
        &line[self.from as usize..self.to as usize]
    }

    /// Whether it is the empty text.
    pub(super) fn is_empty_text(&self) -> bool {
        self.kind == Kind::Text && self.to - self.from == 2
    }

    pub(super) fn start(&self) -> usize {
        self.from as usize
    }

    pub(super) fn end(&self) -> usize {
        self.to as usize
    }
}

/// What must be equal of a value in lines that are read alike, besides its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tell {
    Nothing,
    /// Whether it is blank, for which a layout looks elsewhere.
    Blank,
    /// The value, by which shapes are recognised.
    Value,
}

/// Keys, and a bit for the length of each.
struct Keys {
    keys: Vec<&'static str>,
    lens: u64,
}

impl Keys {
    fn new(keys: Vec<&'static str>) -> Self {
        Self { lens: keys.iter().fold(0, |lens, key| lens | 1 << (key.len() % 64)), keys }
    }

    fn contains(&self, key: &[u8]) -> bool {
        self.lens >> (key.len() % 64) & 1 == 1 && self.keys.iter().any(|known| known.as_bytes() == key)
    }
}

/// Last keys of paths whose values recognition looks at.
static VALUES: LazyLock<Keys> = LazyLock::new(|| Keys::new(shape::keys_of_values()));

/// Last keys of paths where a layout passes over what is blank.
static BLANKS: LazyLock<Keys> = LazyLock::new(|| Keys::new(shape::keys_of_system()));

impl Tell {
    pub(super) fn of(key: &[u8]) -> Self {
        if VALUES.contains(key) {
            Self::Value
        } else if BLANKS.contains(key) {
            Self::Blank
        } else {
            Self::Nothing
        }
    }
}

/// Who is told of the members of objects on a walk; `None` ends it.
pub(super) trait Visitor {
    /// What is known of the object that a member is in.
    type Within: Copy;

    /// A member is an object, which begins here: what is known of it.
    fn object(&mut self, within: Self::Within, key: &[u8], at: usize) -> Option<Self::Within>;

    /// A member is a scalar or an array.
    fn scalar(&mut self, within: Self::Within, key: &[u8], scalar: Scalar) -> Option<()>;
}

/// Notes the scalars alone.
impl Visitor for Vec<(Tell, Scalar)> {
    type Within = ();

    fn object(&mut self, (): (), _: &[u8], _: usize) -> Option<()> {
        Some(())
    }

    fn scalar(&mut self, (): (), key: &[u8], scalar: Scalar) -> Option<()> {
        self.push((Tell::of(key), scalar));
        Some(())
    }
}

/// A line, and how far it was walked.
pub(super) struct Walk<'l> {
    pub(super) bytes: &'l [u8],
    pub(super) at: usize,
    /// Members of objects, and values within arrays.
    members: usize,
    skipped: usize,
}

impl<'l> Walk<'l> {
    pub(super) fn new(line: &'l str) -> Self {
        Self { bytes: line.as_bytes(), at: 0, members: 0, skipped: 0 }
    }

    /// Walks an object with nothing behind it, and notes its scalars; `None` for anything else.
    pub(super) fn trace(self) -> Option<Vec<(Tell, Scalar)>> {
        let mut trace = Vec::new();
        self.visit((), &mut trace).map(|()| trace)
    }

    /// Walks an object with nothing behind it; `None` for anything else, which may be found late.
    pub(super) fn visit<V: Visitor>(mut self, within: V::Within, visitor: &mut V) -> Option<()> {
        (self.peek() == Some(b'{')).then_some(())?;
        self.object(0, within, visitor)?;
        (self.at == self.bytes.len()).then_some(())
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        self.blanks();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn object<V: Visitor>(&mut self, depth: usize, within: V::Within, visitor: &mut V) -> Option<()> {
        self.at += 1;
        if depth > MAX_DEPTH {
            return None;
        }
        if self.take(b'}') {
            return Some(());
        }
        loop {
            let key = self.key()?;
            self.members += 1;
            (self.members <= MAX_SCALARS).then_some(())?;
            if self.peek()? == b'{' {
                let inner = visitor.object(within, key, self.at)?;
                self.object(depth + 1, inner, visitor)?;
            } else {
                visitor.scalar(within, key, self.scalar()?)?;
            }
            if self.take(b'}') {
                return Some(());
            }
            self.take(b',').then_some(())?;
        }
    }

    /// Moves past a key and its colon; an escape could spell one that somebody looks for.
    fn key(&mut self) -> Option<&'l [u8]> {
        self.blanks();
        let start = self.at + 1;
        (self.peek()? == b'"' && !self.string()?).then_some(())?;
        let key = &self.bytes[start..self.at - 1];
        self.take(b':').then_some(())?;
        self.blanks();
        Some(key)
    }

    /// Moves past the scalar or array that begins here.
    pub(super) fn scalar(&mut self) -> Option<Scalar> {
        let start = self.at;
        let mut has_escapes = false;
        let kind = match self.peek()? {
            b'"' => {
                has_escapes = self.string()?;
                Kind::Text
            }
            b'-' | b'0'..=b'9' => self.number()?,
            b'n' => self.word(b"null", Kind::Null)?,
            b't' => self.word(b"true", Kind::True)?,
            b'f' => self.word(b"false", Kind::False)?,
            b'[' => self.array(0)?,
            _ => return None,
        };
        Some(Scalar { from: start as u32, to: self.at as u32, kind, has_escapes })
    }

    fn array(&mut self, depth: usize) -> Option<Kind> {
        self.at += 1;
        if self.take(b']') {
            return Some(Kind::EmptyArray);
        }
        loop {
            self.skip(depth + 1)?;
            if self.take(b']') {
                return Some(Kind::Array);
            }
            self.take(b',').then_some(())?;
        }
    }

    /// Moves past a value within an array.
    fn skip(&mut self, depth: usize) -> Option<()> {
        self.blanks();
        self.skipped += 1;
        if depth > MAX_DEPTH || self.skipped > MAX_SCALARS {
            return None;
        }
        match self.peek()? {
            b'[' => self.array(depth).map(|_| ()),
            b'{' => self.skip_object(depth),
            _ => self.scalar().map(|_| ()),
        }
    }

    fn skip_object(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        if self.take(b'}') {
            return Some(());
        }
        loop {
            self.key()?;
            self.skip(depth + 1)?;
            if self.take(b'}') {
                return Some(());
            }
            self.take(b',').then_some(())?;
        }
    }

    fn word(&mut self, word: &[u8], kind: Kind) -> Option<Kind> {
        self.bytes[self.at..].starts_with(word).then_some(())?;
        self.at += word.len();
        Some(kind)
    }

    fn number(&mut self) -> Option<Kind> {
        self.at = parse::end_of_number(self.bytes, self.at).ok()?;
        Some(Kind::Number)
    }

    /// Moves past a string, whose escapes must be JSON's; says whether there were any.
    fn string(&mut self) -> Option<bool> {
        let mut at = self.at + 1;
        let mut has_escapes = false;
        loop {
            at = parse::next_special(self.bytes, at)?;
            match self.bytes[at] {
                b'"' => {
                    self.at = at + 1;
                    return Some(has_escapes);
                }
                b'\\' => match self.bytes.get(at + 1)? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at += 2,
                    b'u' => {
                        let digits = self.bytes.get(at + 2..at + 6)?;
                        digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                        at += 6;
                    }
                    _ => return None,
                },
                _ => return None,
            }
            has_escapes = true;
        }
    }
}
