//! `threadhunt config`: checks, verdicts, and what a configuration would have logged.

use std::fs;
use std::io::Read;

use serde_json::{Value, json};

use super::{Folder, log, record_line, run, run_with, shared};

const GOOD: &str = r#"<Sysmon schemaversion="4.90"><EventFiltering><RuleGroup name="G" groupRelation="or">
<CreateRemoteThread onmatch="include"><TargetImage condition="image">lsass.exe</TargetImage></CreateRemoteThread>
</RuleGroup></EventFiltering></Sysmon>"#;

fn with_operator(operator: &str) -> String {
    GOOD.replace("\"image\"", &format!("\"{operator}\""))
}

#[test]
fn a_good_configuration_is_summed_up() {
    let folder = Folder::new();
    let path = folder.file("good.xml", GOOD);
    let ran = run(&["config", "check", &path]).exits(0);
    assert!(ran.out.starts_with(&format!("{path}: event 8: what is included, 1 inclusion\n")), "{ran:#?}");
    assert!(ran.out.contains("CreateRemoteThread      what is included"), "{ran:#?}");
    assert!(ran.out.ends_with("0 errors, 0 warnings\n"), "{ran:#?}");
}

#[test]
fn errors_are_drawn_and_change_the_exit_status() {
    let folder = Folder::new();
    let path = folder.file("bad.xml", with_operator("begins with"));
    let ran = run(&["config", "check", &path, &folder.file("good.xml", GOOD)]).exits(1);
    for part in [
        "error[unknown-operator]: Sysmon knows no condition `begins with`",
        &format!("--> {path}:2:63"),
        "= help: write `begin with`",
        "refused by the Sysmon of schema 4.91",
        "1 error, 0 warnings",
        "0 errors, 0 warnings",
    ] {
        assert!(ran.out.contains(part), "{part}: {ran:#?}");
    }
    assert!(!ran.out.contains('\u{1b}'), "colour only on a terminal");
    let colored = run(&["config", "check", "--color", "always", &path]).exits(1);
    assert!(colored.out.contains("\u{1b}["), "{colored:#?}");
}

#[test]
fn warnings_are_denied_on_request() {
    let folder = Folder::new();
    let path = folder.file("odd.xml", GOOD.replace("lsass.exe", "lsass.exe;csrss.exe"));
    assert!(run(&["config", "check", &path]).exits(0).out.contains("warning[list-in-single]"));
    run(&["config", "check", "--deny", "warnings", &path]).exits(1);
    run(&["config", "check", "--deny", "warnings", &folder.file("good.xml", GOOD)]).exits(0);
}

#[test]
fn the_json_form_has_a_line_for_each_file() {
    let bad = with_operator("ends with");
    let ran = run_with(&["config", "check", "--format", "json", "-"], bad.as_bytes()).exits(1);
    let checked: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&checked["accepted"], &checked["file"]), (&json!(false), &json!("-")));
    let expected = json!([{
        "code": "unknown-operator", "level": "error", "line": 2, "column": 63, "end_line": 2, "end_column": 72,
        "message": "Sysmon knows no condition `ends with`", "help": "write `end with`",
    }]);
    assert_eq!(checked["diagnostics"], expected);
    let ran = run_with(&["config", "check", "--format", "json", "-"], GOOD.as_bytes()).exits(0);
    let checked: Value = serde_json::from_str(&ran.out).unwrap();
    let threads = checked["events"].as_array().unwrap().iter().find(|tag| tag["ids"] == json!([8])).unwrap();
    assert_eq!(threads["outlook"], "included");
}

#[test]
fn nothing_in_a_configuration_drives_the_terminal() {
    let hostile =
        GOOD.replace("lsass.exe", "\u{9b}2J;\u{202e}x").replace("name=\"G\"", "\u{202e}=\"\u{85}\"");
    let ran = run_with(&["config", "check", "-"], hostile.as_bytes());
    assert!(!ran.out.chars().any(|c| matches!(c, '\u{9b}' | '\u{202e}' | '\u{85}')), "{ran:#?}");
    let deep = "<a>".repeat(1 << 16);
    assert!(run_with(&["config", "check", "-"], deep.as_bytes()).exits(1).out.contains("error[xml]"));
}

