//! The dictionary as a page to publish, in the manner of OSSEM's: front matter, description, XML, table.

use std::fmt::Write as _;

use super::{Occurrence, Row, event_since, logged, rows, since};
use crate::schema::{EventSchema, FieldSchema, FieldType, PROVIDERS, Platform, Provider};

pub(super) fn list(platform: Platform, events: &[&EventSchema]) -> String {
    let name = match platform {
        Platform::Windows => "Sysmon for Windows",
        Platform::Linux => "Sysmon for Linux",
    };
    let mut out = format!("---\ntitle: Events of {name}\nlog.type: sysmon\n---\n\n# Events of {name}\n\n");
    out += "| ID | Event | Since | Version | Description |\n| --- | --- | --- | --- | --- |\n";
    for event in events {
        let EventSchema { id, tag, version, doc, .. } = event;
        let _ = writeln!(out, "| {id} | {tag} | {} | {version} | {} |", event_since(event), cell(doc));
    }
    out
}

pub(super) fn events(events: &[&EventSchema]) -> String {
    let mut out = front_matter(events);
    for event in events {
        section(&mut out, event);
    }
    out
}

pub(super) fn fields(fields: &[Occurrence]) -> String {
    let mut names: Vec<_> = fields.iter().map(|(_, field)| field.name).collect();
    names.sort_unstable();
    names.dedup();
    let title = names.join(", ");
    let mut out = format!("---\ntitle: {title}\nlog.type: sysmon\n---\n\n# {title}\n");
    for (event, field) in fields {
        let _ = writeln!(out, "\n## Event ID {}: {}\n", event.id, event.title);
        dictionary(&mut out, rows(field));
        inferred(&mut out, std::slice::from_ref(field));
    }
    out
}

fn front_matter(events: &[&EventSchema]) -> String {
    let Some(first) = events.first() else { return String::new() };
    let ids = events.iter().map(|event| event.id.to_string()).collect::<Vec<_>>().join(", ");
    let title = match events {
        [only] => format!("Event ID {ids} - {}", only.title),
        _ => format!("Event IDs {ids} - {}", first.tag),
    };
    let description: Vec<_> = events.iter().map(|event| first_sentence(event.doc)).collect();
    let mut out = format!("---\ntitle: {}\n", scalar(&title));
    let _ = writeln!(out, "description: {}\nlog.type: sysmon", scalar(&description.join(" ")));
    // Quoted: YAML would read a bare 2.00 as the number 2.
    let _ = writeln!(out, "sysmon.platform: {}\nsysmon.since: \"{}\"", first.platform.name(), first.since);
    if first.filterable {
        let _ = writeln!(out, "sysmon.rule: {}", first.tag);
    }
    out + "---\n"
}

fn section(out: &mut String, event: &EventSchema) {
    let EventSchema { id, title, doc, doc_url, version, .. } = event;
    let _ = writeln!(out, "\n# Event ID {id}: {title}\n\n## Description\n\n{doc} [Sysmon Source]({doc_url})");
    let since = event_since(event);
    let _ = writeln!(out, "\nVersion {version}, since schema {since}, {}.", logged(event));
    let _ = writeln!(out, "\n## Event XML\n\n```xml\n{}```\n\n## Data Dictionary\n", xml(event));
    dictionary(out, event.fields.iter().flat_map(rows));
    inferred(out, event.fields);
    older(out, event.removed);
}

fn dictionary(out: &mut String, rows: impl Iterator<Item = Row>) {
    *out += "| Standard Name | Field Name | Type | Description | Sample Value | Since |\n";
    *out += "| --- | --- | --- | --- | --- | --- |\n";
    for Row { standard_name, field_name, field_type, description, sample, since } in rows {
        let (description, sample) = (cell(description), cell(sample));
        let _ = writeln!(
            out,
            "| {standard_name} | {field_name} | {field_type} | {description} | `{sample}` | {since} |"
        );
    }
}

fn inferred(out: &mut String, fields: &[FieldSchema]) {
    let mut notes = fields.iter().filter_map(|field| Some((field.name, field.inferred?))).peekable();
    if notes.peek().is_some() {
        *out += "\nInferred, not observed:\n\n";
    }
    for (name, note) in notes {
        let _ = writeln!(out, "- **{name}**: {note}");
    }
}

fn older(out: &mut String, removed: &[FieldSchema]) {
    if !removed.is_empty() {
        *out += "\nOnly in older layouts:\n\n";
    }
    for field in removed {
        let _ = writeln!(out, "- **{}** ({}): {}", field.name, since(field), field.doc);
    }
}

