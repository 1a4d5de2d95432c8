//! `scan --sigma`: what rules find is a finding like others, in every form and for the exit status.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::Value;

use super::{Folder, Ran, log, record_line, run, run_with, shared};

/// A rule over event 8 with a level and tags.
fn rule(title: &str, level: &str, technique: &str, detection: &str) -> String {
    format!(
        "title: {title}\nid: id-{title}\nstatus: test\nlevel: {level}\ntags: [attack.{technique}]\n\
         logsource:\n  product: windows\n  category: create_remote_thread\n\
         detection:\n  s:\n    {detection}\n  condition: s\n"
    )
}

/// A log of six threads on two computers, and rules that are high, low, of another log and never fit.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.file("log.jsonl", log(0..6));
    folder
        .file("rules/a/high.yml", rule("Inject", "high", "t1055.001", r"SourceImage|endswith: \inject.exe"));
    folder.file("rules/b/low.yaml", rule("Nothing", "low", "t1106", "StartModule: null"));
    folder.file("rules/never.yml", rule("Never", "high", "t1055", "SourceParentImage: x"));
    folder.file(
        "rules/other.yml",
        rule("Other", "high", "t1055", "A: b").replace("create_remote_thread", "ps_script"),
    );
    folder.file("rules/notes.md", "no rule");
    folder
}

fn sigma(folder: &Folder, more: &[&str]) -> Ran {
    let (rules, log) = (folder.arg("rules"), folder.arg("log.jsonl"));
    run(&[&["scan", "--sigma", &rules, &log], more].concat())
}

fn found(out: &str) -> Vec<Value> {
    let objects = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    objects.filter(|object| object["kind"] == "sigma").collect()
}

#[test]
fn rules_find_in_json_what_they_say_of_themselves() {
    let folder = folder();
    let ran = sigma(&folder, &["--format", "jsonl"])
        .exits(0)
        .says(&["note: of 4 Sigma rules, 1 can never fit, 1 of other logs", "threadhunt sigma check"]);
    let found = found(&ran.out);
    assert_eq!(found.len(), 4, "{ran:#?}");
    let first = &found[0];
    for (key, expected) in [
        ("title", "Inject"),
        ("rule_id", "id-Inject"),
        ("severity", "high"),
        ("level", "high"),
        ("status", "test"),
        ("logsource", "windows/create_remote_thread"),
        ("computer", "WS01.corp.example"),
        ("first", "2020-10-17T11:00:01.0000000Z"),
    ] {
        assert_eq!(first[key], expected, "{first:#}");
    }
    assert_eq!((&first["count"], &first["techniques"][0]), (&3.into(), &"T1055.001".into()));
    assert_eq!(first["fields"][0]["name"], "SourceImage");
    assert_eq!(first["fields"][0]["values"][0], r"C:\Temp\inject.exe");
    assert_eq!(first["processes"][1]["role"], "target");
    assert_eq!(first["evidence"][0]["record_id"], 1);
    let finding: Value = serde_json::from_str(ran.out.lines().next().unwrap()).unwrap();
    assert_eq!(finding["sigma"][0]["title"], "Inject", "{finding:#}");
    let again = sigma(&folder, &["--format", "jsonl", "--threads", "1"]);
    assert_eq!(ran.out, again.out);
}

#[test]
fn null_is_one_thing_unless_strictly() {
    let folder = folder();
    assert_eq!(found(&sigma(&folder, &["--format", "jsonl"]).out).len(), 4);
    let strictly = found(&sigma(&folder, &["--format", "jsonl", "--sigma-strict"]).out);
    assert!(strictly.iter().all(|found| found["title"] == "Inject"), "the log has an empty field");
}

