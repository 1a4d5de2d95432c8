//! Subjects: where a rule's field is in an event.
//!
//! Sigma's names for Sysmon are Sysmon's own. Beyond them a rule may name what stands in the record's
//! head, or one of the hashes that Sysmon writes into one field.

use crate::event::{Event, SystemField};
use crate::schema::{FieldId, event, fields};

use super::logsource::Kind;

/// Where the text is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    /// The first of these that a record has: Sysmon spells some names in two ways.
    Fields(Vec<FieldId>),
    /// A field of the record's head.
    System(SystemField),
    /// One hash of `Hashes`, by its algorithm.
    Hash(&'static str),
    /// A name that no schema of ours knows: a newer Sysmon may write it.
    Datum(Box<str>),
    /// Any data field: what a rule's keywords are sought in.
    Any,
}

/// Names that rules use for the record's head (Sigma's taxonomy, Windows).
const SYSTEM: [(&str, SystemField); 6] = [
    ("EventID", SystemField::EventId),
    ("Provider_Name", SystemField::ProviderName),
    ("Channel", SystemField::Channel),
    ("Computer", SystemField::Computer),
    ("ComputerName", SystemField::Computer),
    ("EventRecordID", SystemField::EventRecordId),
];

/// Names that rules use for the parts of `Hashes` (Sigma's taxonomy, process_creation).
const HASHES: [(&str, &str); 4] =
    [("Imphash", "IMPHASH"), ("md5", "MD5"), ("sha1", "SHA1"), ("sha256", "SHA256")];

impl Subject {
    /// Finds what a rule's name means; case does not matter.
    pub(super) fn find(name: &str) -> Self {
        let fields: Vec<FieldId> =
            FieldId::all().filter(|field| field.name().eq_ignore_ascii_case(name)).collect();
        if !fields.is_empty() {
            return Self::Fields(fields);
        }
        if let Some((_, field)) = SYSTEM.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return Self::System(*field);
        }
        match HASHES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, algorithm)) => Self::Hash(algorithm),
            None => Self::Datum(name.into()),
        }
    }

    /// The name as Sysmon writes it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Fields(fields) => fields.first().map_or("", |field| field.name()),
            Self::System(field) => field.element(),
            Self::Hash(algorithm) => algorithm,
            Self::Datum(name) => name,
            Self::Any => "any field",
        }
    }

    /// Whether events of a kind have it, by what is known of them.
    pub(super) fn is_written(&self, (platform, id): Kind) -> bool {
        let Some(schema) = event(platform, id) else { return true };
        match self {
            Self::Fields(known) => known.iter().any(|field| schema.field(*field).is_some()),
            Self::Hash(_) => schema.field(fields::HASHES).is_some(),
            Self::System(_) | Self::Any => true,
            Self::Datum(_) => false,
        }
    }

    /// Appends the text and says whether there is a value at all.
    pub(super) fn push_text(&self, event: &Event<'_>, out: &mut Vec<u8>) -> bool {
        let value = match self {
            Self::Fields(fields) => fields.iter().find_map(|field| event.get(*field)),
            Self::System(field) => event.system(*field),
            Self::Hash(algorithm) => return push_hash(event, algorithm, out),
            Self::Datum(name) => event
                .data()
                .find(|(field, _)| field.as_str().eq_ignore_ascii_case(name))
                .map(|(_, value)| value),
            Self::Any => None,
        };
        value.map(|value| value.push_to(out)).is_some()
    }
}

fn push_hash(event: &Event<'_>, algorithm: &str, out: &mut Vec<u8>) -> bool {
    let Some(hashes) = event.known(fields::HASHES) else { return false };
    let named = |part: &str| {
        let (name, digits) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case(algorithm).then(|| digits.to_owned())
    };
    let found = hashes.split(',').find_map(named);
    found.map(|digits| out.extend_from_slice(digits.as_bytes())).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Platform;

    #[test]
    fn names_are_sysmons_whatever_their_case() {
        assert_eq!(Subject::find("startmodule"), Subject::Fields(vec![fields::START_MODULE]));
        assert_eq!(Subject::find("EventID"), Subject::System(SystemField::EventId));
        assert_eq!(Subject::find("imphash"), Subject::Hash("IMPHASH"));
        assert_eq!(Subject::find("SourceParentImage"), Subject::Datum("SourceParentImage".into()));
        let Subject::Fields(guids) = Subject::find("SourceProcessGuid") else { panic!("a field") };
        assert_eq!(guids.len(), 2, "events 8 and 10 spell it in two ways");
    }

    #[test]
    fn a_schema_says_who_writes_it() {
        let threads = (Platform::Windows, 8);
        assert!(Subject::find("StartModule").is_written(threads));
        assert!(!Subject::find("CommandLine").is_written(threads));
        assert!(!Subject::find("SourceParentImage").is_written(threads));
        assert!(Subject::find("sha1").is_written((Platform::Windows, 7)));
    }
}
