//! Which columns a table has, and what a cell of each is: the shapes of CSV.
//!
//! A table is known by the names of its columns. The first row that fits wins.

use super::super::{Filled, Refused, system};
use super::Row;
use crate::event::{RecordBuilder, SystemField};
use crate::schema::FieldId;
use crate::source::{Family, Shape};

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
    /// What its columns are, beside those that are named as fields of events.
    columns: &'static [(&'static str, Role)],
    /// Whether columns that are named as fields of events are such.
    has_fields: bool,
    /// Ends a row whose cells were looked at one by one.
    pub(super) finish: for<'a> fn(&Row<'_>, RecordBuilder<'a>) -> Filled<'a>,
    /// Whether a text that a spreadsheet would run was made harmless by an apostrophe.
    pub(super) is_guarded: bool,
}

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

pub(super) static TABLES: [Table; 6] = [
    Table {
        shape: shape("threadhunt-csv", "our own tables"),
        needs: &["time", "computer", "record_id", "event_id", "event", "other"],
        columns: &[
            ("time", Role::System(F::TimeCreated)),
            ("computer", Role::System(F::Computer)),
            ("record_id", Role::System(F::EventRecordId)),
            ("event_id", Role::System(F::EventId)),
            ("event", Role::Event),
            ("other", Role::Other),
        ],
        has_fields: true,
        finish: |row, builder| row.finish_fields(builder),
        is_guarded: true,
    },
    Table {
        shape: shape("evtxecmd-csv", "EvtxECmd --csv"),
        needs: &["EventId", "MapDescription", "Payload"],
        columns: &[],
        has_fields: false,
        finish: |_, builder| (builder, Err(Refused::Other)),
        is_guarded: false,
    },
    Table {
        shape: shape("splunk-csv", "Splunk's export as CSV, with _raw"),
        needs: &["_raw"],
        columns: &[("_raw", Role::Text), ("host", Role::Host)],
        has_fields: false,
        finish: |row, builder| row.finish_text(builder),
        is_guarded: false,
    },
    Table {
        shape: shape("get-winevent-csv", "Get-WinEvent | Export-Csv"),
        needs: &["Message", "ProviderName", "Id"],
        columns: &[("Message", Role::Message)],
        has_fields: false,
        finish: |row, builder| row.finish_message(builder),
        is_guarded: false,
    },
    Table {
        shape: shape("fields-csv", "tables with Sysmon's fields as columns"),
        needs: &["UtcTime"],
        columns: SYSTEM,
        has_fields: true,
        finish: |row, builder| row.finish_fields(builder),
        is_guarded: false,
    },
    Table {
        shape: shape(
            "event-csv",
            "other tables: event XML, JSON or a message in a cell, or the keys of a JSON layout as columns",
        ),
        needs: &[],
        columns: &[],
        has_fields: false,
        finish: |row, builder| row.finish_text(builder),
        is_guarded: false,
    },
];

/// Columns one of which a table of Sysmon's fields has beside its needs.
const PROCESS_GUIDS: [&str; 3] = ["ProcessGuid", "SourceProcessGuid", "SourceProcessGUID"];

/// The last row, for tables that are known by their cells.
const BY_CELLS: usize = TABLES.len() - 1;

/// The kind of a table by the names of its columns; `is_known` is whether its first rows hold events all
/// the same.
pub(super) fn find(names: &[String], is_known: bool) -> Option<&'static Table> {
    let has = |name: &&str| names.iter().any(|known| known == name);
    let fits = |table: &&Table| {
        !table.needs.is_empty()
            && table.needs.iter().all(|name| has(name))
            && (table.shape.name != "fields-csv" || PROCESS_GUIDS.iter().any(|name| has(name)))
    };
    TABLES.iter().find(fits).or_else(|| is_known.then_some(&TABLES[BY_CELLS]))
}

impl Table {
    /// Whether its rows are objects of a JSON layout, where no cell holds an event by itself.
    pub(super) fn is_json(&self) -> bool {
        self.needs.is_empty() || self.shape.name == "evtxecmd-csv"
    }

    /// What the cells of a column are.
    pub(super) fn role(&self, name: &str) -> Role {
        if self.needs.is_empty() {
            return Role::Text;
        }
        let lower = name.to_ascii_lowercase();
        let row = self.columns.iter().find(|(known, _)| *known == name || *known == lower);
        if let Some((_, role)) = row {
            return role.clone();
        }
        if self.shape.name == "get-winevent-csv" {
            return system::property(name).map_or(Role::Nothing, Role::System);
        }
        FieldId::from_name(name).filter(|_| self.has_fields).map_or(Role::Nothing, Role::Datum)
    }
}
