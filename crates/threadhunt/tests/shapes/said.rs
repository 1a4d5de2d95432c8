//! What messages and times say, however somebody laid them out.

use threadhunt::source::{Options, read_bytes};

use crate::{Record, Seen, read};

/// Event 8 as its newest layout has it.
const LINES: [(&str, &str); 14] = [
    ("RuleName", "-"),
    ("UtcTime", "2024-03-14 09:26:53.589"),
    ("SourceProcessGuid", "{a98268c1-9586-5acd-0000-001070a20000}"),
    ("SourceProcessId", "684"),
    ("SourceImage", r"C:\Users\ada\a.exe"),
    ("TargetProcessGuid", "{a98268c1-9c2e-5acd-0000-00100266ab00}"),
    ("TargetProcessId", "240"),
    ("TargetImage", r"C:\Windows\explorer.exe"),
    ("NewThreadId", "2336"),
    ("StartAddress", "0x00007FFA356A7E40"),
    ("StartModule", r"C:\Windows\System32\kernel32.dll"),
    ("StartFunction", "LoadLibraryA"),
    ("SourceUser", r"CORP\ada"),
    ("TargetUser", r"NT AUTHORITY\SYSTEM"),
];

fn message(end: &str, lines: &[(&str, &str)]) -> String {
    let lines = lines.iter().map(|(name, value)| format!("{end}{name}: {value}"));
    format!("CreateRemoteThread detected:{}", lines.collect::<String>())
}

/// What PowerShell lists of an event.
fn listing(lines: &[(&str, &str)]) -> String {
    let message = message("\n               ", lines);
    format!("ProviderName : Microsoft-Windows-Sysmon\nId           : 8\nMessage      : {message}\n\n")
}

#[track_caller]
fn check_all(record: &Record) {
    for (name, value) in LINES {
        assert_eq!(record.canonical(name), value, "{name}: {record:?}");
    }
    assert_eq!(record.data.len(), LINES.len());
}

/// The warnings on an input: code and reason.
fn warnings(input: impl AsRef<[u8]>) -> Vec<String> {
    let mut told = Vec::new();
    read_bytes(input, &Options::default(), &mut |batch| {
        told.extend(batch.oddities.iter().map(|oddity| format!("{} {}", oddity.code.name(), oddity.what)));
    });
    told
}

#[test]
fn lines_of_a_message_in_any_order() {
    let mut sorted = LINES;
    sorted.sort_unstable();
    let mut reversed = LINES;
    reversed.reverse();
    let mut users_first = LINES;
    users_first.rotate_right(2);
    for lines in [sorted, reversed, users_first] {
        for text in [message("\n", &lines) + "\n", message("\r\n", &lines), listing(&lines)] {
            let Seen { events, damages, .. } = read(text.as_bytes());
            assert_eq!((events.len(), damages.len()), (1, 0), "{text}");
            check_all(&events[0]);
            assert!(events[0].notes.iter().all(|note| !note.contains("cut")), "{:?}", events[0].notes);
            assert_eq!(warnings(&text), <[&str; 0]>::default());
        }
    }
}

/// What follows a message whose last line is not the last field is no part of it.
#[test]
fn a_message_in_another_order_ends_where_something_else_begins() {
    let mut lines = LINES;
    lines.reverse();
    for behind in ["words of someone", "**********", "PS C:\\> "] {
        let seen = read(format!("{}\n\n{behind}\n", message("\n", &lines)).as_bytes());
        assert_eq!((seen.events.len(), seen.damages.len()), (1, 0), "{behind}");
        check_all(&seen.events[0]);
    }
}

/// A command line that is the last field of an old layout may go on on lines that look like something else.
#[test]
fn a_command_line_at_the_end_may_have_many_lines() {
    let text = "Process Create:\nUtcTime: 2014-08-14 09:26:53.589\nProcessGuid: {a98268c1-9586-5acd-0000-001070a20000}\n\
                ProcessId: 684\nImage: C:\\a.exe\nCommandLine: a\nUser: CORP\\ada\nLogonGuid: {a98268c1-9586-5acd-0000-001070a20000}\n\
                LogonId: 0x3e7\nTerminalSessionId: 1\nIntegrityLevel: High\nHashes: MD5=0\n\
                ParentProcessGuid: {a98268c1-9586-5acd-0000-001070a20000}\nParentProcessId: 1\nParentImage: C:\\b.exe\n\
                ParentCommandLine: b\n{\n  \"x\": 1\n}\n";
    let seen = read(text.as_bytes());
    assert_eq!((seen.events.len(), seen.damages.len()), (1, 0), "{seen:?}");
    assert_eq!(seen.events[0].canonical("ParentCommandLine"), "b\n{\n  \"x\": 1\n}");
}

