//! Configurations that are refused or read oddly, and verdicts, each written out.
//!
//! The facts are those of the published engine; its own verdicts are compared in `tests/config_vectors.rs`.

use std::borrow::Cow;

use super::*;

/// An event of which only these fields are known.
pub(super) struct Bare<'v>(pub(super) u16, pub(super) &'v [(&'v str, &'v str)]);

impl Subject for Bare<'_> {
    fn id(&self) -> u16 {
        self.0
    }

    fn text(&self, field: FieldId) -> Option<Cow<'_, str>> {
        self.1.iter().find(|(name, _)| *name == field.name()).map(|(_, value)| Cow::Borrowed(*value))
    }
}

pub(super) fn read(schema: &str, body: &str, imitated: &str) -> Parsed {
    let text = format!("<Sysmon schemaversion=\"{schema}\">{body}</Sysmon>");
    parse(text.as_bytes(), imitated.parse().unwrap())
}

/// The verdict in words: `logged NAME` or `dropped NAME`.
#[track_caller]
fn check(filters: &str, event: &Bare<'_>, expected: &str) {
    check_as("4.91", filters, event, expected);
}

#[track_caller]
fn check_as(imitated: &str, filters: &str, event: &Bare<'_>, expected: &str) {
    let parsed = read("4.90", &format!("<EventFiltering>{filters}</EventFiltering>"), imitated);
    let policy = parsed.policy().unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
    let verdict = policy.decide(event);
    let word = if verdict.logged { "logged" } else { "dropped" };
    assert_eq!(format!("{word} {}", verdict.rule_name).trim_end(), expected, "{filters}");
}

/// The errors of a whole file, as `code place`.
#[track_caller]
fn check_errors(text: impl AsRef<[u8]>, expected: &[&str]) {
    let parsed = parse(text.as_ref(), Imitated::default());
    let errors = parsed.diagnostics.iter().filter(|complaint| complaint.level() == Level::Error);
    let errors: Vec<_> =
        errors.map(|c| format!("{} {}", c.code.name(), &parsed.config.text[c.span.clone()])).collect();
    assert_eq!(errors, expected, "{:?}", parsed.diagnostics);
    assert_eq!(parsed.policy().is_none(), !expected.is_empty());
}

pub(super) fn filter(kind: &str, body: &str) -> String {
    format!("<CreateRemoteThread onmatch=\"{kind}\">{body}</CreateRemoteThread>")
}

pub(super) fn group(relation: &str, name: &str, body: &str) -> String {
    format!("<RuleGroup groupRelation=\"{relation}\" name=\"{name}\">{body}</RuleGroup>")
}

pub(super) const EVENT: Bare<'_> = Bare(
    8,
    &[("SourceImage", r"C:\a\evil.exe"), ("TargetImage", r"C:\Windows\notepad.exe"), ("NewThreadId", "42")],
);
pub(super) const SOURCE: &str = "<SourceImage condition=\"image\">EVIL.exe</SourceImage>";
pub(super) const TARGET: &str = "<TargetImage condition=\"image\">notepad.exe</TargetImage>";
pub(super) const NOTHING: &str = "<TargetUser>nobody</TargetUser>";

#[test]
fn without_a_match_the_filters_decide() {
    let dns = |id| Bare(id, &[]);
    check("", &EVENT, "dropped");
    check("", &dns(1), "logged");
    check("", &dns(5), "logged");
    check("", &dns(16), "logged");
    check("", &dns(30), "dropped");
    check(&filter("exclude", NOTHING), &EVENT, "logged");
    check(&filter("include", NOTHING), &EVENT, "dropped");
    check(&format!("{}{}", filter("exclude", NOTHING), filter("include", "")), &EVENT, "dropped");
    check(&format!("{}{}", filter("exclude", ""), filter("exclude", "")), &EVENT, "dropped");
}

#[test]
fn excluding_comes_first_and_the_last_in_the_file_first() {
    let (include, exclude) = (filter("include", SOURCE), filter("exclude", TARGET));
    check(&format!("{include}{exclude}"), &EVENT, "dropped");
    let both = format!("{}{}", group("or", "A", &include), group("or", "B", &include));
    check(&both, &EVENT, "logged B");
}

