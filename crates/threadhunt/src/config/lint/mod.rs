//! Warnings: what Sysmon takes without a word and what probably is not meant.
//!
//! A check looks at one condition ([`condition`], [`never`]), at one filter ([`filter`]), or at all
//! filters of a tag ([`tag`], [`leak`], [`reach`]). Each yields complaints; none changes what the configuration does.
//! Files that Sysmon refuses are checked too, as far as they were understood.

mod condition;
mod cover;
mod filter;
mod leak;
mod literal;
mod never;
mod reach;
mod tag;

pub(super) use leak::left_behind;

use super::layouts::Layouts;
use super::parse::Complaints;
use super::{Config, Filter, OnMatch};

/// Checks everything that was understood.
pub(super) fn lint(config: &Config, complaints: &mut Complaints) {
    for filter in &config.filters {
        let conditions = filter.conditions();
        conditions
            .flat_map(|found| condition::CHECKS.iter().filter_map(|check| check(found)))
            .for_each(|c| complaints.push(c));
        filter::check(config, filter, complaints);
    }
    let mut contradictions = literal::Contradictions::default();
    for layout in Layouts::of(config.imitated.schema()).tags() {
        let filters = running(config, layout.name);
        tag::check(layout, &filters, complaints);
        leak::check(config, &filters, complaints);
        reach::check(config, layout, &filters, &mut contradictions, complaints);
    }
}

/// The filters of a tag that run, in the order in which they are tried.
pub(super) fn running<'c>(config: &'c Config, tag: &str) -> Vec<&'c Filter> {
    let runs = |filter: &&Filter| filter.bound.is_some() && filter.tag.value == tag;
    let mut filters: Vec<_> = config.filters.iter().rev().filter(runs).collect();
    filters.sort_by_key(|filter| is_include(filter));
    filters
}

pub(super) fn is_include(filter: &Filter) -> bool {
    filter.on_match.as_ref().is_some_and(|on_match| on_match.value == OnMatch::Include)
}

#[cfg(test)]
mod tests {
    use crate::config::{Imitated, parse};

    /// The codes and quoted places of the warnings on one filter of event 8.
    fn warnings(body: &str) -> Vec<String> {
        let text = format!("<Sysmon schemaversion=\"4.90\"><EventFiltering>{body}</EventFiltering></Sysmon>");
        let parsed = parse(text.as_bytes(), Imitated::default());
        assert!(parsed.is_accepted(), "{:?}", parsed.diagnostics);
        let quote = |span: &std::ops::Range<usize>| parsed.config.text[span.clone()].to_owned();
        parsed.diagnostics.iter().map(|c| format!("{} {}", c.code.name(), quote(&c.span))).collect()
    }

    /// The warnings on the conditions of one including filter of event 8, whose items are alternatives.
    #[track_caller]
    fn check(items: &str, expected: &[&str]) {
        let group = "<RuleGroup groupRelation=\"or\"><CreateRemoteThread onmatch=\"include\">";
        assert_eq!(
            warnings(&format!("{group}{items}</CreateRemoteThread></RuleGroup>")),
            expected,
            "{items}"
        );
    }

    /// The warnings on whole filters.
    #[track_caller]
    fn check_filters(filters: &str, expected: &[&str]) {
        assert_eq!(warnings(filters), expected, "{filters}");
    }

    #[test]
    fn blanks_around_values_and_items() {
        check("<StartModule condition=\"end with\"> a.dll\n</StartModule>", &["outer-space  a.dll\n"]);
        check("<StartModule condition=\"contains any\">ab; cd</StartModule>", &["outer-space ab; cd"]);
        check("<StartModule condition=\"contains\">a b</StartModule>", &[]);
    }

    #[test]
    fn lists_and_single_values() {
        check("<StartModule condition=\"contains any\">ab;</StartModule>", &["empty-item ab;"]);
        check("<StartModule condition=\"contains\">ab;cd</StartModule>", &["list-in-single ab;cd"]);
        check(
            "<StartModule condition=\"excludes all\">ab;cd</StartModule>",
            &["reversed-operator excludes all"],
        );
        check("<StartModule condition=\"excludes any\">ab</StartModule>", &[]);
    }

