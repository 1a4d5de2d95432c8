//! The table of Sigma's log sources as Rust.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::ensure;
use serde::Deserialize;

use super::{read_toml, rustfmt};

pub(super) const OUTPUT: &str = "crates/threadhunt/src/filter/sigma/generated.rs";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogSources {
    category: Vec<Category>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Category {
    name: String,
    events: Vec<u16>,
    #[serde(default)]
    event_types: Vec<String>,
}

/// The generated file, from the table at `path`.
pub(super) fn generate(path: &Path) -> anyhow::Result<String> {
    let sources: LogSources = read_toml(path)?;
    let mut out = String::from(
        "// Written by `cargo xtask codegen` from crates/threadhunt/data; edit the tables, not this file.\n\n\
         use super::logsource::Category;\n\npub(super) static CATEGORIES: &[Category] = &[\n",
    );
    let mut seen = BTreeSet::new();
    for Category { name, events, event_types } in sources.category {
        ensure!(!events.is_empty(), "category {name} means no event");
        writeln!(out, "Category {{ name: {name:?}, events: &{events:?}, event_types: &{event_types:?} }},")?;
        ensure!(seen.insert(name.clone()), "category {name} stands there twice");
    }
    writeln!(out, "];")?;
    rustfmt(&out)
}
