//! What lines become, and what broken ones cost.

use super::*;
use crate::event::{DamageCode, SystemField, Value};
use crate::schema::fields;
use crate::source::{Options, read_bytes};

const EVENT: &str = r#"{"id":8,"fields":{"SourceImage":"C:\\a.exe"}}"#;

/// Events as (line, provider, id, data) and damages as (code, line, reason).
type Seen = (Vec<(Option<u64>, String, u16, Vec<String>)>, Vec<(DamageCode, Option<u64>, String)>);

fn read(input: &[u8]) -> Seen {
    let (mut events, mut damages) = Seen::default();
    read_bytes(input, &Options::default(), &mut |batch| {
        events.extend(batch.records().map(|record| {
            let event = record.view();
            let data = event.data().map(|(name, value)| format!("{}={value}", name.as_str())).collect();
            let provider =
                event.system(SystemField::ProviderName).map_or_else(String::new, |name| name.to_string());
            (event.place().line, provider, event.id(), data)
        }));
        damages
            .extend(batch.damages.iter().map(|damage| (damage.code, damage.line, damage.reason.to_string())));
    });
    (events, damages)
}

#[track_caller]
fn check_data(line: &str, expected: &[&str]) {
    let (events, damages) = read(line.as_bytes());
    assert_eq!(damages, []);
    assert_eq!(events.iter().flat_map(|event| &event.3).collect::<Vec<_>>(), expected);
}

#[track_caller]
fn check_damage(line: &str, code: DamageCode, reason: &str) {
    let input = format!("{EVENT}\n{line}\n{EVENT}");
    let (events, damages) = read(input.as_bytes());
    assert_eq!(events.iter().map(|event| event.0).collect::<Vec<_>>(), [Some(1), Some(3)]);
    assert_eq!(damages, [(code, Some(2), reason.to_owned())]);
}

#[test]
fn bare_events_are_sysmons() {
    let (events, damages) = read(EVENT.as_bytes());
    assert_eq!(damages, []);
    assert_eq!(
        events,
        [(Some(1), "Microsoft-Windows-Sysmon".into(), 8, vec![r"SourceImage=C:\a.exe".into()])]
    );
}

#[test]
fn bare_values_are_taken_as_written() {
    let line = r#"{"id":"8","fields":{"NewThreadId":007.50e1,"a":1.50,"b":true,"c":null,"d":[1, 2],"e":""}}"#;
    check_damage(line, DamageCode::Malformed, "column 35: a number with a leading zero");
    check_data(&line.replace("007", "7"), &["NewThreadId=7.50e1", "a=1.50", "b=true", "d=[1, 2]", "e="]);
}

#[test]
fn bare_events_may_name_system_fields() {
    let line =
        r#"{"id":10,"computer":"h","time":"2020-04-01T09:01:01.576Z","record_id":5,"fields":{},"tag":1}"#;
    read_bytes(line, &Options::default(), &mut |batch| {
        let event = batch.events().next().expect("an event");
        assert_eq!((event.id(), event.record_id(), &*event.computer()), (10, Some(5), "h"));
        assert_eq!(event.time_created().expect("a time").to_string(), "2020-04-01T09:01:01.5760000Z");
        assert_eq!(event.notes().collect::<Vec<_>>(), ["tag left out: not a key of this shape"]);
    });
}

#[test]
fn data_find_their_places() {
    check_data(
        r#"{"event_id":1,"provider":"p","fields":{"a":"1","b":"2"},"data":["x"]}"#,
        &["a=1", "b=2", "=x"],
    );
    check_data(
        r#"{"event_id":1,"provider":"p","fields":{"a":"1","b":"2"},"data":[{"at":0,"value":"x"},{"at":2,"name":"a","value":3},"y"]}"#,
        &["=x", "a=1", "a=3", "b=2", "=y"],
    );
    let wild = r#"{"event_id":1,"provider":"p","fields":{"a":1},"data":[{"at":99},{"at":-1,"value":null},{"name":5}]}"#;
    check_data(wild, &["a=1", "=", "=", "="]);
}

#[test]
fn lone_surrogates_come_through() {
    let line = r#"{"id":8,"fields":{"StartFunction":"a\ud800"}}"#;
    read_bytes(line, &Options::default(), &mut |batch| {
        let event = batch.events().next().expect("an event");
        let Some(Value::Utf16(text)) = event.get(fields::START_FUNCTION) else {
            panic!("no UTF-16 in {event:?}")
        };
        assert_eq!(text.units().collect::<Vec<_>>(), [0x61, 0xd800]);
    });
}

