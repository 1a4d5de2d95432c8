//! Merges in words: what is found, and what stands in the result.

use super::*;

fn file(text: &str) -> Parsed {
    let parsed = parse(text.as_bytes(), Imitated::default());
    assert!(parsed.is_accepted(), "{text}: {:?}", parsed.diagnostics);
    parsed
}

fn filters(body: &str) -> String {
    format!("<Sysmon schemaversion=\"4.22\"><EventFiltering>{body}</EventFiltering></Sysmon>")
}

fn access(kind: &str, body: &str) -> String {
    let filter = format!("<ProcessAccess onmatch=\"{kind}\">{body}</ProcessAccess>");
    filters(&format!("<RuleGroup groupRelation=\"or\">{filter}</RuleGroup>"))
}

fn merged(files: &[&str]) -> Merged {
    let files: Vec<Parsed> = files.iter().map(|text| file(text)).collect();
    merge(&files.iter().collect::<Vec<_>>()).expect("all are accepted")
}

/// The codes that are found, and whether there is a result.
#[track_caller]
fn check(files: &[&str], codes: &[&str], has_result: bool) -> Merged {
    let merged = merged(files);
    let found: Vec<_> = merged.findings.iter().map(|finding| finding.code.name()).collect();
    assert_eq!((found, merged.text.is_some()), (codes.to_vec(), has_result), "{:#?}", merged.findings);
    for finding in &merged.findings {
        assert!(finding.code == MergeCode::Refused || !finding.places.is_empty(), "{finding:?}");
    }
    merged
}

const A: &str = "<SourceImage condition=\"image\">a.exe</SourceImage>";
const B: &str = "<TargetImage condition=\"image\">b.exe</TargetImage>";

