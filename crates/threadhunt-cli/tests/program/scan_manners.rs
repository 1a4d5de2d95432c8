//! What a scan owes to pipes, to its inputs and to whoever reads its last line.

use std::fs;
use std::process::Stdio;

use super::{Folder, command, remote_thread, run};

#[test]
fn a_closed_pipe_does_not_lose_what_was_found() {
    let folder = Folder::new();
    let log = folder.file("log.jsonl", remote_thread(1));
    let code = |args: &[&str]| {
        let mut command = command(&[&["scan", "-q"], args, &[&log]].concat());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        child.wait().unwrap().code()
    };
    assert_eq!(code(&["--fail-on", "low"]), Some(1));
    assert_eq!(code(&["--fail-on", "low", "--format", "jsonl"]), Some(1));
    assert_eq!(code(&[]), Some(0));
    assert_eq!(code(&["no-such-log"]), Some(3), "a loss stays one");
}

#[test]
fn a_closed_pipe_does_not_mend_what_fails_a_check() {
    let folder = Folder::new();
    let config = |include: &str| {
        let include = format!("<Image condition=\"{include}\">a</Image>");
        format!(
            "<Sysmon schemaversion=\"4.90\"><EventFiltering><ProcessCreate onmatch=\"include\">{include}</ProcessCreate></EventFiltering></Sysmon>"
        )
    };
    let [good, bad] = ["is", "iz"].map(|condition| folder.file(condition, config(condition)));
    let other = folder.file("other", config("end with"));
    let case = r#"{"id":1,"fields":{"Image":"a"},"expect":{"logged":false}}"#;
    let case = folder.file("case.jsonl", case);
    let rule = folder.file("rule.yml", "title: a\nlogsource: {product: windows, category: process_creation}\ndetection: {a: {b|c: d}, condition: a}\n");
    for (args, expected) in [
        (&["config", "check", &good][..], 0),
        (&["config", "check", &bad], 1),
        (&["config", "check", "--format", "json", &bad, &good], 1),
        (&["config", "diff", "--exit-code", &good, &other], 1),
        (&["config", "diff", &good, &other], 0),
        (&["config", "fmt", "--check", &good], 1),
        (&["config", "test", &good, &case], 1),
        (&["sigma", "check", &rule], 1),
    ] {
        let (reader, closed) = std::io::pipe().unwrap();
        drop(reader);
        let ended = command(args).stdout(closed).output().unwrap();
        assert_eq!(ended.status.code(), Some(expected), "{args:?}: {ended:?}");
        run(args).exits(expected);
    }
}

#[test]
fn no_output_replaces_what_is_read() {
    let folder = Folder::new();
    let text = remote_thread(1);
    let log = folder.file("logs/log.jsonl", &text);
    let logs = folder.arg("logs");
    let list = folder.file("list", &log);
    let config = folder.file("config.xml", "<Sysmon schemaversion=\"4.90\"/>");
    for args in [
        &["scan", "--format", "jsonl", "--force", "-o", &log, &log][..],
        &["scan", "--format", "jsonl", "--force", "-o", &log, &logs],
        &["events", "--force", "-o", &log, &logs],
        &["events", "--format", "csv", "--all", "--force", "-o", &logs, &log],
        &["stack", "--force", "-o", &log, &log],
        &["process", "1", "--force", "-o", &log, &log],
        &["baseline", "build", "--force", "-o", &log, &log],
        &["config", "run", &config, "--force", "-o", &log, &log],
        &["config", "run", &config, "--force", "-o", &config, &log],
        &["config", "explain", &config, "--force", "-o", &log, &log],
        &["scan", "--files-from", &list, "--format", "jsonl", "--force", "-o", &log],
        &["events", "--files-from", &list, "--force", "-o", &log],
        &["events", "--files-from", &list, "--force", "-o", &list],
        &["stack", "--files-from", &list, "--force", "-o", &log],
        &["baseline", "build", "--files-from", &list, "--force", "-o", &log],
    ] {
        run(args).exits(2).says(&["cannot write to", "is an input"]);
        assert_eq!(fs::read_to_string(&log).unwrap(), text, "{args:?}");
    }
    let beside = folder.file("old.jsonl", "x");
    run(&["scan", "--format", "jsonl", "--force", "-o", &beside, &logs]).exits(0);
    #[cfg(unix)]
    {
        let link = folder.arg("link.jsonl");
        std::os::unix::fs::symlink(&log, &link).unwrap();
        run(&["scan", "--format", "jsonl", "--force", "-o", &link, &log]).exits(2);
        fs::hard_link(&log, folder.path("hard.jsonl")).unwrap();
        run(&["scan", "--format", "jsonl", "--force", "-o", &folder.arg("hard.jsonl"), &log]).exits(2);
    }
}