#[test]
fn a_list_that_is_cut_says_so() {
    let whole = listing(&LINES);
    for cut in ["TargetUser", "CORP"] {
        let text = &whole[..whole.find(cut).expect("a place")];
        let seen = read(text.trim_end_matches(' ').as_bytes());
        let note = "the message has 13 of 14 fields: it may be cut, and its last value with it";
        assert!(seen.events[0].notes.iter().any(|known| known == note), "{cut}: {:?}", seen.events);
    }
    assert!(read(whole.as_bytes()).events[0].notes.iter().all(|note| !note.contains("cut")));
}

const DATA: &str = r#"{"UtcTime":"2022-09-22 23:54:16.705","NewThreadId":"3"}"#;

/// A row of Sentinel's portal with this time in this column.
fn portal(column: &str, time: &str) -> String {
    let data = DATA.replace('"', "\"\"");
    format!(
        "{column},Provider,Channel,Computer,EventID,EventData\n\
         \"{time}\",Microsoft-Windows-Sysmon,Microsoft-Windows-Sysmon/Operational,web01,8,\"{data}\"\n"
    )
}

fn flat(time: &str) -> String {
    format!(
        "{{\"EventID\":8,\"SourceName\":\"Microsoft-Windows-Sysmon\",\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\
         \"EventTime\":\"{time}\",\"UtcTime\":\"2022-09-22 23:54:16.705\",\"NewThreadId\":3}}\n"
    )
}

#[test]
fn a_column_says_that_its_times_are_in_utc() {
    let text = portal("TimeGenerated [UTC]", "9/22/2022, 11:54:16.974 PM");
    let seen = read(text.as_bytes());
    assert_eq!(seen.events[0].system["time"], "2022-09-22T23:54:16.9740000Z");
    assert_eq!((&seen.events[0].notes[..], seen.doubtful), (&[][..], 0));
    assert_eq!(warnings(&text), <[&str; 0]>::default());
    let seen = read(portal("TimeGenerated [UTC]", "9/10/2022 23:54:16").as_bytes());
    let note = "time 9/10/2022 23:54:16 left out: nothing says which of its numbers is the month";
    assert_eq!(
        (seen.events[0].system.get("time"), &seen.events[0].notes[..]),
        (None, &[note.to_owned()][..])
    );
    assert_eq!(seen.doubtful, 1);
}

#[test]
fn local_times_of_every_form_are_in_doubt_and_exist() {
    for time in ["2022/09/22 23:54:16.97", "Sep 22, 2022 @ 23:54:16.705", "9/22/2022, 11:54:16.974 PM"] {
        let seen = read(flat(time).as_bytes());
        assert_eq!(
            seen.events[0].notes,
            [format!("time {time} left out: it has no zone, so it is no instant")]
        );
        assert_eq!((seen.doubtful, seen.events[0].system.get("time")), (1, None));
        assert_eq!(warnings(flat(time)), <[&str; 0]>::default(), "{time}");
    }
}

#[test]
fn a_form_that_is_not_known_is_told_from_a_date_that_does_not_exist() {
    for (time, why) in [
        ("2022-09-31 23:54:16", "no date that exists"),
        ("2022/13/22 23:54:16", "no date that exists"),
        ("yesterday", "in no form of a date that is known"),
    ] {
        assert_eq!(warnings(flat(time)), [format!("date the record's time is {why}: {time}; left out")]);
    }
}

#[test]
fn a_utc_time_that_is_no_text_is_told_of() {
    for number in ["1595390463866", "1595390463", "true"] {
        let line = flat("2022-09-22T23:54:17Z").replace("\"2022-09-22 23:54:16.705\"", number);
        let told = format!("date UtcTime is in no form of a date that is known: {number}; kept as text");
        assert_eq!(warnings(&line), [told]);
        assert_eq!(read(line.as_bytes()).events[0].canonical("UtcTime"), number);
    }
}

