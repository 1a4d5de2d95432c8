//! Walking the inputs: from what a person named to units of work, in one fixed order.
//!
//! Arguments come as given, entries of a directory by the bytes of their paths, members of
//! an archive as they lie. What an input is follows from its content. What was named and
//! cannot be read is a loss; what was only found beside it is passed over and counted.
//! Links within directories are not followed: they would make loops and duplicates.

use std::collections::BTreeSet;
use std::fs::{self, File, FileType, Metadata};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::container::{self, Budget, Exceeded, Kind, Metered};
use super::padding::Padded;
use super::pump::Pump;
use super::unit::{Content, FileRange, Unit, read_at_most};
use super::{Block, FORMATS, Foreign, Format, Options, Ranges, SNIFF_LEN, Shape, Spool, evtx, json, xml};
use crate::event::{Damage, DamageCode, Origin, Wildcard};

type Flow = ControlFlow<()>;

/// What takes units; `Break` means that nobody wants more.
pub(super) type Feed<'f> = dyn FnMut(Unit) -> Flow + 'f;

/// One thing to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file or directory, or else a pattern with `*` and `?`.
    Named(PathBuf),
    /// A file or directory, taken literally.
    Listed(PathBuf),
    /// What was standard input or a pipe, put aside to be read more than once.
    Spooled(Spool),
}

/// What is to be read, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs(pub Vec<Input>);

impl Inputs {
    /// Inputs as people name them: `-` is standard input.
    pub fn named(paths: impl IntoIterator<Item: Into<PathBuf>>) -> Self {
        let input = |path: PathBuf| if path.as_os_str() == "-" { Input::Stdin } else { Input::Named(path) };
        Self(paths.into_iter().map(|path| input(path.into())).collect())
    }

    /// Adds the paths of a list: one a line, or separated by NUL bytes where there is one.
    ///
    /// Empty lines count for nothing, and nothing in a path is special.
    pub fn add_list(&mut self, list: &[u8]) {
        let separator = if list.contains(&0) { 0 } else { b'\n' };
        let lines = list.split(|byte| *byte == separator);
        let paths = lines
            .map(|line| if separator == b'\n' { line.strip_suffix(b"\r").unwrap_or(line) } else { line });
        self.0.extend(paths.filter(|path| !path.is_empty()).map(|path| Input::Listed(to_path(path))));
    }

    /// Of inputs that were read before, only the files of these names, as origins spell them.
    ///
    /// A name that is not the path itself, because the path is no UTF-8, leaves the inputs as they are.
    pub fn only(&self, files: &BTreeSet<&str>) -> Self {
        if files.iter().any(|file| file.contains(char::REPLACEMENT_CHARACTER)) {
            return self.clone();
        }
        let is_wanted = |spool: &Spool| files.contains(&*spool.name().to_string_lossy());
        let spools = self.0.iter().filter(|input| matches!(input, Input::Spooled(spool) if is_wanted(spool)));
        let spools: Vec<Input> = spools.cloned().collect();
        let is_spooled = |file: &str| {
            spools
                .iter()
                .any(|input| matches!(input, Input::Spooled(spool) if spool.name().to_str() == Some(file)))
        };
        let plain = files.iter().filter(|file| !is_spooled(file)).map(|file| Input::Listed(file.into()));
        Self(plain.chain(spools.iter().cloned()).collect())
    }
}

#[cfg(unix)]
fn to_path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn to_path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// Whether somebody named it, or it was only found within what somebody named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Named,
    Found,
}

/// A file or member on its way to being known.
#[derive(Clone, Debug)]
struct Item {
    origin: Arc<Origin>,
    standing: Standing,
    /// Containers around it.
    depth: u32,
}

impl Item {
    fn file(path: &Path, standing: Standing) -> Self {
        let origin = Origin { file: path.to_string_lossy().into_owned(), member: None };
        Self { origin: Arc::new(origin), standing, depth: 0 }
    }

    fn member(&self, name: &str) -> Self {
        let member =
            self.origin.member.as_ref().map_or_else(|| name.to_owned(), |outer| format!("{outer}!{name}"));
        let origin = Origin { file: self.origin.file.clone(), member: Some(member) };
        Self { origin: Arc::new(origin), standing: Standing::Found, depth: self.depth + 1 }
    }

    /// The same, one layer of compression deeper.
    fn unpacked(&self) -> Self {
        Self { depth: self.depth + 1, ..self.clone() }
    }
}

