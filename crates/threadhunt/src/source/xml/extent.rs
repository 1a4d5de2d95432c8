//! Where events begin and end in text that need not be an XML document.
//!
//! An event begins with an `<Event …>` tag (any prefix) that is followed by `<System>`, and
//! ends with its `</Event>`. Elements named `Event` within it, without a `System`, are
//! counted. CDATA hides tags; comments do not, since no exporter writes them and
//! an unescaped `<!--` in a value would swallow events. An event within which another one
//! begins was cut short. All decisions depend on bounded stretches of text only, so a stream
//! cut in any pieces gives the same extents as the whole.

use std::ops::Range;

use memchr::memmem;

use crate::source::encoding::BOM;

/// Longest event. A record of the log is at most 64 KiB; as XML, escaped, with its values
/// once more in words, it stays below 1 MiB.
pub(super) const MAX_EVENT: usize = 4 << 20;

/// How far behind `<Event` its `>` may be, and how far behind that the next tag.
const MAX_TAG: usize = 4096;

/// Longest prefix of a name.
const MAX_PREFIX: usize = 32;

/// Longest text in which a tag can lie that cannot be told yet, without its attributes.
const MARGIN: usize = 64;

/// Longest text without any tag that is kept for what may follow.
const MAX_GAP: usize = 64 << 10;

/// What a stretch of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// From `<Event` to its `</Event>`.
    Whole,
    /// An event without end: the input ends, or the next event begins.
    Cut,
    /// The beginning of an event that is longer than [`MAX_EVENT`].
    TooLong,
    /// An `Event` element that holds no `System` where it should.
    NotAnEvent,
}

/// A stretch of text that is, or should be, an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
}

/// A tag of an element `Event`, or its absence.
#[derive(Debug, PartialEq, Eq)]
enum Tag {
    /// Begins an event: a `System` follows.
    Event(Range<usize>),
    /// Begins another element of this name.
    Child {
        range: Range<usize>,
        empty: bool,
    },
    Close(Range<usize>),
    /// The tag of an event that breaks off, up to where the next one begins.
    Begun(Range<usize>),
    /// Text ends before it is known what it is.
    Unsure(usize),
    None,
}

/// Whether more text may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// The text goes on.
    More,
    /// The text ends here.
    End,
}

/// Gives the extents in text, in order.
#[derive(Debug)]
pub(super) struct Scanner<'t> {
    text: &'t [u8],
    rest: Rest,
    /// Everything before this place was given out or holds no event.
    at: usize,
    event: memmem::Finder<'static>,
    cdata: Next,
    cdata_end: Next,
}

impl<'t> Scanner<'t> {
    /// Begins at a place of the text.
    pub(super) fn new(text: &'t [u8], at: usize, rest: Rest) -> Self {
        Self {
            text,
            rest,
            at,
            event: memmem::Finder::new("Event"),
            cdata: Next::new("<![CDATA["),
            cdata_end: Next::new("]]>"),
        }
    }

    /// Everything before this place was given out or holds no event: text may be cut here.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Where nothing is decided from `at` on: goes to the place at which to go on with more text.
    ///
    /// That is behind the last `>` before, since what stands between says how an event is
    /// quoted, and since no tag is cut there.
    fn stop(&mut self, at: usize) -> Option<Extent> {
        self.at = match memchr::memrchr(b'>', &self.text[self.at..at]) {
            _ if self.rest == Rest::End => self.text.len(),
            Some(end) => self.line_of_json(self.at + end + 1),
            None if at - self.at > MAX_GAP => at,
            None => self.at,
        };
        None
    }

    /// A place between events, or the beginning of its line where that is JSON, which is not cut.
    fn line_of_json(&self, at: usize) -> usize {
        let line = memchr::memrchr(b'\n', &self.text[self.at..at]).map_or(at, |end| self.at + end + 1);
        if self.text[line..at].starts_with(b"{") && at - line <= MAX_EVENT { line } else { at }
    }

    fn give(&mut self, kind: Kind, range: Range<usize>) -> Option<Extent> {
        self.at = range.end;
        Some(Extent { kind, range })
    }

    /// The next tag at or behind `from`.
    fn tag(&self, mut from: usize) -> Tag {
        while let Some(hit) = self.event.find(&self.text[from..]) {
            let name = from + hit;
            match self.tag_at(name) {
                Tag::None => from = name + 5,
                tag => return tag,
            }
        }
        let tail = self.text.len().saturating_sub(MARGIN).max(self.at);
        match memchr::memrchr(b'<', &self.text[tail..]) {
            Some(start) if self.rest == Rest::More => Tag::Unsure(tail + start),
            // What begins so directly behind an event is the next one.
            Some(start) if is_begun(&self.text[tail + start..]) && self.is_behind_tag(tail + start) => {
                Tag::Unsure(tail + start)
            }
            _ => Tag::None,
        }
    }

    /// Whether nothing stands between a tag, or a place where text is cut, and this place.
    fn is_behind_tag(&self, at: usize) -> bool {
        let before = self.text[..at].trim_ascii_end();
        before.strip_prefix(BOM).unwrap_or(before).last().is_none_or(|byte| *byte == b'>')
    }

