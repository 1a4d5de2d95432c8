//! What is called unreachable never decides: written out, and over random configurations with all small events.

use std::borrow::Cow;
use std::fmt::Write;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::config::{Decision, Imitated, Item, Parsed, Policy, Subject, parse};
use crate::report::{Diagnostic, DiagnosticCode as Code};
use crate::schema::{FieldId, fields};

pub(in crate::config::lint) fn read(filters: &str) -> Parsed {
    let text = format!("<Sysmon schemaversion=\"4.90\"><EventFiltering>{filters}</EventFiltering></Sysmon>");
    let parsed = parse(text.as_bytes(), Imitated::default());
    assert!(parsed.is_accepted(), "{:?} {filters}", parsed.diagnostics);
    parsed
}

/// Whether a complaint is one of those that are made here.
fn is_ours(complaint: &Diagnostic) -> bool {
    complaint.code == Code::Unreachable || complaint.message.starts_with("this Rule never holds")
}

fn group(relation: &str, filters: &str) -> String {
    format!("<RuleGroup groupRelation=\"{relation}\">{filters}</RuleGroup>")
}

fn filter(on_match: &str, items: &str) -> String {
    format!("<CreateRemoteThread onmatch=\"{on_match}\">{items}</CreateRemoteThread>")
}

/// A condition on StartModule: `operator:value`.
fn module(condition: &str) -> String {
    let (operator, value) = condition.split_once(':').unwrap();
    format!("<StartModule condition=\"{operator}\">{value}</StartModule>")
}

fn and(conditions: &[&str]) -> String {
    format!("<Rule groupRelation=\"and\">{}</Rule>", conditions.iter().map(|c| module(c)).collect::<String>())
}

/// The filters have one complaint of ours, which has these words and points to this text.
#[track_caller]
fn check(filters: &str, message: &str, pointed: &str) {
    let parsed = read(filters);
    let ours: Vec<_> = parsed.diagnostics.iter().filter(|complaint| is_ours(complaint)).collect();
    assert_eq!(ours.len(), 1, "{ours:?} {filters}");
    assert!(ours[0].message.contains(message), "{:?}", ours[0].message);
    let related = &ours[0].related[0];
    assert!(parsed.config.text[related.span.clone()].contains(pointed), "{ours:?}");
}

#[track_caller]
fn check_none(filters: &str) {
    let parsed = read(filters);
    assert!(!parsed.diagnostics.iter().any(is_ours), "{:?} {filters}", parsed.diagnostics);
}

/// The second of two alternatives never decides because of the first.
#[track_caller]
fn check_pair(first: &str, second: &str, covered: bool) {
    let filters = group("or", &filter("include", &format!("{}{}", module(first), module(second))));
    match covered {
        true => check(&filters, "something before it in the filter holds", first.split_once(':').unwrap().1),
        false => check_none(&filters),
    }
}

#[test]
fn narrower_conditions_behind_broader_ones() {
    for (first, second) in [
        ("contains:b", "is:abc"),
        ("contains:b", "contains:abc"),
        ("contains:B", "end with:\\ab"),
        ("contains any:x;b", "contains any:abc;xy"),
        ("contains:b", "contains all:b;c"),
        ("begin with:a", "begin with:abc"),
        ("begin with:a", "is any:ab;ac"),
        ("end with:.dll", "image:a.dll"),
        ("end with:.dll", "end with:\\a.dll"),
        ("image:a.dll", "is:c:\\a.dll"),
        ("image:a.dll", "end with:\\a.dll"),
        ("is any:a;b", "is:b"),
        ("is not:a", "is:b"),
        ("is not:a", "contains:b"),
        ("excludes:abc", "excludes:abc"),
        ("more than:5", "more than:5"),
    ] {
        let same = first == second;
        if same {
            check_none(&group("or", &filter("include", &module(first).repeat(2))));
        } else {
            check_pair(first, second, true);
        }
    }
}

#[test]
fn what_is_not_certain_is_not_said() {
    for (first, second) in [
        ("contains:abc", "contains:b"),
        ("begin with:abc", "begin with:a"),
        ("end with:a.dll", "is any:a.dll;b"),
        ("image:a.dll", "end with:a.dll"),
        ("end with:\\a.dll", "image:a.dll"),
        ("is not:ab", "contains:b"),
        ("contains any:;b", "is:b"),
        ("more than:5", "is:6"),
        ("contains all:a;b", "contains:a"),
    ] {
        check_pair(first, second, false);
    }
}