/// Writes an event with the sample values, as the event viewer of its platform shows one.
fn xml(event: &EventSchema) -> String {
    let mut out = String::new();
    let (namespace, system) = match PROVIDERS.iter().find(|provider| provider.platform == event.platform) {
        Some(provider) => (namespace(event.platform), system(event, provider)),
        None => ("", String::new()),
    };
    let _ = writeln!(out, "<Event{namespace}>\n  <System>\n{system}  </System>\n  <EventData>");
    for field in event.fields {
        let _ = writeln!(out, "    <Data Name=\"{}\">{}</Data>", field.name, escape(&sample(field)));
    }
    out + "  </EventData>\n</Event>\n"
}

fn namespace(platform: Platform) -> &'static str {
    match platform {
        Platform::Windows => " xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"",
        Platform::Linux => "",
    }
}

fn system(event: &EventSchema, provider: &Provider) -> String {
    let EventSchema { id, version, level, .. } = event;
    let Provider { name, guid, channel, .. } = provider;
    let (host, security) = match event.platform {
        Platform::Windows => ("WS-041.corp.example", "UserID=\"S-1-5-18\""),
        Platform::Linux => ("srv-07", "UserId=\"0\""),
    };
    let created = time_created(event);
    let lines = [
        format!("<Provider Name=\"{name}\" Guid=\"{guid}\" />"),
        format!("<EventID>{id}</EventID>"),
        format!("<Version>{version}</Version>"),
        format!("<Level>{level}</Level>"),
        format!("<Task>{id}</Task>"),
        "<Opcode>0</Opcode>".to_owned(),
        "<Keywords>0x8000000000000000</Keywords>".to_owned(),
        format!("<TimeCreated SystemTime=\"{created}\" />"),
        "<EventRecordID>41652</EventRecordID>".to_owned(),
        "<Correlation />".to_owned(),
        "<Execution ProcessID=\"3068\" ThreadID=\"4120\" />".to_owned(),
        format!("<Channel>{channel}</Channel>"),
        format!("<Computer>{host}</Computer>"),
        format!("<Security {security} />"),
    ];
    lines.iter().map(|line| format!("    {line}\n")).collect()
}

/// Returns a time of the record that fits the sample of UtcTime: the record is written a little later.
fn time_created(event: &EventSchema) -> String {
    let utc = event.fields.iter().find(|field| field.name == "UtcTime").and_then(|field| field.sample);
    format!("{}4218Z", utc.unwrap_or("2026-03-14 09:26:53.589").replacen(' ', "T", 1))
}

/// Returns the sample as a log has it: GUIDs in lower case, as current Windows prints them.
fn sample(field: &FieldSchema) -> String {
    let sample = field.sample.unwrap_or("-");
    match field.field_type() {
        FieldType::Guid => sample.to_ascii_lowercase(),
        _ => sample.to_owned(),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Keeps the text from ending its cell; GitHub's tables know `\|` inside code spans too.
pub(super) fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Returns text as a YAML scalar, quoted where a bare one would be read as something else.
fn scalar(text: &str) -> String {
    let bare = !text.contains(": ") && !text.contains(" #") && !text.contains(['"', '\'', '`', '\\']);
    if bare { text.to_owned() } else { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) }
}

fn first_sentence(doc: &str) -> &str {
    doc.find(". ").map_or(doc, |end| &doc[..=end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::events as all_events;

    /// Text outside code spans that Markdown would read as markup.
    fn markup(doc: &str) -> Option<char> {
        doc.split('`')
            .step_by(2)
            .flat_map(str::chars)
            .find(|c| matches!(c, '<' | '>' | '*' | '_' | '[' | '|'))
    }

    #[test]
    fn no_sentence_is_markup_by_accident() {
        for event in all_events() {
            assert_eq!(markup(event.doc), None, "{}", event.doc);
            for field in event.all_fields() {
                for text in [Some(field.doc), field.inferred].into_iter().flatten() {
                    assert_eq!(markup(text), None, "{text}");
                    assert_eq!(text.matches('`').count() % 2, 0, "{text}");
                }
            }
        }
    }

    #[test]
    fn front_matter_is_quoted_where_yaml_demands_it() {
        assert_eq!(scalar("Event ID 8 - CreateRemoteThread"), "Event ID 8 - CreateRemoteThread");
        assert_eq!(scalar("a: b"), "\"a: b\"");
        assert_eq!(scalar("the \"x\""), "\"the \\\"x\\\"\"");
    }
}
