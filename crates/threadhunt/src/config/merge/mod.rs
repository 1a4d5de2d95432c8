//! Several configurations made one, filter by filter.
//!
//! An event is logged where some file includes it and none excludes it; where no file has an
//! including filter, where none excludes it. A file without a filter for an event has no say in
//! it. The name is that of the first file that includes the event.
//!
//! Filters of one kind are joined into one where that is exact, because Sysmon logs nothing of an
//! event with two excluding filters and none that includes; others are put beside each other in the
//! order that keeps their names. What the result does that a file alone did not is a
//! [`MergeFinding`] with the places that it comes from.

use std::ops::Range;

use super::fmt::page;
use super::layouts::Layouts;
use super::markup::{Content, Element, Gap, Page, Piece};
use super::{Imitated, Parsed, SchemaVersion, parse};
use crate::report::Level;
use gather::{Source, Unit};

mod gather;
mod join;
mod judge;
mod options;

/// What came of merging.
#[derive(Clone, Debug)]
pub struct Merged {
    /// The merged configuration in the canonical layout; `None` where there can be none.
    pub text: Option<String>,
    /// What a person should know of it, the worst first, by code and then by event.
    pub findings: Vec<MergeFinding>,
}

/// Something that the merged configuration does other than one of the files alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeFinding {
    /// What kind of thing.
    pub code: MergeCode,
    /// What changes; no full stop.
    pub message: String,
    /// What to do about it; no full stop.
    pub help: Option<String>,
    /// Where it comes from: the number of the file, and a place in its text.
    pub places: Vec<(usize, Range<usize>)>,
}

impl MergeFinding {
    fn new(code: MergeCode, message: impl Into<String>, places: Vec<(usize, Range<usize>)>) -> Self {
        Self { code, message: message.into(), help: None, places }
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MergeLevel {
    /// Worth knowing; nothing changes.
    Note,
    /// The result does something else than one of the files, and probably as meant.
    Warning,
    /// The result does something else than one of the files, and probably not as meant.
    Error,
}

impl MergeLevel {
    /// The word that is printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

macro_rules! codes {
    ($($code:ident, $name:literal, $level:ident, $title:literal;)*) => {
        /// The kinds of findings; `name` is stable and printed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum MergeCode { $(#[doc = $title] $code,)* }

        /// One row a code, in the enum's order: both come from one list.
        const TABLE: &[(MergeCode, &str, MergeLevel, &str)] =
            &[$((MergeCode::$code, $name, MergeLevel::$level, $title),)*];
    };
}

codes! {
    Unjoinable, "unjoinable", Error, "Filters would silence the event together, and cannot be made one";
    Refused, "refused", Error, "Sysmon would refuse the result";
    LostDefault, "lost-default", Error, "A file logs all but what it excludes, another only what it includes";
    SilentEvent, "silent-event", Error, "The result never logs an event that a file logs";
    OptionConflict, "option-conflict", Error, "Two files set an option to different values";
    SpreadingExclusion, "spreading-exclusion", Warning, "What one file excludes is no longer logged for another that includes it";
    RevivedEvent, "revived-event", Warning, "The result logs an event that a file silences with several excluding filters";
    LeakingName, "leaking-name", Warning, "A name of one file can appear on events that another includes without a name";
    HiddenName, "hidden-name", Warning, "The same rule has another name in an earlier file, which wins";
    FilterLeftOut, "filter-left-out", Warning, "A filter that Sysmon leaves out is not merged";
    Duplicate, "duplicate", Note, "The same rule is in an earlier file, and stands there once";
    SchemaRaised, "schema-raised", Note, "The result declares the highest schema version of the files";
    OptionLeftOut, "option-left-out", Note, "An option that sets nothing is not merged";
}

impl MergeCode {
    /// All codes in order.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    fn row(self) -> &'static (Self, &'static str, MergeLevel, &'static str) {
        &TABLE[self as usize]
    }

    /// The stable name, as printed.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// How bad it is.
    pub fn level(self) -> MergeLevel {
        self.row().2
    }

    /// What the code stands for, in general.
    pub fn title(self) -> &'static str {
        self.row().3
    }

    /// Whether a result can be had nevertheless.
    pub fn can_be_allowed(self) -> bool {
        !matches!(self, Self::Unjoinable | Self::Refused)
    }
}

/// Merges configurations, in order; `None` where Sysmon refuses one of them.
///
/// ```
/// use threadhunt::config::{Imitated, merge, parse};
/// let file = |target: &str| {
///     let text = format!("<Sysmon schemaversion=\"4.90\"><EventFiltering><ProcessAccess onmatch=\"include\">\
///         <TargetImage condition=\"image\">{target}</TargetImage></ProcessAccess></EventFiltering></Sysmon>");
///     parse(text.as_bytes(), Imitated::default())
/// };
/// let merged = merge(&[&file("lsass.exe"), &file("csrss.exe")]).expect("configurations that Sysmon takes");
/// assert!(merged.findings.is_empty());
/// assert_eq!(merged.text.expect("a configuration").matches("<ProcessAccess").count(), 1);
/// ```
pub fn merge(files: &[&Parsed]) -> Option<Merged> {
    let pages: Vec<Page> = files.iter().map(|parsed| page(parsed)).collect::<Option<_>>()?;
    let sources = files.iter().zip(&pages).enumerate();
    let sources: Vec<Source<'_>> =
        sources.map(|(file, (parsed, page))| Source::gather(file, &parsed.config, page)).collect();
    let imitated = files.first().map_or_else(Imitated::default, |parsed| parsed.config.imitated);
    let mut findings = Vec::new();
    let mut root = Element::new("Sysmon", 0..0);
    root.set("schemaversion", &schema(&sources, &mut findings).to_string());
    root.push_all(options::merge(&sources, &mut findings));
    let mut filtering = Element::new("EventFiltering", 0..0);
    let mut whole = true;
    for tag in Layouts::of(imitated.schema()).tags() {
        let units: Vec<&Unit<'_>> = sources.iter().flat_map(|source| source.units_of(tag.name)).collect();
        judge::judge(tag.name, &sources, &units, &mut findings);
        match join::join(&units, &mut findings) {
            Some(pieces) => filtering.push_all(pieces),
            None => whole = false,
        }
    }
    filtering.push_all(sources.iter().flat_map(|source| source.loose.iter().cloned()));
    root.push_all([Piece { gap: Gap::Space, content: Content::Element(filtering) }]);
    for source in &sources {
        findings.extend(source.left_out());
    }
    let text =
        whole.then(|| framed(&sources, root).write()).filter(|text| is_taken(text, imitated, &mut findings));
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.code.level()), finding.code));
    Some(Merged { text, findings })
}

