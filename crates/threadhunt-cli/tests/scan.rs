//! The manners of `threadhunt scan`: forms, files, pipes and exit status, on real logs.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const LOG: &str = "sideloading_uacbypass_rundll32_injection_c2.evtx";

/// The folder of real logs beside the workspace, unless it is not there.
fn logs() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("THREADHUNT_SHARED").map_or_else(beside, PathBuf::from);
    let logs = shared.join("data/evtx/event8");
    if !logs.is_dir() {
        println!("skipped: no {}", logs.display());
        return None;
    }
    Some(logs)
}

fn scan(directory: &Path, args: &[&str], stdin: Stdio) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_threadhunt"));
    command.arg("scan").args(args).current_dir(directory).stdin(stdin);
    // Whoever runs the tests is no default owner.
    for name in ["USER", "LOGNAME", "USERNAME"] {
        command.env_remove(name);
    }
    command.env_remove("COLUMNS").env_remove("NO_COLOR").output().expect("the program runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

/// The objects of JSON lines.
fn objects(output: &Output) -> Vec<serde_json::Value> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("an object")).collect()
}

#[test]
fn standard_input_is_read_twice_and_says_the_same() {
    let Some(logs) = logs() else { return };
    let args = |path| ["--format", "jsonl", path];
    let named = scan(&logs, &args(LOG), Stdio::null());
    let piped = scan(&logs, &args("-"), File::open(logs.join(LOG)).unwrap().into());
    assert_eq!((named.status.code(), piped.status.code()), (Some(0), Some(0)));
    assert_eq!(text(&piped.stdout), text(&named.stdout).replace(LOG, "-"));
    let findings = objects(&piped);
    let resolved = findings.iter().find(|finding| finding["target"]["image_resolved"] == true).unwrap();
    assert_eq!(resolved["target"]["image"], r"C:\Windows\SysWOW64\rundll32.exe");
    assert_eq!(resolved["evidence"][0]["file"], "-");
    assert_eq!(findings.last().unwrap()["kind"], "coverage");
}

#[test]
fn threads_do_not_change_what_is_printed() {
    let Some(logs) = logs() else { return };
    let alone = scan(&logs, &["--threads", "1", "."], Stdio::null());
    assert_eq!(alone.status.code(), Some(0));
    assert_eq!(text(&scan(&logs, &["--threads", "4", "."], Stdio::null()).stdout), text(&alone.stdout));
}

#[test]
fn copies_count_once_unless_asked() {
    let Some(logs) = logs() else { return };
    let count = |args: &[&str]| objects(&scan(&logs, args, Stdio::null()))[0]["count"].clone();
    assert_eq!(count(&["--format", "jsonl", LOG, LOG]), 1);
    assert_eq!(count(&["--format", "jsonl", "--no-dedup", LOG, LOG]), 2);
}

#[test]
fn a_path_that_is_missing_is_named_and_the_rest_is_scanned() {
    let Some(logs) = logs() else { return };
    let output = scan(&logs, &["no-such.evtx", LOG], Stdio::null());
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("no-such.evtx"), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("rundll32.exe"));
}

#[test]
fn a_file_is_replaced_only_when_told() {
    let Some(logs) = logs() else { return };
    let folder = tempfile::tempdir().unwrap();
    let log = logs.join(LOG);
    let args = |more: &[&'static str]| {
        let log = log.to_str().unwrap().to_owned();
        let args: Vec<String> = ["--format", "csv", "-o", "out.csv"]
            .iter()
            .chain(more)
            .map(|arg| (*arg).to_owned())
            .chain([log])
            .collect();
        args
    };
    let run = |more: &[&'static str]| {
        let args = args(more);
        scan(folder.path(), &args.iter().map(String::as_str).collect::<Vec<_>>(), Stdio::null())
    };
    assert_eq!(run(&[]).status.code(), Some(0));
    assert_eq!(run(&[]).status.code(), Some(2), "what is there is kept");
    assert_eq!(run(&["--force"]).status.code(), Some(0));
    let csv = std::fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert_eq!(csv.lines().count(), 4, "{csv}");
}

#[test]
fn an_empty_directory_is_a_loss_and_says_that_nothing_can_be_said() {
    let folder = tempfile::tempdir().unwrap();
    let output = scan(folder.path(), &["."], Stdio::null());
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stdout).contains("nothing can be said"));
}

