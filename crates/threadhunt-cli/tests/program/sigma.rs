//! `threadhunt sigma`: what becomes of each rule, in words and in JSON.

use serde_json::Value;

use super::{Folder, run, run_with};

fn rule(title: &str, category: &str, detection: &str) -> String {
    format!(
        "title: {title}\nlogsource:\n  product: windows\n  category: {category}\ndetection:\n  s:\n    {detection}\n  condition: s\n"
    )
}

#[test]
fn rules_are_counted_and_complaints_have_a_place() {
    let folder = Folder::new();
    folder.file("rules/good.yml", rule("Good", "create_remote_thread", r"TargetImage|endswith: \lsass.exe"));
    folder.file("rules/other.yml", rule("Other", "ps_script", "ScriptBlockText|contains: x"));
    let never =
        folder.file("rules/deep/never.yml", rule("Never", "create_remote_thread", "SourceParentImage: x"));
    folder.file("rules/notes.txt", "no rule");
    let rules = folder.arg("rules");
    let ran = run(&["sigma", "check", &rules]).exits(0);
    let expected = format!(
        "never      {never}:7  Never\n           it needs `SourceParentImage`, which Sysmon event 8 does not have\n\n\
         3 rules: 1 ready (0 with remarks), 1 of other logs, 1 that no event can fit, 0 that cannot be used\n"
    );
    assert_eq!(ran.out, expected);
    run(&["sigma", "check", "--deny", "never", &rules]).exits(1);
    let ran = run(&["sigma", "check", "--all", "--format", "json", &rules]).exits(0);
    let standings: Vec<String> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["standing"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(standings, ["never", "ready", "other-log"]);
}

#[test]
fn a_check_of_nothing_is_no_success() {
    let folder = Folder::new();
    for (name, text) in [("empty.yml", ""), ("words.yml", "# rules will come here\n")] {
        let file = folder.file(name, text);
        let ran = run(&["sigma", "check", &file]).exits(1);
        assert!(
            ran.out.starts_with(&format!("refused    {file}:1\n           there is no rule in it\n")),
            "{ran:#?}"
        );
    }
    run_with(&["sigma", "check", "-"], b"").exits(1);
    folder.file("none/notes.txt", "no rule");
    run(&["sigma", "check", &folder.arg("none")]).exits(2).says(&["there is no .yml file below"]);
}

#[test]
fn a_misspelt_category_is_listed_with_its_place() {
    let folder = Folder::new();
    let file = folder.file("slip.yml", rule("Slip", "create_remote_thred", "TargetImage: x"));
    let ran = run(&["sigma", "check", &file]).exits(0);
    let expected = format!(
        "never      {file}:4  Slip\n           there is no category `create_remote_thred`; `create_remote_thread` is one\n"
    );
    assert!(ran.out.starts_with(&expected), "{ran:#?}");
    run(&["sigma", "check", "--deny", "never", &file]).exits(1);
}

#[test]
fn a_rule_that_cannot_be_used_changes_the_exit_status() {
    let text = rule(r#""\e[31mOdd""#, "create_remote_thread", "TargetImage|re: 'a(?=b)'");
    let ran = run_with(&["sigma", "check", "-"], text.as_bytes()).exits(1);
    assert!(
        ran.out.contains("-:7  ") && ran.out.contains("Odd") && ran.out.contains("look-around"),
        "{ran:#?}"
    );
    assert!(!ran.out.contains('\u{1b}'), "what a rule says cannot drive a terminal: {ran:#?}");
    let text = rule("Names", "create_remote_thread", "TargetImage|expand: '%names%'");
    run_with(&["sigma", "check", "-"], text.as_bytes()).exits(1);
    run_with(&["sigma", "check", "--placeholder", "names=a,b", "-"], text.as_bytes()).exits(0);
    run(&["sigma", "check", "nowhere"]).exits(2);
}
