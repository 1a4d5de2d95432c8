//! What a target does within ten minutes after a thread: children, connections, pipes, persistence.
//!
//! Only what is telling is kept: programs that intruders start, the first connection and the first
//! name asked for, pipes that attack tools are known for, places that start again with Windows. The
//! names are lists of the rules, so they can be read with `threadhunt rules show`.

use std::net::IpAddr;

use super::target::Nearby;
use super::{
    Link, LinkKind, SECOND, Target, Told, Wanted, Whose, bounded, is_dropped, link, listed, told, told_near,
};
use crate::detect::paths;
use crate::detect::remote_thread::{image, known, moment};
use crate::event::{Event, FileTime};
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

/// The pairs whose threads in a target began before a time, but not too long.
pub(super) fn begun(place: &Target, time: FileTime) -> Vec<Nearby> {
    place.near(time, 0, FOLLOW)
}

/// The pairs that an event can follow on, with the event's time.
fn after(wanted: &Wanted, event: &Event<'_>, process: FieldId) -> Option<(Vec<Nearby>, FileTime)> {
    let place = wanted.targets.get(&event.guid(process)?)?;
    let time = moment(event)?.time;
    let near = begun(place, time);
    (!near.is_empty()).then_some((near, time))
}

/// A target of ours started a program that intruders start, or one that was dropped.
pub(super) fn child(wanted: &Wanted, event: &Event<'_>) -> Option<Told> {
    let (near, time) = after(wanted, event, fields::PARENT_PROCESS_GUID)?;
    let program = image(event, fields::IMAGE)?;
    let dropped = is_dropped(&program);
    if !dropped && !listed("intruder-tool", paths::name(&paths::clean(&program))) {
        return None;
    }
    let command = known(event, fields::COMMAND_LINE).map(bounded).unwrap_or_default();
    let link = link(event, u64::from(!dropped), time, command.to_string());
    told_near(LinkKind::Child, near, Link { image: Some(bounded(program)), ..link })
}

/// A target of ours connected to another computer: after threads, and for those that came later before.
pub(super) fn connection(wanted: &Wanted, event: &Event<'_>) -> Option<[Option<Told>; 2]> {
    let target = event.guid(fields::PROCESS_GUID)?;
    let place = wanted.targets.get(&target)?;
    let time = moment(event)?.time;
    let outbound = known(event, fields::INITIATED).is_none_or(|told| told.eq_ignore_ascii_case("true"));
    let address = known(event, fields::DESTINATION_IP).filter(|ip| outbound && !is_nobody_else(ip))?;
    let near = begun(place, time);
    let early = place.last_begin().is_some_and(|begin| time < begin);
    if near.is_empty() && !early {
        return None;
    }
    let port = known(event, fields::DESTINATION_PORT).map(|port| format!(":{port}")).unwrap_or_default();
    let host = known(event, fields::DESTINATION_HOSTNAME).map(|host| format!(", {host}")).unwrap_or_default();
    let link = link(event, 0, time, format!("{address}{port}{host}"));
    let before = early.then(|| told(LinkKind::ConnectedBefore, Whose::Process(target), link.clone()));
    Some([told_near(LinkKind::Connect, near, link), before])
}

/// Whether an address is of no other computer: of this one, of none, or of whoever listens.
fn is_nobody_else(address: &str) -> bool {
    let Ok(address) = address.trim().parse().map(|address: IpAddr| address.to_canonical()) else {
        return false;
    };
    let broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    address.is_loopback() || address.is_unspecified() || address.is_multicast() || broadcast
}

/// A target of ours asked for a name.
pub(super) fn query(wanted: &Wanted, event: &Event<'_>) -> Option<Told> {
    let (near, time) = after(wanted, event, fields::PROCESS_GUID)?;
    let name = known(event, fields::QUERY_NAME)?;
    told_near(LinkKind::Query, near, link(event, 0, time, name.to_string()))
}

/// A target of ours made or opened a pipe with the name of an attack tool's.
pub(super) fn pipe(wanted: &Wanted, event: &Event<'_>) -> Option<Told> {
    let (near, time) = after(wanted, event, fields::PROCESS_GUID)?;
    let name = known(event, fields::PIPE_NAME).filter(|name| listed("attack-pipe", name))?;
    told_near(LinkKind::Pipe, near, link(event, 0, time, name.to_string()))
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
    let (near, time) = after(wanted, event, fields::PROCESS_GUID)?;
    let place = known(event, field).filter(|place| listed(list, place))?;
    told_near(LinkKind::Persist, near, link(event, 0, time, place.to_string()))
}

#[cfg(test)]
mod tests {
    use super::is_nobody_else;

    #[test]
    fn some_addresses_are_of_no_other_computer() {
        for (address, nobody) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("0:0:0:0:0:0:0:1", true),
            ("0.0.0.0", true),
            ("::ffff:127.0.0.1", true),
            ("0:0:0:0:0:ffff:7f00:1", true),
            ("239.255.255.250", true),
            ("ff02::1:3", true),
            ("255.255.255.255", true),
            ("203.0.113.7", false),
            ("::ffff:203.0.113.7", false),
            ("fe80::1", false),
            ("?", false),
        ] {
            assert_eq!(is_nobody_else(address), nobody, "{address}");
        }
    }
}