/// Feeds all units of the inputs, in order.
pub(super) fn walk(inputs: &Inputs, options: &Options, feed: &mut Feed<'_>) -> Flow {
    let mut walker = Walker { options, feed, logs: 0 };
    inputs.0.iter().try_for_each(|input| walker.input(input))
}

struct Walker<'w, 'f> {
    options: &'w Options,
    feed: &'w mut Feed<'f>,
    /// Logs met so far.
    logs: u64,
}

impl Walker<'_, '_> {
    fn input(&mut self, input: &Input) -> Flow {
        match input {
            Input::Stdin => self.stream(&Item::file(Path::new("-"), Standing::Named), || Ok(io::stdin())),
            Input::Listed(path) => self.named(path),
            Input::Named(path) if is_pattern(path) && path.symlink_metadata().is_err() => self.pattern(path),
            Input::Named(path) => self.named(path),
            Input::Spooled(spool) => self.spooled(spool),
        }
    }

    fn spooled(&mut self, spool: &Spool) -> Flow {
        let item = Item::file(&spool.name, Standing::Named);
        let opened = spool.file.as_ref().map(|file| {
            (&**file).seek(SeekFrom::Start(0))?;
            open_plain(file.try_clone()?)
        });
        // Of an input that failed before its first byte, the failure says all.
        match (opened, &spool.failure) {
            (Some(Ok(plain)), None) => self.plain_file(&item, plain)?,
            (Some(Ok(plain)), Some(_)) if plain.len > 0 => self.plain_file(&item, plain)?,
            (Some(Err(error)), _) => self.failure(&item, &error)?,
            _ => {}
        }
        spool.failure.iter().try_for_each(|error| self.failure(&item, error))
    }

    fn pattern(&mut self, pattern: &Path) -> Flow {
        let paths = expand(pattern);
        if paths.is_empty() {
            let damage = Damage::whole(DamageCode::Unreadable, "no path fits this pattern");
            return self.damage(&Item::file(pattern, Standing::Named), damage);
        }
        paths.iter().try_for_each(|path| self.named(path))
    }