/// Starts without the places of their records.
fn placeless(starts: &serde_json::Value) -> Vec<serde_json::Value> {
    let mut starts = starts.as_array().unwrap().clone();
    starts.iter_mut().for_each(|start| drop(start.as_object_mut().unwrap().remove("evidence").unwrap()));
    starts
}

#[test]
fn exports_of_a_log_are_copies_of_it() {
    let Some(logs) = logs() else { return };
    let folder = tempfile::tempdir().unwrap();
    let log = logs.join(LOG);
    for (format, name) in [("xml", "export.xml"), ("jsonl", "export.jsonl")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_threadhunt"));
        command
            .args(["events", "--all", "-q", "--format", format, "-o", name])
            .arg(&log)
            .current_dir(folder.path());
        assert!(command.status().unwrap().success());
    }
    let expected = objects(&scan(&logs, &["--format", "jsonl", LOG], Stdio::null()));
    let args = ["--format", "jsonl", "export.xml", "export.jsonl", log.to_str().unwrap()];
    let together = objects(&scan(folder.path(), &args, Stdio::null()));
    for (finding, expected) in
        together.iter().zip(&expected).filter(|(finding, _)| finding["kind"] == "finding")
    {
        assert_eq!(
            (&finding["id"], &finding["count"], placeless(&finding["starts"])),
            (&expected["id"], &expected["count"], placeless(&expected["starts"]))
        );
        assert_eq!((&finding["copies"], &finding["target"]), (&2.into(), &expected["target"]));
        assert_eq!((&finding["severity"], &finding["ledger"]), (&expected["severity"], &expected["ledger"]));
    }
    assert_eq!(together.len(), expected.len());
}

/// An export of one thread that is injection-shaped, and high by itself.
fn export(folder: &Path) -> PathBuf {
    let log = folder.join("one.xml");
    let data = [
        ("UtcTime", "2020-10-17 15:00:00.000"),
        ("SourceProcessGuid", "{747f3d96-d8e5-5f8a-0000-0010e1bc7200}"),
        ("SourceImage", r"C:\Users\bob\Downloads\tool.exe"),
        ("TargetProcessGuid", "{747f3d96-d8ec-5f8a-0000-001094207300}"),
        ("TargetImage", r"C:\Windows\explorer.exe"),
        ("StartAddress", "0x0000000000930000"),
        ("StartModule", "-"),
        ("StartFunction", "-"),
    ];
    let data: String =
        data.iter().map(|(name, value)| format!("<Data Name=\"{name}\">{value}</Data>")).collect();
    let event = format!(
        "<Event><System><Provider Name=\"Microsoft-Windows-Sysmon\"/><EventID>8</EventID></System>\
         <EventData>{data}</EventData></Event>"
    );
    std::fs::write(&log, event).unwrap();
    log
}

#[test]
fn a_list_that_is_not_there_is_named_with_what_makes_one() {
    let folder = tempfile::tempdir().unwrap();
    export(folder.path());
    let output = scan(folder.path(), &["--accept", "none.toml", "one.xml"], Stdio::null());
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    assert!(told.contains("there is no list of accepted patterns none.toml; --review makes one"), "{told}");
}

#[test]
fn the_exit_status_follows_the_severity_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    export(folder.path());
    let code = |args: &[&str]| scan(folder.path(), args, Stdio::null()).status.code();
    assert_eq!(code(&["one.xml"]), Some(0));
    assert_eq!(code(&["--fail-on", "high", "one.xml"]), Some(1));
    assert_eq!(code(&["--fail-on", "critical", "one.xml"]), Some(0));
    assert_eq!(
        code(&["--fail-on", "high", "one.xml", "no-such.evtx"]),
        Some(1),
        "a finding outweighs a loss"
    );
    assert_eq!(code(&["--fail-on", "critical", "one.xml", "no-such.evtx"]), Some(3));
    assert_eq!(code(&["--fail-on", "worst", "one.xml"]), Some(2));
}

#[test]
fn what_is_left_out_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    export(folder.path());
    let run = |args: &[&str]| {
        let output = scan(folder.path(), &[args, &["--format", "jsonl", "one.xml"]].concat(), Stdio::null());
        let findings = objects(&output).iter().filter(|object| object["kind"] == "finding").count();
        (findings, text(&output.stderr).contains("1 finding left out"))
    };
    assert_eq!(run(&["--min-severity", "high"]), (1, false));
    assert_eq!(run(&["--min-severity", "critical"]), (0, true));
    assert_eq!(run(&["--technique", "T1055"]), (1, false));
    assert_eq!(run(&["--technique", "T1055.001"]), (0, true));
}

