//! What holds the shape of the project: who may import whom, how long things may get, what is written where.
//!
//! Every rule reads the tree as text and returns [`Complaint`]s; a test fails with all of them at once, each
//! naming file, line and what to do. Rules that could pass because they see nothing have a test on a made-up
//! bad example beside them.

mod documents;
mod imports;
mod lengths;
mod manifests;
mod rust;
mod words;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One breach of a rule, at a place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) message: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Fails with every complaint, one a line.
#[track_caller]
pub(crate) fn expect_none(complaints: &[Complaint]) {
    let lines: Vec<String> = complaints.iter().map(Complaint::to_string).collect();
    assert!(lines.is_empty(), "{} complaints:\n{}\n", lines.len(), lines.join("\n"));
}

/// A text file of the project; `path` is relative to the root and has `/` on every system.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn complaint(&self, line: usize, message: impl Into<String>) -> Complaint {
        Complaint { path: self.path.clone(), line, message: message.into() }
    }

    /// Whether `cargo xtask codegen` writes this file.
    pub(crate) fn is_generated(&self) -> bool {
        self.path.ends_with("/generated.rs")
    }

    /// Whether this is code of a crate, as opposed to its tests.
    pub(crate) fn is_source(&self) -> bool {
        self.path.ends_with(".rs") && self.path.contains("/src/") && !rust::is_test_file(&self.path)
    }
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace")
}

/// The paths of all files that are committed or would be.
pub(crate) fn paths() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(root())
        .output()
        .expect("these tests need git");
    assert!(output.status.success(), "git ls-files failed: {}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).expect("names in the project are UTF-8");
    // A file that was deleted and not yet staged is still listed.
    let paths: Vec<PathBuf> =
        names.split_terminator('\0').map(PathBuf::from).filter(|path| root().join(path).is_file()).collect();
    assert!(paths.len() > 10, "the project cannot be this small: {paths:?}");
    paths
}

/// All text files of the project. A file that is not UTF-8 (a log) is left out.
pub(crate) fn files() -> Vec<File> {
    let read = |path: PathBuf| {
        let text = String::from_utf8(fs::read(root().join(&path)).expect("git listed it")).ok()?;
        Some(File { path: path.to_str()?.replace('\\', "/"), text })
    };
    paths().into_iter().filter_map(read).collect()
}
