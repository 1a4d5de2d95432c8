//! Trees from JSON: the way back of what `docs/json-lines.md` says of `user_data`.
//!
//! `@name` is an attribute, `#text` a text, `#children` a list of objects with one key each, any
//! other key an element (`#element:` before names that begin with `@` or `#`). An array means
//! the same key again and again. `#attributes`, an object of attributes, is how `evtx_dump` has them.

use super::parse::{Json, Kind, Member};
use super::{Reading, Refused};
use crate::event::{DamageCode, Slot, TokenKind};
use crate::source::assemble::MAX_DEPTH;

/// Adds the trees of an object's members to the record.
pub(super) fn read(reading: &mut Reading<'_>, members: &[Member<'_>]) -> Result<(), Refused> {
    content(reading, members, 1)
}

/// Adds an element, in the spelling of `evtx_dump` too.
pub(super) fn element(reading: &mut Reading<'_>, name: &str, value: &Json<'_>) -> Result<(), Refused> {
    item(reading, name, value, 1)
}

fn content(reading: &mut Reading<'_>, members: &[Member<'_>], depth: usize) -> Result<(), Refused> {
    if depth > MAX_DEPTH {
        return Err(Refused(DamageCode::Limit, "elements are nested too deep".into()));
    }
    for (key, value) in members {
        match (&**key, value.values()) {
            ("#children", Some(children)) => {
                for child in children {
                    content(reading, child.members().unwrap_or_default(), depth)?;
                }
            }
            ("#attributes", None) => {
                for (name, value) in value.members().unwrap_or_default() {
                    token(reading, TokenKind::Attribute, name, value);
                }
            }
            (key, Some(values)) => values.iter().try_for_each(|value| item(reading, key, value, depth))?,
            (key, None) => item(reading, key, value, depth)?,
        }
    }
    Ok(())
}

fn item(reading: &mut Reading<'_>, key: &str, value: &Json<'_>, depth: usize) -> Result<(), Refused> {
    if let Some(name) = key.strip_prefix('@') {
        token(reading, TokenKind::Attribute, name, value);
    } else if key == "#text" {
        token(reading, TokenKind::Text, "", value);
    } else {
        let name = key.strip_prefix("#element:").unwrap_or(key);
        reading.is_empty = false;
        reading.builder.token(TokenKind::Open, name, Slot::Absent);
        match &value.kind {
            Kind::Null => {}
            Kind::Object(members) => content(reading, members, depth + 1)?,
            _ => token(reading, TokenKind::Text, "", value),
        }
        reading.builder.token(TokenKind::Close, "", Slot::Absent);
    }
    Ok(())
}

fn token(reading: &mut Reading<'_>, kind: TokenKind, name: &str, value: &Json<'_>) {
    let slot = reading.slot(value).unwrap_or(Slot::Absent);
    reading.builder.token(kind, name, slot);
}
