//! Documents in OCSF's names against OCSF's own schema: every attribute known and of its type, nothing required
//! missing, every choice among the schema's.
//!
//! The schema is read from the folder of references; without it the test says that it was skipped.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests may fail, and say why they were skipped")]

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use threadhunt::detect::{self, Copies, Rules, Scan, Wanted};
use threadhunt::event::{Batch, Projection};
use threadhunt::schema::names::vocabulary;
use threadhunt::sink::scan::write_ocsf;
use threadhunt::sink::{Choice, Naming, format_row};
use threadhunt::source::{Input, Inputs, Options, run};

/// The class of findings and its parent, which the folder lacks: what they add to the base event, and how
/// strictly they demand it (ocsf-schema 1.8, `events/findings`).
const FINDINGS: &[(&str, &str)] = &[
    (
        "events/findings/finding.json",
        r#"{"name": "finding", "extends": "base_event", "category": "findings", "attributes": {
            "activity_id": {"enum": {"1": {}, "2": {}, "3": {}}},
            "confidence": {}, "confidence_id": {}, "confidence_score": {}, "device": {}, "end_time": {},
            "finding_info": {"requirement": "required"}, "resources": {}, "risk_details": {}, "risk_level": {},
            "risk_level_id": {}, "risk_score": {}, "start_time": {}, "status": {},
            "status_id": {"enum": {"1": {}, "2": {}, "3": {}, "4": {}, "5": {}, "6": {}}}, "vendor_attributes": {}}}"#,
    ),
    (
        "events/findings/detection_finding.json",
        r#"{"name": "detection_finding", "extends": "finding", "uid": 4, "attributes": {
            "confidence": {}, "confidence_id": {}, "confidence_score": {}, "evidences": {}, "impact": {},
            "impact_id": {}, "impact_score": {}, "is_alert": {}, "malware": {}, "malware_scan_info": {},
            "remediation": {}, "resources": {}, "vulnerabilities": {}}}"#,
    ),
];

/// The files of the schema by path.
struct Schema(BTreeMap<String, Value>);

impl Schema {
    fn load() -> Option<Self> {
        let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
        let shared = std::env::var_os("THREADHUNT_SHARED").map_or_else(beside, PathBuf::from);
        let path = shared.join("schemas/ocsf-schema.tar.gz");
        let Ok(file) = std::fs::File::open(&path) else {
            println!("skipped: no {}", path.display());
            return None;
        };
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
        let mut files = BTreeMap::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().to_string_lossy().into_owned();
            let mut text = String::new();
            if name.ends_with(".json") && entry.read_to_string(&mut text).is_ok() {
                files.insert(name, serde_json::from_str(&text).unwrap());
            }
        }
        for (name, file) in FINDINGS {
            files.entry((*name).to_owned()).or_insert_with(|| serde_json::from_str(file).unwrap());
        }
        Some(Self(files))
    }

    /// A class or object by name, wherever its file lies; extensions left out.
    fn named(&self, folder: &str, name: &str) -> &Value {
        let mut files = self.0.iter().filter(|(path, _)| path.starts_with(folder));
        let found = files.find(|(_, file)| file["name"] == name);
        found.unwrap_or_else(|| panic!("the schema has no {folder} {name}")).1
    }

    /// The attributes of a class or object with those that it inherits, each with its type from the dictionary.
    fn attributes(&self, folder: &str, name: &str) -> Map<String, Value> {
        let file = self.named(folder, name);
        let mut all = match file["extends"].as_str() {
            Some(parent) => self.attributes(folder, parent),
            None => Map::new(),
        };
        let included = file["attributes"]["$include"].as_array().into_iter().flatten();
        for profile in included.map(|path| &self.0[path.as_str().unwrap()]) {
            for (key, attribute) in profile["attributes"].as_object().unwrap() {
                let mut attribute = attribute.clone();
                attribute["profile"] = profile["name"].clone();
                // What the class has itself is not the profile's to take away.
                all.entry(key.clone()).or_insert(attribute);
            }
        }
        for (key, attribute) in file["attributes"].as_object().into_iter().flatten() {
            if key != "$include" {
                let known = all.entry(key.clone()).or_insert_with(|| json!({}));
                known.as_object_mut().unwrap().remove("profile");
                merge(known, attribute);
            }
        }
        for (key, attribute) in &mut all {
            let mut merged = self.0["dictionary.json"]["attributes"][key].clone();
            merge(&mut merged, attribute);
            *attribute = merged;
        }
        all
    }

    /// The constraints of a class or object or of what it extends.
    fn at_least_one(&self, folder: &str, name: &str) -> Vec<String> {
        let file = self.named(folder, name);
        match (file["constraints"]["at_least_one"].as_array(), file["extends"].as_str()) {
            (Some(names), _) => names.iter().map(|name| name.as_str().unwrap().to_owned()).collect(),
            (None, Some(parent)) => self.at_least_one(folder, parent),
            (None, None) => Vec::new(),
        }
    }
}

