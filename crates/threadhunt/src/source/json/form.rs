//! In which other form a value stands outside of an event's data, and how the event's own comes back.
//!
//! A form names the *parts* that make a value, which are several where a document keeps it apart: an account
//! by domain and name, hashes by algorithm. What the parts say together is [`Form::text`]; where they cannot
//! have been the form of a value, the field is as good as not there.

use super::parse::{self, Json};
use crate::event::{UtcTime, hash_list};
use crate::schema::FieldId;
use crate::schema::names::{Source, vocabulary};
use crate::source::clock::{self, Clock};
use crate::source::message;

/// How a value outside of the data is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As in the event.
    Same,
    /// An instant that was `UtcTime`.
    UtcTime,
    /// `@timestamp`, where it was `UtcTime`: it may be when the document was taken in.
    Timestamp,
    /// A field within the message that Windows renders.
    InMessage(&'static str),
    /// A text of one line; of several lines it is something else.
    Line,
    /// The word that ECS has for a value of this field.
    Word(&'static str),
    /// The same, or the value itself where ECS has no word for it.
    WordOrValue(&'static str),
    /// An object with the domain and the name of an account.
    Account,
    /// An object with hashes by algorithm in `hash`, and the import hash in `pe`.
    Hashes,
}

/// The algorithm that ECS keeps apart from the others.
const IMPHASH: &str = "imphash";

impl Form {
    /// The values that say together what the field is, each under its name; none where it cannot be there.
    pub(super) fn parts<'j, 'l>(self, json: &'j Json<'l>) -> Vec<(&'j str, &'j Json<'l>)> {
        let members = json.members().unwrap_or_default();
        let named = |name: &'static str, path: &str| parse::find(members, path).map(|value| (name, value));
        match self {
            Self::Account => match named("name", "name") {
                Some(name) => named("domain", "domain").into_iter().chain([name]).collect(),
                None => Vec::new(),
            },
            Self::Hashes => {
                let hashes = parse::find(members, "hash").and_then(Json::members).unwrap_or_default();
                let hashes = hashes.iter().map(|(algorithm, value)| (&**algorithm, value));
                hashes.chain(named(IMPHASH, "pe/imphash")).collect()
            }
            _ => vec![("", json)],
        }
    }

    /// What the parts say as the event had it; `None` where they say nothing.
    pub(super) fn text(self, parts: &[(&str, &str)]) -> Option<String> {
        let first = parts.first().map(|(_, text)| *text)?;
        match self {
            Self::Same => Some(first.to_owned()),
            Self::UtcTime | Self::Timestamp => match clock::read(first) {
                Clock::Instant(time) => Some(UtcTime(time).to_string()),
                _ => None,
            },
            Self::Line => Some(first).filter(|text| !text.contains(['\n', '\r'])).map(str::to_owned),
            Self::Word(field) => value_of(field, first).map(str::to_owned),
            Self::WordOrValue(field) => Some(value_of(field, first).unwrap_or(first).to_owned()),
            Self::Account => match parts {
                [(_, domain), (_, name)] if !domain.is_empty() => Some(format!("{domain}\\{name}")),
                _ => parts.last().map(|(_, name)| (*name).to_owned()).filter(|name| !name.is_empty()),
            },
            Self::InMessage(field) => {
                let message = message::parse(first.trim_matches('"'))?;
                let found = message.fields.iter().find(|(name, _)| *name == field);
                found.map(|(_, value)| (*value).to_owned())
            }
            Self::Hashes => hash_list(parts.iter().copied()),
        }
    }
}

/// The value of a field for which ECS has this word.
fn value_of(field: &str, word: &str) -> Option<&'static str> {
    vocabulary("ecs")?.unchosen(Source::Field(FieldId::from_name(field)?), word)
}