/// Every character that could drive a terminal or reorder a line is an escape in JSON, and comes back.
#[test]
fn nothing_in_json_drives_the_terminal() {
    let hostile = "\u{9b}2J\u{202e}\u{2028}";
    let folder = Folder::new();
    let (config, events) = (folder.file("good.xml", GOOD), folder.file("log.jsonl", log(0..2)));
    let renamed = folder.file("renamed.xml", GOOD.replace("\"G\"", &format!("\"{hostile}\"")));
    let odd = folder.file("odd.xml", GOOD.replace("lsass.exe", &format!("lsass.exe;{hostile}")));
    let cases = json!({"id": 8, "fields": {"TargetImage": "lsass.exe"}, "expect": {"rule_name": hostile}});
    let cases = folder.file("cases.jsonl", format!("{cases}\n"));
    let runs: [(&[&str], bool); 7] = [
        (&["config", "check", "--format", "json", &odd], false),
        (&["config", "check", "--format", "sarif", &odd], false),
        (&["config", "diff", "--format", "json", &config, &odd], true),
        (&["config", "diff", "--format", "json", &config, &renamed, &events], true),
        (&["config", "run", "--verdicts", &renamed, &events], true),
        (&["config", "explain", "--format", "json", &renamed, &events], true),
        (&["config", "test", "--format", "json", &renamed, &cases], true),
    ];
    for (args, comes_back) in runs {
        let ran = run(args).exits(0);
        assert!(!ran.out.chars().any(|c| hostile[..].contains(c) && !c.is_ascii()), "{args:?}: {}", ran.out);
        let texts: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        // Debug output of a value escapes; its text as JSON does not.
        assert!(!comes_back || texts.iter().any(|value| value.to_string().contains(hostile)), "{args:?}");
    }
}

#[test]
fn standard_input_is_read_once() {
    let folder = Folder::new();
    let (config, log) = (folder.file("good.xml", GOOD), folder.file("log.jsonl", log(0..2)));
    let runs: [&[&str]; 9] = [
        &["check", "-", "-"],
        &["merge", "-", &config, "-"],
        &["diff", "-", "-"],
        &["diff", "-", &config, &log, "-"],
        &["fmt", "--check", "-", "-"],
        &["run", "-", "-"],
        &["explain", "-", "-"],
        &["test", "-", &log, "-"],
        &["test", "-", "--record", "-"],
    ];
    for args in runs {
        let ran = run_with(&[&["config"], args].concat(), GOOD.as_bytes()).exits(2);
        assert_eq!(ran.out, "", "{args:?}");
        ran.says(&["standard input"]).keeps_quiet_on("the file is empty");
    }
}

/// A device that is full is told; a reader that has seen enough is none of the program's business.
#[cfg(target_os = "linux")]
#[test]
fn results_that_cannot_be_written_are_told() {
    let folder = Folder::new();
    let (config, log) = (folder.file("good.xml", GOOD), folder.file("log.jsonl", log(0..2)));
    let case = folder.file("cases.jsonl", "{\"id\":8,\"fields\":{},\"expect\":{\"logged\":false}}\n");
    let runs: [&[&str]; 10] = [
        &["check", &config],
        &["check", "--format", "json", &config],
        &["check", "--format", "sarif", &config],
        &["diff", &config, &config],
        &["fmt", &config],
        &["fmt", "--check", &config],
        &["merge", &config, &config],
        &["run", "--verdicts", &config, &log],
        &["explain", &config, &log],
        &["test", &config, &case],
    ];
    for args in runs {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let failed = super::command(&[&["config"], args].concat()).stdout(full).output().unwrap();
        let said = String::from_utf8(failed.stderr).unwrap();
        assert_eq!(failed.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains("cannot write to standard output"), "{args:?}: {said}");
        let (reader, closed) = std::io::pipe().unwrap();
        drop(reader);
        let ended = super::command(&[&["config"], args].concat()).stdout(closed).output().unwrap();
        // The configuration is not in its canonical form.
        let expected = i32::from(args.contains(&"--check"));
        assert_eq!(ended.status.code(), Some(expected), "{args:?}: {ended:?}");
    }
}

