//! Explanations of each oddity, in a short notation; and that they never say other than the verdict.

use proptest::prelude::*;

use super::*;
use crate::config::tests::{Bare, EVENT, NOTHING, SOURCE, TARGET, filter, group, read};
use crate::config::{Config, Imitated, Item, OnMatch, parse};

fn word(outcome: Outcome) -> String {
    match outcome {
        Outcome::Skipped(why) => format!("({})", why.name()),
        _ => outcome.name().to_owned(),
    }
}

fn item(steps: &ItemSteps<'_>, is_rule: bool) -> String {
    let conditions = steps.conditions.iter().map(|step| match step.name {
        "" => word(step.outcome),
        name => format!("{}={name}", word(step.outcome)),
    });
    let conditions = conditions.collect::<Vec<_>>().join(" ");
    if is_rule {
        return format!("{}[{conditions}]", word(steps.outcome));
    }
    let own = word(steps.outcome);
    if conditions.starts_with(&own) { conditions } else { format!("{own}<{conditions}>") }
}

/// A line for each filter: its index, what came of it, and its items.
fn notation(config: &Config, explanation: &Explanation<'_>) -> Vec<String> {
    let line = |steps: &FilterSteps<'_>| {
        let items = &config.filters[steps.index].items;
        let is_rule = |index: usize| matches!(items[index], Item::Rule(_));
        let told = steps.items.iter().map(|found| format!(" {}", item(found, is_rule(found.index))));
        format!("{} {}:{}", steps.index, steps.outcome.name(), told.collect::<String>())
    };
    explanation.filters.iter().map(line).collect()
}

/// The verdict in words, where its name came from, and the notation.
#[track_caller]
fn check(filters: &str, event: &Bare<'_>, verdict: &str, expected: &[&str]) {
    let parsed = read("4.90", &format!("<EventFiltering>{filters}</EventFiltering>"), "4.91");
    let policy = parsed.policy().unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
    let explanation = policy.explain(event);
    let mut words = if explanation.verdict.logged { "logged" } else { "dropped" }.to_owned();
    if let Some(source) = explanation.name_source() {
        words += &format!(" {} of {}/{}/{}", source.name, source.filter, source.item, source.condition);
    }
    if explanation.has_leaked_name() {
        words += ", leaked";
    }
    assert_eq!(words, verdict, "{filters}");
    assert_eq!(notation(&parsed.config, &explanation), expected, "{filters}");
    holds_together(&parsed.config, &explanation);
    assert_eq!(explanation.verdict, policy.decide(event));
}

#[test]
fn of_alternatives_the_rest_is_not_looked_at() {
    let body = format!("{NOTHING}{SOURCE}{TARGET}<Rule>{TARGET}{SOURCE}</Rule>");
    let expected = ["0 matched: failed held (enough) (enough)[(enough) (enough)]"];
    check(&group("or", "", &filter("include", &body)), &EVENT, "logged", &expected);
}

#[test]
fn conditions_on_one_field_are_forgiven_and_passed_over() {
    let other = SOURCE.replace("EVIL", "x");
    let body = format!("{other}{TARGET}{SOURCE}{other}");
    let expected = ["0 matched: forgiven<failed> held held (same-field)"];
    check(&group("and", "", &filter("include", &body)), &EVENT, "logged", &expected);
    let body = format!("{other}{TARGET}{other}{NOTHING}");
    let expected = ["0 unmatched: forgiven<failed> held failed (lost)"];
    check(&group("and", "", &filter("include", &body)), &EVENT, "dropped", &expected);
}

#[test]
fn a_leaking_name_has_its_place() {
    let half = group("and", "X", &filter("exclude", &format!("{SOURCE}{NOTHING}")));
    let both = format!("{half}{}", filter("include", TARGET));
    let expected = ["0 unmatched: held=X failed", "1 matched: held"];
    check(&both, &EVENT, "logged X of 0/0/0, leaked", &expected);
    let named = |name: &str| SOURCE.replacen(' ', &format!(" name=\"{name}\" "), 1);
    let rules = format!("<Rule groupRelation=\"and\">{}{NOTHING}</Rule>{TARGET}", named("A"));
    let expected = ["0 matched: failed[held=A failed] held"];
    check(&group("or", "", &filter("include", &rules)), &EVENT, "logged A of 0/0/0, leaked", &expected);
    let last = format!("<Rule groupRelation=\"and\">{}{}</Rule>", named("A"), named("B"));
    let expected = ["0 matched: held[held=A held=B]"];
    check(&group("or", "", &filter("include", &last)), &EVENT, "logged B of 0/0/1", &expected);
}

