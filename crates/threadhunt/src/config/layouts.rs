//! Which tags and fields a schema has, and at which place in an event each field stands.
//!
//! The same facts serve twice: as the grammar of a configuration, after the schema that it is
//! validated with, and as the layouts of the Sysmon that is imitated, by which a filter of a tag
//! with several events is bound to one of them.

use super::SchemaVersion;
use crate::schema::{EventSchema, FieldId, Platform, events};

/// The tags of one schema in the order of the manifest.
#[derive(Clone, Debug)]
pub(super) struct Layouts(Vec<Tag>);

/// A tag and its events.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    pub(super) name: &'static str,
    pub(super) events: Vec<Layout>,
}

/// An event's fields in order.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) id: u16,
    /// Whether the event is logged where no filter names it.
    pub(super) logged_without_filter: bool,
    pub(super) fields: Vec<FieldId>,
}

impl Layouts {
    /// The tags of a schema.
    pub(super) fn of(schema: SchemaVersion) -> Self {
        let is_there = |since: &str| SchemaVersion::of_table(since) <= schema;
        let filterable = |event: &&EventSchema| {
            event.platform == Platform::Windows && event.filterable && is_there(event.since)
        };
        let mut tags: Vec<Tag> = Vec::new();
        for event in events().iter().filter(filterable) {
            let fields = event.fields.iter().filter(|field| is_there(field.since)).map(|field| field.id);
            let layout = Layout {
                id: event.id,
                logged_without_filter: event.logged_without_filter,
                fields: fields.collect(),
            };
            match tags.iter_mut().find(|tag| tag.name == event.tag) {
                Some(tag) => tag.events.push(layout),
                None => tags.push(Tag { name: event.tag, events: vec![layout] }),
            }
        }
        Self(tags)
    }

    /// The tag of that exact name.
    pub(super) fn tag(&self, name: &str) -> Option<&Tag> {
        self.tags().find(|tag| tag.name == name)
    }

    /// All tags in order.
    pub(super) fn tags(&self) -> impl Iterator<Item = &Tag> {
        self.0.iter()
    }

    /// Whether any event has the field.
    pub(super) fn has(&self, field: FieldId) -> bool {
        self.tags().any(|tag| tag.has(field))
    }
}

impl Tag {
    /// Whether any of the events has the field.
    pub(super) fn has(&self, field: FieldId) -> bool {
        self.events.iter().any(|event| event.fields.contains(&field))
    }
}

/// Since which schema a tag exists, whatever its events.
pub(super) fn tag_since(name: &str) -> Option<&'static str> {
    windows().find(|event| event.filterable && event.tag == name).map(|event| event.since)
}

/// Since which schema an event of a tag has a field, or any event where no tag is given.
pub(super) fn field_since(tag: Option<&str>, field: FieldId) -> Option<&'static str> {
    let fits = |event: &&EventSchema| event.filterable && tag.is_none_or(|tag| event.tag == tag);
    windows().filter(fits).filter_map(|event| event.field(field)).map(|field| field.since).min()
}

fn windows() -> impl Iterator<Item = &'static EventSchema> {
    events().iter().filter(|event| event.platform == Platform::Windows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::fields;

    #[test]
    fn fields_and_tags_come_with_their_schema() {
        let old = Layouts::of(SchemaVersion::hundredths(470));
        let new = Layouts::of(SchemaVersion::hundredths(490));
        let thread = |layouts: &Layouts| layouts.tag("CreateRemoteThread").unwrap().events[0].fields.clone();
        assert_eq!(thread(&old).len(), 12);
        assert_eq!(thread(&new).len(), 14);
        assert_eq!(thread(&new)[11], fields::START_FUNCTION);
        assert!(old.tag("FileExecutableDetected").is_none());
        let registry = &new.tag("RegistryEvent").unwrap().events;
        assert_eq!(registry.iter().map(|event| event.id).collect::<Vec<_>>(), [12, 13, 14]);
        assert!(new.tag("Error").is_none() && new.tag("createremotethread").is_none());
        assert!(!new.has(fields::STATE));
        assert_eq!(new.tags().count(), 22);
    }

    #[test]
    fn the_age_of_fields_is_known() {
        assert_eq!(field_since(Some("CreateRemoteThread"), fields::SOURCE_USER), Some("4.80"));
        assert_eq!(field_since(None, fields::STATE), None);
        assert_eq!(tag_since("FileBlockExecutable"), Some("4.82"));
    }
}
