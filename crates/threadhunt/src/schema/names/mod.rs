//! Vocabularies: what others call the events' fields, and where in their documents they stand.
//!
//! The facts stand in `data/names`: a table for each vocabulary with one row a mapping, and a line about each
//! in `vocabularies.toml`; `cargo xtask codegen` makes `generated.rs` of them, which is committed. A mapping
//! says from which source a name gets its value and by which recipe ([`Make`]).
//!
//! **Mind who is `process`**: the source of a thread in OSSEM, ECS and CAR, its target in OCSF and in Splunk's
//! add-on.
//!
//! Nothing here knows values; `sink` makes plans of these rows and runs them, and `page` prints them side by side.

use std::fmt;

use super::{Derive, EventSchema, FieldId, FieldSchema, FieldType};

mod generated;

/// A vocabulary in which events can be written.
#[derive(Debug)]
pub struct Vocabulary {
    /// The name on the command line.
    pub name: &'static str,
    /// What it is.
    pub title: &'static str,
    /// Its version or the commit it was read at; `-` where it has none.
    pub version: &'static str,
    /// Where the facts are from.
    pub source: &'static str,
    /// What becomes of values that say "none".
    pub none: NoneValue,
    /// The index or data stream that its documents go to unless another is named.
    pub index: &'static str,
    /// Short names of what happened, by event id, where the vocabulary has such beside the tasks' texts.
    pub actions: &'static [(u16, &'static str)],
    rows: &'static [Mapping],
}

/// What becomes of a mapped value that says "none": empty, or `-`.
///
/// Unless they are written as they are, a GUID of zeros is such a value too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoneValue {
    /// It is written under its name, as it is.
    Written,
    /// It goes to the unmapped, so that "empty" can be told from "not there". So does `<unknown process>`, which is
    /// no path.
    Unmapped,
    /// It is left out.
    Dropped,
}

/// A name with its source and recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The events it is for; none for all.
    events: &'static [u16],
    /// Where the value is from.
    pub source: Source,
    /// The path in the document: keys with points between; `[]` behind a key marks a list.
    pub name: &'static str,
    /// How the value is made.
    pub make: Make,
    /// What is to be known about the row.
    pub note: &'static str,
}

/// Where a value is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nowhere: a constant.
    Nothing,
    /// A field of the event.
    Field(FieldId),
    /// A field of the record's `System` section: element, and attribute or nothing.
    System(&'static str, &'static str),
    /// The time of the event: `UtcTime`, or the record's where there is none.
    Time,
    /// Which of these the time of the event is, where a document alone does not prove it.
    TimeOf,
    /// The event's name, such as `CreateRemoteThread`.
    Event,
    /// The text of the event's task.
    Task,
    /// What happened, in the vocabulary's short words or as the text of the task.
    Action,
    /// All fields under their standard names.
    Standard,
    /// All data that no mapping took.
    Data,
    /// All of the `System` section that no mapping took.
    Remains,
    /// The record's trees.
    Trees,
    /// The reader's remarks.
    Notes,
    /// Whether the record was found where no living one should be.
    Recovered,
}

