//! Canonical layout, differences and merges, held against the verdicts of what they came from.
//!
//! Configurations are made as data and written in a random layout; the events have the values that
//! the conditions ask for, and lack some. Public configurations lie beside the project; without them
//! their tests say that they were skipped.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests may fail, and say why they were skipped")]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use threadhunt::config::{ConfigDiff, Imitated, Parsed, Policy, Subject, canonical, merge, parse};
use threadhunt::schema::FieldId;

#[derive(Clone, Debug)]
struct Condition {
    field: &'static str,
    operator: &'static str,
    value: &'static str,
    name: Option<&'static str>,
}

#[derive(Clone, Debug)]
enum Item {
    Loose(Condition),
    Rule(Option<&'static str>, Option<&'static str>, Vec<Condition>),
}

#[derive(Clone, Debug)]
struct Filter {
    tag: &'static str,
    on_match: &'static str,
    /// Relation and name.
    group: Option<(&'static str, Option<&'static str>)>,
    items: Vec<Item>,
}

const EVENT_8: &str = "CreateRemoteThread";
const WMI: &str = "WmiEvent";
const NAMES: &[&str] = &["", "N", "M"];
/// Layouts of the blanks and comments between elements.
const BETWEEN: &[&str] =
    &["", "\n", " ", "\n\n\n\t", "<!-- a -->", "\n <!-- b\r\n  c -->\n", " <!--d--> <!--e-->", "\r\n"];

fn condition(fields: &'static [&'static str]) -> impl Strategy<Value = Condition> {
    const OPERATORS: &[&str] =
        &["is", "is not", "contains", "contains any", "excludes", "is any", "begin with", "IMAGE", ""];
    const VALUES: &[&str] = &["a", "B", "ab", "a;b", " a", "7", "", "x&y", "a\"<b>'", "b;a", "7\n"];
    let name = option::of(select(NAMES));
    (select(fields), select(OPERATORS), select(VALUES), name)
        .prop_map(|(field, operator, value, name)| Condition { field, operator, value, name })
}

fn filter(named: bool) -> impl Strategy<Value = Filter> {
    let tags = prop_oneof![
        3 => Just((EVENT_8, &["SourceImage", "TargetImage", "NewThreadId"][..])),
        // Each set is read after another layout: those of 19, 20 and 21.
        1 => Just((WMI, &["Name", "Operation"][..])),
        1 => Just((WMI, &["Name", "Operation", "Destination"][..])),
        1 => Just((WMI, &["Operation", "Consumer"][..])),
    ];
    tags.prop_flat_map(move |(tag, fields)| {
        let rule =
            (option::of(select(&["or", "and"][..])), option::of(select(NAMES)), vec(condition(fields), 1..4));
        let item = prop_oneof![
            2 => condition(fields).prop_map(Item::Loose),
            1 => rule.prop_map(|(relation, name, conditions)| Item::Rule(relation, name, conditions)),
        ];
        let group = option::weighted(0.8, (select(&["or", "or", "and"][..]), option::of(select(NAMES))));
        (select(&["include", "exclude"][..]), group, prop_oneof![9 => vec(item, 1..4), 1 => Just(Vec::new())])
            .prop_map(move |(on_match, group, items)| Filter { tag, on_match, group, items })
    })
    .prop_map(move |filter| if named { filter } else { without_names(filter) })
}

fn without_names(mut filter: Filter) -> Filter {
    filter.group = filter.group.map(|(relation, _)| (relation, None));
    for item in &mut filter.items {
        let conditions = match item {
            Item::Loose(condition) => std::slice::from_mut(condition),
            Item::Rule(_, name, conditions) => {
                *name = None;
                &mut conditions[..]
            }
        };
        conditions.iter_mut().for_each(|condition| condition.name = None);
    }
    filter
}

fn filters() -> impl Strategy<Value = Vec<Filter>> {
    prop_oneof![vec(filter(true), 0..4), vec(filter(false), 0..4)]
}

/// Blanks and comments in a fixed but irregular order.
struct Layout(usize);

impl Layout {
    fn next(&mut self) -> &'static str {
        self.0 = self.0.wrapping_mul(31).wrapping_add(7);
        BETWEEN[self.0 / 8 % BETWEEN.len()]
    }
}

fn attribute(name: &str, value: Option<&str>) -> String {
    value.map_or(String::new(), |value| format!("  {name} = '{value}'"))
}