#[test]
fn excluding_filters_come_first_and_end_it() {
    let filters = [filter("include", SOURCE), filter("exclude", TARGET), filter("exclude", NOTHING)].concat();
    let expected = ["2 unmatched: failed", "1 matched: held", "0 not-tried: (decided)"];
    check(&filters, &EVENT, "dropped", &expected);
    let two = [filter("exclude", NOTHING), filter("exclude", "")].concat();
    check(&two, &EVENT, "dropped", &["1 unmatched:", "0 unmatched: failed"]);
}

#[test]
fn a_field_without_value_gives_the_filter_up() {
    let event = Bare(8, &[("SourceImage", r"C:\evil.exe")]);
    let number = "<NewThreadId condition=\"is not\">1</NewThreadId>";
    let body = format!("{NOTHING}<Rule>{number}{SOURCE}</Rule>{SOURCE}");
    let expected = ["0 given-up: failed no-value[no-value (given-up)] (given-up)"];
    check(&group("or", "", &filter("exclude", &body)), &event, "logged", &expected);
}

#[test]
fn a_filter_is_read_after_the_layout_of_one_event() {
    let body = "<RegistryEvent onmatch=\"include\"><User condition=\"is not\">u</User></RegistryEvent>";
    check(body, &Bare(12, &[]), "logged", &["0 matched: held"]);
    check(body, &Bare(13, &[]), "dropped", &["0 unmatched: failed<other-event>"]);
}

#[test]
fn events_without_filters_have_no_steps() {
    check("", &EVENT, "dropped", &[]);
    check("", &Bare(16, &[]), "logged", &[]);
    check(&filter("include", "<Rule> </Rule>"), &EVENT, "dropped", &["0 unmatched:"]);
}

#[test]
fn values_are_told_as_given_and_as_compared() {
    let body = format!("{SOURCE}{NOTHING}<RuleName>x</RuleName><NewThreadId>1</NewThreadId>");
    let text = group("or", "", &filter("include", &body.replace("EVIL", "x")));
    let parsed = read("4.90", &format!("<EventFiltering>{text}</EventFiltering>"), "4.91");
    let event = Bare(8, &[("SourceImage", r"C:\Evil.exe"), ("RuleName", "T")]);
    let explanation = parsed.policy().unwrap().explain(&event).fields;
    let texts: Vec<_> = explanation
        .iter()
        .map(|seen| (seen.field.name(), seen.given.as_deref(), seen.compared.as_deref()))
        .collect();
    let expected = [
        ("SourceImage", Some(r"C:\Evil.exe"), Some(r"c:\evil.exe")),
        ("TargetUser", None, Some("-")),
        ("RuleName", Some("T"), Some("-")),
        ("NewThreadId", None, None),
    ];
    assert_eq!(texts, expected);
}

/// Draws the verdict from the steps alone, by the rules as a person would apply them.
#[track_caller]
fn holds_together(config: &Config, explanation: &Explanation<'_>) {
    let verdict = explanation.verdict;
    let decided = explanation.filters.iter().find(|steps| steps.outcome == FilterOutcome::Matched);
    let excludes = |steps: &FilterSteps<'_>| {
        config.filters[steps.index].on_match.as_ref().unwrap().value == OnMatch::Exclude
    };
    let expected = match (decided, &explanation.filters[..]) {
        (Some(steps), _) => !excludes(steps),
        (None, []) => verdict.logged,
        (None, [only]) => excludes(only),
        (None, _) => false,
    };
    assert_eq!(verdict.logged, expected);
    if verdict.logged {
        let name = explanation.name_source().map_or("", |source| source.name);
        assert_eq!(verdict.rule_name, if decided.is_some() { name } else { "" });
    }
    for steps in &explanation.filters {
        filter_holds_together(config, steps);
    }
}

