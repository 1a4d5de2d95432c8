//! `--record`: cases from real events and today's verdicts.
//!
//! One for each shape: what an event is, what became of it, what decided, and which conditions hold.
//! Of each shape the first event in the order of the input is kept, so the same logs give the same
//! cases.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
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
use crate::input::{InputArgs, LimitArgs};
use crate::json;
use crate::output::OutputArgs;
use crate::reading::{Reading, conclude};
use crate::summary::count;
use crate::voice::Voice;

/// In which way an event is decided.
#[derive(Hash)]
struct Shape<'p> {
    id: u16,
    expect: Expected<'p>,
    decision: Decision,
    /// The field for want of which a filter was given up.
    failed: Option<FieldId>,
    /// Indices of filter, item and condition.
    held: Vec<(usize, usize, usize)>,
}

impl Shape<'_> {
    /// What two shapes differ in, in fixed room: a configuration may have very many conditions.
    fn digest(&self) -> u128 {
        let [high, low] = [1u8, 2].map(|salt| {
            let mut hasher = DefaultHasher::new();
            (salt, self).hash(&mut hasher);
            u128::from(hasher.finish())
        });
        high << 64 | low
    }
}

#[derive(Clone, Copy, Hash, Serialize)]
struct Expected<'p> {
    logged: bool,
    rule_name: &'p str,
}

/// An event of a batch, and its shape's digest.
struct Shaped<'p> {
    index: usize,
    expect: Expected<'p>,
    digest: u128,
}

/// Writes the cases.
pub(super) fn run(
    paths: &[PathBuf],
    limits: &LimitArgs,
    output: &OutputArgs,
    policy: &Policy,
    voice: &Voice,
) -> anyhow::Result<ExitCode> {
    let input = InputArgs::of(paths.to_vec(), limits.clone());
    let progress = !output.is_stdout();
    let mut output = output.open()?;
    let (mut shapes, mut events) = (HashSet::new(), 0);
    let reading = Reading { args: &input, voice, projection: Projection::sysmon(), progress };
    let stage = |batch: &mut Batch| shaped(policy, batch);
    let totals = reading.run(&stage, &mut |delivery, _| {
        for shaped in delivery.output {
            events += 1;
            if let Record::Sysmon(event) = delivery.batch.record_at(shaped.index)
                && shapes.insert(shaped.digest)
            {
                output.write_all(&case(&event, &shaped.expect))?;
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

fn shaped<'p>(policy: &'p Policy, batch: &Batch) -> Vec<Shaped<'p>> {
    let records = batch.records().enumerate();
    let events = records.filter_map(|(index, record)| Some((index, record.into_event()?)));
    let shaped = events.map(|(index, event)| {
        let explanation = policy.explain(&event);
        let verdict = explanation.verdict;
        let rule_name = if verdict.logged { verdict.rule_name } else { "" };
        let expect = Expected { logged: verdict.logged, rule_name };
        let held = explanation.held().collect();
        let shape =
            Shape { id: event.id(), expect, decision: verdict.decision, failed: verdict.failed, held };
        Shaped { index, expect, digest: shape.digest() }
    });
    shaped.collect()
}

/// A case as a line.
fn case(event: &Event<'_>, expect: &Expected<'_>) -> Vec<u8> {
    let name = format!("{} is {}", subject(event), fate(expect.logged, expect.rule_name));
    let mut line =
        format!("{{\"name\":{},\"expect\":{},", json::line(&name), json::line(expect)).into_bytes();
    push_bare(event, &mut line);
    line.extend_from_slice(b"}\n");
    line
}
