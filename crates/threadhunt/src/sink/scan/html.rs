//! Findings as a page: one HTML file that needs nothing else, neither a network nor a server.
//!
//! The page is made beforehand from `crates/threadhunt/web` and lies in `data/html`: style and script
//! in it, and a policy that lets nothing else run. Here the data is put into its places: the
//! objects of the JSON lines, which pattern each finding belongs to, and a summary for readers without
//! scripts. Data is never markup: in JSON a `<` can only stand in a text, so all of them become
//! escapes, and what stands in the summary is escaped as HTML.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use serde_json::{Value, json};

use super::super::Format;
use super::super::jsonl::Jsonl;
use super::cards::{crowd_summary, crowd_title};
use super::held::left_out_lines;
use super::jsonl;
use super::look::{computer_name, counted, to_second};
use super::tampered;
use crate::event::Record;
use crate::report::{Coverage, Evidence, Exhibits, Finding, LeftOut, Pattern, Scanned, Severity, printable};

/// The page; `cargo xtask page` makes it.
const PAGE: &str = include_str!("../../../data/html/report.html");

/// What goes into a page.
#[derive(Clone, Copy)]
struct Content<'a> {
    scanned: &'a Scanned,
    exhibits: &'a Exhibits,
}

type Part = fn(Content<'_>, &mut dyn Write) -> io::Result<()>;

/// The places in the page, in their order, and what fills them.
const PARTS: [(&str, Part); 5] = [
    ("@@summary@@", summary),
    ("@@about@@", about),
    ("@@objects@@", objects),
    ("@@patterns@@", patterns),
    ("@@events@@", events),
];

/// Findings of which the page carries raw events, the worst; each has its place in the logs.
const MAX_SHOWN: usize = 2_000;
/// Raw events of a finding; it names the places of more.
pub const MAX_RECORDS: usize = 8;
/// Bytes of raw events in a page: nobody reads more, and browsers hold them all.
const MAX_EVENTS: usize = 32 << 20;

/// The findings whose records a page shows, for the reading that fetches them.
pub fn shown(scanned: &Scanned) -> Vec<&Finding> {
    scanned.worst_first().into_iter().take(MAX_SHOWN).map(|place| &scanned.findings[place]).collect()
}

/// Writes the page; raw events are those that were fetched.
pub fn write(scanned: &Scanned, exhibits: &Exhibits, out: &mut dyn Write) -> io::Result<()> {
    let mut rest = PAGE;
    for (mark, part) in PARTS {
        let (before, after) = rest.split_once(mark).expect("a test looks for every place");
        out.write_all(before.as_bytes())?;
        part(Content { scanned, exhibits }, out)?;
        rest = after;
    }
    out.write_all(rest.as_bytes())
}

/// The version, and what was asked to be left out: the page shows less than was found, and says so.
fn about(Content { scanned, .. }: Content<'_>, out: &mut dyn Write) -> io::Result<()> {
    let filter = |left: &LeftOut| json!({"words": left.wish.words(), "findings": left.findings.len(), "sigma": left.sigma.len()});
    let filters: Vec<Value> = scanned.left_out.iter().map(filter).collect();
    serde_json::to_writer(out, &json!({"version": env!("CARGO_PKG_VERSION"), "filters": filters}))
        .map_err(io::Error::from)
}

fn objects(Content { scanned, .. }: Content<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut array = BufWriter::new(Array { out, has_ended: false });
    array.write_all(b"[")?;
    jsonl::write(scanned, &mut array)?;
    array.flush()?;
    drop(array);
    out.write_all(b"]")
}

/// The pattern of each finding, by its place; the findings in the order of the objects.
fn patterns(Content { scanned, .. }: Content<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut of = vec![None; scanned.findings.len()];
    for (number, pattern) in scanned.patterns.iter().enumerate() {
        for place in &pattern.findings {
            if let Some(slot) = of.get_mut(*place) {
                *slot = Some(number);
            }
        }
    }
    let in_order: Vec<Option<usize>> = scanned.worst_first().into_iter().map(|place| of[place]).collect();
    serde_json::to_writer(out, &in_order).map_err(io::Error::from)
}

/// Raw events as `events --format jsonl` prints them, each once, and which of them each finding has.
fn events(content: Content<'_>, out: &mut dyn Write) -> io::Result<()> {
    let format = Jsonl::default();
    let mut numbers: BTreeMap<&Evidence, usize> = BTreeMap::new();
    let (mut of_findings, mut lines) = (BTreeMap::new(), Vec::new());
    for finding in shown(content.scanned) {
        let mut of_finding = Vec::new();
        for (evidence, event) in content.exhibits.of(finding).take(MAX_RECORDS) {
            let Some(event) = event.filter(|_| lines.len() < MAX_EVENTS) else { continue };
            let next = numbers.len();
            let number = *numbers.entry(evidence).or_insert(next);
            if number == next {
                format.record(Record::Sysmon(event), &mut lines);
            }
            of_finding.push(number);
        }
        if !of_finding.is_empty() {
            of_findings.insert(finding.spelled_id(), of_finding);
        }
    }
    write!(out, "{{\"of\":{},\"all\":[", serde_json::to_string(&of_findings)?)?;
    Array { out, has_ended: false }.write_all(&lines)?;
    write!(out, "]}}")
}

/// Makes an array of lines that hold an object each, and takes from their texts what ends a script.
struct Array<'w> {
    out: &'w mut dyn Write,
    has_ended: bool,
}

