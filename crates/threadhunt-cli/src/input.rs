//! The arguments of every command that reads logs.

use std::io::Read;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};
use threadhunt::event::Projection;
use threadhunt::source::{Foreign, Input, Inputs, Limits, Options, Shape, find_shape};

/// What to read, and how.
#[derive(Args, Debug)]
#[command(next_help_heading = "Reading")]
pub(crate) struct InputArgs {
    /// Logs, directories, archives; `-` is standard input
    ///
    /// Directories are read with all below them; links in them are not followed. What a file is
    /// follows from its content, also within gzip, zstd, zip and tar; `threadhunt shapes` lists what
    /// is read.
    /// Where the shell leaves `*` and `?` alone they are expanded here.
    #[arg(value_name = "PATH", required_unless_present = "files_from", help_heading = None::<&str>)]
    paths: Vec<PathBuf>,

    /// Read the paths in FILE too, one a line or separated by NUL; `-` is standard input
    #[arg(long, value_name = "FILE")]
    files_from: Option<PathBuf>,

    /// Number of workers; all processors that may be used, unless given
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    threads: Option<NonZeroUsize>,

    /// Leave out records found where no living record should be, such as the slack of a chunk
    #[arg(long)]
    no_recovered: bool,

    /// Count warnings (a bad checksum, a log that was not closed) as losses in the exit status
    #[arg(long)]
    pub(crate) strict: bool,

    /// Print the summary in this form, as the last line of standard error
    #[arg(long, value_enum, value_name = "FORM")]
    pub(crate) stats: Option<StatsForm>,

    /// Read every record as this shape, or say what it is instead; `threadhunt shapes` lists them
    #[arg(long, value_name = "NAME", value_parser = parse_shape)]
    shape: Option<&'static Shape>,

    #[command(flatten)]
    limits: LimitArgs,

    /// What the arguments name, once it was asked for: a list in a pipe can be read once.
    #[arg(skip)]
    inputs: OnceLock<Inputs>,
}

fn parse_threads(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "a number of workers, 1 or more".to_owned())
}

/// What containers may cost. The defaults are those of the library.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Reading")]
pub(crate) struct LimitArgs {
    /// Bytes that one file may unpack to (1T)
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_unpacked: Option<u64>,

    /// Times its own size that a file may unpack to, beyond the first gigabyte (250)
    #[arg(long, value_name = "N")]
    max_ratio: Option<u64>,

    /// Containers within containers (8)
    #[arg(long, value_name = "N")]
    max_depth: Option<u32>,

    /// Bytes of a zip archive or a table within a stream, which is put aside in a temporary file (8G)
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_spool: Option<u64>,
}

impl LimitArgs {
    fn limits(&self) -> Limits {
        let usual = Limits::default();
        Limits {
            unpacked: self.max_unpacked.unwrap_or(usual.unpacked),
            ratio: self.max_ratio.unwrap_or(usual.ratio),
            depth: self.max_depth.unwrap_or(usual.depth),
            spool: self.max_spool.unwrap_or(usual.spool),
            ..usual
        }
    }
}

/// Forms of the summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatsForm {
    /// One JSON object
    Json,
}

/// Kinds of file beside those of the library.
#[cfg(feature = "lake")]
pub(crate) const FOREIGN: &[Foreign] = threadhunt_lake::FOREIGN;
#[cfg(not(feature = "lake"))]
pub(crate) const FOREIGN: &[Foreign] = &[];

impl InputArgs {
    /// These paths, read within these limits and otherwise as commands do unless told otherwise.
    pub(crate) fn of(paths: Vec<PathBuf>, limits: LimitArgs) -> Self {
        Self {
            paths,
            files_from: None,
            threads: None,
            no_recovered: false,
            strict: false,
            stats: None,
            limits,
            shape: None,
            inputs: OnceLock::new(),
        }
    }

    /// Whether there is anything to read, where that is left to the user.
    pub(crate) fn is_given(&self) -> bool {
        !self.paths.is_empty() || self.files_from.is_some()
    }

