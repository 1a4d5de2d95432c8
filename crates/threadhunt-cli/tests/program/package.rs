//! `threadhunt scan --package`: findings with their records, to hand over.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{Folder, run};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
const CARA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/ws-cara.evtx");
const ANNA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/ws-anna.evtx");

/// The files below a directory, by their paths in it.
fn files(directory: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()).into_iter().map(|inner| format!("{name}/{inner}")));
        } else {
            found.insert(name);
        }
    }
    found
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The objects of the findings that a scan writes as JSON lines.
fn findings(args: &[&str]) -> Vec<serde_json::Value> {
    let out = run(&[&["scan", "-q", "--format", "jsonl"], args].concat()).exits(0).out;
    let objects = out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    objects.filter(|object| object["kind"] == "finding").collect()
}

#[test]
fn a_finding_can_be_handed_over() {
    let folder = Folder::new();
    let (place, path) = (folder.arg("case"), folder.path("case"));
    let out = run(&["scan", "--package", &place, EXAMPLES]).exits(3).says(&["case: ", "findings with"]).out;
    assert_eq!(out, run(&["scan", EXAMPLES]).exits(3).out, "the cards come all the same");
    let expected: Vec<_> = run(&["scan", "-q", "--format", "jsonl", "--min-severity", "medium", EXAMPLES])
        .exits(3)
        .out
        .lines()
        .filter_map(|line| {
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            (object["kind"] == "finding").then_some(object)
        })
        .collect();
    assert!(expected.len() >= 3, "{}", expected.len());
    let mut names = BTreeSet::from(["README.txt".to_owned(), "SHA256SUMS".to_owned()]);
    let readme = fs::read_to_string(path.join("README.txt")).unwrap();
    for finding in &expected {
        let id = finding["id"].as_str().unwrap();
        names.extend(["card.txt", "finding.json", "records.evtx"].map(|name| format!("{id}/{name}")));
        let json = fs::read(path.join(id).join("finding.json")).unwrap();
        assert_eq!(&serde_json::from_slice::<serde_json::Value>(&json).unwrap(), finding);
        assert!(fs::read_to_string(path.join(id).join("card.txt")).unwrap().contains(id));
        assert!(readme.contains(id) && readme.contains(finding["title"].as_str().unwrap()), "{readme}");
    }
    assert_eq!(files(&path), names);
    for file in ["examples/ws-anna.evtx", "examples/shadow-copy/ws-anna.evtx"] {
        let sum = sha256(&fs::read(Path::new(EXAMPLES).parent().unwrap().join(file)).unwrap());
        assert!(readme.lines().any(|line| line.contains(&sum) && line.ends_with(file)), "{file} in {readme}");
    }
    let sums = fs::read_to_string(path.join("SHA256SUMS")).unwrap();
    assert_eq!(sums.lines().count(), names.len() - 1);
    for (sum, name) in sums.lines().map(|line| line.split_once("  ").unwrap()) {
        assert_eq!(sum, sha256(&fs::read(path.join(name)).unwrap()), "{name}");
    }
}

/// The starts of a finding, without where their records lie.
fn starts(finding: &serde_json::Value) -> Vec<serde_json::Value> {
    let mut starts = finding["starts"].as_array().unwrap().clone();
    starts.iter_mut().for_each(|start| drop(start.as_object_mut().unwrap().remove("evidence").unwrap()));
    starts
}

/// The log of a finding alone tells the same story as all the logs.
#[test]
fn the_records_of_a_finding_give_the_finding_again() {
    let folder = Folder::new();
    run(&["scan", "-q", "--package", &folder.arg("case"), ANNA]).exits(0);
    let expected = findings(&["--min-severity", "medium", ANNA]);
    assert_eq!(expected.len(), 3);
    for finding in &expected {
        let log = folder.path("case").join(finding["id"].as_str().unwrap()).join("records.evtx");
        let of_log = findings(&[log.to_str().unwrap()]);
        let again = of_log.into_iter().find(|again| again["id"] == finding["id"]).unwrap();
        for key in ["severity", "score", "count", "source", "technique", "first", "last"] {
            assert_eq!(again[key], finding[key], "{key}");
        }
        assert_eq!(starts(&again), starts(finding));
        let steps = |finding: &serde_json::Value| -> Vec<String> {
            let steps = finding["chain"].as_array().unwrap().iter();
            // What names the far end of a hop may be a record that bears on the other finding alone.
            let text = |step: &serde_json::Value| match &step["finding"] {
                serde_json::Value::Null => step["text"].to_string(),
                other => other.to_string(),
            };
            steps.filter(|step| step["evidence"].is_object()).map(text).collect()
        };
        assert_eq!(steps(&again), steps(finding));
    }
}