fn write_condition(out: &mut String, condition: &Condition, layout: &mut Layout) {
    let Condition { field, operator, value, name } = condition;
    let escaped = value.replace('&', "&amp;").replace('<', "&lt;");
    let escaped = if layout.0.is_multiple_of(5) && !value.is_empty() {
        format!("<![CDATA[{value}]]>")
    } else {
        escaped
    };
    let comment = if layout.0.is_multiple_of(7) { "<!-- in a value -->" } else { "" };
    let operator = attribute("condition", Some(*operator).filter(|operator| *operator != "is"));
    let name = attribute("name", *name);
    let _ = write!(out, "{}<{field}{operator}{name}>{escaped}{comment}</{field}>", layout.next());
}

fn write(schema: &str, filters: &[Filter], seed: usize) -> String {
    let mut layout = Layout(seed);
    let mut out =
        format!("{}<Sysmon schemaversion='{schema}'>{}<EventFiltering>", layout.next(), layout.next());
    for Filter { tag, on_match, group, items } in filters {
        if let Some((relation, name)) = group {
            let name = attribute("name", *name);
            let _ = write!(out, "{}<RuleGroup{name} groupRelation=\"{relation}\">", layout.next());
        }
        let _ = write!(out, "{}<{tag} onmatch=\"{on_match}\">", layout.next());
        for item in items {
            match item {
                Item::Loose(condition) => write_condition(&mut out, condition, &mut layout),
                Item::Rule(relation, name, conditions) => {
                    let attributes = attribute("groupRelation", *relation) + &attribute("name", *name);
                    let _ = write!(out, "{}<Rule{attributes}>", layout.next());
                    conditions.iter().for_each(|condition| write_condition(&mut out, condition, &mut layout));
                    let _ = write!(out, "{}</Rule>", layout.next());
                }
            }
        }
        let _ = write!(out, "{}</{tag}>", layout.next());
        out.push_str(if group.is_some() { "</RuleGroup>" } else { "" });
    }
    let _ = write!(out, "{}</EventFiltering></Sysmon>{}", layout.next(), layout.next());
    out
}

#[derive(Clone, Debug)]
struct Bare {
    id: u16,
    fields: BTreeMap<&'static str, &'static str>,
}

impl Subject for Bare {
    fn id(&self) -> u16 {
        self.id
    }

    fn text(&self, field: FieldId) -> Option<Cow<'_, str>> {
        self.fields.get(field.name()).map(|text| Cow::Borrowed(*text))
    }
}

/// Events with values of every field, or without some.
fn events(complete: bool) -> impl Strategy<Value = Vec<Bare>> {
    let names = ["SourceImage", "TargetImage", "Name", "Operation", "Destination", "Consumer"];
    const TEXTS: &[&str] = &["a", "b", "ab", "xb", " a", "7", "x&y", "a\"<b>'", "\\a", "7\n"];
    const NUMBERS: &[&str] = &["7", "8"];
    let number = select(NUMBERS).prop_map(Some);
    let number = if complete { number.boxed() } else { option::of(select(NUMBERS)).boxed() };
    let event =
        (select(&[8, 8, 8, 19, 20, 21][..]), vec(option::weighted(0.8, select(TEXTS)), names.len()), number);
    vec(event, 16).prop_map(move |events| {
        let bare = |(id, texts, number): (u16, Vec<_>, Option<_>)| {
            let mut fields: BTreeMap<_, _> =
                names.into_iter().zip(texts).filter_map(|(name, text)| Some((name, text?))).collect();
            fields.extend(number.map(|number| ("NewThreadId", number)));
            Bare { id, fields }
        };
        events.into_iter().map(bare).collect()
    })
}

fn read(text: &str, imitated: &str) -> Parsed {
    let parsed = parse(text.as_bytes(), imitated.parse::<Imitated>().unwrap());
    assert!(parsed.is_accepted(), "{text}\n{:?}", parsed.diagnostics);
    parsed
}

fn policy(parsed: &Parsed) -> Policy {
    parsed.policy().unwrap()
}

/// What can be seen of a verdict: a dropped event has no name.
fn verdict(policy: &Policy, event: &impl Subject) -> Option<String> {
    let verdict = policy.decide(event);
    verdict.logged.then(|| verdict.rule_name.to_owned())
}

fn comments(text: &str) -> Vec<String> {
    text.split("<!--").skip(1).map(|rest| rest.split("-->").next().unwrap().replace('\r', "")).collect()
}

