//! `process`: what is said where a name fits none, several or more than are listed.

use super::{Folder, run, run_with};

/// A thread of pid 100, of the process of a key, in explorer.
fn thread(key: &str) -> String {
    let guid = |key: &str| format!("{{a1b2c3d4-5190-69a5-0064-{key}}}");
    format!(
        r#"{{"id":8,"computer":"H1","time":"2026-03-02T10:00:00Z","fields":{{"UtcTime":"2026-03-02 10:00:00.000","SourceProcessGuid":"{}","SourceProcessId":100,"SourceImage":"C:\\x.exe","TargetProcessGuid":"{}","TargetProcessId":200,"TargetImage":"C:\\Windows\\explorer.exe","NewThreadId":7,"StartAddress":"0x10000"}}}}"#,
        guid(key),
        guid("00000000ffff")
    )
}

#[test]
fn a_process_that_is_not_there_is_an_error() {
    let log = thread("000000000001");
    run_with(&["process", "77", "-"], log.as_bytes()).exits(2).says(&["error: no such process in the input"]);
    let nil = log.replace("a1b2c3d4-5190-69a5-0064-000000000001", "00000000-0000-0000-0000-000000000000");
    run_with(&["process", "100", "-"], nil.as_bytes())
        .exits(2)
        .says(&["1 record names pid 100 without a ProcessGuid, so whose they are cannot be told"]);
    let both = format!("{log}\n{nil}");
    run_with(&["process", "100", "-"], both.as_bytes()).exits(0).says(&["note: 1 record names pid 100"]);
    let folder = Folder::new();
    let (out, input) = (folder.arg("story.txt"), folder.file("log.jsonl", log));
    run(&["process", "77", "-o", &out, &input]).exits(2);
    assert!(!std::path::Path::new(&out).exists(), "there is nothing to write");
}

#[test]
fn more_than_are_listed_are_counted() {
    let log: Vec<String> = (0..1200).map(|key| thread(&format!("{key:012x}"))).collect();
    let log = log.join("\n");
    run_with(&["process", "100", "-"], log.as_bytes())
        .exits(0)
        .says(&["1,000 shown of 1,200 that have this name"]);
    let ran = run_with(&["process", "100", "--format", "jsonl", "-"], log.as_bytes()).exits(0);
    let first = r#"{"kind":"candidates","schema_version":1,"total":1200,"listed":1000}"#;
    assert_eq!((ran.out.lines().next(), ran.out.lines().count()), (Some(first), 1001));
}
