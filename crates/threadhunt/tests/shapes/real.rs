//! The samples and the truth of the folder `shared`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use threadhunt::source::{Inputs, Options, run};

use crate::{Seen, read};

/// The folder with real logs; `None`, with a word, where it is not there.
fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("THREADHUNT_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    if folder.join("data/truth/event8.jsonl").exists() {
        return Some(folder);
    }
    eprintln!("skipped: no folder `shared` beside the checkout");
    None
}

/// Samples, the shape that each is, and how many events of which id are in it.
const SAMPLES: &[(&str, &str, &[u16])] = &[
    ("chainsaw-dump.jsonl", "evtx_dump-separate", &[8]),
    ("chainsaw-hunt.jsonl", "chainsaw-hunt", &[8]),
    ("elastic-integration-ecs.jsonl", "elastic-ecs", &[8]),
    ("elasticsearch-hit.json", "elastic-ecs", &[8]),
    ("evtx_dump-json-records.txt", "evtx_dump", &[8]),
    ("evtx_dump-jsonl.jsonl", "evtx_dump", &[8]),
    ("evtx_dump-separate-attributes.jsonl", "evtx_dump-separate", &[8]),
    ("evtx_dump.xml", "event-xml", &[8]),
    ("evtxecmd.json", "evtxecmd", &[8]),
    ("fluentbit-winevtlog-map.jsonl", "fluent-bit", &[8]),
    ("fluentbit-winevtlog.jsonl", "fluent-bit", &[8]),
    ("hayabusa-json-timeline.jsonl", "hayabusa", &[8]),
    ("logstash-winlogbeat.jsonl", "winlogbeat-7", &[8]),
    ("mde-deviceevents.json", "defender-deviceevents", &[0]),
    ("mordor-getwinevent-2020.jsonl", "mordor-flat", &[8]),
    ("nxlog-mordor-2020.jsonl", "nxlog", &[8]),
    ("nxlog-mordor-unknown-process.jsonl", "nxlog", &[8]),
    ("otel-windowseventlogreceiver.json", "otel", &[8]),
    ("plaso-json_line.jsonl", "plaso", &[8]),
    ("powershell-convertto-json.json", "get-winevent-json", &[8]),
    ("pyevtx-0.14-json.jsonl", "evtx_dump", &[8]),
    ("sentinel-event-table.json", "sentinel-event", &[8]),
    ("sentinel-securityevent-table.json", "sentinel-securityevent", &[8]),
    ("sentinel-windowsevent-table.json", "sentinel-windowsevent", &[8]),
    ("splunk-export.jsonl", "splunk-export", &[8]),
    ("splunk-hec.jsonl", "splunk-hec", &[8]),
    ("splunk-xmlwineventlog.log", "event-xml", &[8]),
    ("sysmonforlinux-journal.jsonl", "journald", &[1]),
    ("sysmonforlinux-syslog.log", "syslog", &[1, 3]),
    ("vector-windows_event_log.jsonl", "vector", &[8]),
    ("velociraptor-parse_evtx.json", "velociraptor", &[1]),
    ("wazuh-alert.jsonl", "wazuh-alert", &[8]),
    ("wazuh-eventchannel.jsonl", "wazuh", &[8]),
    ("whids-golang-evtx.jsonl", "golang-evtx", &[8]),
    ("winlogbeat-7-raw.jsonl", "winlogbeat-7", &[8]),
    ("winlogbeat-8-raw.jsonl", "winlogbeat-8", &[8]),
    ("xml-eventviewer-copy-with-dashes.txt", "event-xml", &[8]),
    ("xml-eventviewer-details.xml", "event-xml", &[8]),
    ("xml-eventviewer-saveas.xml", "event-xml", &[8, 8]),
    ("xml-seed-page.xml", "event-xml", &[8]),
    ("xml-wef-forwarded.xml", "event-xml", &[8]),
    ("xml-wevtutil-e-sysmonview.xml", "event-xml", &[8, 8]),
    ("xml-wevtutil-qe.xml", "event-xml", &[8, 8]),
];

