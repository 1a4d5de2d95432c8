//! `cargo xtask codegen`: the tables of `crates/threadhunt/data` as Rust.
//!
//! Reads `events/*.toml` and `providers.toml`, checks what the library relies on (a field name has one
//! type in all events, ids and names occur once) and writes `src/schema/generated.rs`, formatted; the same
//! for the vocabularies of `names` and Sigma's log sources. The files are committed and reviewed; `--check`
//! compares without writing, and a test does the same.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

mod logsources;
mod names;

const DATA: &str = "crates/threadhunt/data";
const OUTPUT: &str = "crates/threadhunt/src/schema/generated.rs";

/// Ids are looked up in a table of this length; Sysmon's highest is 255.
const INDEX_LEN: usize = 256;

/// Writes the generated files, or with `--check` fails when one is not what the tables give.
pub(crate) fn run(args: &[String]) -> anyhow::Result<()> {
    let check = match args {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => bail!("usage: cargo xtask codegen [--check]"),
    };
    let data = crate::root().join(DATA);
    let events = read_events(&data.join("events"))?;
    settle(OUTPUT, &generate(&data, &events)?, check)?;
    settle(logsources::OUTPUT, &logsources::generate(&data.join("sigma/logsources.toml"))?, check)?;
    settle(names::OUTPUT, &names::generate(&data.join("names"), &field_names(&events)?)?, check)
}

/// Writes a generated file, or compares it with what is committed.
fn settle(output: &str, new: &str, check: bool) -> anyhow::Result<()> {
    let path = crate::root().join(output);
    if !check {
        return std::fs::write(&path, new).with_context(|| format!("cannot write {output}"));
    }
    let old = std::fs::read_to_string(&path).with_context(|| format!("cannot read {output}"))?;
    ensure!(old == new, "{}", difference(output, &old, new));
    Ok(())
}

