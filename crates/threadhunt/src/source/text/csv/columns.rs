//! Which columns a table has, and what a cell of each is: the shapes of CSV.
//!
//! A table is known by the names of its columns. The first row that fits wins.

use super::super::{Filled, Refused, system};
use super::Row;
use crate::event::{RecordBuilder, SystemField};
use crate::schema::FieldId;
use crate::source::{Family, Shape, json};

use SystemField as F;

/// What the cells of a column are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A field of the `System` section.
    System(SystemField),
    /// A field of the event.
    Datum(FieldId),
    /// An event as another text has it: XML, Splunk's rendering, a message.
    Text,
    /// The message.
    Message,
    /// Our own name of the event, empty where it is not Sysmon's.
    Event,
    /// What had no column of its own, as `Name=value; …`.
    Other,
    /// A computer, where the text in another cell names none.
    Host,
    Nothing,
}

/// A kind of table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) shape: Shape,
    /// Columns that it has in any case.
    needs: &'static [&'static str],
    /// Columns of which it has one at least, if any are named.
    needs_one: &'static [&'static str],
    /// What its columns are.
    columns: &'static [(&'static str, Role)],
    /// What its other columns are.
    others: Others,
    /// Ends a row whose cells were looked at one by one.
    pub(super) finish: for<'a> fn(&Row<'_>, RecordBuilder<'a>) -> Filled<'a>,
    /// Whether a row is an object of a JSON layout, where no cell holds an event by itself.
    pub(super) is_json: bool,
    /// The column of a time in UTC that does not say so.
    pub(super) in_utc: Option<&'static str>,
    /// Whether a text that a spreadsheet would run was made harmless by an apostrophe.
    pub(super) is_guarded: bool,
    /// Whether a column is a field only of events that have it: others may call something else so.
    pub(super) is_strict: bool,
    /// Why such tables are not read, where they are not.
    pub(super) refusal: Option<&'static str>,
    /// Whether a column without a name stands behind the last one, unless the message has one with a name.
    pub(super) has_nameless: bool,
}

/// What columns are that are not named in the table.
#[derive(Clone, Copy, Debug)]
enum Others {
    Nothing,
    /// Fields of events, by the names of the manifest.
    Fields,
    /// Properties of PowerShell's records.
    Properties,
    /// Whatever holds an event.
    Text,
}

/// What a table fills in from.
const TABLE: Table = Table {
    shape: shape("", ""),
    needs: &[],
    needs_one: &[],
    columns: &[],
    others: Others::Nothing,
    finish: |_, builder| (builder, Err(Refused::Other)),
    is_json: false,
    in_utc: None,
    is_guarded: false,
    is_strict: false,
    refusal: None,
    has_nameless: false,
};

const fn shape(name: &'static str, about: &'static str) -> Shape {
    Shape { name, family: Family::Text, about, partial: false }
}

/// Names that tools give the system fields in tables of their own, in lower case.
const SYSTEM: &[(&str, Role)] = &[
    ("eventid", Role::System(F::EventId)),
    ("event_id", Role::System(F::EventId)),
    ("eventcode", Role::System(F::EventId)),
    ("computer", Role::System(F::Computer)),
    ("computername", Role::System(F::Computer)),
    ("computer_name", Role::System(F::Computer)),
    ("hostname", Role::System(F::Computer)),
    ("eventrecordid", Role::System(F::EventRecordId)),
    ("recordid", Role::System(F::EventRecordId)),
    ("recordnumber", Role::System(F::EventRecordId)),
    ("record_id", Role::System(F::EventRecordId)),
    ("record_number", Role::System(F::EventRecordId)),
    ("channel", Role::System(F::Channel)),
    ("log_name", Role::System(F::Channel)),
    ("logname", Role::System(F::Channel)),
    ("provider", Role::System(F::ProviderName)),
    ("providername", Role::System(F::ProviderName)),
    ("provider_name", Role::System(F::ProviderName)),
    ("sourcename", Role::System(F::ProviderName)),
    ("timecreated", Role::System(F::TimeCreated)),
    ("systemtime", Role::System(F::TimeCreated)),
];

