//! The pages of the data dictionary, as they are printed, in every form.

use threadhunt::schema::page::{self, Format};
use threadhunt::schema::{Platform, Topic, events, find};

const UNWRAPPED: Format = Format::Table { width: None };
const NARROW: Format = Format::Table { width: Some(80) };
const WIDE: Format = Format::Table { width: Some(120) };

#[track_caller]
fn check(snapshot: &str, platform: Platform, name: &str, format: Format) {
    let topic = find(platform, name).expect("a known topic");
    insta::assert_snapshot!(snapshot, page::topic(&topic, format));
}

#[test]
fn list_of_events() {
    insta::assert_snapshot!("list.txt", page::list(Platform::Windows, UNWRAPPED));
    insta::assert_snapshot!("list.md", page::list(Platform::Windows, Format::Markdown));
    insta::assert_snapshot!("list.csv", page::list(Platform::Windows, Format::Csv));
    insta::assert_snapshot!("list-linux.txt", page::list(Platform::Linux, UNWRAPPED));
}

#[test]
fn event_8_as_a_table() {
    check("event-8.txt", Platform::Windows, "8", UNWRAPPED);
    check("event-8-narrow.txt", Platform::Windows, "CreateRemoteThread", NARROW);
    check("event-8-wide.txt", Platform::Windows, "CreateRemoteThread", WIDE);
}

#[test]
fn event_8_to_publish_and_to_process() {
    check("event-8.md", Platform::Windows, "8", Format::Markdown);
    check("event-8.csv", Platform::Windows, "8", Format::Csv);
    check("event-8.json", Platform::Windows, "8", Format::Json);
}

#[test]
fn a_tag_of_several_events() {
    check("registry-event.md", Platform::Windows, "RegistryEvent", Format::Markdown);
    check("registry-event.txt", Platform::Windows, "RegistryEvent", WIDE);
}

#[test]
fn a_field_wherever_it_occurs() {
    check("start-module.txt", Platform::Windows, "StartModule", NARROW);
    check("start-module.md", Platform::Windows, "StartModule", Format::Markdown);
    check("start-module.json", Platform::Windows, "StartModule", Format::Json);
    check("source-image.csv", Platform::Windows, "SourceImage", Format::Csv);
    check("sequence-number.txt", Platform::Windows, "SequenceNumber", WIDE);
}

#[test]
fn an_event_of_linux() {
    check("linux-process-access.md", Platform::Linux, "ProcessAccess", Format::Markdown);
}

#[test]
fn the_list_in_json_is_the_whole_dictionary() {
    let list: serde_json::Value =
        serde_json::from_str(&page::list(Platform::Windows, Format::Json)).expect("valid JSON");
    let events = list["events"].as_array().expect("an array of events");
    assert_eq!(events.len(), 30);
    assert_eq!(events[7]["fields"][10]["name"], "StartModule");
    assert!(events.iter().all(|event| !event["fields"].as_array().expect("fields").is_empty()));
}

#[test]
fn the_crosswalk_in_the_documents_is_what_the_tables_give() {
    let thread = threadhunt::schema::event(Platform::Windows, 8).expect("event 8");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/crosswalk.md");
    let committed = std::fs::read_to_string(path).expect("docs/crosswalk.md");
    assert!(
        committed == page::crosswalk(&[thread], Format::Markdown),
        "docs/crosswalk.md is stale: threadhunt dictionary 8 --crosswalk --format markdown > docs/crosswalk.md"
    );
}

/// The cells of a table as CSV.
fn cells(csv: &str) -> Vec<String> {
    let (mut cells, mut is_quoted) = (vec![String::new()], false);
    for letter in csv.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ',' | '\n' if !is_quoted => cells.push(String::new()),
            letter => cells.last_mut().expect("begun with one").push(letter),
        }
    }
    cells
}

/// All pages of events as CSV.
fn csv_pages() -> impl Iterator<Item = String> {
    let lists = [Platform::Windows, Platform::Linux].map(|platform| page::list(platform, Format::Csv));
    let pages = events().iter().flat_map(|event| {
        [page::topic(&Topic::Events(vec![event]), Format::Csv), page::crosswalk(&[event], Format::Csv)]
    });
    lists.into_iter().chain(pages)
}

/// A lone `-` is text to every spreadsheet; what begins with `@` is a name, and stands as it is.
#[test]
fn no_cell_is_a_formula_and_no_name_has_an_apostrophe() {
    let cells: Vec<String> = csv_pages().flat_map(|page| cells(&page)).collect();
    assert!(cells.len() > 10_000 && cells.iter().any(|cell| cell == "@timestamp"));
    let is_odd = |cell: &&String| cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']);
    let mut odd: Vec<&str> = cells.iter().filter(is_odd).map(String::as_str).collect();
    odd.sort_unstable();
    odd.dedup();
    assert_eq!(odd, ["'-bash", "-", "@timestamp"]);
}

/// What the crosswalk calls things is said in the documents.
#[test]
fn the_keys_of_the_crosswalk_are_documented() {
    let documents = include_str!("../../../docs/names.md");
    for event in events() {
        let page: serde_json::Value =
            serde_json::from_str(&page::crosswalk(&[event], Format::Json)).expect("valid JSON");
        for mapping in page["mappings"].as_array().expect("a list") {
            let mapping = mapping.as_object().expect("an object");
            let source = mapping["source"].as_str().filter(|source| source.starts_with('('));
            let words = mapping.keys().map(String::as_str).chain(mapping["as"].as_str()).chain(source);
            for word in words {
                assert!(documents.contains(&format!("`{word}`")), "{word}");
            }
        }
        for vocabulary in page["vocabularies"].as_array().expect("a list") {
            for key in vocabulary.as_object().expect("an object").keys() {
                assert!(documents.contains(&format!("`{key}`")), "{key}");
            }
        }
    }
}
