//! Events 10: the handle opened before a thread, and what the injected code opens afterwards.
//!
//! Masks are tested bit by bit, since Windows widens what was asked for. The call trace says by
//! which modules the call went: one that does not begin in ntdll called the kernel itself, and a
//! frame in no module is code that was written there, or made by a runtime.

use super::trace::{Frame, Trace};
use super::{
    LinkKey, LinkKind, SECOND, SOURCE_GUID, TARGET_GUID, Told, Wanted, first_guid, link, listed, near, told,
};
use crate::detect::paths;
use crate::detect::remote_thread::{image, known, moment};
use crate::event::{Event, FileTime, Guid, Value};
use crate::schema::{FieldId, fields};

/// What is asked of an event 10 beside its GUIDs.
pub(super) const FIELDS: [FieldId; 6] = [
    fields::GRANTED_ACCESS,
    fields::SOURCE_THREAD_ID,
    fields::SOURCE_IMAGE,
    fields::TARGET_IMAGE,
    fields::CALL_TRACE,
    fields::UTC_TIME,
];

/// How long before a thread a handle counts; measured at most 3.3 s, mostly 20 ms.
const HANDLE_BEFORE: u64 = 60 * SECOND;
/// Events of one action may be stamped in the wrong order.
const HANDLE_AFTER: u64 = 2 * SECOND;

/// CREATE_THREAD, VM_OPERATION and VM_WRITE: what injecting by a remote thread takes.
const INJECT: u64 = 0x2a;
/// VM_OPERATION and VM_WRITE.
const WRITE: u64 = 0x28;
/// VM_READ: what dumping credentials takes.
const READ: u64 = 0x10;

/// How far behind its start injected code is surely meant: an allocation of a loader and its payload.
const IN_MEMORY: u64 = 1 << 20;
/// How far it may be.
const NEAR_MEMORY: u64 = 16 << 20;

/// Looks at an event 10 from both sides.
pub(super) fn look(wanted: &Wanted, event: &Event<'_>, tell: &mut impl FnMut(Option<Told>)) {
    let (source, target) = (first_guid(event, SOURCE_GUID), first_guid(event, TARGET_GUID));
    let Some(time) = moment(event).map(|moment| moment.time) else { return };
    let mask = event.get(fields::GRANTED_ACCESS).and_then(Value::as_u64).unwrap_or_default();
    let access = Access { event, mask, time };
    if let Some(target) = target {
        access.opened(wanted, source, target, tell);
    }
    if let Some(actor) = source {
        access.by(wanted, actor, tell);
    }
}

/// An event 10.
struct Access<'e, 'b> {
    event: &'e Event<'b>,
    mask: u64,
    time: FileTime,
}

impl Access<'_, '_> {
    /// The target of an event 10 is one of ours.
    fn opened(
        &self,
        wanted: &Wanted,
        source: Option<Guid>,
        target: Guid,
        tell: &mut impl FnMut(Option<Told>),
    ) {
        let Some(place) = wanted.targets.get(&target) else { return };
        let pair = source.and_then(|source| Some((source, wanted.pairs.get(&(source, target))?)));
        let Some((source, moments)) = pair else {
            return tell(self.written(place, source, target));
        };
        let distance = near(moments, self.time, HANDLE_BEFORE, HANDLE_AFTER);
        let Some(distance) = distance.filter(|_| self.mask & INJECT == INJECT) else { return };
        let mut tell = |kind, text| {
            let link = Box::new(link(self.event, distance, self.time, text));
            tell(Some(Told::Link(LinkKey { kind, source: Some(source), target }, link)));
        };
        tell(LinkKind::Handle, format!("access {:#x}", self.mask));
        let Some(text) = known(self.event, fields::CALL_TRACE) else { return };
        let trace = Trace(&text);
        match trace.frames().next() {
            Some(Frame::Module(module)) if is_kernel_door(module) => {
                let nowhere = trace.nowhere().next();
                nowhere
                    .into_iter()
                    .for_each(|at| tell(LinkKind::Unbacked, format!("a frame at {at:#x} lies in no module")));
            }
            Some(Frame::Module(module)) => tell(LinkKind::Syscall, format!("its first frame is in {module}")),
            Some(Frame::Nowhere(at)) => {
                tell(LinkKind::Syscall, format!("its first frame is at {at:#x}, in no module"));
            }
            None => {}
        }
    }

    /// A third process opened a target in which console control was started.
    fn written(&self, place: &super::Target, by: Option<Guid>, target: Guid) -> Option<Told> {
        let distance = near(&place.moments, self.time, HANDLE_BEFORE, 0)?;
        if !place.console || self.mask & WRITE != WRITE {
            return None;
        }
        let text = format!("access {:#x}", self.mask);
        let image = image(self.event, fields::SOURCE_IMAGE);
        let link = super::Link { by, image, ..link(self.event, distance, self.time, text) };
        Some(told(LinkKind::Write, target, link))
    }

    /// The source of an event 10 is a target of ours, after a thread began there.
    fn by(&self, wanted: &Wanted, actor: Guid, tell: &mut impl FnMut(Option<Told>)) {
        let Some(place) = wanted.targets.get(&actor) else { return };
        // Ids of threads and addresses are reused, but not backwards in time.
        if place.moments.as_slice().first().is_none_or(|first| self.time < *first) {
            return;
        }
        let opened = image(self.event, fields::TARGET_IMAGE);
        let mut tell = |kind, text| {
            let link = super::Link { image: opened.clone(), ..link(self.event, 0, self.time, text) };
            tell(Some(told(kind, actor, link)));
        };
        let mask = self.mask;
        let thread = self.event.get(fields::SOURCE_THREAD_ID).and_then(Value::as_u64);
        if let Some(thread) = thread.filter(|thread| place.threads.contains(thread)) {
            tell(LinkKind::Act, format!("thread {thread} opened it with access {mask:#x}"));
        }
        if let Some((kind, behind)) = self.memory(place) {
            tell(kind, format!("code {behind:#x} behind the start opened it with access {mask:#x}"));
        }
        let name = opened.as_deref().map(paths::clean).unwrap_or_default();
        let reads = mask & READ != 0 && paths::name(&name) == "lsass.exe";
        if reads && super::follow::begun(place, self.time).is_some() {
            tell(LinkKind::Lsass, format!("access {mask:#x}"));
        }
    }

    /// The frame that lies closest behind the start of a thread in no module.
    fn memory(&self, place: &super::Target) -> Option<(LinkKind, u64)> {
        if place.starts.is_empty() {
            return None;
        }
        let text = known(self.event, fields::CALL_TRACE)?;
        let behind = |at: u64| place.starts.iter().filter_map(move |start| at.checked_sub(*start));
        let closest = Trace(&text).nowhere().flat_map(behind).min()?;
        let kind = if closest < IN_MEMORY { LinkKind::Memory } else { LinkKind::NearMemory };
        (closest < NEAR_MEMORY).then_some((kind, closest))
    }
}

/// Whether honest calls enter the kernel from a module, or a product's hook that stands before it.
fn is_kernel_door(module: &str) -> bool {
    listed("kernel-door", module) || listed("hooking-module", module)
}
