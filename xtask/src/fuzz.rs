//! Fuzzes one target for a while, starting from real logs.
//!
//! The targets live in `fuzz/`, a workspace of its own so that nobody who builds the program compiles
//! libFuzzer. cargo-fuzz runs them on the stable toolchain because we ask for no sanitizer: the library has
//! no unsafe code, so what we look for are panics, endless loops and unbounded memory, and libFuzzer finds
//! these alone.
//!
//! Seeds are copied, never linked: libFuzzer writes into its corpus.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::{root, tools};

/// Which files are worth starting from: a target and the extensions of its seeds.
/// A target without a line starts from an empty corpus.
const SEEDS: &[(&str, &[&str])] = &[
    ("accept", &["toml"]),
    ("baseline", &["baseline"]),
    ("config", &["xml"]),
    ("config_write", &["xml"]),
    ("evtx", &["evtx"]),
    ("json", &["json", "jsonl", "ndjson"]),
    ("text", &["csv", "log", "txt"]),
    ("xml", &["xml"]),
];

/// libFuzzer cuts longer inputs: its default for `-max_len` is 1 MiB.
const MAX_SEED: u64 = 1 << 20;
/// Enough for any reader on an input of [`MAX_SEED`] bytes; more is an allocation without bound.
const MEMORY_LIMIT: &str = "-rss_limit_mb=1024";
/// Seconds for one input; longer is a loop without bound.
const TIME_LIMIT: &str = "-timeout=10";

/// Runs `cargo fuzz` on a target, for a minute when not told otherwise.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let (target, seconds) = match arguments {
        [target] => (target, 60),
        [target, seconds] => (target, seconds.parse().context("SECONDS is a number")?),
        _ => bail!("usage: cargo xtask fuzz TARGET [SECONDS]; targets: {}", targets()?.join(", ")),
    };
    let known = targets()?;
    ensure!(known.contains(target), "there is no fuzz target {target:?}; targets: {}", known.join(", "));
    tools::FUZZ.provide()?;
    let copied = seed(target)?;
    println!("{copied} seeds in fuzz/corpus/{target}");
    let limit: u32 = seconds;
    let status = Command::new("cargo")
        .args(["fuzz", "run", "--sanitizer", "none", target, "--", TIME_LIMIT, MEMORY_LIMIT])
        .arg(format!("-max_total_time={limit}"))
        .status()
        .context("cargo cannot be run")?;
    ensure!(status.success(), "fuzzing {target} found something: see fuzz/artifacts/{target}");
    Ok(())
}

/// Whether there is any target to compile.
pub(crate) fn has_targets() -> bool {
    targets().is_ok_and(|targets| !targets.is_empty())
}

/// The names of all targets: one file each.
fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for file in files(&root().join("fuzz/fuzz_targets"))? {
        if let Some(name) = file.file_stem().and_then(|stem| stem.to_str()) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Copies the seeds of a target into its corpus, and says how many there are.
fn seed(target: &str) -> Result<usize> {
    let corpus = root().join("fuzz/corpus").join(target);
    fs::create_dir_all(&corpus)?;
    let extensions = SEEDS.iter().find(|(name, _)| *name == target).map_or(&[][..], |(_, list)| list);
    let mut copied = 0;
    for folder in seed_folders() {
        for file in files(&folder)?.iter().filter(|file| is_seed(file, extensions)) {
            // The path below the folder in one name: two folders may hold files of the same name.
            let below = file.strip_prefix(&folder).unwrap_or(file);
            let name = below.to_string_lossy().replace(['/', '\\'], "_");
            fs::copy(file, corpus.join(name)).with_context(|| format!("{}", file.display()))?;
            copied += 1;
        }
    }
    Ok(copied)
}

/// Our own examples, and collections of real logs and configurations beside the checkout if there are any.
fn seed_folders() -> Vec<PathBuf> {
    let shared =
        std::env::var_os("THREADHUNT_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    vec![
        root().join("examples"),
        root().join("crates/threadhunt/tests/shapes/records"),
        root().join("crates/threadhunt-cli/tests/golden"),
        shared.join("data"),
        shared.join("vectors"),
    ]
}

fn is_seed(file: &Path, extensions: &[&str]) -> bool {
    let extension = file.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| extensions.contains(&extension))
        && file.metadata().is_ok_and(|metadata| metadata.len() <= MAX_SEED)
}

/// All files below a folder; none when it does not exist.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&folder).with_context(|| format!("{}", folder.display()))? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    Ok(found)
}
