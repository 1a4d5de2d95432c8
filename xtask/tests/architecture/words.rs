//! What is written: headers, names that say nothing, paths that exist on one machine only.

use crate::rust::is_word;
use crate::{Complaint, File, expect_none, files, paths};

/// Names of folders and modules that collect what nobody found a place for.
const EMPTY_NAMES: &[&str] =
    &["common", "helper", "helpers", "manager", "managers", "misc", "util", "utilities", "utils"];

/// Folders in which a checkout may lie. In tables, logs and generated code such a path is a value like any
/// other, so only what people write about the project itself is read.
const MACHINE_FOLDERS: &[&str] = &["home", "root", "Users", "work"];
const WRITTEN: &[&str] = &["md", "rs", "sh", "toml", "yml", "yaml"];

#[test]
fn sources_open_with_a_header() {
    let bad = |file: &File| !file.text.starts_with("//!");
    let files = files();
    let written = |file: &&File| file.path.starts_with("crates/") && file.is_source() && !file.is_generated();
    let sources = files.iter().filter(written);
    let complaint = |file: &File| file.complaint(1, "opens without a `//!` header that says what this is");
    expect_none(&sources.filter(|file| bad(file)).map(complaint).collect::<Vec<_>>());
}

#[test]
fn names_say_something() {
    let names: Vec<String> = paths().iter().filter_map(|path| path.to_str()).map(str::to_owned).collect();
    expect_none(&names.iter().filter_map(|path| empty_name(path)).collect::<Vec<_>>());
}

#[test]
fn an_empty_name_is_seen() {
    assert!(empty_name("crates/a/src/utils/mod.rs").is_some());
    assert!(empty_name("crates/a/src/helpers.rs").is_some());
    assert!(empty_name("crates/a/src/commonality.rs").is_none());
}

fn empty_name(path: &str) -> Option<Complaint> {
    let stem = |part: &str| part.split('.').next().unwrap_or_default().to_owned();
    let part = path.split('/').map(stem).find(|part| EMPTY_NAMES.contains(&part.as_str()))?;
    let message = format!("{part:?} says nothing about what is inside");
    Some(Complaint { path: path.to_owned(), line: 1, message })
}

#[test]
fn no_paths_of_one_machine() {
    let written = |file: &File| {
        let value = file.path.contains("/data/") || file.is_generated();
        !value && file.path.rsplit('.').next().is_some_and(|end| WRITTEN.contains(&end))
    };
    let files = files();
    expect_none(&files.iter().filter(|file| written(file)).flat_map(machine_paths).collect::<Vec<_>>());
}

#[test]
fn a_path_of_one_machine_is_seen() {
    let text = format!("cd {0}work{0}project\nhttps://example.org/work/b ../root/c\n", '/');
    let file = File { path: "a.md".to_owned(), text };
    let lines: Vec<usize> = machine_paths(&file).iter().map(|complaint| complaint.line).collect();
    assert_eq!(lines, [1]);
}

fn machine_paths(file: &File) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        for folder in MACHINE_FOLDERS {
            let path = format!("/{folder}/");
            let absolute = |at: usize| {
                let before = line.as_bytes()[..at].last();
                !before.is_some_and(|&byte| is_word(byte) || matches!(byte, b'.' | b'~' | b'/' | b'}' | b'*'))
            };
            if line.match_indices(&path).any(|(at, _)| absolute(at)) {
                complaints.push(file.complaint(number + 1, format!("{path} exists on one machine only")));
            }
        }
    }
    complaints
}