#[test]
fn the_records_are_those_of_the_log_whatever_its_form() {
    let folder = Folder::new();
    let export = folder.arg("export.xml");
    run(&["events", "--all", "-q", "--format", "xml", "-o", &export, ANNA]).exits(0);
    run(&["scan", "-q", "--package", &folder.arg("evtx"), ANNA]).exits(0);
    run(&["scan", "-q", "--package", &folder.arg("xml"), &export]).exits(0);
    let id = findings(&["--min-severity", "critical", ANNA])[0]["id"].as_str().unwrap().to_owned();
    let events = |package: &str| {
        let log = folder.path(package).join(&id).join("records.evtx");
        let out = run(&["events", "--all", "-q", "--format", "jsonl", log.to_str().unwrap()]).exits(0).out;
        let before = |line: &str| line.split(",\"source\":").next().unwrap().to_owned();
        out.lines().map(before).collect::<Vec<_>>()
    };
    let whole = run(&["events", "--all", "-q", "--format", "jsonl", ANNA]).exits(0).out;
    let of = events("evtx");
    assert!(of.len() > 1 && of.iter().all(|line| whole.contains(line)), "{of:#?}");
    assert_eq!(events("xml"), of);
}

#[test]
fn findings_are_chosen_as_cards_are() {
    let folder = Folder::new();
    let count = |name: &str, args: &[&str]| {
        let place = folder.arg(name);
        run(&[&["scan", "-q", "--package", &place], args, &[ANNA]].concat()).exits(0);
        fs::read_dir(folder.path(name)).unwrap().count() - 2
    };
    let all = findings(&[ANNA]).len();
    assert_eq!(count("default", &[]), 3);
    assert_eq!(count("all", &["--show", "all"]), all);
    assert_eq!(count("least", &["--min-severity", "info"]), all);
    assert_eq!(count("technique", &["--technique", "T1055.001"]), 1);
    assert_eq!(count("one", &["--show", "F-976e"]), 1);
    assert_eq!(count("none", &["--technique", "T1003"]), 0);
}

#[test]
fn only_a_package_is_replaced_and_only_when_told() {
    let folder = Folder::new();
    let (place, path) = (folder.arg("case"), folder.path("case"));
    let scan = |args: &[&str]| run(&[&["scan", "-q", "--package", &place], args, &[ANNA]].concat());
    fs::create_dir(&path).unwrap();
    scan(&[]).exits(0);
    scan(&[]).exits(2).says(&["case", "--force replaces it"]);
    scan(&["--force", "--show", "F-976e"]).exits(0);
    assert_eq!(fs::read_dir(&path).unwrap().count(), 3, "the old one is gone");
    fs::write(path.join("notes.txt"), "mine").unwrap();
    scan(&["--force"]).exits(2).says(&["notes.txt", "no part of a package"]);
    assert_eq!(fs::read(path.join("notes.txt")).unwrap(), b"mine");
    fs::remove_file(path.join("notes.txt")).unwrap();
    fs::write(path.join("F-976eca34deff778d/notes.txt"), "mine").unwrap();
    scan(&["--force"]).exits(2).says(&["notes.txt", "no part of a package"]);
    let file = folder.file("file", "mine");
    run(&["scan", "--package", &file, "--force", ANNA]).exits(2).says(&["no directory"]);
    run(&["scan", "--package", &folder.arg("no/such"), ANNA]).exits(2).says(&["cannot write the package"]);
    run(&["scan", "--package", "..", ANNA]).exits(2).says(&["names no directory"]);
    run(&["scan", "--force", ANNA]).exits(2).says(&["--package"]);
    let left = files(folder.path(".").as_path());
    assert!(left.iter().all(|name| !name.contains(".part")), "{left:?}");
}

#[test]
fn a_package_without_findings_says_so() {
    let folder = Folder::new();
    let log = folder.file("quiet.jsonl", super::record_line(1, 7, "Microsoft-Windows-Sysmon", r"C:\a.exe"));
    let ran = run(&["scan", "--package", &folder.arg("none"), &log]).exits(0);
    ran.says(&["no finding is in it, only README.txt and SHA256SUMS: nothing was found"]);
    let ran = run(&["scan", "--package", &folder.arg("one"), CARA]).exits(0);
    ran.says(&[
        "no finding is in it",
        "of lower severity, accepted, or not asked for; --min-severity low or --show",
    ]);
    for name in ["none", "one"] {
        let left = files(&folder.path(name));
        assert_eq!(left, BTreeSet::from(["README.txt".to_owned(), "SHA256SUMS".to_owned()]));
        let readme = fs::read_to_string(folder.path(name).join("README.txt")).unwrap();
        assert!(readme.contains("No finding is in this package."), "{readme}");
    }
}

