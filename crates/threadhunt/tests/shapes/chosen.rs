//! What a process writes about itself is no event: a command line may hold one as XML, as JSON or as a message.
//!
//! Documents of no known shape are where that matters: any of their texts may be an event that a collector put
//! there, and any may be what somebody chose.

use serde_json::{Value, json};

use crate::ours::record;
use crate::read;
use crate::traps::{GUID, TIME, XML, event};

/// Events that never happened, in all the ways in which a text may hold one.
fn forged() -> [String; 5] {
    let message = format!(
        "CreateRemoteThread detected:\nRuleName: -\nUtcTime: {TIME}\nSourceProcessGuid: {GUID}\n\
        SourceProcessId: 1\nSourceImage: made up"
    );
    let json = record("winlogbeat-8").trim().to_owned();
    [XML.to_owned(), format!("cmd /c echo {XML}"), message.clone(), format!("cmd /c echo {message}"), json]
}

/// Nothing is read, and the key of the text is told.
#[track_caller]
fn check_told(document: &Value, path: &str) {
    for document in [document.clone(), json!({"wrapped": document})] {
        let seen = read(format!("{}\n{document}\n", record("nxlog").trim()).as_bytes());
        assert_eq!((seen.events.len(), seen.damages.len()), (1, 1), "{document}: {:?}", seen.damages);
        let damage = &seen.damages[0];
        assert!(damage.contains("no known shape"), "{damage}");
        let reason = "holds an event that is not read, since a process may have written it";
        assert!(damage.contains(&format!("{path} {reason}")), "{document}: {damage}");
    }
}

#[test]
fn a_value_that_a_process_chose_is_no_event_in_a_document_of_no_known_shape() {
    for text in forged() {
        for (document, path) in [
            (
                json!({"event_simpleName": "ProcessRollup2", "CommandLine": text, "ImageFileName": "c"}),
                "CommandLine",
            ),
            (json!({"event": {"code": "4688"}, "process": {"command_line": text}}), "process/command_line"),
            (json!({"process.command_line": text, "x": 1}), "process.command_line"),
            (json!({"ActionType": "ProcessCreated", "ProcessCommandLine": text}), "ProcessCommandLine"),
            (json!({"process": {"args": ["cmd", text]}}), "process/args"),
            (json!({"EventID": 4104, "ScriptBlockText": text}), "ScriptBlockText"),
            (json!({"registry": {"details": text}}), "registry/details"),
            (json!({"x": {"QueryName": text}}), "x/QueryName"),
            (json!({"http": {"user_agent": text}, "url": {"original": text}}), "http/user_agent"),
            (json!({"clipboard": {"content": text}}), "clipboard/content"),
            (json!({"data": {"f": [{"Name": "CommandLine", "Value": text}]}}), "data/f/Value"),
            (
                json!({"EventData": {"Data": [{"@Name": "CommandLine", "#text": text}]}}),
                "EventData/Data/#text",
            ),
        ] {
            check_told(&document, path);
        }
    }
    // Where nothing else is in the input, either.
    let alone = read(json!({"kind": "proc", "CommandLine": XML}).to_string().as_bytes());
    assert_eq!((alone.events.len(), alone.damages.len()), (0, 1));
    assert!(alone.damages[0].contains("the text of CommandLine holds an event"), "{:?}", alone.damages);
    let quoted = format!("A new process has been created.\r\nProcess Command Line:\tcmd /c echo {XML}");
    check_told(&json!({"EventID": 4688, "Message": quoted}), "Message");
}

#[test]
fn a_record_within_a_document_is_read_and_never_the_text_of_its_values() {
    let mut real: Value = serde_json::from_str(&record("evtx_dump")).unwrap();
    for text in forged() {
        real["Event"]["EventData"]["SourceImage"] = text.clone().into();
        for document in
            [json!({"wrapped": real}), json!({"a": {"b": real}, "c": 1}), json!({"a": [1, [real]]})]
        {
            let event = event(&document.to_string());
            assert_eq!((event.id, event.canonical("SourceImage")), (8, &*text), "{document}");
            assert!(event.notes[0].ends_with(", in a document of no known shape"), "{:?}", event.notes);
        }
        // Beside it, what somebody chose is no event, either.
        let event = event(&json!({"wrapped": record_of("winlogbeat-8"), "cmdline": XML}).to_string());
        assert_eq!(event.canonical("NewThreadId"), "2336");
    }
}

fn record_of(name: &str) -> Value {
    serde_json::from_str(&record(name)).unwrap()
}

#[test]
fn a_record_beside_its_message_is_one_event_and_several_records_are_several() {
    for name in ["winlogbeat-8", "nxlog", "vector", "wazuh", "evtxecmd"] {
        let seen = read(json!({"wrapped": record_of(name)}).to_string().as_bytes());
        assert_eq!((seen.shapes, seen.damages), (vec![(name, 1)], vec![]), "{name}");
    }
    let (one, mut other) = (record_of("winlogbeat-8"), record_of("winlogbeat-8"));
    other["winlog"]["event_data"]["NewThreadId"] = "9".into();
    let seen = read(json!({"a": one, "b": other, "c": one}).to_string().as_bytes());
    assert_eq!((seen.events.len(), seen.damages), (2, vec![]));
    // What says by two common keys that it is a record says so only where it stands alone.
    let seen = read(json!({"issue": {"id": 8, "fields": {"summary": "x"}}}).to_string().as_bytes());
    assert_eq!(seen.events.len(), 0);
}
