//! Which records are Sysmon's, and where their values are, when a pipeline dropped, renamed or moved them.
//!
//! Nothing vanishes: what names no provider is Sysmon's where its GUID, channel or fields say so, and a loss
//! where nothing does; an event of which no field was found is one, too.

use serde_json::{Value, json};

use crate::ours::record;
use crate::traps::{GUID, MESSAGE, TIME, XML, event, read_as};
use crate::{Record, Seen, read};
use threadhunt::event::{Projection, Want};
use threadhunt::source::{Options, read_bytes};

const CHANNEL: &str = "Microsoft-Windows-Sysmon/Operational";

/// The fields of event 8, all texts.
fn fields() -> Value {
    json!({"RuleName": "-", "UtcTime": TIME, "SourceProcessGuid": GUID, "SourceProcessId": "1",
        "SourceImage": "s", "TargetProcessGuid": GUID, "TargetProcessId": "2", "TargetImage": "t",
        "NewThreadId": "3", "StartAddress": "0x1", "StartModule": "m", "StartFunction": "f"})
}

fn values() -> Vec<Value> {
    fields().as_object().unwrap().values().cloned().collect()
}

/// The values in the order of the event; an object of JSON may be sorted.
fn positional() -> Vec<Value> {
    let names = "RuleName UtcTime SourceProcessGuid SourceProcessId SourceImage TargetProcessGuid \
        TargetProcessId TargetImage NewThreadId StartAddress StartModule StartFunction";
    names.split(' ').map(|name| fields()[name].clone()).collect()
}

fn with(mut base: Value, more: &Value) -> Value {
    base.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    base
}

/// All that event 8 says is there.
#[track_caller]
fn check_whole(record: &Value) -> Record {
    let event = event(&record.to_string());
    let names = ["UtcTime", "SourceImage", "TargetImage", "NewThreadId", "StartFunction"];
    assert_eq!(names.map(|name| event.canonical(name)), [TIME, "s", "t", "3", "f"], "{record}");
    assert_eq!((event.id, &*event.provider), (8, "Microsoft-Windows-Sysmon"), "{record}");
    event
}

/// Nothing is read, and why is told.
#[track_caller]
fn check_loss(record: &Value, reason: &str) {
    let seen = read(record.to_string().as_bytes());
    assert_eq!((seen.events.len(), seen.damages.len()), (0, 1), "{record}: {:?}", seen.damages);
    assert!(seen.damages[0].contains(reason), "{record}: {:?}", seen.damages);
}

#[test]
fn records_of_others_with_our_keys_are_not_taken_for_ours() {
    let sysmon = "Microsoft-Windows-Sysmon";
    for record in [
        with(json!({"event_id": 8, "source": sysmon}), &fields()),
        json!({"event_id": 8, "source": sysmon, "event_data": fields()}),
        json!({"event_id": 8, "source": sysmon, "data": fields()}),
        with(json!({"event_id": 8, "system": "windows"}), &fields()),
        json!({"fields": fields(), "source": "/var/log/x", "EventID": 8}),
        json!({"provider": sysmon, "source": "x", "EventID": 8, "EventData": fields()}),
        // These are taken for cut lines of ours.
        json!({"event_id": 8, "fields": fields()}),
        json!({"event_id": 8, "source": {"ip": "10.0.0.1"}, "fields": fields()}),
    ] {
        check_whole(&record);
    }
    check_loss(&json!({"event_id": 8, "source": {"ip": "x"}, "fields": {"a": 1}}), "whose event 8 is");
    // A record that had no provider, as we wrote it.
    let ours = json!({"event_id": 8, "fields": {"a": 1}, "source": {"file": "a.evtx", "offset": 1}});
    assert_eq!(read(ours.to_string().as_bytes()).damages, [""; 0]);
}

/// A flat record of this shape without a provider.
fn flat(more: Value) -> Value {
    with(json!({"EventID": 8, "Hostname": "h", "SourceModuleType": "im_msvistalog"}), &more)
}

#[test]
fn a_record_without_a_provider_is_sysmons_by_its_guid_channel_or_fields() {
    for (more, note) in [
        (json!({"ProviderGuid": "5770385F-C22A-43E0-BF4C-06F5698FFBD9"}), "Sysmon's by its GUID"),
        (json!({"Channel": CHANNEL}), "Sysmon's by its channel"),
        (json!({"Channel": CHANNEL.to_lowercase()}), "Sysmon's by its channel"),
        (json!({}), "Sysmon's by its fields"),
        (json!({"SourceName": ""}), "Sysmon's by its fields"),
        (json!({"Channel": "ForwardedEvents"}), "Sysmon's by its fields"),
    ] {
        let event = check_whole(&with(flat(fields()), &more));
        assert_eq!(event.notes, [format!("names no provider: {note}")]);
    }
    let table = json!({"result": {"EventCode": "8", "UtcTime": TIME, "SourceImage": "s", "TargetImage": "t",
        "NewThreadId": "3", "StartFunction": "f"}});
    check_whole(&table);
}

