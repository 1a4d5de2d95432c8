//! Decoders that panic over damaged files, kept from ending the process.
//!
//! The Parquet library has assertions that a damaged file reaches. Such a panic ends the
//! decoding of that file, as an error would.

use std::cell::Cell;
use std::io;
use std::panic::{self, AssertUnwindSafe, catch_unwind};

thread_local! {
    /// Whether a panic of this thread would be caught here.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs what may panic over a damaged file.
pub(crate) fn guarded<T>(work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    GUARDED.set(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(false);
    done.unwrap_or_else(|_| {
        let reason = "the file is damaged in a way that its decoder does not take";
        Err(io::Error::new(io::ErrorKind::InvalidData, reason))
    })
}

/// Makes panics that are caught here, and come out as errors, print nothing.
///
/// For a program to call once at its start; other panics print as before.
pub fn silence_caught_panics() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !GUARDED.get() {
            before(info);
        }
    }));
}
