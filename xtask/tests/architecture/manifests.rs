//! What every manifest says: the lints of the workspace, no unsafe code, every fuzz target registered.

use crate::rust::{mask, words};
use crate::{Complaint, File, expect_none, files};

/// Crates that may hold unsafe code: the doors to the operating system.
const UNSAFE: &[&str] = &["crates/threadhunt-live/"];

fn is_member(file: &&File) -> bool {
    let depth = file.path.split('/').count();
    (file.path.starts_with("crates/") && depth == 3 && file.path.ends_with("/Cargo.toml"))
        || file.path == "xtask/Cargo.toml"
}

#[test]
fn members_take_the_lints_of_the_workspace() {
    let files = files();
    let members: Vec<&File> = files.iter().filter(is_member).collect();
    assert!(members.len() >= 3, "the members have moved");
    let bad = members.into_iter().filter(|file| !takes_lints(&file.text));
    expect_none(&bad.map(|file| file.complaint(1, "lacks `[lints] workspace = true`")).collect::<Vec<_>>());
}

fn takes_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().skip_while(|line| line.trim() != "[lints]").skip(1);
    lines.next().is_some_and(|line| line.trim() == "workspace = true")
}

#[test]
fn missing_lints_are_seen() {
    assert!(takes_lints("[package]\n\n[lints]\nworkspace = true\n"));
    assert!(!takes_lints("[package]\n"));
    assert!(!takes_lints("[lints]\n\n[dependencies]\nworkspace = true\n"));
}

#[test]
fn unsafe_code_is_forbidden() {
    let files = files();
    let manifest = files.iter().find(|file| file.path == "Cargo.toml").expect("the workspace has a manifest");
    let forbids = manifest.text.lines().any(|line| line == "unsafe_code = \"forbid\"");
    assert!(forbids, "Cargo.toml: [workspace.lints.rust] has to say unsafe_code = \"forbid\"");
    let sources = files.iter().filter(|file| file.path.ends_with(".rs"));
    let safe = sources.filter(|file| !UNSAFE.iter().any(|folder| file.path.starts_with(folder)));
    expect_none(&safe.flat_map(unsafe_words).collect::<Vec<_>>());
}

#[test]
fn unsafe_code_is_seen() {
    let text = "// unsafe\nfn a() { unsafe { b() } }\n#![allow(unsafe_code)]\n\"unsafe\"".to_owned();
    let lines: Vec<usize> =
        unsafe_words(&File { path: "a.rs".to_owned(), text }).iter().map(|c| c.line).collect();
    assert_eq!(lines, [2, 3]);
}

fn unsafe_words(file: &File) -> Vec<Complaint> {
    let code = mask(&file.text);
    let lines = code.lines().enumerate();
    let bad = lines
        .filter(|(_, line)| words(line, "unsafe").next().or(words(line, "unsafe_code").next()).is_some());
    bad.map(|(number, _)| file.complaint(number + 1, "unsafe code belongs to the sensors alone")).collect()
}

#[test]
fn fuzz_targets_are_registered() {
    let files = files();
    let manifest = files.iter().find(|file| file.path == "fuzz/Cargo.toml").expect("fuzz is a workspace");
    let targets = files.iter().filter_map(|file| file.path.strip_prefix("fuzz/").map(|path| (file, path)));
    let missing = targets.filter(|(_, path)| {
        path.starts_with("fuzz_targets/") && !manifest.text.contains(&format!("path = \"{path}\""))
    });
    expect_none(
        &missing.map(|(file, _)| file.complaint(1, "has no [[bin]] in fuzz/Cargo.toml")).collect::<Vec<_>>(),
    );
}
