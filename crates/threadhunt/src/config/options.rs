//! Options: the elements beside `EventFiltering`, and which values each takes.
//!
//! Sysmon handles them in order and stops at the first that has nothing in it (a loop over the
//! nodes of libxml2 that takes "no child" for "no more"), so the usual `<CheckRevocation/>` sets
//! nothing and hides what follows. The Sysmon with MSXML did not have this fault.

use std::ops::Range;

use super::{SchemaVersion, Spanned};
use crate::schema::FieldId;

/// An option as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionElement {
    /// Its name.
    pub name: &'static str,
    /// The whole element.
    pub span: Range<usize>,
    /// Its text, as Sysmon reads it.
    pub value: Spanned<String>,
    /// Whether Sysmon sets it.
    pub is_set: bool,
}

/// What stands in an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Text,
    Empty,
}

/// An option of the table.
pub(super) struct OptionSchema {
    pub(super) name: &'static str,
    since: u32,
    /// The first schema that no longer has it.
    until: u32,
    pub(super) content: Content,
    check: fn(&str) -> Result<(), String>,
}

const ALWAYS: u32 = u32::MAX;

/// After manifest.xml of SysmonCommon; the last three are not documented, but in every grammar.
const TABLE: &[OptionSchema] = &[
    row("HashAlgorithms", 400, ALWAYS, Content::Text, hash_algorithms),
    row("CheckRevocation", 400, ALWAYS, Content::Text, anything),
    row("DnsLookup", 430, ALWAYS, Content::Text, anything),
    row("ArchiveDirectory", 400, ALWAYS, Content::Text, archive_directory),
    row("CaptureClipboard", 400, ALWAYS, Content::Empty, anything),
    row("DriverName", 400, ALWAYS, Content::Text, anything),
    row("FieldSizes", 481, ALWAYS, Content::Text, field_sizes),
    row("PipeMonitoringConfig", 400, ALWAYS, Content::Text, anything),
    row("ProcessAccessConfig", 400, ALWAYS, Content::Text, anything),
    row("CopyOnDelete_Processes", 400, 430, Content::Text, anything),
    row("CopyOnDelete_PE", 400, 430, Content::Empty, anything),
    row("CopyOnDelete_SIDs", 400, 430, Content::Text, anything),
    row("CopyOnDelete_Extensions", 400, 430, Content::Text, anything),
    row("ServiceArchiveDirectory", 400, ALWAYS, Content::Text, anything),
    row("InternalRepresentation", 400, ALWAYS, Content::Text, anything),
    row("OutputRules", 400, ALWAYS, Content::Text, anything),
    row("TraceEvents", 400, ALWAYS, Content::Text, anything),
];

const fn row(
    name: &'static str,
    since: u32,
    until: u32,
    content: Content,
    check: fn(&str) -> Result<(), String>,
) -> OptionSchema {
    OptionSchema { name, since, until, content, check }
}

impl OptionSchema {
    /// The option of that exact name, whatever the schema.
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        TABLE.iter().find(|row| row.name == name)
    }

    /// The names of all options of a schema.
    pub(super) fn names(schema: SchemaVersion) -> impl Iterator<Item = &'static str> {
        TABLE.iter().filter(move |row| row.is_in(schema)).map(|row| row.name)
    }

    /// Whether a schema has it.
    pub(super) fn is_in(&self, schema: SchemaVersion) -> bool {
        SchemaVersion::hundredths(self.since) <= schema && schema < SchemaVersion::hundredths(self.until)
    }

    /// The schemas that have it, in words.
    pub(super) fn lifetime(&self) -> String {
        let since = SchemaVersion::hundredths(self.since);
        match self.until {
            ALWAYS => format!("it exists since schema {since}"),
            until => format!("it existed from schema {since} to below {}", SchemaVersion::hundredths(until)),
        }
    }

    /// Says why Sysmon refuses a value.
    pub(super) fn check(&self, value: &str) -> Result<(), String> {
        (self.check)(value)
    }
}