    /// What is to be read, in order.
    pub(crate) fn inputs(&self) -> anyhow::Result<Inputs> {
        if let Some(inputs) = self.inputs.get() {
            return Ok(inputs.clone());
        }
        let inputs = self.named()?;
        Ok(self.inputs.get_or_init(|| inputs).clone())
    }

    fn named(&self) -> anyhow::Result<Inputs> {
        let mut inputs = Inputs::named(&self.paths);
        let Some(list) = &self.files_from else { return Ok(inputs) };
        let from_stdin = list.as_os_str() == "-";
        let stdin_twice = from_stdin && self.paths.iter().any(|path| path.as_os_str() == "-");
        ensure!(!stdin_twice, "standard input cannot be both a log and the list of --files-from");
        let text = read_list(list, from_stdin)
            .with_context(|| format!("cannot read the list {}", list.display()))?;
        inputs.add_list(&text);
        ensure!(!inputs.0.is_empty(), "the list {} names no file", list.display());
        Ok(inputs)
    }

    /// What is read, as paths: files, directories, and the list that names some of them.
    pub(crate) fn read_paths(&self) -> anyhow::Result<Vec<PathBuf>> {
        let list = self.files_from.as_deref().map(|list| match list.as_os_str() == "-" {
            true => Path::new(STDIN),
            false => list,
        });
        Ok(read_paths(&self.inputs()?).chain(list).map(Path::to_owned).collect())
    }

    /// Whether standard input is a log or the list of logs.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.paths.iter().chain(&self.files_from).any(|path| path.as_os_str() == "-")
    }

    /// How to read.
    pub(crate) fn options(&self, projection: Projection, stop: Arc<AtomicBool>) -> Options {
        let usable = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Options {
            projection,
            stop,
            recovered: !self.no_recovered,
            threads: self.threads.unwrap_or_else(usable),
            limits: self.limits.limits(),
            shape: self.shape,
            foreign: FOREIGN,
        }
    }
}

/// The file that standard input may be.
const STDIN: &str = "/dev/stdin";

/// What inputs read, as paths: files and directories, and the file that standard input may be.
pub(crate) fn read_paths(inputs: &Inputs) -> impl Iterator<Item = &Path> {
    inputs.0.iter().filter_map(|input| match input {
        Input::Named(path) | Input::Listed(path) => Some(path.as_path()),
        Input::Stdin => Some(Path::new(STDIN)),
        Input::Spooled(_) => None,
    })
}

fn read_list(list: &Path, from_stdin: bool) -> std::io::Result<Vec<u8>> {
    if !from_stdin {
        return std::fs::read(list);
    }
    let mut text = Vec::new();
    std::io::stdin().read_to_end(&mut text)?;
    Ok(text)
}

fn parse_shape(name: &str) -> Result<&'static Shape, String> {
    match FOREIGN.iter().find(|foreign| foreign.shape.name.eq_ignore_ascii_case(name)) {
        Some(foreign) => {
            Err(format!("{} is known by its first bytes alone; leave --shape out", foreign.shape.name))
        }
        None => find_shape(name).map_err(|unknown| unknown.to_string()),
    }
}

/// Reads `512`, `64K`, `10M`, `2G`, `1T`: powers of 1024.
fn parse_size(text: &str) -> Result<u64, String> {
    let units = [('K', 10), ('M', 20), ('G', 30), ('T', 40)];
    let unit = units
        .iter()
        .find_map(|(unit, shift)| Some((text.strip_suffix([*unit, unit.to_ascii_lowercase()])?, shift)));
    let (digits, shift) = unit.unwrap_or((text, &0));
    let number: Option<u64> = digits.parse().ok();
    number
        .and_then(|number| number.checked_mul(1 << shift))
        .ok_or_else(|| "a number of bytes, with K, M, G or T behind it if you like".to_owned())
}

#[cfg(test)]
mod tests {
    use super::parse_size;

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse_size("512"), Ok(512));
        assert_eq!(parse_size("64k"), Ok(65536));
        assert_eq!(parse_size("2G"), Ok(2 << 30));
        for wrong in ["", "K", "-1", "1.5G", "99999999T"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }
}