#[test]
fn samples_are_known_by_name() {
    let Some(shared) = shared() else { return };
    let mut wrong = Vec::new();
    for (name, shape, ids) in SAMPLES {
        let seen = read(&std::fs::read(shared.join("reference/input-shapes").join(name)).unwrap());
        let shapes: Vec<_> = seen.shapes.iter().map(|(name, _)| *name).collect();
        let found: Vec<_> = seen.events.iter().map(|event| event.id).collect();
        // This sample lacks its last line, that one the data of its event.
        let is_cut = ["evtx_dump.xml", "sentinel-securityevent-table.json"].contains(name);
        if shapes != [*shape] || found != *ids || seen.damages.len() != usize::from(is_cut) {
            wrong.push(format!("{name}: {shapes:?} {found:?} {:?}", seen.damages));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_timeline_is_refused_with_a_word() {
    let Some(shared) = shared() else { return };
    let seen = read(&std::fs::read(shared.join("reference/input-shapes/timesketch.jsonl")).unwrap());
    assert_eq!((seen.events.len(), seen.damages.len()), (0, 1));
    assert!(seen.damages[0].starts_with("unknown-shape timesketch: a timeline for Timesketch is an output"));
}

/// Sample events, by their values as a person reads them.
fn fields(name: &str) -> Vec<(String, String)> {
    let shared = shared().unwrap();
    let seen = read(&std::fs::read(shared.join("reference/input-shapes").join(name)).unwrap());
    let mut data = seen.events[0].data.clone();
    data.retain(|(_, value)| !matches!(value.as_str(), "" | "-"));
    data
}

/// Samples of one event, by the sample that is its event XML or nearest to it.
const TWINS: &[(&str, &[&str])] = &[
    (
        "xml-eventviewer-details.xml",
        &[
            "xml-wef-forwarded.xml",
            "fluentbit-winevtlog-map.jsonl",
            "fluentbit-winevtlog.jsonl",
            "otel-windowseventlogreceiver.json",
            "plaso-json_line.jsonl",
            "powershell-convertto-json.json",
            "sentinel-event-table.json",
            "sentinel-windowsevent-table.json",
            "splunk-export.jsonl",
            "splunk-hec.jsonl",
            "vector-windows_event_log.jsonl",
            "wazuh-alert.jsonl",
            "wazuh-eventchannel.jsonl",
        ],
    ),
    (
        "evtx_dump.xml",
        &[
            "evtx_dump-jsonl.jsonl",
            "evtx_dump-json-records.txt",
            "evtx_dump-separate-attributes.jsonl",
            "pyevtx-0.14-json.jsonl",
            "chainsaw-dump.jsonl",
        ],
    ),
    (
        "nxlog-mordor-2020.jsonl",
        &[
            "winlogbeat-7-raw.jsonl",
            "winlogbeat-8-raw.jsonl",
            "logstash-winlogbeat.jsonl",
            "elastic-integration-ecs.jsonl",
            "elasticsearch-hit.json",
        ],
    ),
    ("xml-seed-page.xml", &["xml-eventviewer-copy-with-dashes.txt"]),
];

#[test]
fn samples_give_the_event_of_their_twin() {
    if shared().is_none() {
        return;
    }
    for (one, others) in TWINS {
        let expected = fields(one);
        for other in *others {
            assert_eq!(fields(other), expected, "{other} against {one}");
        }
    }
}

#[test]
fn every_row_of_the_truth_is_found_with_every_field() {
    let Some(shared) = shared() else { return };
    let truth = std::fs::read_to_string(shared.join("data/truth/event8.jsonl")).unwrap();
    let rows: Vec<serde_json::Value> =
        truth.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 275);
    let mut by_file: BTreeMap<&str, Vec<&serde_json::Value>> = BTreeMap::new();
    for row in &rows {
        by_file.entry(row["path"].as_str().unwrap()).or_default().push(row);
    }
    let mut missing = Vec::new();
    for (path, rows) in by_file {
        let seen = read_file(&shared.join("data").join(path));
        let mut events: Vec<_> = seen.events.iter().filter(|event| event.id == 8).collect();
        for row in rows {
            let mut canonical = row["canonical"].as_object().unwrap().clone();
            if row["uid"] == "e8-0776" {
                // The document has the module, as `thread_start_module` and in the original message.
                canonical["StartModule"] = r"C:\Windows\System32\KERNEL32.DLL".into();
            }
            let fits = |event: &&crate::Record| {
                canonical.iter().all(|(name, value)| event.canonical(name) == value.as_str().unwrap())
            };
            match events.iter().position(fits) {
                Some(at) => drop(events.remove(at)),
                None => {
                    missing.push(format!("{} of {path}: {:?} {:?}", row["uid"], seen.shapes, events.first()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{} rows:\n{}", missing.len(), missing.join("\n"));
}

/// Reads a file through the pipeline, archives too.
fn read_file(path: &std::path::Path) -> Seen {
    let mut seen = Seen::default();
    let inputs = Inputs::named([path]);
    run(&inputs, &Options::default(), &|_: &mut threadhunt::event::Batch| (), &mut |delivery| {
        seen.add(delivery.batch);
        std::ops::ControlFlow::Continue(())
    });
    seen
}

/// Renderings of one log, and the shape of each.
const RENDERINGS: &[(&str, &str, &str)] = &[
    ("evtx_dump-json", "json", "evtx_dump"),
    ("evtx_dump-jsonl", "jsonl", "evtx_dump"),
    ("evtx_dump-jsonl-separate", "jsonl", "evtx_dump-separate"),
    ("get-winevent-json", "json", "get-winevent-json"),
    ("wazuh", "jsonl", "wazuh-alert"),
    ("winlogbeat8", "ndjson", "winlogbeat-8"),
];

const LOGS: &[&str] = &[
    "CA_keepass_KeeThief_Get-KeePassDatabaseKey",
    "metasploit-sysmon",
    "sideloading_uacbypass_rundll32_injection_c2",
];

#[test]
fn renderings_give_the_events_of_their_log() {
    let Some(shared) = shared() else { return };
    let mut wrong = Vec::new();
    for log in LOGS {
        let origin = read_file(&shared.join(format!("data/evtx/event8/{log}.evtx")));
        for (folder, ending, shape) in RENDERINGS {
            let seen = read_file(&shared.join(format!("data/derived/{folder}/{log}.{ending}")));
            if seen.shapes.len() != 1
                || seen.shapes[0].0 != *shape
                || seen.events.is_empty()
                || !seen.damages.is_empty()
            {
                wrong.push(format!("{folder}/{log}: {:?} {:?}", seen.shapes, seen.damages));
            }
            for event in &seen.events {
                let id = &event.system["record_id"];
                let twin =
                    origin.events.iter().find(|twin| twin.system.get("record_id") == Some(id)).unwrap();
                if let Some(difference) = difference(event, twin) {
                    wrong.push(format!("{folder}/{log} record {id}: {difference}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// What distinguishes two records of one event.
fn difference(event: &crate::Record, twin: &crate::Record) -> Option<String> {
    for (name, value) in &event.system {
        if twin.system.get(name).is_none_or(|other| !same_to_millis(value, other)) {
            return Some(format!("{name} is {value:?}, not {:?}", twin.system.get(name)));
        }
    }
    let said = |record: &crate::Record| {
        let mut data = record.data.clone();
        data.retain(|(_, value)| !matches!(value.as_str(), "" | "-"));
        data
    };
    let (data, expected) = (said(event), said(twin));
    (data != expected).then(|| format!("{data:?} instead of {expected:?}"))
}

/// Some shapes have times to the millisecond or microsecond only.
fn same_to_millis(value: &str, other: &str) -> bool {
    value == other || value.len() == 28 && other.len() == 28 && value[..23] == other[..23]
}

#[test]
fn counts_are_those_of_the_manifest() {
    let Some(shared) = shared() else { return };
    let manifest = std::fs::read_to_string(shared.join("data/manifest.tsv")).unwrap();
    let mut wrong = Vec::new();
    let mut files = 0;
    for row in manifest.lines().map(|line| line.split('\t').collect::<Vec<_>>()) {
        if !["json/", "shapes/pt", "shapes/ossem"].iter().any(|folder| row[0].starts_with(folder)) {
            continue;
        }
        files += 1;
        let seen = read_file(&shared.join("data").join(row[0]));
        let sysmon = seen.events.iter().filter(|event| event.provider == "Microsoft-Windows-Sysmon").count();
        let threads = seen
            .events
            .iter()
            .filter(|event| event.provider == "Microsoft-Windows-Sysmon" && event.id == 8)
            .count();
        let found = [seen.events.len(), sysmon, threads].map(|count| count.to_string());
        if found[..] != row[9..12] || !seen.damages.is_empty() {
            let first = seen.damages.first();
            wrong.push(format!(
                "{}: {found:?} not {:?}; {} damages {first:?}; {:?}",
                row[0],
                &row[9..12],
                seen.damages.len(),
                seen.shapes
            ));
        }
    }
    assert!(files >= 19, "{files} files of the manifest");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