/// Windows has no leap seconds; what shows one was not written by it.
#[test]
fn a_leap_second_is_no_time() {
    let line = flat("2016-12-31T23:59:60Z");
    assert_eq!(
        warnings(&line),
        ["date the record's time is no date that exists: 2016-12-31T23:59:60Z; left out"]
    );
    assert_eq!(read(line.as_bytes()).events[0].system.get("time"), None);
}

/// What Event Viewer saves as CSV, or as text with tabs: five headings, and the message behind them.
fn event_viewer(headings: &str, delimiter: &str) -> String {
    let message = message("\r\n", &LINES).replace("RuleName: -", "RuleName: \"\"a,b\"\",c,d,e");
    let cells = [
        "Information",
        "3/14/2024 10:26:53 AM",
        "Microsoft-Windows-Sysmon",
        "8",
        "CreateRemoteThread detected",
    ];
    let other = ["Information", "3/14/2024 10:26:54 AM", "Service Control Manager", "7036", "None"];
    format!(
        "{}\r\n{}{delimiter}\"{message}\"\r\n{}{delimiter}The service entered the running state.\r\n",
        headings.replace(',', delimiter),
        cells.join(delimiter),
        other.join(delimiter)
    )
}

#[test]
fn tables_of_event_viewer() {
    const HEADINGS: &str = "Level,Date and Time,Source,Event ID,Task Category";
    for (headings, delimiter) in
        [(HEADINGS, ","), (HEADINGS, "\t"), (&format!("{HEADINGS},Description"), ",")]
    {
        let text = event_viewer(headings, delimiter);
        let seen = read(text.as_bytes());
        assert_eq!(
            (&seen.damages[..], &seen.shapes[..]),
            (&[][..], &[("event-viewer-csv", 2)][..]),
            "{text}"
        );
        let [event, other] = &seen.events[..] else { panic!("{seen:?}") };
        assert_eq!((event.id, &event.provider[..]), (8, "Microsoft-Windows-Sysmon"));
        assert_eq!(event.canonical("RuleName"), "\"a,b\",c,d,e");
        assert_eq!(event.canonical("TargetUser"), r"NT AUTHORITY\SYSTEM");
        assert_eq!((event.data.len(), event.system.get("time"), &event.system["level"][..]), (14, None, "4"));
        assert!(event.notes.iter().any(|note| note.contains("has no zone")), "{:?}", event.notes);
        assert_eq!((&other.provider[..], seen.doubtful), ("Service Control Manager", 2));
    }
}

/// Its headings are in the language of Windows; the message is not.
#[test]
fn tables_of_event_viewer_in_other_languages() {
    let text = event_viewer("Ebene,Datum und Uhrzeit,Quelle,Ereignis-ID,Aufgabenkategorie", ",");
    let text = text.replace("\"\"a,b\"\",c,d,e", "technique_id=T1055,technique_name=x");
    let seen = read(text.as_bytes());
    assert_eq!((seen.events.len(), seen.events[0].id), (1, 8));
    assert_eq!(seen.events[0].canonical("TargetUser"), r"NT AUTHORITY\SYSTEM");
    assert_eq!(seen.damages, ["malformed a row of 6 cells, and there are 5 columns"], "of no known event");
}

/// An export of nothing is a log too; an object that says nothing is none.
#[test]
fn exports_without_records() {
    for empty in [
        "[]",
        " [ ]\r\n",
        "{\"value\":[]}",
        "{\"hits\":{\"hits\":[]}}",
        "{\"took\":5,\"hits\":{\"total\":{\"value\":0},\"hits\":[]}}",
        "{\"responses\":[{\"hits\":{\"hits\":[]}},{\"hits\":{\"hits\":[]}}]}",
        "{\"results\":[],\"next\":null}",
        "time,computer,record_id,event_id,event,other\r\n",
        "_time,_raw,host\n",
        "Level,Date and Time,Source,Event ID,Task Category\r\n",
        "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\" />",
        "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\r\n</Objs>",
        "<?xml version=\"1.0\"?>\n<Events></Events>",
    ] {
        let seen = read(empty.as_bytes());
        assert_eq!((seen.events.len(), &seen.damages[..]), (0, &[][..]), "{empty}");
    }
    for other in [
        "{}",
        "[",
        "[[]]",
        "{\"value\":[1]}",
        "{\"value\":[],\"rows\":[{\"a\":1}]}",
        "{\"a\":[]}",
        "[] []",
        "Name,Value\n",
    ] {
        assert_eq!(read(other.as_bytes()).damages.len(), 1, "{other}");
    }
}
