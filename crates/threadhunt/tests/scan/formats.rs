//! How findings look: goldens of the table at three widths, of the JSON lines and the CSV.

use threadhunt::detect::Copies;
use threadhunt::report::{Scanned, Severity};
use threadhunt::sink::scan::{
    Look, Show, write_card, write_cards, write_csv, write_ecs, write_finding, write_jsonl, write_navigator,
    write_ocsf, write_table, write_timesketch,
};
use unicode_width::UnicodeWidthStr;

use crate::log::{Entry, scan};

const GUID: &str = "{747f3d96-d8ec-5f8a-0000-0010942073";

/// Long paths, wide characters, hostile values, several starts and computers.
fn sample() -> Scanned {
    let target = |n: u64| format!("{GUID}{n:02x}}}");
    let thread = |id: u64, n: u64, changes: &[(&str, &str)]| {
        let mut entry =
            Entry::thread(id, &[("TargetProcessGuid", &target(n)), ("NewThreadId", &id.to_string())]);
        changes.iter().for_each(|(name, value)| entry.set(name, value));
        entry
    };
    let console = [
        ("UtcTime", "2020-10-17 12:00:00.000"),
        ("SourceImage", r"C:\Windows\System32\csrss.exe"),
        ("SourceProcessGuid", "{747f3d96-0000-5f8a-0000-000000000000}"),
        ("SourceProcessId", "512"),
        ("StartModule", r"C:\Windows\System32\KERNELBASE.dll"),
        ("StartFunction", "CtrlRoutine"),
        ("StartAddress", "0x00007FFDC26C1000"),
    ];
    let hostile = [
        ("UtcTime", "2020-10-17 12:01:00.000"),
        ("SourceImage", "C:\\Temp\\\u{1b}[2J\u{202e}gpj.exe"),
        ("RuleName", "=cmd|' /C calc'!A0"),
        ("TargetImage", r"C:\データ\とても長い名前のフォルダー\日本語プログラム.exe"),
        ("SourceUser", "HOST\\Ann, \"the\" boss"),
        ("StartAddress", "0xFFFFF803AA2260C0"),
    ];
    let mut files = vec![
        (
            "sideload.evtx",
            vec![
                thread(417_080, 1, &[("TargetImage", "<unknown process>"), ("TargetProcessId", "840")]),
                Entry::new(1, 417_081, &[("ProcessGuid", &target(1)), ("Image", r"C:\Windows\SysWOW64\rundll32.exe")]),
                thread(417_082, 2, &[]),
                thread(417_090, 3, &console),
                thread(417_092, 4, &hostile),
                Entry::new(16, 417_093, &[("UtcTime", "2020-10-17 12:02:00.000"), ("Configuration", r"C:\Windows\sysmon.xml"), ("ConfigurationFileHash", "SHA256=00FF")]),
                Entry::new(255, 417_094, &[("UtcTime", "2020-10-17 12:03:00.000"), ("ID", "DriverCommunication"), ("Description", "Failed to retrieve events - Last error: \u{1b}[31mThe I/O operation has been aborted")]),
            ],
        ),
        ("quiet.evtx", vec![Entry::new(1, 1, &[]).on("QUIET"), Entry::new(4, 2, &[("UtcTime", "2020-10-17 10:00:00.000"), ("State", "Stopped"), ("Version", "10.41")]).on("QUIET")]),
        ("other.xml", vec![thread(3, 5, &[("SourceProcessGuid", ""), ("TargetImage", r"C:\Program Files\WindowsApps\Microsoft.WindowsCommunicationsApps_16005.14326.20970.0_x64__8wekyb3d8bbwe\HxOutlook.exe")]).without("UtcTime").on("DESKTOP-7")]),
    ];
    for n in 0..7u64 {
        let address = format!("0x00000000{n:02X}A40B8{n}");
        files[0].1.push(thread(
            417_095 + n,
            2,
            &[("StartAddress", &address), ("UtcTime", "2020-10-17 11:44:00.000")],
        ));
    }
    scan(&files, Copies::Once)
}