    fn named(&mut self, path: &Path) -> Flow {
        let item = Item::file(path, Standing::Named);
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                let before = self.logs;
                self.directory(path)?;
                if self.logs > before {
                    return Flow::Continue(());
                }
                self.damage(&item, Damage::whole(DamageCode::Empty, "no log in this directory or below it"))
            }
            Ok(metadata) => self.file(path, &item, &metadata),
            Err(error) => {
                self.damage(&item, Damage::whole(DamageCode::Unreadable, why_missing(path, &error)))
            }
        }
    }

    fn directory(&mut self, path: &Path) -> Flow {
        let (entries, failures) = match entries(path) {
            Ok(found) => found,
            Err(error) => (Vec::new(), vec![error]),
        };
        for error in &failures {
            self.failure(&Item::file(path, Standing::Found), error)?;
        }
        entries.iter().try_for_each(|entry| self.entry(entry))
    }

    fn entry(&mut self, entry: &Entry) -> Flow {
        if entry.kind.is_dir() {
            return self.directory(&entry.path);
        }
        let item = Item::file(&entry.path, Standing::Found);
        if entry.kind.is_symlink() {
            return self.skipped(&item, "a link, which is not followed");
        }
        if entry.is_in_the_making() {
            return self.skipped(&item, "an output of this program in the making");
        }
        if !entry.kind.is_file() {
            return self.skipped(&item, "neither a file nor a directory");
        }
        match fs::symlink_metadata(&entry.path) {
            Ok(metadata) => self.file(&entry.path, &item, &metadata),
            Err(error) => self.failure(&item, &error),
        }
    }

    fn file(&mut self, path: &Path, item: &Item, metadata: &Metadata) -> Flow {
        if !metadata.is_file() {
            let path = path.to_owned();
            return self.stream(item, || File::open(path));
        }
        match File::open(path).and_then(open_plain) {
            Ok(plain) => match self.foreign(&plain.head) {
                Some(foreign) if let Some(asked) = self.options.shape => {
                    self.other_shape(item, foreign.shape.name, asked)
                }
                Some(foreign) => {
                    let budget = Budget::new(self.options.limits);
                    budget.add_packed(plain.len);
                    self.table(item, foreign, &budget, path)
                }
                None => self.plain_file(item, plain),
            },
            Err(error) => self.failure(item, &error),
        }
    }

    /// The kind of file, beside those of the library, that begins so.
    fn foreign(&self, head: &[u8]) -> Option<&'static Foreign> {
        self.options.foreign.iter().find(|foreign| (foreign.recognise)(head))
    }

    /// A file that somebody else turns into lines of JSON.
    fn table(&mut self, item: &Item, foreign: &Foreign, budget: &Budget, path: &Path) -> Flow {
        match (foreign.lines)(path) {
            Ok(lines) => {
                let content = |block| Content::Table(foreign.shape, block);
                self.cut(item, &json::FORMAT, &mut Metered::new(lines, budget), &content)
            }
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                let code = match item.standing {
                    Standing::Found => DamageCode::Skipped,
                    Standing::Named => DamageCode::NotALog,
                };
                self.damage(item, Damage::whole(code, error.to_string()))
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                self.damage(item, Damage::whole(DamageCode::UnknownShape, error.to_string()))
            }
            Err(error) => self.failure(item, &error),
        }
    }

    /// The same of a stream: what opens it needs a file.
    fn spooled_table(
        &mut self,
        item: &Item,
        foreign: &Foreign,
        budget: &Budget,
        input: &mut dyn Read,
    ) -> Flow {
        let limit = budget.limits().spool;
        let copied = tempfile::NamedTempFile::new().and_then(|mut file| {
            let count = io::copy(&mut input.take(limit.saturating_add(1)), &mut file)?;
            if count > limit { Err(io::Error::other(Exceeded::Spool(limit))) } else { Ok(file) }
        });
        match copied {
            Ok(file) => self.table(item, foreign, budget, file.path()),
            Err(error) => self.failure(item, &error),
        }
    }

    fn plain_file(&mut self, item: &Item, PlainFile { file, len, head }: PlainFile) -> Flow {
        let budget = Budget::new(self.options.limits);
        let eight_at = |place| {
            let mut bytes = [0; 8];
            (read_at_most(&file, &mut bytes, place as u64).ok()? == 8).then_some(bytes)
        };
        let kind = match container::recognise(&head, self.options.shape) {
            Kind::Unknown if evtx::has_chunk(eight_at) => Kind::Log(&evtx::FORMAT),
            kind => kind,
        };
        match kind {
            Kind::Unknown if self.foreign(&head).is_none() && !json::may_be_known_later(&head) => {
                self.no_log(item, &head)
            }
            Kind::OtherLog(found, asked) => self.other_shape(item, found.name, asked),
            Kind::Log(format) if let Some(ranges) = format.ranges => {
                self.ranges(item, format, file, len, ranges(&head, len))
            }
            Kind::Zip => {
                budget.add_packed(len);
                self.zip(item, &budget, file)
            }
            _ => {
                let mut input = Counted { inner: file, budget: &budget, count: 0, ended: false };
                self.content(item, &budget, &mut input)?;
                if !input.ended || input.count >= len {
                    return Flow::Continue(());
                }
                let reason =
                    format!("the file became shorter while it was read: {} of {len} bytes", input.count);
                self.damage(item, Damage::at(DamageCode::Changed, input.count, reason))
            }
        }
    }

    /// A file whose blocks the workers read themselves.
    fn ranges(
        &mut self,
        item: &Item,
        format: &'static Format,
        file: File,
        total: u64,
        ranges: Ranges,
    ) -> Flow {
        self.logs += 1;
        let file = Arc::new(file);
        for (offset, len) in ranges {
            let content = Content::Range(format, FileRange { file: Arc::clone(&file), offset, len, total });
            (self.feed)(Unit { origin: Arc::clone(&item.origin), opens_log: offset == 0, content })?;
        }
        Flow::Continue(())
    }

    /// Something that can only be read once, and may block.
    fn stream<R: Read>(
        &mut self,
        item: &Item,
        open: impl FnOnce() -> io::Result<R> + Send + 'static,
    ) -> Flow {
        let budget = Budget::new(self.options.limits);
        let pump = Pump::start(open, &self.options.stop);
        self.content(item, &budget, &mut Counted { inner: pump, budget: &budget, count: 0, ended: false })
    }

    /// Anything, by its first bytes.
    fn content(&mut self, item: &Item, budget: &Budget, input: &mut dyn Read) -> Flow {
        let (mut head, mut failure) = read_head(input);
        let mut kind = container::recognise(&head, self.options.shape);
        if let (Kind::Unknown, Some(error)) = (kind, &failure) {
            return self.failure(item, error);
        }
        let known = head.len();
        if known == SNIFF_LEN && matches!(kind, Kind::Unknown) {
            failure = input.take((evtx::PROBE_LEN - known) as u64).read_to_end(&mut head).err();
            let eight_at = |place| head.get(place..)?.first_chunk().copied();
            if evtx::has_chunk(eight_at) {
                kind = Kind::Log(&evtx::FORMAT);
            } else if json::is_known_later(&head) {
                kind = Kind::Log(&json::FORMAT);
            }
        }
        let foreign = self.foreign(&head);
        let mut input = Cursor::new(head).chain(Rest { input, failure });
        match kind {
            Kind::Log(_) if let Some((foreign, asked)) = foreign.zip(self.options.shape) => {
                self.other_shape(item, foreign.shape.name, asked)
            }
            // A table may store its texts as they are, too.
            Kind::Log(_) | Kind::Unknown if let Some(foreign) = foreign => {
                self.spooled_table(item, foreign, budget, &mut input)
            }
            Kind::Log(format) => self.log(item, format, &mut input),
            Kind::OtherLog(found, asked) => self.other_shape(item, found.name, asked),
            Kind::Unknown => self.no_log(item, &input.get_ref().0.get_ref()[..known]),
            Kind::Closed(what) => {
                let reason = format!("{what}, which is not read; logs may be in it");
                self.damage(item, Damage::whole(DamageCode::Archive, reason))
            }
            _ if item.depth >= budget.limits().depth => {
                self.failure(item, &io::Error::other(Exceeded::Depth(budget.limits().depth)))
            }
            Kind::Gzip => {
                let inner = container::gzip::Members::new(input);
                self.content(&item.unpacked(), budget, &mut Metered::new(inner, budget))
            }
            Kind::Zstd => match zstd::stream::read::Decoder::new(input) {
                Ok(inner) => self.content(&item.unpacked(), budget, &mut Metered::new(inner, budget)),
                Err(error) => self.failure(&item.unpacked(), &error),
            },
            Kind::Tar => self.tar(item, budget, &mut input),
            Kind::Zip => match spool(&mut input, budget.limits().spool) {
                Ok(file) => self.zip(item, budget, file),
                Err(error) => self.failure(item, &error),
            },
        }
    }

    /// A log, cut by its format. Where its bytes end early, what came before still counts.
    fn log(&mut self, item: &Item, format: &'static Format, input: &mut dyn Read) -> Flow {
        self.cut(item, format, input, &|block| Content::Block(format, block))
    }

    /// The same, for blocks that are content of some kind.
    fn cut(
        &mut self,
        item: &Item,
        format: &Format,
        input: &mut dyn Read,
        content: &dyn Fn(Block) -> Content,
    ) -> Flow {
        self.logs += 1;
        let mut input = Tolerant { inner: input, failure: None };
        let mut padded = Padded::new(&mut input, format);
        let mut flow = Flow::Continue(());
        let mut opens_log = true;
        let feed = &mut *self.feed;
        let mut give = |content| {
            flow = feed(Unit { origin: Arc::clone(&item.origin), opens_log, content });
            opens_log = false;
            flow
        };
        let split = (format.split)(&mut padded, &mut |block| give(content(block)));
        let padding = padded.damage();
        if opens_log {
            flow = self.empty_log(item);
        }
        flow?;
        if let Some(damage) = padding {
            self.damage(item, damage)?;
        }
        match (input.failure, split.err()) {
            (Some(error), _) => self.failure(item, &error),
            // The input could be read to its end, and that is too early.
            (None, Some(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.damage(item, Damage::whole(DamageCode::Truncated, describe(&error)))
            }
            (None, Some(error)) => self.failure(item, &error),
            (None, None) => Flow::Continue(()),
        }
    }

    fn tar(&mut self, item: &Item, budget: &Budget, input: &mut dyn Read) -> Flow {
        let before = self.logs;
        let done = container::tar::read(input, budget, &mut |name, member| {
            let item = item.member(name);
            match member {
                Ok(bytes) => {
                    let own = budget.member(0);
                    self.content(
                        &item,
                        &own,
                        &mut Counted { inner: bytes, budget: &own, count: 0, ended: false },
                    )
                }
                Err(reason) => self.damage(&item, Damage::whole(DamageCode::Archive, reason)),
            }
        });
        match done {
            Ok(flow) => flow?,
            Err(error) => self.failure(&item.unpacked(), &error)?,
        }
        self.archive_read(item, before)
    }

    fn zip(&mut self, item: &Item, budget: &Budget, input: impl Read + Seek) -> Flow {
        let before = self.logs;
        let done = container::zip::read(input, budget, &mut |name, member| {
            let item = item.member(name);
            match member {
                Ok((bytes, own)) => self.content(&item, own, bytes),
                Err(damage) => self.damage(&item, damage),
            }
        });
        match done {
            Ok(flow) => flow?,
            Err(reason) => return self.damage(item, Damage::whole(DamageCode::Archive, reason)),
        }
        self.archive_read(item, before)
    }

    /// An archive that somebody named should hold a log.
    fn archive_read(&mut self, item: &Item, logs_before: u64) -> Flow {
        if self.logs > logs_before || item.standing == Standing::Found {
            return Flow::Continue(());
        }
        self.damage(item, Damage::whole(DamageCode::Empty, "no log in this archive"))
    }

    fn no_log(&mut self, item: &Item, head: &[u8]) -> Flow {
        let known = head.len();
        if item.standing == Standing::Named && json::is_empty_export(head) {
            self.logs += 1;
            return self.empty_log(item);
        }
        let reason = match known {
            0 => "it is empty".to_owned(),
            1..=MIN_LOG => format!("{known} bytes are too few for a log"),
            _ if xml::is_configuration(head) => "it is a Sysmon configuration, not a log".to_owned(),
            _ if let Some(reason) = json::why_not(head) => reason,
            _ => {
                let names: Vec<_> = FORMATS.iter().map(|format| format.name).collect();
                format!("it does not begin like any log that is read here ({})", names.join(", "))
            }
        };
        let code = match (item.standing, known) {
            (Standing::Found, _) => DamageCode::Skipped,
            (Standing::Named, 0) => DamageCode::Empty,
            (Standing::Named, _) => DamageCode::NotALog,
        };
        self.damage(item, Damage::whole(code, reason))
    }

    /// A log without records.
    fn empty_log(&mut self, item: &Item) -> Flow {
        let content = Content::Nothing(None);
        (self.feed)(Unit { origin: Arc::clone(&item.origin), opens_log: true, content })
    }

    /// A log that is not read, since a shape was asked for that it cannot have.
    fn other_shape(&mut self, item: &Item, found: &str, asked: &Shape) -> Flow {
        let (name, family) = (asked.name, asked.family.name());
        let of = if name == family { String::new() } else { format!(", which is {family}") };
        let reason = format!("{name} was asked for{of}, and this begins like {found}");
        self.damage(item, Damage::whole(DamageCode::OtherShape, reason))
    }

    fn skipped(&mut self, item: &Item, reason: &'static str) -> Flow {
        self.damage(item, Damage::whole(DamageCode::Skipped, reason))
    }

    fn failure(&mut self, item: &Item, error: &io::Error) -> Flow {
        let code = match Exceeded::find(error) {
            Some(_) => DamageCode::Expansion,
            // Only tables say so of a file itself: it could be read, and is not what it should be.
            None if item.depth == 0 && error.kind() == io::ErrorKind::InvalidData => DamageCode::Malformed,
            None if item.depth == 0 => DamageCode::Unreadable,
            None => DamageCode::Archive,
        };
        self.damage(item, Damage::whole(code, describe(error)))
    }

    fn damage(&mut self, item: &Item, damage: Damage) -> Flow {
        (self.feed)(Unit::damage(Arc::clone(&item.origin), damage))
    }
}

