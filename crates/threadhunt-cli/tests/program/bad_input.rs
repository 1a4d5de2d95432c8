//! Bad input: each gives a line that names the path and what to do, the right exit status,
//! and everything else is still printed.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{Folder, command, evtx_header, log, record_line, run, run_with, shared};

/// The bad input is told of with this code, and a good log after it is printed all the same.
#[track_caller]
fn check_lost(folder: &Folder, bad: &str, code: &str, reason: &str) {
    let good = folder.file("good/log.jsonl", log([1, 2]));
    let ran = run(&["events", "--format", "jsonl", bad, &good]).exits(3).says(&[code, bad, reason, "; "]);
    assert_eq!(ran.ids(), [1, 2]);
    run(&["events", "-q", bad, &good]).exits(3).says(&[code, bad, reason]);
}

#[test]
fn empty_file() {
    let folder = Folder::new();
    let empty = folder.file("empty.evtx", "");
    check_lost(&folder, &empty, "lost[empty]", "it is empty");
}

/// Somebody asked an index and it had nothing: that is an answer, and no loss.
#[test]
fn exports_without_records() {
    let folder = Folder::new();
    for empty in ["[]", "{\"hits\":{\"hits\":[]}}", "<Events/>", "_time,_raw\n"] {
        let path = folder.file("empty.log", empty);
        run(&["events", "--strict", &path]).exits(0).says(&["note: ", &path, "holds no"]);
        run_with(&["events", "--strict", "-"], empty.as_bytes()).exits(0).says(&["holds no"]);
    }
    let path = folder.file("nothing.json", "{}");
    run(&["events", &path]).exits(3).says(&["lost[not-a-log]"]);
}

#[test]
fn file_of_three_bytes() {
    let folder = Folder::new();
    let short = folder.file("short.evtx", "Elf");
    check_lost(&folder, &short, "lost[not-a-log]", "3 bytes are too few");
}

#[test]
fn records_of_no_known_shape_are_counted_and_the_first_is_told_of() {
    let folder = Folder::new();
    let good = r#"{"id":8,"fields":{"SourceImage":"a"}}"#;
    let mixed = folder.file("mixed.json", format!("{good}\n{}", "{\"EventID\":8,\"x\":1}\n".repeat(5000)));
    let ran = run(&["events", "--stats", "json", &mixed]).exits(3);
    let told: Vec<_> = ran.err.lines().filter(|line| line.contains("lost[unknown-shape]")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("line 2: an object of no known shape, with EventID, x; "), "{told:?}");
    assert!(ran.err.contains("4999 more lines on"), "{}", ran.err);
    assert_eq!((&ran.stats()["lost"], &ran.stats()["shapes"]["bare"]), (&5000.into(), &1.into()));
}

#[test]
fn json_that_is_no_log_is_told_what_was_expected() {
    let folder = Folder::new();
    let other = folder.file("package.json", r#"{"EventID":8,"ProviderName":"x"}"#);
    check_lost(
        &folder,
        &other,
        "lost[not-a-log]",
        "with EventID, ProviderName; fluent-bit would have StringInserts too",
    );
}

#[test]
fn a_shape_that_is_forced_must_exist() {
    run(&["events", "--shape", "evtz", "x"]).exits(2).says(&["did you mean `evtx`?"]);
}

#[test]
fn file_that_is_no_log() {
    let folder = Folder::new();
    let picture = folder.file("picture.evtx", [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 5000]].concat());
    check_lost(&folder, &picture, "lost[not-a-log]", "does not begin like any log");
}

#[test]
fn directory_without_logs() {
    let folder = Folder::new();
    folder.file("pictures/a.png", b"\x89PNG\r\n\x1a\n........");
    check_lost(&folder, &folder.arg("pictures"), "lost[empty]", "no log in this directory");
}

#[test]
fn path_that_does_not_exist() {
    let folder = Folder::new();
    check_lost(&folder, &folder.arg("missing.evtx"), "lost[unreadable]", "no such file or directory");
    check_lost(&folder, &folder.arg("*.evtx"), "lost[unreadable]", "no path fits this pattern");
}

#[cfg(unix)]
#[test]
fn dangling_link() {
    let folder = Folder::new();
    std::os::unix::fs::symlink("nowhere.evtx", folder.path("link.evtx")).unwrap();
    check_lost(
        &folder,
        &folder.arg("link.evtx"),
        "lost[unreadable]",
        "the link points to nowhere.evtx, which does not exist",
    );
}

#[cfg(unix)]
#[test]
fn file_without_permission() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let secret = folder.file("secret.evtx", log([9]));
    fs::set_permissions(&secret, PermissionsExt::from_mode(0o000)).unwrap();
    if fs::read(&secret).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    check_lost(&folder, &secret, "lost[unreadable]", "permission denied");
}

#[test]
fn file_header_and_nothing_else() {
    let folder = Folder::new();
    let fresh = folder.file("fresh.evtx", evtx_header(0));
    run(&["events", &fresh]).exits(0).says(&["note", &fresh, "holds no record"]);
}

