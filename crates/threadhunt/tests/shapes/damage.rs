//! Bad input: each kind is told of with its line, and all else is read.

use std::time::{Duration, Instant};

use threadhunt::event::Oddities;
use threadhunt::source::{Options, read_bytes};

use crate::read;

const GOOD: &str = r##"{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}},"EventID":8,"EventRecordID":1},"EventData":{"NewThreadId":3}}}"##;

/// Damages as (line, code and reason); two good records stand around the bad one.
#[track_caller]
fn check(bad: &[u8], expected: &[(u64, &str)]) {
    check_events(bad, 2, expected);
}

#[track_caller]
fn check_events(bad: &[u8], events: usize, expected: &[(u64, &str)]) {
    let input = [GOOD.as_bytes(), b"\n", bad, b"\n", GOOD.as_bytes(), b"\n"].concat();
    let (mut count, mut damages) = (0, Vec::new());
    read_bytes(input, &Options::default(), &mut |batch| {
        count += batch.events().count();
        damages.extend(
            batch.damages.iter().map(|d| (d.line.unwrap_or(0), format!("{}: {}", d.code.name(), d.reason))),
        );
    });
    let expected: Vec<_> = expected.iter().map(|(line, reason)| (*line, (*reason).to_owned())).collect();
    assert_eq!(
        (count, damages),
        (events, expected),
        "{}",
        String::from_utf8_lossy(&bad[..bad.len().min(200)])
    );
}

/// The keys by which a shape is recognised may be all that damage left of it.
#[test]
fn a_record_of_which_nothing_is_known_is_none() {
    for bad in
        [r#"{"Event":{"System":{"Provi":"?"}}}"#, r#"{"Event":{"System":{"Provi":"?"},"EventData":{}}}"#]
    {
        check(bad.as_bytes(), &[(2, "malformed: golang-evtx: nothing says which event it is")]);
    }
}

/// Wherever the beginning of a line went, as in the last bytes of a file that was rotated.
#[test]
fn a_line_without_its_beginning_is_a_loss() {
    let line = crate::ours::record("nxlog");
    let line = line.trim_end();
    let whole = line.len() - 1;
    for at in (1..whole).step_by(3).filter(|at| line.is_char_boundary(*at)) {
        for input in
            [format!("{line}\n{}\n{line}\n", &line[at..]), format!("{line}\nx{}\n{line}\n", &line[at..])]
        {
            let seen = read(input.as_bytes());
            assert_eq!(seen.events.len(), 2, "{}", &line[at..]);
            assert!(!seen.damages.is_empty(), "{}", &line[at..]);
        }
    }
}

#[test]
fn a_last_line_that_is_cut_off() {
    let text = format!("{GOOD}\n{}", &GOOD[..100]);
    let seen = read(text.as_bytes());
    assert_eq!((seen.events.len(), seen.damages.len()), (1, 1));
    assert!(seen.damages[0].starts_with("malformed column 101: "), "{:?}", seen.damages);
    check(&GOOD.as_bytes()[..100], &[(2, "malformed: column 101: the line ends within a string")]);
    check(
        &GOOD.as_bytes()[..GOOD.len() - 1],
        &[(2, &format!("malformed: column {}: neither comma nor brace after a member", GOOD.len()))],
    );
}

#[test]
fn a_line_of_fifty_megabytes() {
    let long = GOOD.replace("Microsoft", &"x".repeat(50 << 20));
    check(long.as_bytes(), &[(2, "limit: a value of more than 4 MiB")]);
}

#[test]
fn bytes_that_are_no_utf8() {
    let bad = GOOD.as_bytes().to_vec();
    let at = GOOD.find("Microsoft").unwrap();
    let bad = [&bad[..at], &[0xff, 0xc3], &bad[at..]].concat();
    // The name is not Sysmon's any more; the record is there, with a remark, and told of; so are the others.
    let lost = |name| {
        format!(
            "record: evtx_dump: the provider {name} is none of Sysmon's, and nothing else says whose event it is"
        )
    };
    check_events(&bad, 2, &[(2, &lost("\u{fffd}\u{fffd}Microsoft-Windows-Sysmon"))]);
    let seen = read(&[GOOD.as_bytes(), b"\n", &bad].concat());
    assert_eq!(seen.events[1].notes, ["bytes that are not UTF-8 replaced by U+FFFD"]);
    assert!(seen.events[0].notes.is_empty());
}

#[test]
fn nul_bytes() {
    check(&[0; 4096], &[(2, "malformed: 4096 NUL bytes where a record should be")]);
    let within = GOOD.replace("Microsoft", "Micro\0soft");
    let name = "Micro\0soft-Windows-Sysmon";
    let lost = format!(
        "record: evtx_dump: the provider {name} is none of Sysmon's, and nothing else says whose event it is"
    );
    check_events(within.as_bytes(), 2, &[(2, &lost)]);
}

#[test]
fn nesting_ten_thousand_deep() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{{\"Event\":{}1{}}}", open.repeat(10_000), close.repeat(10_000));
        let input = format!("{GOOD}\n{deep}\n{GOOD}");
        let seen = read(input.as_bytes());
        assert_eq!((seen.events.len(), seen.damages.len()), (2, 1), "{:?}", seen.damages);
        assert!(
            seen.damages[0].starts_with("limit column ") && seen.damages[0].ends_with(": nested too deep")
        );
    }
}