#[test]
fn broken_lines_cost_themselves_only() {
    check_damage("{\"id\":8,", DamageCode::Malformed, "column 9: no key in quotes");
    check_damage("[1]", DamageCode::UnknownShape, "no JSON object with members");
    check_damage("{\"ü\":8}", DamageCode::UnknownShape, "an object of no known shape, with ü");
    check_damage("{\"ü\":x}", DamageCode::Malformed, "column 6: no JSON value");
    check_damage(
        "{\"event_id\":null,\"fields\":{}}",
        DamageCode::Malformed,
        "threadhunt: nothing of an event in it",
    );
    let nested = format!("{{\"id\":8,\"fields\":{}1{}}}", "[".repeat(1000), "]".repeat(1000));
    check_damage(&nested, DamageCode::Limit, "column 274: nested too deep");
    let tree = format!(
        "{{\"event_id\":8,\"user_data\":{}1{},\"source\":{{}}}}",
        "{\"a\":".repeat(70),
        "}".repeat(70)
    );
    check_damage(&tree, DamageCode::Limit, "threadhunt: elements are nested too deep");
}

#[test]
fn repeated_keys_lose_nothing() {
    for line in [
        r#"{"event_id":8,"provider":"p","fields":{"a":1},"source":{},"fields":{"a":2,"b":3}}"#,
        r#"{"id":8,"fields":{"a":1},"fields":{"a":2,"b":3}}"#,
        r#"{"event_id":8,"provider":"p","data":[{"name":"a","value":1,"value":2}],"data":[{"name":"b","value":3}]}"#,
    ] {
        check_data(line, &["a=1", "a=2", "b=3"]);
    }
    let line = r#"{"event_id":8,"provider":"p","user_data":{"a":"1"},"user_data":{"b":"2"}}"#;
    read_bytes(line, &Options::default(), &mut |batch| {
        assert_eq!(batch.records().next().expect("a record").view().tree().count(), 6);
    });
}

#[test]
fn of_two_values_the_first_is_kept_and_both_are_named() {
    let line = r#"{"id":8,"fields":{},"computer":"a","computer":"b","record_id":5,"record_id":"5","time":"2020-04-01T09:01:01Z","time":"x"}"#;
    read_bytes(line, &Options::default(), &mut |batch| {
        assert_eq!(batch.damages, []);
        let event = batch.events().next().expect("an event");
        assert_eq!((&*event.computer(), event.record_id()), ("a", Some(5)));
        assert_eq!(
            event.notes().collect::<Vec<_>>(),
            [
                "computer stands there twice: a is kept, b left out",
                "time stands there twice: 2020-04-01T09:01:01.0000000Z is kept, x left out"
            ]
        );
    });
}

