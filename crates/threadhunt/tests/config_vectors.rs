//! Verdicts of the engine that Microsoft published, compared with ours: no difference is allowed.
//! The plain tree is compared, and the index with the plain tree.
//!
//! The vectors lie beside the project; without them the tests say that they were skipped.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests may fail, and say why they were skipped")]

use std::borrow::Cow;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;
use threadhunt::config::{Decision, Imitated, Parsed, Subject, parse};
use threadhunt::report::DiagnosticCode;
use threadhunt::schema::FieldId;

fn vectors() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("THREADHUNT_SHARED").map_or_else(beside, PathBuf::from).join("vectors");
    if !folder.is_dir() {
        println!("skipped: no {}", folder.display());
        return None;
    }
    Some(folder)
}

/// The JSON lines of a file, unpacked where it is packed.
fn lines(path: &Path) -> Vec<Value> {
    let bytes = fs::read(path).unwrap();
    let mut text = String::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A bare event; what is empty in it is either none, as in Sysmon, or kept.
struct Bare<'v> {
    event: &'v Value,
    keep_empty: bool,
}

impl Subject for Bare<'_> {
    fn id(&self) -> u16 {
        u16::try_from(self.event["id"].as_u64().unwrap()).unwrap()
    }

    fn text(&self, field: FieldId) -> Option<Cow<'_, str>> {
        let value = self.event["fields"].get(field.name())?;
        let text = value.as_str().map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed);
        (self.keep_empty || !text.is_empty()).then_some(text)
    }
}

fn read(text: &str, imitated: &str) -> Parsed {
    parse(text.as_bytes(), imitated.parse::<Imitated>().unwrap())
}

/// Whether something decided of which a complaint says that it never does.
fn is_unreachable(parsed: &Parsed, decision: Decision) -> bool {
    let Decision::Filter { filter, item } = decision else { return false };
    let filter = &parsed.config.filters[filter];
    let item = item.map(|item| filter.items[item].conditions()[0].field.span.clone());
    let place = item.unwrap_or(filter.tag.span.clone());
    parsed.diagnostics.iter().any(|found| found.code == DiagnosticCode::Unreachable && found.span == place)
}

/// How many events there were, and the first few differences.
#[derive(Default)]
struct Comparison {
    events: usize,
    differences: Vec<String>,
}

impl Comparison {
    fn compare(&mut self, parsed: &Parsed, events: &[Value], expected: &[Value], what: &str) {
        let Some(policy) = parsed.policy() else { panic!("{what} is refused: {:?}", parsed.diagnostics) };
        assert_eq!(events.len(), expected.len());
        let mut decider = policy.decider();
        for (event, expected) in events.iter().zip(expected) {
            self.events += 1;
            let subject = Bare { event, keep_empty: false };
            let verdict = policy.decide(&subject);
            let explanation = policy.explain(&subject);
            let source = explanation.name_source().map_or("", |source| source.name);
            if explanation.verdict != verdict || verdict.logged && source != verdict.rule_name {
                self.differences.push(format!("{what}: {event}: explained otherwise: {explanation:?}"));
            }
            assert!(!is_unreachable(parsed, verdict.decision), "{what}: {event}: {verdict:?}");
            assert_eq!(decider.decide(&subject), verdict, "{what}: {event}");
            let logged = expected["logged"].as_bool().unwrap();
            let name = if logged { expected["rule_name"].as_str().unwrap() } else { verdict.rule_name };
            if (verdict.logged, verdict.rule_name) != (logged, name) {
                self.differences.push(format!("{what}: {event}: {verdict:?}, not {expected}"));
            }
        }
    }

    #[track_caller]
    fn none_of(self, events: usize, what: &str) {
        println!("{what}: {} events, {} differences", self.events, self.differences.len());
        for difference in self.differences.iter().take(5) {
            println!("{difference}");
        }
        assert_eq!((self.differences.len(), self.events), (0, events), "{what}");
    }
}

#[track_caller]
fn check_random(name: &str, events: usize) {
    let Some(folder) = vectors() else { return };
    let mut comparison = Comparison::default();
    for case in lines(&folder.join(name)) {
        let text = case["config"].as_str().unwrap();
        let expected = case["expected"].as_array().unwrap();
        comparison.compare(&read(text, "4.90"), case["events"].as_array().unwrap(), expected, text);
    }
    comparison.none_of(events, name);
}

#[test]
fn random_configurations() {
    check_random("random.jsonl.gz", 16_000);
}

#[test]
fn random_configurations_for_event_8() {
    check_random("random-event8.jsonl.gz", 8_000);
}

