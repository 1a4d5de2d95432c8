//! Tables: those of others by their columns, and our own, which come back as they were.

use super::*;

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

/// A table of these columns and one row.
pub(super) fn table(delimiter: &str, columns: &[(&str, &str)]) -> String {
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

/// A row without a line end that lacks cells is cut, and read as far as it goes.
#[test]
fn a_row_that_is_cut_is_a_loss() {
    let columns = [("EventID", "8"), ("ComputerName", "web01")];
    let whole = table(",", &[&columns[..], &DATA].concat());
    let (names, row) = whole.split_once("\r\n").expect("two rows");
    let row = row.trim_end().replace('"', "");
    let cut = &row[..row.find("TargetImage").unwrap_or(row.len() * 2 / 3)];
    for end in ["\n", "\r\n"] {
        let text = format!("{names}{end}{row}{end}{cut}");
        let found = read(&text);
        assert_eq!(found.records.len(), 2, "{text}");
        let losses: Vec<_> = found.damages.iter().map(|damage| (damage.0, damage.1)).collect();
        assert_eq!(losses, [(DamageCode::Truncated, Some(3))]);
        // With a line end the program that wrote it left them out, and without one a row may be whole.
        assert_eq!(read(format!("{text}{end}")).damages, []);
        assert_eq!(read(format!("{names}{end}{cut}{end}{row}")).damages, []);
    }
}

#[test]
fn a_table_without_readable_names_is_a_limit() {
    let names = format!("_raw,{}\r\n", "c,".repeat(5000));
    let found = read(format!("{names}{}", "a,b,c\r\n".repeat(2_000_000)));
    assert_eq!(found.damages.iter().map(|damage| damage.0).collect::<Vec<_>>(), [DamageCode::Limit]);
    assert!(found.records.is_empty());
}

/// Whoever starts a process writes its command line.
#[test]
fn an_event_in_a_command_line_is_none() {
    let event = xml(8, "<Data Name='SourceImage'>C:\\forged.exe</Data>");
    let row = [("ComputerName", "srv"), ("FileName", "cmd.exe"), ("ProcessCommandLine", &*event)];
    let found = read(table(",", &row));
    assert_eq!((found.records.len(), found.damages.len()), (0, 1), "{:?}", found.records);
    assert!(found.damages[0].2.contains("the text of ProcessCommandLine holds an event that is not read"));
    let found = read(table(",", &[("ComputerName", "srv"), ("FileName", "cmd.exe"), ("Raw", &*event)]));
    assert_eq!((found.records.len(), &found.damages[..]), (1, &[][..]));
}
