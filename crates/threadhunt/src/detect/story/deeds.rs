//! The second reading: what events say that the processes of a story did.
//!
//! What an event is about stands in a table, a row for each event; events that name two processes,
//! connections and modules need more than that.

use std::collections::HashSet;
use std::sync::Arc;

use super::Cast;
use crate::detect::context::{Context, Wanted, is_validly_signed};
use crate::detect::ends::{ENDS, End, OWN, PARENT, SOURCE, TARGET};
use crate::detect::remote_thread::{evidence, image, known, moment};
use crate::detect::{folded, paths};
use crate::event::{Batch, Content, Event, FileTime, Guid, Projection, Value, Want};
use crate::report::{Evidence, Other, Way};
use crate::schema::{FieldId, fields};

/// What a batch says of a story.
#[derive(Clone, Debug)]
pub struct Told {
    pub(super) said: Said,
}

#[derive(Clone, Debug)]
pub(super) enum Said {
    /// How a process was started or ended.
    Account(Box<Context>),
    /// What a process is called.
    Name(Guid, Name),
    /// What an event shows, of each process in it.
    Deeds(Box<Happening>),
}

/// What an event calls a process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name {
    pub(super) pid: Option<u64>,
    pub(super) image: Option<Arc<str>>,
    pub(super) user: Option<Arc<str>>,
    /// Whether it is an event 8, which may have a name's placeholder.
    pub(super) of_thread: bool,
}

impl Name {
    fn read(event: &Event<'_>, end: &End) -> Self {
        Self {
            pid: end.pid(event),
            image: image(event, end.image),
            user: known(event, end.user),
            of_thread: event.id() == 8,
        }
    }
}

/// One event and what it says of processes.
#[derive(Clone, Debug)]
pub(super) struct Happening {
    pub(super) content: Content,
    pub(super) event: u16,
    pub(super) at: Option<FileTime>,
    pub(super) evidence: Evidence,
    pub(super) deeds: Vec<(Guid, What)>,
}

/// What a process did or suffered; equal ones are counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct What {
    pub(super) way: Way,
    pub(super) other: Option<Guid>,
    pub(super) text: Arc<str>,
    /// An ordinary one is only counted.
    pub(super) is_notable: bool,
    /// Beside what tells deeds apart.
    pub(super) names: Other,
}

/// What an event of one process is about: fields with what stands before them.
const OBJECTS: &[(u16, &[(&str, FieldId)])] = &[
    (2, &[("", fields::TARGET_FILENAME), (" to ", fields::CREATION_UTC_TIME)]),
    (9, &[("", fields::DEVICE)]),
    (11, &[("", fields::TARGET_FILENAME)]),
    (12, &[("", fields::EVENT_TYPE), (" ", fields::TARGET_OBJECT)]),
    (13, &[("", fields::TARGET_OBJECT), (" = ", fields::DETAILS)]),
    (14, &[("", fields::TARGET_OBJECT), (" to ", fields::NEW_NAME)]),
    (15, &[("", fields::TARGET_FILENAME)]),
    (17, &[("", fields::PIPE_NAME)]),
    (18, &[("", fields::PIPE_NAME)]),
    (22, &[("", fields::QUERY_NAME), (": ", fields::QUERY_RESULTS)]),
    (23, &[("", fields::TARGET_FILENAME)]),
    (24, &[("", fields::CLIENT_INFO)]),
    (25, &[("", fields::TYPE)]),
    (26, &[("", fields::TARGET_FILENAME)]),
    (27, &[("", fields::TARGET_FILENAME)]),
    (28, &[("", fields::TARGET_FILENAME)]),
    (29, &[("", fields::TARGET_FILENAME)]),
];

/// Longest text kept of a deed.
const MAX_TEXT: usize = 300;
/// Rights to write memory, which a process that is opened with them may fear.
const WRITE: u64 = 0x28;

impl Cast {
    /// What [`extract`](Self::extract) needs to be filled: what tells copies apart needs whole events.
    pub fn projection() -> Projection {
        let ids = OBJECTS.iter().map(|(id, _)| *id);
        Projection::nothing().with(ids.chain([1, 3, 5, 7, 8, 10]), Want::All)
    }

    /// What a batch says of the cast; any worker may look.
    pub fn extract(&self, batch: &Batch) -> Vec<Told> {
        let wanted = Wanted::of_processes(self.roles.keys().copied());
        let mut named = HashSet::new();
        let mut found = Vec::new();
        for event in batch.events().filter(|event| folded(&event.computer()) == self.computer) {
            found.extend(wanted.told_of(&event).map(|context| Said::Account(Box::new(context))));
            for end in ENDS {
                let Some(guid) = end.guid(&event).filter(|guid| self.roles.contains_key(guid)) else {
                    continue;
                };
                // Once a batch, and again where an event says something else.
                let name = Name::read(&event, end);
                if named.insert((guid, name.clone())) {
                    found.push(Said::Name(guid, name));
                }
            }
            let deeds = self.deeds(&event);
            if !deeds.is_empty() {
                found.push(Said::Deeds(Box::new(happening(&event, deeds))));
            }
        }
        found.into_iter().map(|said| Told { said }).collect()
    }

