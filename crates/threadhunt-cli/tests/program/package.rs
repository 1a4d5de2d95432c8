//! `threadhunt scan --package`: findings with their records, to hand over.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{Folder, run};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
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
        for key in ["severity", "score", "count", "source", "starts", "technique", "first", "last"] {
            assert_eq!(again[key], finding[key], "{key}");
        }
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
    assert_eq!(count("none", &["--show", "F-0000000000000000"]), 0);
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
    let one = ["scan", "--show", "F-0000000000000000", "--package", &folder.arg("one"), ANNA];
    let ran = run(&one);
    ran.says(&["no finding is in it", "of lower severity, or not asked for; --min-severity low or --show"]);
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