#[test]
fn of_variables_nothing_is_known() {
    for (first, second) in [
        ("begin with:%a%", "is:%a%b"),
        ("contains:%", "contains:%a%b"),
        ("is not:%a%", "is:b"),
        ("is not:a", "is:%a%"),
        ("contains any:b;%a%", "is:b"),
    ] {
        check_pair(first, second, false);
    }
    check_pair("contains:%", "contains:a%b", true);
    let long = format!("is not:%{}", "a".repeat(260));
    check_pair(&long, "is:b", false);
    let or = |items: &str| group("or", &filter("include", items));
    check_none(&or(&and(&["begin with:%a%", "is:b"])));
    check_none(&or(&and(&["begin with:%a%", "not begin with:%a%b"])));
    check(&or(&(and(&["is:%a%"]) + &and(&["is:%A%", "is not:c"]))), "something before it", "%a%");
}

#[test]
fn rules_that_need_all_of_their_conditions() {
    let or = |items: &str| group("or", &filter("include", items));
    check(&or(&(module("contains:b") + &and(&["is not:x", "is:abc"]))), "something before it", "contains");
    check(
        &or(&(and(&["contains:a", "contains:b"]) + &and(&["contains:B", "contains:a"]))),
        "before it",
        "Rule",
    );
    check_none(&or(&(and(&["contains:a", "contains:b"]) + &module("contains:a"))));
    for (one, other) in [
        ("is:a", "is:b"),
        ("contains:ab", "excludes:b"),
        ("begin with:ab", "begin with:ac"),
        ("end with:b", "image:c"),
        ("is any:a;b", "contains:c"),
        ("contains all:ab;c", "excludes any:b;x"),
    ] {
        check(&or(&and(&[one, other])), "contradict each other", one.split_once(':').unwrap().1);
    }
    check_none(&or(&and(&["contains:a", "excludes:ab"])));
    check_none(&or(&and(&["image:a", "end with:a"])));
}

#[test]
fn what_an_exclusion_always_cuts() {
    let exclude = |items: &str| group("or", &filter("exclude", items));
    let include = |items: &str| group("or", &filter("include", items));
    let all = exclude(&module("end with:.dll")) + &include(&(module("image:a.dll") + &module("image:b.exe")));
    check(&all, "an exclusion, which Sysmon tries first", "end with");
    let needed = exclude(&module("end with:.dll"))
        + &group("and", &filter("include", &(module("image:a.dll") + "<StartFunction>f</StartFunction>")));
    check(&needed, "this filter never decides", "end with");
    let number = exclude(&format!("<NewThreadId>1</NewThreadId>{}", module("end with:.dll")));
    check_none(&(number + &include(&module("image:a.dll"))));
    let twice = include(&module("is:ab")) + &include(&module("contains:a"));
    check(&twice, "an inclusion further down", "contains");
    check_none(&(include(&module("contains:a")) + &include(&module("is:xb"))));
}

#[test]
fn everything_behind_what_always_holds() {
    let always = module("begin with:") + &module("is:a") + &module("is:b");
    check(&group("or", &filter("include", &always)), "nothing from here on is tried", "begin with");
    // Events 13 and 14 have User at another place, where Sysmon does not find it.
    let shared = "<User condition=\"contains\"></User><TargetObject>a</TargetObject>";
    check_none(&group("or", &format!("<RegistryEvent onmatch=\"include\">{shared}</RegistryEvent>")));
}

#[test]
fn a_name_that_stays_is_told() {
    let rule = and(&["contains:a", "is:ab"]).replacen("<Rule ", "<Rule name=\"N\" ", 1);
    let parsed = read(&group("or", &filter("include", &(module("contains:b") + &rule))));
    let ours = parsed.diagnostics.iter().find(|complaint| is_ours(complaint)).unwrap();
    assert!(ours.help.as_deref().is_some_and(|help| help.contains("`N` can still appear")), "{ours:?}");
}

/// An event 8 with three fields.
pub(in crate::config::lint) struct Small<'v>(&'v str, &'v str, Option<&'v str>);

