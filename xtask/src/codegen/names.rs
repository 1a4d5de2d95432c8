//! The vocabularies of `data/names` as Rust: a table of rows each, checked.
//!
//! Checked is what the library relies on: fields that the schema knows, system fields that a record has, recipes
//! that the code knows, and that what takes the rest comes after everything that takes a part. The recipes'
//! names are spelled once more here, so that a slip is found before the library is built.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

use super::{Name, read_toml, rustfmt};

pub(super) const OUTPUT: &str = "crates/threadhunt/src/schema/names/generated.rs";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vocabularies {
    vocabulary: Vec<Vocabulary>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vocabulary {
    name: String,
    title: String,
    version: String,
    source: String,
    none: NoneValue,
    index: String,
    #[serde(default)]
    actions: Vec<(u16, String)>,
}

/// Spelled as the variants of the library's enum, so that `Debug` writes the code.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum NoneValue {
    Written,
    Unmapped,
    Dropped,
}

/// A row of a vocabulary's table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    events: String,
    source: String,
    name: String,
    #[serde(rename = "as")]
    make: String,
    note: String,
}

/// Sources that are no field: their names and the variants of the library's enum.
const SPECIAL: &[(&str, &str)] = &[
    ("", "Nothing"),
    ("@time", "Time"),
    ("@time-of", "TimeOf"),
    ("@event", "Event"),
    ("@task", "Task"),
    ("@action", "Action"),
    ("@standard", "Standard"),
    ("@data", "Data"),
    ("@system", "Remains"),
    ("@trees", "Trees"),
    ("@notes", "Notes"),
    ("@recovered", "Recovered"),
];

/// Recipes and the variants of the library's enum.
const MAKES: &[(&str, &str)] = &[
    ("", "Text"),
    ("text", "Text"),
    ("typed", "Typed"),
    ("copy", "Copy"),
    ("integer", "Integer"),
    ("boolean", "Boolean"),
    ("ip", "Ip"),
    ("time", "Time"),
    ("time-ms", "TimeMillis"),
    ("millis", "Millis"),
    ("epoch", "Epoch"),
    ("basename", "Basename"),
    ("file-name", "FileName"),
    ("directory", "Directory"),
    ("extension", "Extension"),
    ("domain", "Domain"),
    ("account", "Account"),
    ("host", "Host"),
    ("hashes", "Hashes"),
    ("imphash", "Imphash"),
    ("hash-list", "HashList"),
    ("hive", "Hive"),
    ("registry-key", "RegistryKey"),
    ("technique", "Technique"),
    ("sub-technique", "SubTechnique"),
];

pub(super) fn generate(data: &Path, fields: &BTreeMap<String, Name>) -> anyhow::Result<String> {
    let vocabularies: Vocabularies = read_toml(&data.join("vocabularies.toml"))?;
    let mut out = String::from(
        "// Written by `cargo xtask codegen` from crates/threadhunt/data/names; edit the tables, not this file.\n\n\
         use super::{Make, Mapping, NoneValue, Source, Vocabulary};\nuse crate::schema::fields;\n\n\
         pub(super) static VOCABULARIES: &[Vocabulary] = &[\n",
    );
    for vocabulary in &vocabularies.vocabulary {
        let Vocabulary { name, title, version, source, none, index, actions } = vocabulary;
        writeln!(
            out,
            "Vocabulary {{ name: {name:?}, title: {title:?}, version: {version:?}, source: {source:?}, \
             none: NoneValue::{none:?}, index: {index:?}, actions: &{actions:?}, rows: &["
        )?;
        let path = data.join(format!("{name}.csv"));
        // Sysmon's own names need no table.
        let rows = if path.exists() { read_rows(&path)? } else { Vec::new() };
        write_rows(&mut out, &rows, fields).with_context(|| path.display().to_string())?;
        writeln!(out, "] }},")?;
    }
    writeln!(out, "];")?;
    rustfmt(&out)
}