#[test]
fn weights_are_replaced_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    export(folder.path());
    let severity = |weights: &str| {
        std::fs::write(folder.path().join("w.toml"), weights).unwrap();
        let output =
            scan(folder.path(), &["--weights", "w.toml", "--format", "jsonl", "one.xml"], Stdio::null());
        let severity =
            objects(&output).first().map(|finding| finding["severity"].as_str().unwrap().to_owned());
        (output.status.code(), severity, text(&output.stderr).to_owned())
    };
    assert_eq!(severity("").1.as_deref(), Some("high"));
    assert_eq!(severity("[weights]\nno-module = 0\n").1.as_deref(), Some("medium"));
    let (code, none, message) = severity("[weights]\nno-modul = 0\n");
    assert_eq!((code, none), (Some(2), None));
    assert!(message.contains("w.toml") && message.contains("no rule no-modul"), "{message}");
}

/// Every output that people read says that it holds less than was found.
#[test]
fn nothing_is_not_what_a_filter_leaves() {
    let folder = tempfile::tempdir().unwrap();
    export(folder.path());
    let wishes = [
        (["--min-severity", "critical"], "1 finding left out (below critical)"),
        (["--technique", "T1106"], "1 finding left out (of other techniques than T1106)"),
    ];
    for (wish, words) in wishes {
        for form in ["cards", "table"] {
            let output =
                scan(folder.path(), &[&wish[..], &["--format", form, "one.xml"]].concat(), Stdio::null());
            let out = text(&output.stdout);
            assert!(out.contains(words) && !out.contains("no remote threads"), "{form}: {out}");
        }
        let page = ["-q", "--format", "html", "--force", "-o", "page.html", "one.xml"];
        scan(folder.path(), &[&wish[..], &page].concat(), Stdio::null());
        let page = std::fs::read_to_string(folder.path().join("page.html")).unwrap();
        let about =
            page.split("id=\"about\">").nth(1).and_then(|rest| rest.split("</script>").next()).unwrap();
        let about: serde_json::Value = serde_json::from_str(about).unwrap();
        assert_eq!(about["filters"][0]["findings"], 1, "{about}");
        assert!(page.contains(&format!("<p>{words}.</p>")), "without scripts");
    }
    let all = scan(folder.path(), &["--format", "jsonl", "one.xml"], Stdio::null());
    let id = objects(&all)[0]["id"].as_str().unwrap().to_owned();
    let shown = scan(folder.path(), &["--min-severity", "critical", "--show", &id, "one.xml"], Stdio::null());
    assert_eq!(
        text(&shown.stdout),
        format!("a finding whose id begins with {id} was left out (below critical)\n")
    );
    // A filter that leaves nothing out is not the reason.
    std::fs::write(folder.path().join("none.xml"), "<Events></Events>").unwrap();
    let none = scan(folder.path(), &["--min-severity", "critical", "none.xml"], Stdio::null());
    assert!(text(&none.stdout).starts_with("no remote threads found\n"), "{}", text(&none.stdout));
}

/// TOML quotes what it complains of in several lines.
#[test]
fn complaints_of_toml_are_one_line_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    export(folder.path());
    std::fs::write(folder.path().join("w.toml"), "[weights]\nno-module = \n").unwrap();
    let output = scan(folder.path(), &["--weights", "w.toml", "one.xml"], Stdio::null());
    let err = text(&output.stderr);
    assert!(err.starts_with("error: w.toml line 2: ") && err.trim_end().lines().count() == 1, "{err}");
    assert!(!err.contains(r"\u{a}"), "{err}");
    std::fs::write(folder.path().join("a.toml"), "[[accept]]\n\"a\\u001b\\nb\" = 1\n").unwrap();
    let output = scan(folder.path(), &["--accept", "a.toml", "one.xml"], Stdio::null());
    let err = text(&output.stderr);
    assert!(
        err.contains("a.toml line 2: unknown field") && !err.contains(r"\u{a}") && !err.contains('\u{1b}'),
        "{err}"
    );
}