    /// The tag whose name, without prefix, is at this place.
    fn tag_at(&self, name: usize) -> Tag {
        let before = &self.text[self.at.max(name.saturating_sub(MAX_PREFIX + 3))..name];
        let prefix = match before.last() {
            Some(b':') => before.iter().rev().take_while(|byte| is_name_byte(**byte)).count(),
            _ => 0,
        };
        let before = &before[..before.len() - prefix];
        if before.ends_with(b"</") {
            self.close_tag(name - prefix - 2, name + 5)
        } else if before.ends_with(b"<") {
            self.open_tag(name - prefix - 1, name + 5)
        } else {
            Tag::None
        }
    }

    fn close_tag(&self, start: usize, after: usize) -> Tag {
        let blanks =
            self.text[after..].iter().take(MARGIN).take_while(|byte| byte.is_ascii_whitespace()).count();
        match self.text.get(after + blanks) {
            Some(b'>') => Tag::Close(start..after + blanks + 1),
            None => Tag::Unsure(start),
            Some(_) => Tag::None,
        }
    }

    fn open_tag(&self, start: usize, after: usize) -> Tag {
        match self.text.get(after) {
            None => return Tag::Unsure(start),
            Some(byte) if byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/') => {}
            Some(_) => return Tag::None,
        }
        let window = &self.text[after..self.text.len().min(after + MAX_TAG)];
        let end = match memchr::memchr2(b'<', b'>', window) {
            Some(end) if window[end] == b'>' => after + end + 1,
            Some(end) if is_begun_tag(&window[..end]) => return Tag::Begun(start..after + end),
            None if window.len() < MAX_TAG => return Tag::Unsure(start),
            _ => return Tag::None,
        };
        if self.text[end - 2] == b'/' {
            return Tag::Child { range: start..end, empty: true };
        }
        match self.system_follows(end) {
            Some(true) => Tag::Event(start..end),
            None if self.rest == Rest::More => Tag::Unsure(start),
            Some(false) | None => Tag::Child { range: start..end, empty: false },
        }
    }

    /// Whether the next tag is `System`; `None` when the text ends before that is known.
    ///
    /// Between the tags may stand blanks, the mark `- ` of a copied tree, and blanks as they
    /// are written within a JSON string.
    fn system_follows(&self, mut at: usize) -> Option<bool> {
        let stop = at + MAX_TAG;
        while at < stop {
            at += match self.text.get(at..)? {
                [b'\\', b'n' | b'r' | b't', ..] => 2,
                [byte, ..] if byte.is_ascii_whitespace() || *byte == b'-' => 1,
                [] | [b'\\'] => return None,
                _ => break,
            };
        }
        if *self.text.get(at)? != b'<' {
            return Some(false);
        }
        let tag = &self.text[at + 1..];
        let name = tag.iter().take(MARGIN).take_while(|byte| is_name_byte(**byte)).count();
        if name == tag.len() {
            return None;
        }
        Some(super::local_name(&tag[..name]) == b"System")
    }

    /// The extent of the event that begins with this tag.
    fn event(&mut self, tag: Range<usize>) -> Option<Extent> {
        let start = tag.start;
        let limit = start + MAX_EVENT;
        let mut depth = 1usize;
        let mut last_close = None;
        let mut from = tag.end;
        // Behind the tag that shows that it is an event.
        let head = from + memchr::memchr(b'>', &self.text[from..]).map_or(0, |end| end + 1);
        loop {
            let tag = self.tag(from);
            let (found, end) = match &tag {
                Tag::Event(range) | Tag::Close(range) | Tag::Begun(range) | Tag::Child { range, .. } => {
                    (range.start, range.end)
                }
                Tag::Unsure(found) => (*found, *found),
                Tag::None => (self.text.len(), self.text.len()),
            };
            match self.hidden(from, found, limit) {
                Hidden::Until(end) => {
                    from = end;
                    continue;
                }
                Hidden::Unknown => return self.stop(start),
                Hidden::No => {}
            }
            match tag {
                Tag::Close(_) if depth == 1 && end <= limit => return self.give(Kind::Whole, start..end),
                Tag::Close(_) if end <= limit => (depth, last_close) = (depth - 1, Some(end)),
                Tag::Child { empty, .. } if found < limit => depth += usize::from(!empty),
                Tag::Event(_) if found < limit => {
                    // What stands before the next event on its line belongs to that.
                    let body = from.max(head).min(found);
                    let line = memchr::memrchr(b'\n', &self.text[body..found]);
                    let end = line.map_or(found, |end| body + end + 1);
                    return self.give_unbalanced(start, last_close, Kind::Cut, end);
                }
                // It may be a part of a value.
                Tag::Begun(_) if found < limit => {}
                Tag::Close(_) => return self.unfinished(start, last_close, end),
                _ => return self.unfinished(start, last_close, found),
            }
            from = end;
        }
    }

