//! Inputs that can be read only once, kept in a file without a name for a second look.
//!
//! Standard input and named pipes give their bytes once. Who must read twice asks for
//! [`Inputs::spooled`]; nothing is left behind, since the file was never linked (or is
//! deleted with its last handle). A pipe that fails half-way keeps what it gave, and the
//! failure comes out in its place when the input is read; a disk that is full is such a failure.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::pump::Pump;
use super::{Input, Inputs};

/// An input whose bytes were put aside.
#[derive(Clone, Debug)]
pub struct Spool {
    /// The input's own name, `-` for standard input.
    pub(super) name: PathBuf,
    /// The bytes that came; `None` where there was no place to put them.
    pub(super) file: Option<Arc<File>>,
    /// Why not all bytes came.
    pub(super) failure: Option<Arc<io::Error>>,
}

impl Spool {
    /// The input's own name, `-` for standard input.
    pub fn name(&self) -> &Path {
        &self.name
    }

    fn fill<R: Read>(
        name: &Path,
        open: impl FnOnce() -> io::Result<R> + Send + 'static,
        stop: &Arc<AtomicBool>,
    ) -> Self {
        let file = tempfile::tempfile();
        let copied = file.as_ref().map(|mut file| io::copy(&mut Pump::start(open, stop), &mut file).err());
        let failure = copied.unwrap_or_else(|error| Some(io::Error::new(error.kind(), error.to_string())));
        let failure = failure.map(explained);
        Self { name: name.to_owned(), file: file.ok().map(Arc::new), failure: failure.map(Arc::new) }
    }
}

/// Says of a full disk that it is not the input's.
fn explained(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            let reason =
                "no room to put all of it aside in the folder for temporary files; save it to a file first";
            io::Error::new(error.kind(), format!("{error}: {reason}"))
        }
        _ => error,
    }
}

/// Two spools are equal when they are one.
impl PartialEq for Spool {
    fn eq(&self, other: &Self) -> bool {
        match (&self.file, &other.file) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => self.name == other.name,
            _ => false,
        }
    }
}

impl Eq for Spool {}

impl Inputs {
    /// The same inputs, but what could be read only once was read and put aside.
    ///
    /// Never fails: what cannot be read is a damage when the input is read. Ends early once
    /// the stop flag is set.
    pub fn spooled(self, stop: &Arc<AtomicBool>) -> Self {
        Self(self.0.into_iter().map(|input| spooled(input, stop)).collect())
    }
}

fn spooled(input: Input, stop: &Arc<AtomicBool>) -> Input {
    match &input {
        Input::Stdin => Input::Spooled(Spool::fill(Path::new("-"), || Ok(io::stdin()), stop)),
        Input::Named(path) | Input::Listed(path) if is_pipe(path) => {
            let opened = path.clone();
            Input::Spooled(Spool::fill(path, || File::open(opened), stop))
        }
        _ => input,
    }
}

/// Whether a path is neither a file nor a directory.
fn is_pipe(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_a_bad_input() {
        let full = explained(io::ErrorKind::StorageFull.into());
        assert_eq!(full.kind(), io::ErrorKind::StorageFull);
        assert!(full.to_string().contains("temporary files"), "{full}");
        let other = explained(io::ErrorKind::BrokenPipe.into());
        assert!(!other.to_string().contains("temporary files"), "{other}");
    }
}
