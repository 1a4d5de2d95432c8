//! What is read and in which order.

use super::{Folder, Ran, log, run, run_with, shared};

fn events(args: &[&str]) -> Ran {
    run(&[&["events", "--format", "jsonl", "--stats", "json"], args].concat())
}

#[test]
fn arguments_as_given_then_entries_by_the_bytes_of_their_paths() {
    let folder = Folder::new();
    for (id, name) in ["d/a-b/x", "d/a.jsonl", "d/a/x", "d/a/z/x", "d/b", "d/\u{e9}"].into_iter().enumerate()
    {
        folder.file(name, log([id as u64]));
    }
    let late = folder.file("late", log([99]));
    assert_eq!(events(&[&late, &folder.arg("d"), &late]).exits(0).ids(), [99, 0, 1, 2, 3, 4, 5, 99]);
}

#[test]
fn output_does_not_depend_on_the_number_of_threads() {
    let folder = Folder::new();
    for name in ["a", "b/c", "d"] {
        folder.file(&format!("logs/{name}.jsonl"), log(0..3000));
    }
    folder.file("logs/broken.jsonl", log([1]) + "{\"event_id\":8,\n" + &log([2]));
    let logs = folder.arg("logs");
    let mut dirs = vec![logs];
    dirs.extend(shared().map(|shared| shared.join("data/evtx").to_str().unwrap().to_owned()));
    for dir in &dirs {
        let with = |threads| run(&["events", "--all-providers", "-v", "--threads", threads, dir]);
        let (one, four) = (with("1"), with("4"));
        let told = |ran: &Ran| {
            ran.err.lines().filter(|line| !line.contains("MB/s")).map(str::to_owned).collect::<Vec<_>>()
        };
        assert!(!one.out.is_empty());
        assert!(one.out == four.out && told(&one) == told(&four) && one.code == four.code, "{dir}");
    }
}