    /// An event whose end is not in the text; `known` is where the text is not decided yet.
    fn unfinished(&mut self, start: usize, last_close: Option<usize>, known: usize) -> Option<Extent> {
        let len = self.text.len();
        let limit = start + MAX_EVENT;
        if known >= limit || self.rest == Rest::End && len >= limit {
            self.give_unbalanced(start, last_close, Kind::TooLong, limit)
        } else if self.rest == Rest::End {
            self.give_unbalanced(start, last_close, Kind::Cut, len)
        } else {
            self.stop(start)
        }
    }

    /// An event that was not closed as often as `Event` was opened: it ends at its last end
    /// tag, since an opening one may be an unescaped value. Without any it is of this kind.
    fn give_unbalanced(
        &mut self,
        start: usize,
        last_close: Option<usize>,
        kind: Kind,
        end: usize,
    ) -> Option<Extent> {
        match last_close {
            Some(end) => self.give(Kind::Whole, start..end),
            None => self.give(kind, start..end),
        }
    }

    /// Whether CDATA that begins behind `from` hides what is at `place`.
    ///
    /// Such a section must end before the event's limit, or it is none.
    fn hidden(&mut self, mut from: usize, place: usize, limit: usize) -> Hidden {
        while let Some(start) = self.cdata.find(self.text, from).filter(|start| *start < place.min(limit)) {
            match self.cdata_end.find(self.text, start) {
                Some(end) if end + 3 > limit => return Hidden::No,
                Some(end) if end + 3 > place => return Hidden::Until(end + 3),
                Some(end) => from = end + 3,
                None if self.rest == Rest::End || self.text.len() >= limit + MARGIN => return Hidden::No,
                None => return Hidden::Unknown,
            }
        }
        Hidden::No
    }
}

impl Iterator for Scanner<'_> {
    type Item = Extent;

    fn next(&mut self) -> Option<Extent> {
        let mut from = self.at;
        loop {
            match self.tag(from) {
                Tag::Event(range) => return self.event(range),
                Tag::Child { range, .. } => return self.give(Kind::NotAnEvent, range),
                Tag::Begun(range) => return self.give(Kind::Cut, range),
                Tag::Close(range) => from = range.end,
                Tag::Unsure(start) if self.rest == Rest::End && self.text[start..].starts_with(b"</") => {
                    from = self.text.len();
                }
                Tag::Unsure(start) if self.rest == Rest::End => {
                    return self.give(Kind::Cut, start..self.text.len());
                }
                Tag::Unsure(start) => return self.stop(start),
                Tag::None => return self.stop(self.text.len()),
            }
        }
    }
}

/// Whether a text is the beginning of the tag of an event: `<Eve`.
pub(super) fn is_begun(text: &[u8]) -> bool {
    let Some(name) = text.strip_prefix(b"<") else { return false };
    name.iter().all(|byte| is_name_byte(*byte)) && b"Event".starts_with(super::local_name(name))
}

/// Whether what follows the name of a tag goes on as that of an event does, as far as it goes.
fn is_begun_tag(rest: &[u8]) -> bool {
    const NAMESPACE: &[u8] = b"xmlns=";
    let rest = rest.trim_ascii();
    rest.starts_with(NAMESPACE) || NAMESPACE.starts_with(rest)
}

/// Whether a place lies in CDATA.
enum Hidden {
    No,
    Until(usize),
    /// The text ends before that is known.
    Unknown,
}

/// Finds the next of some bytes; looks at every byte once as long as the places asked for grow.
#[derive(Debug)]
struct Next {
    finder: memmem::Finder<'static>,
    /// From where was searched, and what was found.
    known: Option<(usize, Option<usize>)>,
}

impl Next {
    fn new(needle: &'static str) -> Self {
        Self { finder: memmem::Finder::new(needle), known: None }
    }

    fn find(&mut self, text: &[u8], from: usize) -> Option<usize> {
        match self.known {
            Some((since, None)) if from >= since => None,
            Some((since, Some(found))) if (since..=found).contains(&from) => Some(found),
            _ => {
                let found = text.get(from..).and_then(|rest| self.finder.find(rest)).map(|hit| from + hit);
                self.known = Some((from, found));
                found
            }
        }
    }
}

/// Whether an event begins in the text, or may begin where the text was cut.
pub(super) fn has_event(text: &[u8], may_go_on: bool) -> bool {
    has_event_among(text, may_go_on, usize::MAX)
}

/// The same of the first tags alone.
pub(super) fn has_event_among(text: &[u8], may_go_on: bool, tags: usize) -> bool {
    let scanner = Scanner::new(text, 0, if may_go_on { Rest::More } else { Rest::End });
    let mut from = 0;
    for _ in 0..tags {
        match scanner.tag(from) {
            Tag::Event(_) => return true,
            Tag::Unsure(start) => return memmem::find(&text[start..], b"Event").is_some(),
            Tag::None => return false,
            Tag::Child { range, .. } | Tag::Close(range) | Tag::Begun(range) => from = range.end,
        }
    }
    false
}

/// Whether a byte can be part of a name; all but ASCII can.
pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':') || byte >= 0x80
}
