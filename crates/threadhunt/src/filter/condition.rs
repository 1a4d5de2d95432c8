//! One condition: a field, and a pattern that its text must fit.

use std::fmt;

use crate::event::{Event, FieldName, SystemField, Value, Wildcard};
use crate::schema::{FieldId, Platform, Topic, UnknownTopic, find};

/// A field, and the pattern that its whole text must fit; letter case is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    subject: Subject,
    /// `None` asks for a field that says "none": empty or `-`.
    pattern: Option<Wildcard>,
}

/// Where the text is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Subject {
    /// The first of these fields that a record has: one name may have several spellings.
    Fields(Vec<FieldId>),
    /// A field of the `System` section.
    System(SystemField),
    /// A datum by its name, of whatever provider.
    Datum(String),
}

/// Why a text is no condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConditionError {
    /// There is no `=` in it.
    NoValue(String),
    /// Sysmon has no such field.
    UnknownField(UnknownTopic),
    /// The name is that of an event.
    Event(String),
}

impl fmt::Display for ConditionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoValue(text) => write!(f, "`{}` is not of the form FIELD=VALUE", text.escape_debug()),
            Self::UnknownField(unknown) => unknown.fmt(f),
            Self::Event(name) => write!(f, "`{}` is an event, not a field", name.escape_debug()),
        }
    }
}

impl std::error::Error for ConditionError {}

impl Condition {
    /// Reads `FIELD=VALUE`, where the value is a pattern with `*` and `?`.
    ///
    /// The field is one of Sysmon's, of the `System` section (`Channel`, `EventRecordID`), or
    /// a standard name; case does not matter. An empty value asks for a field that is there
    /// and says "none". Where `any_field`, other providers' records are read too, and a name
    /// that is unknown may be a datum of theirs.
    ///
    /// ```
    /// use threadhunt::filter::Condition;
    /// assert!(Condition::parse(r"TargetImage=*\lsass.exe", false).is_ok());
    /// let error = Condition::parse("TargetImag=x", false).unwrap_err();
    /// assert!(error.to_string().ends_with("did you mean `TargetImage`?"));
    /// ```
    pub fn parse(text: &str, any_field: bool) -> Result<Self, ConditionError> {
        let (name, value) = text.split_once('=').ok_or_else(|| ConditionError::NoValue(text.to_owned()))?;
        let pattern = Some(value).filter(|value| !value.is_empty()).map(Wildcard::new);
        Ok(Self { subject: Subject::find(name.trim(), any_field)?, pattern })
    }

    /// Whether it holds; never for a record that has no such field.
    pub fn holds(&self, event: &Event<'_>, scratch: &mut Vec<u8>) -> bool {
        match &self.subject {
            Subject::Fields(fields) => {
                let known = fields.iter().find_map(|field| event.get(*field));
                known.is_some_and(|value| self.fits(value, scratch))
            }
            Subject::System(field) => event.system(*field).is_some_and(|value| self.fits(value, scratch)),
            Subject::Datum(name) => {
                let named = |field: &FieldName| field.as_str().eq_ignore_ascii_case(name);
                event.data().any(|(field, value)| named(field) && self.fits(value, scratch))
            }
        }
    }

    fn fits(&self, value: Value<'_>, scratch: &mut Vec<u8>) -> bool {
        let Some(pattern) = &self.pattern else { return value.is_none() };
        scratch.clear();
        value.push_to(scratch);
        pattern.matches(&String::from_utf8_lossy(scratch))
    }
}

impl Subject {
    fn find(name: &str, any_field: bool) -> Result<Self, ConditionError> {
        let fields: Vec<FieldId> = FieldId::all().filter(|field| field.name().eq_ignore_ascii_case(name)).collect();
        if !fields.is_empty() {
            return Ok(Self::Fields(fields));
        }
        let is_meant = |field: &SystemField| field.attribute().is_none() && field.element().eq_ignore_ascii_case(name);
        if let Some(field) = SystemField::all().find(is_meant) {
            return Ok(Self::System(field));
        }
        match find(Platform::Windows, name).or_else(|unknown| find(Platform::Linux, name).map_err(|_| unknown)) {
            Ok(Topic::Fields(found)) => Ok(Self::Fields(found.iter().map(|(_, field)| field.id).collect())),
            _ if any_field => Ok(Self::Datum(name.to_owned())),
            Ok(Topic::Events(_)) => Err(ConditionError::Event(name.to_owned())),
            Err(unknown) => Err(ConditionError::UnknownField(unknown)),
        }
    }
}