/// On a narrow terminal titles and differences are folded; in a pipe a line stays one.
#[test]
fn people_get_lines_that_fit() {
    let folder = Folder::new();
    let name = "a name that goes on and on, with_a_word_that_is_longer_than_any_narrow_terminal_is_wide_and_no_blank";
    let long = GOOD.replace("lsass.exe", &format!("C:\\Windows\\{}.exe;x", "y".repeat(90)));
    folder.file("a.xml", GOOD);
    folder.file("b.xml", long.replace("\"G\"", &format!("\"{name}\"")));
    for args in [&["check", "b.xml"][..], &["diff", "a.xml", "b.xml"], &["merge", "a.xml", "b.xml"]] {
        let run = |columns: Option<&str>| {
            let mut command = super::command(&[&["config"], args].concat());
            command.current_dir(folder.path("")).env_remove("COLUMNS");
            let output = command.envs(columns.map(|columns| ("COLUMNS", columns))).output().unwrap();
            let told = if args[0] == "merge" { output.stderr } else { output.stdout };
            String::from_utf8(told).unwrap()
        };
        let (narrow, wide) = (run(Some("60")), run(None));
        let longest = |text: &str| text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(longest(&narrow) <= 60, "{args:?}: {narrow}");
        if args[0] == "diff" {
            assert!(longest(&wide) > 200, "{wide}");
            let only = |text: &str| text.replace(|c: char| c.is_whitespace() || c == '+', "");
            assert_eq!(only(&narrow), only(&wide), "nothing is lost");
        }
    }
}

#[test]
fn filters_that_cannot_decide_are_no_rules() {
    let empty = "<RuleGroup groupRelation=\"and\"><ProcessCreate onmatch=\"exclude\"/></RuleGroup>";
    let folder = Folder::new();
    let config =
        folder.file("c.xml", GOOD.replace("</EventFiltering>", &format!("{empty}</EventFiltering>")));
    let ran = run(&["config", "run", "-v", &config, &folder.file("log.jsonl", log(0..1))]).exits(0);
    ran.says(&["1 of 1 rule decided"]).keeps_quiet_on("ProcessCreate");
}

#[test]
fn mistakes_are_usage_errors() {
    let folder = Folder::new();
    let (bad, events) = (folder.file("bad.xml", "<Sysmon/>"), folder.file("log.jsonl", log(0..2)));
    run(&["config", "run", &bad, &events]).exits(2).says(&["error[schema-version]"]);
    run(&["config", "check", &folder.arg("absent.xml")]).exits(2).says(&["cannot read the configuration"]);
    run(&["config", "check", "--sysmon", "newest", &bad]).exits(2).says(&["not a version such as"]);
    run(&["config", "run", "--verdicts", "--dropped", &bad, &events]).exits(2).says(&["cannot be used with"]);
}

/// Event 8 records 0 to 2 with lsass.exe as a target, an event 1 (record 3), another provider's record.
fn mixed(folder: &Folder) -> String {
    let sysmon = "Microsoft-Windows-Sysmon";
    folder.file("mixed.jsonl", log(0..3) + &record_line(1, 3, sysmon, "x") + &record_line(8, 4, "Other", "x"))
}

#[test]
fn events_that_are_logged_get_their_names() {
    let folder = Folder::new();
    let (config, events) = (folder.file("good.xml", GOOD), mixed(&folder));
    let ran = run(&["config", "run", "--format", "jsonl", &config, &events]).exits(0);
    assert_eq!(ran.ids(), [0, 1, 2, 3]);
    let names = ran
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["fields"]["RuleName"].clone());
    assert_eq!(names.collect::<Vec<_>>(), ["G", "G", "G", "-"]);
    ran.says(&["4 of 4 events logged"]).says(&["3", "75.0 %", "line 2: CreateRemoteThread include"]);
    let exclude = folder.file("exclude.xml", GOOD.replace("\"include\"", "\"exclude\""));
    let kept = run(&["config", "run", "--format", "jsonl", &exclude, &events]).exits(0);
    assert_eq!(kept.ids(), [3]);
    let dropped = run(&["config", "run", "--dropped", "--format", "jsonl", &exclude, &events]).exits(0);
    assert_eq!(dropped.ids(), [0, 1, 2]);
    assert!(dropped.out.contains("\"RuleName\":\"-\""), "what is dropped stays as it was");
}

