//! Forms of lines: what lines of one make have in common, as a tree of byte strings.
//!
//! Lines of one source differ in their values; keys, braces and blanks between them are the same,
//! byte for byte. A *form* is those, the kinds of the values, and the few values that
//! recognition looks at. From the root, each step compares the bytes up to a value and moves past
//! the value; a line that arrives at an end is JSON, since a line of the same form was, and its form
//! is known. Nothing is hashed and no key is looked up.

use super::walk::{Kind, Scalar, Tell, Walk};

/// Steps and bytes that are kept by each worker: some hundred forms that have nothing in common, thousands that have.
const MAX_NODES: usize = 1 << 15;
const MAX_BYTES: usize = 1 << 20;

/// Ways from one place: more are no forms but noise, and would be tried one after the other.
pub(super) const MAX_WAYS: usize = 64;

/// Bytes of a value that tell; what recognition looks for is shorter.
const MAX_TOLD: usize = 64;

/// The forms known so far.
#[derive(Debug, Default)]
pub(super) struct Forms {
    nodes: Vec<Node>,
    bytes: usize,
}

/// A place behind a value, or the beginning.
#[derive(Debug, Default)]
struct Node {
    ways: Vec<Way>,
    /// What ends a line here, and the number of its form.
    ends: Vec<(Box<[u8]>, usize)>,
}

/// The bytes up to the next value, and where it leads.
#[derive(Debug)]
struct Way {
    literal: Box<[u8]>,
    tell: Tell,
    forks: Vec<Fork>,
}

/// A kind of value, and the place behind it.
#[derive(Debug)]
pub(super) struct Fork {
    kind: Kind,
    /// What tells it from others of its kind.
    told: Box<[u8]>,
    pub(super) node: usize,
}

impl Fork {
    /// The way that a value takes.
    pub(super) fn new(tell: Tell, scalar: &Scalar, line: &[u8], node: usize) -> Self {
        Self { kind: scalar.kind, told: told(tell, scalar, line).into(), node }
    }

    /// Bytes of the value that it keeps.
    pub(super) fn len(&self) -> usize {
        self.told.len()
    }

    /// The one of these that a value takes.
    pub(super) fn of<'f>(forks: &'f [Self], tell: Tell, scalar: &Scalar, line: &[u8]) -> Option<&'f Self> {
        if tell == Tell::Nothing {
            return forks.iter().find(|fork| fork.kind == scalar.kind);
        }
        let told = told(tell, scalar, line);
        forks.iter().find(|fork| fork.kind == scalar.kind && *fork.told == *told)
    }
}

/// What tells a value from others of its kind.
fn told<'l>(tell: Tell, scalar: &Scalar, line: &'l [u8]) -> &'l [u8] {
    let raw = &line[scalar.start()..scalar.end()];
    // A value is told by its beginning, unless that is blank.
    let is_blank = || matches!(raw.get(1), Some(b' ' | b'\\' | b'\t' | b'\r' | 0x0c));
    match tell {
        Tell::Nothing => b"",
        Tell::Blank if scalar.is_empty_text() => raw,
        Tell::Blank => b"",
        Tell::Value if raw.len() <= MAX_TOLD || is_blank() => raw,
        Tell::Value => &raw[..MAX_TOLD],
    }
}

impl Forms {
    /// The number of the line's form, where it is known, with the line's scalars.
    pub(super) fn follow(&self, line: &str, scalars: &mut Vec<Scalar>) -> Option<usize> {
        scalars.clear();
        let bytes = line.as_bytes();
        let mut walk = Walk::new(line);
        let mut node = self.nodes.first()?;
        loop {
            let rest = &bytes[walk.at..];
            let Some(way) = node.ways.iter().find(|way| way.leads(rest)) else {
                return node.ends.iter().find(|(end, _)| **end == *rest).map(|(_, form)| *form);
            };
            walk.at += way.literal.len();
            let scalar = walk.scalar()?;
            node = &self.nodes[way.fork(&scalar, bytes)?.node];
            scalars.push(scalar);
        }
    }

    /// Whether there is room for another form.
    pub(super) fn has_room(&self) -> bool {
        self.nodes.len() < MAX_NODES && self.bytes < MAX_BYTES
    }

    /// Adds the form of a line that was traced; says whether there was room for it.
    pub(super) fn add(&mut self, line: &str, trace: &[(Tell, Scalar)], form: usize) -> bool {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let bytes = line.as_bytes();
        let (mut node, mut at) = (0, 0);
        for (tell, scalar) in trace {
            let Some(next) = self.step(node, &bytes[at..scalar.start()], *tell, scalar, bytes) else {
                return false;
            };
            (node, at) = (next, scalar.end());
        }
        let ends = &mut self.nodes[node].ends;
        let has_room = ends.len() < MAX_WAYS;
        if has_room {
            ends.push((bytes[at..].into(), form));
            self.bytes += bytes.len() - at;
        }
        has_room
    }

    /// The node behind a value, made where there is none.
    fn step(
        &mut self,
        node: usize,
        literal: &[u8],
        tell: Tell,
        scalar: &Scalar,
        line: &[u8],
    ) -> Option<usize> {
        let next = self.nodes.len();
        let room = self.has_room();
        let ways = &mut self.nodes[node].ways;
        let known = ways.iter().position(|way| *way.literal == *literal);
        let place = match known {
            Some(place) => place,
            None if room && ways.len() < MAX_WAYS => {
                ways.push(Way { literal: literal.into(), tell, forks: Vec::new() });
                self.bytes += literal.len();
                ways.len() - 1
            }
            None => return None,
        };
        let way = &mut ways[place];
        if let Some(fork) = way.fork(scalar, line) {
            return Some(fork.node);
        }
        (room && way.forks.len() < MAX_WAYS).then_some(())?;
        let fork = Fork::new(way.tell, scalar, line, next);
        self.bytes += fork.len();
        way.forks.push(fork);
        self.nodes.push(Node::default());
        Some(next)
    }
}

impl Way {
    /// Whether these bytes begin with the literal and then a value that is no object.
    fn leads(&self, rest: &[u8]) -> bool {
        rest.starts_with(&self.literal)
            && !matches!(rest.get(self.literal.len()), Some(b'{' | b' ' | b'\t' | b'\r'))
    }

    fn fork(&self, scalar: &Scalar, line: &[u8]) -> Option<&Fork> {
        Fork::of(&self.forks, self.tell, scalar, line)
    }
}
