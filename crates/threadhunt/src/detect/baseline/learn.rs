//! Learning: from batches to a baseline.
//!
//! Workers turn a batch into its habits ([`sightings`]); a [`Learner`] takes them in any order. A
//! thread without a time, or whose source or target nothing names, teaches nothing and is counted.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use super::day::{Day, Host};
use super::file::BaselineError;
use super::habit::{Behaviour, Habit, Plain};
use super::{Baseline, MAX_HABITS, MAX_HOST_DAYS};
use crate::detect::judge::is_low_address;
use crate::detect::{RemoteThread, Rules, folded};
use crate::event::{Batch, FieldSet, Projection, SystemField, Value, Want};
use crate::report::StartKind;
use crate::schema::fields;

/// What a batch teaches.
#[derive(Debug, Default)]
pub struct Sightings {
    observed: BTreeSet<(Arc<str>, Day)>,
    habits: Vec<(Habit, Arc<str>, Day)>,
    unlearned: Unlearned,
}

/// Remote threads from which nothing was learnt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unlearned {
    /// Those whose source or target has no name.
    pub nameless: u64,
    /// Those without a time, or with one before 1970 or after 2149.
    pub undated: u64,
}

/// What makes two threads the same to a baseline, as logged.
#[derive(PartialEq, Eq, Hash)]
struct Spelling {
    source: Option<Arc<str>>,
    target: Option<Arc<str>>,
    module: Option<Arc<str>>,
    function: Option<Arc<str>>,
    kind: StartKind,
    low16: Option<u16>,
    low: bool,
}

/// Looks at one batch; any worker may.
pub fn sightings(rules: &Rules, batch: &Batch) -> Sightings {
    let mut found = Sightings::default();
    let mut known: HashMap<Spelling, Option<Habit>> = HashMap::new();
    // Neighbours are nearly always of one computer and day.
    let mut last: Option<(String, Arc<str>, Day)> = None;
    for event in batch.events() {
        let thread = RemoteThread::read(&event);
        // The time at which a scan places it, too.
        let Some(day) = event.time().and_then(Day::of) else {
            found.unlearned.undated += u64::from(thread.is_some());
            continue;
        };
        let text = event.system(SystemField::Computer).map(Value::to_text);
        let text = text.as_deref().unwrap_or_default();
        let computer = match &last {
            Some((known, computer, of)) if known == text && *of == day => Arc::clone(computer),
            _ => {
                let computer = folded(text);
                found.observed.insert((Arc::clone(&computer), day));
                last = Some((text.to_owned(), Arc::clone(&computer), day));
                computer
            }
        };
        let Some(thread) = thread else { continue };
        let habit = known.entry(Spelling::of(&thread)).or_insert_with(|| habit(rules, &thread));
        match habit {
            Some(habit) => found.habits.push((habit.clone(), computer, day)),
            None => found.unlearned.nameless += 1,
        }
    }
    found
}

fn habit(rules: &Rules, thread: &RemoteThread) -> Option<Habit> {
    let program = |image: &Option<Arc<str>>| rules.program(image.as_deref());
    let (source, target) = (program(&thread.source.image), program(&thread.target.image));
    Habit::of(
        rules,
        &Plain {
            source: &source,
            target: &target,
            module: &program(&thread.start.module),
            start: thread.start.kind,
            function: thread.start.function.as_deref().unwrap_or_default(),
            low16: thread.start.low16,
            low: is_low(thread),
        },
    )
}

fn is_low(thread: &RemoteThread) -> bool {
    thread.start.address.as_deref().is_some_and(is_low_address)
}

impl Spelling {
    fn of(thread: &RemoteThread) -> Self {
        Self {
            source: thread.source.image.clone(),
            target: thread.target.image.clone(),
            module: thread.start.module.clone(),
            function: thread.start.function.clone(),
            kind: thread.start.kind,
            low16: thread.start.low16.filter(|_| thread.start.kind != StartKind::Function),
            low: is_low(thread),
        }
    }
}

/// A baseline in the making.
#[derive(Debug, Default)]
pub struct Learner {
    baseline: Baseline,
    /// Host-days taken since the baseline was last cut to its limit, and kept at that time.
    size: usize,
    unlearned: Unlearned,
    hosts: HashMap<Arc<str>, Host>,
    /// One allocation of each text.
    texts: HashSet<Arc<str>>,
}

impl Learner {
    /// What [`sightings`] needs: events 8 wholly, of all others when and where they were logged.
    pub fn projection() -> Projection {
        let time: FieldSet = [fields::UTC_TIME].into_iter().collect();
        Projection::nothing().with_sysmon(Want::Fields(time)).with([8], Want::All)
    }

    /// Takes what a batch teaches.
    ///
    /// # Errors
    ///
    /// When a single day is more than a baseline can hold.
    pub fn add(&mut self, found: Sightings) -> Result<(), BaselineError> {
        self.unlearned.nameless += found.unlearned.nameless;
        self.unlearned.undated += found.unlearned.undated;
        for (computer, day) in found.observed {
            let host = self.host(&computer);
            self.size += usize::from(self.baseline.hosts.entry(host).or_default().insert(day));
        }
        for (habit, computer, day) in found.habits {
            let host = self.host(&computer);
            let habit = self.shared(habit);
            self.size += usize::from(self.baseline.habits.entry(habit).or_default().insert((host, day)));
        }
        if self.size > 2 * MAX_HOST_DAYS || self.baseline.habits.len() > 2 * MAX_HABITS {
            self.baseline.trim()?;
            self.size = self.baseline.size();
            self.hosts.clear();
            self.texts.clear();
        }
        Ok(())
    }

    fn host(&mut self, computer: &Arc<str>) -> Host {
        *self.hosts.entry(Arc::clone(computer)).or_insert_with(|| Host::named(computer))
    }

    fn shared(&mut self, habit: Habit) -> Habit {
        let mut share = |text: Arc<str>| match self.texts.get(&text) {
            Some(known) => Arc::clone(known),
            None => {
                self.texts.insert(Arc::clone(&text));
                text
            }
        };
        let Behaviour { class, module, function } = habit.behaviour;
        Habit {
            source: share(habit.source),
            behaviour: Behaviour { class: share(class), module: share(module), function: share(function) },
            target: share(habit.target),
        }
    }

    /// What was learnt, and from what nothing could be.
    ///
    /// # Errors
    ///
    /// When a single day is more than a baseline can hold.
    pub fn finish(mut self) -> Result<(Baseline, Unlearned), BaselineError> {
        self.baseline.trim()?;
        Ok((self.baseline, self.unlearned))
    }
}
