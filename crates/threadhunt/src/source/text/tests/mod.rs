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

mod between;
mod heads;
mod tables;

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
        ("splunk-csv", tables::table(",", &host).replace("\r\n", "\n") + "a,\"b\nc,d\n\"e\",f\n"),
        ("splunk-csv", "sep=;\n".to_owned() + &tables::table(";", &host).replace("\r\n", "\n")),
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