#[test]
fn an_id_that_no_finding_has_is_a_mistake() {
    let folder = Folder::new();
    let log = folder.file("log.jsonl", remote_thread(1));
    let ran = run(&["scan", "--fail-on", "low", "--show", "F-ffffffffffffffff", &log]).exits(2);
    assert_eq!(ran.out, "");
    ran.says(&["no finding has an id that begins with F-ffffffffffffffff"]);
}

#[test]
fn the_command_for_a_tampered_process_is_whole_and_other_forms_tell_of_it() {
    let folder = Folder::new();
    let guid = "{a1b2c3d4-5190-69a5-00c8-0000100000c8}";
    let line = format!(
        r#"{{"id":25,"computer":"H1","record_id":1,"fields":{{"UtcTime":"2026-03-02 10:00:00.000","ProcessGuid":"{guid}","ProcessId":200,"Image":"C:\\Windows\\notepad.exe","Type":"Image is replaced"}}}}"#
    );
    let log = folder.file("log.jsonl", line);
    let whole = format!("threadhunt process {guid} {log}");
    for format in ["cards", "table"] {
        let ran = run(&["scan", "--format", format, &log]).exits(0);
        assert!(ran.out.lines().any(|line| line.trim() == whole), "{}", ran.out);
        assert!(
            ran.out.trim_end().ends_with("1 process tampered with, in no finding; no event 8 on 1 computer")
        );
    }
    for format in ["csv", "timesketch", "ecs-alert", "ocsf", "navigator"] {
        run(&["scan", "--format", format, &log]).exits(0).says(&[&whole]);
    }
}

/// Beyond some computers and cards there is a line each, and the verdict comes last.
#[test]
fn many_computers_have_a_line_each_and_the_verdict_is_last() {
    let folder = Folder::new();
    let line = |number: u64| {
        let line = remote_thread(number).replace("inject.exe", &format!("inject{number}.exe"));
        let mut object: serde_json::Value = serde_json::from_str(&line).unwrap();
        let name = if number == 7 { "x".repeat(5000) } else { format!("HOST-{number}") };
        object["computer"] = name.into();
        format!("{object}\n")
    };
    let log = folder.file("log.jsonl", (1..=30).map(line).collect::<String>());
    let ran = run(&["scan", "-q", &log]).exits(0);
    let last = ran.out.lines().last().unwrap();
    assert!(last.contains(" patterns on 30 computers"), "{last}");
    assert_eq!(ran.out.lines().filter(|line| line.contains("  proof  ")).count(), 20, "{}", ran.out);
    assert_eq!(ran.out.lines().filter(|line| line.contains("   --show F-")).count(), 10, "{}", ran.out);
    assert!(ran.out.contains("HOST-9  2020-10-17 11:00:09 to 11:00:09, 1 Sysmon event"), "{}", ran.out);
    assert!(!ran.out.contains("  events"), "{}", ran.out);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 200), "{}", ran.out);
    let all = run(&["scan", "-q", "--show", "all", &log]).exits(0).out;
    assert_eq!(all.lines().filter(|line| line.starts_with("  events")).count(), 30, "{all}");
    let table = run(&["scan", "-q", "--format", "table", &log]).exits(0).out;
    assert_eq!(table.lines().last(), Some(last));
}

#[test]
fn proof_is_told_below_what_the_logs_have_in_common() {
    let folder = Folder::new();
    let name = "a_name_of_a_log_that_is_longer_than_a_narrow_terminal_is_wide.jsonl";
    let one = folder.file(&format!("deep/er/one/{name}"), remote_thread(1));
    folder.file("deep/er/two/b.jsonl", remote_thread(9).replace("inject.exe", "other.exe"));
    let alone = run(&["scan", "-q", &one]).exits(0).out;
    assert!(alone.contains(&format!("  proof  {name} #1")), "{alone}");
    let both = run(&["scan", "-q", &folder.arg("deep")]).exits(0).out;
    assert!(
        both.contains(&format!("  proof  one/{name} #1")) && both.contains("  proof  two/b.jsonl #9"),
        "{both}"
    );
    let mut narrow = command(&["scan", "-q", &one]);
    let narrow = String::from_utf8(narrow.env("COLUMNS", "40").output().unwrap().stdout).unwrap();
    assert!(narrow.contains(&format!("{name} #1")), "{narrow}");
}