#[test]
fn loose_conditions_on_one_field_are_alternatives() {
    let other = "<SourceImage condition=\"image\">x.exe</SourceImage>";
    check(&filter("include", &format!("{other}{TARGET}{SOURCE}")), &EVENT, "logged");
    check(&filter("include", &format!("{SOURCE}{NOTHING}")), &EVENT, "dropped");
    check(&group("or", "", &filter("include", &format!("{NOTHING}{SOURCE}"))), &EVENT, "logged");
    let rule = |relation: &str| format!("<Rule{relation}>{SOURCE}{NOTHING}</Rule>");
    check(&filter("include", &rule("")), &EVENT, "logged");
    check(&filter("include", &rule(" groupRelation=\"both\"")), &EVENT, "dropped");
}

#[test]
fn names_of_conditions_beat_those_of_rules_and_groups() {
    let named = SOURCE.replacen(' ', " name=\"F\" ", 1);
    check(&group("or", "G", &filter("include", &named)), &EVENT, "logged F");
    let rule = |condition: &str| {
        group("or", "G", &filter("include", &format!("<Rule name=\"R\">{condition}</Rule>")))
    };
    check(&rule(SOURCE), &EVENT, "logged R");
    check(&rule(&named), &EVENT, "logged F");
    check_as("13.1", &rule(&named), &EVENT, "logged R");
    check(&group("or", "G", &filter("include", &named.replace('F', ""))), &EVENT, "logged");
}

#[test]
fn a_name_stays_when_the_filter_fails() {
    let half = group("and", "X", &filter("exclude", &format!("{SOURCE}{NOTHING}")));
    check(&format!("{half}{}", filter("include", TARGET)), &EVENT, "logged X");
    check(&half, &EVENT, "logged");
}

#[test]
fn a_number_without_value_fails_the_filter() {
    let event = Bare(8, &[("SourceImage", r"C:\evil.exe")]);
    let condition = "<NewThreadId condition=\"is not\">1</NewThreadId>";
    check(&filter("exclude", condition), &event, "logged");
    check(&filter("include", condition), &event, "dropped");
    check(&filter("include", "<TargetUser>-</TargetUser>"), &event, "logged");
    let parsed =
        read("4.22", &format!("<EventFiltering>{}</EventFiltering>", filter("include", condition)), "4.91");
    let verdict = parsed.policy().unwrap().decide(&event).failed;
    assert_eq!(verdict.map(FieldId::name), Some("NewThreadId"));
}

#[test]
fn a_name_of_a_dash_is_printed_like_none_but_hides_others() {
    let named =
        |name: &str| format!("<TargetImage condition=\"end with\" name=\"{name}\">.exe</TargetImage>");
    let rule = |conditions: &str| format!("<Rule groupRelation=\"and\">{conditions}</Rule>");
    check(&group("or", "", &filter("include", &named("-"))), &EVENT, "logged");
    let both = rule(&(named("first") + &SOURCE.replace("<SourceImage", "<SourceImage name=\"-\"")));
    check(&group("or", "", &filter("include", &both)), &EVENT, "logged");
    let parsed =
        read("4.90", &format!("<EventFiltering>{}</EventFiltering>", filter("include", &both)), "4.91");
    let policy = parsed.policy().unwrap();
    assert_eq!(policy.decider().decide(&EVENT), policy.decide(&EVENT));
    assert!(policy.explain(&EVENT).name_source().is_none());
}

#[test]
fn a_rule_name_is_not_known_to_filters() {
    let event = Bare(8, &[("RuleName", "x")]);
    check(&filter("include", "<RuleName>-</RuleName>"), &event, "logged");
}

#[test]
fn filters_of_a_shared_tag_are_read_after_one_layout() {
    let user = "<RegistryEvent onmatch=\"include\"><User>u</User></RegistryEvent>";
    for (id, expected) in [(12, "logged"), (13, "dropped"), (14, "dropped")] {
        let parsed = read("4.90", &format!("<EventFiltering>{user}</EventFiltering>"), "4.91");
        let logged = parsed.policy().unwrap().decide(&Bare(id, &[("User", "u")])).logged;
        assert_eq!(logged, expected == "logged", "{id}");
    }
}

