//! `threadhunt config test`: reports, exit statuses, and cases that are recorded.

use std::fs;

use serde_json::{Value, json};

use super::{Folder, log, record_line, run, run_with, shared};

const CONFIG: &str = r#"<Sysmon schemaversion="4.90"><EventFiltering><RuleGroup name="G" groupRelation="or">
<CreateRemoteThread onmatch="include"><TargetImage condition="image">lsass.exe</TargetImage></CreateRemoteThread>
</RuleGroup></EventFiltering></Sysmon>"#;

fn case(target: &str, expect: Value) -> String {
    format!("{}\n", json!({"id": 8, "fields": {"TargetImage": target}, "expect": expect}))
}

#[test]
fn cases_pass_and_fail() {
    let folder = Folder::new();
    let config = folder.file("c.xml", CONFIG);
    let good = case(r"C:\lsass.exe", json!({"logged": true, "rule_name": "G"}))
        + "\n"
        + &case(r"C:\x.exe", json!({"logged": false, "rule_name": null}))
        + &case(r"C:\x.exe", json!({"rule_name": "-"}));
    let good_cases = folder.file("good.jsonl", &good);
    let ran = run(&["config", "test", &config, &good_cases]).exits(0);
    assert_eq!(ran.out, "3 cases passed (Sysmon of schema 4.91)\n");
    let bad = good + &case(r"C:\x.exe", json!({"logged": true}));
    let ran = run_with(&["config", "test", &config, &good_cases, "-"], bad.as_bytes()).exits(1);
    let expected = "FAILED -:5: event 8 x.exe\n  expected  logged\n  got       dropped, because nothing in the filter of \
                    line 2 includes it\n1 of 7 cases failed (Sysmon of schema 4.91)\n";
    assert_eq!(ran.out, expected);
}

#[test]
fn a_name_alone_may_fail() {
    let folder = Folder::new();
    let config = folder.file("c.xml", CONFIG);
    let cases = case(r"C:\lsass.exe", json!({"logged": true, "rule_name": ""}))
        + &case(r"C:\lsass.exe", json!({"rule_name": "g"}));
    let ran = run_with(&["config", "test", &config, "-"], cases.as_bytes()).exits(1);
    for part in ["expected  logged without a name\n  got       logged as `G`", "expected  the name `g`"] {
        assert!(ran.out.contains(part), "{ran:#?}");
    }
}

#[test]
fn what_is_malformed_is_told_with_its_line() {
    let folder = Folder::new();
    let config = folder.file("c.xml", CONFIG);
    let cases = case(r"C:\x.exe", json!({"loged": true})) + &case(r"C:\x.exe", json!({"logged": true}));
    let cases = folder.file("cases.jsonl", cases);
    let ran = run(&["config", "test", &config, &cases]).exits(2);
    assert!(ran.out.contains("FAILED") && ran.out.contains("1 of 1 case failed"), "{ran:#?}");
    ran.says(&["cases.jsonl:1: column", "unknown field `loged`"]);
    run_with(&["config", "test", &config, "-"], b"\n \n").exits(2).says(&["- holds no case"]);
    run(&["config", "test", &config, &folder.arg("absent")]).exits(2).says(&["cannot read the cases"]);
    run(&["config", "test", &folder.file("bad.xml", "<Sysmon/>"), &cases])
        .exits(2)
        .says(&["error[schema-version]"]);
    run_with(&["config", "test", &config, "-"], b"\xff\xfe{\0").exits(2).says(&["line 1: not UTF-8"]);
}

