//! The fields of an event's `System` section, which every provider has.

use crate::schema::FieldType;

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
/// Microsoft's event schema (`win/2004/08/events/event`, type `SystemPropertiesType`); then its
/// flat name, which is ours.
const PATHS: [(F, &str, &str, &str); SystemField::COUNT] = [
    (F::ProviderName, "Provider", "Name", "provider"),
    (F::ProviderGuid, "Provider", "Guid", "provider_guid"),
    (F::EventSourceName, "Provider", "EventSourceName", "event_source_name"),
    (F::EventId, "EventID", "", "event_id"),
    (F::Qualifiers, "EventID", "Qualifiers", "qualifiers"),
    (F::Version, "Version", "", "version"),
    (F::Level, "Level", "", "level"),
    (F::Task, "Task", "", "task"),
    (F::Opcode, "Opcode", "", "opcode"),
    (F::Keywords, "Keywords", "", "keywords"),
    (F::TimeCreated, "TimeCreated", "SystemTime", "time"),
    (F::EventRecordId, "EventRecordID", "", "record_id"),
    (F::ActivityId, "Correlation", "ActivityID", "activity_id"),
    (F::RelatedActivityId, "Correlation", "RelatedActivityID", "related_activity_id"),
    (F::ProcessId, "Execution", "ProcessID", "process_id"),
    (F::ThreadId, "Execution", "ThreadID", "thread_id"),
    (F::ProcessorId, "Execution", "ProcessorID", "processor_id"),
    (F::SessionId, "Execution", "SessionID", "session_id"),
    (F::KernelTime, "Execution", "KernelTime", "kernel_time"),
    (F::UserTime, "Execution", "UserTime", "user_time"),
    (F::ProcessorTime, "Execution", "ProcessorTime", "processor_time"),
    (F::Channel, "Channel", "", "channel"),
    (F::Computer, "Computer", "", "computer"),
    (F::UserId, "Security", "UserID", "user_id"),
];

impl SystemField {
    /// How many fields there are.
    pub const COUNT: usize = 24;

    /// All fields in schema order.
    pub fn all() -> impl Iterator<Item = Self> {
        PATHS.iter().map(|(field, ..)| *field)
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

    /// The flat name that our own formats use, such as `record_id`.
    pub fn name(self) -> &'static str {
        PATHS[self.index()].3
    }

    /// The field's type, after Microsoft's event schema; `None` for text.
    pub(super) fn field_type(self) -> Option<FieldType> {
        match self {
            F::ProviderGuid | F::ActivityId | F::RelatedActivityId => Some(FieldType::Guid),
            F::Keywords => Some(FieldType::Hex),
            F::ProviderName | F::EventSourceName | F::TimeCreated | F::Channel | F::Computer | F::UserId => {
                None
            }
            _ => Some(FieldType::Integer),
        }
    }

    /// Whether the field is a number, printed as a decimal one.
    pub fn is_number(self) -> bool {
        self.field_type() == Some(FieldType::Integer)
    }

    /// Finds a field by its flat name.
    pub fn from_name(name: &str) -> Option<Self> {
        PATHS.iter().find(|(.., flat)| *flat == name).map(|(field, ..)| *field)
    }

    /// Finds a field by element and attribute (`""` for the element's text).
    ///
    /// `Security/UserId` is Sysmon for Linux' spelling (`outputxml.c`) and accepted.
    pub fn find(element: &str, attribute: &str) -> Option<Self> {
        let attribute = if attribute == "UserId" { "UserID" } else { attribute };
        PATHS.iter().find(|(_, e, a, _)| *e == element && *a == attribute).map(|(field, ..)| *field)
    }

    /// Whether `name` is an element of the `System` section.
    pub fn is_element(name: &str) -> bool {
        PATHS.iter().any(|(_, element, ..)| *element == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_in_the_order_of_the_enum() {
        for (index, (field, element, attribute, name)) in PATHS.iter().enumerate() {
            assert_eq!(field.index(), index);
            assert_eq!(SystemField::find(element, attribute), Some(*field));
            assert_eq!(SystemField::from_name(name), Some(*field));
        }
    }
}
