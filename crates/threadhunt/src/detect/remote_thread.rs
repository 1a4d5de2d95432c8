//! A remote thread: what one event 8 says, taken out of its batch.
//!
//! Values are as logged but for the "none" states, which become `None`, and for
//! `<unknown process>`, which is no program and becomes `None` too. Nothing is judged here;
//! the start is described as far as the record describes it.

use std::sync::Arc;

use super::against::Cause;
use super::ends::{End, SOURCE, TARGET};
use crate::event::{Content, Event, Guid, UNKNOWN_PROCESS, Value, unescaped};
use crate::report::{Evidence, Moment, StartKind};
use crate::schema::{FieldId, fields};

/// One event 8.
#[derive(Clone, Debug)]
pub struct RemoteThread {
    /// The computer as logged; empty where the record names none.
    pub computer: Arc<str>,
    /// Who created the thread.
    pub source: Process,
    /// Where it runs.
    pub target: Process,
    /// Where it starts.
    pub start: StartFacts,
    /// When it was created.
    pub at: Option<Moment>,
    /// Its id.
    pub thread_id: Option<u64>,
    /// What the rule that let the event pass is called.
    pub rule_name: Option<Arc<str>>,
    /// Where the record lies.
    pub evidence: Evidence,
    pub(super) content: Content,
    /// What would have dropped the event, of the configurations that it is held against.
    pub(super) dropped: Vec<(usize, Cause)>,
}

/// A process as an event 8 names it.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its GUID; `None` for the all-zero one.
    pub guid: Option<Guid>,
    /// Its pid.
    pub pid: Option<u64>,
    /// Its program; `None` for `<unknown process>`.
    pub image: Option<Arc<str>>,
    /// Its account, since schema 4.80.
    pub user: Option<Arc<str>>,
}

/// A start as an event 8 describes it.
#[derive(Clone, Debug)]
pub struct StartFacts {
    /// What is known of it.
    pub kind: StartKind,
    /// The module, as far as Sysmon could infer.
    pub module: Option<Arc<str>>,
    /// The exported function, as far as Sysmon could infer.
    pub function: Option<Arc<str>>,
    /// The address' low 16 bits, where it has an address.
    pub low16: Option<u16>,
    /// The address as logged.
    pub address: Option<Arc<str>>,
}

impl RemoteThread {
    /// Reads an event; `None` unless it is an event 8.
    pub fn read(event: &Event<'_>) -> Option<Self> {
        if event.id() != 8 || event.platform().is_none() {
            return None;
        }
        let at = moment(event);
        Some(Self {
            computer: event.computer().into(),
            source: Process::read(event, &SOURCE),
            target: Process::read(event, &TARGET),
            start: StartFacts::read(event),
            at,
            thread_id: event.get(fields::NEW_THREAD_ID).and_then(Value::as_u64),
            rule_name: known(event, fields::RULE_NAME),
            evidence: evidence(event, at),
            content: Content::of(event),
            dropped: Vec::new(),
        })
    }
}

pub(super) fn evidence(event: &Event<'_>, at: Option<Moment>) -> Evidence {
    Evidence::of(event, at)
}

/// When it happened, or else when it was recorded.
pub(super) fn moment(event: &Event<'_>) -> Option<Moment> {
    Moment::of(event)
}

/// A field's text, `None` for the "none" states.
pub(super) fn known(event: &Event<'_>, field: FieldId) -> Option<Arc<str>> {
    event.known(field).map(Arc::from)
}

/// A program's path; `None` too for Sysmon's placeholder.
pub(super) fn image(event: &Event<'_>, field: FieldId) -> Option<Arc<str>> {
    event.known(field).filter(|text| unescaped(text) != UNKNOWN_PROCESS).map(Arc::from)
}

impl Process {
    fn read(event: &Event<'_>, end: &End) -> Self {
        Self {
            guid: end.guid(event),
            pid: end.pid(event),
            image: image(event, end.image),
            user: known(event, end.user),
        }
    }
}

impl StartFacts {
    fn read(event: &Event<'_>) -> Self {
        let module = known(event, fields::START_MODULE);
        let function = known(event, fields::START_FUNCTION);
        let address = known(event, fields::START_ADDRESS);
        let number = event.get(fields::START_ADDRESS).and_then(Value::as_u64);
        let kind = match (&module, &function, number) {
            (Some(_), Some(_), _) => StartKind::Function,
            (Some(_), None, _) => StartKind::Module,
            (None, _, Some(number)) if is_kernel(number, address.as_deref().unwrap_or_default()) => {
                StartKind::Kernel
            }
            (None, _, Some(_)) => StartKind::NoModule,
            (None, _, None) => StartKind::Unknown,
        };
        Self { kind, module, function, low16: number.map(|number| number as u16), address }
    }
}

/// Whether an address lies in the kernel's half of the address space.
///
/// Sysmon pads addresses to the width of the system: 10 characters are 32-bit Windows, whose
/// upper half begins at bit 31; 64-bit Windows' begins at bit 63.
fn is_kernel(address: u64, text: &str) -> bool {
    let top = if text.len() == 10 { 31 } else { 63 };
    address >> top & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::is_kernel;

    #[test]
    fn the_upper_half_depends_on_the_width() {
        for (text, kernel) in [
            ("0x8FA20000", true),
            ("0x00590000", false),
            ("0xFFFFF80312340000", true),
            ("0x000000008FA20000", false),
            ("0x00007FFDC26C0000", false),
        ] {
            let address = u64::from_str_radix(&text[2..], 16).unwrap();
            assert_eq!(is_kernel(address, text), kernel, "{text}");
        }
    }
}
