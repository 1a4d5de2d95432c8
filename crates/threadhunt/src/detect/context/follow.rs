//! What a target does within ten minutes after a thread: children, connections, pipes, persistence.
//!
//! Only what is telling is kept: programs that intruders start, the first connection and the first
//! name asked for, pipes that attack tools are known for, places that start again with Windows. The
//! names are lists of the rules, so they can be read with `threadhunt rules show`.

use super::{Link, LinkKind, SECOND, Target, Told, Wanted, bounded, is_dropped, link, listed, told};
use crate::detect::paths;
use crate::detect::remote_thread::{image, known, moment};
use crate::event::{Event, FileTime, Guid};
use crate::schema::{FieldId, fields};

/// What is asked of events 13, 17, 18 and 22.
pub(super) const FIELDS: [FieldId; 5] =
    [fields::PROCESS_GUID, fields::TARGET_OBJECT, fields::PIPE_NAME, fields::QUERY_NAME, fields::UTC_TIME];

/// What is asked of an event 3.
pub(super) const CONNECTION: [FieldId; 6] = [
    fields::PROCESS_GUID,
    fields::INITIATED,
    fields::DESTINATION_IP,
    fields::DESTINATION_HOSTNAME,
    fields::DESTINATION_PORT,
    fields::UTC_TIME,
];

/// How long after a thread what the target does is put down to it.
pub(in crate::detect) const FOLLOW: u64 = 600 * SECOND;

/// How long before a time the last thread in a target began, if not too long.
pub(super) fn begun(place: &Target, time: FileTime) -> Option<u64> {
    super::near(&place.moments, time, 0, FOLLOW)
}

/// The target of ours that an event is from, with the event's time.
fn after(wanted: &Wanted, event: &Event<'_>, process: FieldId) -> Option<(Guid, FileTime)> {
    let target = event.guid(process)?;
    let place = wanted.targets.get(&target)?;
    let time = moment(event)?.time;
    begun(place, time).map(|_| (target, time))
}

/// A target of ours started a program that intruders start, or one that was dropped.
pub(super) fn child(wanted: &Wanted, event: &Event<'_>) -> Option<Told> {
    let (target, time) = after(wanted, event, fields::PARENT_PROCESS_GUID)?;
    let program = image(event, fields::IMAGE)?;
    let dropped = is_dropped(&program);
    if !dropped && !listed("intruder-tool", paths::name(&paths::clean(&program))) {
        return None;
    }
    let command = known(event, fields::COMMAND_LINE).map(bounded).unwrap_or_default();
    let link = link(event, u64::from(!dropped), time, command.to_string());
    Some(told(LinkKind::Child, target, Link { image: Some(bounded(program)), ..link }))
}

/// A target of ours connected to another computer, after a thread or before all of them.
pub(super) fn connection(wanted: &Wanted, event: &Event<'_>) -> Option<Told> {
    let target = event.guid(fields::PROCESS_GUID)?;
    let place = wanted.targets.get(&target)?;
    let time = moment(event)?.time;
    let outbound = known(event, fields::INITIATED).is_none_or(|told| told.eq_ignore_ascii_case("true"));
    let address = known(event, fields::DESTINATION_IP).filter(|ip| outbound && !is_loopback(ip))?;
    let kind = match begun(place, time) {
        Some(_) => LinkKind::Connect,
        None if place.moments.as_slice().first().is_some_and(|first| time < *first) => {
            LinkKind::ConnectedBefore
        }
        None => return None,
    };
    let port = known(event, fields::DESTINATION_PORT).map(|port| format!(":{port}")).unwrap_or_default();
    let host = known(event, fields::DESTINATION_HOSTNAME).map(|host| format!(", {host}")).unwrap_or_default();
    Some(told(kind, target, link(event, 0, time, format!("{address}{port}{host}"))))
}

fn is_loopback(address: &str) -> bool {
    address.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback() || address.is_unspecified())
}

/// A target of ours asked for a name.
pub(super) fn query(wanted: &Wanted, event: &Event<'_>) -> Option<Told> {
    let (target, time) = after(wanted, event, fields::PROCESS_GUID)?;
    let name = known(event, fields::QUERY_NAME)?;
    Some(told(LinkKind::Query, target, link(event, 0, time, name.to_string())))
}

/// A target of ours made or opened a pipe with the name of an attack tool's.
pub(super) fn pipe(wanted: &Wanted, event: &Event<'_>) -> Option<Told> {
    let (target, time) = after(wanted, event, fields::PROCESS_GUID)?;
    let name = known(event, fields::PIPE_NAME).filter(|name| listed("attack-pipe", name))?;
    Some(told(LinkKind::Pipe, target, link(event, 0, time, name.to_string())))
}

/// A target of ours wrote a value of the registry that starts something again.
pub(super) fn registry(wanted: &Wanted, event: &Event<'_>) -> Option<Told> {
    persistence(wanted, event, "persistence-key", fields::TARGET_OBJECT)
}

/// A target of ours wrote a file that is started again.
pub(super) fn file(wanted: &Wanted, event: &Event<'_>) -> Option<Told> {
    persistence(wanted, event, "persistence-file", fields::TARGET_FILENAME)
}

fn persistence(wanted: &Wanted, event: &Event<'_>, list: &str, field: FieldId) -> Option<Told> {
    let (target, time) = after(wanted, event, fields::PROCESS_GUID)?;
    let place = known(event, field).filter(|place| listed(list, place))?;
    Some(told(LinkKind::Persist, target, link(event, 0, time, place.to_string())))
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn loopback_is_no_other_computer() {
        for (address, loopback) in
            [("127.0.0.1", true), ("::1", true), ("0.0.0.0", true), ("203.0.113.7", false), ("?", false)]
        {
            assert_eq!(is_loopback(address), loopback, "{address}");
        }
    }
}