/// Lays a description over another; the choices of both count.
fn merge(below: &mut Value, above: &Value) {
    for (what, value) in above.as_object().unwrap() {
        match (what.as_str(), below.get_mut(what).and_then(Value::as_object_mut)) {
            ("enum", Some(choices)) => choices.extend(value.as_object().unwrap().clone()),
            _ => below[what] = value.clone(),
        }
    }
}

/// A document under examination.
struct Check<'s> {
    schema: &'s Schema,
    profiles: Vec<String>,
    complaints: Vec<String>,
}

impl Check<'_> {
    /// What the schema says against an event.
    fn event(schema: &Schema, class: &str, event: &Value) -> Vec<String> {
        let profiles = event["metadata"]["profiles"].as_array().into_iter().flatten();
        let profiles = profiles.map(|profile| profile.as_str().unwrap().to_owned()).collect();
        let mut check = Check { schema, profiles, complaints: Vec::new() };
        check.members("events/", class, "", event);
        check.numbers(class, event);
        check.complaints
    }

    /// The numbers of category, class and type follow from each other (dictionary, `type_uid`).
    fn numbers(&mut self, class: &str, event: &Value) {
        let file = self.schema.named("events/", class);
        let mut of = file;
        while of["category"].is_null() {
            of = self.schema.named("events/", of["extends"].as_str().unwrap());
        }
        let category =
            &self.schema.0["categories.json"]["attributes"][of["category"].as_str().unwrap()]["uid"];
        let number = |value: &Value| value.as_i64().unwrap_or(-1);
        let class = number(category) * 1000 + number(&file["uid"]);
        let kind = class * 100 + number(&event["activity_id"]);
        for (key, right) in [("category_uid", number(category)), ("class_uid", class), ("type_uid", kind)] {
            if event[key] != right {
                self.complain(&format!("/{key}"), &format!("is not {right}"));
            }
        }
    }

    fn members(&mut self, folder: &str, name: &str, path: &str, value: &Value) {
        let Some(members) = value.as_object() else { return self.complain(path, "is no object") };
        let attributes = self.schema.attributes(folder, name);
        for (key, value) in members {
            let path = format!("{path}/{key}");
            match attributes.get(key) {
                None => self.complain(&path, "is not in the schema"),
                Some(attribute) if !self.applies(attribute) => self.complain(&path, "needs its profile"),
                Some(attribute) => self.attribute(attribute, &path, value),
            }
        }
        for (key, attribute) in &attributes {
            if attribute["requirement"] == "required" && self.applies(attribute) && !members.contains_key(key)
            {
                self.complain(path, &format!("lacks {key}"));
            }
        }
        let any = self.schema.at_least_one(folder, name);
        if !any.is_empty() && !any.iter().any(|key| members.contains_key(key)) {
            self.complain(path, &format!("has none of {any:?}"));
        }
    }

    fn applies(&self, attribute: &Value) -> bool {
        attribute["profile"].as_str().is_none_or(|profile| self.profiles.iter().any(|known| known == profile))
    }

    fn attribute(&mut self, attribute: &Value, path: &str, value: &Value) {
        if attribute["@deprecated"].is_object() {
            self.complain(path, "is deprecated");
        }
        match (attribute["is_array"] == true, value.as_array()) {
            (true, Some(items)) => items.iter().for_each(|item| self.value(attribute, path, item)),
            (false, None) => self.value(attribute, path, value),
            (is_list, _) => self.complain(path, if is_list { "is no list" } else { "is a list" }),
        }
    }

    fn value(&mut self, attribute: &Value, path: &str, value: &Value) {
        let choices = &attribute["enum"];
        let chosen = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let is_computed = matches!(path, "/category_uid" | "/class_uid");
        if choices.is_object() && !is_computed && choices.get(&chosen).is_none() {
            self.complain(path, &format!("is {chosen}, which is no choice"));
        }
        let kind = attribute["type"].as_str().unwrap_or_else(|| panic!("{path} has no type"));
        let base = &self.schema.0["dictionary.json"]["types"]["attributes"][kind];
        let right = match base["type"].as_str().unwrap_or(kind) {
            _ if kind == "json_t" => true,
            _ if base.is_null() && kind == "object" => value.is_object(),
            _ if base.is_null() => return self.members("objects/", kind, path, value),
            "string_t" => value.is_string(),
            "integer_t" | "long_t" => value.is_i64(),
            "boolean_t" => value.is_boolean(),
            other => panic!("{path}: the test knows no {other}"),
        };
        if !right {
            self.complain(path, &format!("is {value}, which is no {kind}"));
        }
    }

    fn complain(&mut self, path: &str, what: &str) {
        self.complaints.push(format!("{path} {what}"));
    }
}

