//! Lines that belong to no record, and whether they are known.
//!
//! Programs put lines of their own around what they print: the head and the end of a transcript,
//! prompts, rulers, the numbers that `evtx_dump` counts by. Those are a table, [`FRAMES`], and nothing is said
//! of them. What else stands there are words, and they are told of: they may be a record that
//! nobody knows how to read.

use super::splunk;

/// How a line is known.
#[derive(Clone, Copy, Debug)]
enum Mark {
    /// By its beginning.
    Starts(&'static str),
    /// By its beginning and digits alone behind it.
    Numbers(&'static str),
    /// By something more.
    Looks(fn(&str) -> bool),
}

/// Whose line it is, and how it is known.
struct Frame {
    of: &'static str,
    mark: Mark,
    /// Whether it ends a message that stands before it, blank line or not.
    is_end: bool,
}

const fn frame(of: &'static str, mark: Mark) -> Frame {
    Frame { of, mark, is_end: false }
}

const fn end(of: &'static str, mark: Mark) -> Frame {
    Frame { of, mark, is_end: true }
}

const TRANSCRIPT: &str = "a transcript of PowerShell";

/// The lines of a transcript are those that PowerShell 5.1 and 7 write in English, with
/// `-IncludeInvocationHeader` too; in other languages they are words.
static FRAMES: &[Frame] = &[
    end("evtx_dump", Mark::Numbers("Record ")),
    end(TRANSCRIPT, Mark::Starts("**********")),
    end("a prompt of PowerShell", Mark::Looks(is_prompt)),
    frame("the command line of Windows", Mark::Looks(is_dos_prompt)),
    frame("a date of Splunk", Mark::Looks(splunk::is_date)),
    frame(TRANSCRIPT, Mark::Starts("Windows PowerShell transcript start")),
    frame(TRANSCRIPT, Mark::Starts("Windows PowerShell transcript end")),
    frame(TRANSCRIPT, Mark::Starts("PowerShell transcript start")),
    frame(TRANSCRIPT, Mark::Starts("PowerShell transcript end")),
    frame(TRANSCRIPT, Mark::Starts("Transcript started, output file is ")),
    frame(TRANSCRIPT, Mark::Starts("Transcript stopped, output file is ")),
    frame(TRANSCRIPT, Mark::Numbers("Start time: ")),
    frame(TRANSCRIPT, Mark::Numbers("End time: ")),
    frame(TRANSCRIPT, Mark::Numbers("Command start time: ")),
    frame(TRANSCRIPT, Mark::Starts("Username: ")),
    frame(TRANSCRIPT, Mark::Starts("RunAs User: ")),
    frame(TRANSCRIPT, Mark::Starts("Configuration Name:")),
    frame(TRANSCRIPT, Mark::Starts("Machine: ")),
    frame(TRANSCRIPT, Mark::Starts("Host Application: ")),
    frame(TRANSCRIPT, Mark::Numbers("Process ID: ")),
    frame(TRANSCRIPT, Mark::Starts("PSVersion: ")),
    frame(TRANSCRIPT, Mark::Starts("PSEdition: ")),
    frame(TRANSCRIPT, Mark::Starts("GitCommitId: ")),
    frame(TRANSCRIPT, Mark::Starts("OS: ")),
    frame(TRANSCRIPT, Mark::Starts("Platform: ")),
    frame(TRANSCRIPT, Mark::Starts("PSCompatibleVersions: ")),
    frame(TRANSCRIPT, Mark::Starts("PSRemotingProtocolVersion: ")),
    frame(TRANSCRIPT, Mark::Starts("SerializationVersion: ")),
    frame(TRANSCRIPT, Mark::Starts("BuildVersion: ")),
    frame(TRANSCRIPT, Mark::Starts("CLRVersion: ")),
    frame(TRANSCRIPT, Mark::Starts("WSManStackVersion: ")),
];

/// `PS C:\> Get-WinEvent …`.
fn is_prompt(line: &str) -> bool {
    line.strip_prefix("PS ").is_some_and(|rest| rest.contains('>'))
}

/// `C:\Users\ada>wevtutil …`.
fn is_dos_prompt(line: &str) -> bool {
    let behind =
        line.strip_prefix(|c: char| c.is_ascii_uppercase()).and_then(|rest| rest.strip_prefix(":\\"));
    behind.and_then(|rest| rest.split_once('>')).is_some_and(|(path, _)| !path.contains(['<', '"', ':']))
}

impl Frame {
    fn is(&self, line: &str) -> bool {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match self.mark {
            Mark::Starts(start) => line.starts_with(start) || line == start.trim_end(),
            Mark::Numbers(start) => line.strip_prefix(start).is_some_and(is_number),
            Mark::Looks(looks) => looks(line),
        }
    }
}

/// Whose line between records this is, where that is known.
fn of(line: &str) -> Option<&'static str> {
    let line = line.trim_end();
    FRAMES.iter().find(|frame| frame.is(line)).map(|frame| frame.of)
}

/// Whether a line between records ends a message that stands before it.
pub(super) fn ends_message(line: &str) -> bool {
    let line = line.trim_end();
    FRAMES.iter().any(|frame| frame.is_end && frame.is(line))
}

/// Longest tag of an element around records.
const MAX_TAG: usize = 4096;

/// Characters of a line that a sentence shows.
const MAX_SHOWN: usize = 64;

/// Where words begin in lines that belong to no record, and the first of them; `None` where all is known.
///
/// Known are blanks, punctuation, frames, lines that are read all the same, and of markup
/// declarations, comments, tags, and short texts within an element. A `<` that begins none is a word.
pub(super) fn words(lines: &[u8], is_read: fn(&[u8]) -> bool) -> Option<(usize, String)> {
    let markup = Markup::new(lines);
    let mut at = 0;
    // Where the line ends that was asked about last: punctuation without end is one line.
    let mut known = 0;
    while let Some(blanks) = lines[at..].iter().position(|byte| !byte.is_ascii_whitespace()) {
        let begins_line = at == 0 || memchr::memchr(b'\n', &lines[at..at + blanks]).is_some();
        at += blanks;
        if let Some(end) = markup.end(at) {
            at = end;
            continue;
        }
        if at >= known {
            known = memchr::memchr(b'\n', &lines[at..]).map_or(lines.len(), |end| at + end);
            let line = &lines[at..known];
            if is_read(line) || begins_line && of(&String::from_utf8_lossy(line)).is_some() {
                at = known;
                continue;
            }
        }
        let line = &lines[at..known];
        let tag = memchr::memchr(b'<', &line[1..]).map_or(line.len(), |tag| tag + 1);
        let text = String::from_utf8_lossy(&line[..tag]);
        if line.starts_with(b"<") || text.contains(char::is_alphanumeric) {
            return Some((at, shown(line, &text)));
        }
        at += tag;
    }
    None
}

/// Where markup that is none stands in what follows an event on its line, and how it begins.
///
/// Only what follows as markup does is looked at: an event in a cell or a string goes on with its quotes.
pub(super) fn no_markup(rest: &[u8]) -> Option<(usize, String)> {
    let markup = Markup::new(rest);
    let mut at = 0;
    while let Some(blanks) = rest[at..].iter().position(|byte| !byte.is_ascii_whitespace()) {
        at += blanks;
        match markup.end(at) {
            Some(end) => at = end,
            // Of a DOCTYPE is told elsewhere.
            None if rest[at] == b'<' && !rest[at..].starts_with(b"<!DOCTYPE") => {
                let near = &rest[at..rest.len().min(at + 4 * MAX_SHOWN)];
                return Some((at, shown(near, "<")));
            }
            None => break,
        }
    }
    None
}

/// The beginning of words; of what is a mark alone, what stands behind it too.
fn shown(line: &[u8], text: &str) -> String {
    let near = String::from_utf8_lossy(&line[..line.len().min(4 * MAX_SHOWN)]);
    let text = if text.contains(char::is_alphanumeric) { text } else { &near };
    text.trim().chars().take(MAX_SHOWN).collect()
}

/// Finds the ends of markup; what has none later in the text is not looked for again and again.
struct Markup<'t> {
    text: &'t [u8],
    /// The ends of comments, instructions and declarations, and where the last of each is.
    ends: [(&'static [u8], Option<usize>); 4],
}

impl<'t> Markup<'t> {
    fn new(text: &'t [u8]) -> Self {
        let last = |end: &'static [u8]| (end, memchr::memmem::rfind(text, end));
        Self { text, ends: [last(b"-->"), last(b"?>"), last(b"]>"), last(b">")] }
    }

    fn find(&self, end: usize, at: usize) -> Option<usize> {
        let (end, last) = self.ends[end];
        last.filter(|last| *last >= at)?;
        memchr::memmem::find(&self.text[at..], end).map(|hit| at + hit + end.len())
    }

    /// Where the markup ends that begins at a place: a declaration, a comment, a tag, an element with a text in it.
    fn end(&self, at: usize) -> Option<usize> {
        match &self.text[at..] {
            [b'<', b'!', b'-', b'-', ..] => self.find(0, at),
            [b'<', b'?', ..] => self.find(1, at),
            [b'<', b'!', ..] => {
                let end = self.find(3, at)?;
                // Declarations of entities stand in brackets.
                let is_open = memchr::memchr(b'[', &self.text[at..end]).is_some();
                Some(self.find(2, at).filter(|_| is_open).unwrap_or(end))
            }
            [b'<', letter, ..] if letter.is_ascii_alphabetic() || *letter == b'/' => self.end_of_tag(at),
            _ => None,
        }
    }

    fn end_of_tag(&self, at: usize) -> Option<usize> {
        let tag = &self.text[at + 1..self.text.len().min(at + MAX_TAG)];
        let len = memchr::memchr2(b'<', b'>', tag).filter(|end| tag[*end] == b'>')?;
        let name = tag.split(|byte| !byte.is_ascii_alphanumeric() && !b":._-".contains(byte)).next()?;
        let end = at + 1 + len + 1;
        let behind = &self.text[end..self.text.len().min(end + MAX_TAG)];
        let content = memchr::memchr2(b'<', b'\n', behind).unwrap_or(0);
        let close = [b"</", name, b">"].concat();
        let is_leaf = !name.is_empty() && behind[content..].starts_with(&close);
        Some(if is_leaf { end + content + close.len() } else { end })
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[track_caller]
    fn check(lines: &str, expected: Option<(usize, &str)>) {
        let found = words(lines.as_bytes(), |line| line.starts_with(b"read "));
        assert_eq!(found.as_ref().map(|(at, shown)| (*at, shown.as_str())), expected, "{lines:?}");
    }

    #[test]
    fn what_is_known_is_no_word() {
        for lines in [
            "",
            " \r\n\t\n",
            "<?xml version=\"1.0\"?>\n<!-- an\nexport -->\n<Events xmlns='x'>\n  <count>5</count>\n</Events>\n",
            "<!DOCTYPE a [<!ENTITY e 'x'>\n]>\n",
            "- <Events>\n],\n\"\n",
            "Record 12\n",
            "PS C:\\> Get-WinEvent | fl\r\n",
            "C:\\Users\\ada>wevtutil qe Security\r\n",
            "03/14/2024 10:26:53 AM\n",
            "read me\n",
        ] {
            check(lines, None);
        }
        assert!(ends_message("Record 12\r\n") && !ends_message("Record twelve"));
    }

    #[test]
    fn a_transcript_is_known_line_by_line() {
        let head = "**********************\r\nWindows PowerShell transcript start\r\nStart time: 20240314102653\r\n\
                    Username: CORP\\ada\r\nRunAs User: CORP\\ada\r\nConfiguration Name: \r\nMachine: WEB01 (Microsoft Windows NT 10.0.19045.0)\r\n\
                    Host Application: powershell.exe -c x\r\nProcess ID: 4711\r\nPSVersion: 5.1.19041.1\r\nPSEdition: Desktop\r\n\
                    PSCompatibleVersions: 1.0, 2.0\r\nBuildVersion: 10.0\r\nCLRVersion: 4.0\r\nWSManStackVersion: 3.0\r\n\
                    PSRemotingProtocolVersion: 2.3\r\nSerializationVersion: 1.1.0.1\r\n**********************\r\n";
        check(head, None);
        assert!(head.lines().all(|line| of(line).is_some()));
        check("Windows PowerShell transcript end\r\nEnd time: 20240314102700\r\n", None);
    }

    #[test]
    fn a_line_of_marks_is_asked_about_once() {
        thread_local!(static ASKED: Cell<usize> = const { Cell::new(0) });
        for unit in ["]", "- ", "], ", "\""] {
            let lines = unit.repeat(3000) + "\n" + &unit.repeat(3000);
            ASKED.set(0);
            let is_read = |line: &[u8]| {
                ASKED.set(ASKED.get() + line.len());
                false
            };
            assert_eq!(words(lines.as_bytes(), is_read), None);
            assert!(ASKED.get() <= lines.len(), "{unit:?}: {} of {}", ASKED.get(), lines.len());
        }
    }

    #[test]
    fn what_begins_no_markup_is_a_word() {
        check("<<<<\n", Some((0, "<<<<")));
        check("<a>\n<!-- <!-- ", Some((4, "<!-- <!--")));
        assert_eq!(no_markup(b" </a><!-- x --> \n"), None);
        assert_eq!(no_markup(b"\",<"), None);
        assert_eq!(no_markup(b"</a> < 1"), Some((5, "< 1".to_owned())));
    }

    #[test]
    fn words_are_shown_from_their_beginning() {
        check("\n some words\nmore", Some((2, "some words")));
        check("<a>\nwords <b>\n", Some((4, "words")));
        check("<!-- never closed", Some((0, "<!-- never closed")));
        check("<134>x\n", Some((0, "<134>x")));
        check("Start time: soon\n", Some((0, "Start time: soon")));
        check("x Record 12", Some((0, "x Record 12")));
    }
}
