//! `--format sarif`: complaints as SARIF 2.1.0, which code scanning takes.
//!
//! One run holds all files. A result's fingerprint is made of its code and the text around its
//! place, so it stays the same when lines move. Texts quote the file, which anyone may have
//! written: what SARIF would take for a link or a placeholder is escaped.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Component, Path};

use serde::Serialize;
use threadhunt::config::{Encoding, MAX_BYTES};
use threadhunt::report::{Diagnostic, DiagnosticCode, Level};

use super::Loaded;
use super::draw::Lines;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// Names what is checked, so that code scanning keeps its results apart from others'.
const CATEGORY: &str = "threadhunt/config-check/";
/// The root that relative paths start from, by the name that code scanning knows.
const ROOT: &str = "%SRCROOT%";
/// Longer places are named without their text.
const MAX_SNIPPET: usize = 1000;
/// How much of a line on either side of a place counts for its fingerprint.
const CONTEXT: usize = 100;

/// What becomes a SARIF file; the names are SARIF's.
#[derive(Serialize)]
pub(super) struct Sarif {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    automation_details: Automation,
    column_kind: &'static str,
    invocations: [Invocation; 1],
    artifacts: Vec<Artifact>,
    results: Vec<Finding>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    name: &'static str,
    short_description: Text,
    full_description: Text,
    help: Text,
    default_configuration: Configuration,
    properties: Properties,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Properties {
    tags: [&'static str; 2],
    #[serde(rename = "problem.severity")]
    severity: &'static str,
}

#[derive(Serialize)]
struct Text {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<String>,
}

#[derive(Serialize)]
struct Automation {
    id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Text,
    locations: [Location; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    location: ArtifactLocation,
    /// Of a file that is too large only the beginning was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<usize>,
    roles: [&'static str; 1],
    mime_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: Fingerprints,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fingerprints {
    /// The name under which code scanning looks for it.
    primary_location_line_hash: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    #[serde(flatten)]
    rest: Option<RegionRest>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RegionRest {
    start_column: usize,
    end_line: usize,
    end_column: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<Text>,
}

impl Sarif {
    /// A run without any file yet.
    pub(super) fn new() -> Self {
        let run = Run {
            tool: Tool {
                driver: Driver {
                    name: "threadhunt",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: DiagnosticCode::all().map(Rule::of).collect(),
                },
            },
            automation_details: Automation { id: CATEGORY },
            column_kind: "unicodeCodePoints",
            invocations: [Invocation {
                execution_successful: true,
                tool_execution_notifications: Vec::new(),
            }],
            artifacts: Vec::new(),
            results: Vec::new(),
        };
        Self { schema: SCHEMA, version: "2.1.0", runs: [run] }
    }

    /// Adds a file with its complaints.
    pub(super) fn add(&mut self, path: &Path, loaded: &Loaded) {
        let [run] = &mut self.runs;
        let parsed = &loaded.parsed;
        run.artifacts.push(Artifact {
            location: ArtifactLocation::of(path),
            length: Some(loaded.length).filter(|length| *length <= MAX_BYTES),
            roles: ["analysisTarget"],
            mime_type: "text/xml",
            encoding: parsed.encoding.map(Encoding::name),
        });
        let location =
            ArtifactLocation { index: Some(run.artifacts.len() - 1), ..ArtifactLocation::of(path) };
        let file = File { location, lines: Lines::new(&parsed.config.text), text: &parsed.config.text };
        let mut seen = HashMap::new();
        run.results.extend(parsed.diagnostics.iter().map(|complaint| file.finding(complaint, &mut seen)));
        if parsed.omitted > 0 {
            let message = format!("{} more complaints are left out", parsed.omitted);
            run.notify("note", &message, file.location);
        }
    }

    /// Adds a file that could not be read.
    pub(super) fn add_unreadable(&mut self, path: &Path, reason: &str) {
        let [run] = &mut self.runs;
        run.invocations[0].execution_successful = false;
        run.notify("error", reason, ArtifactLocation::of(path));
    }
}

impl Run {
    fn notify(&mut self, level: &'static str, message: &str, artifact_location: ArtifactLocation) {
        let physical_location = PhysicalLocation { artifact_location, region: None };
        let notification = Notification {
            level,
            message: Text::plain(message),
            locations: [Location { id: None, physical_location, message: None }],
        };
        self.invocations[0].tool_execution_notifications.push(notification);
    }
}

impl Rule {
    fn of(code: DiagnosticCode) -> Self {
        let (reason, remedy) = (code.reason(), code.remedy());
        let help = Text {
            text: format!("{reason} {remedy}"),
            markdown: Some(format!("{reason}\n\n**What to do:** {remedy}")),
        };
        Self {
            id: code.name(),
            name: code.identifier(),
            short_description: Text::plain(code.title()),
            full_description: Text::plain(&format!("{}. {reason}", code.title())),
            help,
            default_configuration: Configuration { level: code.level().name() },
            properties: Properties { tags: ["sysmon", "configuration"], severity: code.level().name() },
        }
    }
}

/// A file in which places are named.
struct File<'f> {
    location: ArtifactLocation,
    lines: Lines<'f>,
    text: &'f str,
}

impl File<'_> {
    fn finding(&self, complaint: &Diagnostic, seen: &mut HashMap<u64, u64>) -> Finding {
        let level = match complaint.level() {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        let message = match &complaint.help {
            Some(help) => format!("{}; {help}", complaint.message),
            None => complaint.message.clone(),
        };
        let hash = self.hash(complaint);
        let count = seen.entry(hash).and_modify(|count| *count += 1).or_insert(1);
        let related = complaint.related.iter().enumerate().map(|(index, related)| Location {
            id: Some(index + 1),
            message: Some(Text::plain(&related.label)),
            ..self.place(&related.span)
        });
        Finding {
            rule_id: complaint.code.name(),
            rule_index: complaint.code as usize,
            level,
            message: Text::plain(&message),
            locations: [self.place(&complaint.span)],
            related_locations: related.collect(),
            partial_fingerprints: Fingerprints { primary_location_line_hash: format!("{hash:016x}:{count}") },
        }
    }

    /// A place; of a file without any text, its first line.
    fn place(&self, span: &Range<usize>) -> Location {
        let rest = (!self.text.is_empty()).then(|| RegionRest {
            start_column: self.lines.column(span.start),
            end_line: self.lines.line(span.end),
            end_column: self.lines.column(span.end),
            snippet: (span.len() <= MAX_SNIPPET).then(|| Text::exact(&self.text[span.clone()])),
        });
        let region = Some(Region { start_line: self.lines.line(span.start), rest });
        let physical_location = PhysicalLocation { artifact_location: self.location.clone(), region };
        Location { id: None, physical_location, message: None }
    }

    /// A hash of the code and of the text around the place, blanks left out: FNV-1a of 64 bits.
    fn hash(&self, complaint: &Diagnostic) -> u64 {
        let (text, span) = (self.text, &complaint.span);
        let end = text.floor_char_boundary(span.end.min(span.start + MAX_SNIPPET));
        let before = &text[text.floor_char_boundary(span.start.saturating_sub(CONTEXT))..span.start];
        let before = before.rsplit('\n').next().unwrap_or_default();
        let behind = &text[end..text.floor_char_boundary(end.saturating_add(CONTEXT))];
        let behind = behind.split('\n').next().unwrap_or_default();
        let parts = [complaint.code.name(), "\0", before, "\0", &text[span.start..end], "\0", behind];
        let bytes = parts.iter().flat_map(|part| part.bytes()).filter(|byte| !byte.is_ascii_whitespace());
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }
}

impl Text {
    /// Text in which nothing is a link or a placeholder.
    fn plain(text: &str) -> Self {
        Self { text: escape(text), markdown: None }
    }

    /// Text of a file, as it is.
    fn exact(text: &str) -> Self {
        Self { text: text.to_owned(), markdown: None }
    }
}

/// Escapes what SARIF reads within messages: `[text](target)` is a link (3.11.6), `{0}` a placeholder (3.11.5).
fn escape(text: &str) -> String {
    let has_link = text.contains("](");
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let digits = rest[c.len_utf8()..].bytes().take_while(u8::is_ascii_digit).count();
        let is_placeholder = c == '{' && digits > 0 && rest[1 + digits..].starts_with('}');
        let len = if is_placeholder { digits + 2 } else { c.len_utf8() };
        match c {
            '{' if is_placeholder => out.extend(["{", &rest[..len], "}"]),
            '[' | ']' if has_link => out.extend(['\\', c]),
            _ => out.push(c),
        }
        rest = &rest[len..];
    }
    out
}

impl ArtifactLocation {
    /// A path as a URI, from the current directory on where it lies below.
    fn of(path: &Path) -> Self {
        let here = std::env::current_dir().unwrap_or_default();
        let path = path.strip_prefix(&here).unwrap_or(path);
        let uri = uri(path);
        match path.is_absolute() {
            true => Self { uri: format!("file://{uri}"), uri_base_id: None, index: None },
            false => Self { uri, uri_base_id: Some(ROOT), index: None },
        }
    }
}

/// The path of a URI.
fn uri(path: &Path) -> String {
    let mut uri = String::new();
    for component in path.components() {
        match component {
            Component::CurDir | Component::RootDir => continue,
            Component::Prefix(prefix) => {
                uri.push('/');
                push_encoded(&mut uri, &prefix.as_os_str().to_string_lossy());
                continue;
            }
            _ => {}
        }
        if !uri.is_empty() || path.has_root() {
            uri.push('/');
        }
        push_encoded(&mut uri, &component.as_os_str().to_string_lossy());
    }
    uri
}

fn push_encoded(uri: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        for (path, expected) in [
            ("a b/c.xml", "a%20b/c.xml"),
            ("./c:d.xml", "c%3Ad.xml"),
            ("../ü.xml", "../%C3%BC.xml"),
            ("/x/y.xml", "/x/y.xml"),
            ("-", "-"),
        ] {
            assert_eq!(uri(Path::new(path)), expected);
        }
    }

    #[test]
    fn messages_hold_no_link_and_no_placeholder() {
        assert_eq!(escape("[a](http://b) {0} {8-4} {"), r"\[a\](http://b) {{0}} {8-4} {");
        assert_eq!(escape(r"a[1] C:\x {12é"), r"a[1] C:\x {12é");
    }
}
