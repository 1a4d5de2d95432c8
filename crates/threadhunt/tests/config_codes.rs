//! Every code of a complaint, and of a merge, is in the documentation, with its level and what it stands for.

#![allow(clippy::unwrap_used, reason = "tests may fail")]

use std::fs;
use std::path::Path;

use threadhunt::config::{MergeCode, MergeLevel};
use threadhunt::report::DiagnosticCode;

/// The rows of the documentation that begin with a code and have this many columns.
fn rows(text: &str, columns: usize) -> Vec<&str> {
    let is_code = |line: &&str| line.starts_with("| `") && line.split(" | ").count() == columns;
    text.lines().filter(is_code).collect()
}

fn document() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/config.md")).unwrap()
}

#[test]
fn the_codes_are_documented() {
    let expected: Vec<String> = DiagnosticCode::all()
        .map(|code| format!("| `{}` | {} | {} |", code.name(), code.level().name(), code.title()))
        .collect();
    assert_eq!(rows(&document(), 3), expected, "\n{}", expected.join("\n"));
}

#[test]
fn the_codes_of_merges_are_documented() {
    let expected: Vec<String> = MergeCode::all()
        .map(|code| {
            let allowed = match code.level() {
                MergeLevel::Note => "-",
                _ if code.can_be_allowed() => "yes",
                _ => "no",
            };
            format!("| `{}` | {} | {allowed} | {} |", code.name(), code.level().name(), code.title())
        })
        .collect();
    assert_eq!(rows(&document(), 4), expected, "\n{}", expected.join("\n"));
}
