//! Whose a record is that does not name Sysmon's provider.
//!
//! A provider that is missing is not another provider: tables, queries and pipelines drop columns. Nor is every
//! other name one: `Sysmon` is what people write. The provider's GUID says whose the record is, whatever the name, and so
//! does a channel where the name may mean Sysmon; else the fields do, where no other provider is named and they are those of Sysmon's
//! event with this id. A record of which nothing says it is a loss and never passed over.

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

/// Characters of a name that a sentence shows.
const MAX_SHOWN: usize = 64;

/// Ids of Sysmon's events are not above this.
const LAST_ID: u64 = 255;

/// Whose the record is by its system fields.
pub(super) fn by_system(reading: &mut Reading<'_>) -> Whose {
    let name = said(reading, SystemField::ProviderName).filter(|name| !says_nothing(name));
    if name.as_deref().is_some_and(|name| schema::provider(name).is_some()) {
        return Whose::Named;
    }
    let others = if name.is_some() { Whose::Named } else { Whose::Others };
    // Where a provider is not installed, Windows has its GUID for a name.
    let guids = [said(reading, SystemField::ProviderGuid), name.clone()].into_iter().flatten();
    if let Some(guid) = guids.into_iter().find(|guid| Guid::parse(guid).is_some()) {
        return of_guid(&guid).map_or(others, |provider| Whose::Sysmon(provider, "its GUID"));
    }
    // A name that is no spelling of Sysmon's counts more than the channel.
    let is_certain = name.as_deref().is_some_and(|name| !is_like_sysmon(name));
    if let Some(channel) = said(reading, SystemField::Channel) {
        if let Some(provider) = of_channel(&channel).filter(|_| !is_certain) {
            return Whose::Sysmon(provider, "its channel");
        }
        if is_of_others(&channel) {
            return others;
        }
    }
    if name.is_some_and(|name| !is_like_sysmon(&name)) || id(reading).is_some_and(|id| id > LAST_ID) {
        return others;
    }
    Whose::Unsaid
}

/// What a system field says, without blanks around it; `None` where it says nothing.
fn said(reading: &mut Reading<'_>, field: SystemField) -> Option<String> {
    let slot = reading.builder.system_slot(field);
    let text = reading.builder.batch().value(slot)?.to_text().trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// Sysmon's provider of this GUID.
fn of_guid(guid: &str) -> Option<&'static Provider> {
    let guid = Guid::parse(guid)?;
    PROVIDERS.iter().find(|provider| Guid::parse(provider.guid) == Some(guid))
}

/// Sysmon's provider of this channel.
fn of_channel(channel: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.channel.eq_ignore_ascii_case(channel))
}

/// What exporters write where they have no name.
const NOTHING: &[&str] = &["-", "n/a", "null", "(null)", "none", "unknown"];

/// Whether a name stands for none.
pub(super) fn says_nothing(name: &str) -> bool {
    NOTHING.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a name that is none of Sysmon's providers may mean one.
pub(super) fn is_like_sysmon(name: &str) -> bool {
    name.to_ascii_lowercase().contains("sysmon")
}

/// Whether a value as written may say, as a GUID or channel, that a record is Sysmon's which names another
/// provider: it does, or what it says does not stand there as it is.
pub(super) fn may_claim(raw: &str) -> bool {
    let text = raw.trim_matches('"').trim();
    raw.contains(['\\', '[']) || of_channel(text).is_some() || of_guid(text).is_some()
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
    said(reading, SystemField::Channel).is_some_and(|channel| !channel.eq_ignore_ascii_case(FORWARDED))
}

/// Makes the record Sysmon's, which it is by this.
pub(super) fn name(reading: &mut Reading<'_>, provider: &Provider, by: &str) {
    let named = said(reading, SystemField::ProviderName);
    let named = named.map(|name| format!("names the provider {}", shortened(&name)));
    let named = named.unwrap_or_else(|| "names no provider".to_owned());
    let slot = reading.builder.batch().push_text(provider.name);
    reading.builder.system(SystemField::ProviderName, slot);
    reading.builder.note(format!("{named}: Sysmon's by {by}"));
}

/// Makes the record Sysmon's by its fields.
pub(super) fn name_by_fields(reading: &mut Reading<'_>) {
    name(reading, &PROVIDERS[0], "its fields");
}

/// What is said of a record that stays another's though the name of its provider looks like Sysmon's.
pub(super) fn not_sysmons(reading: &mut Reading<'_>) -> Option<String> {
    let name = shortened(&said(reading, SystemField::ProviderName)?);
    Some(format!("the provider {name} is none of Sysmon's, and nothing else says whose event it is"))
}

/// A name as a sentence has it.
fn shortened(name: &str) -> String {
    name.chars().take(MAX_SHOWN).collect()
}

/// Why a record is lost that may be anybody's.
pub(super) fn unknown(reading: &mut Reading<'_>) -> String {
    let slot = reading.builder.system_slot(SystemField::EventId);
    let id = reading.shown(slot);
    format!("nothing says whose event {id} is: no provider, no channel, and not the fields of Sysmon's")
}
