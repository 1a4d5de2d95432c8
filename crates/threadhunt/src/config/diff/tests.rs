//! Differences in words: what is told, and what is not.

use super::*;
use crate::config::{Imitated, parse};

const SYSMON: &str = "4.91";

fn read(imitated: &str, text: &str) -> Config {
    let parsed = parse(text.as_bytes(), imitated.parse::<Imitated>().unwrap());
    assert!(parsed.is_accepted(), "{text}: {:?}", parsed.diagnostics);
    parsed.config
}

fn file(body: &str) -> Config {
    read(SYSMON, &format!("<Sysmon schemaversion=\"4.90\">{body}</Sysmon>"))
}

fn filters_of(body: &str) -> Config {
    file(&format!("<EventFiltering>{body}</EventFiltering>"))
}

/// A group of alternatives with one filter of event 8.
fn group(kind: &str, items: &str) -> Config {
    filters_of(&format!(
        "<RuleGroup groupRelation=\"or\"><CreateRemoteThread onmatch=\"{kind}\">{items}</CreateRemoteThread></RuleGroup>"
    ))
}

/// Differences, a line each: of a filter `old>new changes`, of a rule the same behind two blanks.
fn lines(old: &Config, new: &Config) -> Vec<String> {
    let diff = ConfigDiff::new(old, new);
    let at = |at: Option<usize>| at.map_or("-".to_owned(), |at| at.to_string());
    let mut lines = Vec::new();
    lines.extend(diff.schema.iter().map(|(old, new)| format!("schema {}>{}", old.unwrap(), new.unwrap())));
    lines.extend(diff.options.iter().map(|o| format!("{} {}>{}", o.name, at(o.old), at(o.new))));
    for filter in diff.tags.iter().flat_map(|tag| &tag.filters) {
        lines.push(format!("{}>{} {:?}", at(filter.old), at(filter.new), filter.changes));
        let rule = |rule: &RuleDiff| format!("  {}>{} {:?}", at(rule.old), at(rule.new), rule.changes);
        lines.extend(filter.rules.iter().map(rule));
    }
    assert_eq!(diff.is_empty(), lines.is_empty());
    lines
}

#[track_caller]
fn check(kind: &str, old: &str, new: &str, expected: &[&str]) {
    assert_eq!(lines(&group(kind, old), &group(kind, new)), expected, "{old}\n{new}");
}

const A: &str = "<SourceImage condition=\"image\">a.exe</SourceImage>";
const B: &str = "<TargetImage condition=\"image\">b.exe</TargetImage>";
const C: &str = "<StartModule condition=\"contains any\">c;d</StartModule>";

fn named(name: &str, item: &str) -> String {
    item.replacen(' ', &format!(" name=\"{name}\" "), 1)
}

#[test]
fn spelling_is_no_difference() {
    check("include", A, &format!("\n <!-- x -->{}", A.replace("a.exe", "A.EXE")), &[]);
    check("include", C, &C.replace("c;d", "D;c;d"), &[]);
    check("include", "<SourceImage>a</SourceImage>", "<SourceImage condition=\"IS\">A</SourceImage>", &[]);
    check(
        "include",
        "<SourceImage>a</SourceImage>",
        "<SourceImage condition=\"is any\">a</SourceImage>",
        &[],
    );
    check("include", A, &format!("<Rule>{A}</Rule>"), &[]);
    check("include", &named("N", A), &format!("<Rule name=\"N\">{A}</Rule>"), &[]);
    check("include", A, &A.replace("a.exe", "a.exe "), &["0>0 []", "  0>0 [Conditions]"]);
    let old = "<Sysmon schemaversion=\"4.22\"><EventFiltering><DnsQuery onmatch=\"exclude\"><QueryName>\n a  b\n</QueryName></DnsQuery></EventFiltering></Sysmon>";
    let (old, new) = (read("13.2", old), read("13.2", &old.replace("\n a  b\n", "a b")));
    assert!(ConfigDiff::new(&old, &new).is_empty());
}

#[test]
fn rules_come_go_and_change() {
    check("include", A, &format!("{A}{B}"), &["0>0 []", "  ->1 []"]);
    check("include", &format!("{A}{B}"), B, &["0>0 []", "  0>- []"]);
    check("include", A, &A.replace("a.exe", "x.exe"), &["0>0 []", "  0>0 [Conditions]"]);
    check("include", A, &A.replace("\"image\"", "\"end with\""), &["0>0 []", "  0>0 [Conditions]"]);
    check("include", A, &named("N", A), &["0>0 []", "  0>0 [Name]"]);
    let rule =
        |relation: &str, body: &str| format!("<Rule groupRelation=\"{relation}\" name=\"R\">{body}</Rule>");
    let both = format!("{A}{B}");
    check("include", &rule("and", &both), &rule("or", &both), &["0>0 []", "  0>0 [Relation]"]);
    check("include", &rule("and", &both), &rule("and", A), &["0>0 []", "  0>0 [Conditions]"]);
}