#[test]
fn public_configurations() {
    let Some(folder) = vectors() else { return };
    let folder = folder.join("public-configs");
    let events = lines(&folder.join("events.jsonl.gz"));
    for name in [
        "Neo23x0__sysmonconfig-export",
        "SwiftOnSecurity__sysmonconfig-export",
        "ion-storm__sysmonconfig-export",
        "olafhartong__sysmonconfig",
    ] {
        let text = fs::read(folder.join(format!("{name}.xml"))).unwrap();
        let expected = lines(&folder.join(format!("{name}.expected.jsonl.gz")));
        let mut comparison = Comparison::default();
        comparison.compare(&parse(&text, "4.90".parse().unwrap()), &events, &expected, name);
        comparison.none_of(3_400, name);
    }
}

#[test]
fn the_example_of_the_guide() {
    let Some(folder) = vectors() else { return };
    let events = lines(&folder.join("seed_ev.jsonl"));
    for name in ["seed", "seed_trimmed"] {
        let text = fs::read_to_string(folder.join(format!("{name}.xml"))).unwrap();
        let expected = lines(&folder.join(format!("{name}.expected.jsonl")));
        let mut comparison = Comparison::default();
        comparison.compare(&read(&text, "4.90"), &events, &expected, name);
        comparison.none_of(4, name);
    }
}

/// MSXML took the blanks off in which the example wraps its values; newer Sysmons compare them.
#[test]
fn the_example_worked_up_to_13_2() {
    let Some(folder) = vectors() else { return };
    let events = lines(&folder.join("seed_ev.jsonl"));
    let text = fs::read_to_string(folder.join("seed.xml")).unwrap();
    for (imitated, kept) in [
        ("4.91", [true; 4]),
        ("4.81", [true; 4]),
        ("13.2", [false, false, false, true]),
        ("4.22", [false, false, false, true]),
    ] {
        let policy = read(&text, imitated).policy().unwrap();
        let logged = |event| policy.decide(&Bare { event, keep_empty: false }).logged;
        assert_eq!(events.iter().map(logged).collect::<Vec<_>>(), kept, "{imitated}");
    }
}

/// The bytes of a probe, which may be written as a Python literal.
fn probe_bytes(xml: &str) -> Vec<u8> {
    let Some(literal) = xml.strip_prefix("b'").and_then(|rest| rest.strip_suffix('\'')) else {
        return xml.as_bytes().to_vec();
    };
    let mut bytes = Vec::new();
    let mut rest = literal.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next().unwrap() {
            b'x' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            }
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            other => bytes.push(other),
        }
    }
    bytes
}

/// What the engine's harness would have printed.
fn result(parsed: &Parsed, event: &Value) -> String {
    let policy = parsed.policy().unwrap();
    let subject = Bare { event, keep_empty: true };
    let verdict = policy.decide(&subject);
    assert_eq!(policy.decider().decide(&subject), verdict, "{event}");
    let mut text = match (verdict.logged, verdict.rule_name) {
        (true, name) => format!("LOG[{name}]"),
        (false, "") => "drop".to_owned(),
        (false, name) => format!("drop<{name}>"),
    };
    if verdict.failed.is_some() {
        text.push_str("!fail");
    }
    text
}

fn probe_differences(probe: &Value) -> Vec<String> {
    let (name, xml) = (probe["name"].as_str().unwrap(), probe["xml"].as_str().unwrap());
    let parsed = parse(&probe_bytes(xml), "4.81".parse().unwrap());
    if parsed.is_accepted() != probe["accepted"].as_bool().unwrap_or(false) {
        return vec![format!("{name}: accepted is {}: {:?}", parsed.is_accepted(), parsed.diagnostics)];
    }
    if !parsed.is_accepted() {
        return Vec::new();
    }
    let set =
        parsed.config.set_options().map(|option| (option.name.to_owned(), Value::from(&*option.value.value)));
    let options = Value::Object(set.collect());
    let mut differences = Vec::new();
    if options != probe["options"] {
        differences.push(format!("{name}: options {options}, not {}", probe["options"]));
    }
    let events = probe["events"].as_array().unwrap().iter();
    for (event, expected) in events.zip(probe["results"].as_array().unwrap()) {
        let found = result(&parsed, event);
        if found != expected.as_str().unwrap() {
            differences.push(format!("{name}: {found}, not {expected}, for {event}"));
        }
    }
    differences
}

#[test]
fn probes() {
    let Some(folder) = vectors() else { return };
    let probes = lines(&folder.join("probes.jsonl"));
    let differences: Vec<_> = probes.iter().flat_map(probe_differences).collect();
    println!("probes.jsonl: {} probes, {} differences", probes.len(), differences.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
