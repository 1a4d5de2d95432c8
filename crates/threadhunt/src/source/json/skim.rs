//! Passes over records that nobody wants, by their bytes.
//!
//! What it makes fast: reading one event id out of a large file of JSON lines (`cargo xtask
//! bench`, row "event 8 only"). A line is walked once, checked as JSON and its print taken: the
//! names of its keys, the kinds of its values, and the values that recognition looks at. The
//! plain path is a function of these when it recognises a shape and finds the event id, so what it
//! found for one line holds for every line of the same print; only the id and the provider
//! are read anew. A line that is new, odd or wanted takes the plain path. A property test holds the
//! two equal.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::layout::Layout;
use super::parse::{self, Member};
use super::shape;
use crate::event::{Projection, SystemField};

/// Prints kept by each worker, of some hundred bytes; a source has some dozens.
const MAX_KNOWN: usize = 1024;

/// Longer prints are not kept.
const MAX_PRINT: usize = 8 << 10;

/// Deeper values, and lines of more values, take the plain path.
const MAX_DEPTH: usize = 32;
const MAX_SCALARS: usize = 1024;

/// Lines of a block that are walked in vain before the rest of the block is not.
const MAX_VAIN: usize = 64;

/// What was learned of lines so far: one a worker.
#[derive(Debug, Default)]
pub(crate) struct Skimmer {
    known: HashMap<Box<[u8]>, Known>,
    /// The print of the line that was walked last.
    print: Vec<u8>,
    /// Where the scalars of the line that was walked last are.
    scalars: Vec<(u32, u32)>,
    /// Lines of this block that were walked and not passed over.
    vain: usize,
    #[cfg(test)]
    pub(super) is_off: bool,
}

/// What all lines of one print have in common.
#[derive(Debug)]
struct Known {
    shape: &'static str,
    /// Which of its scalars is the event id, and which the provider's name.
    id: usize,
    provider: usize,
    /// The provider's name as written; another one takes the plain path.
    name: Box<[u8]>,
    is_sysmon: bool,
}

/// A record that is passed over.
pub(super) struct Passed {
    pub(super) shape: &'static str,
    /// The id, where the record is Sysmon's.
    pub(super) sysmon: Option<u16>,
}

/// What came of walking a line.
pub(super) enum Glance {
    /// Nobody wants it.
    Passed(Passed),
    /// It takes the plain path, after which what it was may be learned.
    Unknown,
    /// It takes the plain path.
    Plain,
}

/// Last keys of paths whose values recognition looks at.
static TELLING: LazyLock<Telling> = LazyLock::new(|| {
    let keys = shape::keys_of_values();
    Telling { lens: keys.iter().fold(0, |lens, key| lens | 1 << key.len()), keys }
});

/// Keys, and a bit for the length of each.
struct Telling {
    keys: Vec<&'static str>,
    lens: u64,
}

impl Telling {
    fn contains(&self, key: &[u8]) -> bool {
        key.len() < 64
            && self.lens >> key.len() & 1 == 1
            && self.keys.iter().any(|known| known.as_bytes() == key)
    }
}

impl Skimmer {
    /// Begins a block.
    pub(super) fn begin(&mut self) {
        self.vain = 0;
    }

    /// Looks at a line that holds one object.
    pub(super) fn glance(&mut self, line: &str, projection: &Projection) -> Glance {
        #[cfg(test)]
        if self.is_off {
            return Glance::Plain;
        }
        if self.vain > MAX_VAIN {
            return Glance::Plain;
        }
        self.vain += 1;
        self.scalars.clear();
        self.print.clear();
        let walk = Walk {
            bytes: line.as_bytes(),
            at: 0,
            telling: &TELLING,
            print: &mut self.print,
            scalars: &mut self.scalars,
        };
        if walk.object_alone().is_none() || self.print.len() > MAX_PRINT {
            return Glance::Plain;
        }
        let Some(known) = self.known.get(&*self.print) else { return Glance::Unknown };
        match known.judge(line.as_bytes(), &self.scalars, projection) {
            Some(passed) => {
                self.vain = 0;
                Glance::Passed(passed)
            }
            None => Glance::Plain,
        }
    }

