//! What is given as a configuration and is none: each gets a line that says so, quickly.

use std::time::{Duration, Instant};

use super::{Folder, command, log, run, run_with};

/// The bytes are refused with this complaint and advice.
#[track_caller]
fn check(bytes: impl AsRef<[u8]>, complaint: &str, help: &str) {
    let ran = run_with(&["config", "check", "-"], bytes.as_ref()).exits(1);
    assert!(ran.out.contains(complaint), "{complaint}: {ran:#?}");
    assert!(ran.out.contains(help), "{help}: {ran:#?}");
    assert!(ran.out.contains("refused by the Sysmon of schema"), "{ran:#?}");
    assert!(ran.out.len() < 10_000 && !ran.err.contains("panicked"), "{ran:#?}");
}

fn config(body: &str) -> String {
    format!("<Sysmon schemaversion=\"4.90\"><EventFiltering>{body}</EventFiltering></Sysmon>")
}

fn filter(body: &str) -> String {
    config(&format!("<CreateRemoteThread onmatch=\"include\">{body}</CreateRemoteThread>"))
}

fn wide(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

#[test]
fn files_of_another_kind() {
    check("", "the file is empty", "<Sysmon schemaversion");
    check(" \r\n", "nothing but blanks", "<Sysmon schemaversion");
    check("not xml", "error[xml]", "-->");
    check("<!DOCTYPE html><html><p>x</html>", "the file is a web page", "raw file");
    check("<html><body/></html>", "the root element is `html`", "raw file");
    check(super::evtx_header(0), "the file is a Windows event log", "configuration first");
    check(log(0..2), "the file is JSON", "configuration first");
    check("<Event xmlns=\"x\"><System/></Event>", "the root element is `Event`", "configuration first");
    check(b"\x89PNG\r\n\x1a\n\0\0", "error[encoding]", "UTF-8");
}

#[test]
fn entity_bombs() {
    let bomb = "<!DOCTYPE Sysmon [<!ENTITY a \"aaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><Sysmon>&b;</Sysmon>";
    check(bomb, "error[doctype]", "remove the declaration");
    check("<Sysmon schemaversion=\"4.90\">&b;</Sysmon>", "error[xml]", "-->");
}

#[test]
fn mistakes_in_words() {
    let operator = |word: &str| filter(&format!("<TargetImage condition=\"{word}\">a</TargetImage>"));
    check(operator("begins with"), "no condition `begins with`", "write `begin with`");
    check(operator("not contains"), "no condition `not contains`", "-->");
    check(
        filter("").replace("onmatch=\"include\"", "onmatch=\"Include\""),
        "`Include` is no value",
        "lower case",
    );
    check(filter("<targetimage>a</targetimage>"), "no field `targetimage`", "write `TargetImage`");
    check(config("<RuleGroup groupRelation=\"OR\"/>"), "`OR` is no value", "lower case");
    check(filter("").replace("Sysmon", "sysmon"), "the root element is `sysmon`", "letter case counts");
    let missing =
        run_with(&["config", "check", "-"], filter("").replace(" onmatch=\"include\"", "").as_bytes());
    assert!(missing.exits(0).out.contains("warning[filter-skipped]"));
}

#[test]
fn encodings() {
    let good = filter("<TargetImage condition=\"image\">lsass.exe</TargetImage>");
    let accepted = |bytes: &[u8]| run_with(&["config", "check", "-"], bytes).exits(0).out;
    assert!(accepted(&[b"\xef\xbb\xbf", good.as_bytes()].concat()).contains("0 errors, 0 warnings"));
    assert!(accepted(&wide(&format!("\u{feff}{good}"), u16::to_le_bytes)).contains("0 errors, 0 warnings"));
    assert!(accepted(&wide(&good, u16::to_le_bytes)).contains("0 errors, 0 warnings"));
    check(wide(&format!("\u{feff}{good}"), u16::to_be_bytes), "high byte first", "save it as UTF-8");
    check(wide(&good, u16::to_be_bytes), "high byte first", "save it as UTF-8");
    check(good.replace("lsass", "ls\0ass"), "error[xml]", ":1:");
    check(good.replace("lsass", "ls\u{1b}ass"), "error[xml]", ":1:");
    check([good.as_bytes(), b"\xff"].concat(), "is not UTF-8", "save the file as UTF-8");
}

/// A mark in front does not move the place of a complaint.
#[test]
fn a_byte_order_mark_is_no_column() {
    let marked = "\u{feff}<Sysmon schemaversion=\"4.90\"><Foo/></Sysmon>";
    let ran = run_with(&["config", "check", "--format", "json", "-"], marked.as_bytes()).exits(1);
    assert!(ran.out.contains("\"line\":1,\"column\":31"), "{ran:#?}");
    let drawn = run_with(&["config", "check", "-"], marked.as_bytes()).exits(1);
    assert!(!drawn.out.contains('\u{fffd}') && drawn.out.contains(":1:31"), "{drawn:#?}");
}

/// A hundred megabytes are refused after the first few, from a pipe too.
#[test]
fn sizes_without_end() {
    let started = Instant::now();
    let nested = "<a>".repeat(100 << 20 >> 2);
    check(&nested, "error[too-large]: the file has more than 4 MiB", "");
    check(" ".repeat(5 << 20) + &filter(""), "error[too-large]", "");
    check("<a>".repeat(1 << 19), "error", "");
    check(filter(&"<Rule>".repeat(1 << 18)), "error", "");
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

#[test]
fn what_cannot_be_read() {
    let folder = Folder::new();
    let (good, directory) = (folder.file("good.xml", filter("")), folder.arg(""));
    let ran = run(&["config", "check", &directory, &good]).exits(2).says(&["cannot read the configuration"]);
    assert!(ran.out.contains("good.xml: event 8"), "the other is checked all the same");
    run(&["config", "check", "-", "-"]).exits(2).says(&["standard input can be read once"]);
    run(&["config", "run", "-", "-"]).exits(2).says(&["standard input cannot be both"]);
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let secret = folder.file("secret.xml", filter(""));
    std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o000)).unwrap();
    if std::fs::read(&secret).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    run(&["config", "check", &secret]).exits(2).says(&["cannot read the configuration", "ermission denied"]);
}

/// A configuration where logs are expected, in any encoding.
#[test]
fn a_configuration_given_as_a_log() {
    let folder = Folder::new();
    let text = format!(
        "\u{feff}<?xml version=\"1.0\"?>\n<!-- <Event> -->\n{}",
        filter("<TargetImage>a</TargetImage>")
    );
    for bytes in [text.clone().into_bytes(), wide(&text, u16::to_le_bytes)] {
        let path = folder.file("config.xml", bytes);
        run(&["events", &path])
            .exits(3)
            .says(&["lost[not-a-log]", "it is a Sysmon configuration, not a log"]);
    }
    let (good, log) = (folder.file("good.xml", filter("")), folder.file("log.jsonl", log(0..2)));
    run(&["config", "run", &log, &good]).exits(2).says(&["the file is JSON, not a configuration"]);
}

/// A pipe whose writer goes on after the limit is closed, not read to its end.
#[test]
fn a_pipe_is_left_once_it_is_too_long() {
    let mut child = command(&["config", "check", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let block = vec![b' '; 1 << 16];
    let written = (0..).take_while(|_| std::io::Write::write_all(&mut input, &block).is_ok()).count();
    assert!(written < 200, "{written} blocks were taken");
    assert_eq!(child.wait().unwrap().code(), Some(1));
}
