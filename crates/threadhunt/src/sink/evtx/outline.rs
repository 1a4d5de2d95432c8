//! An outline: the fixed part of a record's document, from which its template is made.
//!
//! Windows keeps what all records of an event share (elements, attribute names, constant
//! text) in a template and only the values in each record. Two records whose outlines are
//! equal use the same template of their chunk. An outline knows no offsets, so that it can
//! be compared; writing it into a chunk is the job of [`binxml`](super::binxml).

/// No substitution decides whether the element is there.
pub(super) const ALWAYS: u16 = 0xffff;

/// One step through the document, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// An element begins; it is left out when the value `dependency` is null.
    Open { name: Text, dependency: u16 },
    /// An attribute of the element just opened; the next step is its value.
    Attribute { name: Text },
    /// Constant text.
    Literal(Text),
    /// The place of a value.
    Substitution { index: u16, kind: u8, presence: Presence },
    /// The innermost element ends.
    Close,
}

/// What a place without value becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Presence {
    /// An empty text.
    Required,
    /// Nothing: an attribute disappears with its value.
    Optional,
}

/// A piece of the outline's own text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Text {
    start: u32,
    end: u32,
}

/// The fixed part of a document; see the module's head.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Outline {
    steps: Vec<Step>,
    text: String,
}

impl Outline {
    pub(super) fn clear(&mut self) {
        self.steps.clear();
        self.text.clear();
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    pub(super) fn text(&self, text: Text) -> &str {
        self.text.get(text.start as usize..text.end as usize).unwrap_or_default()
    }

    /// Name of the outermost element.
    pub(super) fn root(&self) -> Option<&str> {
        match self.steps.first() {
            Some(Step::Open { name, .. }) => Some(self.text(*name)),
            _ => None,
        }
    }

    fn push_text(&mut self, text: &str) -> Text {
        let start = self.text.len() as u32;
        self.text.push_str(text);
        Text { start, end: self.text.len() as u32 }
    }

    pub(super) fn open(&mut self, name: &str, dependency: u16) {
        let name = self.push_text(name);
        self.steps.push(Step::Open { name, dependency });
    }

    pub(super) fn attribute(&mut self, name: &str) {
        let name = self.push_text(name);
        self.steps.push(Step::Attribute { name });
    }

    pub(super) fn literal(&mut self, text: &str) {
        let text = self.push_text(text);
        self.steps.push(Step::Literal(text));
    }

    pub(super) fn substitution(&mut self, index: u16, kind: u8, presence: Presence) {
        self.steps.push(Step::Substitution { index, kind, presence });
    }

    pub(super) fn close(&mut self) {
        self.steps.push(Step::Close);
    }

    /// A GUID that follows from the content alone, so that equal logs have equal bytes.
    ///
    /// It is an FNV-1a hash of 128 bits, marked as a name-based GUID (RFC 9562, version 8).
    pub(super) fn guid(&self) -> [u8; 16] {
        let mut hash = Fnv::default();
        for step in &self.steps {
            self.feed(&mut hash, *step);
        }
        let mut guid = hash.0.to_le_bytes();
        guid[7] = guid[7] & 0x0f | 0x80;
        guid[8] = guid[8] & 0x3f | 0x80;
        guid
    }

    fn feed(&self, hash: &mut Fnv, step: Step) {
        match step {
            Step::Open { name, dependency } => {
                hash.feed(b"o");
                hash.feed(&dependency.to_le_bytes());
                hash.feed_text(self.text(name));
            }
            Step::Attribute { name } => {
                hash.feed(b"a");
                hash.feed_text(self.text(name));
            }
            Step::Literal(text) => {
                hash.feed(b"l");
                hash.feed_text(self.text(text));
            }
            Step::Substitution { index, kind, presence } => {
                hash.feed(if presence == Presence::Optional { b"s" } else { b"r" });
                hash.feed(&index.to_le_bytes());
                hash.feed(&[kind]);
            }
            Step::Close => hash.feed(b"c"),
        }
    }
}

/// FNV-1a with 128 bits (draft-eastlake-fnv, section 5).
struct Fnv(u128);

impl Default for Fnv {
    fn default() -> Self {
        Self(0x6c62272e07bb014262b821756295c58d)
    }
}

impl Fnv {
    fn feed(&mut self, bytes: &[u8]) {
        const PRIME: u128 = 0x0000000001000000000000000000013b;
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(PRIME);
        }
    }

    fn feed_text(&mut self, text: &str) {
        self.feed(&(text.len() as u32).to_le_bytes());
        self.feed(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv() {
        // Test vector "a" of draft-eastlake-fnv, appendix C (128 bits).
        let mut hash = Fnv::default();
        hash.feed(b"a");
        assert_eq!(hash.0, 0xd228cb696f1a8caf78912b704e4a8964);
    }

    #[test]
    fn guids_follow_the_content() {
        let outline = |name: &str| {
            let mut outline = Outline::default();
            outline.open(name, ALWAYS);
            outline.close();
            outline
        };
        assert_eq!(outline("Data").guid(), outline("Data").guid());
        assert_ne!(outline("Data").guid(), outline("Date").guid());
    }
}