    /// Learns what the plain path found for the line that was looked at last.
    pub(super) fn learn(
        &mut self,
        line: &str,
        (shape, layout): (&'static str, &Layout),
        members: &[Member<'_>],
        is_sysmon: bool,
    ) {
        let place = |field| {
            let (raw, is_only) = layout.decisive(members, field)?;
            let start = (raw.as_ptr() as usize).checked_sub(line.as_ptr() as usize).filter(|_| is_only)?;
            self.scalars
                .iter()
                .position(|(at, end)| *at as usize == start && (end - at) as usize == raw.len())
        };
        let found = place(SystemField::EventId).zip(place(SystemField::ProviderName));
        let Some((id, provider)) = found.filter(|_| self.known.len() < MAX_KNOWN) else { return };
        let (from, to) = self.scalars[provider];
        let name = line.as_bytes()[from as usize..to as usize].into();
        self.known.insert(self.print.as_slice().into(), Known { shape, id, provider, name, is_sysmon });
    }
}

impl Known {
    /// The record as it is passed over; `None` where it takes the plain path.
    fn judge(&self, line: &[u8], scalars: &[(u32, u32)], projection: &Projection) -> Option<Passed> {
        let raw = |at: usize| scalars.get(at).map(|(from, to)| &line[*from as usize..*to as usize]);
        if raw(self.provider)? != &*self.name {
            return None;
        }
        let id = plain_id(raw(self.id)?)?;
        let sysmon = self.is_sysmon.then_some(id);
        let want = sysmon.map_or(projection.others(), |id| projection.of(id));
        (!want.is_record()).then_some(Passed { shape: self.shape, sysmon })
    }
}

/// An id of digits without a leading zero, in quotes or not.
fn plain_id(raw: &[u8]) -> Option<u16> {
    let digits = raw.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(raw);
    let is_plain = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let is_odd = digits.len() > 1 && digits[0] == b'0';
    if !is_plain || is_odd {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// A line on its way to its print; checks it as strictly as the parser does.
struct Walk<'l, 's> {
    bytes: &'l [u8],
    at: usize,
    telling: &'s Telling,
    print: &'s mut Vec<u8>,
    scalars: &'s mut Vec<(u32, u32)>,
}

impl Walk<'_, '_> {
    /// Walks an object with nothing behind it; `None` for anything else.
    fn object_alone(mut self) -> Option<()> {
        self.value(0, Print::Kinds)?;
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

    fn add(&mut self, kind: u8, print: Print) {
        if print != Print::Nothing {
            self.print.push(kind);
        }
    }

    fn value(&mut self, depth: usize, print: Print) -> Option<()> {
        self.blanks();
        if depth > MAX_DEPTH || self.scalars.len() > MAX_SCALARS {
            return None;
        }
        let start = self.at;
        match self.peek()? {
            b'{' => return self.object(depth, print),
            b'[' => return self.array(depth, print),
            b'"' => {
                self.string()?;
                self.add(if self.at == start + 2 { b'e' } else { b's' }, print);
            }
            b'-' | b'0'..=b'9' => {
                self.number()?;
                self.add(b'n', print);
            }
            first @ (b'n' | b't' | b'f') => {
                self.word(first)?;
                self.add(first, print);
            }
            _ => return None,
        }
        if print == Print::Value {
            self.print_value(start);
        }
        if print != Print::Nothing {
            self.scalars.push((start as u32, self.at as u32));
        }
        Some(())
    }

    /// Adds the value itself: its beginning decides, unless that is blank.
    fn print_value(&mut self, start: usize) {
        let raw = &self.bytes[start..self.at];
        let is_blank = matches!(raw.get(1), Some(b' ' | b'\\' | b'\t' | b'\r' | 0x0c));
        self.print.extend_from_slice(if is_blank { raw } else { &raw[..raw.len().min(64)] });
    }

    fn object(&mut self, depth: usize, print: Print) -> Option<()> {
        self.at += 1;
        self.add(b'{', print);
        if self.take(b'}') {
            self.add(b'}', print);
            return Some(());
        }
        loop {
            self.blanks();
            let start = self.at;
            (self.peek()? == b'"').then_some(())?;
            // An escape could spell a key that recognition looks at.
            (!self.string()?).then_some(())?;
            let key = &self.bytes[start..self.at];
            let inner = match print {
                Print::Nothing => Print::Nothing,
                _ if self.telling.contains(&key[1..key.len() - 1]) => Print::Value,
                _ => Print::Kinds,
            };
            if print != Print::Nothing {
                self.print.extend_from_slice(key);
            }
            self.take(b':').then_some(())?;
            self.value(depth + 1, inner)?;
            if self.take(b'}') {
                self.add(b'}', print);
                return Some(());
            }
            self.take(b',').then_some(())?;
        }
    }

    /// An array, of which only matters whether it is empty.
    fn array(&mut self, depth: usize, print: Print) -> Option<()> {
        self.at += 1;
        if self.take(b']') {
            self.add(b'0', print);
            return Some(());
        }
        self.add(b'[', print);
        loop {
            self.value(depth + 1, Print::Nothing)?;
            if self.take(b']') {
                return Some(());
            }
            self.take(b',').then_some(())?;
        }
    }

    fn word(&mut self, first: u8) -> Option<()> {
        let word: &[u8] = match first {
            b'n' => b"null",
            b't' => b"true",
            _ => b"false",
        };
        self.bytes[self.at..].starts_with(word).then_some(())?;
        self.at += word.len();
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        self.at += usize::from(self.peek() == Some(b'-'));
        let start = self.at;
        self.digits()?;
        if self.bytes[start] == b'0' && self.at > start + 1 {
            return None;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    /// Moves past a string, whose escapes must be JSON's; says whether there were any.
    fn string(&mut self) -> Option<bool> {
        self.at += 1;
        let mut has_escapes = false;
        loop {
            self.at = parse::next_special(self.bytes, self.at)?;
            match self.bytes[self.at] {
                b'"' => {
                    self.at += 1;
                    return Some(has_escapes);
                }
                b'\\' => match self.bytes.get(self.at + 1)? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
                    b'u' => {
                        let digits = self.bytes.get(self.at + 2..self.at + 6)?;
                        digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                        self.at += 6;
                    }
                    _ => return None,
                },
                _ => return None,
            }
            has_escapes = true;
        }
    }
}

/// How much of a value goes into the print.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Print {
    /// What it holds, as far as keys and kinds go.
    Kinds,
    /// That, and the value where it is a scalar.
    Value,
    /// Nothing.
    Nothing,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event::{Batch, Counts, Want};
    use crate::source::json::FORMAT;
    use crate::source::{BlockHead, Options, Workshop};

    /// What is there to be seen of reading the text: counts, damages, and how many records came out.
    fn read(text: &str, options: &Options, is_off: bool) -> (Counts, Vec<String>, usize) {
        let mut workshop = Workshop::new(options);
        workshop.json.is_off = is_off;
        let mut batch = Batch::default();
        batch.load(text.as_bytes().to_vec());
        FORMAT.read(BlockHead { offset: 0, line: 1, total: None }, &mut batch, &mut workshop);
        let damages = batch.damages.iter().map(|damage| format!("{damage:?}")).collect();
        (batch.counts.clone(), damages, batch.len())
    }

    fn event_8_only() -> Options {
        let projection = Projection::nothing().with([8], Want::All);
        Options { projection, ..Options::default() }
    }

    #[track_caller]
    fn check_alike(text: &str) {
        let options = event_8_only();
        assert_eq!(read(text, &options, false), read(text, &options, true), "{text}");
    }

    const LINE: &str = r#"{"SourceModuleType":"im_msvistalog","EventID":10,"SourceName":"Microsoft-Windows-Sysmon","x":{"y":[1]}}"#;

    /// Whether the second of these lines is passed over after the first was learned.
    fn is_passed(first: &str, second: &str) -> bool {
        let options = event_8_only();
        let mut workshop = Workshop::new(&options);
        let mut batch = Batch::default();
        batch.load(first.as_bytes().to_vec());
        FORMAT.read(BlockHead::default(), &mut batch, &mut workshop);
        matches!(workshop.json.glance(second, &options.projection), Glance::Passed(_))
    }

    #[test]
    fn lines_of_one_make_are_passed_over_and_others_are_not() {
        assert!(is_passed(LINE, LINE));
        assert!(is_passed(LINE, &LINE.replace("10", "\"1\"").replace("\"1\"", "1")));
        assert!(is_passed(LINE, &LINE.replace("[1]", "[2,\"a\",{}]")));
        for (from, to) in [
            ("10", "8"),
            ("10", "65536"),
            ("10", "010"),
            ("10", "\"10\""),
            ("10", "10.0"),
            ("EventID", "EventId"),
            ("Windows", "Linux"),
            ("im_msvistalog", "im_file"),
            ("[1]", "[1"),
            ("[1]", "[01]"),
            ("[1]", "[]"),
            ("[1]", "[\"\\x\"]"),
            ("\"x\"", "\"EventID\""),
            ("}}", "}},{}"),
        ] {
            assert!(!is_passed(LINE, &LINE.replace(from, to)), "{from} {to}");
        }
    }

    #[test]
    fn an_id_that_stands_twice_is_not_learned() {
        let twice = LINE.replace("\"x\"", "\"EventID\":10,\"x\"");
        assert!(!is_passed(&twice, &twice));
        check_alike(&format!("{twice}\n{}", twice.replacen("10", "8", 1)));
    }

    /// Records of every shape, of our own.
    fn records() -> Vec<String> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shapes/records");
        let mut files: Vec<_> =
            std::fs::read_dir(folder).expect("records").map(|entry| entry.expect("a file").path()).collect();
        files.sort();
        files.iter().map(|file| std::fs::read_to_string(file).expect("text").trim().to_owned()).collect()
    }

    #[test]
    fn every_shape_is_read_alike() {
        for record in records() {
            let lines = [8, 10, 8, 1, 1, 10].map(|id| {
                let id = format!(": {id}");
                record.replace(": 8", &id).replace(": \"8\"", &id)
            });
            check_alike(&lines.join("\n"));
        }
    }

    const CHANGES: &[(&str, &str)] = &[
        (": 8", ": 10"),
        (": 8", ": 1"),
        (": 8", ": \"3\""),
        (": 8", ": 99999"),
        (": \"8\"", ": \"10\""),
        (": \"8\"", ": \"\""),
        ("Sysmon\"", "Other\""),
        ("{", "{\"EventID\": 3, "),
        ("{", "{\"tags\": [], "),
        ("}", ",\"event_id\": 5}"),
        ("\"Type\": \"", "\"Type\": \"x"),
        ("event_data", "eventdata"),
        ("\\\\", "\\"),
        (", ", ",, "),
        ("\"}", "\""),
        ("null", "nul"),
        ("\"", "\\u0022"),
        ("\"Name\"", "\"N\\u0061me\""),
    ];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]
        #[test]
        fn any_lines_are_read_alike(
            lines in proptest::collection::vec((0usize..64, proptest::collection::vec(0usize..64, 0..3)), 1..24)
        ) {
            let records = records();
            // Few records, so that lines of one make come again.
            let text: Vec<String> = lines.iter().map(|(which, changes)| {
                let mut line = records[(lines[0].0 + which % 3) % records.len()].clone();
                for change in changes {
                    let (from, to) = CHANGES[change % CHANGES.len()];
                    line = line.replacen(from, to, 1 + change % 2);
                }
                line
            }).collect();
            check_alike(&text.join("\n"));
        }
    }
}