#[test]
fn severities_and_techniques_are_asked_for_as_of_other_findings() {
    let folder = folder();
    let of = |more: &[&str]| {
        let found = found(&sigma(&folder, &[&["--format", "jsonl"], more].concat()).out);
        found.iter().map(|found| found["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of(&["--min-severity", "high"]), ["Inject", "Inject"]);
    assert_eq!(of(&["--technique", "T1055"]), ["Inject", "Inject"]);
    assert_eq!(of(&["--technique", "T1106"]), ["Nothing", "Nothing"]);
    let quiet = folder.file("quiet.jsonl", record_line(1, 1, "Microsoft-Windows-Sysmon", "x"));
    let field = folder.file(
        "start.yml",
        rule("Start", "critical", "t1059", "StartModule: null")
            .replace("create_remote_thread", "process_creation"),
    );
    run(&["scan", "--fail-on", "critical", &quiet]).exits(0);
    run(&["scan", "--fail-on", "critical", "--sigma", &field, &quiet]).exits(1);
    run(&["scan", "--fail-on", "critical", "--technique", "T1106", "--sigma", &field, &quiet]).exits(0);
}

#[test]
fn eyes_and_spreadsheets_get_them_too() {
    let folder = folder();
    let cards = sigma(&folder, &[]).exits(0).out;
    assert!(cards.contains("Sigma  2 rules have 12 matches on 2 computers"), "{cards}");
    assert!(cards.contains("HIGH  Inject   WS01.corp.example"), "{cards}");
    assert!(cards.contains("2 more findings of Sigma rules (2 low): --show all"), "{cards}");
    assert!(cards.contains("  sigma  high Inject; low Nothing"), "{cards}");
    let id = cards.split("--show S-").nth(1).unwrap()[..4].to_owned();
    let one = sigma(&folder, &["--show", &format!("S-{id}")]).exits(0).out;
    assert!(one.contains("high   test   windows/create_remote_thread   id-Inject"), "{one}");
    assert!(one.contains("high.yml:1") && one.contains(r"SourceImage: C:\Temp\inject.exe"), "{one}");
    let table = sigma(&folder, &["--format", "table"]).exits(0).out;
    assert!(table.contains("high      Inject   WS01.corp.example   3 events"), "{table}");
    let layer = sigma(&folder, &["--format", "navigator"]).exits(0);
    layer.says(&["4 findings of Sigma rules have no place in this form"]);
    let csv = sigma(&folder, &["--format", "csv"]).exits(0).out;
    let rows: Vec<&str> = csv.lines().collect();
    let columns = rows[0].split(',').count();
    let of_rules: Vec<&&str> = rows.iter().filter(|row| row.starts_with("S-")).collect();
    assert_eq!(of_rules.len(), 4, "{csv}");
    assert!(of_rules[0].contains(",high,,,T1055.001,Inject,WS01.corp.example,"), "{csv}");
    assert!(
        of_rules.iter().all(|row| row.split(',').count() == columns)
            && of_rules[0].ends_with("id-Inject,3,,,")
    );
}

#[test]
fn rules_come_from_files_and_archives_too() {
    let folder = folder();
    let log = folder.arg("log.jsonl");
    let text = std::fs::read(folder.path("rules/a/high.yml")).unwrap();
    let mut archive =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    archive.append_dir_all("rules", folder.path("rules")).unwrap();
    let tar = folder.file("rules.tar.gz", archive.into_inner().unwrap().finish().unwrap());
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("deep/high.yml", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(&text).unwrap();
    let zip = folder.file("rules.zip", archive.finish().unwrap().into_inner());
    let count =
        |path: &str| found(&run(&["scan", "--format", "jsonl", "--sigma", path, &log]).exits(0).out).len();
    assert_eq!((count(&tar), count(&zip), count(&folder.arg("rules/a/high.yml"))), (4, 2, 2));
    let both = ["scan", "--format", "jsonl", "--sigma", &zip, "--sigma", &folder.arg("rules/b"), &log];
    let ran = run(&both).exits(0);
    assert_eq!(found(&ran.out).len(), 4);
    assert!(found(&ran.out)[0]["rule_file"].as_str().unwrap().ends_with("rules.zip!deep/high.yml"));
    let piped = run_with(&["scan", "--format", "jsonl", "--sigma", "-", &log], &text).exits(0);
    assert_eq!(found(&piped.out).len(), 2);
}

#[test]
fn what_cannot_be_used_is_told_of() {
    let folder = folder();
    let log = folder.arg("log.jsonl");
    run(&["scan", "--sigma", &folder.arg("nowhere"), &log]).exits(2).says(&["nowhere"]);
    folder.file("empty/notes.md", "no rule");
    run(&["scan", "--sigma", &folder.arg("empty"), &log]).exits(2).says(&["no .yml file"]);
    run(&["scan", "--sigma", "-", "-"]).exits(2).says(&["standard input cannot be both"]);
    run(&["scan", "--sigma-strict", &log]).exits(2);
    let bad = folder.file("bad.yml", "title: [");
    run(&["scan", "--sigma", &bad, &log]).exits(3).says(&["warning: no rule can fit", "1 cannot be used"]);
    for no_rule in [&b"no rule"[..], b"\xff\xfe\0", b""] {
        let file = folder.file("none.yml", no_rule);
        run(&["scan", "--sigma", &file, &log]).exits(3);
    }
    // A rule is lost wherever it stands: alone, or in a file with others.
    let unusable = folder.file("unusable.yml", rule("Odd", "high", "t1055", "TargetImage|re: 'a(?=b)'"));
    run(&["scan", "--sigma", &unusable, &log]).exits(3).says(&["1 cannot be used"]);
    let good = rule("Even", "high", "t1055", "TargetImage|endswith: '.exe'");
    let odd = rule("Odd", "high", "t1055", "TargetImage|foo: 'a'");
    let both = folder.file("both.yml", format!("{good}\n---\n{odd}"));
    run(&["scan", "--sigma", &both, &log]).exits(3).says(&["warning: of 2 Sigma rules, 1 cannot be used"]);
    assert!(
        run(&["sigma", "check", &both]).exits(1).out.contains("  Odd\n"),
        "a refused rule keeps its title"
    );
    let broken = folder.file("broken.zip", b"PK\x03\x04 and no more");
    run(&["scan", "--sigma", &broken, &log]).exits(3).says(&["cannot read", "broken.zip"]);
}

#[test]
fn a_configuration_hides_from_rules_what_it_drops() {
    let folder = folder();
    let config = folder.file(
        "config.xml",
        "<Sysmon schemaversion=\"4.90\"><EventFiltering><RuleGroup name=\"\" groupRelation=\"or\">\
         <CreateRemoteThread onmatch=\"include\"><NewThreadId>1</NewThreadId></CreateRemoteThread>\
         </RuleGroup></EventFiltering></Sysmon>",
    );
    let found = found(&sigma(&folder, &["--format", "jsonl", "--config", &config]).exits(0).out);
    let counts: Vec<&Value> = found.iter().map(|found| &found["count"]).collect();
    assert_eq!(counts, [1, 1]);
}

/// What the published rules for event 8 find in real logs: to the letter what rsigma-eval finds in them
/// (`crates/sigma-oracle` compares), and by default two matches more, of which each has its reason below.
#[test]
fn published_rules_find_in_real_logs_what_they_should() {
    let Some(shared) = shared() else { return };
    let folder = Folder::new();
    let rules = std::fs::File::open(shared.join("sigma/windows-rules.tar.gz")).unwrap();
    for entry in tar::Archive::new(flate2::read::GzDecoder::new(rules)).entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.path().unwrap().to_string_lossy().contains("create_remote_thread") {
            entry.unpack_in(folder.0.path()).unwrap();
        }
    }
    let (rules, logs) = (folder.0.path().to_str().unwrap(), shared.join("data/evtx/event8"));
    let counts = |more: &[&str]| {
        let args = ["scan", "-q", "--format", "jsonl", "--sigma", rules, logs.to_str().unwrap()];
        let ran = run(&[&args[..], more].concat()).exits(0);
        let mut counts = BTreeMap::<String, u64>::new();
        for found in found(&ran.out) {
            *counts.entry(found["title"].as_str().unwrap().to_owned()).or_default() +=
                found["count"].as_u64().unwrap();
        }
        counts
    };
    let expected = |counts: &[(&str, u64)]| -> BTreeMap<String, u64> {
        counts.iter().map(|(title, count)| ((*title).to_owned(), *count)).collect()
    };
    let strictly = [
        // KeeThief twice; PSInject 82 times, into notepad.
        ("Remote Thread Created In KeePass.EXE", 2),
        ("Remote Thread Creation Via PowerShell", 84),
        ("Remote Thread Creation In Uncommon Target Image", 82),
        // The hash dump, whose empty module the rule asks for.
        ("Password Dumper Remote Thread in LSASS", 2),
        // The side-loaded WINWORD.exe.
        ("Rare Remote Thread Creation By Uncommon Source Image", 3),
    ];
    assert_eq!(counts(&["--sigma-strict"]), expected(&strictly));
    let more = [
        // The rule says '', and the newer Sysmon of metasploit-sysmon.evtx wrote `-`.
        ("Password Dumper Remote Thread in LSASS", 3),
        // The rule says null, and the older Sysmon of the side-loading wrote an empty module.
        ("HackTool - CACTUSTORCH Remote Thread Creation", 1),
    ];
    let mut alike = expected(&strictly);
    alike.extend(expected(&more));
    assert_eq!(counts(&[]), alike);
}
