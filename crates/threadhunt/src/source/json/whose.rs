//! Whose a record is that names no provider.
//!
//! A provider that is missing is not another provider: tables, queries and pipelines drop columns. The
//! provider's GUID says whose the record is, and so does a channel; else the fields do, where they are those
//! of Sysmon's event with this id. A record of which nothing says it is a loss and never passed over.

use super::Reading;
use crate::event::{Guid, SystemField, Value};
use crate::schema::{self, EventSchema, PROVIDERS, Platform, Provider};
pub(super) use crate::source::fit::{Fit, fit};

/// Whose a record is.
pub(super) enum Whose {
    /// Of the provider that it names.
    Named,
    /// Sysmon's, by this.
    Sysmon(&'static Provider, &'static str),
    /// Another's.
    Others,
    /// Its fields have to tell; where they do not, it is another's if a channel is named.
    Unsaid,
}

/// Channels of Windows that are no provider's own, and never Sysmon's.
const CHANNELS: &[&str] =
    &["Application", "HardwareEvents", "Security", "Setup", "System", "Windows PowerShell"];

/// What channels that belong to one provider begin with, after its name.
const OWN: &str = "Microsoft-Windows-";

/// Where a collector keeps the events of others.
const FORWARDED: &str = "ForwardedEvents";

/// Ids of Sysmon's events are not above this.
const LAST_ID: u64 = 255;

/// Whose the record is by its system fields.
pub(super) fn by_system(reading: &mut Reading<'_>) -> Whose {
    let text = |reading: &mut Reading<'_>, field| {
        let slot = reading.builder.system_slot(field);
        let text = reading.builder.batch().value(slot).map(|value| value.to_text().into_owned());
        text.filter(|text| !text.trim().is_empty())
    };
    if text(reading, SystemField::ProviderName).is_some() {
        return Whose::Named;
    }
    let known = |is_it: &dyn Fn(&Provider) -> bool| PROVIDERS.iter().find(|provider| is_it(provider));
    if let Some(guid) = text(reading, SystemField::ProviderGuid).and_then(|guid| Guid::parse(&guid)) {
        let is_it = |provider: &Provider| Guid::parse(provider.guid) == Some(guid);
        return known(&is_it).map_or(Whose::Others, |provider| Whose::Sysmon(provider, "its GUID"));
    }
    if let Some(channel) = text(reading, SystemField::Channel) {
        let is_it = |provider: &Provider| provider.channel.eq_ignore_ascii_case(&channel);
        if let Some(provider) = known(&is_it) {
            return Whose::Sysmon(provider, "its channel");
        }
        if is_of_others(&channel) {
            return Whose::Others;
        }
    }
    if id(reading).is_some_and(|id| id > LAST_ID) { Whose::Others } else { Whose::Unsaid }
}

/// Whether a channel that is none of Sysmon's is one of Windows or belongs to another provider.
pub(super) fn is_of_others(channel: &str) -> bool {
    let is_own = channel.get(..OWN.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(OWN));
    is_own || CHANNELS.iter().any(|known| known.eq_ignore_ascii_case(channel))
}

fn id(reading: &mut Reading<'_>) -> Option<u64> {
    let slot = reading.builder.system_slot(SystemField::EventId);
    reading.builder.batch().value(slot).and_then(Value::as_u64)
}

/// The event that the record is, if it is Sysmon's.
pub(super) fn schema_if_sysmon(reading: &mut Reading<'_>) -> Option<&'static EventSchema> {
    schema::event(Platform::Windows, u16::try_from(id(reading)?).ok()?)
}

/// Whether a channel says that the record is not Sysmon's, once its fields do not say that it is.
pub(super) fn has_channel(reading: &mut Reading<'_>) -> bool {
    let slot = reading.builder.system_slot(SystemField::Channel);
    let channel = reading.builder.batch().value(slot).map(Value::to_text);
    channel.is_some_and(|channel| !channel.trim().is_empty() && !channel.eq_ignore_ascii_case(FORWARDED))
}

/// Makes the record Sysmon's, which it is by this.
pub(super) fn name(reading: &mut Reading<'_>, provider: &Provider, by: &str) {
    let slot = reading.builder.batch().push_text(provider.name);
    reading.builder.system(SystemField::ProviderName, slot);
    reading.builder.note(format!("names no provider: Sysmon's by {by}"));
}

/// Makes the record Sysmon's by its fields.
pub(super) fn name_by_fields(reading: &mut Reading<'_>) {
    name(reading, &PROVIDERS[0], "its fields");
}

/// Why a record is lost that may be anybody's.
pub(super) fn unknown(reading: &mut Reading<'_>) -> String {
    let slot = reading.builder.system_slot(SystemField::EventId);
    let id = reading.shown(slot);
    format!("nothing says whose event {id} is: no provider, no channel, and not the fields of Sysmon's")
}