/// A hundred kilobytes in each value do not fill the screen.
#[test]
fn forged_values_do_not_flood_what_people_read() {
    let folder = tempfile::tempdir().unwrap();
    let long = |name: &str| format!("{name}{}", "x".repeat(100_000));
    let event = |id: u16, record: u64, fields: serde_json::Value| {
        serde_json::json!({
            "event_id": id, "record_id": record, "time": "2020-10-17T12:00:00.0000000Z",
            "computer": long("HOST"), "channel": long("channel"), "provider": "Microsoft-Windows-Sysmon", "fields": fields,
        })
    };
    let thread = serde_json::json!({
        "RuleName": long("rule"), "UtcTime": "2020-10-17 11:43:36.000", "SourceUser": long("user"),
        "SourceProcessGuid": "{7a31c0de-8288-69a6-0001-000000000001}", "SourceProcessId": 1,
        "SourceImage": long(r"C:\"), "TargetImage": long(r"C:\Windows\"), "TargetProcessId": 2,
        "TargetProcessGuid": "{7a31c0de-8288-69a6-0002-000000000002}", "NewThreadId": 1, "TargetUser": long("other"),
        "StartAddress": "0x000001F3A4520000", "StartModule": long(r"C:\m"), "StartFunction": long("f"),
    });
    let change = serde_json::json!({
        "UtcTime": "2020-10-17 11:43:36.000", "Configuration": long("c"), "ConfigurationFileHash": long("h"),
    });
    let error =
        serde_json::json!({"UtcTime": "2020-10-17 11:43:36.000", "ID": long("id"), "Description": long("d")});
    // The first line says what the file is.
    let first = serde_json::json!({
        "event_id": 5, "record_id": 99, "time": "2020-10-17T12:00:00.0000000Z", "computer": "A",
        "channel": "Microsoft-Windows-Sysmon/Operational", "provider": "Microsoft-Windows-Sysmon",
        "fields": {"UtcTime": "2020-10-17 11:43:36.000"},
    });
    let lines = [first, event(8, 1, thread), event(16, 5, change), event(255, 9, error)]
        .map(|event| format!("{event}\n"));
    std::fs::write(folder.path().join("long.jsonl"), lines.concat()).unwrap();
    for form in [&["--show", "all"][..], &["--format", "table"]] {
        let output = scan(folder.path(), &[form, &["long.jsonl"]].concat(), Stdio::null());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(output.stdout.len() < 10_000, "{form:?}: {} bytes", output.stdout.len());
    }
}

/// A file of weights may come from anybody.
#[test]
fn rules_of_others_are_safe_to_look_at() {
    let folder = tempfile::tempdir().unwrap();
    let rule = "[[rule]]\nname='p'\ngroup='credit'\nbits=-4\ntitle=\"a\\u001b[2J\\u202eb\"\nmeaning='m'\n\
                reason='r'\nsource='s'\ntest={ class=['load-library'] }";
    std::fs::write(folder.path().join("w.toml"), rule).unwrap();
    for args in
        [&["list"][..], &["show", "p"], &["list", "--format", "json"], &["show", "p", "--format", "json"]]
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_threadhunt"));
        let output = command.arg("rules").args(args).args(["--weights", "w.toml"]);
        let output = output.current_dir(folder.path()).output().unwrap();
        let out = text(&output.stdout);
        assert!(output.status.success() && out.contains("[2J"), "{args:?}: {out}");
        assert!(!out.contains(['\u{1b}', '\u{202e}']), "{args:?}");
    }
}

