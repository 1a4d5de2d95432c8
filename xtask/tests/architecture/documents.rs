//! What the documents name exists.

use crate::{Complaint, File, expect_none, files, root};

#[test]
fn architecture_names_real_paths() {
    let files = files();
    let file =
        files.iter().find(|file| file.path == "ARCHITECTURE.md").expect("ARCHITECTURE.md is committed");
    assert!(named_paths(&file.text).len() > 3, "ARCHITECTURE.md names no paths");
    let missing = named_paths(&file.text).into_iter().filter(|(_, path)| !root().join(path).exists());
    let complaint = |(line, path): (usize, &str)| file.complaint(line, format!("{path} does not exist"));
    expect_none(&missing.map(complaint).collect::<Vec<_>>());
}

#[test]
fn documents_link_to_real_files() {
    let files = files();
    let documents = files.iter().filter(|file| file.path.ends_with(".md"));
    expect_none(&documents.flat_map(dead_links).collect::<Vec<_>>());
}

#[test]
fn paths_and_links_are_seen() {
    let text = "`a/b` and `c.rs`, not `crate::d`, `E`, `<f>/g` or `h/*.i`\n```\n`j/k`\n```\n`l.md`\n";
    assert_eq!(named_paths(text), [(1, "a/b"), (1, "c.rs"), (5, "l.md")]);
    let text = "[a](README.md) [b](https://example.org) [c](#d)\n[e](no/such.md#f)\n".to_owned();
    let lines: Vec<usize> =
        dead_links(&File { path: "x.md".to_owned(), text }).iter().map(|c| c.line).collect();
    let expected: &[usize] = if root().join("README.md").exists() { &[2] } else { &[1, 2] };
    assert_eq!(lines, expected);
}

/// Lines of prose, numbered from 1: code blocks are left out.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(number, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then_some((number + 1, line))
    })
}

/// Everything between backticks that looks like a path.
fn named_paths(text: &str) -> Vec<(usize, &str)> {
    let spans =
        prose(text).flat_map(|(number, line)| line.split('`').skip(1).step_by(2).map(move |s| (number, s)));
    let is_path = |span: &str| {
        let named = span.contains('/') || [".rs", ".toml", ".md"].iter().any(|end| span.ends_with(end));
        named && !span.contains(|letter: char| letter.is_whitespace() || "*<>:{}…".contains(letter))
    };
    spans.filter(|(_, span)| is_path(span)).collect()
}

/// Links to files of the project that are not there.
fn dead_links(file: &File) -> Vec<Complaint> {
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut complaints = Vec::new();
    for (number, line) in prose(&file.text) {
        for link in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            let elsewhere = target.is_empty() || target.contains(':');
            if !elsewhere && !root().join(folder).join(target).exists() {
                complaints.push(file.complaint(number, format!("link to {target}, which does not exist")));
            }
        }
    }
    complaints
}
