//! An explanation as JSON, one object a line; the names are a promise, described in `docs/config.md`.

use serde::Serialize;
use threadhunt::config::{
    Condition, ConditionSteps, Decision, Explanation, FilterOutcome, FilterSteps, Item, ItemSteps, Outcome,
    Relation, Rule, Skipped,
};
use threadhunt::event::Event;

use super::super::words::{Words, fate_of, subject};
use crate::json;

#[derive(Serialize)]
struct Explained<'e> {
    version: u32,
    config: &'e str,
    sysmon: String,
    source: Source<'e>,
    id: u16,
    logged: bool,
    rule_name: &'e str,
    sentence: String,
    decision: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Name>,
    values: Vec<Seen<'e>>,
    filters: Vec<Filter<'e>>,
}

#[derive(Serialize)]
struct Source<'e> {
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    computer: std::borrow::Cow<'e, str>,
}

#[derive(Serialize)]
struct Name {
    line: usize,
    leaked: bool,
}

#[derive(Serialize)]
struct Seen<'e> {
    field: &'static str,
    given: Option<&'e str>,
    compared: Option<&'e str>,
}

#[derive(Serialize)]
struct Filter<'e> {
    line: usize,
    tag: &'static str,
    on_match: &'static str,
    relation: &'static str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    without: Option<&'static str>,
    items: Vec<Part<'e>>,
}

/// An item: a loose condition, or a Rule with its conditions.
#[derive(Serialize)]
#[serde(untagged)]
enum Part<'e> {
    Condition(Step<'e>),
    Rule(Box<RuleStep<'e>>),
}

#[derive(Serialize)]
struct RuleStep<'e> {
    line: usize,
    rule: &'e str,
    relation: &'static str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
    conditions: Vec<Step<'e>>,
}

#[derive(Serialize)]
struct Step<'e> {
    line: usize,
    field: &'static str,
    operator: &'static str,
    value: &'e str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    names: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    near: Option<&'static str>,
}

/// Appends an explanation as a line.
pub(super) fn push(
    words: &Words<'_>,
    config: &str,
    event: &Event<'_>,
    explanation: &Explanation<'_>,
    out: &mut Vec<u8>,
) {
    let verdict = &explanation.verdict;
    let name = explanation
        .name_source()
        .map(|source| Name { line: words.source(&source), leaked: explanation.has_leaked_name() });
    let reason = words.reason(event.id(), explanation);
    let explained = Explained {
        version: 1,
        config,
        sysmon: words.config.imitated.to_string(),
        source: source(event),
        id: event.id(),
        logged: verdict.logged,
        rule_name: if verdict.logged { verdict.rule_name } else { "" },
        sentence: format!("{} is {}, because {reason}", subject(event), fate_of(verdict)),
        decision: decision(verdict.decision),
        decided_by: words.decided_by(verdict.decision),
        name,
        values: values(explanation),
        filters: explanation.filters.iter().map(|steps| filter(words, explanation, steps)).collect(),
    };
    out.extend_from_slice(json::line(&explained).as_bytes());
    out.push(b'\n');
}

fn source<'e>(event: &Event<'e>) -> Source<'e> {
    let place = event.place();
    Source {
        file: place.origin.to_string(),
        line: place.line,
        record_id: event.record_id(),
        time: event.time().map(|time| time.to_string()),
        computer: event.computer(),
    }
}

fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Unfiltered => "unfiltered",
        Decision::NoFilter => "no-filter",
        Decision::Filter { .. } => "filter",
        Decision::Unmatched(_) => "unmatched",
        Decision::NoneOfSeveral => "none-of-several",
    }
}

fn values<'e>(explanation: &'e Explanation<'_>) -> Vec<Seen<'e>> {
    let seen = explanation.fields.iter();
    seen.map(|seen| Seen {
        field: seen.field.name(),
        given: seen.given.as_deref(),
        compared: seen.compared.as_deref(),
    })
    .collect()
}

fn relation(relation: Relation) -> &'static str {
    match relation {
        Relation::Or => "or",
        Relation::And => "and",
    }
}

fn filter<'e>(words: &Words<'e>, explanation: &Explanation<'e>, steps: &FilterSteps<'e>) -> Filter<'e> {
    let filter = &words.config.filters[steps.index];
    let item = |found: &ItemSteps<'e>| match &filter.items[found.index] {
        Item::Condition(condition) => Part::Condition(loose(words, explanation, found, condition)),
        Item::Rule(rule) => Part::Rule(Box::new(rule_step(words, explanation, found, rule))),
    };
    Filter {
        line: words.filter(steps.index),
        tag: filter.tag.value,
        on_match: if words.is_exclude(steps.index) { "exclude" } else { "include" },
        relation: relation(words.config.relation(filter)),
        outcome: steps.outcome.name(),
        without: match steps.outcome {
            FilterOutcome::GivenUp(field) => Some(field.name()),
            _ => None,
        },
        items: steps.items.iter().map(item).collect(),
    }
}

fn rule_step<'e>(
    words: &Words<'e>,
    explanation: &Explanation<'e>,
    steps: &ItemSteps<'e>,
    rule: &'e Rule,
) -> RuleStep<'e> {
    let conditions = rule.conditions.iter().zip(&steps.conditions);
    RuleStep {
        line: words.rule(rule),
        rule: rule.name.as_ref().map_or("", |name| &name.value),
        relation: relation(rule.relation()),
        outcome: steps.outcome.name(),
        why: why(steps.outcome),
        conditions: conditions
            .map(|(condition, step)| self::step(words, explanation, *step, condition))
            .collect(),
    }
}

/// A loose condition, which may be forgiven as an item.
fn loose<'e>(
    words: &Words<'e>,
    explanation: &Explanation<'e>,
    steps: &ItemSteps<'e>,
    condition: &'e Condition,
) -> Step<'e> {
    let own = steps.conditions.first().copied();
    let own = own.unwrap_or(ConditionSteps { outcome: steps.outcome, name: "" });
    let step = step(words, explanation, own, condition);
    match steps.outcome {
        Outcome::Forgiven => Step { outcome: Outcome::Forgiven.name(), ..step },
        _ => step,
    }
}

fn step<'e>(
    words: &Words<'e>,
    explanation: &Explanation<'e>,
    step: ConditionSteps<'e>,
    condition: &'e Condition,
) -> Step<'e> {
    let remarks = words.remarks(explanation, step.outcome, condition);
    Step {
        line: words.condition(condition),
        field: condition.field.value.name(),
        operator: condition.operator.value.name(),
        value: &condition.value.value,
        outcome: step.outcome.name(),
        why: why(step.outcome),
        names: step.name,
        item: remarks.item,
        near: remarks.near.map(threadhunt::config::Near::name),
    }
}

fn why(outcome: Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Skipped(why) => Some(Skipped::name(why)),
        _ => None,
    }
}
