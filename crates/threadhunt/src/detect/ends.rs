//! Ends: the fields by which an event names a process, its own or one that it has to do with.
//!
//! Events 8 and 10 spell the GUIDs of source and target in two ways, and some exports use one of them for
//! both: the spelling of event 8 is tried first.

use crate::event::{Event, Guid, Value};
use crate::schema::{FieldId, fields};

/// The fields that name a process at one end of an event.
pub(super) struct End {
    /// Spellings of the same, the ordinary one first.
    guid: [FieldId; 2],
    pid: FieldId,
    pub(super) image: FieldId,
    pub(super) user: FieldId,
}

/// The process that an event is of.
pub(super) const OWN: End = End {
    guid: [fields::PROCESS_GUID; 2],
    pid: fields::PROCESS_ID,
    image: fields::IMAGE,
    user: fields::USER,
};
/// The process that created it.
pub(super) const PARENT: End = End {
    guid: [fields::PARENT_PROCESS_GUID; 2],
    pid: fields::PARENT_PROCESS_ID,
    image: fields::PARENT_IMAGE,
    user: fields::PARENT_USER,
};
/// The process that reaches into another.
pub(super) const SOURCE: End = End {
    guid: [fields::SOURCE_PROCESS_GUID, fields::SOURCE_PROCESS_GUID_CAPS],
    pid: fields::SOURCE_PROCESS_ID,
    image: fields::SOURCE_IMAGE,
    user: fields::SOURCE_USER,
};
/// The process that it reaches into.
pub(super) const TARGET: End = End {
    guid: [fields::TARGET_PROCESS_GUID, fields::TARGET_PROCESS_GUID_CAPS],
    pid: fields::TARGET_PROCESS_ID,
    image: fields::TARGET_IMAGE,
    user: fields::TARGET_USER,
};
/// All of them; events have their own, or source and target.
pub(super) const ENDS: [&End; 4] = [&OWN, &PARENT, &SOURCE, &TARGET];

impl End {
    /// Its GUID; `None` for the all-zero one.
    pub(super) fn guid(&self, event: &Event<'_>) -> Option<Guid> {
        self.guid.iter().find_map(|field| event.guid(*field))
    }

    /// Its pid.
    pub(super) fn pid(&self, event: &Event<'_>) -> Option<u64> {
        event.get(self.pid).and_then(Value::as_u64)
    }

    /// What has to be decoded for its GUID, pid and image.
    pub(super) fn fields(&self) -> [FieldId; 4] {
        [self.guid[0], self.guid[1], self.pid, self.image]
    }
}
