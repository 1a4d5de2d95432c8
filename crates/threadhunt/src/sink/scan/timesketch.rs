//! Findings as lines that Timesketch imports as they are: one for each time of a finding.
//!
//! A finding is a line at its first thread, another at its last, and one for each step of its chain
//! that a record shows, so that it stands in the timeline among the events that it is made of. All
//! lines of a finding have its id, severity and processes. Times as in the lines of events.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::document::{object, time_of};
use super::jsonl::write_line;
use crate::event::FileTime;
use crate::report::{Finding, Scanned, StepKind, StepState};
use crate::sink::timesketch::{NO_TIME, spelled};

/// Writes the lines of each finding, the worst first.
pub fn write(scanned: &Scanned, out: &mut dyn Write) -> io::Result<()> {
    for finding in scanned.worst_first().into_iter().map(|place| &scanned.findings[place]) {
        for row in rows(finding) {
            write_line(&row.line(finding), out)?;
        }
    }
    Ok(())
}

/// A time of a finding.
struct Row {
    time: Option<FileTime>,
    /// What happened then, as Timesketch shows it beside the time.
    desc: String,
    message: String,
}

fn rows(finding: &Finding) -> Vec<Row> {
    let judgement = &finding.judgement;
    let severity = judgement.severity.name().to_uppercase();
    let message = format!("{severity} {}: {}", judgement.score.points(), judgement.title);
    let (first, last) = (time_of(finding.first), time_of(finding.last));
    let desc = if first.is_some() { "First remote thread" } else { NO_TIME };
    let mut rows = vec![Row { time: first, desc: desc.to_owned(), message: message.clone() }];
    if last.is_some() && last != first {
        rows.push(Row { time: last, desc: "Last remote thread".to_owned(), message });
    }
    let seen =
        judgement.chain.iter().filter(|step| step.state == StepState::Seen && step.kind != StepKind::Thread);
    let pair = format!("{} → {}", finding.source.name(), finding.target.name());
    rows.extend(seen.filter(|step| step.time.is_some()).map(|step| Row {
        time: step.time,
        desc: format!("Chain: {}", step.kind.name()),
        message: format!("{pair}, {}: {}", step.kind.name(), step.text),
    }));
    rows
}

impl Row {
    fn line(&self, finding: &Finding) -> Value {
        let (datetime, timestamp) = spelled(self.time);
        let judgement = &finding.judgement;
        let (source, target, start) = (&finding.source, &finding.target, finding.start());
        let tags = [Some(judgement.severity.name()), judgement.technique.as_deref()];
        object([
            ("message", json!(self.message)),
            ("datetime", json!(datetime)),
            ("timestamp", json!(timestamp)),
            ("timestamp_desc", json!(self.desc)),
            ("data_type", json!("threadhunt:finding")),
            ("finding_id", json!(finding.spelled_id())),
            ("severity", json!(judgement.severity.name())),
            ("score", json!(judgement.score.value())),
            ("confidence", json!(judgement.confidence.name())),
            ("technique", json!(judgement.technique.as_deref())),
            ("meaning", json!(&*judgement.meaning)),
            ("hostname", json!(&*finding.computer)),
            ("computer_name", json!(&*finding.computer)),
            ("source_image", json!(source.image.as_deref())),
            ("source_pid", json!(source.pid)),
            ("source_guid", json!(source.guid.map(|guid| guid.to_string()))),
            ("source_user", json!(source.user().map(|user| &**user))),
            ("source_command_line", json!(source.facts.command_line.as_deref())),
            ("target_image", json!(target.image.as_deref())),
            ("target_pid", json!(target.pid)),
            ("target_guid", json!(target.guid.map(|guid| guid.to_string()))),
            ("target_user", json!(target.user().map(|user| &**user))),
            ("start_class", json!(start.map(|start| &*start.class))),
            ("start_module", json!(start.and_then(|start| start.module.as_deref()))),
            ("start_function", json!(start.and_then(|start| start.function.as_deref()))),
            ("threads", json!(finding.count)),
            ("tag", tags.into_iter().flatten().map(|tag| json!(tag)).collect()),
        ])
    }
}
