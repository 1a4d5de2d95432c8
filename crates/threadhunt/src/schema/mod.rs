//! The data dictionary: which events Sysmon writes and which fields they carry.
//!
//! The facts stand in `data/events/*.toml` and `data/providers.toml`; `cargo xtask codegen` turns
//! them into `generated.rs`, which is committed. Adding an event or a field touches no code here.
//!
//! Every field name of every event has one [`FieldId`], valid for all events. A name is looked up
//! once, when a template, a configuration or a rule is read, and is an index from then on. Names that
//! are not in the tables are not errors: a newer Sysmon may write them, and the event keeps them by name.
//!
//! The module knows layouts, not values; an event with its values is the job of `event`.

use std::fmt;

mod generated;
mod lookup;
pub mod names;
pub mod page;

pub use generated::fields;
pub(crate) use lookup::nearest_of;
pub use lookup::{Topic, UnknownTopic, find};

/// The operating system whose Sysmon wrote an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Platform {
    /// Sysmon for Windows.
    Windows,
    /// Sysmon for Linux, and sensors of our own that write the same events there.
    Linux,
}

impl Platform {
    /// Returns the name in lower case, as in `--platform`.
    pub fn name(self) -> &'static str {
        match self {
            Platform::Windows => "windows",
            Platform::Linux => "linux",
        }
    }
}

/// A provider whose records are Sysmon events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Name, as in the attribute `Name` of `System/Provider`.
    pub name: &'static str,
    /// GUID in lower case with braces, as Windows prints it.
    pub guid: &'static str,
    /// Channel the provider writes to.
    pub channel: &'static str,
    /// Which table of events its ids belong to.
    pub platform: Platform,
}

/// Providers whose records are Sysmon events.
pub static PROVIDERS: &[Provider] = generated::PROVIDERS;

/// Returns the provider of that exact name, whatever its case, or `None` when it is not one of Sysmon's.
pub fn provider(name: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.name.eq_ignore_ascii_case(name))
}

/// A field name of the schema: looked up once by name, then used as an index.
///
/// Ids are global, so `Image` is the same field in every event, and they are sorted by name (by
/// bytes). They may change with the schema: never store one outside the process.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(u16);

impl FieldId {
    /// How many field names there are; every [`index`](Self::index) is below.
    pub const COUNT: usize = generated::FIELDS.len();

    /// Returns the id of a name, spelled exactly as in the manifest.
    ///
    /// Case matters: event 8 has `SourceProcessGuid`, event 10 `SourceProcessGUID`.
    ///
    /// ```
    /// use threadhunt::schema::{FieldId, fields};
    /// assert_eq!(FieldId::from_name("StartModule"), Some(fields::START_MODULE));
    /// assert_eq!(FieldId::from_name("startmodule"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        let index = generated::FIELDS.binary_search_by(|(field, _)| (*field).cmp(name)).ok()?;
        u16::try_from(index).ok().map(FieldId)
    }

    /// Returns the position in tables that hold one entry for each field name.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Returns the name as the manifest spells it.
    pub fn name(self) -> &'static str {
        generated::FIELDS[self.index()].0
    }

    /// Returns the type, which is the same in every event that has the field.
    pub fn field_type(self) -> FieldType {
        generated::FIELDS[self.index()].1
    }

    /// Returns all field names in order.
    pub fn all() -> impl Iterator<Item = FieldId> {
        (0..=u16::MAX).take(Self::COUNT).map(FieldId)
    }
}

impl fmt::Debug for FieldId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FieldId({})", self.name())
    }
}

/// What the text or the scalar of a field stands for.
///
/// The manifest knows only strings, integers, booleans and GUIDs; paths, dates and lists of hashes
/// are strings there, and so is the start address of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// Text without further structure.
    String,
    /// A path of a file or device.
    Path,
    /// A date in UTC, `2020-04-01 09:01:01.576`, kept as text.
    Date,
    /// A GUID, native in the log.
    Guid,
    /// An unsigned integer, native in the log.
    Integer,
    /// An unsigned integer printed as `0x…`, native in the log.
    Hex,
    /// A number printed as `0x…`, kept as text since the count of its digits has a meaning.
    HexString,
    /// `true` or `false`, native in the log.
    Bool,
    /// `ALGORITHM=HEX` pairs separated by commas, kept as text.
    Hashes,
}

impl FieldType {
    /// Returns the name used in the tables of `data/events`.
    pub fn name(self) -> &'static str {
        self.names().0
    }

    /// Returns the type as a data dictionary calls it: string, date, integer or boolean.
    pub fn dictionary_name(self) -> &'static str {
        self.names().1
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            FieldType::String => ("string", "string"),
            FieldType::Path => ("path", "string"),
            FieldType::Date => ("date", "date"),
            FieldType::Guid => ("guid", "string"),
            FieldType::Integer => ("integer", "integer"),
            FieldType::Hex => ("hex", "string"),
            FieldType::HexString => ("hexstring", "string"),
            FieldType::Bool => ("bool", "boolean"),
            FieldType::Hashes => ("hashes", "string"),
        }
    }
}

