//! Any JSON in which some text is the message of a Sysmon event.
//!
//! Sysmon's messages exist in English only and begin with a title that no other provider has, so
//! the text says which event it is. It is no event of Sysmon's where the record names another provider or
//! another id, and no message where it is a sentence that has no fields to tell. Computer, record id and
//! channel are taken from where collectors have them; what else the document holds is not looked at.

use std::cell::OnceCell;

use crate::event::{DamageCode, Slot, SystemField as F};
use crate::source::json::layout::{LAYOUT, Layout};
use crate::source::json::parse::{Json, Kind, Member};
use crate::source::json::{Reading, Refused, closed, shape, whose, wrapper};
use crate::source::message as rendered;

/// Where collectors have what the message does not say.
static AROUND: Layout = Layout {
    system: &[
        (F::EventRecordId, &["RecordNumber", "RecordId", "EventRecordID", "record_id", "RecordID"]),
        (F::Channel, &["Channel", "channel", "LogName", "EventLog", "log_name"]),
        (
            F::Computer,
            &[
                "Computer",
                "computer",
                "ComputerName",
                "computer_name",
                "MachineName",
                "Hostname",
                "hostname",
                "host/name",
                "host",
            ],
        ),
    ],
    always: &[(F::ProviderName, "Microsoft-Windows-Sysmon")],
    note: Some("read in part: from the message alone"),
    ..LAYOUT
};

pub(in crate::source::json) fn message(
    members: &[Member<'_>],
    reading: &mut Reading<'_>,
) -> Result<(), Refused> {
    let text = message_in(members);
    let Some(message) = text.and_then(rendered::parse) else {
        return Err(Refused(DamageCode::Malformed, "its message cannot be taken apart".into()));
    };
    let id = Slot::Unsigned(message.schema.id.into());
    reading.builder.system(F::EventId, id);
    AROUND.read(members, reading)?;
    message.fill(&mut reading.builder);
    reading.is_empty = false;
    Ok(())
}

/// The message that the record is read of.
pub(in crate::source::json) fn message_in<'j>(members: &'j [Member<'_>]) -> Option<&'j str> {
    message_of(members).map(|(message, _)| message)
}

/// Where in a text the message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source::json) enum InText {
    /// It is the text.
    Whole,
    /// Words stand before it.
    Within,
}

/// The message that the record is read of, and where in its text it stands.
///
/// What is a text as a whole comes before what stands among words.
pub(in crate::source::json) fn message_of<'j>(members: &'j [Member<'_>]) -> Option<(&'j str, InText)> {
    let mut within = None;
    let whole = find(members, None, &mut within);
    whole.map(|message| (message, InText::Whole)).or(within.map(|message| (message, InText::Within)))
}

const MAX_DEPTH: usize = 3;

/// The objects around a text, the innermost first.
struct Around<'a, 'l> {
    members: &'a [Member<'l>],
    outer: Option<&'a Around<'a, 'l>>,
    depth: usize,
    says: OnceCell<Says>,
}

impl Around<'_, '_> {
    fn says(&self) -> Says {
        let outer = || self.outer.map_or_else(Says::default, Around::says);
        *self.says.get_or_init(|| outer().and(self.members))
    }
}

/// The first text that is a message; the first that has one is kept.
fn find<'j>(
    members: &'j [Member<'_>],
    outer: Option<&Around<'_, '_>>,
    within: &mut Option<&'j str>,
) -> Option<&'j str> {
    let depth = outer.map_or(0, |outer| outer.depth + 1);
    let around = Around { members, outer, depth, says: OnceCell::new() };
    let alone = closed::open(members).filter(|member| !wrapper::is_list_of_records(member));
    alone.map(|(_, value)| value).find_map(|value| in_value(value, 0, &around, within))
}

fn in_value<'j>(
    json: &'j Json<'_>,
    lists: usize,
    around: &Around<'_, '_>,
    within: &mut Option<&'j str>,
) -> Option<&'j str> {
    match &json.kind {
        Kind::Text(_) => {
            let text = Json::text(json)?;
            let message = shape::message_in(text)?;
            around.says().is_of_sysmon(&rendered::parse(message)?).then_some(())?;
            let before = &text[..message.as_ptr() as usize - text.as_ptr() as usize];
            if before.trim_matches('"').trim().is_empty() {
                return Some(message);
            }
            within.get_or_insert(message);
            None
        }
        Kind::Object(inner) if around.depth + lists < MAX_DEPTH => find(inner, Some(around), within),
        Kind::Array(values) if around.depth + lists < MAX_DEPTH => {
            values.iter().find_map(|value| in_value(value, lists + 1, around, within))
        }
        _ => None,
    }
}

