//! Our tables against the facts they were made from, where those are at hand.
//!
//! The reference files are no part of the project; without them the tests say that they were skipped.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use threadhunt::schema::{
    EventSchema, FieldSchema, PROVIDERS, Platform, Topic, event, events, find, page, provider,
};

/// Reads a reference file, or says that the test is skipped.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn reference(path: &str) -> Option<String> {
    let shared = std::env::var_os("THREADHUNT_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let text = std::fs::read_to_string(shared.join(path)).ok();
    if text.is_none() {
        println!("skipped: no {path} in {}", shared.display());
    }
    text
}

fn reference_json(path: &str) -> Option<Value> {
    reference(path).map(|text| serde_json::from_str(&text).expect("valid JSON"))
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().expect("an array")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().expect("a string")
}

fn windows(facts: &Value, key: &str) -> &'static EventSchema {
    let id = facts[key].as_u64().and_then(|id| u16::try_from(id).ok()).expect("an event id");
    event(Platform::Windows, id).expect("an event of ours")
}

#[test]
fn events_are_those_of_the_manifests() {
    let Some(facts) = reference_json("reference/sysmon-schema.json") else { return };
    let ours = events().iter().filter(|event| event.platform == Platform::Windows).count();
    assert_eq!(list(&facts, "events").len(), ours);
    for facts in list(&facts, "events") {
        check_event(facts);
    }
}

fn check_event(facts: &Value) {
    let ours = windows(facts, "id");
    let id = ours.id;
    if let Some(tag) = facts["rule_tag"].as_str() {
        assert_eq!(ours.tag, tag, "event {id}");
    }
    assert_eq!(ours.filterable, facts["rule_tag"].is_string(), "event {id}");
    assert_eq!(ours.filterable, facts["filterable"], "event {id}");
    assert_eq!(ours.logged_without_filter, facts["logged_without_filter"], "event {id}");
    assert_eq!(ours.symbol, text(facts, "symbol"), "event {id}");
    assert_eq!(ours.template, text(facts, "template"), "event {id}");
    assert_eq!(ours.task_text, text(facts, "task_name"), "event {id}");
    assert_eq!(u64::from(ours.level), facts["level"], "event {id}");
    assert_eq!(u64::from(ours.version), facts["version"], "event {id}");
    assert_eq!(ours.since, text(facts, "first_schema"), "event {id}");
    assert_eq!(ours.since_inferred, facts["first_schema_inferred"], "event {id}");
    let linux = event(Platform::Linux, id);
    assert_eq!(linux.is_some(), facts["linux"], "event {id}");
    check_fields(ours, list(facts, "fields"));
    if let Some(linux) = linux {
        check_fields(linux, list(facts, "fields"));
    }
    check_history(ours, list(facts, "history"));
}

fn check_fields(ours: &EventSchema, facts: &[Value]) {
    let names: Vec<_> = ours.fields.iter().map(|field| field.name).collect();
    assert_eq!(names, facts.iter().map(|fact| text(fact, "name")).collect::<Vec<_>>(), "event {}", ours.id);
    for (field, fact) in ours.fields.iter().zip(facts) {
        assert_eq!(field.id.name(), field.name);
        assert_eq!(field.field_type().name(), text(fact, "type"), "{}.{}", ours.id, field.name);
        assert_eq!(field.manifest_type(), text(fact, "in_type"), "{}.{}", ours.id, field.name);
        assert_eq!(field.since, text(fact, "first_schema"), "{}.{}", ours.id, field.name);
    }
}

/// Every layout there was holds the fields that we say were there at that schema, and its version.
fn check_history(ours: &EventSchema, history: &[Value]) {
    for layout in history {
        let schema = text(layout, "schema");
        let there =
            |field: &&FieldSchema| field.since <= schema && field.removed.is_none_or(|gone| schema < gone);
        let mut expected: Vec<_> = ours.all_fields().filter(there).map(|field| field.name).collect();
        let mut names: Vec<_> = list(layout, "fields").iter().filter_map(Value::as_str).collect();
        // The order changed with time (EventType of the registry events): readers go by name.
        expected.sort_unstable();
        names.sort_unstable();
        assert_eq!(names, expected, "event {} in schema {schema}", ours.id);
        let version =
            ours.versions.iter().rev().find(|(since, _)| *since <= schema).map(|(_, version)| *version);
        assert_eq!(
            version.map(u64::from),
            layout["version"].as_u64(),
            "event {} in schema {schema}",
            ours.id
        );
    }
}

#[test]
fn providers_are_those_of_the_manifests() {
    let Some(facts) = reference_json("reference/sysmon-schema.json") else { return };
    for platform in [Platform::Windows, Platform::Linux] {
        let facts = &facts["provider"][platform.name()];
        let ours = provider(text(facts, "name")).expect("a provider of ours");
        assert_eq!(ours.platform, platform);
        assert_eq!(ours.guid, text(facts, "guid").to_lowercase());
        assert_eq!(ours.channel, text(facts, "channel"));
    }
    assert!(PROVIDERS.iter().all(|provider| provider.guid == provider.guid.to_lowercase()));
}

#[test]
fn standard_names_are_those_of_ossem() {
    let Some(facts) = reference_json("reference/ossem-sysmon.json") else { return };
    let mut compared = 0;
    for facts in list(&facts, "events") {
        let ours = windows(facts, "event_id");
        for fact in list(facts, "fields") {
            let name = text(fact, "field_name");
            let field = ours.all_fields().find(|field| field.name == name).expect("a field of ours");
            let known = fact["standard_names"]["ossem_2020_04"].as_array().map_or(&[][..], Vec::as_slice);
            let given: Vec<_> = field.standard_names.iter().filter(|s| !s.proposed).map(|s| s.name).collect();
            assert_eq!(
                given,
                known.iter().filter_map(Value::as_str).collect::<Vec<_>>(),
                "{}.{name}",
                ours.id
            );
            compared += given.len();
        }
    }
    assert!(compared > 100, "only {compared} names compared");
}

#[test]
fn event_8_is_the_seed_page() {
    let Some(seed) = reference("seed/ossem-event-8.md") else { return };
    let rows: Vec<Vec<&str>> = seed
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains('`'))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect())
        .collect();
    let ours = event(Platform::Windows, 8).expect("event 8");
    let dictionary: Vec<_> = ours.fields.iter().flat_map(page::rows).collect();
    let (old, new) = dictionary.split_at(rows.len());
    for (row, seed) in old.iter().zip(&rows) {
        let row = [row.standard_name, row.field_name, row.field_type, row.description, row.sample];
        assert_eq!(row, seed[..], "a row of the page");
    }
    assert_eq!(rows.len(), 14);
    // The page is older than schema 4.80.
    assert!(new.iter().all(|row| row.since == "4.80"), "{new:?}");
    assert!(seed.contains(ours.doc), "{}", ours.doc);
}

#[test]
fn every_field_is_found_in_every_event_that_has_it() {
    let mut expected: BTreeMap<&str, usize> = BTreeMap::new();
    for field in events().iter().filter(|e| e.platform == Platform::Windows).flat_map(EventSchema::all_fields)
    {
        *expected.entry(field.name).or_default() += 1;
    }
    for (name, count) in expected {
        let Ok(Topic::Fields(found)) = find(Platform::Windows, name) else { panic!("{name} is no field") };
        assert_eq!(found.iter().filter(|(_, field)| field.name == name).count(), count, "{name}");
    }
}