#[test]
fn what_an_event_is_has_one_value() {
    for (line, reason) in [
        (r#"{"id":1,"id":8,"fields":{}}"#, "bare: two values of event_id: 1 and 8"),
        (r#"{"event_id":1,"event_id":8,"fields":{}}"#, "threadhunt: two values of event_id: 1 and 8"),
        (
            r#"{"event_id":8,"fields":{},"system":{"event_id":1}}"#,
            "threadhunt: two values of event_id: 8 and 1",
        ),
        (r#"{"id":8,"fields":{},"provider":"a","provider":"b"}"#, "bare: two values of provider: a and b"),
    ] {
        check_damage(line, DamageCode::Malformed, reason);
    }
    check_data(r#"{"id":8,"id":"8","fields":{"a":1}}"#, &["a=1"]);
}

#[test]
fn an_event_id_is_a_number() {
    for id in ["8", "\"8\"", "8.0", "8e0", "0.8E1", "\"0x8\"", "\"08\"", "\" 8 \""] {
        for line in [
            format!("{{\"id\":{id},\"fields\":{{}}}}"),
            format!("{{\"event_id\":{id},\"provider\":\"p\",\"fields\":{{}}}}"),
        ] {
            let (events, damages) = read(line.as_bytes());
            assert_eq!((events[0].2, damages), (8, vec![]), "{line}");
        }
    }
    for (id, shown) in [
        ("null", ""),
        ("true", ": true"),
        ("8.5", ": 8.5"),
        ("-8", ": -8"),
        ("65536", ": 65536"),
        ("\"8 9\"", ": 8 9"),
        ("[8]", ": [8]"),
    ] {
        let line = format!("{{\"id\":{id},\"fields\":{{}}}}");
        let reason = format!("bare: the event id is no number up to 65535{shown}");
        check_damage(&line, DamageCode::Malformed, &reason);
    }
}

#[test]
fn utf16_is_read_like_utf8() {
    let line = format!("{{\"id\":8,\"fields\":{{\"a\":\"é😀{}\"}}}}\r\n", "x".repeat(1000));
    let text = line.repeat(1000) + "{\"é\":x}\r\n";
    let len = 2 * line.encode_utf16().count() as u64;
    for (mark, unit) in [
        ("", u16::to_le_bytes as fn(u16) -> [u8; 2]),
        ("\u{feff}", u16::to_le_bytes),
        ("", u16::to_be_bytes),
        ("\u{feff}", u16::to_be_bytes),
    ] {
        let begin = 2 * mark.encode_utf16().count() as u64;
        let input: Vec<u8> = format!("{mark}{text}").encode_utf16().flat_map(unit).collect();
        let (mut places, mut damages) = (Vec::new(), Vec::new());
        read_bytes(&input, &Options::default(), &mut |batch| {
            places.extend(batch.events().map(|event| (event.place().offset, event.place().line)));
            damages.extend(batch.damages.iter().map(|damage| (damage.offset, damage.line)));
        });
        assert!(places.iter().copied().eq((0..1000).map(|at| (begin + at * len, Some(1 + at)))));
        assert_eq!(damages, [(Some(begin + 1000 * len + 10), Some(1001))]);
    }
}

#[test]
fn a_lone_surrogate_of_utf16_is_replaced_and_noted() {
    let units = EVENT.encode_utf16().map(|unit| if unit == u16::from(b'.') { 0xd800 } else { unit });
    let input: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
    read_bytes(&input, &Options::default(), &mut |batch| {
        let event = batch.events().next().expect("an event");
        assert_eq!(event.known(fields::SOURCE_IMAGE).as_deref(), Some("C:\\a\u{fffd}exe"));
        assert_eq!(event.notes().collect::<Vec<_>>(), ["lone surrogates replaced by U+FFFD"]);
    });
}

#[test]
fn a_line_without_end_is_a_limit() {
    let long = format!("{{\"id\":8,\"fields\":{{\"a\":\"{}\"}}}}", "x".repeat(3 * MAX_VALUE));
    check_damage(&long, DamageCode::Limit, "a value of more than 4 MiB");
}

#[test]
fn lines_and_offsets_count_across_blocks() {
    let line = format!("{{\"id\":8,\"fields\":{{\"a\":\"{}\"}}}}\r\n\r\n", "x".repeat(1000));
    let input = format!("\u{feff}\r\n{}", line.repeat(2000));
    let mut places = Vec::new();
    read_bytes(input.as_bytes(), &Options::default(), &mut |batch| {
        assert_eq!(batch.damages, []);
        places.extend(batch.events().map(|event| (event.place().offset, event.place().line)));
    });
    let expected = (0..2000).map(|index| (5 + index * line.len() as u64, Some(2 + 2 * index)));
    assert!(places.iter().copied().eq(expected), "{:?}", places.last());
}

#[test]
fn recognised_by_its_first_lines() {
    for (head, known) in [
        (EVENT, true),
        ("\u{feff}\n\n  {\"event_id\":8,\"system\":{\"level\"", true),
        ("{\"tag\":\"x\",\"id\":8,\"fields\":{\"a\"", true),
        ("broken\n{\"id\":8,\"fields\":{", true),
        ("{\"id\":8}", false),
        ("<Events>", false),
        ("", false),
    ] {
        assert_eq!(recognise(head.as_bytes()), known, "{head}");
    }
}

#[test]
fn bytes_that_are_no_utf8_are_replaced_and_noted() {
    read_bytes(b"{\"id\":8,\"fields\":{\"a\":\"x\xff\"}}", &Options::default(), &mut |batch| {
        let event = batch.events().next().expect("an event");
        assert_eq!(event.data().next().map(|(_, value)| value.to_string()).as_deref(), Some("x\u{fffd}"));
        assert_eq!(event.notes().collect::<Vec<_>>(), ["bytes that are not UTF-8 replaced by U+FFFD"]);
    });
}

#[test]
fn recovered_records_can_be_left_out() {
    let line = r#"{"event_id":8,"fields":{},"source":{"file":"x","recovered":true}}"#;
    for (recovered, expected) in [(true, (1, 1, 0)), (false, (0, 0, 1))] {
        read_bytes(line, &Options { recovered, ..Options::default() }, &mut |batch| {
            assert_eq!((batch.len(), batch.counts.recovered, batch.counts.left_out), expected);
        });
    }
}

/// Oddities of a text, as (code, sentence).
fn oddities(input: &str) -> Vec<(DamageCode, String)> {
    let mut found = Vec::new();
    read_bytes(input, &Options::default(), &mut |batch| {
        found.extend(batch.oddities.iter().map(|odd| (odd.code, odd.what.to_string())));
    });
    found
}

#[test]
fn a_word_is_no_number_and_a_long_number_is_one_that_64_bits_cannot_hold() {
    for (value, why) in [("abc", "no number"), ("99999999999999999999", "a number that 64 bits cannot hold")]
    {
        let line = format!(
            r#"{{"event_id":8,"provider":"Microsoft-Windows-Sysmon","fields":{{"SourceProcessId":"{value}"}},"source":{{}}}}"#
        );
        let expected = format!("SourceProcessId is {why}: {value}; kept as text");
        assert_eq!(oddities(&line), [(DamageCode::Number, expected)]);
    }
}

#[test]
fn escapes_of_nul_are_told_of_like_its_bytes() {
    let line = |value: &str| format!(r#"{{"id":8,"fields":{{"StartFunction":"{value}"}}}}"#);
    let input = [line("a"), line(r"a\u0000"), line(r"b\\u0000"), line(r"\\\u0000")].join("\n");
    let mut found = Vec::new();
    read_bytes(&input, &Options::default(), &mut |batch| {
        found.extend(batch.oddities.iter().map(|odd| (odd.code, odd.line, odd.records)));
    });
    assert_eq!(found, [(DamageCode::Nul, 2, 1), (DamageCode::Nul, 4, 1)]);
}

#[test]
fn record_separators_of_text_sequences_are_passed_over() {
    let (events, damages) = read(format!("\u{1e}{EVENT}\n\u{1e}{EVENT}\n").as_bytes());
    assert_eq!((events.len(), damages), (2, vec![]));
}

/// Event 8 with values and no names, as `pt_eventlog` and others write it.
fn positional(version: &str, values: &[&str]) -> String {
    let values: Vec<_> = values.iter().map(|value| format!("{value:?}")).collect();
    format!(
        r#"{{"Id":8,"ProviderName":"Microsoft-Windows-Sysmon",{version}"LogName":"x","Properties":[{}]}}"#,
        values.iter().map(|value| format!(r#"{{"Value":{value}}}"#)).collect::<Vec<_>>().join(",")
    )
}

#[test]
fn values_cut_short_are_not_taken_for_an_older_layout() {
    let guid = "{a98268c1-9586-5acd-0000-001070a20000}";
    let nine = ["-", "2020-01-01 00:00:00.000", guid, "604", "a", guid, "804", "b", "9"];
    let (events, damages) = read(positional("", &nine).as_bytes());
    assert_eq!((events.len(), damages.len()), (0, 1), "{damages:?}");
    let mut counted = nine;
    counted[0] = "7";
    let (events, damages) = read(positional("", &counted).as_bytes());
    assert_eq!((events.len(), damages), (1, vec![]));
    let (events, damages) = read(positional("\"Version\":2,", &counted).as_bytes());
    assert_eq!(events.len(), 0);
    assert!(
        damages[0].2.ends_with("9 values without names, but event 8 of version 2 has others"),
        "{damages:?}"
    );
}

/// Strict parsers read our lines, and we read in them what they were made from.
#[test]
fn lone_surrogates_are_kept_beside_a_line_that_every_parser_reads() {
    let line = "{\"event_id\":8,\"provider\":\"Microsoft-Windows-Sysmon\",\"fields\":{\"SourceImage\":\"\u{fffd}a\",\"StartFunction\":\"b\\udc00\\ud800\"},\"source\":{}}";
    let format = crate::sink::format("jsonl", &[]).expect("a format of the table");
    let write = |input: &[u8]| {
        let mut out = Vec::new();
        read_bytes(input, &Options::default(), &mut |batch| {
            assert_eq!(batch.damages, []);
            batch.records().for_each(|record| format.record(record, &mut out));
        });
        out
    };
    let out = write(line.as_bytes());
    let json: serde_json::Value = serde_json::from_slice(&out).expect("JSON for strict parsers");
    assert_eq!(json["fields"]["StartFunction"], "b\u{fffd}\u{fffd}");
    assert_eq!(json["surrogates"], serde_json::json!(["fffd", "dc00", "d800"]));
    let again = write(&out);
    assert_eq!(String::from_utf8(again).unwrap(), String::from_utf8(out).unwrap());
    let (events, _) = read(line.as_bytes());
    let mut units = Vec::new();
    read_bytes(write(line.as_bytes()), &Options::default(), &mut |batch| {
        let event = batch.events().next().expect("an event");
        if let Some(Value::Utf16(text)) = event.get(fields::START_FUNCTION) {
            units.extend(text.units());
        }
        assert!(event.get(fields::SOURCE_IMAGE).expect("a value").is("\u{fffd}a"));
    });
    assert_eq!((events.len(), units), (1, vec![0x62, 0xdc00, 0xd800]));
}

/// An event as XML, at a second of the minute.
fn as_xml(second: u8) -> String {
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>5</EventID></System><EventData><Data Name='UtcTime'>2022-10-27 13:59:{second:02}.427</Data><Data Name='ProcessGuid'>{{3381F800-8EB0-635A-1306-000000008A02}}</Data></EventData></Event>"
    )
}

/// The same as a message.
fn as_message(second: u8) -> String {
    format!(
        "Process terminated:\r\nRuleName: -\r\nUtcTime: 2022-10-27 13:59:{second:02}.427\r\nProcessGuid: {{3381f800-8eb0-635a-1306-000000008a02}}\r\nProcessId: 4\r\nImage: C:\\a.exe\r\nUser: x"
    )
}

#[test]
fn another_event_in_one_document_is_not_lost_without_a_word() {
    let object = |second: u8| serde_json::json!({"UtcTime": format!("2022-10-27 13:59:{second:02}.427"), "ProcessGuid": "{3381f800-8eb0-635a-1306-000000008a02}"});
    for second in [12, 13] {
        for document in [
            serde_json::json!({"first": as_xml(12), "second": as_message(second)}),
            serde_json::json!({"first": as_xml(12), "second": object(second)}),
            serde_json::json!({"first": as_message(12), "second": as_message(second)}),
            serde_json::json!({"first": as_message(12), "second": {"deep": object(second)}}),
        ] {
            let (events, damages) = read(format!("{document}\n").as_bytes());
            let damages: Vec<_> = damages.into_iter().map(|(code, _, reason)| (code, reason)).collect();
            let lost = "another event, of 13:59:13.427, beside the one that is read".to_owned();
            let expected = if second == 12 { vec![] } else { vec![(DamageCode::UnknownShape, lost)] };
            assert_eq!((events.len(), damages), (1, expected), "{document}");
        }
    }
}

/// Braces of XML and of messages are no brackets of JSON.
#[test]
fn xml_and_messages_behind_an_array_are_read() {
    let array = format!("[{EVENT},{EVENT}]");
    for (text, count) in [
        (as_xml(1), 3),
        (format!("{}\n{}", as_xml(1), as_xml(2)), 4),
        (as_xml(1).replace("><", ">\n<"), 3),
        (as_message(1), 3),
    ] {
        let (events, damages) = read(format!("{array}\n{text}\n").as_bytes());
        assert_eq!((events.len(), damages), (count, vec![]), "{text}");
        assert!(events[2].3.contains(&"ProcessGuid={3381f800-8eb0-635a-1306-000000008a02}".to_owned()));
    }
    let many: String = (0..20_000).map(|at| as_xml((at % 60) as u8) + "\n").collect();
    let (events, damages) = read(format!("{array}\n{many}").as_bytes());
    assert_eq!((events.len(), damages), (20_002, vec![]));
}

/// Each list takes little out of the buffer: to open them one by one would let it grow.
#[test]
fn lists_in_lists_do_not_fill_the_memory() {
    let list = "{\"hits\":[";
    let input = list.repeat((16 << 20) / list.len());
    let mut largest = 0;
    split::split(&mut input.as_bytes(), &mut |block| {
        largest = largest.max(block.bytes.len());
        std::ops::ControlFlow::Continue(())
    })
    .expect("memory can be read");
    assert!((1 << 20..=5 << 20).contains(&largest), "{largest}");
}