/// A field as one event carries it.
#[derive(Clone, Copy, Debug)]
pub struct FieldSchema {
    /// Id of the name.
    pub id: FieldId,
    /// Name as in the manifest.
    pub name: &'static str,
    /// Schema version that added the field to this event; `2.00` is the oldest known.
    pub since: &'static str,
    /// Schema version that removed the field from this event.
    pub removed: Option<&'static str>,
    /// Width of a native number, 16, 32 or 64 bits.
    pub bits: Option<u8>,
    /// What the value says.
    pub doc: &'static str,
    /// When an inferred value is empty; `None` for values that are observed, not inferred.
    pub inferred: Option<&'static str>,
    /// A typical value.
    pub sample: Option<&'static str>,
    /// Names of the field in the standard vocabulary; more than one where it is split.
    pub standard_names: &'static [StandardName],
}

impl FieldSchema {
    /// What the generated tables fill in from.
    const EMPTY: Self = FieldSchema {
        id: FieldId(0),
        name: "",
        since: "",
        removed: None,
        bits: None,
        doc: "",
        inferred: None,
        sample: None,
        standard_names: &[],
    };

    /// Returns the type of the value.
    pub fn field_type(&self) -> FieldType {
        self.id.field_type()
    }

    /// Returns the type that the manifest declares for the value, such as `win:UInt32`.
    pub fn manifest_type(&self) -> &'static str {
        match (self.field_type(), self.bits) {
            (FieldType::Guid, _) => "win:GUID",
            (FieldType::Bool, _) => "win:Boolean",
            (FieldType::Integer, Some(16)) => "win:UInt16",
            (FieldType::Integer, Some(64)) => "win:UInt64",
            (FieldType::Integer, _) => "win:UInt32",
            (FieldType::Hex, Some(64)) => "win:HexInt64",
            (FieldType::Hex, _) => "win:HexInt32",
            _ => "win:UnicodeString",
        }
    }
}

/// A name of a field in the vocabulary of OSSEM, as of April 2020.
#[derive(Clone, Copy, Debug)]
pub struct StandardName {
    /// The name, such as `process_path`.
    pub name: &'static str,
    /// How the value under this name follows from the field's; `None` when it is the same.
    pub derive: Option<Derive>,
    /// What the derived value says, where the sentence of the field does not fit.
    pub doc: Option<&'static str>,
    /// A typical derived value.
    pub sample: Option<&'static str>,
    /// Whether the name is ours, since OSSEM had none for a field that is younger.
    pub proposed: bool,
}

impl StandardName {
    /// What the generated tables fill in from.
    const EMPTY: Self = StandardName { name: "", derive: None, doc: None, sample: None, proposed: false };
}

/// How a value under a standard name follows from the value of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derive {
    /// The last component of a path.
    Basename,
}

impl Derive {
    /// Returns the name used in the tables of `data/events`.
    pub fn name(self) -> &'static str {
        match self {
            Derive::Basename => "basename",
        }
    }
}

/// An event type: its identity, its message and its fields in order.
#[derive(Clone, Copy, Debug)]
pub struct EventSchema {
    /// Event id.
    pub id: u16,
    /// Platform whose Sysmon writes it.
    pub platform: Platform,
    /// Configuration tag. For the events that no configuration filters (4, 16, 255) the event's name.
    pub tag: &'static str,
    /// Name of the event in the manifest.
    pub symbol: &'static str,
    /// Whether a configuration can filter the event.
    pub filterable: bool,
    /// Whether the event is logged when the configuration has no filter for it.
    pub logged_without_filter: bool,
    /// Title of the event in the documentation of Sysmon.
    pub title: &'static str,
    /// First line of the message.
    pub template: &'static str,
    /// Text of the task.
    pub task_text: &'static str,
    /// Version in the newest manifest. It does not rise with every new field.
    pub version: u8,
    /// Versions with the schema that brought each, oldest first.
    pub versions: &'static [(&'static str, u8)],
    /// Level of the record, 4 for information and 2 for an error.
    pub level: u8,
    /// Schema version that added the event; `2.00` is the oldest known.
    pub since: &'static str,
    /// Whether `since` is concluded from release notes, its manifest not having been seen.
    pub since_inferred: bool,
    /// What the event says.
    pub doc: &'static str,
    /// Where the documentation of Sysmon describes it.
    pub doc_url: &'static str,
    /// Where the facts of this entry come from.
    pub source: &'static str,
    /// Fields of the newest layout in order. Readers go by name: older versions have fewer.
    pub fields: &'static [FieldSchema],
    /// Fields that only older layouts have.
    pub removed: &'static [FieldSchema],
}

