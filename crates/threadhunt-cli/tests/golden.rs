//! Golden outputs of every command on the example logs: what a person or a pipeline gets, to the byte.
//!
//! Runs from the workspace's root, so that paths in the output are those of the README. A change of an
//! output shows as a changed file in `golden/`; `INSTA_UPDATE=always cargo test --test golden` accepts it.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Standard output, then standard error without what differs between runs, then the exit status.
#[track_caller]
fn check(name: &str, args: &[&str]) {
    check_in(name, "120", args);
}

#[track_caller]
fn check_in(name: &str, columns: &str, args: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_threadhunt"))
        .args(args)
        .current_dir(root())
        .env("COLUMNS", columns)
        .output()
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    let err: Vec<_> = err.lines().map(without_speed).collect();
    let code = output.status.code().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let text = format!(
        "$ threadhunt {}\n{out}---- standard error\n{}\n---- exit {code}\n",
        args.join(" "),
        err.join("\n")
    );
    insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

/// The summary ends with seconds and speed, which no two runs share.
fn without_speed(line: &str) -> &str {
    match line.rsplit_once(" lost, ") {
        Some((_, speed)) if speed.ends_with("MB/s") => &line[..line.len() - speed.len()],
        _ => line,
    }
}

#[test]
fn scan_as_cards() {
    check("scan-cards", &["scan", "examples"]);
    check("scan-show-all", &["scan", "--show", "all", "examples/ws-cara.evtx", "examples/ws-ben.evtx"]);
    check("scan-show-one", &["scan", "--show", "F-976e", "examples/ws-anna.evtx"]);
}

#[test]
fn scan_with_filters() {
    check("scan-below", &["scan", "--min-severity", "critical", "examples/ws-cara.evtx"]);
    check("scan-other-technique", &["scan", "--technique", "T1106", "examples/ws-cara.evtx"]);
    let table = ["scan", "--format", "table", "--min-severity", "critical", "examples/ws-cara.evtx"];
    check("scan-below-table", &table);
    let shown = ["scan", "--min-severity", "critical", "--show", "F-6db1", "examples/ws-cara.evtx"];
    check("scan-below-show", &shown);
}

/// The README shows what the program prints, but for cards that it leaves out and says so.
#[test]
fn the_readme_shows_what_is_printed() {
    const ELISION: &str = "\n[two more cards]\n";
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let block =
        readme.split("```text\n$ threadhunt ").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let (command, shown) = block.split_once('\n').unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_threadhunt"))
        .args(command.split(' '))
        .current_dir(root())
        .env("COLUMNS", "120")
        .output()
        .unwrap();
    let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    let (first, last) = shown.split_once(ELISION).unwrap();
    let left_out = printed.strip_prefix(first).expect("the first card is printed so");
    // The line that sums up ends with a speed, which is nobody else's.
    let speed = |text: &str| text.rfind(" lost, ").unwrap();
    let (left_out, last) = (&left_out[..speed(left_out)], &last[..speed(last)]);
    let left_out = left_out.strip_suffix(last).expect("what comes after the cards is printed so");
    let cards = left_out.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase())).count();
    assert_eq!(cards, 2, "{left_out}");
}

#[test]
fn scan_with_what_is_known() {
    let configs = ["--against", "crates/threadhunt-cli/tests/golden/old.xml"];
    let other = ["--against", "crates/threadhunt-cli/tests/golden/new.xml", "examples/ws-anna.evtx"];
    check("scan-against", &[&["scan"], &configs[..], &other[..]].concat());
    check(
        "scan-against-jsonl",
        &[&["scan", "--format", "jsonl", "--min-severity", "critical"], &configs[..], &other[..]].concat(),
    );
    check("scan-against-table", &[&["scan", "--format", "table"], &configs[..], &other[..]].concat());
    let accept = ["--accept", "crates/threadhunt-cli/tests/golden/accepted.toml"];
    check("scan-accept", &[&["scan"], &accept[..], &["examples/ws-cara.evtx"]].concat());
    check(
        "scan-accept-table",
        &[&["scan", "--format", "table"], &accept[..], &["examples/ws-cara.evtx"]].concat(),
    );
}

#[test]
fn the_story_of_a_process() {
    check("process", &["process", "6012", "examples/ws-anna.evtx"]);
    check_in("process-narrow", "70", &["process", "5128", "--depth", "1", "--limit", "3", "examples"]);
    check("process-jsonl", &["process", "6012", "--format", "jsonl", "examples/ws-anna.evtx"]);
    check("process-none", &["process", "1234567", "examples/ws-anna.evtx"]);
}