impl Subject for Small<'_> {
    fn id(&self) -> u16 {
        8
    }

    fn text(&self, field: FieldId) -> Option<Cow<'_, str>> {
        let text = match field {
            fields::START_MODULE => Some(self.0),
            fields::START_FUNCTION => Some(self.1),
            fields::NEW_THREAD_ID => self.2,
            _ => None,
        };
        text.map(Cow::Borrowed)
    }
}

const OPERATORS: [&str; 16] = [
    "is",
    "is not",
    "is any",
    "contains",
    "contains any",
    "contains all",
    "excludes",
    "excludes any",
    "excludes all",
    "begin with",
    "not begin with",
    "end with",
    "not end with",
    "less than",
    "more than",
    "image",
];

fn condition() -> impl Strategy<Value = String> {
    let field = prop_oneof![6 => Just("StartModule"), 2 => Just("StartFunction"), 1 => Just("NewThreadId")];
    let name = prop_oneof![3 => Just(""), 1 => Just(" name=\"n\""), 1 => Just(" name=\"m\"")];
    let operator = proptest::sample::select(&OPERATORS[..]);
    let value = prop_oneof![4 => "[ab\\\\]{1,2}", 2 => "[ab]{1,2};[ab]{1,2}", 1 => "[ab;]{0,3}"];
    (field, name, operator, value).prop_map(|(field, name, operator, value)| {
        format!("<{field}{name} condition=\"{operator}\">{value}</{field}>")
    })
}

fn item() -> impl Strategy<Value = String> {
    let rule = (any::<bool>(), prop::collection::vec(condition(), 1..4)).prop_map(|(all, conditions)| {
        format!("<Rule groupRelation=\"{}\">{}</Rule>", if all { "and" } else { "or" }, conditions.concat())
    });
    prop_oneof![3 => condition(), 2 => rule]
}

pub(in crate::config::lint) fn configuration() -> impl Strategy<Value = String> {
    let filter =
        (any::<bool>(), 0..4, prop::collection::vec(item(), 1..5)).prop_map(|(include, relation, items)| {
            let on_match = if include { "include" } else { "exclude" };
            group(if relation == 0 { "and" } else { "or" }, &filter(on_match, &items.concat()))
        });
    prop::collection::vec(filter, 1..4).prop_map(|filters| filters.concat())
}