#[test]
fn a_record_without_a_provider_is_anothers_by_its_guid_channel_or_id() {
    for more in [
        json!({"Channel": "Security"}),
        json!({"Channel": "Microsoft-Windows-PowerShell/Operational"}),
        json!({"ProviderGuid": "{a0c1853b-5c40-4b15-8766-3cf1c58f985a}"}),
        json!({"EventID": 4624}),
    ] {
        let seen = read(with(flat(fields()), &more).to_string().as_bytes());
        assert_eq!((seen.events.len(), &seen.damages[..]), (1, &[][..]), "{more}");
        assert_eq!(seen.events[0].provider, "");
    }
    // A channel of its own, and no field of Sysmon's.
    let seen = read(flat(json!({"Channel": "Vendor/Admin", "Text": "x"})).to_string().as_bytes());
    assert_eq!((seen.events.len(), seen.damages), (1, vec![]));
}

#[test]
fn a_record_of_which_nothing_says_whose_it_is_is_a_loss() {
    let reason = "nothing says whose event 8 is: no provider, no channel, and not the fields of Sysmon's";
    check_loss(&flat(json!({"UtcTime": TIME, "SourceImage": "s"})), reason);
    check_loss(&flat(json!({"Channel": "ForwardedEvents", "User": "u"})), reason);
    let names = json!({"EventCode": "8", "UtcTime": TIME, "process_path": "t", "parent_process_path": "s"});
    check_loss(&json!({"result": names}), reason);
}

#[test]
fn another_name_of_the_provider_is_sysmons_by_its_guid_channel_or_fields() {
    let guid = "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}";
    // Spelled otherwise, it is the same name.
    let sysmon = "Microsoft-Windows-Sysmon";
    for name in [
        json!("Microsoft-Windows-Sysmon "),
        json!([sysmon]),
        json!([" Microsoft-Windows-Sysmon"]),
        json!({"Name": sysmon, "Guid": guid}),
        json!({"name": [sysmon]}),
        json!({"#attributes": {"Name": sysmon}}),
    ] {
        let event = check_whole(&flat(with(fields(), &json!({"SourceName": name}))));
        assert_eq!(event.notes, [""; 0], "{name}");
    }
    for (more, note) in [
        (
            json!({"SourceName": "Sysmon", "ProviderGuid": guid}),
            "names the provider Sysmon: Sysmon's by its GUID",
        ),
        (json!({"SourceName": "X", "ProviderGuid": guid}), "names the provider X: Sysmon's by its GUID"),
        (
            json!({"SourceName": "Sysmon", "Channel": format!("{CHANNEL} ")}),
            "names the provider Sysmon: Sysmon's by its channel",
        ),
        (json!({"SourceName": "Sysmon"}), "names the provider Sysmon: Sysmon's by its fields"),
        (json!({"SourceName": "-", "Channel": CHANNEL}), "names the provider -: Sysmon's by its channel"),
        (json!({"SourceName": "N/A"}), "names the provider N/A: Sysmon's by its fields"),
        (
            json!({"SourceName": "SYSMON64", "Channel": "ForwardedEvents"}),
            "names the provider SYSMON64: Sysmon's by its fields",
        ),
    ] {
        let record = with(flat(fields()), &more);
        assert_eq!(check_whole(&record).notes, [note]);
        // However often such a line comes, and where event 8 alone is asked for.
        let lines = format!("{record}\n{record}\n{record}\n");
        let options =
            Options { projection: Projection::nothing().with([8], Want::All), ..Options::default() };
        let mut seen = Seen::default();
        read_bytes(lines.as_bytes(), &options, &mut |batch| seen.add(batch));
        assert_eq!((seen.events.len(), seen.damages.len()), (3, 0), "{record}");
    }
}