pub(super) static TABLES: [Table; 8] = [
    Table {
        shape: shape("threadhunt-csv", "our own tables as CSV, events --format csv"),
        needs: &["time", "computer", "record_id", "event_id", "event", "other"],
        columns: &[
            ("time", Role::System(F::TimeCreated)),
            ("computer", Role::System(F::Computer)),
            ("record_id", Role::System(F::EventRecordId)),
            ("event_id", Role::System(F::EventId)),
            ("event", Role::Event),
            ("other", Role::Other),
        ],
        others: Others::Fields,
        finish: |row, builder| row.finish_fields(builder),
        is_guarded: true,
        ..TABLE
    },
    Table {
        shape: Shape {
            partial: true,
            ..shape("names-csv", "our own tables as CSV in the names of others: known, and not read")
        },
        needs: &["other"],
        // One of ossem, ossem-dd, ecs, ocsf, car, splunk and udm each.
        needs_one: &[
            "event_uid",
            "EventUid",
            "ecs.version",
            "class_uid",
            "tgt_pid",
            "signature_id",
            "metadata.event_type",
        ],
        refusal: Some(
            "a table in the names of others, which is for queries and is not read back; write it without --names",
        ),
        ..TABLE
    },
    Table {
        shape: shape("evtxecmd-csv", "EvtxECmd --csv"),
        needs: &["EventId", "MapDescription", "Payload"],
        is_json: true,
        // EvtxECmd's README, `--dt`.
        in_utc: Some("TimeCreated"),
        ..TABLE
    },
    Table {
        shape: shape("splunk-csv", "Splunk's export as CSV, with _raw"),
        needs: &["_raw"],
        columns: &[("_raw", Role::Text), ("host", Role::Host)],
        finish: |row, builder| row.finish_text(builder),
        ..TABLE
    },
    Table {
        shape: shape("get-winevent-csv", "Get-WinEvent | Export-Csv"),
        needs: &["Message", "ProviderName", "Id"],
        columns: &[("Message", Role::Message)],
        others: Others::Properties,
        finish: |row, builder| row.finish_message(builder),
        ..TABLE
    },
    Table {
        shape: shape("event-viewer-csv", "Event Viewer's Save As: CSV, or text with tabs"),
        needs: &["Level", "Date and Time", "Source", "Event ID"],
        columns: &[
            ("Level", Role::System(F::Level)),
            ("Date and Time", Role::System(F::TimeCreated)),
            ("Source", Role::System(F::ProviderName)),
            ("Event ID", Role::System(F::EventId)),
            ("Computer", Role::System(F::Computer)),
            ("Description", Role::Message),
            ("Message", Role::Message),
            (NAMELESS, Role::Message),
        ],
        finish: |row, builder| row.finish_message(builder),
        has_nameless: true,
        ..TABLE
    },
    Table {
        shape: shape("fields-csv", "tables with Sysmon's fields as columns"),
        needs: &["UtcTime"],
        needs_one: &["ProcessGuid", "SourceProcessGuid", "SourceProcessGUID"],
        columns: SYSTEM,
        others: Others::Fields,
        finish: |row, builder| row.finish_fields(builder),
        is_strict: true,
        ..TABLE
    },
    Table {
        shape: shape(
            "event-csv",
            "other tables: event XML, JSON or a message in a cell, or the keys of a JSON layout as columns",
        ),
        others: Others::Text,
        finish: |row, builder| row.finish_text(builder),
        is_json: true,
        ..TABLE
    },
];

/// What a column without a name is called.
const NAMELESS: &str = "";

/// The last row, for tables that are known by their cells.
const BY_CELLS: usize = TABLES.len() - 1;

/// The kind of a table by the names of its columns; `is_known` is whether its first rows hold events all
/// the same.
pub(super) fn find(names: &[String], is_known: bool) -> Option<&'static Table> {
    let has = |name: &&str| names.iter().any(|known| known == name);
    let fits = |table: &&Table| {
        let one = table.needs_one.is_empty() || table.needs_one.iter().any(has);
        !table.needs.is_empty() && table.needs.iter().all(has) && one
    };
    TABLES.iter().find(fits).or_else(|| is_known.then_some(&TABLES[BY_CELLS]))
}

/// The names of the columns with those that a table of such columns has without a name.
pub(super) fn complete(mut names: Vec<String>) -> Vec<String> {
    let lacks_one =
        |table: &Table| table.has_nameless && names.iter().all(|name| table.role(name) != Role::Message);
    if find(&names, false).is_some_and(lacks_one) {
        names.push(NAMELESS.to_owned());
    }
    names
}

impl Table {
    /// What the cells of a column are.
    pub(super) fn role(&self, name: &str) -> Role {
        let lower = name.to_ascii_lowercase();
        let row = self.columns.iter().find(|(known, _)| *known == name || *known == lower);
        if let Some((_, role)) = row {
            return role.clone();
        }
        let role = match self.others {
            Others::Nothing => None,
            Others::Fields => FieldId::from_name(name).map(Role::Datum),
            Others::Properties => system::property(name).map(Role::System),
            Others::Text => (!json::is_closed(name)).then_some(Role::Text),
        };
        role.unwrap_or(Role::Nothing)
    }
}