/// The documents of the remote threads in a log, in OCSF's names.
fn documents(log: PathBuf) -> Vec<Value> {
    let naming = Naming::new(vocabulary("ocsf").unwrap());
    let format = format_row("jsonl").unwrap().with(&Choice { naming: Some(naming), ..Choice::default() });
    let options = Options { projection: Projection::sysmon(), ..Options::default() };
    let mut lines = Vec::new();
    let stage = |batch: &mut Batch| {
        let mut out = Vec::new();
        let threads =
            batch.records().filter(|record| record.into_event().is_some_and(|event| event.id() == 8));
        threads.for_each(|record| format.record(record, &mut out));
        out
    };
    run(&Inputs(vec![Input::Named(log)]), &options, &stage, &mut |delivery| {
        lines.extend(delivery.output);
        std::ops::ControlFlow::Continue(())
    });
    String::from_utf8(lines).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn remote_threads_are_valid_process_activities() {
    let Some(schema) = Schema::load() else { return };
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    for (log, least) in [("ws-anna.evtx", 10), ("ws-ben.evtx", 1), ("ws-cara.evtx", 1)] {
        let documents = documents(examples.join(log));
        assert!(documents.len() >= least, "{log} holds {}", documents.len());
        for document in documents {
            let complaints = Check::event(&schema, "process_activity", &document);
            assert!(complaints.is_empty(), "{log}: {complaints:#?}\n{document:#}");
        }
    }
}

#[test]
fn what_is_not_valid_is_seen() {
    let Some(schema) = Schema::load() else { return };
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let good = documents(examples.join("ws-anna.evtx")).swap_remove(0);
    for (pointer, value, complaint) in [
        ("/activity_id", json!(77), "is no choice"),
        ("/class_uid", json!("1007"), "is not 1007"),
        ("/type_uid", json!(100_701), "is not 100704"),
        ("/process/pid", json!("804"), "is no integer_t"),
        ("/process", json!({"name": "x"}), "has none of"),
        ("/actor/process/file", json!({"name": "x"}), "lacks type_id"),
        ("/metadata/profiles", json!([]), ""),
        ("/metadata", json!({"version": "1"}), "lacks product"),
        ("/device", json!({"hostname": "x", "type_id": 0, "tgt": 1}), "is not in the schema"),
        ("/module", json!({"start_address": "0x0"}), "has none of"),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} in {good}")) = value;
        let complaints = Check::event(&schema, "process_activity", &bad);
        let expected = if complaint.is_empty() {
            complaints.is_empty()
        } else {
            complaints.iter().any(|found| found.starts_with(pointer) && found.contains(complaint))
        };
        assert!(expected, "{pointer}: {complaints:?}");
    }
    let mut bad = good.clone();
    bad["attacks"] = json!([{"technique": {"uid": "T1055"}}]);
    assert!(Check::event(&schema, "process_activity", &bad).is_empty());
    bad["metadata"]["profiles"] = json!([]);
    assert_eq!(Check::event(&schema, "process_activity", &bad), ["/attacks needs its profile"]);
    bad["process"]["tid"] = json!(6);
    assert!(
        Check::event(&schema, "process_activity", &bad).contains(&"/process/tid is deprecated".to_owned())
    );
}

/// The findings of the examples, with and without what other events say.
fn findings() -> Vec<Value> {
    let inputs = Inputs(vec![Input::Named(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples"))]);
    let mut scan = Scan::new(Copies::Once);
    let mut options = Options { projection: detect::projection(), ..Options::default() };
    run(&inputs, &options, &|batch: &mut Batch| detect::extract(batch), &mut |delivery| {
        scan.add(delivery.output);
        std::ops::ControlFlow::Continue(())
    });
    let wanted = scan.wanted().unwrap();
    options.projection = Wanted::projection();
    run(&inputs, &options, &|batch: &mut Batch| wanted.extract(batch), &mut |delivery| {
        scan.add_context(delivery.output);
        std::ops::ControlFlow::Continue(())
    });
    let mut scanned = scan.finish(Rules::builtin());
    // One of which next to nothing is known.
    let mut bare = scanned.findings[0].clone();
    (bare.source, bare.target, bare.first, bare.last, bare.computer) = Default::default();
    scanned.findings.push(bare);
    let mut out = Vec::new();
    write_ocsf(&scanned, &mut out).unwrap();
    String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn findings_are_valid_detection_findings() {
    let Some(schema) = Schema::load() else { return };
    let findings = findings();
    assert!(findings.len() > 10, "{}", findings.len());
    for finding in &findings {
        let complaints = Check::event(&schema, "detection_finding", finding);
        assert!(complaints.is_empty(), "{complaints:#?}\n{finding:#}");
    }
    for (pointer, value, complaint) in [
        ("/finding_info", json!({"title": "x"}), "lacks uid"),
        ("/severity_id", json!(42), "is no choice"),
        ("/evidences", json!([{"name": "x"}]), "has none of"),
        ("/type_uid", json!(200_402), "is not 200401"),
    ] {
        let mut bad = findings[0].clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        let complaints = Check::event(&schema, "detection_finding", &bad);
        assert!(complaints.iter().any(|found| found.contains(complaint)), "{pointer}: {complaints:?}");
    }
}
