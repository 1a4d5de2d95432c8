//! `threadhunt config diff`, `fmt` and `merge`.

use std::fs;

use serde_json::{Value, json};

use super::{Folder, log, run, run_with, shared};

const ONE: &str = r#"<!-- lsass only -->
<Sysmon schemaversion="4.90"><EventFiltering><RuleGroup groupRelation="or" name="G">
<CreateRemoteThread onmatch="include"><TargetImage condition="image">lsass.exe</TargetImage> <!-- LSA -->
</CreateRemoteThread></RuleGroup></EventFiltering></Sysmon>"#;

const CANONICAL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- lsass only -->
<Sysmon schemaversion="4.90">
  <EventFiltering>
    <RuleGroup name="G" groupRelation="or">
      <CreateRemoteThread onmatch="include">
        <TargetImage condition="image">lsass.exe</TargetImage> <!-- LSA -->
      </CreateRemoteThread>
    </RuleGroup>
  </EventFiltering>
</Sysmon>
"#;

/// Another target, and exclusions.
fn other() -> String {
    let exclude = "<CreateRemoteThread onmatch=\"exclude\"><SourceImage>x</SourceImage></CreateRemoteThread>";
    ONE.replace("lsass.exe", "csrss.exe").replace("</RuleGroup>", &format!("{exclude}</RuleGroup>"))
}

#[test]
fn the_layout_is_canonical() {
    let folder = Folder::new();
    let one = folder.file("one.xml", ONE);
    assert_eq!(run(&["config", "fmt", &one]).exits(0).out, CANONICAL);
    assert_eq!(run_with(&["config", "fmt", "-"], CANONICAL.as_bytes()).exits(0).out, CANONICAL);
    let out = folder.arg("out.xml");
    run(&["config", "fmt", &one, "-o", &out]).exits(0);
    assert_eq!(fs::read_to_string(&out).unwrap(), CANONICAL);
    run(&["config", "fmt", &one, "-o", &out]).exits(2).says(&["--force"]);
}

#[test]
fn check_names_what_is_not_formatted() {
    let folder = Folder::new();
    let (one, good) = (folder.file("one.xml", ONE), folder.file("good.xml", CANONICAL));
    assert_eq!(run(&["config", "fmt", "--check", &good, &one]).exits(1).out, format!("{one}\n"));
    assert_eq!(run(&["config", "fmt", "--check", &good]).exits(0).out, "");
    assert_eq!(fs::read_to_string(&one).unwrap(), ONE);
}

#[test]
fn files_are_replaced_in_place() {
    let folder = Folder::new();
    let wide: Vec<u8> = format!("\u{feff}{ONE}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (one, wide) = (folder.file("one.xml", ONE), folder.file("wide.xml", wide));
    let bad = folder.file("bad.xml", ONE.replace("\"image\"", "\"images\""));
    let ran = run(&["config", "fmt", "--in-place", &one, &bad, &wide]).exits(2);
    ran.says(&["wide.xml is UTF-16", "UTF-8"]).says(&["error[unknown-operator]"]);
    for path in [&one, &wide] {
        assert_eq!(fs::read_to_string(path).unwrap(), CANONICAL);
    }
    assert!(fs::read_to_string(&bad).unwrap().contains("images"), "what is refused stays");
    run(&["config", "fmt", &one, &wide]).exits(2).says(&["--in-place or --check"]);
    run_with(&["config", "fmt", "--in-place", "-"], ONE.as_bytes()).exits(2).says(&["standard input"]);
}

#[cfg(unix)]
#[test]
fn permissions_stay() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let one = folder.file("one.xml", ONE);
    fs::set_permissions(&one, fs::Permissions::from_mode(0o640)).unwrap();
    run(&["config", "fmt", "--in-place", &one]).exits(0);
    assert_eq!(fs::metadata(&one).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn differences_are_told_by_event() {
    let folder = Folder::new();
    let (one, same) = (folder.file("one.xml", ONE), folder.file("same.xml", CANONICAL));
    let ran = run(&["config", "diff", "--exit-code", &one, &same]).exits(0);
    assert_eq!(ran.out, format!("{one} and {same} do the same\n"));
    let two = folder.file("two.xml", other());
    let ran = run(&["config", "diff", &one, &two]).exits(0);
    let expected = format!(
        "--- {one}\n+++ {two}\n1 rule added, 0 removed, 1 changed, of 1 event type\n\n\
         CreateRemoteThread (event 8): what is included, 1 inclusion -> what is included, 1 inclusion, 1 exclusion\n\
         @@ include line 3 -> 3\n\
         -     3        TargetImage image `lsass.exe`  (G)\n\
         +           3  TargetImage image `csrss.exe`  (G)\n\
         @@ exclude line 4: filter added\n\
         +           4  SourceImage is `x`  (G)\n"
    );
    assert_eq!(ran.out, expected);
    run(&["config", "diff", "--exit-code", &one, &two]).exits(1);
    let colored = run(&["config", "diff", "--color", "always", &one, &two]).exits(0);
    assert!(colored.out.contains("\u{1b}[31m-     3"), "{colored:#?}");
    run(&["config", "diff", &one, &folder.file("bad.xml", "<Sysmon/>")]).exits(2).says(&["schema-version"]);
    run(&["config", "diff", &one]).exits(2);
}

#[test]
fn a_long_list_of_differences_has_its_sum_at_both_ends() {
    let folder = Folder::new();
    let rules: String = (0..50).map(|at| format!("<SourceImage>{at}</SourceImage>")).collect();
    let (one, two) = (
        folder.file("one.xml", ONE),
        folder.file("two.xml", ONE.replace("<TargetImage", &format!("{rules}<TargetImage"))),
    );
    let ran = run(&["config", "diff", &one, &two]).exits(0);
    let total = "50 rules added, 0 removed, 0 changed, of 1 event type";
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!((lines[2], lines.last()), (total, Some(&total)), "{ran:#?}");
}

#[test]
fn differences_in_json() {
    let folder = Folder::new();
    let (one, two) = (folder.file("one.xml", ONE), folder.file("two.xml", other()));
    let ran = run(&["config", "diff", "--format", "json", &one, &two]).exits(0);
    let found: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&found["version"], &found["same"], &found["logs"]), (&json!(1), &json!(false), &Value::Null));
    let rule = &found["events"][0]["filters"][0]["rules"][0];
    let side = |value: &str| {
        json!({"line": 3, "relation": null, "conditions": [
            {"line": 3, "field": "TargetImage", "condition": "image", "value": value, "name": "G"},
        ]})
    };
    let expected = json!({"change": "changed", "changes": ["conditions"], "old": side("lsass.exe"), "new": side("csrss.exe")});
    assert_eq!(rule, &expected);
    assert_eq!(found["events"][0]["filters"][1]["change"], "added");
}

