//! The fields of an event's `System` section, which every provider has.

/// A field of the `System` section, and its place among a record's first slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names are those of the event schema")]
pub enum SystemField {
    ProviderName,
    ProviderGuid,
    EventSourceName,
    EventId,
    Qualifiers,
    Version,
    Level,
    Task,
    Opcode,
    Keywords,
    TimeCreated,
    EventRecordId,
    ActivityId,
    RelatedActivityId,
    ProcessId,
    ThreadId,
    ProcessorId,
    SessionId,
    KernelTime,
    UserTime,
    ProcessorTime,
    Channel,
    Computer,
    UserId,
}

use SystemField as F;

/// Element and attribute (empty: the element's text) of each field, in schema order, from
/// Microsoft's event schema (`win/2004/08/events/event`, type `SystemPropertiesType`).
const PATHS: [(F, &str, &str); SystemField::COUNT] = [
    (F::ProviderName, "Provider", "Name"),
    (F::ProviderGuid, "Provider", "Guid"),
    (F::EventSourceName, "Provider", "EventSourceName"),
    (F::EventId, "EventID", ""),
    (F::Qualifiers, "EventID", "Qualifiers"),
    (F::Version, "Version", ""),
    (F::Level, "Level", ""),
    (F::Task, "Task", ""),
    (F::Opcode, "Opcode", ""),
    (F::Keywords, "Keywords", ""),
    (F::TimeCreated, "TimeCreated", "SystemTime"),
    (F::EventRecordId, "EventRecordID", ""),
    (F::ActivityId, "Correlation", "ActivityID"),
    (F::RelatedActivityId, "Correlation", "RelatedActivityID"),
    (F::ProcessId, "Execution", "ProcessID"),
    (F::ThreadId, "Execution", "ThreadID"),
    (F::ProcessorId, "Execution", "ProcessorID"),
    (F::SessionId, "Execution", "SessionID"),
    (F::KernelTime, "Execution", "KernelTime"),
    (F::UserTime, "Execution", "UserTime"),
    (F::ProcessorTime, "Execution", "ProcessorTime"),
    (F::Channel, "Channel", ""),
    (F::Computer, "Computer", ""),
    (F::UserId, "Security", "UserID"),
];

impl SystemField {
    /// How many fields there are.
    pub const COUNT: usize = 24;

    /// All fields in schema order.
    pub fn all() -> impl Iterator<Item = Self> {
        PATHS.iter().map(|(field, _, _)| *field)
    }

    /// The field's index among a record's slots.
    pub fn index(self) -> usize {
        self as usize
    }

    /// The element that holds the field.
    pub fn element(self) -> &'static str {
        PATHS[self.index()].1
    }

    /// The attribute that holds the field, or `None` when it is the element's text.
    pub fn attribute(self) -> Option<&'static str> {
        Some(PATHS[self.index()].2).filter(|name| !name.is_empty())
    }

    /// Finds a field by element and attribute (`""` for the element's text).
    ///
    /// `Security/UserId` is Sysmon for Linux' spelling (`outputxml.c`) and accepted.
    pub fn find(element: &str, attribute: &str) -> Option<Self> {
        let attribute = if attribute == "UserId" { "UserID" } else { attribute };
        PATHS.iter().find(|(_, e, a)| *e == element && *a == attribute).map(|(field, _, _)| *field)
    }

    /// Whether `name` is an element of the `System` section.
    pub fn is_element(name: &str) -> bool {
        PATHS.iter().any(|(_, element, _)| *element == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_in_the_order_of_the_enum() {
        for (index, (field, element, attribute)) in PATHS.iter().enumerate() {
            assert_eq!(field.index(), index);
            assert_eq!(SystemField::find(element, attribute), Some(*field));
        }
    }
}