fn anything(_: &str) -> Result<(), String> {
    Ok(())
}

/// What an option's value stands for, whatever its spelling.
pub(super) fn meaning(name: &str, value: &str) -> String {
    if name != "HashAlgorithms" {
        return value.to_owned();
    }
    let mut items: Vec<String> =
        value.to_ascii_lowercase().replace('-', "").split(',').map(str::to_owned).collect();
    items.sort_unstable();
    items.dedup();
    let all = |item: &String| item == "*" || item == "all";
    if items.iter().any(all) { "*".to_owned() } else { items.join(",") }
}

/// Spellings of hash algorithms, in any letter case.
const ALGORITHMS: &[&str] =
    &["sha1", "sha-1", "md5", "md-5", "sha256", "sha-256", "imphash", "imp-hash", "*", "all"];

fn hash_algorithms(value: &str) -> Result<(), String> {
    let known = |item: &str| ALGORITHMS.iter().any(|name| name.eq_ignore_ascii_case(item));
    match value.split(',').find(|item| !known(item)) {
        None => Ok(()),
        Some(item) if known(item.trim()) => Err(format!("blanks are not allowed in the list: `{item}`")),
        Some(item) => {
            Err(format!("no hash algorithm is called `{item}`; there are MD5, SHA1, SHA256, IMPHASH and *"))
        }
    }
}

fn archive_directory(value: &str) -> Result<(), String> {
    match value.contains('\\') {
        true => Err("the archive directory is a single name, without a backslash".to_owned()),
        false => Ok(()),
    }
}

fn field_sizes(value: &str) -> Result<(), String> {
    value.split(',').try_for_each(|item| {
        let (name, size) =
            item.split_once(':').ok_or_else(|| format!("`{item}` is not of the form Field:N"))?;
        let size: Option<u32> = size.parse().ok().filter(|size| *size > 0);
        size.ok_or_else(|| format!("`{item}` has no size of 1 or more"))?;
        FieldId::from_name(name).map(drop).ok_or_else(|| format!("no event has a field `{name}`"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, value: &str, accepted: bool) {
        let option = OptionSchema::find(name).expect("an option");
        assert_eq!(option.check(value).is_ok(), accepted, "{name} {value}");
    }

    #[test]
    fn values_are_taken_as_sysmon_takes_them() {
        check("HashAlgorithms", "md5,SHA-256,imphash", true);
        check("HashAlgorithms", "*", true);
        check("HashAlgorithms", "md5, sha256", false);
        check("HashAlgorithms", "sha512", false);
        check("ArchiveDirectory", "Sysmon", true);
        check("ArchiveDirectory", r"C:\Sysmon", false);
        check("FieldSizes", "CommandLine:100,Image:20", true);
        check("FieldSizes", "CommandLine:0", false);
        check("FieldSizes", "Command:9", false);
        check("FieldSizes", "CommandLine", false);
        check("DriverName", "anything at all", true);
    }

    #[test]
    fn algorithms_are_a_set() {
        assert_eq!(meaning("HashAlgorithms", "SHA-256,md5"), meaning("HashAlgorithms", "MD5,sha256,md-5"));
        assert_eq!(meaning("HashAlgorithms", "md5,ALL"), "*");
        assert_ne!(meaning("DriverName", "a"), meaning("DriverName", "A"));
    }

    #[test]
    fn options_have_a_lifetime() {
        let schema = SchemaVersion::hundredths;
        assert!(!OptionSchema::find("FieldSizes").unwrap().is_in(schema(480)));
        assert!(!OptionSchema::find("CopyOnDelete_PE").unwrap().is_in(schema(430)));
        assert!(OptionSchema::find("CopyOnDeletePE").is_none());
        assert_eq!(OptionSchema::names(schema(423)).count(), 15);
    }
}
