//! `threadhunt events`: selection, output, and what is said beside it.

use super::{Folder, Ran, command, log, record_line, run, run_with};

/// Event 8 records 0 to 9, an event 1 (record 10), and an event 8 of another provider (record 11).
fn mixed(folder: &Folder) -> String {
    let sysmon = "Microsoft-Windows-Sysmon";
    let others = record_line(1, 10, sysmon, "x") + &record_line(8, 11, "Other", "x");
    folder.file("mixed.jsonl", log(0..10) + &others)
}

fn events(args: &[&str]) -> Ran {
    run(&[&["events", "--format", "jsonl"], args].concat())
}

#[track_caller]
fn check(args: &[&str], expected: &[u64]) {
    let folder = Folder::new();
    let path = mixed(&folder);
    assert_eq!(events(&[args, &[&path]].concat()).exits(0).ids(), expected, "{args:?}");
}

#[test]
fn kinds() {
    check(&[], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    check(&["--id", "1"], &[10]);
    check(&["--id", "ProcessCreate"], &[10]);
    check(&["--id", "8,createremotethread,1", "--where", "NewThreadId=1*"], &[1, 10]);
    check(&["--all", "--where", "NewThreadId=1?"], &[10]);
    check(&["--all-providers", "--where", "NewThreadId=1?"], &[10, 11]);
}

#[test]
fn time_spans_are_half_open() {
    check(&["--from", "2020-10-17 11:00:08"], &[8, 9]);
    check(&["--to", "2020-10-17T11:00:02Z"], &[0, 1]);
    check(&["--from", "2020-10-17T13:00:03+02:00", "--to", "2020-10-17 11:00:05"], &[3, 4]);
    check(&["--to", "2020-10-17"], &[]);
    check(&["--from", "2020-10-18"], &[]);
    check(&["--from", "2020-10-17", "--to", "2020-10-18", "--id", "1"], &[10]);
}

#[test]
fn computers_and_values() {
    check(&["--computer", "ws02"], &[0, 2, 4, 6, 8]);
    check(&["--computer", "ws01.*", "--computer", "ws02", "--limit", "3"], &[0, 1, 2]);
    check(&["--where", r"targetimage=*\LSASS.exe", "--where", "EventRecordID=7"], &[7]);
    check(&["--where", "StartModule=", "--limit", "1"], &[0]);
    check(&["--where", "StartModule=?*"], &[]);
}

#[test]
fn mistakes_are_explained() {
    for (args, reason) in [
        (&["--where", "TargetImag=x"][..], "did you mean `TargetImage`?"),
        (&["--where", "TargetImage"], "not of the form FIELD=VALUE"),
        (&["--id", "CreateRemoteThred"], "did you mean `CreateRemoteThread`?"),
        (&["--id", "8", "--all"], "cannot be used with"),
        (&["--from", "yesterday"], "a time such as"),
        (&["--format", "yaml"], "possible values: text, jsonl"),
        (&["--threads", "0"], "a number of workers, 1 or more"),
        (&["--force"], "--output"),
        (&["-q", "-v"], "cannot be used with"),
    ] {
        let ran = run(&[&["events"], args, &["x"]].concat()).exits(2).says(&[reason]);
        assert_eq!(ran.out, "");
    }
}

#[test]
fn the_limit_is_exact_at_any_number_of_threads() {
    let folder = Folder::new();
    let path = folder.file("long.jsonl", log(0..6000));
    for threads in ["1", "4"] {
        for limit in [0, 1, 2999, 6000, 7000] {
            let ran = events(&["--threads", threads, "--limit", &limit.to_string(), &path]).exits(0);
            assert_eq!(ran.ids(), (0..limit.min(6000)).collect::<Vec<_>>());
        }
    }
}

#[test]
fn others_are_counted_and_told() {
    let folder = Folder::new();
    let path = mixed(&folder);
    let told =
        "note: not asked for: 1 other Sysmon event (--all), 1 record of another provider (--all-providers)";
    events(&[&path]).says(&[told]);
    events(&["--all", &path]).says(&["not asked for: 1 record of another provider (--all-providers)"]);
    events(&["--all-providers", &path]).keeps_quiet_on("not asked for");
    assert_eq!(events(&["-q", &path]).exits(0).err, "");
}

#[test]
fn the_summary_is_the_last_line() {
    let folder = Folder::new();
    let path = mixed(&folder);
    let ran = events(&[&path]).exits(0);
    let last = ran.err.lines().last().unwrap();
    assert!(
        last.starts_with(
            "1 file, 12 records (12 threadhunt), 11 Sysmon events, 10 remote threads, 0 recovered, 0 skipped, 0 lost, "
        ),
        "{last}"
    );
    for quiet in [&["--stats", "json"][..], &["--stats", "json", "-q"]] {
        let stats = events(&[quiet, &[&path]].concat()).exits(0).stats();
        assert_eq!(
            (&stats["files"], &stats["remote_threads"], &stats["lost"]),
            (&1.into(), &10.into(), &0.into())
        );
        assert_eq!(stats["interrupted"], false);
    }
}

#[test]
fn formats_frame_even_nothing() {
    let folder = Folder::new();
    let path = mixed(&folder);
    let none = |format| run(&["events", "--id", "99", "--format", format, &path]).exits(0).out;
    assert_eq!(none("text"), "");
    assert_eq!(none("jsonl"), "");
    assert_eq!(none("xml"), "<Events>\n</Events>\n");
    assert_eq!(none("csv").lines().count(), 1);
    assert_eq!(run(&["events", "--format", "csv", &path]).exits(0).out.lines().count(), 11);
}

#[test]
fn text_is_the_default_and_has_no_colour_in_a_pipe() {
    let folder = Folder::new();
    let path = folder.file("log.jsonl", log([3]));
    let ran = run(&["events", &path]).exits(0);
    assert!(ran.out.contains("CreateRemoteThread detected:\n"), "{ran:#?}");
    assert_eq!(ran.out, run(&["events", "--format", "text", &path]).out);
    let broken = folder.file("none.evtx", "no log at all");
    assert!(!run(&["events", &path, &broken]).exits(3).err.contains('\x1b'));
    run(&["events", "--color", "always", &broken]).exits(3).says(&["\x1b[31mlost[not-a-log]\x1b[0m "]);
    run(&["events", "--color", "never", &broken]).exits(3).keeps_quiet_on("\x1b");
}

#[test]
fn a_file_is_not_overwritten_unless_asked() {
    let folder = Folder::new();
    let path = mixed(&folder);
    let out = folder.arg("out.jsonl");
    assert_eq!(events(&["-o", &out, "--limit", "1", &path]).exits(0).out, "");
    assert_eq!(std::fs::read_to_string(&out).unwrap().lines().count(), 1);
    events(&["-o", &out, &path]).exits(2).says(&["error", &out, "--force"]);
    assert_eq!(std::fs::read_to_string(&out).unwrap().lines().count(), 1);
    events(&["-o", &out, "--force", &path]).exits(0);
    assert_eq!(std::fs::read_to_string(&out).unwrap().lines().count(), 10);
    assert_eq!(std::fs::read_dir(folder.0.path()).unwrap().count(), 2);
    events(&["-o", &folder.arg("none/out"), &path]).exits(2).says(&["cannot write to"]);
    assert_eq!(events(&["-o", "-", "--limit", "2", &path]).exits(0).ids(), [0, 1]);
}

#[test]
fn a_subset_as_an_event_log_reads_back() {
    let folder = Folder::new();
    let path = folder.file("long.jsonl", log(0..3000) + &record_line(8, 3000, "Other", "x"));
    let subset = folder.arg("subset.evtx");
    let ids = ["--format", "evtx", "--all-providers", "--where", "EventRecordID=*7", "-o", &subset];
    run(&[&["events"], &ids[..], &["--limit", "250", &path]].concat()).exits(0);
    let ran = events(&["--all-providers", "--stats", "json", &subset]).exits(0);
    assert_eq!(ran.ids(), (0..3000).filter(|id| id % 10 == 7).take(250).collect::<Vec<_>>());
    assert_eq!((&ran.stats()["warnings"], &ran.stats()["lost"]), (&0.into(), &0.into()));
    run(&["events", "--format", "evtx", &path]).exits(2).says(&["--output"]);
    assert_eq!(run(&["events", "--format", "evtx", "-o", "/dev/null", &path]).exits(2).out, "");
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_file_has_the_usual_permissions_and_a_device_stays_one() {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};
    let folder = Folder::new();
    let path = mixed(&folder);
    let out = folder.arg("out.txt");
    events(&["-o", &out, &path]).exits(0);
    let mode = |path: &str| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&out), mode(&path));
    events(&["-o", "/dev/null", "--force", &path]).exits(0);
    assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    events(&["-o", "/dev/full", &path]).exits(2).says(&["error"]);
}

