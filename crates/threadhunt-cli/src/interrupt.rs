//! Ctrl-C: the first ends the reading in order, the second at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use anyhow::Context;

use crate::{exit, pending};

static STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// A flag that the first interrupt sets, from when it is asked for first.
///
/// Who begins a file before reading asks for it before that: an interrupt in between leaves nothing then.
pub(crate) fn stop_flag() -> anyhow::Result<Arc<AtomicBool>> {
    if let Some(stop) = STOP.get() {
        return Ok(Arc::clone(stop));
    }
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            leave();
        }
    })
    .context("cannot listen for interrupts")?;
    Ok(Arc::clone(STOP.get_or_init(|| stop)))
}

#[expect(clippy::exit, reason = "asked twice, and the threads may be waiting for input")]
fn leave() -> ! {
    pending::abandon();
    std::process::exit(exit::INTERRUPTED.into())
}
