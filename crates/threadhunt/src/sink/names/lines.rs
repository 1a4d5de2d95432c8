//! Documents as JSON lines: a plan as a flat run of steps, keys made once.
//!
//! An object or list is opened on trial: where nothing is written into it, what opened it is taken back. So a
//! document has no empty objects, and constants that only stand beside values stand nowhere else.

use std::collections::HashSet;

use super::Naming;
use super::make::Made;
use super::plan::{Content, Name, PerEvent, Run, Take, document};
use crate::event::{Event, FieldName, Record, Value};
use crate::schema::names::{Make, NoneValue, is_number};
use crate::sink::Format;
use crate::sink::escape::push_utf8;
use crate::sink::forest::Forest;
use crate::sink::jsonl::{
    JsonText, close, push_content, push_key, push_list, push_notes, push_object, push_odd, push_scalar,
    push_string, push_typed,
};
use crate::sink::lone::{self, Replaced};

/// Appends a record as a line of JSON in a vocabulary's names.
#[derive(Clone, Debug)]
pub struct NamedLines {
    none: NoneValue,
    plans: PerEvent<Box<[Step]>>,
    replaced: Replaced,
}

/// What is done for a part of a document.
#[derive(Clone, Debug)]
enum Step {
    /// Opens an object, or a list with an object in it.
    Open(Box<[u8]>),
    Close {
        is_list: bool,
    },
    Value(Box<[u8]>, Box<[Take]>),
    List(Box<[u8]>, Box<[Take]>),
    Constant(Box<[u8]>),
    Beside(Box<[u8]>),
    /// The data not yet told, within the open object, but for names that it has already.
    ///
    /// Names that are the field's own there too are taken only where a record has two data of that name.
    Data {
        make: Make,
        taken: Box<[String]>,
        own: Box<[String]>,
    },
    TimeOf(Box<[u8]>),
    Remains(Box<[u8]>),
    Trees(Box<[u8]>),
    Notes,
    Recovered(Box<[u8]>),
}

impl NamedLines {
    /// Documents in the names of a vocabulary that has a table, which all but Sysmon's own have.
    pub fn new(naming: Naming) -> Self {
        let plans = PerEvent::new(|event| {
            let mut steps = Vec::new();
            steps_of(&document(naming, event), &mut steps);
            steps.into()
        });
        Self { none: naming.vocabulary.none, plans, replaced: Replaced::default() }
    }
}

/// The steps for what stands within a name.
fn steps_of(name: &Name, steps: &mut Vec<Step>) {
    for member in &name.members {
        let key = key(&member.key, "");
        match &member.content {
            Content::Nothing | Content::Data(_) => {
                let open = if member.is_list { "[{" } else { "{" };
                steps.push(Step::Open(self::key(&member.key, open)));
                steps_of(member, steps);
                steps.push(Step::Close { is_list: member.is_list });
            }
            Content::Takes(takes) if member.is_list => steps.push(Step::List(key, takes.clone().into())),
            Content::Takes(takes) => steps.push(Step::Value(key, takes.clone().into())),
            Content::Constant(text) => steps.push(Step::Constant(constant(&key, text, member.is_list))),
            Content::Beside(text) => steps.push(Step::Beside(constant(&key, text, member.is_list))),
            Content::Remains => steps.push(Step::Remains(self::key(&member.key, "{"))),
            Content::TimeOf => steps.push(Step::TimeOf(key)),
            Content::Trees => steps.push(Step::Trees(key)),
            Content::Notes => steps.push(Step::Notes),
            Content::Recovered => steps.push(Step::Recovered(key)),
        }
    }
    if let Content::Data(make) = name.content {
        let keys = |own: bool| {
            let members = name.members.iter().filter(move |member| member.is_own_name() == own);
            members.map(|member| member.key.clone())
        };
        let taken = keys(false).chain([ODD.to_owned()]).collect();
        steps.push(Step::Data { make, taken, own: keys(true).collect() });
    }
}

/// Where data go that no object can hold under their name.
const ODD: &str = "data";

/// `"name":` and what opens the value.
fn key(name: &str, open: &str) -> Box<[u8]> {
    let mut out = Vec::new();
    push_key(name, &mut out);
    out.extend_from_slice(open.as_bytes());
    out.into()
}

/// A key with a constant and the comma behind it.
fn constant(key: &[u8], text: &'static str, is_list: bool) -> Box<[u8]> {
    let mut out = key.to_vec();
    if is_list {
        out.push(b'[');
        for item in text.split(' ') {
            push_made(&Made::Literal(item), &mut out);
            out.push(b',');
        }
        close(b']', &mut out);
    } else {
        push_made(&Made::Literal(text), &mut out);
    }
    out.push(b',');
    out.into()
}

impl Format for NamedLines {
    fn record(&self, record: Record<'_>, out: &mut Vec<u8>) {
        let event = record.view();
        let mut run = Run::new(&event, self.none);
        let mut open = Vec::with_capacity(8);
        let start = out.len();
        out.push(b'{');
        for step in self.plans.of(&event) {
            let wrote = step.run(&mut run, &mut open, out);
            if wrote && let Some((_, filled)) = open.last_mut() {
                *filled = true;
            }
        }
        close(b'}', out);
        // Values are replaced here, or were when something was made of them: what is lost tells the event.
        lone::replace(start, out);
        if lone::may_be_replaced(&out[start..]) {
            self.replaced.add_lost(event.lone_surrogates());
        }
        out.push(b'\n');
    }

    fn replaced(&self) -> u64 {
        self.replaced.count()
    }
}

/// Objects that are open: where each begins, and whether something is in it.
type Open = Vec<(usize, bool)>;

