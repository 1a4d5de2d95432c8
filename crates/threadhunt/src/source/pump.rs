//! A stream that can be given up while it is waited for.
//!
//! Standard input and named pipes may block for ever, in `open` and in `read`. Both are done
//! by a thread of their own, which is left behind when the run is stopped.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

/// Bytes asked for at once.
const CHUNK: usize = 256 * 1024;

/// Chunks read ahead.
const AHEAD: usize = 4;

/// How often the stop flag is looked at while nothing comes.
const PATIENCE: Duration = Duration::from_millis(50);

/// The reading end; ends early once the stop flag is set.
pub(super) struct Pump {
    chunks: Receiver<io::Result<Vec<u8>>>,
    current: io::Cursor<Vec<u8>>,
    stop: Arc<AtomicBool>,
}

impl Pump {
    /// Opens and reads on a thread of its own; a failure to open is the first read's error.
    pub(super) fn start<R: Read>(
        open: impl FnOnce() -> io::Result<R> + Send + 'static,
        stop: &Arc<AtomicBool>,
    ) -> Self {
        let (sender, chunks) = sync_channel(AHEAD);
        std::thread::spawn(move || match open() {
            Ok(input) => pump(input, &sender),
            Err(error) => drop(sender.send(Err(error))),
        });
        Self { chunks, current: io::Cursor::default(), stop: Arc::clone(stop) }
    }

    fn next_chunk(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(Vec::new());
            }
            match self.chunks.recv_timeout(PATIENCE) {
                Ok(chunk) => return chunk,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(Vec::new()),
            }
        }
    }
}

/// Reads to the end, or until nobody listens.
fn pump(mut input: impl Read, sender: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut chunk = vec![0; CHUNK];
        let chunk = match input.read(&mut chunk) {
            Ok(0) => return,
            Ok(count) => {
                chunk.truncate(count);
                Ok(chunk)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let failed = chunk.is_err();
        if sender.send(chunk).is_err() || failed {
            return;
        }
    }
}

impl Read for Pump {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.current.read(buffer)?;
        if count > 0 || buffer.is_empty() {
            return Ok(count);
        }
        self.current = io::Cursor::new(self.next_chunk()?);
        self.current.read(buffer)
    }
}