#[test]
fn old_sysmon_took_blanks_off() {
    let value = "<SourceImage condition=\"end with\">\n  EVIL.exe\n</SourceImage>";
    check(&filter("include", value), &EVENT, "dropped");
    check_as("13.2", &filter("include", value), &EVENT, "logged");
    check_as("13.30", &filter("include", value), &EVENT, "dropped");
}

#[test]
fn what_is_no_configuration_is_refused() {
    check_errors("", &["not-sysmon "]);
    check_errors("<sysmon schemaversion=\"4.90\"/>", &["not-sysmon sysmon"]);
    check_errors("<!DOCTYPE html><html></html>", &["not-sysmon "]);
    check_errors("<!DOCTYPE a [<!ENTITY b \"c\">]><Sysmon/>", &["doctype <!DOCTYPE"]);
    check_errors("<Sysmon schemaversion=\"4.90\"><EventFiltering></Sysmon>", &["xml <"]);
    check_errors("<Sysmon>", &["xml <"]);
    check_errors(b"<Sysmon\xff/>", &["encoding "]);
    check_errors("<Sysmon/>", &["schema-version Sysmon"]);
    check_errors("<Sysmon schemaversion=\"3.4\"/>", &["schema-version 3.4"]);
    check_errors("<Sysmon schemaversion=\"new\"/>", &["schema-version new"]);
    check_errors("<Sysmon schemaversion=\"4.90\" xmlns=\"x\"/>", &["unknown-attribute Sysmon"]);
    check_errors("<a:Sysmon xmlns:a=\"x\" schemaversion=\"4.90\"/>", &["not-sysmon a:Sysmon"]);
    check_errors("<a>".repeat(1 << 20), &["too-large "]);
}

#[test]
fn the_grammar_is_that_of_the_schema() {
    let file = |body: &str| {
        format!("<Sysmon schemaversion=\"4.50\"><EventFiltering>{body}</EventFiltering></Sysmon>")
    };
    let event = |body: &str| file(&filter("include", body));
    check_errors(file(&filter("Include", "")), &["attribute-value Include"]);
    check_errors(file("<RuleGroup/>"), &["missing-attribute RuleGroup"]);
    check_errors(file("<createremotethread/>"), &["unknown-element createremotethread"]);
    check_errors(
        file("<FileBlockExecutable onmatch=\"include\"/>"),
        &["unknown-element FileBlockExecutable"],
    );
    check_errors(event("<SourceUser>a</SourceUser>"), &["unknown-element SourceUser"]);
    check_errors(event("<CommandLine>a</CommandLine>"), &["unknown-element CommandLine"]);
    check_errors(event("<rule/>"), &["unknown-element rule"]);
    check_errors(event("<Rule/>"), &["empty-rule <Rule/>"]);
    check_errors(event("<Rule> </Rule>"), &[]);
    check_errors(event("text"), &["stray-text text"]);
    check_errors(event("<SourceImage cond=\"is\">a</SourceImage>"), &["unknown-attribute cond"]);
    check_errors(event("<SourceImage><b/></SourceImage>"), &["unknown-element b"]);
    check_errors(
        event("<SourceImage condition=\"begins with\">a</SourceImage>"),
        &["unknown-operator begins with"],
    );
    let name = "é".repeat(128);
    check_errors(
        event(&format!("<SourceImage name=\"{name}\">a</SourceImage>")),
        &[&format!("long-name {name}")],
    );
    let two = "<SourceImage condition=\"x\">a</SourceImage><Foo/>";
    check_errors(event(two), &["unknown-operator x", "unknown-element Foo"]);
}

#[test]
fn options_behind_an_empty_one_are_not_set() {
    let set = |imitated: &str| {
        let parsed = read("4.22", "<CheckRevocation/><HashAlgorithms>*</HashAlgorithms>", imitated);
        assert!(parsed.is_accepted());
        parsed.config.set_options().map(|option| option.name).collect::<Vec<_>>()
    };
    assert_eq!(set("4.91"), [""; 0]);
    assert_eq!(set("13.2"), ["CheckRevocation", "HashAlgorithms"]);
    check_errors(
        "<Sysmon schemaversion=\"4.5\"><HashAlgorithms>md5, sha1</HashAlgorithms><FieldSizes>Image:9</FieldSizes></Sysmon>",
        &["option-value md5, sha1", "unknown-element FieldSizes"],
    );
}