/// Says where the committed file first departs from what the tables give.
fn difference(output: &str, old: &str, new: &str) -> String {
    let common = old.lines().zip(new.lines()).take_while(|(old, new)| old == new).count();
    let line = |text: &str| text.lines().nth(common).unwrap_or("(end of file)").trim().to_owned();
    format!(
        "{output} is not what {DATA} gives; run `cargo xtask codegen` and commit the result\n  \
         first difference in line {}\n  committed: {}\n  generated: {}",
        common + 1,
        line(old),
        line(new)
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    id: u16,
    tag: String,
    symbol: String,
    filterable: bool,
    logged_without_filter: bool,
    title: String,
    template: String,
    task: String,
    level: u8,
    since: String,
    #[serde(default)]
    since_inferred: bool,
    versions: Vec<Version>,
    doc: String,
    doc_url: String,
    source: String,
    linux: Option<Linux>,
    #[serde(rename = "field")]
    fields: Vec<Field>,
    #[serde(default)]
    removed: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Version {
    schema: String,
    version: u8,
}

/// Sysmon for Linux writes the event too: what is different there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Linux {
    doc: Option<String>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    name: String,
    #[serde(rename = "type")]
    kind: Kind,
    bits: Option<u8>,
    since: String,
    removed: Option<String>,
    doc: String,
    inferred: Option<String>,
    sample: Option<String>,
    linux_sample: Option<String>,
    standard: Vec<Standard>,
}

/// Spelled as the variants of `FieldType`, so that `Debug` writes the code.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    String,
    Path,
    Date,
    Guid,
    Integer,
    Hex,
    HexString,
    Bool,
    Hashes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Standard {
    name: String,
    derive: Option<Derive>,
    doc: Option<String>,
    sample: Option<String>,
    #[serde(default)]
    proposed: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Derive {
    Basename,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Providers {
    provider: Vec<Provider>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Provider {
    name: String,
    guid: String,
    channel: String,
    platform: Platform,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Platform {
    Windows,
    Linux,
}

fn generate(data: &Path, events: &[Event]) -> anyhow::Result<String> {
    let providers: Providers = read_toml(&data.join("providers.toml"))?;
    let names = field_names(events)?;
    let mut out = String::from(
        "// Written by `cargo xtask codegen` from crates/threadhunt/data; edit the tables, not this file.\n\n\
         use super::{Derive, EventSchema, FieldId, FieldSchema, FieldType, Platform, Provider, StandardName};\n\n\
         /// What most fields and names leave out.\n\
         const FIELD: FieldSchema = FieldSchema::EMPTY;\nconst NAME: StandardName = StandardName::EMPTY;\n\n",
    );
    write_providers(&mut out, &providers.provider)?;
    write_names(&mut out, &names)?;
    write_events(&mut out, events, &names)?;
    rustfmt(&out)
}

fn read_toml<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("cannot understand {}", path.display()))
}

fn read_events(dir: &Path) -> anyhow::Result<Vec<Event>> {
    let mut events: Vec<Event> = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))? {
        let path = entry?.path();
        let event: Event = read_toml(&path)?;
        check_event(&event).with_context(|| path.display().to_string())?;
        events.push(event);
    }
    events.sort_by_key(|event| event.id);
    for pair in events.windows(2) {
        ensure!(pair[0].id != pair[1].id, "two files describe event {}", pair[0].id);
    }
    Ok(events)
}

fn check_event(event: &Event) -> anyhow::Result<()> {
    ensure!(usize::from(event.id) < INDEX_LEN, "id {} is not below {INDEX_LEN}", event.id);
    ensure!(!event.versions.is_empty(), "no version");
    let mut seen = std::collections::BTreeSet::new();
    for field in event.fields.iter().chain(&event.removed) {
        ensure!(seen.insert(&field.name), "field {} stands there twice", field.name);
        ensure!(!field.doc.is_empty(), "field {} has no sentence", field.name);
        ensure!(!field.standard.is_empty(), "field {} has no standard name", field.name);
    }
    for field in &event.removed {
        ensure!(field.removed.is_some(), "removed field {} does not say when", field.name);
    }
    Ok(())
}

/// A field name of the whole schema.
struct Name {
    kind: Kind,
    constant: String,
}

/// Collects the field names, sorted, and checks that each has one type everywhere.
fn field_names(events: &[Event]) -> anyhow::Result<BTreeMap<String, Name>> {
    let mut kinds: BTreeMap<String, (Kind, Option<u8>)> = BTreeMap::new();
    for event in events {
        for field in event.fields.iter().chain(&event.removed) {
            let kind = (field.kind, field.bits);
            let known = *kinds.entry(field.name.clone()).or_insert(kind);
            ensure!(known == kind, "{} is {kind:?} in event {}, {known:?} elsewhere", field.name, event.id);
        }
    }
    let mut taken = BTreeMap::new();
    let mut names = BTreeMap::new();
    for (name, (kind, _)) in kinds {
        let constant = constant_name(&name);
        if let Some(other) = taken.insert(constant.clone(), name.clone()) {
            bail!("{name} and {other} would both be the constant {constant}");
        }
        names.insert(name, Name { kind, constant });
    }
    Ok(names)
}

/// Turns `StartModule` into `START_MODULE`.
///
/// A name of one word in capitals stays (`ID`); one that ends in `GUID` gets `_GUID_CAPS`, because
/// event 10 spells in capitals what event 8 does not.
fn constant_name(name: &str) -> String {
    if name.chars().all(|c| c.is_ascii_uppercase()) {
        return name.to_owned();
    }
    if let Some(stem) = name.strip_suffix("GUID") {
        return format!("{}_GUID_CAPS", constant_name(stem));
    }
    let mut constant = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !constant.is_empty() {
            constant.push('_');
        }
        constant.push(c.to_ascii_uppercase());
    }
    constant
}

fn write_providers(out: &mut String, providers: &[Provider]) -> anyhow::Result<()> {
    writeln!(out, "pub(super) static PROVIDERS: &[Provider] = &[")?;
    for Provider { name, guid, channel, platform } in providers {
        writeln!(
            out,
            "Provider {{ name: {name:?}, guid: {guid:?}, channel: {channel:?}, platform: Platform::{platform:?} }},"
        )?;
    }
    writeln!(out, "];\n")?;
    Ok(())
}

