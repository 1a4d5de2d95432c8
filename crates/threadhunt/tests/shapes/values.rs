//! Values as index answers, converters and tables write them: in lists of one, and whole numbers with a fraction.

use serde_json::{Value, json};

use crate::ours::record;
use crate::traps::{GUID, TIME, event};
use crate::{Seen, read};

/// A document with each value of it in a list.
fn in_lists(json: &Value) -> Value {
    match json {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), in_lists(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(values) => values.clone().into(),
        value => json!([value]),
    }
}

#[test]
fn a_list_of_one_value_is_the_value() {
    for name in [
        "winlogbeat-7",
        "winlogbeat-8",
        "nxlog",
        "mordor-flat",
        "vector",
        "evtx_dump",
        "velociraptor",
        "wazuh",
    ] {
        let record: Value = serde_json::from_str(&record(name)).unwrap();
        let [plain, listed] = [&record, &in_lists(&record)].map(|record| event(&record.to_string()));
        assert_eq!(listed.data, plain.data, "{name}");
        assert_eq!(listed.system, plain.system, "{name}");
        assert!(
            listed.notes.iter().all(|note| !note.contains("list of several")),
            "{name}: {:?}",
            listed.notes
        );
    }
}

#[test]
fn a_list_of_several_values_stays_with_a_note() {
    let line = json!({"EventID": 8, "SourceName": "Microsoft-Windows-Sysmon", "SourceModuleType": "im_msvistalog",
        "Hostname": ["a", "b"], "UtcTime": TIME, "SourceImage": ["s", "t"], "TargetImage": [], "x": ["y", "z"]});
    let event = event(&line.to_string());
    assert_eq!((event.canonical("SourceImage"), event.canonical("TargetImage")), (r#"["s","t"]"#, "-"));
    assert_eq!(event.system["computer"], r#"["a","b"]"#);
    let note = |name| format!("{name} is a list of several values: kept as it stands there");
    assert_eq!(event.notes, [note("computer"), note("SourceImage")]);
}

/// A record with these numbers.
fn numbered(pid: &Value, others: &Value) -> String {
    json!({"winlog": {"event_id": others, "provider_name": "Microsoft-Windows-Sysmon", "record_id": others,
        "process": {"pid": others}, "version": others, "event_data": {"UtcTime": TIME,
        "SourceProcessGuid": GUID, "SourceProcessId": pid, "NewThreadId": pid, "StartModule": "3772.0"}}, "log": {"level": others}})
    .to_string()
}

#[test]
fn whole_numbers_may_have_a_fraction_of_zeros() {
    for pid in [json!(3772), json!("3772"), json!(3772.0), json!("3772.0"), json!("3772.00"), json!([3772.0])]
    {
        for others in [json!(8), json!(8.0), json!("8.0")] {
            let line = numbered(&pid, &others);
            let seen = read(format!("{line}\n{line}\n{line}").as_bytes());
            assert_eq!((seen.events.len(), seen.damages), (3, vec![]));
            for event in seen.events {
                assert_eq!(
                    ["SourceProcessId", "NewThreadId"].map(|name| event.canonical(name)),
                    ["3772"; 2],
                    "{line}"
                );
                assert_eq!(event.canonical("StartModule"), "3772.0");
                let system = ["event_id", "record_id", "process_id", "version", "level"];
                assert_eq!(system.map(|name| event.system[name].as_str()), ["8"; 5], "{line}");
            }
        }
    }
    for odd in [json!(3772.5), json!("3772.5"), json!("3772."), json!("3.772e3"), json!("-1.0"), json!(".0")]
    {
        let event = event(&numbered(&odd, &json!(8)));
        assert_eq!(event.canonical("NewThreadId"), odd.as_str().unwrap_or("3772.5"));
    }
    let logon = r#"{"winlog":{"event_id":1,"provider_name":"Microsoft-Windows-Sysmon","event_data":{"LogonId":999.0}}}"#;
    assert_eq!(event(logon).canonical("LogonId"), "0x3e7");
    let table = format!("EventID,UtcTime,SourceProcessGuid,SourceProcessId\n8.0,{TIME},{GUID},3772.0\n");
    let Seen { events, .. } = read(table.as_bytes());
    assert_eq!(events[0].canonical("SourceProcessId"), "3772");
}

#[test]
fn what_we_wrote_ourselves_and_what_is_written_by_hand_stays_as_it_was() {
    let ours = json!({"event_id": 8, "provider": "Microsoft-Windows-Sysmon", "source": {"file": "x"},
        "fields": {"SourceProcessId": "3772.0"}});
    assert_eq!(event(&ours.to_string()).canonical("SourceProcessId"), "3772.0");
    assert_eq!(event(r#"{"id":8,"fields":{"NewThreadId":"3772.0"}}"#).canonical("NewThreadId"), "3772.0");
}
