//! The manners of `threadhunt dictionary`: what goes where, and with which exit status.

use std::process::{Command, Output, Stdio};

fn threadhunt(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_threadhunt"));
    command.args(args).env_remove("COLUMNS").output().expect("the program starts")
}

fn stdout(args: &[&str]) -> String {
    let output = threadhunt(args);
    assert!(output.status.success() && output.stderr.is_empty(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Runs a command line that is a mistake and returns what is said about it.
#[track_caller]
fn mistake(args: &[&str]) -> String {
    let output = threadhunt(args);
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    assert!(output.stdout.is_empty(), "{args:?}");
    String::from_utf8(output.stderr).expect("UTF-8")
}

#[test]
fn events_are_listed() {
    let list = stdout(&["dictionary"]);
    assert_eq!(list.lines().count(), 31, "{list}");
    assert!(list.contains("\n8    CreateRemoteThread"), "{list}");
    assert_eq!(stdout(&["dictionary", "--platform", "linux"]).lines().count(), 10);
}

#[test]
fn an_event_has_one_page_whatever_it_is_called() {
    let page = stdout(&["dictionary", "8"]);
    assert!(page.contains("thread_start_function"), "{page}");
    for name in ["CreateRemoteThread", "createremotethread"] {
        assert_eq!(stdout(&["dictionary", name]), page);
    }
    let registry = stdout(&["dictionary", "RegistryEvent"]);
    assert_eq!(registry.matches("Event 1").count(), 3, "{registry}");
    assert!(registry.starts_with(&stdout(&["dictionary", "12"])), "{registry}");
}

#[test]
fn every_form_is_written() {
    for (form, start) in
        [("table", "Event 8: "), ("json", "{\n"), ("markdown", "---\n"), ("csv", "event_id,event,")]
    {
        let text = stdout(&["dictionary", "StartModule", "--format", form]);
        assert!(text.contains("StartModule") && !text.contains('\u{1b}'), "{text}");
        assert!(stdout(&["dictionary", "8", "--format", form]).starts_with(start), "{form}");
    }
}

#[test]
fn an_unknown_name_is_a_mistake_with_a_suggestion() {
    let said = mistake(&["dictionary", "CreateRemotThread"]);
    assert!(said.contains("did you mean `CreateRemoteThread`?"), "{said}");
    let said = mistake(&["dictionary", "--platform", "linux", "8"]);
    assert!(said.contains("--platform"), "{said}");
    assert!(!mistake(&["dictionary", "\u{1b}]0;x\u{7}"]).contains('\u{1b}'));
    mistake(&["dictionary", "--format", "yaml"]);
}

#[test]
fn the_crosswalk_is_written_in_every_form() {
    for (form, start) in [
        ("table", "Event 8: CreateRemoteThread\n\nSYSMON"),
        ("json", "{\n  \"vocabularies\""),
        ("markdown", "# What others call"),
        ("csv", "event_id,event,source,vocabulary,name,as,value,note\n"),
    ] {
        let text = stdout(&["dictionary", "8", "--crosswalk", "--format", form]);
        assert!(text.starts_with(start) && text.contains("target_process_path"), "{text}");
    }
    assert!(stdout(&["dictionary", "RegistryEvent", "--crosswalk"]).contains("registry.path"));
    assert!(mistake(&["dictionary", "StartModule", "--crosswalk"]).contains("is a field"));
    mistake(&["dictionary", "--crosswalk"]);
}

/// Where nothing says how wide, each row is one line; where `COLUMNS` does, none is wider.
#[test]
fn columns_say_how_wide_it_is_in_a_pipe() {
    for args in [&["dictionary", "8", "--crosswalk"][..], &["dictionary", "8"], &["shapes"]] {
        let longest = |columns: Option<&str>| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_threadhunt"));
            command.args(args).env_remove("COLUMNS").envs(columns.map(|columns| ("COLUMNS", columns)));
            let text = String::from_utf8(command.output().expect("the program runs").stdout).expect("UTF-8");
            let lines = text.lines().filter(|line| !line.starts_with("https:"));
            lines.map(|line| line.chars().count()).max().unwrap_or(0)
        };
        assert!(longest(Some("60")) <= 60, "{args:?}: {}", longest(Some("60")));
        assert!(longest(Some("100")) <= 100 && longest(Some("100")) > 60, "{args:?}");
        assert!(longest(None) > 100, "{args:?}");
    }
}

/// `json` is one document, `jsonl` an object a line: the same objects.
#[test]
fn shapes_are_one_document_or_lines() {
    let document: serde_json::Value =
        serde_json::from_str(&stdout(&["shapes", "--format", "json"])).expect("JSON");
    let lines = stdout(&["shapes", "--format", "jsonl"]);
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(document, serde_json::Value::Array(lines));
    assert!(document.as_array().is_some_and(|rows| rows.len() > 50), "{document}");
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_threadhunt"))
        .args(["dictionary", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