#[test]
fn a_configuration_that_sysmon_refuses_is_no_measure() {
    let folder = tempfile::tempdir().unwrap();
    export(folder.path());
    std::fs::write(folder.path().join("bad.xml"), "<Sysmon schemaversion=\"4.90\"><Nothing/></Sysmon>")
        .unwrap();
    std::fs::write(folder.path().join("good.xml"), "<Sysmon schemaversion=\"4.90\"/>").unwrap();
    let run = |args: &[&str]| scan(folder.path(), &[args, &["one.xml"]].concat(), Stdio::null());
    let output = run(&["--against", "good.xml", "--against", "bad.xml"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""));
    assert!(text(&output.stderr).contains("error[unknown-element]"), "{}", text(&output.stderr));
    assert_eq!(run(&["--against", "none.xml"]).status.code(), Some(2));
    assert_eq!(run(&["--sysmon", "13.2"]).status.code(), Some(2), "nothing to imitate it for");
    let output = run(&["--against", "good.xml", "--sysmon", "13.2", "--config", "good.xml"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let output = run(&["--against", "good.xml"]);
    assert!(text(&output.stdout).contains("good.xml has no filter for event 8"), "{}", text(&output.stdout));
}

const ACCEPTED: &str = "# ours\n[[accept]] # the tool\nsource = '*\\tool.exe'\ntarget = '*'\nstart = 'no-module'\n\
    reason = 'tested'\nowner = 'bob'\nexpires = 2999-01-01\n";

#[test]
fn what_is_accepted_is_counted_and_fails_nothing() {
    let folder = tempfile::tempdir().unwrap();
    export(folder.path());
    std::fs::write(folder.path().join("a.toml"), ACCEPTED).unwrap();
    let run = |args: &[&str]| scan(folder.path(), &[args, &["one.xml"]].concat(), Stdio::null());
    let output = run(&["--accept", "a.toml", "--fail-on", "high"]);
    assert_eq!(output.status.code(), Some(0));
    let line = "1 pattern accepted: 1 pair, 1 thread (owner bob, until 2999-01-01, entry 1 in line 2: tested): --show all";
    assert!(text(&output.stdout).starts_with(line), "{}", text(&output.stdout));
    assert!(
        text(&run(&["--accept", "a.toml", "--show", "all"]).stdout).contains("known  accepted by owner bob")
    );
    let found = objects(&run(&["--accept", "a.toml", "--format", "jsonl"]));
    for object in &found[..2] {
        assert_eq!(object["accepted"]["reason"], "tested", "{object}");
    }
    assert_eq!(run(&["--accept", "none.toml"]).status.code(), Some(2));
    std::fs::write(folder.path().join("b.toml"), ACCEPTED.replace("start = 'no-module'\n", "")).unwrap();
    let refused = run(&["--accept", "b.toml"]);
    assert_eq!((refused.status.code(), text(&refused.stdout)), (Some(2), ""));
    assert!(
        text(&refused.stderr).contains("b.toml line 2: the entry names no start"),
        "{}",
        text(&refused.stderr)
    );
}

/// Reviews with answers from a file, and gives the list after it.
fn review(folder: &Path, answers: &str) -> (Output, String) {
    std::fs::write(folder.join("answers"), answers).unwrap();
    let args = ["--review", "--accept", "a.toml", "--answers", "answers", "one.xml"];
    let output = scan(folder, &args, Stdio::null());
    (output, std::fs::read_to_string(folder.join("a.toml")).unwrap_or_default())
}

#[test]
fn a_review_adds_entries_and_keeps_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    export(folder.path());
    assert_eq!(review(folder.path(), "").1, "", "no answer, no file");
    assert_eq!(review(folder.path(), "s\n").1, "");
    let (output, list) = review(folder.path(), "a\nknown\n");
    assert_eq!((output.status.code(), list.as_str()), (Some(0), ""), "no owner and no day yet");
    assert!(text(&output.stderr).contains("the answers end within an entry"), "{}", text(&output.stderr));
    let old = "# ours, to be kept\n[[accept]]\nsource = 'x'\ntarget = 'y'\nstart = 'no-module'\nreason = 'r'\nowner = 'o'\nexpires = 2000-01-01";
    std::fs::write(folder.path().join("a.toml"), old).unwrap();
    let (output, list) = review(folder.path(), "a\nknown tool\nbob\n2999-12-31\n");
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), ""), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("[1 of 1] 1 thread, 100 % of all; 100 % up to here"));
    assert!(text(&output.stderr).contains("1 entry added to a.toml, 0 patterns not accepted"));
    assert!(
        list.starts_with(old)
            && list.contains("reason = 'known tool'\nowner = 'bob'\nexpires = 2999-12-31\n"),
        "{list}"
    );
    let output = scan(folder.path(), &["--accept", "a.toml", "--fail-on", "low", "one.xml"], Stdio::null());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let (output, again) = review(folder.path(), "");
    assert!(text(&output.stderr).contains("nothing is left to review"));
    assert_eq!(again, list);
}

