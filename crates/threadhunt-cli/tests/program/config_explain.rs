//! `threadhunt config explain`: what is explained, of what, and how much.

use serde_json::{Value, json};

use super::{Folder, log, record_line, run, run_with};

const CONFIG: &str = r#"<Sysmon schemaversion="4.90"><EventFiltering><RuleGroup name="G" groupRelation="or">
<CreateRemoteThread onmatch="include">
<SourceImage condition="image">other.exe</SourceImage>
<TargetImage condition="image">lsass.exe</TargetImage>
</CreateRemoteThread></RuleGroup></EventFiltering></Sysmon>"#;

#[test]
fn the_first_line_is_the_verdict() {
    let folder = Folder::new();
    let (config, events) = (folder.file("c.xml", CONFIG), folder.file("log.jsonl", log(0..1)));
    let ran = run(&["config", "explain", &config, &events]).exits(0);
    let mut lines = ran.out.lines();
    assert_eq!(
        lines.next(),
        Some("event 8 inject.exe → lsass.exe is logged as `G`, because line 4 includes it")
    );
    for part in ["✗ SourceImage image `other.exe`", "   4    ✓ TargetImage image `lsass.exe`, names it `G`"]
    {
        assert!(ran.out.contains(part), "{ran:#?}");
    }
}

#[test]
fn a_bare_event_comes_from_standard_input() {
    let folder = Folder::new();
    let config = folder.file("c.xml", CONFIG);
    let ran = run_with(&["config", "explain", &config, "-"], br#"{"id":1,"fields":{"Image":"C:\\a.exe"}}"#)
        .exits(0);
    assert!(ran.out.starts_with("event 1 a.exe is logged, because no filter is for event 1"), "{ran:#?}");
}

#[test]
fn so_many_events_are_explained_and_the_rest_is_counted() {
    let folder = Folder::new();
    let (config, events) = (folder.file("c.xml", CONFIG), folder.file("log.jsonl", log(0..15)));
    let explained = |args: &[&str]| {
        let args = [&["config", "explain", "--format", "json"], args, &[&*config, &*events]].concat();
        let ran = run(&args).exits(0);
        let ids = ran.out.lines().map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["source"]["record_id"].as_u64().unwrap()
        });
        (ids.collect::<Vec<_>>(), ran)
    };
    let (ids, ran) = explained(&[]);
    assert_eq!(ids, (0..10).collect::<Vec<_>>());
    ran.says(&["5 more events not explained (--limit 15)"]);
    let (ids, ran) = explained(&["--limit", "20", "--where", "NewThreadId=1?"]);
    assert_eq!(ids, [10, 11, 12, 13, 14]);
    ran.keeps_quiet_on("not explained");
    let (ids, _) = explained(&["--computer", "WS02", "--limit", "2"]);
    assert_eq!(ids, [0, 2]);
    let (ids, _) = explained(&["--id", "1"]);
    assert_eq!(ids, [0; 0]);
}

#[test]
fn other_providers_are_passed_over() {
    let folder = Folder::new();
    let lines = record_line(8, 0, "Other", "x") + &record_line(8, 1, "Microsoft-Windows-Sysmon", "x");
    let (config, events) = (folder.file("c.xml", CONFIG), folder.file("log.jsonl", lines));
    let ran = run(&["config", "explain", "--format", "json", &config, &events]).exits(0);
    assert_eq!(ran.out.lines().count(), 1);
}

#[test]
fn values_drive_no_terminal() {
    let folder = Folder::new();
    let config = CONFIG.replace("other.exe", "other\u{202e}.exe").replace("\"G\"", "\"\u{9b}31m\"");
    let config = folder.file("c.xml", config);
    let event = json!({"id": 8, "fields": {"SourceImage": "\u{1b}[2J\n", "TargetImage": "C:\\lsass.exe"}});
    let ran = run_with(&["config", "explain", &config, "-"], event.to_string().as_bytes()).exits(0);
    let bad = ran.out.chars().find(|c| *c != '\n' && (c.is_control() || *c == '\u{202e}'));
    assert_eq!(bad, None, "{ran:#?}");
    assert!(ran.out.contains(r"\u{1b}[2J") && ran.out.contains(r"\u{202e}"), "{ran:#?}");
}

#[test]
fn mistakes_end_it() {
    let folder = Folder::new();
    let (bad, good) = (folder.file("bad.xml", "<Sysmon/>"), folder.file("c.xml", CONFIG));
    let events = folder.file("log.jsonl", log(0..1));
    run(&["config", "explain", &bad, &events]).exits(2).says(&["error[schema-version]"]);
    run(&["config", "explain", "--where", "Nothing=1", &good, &events]).exits(2).says(&["Nothing"]);
    run(&["config", "explain", &good, &folder.arg("absent.jsonl")]).exits(3);
}