#[test]
fn comments_names_and_options_are_kept() {
    let one = "<!-- one --><Sysmon schemaversion=\"4.22\"><HashAlgorithms>md5</HashAlgorithms> <!-- fast -->\
        <EventFiltering><!-- lsass --><RuleGroup name=\"G\" groupRelation=\"or\"><ProcessAccess onmatch=\"include\">\
        <!-- tools --><SourceImage condition=\"image\">a.exe</SourceImage> <!-- a --></ProcessAccess></RuleGroup>\
        </EventFiltering></Sysmon><!-- end -->";
    let two = "<!-- one --><!-- two --><Sysmon schemaversion=\"4.90\"><HashAlgorithms>MD-5</HashAlgorithms><DnsLookup>False</DnsLookup>\
        <EventFiltering><ProcessAccess onmatch=\"include\"><TargetImage>b</TargetImage></ProcessAccess>\
        <DnsQuery onmatch=\"exclude\"/></EventFiltering></Sysmon>";
    let text = check(&[one, two], &["schema-raised"], true).text.unwrap();
    insta::assert_snapshot!(text, @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <!-- one -->
    <!-- two -->
    <Sysmon schemaversion="4.90">
      <HashAlgorithms>md5</HashAlgorithms> <!-- fast -->
      <DnsLookup>False</DnsLookup>

      <EventFiltering>
        <RuleGroup groupRelation="or">
          <ProcessAccess onmatch="include">
            <!-- lsass -->
            <!-- tools -->
            <SourceImage name="G" condition="image">a.exe</SourceImage> <!-- a -->

            <TargetImage>b</TargetImage>
          </ProcessAccess>
        </RuleGroup>

        <RuleGroup groupRelation="and">
          <DnsQuery onmatch="exclude"/>
        </RuleGroup>
      </EventFiltering>
    </Sysmon>
    <!-- end -->
    "#);
}

#[test]
fn files_of_one_kind_add_up() {
    check(&[&access("include", A), &access("include", B)], &[], true);
    check(&[&access("exclude", A), &access("exclude", B)], &[], true);
    let text = check(&[&access("exclude", A), &access("exclude", A)], &["duplicate"], true).text.unwrap();
    assert_eq!(text.matches("a.exe").count(), 1);
    check(&[&filters(""), &access("include", A)], &[], true);
}

#[test]
fn what_changes_verdicts_is_told() {
    let (include, exclude) = (access("include", A), access("exclude", B));
    check(&[&include, &exclude], &["lost-default"], true);
    check(&[&access("include", ""), &exclude], &["silent-event"], true);
    let both = filters(&format!(
        "<ProcessAccess onmatch=\"include\">{A}</ProcessAccess><ProcessAccess onmatch=\"exclude\">{B}</ProcessAccess>"
    ));
    check(&[&include, &both], &["spreading-exclusion", "duplicate"], true);
    check(&[&both, &both], &["duplicate", "duplicate"], true);
    let silent = filters(&format!(
        "<ProcessAccess onmatch=\"exclude\">{A}</ProcessAccess><ProcessAccess onmatch=\"exclude\">{B}</ProcessAccess>"
    ));
    check(&[&silent], &["revived-event"], true);
}

#[test]
fn filters_that_cannot_be_one_are_refused() {
    let and = |body: &str| filters(&format!("<ProcessAccess onmatch=\"exclude\">{body}</ProcessAccess>"));
    let text = check(&[&and(&format!("{A}{B}")), &access("exclude", A)], &[], true).text.unwrap();
    assert!(text.contains("<Rule groupRelation=\"and\">"), "{text}");
    check(&[&and(&format!("{A}{A}{B}")), &access("exclude", A)], &["unjoinable"], false);
    let wmi =
        |field: &str| filters(&format!("<WmiEvent onmatch=\"exclude\"><{field}>x</{field}></WmiEvent>"));
    check(&[&wmi("Consumer"), &wmi("Destination")], &["unjoinable"], false);
    check(&[&wmi("Consumer"), &wmi("Filter")], &[], true);
}

#[test]
fn names_that_hide_or_leak_are_told() {
    let named = |name: &str, item: &str| item.replacen(' ', &format!(" name=\"{name}\" "), 1);
    check(&[&access("include", &named("N", A)), &access("include", &named("M", A))], &["hidden-name"], true);
    let rule = format!("<Rule groupRelation=\"and\">{}{B}</Rule>", named("N", A));
    check(&[&access("include", &rule), &access("include", A)], &["leaking-name"], true);
    check(&[&access("include", A), &access("include", &rule)], &[], true);
}

#[test]
fn options_in_conflict_are_errors() {
    let option = |body: &str| format!("<Sysmon schemaversion=\"4.22\">{body}</Sysmon>");
    let hash = |value: &str| option(&format!("<HashAlgorithms>{value}</HashAlgorithms>"));
    let text = check(&[&hash("md5"), &hash("sha1")], &["option-conflict"], true).text.unwrap();
    assert!(text.contains("<HashAlgorithms>md5<"), "{text}");
    check(&[&hash("md5,sha1"), &hash("SHA1,MD5")], &[], true);
    let hiding = option("<CheckRevocation/><DriverName>x</DriverName>");
    let text = check(&[&hiding, &hash("md5")], &["option-left-out"], true).text.unwrap();
    let (set, empty) = (text.find("<HashAlgorithms").unwrap(), text.find("<CheckRevocation").unwrap());
    assert!(set < empty && !text.contains("DriverName"), "{text}");
    let old = "<Sysmon schemaversion=\"4.22\"><CopyOnDelete_PE> </CopyOnDelete_PE></Sysmon>";
    if parse(old.as_bytes(), Imitated::default()).is_accepted() {
        check(&[old, "<Sysmon schemaversion=\"4.90\"/>"], &["refused", "schema-raised"], false);
    }
}

#[test]
fn what_sysmon_leaves_out_is_not_merged() {
    let skipped = filters("<ProcessAccess><TargetImage>x</TargetImage></ProcessAccess>");
    let text = check(&[&skipped, &access("include", A)], &["filter-left-out"], true).text.unwrap();
    assert!(!text.contains("TargetImage"), "{text}");
    assert!(merge(&[&parse(b"<Sysmon/>", Imitated::default())]).is_none());
}

#[test]
fn the_codes_are_in_the_order_of_the_enum() {
    for (index, code) in MergeCode::all().enumerate() {
        assert_eq!(code as usize, index);
        assert!(code.level() != MergeLevel::Note || code.can_be_allowed());
    }
}