/// How a value follows from its source.
///
/// A recipe that does not fit the value gives nothing, and the value goes to the unmapped. A recipe that takes
/// the whole value keeps it from there; a part, a copy or a shortened form does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Make {
    /// The text.
    Text,
    /// A number where the record has one, otherwise the text.
    Typed,
    /// The text once more: it goes to the unmapped too.
    Copy,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// The text of an IP address.
    Ip,
    /// A time in UTC with `Z`: milliseconds, or seven digits where they say more.
    Time,
    /// A time in UTC with `Z`, cut to milliseconds.
    TimeMillis,
    /// Milliseconds since 1970.
    Millis,
    /// Seconds since 1970 with milliseconds.
    Epoch,
    /// The last part of a path; the whole where it has no parts.
    Basename,
    /// What stands behind the last backslash, if there is one.
    FileName,
    /// What stands before the last backslash, if there is one.
    Directory,
    /// What stands behind the last point of a path's last part.
    Extension,
    /// What stands before the first backslash of an account.
    Domain,
    /// What stands behind the first backslash of an account; the whole where there is none. Nothing where one of
    /// the parts is empty.
    Account,
    /// A computer's name without its domain.
    Host,
    /// An object of hashes by algorithm, in lower case, without the import hash; the whole of a list that can be
    /// told from its parts.
    Hashes,
    /// The import hash.
    Imphash,
    /// The values of all hashes.
    HashList,
    /// The short name of the hive that a registry path begins with.
    Hive,
    /// A registry path behind its hive.
    RegistryKey,
    /// The ATT&CK technique that a rule's name claims.
    Technique,
    /// The same where it is a sub-technique.
    SubTechnique,
    /// Always this.
    Constant(&'static str),
    /// This, where values stand beside it.
    Beside(&'static str),
    /// The right side of the value's pair.
    Choice(&'static [(&'static str, &'static str)]),
}

/// All vocabularies, Sysmon's own first.
pub fn vocabularies() -> &'static [Vocabulary] {
    generated::VOCABULARIES
}

/// Finds a vocabulary by its name.
pub fn vocabulary(name: &str) -> Option<&'static Vocabulary> {
    vocabularies().iter().find(|vocabulary| vocabulary.name == name)
}

impl Vocabulary {
    /// Whether these are Sysmon's own names, which need no table.
    pub fn is_own(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether the vocabulary has a place for an event; `None` stands for one that the schema does not know.
    pub fn covers(&self, event: Option<u16>) -> bool {
        self.is_own() || self.rows.iter().any(|row| row.is_for(event))
    }

    /// The mappings of an event, in order; of `None` those that any record can have.
    ///
    /// [`Source::Standard`] is among them no more: the names of the fields stand in its place.
    pub fn mappings(&self, event: Option<&'static EventSchema>) -> Vec<Mapping> {
        let id = event.map(|event| event.id);
        let has = |field: FieldId| event.is_some_and(|event| event.field(field).is_some());
        let rows = self.rows.iter().filter(|row| match row.source {
            Source::Field(field) => row.is_for(id) && has(field),
            _ => row.is_for(id),
        });
        rows.flat_map(|row| match (row.source, event) {
            (Source::Standard, Some(event)) => event.all_fields().flat_map(standard).collect(),
            (Source::Standard, None) => Vec::new(),
            _ => vec![*row],
        })
        .collect()
    }

    /// The value that a choice makes this word of; of several the first.
    pub fn unchosen(&self, source: Source, word: &str) -> Option<&'static str> {
        let choices = self.rows.iter().filter(|row| row.source == source).filter_map(|row| match row.make {
            Make::Choice(pairs) => Some(pairs),
            _ => None,
        });
        choices.flatten().find(|(_, made)| *made == word && !word.is_empty()).map(|(value, _)| *value)
    }

    /// The short name of what an event says, where the vocabulary has one.
    pub fn action(&self, event: u16) -> Option<&'static str> {
        self.actions.iter().find(|(id, _)| *id == event).map(|(_, action)| *action)
    }
}

/// Whether a text of a vocabulary is a number, which documents have without quotes.
pub(crate) fn is_number(literal: &str) -> bool {
    !literal.is_empty() && literal.bytes().all(|byte| byte.is_ascii_digit())
}

impl Mapping {
    fn is_for(&self, event: Option<u16>) -> bool {
        self.events.is_empty() || event.is_some_and(|id| self.events.contains(&id))
    }
}

/// The mappings of a field to its standard names.
fn standard(field: &'static FieldSchema) -> impl Iterator<Item = Mapping> {
    field.standard_names.iter().map(|standard| Mapping {
        events: &[],
        source: Source::Field(field.id),
        name: standard.name,
        make: match (standard.derive, field.field_type()) {
            (Some(Derive::Basename), _) => Make::Basename,
            (None, FieldType::Integer) => Make::Integer,
            (None, FieldType::Date) => Make::Time,
            (None, FieldType::Bool) => Make::Boolean,
            (None, _) => Make::Text,
        },
        note: if standard.proposed { "proposed" } else { "" },
    })
}