#[track_caller]
fn filter_holds_together(config: &Config, steps: &FilterSteps<'_>) {
    let filter = &config.filters[steps.index];
    let outcomes: Vec<Outcome> = steps.items.iter().map(|item| item.outcome).collect();
    let matched = match config.relation(filter) {
        Relation::Or => outcomes.contains(&Outcome::Held),
        Relation::And => {
            let fine = |outcome| {
                matches!(outcome, Outcome::Held | Outcome::Forgiven | Outcome::Skipped(Skipped::SameField))
            };
            !outcomes.is_empty() && outcomes.into_iter().all(fine)
        }
    };
    assert_eq!(steps.outcome == FilterOutcome::Matched, matched, "{steps:?}");
    for item in &steps.items {
        let conditions = filter.items[item.index].conditions();
        assert_eq!(item.conditions.len(), conditions.len());
        let Item::Rule(rule) = &filter.items[item.index] else { continue };
        let held = |step: &ConditionSteps<'_>| step.outcome == Outcome::Held;
        let matched = match rule.relation() {
            Relation::Or => item.conditions.iter().any(held),
            Relation::And => item.conditions.iter().all(held),
        };
        assert_eq!(item.outcome == Outcome::Held, matched, "{item:?}");
    }
}

/// Conditions of a few fields and values, so that many hold; `Details` and `User` bind filters to
/// events of the shared tag, and a number may be absent.
fn any_condition() -> impl Strategy<Value = String> {
    let field =
        prop::sample::select(vec!["Image", "TargetObject", "Details", "User", "ProcessId", "EventType"]);
    let operator =
        prop::sample::select(vec!["is", "is not", "contains", "excludes any", "begin with", "more than"]);
    let value = prop::sample::select(vec!["a", "ab", "B", "1", "-", "a;b", ""]);
    let name = prop::sample::select(vec!["", " name=\"N\"", " name=\"M\"", " name=\"\""]);
    (field, operator, value, name).prop_map(|(field, operator, value, name)| {
        format!("<{field}{name} condition=\"{operator}\">{value}</{field}>")
    })
}

fn any_item() -> impl Strategy<Value = String> {
    let relation =
        prop::sample::select(vec!["", " groupRelation=\"and\"", " name=\"R\" groupRelation=\"or\""]);
    let rule = (relation, prop::collection::vec(any_condition(), 1..4))
        .prop_map(|(relation, conditions)| format!("<Rule{relation}>{}</Rule>", conditions.concat()));
    prop_oneof![3 => any_condition(), 1 => rule]
}

fn any_filter() -> impl Strategy<Value = String> {
    let kind = prop::sample::select(vec!["include", "exclude"]);
    let relation = prop::sample::select(vec!["or", "and"]);
    let name = prop::sample::select(vec!["", " name=\"G\""]);
    (kind, relation, name, prop::collection::vec(any_item(), 0..5)).prop_map(|(kind, relation, name, items)| {
        let items = items.concat();
        format!("<RuleGroup groupRelation=\"{relation}\"{name}><RegistryEvent onmatch=\"{kind}\">{items}</RegistryEvent></RuleGroup>")
    })
}

proptest! {
    #[test]
    fn an_explanation_says_what_the_verdict_says(
        filters in prop::collection::vec(any_filter(), 0..4),
        id in 12u16..15,
        values in prop::collection::vec(prop::sample::select(vec!["a", "AB", "b", "1", ""]), 6),
    ) {
        let text = format!(
            "<Sysmon schemaversion=\"4.90\"><EventFiltering>{}</EventFiltering></Sysmon>",
            filters.concat()
        );
        let names = ["Image", "TargetObject", "Details", "User", "ProcessId", "EventType"];
        let fields: Vec<_> =
            names.into_iter().zip(values).filter(|(_, value)| !value.is_empty()).collect();
        let event = Bare(id, &fields);
        let parsed = parse(text.as_bytes(), Imitated::default());
        let policy = parsed.policy().unwrap();
        let explanation = policy.explain(&event);
        prop_assert_eq!(explanation.verdict, policy.decide(&event));
        holds_together(&parsed.config, &explanation);
    }
}
