//! Every code of a complaint is in the documentation, with its level and what it stands for.

#![allow(clippy::unwrap_used, reason = "tests may fail")]

use std::fs;
use std::path::Path;

use threadhunt::report::DiagnosticCode;

#[test]
fn the_codes_are_documented() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/config.md");
    let text = fs::read_to_string(path).unwrap();
    let is_code = |line: &&str| line.starts_with("| `") && line.split(" | ").count() == 3;
    let rows: Vec<&str> = text.lines().filter(is_code).collect();
    let expected: Vec<String> = DiagnosticCode::all()
        .map(|code| format!("| `{}` | {} | {} |", code.name(), code.level().name(), code.title()))
        .collect();
    assert_eq!(rows, expected, "\n{}", expected.join("\n"));
}
