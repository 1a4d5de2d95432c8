//! From log entries to the bytes of an event log, by the library's own builder and writer.

use std::io::Cursor;

use anyhow::{Context, Result};
use threadhunt::event::{
    Batch, FileTime, Guid, LayoutCache, Projection, RecordBuilder, Slot, SystemField, TokenKind,
};
use threadhunt::schema::{self, FieldType, Platform};
use threadhunt::sink::evtx::EvtxWriter;

use super::scenario::{Foreign, Host, Scenario};
use super::story::Entry;

/// Keywords of Sysmon's events: the reserved bit alone.
const KEYWORDS: u64 = 0x8000_0000_0000_0000;
/// `S-1-5-18`, the account of the service.
const LOCAL_SYSTEM: [u8; 12] = [1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];

/// The log of a host.
pub(super) fn host_log(host: &Host, entries: &[Entry]) -> Result<Vec<u8>> {
    let mut batch = Batch::default();
    let mut cache = LayoutCache::default();
    let mut record = host.first_record;
    for entry in entries {
        record += entry.lost_before;
        push_entry(RecordBuilder::new(&mut batch, &mut cache, 0), host, entry, record)?;
        record += 1;
    }
    write(&batch)
}

fn push_entry(mut builder: RecordBuilder<'_>, host: &Host, entry: &Entry, record: u64) -> Result<()> {
    use SystemField as F;
    let provider = schema::PROVIDERS.iter().find(|provider| provider.platform == Platform::Windows);
    let provider = provider.context("Sysmon for Windows is in the table of providers")?;
    let id = u64::from(entry.schema.id);
    for (field, text) in [
        (F::ProviderName, provider.name),
        (F::ProviderGuid, provider.guid),
        (F::Channel, provider.channel),
        (F::Computer, &host.name),
    ] {
        let slot = builder.batch().push_text(text);
        builder.system(field, slot);
    }
    for (field, number) in [
        (F::EventId, id),
        (F::Version, entry.version.into()),
        (F::Level, entry.schema.level.into()),
        (F::Task, id),
        (F::Opcode, 0),
        (F::EventRecordId, record),
        (F::ProcessId, host.sysmon_pid.into()),
        (F::ThreadId, u64::from(host.sysmon_pid) + 1316),
    ] {
        builder.system(field, Slot::Unsigned(number));
    }
    builder.system(F::Keywords, Slot::Hex(KEYWORDS));
    builder.system(F::TimeCreated, Slot::Time(entry.written));
    let sid = builder.batch().push_bytes(&LOCAL_SYSTEM);
    builder.system(F::UserId, Slot::Sid(sid));
    for (field, value) in &entry.fields {
        let slot = match (field.field_type(), value.as_str()) {
            (FieldType::Bool, "true") => Slot::Bool(true),
            (FieldType::Bool, "false") => Slot::Bool(false),
            (_, text) => builder.batch().push_text(text),
        };
        builder.data(field.name, slot);
    }
    builder.finish(&Projection::everything());
    Ok(())
}

/// The log of another provider, whose records have trees.
pub(super) fn foreign_log<'f>(
    scenario: &Scenario,
    records: impl Iterator<Item = &'f Foreign>,
) -> Result<Vec<u8>> {
    let mut batch = Batch::default();
    let mut cache = LayoutCache::default();
    for foreign in records {
        push_foreign(RecordBuilder::new(&mut batch, &mut cache, 0), scenario, foreign)?;
    }
    write(&batch)
}

fn push_foreign(mut builder: RecordBuilder<'_>, scenario: &Scenario, foreign: &Foreign) -> Result<()> {
    use SystemField as F;
    let time = format!("{}T{}Z", scenario.date, foreign.at);
    let time = FileTime::parse(&time).with_context(|| format!("{time} is no time"))?;
    let guid = Guid::parse(&foreign.guid).with_context(|| format!("{} is no GUID", foreign.guid))?;
    for (field, text) in
        [(F::ProviderName, &foreign.provider), (F::Channel, &foreign.channel), (F::Computer, &foreign.host)]
    {
        let slot = builder.batch().push_text(text);
        builder.system(field, slot);
    }
    let slot = builder.batch().push_guid(guid);
    builder.system(F::ProviderGuid, slot);
    for (field, number) in [
        (F::EventId, foreign.id),
        (F::Version, 0),
        (F::Level, 4),
        (F::Task, 0),
        (F::Opcode, 0),
        (F::EventRecordId, foreign.record),
    ] {
        builder.system(field, Slot::Unsigned(number));
    }
    builder.system(F::TimeCreated, Slot::Time(time.0));
    builder.token(TokenKind::Open, "UserData", Slot::Absent);
    builder.token(TokenKind::Open, &foreign.element, Slot::Absent);
    for (name, text) in &foreign.values {
        builder.token(TokenKind::Open, name, Slot::Absent);
        let slot = builder.batch().push_text(text);
        builder.token(TokenKind::Text, "", slot);
        builder.token(TokenKind::Close, "", Slot::Absent);
    }
    builder.token(TokenKind::Close, "", Slot::Absent);
    builder.token(TokenKind::Close, "", Slot::Absent);
    builder.finish(&Projection::everything());
    Ok(())
}

fn write(batch: &Batch) -> Result<Vec<u8>> {
    let mut writer = EvtxWriter::new(Cursor::new(Vec::new()))?;
    for record in batch.records() {
        writer.write(record)?;
    }
    Ok(writer.finish()?.into_inner())
}
