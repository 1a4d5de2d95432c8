//! The dictionary as JSON: `{"events":[{…,"fields":[…]}]}` for every page.
//!
//! The list of events is the whole dictionary; the page of a field has the events that carry it, each
//! with that field alone. What is not known is left out.

use serde::Serialize;

use super::Occurrence;
use crate::schema::{Derive, EventSchema, FieldSchema, StandardName};

#[derive(Serialize)]
struct Dictionary {
    events: Vec<Event>,
}

#[derive(Serialize)]
struct Event {
    event_id: u16,
    event: &'static str,
    platform: &'static str,
    title: &'static str,
    symbol: &'static str,
    version: u8,
    versions: Vec<Version>,
    level: u8,
    since: &'static str,
    since_inferred: bool,
    filterable: bool,
    logged_without_filter: bool,
    message: &'static str,
    task: &'static str,
    description: &'static str,
    description_url: &'static str,
    source: &'static str,
    fields: Vec<Field>,
}

#[derive(Serialize)]
struct Version {
    schema: &'static str,
    version: u8,
}

#[derive(Serialize)]
struct Field {
    name: &'static str,
    r#type: &'static str,
    manifest_type: &'static str,
    since: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    removed: Option<&'static str>,
    description: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    inferred: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample: Option<&'static str>,
    standard_names: Vec<Standard>,
}

#[derive(Serialize)]
struct Standard {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    derive: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample: Option<&'static str>,
    proposed: bool,
}

pub(super) fn events(events: &[&'static EventSchema]) -> String {
    render(events.iter().map(|schema| event(schema, schema.all_fields().map(field).collect())))
}

pub(super) fn fields(fields: &[Occurrence]) -> String {
    render(fields.chunk_by(|a, b| a.0.id == b.0.id).map(|same| {
        let schema = same[0].0;
        event(schema, same.iter().map(|(_, schema)| field(schema)).collect())
    }))
}

fn render(events: impl Iterator<Item = Event>) -> String {
    let dictionary = Dictionary { events: events.collect() };
    serde_json::to_string_pretty(&dictionary).expect("strings, numbers and lists always have a JSON form")
        + "\n"
}

fn event(schema: &EventSchema, fields: Vec<Field>) -> Event {
    Event {
        event_id: schema.id,
        event: schema.tag,
        platform: schema.platform.name(),
        title: schema.title,
        symbol: schema.symbol,
        version: schema.version,
        versions: schema.versions.iter().map(|&(schema, version)| Version { schema, version }).collect(),
        level: schema.level,
        since: schema.since,
        since_inferred: schema.since_inferred,
        filterable: schema.filterable,
        logged_without_filter: schema.logged_without_filter,
        message: schema.template,
        task: schema.task_text,
        description: schema.doc,
        description_url: schema.doc_url,
        source: schema.source,
        fields,
    }
}

fn field(schema: &FieldSchema) -> Field {
    Field {
        name: schema.name,
        r#type: schema.field_type().name(),
        manifest_type: schema.manifest_type(),
        since: schema.since,
        removed: schema.removed,
        description: schema.doc,
        inferred: schema.inferred,
        sample: schema.sample,
        standard_names: schema.standard_names.iter().map(standard).collect(),
    }
}

fn standard(name: &StandardName) -> Standard {
    Standard {
        name: name.name,
        derive: name.derive.map(Derive::name),
        description: name.doc,
        sample: name.sample,
        proposed: name.proposed,
    }
}