impl Make {
    /// The key of the recipe in the crosswalk, as docs/names.md lists them.
    ///
    /// The tables in `data/names` have the same, but for the last three.
    pub fn name(self) -> &'static str {
        // flat table: a key for each
        match self {
            Self::Text => "text",
            Self::Typed => "typed",
            Self::Copy => "copy",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Ip => "ip",
            Self::Time => "time",
            Self::TimeMillis => "time-ms",
            Self::Millis => "millis",
            Self::Epoch => "epoch",
            Self::Basename => "basename",
            Self::FileName => "file-name",
            Self::Directory => "directory",
            Self::Extension => "extension",
            Self::Domain => "domain",
            Self::Account => "account",
            Self::Host => "host",
            Self::Hashes => "hashes",
            Self::Imphash => "imphash",
            Self::HashList => "hash-list",
            Self::Hive => "hive",
            Self::RegistryKey => "registry-key",
            Self::Technique => "technique",
            Self::SubTechnique => "sub-technique",
            Self::Constant(_) => "constant",
            Self::Beside(_) => "beside",
            Self::Choice(_) => "choice",
        }
    }

    /// Whether it makes a part of the value, so that the whole has to be told elsewhere too.
    pub fn makes_part(self) -> bool {
        let cuts = [Self::Basename, Self::FileName, Self::Directory, Self::Extension, Self::Domain];
        let finds = [Self::Imphash, Self::HashList, Self::Hive, Self::RegistryKey];
        let claims = [Self::Technique, Self::SubTechnique, Self::Copy];
        cuts.contains(&self)
            || finds.contains(&self)
            || claims.contains(&self)
            || matches!(self, Self::Constant(_) | Self::Beside(_))
    }

    /// What a person has to know of a value besides its source; `None` where it is the same.
    pub fn hint(self) -> Option<&'static str> {
        match self {
            Self::Basename | Self::FileName => Some("file name"),
            Self::Millis => Some("ms since 1970"),
            Self::Epoch => Some("s since 1970"),
            Self::Host => Some("short name"),
            Self::Choice(pairs) if pairs.iter().all(|(_, word)| is_number(word)) => Some("translated"),
            Self::Choice(_) => Some("in words"),
            Self::Directory | Self::Extension | Self::Domain | Self::Account | Self::Imphash => {
                Some(self.name())
            }
            Self::Hive | Self::RegistryKey | Self::Technique | Self::SubTechnique => Some(self.name()),
            Self::HashList => Some("values"),
            _ => None,
        }
    }
}