#[test]
fn numbers_beyond_64_bits() {
    let id = GOOD.replace("\"EventID\":8", "\"EventID\":99999999999999999999");
    let reason = "malformed: evtx_dump: the event id is no number up to 65535: 99999999999999999999";
    check(id.as_bytes(), &[(2, reason)]);
    let field = GOOD.replace("\"NewThreadId\":3", "\"NewThreadId\":99999999999999999999,\"x\":1e999");
    let seen = read(field.as_bytes());
    assert_eq!(seen.events[0].data[0].1, "99999999999999999999", "as it was written");
    assert_eq!(seen.events[0].data[1].1, "1e999");
}

#[test]
fn dates_that_do_not_exist() {
    let line = GOOD.replace(
        "\"EventID\":8",
        r##""EventID":8,"TimeCreated":{"#attributes":{"SystemTime":"2024-02-30T00:00:00Z"}}"##,
    );
    let seen = read(line.as_bytes());
    assert_eq!(seen.events[0].notes, ["time 2024-02-30T00:00:00Z left out: there is no such time"]);
    assert_eq!(seen.events[0].system.get("time"), None);
}

#[test]
fn repeated_keys() {
    let two = GOOD.replace("\"EventID\":8", "\"EventID\":8,\"EventID\":1");
    check(two.as_bytes(), &[(2, "malformed: evtx_dump: two values of event_id: 8 and 1")]);
    let same = GOOD.replace("\"EventID\":8", "\"EventID\":8,\"EventID\":8");
    check_events(same.as_bytes(), 3, &[]);
    let data = GOOD.replace("\"NewThreadId\":3", "\"NewThreadId\":3,\"NewThreadId\":4");
    let seen = read(data.as_bytes());
    assert_eq!(seen.events[0].data.iter().map(|(_, value)| &value[..]).collect::<Vec<_>>(), ["3", "4"]);
}

#[test]
fn what_has_no_known_shape_is_told_of_with_what_was_expected() {
    let bad = r#"{"EventID":8,"ProviderName":"x","y":1}
{"z":1}"#;
    let first = "unknown-shape: an object of no known shape, with EventID, ProviderName, y; fluent-bit would have StringInserts too";
    check(bad.as_bytes(), &[(2, first), (3, "unknown-shape: of no known shape")]);
}

#[test]
fn broken_records_cost_themselves_only_in_every_layout() {
    let bad = r#"{"Event":{"x":tru}}"#;
    for text in [
        format!("[{GOOD},{bad},{GOOD}]"),
        format!("[\n{GOOD},\n{bad},\n{GOOD}\n]"),
        format!("{GOOD}{bad}{GOOD}"),
        format!("[\n  {GOOD},\n  {{\n    \"Event\": tru\n  }},\n  {GOOD}\n]"),
        format!("{{\n \"a\": [\n  {{\n   \"b\": tru\n  }}\n ]\n}}\n{GOOD}\n{GOOD}"),
    ] {
        let seen = read(text.as_bytes());
        assert_eq!((seen.events.len(), seen.damages.len()), (2, 1), "{:?} {text}", seen.damages);
    }
}

