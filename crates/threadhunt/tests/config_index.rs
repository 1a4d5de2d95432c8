//! The index of a policy against the plain tree: the same verdict on any event, to the last detail.
//!
//! Configurations and events are drawn from alphabets so small that conditions hold, fail and leak
//! their names all the time.

#![allow(clippy::unwrap_used, reason = "tests may fail")]

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write;

use proptest::prelude::*;
use threadhunt::config::{Decision, Imitated, Policy, Subject, parse};
use threadhunt::schema::FieldId;

/// A tag, the ids of its events, and fields: of events with a shared tag some at another place or absent.
type Tag = (&'static str, &'static [u16], &'static [&'static str]);

const TAGS: &[Tag] = &[
    (
        "CreateRemoteThread",
        &[8],
        &["SourceImage", "TargetImage", "StartModule", "NewThreadId", "SourceProcessGuid", "RuleName"],
    ),
    (
        "RegistryEvent",
        &[12, 13, 14],
        &["TargetObject", "TargetObject", "Image", "Details", "User", "ProcessId", "EventType"],
    ),
];

const OPERATORS: &[&str] = &[
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

struct Bare<'v> {
    id: u16,
    fields: &'v HashMap<&'static str, String>,
}

impl Subject for Bare<'_> {
    fn id(&self) -> u16 {
        self.id
    }

    fn text(&self, field: FieldId) -> Option<Cow<'_, str>> {
        self.fields.get(field.name()).map(|text| Cow::Borrowed(&**text))
    }
}

fn values() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[abAB\\\\]{0,3}",
        2 => "[abB;\\\\]{0,6}",
        // Longer than what is tried one by one.
        1 => "([ab\\\\]{1,3};){5,8}[ab]{0,2}",
        1 => "[aéÉ�𐀀]{0,2}",
    ]
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just(String::new()),
        1 => Just(" name=\"\"".to_owned()),
        3 => (1..6).prop_map(|number| format!(" name=\"name {number}\"")),
    ]
}

fn conditions(fields: &'static [&'static str]) -> impl Strategy<Value = String> {
    let parts = (prop::sample::select(fields), prop::sample::select(OPERATORS), names(), values());
    parts.prop_map(|(field, operator, name, value)| {
        format!("<{field} condition=\"{operator}\"{name}>{value}</{field}>")
    })
}

fn rules(fields: &'static [&'static str]) -> impl Strategy<Value = String> {
    let relation = prop::sample::select(&["", " groupRelation=\"or\"", " groupRelation=\"and\""][..]);
    (relation, names(), prop::collection::vec(conditions(fields), 0..4)).prop_map(
        |(relation, name, conditions)| format!("<Rule{relation}{name}> {}</Rule>", conditions.concat()),
    )
}

fn filters() -> impl Strategy<Value = String> {
    let tag = prop::sample::select(TAGS);
    let groups = prop::option::weighted(0.7, (prop::bool::ANY, names()));
    (tag, prop::bool::weighted(0.6), groups).prop_flat_map(|((tag, _, fields), is_include, group)| {
        let items = prop::collection::vec(prop_oneof![3 => conditions(fields), 2 => rules(fields)], 0..7);
        items.prop_map(move |items| {
            let on_match = if is_include { "include" } else { "exclude" };
            let filter = format!("<{tag} onmatch=\"{on_match}\">{}</{tag}>", items.concat());
            match &group {
                Some((is_or, name)) => {
                    let relation = if *is_or { "or" } else { "and" };
                    format!("<RuleGroup groupRelation=\"{relation}\"{name}>{filter}</RuleGroup>")
                }
                None => filter,
            }
        })
    })
}

fn configurations() -> impl Strategy<Value = String> {
    prop::collection::vec(filters(), 1..6).prop_map(|filters| {
        let filters = filters.concat();
        format!("<Sysmon schemaversion=\"4.90\"><EventFiltering>{filters}</EventFiltering></Sysmon>")
    })
}

fn events() -> impl Strategy<Value = (u16, HashMap<&'static str, String>)> {
    prop::sample::select(TAGS).prop_flat_map(|(_, ids, fields)| {
        let value = prop::option::weighted(0.85, prop_oneof![9 => "[abAB\\\\]{0,5}", 1 => "[aéÉ�𐀀;]{0,4}"]);
        let values = prop::collection::vec(value, fields.len());
        (prop::sample::select(ids), values).prop_map(move |(id, values)| {
            let pairs = fields.iter().zip(values);
            (id, pairs.filter_map(|(field, value)| Some((*field, value?))).collect())
        })
    })
}

/// The policy, where its text is one that Sysmon takes.
fn policy(text: &str) -> Policy {
    let parsed = parse(text.as_bytes(), Imitated::default());
    parsed.policy().unwrap_or_else(|| panic!("{:?}\n{text}", parsed.diagnostics))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_decides_as_the_plain_tree(
        text in configurations(),
        events in prop::collection::vec(events(), 12),
    ) {
        let policy = policy(&text);
        let mut decider = policy.decider();
        for (id, fields) in &events {
            let subject = Bare { id: *id, fields };
            prop_assert_eq!(decider.decide(&subject), policy.decide(&subject), "{} {:?}", id, fields);
        }
    }
}

