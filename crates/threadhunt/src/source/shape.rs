//! Shapes: the layouts in which people have events, by the names that they are told by.
//!
//! One event comes as a record of an EVTX file, as XML, as a document of an index, as a line of
//! some collector. Each such layout is a row with a name: readers recognise it by content alone,
//! count what they found, and a person may force one. The rows stand in the folder of the reader
//! that knows them (a [`Format`](super::Format) names its own); here they are one table.

use super::FORMATS;
use crate::schema;

/// A layout in which events are handed on.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    /// The name, as printed and as given to be forced.
    pub name: &'static str,
    /// What it is written in.
    pub family: Family,
    /// Who writes it, or what it is.
    pub about: &'static str,
    /// Whether it carries less than the event, as the detection of another tool does.
    pub partial: bool,
}

/// What shapes are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Windows' own binary logs.
    Evtx,
    /// Event XML.
    Xml,
    /// JSON, one value a line or otherwise.
    Json,
    /// Lines and blocks of text.
    Text,
    /// Tables of columnar files and databases, which another crate reads.
    Table,
}

impl Family {
    /// The name, as printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Evtx => "evtx",
            Self::Xml => "xml",
            Self::Json => "json",
            Self::Text => "text",
            Self::Table => "table",
        }
    }
}

/// All shapes that the library reads itself, by family, the most specific of each first.
pub fn shapes() -> impl Iterator<Item = &'static Shape> {
    FORMATS.iter().flat_map(|format| format.shapes.iter().copied())
}

/// Finds a shape by its name; case does not matter.
pub fn find_shape(name: &str) -> Result<&'static Shape, UnknownShape> {
    shapes().find(|shape| shape.name.eq_ignore_ascii_case(name)).ok_or_else(|| UnknownShape {
        name: name.to_owned(),
        nearest: schema::nearest_of(name, shapes().map(|shape| shape.name)),
    })
}

/// No shape has that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no shape is called `{}`{}", name.escape_debug(), hint(*nearest))]
pub struct UnknownShape {
    /// The name as given.
    pub name: String,
    /// The name that is nearest, if one is near.
    pub nearest: Option<&'static str>,
}

fn hint(nearest: Option<&'static str>) -> String {
    nearest.map_or_else(
        || "; `threadhunt shapes` lists them".to_owned(),
        |name| format!("; did you mean `{name}`?"),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_words_of_their_own() {
        let mut seen = HashSet::new();
        for shape in shapes() {
            assert!(seen.insert(shape.name), "{} stands there twice", shape.name);
            assert!(
                shape
                    .name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte)),
                "{}",
                shape.name
            );
            assert!(!shape.about.is_empty() && !shape.about.ends_with('.'), "{}", shape.name);
            assert_eq!(find_shape(&shape.name.to_uppercase()), Ok(shape));
        }
    }

    #[test]
    fn a_name_that_is_none_has_a_nearest_one() {
        let unknown = find_shape("evtz").unwrap_err();
        assert_eq!(unknown.to_string(), "no shape is called `evtz`; did you mean `evtx`?");
        let unknown = find_shape("a\nb").unwrap_err();
        assert_eq!(unknown.to_string(), "no shape is called `a\\nb`; `threadhunt shapes` lists them");
    }
}