#[test]
fn names_that_say_nothing_are_warned_of_and_no_failure() {
    let folder = Folder::new();
    let config = folder.file("c.xml", CONFIG);
    let fields = json!({"TargetImag": "a", "sourceimage": "b", "CommandLine": "c", "TargetImage": "d", "x\u{202e}": ""});
    let case = json!({"id": 8, "fields": fields, "nam": "x", "name": "n", "computer": "WS", "expect": {"logged": false}});
    let cases = folder.file("cases.jsonl", format!("{case}\n{case}\n"));
    let ran = run(&["config", "test", &config, &cases]).exits(0);
    assert_eq!(ran.out, "2 cases passed (Sysmon of schema 4.91)\n");
    for (name, hint) in [
        ("event 8 has no field `TargetImag`", "did you mean `TargetImage`?"),
        ("event 8 has no field `sourceimage`", "did you mean `SourceImage`?"),
        ("event 8 has no field `CommandLine`", "nothing asks for it"),
        ("event 8 has no field `x\\u{202e}`", "nothing asks for it"),
        ("`nam` is no key of a case", "not looked at"),
    ] {
        let told =
            ran.err.lines().filter(|line| line.contains(name) && line.contains(hint)).collect::<Vec<_>>();
        assert!(
            matches!(told[..], [line] if line.starts_with(&format!("warning: {cases}:1: "))),
            "{name}: {ran:#?}"
        );
    }
    assert_eq!(ran.err.lines().count(), 5, "{ran:#?}");
    assert_eq!(run(&["config", "test", "-q", &config, &cases]).exits(0).err, "");
}

#[test]
fn recorded_cases_are_one_for_each_shape_and_pass() {
    let folder = Folder::new();
    let config = folder.file("c.xml", CONFIG);
    let lines = log(0..5)
        + &record_line(1, 5, "Microsoft-Windows-Sysmon", "x")
        + &record_line(8, 6, "Other", "x")
        + &log(7..8).replace("lsass.exe", "a\\ud800\\u202e.exe")
        + &log(8..9).replace("lsass.exe", "b.exe");
    let (events, cases) = (folder.file("log.jsonl", lines), folder.arg("cases.jsonl"));
    let ran = run(&["config", "test", &config, "--record", &events, "-o", &cases]).exits(0);
    ran.says(&["3 cases of 8 events"]);
    let text = fs::read_to_string(&cases).unwrap();
    let names: Vec<_> = text.lines().filter_map(|line| line.split_once(",\"expect\":")).collect();
    let expected = [
        r#"{"name":"event 8 inject.exe → lsass.exe is logged as `G`""#,
        r#"{"name":"event 1 x → lsass.exe is logged""#,
        r#"{"name":"event 8 inject.exe → a�\\u{202e}.exe is dropped""#,
    ];
    assert_eq!(names.iter().map(|(name, _)| *name).collect::<Vec<_>>(), expected);
    assert!(text.contains(r#""TargetImage":"C:\\Windows\\System32\\a\ud800\u202e.exe""#), "{text}");
    let ran = run(&["config", "test", &config, &cases]).exits(0);
    assert!(ran.out.starts_with("3 cases passed"), "{ran:#?}");
    run(&["config", "test", &config, "--record", &events, "-o", &cases])
        .exits(2)
        .says(&["--force replaces it"]);
    let empty = folder.file("other.jsonl", record_line(8, 6, "Other", "x"));
    run(&["config", "test", &config, "--record", &empty]).exits(2).says(&["no Sysmon event"]);
}

/// Whatever real logs hold, their cases pass against the configuration that they were recorded with.
#[test]
fn cases_of_real_logs_pass() {
    let Some(shared) = shared() else { return };
    let folder = Folder::new();
    let configs = shared.join("vectors/public-configs");
    let newest = configs.join("olafhartong__sysmonconfig.xml");
    let logs = [shared.join("data/evtx"), configs.join("events.jsonl.gz"), configs.join("../seed_ev.jsonl")];
    for (sysmon, config) in [("4.91", newest), ("13.2", configs.join("../seed.xml"))] {
        for log in &logs {
            let (config, log) = (config.to_str().unwrap(), log.to_str().unwrap());
            let cases = folder.arg("cases.jsonl");
            let args = ["config", "test", "--sysmon", sysmon, config];
            let recorded = run(&[&args[..], &["--force", "-qo", &cases, "--record", log]].concat());
            assert!(matches!(recorded.code, Some(0 | 3)), "{recorded:#?}");
            let ran = run(&[&args[..], &[&cases]].concat()).exits(0);
            assert!(ran.out.contains("passed"), "{ran:#?}");
        }
    }
}
