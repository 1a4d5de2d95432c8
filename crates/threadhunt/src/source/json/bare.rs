//! Bare events: `{"id":8,"fields":{"SourceImage":"…"}}`, for tests and quick experiments.
//!
//! The provider is Sysmon unless `provider` says otherwise. Values are taken as the text that
//! they were written as, numbers and truth values too, exactly but for letter case, so that a
//! configuration sees what was written; `null` is a field that is not there. Any
//! system field may stand beside, by its flat name (`computer`, `time`, `record_id` …).

use super::parse::Member;
use super::{Reading, Refused, threadhunt};
use crate::event::{Slot, SystemField};

const PROVIDER: &str = "Microsoft-Windows-Sysmon";

pub(super) fn read(members: &[Member<'_>], reading: &mut Reading<'_>) -> Result<(), Refused> {
    reading.builder.keep_exact();
    for (key, value) in members {
        match &**key {
            "id" => threadhunt::set_system(reading, SystemField::EventId, value)?,
            "fields" => match value.members() {
                Some(fields) => fill(fields, reading),
                None => reading.leave_out(key, "not of the kind it should be"),
            },
            _ => threadhunt::system_field(reading, key, value)?,
        }
    }
    if reading.builder.system_slot(SystemField::ProviderName) == Slot::Absent {
        let provider = reading.builder.batch().push_text(PROVIDER);
        reading.builder.system(SystemField::ProviderName, provider);
    }
    reading.check_id(true)
}

fn fill(fields: &[Member<'_>], reading: &mut Reading<'_>) {
    for (name, value) in fields {
        if let Some(slot) = reading.text_slot(value) {
            reading.builder.data(name, slot);
        }
    }
}
