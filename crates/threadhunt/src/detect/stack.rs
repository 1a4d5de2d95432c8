//! Stacks: remote threads counted by what they have in common, so that the rare stands out.
//!
//! A row is a combination of values, such as source, target, module and function, with its threads,
//! pairs of processes, computers and days. Only events 8 are looked at, once. Workers make the keys;
//! a [`Stack`] counts. Memory grows with the number of different pairs and rows, not with that of
//! threads but for a digest each, which tells copies apart.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use super::baseline::{Day, Plain};
use super::duplicates::Duplicates;
use super::judge::is_low_address;
use super::pairs::PairKey;
use super::rules::{Rule, Rules};
use super::{Copies, RemoteThread, folded, paths};
use crate::event::{Batch, Content, Projection, UNKNOWN_PROCESS, Want};
use crate::report::{Moment, StackRow, StackTable, StartKind};

/// Rows kept, the first in the order of their values: of more nobody reads the rarest ones.
pub const MAX_STACK_ROWS: usize = 1 << 20;
/// Bytes kept of a value: a path that is longer is forged.
const MAX_VALUE: usize = 520;

/// How values are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spelling {
    /// Paths in one spelling, without users and versions; computers in lower case.
    #[default]
    Normalised,
    /// As logged.
    Verbatim,
}

/// What threads may be counted by.
#[derive(Clone, Copy, Debug)]
pub struct StackColumn {
    /// The name.
    pub name: &'static str,
    /// What stands in it.
    pub doc: &'static str,
    value: fn(&Looked<'_>) -> String,
}

/// All columns.
pub const STACK_COLUMNS: &[StackColumn] = &[
    StackColumn {
        name: "source",
        doc: "program that created the thread",
        value: |it| it.process(&it.thread.source.image),
    },
    StackColumn {
        name: "target",
        doc: "program in which it runs",
        value: |it| it.process(&it.thread.target.image),
    },
    StackColumn {
        name: "module",
        doc: "module in which it starts",
        value: |it| it.path(&it.thread.start.module),
    },
    StackColumn {
        name: "function",
        doc: "function at which it starts",
        value: |it| text(&it.thread.start.function),
    },
    StackColumn {
        name: "class",
        doc: "start class, by the record alone",
        value: |it| it.class().name().to_string(),
    },
    StackColumn {
        name: "technique",
        doc: "ATT&CK technique of the start class",
        value: |it| text(&it.class().technique().cloned()),
    },
    StackColumn {
        name: "start",
        doc: "what is known of the start: function, module, no-module, kernel, unknown",
        value: |it| it.thread.start.kind.name().to_owned(),
    },
    StackColumn {
        name: "offset",
        doc: "low 16 bits of the start's address, where no function names it",
        value: offset,
    },
    StackColumn { name: "computer", doc: "computer", value: |it| it.computer() },
    StackColumn { name: "user", doc: "account of the source", value: |it| text(&it.thread.source.user) },
    StackColumn {
        name: "target-user",
        doc: "account of the target",
        value: |it| text(&it.thread.target.user),
    },
    StackColumn { name: "rule-name", doc: "RuleName of the record", value: |it| text(&it.thread.rule_name) },
    StackColumn {
        name: "day",
        doc: "day of the thread (UTC)",
        value: |it| day(it.thread).map_or_else(none, |day| day.to_string()),
    },
];

/// What to count by, and how.
#[derive(Clone, Debug)]
pub struct StackPlan<'r> {
    /// The columns of a row.
    pub columns: Vec<StackColumn>,
    /// How values are compared.
    pub spelling: Spelling,
    /// The rules that give start classes.
    pub rules: &'r Rules,
}

/// A thread and what is asked of it.
struct Looked<'a> {
    thread: &'a RemoteThread,
    plan: &'a StackPlan<'a>,
}

fn none() -> String {
    "-".to_owned()
}

fn text(value: &Option<Arc<str>>) -> String {
    value.as_deref().map_or_else(none, str::to_owned)
}

fn day(thread: &RemoteThread) -> Option<Day> {
    thread.at.and_then(|moment| Day::of(moment.time))
}

fn offset(it: &Looked<'_>) -> String {
    let start = &it.thread.start;
    let low = start.low16.filter(|_| start.kind != StartKind::Function);
    low.map_or_else(none, |low| format!("0x{low:04x}"))
}

impl Looked<'_> {
    fn spelled(&self, path: &str) -> String {
        match self.plan.spelling {
            Spelling::Normalised => paths::folded(&paths::clean(path)),
            Spelling::Verbatim => path.to_owned(),
        }
    }

    fn path(&self, path: &Option<Arc<str>>) -> String {
        path.as_deref().map_or_else(none, |path| self.spelled(path))
    }

    fn process(&self, image: &Option<Arc<str>>) -> String {
        image.as_deref().map_or_else(|| UNKNOWN_PROCESS.to_owned(), |image| self.spelled(image))
    }

    fn computer(&self) -> String {
        let computer = &*self.thread.computer;
        match self.plan.spelling {
            _ if computer.is_empty() => none(),
            Spelling::Normalised => computer.to_lowercase(),
            Spelling::Verbatim => computer.to_owned(),
        }
    }

    fn class(&self) -> &Rule {
        let start = &self.thread.start;
        let program = |image: &Option<Arc<str>>| self.plan.rules.program(image.as_deref());
        let thread = Plain {
            source: &program(&self.thread.source.image),
            target: &program(&self.thread.target.image),
            module: &program(&start.module),
            start: start.kind,
            function: start.function.as_deref().unwrap_or_default(),
            low16: start.low16,
            low: start.address.as_deref().is_some_and(is_low_address),
        };
        thread.class(self.plan.rules)
    }
}