/// The highest version that a file declares.
fn schema(sources: &[Source<'_>], findings: &mut Vec<MergeFinding>) -> SchemaVersion {
    let declared = || sources.iter().filter_map(|source| Some((source.file, source.config.schema.as_ref()?)));
    let Some((highest, version)) = declared().rev().max_by_key(|(_, schema)| schema.value) else {
        return SchemaVersion::OLDEST;
    };
    let lower =
        declared().filter(|(_, schema)| schema.value < version.value).min_by_key(|(_, schema)| schema.value);
    if let Some((file, old)) = lower {
        let message =
            format!("the result declares schema {}, and a file declares {}", version.value, old.value);
        let places = vec![(file, old.span.clone()), (highest, version.span.clone())];
        let finding = MergeFinding::new(MergeCode::SchemaRaised, message, places);
        findings.push(
            finding.help("each filter states its groupRelation, so that rules stand together as before"),
        );
    }
    version.value
}

/// The root with the remarks around it; what several files have in common stands once.
fn framed(sources: &[Source<'_>], root: Element) -> Page {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut add = |pieces: &mut Vec<Piece>, remarks: &[Piece]| {
        let mut first = true;
        for piece in remarks {
            let is_new = match &piece.content {
                Content::Remark(text) => seen.insert(text.clone()),
                Content::Element(_) => true,
            };
            if is_new {
                let gap = if first && piece.gap == Gap::None { Gap::Line } else { piece.gap };
                pieces.push(Piece { gap, content: piece.content.clone() });
                first = false;
            }
        }
    };
    for source in sources {
        add(&mut pieces, &source.head);
    }
    pieces.push(Piece::line(root));
    for source in sources {
        add(&mut pieces, &source.tail);
    }
    Page { pieces }
}

/// Whether Sysmon takes the result.
fn is_taken(text: &str, imitated: Imitated, findings: &mut Vec<MergeFinding>) -> bool {
    let parsed = parse(text.as_bytes(), imitated);
    let errors = parsed.diagnostics.into_iter().filter(|complaint| complaint.level() == Level::Error);
    let before = findings.len();
    findings.extend(errors.map(|error| {
        let message = format!("Sysmon would refuse the result: {}", error.message);
        MergeFinding { help: error.help, ..MergeFinding::new(MergeCode::Refused, message, Vec::new()) }
    }));
    findings.len() == before
}

#[cfg(test)]
mod tests;