    fn deeds(&self, event: &Event<'_>) -> Vec<(Guid, What)> {
        match event.id() {
            1 => self.between(event, [&PARENT, &OWN], [true, false], &command(event)),
            8 => self.between(event, [&SOURCE, &TARGET], [true, true], &start(event)),
            10 => {
                let mask = event.get(fields::GRANTED_ACCESS).and_then(Value::as_u64).unwrap_or_default();
                let text = format!("with access {mask:#x}");
                self.between(event, [&SOURCE, &TARGET], [true, mask & WRITE == WRITE], &text)
            }
            3 => self.own(event, connection(event), true),
            7 => {
                let (text, is_notable) = module(event);
                self.own(event, text, is_notable)
            }
            id => match OBJECTS.iter().find(|(known, _)| *known == id) {
                Some((_, parts)) => self.own(event, object(event, parts), true),
                None => Vec::new(),
            },
        }
    }

    /// A deed of the process of the event.
    fn own(&self, event: &Event<'_>, text: String, is_notable: bool) -> Vec<(Guid, What)> {
        let guid = OWN.guid(event).filter(|guid| self.is_told(*guid));
        let what = || What {
            way: Way::Did,
            other: None,
            text: shortened(&text),
            is_notable,
            names: Other::default(),
        };
        guid.map(|guid| (guid, what())).into_iter().collect()
    }

    /// A deed between two processes, for each of them of which it is to be told.
    fn between(&self, event: &Event<'_>, ends: [&End; 2], of: [bool; 2], text: &str) -> Vec<(Guid, What)> {
        let sides = [(ends[0], ends[1], Way::Did, of[0]), (ends[1], ends[0], Way::Suffered, of[1])];
        let deed = |(one, other, way, is_told): (&End, &End, Way, bool)| {
            let guid = one.guid(event).filter(|guid| is_told && self.is_told(*guid))?;
            let names =
                Other { guid: other.guid(event), pid: other.pid(event), image: image(event, other.image) };
            let what = What { way, other: names.guid, text: shortened(text), is_notable: true, names };
            Some((guid, what))
        };
        sides.into_iter().filter_map(deed).collect()
    }
}

fn happening(event: &Event<'_>, deeds: Vec<(Guid, What)>) -> Happening {
    let at = moment(event);
    Happening {
        content: Content::of(event),
        event: event.id(),
        at: at.map(|moment| moment.time),
        evidence: evidence(event, at),
        deeds,
    }
}

fn object(event: &Event<'_>, parts: &[(&str, FieldId)]) -> String {
    let known = parts.iter().filter_map(|(before, field)| Some((before, event.known(*field)?)));
    known.map(|(before, text)| format!("{before}{text}")).collect()
}

fn command(event: &Event<'_>) -> String {
    event.known(fields::COMMAND_LINE).map(|line| format!("with {line}")).unwrap_or_default()
}

/// Where a remote thread starts.
fn start(event: &Event<'_>) -> String {
    let address = event.known(fields::START_ADDRESS).unwrap_or_else(|| "an unknown address".into());
    match (event.known(fields::START_MODULE), event.known(fields::START_FUNCTION)) {
        (Some(module), Some(function)) => format!("at {module}!{function}"),
        (Some(module), None) => format!("at {address} in {module}"),
        (None, _) => format!("at {address}, no module"),
    }
}

/// `to 203.0.113.7:443 (c2.example)`.
fn connection(event: &Event<'_>) -> String {
    let is_outgoing = event.known(fields::INITIATED).is_none_or(|text| text.eq_ignore_ascii_case("true"));
    let (word, ip, port, name) = match is_outgoing {
        true => ("to", fields::DESTINATION_IP, fields::DESTINATION_PORT, fields::DESTINATION_HOSTNAME),
        false => ("from", fields::SOURCE_IP, fields::DESTINATION_PORT, fields::SOURCE_HOSTNAME),
    };
    let text = |field| event.known(field).unwrap_or_else(|| "?".into());
    let host = event.known(name).map(|name| format!(" ({name})")).unwrap_or_default();
    match is_outgoing {
        true => format!("{word} {}:{}{host}", text(ip), text(port)),
        // The port of the one who connects is a new one each time; ours says what was asked for.
        false => format!("{word} {}{host} on port {}", text(ip), text(port)),
    }
}

/// The module, and whether it is more than what programs ordinarily load.
fn module(event: &Event<'_>) -> (String, bool) {
    let Some(module) = known(event, fields::IMAGE_LOADED) else { return (String::new(), false) };
    let is_signed = is_validly_signed(event);
    let of_windows = paths::clean(&module).starts_with(r"c:\windows\");
    let signer = event.known(fields::SIGNATURE).map(|signer| format!(", signed by {signer}"));
    let signature = if is_signed { signer.unwrap_or_default() } else { ", not validly signed".to_owned() };
    (format!("{module}{signature}"), !is_signed || !of_windows)
}

fn shortened(text: &str) -> Arc<str> {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}
