//! Progress on a terminal: bytes, rate, and the file at hand, once it takes a while.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{BinaryBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use threadhunt::event::Origin;
use threadhunt::report::printable;

/// What is done sooner needs no progress.
const PATIENCE: Duration = Duration::from_millis(500);

/// The rate is ours: the bar's own starts with it, and takes all that came before for a burst.
const TEMPLATE: &str = "{spinner} {binary_bytes} read, {prefix}  {wide_msg}";

/// The line at the bottom of the terminal, while there is one.
#[derive(Debug)]
pub(crate) struct Progress {
    /// Whether there will be one at all.
    wanted: bool,
    started: Instant,
    bytes: u64,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Progress on standard error, if it is a terminal and nobody objects.
    pub(crate) fn new(wanted: bool) -> Self {
        let wanted = wanted && io::stderr().is_terminal();
        Self { wanted, started: Instant::now(), bytes: 0, bar: None }
    }

    /// Takes note of bytes that were read of an input.
    pub(crate) fn advance(&mut self, origin: &Origin, bytes: usize) {
        self.bytes += bytes as u64;
        if self.bar.is_none() && self.wanted && self.started.elapsed() >= PATIENCE {
            self.bar = Some(bar(self.started.elapsed()));
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.bytes);
            bar.set_prefix(rate(self.bytes, self.started.elapsed()));
            bar.set_message(printable(&origin.to_string()).into_owned());
        }
    }

    /// Does something that writes to the terminal, with the line out of the way.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Removes the line.
    pub(crate) fn end(&mut self) {
        self.wanted = false;
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// Bytes a second since the beginning.
fn rate(bytes: u64, elapsed: Duration) -> String {
    let rate = bytes as f64 / elapsed.as_secs_f64().max(1e-3);
    format!("{}/s", BinaryBytes(rate as u64))
}

fn bar(elapsed: Duration) -> ProgressBar {
    let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_spinner());
    let bar = ProgressBar::no_length().with_style(style).with_elapsed(elapsed);
    bar.set_draw_target(ProgressDrawTarget::stderr());
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_one() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }

    #[test]
    fn the_rate_counts_from_the_beginning() {
        assert_eq!(rate(3 << 20, Duration::from_secs(2)), "1.50 MiB/s");
        assert_eq!(rate(0, Duration::ZERO), "0 B/s");
    }
}
