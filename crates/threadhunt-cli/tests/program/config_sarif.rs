//! `config check --format sarif`: what code scanning gets.
//!
//! The output is held against SARIF's own schema by Python's `jsonschema`: a validator in Rust would
//! add more than thirty crates to the build for this one test.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::{Folder, run, run_with, shared};

const CONFIG: &str = r#"<Sysmon schemaversion="4.90"><EventFiltering><RuleGroup name="G" groupRelation="or">
<CreateRemoteThread onmatch="include">
<!-- ü𝄞 --><TargetImage condition="begins with">lsass.exe</TargetImage>
<StartModule condition="contains">{0} [a](http://example.org)*</StartModule>
<StartModule condition="contains">ab</StartModule><StartModule condition="contains">AB</StartModule>
</CreateRemoteThread></RuleGroup></EventFiltering></Sysmon>"#;

fn sarif(args: &[&str], code: i32) -> Value {
    let ran = run(&[&["config", "check", "--format", "sarif"], args].concat()).exits(code);
    assert_eq!(ran.out.lines().count(), 1, "one object, and nothing beside it");
    serde_json::from_str(&ran.out).unwrap()
}

fn results(sarif: &Value) -> &Vec<Value> {
    sarif["runs"][0]["results"].as_array().unwrap()
}

fn of_rule<'s>(sarif: &'s Value, rule: &str) -> &'s Value {
    results(sarif).iter().find(|result| result["ruleId"] == rule).unwrap()
}

#[test]
fn results_have_rules_places_and_snippets() {
    let folder = Folder::new();
    let found = sarif(&[&folder.file("a.xml", CONFIG)], 1);
    let run = &found["runs"][0];
    let operator = of_rule(&found, "unknown-operator");
    let rule = &run["tool"]["driver"]["rules"][operator["ruleIndex"].as_u64().unwrap() as usize];
    assert_eq!((&rule["id"], &rule["name"]), (&json!("unknown-operator"), &json!("UnknownOperator")));
    assert_eq!(rule["defaultConfiguration"]["level"], "error");
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let place = &operator["locations"][0]["physicalLocation"];
    let expected = json!({
        "startLine": 3, "startColumn": 36, "endLine": 3, "endColumn": 47, "snippet": {"text": "begins with"},
    });
    assert_eq!(place["region"], expected, "the two letters before it are one character each");
    let artifact = &run["artifacts"][place["artifactLocation"]["index"].as_u64().unwrap() as usize];
    assert_eq!((&artifact["encoding"], &artifact["length"]), (&json!("UTF-8"), &json!(CONFIG.len())));
}

#[test]
fn what_a_file_says_is_no_link_and_drives_no_terminal() {
    let hostile = CONFIG.replace("begins with", "[x](http://example.org) {0} \u{202e}\u{9b}2J");
    let ran = run_with(&["config", "check", "--format", "sarif", "-"], hostile.as_bytes()).exits(1);
    assert!(!ran.out.contains(['\u{202e}', '\u{9b}']), "{ran:#?}");
    let found: Value = serde_json::from_str(&ran.out).unwrap();
    let message = of_rule(&found, "unknown-operator")["message"]["text"].as_str().unwrap();
    assert!(message.contains(r"\[x\](http://example.org) {{0}} "), "{message}");
    let json = run_with(&["config", "check", "--format", "json", "-"], hostile.as_bytes()).exits(1);
    assert!(!json.out.contains(['\u{202e}', '\u{9b}']), "{json:#?}");
}

