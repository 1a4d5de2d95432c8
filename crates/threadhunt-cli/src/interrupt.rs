//! Ctrl-C: the first ends the reading in order, the second at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

use crate::exit;

/// A flag that the first interrupt sets.
pub(crate) fn stop_flag() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            leave();
        }
    })
    .context("cannot listen for interrupts")?;
    Ok(stop)
}

#[expect(clippy::exit, reason = "asked twice, and the threads may be waiting for input")]
fn leave() -> ! {
    std::process::exit(exit::INTERRUPTED.into())
}
