//! Keys in another case of letters than the layout has them: pipelines and converters lower them.
//!
//! Looked for only where the key itself is not there, and found where there is but one. What was found so
//! has no plan, so a layout's own spelling costs nothing.

use super::parse::{self, Json, Member};
use crate::event::SystemField;
use crate::schema::FieldId;

/// Fields that say which event of whom, where and when: those that are looked for so.
const SOUGHT: [SystemField; 7] = [
    SystemField::ProviderName,
    SystemField::ProviderGuid,
    SystemField::EventId,
    SystemField::Channel,
    SystemField::Computer,
    SystemField::EventRecordId,
    SystemField::TimeCreated,
];

/// The value at a path, whatever the case of its keys; of several at one step there is none.
pub(super) fn find<'j, 'l>(members: &'j [Member<'l>], path: &str) -> Option<&'j Json<'l>> {
    let (key, rest) = path.split_once('/').map_or((path, None), |(key, rest)| (key, Some(rest)));
    let value = match members.iter().find(|(name, _)| name == key) {
        Some((_, value)) => value,
        None => only(members, key)?,
    };
    match rest {
        Some(rest) => find(value.members()?, rest),
        None => Some(value),
    }
}

/// The only member whose name differs from a key in the case of letters alone.
fn only<'j, 'l>(members: &'j [Member<'l>], key: &str) -> Option<&'j Json<'l>> {
    // `ProcessId` is a field of the event, not another spelling of `ProcessID`.
    let is_alike =
        |(name, _): &&Member<'_>| name.eq_ignore_ascii_case(key) && FieldId::from_name(name).is_none();
    let mut found = members.iter().filter(is_alike);
    let (_, value) = found.next()?;
    found.next().is_none().then_some(value)
}

/// The value at a path, which is there in another case of letters if at all.
pub(super) fn find_or_alike<'j, 'l>(members: &'j [Member<'l>], path: &str) -> Option<&'j Json<'l>> {
    parse::find(members, path).or_else(|| find(members, path))
}

/// Whether a value stands at a path in another case of letters alone.
pub(super) fn is_only_alike(members: &[Member<'_>], path: &str) -> bool {
    !path.is_empty() && parse::find(members, path).is_none() && find(members, path).is_some()
}

/// The value of a system field that stands at none of its paths as they are written.
pub(super) fn system<'j, 'l>(
    members: &'j [Member<'l>],
    field: SystemField,
    paths: &[&str],
) -> Option<&'j Json<'l>> {
    SOUGHT.contains(&field).then_some(())?;
    paths.iter().find_map(|path| find(members, path))
}
