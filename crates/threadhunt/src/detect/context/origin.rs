//! Who wrote a source's program, or the DLL that a target loaded: events 11, 15 and 29.
//!
//! The programs of sources are known before the second reading, DLLs are not: so of the DLLs that
//! were written before a thread that loads one, those written shortest before are kept.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::{Link, SECOND, Told, Wanted, bounded, link};
use crate::detect::paths;
use crate::detect::remote_thread::{image, known, moment};
use crate::event::{Event, FileTime};
use crate::report::Sample;
use crate::schema::{FieldId, fields};

/// The events that show a file being written.
pub(in crate::detect) const EVENTS: [u16; 3] = [11, 15, 29];

/// What is asked of events 11, 15 and 29.
pub(super) const FIELDS: [FieldId; 5] =
    [fields::PROCESS_GUID, fields::IMAGE, fields::TARGET_FILENAME, fields::CONTENTS, fields::UTC_TIME];

/// Events of one action may be stamped in the wrong order.
const SLACK: u64 = 2 * SECOND;

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Written {
    /// How it was written; its rank is how long before a thread that was.
    link: Link,
    /// The clean path.
    path: Arc<str>,
    /// Whether the program of a source has this path.
    of_source: bool,
}

/// A file was written that a source runs from, or a DLL before a thread that loads one.
pub(super) fn written(wanted: &Wanted, event: &Event<'_>) -> Option<Told> {
    if wanted.names.is_empty() && wanted.loads.is_empty() {
        return None;
    }
    let file = known(event, fields::TARGET_FILENAME)?.to_lowercase();
    // The mark of the web is a stream of the file, with a name of its own behind the path.
    let file = file.strip_suffix(":zone.identifier").unwrap_or(&file);
    let is_source = wanted.names.contains(paths::name(file));
    let is_dll = !wanted.loads.is_empty() && (file.ends_with(".dll") || event.id() == 29);
    if !is_source && !is_dll {
        return None;
    }
    let time = moment(event)?.time;
    let path = paths::clean(file);
    let of_source = wanted.programs.get(&path).and_then(|moments| until(moments.as_slice(), time));
    let rank = of_source.or_else(|| is_dll.then(|| wanted.until_load(time)).flatten())?;
    let from_web = known(event, fields::CONTENTS).is_some_and(|contents| contents.contains("ZoneId=3"));
    let text = if from_web { "marked as from the internet" } else { "" };
    let link =
        Link { image: image(event, fields::IMAGE).map(bounded), ..link(event, rank, time, text.to_owned()) };
    Some(Told::Written(Box::new(Written { link, path: path.into(), of_source: of_source.is_some() })))
}

/// How long it is until the next moment; a little too late counts as at once.
fn until(moments: &[FileTime], time: FileTime) -> Option<u64> {
    let next = moments.partition_point(|moment| moment.0.saturating_add(SLACK) < time.0);
    moments.get(next).map(|moment| moment.0.saturating_sub(time.0))
}

impl Wanted {
    fn until_load(&self, time: FileTime) -> Option<u64> {
        let next = self.loads.range(FileTime(time.0.saturating_sub(SLACK))..).next()?;
        Some(next.0.saturating_sub(time.0))
    }
}

/// Writings kept of one program.
const MAX_WRITINGS: usize = 4;
/// Written DLLs kept in all.
const MAX_DLLS: usize = 4096;

/// All files that were written, as far as they may matter.
#[derive(Debug, Default)]
pub(super) struct Origins {
    programs: HashMap<(Arc<str>, Arc<str>), Sample<Link, MAX_WRITINGS>>,
    /// The DLLs, shortest before a thread first, with their computers.
    dlls: BTreeSet<(Written, Arc<str>)>,
}

impl Origins {
    pub(super) fn add(&mut self, computer: Arc<str>, written: Written) {
        if written.of_source {
            return self.programs.entry((computer, written.path)).or_default().offer(written.link);
        }
        self.dlls.insert((written, computer));
        if self.dlls.len() > MAX_DLLS {
            self.dlls.pop_last();
        }
    }

    /// Who wrote a path at last before a time.
    pub(super) fn last(&self, computer: &Arc<str>, path: &str, before: FileTime) -> Option<&Link> {
        let of_program = self.programs.get(&(Arc::clone(computer), Arc::from(path)));
        let of_dll = self.dlls.iter().filter(|(written, host)| *written.path == *path && host == computer);
        let all =
            of_program.into_iter().flat_map(Sample::iter).chain(of_dll.map(|(written, _)| &written.link));
        all.filter(|link| link.time.0 <= before.0.saturating_add(SLACK)).max_by_key(|link| link.time)
    }
}
