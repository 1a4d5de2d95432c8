//! The story of one process: what comes before it, what it did, and what comes of it.
//!
//! The inputs are read twice. The first reading finds the process by its GUID or pid and remembers
//! who started whom and who created threads in whom, some 100 bytes each ([`Graph`]). From that
//! follows the [`Cast`]: ancestors, those who injected, and, to a depth, children and targets.
//! The second reading takes what concerns the cast ([`Telling`]).
//!
//! What is kept is bounded by named limits and by order of value, never of arrival, so the order
//! of the inputs changes nothing. Nothing crosses computers.

use std::sync::Arc;

use crate::event::{Event, Guid, Value};
use crate::schema::{FieldId, fields};

mod cast;
mod deeds;
mod graph;
mod telling;

pub use cast::Cast;
pub use deeds::Told;
pub use graph::{AskedFor, Graph, Kin, Who};
pub use telling::Telling;

/// A process on a computer, whose name is folded.
type Key = (Arc<str>, Guid);

/// The fields that name a process at one end of an event.
struct Named {
    /// Spellings of the same, the ordinary one first.
    guid: [FieldId; 2],
    pid: FieldId,
    image: FieldId,
    user: FieldId,
}

const OWN: Named = Named {
    guid: [fields::PROCESS_GUID; 2],
    pid: fields::PROCESS_ID,
    image: fields::IMAGE,
    user: fields::USER,
};
const PARENT: Named = Named {
    guid: [fields::PARENT_PROCESS_GUID; 2],
    pid: fields::PARENT_PROCESS_ID,
    image: fields::PARENT_IMAGE,
    user: fields::PARENT_USER,
};
const SOURCE: Named = Named {
    guid: [fields::SOURCE_PROCESS_GUID, fields::SOURCE_PROCESS_GUID_CAPS],
    pid: fields::SOURCE_PROCESS_ID,
    image: fields::SOURCE_IMAGE,
    user: fields::SOURCE_USER,
};
const TARGET: Named = Named {
    guid: [fields::TARGET_PROCESS_GUID, fields::TARGET_PROCESS_GUID_CAPS],
    pid: fields::TARGET_PROCESS_ID,
    image: fields::TARGET_IMAGE,
    user: fields::TARGET_USER,
};
/// All of them; events have their own, or source and target.
const ENDS: [&Named; 4] = [&OWN, &PARENT, &SOURCE, &TARGET];

impl Named {
    fn guid(&self, event: &Event<'_>) -> Option<Guid> {
        self.guid.iter().find_map(|field| event.guid(*field))
    }

    fn pid(&self, event: &Event<'_>) -> Option<u64> {
        event.get(self.pid).and_then(Value::as_u64)
    }

    fn fields(&self) -> [FieldId; 4] {
        [self.guid[0], self.guid[1], self.pid, self.image]
    }
}
