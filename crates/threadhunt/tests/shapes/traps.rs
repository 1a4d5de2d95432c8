//! What trips readers of real logs, a test each. Values are our own; the habits are the tools'.

use crate::{Record, Seen, read};

/// The only event of an input that has no damage.
#[track_caller]
pub(crate) fn event(json: &str) -> Record {
    let Seen { mut events, damages, .. } = read(json.as_bytes());
    assert_eq!((events.len(), &damages[..]), (1, &[][..]), "{json}");
    events.remove(0)
}

/// Values without names, as Fluent Bit has them.
fn inserts(values: &[&str]) -> String {
    format!(
        r#"{{"ProviderName":"Microsoft-Windows-Sysmon","EventID":8,"Channel":"x","StringInserts":{}}}"#,
        serde_json::to_string(values).unwrap()
    )
}

pub(crate) const TIME: &str = "2024-03-14 09:26:53.589";
pub(crate) const GUID: &str = "{a98268c1-9586-5acd-0000-001070a20000}";

#[test]
fn values_without_names_get_them_by_their_count() {
    let eleven = [TIME, GUID, "1", "s", GUID, "2", "t", "3", "0x1", "m", "f"];
    let twelve = [&["rule"][..], &eleven].concat();
    let fourteen = [&twelve[..], &["su", "tu"]].concat();
    for values in [&eleven[..], &twelve, &fourteen] {
        let event = event(&inserts(values));
        let names = ["UtcTime", "SourceImage", "TargetImage", "NewThreadId", "StartFunction"];
        assert_eq!(names.map(|name| event.canonical(name)), [TIME, "s", "t", "3", "f"], "{}", values.len());
    }
    let event = event(&inserts(&fourteen));
    assert_eq!([event.canonical("RuleName"), event.canonical("TargetUser")], ["rule", "tu"]);
}

#[test]
fn values_without_names_of_another_count_are_no_event() {
    let thirteen = ["x", TIME, GUID, "1", "s", GUID, "2", "t", "3", "0x1", "m", "f", "u"];
    let seen = read(inserts(&thirteen).as_bytes());
    assert!(seen.events.is_empty());
    let reason = "malformed fluent-bit: 13 values without names, but event 8 has 14, 12, 11, 9";
    assert_eq!(seen.damages, [reason]);
}

#[test]
fn values_without_names_that_do_not_fit_are_no_event() {
    // Eleven values in an order that no manifest has.
    let odd = ["rule", TIME, GUID, "1", "s", GUID, "2", "t", "3", "0x1", "m"];
    let seen = read(inserts(&odd).as_bytes());
    let reason = "malformed fluent-bit: values without names that do not fit event 8: no UtcTime";
    assert_eq!((seen.events.len(), seen.damages), (0, vec![reason.to_owned()]));
}

fn nxlog(more: &str) -> String {
    format!(
        r#"{{"EventTime":"2024-03-14 10:26:53","EventID":8,"SourceName":"Microsoft-Windows-Sysmon","SourceModuleType":"im_msvistalog","ProcessId":"684",{more}}}"#
    )
}

#[test]
fn an_unknown_process_is_unescaped() {
    let event = event(&nxlog(
        r#""TargetImage":"&lt;unknown process&gt;","SourceImage":"C:\\a&amp;amp;b.exe","RuleName":"a & b &lt;c""#,
    ));
    assert_eq!(event.canonical("TargetImage"), "<unknown process>");
    assert_eq!(event.canonical("SourceImage"), r"C:\a&amp;b.exe", "escaped once, resolved once");
    assert_eq!(event.canonical("RuleName"), "a & b &lt;c", "a bare ampersand: nothing was escaped");
}

