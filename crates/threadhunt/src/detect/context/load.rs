//! Events 7: the DLL that arrives after a start, and runtimes that make code as they go.

use super::{Link, LinkKind, SECOND, Told, Wanted, Whose, bounded, link, listed, told, told_near};
use crate::detect::paths;
use crate::detect::remote_thread::{known, moment};
use crate::event::Event;
use crate::schema::{FieldId, fields};

/// What is asked of an event 7.
pub(super) const FIELDS: [FieldId; 6] = [
    fields::PROCESS_GUID,
    fields::IMAGE_LOADED,
    fields::SIGNED,
    fields::SIGNATURE,
    fields::SIGNATURE_STATUS,
    fields::UTC_TIME,
];

/// How long after a start a DLL counts.
pub(in crate::detect) const LOAD_AFTER: u64 = 5 * SECOND;

/// A target of ours loaded a module soon after a start: one that loads, and any.
pub(super) fn load(wanted: &Wanted, event: &Event<'_>) -> Option<[Option<Told>; 2]> {
    let place = wanted.targets.get(&event.guid(fields::PROCESS_GUID)?)?;
    let time = moment(event)?.time;
    let near = place.near(time, 0, LOAD_AFTER);
    if near.is_empty() {
        return None;
    }
    let module = known(event, fields::IMAGE_LOADED)?;
    let valid = is_validly_signed(event);
    let text = match (valid, known(event, fields::SIGNATURE)) {
        (true, Some(signer)) => format!("signed by {signer}"),
        (true, None) if known(event, fields::SIGNED).is_none() => "signature not logged".to_owned(),
        (true, None) => "signed".to_owned(),
        (false, _) => "not signed, or not validly".to_owned(),
    };
    let of_windows = paths::clean(&module).starts_with(r"c:\windows\");
    // What a product brings along is more telling than what Windows loads by itself.
    let rank = u64::from(valid) + u64::from(of_windows);
    let link = Link { image: Some(bounded(module)), signed: valid, ..link(event, rank, time, text) };
    let loads = place.near_loads(time, 0, LOAD_AFTER);
    Some([told_near(LinkKind::Load, loads, link.clone()), told_near(LinkKind::Arrival, near, link)])
}

/// A process of ours loaded a runtime, by which frames in no module are ordinary.
pub(super) fn runtime(wanted: &Wanted, event: &Event<'_>) -> Option<Told> {
    let process = event.guid(fields::PROCESS_GUID).filter(|guid| wanted.guids.contains(guid))?;
    let time = moment(event)?.time;
    let module = known(event, fields::IMAGE_LOADED)?;
    let is_runtime = listed("managed-runtime", paths::name(&paths::clean(&module)));
    let link = || Link { image: Some(bounded(module)), ..link(event, 0, time, String::new()) };
    is_runtime.then(|| told(LinkKind::Runtime, Whose::Process(process), link()))
}

/// Whether the module of an event 7 is signed, as far as the record says.
pub(in crate::detect) fn is_validly_signed(event: &Event<'_>) -> bool {
    let signed = known(event, fields::SIGNED).map(|signed| signed.eq_ignore_ascii_case("true"));
    let status = known(event, fields::SIGNATURE_STATUS);
    // A record that does not say is no sign of an unsigned module.
    signed != Some(false) && status.is_none_or(|status| status.eq_ignore_ascii_case("valid"))
}
