//! Heads that programs put before lines: whatever they are, the events behind them are the same.

use super::*;

/// What collectors and terminals put before a line, and the host that it names.
const HEADS: &[(&str, &str)] = &[
    ("2024-03-14T09:26:53Z ", ""),
    ("2024-03-14T09:26:53.123456789Z ", ""),
    ("2024-03-14T10:26:53+01:00 ", ""),
    ("Mar 14 10:26:53 ", ""),
    ("Mar  4 2024 10:26:53 ", ""),
    ("<13>Mar 14 10:26:53 ", ""),
    ("<13>Mar 14 10:26:53 sysmon: ", ""),
    ("2024-03-14T09:26:53.123456789Z stdout F ", ""),
    ("2024-03-14T09:26:53.123456789Z stderr F ", ""),
    ("2024-03-14T09:26:53Z stdout F <13>Mar 14 10:26:53 web02 sysmon: ", "web02"),
    ("2024-03-14T09:26:53Z Mar 14 10:26:53 web02 sysmon[42]: ", "web02"),
    ("Mar 14 10:26:53 web02 sysmon: ", "web02"),
    ("Mar 14 10:26:53 web02 ", "web02"),
    ("<13>1 2024-03-14T09:26:53Z web02 sysmon 42 - - ", "web02"),
];

const COOKIE: &str = "@cee: ";

/// Records of every kind that has one line, with whether a cookie may stand before them.
fn records() -> Vec<(String, bool)> {
    let data: String = DATA
        .iter()
        .map(|(name, value)| {
            format!("<Data Name='{name}'>{}</Data>", value.replace('<', "&lt;").replace('>', "&gt;"))
        })
        .collect();
    let flat: serde_json::Map<String, serde_json::Value> =
        DATA.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    let data_of = |id: u16| {
        serde_json::json!({"winlog": {"event_id": id, "provider_name": "Microsoft-Windows-Sysmon", "computer_name": "web01",
                           "channel": "Microsoft-Windows-Sysmon/Operational", "event_data": flat}})
    };
    let nxlog = {
        let mut record = flat.clone();
        for (name, value) in [
            ("EventID", 8.into()),
            ("SourceName", "Microsoft-Windows-Sysmon".into()),
            ("Channel", "Microsoft-Windows-Sysmon/Operational".into()),
            ("Hostname", "web01".into()),
            ("Message", message("\r\n").into()),
        ] {
            record.insert(name.to_owned(), value);
        }
        serde_json::Value::Object(record)
    };
    let spaced = data_of(8).to_string().replace("\":", "\": ").replace(",\"", ", \"");
    vec![
        (data_of(8).to_string(), true),
        (spaced, true),
        (nxlog.to_string(), true),
        (xml(8, &data), false),
        (
            xml(8, &data)
                .replace("<Event>", "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>"),
            false,
        ),
    ]
}

/// Ids, system fields and data.
fn said(found: &Found) -> Vec<(u16, &str)> {
    found.records.iter().map(|(id, _, what)| (*id, &**what)).collect()
}

#[test]
fn an_event_is_the_same_behind_every_head() {
    for (record, may_have_cookie) in records() {
        let alone = read(&record);
        assert_eq!((alone.records.len(), &alone.damages[..]), (1, &[][..]), "{record}");
        for (head, _) in HEADS {
            for cookie in ["", COOKIE].iter().filter(|cookie| cookie.is_empty() || may_have_cookie) {
                let line = format!("{head}{cookie}{record}");
                for text in [line.clone(), format!("{line}\n"), format!("{line}\r\n")] {
                    let found = read(&text);
                    assert_eq!((said(&found), &found.damages[..]), (said(&alone), &[][..]), "{text}");
                    assert_eq!((&found.notes, found.others), (&alone.notes, 0), "{text}");
                }
                // Many on a line, and many lines.
                for many in [format!("{record} {record}{record}"), format!("[{record}, {record},{record}]")] {
                    let text = format!("{head}{cookie}{many}\n{line}\n");
                    let found = read(&text);
                    assert_eq!(
                        (said(&found), &found.damages[..]),
                        (said(&alone).repeat(4), &[][..]),
                        "{text}"
                    );
                }
                // Words of a program.
                let found = read(format!("{head}INFO [x] app {cookie}{record}\n{line}\n"));
                assert_eq!((said(&found), &found.damages[..]), (said(&alone).repeat(2), &[][..]), "{line}");
            }
        }
    }
}

#[test]
fn a_message_behind_every_head_is_of_the_host_that_it_names() {
    for end in ["#015#012", "\\r\\n", "  ", "\n"] {
        for (head, host) in HEADS {
            let text = format!("{head}{}\n", message(end));
            let note = "the computer is the host that the line names";
            if host.is_empty() {
                let part = if head.contains("sysmon") { "read in part: no computer is named" } else { ALONE };
                check(&text, "syslog", SYSMON, &[part]);
            } else {
                check(&text, "syslog", &format!("{SYSMON} computer={host}"), &[note]);
            }
        }
    }
}