#[test]
fn fingerprints_stay_when_lines_move() {
    let folder = Folder::new();
    let prints = |text: &str| {
        let found = sarif(&[&folder.file("a.xml", text)], 1);
        results(&found).iter().map(|result| result["partialFingerprints"].clone()).collect::<Vec<_>>()
    };
    let before = prints(CONFIG);
    let moved = CONFIG.replace("<!-- ü", "\n\n  <!-- ü").replace("<StartModule", "   <StartModule");
    assert_eq!(prints(&moved), before);
    let twice = CONFIG
        .replace("\n<StartModule condition=\"contains\">ab<", "\n<StartModule condition=\"contains\">*<");
    assert_ne!(prints(&twice), before);
    let mut unique = before.clone();
    unique.dedup();
    assert_eq!(unique.len(), before.len());
}

#[test]
fn several_files_are_one_run_whatever_is_wrong_with_them() {
    let folder = Folder::new();
    let good = folder.file("good.xml", CONFIG.replace("begins with", "begin with"));
    let (bad, binary) = (folder.file("b d.xml", "<Sysmon"), folder.file("log.xml", "ElfFile\0"));
    let found = sarif(&[&good, &bad, &binary], 1);
    assert_eq!(found["runs"][0]["artifacts"].as_array().unwrap().len(), 3);
    for (rule, index) in [("literal-wildcard", 0), ("xml", 1), ("not-sysmon", 2)] {
        let location = &of_rule(&found, rule)["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(location["index"], index);
    }
    let uri = &of_rule(&found, "xml")["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert!(uri.as_str().unwrap().ends_with("/b%20d.xml"), "{uri}");
    let absent = sarif(&[&folder.arg("absent.xml"), &bad], 2);
    assert_eq!(absent["runs"][0]["invocations"][0]["executionSuccessful"], false);
    assert_eq!(results(&absent).len(), 1, "the other file is checked all the same");
}

#[test]
fn paths_below_the_current_directory_are_relative() {
    let folder = Folder::new();
    let path = folder.file("sub/a.xml", CONFIG);
    let output = Command::new(env!("CARGO_BIN_EXE_threadhunt"))
        .args(["config", "check", "--format", "sarif", &path])
        .current_dir(folder.0.path().canonicalize().unwrap())
        .output()
        .unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let location = &found["runs"][0]["artifacts"][0]["location"];
    assert_eq!(*location, json!({"uri": "sub/a.xml", "uriBaseId": "%SRCROOT%"}));
}

/// Holds the output against the schema, where Python and its package are there.
#[test]
fn the_output_is_valid_sarif() {
    let Some(schema) = shared().map(|shared| shared.join("schemas/sarif-schema-2.1.0.json")) else { return };
    let has_validator = Command::new("python3").args(["-c", "import jsonschema"]).output();
    if !has_validator.is_ok_and(|output| output.status.success()) {
        println!("skipped: no python3 with jsonschema");
        return;
    }
    let folder = Folder::new();
    let files = [
        folder.file("a.xml", CONFIG),
        folder.file("empty.xml", ""),
        folder.file("many.xml", format!("<Sysmon schemaversion=\"4.90\">{}</Sysmon>", "<x/>".repeat(2000))),
        folder.file("good.xml", "<Sysmon schemaversion=\"4.90\"/>"),
        folder.arg("absent.xml"),
    ];
    let args: Vec<&str> = files.iter().map(String::as_str).collect();
    let out = folder.file("out.sarif", sarif(&args, 2).to_string());
    let none = folder.file("none.sarif", sarif(&[&files[3]], 0).to_string());
    let script = "import json, sys, jsonschema\n\
        schema = json.load(open(sys.argv[1], encoding='utf-8'))\n\
        for path in sys.argv[2:]: jsonschema.validate(json.load(open(path, encoding='utf-8')), schema)";
    let validate = |paths: &[&str]| {
        Command::new("python3").args(["-c", script]).arg(&schema).args(paths).output().unwrap()
    };
    let output = validate(&[&out, &none]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let broken = fs::read_to_string(&none).unwrap().replace("\"version\":\"2.1.0\"", "\"version\":\"2\"");
    assert!(!validate(&[&folder.file("broken.sarif", broken)]).status.success(), "the validator can fail");
}
