//! Files that are no configuration, named for what they are.
//!
//! People hand over what lies beside a configuration: the page that shows it, the log that it
//! filled, the archive it came in. Saying which is worth more than the first byte that is wrong.

use crate::report::{Diagnostic, DiagnosticCode as Code};

/// First bytes, what a file that begins with them is, and what to do.
const BYTES: &[(&[u8], &str, &str)] = &[
    (b"ElfFile\0", "a Windows event log", LOG),
    (b"ElfChnk\0", "a part of a Windows event log", LOG),
    (b"\x1f\x8b", "compressed with gzip", UNPACK),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", UNPACK),
    (b"PK\x03\x04", "a zip archive", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"MZ", "a Windows program", "give the configuration that it was started with"),
    (b"regf", "a registry hive", "export the configuration as XML; Sysmon keeps only its rules there"),
];

const LOG: &str = "name the configuration first and the logs behind it";
const UNPACK: &str = "unpack it first";

/// First text, in lower case, what a file that begins with it is, and what to do.
const TEXTS: &[(&str, &str, &str)] = &[
    ("<!doctype html", "a web page", DOWNLOAD),
    ("<html", "a web page", DOWNLOAD),
    ("{", "JSON", LOG),
    ("[", "JSON", LOG),
    ("windows registry editor", "a registry file", "give the configuration as XML"),
];

const EMPTY: &str = "a configuration without rules is `<Sysmon schemaversion=\"4.90\"/>`";
const DOWNLOAD: &str = "download the raw file instead of the page that shows it";

/// Root elements of other files, and what to do.
const ROOTS: &[(&str, &str)] = &[
    ("html", DOWNLOAD),
    ("Event", LOG),
    ("Events", LOG),
    ("manifest", "it is the schema that `sysmon -s` prints, not a configuration"),
    ("EventFiltering", "put `<Sysmon schemaversion=\"4.90\">` around it"),
    ("RuleGroup", "put `<Sysmon schemaversion=\"4.90\"><EventFiltering>` around it"),
];

fn complaint(what: &str, help: &str) -> Diagnostic {
    Diagnostic::new(Code::NotSysmon, 0..0, format!("the file is {what}, not a configuration")).help(help)
}

/// Recognises a file that is no text.
pub(super) fn by_bytes(bytes: &[u8]) -> Option<Diagnostic> {
    if bytes.is_empty() {
        return Some(Diagnostic::new(Code::NotSysmon, 0..0, "the file is empty").help(EMPTY));
    }
    let row = BYTES.iter().find(|(magic, ..)| bytes.starts_with(magic))?;
    Some(complaint(row.1, row.2))
}

/// Recognises text that is no XML.
pub(super) fn by_text(text: &str) -> Option<Diagnostic> {
    let start = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).as_bytes();
    if start.is_empty() {
        return Some(Diagnostic::new(Code::NotSysmon, 0..0, "the file holds nothing but blanks").help(EMPTY));
    }
    let begins =
        |word: &str| start.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()));
    let row = TEXTS.iter().find(|(word, ..)| begins(word))?;
    Some(complaint(row.1, row.2))
}

/// What to do about a file with this root element.
pub(super) fn by_root(name: &str) -> Option<&'static str> {
    if name.eq_ignore_ascii_case("Sysmon") {
        return Some("write `Sysmon`: letter case counts");
    }
    ROOTS.iter().find(|(root, _)| root.eq_ignore_ascii_case(name)).map(|(_, help)| *help)
}

#[cfg(test)]
mod tests {
    use crate::config::{Imitated, parse};

    #[track_caller]
    fn check(bytes: &[u8], message: &str, help: &str) {
        let parsed = parse(bytes, Imitated::default());
        assert_eq!(parsed.diagnostics.len(), 1, "{:?}", parsed.diagnostics);
        let complaint = &parsed.diagnostics[0];
        assert_eq!((complaint.code.name(), &*complaint.message), ("not-sysmon", message));
        assert!(complaint.help.as_deref().is_some_and(|found| found.contains(help)), "{complaint:?}");
    }

    #[test]
    fn other_files_are_named() {
        check(b"", "the file is empty", "schemaversion");
        check(
            b"ElfFile\0\0\0\0",
            "the file is a Windows event log, not a configuration",
            "configuration first",
        );
        check(b"PK\x03\x04....", "the file is a zip archive, not a configuration", "unpack");
        check(b"\xef\xbb\xbf\n{\"id\":8}", "the file is JSON, not a configuration", "configuration first");
        check(b"\r\n<!DOCTYPE HTML>", "the file is a web page, not a configuration", "raw file");
        check(b"<Event xmlns=\"x\"/>", "the root element is `Event`", "configuration first");
        check(b"<sysmon schemaversion=\"4.90\"/>", "the root element is `sysmon`", "letter case");
        check(b"<manifest/>", "the root element is `manifest`", "sysmon -s");
    }
}