#[test]
fn scan_with_rules() {
    let rules = "crates/threadhunt-cli/tests/golden/rules.yml";
    check("scan-sigma", &["scan", "--sigma", rules, "examples/ws-anna.evtx", "examples/ws-ben.evtx"]);
}

#[test]
fn scan_as_a_table() {
    check("scan-table", &["scan", "--format", "table", "examples"]);
}

#[test]
fn stacks() {
    check("stack", &["stack", "examples"]);
    check_in("stack-narrow", "80", &["stack", "--by", "source,target,class", "--limit", "3", "examples"]);
    check("stack-csv", &["stack", "--by", "class,technique", "--format", "csv", "examples/ws-cara.evtx"]);
    check("stack-jsonl", &["stack", "--by", "computer", "--most", "--format", "jsonl", "examples"]);
}

#[test]
fn baselines() {
    check("baseline-build", &["baseline", "build", "examples/ws-anna.evtx", "examples/ws-ben.evtx"]);
    // Eight hosts for ten days: what is ordinary in the example logs, with hosts and days changed.
    let known = "crates/threadhunt-cli/tests/golden/example.baseline";
    check("baseline-show", &["baseline", "show", known]);
    check("baseline-show-jsonl", &["baseline", "show", "--most", "--limit", "2", "--format", "jsonl", known]);
    check("scan-baseline", &["scan", "--baseline", known, "examples/ws-anna.evtx"]);
    let all = ["scan", "--show", "all", "--baseline", known, "examples/ws-cara.evtx"];
    check("scan-baseline-all", &all);
}

#[test]
fn rules() {
    check("rules-list", &["rules", "list"]);
    check("rules-show", &["rules", "show", "profile-xerox-print"]);
    check("rules-show-place", &["rules", "show", "user-writable"]);
    check("rules-show-measure", &["rules", "show", "rare-target"]);
    check("rules-show-none", &["rules", "show", "nothing"]);
    check("rules-show-json", &["rules", "show", "no-module-unsure", "--format", "json"]);
}

#[test]
fn scan_as_json_lines() {
    check("scan-jsonl", &["scan", "--format", "jsonl", "examples/ws-anna.evtx", "examples/srv-files.evtx"]);
}

#[test]
fn scan_as_csv() {
    check("scan-csv", &["scan", "--format", "csv", "examples"]);
}

#[test]
fn scan_in_the_forms_of_others() {
    for format in ["navigator", "timesketch", "ecs-alert", "ocsf"] {
        let args = ["scan", "--format", format, "--min-severity", "medium", "examples/ws-anna.evtx"];
        check(&format!("scan-{format}"), &args);
    }
    let args = ["scan", "--format", "ecs-alert", "--index", "alerts", "-q", "examples/ws-cara.evtx"];
    check("scan-ecs-alert-bulk", &args);
}

#[test]
fn the_table_where_a_name_hardly_fits() {
    check_in("scan-table-80", "80", &["scan", "--format", "table", "examples/ws-anna.evtx"]);
    check_in("scan-table-40", "40", &["scan", "--format", "table", "examples/ws-anna.evtx"]);
}

#[test]
fn events_in_every_format() {
    for format in ["text", "jsonl", "csv", "xml", "bulk", "timesketch"] {
        let args = ["events", "--format", format, "--where", "StartModule=-", "examples/ws-anna.evtx"];
        check(&format!("events-{format}"), &args);
    }
}

#[test]
fn events_in_every_vocabulary() {
    for names in ["ossem", "ossem-dd", "ecs", "ocsf", "car", "splunk", "udm"] {
        let condition = ["--where", "StartModule=-", "--limit", "1"];
        let args =
            [&["events", "--format", "jsonl", "--names", names], &condition[..], &["examples/ws-anna.evtx"]];
        check(&format!("events-names-{names}"), &args.concat());
    }
    let args = [
        "events",
        "--id",
        "1,3,8",
        "--limit",
        "6",
        "--format",
        "csv",
        "--names",
        "ossem",
        "examples/ws-ben.evtx",
    ];
    check("events-names-ids-csv", &args);
}

#[test]
fn events_of_several_ids() {
    check("events-ids-csv", &["events", "--id", "4,16,255", "--format", "csv", "examples/ws-ben.evtx"]);
    check("events-all-text", &["events", "--all", "--limit", "5", "examples/ws-cara.evtx"]);
}

