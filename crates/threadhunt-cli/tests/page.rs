//! The page of `scan --format html`: built from its sources, and shown by a real browser.
//!
//! Node, its packages (`npm ci`, once) and Chromium are needed; a test says so where one is missing,
//! and passes. What a reader does with the page is in `crates/threadhunt/web/test/browser.mjs`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests may fail, and say why they were skipped")]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// One at a time installs packages.
static PACKAGES: Mutex<()> = Mutex::new(());

/// The folder of the page's sources with their packages, unless something is missing.
fn web() -> Option<PathBuf> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../threadhunt/web");
    if !answers("node") {
        println!("skipped: no node");
        return None;
    }
    let _one = PACKAGES.lock();
    if !web.join("node_modules").is_dir() {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0"])
            .current_dir(&web);
        if !npm.output().is_ok_and(|output| output.status.success()) {
            println!("skipped: `npm ci` in {} fails", web.display());
            return None;
        }
    }
    Some(web)
}

fn answers(program: &str) -> bool {
    let version = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

fn browser() -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
}

#[track_caller]
fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    assert!(output.status.success(), "{command:?} fails:\n{out}{err}");
    out.into_owned()
}

#[test]
fn the_page_is_what_its_sources_build() {
    let Some(web) = web() else { return };
    succeeds(Command::new("node").args(["build.mjs", "--check"]).current_dir(&web));
    succeeds(Command::new("node").arg("node_modules/typescript/bin/tsc").current_dir(&web));
}

#[test]
fn a_browser_shows_it() {
    let Some(web) = web() else { return };
    let Some(browser) = browser() else {
        println!("skipped: no Chromium");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    report(folder.path(), "examples", &examples);
    for (name, lines) in [("hostile", hostile()), ("empty", empty()), ("many", many())] {
        let log = folder.path().join(format!("{name}.jsonl"));
        fs::write(&log, lines).unwrap();
        report(folder.path(), name, &log);
    }
    fs::write(folder.path().join("accepted.toml"), ACCEPTANCE).unwrap();
    for (name, lines, options) in [
        ("filtered", hostile(), &["--technique", "T1106"][..]),
        ("accepted", thread(1, "WS", ACCEPTED, NO_MODULE), &["--accept", "accepted.toml"]),
        ("long", long(), &[]),
    ] {
        let log = folder.path().join(format!("{name}.jsonl"));
        fs::write(&log, lines).unwrap();
        report_with(folder.path(), name, &log, options);
    }
    let told = succeeds(
        Command::new("node").arg("test/browser.mjs").arg(browser).arg(folder.path()).current_dir(&web),
    );
    println!("{told}");
}

/// Writes the page of a log, as `NAME.html`.
fn report(folder: &Path, name: &str, log: &Path) {
    report_with(folder, name, log, &[]);
}

fn report_with(folder: &Path, name: &str, log: &Path, options: &[&str]) {
    let page = folder.join(format!("{name}.html"));
    let output = Command::new(env!("CARGO_BIN_EXE_threadhunt"))
        .args(["scan", "--format", "html", "-q", "-o"])
        .args([&page, log])
        .args(options)
        .current_dir(folder)
        .output()
        .unwrap();
    // The examples have a damaged log among them.
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&output.stderr));
}

/// An event 8 as a line of JSON.
fn thread(record: u32, computer: &str, [source, target]: [(&str, u32); 2], start: &str) -> String {
    let guid = |process: u32| format!("{{7a31c0de-8288-69a6-{:04x}-{process:012x}}}", process % 0x1_0000);
    let (minute, second) = (record / 60 % 60, record % 60);
    let time =
        format!("2026-03-{:02} {:02}:{minute:02}:{second:02}", 1 + record / 86_400, record / 3600 % 24);
    let text = |text: &str| serde_json::to_string(text).unwrap();
    format!(
        r#"{{"event_id":8,"record_id":{record},"time":"{}.500Z","computer":{},"channel":"Microsoft-Windows-Sysmon/Operational","provider":"Microsoft-Windows-Sysmon","fields":{{"UtcTime":"{time}.500","SourceProcessGuid":"{}","SourceProcessId":{},"SourceImage":{},"TargetProcessGuid":"{}","TargetProcessId":{},"TargetImage":{},"NewThreadId":{record},{start}}}}}
"#,
        time.replace(' ', "T"),
        text(computer),
        guid(source.1),
        source.1 % 65_536,
        text(source.0),
        guid(target.1),
        target.1 % 65_536,
        text(target.0),
    )
}