#[test]
fn help_is_there() {
    let bare = run(&[]).exits(2);
    assert!(bare.err.contains("Examples:") && bare.err.contains("events"), "{bare:#?}");
    for args in [&["--help"][..], &["events", "--help"], &["help", "events"]] {
        let ran = run(args).exits(0);
        assert!(ran.out.contains("Examples:"), "{ran:#?}");
    }
    assert!(run(&["--version"]).exits(0).out.starts_with("threadhunt "));
    assert!(run(&["man"]).exits(0).out.contains(".TH threadhunt 1"));
    assert!(run(&["man", "events"]).exits(0).out.contains("\\-\\-where"));
    run(&["man", "nothing"]).exits(2).says(&["no command `nothing`"]);
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(run(&["completions", shell]).exits(0).out.contains("files-from"), "{shell}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_of_with_its_place() {
    let folder = Folder::new();
    let log = folder.file("log.jsonl", log([1]));
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    for args in [
        &["events", &log][..],
        &["scan", &log],
        &["shapes"],
        &["dictionary"],
        &["rules", "list"],
        &["man"],
        &["completions", "bash"],
    ] {
        let output = command(args).stdout(full()).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(err.contains("error: cannot write to standard output: "), "{args:?}: {err}");
    }
    run(&["events", "-o", "/dev/full", &log]).exits(2).says(&["error: cannot write to /dev/full: "]);
}

#[test]
fn what_a_limit_cuts_off_is_not_said_to_be_missing() {
    let folder = Folder::new();
    let path = folder.file("long.jsonl", log(0..10));
    for limit in ["0", "3"] {
        run(&["events", "--limit", limit, &path]).exits(0).keeps_quiet_on("holds no");
    }
}

#[test]
fn characters_that_a_format_cannot_hold_are_told_of_once() {
    let line = r#"{"id":8,"fields":{"SourceImage":"a\u001bb","TargetImage":"c\ud800"}}"#;
    let input = format!("{line}\n{line}\n");
    for (args, what) in [
        (&["xml"][..], "4 characters that the format cannot hold written as U+FFFD"),
        (&["timesketch"], "4 characters"),
        (&["jsonl", "--names", "ossem"], "2 characters"),
        (&["bulk"], "2 characters"),
    ] {
        let ran = run_with(&[&["events", "--format"], args, &["-"]].concat(), input.as_bytes()).exits(0);
        assert_eq!(ran.err.matches("cannot hold").count(), 1, "{}", ran.err);
        let json = args != ["xml"];
        let names = if args.contains(&"--names") || args == ["bulk"] { " without --names" } else { "" };
        let ran = ran.says(&["warning: ", what, &format!("--format jsonl{names} keeps all")]);
        for line in ran.out.lines().filter(|_| json) {
            serde_json::from_str::<serde_json::Value>(line).expect("JSON for strict parsers");
        }
    }
    for args in [&["jsonl"][..], &["csv"], &["csv", "--names", "ecs"]] {
        run_with(&[&["events", "--format"], args, &["-"]].concat(), input.as_bytes())
            .exits(0)
            .keeps_quiet_on("cannot hold");
    }
    // A cell shows what was logged; what is made of parts of it, and what has no column, does not.
    let input = r#"{"id":1,"fields":{"Image":"a\ud800","User":"CORP\\b\ud800","Future":"\udc00"}}"#;
    for format in ["csv", "jsonl"] {
        let what = if format == "csv" { "2 characters" } else { "3 characters" };
        run_with(&["events", "--all", "--format", format, "--names", "ecs", "-"], input.as_bytes())
            .exits(0)
            .says(&["warning: ", what, "--format jsonl without --names keeps all"]);
    }
}