#[test]
fn complaints_of_versions_and_markup_say_what_helps() {
    let first = |schema: &str, body: &str, imitated: &str| {
        let found = &read(schema, body, imitated).diagnostics;
        let error = found.iter().find(|complaint| complaint.level() == Level::Error).unwrap();
        format!("{}: {}", error.message, error.help.as_deref().unwrap_or_default())
    };
    let user =
        format!("<EventFiltering>{}</EventFiltering>", filter("include", "<SourceUser>a</SourceUser>"));
    assert!(first("4.90", &user, "13.1").ends_with("which the Sysmon of schema 4.60 does not have"));
    assert!(first("4.90", &user, "13.30").contains("write schemaversion=\"4.80\""));
    assert!(first("4.50", &user, "4.91").ends_with("raise `schemaversion`"));
    assert!(first("4.22", "", "7").starts_with("Sysmon 4.00 reads no schema but its own"));
    assert!(first("3.40", "", "4.91").contains("is older than any"));
    assert!(first("4.90", "<!-- a -- b -->", "4.91").starts_with("comment contains '--'"));
    assert!(first("4.90", "]]>", "4.91").starts_with("']]>' is not allowed"));
    assert!(first("4.90", "<a b='1' b='2'/>", "4.91").starts_with("attribute 'b' is already defined"));
}

#[test]
fn of_an_option_that_is_set_twice_the_last_counts() {
    let twice = |body: &str| {
        let parsed = read("4.90", body, "4.91");
        let found = parsed.diagnostics.iter().filter(|complaint| complaint.code.name() == "duplicate");
        found.map(|complaint| parsed.config.text[complaint.span.clone()].to_owned()).collect::<Vec<_>>()
    };
    let (first, second) = ("<DnsLookup>False</DnsLookup>", "<DnsLookup>True</DnsLookup>");
    assert_eq!(twice(&format!("{first}{second}")), [second]);
    assert_eq!(twice(&format!("{first}<CheckRevocation/>{second}")), [""; 0]);
}

#[test]
fn filters_that_sysmon_leaves_out_do_not_run() {
    let both = "<CreateRemoteThread onmatch=\"exclude\" default=\"include\"/>";
    check(both, &EVENT, "dropped");
    let lost = "<RegistryEvent onmatch=\"include\"><Details>d</Details><NewName>n</NewName></RegistryEvent>";
    let parsed = read("4.50", &format!("<EventFiltering>{lost}{lost}</EventFiltering>"), "4.91");
    let codes: Vec<_> = parsed.diagnostics.iter().map(|complaint| complaint.code.name()).collect();
    assert_eq!(codes, ["filter-lost", "filter-lost"]);
    assert!(parsed.config.filters.iter().all(|filter| filter.bound.is_none()));
    assert!(parsed.policy().is_some());
}

#[test]
fn a_newer_operator_is_refused_by_an_older_sysmon() {
    let body = filter("include", "<SourceImage condition=\"is any\">a</SourceImage>");
    let accepted =
        |imitated| read("4.22", &format!("<EventFiltering>{body}</EventFiltering>"), imitated).is_accepted();
    assert!(accepted("11.10") && !accepted("10.4"));
}

#[test]
fn spans_survive_utf16_and_marks() {
    let text = "<Sysmon schemaversion=\"4.90\"><Ü/></Sysmon>";
    let wide: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    check_errors(wide, &["unknown-element Ü"]);
    check_errors(format!("\u{feff}{text}"), &["unknown-element Ü"]);
}

#[test]
fn complaints_have_a_limit() {
    let body = "<x/>".repeat(5000);
    let parsed = read("4.90", &body, "4.91");
    assert_eq!((parsed.diagnostics.len(), parsed.omitted), (1000, 4000));
}
