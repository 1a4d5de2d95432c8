//! Which module of the library may name which: data flows one way, and the imports follow it.
//!
//! Read from the paths that start with `crate::`, and from `super::` chains that reach the root. Every such
//! path has to name a module of the table, so nothing can go around it by way of a re-export in `lib.rs`.
//! Tests may name what they like.

use crate::rust::{body, line, mask, without_tests, words};
use crate::{Complaint, File, expect_none, files};

/// A module of the library and the modules it may name.
const EDGES: &[(&str, &[&str])] = &[
    ("schema", &[]),
    ("event", &["schema"]),
    ("report", &["schema", "event"]),
    ("source", &["schema", "event", "report"]),
    ("observe", &["schema", "event", "report"]),
    ("filter", &["schema", "event", "report"]),
    ("config", &["schema", "event", "report", "filter"]),
    ("detect", &["schema", "event", "report", "filter", "config"]),
    ("sink", &["schema", "event", "report"]),
];

const LIBRARY: &str = "crates/threadhunt/src/";

#[test]
fn imports_go_one_way() {
    let files = files();
    let library: Vec<&File> =
        files.iter().filter(|file| file.is_source() && file.path.starts_with(LIBRARY)).collect();
    assert!(library.iter().any(|file| file.path.ends_with("/lib.rs")), "the library has moved: {LIBRARY}");
    expect_none(&library.into_iter().flat_map(check).collect::<Vec<_>>());
}

/// The complaints about one file of the library.
fn check(file: &File) -> Vec<Complaint> {
    let below = file.path.strip_prefix(LIBRARY).unwrap_or(&file.path);
    let mut place: Vec<&str> = below.trim_end_matches(".rs").split('/').collect();
    if place.last() == Some(&"mod") {
        place.pop();
    }
    let from = place[0];
    if from == "lib" {
        return Vec::new();
    }
    let Some((_, allowed)) = EDGES.iter().find(|(module, _)| *module == from) else {
        return vec![file.complaint(1, format!("module {from} is not in the table of edges"))];
    };
    let judge = |(at, to): (usize, String)| {
        let known = EDGES.iter().any(|(module, _)| *module == to);
        let message = match () {
            () if to == from || allowed.contains(&to.as_str()) => return None,
            () if known => format!("{from} -> {to}: {from} may name only {allowed:?}"),
            () => format!("{from} -> crate::{to}: name the module it comes from, not the root"),
        };
        Some(file.complaint(line(&file.text, at), message))
    };
    let code = without_tests(&mask(&file.text));
    references(&code, place.len()).into_iter().filter_map(judge).collect()
}

/// What the code names at the root of the crate, with the place of each; `depth` is how many modules deep
/// the file lies.
fn references(code: &str, depth: usize) -> Vec<(usize, String)> {
    const SUPER: &str = "super::";
    let mut found = Vec::new();
    for at in words(code, "crate").filter(|&at| code[at..].starts_with("crate::")) {
        names(code, at + "crate::".len(), &mut found);
    }
    let inline: Vec<_> = words(code, "mod").map(|at| body(code, at)).collect();
    for at in words(code, "super").filter(|&at| !code[..at].ends_with(SUPER)) {
        let rest = code[at..].trim_start_matches(SUPER);
        let end = code.len() - rest.len();
        let depth = depth + inline.iter().filter(|body| body.contains(&at)).count();
        if (end - at) / SUPER.len() == depth {
            names(code, end, &mut found);
        }
    }
    found.retain(|(_, name)| name != "self");
    found.sort();
    found
}

/// The first segments of the path or of the group of paths at `at`.
fn names(code: &str, at: usize, found: &mut Vec<(usize, String)>) {
    let word = |at: usize| -> String {
        code[at..].chars().take_while(|&letter| letter.is_alphanumeric() || letter == '_').collect()
    };
    if !code[at..].starts_with('{') {
        let name = word(at);
        if !name.is_empty() {
            found.push((at, name));
        } else if code[at..].starts_with('*') {
            found.push((at, "*".to_owned()));
        }
        return;
    }
    let (mut depth, mut expected) = (0, false);
    for (offset, letter) in code[at..].char_indices() {
        match letter {
            '{' => (depth, expected) = (depth + 1, depth == 0),
            '}' if depth == 1 => return,
            '}' => depth -= 1,
            ',' => expected = depth == 1,
            letter if expected && !letter.is_whitespace() => {
                found.push((at + offset, word(at + offset)));
                expected = false;
            }
            _ => {}
        }
    }
}

#[track_caller]
fn expect(path: &str, text: &str, complaints: &[(usize, &str)]) {
    let file = File { path: format!("{LIBRARY}{path}"), text: text.to_owned() };
    let found: Vec<String> = check(&file).iter().map(Complaint::to_string).collect();
    assert_eq!(found.len(), complaints.len(), "{found:?}");
    for (found, (line, edge)) in found.iter().zip(complaints) {
        assert!(found.starts_with(&format!("{LIBRARY}{path}:{line}: {edge}")), "{found}");
    }
}

#[test]
fn a_wrong_edge_is_seen() {
    expect("schema.rs", "use std::fmt;\nuse crate::event::Event;\n", &[(2, "schema -> event")]);
    expect("sink/text.rs", "fn f() -> crate::source::Reader {}", &[(1, "sink -> source")]);
    expect("event/mod.rs", "pub(crate) use super::report::Loss;", &[(1, "event -> report")]);
    expect("source/evtx/chunk.rs", "use super::super::super::filter::Filter;", &[(1, "source -> filter")]);
    expect("event/mod.rs", "mod a {\n    use super::super::sink;\n}\n", &[(2, "event -> sink")]);
}

#[test]
fn a_wrong_edge_in_a_group_is_seen() {
    let text = "use crate::{\n    event::{Batch, Event},\n    sink::Text,\n    schema,\n};\n";
    expect("source/mod.rs", text, &[(3, "source -> sink")]);
}

#[test]
fn the_root_is_no_way_around() {
    expect("schema/mod.rs", "use crate::Event;", &[(1, "schema -> crate::Event")]);
    expect("schema/mod.rs", "use crate::*;", &[(1, "schema -> crate::*")]);
    expect("shiny/mod.rs", "", &[(1, "module shiny is not in the table")]);
}

#[test]
fn right_edges_tests_and_comments_pass() {
    let text = "//! See [`crate::sink`].\nuse crate::{event::Event, report};\nuse super::schema::FieldId;\n\
        use self::evtx::Chunk;\nuse crate::source::xml;\n#[cfg(test)]\nmod tests { use crate::sink::Text; }\n";
    expect("source/mod.rs", text, &[]);
    expect("source/evtx/chunk.rs", "use super::super::xml::Reader; use super::filter;", &[]);
    expect("schema/mod.rs", "pub mod fields { use super::FieldId; }", &[]);
}