#[test]
fn an_event_log_holds_the_names_too() {
    let folder = Folder::new();
    let (config, events, out) = (folder.file("good.xml", GOOD), mixed(&folder), folder.arg("out.evtx"));
    run(&["config", "run", "--format", "evtx", "-o", &out, &config, &events]).exits(0);
    let read = run(&["events", "--all", "--format", "jsonl", &out]).exits(0);
    assert_eq!(read.out.lines().filter(|line| line.contains("\"RuleName\":\"G\"")).count(), 3, "{read:#?}");
    run(&["config", "run", "--format", "evtx", &config, &events]).exits(2).says(&["--output"]);
}

#[test]
fn bare_events_are_taken_as_written() {
    let folder = Folder::new();
    let config = r#"<Sysmon schemaversion="4.90"><EventFiltering><RuleGroup name="G" groupRelation="or">
<CreateRemoteThread onmatch="include"><NewThreadId>042</NewThreadId><SourceUser>-</SourceUser>
<SourceProcessGuid>1c9fdc81-9d71-5cc3-0000-00109cad0000</SourceProcessGuid></CreateRemoteThread>
<ProcessAccess onmatch="include"><GrantedAccess>0x01</GrantedAccess></ProcessAccess></RuleGroup></EventFiltering></Sysmon>"#;
    let config = folder.file("bare.xml", config);
    let events = [
        json!({"id": 8, "fields": {"NewThreadId": "042"}}),
        json!({"id": 8, "fields": {"NewThreadId": 42, "SourceUser": ""}}),
        json!({"id": 8, "fields": {"NewThreadId": 42, "SourceUser": "x", "SourceProcessGuid": "1C9FDC81-9D71-5CC3-0000-00109CAD0000"}}),
        json!({"id": 8, "fields": {"SourceUser": "-"}}),
        json!({"id": 10, "fields": {"GrantedAccess": "0x01"}}),
        json!({"id": 10, "fields": {"GrantedAccess": "0x1"}}),
    ];
    let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
    let ran = run_with(&["config", "run", "--verdicts", &config, "-"], lines.as_bytes()).exits(0);
    let logged: Vec<bool> =
        ran.out.lines().map(|line| line == r#"{"logged":true,"rule_name":"G"}"#).collect();
    assert_eq!(logged, [true, true, true, false, true, false], "{ran:#?}");
    ran.says(&["1 event without NewThreadId", "Sysmon gives up the filter"]);
}

/// The program gives the verdicts of the published engine, line for line.
#[test]
fn verdicts_are_those_of_the_engine() {
    let Some(folder) = shared().map(|shared| shared.join("vectors/public-configs")) else { return };
    let events = folder.join("events.jsonl.gz");
    for entry in fs::read_dir(&folder).unwrap() {
        let config = entry.unwrap().path();
        if config.extension().is_none_or(|extension| extension != "xml") {
            continue;
        }
        let packed = fs::File::open(config.with_extension("expected.jsonl.gz")).unwrap();
        let mut expected = String::new();
        flate2::read::GzDecoder::new(packed).read_to_string(&mut expected).unwrap();
        let (config, events) = (config.to_str().unwrap(), events.to_str().unwrap());
        let ran = run(&["config", "run", "--sysmon", "4.90", "--verdicts", config, events]).exits(0);
        assert_eq!(ran.out.lines().count(), expected.lines().count());
        for (line, expected) in ran.out.lines().zip(expected.lines()) {
            let (line, expected): (Value, Value) =
                (serde_json::from_str(line).unwrap(), serde_json::from_str(expected).unwrap());
            assert_eq!(line["logged"], expected["logged"], "{config}");
            if line["logged"] == json!(true) {
                assert_eq!(line["rule_name"], expected["rule_name"], "{config}");
            }
        }
    }
}
