//! What a run has begun and not finished: files beside their places, and directories made for them.
//!
//! What is dropped unfinished is removed by its owner. A second interrupt ends the program at once, where nothing
//! is dropped: therefore all of it stands in a list, too, and [`abandon`] removes what the list has.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

/// What there is, in the order of its making.
static PENDING: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn list() -> MutexGuard<'static, Vec<PathBuf>> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a path in the list for as long as it lives.
#[derive(Debug)]
pub(crate) struct Pending(PathBuf);

impl Drop for Pending {
    fn drop(&mut self) {
        list().retain(|path| *path != self.0);
    }
}

/// Makes a file that is pending from its first moment.
pub(crate) fn file(make: impl FnOnce() -> io::Result<NamedTempFile>) -> io::Result<(NamedTempFile, Pending)> {
    // The list is held meanwhile, so that it is not emptied between the two.
    let mut list = list();
    let file = make()?;
    list.push(file.path().to_owned());
    let pending = Pending(file.path().to_owned());
    Ok((file, pending))
}

/// Removes all that is pending. Nothing can be begun after that: the program is about to end.
pub(crate) fn abandon() {
    let mut list = list();
    remove(&mut list);
    std::mem::forget(list);
}

/// Removes what was made last first: a directory is made before what lies in it.
fn remove(list: &mut Vec<PathBuf>) {
    for path in list.drain(..).rev() {
        // What cannot be removed stays; there is nobody left to tell.
        drop(if path.is_dir() { fs::remove_dir(&path) } else { fs::remove_file(&path) });
    }
}

/// Directories made for an output, which are removed while they are empty unless they are kept.
#[derive(Debug)]
pub(crate) struct MadeDirectories {
    /// The innermost first.
    pending: Vec<Pending>,
}

impl MadeDirectories {
    /// Makes a directory, and those around it that are not there.
    pub(crate) fn make(path: &Path) -> io::Result<Self> {
        let mut list = list();
        let is_missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
        let missing: Vec<PathBuf> = path.ancestors().take_while(is_missing).map(Path::to_owned).collect();
        if let Err(error) = fs::create_dir_all(path) {
            // Some of them may have been made.
            missing.iter().for_each(|path| drop(fs::remove_dir(path)));
            return Err(error);
        }
        list.extend(missing.iter().rev().cloned());
        Ok(Self { pending: missing.into_iter().map(Pending).collect() })
    }

    /// Keeps them: what they were made for is complete.
    pub(crate) fn keep(mut self) {
        self.pending.clear();
    }
}

impl Drop for MadeDirectories {
    fn drop(&mut self) {
        for Pending(path) in &self.pending {
            // One that holds something, whoever put it there, stays.
            drop(fs::remove_dir(path));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pending_is_in_the_list_and_goes_with_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let new = folder.path().join("new");
        let made = MadeDirectories::make(&new).expect("a directory");
        let (temporary, pending) = file(|| NamedTempFile::new_in(&new)).expect("a file");
        let within = || list().iter().filter(|path| path.starts_with(folder.path())).cloned().collect();
        let mut paths: Vec<PathBuf> = within();
        assert_eq!(paths, [new.clone(), temporary.path().to_owned()]);
        remove(&mut paths);
        assert!(!new.exists() && paths.is_empty());
        drop((pending, made));
        assert_eq!(within(), Vec::<PathBuf>::new());
    }

    #[test]
    fn directories_stay_where_they_are_kept_or_hold_something() {
        let folder = tempfile::tempdir().expect("a folder");
        let deep = folder.path().join("a/b/c");
        drop(MadeDirectories::make(&deep).expect("directories"));
        assert!(!folder.path().join("a").exists());
        MadeDirectories::make(&deep).expect("directories").keep();
        assert!(deep.is_dir());
        drop(MadeDirectories::make(&deep).expect("it is there"));
        assert!(deep.is_dir(), "what was there before is not touched");
        let other = folder.path().join("x/y");
        let made = MadeDirectories::make(&other).expect("directories");
        fs::write(folder.path().join("x/file"), "of somebody").expect("a file");
        drop(made);
        assert!(!other.exists() && folder.path().join("x/file").exists());
    }
}
