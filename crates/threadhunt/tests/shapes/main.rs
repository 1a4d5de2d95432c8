//! Shapes of real and of documented records: each is known by its name and gives the event it was.
//!
//! Records of our own, one of each shape, stand in `records`; the twin of all of them is one event.
//! Where the folder `shared` lies beside the checkout, its samples and its truth are read too.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod between;
mod chosen;
mod damage;
mod dotted;
mod forms;
mod kusto;
mod lists;
mod ours;
mod real;
mod said;
mod traps;
mod values;

use std::collections::BTreeMap;

use threadhunt::event::{Batch, Projection, SystemField, Value};
use threadhunt::source::{Options, read_bytes};

/// What was read of an input.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) events: Vec<Record>,
    pub(crate) shapes: Vec<(&'static str, u64)>,
    pub(crate) damages: Vec<String>,
    pub(crate) doubtful: u64,
}

/// One record.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Record {
    pub(crate) id: u16,
    pub(crate) provider: String,
    pub(crate) system: BTreeMap<&'static str, String>,
    pub(crate) data: Vec<(String, String)>,
    pub(crate) notes: Vec<String>,
}

impl Record {
    /// A field, `-` where it says nothing or is missing.
    pub(crate) fn canonical(&self, name: &str) -> &str {
        let value = self.data.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty()).unwrap_or("-")
    }
}

impl Seen {
    pub(crate) fn add(&mut self, batch: &Batch) {
        self.events.extend(batch.records().map(|record| {
            let event = record.view();
            let text = |value: Value<'_>| value.to_text().into_owned();
            Record {
                id: event.id(),
                provider: event.system(SystemField::ProviderName).map(text).unwrap_or_default(),
                system: SystemField::all()
                    .filter_map(|field| Some((field.name(), text(event.system(field)?))))
                    .collect(),
                data: event.data().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
                notes: event.notes().map(str::to_owned).collect(),
            }
        }));
        for (name, count) in &batch.counts.shapes {
            match self.shapes.iter_mut().find(|(known, _)| known == name) {
                Some((_, sum)) => *sum += count,
                None => self.shapes.push((name, *count)),
            }
        }
        self.doubtful += batch.counts.doubtful_times;
        self.damages
            .extend(batch.damages.iter().map(|damage| format!("{} {}", damage.code.name(), damage.reason)));
    }
}

pub(crate) fn read(bytes: &[u8]) -> Seen {
    let mut seen = Seen::default();
    let options = Options { projection: Projection::everything(), ..Options::default() };
    read_bytes(bytes, &options, &mut |batch| seen.add(batch));
    seen
}