#[test]
fn another_provider_stays_one() {
    let guid = "{a0c1853b-5c40-4b15-8766-3cf1c58f985a}";
    for more in [
        json!({"SourceName": "X"}),
        json!({"SourceName": "X", "Channel": "ForwardedEvents"}),
        json!({"SourceName": "X", "ProviderGuid": guid, "Channel": CHANNEL}),
        json!({"SourceName": "X", "Channel": CHANNEL}),
        json!({"SourceName": "Sysmon", "Channel": "Security"}),
    ] {
        let seen = read(with(flat(fields()), &more).to_string().as_bytes());
        assert_eq!((seen.events.len(), &seen.damages[..]), (1, &[][..]), "{more}");
        assert_ne!(seen.events[0].provider, "Microsoft-Windows-Sysmon", "{more}");
    }
    for more in [json!({}), json!({"Channel": "ForwardedEvents"}), json!({"Channel": "Vendor/Admin"})] {
        let record = flat(with(more, &json!({"SourceName": "Sysmon", "User": "u"})));
        let seen = read(record.to_string().as_bytes());
        let lost =
            "record nxlog: the provider Sysmon is none of Sysmon's, and nothing else says whose event it is";
        assert_eq!((seen.events.len(), seen.damages), (1, vec![lost.to_owned()]), "{record}");
    }
}

#[test]
fn an_event_of_sysmon_without_an_id_is_told_of() {
    let record = json!({"winlog": {"provider_name": "Microsoft-Windows-Sysmon", "event_data": fields()}});
    let seen = read(record.to_string().as_bytes());
    assert_eq!(seen.damages, ["record winlogbeat-8: nothing says which of Sysmon's events it is"]);
}

/// A record with every key of its system fields in another case of letters, one at a time.
#[test]
fn keys_are_found_in_another_case_of_letters() {
    let system = |provider: &str, id: &str, computer: &str| {
        json!({provider: {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}}, id: 8, computer: "h",
            "TimeCreated": {"#attributes": {"SystemTime": "2024-03-14T09:26:53.590Z"}}})
    };
    for (provider, id, computer, data) in [
        ("provider", "EventID", "Computer", "EventData"),
        ("Provider", "eventID", "Computer", "EventData"),
        ("Provider", "EventID", "COMPUTER", "EventData"),
        ("Provider", "EventID", "Computer", "eventdata"),
    ] {
        let record = json!({"Event": {"System": system(provider, id, computer), data: fields()}});
        let event = check_whole(&record);
        assert_eq!((event.system["computer"].as_str(), &event.notes[..]), ("h", &[][..]), "{record}");
        let twice = format!("{record}\n{record}");
        assert_eq!(read(twice.as_bytes()).events, [event.clone(), event]);
    }
    // In two spellings there is none.
    let both = json!({"Event": {"System": {"provider": {"Name": "Microsoft-Windows-Sysmon"},
        "PROVIDER": {"Name": "x"}, "EventID": 8}, "EventData": {"a": "b"}}});
    check_loss(&both, "nothing says whose event 8 is");
}

#[test]
fn data_are_found_where_a_shape_does_not_have_them() {
    let base = json!({"ProviderName": "Microsoft-Windows-Sysmon", "EventID": 8, "Channel": CHANNEL});
    let xml: String = fields()
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| format!("<Data Name='{name}'>{}</Data>", value.as_str().unwrap()))
        .collect();
    let named: Vec<_> = fields()
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| json!({"$": {"Name": name}, "_": value}))
        .collect();
    let properties: Vec<_> = positional().into_iter().map(|value| json!({"Value": value})).collect();
    assert_eq!(values().len(), properties.len());
    for (more, place) in [
        (fields(), "the record itself"),
        (json!({"Data": fields()}), "Data"),
        (json!({"EventData": {"Data": fields()}}), "EventData/Data"),
        (json!({"a": {"b": [{"c": fields()}]}}), "a/b/c"),
        (json!({"EventData": {"Data": named}}), "EventData/Data"),
        (json!({"Payload": json!({"EventData": fields()}).to_string()}), "Payload/EventData"),
        (json!({"EventData": format!("<EventData>{xml}</EventData>")}), "EventData"),
        (json!({"Params": xml}), "Params"),
        (json!({"EventData": positional()}), "EventData"),
        (json!({"Properties": properties}), "Properties"),
    ] {
        let event = check_whole(&with(base.clone(), &more));
        let note = format!("its data stand elsewhere than this shape has them: read from {place}");
        assert_eq!(event.notes, [note], "{more}");
    }
    let message =
        MESSAGE.replace("C:\\a.exe", "s").replace("C:\\b.exe", "t").replace("Function: -", "Function: f");
    let event = check_whole(&with(base.clone(), &json!({"Description": message, "EventData": positional()})));
    assert_eq!(event.notes, ["its data stand elsewhere than this shape has them: read from Description"]);
    // What a newer Sysmon added comes with the rest, and of two events one is named as left out.
    let event = check_whole(&with(base.clone(), &json!({"a": with(fields(), &json!({"Newer": "x"}))})));
    assert_eq!(event.canonical("Newer"), "x");
    let two = json!({"a": fields(), "b": with(fields(), &json!({"NewThreadId": "4"}))});
    let note = check_whole(&with(base.clone(), &two)).notes.remove(0);
    assert!(note.ends_with("read from a; not from b, which has as many"), "{note}");
    // Of two lists either could be it.
    let two = with(base, &json!({"a": positional(), "b": positional()}));
    assert_eq!(
        read(two.to_string().as_bytes()).damages,
        ["record fluent-bit: no field of event 8 was found in it"]
    );
}