#[test]
fn a_prepared_answer_that_is_none_is_an_error_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    export(folder.path());
    for (answers, told) in [
        ("\n", "answers line 1: \"\" is no answer: a accepts, s skips, q quits"),
        ("what\na\n", "answers line 1: \"what\" is no answer"),
        ("a\n\nbob\n2999-12-31\n", "answers line 2: the reason is empty"),
        ("a\nknown\n\n2999-12-31\n", "answers line 3: the owner is empty: it is who answers for the entry"),
        ("a\nknown\nbob\n2001-01-01\n", "answers line 4: \"2001-01-01\" is no day from today on"),
    ] {
        let (output, list) = review(folder.path(), answers);
        assert_eq!((output.status.code(), list.as_str()), (Some(2), ""), "{answers:?}");
        assert!(text(&output.stderr).contains(told), "{answers:?}: {}", text(&output.stderr));
    }
    let (output, list) = review(folder.path(), "s\n\na\nknown\n");
    assert_eq!((output.status.code(), list.as_str()), (Some(0), ""));
    let told = "answers: nothing asked for the answers from line 3 on";
    assert!(text(&output.stderr).contains(told), "{}", text(&output.stderr));
}

#[test]
fn a_review_without_anyone_to_ask_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    export(folder.path());
    let run = |args: &[&str]| scan(folder.path(), args, Stdio::null());
    let output = run(&["--review", "--accept", "a.toml", "one.xml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--answers"), "{}", text(&output.stderr));
    assert_eq!(run(&["--review", "one.xml"]).status.code(), Some(2), "no file to write to");
    assert_eq!(run(&["--review", "--accept", "a.toml", "--answers", "-", "-"]).status.code(), Some(2));
    assert_eq!(run(&["--review", "--accept", "a.toml", "--format", "csv", "one.xml"]).status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_a_review_and_keeps_what_was_decided() {
    use std::io::{BufRead, BufReader, Write};

    let folder = tempfile::tempdir().unwrap();
    export(folder.path());
    let mut review = Command::new(env!("CARGO_BIN_EXE_threadhunt"))
        .args(["scan", "--review", "--accept", "a.toml", "--answers", "-", "--no-dedup", "one.xml"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It waits for an answer, the pipe stays open, and only the interrupt can end it.
    let mut answers = review.stdin.take().unwrap();
    answers.write_all(b"a\n").unwrap();
    let mut told = BufReader::new(review.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("[1 of 1]") {
        line.clear();
        assert!(told.read_line(&mut line).unwrap() > 0, "it ends too early");
    }
    let kill = Command::new("kill").args(["-INT", &review.id().to_string()]).status();
    assert!(kill.unwrap().success());
    assert_eq!(review.wait().unwrap().code(), Some(130));
    drop(answers);
    assert!(!folder.path().join("a.toml").exists());
}

#[test]
fn show_asks_for_cards() {
    let folder = tempfile::tempdir().unwrap();
    export(folder.path());
    let output = scan(folder.path(), &["--show", "all", "one.xml"], Stdio::null());
    assert!(text(&output.stdout).starts_with("HIGH 94  tool.exe → explorer.exe"), "{}", text(&output.stdout));
    assert_eq!(
        scan(folder.path(), &["--show", "all", "--format", "csv", "one.xml"], Stdio::null()).status.code(),
        Some(2)
    );
    assert_eq!(scan(folder.path(), &["--show", "nothing", "one.xml"], Stdio::null()).status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_read_twice_too() {
    let Some(logs) = logs() else { return };
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    if !Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        println!("skipped: no mkfifo");
        return;
    }
    let bytes = std::fs::read(logs.join(LOG)).unwrap();
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::write(pipe, bytes).unwrap()
    });
    let output = scan(folder.path(), &["--format", "jsonl", "pipe"], Stdio::null());
    writer.join().unwrap();
    let findings = objects(&output);
    assert!(findings.iter().any(|finding| finding["target"]["image_resolved"] == true));
    assert_eq!(findings[0]["evidence"][0]["file"], "pipe");
}

/// Whether interrupts are ignored here, as in a background job of a shell: children inherit that.
#[cfg(unix)]
fn ignores_interrupts() -> bool {
    const SIGINT: u64 = 1 << 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & SIGINT != 0)
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_wait_for_the_list() {
    use std::os::unix::process::ExitStatusExt;

    if ignores_interrupts() {
        return println!("skipped: interrupts are ignored here");
    }
    let mut scan = Command::new(env!("CARGO_BIN_EXE_threadhunt"))
        .args(["scan", "--files-from", "-"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(scan.try_wait().unwrap().is_none(), "it waits for the list");
    let kill = Command::new("kill").args(["-INT", &scan.id().to_string()]).status();
    assert!(kill.unwrap().success());
    // The list is still open, so only the interrupt can end the wait.
    assert_eq!(scan.wait().unwrap().signal(), Some(2));
}
