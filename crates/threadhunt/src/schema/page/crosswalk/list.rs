//! The crosswalk as JSON and as CSV: an entry each fact. `docs/names.md` says what the keys mean.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use super::facts::{Fact, facts};
use super::known;
use crate::schema::EventSchema;
use crate::schema::names::{Make, NoneValue, Vocabulary, is_number};
use crate::schema::page::csv::line;

#[derive(Serialize)]
struct Crosswalk {
    vocabularies: Vec<About>,
    mappings: Vec<Entry>,
}

#[derive(Serialize)]
struct About {
    name: &'static str,
    title: &'static str,
    version: &'static str,
    source: &'static str,
    none: &'static str,
    index: &'static str,
}

/// A fact on an event.
#[derive(Serialize)]
struct Entry {
    event_id: u16,
    event: &'static str,
    source: String,
    vocabulary: &'static str,
    name: String,
    r#as: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    choices: Option<BTreeMap<&'static str, Json>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    note: &'static str,
}

impl Entry {
    fn new(event: &'static EventSchema, fact: Fact) -> Self {
        Self {
            event_id: event.id,
            event: event.tag,
            source: fact.source.to_string(),
            vocabulary: fact.vocabulary.name,
            value: value(&fact),
            choices: choices(&fact),
            name: fact.name.into_owned(),
            r#as: fact.make.name(),
            note: fact.note,
        }
    }

    /// What is written, whatever the record says or for what it says, in a cell.
    fn values(&self) -> String {
        let choices = self.choices.iter().flatten().map(|(from, to)| format!("{from}={}", text(to)));
        let items: Vec<String> = match &self.value {
            Some(Json::Array(items)) => items.iter().map(text).collect(),
            Some(item) => vec![text(item)],
            None => choices.collect(),
        };
        items.join("; ")
    }
}

/// What a document has there, whatever the record says.
fn value(fact: &Fact) -> Option<Json> {
    let (Make::Constant(text) | Make::Beside(text)) = fact.make else { return None };
    let is_list = fact.name.ends_with("[]");
    Some(if is_list { text.split(' ').map(literal).collect() } else { literal(text) })
}

/// What a document has there for each value of the log.
fn choices(fact: &Fact) -> Option<BTreeMap<&'static str, Json>> {
    let Make::Choice(pairs) = fact.make else { return None };
    Some(pairs.iter().map(|(from, to)| (*from, literal(to))).collect())
}

/// A text of a vocabulary as documents have it.
fn literal(text: &str) -> Json {
    let number = text.parse::<u64>().ok().filter(|_| is_number(text));
    number.map_or_else(|| text.into(), Json::from)
}

fn text(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

fn entries(events: &[&'static EventSchema]) -> impl Iterator<Item = Entry> {
    events.iter().flat_map(|event| facts(event).into_iter().map(|fact| Entry::new(event, fact)))
}

pub(super) fn json(events: &[&'static EventSchema]) -> String {
    let about = |row: &'static Vocabulary| {
        let Vocabulary { name, title, version, source, none, index, .. } = *row;
        let none = match none {
            NoneValue::Written => "written",
            NoneValue::Unmapped => "unmapped",
            NoneValue::Dropped => "dropped",
        };
        About { name, title, version, source, none, index }
    };
    let vocabularies = known(events).map(about).collect();
    let crosswalk = Crosswalk { vocabularies, mappings: entries(events).collect() };
    serde_json::to_string_pretty(&crosswalk).expect("strings, numbers and lists always have a JSON form")
        + "\n"
}

pub(super) fn csv(events: &[&'static EventSchema]) -> String {
    let mut out = line(&["event_id", "event", "source", "vocabulary", "name", "as", "value", "note"]);
    for row in entries(events) {
        let (id, values) = (row.event_id.to_string(), row.values());
        out += &line(&[&id, row.event, &row.source, row.vocabulary, &row.name, row.r#as, &values, row.note]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Platform, event};

    fn event_of(id: u16) -> &'static EventSchema {
        event(Platform::Windows, id).expect("an event")
    }

    #[test]
    fn constants_and_choices_are_as_documents_have_them() {
        let page: Json = serde_json::from_str(&json(&[event_of(8), event_of(12)])).expect("JSON");
        let find = |id: u16, vocabulary: &str, name: &str, of: &str| {
            let rows = page["mappings"].as_array().expect("a list").iter();
            let mut rows = rows.filter(|row| {
                (&row["event_id"], &row["vocabulary"], &row["name"], &row["as"])
                    == (&id.into(), &vocabulary.into(), &name.into(), &of.into())
            });
            rows.next().unwrap_or_else(|| panic!("no {name} in {vocabulary}")).clone()
        };
        assert_eq!(find(8, "ecs", "ecs.version", "constant")["value"], "8.0.0");
        assert_eq!(find(8, "ocsf", "class_uid", "constant")["value"], 1007);
        assert_eq!(find(8, "ocsf", "module.load_type_id", "beside")["value"], 0);
        let category = find(12, "ecs", "event.category[]", "constant");
        assert_eq!(category["value"], serde_json::json!(["configuration", "registry"]));
        assert_eq!(find(8, "ecs", "log.level", "choice")["choices"]["1"], "critical");
        assert_eq!(find(8, "ocsf", "severity_id", "choice")["choices"]["1"], 5);
        assert_eq!(find(8, "ecs", "winlog.event_data.TargetImage", "text")["source"], "TargetImage");
    }

    #[test]
    fn names_can_be_looked_up_in_the_csv() {
        let page = csv(&[event_of(8)]);
        for row in [
            "8,CreateRemoteThread,UtcTime,ossem,@timestamp,time,,\n",
            "8,CreateRemoteThread,UtcTime,ecs,@timestamp,time-ms,,\n",
            "8,CreateRemoteThread,TargetImage,ecs,winlog.event_data.TargetImage,text,,\n",
            "8,CreateRemoteThread,(constant),ecs,ecs.version,constant,8.0.0,\n",
            "8,CreateRemoteThread,Opcode,ecs,winlog.opcode,choice,0=Info; 1=Start; 2=Stop,\n",
        ] {
            assert!(page.contains(row), "{row} in {page}");
        }
    }
}