#[test]
fn what_is_no_log_in_a_directory_is_only_counted() {
    let folder = Folder::new();
    folder.file("logs/a.jsonl", log([1]));
    folder.file("logs/empty.evtx", "");
    folder.file("logs/picture.png", "\u{89}PNG and so on");
    let logs = folder.arg("logs");
    let ran = events(&[&logs]).exits(0).keeps_quiet_on("picture");
    assert_eq!(ran.stats()["skipped"], 2);
    events(&["--strict", &logs]).exits(0);
    events(&["-v", &logs])
        .exits(0)
        .says(&["warning[skipped]", "picture.png"])
        .says(&["empty.evtx", "it is empty"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_only_where_they_are_named() {
    let folder = Folder::new();
    folder.file("logs/a.jsonl", log([1]));
    std::os::unix::fs::symlink(folder.path("logs"), folder.path("logs/loop")).unwrap();
    std::os::unix::fs::symlink("a.jsonl", folder.path("logs/link.jsonl")).unwrap();
    std::os::unix::fs::symlink("gone", folder.path("logs/dangling")).unwrap();
    let ran = events(&[&folder.arg("logs")]).exits(0);
    assert_eq!((ran.ids(), &ran.stats()["skipped"]), (vec![1], &3.into()));
    assert_eq!(events(&[&folder.arg("logs/link.jsonl")]).exits(0).ids(), [1]);
    assert_eq!(events(&[&folder.arg("logs/loop")]).exits(0).ids(), [1]);
}

#[test]
fn standard_input() {
    let ran = run_with(&["events", "--format", "jsonl", "-"], log(0..2000).as_bytes()).exits(0);
    assert_eq!(ran.ids(), (0..2000).collect::<Vec<_>>());
    assert!(ran.out.contains(r#""source":{"file":"-""#), "{}", &ran.out[..300]);
}

#[test]
fn lists_of_files() {
    let folder = Folder::new();
    let (a, b) = (folder.file("a b*.jsonl", log([1])), folder.file("b.jsonl", log([2])));
    let list = folder.file("list", format!("{b}\r\n\n{a}\n"));
    assert_eq!(events(&["--files-from", &list]).exits(0).ids(), [2, 1]);
    assert_eq!(events(&[&a, "--files-from", &list]).exits(0).ids(), [1, 2, 1]);
    let nul = folder.file("nul", format!("{b}\0{a}\0"));
    assert_eq!(events(&["--files-from", &nul]).exits(0).ids(), [2, 1]);
    let piped = run_with(&["events", "--format", "jsonl", "--files-from", "-"], a.as_bytes());
    assert_eq!(piped.exits(0).ids(), [1]);
}

#[test]
fn lists_that_cannot_be_used() {
    let folder = Folder::new();
    let empty = folder.file("empty", "\n\n");
    run(&["events", "--files-from", &empty]).exits(2).says(&["error", &empty, "names no file"]);
    run(&["events", "--files-from", &folder.arg("none")]).exits(2).says(&["error", "cannot read the list"]);
    run(&["events", "-", "--files-from", "-"]).exits(2).says(&["standard input cannot be both"]);
    run(&["events"]).exits(2).says(&["required"]);
}

#[test]
fn patterns_are_expanded_where_no_shell_did() {
    let folder = Folder::new();
    for (id, name) in
        ["x/1.jsonl", "x/10.jsonl", "x/2.jsonl", "x/.3.jsonl", "y/1.jsonl"].into_iter().enumerate()
    {
        folder.file(name, log([id as u64]));
    }
    assert_eq!(events(&[&folder.arg("x/*.jsonl")]).exits(0).ids(), [0, 1, 2]);
    assert_eq!(events(&[&folder.arg("?/1.jsonl")]).exits(0).ids(), [0, 4]);
    let literal = folder.file("x/*.jsonl", log([77]));
    assert_eq!(events(&[&literal]).exits(0).ids(), [77]);
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_read_as_a_stream() {
    let folder = Folder::new();
    let pipe = folder.arg("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: no mkfifo");
        return;
    }
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::write(pipe, log([4]))
    });
    assert_eq!(events(&[&pipe]).exits(0).ids(), [4]);
    writer.join().unwrap().unwrap();
    folder.file("a.jsonl", log([1]));
    let ran = events(&[folder.0.path().to_str().unwrap()]).exits(0);
    assert_eq!((ran.ids(), &ran.stats()["skipped"]), (vec![1], &1.into()));
}

#[test]
fn an_output_in_the_making_is_no_input() {
    let folder = Folder::new();
    let part = folder.file(".threadhunt-a1B2c3.part", log([1]));
    folder.file("log.jsonl", log([2]));
    assert_eq!(run(&["events", "--format", "jsonl", &folder.arg("")]).exits(0).ids(), [2]);
    assert_eq!(run(&["events", "--format", "jsonl", &part]).exits(0).ids(), [1], "it was named");
}

#[test]
fn payloads_of_other_providers_that_are_trees_are_kept_by_converters_too() {
    let folder = Folder::new();
    let system = |attributes: &str| {
        format!(
            r#""System":{{"Provider":{{"{attributes}":{{"Name":"Microsoft-Windows-Eventlog"}}}},"EventID":1102}}"#
        )
    };
    let cleared = r##"{"LogFileCleared":{"#attributes":{"xmlns":"urn:x"},"SubjectUserName":"ada","Items":{"Item":["1","2"]}}}"##;
    let dump = format!(r#"{{"Event":{{{},"UserData":{cleared}}}}}"#, system("#attributes"));
    let velociraptor = r#"{"System":{"Provider":{"Name":"Microsoft-Windows-Eventlog"},"EventID":{"Value":1102}},"UserData":{"LogFileCleared":{"SubjectUserName":"ada"}}}"#;
    let path = folder.file("dump.jsonl", format!("{dump}\n{velociraptor}\n"));
    let ran = run(&["events", "--all-providers", "--format", "jsonl", "--stats", "json", &path]).exits(0);
    let shapes = ran.stats()["shapes"].clone();
    assert_eq!((&shapes["evtx_dump"], &shapes["velociraptor"]), (&1.into(), &1.into()), "{shapes}");
    let events: Vec<serde_json::Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected = serde_json::json!({
        "UserData": { "LogFileCleared": { "@xmlns": "urn:x", "SubjectUserName": "ada", "Items": { "Item": ["1", "2"] } } }
    });
    assert_eq!(events[0]["user_data"], expected);
    assert_eq!(events[1]["user_data"]["UserData"]["LogFileCleared"]["SubjectUserName"], "ada");
}

#[test]
fn a_shape_that_does_not_fit_is_a_loss_and_the_rest_is_read() {
    let folder = Folder::new();
    let ours = folder.file("logs/a.jsonl", log([1, 2]));
    let xml = folder.file(
        "logs/b.xml",
        "<Event><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>8</EventID></System></Event>",
    );
    let ran = events(&["--shape", "event-xml", &ours]).exits(3);
    let ran = ran.says(&[
        "lost[other-shape]",
        &ours,
        "event-xml was asked for, which is xml, and this begins like json; ",
    ]);
    assert_eq!((&ran.stats()["records"], &ran.stats()["lost"]), (&0.into(), &1.into()));
    let ran = events(&["--shape", "winlogbeat-8", &ours]).exits(3);
    let ran = ran.says(&[
        "lost[other-shape]",
        &ours,
        "line 2: winlogbeat-8 was asked for, and this is threadhunt; ",
    ]);
    assert_eq!((&ran.stats()["records"], &ran.stats()["lost"]), (&0.into(), &2.into()));
    let ran = events(&["--shape", "threadhunt", &folder.arg("logs")]).exits(3);
    let ran = ran.says(&[
        "lost[other-shape]",
        &xml,
        "threadhunt was asked for, which is json, and this begins like xml",
    ]);
    assert_eq!(ran.ids(), [1, 2]);
    assert_eq!((&ran.stats()["records"], &ran.stats()["lost"]), (&2.into(), &1.into()));
}

/// The first record may be longer than what recognises a log at first, in a file as in a stream or an archive.
#[test]
fn a_long_first_record_hides_none() {
    let folder = Folder::new();
    let record = |id: u32| {
        format!(
            r#"{{"@timestamp":"2024-03-14T09:26:53.590Z","message":"{}","winlog":{{"event_id":8,"provider_name":"Microsoft-Windows-Sysmon","record_id":{id},"event_data":{{"SourceImage":"C:\\a.exe","NewThreadId":"7"}}}}}}"#,
            "x".repeat(9000)
        )
    };
    let array = format!("[{},\n{}]\n", record(1), record(2));
    let foreign = "{\"level\":\"info\",\"text\":\"of another program\"}\n".repeat(300);
    for (name, text, lost) in [("array", array, 0), ("later", foreign + &record(1) + "\n" + &record(2), 300)]
    {
        let file = folder.file(&format!("logs/{name}"), &text);
        let packed = folder.file(&format!("{name}.gz"), super::containers::gz(text.as_bytes()));
        for arg in [&file, &packed, &folder.arg("logs")] {
            let ran = events(&[arg]);
            assert_eq!((ran.ids(), &ran.stats()["lost"]), (vec![1, 2], &lost.into()), "{arg}");
        }
        let ran = run_with(&["events", "--format", "jsonl", "-"], text.as_bytes());
        assert_eq!(ran.ids(), [1, 2]);
        std::fs::remove_file(file).unwrap();
    }
}

#[test]
fn bulk_documents_are_read_back() {
    let folder = Folder::new();
    let ours = folder.file("a.jsonl", log([1, 2]));
    for names in ["sysmon", "ecs"] {
        let bulk = run(&["events", "--format", "bulk", "--names", names, &ours]).exits(0).out;
        let path = folder.file(names, &bulk);
        let ran = events(&[&path]).exits(0);
        assert_eq!((ran.ids(), &ran.stats()["records"]), (vec![1, 2], &2.into()), "{names}");
    }
}