impl fmt::Display for Source {
    /// As a person reads it: `SourceImage`, `Provider/@Name`, `(time)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("(constant)"),
            Self::Field(field) => f.write_str(field.name()),
            Self::System(element, "") => f.write_str(element),
            Self::System(element, attribute) => write!(f, "{element}/@{attribute}"),
            Self::Time => f.write_str("(time)"),
            Self::TimeOf => f.write_str("(which time)"),
            Self::Event => f.write_str("(event)"),
            Self::Task => f.write_str("(text of Task)"),
            Self::Action => f.write_str("(action)"),
            Self::Standard | Self::Data => f.write_str("(other data)"),
            Self::Remains => f.write_str("(other of System)"),
            Self::Trees => f.write_str("(trees)"),
            Self::Notes => f.write_str("(remarks)"),
            Self::Recovered => f.write_str("(recovered)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::schema::{Platform, event, events};

    /// What the mappings of event 8 write under a name.
    #[track_caller]
    fn sources(vocabulary: &str, name: &str) -> Vec<String> {
        let vocabulary = super::vocabulary(vocabulary).expect("a vocabulary");
        let mappings = vocabulary.mappings(event(Platform::Windows, 8));
        mappings.iter().filter(|row| row.name == name).map(|row| row.source.to_string()).collect()
    }

    #[test]
    fn process_is_the_source_in_ossem_ecs_and_car() {
        for (vocabulary, name, field) in [
            ("ossem", "process_path", "SourceImage"),
            ("ossem", "process_name", "SourceImage"),
            ("ossem", "process_guid", "SourceProcessGuid"),
            ("ossem", "process_id", "SourceProcessId"),
            ("ossem", "target_process_path", "TargetImage"),
            ("ossem-dd", "ProcessFilePath", "SourceImage"),
            ("ossem-dd", "TargetProcessFilePath", "TargetImage"),
            ("ecs", "process.executable", "SourceImage"),
            ("ecs", "process.entity_id", "SourceProcessGuid"),
            ("ecs", "process.pid", "SourceProcessId"),
            ("car", "src_pid", "SourceProcessId"),
            ("car", "tgt_pid", "TargetProcessId"),
            ("udm", "principal.process.file.full_path", "SourceImage"),
            ("udm", "target.process.file.full_path", "TargetImage"),
        ] {
            assert_eq!(sources(vocabulary, name), [field], "{vocabulary} {name}");
        }
    }

    #[test]
    fn process_is_the_target_in_ocsf_and_splunk() {
        for (vocabulary, name, field) in [
            ("ocsf", "process.path", "TargetImage"),
            ("ocsf", "process.uid", "TargetProcessGuid"),
            ("ocsf", "process.pid", "TargetProcessId"),
            ("ocsf", "process.user.name", "TargetUser"),
            ("ocsf", "actor.process.path", "SourceImage"),
            ("ocsf", "actor.process.pid", "SourceProcessId"),
            ("ocsf", "actor.user.name", "SourceUser"),
            ("splunk", "process_path", "TargetImage"),
            ("splunk", "process_guid", "TargetProcessGuid"),
            ("splunk", "process_id", "TargetProcessId"),
            ("splunk", "parent_process_path", "SourceImage"),
            ("splunk", "parent_process_guid", "SourceProcessGuid"),
        ] {
            assert_eq!(sources(vocabulary, name), [field], "{vocabulary} {name}");
        }
    }

    #[test]
    fn who_covers_which_events() {
        for (name, all) in
            [("sysmon", true), ("ossem", true), ("ossem-dd", true), ("ecs", true), ("ocsf", false)]
        {
            let vocabulary = vocabulary(name).expect("a vocabulary");
            assert!(vocabulary.covers(Some(8)), "{name}");
            assert_eq!((vocabulary.covers(Some(1)), vocabulary.covers(None)), (all, all), "{name}");
        }
        assert!(vocabulary("ECS").is_none());
    }

    #[test]
    fn ossem_names_every_field_of_every_event() {
        for name in ["ossem", "ossem-dd"] {
            let vocabulary = vocabulary(name).expect("a vocabulary");
            for event in events().iter().filter(|event| event.platform == Platform::Windows) {
                let mappings = vocabulary.mappings(Some(event));
                for field in event.all_fields() {
                    let named = mappings.iter().any(|row| row.source == Source::Field(field.id));
                    assert!(named, "{name}: {} of event {}", field.name, event.id);
                }
            }
        }
    }

    #[test]
    fn no_name_stands_within_another() {
        for vocabulary in vocabularies() {
            for event in events().iter().map(Some).chain([None]) {
                let mappings = vocabulary.mappings(event);
                let mut made: HashMap<&str, Vec<&Mapping>> = HashMap::new();
                mappings.iter().for_each(|row| made.entry(row.name).or_default().push(row));
                for row in mappings.iter().filter(|row| row.source != Source::Data) {
                    let below = format!("{}.", row.name);
                    let other = made.keys().find(|name| name.starts_with(&below));
                    assert_eq!(other, None, "{}: {}", vocabulary.name, row.name);
                }
            }
        }
    }

    #[test]
    fn every_event_has_its_short_action() {
        let ecs = vocabulary("ecs").expect("a vocabulary");
        assert_eq!(ecs.action(8), Some("CreateRemoteThread"));
        assert!(events().iter().all(|event| ecs.action(event.id).is_some()));
    }
}