#[test]
fn a_local_time_is_not_believed_and_counted() {
    let seen = read(nxlog(&format!(r#""UtcTime":"{TIME}""#)).as_bytes());
    let event = &seen.events[0];
    assert_eq!((event.system.get("time"), event.canonical("UtcTime"), seen.doubtful), (None, TIME, 1));
    assert_eq!(event.notes, ["time 2024-03-14 10:26:53 left out: it has no zone, so it is no instant"]);
}

#[test]
fn a_zone_that_is_wrong_is_told() {
    let line = |time: &str| {
        format!(
            r#"{{"EventID":8,"SourceName":"Microsoft-Windows-Sysmon","Channel":"x","TimeCreated":"{time}","UtcTime":"{TIME}"}}"#
        )
    };
    let seen = read(line("2024-03-13T17:26:53.590Z").as_bytes());
    assert_eq!(
        (seen.doubtful, &seen.events[0].notes[0][..]),
        (1, "TimeCreated is 959 minutes before UtcTime, which counts")
    );
    let seen = read(line("2024-03-14T09:26:54.590Z").as_bytes());
    assert_eq!((seen.doubtful, &seen.events[0].notes[..]), (0, &[][..]));
}

#[test]
fn doubled_backslashes_become_single_where_all_are_doubled() {
    let wazuh = |image: &str, target: &str| {
        format!(
            r#"{{"win":{{"system":{{"providerName":"Microsoft-Windows-Sysmon","eventID":"8"}},"eventdata":{{"sourceImage":"{image}","targetImage":"{target}"}}}}}}"#
        )
    };
    let doubled = event(&wazuh(r"\\\\\\\\host\\\\share\\\\m.exe", r"C:\\\\Windows\\\\x.exe"));
    assert_eq!(
        [doubled.canonical("SourceImage"), doubled.canonical("TargetImage")],
        [r"\\host\share\m.exe", r"C:\Windows\x.exe"]
    );
    let single = event(&wazuh(r"\\\\host\\share\\m.exe", r"C:\\Windows\\x.exe"));
    assert_eq!(
        [single.canonical("SourceImage"), single.canonical("TargetImage")],
        [r"\\host\share\m.exe", r"C:\Windows\x.exe"]
    );
}

#[test]
fn lower_cased_first_letters_are_known() {
    let line = r#"{"win":{"system":{"providerName":"Microsoft-Windows-Sysmon","eventID":"10"},"eventdata":{"sourceProcessGUID":"{a98268c1-9586-5acd-0000-001070a20000}","grantedAccess":"0x1fffff","newerField":"x"}}}"#;
    let event = event(line);
    let names: Vec<_> = event.data.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["SourceProcessGUID", "GrantedAccess", "newerField"]);
}

#[test]
fn event_10_spells_guid_in_capitals_and_event_8_does_not() {
    for (id, given, expected) in [
        (8, "SourceProcessGUID", "SourceProcessGuid"),
        (8, "TargetProcessGuid", "TargetProcessGuid"),
        (10, "SourceProcessGUID", "SourceProcessGUID"),
        (10, "SourceProcessGuid", "SourceProcessGUID"),
    ] {
        let line = format!(
            r#"{{"winlog":{{"event_id":{id},"provider_name":"Microsoft-Windows-Sysmon","event_data":{{"{given}":"{GUID}","UtcTime":"{TIME}"}}}}}}"#
        );
        let event = event(&line);
        assert_eq!(event.canonical(expected), GUID, "{id} {given}");
        assert_eq!(event.data.len(), 2);
    }
}

#[test]
fn ids_are_numbers_or_texts() {
    for id in ["8", "\"8\"", "8.0", "\"8.0\"", "\"0x8\"", "\"0X08\""] {
        for line in [
            format!(
                r##"{{"Event":{{"System":{{"Provider":{{"#attributes":{{"Name":"Microsoft-Windows-Sysmon"}}}},"EventID":{id}}},"EventData":{{"NewThreadId":3}}}}}}"##
            ),
            format!(
                r##"{{"Event":{{"System":{{"Provider":{{"#attributes":{{"Name":"Microsoft-Windows-Sysmon"}}}},"EventID":{{"#attributes":{{"Qualifiers":0}},"#text":{id}}}}},"EventData":{{"NewThreadId":3}}}}}}"##
            ),
            nxlog("\"NewThreadId\":1").replace("\"EventID\":8", &format!("\"EventID\":{id}")),
        ] {
            assert_eq!(event(&line).id, 8, "{line}");
        }
    }
}

#[test]
fn fields_that_were_dropped_are_none() {
    let line = r#"{"winlog":{"event_id":"8","provider_name":"Microsoft-Windows-Sysmon","event_data":{"SourceProcessId":"5","UtcTime":"2024-03-14 09:26:53.589"}}}"#;
    let event = event(line);
    assert_eq!((event.canonical("StartModule"), event.canonical("SourceProcessId")), ("-", "5"));
    assert_eq!(event.data.len(), 2, "nothing is invented");
}

#[test]
fn negative_keywords_are_a_mask() {
    for keywords in [
        "-9223372036854775808",
        "\"-9223372036854775808\"",
        "9223372036854775808",
        "\"0x8000000000000000\"",
        "[\"0x8000000000000000\"]",
    ] {
        let event = event(&nxlog(&format!("\"Keywords\":{keywords},\"NewThreadId\":1")));
        assert_eq!(event.system["keywords"], "0x8000000000000000", "{keywords}");
    }
}

#[test]
fn nxlogs_own_members_are_no_fields_but_a_field_of_that_name_is() {
    let thread = event(&nxlog(r#""EventType":"INFO","Severity":"INFO","NewThreadId":"3""#));
    assert_eq!(thread.data, [("NewThreadId".to_owned(), "3".to_owned())]);
    let registry = nxlog(r#""EventType":"CreateKey","Image":"x""#).replace("\"EventID\":8", "\"EventID\":12");
    let registry = event(&registry);
    assert_eq!([registry.canonical("EventType"), registry.canonical("ProcessId")], ["CreateKey", "684"]);
}

#[test]
fn guids_of_every_spelling_are_one() {
    for guid in ["A98268C1-9586-5ACD-0000-001070A20000", "{A98268C1-9586-5ACD-0000-001070A20000}", GUID] {
        let event = event(&nxlog(&format!(r#""SourceProcessGuid":"{guid}""#)));
        assert_eq!(event.canonical("SourceProcessGuid"), GUID);
    }
}

#[test]
fn shapes_may_change_from_line_to_line() {
    let lines = [
        nxlog("\"NewThreadId\":1"),
        inserts(&[TIME, GUID, "1", "s", GUID, "2", "t", "2", "0x1", "m", "f"]),
        r#"{"id":8,"fields":{"NewThreadId":"3"}}"#.to_owned(),
    ];
    let seen = read(lines.join("\n").as_bytes());
    let threads: Vec<_> = seen.events.iter().map(|event| event.canonical("NewThreadId")).collect();
    assert_eq!(threads, ["1", "2", "3"]);
    assert_eq!(seen.shapes, [("nxlog", 1), ("fluent-bit", 1), ("bare", 1)]);
}

/// Files that were joined where the first has no last newline.
#[test]
fn a_record_behind_an_event_on_its_line_is_read() {
    let line = r#"{"id":8,"fields":{"NewThreadId":"3"}}"#;
    for head in [XML.to_owned(), format!("<Events>{XML}</Events>"), format!("<Events>\n{XML}\n</Events >")] {
        for tail in ["", "\n", "\n\n"] {
            let seen = read(format!("{head}{line}{tail}").as_bytes());
            assert_eq!((seen.events.len(), &*seen.damages), (2, &[][..]), "{head:?} {tail:?}");
            assert_eq!(seen.events[1].canonical("NewThreadId"), "3");
        }
    }
    let beside = read(format!("{XML} beside it\n{line}\n").as_bytes());
    assert_eq!(beside.events.len(), 2);
}

#[test]
fn a_shape_can_be_forced() {
    use threadhunt::source::{Options, find_shape, read_bytes};
    let line = r#"{"EventID":8,"SourceName":"Microsoft-Windows-Sysmon","TargetImage":"a&amp;b"}"#;
    let mut seen = Seen::default();
    let options = Options { shape: find_shape("nxlog").ok(), ..Options::default() };
    read_bytes(line, &options, &mut |batch| seen.add(batch));
    assert_eq!((seen.shapes, seen.events[0].canonical("TargetImage")), (vec![("nxlog", 1)], "a&b"));
}

#[test]
fn a_message_says_what_else_is_missing() {
    let line = r#"{"time":1,"app":{"text":"x CreateRemoteThread detected:\r\nRuleName: -\r\nUtcTime: 2024-03-14 09:26:53.589\r\nSourceProcessGuid: {a98268c1-9586-5acd-0000-001070a20000}\r\nSourceProcessId: 5\r\nSourceImage: C:\\a.exe\r\nTargetProcessGuid: {a98268c1-9586-5acd-0000-001070a20000}\r\nTargetProcessId: 7\r\nTargetImage: C:\\b.exe\r\nNewThreadId: 9\r\nStartAddress: 0x00007FFA356A7E40\r\nStartModule: -\r\nStartFunction: -"}}"#;
    let event = event(line);
    assert_eq!([event.canonical("SourceImage"), event.canonical("NewThreadId")], [r"C:\a.exe", "9"]);
}

/// What is read where this shape is asked for.
pub(crate) fn read_as(shape: &str, input: &str) -> Seen {
    use threadhunt::source::{Options, find_shape, read_bytes};
    let mut seen = Seen::default();
    let options = Options { shape: find_shape(shape).ok(), ..Options::default() };
    read_bytes(input, &options, &mut |batch| seen.add(batch));
    seen
}

pub(crate) const XML: &str = "<Event><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>8</EventID></System><EventData><Data Name='NewThreadId'>3</Data></EventData></Event>";
pub(crate) const MESSAGE: &str = "CreateRemoteThread detected:\nRuleName: -\nUtcTime: 2024-03-14 09:26:53.589\nSourceProcessGuid: {a98268c1-9586-5acd-0000-001070a20000}\nSourceProcessId: 5\nSourceImage: C:\\a.exe\nTargetProcessGuid: {a98268c1-9586-5acd-0000-001070a20000}\nTargetProcessId: 7\nTargetImage: C:\\b.exe\nNewThreadId: 3\nStartAddress: 0x00007FFA356A7E40\nStartModule: -\nStartFunction: -\n";

/// Nothing of the input is read as this shape, and why is told once.
fn expect_loss(shape: &str, input: &str, reason: &str) {
    let seen = read_as(shape, input);
    assert_eq!((seen.events.len(), seen.shapes), (0, vec![]), "{shape}");
    assert_eq!(seen.damages, [format!("other-shape {reason}")]);
}

#[test]
fn a_shape_that_is_forced_on_another_family_is_a_loss() {
    let json = nxlog("\"NewThreadId\":3");
    for (shape, input, reason) in [
        ("event-xml", &json[..], "event-xml was asked for, and this begins like json"),
        ("syslog", &json, "syslog was asked for, and this begins like json"),
        ("evtx", &json, "evtx was asked for, and this begins like json"),
        ("winlogbeat-8", XML, "winlogbeat-8 was asked for, and this begins like xml"),
        ("message-text", XML, "message-text was asked for, and this begins like xml"),
        ("nxlog", MESSAGE, "nxlog was asked for, and this begins like text"),
        ("evtx", MESSAGE, "evtx was asked for, and this begins like text"),
    ] {
        expect_loss(shape, input, reason);
    }
}

#[test]
fn a_shape_that_is_forced_on_another_of_its_family_is_a_loss() {
    let json = nxlog("\"NewThreadId\":3");
    for (shape, input, reason) in [
        ("winlogbeat-8", &json[..], "winlogbeat-8 was asked for, and this is nxlog"),
        ("wazuh-alert", &json, "wazuh-alert was asked for, and this is nxlog"),
        ("threadhunt", &json, "threadhunt was asked for, and this is nxlog"),
        ("xml-in-json", &json, "xml-in-json was asked for, and this is nxlog"),
        ("syslog", MESSAGE, "syslog was asked for, and this is message-text"),
        ("splunk-text", MESSAGE, "splunk-text was asked for, and this is message-text"),
        ("nxlog", r#"{"a":1}"#, "nxlog was asked for, and this is an object of no known shape, with a"),
    ] {
        expect_loss(shape, input, reason);
    }
}

#[test]
fn records_of_other_shapes_among_those_that_are_forced_are_losses() {
    let json = nxlog("\"NewThreadId\":3");
    let mixed = format!("{XML}\n{json}\n{XML}\n");
    let seen = read_as("event-xml", &mixed);
    assert_eq!((seen.events.len(), seen.shapes), (2, vec![("event-xml", 2)]));
    assert_eq!(seen.damages, ["other-shape event-xml was asked for, and this is json"]);
    let mixed = format!("{json}\n{XML}\n{MESSAGE}{json}\n");
    let seen = read_as("nxlog", &mixed);
    assert_eq!((seen.events.len(), seen.shapes), (2, vec![("nxlog", 2)]));
    assert_eq!(
        seen.damages,
        [
            "other-shape nxlog was asked for, and this is event-xml",
            "other-shape nxlog was asked for, and this is message-text"
        ]
    );
}

#[test]
fn what_carries_the_shape_that_is_forced_is_no_loss() {
    let json = nxlog("\"NewThreadId\":3");
    let line = format!("<13>Mar 14 09:26:53 ws01 nxlog: {json}\n");
    assert_eq!(read_as("nxlog", &line).shapes, [("syslog", 1)]);
    let hit = format!("{{\"_source\":{json}}}");
    assert_eq!(read_as("nxlog", &hit).shapes, [("nxlog", 1)]);
    let answer = format!("{{\"hits\":{{\"hits\":[{hit},{hit}]}}}}");
    assert_eq!(read_as("nxlog", &answer).shapes, [("nxlog", 2)]);
    assert_eq!(read_as("event-xml", XML).shapes, [("event-xml", 1)]);
    assert_eq!(read_as("message-text", MESSAGE).shapes, [("message-text", 1)]);
}

#[test]
fn events_in_texts_of_lists_are_found() {
    let text = |text: &str| serde_json::to_string(text).unwrap();
    let json = nxlog("\"NewThreadId\":3");
    for (inner, shape) in [(XML, "xml-in-json"), (MESSAGE, "message-in-json"), (&json, "nxlog")] {
        for line in [
            format!(r#"{{"a":{{"b":["x",{}]}}}}"#, text(inner)),
            format!(r#"{{"a":[{{"b":{}}}]}}"#, text(inner)),
            format!(r#"{{"a":{}}}"#, text(inner)),
        ] {
            let seen = read(line.as_bytes());
            assert_eq!((&seen.shapes[..], &seen.damages[..]), (&[(shape, 1)][..], &[][..]), "{line}");
            assert_eq!(seen.events[0].canonical("NewThreadId"), "3");
        }
    }
}

#[test]
fn a_copy_of_the_event_within_its_record_is_not_another_one() {
    let text = |text: &str| serde_json::to_string(text).unwrap();
    let json = nxlog("\"NewThreadId\":3");
    for (members, shape) in [
        (format!(r#""a":{0},"b":{0}"#, text(XML)), "xml-in-json"),
        (format!(r#""message":{},"b":{}"#, text(MESSAGE), text(XML)), "xml-in-json"),
        (format!(r#""message":{},"b":{}"#, text(MESSAGE), text(&json)), "nxlog"),
        (format!(r#""message":{},{}"#, text(MESSAGE), &json[1..json.len() - 1]), "nxlog"),
    ] {
        let seen = read(format!("{{{members}}}").as_bytes());
        assert_eq!((seen.shapes, seen.events.len()), (vec![(shape, 1)], 1), "{members}");
    }
}

#[test]
fn actions_of_bulk_requests_are_no_records() {
    let json = nxlog("\"NewThreadId\":3");
    let seen = read(
        format!(
            "{{\"index\":{{\"_index\":\"sysmon\",\"_id\":\"1\"}}}}\n{json}\n{{\"create\":{{}}}}\n{json}\n{{\"delete\":{{\"_id\":\"1\"}}}}\n"
        )
        .as_bytes(),
    );
    assert_eq!((seen.shapes, seen.damages), (vec![("nxlog", 2)], vec![]));
    let seen = read(format!("{json}\n{{\"index\":{{\"evil\":1}}}}\n").as_bytes());
    assert_eq!(seen.damages.len(), 1, "{:?}", seen.damages);
}

#[test]
fn values_without_names_are_of_their_types() {
    let nine = ["7", TIME, GUID, "1", "s", GUID, "2", "t", "3"];
    assert_eq!(event(&inserts(&nine)).canonical("SequenceNumber"), "7", "the manifest of schema 2.00");
    for odd in
        [["x", TIME, GUID, "1", "s", GUID, "2", "t", "3"], ["7", TIME, GUID, "1", "s", GUID, "2", "t", "q"]]
    {
        let seen = read(inserts(&odd).as_bytes());
        assert!(
            seen.events.is_empty() && seen.damages[0].contains("do not fit event 8"),
            "{:?}",
            seen.damages
        );
    }
}

#[test]
fn ids_with_zeros_or_blanks_are_the_number() {
    for id in ["08", " 8 ", "8 "] {
        let line = nxlog("\"NewThreadId\":1").replace("\"EventID\":8", &format!("\"EventID\":\"{id}\""));
        assert_eq!(event(&line).system["event_id"], "8", "{id:?}");
    }
}

#[test]
fn keywords_of_documents_of_winlogbeat_are_read() {
    let line = |keywords: &str| {
        format!(
            r#"{{"winlog":{{"event_id":"8","provider_name":"Microsoft-Windows-Sysmon","keywords":{keywords},"event_data":{{"NewThreadId":"3"}}}}}}"#
        )
    };
    for (given, read) in [
        ("\"0x8000000000000000\"", Some("0x8000000000000000")),
        ("[\"0x8000000000000000\"]", Some("0x8000000000000000")),
        ("[\"Classic\"]", None),
        ("[]", None),
    ] {
        let twice = [line(given), line(given)].join("\n");
        for event in super::read(twice.as_bytes()).events {
            assert_eq!(event.system.get("keywords").map(String::as_str), read, "{given}");
        }
    }
}

/// A message that somebody else's record quotes.
const QUOTED: &str = "Creating Scriptblock text (1 of 1):\n'CreateRemoteThread detected:\nRuleName: -\nUtcTime: 2024-03-14 09:26:53.589\nSourceImage: x'";

#[test]
fn a_message_in_a_record_of_another_provider_or_id_is_no_event() {
    let quoted = serde_json::to_string(QUOTED).unwrap();
    let others = [
        r#""EventID":4104,"provider":"Microsoft-Windows-PowerShell""#,
        r#""EventID":4688,"Provider":"Microsoft-Windows-Security-Auditing""#,
        r#""event":{"code":"4104","provider":"Microsoft-Windows-PowerShell"}"#,
        r#""event.provider":"Microsoft-Windows-PowerShell""#,
        r#""EventID":4104,"Source":"Microsoft-Windows-PowerShell","MachineName":"h""#,
        r#""Source":"Microsoft-Windows-PowerShell""#,
        r#""Provider":{"Name":"Microsoft-Windows-PowerShell"},"EventId":8"#,
        r#""winlog":{"provider_name":"Microsoft-Windows-PowerShell"}"#,
        r#""SOURCENAME":"Application""#,
        r#""event_id":"4104""#,
        r#""Id":1,"x":"Microsoft-Windows-Sysmon""#,
    ];
    for other in others {
        for line in [
            format!(r#"{{{other},"Message":{quoted}}}"#),
            format!(r#"{{"Message":{quoted},{other}}}"#),
            format!(r#"{{{other},"inner":{{"text":[{quoted}]}}}}"#),
        ] {
            let seen = read(format!("{}\n{line}\n", nxlog("\"NewThreadId\":3")).as_bytes());
            assert_eq!((seen.events.len(), seen.damages.len()), (1, 1), "{line}: {:?}", seen.damages);
            assert!(seen.damages[0].contains("no known shape"), "{:?}", seen.damages);
        }
    }
    let csv = format!("Id,Message\n4104,\"{QUOTED}\"\n");
    assert!(read(csv.as_bytes()).events.is_empty());
    for own in [
        r#""provider":"Microsoft-Windows-Sysmon","EventID":8"#,
        r#""source":"ws01""#,
        r#""id":17"#,
        r#""cloud":{"provider":"aws"}"#,
        r#""event":{"code":8}"#,
    ] {
        let seen = read(format!(r#"{{{own},"text":{quoted}}}"#).as_bytes());
        assert_eq!((seen.events.len(), seen.shapes), (1, vec![("message-in-json", 1)]), "{own}");
    }
}

#[test]
fn a_sentence_with_one_field_or_none_is_no_message() {
    for line in [
        r#"{"rule":"Sysmon 8","description":"CreateRemoteThread detected: SourceImage: powershell.exe"}"#,
        r#"{"app":"zeek","msg":"Network connection detected: User: bob"}"#,
        r#"{"app":"kernel","msg":"Image loaded: foo.png"}"#,
        r#"{"app":"x","msg":"Error report: ID: 5"}"#,
        r#"{"log":"Process terminated: Image: foo","stream":"stdout"}"#,
    ] {
        let seen = read(format!("{}\n{line}\n", nxlog("\"NewThreadId\":3")).as_bytes());
        assert_eq!((seen.events.len(), seen.damages.len()), (1, 1), "{line}: {:?}", seen.damages);
        assert!(seen.damages[0].contains("no known shape"), "{:?}", seen.damages);
    }
    for (program, words) in [
        ("named[1]:", "Dns query: QueryName: example.org"),
        ("app[1]:", "Error report: ID: 5"),
        ("myapp[1]:", "File created: User: bob, size 12"),
        ("docker[1]:", r#"{"log":"Process terminated: Image: foo","stream":"stdout"}"#),
    ] {
        let line = format!("Jan 22 16:17:16 host {program} {words}\n");
        assert!(read(line.repeat(2).as_bytes()).events.is_empty(), "{line}");
        let beside = format!("Jan 22 16:17:16 host x: {XML}\n{line}");
        assert_eq!(read(beside.as_bytes()).events.len(), 1, "{line}");
    }
    assert!(read(b"Process terminated: Image: foo\n").events.is_empty());
}

#[test]
fn a_message_of_few_fields_is_one_where_sysmon_is_named() {
    for line in [
        r#"{"provider":"Microsoft-Windows-Sysmon","text":"CreateRemoteThread detected: NewThreadId: 3"}"#,
        r#"{"channel":"Microsoft-Windows-Sysmon/Operational","text":"CreateRemoteThread detected: NewThreadId: 3"}"#,
        "Jan 22 16:17:16 host sysmon[1]: CreateRemoteThread detected: NewThreadId: 3\n",
        "<13>1 2026-08-22T10:00:01Z host Microsoft-Windows-Sysmon 42 - - CreateRemoteThread detected: NewThreadId: 3\n",
        "Jan 22 16:17:16 host x: Microsoft-Windows-Sysmon/Operational 8 CreateRemoteThread detected: NewThreadId: 3\n",
    ] {
        let seen = read(line.as_bytes());
        assert_eq!(seen.events.len(), 1, "{line}: {:?}", seen.damages);
        assert_eq!((seen.events[0].id, seen.events[0].canonical("NewThreadId")), (8, "3"), "{line}");
    }
}

#[test]
fn words_beside_a_list_of_records_are_not_the_event() {
    let record = nxlog(&format!(r#""NewThreadId":3,"message":{}"#, serde_json::to_string(MESSAGE).unwrap()));
    let hit = format!(r#"{{"_id":"1","_source":{record}}}"#);
    let xml = serde_json::to_string(XML).unwrap();
    for (more, list) in [
        (
            r#""title":"Sysmon CreateRemoteThread detected: last 24 h","#,
            format!(r#""hits":{{"hits":[{hit},{hit}]}}"#),
        ),
        (
            r#""query":"message:\"CreateRemoteThread detected:\" AND host:x","#,
            format!(r#""hits":{{"hits":[{hit},{hit}]}}"#),
        ),
        (
            r#""rule":{"description":"Process Create:\n Image: x"},"#,
            format!(r#""hits":{{"hits":[{hit},{hit}]}}"#),
        ),
        (
            r#""messages":[{"type":"INFO","text":"CreateRemoteThread detected: UtcTime: x"}],"#,
            format!(r#""results":[{record},{record}]"#),
        ),
        (
            r#""title":"Process Create:\n Image: x","#,
            format!(r#""events":[{{"raw":{xml}}},{{"raw":{xml}}}]"#),
        ),
        ("", format!(r#""docs":[{hit},{hit}]"#)),
        ("", format!(r#""alerts":[{record},{record}]"#)),
        ("", format!(r#""data":[{record},{record}]"#)),
        ("", format!(r#""data":[{{"a":1}},{record},{record}]"#)),
    ] {
        for text in [format!("{{{more}{list}}}"), format!("{{{more}{list}")] {
            let seen = read(text.as_bytes());
            assert_eq!(seen.events.len(), 2, "{text}: {:?}", seen.damages);
            assert!(seen.events.iter().all(|event| event.canonical("NewThreadId") == "3"), "{text}");
        }
    }
}
