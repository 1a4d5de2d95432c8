//! The EVTX reader against the `evtx` crate, value by value, on every intact log at hand.
//!
//! Both sides become lists of (path, text). On the intact logs there is no difference; on damaged ones
//! [`DAMAGED`] says where we go further than the crate, and why.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test stops at what it did not expect, and says what it skipped"
)]

use std::path::{Path, PathBuf};

use evtx::{EvtxParser, ParserSettings};
use serde_json::Value as Json;
use threadhunt::event::{Event, Node, SystemField};
use threadhunt::source::{Options, read_bytes};

/// Logs of other projects stay outside the repository; without them the test says so and passes.
fn shared() -> Option<PathBuf> {
    let place = std::env::var_os("THREADHUNT_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let found = place.join("data/evtx").is_dir();
    if !found {
        eprintln!("skipped: no logs at {}", place.display());
    }
    found.then_some(place)
}

type Leaves = Vec<(String, String)>;

/// Leaves of our event: system fields by element and attribute, data by name, trees by path.
fn our_leaves(event: &Event<'_>) -> Leaves {
    let mut leaves = Leaves::new();
    for field in SystemField::all() {
        if let Some(value) = event.system(field) {
            let attribute = field.attribute().map(|name| format!("@{name}")).unwrap_or_default();
            leaves.push((format!("System/{}{attribute}", field.element()), value.to_string()));
        }
    }
    for (name, value) in event.data() {
        leaves.push((format!("EventData/{}", name.as_str()), value.to_string()));
    }
    let mut path: Vec<&str> = Vec::new();
    for node in event.tree() {
        match node {
            Node::Open(name) => path.push(name),
            Node::Close => drop(path.pop()),
            Node::Attribute(name, value) => {
                leaves.push((format!("{}@{name}", path.join("/")), value.to_string()));
            }
            Node::Text(value) => leaves.push((path.join("/"), value.to_string())),
        }
    }
    sorted(leaves)
}

/// Leaves of the crate's JSON.
fn their_leaves(record: &Json) -> Leaves {
    let mut leaves = Leaves::new();
    for (name, value) in record["Event"].as_object().unwrap() {
        if name != "#attributes" && name != "RenderingInfo" {
            walk(value, name, &mut leaves);
        }
    }
    sorted(leaves)
}

fn walk(value: &Json, path: &str, leaves: &mut Leaves) {
    match value {
        Json::Object(members) => {
            for (name, member) in members {
                match name.as_str() {
                    "#attributes" => {
                        for (attribute, text) in member.as_object().unwrap() {
                            if !attribute.starts_with("xmlns") {
                                walk(text, &format!("{path}@{attribute}"), leaves);
                            }
                        }
                    }
                    "#text" => walk(member, path, leaves),
                    _ => walk(member, &format!("{path}/{}", plain_name(name)), leaves),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| walk(item, path, leaves)),
        Json::Null => leaves.push((path.to_owned(), String::new())),
        Json::String(text) => leaves.push((path.to_owned(), text.clone())),
        other => leaves.push((path.to_owned(), other.to_string())),
    }
}

/// A repeated name without the number that the crate adds; nameless data without its element's name.
fn plain_name(name: &str) -> &str {
    let (stem, number) = name.rsplit_once('_').unwrap_or((name, ""));
    let stem =
        if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) { stem } else { name };
    if stem == "Data" { "" } else { stem }
}

/// Empty leaves say the same as missing ones: an element without text, or one left out.
fn sorted(mut leaves: Leaves) -> Leaves {
    leaves.retain(|(_, text)| !text.is_empty());
    leaves.sort();
    leaves
}

/// Both readings of a log, by the record's place among the living ones.
fn both(path: &Path) -> (Vec<Leaves>, Vec<Leaves>) {
    let bytes = std::fs::read(path).unwrap();
    let mut ours = Vec::new();
    read_bytes(&bytes, &Options { recovered: false, ..Options::default() }, &mut |batch| {
        ours.extend(batch.records().map(|record| our_leaves(&record.view())));
    });
    let settings = ParserSettings::new().num_threads(1);
    let mut parser = EvtxParser::from_buffer(bytes).unwrap().with_configuration(settings);
    let theirs =
        parser.records_json_value().filter_map(Result::ok).map(|record| their_leaves(&record.data)).collect();
    (ours, theirs)
}

fn logs(place: &Path) -> Vec<PathBuf> {
    let mut logs: Vec<_> = std::fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()).collect();
    logs.sort();
    logs
}

#[test]
fn every_value_of_intact_logs_equals_the_crates() {
    let Some(shared) = shared() else { return };
    let mut values = 0;
    for folder in ["event8", "sysmon_other"] {
        for log in logs(&shared.join("data/evtx").join(folder)) {
            let (ours, theirs) = both(&log);
            assert_eq!(ours.len(), theirs.len(), "records of {}", log.display());
            for (index, (our, their)) in ours.iter().zip(&theirs).enumerate() {
                assert_eq!(our, their, "record {index} of {}", log.display());
                values += our.len();
            }
        }
    }
    assert!(values > 50_000, "{values} values were compared");
}

/// Damaged logs in which we differ: records that only one side has (ours, the crate's), and why.
const DAMAGED: &[(&str, usize, usize, &str)] = &[
    (
        "2-vss_0-Microsoft-Windows-RemoteDesktopServices-RdpCoreTS%4Operational.evtx",
        41,
        0,
        "behind a record of broken size the crate gives up the chunk; ours goes on at the next mark",
    ),
    (
        "MSExchange_Management_wec.evtx",
        1,
        1,
        "a time that is a text with 9 digits: ours prints 7, as Windows does",
    ),
    ("issue_201.evtx", 1, 1, "the same"),
    (
        "Microsoft-Windows-HelloForBusiness%4Operational.evtx",
        0,
        1,
        "a record whose second half was never written: the crate makes an event of zeros, ours reports a loss",
    ),
    (
        "sample_with_a_bad_chunk_magic.evtx",
        0,
        3,
        "three half-written records: the crate cuts a name short and makes zeros, ours reports three losses",
    ),
];

#[test]
fn damaged_logs_differ_only_where_it_is_known() {
    let Some(shared) = shared() else { return };
    let mut wrong = Vec::new();
    for log in logs(&shared.join("data/evtx/corrupt")) {
        let name = log.file_name().unwrap().to_string_lossy().into_owned();
        let (ours, theirs) = both(&log);
        let only_ours = ours.iter().filter(|leaves| !theirs.contains(leaves)).count();
        let only_theirs = theirs.iter().filter(|leaves| !ours.contains(leaves)).count();
        let known = DAMAGED.iter().find(|row| row.0 == name).map_or((0, 0), |row| (row.1, row.2));
        if known != (only_ours, only_theirs) {
            wrong.push((name, ours.len(), theirs.len(), only_ours, only_theirs));
        }
    }
    assert!(wrong.is_empty(), "log, our records, the crate's, only ours, only the crate's: {wrong:#?}");
}
