//! Records of several shapes in one file, and what stands between them.

use super::*;

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
    let noted =
        |text: &str| read(text).notes.iter().filter(|note| *note == crate::source::text::NO_LINE_END).count();
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
