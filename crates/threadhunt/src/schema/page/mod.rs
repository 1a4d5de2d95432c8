//! The data dictionary as a page: a table to read, Markdown to publish, JSON and CSV to process.
//!
//! A page is made from one of three things: the list of events, the events of one [`Topic`], or one
//! field wherever it occurs. Each form is a file of its own below this one and gets the same rows.
//!
//! What is printed comes from our own tables, so nothing is escaped but what the form itself demands.

mod crosswalk;
mod csv;
mod json;
mod markdown;
mod table;

use super::{EventSchema, FieldSchema, Platform, Topic, events};

/// The form of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Aligned text, wrapped to so many columns; `None` leaves one line for each row.
    Table {
        /// Columns of the terminal, if there is one.
        width: Option<usize>,
    },
    /// One JSON object, the same shape for every page.
    Json,
    /// A page with front matter, description, sample event and dictionary.
    Markdown,
    /// Rows with a header; names stand as they are, other cells that a spreadsheet would run start with `'`.
    Csv,
}

/// Returns the list of a platform's events.
pub fn list(platform: Platform, format: Format) -> String {
    let events: Vec<_> = events().iter().filter(|event| event.platform == platform).collect();
    match format {
        Format::Table { width } => table::list(&events, width),
        Format::Json => json::events(&events),
        Format::Markdown => markdown::list(platform, &events),
        Format::Csv => csv::list(&events),
    }
}

/// Returns the data dictionary of a topic.
///
/// ```
/// use threadhunt::schema::{Platform, find, page};
/// let topic = find(Platform::Windows, "StartModule").expect("a field of event 8");
/// let text = page::topic(&topic, page::Format::Table { width: None });
/// assert!(text.contains("thread_start_module"));
/// ```
pub fn topic(topic: &Topic, format: Format) -> String {
    match (topic, format) {
        (Topic::Events(events), Format::Table { width }) => table::events(events, width),
        (Topic::Events(events), Format::Json) => json::events(events),
        (Topic::Events(events), Format::Markdown) => markdown::events(events),
        (Topic::Events(events), Format::Csv) => csv::events(events),
        (Topic::Fields(fields), Format::Table { width }) => table::fields(fields, width),
        (Topic::Fields(fields), Format::Json) => json::fields(fields),
        (Topic::Fields(fields), Format::Markdown) => markdown::fields(fields),
        (Topic::Fields(fields), Format::Csv) => csv::fields(fields),
    }
}

/// Returns what each vocabulary calls the fields of events, side by side.
///
/// ```
/// use threadhunt::schema::{Platform, event, page};
/// let thread = event(Platform::Windows, 8).expect("event 8");
/// let text = page::crosswalk(&[thread], page::Format::Csv);
/// assert!(text.contains("8,CreateRemoteThread,SourceImage,ecs,process.executable,text,"));
/// ```
pub fn crosswalk(events: &[&'static EventSchema], format: Format) -> String {
    crosswalk::crosswalk(events, format)
}

/// A row of a data dictionary: a field under one of its standard names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Name in the standard vocabulary.
    pub standard_name: &'static str,
    /// Name in the manifest.
    pub field_name: &'static str,
    /// Type as a dictionary calls it: string, date, integer or boolean.
    pub field_type: &'static str,
    /// What the value says.
    pub description: &'static str,
    /// A typical value, empty when none is known.
    pub sample: &'static str,
    /// Schema version that added the field, and the one that removed it.
    pub since: String,
}

/// Returns the rows of a field, one for each standard name.
pub fn rows(field: &'static FieldSchema) -> impl Iterator<Item = Row> {
    field.standard_names.iter().map(move |standard| Row {
        standard_name: standard.name,
        field_name: field.name,
        field_type: field.field_type().dictionary_name(),
        description: standard.doc.unwrap_or(field.doc),
        sample: standard.sample.or(field.sample).unwrap_or_default(),
        since: since(field),
    })
}

/// A field and the event that carries it.
type Occurrence = (&'static EventSchema, &'static FieldSchema);

fn since(field: &FieldSchema) -> String {
    match field.removed {
        Some(removed) => format!("{}, gone in {removed}", field.since),
        None => field.since.to_owned(),
    }
}

/// Says in words when the event is logged.
fn logged(event: &EventSchema) -> &'static str {
    match (event.filterable, event.logged_without_filter) {
        (false, _) => "always logged, whatever the configuration",
        (true, true) => "logged unless a configuration excludes it",
        (true, false) => "logged only where a configuration includes it",
    }
}

/// Says since when there is the event, and how that is known.
fn event_since(event: &EventSchema) -> String {
    let inferred = if event.since_inferred { " (from release notes)" } else { "" };
    format!("{}{inferred}", event.since)
}