const SYSMONS: &[&str] = &["4.91", "4.81", "13.2", "12"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_canonical_form_changes_nothing(
        filters in filters(), seed in any::<usize>(), events in events(false), sysmon in select(SYSMONS),
    ) {
        let text = write("4.22", &filters, seed);
        let before = read(&text, sysmon);
        let form = canonical(&before).unwrap();
        let after = read(&form, sysmon);
        prop_assert_eq!(canonical(&after).unwrap(), form.clone(), "idempotent");
        prop_assert_eq!(comments(&text), comments(&form));
        prop_assert!(ConfigDiff::new(&before.config, &after.config).is_empty());
        let (before, after) = (policy(&before), policy(&after));
        for event in &events {
            prop_assert_eq!(verdict(&before, event), verdict(&after, event));
        }
    }

    #[test]
    fn merges_keep_their_promise(
        files in vec(filters(), 1..4), events in events(true), sysmon in select(SYSMONS),
    ) {
        let parsed: Vec<Parsed> =
            files.iter().enumerate().map(|(seed, filters)| read(&write("4.22", filters, seed), sysmon)).collect();
        let merged = merge(&parsed.iter().collect::<Vec<_>>()).unwrap();
        let Some(text) = &merged.text else { return Ok(()) };
        let result = read(text, sysmon);
        prop_assert_eq!(&canonical(&result).unwrap(), text);
        let result = policy(&result);
        let policies: Vec<Policy> = parsed.iter().map(policy).collect();
        for event in &events {
            let tag = if event.id == 8 { EVENT_8 } else { WMI };
            if merged.findings.iter().any(|finding| finding.code.level() > threadhunt::config::MergeLevel::Note) {
                continue;
            }
            let expected = promised(&parsed, &policies, tag, event);
            prop_assert_eq!(verdict(&result, event), expected, "{:?}\n{}", event, text);
        }
    }

    /// The rule that is documented, whatever the findings: included somewhere and excluded nowhere.
    #[test]
    fn merged_verdicts_follow_the_rule(
        files in vec(vec(filter(true), 0..4), 1..4), events in events(true),
    ) {
        let parsed: Vec<Parsed> = files.iter().map(|filters| read(&write("4.22", filters, 3), "4.91")).collect();
        let merged = merge(&parsed.iter().collect::<Vec<_>>()).unwrap();
        let Some(text) = &merged.text else { return Ok(()) };
        let result = policy(&read(text, "4.91"));
        for event in &events {
            let matches = |kind: &'static str| -> Option<bool> {
                let mut any = None;
                for filter in files.iter().flatten().filter(|filter| filter.on_match == kind) {
                    if (filter.tag == EVENT_8) == (event.id == 8) {
                        any = Some(any == Some(true) || holds(filter, event));
                    }
                }
                any
            };
            let lost = parsed.iter().flat_map(|parsed| &parsed.config.filters).any(|filter| filter.bound.is_none());
            if lost {
                continue;
            }
            let logged = match (matches("include"), matches("exclude")) {
                (None, None) => false,
                (include, exclude) => include != Some(false) && exclude != Some(true),
            };
            prop_assert_eq!(verdict(&result, event).is_some(), logged, "{:?}\n{}", event, text);
        }
    }
}

proptest! {
    // Most variations differ, so more are needed to meet those that do not.
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_does_not_differ_decides_alike(
        (old, new) in vec(filter(true), 1..3).prop_flat_map(|filters| (Just(filters.clone()), varied(filters))),
        schemas in select(&[("4.22", "4.22"), ("4.22", "4.90"), ("4.10", "4.10"), ("4.10", "4.22")][..]),
        events in events(false), sysmon in select(SYSMONS),
    ) {
        let old = read(&write(schemas.0, &old, 1), sysmon);
        let new_text = write(if sysmon == "12" { "4.22" } else { schemas.1 }, &new, 2);
        let new = read(&new_text, sysmon);
        let diff = ConfigDiff::new(&old.config, &new.config);
        if diff.options.is_empty() && diff.tags.is_empty() {
            let (old, new) = (policy(&old), policy(&new));
            for event in &events {
                prop_assert_eq!(verdict(&old, event), verdict(&new, event), "{:?}", event);
            }
        }
    }
}

/// Whether a filter alone matches an event.
fn holds(filter: &Filter, event: &Bare) -> bool {
    let alone = Filter { on_match: "include", ..filter.clone() };
    policy(&read(&write("4.22", &[alone], 0), "4.91")).decide(event).logged
}