fn read_rows(path: &Path) -> anyhow::Result<Vec<Row>> {
    let reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(path);
    let rows = reader.and_then(|mut reader| reader.deserialize().collect());
    rows.with_context(|| format!("cannot understand {}", path.display()))
}

fn write_rows(out: &mut String, rows: &[Row], fields: &BTreeMap<String, Name>) -> anyhow::Result<()> {
    let mut rest = false;
    for row in rows {
        let at = || format!("{} from {}", row.name, row.source);
        // What was taken is known only when all that takes has been asked.
        let takes = !matches!(&*row.source, "@data" | "@system" | "@trees" | "@notes" | "@recovered");
        ensure!(!(rest && takes), "{}: stands behind what takes the rest", at());
        rest |= !takes;
        let Row { name, note, .. } = row;
        let events = events(&row.events).with_context(at)?;
        let source = source(&row.source, fields).with_context(at)?;
        let make = make(&row.make).with_context(at)?;
        writeln!(
            out,
            "Mapping {{ events: &{events:?}, source: {source}, name: {name:?}, make: {make}, note: {note:?} }},"
        )?;
    }
    Ok(())
}

/// The ids; none for all events.
fn events(text: &str) -> anyhow::Result<Vec<u16>> {
    if text == "*" {
        return Ok(Vec::new());
    }
    let ids: Vec<u16> = text.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    ensure!(!ids.is_empty(), "no events");
    Ok(ids)
}

fn source(text: &str, fields: &BTreeMap<String, Name>) -> anyhow::Result<String> {
    if let Some((_, variant)) = SPECIAL.iter().find(|(name, _)| *name == text) {
        return Ok(format!("Source::{variant}"));
    }
    if let Some(path) = text.strip_prefix("System/") {
        let (element, attribute) = path.split_once("/@").unwrap_or((path, ""));
        return Ok(format!("Source::System({element:?}, {attribute:?})"));
    }
    let Name { constant, .. } = fields.get(text).with_context(|| format!("no field is called {text:?}"))?;
    Ok(format!("Source::Field(fields::{constant})"))
}

fn make(text: &str) -> anyhow::Result<String> {
    if let Some((_, variant)) = MAKES.iter().find(|(name, _)| *name == text) {
        return Ok(format!("Make::{variant}"));
    }
    match text.split_once(' ') {
        Some(("=", literal)) => Ok(format!("Make::Constant({literal:?})")),
        Some(("~", literal)) => Ok(format!("Make::Beside({literal:?})")),
        Some(("?", pairs)) => {
            let pairs: Option<Vec<(&str, &str)>> =
                pairs.split(' ').map(|pair| pair.split_once('=')).collect();
            Ok(format!("Make::Choice(&{:?})", pairs.context("a choice is `? a=b c=d`")?))
        }
        _ => bail!("no recipe is called {text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_are_understood() {
        for (text, code) in [
            ("", "Make::Text"),
            ("basename", "Make::Basename"),
            ("= a b", "Make::Constant(\"a b\")"),
            ("~ 0", "Make::Beside(\"0\")"),
            ("? 1=a 2=b", "Make::Choice(&[(\"1\", \"a\"), (\"2\", \"b\")])"),
        ] {
            assert_eq!(make(text).unwrap(), code);
        }
        assert!(make("basenam").is_err() && make("? 1").is_err());
    }

    #[test]
    fn unknown_fields_and_misplaced_rows_are_refused() {
        assert!(source("StartModul", &BTreeMap::new()).is_err());
        let row = |source: &str| Row {
            events: "*".to_owned(),
            source: source.to_owned(),
            name: "x".to_owned(),
            make: String::new(),
            note: String::new(),
        };
        let rows = [row("@data"), row("@time")];
        let error = write_rows(&mut String::new(), &rows, &BTreeMap::new()).unwrap_err();
        assert!(error.to_string().contains("behind what takes the rest"), "{error}");
    }
}