impl EventSchema {
    /// Returns the field as this event carries it, also one that only older layouts have.
    pub fn field(&self, id: FieldId) -> Option<&'static FieldSchema> {
        self.all_fields().find(|field| field.id == id)
    }

    /// Returns the fields of the newest layout in order, then those that only older layouts have.
    pub fn all_fields(&self) -> impl Iterator<Item = &'static FieldSchema> + use<> {
        self.fields.iter().chain(self.removed)
    }

    /// Returns the fields in order as each schema since the oldest had them, newest first.
    ///
    /// Names are the safe way to read an event; for values without names, and for messages, this
    /// says what may stand there. Of event 8 there are layouts of 14, 12, 11 and 9 fields.
    pub fn layouts(&'static self) -> impl Iterator<Item = Vec<&'static FieldSchema>> {
        self.schemas().into_iter().map(|schema| self.layout(schema))
    }

    /// Returns those of the layouts that a version of the event has had; none where the version is not known.
    pub fn layouts_of(&'static self, version: u8) -> impl Iterator<Item = Vec<&'static FieldSchema>> {
        let version_at = |schema: &str| {
            let known = self.versions.iter().rev().find(|(since, _)| *since <= schema);
            known.map(|(_, version)| *version)
        };
        self.schemas()
            .into_iter()
            .filter(move |schema| version_at(schema) == Some(version))
            .map(|schema| self.layout(schema))
    }

    /// The schemas that changed the fields, newest first.
    fn schemas(&self) -> Vec<&'static str> {
        let mut schemas: Vec<&str> = self.all_fields().map(|field| field.since).collect();
        schemas.sort_unstable_by(|left, right| right.cmp(left));
        schemas.dedup();
        schemas
    }

    /// The fields in order as a schema had them.
    fn layout(&'static self, schema: &str) -> Vec<&'static FieldSchema> {
        // What was removed, a sequence number, stood first.
        let all = self.removed.iter().chain(self.fields);
        let there = |field: &&FieldSchema| {
            field.since <= schema && field.removed.is_none_or(|removed| schema < removed)
        };
        all.filter(there).collect()
    }
}

/// Returns all events: those of Windows by id, then those of Linux.
pub fn events() -> &'static [EventSchema] {
    generated::EVENTS
}

/// Returns the event of that id, or `None` when the platform's Sysmon has none.
pub fn event(platform: Platform, id: u16) -> Option<&'static EventSchema> {
    let index = match platform {
        Platform::Windows => &generated::WINDOWS_INDEX,
        Platform::Linux => &generated::LINUX_INDEX,
    };
    generated::EVENTS.get(usize::from(*index.get(usize::from(id))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_name_leads_back_to_its_id() {
        for id in FieldId::all() {
            assert_eq!(FieldId::from_name(id.name()), Some(id));
        }
        assert_eq!(FieldId::all().count(), FieldId::COUNT);
    }

    #[test]
    fn field_names_are_case_sensitive() {
        assert_eq!(FieldId::from_name("SourceProcessGuid"), Some(fields::SOURCE_PROCESS_GUID));
        assert_eq!(FieldId::from_name("SourceProcessGUID"), Some(fields::SOURCE_PROCESS_GUID_CAPS));
        assert_eq!(FieldId::from_name("sourceprocessguid"), None);
        assert_eq!(FieldId::from_name(""), None);
    }

    #[test]
    fn event_finds_each_entry_and_nothing_else() {
        for schema in events() {
            let found = event(schema.platform, schema.id).expect("an entry of the table");
            assert!(std::ptr::eq(found, schema));
        }
        for (platform, id) in [(Platform::Windows, 0), (Platform::Windows, 30), (Platform::Linux, 8)] {
            assert!(event(platform, id).is_none(), "{platform:?} {id}");
        }
        assert!(event(Platform::Windows, u16::MAX).is_none());
    }

    #[test]
    fn layouts_are_those_of_the_schemas() {
        let thread = event(Platform::Windows, 8).expect("event 8");
        assert_eq!(thread.layouts().map(|layout| layout.len()).collect::<Vec<_>>(), [14, 12, 11, 9]);
        assert_eq!(thread.layouts().last().map(|layout| layout[0].name), Some("SequenceNumber"));
        let counts = |version| thread.layouts_of(version).map(|layout| layout.len()).collect::<Vec<_>>();
        assert_eq!([counts(2), counts(1), counts(7)], [vec![14, 12, 11], vec![9], vec![]]);
        let pipe = event(Platform::Windows, 17).expect("event 17");
        let names = |layout: Vec<&FieldSchema>| layout.iter().map(|field| field.name).collect::<Vec<_>>();
        assert_eq!(pipe.layouts().map(names).next().map(|names| names[1]), Some("EventType"));
    }

    #[test]
    fn provider_names_ignore_case_only() {
        let found = provider("MICROSOFT-windows-sysmon").expect("a provider of Sysmon");
        assert_eq!(found.platform, Platform::Windows);
        assert_eq!(provider("Microsoft-Windows-Sysmon "), None);
        assert_eq!(provider("Microsoft-Windows-Security-Auditing"), None);
    }

    #[test]
    fn only_start_module_and_start_function_are_inferred() {
        let inferred: Vec<_> =
            events().iter().flat_map(|e| e.fields).filter(|f| f.inferred.is_some()).map(|f| f.name).collect();
        assert_eq!(inferred, ["StartModule", "StartFunction"]);
    }
}
