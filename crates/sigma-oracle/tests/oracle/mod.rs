//! rsigma-eval over our events: what tests and the benchmark share.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use rsigma_eval::Engine;
use rsigma_eval::event::JsonEvent;
use rsigma_parser::{LogSource, SigmaRule, parse_sigma_yaml};
use serde::Deserialize;
use threadhunt::event::{Event, SystemField};

/// A rule's title and id.
pub(crate) type Name = (String, Option<String>);

pub(crate) fn shared() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("THREADHUNT_SHARED").map_or_else(beside, PathBuf::from);
    if !shared.is_dir() {
        println!("skipped: no {}", shared.display());
        return None;
    }
    Some(shared)
}

/// The texts of all rules, by path.
pub(crate) fn texts(shared: &Path) -> BTreeMap<String, String> {
    let file = std::fs::File::open(shared.join("sigma/windows-rules.tar.gz")).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut texts = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        if path.ends_with(".yml") {
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            texts.insert(path, text);
        }
    }
    texts
}

/// Our table of log sources: which categories an event id has, and the kinds of it that are meant.
#[derive(Deserialize)]
struct LogSources {
    category: Vec<Category>,
}

#[derive(Deserialize)]
struct Category {
    name: String,
    events: Vec<u16>,
    #[serde(default)]
    event_types: Vec<String>,
}

/// The other engine with all rules.
pub(crate) struct Oracle {
    engine: Engine,
    sources: LogSources,
}

impl Oracle {
    pub(crate) fn new(texts: &BTreeMap<String, String>) -> Self {
        let rules: Vec<SigmaRule> =
            texts.values().flat_map(|text| parse_sigma_yaml(text).unwrap().rules).collect();
        let mut engine = Engine::new();
        // Two rules have placeholders without values; they are of another log.
        let refused = engine.add_rules(&rules);
        println!("rsigma-eval refuses {} of {} rules", refused.len(), rules.len());
        let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("../threadhunt/data/sigma/logsources.toml");
        Self { engine, sources: toml::from_str(&std::fs::read_to_string(table).unwrap()).unwrap() }
    }

    /// An event in the other engine's form, and the log sources that it belongs to.
    pub(crate) fn prepared(&self, event: &Event<'_>) -> Prepared {
        let (json, kind) = flat(event);
        let means = |category: &&Category| {
            category.events.contains(&event.id())
                && (category.event_types.is_empty() || category.event_types.contains(&kind))
        };
        let categories =
            self.sources.category.iter().filter(means).map(|category| Some(category.name.clone()));
        let source = |category| LogSource {
            category,
            product: Some("windows".to_owned()),
            service: Some("sysmon".to_owned()),
            ..LogSource::default()
        };
        Prepared { json, sources: categories.chain([None]).map(source).collect() }
    }

    /// The rules that a prepared event fits.
    pub(crate) fn evaluated(&self, event: &Prepared) -> BTreeSet<Name> {
        let mut names = BTreeSet::new();
        for source in &event.sources {
            let results = self.engine.evaluate_with_logsource(&JsonEvent::borrow(&event.json), source);
            names.extend(results.into_iter().map(|result| (result.header.rule_title, result.header.rule_id)));
        }
        names
    }
}

/// An event as the other engine takes it.
pub(crate) struct Prepared {
    json: serde_json::Value,
    sources: Vec<LogSource>,
}

/// The event as engines get it from common readers: an object of strings; and its `EventType`.
fn flat(event: &Event<'_>) -> (serde_json::Value, String) {
    let mut fields = serde_json::Map::new();
    fields.insert("EventID".to_owned(), event.id().into());
    for (name, field) in [("Provider_Name", SystemField::ProviderName), ("Computer", SystemField::Computer)] {
        if let Some(value) = event.system(field) {
            fields.insert(name.to_owned(), value.to_string().into());
        }
    }
    for (name, value) in event.data() {
        fields.entry(name.as_str()).or_insert_with(|| value.to_string().into());
    }
    let kind = fields.get("EventType").and_then(|value| value.as_str()).unwrap_or_default().to_owned();
    (fields.into(), kind)
}