/// A file that can be read from any place.
struct PlainFile {
    file: File,
    len: u64,
    /// Its first bytes.
    head: Vec<u8>,
}

fn open_plain(file: File) -> io::Result<PlainFile> {
    let mut head = vec![0; SNIFF_LEN];
    let count = read_at_most(&file, &mut head, 0)?;
    head.truncate(count);
    Ok(PlainFile { len: file.metadata()?.len(), file, head })
}

/// No kind of log is shorter than this.
const MIN_LOG: usize = 8;

/// Bytes of a zip archive from a stream that stay in memory.
const SPOOL_IN_MEMORY: usize = 8 * 1024 * 1024;

/// An entry of a directory.
struct Entry {
    path: PathBuf,
    kind: FileType,
}

/// The entries by the bytes of their paths, and what could not be listed.
fn entries(path: &Path) -> io::Result<(Vec<Entry>, Vec<io::Error>)> {
    let (mut entries, mut failures) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(path)? {
        match entry.and_then(|entry| Ok(Entry { kind: entry.file_type()?, path: entry.path() })) {
            Ok(entry) => entries.push(entry),
            Err(error) => failures.push(error),
        }
    }
    entries.sort_by_cached_key(Entry::order);
    Ok((entries, failures))
}

impl Entry {
    /// What lies below a directory continues its path with a slash, and sorts by that.
    fn order(&self) -> Vec<u8> {
        let mut bytes = self.path.as_os_str().as_encoded_bytes().to_vec();
        bytes.extend(self.kind.is_dir().then_some(b'/'));
        bytes
    }

