//! Where results go: standard output, or a file that appears only when it is complete.
//!
//! A file is written beside its place under another name and renamed at the end, so that a
//! run that fails or is interrupted leaves nothing half-written. What is there already is
//! kept unless the user says otherwise. The same holds for each file of a directory.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::{ArgGroup, Args};
use tempfile::NamedTempFile;
use terminal_size::{Width, terminal_size};
use threadhunt::sink::scan::Look;

use crate::pending::{self, MadeDirectories, Pending};
use crate::voice::Voice;

/// Where to write.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output", group = ArgGroup::new(WRITTEN).multiple(true))]
pub(crate) struct OutputArgs {
    /// Write to FILE, which appears once it is complete; `-` is standard output
    #[arg(short, long, value_name = "FILE", group = WRITTEN)]
    output: Option<PathBuf>,

    /// Replace the output if it exists
    #[arg(long, requires = WRITTEN)]
    force: bool,
}

/// The options that name what is written, and may be replaced by force.
pub(crate) const WRITTEN: &str = "written";

impl OutputArgs {
    /// Whether results go to standard output.
    pub(crate) fn is_stdout(&self) -> bool {
        self.output.as_ref().is_none_or(|path| path.as_os_str() == "-")
    }

    /// As wide and as coloured as what will show it.
    pub(crate) fn look(&self, voice: &Voice) -> Look {
        let is_stdout = self.is_stdout();
        let width = if is_stdout { width() } else { DEFAULT_WIDTH };
        Look { width, color: voice.color_results && is_stdout }
    }

    /// The same for a table, which has room for everything where no terminal bounds it.
    pub(crate) fn table_look(&self, voice: &Voice) -> Look {
        let bound = if self.is_stdout() { columns(&io::stdout()) } else { None };
        Look { width: bound.unwrap_or(UNBOUNDED), ..self.look(voice) }
    }

    /// Whether results would go to a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        self.is_stdout() && io::stdout().is_terminal()
    }

    /// Opens the output, or says why it cannot be.
    pub(crate) fn open(&self) -> anyhow::Result<Output> {
        match &self.output {
            Some(path) if !self.is_stdout() => self.open_at(path),
            _ => Ok(Output::stdout()),
        }
    }

    /// Refuses to replace one of these files, or what lies in one of these directories: it is being read.
    pub(crate) fn spare(&self, read: impl IntoIterator<Item: AsRef<Path>>) -> anyhow::Result<()> {
        let path = self.output.as_deref().filter(|_| self.force && !self.is_stdout());
        path.map_or(Ok(()), |path| {
            spare(path, read).with_context(|| format!("cannot write to {}", path.display()))
        })
    }

    /// Opens a file as the output, or says why it cannot be.
    pub(crate) fn open_at(&self, path: &Path) -> anyhow::Result<Output> {
        Output::create(path, self.force)
    }

    /// Whether what is there may be replaced.
    pub(crate) fn force(&self) -> bool {
        self.force
    }

    /// The directory that is named as the output: one that is there, or a name with a separator at its end.
    pub(crate) fn directory(&self) -> Option<&Path> {
        let path = self.output.as_deref().filter(|_| !self.is_stdout())?;
        (names_directory(path) || path.is_dir()).then_some(path)
    }

    /// Whether a file is named as the output, and its name does not end so.
    pub(crate) fn lacks_extension(&self, extension: &str) -> bool {
        let path = self.output.as_deref().filter(|_| !self.is_stdout() && self.directory().is_none());
        path.is_some_and(|path| path.extension().is_none_or(|found| found != extension))
    }

    /// Makes the directory that is named as the output, where it is not there.
    pub(crate) fn make_directory(&self, path: &Path) -> anyhow::Result<MadeDirectories> {
        MadeDirectories::make(path).with_context(|| format!("cannot make the directory {}", path.display()))
    }
}

/// An open output.
#[derive(Debug)]
pub(crate) enum Output {
    Stdout(io::Stdout),
    /// A pipe or device, which cannot be replaced.
    Special {
        file: File,
        path: PathBuf,
    },
    /// A file on its way to its place.
    File {
        temporary: NamedTempFile,
        place: PathBuf,
        force: bool,
        pending: Pending,
    },
}

/// Whether a path ends with a separator, so that it can only be a directory.
fn names_directory(path: &Path) -> bool {
    let last = path.as_os_str().as_encoded_bytes().last();
    last.is_some_and(|last| std::path::is_separator((*last).into()))
}

