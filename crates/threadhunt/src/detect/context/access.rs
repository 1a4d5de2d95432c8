//! Events 10: the handle opened before a thread, and what the injected code opens afterwards.
//!
//! Masks are tested bit by bit, since Windows widens what was asked for. The call trace says by
//! which modules the call went: one that does not begin in ntdll called the kernel itself, and a
//! frame in no module is code that was written there, or made by a runtime.

use super::trace::{Frame, Trace};
use super::{
    LONGEST_BEFORE, LinkKind, SECOND, SOURCE_GUID, TARGET_GUID, Told, Wanted, Whose, first_guid, is_dropped,
    link, listed, told, told_near, told_nearest,
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
const HANDLE_BEFORE: u64 = LONGEST_BEFORE;
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
        let Some((source, times)) = pair else {
            return tell(self.written(place, source));
        };
        let distance = times.near(self.time, HANDLE_BEFORE, HANDLE_AFTER);
        let Some(distance) = distance.filter(|_| self.mask & INJECT == INJECT) else { return };
        let mut tell = |kind, text| {
            let link = link(self.event, distance, self.time, text);
            tell(Some(told(kind, Whose::Between(source, target), link)));
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
            Some(Frame::Module(module)) => {
                let module = shown(module);
                tell(LinkKind::Syscall, format!("its first frame is in {module}"));
            }
            Some(Frame::Nowhere(at)) => {
                tell(LinkKind::Syscall, format!("its first frame is at {at:#x}, in no module"));
            }
            None => {}
        }
    }

    /// A third process opened a target in which console control was started.
    fn written(&self, place: &super::Target, by: Option<Guid>) -> Option<Told> {
        if self.mask & WRITE != WRITE || !place.console {
            return None;
        }
        let near = place.near(self.time, HANDLE_BEFORE, 0);
        let text = format!("access {:#x}", self.mask);
        let image = image(self.event, fields::SOURCE_IMAGE);
        told_nearest(LinkKind::Write, near, super::Link { by, image, ..link(self.event, 0, self.time, text) })
    }

    /// The source of an event 10 is a target of ours, after a thread began there.
    fn by(&self, wanted: &Wanted, actor: Guid, tell: &mut impl FnMut(Option<Told>)) {
        let Some(place) = wanted.targets.get(&actor) else { return };
        let opened = image(self.event, fields::TARGET_IMAGE);
        let mut tell = |kind, near, text| {
            let link = super::Link { image: opened.clone(), ..link(self.event, 0, self.time, text) };
            tell(told_near(kind, near, link));
        };
        let mask = self.mask;
        let thread = self.event.get(fields::SOURCE_THREAD_ID).and_then(Value::as_u64);
        let owner = thread.and_then(|thread| Some((thread, place.thread(thread, self.time)?)));
        if let Some((thread, pair)) = owner {
            tell(LinkKind::Act, vec![(pair, 0)], format!("thread {thread} opened it with access {mask:#x}"));
        }
        if let Some((kind, behind, pair)) = self.memory(place) {
            let text = format!("code {behind:#x} behind the start opened it with access {mask:#x}");
            tell(kind, vec![(pair, 0)], text);
        }
        let name = opened.as_deref().map(paths::clean).unwrap_or_default();
        if mask & READ != 0 && paths::name(&name) == "lsass.exe" {
            tell(LinkKind::Lsass, super::follow::begun(place, self.time), format!("access {mask:#x}"));
        }
    }

    /// The frame that lies closest behind the start of a thread in no module, with the thread's pair.
    fn memory(&self, place: &super::Target) -> Option<(LinkKind, u64, u64)> {
        if !place.has_starts() {
            return None;
        }
        let text = known(self.event, fields::CALL_TRACE)?;
        let (closest, pair) = Trace(&text).nowhere().filter_map(|at| place.start(at, self.time)).min()?;
        let kind = if closest < IN_MEMORY { LinkKind::Memory } else { LinkKind::NearMemory };
        (closest < NEAR_MEMORY).then_some((kind, closest, pair))
    }
}

/// Where Windows has the modules by which its own calls enter the kernel.
const SYSTEM: [&str; 3] = [r"c:\windows\system32", r"c:\windows\syswow64", r"c:\windows\sysarm32"];

/// Whether honest calls enter the kernel from a module, or a product's hook that stands before it.
///
/// A door elsewhere than with Windows is one by name only; a bare name does not tell where it lies.
fn is_kernel_door(module: &str) -> bool {
    let path = paths::clean(module);
    let (name, folder) = (paths::name(&path), paths::folder(&path));
    let is_systems = folder.is_empty() || SYSTEM.contains(&folder);
    listed("kernel-door", name) && is_systems || listed("hooking-module", name) && !is_dropped(&path)
}

/// A module as it is spoken of: by its name, unless that is the name of what lies elsewhere.
fn shown(module: &str) -> &str {
    let name = module.rsplit(['\\', '/']).next().unwrap_or(module);
    if listed("kernel-door", name) || listed("hooking-module", name) { module } else { name }
}

#[cfg(test)]
mod tests {
    use super::{is_kernel_door, shown};

    #[test]
    fn a_door_lies_where_windows_has_it() {
        for (module, is_door) in [
            (r"C:\Windows\SYSTEM32\ntdll.dll", true),
            (r"C:\Windows\SysWOW64\ntdll.dll", true),
            (r"\\?\C:\WINDOWS\System32\win32u.dll", true),
            (r"\SystemRoot\System32\ntdll.dll", true),
            ("ntdll.dll", true),
            (r"C:\Users\bob\evil\ntdll.dll", false),
            (r"C:\Windows\System32\spool\ntdll.dll", false),
            (r"C:\Users\bob\Windows\System32\ntdll.dll", false),
            (r"\\host\c$\Windows\System32\ntdll.dll", false),
            (r"C:\Windows\System32\sysfer.dll", true),
            (r"C:\Users\bob\sysfer.dll", false),
            (r"C:\Windows\System32\kernel32.dll", false),
        ] {
            assert_eq!(is_kernel_door(module), is_door, "{module}");
        }
        assert_eq!([shown(r"C:\x\ntdll.dll"), shown(r"C:\x\y.exe")], [r"C:\x\ntdll.dll", "y.exe"]);
    }
}