/// A thread as a stack counts it.
#[derive(Debug)]
struct Counted {
    key: Key,
    content: Content,
    record_id: Option<u64>,
    pair: u64,
    computer: Arc<str>,
    at: Option<Moment>,
}

type Key = Arc<[Arc<str>]>;

/// What a batch adds to a stack.
#[derive(Debug, Default)]
pub struct Stacked(Vec<Counted>);

/// What makes the values of two threads the same, as logged.
type Logged = ([Option<Arc<str>>; 7], Arc<str>, StartKind, Option<u16>, bool, Option<Day>);

impl StackPlan<'_> {
    /// What [`extract`](Self::extract) needs: events 8, and nothing of others.
    pub fn projection() -> Projection {
        Projection::nothing().with([8], Want::All)
    }

    /// Looks at one batch; any worker may.
    pub fn extract(&self, batch: &Batch) -> Stacked {
        let mut known: HashMap<Logged, Key> = HashMap::new();
        let threads = batch.events().filter_map(|event| RemoteThread::read(&event));
        let counted = threads.map(|thread| Counted {
            key: Arc::clone(known.entry(logged(&thread)).or_insert_with(|| self.key(&thread))),
            content: thread.content,
            record_id: thread.evidence.record_id,
            pair: PairKey::of(&thread).id(),
            computer: folded(&thread.computer),
            at: thread.at,
        });
        Stacked(counted.collect())
    }

    fn key(&self, thread: &RemoteThread) -> Key {
        let looked = Looked { thread, plan: self };
        let value = |column: &StackColumn| {
            let value = (column.value)(&looked);
            value[..value.floor_char_boundary(MAX_VALUE)].into()
        };
        self.columns.iter().map(value).collect()
    }
}

fn logged(thread: &RemoteThread) -> Logged {
    let start = &thread.start;
    let texts = [
        &thread.source.image,
        &thread.target.image,
        &start.module,
        &start.function,
        &thread.source.user,
        &thread.target.user,
        &thread.rule_name,
    ];
    let low = start.address.as_deref().is_some_and(is_low_address);
    (texts.map(Clone::clone), Arc::clone(&thread.computer), start.kind, start.low16, low, day(thread))
}

/// What a row counts.
#[derive(Debug, Default)]
struct Tally {
    threads: u64,
    pairs: HashSet<u64>,
    computers: HashSet<Arc<str>>,
    days: HashSet<Day>,
    first: Option<Moment>,
    last: Option<Moment>,
}

impl Tally {
    fn add(&mut self, thread: &Counted) {
        self.threads += 1;
        self.pairs.insert(thread.pair);
        self.computers.insert(Arc::clone(&thread.computer));
        self.days.extend(thread.at.and_then(|moment| Day::of(moment.time)));
        self.first = self.first.into_iter().chain(thread.at).min();
        self.last = self.last.max(thread.at);
    }

    fn finish(self, key: &Key) -> StackRow {
        StackRow {
            values: key.to_vec(),
            threads: self.threads,
            pairs: self.pairs.len() as u64,
            computers: self.computers.len() as u64,
            days: self.days.len() as u64,
            first: self.first.map(|moment| moment.time),
            last: self.last.map(|moment| moment.time),
        }
    }
}

/// A stack in the making.
#[derive(Debug)]
pub struct Stack {
    columns: Vec<&'static str>,
    /// `None` when every record counts.
    duplicates: Option<Duplicates>,
    rows: BTreeMap<Key, Tally>,
    whole: Tally,
    computers: HashSet<Arc<str>>,
}

impl Stack {
    /// An empty stack.
    pub fn new(plan: &StackPlan<'_>, copies: Copies) -> Self {
        Self {
            columns: plan.columns.iter().map(|column| column.name).collect(),
            duplicates: (copies == Copies::Once).then(Duplicates::default),
            rows: BTreeMap::new(),
            whole: Tally::default(),
            computers: HashSet::new(),
        }
    }

    /// Takes what was found in a batch, in any order.
    pub fn add(&mut self, found: Stacked) {
        for mut thread in found.0 {
            let is_new =
                self.duplicates.as_mut().is_none_or(|seen| seen.is_new(thread.content, thread.record_id));
            if !is_new {
                continue;
            }
            if let Some(known) = self.computers.get(&thread.computer) {
                thread.computer = Arc::clone(known);
            } else {
                self.computers.insert(Arc::clone(&thread.computer));
            }
            self.whole.add(&thread);
            self.rows.entry(Arc::clone(&thread.key)).or_default().add(&thread);
            if self.rows.len() > MAX_STACK_ROWS {
                self.rows.pop_last();
            }
        }
    }

    /// The rows in the order of their values, and what they are of.
    pub fn finish(self) -> StackTable {
        let rows: Vec<StackRow> = self.rows.into_iter().map(|(key, tally)| tally.finish(&key)).collect();
        let shown: u64 = rows.iter().map(|row| row.threads).sum();
        StackTable {
            columns: self.columns,
            threads: self.whole.threads,
            pairs: self.whole.pairs.len() as u64,
            computers: self.whole.computers.len() as u64,
            days: self.whole.days.len() as u64,
            threads_elsewhere: self.whole.threads - shown,
            all_rows: rows.len(),
            rows,
        }
    }
}