    #[test]
    fn values_that_are_not_what_they_seem() {
        check(r#"<StartModule condition="end with">\*.dll</StartModule>"#, &[r"literal-wildcard \*.dll"]);
        check("<NewThreadId condition=\"more than\">1000</NewThreadId>", &["number-as-text more than"]);
        check(
            r#"<StartModule condition="begin with">%SystemRoot%\x</StartModule>"#,
            &[r"environment-variable %SystemRoot%\x"],
        );
        check("<StartModule condition=\"contains\">100% a%</StartModule>", &[]);
        let expanded = |field: &str, operator: &str, value: &str| {
            let expected = format!("environment-variable {value}");
            check(&format!("<{field} condition=\"{operator}\">{value}</{field}>"), &[&expected]);
        };
        expanded("TargetImage", "image", r"%WINDIR%\x.exe");
        expanded("TargetImage", "end with", r"%DIR%\");
        expanded("NewThreadId", "is", "%ID%");
        expanded("RuleName", "is", "%NAME%");
    }

    #[test]
    fn conditions_that_never_or_always_hold() {
        let never = [
            "<SourceProcessGuid>1c9fdc81-9d71-5cc3-0000-00109cad0000</SourceProcessGuid>",
            "<StartAddress>0x7ffb26853970</StartAddress>",
            "<NewThreadId>0x2a</NewThreadId>",
            "<NewThreadId condition=\"is any\">1;042</NewThreadId>",
            "<TargetImage>lsass.exe</TargetImage>",
            r#"<TargetImage condition="image">System32\lsass.exe</TargetImage>"#,
            r#"<TargetImage condition="end with">lsass.exe\</TargetImage>"#,
            "<StartModule></StartModule>",
            "<StartModule condition=\"excludes\"></StartModule>",
        ];
        for item in never {
            let found =
                warnings(&format!("<CreateRemoteThread onmatch=\"include\">{item}</CreateRemoteThread>"));
            assert!(found.len() == 1 && found[0].starts_with("never-matches"), "{item}: {found:?}");
        }
        check("<StartModule condition=\"contains\"></StartModule>", &["always-matches StartModule"]);
        let is_never = |tag: &str, field: &str, operator: &str, value: &str| {
            let condition = format!("<{field} condition=\"{operator}\">{value}</{field}>");
            let found = warnings(&format!("<{tag} onmatch=\"include\">{condition}</{tag}>"));
            assert!(
                found.iter().all(|found| *found == format!("never-matches {value}")),
                "{condition}: {found:?}"
            );
            found.len() == 1
        };
        for (tag, field, operator, never, other) in [
            (
                "ProcessCreate",
                "Hashes",
                "is",
                "D41D8CD98F00B204E9800998ECF8427E",
                "MD5=D41D8CD98F00B204E9800998ECF8427E",
            ),
            ("ProcessCreate", "Hashes", "begin with", "d41d", "MD5=D41D"),
            ("ProcessCreate", "CommandLine", "is", "a 100%", "a 100"),
            ("ProcessCreate", "CommandLine", "begin with", "50%o", "50%"),
            ("ProcessCreate", "CommandLine", "end with", "50%", "%"),
            ("ProcessCreate", "CommandLine", "contains", "50%o", "50%"),
            ("CreateRemoteThread", "StartAddress", "begin with", "0x7ff", "0x00007FF"),
            ("CreateRemoteThread", "StartAddress", "begin with", "7ff", "0xFFFFF"),
            ("CreateRemoteThread", "StartAddress", "contains", "kernel", "7FF"),
            ("CreateRemoteThread", "SourceProcessId", "contains any", "4;a", "4;5"),
            ("CreateRemoteThread", "SourceProcessGuid", "begin with", "1c9f", "{1c9f"),
            ("CreateRemoteThread", "SourceProcessGuid", "end with", "0000", "0000}"),
            ("ProcessAccess", "GrantedAccess", "begin with", "1", "0x1"),
            ("ProcessAccess", "GrantedAccess", "is", "5136", "0x1410"),
            ("NetworkConnect", "DestinationPort", "begin with", "http", "80"),
            ("NetworkConnect", "Initiated", "contains", "yes", "RU"),
        ] {
            assert!(is_never(tag, field, operator, never), "{field} {operator} {never}");
            assert!(!is_never(tag, field, operator, other), "{field} {operator} {other}");
        }
        for item in [
            "<SourceProcessGuid>{1c9fdc81-9d71-5cc3-0000-00109cad0000}</SourceProcessGuid>",
            "<StartAddress>0x00007FFB26853970</StartAddress>",
            "<StartAddress condition=\"begin with\">0x00007FF</StartAddress>",
            "<NewThreadId>42</NewThreadId>",
            r"<TargetImage>C:\Windows\System32\lsass.exe</TargetImage>",
            "<TargetImage>System</TargetImage>",
            r#"<TargetImage condition="image">lsass.exe</TargetImage>"#,
        ] {
            check(item, &[]);
        }
    }

    #[test]
    fn what_stands_twice_or_behind_everything() {
        let one = "<StartModule condition=\"contains\">AB</StartModule>";
        check(
            &format!("{one}{}", one.to_lowercase().replace("startmodule", "StartModule")),
            &["duplicate ab"],
        );
        let all = "<StartModule condition=\"is not\">-x-</StartModule><StartModule condition=\"is not\">-y-</StartModule>";
        let filter =
            |body: &str| format!("<CreateRemoteThread onmatch=\"include\">{body}</CreateRemoteThread>");
        check_filters(&filter(all), &["always-matches is not"]);
        let always = "<StartModule condition=\"begin with\"/>";
        check(&format!("{always}{one}"), &["always-matches StartModule", "unreachable StartModule"]);
    }

    #[test]
    fn rules_that_do_not_say_how_their_conditions_stand() {
        let two = "<SourceUser>a</SourceUser><TargetUser>b</TargetUser>";
        check(&format!("<Rule>{two}</Rule>"), &["rule-relation TargetUser"]);
        check(&format!("<Rule groupRelation=\"both\">{two}</Rule>"), &["rule-relation both"]);
        check(&format!("<Rule groupRelation=\"AND\">{two}</Rule>"), &[]);
        check("<Rule><SourceUser>a</SourceUser><SourceUser>b</SourceUser></Rule>", &[]);
    }

    #[test]
    fn filters_without_a_group_that_need_several_rules() {
        let (a, b) = ("<SourceUser>a</SourceUser>", "<SourceUser>b</SourceUser>");
        let (c, rule) = ("<TargetUser>c</TargetUser>", "<Rule><SourceUser>r</SourceUser></Rule>");
        let filter =
            |items: &str| format!("<CreateRemoteThread onmatch=\"exclude\">{items}</CreateRemoteThread>");
        for items in [[a, c], [a, rule], [rule, a]] {
            check_filters(&filter(&items.concat()), &["filter-relation CreateRemoteThread"]);
            let group = |relation| {
                format!("<RuleGroup groupRelation=\"{relation}\">{}</RuleGroup>", filter(&items.concat()))
            };
            check_filters(&group("and"), &[]);
            check_filters(&group("or"), &[]);
        }
        check_filters(
            &filter(&[rule, &rule.replace(">r<", ">x<")].concat()),
            &["filter-relation CreateRemoteThread"],
        );
        for items in [&[a, b][..], &[rule], &[a, "<Rule> </Rule>"], &[]] {
            let found = warnings(&filter(&items.concat()));
            assert!(!found.iter().any(|found| found.starts_with("filter-relation")), "{items:?} {found:?}");
        }
        let items = "<StartModule>a</StartModule><StartFunction>b</StartFunction>";
        let old = format!(
            "<Sysmon schemaversion=\"4.10\"><EventFiltering>{}</EventFiltering></Sysmon>",
            filter(items)
        );
        assert!(parse(old.as_bytes(), Imitated::default()).diagnostics.is_empty());
    }

    #[test]
    fn empty_names_hide_others() {
        let group = |name: &str, items: &str| {
            format!(
                "<RuleGroup name=\"{name}\" groupRelation=\"or\"><CreateRemoteThread onmatch=\"include\">\
                 {items}</CreateRemoteThread></RuleGroup>"
            )
        };
        let named = |name: &str| format!("<SourceUser name=\"{name}\">a</SourceUser>");
        check_filters(&group("G", &named("")), &["empty-name "]);
        check_filters(&group("", &named("")), &[]);
        check_filters(&group("G", &named("N")), &[]);
        check_filters(&group("G", "<Rule name=\"\"><SourceUser>a</SourceUser></Rule>"), &["empty-name "]);
    }

    #[test]
    fn a_filter_never_sees_a_rules_name() {
        check("<RuleName>T1055</RuleName>", &["never-matches RuleName"]);
        check("<RuleName condition=\"excludes\">T1055</RuleName>", &["always-matches RuleName"]);
    }

    #[test]
    fn two_excluding_filters_silence_an_event() {
        let exclude =
            |value: &str| format!("<DnsQuery onmatch=\"exclude\"><QueryName>{value}</QueryName></DnsQuery>");
        check_filters(&format!("{}{}", exclude("a"), exclude("b")), &["silent-event DnsQuery"]);
        check_filters(&exclude("a"), &[]);
        check_filters(
            &format!("{}<DnsQuery onmatch=\"include\"/>", exclude("a")),
            &["silent-event DnsQuery"],
        );
    }

    /// The first warning on one condition, or on whole filters, with its remedy.
    fn advice(body: &str) -> String {
        let text = format!("<Sysmon schemaversion=\"4.90\"><EventFiltering>{body}</EventFiltering></Sysmon>");
        let parsed = parse(text.as_bytes(), Imitated::default());
        let found = &parsed.diagnostics[0];
        format!("{}: {}", found.message, found.help.as_deref().unwrap_or_default())
    }

    #[test]
    fn remedies_fit_what_is_wrong() {
        let of = |operator: &str, value: &str| {
            let condition = format!("<TargetImage condition=\"{operator}\">{value}</TargetImage>");
            advice(&format!("<CreateRemoteThread onmatch=\"include\">{condition}</CreateRemoteThread>"))
        };
        assert!(of("image", "a.exe;b.exe").contains("one condition `image` for each item"));
        assert!(of("image", r"C:\a.exe;C:\b.exe").contains("write `is any` for a list"));
        assert!(of("contains all", "a;b;").contains("changes nothing"));
        assert!(of("contains all", "a;;b;").contains("all that follows it"));
        assert!(of("contains any", "a;").contains("matches everything"));
        let dns = |kind: &str| format!("<DnsQuery onmatch=\"{kind}\"/>");
        assert!(advice(&(dns("include") + &dns("exclude"))).ends_with("or give it some"));
        assert!(advice(&dns("exclude").repeat(2)).ends_with("merge the excluding filters into one"));
        assert!(advice(&dns("include").repeat(2)).contains("keep one filter"));
    }

    #[test]
    fn an_empty_filter_at_the_end_switches_some_events_off() {
        let rules = |tag: &str| format!("<{tag} onmatch=\"include\"><Image>C:\\a</Image></{tag}>");
        let empty = |tag: &str, kind: &str| format!("<{tag} onmatch=\"{kind}\"/>");
        for tag in ["ImageLoad", "NetworkConnect", "DnsQuery"] {
            let expected = format!("switched-off {tag}");
            check_filters(&(rules(tag) + &empty(tag, "include")), &[&expected]);
            check_filters(&(empty(tag, "include") + &rules(tag)), &[]);
            check_filters(&(rules(tag) + &empty(tag, "exclude")), &[]);
            check_filters(&empty(tag, "include"), &[]);
        }
        check_filters(&(rules("FileCreate") + &empty("FileCreate", "include")), &[]);
    }

    #[test]
    fn names_leak_into_later_filters() {
        let exclude = "<RuleGroup name=\"X\" groupRelation=\"and\"><CreateRemoteThread onmatch=\"exclude\">\
            <SourceImage condition=\"image\">a.exe</SourceImage><TargetImage condition=\"image\">b.exe</TargetImage>\
            </CreateRemoteThread></RuleGroup>";
        let include = |name: &str| {
            format!(
                "<CreateRemoteThread onmatch=\"include\"><SourceUser{name}>a</SourceUser></CreateRemoteThread>"
            )
        };
        check_filters(&format!("{exclude}{}", include("")), &["leaking-name X"]);
        check_filters(&format!("{exclude}{}", include(" name=\"Y\"")), &[]);
        let rule = |conditions: &str| format!("<Rule groupRelation=\"and\">{conditions}</Rule>");
        let named = "<SourceUser name=\"N\">a</SourceUser>";
        let half = rule(&format!("{named}<TargetUser>b</TargetUser>"));
        check(&format!("{half}<SourceUser>c</SourceUser>"), &["leaking-name N"]);
        check(&format!("<SourceUser>c</SourceUser>{half}"), &[]);
        check(
            &format!("{half}{}", rule("<SourceUser>c</SourceUser><TargetUser name=\"M\">b</TargetUser>")),
            &[],
        );
    }

    #[test]
    fn fields_at_other_places_work_for_one_event_only() {
        let filter =
            |field: &str| format!("<RegistryEvent onmatch=\"include\"><{field}>a</{field}></RegistryEvent>");
        check_filters(&filter("User"), &["shared-tag User"]);
        check_filters(&filter("TargetObject"), &[]);
        check_filters(&filter("Details"), &[]);
    }
}