    /// Whether the program may be writing it, so that reading it would never end.
    fn is_in_the_making(&self) -> bool {
        let name = self.path.file_name().unwrap_or_default().as_encoded_bytes();
        let middle = name.strip_prefix(b".threadhunt-").and_then(|rest| rest.strip_suffix(b".part"));
        middle.is_some_and(|middle| middle.len() == 6)
    }
}

fn is_pattern(path: &Path) -> bool {
    Wildcard::is_pattern(&path.to_string_lossy())
}

/// The paths that fit a pattern, component by component, by their bytes.
///
/// As in a shell, `*` does not cross a separator and leaves out names that begin with a dot.
fn expand(pattern: &Path) -> Vec<PathBuf> {
    let mut paths = vec![PathBuf::new()];
    for component in pattern.components() {
        let name = component.as_os_str().to_string_lossy();
        if Wildcard::is_pattern(&name) {
            paths = paths.iter().flat_map(|path| fitting(path, &name)).collect();
        } else {
            paths.iter_mut().for_each(|path| path.push(component));
        }
    }
    paths.retain(|path| path.symlink_metadata().is_ok());
    paths.sort_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
    paths
}

fn fitting(directory: &Path, pattern: &str) -> Vec<PathBuf> {
    let listed = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let wildcard = Wildcard::new(pattern);
    let Ok(entries) = fs::read_dir(listed) else { return Vec::new() };
    let names = entries.flatten().map(|entry| entry.file_name());
    let fits = |name: &str| wildcard.matches(name) && (pattern.starts_with('.') || !name.starts_with('.'));
    names.filter(|name| fits(&name.to_string_lossy())).map(|name| directory.join(name)).collect()
}

