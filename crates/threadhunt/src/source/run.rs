//! The pipeline: walks the inputs, decodes on all workers, and gives out results in order.
//!
//! A walker thread makes [`Unit`]s in the order of the output. Workers read, decode and let
//! a [`Stage`] look at each batch. The calling thread takes the results in order. A window
//! of permits bounds how far the walker may be ahead of it, and with that all memory;
//! batches go back to a pool. With one thread the same steps run one after the other, and
//! nothing that comes out depends on which way it was.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::unit::Unit;
use super::walk::{Inputs, walk};
use super::{Options, Workshop};
use crate::event::{Batch, Counts, DamageCode, Severity};

/// Looks at one batch, on any worker, in any order.
pub trait Stage: Sync {
    /// What it makes of a batch.
    type Output: Send;

    /// Looks at a batch; there may be no record in it and still damages.
    fn process(&self, batch: &mut Batch) -> Self::Output;
}

/// A stage of a function.
impl<F: Fn(&mut Batch) -> O + Sync, O: Send> Stage for F {
    type Output = O;

    fn process(&self, batch: &mut Batch) -> O {
        self(batch)
    }
}

/// A batch and what the stage made of it, in the order of the inputs.
#[derive(Debug)]
pub struct Delivery<'d, O> {
    /// The batch, with its records, counts and damages.
    pub batch: &'d Batch,
    /// What the stage made of it.
    pub output: O,
}

/// What was read, over all deliveries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Logs, members of archives among them.
    pub files: u64,
    /// Bytes of logs, unpacked.
    pub bytes: u64,
    /// Records by kind.
    pub counts: Counts,
    /// Files and members that are no logs and were not named.
    pub skipped: u64,
    /// Other damages without loss, and records that hold something odd, each as often as it does.
    pub warnings: u64,
    /// Damages with loss.
    pub losses: u64,
    /// Whether the stop flag ended the reading.
    pub stopped: bool,
    /// How long it took.
    pub elapsed: Duration,
}

impl Totals {
    fn add(&mut self, batch: &Batch, opens_log: bool) {
        self.files += u64::from(opens_log);
        self.bytes += batch.input().len() as u64;
        self.counts.merge(&batch.counts);
        self.warnings += batch.oddities.total();
        for damage in &batch.damages {
            let sum = match (damage.code, damage.code.severity()) {
                (DamageCode::Skipped, _) => &mut self.skipped,
                (_, Severity::Warning) => &mut self.warnings,
                (_, Severity::Loss) => &mut self.losses,
            };
            *sum += 1;
        }
    }
}

/// Reads the inputs; `consume` gets every batch in order and may `Break` when it has enough.
///
/// Never fails: an input that cannot be read is a damage in its place.
pub fn run<S: Stage>(
    inputs: &Inputs,
    options: &Options,
    stage: &S,
    consume: &mut Consume<'_, S::Output>,
) -> Totals {
    let started = Instant::now();
    let mut totals = if options.threads.get() == 1 {
        run_here(inputs, options, stage, consume)
    } else {
        run_threads(inputs, options, stage, consume)
    };
    totals.stopped = options.stop.load(Ordering::Relaxed);
    totals.elapsed = started.elapsed();
    totals
}

/// What takes the results.
type Consume<'c, O> = dyn FnMut(Delivery<'_, O>) -> ControlFlow<()> + 'c;

fn run_here<S: Stage>(
    inputs: &Inputs,
    options: &Options,
    stage: &S,
    consume: &mut Consume<'_, S::Output>,
) -> Totals {
    let mut totals = Totals::default();
    let mut batch = Batch::default();
    let mut workshop = Workshop::new(options);
    // That nobody wants more is no news here.
    let _ = walk(inputs, options, &mut |unit| {
        if options.stop.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        let opens_log = unit.opens_log;
        unit.decode(&mut batch, &mut workshop);
        let output = stage.process(&mut batch);
        totals.add(&batch, opens_log);
        consume(Delivery { batch: &batch, output })
    });
    totals
}

/// Units on their way, for each worker: enough that an uneven one does not stall the others.
const WINDOW: usize = 4;

/// What the threads of a run share.
struct Plant {
    window: Window,
    pool: Mutex<Vec<Batch>>,
}