/// Refuses a place that is one of these paths, lies in one of these directories, or holds one of them.
///
/// What is put in a place replaces the name there and no other name of the same file, so of directories
/// it is enough to look at those above.
pub(crate) fn spare(place: &Path, read: impl IntoIterator<Item: AsRef<Path>>) -> anyhow::Result<()> {
    // What is not there is not read either, and pipes and devices are not replaced.
    let Ok(place) = fs::canonicalize(place) else { return Ok(()) };
    if !place.is_file() && !place.is_dir() {
        return Ok(());
    }
    let above: Vec<Identity> = place.ancestors().filter_map(identity).collect();
    for path in read {
        let path = path.as_ref();
        let is_read = identity(path).is_some_and(|read| above.contains(&read));
        ensure!(!is_read, "it is read: {} is an input; name another place", path.display());
        let holds = || fs::canonicalize(path).is_ok_and(|path| path.starts_with(&place));
        ensure!(!place.is_dir() || !holds(), "{} in it is an input; name another place", path.display());
    }
    Ok(())
}

/// What makes a file this one: device and inode where there are any.
#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = PathBuf;

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    fs::canonicalize(path).ok()
}

fn open_file(path: &Path, force: bool) -> anyhow::Result<Output> {
    let present = fs::metadata(path).ok();
    if let Some(present) = &present {
        ensure!(!present.is_dir(), "it is a directory");
        if !present.is_file() {
            let file = OpenOptions::new().write(true).open(path)?;
            return Ok(Output::Special { file, path: path.to_owned() });
        }
        ensure!(force, "it exists; --force replaces it");
    }
    ensure!(!names_directory(path), "it names a directory, and this is one file");
    // A link is followed: what it points to is replaced.
    let place = if present.is_some() { fs::canonicalize(path)? } else { path.to_owned() };
    if place.file_name().is_none() {
        bail!("it names no file");
    }
    let directory = place.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    ensure!(directory.is_dir(), "there is no directory {}", directory.display());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".threadhunt-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // The error would name the temporary file, of which nobody knows.
    let made =
        pending::file(|| builder.tempfile_in(directory)).map_err(|error| io::Error::from(error.kind()));
    let (temporary, pending) = made?;
    Ok(Output::File { temporary, place, force, pending })
}

impl Output {
    /// Standard output, whose errors say so.
    pub(crate) fn stdout() -> Self {
        Self::Stdout(io::stdout())
    }

    /// Begins a file, or says why it cannot be; what is there is replaced only where `force` says so.
    pub(crate) fn create(path: &Path, force: bool) -> anyhow::Result<Self> {
        open_file(path, force).with_context(|| format!("cannot write to {}", path.display()))
    }

    /// Where a file grows before it is put in its place.
    #[cfg(feature = "lake")]
    pub(crate) fn temporary(&self) -> Option<&Path> {
        match self {
            Self::File { temporary, .. } => Some(temporary.path()),
            Self::Stdout(_) | Self::Special { .. } => None,
        }
    }

    /// Opens a file's successor, which takes its place and its permissions once it is complete.
    pub(crate) fn replacing(path: &Path) -> anyhow::Result<Self> {
        let open = || -> anyhow::Result<Self> {
            let output = open_file(path, true)?;
            if let Self::File { temporary, place, .. } = &output {
                temporary.as_file().set_permissions(fs::metadata(place)?.permissions())?;
            }
            Ok(output)
        };
        open().with_context(|| format!("cannot write to {}", path.display()))
    }

    /// Whether it is a file, in which a writer can go back.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self, Self::File { .. })
    }

    /// The error, of the same kind, with what could not be written to.
    fn named(&self, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: {error}", self.cannot_write()))
    }

    /// That it could not be written to.
    pub(crate) fn cannot_write(&self) -> String {
        let place = match self {
            Self::Stdout(_) => "standard output".into(),
            Self::Special { path, .. } => path.to_string_lossy(),
            Self::File { place, .. } => place.to_string_lossy(),
        };
        format!("cannot write to {place}")
    }

    /// Puts the file in its place. Dropped without this, nothing of it stays.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        self.flush()?;
        let Self::File { temporary, place, force, pending } = self else { return Ok(()) };
        let done = if force { temporary.persist(&place) } else { temporary.persist_noclobber(&place) };
        drop(pending);
        let done = done.map(drop).map_err(|failed| failed.error);
        done.with_context(|| format!("cannot write to {}", place.display()))
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes),
            Self::Special { file, .. } => file.write(bytes),
            // Itself it would name the temporary file, of which nobody knows.
            Self::File { temporary, .. } => temporary.as_file_mut().write(bytes),
        }
        .map_err(|error| self.named(&error))
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::Special { file, .. } => file.flush(),
            Self::File { temporary, .. } => temporary.as_file_mut().flush(),
        }
        .map_err(|error| self.named(&error))
    }
}