fn write_names(out: &mut String, names: &BTreeMap<String, Name>) -> anyhow::Result<()> {
    writeln!(out, "/// One constant for each field name.\npub mod fields {{\nuse super::FieldId;\n")?;
    for (index, (name, Name { constant, .. })) in names.iter().enumerate() {
        writeln!(out, "/// `{name}`.\npub const {constant}: FieldId = FieldId({index});")?;
    }
    writeln!(out, "}}\n\n/// Field names in the order of their bytes, with their types.")?;
    writeln!(out, "pub(super) static FIELDS: [(&str, FieldType); {}] = [", names.len())?;
    for (name, Name { kind, .. }) in names {
        writeln!(out, "({name:?}, FieldType::{kind:?}),")?;
    }
    writeln!(out, "];\n")?;
    Ok(())
}

fn write_events(out: &mut String, events: &[Event], names: &BTreeMap<String, Name>) -> anyhow::Result<()> {
    let of =
        |platform| events.iter().filter(move |event| platform == Platform::Windows || event.linux.is_some());
    let mut windows = [u8::MAX; INDEX_LEN];
    let mut linux = [u8::MAX; INDEX_LEN];
    let mut position = 0_u8;
    writeln!(out, "pub(super) static EVENTS: &[EventSchema] = &[")?;
    for (platform, index) in [(Platform::Windows, &mut windows), (Platform::Linux, &mut linux)] {
        for event in of(platform) {
            write_event(out, event, platform, names)?;
            index[usize::from(event.id)] = position;
            position = position.checked_add(1).context("more events than an index of bytes can hold")?;
        }
    }
    writeln!(out, "];\n\n/// Positions in [`EVENTS`] by event id; 255 where there is no event.")?;
    ensure!(position < u8::MAX, "position 255 marks an id without event");
    writeln!(out, "pub(super) static WINDOWS_INDEX: [u8; {INDEX_LEN}] = {windows:?};\n")?;
    writeln!(
        out,
        "/// As [`WINDOWS_INDEX`].\npub(super) static LINUX_INDEX: [u8; {INDEX_LEN}] = {linux:?};"
    )?;
    Ok(())
}

fn write_event(
    out: &mut String,
    event: &Event,
    platform: Platform,
    names: &BTreeMap<String, Name>,
) -> anyhow::Result<()> {
    let linux = event.linux.as_ref().filter(|_| platform == Platform::Linux);
    let Event { id, tag, symbol, filterable, logged_without_filter, title, template, .. } = event;
    let Event { task, level, since, since_inferred, versions, doc_url, .. } = event;
    let doc = linux.and_then(|linux| linux.doc.as_ref()).unwrap_or(&event.doc);
    let source = linux.map_or(&event.source, |linux| &linux.source);
    let version = versions.last().map_or(0, |last| last.version);
    let versions: Vec<_> = versions.iter().map(|v| (&v.schema, v.version)).collect();
    writeln!(
        out,
        "EventSchema {{ id: {id}, platform: Platform::{platform:?}, tag: {tag:?}, symbol: {symbol:?}, \
         filterable: {filterable}, logged_without_filter: {logged_without_filter}, title: {title:?}, \
         template: {template:?}, task_text: {task:?}, version: {version}, versions: &{versions:?}, \
         level: {level}, since: {since:?}, since_inferred: {since_inferred}, doc: {doc:?}, \
         doc_url: {doc_url:?}, source: {source:?}, fields: &["
    )?;
    for field in &event.fields {
        write_field(out, field, platform, names)?;
    }
    writeln!(out, "], removed: &[")?;
    // The open engine that runs on Linux is far younger than the last removed field.
    for field in event.removed.iter().filter(|_| platform == Platform::Windows) {
        write_field(out, field, platform, names)?;
    }
    writeln!(out, "] }},")?;
    Ok(())
}

