//! How long files and functions may get, tests not counted.
//!
//! A function that is one flat table (a match or an array with a line a fact) may be longer; it says so in
//! its body with `// flat table: why it is code and not data`. Generated files may be as long as they are.

use crate::rust::{body, line, mask, without_tests, words};
use crate::{Complaint, File, expect_none, files};

const FILE_LINES: usize = 800;
const FUNCTION_LINES: usize = 100;
const MARK: &str = "// flat table: ";

#[test]
fn files_and_functions_stay_short() {
    let files = files();
    let sources: Vec<&File> = files.iter().filter(|file| file.is_source()).collect();
    assert!(sources.len() > 3, "the sources have moved");
    expect_none(&sources.into_iter().flat_map(check).collect::<Vec<_>>());
}

fn check(file: &File) -> Vec<Complaint> {
    if file.is_generated() {
        return Vec::new();
    }
    let code = without_tests(&mask(&file.text));
    let mut complaints = Vec::new();
    let tests = tests_lines(&file.text, &code);
    let lines = file.text.lines().count() - tests;
    if lines > FILE_LINES {
        complaints.push(file.complaint(1, format!("{lines} lines without tests, of {FILE_LINES}: cut it")));
    }
    // A name follows in a definition, a bracket in the type of a function.
    let defines = |at: &usize| code[*at..].strip_prefix("fn ").is_some_and(|rest| !rest.starts_with('('));
    for start in words(&code, "fn").filter(defines) {
        let body = body(&code, start);
        let first = line(&code, start);
        let lines = line(&code, body.end) + 1 - first;
        if lines > FUNCTION_LINES && !file.text[body].contains(MARK) {
            let message =
                format!("function of {lines} lines, of {FUNCTION_LINES}: cut it, or mark `{MARK}why`");
            complaints.push(file.complaint(first, message));
        }
    }
    complaints
}

/// How many lines hold code that went away with the tests.
fn tests_lines(text: &str, code: &str) -> usize {
    let masked = mask(text);
    masked.lines().zip(code.lines()).filter(|(before, after)| before != after).count()
}

#[track_caller]
fn expect(text: String, complaints: &[&str]) {
    let found = check(&File { path: "x/src/x.rs".to_owned(), text });
    assert_eq!(found.len(), complaints.len(), "{found:?}");
    for (found, start) in found.iter().zip(complaints) {
        assert!(found.to_string().starts_with(start), "{found}");
    }
}

#[test]
fn a_long_function_is_seen() {
    let function = |lines: usize, mark: &str| {
        format!("fn a() {{}}\nfn b(x: [u8; 2]) {{\n{mark}\n{}}}\n", "    f(\"}\");\n".repeat(lines - 3))
    };
    expect(function(100, ""), &[]);
    expect(function(101, ""), &["x/src/x.rs:2: function of 101 lines"]);
    expect(function(101, "    // flat table: one line a value type of the format"), &[]);
    expect(function(101, "    // flat table"), &["x/src/x.rs:2: function of 101 lines"]);
    expect(format!("struct F {{ f: fn() }}\n{}fn g() {{}}", "struct A;\n".repeat(101)), &[]);
}

#[test]
fn a_long_file_is_seen() {
    let code = "struct A;\n".repeat(FILE_LINES);
    let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "    struct B;\n".repeat(FILE_LINES));
    expect(format!("{code}{tests}"), &[]);
    expect(format!("struct C;\n{code}{tests}"), &["x/src/x.rs:1: 801 lines without tests"]);
}