#[test]
fn values_of_evtxecmd_are_found_however_its_payload_is_written() {
    let of = |payload: Value| {
        let mut record: Value = serde_json::from_str(&record("evtxecmd")).unwrap();
        record["Payload"] = payload;
        record
    };
    check_whole(&of(json!({"EventData": fields()})));
    let texts: Vec<_> = positional().iter().map(|value| value.as_str().unwrap().to_owned()).collect();
    check_whole(&of(json!(json!({"EventData": {"Data": texts.join(", ")}}).to_string())));
    check_loss(&of(json!("{\"EventData\":{\"Data\":[{\"@Name\":\"Sour")), "Payload is no JSON");
}

#[test]
fn an_event_of_which_no_field_was_found_is_told_of() {
    for record in [
        json!({"winlog": {"event_id": 8, "provider_name": "Microsoft-Windows-Sysmon", "event_data": {}}}),
        json!({"Event": {"System": {"Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
            "EventID": 8}, "EventData": null}}),
        json!({"EventSourceName": "Microsoft-Windows-Sysmon", "EventID": 8, "Type": "SecurityEvent",
            "EventData": "<EventData>...</EventData>"}),
        flat(json!({"SourceName": "Microsoft-Windows-Sysmon", "Other": "x"})),
    ] {
        let Seen { events, damages, .. } = read(record.to_string().as_bytes());
        assert_eq!((events.len(), damages.len()), (1, 1), "{record}: {damages:?}");
        assert!(
            damages[0].starts_with("record ") && damages[0].ends_with("no field of event 8 was found in it")
        );
        assert!(events[0].notes.contains(&"read in part: none of the fields of event 8".to_owned()));
    }
}

#[test]
fn a_shape_that_is_forced_gives_the_event_or_a_loss() {
    let nxlog = with(flat(fields()), &json!({"SourceName": "Microsoft-Windows-Sysmon"}));
    let empty =
        json!({"Event": {"System": {"Provider": {"Name": "Microsoft-Windows-Sysmon"}, "EventID": 8}}});
    for shape in
        ["hayabusa", "pt-eventlog", "mordor-flat", "fields-json", "evtxecmd", "winlogbeat-8", "wazuh"]
    {
        let seen = read_as(shape, &nxlog.to_string());
        let is_whole = seen.events.len() == 1 && seen.events[0].canonical("TargetImage") == "t";
        assert!(is_whole != (seen.damages.len() == 1), "{shape}: {:?}", seen.damages);
        let seen = read_as(shape, &empty.to_string());
        assert_eq!((seen.events.len(), seen.damages.len()), (0, 1), "{shape}");
        assert!(seen.damages[0].starts_with("other-shape "), "{:?}", seen.damages);
    }
}

/// A document of Winlogbeat, as it is before any pipeline.
fn winlogbeat() -> Value {
    serde_json::from_str(&record("winlogbeat-8")).unwrap()
}

#[test]
fn what_winlogbeat_does_not_say_is_not_made_of_what_stands_around() {
    let mut document = winlogbeat();
    document["@timestamp"] = json!("2026-01-01T00:00:00.000Z");
    document["process"] = json!({"pid": 4444, "executable": "C:\\agent.exe"});
    let data = document["winlog"]["event_data"].as_object_mut().unwrap();
    data.retain(|name, _| !["UtcTime", "SourceImage"].contains(&name.as_str()));
    let event = event(&document.to_string());
    assert_eq!(["UtcTime", "SourceImage"].map(|name| event.canonical(name)), ["-", "-"]);
    assert_eq!(event.system["time"], "2026-01-01T00:00:00.0000000Z");
}

/// An event whose own values stand in the data has them from there, whatever stands around.
#[test]
fn own_values_of_winlogbeat_stay_where_a_category_is_added() {
    let mut document = winlogbeat();
    document["event"]["category"] = json!(["process"]);
    document["process"] =
        json!({"entity_id": "{00000000-1111-2222-3333-444444444444}", "executable": "C:\\agent.exe"});
    let seen = read(document.to_string().as_bytes());
    assert_eq!(seen.shapes, [("winlogbeat-8", 1)]);
    let plain = event(&winlogbeat().to_string());
    assert_eq!((&seen.events[0].data, &seen.events[0].system), (&plain.data, &plain.system));
}