/// A unit that was worked on.
struct Done<O> {
    number: u64,
    opens_log: bool,
    batch: Batch,
    output: O,
}

fn run_threads<S: Stage>(
    inputs: &Inputs,
    options: &Options,
    stage: &S,
    consume: &mut Consume<'_, S::Output>,
) -> Totals {
    let workers = options.threads.get();
    let plant = &Plant { window: Window::new(workers.saturating_mul(WINDOW)), pool: Mutex::default() };
    let (work_in, work) = channel();
    let (done_in, done) = channel();
    let work = &Mutex::new(work);
    thread::scope(|scope| {
        // Ends the walker and with it everyone, also when this thread unwinds.
        let _end = CloseAtEnd(&plant.window);
        scope.spawn(move || walk_ahead(inputs, options, plant, &work_in));
        for _ in 0..workers {
            let done_in = done_in.clone();
            scope.spawn(move || labour(options, stage, plant, work, &done_in));
        }
        drop(done_in);
        take_in_order(&done, plant, consume)
    })
}

fn walk_ahead(inputs: &Inputs, options: &Options, plant: &Plant, work: &Sender<(u64, Unit)>) {
    let mut number = 0;
    let _ = walk(inputs, options, &mut |unit| {
        let wanted = !options.stop.load(Ordering::Relaxed) && plant.window.enter();
        if !wanted || work.send((number, unit)).is_err() {
            return ControlFlow::Break(());
        }
        number += 1;
        ControlFlow::Continue(())
    });
}

fn labour<S: Stage>(
    options: &Options,
    stage: &S,
    plant: &Plant,
    work: &Mutex<Receiver<(u64, Unit)>>,
    done: &Sender<Done<S::Output>>,
) {
    let end = CloseAtEnd(&plant.window);
    let mut workshop = Workshop::new(options);
    loop {
        // Taken in a statement of its own, so that the lock is free while we work.
        let next = lock(work).recv();
        let Ok((number, unit)) = next else { break };
        let opens_log = unit.opens_log;
        let mut batch = lock(&plant.pool).pop().unwrap_or_default();
        unit.decode(&mut batch, &mut workshop);
        let output = stage.process(&mut batch);
        if done.send(Done { number, opens_log, batch, output }).is_err() {
            break;
        }
    }
    // Only a worker that unwinds ends the others' work.
    std::mem::forget(end);
}

fn take_in_order<O>(done: &Receiver<Done<O>>, plant: &Plant, consume: &mut Consume<'_, O>) -> Totals {
    let mut totals = Totals::default();
    let mut early = BTreeMap::new();
    let mut next = 0;
    for arrived in done {
        early.insert(arrived.number, arrived);
        while let Some(Done { opens_log, batch, output, .. }) = early.remove(&next) {
            next += 1;
            totals.add(&batch, opens_log);
            let flow = consume(Delivery { batch: &batch, output });
            lock(&plant.pool).push(batch);
            plant.window.leave();
            if flow.is_break() {
                return totals;
            }
        }
    }
    totals
}

/// The lock, also after a panic elsewhere: what it guards is whole at every moment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Permits for units on their way; none is given once it is closed.
struct Window {
    /// Free permits; `None` when closed.
    free: Mutex<Option<usize>>,
    changed: Condvar,
}

impl Window {
    fn new(size: usize) -> Self {
        Self { free: Mutex::new(Some(size)), changed: Condvar::new() }
    }

    /// Waits for a permit; false when the window is closed.
    fn enter(&self) -> bool {
        let full = |free: &mut Option<usize>| *free == Some(0);
        let mut free =
            self.changed.wait_while(lock(&self.free), full).unwrap_or_else(PoisonError::into_inner);
        match &mut *free {
            Some(count) => {
                *count -= 1;
                true
            }
            None => false,
        }
    }

    fn leave(&self) {
        if let Some(count) = &mut *lock(&self.free) {
            *count += 1;
        }
        self.changed.notify_one();
    }

    fn close(&self) {
        *lock(&self.free) = None;
        self.changed.notify_all();
    }
}

/// Closes the window when dropped.
struct CloseAtEnd<'w>(&'w Window);

impl Drop for CloseAtEnd<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