/// Calls for every small event.
pub(in crate::config::lint) fn each_event(mut look: impl FnMut(&Small<'_>)) {
    let letters = ["a", "b", "\\"];
    let pairs = letters.iter().flat_map(|one| letters.iter().map(move |other| format!("{one}{other}")));
    let mut texts: Vec<String> = letters.iter().map(|&letter| letter.to_owned()).chain(pairs).collect();
    texts.push("-".to_owned());
    let triples =
        ["aab", "aba", "bab", "a\\b", "b\\a", "abb", "ab\\", "\\ab", "aaa", "bbb", "a;b"].map(str::to_owned);
    let modules: Vec<String> = texts.iter().cloned().chain(triples).collect();
    for module in &modules {
        for function in &texts {
            for thread in [None, Some("a"), Some("ab")] {
                look(&Small(module, function, thread));
            }
        }
    }
}

/// The index of the filter that a complaint is about, and of its item where it is about one.
fn place(parsed: &Parsed, complaint: &Diagnostic) -> (usize, Option<usize>) {
    let within = |span: &std::ops::Range<usize>| span.contains(&complaint.span.start);
    let at = parsed.config.filters.iter().position(|filter| within(&filter.span)).unwrap();
    let filter = &parsed.config.filters[at];
    let item = filter.items.iter().position(|item| match item {
        Item::Condition(condition) => within(&condition.span),
        Item::Rule(rule) => within(&rule.span),
    });
    (at, item)
}

#[test]
fn what_is_called_unreachable_never_decides() {
    let mut runner = TestRunner::deterministic();
    let (mut told, mut removed) = (0, 0);
    for _ in 0..900 {
        let filters = configuration().new_tree(&mut runner).unwrap().current();
        let parsed = read(&filters);
        let policy = parsed.policy().unwrap();
        let dead: Vec<_> = parsed.diagnostics.iter().filter(|complaint| is_ours(complaint)).collect();
        told += dead.len();
        for complaint in dead {
            never_decides(&parsed, &policy, complaint);
            removed += usize::from(can_be_removed(&parsed, &policy, complaint));
        }
    }
    assert!(told > 300 && removed > 150, "{told} complaints, {removed} removals tried");
}

fn never_decides(parsed: &Parsed, policy: &Policy, complaint: &Diagnostic) {
    let (filter, item) = place(parsed, complaint);
    let onwards = complaint.message.starts_with("nothing from here on");
    each_event(|event| {
        let verdict = policy.decide(event);
        let Decision::Filter { filter: by, item: by_item } = verdict.decision else { return };
        let is_it = by_item.is_none() || item.is_none() || by_item == item || onwards && by_item > item;
        assert!(
            by != filter || !is_it,
            "{:?} {:?} {:?}: {complaint:?} {}",
            event.0,
            event.1,
            event.2,
            parsed.config.text
        );
    });
}

/// Where no name is told of, an alternative can go, and all verdicts and names stay.
fn can_be_removed(parsed: &Parsed, policy: &Policy, complaint: &Diagnostic) -> bool {
    let (filter, Some(item)) = place(parsed, complaint) else { return false };
    let filter = &parsed.config.filters[filter];
    let item = &filter.items[item];
    // What asks for a number may end a filter, even if it never decides.
    let numbers = item.conditions().iter().any(|condition| condition.field.value == fields::NEW_THREAD_ID);
    if numbers || complaint.help.is_some() || parsed.config.relation(filter) != crate::config::Relation::Or {
        return false;
    }
    let mut text = parsed.config.text.clone();
    text.replace_range(
        match item {
            Item::Condition(condition) => condition.span.clone(),
            Item::Rule(rule) => rule.span.clone(),
        },
        "",
    );
    let without = parse(text.as_bytes(), Imitated::default()).policy().unwrap();
    each_event(|event| {
        let (one, other) = (policy.decide(event), without.decide(event));
        assert_eq!(
            (one.logged, one.rule_name),
            (other.logged, other.rule_name),
            "{:?} {:?}: {complaint:?} {}",
            event.0,
            event.1,
            parsed.config.text
        );
    });
    true
}

/// Configurations of a megabyte, made to be slow; the limit is a time that no slow machine reaches.
#[test]
fn hostile_configurations_are_done_in_time() {
    let fill = |make: &dyn Fn(usize) -> String| {
        let mut items = String::new();
        for index in 0.. {
            let more = make(index);
            if items.len() + more.len() > 1 << 20 {
                break;
            }
            items.push_str(&more);
        }
        items
    };
    let or = |items: &str| group("or", &filter("include", items));
    let long = "a".repeat(200_000);
    let many_equal = {
        let mut rule = String::from("<Rule groupRelation=\"and\">");
        rule.push_str(&fill(&|index| module(&format!("contains:{index}"))));
        rule + "</Rule>"
    };
    let one_list = {
        let mut list = String::new();
        (0..120_000).for_each(|index| write!(list, "{index:x};").unwrap());
        list
    };
    let cases = [
        ("beginnings", or(&fill(&|index| module(&format!("begin with:{}{index}", "a".repeat(index % 99)))))),
        (
            "parts",
            or(&(fill(&|index| module(&format!("contains:aaaa{}b{index}", "a".repeat(40))))
                + &module(&format!("is:{long}")))),
        ),
        ("long values", or(&fill(&|index| module(&format!("contains:{}{index}", &long[..9000]))))),
        ("rules", or(&fill(&|index| and(&["contains:a", "contains:b", &format!("is:{index}")])))),
        ("one rule", or(&many_equal)),
        (
            "lists",
            or(&(module(&format!("is any:{one_list}")) + &module(&format!("contains all:{one_list}")))),
        ),
        (
            "contradictions",
            or(&fill(&|index| {
                and(&[
                    &format!("contains:{}", &long[..50_000]),
                    &format!("excludes:{}b{index}", &long[..25_000]),
                ])
            })),
        ),
        ("filters", fill(&|index| or(&module(&format!("contains:{index}"))))),
    ];
    for (name, filters) in cases {
        let started = Instant::now();
        let text =
            format!("<Sysmon schemaversion=\"4.90\"><EventFiltering>{filters}</EventFiltering></Sysmon>");
        let parsed = parse(text.as_bytes(), Imitated::default());
        assert!(parsed.is_accepted());
        assert!(started.elapsed() < Duration::from_secs(20), "{name}: {:?}", started.elapsed());
    }
}