/// A pipeline leaves a `UtcTime` that it cannot read, and Elastic's for Linux drops every one.
#[test]
fn a_process_that_was_taken_is_found_where_the_time_was_not() {
    let mut document: Value = serde_json::from_str(&record("elastic-ecs")).unwrap();
    document["@timestamp"] = json!("2026-01-01T00:00:00.000Z");
    document["winlog"]["event_data"]["UtcTime"] = json!("2024-03-14T09:26:53.589Z");
    for _ in 0..2 {
        let seen = read(format!("{document}\n{document}").as_bytes());
        assert_eq!((seen.shapes, seen.damages), (vec![("elastic-ecs", 2)], vec![]));
        for event in seen.events {
            let image = r"C:\Users\anna\AppData\Local\Temp\tool.exe";
            assert_eq!((event.canonical("SourceImage"), event.canonical("SourceProcessId")), (image, "684"));
            assert_eq!(&event.system["time"][..19], "2024-03-14T09:26:53");
        }
        document["process"].as_object_mut().unwrap().remove("entity_id");
    }
    let linux = json!({
        "@timestamp": "2021-10-28T10:00:00.000Z", "event": {"code": "1", "category": ["process"], "created": "2021-10-28T09:59:58.200Z"},
        "process": {"pid": 7, "executable": "/usr/bin/id", "command_line": "id"},
        "winlog": {"event_id": "1", "provider_name": "Linux-Sysmon", "event_data": {"LogonId": "5"}},
    });
    let event = event(&linux.to_string());
    assert_eq!((event.canonical("Image"), event.canonical("ProcessId")), ("/usr/bin/id", "7"));
    assert_eq!((event.canonical("CommandLine"), event.canonical("UtcTime")), ("id", "-"));
    assert_eq!(
        event.notes,
        ["UtcTime left out: nothing proves that @timestamp 2021-10-28T10:00:00.000Z was it"]
    );
    assert_eq!(&event.system["time"][..19], "2021-10-28T09:59:58");
}

#[test]
fn the_time_of_a_document_is_the_events_where_the_pipeline_shows_it() {
    let mut document: Value = serde_json::from_str(&record("elastic-ecs")).unwrap();
    assert_eq!(event(&document.to_string()).canonical("UtcTime"), TIME);
    document["@timestamp"] = json!("2026-01-01T00:00:00.000Z");
    for _ in 0..2 {
        let twice = format!("{document}\n{document}");
        for event in read(twice.as_bytes()).events {
            assert_eq!(event.canonical("UtcTime"), "-");
            let note = "UtcTime left out: nothing proves that @timestamp 2026-01-01T00:00:00.000Z was it";
            assert_eq!(event.notes, [note]);
        }
        document["event"].as_object_mut().unwrap().remove("created");
    }
}

#[test]
fn the_message_that_stands_for_the_data_says_so() {
    let mut row: Value = serde_json::from_str(&record("sentinel-event")).unwrap();
    row["EventData"] = json!("<DataItem><EventData><Data Name='UtcTime'>2024");
    let cut = event(&row.to_string());
    let reason = "its EventData cannot be read: no EventData element: read from RenderedDescription";
    assert_eq!((cut.canonical("NewThreadId"), &cut.notes[..]), ("2336", &[reason.to_owned()][..]));
    row.as_object_mut().unwrap().remove("EventData");
    let reason = "nothing else has its data: read from RenderedDescription";
    assert_eq!(event(&row.to_string()).notes, [reason]);
}

#[test]
fn what_splunk_renders_is_read_in_its_envelopes() {
    let export: Value = serde_json::from_str(&record("splunk-export-raw")).unwrap();
    let raw = &export["result"]["_raw"];
    for record in [
        export.clone(),
        json!({"time": 1, "sourcetype": "WinEventLog", "event": raw}),
        json!({"time": 1, "event": raw.as_str().unwrap().replace('\n', "\r\n")}),
    ] {
        let seen = read(record.to_string().as_bytes());
        assert_eq!((&seen.shapes[..], &seen.damages[..]), (&[("splunk-text", 1)][..], &[][..]), "{record}");
        let event = &seen.events[0];
        assert_eq!(
            (event.canonical("NewThreadId"), &*event.system["computer"]),
            ("2336", "ws-anna.corp.example")
        );
    }
}