/// Only files can seek; see [`Output::is_file`].
impl Seek for Output {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Stdout(_) | Self::Special { .. } => Err(io::ErrorKind::NotSeekable.into()),
            Self::File { temporary, .. } => temporary.as_file_mut().seek(to),
        }
    }
}

/// Columns where there is no terminal to ask.
pub(crate) const DEFAULT_WIDTH: usize = 120;

/// Columns of a table that no terminal bounds; paths need no more.
const UNBOUNDED: usize = 400;

/// Columns of what shows standard output.
pub(crate) fn width() -> usize {
    let columns = || std::env::var("COLUMNS").ok()?.parse().ok();
    let terminal = || terminal_size().map(|(Width(width), _)| usize::from(width));
    columns().or_else(terminal).unwrap_or(DEFAULT_WIDTH)
}

/// Columns of the terminal that shows a stream, or as many as `COLUMNS` says; `None` in a pipe.
pub(crate) fn columns(stream: &impl IsTerminal) -> Option<usize> {
    let is_known = std::env::var_os("COLUMNS").is_some() || stream.is_terminal();
    is_known.then(width)
}

/// A text in lines of so many characters, broken at a blank or, where there is none, anywhere.
///
/// Behind the first each begins with the indent. Where no width is given, it is one line.
pub(crate) fn folded(text: &str, width: Option<usize>, indent: &str) -> Vec<String> {
    let width = width.map_or(usize::MAX, |width| width.max(NARROWEST));
    let (mut lines, mut rest, mut lead) = (Vec::new(), text, "");
    while let Some((end, _)) = rest.char_indices().nth(width - lead.len()) {
        // A blank may stand right behind the last column.
        let blank = rest[..end + usize::from(rest[end..].starts_with(' '))].rfind(' ');
        let at = blank.filter(|at| !rest[..*at].trim_start().is_empty()).unwrap_or(end);
        lines.push(format!("{lead}{}", rest[..at].trim_end()));
        rest = rest[at..].strip_prefix(' ').unwrap_or(&rest[at..]);
        lead = indent;
    }
    lines.push(format!("{lead}{rest}"));
    lines
}

/// Columns below which nothing is folded further.
const NARROWEST: usize = 20;

/// A text behind a head, in lines of so many columns that hang below its beginning.
pub(crate) fn hanging(head: &str, text: &str, columns: Option<usize>) -> String {
    let width = head.chars().count();
    let lines = folded(text, columns.map(|columns| columns.saturating_sub(width)), "");
    format!("{head}{}", lines.join(&format!("\n{:width$}", "")))
}

/// A writer whose reader may leave: what is written after that goes nowhere, and is no error.
///
/// For checks, whose exit status holds although nobody reads on.
pub(crate) struct UntilClosed<W> {
    inner: W,
    is_closed: bool,
}

impl<W: Write> UntilClosed<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, is_closed: false }
    }

    fn unless_closed<T>(&mut self, otherwise: T, act: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        if self.is_closed {
            return Ok(otherwise);
        }
        match act(&mut self.inner) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(otherwise)
            }
            result => result,
        }
    }
}

impl UntilClosed<Output> {
    /// Puts a file in its place, as [`Output::finish`] does.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        self.flush()?;
        if self.is_closed { Ok(()) } else { self.inner.finish() }
    }
}

impl<W: Write> Write for UntilClosed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_closed(bytes.len(), |inner| inner.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_closed((), Write::flush)
    }
}

/// A reader that has seen enough, such as `head`, closes the pipe: that is no failure.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_at_blanks_or_anywhere() {
        let text = "twenty columns first then_a_very_long_word_of_30ä x";
        let lines = ["twenty columns first", "  then_a_very_long_w", "  ord_of_30ä x"];
        assert_eq!(folded(text, Some(3), "  "), lines);
        assert_eq!(folded(text, None, "  "), [text]);
        assert_eq!(folded("", Some(20), "  "), [""]);
    }

    #[test]
    fn a_text_hangs_below_its_beginning() {
        assert_eq!(hanging("−1  ", "ab cd", None), "−1  ab cd");
        assert_eq!(
            hanging("−1  ", "twenty columns first then", Some(24)),
            "−1  twenty columns first\n    then"
        );
    }
}
