//! Layouts: which fields a record's slots are, in the record's own order.
//!
//! All records of one template share a layout, so a field's place is found once per template
//! and is an index from then on. Fields that the schema does not know keep their names.

use std::collections::HashSet;

use crate::schema::{FieldId, FieldType};

/// A field's name: known to the schema, or not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FieldName {
    /// A field of the schema.
    Known(FieldId),
    /// A name that the schema does not know; empty for a nameless `Data` element.
    Other(Box<str>),
}

impl FieldName {
    /// Looks the name up in the schema, and keeps it where it is not there.
    pub fn new(name: &str) -> Self {
        FieldId::from_name(name).map_or_else(|| Self::Other(name.into()), Self::Known)
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(field) => field.name(),
            Self::Other(name) => name,
        }
    }
}

/// No such field in this layout.
const NOWHERE: u16 = u16::MAX;

/// The order of a record's data fields, and where each known field is.
#[derive(Clone, Debug)]
pub struct Layout {
    names: Box<[FieldName]>,
    places: [u16; FieldId::COUNT],
    plain: bool,
    /// Places of the fields that are dates.
    dates: Box<[u16]>,
    /// The first place whose name stood before.
    repeated: Option<usize>,
}

impl Layout {
    /// A layout of fields in this order; of a repeated name the first counts for look-ups.
    pub fn new(names: impl IntoIterator<Item = FieldName>) -> Self {
        let names: Box<[FieldName]> = names.into_iter().collect();
        let mut places = [NOWHERE; FieldId::COUNT];
        for (place, name) in names.iter().enumerate().take(usize::from(NOWHERE)).rev() {
            if let FieldName::Known(field) = name {
                places[field.index()] = place as u16;
            }
        }
        let mut seen = HashSet::new();
        let repeated = names.iter().position(|name| !name.as_str().is_empty() && !seen.insert(name));
        drop(seen);
        let plain = repeated.is_none() && names.iter().all(|name| !name.as_str().is_empty());
        let is_date = |name: &FieldName| match name {
            FieldName::Known(field) => field.field_type() == FieldType::Date,
            FieldName::Other(_) => false,
        };
        let dates =
            (0..NOWHERE).zip(&names).filter(|(_, name)| is_date(name)).map(|(place, _)| place).collect();
        Self { names, places, plain, dates, repeated }
    }

    /// Places of the fields that are dates.
    pub(crate) fn dates(&self) -> impl Iterator<Item = usize> {
        self.dates.iter().copied().map(usize::from)
    }

    /// The first field whose name stood before; nameless ones do not count.
    pub(crate) fn repeated(&self) -> Option<&FieldName> {
        self.names.get(self.repeated?)
    }

    /// The fields in order.
    pub fn names(&self) -> &[FieldName] {
        &self.names
    }

    /// Whether every field has a name, and none the same as another.
    pub fn is_plain(&self) -> bool {
        self.plain
    }

    /// Where a field is among the record's data slots.
    #[inline]
    pub fn place(&self, field: FieldId) -> Option<usize> {
        Some(self.places[field.index()]).filter(|place| *place != NOWHERE).map(usize::from)
    }
}