#[test]
fn quotes_around_a_message_are_none_of_its_values() {
    let text = format!("\"{}", MESSAGE.trim_end()) + "\nSourceUser: a\nTargetUser: NT AUTHORITY\\SYSTEM\"";
    let event = event(&json!({"data_win_system_message": text}).to_string());
    assert_eq!(event.canonical("TargetUser"), "NT AUTHORITY\\SYSTEM");
}

#[test]
fn an_event_within_the_text_of_an_unknown_document_says_where() {
    let line = |text: &str| json!({"product": "edr", "p": {"line": text}}).to_string();
    let note = "found within the text of p/line, in a document of no known shape";
    let nested = flat(with(fields(), &json!({"SourceName": "Microsoft-Windows-Sysmon"}))).to_string();
    for text in [format!("<13>Mar 14 ws {XML}"), XML.to_owned(), nested] {
        assert_eq!(event(&line(&text)).notes, [note], "{text}");
    }
}

#[test]
fn a_text_that_is_the_event_comes_before_one_that_holds_it() {
    let forged = XML.replace(">3<", ">666<");
    for other in
        [format!("cmd /c echo {forged}"), format!("{forged} x"), forged_json(), forged_json() + " | more"]
    {
        for record in [json!({"a": other, "b": XML}), json!({"b": XML, "z": other})] {
            let seen = read(record.to_string().as_bytes());
            let threads: Vec<_> = seen.events.iter().map(|event| event.canonical("NewThreadId")).collect();
            assert_eq!(threads, ["3"], "{record}");
        }
    }
}

fn forged_json() -> String {
    r#"{"id":8,"fields":{"NewThreadId":"666"}}"#.to_owned()
}

#[test]
fn backslashes_that_may_have_been_doubled_are_kept_with_a_doubt() {
    let wazuh = |image: &str| {
        json!({"win": {"system": {"providerName": "Microsoft-Windows-Sysmon", "eventID": "8"},
            "eventdata": {"sourceImage": image, "utcTime": TIME, "newThreadId": "3"}}})
    };
    for _ in 0..2 {
        let line = wazuh(r"\\srv").to_string();
        for event in read(format!("{line}\n{line}").as_bytes()).events {
            assert_eq!(event.canonical("SourceImage"), r"\\srv");
            assert!(event.notes[0].starts_with("whether a collector doubled its backslashes"));
        }
    }
    let doubled = event(&wazuh(r"C:\\a.exe").to_string());
    assert_eq!((doubled.canonical("SourceImage"), &doubled.notes[..]), (r"C:\a.exe", &[][..]));
}

#[test]
fn nxlogs_kind_of_event_is_not_that_of_the_registry() {
    let registry = |kind: &str, message: &str| {
        let line = json!({"EventTime": "x", "EventID": 13, "SourceName": "Microsoft-Windows-Sysmon",
            "SourceModuleType": "im_msvistalog", "EventType": kind, "UtcTime": TIME, "ProcessGuid": GUID,
            "Image": "i", "TargetObject": "o", "Details": "d", "Message": message})
        .to_string();
        let seen = read(format!("{line}\n{line}").as_bytes());
        seen.events.iter().map(|event| event.canonical("EventType").to_owned()).collect::<Vec<_>>()
    };
    let message = format!(
        "Registry value set:\r\nRuleName: -\r\nEventType: SetValue\r\nUtcTime: {TIME}\r\nProcessGuid: {GUID}\r\nProcessId: 1\r\nImage: i\r\nTargetObject: o\r\nDetails: d"
    );
    assert_eq!(registry("INFO", &message), ["SetValue", "SetValue"]);
    assert_eq!(registry("INFO", "x"), ["-", "-"], "nothing says it");
    assert_eq!(registry("DeleteValue", &message), ["DeleteValue", "DeleteValue"]);
}

#[test]
fn hints_name_what_is_missing() {
    let inner = json!({"EventCode": 8, "SourceImage": "s"});
    for (record, name) in [
        (json!({"time": 1, "sourcetype": "x", "event": inner}), "splunk-hec-object whose event is an object"),
        (json!({"_id": "a", "_source": {"x": 1}}), "elasticsearch-hit whose _source is an object"),
    ] {
        let seen = read(record.to_string().as_bytes());
        assert!(
            seen.damages[0].contains(name) && !seen.damages[0].contains("would have  too"),
            "{:?}",
            seen.damages
        );
    }
}

/// A document of Winlogbeat with these data and nothing else of the event.
fn beat(id: u16, data: Value) -> Value {
    json!({"@timestamp": "2024-03-14T09:26:53.590Z", "winlog": {"event_id": id, "computer_name": "h",
        "provider_name": "Microsoft-Windows-Sysmon", "event_data": data}})
}

