//! Values that cannot be what they should: the record is read, and each kind told of once an input,
//! with the place of the first and the number of records.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use super::{Folder, log, remote_thread, run};

const UTC_TIME: &str = "2020-10-17 11:00:01.000";
const NO_DATE: &str = "2020-13-45 99:99:99";
const NO_NUMBER: &str = "99999999999999999999999";

/// A kind of log: its name, and an event 8 in it with this time and this process id on lines of its own.
type Kind = (&'static str, fn(&str, &str) -> String);

/// Every family of readers that lines can be written for by hand.
const KINDS: &[Kind] = &[
    ("json", |time, id| {
        format!(
            r#"{{"@timestamp":"2020-10-17T11:00:01.000Z","winlog":{{"provider_name":"Microsoft-Windows-Sysmon","event_id":"8","event_data":{{"UtcTime":"{time}","SourceProcessId":"{id}"}}}}}}"#
        )
    }),
    ("xml", |time, id| {
        format!(
            "<Event><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>8</EventID></System><EventData>\
             <Data Name='UtcTime'>{time}</Data><Data Name='SourceProcessId'>{id}</Data></EventData></Event>"
        )
    }),
    ("syslog", |time, id| {
        format!(
            "<13>Oct 17 11:00:01 ws01 sysmon: CreateRemoteThread detected: RuleName: - UtcTime: {time} \
             SourceProcessGuid: {{a98268c1-9586-5acd-0000-001070a20000}} SourceProcessId: {id} SourceImage: C:\\a.exe \
             TargetProcessGuid: {{a98268c1-9586-5acd-0000-001070a20000}} TargetProcessId: 7 TargetImage: C:\\b.exe \
             NewThreadId: 9 StartAddress: 0x00007FFA356A7E40 StartModule: - StartFunction: -"
        )
    }),
];

/// Lines of a kind: good ones, and this many odd ones from the third line on.
fn lines((_, make): &Kind, time: &str, id: &str, odd: usize) -> String {
    let mut text = String::new();
    for at in 0..odd + 3 {
        let is_odd = (2..odd + 2).contains(&at);
        let line = if is_odd { make(time, id) } else { make(UTC_TIME, "5") };
        writeln!(text, "{line}").unwrap();
    }
    text
}

/// Each kind of log with these values in some of its records: all are read, and one line tells of them.
#[track_caller]
fn check(time: &str, id: &str, code: &str, reason: &str) {
    for kind in KINDS {
        for (odd, more) in [(1, "kept as text; "), (3, "kept as text (3 records like this); ")] {
            let folder = Folder::new();
            let path = folder.file("log", lines(kind, time, id, odd));
            let ran = run(&["events", "--format", "jsonl", "--stats", "json", &path]).exits(0);
            let told: Vec<_> = ran.err.lines().filter(|line| line.starts_with("warning[")).collect();
            let expected = format!("{code} {path} line 3: {reason}; {more}");
            assert!(told.len() == 1 && told[0].starts_with(&expected), "{} {odd}: {told:?}", kind.0);
            assert_eq!(ran.out.lines().count(), odd + 3, "{}", kind.0);
            assert_eq!(ran.out.matches(time).count(), if time == UTC_TIME { odd + 3 } else { odd });
            assert_eq!((&ran.stats()["lost"], &ran.stats()["warnings"]), (&0.into(), &odd.into()));
            run(&["events", "--strict", &path]).exits(3);
            run(&["events", "-q", &path]).exits(0).keeps_quiet_on("warning");
        }
    }
}

#[test]
fn dates_that_do_not_exist() {
    let reason = format!("UtcTime is no date that exists: {NO_DATE}");
    check(NO_DATE, "5", "warning[date]", &reason);
    check(
        "2020-02-30 10:00:00.000",
        "5",
        "warning[date]",
        "UtcTime is no date that exists: 2020-02-30 10:00:00.000",
    );
}

#[test]
fn numbers_beyond_64_bits() {
    let reason = format!("SourceProcessId is a number that 64 bits cannot hold: {NO_NUMBER}");
    check(UTC_TIME, NO_NUMBER, "warning[number]", &reason);
}

#[test]
fn dates_of_event_logs_that_do_not_exist() {
    let folder = Folder::new();
    let odd =
        folder.file("odd.jsonl", log([1]) + &remote_thread(2).replace("2020-10-17 11:00:02.000", NO_DATE));
    let evtx = folder.arg("odd.evtx");
    run(&["events", "--format", "evtx", "-o", &evtx, &odd]).exits(0);
    let ran = run(&["events", "--format", "jsonl", &evtx]).exits(0);
    let ran = ran.says(&[
        "warning[date]",
        &evtx,
        " at 0x",
        "UtcTime is no date that exists: 2020-13-45 99:99:99; kept",
    ]);
    assert_eq!(ran.ids(), [1, 2]);
}

#[test]
fn times_of_records_that_do_not_exist() {
    let folder = Folder::new();
    let line = (KINDS[0].1)(UTC_TIME, "5").replace("2020-10-17T11:00:01.000Z", "2020-10-17T25:00:01.000Z");
    let path = folder.file("log", line);
    run(&["events", &path])
        .exits(0)
        .says(&["warning[date]", "line 1: the record's time is no date that exists: 2020-10-17T25:"]);
}

#[test]
fn names_that_repeat() {
    let good = (KINDS[0].1)(UTC_TIME, "5");
    let folder = Folder::new();
    for (text, what) in [
        (
            good.replace(r#""SourceProcessId":"5""#, r#""SourceProcessId":"5","SourceProcessId":"6""#),
            "the key SourceProcessId",
        ),
        (good.replace(r#"{"@timestamp""#, r#"{"x":{"y":1,"y":2},"@timestamp""#), "the key y"),
        (
            (KINDS[1].1)(UTC_TIME, "5")
                .replace("</EventData>", "<Data Name='SourceProcessId'>6</Data></EventData>"),
            "SourceProcessId",
        ),
    ] {
        let path = folder.file("log", format!("{text}\n{text}\n"));
        let reason =
            format!("line 1: {what} stands there more than once; the first counts (2 records like this); ");
        let ran = run(&["events", "--format", "jsonl", "--stats", "json", &path]).exits(0);
        let ran = ran.says(&["warning[repeated]", &reason]);
        assert_eq!((ran.out.lines().count(), &ran.stats()["warnings"]), (2, &2.into()));
    }
}

#[test]
fn bytes_that_are_no_text() {
    for kind in KINDS {
        for (bytes, code, reason) in [
            (&b"\xff\xfe"[..], "warning[encoding]", "bytes that are not UTF-8 replaced by U+FFFD; "),
            (b"\0", "warning[nul]", "NUL bytes within its text, which are kept; "),
        ] {
            let [before, after] = ["C:\\\\a", ".exe"];
            let line = (kind.1)(UTC_TIME, &format!("5{before}BYTES{after}"));
            let at = line.find("BYTES").unwrap();
            let odd = [&line.as_bytes()[..at], bytes, &line.as_bytes()[at + 5..]].concat();
            let good = (kind.1)(UTC_TIME, "5");
            let folder = Folder::new();
            let path =
                folder.file("log", [good.as_bytes(), b"\n", &odd, b"\n", good.as_bytes(), b"\n"].concat());
            let ran = run(&["events", "--format", "jsonl", &path]).exits(0);
            let ran = ran.says(&[code, "line 2: ", reason]);
            assert_eq!(ran.out.lines().count(), 3, "{} {code}", kind.0);
        }
    }
}

#[test]
fn members_of_archives_are_inputs_of_their_own() {
    let folder = Folder::new();
    let odd = lines(&KINDS[0], NO_DATE, "5", 1);
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for name in ["a", "b"] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(odd.as_bytes()).unwrap();
    }
    let path = folder.file("logs.zip", zip.finish().unwrap().into_inner());
    let ran = run(&["events", &path]).exits(0);
    ran.says(&["warning[date]", "logs.zip!a line 3"]).says(&["warning[date]", "logs.zip!b line 3"]);
}

/// A tar archive with one member.
fn tar(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    out.append(&header, bytes).unwrap();
    out.into_inner().unwrap()
}

/// What is bad, the input, what a line on it says, the events that come out, and the exit status.
type Bad<'a> = (&'a str, Vec<u8>, &'a [&'a str], usize, i32);

/// What is bad about input, one after the other: each is told of with its line or offset, and all else is read.
#[test]
fn bad_input_of_every_kind() {
    let good = (KINDS[0].1)(UTC_TIME, "5");
    let around = |bad: &[u8]| [good.as_bytes(), b"\n", bad, b"\n", good.as_bytes(), b"\n"].concat();
    let deep = "{\"a\":".repeat(10_000) + "1" + &"}".repeat(10_000);
    let lists = "[".repeat(10_000) + &"]".repeat(10_000);
    let long = format!("{{\"message\":\"{}\",{}", "x".repeat(50 << 20), &good[1..]);
    let not_utf8 = [&good.as_bytes()[..20], b"\xff", &good.as_bytes()[20..]].concat();
    let bomb = {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gz.write_all(good.as_bytes()).unwrap();
        gz.write_all(b"\n").unwrap();
        gz.write_all(&vec![b' '; 8 << 20]).unwrap();
        gz.finish().unwrap()
    };
    let two_ids = good.replace(r#""event_id":"8""#, r#""event_id":"8","event_id":"1""#);
    // flat table: a row for each kind, which needs the inputs made above
    let cases: &[Bad<'_>] = &[
        (
            "truncated JSON in the last line",
            [good.as_bytes(), b"\n", &good.as_bytes()[..60]].concat(),
            &["lost[malformed]", " line 2: column 61: "],
            1,
            3,
        ),
        (
            "a line of 50 MB",
            around(long.as_bytes()),
            &["lost[limit]", " line 2: a value of more than 4 MiB"],
            2,
            3,
        ),
        (
            "invalid UTF-8",
            around(&not_utf8),
            &["warning[encoding]", " line 2: bytes that are not UTF-8"],
            3,
            0,
        ),
        (
            "NUL bytes",
            around(&[0; 512]),
            &["lost[malformed]", " line 2: 512 NUL bytes where a record should be"],
            2,
            3,
        ),
        (
            "nesting 10,000 deep",
            around(deep.as_bytes()),
            &["lost[limit]", " line 2: column ", "nested too deep"],
            2,
            3,
        ),
        ("lists 10,000 deep", around(lists.as_bytes()), &["lost[limit]", " line 2: nested too deep"], 2, 3),
        ("a bomb", bomb, &["lost[expansion]", "--max-unpacked"], 1, 3),
        (
            "a tar with a name that leads out",
            tar("../../../etc/evil.jsonl", &around(b"x")),
            &["lost[malformed]", "../../../etc/evil.jsonl line 2: no JSON object"],
            2,
            3,
        ),
        (
            "a tar with an absolute name",
            tar("/etc/evil.jsonl", &around(b"x")),
            &["lost[malformed]", "!/etc/evil.jsonl line 2: "],
            2,
            3,
        ),
        (
            "a number beyond u64",
            around((KINDS[0].1)(UTC_TIME, NO_NUMBER).as_bytes()),
            &["warning[number]", " line 2: SourceProcessId is a number that 64 bits cannot hold"],
            3,
            0,
        ),
        (
            "an id beyond u64",
            around(good.replace(r#""8""#, &format!("\"{NO_NUMBER}\"")).as_bytes()),
            &["lost[malformed]", " line 2: winlogbeat-8: the event id is no number up to 65535: 9999"],
            2,
            3,
        ),
        (
            "a date that does not exist",
            around((KINDS[0].1)(NO_DATE, "5").as_bytes()),
            &["warning[date]", " line 2: UtcTime is no date that exists"],
            3,
            0,
        ),
        (
            "a key that repeats",
            around(good.replace(r#""UtcTime""#, r#""UtcTime":"x","UtcTime""#).as_bytes()),
            &["warning[repeated]", " line 2: the key UtcTime "],
            3,
            0,
        ),
        (
            "a key that decides and repeats",
            around(two_ids.as_bytes()),
            &["lost[malformed]", " line 2: winlogbeat-8: two values of event_id: 8 and 1"],
            2,
            3,
        ),
    ];
    for (what, bytes, report, events, code) in cases {
        let folder = Folder::new();
        let path = folder.file("in/log", bytes);
        let ran =
            run(&["events", "--format", "jsonl", "--max-unpacked", "1M", "--max-ratio", "1000000", &path]);
        let is_bomb = *what == "a bomb";
        let ran = if is_bomb { ran } else { run(&["events", "--format", "jsonl", &path]) };
        let told = ran.err.lines().any(|line| report.iter().all(|part| line.contains(part)));
        assert!(told, "{what}: {}", ran.err);
        assert_eq!((ran.out.lines().count(), ran.code), (*events, Some(*code)), "{what}: {}", ran.err);
        assert_eq!(std::fs::read_dir(folder.0.path()).unwrap().count(), 1, "{what} wrote something");
    }
}
