//! Whether names are those of the fields of an event, so that nobody else can have written them.
//!
//! A record that names no provider, and a message that stands among other words, are Sysmon's by their
//! fields alone. One name says nothing: `User` and `Image` are everybody's words.

use crate::schema::{EventSchema, FieldType};

/// How well names fit the fields of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::source) struct Fit {
    /// Whether nobody else has such fields: several are the event's, and with them a time or a GUID that
    /// only Sysmon names so; or both of these; or they are all that the event has.
    pub(in crate::source) is_telling: bool,
    /// How many are fields of the event.
    pub(in crate::source) known: usize,
}

/// A GUID that events of `Security` have by the same name: 4624 and others of logons.
const OTHERS_GUID: &str = "LogonGuid";

/// Fewer fields tell nothing, but for a time with a GUID.
const FEW: usize = 3;

/// How well names fit the fields of an event.
pub(in crate::source) fn fit<'n>(names: impl Iterator<Item = &'n str>, schema: &'static EventSchema) -> Fit {
    let (mut known, mut has_time, mut has_guid) = (0, false, false);
    for name in names {
        if let Some(field) = schema.all_fields().find(|field| field.name.eq_ignore_ascii_case(name)) {
            known += 1;
            has_time |= name.eq_ignore_ascii_case("UtcTime");
            has_guid |= field.field_type() == FieldType::Guid && field.name != OTHERS_GUID;
        }
    }
    let has_mark = has_time || has_guid;
    // The oldest manifests had events of two fields.
    let is_small = || schema.layouts().any(|layout| layout.len() <= known);
    let is_all = known >= schema.fields.len() || has_mark && is_small();
    Fit { is_telling: has_time && has_guid || known >= FEW && has_mark || is_all, known }
}