impl Step {
    /// Takes the step; whether it wrote something that keeps the open object.
    fn run(&self, run: &mut Run<'_, '_>, open: &mut Open, out: &mut Vec<u8>) -> bool {
        let start = out.len();
        match self {
            Self::Open(key) => {
                open.push((start, false));
                out.extend_from_slice(key);
                return false;
            }
            Self::Close { is_list } => return end(*is_list, open, out),
            Self::Value(key, takes) => push_value(key, takes, run, out),
            Self::List(key, takes) => push_values(key, takes, run, out),
            Self::Constant(bytes) => out.extend_from_slice(bytes),
            Self::Beside(bytes) => {
                out.extend_from_slice(bytes);
                return false;
            }
            Self::Data { make, taken, own } => {
                let plain = run.event.has_plain_data();
                let is_taken = |name: &str| {
                    let own = if plain { &[][..] } else { own };
                    taken.iter().chain(own).any(|taken| taken == name)
                };
                push_data(*make, &is_taken, run, out);
            }
            Self::Remains(key) => push_object(key, out, |out| {
                for (field, value) in run.remains() {
                    push_key(field.name(), out);
                    push_typed(field, value, out);
                    out.push(b',');
                }
            }),
            Self::TimeOf(key) => {
                if let Some(time) = run.time_of() {
                    out.extend_from_slice(key);
                    push_string(time, out);
                    out.push(b',');
                }
            }
            Self::Trees(key) => push_trees(key, run.event, out),
            Self::Notes => push_notes(run.event, out),
            Self::Recovered(key) => {
                if run.event.place().recovered {
                    out.extend_from_slice(key);
                    out.extend_from_slice(b"true,");
                }
            }
        }
        out.len() > start
    }
}

/// Closes an object, or takes it back where nothing keeps it.
fn end(is_list: bool, open: &mut Open, out: &mut Vec<u8>) -> bool {
    // Steps open before they close; see `steps_of`.
    let Some((start, filled)) = open.pop() else { return false };
    if !filled {
        out.truncate(start);
        return false;
    }
    close(b'}', out);
    out.extend_from_slice(if is_list { b"]," } else { b"," });
    true
}

fn push_value(key: &[u8], takes: &[Take], run: &mut Run<'_, '_>, out: &mut Vec<u8>) {
    for take in takes {
        if let Some(made) = run.make(take) {
            out.extend_from_slice(key);
            push_made(&made, out);
            return out.push(b',');
        }
    }
}

fn push_values(key: &[u8], takes: &[Take], run: &mut Run<'_, '_>, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(key);
    out.push(b'[');
    let mut seen = Vec::new();
    let items = |made| match made {
        Made::Items(items) => items.into_iter().map(Made::Own).collect(),
        made => vec![made],
    };
    for item in takes.iter().filter_map(|take| run.make(take)).flat_map(items) {
        if !seen.contains(&item) {
            push_made(&item, out);
            out.push(b',');
            seen.push(item);
        }
    }
    if seen.is_empty() {
        return out.truncate(start);
    }
    close(b']', out);
    out.push(b',');
}

fn push_made(made: &Made<'_>, out: &mut Vec<u8>) {
    match made {
        Made::Typed(value) => push_scalar(*value, out),
        Made::Text(value) => push_text(*value, out),
        Made::Own(text) => push_string(text, out),
        Made::Number(text) => out.extend_from_slice(text.as_bytes()),
        Made::Literal(text) if is_number(text) => out.extend_from_slice(text.as_bytes()),
        Made::Literal(text) => push_string(text, out),
        Made::Bool(truth) => out.extend_from_slice(if *truth { b"true" } else { b"false" }),
        Made::Pairs(pairs) => {
            out.push(b'{');
            for (name, value) in pairs {
                push_key(name, out);
                push_string(value, out);
                out.push(b',');
            }
            close(b'}', out);
        }
        Made::Items(items) => {
            out.push(b'[');
            for item in items {
                push_string(item, out);
                out.push(b',');
            }
            close(b']', out);
        }
    }
}

/// A value as a string, numbers too.
fn push_text(value: Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Unsigned(_) | Value::Signed(_) => {
            out.push(b'"');
            value.push_to(out);
            out.push(b'"');
        }
        value => push_scalar(value, out),
    }
}

/// The data that are not told yet; those whose name is no name, or taken, in a list of their own.
fn push_data(make: Make, is_taken: &dyn Fn(&str) -> bool, run: &Run<'_, '_>, out: &mut Vec<u8>) {
    let plain = run.event.has_plain_data();
    let mut seen = HashSet::new();
    let mut odd = Vec::new();
    for (name, value) in run.rest() {
        let text = name.as_str();
        if is_taken(text) || !plain && (text.is_empty() || !seen.insert(name)) {
            odd.push((name, value));
            continue;
        }
        push_name(name, out);
        push_datum(make, value, out);
        out.push(b',');
    }
    push_list(b"\"data\":[", out, |out| {
        for (name, value) in odd {
            push_odd(None, name, value, out);
            out.push(b',');
        }
    });
}

fn push_name(name: &FieldName, out: &mut Vec<u8>) {
    out.push(b'"');
    push_utf8(name.as_str(), &mut JsonText, out);
    out.extend_from_slice(b"\":");
}

fn push_datum(make: Make, value: Value<'_>, out: &mut Vec<u8>) {
    match make {
        Make::Text => push_text(value, out),
        _ => push_scalar(value, out),
    }
}

fn push_trees(key: &[u8], event: &Event<'_>, out: &mut Vec<u8>) {
    if let Some(forest) = Forest::of(event) {
        out.extend_from_slice(key);
        push_content(&forest, forest.top(), out);
        out.push(b',');
    }
}
