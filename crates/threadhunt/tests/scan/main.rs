//! What a scan makes of events: pairs, starts, copies, names and coverage, and how each looks.
//!
//! Events are written out in the tests; `log` turns them into batches, and is the only place
//! that knows how a batch is built.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]

mod baseline;
mod chain;
mod crowd;
mod decoys;
mod exhibits;
mod findings;
mod formats;
mod judged;
mod known;
mod log;
mod real;
mod stack;
mod story;
mod tampered;
mod truth;