fn write_field(
    out: &mut String,
    field: &Field,
    platform: Platform,
    names: &BTreeMap<String, Name>,
) -> anyhow::Result<()> {
    let Field { name, since, doc, .. } = field;
    let constant = &names.get(name).context("every field name was collected")?.constant;
    let linux_sample = field.linux_sample.as_ref().filter(|_| platform == Platform::Linux);
    let sample = linux_sample.or(field.sample.as_ref());
    write!(out, "FieldSchema {{ id: fields::{constant}, name: {name:?}, since: {since:?}, doc: {doc:?}, ")?;
    write_option(out, "removed", field.removed.as_ref())?;
    write_option(out, "bits", field.bits)?;
    write_option(out, "inferred", field.inferred.as_ref())?;
    write_option(out, "sample", sample)?;
    write!(out, "standard_names: &[")?;
    for standard in &field.standard {
        write_standard(out, standard, sample)?;
    }
    writeln!(out, "], ..FIELD }},")?;
    Ok(())
}

fn write_standard(out: &mut String, standard: &Standard, sample: Option<&String>) -> anyhow::Result<()> {
    write!(out, "StandardName {{ name: {:?}, ", standard.name)?;
    if let Some(derive) = standard.derive {
        write!(out, "derive: Some(Derive::{derive:?}), ")?;
    }
    write_option(out, "doc", standard.doc.as_ref())?;
    let sample = derived_sample(standard, sample);
    write_option(out, "sample", sample)?;
    if standard.proposed {
        write!(out, "proposed: true, ")?;
    }
    // A name that leaves nothing out has nothing to fill in, and the compiler would say so.
    let given = [standard.derive.is_some(), standard.doc.is_some(), sample.is_some(), standard.proposed];
    let complete = given.iter().all(|given| *given);
    write!(out, "{} }}, ", if complete { "" } else { "..NAME" })?;
    Ok(())
}

/// Writes `key: Some(value)`, or nothing when there is no value.
fn write_option(out: &mut String, key: &str, value: Option<impl std::fmt::Debug>) -> anyhow::Result<()> {
    if value.is_some() {
        write!(out, "{key}: {value:?}, ")?;
    }
    Ok(())
}

/// Returns the sample of a derived name: its own, or the one that follows from the field's.
fn derived_sample<'a>(standard: &'a Standard, field: Option<&'a String>) -> Option<&'a str> {
    match (&standard.sample, standard.derive) {
        (Some(own), _) => Some(own),
        (None, Some(Derive::Basename)) => field.and_then(|path| path.rsplit(['\\', '/']).next()),
        (None, None) => None,
    }
}

fn rustfmt(code: &str) -> anyhow::Result<String> {
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(crate::root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start rustfmt")?;
    let mut input = child.stdin.take().context("rustfmt has no input")?;
    let code = code.to_owned();
    let writer = std::thread::spawn(move || input.write_all(code.as_bytes()));
    let output = child.wait_with_output().context("rustfmt did not finish")?;
    writer.join().expect("writing does not panic").context("cannot write to rustfmt")?;
    ensure!(output.status.success(), "rustfmt refused the generated code");
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committed_code_is_what_the_tables_give() {
        if let Err(error) = run(&["--check".to_owned()]) {
            panic!("{error:#}");
        }
    }

    #[test]
    fn a_stale_file_is_named_with_its_first_difference() {
        let message = difference("x.rs", "a\nb\n", "a\nc\n");
        assert!(message.contains("line 2") && message.contains("cargo xtask codegen"), "{message}");
    }

    #[test]
    fn constants_follow_the_words_of_the_name() {
        for (name, constant) in [
            ("StartModule", "START_MODULE"),
            ("SourceIsIpv6", "SOURCE_IS_IPV6"),
            ("ID", "ID"),
            ("SourceProcessGUID", "SOURCE_PROCESS_GUID_CAPS"),
        ] {
            assert_eq!(constant_name(name), constant);
        }
    }
}