impl Write for Array<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|byte| matches!(byte, b'<' | b'\n')) {
            if self.has_ended {
                self.out.write_all(b",\n")?;
                self.has_ended = false;
            }
            match piece.split_last() {
                Some((b'<', before)) => {
                    self.out.write_all(before)?;
                    self.out.write_all(b"\\u003c")?;
                }
                Some((b'\n', before)) => {
                    self.out.write_all(before)?;
                    self.has_ended = true;
                }
                _ => self.out.write_all(piece)?,
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Rows of each table of the summary; the others are counted.
const MAX_ROWS: usize = 100;
/// Bytes of a value that is not broken: as many as a time has.
const MAX_PLAIN: usize = 19;

/// For readers without scripts: the worst patterns, and what the logs cover.
fn summary(Content { scanned, .. }: Content<'_>, out: &mut dyn Write) -> io::Result<()> {
    let findings = scanned.findings.len() as u64;
    let of = |severity: Severity| {
        let has = |finding: &&Finding| finding.judgement.severity == severity;
        format!("{} {}", scanned.findings.iter().filter(has).count(), severity.name())
    };
    let severities: Vec<String> = Severity::ALL.into_iter().rev().map(of).collect();
    let found = counted(findings, "finding");
    write!(out, "<h1>Remote threads</h1><p>{found}: {}.</p>", severities.join(", "))?;
    for line in left_out_lines(scanned) {
        write!(out, "<p>{}.</p>", escaped(&line))?;
    }
    for line in crowd_summary(&scanned.patterns).into_iter().chain(tampered::told(scanned)) {
        write!(out, "<p>{}.</p>", escaped(&line))?;
    }
    write!(out, "<p>Cards, graph, timeline and search need a script, which this reader does not run.</p>")?;
    let patterns =
        ["severity", "score", "pattern, by its worst finding", "pairs", "computers", "first (UTC)"];
    write!(out, "<h2>Findings, by pattern</h2>")?;
    table(out, patterns, &scanned.patterns, |pattern| row(pattern, scanned))?;
    let coverage = ["computer", "Sysmon records", "events 8", "from (UTC)", "to (UTC)", "record ids missing"];
    write!(out, "<h2>Coverage</h2>")?;
    table(out, coverage, &scanned.coverage, cover)
}

fn row(pattern: &Pattern, scanned: &Scanned) -> [String; 6] {
    let worst = pattern.findings.first().and_then(|place| scanned.findings.get(*place));
    let title = worst.map_or_else(|| crowd_title(pattern), |finding| finding.judgement.title.clone());
    let first = pattern.first.map(|moment| to_second(moment.time)).unwrap_or_default();
    [
        pattern.severity.name().to_owned(),
        pattern.score.points().to_string(),
        title,
        (pattern.findings.len() as u64 + pattern.counted).to_string(),
        pattern.computers.to_string(),
        first,
    ]
}

fn cover(coverage: &Coverage) -> [String; 6] {
    let time = |time: Option<_>| time.map(to_second).unwrap_or_default();
    let missing: u64 = coverage.channels.iter().map(|channel| channel.missing).sum();
    [
        computer_name(&coverage.computer),
        coverage.total().to_string(),
        coverage.seen(8).to_string(),
        time(coverage.first),
        time(coverage.last),
        missing.to_string(),
    ]
}

fn table<T>(
    out: &mut dyn Write,
    head: [&str; 6],
    rows: &[T],
    cells: impl Fn(&T) -> [String; 6],
) -> io::Result<()> {
    if rows.is_empty() {
        return write!(out, "<p>none</p>");
    }
    write!(out, "<div class=\"scroll\"><table><thead><tr>")?;
    head.iter().try_for_each(|name| write!(out, "<th scope=\"col\">{name}</th>"))?;
    write!(out, "</tr></thead><tbody>")?;
    for row in rows.iter().take(MAX_ROWS) {
        write!(out, "\n<tr>")?;
        for cell in cells(row) {
            // Short values stay whole; titles wrap.
            let class = if cell.len() <= MAX_PLAIN { " class=\"plain\"" } else { "" };
            write!(out, "<td{class}><bdi>{}</bdi></td>", escaped(&cell))?;
        }
        write!(out, "</tr>")?;
    }
    write!(out, "</tbody></table></div>")?;
    match rows.len().saturating_sub(MAX_ROWS) as u64 {
        0 => Ok(()),
        more => write!(out, "<p>and {} that this summary leaves out</p>", counted(more, "row")),
    }
}

/// Text as HTML, safe to look at.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in printable(text).chars() {
        html.push_str(&match c {
            '<' => Cow::Borrowed("&lt;"),
            '>' => Cow::Borrowed("&gt;"),
            '&' => Cow::Borrowed("&amp;"),
            '"' => Cow::Borrowed("&quot;"),
            '\'' => Cow::Borrowed("&#39;"),
            c => Cow::Owned(c.to_string()),
        });
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_each_place_once_and_in_order() {
        let places: Vec<Vec<usize>> =
            PARTS.iter().map(|(mark, _)| PAGE.match_indices(mark).map(|(at, _)| at).collect()).collect();
        assert!(places.iter().all(|found| found.len() == 1), "{places:?}");
        assert!(places.is_sorted(), "{places:?}");
    }

    #[test]
    fn nothing_found_is_a_page_too() {
        let mut page = Vec::new();
        write(&Scanned::default(), &Exhibits::default(), &mut page).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains("<p>0 findings: 0 critical"));
        assert!(page.contains(">[]</script>"), "an empty array of objects");
    }

    #[test]
    fn lines_become_an_array_and_markup_becomes_escapes() {
        let mut out = Vec::new();
        let mut array = Array { out: &mut out, has_ended: false };
        // As it comes from a buffer: cut anywhere.
        for piece in [&b"{\"a\":\"</scr"[..], b"ipt><!--\"}", b"\n", b"{\"a\":\"<\"}\n"] {
            array.write_all(piece).unwrap();
        }
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "{\"a\":\"\\u003c/script>\\u003c!--\"},\n{\"a\":\"\\u003c\"}");
        let objects: Vec<Value> = serde_json::from_str(&format!("[{text}]")).unwrap();
        assert_eq!(objects[0]["a"], "</script><!--");
    }

    #[test]
    fn values_of_the_summary_stay_text() {
        assert_eq!(
            escaped("<img src=x onerror='a' & \"b\">\u{202e}"),
            r"&lt;img src=x onerror=&#39;a&#39; &amp; &quot;b&quot;&gt;\u{202e}"
        );
    }
}
