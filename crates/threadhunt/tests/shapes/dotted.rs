//! Names with dots: the record of any shape comes back from a flat object, from `fields` of an answer, and from a table.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::{Seen, read};

/// Shapes that lie in an index, from where they come with such names.
const INDEXED: [&str; 6] =
    ["winlogbeat-6", "winlogbeat-7", "winlogbeat-8", "elastic-ecs", "wazuh", "wazuh-alert"];

fn record(shape: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/shapes/records/{shape}.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The values of an object by the names that lead to them.
fn flat(json: &Value, path: &str, found: &mut Map<String, Value>) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                let dot = if path.is_empty() { "" } else { "." };
                flat(value, &format!("{path}{dot}{name}"), found);
            }
        }
        value => _ = found.insert(path.to_owned(), value.clone()),
    }
}

fn flat_record(shape: &str) -> Map<String, Value> {
    let mut found = Map::new();
    flat(&record(shape), "", &mut found);
    found
}

/// A cell as Kibana writes it: lists with commas.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(", "),
        value => value.to_string(),
    };
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[track_caller]
fn check(seen: &Seen, twin: &Seen, shape: &str) {
    assert_eq!(seen.damages, [""; 0], "{shape}");
    let [event] = &seen.events[..] else { panic!("{shape}: {} events", seen.events.len()) };
    assert_eq!((&event.data, &event.system), (&twin.events[0].data, &twin.events[0].system), "{shape}");
}

#[test]
fn records_come_back() {
    for shape in INDEXED {
        let twin = read(record(shape).to_string().as_bytes());
        let flat = flat_record(shape);
        let seen = read(Value::Object(flat.clone()).to_string().as_bytes());
        check(&seen, &twin, shape);
        assert_eq!(seen.shapes, twin.shapes);

        let lists: Map<String, Value> = flat
            .iter()
            .map(|(name, value)| {
                (name.clone(), if value.is_array() { value.clone() } else { json!([value]) })
            })
            .collect();
        let hit = json!({"_index": "a", "_id": "b", "_score": null, "fields": lists});
        check(&read(hit.to_string().as_bytes()), &twin, shape);
        let answer = json!({"took": 1, "hits": {"total": 2, "hits": [hit, hit]}});
        assert_eq!(read(answer.to_string().as_bytes()).events.len(), 2, "{shape}");

        let names: Vec<&str> = flat.keys().map(String::as_str).collect();
        let cells: Vec<String> = flat.values().map(cell).collect();
        let table = format!("{}\n{}\n", names.join(","), cells.join(","));
        check(&read(table.as_bytes()), &twin, shape);
    }
}

/// A flat record has its names as they are.
#[test]
fn names_of_flat_records_stay() {
    let record = json!({"EventTime": "2024-03-14 09:26:53", "Hostname": "h", "SourceModuleName": "in",
        "SourceModuleType": "im_msvistalog", "EventID": 8, "SourceName": "Microsoft-Windows-Sysmon",
        "SourceImage": "C:\\a.exe", "agent.id": "7", "agent.name": "x"});
    let seen = read(record.to_string().as_bytes());
    let names: Vec<_> = seen.events[0].data.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["SourceImage", "agent.id", "agent.name"]);
}