#[test]
fn xml_within_that_is_broken_is_told_of() {
    let event =
        "<Event><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>8</EventID></System><EventData>";
    let line = format!(r#"{{"sourcetype":"XmlWinEventLog","event":"{event}"}}"#);
    check(line.as_bytes(), &[(2, "truncated: the event is cut short: its end tag is missing")]);
    let line = r#"{"sourcetype":"XmlWinEventLog","event":"<Events/>"}"#;
    check(line.as_bytes(), &[(2, "malformed: splunk-hec: event holds no event as XML")]);
}

/// Inputs that a careless reader would go through again and again.
#[test]
fn hostile_inputs_take_bounded_time() {
    let size = 1 << 18;
    for (what, unit, head) in [
        ("braces on lines", "{\n", GOOD),
        ("objects begun on lines", "{\"a\":[\n", GOOD),
        ("objects begun", "{\"a\":", GOOD),
        ("objects begun and broken", "{x", GOOD),
        ("strings begun on lines", "{\"a\":\"b\n", GOOD),
        ("broken objects", "{x}", GOOD),
        ("brackets", "[", GOOD),
        ("closing braces", "}", GOOD),
        ("quotes", "\"", GOOD),
        ("words", "x ", GOOD),
        ("titles", "Record 1\n", GOOD),
        ("empty objects", "{}", GOOD),
        ("envelopes", "{\"_source\":", GOOD),
        ("answers", "{\"hits\":[{", GOOD),
    ] {
        let input = format!("{head}\n{}", unit.repeat(size / unit.len()));
        let started = Instant::now();
        let seen = read(input.as_bytes());
        assert_eq!(seen.events.len(), 1, "{what}");
        assert!(started.elapsed() < Duration::from_secs(60), "{what}: {:?}", started.elapsed());
    }
}

#[test]
fn thousands_of_fields_cost_the_rest_of_them_only() {
    let fields: String = (0..5000).map(|at| format!(",\"k{at}\":1")).collect();
    let wide = GOOD.replace("\"NewThreadId\":3", &format!("\"NewThreadId\":3{fields}"));
    check_events(
        wide.as_bytes(),
        3,
        &[(2, "limit: a record of 5001 fields, of which the first 4096 were read")],
    );
}

#[test]
fn what_is_odd_is_counted_once_a_record() {
    let odd = GOOD
        .replace("\"NewThreadId\":3", r#""NewThreadId":"x","UtcTime":"2020-02-30 00:00:00","NewThreadId":4"#);
    let input = [GOOD, &odd, &odd, GOOD, &odd].join("\n");
    let mut all = Oddities::default();
    read_bytes(input, &Options::default(), &mut |batch| all.merge(&batch.oddities));
    let mut seen: Vec<_> =
        all.iter().map(|odd| (odd.code.name(), odd.field, odd.line, odd.records)).collect();
    seen.sort_unstable();
    assert_eq!(seen, [("date", "UtcTime", 2, 3), ("number", "NewThreadId", 2, 3), ("repeated", "", 2, 3)]);
}

#[test]
fn bytes_that_are_no_text_are_told_of_whatever_the_record_is() {
    use threadhunt::event::{Projection, Want};
    let options = Options { projection: Projection::nothing().with([8], Want::All), ..Options::default() };
    let other = GOOD.replace("\"EventID\":8", "\"EventID\":10");
    for (bytes, code) in [(&b"\xff"[..], "encoding"), (b"\0", "nul")] {
        let at = other.find("soft").unwrap();
        let odd = [&other.as_bytes()[..at], bytes, &other.as_bytes()[at..]].concat();
        let input = [other.as_bytes(), b"\n", other.as_bytes(), b"\n", &odd, b"\n", GOOD.as_bytes()].concat();
        let (mut events, mut told) = (0, Vec::new());
        read_bytes(input, &options, &mut |batch| {
            events += batch.events().count();
            told.extend(batch.oddities.iter().map(|odd| (odd.code.name(), odd.line, odd.records)));
        });
        assert_eq!((events, told), (1, vec![(code, 3, 1)]));
    }
}