/// What the property is about happens in it: each kind of decision, names of all kinds, failures.
#[test]
fn the_drawn_cases_are_varied() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for _ in 0..300 {
        let text = configurations().new_tree(&mut runner).unwrap().current();
        let policy = policy(&text);
        for _ in 0..10 {
            let (id, fields) = events().new_tree(&mut runner).unwrap().current();
            let verdict = policy.decide(&Bare { id, fields: &fields });
            let kind = match verdict.decision {
                Decision::Filter { item: Some(_), .. } => "one item",
                Decision::Filter { item: None, .. } => "all items",
                Decision::Unmatched(_) => "unmatched",
                Decision::NoneOfSeveral => "none of several",
                _ => "no filter",
            };
            *seen.entry(kind).or_default() += 1;
            *seen.entry("named").or_default() += usize::from(!verdict.rule_name.is_empty());
            *seen.entry("failed").or_default() += usize::from(verdict.failed.is_some());
        }
    }
    for kind in ["one item", "all items", "unmatched", "none of several", "no filter", "named", "failed"] {
        assert!(seen.get(kind).is_some_and(|count| *count > 50), "{kind}: {seen:?}");
    }
}

fn check(filters: &str, id: u16, fields: &[(&'static str, &str)]) -> String {
    let text = format!("<Sysmon schemaversion=\"4.90\"><EventFiltering>{filters}</EventFiltering></Sysmon>");
    let policy = policy(&text);
    let fields = fields.iter().map(|(field, value)| (*field, (*value).to_owned())).collect();
    let subject = Bare { id, fields: &fields };
    let verdict = policy.decider().decide(&subject);
    assert_eq!(verdict, policy.decide(&subject));
    verdict.rule_name.to_owned()
}

#[test]
fn a_name_leaks_from_the_last_rule_that_began() {
    let mut rules = String::new();
    for number in 0..100 {
        let _ = write!(
            rules,
            "<Rule groupRelation=\"and\"><SourceImage condition=\"end with\" name=\"{number}\">a{}</SourceImage>\
             <TargetImage>b</TargetImage></Rule>",
            number % 10
        );
    }
    let filter = |item: &str| {
        format!(
            "<RuleGroup groupRelation=\"or\"><CreateRemoteThread onmatch=\"include\">{rules}{item}\
             </CreateRemoteThread></RuleGroup>"
        )
    };
    let unnamed = filter("<StartModule condition=\"contains\">x</StartModule>");
    let event = [("SourceImage", "aa7"), ("StartModule", "axa")];
    assert_eq!(check(&unnamed, 8, &event), "97");
    // Filters are tried from the last to the first.
    assert_eq!(check(&format!("{unnamed}{}", filter("")), 8, &event), "97");
    assert_eq!(check(&unnamed, 8, &[("SourceImage", "b"), ("StartModule", "x")]), "");
}

#[test]
fn the_first_rule_counts_whichever_anchor_is_found_first() {
    // The first waits for TargetImage, the second for SourceImage, which is looked at before.
    let filter = "<RuleGroup groupRelation=\"or\"><CreateRemoteThread onmatch=\"include\">\
        <Rule groupRelation=\"and\" name=\"1\"><SourceImage condition=\"contains\">a</SourceImage>\
        <TargetImage>b</TargetImage></Rule>\
        <Rule groupRelation=\"and\" name=\"2\"><SourceImage>a</SourceImage>\
        <SourceImage condition=\"contains\">a</SourceImage></Rule></CreateRemoteThread></RuleGroup>";
    assert_eq!(check(filter, 8, &[("SourceImage", "a"), ("TargetImage", "b")]), "1");
    assert_eq!(check(filter, 8, &[("SourceImage", "a"), ("TargetImage", "c")]), "2");
}

#[test]
fn texts_beyond_the_limits_are_decided_too() {
    // More lengths than one automaton searches for, and lists with empty items.
    let item = |length: usize| {
        format!("<SourceImage condition=\"contains\" name=\"{length}\">x{}</SourceImage>", "a".repeat(length))
    };
    let items: String = (1..400).map(item).collect();
    let reversed: String = (1..400).rev().map(item).collect();
    let filter = |items: &str| {
        format!(
            "<RuleGroup groupRelation=\"or\"><CreateRemoteThread onmatch=\"include\">{items}\
             </CreateRemoteThread></RuleGroup>"
        )
    };
    for length in [1, 200, 300, 399] {
        let text = format!("x{}", "A".repeat(length));
        assert_eq!(check(&filter(&items), 8, &[("SourceImage", &text)]), "1");
        assert_eq!(check(&filter(&reversed), 8, &[("SourceImage", &text)]), length.to_string());
    }
}