const NO_MODULE: &str = r#""StartAddress":"0x000001F3A4520000","StartModule":"-","StartFunction":"-""#;
const CONSOLE: &str = r#""StartAddress":"0x00007FFB268C3970","StartModule":"C:\\Windows\\System32\\KERNELBASE.dll","StartFunction":"CtrlRoutine""#;

/// Values that would be markup, code, colour or another order anywhere else.
fn hostile() -> String {
    let long = format!(r"C:\Users\{}\deep.exe", r"very-long-folder-name\".repeat(180));
    let images = [
        r"C:\<img src=x onerror=window.pwned=1>\a.exe".to_owned(),
        r"C:\</script><script>window.pwned=1</script>\<b>b.exe".to_owned(),
        "C:\\\u{1b}[2J\u{1b}]0;x\u{7}\\escape\u{202e}exe.txt".to_owned(),
        r"C:\<!--\{{7*7}}\@@objects@@\${alert(1)}.exe".to_owned(),
        long,
    ];
    let start = r#""StartAddress":"0x000001F3A4520000","StartModule":"<svg onload=window.pwned=1>","StartFunction":"<a href=javascript:alert(1)>""#;
    let mut lines = String::new();
    for (at, pair) in images.windows(2).enumerate() {
        let at = at as u32;
        let ends = [(&*pair[0], 100 + at), (&*pair[1], 101 + at)];
        lines += &thread(at + 1, "HOST\u{2028}<i>", ends, if at == 1 { start } else { NO_MODULE });
    }
    lines
}

/// Half a megabyte in a path.
fn long() -> String {
    let image = format!(r"C:\Users\eve\{}", "x".repeat(500_000));
    thread(1, "WS", [(&image, 1), (r"C:\Windows\explorer.exe", 2)], NO_MODULE)
}

/// A finding that deserves a look, and the entry that accepts it.
const ACCEPTED: [(&str, u32); 2] =
    [(r"C:\Users\eve\Downloads\payload.exe", 1), (r"C:\Windows\explorer.exe", 2)];
const ACCEPTANCE: &str = "[[accept]]\nsource = '*'\ntarget = '*'\nstart = 'no-module'\nreason = 'a test'\n\
                          owner = 'eve'\nexpires = 2999-01-01\n";

/// A log of other events.
fn empty() -> String {
    r#"{"event_id":1,"record_id":1,"time":"2026-03-03T07:59:02.500Z","computer":"QUIET","channel":"Microsoft-Windows-Sysmon/Operational","provider":"Microsoft-Windows-Sysmon","fields":{"UtcTime":"2026-03-03 07:59:02.500","Image":"C:\\a.exe"}}
"#
    .to_owned()
}

/// Pairs of processes in the large page.
const MANY: u32 = 10_000;

/// Many computers where consoles are closed, some with a payload that injects and goes on.
fn many() -> String {
    let mut lines = String::new();
    for at in 0..MANY {
        let computer = format!("WS-{:03}", at % 200);
        let first = 1_000_000 * (at % 200);
        let (ends, start) = match at / 200 % 10 {
            0 => (
                [
                    (r"C:\Users\eve\Downloads\payload.exe", first),
                    (r"C:\Windows\explorer.exe", first + 1 + at),
                ],
                NO_MODULE,
            ),
            1 => (
                [
                    (r"C:\Windows\explorer.exe", first + 1 + at - 200),
                    (r"C:\Windows\System32\svchost.exe", first + 1 + at),
                ],
                NO_MODULE,
            ),
            _ => (
                [
                    (r"C:\Windows\System32\csrss.exe", first + 999_999),
                    (r"C:\Windows\System32\cmd.exe", first + 1 + at),
                ],
                CONSOLE,
            ),
        };
        let _ = write!(lines, "{}", thread(at + 1, &computer, ends, start));
    }
    lines
}
