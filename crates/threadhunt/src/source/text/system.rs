//! System fields from texts: the names that tools give them, and values as tools print them.
//!
//! A clock without a zone is that of some machine in some country: it is not taken over, and the
//! record says so. Sysmon's own `UtcTime` is the time of the event in any case.

use crate::event::{DamageCode, RecordBuilder, Slot, SystemField, whole};
use crate::source::clock::{self, Clock};

use SystemField as F;

/// Properties of `System.Diagnostics.Eventing.Reader.EventLogRecord`, as PowerShell prints them.
const PROPERTIES: &[(&str, SystemField)] = &[
    ("Id", F::EventId),
    ("Version", F::Version),
    ("Qualifiers", F::Qualifiers),
    ("Level", F::Level),
    ("Task", F::Task),
    ("Opcode", F::Opcode),
    ("Keywords", F::Keywords),
    ("RecordId", F::EventRecordId),
    ("ProviderName", F::ProviderName),
    ("ProviderId", F::ProviderGuid),
    ("LogName", F::Channel),
    ("ProcessId", F::ProcessId),
    ("ThreadId", F::ThreadId),
    ("MachineName", F::Computer),
    ("UserId", F::UserId),
    ("TimeCreated", F::TimeCreated),
    ("ActivityId", F::ActivityId),
    ("RelatedActivityId", F::RelatedActivityId),
];

/// Names of levels, and their numbers in the event schema.
const LEVELS: &[(&str, u64)] =
    &[("critical", 1), ("error", 2), ("warning", 3), ("information", 4), ("info", 4), ("verbose", 5)];

/// The system field of a PowerShell property.
pub(super) fn property(name: &str) -> Option<SystemField> {
    PROPERTIES.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
}

/// Sets a system field from text; what is empty, or a word where a number belongs, sets nothing.
pub(super) fn set(builder: &mut RecordBuilder<'_>, field: SystemField, text: &str) {
    let text = text.trim();
    if text.is_empty() {
        return;
    }
    match field {
        F::TimeCreated => set_time(builder, text),
        F::Keywords => {
            // As a signed number, which the highest bit makes negative.
            let slot = text.parse::<i64>().map_or_else(
                |_| builder.batch().push_text(text),
                |keywords| Slot::Hex(keywords.cast_unsigned()),
            );
            if text.parse::<i64>().is_ok() || text.starts_with("0x") {
                builder.system(field, slot);
            }
        }
        F::Level if level(text).is_some() => builder.system(field, Slot::Unsigned(level(text).unwrap_or(0))),
        _ if field.is_number() && text.parse::<u64>().is_err() && whole(text).is_none() => {
            // Words stand here too (`Task Category: …`), so only digits were meant to be a number.
            if text.bytes().all(|byte| byte.is_ascii_digit()) {
                let shown: String = text.chars().take(40).collect();
                let what =
                    format!("{} is a number that 64 bits cannot hold: {shown}; left out", field.name());
                builder.odd(DamageCode::Number, field.name(), what);
            }
        }
        _ => {
            let slot = builder.batch().push_text(text);
            builder.system(field, slot);
        }
    }
}

fn level(text: &str) -> Option<u64> {
    LEVELS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, level)| *level)
}

/// Sets the record's time where the text says in which zone it is.
///
/// What is in no form that is known is a clock all the same: each country has its own.
fn set_time(builder: &mut RecordBuilder<'_>, text: &str) {
    match clock::read(text) {
        Clock::Instant(time) => return builder.system(F::TimeCreated, Slot::Time(time.0)),
        // It is kept as text, and told of.
        Clock::Impossible => return builder.time_created(text),
        Clock::Local | Clock::Unordered | Clock::Unknown => {}
    }
    builder.batch().counts.doubtful_times += 1;
    let shown: String = text.chars().take(40).collect();
    builder.note(format!("the record's time has no zone and is left out: {shown}; UtcTime counts"));
}