/// Places of the provider, from an object around the message.
const PROVIDER: &[&str] = &[
    "provider",
    "providername",
    "sourcename",
    "provider/name",
    "provider/#attributes/name",
    "provider/@name",
    "event/provider",
    "winlog/providername",
    "system/providername",
    "system/provider/name",
];

/// The same of Get-EventLog; elsewhere it is a host or a file.
const SOURCE: &str = "source";

/// What names of providers of Windows begin with.
const OF_WINDOWS: &str = "microsoft-";

/// Places of the event's id. The id of a document is spelled `id`, that of PowerShell `Id`.
const ID: &[&str] = &[
    "eventid",
    "eventcode",
    "event/code",
    "event/eventid",
    "winlog/eventid",
    "system/eventid",
    "eventid/#text",
    "eventid/value",
];
const ID_OF_POWERSHELL: &str = "Id";

/// Places of the channel.
const CHANNEL: &[&str] =
    &["channel", "logname", "eventlog", "winlog/channel", "winlog/logname", "system/channel"];

/// Places of the program that wrote a line.
const PROGRAM: &[&str] = &["program", "app", "appname", "ident", "syslogidentifier", "syslogprogram"];

/// What the objects around a message say of whose it is.
#[derive(Clone, Copy, Debug, Default)]
struct Says {
    names_sysmon: bool,
    names_other: bool,
    id: Option<u64>,
}

/// Whether a message is Sysmon's by what stands beside it.
pub(in crate::source::json) fn is_of_sysmon(message: &rendered::Message<'_>, members: &[Member<'_>]) -> bool {
    Says::default().and(members).is_of_sysmon(message)
}

impl Says {
    /// With what an object within says.
    fn and(self, members: &[Member<'_>]) -> Self {
        let at = |paths: &[&str]| paths.iter().find_map(|path| text_at(members, path));
        let id = at(ID).or_else(|| {
            let (_, value) = members.iter().find(|(key, _)| key == ID_OF_POWERSHELL)?;
            said(value)
        });
        let id = id.and_then(|id| id.parse().ok());
        let source = at(&[SOURCE]).filter(|source| {
            let begin = source.get(..OF_WINDOWS.len());
            id.is_some() || begin.is_some_and(|begin| begin.eq_ignore_ascii_case(OF_WINDOWS))
        });
        let provider = at(PROVIDER).or(source);
        let channel = at(CHANNEL);
        let is_sysmon = |name: &&str| name.to_ascii_lowercase().contains("sysmon");
        let is_other = provider.is_some_and(|name| !is_sysmon(&name))
            || channel.is_some_and(|name| !is_sysmon(&name) && whose::is_of_others(name));
        Self {
            names_sysmon: self.names_sysmon
                || [provider, channel, at(PROGRAM)].iter().flatten().any(is_sysmon),
            names_other: self.names_other || is_other,
            id: id.or(self.id),
        }
    }

    /// Whether a message is Sysmon's here. Where nothing says so, its fields have to.
    fn is_of_sysmon(self, message: &rendered::Message<'_>) -> bool {
        let is_other = self.names_other || self.id.is_some_and(|id| id != u64::from(message.schema.id));
        !is_other && (self.names_sysmon || message.is_telling())
    }
}

/// What stands at a path, whose keys may be joined by dots, in any case of letters and with lines between words.
fn text_at<'j>(members: &'j [Member<'_>], path: &str) -> Option<&'j str> {
    members.iter().find_map(|(key, value)| {
        let key = key.replace('_', "").replace('.', "/").to_ascii_lowercase();
        match path.strip_prefix(&*key)? {
            "" => said(value),
            rest => text_at(value.members()?, rest.strip_prefix('/')?),
        }
    })
}

/// A text or number that says something.
fn said<'j>(json: &'j Json<'_>) -> Option<&'j str> {
    let text = if json.kind == Kind::Number { json.raw } else { json.text()? }.trim();
    (!matches!(text, "" | "-")).then_some(text)
}