#[test]
fn a_warning_is_no_loss_unless_strict() {
    let folder = Folder::new();
    let dirty = folder.file("dirty.evtx", evtx_header(1));
    run(&["events", &dirty]).exits(0).says(&["warning[dirty]", &dirty, "not closed"]);
    run(&["events", "--strict", &dirty]).exits(3).says(&["warning[dirty]", &dirty]);
    run(&["events", "-q", "--strict", &dirty]).exits(3).keeps_quiet_on("dirty");
}

#[test]
fn log_of_another_channel() {
    let folder = Folder::new();
    let other = folder.file("Security.jsonl", record_line(8, 1, "Microsoft-Windows-Security-Auditing", "x"));
    let ran = run(&["events", &other]).exits(0);
    let ran = ran
        .says(&["note", &other, "no Sysmon event", "1 record of another provider"])
        .says(&["--all-providers"]);
    assert_eq!(ran.out, "");
    assert_eq!(run(&["events", "--all-providers", "--format", "jsonl", &other]).exits(0).ids(), [1]);
}

#[test]
fn evtx_of_another_channel() {
    let Some(shared) = shared() else { return };
    let log = shared.join("data/evtx/corrupt/Application_no_crc32.evtx");
    let log = log.to_str().unwrap();
    assert_eq!(run(&["events", log]).says(&["not asked for", "--all-providers"]).out, "");
}

#[test]
fn values_full_of_escapes_drive_no_terminal() {
    let folder = Folder::new();
    let nasty = "\x1b]0;owned\x07\u{9b}2J\r\n\u{202e}gpj.exe";
    let log = folder.file("log.jsonl", record_line(8, 1, "Microsoft-Windows-Sysmon", nasty));
    for format in ["text", "jsonl", "csv", "xml"] {
        // A cell of a table may hold ends of lines.
        let is_end = |c| c == '\n' || c == '\r' && format == "csv";
        let is_unsafe = |c: char| c.is_control() && !is_end(c) || c == '\u{202e}';
        let ran = run(&["events", "--format", format, &log]).exits(0);
        assert!(ran.out.contains("owned") && !ran.out.contains(is_unsafe), "{format}: {ran:#?}");
    }
}

#[cfg(unix)]
#[test]
fn names_full_of_escapes_drive_no_terminal() {
    let folder = Folder::new();
    let ran = run(&["events", &folder.file("a\x1b[2Jb\u{202e}.evtx", "not a log at all")]);
    let ran = ran.exits(3).says(&[r"a\u{1b}[2Jb\u{202e}.evtx"]);
    assert!(!ran.err.contains(['\x1b', '\u{202e}']), "{ran:#?}");
}

#[test]
fn a_pipe_that_is_closed_early_is_success() {
    let folder = Folder::new();
    let long = folder.file("long.jsonl", log(0..20_000));
    for threads in ["1", "3"] {
        let mut child = command(&["events", "--threads", threads, &long])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("record 0"), "{line}");
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr), (Some(0), vec![]));
    }
}

/// Starts the program on a standard input that stays open, interrupts it, and gives its exit.
#[cfg(unix)]
fn interrupt(args: &[&str]) -> (Option<i32>, String) {
    let mut child =
        command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let (seen, first_line) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let _ = seen.send(out.read_line(&mut String::new()).unwrap());
        std::io::copy(&mut out, &mut std::io::sink())
    });
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(log(0..4000).as_bytes()).unwrap();
    if args.contains(&"--package") {
        std::thread::sleep(Duration::from_millis(500));
    } else {
        // Interrupted only once something was printed.
        first_line.recv_timeout(Duration::from_secs(60)).unwrap();
    }
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let started = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(started.elapsed() < Duration::from_secs(20), "it waited for input that never came");
    reader.join().unwrap().unwrap();
    drop(stdin);
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_run_and_says_so() {
    for threads in ["1", "2"] {
        let (code, err) = interrupt(&["events", "--threads", threads, "-"]);
        assert_eq!(code, Some(130), "{err}");
        assert!(err.lines().last().unwrap().starts_with("interrupted: "), "{err}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_package_leaves_no_file() {
    let folder = Folder::new();
    let (code, err) = interrupt(&["scan", "--package", &folder.arg("out"), "-"]);
    assert_eq!(code, Some(130), "{err}");
    assert_eq!(fs::read_dir(folder.0.path()).unwrap().count(), 0);
}

#[test]
fn many_damages_of_a_file_are_counted() {
    let folder = Folder::new();
    let broken = log([1]) + &"{\"event_id\":8,\n".repeat(50) + &log([2]);
    let broken = folder.file("broken.jsonl", broken);
    let ran = run(&["events", "--format", "jsonl", &broken]).exits(3).says(&[
        "note: 30 more lines on",
        &broken,
        "-v",
    ]);
    assert_eq!(ran.ids(), [1, 2]);
    assert_eq!(ran.err.matches("lost[").count(), 20);
    assert_eq!(run(&["events", "-v", &broken]).exits(3).err.matches("lost[").count(), 50);
}

#[test]
fn empty_standard_input() {
    run_with(&["events", "-"], b"").exits(3).says(&["lost[empty] -:"]);
}