#[test]
fn logs_show_which_events_differ() {
    let folder = Folder::new();
    let (one, two) = (folder.file("one.xml", ONE), folder.file("two.xml", other()));
    let renamed = folder.file("renamed.xml", ONE.replace("\"G\"", "\"H\""));
    let events = folder.file("log.jsonl", log(0..4));
    let ran = run(&["config", "diff", &one, &two, &events]).exits(0);
    for part in ["4 events compared", "only the old logs", "new no filter matches", "e.g. WS02, record 0"] {
        assert!(ran.out.contains(part), "{part}: {ran:#?}");
    }
    ran.says(&["1 file, 4 records"]);
    let ran = run(&["config", "diff", "--format", "json", &one, &renamed, &events]).exits(0);
    let logs = &serde_json::from_str::<Value>(&ran.out).unwrap()["logs"];
    let volumes =
        json!({"events": 4, "old_logged": 4, "new_logged": 4, "only_old": 0, "only_new": 0, "renamed": 4});
    assert_eq!(logs["total"], volumes);
    let example = &logs["examples"][0];
    assert_eq!((&example["old_name"], &example["new_name"]), (&json!("G"), &json!("H")), "{example}");
    run(&["config", "diff", &one, &two, &folder.arg("absent.evtx")]).exits(3);
}

#[test]
fn merges_are_written_or_refused() {
    let folder = Folder::new();
    let (one, two) = (folder.file("one.xml", ONE), folder.file("two.xml", other()));
    let ran = run(&["config", "merge", &one, &two]).exits(0);
    ran.says(&["warning[spreading-exclusion]"]);
    run_with(&["config", "check", "-"], run(&["config", "merge", &one, &two]).out.as_bytes()).exits(0);
    let ran = run(&["config", "merge", "--deny", "warnings", &one, &two]).exits(1);
    assert_eq!(ran.out, "");
    ran.says(&["nothing is written"]);
    let rest = folder.file("rest.xml", ONE.replace("\"include\"", "\"exclude\""));
    let out = folder.arg("out.xml");
    let ran = run(&["config", "merge", &one, &rest, "-o", &out]).exits(1);
    ran.says(&["error[lost-default]"]).says(&["--allow lost-default"]);
    assert!(!folder.path("out.xml").exists());
    run(&["config", "merge", "--allow", "lost-default", &one, &rest, "-o", &out]).exits(0);
    let text = fs::read_to_string(&out).unwrap();
    assert_eq!(text, run(&["config", "fmt", &out]).exits(0).out, "a merge is canonical");
    run(&["config", "merge", "--allow", "unjoinable", &one, &two]).exits(2);
    run(&["config", "merge", &one, &folder.file("bad.xml", "<Sysmon/>")]).exits(2).says(&["schema-version"]);
}

#[test]
fn nothing_drives_the_terminal() {
    let hostile = ONE.replace("\"G\"", "\"\u{9b}2J\u{202e}\"").replace("lsass.exe", "a\nb\u{85}");
    let folder = Folder::new();
    let (one, two) = (folder.file("one.xml", ONE), folder.file("two.xml", &hostile));
    let events = folder.file("log.jsonl", log(0..4));
    for args in [vec!["config", "diff", &one, &two, &events], vec!["config", "merge", &one, &two, &two, "-v"]]
    {
        let ran = run(&args).exits(0);
        let text = if args[1] == "diff" { ran.out } else { ran.err };
        assert!(!text.chars().any(|c| matches!(c, '\u{9b}' | '\u{202e}' | '\u{85}')), "{text}");
    }
}

/// What the layout makes of the public configurations does the same, by the program's own account.
#[test]
fn public_configurations_stay_the_same() {
    let Some(folder) = shared().map(|shared| shared.join("vectors/public-configs")) else { return };
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "xml") {
            continue;
        }
        let path = path.to_str().unwrap();
        let text = run(&["config", "fmt", path]).exits(0).out;
        run_with(&["config", "diff", "--exit-code", path, "-"], text.as_bytes()).exits(0);
        assert_eq!(run_with(&["config", "fmt", "-"], text.as_bytes()).exits(0).out, text);
    }
}
