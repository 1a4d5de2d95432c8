//! Findings as a layer of the ATT&CK Navigator, format 4.5 ("LAYERFORMATv4_5" in its repository).
//!
//! A technique's score is the worst severity among its findings and how many of them there are, so
//! that the matrix shows where to look first. Techniques are those of the judgement; findings that
//! are consistent with none are counted in the layer's description.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::document::{PRODUCT, VERSION};
use super::jsonl::write_line;
use super::look::counted;
use crate::report::{Finding, Scanned, Severity};

/// Writes the layer.
pub fn write(scanned: &Scanned, out: &mut dyn Write) -> io::Result<()> {
    let mut techniques: BTreeMap<&str, Technique<'_>> = BTreeMap::new();
    let mut without = 0;
    for finding in &scanned.findings {
        match finding.judgement.technique.as_deref() {
            Some(id) => techniques.entry(id).or_default().add(finding),
            None => without += 1,
        }
    }
    let rows: Vec<Value> = techniques.iter().map(|(id, technique)| technique.row(id)).collect();
    let layer = json!({
        "name": format!("{PRODUCT}: remote threads"),
        "versions": {"navigator": "5.0.0", "layer": "4.5"},
        "domain": "enterprise-attack",
        "description": description(scanned, without),
        "filters": {"platforms": ["Windows"]},
        // The highest score first.
        "sorting": 3,
        "layout": {"layout": "side", "showID": true, "showName": true, "expandedSubtechniques": "annotated"},
        "hideDisabled": false,
        "techniques": rows,
        "gradient": {"colors": ["#ffffff", "#ffe766", "#ff6666"], "minValue": 0, "maxValue": 100},
        "legendItems": legend(),
        "metadata": [{"name": "made by", "value": format!("{PRODUCT} {VERSION}")}],
    });
    write_line(&layer, out)
}

fn description(scanned: &Scanned, without: u64) -> String {
    let all = scanned.findings.len() as u64;
    let computers: BTreeSet<&str> = scanned.findings.iter().map(|finding| &*finding.computer).collect();
    let on = counted(computers.len() as u64, "computer");
    let rest = if without == 0 { String::new() } else { format!("; {without} without a technique") };
    format!("{} on {on}{rest}", counted(all, "finding"))
}

/// The findings of one technique.
#[derive(Default)]
struct Technique<'f> {
    /// How many there are of each severity.
    counts: BTreeMap<Severity, u64>,
    threads: u64,
    computers: BTreeSet<&'f str>,
    worst: Option<&'f Finding>,
}

/// What a severity is worth; a doubling of the findings adds a part of a band.
const BAND: u64 = 20;
const DOUBLING: u64 = 4;

impl<'f> Technique<'f> {
    fn add(&mut self, finding: &'f Finding) {
        *self.counts.entry(finding.judgement.severity).or_default() += 1;
        self.threads += finding.count;
        self.computers.insert(&finding.computer);
        // Of equals the first in time stays.
        let rank = |finding: &Finding| (finding.judgement.severity, finding.judgement.score);
        if self.worst.is_none_or(|worst| rank(finding) > rank(worst)) {
            self.worst = Some(finding);
        }
    }

    /// The band of the worst severity, and within it the more the more findings have that severity.
    fn score(&self) -> u64 {
        let Some((severity, count)) = self.counts.last_key_value() else { return 0 };
        let more = DOUBLING * u64::from(count.max(&1).ilog2());
        *severity as u64 * BAND + more.min(BAND - 1)
    }

    fn row(&self, id: &str) -> Value {
        let counts = self.counts.iter().rev();
        let words: Vec<String> =
            counts.clone().map(|(severity, count)| format!("{count} {}", severity.name())).collect();
        let mut metadata: Vec<Value> = counts
            .map(|(severity, count)| json!({"name": severity.name(), "value": count.to_string()}))
            .collect();
        metadata.push(json!({"name": "threads", "value": self.threads.to_string()}));
        if let Some(worst) = self.worst {
            metadata.push(json!({"name": "worst finding", "value": worst.spelled_id()}));
        }
        let on = counted(self.computers.len() as u64, "computer");
        json!({
            "techniqueID": id,
            "score": self.score(),
            "comment": format!("{} on {on}, {}", words.join(", "), counted(self.threads, "thread")),
            "enabled": true,
            "metadata": metadata,
            "showSubtechniques": !id.contains('.'),
        })
    }
}

fn legend() -> Vec<Value> {
    let item = |label: &str, color: &str| json!({"label": label, "color": color});
    vec![item("info, one finding: 0", "#ffffff"), item("critical: 80 to 99", "#ff6666")]
}
