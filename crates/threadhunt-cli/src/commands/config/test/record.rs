//! `--record`: cases from real events and today's verdicts.
//!
//! One for each shape: what an event is, what became of it, what decided, and which conditions hold.
//! Of each shape the first event in the order of the input is kept, so the same logs give the same
//! cases.

use std::collections::HashSet;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use serde::Serialize;
use threadhunt::config::{Decision, Policy};
use threadhunt::event::{Batch, Event, Projection, Record};
use threadhunt::schema::FieldId;
use threadhunt::sink::push_bare;

use super::super::words::{fate, subject};
use crate::input::InputArgs;
use crate::output::OutputArgs;
use crate::reading::{Reading, conclude};
use crate::summary::count;
use crate::voice::Voice;

/// In which way an event is decided.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Shape<'p> {
    id: u16,
    expect: Expected<'p>,
    decision: Decision,
    /// The field for want of which a filter was given up.
    failed: Option<FieldId>,
    /// Indices of filter, item and condition.
    held: Vec<(usize, usize, usize)>,
}

#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
struct Expected<'p> {
    logged: bool,
    rule_name: &'p str,
}

/// Writes the cases.
pub(super) fn run(
    paths: &[PathBuf],
    output: &OutputArgs,
    policy: &Policy,
    voice: &Voice,
) -> anyhow::Result<ExitCode> {
    let input = InputArgs::of(paths.to_vec());
    let progress = !output.is_stdout();
    let mut output = output.open()?;
    let (mut shapes, mut events) = (HashSet::new(), 0);
    let reading = Reading { args: &input, voice, projection: Projection::sysmon(), progress };
    let stage = |batch: &mut Batch| shaped(policy, batch);
    let totals = reading.run(&stage, &mut |delivery, _| {
        for (index, shape) in delivery.output {
            events += 1;
            let Record::Sysmon(event) = delivery.batch.record_at(index) else { continue };
            if !shapes.contains(&shape) {
                output.write_all(&case(&event, &shape.expect))?;
                shapes.insert(shape);
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if events == 0 {
        bail!("there is no Sysmon event to make a case of");
    }
    if !totals.stopped {
        output.finish()?;
    }
    let cases = count(shapes.len() as u64, "case", "cases");
    voice.note(&format!("{cases} of {}", count(events, "event", "events")));
    Ok(conclude(&input, voice, &totals).into())
}

/// The indices of a batch's events, with their shapes.
fn shaped<'p>(policy: &'p Policy, batch: &Batch) -> Vec<(usize, Shape<'p>)> {
    let records = batch.records().enumerate();
    records.filter_map(|(index, record)| Some((index, shape(policy, &record.into_event()?)))).collect()
}

fn shape<'p>(policy: &'p Policy, event: &Event<'_>) -> Shape<'p> {
    let explanation = policy.explain(event);
    let verdict = explanation.verdict;
    Shape {
        id: event.id(),
        expect: Expected {
            logged: verdict.logged,
            rule_name: if verdict.logged { verdict.rule_name } else { "" },
        },
        decision: verdict.decision,
        failed: verdict.failed,
        held: explanation.held().collect(),
    }
}

/// A case as a line.
fn case(event: &Event<'_>, expect: &Expected<'_>) -> Vec<u8> {
    let name = format!("{} is {}", subject(event), fate(expect.logged, expect.rule_name));
    let json = |value: Result<Vec<u8>, serde_json::Error>| value.expect("texts and truth values are JSON");
    let mut line = b"{\"name\":".to_vec();
    line.extend(json(serde_json::to_vec(&name)));
    line.extend_from_slice(b",\"expect\":");
    line.extend(json(serde_json::to_vec(expect)));
    line.push(b',');
    push_bare(event, &mut line);
    line.extend_from_slice(b"}\n");
    line
}