#[test]
fn standard_input_is_packed_too() {
    let folder = Folder::new();
    let log = fs::read(ANNA).unwrap();
    super::run_with(&["scan", "-q", "--package", &folder.arg("case"), "-"], &log).exits(0);
    let readme = fs::read_to_string(folder.path("case").join("README.txt")).unwrap();
    assert!(readme.contains("read once, no digest  -\n"), "{readme}");
    assert_eq!(fs::read_dir(folder.path("case")).unwrap().count(), 5);
}

#[test]
fn a_record_that_no_event_log_holds_is_told_of() {
    let folder = Folder::new();
    let image = format!(r"C:\Temp\{}.exe", "a".repeat(40_000));
    let log = folder.file("a.jsonl", super::record_line(8, 7, "Microsoft-Windows-Sysmon", &image));
    let ran = run(&["scan", "--show", "all", "--package", &folder.arg("case"), &log]).exits(3);
    let ran = ran.says(&["lost[limit]", "(record 7)", "more than a chunk of an event log holds"]);
    ran.says(&["1 finding with 0 records"]);
    let readme = fs::read_to_string(folder.path("case").join("README.txt")).unwrap();
    assert!(readme.contains("0 records; 1 record could not be written\n"), "{readme}");
}

/// A hundred harmless threads cannot crowd out the record that the verdict rests on.
#[test]
fn the_record_of_the_verdict_is_in_the_package() {
    let thread = |record: u64, address: &str, module: &str, function: &str| {
        let fields = serde_json::json!({
            "UtcTime": format!("2026-03-02 10:{:02}:{:02}.000", record / 60 % 60, record % 60),
            "SourceProcessGuid": "{a1b2c3d4-5190-69a5-0064-000010000064}", "SourceProcessId": 100,
            "SourceImage": r"C:\Users\bob\Downloads\tool.exe",
            "TargetProcessGuid": "{a1b2c3d4-5190-69a5-00c8-0000100000c8}", "TargetProcessId": 200,
            "TargetImage": r"C:\Windows\System32\notepad.exe", "NewThreadId": record,
            "StartAddress": address, "StartModule": module, "StartFunction": function,
        });
        let object = serde_json::json!({"id": 8, "computer": "H1", "record_id": record, "fields": fields});
        format!("{object}\n")
    };
    let decoys = |function: fn(u64) -> u64| -> Vec<String> {
        let module = r"C:\Windows\System32\clr.dll";
        (1..=100)
            .map(|record| thread(record, "0x00007ffb26853970", module, &format!("fn{}", function(record))))
            .collect()
    };
    let hostile = thread(250, "0x0000020000541485", "", "");
    for (name, mut lines) in [("few", decoys(|record| record % 3)), ("many", decoys(|record| record))] {
        for place in [0, 50, 100] {
            lines.insert(place, hostile.clone());
            let folder = Folder::new();
            let log = folder.file("log.jsonl", lines.concat());
            run(&["scan", "-q", "--package", &folder.arg("case"), &log]).exits(0);
            let [finding] = &findings(&[&log])[..] else { panic!("one finding") };
            let records = folder.path("case").join(finding["id"].as_str().unwrap()).join("records.evtx");
            let [again] = &findings(&[records.to_str().unwrap()])[..] else { panic!("one finding again") };
            for key in ["id", "severity", "score", "ledger", "title"] {
                assert_eq!(again[key], finding[key], "{name} {place} {key}");
            }
            assert_eq!(again["start"]["class"], finding["start"]["class"], "{name} {place}");
            assert_eq!(again["start"]["kind"], "no-module", "{name} {place}");
            assert_eq!(again["evidence"][0]["record_id"], 250, "{name} {place}");
            lines.remove(place);
        }
    }
}

/// What somebody accepted is handed over only when asked for, and is counted where it is not.
#[test]
fn accepted_findings_are_packed_when_asked_for() {
    let folder = Folder::new();
    let log = folder.file("log.jsonl", super::remote_thread(1));
    let finding = &findings(&[&log])[0];
    let accepted = format!(
        "[[accept]]\nsource = '*'\ntarget = '*'\nstart = '{}'\nreason = 'ours'\nowner = 'x'\nexpires = 2999-01-01\n",
        finding["start"]["class"].as_str().unwrap()
    );
    let list = folder.file("accepted.toml", accepted);
    let pack = |name: &str, more: &[&str]| {
        let place = folder.arg(name);
        run(&[&["scan", "--accept", &list, "--package", &place], more, &[&log]].concat()).exits(0);
        fs::read_to_string(folder.path(name).join("README.txt")).unwrap()
    };
    let readme = pack("usual", &[]);
    assert!(
        readme.contains("1 more finding is not in this package: of lower severity, accepted"),
        "{readme}"
    );
    assert!(pack("all", &["--show", "all"]).contains(finding["id"].as_str().unwrap()));
}
