//! Every kind of text on its smallest input, every kind of damage, and the traps that real logs hold.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::split::MAX_RECORD;
use crate::event::{Batch, DamageCode, FileTime, Record, Severity, SystemField, Value};
use crate::schema::{self, Platform, fields};
use crate::sink;
use crate::source::{Options, read_bytes};

/// What came out of an input.
#[derive(Debug, Default)]
struct Found {
    /// Id, line, and `Name=value` of system fields and data.
    records: Vec<(u16, Option<u64>, String)>,
    damages: Vec<(DamageCode, Option<u64>, String)>,
    notes: Vec<String>,
    shapes: Vec<(&'static str, u64)>,
    others: u64,
    doubtful_times: u64,
}

impl Found {
    fn add(&mut self, batch: &Batch) {
        for record in batch.records() {
            let is_other = matches!(record, Record::Other(_));
            let event = record.view();
            let system = SystemField::all().filter_map(|field| Some((field.name(), event.system(field)?)));
            let data = event.data().map(|(name, value)| (name.as_str(), value));
            let all: Vec<_> = system.chain(data).map(|(name, value)| format!("{name}={value}")).collect();
            let id = if is_other { 0 } else { event.id() };
            self.records.push((id, event.place().line, all.join(" ")));
            self.notes.extend(event.notes().map(str::to_owned));
        }
        let damages = batch.damages.iter();
        self.damages.extend(damages.map(|damage| (damage.code, damage.line, damage.reason.to_string())));
        for (name, count) in &batch.counts.shapes {
            match self.shapes.iter_mut().find(|(known, _)| known == name) {
                Some((_, sum)) => *sum += count,
                None => self.shapes.push((name, *count)),
            }
        }
        self.others += batch.counts.others;
        self.doubtful_times += batch.counts.doubtful_times;
    }
}

fn read(input: impl AsRef<[u8]>) -> Found {
    let mut found = Found::default();
    read_bytes(input, &Options::default(), &mut |batch| found.add(batch));
    found
}

/// Event 8 as its message, lines ended so.
fn message(end: &str) -> String {
    let lines = DATA.iter().map(|(name, value)| format!("{end}{name}: {value}"));
    format!("CreateRemoteThread detected:{}", lines.collect::<String>())
}

const DATA: [(&str, &str); 12] = [
    ("RuleName", "-"),
    ("UtcTime", "2024-03-14 09:26:53.589"),
    ("SourceProcessGuid", "{a98268c1-9586-5acd-0000-001070a20000}"),
    ("SourceProcessId", "684"),
    ("SourceImage", r"C:\Users\ada\a: b.exe"),
    ("TargetProcessGuid", "{a98268c1-9c2e-5acd-0000-00100266ab00}"),
    ("TargetProcessId", "240"),
    ("TargetImage", "<unknown process>"),
    ("NewThreadId", "2336"),
    ("StartAddress", "0x00590000"),
    ("StartModule", ""),
    ("StartFunction", "-"),
];

fn data() -> String {
    DATA.map(|(name, value)| format!("{name}={value}")).join(" ")
}

/// Checks that an input is one record of this shape, with this before its data, and nothing amiss.
#[track_caller]
fn check(input: impl AsRef<[u8]>, shape: &'static str, system: &str, notes: &[&str]) {
    let found = read(input);
    assert_eq!(found.damages, []);
    assert_eq!(found.shapes, [(shape, 1)]);
    assert_eq!(
        found.records.iter().map(|record| &*record.2).collect::<Vec<_>>(),
        [format!("{system} {}", data())]
    );
    assert_eq!(found.notes, notes);
}

const ALONE: &str = "read in part: from the message alone";

const SYSMON: &str = "provider=Microsoft-Windows-Sysmon event_id=8";

const SYSTEM: &str = "provider=Microsoft-Windows-Sysmon event_id=8 level=4 record_id=7 \
                      channel=Microsoft-Windows-Sysmon/Operational computer=web01";

fn splunk(time: &str, id: u16, message: &str) -> String {
    format!(
        "{time}\nLogName=Microsoft-Windows-Sysmon/Operational\nEventCode={id}\nEventType=4\nComputerName=web01\n\
         SourceName=Microsoft-Windows-Sysmon\nType=Information\nRecordNumber=7\nKeywords=None\nMessage={message}\n"
    )
}

fn listing(message: &str) -> String {
    let message = message.replace('\n', "\n               ");
    format!(
        "\n\nTimeCreated  : 14.03.2024 10:26:53\nProviderName : Microsoft-Windows-Sysmon\nId           : 8\n\
         Message      : {message}\n\n"
    )
}

fn xml(id: u16, data: &str) -> String {
    format!(
        "<Event><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>{id}</EventID>\
         <Computer>web01</Computer></System><EventData>{data}</EventData></Event>"
    )
}

#[test]
fn messages() {
    for end in ["\r\n", "\n", "#015#012", "\t", "  "] {
        check(message(end) + "\r\n\r\n", "message-text", SYSMON, &[ALONE]);
    }
    let found = read(format!("{0}\r\n\r\n{0}\r\n", message("\r\n")));
    assert_eq!(found.records.iter().map(|record| record.1).collect::<Vec<_>>(), [Some(1), Some(15)]);
    let wide: Vec<u8> =
        ("\u{feff}".to_owned() + &message("\r\n")).encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(wide, "message-text", SYSMON, &[ALONE]);
}

/// Records, damages and notes of an input; offsets and lines of the records too.
fn all_of(input: impl AsRef<[u8]>) -> String {
    let mut places = Vec::new();
    read_bytes(&input, &Options::default(), &mut |batch| {
        places
            .extend(batch.records().map(|record| (record.view().place().offset, record.view().place().line)));
    });
    let Found { records, damages, notes, shapes, others, .. } = read(input);
    format!("{places:?} {records:#?} {damages:#?} {notes:#?} {shapes:?} {others}")
}

/// The texts that [`all_of`] is the same of with CR for LF, each with two records or more.
fn texts_with_line_ends() -> Vec<(&'static str, String)> {
    let json = r#"{"EventID":8,"SourceName":"Microsoft-Windows-Sysmon","Channel":"Microsoft-Windows-Sysmon/Operational","SourceImage":"C:\\a.exe\r\n"}"#;
    let broken = r#"{"EventID":8,"SourceName":"Micro"#;
    let line = format!("Mar 14 10:26:53 web01 sysmon: {}\n", message("#012"));
    let host = [("host", "web01"), ("_raw", &*message("\t"))];
    vec![
        ("message-text", format!("{0}\n\n{0}\n", message("\n"))),
        ("format-list", format!("{0}\n{0}\n", listing(&message("\n")))),
        ("splunk-text", splunk("03/14/2024 10:26:53 AM", 8, &message("\n")).repeat(2)),
        ("syslog", format!("{line}Mar 14 10:26:53 web01 sshd[1]: x\n{line}{}\n", xml(8, ""))),
        ("mordor-flat", format!("{json}\n{broken}\n{json}\n{}\n\n{json}", message("\n"))),
        ("mordor-flat", format!("{}\n", json.replace("{\"", "{\n  \"").replace(",\"", ",\n  \"").repeat(2))),
        ("splunk-csv", table(",", &host).replace("\r\n", "\n") + "a,\"b\nc,d\n\"e\",f\n"),
        ("splunk-csv", "sep=;\n".to_owned() + &table(";", &host).replace("\r\n", "\n")),
    ]
}

#[test]
fn lines_that_end_in_cr_are_lines() {
    for (shape, text) in texts_with_line_ends() {
        let expected = all_of(&text);
        assert!(read(&text).shapes.iter().any(|(name, _)| name.starts_with(shape)), "{expected}");
        // What a cell holds is a part of it.
        let with_cr = text.replace('\n', "\r");
        assert_eq!(all_of(&with_cr), expected, "{shape}");
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        assert_eq!(all_of(wide(&with_cr)), all_of(wide(&text)), "{shape} in UTF-16");
        // More than one block.
        let many = text.repeat((600 << 10) / text.len());
        if shape != "splunk-csv" {
            assert_eq!(all_of(many.replace('\n', "\r")), all_of(&many), "{shape}, long");
        }
    }
}

/// Space that was set aside for a file costs no record, however much it is, and is told of.
#[test]
fn nul_bytes_at_the_end_are_told_of_and_no_loss() {
    let mut texts = texts_with_line_ends();
    texts.push(("event-xml", format!("<Events>{}\n</Events>\n", xml(8, ""))));
    texts.push(("export-clixml", objects(&object(8, &["x"], &escaped(&message("\r\n"))))));
    for (shape, text) in texts {
        let expected = read(&text);
        for wide in [false, true] {
            let bytes: Vec<u8> = match wide {
                true => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                false => text.clone().into_bytes(),
            };
            for count in [64, 1 << 20] {
                let mut found = read([&bytes[..], &vec![0; count]].concat());
                let told = found.damages.pop().expect("a warning");
                assert_eq!((told.0, told.0.severity()), (DamageCode::Padding, Severity::Warning), "{shape}");
                let reason = format!(
                    "{count} NUL bytes at the end: space that was set aside, or records that were never written"
                );
                assert_eq!(told.2, reason);
                assert_eq!(
                    (found.records, found.damages),
                    (expected.records.clone(), expected.damages.clone()),
                    "{shape}"
                );
            }
        }
    }
    let line = "{\"id\":8,\"fields\":{}}\n";
    let found = read(format!("{line}\0\0\0\n{line}"));
    assert_eq!(
        found.damages,
        [(DamageCode::Malformed, Some(2), "3 NUL bytes where a record should be".to_owned())]
    );
}

/// What is quoted holds the CR that it held, whatever ends the lines.
#[test]
fn a_cr_within_quotes_stays() {
    let table = table(",", &[("_raw", &message("\r")), ("host", "a\rb")]).replace("\r\n", "\r");
    let (names, row) = table.split_once('\r').expect("two rows");
    let found = read(format!("{names}\r{}", row.repeat(3)));
    assert_eq!((found.damages, found.records.len()), (vec![], 3));
    let lines: Vec<_> = found.records.iter().map(|record| record.1).collect();
    let of_row = memchr::memchr_iter(b'\r', row.as_bytes()).count() as u64;
    assert_eq!(lines, [Some(2), Some(2 + of_row), Some(2 + 2 * of_row)], "lines are those that end in CR");
    for record in &found.records {
        assert!(record.2.ends_with(&format!("computer=a\rb {}", data())), "{record:?}");
    }
    let json = "{\"id\":8,\"fields\":{\"RuleName\":\"a\rb\"}}\r";
    let found = read(json.repeat(2));
    assert_eq!(found.damages, []);
    assert!(found.records.iter().all(|record| record.2.ends_with("RuleName=a\rb")), "{:?}", found.records);
    assert_eq!(found.records[1].1, Some(2));
}

#[test]
fn splunk_text() {
    let doubt = "the record's time has no zone and is left out: 03/14/2024 10:26:53 AM; UtcTime counts";
    check(splunk("03/14/2024 10:26:53 AM", 8, &message("\n")), "splunk-text", SYSTEM, &[doubt]);
    let two = splunk("03/14/2024 10:26:53 AM", 8, &message("\n")).repeat(2);
    assert_eq!(read(two).records.len(), 2);
    let other =
        splunk("03/14/2024 10:26:53 AM", 1102, "The log was cleared.").replace("-Sysmon\n", "-Eventlog\n");
    assert_eq!((read(&other).records[0].0, read(&other).others), (0, 1));
}

#[test]
fn lists_of_properties() {
    let doubt = "the record's time has no zone and is left out: 14.03.2024 10:26:53; UtcTime counts";
    let part = "read in part: no computer is named";
    check(listing(&message("\n")), "format-list", SYSMON, &[doubt, part]);
    let all = format!(
        "Message              : {}\r\nId                   : 8\r\nLevel                : 4\r\nRecordId             : 7\r\n\
         ProviderName         : Microsoft-Windows-Sysmon\r\nLogName              : Microsoft-Windows-Sysmon/Operational\r\n\
         Keywords             : -9223372036854775808\r\nActivityId           : \r\nMachineName          : web01\r\n\
         LevelDisplayName     : Information\r\n",
        message("\r\n                       ")
    );
    let system = SYSTEM.replace(" record_id", " keywords=0x8000000000000000 record_id");
    check(&all, "format-list", &system, &[]);
    assert_eq!(read(format!("{all}\r\n\r\n{all}")).records.len(), 2);
}

#[test]
fn what_event_viewer_copies() {
    let head = "Log Name:      Microsoft-Windows-Sysmon/Operational\nSource:        Microsoft-Windows-Sysmon\n\
                Date:          3/14/2024 10:26:53 AM\nEvent ID:      8\nTask Category: CreateRemoteThread detected (rule: CreateRemoteThread)\n\
                Level:         Information\nKeywords:      \nUser:          SYSTEM\nComputer:      web01\nDescription:\n";
    let system = SYSTEM.replace("record_id=7 ", "");
    let doubt = "the record's time has no zone and is left out: 3/14/2024 10:26:53 AM; UtcTime counts";
    check(format!("{head}{}\n", message("\n")), "event-viewer-text", &system, &[doubt]);
    let with_xml =
        format!("{head}{}\nEvent Xml:\n{}\n", message("\n"), xml(8, "<Data Name='RuleName'>x</Data>"));
    let found = read(with_xml.repeat(2));
    assert_eq!((found.records.len(), found.damages.len()), (2, 0));
    assert_eq!(found.records[0].2, format!("{SYSMON} computer=web01 RuleName=x"));
}

#[test]
fn lines_of_syslog() {
    let note = "the computer is the host that the line names";
    let system = format!("{SYSMON} computer=web01");
    for line in [
        format!("<13>Mar 14 10:26:53 web01 Microsoft-Windows-Sysmon[42]: {}", message("#015#012")),
        format!("<13>1 2024-03-14T09:26:53Z web01 Sysmon 42 - [a b=\"c\"] {}", message("  ")),
        format!("2024-03-14T09:26:53+01:00 web01 MSWinEventLog\t1\tSysmon: {}", message("  ")),
        format!("Mar 14 10:26:53 web01 Sysmon: {}", message("\\r\\n")),
    ] {
        check(line, "syslog", &system, &[note]);
    }
    let mixed = [
        "Mar 14 10:26:52 web01 sshd[1]: session opened for user sysmon".to_owned(),
        format!("Mar 14 10:26:53 web01 sysmon: {}", xml(8, "<Data Name='RuleName'>x</Data>")),
        format!("Mar 14 10:26:53 web01 sysmon: {}", &xml(8, "<Data Name='RuleName'>x</Data>")[..120]),
        format!("Mar 14 10:26:54 web01 sysmon: {}", message("#012")),
    ];
    let found = read(mixed.join("\n"));
    assert_eq!(found.records.iter().map(|record| record.1).collect::<Vec<_>>(), [Some(2), Some(4)]);
    assert_eq!((found.others, found.shapes), (1, vec![("syslog", 3)]));
    let cut = (DamageCode::Truncated, Some(3), "the event is cut short: its end tag is missing".to_owned());
    assert_eq!(found.damages, [cut]);
}

#[test]
fn a_line_of_syslog_goes_on_where_its_end_is_none() {
    let system = format!("{SYSMON} computer=web01");
    let note = "the computer is the host that the line names";
    check(format!("Mar 14 10:26:53 web01 sysmon: {}\n", message("\r\n")), "syslog", &system, &[note]);
    let event = xml(8, "<Data Name='RuleName'>x</Data>").replace("><", ">\n<");
    let found = read(format!("Mar 14 10:26:53 web01 sysmon: {event}\n"));
    assert_eq!((found.records.len(), found.damages.len()), (1, 0));
    let line = format!("Mar 14 10:26:53 web01 sysmon: {}\n", message("#012"));
    check(format!("{line}and more\n"), "syslog", &system, &[note]);
    let found = read(format!("{line}UtcTime: x\nSourceImage: y\n"));
    assert_eq!((found.records.len(), found.damages.len()), (1, 1));
}

#[test]
fn a_message_that_syslog_cut_is_told() {
    let line = format!("Mar 14 10:26:53 web01 sysmon: {}", &message("#015#012")[..200]);
    let found = read(line);
    assert_eq!(found.notes[1], "the message has 5 of 14 fields: it may be cut, and its last value with it");
}

fn journal(message: &[u8]) -> Vec<u8> {
    let mut entry =
        b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1787392801123456\n_HOSTNAME=web01\nMESSAGE\n".to_vec();
    entry.extend_from_slice(&(message.len() as u64).to_le_bytes());
    entry.extend_from_slice(message);
    entry.extend_from_slice(b"\nSYSLOG_IDENTIFIER=sysmon\n\n");
    entry
}

#[test]
fn exports_of_the_journal() {
    let note = "the computer is the host that the line names";
    check(journal(message("\n").as_bytes()), "journal-export", &format!("{SYSMON} computer=web01"), &[note]);
    let plain = format!(
        "__CURSOR=a\n__REALTIME_TIMESTAMP=1\nMESSAGE={}\n\n",
        xml(8, "<Data Name='RuleName'>x</Data>")
    );
    let mut input = plain.repeat(2).into_bytes();
    input.extend_from_slice(b"__CURSOR=b\n__REALTIME_TIMESTAMP=2\nMESSAGE=session opened\n\n");
    input.extend_from_slice(&journal(message("\n").as_bytes()));
    input.extend_from_slice(b"__CURSOR=c\n_HOSTNAME=x\n");
    let found = read(&input);
    assert_eq!((found.records.len(), found.others, found.shapes), (3, 1, vec![("journal-export", 4)]));
    assert_eq!(found.damages[0].0, DamageCode::Truncated);
    let endless = [&journal(b"x")[..], b"__CURSOR=d\nMESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff"].concat();
    assert_eq!(read(endless).damages[0].2, "a line of a journal's entry that is no field");
}

/// An entry is known by several of the journal's fields, whichever of them stands first.
#[test]
fn entries_of_the_journal_without_a_cursor() {
    let message = message("#012");
    let named = format!("{SYSMON} computer=web01");
    let note = "the computer is the host that the line names";
    for fields in [
        "__REALTIME_TIMESTAMP=1787392801123456\n_HOSTNAME=web01\n",
        "_HOSTNAME=web01\nSYSLOG_IDENTIFIER=sysmon\n",
        "__MONOTONIC_TIMESTAMP=1\n_BOOT_ID=0\nPRIORITY=6\n_HOSTNAME=web01\n_PID=7\n",
    ] {
        let entry = format!("{fields}MESSAGE={message}\nOTHER=x\n\n");
        check(&entry, "journal-export", &named, &[note]);
        for other in
            [self::message("\n") + "\n\n", xml(8, "") + "\n", r#"{"id":8,"fields":{}}"#.to_owned() + "\n"]
        {
            let found = read(format!("{other}{entry}{entry}{other}"));
            assert_eq!((found.records.len(), &found.damages[..]), (4, &[][..]), "{other}{entry}");
            assert!(found.shapes.contains(&("journal-export", 2)), "{:?}", found.shapes);
        }
        let text = format!("{entry}{fields}MESSAGE={}\n\n{entry}", "x".repeat(2 * MAX_RECORD));
        let found = read(&text);
        assert_eq!((found.records.len(), found.damages[0].0), (2, DamageCode::Limit));
    }
    // One such line is a line like others, and so is an environment.
    for text in [format!("_HOSTNAME=web01\n\n{message}"), format!("A=1\n_=x\nHOME=/\n\n{message}")] {
        check(text, "message-text", SYSMON, &[ALONE]);
    }
}

/// One object of `Export-Clixml`, with these values of the event.
fn object(id: u16, values: &[&str], message: &str) -> String {
    let values: String = values
        .iter()
        .map(|value| {
            format!("<Obj RefId=\"3\"><ToString>x</ToString><Props><S N=\"Value\">{value}</S></Props></Obj>")
        })
        .collect();
    format!(
        "<Obj RefId=\"0\"><TN RefId=\"0\"><T>System.Diagnostics.Eventing.Reader.EventLogRecord</T></TN>\
         <ToString>System.Diagnostics.Eventing.Reader.EventLogRecord</ToString><Props><I32 N=\"Id\">{id}</I32>\
         <Nil N=\"Qualifiers\" /><By N=\"Level\">4</By><I64 N=\"RecordId\">7</I64>\
         <S N=\"ProviderName\">Microsoft-Windows-Sysmon</S><S N=\"LogName\">Microsoft-Windows-Sysmon/Operational</S>\
         <S N=\"MachineName\">web01</S><Obj N=\"Properties\" RefId=\"2\"><LST>{values}</LST></Obj></Props>\
         <MS><S N=\"Message\">{message}</S></MS></Obj>\n"
    )
}

fn objects(objects: &str) -> String {
    format!(
        "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n{objects}</Objs>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('<', "&lt;").replace('>', "&gt;").replace("\r\n", "_x000D__x000A_")
}

#[test]
fn serialised_objects() {
    let values = DATA.map(|(_, value)| escaped(value));
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let whole = objects(&object(8, &values, "x"));
    check(&whole, "export-clixml", SYSTEM, &[]);
    let wide: Vec<u8> = format!("\u{feff}{whole}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(wide, "export-clixml", SYSTEM, &[]);
}

#[test]
fn values_without_names_need_the_right_count_and_types() {
    let values = DATA.map(|(_, value)| escaped(value));
    let values: Vec<&str> = values[1..].iter().map(String::as_str).collect();
    for (values, is_layout) in [
        (&values[..], true),
        (&values[..10], false),
        // As many as the oldest layout has, but that begins with a number.
        (&values[..9], false),
        (&[], false),
    ] {
        let found = read(objects(&object(8, values, &escaped(&message("\r\n")))));
        assert_eq!((found.damages.len(), found.records.len()), (0, 1));
        let count = values.len();
        let note = format!("{count} values without names fit no layout of the event");
        assert_eq!(found.notes, if is_layout { vec![] } else { vec![note] });
        assert_eq!(found.records[0].2.contains("RuleName=-"), !is_layout);
        assert!(found.records[0].2.ends_with(&data()[11..]), "{count}: {}", found.records[0].2);
    }
    let found = read(objects(&object(8, &["1"; 13], "no message")));
    assert_eq!(found.damages[0].2, "no message of a known event");
}

/// A table of these columns and one row.
fn table(delimiter: &str, columns: &[(&str, &str)]) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let names: Vec<_> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    let cells: Vec<_> = columns.iter().map(|(_, value)| quoted(value)).collect();
    format!("{}\r\n{}\r\n", names.join(delimiter), cells.join(delimiter))
}

#[test]
fn tables_of_every_shape() {
    let text = message("\r\n");
    let winevent = [
        ("Message", &*text),
        ("Id", "8"),
        ("Level", "4"),
        ("RecordId", "7"),
        ("ProviderName", "Microsoft-Windows-Sysmon"),
        ("LogName", "Microsoft-Windows-Sysmon/Operational"),
        ("MachineName", "web01"),
        ("Properties", "System.Collections.Generic.List`1[System.Diagnostics.Eventing.Reader.EventProperty]"),
    ];
    for delimiter in [",", ";", "\t", "|"] {
        check(table(delimiter, &winevent), "get-winevent-csv", SYSTEM, &[]);
    }
    let typed =
        format!("#TYPE System.Diagnostics.Eventing.Reader.EventLogRecord\r\n{}", table(",", &winevent));
    check(typed, "get-winevent-csv", SYSTEM, &[]);
    check(format!("sep=;\r\n{}", table(";", &winevent)), "get-winevent-csv", SYSTEM, &[]);
    let host = format!("{SYSMON} computer=web01");
    check(table(",", &[("_time", "x"), ("host", "web01"), ("_raw", &text)]), "splunk-csv", &host, &[]);
    let raw = splunk("03/14/2024 10:26:53 AM", 8, &message("\n"));
    let found = read(table(",", &[("_raw", &raw), ("host", "other")]));
    assert_eq!(found.records[0].2, format!("{SYSTEM} {}", data()));
    check(table(",", &[("datetime", "x"), ("message", &text)]), "event-csv", SYSMON, &[ALONE]);
    let mut columns = vec![("EventID", "8"), ("ComputerName", "web01")];
    columns.extend(DATA);
    let found = read(table(",", &columns));
    assert_eq!(found.records[0].2, format!("{host} {}", data()).replace(" StartModule=", ""));
    assert_eq!(found.shapes, [("fields-csv", 1)]);
}

#[test]
fn rows_of_evtxecmd_and_of_other_layouts() {
    let list: Vec<_> =
        DATA.iter().map(|(name, value)| serde_json::json!({"@Name": name, "#text": value})).collect();
    let payload = serde_json::json!({"EventData": {"Data": list}}).to_string();
    let columns = [
        ("RecordNumber", "1"),
        ("EventRecordId", "7"),
        ("TimeCreated", "2024-03-14 09:26:53.6000001"),
        ("EventId", "8"),
        ("Level", "Info"),
        ("Provider", "Microsoft-Windows-Sysmon"),
        ("Channel", "Microsoft-Windows-Sysmon/Operational"),
        ("Computer", "web01"),
        ("MapDescription", "CreateRemoteThread"),
        ("PayloadData1", "StartAddress: 0x00590000"),
        ("Payload", &payload),
    ];
    let system = SYSTEM.replace(" record_id", " time=2024-03-14T09:26:53.6000001Z record_id");
    check(table(",", &columns), "evtxecmd-csv", &system, &[]);
    let line = format!("Mar 14 10:26:53 web01 app: {}", r#"{"id":8,"fields":{"RuleName":"sysmon"}}"#);
    let found = read(line);
    assert_eq!(
        (&*found.records[0].2, found.shapes),
        (&*format!("{SYSMON} RuleName=sysmon"), vec![("syslog", 1)])
    );
}

#[test]
fn xml_in_cells() {
    let event = xml(8, "<Data Name='RuleName'>a \"b\",\n c</Data>");
    for (columns, shape) in [
        ([("_raw", &*event), ("host", "x")], "splunk-csv"),
        ([("datetime", "2024"), ("xml_string", &*event)], "event-csv"),
    ] {
        let found = read(table(",", &columns));
        assert_eq!((found.shapes, found.damages.len()), (vec![(shape, 1)], 0));
        assert_eq!(found.records[0].2, format!("{SYSMON} computer=web01 RuleName=a \"b\",\n c"));
    }
    let rows = format!("{}\"no event, but a row\",x\r\n", table(",", &[("_raw", &event), ("host", "x")]));
    assert_eq!(read(rows).others, 1);
}

/// Our own tables come back: what they are made of gives the same table again.
#[track_caller]
fn check_round_trip(lines: &str) {
    let table = |input: &str| {
        let format = sink::FORMATS.iter().find(|row| row.name == "csv").expect("the table").format(&[]);
        let mut out = Vec::new();
        format.begin(&mut out);
        read_bytes(input, &Options::default(), &mut |batch| {
            assert_eq!(batch.damages, []);
            batch.records().for_each(|record| format.record(record, &mut out));
        });
        String::from_utf8(out).expect("formats write UTF-8")
    };
    let first = table(lines);
    assert_eq!(table(&first), first);
    assert_eq!(read(&first).shapes.first().map(|(name, _)| *name), Some("threadhunt-csv"), "{first}");
}

#[test]
fn our_own_tables_are_read_back() {
    check_round_trip(
        r#"{"event_id":8,"provider":"Microsoft-Windows-Sysmon","computer":"web01","record_id":7,"time":"2024-03-14T09:26:53.5890000Z","fields":{"RuleName":"-","SourceProcessGuid":"{a98268c1-9586-5acd-0000-001070a20000}","SourceProcessId":684,"SourceImage":"C:\\a, \"b\"\r\nc.exe","TargetImage":"=cmd","Newer":"x","StartModule":""},"source":{}}"#,
    );
    for value in ["'=1", "''=1", "'", "'a", "-", "-1", "'-", "＝1", "\t", "a\nb", "\\u{1b}", "", " x "] {
        let value = serde_json::to_string(value).expect("a JSON string");
        check_round_trip(&format!(
            r#"{{"event_id":8,"provider":"Microsoft-Windows-Sysmon","fields":{{"StartFunction":{value},"A":"=1"}},"source":{{}}}}"#
        ));
    }
    check_round_trip(r#"{"event_id":8,"provider":"Another","fields":{"a":"1; b=2","c":"=3"},"source":{}}"#);
}

/// What a table of these JSON lines says of its records: system fields and data.
fn through_table(lines: &str) -> String {
    let format = sink::FORMATS.iter().find(|row| row.name == "csv").expect("the table").format(&[8]);
    let mut out = Vec::new();
    format.begin(&mut out);
    read_bytes(lines, &Options::default(), &mut |batch| {
        batch.records().for_each(|record| format.record(record, &mut out));
    });
    let found = read(&out);
    assert_eq!((&found.damages, &found.notes), (&vec![], &vec![]));
    found.records.into_iter().map(|(_, _, what)| what + "\n").collect()
}

#[test]
fn our_tables_say_who_wrote_an_event() {
    for (provider, id) in
        [("Linux-Sysmon", 1), ("Linux-Sysmon", 99), ("Microsoft-Windows-Sysmon", 99), ("Other", 8)]
    {
        let line = format!(
            r#"{{"event_id":{id},"provider":"{provider}","fields":{{"Provider":"x"}},"source":{{}}}}"#
        );
        assert_eq!(through_table(&line), format!("provider={provider} event_id={id} Provider=x\n"));
    }
}

#[test]
fn what_our_tables_escape_comes_back() {
    for value in
        ["\u{1b}[2J", "gpj.\u{202e}exe", r"C:\u{1b}", r"\u\u{7b}1b}", "a; b=c", "; ", " ;; x", "=1; +2"]
    {
        let json = serde_json::to_string(value).expect("a JSON string");
        let line = format!(
            r#"{{"event_id":8,"provider":"Microsoft-Windows-Sysmon","fields":{{"StartFunction":{json},"Extra=cm":{json}}},"source":{{}}}}"#
        );
        let found = through_table(&line);
        assert!(
            found.ends_with(&format!(" StartFunction={value} Extra=cm={value}\n")),
            "{value:?}: {found:?}"
        );
    }
    let line = r#"{"event_id":8,"provider":"Other","data":["a=b; c=d","e"],"source":{}}"#;
    assert!(through_table(line).ends_with(" =a=b; c=d =e\n"), "{}", through_table(line));
    let line = r#"{"event_id":8,"provider":"Microsoft-Windows-Sysmon","fields":{"StartFunction":"a\ud800"},"source":{}}"#;
    read_bytes(line, &Options::default(), &mut |batch| {
        let format = sink::FORMATS.iter().find(|row| row.name == "csv").expect("the table").format(&[8]);
        let mut out = Vec::new();
        format.begin(&mut out);
        batch.records().for_each(|record| format.record(record, &mut out));
        read_bytes(&out, &Options::default(), &mut |again| {
            let event = again.events().next().expect("an event");
            let Some(Value::Utf16(text)) = event.get(fields::START_FUNCTION) else { panic!("no UTF-16") };
            assert_eq!(text.units().collect::<Vec<_>>(), [0x61, 0xd800]);
        });
    });
}

/// Other programs' tables hold no escapes of ours.
#[test]
fn tables_of_others_keep_what_looks_like_an_escape() {
    let table = "UtcTime,ProcessGuid,EventID,CommandLine\n2024-03-14 09:26:53.589,{a98268c1-9586-5acd-0000-001070a20000},1,'=\\u{1b}\n";
    assert!(read(table).records[0].2.ends_with(r"CommandLine='=\u{1b}"), "{:?}", read(table).records);
}

#[test]
fn texts_of_many_kinds_in_one_file() {
    let parts = [
        message("\r\n"),
        String::new(),
        splunk("03/14/2024 10:26:53 AM", 8, &message("\n")),
        format!("Mar 14 10:26:53 web01 sysmon: {}", message("#012")),
        xml(8, ""),
        listing(&message("\n")),
        message("\n"),
    ];
    let found = read(parts.join("\n"));
    assert_eq!(found.damages, []);
    let shapes =
        [("message-text", 2), ("splunk-text", 1), ("syslog", 1), ("event-xml", 1), ("format-list", 1)];
    assert_eq!(found.shapes, shapes);
}

#[test]
fn what_stands_between_is_told_where_it_could_be_an_event() {
    let text = format!("Description: exported by ada\n\n{}\n", message("\n"));
    assert_eq!(read(&text).damages, []);
    let found = read(format!("SourceImage: C:\\x.exe\nTargetImage: y\n\n{}", message("\n")));
    let reason = "lines that belong to no record, such as \"SourceImage: C:\\\\x.exe\"".to_owned();
    assert_eq!(found.damages, [(DamageCode::Malformed, Some(1), reason)]);
    assert_eq!(found.records.len(), 1);
}

#[test]
fn two_ids_are_no_event() {
    let found = read(splunk("03/14/2024 10:26:53 AM", 1, &message("\n")));
    assert_eq!(found.damages[0].2, "two values of event_id: 1, and the message is that of 8");
    let found = read(splunk("03/14/2024 10:26:53 AM", 8, "something"));
    assert_eq!((found.damages[0].0, found.records.len()), (DamageCode::Malformed, 0));
}

#[test]
fn a_time_without_a_zone_is_doubted_and_utc_time_counts() {
    let input = listing(&message("\n"));
    let mut times = Vec::new();
    read_bytes(&input, &Options::default(), &mut |batch| {
        let time = |time: Option<FileTime>| time.map(|time| time.to_string());
        times.extend(batch.events().map(|event| (time(event.time_created()), time(event.time()))));
    });
    assert_eq!(times, [(None, Some("2024-03-14T09:26:53.5890000Z".to_owned()))]);
    assert_eq!(read(&input).doubtful_times, 1);
    let zoned = input.replace("14.03.2024 10:26:53", "2024-03-14T10:26:53.6+01:00");
    let found = read(zoned);
    assert_eq!((found.doubtful_times, found.notes.len()), (0, 1));
    assert!(found.records[0].2.contains("time=2024-03-14T09:26:53.6000000Z"));
}

#[test]
fn event_10_spells_its_guids_in_capitals() {
    let event = schema::event(Platform::Windows, 10).expect("event 10");
    let lines =
        event.fields.iter().map(|field| format!("\r\n{}: {}", field.name, field.sample.unwrap_or("-")));
    let found = read(format!("Process accessed:{}", lines.collect::<String>()));
    assert!(found.records[0].2.contains(" SourceProcessGUID={"), "{}", found.records[0].2);
}

#[test]
fn a_wrapped_value_is_doubted() {
    let text = message("\n").replace("a: b.exe", "a:\n b.exe");
    let doubt = "the value of SourceImage goes on on another line, which may not be its own";
    assert_eq!(read(text).notes, [ALONE, doubt]);
}

#[test]
fn bytes_that_are_no_text_are_replaced_and_noted() {
    let mut bytes = message("\r\n").into_bytes();
    let at = bytes.windows(3).position(|window| window == b"ada").expect("a name");
    bytes[at] = 0xff;
    bytes[at + 1] = 0;
    let found = read(&bytes);
    assert_eq!(found.notes, ["bytes that are not UTF-8 replaced by U+FFFD", ALONE]);
    assert!(found.records[0].2.contains("\u{fffd}\0a"));
}

#[test]
fn a_record_without_end_is_a_limit_and_the_next_is_read() {
    let long = format!("Mar 14 10:26:52 web01 sysmon: {}\n", "x".repeat(50 << 20));
    let line = format!("Mar 14 10:26:53 web01 sysmon: {}\n", message("#012"));
    let found = read(format!("{line}{long}{line}{}", line.trim_end()));
    assert_eq!(found.records.iter().map(|record| record.1).collect::<Vec<_>>(), [Some(1), Some(3), Some(4)]);
    assert_eq!(
        found.damages.iter().map(|damage| (damage.0, damage.1)).collect::<Vec<_>>(),
        [(DamageCode::Limit, Some(2))]
    );
    let found = read(format!("{line}{long}{}", line.trim_end()));
    assert_eq!(found.records.iter().map(|record| record.1).collect::<Vec<_>>(), [Some(1), Some(3)]);
    let value = "x".repeat(2 * MAX_RECORD);
    let object = |value: &str| object(8, &[value], &escaped(&message("\r\n")));
    let found = read(objects(&[object("a"), object(&value), object("b")].concat()));
    assert_eq!((found.records.len(), found.damages.len()), (2, 1));
    let entries =
        [journal(message("\n").as_bytes()), journal(value.as_bytes()), journal(message("\n").as_bytes())];
    let found = read(entries.concat());
    assert_eq!((found.records.len(), found.damages[0].0), (2, DamageCode::Limit));
}

#[test]
fn objects_that_are_too_deep_or_cut_are_told() {
    let deep =
        format!("<Obj RefId=\"0\">{}{}</Obj>", "<Obj RefId=\"1\">".repeat(10_000), "</Obj>".repeat(10_000));
    let whole = object(8, &["x"], &escaped(&message("\r\n")));
    let input = objects(&[&*whole, &deep, &whole, "<Obj RefId=\"0\"><Props>"].concat());
    let found = read(input.trim_end_matches("</Objs>"));
    assert_eq!(found.records.len(), 2);
    assert_eq!(
        found.damages.iter().map(|damage| damage.0).collect::<Vec<_>>(),
        [DamageCode::Limit, DamageCode::Truncated]
    );
}

#[test]
fn rows_that_are_wrong_cost_themselves() {
    let good = table(",", &[("_raw", &*message("\n")), ("host", "x")]);
    let row = good.split_once("\r\n").expect("a row").1;
    let wide = ",".repeat(100_000);
    let input = format!("{good}\"open,x\r\n{row}a,b,c\r\n{wide}\r\n{row}");
    let found = read(input);
    assert_eq!(found.records.len(), 3);
    assert_eq!(
        found.damages.iter().map(|damage| damage.0).collect::<Vec<_>>(),
        [DamageCode::Malformed, DamageCode::Malformed, DamageCode::Limit]
    );
}

#[test]
fn a_table_without_readable_names_is_a_limit() {
    let names = format!("_raw,{}\r\n", "c,".repeat(5000));
    let found = read(format!("{names}{}", "a,b,c\r\n".repeat(2_000_000)));
    assert_eq!(found.damages.iter().map(|damage| damage.0).collect::<Vec<_>>(), [DamageCode::Limit]);
    assert!(found.records.is_empty());
}

#[test]
fn recognised_by_the_beginning() {
    for (input, shape) in [
        ("plain words\nand more", None),
        ("Name,Value\r\n1,2\r\n", None),
        ("Mar 14 10:26:53 web01 sshd[1]: x\n", None),
        ("Id      : 4711\r\nHandles : 3\r\n", None),
        ("Process terminated: by whom?\n", None),
        ("03/14/2024 10:26:53 AM\nand more\n", None),
        ("tar\0\0\nProcess terminated:\nUtcTime: -\n", None),
        ("<Objs><Obj/></Objs>", None),
        ("__CURSOR=a\nMESSAGE=x\n", None),
    ] {
        let found = read(input);
        assert_eq!(found.shapes.first().map(|(name, _)| *name), shape, "{input}");
        assert_eq!(found.damages.first().map(|damage| damage.0), Some(DamageCode::NotALog), "{input}");
    }
}

/// All values by name, as any text gives them back.
fn values(input: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    read_bytes(input, &Options::default(), &mut |batch| {
        for event in batch.events() {
            assert!(event.get(fields::UTC_TIME).is_some());
            values.extend(event.data().map(|(name, value)| (name.as_str().to_owned(), value.to_string())));
        }
    });
    values
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Where a record lies does not depend on how the stream was cut, nor what it holds on what stands around.
    #[test]
    fn many_records_are_read_as_one_is(count in 1usize..2000, kind in 0usize..4) {
        let record = match kind {
            0 => message("\r\n") + "\r\n",
            1 => splunk("03/14/2024 10:26:53 AM", 8, &message("\n")),
            2 => format!("Mar 14 10:26:53 web01 sysmon: {}\n", message("#012")),
            _ => listing(&message("\n")),
        };
        let found = read(record.repeat(count));
        prop_assert_eq!(found.damages, []);
        prop_assert_eq!(found.records.len(), count);
        let lines = memchr::memchr_iter(b'\n', record.as_bytes()).count() as u64;
        let first = found.records[0].1;
        prop_assert_eq!(found.records[count - 1].1, first.map(|first| first + (count as u64 - 1) * lines));
    }

}

proptest! {
    /// A value that a process chose ends nowhere else than it should, or is not given at all.
    #[test]
    fn chosen_values_are_whole_or_in_doubt(value in "[a-zA-Z:\\\\ .{}-]{0,30}", separator in 0usize..3) {
        let separator = ["\r\n", " ", "#015#012"][separator];
        let text = message(separator).replace(r"C:\Users\ada\a: b.exe", value.trim());
        let found = values(&text);
        let image = found.get("SourceImage").map(String::as_str);
        prop_assert!(image.is_none_or(|image| image == value.trim()), "{:?} {:?}", image, value);
        prop_assert!(image.is_some() || found.contains_key("Message"));
    }
}

/// Shapes may follow each other in one file, in every order and however far from its beginning.
#[test]
fn lines_of_every_family_in_one_file() {
    let json = |id: u32| {
        format!(
            "{{\"EventID\":8,\"RecordNumber\":{id},\"SourceName\":\"Microsoft-Windows-Sysmon\",\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"SourceImage\":\"C:\\\\a.exe > b\",\"TargetImage\":\"C:\\\\b.exe\"}}\n"
        )
    };
    let indented = json(9).replace("{\"", "{\n  \"").replace(",\"", ",\n  \"").replace("\"}", "\"\n}");
    let xml = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon'/>\
               <EventID>8</EventID></System><EventData><Data Name='SourceImage'>{\"x\"}</Data></EventData></Event>\n"
        .to_owned();
    let text = message("\r\n") + "\n";
    let syslog = "<14>Mar  1 10:00:00 host app: hello\n".to_owned();
    let pieces = [json(1), xml.clone(), text, syslog.clone(), json(2), indented, xml];
    let far = 40_000;
    for turn in 0..pieces.len() {
        let turned: Vec<&String> = pieces.iter().cycle().skip(turn).take(pieces.len()).collect();
        // The first piece decides who reads; it stands there often enough for more than one block.
        let many = turned[0].repeat(far * 16 / turned[0].len() / 8 + 1);
        let count = many.len() / turned[0].len();
        let found = read(many + &turned[1..].iter().map(|piece| piece.as_str()).collect::<String>());
        let events = found.records.iter().filter(|record| record.0 == 8).count();
        let expected = if turned[0] == &syslog { 6 } else { 6 + count - 1 };
        assert_eq!((events, &found.damages[..]), (expected, &[][..]), "{turn}: {:?}", found.shapes);
    }
}

/// What other programs write as JSON among lines of text is none of Sysmon's, and no loss.
#[test]
fn json_of_others_among_lines_of_syslog() {
    let found = read(format!(
        "<14>Mar  1 10:00:00 host app: sysmon\n{{\"level\":\"info\"}}\n{{\"level\":\n{}\n",
        message("\n")
    ));
    assert_eq!((found.records.len(), found.others, found.damages), (1, 3, vec![]));
}

/// A command line may hold lines that begin like JSON; a script's bracket begins no record.
#[test]
fn a_bracket_in_a_message_begins_no_record() {
    let lines = message("\n").replace("b.exe", "b.exe -c x\n{\n[\n}");
    let found = read(&lines);
    assert_eq!((found.records.len(), found.shapes), (1, vec![("message-text", 1)]));
}

/// An event behind an unfamiliar head, within a root, behind what was cut or behind another format is no
/// less an event.
#[test]
fn events_with_unfamiliar_neighbours() {
    let json = r#"{"EventID":8,"SourceName":"Microsoft-Windows-Sysmon","Channel":"Microsoft-Windows-Sysmon/Operational","SourceImage":"C:\\a.exe"}"#;
    let xml = r#"<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="Microsoft-Windows-Sysmon"/><EventID>8</EventID></System><EventData><Data Name="SourceImage">C:\a.exe</Data></EventData></Event>"#;
    let syslog = format!("<13>Oct  1 00:00:00 h sysmon: {xml}");
    let object = "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n<Obj RefId=\"0\"/>\n</Objs>";
    let cut = &xml[..xml.len() - 30];
    let lines: &[(&[&str], usize, usize)] = &[
        (&[&syslog, &format!("  {xml}")], 2, 0),
        (&[&syslog, &format!("10.0.0.5 sysmon: {xml}"), &syslog], 3, 0),
        (&[&syslog, &format!("<Events>{xml}</Events>")], 2, 0),
        (&[&format!("<Events>{xml}{xml}</Events>"), &syslog], 3, 0),
        (&[&syslog, &format!("<?xml version=\"1.0\"?>{xml}")], 2, 0),
        (&[&syslog, "<?xml version=\"1.0\"?>", "<Events>", xml, "</Events>", json], 3, 0),
        (&[xml, &format!("prefix: {json}")], 2, 0),
        (
            &[&syslog, &format!("2020-01-01 00:00:00 10.1.1.1 winlog {json}"), &format!("[x] winlog {xml}")],
            3,
            0,
        ),
        (&[json, &format!("<Events>{xml}</Events>")], 2, 0),
        (&[&format!("<?xml version=\"1.0\"?>{xml}"), json], 2, 0),
        (&[xml, cut, json, json, xml], 4, 1),
        (&[&format!("{xml}\n").repeat(100), cut, json, &syslog, json], 103, 1),
        (&[object, json, &syslog, xml], 3, 0),
    ];
    for (lines, events, losses) in lines {
        let found = read(lines.join("\n") + "\n");
        assert_eq!(
            (found.records.len(), found.damages.len()),
            (*events, *losses),
            "{lines:#?} {:?}",
            found.damages
        );
        let shapes: u64 = found.shapes.iter().map(|(_, count)| count).sum();
        assert_eq!(shapes, *events as u64, "{:?}", found.shapes);
    }
}

/// An object that is broken costs itself: the next one is read.
#[test]
fn a_damaged_tag_of_an_object_costs_that_object() {
    let whole = object(8, &["x"], &escaped(&message("\r\n")));
    let broken = whole.replacen("</Props></Obj>", "</Props></Oj>", 1);
    for (parts, records) in [([&broken, &whole], 1), ([&whole, &broken], 1), ([&whole, &whole], 2)] {
        let found = read(objects(&parts.map(String::as_str).concat()));
        let codes: Vec<_> = found.damages.iter().map(|damage| damage.0).collect();
        assert_eq!((found.records.len(), codes), (records, vec![DamageCode::Truncated; 2 - records]));
    }
}

/// Objects behind other kinds are read, also where several stand on one line or none is in them.
#[test]
fn objects_behind_other_texts() {
    let whole = objects(&object(8, &["x"], &escaped(&message("\r\n"))));
    let empty = objects("");
    let syslog = format!("<13>Oct  1 00:00:00 h sysmon: {}\n", xml(8, ""));
    for (text, records) in [
        (format!("{syslog}{whole}\n"), 2),
        (format!("{}\n{whole}\n{syslog}", xml(8, "")), 3),
        (format!("{syslog}{empty}{empty}{whole}\n{empty}"), 2),
        (format!("{syslog}<Objs>\n<Objs>\n"), 1),
    ] {
        let found = read(&text);
        assert_eq!((found.records.len(), &found.damages[..]), (records, &[][..]), "{text}");
    }
}

/// Without a blank line between them, a property that comes again begins the next record.
#[test]
fn lists_without_blank_lines_between_them() {
    let one = listing(&message("\n"));
    let found = read(format!("{0}\n{0}\n{0}\n", one.trim()));
    assert_eq!(found.damages, []);
    let lines: Vec<_> = found.records.iter().map(|record| record.1).collect();
    assert_eq!(lines, [Some(1), Some(17), Some(33)]);
    assert!(found.records.iter().all(|record| record.2.ends_with(&data())), "{:?}", found.records);
}

/// What stands behind the last field of a message is no part of it, and the events in it are read.
#[test]
fn a_message_ends_where_something_else_begins() {
    let json = r#"{"EventID":8,"SourceName":"Microsoft-Windows-Sysmon","Channel":"Microsoft-Windows-Sysmon/Operational","SourceImage":"C:\\a.exe"}"#;
    let indented = json.replace("{\"", "{\n  \"").replace(",\"", ",\n  \"").replace("\"}", "\"\n}");
    let table =
        "time,computer,record_id,event_id,event,other,SourceImage\n,web01,7,8,CreateRemoteThread,,C:\\a.exe";
    let entry = format!("__CURSOR=a\n_HOSTNAME=web01\nMESSAGE={}\n", message("#012"));
    for (behind, records) in [
        (json, 2),
        (&*indented, 2),
        (&*format!("Record 1\n{json}"), 2),
        ("Record 1", 1),
        ("**********************\nWindows PowerShell transcript end", 1),
        ("\nwords of someone", 1),
        (table, 2),
        (&*entry, 2),
    ] {
        for before in [listing(&message("\n")), message("\n")] {
            let found = read(format!("{}\n{behind}\n", before.trim()));
            assert_eq!((found.records.len(), &found.damages[..]), (records, &[][..]), "{behind}");
            assert!(found.records[0].2.ends_with(&data()), "{behind}: {:?}", found.records[0]);
        }
    }
}

/// Records of our own text: the head says when and where, whatever stands around.
#[test]
fn our_own_text_is_read_back() {
    let head = "2024-03-14T09:26:53.6000000Z  web01  record 7  Microsoft-Windows-Sysmon/Operational\n";
    let system =
        SYSTEM.replace(" level=4", "").replace(" record_id", " time=2024-03-14T09:26:53.6000000Z record_id");
    let own = format!("{head}{}\n\n", message("\n"));
    check(&own, "threadhunt-text", &system, &[]);
    let json = r#"{"id":8,"fields":{}}"#.to_owned() + "\n";
    let syslog = format!("Mar 14 10:26:53 web01 sysmon: {}\n", message("#012"));
    for other in [json.clone(), xml(8, "") + "\n", message("\n") + "\n\n", syslog] {
        let found = read(format!("{other}{own}{own}{other}"));
        assert_eq!((found.records.len(), &found.damages[..]), (4, &[][..]), "{other}");
        assert!(found.shapes.contains(&("threadhunt-text", 2)), "{:?}", found.shapes);
        // A head alone is one loss, with its reason.
        let found = read(format!("{other}{head}{other}{own}"));
        assert_eq!(found.records.len(), 3, "{other}");
        let damages: Vec<_> = found.damages.iter().map(|damage| (damage.0, &*damage.2)).collect();
        let reason = "the head of a record of our own text, and no record behind it";
        let is_message = other.starts_with("Create");
        assert_eq!(
            damages,
            if is_message { vec![] } else { vec![(DamageCode::Malformed, reason)] },
            "{other}"
        );
    }
    let another = format!("{head}Microsoft-Windows-Kernel-General event 12:\nMajorVersion: 10\nEmpty: \n\n");
    let found = read(format!("{own}{another}"));
    assert_eq!((found.records.len(), found.others, &found.damages[..]), (2, 1, &[][..]));
    assert!(found.records[1].2.ends_with(" MajorVersion=10 Empty="), "{:?}", found.records);
    for line in ["2024-03-14T09:26:53Z  INFO  started", "2024-03-14 web01  record 7", "record 7"] {
        let found = read(format!("{json}{line}\n{json}"));
        assert_eq!((found.records.len(), &*found.damages[0].2), (2, "no JSON object"));
    }
}

/// The notes that our own text has behind the fields are notes again, and no part of the last field.
#[test]
fn notes_of_our_own_text_are_notes() {
    let found = read(format!("{}\n(note): odd\n(note): more\n\n{}\n", message("\n"), message("\n")));
    assert!(found.records.iter().all(|record| record.2.ends_with(&data())), "{:?}", found.records);
    assert_eq!(found.notes, [ALONE, "odd", "more", ALONE]);
}

/// How many places with words an input is told of, with the line of the first.
fn words(input: &str) -> Option<(u64, u64)> {
    let mut oddities = crate::event::Oddities::default();
    read_bytes(input, &Options::default(), &mut |batch| oddities.merge(&batch.oddities));
    oddities
        .iter()
        .find(|oddity| oddity.code == DamageCode::Words)
        .map(|oddity| (oddity.records, oddity.line))
}

/// What a transcript puts around records is known line by line; what else stands there is counted.
#[test]
fn transcripts_around_records() {
    let start = "**********************\r\nWindows PowerShell transcript start\r\nStart time: 20240314102653\r\n\
                 Username: CORP\\ada\r\nRunAs User: CORP\\ada\r\nConfiguration Name: \r\nMachine: WEB01 (Microsoft Windows NT 10.0)\r\n\
                 Host Application: powershell.exe\r\nProcess ID: 47\r\nPSVersion: 5.1.1\r\n**********************\r\n\
                 Transcript started, output file is C:\\x.txt\r\nPS C:\\> Get-WinEvent | fl\r\n";
    let end = "**********************\r\nWindows PowerShell transcript end\r\nEnd time: 20240314102700\r\n**********************\r\n";
    let whole = objects(&object(8, &["x"], &escaped(&message("\r\n")))) + "\n";
    for record in [listing(&message("\n")), message("\n") + "\n", whole] {
        let text = format!("{start}{record}{end}");
        let found = read(&text);
        assert_eq!((found.records.len(), &found.damages[..], words(&text)), (1, &[][..], None), "{text}");
        assert!(!found.records[0].2.contains("transcript"), "{:?}", found.records);
        let text = format!("{start}some words\r\n\r\n{record}{end}more words\r\nand more\r\n");
        let found = read(&text);
        assert_eq!((found.records.len(), &found.damages[..]), (1, &[][..]), "{text}");
        assert_eq!(words(&text), Some((2, 14)), "{text}");
    }
}

#[test]
fn words_beside_records_are_counted_and_no_loss() {
    let message = message("\n");
    assert_eq!(words(&format!("Description: exported by ada\n\n{message}\n")), Some((1, 1)));
    assert_eq!(words(&format!("{message}\n\nwords of someone\n\n{message}\n")), Some((1, 15)));
    assert_eq!(words(&format!("{message}\n\n{message}\n")), None);
}

/// A list that is cut within its last value looks like a whole one but for its line end.
#[test]
fn a_list_without_its_last_line_end_may_be_cut() {
    let list = listing(&(message("\n") + "\nSourceUser: CORP\\ada\nTargetUser: NT AUTHORITY\\SYSTEM"));
    let noted = |text: &str| read(text).notes.iter().filter(|note| *note == super::NO_LINE_END).count();
    let whole = list.trim_end();
    let cut = whole.strip_suffix("RITY\\SYSTEM").expect("the last value");
    assert!(read(cut).records[0].2.ends_with("TargetUser=NT AUTHO"));
    for (text, notes) in
        [(cut, 1), (whole, 1), (&list[..], 0), (&format!("{whole}\n"), 0), (&format!("{list}{cut}"), 1)]
    {
        assert_eq!(noted(text), notes, "{text}");
        let wide: Vec<u8> =
            "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(wide).notes, read(text).notes, "{text}");
    }
}

/// Lines that look like properties are none of a record's because they stand behind it.
#[test]
fn words_within_a_list_are_counted() {
    let list = listing(&message("\n"));
    let list = list.trim_end();
    for known in ["Bookmark : x", "RunspaceId : y", "Properties : {a, b}\n    c"] {
        assert_eq!(words(&format!("{list}\n{known}\n")), None, "{known}");
    }
    for strange in ["a : b\n", "a : b\nc : d\n", "a : b\nsome words\n"] {
        let text = format!("{list}\n{strange}\n{list}\n");
        let found = read(&text);
        assert_eq!(
            (found.records.len(), &found.damages[..], words(&text)),
            (2, &[][..], Some((1, 3))),
            "{text}"
        );
    }
}

/// What stands between events as XML and is neither markup nor known is told of, wherever it stands.
#[test]
fn words_between_events_are_told_of() {
    let event = xml(8, "");
    let reason = |words: &str| format!("words that belong to no record, such as {words:?}");
    let json = r#"{"id":8,"fields":{}}"#;
    for known in [
        "",
        " \t",
        "<!-- a\ncomment -->",
        "<?xml version=\"1.0\"?>\n<Events>\n</Events>",
        "Record 12",
        "Mar 14 10:26:53 web01 sshd[1]: x",
        "Log Name: x\nDescription:\nsome words\nEvent Xml:",
        "PS C:\\> wevtutil qe",
        "03/14/2024 10:26:53 AM",
        json,
    ] {
        let found = read(format!("{event}\n{known}\n{event}\n"));
        assert_eq!(found.damages, [], "{known}");
        assert_eq!(found.records.len(), if known == json { 3 } else { 2 });
    }
    for head in ["some head ", "Record 12 ", "<134>Aug 22 10:00:00 debian sysmon: ", "\"", "- "] {
        assert_eq!(read(format!("{event}\n{head}{event}\n")).damages, [], "{head}");
    }
    let found =
        read(format!("{event}\nsome words\n{event}\n<b>\n\nmore words\nand more\n{event}\nlast words"));
    let told = |line, words| (DamageCode::UnknownShape, Some(line), reason(words));
    assert_eq!(found.damages, [told(2, "some words"), told(6, "more words"), told(9, "last words")]);
    assert_eq!(found.records.len(), 3);
    // Among other kinds, too.
    let found =
        read(format!("Mar 14 10:26:53 web01 sysmon: {}\n{event}\nsome words\n{event}\n", message("#012")));
    assert_eq!((found.records.len(), found.damages), (3, vec![told(3, "some words")]));
    let found = read(format!("{json}\n{event}\nsome words\n{event}\n{json}\n"));
    assert_eq!((found.records.len(), found.damages), (4, vec![told(3, "some words")]));
    // What is a record is read.
    let line = format!("Mar 14 10:26:53 web01 sysmon: {}\n", message("#012"));
    let viewer = format!(
        "Log Name: Microsoft-Windows-Sysmon/Operational\nEvent ID: 8\nDescription:\n{}\n",
        message("\n")
    );
    for record in [line, viewer] {
        let found = read(format!("{event}\n{record}{event}\n"));
        assert_eq!((found.records.len(), &found.damages[..]), (3, &[][..]), "{record}");
    }
}

/// Objects behind events are cut between each other, however many there are.
#[test]
fn objects_behind_events_in_many_blocks() {
    let event = xml(8, "") + "\n";
    let padding = "x".repeat(3000);
    let one = object(8, &["x"], &escaped(&message("\r\n")))
        .replace("web01</S>", &format!("web01</S>\n    <S N=\"Other\">{padding}</S>"))
        .replace("</Props>", "</Props>\n  ");
    let count = 900;
    let many = objects(
        &format!("  {}", one.trim_end())
            .lines()
            .map(|line| line.to_owned() + "\n")
            .collect::<String>()
            .repeat(count),
    );
    assert!(many.len() > 2 << 20);
    for text in [
        format!("{event}{many}\n{event}"),
        format!("{}{many}\n", event.repeat((1 << 20) / event.len())),
        format!("{event}{}", many.replace(">\n", ">")),
    ] {
        let events = text.matches("<Event>").count();
        let found = read(&text);
        assert_eq!((found.records.len(), &found.damages[..]), (count + events, &[][..]));
        assert!(found.shapes.contains(&("export-clixml", count as u64)), "{:?}", found.shapes);
        let computers = found.records.iter().filter(|record| record.2.contains("computer=web01")).count();
        assert_eq!(computers, found.records.len());
    }
}

#[test]
fn a_field_that_comes_twice_is_told_of() {
    let twice = message("\n").replace("NewThreadId: 2336", "NewThreadId: 2336\nNewThreadId: 99");
    let mut told = Vec::new();
    read_bytes(twice, &Options::default(), &mut |batch| {
        told.extend(batch.oddities.iter().map(|oddity| oddity.code));
    });
    assert_eq!(told, [DamageCode::Repeated]);
}
