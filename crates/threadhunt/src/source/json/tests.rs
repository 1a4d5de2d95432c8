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
    check_data(r#"{"event_id":1,"fields":{"a":"1","b":"2"},"data":["x"]}"#, &["a=1", "b=2", "=x"]);
    check_data(
        r#"{"event_id":1,"fields":{"a":"1","b":"2"},"data":[{"at":0,"value":"x"},{"at":2,"name":"a","value":3},"y"]}"#,
        &["=x", "a=1", "a=3", "b=2", "=y"],
    );
    let wild = r#"{"event_id":1,"fields":{"a":1},"data":[{"at":99},{"at":-1,"value":null},{"name":5}]}"#;
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
    check_damage("[1]", DamageCode::Malformed, "no JSON object");
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
        r#"{"event_id":8,"fields":{"a":1},"source":{},"fields":{"a":2,"b":3}}"#,
        r#"{"id":8,"fields":{"a":1},"fields":{"a":2,"b":3}}"#,
        r#"{"event_id":8,"data":[{"name":"a","value":1,"value":2}],"data":[{"name":"b","value":3}]}"#,
    ] {
        check_data(line, &["a=1", "a=2", "b=3"]);
    }
    let line = r#"{"event_id":8,"user_data":{"a":"1"},"user_data":{"b":"2"}}"#;
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
        for line in
            [format!("{{\"id\":{id},\"fields\":{{}}}}"), format!("{{\"event_id\":{id},\"fields\":{{}}}}")]
        {
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