#[test]
fn order_is_told_where_it_counts() {
    let (ab, ba) = (format!("{A}{B}"), format!("{B}{A}"));
    check("include", &ab, &ba, &[]);
    check("exclude", &ab, &ba, &[]);
    let (ab, ba) = (format!("{}{B}", named("N", A)), format!("{B}{}", named("N", A)));
    check("exclude", &ab, &ba, &[]);
    check("include", &ab, &ba, &["0>0 []", "  0>1 [Moved(Name)]"]);
    let rule = |body: &str| format!("<Rule groupRelation=\"and\">{body}</Rule>");
    check("include", &rule(&ab), &rule(&ba), &["0>0 []", "  0>0 [Reordered(Name)]"]);
    let number = "<NewThreadId>4</NewThreadId>";
    let moved = ["0>0 []", "  0>1 [Moved(AbsentNumber)]"];
    check("exclude", &format!("{A}{number}"), &format!("{number}{A}"), &moved);
}

#[test]
fn filters_come_go_and_move() {
    let group = |name: &str, relation: &str, item: &str| {
        format!(
            "<RuleGroup name=\"{name}\" groupRelation=\"{relation}\"><CreateRemoteThread onmatch=\"include\">{item}</CreateRemoteThread></RuleGroup>"
        )
    };
    let check = |old: &[String], new: &[String], expected: &[&str]| {
        assert_eq!(lines(&filters_of(&old.concat()), &filters_of(&new.concat())), expected);
    };
    let (a, b) = (group("X", "or", A), group("Y", "or", B));
    check(std::slice::from_ref(&a), &[a.clone(), b.clone()], &["->1 []", "  ->0 []"]);
    check(&[a.clone(), b.clone()], &[b.clone(), a.clone()], &["0>1 [Moved(Name)]"]);
    let (same_a, same_b) = (group("X", "and", A), group("X", "or", B));
    check(&[same_a.clone(), same_b.clone()], &[same_b, same_a], &[]);
    let both = format!("{A}{B}");
    check(&[group("", "or", &both)], &[group("", "and", &both)], &["0>0 [Relation]"]);
    check(&[group("X", "or", &both)], &[group("Z", "or", &both)], &["0>0 [GroupName(2)]"]);
}

#[test]
fn filters_without_rules_count_where_they_change_what_is_left() {
    let empty = |tag: &str, kind: &str| format!("<{tag} onmatch=\"{kind}\"/>");
    let check = |old: &str, new: &str, expected: &[&str]| {
        assert_eq!(lines(&filters_of(old), &filters_of(new)), expected, "{old} {new}");
        assert_eq!(lines(&filters_of(new), &filters_of(old)).len(), expected.len(), "{new} {old}");
    };
    // Event 1 is logged where no filter names it, event 22 is not.
    check("", &empty("ProcessCreate", "exclude"), &[]);
    check("", &empty("ProcessCreate", "include"), &["->0 []"]);
    check("", &empty("DnsQuery", "exclude"), &["->0 []"]);
    check("", &empty("DnsQuery", "include"), &[]);
    let include = "<DnsQuery onmatch=\"include\"><QueryName>a</QueryName></DnsQuery>";
    let exclude = include.replace("include", "exclude");
    let with = |filter: &str, kind: &str| format!("{filter}{}", empty("DnsQuery", kind));
    check(include, &with(include, "exclude"), &[]);
    check(&exclude, &with(&exclude, "include"), &["->1 []"]);
}

/// In an "and" a Rule of one condition stands for itself, and loose conditions on one field together.
#[test]
fn a_rule_of_one_condition_is_a_loose_one_where_its_field_is_its_own() {
    let and = |items: &str| {
        filters_of(&format!(
            "<RuleGroup groupRelation=\"and\"><CreateRemoteThread onmatch=\"include\">{items}</CreateRemoteThread></RuleGroup>"
        ))
    };
    let rule = |relation: &str, item: &str| format!("<Rule groupRelation=\"{relation}\">{item}</Rule>");
    let (x, y) = (rule("or", A), rule("and", A));
    let other = A.replace("a.exe", "x.exe");
    assert_eq!(lines(&and(&format!("{A}{B}")), &and(&format!("{x}{B}"))), [""; 0]);
    assert_eq!(lines(&and(&format!("{A}{B}")), &and(&format!("{y}{}", rule("or", B)))), [""; 0]);
    assert_eq!(lines(&and(&format!("{x}{other}")), &and(&format!("{y}{other}"))), [""; 0]);
    assert_ne!(lines(&and(&format!("{A}{other}")), &and(&format!("{x}{other}"))), [""; 0]);
    let (both, rules) = (format!("{A}{other}"), format!("{x}{}", rule("or", &other)));
    assert_ne!(lines(&and(&both), &and(&rules)), [""; 0]);
}

#[test]
fn options_and_schemas_are_compared_by_effect() {
    let hash = |value: &str| file(&format!("<HashAlgorithms>{value}</HashAlgorithms>"));
    assert_eq!(lines(&hash("md5,SHA1"), &hash("sha-1,MD5")), [""; 0]);
    assert_eq!(lines(&hash("md5"), &hash("*")), ["HashAlgorithms 0>0"]);
    let hidden = file("<CheckRevocation/><HashAlgorithms>md5</HashAlgorithms>");
    assert_eq!(lines(&hash("md5"), &hidden), ["HashAlgorithms 0>-"]);
    let old = "<Sysmon schemaversion=\"4.10\"><EventFiltering><ImageLoad onmatch=\"include\"><Image>a</Image><User>b</User></ImageLoad></EventFiltering></Sysmon>".replace("<User>b</User>", "<Signed>b</Signed>");
    let (old, new) = (read(SYSMON, &old), read(SYSMON, &old.replace("4.10", "4.90")));
    assert_eq!(lines(&old, &new), ["schema 4.10>4.90", "0>0 [Relation]"]);
}
