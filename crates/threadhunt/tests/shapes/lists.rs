//! Lists of records: of any size, cut anywhere, with broken records in them. Each record costs itself alone.

use std::time::{Duration, Instant};

use crate::read;

/// Bytes of a record's longest value.
const PAD: usize = 12_000;

/// A record of a flat shape with a GUID in braces, as all have.
fn record(number: usize) -> String {
    let pad = "x".repeat(PAD);
    format!(
        r#"{{"EventTime":"2024-03-14 09:26:53","Hostname":"h","SourceModuleName":"in","SourceModuleType":"im_msvistalog","EventID":8,"SourceName":"Microsoft-Windows-Sysmon","SourceProcessGuid":"{{a98268c1-9586-5acd-0000-001070a20000}}","SourceImage":"C:\\{pad}.exe","NewThreadId":{number}}}"#
    )
}

/// The same with a quote in a value that nobody escaped.
fn broken(number: usize) -> String {
    record(number).replace(".exe", "\".exe")
}

/// The beginning and the end of a list.
const LISTS: [[&str; 2]; 6] = [
    ["[", "]"],
    ["[\n", "\n]\n"],
    [r#"{"took":1,"hits":{"total":1,"hits":["#, r#"]},"timed_out":false}"#],
    ["{\"hits\": {\n \"hits\": [\n", "\n ]\n}}\n"],
    [r#"{"@odata.context":"x","value":["#, "]}"],
    [r#"{"preview":false,"results":["#, "]}\n"],
];

#[track_caller]
fn check(input: &str, numbers: impl IntoIterator<Item = usize>, damages: &[&str]) {
    let seen = read(input.as_bytes());
    let read: Vec<usize> =
        seen.events.iter().map(|event| event.canonical("NewThreadId").parse().unwrap()).collect();
    let shown: String = input.chars().take(80).collect();
    let expected: Vec<usize> = numbers.into_iter().collect();
    let first = read.iter().zip(&expected).position(|(read, expected)| read != expected);
    assert_eq!(
        (read.len(), first),
        (expected.len(), None),
        "{shown} ({} bytes): {:?}",
        input.len(),
        seen.damages
    );
    let fits = |(found, expected): (&String, &&str)| found.contains(*expected);
    assert!(
        seen.damages.len() == damages.len() && seen.damages.iter().zip(damages).all(fits),
        "{shown} ({} bytes): {:?}",
        input.len(),
        seen.damages
    );
}

fn list([begin, end]: [&str; 2], separator: &str, records: impl Iterator<Item = String>) -> String {
    [begin, &records.collect::<Vec<_>>().join(separator), end].concat()
}

/// Lists with what stands between their records, and with sizes: small ones, and for some kinds those about
/// which a document is no longer read as a whole.
fn each_kind(check: impl Fn([&str; 2], &str, usize)) {
    for ends in LISTS {
        for separator in [",", ",\n", ", "] {
            check(ends, separator, 3);
        }
    }
    for size in [335, 350, 450] {
        check(LISTS[0], ",", size);
        check(LISTS[1], ",\n", size);
        check(LISTS[2], ",", size);
    }
}

#[test]
fn lists_of_any_size_are_whole() {
    each_kind(|ends, separator, count| {
        check(&list(ends, separator, (0..count).map(record)), 0..count, &[]);
    });
}

/// A list of more values than one document may have.
#[test]
fn small_records_are_as_good_as_large_ones() {
    let small = |number: usize| record(number).replace(&"x".repeat(PAD), "x");
    for ends in LISTS {
        let count = (1 << 17) / 8;
        check(&list(ends, ",", (0..count).map(small)), 0..count, &[]);
    }
}

#[test]
fn a_broken_record_costs_itself() {
    each_kind(|ends, separator, count| {
        for bad in [0, count / 2, count - 1] {
            let records = (0..count).map(|at| if at == bad { broken(at) } else { record(at) });
            let input = list(ends, separator, records);
            check(&input, (0..count).filter(|at| *at != bad), &["neither comma nor brace after a member"]);
        }
    });
    // A quote or a bracket that is missing.
    for (from, to) in [(".exe\"", ".exe"), (":20}", ":20"), ("\"NewThreadId\":", "\"a\":[1,\"NewThreadId\":")]
    {
        for ends in LISTS {
            let records = (0..50).map(|at| if at == 20 { record(at).replace(from, to) } else { record(at) });
            let seen = read(list(ends, ",", records).as_bytes());
            assert_eq!(
                (seen.events.len(), seen.damages.len()),
                (49, 1),
                "{from} {ends:?} {:?}",
                seen.damages
            );
        }
    }
}

#[test]
fn a_list_that_is_cut_has_what_came_before() {
    each_kind(|[begin, _], separator, count| {
        let input = list([begin, ""], separator, (0..count).map(record));
        let last = ["the line ends"];
        check(&input[..input.len() - 100], 0..count - 1, &last);
        let told = ["truncated the JSON is cut off: its list of records has no end"];
        check(&input, 0..count, &told);
        check(&format!("{input}{separator}"), 0..count, &told);
    });
}

/// A list on one line is cut into blocks, and a column is still one of that line.
#[test]
fn a_column_is_one_of_the_line() {
    let count = 450;
    let records = (0..count).map(|at| if at == 400 { broken(at) } else { record(at) });
    let input = list(LISTS[0], ",", records);
    let column = input.find("\".exe").unwrap() + 2;
    check(
        &input,
        (0..count).filter(|at| *at != 400),
        &[&format!("malformed column {column}: neither comma")],
    );
}

/// Text that holds brackets, records of several lists, and what stands beside a list, cut nothing off.
#[test]
fn what_is_whole_is_not_told_of_as_cut() {
    let one = record(1);
    for input in [
        format!("{one}\n{one}\n"),
        format!("[{one}]\n[{one}]\n"),
        format!("[\n{one}\n]\n{one}\n{one}\n"),
        format!("{{\"value\":[{one}]}}\n{one}\n"),
        format!("{{\"value\":[\n{one},\n{one}\n]}}\n{one}\n"),
        format!("[2024-03-14 09:26:53] agent: {one}\n[2024-03-14 09:26:53] agent: {one}\n"),
    ] {
        let seen = read(input.as_bytes());
        assert_eq!(
            (seen.events.len(), seen.damages),
            (input.matches("NewThreadId").count(), vec![]),
            "{input:.60}"
        );
    }
    // The first record's list does not close that of all.
    let listed = record(1).replace("\"NewThreadId\"", "\"Keywords\":[\n],\"NewThreadId\"");
    check(&format!("[\n{listed},\n{one}"), [1, 1], &["truncated"]);
}

#[test]
fn what_stands_beside_a_list_costs_no_record() {
    let one = record(1);
    let seen = read(
        format!(
            r#"{{"hits":{{"hits":[{{"_source":{one}}},{{"_source":{one}}}]}},"aggregations":{{"x":tru}}}}"#
        )
        .as_bytes(),
    );
    assert_eq!((seen.events.len(), seen.damages.len()), (2, 1), "{:?}", seen.damages);
    // Whatever the size of the answer.
    for count in [2, 400] {
        let records = (0..count).map(record).collect::<Vec<_>>().join(",");
        let codes = vec!["17"; 3000].join(", ");
        let beside = format!(
            r#""status":"ok","n":2,"fields":["a","b"],"codes":[{codes}],"@odata.nextLink":"https://x""#
        );
        check(&format!(r#"{{"value":[{records}],{beside}}}"#), 0..count, &[]);
        check(&format!(r#"{{{beside},"value":[{records}]}}"#), 0..count, &[]);
    }
    check(&format!("[{one},5,null,{one}]"), [1, 1], &["no JSON object with members", "no JSON object"]);
}

/// What an export begins with is chance.
#[test]
fn records_behind_many_of_no_known_shape_are_read() {
    let others = |separator: &str| vec![r#"{"took":1,"level":"info","of":"another"}"#; 400].join(separator);
    for (begin, separator, end) in [("", "\n", "\n"), ("[", ",", "]"), ("[\n", ",\n", "\n]\n")] {
        let input = format!("{begin}{}{separator}{}{end}", others(separator), record(7));
        let seen = read(input.as_bytes());
        assert_eq!((seen.events.len(), seen.damages.len()), (1, 400), "{begin}{separator}");
    }
    assert_eq!(read(others("\n").as_bytes()).damages.len(), 1, "no log");
}

/// Lists of nothing but broken elements, and of lists in lists, take time by their length.
#[test]
fn broken_elements_take_time_by_their_number() {
    let time = |input: &str| {
        let start = Instant::now();
        assert!(!read(input.as_bytes()).damages.is_empty());
        start.elapsed().max(Duration::from_millis(20))
    };
    let quarter = 60_000;
    let one = record(1);
    let (texts, beside) =
        (format!("{one}\n{{\"a\":["), format!("{{\"value\":[{}],\"x\":[", vec![&*one; 350].join(",")));
    for (begin, element, end) in [
        (r#"{"hits":{"hits":["#, r#"{"_id":1 "b":2},"#, ""),
        ("[", r#"{"a":"x},"#, ""),
        ("[", r#"{"a":1 "b":2},"#, ""),
        ("{}\n", r#"[{"hits":"#, ""),
        ("", r#"{"hits":["#, ""),
        (&texts, r#""<Event><System>1","#, "0]}"),
        (&beside, r#""a","#, "\"a\"],!}"),
    ] {
        let input = |len: usize| [begin, &element.repeat(len / element.len()), end].concat();
        let (short, long) = (time(&input(quarter)), time(&input(4 * quarter)));
        // Quadratic would be sixteen times; the first may be on a quiet moment of the machine.
        assert!(long < 10 * short, "{element}: {short:?}, {long:?}");
    }
}

#[test]
fn lines_pushed_to_loki_are_read() {
    let lines: Vec<_> =
        (1..4).map(|number| serde_json::json!([number.to_string(), record(number)])).collect();
    let stream = serde_json::json!({"stream": {"job": "windows"}, "values": lines});
    let input =
        serde_json::json!({"streams": [stream, {"stream": {"job": "x"}, "values": [["1", record(4)]]}]});
    let seen = read(input.to_string().as_bytes());
    assert_eq!((seen.events.len(), seen.damages), (4, vec![]));
}