/// Nothing of the record is taken for the event's that is made up.
#[track_caller]
fn check_own(record: &Value, (name, value): (&str, &str)) {
    let seen = read(record.to_string().as_bytes());
    let [event] = &seen.events[..] else { panic!("{record}: {:?}", seen.damages) };
    assert_eq!(event.canonical(name), value, "{record}");
    for field in ["UtcTime", "ProcessGuid", "SourceProcessGuid", "ConfigurationFileHash"] {
        assert_eq!(event.canonical(field), "-", "{record}");
    }
}

/// Fields of event 1 that somebody made up.
fn made_up() -> Value {
    json!({"UtcTime": TIME, "ProcessGuid": GUID, "ProcessId": "1", "Image": "made up", "CommandLine": "made up",
        "User": "made up", "ParentImage": "made up", "ParentProcessId": "1"})
}

#[test]
fn what_an_event_says_itself_is_not_replaced_by_what_stands_elsewhere() {
    let mut some = fields();
    let other = with(fields(), &json!({"SourceImage": "made up"}));
    for gone in ["UtcTime", "SourceProcessGuid", "TargetProcessGuid"] {
        some.as_object_mut().unwrap().remove(gone);
    }
    for data in [some, json!({"SourceImage": "s"}), json!({"sourceimage": "s"})] {
        let record = with(beat(8, data), &json!({"threat": {"previous": other}}));
        check_own(&record, ("SourceImage", "s"));
        let left = "more of the fields of such an event in threat/previous: not read, they may be another's"
            .to_owned();
        assert_eq!(event(&record.to_string()).notes, [left]);
    }
    let empty = with(beat(8, json!({"StartModule": "-"})), &json!({"related": other}));
    check_own(&empty, ("SourceImage", "-"));
    let stopped = with(
        beat(4, json!({"State": "Started"})),
        &json!({"other": {"UtcTime": TIME, "State": "x",
        "Version": "9", "SchemaVersion": "1"}}),
    );
    check_own(&stopped, ("State", "Started"));
}

#[test]
fn a_value_of_the_event_is_never_opened() {
    let message = format!(
        "Process Create:\nRuleName: -\nUtcTime: {TIME}\nProcessGuid: {GUID}\nProcessId: 1\n\
        Image: made up\nCommandLine: made up\nUser: made up"
    );
    let xml = format!(
        "<EventData><Data Name='UtcTime'>{TIME}</Data><Data Name='ProcessGuid'>{GUID}</Data>\
        <Data Name='Image'>made up</Data></EventData>"
    );
    for text in [made_up().to_string(), message, xml] {
        let own = json!({"Image": "i", "User": "u", "CommandLine": text});
        check_own(&beat(1, own), ("Image", "i"));
        // Where nothing of the event stands in its place, either.
        for other in [
            json!({"process": {"command_line": text}}),
            json!({"process": {"args": ["cmd", text]}}),
            json!({"process.parent.command_line": text}),
            json!({"x": {"commandLine": text}}),
            json!({"x": {"y_CommandLine": text}}),
            json!({"x": [{"Name": "CommandLine", "Value": text}]}),
            json!({"x": {"Name": "CommandLine", "Value": text}}),
            json!({"x": {"CommandLine": {"y": text}}}),
        ] {
            check_own(&with(beat(1, json!({})), &other), ("Image", "-"));
        }
        check_own(&beat(1, json!({"x": {"CommandLine": text}})), ("Image", "-"));
    }
    let own =
        json!({"UtcTime": TIME, "Configuration": "made up", "ConfigurationFileHash": "made up"}).to_string();
    check_own(&beat(16, json!({"Configuration": own})), ("Configuration", &own));
    check_own(&with(beat(16, json!({})), &json!({"x": {"Configuration": own}})), ("Configuration", "-"));
}

#[test]
fn the_message_completes_what_a_shape_has_of_its_event() {
    let message = MESSAGE.replace("C:\\a.exe", "s");
    let record = with(beat(8, json!({"SourceImage": "x"})), &json!({"message": message}));
    let event = event(&record.to_string());
    assert_eq!((event.canonical("SourceImage"), event.canonical("UtcTime")), ("s", TIME));
}

