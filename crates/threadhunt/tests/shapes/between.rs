//! What stands between records takes none of them along, however much it is; several in one text are several.

use std::time::{Duration, Instant};

use crate::ours::record as our_record;
use crate::read;

/// More than a value may have.
const FAR: usize = 6 << 20;

fn json(number: usize) -> String {
    format!(
        r#"{{"EventTime":"2024-03-14 09:26:53","Hostname":"h","SourceModuleName":"in","SourceModuleType":"im_msvistalog","EventID":8,"SourceName":"Microsoft-Windows-Sysmon","SourceImage":"C:\\a.exe","NewThreadId":{number}}}"#
    )
}

fn xml(number: usize) -> String {
    format!(
        "<Event><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>8</EventID></System><EventData>\
         <Data Name='SourceImage'>C:\\a.exe</Data><Data Name='NewThreadId'>{number}</Data></EventData></Event>"
    )
}

fn message(number: usize) -> String {
    format!(
        "CreateRemoteThread detected:\nUtcTime: 2024-03-14 09:26:53.589\n\
         SourceProcessGuid: {{a98268c1-9586-5acd-0000-001070a20000}}\nNewThreadId: {number}\nStartModule: -\n\n"
    )
}

/// The thread ids of all events, and what was said.
fn numbers(input: &str) -> (Vec<String>, Vec<String>) {
    let seen = read(input.as_bytes());
    (seen.events.iter().map(|event| event.canonical("NewThreadId").to_owned()).collect(), seen.damages)
}

#[test]
fn words_and_blank_lines_of_any_length_lose_nothing() {
    let line = format!("2024-03-14 09:26:53 INFO {} done\n", "x".repeat(400));
    let syslog = |number| format!("<14>Mar 14 09:26:53 web01 nxlog: {}\n", json(number));
    let forms: [&dyn Fn(usize) -> String; 6] = [
        &|number| json(number) + "\n",
        &|number| format!(" {}\n", json(number)),
        &|number| format!("INFO got {}\n", json(number)),
        &|number| xml(number) + "\n",
        &syslog,
        &message,
    ];
    for (filler, losses) in [(line.repeat(FAR / line.len()), FAR / line.len()), ("\n".repeat(FAR), 0)] {
        for (at, form) in forms.iter().enumerate() {
            let records: String = (2..5).map(form).collect();
            let (found, damages) = numbers(&format!("{}\n{filler}{records}", json(1)));
            assert_eq!(
                (found, damages.len()),
                (["1", "2", "3", "4"].map(str::to_owned).to_vec(), losses),
                "{at}"
            );
        }
    }
}

#[test]
fn a_line_that_is_too_long_costs_itself() {
    let line = "word ".repeat(FAR / 5);
    let (found, damages) = numbers(&format!("{}\n{line}\n{}\n{}\n", json(1), json(2), json(3)));
    assert_eq!(found, ["1", "2", "3"]);
    assert_eq!(damages.len(), 1, "{damages:?}");
}

#[test]
fn words_behind_json_take_time_by_their_number() {
    let time = |input: &str| {
        let start = Instant::now();
        read(input.as_bytes());
        start.elapsed().max(Duration::from_millis(20))
    };
    for line in ["word\n", "LogName=x\n", "<Event>\n", "CreateRemoteThread detected:\n"] {
        let input = |len: usize| format!("{}\n{}", json(1), line.repeat(len / line.len()));
        let (short, long) = (time(&input(60_000)), time(&input(240_000)));
        // Quadratic would be sixteen times; the first may be on a quiet moment of the machine.
        assert!(long < 10 * short, "{line}: {short:?}, {long:?}");
    }
}

#[test]
fn several_records_in_one_text_are_several() {
    let [one, other] = [json(1), json(2)];
    let winlogbeat = our_record("winlogbeat-8");
    let pretty = |text: &str| text.replacen("{\"", "{\n  \"", 1).replace(",\"", ",\n  \"");
    for text in [
        format!("{one}{other}"),
        format!("{one}\n{other}\n"),
        format!("[{one},{other}]"),
        format!("{}\n{}", pretty(&one), pretty(&other)),
        format!("{one}\n{}", xml(2)),
        format!("{}\n{other}", xml(1)),
        format!("{}{}", xml(1), xml(2)),
    ] {
        for wrapped in [
            serde_json::json!({"result": {"_raw": text, "sourcetype": "x"}}),
            serde_json::json!({"message": text}),
            serde_json::json!({"event": text, "host": "h", "sourcetype": "x"}),
            serde_json::json!({"__REALTIME_TIMESTAMP": "1710408413589000", "_HOSTNAME": "h", "MESSAGE": text}),
            serde_json::json!([text]),
        ] {
            let (found, damages) = numbers(&wrapped.to_string());
            assert_eq!((found, damages), (vec!["1".into(), "2".into()], vec![]), "{wrapped}");
        }
        if text.contains('<') && text.contains('{') {
            continue;
        }
        let line = format!("<14>Mar 14 09:26:53 web01 nxlog: {}\n", text.replace('\n', " "));
        assert_eq!(numbers(&line), (vec!["1".into(), "2".into()], vec![]), "{line}");
    }
    let (found, damages) =
        numbers(&serde_json::json!({"message": format!("{winlogbeat}{{\"a\":")}).to_string());
    assert_eq!((found.len(), damages.len()), (1, 1), "{damages:?}");
}

/// Words between several records in one text, and a message behind them, which is told of.
#[test]
fn words_in_a_text_end_nothing() {
    let [one, other] = [json(1), json(2)];
    for text in [
        format!("{one}\nAug 22 10:00:00 host x: {other}"),
        format!("{one}\nfoo {other}"),
        format!("{one}; {other}"),
        format!("{}\nfoo {other}", xml(1)),
        format!("{},{other}", xml(1)),
    ] {
        let (found, damages) = numbers(&serde_json::json!({"log": text}).to_string());
        assert_eq!((found, damages), (vec!["1".into(), "2".into()], vec![]), "{text}");
    }
    let line = format!("Aug 22 10:00:00 host x: foo {one} bar {other}\n");
    assert_eq!(numbers(&line), (vec!["1".into(), "2".into()], vec![]));
    let (found, damages) = numbers(&serde_json::json!({"log": format!("{one}\n{}", message(2))}).to_string());
    assert_eq!((found.len(), damages.len()), (1, 1), "{damages:?}");
}

/// A container's log has a head on each line of an event on several.
#[test]
fn lines_with_heads_of_their_own_are_told_of() {
    for text in [message(1), json(1).replacen("{\"", "{\n  \"", 1).replace(",\"", ",\n  \"")] {
        for head in ["2026-08-22T10:00:01.123456789Z stdout F ", "2026-08-22T10:00:01.123456789Z "] {
            let lines: String = text.lines().map(|line| format!("{head}{line}\n")).collect();
            let (found, damages) = numbers(&format!("{}\n{lines}", json(2)));
            assert_eq!(found, ["2"], "{head}");
            assert!(damages.iter().any(|damage| damage.contains("on several lines")), "{head}: {damages:?}");
        }
    }
}