fn why_missing(path: &Path, error: &io::Error) -> String {
    match fs::read_link(path) {
        Ok(target) if error.kind() == io::ErrorKind::NotFound => {
            format!("the link points to {}, which does not exist", target.display())
        }
        _ => describe(error),
    }
}

/// The error in words that read the same on every platform, where it is a common one.
fn describe(error: &io::Error) -> String {
    match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::NotFound, Some(_)) => "no such file or directory".to_owned(),
        (io::ErrorKind::PermissionDenied, Some(_)) => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

/// The first bytes, and the error that cut them short.
fn read_head(input: &mut dyn Read) -> (Vec<u8>, Option<io::Error>) {
    let mut head = Vec::with_capacity(SNIFF_LEN);
    let failure = input.take(SNIFF_LEN as u64).read_to_end(&mut head).err();
    (head, failure)
}

/// Keeps a zip archive for going back and forth in it, in memory or in a file without a name.
fn spool(input: &mut dyn Read, limit: u64) -> io::Result<tempfile::SpooledTempFile> {
    let mut file = tempfile::spooled_tempfile(SPOOL_IN_MEMORY);
    if io::copy(&mut input.take(limit.saturating_add(1)), &mut file)? > limit {
        return Err(io::Error::other(Exceeded::Spool(limit)));
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

/// A reader that counts what it gives, and whether it came to the end.
struct Counted<'b, R> {
    inner: R,
    budget: &'b Budget,
    count: u64,
    ended: bool,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count += count as u64;
        self.ended |= count == 0 && !buffer.is_empty();
        self.budget.add_packed(count as u64);
        Ok(count)
    }
}

/// What follows the first bytes, beginning with the error that was met there.
struct Rest<'r> {
    input: &'r mut dyn Read,
    failure: Option<io::Error>,
}

impl Read for Rest<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.failure.take() {
            Some(error) => Err(error),
            None => self.input.read(buffer),
        }
    }
}

/// A reader whose error looks like its end, so that a format gives out what it has.
struct Tolerant<'r> {
    inner: &'r mut dyn Read,
    failure: Option<io::Error>,
}

impl Read for Tolerant<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.failure.is_some() {
            return Ok(0);
        }
        match self.inner.read(buffer) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                self.failure = Some(error);
                Ok(0)
            }
            result => result,
        }
    }
}