/// The verdict of a merge without warnings: what a file includes, or what all leave.
fn promised(parsed: &[Parsed], policies: &[Policy], tag: &str, event: &Bare) -> Option<String> {
    let has = |parsed: &Parsed| parsed.config.filters.iter().any(|filter| filter.tag.value == tag);
    let parties: Vec<_> = parsed.iter().zip(policies).filter(|(parsed, _)| has(parsed)).collect();
    let verdicts: Vec<_> = parties.iter().map(|(_, policy)| verdict(policy, event)).collect();
    let excludes_only = |parsed: &Parsed| {
        let of_tag = || parsed.config.filters.iter().filter(|filter| filter.tag.value == tag);
        of_tag().all(|filter| filter.on_match.as_ref().unwrap().value == threadhunt::config::OnMatch::Exclude)
    };
    if !parties.is_empty() && parties.iter().all(|(parsed, _)| excludes_only(parsed)) {
        return verdicts.iter().all(Option::is_some).then(String::new);
    }
    verdicts.into_iter().flatten().next()
}

/// Makes a loose condition a Rule of one, and a Rule of one a loose condition.
fn wrap(item: &mut Item) {
    match item {
        Item::Loose(condition) => *item = Item::Rule(None, None, vec![condition.clone()]),
        Item::Rule(_, None, conditions) if conditions.len() == 1 => *item = Item::Loose(conditions.remove(0)),
        Item::Rule(..) => {}
    }
}

/// The same filters with one kind of change: another order somewhere, lists respelled, single
/// conditions in Rules or out of them, or one filter more that has no rules.
fn varied(filters: Vec<Filter>) -> impl Strategy<Value = Vec<Filter>> {
    (Just(filters.clone()), Just(filters).prop_shuffle(), 0..6, 1..3usize).prop_map(
        |(mut filters, shuffled, kind, turn)| {
            if kind == 0 {
                return shuffled;
            }
            if kind == 5 {
                let (tag, on_match) = [(EVENT_8, "exclude"), (WMI, "include")][turn - 1];
                filters.push(Filter { tag, on_match, group: None, items: Vec::new() });
            }
            for filter in &mut filters {
                let length = filter.items.len();
                if kind == 4 {
                    filter.items.iter_mut().skip(turn - 1).step_by(turn).for_each(wrap);
                }
                if kind == 1 {
                    filter.items.rotate_left(turn.checked_rem(length).unwrap_or(0));
                }
                for item in &mut filter.items {
                    match item {
                        Item::Rule(_, _, conditions) if kind == 2 => {
                            let length = conditions.len();
                            conditions.rotate_left(turn % length);
                        }
                        Item::Loose(condition) if kind == 3 && condition.value == "a;b" => {
                            condition.value = "b;A";
                        }
                        _ => {}
                    }
                }
            }
            filters
        },
    )
}

fn public() -> Option<Vec<PathBuf>> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("THREADHUNT_SHARED").map_or_else(beside, PathBuf::from);
    let folder = folder.join("vectors/public-configs");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("skipped: no {}", folder.display());
        return None;
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "xml"));
    paths.sort();
    Some(paths)
}

/// A bare event of the vectors.
struct Given(serde_json::Value);

impl Subject for Given {
    fn id(&self) -> u16 {
        u16::try_from(self.0["id"].as_u64().unwrap()).unwrap()
    }

    fn text(&self, field: FieldId) -> Option<Cow<'_, str>> {
        let value = self.0["fields"].get(field.name())?;
        let text = value.as_str().map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed);
        (!text.is_empty()).then_some(text)
    }
}

fn given(folder: &Path) -> Vec<Given> {
    let packed = fs::File::open(folder.join("events.jsonl.gz")).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    text.lines().map(|line| Given(serde_json::from_str(line).unwrap())).collect()
}

#[test]
fn public_configurations_keep_their_verdicts() {
    let Some(paths) = public() else { return };
    let events = given(paths[0].parent().unwrap());
    assert_eq!((paths.len(), events.len()), (4, 3400));
    for path in paths {
        for sysmon in ["4.90", "13.2"] {
            let before = parse(&fs::read(&path).unwrap(), sysmon.parse::<Imitated>().unwrap());
            if !before.is_accepted() {
                assert_eq!(sysmon, "13.2", "{}", path.display());
                continue;
            }
            let form = canonical(&before).unwrap();
            let after = read(&form, sysmon);
            assert_eq!(canonical(&after).unwrap(), form, "idempotent");
            assert_eq!(comments(&before.config.text).len(), comments(&form).len());
            assert!(ConfigDiff::new(&before.config, &after.config).is_empty());
            let alone = merge(&[&before]).unwrap().text.unwrap();
            let (merged, before, after) = (policy(&read(&alone, sysmon)), policy(&before), policy(&after));
            for event in &events {
                let expected = verdict(&before, event);
                assert_eq!(verdict(&after, event), expected);
                assert_eq!(verdict(&merged, event), expected, "{} {}", path.display(), event.0);
            }
        }
    }
}