fn table(width: usize, color: bool) -> String {
    let mut out = Vec::new();
    write_table(&sample(), Look { width, color }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_table_at_80_columns() {
    insta::assert_snapshot!(table(80, false));
}

#[test]
fn the_table_at_120_columns() {
    insta::assert_snapshot!(table(120, false));
}

#[test]
fn the_table_at_160_columns() {
    insta::assert_snapshot!(table(160, false));
}

#[test]
fn lines_keep_to_the_width() {
    for width in [40, 59, 60, 80, 100, 110, 120, 160, 250] {
        for line in table(width, false).lines() {
            assert!(line.width() <= width, "{} in {width}: {line}", line.width());
        }
    }
}

#[test]
fn names_survive_where_there_is_room() {
    // Between, rows are single lines, in which the longest names lose their middle.
    for width in [0, 40, 120] {
        for name in [
            "WINWORD.exe",
            "rundll32.exe",
            "HxOutlook.exe",
            "日本語プログラム.exe",
            "CtrlRoutine",
            "DESKTOP-7",
        ] {
            assert!(table(width, false).contains(name), "{name} in {width}");
        }
    }
}

#[test]
fn colour_comes_only_when_told_and_changes_no_text() {
    assert!(!table(120, false).contains('\u{1b}'));
    let colored = table(120, true);
    let plain = ["1;31", "31", "1", "2", "33", "0"]
        .iter()
        .fold(colored.clone(), |text, style| text.replace(&format!("\u{1b}[{style}m"), ""));
    assert_ne!(colored, plain);
    assert_eq!(plain, table(120, false));
}

#[test]
fn an_empty_result_says_so() {
    let mut out = Vec::new();
    write_table(&Scanned::default(), Look { width: 80, color: false }, &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

fn cards(width: usize, color: bool, show: &Show) -> String {
    let mut out = Vec::new();
    write_cards(&sample(), show, Look { width, color }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_cards_at_80_columns() {
    insta::assert_snapshot!(cards(80, false, &Show::Worst));
}

#[test]
fn all_cards_at_120_columns() {
    insta::assert_snapshot!(cards(120, false, &Show::All));
}

#[test]
fn one_finding_in_full() {
    let worst = sample();
    let id = worst.findings[worst.patterns[0].findings[0]].spelled_id();
    let full = cards(120, false, &Show::One(id.clone()));
    assert_eq!(full, cards(120, false, &Show::One(id[..6].to_owned())), "a beginning of the id is enough");
    insta::assert_snapshot!(full);
    assert!(cards(80, false, &Show::One("F-0".to_owned())).starts_with("no finding has an id"));
}

#[test]
fn cards_keep_to_the_width_and_values_stay_text() {
    let one = Show::One(sample().findings[0].spelled_id());
    for width in [40, 60, 80, 120, 250] {
        for show in [&Show::Worst, &Show::All, &one] {
            let cards = cards(width, false, show);
            assert!(!cards.chars().any(|c| c == '\u{202e}' || (c.is_control() && c != '\n')));
            for line in cards.lines() {
                assert!(line.width() <= width, "{} in {width}: {line}", line.width());
            }
        }
    }
}

#[test]
fn colour_changes_no_text_of_cards() {
    let colored = cards(120, true, &Show::All);
    let plain = ["1;31", "31", "33", "1", "2", "0"]
        .iter()
        .fold(colored.clone(), |text, style| text.replace(&format!("\u{1b}[{style}m"), ""));
    assert_ne!(colored, plain);
    assert_eq!(plain, cards(120, false, &Show::All));
}

#[test]
fn what_is_left_out_is_gone_from_patterns_too() {
    let mut scanned = sample();
    let all = scanned.findings.len();
    let left_out = scanned.retain(|finding| finding.judgement.severity >= Severity::High);
    assert_eq!(scanned.findings.len() + left_out, all);
    assert!(left_out > 0 && !scanned.findings.is_empty());
    let in_patterns: usize = scanned.patterns.iter().map(|pattern| pattern.findings.len()).sum();
    assert_eq!(in_patterns, scanned.findings.len());
    for pattern in &scanned.patterns {
        let threads: u64 = pattern.findings.iter().map(|place| scanned.findings[*place].count).sum();
        assert_eq!((threads, pattern.severity >= Severity::High), (pattern.threads, true));
    }
}

#[test]
fn json_lines() {
    let mut out = Vec::new();
    write_jsonl(&sample(), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(!text.chars().any(|c| c == '\u{202e}' || (c.is_control() && c != '\n')));
    let hostile = text.lines().find(|line| line.contains("gpj.exe")).unwrap();
    let parsed: serde_json::Value = serde_json::from_str(hostile).unwrap();
    assert_eq!(parsed["source"]["image"], "C:\\Temp\\\u{1b}[2J\u{202e}gpj.exe", "escaped, not changed");
    insta::assert_snapshot!(text);
}

/// All keys of an object and of what it holds, but for maps by event id.
fn keys(value: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
    match value {
        serde_json::Value::Array(all) => all.iter().for_each(|value| keys(value, found)),
        serde_json::Value::Object(all) => {
            for (key, value) in all.iter().filter(|(key, _)| key.parse::<u16>().is_err()) {
                found.insert(key.clone());
                keys(value, found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_key_is_documented() {
    let mut out = Vec::new();
    write_jsonl(&sample(), &mut out).unwrap();
    let mut found = std::collections::BTreeSet::new();
    for line in String::from_utf8(out).unwrap().lines() {
        keys(&serde_json::from_str(line).unwrap(), &mut found);
    }
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/scan-json.md")).unwrap();
    let missing: Vec<_> = found.iter().filter(|key| !page.contains(&format!("`{key}`"))).collect();
    assert!(found.len() > 60 && missing.is_empty(), "{} keys, {missing:?} not in the page", found.len());
}

#[test]
fn csv() {
    let mut out = Vec::new();
    write_csv(&sample(), &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

/// The lines of a format for the sample, which is checked to be safe to look at, and parsed.
fn documents(write: impl FnOnce(&Scanned, &mut Vec<u8>)) -> Vec<serde_json::Value> {
    let mut out = Vec::new();
    write(&sample(), &mut out);
    let text = String::from_utf8(out).unwrap();
    assert!(!text.chars().any(|c| c == '\u{202e}' || (c.is_control() && c != '\n')));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Ids are in every form, once a finding, the worst first.
#[test]
fn alerts_have_the_ids_of_their_findings() {
    let sample = sample();
    let ids: Vec<String> =
        sample.worst_first().into_iter().map(|place| sample.findings[place].spelled_id()).collect();
    let of = |documents: &[serde_json::Value], pointer: &str| -> Vec<String> {
        documents
            .iter()
            .map(|document| document.pointer(pointer).unwrap().as_str().unwrap().to_owned())
            .collect()
    };
    let alerts = documents(|scanned, out| write_ecs(scanned, None, out).unwrap());
    assert_eq!(of(&alerts, "/event/id"), ids);
    let findings = documents(|scanned, out| write_ocsf(scanned, out).unwrap());
    assert_eq!(of(&findings, "/finding_info/uid"), ids);
    let bulk = documents(|scanned, out| write_ecs(scanned, Some("alerts"), out).unwrap());
    let (actions, rest): (Vec<_>, Vec<_>) = bulk.into_iter().partition(|line| line["create"].is_object());
    assert_eq!((of(&actions, "/create/_id"), rest), (ids, alerts));
}

#[test]
fn alerts_name_source_and_target_and_keep_what_was_logged() {
    let alerts = documents(|scanned, out| write_ecs(scanned, None, out).unwrap());
    let hostile = alerts.iter().find(|alert| alert.to_string().contains("gpj")).unwrap();
    assert_eq!(hostile["process"]["executable"], "C:\\Temp\\\u{1b}[2J\u{202e}gpj.exe");
    assert_eq!(
        hostile["process"]["user"],
        serde_json::json!({"name": "Ann, \"the\" boss", "domain": "HOST"})
    );
    assert!(hostile["Target"]["process"]["name"].as_str().unwrap().contains("日本語"));
    for alert in &alerts {
        assert_eq!((&alert["event"]["kind"], alert["rule"]["id"].is_string()), (&"alert".into(), true));
        assert!(alert["threat"].is_null() || alert["threat"]["technique"]["id"][0] == "T1055");
    }
}

#[test]
fn timesketch_has_a_line_for_each_time() {
    let lines = documents(|scanned, out| write_timesketch(scanned, out).unwrap());
    for line in &lines {
        for key in ["message", "datetime", "timestamp_desc", "finding_id", "severity"] {
            assert!(line[key].is_string(), "{key} in {line}");
        }
        assert!(line["timestamp"].is_i64() && line["datetime"].as_str().unwrap().ends_with("+00:00"));
    }
    let descs = |desc: &str| lines.iter().filter(|line| line["timestamp_desc"] == desc).count();
    assert_eq!((descs("First remote thread"), descs("Last remote thread")), (sample().findings.len(), 1));
    let mut timeless = Scanned { findings: sample().findings, ..Scanned::default() };
    timeless.findings.truncate(1);
    timeless.findings[0].first = None;
    timeless.findings[0].last = None;
    timeless.findings[0].judgement.chain.clear();
    let mut out = Vec::new();
    write_timesketch(&timeless, &mut out).unwrap();
    let line: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!((&line["timestamp"], &line["timestamp_desc"]), (&0.into(), &"Not a time".into()));
}

#[test]
fn a_layer_scores_techniques_by_severity_and_number() {
    let mut scanned = sample();
    let one = scanned.findings[0].clone();
    scanned.findings.clear();
    let add = |scanned: &mut Scanned, technique: Option<&str>, severity: Severity, count: usize| {
        for _ in 0..count {
            let mut finding = one.clone();
            finding.judgement.technique = technique.map(Into::into);
            finding.judgement.severity = severity;
            scanned.findings.push(finding);
        }
    };
    add(&mut scanned, Some("T1055"), Severity::Critical, 1);
    add(&mut scanned, Some("T1055"), Severity::Low, 9);
    add(&mut scanned, Some("T1055.001"), Severity::High, 4);
    add(&mut scanned, Some("T1055.012"), Severity::Info, 1_000);
    add(&mut scanned, None, Severity::Info, 2);
    let mut out = Vec::new();
    write_navigator(&scanned, &mut out).unwrap();
    let layer: serde_json::Value = serde_json::from_slice(&out).unwrap();
    let rows = layer["techniques"].as_array().unwrap();
    let scores: Vec<_> = rows
        .iter()
        .map(|row| (row["techniqueID"].as_str().unwrap(), row["score"].as_u64().unwrap()))
        .collect();
    // 4 × 20; 3 × 20 and two doublings of 4; nine doublings would leave the band.
    assert_eq!(scores, [("T1055", 80), ("T1055.001", 68), ("T1055.012", 19)]);
    assert!(
        rows[0]["comment"].as_str().unwrap().starts_with("1 critical, 9 low on 1 computer"),
        "{}",
        rows[0]
    );
    assert!(layer["description"].as_str().unwrap().ends_with("2 without a technique"));
    assert_eq!((&layer["versions"]["layer"], &layer["domain"]), (&"4.5".into(), &"enterprise-attack".into()));
}

#[test]
fn one_finding_alone_looks_as_among_others() {
    let sample = sample();
    let place = sample.worst_first()[0];
    let mut one = Vec::new();
    write_finding(&sample.findings[place], &mut one).unwrap();
    let mut all = Vec::new();
    write_jsonl(&sample, &mut all).unwrap();
    assert!(all.starts_with(&one) && one.ends_with(b"\n"));
    let mut card = Vec::new();
    write_card(&sample.findings[place], Look { width: 120, color: false }, &mut card).unwrap();
    let card = String::from_utf8(card).unwrap();
    assert_eq!(format!("{card}\n"), cards(120, false, &Show::One(sample.findings[place].spelled_id())));
}

#[test]
fn ids_are_found_by_their_beginning() {
    let mut finding = sample().findings.swap_remove(0);
    finding.id = 0xffa1_0000_0000_0001;
    for (beginning, found) in
        [("F-ffa1", true), ("f-FFA1", true), ("ffa1", true), ("a1", false), ("F-a1", false)]
    {
        assert_eq!(finding.has_id(beginning), found, "{beginning}");
    }
}