#[test]
fn tags_are_no_values() {
    for (id, tags) in [
        (16, json!(["", "beats_input_raw_event", "lab"])),
        (16, json!(["-", "a", "b"])),
        (255, json!(["-", "a", "b"])),
        (4, json!(["-", "a", "b", "c"])),
        (4, json!(["a", "b"])),
        (8, json!(["-", "-", "-", "-", "-", "-", "-", "-", "-", "-", "-", "-"])),
        (8, json!(["-", TIME, GUID, "", "s", GUID, "2", "t", "3", "0x1", "m", "f"])),
        (8, json!(["-", TIME, GUID, "1", "s", "", "2", "t", "3", "0x1", "m", "f"])),
        (8, json!(["-", TIME, GUID, "1", "s", GUID, "2", "t", "3", "-", "m", "f"])),
    ] {
        let record = with(beat(id, json!({})), &json!({"tags": tags}));
        let Seen { events, damages, .. } = read(record.to_string().as_bytes());
        assert_eq!((events.len(), damages.len()), (1, 1), "{record}: {damages:?}");
        let names = ["UtcTime", "Configuration", "State", "ID", "SourceImage", "StartModule"];
        assert!(names.iter().all(|name| events[0].canonical(name) == "-"), "{record}");
    }
    check_whole(&with(beat(8, json!({})), &json!({"values": positional()})));
    let configured = with(beat(16, json!({})), &json!({"values": [TIME, "c", "h"]}));
    assert_eq!(event(&configured.to_string()).canonical("Configuration"), "c");
}

#[test]
fn fields_alone_are_another_providers_where_anything_says_so() {
    let base = with(json!({"EventID": 8}), &fields());
    assert_eq!(check_whole(&base).notes, ["names no provider: Sysmon's by its fields"]);
    let few = json!({"EventID": 8, "UtcTime": TIME, "SourceProcessGuid": GUID, "x": "y"});
    assert_eq!(event(&few.to_string()).provider, "Microsoft-Windows-Sysmon");
    let carbon = "Carbon";
    for (more, provider) in [
        (json!({"Channel": "Security", "ProviderGuid": "{54849625-5478-4994-a5ba-3e3b0328c30d}"}), ""),
        (json!({"Channel": "Security"}), ""),
        (json!({"ProviderGuid": "{11111111-1111-1111-1111-111111111111}"}), ""),
        (json!({"provider": carbon}), carbon),
        (json!({"Provider": carbon}), carbon),
        (json!({"Provider": {"Name": carbon}}), carbon),
        (json!({"Provider": {"@Name": carbon}}), carbon),
        (json!({"Provider": {"#attributes": {"Name": carbon}}}), carbon),
        (json!({"event": {"provider": carbon}}), carbon),
        (json!({"source_name": carbon}), carbon),
        (json!({"sourcename": carbon}), carbon),
    ] {
        let record = with(base.clone(), &more).to_string();
        for seen in [read(record.as_bytes()), read(format!("{record}\n{record}").as_bytes())] {
            assert!(seen.events.iter().all(|event| event.provider == provider), "{record}");
            assert_eq!(seen.damages, [""; 0], "{record}");
        }
    }
    let sysmon = "Microsoft-Windows-Sysmon";
    for more in [json!({"event": {"provider": sysmon}}), json!({"Provider": {"Name": sysmon}})] {
        assert_eq!(check_whole(&with(base.clone(), &more)).notes, [""; 0]);
    }
}

#[test]
fn the_guid_of_a_logon_is_no_mark() {
    let logon = json!({"Image": "i", "User": "u", "LogonId": "0x1", "LogonGuid": GUID});
    let mut record = beat(1, logon);
    record["winlog"].as_object_mut().unwrap().remove("provider_name");
    check_loss(&record, "nothing says whose event 1 is");
}

#[test]
fn a_value_that_is_the_name_of_a_field_is_a_value() {
    let values = with(fields(), &json!({"SourceImage": "TargetImage", "StartFunction": "RuleName"}));
    // Not by `json!`, which may sort the keys.
    for entry in [
        r#"{"Name":"NAME","Value":VALUE}"#,
        r#"{"Value":VALUE,"Name":"NAME"}"#,
        r##"{"#text":VALUE,"@Name":"NAME"}"##,
        r#"{"_":VALUE,"$":{"Name":"NAME"}}"#,
        r#"{"TEXT":VALUE,"key":"NAME"}"#,
        r#"{"Type":"RuleName","Value":VALUE,"Name":"NAME"}"#,
    ] {
        let of = |(name, value): (&String, &Value)| {
            entry.replace("NAME", name).replace("VALUE", &value.to_string())
        };
        let entries = values.as_object().unwrap().iter().map(of);
        let entries = entries.collect::<Vec<_>>().join(",");
        let base = beat(8, json!({})).to_string();
        let record = format!(r#"{},"evd":[{entries}]}}"#, base.strip_suffix('}').unwrap());
        let event = event(&record);
        let names = ["UtcTime", "SourceImage", "TargetImage", "StartFunction"];
        assert_eq!(
            names.map(|name| event.canonical(name)),
            [TIME, "TargetImage", "t", "RuleName"],
            "{record}"
        );
    }
}