#[test]
fn records_of_other_providers() {
    for format in ["text", "jsonl", "xml"] {
        let args = ["events", "--all-providers", "--format", format, "examples/other-provider.evtx"];
        check(&format!("events-other-{format}"), &args);
    }
}

#[test]
fn a_damaged_log() {
    check("events-damaged", &["events", "--format", "csv", "--id", "10", "examples/damaged.evtx"]);
}

const CONFIGS: &str = "crates/threadhunt-cli/tests/configs";

/// Values on lines of their own work up to 13.2, and not any more.
#[test]
fn explanations_for_each_sysmon() {
    let (config, events) = (&*format!("{CONFIGS}/wrapped.xml"), &*format!("{CONFIGS}/wrapped.jsonl"));
    check_in("explain-wrapped", "80", &["config", "explain", config, events]);
    check_in("explain-wrapped-13.2", "80", &["config", "explain", "--sysmon", "13.2", config, events]);
}

#[test]
fn explanations_of_oddities() {
    let (config, events) = (&*format!("{CONFIGS}/oddities.xml"), &*format!("{CONFIGS}/oddities.jsonl"));
    check_in("explain-oddities-80", "80", &["config", "explain", config, events]);
    check("explain-oddities-120", &["config", "explain", "-v", "--limit", "3", config, events]);
    check("explain-json", &["config", "explain", "--format", "json", config, events]);
}

#[test]
fn tests_of_a_configuration() {
    let (config, cases) = (&*format!("{CONFIGS}/wrapped.xml"), &*format!("{CONFIGS}/wrapped.cases.jsonl"));
    check("config-test", &["config", "test", config, cases]);
    check("config-test-13.2", &["config", "test", "-v", "--sysmon", "13.2", config, cases]);
    check("config-test-json", &["config", "test", "--format", "json", config, cases]);
    let events = &*format!("{CONFIGS}/oddities.jsonl");
    check("config-test-record", &["config", "test", &format!("{CONFIGS}/oddities.xml"), "--record", events]);
}

#[test]
fn the_shapes() {
    check("shapes-text", &["shapes"]);
    check_in("shapes-narrow", "60", &["shapes"]);
    check("shapes-json", &["shapes", "--format", "json"]);
    check("shapes-jsonl", &["shapes", "--format", "jsonl"]);
}

#[test]
fn the_dictionary() {
    check("dictionary-8", &["dictionary", "8"]);
    check("dictionary-field", &["dictionary", "StartModule"]);
}

#[test]
fn formats_are_read_back_as_the_same_events() {
    let folder = tempfile::tempdir().unwrap();
    let events = |format: &str, input: &str, out: &Path| {
        let status = Command::new(env!("CARGO_BIN_EXE_threadhunt"))
            .args(["events", "--all-providers", "-q", "--format", format, "--force", "-o"])
            .arg(out)
            .arg(input)
            .current_dir(root())
            .status()
            .unwrap();
        assert!(status.success(), "{format} of {input}");
    };
    for log in ["examples/ws-anna.evtx", "examples/ws-ben.evtx", "examples/other-provider.evtx"] {
        let lines = folder.path().join("direct.jsonl");
        events("jsonl", log, &lines);
        for format in ["jsonl", "xml", "evtx"] {
            let (there, back) = (folder.path().join(format), folder.path().join("back.jsonl"));
            events(format, log, &there);
            events("jsonl", there.to_str().unwrap(), &back);
            assert_eq!(without_source(&lines), without_source(&back), "{log} by way of {format}");
        }
    }
}

/// Lines without where they were read from, which is another place each time.
fn without_source(lines: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(lines).unwrap();
    text.lines().map(|line| line.rsplit_once(",\"source\":").unwrap().0.to_owned()).collect()
}

const OLD: &str = "crates/threadhunt-cli/tests/golden/old.xml";
const NEW: &str = "crates/threadhunt-cli/tests/golden/new.xml";

#[test]
fn differences_of_configurations() {
    check("config-diff", &["config", "diff", OLD, NEW, "examples"]);
    check("config-diff-json", &["config", "diff", "--format", "json", OLD, NEW]);
}

#[test]
fn a_configuration_laid_out() {
    check("config-fmt", &["config", "fmt", OLD]);
}

#[test]
fn configurations_merged() {
    check("config-merge", &["config", "merge", "--allow", "option-conflict", OLD, NEW]);
    check("config-merge-refused", &["config", "merge", OLD, NEW]);
}