/// What breaks off is told of, behind a whole event too, and is no other program's.
#[test]
fn json_that_is_cut_behind_a_head_is_told_of() {
    for (record, _) in records().into_iter().take(2) {
        let cut = &record[..record.len() * 2 / 3];
        for (head, _) in HEADS {
            for (text, events) in [
                (format!("{head}{cut}\n{head}{record}\n"), 1),
                (format!("{head}INFO {cut}\n{head}{record}\n"), 1),
                (format!("{head}{record} {cut}\n{head}{record}\n"), 2),
            ] {
                let found = read(&text);
                let losses: Vec<_> = found.damages.iter().map(|damage| (damage.0, damage.1)).collect();
                assert_eq!(
                    (found.records.len(), losses),
                    (events, vec![(DamageCode::Malformed, Some(1))]),
                    "{text}"
                );
            }
        }
    }
    // A value that looks like an event is one of a message's.
    let evil = &records()[0].0;
    let text = message("#012").replace(r"C:\Users\ada\a: b.exe", evil);
    let found = read(format!("Mar 14 10:26:53 sysmon: {text}\n"));
    assert!(found.records[0].2.contains(&format!("SourceImage={evil} ")), "{:?}", found.records);
    // What other programs write is theirs.
    let found = read(format!("Mar 14 10:26:53 h app: {{\"a\":\nMar 14 10:26:53 sysmon: {}\n", xml(8, "")));
    assert_eq!((found.records.len(), found.others, found.damages), (1, 1, vec![]));
}

/// containerd cuts long lines: each part is a line with a head, and the last one says that it is.
#[test]
fn parts_of_a_line_are_put_together() {
    let part =
        |stream: &str, tag: &str, text: &str| format!("2024-03-14T09:26:53.1Z {stream} {tag} {text}\n");
    for (record, _) in records() {
        let alone = read(&record);
        for at in [1, 9, record.len() / 2, record.len() - 1] {
            let (first, rest) = record.split_at(at);
            let (second, third) = rest.split_at(rest.len() / 2);
            let parts = [part("stdout", "P", first), part("stdout", "P", second), part("stdout", "F", third)]
                .concat();
            let whole = part("stdout", "F", &record);
            let found = read(format!("{whole}{parts}{parts}{whole}"));
            assert_eq!((said(&found), &found.damages[..]), (said(&alone).repeat(4), &[][..]), "{parts}");
            let lines: Vec<_> = found.records.iter().map(|record| record.1).collect();
            assert_eq!(lines, [Some(1), Some(2), Some(5), Some(8)]);
            let found = read(parts.repeat(500));
            assert_eq!((found.records.len(), &found.damages[..]), (500, &[][..]), "{parts}");
        }
        // A part that nothing follows is told of.
        let half = &record[..record.len() / 2];
        for behind in [String::new(), part("stderr", "F", "x"), part("stdout", "F", "x")] {
            let text = format!("{}{}{behind}", part("stdout", "F", &record), part("stdout", "P", half));
            let found = read(&text);
            assert_eq!((found.records.len(), found.damages.len()), (1, 1), "{text}: {:?}", found.damages);
        }
    }
}

/// A value ends in no blanks because a console padded its lines.
#[test]
fn texts_with_blanks_at_the_ends_of_lines() {
    let left_out = "blanks at the ends of lines left out";
    for record in
        [message("\n"), listing(&message("\n")), splunk("03/14/2024 10:26:53 AM", 8, &message("\n"))]
    {
        let alone = read(&record);
        for end in ["  \n", " \r\n", "\t\n"] {
            let found = read(record.replace('\n', end));
            assert_eq!((said(&found), &found.damages[..]), (said(&alone), &[][..]), "{found:?}");
            let notes = [&alone.notes[..], &[left_out.to_owned()]].concat();
            assert_eq!(found.notes, notes);
        }
    }
}

/// A text that ends within a field is a loss, and its event is given without what is invented.
#[test]
fn a_message_that_is_cut_within_a_name_is_a_loss() {
    for (record, line) in [(message("\r\n"), 1), (listing(&message("\n")), 3)] {
        let at = record.find("NewThreadId").expect("a field") + 5;
        for (text, line) in [
            (record[..at].to_owned(), line),
            (format!("{0}\n\n{1}", message("\n"), &record[..at]), line + 14),
        ] {
            let found = read(&text);
            let losses: Vec<_> = found.damages.iter().map(|damage| (damage.0, damage.1)).collect();
            assert_eq!(losses, [(DamageCode::Truncated, Some(line))], "{text}");
            let last = &found.records.last().expect("an event").2;
            assert!(last.ends_with(" TargetImage=<unknown process>"), "{last}");
        }
    }
}
